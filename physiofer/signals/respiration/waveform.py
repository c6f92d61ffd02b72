"""The shape of breathing as the beats of the heart show it."""

import numpy as np

from .modulations import GRID_RATE, HIGH_HZ, check_modulations, fused_rates, modulation_grids
from .spectrum import LOW_HZ, MAIN_LOBE, SEGMENT_S

_HOP_S = 8.0  # Hann's windows a quarter of their length apart add up to a constant
_LEAST_WEIGHT = 0.05  # of a taper: beyond, what is left is rounding


def respiration_waveform(beats_s, rr_ms, amplitude=None, baseline=None):
    """A waveform of respiration from the beats of an ECG or a pulse wave.

    The modulations of :func:`respiration_from_beats` lag behind breathing and behind each other, each in its own way.
    In segments of 32 s, 8 s apart, the cross-spectral matrix of the modulations, each of unit power, is taken round the
    breathing rate; its first eigenvector holds the weights and phases with which they add up best. The segments, from
    0.07 to 0.7 Hz, are added up under Hann's windows.

    Parameters
    ----------
    beats_s, rr_ms, amplitude, baseline : array-like
        As in :func:`respiration_from_beats`.

    Returns
    -------
    times_s : ndarray of shape (n_times,)
        Every 0.25 s from the first beat to the last.
    waveform : ndarray of shape (n_times,)
        Without unit, of variance one in each segment, high where the heart is quick, which in quiet breathing is
        towards the end of breathing in. NaN where no rate is found. Its timing against the chest is not known, nor its
        depth: it tells rhythm, not phases.

    Raises
    ------
    InvalidArgumentError
        As :func:`respiration_from_beats`.

    Warns
    -----
    QualityWarning
        As :func:`respiration_from_beats`.

    References
    ----------
    .. [1] Charlton et al. (2018), IEEE Reviews in Biomedical Engineering 11, 2-20.

    Examples
    --------
    >>> beats_s = np.arange(0, 120, 0.8)
    >>> beats_s = beats_s - 0.05 * np.sin(2 * np.pi * 0.25 * beats_s)
    >>> times_s, waveform = respiration_waveform(beats_s, 1000 * np.diff(beats_s))
    >>> quickest_s = times_s[190:206][np.argmax(waveform[190:206])]  # the heart is quickest every 4 s
    >>> round(float(quickest_s))
    48
    """
    beats_s, rr_ms, series = check_modulations(beats_s, rr_ms, amplitude, baseline)
    duration_s = beats_s[-1] - beats_s[0] if beats_s.size else 0.0
    n_segments = int(np.ceil(max(duration_s - SEGMENT_S, 0.0) / _HOP_S)) + 1
    starts_s = beats_s[:1] + _HOP_S * np.arange(n_segments)
    grids, mean_rr_s, coverage = modulation_grids(beats_s, rr_ms, series, starts_s, SEGMENT_S)
    rate_per_min, _, _ = fused_rates(grids, mean_rr_s, coverage, SEGMENT_S)
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(grids.shape[-1]) + 0.5) / grids.shape[-1])
    is_found = np.isfinite(rate_per_min)
    segments = np.zeros((starts_s.size, taper.size))
    segments[is_found] = _aligned(grids[is_found], rate_per_min[is_found] / 60.0, taper)
    hop = int(_HOP_S * GRID_RATE)
    total, weight = _overlap_add(segments, hop), _overlap_add(is_found[:, np.newaxis] * taper, hop)
    n_times = int(duration_s * GRID_RATE)
    waveform = np.full(n_times, np.nan)
    is_seen = weight[:n_times] > _LEAST_WEIGHT
    waveform[is_seen] = total[:n_times][is_seen] / weight[:n_times][is_seen]
    return beats_s[:1].sum() + (np.arange(n_times) + 0.5) / GRID_RATE, waveform


def _aligned(grids, rate_hz, taper):
    """Tapered sum of the modulations (n_segments, n_modulations, n_grid) with the phases in which they agree best."""
    spectra = np.fft.rfft((grids - grids.mean(axis=-1, keepdims=True)) * taper)
    frequencies_hz = np.fft.rfftfreq(taper.size, 1.0 / GRID_RATE)
    spectra[..., (frequencies_hz < LOW_HZ - 1e-9) | (frequencies_hz > HIGH_HZ)] = 0.0
    size = np.sqrt(np.square(np.abs(spectra)).sum(axis=-1, keepdims=True))
    spectra /= np.maximum(size, 1e-300)
    is_near = np.abs(frequencies_hz - rate_hz[:, np.newaxis]) < MAIN_LOBE / SEGMENT_S
    near = spectra * is_near[:, np.newaxis]
    _, vectors = np.linalg.eigh(near @ near.conj().swapaxes(-1, -2))
    phases = vectors[..., -1]
    of_intervals = phases[:, :1]  # which are to fall as the waveform rises
    is_told = np.abs(of_intervals) > 0.0
    phases = np.where(is_told, -phases * of_intervals.conj() / np.where(is_told, np.abs(of_intervals), 1.0), phases)
    waves = np.fft.irfft((phases.conj()[..., np.newaxis] * spectra).sum(axis=1), taper.size)
    spread = np.sqrt(np.square(waves).sum(axis=-1, keepdims=True) / np.square(taper).sum())
    return waves / np.maximum(spread, 1e-300)


def _overlap_add(segments, hop):
    """Sum of segments (n_segments, n_times) that begin `hop` samples apart."""
    n_segments, n_times = segments.shape
    n_parts = n_times // hop
    total = np.zeros((n_segments + n_parts - 1, hop))
    for part in range(n_parts):
        total[part : part + n_segments] += segments[:, part * hop : (part + 1) * hop]
    return total.ravel()
