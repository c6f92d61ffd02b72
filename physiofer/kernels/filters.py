"""Cascades of second-order sections run forwards and backwards, with the arithmetic of SciPy's ``sosfiltfilt``."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _forwards(values, section, first, second):
    """One section along time, in place, in transposed direct form II, from the state (`first`, `second`)."""
    b0, b1, b2, a1, a2 = section[0], section[1], section[2], section[4], section[5]
    for t in range(values.size):
        before = values[t]
        after = b0 * before + first
        first = b1 * before - a1 * after + second
        second = b2 * before - a2 * after
        values[t] = after


@njit(cache=True, nogil=True)
def _backwards(values, section, first, second):
    """:func:`_forwards` against time."""
    b0, b1, b2, a1, a2 = section[0], section[1], section[2], section[4], section[5]
    for t in range(values.size - 1, -1, -1):
        before = values[t]
        after = b0 * before + first
        first = b1 * before - a1 * after + second
        second = b2 * before - a2 * after
        values[t] = after


@njit(cache=True, nogil=True)
def zero_phase(rows, sections, steady, padding, out):
    """Filter each row both ways into `out`, ends mirrored through their points over `padding` samples.

    `sections` (n_sections, 6) are normalised to a0 = 1; `steady` (n_sections, 2) is their state under a constant 1.
    """
    n_rows, n_times = rows.shape
    padded = np.empty(n_times + 2 * padding)
    for row in range(n_rows):
        for t in range(padding):
            padded[t] = 2.0 * rows[row, 0] - rows[row, padding - t]
            padded[padding + n_times + t] = 2.0 * rows[row, n_times - 1] - rows[row, n_times - 2 - t]
        for t in range(n_times):
            padded[padding + t] = rows[row, t]
        edge = padded[0]
        for s in range(sections.shape[0]):
            _forwards(padded, sections[s], steady[s, 0] * edge, steady[s, 1] * edge)
        edge = padded[-1]
        for s in range(sections.shape[0]):
            _backwards(padded, sections[s], steady[s, 0] * edge, steady[s, 1] * edge)
        for t in range(n_times):
            out[row, t] = padded[padding + t]
