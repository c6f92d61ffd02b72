"""The heart: beats from the blood volume pulse, intervals that survive artefact rejection, heart rate variability.

The order of use is :func:`ppg_peaks` (or :func:`pulse_beats`, which also tells how good each beat is), then
:func:`nn_intervals`, then :func:`hrv_time`.
"""

from typing import NamedTuple

import numpy as np

from .._validate import check_count, check_number, check_series
from ..exceptions import InvalidArgumentError
from ..kernels import cardiac as kernels
from ._filters import bridged, local_scale, moving_mean, zero_phase

__all__ = [
    "HRV_TIME",
    "PulseBeats",
    "beat_quality",
    "hrv_time",
    "hrv_time_windows",
    "nn_intervals",
    "ppg_peaks",
    "pulse_beats",
]

#: Indices of :func:`hrv_time` in their fixed order.
HRV_TIME = kernels.HRV_TIME

_PULSE_BAND_HZ = (0.5, 5.0)  # 30 bpm to the third harmonic of 100 bpm; more only lets noise into the slope
_UPSTROKE_S = 0.15
_MOVING_AVERAGES_S = (0.2, 0.9)
_REFRACTORY_S = 0.3  # 200 bpm
_MIN_RATE = 10.0


class PulseBeats(NamedTuple):
    """Beats of a pulse wave: times in s, template correlation (-1 to 1) and pulse amplitude in the input's unit."""

    beats_s: np.ndarray
    quality: np.ndarray
    amplitude: np.ndarray


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
    PulseBeats
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
    nothing = PulseBeats(np.empty(0), np.empty(0), np.empty(0))
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
    peaks = kernels.upstrokes(strength, short, long, slope, int(_REFRACTORY_S * rate), int(0.12 * rate))
    silent = moving_mean(is_missing.astype(float), 0.4 * rate) > 1e-9
    peaks = np.unique(peaks[(peaks > 0) & (peaks < ppg.size - 1)])
    peaks = peaks[~silent[peaks]]
    beats_s = (peaks + _parabolic_offset(slope, peaks)) / rate
    return PulseBeats(beats_s, _template_correlation(slope, peaks, rate), _peak_to_foot(pulse, peaks, rate))


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


def nn_intervals(beats_s, quality=None, *, min_quality=0.7, low_ms=300.0, high_ms=2000.0, tolerance=0.2):
    """Intervals between neighbouring beats, NaN where they cannot be trusted.

    An interval survives if both its beats are good, its length is plausible, and it lies within `tolerance` of the
    median of the plausible intervals among its seven neighbours on either side (the 20 % rule of Malik [1]_, against
    the median instead of the one before, which may itself be an artefact).

    Parameters
    ----------
    beats_s : array-like of shape (n_beats,)
        Increasing beat times in seconds.
    quality : array-like of shape (n_beats,), optional
        Quality of each beat, as from :func:`pulse_beats`; without it all beats are good.
    min_quality : float, default=0.7
        Least quality of a good beat.
    low_ms, high_ms : float, default=300, 2000
        Plausible lengths in milliseconds.
    tolerance : float, default=0.2
        Greatest relative distance from the median of the neighbours.

    Returns
    -------
    ndarray of shape (max(n_beats - 1, 0),)
        Intervals in milliseconds; entry i lies between beats i and i + 1.

    Raises
    ------
    InvalidArgumentError
        If beat times go backwards or `quality` has another length.

    References
    ----------
    .. [1] Malik et al. (1989), European Heart Journal 10(12), 1060-1074.

    Examples
    --------
    >>> nn_intervals([0.0, 0.8, 1.6, 1.9, 2.4, 3.2]).tolist()
    [800.0, 800.0, nan, nan, 800.0]
    """
    beats_s = check_series(beats_s, name="beats_s")
    if not np.isfinite(beats_s).all() or np.any(np.diff(beats_s) < 0):
        raise InvalidArgumentError("beats_s must be finite and must not go backwards; sort the beats first.")
    tolerance = check_number(tolerance, name="tolerance", low=0.0)
    low_ms = check_number(low_ms, name="low_ms", low=0.0)
    high_ms = check_number(high_ms, name="high_ms", low=low_ms)
    is_good = np.ones(beats_s.size, dtype=bool)
    if quality is not None:
        quality = check_series(quality, name="quality")
        if quality.size != beats_s.size:
            raise InvalidArgumentError(f"quality has {quality.size} values for {beats_s.size} beats; give one each.")
        is_good = quality >= check_number(min_quality, name="min_quality")
    rr_ms = np.round(1000.0 * np.diff(beats_s), 9)  # 0.8 s apart is 800 ms, not 800.0000000000001
    return kernels.reject_intervals(rr_ms, is_good, low_ms, high_ms, tolerance, 7)


