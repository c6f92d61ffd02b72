"""Beats of the blood volume pulse, and how good each is."""

import numpy as np

from ..._validate import check_number, check_series
from ...kernels.cardiac.pulse import upstrokes
from .._filters import bridged, local_scale, moving_mean, zero_phase
from .beats import Beats

_PULSE_BAND_HZ = (0.5, 5.0)  # 30 bpm to the third harmonic of 100 bpm; more only lets noise into the slope
_UPSTROKE_S = 0.15
_MOVING_AVERAGES_S = (0.2, 0.9)
_REFRACTORY_S = 0.3  # 200 bpm
_MIN_RATE = 10.0


def pulse_beats(ppg, rate):
    """Find the beats of a blood volume pulse and say how good each is.

    The pulse is band-passed (0.5 to 5 Hz, zero phase) and turned upright, its upstrokes are summed over 0.15 s (slope
    sum function [1]_), divided by their typical local height so that a movement does not hide its neighbours, and
    blocks are cut out where a short moving average exceeds a long one [2]_. The fiducial point is the steepest point of
    the upstroke, placed between samples by a parabola: on finger pulses it follows the R peak more closely than foot or
    maximum do [3]_.

    Parameters
    ----------
    ppg : array-like of shape (n_times,)
        Pulse wave in any unit; NaN where the sensor was silent.
    rate : float
        Sampling rate in Hz, at least 10.

    Returns
    -------
    Beats
        ``beats_s`` in seconds from the first sample, ``quality`` and ``amplitude`` (peak to foot), one value per beat.
        Empty arrays if there is no pulse. No beat is reported where samples are missing.

    Raises
    ------
    InvalidArgumentError
        If `ppg` is not one-dimensional or `rate` is below 10 Hz.

    References
    ----------
    .. [1] Zong et al. (2003), Computers in Cardiology 30, 259-262.
    .. [2] Elgendi et al. (2013), PLoS ONE 8(10), e76585.
    .. [3] Peralta et al. (2019), Physiological Measurement 40(2), 025007.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 20, 1 / 64)
    >>> ppg = np.exp(-0.5 * ((times % 0.8 - 0.3) / 0.08) ** 2)  # 75 bpm
    >>> beats_s, quality, amplitude = pulse_beats(ppg, 64.0)
    >>> round(float(60 / np.median(np.diff(beats_s))), 1), bool(quality.min() > 0.9)
    (75.0, True)
    """
    ppg = check_series(ppg, name="ppg")
    rate = check_number(rate, name="rate", low=_MIN_RATE)
    nothing = Beats(np.empty(0), np.empty(0), np.empty(0))
    is_missing = ~np.isfinite(ppg)
    if ppg.size < 2 * rate or is_missing.all():
        return nothing
    pulse = zero_phase(
        bridged(np.where(is_missing, np.nan, ppg)), rate, low_hz=_PULSE_BAND_HZ[0], high_hz=_PULSE_BAND_HZ[1]
    )
    slope = np.gradient(pulse) * rate
    scale = local_scale(slope, rate)
    if not scale.max() > 1e-9 * max(np.nanmax(np.abs(ppg)), 1e-300):  # flat: what is left is rounding
        return nothing
    scale = np.maximum(scale, 1e-6 * scale.max())
    if np.mean(np.clip(slope / scale, -2.0, 2.0) ** 3) < 0:  # upstrokes are steeper than downstrokes
        pulse, slope = -pulse, -slope
    strength = moving_mean(np.maximum(slope, 0.0), _UPSTROKE_S * rate)
    relative = np.minimum(strength / np.maximum(local_scale(strength, rate), 1e-6 * strength.max()), 3.0)
    short, long = (moving_mean(relative, width * rate) for width in _MOVING_AVERAGES_S)
    peaks = upstrokes(strength, short, long, slope, int(_REFRACTORY_S * rate), int(0.12 * rate))
    silent = moving_mean(is_missing.astype(float), 0.4 * rate) > 1e-9
    peaks = np.unique(peaks[(peaks > 0) & (peaks < ppg.size - 1)])
    peaks = peaks[~silent[peaks]]
    beats_s = (peaks + _parabolic_offset(slope, peaks)) / rate
    return Beats(beats_s, _template_correlation(slope, peaks, rate), _peak_to_foot(pulse, peaks, rate))


