"""Patches registered to how they looked: known motions are found, stillness stays, and nothing is made up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from physiofer.face.registration import Pattern

cv2 = pytest.importorskip("cv2")

SHAPE = (240, 320)
CENTRE, SIDE = 150 + 120j, 90 + 0j


def texture(seed, shape=SHAPE, sigma_px=6.0):
    """An image of soft blobs over the whole range of grey."""
    noise = np.random.default_rng(seed).normal(size=shape)
    soft = cv2.GaussianBlur(noise, (0, 0), sigma_px)
    return np.clip(128.0 + 45.0 * soft / soft.std(), 0, 255).astype(np.uint8)


def moved(luma, shift, turn, *, gain=1.0, offset=0.0):
    """An image whose points have gone from z to turn * (z - CENTRE) + CENTRE + shift, in another light."""
    origin = CENTRE + shift - turn * CENTRE
    matrix = np.array([[turn.real, -turn.imag, origin.real], [turn.imag, turn.real, origin.imag]])
    flags = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REFLECT}
    image = cv2.warpAffine(luma, matrix, luma.shape[::-1], **flags)
    return np.clip(gain * image.astype(float) + offset + 0.5, 0, 255).astype(np.uint8)


def naive_shift(luma, other, box, reach):
    """The whole-pixel shift at which a box of one image correlates best with the other, by trying all."""
    left, top, right, bottom = box
    patch, best = luma[top:bottom, left:right].ravel().astype(float), (-2.0, None)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            there = other[top + dy : bottom + dy, left + dx : right + dx].ravel().astype(float)
            best = max(best, (np.corrcoef(patch, there)[0, 1], (dx, dy)))
    return complex(*best[1])


@settings(max_examples=6, deadline=None)
@given(st.integers(-6, 6), st.integers(-6, 6), st.integers(0, 99))
def test_shifts_match_an_exhaustive_search(dx, dy, seed):
    luma = texture(seed)
    other = np.roll(luma, (dy, dx), axis=(0, 1))
    expected = naive_shift(luma, other, (105, 75, 195, 165), 7)
    assert expected == complex(dx, dy)
    centre, side, likeness = Pattern(luma, CENTRE, SIDE).find(other, CENTRE, SIDE)
    assert abs(centre - CENTRE - expected) < 0.05 and abs(side - SIDE) < 0.1 and likeness > 0.99


@settings(max_examples=25, deadline=None)
@given(
    shift=st.tuples(st.floats(-6.0, 6.0), st.floats(-6.0, 6.0)),
    growth=st.floats(0.93, 1.08),
    tilt=st.floats(-0.1, 0.1),
    light=st.tuples(st.floats(0.6, 1.0), st.floats(0.0, 40.0)),
    side=st.sampled_from([40.0, 90.0, 140.0]),
    seed=st.integers(0, 99),
)
def test_a_known_motion_is_found_in_any_light(shift, growth, tilt, light, side, seed):
    luma, turn, shift = texture(seed, sigma_px=side / 12.0), growth * np.exp(1j * tilt), complex(*shift) * side / 90.0
    other = moved(luma, shift, turn, gain=light[0], offset=light[1])
    centre, found, likeness = Pattern(luma, CENTRE, complex(side)).find(other, CENTRE, complex(side))
    assert abs(centre - CENTRE - shift) < 0.01 * side
    assert abs(found - side * turn) < 0.02 * side
    assert likeness > 0.95


def test_what_is_still_stays_still_in_noise(rng):
    luma = texture(0)
    pattern, places = Pattern(luma, CENTRE, SIDE), [(CENTRE, SIDE)]
    assert_allclose(pattern.find(luma, CENTRE, SIDE), (CENTRE, SIDE, 1.0), rtol=1e-6)
    for _ in range(20):
        noisy = np.clip(luma + rng.normal(0.5, 2.0, SHAPE), 0, 255).astype(np.uint8)
        places.append(pattern.find(noisy, *places[-1])[:2])
    assert np.abs(np.array(places) - places[0]).max() < 0.1


def test_small_steps_do_not_add_up():
    luma = texture(1)
    pattern, place = Pattern(luma, CENTRE, SIDE), (CENTRE, SIDE)
    for k in range(60):
        place = pattern.find(moved(luma, 0.8 * k, 1.0 + 0j), *place)[:2]
        assert abs(place[0] - CENTRE - 0.8 * k) < 0.3


def test_another_picture_is_not_like_it():
    likeness = [Pattern(texture(k), CENTRE, SIDE).find(texture(k + 50), CENTRE, SIDE)[2] for k in range(8)]
    assert max(likeness) < 0.6
    assert Pattern(texture(0), CENTRE, SIDE).find(255 - texture(0), CENTRE, SIDE)[2] < 0.6


@pytest.mark.parametrize("plain", [0, 128, 255])
def test_a_plain_patch_does_not_move_and_is_like_nothing(plain):
    even = np.full(SHAPE, plain, np.uint8)
    assert Pattern(even, CENTRE, SIDE).find(texture(0), CENTRE, SIDE) == (CENTRE, SIDE, 0.0)
    assert Pattern(texture(0), CENTRE, SIDE).find(even, CENTRE, SIDE) == (CENTRE, SIDE, 0.0)


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (240, 320)])
@pytest.mark.parametrize("centre", [-500 - 500j, 0j, 319 + 239j, 5000 + 20j])
@pytest.mark.parametrize("side", [4.0, 90.0, 3000.0])
def test_places_off_the_image_break_nothing(shape, centre, side):
    luma = texture(2)[: shape[0], : shape[1]] if shape != (3, 400) else texture(2, shape)
    found = Pattern(luma, centre, complex(side)).find(luma, centre, complex(side))
    assert np.isfinite(found).all() and -1.001 <= found[2] <= 1.001
