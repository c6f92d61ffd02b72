"""Intervals between beats: artefact rejection, of one series and of many windows."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def reject_intervals(rr_ms, is_good, low_ms, high_ms, tolerance, half_width):
    """Intervals, NaN where a beat is bad, the length implausible or far from the median of its plausible neighbours."""
    kept = np.empty(rr_ms.size)
    _reject(rr_ms, is_good, low_ms, high_ms, tolerance, half_width, kept)
    return kept


@njit(cache=True, nogil=True)
def reject_intervals_windows(first, last, rr_ms, is_good, low_ms, high_ms, tolerance, half_width, kept):
    """:func:`reject_intervals` of rows `first` to `last` into `kept`; the NaN that fill a row up are implausible."""
    for row in range(first, last):
        _reject(rr_ms[row], is_good[row], low_ms, high_ms, tolerance, half_width, kept[row])


@njit(cache=True, nogil=True)
def _reject(rr_ms, is_good, low_ms, high_ms, tolerance, half_width, kept):
    """Fill `kept` with the intervals that survive, NaN else."""
    n = rr_ms.size
    plausible = np.empty(n)
    for i in range(n):
        plausible[i] = rr_ms[i] if is_good[i] and is_good[i + 1] and low_ms <= rr_ms[i] <= high_ms else np.nan
    near, count = np.empty(2 * half_width + 1), 0
    for i in range(-half_width, n):
        leaving = plausible[i - half_width - 1] if i > half_width else np.nan
        entering = plausible[i + half_width] if i + half_width < n else np.nan
        count = slide(near, count, leaving, entering)
        if i < 0:
            continue
        kept[i] = np.nan
        if not np.isnan(plausible[i]):
            centre = 0.5 * (near[(count - 1) // 2] + near[count // 2])
            if abs(rr_ms[i] - centre) <= tolerance * centre:
                kept[i] = rr_ms[i]


@njit(cache=True, nogil=True)
def slide(window, count, leaving, entering):
    """Exchange a value for another among the first `count` sorted ones, in place; NaN stands for none."""
    hole, place = 0, 0
    for k in range(count):  # without branches: faster than bisection at this length
        hole += window[k] < leaving
        place += window[k] < entering
    if np.isnan(entering):
        if np.isnan(leaving):
            return count
        for k in range(hole, count - 1):
            window[k] = window[k + 1]
        return count - 1
    if np.isnan(leaving):
        hole, count = count, count + 1
    elif hole < place:
        place -= 1  # one of those below has left
    for k in range(hole, place, -1):
        window[k] = window[k - 1]
    for k in range(hole, place):
        window[k] = window[k + 1]
    window[place] = entering
    return count
