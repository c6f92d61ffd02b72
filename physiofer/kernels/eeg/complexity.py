"""Loops over windows of EEG for the measures of complexity that plain arrays are slow at. A row is a channel."""

import numpy as np
from numba import njit

from ..cardiac.fractal import fluctuation


@njit(cache=True, nogil=True)
def sample_entropies(first, last, rows, ranks, tolerances, order, out):
    """SampEn of rows `first` to `last`: -ln of the share of pairs of templates that stay nearer than the tolerance.

    `ranks` has for each row the starts of its templates, from the least first value to the greatest: those that are
    alike in it stand next to one another, and only pairs of these are compared. Every pair counts, once.
    """
    n = ranks.shape[1]
    columns, distance = np.empty((order + 1, n)), np.zeros(n)
    for row in range(first, last):
        for i in range(n):
            for k in range(order + 1):
                columns[k, i] = rows[row, ranks[row, i] + k]
        tolerance, n_alike, n_longer, stop = tolerances[row], 0, 0, 0
        for i in range(n):
            while stop < n and columns[0, stop] - columns[0, i] < tolerance:
                stop += 1
            # Slices, without a branch: so several pairs are compared at once.
            apart, longest = distance[i + 1 : stop], columns[order, i + 1 : stop]
            for k in range(1, order):
                others, value = columns[k, i + 1 : stop], columns[k, i]
                if k == 1:
                    for j in range(apart.size):
                        apart[j] = abs(others[j] - value)
                else:
                    for j in range(apart.size):
                        apart[j] = max(apart[j], abs(others[j] - value))
            value = columns[order, i]
            for j in range(apart.size):
                n_alike += apart[j] < tolerance
            for j in range(apart.size):
                n_longer += max(apart[j], abs(longest[j] - value)) < tolerance
        out[row] = np.log(n_alike / n_longer) if n_longer else np.nan


@njit(cache=True, nogil=True)
def curve_lengths(first, last, rows, weights, out):
    """Weighted sums of the absolute differences over 1, 2, ... samples of rows `first` to `last`, into `out`.

    `weights` has a row for each number of samples.
    """
    terms = np.empty(rows.shape[1])
    for row in range(first, last):
        for k in range(out.shape[1]):
            after, before, weight = rows[row, k + 1 :], rows[row, : rows.shape[1] - k - 1], weights[k]
            n = after.size
            for i in range(n):
                terms[i] = weight[i] * abs(after[i] - before[i])
            while n > 1:  # halves onto each other: sums that need not wait for one another
                half = n // 2
                front, back = terms[:half], terms[n - half : n]
                for i in range(half):
                    front[i] += back[i]
                n -= half
            out[row, k] = terms[0]


@njit(cache=True, nogil=True)
def fluctuations(first, last, walks, boxes, out):
    """Fluctuation of the walks `first` to `last` about straight lines through boxes of each length, into `out`."""
    for row in range(first, last):
        for k in range(boxes.size):
            out[row, k] = fluctuation(walks[row], boxes[k])
