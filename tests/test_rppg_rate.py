"""Irregular frames, pooling of regions, heart rate over time, and how far it can be trusted."""

import fake_rppg
import naive_rppg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError
from physiofer.kernels.rppg.tracker import likeliest_path
from physiofer.signals import rppg
from physiofer.signals.cardiac import pulse_beats
from physiofer.signals.rppg._spectra import Spectra
from physiofer.signals.rppg.heart_rate import agreeing, speak

RATE = 30.0


def sine(bpm, duration_s=20.0, rate=RATE, harmonic=0.3):
    """A pulse of one rate with a first harmonic."""
    angle = 2 * np.pi * bpm / 60.0 * np.arange(int(duration_s * rate)) / rate
    return np.sin(angle) + harmonic * np.sin(2 * angle + 0.7)


def true_bpm(beats_s):
    return 60.0 * (beats_s.size - 1) / (beats_s[-1] - beats_s[0])


# --- frames on a grid ---


def test_resample_goes_through_smooth_signals(rng):
    times_s = np.sort(rng.uniform(0.0, 20.0, 700))
    wave = np.sin(2 * np.pi * 1.5 * times_s)
    grid = rppg.resample(np.stack([wave, 2.0 * wave]), times_s, 30.0)
    assert grid.values.shape == (2, 1 + int((times_s[-1] - times_s[0]) * 30.0))
    grid_s = grid.start_s + np.arange(grid.values.shape[1]) / grid.rate
    there = np.isfinite(grid.values[0])
    assert there.mean() > 0.9
    assert np.median(np.abs(grid.values[0] - np.sin(2 * np.pi * 1.5 * grid_s))[there]) < 1e-3
    assert_array_equal(grid.values[1], 2.0 * grid.values[0])


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
def test_resample_keeps_cubics_and_leaves_gaps(seed, n_frames):
    rng = np.random.default_rng(seed)
    times_s = 5.0 + np.cumsum(rng.choice([0.03, 0.04, 0.2, 0.4], size=n_frames))
    line = 3.0 + 2.0 * (times_s - times_s[0])
    line[rng.random(n_frames) < 0.1] = np.nan
    grid = rppg.resample(line, times_s, 50.0)
    known_s = times_s[np.isfinite(line)]
    for k, value in enumerate(grid.values):
        t = times_s[0] + k / 50.0
        before, after = known_s[known_s <= t + 1e-9], known_s[known_s >= t - 1e-9]
        is_inside = before.size > 0 and after.size > 0 and after[0] - before[-1] <= 0.25 + 1e-9
        if is_inside:
            assert value == pytest.approx(3.0 + 2.0 * (t - times_s[0]), abs=1e-6)
        else:
            assert np.isnan(value) or min(abs(known_s - t)) < 1e-3


def test_a_regular_series_stays_as_it_is(rng):
    values = rng.standard_normal((3, 90))
    values[1, 40:60] = np.nan
    times_s = 7.0 + np.arange(90) / 29.97
    grid = rppg.resample(values, times_s)
    assert grid.rate == pytest.approx(29.97)
    assert grid.start_s == 7.0
    assert_allclose(grid.values, values, atol=1e-9)


def test_equal_times_are_averaged_and_nothing_gives_nothing():
    assert_allclose(rppg.resample([0.0, 1.0, 3.0, 3.0], [0.0, 0.1, 0.1, 0.2], 10.0).values, [0.0, 2.0, 3.0])
    assert rppg.resample(np.empty((3, 0)), []).values.shape == (3, 0)
    assert rppg.resample([1.0], [0.0], 10.0).values.size == 0
    assert np.isnan(rppg.resample([1.0, 2.0], [0.0, 0.0]).rate)
    assert np.isnan(rppg.resample([np.nan, np.nan], [0.0, 1.0], 4.0).values).all()


def test_frame_rate_is_blind_to_lost_frames_and_whole_milliseconds(rng):
    times_s = np.arange(900) / 29.97
    kept = np.sort(rng.permutation(900)[:700])
    assert rppg.frame_rate(np.round(times_s[kept], 3)) == pytest.approx(29.97, rel=2e-3)
    assert np.isnan(rppg.frame_rate([1.0]))


