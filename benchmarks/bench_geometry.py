"""Time and memory of what is measured on landmarks: ten minutes of a face at 30 frames per second, and one crop."""

import numpy as np

from physiofer.face.appearance import hog
from physiofer.face.blinks import eye_closure, find_blinks
from physiofer.face.crops import aligned_crop
from physiofer.face.geometry import MEASURES, face_measures
from physiofer.face.pose import POSE, head_pose
from physiofer.features.face import FaceGeometryFeatures
from physiofer.recording import Stream

RATE = 30.0
MINUTES = 10


def landmarks(rng, n_frames):
    """Points (n_frames, 68, 2) of something like a face that sways; times do not depend on its shape."""
    turn = np.linspace(0.0, np.pi, 17)
    points = np.empty((68, 2))
    points[:17] = np.column_stack([320 - 110 * np.cos(turn), 240 + 130 * np.sin(turn)])
    points[17:27] = np.column_stack([np.linspace(230, 410, 10), np.full(10, 200.0)])
    points[27:36] = [[320, y] for y in (230, 250, 270, 290)] + [[x, 305] for x in (298, 309, 320, 331, 342)]
    for first, x in ((36, 250), (42, 350)):
        points[first : first + 6] = [
            [x, 230],
            [x + 15, 222],
            [x + 30, 222],
            [x + 45, 230],
            [x + 30, 238],
            [x + 15, 238],
        ]
    turn = np.linspace(0.0, 2.0 * np.pi, 20, endpoint=False)
    points[48:68] = np.column_stack([320 - 45 * np.cos(turn), 340 - 20 * np.sin(turn)])
    sway = 20.0 * np.sin(np.arange(n_frames) / 50.0)[:, np.newaxis, np.newaxis]
    return points + sway + 0.2 * rng.standard_normal((n_frames, 68, 2))


class _OneFace:
    """Each function runs once before it is timed, so that it is compiled and imported."""

    def setup(self):
        rng = np.random.default_rng(0)
        self.points = landmarks(rng, int(60 * MINUTES * RATE))
        self.prepare(rng)
        self.run()

    def prepare(self, rng):
        """What a function needs besides the landmarks."""

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class FaceMeasures(_OneFace):
    def run(self):
        return face_measures(self.points)


class HeadPose(_OneFace):
    def run(self):
        return head_pose(self.points)


class Blinks(_OneFace):
    def prepare(self, rng):
        self.openness = face_measures(self.points)[:, 0]

    def run(self):
        return find_blinks(eye_closure(self.openness, RATE), RATE)


class AlignedCrop(_OneFace):
    def prepare(self, rng):
        self.image = rng.integers(0, 255, (480, 640, 3), dtype=np.uint8)

    def run(self):
        return aligned_crop(self.image, self.points[0])


class Hog(_OneFace):
    def prepare(self, rng):
        self.crop = rng.uniform(0.0, 255.0, (64, 64))

    def run(self):
        return hog(self.crop)


class FaceFeaturesOfARecording(_OneFace):
    def prepare(self, rng):
        values = np.concatenate([face_measures(self.points), head_pose(self.points)], axis=1).T
        self.stream = Stream.regular(values, RATE, channels=(*MEASURES, *POSE), kind="face")
        self.starts_s = np.arange(0.0, 60.0 * MINUTES - 59.0, 30.0)

    def run(self):
        return FaceGeometryFeatures(neutral="running").transform_stream(self.stream, self.starts_s, 60.0)
