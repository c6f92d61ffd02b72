"""Entropies of intervals: how often what was alike for two intervals stays alike for the third.

Pairs of templates are taken lag by lag and without a branch, so that several are compared at once.
"""

import numpy as np
from numba import njit

_MOST = 40.0  # exp(-40) is below rounding beside any sum of memberships


@njit(cache=True, nogil=True)
def sample_entropy(rr_ms, tolerance):
    """SampEn (m = 2): -ln of the share of pairs closer than `tolerance` that stay so; NaN where there are none.

    A pair of two counts only if both its third intervals exist (Richman & Moorman 2000); NaN is near nothing.
    """
    n_two, n_three = 0, 0
    for lag in range(1, rr_ms.size - 2):
        for i in range(rr_ms.size - 2 - lag):
            first, second = abs(rr_ms[i + lag] - rr_ms[i]), abs(rr_ms[i + lag + 1] - rr_ms[i + 1])
            third = abs(rr_ms[i + lag + 2] - rr_ms[i + 2])
            is_two = (first < tolerance) & (second < tolerance)
            n_two += is_two & (third < np.inf)
            n_three += is_two & (third < tolerance)
    return np.log(n_two / n_three) if n_three else np.nan


@njit(cache=True, nogil=True)
def pair_entropies(rr_ms, tolerance, out):
    """SampEn, ApEn and FuzzyEn (m = 2) into the first columns of `out`, from one pass over all pairs of templates.

    A template, two or three intervals in a row, is left out if one of them is rejected. ApEn counts a template as
    alike to itself and a distance equal to `tolerance` too (Pincus 1991). For FuzzyEn a template is taken about its
    own mean, and two are alike by exp(-(distance / tolerance)^2) (Chen 2007).
    """
    columns, n, n_all = templates(rr_ms)
    # Alike templates of two and of three, as seen from the earlier and from the later one; fuzzy likeness.
    alike = np.zeros((6, n_all))
    n_two, n_three, scale = 0, 0, 1.0 / (tolerance * tolerance)
    for lag in range(1, n):
        for i in range(n - lag):
            first, second = columns[0, i + lag] - columns[0, i], columns[1, i + lag] - columns[1, i]
            third = columns[2, i + lag] - columns[2, i]
            two = max(abs(first), abs(second))
            three = max(two, abs(third))
            n_two += two < tolerance
            n_three += three < tolerance
            is_two, is_three = 1.0 if two <= tolerance else 0.0, 1.0 if three <= tolerance else 0.0
            alike[0, i] += is_two
            alike[1, i] += is_three
            alike[2, i + lag] += is_two
            alike[3, i + lag] += is_three
        for i in range(n - lag):
            first, second = columns[0, i + lag] - columns[0, i], columns[1, i + lag] - columns[1, i]
            third = columns[2, i + lag] - columns[2, i]
            mean, half = (first + second + third) / 3.0, 0.5 * (second - first)
            three = max(abs(first - mean), abs(second - mean), abs(third - mean))
            alike[4, i] += exp_minus(half * half * scale)
            alike[5, i] += exp_minus(three * three * scale)
    for i in range(n, n_all):  # templates of two without a third, for ApEn alone
        for j in range(i):
            is_two = max(abs(columns[0, j] - columns[0, i]), abs(columns[1, j] - columns[1, i])) <= tolerance
            alike[0, i] += is_two
            alike[0, j] += is_two
    out[0] = np.log(n_two / n_three) if n_three else np.nan
    phi_two, phi_three, fuzzy_two, fuzzy_three = 0.0, 0.0, 0.0, 0.0
    for i in range(n_all):
        phi_two += np.log((1.0 + alike[0, i] + alike[2, i]) / n_all) / n_all
    for i in range(n):
        phi_three += np.log((1.0 + alike[1, i] + alike[3, i]) / n) / n
        fuzzy_two += alike[4, i]
        fuzzy_three += alike[5, i]
    if n:
        out[1] = phi_two - phi_three
    if fuzzy_three > 0.0:
        out[2] = np.log(fuzzy_two / fuzzy_three)


@njit(cache=True, nogil=True)
def templates(rr_ms):
    """Every three intervals in a row, then pairs that lack a third, as columns; how many of three, and how many."""
    columns = np.empty((3, rr_ms.size))
    n = 0
    for size in (3, 2):
        for i in range(rr_ms.size - 1):
            is_three = i + 2 < rr_ms.size and np.isfinite(rr_ms[i + 2])
            if is_three == (size == 3) and np.isfinite(rr_ms[i] + rr_ms[i + 1]):
                columns[0, n], columns[1, n] = rr_ms[i], rr_ms[i + 1]
                if is_three:
                    columns[2, n] = rr_ms[i + 2]
                n += 1
        if size == 3:
            n_three = n
    return columns, n_three, n


@njit(cache=True, nogil=True)
def exp_minus(x):
    """exp(-x) for x >= 0 by arithmetic alone: the eighth-order series of exp(-x / 64), squared six times."""
    v = min(x, _MOST) / 64.0
    series = 1.0 - v / 6.0 * (1.0 - v / 7.0 * (1.0 - v / 8.0))
    series = 1.0 - v * (1.0 - v / 2.0 * (1.0 - v / 3.0 * (1.0 - v / 4.0 * (1.0 - v / 5.0 * series))))
    for _ in range(6):
        series *= series
    return series
