"""Expression, blinks and head movement of windows, as a scikit-learn transformer."""

from dataclasses import replace

import numpy as np

from .._parallel import over_windows
from .._validate import check_choice, check_number, check_series
from ..exceptions import InvalidArgumentError
from ..face.blinks import eye_closure, find_blinks, perclos, smoothed
from ..face.geometry import MEASURES, face_measures
from ..face.pose import POSE, head_pose
from ..kernels.moments import MOMENTS, window_moments
from ..signals.quality import varying_share
from ..windows import cut
from ._base import WindowFeatures, quiet_nan

__all__ = ["FaceGeometryFeatures"]

#: Channels of windows by what they hold.
_CHANNELS = {
    "face": (*MEASURES, *POSE),
    "landmarks": (*(f"x{k}" for k in range(68)), *(f"y{k}" for k in range(68))),
}
_SERIES = (*MEASURES, *POSE[:3])
_STATISTICS = ("mean", "sd", "slope_per_min", "velocity_rms_per_s", "peak", "range", "onset_s")
_YAW, _ERROR = _CHANNELS["face"].index("yaw_deg"), _CHANNELS["face"].index("pose_error")
_SIGMA_S = 0.05  # of the smoothing before velocities and extremes: landmarks jitter from frame to frame
_BRIDGED_S = 0.1
_FRONTAL_DEG = 30.0
_FITTING = 0.1
_STUCK_S = 1.0
_SLOWEST_RATE = 15.0  # below, blinks fall between frames
_BATCH = 2**21  # samples that are cut at a time


