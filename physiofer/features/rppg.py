"""Remote pulse of windows of colour traces, as a scikit-learn transformer."""

from dataclasses import replace

import numpy as np

from .._validate import check_count, check_number, check_rate, check_windows
from ..exceptions import InvalidArgumentError
from ..recording import Stream
from ..remote_pulse import BACKGROUND, agrees, beats_of_wave, beats_told, regions_of
from ..signals.cardiac import hrv_windows, nn_intervals
from ..signals.respiration import beat_baseline
from ..signals.respiration.modulations import fused_rates, modulation_grids
from ..signals.rppg import HeartRate, frame_rate, heart_rate, pulse, pulse_snr, resample
from ..signals.rppg.quality import MIN_RATE
from ..windows import cut
from ._base import WindowFeatures

__all__ = ["RPPGFeatures"]

_SUB_S, _STEP_S, _LEAST_S = 10.0, 1.0, 4.0  # windows of the spectra within a window, their step, and the shortest
_MIN_BEAT_QUALITY = 0.7
_HRV = ("mean_nn_ms", "sdnn_ms", "rmssd_ms", "pnn50")
_HRV_PLACES = (0, 2, 3, 6)
_NO_BREATHING = 0.25  # purity of a rhythm that noise hardly exceeds
_SLACK_S = 1e-6


