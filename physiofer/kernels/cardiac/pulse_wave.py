"""From raw samples to a pulse wave in which beats can be found: gaps, jumps, band, working rate, polarity."""

import numpy as np
from numba import njit

from ..gaps import bridge_gaps
from ..order import shell_sort

_LOW_HZ, _HIGH_HZ = 0.5, 8.0  # from 30 bpm to the fourth harmonic of 120 bpm
_WORKING_RATE = 64.0  # Hz: the band needs no more, time between samples is interpolated
_LONG_GAP_S = 0.1  # most of an upstroke: what is shorter is bridged
_STILL_S = 2.0  # no pulse at 30 bpm or above stands still for as long
_BLOCK_S = 1.5  # typical heights: maxima of blocks of a beat or more, the median of seven
_HALF_BLOCKS = 3
_SLOPE_S = 0.06
_STEP_LIMIT = 5.0  # times the typical steepest step: more is a jump or a spike


@njit(cache=True, nogil=True)
def _biquad(cutoff_hz, rate, is_high):
    """Second-order Butterworth by the bilinear transform: b0, b1, b2, a1, a2."""
    warped = np.tan(np.pi * cutoff_hz / rate)
    norm = 1.0 / (1.0 + np.sqrt(2.0) * warped + warped * warped)
    gain = norm if is_high else norm * warped * warped
    middle = -2.0 * gain if is_high else 2.0 * gain
    return (
        gain,
        middle,
        gain,
        2.0 * (warped * warped - 1.0) * norm,
        (1.0 - np.sqrt(2.0) * warped + warped * warped) * norm,
    )


@njit(cache=True, nogil=True)
def _sweep(values, rate, step):
    """High-pass, then low-pass below Nyquist, in place; forwards or backwards, at rest with the first value."""
    b0, b1, b2, a1, a2 = _biquad(_LOW_HZ, rate, True)
    has_low_pass = 0.5 * rate > _HIGH_HZ
    c0, c1, c2, d1, d2 = _biquad(min(_HIGH_HZ, 0.25 * rate), rate, False)
    if not has_low_pass:
        c0, c1, c2, d1, d2 = 1.0, 0.0, 0.0, 0.0, 0.0
    t = 0 if step > 0 else values.size - 1
    z1, z2 = -b0 * values[t], b2 * values[t]
    w1, w2 = 0.0, 0.0
    for _ in range(values.size):
        x = values[t]
        y = b0 * x + z1
        z1 = b1 * x - a1 * y + z2
        z2 = b2 * x - a2 * y
        z = c0 * y + w1
        w1 = c1 * y - d1 * z + w2
        w2 = c2 * y - d2 * z
        values[t] = z
        t += step