class FaceGeometryFeatures(WindowFeatures):
    """Statistics of facial measures, blinks and movements of the head.

    Parameters
    ----------
    rate : float, default=30.0
        Frames per second of the windows.
    signal : {"face", "landmarks"}, default="face"
        What windows given as arrays hold, which cannot tell; streams do by their kind. ``"face"``: the measures named
        in :data:`physiofer.face.geometry.MEASURES`, then yaw, pitch, roll in degrees and the error of the pose, 20
        channels. ``"landmarks"``: x of the 68 points, then y, 136 channels in pixels.
    neutral : {"none", "recording", "running"}, default="none"
        What is taken from the means as the person's neutral face: nothing, the median over the whole recording, or the
        median of what was recorded up to the end of the window. The latter two need whole recordings, see Notes.
    min_coverage : float, default=0.5
        Least share of frames with a face for a window to have features.

    Attributes
    ----------
    n_features_in_ : int
        Second axis of the windows seen in ``fit``.

    Notes
    -----
    Features of each measure and angle, ``<name>_...``: ``mean``, ``sd``, ``slope_per_min`` (least squares); and, after
    smoothing by a Gaussian of 0.05 s, ``velocity_rms_per_s`` (root mean square), ``peak`` (the highest above the mean),
    ``range`` (highest to lowest) and ``onset_s`` (seconds until the measure is half as far from its mean as it ever
    is). Then ``blink_rate_per_min``, ``blink_duration_s`` (the mean), ``perclos`` (all of
    :mod:`physiofer.face.blinks`), ``pose_energy`` (mean squared angular velocity, summed over the three angles, in
    square degrees per square second) and ``pose_error`` (mean). Blinks are judged by the person's own levels: of the
    whole recording where it is there, else of the window alone. Below 15 frames per second blinks are NaN.

    Quality, each from 0 to 1: ``quality_coverage``, the share of frames with a face; ``quality_frontal``, the share of
    these with a yaw within 30 degrees and a pose error of 0.1 at most; ``quality_varying``, the share of these in which
    the picture does not stand still for a second or longer; ``quality``, their product.

    What a neutral face lets through: ``"running"`` knows the person's past and present only, as a live system does.
    ``"recording"`` also knows his future and the frames of other trials of the recording, but no label and nobody else:
    no leak where subjects are split, a transductive step where the trials of one recording are. As with any
    subtraction of a person's own level, what he shows throughout is lost. The levels of open and closed eyes are, in
    the same way, of the whole recording.

    Streams of irregular frames are laid on an even grid by straight lines between neighbouring frames no more than
    0.1 s apart.

    Examples
    --------
    >>> import numpy as np
    >>> windows = np.zeros((1, 20, 300))
    >>> windows[0, :2] = 0.3
    >>> windows[0, :2, [50, 150, 250]] = windows[0, :2, [51, 151, 251]] = windows[0, :2, [52, 152, 252]] = 0.1
    >>> features = FaceGeometryFeatures(rate=30.0).set_output(transform="pandas").fit_transform(windows)
    >>> features[["blink_rate_per_min", "blink_duration_s", "quality_coverage"]].round(2).values.tolist()
    [[18.0, 0.13, 1.0]]
    """

    modality = "face"
    kinds = ("face", "landmarks")
    feature_names = (
        *(f"{series}_{statistic}" for series in _SERIES for statistic in _STATISTICS), "blink_rate_per_min",
        "blink_duration_s", "perclos", "pose_energy", "pose_error", "quality_coverage", "quality_frontal",
        "quality_varying", "quality",
    )  # fmt: skip

    def __init__(self, rate=30.0, *, signal="face", neutral="none", min_coverage=0.5):
        self.rate = rate
        self.signal = signal
        self.neutral = neutral
        self.min_coverage = min_coverage

    @property
    def n_channels(self):
        """Number of channels of windows: 20 measures and angles, or 136 coordinates."""
        return len(_CHANNELS[self._kind()])

    def transform_stream(self, stream, starts_s, window_s, companions=None):
        """Compute the features of windows of a whole recording, with its levels of open and closed eyes.

        Parameters
        ----------
        stream : Stream
            Of kind ``"face"`` or ``"landmarks"``; its own rate is used. Channels are told by their names, or by their
            order if they have others. Frames without a face are NaN.
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
            If the channels are others.

        Examples
        --------
        >>> import numpy as np
        >>> from physiofer.recording import Stream
        >>> stream = Stream.regular(np.full((20, 900), 0.3), 30.0, kind="face")
        >>> FaceGeometryFeatures().transform_stream(stream, [0.0, 10.0], 10.0).shape
        (2, 142)
        """
        kind = self._kind(stream)
        measures = _frame_by_frame(_picked(stream, _CHANNELS[kind], type(self).__name__), kind)
        even = _evenly(replace(stream, values=measures, channels=_CHANNELS["face"]))
        return self._from_stream(even, check_series(starts_s, name="starts_s"), float(window_s), {})

    def _kind(self, stream=None):
        """What a stream, or else windows, hold."""
        if stream is not None and stream.kind in self.kinds:
            return stream.kind
        return check_choice(self.signal, name="signal", choices=self.kinds)

    def _neutral(self):
        """The checked choice of the neutral face."""
        return check_choice(self.neutral, name="neutral", choices=["none", "recording", "running"])

    def _from_windows(self, windows, rate):
        """Each window on its own."""
        if self._neutral() != "none":
            raise InvalidArgumentError(
                f"neutral={self.neutral!r} needs the whole recording, of which windows alone tell nothing; use "
                "transform_stream or physiofer.pipeline.extract, or neutral='none'."
            )
        n_windows, _, n_times = windows.shape
        measures = _frame_by_frame(windows, self._kind())
        closure = eye_closure(_openness(measures), rate)
        starts_s = np.arange(n_windows) * (n_times / rate)
        found = [find_blinks(row, rate) for row in closure]
        onsets_s = np.concatenate([start + blinks.onset_s for start, blinks in zip(starts_s, found, strict=True)])
        lengths_s = np.concatenate([blinks.duration_s for blinks in found])
        blinks = _blinks_of_windows(onsets_s, lengths_s, starts_s, closure, rate)
        return self._summary(measures, smoothed(measures, rate, sigma_s=_SIGMA_S), blinks, rate, 0.0)

    def _from_stream(self, stream, starts_s, window_s, companions):
        """Smoothed and searched for blinks once, then cut, some windows at a time."""
        closure = eye_closure(_openness(stream.values), stream.rate)
        found = find_blinks(closure, stream.rate)
        onsets_s = found.onset_s + (stream.start_s if stream.n_times else 0.0)
        smooth = smoothed(stream.values, stream.rate, sigma_s=_SIGMA_S)
        whole = replace(stream, values=np.concatenate([stream.values, smooth, [closure]]), channels=())
        neutral = np.broadcast_to(
            _neutral_face(stream, starts_s + window_s, self._neutral()), (len(starts_s), len(_SERIES))
        )
        n_windows = max(int(_BATCH / max(window_s * whole.rate * whole.n_channels, 1.0)), 1)
        table = [np.empty((0, len(self.feature_names)))]
        for first in range(0, len(starts_s), n_windows):
            part = slice(first, first + n_windows)
            windows = cut(whole, starts_s[part], window_s)
            blinks = _blinks_of_windows(onsets_s, found.duration_s, starts_s[part], windows[:, -1], stream.rate)
            halves = windows[:, : stream.n_channels], windows[:, stream.n_channels : -1]
            table.append(self._summary(*halves, blinks, stream.rate, neutral[part]))
        return np.concatenate(table)

    def _summary(self, raw, smooth, blinks, rate, neutral):
        """Features of windows (n_windows, 20, n_times), raw and smoothed, with what is known of blinks."""
        min_coverage = check_number(self.min_coverage, name="min_coverage", low=0.0, high=1.0)
        is_face = np.isfinite(raw[:, : len(MEASURES)]).any(axis=1)
        coverage = is_face.mean(axis=1)
        with np.errstate(invalid="ignore"):
            is_frontal = (np.abs(raw[:, _YAW]) <= _FRONTAL_DEG) & (raw[:, _ERROR] <= _FITTING) & is_face
        frontal = is_frontal.sum(axis=1) / np.maximum(is_face.sum(axis=1), 1)
        varying = varying_share(raw[:, MEASURES.index("jaw_drop")], rate, min_flat_s=_STUCK_S)
        with np.errstate(over="ignore", invalid="ignore"):
            statistics = _statistics(raw[:, : len(_SERIES)], smooth[:, : len(_SERIES)], rate)
            energy = np.square(statistics[:, len(MEASURES) :, _STATISTICS.index("velocity_rms_per_s")]).sum(axis=1)
            statistics[:, :, 0] -= neutral
        features = np.column_stack([
            statistics.reshape(len(raw), -1), blinks, energy, quiet_nan(np.nanmean, raw[:, _ERROR]),
        ])  # fmt: skip
        features[~np.isfinite(features) | (coverage < min_coverage)[:, np.newaxis]] = np.nan
        return np.column_stack([features, coverage, frontal, varying, coverage * frontal * varying])


