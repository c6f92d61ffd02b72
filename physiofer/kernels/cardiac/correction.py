"""Classification and correction of artefacts in a series of beats after Lipponen & Tarvainen (2019)."""

import numpy as np
from numba import njit

from ..order import quantile

#: Codes of what a pass may find; zero is a normal beat.
ECTOPIC, MISSED, EXTRA, LONG, SHORT = 1, 2, 3, 4, 5

#: How far the value of an interval can be trusted: as measured, half of one in which a beat was missed, interpolated,
#: or unknown because the sensor was silent.
MEASURED, HALVED, INTERPOLATED, UNKNOWN = 0, 1, 2, 3

_HALF_WIDTH = 45  # thresholds from 91 beats
_MEDIAN_HALF_WIDTH = 5  # local median of 11 beats
_C1, _C2 = 0.13, 0.17  # border of the ectopic beats in the plane of S11 and S12
_LEAST_MS = 20.0  # of both thresholds: two samples at 100 Hz
_GREATEST = 0.3  # of both thresholds, as a share of the local median: no sinus beat strays further (Kamath & Fallen 1995)
_CLEARLY = 1.2  # of two neighbouring patterns the later one is the ectopic beat if it is so much larger


@njit(cache=True, nogil=True)
def correct_beats(beats_s, rr_ms, factor, max_gap_ms):
    """Rounds of detection and correction until a round finds no fewer artefacts than the one before.

    Returns the corrected beats, the original index of each (-1 for inserted ones), the intervals between them, how far
    each can be trusted, and the label of each original beat.
    """
    labels = np.zeros(beats_s.size, dtype=np.int8)
    beats, origin, rr = beats_s.copy(), np.arange(beats_s.size), rr_ms.copy()
    trust = np.zeros(rr.size, dtype=np.int8)
    for i in range(rr.size):
        if rr[i] > max_gap_ms:
            rr[i], trust[i] = np.nan, UNKNOWN
    n_before = beats_s.size + 1
    while True:
        at_interval, at_beat, n_found = classify(rr, factor)
        if n_found == 0 or n_found >= n_before:
            break
        n_before = n_found
        for k in range(beats.size):
            if origin[k] < 0:
                continue
            if at_beat[k] != 0:
                labels[origin[k]] = at_beat[k]
            elif k and labels[origin[k]] == 0:
                labels[origin[k]] = at_interval[k - 1]
        beats, origin, rr, trust = _apply(beats, origin, rr, trust, at_interval, at_beat)
        _interpolate(rr, trust)
    _place(beats, origin, labels)
    return beats, origin, rr, trust, labels


@njit(cache=True, nogil=True)
def classify(rr, factor):
    """Missed, long and short intervals, ectopic and extra beats of one round, and how many there are of all kinds.

    Beat k lies between the intervals k - 1 and k. NaN intervals, and differences with them, belong to no pattern.
    """
    n = rr.size
    at_interval, at_beat = np.zeros(n, dtype=np.int8), np.zeros(n + 1, dtype=np.int8)
    drr, mrr, median, tolerance = normalised(rr, factor)
    n_found, taken = 0, -1  # the last interval that already belongs to an artefact
    for j in range(n):
        if np.isnan(rr[j]) or j <= taken:
            continue
        is_next = j + 1 < n and _is_ectopic(drr, j + 1) and not _hides_missed(rr, median, tolerance, j + 1)
        is_here = _is_ectopic(drr, j) and not _hides_missed(rr, median, tolerance, j)
        if is_here and j - 1 > taken and not (is_next and abs(drr[j + 1]) > _CLEARLY * abs(drr[j])):
            at_beat[j] = ECTOPIC  # the beat between the two disturbed intervals
            taken = j
            n_found += 1
            continue
        if is_next:
            continue  # the first half of the next one
        s22 = _s22(drr, j)
        is_long = (drr[j] > 1.0 and s22 < -1.0) or mrr[j] > 3.0
        is_short = (drr[j] < -1.0 and s22 > 1.0) or mrr[j] < -3.0
        if not is_long and not is_short:
            continue
        n_found += 1
        if is_long:
            at_interval[j] = MISSED if abs(0.5 * rr[j] - median[j]) < tolerance[j] else LONG
            continue
        # The beat that is too many may end this interval or begin it.
        is_free = j > 0 and j - 1 > taken and at_interval[j - 1] == 0
        before = abs(rr[j - 1] + rr[j] - median[j]) if is_free else np.inf
        after = abs(rr[j] + rr[j + 1] - median[j]) if j + 1 < n else np.inf
        if after <= before and after < tolerance[j]:
            at_beat[j + 1] = EXTRA
            taken = j + 1
        elif before < tolerance[j]:
            at_beat[j] = EXTRA
        else:
            at_interval[j] = SHORT
    return at_interval, at_beat, n_found


