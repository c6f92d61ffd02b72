"""Beats of a pulse wave and their quality: against the obvious way, known beats, other sensors, and hostile input."""

import naive_cardiac_pulse as naive
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy.interpolate import PchipInterpolator
from scipy.stats import spearmanr

from physiofer.datasets._physiology import pink_noise, pulse_wave
from physiofer.exceptions import InvalidArgumentError
from physiofer.kernels.cardiac import pulse_wave as conditioning
from physiofer.signals import cardiac
from physiofer.signals.cardiac.pulse import pulse_beats_windows
from physiofer.signals.cardiac.template import template_correlation

RATE = 64.0


def intervals(rng, bpm, spread, duration_s):
    """Intervals in s that breathe, wave and jitter, with the relative standard deviation `spread`."""
    mean_s = 60.0 / bpm
    n = int(1.5 * duration_s / mean_s) + 5
    times = mean_s * np.arange(n)
    waves = 0.7 * np.sin(2 * np.pi * 0.25 * times) + 0.5 * np.sin(2 * np.pi * 0.1 * times)
    waves += 0.5 * rng.standard_normal(n)
    return mean_s * np.exp(spread * np.clip(waves / waves.std(), -2.5, 2.5))


def stretched_pulses(rr_s, duration_s, rate=RATE, dicrotic=0.35):
    """Pulses that stretch with their interval, of unit height, and the times of their upstrokes."""
    times = np.arange(int(duration_s * rate)) / rate
    beats_s = np.concatenate([[-1.0], -1.0 + np.cumsum(rr_s)])
    phase = PchipInterpolator(beats_s, np.arange(beats_s.size))
    upstrokes_s = PchipInterpolator(np.arange(beats_s.size), beats_s)(np.arange(1, beats_s.size) - 0.078)
    return pulse_wave(phase(times), dicrotic), upstrokes_s[(upstrokes_s > 0) & (upstrokes_s < duration_s - 0.3)]


def shaped_pulses(rr_s, duration_s, rate=RATE, dicrotic=0.35, heights=None):
    """Pulses of one shape, steep rise and slow fall with a second wave, and the times of their upstrokes."""
    times, beats_s = np.arange(int(duration_s * rate)) / rate, np.concatenate([[-1.0], -1.0 + np.cumsum(rr_s)])
    beats_s = beats_s[beats_s < duration_s]
    heights = np.ones(beats_s.size) if heights is None else heights[: beats_s.size]
    ppg = np.zeros(times.size)
    for beat_s, height in zip(beats_s, heights, strict=True):
        part = (times > beat_s) & (times < beat_s + 3.0)
        since = times[part] - beat_s
        first, second = since / 0.18, np.maximum(since - 0.25, 0.0) / 0.15
        wave = (first * np.exp(1 - first)) ** 2.5 + dicrotic * (second * np.exp(1 - second)) ** 2
        ppg[part] += height * wave
    upstrokes_s = beats_s + 0.066
    return ppg, upstrokes_s[(upstrokes_s > 0) & (upstrokes_s < duration_s - 0.3)]


SHAPES = {"stretched": stretched_pulses, "shaped": shaped_pulses}


def compared(found_s, true_s, duration_s, edge_s=2.5):
    """Interval errors in ms of beats found one after the other, how many true beats are missed, how many invented.

    A constant distance between the times does not count: which point of the upstroke they mark is a convention.
    """
    tolerance_s = 0.3 * np.median(np.diff(true_s))
    pairs = np.abs(found_s[:, np.newaxis] - true_s)
    lag_s = np.median((found_s[:, np.newaxis] - true_s)[pairs < tolerance_s])
    gap_s = found_s[:, np.newaxis] - true_s - lag_s
    nearest = np.argmin(np.abs(gap_s), axis=0)
    is_found = np.abs(gap_s[nearest, np.arange(true_s.size)]) < tolerance_s
    inner = (true_s > edge_s) & (true_s < duration_s - edge_s)
    claimed = np.isin(np.arange(found_s.size), nearest[is_found])
    extra = ~claimed & (found_s > edge_s) & (found_s < duration_s - edge_s)
    errors_ms = 1000.0 * np.diff(gap_s[nearest, np.arange(true_s.size)])
    in_row = (is_found & inner)[1:] & (is_found & inner)[:-1] & (np.diff(nearest) == 1)
    return errors_ms[in_row], int((inner & ~is_found).sum()), int(extra.sum())


