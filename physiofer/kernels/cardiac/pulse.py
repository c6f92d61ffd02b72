"""Beats of a pulse wave: local beat period, upstrokes, their exact place, and how far each can be trusted."""

import numpy as np
from numba import njit

from ..order import shell_sort
from .pulse_wave import pulse_wave, slopes, typical_heights
from .template import align_with_template, correlate_with_template, median, vertex

_UPSTROKE_S = 0.15
#: Shortest beat period in s that is looked for: 240 bpm.
SHORTEST_S = 0.25
_LONGEST_S = 2.3  # 26 bpm
_NO_PERIOD_S = 0.6  # where no rhythm is found
_PERIOD_WINDOW_S, _PERIOD_HOP_S, _PERIOD_RATE = 10.0, 10.0, 20.0
_PERIOD_HOPS = 1  # on either side, of the median that smooths periods
_LEAST_RHYTHM = 0.2  # autocorrelation below which there is none
_SHARE_OF_BEST = 0.7  # of the highest autocorrelation: the shortest lag to reach it is the period
_LEAST_HEIGHT = 0.15  # of the typical upstroke
_REFRACTORY = 0.5  # of the period: the dicrotic wave lies within
_LIKE, _REFRACTORY_S = 0.8, 0.3  # two upstrokes as high as each other and as far apart are beats all the same
_SILENCE_S = 0.2  # no beat as near as this to missing samples
_ALIGN_S, _ALIGN_SHARE, _REACH_S = 0.15, 0.2, 0.06
_BEFORE_S, _AFTER_S = 0.25, 0.4  # the beat whose shape is compared
_CONTEXT = 5  # beats on either side
_LENIENCE = 0.05  # by how much a beat may be better than its neighbourhood
_AMPLITUDE_S = 0.35


@njit(cache=True, nogil=True)
def _rises(wave, rate):
    """How much the wave rises in the 0.15 s round each sample, 0 where it falls: a slope sum function."""
    half = max(int(0.5 * _UPSTROKE_S * rate + 0.5), 1)
    last = wave.size - 1
    rise = np.empty(wave.size)
    for t in range(wave.size):
        rise[t] = max(wave[min(t + half, last)] - wave[max(t - half, 0)], 0.0)
    return rise


