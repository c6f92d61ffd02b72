"""Aligned crops and their texture: against loops, in place, and blind to where the face was."""

import fake_face
import naive_face
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError
from physiofer.face.appearance import hog
from physiofer.face.crops import aligned_crop

EYES = np.array([[0.5 - 0.18, 0.33], [0.5 + 0.18, 0.33]])  # in a crop of side 1


def eyes_at(left, right):
    """Points of which only the corners of the eyes are placed."""
    points = np.zeros((68, 2))
    points[[36, 39]], points[[42, 45]] = left, right
    return points


def smooth_image(shape, period_px=40.0):
    """Grey waves, from 30 to 220."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.round(125 + 50 * np.sin(2 * np.pi * x / period_px) + 45 * np.cos(2 * np.pi * (y - 0.5 * x) / period_px))


def naive_crop(image, left, right, size):
    """Bilinear samples at the middles of the pixels of the crop."""
    right_ward = (np.asarray(right) - left) / (0.36 * size)
    down_ward = np.array([-right_ward[1], right_ward[0]])
    rows = image.tolist()
    crop = np.empty((size, size))
    for row in range(size):
        for column in range(size):
            x, y = (
                (np.asarray(left) + right) / 2
                + (column + 0.5 - 0.5 * size) * right_ward
                + (row + 0.5 - 0.33 * size) * down_ward
            )
            crop[row, column] = naive_face.bilinear(rows, x, y)
    return crop


@given(st.floats(20, 160), st.floats(20, 130), st.floats(-180, 180), st.floats(9, 22))
@settings(max_examples=15)
def test_crop_matches_naive(x, y, tilt_deg, apart):
    half = 0.5 * apart * np.array([np.cos(np.radians(tilt_deg)), np.sin(np.radians(tilt_deg))])
    image = smooth_image((150, 180))
    left, right = np.array([x, y]) - half, np.array([x, y]) + half
    crop = aligned_crop(image, eyes_at(left, right), size=32)
    assert crop.dtype == np.float32 and crop.shape == (32, 32)
    assert_allclose(crop, naive_crop(image, left, right, 32), atol=1.0)  # OpenCV places samples to 1/32 of a pixel
    of_bytes = aligned_crop(image.astype(np.uint8), eyes_at(left, right), size=32)
    assert_array_equal(of_bytes, crop)


@pytest.mark.parametrize("apart", [40.0, 66.0, 150.0])
def test_a_large_face_is_averaged_not_sampled(rng, apart):
    smooth = smooth_image((480, 640), period_px=160.0)
    grainy = smooth + 30.0 * rng.standard_normal(smooth.shape)
    points = eyes_at([320 - apart / 2, 200], [320 + apart / 2, 200])
    crops = aligned_crop(smooth, points), aligned_crop(grainy, points)
    per_pixel = np.floor(apart / (0.36 * 64))
    assert (crops[1] - crops[0]).std() < 1.1 * 30.0 / max(per_pixel, 1.0)
    assert_allclose(crops[0], naive_crop(smooth, points[36], points[45], 64), atol=0.5 + 0.4 * per_pixel**2)


@pytest.mark.parametrize("size", [16, 64, 99])
def test_eyes_lie_where_they_should(size):
    for left, right in [([100, 80], [160, 80]), ([300, 200], [330, 170]), ([90, 300], [80, 240])]:
        image = np.zeros((400, 400), dtype=np.uint8)
        for x, y in (left, right):
            image[y - 2 : y + 3, x - 2 : x + 3] = 255
        crop = aligned_crop(image, eyes_at(left, right), size)
        for (x, y), columns in zip(EYES * size, (np.s_[: size // 2], np.s_[size // 2 :]), strict=True):
            half = crop[:, columns]
            rows = np.average(np.arange(size), weights=half.sum(axis=1)) + 0.5
            across = np.average(np.arange(size)[columns], weights=half.sum(axis=0)) + 0.5
            assert (across, rows) == (pytest.approx(x, abs=0.3), pytest.approx(y, abs=0.3))


def test_a_moved_and_turned_picture_gives_the_same_crop():
    points = fake_face.seen(fake_face.head())
    y, x = np.mgrid[:480, :640]

    def picture(x, y):
        return 120 + 60 * np.sin(x / 30) * np.cos(y / 25)

    turn = np.array([[0.6, -0.8], [0.8, 0.6]]) * 0.8
    back = np.linalg.inv(turn)
    shift = np.array([330.0, 250.0]) - turn @ [320.0, 260.0]
    origin = back @ (np.stack([x.ravel(), y.ravel()]) - shift[:, np.newaxis])
    moved = picture(*origin).reshape(480, 640)
    assert_allclose(aligned_crop(moved, points @ turn.T + shift), aligned_crop(picture(x, y), points), atol=2.5)


def test_colours_are_kept_apart(rng):
    image = rng.integers(0, 255, (120, 160, 3), dtype=np.uint8)
    points = eyes_at([60, 50], [100, 50])
    crop = aligned_crop(image, points, 48)
    assert crop.shape == (48, 48, 3)
    for k in range(3):
        assert_allclose(crop[..., k], aligned_crop(image[..., k], points, 48), atol=1e-4)
    assert aligned_crop(image[..., :1], points, 48).shape == (48, 48, 1)
    assert_array_equal(aligned_crop(image[:, ::-1][:, ::-1], points, 48), crop)


def test_beyond_the_edge_the_edge_is_repeated():
    image = np.full((60, 80), 10, dtype=np.uint8)
    image[:, -1] = 200
    crop = aligned_crop(image, eyes_at([70, 20], [90, 20]), 32)
    assert (crop[:, -5:] == 200).all()
    for place in (-1e5, 1e5):
        far = aligned_crop(image, eyes_at([place, place], [place + 500, place]), 32)
        assert np.isfinite(far).all()
    assert (aligned_crop(np.full((1, 1), 7), eyes_at([0, 0], [300, 0])) == 7).all()


def test_no_face_is_nan():
    image = np.zeros((50, 60, 3), dtype=np.uint8)
    one_missing = eyes_at([20, 20], [40, 20])
    one_missing[36] = np.nan
    for points in (one_missing, np.full((68, 2), np.nan), np.zeros((68, 2))):
        crop = aligned_crop(image, points, 16)
        assert crop.shape == (16, 16, 3) and np.isnan(crop).all()


@pytest.mark.parametrize(
    ("image", "points", "size", "message"),
    [
        (np.zeros((5, 5, 5)), np.zeros((68, 2)), 64, r"image has shape \(5, 5, 5\)"),
        (np.zeros(5), np.zeros((68, 2)), 64, r"image has shape \(5,\)"),
        (np.zeros((0, 5)), np.zeros((68, 2)), 64, "image has shape"),
        (np.zeros((5, 5), dtype=bool), np.zeros((68, 2)), 64, "type bool"),
        (np.zeros((5, 5)), np.zeros((2, 68, 2)), 64, r"takes one face, \(68, 2\)"),
        (np.zeros((5, 5)), np.zeros((5, 2)), 64, r"points has shape \(5, 2\)"),
        (np.zeros((5, 5)), np.zeros((68, 2)), 7, "size=7"),
        (np.zeros((5, 5)), np.zeros((68, 2)), 64.0, "size=64.0"),
    ],
)
def test_bad_arguments_are_named(image, points, size, message):
    with pytest.raises(InvalidArgumentError, match=message):
        aligned_crop(image, points, size)


@given(st.integers(0, 2**32 - 1), st.sampled_from([(8, 9, 2), (5, 8, 1), (6, 4, 3)]))
@settings(max_examples=10)
def test_hog_matches_naive(seed, arguments):
    cell, n_orientations, block = arguments
    image = np.random.default_rng(seed).integers(0, 256, (20, 27)).astype(float)
    found = hog(image, cell=cell, n_orientations=n_orientations, block=block)
    assert_allclose(found, naive_face.hog(image.tolist(), cell, n_orientations, block), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("degrees", "bins"), [(10, [0]), (90, [4]), (170, [8]), (20, [0, 1]), (180, [0, 8])])
def test_gradients_fall_into_their_bins(degrees, bins):
    y, x = np.mgrid[:16, :16]
    image = 3.0 * (x * np.cos(np.radians(degrees)) + y * np.sin(np.radians(degrees)))
    per_bin = hog(image).reshape(4, 9)
    assert_array_equal(np.flatnonzero(per_bin[0] > 1e-6), bins)
    assert_allclose(np.linalg.norm(per_bin), 1.0, rtol=1e-4)


def test_hog_of_light_and_contrast(rng):
    images = rng.uniform(0, 200, (3, 64, 64))
    found = hog(images)
    assert found.shape == (3, 1764)
    assert_allclose(hog(0.5 * images + 20.0), found, rtol=1e-4, atol=1e-6)
    assert_allclose(hog(200.0 - images), found, rtol=1e-9, atol=1e-9)
    assert_allclose(found[1], hog(images[1]))
    assert_array_equal(hog(np.full((16, 16), 90)), 0.0)
    images[1, 3, 3] = np.nan
    assert_array_equal(np.isnan(hog(images)).all(axis=1), [False, True, False])


def test_hog_names_bad_arguments():
    with pytest.raises(InvalidArgumentError, match=r"images has shape \(64, 10\).*each >= cell \* block=16"):
        hog(np.zeros((64, 10)))
    for name in ("cell", "n_orientations", "block"):
        with pytest.raises(InvalidArgumentError, match=f"{name}=0"):
            hog(np.zeros((64, 64)), **{name: 0})
