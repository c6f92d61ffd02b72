"""From one film to windows of its face: followed through all frames, cropped at even times, written as they come."""

import math
from collections import deque
from typing import NamedTuple

import numpy as np

from .._atomic import whole_file
from ..face.crops import aligned_crop

__all__ = ["Cut", "Tally", "cut_windows", "sample_crops", "write_windows"]

_WARM_UP_S = 1.0  # that a face is followed before the part that counts
_HOLD_S = 0.25  # that a face which is not seen stays as it was: a miss of the detector, a hand passing by
_MOST_HELD = 0.25  # share of such frames in a window
_NEAR = 1e-9  # s: of two frames that are equally near, the first


class Cut(NamedTuple):
    """How a film is cut: `rate` in Hz, frames of a window, frames from one window to the next, side in pixels."""

    rate: float
    n_frames: int
    n_step: int
    size: int


class Tally:
    """What became of the windows of a film: how many lie in it, and how many of them show no face throughout."""

    def __init__(self):
        self.n_windows = self.n_left_out = 0


class _Look:
    """A frame and the face in it, cropped when that is asked for."""

    def __init__(self, frame, face, size):
        self.time_s = frame.time_s
        self._frame, self._face, self._size = frame, face, size
        self._crop = None

    def crop(self):
        """The face's crop (3, size, size) and whose it is; None without a face."""
        if self._face is not None and self._crop is None:
            crop = aligned_crop(self._frame.rgb(), self._face.smooth_points, self._size)
            if np.isfinite(crop).all():
                pixels = np.rint(crop).clip(0.0, 255.0).astype(np.uint8)
                self._crop = np.ascontiguousarray(pixels.transpose(2, 0, 1)), self._face.identity
            self._face = None  # cropped once, or never
        return self._crop


def sample_crops(video, tracker, cut, start_s=None, stop_s=None):
    """Crops of the face at even times, each of the frame that is nearest; nothing is interpolated.

    Parameters
    ----------
    video : FrameSource
        The film.
    tracker : FaceTracker
        With landmarks; it sees every frame from a second before `start_s` on.
    cut : Cut
        `rate` and `size` count.
    start_s, stop_s : float, optional
        The part that counts, in s on the video's clock; from the first frame to the last by default.

    Yields
    ------
    time_s : float
        ``start_s + k / rate``, k = 0, 1, ..., before `stop_s` and no later than half a frame after the last one.
    crop : (ndarray of uint8, shape (3, size, size), int) or None
        The crop and the identity of the face; None where there is none, or no frame near.

    Examples
    --------
    >>> from physiofer.face.tracking import FaceTracker
    >>> from physiofer.io.frames import FrameSource, frame_of_rgb
    >>> class Wall(FrameSource):
    ...     def __iter__(self):
    ...         return (frame_of_rgb(np.zeros((60, 80), np.uint8), order="rgb", index=k, time_s=k / 10)
    ...                 for k in range(6))
    >>> list(sample_crops(Wall("wall"), FaceTracker(), Cut(4.0, 2, 2, 32)))
    [(0.0, None), (0.25, None), (0.5, None)]
    """
    tracker.reset()
    interval_s = 1.0 / video.rate if video.rate > 0.0 else 0.0
    stop_s = math.inf if stop_s is None else stop_s
    before, step = None, 0
    for frame in video:
        start_s = frame.time_s if start_s is None else start_s
        if frame.time_s < start_s - _WARM_UP_S:
            continue
        faces = tracker.update(frame.luma, frame.time_s)
        now = _Look(frame, faces[0] if faces else None, cut.size)
        if before is not None and not interval_s:
            interval_s = now.time_s - before.time_s
        near_s = max(0.5 / cut.rate, interval_s) + _NEAR
        while (time_s := start_s + step / cut.rate) <= min(now.time_s, stop_s - _NEAR):
            is_first = before is None or now.time_s - time_s < time_s - before.time_s - _NEAR
            nearest = now if is_first else before
            yield time_s, nearest.crop() if abs(nearest.time_s - time_s) <= near_s else None
            step += 1
        if now.time_s >= stop_s:
            return
        before = now
    if before is not None:
        last_s = min(before.time_s + 0.5 * interval_s + _NEAR, stop_s - _NEAR)
        while (time_s := start_s + step / cut.rate) <= last_s:
            yield time_s, before.crop()
            step += 1


def cut_windows(crops, cut, tally):
    """Windows of crops that follow one another, those left out in which the face is not seen throughout.

    Parameters
    ----------
    crops : iterable of (float, crop)
        As :func:`sample_crops` gives them.
    cut : Cut
        `n_frames`, `n_step` and `rate` count.
    tally : Tally
        Counts the windows.

    Yields
    ------
    start_s : float
        Time of the window's first frame.
    window : ndarray of uint8, shape (n_frames, 3, size, size)
        A face that is not seen for up to a quarter of a second stays as it was. A window is left out if it is longer
        gone, gone for more than a quarter of the frames, or if another face takes its place.

    Examples
    --------
    >>> crops = [(k / 8, (np.full((3, 8, 8), k, np.uint8), 0) if k != 5 else None) for k in range(12)]
    >>> [(start_s, window[:, 0, 0, 0].tolist()) for start_s, window in cut_windows(crops, Cut(8.0, 4, 4, 8), Tally())]
    [(0.0, [0, 1, 2, 3]), (0.5, [4, 4, 6, 7]), (1.0, [8, 9, 10, 11])]
    """
    most_held = int(_HOLD_S * cut.rate + _NEAR)
    recent = deque(maxlen=cut.n_frames)  # time, crop, identity, whether it is held
    last, n_held = None, 0
    for index, (time_s, crop) in enumerate(crops):
        n_held = n_held + 1 if crop is None else 0
        last = crop if crop is not None else last if n_held <= most_held else None
        recent.append((time_s, *(last or (None, None)), crop is None))
        first = index + 1 - cut.n_frames
        if first < 0 or first % cut.n_step:
            continue
        tally.n_windows += 1
        times_s, pictures, identities, is_held = zip(*recent, strict=True)
        if None in identities or len(set(identities)) > 1 or sum(is_held) > _MOST_HELD * cut.n_frames:
            tally.n_left_out += 1
        else:
            yield times_s[0], np.stack(pictures)


def write_windows(path, windows, cut):
    """Write windows into a `.npy` file one by one, as many as come; where they start, in s.

    Parameters
    ----------
    path : Path
        The file; it appears whole or not at all.
    windows : iterable of (float, ndarray)
        As :func:`cut_windows` gives them.
    cut : Cut
        `n_frames` and `size` count.

    Returns
    -------
    list of float
        Time of each window's first frame.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "film.npy"
    ...     starts_s = write_windows(path, [(2.5, np.ones((2, 3, 8, 8), np.uint8))], Cut(8.0, 2, 2, 8))
    ...     starts_s, np.load(path).shape
    ([2.5], (1, 2, 3, 8, 8))
    """
    starts_s = []
    with whole_file(path) as part, part.open("wb") as file:
        _write_header(file, 0, cut)
        for start_s, window in windows:
            file.write(window.tobytes())
            starts_s.append(start_s)
        file.seek(0)
        _write_header(file, len(starts_s), cut)  # as long as before: NumPy leaves room for the first axis to grow
    return starts_s


def _write_header(file, n_windows, cut):
    """The header of a `.npy` file of windows."""
    shape = (n_windows, cut.n_frames, 3, cut.size, cut.size)
    about = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, about)