def steady(rng, *, bpm=72.0, duration_s=60.0, rate=RATE, shape="shaped", spread=0.05):
    """A pulse wave of unit variance and its upstrokes."""
    ppg, beats_s = SHAPES[shape](intervals(rng, bpm, spread, duration_s + 4), duration_s, rate)
    return (ppg - ppg.mean()) / ppg.std(), beats_s


def disturbed(rng, ppg, rate, how):
    """The pulse wave with one kind of fault."""
    ppg, n = ppg.copy(), ppg.size
    if how == "noise":
        ppg += 0.5 * rng.standard_normal(n)
    elif how == "noise alone":
        ppg = rng.standard_normal(n)
    elif how == "dropped":
        ppg[rng.random(n) < 0.1] = np.nan
    elif how == "gaps, spikes, still":
        ppg[: int(0.3 * rate)] = np.nan
        ppg[int(10 * rate) : int(12 * rate)] = np.nan
        ppg[int(15 * rate) : int(18 * rate)] = 1.0
        ppg[int(20 * rate)] = 500.0
        ppg[int(22 * rate) :] -= 70.0
    return ppg


# --- the obvious way


@pytest.mark.parametrize("rate", [20.0, 25.0, 30.0, 64.0, 100.0, 250.0])
@pytest.mark.parametrize("how", ["nothing", "noise", "noise alone", "dropped", "gaps, spikes, still"])
def test_beats_match_naive(rng, rate, how):
    ppg = disturbed(rng, steady(rng, duration_s=25.0, rate=rate)[0], rate, how)
    beats = cardiac.pulse_beats(ppg, rate)
    assert beats.beats_s.size > 10
    for ours, expected in zip(beats, naive.pulse_beats(ppg, rate), strict=True):
        assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("rate", [16.5, 64.0, 1000.0])
def test_band_matches_scipy(rng, rate):
    values = np.cumsum(rng.standard_normal(int(8 * rate)))
    assert_allclose(conditioning._band_passed(values, rate), naive.band_passed(values, rate), atol=1e-9)


def test_windows_are_rows(rng):
    windows = np.array([steady(rng, bpm=bpm, duration_s=20.0)[0] for bpm in (50, 75, 110, 150, 190, 70, 80, 90, 100)])
    windows[1] = np.nan
    windows[2] = 3.0
    windows[3, 300:600] = np.nan
    windows[4] *= -1e-6
    beats = pulse_beats_windows(windows, RATE)
    rows = [cardiac.pulse_beats(window, RATE) for window in windows]
    assert beats.beats_s.shape == (9, max(row.beats_s.size for row in rows))
    for part, alone in zip(beats, zip(*rows, strict=True), strict=True):
        for row, expected in zip(part, alone, strict=True):
            assert_array_equal(row[: expected.size], expected)
            assert np.isnan(row[expected.size :]).all()


@pytest.mark.parametrize("n_beats", [1, 2, 3, 7, 40, 300])
def test_template_correlation_matches_naive(rng, n_beats):
    centres = 5 + 30 * np.arange(n_beats)
    shape = np.exp(-0.5 * (np.arange(-8, 13) / 3.0) ** 2)
    values = rng.standard_normal(30 * n_beats + 10)
    for centre in centres[::3]:
        values[max(centre - 8, 0) : centre + 13] += 4.0 * shape[max(8 - centre, 0) :][: values.size - centre + 8]
    expected = naive.correlation(values, centres.tolist(), 8, 12)
    assert_allclose(template_correlation(values, centres, 8, 12), expected, atol=1e-12)
    both = template_correlation(np.array([values, -values]), np.array([centres, np.full(n_beats, -1)]), 8, 12)
    assert_allclose(both[0], expected, atol=1e-12)
    assert np.isnan(both[1]).all()