def test_resample_says_what_is_wrong():
    with pytest.raises(InvalidArgumentError, match="values has 3 frames; times_s has 2"):
        rppg.resample([1.0, 2.0, 3.0], [0.0, 1.0])
    with pytest.raises(InvalidArgumentError, match="times_s must be finite and must not go backwards"):
        rppg.resample([1.0, 2.0], [1.0, 0.0])
    with pytest.raises(InvalidArgumentError, match="rate=1e\\+06 gives"):
        rppg.resample([1.0, 2.0], [0.0, 1e6], 1e6)
    with pytest.raises(InvalidArgumentError, match="max_gap_s"):
        rppg.resample([1.0, 2.0], [0.0, 1.0], max_gap_s=-1.0)


# --- heart rate ---


@pytest.mark.parametrize("rate", [10.0, 25.0, 29.97, 60.0, 120.0])
@pytest.mark.parametrize("bpm", [42.3, 58.7, 73.1, 119.6, 166.4, 231.9])
def test_sines_are_read_between_bins(rate, bpm):
    found = rppg.heart_rate(sine(bpm, rate=rate), rate)
    assert_allclose(found.bpm, bpm, atol=0.4)
    assert found.mean_bpm == pytest.approx(bpm, abs=0.3)
    assert found.quality.min() > 0.9


@pytest.mark.parametrize("harmonic", [0.0, 0.5, 1.0, 1.3])
def test_harmonics_neither_double_nor_halve(harmonic):
    for bpm in (45.0, 62.0, 88.0, 130.0, 190.0):
        noise = 0.3 * np.random.default_rng(0).standard_normal(600)
        assert rppg.heart_rate(sine(bpm, harmonic=harmonic) + noise, RATE).mean_bpm == pytest.approx(bpm, abs=1.0)


@pytest.mark.parametrize("duration_s", [4.0, 5.0, 7.5, 10.0, 10.5])
def test_short_clips_have_a_reading(duration_s):
    found = rppg.heart_rate(sine(80.0, duration_s), RATE)
    assert found.bpm.size == 1
    assert found.times_s[0] == pytest.approx(0.5 * min(duration_s, 10.0), abs=0.02)
    assert found.mean_bpm == pytest.approx(80.0, abs=2.0)
    assert rppg.heart_rate(sine(80.0, 3.5), RATE).bpm.size == 0
    assert np.isnan(rppg.heart_rate(sine(80.0, 3.5), RATE).mean_bpm)


def test_spectra_match_sums(rng):
    wave = rng.standard_normal(150) + 0.1 * np.arange(150)
    spectra = Spectra(wave[np.newaxis], 15.0, [0], 150)
    expected = naive_rppg.least_squares_power(wave, 15.0, spectra.bpm[::50])
    found = spectra.power[0, 0, ::50]
    assert_allclose(found / found.sum(), np.array(expected) / sum(expected), rtol=1e-9)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 12), st.floats(0.0, 3.0), st.floats(0.0, 5.0))
def test_the_path_is_the_best_of_all(seed, n_times, n_states, cost, most):
    evidence = np.random.default_rng(seed).exponential(2.0, (n_times, n_states))
    path = np.empty(n_times, dtype=np.int64)
    likeliest_path(evidence, cost, most, path)
    worth = evidence[np.arange(n_times), path].sum() - np.minimum(cost * np.abs(np.diff(path)), most).sum()
    assert worth == pytest.approx(naive_rppg.likeliest_path(evidence, cost, most)[1])


def test_the_tracker_bridges_a_disturbance_and_follows_a_ramp(rng):
    times = np.arange(60 * 30) / 30.0
    bpm = 70.0 + 0.5 * times
    wave = np.sin(2 * np.pi * np.cumsum(bpm / 60.0) / 30.0) + 0.3 * rng.standard_normal(times.size)
    wave[900:1000] += 6.0 * np.sin(2 * np.pi * 2.6 * times[900:1000])  # three seconds of nodding
    found = rppg.heart_rate(wave, RATE)
    off = np.abs(found.bpm - np.interp(found.times_s, times, bpm))
    assert np.nanmax(off) < 4.0
    assert np.isfinite(found.bpm).mean() > 0.6
    assert found.mean_bpm == pytest.approx(85.0, abs=1.5)


