"""Films in AVI files as cameras write them (one even rate, no times), and a tracker for tests of what is around it."""

import av
import numpy as np

from physiofer.crnn import films
from physiofer.face.tracking import Face


def write_avi(path, frames, rate):
    """Write (time, frame) pairs, of which the times are not looked at, and give the path."""
    with av.open(str(path), "w", format="avi") as container:
        stream = None
        for _, image in frames:
            if stream is None:
                stream = container.add_stream("mpeg4", rate=rate)
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt, stream.bit_rate = "yuv420p", 4_000_000
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path


class SteadyTracker:
    """Takes the place of a tracker: a face in the middle of whatever is no plain wall, always at the same place."""

    def __init__(self, landmarks=None):
        self.landmarks = landmarks

    def reset(self):
        """There is nothing to forget."""

    def update(self, luma, time_s):
        """One face, or none."""
        if luma.std() < 10.0:
            return []
        middle, points = np.array(luma.shape[::-1]) / 2, np.zeros((68, 2))
        points[[36, 39, 42, 45]] = middle + np.array([[-30, 0], [-15, 0], [15, 0], [30, 0]]) * luma.shape[0] / 180
        return [Face(0, np.zeros(4), points, points, 1.0)]


def without_tracking(monkeypatch):
    """Cut films without a model of landmarks, which is slow to load where Numba's compiler is off."""
    monkeypatch.setattr(films, "FaceTracker", SteadyTracker)
    monkeypatch.setattr(films, "_model", lambda landmarks: None)
