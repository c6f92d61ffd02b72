"""Heart rates of the windows of a film, from its beats, its ECG or its pulse wave."""

import numpy as np

from ..signals.cardiac import ecg_beats, nn_intervals, pulse_beats
from ..stream import Stream

__all__ = ["beats_and_intervals", "window_heart_rates"]

_DETECTORS = {"ecg": ecg_beats, "bvp": pulse_beats}
_FEWEST = 2  # intervals that tell a heart rate
_LEAST_SHARE = 0.5  # of a window that they must cover


def beats_and_intervals(heart):
    """Times of beats and the intervals between them that can be trusted.

    Parameters
    ----------
    heart : Stream or array-like of shape (n_beats,)
        As of :class:`~physiofer.film.LabelledFilm`. Of a stream of several channels, such as the leads of an ECG, the
        one with most intervals that can be trusted is taken.

    Returns
    -------
    beats_s : ndarray of shape (n_beats,)
        On the clock of `heart`.
    rr_ms : ndarray of shape (max(n_beats - 1, 0),)
        NaN where :func:`~physiofer.signals.cardiac.nn_intervals` rejects one: a bad beat, an ectopic or a lost one.

    Examples
    --------
    >>> beats_s, rr_ms = beats_and_intervals([0.0, 0.8, 1.6, 1.9, 2.4, 3.2])
    >>> rr_ms.tolist()
    [800.0, 800.0, nan, nan, 800.0]
    """
    if not isinstance(heart, Stream):
        beats_s = np.asarray(heart, dtype=np.float64)
        return beats_s, nn_intervals(beats_s)
    stream = heart.on_grid()
    leads = []
    for values in stream.values:
        found = _DETECTORS[stream.kind](values, stream.rate)
        leads.append((found.beats_s + stream.start_s, nn_intervals(found.beats_s, found.quality)))
    return max(leads, key=lambda lead: np.isfinite(lead[1]).sum())


def window_heart_rates(beats_s, rr_ms, starts_s, window_s):
    """Heart rate of each window: the mean of its course, beat by beat, over the time that trusted intervals cover.

    Parameters
    ----------
    beats_s, rr_ms : ndarray
        As :func:`beats_and_intervals` gives them.
    starts_s : array-like of shape (n_windows,)
        On the clock of the beats.
    window_s : float
        Length of the windows.

    Returns
    -------
    ndarray of shape (n_windows,)
        In bpm. Intervals count as much as they lie in the window; NaN where fewer than two do, or they cover less than
        half of it.

    Examples
    --------
    >>> window_heart_rates(np.arange(9) * 0.75, np.full(8, 750.0), [0.5, 4.0, 30.0], 4.0).tolist()
    [80.0, 80.0, nan]
    """
    starts_s = np.asarray(starts_s, dtype=np.float64)[:, np.newaxis]
    is_trusted = np.isfinite(rr_ms)
    begins_s, ends_s = beats_s[:-1][is_trusted], beats_s[1:][is_trusted]
    overlaps_s = np.clip(np.minimum(ends_s, starts_s + window_s) - np.maximum(begins_s, starts_s), 0.0, None)
    covered_s = overlaps_s.sum(axis=1)
    n_beats = (overlaps_s / (ends_s - begins_s)).sum(axis=1)
    is_known = ((overlaps_s > 0.0).sum(axis=1) >= _FEWEST) & (covered_s >= _LEAST_SHARE * window_s)
    return np.where(is_known, 60.0 * n_beats / np.where(is_known, covered_s, 1.0), np.nan)
