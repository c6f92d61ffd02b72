"""A camera as a video that does not end by itself."""

import os
import sys
import time

import numpy as np

from .._validate import check_count, check_rate
from ..exceptions import InvalidArgumentError
from .frames import FrameSource, frame_of_rgb

__all__ = ["Camera", "open_camera"]


def open_camera(index=0, *, rate=None):
    """Open a camera of this computer through OpenCV.

    Parameters
    ----------
    index : int, default=0
        Which camera, as the system counts them.
    rate : float, optional
        Frames per second to ask it for; what it then gives is in `times_s` of the frames.

    Returns
    -------
    Camera
        To be iterated over until enough frames were seen.

    Raises
    ------
    UnreadableDataError
        If there is no such camera, or it gives no picture.

    Examples
    --------
    >>> with open_camera(0) as camera:  # doctest: +SKIP
    ...     for frame in camera:
    ...         if frame.time_s > 10.0:
    ...             break
    """
    return Camera(index, rate=rate)


class Camera(FrameSource):
    """A camera, as :func:`open_camera` gives it: an iterable of :class:`~physiofer.io.frames.Frame`.

    The time of a frame is when it arrived, by the computer's monotonic clock, from the first frame on: cameras do not
    say when they took it. `start_unix_s` is the computer's time at the first frame.

    Parameters
    ----------
    index : int, default=0
        Which camera.
    rate : float, optional
        Frames per second to ask for.

    Attributes
    ----------
    name, size, rate, n_declared, start_unix_s
        As of :class:`~physiofer.io.frames.FrameSource`.

    Examples
    --------
    >>> Camera("front")
    Traceback (most recent call last):
    physiofer.exceptions.InvalidArgumentError: index='front' must be an integer of at least 0.
    """

    def __init__(self, index=0, *, rate=None):
        import cv2

        index = check_count(index, name="index")
        rate = None if rate is None else check_rate(rate)
        super().__init__(f"camera {index}")
        self._device = None if _is_absent(index) else cv2.VideoCapture(index)
        if self._device is None or not self._device.isOpened():
            self.close()
            raise self.unreadable("there is no such camera, or another program or a missing permission keeps it.")
        if rate is not None:
            self._device.set(cv2.CAP_PROP_FPS, rate)
        declared = self._device.get(cv2.CAP_PROP_FPS)
        self.rate = float(declared) if declared and declared > 0 else np.nan
        self._start_s = 0.0
        self._first = self._grab()
        if self._first is None:
            self.close()
            raise self.unreadable("gives no picture.")
        self._start_s, self.start_unix_s = self._first[0], time.time()
        self.size = self._first[1].shape[:2]
        self._index, self._last_s = 0, -np.inf

    def _grab(self):
        """The time and image of the next frame, or None."""
        is_there, image = self._device.read()
        return (time.monotonic(), image) if is_there else None

    def __iter__(self):
        while self._device is not None:
            grabbed, self._first = self._first or self._grab(), None
            if grabbed is None:
                raise self.unreadable(f"stopped giving pictures after {self._index} frames.")
            time_s = grabbed[0] - self._start_s
            if time_s <= self._last_s:
                continue
            frame = frame_of_rgb(grabbed[1], order="bgr", index=self._index, time_s=time_s)
            self._index, self._last_s = self._index + 1, time_s
            yield frame
        raise InvalidArgumentError(f"{self.name} has been closed; open it again to read it.")

    def close(self):
        """Let go of the camera."""
        if self._device is not None:
            self._device.release()
        self._device = None


def _is_absent(index):
    """Whether the system knows that there is no such camera: OpenCV would write about it to the terminal."""
    return sys.platform.startswith("linux") and not os.path.exists(f"/dev/video{index}")
