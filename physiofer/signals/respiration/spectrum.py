"""Respiration by its spectrum: the rate of the strongest rhythm, and how much else there is."""

import numpy as np

from ..._parallel import over_windows
from ..._validate import check_number, check_rate, check_samples
from ...exceptions import InvalidArgumentError
from ...kernels.respiration import spectrum as kernels
from .._filters import bridged

SEGMENT_S = 32.0
LOW_HZ, HIGH_HZ = 4.0 / 60.0, 1.0
_FASTEST_BREATH_HZ = 40.0 / 60.0  # above is a heart, or exercise and panting that no sitting person shows
_FASTEST_PULSE_HZ = 2.0  # beats that are faster leave no breaths behind below 1 Hz
_OVERSAMPLING = 6.0  # block means keep 95 % of the amplitude at a sixth of their rate
_PADDING = 4  # times the length of a segment: the parabola does the rest
_MIN_PERIODS = 2.0
_FARTHEST = 2.0  # frequencies between the maximum with and without its background
MAIN_LOBE = 2.0  # of Hann's window, from its middle to its end, in units of 1 / length


def spectral_rate(respiration, rate, *, low_hz=LOW_HZ, high_hz=HIGH_HZ):
    """Respiration rate from the strongest rhythm, of one window or many.

    Each window is cut into segments of 32 s that overlap by half (a shorter window is one segment), from each its line
    of least squares is taken and its spectrum found under Hann's window, as power per octave (frequency times density),
    in which the 1/f wandering of a baseline is flat. The rate of a segment is where the greatest maximum is, placed
    between frequencies by a parabola through the logarithms. Its purity is the share of the band within the main lobe
    (1/16 Hz) around that maximum and its first harmonic, less the share that a flat spectrum would have there, over the
    same for a sine. The rate of the window is the mean over segments, weighted by purity.

    Parameters
    ----------
    respiration : array-like of shape (..., n_times)
        Windows of a belt or any other signal of respiration; NaN where missing.
    rate : float
        Sampling rate in Hz, more than twice `high_hz`.
    low_hz, high_hz : float, default=4/60, 1
        The band: 4 to 60 breaths per minute. Windows below 30 s show no rhythm slower than two periods a window.

    Returns
    -------
    rate_per_min : ndarray of shape (...)
        Breaths per minute; NaN where fewer than half of the samples are there, or nothing turns.
    purity : ndarray of shape (...)
        Mean over segments, 0 to 1: 1 for a sine, about 0.1 for white noise, 0 without a rate.

    Raises
    ------
    InvalidArgumentError
        If the band is empty or reaches the Nyquist frequency.

    Examples
    --------
    >>> times = np.arange(0, 60, 1 / 25)
    >>> rate_per_min, purity = spectral_rate(np.sin(2 * np.pi * 0.3 * times), 25.0)
    >>> round(float(rate_per_min), 1), round(float(purity), 2)
    (18.0, 1.0)
    """
    respiration = check_samples(respiration, name="respiration")
    low_hz = check_number(low_hz, name="low_hz", low=0.0, low_open=True)
    high_hz = check_number(high_hz, name="high_hz", low=low_hz, low_open=True)
    rate = check_rate(rate)
    if high_hz >= 0.5 * rate:
        raise InvalidArgumentError(f"high_hz={high_hz:g} must be below rate/2={0.5 * rate:g} (Nyquist); lower it.")
    return rate_of_windows(respiration, rate, low_hz, high_hz)


def rate_of_windows(windows, rate, low_hz, high_hz):
    """:func:`spectral_rate` without its checks."""
    shape = windows.shape[:-1]
    rows = windows.reshape(int(np.prod(shape)), windows.shape[-1])
    is_enough = 2 * np.isfinite(rows).sum(axis=1) > rows.shape[1]
    factor = max(int(rate / (_OVERSAMPLING * high_hz)), 1)
    n_coarse = rows.shape[1] // factor
    length_s = min(SEGMENT_S, n_coarse * factor / rate)
    low_hz = max(low_hz, _MIN_PERIODS / length_s) if length_s else np.inf
    if not low_hz < high_hz:
        return np.full(shape, np.nan)[()], np.zeros(shape)[()]
    coarse = bridged(rows)[:, : n_coarse * factor].reshape(len(rows), n_coarse, factor).mean(axis=-1)
    frequencies_hz, power = segment_power(coarse, rate / factor, low_hz, high_hz)
    logs = np.log(np.maximum(power, np.maximum(1e-12 * power.max(axis=-1, keepdims=True), 1e-300)))
    peak_hz, purity = strongest(frequencies_hz, logs, np.log(frequencies_hz), length_s, harmonics=2)
    rate_per_min, purity = average(60.0 * peak_hz, purity)
    rate_per_min[~is_enough], purity[~is_enough] = np.nan, 0.0
    return rate_per_min.reshape(shape)[()], purity.reshape(shape)[()]


