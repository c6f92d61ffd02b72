"""Loops over beats: choice among candidate upstrokes, artefact rejection, statistics of intervals per window."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def upstrokes(strength, short, long, slope, refractory, reach):
    """Sample of steepest slope in every block where the short moving average exceeds the long one (Elgendi 2013).

    Of two blocks closer than `refractory` samples the one with the stronger maximum of `strength` stays; the steepest
    slope is sought within `reach` samples of that maximum.
    """
    n_times = strength.size
    peaks = np.empty(n_times // 2 + 1, dtype=np.int64)
    n_peaks = 0
    t = 0
    while t < n_times:
        if short[t] <= long[t]:
            t += 1
            continue
        best = t
        while t < n_times and short[t] > long[t]:
            if strength[t] > strength[best]:
                best = t
            t += 1
        if n_peaks and best - peaks[n_peaks - 1] < refractory:
            if strength[best] > strength[peaks[n_peaks - 1]]:
                peaks[n_peaks - 1] = best
        else:
            peaks[n_peaks] = best
            n_peaks += 1
    for k in range(n_peaks):
        centre = peaks[k]
        best = centre
        for t in range(max(centre - reach, 0), min(centre + reach + 1, n_times)):
            if slope[t] > slope[best]:
                best = t
        peaks[k] = best
    return peaks[:n_peaks]


@njit(cache=True, nogil=True)
def _sort(values, n):
    """Sort the first `n` values in place, with Shell's gaps: np.sort would take seconds to compile."""
    gap = n // 2
    while gap > 0:
        for i in range(gap, n):
            value, k = values[i], i
            while k >= gap and values[k - gap] > value:
                values[k] = values[k - gap]
                k -= gap
            values[k] = value
        gap //= 2


@njit(cache=True, nogil=True)
def reject_intervals(rr_ms, is_good, low_ms, high_ms, tolerance, half_width):
    """Intervals, NaN where a beat is bad, the length implausible or far from the median of its plausible neighbours."""
    n = rr_ms.size
    plausible = np.empty(n, dtype=np.bool_)
    for i in range(n):
        plausible[i] = is_good[i] and is_good[i + 1] and low_ms <= rr_ms[i] <= high_ms
    kept = np.full(n, np.nan)
    near = np.empty(2 * half_width + 1)
    for i in range(n):
        if not plausible[i]:
            continue
        count = 0
        for k in range(max(i - half_width, 0), min(i + half_width + 1, n)):
            if plausible[k]:
                near[count] = rr_ms[k]
                count += 1
        _sort(near, count)
        centre = 0.5 * (near[(count - 1) // 2] + near[count // 2])
        if abs(rr_ms[i] - centre) <= tolerance * centre:
            kept[i] = rr_ms[i]
    return kept


@njit(cache=True, nogil=True)
def _quantile(ordered, n, share):
    """Linear-interpolation quantile of the first `n` sorted values, as NumPy's default."""
    position = share * (n - 1)
    low = int(position)
    high = min(low + 1, n - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


#: Order of the columns :func:`hrv_time` fills.
HRV_TIME = (
    "mean_nn_ms", "median_nn_ms", "sdnn_ms", "rmssd_ms", "sdsd_ms", "pnn20", "pnn50", "mad_nn_ms", "iqr_nn_ms",
    "cvnn", "hr_mean_bpm", "hr_min_bpm", "hr_max_bpm", "hr_sd_bpm",
)  # fmt: skip


@njit(cache=True, nogil=True)
def hrv_time(rr_ms, min_intervals, out):
    """Time-domain indices of one series of intervals into `out`, ordered as `HRV_TIME`; NaN where too few survive."""
    for index in range(out.size):
        out[index] = np.nan
    ordered = np.empty(rr_ms.size)
    n, n_steps, n_20, n_50 = 0, 0, 0, 0
    rr_sum, rate_sum, step_sum, step_squares = 0.0, 0.0, 0.0, 0.0
    for i in range(rr_ms.size):
        if not np.isfinite(rr_ms[i]):
            continue
        ordered[n] = rr_ms[i]
        n += 1
        rr_sum += rr_ms[i]
        rate_sum += 60000.0 / rr_ms[i]
        if i and np.isfinite(rr_ms[i - 1]):  # no difference crosses a rejected beat
            step = rr_ms[i] - rr_ms[i - 1]
            n_steps += 1
            step_sum += step
            step_squares += step * step
            n_20 += abs(step) > 20.0
            n_50 += abs(step) > 50.0
    if n < min_intervals:
        return
    _sort(ordered, n)
    mean, rate = rr_sum / n, rate_sum / n
    median = _quantile(ordered, n, 0.5)
    out[0], out[1] = mean, median
    out[8] = _quantile(ordered, n, 0.75) - _quantile(ordered, n, 0.25)
    out[10], out[11], out[12] = rate, 60000.0 / ordered[n - 1], 60000.0 / ordered[0]
    rr_squares, rate_squares = 0.0, 0.0  # about the means, in a second pass: sums of squares would cancel
    for i in range(n):
        rr_squares += (ordered[i] - mean) ** 2
        rate_squares += (60000.0 / ordered[i] - rate) ** 2
        ordered[i] = abs(ordered[i] - median)
    _sort(ordered, n)
    out[7] = _quantile(ordered, n, 0.5)
    if n > 1:
        out[2] = np.sqrt(rr_squares / (n - 1))
        out[9] = out[2] / mean
        out[13] = np.sqrt(rate_squares / (n - 1))
    if n_steps >= max(min_intervals // 2, 1):
        out[3] = np.sqrt(step_squares / n_steps)
        if n_steps > 1:
            centred = max(step_squares - step_sum * step_sum / n_steps, 0.0)
            out[4] = np.sqrt(centred / (n_steps - 1))
        out[5] = n_20 / n_steps
        out[6] = n_50 / n_steps


@njit(cache=True, nogil=True)
def hrv_time_windows(beats_s, rr_ms, starts_s, window_s, min_intervals, out, coverage):
    """:func:`hrv_time` of the intervals lying wholly inside each window, and the share of the window they cover."""
    for w in range(starts_s.size):
        first = np.searchsorted(beats_s, starts_s[w])
        last = np.searchsorted(beats_s, starts_s[w] + window_s)  # one past the last beat inside
        inside = rr_ms[first : max(last - 1, first)]
        hrv_time(inside, min_intervals, out[w])
        covered = 0.0
        for i in range(inside.size):
            if np.isfinite(inside[i]):
                covered += inside[i]
        coverage[w] = min(covered / (1000.0 * window_s), 1.0)
