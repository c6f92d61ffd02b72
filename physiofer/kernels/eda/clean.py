"""Readings of a skin conductance sensor that are no skin, and spikes of one or two samples."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def drop_lost_contact(rows, low, high, fall, step, longest, margin, out):
    """Copy `rows` into `out`, NaN within `margin` samples of readings out of range and of steps that are too steep.

    A fall is too steep if a sample is below (1 - fall[1]) times that of fall[0] samples before. Up or down, a step is
    if samples step[0] apart differ by more than step[1]; then the level above it is left out too, where that lasts no
    more than `longest` samples.
    """
    n_times = rows.shape[1]
    fall_span, step_span = int(fall[0]), int(step[0])
    edges = np.empty(n_times + 1, dtype=np.int64)  # +1 where a lost stretch begins, -1 where it ends
    for row in range(rows.shape[0]):
        values = rows[row]
        edges[:] = 0
        for t in range(n_times):
            stop = 0
            if values[t] < low or values[t] > high:
                stop = t + 1
            elif t + fall_span < n_times and values[t + fall_span] < (1.0 - fall[1]) * values[t]:
                stop = t + fall_span + 1
            if stop > 0:
                edges[max(t - margin, 0)] += 1
                edges[min(stop + margin, n_times)] -= 1
        for sense in (1, -1):
            _lose_steps(values[::sense], low, high, step_span, step[1], longest, margin, edges, sense)
        lost = 0
        for t in range(n_times):
            lost += edges[t]
            out[row, t] = values[t] if lost == 0 and np.isfinite(values[t]) else np.nan


@njit(cache=True, nogil=True)
def _lose_steps(values, low, high, span, greatest, longest, margin, edges, sense):
    """Mark in `edges` the steps up of `values` and the level above them; `values` are turned round if `sense` is -1."""
    n_times = values.size
    was_rising = False
    for t in range(n_times - span):
        top = t + span
        is_known = low <= values[t] <= high and low <= values[top] <= high
        is_rising = is_known and values[top] - values[t] > greatest
        if is_rising:
            stop = top + 1
            if not was_rising:  # at its foot, which is what the level comes back to
                half = 0.5 * (values[t] + values[top])
                while stop < n_times and stop <= top + longest and not values[stop] <= half:
                    stop += 1
                stop = stop if stop <= top + longest else top + 1
            first, last = max(t - margin, 0), min(stop + margin, n_times)
            edges[first if sense > 0 else n_times - last] += 1
            edges[last if sense > 0 else n_times - first] -= 1
        was_rising = is_rising


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
