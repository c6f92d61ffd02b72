"""Readings of a skin conductance sensor that are no skin, and spikes of one or two samples."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def drop_lost_contact(rows, low, high, second, greatest_fall, margin, out):
    """Copy `rows` into `out`, NaN within `margin` samples of readings out of range and of falls that are too steep.

    A fall is too steep if a sample is below (1 - greatest_fall) times that of `second` samples before.
    """
    n_times = rows.shape[1]
    edges = np.empty(n_times + 1, dtype=np.int64)  # +1 where a lost stretch begins, -1 where it ends
    for row in range(rows.shape[0]):
        values = rows[row]
        edges[:] = 0
        for t in range(n_times):
            stop = 0
            if values[t] < low or values[t] > high:
                stop = t + 1
            elif t + second < n_times and values[t + second] < (1.0 - greatest_fall) * values[t]:
                stop = t + second + 1
            if stop > 0:
                edges[max(t - margin, 0)] += 1
                edges[min(stop + margin, n_times)] -= 1
        lost = 0
        for t in range(n_times):
            lost += edges[t]
            out[row, t] = values[t] if lost == 0 and np.isfinite(values[t]) else np.nan


@njit(cache=True, nogil=True)
def median_of_five(rows, out):
    """Median of each sample and its two neighbours on either side, ends repeated; `rows` holds no NaN."""
    for row in range(rows.shape[0]):
        values = rows[row]
        last = values.size - 1
        for t in range(values.size):
            a, b = values[max(t - 2, 0)], values[max(t - 1, 0)]
            c, d, e = values[t], values[min(t + 1, last)], values[min(t + 2, last)]
            a, b = min(a, b), max(a, b)
            c, d = min(c, d), max(c, d)
            a, c = max(a, c), min(b, d)  # neither the least nor the greatest of the four
            out[row, t] = max(min(a, c), min(max(a, c), e))
