"""Ratios, edges and slopes of spectra of EEG."""

import naive_eeg_spectrum as naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from physiofer.exceptions import InvalidArgumentError
from physiofer.signals.eeg.spectral_shape import RATIOS, aperiodic, band_ratios, spectral_edge
from physiofer.signals.eeg.spectrum import power_spectrum


def test_ratios_hand_worked():
    power = np.array([[4.0, 2.0, 1.0, 1.0, 0.5], [1.0, 3.0, 0.0, 0.0, 1.0]])
    expected = [[2.0, 2.0, 1.0, 3.0, 1 / 3], [np.nan, np.nan, np.nan, np.nan, 0.0]]
    assert_allclose(band_ratios(power), expected)
    assert_allclose(band_ratios(power[:, :2], ["a", "b"], {"ab": (["a"], ["b"])}), [[2.0], [1 / 3]])
    assert list(RATIOS) == ["theta_beta", "theta_alpha", "alpha_beta", "slow_fast", "engagement"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 2.0],), r"power has shape \(2,\); its last axis must be the 5 bands"),
        (([1.0, 2.0], ["theta", "mu"]), "ratios: theta_beta needs the band 'beta', which is none of theta, mu"),
        (([1.0, 2.0], ["a", "b"], {"ab": ("a", "b")}), r"ratios: ab=\('a', 'b'\) must be two lists of bands"),
        (([1.0, 2.0], ["a", "b"], {"ab": (["a"], [])}), "ratios: ab=.* must be two lists of bands"),
        (([1.0, 2.0], ["a", "b"], {"ab": 3}), "ratios: ab=3 must be two lists of bands"),
        (([1.0, 2.0], ["a", "b"], ["ab"]), r"ratios=\['ab'\] must name bands"),
    ],
)
def test_wrong_ratios_are_named(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        band_ratios(*arguments)


@given(st.floats(0.01, 1.0), st.floats(0.0, 20.0), st.floats(21.0, 64.0), st.integers(0, 100))
def test_spectral_edge_matches_naive(share, low_hz, high_hz, seed):
    frequencies_hz = np.arange(129) / 2
    density = np.random.default_rng(seed).random((2, 129)) * (np.arange(129) % 7 > 0)
    edge_hz = spectral_edge(frequencies_hz, density, share=share, low_hz=low_hz, high_hz=high_hz)
    expected = [naive.spectral_edge(frequencies_hz, row, share, low_hz, high_hz) for row in density]
    assert_allclose(edge_hz, expected, rtol=1e-8)


def test_spectral_edge_hand_worked():
    frequencies_hz, density = np.arange(65.0), np.zeros((3, 65))
    density[0, 10] = 2.0  # a cell from 9.5 to 10.5 Hz
    density[1] = np.nan
    assert_allclose(spectral_edge(frequencies_hz, density), [10.45, np.nan, np.nan])
    assert spectral_edge(frequencies_hz, density[0], share=0.5) == pytest.approx(10.0)


@pytest.mark.parametrize(("n_times", "exponent"), [(512, 1.0), (1280, 2.0)])
def test_aperiodic_matches_naive(rng, n_times, exponent):
    frequencies_hz, density = power_spectrum(naive.coloured_noise(rng, exponent, (3, n_times), 128.0), 128.0)
    is_inside = (frequencies_hz >= 2) & (frequencies_hz <= 40)
    expected = [naive.aperiodic(frequencies_hz[is_inside], row[is_inside]) for row in density]
    assert_allclose(np.transpose(aperiodic(frequencies_hz, density)), expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_aperiodic_sees_the_slope_beneath_a_rhythm(rng, exponent):
    eeg = naive.coloured_noise(rng, exponent, (20, 7680), 128.0)
    frequencies_hz, density = power_spectrum(eeg, 128.0)
    rhythm = 10.0 * 10.0**-exponent * np.exp(-0.5 * np.square((frequencies_hz - 10.0) / 1.0))
    found, offset = aperiodic(frequencies_hz, density + rhythm)
    assert found.mean() == pytest.approx(exponent, abs=0.04)
    assert offset.mean() == pytest.approx(0.0, abs=0.06)


def test_aperiodic_of_nothing_is_nan():
    frequencies_hz, density = np.arange(1.0, 65.0), np.ones((4, 64))
    density[1, 20], density[2, 20], density[3, 60] = np.nan, 0.0, np.nan  # the last is beyond 40 Hz
    exponent, offset = aperiodic(frequencies_hz, density)
    assert_allclose(exponent, [0.0, np.nan, np.nan, 0.0], atol=1e-12)
    assert_allclose(offset, [0.0, np.nan, np.nan, 0.0], atol=1e-12)


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (spectral_edge, {"high_hz": 70.0}, "high_hz=70 reaches beyond the spectrum, which goes from 0 to 64 Hz"),
        (spectral_edge, {"share": 0.0}, "share=0.0"),
        (spectral_edge, {"low_hz": 50.0}, r"high_hz=45.0 must be a finite number in \(50"),
        (spectral_edge, {"density": np.ones(7)}, r"density has shape \(7,\)"),
        (spectral_edge, {"frequencies_hz": np.arange(65.0) ** 2}, "frequencies_hz must rise in even steps"),
        (aperiodic, {"low_hz": 0.0}, r"low_hz=0.0 must be a finite number in \(0"),
        (aperiodic, {"low_hz": 36.0}, "holds 5 frequencies; at least 8 are needed"),
    ],
)
def test_a_wrong_range_is_named(function, options, message):
    arguments = {"frequencies_hz": np.arange(65.0), "density": np.ones(65)} | options
    with pytest.raises(InvalidArgumentError, match=message):
        function(**arguments)