def test_noise_has_no_reading_and_a_pulse_has(rng):
    noise = rng.standard_normal((300, 300))
    quality = rppg.signal_quality(noise, RATE)
    assert (quality > 0.2).mean() < 0.05
    assert rppg.signal_quality(sine(70.0, 10.0) + 0.3 * noise, RATE).min() > 0.5
    assert np.isfinite(rppg.heart_rate(rng.standard_normal(1800), RATE).bpm).mean() < 0.15
    for nothing in (np.zeros(600), np.ones(600), np.full(600, np.nan), np.empty(0), np.ones(1)):
        found = rppg.heart_rate(nothing, RATE)
        assert np.isnan(found.bpm).all()
        assert not found.quality.any()
        assert rppg.signal_quality(nothing, RATE) == 0.0


def test_missing_samples_cost_quality_not_truth():
    wave = sine(75.0, 30.0)
    wave[200:260] = np.nan
    wave[500:] = np.nan
    found = rppg.heart_rate(wave, RATE)
    assert_allclose(found.bpm[np.isfinite(found.bpm)], 75.0, atol=1.0)
    assert np.isnan(found.bpm[-3:]).all()
    assert_array_equal(found.quality[-3:], 0.0)


def test_regions_speak_by_their_purity(rng):
    waves = np.stack(
        [sine(75.0) + 0.5 * rng.standard_normal(600), 10.0 * rng.standard_normal(600), np.full(600, np.nan)]
    )
    assert rppg.heart_rate(waves, RATE).mean_bpm == pytest.approx(75.0, abs=0.5)
    alone = rppg.heart_rate(waves[0], RATE)
    assert_allclose(rppg.heart_rate(1e-6 * waves[:1], RATE).bpm, alone.bpm, rtol=1e-9)


def test_snr_of_a_known_mixture():
    times = np.arange(900) / RATE
    wave = np.sin(2 * np.pi * 1.2 * times) + 0.1 * np.sin(2 * np.pi * 2.0 * times)
    assert rppg.pulse_snr(wave, RATE, 72.0) == pytest.approx(20.0, abs=0.3)  # Hann's side lobes are in the rest
    assert rppg.pulse_snr(wave, RATE, 120.0) == pytest.approx(-20.0, abs=0.3)
    assert np.isnan(rppg.pulse_snr(np.zeros(900), RATE, 72.0))
    assert np.isnan(rppg.pulse_snr(wave, RATE, np.nan))
    assert rppg.pulse_snr(np.stack([wave, wave]), RATE, [72.0, np.nan]).shape == (2,)


def test_arguments_are_checked():
    wave = sine(70.0)
    for name, value in [("window_s", 3.0), ("step_s", 0.0), ("min_quality", 2.0), ("rate", 3.0)]:
        with pytest.raises(InvalidArgumentError, match=name):
            rppg.heart_rate(wave, **({"rate": RATE} | {name: value}))
    with pytest.raises(InvalidArgumentError, match="n_regions"):
        rppg.heart_rate(np.ones((2, 2, 600)), RATE)
    with pytest.raises(InvalidArgumentError, match="bpm has shape"):
        rppg.pulse_snr(wave, RATE, [70.0])
    with pytest.raises(InvalidArgumentError, match="method='chroma'.*chrom"):
        rppg.pulse(np.ones((2, 3, 300)), RATE, method="chroma")
    with pytest.raises(InvalidArgumentError, match="background has shape"):
        rppg.pulse(np.ones((2, 3, 300)), RATE, background=np.ones((3, 200)))
    with pytest.raises(InvalidArgumentError, match="n_regions, 3, n_frames"):
        rppg.pulse(np.ones((2, 2, 3, 300)), RATE)


# --- abstention ---


@pytest.mark.parametrize("duration_s", [5.0, 10.0, 30.0])
@pytest.mark.parametrize("bpm", [20.0, 25.0, 30.0, 35.0, 38.0, 39.0, 241.0, 250.0, 262.0, 300.0, 400.0])
def test_what_lies_outside_of_the_band_is_no_pulse(bpm, duration_s):
    wave = sine(bpm, duration_s, harmonic=0.0)
    found = rppg.heart_rate(wave, RATE)
    assert np.isnan(found.bpm).all() and np.isnan(found.mean_bpm)
    assert_array_equal(found.quality, 0.0)
    if bpm > 26.0:  # slower ones leave nothing but the side lobes of Hann's window
        assert rppg.signal_quality(wave[: int(10 * RATE)], RATE) == 0.0


