"""Beats of the electrocardiogram, and how good each is."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from ..._parallel import over_windows
from ..._validate import check_rate, check_samples, check_series
from ...exceptions import InvalidArgumentError
from ...kernels.cardiac import ecg as kernels
from .._filters import bridged, moving_mean
from .beats import Beats
from .template import template_correlation

_MIN_RATE = 25.0
_MIN_DURATION_S = 0.5
_LARGEST = 1e300  # whatever is larger is missing: sums of it would overflow
_COARSE_RATE = 80.0  # Hz, at least, where beats are sought
_SCALES_HZ = (8.0, 18.0)  # a QRS complex is strong at both, a T wave at neither, noise rarely at both at once
_SCALE_WIDTH = 0.36  # standard deviation of the logarithm of frequency
_WAVELET_S = 0.2  # either side of the centre
_SMOOTHING_S = 0.036  # takes out the mains, and moves the peaks of the most skewed QRS complexes by 0.6 ms
_REFRACTORY_S = 0.2
_OVER_NOISE, _OVER_LEVEL, _MOST_OF_LEVEL = 1.3, 0.4, 0.7  # how high a maximum is that is taken for a beat at first
_ROUNDS = 2
_QRS_S, _SPIKE_S = 0.08, 0.016  # reach of a QRS complex, and of a pacemaker's stimulus as recorders show it
_MODEL_BEATS = 20  # tell whether there is a pacemaker:
_PACED_SHARE, _LEFT_SHARE = 1 / 3, 0.1  # so many have a stimulus, and so much is left of the complex without it
_BASELINE_S = 0.2  # mean taken out where the way a complex points, and its quality, are told
_BEAT_S = 0.25  # of the template, either side of the peak


def ecg_beats(ecg, rate):
    """Find the beats of an electrocardiogram and say how good each is.

    1. The ECG is decimated to about 80 Hz and seen through two analytic wavelets, at 8 and at 18 Hz, the band where QRS
       complexes stand out most [1]_. Their envelopes do not depend on polarity or shape of the complex [2]_; their
       geometric mean leaves noise small that is in one band only, be it muscle or movement.
    2. Maxima of this strength are beats if they exceed a threshold between the noise and the beats around them.
       Thresholds follow eight beats on either side; rather than by search back and refractory rules [3]_ the sequence
       of beats is chosen as a whole, by dynamic programming [4]_: evidence counts in doublings of the threshold, much
       too long and much too short intervals cost some of it, and so do T waves, lower than half of the beat before.
    3. The time of a beat is that of its largest deflection in the ECG itself, smoothed over 36 ms, between samples by a
       parabola. Whether it points up or down is the recording's (the R wave unless the others are larger), and of one
       beat alone only if that deflection is twice as large the other way, as in ectopic beats.

    Parameters
    ----------
    ecg : array-like of shape (n_times,)
        Electrocardiogram of any lead in any unit, either way up; NaN where the sensor was silent.
    rate : float
        Sampling rate in Hz, at least 25. Below 100 Hz complexes may fall between samples: times and quality suffer.

    Returns
    -------
    Beats
        ``beats_s`` in seconds from the first sample; ``quality``, the correlation of 0.25 s on either side of the peak
        with the typical beat of the recording (ectopic beats are low; beats found in noise have about 0.45, one in ten
        more than 0.7; a beat alone has 0); ``amplitude`` of the QRS complex from lowest to highest point, in the ECG's
        unit. Empty arrays if there is no beat or less than half a second. No beat is reported where samples are missing
        for more than 40 ms.

    Raises
    ------
    InvalidArgumentError
        If `ecg` is not one-dimensional or `rate` is below 25 Hz.

    References
    ----------
    .. [1] Elgendi et al. (2010), Biosignals, 428-431.
    .. [2] Benitez et al. (2001), Computers in Biology and Medicine 31(5), 399-406.
    .. [3] Pan and Tompkins (1985), IEEE Transactions on Biomedical Engineering 32(3), 230-236.
    .. [4] Ellis (2007), Journal of New Music Research 36(1), 51-60.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 20, 1 / 250)
    >>> ecg = np.exp(-0.5 * ((times % 0.8 - 0.3) / 0.01) ** 2)  # R waves at 75 bpm
    >>> beats_s, quality, amplitude = ecg_beats(ecg, 250.0)
    >>> beats_s[:3].round(3).tolist(), bool(quality.min() > 0.9)
    ([0.3, 1.1, 1.9], True)
    """
    ecg = check_series(ecg, name="ecg")
    rate = check_rate(rate, low=_MIN_RATE)
    return Beats(*_find(ecg, rate))


def ecg_beats_windows(windows, rate):
    """:func:`ecg_beats` of many windows at once.

    Parameters
    ----------
    windows : array-like of shape (n_windows, n_times)
        Electrocardiograms in any unit.
    rate : float
        Sampling rate in Hz, at least 25.

    Returns
    -------
    Beats
        Arrays of shape (n_windows, max_n_beats), rows padded by NaN; times from the start of each window.

    Raises
    ------
    InvalidArgumentError
        If `windows` is not two-dimensional or `rate` is below 25 Hz.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 20, 1 / 250)
    >>> ecg = np.exp(-0.5 * ((times % 0.8 - 0.3) / 0.01) ** 2)
    >>> ecg_beats_windows([ecg, 0 * ecg], 250.0).beats_s[:, :3].round(3).tolist()
    [[0.3, 1.1, 1.9], [nan, nan, nan]]
    """
    windows = check_samples(windows, name="windows")
    if windows.ndim != 2:
        raise InvalidArgumentError(f"windows has shape {windows.shape}; it must be (n_windows, n_times).")
    rate = check_rate(rate, low=_MIN_RATE)
    found = [None] * len(windows)
    over_windows(_find_in_windows, len(windows), windows, rate, found)
    beats = np.full((3, len(windows), max((row[0].size for row in found), default=0)), np.nan)
    for row, parts in enumerate(found):
        beats[:, row, : parts[0].size] = parts
    return Beats(*beats)


def ecg_peaks(ecg, rate):
    """Beat times of an electrocardiogram.

    Parameters
    ----------
    ecg : array-like of shape (n_times,)
        Electrocardiogram of any lead in any unit, either way up; NaN where the sensor was silent.
    rate : float
        Sampling rate in Hz, at least 25.

    Returns
    -------
    ndarray of shape (n_beats,)
        Time of the R peak (in leads where another deflection is larger, of that) of each beat in seconds from the first
        sample; see :func:`ecg_beats`.

    Raises
    ------
    InvalidArgumentError
        If `ecg` is not one-dimensional or `rate` is below 25 Hz.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 20, 1 / 250)
    >>> len(ecg_peaks(np.exp(-0.5 * ((times % 0.8 - 0.3) / 0.01) ** 2), 250.0))
    25
    """
    return ecg_beats(ecg, rate).beats_s


def _find_in_windows(first, last, windows, rate, found):
    """Beats of the windows from `first` up to `last`, into the list `found`."""
    for row in range(first, last):
        found[row] = _find(windows[row], rate)


def _find(ecg, rate):
    """Times, quality and amplitude of the beats; the three steps of :func:`ecg_beats`."""
    nothing = np.empty(0), np.empty(0), np.empty(0)
    ecg, in_gap = _bridged(ecg, rate)
    if ecg.size < _MIN_DURATION_S * rate or not 0.5 * ecg.max() > 0.5 * ecg.min():
        return nothing
    step, wavelets, smoothing = _filters(rate)
    coarse, centres = _detect(ecg, in_gap, rate, step, wavelets)
    if centres.size == 0:
        return nothing
    bare = _without_spikes(ecg, smoothing, centres * step + step // 2, rate)
    if bare is not ecg:
        ecg = bare
        coarse, centres = _detect(ecg, in_gap, rate, step, wavelets)
    coarse_rate = rate / step
    coarse -= moving_mean(coarse, _BASELINE_S * coarse_rate)
    beats_s, amplitude = np.empty(centres.size), np.empty(centres.size)
    n = kernels.place(ecg, in_gap, rate, smoothing, coarse, step, centres, beats_s, amplitude)
    coarse /= np.abs(coarse).max()  # so that the template can be squared
    reach = int(_BEAT_S * coarse_rate)
    return beats_s[:n], template_correlation(coarse, centres[:n], reach, reach), amplitude[:n]


def _bridged(ecg, rate):
    """The ECG with missing samples bridged, and where its long gaps are; empty where there is nothing but gaps."""
    is_finite, in_gap = np.abs(ecg) < _LARGEST, np.zeros(ecg.size, dtype=np.bool_)
    if is_finite.all():
        return ecg, in_gap
    if not is_finite.any():
        return np.empty(0), in_gap
    kernels.mark_gaps(is_finite, rate, in_gap)
    return bridged(np.where(is_finite, ecg, np.nan)), in_gap


def _detect(ecg, in_gap, rate, step, wavelets):
    """The decimated ECG, and where in it the strength of beats is highest."""
    n_coarse, coarse_rate = ecg.size // step, rate / step
    coarse = ecg[: n_coarse * step].reshape(n_coarse, step) @ np.full(step, 1.0 / step)
    low, high = 0.5 * ecg.min(), 0.5 * ecg.max()
    scaled = (coarse - (low + high)) / (high - low)  # so that no unit is too large or small to be squared
    slow, fast = np.empty(n_coarse), np.empty(n_coarse)
    kernels.envelope(scaled, *wavelets[0], slow)
    kernels.envelope(scaled, *wavelets[1], fast)
    strength = np.sqrt(slow * fast)
    peaks = kernels.maxima(strength, max(int(0.5 * _REFRACTORY_S * coarse_rate), 1))
    is_missing = in_gap[step // 2 :: step][:n_coarse].copy()
    centres = peaks[_are_beats(peaks, strength, is_missing, coarse_rate)]
    if coarse_rate >= _COARSE_RATE:  # what was above half the coarse rate, such as the mains, is not all gone
        coarse = ndimage.convolve1d(coarse, [0.25, 0.5, 0.25], mode="nearest")
    return coarse, centres


def _without_spikes(ecg, smoothing, centres, rate):
    """The ECG, with the stimuli of a pacemaker bridged if many beats have one.

    A stimulus is so narrow that smoothing takes more than half of it, and it towers above whatever else smoothing takes
    from the complex, as the mains and muscle do not. Without it a complex must be left.
    """
    reach = int(_SPIKE_S * rate)
    if reach < 2:
        return ecg
    around = np.arange(-int(_QRS_S * rate), int(_QRS_S * rate) + 1)
    models = centres[:: -(-centres.size // _MODEL_BEATS)]
    if np.mean(_spikes(ecg, smoothing, models, around, reach) >= 0) < _PACED_SHARE:
        return ecg
    bare = ecg.copy()
    spikes = _spikes(ecg, smoothing, centres, around, reach)
    for at in spikes[(spikes >= reach) & (spikes < ecg.size - reach)]:
        bare[at - reach : at + reach + 1] = np.linspace(ecg[at - reach], ecg[at + reach], 2 * reach + 1)
    near = np.clip(models[:, None] + around, 0, ecg.size - 1)
    is_left = np.median(np.ptp(bare[near], axis=1)) > _LEFT_SHARE * np.median(np.ptp(ecg[near], axis=1))
    return bare if is_left else ecg


def _spikes(ecg, smoothing, centres, around, reach):
    """Sample of the stimulus of a pacemaker near each centre, -1 where there is none."""
    near = ecg[np.clip(centres[:, None] + around, 0, ecg.size - 1)]
    smooth = ndimage.convolve1d(near, np.concatenate([smoothing[:0:-1], smoothing]), axis=1, mode="nearest")
    lost = np.abs(near - smooth)
    best = np.argmax(lost, axis=1)[:, None]
    others = np.max(lost, axis=1, where=np.abs(np.arange(around.size) - best) > reach, initial=0.0)
    height = np.abs(np.take_along_axis(smooth, best, axis=1)[:, 0] - near.mean(axis=1))
    is_spike = np.take_along_axis(lost, best, axis=1)[:, 0] > np.maximum(3.0 * others, height)
    return np.where(is_spike, centres + around[best[:, 0]], -1)


def _are_beats(peaks, strength, is_missing, rate):
    """Which maxima of the strength are beats."""
    heights, times_s = strength[peaks], peaks / rate
    level, noise, interval_s = np.empty(peaks.size), np.empty(peaks.size), np.empty(peaks.size)
    least = kernels.levels(strength, is_missing, rate, peaks, level, noise)
    is_beat = heights > np.minimum(np.maximum(_OVER_NOISE * noise, _OVER_LEVEL * level), _MOST_OF_LEVEL * level)
    seen_s = times_s - np.cumsum(is_missing)[peaks] / rate if is_missing.any() else times_s  # gaps left out
    for _ in range(_ROUNDS):
        kernels.neighbourhood(times_s, heights, np.flatnonzero(is_beat), least, level, interval_s)
        kernels.choose(times_s, seen_s, heights, noise, level, interval_s, is_beat)
    return is_beat


@lru_cache(maxsize=64)
def _filters(rate):
    """Samples of the ECG for one of the decimated ECG; the two wavelets; smoothing before a peak is placed.

    A wavelet is a log-normal response to positive frequencies only, brought back to time and tapered. Its even and its
    odd part are given from the centre on.
    """
    step = max(int(rate / _COARSE_RATE), 1)
    coarse_rate = rate / step
    n, reach = 4096, int(_WAVELET_S * coarse_rate)
    hz = np.fft.rfftfreq(n, 1.0 / coarse_rate)
    taper = np.cos(0.5 * np.pi * np.arange(reach + 1) / (reach + 1)) ** 2
    wavelets = []
    for centre_hz in _SCALES_HZ:
        response = np.exp(-0.5 * (np.log(np.maximum(hz, 1e-3) / centre_hz) / _SCALE_WIDTH) ** 2)
        even = taper * np.fft.irfft(response, n)[: reach + 1]
        even -= taper * (2.0 * even.sum() - even[0]) / (2.0 * taper.sum() - taper[0])  # blind to a constant
        wavelets.append((even, taper * np.fft.irfft(-1j * response, n)[: reach + 1]))
    smoothing = np.cos(np.pi * np.arange(int(0.5 * _SMOOTHING_S * rate) + 1) / (_SMOOTHING_S * rate)) ** 2
    return step, wavelets, smoothing / (2.0 * smoothing.sum() - smoothing[0])
