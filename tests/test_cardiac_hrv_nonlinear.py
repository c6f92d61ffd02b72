"""Entropies, scaling and order of intervals: the obvious way, NeuroKit2's answers, noises with known exponents."""

import math

import naive_hrv as naive
import neurokit2 as nk
import numpy as np
import pytest
from numpy.testing import assert_allclose

from physiofer.exceptions import InvalidArgumentError
from physiofer.kernels.cardiac import fractal
from physiofer.signals.cardiac import HRV_NONLINEAR, hrv_nonlinear


@pytest.fixture
def rr_ms(rng):
    """Two hundred and eighty intervals that breathe and wander."""
    return 800 + 40 * np.sin(0.3 * np.arange(280)) + np.cumsum(rng.normal(0, 4, 280)) + 15 * rng.standard_normal(280)


def with_slope(rng, n, exponent):
    """Noise whose power falls as one over frequency to the `exponent`: white 0, pink 1, Brownian 2."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    spectrum[1:] /= np.arange(1, spectrum.size) ** (exponent / 2)
    spectrum[0] = 0.0
    noise = np.fft.irfft(spectrum, n)
    return 800 + 30 * noise / noise.std()


# 1. fast equals obvious, and what others find


@pytest.mark.parametrize("n_lost", [0, 1, 20])
def test_entropies_match_naive_around_gaps(rng, n_lost):
    rr_ms = np.round(800 + 40 * rng.standard_normal(120), -1)  # with ties
    rr_ms[rng.choice(120, n_lost, replace=False)] = np.nan
    found = hrv_nonlinear(rr_ms)
    r = 0.2 * np.nanstd(rr_ms, ddof=1)
    series = rr_ms.tolist()
    assert_allclose(found["sampen"], naive.sample_entropy(series, r), rtol=1e-9)
    assert_allclose(found["apen"], naive.approximate_entropy(series, r), rtol=1e-9)
    assert_allclose(found["fuzzyen"], naive.fuzzy_entropy(series, r), rtol=1e-9)
    assert_allclose(found["permutation_entropy"], naive.permutation_entropy(series), rtol=1e-9)


def test_the_last_interval_may_be_rejected(rng):
    rr_ms = 800 + 40 * rng.standard_normal(121)
    rr_ms[-1] = np.nan
    found, without = hrv_nonlinear(rr_ms), hrv_nonlinear(rr_ms[:-1])
    assert {name: found[name] for name in HRV_NONLINEAR} == pytest.approx(without, rel=1e-9, nan_ok=True)


def test_neurokit_finds_the_same(rr_ms):
    found = hrv_nonlinear(rr_ms)
    form = {"delay": 1, "dimension": 2, "tolerance": 0.2 * rr_ms.std(ddof=1)}
    expected = {
        "sampen": nk.entropy_sample(rr_ms, **form),
        "apen": nk.entropy_approximate(rr_ms, **form),
        "mse_2": nk.entropy_sample(nk.complexity_coarsegraining(rr_ms, scale=2), **form),
        "dfa_alpha1": nk.fractal_dfa(rr_ms, scale=np.arange(4, 17), overlap=False),
        "dfa_alpha2": nk.fractal_dfa(rr_ms, scale=np.arange(16, 65), overlap=False),
        "higuchi_fd": nk.fractal_higuchi(rr_ms, k_max=10),
        "permutation_entropy": nk.entropy_permutation(rr_ms, delay=1, dimension=3, corrected=True),
    }
    for name, (value, _) in expected.items():
        assert_allclose(found[name], value, rtol=1e-8, err_msg=name)


def test_fuzzy_entropy_of_many_likenesses(rr_ms):
    """Its own exponential against the library's, from distances of nothing to distances beyond counting."""
    for scale in (1e-2, 1.0):
        series = 800 + scale * (rr_ms - 800) + np.repeat([0.0, 300.0], 140)  # all alike but for one jump
        r = 0.2 * series.std(ddof=1)
        assert_allclose(hrv_nonlinear(series)["fuzzyen"], naive.fuzzy_entropy(series.tolist(), r), rtol=1e-9)


# 2. laws


@pytest.mark.slow
def test_white_noise_has_the_entropy_of_independence(rng):
    """Independent normal values differ by less than 0.2 SD with probability p = erf(0.1): SampEn is -ln p."""
    entropies = [hrv_nonlinear(800 + 30 * rng.standard_normal(600))["sampen"] for _ in range(6)]
    assert np.mean(entropies) == pytest.approx(-math.log(math.erf(0.1)), rel=0.03)


@pytest.mark.slow
def test_coarse_graining_tells_white_noise_from_pink(rng):
    """Costa (2002): over scales white noise loses entropy, pink noise keeps it."""
    white = [hrv_nonlinear(800 + 30 * rng.standard_normal(500)) for _ in range(4)]
    pink = [hrv_nonlinear(with_slope(rng, 500, 1.0)) for _ in range(4)]
    drop = [np.nanmean([v["sampen"] - v["mse_4"] for v in noises]) for noises in (white, pink)]
    assert drop[0] > 0.4 > abs(drop[1])


