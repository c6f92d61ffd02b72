"""Intervals between beats, and a simple pulse wave for other tests."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from physiofer.exceptions import InvalidArgumentError
from physiofer.signals import cardiac

RATE = 64.0


def pulse_train(beats_s, duration_s, rate=RATE, sharpness_s=0.09):
    """A pulse with a steep rise and a slow, notched fall after each beat."""
    times = np.arange(0, duration_s, 1 / rate)
    since = times[:, None] - np.asarray(beats_s)
    rise = np.exp(-0.5 * ((since - 0.15) / sharpness_s) ** 2)
    notch = 0.35 * np.exp(-0.5 * ((since - 0.42) / 0.1) ** 2)
    return (rise + notch).sum(axis=1)


def wandering_beats(rng, duration_s, mean_s=0.8, sd_s=0.04):
    """Beats whose intervals breathe and jitter."""
    intervals = mean_s + sd_s * np.sin(0.25 * 2 * np.pi * mean_s * np.arange(int(2 * duration_s)))
    beats_s = np.cumsum(intervals + 0.005 * rng.standard_normal(intervals.size))
    return beats_s[beats_s < duration_s - 1]


@given(
    arrays(float, st.integers(1, 40), elements=st.floats(200, 2200)),
    st.lists(st.booleans(), min_size=41, max_size=41),
)
def test_nn_intervals_match_naive(rr_ms, good):
    beats_s = np.concatenate([[0.0], np.cumsum(rr_ms)]) / 1000
    quality = np.where(good[: beats_s.size], 1.0, 0.0)
    exact = np.round(1000 * np.diff(beats_s), 9)
    expected = naive.reject_intervals(exact.tolist(), good, 300, 2000, 0.2, 7)
    assert_allclose(cardiac.nn_intervals(beats_s, quality), expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cardiac.nn_intervals([1.0, 0.5]), "beats_s must be finite and must not go backwards"),
        (lambda: cardiac.nn_intervals([0.0, 1.0], [1.0]), "quality has 1 values for 2 beats"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()