def test_close_to_the_edges_there_is_a_reading_and_noise_does_not_push_into_the_band(rng):
    for bpm in (41.0, 42.0, 238.0, 239.0):
        assert rppg.heart_rate(sine(bpm, harmonic=0.0), RATE).mean_bpm == pytest.approx(bpm, abs=0.2)
    noisy = sine(38.0, 30.0, harmonic=0.0) + 0.3 * rng.standard_normal(900)
    assert np.isnan(rppg.heart_rate(noisy, RATE).mean_bpm)


@pytest.mark.parametrize("scale", [1.0, -1e5, 1e-9])
def test_lines_steps_and_impulses_are_no_pulse(scale):
    time = np.arange(900.0)
    for wave in (time, 1e4 + time, (time == 450), (time > 450), np.full(900, 1e9)):
        found = rppg.heart_rate(scale * wave, RATE)
        assert np.isnan(found.bpm).all(), wave
    offset = rppg.heart_rate(1e6 + sine(72.0), RATE)
    assert offset.mean_bpm == pytest.approx(72.0, abs=0.2)


def test_rates_end_below_half_of_the_frame_rate():
    assert rppg.heart_rate(sine(133.0, rate=5.0, harmonic=0.0), 5.0).mean_bpm == pytest.approx(133.0, abs=0.5)
    assert np.isnan(rppg.heart_rate(sine(143.0, rate=5.0, harmonic=0.0), 5.0).mean_bpm)
    mirrored = rppg.heart_rate(sine(170.0, rate=5.0, harmonic=0.0), 5.0)
    assert mirrored.mean_bpm == pytest.approx(300.0 - 170.0, abs=0.5)  # nobody can tell, and so it is documented
    assert rppg.heart_rate(sine(235.0, rate=9.0, harmonic=0.0), 9.0).mean_bpm == pytest.approx(235.0, abs=0.5)


def test_films_of_noise_have_no_rate(rng):
    for duration_s, n_films in ((10, 60), (20, 40), (60, 20)):
        waves = rng.standard_normal((n_films, int(duration_s * RATE)))
        assert np.isnan([rppg.heart_rate(wave, RATE).mean_bpm for wave in waves]).mean() > 0.95
    # noise whose spectrum falls, and that a filter makes a hump of, as drifts of light and of the head do
    drifts = np.cumsum(rng.standard_normal((30, 1800)), axis=1)
    assert np.isnan([rppg.heart_rate(drift, RATE).bpm for drift in drifts]).mean() > 0.85
    assert np.isnan([rppg.heart_rate(drift, RATE).mean_bpm for drift in drifts]).mean() > 0.9


def test_readings_agree_along_a_path_without_a_leap():
    times_s = np.arange(8.0)
    bpm = np.array([60.0, 62.0, np.nan, 150.0, 64.0, 70.0, 66.0, 40.0])
    assert_array_equal(agreeing(times_s, bpm), [True, True, False, False, True, True, True, True])
    assert_array_equal(agreeing(times_s[:3], np.array([60.0, 87.0, 114.0])), [False, True, False])
    assert_array_equal(agreeing(10.0 * times_s[:3], np.array([60.0, 87.0, 114.0])), [True, True, True])
    assert not agreeing(times_s, np.full(8, np.nan)).any()


def test_few_windows_speak_for_a_film_only_if_they_do_not_overlap():
    def say(at_s, quality, n_waves):
        return speak(np.array(at_s, dtype=float), np.full(len(at_s), quality), n_waves, 1.0, 10.0)

    assert say([5.0], 0.6, 1) and not say([5.0], 0.59, 1)
    assert not say([], 1.0, 10) and not say([], 1.0, 0)
    assert say(range(5, 10), 0.7, 10)  # half of ten windows over 19 s: 0.5 * 0.7 * 19 = 6.65 clear seconds
    assert not say(range(5, 10), 0.6, 10)  # 5.7
    assert not say(range(5, 9), 1.0, 10)  # four of ten that overlap, as clear as can be
    assert say([5.0, 6.0, 7.0, 15.0, 16.0, 25.0], 1.0, 51)  # three times ten seconds of sixty
    assert not say([5.0, 6.0, 7.0, 8.0, 15.0, 16.0], 1.0, 51)  # two times


