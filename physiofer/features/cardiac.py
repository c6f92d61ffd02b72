"""Heart rate variability and pulse amplitude of windows, as a scikit-learn transformer."""

import numpy as np

from ..signals.cardiac import HRV_TIME, hrv_time_windows, nn_intervals, pulse_beats
from ._base import WindowFeatures

__all__ = ["HRVFeatures"]


class HRVFeatures(WindowFeatures):
    """Time-domain heart rate variability from blood volume pulse windows.

    Parameters
    ----------
    rate : float, default=64.0
        Sampling rate of the windows in Hz, at least 10.
    min_quality : float, default=0.7
        Least template correlation of a beat that counts.
    min_intervals : int, default=8
        Fewest surviving intervals for a window to have indices.
    min_coverage : float, default=0.25
        Least share of the window that surviving intervals must cover for it to have features: in pure noise a tenth
        survives by chance.

    Attributes
    ----------
    n_features_in_ : int
        Second axis of the windows seen in ``fit``.

    Notes
    -----
    Features: the indices of :func:`physiofer.signals.cardiac.hrv_time`; ``ln_rmssd`` and ``ln_sdnn`` (natural
    logarithms, closer to normal); ``ln_pulse_amplitude`` (mean logarithm of the good beats' amplitudes, in the sensor's
    unit) and ``pulse_amplitude_cv`` (their relative spread); ``quality``, the share of the window covered by intervals
    that survive artefact rejection, 0 to 1. Below 120 s SDNN, below 60 s RMSSD are predictors, not clinical heart rate
    variability.

    References
    ----------
    .. [1] Task Force of the ESC and NASPE (1996), Circulation 93(5), 1043-1065.
    .. [2] Munoz et al. (2015), PLoS ONE 10(9), e0138921 (ultra-short recordings).

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 60, 1 / 64)
    >>> windows = np.exp(-0.5 * ((times % 0.8 - 0.3) / 0.08) ** 2)[np.newaxis]
    >>> features = HRVFeatures(rate=64.0).set_output(transform="pandas").fit_transform(windows)
    >>> round(features.loc[0, "mean_nn_ms"])
    800
    """

    modality = "cardiac"
    kinds = ("bvp",)
    version = 2
    feature_names = (*HRV_TIME, "ln_rmssd", "ln_sdnn", "ln_pulse_amplitude", "pulse_amplitude_cv", "quality")

    def __init__(self, rate=64.0, *, min_quality=0.7, min_intervals=8, min_coverage=0.25):
        self.rate = rate
        self.min_quality = min_quality
        self.min_intervals = min_intervals
        self.min_coverage = min_coverage

    def _from_windows(self, windows, rate):
        """Each window on its own, beats found anew."""
        rows = [self._one(window[0], rate, 0.0, np.zeros(1), windows.shape[-1] / rate) for window in windows]
        return np.concatenate(rows) if rows else np.empty((0, len(self.feature_names)))

    def _from_stream(self, stream, starts_s, window_s, companions):
        """Beats of the whole recording, then windows of beats."""
        return self._one(stream.values[0], stream.rate, stream.start_s, starts_s, window_s)

    def _one(self, ppg, rate, start_s, starts_s, window_s):
        """Features of the windows of one series."""
        beats = pulse_beats(ppg, rate)
        rr_ms = nn_intervals(beats.beats_s, beats.quality, min_quality=self.min_quality)
        # An empty stream has no start: no beats either, so any offset serves.
        offset_s = start_s if np.isfinite(start_s) else 0.0
        beats_s = beats.beats_s + offset_s
        indices, coverage = hrv_time_windows(beats_s, rr_ms, starts_s, window_s, min_intervals=self.min_intervals)
        is_good = (beats.quality >= self.min_quality) & (beats.amplitude > 0)
        amplitude = _log_amplitude(beats_s[is_good], beats.amplitude[is_good], starts_s, window_s, self.min_intervals)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(indices[:, [HRV_TIME.index("rmssd_ms"), HRV_TIME.index("sdnn_ms")]])
        logs[~np.isfinite(logs)] = np.nan  # a metronome has no variability to take the logarithm of
        features = np.column_stack([indices, logs, amplitude])
        features[coverage < self.min_coverage] = np.nan
        return np.column_stack([features, coverage])


def _log_amplitude(beats_s, amplitude, starts_s, window_s, min_beats):
    """Mean log amplitude and coefficient of variation of the beats inside each window."""
    firsts = np.searchsorted(beats_s, starts_s)
    lasts = np.searchsorted(beats_s, starts_s + window_s)
    out = np.full((len(starts_s), 2), np.nan)
    for row, first, last in zip(out, firsts, lasts, strict=True):
        if last - first >= min_beats:
            inside = amplitude[first:last]
            row[0] = np.log(inside).mean()
            row[1] = inside.std(ddof=1) / inside.mean() if last - first > 1 else np.nan
    return out
