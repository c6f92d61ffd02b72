"""Respiration from the beats of the heart: it moves their intervals, their amplitude and the baseline they ride on."""

import warnings
from typing import NamedTuple

import numpy as np

from ..._validate import check_number, check_rate, check_series, check_windows
from ...exceptions import InvalidArgumentError, QualityWarning
from ...kernels.respiration import beats as kernels
from .spectrum import LOW_HZ, SEGMENT_S, average, segment_power, strongest

GRID_RATE = 4.0
HIGH_HZ = 0.7
_STEEPEST = 3.0  # exponent of the background: a random walk has 2, and straight lines between beats smooth it
_FLOOR = 1e-3  # of the greatest power: a chance null of one spectrum is no veto
_MIN_COVERAGE = 0.5
# Spreads below which a modulation is the grid of samples that the beats of a metronome fall on, not breath: of the
# intervals in ms, of amplitude and baseline as shares of the amplitude. Breathing people have ten times as much.
_FAINTEST_MS, _FAINTEST_SHARES = 1.0, (0.02, 0.005)
_QUARTILES = 1.349  # how far apart the quartiles of normal values are, in standard deviations
_SHORTEST_S, _LONGEST_S = 1.0, 604_800.0  # of a window: a rhythm needs two breaths, and a week is no window


class BeatRespiration(NamedTuple):
    """Respiration seen in the beats: rate (breaths per minute) and quality (0 to 1) of each window."""

    starts_s: np.ndarray
    rate_per_min: np.ndarray
    quality: np.ndarray


def respiration_from_beats(beats_s, rr_ms, amplitude=None, baseline=None, *, starts_s=None, window_s=60.0):
    """Estimate the respiration rate from the beats of an ECG or a pulse wave.

    Breathing modulates the intervals between beats (respiratory sinus arrhythmia), their amplitude and their baseline
    [1]_. Each modulation is put on a 4 Hz grid by straight lines and cut into segments of 32 s that overlap by half.
    From each spectrum (Hann's window, 0.07 to 0.7 Hz, but no more than half the heart rate: a faster breath has no two
    beats) its background, a power law fitted to it, is divided out, as slow vasomotion would outweigh breathing
    otherwise. The modulations are fused by the geometric mean of their spectra, weighted by purity: the share of the
    spectrum in the main lobe (1/16 Hz) round its maximum, less what a flat spectrum would have there. So what counts is
    a rhythm that they share, and a modulation without a rhythm counts little. The rate of a segment is the maximum of
    the fused spectrum, that of a window the mean over segments, again weighted by purity. Where modulations disagree
    purity falls: this stands in for the rejection of smart fusion [2]_. A modulation counts nothing in a window
    where it is fainter than what sampling makes of a metronome: with quartiles less than 1.35 ms apart, or 2.7 % of the
    amplitude.

    Parameters
    ----------
    beats_s : array-like of shape (n_beats,)
        Increasing beat times in seconds.
    rr_ms : array-like of shape (n_beats - 1,)
        Intervals between them in milliseconds; NaN where rejected.
    amplitude, baseline : array-like of shape (n_beats,), optional
        Amplitude of each beat and the level it rides on, in any unit; NaN where not to be trusted.
    starts_s : array-like of shape (n_windows,), optional
        Start of each window in seconds; by default windows overlap by half from the first beat on.
    window_s : float, default=60
        Length of the windows in seconds, 1 to 604800 (a week). Below 30 s they show no rhythm slower than two periods a
        window.

    Returns
    -------
    BeatRespiration
        ``starts_s``, ``rate_per_min`` and ``quality`` (purity times the share of the window covered by surviving
        intervals: noise alone has about 0.2, clear breathing 0.5 and more). Rates are NaN and qualities 0 where less
        than half of a window is covered.

    Raises
    ------
    InvalidArgumentError
        If lengths do not match, beat times go backwards, or `window_s` is out of range.

    Warns
    -----
    QualityWarning
        If beat times and intervals cannot be in seconds and milliseconds.

    References
    ----------
    .. [1] Charlton et al. (2018), IEEE Reviews in Biomedical Engineering 11, 2-20.
    .. [2] Karlen et al. (2013), IEEE Trans. Biomedical Engineering 60(7), 1946-1953.

    Examples
    --------
    >>> beats_s = np.arange(0, 120, 0.8)
    >>> beats_s = beats_s + 0.05 * np.sin(2 * np.pi * 0.25 * beats_s)  # 15 breaths per minute
    >>> found = respiration_from_beats(beats_s, 1000 * np.diff(beats_s), starts_s=[0.0, 60.0], window_s=55.0)
    >>> found.rate_per_min.round(1).tolist()
    [15.0, 15.0]
    """
    beats_s, rr_ms, series = check_modulations(beats_s, rr_ms, amplitude, baseline)
    window_s = check_number(window_s, name="window_s", low=_SHORTEST_S, high=_LONGEST_S)
    if starts_s is None:
        n_starts = max(int(2 * (beats_s[-1] - beats_s[0] - window_s) / window_s) + 1, 1) if beats_s.size else 0
        starts_s = beats_s[:1] + 0.5 * window_s * np.arange(n_starts)
    starts_s, window_s = check_windows(starts_s, window_s)
    rate_per_min, purity, coverage = rates_from_beats(beats_s, rr_ms, series, starts_s, window_s)
    return BeatRespiration(starts_s, rate_per_min, purity * coverage)


