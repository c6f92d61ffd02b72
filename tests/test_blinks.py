"""Blinks: against loops, injected into traces of real rates, and what is not one."""

import warnings

import fake_face
import naive_face
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError
from physiofer.face.blinks import eye_closure, eye_levels, find_blinks, perclos, smoothed

ONSETS_S = np.array([1.03, 3.5, 4.21, 7.777, 11.0, 15.4])


def openness(rate, *, duration_s=20.0, noise=0.008, length_s=0.2, seed=0, onsets_s=ONSETS_S):
    """An eye aspect ratio of 0.3 that blinks go down to 0.12 from."""
    times_s = np.arange(int(duration_s * rate)) / rate
    closure = fake_face.blinking(times_s, onsets_s, length_s)
    return 0.3 - 0.18 * closure + noise * np.random.default_rng(seed).standard_normal(times_s.size)


@given(
    arrays(float, st.integers(1, 60), elements=st.floats(-1, 1) | st.just(np.nan)),
    st.sampled_from([15.0, 25.0, 29.97, 60.0]), st.sampled_from([0.02, 0.05]),
)  # fmt: skip
def test_smoothing_matches_naive(values, rate, sigma_s):
    assert_allclose(smoothed(values, rate, sigma_s=sigma_s), naive_face.smoothed(values, rate, sigma_s), atol=1e-12)


@given(
    arrays(float, st.integers(1, 80), elements=st.sampled_from([0.0, 0.2, 0.3, 0.6, 1.0, np.nan])),
    st.sampled_from([(0.0, 5.0), (0.07, 0.4)]),
)
def test_blinks_match_naive(closure, bounds_s):
    found = find_blinks(closure, 30.0, shortest_s=bounds_s[0], longest_s=bounds_s[1])
    expected = naive_face.blinks(closure, 30.0, *bounds_s)
    assert_allclose(np.column_stack(found), np.reshape(expected, (-1, 3)), atol=1e-12)


@pytest.mark.parametrize("rate", [25.0, 29.97, 30.0, 60.0, 120.0])
@pytest.mark.parametrize("length_s", [0.15, 0.2, 0.35])
def test_injected_blinks_are_found_at_any_rate(rate, length_s):
    closure = eye_closure(openness(rate, length_s=length_s), rate)
    found = find_blinks(closure, rate)
    # sin² passes a quarter of its height at a sixth and five sixths of its length.
    assert_allclose(found.onset_s, ONSETS_S + length_s / 6, atol=0.012 + 0.4 / rate)
    assert_allclose(found.duration_s, 2 / 3 * length_s, atol=0.05)
    assert -0.005 < found.duration_s.mean() - 2 / 3 * length_s < 0.035  # smoothing and lines widen the foot
    assert ((found.depth > 0.7) & (found.depth < 1.25)).all()


def test_hand_worked():
    closure = np.array([0, 0, 0.5, 1.0, 0.5, 0, 0, 0])
    found = find_blinks(closure, 20.0)
    assert [part.tolist() for part in found] == [[pytest.approx(1.5 / 20)], [pytest.approx(3 / 20)], [1.0]]
    assert perclos(closure) == 1 / 8


def test_levels_are_the_persons_own(rng):
    for level in (0.18, 0.3, 0.42):  # narrow and wide eyes
        values = level / 0.3 * openness(30.0)
        opened, closed = eye_levels(values)
        assert opened == pytest.approx(level, rel=0.04)
        assert closed == pytest.approx(0.4 * level, rel=0.2)
        assert find_blinks(eye_closure(values, 30.0), 30.0).onset_s.size == ONSETS_S.size
    assert_allclose(eye_levels([0.3] * 100), [0.3, 0.18])  # who never blinks has a level of closed eyes all the same
    assert_array_equal(eye_levels([0.2, 0.4, np.nan, np.nan]), eye_levels([0.2, 0.4]))
    given_levels = eye_closure([0.3, 0.2, 0.1], 1.0, levels=[0.3, 0.1])
    assert_allclose(given_levels, [0.0, 0.5, 1.0])


def test_quantiles_are_those_of_numpy(rng):
    values = rng.standard_normal((5, 41))
    values[1, ::3] = np.nan
    values[2, 4:] = np.nan
    opened, closed = eye_levels(values + 10.0).T
    assert_allclose(opened, np.nanpercentile(values, 75, axis=1) + 10.0)
    assert_allclose(closed, np.minimum(np.nanpercentile(values, 1, axis=1) + 10.0, 0.6 * opened))


