"""Spectra of segments of respiration."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _segment_power(series, first, taper, cosines, sines, real, imaginary, out):
    """Power of the segment from `first` on, without its trend and tapered, at the frequencies of the tables.

    It is in units of the greatest sample without trend, squared, and zero where nothing but rounding is left. Phases
    count from the middle, so that the tables need the samples of one half only, the farthest first: what is even about
    the middle goes with the cosines, what is odd with the sines.
    """
    n_times, n_pairs = taper.size, cosines.shape[0]
    middle, mean, slope, norm, size, left = 0.5 * (n_times - 1), 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(n_times):
        mean += series[first + t] / n_times
        slope += series[first + t] * (t - middle)
        norm += (t - middle) ** 2
    slope = slope / norm if norm > 0.0 else 0.0
    for t in range(n_times):
        size = max(size, abs(series[first + t]))
        left = max(left, abs(series[first + t] - mean - slope * (t - middle)))
    is_rounding = left <= 1e-9 * size
    scale = 0.0 if is_rounding else 1.0 / left
    centre = 0.0 if n_times == 2 * n_pairs else (series[first + n_pairs] - mean) * scale * taper[n_pairs]
    for k in range(out.size):
        real[k], imaginary[k], out[k] = centre, 0.0, 0.0
    if is_rounding:
        return
    for t in range(n_pairs):
        before, after = series[first + t], series[first + n_times - 1 - t]
        even = ((before - mean) + (after - mean)) * scale * taper[t]
        odd = ((after - before) - 2.0 * slope * (middle - t)) * scale * taper[t]
        for k in range(out.size):
            real[k] += even * cosines[t, k]
            imaginary[k] += odd * sines[t, k]
    for k in range(out.size):
        out[k] = real[k] ** 2 + imaginary[k] ** 2


@njit(cache=True, nogil=True)
def segment_power(first, last, rows, firsts, taper, cosines, sines, out):
    """Spectra of segments of rows `first` to `last` into `out` (n_rows, n_segments, n_frequencies)."""
    for row in range(first, last):
        real, imaginary = np.empty(out.shape[2]), np.empty(out.shape[2])
        for k in range(firsts.size):
            _segment_power(rows[row], firsts[k], taper, cosines, sines, real, imaginary, out[row, k])
