"""Heart rate variability of windows of ECG or pulse wave, as a scikit-learn transformer."""

import warnings
from functools import partial
from types import MappingProxyType

import numpy as np

from .._validate import check_choice, check_number, check_windows
from ..exceptions import QualityWarning
from ..signals import quality
from ..signals.cardiac import HRV, Beats, hrv_rows, hrv_windows, nn_intervals, nn_intervals_windows
from ..signals.cardiac.ecg import ecg_beats_windows
from ..signals.cardiac.pulse import pulse_beats_windows
from ..signals.motion import in_spans, moving_spans
from ..windows import cut
from ._base import WindowFeatures, noise_like, quiet_nan
from ._beats import beats_of
from ._intervals import beats_of_intervals, told_share, trusted_intervals

__all__ = ["HRVFeatures"]

_INDICES = tuple(name for name in HRV if not name.startswith("valid_"))
_IS_VALID = np.array([name.startswith("valid_") for name in HRV])
_LOGARITHMS = ("rmssd_ms", "sdnn_ms", "lf_ms2", "hf_ms2")
_BEATS_WINDOWS = {"bvp": pulse_beats_windows, "ecg": ecg_beats_windows}
_PULSE_HZ = (0.5, 5.0)
_STUCK_S = 1.0  # no living pulse stands still so long