# --- beats that are known


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("bpm", "dicrotic"),
    [(30, 0.2), (30, 0.6), (30, 0.9), (36, 0.6), (40, 0.9), (45, 0.6), (60, 0.5)]
    + [(bpm, 0.35) for bpm in (90, 130, 150, 180, 200, 220)],
)
def test_every_beat_is_found_once(rng, shape, bpm, dicrotic):
    """Slow hearts with a strong dicrotic wave are not counted twice, fast ones not by halves."""
    ppg, true_s = SHAPES[shape](intervals(rng, bpm, 0.05, 64.0), 60.0, dicrotic=dicrotic)
    found = cardiac.pulse_beats(ppg + 0.02 * ppg.std() * rng.standard_normal(ppg.size), RATE)
    _, missed, extra = compared(found.beats_s, true_s, 60.0)
    assert (missed, extra) == (0, 0)
    assert np.median(found.quality) > 0.8


@pytest.mark.parametrize("rate", [25.0, 30.0, 64.0, 100.0, 500.0])
def test_intervals_are_exact_without_noise(rng, rate):
    spreads = []
    for shape in SHAPES:
        for bpm in (60, 75, 100):
            ppg, true_s = steady(rng, bpm=bpm, rate=rate, shape=shape)
            spreads.append(compared(cardiac.ppg_peaks(ppg, rate), true_s, 60.0)[0].std())
    assert max(spreads) < 2.0  # ms: the shape moves too; a sample lasts 2 to 40 ms
    assert np.mean(spreads) < 1.5


@pytest.mark.parametrize("bpm", [130, 150])
def test_variability_of_a_fast_heart_is_not_lost(rng, bpm):
    ppg, true_s = steady(rng, bpm=bpm, shape="stretched", spread=0.1, duration_s=90.0)
    found_s = cardiac.ppg_peaks(ppg, RATE)
    errors_ms, missed, extra = compared(found_s, true_s, 90.0)
    assert missed == extra == 0
    inner = [beats_s[(beats_s > 3) & (beats_s < 87)] for beats_s in (found_s, true_s)]
    found, true = (cardiac.hrv_time(1000 * np.diff(beats_s))["rmssd_ms"] for beats_s in inner)
    assert found == pytest.approx(true, rel=0.03)


def test_noise_moves_beats_less_than_it_moves_the_steepest_point(rng):
    ppg, true_s = steady(rng, duration_s=120.0)
    noisy = ppg + 0.2 * rng.standard_normal(ppg.size)
    errors_ms, missed, extra = compared(cardiac.ppg_peaks(noisy, RATE), true_s, 120.0)
    assert missed == extra == 0
    slope = np.gradient(naive.pulse_wave(noisy, RATE)[0])
    near = np.rint(true_s * RATE).astype(int)[3:-3, np.newaxis] + np.arange(-6, 7)
    steepest_s = near[:, 0] / RATE + np.argmax(slope[near], axis=1) / RATE
    assert errors_ms.std() < 0.5 * (1000 * np.diff(steepest_s - true_s[3:-3])).std()


def test_rhythm_may_be_irregular(rng):
    """Fibrillation, a pulse that alternates, pauses: what is no beat is told by its height, not by its time alone."""
    cases = {
        "fibrillation": (np.maximum(rng.gamma(16.0, 0.045, 200), 0.4), np.ones(200)),
        "alternating": (0.6 + 0.01 * rng.standard_normal(200), np.tile([1.0, 0.6], 100)),
        "pauses": (np.where(np.arange(200) % 17, 0.8, 2.2), np.ones(200)),
        "ectopic": (np.tile([0.8, 0.8, 0.8, 0.5, 1.1], 40), np.tile([1.0, 1.0, 1.0, 1.0, 0.6], 40)),
        "accelerating": (1.1 - 0.7 * np.clip(np.arange(200) / 60, 0, 1), np.ones(200)),
    }
    for name, (rr_s, heights) in cases.items():
        ppg, true_s = shaped_pulses(rr_s, 60.0, heights=heights)
        _, missed, extra = compared(cardiac.ppg_peaks(ppg, RATE), true_s, 60.0)
        assert max(missed, extra) <= 0.03 * true_s.size, name


# --- what must not matter


@pytest.mark.parametrize("rate", [25.0, 64.0, 1000.0])
def test_polarity_unit_and_type_do_not_matter(rng, rate):
    ppg = np.round(3000 * steady(rng, duration_s=25.0, rate=rate)[0])
    beats_s, quality, amplitude = cardiac.pulse_beats(ppg, rate)
    for same in (-ppg, ppg.astype(np.int16), ppg.astype(np.float32), ppg.tolist(), 1e-9 * ppg, 1e300 * ppg, ppg + 1e5):
        other = cardiac.pulse_beats(same, rate)
        assert_allclose(other.beats_s, beats_s, atol=1e-6)
        assert_allclose(other.quality, quality, atol=1e-6)
    assert_allclose(cardiac.pulse_beats(1e-9 * ppg, rate).amplitude, 1e-9 * amplitude)


