"""Spectra of intervals: known powers, Parseval, SciPy's answers, gaps, the AAMI EC57 patterns."""

import math

import naive_hrv as naive
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.interpolate import CubicSpline
from scipy.signal import lombscargle, welch

from physiofer.exceptions import InvalidArgumentError
from physiofer.signals.cardiac import HRV_FREQUENCY, hrv, hrv_frequency, rr_spectrum

METHODS = ("welch", "lomb")


def modulated(waves, duration_s, mean_s=0.8):
    """Beats, and intervals that are a mean with waves (Hz, ms) at the time of the beat that ends them."""
    beats_s, rr_ms = [0.0], []
    while beats_s[-1] < duration_s:
        now_s = beats_s[-1] + mean_s
        for _ in range(50):  # the end of an interval depends on its length
            length_ms = 1000 * mean_s + sum(a * math.sin(2 * math.pi * f * now_s) for f, a in waves)
            now_s = beats_s[-1] + length_ms / 1000
        beats_s.append(now_s)
        rr_ms.append(length_ms)
    return np.array(beats_s), np.array(rr_ms)


# 1. fast equals obvious and SciPy


@pytest.mark.parametrize("n", [60, 61, 90])
def test_spectra_match_naive(rng, n):
    rr_ms = 900 + 40 * rng.standard_normal(n)
    beats_s = np.concatenate([[0.0], np.cumsum(rr_ms)]) / 1000
    for method, twin in (("welch", naive.welch), ("lomb", naive.lomb)):
        frequencies_hz, density = rr_spectrum(rr_ms, beats_s=beats_s, method=method)
        spacing, expected = twin(beats_s.tolist(), rr_ms.tolist(), 0.5)[:2]
        assert_allclose(frequencies_hz, spacing * np.array(list(expected)))
        assert_allclose(density, list(expected.values()), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("duration_s", [100.0, 299.0, 700.0])
def test_welch_agrees_with_scipy(rng, duration_s):
    beats_s, rr_ms = modulated([(0.1, 40.0), (0.27, 30.0)], duration_s)
    rr_ms += 10 * rng.standard_normal(rr_ms.size)
    grid_s = np.arange(beats_s[1], beats_s[-1], 0.25)
    values = CubicSpline(beats_s[1:], rr_ms, bc_type="natural")(grid_s)
    expected_hz, expected = welch(values, 4.0, nperseg=min(1200, values.size), detrend="linear")
    frequencies_hz, density = rr_spectrum(rr_ms, beats_s=beats_s)
    assert_allclose(frequencies_hz, expected_hz[1 : density.size + 1])
    assert_allclose(density, expected[1 : density.size + 1], rtol=1e-9)


def test_lomb_agrees_with_scipy(rng):
    beats_s, rr_ms = modulated([(0.1, 40.0), (0.27, 30.0)], 250.0)
    rr_ms += 10 * rng.standard_normal(rr_ms.size)
    kept = rng.random(rr_ms.size) > 0.1
    times_s, known_ms = beats_s[1:][kept], rr_ms[kept]
    line = np.polyfit(times_s, known_ms, 1)
    frequencies_hz, density = rr_spectrum(np.where(kept, rr_ms, np.nan), beats_s=beats_s, method="lomb")
    power = lombscargle(times_s, known_ms - np.polyval(line, times_s), 2 * np.pi * frequencies_hz)
    assert_allclose(density, 2 * power * np.diff(beats_s)[kept].mean(), rtol=1e-8)


# 2. laws


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("band", "frequency_hz"), [("vlf", 0.02), ("lf", 0.1), ("hf", 0.2)])
def test_a_wave_has_half_its_square_in_its_band(method, band, frequency_hz):
    beats_s, rr_ms = modulated([(frequency_hz, 20.0)], 303.0)
    values = hrv_frequency(rr_ms, beats_s=beats_s, method=method)
    assert values[f"{band}_ms2"] == pytest.approx(200.0, rel=0.04)  # the spline takes a little of a fast wave
    assert values["total_ms2"] == pytest.approx(values[f"{band}_ms2"], rel=0.02)
    assert values[f"{band}_peak_hz"] == pytest.approx(frequency_hz, abs=0.5 / 300)


