"""How far each channel of a window of EEG can be trusted, and what is wrong with it."""

import warnings
from typing import NamedTuple

import numpy as np

from ..._validate import check_number, check_rate
from ...exceptions import InvalidArgumentError, QualityWarning
from .._filters import bridged
from ..quality import present_share, unclipped_share
from ._epochs import as_epochs

__all__ = ["EEGQuality", "eeg_quality"]

_PIECE_S = 0.25  # in which a living electrode moves
_FLAT_UV = 0.5
_LARGE_UV = 150.0  # customary limit of peak-to-peak amplitude
_VOLTS_UV = 1e-3  # standard deviation: EEG in volts has 1e-6 to 1e-4, in microvolts 1 to 100
_LOW_HZ, _MUSCLE_HZ, _TOP_HZ = 1.0, 30.0, 100.0
_TOP_OF_NYQUIST = 0.95  # beyond it the filter before the sampling has taken what there was
_LINE_HALF_HZ, _BESIDE_HZ = 1.0, 3.0  # half of the line's own band, and what counts as its neighbours either side
_LOBE = 2.0  # Hann's main lobe, from its middle to its end, in units of 1 / length
_MUSCLE_SHARE = 0.5  # white noise has more than that
_MIN_PRESENT = 0.5
_MIN_S = 1.0
_LEAST_RATE = 80.0  # to tell muscle
_FEWEST_CHANNELS = 3
_ROWS_AT_ONCE = 256  # what a processor's cache holds of them
_MOST = 1e100  # what can be squared and summed


class EEGQuality(NamedTuple):
    """What :func:`eeg_quality` finds, each of shape (..., n_channels)."""

    present_share: np.ndarray
    flat_share: np.ndarray
    clipped_share: np.ndarray
    amplitude_uv: np.ndarray
    deviation: np.ndarray
    line_share: np.ndarray
    muscle_share: np.ndarray
    quality: np.ndarray


def eeg_quality(eeg_uv, rate, *, line_hz=50.0):
    """Signs of a bad channel in each window: missing, stuck, clipped, too large, unlike the others, mains and muscle.

    Parameters
    ----------
    eeg_uv : array-like of shape (..., n_channels, n_times)
        Windows in microvolts; missing samples are NaN or infinite.
    rate : float
        Sampling rate in Hz.
    line_hz : float, optional, default=50
        Frequency of the mains, 50 or 60. None where it cannot be there: filtered out, or above Nyquist.

    Returns
    -------
    EEGQuality
        Named tuple of arrays of shape (..., n_channels). ``present_share``: samples that are there. ``flat_share``: of
        pieces of 0.25 s, those within 0.5 uV. ``clipped_share``: samples that stay for three or more at the extremes of
        the window. ``amplitude_uv``: peak to peak. ``deviation``: the logarithm of the standard deviation, less the
        median of the window's channels, over their median absolute deviation times 1.4826; NaN with fewer than three
        channels that vary. ``line_share``: power within 1 Hz of the mains (2 Hz in windows of 1 s), above what its
        neighbours of 3 Hz either side have, of all power from 1 Hz up to 0.95 rate/2, at most 100 Hz.
        ``muscle_share``: power from 30 Hz up of the same, both without the mains; EEG falls with frequency and has 0.02
        to 0.2, white noise 0.5 to 0.7, a tense jaw more. Both are NaN for what is shorter than 1 s, flat, or has less
        than half of its samples, and the second below a rate of 80 Hz.

        ``quality``, from 0 to 1, is the product of the present, not flat and not clipped shares, of 1 less the line's
        share, of 150 uV over the amplitude where that is larger, and of (1 - muscle share) / 0.5 where that is below 1;
        shares that are NaN are left out. A window without samples has 0, and NaN for the rest.

    Raises
    ------
    InvalidArgumentError
        If `line_hz` and the 1 Hz around it do not lie below Nyquist.

    Warns
    -----
    QualityWarning
        If the values look like volts.

    Examples
    --------
    >>> times = np.arange(512) / 128
    >>> alpha = 20 * np.sin(2 * np.pi * 10 * times) + np.random.default_rng(0).standard_normal(512)
    >>> mains = alpha + 60 * np.sin(2 * np.pi * 50 * times)
    >>> found = eeg_quality([alpha, mains, 0 * alpha], 128.0)
    >>> found.line_share.round(1).tolist()
    [0.0, 0.9, nan]
    >>> found.quality.round(1).tolist()
    [1.0, 0.1, 0.0]
    """
    epochs, shape = as_epochs(eeg_uv, name="eeg_uv")
    rate = check_rate(rate)
    if line_hz is not None:
        line_hz = check_number(line_hz, name="line_hz", low=0.0, low_open=True)
        if line_hz + _LINE_HALF_HZ >= 0.5 * rate:
            raise InvalidArgumentError(
                f"line_hz={line_hz:g} must lie 1 Hz below rate/2={0.5 * rate:g} (Nyquist); give None to leave it out."
            )
    n_epochs, n_channels, n_times = epochs.shape
    rows = epochs.reshape(n_epochs * n_channels, n_times)
    signs = np.empty((7, len(rows)))
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        some = slice(first, first + _ROWS_AT_ONCE)
        signs[:, some] = _signs(rows[some], rate, line_hz)
    present, flat, clipped, amplitude_uv, deviation_uv, line, muscle = signs
    _warn_of_volts(deviation_uv)
    factors = (1.0 - flat, 1.0 - clipped, _LARGE_UV / np.fmax(amplitude_uv, _LARGE_UV), 1.0 - line)
    factors = (*factors, np.minimum((1.0 - muscle) / (1.0 - _MUSCLE_SHARE), 1.0))
    quality = present * np.prod([np.where(np.isnan(factor), 1.0, factor) for factor in factors], axis=0)
    deviation = _robust_deviation(deviation_uv.reshape(epochs.shape[:2]))
    found = (present, flat, clipped, amplitude_uv, deviation, line, muscle, quality)
    return EEGQuality(*(values.reshape(*shape, n_channels) for values in found))