class RPPGFeatures(WindowFeatures):
    """Heart rate, its variability and respiration from the colours of skin on video.

    Parameters
    ----------
    rate : float, default=30.0
        Frames per second of the windows, at least 5.
    method : str, default="pos+green"
        Name of the method, or several joined by a plus sign, see :func:`physiofer.signals.rppg.pulse`.
    regions : sequence of str, default=("forehead", "left_cheek", "right_cheek")
        What the channels of windows are: R, G and B of the first region, of the second, and so on. ``"background"``
        among them is the reference. Streams say it by the names of their channels.
    min_quality : float, default=0.2
        Quality of ten seconds below which they have no heart rate.
    min_intervals : int, default=8
        Fewest trusted intervals between beats for a window to have heart rate variability.

    Attributes
    ----------
    n_features_in_ : int
        Second axis of the windows seen in ``fit``: three times the number of regions.

    Notes
    -----
    Windows are of shape (n_windows, 3 * n_regions, n_frames), in grey levels, at a regular rate; frames without a face
    are NaN, and up to 0.25 s of them are bridged. A region that was not seen is NaN. Streams have channels named
    ``<region>_r``, ``<region>_g`` and ``<region>_b``, any regions in any order, and may be irregular; with fewer than
    five frames a second their features are NaN.

    Features, all NaN where there is no heart rate: ``hr_bpm`` and ``hr_sd_bpm``, mean and standard deviation of the
    heart rate over ten seconds in steps of one, weighted by quality (:func:`physiofer.signals.rppg.heart_rate`), of as
    few readings as there are, for the quality tells how few;
    ``mean_nn_ms``, ``sdnn_ms``, ``rmssd_ms`` and ``pnn50`` from the trusted beats of the pulse wave, put on 60 Hz by
    cubic splines, in the ten seconds with a heart rate, and NaN where they come at another rate, by more than a tenth;
    ``snr_db``, mean signal-to-noise ratio of the pulse; ``resp_rate_per_min`` from the beats
    (:func:`physiofer.signals.respiration.respiration_from_beats`), NaN where that is no better than noise.

    Parts of the quality, 0 to 1: ``quality_present``, share of the window with a pulse wave; ``quality_spectral``, mean
    quality of its ten seconds; ``quality_agreement``, mean correlation of the regions' waves with the pooled one, as
    they are weighted; ``quality_beats``, share of the window in trusted intervals. ``quality`` is the product of the
    first two.

    References
    ----------
    .. [1] Wang, den Brinker, Stuijk & de Haan (2017), IEEE Trans. Biomedical Engineering 64(7), 1479-1491.

    Examples
    --------
    >>> import numpy as np
    >>> blood = 0.005 * np.sin(2 * np.pi * 1.2 * np.arange(900) / 30.0)
    >>> rgb = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood)
    >>> features = RPPGFeatures(rate=30.0, regions=("cheek",)).set_output(transform="pandas")
    >>> features.fit_transform(rgb[np.newaxis]).loc[0, ["hr_bpm", "quality"]].round(1).tolist()
    [72.0, 1.0]
    """

    modality = "rppg"
    kinds = ("rgb",)
    feature_names = (
        "hr_bpm", "hr_sd_bpm", *_HRV, "snr_db", "resp_rate_per_min", "quality_present", "quality_spectral",
        "quality_agreement", "quality_beats", "quality",
    )  # fmt: skip

    def __init__(
        self,
        rate=30.0,
        *,
        method="pos+green",
        regions=("forehead", "left_cheek", "right_cheek"),
        min_quality=0.2,
        min_intervals=8,
    ):
        self.rate = rate
        self.method = method
        self.regions = regions
        self.min_quality = min_quality
        self.min_intervals = min_intervals

    @property
    def n_channels(self):
        """Number of channels: three of each region."""
        return 3 * len(_checked(self.regions))

    def transform_stream(self, stream, starts_s, window_s, companions=None):
        """Compute the features of windows of a whole recording, in which pulse and beats are found once.

        Parameters
        ----------
        stream : Stream
            Colours of kind ``"rgb"``, regions told by the names of the channels; its own rate is used, or that of its
            frames if it is irregular.
        starts_s : array-like of shape (n_windows,)
            Start of each window in seconds on the recording's clock.
        window_s : float
            Length of the windows in seconds.
        companions : dict of str to Stream, optional
            Ignored.

        Returns
        -------
        ndarray of shape (n_windows, n_features)

        Raises
        ------
        InvalidArgumentError
            If the channels name no region of skin.

        Examples
        --------
        >>> import numpy as np
        >>> from physiofer.recording import Stream
        >>> blood = 0.005 * np.sin(2 * np.pi * 1.2 * np.arange(1800) / 30.0)
        >>> rgb = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood)
        >>> stream = Stream.regular(rgb, 30.0, channels=["cheek_r", "cheek_g", "cheek_b"], kind="rgb")
        >>> RPPGFeatures().transform_stream(stream, [0.0, 30.0], 30.0)[:, 0].round(1).tolist()
        [72.0, 72.0]
        """
        _, rgb, background = regions_of(self._named(stream))
        starts_s, window_s = check_windows(starts_s, window_s)
        rate = stream.rate or frame_rate(stream.times_s)
        if not stream.n_times or not rate >= MIN_RATE:  # too few frames for a pulse
            return self._features(np.full((1, 3, 0), np.nan), None, check_rate(self.rate), 0.0, starts_s, window_s)
        grid = resample(rgb, stream.times_s, check_rate(rate))
        behind = None if background is None else resample(background, stream.times_s, grid.rate).values
        return self._features(grid.values, behind, grid.rate, grid.start_s, starts_s, window_s)

    def _named(self, stream):
        """The stream; one whose channels have no names of their own has those of `regions`."""
        names = _checked(self.regions)
        if stream.channels != tuple(f"ch{k}" for k in range(3 * len(names))):
            return stream
        return replace(stream, channels=tuple(f"{name}_{colour}" for name in names for colour in "rgb"))

    def _from_windows(self, windows, rate):
        """Each window on its own."""
        is_skin = np.array([name != BACKGROUND for name in _checked(self.regions)])
        window_s = windows.shape[-1] / rate
        table = np.empty((len(windows), len(self.feature_names)))
        times_s = np.arange(windows.shape[-1]) / rate
        for row, window in zip(table, windows, strict=True):
            if np.isnan(window).any():  # gaps are bridged as they are in a recording
                window = resample(window, times_s, rate).values if times_s.size > 1 else window
            colours = window.reshape(is_skin.size, 3, -1)
            background = None if is_skin.all() else colours[~is_skin][0]
            row[:] = self._features(colours[is_skin], background, rate, 0.0, np.zeros(1), window_s)[0]
        return table

    def _features(self, rgb, background, rate, start_s, starts_s, window_s):
        """Features of windows of colours (n_regions, 3, n_frames) whose first frame is at `start_s`."""
        min_quality = check_number(self.min_quality, name="min_quality", low=0.0, high=1.0)
        min_intervals = check_count(self.min_intervals, name="min_intervals", low=1)
        found = pulse(rgb, rate, method=self.method, background=background)
        sub_s = min(_SUB_S, window_s)
        by_second = _by_second(found.bvp, rate, sub_s, min_quality)
        rates, spread, snr_db, spectral = _rates(by_second, found.bvp, rate, start_s, starts_s, window_s)
        beats = beats_told(beats_of_wave(found.bvp, rate), by_second, sub_s)
        rr_ms = nn_intervals(beats.beats_s, beats.quality, min_quality=_MIN_BEAT_QUALITY)
        hrv, coverage = hrv_windows(
            beats.beats_s + start_s, rr_ms, starts_s, window_s, indices=("time",), min_intervals=min_intervals
        )
        hrv[~agrees(hrv[:, _HRV_PLACES[0]], rates)] = np.nan
        breathing = _breathing(rgb, rate, beats, rr_ms, starts_s - start_s, window_s)
        present, agreeing = _shares(found, rate, start_s, starts_s, window_s)
        columns = [rates, spread, *hrv[:, _HRV_PLACES].T, snr_db, breathing]
        features = np.where(np.isfinite(rates), columns, np.nan)
        return np.column_stack([*features, present, spectral, agreeing, coverage, present * spectral])


