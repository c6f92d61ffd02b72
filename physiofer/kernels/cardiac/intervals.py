"""Intervals between beats: artefact rejection, of one series and of many windows."""

import numpy as np
from numba import njit, prange

from ..order import shell_sort


@njit(cache=True, nogil=True)
def reject_intervals(rr_ms, is_good, low_ms, high_ms, tolerance, half_width):
    """Intervals, NaN where a beat is bad, the length implausible or far from the median of its plausible neighbours."""
    kept = np.empty(rr_ms.size)
    _reject(rr_ms, is_good, low_ms, high_ms, tolerance, half_width, kept)
    return kept


@njit(cache=True, nogil=True, parallel=True)
def reject_intervals_windows(rr_ms, is_good, low_ms, high_ms, tolerance, half_width):
    """:func:`reject_intervals` of every row; the NaN that fill a row up are implausible."""
    kept = np.empty(rr_ms.shape)
    for row in prange(rr_ms.shape[0]):
        _reject(rr_ms[row], is_good[row], low_ms, high_ms, tolerance, half_width, kept[row])
    return kept


@njit(cache=True, nogil=True)
def _reject(rr_ms, is_good, low_ms, high_ms, tolerance, half_width, kept):
    """Fill `kept` with the intervals that survive, NaN else."""
    n = rr_ms.size
    plausible = np.empty(n, dtype=np.bool_)
    for i in range(n):
        plausible[i] = is_good[i] and is_good[i + 1] and low_ms <= rr_ms[i] <= high_ms
        kept[i] = np.nan
    near = np.empty(2 * half_width + 1)
    for i in range(n):
        if not plausible[i]:
            continue
        count = 0
        for k in range(max(i - half_width, 0), min(i + half_width + 1, n)):
            if plausible[k]:
                near[count] = rr_ms[k]
                count += 1
        shell_sort(near, count)
        centre = 0.5 * (near[(count - 1) // 2] + near[count // 2])
        if abs(rr_ms[i] - centre) <= tolerance * centre:
            kept[i] = rr_ms[i]