def check_beats(beats_s, rr_ms, *, stacklevel=3):
    """Beat times and intervals as vectors that match; a warning if their units cannot be right."""
    beats_s = check_series(beats_s, name="beats_s")
    rr_ms = check_series(rr_ms, name="rr_ms")
    if not np.isfinite(beats_s).all() or np.any(np.diff(beats_s) < 0):
        raise InvalidArgumentError("beats_s must be finite and must not go backwards; sort the beats first.")
    if rr_ms.size != max(beats_s.size - 1, 0):
        raise InvalidArgumentError(
            f"rr_ms has {rr_ms.size} intervals; {beats_s.size} beats_s have one fewer than beats."
        )
    is_told = np.isfinite(rr_ms) & (rr_ms > 0.0) & (np.diff(beats_s) > 0.0)
    ratio = np.median(1000.0 * np.diff(beats_s)[is_told] / rr_ms[is_told]) if is_told.any() else 1.0
    if not 0.1 < ratio < 10.0:
        warnings.warn(
            f"beats_s lie {ratio:.3g} times as far apart as rr_ms says; "
            "give beats_s in seconds, rr_ms in milliseconds.",
            QualityWarning,
            stacklevel=stacklevel,
        )
    return beats_s, rr_ms


def check_modulations(beats_s, rr_ms, amplitude, baseline):
    """Beat times, intervals, and amplitude and baseline, NaN if not given, all of matching lengths."""
    beats_s, rr_ms = check_beats(beats_s, rr_ms, stacklevel=4)
    series = []
    for name, values in (("amplitude", amplitude), ("baseline", baseline)):
        series.append(np.full(beats_s.size, np.nan) if values is None else check_series(values, name=name))
        if series[-1].size != beats_s.size:
            raise InvalidArgumentError(f"{name} has {series[-1].size} values for {beats_s.size} beats; give one each.")
    return beats_s, rr_ms, series