def ppg_peaks(ppg, rate):
    """Beat times of a blood volume pulse.

    Parameters
    ----------
    ppg : array-like of shape (n_times,)
        Pulse wave in any unit; NaN where the sensor was silent.
    rate : float
        Sampling rate in Hz, at least 10.

    Returns
    -------
    ndarray of shape (n_beats,)
        Time of the steepest upstroke of each beat in seconds from the first sample; see :func:`pulse_beats`.

    Raises
    ------
    InvalidArgumentError
        If `ppg` is not one-dimensional or `rate` is below 10 Hz.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 20, 1 / 64)
    >>> len(ppg_peaks(np.exp(-0.5 * ((times % 0.8 - 0.3) / 0.08) ** 2), 64.0))
    25
    """
    return pulse_beats(ppg, rate).beats_s


def beat_quality(ppg, rate, beats_s):
    """Correlation of each beat's slope with the typical beat of the same recording.

    Parameters
    ----------
    ppg : array-like of shape (n_times,)
        Pulse wave.
    rate : float
        Sampling rate in Hz.
    beats_s : array-like of shape (n_beats,)
        Beat times in seconds from the first sample, as from :func:`ppg_peaks`.

    Returns
    -------
    ndarray of shape (n_beats,)
        Correlation from -1 to 1; below about 0.7 a beat is better not used. NaN for beats outside the signal.

    References
    ----------
    .. [1] Orphanidou et al. (2015), IEEE J. Biomedical and Health Informatics 19(3), 832-838.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 20, 1 / 64)
    >>> ppg = np.exp(-0.5 * ((times % 0.8 - 0.3) / 0.08) ** 2)
    >>> bool(beat_quality(ppg, 64.0, ppg_peaks(ppg, 64.0)).min() > 0.9)
    True
    """
    ppg = check_series(ppg, name="ppg")
    rate = check_number(rate, name="rate", low=_MIN_RATE)
    beats_s = check_series(beats_s, name="beats_s")
    quality = np.full(beats_s.size, np.nan)
    if ppg.size < 2 * rate or not np.isfinite(ppg).any():
        return quality
    pulse = zero_phase(bridged(ppg), rate, low_hz=_PULSE_BAND_HZ[0], high_hz=_PULSE_BAND_HZ[1])
    slope = np.gradient(pulse) * rate
    inside = np.isfinite(beats_s) & (beats_s >= 0) & (beats_s * rate <= ppg.size - 1)
    quality[inside] = _template_correlation(slope, np.rint(beats_s[inside] * rate).astype(np.int64), rate)
    return quality


def _parabolic_offset(values, peaks):
    """Where between samples the parabola through each peak and its neighbours is highest, -0.5 to 0.5 samples."""
    before, at, after = values[peaks - 1], values[peaks], values[peaks + 1]
    bend = before - 2.0 * at + after
    with np.errstate(divide="ignore", invalid="ignore"):
        offset = 0.5 * (before - after) / bend
    return np.where(bend < 0, np.clip(offset, -0.5, 0.5), 0.0)


def _template_correlation(slope, peaks, rate, *, before_s=0.25, after_s=0.4):
    """Correlation of the slope round each peak with the mean of the recording's better half, found in three rounds."""
    before, after = int(before_s * rate), int(after_s * rate)
    if peaks.size == 0 or slope.size < before + after + 1:
        return np.zeros(peaks.size)
    centres = np.clip(peaks, before, slope.size - after - 1)
    beats = slope[centres[:, None] + np.arange(-before, after)]
    beats = beats - beats.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(beats, axis=1, keepdims=True)
    beats = np.divide(beats, norms, out=np.zeros_like(beats), where=norms > 0)
    template = np.median(beats, axis=0)
    correlation = beats @ template
    for _ in range(3):
        template = beats[correlation >= np.median(correlation)].mean(axis=0)
        template = template / max(np.linalg.norm(template), 1e-300)
        correlation = beats @ template
    return correlation


def _peak_to_foot(pulse, peaks, rate):
    """Height from the lowest point before each upstroke to the highest after it, within 0.35 s."""
    reach = max(int(0.35 * rate), 1)
    if peaks.size == 0 or pulse.size <= reach:
        return np.full(peaks.size, np.nan)
    around = np.arange(reach + 1)
    rise = pulse[np.clip(peaks[:, None] + around, 0, pulse.size - 1)].max(axis=1)
    foot = pulse[np.clip(peaks[:, None] - around, 0, pulse.size - 1)].min(axis=1)
    return rise - foot
