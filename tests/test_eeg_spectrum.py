"""Bands, spectra, band powers and differential entropies of EEG."""

import math

import naive_eeg_spectrum as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import signal

from physiofer.exceptions import InvalidArgumentError
from physiofer.signals.eeg.bands import BANDS, check_bands
from physiofer.signals.eeg.differential_entropy import differential_entropy
from physiofer.signals.eeg.spectrum import band_power, power_spectrum

EDGES = list(BANDS.values())
WIDTHS = np.array([high - low for low, high in EDGES])
GAUSSIAN = 0.5 * math.log(2 * math.pi * math.e)


def sine(frequency_hz, duration_s, rate, phase=0.3, amplitude=3.0):
    """A sine of power amplitude ** 2 / 2."""
    times_s = np.arange(int(round(duration_s * rate))) / rate
    return amplitude * np.sin(2 * np.pi * frequency_hz * times_s + phase)


# --- bands ---


def test_bands_keep_their_order_and_become_floats():
    assert check_bands({"b": [8, 12], "a": (1, 4)}, 128, 2.0) == {"b": (8.0, 12.0), "a": (1.0, 4.0)}
    assert list(check_bands({"b": [8, 12], "a": (1, 4)}, 128)) == ["b", "a"]


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ({"gamma": (30, 64)}, r"bands: gamma=\(30, 64\) Hz reaches rate/2=64 Hz \(Nyquist\); lower its high edge"),
        ({"alpha": (8, 13), "slow": (0.1, 0.3)}, r"slow=\(0.1, 0.3\) Hz is narrower than the 0.5 Hz .* window of 2 s"),
        ({"alpha": (13, 8)}, r"alpha=\(13, 8\) must have its low edge below its high edge"),
        ({"alpha": (8, 8)}, "alpha.*low edge below"),
        ({"alpha": (-1, 8)}, "the low edge of alpha=-1 must be a finite number"),
        ({"alpha": (8, np.nan)}, "the high edge of alpha=nan"),
        ({"alpha": 8}, r"alpha=8 must be a pair \(low_hz, high_hz\)"),
        ({"alpha": (8, 9, 10)}, "alpha.*must be a pair"),
        ({"alpha": "ab"}, "the low edge of alpha='a'"),
        ({3: (8, 13)}, "name 3 of a band must be a string"),
        ({}, "must name at least one band"),
        ([(8, 13)], "must name at least one band"),
    ],
)
def test_a_wrong_band_is_named(bands, message):
    with pytest.raises(InvalidArgumentError, match=message):
        check_bands(bands, 128.0, 0.5)


# --- spectra ---


