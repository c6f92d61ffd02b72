"""Beats of the blood volume pulse, and how good each is."""

import numpy as np

from ..._parallel import over_windows
from ..._validate import check_choice, check_rate, check_samples, check_series
from ...exceptions import InvalidArgumentError
from ...kernels.cardiac import pulse as kernels
from ...kernels.cardiac.pulse_wave import mark_silence
from .._filters import bridged, zero_phase
from .beats import Beats
from .template import template_correlation

_MIN_RATE = 20.0  # seven samples a beat up to 171 bpm
_MIN_DURATION_S = 2.0
_ECG_BAND_HZ = (5.0, 25.0)  # the QRS complex, without T wave and muscle
_ECG_BEAT_S = (0.2, 0.3)  # before and after the R peak


def pulse_beats(ppg, rate):
    """Find the beats of a blood volume pulse and say how good each is.

    Steps between samples are limited to five times the usual steepest one, so that jumps of the baseline and spikes
    shrink; the pulse is band-passed (0.5 to 8 Hz, zero phase) and turned upright. Upstrokes are maxima of its rise over
    0.15 s, the slope sum function [1]_, relative to their typical local height, so that a movement does not hide its
    neighbours. The local beat period comes from the autocorrelation of that function over ten seconds: of two upstrokes
    within half of it the higher is the beat, the other its dicrotic wave, whatever the heart rate (30 to 220 bpm).
    Last, each beat is placed between samples where its slope resembles the typical upstroke most. The upstroke is the
    fiducial point since on finger pulses it follows the R peak more closely than foot or maximum do [2]_; taken as a
    whole it is less moved by noise than its steepest point.

    Parameters
    ----------
    ppg : array-like of shape (n_times,)
        Pulse wave in any unit and either polarity; NaN where the sensor was silent.
    rate : float
        Sampling rate in Hz, at least 20; 25 and more are good for heart rate variability and beyond 170 bpm.

    Returns
    -------
    Beats
        ``beats_s`` in seconds from the first sample, ``quality`` (see :func:`beat_quality`) and ``amplitude`` (peak to
        foot of the band-passed pulse, in its unit), one value per beat. Empty arrays if there is no pulse or less than
        two seconds of it. Gaps up to 0.1 s are bridged; no beat is reported within 0.2 s of a longer one, nor where the
        sensor stands still for two seconds.

    Raises
    ------
    InvalidArgumentError
        If `ppg` is not one-dimensional or `rate` is below 20 Hz.

    Notes
    -----
    A weak early beat after every normal one (bigeminy with a pulse of half the height or less) looks like a slow heart
    with a strong dicrotic wave and is read as one.

    With fewer than seven samples a beat, as above 171 bpm at 20 Hz, the harmonics of the pulse turn up at wrong
    frequencies and alternate beats may look unlike: half the heart rate is then as good an answer as the whole.

    References
    ----------
    .. [1] Zong et al. (2003), Computers in Cardiology 30, 259-262.
    .. [2] Peralta et al. (2019), Physiological Measurement 40(2), 025007.

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
    return Beats(*(part[0] for part in _beats_of_rows(ppg[np.newaxis], check_rate(rate, low=_MIN_RATE))))


def pulse_beats_windows(windows, rate):
    """Find the beats of many windows, each on its own: :func:`pulse_beats` of every row, in threads.

    Parameters
    ----------
    windows : array-like of shape (n_windows, n_times)
        Pulse waves; missing samples are NaN.
    rate : float
        Sampling rate in Hz, at least 20.

    Returns
    -------
    Beats
        Arrays of shape (n_windows, max_n_beats), rows padded by NaN at their end; ``beats_s`` in seconds from the start
        of each window.

    Raises
    ------
    InvalidArgumentError
        If `windows` is not two-dimensional or `rate` is below 20 Hz.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 20, 1 / 64)
    >>> fast, slow = (np.exp(-0.5 * ((times % period - 0.3) / 0.08) ** 2) for period in (0.8, 1.6))
    >>> beats = pulse_beats_windows([fast, slow, np.zeros(times.size)], 64.0)
    >>> beats.beats_s.shape, np.isfinite(beats.beats_s).sum(axis=1).tolist()
    ((3, 25), [25, 13, 0])
    """
    windows = check_samples(windows, name="windows")
    if windows.ndim != 2:
        raise InvalidArgumentError(f"windows has shape {windows.shape}; it must be (n_windows, n_times).")
    return _beats_of_rows(windows, check_rate(rate, low=_MIN_RATE))


def ppg_peaks(ppg, rate):
    """Beat times of a blood volume pulse.

    Parameters
    ----------
    ppg : array-like of shape (n_times,)
        Pulse wave in any unit and either polarity; NaN where the sensor was silent.
    rate : float
        Sampling rate in Hz, at least 20.

    Returns
    -------
    ndarray of shape (n_beats,)
        Time of the upstroke of each beat in seconds from the first sample; see :func:`pulse_beats`.

    Raises
    ------
    InvalidArgumentError
        If `ppg` is not one-dimensional or `rate` is below 20 Hz.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 20, 1 / 64)
    >>> len(ppg_peaks(np.exp(-0.5 * ((times % 0.8 - 0.3) / 0.08) ** 2), 64.0))
    25
    """
    return pulse_beats(ppg, rate).beats_s


def beat_quality(values, rate, beats_s, *, signal="ppg"):
    """How much each beat resembles the typical beat of the same recording.

    The correlation of each beat with the mean of the other good beats [1]_: of the slope of the pulse, from 0.25 s
    before the upstroke to 0.4 s after it (less if the heart is faster), or of the ECG between 5 and 25 Hz, from 0.2 s
    before the R peak to 0.3 s after it. In noise some beat resembles the others by chance, but seldom its neighbours as
    well: a beat of the pulse is at most 0.05 better than the median of the eleven beats round it. And where beats
    commonly have a rival nearly as high beside them, as in a hum, their quality falls: to nothing as the rivals become
    equal.

    Parameters
    ----------
    values : array-like of shape (n_times,)
        Pulse wave or ECG, in any unit.
    rate : float
        Sampling rate in Hz, at least 20.
    beats_s : array-like of shape (n_beats,)
        Beat times in seconds from the first sample: upstrokes as from :func:`ppg_peaks`, or R peaks.
    signal : {"ppg", "ecg"}, default="ppg"
        What `values` are.

    Returns
    -------
    ndarray of shape (n_beats,)
        From -1 to 1; below about 0.7 a beat is better not used. 0 where samples are missing and for a lone beat, NaN
        for beats outside the signal.

    Raises
    ------
    InvalidArgumentError
        If an array is not one-dimensional, `rate` is below 20 Hz or `signal` is neither.

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
    values = check_series(values, name="values")
    rate = check_rate(rate, low=_MIN_RATE)
    beats_s = check_series(beats_s, name="beats_s")
    signal = check_choice(signal, name="signal", choices=("ppg", "ecg"))
    quality = np.full(beats_s.size, np.nan)
    inside = np.flatnonzero(np.isfinite(beats_s) & (beats_s >= 0) & (beats_s * rate <= values.size - 1))
    if values.size < _MIN_DURATION_S * rate or not inside.size:
        return quality
    inside = inside[np.argsort(beats_s[inside], kind="stable")]
    if signal == "ecg":
        quality[inside] = _ecg_quality(values, rate, beats_s[inside])
    else:
        in_order = np.zeros(inside.size)
        kernels.beat_quality(_own(values), rate, beats_s[inside], in_order)
        quality[inside] = in_order
    return quality