@given(
    st.tuples(st.floats(0.05, 0.14), st.floats(0.16, 0.3)),
    st.tuples(st.floats(5.0, 40.0), st.floats(5.0, 40.0)),
    st.floats(0.6, 0.9),
)
@settings(max_examples=15)
def test_waves_add(frequencies_hz, amplitudes_ms, mean_s):
    waves = list(zip(frequencies_hz, amplitudes_ms, strict=True))
    beats_s, rr_ms = modulated(waves, 125.0, mean_s)
    values = hrv_frequency(rr_ms, beats_s=beats_s, method="lomb")
    both = 0.5 * (amplitudes_ms[0] ** 2 + amplitudes_ms[1] ** 2)
    assert values["lf_ms2"] + values["hf_ms2"] == pytest.approx(both, rel=0.15)
    assert values["lf_nu"] + values["hf_nu"] == pytest.approx(100.0)


def test_the_spectrum_of_noise_holds_its_variance(rng):
    """All of it lies between zero and half the heart rate."""
    shares = []
    for _ in range(8):
        rr_ms = 800 + 20 * rng.standard_normal(240)
        frequencies_hz, density = rr_spectrum(rr_ms, method="lomb", high_hz=1.0)
        shares.append(density.sum() * frequencies_hz[0] / rr_ms.var())
    assert np.mean(shares) == pytest.approx(1.0, rel=0.03)


def test_bands_share_what_lies_on_their_edge(rng):
    """Wherever the edge between two bands is put, together they hold the same."""
    rr_ms = 800 + 40 * rng.standard_normal(200)
    totals = [hrv_frequency(rr_ms, band_edges_hz=(0.01, 0.04, edge_hz, 0.4)) for edge_hz in (0.1, 0.111, 0.1234, 0.15)]
    assert_allclose([v["lf_ms2"] + v["hf_ms2"] for v in totals], totals[0]["lf_ms2"] + totals[0]["hf_ms2"])
    assert np.all(np.diff([v["lf_ms2"] for v in totals]) > 0)


@pytest.mark.parametrize("method", METHODS)
def test_a_drift_is_no_wave(method):
    rr_ms = np.linspace(700.0, 900.0, 380)
    beats_s = 0.8 * np.arange(381.0)
    values = hrv_frequency(rr_ms, beats_s=beats_s, method=method)
    assert values["total_ms2"] < 1e-6 < rr_ms.var()


def test_a_slow_heart_has_no_fast_spectrum():
    """At 3 s a beat Lomb's spectrum ends at 1/6 Hz: the mirror image of a slow wave is not counted."""
    beats_s, rr_ms = modulated([(0.03, 100.0)], 600.0, mean_s=3.0)
    values = hrv_frequency(rr_ms, beats_s=beats_s, method="lomb")
    assert values["vlf_ms2"] == pytest.approx(5000.0, rel=0.05)
    assert values["hf_ms2"] < 50.0
    beats_s, rr_ms = modulated([(0.03, 100.0)], 600.0, mean_s=4.0)  # ends at 1/8 Hz, below the band
    values = hrv(rr_ms, beats_s=beats_s, indices="lomb")
    assert math.isnan(values["lomb_hf_ms2"]) and values["valid_lomb_hf"] == 0.0 and values["valid_lomb_lf"] == 1.0


# 3. gaps


def test_holes_spread_their_share_of_the_power_over_lombs_spectrum(rng):
    beats_s, rr_ms = modulated([(0.1, 40.0)], 250.0)
    above = [
        hrv_frequency(np.where(rng.random(rr_ms.size) < 0.1, np.nan, rr_ms), beats_s=beats_s, method="lomb")["hf_ms2"]
        for _ in range(8)
    ]
    evenly = 0.1 * rr_ms.var() * 0.25 / (0.5 / 0.8)  # the band's width over half the heart rate
    assert np.mean(above) == pytest.approx(evenly, rel=0.3)


