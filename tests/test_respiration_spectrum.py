"""Respiration by its spectrum, and from the beats of the heart."""

import warnings

import naive_respiration as naive
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.datasets import _person as person
from physiofer.datasets import _physiology as physiology
from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.signals.cardiac import nn_intervals, pulse_beats
from physiofer.signals.respiration import (
    beat_baseline,
    breaths,
    respiration_from_beats,
    respiration_rate_windows,
    respiration_waveform,
    spectral_rate,
)
from physiofer.signals.respiration.spectrum import segment_power

TIMES = np.arange(0, 60, 1 / 25)


def modulated_beats(rng, per_min, *, bpm=72.0, duration_s=240.0, rsa=0.05, mayer=0.02, amplitude=0.05, baseline=0.05):
    """Beats of a heart that breathing moves in three ways, each with a lag of its own, and vasomotion in two."""
    rate = 16.0
    n_times = int(duration_s * rate)
    breath = physiology.oscillation(rng, np.full(n_times, per_min / 60), rate, jitter=0.02)
    slow = physiology.oscillation(rng, np.full(n_times, 0.1), rate, jitter=0.15)
    modulation = rsa * np.sin(breath) + mayer * np.sin(slow) + 0.02 * physiology.pink_noise(rng, n_times, rate, 0.005)
    phase = physiology.beat_phase(bpm / 60 * (1 + np.clip(modulation, -0.4, 0.4)), rate)
    beats_s = physiology.beat_times(phase, rate)
    beats_s = beats_s + 0.003 * rng.standard_normal(beats_s.size)

    def at_beats(values):
        return np.interp(beats_s, np.arange(n_times) / rate, values)

    wander = [0.04 * physiology.pink_noise(rng, n_times, rate, 0.005) for _ in range(2)]
    heights = 1 + at_beats(amplitude * np.sin(breath - 1) + 0.03 * np.sin(slow) + wander[0])
    levels = at_beats(baseline * np.sin(breath + 0.5) + wander[1])
    noise = 0.02 * rng.standard_normal((2, beats_s.size))
    return beats_s, 1000 * np.diff(beats_s), heights + noise[0], levels + noise[1]


# --- the loops against the obvious ---


@pytest.mark.parametrize(("n_times", "rate"), [(128, 4.0), (37, 4.0), (50, 2.5), (64, 1.0)])
def test_spectrum_matches_naive(rng, n_times, rate):
    values = rng.standard_normal((2, n_times)).cumsum(axis=1) + 5
    frequencies_hz, power = segment_power(values, rate, 0.1, 0.4)
    length = min(int(round(32 * rate)), n_times)
    bins = np.rint(frequencies_hz * 4 * length / rate).astype(int)
    assert_allclose(bins * rate / (4 * length), frequencies_hz)
    assert frequencies_hz[1] <= 0.1 + 1e-9
    assert frequencies_hz[-2] >= 0.4 - 1e-9
    for row, spectra in zip(values, power, strict=True):
        assert_allclose(spectra[0], naive.segment_power(row[:length].tolist(), bins, 4 * length), rtol=1e-8, atol=1e-10)
        assert_allclose(
            spectra[-1], naive.segment_power(row[-length:].tolist(), bins, 4 * length), rtol=1e-8, atol=1e-10
        )


def test_segments_reach_both_ends_and_overlap(rng):
    assert segment_power(rng.standard_normal((1, 240)), 4.0, 0.1, 0.5)[1].shape[:2] == (1, 3)  # a minute
    assert segment_power(rng.standard_normal((1, 128)), 4.0, 0.1, 0.5)[1].shape[:2] == (1, 1)
    assert segment_power(rng.standard_normal((2, 3, 1200)), 4.0, 0.1, 0.5)[1].shape[:3] == (2, 3, 18)


# --- rate of a belt by its spectrum ---


@pytest.mark.parametrize("per_min", [4.5, 6.0, 10.0, 15.3, 24.0, 40.0, 58.0])
def test_spectral_rate_of_a_sine(per_min):
    rate_per_min, purity = spectral_rate(3 + np.sin(2 * np.pi * per_min / 60 * TIMES), 25.0)
    assert rate_per_min == pytest.approx(per_min, abs=0.05)
    assert purity > 0.97


@pytest.mark.parametrize("per_min", [6.0, 15.0, 30.0])
def test_drift_is_not_breath(rng, per_min):
    wave = np.sin(2 * np.pi * per_min / 60 * TIMES) + 0.02 * np.cumsum(rng.standard_normal(TIMES.size)) + 0.1 * TIMES
    assert spectral_rate(wave, 25.0)[0] == pytest.approx(per_min, abs=0.5)