@pytest.mark.parametrize(("n_times", "window_s"), [(64, None), (61, None), (75, 0.8), (50, 0.7), (49, 1.7)])
def test_welch_matches_naive(rng, n_times, window_s):
    eeg, rate = 1e3 + rng.standard_normal((2, 3, n_times)), 30.0
    n_samples = min(n_times, 120 if window_s is None else round(window_s * rate))
    frequencies_hz, density = power_spectrum(eeg, rate, window_s=window_s)
    assert_allclose(frequencies_hz, np.arange(n_samples // 2 + 1) * rate / n_samples)
    expected = naive.density(eeg[1, 2], rate, n_samples, n_samples, [(naive.hann(n_samples), 1.0)])
    assert_allclose(density[1, 2], expected, rtol=1e-8, atol=1e-12)
    bands = {"low": (1.5, 6.1), "high": (7.0, 14.9)}
    power = band_power(eeg, rate, bands, window_s=window_s)
    for k, edges in enumerate(bands.values()):
        expected = naive.band_power(eeg[1, 2], rate, *edges, n_samples, [(naive.hann(n_samples), 1.0)])
        assert power[1, 2, k] == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(
    ("n_times", "half_bandwidth", "bandwidth_hz"), [(61, 1.5, None), (128, 4.0, 8 * 30 / 128), (91, 2.5, 5 * 30 / 91)]
)
def test_multitaper_matches_naive(rng, n_times, half_bandwidth, bandwidth_hz):
    eeg, rate = 5.0 + rng.standard_normal((2, n_times)), 30.0
    tapers = naive.slepian(n_times, half_bandwidth)
    _, density = power_spectrum(eeg, rate, method="multitaper", bandwidth_hz=bandwidth_hz)
    assert_allclose(density[1], naive.density(eeg[1], rate, n_times, n_times, tapers), rtol=1e-8)
    power = band_power(eeg, rate, {"a": (2.2, 9.0)}, method="multitaper", bandwidth_hz=bandwidth_hz)
    assert power[1, 0] == pytest.approx(naive.band_power(eeg[1], rate, 2.2, 9.0, n_times, tapers), rel=1e-8)


def test_spectra_are_those_of_scipy_and_mne(rng):
    eeg, rate = 10.0 * rng.standard_normal((3, 2, 1024)) + 1e3, 128.0
    frequencies_hz, density = power_spectrum(eeg, rate, window_s=2.0)
    expected_hz, expected = signal.welch(eeg, rate, nperseg=256)
    assert_allclose(frequencies_hz, expected_hz)
    assert_allclose(density, expected, rtol=1e-8)
    mne = pytest.importorskip("mne")
    options = {"n_fft": 256, "n_overlap": 128, "window": "hann", "verbose": "error"}
    expected, expected_hz = mne.time_frequency.psd_array_welch(eeg, rate, fmin=1.0, fmax=45.0, **options)
    frequencies_hz, density = power_spectrum(eeg, rate, window_s=2.0, low_hz=1.0, high_hz=45.0)
    assert_allclose(frequencies_hz, expected_hz)
    assert_allclose(density, expected, rtol=1e-8)


def test_multitaper_is_near_that_of_mne_where_the_tapers_are(rng):
    mne = pytest.importorskip("mne")
    eeg, rate = rng.standard_normal((2, 1280)), 128.0
    options = {"low_bias": True, "normalization": "full", "verbose": "error"}
    # MNE takes tapers that are 90 % concentrated: here the third is less, the first two are more than 99 %. It makes
    # them one sample longer and drops that, and counts both sides of 0 Hz and rate / 2, which have one.
    expected, _ = mne.time_frequency.psd_array_multitaper(eeg, rate, bandwidth=0.35, **options)
    _, density = power_spectrum(eeg, rate, method="multitaper", bandwidth_hz=0.35)
    assert_allclose(density[:, 1:-1], expected[:, 1:-1], rtol=0.03)
    assert density[:, 1:-1].sum() == pytest.approx(expected[:, 1:-1].sum(), rel=1e-3)


def test_density_adds_up_to_the_variance_under_the_window(rng):
    for n_times in (256, 257):
        eeg, weight = rng.standard_normal((1, n_times)), np.square(naive.hann(n_times))
        frequencies_hz, density = power_spectrum(eeg, 64.0, window_s=5.0)
        variance = (np.square(eeg - eeg.mean()) * weight).sum() / weight.sum()
        assert density.sum() * frequencies_hz[1] == pytest.approx(variance, rel=1e-12)


# --- Parseval ---


@pytest.mark.parametrize(("method", "tolerance"), [("welch", 0.02), ("multitaper", 0.01)])
@pytest.mark.parametrize(
    ("duration_s", "rate"), [(1.5, 128.0), (2.0, 128.0), (2.011, 1000.0), (3.3, 250.0), (7.004, 250.0), (60.0, 128.0)]
)
def test_sines_have_their_power_wherever_they_fall(method, tolerance, duration_s, rate):
    for k, (low_hz, high_hz) in enumerate(EDGES):
        middle_hz = 0.5 * (low_hz + high_hz)
        frequencies_hz = [middle_hz, middle_hz - 0.13, middle_hz + 0.2 / duration_s, math.sqrt(low_hz * high_hz)]
        eeg = [sine(f, duration_s, rate, phase) for f, phase in zip(frequencies_hz, (0.0, 0.8, 1.6, 2.4), strict=True)]
        power = band_power(np.array(eeg, dtype=np.float32), rate, method=method)
        assert_allclose(power[:, k], 4.5, rtol=tolerance)


@pytest.mark.parametrize(("method", "tolerance"), [("welch", 0.03), ("multitaper", 0.01)])
def test_sines_of_one_second_have_their_power_in_the_middle_of_each_band(method, tolerance):
    for k, (low_hz, high_hz) in enumerate(EDGES):
        eeg = np.array([sine(0.5 * (low_hz + high_hz), 1.0, 500.0, phase) for phase in np.arange(0, np.pi, 0.2)])
        error = band_power(eeg, 500.0, method=method)[:, k] / 4.5 - 1.0
        assert np.abs(error).max() < tolerance
        assert np.abs(error.mean()) < 0.02


@pytest.mark.parametrize(
    ("method", "n_times", "rate", "white", "pink"),
    [
        ("welch", 512, 128.0, 0.001, 0.012),
        ("multitaper", 512, 128.0, 0.001, 0.01),
        ("welch", 129, 128.0, 0.02, 0.05),
        ("multitaper", 129, 128.0, 0.01, 0.06),
    ],
)
def test_noise_has_its_integral_over_the_band(method, n_times, rate, white, pink):
    # The expected power of noise is its density times the mean power of sines of all frequencies and phases.
    step_hz = 0.25 * rate / n_times
    frequencies_hz = np.arange(0.5 * step_hz, 0.5 * rate, step_hz)
    turns = np.outer(frequencies_hz, np.arange(n_times)) / rate
    eeg = math.sqrt(2.0) * np.stack([np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)])
    response = band_power(eeg, rate, method=method).mean(axis=0)
    assert_allclose(response.sum(axis=0) * step_hz, WIDTHS, rtol=white)
    is_noise = frequencies_hz > 1 / 16
    expected = [math.log(high_hz / low_hz) for low_hz, high_hz in EDGES]
    assert_allclose((response / frequencies_hz[:, np.newaxis])[is_noise].sum(axis=0) * step_hz, expected, rtol=pink)


@pytest.mark.parametrize(("method", "tolerance"), [("welch", 0.02), ("multitaper", 0.01)])
def test_a_minute_of_white_noise_has_the_share_of_the_band(rng, method, tolerance):
    power = band_power(2.0 * rng.standard_normal((24, 7681)), 128.0, method=method)
    chance = 3.0 * power.std(axis=0) / math.sqrt(len(power))
    assert np.all(np.abs(power.mean(axis=0) - WIDTHS / 16.0) < tolerance * WIDTHS / 16.0 + chance)


def test_a_sine_on_an_edge_is_shared_hand_worked():
    # Hann's window spreads a sine on a frequency over it and its neighbours as 4 to 1 to 1; an edge halves its cell.
    eeg = np.array([sine(8.0, 4.0, 128.0), sine(8.25, 4.0, 128.0), sine(8.5, 4.0, 128.0)])
    power = band_power(eeg, 128.0, {"theta": (4, 8), "alpha": (8, 13)}) / 4.5
    assert_allclose(power, [[1 / 2, 1 / 2], [1 / 12, 11 / 12], [0, 1]], atol=1e-12)


@given(st.floats(2.0, 30.0), st.floats(31.0, 60.0), st.sampled_from(["welch", "multitaper"]))
@settings(max_examples=15)
def test_neighbouring_bands_add_up(middle_hz, high_hz, method):
    eeg = np.random.default_rng(0).standard_normal((2, 300))
    parts = band_power(eeg, 128.0, {"a": (1.0, middle_hz), "b": (middle_hz, high_hz)}, method=method)
    whole = band_power(eeg, 128.0, {"c": (1.0, high_hz)}, method=method)
    assert_allclose(parts.sum(axis=-1), whole[:, 0], rtol=1e-12)


def test_outputs_agree(rng):
    eeg = rng.standard_normal((2, 3, 640))
    absolute = band_power(eeg, 128.0)
    assert_allclose(band_power(eeg, 128.0, output="log"), np.log(absolute))
    assert_allclose(band_power(eeg, 128.0, output="db"), 10 * np.log10(absolute))
    relative = band_power(eeg, 128.0, output="relative")
    assert_allclose(relative, absolute / absolute.sum(axis=-1, keepdims=True))
    some = band_power(eeg, 128.0, {"low": (1, 20), "theta": (4, 8), "high": (25, 45)}, output="relative")
    assert_allclose(some[..., 1], relative[..., 1])  # of all from 1 to 45 Hz, whatever the bands leave out or repeat


def test_power_knows_no_offset_and_squares_the_unit(rng):
    eeg = rng.standard_normal((2, 700))
    power = band_power(eeg, 128.0)
    assert_allclose(band_power(eeg + 1e5, 128.0), power, rtol=1e-6)
    assert_allclose(band_power(1e-6 * eeg, 128.0), 1e-12 * power)
    assert_allclose(band_power(eeg.astype(np.float32), 128.0), power, rtol=1e-4)
    assert_allclose(band_power(eeg[:, ::-1], 128.0), power, rtol=0.2)


# --- missing and hostile data ---


@pytest.mark.parametrize("function", [band_power, differential_entropy])
def test_shapes_without_series_or_samples(function):
    assert function(np.ones((0, 4, 512)), 128.0).shape == (0, 4, 5)
    for n_times in (0, 3):
        out = function(np.ones((2, 4, n_times)), 4.0, {"slow": (0.0, 1.9)})
        assert out.shape == (2, 4, 1) and np.isnan(out).all()
    out = function(np.ones((2, 4, 0)), 128.0)
    assert out.shape == (2, 4, 5) and np.isnan(out).all()
    assert power_spectrum(np.ones((2, 0)), 128.0)[1].shape[0] == 2


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_segments_with_a_bad_sample_are_left_out(rng, bad):
    eeg = rng.standard_normal((3, 1024))
    whole = band_power(eeg, 128.0)
    eeg[1, -1] = bad  # in the last of three segments
    power = band_power(eeg, 128.0)
    assert_allclose(power[[0, 2]], whole[[0, 2]])
    assert_allclose(power[1], band_power(eeg[1:2, :768], 128.0)[0])
    eeg[1, 511] = bad  # in the two others
    assert np.isnan(band_power(eeg, 128.0)[1]).all()
    assert np.isnan(power_spectrum(eeg, 128.0)[1][1]).all()
    assert_array_equal(np.isnan(differential_entropy(eeg, 128.0)).all(axis=-1), [False, True, False])
    assert_array_equal(np.isnan(band_power(eeg, 128.0, method="multitaper")).all(axis=-1), [False, True, False])


def test_masked_samples_are_missing(rng):
    eeg = np.ma.masked_array(rng.standard_normal((2, 512)), mask=False)
    eeg[0, 7] = np.ma.masked
    assert_array_equal(np.isnan(band_power(eeg, 128.0)[:, 0]), [True, False])
    assert_array_equal(np.isnan(differential_entropy(eeg, 128.0)[:, 0]), [True, False])


def test_a_constant_channel_has_no_power(rng):
    eeg = rng.standard_normal((3, 512))
    eeg[1] = 0.1
    for method in ("welch", "multitaper"):
        assert_array_equal(band_power(eeg, 128.0, method=method)[1], 0.0)
        assert_array_equal(power_spectrum(eeg, 128.0, method=method)[1][1], 0.0)
        for output in ("relative", "log", "db"):
            out = band_power(eeg, 128.0, method=method, output=output)
            assert np.isnan(out[1]).all() and np.isfinite(out[[0, 2]]).all()
    for method in ("filter", "spectrum"):
        assert_array_equal(np.isnan(differential_entropy(eeg, 128.0, method=method)).all(axis=-1), [False, True, False])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "walch"}, "method='walch' must be one of welch, multitaper. Did you mean welch"),
        ({"output": "decibel"}, "output='decibel' must be one of"),
        ({"window_s": 0.0}, r"window_s=0.0 must be a finite number in \[0.03125"),
        ({"window_s": np.nan}, "window_s=nan"),
        ({"window_s": 0.25}, r"delta=\(1, 4\) Hz is narrower than the 4 Hz that the window of 0.25 s resolves"),
        ({"rate": 80.0}, r"gamma=\(30, 45\) Hz reaches rate/2=40 Hz"),
        ({"rate": 0.0}, "rate=0.0 must be"),
        ({"bandwidth_hz": 2.0}, "bandwidth_hz is for method='multitaper'"),
        ({"bandwidth_hz": 0.1, "method": "multitaper"}, "bandwidth_hz=0.1 must be at least .* = 0.5"),
        ({"eeg": np.zeros(512)}, r"eeg has shape \(512,\); it must be \(..., n_channels, n_times\)"),
        ({"eeg": [["a", "b"]]}, "eeg must be an array of real numbers"),
    ],
)
def test_a_wrong_argument_is_named(options, message):
    arguments = {"eeg": np.zeros((2, 512)), "rate": 128.0} | options
    with pytest.raises(InvalidArgumentError, match=message):
        band_power(**arguments)


