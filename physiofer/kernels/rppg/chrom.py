"""Chrominance of colour traces in overlapping windows, filtered by a matrix."""

import numpy as np
from numba import njit

_STILL = 1e-18  # variance of a colour difference below which it does not vary


@njit(cache=True, nogil=True, error_model="numpy")
def _variance(values):
    """Variance of a vector."""
    mean, power = 0.0, 0.0
    for value in values:
        mean += value
    mean /= values.size
    for value in values:
        power += (value - mean) ** 2
    return power / values.size


@njit(cache=True, nogil=True, error_model="numpy")
def chrom(first, last, rgb, starts, matrix, taper, out):
    """Pulse of rows `first` to `last` of `rgb` (n_rows, 3, n_times) into `out`; NaN where no window counts.

    Samples of a window are multiplied by `matrix` from the right, and `taper` weighs it where it meets others.
    """
    length = taper.size
    x, y, norm = np.empty(length), np.empty(length), np.empty(rgb.shape[2])
    for row in range(first, last):
        red, green, blue = rgb[row, 0], rgb[row, 1], rgb[row, 2]
        wave = out[row]
        wave[:], norm[:] = 0.0, 0.0
        for start in starts:
            r, g, b = 0.0, 0.0, 0.0
            for t in range(start, start + length):
                r += red[t]
                g += green[t]
                b += blue[t]
            if not (0.0 < r < np.inf and 0.0 < g < np.inf and 0.0 < b < np.inf):  # dark, or not a number
                continue
            r, g, b = length / r, length / g, length / b
            x[:], y[:] = 0.0, 0.0
            for t in range(length):
                at = start + t
                in_x = 3.0 * (red[at] * r) - 2.0 * (green[at] * g) - 1.0
                in_y = 1.5 * (red[at] * r - blue[at] * b) + green[at] * g - 1.0
                line = matrix[t]
                for k in range(length):
                    x[k] += in_x * line[k]
                    y[k] += in_y * line[k]
            power = _variance(y)
            alpha = np.sqrt(_variance(x) / power) if power > _STILL else 0.0
            for t in range(length):
                wave[start + t] += taper[t] * (x[t] - alpha * y[t])
                norm[start + t] += taper[t]
        for t in range(wave.size):
            wave[t] = wave[t] / norm[t] if norm[t] > 0.0 else np.nan