def _ecg_quality(ecg, rate, beats_s):
    """Template correlation of the beats of an ECG; 0 where samples are missing."""
    silent = np.zeros(ecg.size, dtype=bool)
    mark_silence(_own(ecg), rate, silent)
    whole = bridged(ecg)
    filtered = zero_phase(whole, rate, low_hz=_ECG_BAND_HZ[0], high_hz=_ECG_BAND_HZ[1])
    if not np.ptp(filtered) > 1e-9 * np.abs(whole).max():  # flat: what is left is rounding
        return np.zeros(beats_s.size)
    filtered[silent] = np.nan
    before, after = (int(width * rate) for width in _ECG_BEAT_S)
    return template_correlation(filtered, np.rint(beats_s * rate).astype(np.int64), before, after)


def _beats_of_rows(rows, rate):
    """Beats of every row, padded by NaN to the row that has the most."""
    n_rows, n_times = rows.shape
    room = int(n_times / rate / (0.5 * kernels.SHORTEST_S)) + 2  # a beat in every shortest refractory time
    beats = Beats(*(np.full((n_rows, room), np.nan) for _ in Beats._fields))
    n_beats = np.zeros(n_rows, dtype=np.int64)
    if n_times >= _MIN_DURATION_S * rate:
        over_windows(kernels.pulse_beats_windows, n_rows, _own(rows), rate, *beats, n_beats)
    return Beats(*(part[:, : n_beats.max(initial=0)].copy() for part in beats))


def _own(values):
    """The array itself, a copy if it is read-only: kernels would be compiled anew for it."""
    return np.require(values, requirements=["C", "W"])
