"""The shape of breathing as the beats of the heart show it."""

import numpy as np

from ..._validate import check_series
from .modulations import GRID_RATE, HIGH_HZ, check_series_of_beats, fused_rates, modulation_grids
from .spectrum import LOW_HZ, SEGMENT_S

_HOP_S = 8.0  # Hann's windows a quarter of their length apart add up to a constant


def respiration_waveform(beats_s, rr_ms, amplitude=None, baseline=None):
    """A waveform of respiration from the beats of an ECG or a pulse wave.

    The modulations of :func:`respiration_from_beats` lag behind breathing and behind each other, each in its own way.
    In segments of 32 s, 8 s apart, the cross-spectral matrix of the modulations (each of unit power) round the breathing
    rate is taken; its first eigenvector holds the weights and phases with which they add up best. The segments, from
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
        Without unit, of variance one in each segment, rising as the heart quickens, which in quiet breathing is about as
        breath goes in. NaN where no rate is found. Its timing against the chest is not known, nor its depth: it tells
        rhythm, not phases.

    Raises
    ------
    InvalidArgumentError
        As :func:`respiration_from_beats`.

    References
    ----------
    .. [1] Charlton et al. (2018), IEEE Reviews in Biomedical Engineering 11, 2-20.

    Examples
    --------
    >>> beats_s = np.arange(0, 120, 0.8)
    >>> beats_s = beats_s - 0.05 * np.sin(2 * np.pi * 0.25 * beats_s)
    >>> times_s, waveform = respiration_waveform(beats_s, 1000 * np.diff(beats_s))
    >>> quickest_s = times_s[100:200][np.argmax(waveform[100:200])]
    >>> round(float(quickest_s % 4.0), 1)
    0.0
    """
