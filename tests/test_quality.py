"""Grades of windows: shares present, in range, varying, unclipped, and of power in one rhythm."""

import warnings

import naive_quality as naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError
from physiofer.signals.quality import (
    in_range_share,
    present_share,
    spectral_purity,
    unclipped_share,
    varying_share,
)

PULSE = (0.5, 5.0)
BREATH = (0.05, 0.7)

#: Every function with plausible arguments, at 16 Hz where the rate matters.
GRADES = {
    "present": present_share,
    "in_range": lambda values: in_range_share(values, -10.0, 10.0),
    "varying": lambda values: varying_share(values, 16.0, min_flat_s=0.25),
    "unclipped": unclipped_share,
    "pure": lambda values: spectral_purity(values, 16.0, *PULSE),
}

few_levels = arrays(
    float,
    st.tuples(st.integers(1, 3), st.integers(1, 60)),
    elements=st.sampled_from([-1.0, 0.0, 0.5, 2.0, np.nan, np.inf, -np.inf]),
)
anything = arrays(float, st.tuples(st.integers(0, 3), st.integers(0, 200)), elements=st.floats(width=64))


@pytest.fixture(params=GRADES, ids=str)
def grade(request):
    """One of the functions, of the values alone."""
    return GRADES[request.param]


def pulse(rate, duration_s, *, bpm=72.0):
    """A pulse wave of narrow beats."""
    phase = np.arange(int(duration_s * rate)) * bpm / 60.0 / rate
    return np.exp(-0.5 * (((phase % 1.0) - 0.4) / 0.12) ** 2)


@given(few_levels, st.integers(1, 6))
def test_shares_of_samples_match_naive(values, min_run):
    rows = values.tolist()
    assert_allclose(in_range_share(values, -0.5, 1.0), [naive.in_range_share(row, -0.5, 1.0) for row in rows])
    assert_allclose(present_share(values), [naive.in_range_share(row, -1e308, 1e308) for row in rows])
    assert_allclose(unclipped_share(values, min_run=min_run), [naive.outside_plateaus(row, min_run) for row in rows])
    expected = [naive.outside_plateaus(row, min_run, -0.5, 1.0) for row in rows]
    assert_allclose(unclipped_share(values, min_run=min_run, low=-0.5, high=1.0), expected)
    expected = [naive.outside_plateaus(row, max(min_run, 2), np.inf, -np.inf) for row in rows]
    assert_allclose(varying_share(values, 4.0, min_flat_s=min_run / 4.0), expected)


@pytest.mark.parametrize(("rate", "segment_s"), [(11.0, 8.0), (12.5, 20.0), (64.0, 7.3)])
def test_purity_matches_naive(rng, rate, segment_s):
    values = rng.standard_normal((3, int(21 * rate))) + 2.0 * pulse(rate, 21.0)
    values[1, rng.random(values.shape[1]) < 0.2] = np.nan
    values[2, : int(9 * rate)] = np.nan
    expected = [naive.spectral_purity(row, rate, *PULSE, segment_s) for row in values.tolist()]
    assert_allclose(spectral_purity(values, rate, *PULSE, segment_s=segment_s), expected, rtol=1e-9)


