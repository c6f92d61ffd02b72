"""Boxes without landmarks: still on what is still, with what moves, and not fooled by a detector's steps."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from physiofer.datasets.synthetic_face import SyntheticFace
from physiofer.face.tracking import FaceTracker
from physiofer.io.frames import frame_of_rgb

cv2 = pytest.importorskip("cv2")

RATE = 30.0
SHAPE = (240, 320)


def texture(seed, shape=SHAPE):
    """An image of soft blobs."""
    soft = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=shape), (0, 0), 5.0)
    return np.clip(128.0 + 45.0 * soft / soft.std(), 0, 255).astype(np.uint8)


class SteppingDetector:
    """Knows where the face is, but only in steps, and whether it looks at a crop from the size of what it is given.

    The tracker's crops begin at a margin of half the box around it; what is told there is told in steps of `step`
    shares of the crop, from a fixed place in it, as a detector with a stride does.
    """

    def __init__(self, box, step=0.0, bias=0.0):
        self.box, self.step, self.bias = np.array(box, float), step, bias
        self.n_looks = 0

    def __call__(self, luma):
        if luma.shape == SHAPE:
            return [(*self.box, 1.0)]
        self.n_looks += 1
        side = luma.shape[0]
        off = self.bias + self.step * (self.n_looks % 3 - 1)
        low, high = side * (0.25 + 0.5 * off), side * (0.75 + 0.5 * off)
        return [(low, low, high, high, 1.0)]


def boxes(tracker, frames, rate=RATE):
    """The box of the one face in each frame, (n_frames, 4)."""
    found = [tracker.update(luma, k / rate) for k, luma in enumerate(frames)]
    assert all(len(faces) == 1 for faces in found)
    return np.array([faces[0].box for faces in found])


def test_a_detector_in_steps_does_not_shake_a_still_box():
    detector = SteppingDetector((100, 80, 180, 160), step=0.1)
    found = boxes(FaceTracker(detector, check_every=3), [texture(0)] * 90)
    assert detector.n_looks > 20
    assert_allclose(found, np.tile(found[0], (90, 1)), atol=1e-3)
    assert_allclose(found[0], [100, 80, 180, 160], atol=4.0)


def test_a_box_that_is_off_again_and_again_is_brought_there_slowly():
    detector = SteppingDetector((100, 80, 180, 160))
    tracker = FaceTracker(detector, check_every=3)
    boxes(tracker, [texture(0)] * 10)
    detector.bias = 0.2  # from here on, always a fifth of what it is given to the right and below the box
    found = boxes(tracker, [texture(0)] * 120)
    way = found[:, 0] - found[0, 0]
    assert way[-1] > 10.0 and np.diff(way).max() < 0.6  # px in a frame


def test_a_box_goes_with_what_it_holds_between_looks():
    wide = texture(3, (240, 600))
    detector = SteppingDetector((100, 80, 180, 160))
    frames = [wide[:, 3 * k // 2 :][:, :320].copy() for k in range(40)]
    found = boxes(FaceTracker(detector), frames)
    assert_allclose(found[:, 0], found[0, 0] - 3 * np.arange(40) // 2, atol=0.5)
    assert_allclose(found[:, 2] - found[:, 0], found[0, 2] - found[0, 0], atol=1.0)


@pytest.mark.parametrize("after", [30, 5], ids=["another face", "a hand passing by"])
@pytest.mark.parametrize("rate", [30.0, 3.0])
def test_another_face_in_the_place_of_one_has_another_identity(after, rate):
    detector = SteppingDetector((100, 80, 180, 160))
    tracker = FaceTracker(detector)
    frames = [texture(0)] * 20 + [texture(1)] * after + [texture(1 if after == 30 else 0)] * 30
    seen = [tracker.update(luma, k / rate)[0].identity for k, luma in enumerate(frames)]
    assert seen[:20] == [0] * 20
    # a film of few frames a second does not tell a cut from a head that turns
    assert seen[-20:] == [1 if after == 30 and rate == 30.0 else 0] * 20
    assert sorted(seen) == seen and len(set(seen)) <= 2


@pytest.mark.parametrize(
    "wrong",
    [
        (100, 100, 100.0001, 100.0001, 9.0),
        (100, 100, 103, 180, 9.0),
        (-1e300, -1e300, 1e300, 1e300, 9.0),
        (-2000, -2000, 2000, 2000, 9.0),
        (500, 500, 600, 600, 9.0),
        (-1e17, 10, -1e16, 90, 9.0),
    ],
)
def test_boxes_that_can_be_no_face_are_passed_over(wrong):
    assert FaceTracker(lambda luma: [wrong]).update(texture(0), 0.0) == []
    (face,) = FaceTracker(lambda luma: [wrong, (0, 0, *luma.shape[::-1], 1.0)]).update(texture(0, (200, 200)), 0.0)
    assert_allclose(face.box, [0, 0, 200, 200], atol=1.0)


@pytest.mark.data
@pytest.mark.parametrize("name", ["0-f1-su-ph.jpg", "multi_face.jpg", "single_face.jpg", "two_people.jpg"])
def test_a_photograph_stays_still_in_noise(data_dir, name, rng):
    luma = cv2.imread(str(data_dir / "faces" / name), cv2.IMREAD_GRAYSCALE)
    scale = 480.0 / max(luma.shape) if name != "multi_face.jpg" else 0.7
    luma = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    noisy = (np.clip(luma + rng.normal(0.5, 2.0, luma.shape), 0, 255).astype(np.uint8) for _ in range(75))
    found = boxes(FaceTracker(check_every=4), noisy)
    assert np.ptp(found, axis=0).max() < 0.005 * (found[0, 2] - found[0, 0])


@pytest.mark.parametrize("seed", [0, 2])
def test_a_drawn_face_is_followed_smoothly(seed):
    face = SyntheticFace(4.0, rate=RATE, motion=1.5, seed=seed)
    found = boxes(FaceTracker(), [frame_of_rgb(image, order="rgb", index=0, time_s=0.0).luma for _, image in face])
    centre, side = (found[:, :2] + found[:, 2:]) / 2.0, found[:, 2] - found[:, 0]
    truth = face.truth.pose
    off = (centre - truth[["x_px", "y_px"]].to_numpy()) / side.mean()
    assert np.ptp(truth["x_px"]) > 0.07 * side.mean()
    assert np.abs(off - np.median(off, axis=0)).max() < 0.06  # of which turns of the head are a part
    assert np.std(np.log(side / truth["scale"])) < 0.02
    assert np.std(np.diff(off, 2, axis=0), axis=0).max() < 0.002  # no steps
