"""Surface electromyogram: cleaning, envelope, and indices of how much and at what frequencies a muscle works."""

import warnings

import numpy as np

from .._parallel import over_windows
from .._validate import check_number, check_rate, check_samples
from ..exceptions import QualityWarning
from ..kernels import emg as kernels
from ._filters import bridged, zero_phase

__all__ = ["EMG_INDICES", "PLAUSIBLE_RMS_UV", "clean_emg", "emg_envelope", "emg_features"]

#: Indices of :func:`emg_features` in their fixed order.
EMG_INDICES = (*kernels.AMPLITUDES, "median_hz", "mean_hz")

#: Root mean square between which a signal can be a muscle, in µV. Two electrodes of 5 kilohm, as recommended for the
#: face (Fridlund & Cacioppo 1986), have a thermal noise of 0.27 over 430 Hz; full effort gives 1500 (De Luca 2002).
PLAUSIBLE_RMS_UV = (0.3, 2000.0)

_MIN_RATE = 100.0
_BAND_HZ = (20.0, 450.0)
_MIN_S = 0.25  # five periods of the lowest frequency
_SLOWEST_MAINS_HZ = 10.0  # railways have 16.7
_SEGMENT_S = 1.0
_MIN_PRESENT = 0.75  # of a segment, for its spectrum to count
_GREATEST = 1e140  # beyond, squares are too large to be numbers
_BATCH = 2**19  # samples whose spectra are held at a time


def clean_emg(emg_uv, rate, *, low_hz=20.0, high_hz=450.0, mains_hz=None):
    """Band-pass an electromyogram without delay, and take out the mains if told to.

    Butterworth of second order, run forwards and backwards. Below 20 Hz lie movement, skin potentials and blinks
    [1]_ [2]_; above 450 Hz hardly any signal. At rates below 1 kHz the upper end is the Nyquist frequency.

    Parameters
    ----------
    emg_uv : array-like of shape (..., n_times)
        Raw electromyogram in µV, not rectified; NaN where the sensor was silent.
    rate : float
        Sampling rate in Hz, at least 100. Below 1 kHz part of the signal is lost: amplitudes are lower, frequencies
        end at half the rate, and neither compares with other rates.
    low_hz, high_hz : float, default=20, 450
        Ends of the band in Hz.
    mains_hz : float, optional
        Frequency of the mains, 50 or 60, at least 10: a band of 2 Hz about it and its multiples is taken out. It takes
        muscle with it, so leave it where the recording is clean.

    Returns
    -------
    ndarray of shape (..., n_times)
        In µV, about zero; NaN where `emg_uv` is.

    Raises
    ------
    InvalidArgumentError
        If the rate is below 100 Hz, or the band is empty.

    Warns
    -----
    QualityWarning
        If the signal is so small or large that its unit cannot be µV. Nothing is converted.

    References
    ----------
    .. [1] van Boxtel (2001), Psychophysiology 38(1), 22-34.
    .. [2] Fridlund & Cacioppo (1986), Psychophysiology 23(5), 567-589.
    .. [3] De Luca (2002), Surface Electromyography: Detection and Recording, DelSys (0 to 1.5 mV rms).

    Examples
    --------
    >>> times = np.arange(0, 2, 1 / 1000)
    >>> raw = 500.0 + 200.0 * np.sin(2 * np.pi * times) + 20.0 * np.sin(2 * np.pi * 120.0 * times)
    >>> cleaned = clean_emg(raw, 1000.0)
    >>> float(cleaned[500:1500].max().round(1))
    20.0
    """
    emg_uv = check_samples(emg_uv, name="emg_uv")
    rate = check_rate(rate, low=_MIN_RATE)
    low_hz = check_number(low_hz, name="low_hz", low=0.0, high=0.5 * rate, low_open=True, high_open=True)
    high_hz = check_number(high_hz, name="high_hz", low=low_hz, low_open=True)
    if mains_hz is not None:
        mains_hz = check_number(mains_hz, name="mains_hz", low=_SLOWEST_MAINS_HZ, high=0.5 * rate, high_open=True)
    is_missing = ~np.isfinite(emg_uv)
    if is_missing.all():
        return np.full(emg_uv.shape, np.nan)
    cleaned = zero_phase(bridged(np.where(is_missing, np.nan, emg_uv)), rate, low_hz=low_hz, high_hz=high_hz)
    if mains_hz is not None:
        cleaned = _without_mains(cleaned, rate, mains_hz, min(high_hz, 0.5 * rate))
    _warn_of_unit(cleaned[~is_missing.all(axis=-1)], np.abs(emg_uv[~is_missing]).max())
    cleaned[is_missing] = np.nan
    return cleaned