def test_a_rate_that_leaps_away_is_left_out_of_the_mean():
    there, away = sine(70.0, 40.0), sine(130.0, 15.0)
    found = rppg.heart_rate(np.concatenate([there, away]), RATE)
    assert np.nanmax(found.bpm) > 125.0
    assert found.mean_bpm == pytest.approx(70.0, abs=1.0)
    halves = rppg.heart_rate(np.concatenate([sine(60.0, 10.0), sine(150.0, 10.0)]), RATE)
    assert np.isfinite(halves.bpm).sum() >= 6 and np.isnan(halves.mean_bpm)


def test_results_print_as_one_line():
    found = rppg.heart_rate(sine(72.0), RATE)
    assert repr(found) == "<HeartRate 72.0 bpm: 11 of 11 windows read>"
    assert repr(rppg.resample([0.0, 1.0, 3.0], [1.0, 1.1, 1.2])) == "<Regular 3 at 10 Hz from 1 s>"
    assert repr(rppg.pulse(np.full((2, 3, 300), np.nan), RATE)) == "<Pulse of 2 regions: 300 frames, quality 0.00>"
    assert repr(rppg.pulse(np.ones((1, 3, 0)), RATE)) == "<Pulse of 1 regions: 0 frames, quality 0.00>"


# --- regions together ---


def test_the_pool_is_better_than_its_regions_and_than_their_median(rng):
    gains = []
    for bpm in (65.0, 90.0, 140.0):
        rgb, background, beats_s = fake_rppg.face(rng, bpm, duration_s=40.0, n_regions=6, noise=0.2)
        found = rppg.pulse(rgb, RATE, background=background)
        middle = np.median(found.region_bvps / found.region_bvps.std(axis=1, keepdims=True), axis=0)
        rates = np.full(7, true_bpm(beats_s))
        snr_db = rppg.pulse_snr(np.vstack([found.region_bvps, middle]), RATE, rates)
        pooled_db = rppg.pulse_snr(found.bvp, RATE, rates[0])
        assert pooled_db > snr_db[:-1].max()
        gains.append(pooled_db - snr_db[-1])
    assert np.mean(gains) > 0.5
    assert_allclose(found.weights.sum(axis=0), 1.0)


def test_clipped_moving_and_missing_regions_do_not_count(rng):
    rgb, _, beats_s = fake_rppg.face(rng, 80.0, n_regions=5, noise=0.05, motion=0.002)
    times = np.arange(rgb.shape[-1]) / RATE
    rgb[1] = np.minimum(2.0 * rgb[1], 255.0)
    rgb[2] *= 1.0 + 0.1 * np.sin(2 * np.pi * 2.0 * times)  # nodding at 120 a minute, and gloss with it
    rgb[2] += 4.0 * np.sin(2 * np.pi * 2.0 * times)
    rgb[3] = np.nan
    found = rppg.pulse(rgb, RATE)
    assert_allclose(found.weights[1:4], 0.0)
    assert np.isnan(found.region_bvps[3]).all()
    assert rppg.heart_rate(found.bvp, RATE).mean_bpm == pytest.approx(true_bpm(beats_s), abs=0.5)


def test_several_methods_make_one_wave_of_each_region(rng):
    rgb, background, beats_s = fake_rppg.face(rng, 80.0, noise=0.1)
    rgb[2] = np.nan
    found = rppg.pulse(rgb, RATE, method="pos+green", background=background)
    assert found.weights.shape == found.region_bvps.shape == (4, rgb.shape[-1])
    assert_allclose(found.weights.sum(axis=0), 1.0)
    assert_allclose(found.weights[2], 0.0)
    assert np.isnan(found.region_bvps[2]).all()
    assert_allclose(np.nansum(found.weights * found.region_bvps, axis=0), found.bvp, atol=1e-9)
    assert rppg.heart_rate(found.bvp, RATE).mean_bpm == pytest.approx(true_bpm(beats_s), abs=0.5)
    assert rppg.pulse(np.empty((0, 3, 300)), RATE, method="pos+green").weights.shape == (0, 300)
    with pytest.raises(InvalidArgumentError, match="names a method twice"):
        rppg.pulse(rgb, RATE, method="pos+pos")
    for wrong in ("pos+", "pos+gren", "", 3):
        with pytest.raises(InvalidArgumentError, match="method="):
            rppg.pulse(rgb, RATE, method=wrong)