def test_wrong_frequencies_are_named():
    with pytest.raises(InvalidArgumentError, match="high_hz=65 must be at most rate/2=64"):
        power_spectrum(np.zeros((2, 512)), 128.0, high_hz=65)
    with pytest.raises(InvalidArgumentError, match="low_hz=70 must be a finite number in .0, 64"):
        power_spectrum(np.zeros((2, 512)), 128.0, low_hz=70)
    with pytest.raises(InvalidArgumentError, match="low_hz=3.1 to high_hz=3.2 holds no multiple of 0.25 Hz"):
        power_spectrum(np.zeros((2, 512)), 128.0, low_hz=3.1, high_hz=3.2)
    with pytest.raises(InvalidArgumentError, match="high_hz=3"):
        power_spectrum(np.zeros((2, 512)), 128.0, low_hz=4, high_hz=3)
    with pytest.raises(InvalidArgumentError, match="method='psd' must be one of filter, spectrum"):
        differential_entropy(np.zeros((2, 512)), 128.0, method="psd")
    with pytest.raises(InvalidArgumentError, match="delta.*is narrower than the 4 Hz"):
        differential_entropy(np.zeros((2, 32)), 128.0)


# --- differential entropy ---


@pytest.mark.parametrize(("n_times", "rate"), [(512, 128.0), (129, 128.0), (1001, 500.0)])
def test_differential_entropy_matches_naive(rng, n_times, rate):
    eeg = 40.0 + rng.standard_normal((2, n_times)) * 10.0
    entropy = differential_entropy(eeg, rate)
    expected = [[naive.filtered_variance(series, rate, *edges) for edges in EDGES] for series in eeg]
    assert_allclose(entropy, 0.5 * np.log(2 * np.pi * np.e * np.array(expected)), rtol=1e-8)