@njit(cache=True, nogil=True)
def typical_heights(values, rate):
    """Block length and typical height of |values| in each block: the median of the maxima of seven blocks round it.

    A burst does not set the scale of its neighbours, and nothing falls below a hundredth of the row's own median.
    """
    block = max(int(_BLOCK_S * rate), 1)
    n_blocks = (values.size + block - 1) // block
    highest = np.zeros(n_blocks)
    typical = np.empty(n_blocks)
    near = np.empty(max(2 * _HALF_BLOCKS + 1, n_blocks))
    summit = 0.0
    for i in range(n_blocks):
        for t in range(i * block, min((i + 1) * block, values.size)):
            highest[i] = max(highest[i], abs(values[t]))
        summit = max(summit, highest[i])
    for i in range(n_blocks):
        for k in range(2 * _HALF_BLOCKS + 1):
            near[k] = highest[min(max(i + k - _HALF_BLOCKS, 0), n_blocks - 1)]
        shell_sort(near, 2 * _HALF_BLOCKS + 1)
        typical[i] = near[_HALF_BLOCKS]
    n_lively = 0
    for i in range(n_blocks):
        if highest[i] > 1e-6 * summit:
            near[n_lively] = highest[i]
            n_lively += 1
    shell_sort(near, n_lively)
    for i in range(n_blocks):
        typical[i] = max(typical[i], 0.01 * near[n_lively // 2]) if n_lively else 0.0
    return block, typical


@njit(cache=True, nogil=True)
def mark_silence(values, rate, silent):
    """Mark runs of missing samples longer than 0.1 s, and those at the ends."""
    n_times = values.size
    first = 0
    for t in range(n_times + 1):
        if t < n_times and not np.isfinite(values[t]):
            continue
        if t - first > (_LONG_GAP_S * rate if 0 < first and t < n_times else 0):
            silent[first:t] = True
        first = t + 1


@njit(cache=True, nogil=True)
def _mark_stillness(values, rate, silent):
    """Mark runs of one and the same value that last longer than a pulse can stand still."""
    first = 0
    for t in range(1, values.size + 1):
        if t == values.size or values[t] != values[first]:
            if t - first > _STILL_S * rate:
                silent[first:t] = True
            first = t


@njit(cache=True, nogil=True)
def _limit_steps(values, rate):
    """Limit steps between samples to five times the typical steepest one: jumps shrink, a spike's two steps cancel."""
    steps = np.empty(values.size)
    steps[0] = 0.0
    for t in range(1, values.size):
        steps[t] = values[t] - values[t - 1]
    block, typical = typical_heights(steps, rate)
    for t in range(1, values.size):
        limit = _STEP_LIMIT * typical[t // block]
        values[t] = values[t - 1] + min(max(steps[t], -limit), limit)


@njit(cache=True, nogil=True)
def pulse_wave(values, rate):
    """Wave at the working rate, whether each of its samples is silent, and the factor from the raw to the working rate.

    The wave is band-passed from 0.5 to 8 Hz (zero phase) and upright; it is empty where there is no signal.
    """
    n_times = values.size
    summit = 0.0
    for t in range(n_times):
        if np.isfinite(values[t]):
            summit = max(summit, abs(values[t]))
    if summit == 0.0:
        return np.empty(0), np.empty(0, dtype=np.bool_), 1
    padding = min(int(2.0 * rate / _LOW_HZ), n_times - 1)
    extended = np.empty(n_times + 2 * padding)
    inner = extended[padding : padding + n_times]
    for t in range(n_times):
        inner[t] = values[t] / summit  # so that no square overflows
    is_silent = np.zeros(n_times, dtype=np.bool_)
    mark_silence(inner, rate, is_silent)
    bridge_gaps(inner.reshape(1, -1))
    _mark_stillness(inner, rate, is_silent)
    _limit_steps(inner, rate)
    for k in range(padding):
        extended[k] = 2.0 * inner[0] - inner[padding - k]
        extended[padding + n_times + k] = 2.0 * inner[n_times - 1] - inner[n_times - 2 - k]
    _sweep(extended, rate, 1)
    _sweep(extended, rate, -1)
    factor = max(int(rate / _WORKING_RATE), 1)
    wave = summit * inner[::factor]
    silent = np.zeros(wave.size, dtype=np.bool_)
    for t in range(n_times):
        if is_silent[t]:
            silent[t // factor] = True
    _turn_upright(wave, silent, rate / factor)
    if not wave.max() - wave.min() > 1e-9 * summit:  # flat: what is left is rounding
        return wave[:0], silent[:0], factor
    return wave, silent, factor


@njit(cache=True, nogil=True)
def _turn_upright(wave, silent, rate):
    """Turn the wave in place so that its upstrokes are steeper than its downstrokes."""
    slope = slopes(wave, rate)
    block, typical = typical_heights(slope, rate)
    skewness = 0.0
    for t in range(slope.size):
        if not silent[t] and typical[t // block] > 0.0:
            skewness += min(max(slope[t] / typical[t // block], -1.5), 1.5) ** 3
    if skewness < 0.0:
        for t in range(wave.size):
            wave[t] = -wave[t]


@njit(cache=True, nogil=True)
def slopes(wave, rate):
    """Differences of the wave over 0.06 s round each sample."""
    half, last = max(int(0.5 * _SLOPE_S * rate + 0.5), 1), wave.size - 1
    slope = np.empty(wave.size)
    for t in range(wave.size):
        slope[t] = wave[min(t + half, last)] - wave[max(t - half, 0)]
    return slope