def exponents(series):
    """Short- and long-term exponents alone: entropies of long series take their time without the compiler."""
    walk = fractal.profile(series)
    return [fractal.scaling_exponent(walk, 4, 16), fractal.scaling_exponent(walk, 16, 64)]


def test_white_noise_fluctuates_as_theory_says(rng):
    """F(n)^2 = (n^2 - 4) / (15 n) for independent values of unit variance, exactly; the slope tends to 1/2."""
    found = np.mean([exponents(800 + 30 * rng.standard_normal(1000)) for _ in range(10)], axis=0)
    for alpha, boxes in zip(found, (range(4, 17), range(16, 65)), strict=True):
        theory = [0.5 * math.log((n * n - 4) / (15 * n)) for n in boxes]
        expected = np.polyfit(np.log(boxes), theory, 1)[0]
        assert alpha == pytest.approx(expected, abs=0.04)
    assert expected == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("exponent", "alpha"), [(1.0, 1.0), (2.0, 1.5)])
def test_coloured_noise_scales_with_its_spectrum(rng, exponent, alpha):
    """Power falling as 1/f^b scales with alpha = (b + 1) / 2."""
    found = [exponents(with_slope(rng, 1000, exponent))[1] for _ in range(10)]
    assert np.mean(found) == pytest.approx(alpha, abs=0.08)


@pytest.mark.slow
def test_joined_gaps_hardly_change_the_exponent_of_correlated_noise(rng):
    """Chen et al. (2002): cutting out parts of a positively correlated series leaves its exponent."""
    changes = []
    for _ in range(8):
        rr_ms = with_slope(rng, 800, 1.0)
        whole = hrv_nonlinear(rr_ms)["dfa_alpha2"]
        for start in rng.integers(0, 790, 40):
            rr_ms[start : start + 3] = np.nan
        changes.append(hrv_nonlinear(rr_ms)["dfa_alpha2"] - whole)
    assert abs(np.mean(changes)) < 0.05


def test_fractal_dimension_of_noises(rng):
    """Higuchi (1988): 2 for white noise, 1.5 for a Brownian path, 1 for a line."""
    dimension = fractal.higuchi_dimension
    assert dimension(800 + 30 * rng.standard_normal(600)) == pytest.approx(2.0, abs=0.05)
    assert dimension(800 + np.cumsum(rng.standard_normal(600))) == pytest.approx(1.5, abs=0.1)
    assert dimension(np.linspace(700.0, 900.0, 200)) == pytest.approx(1.0, abs=0.01)


# 3. by hand


def test_scatter_by_hand():
    """Differences 10, -20, -10 about their mean -20/3: SDSD^2 = 700/3; SDNN^2 = 500/3 about 795."""
    values = hrv_nonlinear([800.0, 810.0, 790.0, 780.0])
    assert values["sd1_ms"] == pytest.approx(math.sqrt(700 / 6))
    assert values["sd2_ms"] == pytest.approx(math.sqrt(1000 / 3 - 700 / 6))
    assert values["sd1_sd2"] == pytest.approx(values["sd1_ms"] / values["sd2_ms"])
    assert values["ellipse_area_ms2"] == pytest.approx(math.pi * values["sd1_ms"] * values["sd2_ms"])
    assert values["cvi"] == pytest.approx(math.log10(16 * values["sd1_ms"] * values["sd2_ms"]))
    assert values["csi"] == pytest.approx(1 / values["sd1_sd2"])


def test_order_by_hand():
    """Rising thirty times: one order only; rising and falling by turns: two, equally often."""
    assert hrv_nonlinear(np.linspace(800, 900, 32))["permutation_entropy"] == 0.0
    zigzag = np.tile([800.0, 900.0], 20) + np.arange(40)
    assert hrv_nonlinear(zigzag)["permutation_entropy"] == pytest.approx(math.log(2) / math.log(6))
    ties = np.tile([800.0, 800.0, 900.0], 14)  # (800, 800, 900) counts as rising
    assert hrv_nonlinear(ties)["permutation_entropy"] == pytest.approx(naive.permutation_entropy(ties.tolist()))


def test_a_regular_series_is_predictable():
    """A wave that repeats every ten intervals: whatever was alike stays alike."""
    values = hrv_nonlinear(800 + 50 * np.sin(2 * np.pi * np.arange(300) / 10))
    assert values["sampen"] == pytest.approx(0.0, abs=0.01)


def test_nothing_alike_is_undefined_not_infinite():
    rr_ms = 300.0 * 1.01 ** np.arange(120.0) ** 1.1  # ever longer steps
    values = hrv_nonlinear(rr_ms)
    assert not any(math.isinf(value) for value in values.values())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hrv_nonlinear([[800.0]]), "rr_ms has shape"),
        (lambda: hrv_nonlinear([800.0], min_intervals=-1), "min_intervals=-1"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


@pytest.mark.parametrize("period", [2, 3, 7])
def test_approximate_entropy_of_a_periodic_series_is_nil(period):
    rr_ms = np.tile(800.0 + 40.0 * np.arange(period), 400 // period)
    assert hrv_nonlinear(rr_ms)["apen"] == pytest.approx(0.0, abs=1e-4)  # the two averages differ by one template
