"""Respiration from the beats of the heart: it moves their intervals, their amplitude and the baseline they ride on."""

from typing import NamedTuple

import numpy as np

from ..._validate import check_number, check_series
from ...exceptions import InvalidArgumentError
from .spectrum import LOW_HZ, SEGMENT_S, average, segment_power, strongest

_GRID_RATE = 4.0
_HIGH_HZ = 0.7
_STEEPEST = 3.0  # exponent of the background
_CLIP = 5.0  # robust standard deviations
_FLOOR = 1e-3  # of the greatest power: a chance null of one spectrum is no veto
_MIN_COVERAGE = 0.5


class BeatRespiration(NamedTuple):
    """Respiration seen in the beats: rate (breaths per minute) and quality (0 to 1) of each window."""

    starts_s: np.ndarray
    rate_per_min: np.ndarray
    quality: np.ndarray


def respiration_from_beats(beats_s, rr_ms, amplitude=None, baseline=None, *, starts_s=None, window_s=60.0):
    """Estimate the respiration rate from the beats of an ECG or a pulse wave.

    Breathing modulates the intervals between beats (respiratory sinus arrhythmia), their amplitude and their baseline
    [1]_. Each modulation is put on a 4 Hz grid by straight lines and cut into segments of 32 s that overlap by half; from
    each spectrum (Hann's window, 0.07 to 0.7 Hz, but no more than half the heart rate: faster breaths have no two beats)
    its background, a power law fitted to it, is divided out, as slow vasomotion would outweigh breathing otherwise. The
    modulations are fused by the geometric mean of their spectra: what counts is a rhythm that they share. The rate of a
    segment is its maximum, that of a window the mean over segments, weighted by the purity of each, that is, by the
    share of the fused spectrum in the main lobe (1/16 Hz) round the maximum, less what a flat spectrum would have there.
    Where the modulations disagree, purity falls: this stands in for the rejection of smart fusion [2]_.

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
        Length of the windows in seconds. Below 30 s the slowest rhythm seen is two periods per window.

    Returns
    -------
    BeatRespiration
        ``starts_s``, ``rate_per_min`` and ``quality`` (purity times the share of the window covered by surviving
        intervals: noise alone has about 0.2, clear breathing above 0.5). Rates are NaN and qualities 0 where less than
        half of a window is covered.

    Raises
    ------
    InvalidArgumentError
        If lengths do not match, beat times go backwards, or `window_s` is not positive.

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
    beats_s, rr_ms = check_beats(beats_s, rr_ms)
    series = {"amplitude": amplitude, "baseline": baseline}
    series = {name: check_series(values, name=name) for name, values in series.items() if values is not None}
    for name, values in series.items():
        if values.size != beats_s.size:
            raise InvalidArgumentError(f"{name} has {values.size} values for {beats_s.size} beats; give one each.")
    window_s = check_number(window_s, name="window_s", low=0.0, low_open=True)
    if starts_s is None:
        n_starts = max(int(2 * (beats_s[-1] - beats_s[0] - window_s) / window_s) + 1, 1) if beats_s.size else 0
        starts_s = beats_s[:1] + 0.5 * window_s * np.arange(n_starts)
    starts_s = check_series(starts_s, name="starts_s")
    rate_per_min, purity, coverage = rates_from_beats(beats_s, rr_ms, list(series.values()), starts_s, window_s)
    return BeatRespiration(starts_s, rate_per_min, purity * coverage)


def check_beats(beats_s, rr_ms):
    """Beat times and intervals as vectors that match."""
    beats_s = check_series(beats_s, name="beats_s")
    rr_ms = check_series(rr_ms, name="rr_ms")
    if not np.isfinite(beats_s).all() or np.any(np.diff(beats_s) < 0):
        raise InvalidArgumentError("beats_s must be finite and must not go backwards; sort the beats first.")
    if rr_ms.size != max(beats_s.size - 1, 0):
        raise InvalidArgumentError(
            f"rr_ms has {rr_ms.size} intervals; {beats_s.size} beats_s have one fewer than beats."
        )
    return beats_s, rr_ms


def rates_from_beats(beats_s, rr_ms, series, starts_s, window_s):
    """Rate (breaths/min), purity and coverage of each window; `series` holds amplitude and baseline, or neither."""
    n_windows = starts_s.size
    rate_per_min, purity, coverage = np.full(n_windows, np.nan), np.zeros(n_windows), np.zeros(n_windows)
    n_grid = int(round(window_s * _GRID_RATE))
    low_hz = max(LOW_HZ, 2.0 / min(window_s, SEGMENT_S))
    if not np.isfinite(rr_ms).any() or not low_hz < _HIGH_HZ:
        return rate_per_min, purity, coverage
    grid_s = starts_s[:, np.newaxis] + (np.arange(n_grid) + 0.5) / _GRID_RATE
    interval = np.searchsorted(beats_s, grid_s, side="right") - 1
    inside = (interval >= 0) & (interval < rr_ms.size)
    rr_at = np.where(inside, rr_ms[np.where(inside, interval, 0)], np.nan)
    is_covered = np.isfinite(rr_at)
    coverage = is_covered.mean(axis=1)
    chosen = coverage >= _MIN_COVERAGE
    if chosen.any():
        mean_rr_s = 1e-3 * np.where(is_covered, rr_at, 0.0).sum(axis=1)[chosen] / is_covered.sum(axis=1)[chosen]
        grids = [_on_grid(0.5 * (beats_s[1:] + beats_s[:-1]), rr_ms, grid_s[chosen])]
        grids += [_on_grid(beats_s, values, grid_s[chosen]) for values in series if np.isfinite(values).any()]
        rate_per_min[chosen], purity[chosen] = _fused_rates(np.stack(grids, axis=1), low_hz, 0.5 / mean_rr_s)
    return rate_per_min, purity, coverage


def _on_grid(times_s, values, grid_s):
    """Values carried to the grid by straight lines, and clipped to 5 robust standard deviations of each window."""
    there = np.isfinite(values)
    grid = np.interp(grid_s, times_s[there], values[there])
    centre = np.median(grid, axis=1, keepdims=True)
    reach = _CLIP * 1.4826 * np.median(np.abs(grid - centre), axis=1, keepdims=True)
    return np.where(reach > 0.0, np.clip(grid, centre - reach, centre + reach), grid)


def _fused_rates(grids, low_hz, nyquist_hz):
    """Rate and purity of windows from their modulations on the grid, (n_windows, n_modulations, n_grid)."""
    length_s = min(SEGMENT_S, grids.shape[-1] / _GRID_RATE)
    frequencies_hz, power = segment_power(grids, _GRID_RATE, low_hz, _HIGH_HZ)
    is_in_band = frequencies_hz <= np.maximum(nyquist_hz, 2.0 * low_hz)[:, np.newaxis]
    power += np.maximum(_FLOOR * power.max(axis=-1, keepdims=True), 1e-300)
    logs = np.log(power, out=power)
    slope = np.clip(_slope(np.log(frequencies_hz), logs, is_in_band / frequencies_hz), -_STEEPEST, 0.0)
    fused = np.where(is_in_band[:, np.newaxis], logs.mean(axis=1), -np.inf)
    tilt = -slope.mean(axis=1)[..., np.newaxis] * np.log(frequencies_hz)
    peak_hz, purity = strongest(frequencies_hz, fused, tilt, length_s)
    return average(60.0 * peak_hz, purity)


def _slope(octave, logs, weight):
    """Least-squares slope over octaves of spectra (n_windows, ..., n_frequencies), by weights (n_windows, n_frequencies).

    The weights give every octave the same say: frequencies are even, octaves are not.
    """
    weight = weight / weight.sum(axis=1, keepdims=True)
    centred = octave - (weight * octave).sum(axis=1, keepdims=True)
    weight = weight * centred / (weight * centred**2).sum(axis=1, keepdims=True)
    n_windows, n_frequencies = weight.shape
    return (logs.reshape(n_windows, -1, n_frequencies) @ weight[..., np.newaxis]).reshape(logs.shape[:-1])