def _picked(stream, names, who):
    """Values of the channels of these names, or of all in their order if their number is right."""
    if set(names) <= set(stream.channels):
        return stream.values[[stream.channels.index(name) for name in names]]
    if stream.n_channels != len(names):
        raise InvalidArgumentError(
            f"the {stream.kind or 'face'} stream has {stream.n_channels} channels; {who} takes {len(names)}, from "
            f"{names[0]} to {names[-1]}."
        )
    return stream.values


def _frame_by_frame(values, kind):
    """Measures and angles (..., 20, n_times) of what windows or streams hold."""
    if kind == "face":
        return values
    x, y = values[..., :68, :], values[..., 68:, :]
    points = np.stack([x, y], axis=-1).swapaxes(-3, -2)  # (..., n_times, 68, 2)
    return np.concatenate([face_measures(points), head_pose(points)], axis=-1).swapaxes(-2, -1)


def _evenly(stream):
    """The stream on its even grid, frames of irregular times interpolated between neighbours."""
    grid = stream.on_grid()
    times_s = stream.times_s
    if grid.n_times < 2 or (grid.n_times == times_s.size and np.abs(grid.times_s - times_s).max() * grid.rate < 0.01):
        return grid
    before = np.clip(np.searchsorted(times_s, grid.times_s, side="right") - 1, 0, times_s.size - 2)
    gap_s = times_s[before + 1] - times_s[before]
    share = np.divide(grid.times_s - times_s[before], gap_s, out=np.zeros(gap_s.size), where=gap_s > 0.0)
    left, right = stream.values[:, before], stream.values[:, before + 1]
    values = np.where(share == 0.0, left, np.where(share == 1.0, right, left + share * (right - left)))
    is_far = (gap_s > max(_BRIDGED_S, 1.5 / stream.rate)) & (share > 0.0) & (share < 1.0) | (share > 1.0)
    values[:, is_far] = np.nan
    return replace(grid, values=values)


