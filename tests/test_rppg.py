"""Colours to pulse: every method against its paper, and what movement, light, gaps and dead channels do to it."""

import math

import fake_rppg
import naive_rppg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError
from physiofer.signals import rppg
from physiofer.signals.rppg.ica import independent

RATES = (10.0, 12.5, 15.0, 23.976, 25.0, 29.97, 30.0, 60.0, 90.0, 120.0)
SKIN = np.array([[180.0], [120.0], [100.0]])
BLOOD = np.array([[0.33], [0.77], [0.53]])


def traces(rng, n_times, shape=(), drift=0.3):
    """Colours that wander, with noise: (..., 3, n_times)."""
    steps = drift * rng.standard_normal((*shape, 3, n_times)).cumsum(axis=-1)
    return 120.0 + np.clip(steps, -100.0, 100.0) + rng.standard_normal((*shape, 3, n_times))


def close(found, expected):
    """Equal to 1e-8 relative in every sample, where the wave is not all but zero, and missing in the same places."""
    assert_array_equal(np.isnan(found), np.isnan(expected))
    size = np.nanstd(expected) if np.isfinite(expected).any() else 1.0
    assert_allclose(found, expected, rtol=1e-8, atol=1e-8 * size)


@pytest.mark.parametrize("rate", RATES)
def test_pos_and_chrom_match_the_loops_of_their_papers(rng, rate):
    length = naive_rppg.window_length(rate)
    for n_times in (length, length + 1, 2 * length - 1, 2 * length, 2 * length + 1, 3 * length + length // 3):
        rgb = traces(rng, n_times)
        close(rppg.pos(rgb, rate), naive_rppg.pos(rgb, rate))
        close(rppg.chrom(rgb, rate), naive_rppg.chrom(rgb, rate))


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([10.0, 14.3, 24.0, 33.0]), st.integers(0, 90), st.floats(-6.0, 3.0))
def test_pos_and_chrom_match_the_loops_whatever_is_missing(seed, rate, n_times, size):
    rng = np.random.default_rng(seed)
    rgb = 10.0**size * traces(rng, n_times)
    rgb[rng.random(rgb.shape) < rng.choice([0.0, 0.005])] = np.nan
    close(rppg.pos(rgb, rate), naive_rppg.pos(rgb, rate))
    close(rppg.chrom(rgb, rate), naive_rppg.chrom(rgb, rate))


def test_pos_keeps_its_precision_after_a_great_change_of_light(rng):
    rgb = 50.0 + 1e-3 * rng.standard_normal((3, 400))
    rgb[:, 150:] += 180.0  # sums that ran across the change would lose the small variance on either side
    close(rppg.pos(rgb, 30.0), naive_rppg.pos(rgb, 30.0))


def test_rows_of_a_batch_are_as_they_are_alone(rng):
    rgb = traces(rng, 200, (2, 3))
    rgb[1, 2, 1, 50] = np.nan
    for method, _ in rppg.METHODS.values():
        whole = method(rgb, 20.0)
        assert whole.shape == (2, 3, 200)
        for k, row in enumerate(rgb.reshape(6, 3, 200)):
            assert_allclose(whole.reshape(6, 200)[k], method(row, 20.0), rtol=1e-6, atol=1e-9)


def test_projections_match_their_papers_on_one_window(rng):
    rgb = fake_rppg.face(rng, 80.0, duration_s=12.0, n_regions=1)[0][0]
    for found, expected in [
        (rppg.pbv(rgb, 30.0, window_s=12.0), naive_rppg.pbv(rgb, 30.0)),
        (rppg.lgi(rgb, 30.0, window_s=12.0), naive_rppg.lgi(rgb)),
        (rppg.omit(rgb, 30.0, window_s=12.0), naive_rppg.omit(rgb)),
        (rppg.pca(rgb, 30.0, window_s=12.0), naive_rppg.pca(rgb, 30.0)),
        (rppg.green(rgb, 30.0, window_s=12.0), rgb[1] / rgb[1].mean() - 1.0),
    ]:
        assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * expected.std())


def test_independent_components_are_the_sources(rng):
    times = np.arange(1500) / 30.0
    sources = np.stack([np.sin(2 * np.pi * 1.1 * times), rng.laplace(size=1500), (times * 0.7) % 1.0])
    mixed = rng.standard_normal((4, 3, 3)) @ sources
    for components in independent(mixed):
        match = np.abs(np.corrcoef(components, sources)[:3, 3:])
        assert sorted(match.argmax(axis=0)) == [0, 1, 2]
        assert match.max(axis=0).min() > 0.98
    assert_array_equal(independent(mixed), independent(mixed))


def test_a_channel_that_does_not_vary_is_no_component():
    flat = np.zeros((1, 3, 300))
    flat[0, 0] = np.sin(np.arange(300))
    found = independent(flat)[0]
    assert np.isfinite(found).all()
    assert_allclose(np.square(found).sum(), 300.0, rtol=1e-6)