def test_read_only_and_strided_input_is_read_as_it_is(rng):
    ppg = steady(rng, duration_s=20.0)[0]
    beats_s = cardiac.ppg_peaks(ppg, RATE)
    wide = np.repeat(ppg, 2)
    frozen = ppg.copy()
    frozen.flags.writeable = False
    for same in (wide[::2], frozen, pd.Series(ppg)):
        assert_array_equal(cardiac.ppg_peaks(same, RATE), beats_s)


@pytest.mark.parametrize(("rate", "bpm"), [(25.0, 75), (64.0, 45), (64.0, 75), (64.0, 140), (1000.0, 75)])
def test_faults_of_the_sensor_hide_no_beat(rng, rate, bpm):
    ppg, true_s = steady(rng, bpm=bpm, duration_s=40.0, rate=rate)
    times = np.arange(ppg.size) / rate
    low, high = np.quantile(ppg, [0.35, 0.7])
    faulty = {
        "flat tops": np.minimum(ppg, high),
        "both rails": np.clip(ppg, low, high),
        "few levels": np.round(2 * ppg),
        "wandering": ppg + 20 * np.sin(2 * np.pi * 0.2 * times),
        "breathing": ppg * (1 + 0.6 * np.sin(2 * np.pi * 0.25 * times)),
        "mains": ppg + 2 * np.sin(2 * np.pi * 50.0 * times),
        "10 % dropped": np.where(rng.random(ppg.size) < 0.1, np.nan, ppg),
    }
    for name, values in faulty.items():
        found = cardiac.pulse_beats(values, rate)
        errors_ms, missed, extra = compared(found.beats_s, true_s, 40.0)
        lost = 0.08 if rate == 25.0 and "dropped" in name else 0.0  # three samples in a row may hold the upstroke
        assert missed <= lost * true_s.size and extra == 0, name
        rr_ms = cardiac.nn_intervals(found.beats_s, found.quality)
        assert np.nansum(rr_ms) > (36000 if not lost else 30000), name
        assert np.median(np.abs(errors_ms)) < 8.0, name


@pytest.mark.parametrize("rate", [64.0, 500.0])
def test_jumps_and_spikes_cost_nothing_away_from_them(rng, rate):
    ppg, true_s = steady(rng, rate=rate)
    for at_s in np.arange(8.0, 55.0, 9.3):
        ppg[int(at_s * rate) :] += rng.choice([-40.0, 30.0])
        ppg[int((at_s + 4) * rate)] += 50.0
    found = cardiac.pulse_beats(ppg, rate)
    errors_ms, missed, _ = compared(found.beats_s, true_s, 60.0)
    assert missed == 0
    assert np.quantile(np.abs(errors_ms), 0.9) < 5.0
    assert np.nansum(cardiac.nn_intervals(found.beats_s, found.quality)) > 54000


def test_a_burst_does_not_hide_its_neighbours(rng):
    ppg, true_s = steady(rng)
    ppg[int(30 * RATE) : int(32 * RATE)] += 40 * rng.standard_normal(int(2 * RATE))
    found, quality, _ = cardiac.pulse_beats(ppg, RATE)
    away = true_s[(np.abs(true_s - 31) > 2.5) & (true_s > 2) & (true_s < 58)]
    assert np.max([np.min(np.abs(found - beat_s)) for beat_s in away]) < 0.05
    middle, rr_ms = 0.5 * (found[1:] + found[:-1]), cardiac.nn_intervals(found, quality)
    inside = np.abs(middle - 31) < 1.0
    assert np.isfinite(rr_ms[np.abs(middle - 31) > 4]).mean() > 0.95
    assert np.isfinite(rr_ms[inside]).mean() < 0.4