def _signs(rows, rate, line_hz):
    """Present, flat and clipped shares, amplitude, standard deviation, shares of the mains and of muscle, of rows."""
    rows = np.where(np.abs(rows) < _MOST, rows, np.nan)
    present = present_share(rows)
    clipped = np.where(present > 0.0, 1.0 - unclipped_share(rows), np.nan)
    return (
        present,
        _flat_share(rows, rate),
        clipped,
        *_amplitudes(rows),
        *_spectral_shares(rows, rate, line_hz, present),
    )


def _amplitudes(rows):
    """Peak to peak and standard deviation of the present samples of each row; NaN without any."""
    if not rows.size:
        return np.full((2, len(rows)), np.nan)
    peak_to_peak = np.fmax.reduce(rows, axis=1) - np.fmin.reduce(rows, axis=1)
    is_present = np.isfinite(rows)
    count = np.where(is_present.any(axis=1), is_present.sum(axis=1), np.nan)
    means = np.where(is_present, rows, 0.0).sum(axis=1) / count
    squares = np.square(np.where(is_present, rows - means[:, np.newaxis], 0.0)).sum(axis=1) / count
    return peak_to_peak, np.where(peak_to_peak > 0.0, np.sqrt(squares), 0.0 * peak_to_peak)


def _warn_of_volts(deviation_uv):
    """Tell that values are a million times too small for microvolts."""
    varying = deviation_uv[deviation_uv > 0.0]
    if varying.size and np.median(varying) < _VOLTS_UV:
        warnings.warn(
            f"eeg_uv must be in microvolts; its values look like volts (median standard deviation "
            f"{np.median(varying):.2g}): multiply them by 1e6.",
            QualityWarning,
            stacklevel=3,
        )