def is_pulse(level, rate, smooth_hz):
    """Whether the strongest rhythm of each row, as power per octave over the whole of it, is too fast for breath.

    Such is a pulse wave taken for a belt. The power of all segments counts as one: an apnoea in which the heart moves
    the belt is outweighed by the breaths before and after. What the second-order Butterworth filter below `smooth_hz`,
    run forwards and backwards, took from `level` is put back.
    """
    is_too_fast = np.zeros(len(level), dtype=bool)
    factor = max(int(rate / (_OVERSAMPLING * _FASTEST_PULSE_HZ)), 1)
    n_coarse = level.shape[1] // factor
    length_s = min(SEGMENT_S, n_coarse * factor / rate)
    low_hz = max(LOW_HZ, _MIN_PERIODS / length_s) if length_s else np.inf
    high_hz = min(_FASTEST_PULSE_HZ, 0.45 * rate / factor)
    if not low_hz < _FASTEST_BREATH_HZ:
        return is_too_fast
    coarse = bridged(level)[:, : n_coarse * factor].reshape(len(level), n_coarse, factor).mean(axis=-1)
    frequencies_hz, power = segment_power(coarse, rate / factor, low_hz, high_hz)
    loss = np.square(1.0 + (frequencies_hz / smooth_hz) ** 4)
    power = (power.mean(axis=1) * frequencies_hz * loss)[:, 1:-1]
    is_slow = frequencies_hz[1:-1] <= _FASTEST_BREATH_HZ
    return power[:, ~is_slow].max(axis=1) > power[:, is_slow].max(axis=1)


def segment_power(values, rate, low_hz, high_hz):
    """Spectra of segments of at most 32 s, overlapping by half, without their trends, under Hann's window.

    `values` has shape (..., n_times), without NaN. The power has shape (..., n_segments, n_frequencies); frequencies
    reach one beyond the band at either end, to tell maxima.
    """
    n_times = values.shape[-1]
    length = min(int(round(SEGMENT_S * rate)), n_times)
    n_segments = 1 + int(np.ceil(2 * (n_times - length) / length))
    firsts = np.rint(np.linspace(0, n_times - length, n_segments)).astype(np.int64)
    step_hz = rate / (_PADDING * length)
    bins = np.arange(int(low_hz / step_hz + 1e-9) - 1, int(np.ceil(high_hz / step_hz - 1e-9)) + 2)
    angles = 2 * np.pi * np.outer(0.5 * (length - 1) - np.arange(length // 2), bins) / (_PADDING * length)
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(length) + 0.5) / length)
    power = np.empty((int(np.prod(values.shape[:-1])), n_segments, bins.size))
    rows = np.ascontiguousarray(values.reshape(len(power), n_times))
    over_windows(kernels.segment_power, len(rows), rows, firsts, taper, np.cos(angles), np.sin(angles), power)
    return bins * step_hz, power.reshape(*values.shape[:-1], n_segments, bins.size)


def strongest(frequencies_hz, logs, tilt, length_s, *, harmonics=1):
    """Frequency of the greatest maximum inside the band, and the share of power in the main lobes at its multiples.

    `logs` is the logarithm of the power, -inf outside the band, and `tilt` what is added to it to level its background:
    the maximum is that of the sum, but its place that of the power itself, which the tilt shifts. The share, too of the
    sum, is corrected for chance: 0 is that of a flat spectrum, 1 all. NaN and 0 where there is no maximum: where the
    sum only rises or falls.
    """
    levelled = logs + tilt
    levelled -= levelled.max(axis=-1, keepdims=True)
    inner = levelled[..., 1:-1]
    is_maximum = (inner > levelled[..., :-2]) & (inner >= levelled[..., 2:]) & (levelled[..., 2:] > -np.inf)
    at = np.where(is_maximum, inner, -np.inf).argmax(axis=-1)[..., np.newaxis]
    is_found = np.take_along_axis(is_maximum, at, axis=-1)[..., 0]
    shift = _vertex(logs, at)
    shift = np.where(np.abs(shift) <= _FARTHEST, shift, _vertex(levelled, at))  # False where not a number
    peak_hz = frequencies_hz[at[..., 0] + 1] + shift * (frequencies_hz[1] - frequencies_hz[0])
    multiples = np.arange(1, harmonics + 1)[:, np.newaxis] * peak_hz[..., np.newaxis, np.newaxis]
    is_near = (np.abs(frequencies_hz[1:-1] - multiples) < MAIN_LOBE / length_s).any(axis=-2)
    is_in_band = inner > -np.inf
    power = np.exp(inner, where=is_in_band & is_found[..., np.newaxis], out=np.zeros(inner.shape))
    share = (power * is_near).sum(axis=-1) / np.maximum(power.sum(axis=-1), 1e-300)
    flat = (is_near & is_in_band).sum(axis=-1) / np.maximum(is_in_band.sum(axis=-1), 1)
    purity = np.clip((share - flat) / np.maximum(1.0 - flat, 1e-9), 0.0, 1.0)
    return np.where(is_found, peak_hz, np.nan), np.where(is_found, purity, 0.0)


def _vertex(values, at):
    """How far from sample ``at + 1`` the parabola through it and its neighbours turns, in samples; NaN if upwards."""
    before, peak, after = (np.take_along_axis(values, at + k, axis=-1)[..., 0] for k in range(3))
    bend = before - 2.0 * peak + after
    return np.where(bend < 0.0, 0.5 * (before - after) / np.where(bend < 0.0, bend, 1.0), np.nan)


def average(rates, purity):
    """Mean rate of the segments (last axis) weighted by purity, NaN without any; and their mean purity."""
    weight = np.where(np.isfinite(rates), purity, 0.0)
    with np.errstate(invalid="ignore"):
        rate = (np.where(weight > 0.0, rates, 0.0) * weight).sum(axis=-1) / weight.sum(axis=-1)
    return rate, weight.mean(axis=-1)