def emg_envelope(emg_uv, rate, *, low_hz=20.0, high_hz=450.0, smooth_hz=8.0):
    """How strongly a muscle works over time: the cleaned electromyogram, rectified and smoothed.

    Parameters
    ----------
    emg_uv : array-like of shape (..., n_times)
        Raw electromyogram in µV; NaN where the sensor was silent.
    rate : float
        Sampling rate in Hz, at least 100.
    low_hz, high_hz : float, default=20, 450
        Ends of the band in Hz, as in :func:`clean_emg`.
    smooth_hz : float, default=8.0
        Cut-off of the low-pass in Hz (second order, zero phase). Smiles and frowns are slower.

    Returns
    -------
    ndarray of shape (..., n_times)
        In µV, at least 0; NaN where `emg_uv` is. A steady sine of amplitude a gives 2 a / pi.

    Raises
    ------
    InvalidArgumentError
        If the rate is below 100 Hz, or a frequency is out of range.

    References
    ----------
    .. [1] Fridlund & Cacioppo (1986), Psychophysiology 23(5), 567-589.

    Examples
    --------
    >>> times = np.arange(0, 2, 1 / 1000)
    >>> envelope = emg_envelope(20.0 * np.sin(2 * np.pi * 120.0 * times), 1000.0)
    >>> float(envelope[500:1500].mean().round(1))  # 2 / pi times 20
    12.7
    """
    cleaned = clean_emg(emg_uv, rate, low_hz=low_hz, high_hz=high_hz)
    smooth_hz = check_number(smooth_hz, name="smooth_hz", low=0.0, high=0.5 * rate, low_open=True, high_open=True)
    is_missing = np.isnan(cleaned)
    if is_missing.all():
        return cleaned
    envelope = np.maximum(zero_phase(bridged(np.abs(cleaned)), float(rate), high_hz=smooth_hz, overwrite=True), 0.0)
    envelope[is_missing] = np.nan
    return envelope


def emg_features(emg_uv, rate, *, step_uv=1.0):
    """Indices of amplitude, shape and frequency of electromyogram windows.

    Parameters
    ----------
    emg_uv : array-like of shape (..., n_times)
        Cleaned electromyogram in µV, as from :func:`clean_emg`; NaN where samples are missing.
    rate : float
        Sampling rate in Hz, at least 100.
    step_uv : float, default=1.0
        Least step between neighbouring samples, in µV, for a zero crossing or slope change to count: what is smaller is
        the amplifier's noise.

    Returns
    -------
    dict of str to ndarray of shape (...)
        In the order of ``EMG_INDICES``: ``rms_uv`` (root mean square), ``mav_uv`` (mean absolute value),
        ``waveform_uv_per_s`` (waveform length: sum of the magnitudes of all steps), ``zero_crossings_per_s``,
        ``slope_changes_per_s`` (slope sign changes, of which one of the two steps must reach `step_uv`), as in [1]_ but
        per second; ``median_hz`` and ``mean_hz`` of the power between 20 and 450 Hz [2]_, by Welch's method (Hann
        windows of 1 s that overlap by half, or the whole window where it is shorter). Missing samples are left out:
        steps next to one do not count, and segments with over a quarter of them have no spectrum (fewer are bridged by
        straight lines). NaN where less than 0.25 s is present; frequencies are NaN also where no segment remains or
        there is no power.

    Raises
    ------
    InvalidArgumentError
        If the rate is below 100 Hz, or `step_uv` is negative.

    References
    ----------
    .. [1] Phinyomark et al. (2012), Expert Systems with Applications 39(8), 7420-7431.
    .. [2] De Luca (1997), J. Applied Biomechanics 13(2), 135-163.

    Examples
    --------
    >>> times = np.arange(0, 2, 1 / 1000)
    >>> indices = emg_features(20.0 * np.sin(2 * np.pi * 120.0 * times + 0.1), 1000.0)
    >>> [round(float(indices[name])) for name in ("rms_uv", "zero_crossings_per_s", "median_hz")]
    [14, 240, 120]
    """
    emg_uv = check_samples(emg_uv, name="emg_uv")
    rate = check_rate(rate, low=_MIN_RATE)
    step_uv = check_number(step_uv, name="step_uv", low=0.0)
    shape, n_times = emg_uv.shape[:-1], emg_uv.shape[-1]
    rows = emg_uv.reshape(int(np.prod(shape)), n_times)
    is_huge = np.abs(rows) > _GREATEST
    if is_huge.any():
        rows = np.where(is_huge, np.nan, rows)
    table = np.empty((len(rows), len(kernels.AMPLITUDES)))
    over_windows(kernels.amplitudes, len(rows), rows, rate, step_uv, int(np.ceil(_MIN_S * rate)), table)
    frequencies = np.full((len(rows), 2), np.nan)
    is_long = np.isfinite(table[:, 0])
    if is_long.any():
        frequencies[is_long] = _frequencies(rows if is_long.all() else rows[is_long], rate, table[is_long, 0])
    columns = [*table.T, *frequencies.T]
    return {name: column.reshape(shape) for name, column in zip(EMG_INDICES, columns, strict=True)}