def _flat_share(rows, rate):
    """Share of the pieces of each row, of those at least half present, that hardly vary; NaN without any."""
    n_rows, n_times = rows.shape
    length = min(max(round(_PIECE_S * rate), 2), n_times)
    if length == 0:
        return np.full(n_rows, np.nan)
    n_pieces = n_times // length
    pieces = rows[:, : n_pieces * length].reshape(n_rows, n_pieces, length)
    peak_to_peak = np.fmax.reduce(pieces, axis=2) - np.fmin.reduce(pieces, axis=2)
    is_judged = 2 * np.isfinite(pieces).sum(axis=2) >= length
    count = is_judged.sum(axis=1)
    return (is_judged & (peak_to_peak <= _FLAT_UV)).sum(axis=1) / np.where(count > 0, count, np.nan)


def _spectral_shares(rows, rate, line_hz, present):
    """Shares of the power of each row that the mains have, and what is fast of the rest."""
    shares = np.full((2, len(rows)), np.nan)
    n_times = rows.shape[1]
    if n_times < _MIN_S * rate:
        return shares
    frequencies_hz = np.fft.rfftfreq(n_times, 1.0 / rate)
    taper = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(n_times) / n_times)
    ramp = np.arange(n_times) - 0.5 * (n_times - 1)
    judged = np.flatnonzero((present >= _MIN_PRESENT) & (present > 0.0))
    if judged.size:
        values = bridged(rows[judged])
        sizes = np.abs(values).max(axis=1, keepdims=True)
        values /= np.where(sizes > 0.0, sizes, 1.0)
        values -= values.mean(axis=1, keepdims=True)
        values -= (values @ ramp / (ramp @ ramp))[:, np.newaxis] * ramp
        power = np.square(np.abs(np.fft.rfft(values * taper)))
        shares[:, judged] = _shares_of_power(power, frequencies_hz, rate, line_hz)
    return shares


def _shares_of_power(power, frequencies_hz, rate, line_hz):
    """The same of spectra (n_rows, n_frequencies)."""
    top_hz = min(_TOP_OF_NYQUIST * 0.5 * rate, _TOP_HZ)
    is_counted = (frequencies_hz >= _LOW_HZ) & (frequencies_hz <= top_hz)
    excess, is_line = np.zeros(len(power)), np.zeros(frequencies_hz.size, dtype=bool)
    if line_hz is not None:
        half_hz = max(_LINE_HALF_HZ, _LOBE * frequencies_hz[1])
        is_line = np.abs(frequencies_hz - line_hz) <= half_hz
        is_beside = (np.abs(frequencies_hz - line_hz) <= half_hz + _BESIDE_HZ) & ~is_line & (frequencies_hz >= _LOW_HZ)
        background = power[:, is_beside].mean(axis=1) if is_beside.any() else 0.0
        excess = np.maximum(power[:, is_line].sum(axis=1) - background * is_line.sum(), 0.0)
    rest = power[:, is_counted & ~is_line].sum(axis=1)
    smallest = (1e-12 * power.shape[1]) ** 2  # rounding, in units of the largest sample
    total = np.where(rest + excess > smallest, rest + excess, np.nan)
    fast = power[:, is_counted & ~is_line & (frequencies_hz >= _MUSCLE_HZ)].sum(axis=1)
    is_fast_enough = rate >= _LEAST_RATE
    return excess / total, np.where((rest > smallest) & is_fast_enough, fast / np.where(rest > 0, rest, 1.0), np.nan)


def _robust_deviation(deviation_uv):
    """How far the size of each channel (n_windows, n_channels) is from that of the others, in robust deviations."""
    with np.errstate(divide="ignore"):
        logs = np.where(deviation_uv > 0.0, np.log(deviation_uv), np.nan)
    enough = np.isfinite(logs).sum(axis=1) >= _FEWEST_CHANNELS
    out = np.full(logs.shape, np.nan)
    if enough.any():
        off = logs[enough] - np.nanmedian(logs[enough], axis=1, keepdims=True)
        spread = 1.4826 * np.nanmedian(np.abs(off), axis=1, keepdims=True)
        out[enough] = off / np.where(spread > 0.0, spread, np.nan)
    return out
