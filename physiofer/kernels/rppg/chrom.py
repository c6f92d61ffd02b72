"""Chrominance of colour traces in overlapping windows, filtered by a matrix."""

import numpy as np
from numba import njit

_STILL = 1e-18  # variance of a colour difference below which it does not vary


@njit(cache=True, nogil=True, error_model="numpy")
def _ratio(x, y):
    """Standard deviation of `x` over that of `y`, 0 where the latter does not vary; both have hardly a mean."""
    x1, y1, xx, yy = 0.0, 0.0, 0.0, 0.0
    for t in range(x.size):
        x1 += x[t]
        y1 += y[t]
        xx += x[t] * x[t]
        yy += y[t] * y[t]
    x_power, y_power = xx - x1 * x1 / x.size, yy - y1 * y1 / x.size
    return np.sqrt(max(x_power, 0.0) / y_power) if y_power > _STILL * x.size else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def chrom(first, last, rgb, starts, matrix, taper, out):
    """Pulse of rows `first` to `last` of `rgb` (n_rows, 3, n_times) into `out`; NaN where no window counts.

    The samples of a window, an even number of them, are multiplied by `matrix` from the right; `taper` weighs windows
    where they meet.
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
            for t in range(0, length, 2):  # two samples at a time: half of the way to memory and back
                at = start + t
                x0 = 3.0 * (red[at] * r) - 2.0 * (green[at] * g) - 1.0
                y0 = 1.5 * (red[at] * r - blue[at] * b) + green[at] * g - 1.0
                x1 = 3.0 * (red[at + 1] * r) - 2.0 * (green[at + 1] * g) - 1.0
                y1 = 1.5 * (red[at + 1] * r - blue[at + 1] * b) + green[at + 1] * g - 1.0
                even, odd = matrix[t], matrix[t + 1]
                for k in range(length):
                    x[k] += x0 * even[k] + x1 * odd[k]
                    y[k] += y0 * even[k] + y1 * odd[k]
            alpha = _ratio(x, y)
            for t in range(length):
                wave[start + t] += taper[t] * (x[t] - alpha * y[t])
                norm[start + t] += taper[t]
        for t in range(wave.size):
            wave[t] = wave[t] / norm[t] if norm[t] > 0.0 else np.nan
