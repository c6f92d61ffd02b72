"""From a video to a recording: the tracked face, the colours of its skin and what it does, as streams.

Frames pass by one at a time and none is kept: what remains of a face is numbers.
"""

import os
import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from numbers import Real
from pathlib import Path

import numpy as np

from ._progress import progress_reporter
from ._validate import check_number, check_path, check_series
from .exceptions import InvalidArgumentError, MissingExtraError, QualityWarning
from .face.geometry import MEASURES, face_measures
from .face.landmarks import N_POINTS, LandmarkModel
from .face.pose import POSE, head_pose
from .face.regions import COLUMNS, REGIONS, RegionReader
from .face.tracking import FaceTracker
from .io.frames import Frame
from .io.video import open_video
from .recording import Recording, Stream
from .signals.rppg import frame_rate

__all__ = ["VIDEO_SUFFIXES", "LabelledFilm", "film_streams", "read_face_video"]

#: Endings of the files that are taken for videos where a folder is looked through.
VIDEO_SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv")

_BATCH = 512  # frames that are put together: lists of single frames would take as much memory as their numbers
_REPORT_S = 0.2
_SOON_S = 1.0  # as long as a tracker holds a face that is lost
_HEART_KINDS = {"ecg": 25.0, "bvp": 20.0}  # streams with beats in them, and the lowest rate in Hz that shows them


def read_face_video(
    path, *, subject=None, session="1", regions=REGIONS, landmarks="auto", start_s=0.0, threads=1, progress=False
):
    """Read a video of a face as a recording.

    Parameters
    ----------
    path : path-like
        A video file.
    subject : str, optional
        Whose face it is; by default the name of the file without its ending.
    session : str, default="1"
        Which sitting.
    regions : sequence of str, default=REGIONS
        Names of ``face.regions.REGIONS`` or ``face.regions.PATCHES``.
    landmarks : {"auto", "none"}, path-like or LandmarkModel, default="auto"
        Model of 68 points: that of the ``landmarks`` extra, none, or a file of dlib's. ``"auto"`` without the extra
        works without points, and says so: pulse there is, from regions of the face's box, but no expression.
    start_s : float, default=0.0
        Where second 0 of the video lies on the recording's clock.
    threads : int, default=1
        Threads of the decoder; 0 lets it take as many as there are cores.
    progress : bool or callable, default=False
        A bar on standard error, or a function of frames done, frames in all (or None) and a text.

    Returns
    -------
    Recording
        Streams ``rgb`` (mean R, G and B, 0 to 255, of each region), ``skin`` (pixels and clipped share of each) and
        ``face`` (``face.geometry.MEASURES`` and head pose), at the frames' own times. NaN where no face was found.

    Raises
    ------
    UnreadableDataError
        If the file is no video, or holds fewer frames than it says.
    MissingExtraError
        If a model of landmarks is wanted and its file or package is not there.

    Warns
    -----
    QualityWarning
        If no frame holds a face, another face takes the place of one, or the ``landmarks`` extra is not installed.

    See Also
    --------
    film_streams : The same from any source of frames, such as a folder of images or a camera.

    Examples
    --------
    >>> read_face_video("nowhere.mp4")
    Traceback (most recent call last):
        ...
    physiofer.exceptions.UnreadableDataError: nowhere.mp4: there is no such file.
    """
    path = check_path(path)
    start_s = check_number(start_s, name="start_s")
    with open_video(path, threads=threads) as video:
        streams = film_streams(video, regions=regions, landmarks=landmarks, start_s=start_s, progress=progress)
        meta = {"source": video.name, "size": list(video.size), "n_frames": streams["rgb"].n_times}
    return Recording(path.stem if subject is None else subject, session, streams, meta=meta)


