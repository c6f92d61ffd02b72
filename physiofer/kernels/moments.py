"""Mean, spread, extremes and slope of windows in one call, missing samples skipped. A row is a window."""

import numpy as np
from numba import njit

#: Order of the columns :func:`window_moments` fills; the spread is that of the population, the slope is per sample.
MOMENTS = ("share", "mean", "sd", "least", "greatest", "slope")


@njit(cache=True, nogil=True)
def _moments(values, out):
    """One row of :func:`window_moments`."""
    total, index_total, n, least, greatest = 0.0, 0.0, 0, np.inf, -np.inf
    for t in range(values.size):
        if np.isfinite(values[t]):
            total += values[t]
            index_total += t
            n += 1
            least, greatest = min(least, values[t]), max(greatest, values[t])
    out[:] = np.nan
    out[0] = n / max(values.size, 1)
    if not n:
        return
    mean, centre = total / n, index_total / n
    squares, products, index_squares = 0.0, 0.0, 0.0  # about the means: plain squares would cancel
    for t in range(values.size):
        if np.isfinite(values[t]):
            squares += (values[t] - mean) ** 2
            products += (values[t] - mean) * (t - centre)
            index_squares += (t - centre) ** 2
    out[1], out[2], out[3], out[4] = mean, np.sqrt(squares / n), least, greatest
    if n > 1:
        out[5] = products / index_squares


@njit(cache=True, nogil=True)
def window_moments(first, last, rows, out):
    """Moments of rows `first` to `last`, ordered as `MOMENTS`, into `out`; NaN where nothing tells them."""
    for row in range(first, last):
        _moments(rows[row], out[row])