def test_no_beat_is_invented_where_the_sensor_is_silent(rng):
    ppg, true_s = steady(rng)
    ppg[int(20 * RATE) : int(24 * RATE)] = np.nan
    ppg[int(35 * RATE) : int(40 * RATE)] = ppg[int(35 * RATE)]
    beats = cardiac.pulse_beats(ppg, RATE)
    for start_s, stop_s in [(19.8, 24.2), (34.8, 40.2)]:
        assert not np.any((beats.beats_s > start_s) & (beats.beats_s < stop_s))
    away = true_s[(np.abs(true_s - 22) > 2.3) & (np.abs(true_s - 37.5) > 2.8)]
    assert np.max([np.min(np.abs(beats.beats_s - beat_s)) for beat_s in away]) < 0.08
    assert all(np.isfinite(part).all() for part in beats)


@pytest.mark.parametrize("duration_s", [20.0, 60.0])
def test_noise_has_no_good_beats(rng, duration_s):
    n = int(duration_s * RATE)
    times = np.arange(n) / RATE
    for _ in range(3):
        noises = {
            "white": rng.standard_normal(n),
            "pink": pink_noise(rng, n, RATE, 0.1),
            "brown": np.cumsum(rng.standard_normal(n)),
            "mains, aliased": np.sin(2 * np.pi * 50.0 * times) + 0.01 * rng.standard_normal(n),
            "swelling": rng.standard_normal(n) * (1.0 + np.sin(2 * np.pi * 0.3 * times)),
        }
        for name, noise in noises.items():
            beats = cardiac.pulse_beats(noise, RATE)
            covered_s = np.nansum(cardiac.nn_intervals(beats.beats_s, beats.quality)) / 1000.0
            assert covered_s < 0.2 * duration_s, name


@pytest.mark.parametrize(
    "ppg",
    [np.zeros(640), np.full(640, 7.3), np.full(640, np.nan), np.full(640, np.inf), np.ones(3), np.ones(1), np.empty(0)],
)
def test_silence_has_no_beats(ppg):
    assert all(part.shape == (0,) for part in cardiac.pulse_beats(ppg, RATE))
    assert pulse_beats_windows(np.array([ppg, ppg]), RATE).beats_s.shape == (2, 0)
    assert np.isnan(cardiac.beat_quality(ppg, RATE, [])).all()


@pytest.mark.parametrize("rate", [25.0, 2000.0])
def test_a_lone_beat_is_not_good(rate):
    times = np.arange(0.0, 6.0, 1 / rate)
    beats = cardiac.pulse_beats(np.exp(-0.5 * ((times - 3.0) / 0.08) ** 2), rate)
    assert not np.isfinite(cardiac.nn_intervals(beats.beats_s, beats.quality)).any()


@given(
    arrays(float, st.integers(0, 400), elements=st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, 0.0])),
    st.sampled_from([20.0, 25.0, 64.0, 200.0]),
)
@settings(max_examples=60)
def test_any_input_gives_ordered_beats(ppg, rate):
    beats = cardiac.pulse_beats(ppg, rate)
    assert np.all(np.diff(beats.beats_s) > 0)
    assert beats.beats_s.shape == beats.quality.shape == beats.amplitude.shape
    assert np.all((beats.beats_s >= 0) & (beats.beats_s <= ppg.size / rate))
    assert np.all((np.abs(beats.quality) <= 1) & (beats.amplitude >= 0))
    if beats.beats_s.size:
        assert_allclose(cardiac.beat_quality(ppg, rate, beats.beats_s), beats.quality)


# --- quality


def test_beat_quality_tells_noise_from_pulse(rng):
    ppg, beats_s = steady(rng)
    ppg[int(40 * RATE) :] = rng.standard_normal(ppg.size - int(40 * RATE))
    quality = cardiac.beat_quality(ppg, RATE, beats_s)
    assert np.median(quality[beats_s < 38]) > 0.9 > 0.4 > np.median(quality[beats_s > 42])


def test_beat_quality_of_an_ecg(rng):
    times, beats_s = np.arange(0.0, 60.0, 1 / 250.0), np.cumsum(0.8 + 0.05 * rng.standard_normal(70))
    since = times[:, np.newaxis] - beats_s
    ecg = (np.exp(-0.5 * (since / 0.012) ** 2) - 0.3 * np.exp(-0.5 * ((since - 0.03) / 0.01) ** 2)).sum(axis=1)
    ecg += 0.02 * rng.standard_normal(times.size)
    ecg[times > 40] = 0.3 * rng.standard_normal((times > 40).sum())
    ecg[(times > 20) & (times < 24)] = np.nan
    quality = cardiac.beat_quality(ecg, 250.0, beats_s, signal="ecg")
    inside = (beats_s > 1) & (np.abs(beats_s - 22) > 2.5) & (beats_s < 39)
    assert quality[inside].min() > 0.9
    assert np.all(quality[(beats_s > 20) & (beats_s < 24)] == 0)
    assert np.median(quality[(beats_s > 41) & (beats_s < 59)]) < 0.5
    assert np.all(cardiac.beat_quality(np.ones(2500), 250.0, [2.0, 3.0, 4.0], signal="ecg") == 0)


