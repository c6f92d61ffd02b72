"""Beats of an ECG: strength of QRS complexes at two scales, choice among its maxima, peak of each complex."""

import numpy as np
from numba import njit

from ..order import quantile, shell_sort

_LONG_GAP_S, _GAP_MARGIN_S = 0.04, 0.012
_CHUNK = 2048  # samples filtered at a time, so that they stay in the processor's nearest cache
_BLOCK_S, _FLOOR_S = 2.5, 0.6  # the first holds a beat down to 25 bpm
_BLOCKS_NEAR = 4  # on either side: a burst shorter than half of nine blocks does not change their median
_FLOOR_STEP_S = 0.05  # the strength does not change faster
_NOISE_PER_FLOOR = 2.5  # typical maximum of noise over its lower quartile: its strength is about Rayleigh distributed
_NOTHING = 1e-9  # of the range of the ECG: more than rounding
_LEAST_LEVEL = 0.03  # of the recording's: what lies below it is an electrode that came off
_BEATS_NEAR, _BEATS_AT_ONCE = 8, 4
_OVER_NOISE, _OVER_LEVEL = 1.3, 0.2  # a beat is higher than noise, and than the waves between beats
_MOST_OF_LEVEL, _MOST_OF_NOISE = 0.7, 0.8  # yet beats in strong noise count, and what has no maxima has no beats
_TOO_HIGH = 8.0  # times the level: hardly a beat of this heart
_MOST, _LEAST = 2.0, -4.0  # evidence of one maximum, in doublings of the threshold
_REFRACTORY_S, _P_WAVE_S, _T_WAVE_S = 0.2, 0.25, 0.36
_EARLY = 0.6  # of the usual interval
_LONG_COST, _LONGEST_COST = 0.6, 1.2  # less than `_MOST`: no pause makes a clear beat disappear
_FAR_S = 7.2  # longer intervals cost the most at any heart rate: three times 25 bpm
_SEARCH_S = 0.08  # half width of a QRS complex
_BESIDE_S = (0.09, 0.13)  # where the level beside it is taken
_BALANCED = 0.05  # deflections either way that are as good as equal: the R wave, upright, is taken
_OTHER_WAY = 2.0  # times larger must the other deflection of an odd beat be than the one the recording is read by


@njit(cache=True, nogil=True)
def mark_gaps(is_finite, rate, in_gap):
    """Runs of missing samples that are too long to know what was in them, and a little on either side."""
    margin = int(_GAP_MARGIN_S * rate) + 1
    start = 0  # of the run of missing samples that ends before t
    for t in range(is_finite.size + 1):
        if t < is_finite.size and not is_finite[t]:
            continue
        if t - start > _LONG_GAP_S * rate:
            for k in range(max(start - margin, 0), min(t + margin, is_finite.size)):
                in_gap[k] = True
        start = t + 1


@njit(cache=True, nogil=True)
def envelope(values, even, odd, out):
    """Magnitude of an analytic wavelet, given by its even and odd half from the centre on; the ends are mirrored."""
    reach, last = even.size, values.size - 1
    padded = np.empty(values.size + 2 * reach)
    for t in range(padded.size):
        padded[t] = values[max(min(abs(t - reach), 2 * last - abs(t - reach)), 0)]
    odd_part = np.empty(_CHUNK)
    for start in range(0, out.size, _CHUNK):
        even_part = out[start : start + _CHUNK]
        n, first = even_part.size, start + reach
        here = padded[first : first + n]
        for t in range(n):
            even_part[t] = even[0] * here[t]
            odd_part[t] = 0.0
        for k in range(1, even.size):  # time is innermost, so that several samples go at once
            later, earlier = padded[first + k : first + k + n], padded[first - k : first - k + n]
            for t in range(n):
                even_part[t] += even[k] * (later[t] + earlier[t])
                odd_part[t] += odd[k] * (later[t] - earlier[t])
        for t in range(n):
            even_part[t] = np.sqrt(even_part[t] * even_part[t] + odd_part[t] * odd_part[t])