@njit(cache=True, nogil=True)
def normalised(rr, factor):
    """Differences and deviations from the local median over their thresholds, that median, and the second threshold."""
    n = rr.size
    drr, mrr, median = np.zeros(n), np.empty(n), np.empty(n)
    for j in range(1, n):
        drr[j] = rr[j] - rr[j - 1]
    rolling_median(rr, median)
    for j in range(n):
        mrr[j] = rr[j] - median[j]
        if mrr[j] < 0.0:
            mrr[j] *= 2.0  # a short interval cannot stray as far as a long one
    threshold, tolerance = np.empty(n), np.empty(n)
    rolling_spread(drr, threshold)
    rolling_spread(mrr, tolerance)
    for j in range(n):
        threshold[j] = max(min(factor * threshold[j], _GREATEST * median[j]), _LEAST_MS)
        tolerance[j] = max(min(factor * tolerance[j], _GREATEST * median[j]), _LEAST_MS)
        drr[j] /= threshold[j]
        mrr[j] /= tolerance[j]
    return drr, mrr, median, tolerance


@njit(cache=True, nogil=True)
def rolling_median(values, out):
    """Median of the values present among the eleven round each place."""
    window = np.empty(2 * _MEDIAN_HALF_WIDTH + 2)
    count = 0
    for k in range(min(_MEDIAN_HALF_WIDTH, values.size)):
        count = _enter(window, count, values[k])
    for i in range(values.size):
        if i + _MEDIAN_HALF_WIDTH < values.size:
            count = _enter(window, count, values[i + _MEDIAN_HALF_WIDTH])
        if i > _MEDIAN_HALF_WIDTH:
            count = _leave(window, count, values[i - _MEDIAN_HALF_WIDTH - 1])
        out[i] = quantile(window, count, 0.5) if count else np.nan


@njit(cache=True, nogil=True)
def rolling_spread(values, out):
    """Quartile deviation of the values present among the 91 round each place."""
    window = np.empty(2 * _HALF_WIDTH + 2)
    count = 0
    for k in range(min(_HALF_WIDTH, values.size)):
        count = _enter(window, count, values[k])
    for i in range(values.size):
        if i + _HALF_WIDTH < values.size:
            count = _enter(window, count, values[i + _HALF_WIDTH])
        if i > _HALF_WIDTH:
            count = _leave(window, count, values[i - _HALF_WIDTH - 1])
        out[i] = 0.5 * (quantile(window, count, 0.75) - quantile(window, count, 0.25)) if count else np.nan


@njit(cache=True, nogil=True)
def _enter(window, count, value):
    """Put a value in its place among the first `count` sorted ones; NaN stays out."""
    if np.isnan(value):
        return count
    k = count
    while k > 0 and window[k - 1] > value:
        window[k] = window[k - 1]
        k -= 1
    window[k] = value
    return count + 1


@njit(cache=True, nogil=True)
def _leave(window, count, value):
    """Take a value out of the first `count` sorted ones."""
    if np.isnan(value):
        return count
    k = 0
    while window[k] < value:
        k += 1
    for place in range(k, count - 1):
        window[place] = window[place + 1]
    return count - 1


