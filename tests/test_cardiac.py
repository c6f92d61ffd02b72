"""Beats of a pulse wave, and intervals."""

import naive
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
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


@pytest.mark.parametrize("rate", [25.0, 64.0, 250.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_beats_are_found_with_either_polarity(rng, rate, sign):
    beats_s = wandering_beats(rng, 60)
    ppg = sign * pulse_train(beats_s, 60, rate) + 0.02 * rng.standard_normal(int(60 * rate))
    found = cardiac.ppg_peaks(ppg, rate)
    inner = beats_s[(beats_s > 1) & (beats_s < 58)]
    lag = np.array([np.min(np.abs(found - beat - 0.06)) for beat in inner])
    assert np.mean(lag < 0.05) > 0.97
    assert abs(len(found) - len(beats_s)) <= 3


def test_intervals_are_finer_than_a_sample(rng):
    beats_s = wandering_beats(rng, 120)
    found = cardiac.ppg_peaks(pulse_train(beats_s, 120, 32.0), 32.0)
    rr_ms, true_ms = 1000 * np.diff(found[2:-2]), 1000 * np.diff(beats_s)
    errors = [np.min(np.abs(true_ms - rr)) for rr in rr_ms]
    assert np.median(errors) < 4.0  # a sample lasts 31 ms
    assert cardiac.hrv_time(rr_ms)["rmssd_ms"] == pytest.approx(cardiac.hrv_time(true_ms)["rmssd_ms"], rel=0.1)


def test_scale_and_offset_do_not_matter(rng):
    ppg = pulse_train(wandering_beats(rng, 40), 40)
    assert_allclose(cardiac.ppg_peaks(1e-4 * ppg - 3, RATE), cardiac.ppg_peaks(ppg, RATE), atol=1e-6)


def test_a_burst_does_not_hide_its_neighbours(rng):
    beats_s = wandering_beats(rng, 60)
    ppg = pulse_train(beats_s, 60)
    ppg[int(30 * RATE) : int(32 * RATE)] += 40 * rng.standard_normal(int(2 * RATE))
    found, quality, _ = cardiac.pulse_beats(ppg, RATE)
    away = beats_s[(np.abs(beats_s - 31) > 3) & (beats_s > 1) & (beats_s < 58)]
    assert np.mean([np.min(np.abs(found - beat - 0.06)) < 0.05 for beat in away]) > 0.95
    rr_ms = cardiac.nn_intervals(found, quality)
    middle = 0.5 * (found[1:] + found[:-1])
    assert np.isfinite(rr_ms[np.abs(middle - 31) > 4]).mean() > 0.9


def test_no_beat_where_samples_are_missing(rng):
    ppg = pulse_train(wandering_beats(rng, 60), 60)
    ppg[int(20 * RATE) : int(30 * RATE)] = np.nan
    found, quality, amplitude = cardiac.pulse_beats(ppg, RATE)
    assert not np.any((found > 20) & (found < 30))
    assert np.any(found < 19) and np.any(found > 31)
    assert np.isfinite(quality).all() and np.isfinite(amplitude).all()


@pytest.mark.parametrize("ppg", [np.zeros(640), np.full(640, 7.3), np.full(640, np.nan), np.ones(3), np.empty(0)])
def test_silence_has_no_beats(ppg):
    assert cardiac.ppg_peaks(ppg, RATE).size == 0
    assert cardiac.nn_intervals(cardiac.ppg_peaks(ppg, RATE)).size == 0


@given(arrays(float, st.integers(0, 400), elements=st.floats(-1e6, 1e6) | st.just(np.nan)))
@settings(max_examples=40, deadline=None)
def test_any_input_gives_ordered_beats(ppg):
    found, quality, amplitude = cardiac.pulse_beats(ppg, RATE)
    assert np.all(np.diff(found) > 0)
    assert found.shape == quality.shape == amplitude.shape
    assert np.all((found >= 0) & (found <= ppg.size / RATE))


def test_integer_and_single_precision_agree(rng):
    ppg = np.round(1000 * pulse_train(wandering_beats(rng, 30), 30))
    beats_s = cardiac.ppg_peaks(ppg, RATE)
    assert_allclose(cardiac.ppg_peaks(ppg.astype(np.int16), RATE), beats_s)
    assert_allclose(cardiac.ppg_peaks(ppg.astype(np.float32), RATE), beats_s)


def test_beat_quality_tells_noise_from_pulse(rng):
    beats_s = wandering_beats(rng, 60)
    ppg = pulse_train(beats_s, 60)
    ppg[int(40 * RATE) :] = rng.standard_normal(ppg.size - int(40 * RATE))
    inside = beats_s[beats_s < 58] + 0.06
    quality = cardiac.beat_quality(ppg, RATE, inside)
    assert np.median(quality[inside < 38]) > 0.9 > 0.5 > np.median(quality[inside > 42])


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
    error_ms = 1000 * np.diff(delay_s)
    assert np.median(np.abs(error_ms)) < 6.0  # the electrocardiogram itself is sampled every 10 ms


@pytest.mark.data
def test_wrist_pulse_agrees_with_the_device(data_dir):
    """Intervals the E4 itself reports (its own method) against ours on the same pulse, all people together."""
    from physiofer.io import read_empatica

    differences, shared = [], 0
    for subject in ("S05", "S09", "S13"):
        recording = read_empatica(data_dir / "stress-predict" / subject)
        bvp, device = recording.of_kind("bvp"), recording.of_kind("rr")
        found, quality, _ = cardiac.pulse_beats(bvp.values[0], bvp.rate)
        rr_ms = cardiac.nn_intervals(found, quality)
        ends_s = found[1:] + bvp.start_s
        nearest = np.clip(np.searchsorted(ends_s, device.times_s + 0.1), 1, ends_s.size - 1)
        nearest -= np.abs(ends_s[nearest - 1] - device.times_s - 0.1) < np.abs(ends_s[nearest] - device.times_s - 0.1)
        scale = 1000.0 if np.nanmedian(device.values) < 10 else 1.0
        gap = rr_ms[nearest] - scale * device.values[0]
        shared += np.isfinite(gap).mean() / 3
        differences.append(gap[np.isfinite(gap)])
    differences = np.concatenate(differences)
    assert shared > 0.8
    assert np.median(np.abs(differences)) < 15.0  # one sample of the device
    assert np.mean(np.abs(differences) < 40) > 0.9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cardiac.ppg_peaks(np.zeros(100), 5.0), r"rate=5.0 must be a finite number in \[10"),
        (lambda: cardiac.ppg_peaks(np.zeros((2, 100)), 64.0), "ppg has shape"),
        (lambda: cardiac.ppg_peaks(["a"], 64.0), "ppg must be an array of real numbers"),
        (lambda: cardiac.nn_intervals([1.0, 0.5]), "beats_s must be finite and must not go backwards"),
        (lambda: cardiac.nn_intervals([0.0, 1.0], [1.0]), "quality has 1 values for 2 beats"),
        (lambda: cardiac.beat_quality(np.zeros((1, 9)), 64.0, []), "values has shape"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()