def test_noise_and_slow_movements_are_no_blinks(rng):
    times_s = np.arange(1800) / 30.0
    still = 0.3 + 0.012 * rng.standard_normal(1800)
    swaying = 0.3 + 0.03 * np.sin(2 * np.pi * 0.2 * times_s)
    down = np.where((times_s > 20) & (times_s < 22), 0.12, 0.3)
    for values in (still, swaying, down):
        assert find_blinks(eye_closure(values, 30.0), 30.0).onset_s.size == 0
    assert perclos(eye_closure(down, 30.0)) == pytest.approx(2 / 60, abs=0.003)
    assert perclos(eye_closure(still, 30.0)) == 0.0


@pytest.mark.parametrize(("n_frames", "is_blink"), [(1, False), (3, True), (10, True), (14, False)])
def test_a_blink_lasts_three_to_ten_frames(n_frames, is_blink):
    values = np.full(300, 0.3)
    values[100 : 100 + n_frames] = 0.1
    found = find_blinks(eye_closure(values, 30.0, levels=[0.3, 0.1]), 30.0)
    assert found.onset_s.size == is_blink


def test_lost_frames_and_gaps():
    values = openness(30.0)
    found = find_blinks(eye_closure(values, 30.0), 30.0)
    values[[34, 107, 130]] = np.nan  # single frames, two of them inside of blinks
    assert_allclose(find_blinks(eye_closure(values, 30.0), 30.0).onset_s, found.onset_s, atol=0.02)
    values[232:240] = np.nan  # the fourth blink
    values[-1] = np.nan
    closure = eye_closure(values, 30.0)
    assert_allclose(find_blinks(closure, 30.0).onset_s, np.delete(found.onset_s, 3), atol=0.02)
    assert np.isnan(closure[232:240]).all() and np.isnan(closure[-1]) and np.isfinite(closure[34])


def test_blinks_at_an_end_are_not_counted():
    for values in ([1.0, 1, 1, 1, 0, 0], [0, 0, 0.5, 1, 1, 1], [np.nan, 1, 1, 1, 1, 0], [1.0] * 8):
        assert find_blinks(values, 30.0).onset_s.size == 0


def test_below_fifteen_frames_per_second_blinks_are_not_seen():
    values = openness(14.0)
    assert find_blinks(eye_closure(values, 14.0), 14.0).onset_s.size == 0


def test_any_shape_and_each_series_its_own(rng):
    values = np.stack([[openness(30.0, seed=k) for k in range(3)]] * 2)
    values[1, 2] = np.nan
    values[0, 1] *= 2.0
    closure = eye_closure(values, 30.0)
    assert closure.shape == values.shape and eye_levels(values).shape == (2, 3, 2) and perclos(closure).shape == (2, 3)
    assert_array_equal(closure[0, 1], eye_closure(values[0, 1], 30.0))
    assert np.isnan(closure[1, 2]).all() and np.isnan(perclos(closure)[1, 2])
    assert_allclose(closure[0, 1], eye_closure(0.5 * values[0, 1], 30.0))


def test_hostile_series():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for values in ([], [0.3], [np.nan], [0.0] * 50, [-1.0] * 50, [1e300] * 5, [np.inf, 0.3, 0.3], [1, 2, 1]):
            closure = eye_closure(values, 30.0)
            assert closure.shape == (len(values),) and not np.isinf(closure).any()
            assert all(part.size == 0 for part in find_blinks(closure, 30.0))
            assert np.isnan(perclos(closure)) or 0 <= perclos(closure) <= 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: find_blinks(np.zeros((2, 5)), 30.0), r"closure has shape \(2, 5\)"),
        (lambda: find_blinks([0.0], 0.0), "rate=0.0"),
        (lambda: find_blinks([0.0], 30.0, shortest_s=0.5), "shortest_s=0.5"),
        (lambda: find_blinks([0.0], 30.0, longest_s=0.0), "longest_s=0.0"),
        (lambda: eye_closure([0.3], 30.0, levels=[0.3]), r"levels has shape \(1,\)"),
        (lambda: eye_closure([[0.3]] * 3, 30.0, levels=[[0.3, 0.1]] * 2), r"must be \(2,\) or \(3, 2\)"),
        (lambda: smoothed([0.0], 30.0, sigma_s=-1.0), "sigma_s=-1.0"),
        (lambda: eye_levels("wide"), "openness must be"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()