def _checked(regions):
    """The names of the regions, each once, skin among them."""
    names = tuple(regions) if isinstance(regions, (list, tuple)) else ()
    is_name = all(isinstance(name, str) and name for name in names)
    if not is_name or len(set(names)) < len(names) or not set(names) - {BACKGROUND}:
        raise InvalidArgumentError(
            f"regions={regions!r} must be a list or tuple of different names, not of the background alone, such as "
            "('forehead', 'left_cheek')."
        )
    return names


def _by_second(bvp, rate, sub_s, min_quality):
    """Heart rate of windows of ten seconds, or as short as the features', a second apart; none below four seconds."""
    if sub_s < _LEAST_S:
        return HeartRate(np.empty(0), np.empty(0), np.empty(0), np.nan)
    return heart_rate(bvp, rate, window_s=sub_s, step_s=_STEP_S, min_quality=min_quality)


def _rates(found, bvp, rate, start_s, starts_s, window_s):
    """Mean and spread of the heart rate, mean signal-to-noise ratio and mean quality of each window."""
    out = np.full((4, starts_s.size), np.nan)
    out[3] = 0.0
    if not found.times_s.size:
        return out
    sub_s = min(_SUB_S, window_s)
    length = min(int(round(sub_s * rate)), bvp.size)
    firsts = np.rint(found.times_s * rate - 0.5 * length).astype(np.int64)
    rows = np.lib.stride_tricks.sliding_window_view(bvp, length)[firsts]
    snr_db = pulse_snr(rows, rate, found.bpm)
    first_s = start_s + found.times_s - 0.5 * length / rate
    for k, begin_s in enumerate(starts_s):
        slack_s = 0.5 / rate + _SLACK_S
        inside = (first_s >= begin_s - slack_s) & (first_s + length / rate <= begin_s + window_s + slack_s)
        if not inside.any():
            continue
        out[3, k] = found.quality[inside].mean()
        told = inside & np.isfinite(found.bpm)
        if told.any():
            weight = found.quality[told] / found.quality[told].sum()
            out[0, k] = weight @ found.bpm[told]
            out[1, k] = np.sqrt(weight @ (found.bpm[told] - out[0, k]) ** 2)
            heard = np.isfinite(snr_db[told])
            out[2, k] = snr_db[told][heard].mean() if heard.any() else np.nan
    return out


def _breathing(rgb, rate, beats, rr_ms, starts_s, window_s):
    """Respiration rate of each window from intervals, amplitude and the level of green; NaN where it is like noise."""
    there = np.isfinite(rgb[:, 1])
    level = np.where(there, rgb[:, 1], 0.0).sum(axis=0) / np.where(there.any(axis=0), there.sum(axis=0), np.nan)
    is_good = (beats.quality >= _MIN_BEAT_QUALITY) & (beats.amplitude > 0.0)
    series = [beats.amplitude, beat_baseline(level, rate, beats.beats_s)]
    series = [np.where(is_good, values, np.nan) for values in series]
    found = modulation_grids(beats.beats_s, rr_ms, series, starts_s, window_s)
    rate_per_min, purity, coverage = fused_rates(*found, window_s)
    return np.where((purity > _NO_BREATHING) & (coverage > 0.0), rate_per_min, np.nan)


def _shares(found, rate, start_s, starts_s, window_s):
    """Share of each window with a pulse wave, and mean correlation of the regions' waves with it."""
    if not found.bvp.size:
        return np.zeros((2, starts_s.size))
    whole = Stream.regular(np.vstack([found.bvp, found.weights, found.region_bvps]), rate, start_s=start_s)
    n_regions = len(found.weights)
    out = np.zeros((2, starts_s.size))
    for k, begin_s in enumerate(starts_s):
        window = cut(whole, [begin_s], window_s)[0]
        there = np.isfinite(window[0])
        out[0, k] = there.mean()
        bvp, weight, waves = np.split(np.nan_to_num(window, nan=0.0), [1, 1 + n_regions])
        size = np.sqrt(np.square(bvp).sum() * np.square(waves).sum(axis=1))
        alike = np.divide(waves @ bvp[0], size, out=np.zeros(n_regions), where=size > 0.0)
        say = weight.sum(axis=1)
        out[1, k] = np.clip(alike @ say / say.sum(), 0.0, 1.0) if say.sum() > 0.0 else 0.0
    return out