@njit(cache=True, nogil=True)
def _relative_rises(rise, block, typical, factor):
    """Rises over their typical height, at most 1.5, averaged over `factor` samples."""
    relative = np.empty(rise.size // factor)
    scale, until, i = 0.0, 0, 0
    for k in range(relative.size):
        if k * factor >= until:
            scale = 1.0 / (factor * typical[i])
            i += 1
            until += block
        part, total = rise[k * factor : (k + 1) * factor], 0.0
        for t in range(factor):
            value = part[t] * scale
            total += value if value * factor < 1.5 else 1.5 / factor
        relative[k] = total
    return relative


@njit(cache=True, nogil=True)
def _autocorrelation(part, n_times, correlation):
    """Unbiased autocorrelation of the first `n_times` samples, the rest of `part` being zeros, into `correlation`."""
    for lag in range(correlation.size):
        correlation[lag] = 0.0
    for t in range(n_times):
        value = part[t]
        for lag in range(correlation.size):
            correlation[lag] += value * part[t + lag]
    power = correlation[0] / n_times
    for lag in range(correlation.size):
        correlation[lag] = correlation[lag] / ((n_times - lag) * power) if power > 0.0 and lag < n_times else 0.0


@njit(cache=True, nogil=True)
def _period(correlation, shortest, longest):
    """Lag of the first maximum that comes near the highest one, NaN without a rhythm.

    Twice and three times the period correlate as well as the period; the lag of a dicrotic wave does not.
    """
    best = 0.0
    for lag in range(shortest, longest):
        if correlation[lag - 1] <= correlation[lag] >= correlation[lag + 1]:
            best = max(best, correlation[lag])
    if best < _LEAST_RHYTHM:
        return np.nan
    for lag in range(shortest, longest):
        at = correlation[lag]
        if correlation[lag - 1] <= at >= correlation[lag + 1] and at >= _SHARE_OF_BEST * best:
            return lag + vertex(correlation[lag - 1], at, correlation[lag + 1])
    return np.nan


@njit(cache=True, nogil=True)
def _smoothed(periods_s):
    """Median over neighbours in place; where there is no rhythm, the period of the nearest that has one."""
    n = periods_s.size
    median = np.empty(n)
    near = np.empty(2 * _PERIOD_HOPS + 1)
    for i in range(n):
        count, median[i] = 0, np.nan
        for k in range(max(i - _PERIOD_HOPS, 0), min(i + _PERIOD_HOPS + 1, n)):
            if np.isfinite(periods_s[k]):
                near[count] = periods_s[k]
                count += 1
        if count:
            shell_sort(near, count)
            median[i] = max(near[(count - 1) // 2], SHORTEST_S)
    for i in range(n):
        periods_s[i] = _NO_PERIOD_S
        for distance in range(n):
            if i - distance >= 0 and np.isfinite(median[i - distance]):
                periods_s[i] = median[i - distance]
                break
            if i + distance < n and np.isfinite(median[i + distance]):
                periods_s[i] = median[i + distance]
                break


@njit(cache=True, nogil=True)
def _beat_periods(rise, block, typical, rate):
    """Local beat period in s every ten seconds, from the autocorrelation of the relative rises."""
    factor = max(int(rate / _PERIOD_RATE), 1)
    rate = rate / factor
    relative = _relative_rises(rise, block, typical, factor)
    n_window, hop = min(int(_PERIOD_WINDOW_S * rate), relative.size), int(_PERIOD_HOP_S * rate)
    shortest, longest = max(int(SHORTEST_S * rate), 1), min(int(_LONGEST_S * rate) + 1, n_window // 2)
    periods_s = np.empty(max(relative.size // hop, 1))
    correlation = np.empty(longest + 1)
    part = np.zeros(n_window + longest + 1)
    for i in range(periods_s.size):
        first = min(max(i * hop + (hop - n_window) // 2, 0), relative.size - n_window)
        mean = 0.0
        for t in range(n_window):
            mean += relative[first + t] / n_window
        for t in range(n_window):
            part[t] = relative[first + t] - mean
        _autocorrelation(part, n_window, correlation)
        periods_s[i] = _period(correlation, shortest, longest) / rate
    _smoothed(periods_s)
    return periods_s


@njit(cache=True, nogil=True)
def _period_at(periods_s, t, rate):
    """Beat period in s at a sample."""
    return periods_s[min(int(t / (rate * _PERIOD_HOP_S)), periods_s.size - 1)]


@njit(cache=True, nogil=True)
def _is_near(silent, centre, reach):
    """Whether anything within `reach` of a sample is silent."""
    for t in range(max(centre - reach, 0), min(centre + reach + 1, silent.size)):
        if silent[t]:
            return True
    return False


@njit(cache=True, nogil=True)
def _height_at(typical, block, t):
    """Typical height at a sample: straight lines between the middles of the blocks."""
    place = min(max((t + 0.5) / block - 0.5, 0.0), typical.size - 1.0)
    low = int(place)
    high = min(low + 1, typical.size - 1)
    return typical[low] + (place - low) * (typical[high] - typical[low])


@njit(cache=True, nogil=True)
def _upstrokes(rise, silent, rate):
    """Sample of each upstroke: maxima of the rise of a fair height, the highest within half a beat period."""
    block, typical = typical_heights(rise, rate)
    upstrokes = np.empty(rise.size // 2 + 1, dtype=np.int64)
    n_upstrokes = 0
    if not typical[0] > 0.0:  # then none is
        return upstrokes[:0]
    periods_s = _beat_periods(rise, block, typical, rate)
    margin = int(_SILENCE_S * rate)
    for t in range(1, rise.size - 1):
        if not (rise[t - 1] < rise[t] >= rise[t + 1]) or rise[t] < _LEAST_HEIGHT * _height_at(typical, block, t):
            continue
        if _is_near(silent, t, margin):
            continue
        last = upstrokes[n_upstrokes - 1] if n_upstrokes else -rise.size
        is_like = min(rise[t], rise[last]) > _LIKE * max(rise[t], rise[last])
        apart_s = (t - last) / rate
        if apart_s >= _REFRACTORY * _period_at(periods_s, t, rate) or (is_like and apart_s >= _REFRACTORY_S):
            upstrokes[n_upstrokes] = t
            n_upstrokes += 1
        elif rise[t] > rise[last]:
            upstrokes[n_upstrokes - 1] = t
    return upstrokes[:n_upstrokes]


@njit(cache=True, nogil=True)
def _median_interval(centres):
    """Median distance between neighbours in samples, 0 where there are none."""
    n = centres.size - 1
    if n < 1:
        return 0.0
    intervals = np.empty(n)
    for i in range(n):
        intervals[i] = centres[i + 1] - centres[i]
    return median(intervals, n)


@njit(cache=True, nogil=True)
def _nearest(positions):
    """Nearest sample of each position."""
    centres = np.empty(positions.size, dtype=np.int64)
    for i in range(positions.size):
        centres[i] = int(np.floor(positions[i] + 0.5))
    return centres


@njit(cache=True, nogil=True)
def _aligned(slope, upstrokes, rate):
    """Exact place of each upstroke in samples: where the slope resembles the typical upstroke most."""
    half = int(min(_ALIGN_S * rate, _ALIGN_SHARE * _median_interval(upstrokes)) + 0.5)
    reach = int(np.ceil(_REACH_S * rate))
    positions = np.empty(upstrokes.size)
    for i in range(upstrokes.size):
        positions[i] = upstrokes[i]
    if half >= 1:
        align_with_template(slope, upstrokes, half, half, reach, positions)
    n_kept = 0
    for i in range(positions.size):  # two that meet in one place are one
        if not n_kept or positions[i] > positions[n_kept - 1]:
            positions[n_kept] = positions[i]
            n_kept += 1
    return positions[:n_kept]


@njit(cache=True, nogil=True)
def _rivals(rise, centres, interval, rate):
    """Rise of the highest other maximum nearer to each beat than to its neighbours, relative to the beat's own."""
    reach, half = int(_REACH_S * rate), int(0.5 * interval)
    rivals = np.zeros(centres.size)
    for i in range(centres.size):
        first = max(centres[i] - half, (centres[i - 1] + centres[i]) // 2 if i else 0, 1)
        last = min(centres[i] + half, (centres[i] + centres[i + 1]) // 2 if i + 1 < centres.size else rise.size)
        own = 0.0
        for t in range(max(centres[i] - reach, 0), min(centres[i] + reach + 1, rise.size)):
            own = max(own, rise[t])
        for t in range(first, min(last, rise.size - 1)):
            if abs(t - centres[i]) > reach and rise[t - 1] < rise[t] >= rise[t + 1] and own > 0.0:
                rivals[i] = max(rivals[i], rise[t] / own)
    return rivals


@njit(cache=True, nogil=True)
def _running_median(values, out):
    """Median of each value and its neighbours, five on either side, from a window that is kept in order."""
    near, count = np.empty(2 * _CONTEXT + 2), 0
    for i in range(-_CONTEXT, values.size):
        if i + _CONTEXT < values.size:  # one enters
            k = count
            while k > 0 and near[k - 1] > values[i + _CONTEXT]:
                near[k] = near[k - 1]
                k -= 1
            near[k] = values[i + _CONTEXT]
            count += 1
        if i > _CONTEXT:  # one leaves
            k = 0
            while k < count - 1 and near[k] != values[i - _CONTEXT - 1]:
                k += 1
            count -= 1
            while k < count:
                near[k] = near[k + 1]
                k += 1
        if i >= 0:
            out[i] = 0.5 * (near[(count - 1) // 2] + near[count // 2])


@njit(cache=True, nogil=True)
def _qualities(slope, rise, centres, rate, quality):
    """Quality of each beat: its likeness to the typical beat, no better than its neighbourhood's.

    In noise some beat resembles the others by chance, but not its neighbours as well; and where other upstrokes are
    commonly as high as the beats, these are not beats (a hum).
    """
    interval = _median_interval(centres)
    share = min(1.0, interval / (1.4 * _AFTER_S * rate)) if interval > 0.0 else 1.0
    before, after = int(share * _BEFORE_S * rate), int(share * _AFTER_S * rate)
    likeness, context, rivalry = np.empty(centres.size), np.empty(centres.size), np.empty(centres.size)
    correlate_with_template(slope, centres, before, after, likeness)
    _running_median(likeness, context)
    _running_median(_rivals(rise, centres, interval, rate), rivalry)
    for i in range(centres.size):
        quality[i] = min(likeness[i], context[i] + _LENIENCE) * min(max(3.0 * (1.0 - rivalry[i]), 0.0), 1.0)


@njit(cache=True, nogil=True)
def _amplitudes(wave, centres, rate, unit, amplitude):
    """Height from the lowest point before each upstroke to the highest after it."""
    reach = max(int(_AMPLITUDE_S * rate), 1)
    for i in range(centres.size):
        foot, peak = np.inf, -np.inf
        for t in range(max(centres[i] - reach, 0), centres[i] + 1):
            foot = min(foot, wave[t])
        for t in range(centres[i], min(centres[i] + reach + 1, wave.size)):
            peak = max(peak, wave[t])
        amplitude[i] = unit * (peak - foot)


@njit(cache=True, nogil=True)
def pulse_beats_windows(first, last, windows, rate, beats_s, quality, amplitude, n_beats):
    """Times, qualities and amplitudes of the beats of windows `first` to `last` into rows long enough; their number."""
    for row in range(first, last):
        wave, silent, working_rate, unit = pulse_wave(windows[row], rate)
        if wave.size < 3:
            continue
        slope, rise = slopes(wave, working_rate), _rises(wave, working_rate)
        positions = _aligned(slope, _upstrokes(rise, silent, working_rate), working_rate)
        centres = _nearest(positions)
        n_beats[row] = positions.size
        for i in range(positions.size):
            beats_s[row, i] = positions[i] / working_rate
        _qualities(slope, rise, centres, working_rate, quality[row])
        _amplitudes(wave, centres, working_rate, unit, amplitude[row])


@njit(cache=True, nogil=True)
def beat_quality(values, rate, beats_s, quality):
    """Quality of given beats, in order and inside the row; 0 where samples are missing."""
    wave, silent, rate, _ = pulse_wave(values, rate)
    centres = np.empty(beats_s.size, dtype=np.int64)
    for i in range(beats_s.size):
        centres[i] = min(int(beats_s[i] * rate + 0.5), wave.size - 1)
        quality[i] = 0.0
    if wave.size < 3:
        return
    _qualities(slopes(wave, rate), _rises(wave, rate), centres, rate, quality)
    for i in range(beats_s.size):
        if silent[centres[i]]:
            quality[i] = 0.0