@pytest.mark.parametrize("name", rppg.METHODS)
def test_every_method_sees_blood_and_its_polarity(name):
    times = np.arange(900) / 30.0
    blood = 0.005 * np.sin(2 * np.pi * 1.3 * times)
    rng = np.random.default_rng(0)
    rgb = SKIN * (1.0 - BLOOD * blood) * (1.0 + 0.0005 * np.sin(2 * np.pi * 2.2 * times))
    rgb += 0.02 * rng.standard_normal((3, 900))
    method, sign = rppg.METHODS[name]
    assert np.corrcoef(sign * method(rgb, 30.0), blood)[0, 1] > 0.9


@pytest.mark.parametrize("name", ["pos", "chrom"])
def test_movement_of_the_light_is_no_pulse(name):
    times = np.arange(900) / 30.0
    blood, light = 0.004 * np.sin(2 * np.pi * 1.3 * times), 1.0 + 0.05 * np.sin(2 * np.pi * 1.7 * times)
    method, sign = rppg.METHODS[name]
    wave = sign * method(SKIN * (1.0 - BLOOD * blood) * light, 30.0)
    assert np.corrcoef(wave, blood)[0, 1] > 0.9
    green = -rppg.green(SKIN * (1.0 - BLOOD * blood) * light, 30.0)
    assert np.corrcoef(green, blood)[0, 1] < 0.5


@pytest.mark.parametrize("name", ["pos", "chrom", "pbv"])
def test_the_unit_of_light_does_not_matter(rng, name):
    rgb = traces(rng, 150, drift=0.05)
    method = rppg.METHODS[name][0]
    gains = np.array([[0.004], [3.0], [1.7]])  # another exposure of each channel
    assert_allclose(method(gains * rgb, 30.0), method(rgb, 30.0), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", rppg.METHODS)
def test_dead_channels_give_no_crash(name):
    method = rppg.METHODS[name][0]
    rng = np.random.default_rng(0)
    live = 100.0 + rng.standard_normal((3, 120))
    constant = np.repeat(SKIN, 120, axis=1)
    assert_allclose(method(constant, 30.0), 0.0, atol=1e-9)
    for k in range(3):
        dead = live.copy()
        dead[k] = 0.0
        found = method(dead, 30.0)
        assert np.isnan(found).all() or (name == "green" and k != 1)
        dead[k] = 255.0
        assert np.isfinite(method(dead, 30.0)).all()
    assert np.isnan(method(np.full((3, 120), np.nan), 30.0)).all()
    assert np.isnan(method(np.zeros((3, 120)), 30.0)).all()
    assert method(np.empty((3, 0)), 30.0).shape == (0,)
    assert method(np.empty((0, 3, 120)), 30.0).shape == (0, 120)
    assert method(live[:, :3], 30.0).shape == (3,)


def test_a_lost_frame_stays_missing_and_its_windows_are_left_out(rng):
    rgb = traces(rng, 300)
    rgb[1, 150] = np.nan
    found = rppg.pos(rgb, 30.0)
    assert_array_equal(np.flatnonzero(np.isnan(found)), [150])
    close(found[:103], rppg.pos(rgb, 30.0)[:103])
    whole = rgb.copy()
    whole[1, 150] = 120.0
    assert_allclose(found[:55], rppg.pos(whole, 30.0)[:55])  # out of reach of any window with the lost frame
    assert not np.allclose(found[140:150], rppg.pos(whole, 30.0)[140:150])


def test_pos_hand_worked():
    """Two frames a second: windows of ceil(3.2) = 4 frames; four frames are one window."""
    rgb = np.array([[1.0, 1.0, 1.0, 1.0], [1.1, 0.9, 1.1, 0.9], [1.0, 1.0, 1.0, 1.0]])
    # S1 = S2 = +-0.1 round their means: equal deviations, so h = 2 S1.
    assert_allclose(rppg.pos(rgb, 2.0), [0.2, -0.2, 0.2, -0.2], rtol=1e-12)


def test_windows_are_as_long_as_the_paper_says():
    for rate in (10.0, 20.0, 30.0, 35.0, 60.0):
        length = math.ceil(round(1.6 * rate, 6))
        rgb = 100.0 + np.random.default_rng(0).standard_normal((3, length))
        assert np.isfinite(rppg.pos(rgb, rate)).all()
        assert np.isnan(rppg.pos(rgb[:, :-1], rate)).all()


def test_arguments_are_checked(rng):
    rgb = traces(rng, 100)
    for method, _ in rppg.METHODS.values():
        with pytest.raises(InvalidArgumentError, match=r"rgb has shape \(4, 100\).*R, G, B"):
            method(np.ones((4, 100)), 30.0)
        with pytest.raises(InvalidArgumentError, match="rgb has shape"):
            method(np.ones(100), 30.0)
        for rate in (0.0, -30.0, np.nan, "30"):
            with pytest.raises(InvalidArgumentError, match="rate"):
                method(rgb, rate)
    for method in (rppg.green, rppg.ica, rppg.pca, rppg.pbv, rppg.lgi, rppg.omit):
        with pytest.raises(InvalidArgumentError, match="window_s"):
            method(rgb, 30.0, window_s=0.0)


def test_the_input_is_left_as_it_was(rng):
    rgb = traces(rng, 100)
    before = rgb.copy()
    rgb.flags.writeable = False
    for method, _ in rppg.METHODS.values():
        assert_array_equal(method(rgb, 30.0), method(rgb.tolist(), 30.0))
    assert_array_equal(rgb, before)