@pytest.mark.parametrize("bpm", [64.0, 100.0, 150.0])
def test_without_colour_green_is_left_and_with_colour_light_is_not_a_pulse(bpm):
    rng = np.random.default_rng(5)
    rgb, background, beats_s = fake_rppg.face(rng, bpm, noise=0.02, motion=0.001, light=0.002)
    grey = rgb.mean(axis=1, keepdims=True) * [[0.8], [1.0], [0.6]] / 0.8  # what is left of a pulse in grey
    grey += 0.3 * rng.standard_normal(grey.shape)
    found = rppg.pulse(grey, RATE, method="pos+green", background=background)
    assert rppg.heart_rate(found.bvp, RATE).mean_bpm == pytest.approx(true_bpm(beats_s), abs=1.0)
    rgb *= 1.0 + 0.02 * np.sin(2 * np.pi * 1.3 * np.arange(rgb.shape[-1]) / RATE)  # several times the pulse
    found = rppg.pulse(rgb, RATE, method="pos+green")
    assert rppg.heart_rate(found.bvp, RATE).mean_bpm == pytest.approx(true_bpm(beats_s), abs=1.0)


@pytest.mark.parametrize("bpm", [100.0, 124.0, 150.0])
def test_noise_at_half_the_rate_does_not_halve_it(bpm):
    times = np.arange(900) / RATE
    rng = np.random.default_rng(2)
    wave = np.sin(2 * np.pi * bpm / 60.0 * times) + 0.6 * np.sin(np.pi * bpm / 60.0 * times + 1.0)
    found = rppg.heart_rate(wave + 0.2 * rng.standard_normal(900), RATE)
    assert found.mean_bpm == pytest.approx(bpm, abs=1.0)


@pytest.mark.parametrize(("n_regions", "most"), [(4, 0.05), (16, 0.1)])
def test_the_best_of_many_regions_of_noise_is_no_pulse(n_regions, most):
    rng = np.random.default_rng(7)
    quality = []
    for _ in range(12):
        rgb = np.array([[180.0], [120.0], [100.0]]) + 0.5 * rng.standard_normal((n_regions, 3, 900))
        quality.append(rppg.heart_rate(rppg.pulse(rgb, RATE, method="pos+green").bvp, RATE).quality)
    assert (np.concatenate(quality) > 0.2).mean() < most


def test_a_region_upside_down_is_turned(rng):
    rgb = fake_rppg.face(rng, 80.0, n_regions=4, noise=0.05, motion=0.002)[0]
    straight = rppg.pulse(rgb, RATE, method="green").bvp
    rgb[2] = 2.0 * rgb[2].mean(axis=1, keepdims=True) - rgb[2]
    found = rppg.pulse(rgb, RATE, method="green")
    assert np.corrcoef(found.bvp, straight)[0, 1] > 0.95
    assert np.corrcoef(found.region_bvps[2], straight)[0, 1] > 0.5


def test_blood_is_upright(rng):
    rgb, _, beats_s = fake_rppg.face(rng, 75.0, n_regions=3, noise=0.03, motion=0.001, light=0.001)
    blood = fake_rppg.pulse_wave(np.append(beats_s, [100.0]), np.arange(900) / RATE)[60:-90]
    for method in rppg.METHODS:
        found = rppg.pulse(rgb, RATE, method=method)
        assert np.corrcoef(found.bvp[60:-90], blood)[0, 1] > 0.7, method