def test_beats_outside_the_signal_have_no_quality(rng):
    ppg, beats_s = steady(rng)
    ppg[int(30 * RATE) : int(33 * RATE)] = np.nan
    known = cardiac.beat_quality(ppg, RATE, beats_s)
    order = rng.permutation(beats_s.size)
    asked = np.concatenate([[-1.0, np.nan, np.inf, 60.1], beats_s[order]])
    quality = cardiac.beat_quality(ppg, RATE, asked)
    assert np.isnan(quality[:4]).all()
    assert_allclose(quality[4:], known[order])
    assert np.all(known[(beats_s > 30) & (beats_s < 33)] == 0)


def test_no_minority_becomes_the_template(rng):
    """Two fifths of the beats are exact copies of one another but of another shape than the rest."""
    template = np.sin(np.linspace(0, 2 * np.pi, 21))
    other = np.cos(np.linspace(0, 6 * np.pi, 21))
    is_other = rng.permutation(np.arange(50) % 5 < 2)
    stretches = [other if odd else template + 0.3 * rng.standard_normal(21) for odd in is_other]
    correlation = template_correlation(np.concatenate(stretches), 10 + 21 * np.arange(50), 10, 10)
    assert correlation[~is_other].min() > 0.6
    assert np.abs(correlation[is_other]).max() < 0.3