def test_differential_entropy_is_that_of_the_band_passed_signal_hand_worked():
    # A sine of amplitude 3 has a variance of 4.5: ln(2 pi e 4.5) / 2 = 2.171 nats.
    for low_hz, high_hz in EDGES:
        eeg = sine(0.5 * (low_hz + high_hz), 30.0, 128.0)[np.newaxis]
        for method, tolerance in (("filter", 0.003), ("spectrum", 1e-4)):
            band = {"band": (low_hz, high_hz)}
            assert differential_entropy(eeg, 128.0, band, method=method)[0, 0] == pytest.approx(2.171, abs=tolerance)


@pytest.mark.parametrize("method", ["filter", "spectrum"])
def test_differential_entropy_has_a_scale(rng, method):
    eeg = rng.standard_normal((2, 3, 512))
    entropy = differential_entropy(eeg, 128.0, method=method)
    assert_allclose(differential_entropy(2.0 * eeg, 128.0, method=method), entropy + math.log(2.0))
    assert_allclose(differential_entropy(eeg + 1e4, 128.0, method=method), entropy, atol=1e-6)
    assert_allclose(differential_entropy(-eeg.astype(np.float32), 128.0, method=method), entropy, atol=1e-4)


@pytest.mark.parametrize("exponent", [0.0, 1.0])
@pytest.mark.parametrize(("method", "tolerance"), [("filter", 0.01), ("spectrum", 0.01)])
def test_differential_entropy_of_noise_is_that_of_the_power_in_the_band(rng, exponent, method, tolerance):
    eeg = naive.coloured_noise(rng, exponent, (40, 7680), 128.0)
    expected = WIDTHS if exponent == 0.0 else np.array([math.log(high / low) for low, high in EDGES])
    variance = np.exp(2.0 * (differential_entropy(eeg, 128.0, method=method) - GAUSSIAN))
    chance = 4.0 * variance.std(axis=0) / math.sqrt(len(eeg)) / expected
    assert np.all(np.abs(variance.mean(axis=0) / expected - 1.0) < tolerance + chance)


@pytest.mark.parametrize("duration_s", [1.0, 2.0, 4.0, 10.0])
def test_the_mirror_costs_a_rhythm_no_more_than_is_said(duration_s):
    for k, (low_hz, high_hz) in enumerate(EDGES):
        phases = np.arange(0, np.pi, 0.2)
        eeg = np.array([sine(0.5 * (low_hz + high_hz), duration_s, 128.0, phase) for phase in phases])
        variance = np.exp(2.0 * (differential_entropy(eeg, 128.0)[:, k] - GAUSSIAN)) / 4.5
        assert np.abs(variance - 1.0).max() < 0.41 / ((high_hz - low_hz) * duration_s)
