"""From raw samples to a pulse wave in which beats can be found: gaps, jumps, band, working rate, polarity."""

import numpy as np
from numba import njit

from ..gaps import bridge_gaps
from ..order import shell_sort

_LOW_HZ, _HIGH_HZ = 0.5, 8.0  # from 30 bpm to the fourth harmonic of 120 bpm
_LEAST_RATE, _WORKING_RATE = 50.0, 64.0  # Hz: slower rows are made finer, faster ones coarser down to twice this
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
    """High-pass, then low-pass, in place; forwards or backwards, at rest with the first value."""
    b0, b1, b2, a1, a2 = _biquad(_LOW_HZ, rate, True)
    c0, c1, c2, d1, d2 = _biquad(_HIGH_HZ, rate, False)
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
def _typical(highest):
    """Median of seven neighbouring block maxima, but at least a hundredth of the median of all that are not flat."""
    n_blocks = highest.size
    typical = np.empty(n_blocks)
    near = np.empty(max(2 * _HALF_BLOCKS + 1, n_blocks))
    for i in range(n_blocks):
        for k in range(2 * _HALF_BLOCKS + 1):
            near[k] = highest[min(max(i + k - _HALF_BLOCKS, 0), n_blocks - 1)]
        shell_sort(near, 2 * _HALF_BLOCKS + 1)
        typical[i] = near[_HALF_BLOCKS]
    summit, n_lively = 0.0, 0
    for i in range(n_blocks):
        summit = max(summit, highest[i])
    for i in range(n_blocks):
        if highest[i] > 1e-6 * summit:
            near[n_lively] = highest[i]
            n_lively += 1
    shell_sort(near, n_lively)
    for i in range(n_blocks):
        typical[i] = max(typical[i], 0.01 * near[n_lively // 2]) if n_lively else 0.0
    return typical


@njit(cache=True, nogil=True)
def typical_heights(values, rate):
    """Block length and typical height of |values| in each block, which a burst does not set (:func:`_typical`)."""
    block = max(int(_BLOCK_S * rate), 1)
    highest = np.zeros((values.size + block - 1) // block)
    for i in range(highest.size):
        part, top = values[i * block : (i + 1) * block], 0.0
        for t in range(part.size):
            height = abs(part[t])
            if height > top:
                top = height
        highest[i] = top
    return block, _typical(highest)


@njit(cache=True, nogil=True)
def _mark(silent, first, last, longest):
    """Mark the samples from `first` up to `last` if they are more than `longest`."""
    if last - first > longest:
        for t in range(first, last):
            silent[t] = True


@njit(cache=True, nogil=True)
def mark_silence(values, rate, silent):
    """Mark runs of missing samples longer than 0.1 s, and those at the ends."""
    n_times = values.size
    first = 0
    for t in range(n_times + 1):
        if t < n_times and not np.isfinite(values[t]):
            continue
        _mark(silent, first, t, _LONG_GAP_S * rate if 0 < first and t < n_times else 0.0)
        first = t + 1


@njit(cache=True, nogil=True)
def _limit_steps(values, rate, silent):
    """Limit steps between samples, in place, to five times the typical steepest one; mark what stands still too long.

    Jumps of the baseline shrink, and of a spike the two steps cancel. No pulse stands still for two seconds.
    """
    block = max(int(_BLOCK_S * rate), 1)
    highest = np.zeros((values.size + block - 1) // block)
    since = 0
    for i in range(highest.size):
        top = 0.0
        for t in range(max(i * block, 1), min((i + 1) * block, values.size)):
            step = abs(values[t] - values[t - 1])
            if step > top:
                top = step
            if step > 0.0:
                _mark(silent, since, t, _STILL_S * rate)
                since = t
        highest[i] = top
    _mark(silent, since, values.size, _STILL_S * rate)
    typical = _typical(highest)
    shift, last = 0.0, values[0]
    for i in range(highest.size):
        limit = _STEP_LIMIT * typical[i]
        if shift == 0.0 and highest[i] <= limit:
            continue
        if i:
            last = values[i * block - 1] - shift
        for t in range(i * block, min((i + 1) * block, values.size)):
            step = values[t] - last
            last = values[t]
            shift += min(max(step, -limit), limit) - step
            values[t] += shift


@njit(cache=True, nogil=True)
def _finer(values, factor):
    """Straight lines through `factor` times as many samples: with the low-pass behind them, a band-limited reading."""
    fine = np.empty((values.size - 1) * factor + 1)
    for t in range(values.size - 1):
        for k in range(factor):
            fine[t * factor + k] = values[t] + (values[t + 1] - values[t]) * k / factor
    fine[fine.size - 1] = values[values.size - 1]
    return fine


@njit(cache=True, nogil=True)
def _band_passed(values, rate):
    """Zero-phase band-pass, the ends padded by four seconds turned about the end points."""
    n_times = values.size
    padding = min(int(2.0 * rate / _LOW_HZ), n_times - 1)
    extended = np.empty(n_times + 2 * padding)
    for t in range(n_times):
        extended[padding + t] = values[t]
    for k in range(padding):
        extended[k] = 2.0 * values[0] - values[padding - k]
        extended[padding + n_times + k] = 2.0 * values[n_times - 1] - values[n_times - 2 - k]
    for step in (1, -1):
        _sweep(extended, rate, step)
    return extended[padding : padding + n_times]


@njit(cache=True, nogil=True)
def pulse_wave(values, rate):
    """Wave at the working rate, whether each of its samples is silent, the working rate (50 to 128 Hz) and the unit.

    The wave is band-passed from 0.5 to 8 Hz (zero phase) and upright; it is empty where there is no signal. It is in
    units of the greatest value, so that no square overflows.
    """
    nothing, nowhere = np.empty(0), np.empty(0, dtype=np.bool_)
    summit, is_whole = 0.0, True
    for t in range(values.size):
        height = abs(values[t])
        if not height < np.inf:  # NaN or infinite
            is_whole = False
        elif height > summit:
            summit = height
    if summit == 0.0:
        return nothing, nowhere, rate, summit
    raw, is_silent = np.empty(values.size), np.zeros(values.size, dtype=np.bool_)
    for t in range(values.size):
        raw[t] = values[t] / summit
    if not is_whole:
        mark_silence(raw, rate, is_silent)
        bridge_gaps(raw.reshape(1, -1))
    _limit_steps(raw, rate, is_silent)
    finer, coarser = max(int(np.ceil(_LEAST_RATE / rate)), 1), max(int(rate / _WORKING_RATE), 1)
    if finer > 1:
        raw = _finer(raw, finer)
    passed = _band_passed(raw, rate * finer)
    wave = np.empty((passed.size - 1) // coarser + 1)
    low, high = 0.0, 0.0
    for t in range(wave.size):
        wave[t] = passed[t * coarser]
        low, high = min(low, wave[t]), max(high, wave[t])
    if not high - low > 1e-9:  # flat: what is left is rounding
        return nothing, nowhere, rate, summit
    silent = np.zeros(wave.size, dtype=np.bool_)
    for t in range(is_silent.size):
        if is_silent[t]:
            silent[t * finer // coarser] = True
            silent[min((t + 1) * finer // coarser, wave.size) - 1] = True
    rate = rate * finer / coarser
    _turn_upright(wave, silent, rate)
    return wave, silent, rate, summit


@njit(cache=True, nogil=True)
def _turn_upright(wave, silent, rate):
    """Turn the wave in place so that its upstrokes are steeper than its downstrokes."""
    slope = slopes(wave, rate)
    block, typical = typical_heights(slope, rate)
    skewness = 0.0
    for i in range(typical.size):
        part, is_silent = slope[i * block : (i + 1) * block], silent[i * block : (i + 1) * block]
        scale = 1.0 / typical[i] if typical[i] > 0.0 else 0.0
        for t in range(part.size):
            if not is_silent[t]:
                relative = part[t] * scale
                if abs(relative) > 1.5:
                    relative = 1.5 if relative > 0.0 else -1.5
                skewness += relative * relative * relative
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
