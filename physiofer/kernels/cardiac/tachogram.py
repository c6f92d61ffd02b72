"""Intervals as a function of time: how long they reach, where gaps cut them, and their value four times a second.

Interval i lies between beats i and i + 1 and stands at beat i + 1; NaN marks a rejected one.
"""

import numpy as np
from numba import njit

#: Samples of the tachogram in a second.
TACHOGRAM_HZ = 4.0
#: Longest gap that a cubic spline crosses, in intervals like those beside it: one that is lost, not two.
SPLINE_GAP_INTERVALS = 1.5
#: Longest gap in s that is bridged at all, by a straight line.
BRIDGED_GAP_S = 5.0


@njit(cache=True, nogil=True)
def trusted(rr_ms):
    """The intervals that survived."""
    out = np.empty(rr_ms.size)
    n = 0
    for i in range(rr_ms.size):
        if np.isfinite(rr_ms[i]):
            out[n] = rr_ms[i]
            n += 1
    return out[:n]


@njit(cache=True, nogil=True)
def stretches(beats_s, rr_ms):
    """First and last trusted interval of each stretch between gaps too long to bridge: (bounds, n_stretches)."""
    bounds = np.empty((rr_ms.size, 2), np.int64)
    n, before = 0, -1
    for i in range(rr_ms.size):
        if np.isfinite(rr_ms[i]):
            if before < 0 or beats_s[i] - beats_s[before + 1] > BRIDGED_GAP_S:
                bounds[n, 0] = i
                n += 1
            bounds[n - 1, 1] = i
            before = i
    return bounds, n


@njit(cache=True, nogil=True)
def reach_s(beats_s, first, last):
    """Time from interval `first` to interval `last`, with the rejected ones at an edge if they could be bridged."""
    start_s, stop_s = beats_s[first], beats_s[last + 1]
    if start_s - beats_s[0] <= BRIDGED_GAP_S:
        start_s = beats_s[0]
    if beats_s[-1] - stop_s <= BRIDGED_GAP_S:
        stop_s = beats_s[-1]
    return stop_s - start_s


@njit(cache=True, nogil=True)
def n_samples(beats_s, first, last):
    """Samples of the tachogram from the beat that ends interval `first` to the one that ends interval `last`."""
    return int((beats_s[last + 1] - beats_s[first + 1]) * TACHOGRAM_HZ + 1e-6) + 1


@njit(cache=True, nogil=True)
def tachogram(beats_s, rr_ms, first, last, values, is_bridged):
    """Intervals `first` to `last` in ms at `TACHOGRAM_HZ` into `values`; `is_bridged` says which stand in a gap.

    Natural cubic splines through the intervals, gaps of one lost interval included; straight lines over longer gaps,
    where a spline would swing out.
    """
    knots = np.empty(last - first + 1, np.int64)
    n = 0
    for i in range(first, last + 1):
        if np.isfinite(rr_ms[i]):
            knots[n] = i
            n += 1
    knots = knots[:n]
    bend = spline_bends(beats_s, rr_ms, knots)
    p = 0
    for t in range(values.size):
        now_s = t / TACHOGRAM_HZ
        while p < n - 2 and beats_s[knots[p + 1] + 1] - beats_s[first + 1] < now_s:
            p += 1
        i, j = knots[p], knots[min(p + 1, n - 1)]
        width = beats_s[j + 1] - beats_s[i + 1]
        since = now_s - (beats_s[i + 1] - beats_s[first + 1])
        right = since / width if width > 0.0 else 0.0
        left = 1.0 - right
        curve = left * (left * left - 1.0) * bend[p] + right * (right * right - 1.0) * bend[min(p + 1, n - 1)]
        values[t] = left * rr_ms[i] + right * rr_ms[j] + curve * width * width / 6.0
        is_bridged[t] = j > i + 1 and 0.0 < since < beats_s[j] - beats_s[i + 1]


@njit(cache=True, nogil=True)
def spline_bends(beats_s, rr_ms, knots):
    """Second derivatives of the splines at the intervals `knots`, by Thomas's elimination.

    Zero at the ends of a spline, which are the ends of the series and of gaps that it does not cross.
    """
    n = knots.size
    bend, factor = np.zeros(n), np.zeros(n)
    for p in range(1, n - 1):
        i, j, k = knots[p - 1], knots[p], knots[p + 1]
        if is_crossed(beats_s, rr_ms, i, j) and is_crossed(beats_s, rr_ms, j, k):
            before, after = beats_s[j + 1] - beats_s[i + 1], beats_s[k + 1] - beats_s[j + 1]
            turn = 6.0 * ((rr_ms[k] - rr_ms[j]) / after - (rr_ms[j] - rr_ms[i]) / before)
            pivot = 2.0 * (before + after) - before * factor[p - 1]
            factor[p] = after / pivot
            bend[p] = (turn - before * bend[p - 1]) / pivot
    for p in range(n - 2, 0, -1):
        bend[p] -= factor[p] * bend[p + 1]
    return bend


@njit(cache=True, nogil=True)
def is_crossed(beats_s, rr_ms, i, j):
    """Whether what lies between the trusted intervals i and j is short enough for a spline."""
    return beats_s[j] - beats_s[i + 1] <= 0.5e-3 * SPLINE_GAP_INTERVALS * (rr_ms[i] + rr_ms[j])