@pytest.mark.parametrize(("n_lost", "share"), [(1, 0.02), (2, 0.1), (4, 0.15), (5, 0.2)])
def test_a_bridged_gap_changes_little(n_lost, share):
    beats_s, rr_ms = modulated([(0.1, 40.0), (0.25, 20.0)], 200.0)
    plain = hrv_frequency(rr_ms, beats_s=beats_s)
    rr_ms[100 : 100 + n_lost] = np.nan
    bridged = hrv_frequency(rr_ms, beats_s=beats_s)
    for name in ("lf_ms2", "hf_ms2"):
        assert bridged[name] == pytest.approx(plain[name], rel=share)
        assert bridged[name] != plain[name]


def test_segments_without_a_long_gap_are_averaged():
    """A quarter of an hour with a hole: the segments before and after it alone."""
    beats_s, rr_ms = modulated([(0.1, 40.0)], 900.0)
    rr_ms[(beats_s[1:] > 305) & (beats_s[1:] < 330)] = np.nan
    values = hrv_frequency(rr_ms, beats_s=beats_s)
    assert values["lf_ms2"] == pytest.approx(800.0, rel=0.02)
    assert values["vlf_ms2"] < 1.0


# 4. known patterns


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("pattern", "name", "power_ms2"),
    [("TP2", "hf_ms2", 612.5), ("TP3", "lf_ms2", 2450.0), ("TP4", "vlf_ms2", 39200.0), ("TP5", None, 0.0)],
)
def test_powers_of_the_aami_patterns(data_dir, method, pattern, name, power_ms2):
    """ANSI/AAMI EC57: the whole day of each pattern, its power within 2 %, all bands of TP5 below 1 ms^2."""
    path = data_dir / "hrv" / "ec57" / f"HRV256_{pattern}.txt"
    rr_ms = 1000 * pd.read_csv(path, header=None)[1].to_numpy()
    values = hrv_frequency(rr_ms, method=method)
    if name is None:
        assert max(values[band] for band in HRV_FREQUENCY[:3]) < 1.0
    else:
        assert values[name] == pytest.approx(power_ms2, rel=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_too_short_for_a_spectrum(method):
    for rr_ms in ([], [800.0], [math.nan] * 9):
        frequencies_hz, density = rr_spectrum(rr_ms, method=method)
        assert frequencies_hz.shape == density.shape == (0,)
        assert np.isnan(list(hrv_frequency(rr_ms, method=method).values())).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hrv_frequency([800.0], method="ar"), "method='ar' must be one of welch, lomb"),
        (lambda: rr_spectrum([800.0], method="fft"), "method='fft'"),
        (lambda: rr_spectrum([800.0], high_hz=1.5), "high_hz=1.5"),
        (lambda: rr_spectrum([800.0], beats_s=[0.0, 1.0, 2.0]), "rr_ms has 1 intervals"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("bpm", "hertz", "share"), [(75, 0.25, 0.99), (60, 0.25, 0.97), (50, 0.25, 0.93), (50, 0.3, 0.82)]
)
def test_interpolation_takes_as_much_of_a_wave_as_the_guide_says(bpm, hertz, share):
    found = []
    for phase in np.linspace(0, 2 * np.pi, 8, endpoint=False):
        beats_s = [0.0]
        while beats_s[-1] < 305:
            due_s = beats_s[-1] + 60 / bpm
            beats_s.append(due_s + 0.03 * np.sin(2 * np.pi * hertz * due_s + phase))
        values = hrv(1e3 * np.diff(beats_s), indices=["frequency", "lomb"])
        found.append([values["hf_ms2"] / 450, values["lomb_hf_ms2"] / 450])  # half of 30 ms squared
    welch, lomb = np.mean(found, axis=0)
    assert welch == pytest.approx(share, abs=0.01)
    assert lomb == pytest.approx(1.0, abs=0.005)
