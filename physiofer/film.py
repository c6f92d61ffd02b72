"""From a video to a recording: the tracked face, the colours of its skin and what it does, as streams.

Frames pass by one at a time and none is kept: what remains of a face is numbers.
"""

import warnings

import numpy as np

from ._progress import progress_reporter
from ._validate import check_choice, check_number, check_path
from .exceptions import MissingExtraError, QualityWarning, UnreadableDataError
from .face.geometry import MEASURES, face_measures
from .face.landmarks import LandmarkModel
from .face.pose import POSE, head_pose
from .face.regions import RegionReader
from .face.tracking import FaceTracker
from .io.video import open_video
from .recording import Recording, Stream

__all__ = ["VIDEO_SUFFIXES", "film_streams", "read_face_video"]

#: Endings of the files that are taken for videos where a folder is looked through.
VIDEO_SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv")

_BATCH = 512  # frames whose landmarks are turned into measures together
_N_POINTS = 68


def read_face_video(path, *, subject=None, session="1", regions=None, landmarks="auto", start_s=0.0, progress=False):
    """Read a video of a face as a recording.

    Parameters
    ----------
    path : path-like
        A video file.
    subject : str, optional
        Whose face it is; by default the name of the file without its ending.
    session : str, default="1"
        Which sitting.
    regions : sequence of str, optional
        Out of ``face.regions.REGIONS``; by default forehead, both cheeks and the background.
    landmarks : {"auto", "none"} or path-like, default="auto"
        Model of 68 points: that of the ``landmarks`` extra, none, or a file of dlib's. ``"auto"`` without the extra
        works without points, and says so: pulse there is, from regions of the face's box, but no expression.
    start_s : float, default=0.0
        Where the first instant of the video lies on the recording's clock, in seconds.
    progress : bool or callable, default=False
        A bar on standard error, or a function of (frames done, frames in all or None, frames per second).

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
        If there is a face in no frame at all, or the ``landmarks`` extra is not installed.

    See Also
    --------
    film_streams : The same from any source of frames, such as a folder of images or a camera.

    Examples
    --------
    >>> read_face_video("nowhere.mp4")
    Traceback (most recent call last):
        ...
    physiofer.exceptions.UnreadableDataError: 'nowhere.mp4' does not exist.
    """
    path = check_path(path)
    start_s = check_number(start_s, name="start_s")
    with open_video(path) as video:
        streams = film_streams(video, regions=regions, landmarks=landmarks, progress=progress)
        meta = {"source": video.name, "size": list(video.size), "n_frames": streams["rgb"].n_times}
    if start_s:
        streams = {name: stream.shifted(start_s) for name, stream in streams.items()}
    if not np.isfinite(streams["rgb"].values).any():
        warnings.warn(f"{path.name}: no face was found in it.", QualityWarning, stacklevel=2)
    return Recording(path.stem if subject is None else subject, session, streams, meta=meta)


def film_streams(frames, *, regions=None, landmarks="auto", tracker=None, progress=False):
    """Track the face through frames and read its colours and its measures.

    Parameters
    ----------
    frames : iterable of Frame
        As :func:`physiofer.io.open_video`, ``open_images`` or ``open_camera`` give them.
    regions, landmarks, progress
        As in :func:`read_face_video`.
    tracker : FaceTracker, optional
        One with a detector of your own; `landmarks` is then not looked at.

    Returns
    -------
    dict of str to Stream
        ``rgb``, ``skin`` and ``face``.

    Raises
    ------
    UnreadableDataError
        If there is no frame.
    MissingExtraError
        As in :func:`read_face_video`.
    """
    tracker = FaceTracker(max_faces=1, landmarks=_model(landmarks)) if tracker is None else tracker
    reader = RegionReader() if regions is None else RegionReader(regions=regions)
    film = _Film(reader.regions)
    total = getattr(frames, "n_declared", None)
    with progress_reporter(progress, "frames") as report:
        for frame in frames:
            faces = tracker.update(frame.luma, frame.time_s)
            film.add(frame, faces[0] if faces else None, reader)
            if report is not None:
                report(len(film), total, f"at {frame.time_s:.1f} s")
    if not len(film):
        raise UnreadableDataError(f"{getattr(frames, 'name', 'the source')!r} holds no frame.")
    return film.streams(getattr(frames, "rate", np.nan))


class _Film:
    """What is kept of the frames: times, colours of regions, measures of the face."""

    def __init__(self, regions):
        self.regions = tuple(regions)
        self.times_s, self.colours, self.points, self.measures = [], [], [], []
        self._size = None

    def __len__(self):
        return len(self.times_s)

    def add(self, frame, face, reader):
        """Read one frame."""
        place = None if face is None else face.box if face.points is None else face.smooth_points
        self.times_s.append(frame.time_s)
        self.colours.append(np.full((len(self.regions), 5), np.nan) if face is None else reader.read(frame, place))
        has_points = face is not None and face.points is not None
        self.points.append(face.smooth_points if has_points else np.full((_N_POINTS, 2), np.nan))
        self._size = frame.luma.shape
        if len(self.points) == _BATCH:
            self._measure()

    def _measure(self):
        """Turn the landmarks at hand into measures."""
        if self.points:
            points = np.stack(self.points)
            self.measures.append(np.concatenate([face_measures(points), head_pose(points, self._size)], axis=1))
            self.colours = [np.stack(self.colours)] if self.colours else []
            self.points = []

    def streams(self, rate):
        """The streams of all frames."""
        self._measure()
        times_s = np.array(self.times_s)
        steps_s = np.diff(times_s)
        if times_s.size > 1:
            rate = 1.0 / np.median(steps_s)
        colours = np.concatenate([part.reshape(-1, len(self.regions), 5) for part in self.colours])
        rgb = colours[:, :, :3].reshape(len(times_s), -1).T
        skin = colours[:, :, 3:].reshape(len(times_s), -1).T
        rate = float(rate) if np.isfinite(rate) else 0.0
        return {
            "rgb": Stream(rgb, times_s, rate, [f"{r}_{c}" for r in self.regions for c in "rgb"], "", "rgb"),
            "skin": Stream(skin, times_s, rate, [f"{r}_{c}" for r in self.regions for c in ("pixels", "clipped")], "", "skin"),
            "face": Stream(np.concatenate(self.measures).T, times_s, rate, [*MEASURES, *POSE], "", "face"),
        }


def _model(landmarks):
    """The model of landmarks that is asked for, or None."""
    if landmarks is None or landmarks == "none":
        return None
    if landmarks != "auto":
        return landmarks if isinstance(landmarks, LandmarkModel) else LandmarkModel.load(landmarks)
    try:
        return LandmarkModel.load()
    except MissingExtraError as error:
        warnings.warn(f"the face is followed by its box, without expression: {error}", QualityWarning, stacklevel=4)
        return None