def test_noise_has_little_purity(rng):
    _, purity = spectral_rate(rng.standard_normal((60, 400)), 400 / 60)
    assert np.median(purity) < 0.25
    assert np.quantile(purity, 0.95) < 0.4


@settings(max_examples=10)
@given(st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_unit_and_offset_do_not_matter_to_the_spectrum(scale, offset):
    wave = np.sin(2 * np.pi * 0.3 * TIMES[::4]) + 0.2 * np.random.default_rng(0).standard_normal(TIMES[::4].size)
    plain, other = spectral_rate(wave, 6.25), spectral_rate(scale * (wave + offset), 6.25)
    assert_allclose(other, plain, rtol=1e-5)


def test_windows_are_told_in_their_shape(rng):
    windows = rng.standard_normal((2, 3, 1500))
    windows[0, 1, :800] = np.nan
    rate_per_min, purity = spectral_rate(windows, 25.0)
    assert rate_per_min.shape == purity.shape == (2, 3)
    assert np.isnan(rate_per_min[0, 1])
    assert purity[0, 1] == 0.0
    assert_allclose(rate_per_min[1, 2], spectral_rate(windows[1, 2], 25.0)[0])


@pytest.mark.parametrize(
    "wave", [[], [1.0], np.zeros(1500), np.full(1500, 7.3), np.arange(1500.0), np.full(1500, np.nan)]
)
def test_no_rhythm_no_rate(wave):
    rate_per_min, purity = spectral_rate(wave, 25.0)
    assert np.isnan(rate_per_min)
    assert purity == 0.0


def test_short_windows_see_fast_rhythms_only():
    slow, fast = np.sin(2 * np.pi * np.outer([0.1, 0.5], TIMES[:300]))  # 12 s
    assert spectral_rate(fast, 25.0)[0] == pytest.approx(30.0, abs=0.3)
    assert not abs(spectral_rate(slow, 25.0)[0] - 6.0) < 1.0
    assert np.isnan(spectral_rate(fast[:40], 25.0)[0])  # 1.6 s


@settings(max_examples=30)
@given(
    arrays(float, st.integers(0, 200), elements=st.floats(-1e9, 1e9) | st.sampled_from([np.nan, np.inf, 0.0, 1e-300])),
    st.sampled_from([2.5, 4.0, 25.0]),
)
def test_no_wave_is_an_exception(wave, rate):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rate_per_min, purity = spectral_rate(wave, rate)
    assert np.isnan(rate_per_min) or 3.0 < rate_per_min < 62.0
    assert 0.0 <= purity <= 1.0


def test_wrong_bands_are_refused():
    with pytest.raises(InvalidArgumentError, match=r"high_hz=1 must be below rate/2=0.5 \(Nyquist\)"):
        spectral_rate([1.0, 2.0], 1.0)
    with pytest.raises(InvalidArgumentError, match="high_hz"):
        spectral_rate([1.0, 2.0], 25.0, low_hz=0.5, high_hz=0.4)
    with pytest.raises(InvalidArgumentError, match="rate"):
        spectral_rate([1.0, 2.0], -25.0)


# --- rate from beats ---


@pytest.mark.parametrize("per_min", [6.0, 9.0, 14.0, 20.0, 28.0])
def test_rate_from_modulated_beats(per_min):
    errors = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        beats = modulated_beats(rng, per_min, duration_s=140.0)
        found = respiration_from_beats(*beats, starts_s=[5.0, 70.0])
        errors.append(np.abs(found.rate_per_min - per_min).mean())
    assert np.mean(errors) < 1.0


def test_a_shared_rhythm_outvotes_a_stronger_one_of_its_own(rng):
    beats = modulated_beats(rng, 18.0, rsa=0.02, mayer=0.06)  # vasomotion rules the intervals
    alone = respiration_from_beats(*beats[:2], starts_s=[30.0, 90.0, 150.0])
    fused = respiration_from_beats(*beats, starts_s=[30.0, 90.0, 150.0])
    assert np.abs(fused.rate_per_min - 18.0).max() < 1.5
    assert np.abs(fused.rate_per_min - 18.0).mean() <= np.abs(alone.rate_per_min - 18.0).mean() + 0.2


def test_quality_falls_where_there_is_no_breathing():
    rng = np.random.default_rng(2)
    starts_s = np.arange(0.0, 180.0, 20.0)
    clear = respiration_from_beats(*modulated_beats(rng, 15.0), starts_s=starts_s)
    rr_ms = 830 + 30 * rng.standard_normal(300)
    beats_s = np.concatenate([[0.0], np.cumsum(rr_ms) / 1000])
    noise = respiration_from_beats(
        beats_s, rr_ms, rng.standard_normal(301), rng.standard_normal(301), starts_s=starts_s
    )
    assert np.median(clear.quality) > 0.5
    assert np.median(noise.quality) < 0.25


def test_no_breath_is_faster_than_half_the_heart():
    rng = np.random.default_rng(4)
    beats = modulated_beats(rng, 10.0, bpm=45.0)
    found = respiration_from_beats(*beats, starts_s=np.arange(0.0, 180.0, 10.0))
    assert found.rate_per_min.max() < 24.0  # half of 45, and half a frequency's width


def test_modulations_need_no_unit(rng):
    beats_s, rr_ms, amplitude, baseline = modulated_beats(rng, 15.0)
    plain = respiration_from_beats(beats_s, rr_ms, amplitude, baseline)
    other = respiration_from_beats(beats_s, rr_ms, 1e4 * amplitude, -1e-3 * baseline + 2.0)
    assert_allclose(other.rate_per_min, plain.rate_per_min, rtol=1e-6)
    assert_allclose(other.quality, plain.quality, rtol=1e-6)


def test_a_modulation_that_says_nothing_has_no_say(rng):
    beats_s, rr_ms, amplitude, _ = modulated_beats(rng, 15.0)
    plain = respiration_from_beats(beats_s, rr_ms, amplitude)
    for silent in (np.full(beats_s.size, 3.0), np.full(beats_s.size, np.nan)):
        other = respiration_from_beats(beats_s, rr_ms, amplitude, silent)
        assert_allclose(other.rate_per_min, plain.rate_per_min)
        assert_allclose(other.quality, plain.quality)


def test_windows_without_beats_have_no_rate(rng):
    beats_s, rr_ms, amplitude, baseline = modulated_beats(rng, 15.0)
    rr_ms[(beats_s[1:] > 60) & (beats_s[1:] < 105)] = np.nan
    found = respiration_from_beats(beats_s, rr_ms, amplitude, baseline, starts_s=[-500.0, 60.0, 150.0, 900.0])
    assert_array_equal(np.isnan(found.rate_per_min), [True, True, False, True])
    assert_array_equal(found.quality == 0.0, [True, True, False, True])


def test_default_windows_overlap_by_half():
    beats_s = np.arange(0.0, 200.0, 0.8)
    found = respiration_from_beats(beats_s, 1000 * np.diff(beats_s), window_s=40.0)
    assert_allclose(found.starts_s, np.arange(0.0, 160.0, 20.0))
    assert respiration_from_beats([], []).starts_s.size == 0
    assert np.isnan(respiration_from_beats(beats_s[:20], 1000 * np.diff(beats_s[:20])).rate_per_min).all()


@settings(max_examples=30)
@given(st.lists(st.floats(0.0, 3.0), max_size=80), st.sampled_from([5.0, 30.0, 60.0, 200.0]), st.integers(0, 99))
def test_no_beats_are_an_exception(steps, window_s, seed):
    rng = np.random.default_rng(seed)
    beats_s = np.cumsum(steps)
    rr_ms = 1000 * np.diff(beats_s)
    rr_ms[rng.random(rr_ms.size) < 0.1] = np.nan
    extra = rng.standard_normal(beats_s.size) * 10.0 ** rng.integers(-9, 9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = respiration_from_beats(beats_s, rr_ms, extra, None, starts_s=[0.0, 10.0], window_s=window_s)
        times_s, waveform = respiration_waveform(beats_s, rr_ms, extra)
    assert ((found.quality >= 0) & (found.quality <= 1)).all()
    rates = found.rate_per_min[np.isfinite(found.rate_per_min)]
    assert ((rates > 3) & (rates < 43)).all()
    assert times_s.shape == waveform.shape
    assert not np.isinf(waveform).any()


@pytest.mark.parametrize(("beats_in", "intervals_in"), [(1000.0, 1.0), (1.0, 1e-3)])
@pytest.mark.parametrize("function", [respiration_from_beats, respiration_waveform])
def test_units_off_by_a_thousand_are_told(rng, function, beats_in, intervals_in):
    beats_s = np.arange(0.0, 4.0, 0.8)
    with pytest.warns(QualityWarning, match="beats_s in seconds, rr_ms in milliseconds") as caught:
        function(beats_in * beats_s, intervals_in * 1000 * np.diff(beats_s))
    assert caught[0].filename == __file__


def test_wrong_modulations_are_refused():
    with pytest.raises(InvalidArgumentError, match="amplitude has 2 values for 3 beats"):
        respiration_from_beats([0.0, 1.0, 2.0], [1000.0, 1000.0], [1.0, 2.0])
    with pytest.raises(InvalidArgumentError, match="baseline has 1 values"):
        respiration_waveform([0.0, 1.0, 2.0], [1000.0, 1000.0], None, [1.0])
    with pytest.raises(InvalidArgumentError, match="rr_ms has 1 intervals; 3 beats_s"):
        respiration_from_beats([0.0, 1.0, 2.0], [1000.0])
    with pytest.raises(InvalidArgumentError, match="window_s"):
        respiration_from_beats([0.0, 1.0], [1000.0], window_s=-1.0)
    with pytest.raises(InvalidArgumentError, match="must not go backwards"):
        respiration_from_beats([0.0, np.nan], [1000.0])


# --- waveform ---


@pytest.mark.parametrize("per_min", [8.0, 15.0, 24.0])
def test_waveform_breathes_at_the_rate(per_min):
    rng = np.random.default_rng(7)
    times_s, waveform = respiration_waveform(*modulated_beats(rng, per_min))
    assert_allclose(np.diff(times_s), 0.25)
    found = breaths(waveform, 4.0)
    lengths = found.inhale_s + found.exhale_s + found.pause_s
    assert 60 / lengths.mean() == pytest.approx(per_min, abs=1.0)


def test_waveform_is_high_where_the_heart_is_quick(rng):
    beats_s, rr_ms, amplitude, baseline = modulated_beats(rng, 14.0, mayer=0.0)
    times_s, waveform = respiration_waveform(beats_s, rr_ms, amplitude, baseline)
    quickness = -np.interp(times_s, 0.5 * (beats_s[1:] + beats_s[:-1]), rr_ms)
    inside = np.isfinite(waveform)
    assert inside.mean() > 0.95
    assert np.corrcoef(waveform[inside], quickness[inside])[0, 1] > 0.7
    assert np.nanstd(waveform) == pytest.approx(1.0, abs=0.15)


# --- whole simulated pulses and real recordings ---


def rates_of_belt(belt, rate, starts_s):
    """Breaths per minute of each minute by counting."""
    return respiration_rate_windows(breaths(belt, rate), starts_s, 60.0)[0][:, 0]


def rates_of_pulse(pulse, rate, starts_s):
    """Breaths per minute of each minute by the beats of a pulse wave."""
    beats = pulse_beats(pulse, rate)
    is_good = (beats.quality >= 0.7) & (beats.amplitude > 0)
    amplitude = np.where(is_good, beats.amplitude, np.nan)
    baseline = np.where(is_good, beat_baseline(pulse, rate, beats.beats_s), np.nan)
    rr_ms = nn_intervals(beats.beats_s, beats.quality)
    return respiration_from_beats(beats.beats_s, rr_ms, amplitude, baseline, starts_s=starts_s, window_s=60.0)


def test_pulse_of_simulated_people_tells_their_breath():
    errors, starts_s = [], np.array([5.0, 60.0])
    for seed in range(4):
        rng = np.random.default_rng(seed)
        traits = person.draw_traits(rng)
        arousal = np.full(4 * 130, 0.5)
        _, phase, breath = person.heart(rng, traits, arousal)
        still = np.zeros(32 * 130)
        pulse = person.pulse_wave(rng, traits, arousal, phase, breath, still)
        true = rates_of_belt(np.sin(breath), 16.0, starts_s)
        errors.append(np.abs(rates_of_pulse(pulse, 64.0, starts_s).rate_per_min - true))
    assert np.mean(errors) < 1.0


@pytest.mark.data
def test_finger_pulse_tells_the_rate_of_the_belt(data_dir):
    table = pd.read_csv(data_dir / "physio" / "bio_resting_5min_100hz.csv")
    starts_s = np.arange(0.0, 241.0, 20.0)
    belt = rates_of_belt(table["RSP"].to_numpy(), 100.0, starts_s)
    found = rates_of_pulse(table["PPG"].to_numpy(), 100.0, starts_s)
    assert np.abs(found.rate_per_min - belt).mean() < 1.5


@pytest.mark.parametrize("window_s", [1e9, 1e-9])
def test_windows_out_of_all_proportion_are_named(window_s):
    beats_s = np.arange(0.0, 60.0, 0.8)
    with pytest.raises(InvalidArgumentError, match=r"window_s=.* must be a finite number in \[1, 604800\]"):
        respiration_from_beats(beats_s, 1e3 * np.diff(beats_s), window_s=window_s)
