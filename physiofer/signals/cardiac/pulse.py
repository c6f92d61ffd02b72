"""Beats of the blood volume pulse, and how good each is."""

import numpy as np

from ..._parallel import over_windows
from ..._validate import check_choice, check_number, check_series
from ...exceptions import InvalidArgumentError
from ...kernels.cardiac import pulse as kernels
from ...kernels.cardiac.pulse_wave import mark_silence
from .._filters import bridged, zero_phase
from .beats import Beats
from .template import template_correlation

_MIN_RATE = 10.0
_MIN_DURATION_S = 2.0
_ECG_BAND_HZ = (5.0, 25.0)  # the QRS complex without T wave and muscle
_ECG_BEAT_S = (0.2, 0.3)  # before and after the R peak


def pulse_beats(ppg, rate):
    """Find the beats of a blood volume pulse and say how good each is.

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
    return Beats(*(part[0] for part in _beats_of_rows(ppg[np.newaxis], rate)))


def pulse_beats_windows(windows, rate):
    """:func:`pulse_beats` of many windows at once.

    Parameters
    ----------
    windows : array-like of shape (n_windows, n_times)
        Pulse waves.
    rate : float
        Sampling rate in Hz, at least 10.

    Returns
    -------
    Beats
        Arrays of shape (n_windows, max_n_beats), rows padded by NaN; times from the start of each window.
    """
    try:
        windows = np.ascontiguousarray(windows, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"windows must be an array of real numbers ({error}).") from error
    if windows.ndim != 2:
        raise InvalidArgumentError(f"windows has shape {windows.shape}; it must be (n_windows, n_times).")
    rate = check_number(rate, name="rate", low=_MIN_RATE)
    return _beats_of_rows(windows, rate)


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


def beat_quality(values, rate, beats_s, *, signal="ppg"):
    """Correlation of each beat's slope with the typical beat of the same recording.

    Parameters
    ----------
    values : array-like of shape (n_times,)
        Pulse wave.
    rate : float
        Sampling rate in Hz.
    beats_s : array-like of shape (n_beats,)
        Beat times in seconds from the first sample, as from :func:`ppg_peaks`.
    signal : {"ppg", "ecg"}, default="ppg"
        What `values` are.

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
    values = check_series(values, name="values")
    rate = check_number(rate, name="rate", low=_MIN_RATE)
    beats_s = check_series(beats_s, name="beats_s")
    signal = check_choice(signal, name="signal", choices=("ppg", "ecg"))
    quality = np.full(beats_s.size, np.nan)
    inside = np.flatnonzero(np.isfinite(beats_s) & (beats_s >= 0) & (beats_s * rate <= values.size - 1))
    if values.size < _MIN_DURATION_S * rate or not inside.size:
        return quality
    inside = inside[np.argsort(beats_s[inside], kind="stable")]
    if signal == "ppg":
        inner = np.empty(inside.size)
        kernels.beat_quality(values, rate, beats_s[inside], inner)
        quality[inside] = inner
    else:
        quality[inside] = _ecg_quality(values, rate, beats_s[inside])
    return quality


def _ecg_quality(ecg, rate, beats_s):
    """Template correlation of beats of the ECG, band-passed; 0 where samples are missing."""
    silent = np.zeros(ecg.size, dtype=bool)
    mark_silence(ecg, rate, silent)
    filtered = zero_phase(bridged(ecg), rate, low_hz=_ECG_BAND_HZ[0], high_hz=_ECG_BAND_HZ[1])
    filtered[silent] = np.nan
    before, after = (int(width * rate) for width in _ECG_BEAT_S)
    return template_correlation(filtered, np.rint(beats_s * rate).astype(np.int64), before, after)


def _beats_of_rows(rows, rate):
    """Beats of every row, padded by NaN to the row that has the most."""
    n_rows, n_times = rows.shape
    room = int(n_times / rate / (0.5 * kernels.SHORTEST_S)) + 2  # one beat each shortest refractory time
    beats = Beats(*(np.full((n_rows, room), np.nan) for _ in Beats._fields))
    n_beats = np.zeros(n_rows, dtype=np.int64)
    if n_times >= _MIN_DURATION_S * rate:
        over_windows(kernels.pulse_beats_windows, n_rows, rows, rate, *beats, n_beats)
    return Beats(*(part[:, : n_beats.max(initial=0)].copy() for part in beats))