def film_streams(frames, *, regions=REGIONS, landmarks="auto", tracker=None, start_s=0.0, progress=False):
    """Track the face through frames and read its colours and its measures.

    Parameters
    ----------
    frames : FrameSource or iterable of Frame
        As ``io.open_video``, ``io.open_images`` or ``io.open_camera`` give them.
    regions, landmarks, start_s, progress
        As in :func:`read_face_video`.
    tracker : FaceTracker, optional
        One with a detector of your own; `landmarks` is then not looked at. It is reset before the first frame.

    Returns
    -------
    dict of str to Stream
        ``rgb``, ``skin`` and ``face``; empty streams if there is no frame.

    Raises
    ------
    InvalidArgumentError
        If `frames` are not frames but a path, say, or `tracker` is none.
    MissingExtraError
        If `landmarks` is a path or model that is not there.

    Warns
    -----
    QualityWarning
        If no frame holds a face, another face takes the place of one, or the ``landmarks`` extra is not installed.

    Examples
    --------
    >>> from physiofer.io.frames import Frame, colour_map
    >>> grey = np.full((48, 64), 120, np.uint8)
    >>> frames = [Frame(k, k / 30, grey, None, colour_map(6, is_full_range=True)) for k in range(3)]
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # nobody is to be seen
    ...     streams = film_streams(frames, landmarks="none")
    >>> streams["rgb"]
    <Stream rgb: 15 x 3 at 30 Hz, 0.1 s, levels>
    """
    if isinstance(frames, str | os.PathLike) or not isinstance(frames, Iterable):
        message = f"frames={frames!r} must be frames; open them first: io.open_video, io.open_images or io.open_camera."
        raise InvalidArgumentError(message)
    if tracker is None:
        tracker = FaceTracker(landmarks=_model(landmarks))
    elif not isinstance(tracker, FaceTracker):
        raise InvalidArgumentError(f"tracker={tracker!r} must be a FaceTracker.")
    tracker.reset()
    reader = RegionReader(regions=regions)
    film = _Film(reader.names)
    total = getattr(frames, "n_declared", None)
    with progress_reporter(progress, "frames") as report:
        began = told = time.monotonic()
        for frame in frames:
            if not isinstance(frame, Frame):
                message = f"frames holds a {type(frame).__name__}; each must be a Frame, as io.open_video gives them."
                raise InvalidArgumentError(message)
            faces = tracker.update(frame.luma, frame.time_s)
            film.add(frame, faces[0] if faces else None, reader)
            now = time.monotonic()
            if report is not None and (now - told > _REPORT_S or len(film) == total):
                report(len(film), total, f"{len(film) / (now - began):.0f}/s")
                told = now
    streams = film.streams(start_s)
    name = getattr(frames, "name", "the film")
    if not np.isfinite(streams["rgb"].values).any():
        warnings.warn(f"{name}: there is no face in any of its {len(film)} frames.", QualityWarning, stacklevel=3)
    if film.n_changes:
        message = f"{name}: it shows more than one face in turn ({film.n_changes} times another one takes over), and"
        message += " what is read is not of one person; cut it where the faces change."
        warnings.warn(message, QualityWarning, stacklevel=3)
    return streams


@dataclass(frozen=True, eq=False)
class LabelledFilm:
    """A film of one person's face on disk: whose it is, what it is labelled with, and how the heart beat meanwhile.

    Parameters
    ----------
    video : path-like
        The video file. It is opened when it is read.
    subject : str
        Whose face it is.
    labels : dict of str to float or str
        Labels of the whole film by name, such as ratings.
    heart : Stream, array-like of shape (n_beats,) or float, optional
        An ECG (kind ``"ecg"``) or a pulse wave (kind ``"bvp"``), or times of beats in seconds, either on the video's
        clock; or one heart rate in bpm for the whole film.
    start_s, stop_s : float, optional
        The part of the video that counts, in seconds on its clock; all of it by default.
    recording : str, optional
        What the film is called; the name of the file without its ending by default.

    Raises
    ------
    InvalidArgumentError
        If a label is missing (leave the film out instead), `heart` is nothing of this kind, or the part is empty.

    See Also
    --------
    physiofer.crnn.write_face_folder_from_films : Windows of the face out of such films.

    Examples
    --------
    >>> film = LabelledFilm("faces/s01_trial01.avi", "s01", {"valence": 7.7}, heart=[0.4, 1.2, 2.0], stop_s=60.0)
    >>> film.recording, film.heart.tolist()
    ('s01_trial01', [0.4, 1.2, 2.0])
    """

    video: Path
    subject: str
    labels: Mapping
    heart: Stream | np.ndarray | float | None = field(default=None, repr=False)
    start_s: float | None = None
    stop_s: float | None = None
    recording: str | None = None

    def __post_init__(self):
        set_to = {"video": check_path(self.video, name="video"), "labels": _checked_labels(self.labels)}
        for name in ("start_s", "stop_s"):
            value = getattr(self, name)
            set_to[name] = None if value is None else check_number(value, name=name)
        if self.start_s is not None and self.stop_s is not None and not self.start_s < self.stop_s:
            raise InvalidArgumentError(f"stop_s={self.stop_s!r} must be after start_s={self.start_s!r}.")
        set_to["heart"] = _checked_heart(self.heart)
        set_to["recording"] = set_to["video"].stem if self.recording is None else self.recording
        for name, text in {"subject": self.subject, "recording": set_to["recording"]}.items():
            if not isinstance(text, str) or not text.strip():
                raise InvalidArgumentError(f"{name}={text!r} must be a name.")
        for name, value in set_to.items():
            object.__setattr__(self, name, value)