def beat_baseline(signal, rate, beats_s):
    """Level that each beat of an ECG or a pulse wave rides on.

    It is the mean of the wave from midway to the beat before to midway to the beat after.

    Parameters
    ----------
    signal : array-like of shape (n_times,)
        The raw wave, unfiltered: breathing sits below what beat detectors keep. NaN where missing.
    rate : float
        Sampling rate in Hz.
    beats_s : array-like of shape (n_beats,)
        Increasing beat times in seconds from the first sample.

    Returns
    -------
    ndarray of shape (n_beats,)
        In the unit of the signal; NaN where fewer than half of the samples are there.

    Raises
    ------
    InvalidArgumentError
        If an argument is not one-dimensional or beat times go backwards.

    Examples
    --------
    >>> beat_baseline([0.0, 2.0, 1.0, 3.0, 2.0, 4.0, 3.0, 5.0], 2.0, [0.5, 1.5, 2.5, 3.5]).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    signal = check_series(signal, name="signal")
    rate = check_rate(rate)
    beats_s = check_series(beats_s, name="beats_s")
    if not np.isfinite(beats_s).all() or np.any(np.diff(beats_s) < 0):
        raise InvalidArgumentError("beats_s must be finite and must not go backwards; sort the beats first.")
    if beats_s.size < 2 or not signal.size:
        return np.full(beats_s.size, np.nan)
    edges_s = np.concatenate([1.5 * beats_s[:1] - 0.5 * beats_s[1:2], 0.5 * (beats_s[1:] + beats_s[:-1]),
                              1.5 * beats_s[-1:] - 0.5 * beats_s[-2:-1]])  # fmt: skip
    baseline = np.empty(beats_s.size)
    kernels.means_between(signal, edges_s * rate, baseline)
    return baseline


def rates_from_beats(beats_s, rr_ms, series, starts_s, window_s):
    """Rate (breaths/min), purity and coverage of each window; `series` holds amplitude and baseline."""
    return fused_rates(*modulation_grids(beats_s, rr_ms, series, starts_s, window_s), window_s)


def modulation_grids(beats_s, rr_ms, series, starts_s, window_s, *, is_one_unit=False):
    """Modulations of each window at 4 Hz, (n_windows, n_modulations, n_grid); mean interval in s and coverage.

    What is unknown throughout, or too faint to be breath, is zero; whether a baseline is too faint can be told only
    where it has the unit of the amplitude, `is_one_unit`.
    """
    grid_s = starts_s[:, np.newaxis] + (np.arange(int(round(window_s * GRID_RATE))) + 0.5) / GRID_RATE
    if not rr_ms.size or not grid_s.size:
        grids = np.zeros((grid_s.shape[0], 1 + len(series), grid_s.shape[1]))
        return grids, np.full(len(grids), np.nan), np.zeros(len(grids))
    before = np.searchsorted(beats_s, grid_s, side="right") - 1
    is_inside = (before >= 0) & (before < rr_ms.size)
    rr_at_ms = np.where(is_inside, rr_ms[np.where(is_inside, before, 0)], np.nan)
    is_covered = np.isfinite(rr_at_ms)
    n_covered = is_covered.sum(axis=1)
    mean_rr_s = 1e-3 * np.where(is_covered, rr_at_ms, 0.0).sum(axis=1) / np.where(n_covered, n_covered, np.nan)
    grids = [_on_grid(0.5 * (beats_s[1:] + beats_s[:-1]), rr_ms, grid_s)]
    grids += [_on_grid(beats_s, values, grid_s) for values in series]
    grids = np.stack(grids, axis=1)
    low, middle, high = np.quantile(grids, [0.25, 0.5, 0.75], axis=-1)
    faintest = np.full(low.shape, _FAINTEST_MS)
    faintest[:, 1:] = np.abs(middle[:, 1:2]) * (_FAINTEST_SHARES if is_one_unit else (_FAINTEST_SHARES[0], 0.0))
    grids[high - low < _QUARTILES * faintest] = 0.0
    return grids, mean_rr_s, n_covered / grid_s.shape[1]


def _on_grid(times_s, values, grid_s):
    """Values that are there, carried to the grid by straight lines; zeros if there are none."""
    there = np.isfinite(values)
    return np.interp(grid_s, times_s[there], values[there]) if there.any() else np.zeros(grid_s.shape)


def fused_rates(grids, mean_rr_s, coverage, window_s):
    """Rate, purity and coverage of windows from :func:`modulation_grids`; NaN and 0 where too little is there."""
    rate_per_min, purity = np.full(len(grids), np.nan), np.zeros(len(grids))
    length_s = min(SEGMENT_S, window_s)
    low_hz = max(LOW_HZ, 2.0 / length_s)
    chosen = (coverage >= _MIN_COVERAGE) & (low_hz < HIGH_HZ)
    if not chosen.any():
        return rate_per_min, purity, coverage
    frequencies_hz, power = segment_power(grids[chosen], GRID_RATE, low_hz, HIGH_HZ)
    nyquist_hz = np.maximum(0.5 / mean_rr_s[chosen], 2.0 * low_hz)
    is_in_band = frequencies_hz <= nyquist_hz[:, np.newaxis]
    power += np.maximum(_FLOOR * power.max(axis=-1, keepdims=True), 1e-300)
    logs, octave = np.log(power, out=power), np.log(frequencies_hz)
    slope = _slope(octave, logs, is_in_band / frequencies_hz)  # every octave has the same say
    tilt = -np.clip(slope, -_STEEPEST, 0.0)[..., np.newaxis] * octave
    logs[np.broadcast_to(~is_in_band[:, np.newaxis, np.newaxis], logs.shape)] = -np.inf
    _, say = strongest(frequencies_hz, logs, tilt, length_s)
    say = (say / np.maximum(say.sum(axis=1, keepdims=True), 1e-300))[..., np.newaxis]
    fused = [(values * say).sum(axis=1) for values in (np.where(say > 0.0, logs, 0.0), tilt)]
    peak_hz, peak_purity = strongest(frequencies_hz, *fused, length_s)
    rate_per_min[chosen], purity[chosen] = average(60.0 * peak_hz, peak_purity)
    return rate_per_min, purity, coverage


def _slope(octave, logs, weight):
    """Least-squares slope over octaves of spectra (n_windows, ..., n_frequencies), with weights for each window."""
    weight = weight / weight.sum(axis=1, keepdims=True)
    centred = octave - (weight * octave).sum(axis=1, keepdims=True)
    weight = weight * centred / (weight * centred**2).sum(axis=1, keepdims=True)
    n_windows, n_frequencies = weight.shape
    return (logs.reshape(n_windows, -1, n_frequencies) @ weight[..., np.newaxis]).reshape(logs.shape[:-1])
