"""Segments of EEG made ready for a Fourier transform."""

from numba import njit


@njit(cache=True, nogil=True)
def _mean(series):
    """Mean, in four sums that a processor adds up side by side."""
    sums = (0.0, 0.0, 0.0, 0.0)
    n_fours = series.size // 4
    for k in range(n_fours):
        t = 4 * k
        a, b, c, d = sums
        sums = (a + series[t], b + series[t + 1], c + series[t + 2], d + series[t + 3])
    total = (sums[0] + sums[1]) + (sums[2] + sums[3])
    for t in range(4 * n_fours, series.size):
        total += series[t]
    return total / series.size


@njit(cache=True, nogil=True)
def taper_segments(rows, firsts, tapers, out):
    """Each segment of each row, without its mean, under each taper, into `out`.

    `firsts` holds the first sample of each segment, `tapers` is (n_tapers, n_samples) and `out` (n_rows, n_segments,
    n_tapers, n_samples).
    """
    n_tapers, n_samples = tapers.shape
    for row in range(rows.shape[0]):
        for s in range(firsts.size):
            segment = rows[row, firsts[s] : firsts[s] + n_samples]
            mean = _mean(segment)
            for k in range(n_tapers):
                for t in range(n_samples):
                    out[row, s, k, t] = (segment[t] - mean) * tapers[k, t]