def _openness(measures):
    """How far the eyes are open (..., n_times): the mean of both."""
    return 0.5 * (measures[..., 0, :] + measures[..., 1, :])


def _blinks_of_windows(onsets_s, lengths_s, starts_s, closure, rate):
    """Rate per minute and mean length of the blinks that begin in each window, and PERCLOS."""
    found = np.full((len(starts_s), 3), np.nan)
    found[:, 2] = perclos(closure)
    firsts = np.searchsorted(onsets_s, starts_s)
    counts = np.searchsorted(onsets_s, starts_s + closure.shape[-1] / rate) - firsts
    minutes = np.isfinite(closure).sum(axis=-1) / (60.0 * rate)
    is_seen = minutes > 0.0
    found[is_seen, 0] = counts[is_seen] / minutes[is_seen]
    sums_s = np.concatenate([[0.0], np.cumsum(lengths_s)])
    is_any = is_seen & (counts > 0)
    found[is_any, 1] = (sums_s[firsts + counts] - sums_s[firsts])[is_any] / counts[is_any]
    if rate < _SLOWEST_RATE:
        found[:, :2] = np.nan
    return found


def _neutral_face(stream, stops_s, neutral):
    """Neutral level of each series, (n_series,) or (n_windows, n_series)."""
    values = stream.values[: len(_SERIES)]
    if neutral == "none" or not stream.n_times:
        return np.zeros(len(_SERIES))
    if neutral == "recording":
        return quiet_nan(np.nanpercentile, values, q=50.0)
    # Medians of seconds, and their median so far: within a hair of that of all frames, and no frame is sorted twice.
    n_block = max(int(round(stream.rate)), 1)
    padding = np.full((len(values), -stream.n_times % n_block), np.nan)
    blocks = np.concatenate([values, padding], axis=1).reshape(len(values), -1, n_block)
    seconds = quiet_nan(np.nanpercentile, blocks, q=50.0)
    past = np.floor((np.nan_to_num(stops_s) - stream.start_s) * stream.rate / n_block + 1e-6)
    levels = np.empty((len(past), len(values)))
    for level, n_past in zip(levels, past.clip(1, seconds.shape[1]).astype(int), strict=True):
        level[:] = quiet_nan(np.nanpercentile, seconds[:, :n_past], q=50.0)
    return levels


def _statistics(raw, smooth, rate):
    """The statistics of `_STATISTICS` of windows (n_windows, n_series, n_times), last."""
    shape = raw.shape[:2]
    moments = [np.empty((raw.shape[0] * raw.shape[1], len(MOMENTS))) for _ in range(2)]
    for values, table in zip((raw, smooth), moments, strict=True):
        rows = np.ascontiguousarray(values).reshape(-1, values.shape[-1])
        over_windows(window_moments, len(rows), rows, table)
    _, mean, sd, _, _, slope = moments[0].T.reshape(-1, *shape)
    _, middle, _, least, greatest, _ = moments[1].T.reshape(-1, *shape)
    apart = np.abs(smooth - middle[..., np.newaxis])
    furthest = np.maximum(greatest - middle, middle - least)
    is_half_way = apart >= 0.5 * furthest[..., np.newaxis]
    onset_s = np.where(furthest > 0.0, np.argmax(is_half_way, axis=-1) / rate, np.nan)
    velocity = np.square(rate * np.diff(smooth, axis=-1))
    speed = np.sqrt(quiet_nan(np.nanmean, velocity)) if velocity.shape[-1] else np.full(shape, np.nan)
    return np.stack([mean, sd, 60.0 * rate * slope, speed, greatest - middle, greatest - least, onset_s], axis=-1)
