"""Classification and correction of artefacts in a series of beats after Lipponen & Tarvainen (2019)."""

import numpy as np
from numba import njit

from ..order import quantile
from .intervals import slide

#: Codes of what a pass may find; zero is a normal beat.
ECTOPIC, MISSED, EXTRA, LONG, SHORT = 1, 2, 3, 4, 5

#: How far the value of an interval can be trusted: as measured, half of one in which a beat was missed, interpolated,
#: or unknown because the sensor was silent.
MEASURED, HALVED, INTERPOLATED, UNKNOWN = 0, 1, 2, 3

_C1, _C2 = 0.13, 0.17  # border of the ectopic beats in the plane of S11 and S12
_CLEARLY = 1.2  # of two neighbouring patterns the later one is the ectopic beat if it is so much larger


@njit(cache=True, nogil=True)
def classify(rr, drr, mrr, median, tolerance):
    """Missed, long and short intervals, ectopic and extra beats of one round, and how many there are of all kinds.

    Beat k lies between the intervals k - 1 and k. NaN intervals, and differences with them, belong to no pattern.
    """
    n = rr.size
    at_interval, at_beat = np.zeros(n, dtype=np.int8), np.zeros(n + 1, dtype=np.int8)
    ectopic = np.zeros(n + 1, dtype=np.bool_)
    for j in range(1, n):
        ectopic[j] = _is_ectopic(drr, j) and not _hides_missed(rr, median, tolerance, j)
    n_found, taken = 0, -1  # the last interval that already belongs to an artefact
    for j in range(n):
        if np.isnan(rr[j]) or j <= taken:
            continue
        is_larger = ectopic[j] and ectopic[j + 1] and abs(drr[j + 1]) > _CLEARLY * abs(drr[j])
        if ectopic[j] and not is_larger and j - 1 > taken:
            at_beat[j] = ECTOPIC  # the beat between the two disturbed intervals
            taken = j
            n_found += 1
            continue
        s22 = _s22(drr, j)
        is_long = (drr[j] > 1.0 and s22 < -1.0) or mrr[j] > 3.0
        is_short = (drr[j] < -1.0 and s22 > 1.0) or mrr[j] < -3.0
        if ectopic[j + 1] or not (is_long or is_short):
            continue  # normal, or the first half of the next one
        n_found += 1
        if is_long:
            at_interval[j] = MISSED if abs(0.5 * rr[j] - median[j]) < tolerance[j] else LONG
            continue
        # The beat that is too many may end this interval or begin it.
        is_free = j > 0 and j - 1 > taken and at_interval[j - 1] == 0 and not np.isnan(rr[j - 1])
        before = abs(rr[j - 1] + rr[j] - median[j]) if is_free else np.inf
        after = abs(rr[j] + rr[j + 1] - median[j]) if j + 1 < n else np.inf
        if after <= before and after < tolerance[j]:
            at_beat[j + 1] = EXTRA
            taken = j + 1
        elif before < tolerance[j]:
            at_beat[j] = EXTRA
            taken = j
        else:
            at_interval[j] = SHORT
    return at_interval, at_beat, n_found


@njit(cache=True, nogil=True)
def rolling_quantiles(values, half_width, low, high):
    """Two quantiles of the values present among those up to `half_width` places away, for each place."""
    n = values.size
    lows, highs = np.empty(n), np.empty(n)
    window, count = np.empty(2 * half_width + 1), 0
    for i in range(-half_width, n):
        leaving = values[i - half_width - 1] if i > half_width else np.nan
        entering = values[i + half_width] if i + half_width < n else np.nan
        count = slide(window, count, leaving, entering)
        if i >= 0:
            lows[i] = quantile(window, count, low) if count else np.nan
            highs[i] = quantile(window, count, high) if count else np.nan
    return lows, highs


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
def label(codes, origin, at_interval, at_beat):
    """Enter the findings of a round at the original beats; what an earlier round found of an interval stays."""
    for k in range(origin.size):
        if origin[k] < 0:
            continue
        if at_beat[k] != 0:
            codes[origin[k]] = at_beat[k]
        elif k and codes[origin[k]] == 0:
            codes[origin[k]] = at_interval[k - 1]


@njit(cache=True, nogil=True)
def apply(beats, origin, rr, trust, at_interval, at_beat):
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
def interpolate(rr, trust):
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
def place(beats, origin, codes):
    """Spread ectopic and inserted beats evenly between the beats on either side of them, in place."""
    last = 0
    for k in range(1, beats.size):
        if origin[k] < 0 or codes[origin[k]] == ECTOPIC:
            continue
        for between in range(last + 1, k):
            beats[between] = beats[last] + (beats[k] - beats[last]) * (between - last) / (k - last)
        last = k
