"""Time and memory of finding and following a face: a drawn one, 640 x 480, with the model of the landmarks extra."""

import numpy as np

from physiofer.datasets.synthetic_face import SyntheticFace
from physiofer.exceptions import MissingExtraError
from physiofer.face.detection import HogDetector
from physiofer.face.landmarks import LandmarkModel
from physiofer.face.smoothing import PointSmoother
from physiofer.face.tracking import FaceTracker

#: Weights of red, green and blue in luma (ITU-R BT.601).
LUMA = (0.299, 0.587, 0.114)


def luma_frames(duration_s):
    """Luma planes of a film of a drawn face, 30 frames per second."""
    return [np.rint(frame @ LUMA).astype(np.uint8) for _, frame in SyntheticFace(duration_s, size=(480, 640))]


def model():
    """The landmark model; benchmarks that need it are passed over without."""
    try:
        return LandmarkModel.load()
    except MissingExtraError as error:
        raise NotImplementedError(str(error)) from error


class _OneFace:
    """Each function runs once before it is timed, so that it is compiled and imported."""

    duration_s = 0.1

    def setup(self):
        self.frames = luma_frames(self.duration_s)
        self.prepare()
        self.run()

    def prepare(self):
        """What is there before."""

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class LoadModel(_OneFace):
    def run(self):
        return model()


class Predict(_OneFace):
    def prepare(self):
        self.model = model()
        self.box = HogDetector()(self.frames[0])[0, :4]

    def run(self):
        return self.model.predict(self.frames[0], self.box)


class PredictBetweenPixels(Predict):
    def run(self):
        return self.model.predict(self.frames[0], self.box, interpolate=True)


class DetectSmallFaces(_OneFace):
    def run(self):
        return HogDetector()(self.frames[0])


class DetectLargeFaces(_OneFace):
    def run(self):
        return HogDetector(80.0, longest_side_px=640.0)(self.frames[0])


class TrackTenSeconds(_OneFace):
    duration_s = 10.0

    def prepare(self):
        self.landmarks = model()

    def run(self):
        tracker = FaceTracker(landmarks=self.landmarks)
        return [tracker.update(luma, k / 30.0) for k, luma in enumerate(self.frames)]


class TrackBoxesTenSeconds(TrackTenSeconds):
    def prepare(self):
        self.landmarks = None


class SearchTenSeconds(_OneFace):
    def run(self):
        tracker = FaceTracker()
        return [tracker.update(np.full((480, 640), 90, np.uint8), k / 30.0) for k in range(300)]


class Smooth(_OneFace):
    def prepare(self):
        rng = np.random.default_rng(0)
        self.mean = rng.random(136)
        self.points = 100.0 * self.mean.reshape(68, 2) + rng.normal(0.0, 0.3, (300, 68, 2))

    def run(self):
        smooth = PointSmoother(self.mean)
        return [smooth(points, 1.0 / 30.0) for points in self.points]
