"""Readings of a skin conductance sensor that are no skin, and spikes of one or two samples."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def drop_lost_contact(rows, low, high, fall, rise, longest, margin, out):
    """Copy `rows` into `out`, NaN within `margin` samples of readings out of range and of steps that are too steep.

    A fall is too steep if a sample is below (1 - fall[1]) times that of fall[0] samples before, a rise if it is more
    than rise[1] above that of rise[0] samples before. If half of such a rise is undone within `longest` samples, all in
    between is left out too.
    """
    n_times = rows.shape[1]
    fall_span, rise_span = int(fall[0]), int(rise[0])
    edges = np.empty(n_times + 1, dtype=np.int64)  # +1 where a lost stretch begins, -1 where it ends
    for row in range(rows.shape[0]):
        values = rows[row]
        edges[:] = 0
        is_rising = False
        for t in range(n_times):
            was_rising, is_rising, stop = is_rising, False, 0
            if values[t] < low or values[t] > high:
                stop = t + 1
            elif t + fall_span < n_times and values[t + fall_span] < (1.0 - fall[1]) * values[t]:
                stop = t + fall_span + 1
            if t + rise_span < n_times and low <= values[t] and values[t + rise_span] <= high:
                is_rising = values[t + rise_span] - values[t] > rise[1]
            if is_rising:
                stop = max(stop, t + rise_span + 1)
                if not was_rising:
                    stop = max(stop, _undone(values, t, t + rise_span, longest))
            if stop > 0:
                edges[max(t - margin, 0)] += 1
                edges[min(stop + margin, n_times)] -= 1
        lost = 0
        for t in range(n_times):
            lost += edges[t]
            out[row, t] = values[t] if lost == 0 and np.isfinite(values[t]) else np.nan


@njit(cache=True, nogil=True)
def _undone(values, start, top, longest):
    """Where half of the rise from `start` to `top` is lost again, at most `longest` samples later; 0 if it is not."""
    half = 0.5 * (values[start] + values[top])
    for t in range(top + 1, min(top + longest, values.size)):
        if values[t] <= half:
            return t
    return 0


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
