"""Entropies of intervals: how often what was alike for two intervals stays alike for the third."""

import numpy as np
from numba import njit

_DIMENSION = 2
_EXPONENT_LIMIT = 40.0  # exp(-40) is below rounding beside any sum of memberships


@njit(cache=True, nogil=True)
def templates(rr_ms):
    """Intervals i, i + 1 and i + 2 for every i, as (3, n_templates), and how many have all three: these come first.

    A template with a rejected interval is left out; one that lacks only the third comes last, with NaN for it.
    """
    columns = np.empty((3, rr_ms.size))
    n = 0
    for i in range(rr_ms.size - 2):
        if np.isfinite(rr_ms[i] + rr_ms[i + 1] + rr_ms[i + 2]):
            columns[0, n], columns[1, n], columns[2, n] = rr_ms[i], rr_ms[i + 1], rr_ms[i + 2]
            n += 1
    n_whole = n
    for i in range(rr_ms.size - 1):
        is_last = i + 2 == rr_ms.size or not np.isfinite(rr_ms[i + 2])
        if is_last and np.isfinite(rr_ms[i] + rr_ms[i + 1]):
            columns[0, n], columns[1, n], columns[2, n] = rr_ms[i], rr_ms[i + 1], np.nan
            n += 1
    return columns[:, :n].copy(), n_whole


@njit(cache=True, nogil=True)
def sample_entropy(rr_ms, tolerance):
    """SampEn (m = 2): -ln of the share of pairs closer than `tolerance` that stay so; NaN without such pairs."""
    columns, n = templates(rr_ms)
    n_two, n_three = 0, 0
    for i in range(n - 1):
        first, second, third = columns[0, i + 1 : n], columns[1, i + 1 : n], columns[2, i + 1 : n]
        a, b, c = columns[0, i], columns[1, i], columns[2, i]
        for j in range(first.size):
            is_two = (abs(first[j] - a) < tolerance) & (abs(second[j] - b) < tolerance)
            n_two += is_two
            n_three += is_two & (abs(third[j] - c) < tolerance)
    return np.log(n_two / n_three) if n_three else np.nan


@njit(cache=True, nogil=True)
def approximate_entropy(rr_ms, tolerance):
    """ApEn (m = 2), a template counted as alike to itself (Pincus 1991, distance up to and with `tolerance`)."""
    columns, n_whole = templates(rr_ms)
    n = columns.shape[1]
    alike_two, alike_three = np.ones(n, np.int64), np.ones(n, np.int64)
    for i in range(n - 1):
        first, second, third = columns[0, i + 1 :], columns[1, i + 1 :], columns[2, i + 1 :]
        a, b, c = columns[0, i], columns[1, i], columns[2, i]
        two, three = alike_two[i + 1 :], alike_three[i + 1 :]
        own_two, own_three = 0, 0
        for j in range(first.size):
            is_two = (abs(first[j] - a) <= tolerance) & (abs(second[j] - b) <= tolerance)
            is_three = is_two & (abs(third[j] - c) <= tolerance)
            two[j] += is_two
            three[j] += is_three
            own_two += is_two
            own_three += is_three
        alike_two[i] += own_two
        alike_three[i] += own_three
    if n_whole == 0:
        return np.nan
    phi_two, phi_three = 0.0, 0.0
    for i in range(n):
        phi_two += np.log(alike_two[i] / n) / n
    for i in range(n_whole):
        phi_three += np.log(alike_three[i] / n_whole) / n_whole
    return phi_two - phi_three


@njit(cache=True, nogil=True)
def fuzzy_entropy(rr_ms, tolerance):
    """FuzzyEn (m = 2): pairs of templates, each about its own mean, count by exp(-(distance / tolerance)^2)."""
    columns, n = templates(rr_ms)
    half_step, below, above = np.empty((3, n))
    last = np.empty(n)
    for i in range(n):
        a, b, c = columns[0, i] / tolerance, columns[1, i] / tolerance, columns[2, i] / tolerance
        half_step[i] = 0.5 * (b - a)  # a template of two is -half_step, half_step about its mean
        mean = (a + b + c) / 3.0
        below[i], above[i], last[i] = a - mean, b - mean, c - mean
    sum_two, sum_three = np.zeros(n), np.zeros(n)
    for i in range(n - 1):
        h, p, q, r = half_step[i], below[i], above[i], last[i]
        steps, first, second, third = half_step[i + 1 :], below[i + 1 :], above[i + 1 :], last[i + 1 :]
        two, three = sum_two[i + 1 :], sum_three[i + 1 :]
        for j in range(steps.size):
            apart = abs(steps[j] - h)
            two[j] += exp_minus(apart * apart)
            apart = max(abs(first[j] - p), abs(second[j] - q), abs(third[j] - r))
            three[j] += exp_minus(apart * apart)
    total_two, total_three = sum_two.sum(), sum_three.sum()
    return np.log(total_two / total_three) if total_three > 0.0 else np.nan


@njit(cache=True, nogil=True)
def exp_minus(x):
    """exp(-x) for x >= 0 by arithmetic alone, so that loops over it run several at once; error below 1e-15."""
    v = min(x, _EXPONENT_LIMIT) / 64.0
    series = 1.0 - v / 7.0 * (1.0 - v / 8.0)
    series = 1.0 - v / 4.0 * (1.0 - v / 5.0 * (1.0 - v / 6.0 * series))
    series = 1.0 - v * (1.0 - v / 2.0 * (1.0 - v / 3.0 * series))
    series *= series
    series *= series
    series *= series
    series *= series
    series *= series
    series *= series
    return series