def test_constant_and_missing_stretches_have_no_likeness():
    values = np.tile([0.0, 1.0, 3.0, 1.0, 0.0], 8)
    values[5:10], values[10:15], values[37] = 2.0, np.nan, 3.0
    correlation = template_correlation(values, 2 + 5 * np.arange(8), 2, 2)
    assert_allclose(correlation, [1, 0, 0, 1, 1, 1, 1, 1], atol=1e-12)
    assert template_correlation(values, np.array([2]), 2, 2).tolist() == [0.0]
    assert template_correlation(np.zeros(40), np.array([5, 15, 25]), 2, 2).tolist() == [0.0, 0.0, 0.0]
    assert template_correlation(values, np.empty(0, dtype=int), 2, 2).shape == (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cardiac.ppg_peaks(np.zeros(100), 5.0), r"rate=5.0 must be a finite number in \[20"),
        (lambda: cardiac.pulse_beats(np.zeros(100), -64.0), "rate=-64.0"),
        (lambda: cardiac.ppg_peaks(np.zeros((2, 100)), 64.0), "ppg has shape"),
        (lambda: cardiac.ppg_peaks(["a"], 64.0), "ppg must be an array of real numbers"),
        (lambda: cardiac.beat_quality(np.zeros((1, 9)), 64.0, []), "values has shape"),
        (lambda: cardiac.beat_quality(np.zeros(9), 64.0, [], signal="eeg"), "signal='eeg' must be one of ppg, ecg"),
        (lambda: pulse_beats_windows(np.zeros(100), 64.0), r"windows has shape \(100,\); it must be \(n_windows"),
        (lambda: pulse_beats_windows(np.zeros((2, 100)), 0), "rate=0"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


# --- other sensors on the same heart


@pytest.mark.data
def test_finger_pulse_follows_the_electrocardiogram(data_dir):
    """R peaks of the same five minutes, by NeuroKit2, against the beats of the finger pulse."""
    import neurokit2 as nk

    signals = pd.read_csv(data_dir / "physio" / "bio_resting_5min_100hz.csv")
    r_peaks_s = nk.ecg_peaks(nk.ecg_clean(signals["ECG"], 100), 100)[1]["ECG_R_Peaks"] / 100
    beats_s = cardiac.ppg_peaks(signals["PPG"], 100)
    next_beat = np.searchsorted(beats_s, r_peaks_s + 0.1)
    followed = next_beat < beats_s.size
    delay_s = beats_s[next_beat[followed]] - r_peaks_s[followed]
    assert np.mean(delay_s < 0.6) > 0.99
    assert np.median(np.abs(1000 * np.diff(delay_s))) < 5.0  # R peaks are whole samples here: 10 ms


@pytest.mark.data
def test_wrist_pulse_agrees_with_the_device(data_dir):
    """Intervals the E4 itself reports (its own method) against ours on the same pulse, 20 min of each."""
    from physiofer.io import read_empatica

    differences, shared = [], []
    for subject in ("S05", "S09", "S13"):
        recording = read_empatica(data_dir / "stress-predict" / subject)
        bvp, device = recording.of_kind("bvp"), recording.of_kind("rr")
        bvp = bvp.crop(bvp.start_s, bvp.start_s + 400.0)
        device = device.crop(bvp.start_s, bvp.stop_s - 2.0)
        found, quality, _ = cardiac.pulse_beats(bvp.values[0], bvp.rate)
        rr_ms = cardiac.nn_intervals(found, quality)
        ends_s = found[1:] + bvp.start_s
        nearest = np.argmin(np.abs(ends_s[:, np.newaxis] - device.times_s - 0.1), axis=0)
        scale = 1000.0 if np.nanmedian(device.values) < 10 else 1.0
        gap = np.abs(rr_ms[nearest] - scale * device.values[0])
        shared.append(np.isfinite(gap).mean())
        differences.append(gap[np.isfinite(gap)])
    differences = np.concatenate(differences)
    assert np.mean(shared) > 0.9
    assert np.median(differences) < 10.0  # a sample of the device lasts 16 ms
    assert np.mean(differences < 30) > 0.9


@pytest.mark.data
def test_finger_on_a_camera_agrees_with_the_chest_strap(data_dir):
    """Twelve recordings at irregular frame times: straight lines to 60 Hz, the colour whose beats are the best."""
    found, true = [], []
    for folder in sorted((data_dir / "welltory").glob("subject_*")):
        frames = pd.read_csv(folder / "PPG.csv").drop_duplicates("time")
        times_s = np.arange(0.0, frames["time"].iloc[-1] / 1000.0, 1 / 60.0)
        colours = [np.interp(times_s, frames["time"] / 1000.0, frames[name]) for name in "RGB"]
        beats = [cardiac.pulse_beats(colour, 60.0) for colour in colours]
        best = max(beats, key=lambda beat: np.median(beat.quality) if beat.quality.size else 0.0)
        indices = cardiac.hrv_time(cardiac.nn_intervals(best.beats_s, best.quality))
        found.append([60000.0 / indices["mean_nn_ms"], indices["rmssd_ms"]])
        rr_ms = np.array((folder / "RR.txt").read_text().split(), dtype=float)
        true.append([60000.0 / rr_ms.mean(), np.sqrt(np.mean(np.square(np.diff(rr_ms))))])
    found, true = np.array(found), np.array(true)
    assert len(found) == 12
    assert np.sum(np.abs(found - true)[:, 0] < 1.5) >= 11
    assert spearmanr(found[:, 1], true[:, 1])[0] > 0.85


@pytest.mark.parametrize(("rate", "fastest"), [(20.0, 170), (25.0, 220)])
def test_no_heart_is_halved_from_the_slowest_rate_on(rng, rate, fastest):
    times = np.arange(0, 30, 1 / rate)
    for bpm in range(45, fastest, 15):
        for main_s, wave_s, height in ((0.09, 0.09, 0.4), (0.06, 0.08, 0.6), (0.12, 0.1, 0.2)):  # parts of the beat
            phase = times * bpm / 60 % 1
            pulse = 0.01 * rng.standard_normal(times.size) + np.exp(-0.5 * ((phase - 0.25) / main_s) ** 2)
            pulse += height * np.exp(-0.5 * ((phase - 0.6) / wave_s) ** 2)
            found = cardiac.ppg_peaks(pulse, rate)
            assert 60 / np.median(np.diff(found)) == pytest.approx(bpm, rel=0.03)


def test_a_rate_that_halves_quick_hearts_is_named():
    with pytest.raises(InvalidArgumentError, match=r"rate=10.5 must be a finite number in \[20"):
        cardiac.pulse_beats(np.zeros(600), 10.5)