def test_the_background_takes_the_light_off(rng):
    times = np.arange(900) / RATE
    lamp = 1.0 + 0.01 * np.sin(2 * np.pi * 1.9 * times)  # at 114 a minute, of greater size than the pulse
    rgb, background, beats_s = fake_rppg.face(rng, 80.0, n_regions=3, noise=0.05, motion=0.001, light=0.0)
    with_it, without = (
        rppg.heart_rate(rppg.pulse(rgb * lamp, RATE, method="green", background=reference).bvp, RATE).mean_bpm
        for reference in (background * lamp, None)
    )
    assert with_it == pytest.approx(true_bpm(beats_s), abs=1.0)
    assert without == pytest.approx(114.0, abs=1.0)
    still = rppg.pulse(rgb, RATE, background=background)
    assert_allclose(still.bvp, rppg.pulse(rgb, RATE).bvp, atol=0.5)


def test_regions_without_colour_give_the_change_of_their_light(rng):
    times = np.arange(900) / RATE
    finger = np.zeros((3, 900))
    finger[0] = 230.0 - np.sin(2 * np.pi * 1.1 * times) + 0.1 * rng.standard_normal(900)
    finger[2] = 0.01 + 0.003 * rng.standard_normal(900)
    for method in rppg.METHODS:
        assert rppg.heart_rate(rppg.pulse(finger, RATE, method=method).bvp, RATE).mean_bpm == pytest.approx(
            66.0, abs=0.5
        )
    for nothing in (np.zeros((2, 3, 300)), np.full((2, 3, 300), 255.0), np.full((2, 3, 300), np.nan)):
        found = rppg.pulse(nothing, RATE)
        assert np.isnan(found.bvp).all()
        assert not found.quality.any()
    assert np.isnan(rppg.pulse(finger[:, :60], RATE).bvp).all()  # two seconds are no pulse
    assert rppg.pulse(np.empty((0, 3, 300)), RATE).bvp.shape == (300,)


# --- truth ---


@pytest.mark.parametrize("method", ["pos", "chrom"])
def test_simulated_faces_are_read_to_one_beat_a_minute(method):
    errors = []
    for k, bpm in enumerate(np.linspace(50.0, 160.0, 20)):
        rng = np.random.default_rng(k)
        rgb, background, beats_s = fake_rppg.face(rng, bpm, noise=0.1, motion=0.008, light=0.01, tone=k, rsa=0.02)
        found = rppg.heart_rate(rppg.pulse(rgb, RATE, method=method, background=background).bvp, RATE)
        errors.append(abs(found.mean_bpm - true_bpm(beats_s)))
        assert errors[-1] < 3.0 or found.quality.mean() < 0.3
    assert np.mean(errors) < 1.0


def test_beats_lie_where_they_were():
    off_s = []
    for k, bpm in enumerate((55.0, 70.0, 90.0, 120.0)):
        rng = np.random.default_rng(k)
        rgb, _, beats_s = fake_rppg.face(rng, bpm, noise=0.03, motion=0.002, light=0.002, strength=0.006)
        found = rppg.pulse(rgb, RATE)
        fine = rppg.resample(found.bvp, np.arange(found.bvp.size) / RATE, 250.0)
        beats = pulse_beats(fine.values, 250.0)
        step = beats.beats_s[:, np.newaxis] - beats_s
        step = np.take_along_axis(step, np.abs(step).argmin(axis=1)[:, np.newaxis], axis=1)[:, 0]
        off_s += (step - np.median(step))[beats.quality >= 0.7].tolist()
        assert (beats.quality >= 0.7).sum() >= beats_s.size - 3
    assert np.quantile(np.abs(off_s), 0.95) < 0.025


@pytest.mark.data
@pytest.mark.parametrize("method", ["pos", "chrom", "green", "pos+green"])
def test_fingertips_agree_with_the_chest_strap(data_dir, method):
    errors = []
    for folder in sorted((data_dir / "welltory").glob("subject_*")):
        table = np.genfromtxt(folder / "PPG.csv", delimiter=",", skip_header=1)
        rr_ms = np.array((folder / "RR.txt").read_text().split(), dtype=float)
        grid = rppg.resample(table[:, 1:].T, table[:, 0] / 1000.0)
        found = rppg.heart_rate(rppg.pulse(grid.values, grid.rate, method=method).bvp, grid.rate)
        errors.append(abs(found.mean_bpm - 60000.0 / rr_ms.mean()))
    assert len(errors) == 12
    assert (np.array(errors) <= 1.5).sum() >= 10