def _frequencies(rows, rate, rms_uv):
    """Median and mean frequency of each row in Hz, by Welch's method."""
    n_times = min(max(int(round(_SEGMENT_S * rate)), 1), rows.shape[1])
    hz = np.fft.rfftfreq(n_times, 1.0 / rate)
    inside = slice(*np.searchsorted(hz, [_BAND_HZ[0], np.nextafter(_BAND_HZ[1], np.inf)]))
    taper = np.sin(np.pi * np.arange(n_times) / n_times) ** 2
    least = (1e-10 * n_times * rms_uv) ** 2
    out = np.empty((len(rows), 2))
    batch = max(_BATCH // rows.shape[1], 1)
    for first in range(0, len(rows), batch):
        part = rows[first : first + batch]
        is_present = np.isfinite(part)
        if not is_present.all():
            part = bridged(part)
        segments = _segments(part, n_times)
        spectra = np.fft.rfft((segments - segments.mean(axis=2, keepdims=True)) * taper)[:, :, inside]
        counts = _segments(is_present, n_times).mean(axis=2) >= _MIN_PRESENT
        spectra, found = np.ascontiguousarray(spectra), slice(first, first + batch)
        grid = (hz[inside.start], rate / n_times)
        over_windows(kernels.frequencies, len(spectra), spectra, counts, least[found], *grid, out[found])
    return out


def _segments(rows, n_times):
    """Pieces of each row, half overlapping."""
    return np.lib.stride_tricks.sliding_window_view(rows, n_times, axis=1)[:, :: max(n_times // 2, 1)]


def _without_mains(values, rate, mains_hz, high_hz):
    """Values without a band of 2 Hz about the mains frequency and its multiples."""
    from scipy import signal

    for harmonic_hz in np.arange(mains_hz, min(high_hz + 1.0, 0.5 * rate - 1.0), mains_hz):
        notch = signal.tf2sos(*signal.iirnotch(harmonic_hz, 0.5 * harmonic_hz, fs=rate))
        values = signal.sosfiltfilt(notch, values, axis=-1, padlen=min(int(rate), values.shape[-1] - 1))
    return values


def _warn_of_unit(cleaned, greatest):
    """Say so if the mean magnitude of the typical row, 0.8 of its rms, cannot be that of a muscle in µV."""
    typical = float(np.median(np.abs(cleaned).mean(axis=-1)))
    if typical > 0.8 * PLAUSIBLE_RMS_UV[1]:
        question = "no muscle gives so much: is it in nV, or not scaled at all?"
    elif 1e-7 * greatest < typical < 0.8 * PLAUSIBLE_RMS_UV[0]:  # less is what rounding leaves of a dead sensor
        question = f"no amplifier is so quiet: is it in {'V' if typical < 5e-4 else 'mV'}?"
    else:
        return
    message = f"emg_uv has a mean magnitude of {typical:.3g} after cleaning; {question}"
    warnings.warn(message, QualityWarning, stacklevel=3)