@njit(cache=True, nogil=True)
def maxima(strength, reach):
    """Samples whose strength nothing within `reach` exceeds."""
    peaks = np.empty(strength.size // 2 + 1, dtype=np.int64)
    n_peaks, last = 0, strength.size - 1
    for t in range(strength.size):
        height = strength[t]
        if not height > 0.0 or (t > 0 and height <= strength[t - 1]) or (t < last and height < strength[t + 1]):
            continue
        k, stop = max(t - reach, 0), min(t + reach, last) + 1
        while k < stop and strength[k] <= height:
            k += 1
        if k == stop and (n_peaks == 0 or t - peaks[n_peaks - 1] > reach):
            peaks[n_peaks] = t
            n_peaks += 1
    return peaks[:n_peaks]


@njit(cache=True, nogil=True)
def _running_median(blocks, out):
    """Median of every block and its neighbours; negative blocks are gaps and left out, 0 where there are no others."""
    near = np.empty(2 * _BLOCKS_NEAR + 1)
    for b in range(blocks.size):
        first = max(b - _BLOCKS_NEAR, 0)
        width = min(b + _BLOCKS_NEAR + 1, blocks.size) - first
        missing = 0
        for k in range(width):
            near[k] = blocks[first + k]
            missing += near[k] < 0.0
        shell_sort(near, width)
        for k in range(missing, width):
            near[k - missing] = near[k]
        out[b] = quantile(near, width - missing, 0.5) if width > missing else 0.0


@njit(cache=True, nogil=True)
def levels(strength, is_missing, rate, peaks, level, noise):
    """How high beats and typical maxima of noise are round each maximum; returned is the least height of a beat."""
    block = int(np.ceil(_BLOCK_S * rate))
    n_blocks = max(strength.size // block, 1)
    highest, typical = np.empty(n_blocks), np.empty(n_blocks)
    for b in range(n_blocks):
        highest[b] = -1.0
        for t in range(b * block, (b + 1) * block if b + 1 < n_blocks else strength.size):
            if strength[t] > highest[b] and not is_missing[t]:
                highest[b] = strength[t]
    _running_median(highest, typical)
    step = max(int(_FLOOR_STEP_S * rate), 1)
    per_floor = max(int(_FLOOR_S * rate) // step, 1)
    n_floors = max((strength.size // step) // per_floor, 1)
    lowest, floor, some = np.empty(n_floors), np.empty(n_floors), np.empty(per_floor)
    for b in range(n_floors):
        n_missing = 0
        for k in range(per_floor):
            t = min((b * per_floor + k) * step, strength.size - 1)
            some[k] = np.inf if is_missing[t] else strength[t]
            n_missing += is_missing[t]
        shell_sort(some, some.size)
        lowest[b] = quantile(some, some.size - n_missing, 0.25) if 2 * n_missing < per_floor else -1.0
    _running_median(lowest, floor)
    for i in range(peaks.size):
        level[i] = typical[min(peaks[i] // block, n_blocks - 1)]
        noise[i] = _NOISE_PER_FLOOR * floor[min(peaks[i] // (step * per_floor), n_floors - 1)]
    shell_sort(typical, typical.size)
    least = max(_LEAST_LEVEL * quantile(typical, typical.size, 0.5), _NOTHING)
    for i in range(peaks.size):
        level[i] = max(level[i], least)
    return least


@njit(cache=True, nogil=True)
def neighbourhood(times_s, heights, beats, least, level, interval_s):
    """Height of beats and interval between them round each maximum, from eight beats on either side of every four.

    The interval is half the median of two in a row, which early beats with their pauses leave alone.
    """
    near = np.empty(2 * _BEATS_NEAR + _BEATS_AT_ONCE)
    i = 0
    for b in range(0, max(beats.size, 1), _BEATS_AT_ONCE):
        first = max(b - _BEATS_NEAR, 0)
        n = min(b + _BEATS_AT_ONCE + _BEATS_NEAR, beats.size) - first
        for k in range(n):
            near[k] = heights[beats[first + k]]
        shell_sort(near, n)
        height = quantile(near, n, 0.4) if n else 0.0
        apart = 2 if n > 2 else 1
        n_intervals = n - apart
        for k in range(n_intervals):
            near[k] = (times_s[beats[first + k + apart]] - times_s[beats[first + k]]) / apart
        shell_sort(near, n_intervals)
        rr_s = quantile(near, n_intervals, 0.5) if n_intervals > 0 else 0.8
        stop = beats[b + _BEATS_AT_ONCE] if b + _BEATS_AT_ONCE < beats.size else heights.size
        while i < stop:
            level[i], interval_s[i] = max(height, least), min(max(rr_s, 0.24), 2.4)
            i += 1


@njit(cache=True, nogil=True)
def _long_cost(interval_s, typical_s):
    """Cost of a pause that leaves room for further beats: the search back of Pan and Tompkins as a price."""
    ratio = interval_s / typical_s
    return min(_LONG_COST * max(min(2.0 * ratio - 3.0, ratio - 1.0), 0.0), _LONGEST_COST)


@njit(cache=True, nogil=True)
def _early_cost(apart_s, typical_s, before, after, threshold_before, threshold_after):
    """Cost of two beats near one another, in doublings of the threshold; `before` and `after` are their heights."""
    cost = 0.0
    if apart_s < _EARLY * typical_s:
        cost = np.log2(_EARLY * typical_s / apart_s)
    if apart_s < _T_WAVE_S and after < 0.5 * before:  # rather a T wave: the threshold is half of the beat before
        cost += max(np.log2(0.5 * before / threshold_after), 0.0)
    if apart_s < _P_WAVE_S and before < 0.4 * after:  # and there the first may have been a P wave
        cost += max(np.log2(0.4 * after / threshold_before), 0.0)
    return cost


@njit(cache=True, nogil=True)
def choose(times_s, seen_s, heights, noise, level, interval_s, is_beat):
    """Most plausible sequence of beats among the maxima, by dynamic programming (Ellis 2007), into `is_beat`.

    A beat counts by how far it exceeds the threshold, an interval costs where it is much shorter or longer than those
    around it. `seen_s` is the time of each maximum less the gaps before it: nobody knows of beats in a gap.
    """
    n = times_s.size
    threshold, evidence, best, before = np.empty(n), np.empty(n), np.empty(n), np.empty(n, dtype=np.int64)
    far, furthest = 0, -1  # maxima before `far` cost the most, whichever they are: of these only the best matters
    for i in range(n):
        wanted = max(_OVER_NOISE * noise[i], noise[i] + _OVER_LEVEL * (level[i] - noise[i]))
        threshold[i] = max(min(wanted, _MOST_OF_LEVEL * level[i]), _MOST_OF_NOISE * noise[i])
        evidence[i] = min(max(np.log2(heights[i] / threshold[i]), _LEAST), _MOST)
        if heights[i] > _TOO_HIGH * level[i]:
            evidence[i] = min(evidence[i], 0.5)
        best[i], before[i] = evidence[i] - _long_cost(seen_s[i], interval_s[i]), -1
        while seen_s[i] - seen_s[far] > _FAR_S:
            if furthest < 0 or best[far] > best[furthest]:
                furthest = far
            far += 1
        if furthest >= 0 and best[furthest] + evidence[i] - _LONGEST_COST > best[i]:
            best[i], before[i] = best[furthest] + evidence[i] - _LONGEST_COST, furthest
        earliest_s = -np.inf
        for k in range(i - 1, far - 1, -1):
            apart_s = times_s[i] - times_s[k]
            if apart_s < _REFRACTORY_S:
                continue
            if times_s[k] < earliest_s:
                break
            typical_s = 0.5 * (interval_s[i] + interval_s[k])
            total = best[k] + evidence[i] - _long_cost(seen_s[i] - seen_s[k], typical_s)
            total -= _early_cost(apart_s, typical_s, heights[k], heights[i], threshold[k], threshold[i])
            if total > best[i]:
                best[i], before[i] = total, k
            reach_s = max(_EARLY * typical_s, _T_WAVE_S)
            if apart_s > reach_s and evidence[k] > _LONGEST_COST:  # a clear beat: none long before it can do better
                earliest_s = max(earliest_s, times_s[k] - reach_s)
    last, highest = -1, -_long_cost(seen_s[n - 1], interval_s[n - 1]) if n else 0.0  # of no beat at all
    for i in range(n):
        is_beat[i] = False
        total = best[i] - _long_cost(seen_s[n - 1] - seen_s[i], interval_s[i])
        if total > highest:
            last, highest = i, total
    while last >= 0:
        is_beat[last] = True
        last = before[last]


@njit(cache=True, nogil=True)
def _extremes(coarse, centre, rate):
    """Highest and lowest sample of a QRS complex, and the level beside it."""
    reach, near, away = int(_SEARCH_S * rate), int(_BESIDE_S[0] * rate), int(_BESIDE_S[1] * rate + 0.5)
    last = coarse.size - 1
    level = 0.0
    for k in range(near, away + 1):
        level += 0.5 * (coarse[max(centre - k, 0)] + coarse[min(centre + k, last)]) / (away - near + 1)
    high = low = centre
    for t in range(max(centre - reach, 0), min(centre + reach, last) + 1):
        if coarse[t] > coarse[high]:
            high = t
        if coarse[t] < coarse[low]:
            low = t
    return high, low, level


@njit(cache=True, nogil=True)
def _smoothed(values, weights, t):
    """One sample smoothed by symmetric weights, given from their centre on; the ends are mirrored."""
    reach, last = weights.size - 1, values.size - 1
    total = weights[0] * values[t]
    if t >= reach and t + reach <= last:
        for k in range(1, reach + 1):
            total += weights[k] * (values[t - k] + values[t + k])
    else:
        for k in range(1, reach + 1):
            before, after = abs(t - k), last - abs(last - t - k)
            total += weights[k] * (values[min(before, last)] + values[max(after, 0)])
    return total


@njit(cache=True, nogil=True)
def _extremum(values, weights, start, reach, sign):
    """Top (`sign` 1) or bottom (-1) where a climb along the smoothed values ends: place between samples and height.

    The place is NaN if the climb leads further than `reach`, or out of the values: then there is no peak.
    """
    at = min(max(start, 0), values.size - 1)
    left, here = -np.inf, sign * _smoothed(values, weights, at)
    right = sign * _smoothed(values, weights, at + 1) if at + 1 < values.size else -np.inf
    while right > here and at - start < reach:
        at, left, here = at + 1, here, right
        right = sign * _smoothed(values, weights, at + 1) if at + 1 < values.size else -np.inf
    if left == -np.inf:
        left = sign * _smoothed(values, weights, at - 1) if at > 0 else -np.inf
        while left > here and start - at < reach:
            at, right, here = at - 1, here, left
            left = sign * _smoothed(values, weights, at - 1) if at > 0 else -np.inf
    if here < max(left, right) or at == 0 or at == values.size - 1:
        return np.nan, sign * here
    bend = left - 2.0 * here + right
    return at + (0.5 * (left - right) / bend if bend < 0.0 else 0.0), sign * here


@njit(cache=True, nogil=True)
def place(values, in_gap, rate, weights, coarse, step, centres, beats_s, amplitude):
    """Time and amplitude (peak to peak) of every beat whose peak was seen; how many there are.

    `centres` are samples of `coarse`, the decimated values without their baseline: on entry those of the highest
    strength, on return those of the peaks.
    """
    highs, lows = np.empty(centres.size, dtype=np.int64), np.empty(centres.size, dtype=np.int64)
    heights, depths, balance = np.empty(centres.size), np.empty(centres.size), np.empty(centres.size)
    for b in range(centres.size):
        highs[b], lows[b], level = _extremes(coarse, centres[b], rate / step)
        heights[b], depths[b] = coarse[highs[b]] - level, level - coarse[lows[b]]
        size = heights[b] + depths[b]
        balance[b] = (heights[b] - depths[b]) / size if size > 0.0 else 0.0
    shell_sort(balance, balance.size)
    is_upright = balance.size == 0 or quantile(balance, balance.size, 0.5) > -_BALANCED
    n = 0
    for b in range(centres.size):
        top_at, top = _extremum(values, weights, highs[b] * step + step // 2, 2 * step, 1.0)
        bottom_at, bottom = _extremum(values, weights, lows[b] * step + step // 2, 2 * step, -1.0)
        if is_upright:
            is_top = _OTHER_WAY * heights[b] >= depths[b]
        else:
            is_top = heights[b] > _OTHER_WAY * depths[b]
        peak = top_at if is_top else bottom_at
        if np.isfinite(peak) and not in_gap[int(peak + 0.5)]:
            beats_s[n], amplitude[n], centres[n] = peak / rate, top - bottom, int((peak + 0.5) / step)
            n += 1
    return n