@njit(cache=True, nogil=True)
def _at(drr, j):
    """A normalised difference; none where there is no interval to compare."""
    return drr[j] if 0 <= j < drr.size and not np.isnan(drr[j]) else 0.0


@njit(cache=True, nogil=True)
def _is_ectopic(drr, j):
    """Whether interval j is the middle of a pattern negative-positive-negative or its mirror image."""
    if drr[j] > 1.0:
        return max(_at(drr, j - 1), _at(drr, j + 1)) < -_C1 * drr[j] - _C2
    if drr[j] < -1.0:
        return min(_at(drr, j - 1), _at(drr, j + 1)) > -_C1 * drr[j] + _C2
    return False


@njit(cache=True, nogil=True)
def _hides_missed(rr, median, tolerance, j):
    """Whether a missed beat explains the intervals j - 1 and j better than a beat out of place between them."""
    halved = abs(0.5 * max(rr[j - 1], rr[j]) - median[j])
    return halved < tolerance[j] and halved < abs(0.5 * (rr[j - 1] + rr[j]) - median[j])


@njit(cache=True, nogil=True)
def _s22(drr, j):
    """The most opposite of the next two differences."""
    if drr[j] >= 0.0:
        return min(_at(drr, j + 1), _at(drr, j + 2))
    return max(_at(drr, j + 1), _at(drr, j + 2))


@njit(cache=True, nogil=True)
def _apply(beats, origin, rr, trust, at_interval, at_beat):
    """The series without its extra beats and with the missed ones; intervals that need new values are marked."""
    n = rr.size
    new_beats, new_origin = np.empty(2 * n + 1), np.empty(2 * n + 1, dtype=np.int64)
    new_rr, new_trust = np.empty(2 * n), np.empty(2 * n, dtype=np.int8)
    new_beats[0], new_origin[0] = beats[0], origin[0]
    m, length, doubt = 0, 0.0, MEASURED
    for j in range(n):
        length += rr[j]
        doubt = max(doubt, trust[j])
        if at_beat[j] == ECTOPIC or at_beat[j + 1] == ECTOPIC or at_interval[j] == LONG or at_interval[j] == SHORT:
            doubt = max(doubt, INTERPOLATED)
        if at_beat[j + 1] == EXTRA:
            continue  # its two intervals become one
        if at_interval[j] == MISSED:
            length *= 0.5
            doubt = max(doubt, HALVED)
            new_rr[m], new_trust[m], new_origin[m + 1] = length, doubt, -1
            m += 1
        new_rr[m], new_trust[m] = length, doubt
        new_beats[m + 1], new_origin[m + 1] = beats[j + 1], origin[j + 1]
        m += 1
        length, doubt = 0.0, MEASURED
    return new_beats[: m + 1], new_origin[: m + 1], new_rr[:m], new_trust[:m]


@njit(cache=True, nogil=True)
def _interpolate(rr, trust):
    """Straight lines over the intervals marked so, from trusted one to trusted one; none crosses a silence."""
    j = 0
    while j < rr.size:
        if trust[j] != INTERPOLATED:
            j += 1
            continue
        first = j
        while j < rr.size and trust[j] == INTERPOLATED:
            j += 1
        left = rr[first - 1] if first else np.nan
        right = rr[j] if j < rr.size else np.nan
        if np.isnan(left):
            left = right
        if np.isnan(right):
            right = left
        for k in range(first, j):
            rr[k] = left + (right - left) * (k - first + 1) / (j - first + 1)


@njit(cache=True, nogil=True)
def _place(beats, origin, labels):
    """Spread ectopic and inserted beats evenly between the beats on either side of them, in place."""
    last = 0
    for k in range(1, beats.size):
        if origin[k] < 0 or labels[origin[k]] == ECTOPIC:
            continue
        for between in range(last + 1, k):
            beats[between] = beats[last] + (beats[k] - beats[last]) * (between - last) / (k - last)
        last = k