@given(anything)
def test_grades_are_shares_and_never_complain(values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for grade in GRADES.values():
            shares = grade(values)
            assert shares.shape == values.shape[:-1]
            assert ((shares >= 0.0) & (shares <= 1.0)).all()


@given(
    arrays(float, 160, elements=st.one_of(st.integers(-50, 50).map(float), st.just(np.nan))),
    st.integers(-200, 200),
    st.sampled_from([-1.0, 1.0]),
)
def test_unit_and_polarity_do_not_matter(values, exponent, sign):
    scaled = sign * 2.0**exponent * values
    for name in ("present", "varying", "unclipped", "pure"):
        assert_allclose(GRADES[name](scaled), GRADES[name](values), rtol=1e-9)


def test_windows_of_any_shape_and_type(grade):
    values = np.round(100.0 * pulse(16.0, 60.0)).reshape(2, 3, 160)
    shares = grade(values)
    assert shares.shape == (2, 3)
    assert_array_equal(grade(values.reshape(6, 160)), shares.ravel())
    assert [[float(grade(row)) for row in block] for block in values] == shares.tolist()
    for other in (values.astype(np.int16), values.astype(np.float32), values.tolist(), np.asfortranarray(values)):
        assert_array_equal(grade(other), shares)


@pytest.mark.parametrize("n_times", [0, 1, 2, 640])
def test_nothing_is_worth_nothing(grade, n_times):
    assert_array_equal(grade(np.full((2, n_times), np.nan)), 0.0)


def test_no_windows_no_grades(grade):
    assert grade(np.empty((0, 100))).shape == (0,)


def test_one_value_throughout_is_stuck_clipped_and_no_rhythm():
    dead = np.full(640, 0.3)
    assert (varying_share(dead, 16.0, min_flat_s=5.0), unclipped_share(dead)) == (0.0, 0.0)
    assert spectral_purity(dead, 16.0, *PULSE) == 0.0
    assert varying_share(dead[:32], 16.0, min_flat_s=5.0) == 1.0  # too short to tell


def test_stuck_share_is_how_long_it_was_stuck(rng):
    values = rng.standard_normal((3, 240))
    values[1, 40:100] = 1.5
    values[2, 40:59] = 1.5  # 4.75 s
    values[2, 100:180:4] = np.nan
    assert_allclose(varying_share(values, 4.0, min_flat_s=5.0), [1.0, 0.75, 1.0])
    stuck = np.where(np.arange(240) % 2, np.nan, 7.0)
    assert varying_share(stuck, 4.0, min_flat_s=5.0) == 0.0  # losses do not hide that it is stuck


def test_clipping_is_seen_at_both_rails_and_not_inside():
    wave = np.sin(2 * np.pi * np.arange(640) / 64.0)
    assert unclipped_share(wave) == 1.0
    cut = np.clip(wave, -0.8, 0.9)
    assert unclipped_share(cut) == pytest.approx(np.mean((cut > -0.8) & (cut < 0.9)))
    assert unclipped_share(np.clip(wave, -2.0, 0.9)) == pytest.approx(np.mean(np.clip(wave, -2.0, 0.9) < 0.9))
    steps = np.repeat([0.0, 1.0, 2.0, 1.0], 5)  # rests in the middle are not at a rail
    assert unclipped_share(steps) == 0.5
    assert unclipped_share(steps, low=-1.0, high=2.0) == 0.75
    assert unclipped_share(steps, min_run=6) == 1.0


@pytest.mark.parametrize("rate", [11.0, 25.0, 64.0, 250.0])
@pytest.mark.parametrize("hz", [0.7, 1.23, 2.9])
def test_a_sine_is_pure_at_any_rate_and_frequency(rate, hz):
    sine = np.sin(2 * np.pi * hz * np.arange(int(60 * rate)) / rate)
    assert spectral_purity(sine, rate, *PULSE) == pytest.approx(1.0, abs=2e-3)


def test_two_sines_share_by_their_power():
    times_s = np.arange(0, 60, 1 / 32)
    two = 2.0 * np.sin(2 * np.pi * 1.0 * times_s) + np.sin(2 * np.pi * 3.2 * times_s)
    assert spectral_purity(two, 32.0, *PULSE) == pytest.approx(4 / 5, abs=0.01)
    harmonic = 2.0 * np.sin(2 * np.pi * 1.0 * times_s) + np.sin(2 * np.pi * 2.0 * times_s)
    assert spectral_purity(harmonic, 32.0, *PULSE) == pytest.approx(1.0, abs=2e-3)


def test_purity_falls_with_noise_to_that_of_noise_alone(rng):
    noise = rng.standard_normal(64 * 120)
    wave = pulse(64.0, 120.0) - pulse(64.0, 120.0).mean()
    purity = [float(spectral_purity(wave + level * noise, 64.0, *PULSE)) for level in (0.0, 0.5, 1.0, 2.0, 1e3)]
    assert purity == sorted(purity, reverse=True)
    assert purity[0] > 0.95
    assert 0.1 < purity[-1] < 0.3


def test_a_rhythm_that_drifts_is_still_one():
    times_s = np.arange(0, 60, 1 / 32)
    bpm = np.linspace(60.0, 90.0, times_s.size)
    assert spectral_purity(np.sin(2 * np.pi * np.cumsum(bpm) / 60.0 / 32.0), 32.0, *PULSE) > 0.95


@pytest.mark.parametrize("drift", ["line", "sway", "step"])
def test_the_skirt_of_a_drift_is_no_rhythm(drift):
    times_s = np.arange(0, 60, 1 / 32)
    shape = {"line": times_s / 6, "sway": np.sin(2 * np.pi * 0.11 * times_s), "step": times_s > 29.0}[drift]
    assert spectral_purity(1e3 + 50.0 * shape, 32.0, *PULSE) < 0.3
    clean = np.sin(2 * np.pi * 1.2 * times_s)
    if drift != "step":  # which is within the band, too
        assert spectral_purity(1e3 + 50.0 * shape + clean, 32.0, *PULSE) > 0.95


def test_purity_is_the_share_of_time_that_is_clean(rng):
    clean = pulse(32.0, 120.0)
    half = clean + np.where(np.arange(clean.size) < clean.size // 2, 20.0, 0.0) * rng.standard_normal(clean.size)
    assert 0.4 < spectral_purity(half, 32.0, *PULSE) < 0.7
    lost = clean.copy()
    lost[: clean.size // 3] = np.nan
    assert spectral_purity(lost, 32.0, *PULSE) == pytest.approx(2 / 3, abs=0.1)
    lost[: int(0.51 * clean.size)] = np.nan
    assert spectral_purity(lost, 32.0, *PULSE) == 0.0


def test_short_gaps_cost_little(rng):
    clean = pulse(64.0, 60.0)
    clean[rng.random(clean.size) < 0.1] = np.nan
    assert spectral_purity(clean, 64.0, *PULSE) > 0.9


def test_breath_needs_two_slow_periods(rng):
    belt = np.sin(2 * np.pi * 0.24 * np.arange(0, 90, 1 / 25))
    assert spectral_purity(belt, 25.0, *BREATH, segment_s=60.0) > 0.99
    assert spectral_purity(belt[: 25 * 39], 25.0, *BREATH, segment_s=60.0) == 0.0
    assert spectral_purity(belt[: 25 * 40], 25.0, *BREATH, segment_s=60.0) > 0.99


def test_one_wild_segment_does_not_blind_the_others():
    wave = pulse(32.0, 100.0)
    wave[320:340] = 1e6
    assert spectral_purity(wave, 32.0, *PULSE) > 0.7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: present_share(1.0), "values=1.0 must be an array with time last"),
        (lambda: present_share([[1.0], [1.0, 2.0]]), "values must be an array of real numbers"),
        (lambda: present_share(["a"]), "values must be an array of real numbers"),
        (lambda: in_range_share([1.0], 2.0, 1.0), "high=1.0 must be"),
        (lambda: in_range_share([1.0], np.nan, 1.0), "low=nan must be"),
        (lambda: varying_share([1.0], 0.0, min_flat_s=1.0), "rate=0.0 must be"),
        (lambda: varying_share([1.0], 4.0, min_flat_s=0.0), "min_flat_s=0.0 must be"),
        (lambda: unclipped_share([1.0], min_run=0), "min_run=0 must be an integer of at least 1"),
        (lambda: unclipped_share([1.0], low=2.0, high=1.0), "high=1.0 must be"),
        (lambda: spectral_purity([1.0], -4.0, 0.5, 1.0), "rate=-4.0 must be"),
        (lambda: spectral_purity([1.0], 10.0, 0.5, 5.0), r"high_hz=5 must be below rate/2=5 \(Nyquist\)"),
        (lambda: spectral_purity([1.0], 64.0, 5.0, 0.5), "high_hz=0.5 must be"),
        (lambda: spectral_purity([1.0], 64.0, 0.5, 5.0, segment_s=0.0), "segment_s=0.0 must be"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()