class HRVFeatures(WindowFeatures):
    """Heart rate variability of windows of ECG or blood volume pulse, or of recordings of beat intervals.

    Parameters
    ----------
    rate : float, default=64.0
        Sampling rate of the windows in Hz, at least 20 for a pulse wave, 25 for an ECG.
    signal : {"bvp", "ecg"}, default="bvp"
        What the windows given to `transform` are: an ECG taken for a pulse wave has no usable beats. A stream says so
        itself; in a recording the ECG comes first, then the pulse wave, then intervals (kind ``"rr"``).
    min_quality : float, default=0.7
        Least template correlation of a beat that counts.
    min_intervals : int, default=8
        Fewest surviving intervals for a window to have indices.
    min_coverage : float, default=0.25
        Least share of the window that surviving intervals must cover for it to have features: in pure noise a tenth
        survives by chance.
    max_motion_g : float or None, default=None
        Beats during movement above this dynamic acceleration (see :func:`physiofer.signals.motion.moving`) do not
        count, where the recording has an accelerometer. None trusts the template correlation alone.

    Attributes
    ----------
    n_features_in_ : int
        Second axis of the windows seen in ``fit``.

    Notes
    -----
    Features: the indices of :func:`physiofer.signals.cardiac.hrv`, each NaN below its minimum; ``ln_rmssd_ms``,
    ``ln_sdnn_ms``, ``ln_lf_ms2``, ``ln_hf_ms2`` (natural logarithms, closer to normal); ``ln_pulse_amplitude`` (mean
    logarithm of the good beats' amplitudes, in the sensor's unit) and ``pulse_amplitude_cv`` (their relative spread),
    NaN for an ECG. Then the quality, 0 to 1: ``quality_present``, ``quality_varying`` and ``quality_unclipped`` of the
    samples, ``quality_template`` (median template correlation of the beats found), ``quality_spectral`` (share of the
    power at the heart rate and its harmonic), whether the window is long and whole enough for each group of indices
    (``quality_time`` to ``quality_nonlinear``), and ``quality``, the share of the window covered by intervals that
    survive artefact rejection.

    Beat intervals, a stream of kind ``"rr"`` in ms (or s, if its unit says so), each at the time of the beat that ends
    it, go through the same rejection. An interval that does not begin, within half of itself, where the one before ends
    follows a gap. ``quality_present`` is then the share of the window in intervals given; amplitudes are NaN, and the
    parts of the quality that take a wave to see are 0.

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
    kinds = ("ecg", "bvp", "rr")
    companions = ("acceleration",)
    restatements = MappingProxyType(
        {"sdsd_ms": "rmssd_ms", "sd1_ms": "rmssd_ms", "hf_nu": "lf_nu", "lomb_hf_nu": "lomb_lf_nu"}
    )
    version = 4
    feature_names = (
        *_INDICES,
        *(f"ln_{name}" for name in _LOGARITHMS),
        "ln_pulse_amplitude",
        "pulse_amplitude_cv",
        "quality_present",
        "quality_varying",
        "quality_unclipped",
        "quality_template",
        "quality_spectral",
        *(name.replace("valid_", "quality_") for name in HRV if name.startswith("valid_")),
        "quality",
    )

    def __init__(
        self, rate=64.0, *, signal="bvp", min_quality=0.7, min_intervals=8, min_coverage=0.25, max_motion_g=None
    ):
        self.rate = rate
        self.signal = signal
        self.min_quality = min_quality
        self.min_intervals = min_intervals
        self.min_coverage = min_coverage
        self.max_motion_g = max_motion_g

    def _from_windows(self, windows, rate):
        """Each window on its own, beats found anew."""
        signal = check_choice(self.signal, name="signal", choices=_BEATS_WINDOWS)
        window_s = windows.shape[-1] / rate
        beats = _BEATS_WINDOWS[signal](windows[:, 0], rate)
        rr_ms = nn_intervals_windows(beats.beats_s, beats.quality, min_quality=self.min_quality)
        indices, coverage = hrv_rows(beats.beats_s, rr_ms, window_s, min_intervals=self.min_intervals)
        inside = np.isfinite(beats.beats_s)
        per_beat = [np.where(inside, part, np.nan) for part in (beats.quality, beats.amplitude)]
        features = self._of_waves(signal, windows[:, 0], rate, indices, coverage, *per_beat)
        _warn_without_beats(features, windows[:, 0], signal)
        return features

    def transform_stream(self, stream, starts_s, window_s, companions=None):
        """Compute the features of windows of a whole recording: beats are found once, then windows are cut.

        Parameters
        ----------
        stream : Stream
            ECG or pulse wave, whose own rate is used, or beat intervals of kind ``"rr"``.
        starts_s : array-like of shape (n_windows,)
            Start of each window in seconds on the recording's clock.
        window_s : float
            Length of the windows in seconds.
        companions : dict of str to Stream, optional
            The accelerometer of the same recording, ``{"acceleration": stream}``.

        Returns
        -------
        ndarray of shape (n_windows, n_features)

        Raises
        ------
        InvalidArgumentError
            If the stream has several channels, or its intervals do not stand at the beats that end them.

        Examples
        --------
        >>> from physiofer.recording import Stream
        >>> beats_s = np.arange(0.0, 61.0, 0.8)
        >>> stream = Stream(1000.0 * np.diff(beats_s), beats_s[1:], 0.0, unit="ms", kind="rr")
        >>> float(HRVFeatures().transform_stream(stream, [0.0], 60.0)[0, 0].round(3))
        800.0
        """
        if stream.kind != "rr" or stream.n_channels != 1:
            return super().transform_stream(stream, starts_s, window_s, companions)
        starts_s, window_s = check_windows(starts_s, window_s)
        beats_s, rr_ms = beats_of_intervals(stream)
        grade = self._without_motion(np.ones(beats_s.size), beats_s, (companions or {}).get("acceleration"))
        kept_ms = trusted_intervals(rr_ms, grade, self.min_quality)
        indices, coverage = hrv_windows(beats_s, kept_ms, starts_s, window_s, min_intervals=self.min_intervals)
        parts = np.zeros((starts_s.size, 5))
        parts[:, 0] = told_share(beats_s, rr_ms, starts_s, window_s)
        return self._assemble(indices, coverage, np.full((starts_s.size, 2), np.nan), parts)

    def _from_stream(self, stream, starts_s, window_s, companions):
        """Beats of the whole recording, then windows of beats."""
        signal = stream.kind if stream.kind in _BEATS_WINDOWS else self.signal
        return self._of_beats(stream, beats_of(stream.values[0], stream.rate, signal), starts_s, window_s, companions)

    def _first_calls(self, stream):
        """Beats apart from what becomes of them: they take as long to compile as everything else."""
        if stream.kind == "rr":
            return []  # little to compile that beats do not need as well
        stream = noise_like(stream.on_grid())
        signal = stream.kind if stream.kind in _BEATS_WINDOWS else self.signal
        beats_s = np.arange(0.5, stream.duration_s, 0.8)
        beats = Beats(beats_s, *np.ones((2, beats_s.size)))
        return [
            partial(beats_of, stream.values[0], stream.rate, signal),
            partial(self._of_beats, stream, beats, np.zeros(1), stream.duration_s, {}),
        ]

    def _of_beats(self, stream, beats, starts_s, window_s, companions):
        """Features of windows of a recording whose beats are known."""
        signal = stream.kind if stream.kind in _BEATS_WINDOWS else self.signal
        # An empty stream has no start: no beats either, so any offset serves.
        beats_s = beats.beats_s + (stream.start_s if np.isfinite(stream.start_s) else 0.0)
        grade = self._without_motion(beats.quality, beats_s, companions.get("acceleration"))
        rr_ms = nn_intervals(beats_s, grade, min_quality=self.min_quality)
        indices, coverage = hrv_windows(beats_s, rr_ms, starts_s, window_s, min_intervals=self.min_intervals)
        per_beat = _rows(beats_s, starts_s, window_s, grade, beats.amplitude)
        windows = cut(stream, starts_s, window_s)[:, 0]
        return self._of_waves(signal, windows, stream.rate, indices, coverage, *per_beat)

    def _without_motion(self, grade, beats_s, acceleration):
        """Quality of beats, 0 during movement."""
        if self.max_motion_g is None or acceleration is None:
            return grade
        acceleration = acceleration.on_grid()
        spans_s = moving_spans(
            acceleration.values, acceleration.rate, threshold_g=self.max_motion_g, start_s=acceleration.start_s
        )
        return np.where(in_spans(beats_s, spans_s), np.minimum(grade, 0.0), grade)

    def _of_waves(self, signal, windows, rate, indices, coverage, grade, amplitude):
        """Features from indices, and from grade and amplitude of each window's beats, rows padded by NaN."""
        heights = _amplitude(np.where(grade >= self.min_quality, amplitude, np.nan), self.min_intervals)
        if signal == "ecg":
            heights[:] = np.nan
        parts = np.column_stack(
            [
                quality.present_share(windows),
                quality.varying_share(windows, rate, min_flat_s=_STUCK_S),
                quality.unclipped_share(windows),
                _typical(grade),
                quality.spectral_purity(windows, rate, *_PULSE_HZ),
            ]
        )
        return self._assemble(indices, coverage, heights, parts)

    def _assemble(self, indices, coverage, heights, parts):
        """Features from indices, heights of beats and parts of the quality; NaN where too little is covered."""
        min_coverage = check_number(self.min_coverage, name="min_coverage", low=0.0, high=1.0)
        if self.max_motion_g is not None:
            check_number(self.max_motion_g, name="max_motion_g", low=0.0, low_open=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(indices[:, [HRV.index(name) for name in _LOGARITHMS]])
        logs[~np.isfinite(logs)] = np.nan  # a metronome has no variability to take the logarithm of
        features = np.column_stack([indices[:, ~_IS_VALID], logs, heights])
        is_valid = indices[:, _IS_VALID]
        is_poor = coverage < min_coverage
        features[is_poor] = np.nan
        is_valid[is_poor] = 0.0
        return np.column_stack([features, parts, is_valid, coverage])


def _warn_without_beats(features, windows, signal):
    """Say so if no window has features although some vary: they may hold another signal."""
    is_varying = quiet_nan(np.nanmax, windows) > quiet_nan(np.nanmin, windows)
    if is_varying.any() and np.isnan(features[:, 0]).all():
        warnings.warn(
            f"no window has enough good beats of signal={signal!r}: every feature is NaN. Say what the windows hold by "
            f"signal={'bvp' if signal == 'ecg' else 'ecg'!r}, or check the rate.",
            QualityWarning,
            stacklevel=5,
        )


def _rows(beats_s, starts_s, window_s, *per_beat):
    """Values of the beats inside each window, (n_windows, n_max), rows padded by NaN."""
    firsts = np.searchsorted(beats_s, starts_s)
    counts = np.maximum(np.searchsorted(beats_s, starts_s + window_s) - firsts, 0)
    place = np.arange(counts.max(initial=0))
    which = np.minimum(firsts[:, np.newaxis] + place, max(beats_s.size - 1, 0))
    inside = place < counts[:, np.newaxis]
    return [
        np.where(inside, values[which], np.nan) if values.size else np.full(inside.shape, np.nan) for values in per_beat
    ]


def _amplitude(amplitude, min_beats):
    """Mean log amplitude and coefficient of variation of each row of beats; NaN with fewer than `min_beats`."""
    amplitude = np.where(amplitude > 0, amplitude, np.nan)
    there = np.isfinite(amplitude)
    count = there.sum(axis=1)
    is_enough = count >= max(min_beats, 2)
    total = np.maximum(count, 1)
    mean_log = _row_sums(np.log(np.where(there, amplitude, 1.0))) / total
    mean = _row_sums(np.where(there, amplitude, 0.0)) / total
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        squares = np.square(np.where(there, amplitude - mean[:, np.newaxis], 0.0))
        spread = np.sqrt(_row_sums(squares) / (count - 1)) / mean
    return np.where(is_enough & np.isfinite(spread), [mean_log, spread], np.nan).T


def _row_sums(values):
    """Sums from left to right, which zeros at the end do not change: NumPy's depend on how far rows are padded."""
    return values.cumsum(axis=1)[:, -1] if values.shape[1] else np.zeros(len(values))


def _typical(grade):
    """Median quality of the beats of each row, 0 to 1; 0 without a beat."""
    ordered = np.sort(np.where(np.isfinite(grade), grade, np.inf), axis=1)
    count = np.isfinite(grade).sum(axis=1)
    if not ordered.shape[1]:
        return np.zeros(len(grade))
    rows = np.arange(len(grade))
    middle = 0.5 * (
        ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, np.minimum(count // 2, ordered.shape[1] - 1)]
    )
    return np.where(count > 0, np.clip(middle, 0.0, 1.0), 0.0)