class _Film:
    """What is kept of the frames: times, colours of regions, measures of the face."""

    def __init__(self, regions):
        self._channels = {
            "rgb": [f"{name}_{colour}" for name in regions for colour in "rgb"],
            "skin": [f"{name}_{what}" for name in regions for what in COLUMNS[3:]],
            "face": [*MEASURES, *POSE],
        }
        self._latest = []  # time, colours and landmarks of each frame
        self._times_s = [np.empty(0)]  # of many frames together, and so their values (n_channels, n_frames)
        self._values = {kind: [np.empty((len(channels), 0))] for kind, channels in self._channels.items()}
        self._n_batched = 0
        self._last = None  # who was seen last, and when
        self.n_changes = 0

    def __len__(self):
        return self._n_batched + len(self._latest)

    def add(self, frame, face, reader):
        """Read one frame; landmarks of one frame are as good as the next's, so regions move with the smooth ones."""
        if face is not None:
            # one face that comes back so soon keeps its identity
            if self._last is not None and face.identity != self._last[0]:
                self.n_changes += frame.time_s - self._last[1] <= _SOON_S
            self._last = face.identity, frame.time_s
        points = None if face is None else face.smooth_points
        place = points if face is None or points is not None else face.box
        self._latest.append((frame.time_s, reader.read(frame, place), points))
        if len(self._latest) == _BATCH:
            self._put_together()

    def _put_together(self):
        """Turn the latest frames into arrays, landmarks into measures."""
        if not self._latest:
            return
        times_s, colours, points = zip(*self._latest, strict=True)
        nowhere = np.full((N_POINTS, 2), np.nan)
        points = np.stack([nowhere if found is None else found for found in points])
        colours = np.stack(colours)
        batch = {"rgb": colours[:, :, :3], "skin": colours[:, :, 3:]}
        batch["face"] = np.concatenate([face_measures(points), head_pose(points)], axis=1)
        for kind, values in batch.items():
            self._values[kind].append(values.reshape(len(times_s), -1).T.copy())
        self._times_s.append(np.array(times_s))
        self._n_batched += len(times_s)
        self._latest = []

    def streams(self, start_s):
        """The streams of all frames, which are then let go; dropped frames do not lower their rate."""
        self._put_together()
        times_s = np.concatenate(self._times_s)
        rate = frame_rate(times_s) if times_s.size > 1 else 0.0
        found = {}
        for kind, channels in self._channels.items():
            values = np.concatenate(self._values.pop(kind), axis=1)
            unit = "levels" if kind == "rgb" else ""
            found[kind] = Stream(values, times_s + start_s, rate, channels, unit, kind)
        return found


def _checked_labels(labels):
    """Labels by name, numbers and texts, none missing."""
    if not isinstance(labels, Mapping) or not all(isinstance(name, str) and name for name in labels):
        raise InvalidArgumentError(f"labels={labels!r} must be a dict of names to labels.")
    for name, value in labels.items():
        is_number = isinstance(value, (Real, np.bool_)) and np.isfinite(value)
        if not is_number and not (isinstance(value, str) and value):
            message = f"labels[{name!r}]={value!r} must be a finite number or a text; leave a film without label out."
            raise InvalidArgumentError(message)
    return dict(labels)


def _checked_heart(heart):
    """The signal, beats or rate of a heart, or None."""
    if isinstance(heart, Stream):
        if heart.kind not in _HEART_KINDS or heart.rate < _HEART_KINDS[heart.kind] or not heart.n_channels:
            message = f"heart={heart!r} must be of kind 'ecg' (25 Hz or more) or 'bvp' (20 Hz or more)."
            raise InvalidArgumentError(message)
        return heart
    if heart is None or isinstance(heart, Real):
        return None if heart is None else check_number(heart, name="heart", low=20.0, high=300.0)
    beats_s = check_series(heart, name="heart")
    if not np.isfinite(beats_s).all() or np.any(np.diff(beats_s) <= 0.0):
        raise InvalidArgumentError("heart must be times of beats in seconds, finite and increasing; sort them first.")
    return beats_s


def _model(landmarks):
    """The model of landmarks that is asked for, or None."""
    if landmarks is None or isinstance(landmarks, LandmarkModel):
        return landmarks
    if landmarks == "none":
        return None
    if landmarks != "auto":
        return LandmarkModel.load(landmarks)
    try:
        return _installed_model()
    except MissingExtraError as error:
        warnings.warn(f"faces are followed by their box, without expression. {error}", QualityWarning, stacklevel=4)
        return None


@cache
def _installed_model():
    """The model of the extra, read once: that takes as long as hundreds of frames."""
    return LandmarkModel.load()