def hrv_time(rr_ms, *, min_intervals=3):
    """Time-domain heart rate variability.

    Parameters
    ----------
    rr_ms : array-like of shape (n_intervals,)
        Intervals in milliseconds. NaN marks a rejected beat; no difference crosses it.
    min_intervals : int, default=3
        Fewest surviving intervals; with fewer every index is NaN. Indices of differences need half as many.

    Returns
    -------
    dict of str to float
        In the order of ``HRV_TIME``: ``mean_nn_ms``, ``median_nn_ms``, ``sdnn_ms`` (ddof 1), ``rmssd_ms``, ``sdsd_ms``
        (ddof 1), ``pnn20`` and ``pnn50`` (fractions of the differences that exceed 20 and 50 ms), ``mad_nn_ms`` (median
        absolute deviation, unscaled), ``iqr_nn_ms``, ``cvnn`` (SDNN / mean), ``hr_mean_bpm`` (mean of the instantaneous
        rates), ``hr_min_bpm``, ``hr_max_bpm``, ``hr_sd_bpm``.

    References
    ----------
    .. [1] Task Force of the ESC and NASPE (1996), Circulation 93(5), 1043-1065.

    Examples
    --------
    >>> indices = hrv_time([800.0, 810.0, 790.0])
    >>> round(indices["mean_nn_ms"], 2), round(indices["rmssd_ms"], 2)
    (800.0, 15.81)
    """
    rr_ms = check_series(rr_ms, name="rr_ms")
    out = np.empty(len(HRV_TIME))
    kernels.hrv_time(rr_ms, check_count(min_intervals, name="min_intervals", low=1), out)
    return dict(zip(HRV_TIME, out.tolist(), strict=True))


def hrv_time_windows(beats_s, rr_ms, starts_s, window_s, *, min_intervals=8):
    """Time-domain heart rate variability of many windows of one recording.

    Parameters
    ----------
    beats_s : array-like of shape (n_beats,)
        Beat times in seconds.
    rr_ms : array-like of shape (n_beats - 1,)
        Intervals in milliseconds, as from :func:`nn_intervals`.
    starts_s : array-like of shape (n_windows,)
        Start of each window in seconds.
    window_s : float
        Length of the windows in seconds.
    min_intervals : int, default=8
        As in :func:`hrv_time`.

    Returns
    -------
    indices : ndarray of shape (n_windows, 14)
        Columns as ``HRV_TIME``, from the intervals that lie wholly inside each window.
    coverage : ndarray of shape (n_windows,)
        Share of the window covered by surviving intervals, 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> beats_s = np.arange(0, 60, 0.75)
    >>> indices, coverage = hrv_time_windows(beats_s, nn_intervals(beats_s), [0.0, 100.0], 30.0)
    >>> indices[:, 0].tolist(), coverage.round(2).tolist()
    ([750.0, nan], [0.98, 0.0])
    """
    beats_s = check_series(beats_s, name="beats_s")
    rr_ms = check_series(rr_ms, name="rr_ms")
    starts_s = check_series(starts_s, name="starts_s")
    window_s = check_number(window_s, name="window_s", low=0.0, low_open=True)
    if rr_ms.size != max(beats_s.size - 1, 0):
        raise InvalidArgumentError(
            f"rr_ms has {rr_ms.size} intervals; {beats_s.size} beats_s have one fewer than beats."
        )
    indices = np.empty((starts_s.size, len(HRV_TIME)))
    coverage = np.empty(starts_s.size)
    min_intervals = check_count(min_intervals, name="min_intervals", low=1)
    kernels.hrv_time_windows(beats_s, rr_ms, starts_s, window_s, min_intervals, indices, coverage)
    return indices, coverage


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
