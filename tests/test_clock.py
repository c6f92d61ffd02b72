"""Maps between clocks: exact at the knots, invertible everywhere, honest about what they leave unexplained."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from physiofer.clock import ClockMap
from physiofer.exceptions import InvalidArgumentError

STEPS = st.lists(st.floats(0.01, 100.0), min_size=1, max_size=8)


def naive_map(time, knots, images):
    """The line through the two knots next to a time, the end pieces going on outside."""
    if len(knots) == 1:
        return images[0] + time - knots[0]
    k = 0
    while k < len(knots) - 2 and time >= knots[k + 1]:
        k += 1
    share = (time - knots[k]) / (knots[k + 1] - knots[k])
    return images[k] + share * (images[k + 1] - images[k])


@settings(deadline=None)
@given(STEPS, STEPS, st.lists(st.floats(-500.0, 500.0), min_size=1, max_size=20))
def test_maps_equal_the_naive_line_and_invert(source_steps, target_steps, times_s):
    n_knots = min(len(source_steps), len(target_steps))
    source_s, target_s = np.cumsum(source_steps[:n_knots]), 7.0 + np.cumsum(target_steps[:n_knots])
    clock = ClockMap(source_s, target_s)
    expected = [naive_map(time, source_s.tolist(), target_s.tolist()) for time in times_s]
    assert_allclose(clock(times_s), expected, rtol=1e-9, atol=1e-6)
    assert_allclose(clock.inverse(clock(times_s)), times_s, rtol=1e-6, atol=1e-6)
    assert_allclose(clock(source_s), target_s, rtol=1e-12)


def test_one_knot_is_an_offset():
    clock = ClockMap([10.0], [12.5])
    assert clock([0.0, 10.0]).tolist() == [2.5, 12.5] and float(clock.inverse(12.5)) == 10.0


def test_a_line_recovers_offset_and_drift(rng):
    source_s = np.sort(rng.uniform(0.0, 600.0, 200))
    clock = ClockMap.fit(source_s, 5.0 + (1.0 + 1e-4) * source_s + rng.normal(0.0, 0.002, 200))
    assert_allclose(clock([0.0, 600.0]), [5.0, 605.06], atol=1e-3)
    assert clock.residual_s == pytest.approx(0.002, rel=0.2)


def test_a_fit_is_as_sharp_at_unix_times():
    source_s = 1.65e9 + np.arange(1000.0)
    clock = ClockMap.fit(source_s, source_s + 3.0 + 1e-5 * np.arange(1000.0))
    assert clock.residual_s < 1e-6
    assert_allclose(clock(source_s + 0.5) - source_s, 3.5 + 1e-5 * (np.arange(1000.0) + 0.5), atol=2e-6)


def test_an_offset_is_the_median_and_forgives_outliers():
    clock = ClockMap.fit([0.0, 1.0, 2.0, 3.0, 4.0], [9.0, 10.0, 11.0, 12.0, 99.0], method="offset")
    assert clock([0.0, 4.0]).tolist() == [9.0, 13.0]
    assert clock.residual_s == pytest.approx(86.0 / np.sqrt(5))
    assert float(ClockMap.fit([2.0], [5.0], method="offset")(0.0)) == 3.0


def test_repr_tells_knots_and_residual():
    assert repr(ClockMap([0.0], [1.0], 0.0012)) == "<ClockMap of 1 knots, residual 1.2 ms>"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ClockMap([], []), "source_s has 0 values"),
        (lambda: ClockMap([0.0, 1.0], [0.0]), "source_s has 2 knots and target_s 1"),
        (lambda: ClockMap([0.0, 0.0], [0.0, 1.0]), "source_s must be finite and strictly increasing"),
        (lambda: ClockMap([0.0, 1.0], [1.0, 0.0]), "target_s must be finite and strictly increasing"),
        (lambda: ClockMap([np.nan], [0.0]), "source_s must be finite"),
        (lambda: ClockMap([0.0], [0.0], -1.0), "residual_s=-1.0 must be"),
        (lambda: ClockMap.fit([0.0, 1.0], [0.0, 1.0], method="spline"), "method='spline' must be one of line, offset"),
        (lambda: ClockMap.fit([0.0], [0.0]), "source_s has 1 values; at least 2"),
        (lambda: ClockMap.fit([0.0, 1.0], [0.0, 1.0, 2.0]), "source_s has 2 times and target_s 3"),
        (lambda: ClockMap.fit([0.0, np.nan], [0.0, 1.0]), "source_s must be finite; leave out the pairs"),
        (lambda: ClockMap.fit([0.0, 1.0], [0.0, np.nan]), "target_s must be finite; leave out the pairs"),
        (lambda: ClockMap.fit([1.0, 1.0], [0.0, 1.0]), "source_s must hold two different times"),
        (lambda: ClockMap.fit([0.0, 1.0], [1.0, 0.0]), "target_s goes back as source_s advances"),
    ],
)
def test_bad_calls(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()
