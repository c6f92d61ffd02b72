"""Beats of the electrocardiogram: kernels against slow twins, simulated rhythms and noise, a record of MIT-BIH."""

import warnings

import fake_ecg
import naive_cardiac_ecg as naive
import numpy as np
import pandas as pd
import pytest
import wfdb_format
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError
from physiofer.kernels.cardiac import ecg as kernels
from physiofer.signals.cardiac import Beats, ecg_beats, ecg_beats_windows, ecg_peaks

RATE = 250.0


def r_waves(beats_s, duration_s, rate=RATE, width_s=0.01):
    """Gaussian R waves of 1 at given times."""
    times_s = np.arange(int(round(duration_s * rate))) / rate
    return np.exp(-0.5 * ((times_s[:, None] - np.asarray(beats_s)) / width_s) ** 2).sum(axis=1)


# --- kernels beside their slow twins


@given(arrays(float, st.integers(1, 60), elements=st.floats(-1, 1)), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_envelope_matches_naive(values, n_taps, seed):
    even, odd = np.random.default_rng(seed).standard_normal((2, n_taps))
    out = np.empty(values.size)
    kernels.envelope(values, even, odd, out)
    assert_allclose(out, naive.envelope(values.tolist(), even, odd), atol=1e-12)


def test_envelope_is_the_same_across_the_borders_of_its_chunks(rng):
    values, even, odd = rng.standard_normal(6000), rng.standard_normal(5), rng.standard_normal(5)
    out = np.empty(values.size)
    kernels.envelope(values, even, odd, out)
    for border in (2048, 4096):
        near = slice(border - 20, border + 20)
        assert_allclose(out[near][5:-5], naive.envelope(values[near].tolist(), even, odd)[5:-5], atol=1e-12)


@given(st.lists(st.integers(0, 6).map(float), min_size=1, max_size=60), st.integers(1, 8))
def test_maxima_match_naive(strength, reach):
    assert kernels.maxima(np.array(strength), reach).tolist() == naive.maxima(strength, reach)


@given(st.lists(st.booleans(), max_size=80), st.floats(25, 300))
def test_gaps_match_naive(is_finite, rate):
    in_gap = np.zeros(len(is_finite), dtype=bool)
    kernels.mark_gaps(np.array(is_finite, dtype=bool), rate, in_gap)
    assert in_gap.tolist() == naive.gaps(is_finite, rate)


def test_levels_match_naive(rng):
    for rate, n_times in ((83.3, 3000), (25.0, 700), (100.0, 90), (128.0, 1)):
        strength, is_missing = rng.gamma(2.0, 1.0, n_times), rng.random(n_times) < 0.2
        is_missing[n_times // 3 : n_times // 2] = True
        peaks = np.sort(rng.choice(n_times, min(n_times, 40), replace=False))
        level, noise = np.empty(peaks.size), np.empty(peaks.size)
        least = kernels.levels(strength, is_missing, rate, peaks, level, noise)
        expected = naive.levels(strength.tolist(), is_missing.tolist(), rate, peaks.tolist())
        assert_allclose(level, expected[0])
        assert_allclose(noise, expected[1])
        assert least == pytest.approx(expected[2])


@given(st.lists(st.tuples(st.floats(0.05, 2.0), st.floats(0.1, 4.0), st.booleans()), max_size=60))
def test_neighbourhood_matches_naive(candidates):
    steps, heights, is_beat = np.array(candidates, dtype=float).reshape(-1, 3).T.copy()
    times_s, is_beat = np.cumsum(steps), is_beat > 0
    level, interval_s = np.empty(times_s.size), np.empty(times_s.size)
    kernels.neighbourhood(times_s, heights, np.flatnonzero(is_beat), 0.5, level, interval_s)
    expected = naive.neighbourhood(times_s.tolist(), heights.tolist(), is_beat.tolist(), 0.5)
    assert_allclose(np.stack([level, interval_s], axis=1), np.array(expected).reshape(-1, 2))


def maxima_of_strength(rng, n):
    """Times, heights and surroundings of `n` made-up maxima, with a gap now and then."""
    times_s = np.cumsum(rng.uniform(0.1, rng.choice([0.3, 0.8, 3.0]), n))
    seen_s = times_s - np.cumsum(rng.uniform(0, 0.1, n) * (rng.random(n) < 0.2))
    heights = np.exp(rng.normal(0.0, rng.choice([0.3, 1.0, 1.5]), n))
    interval_s = np.clip(rng.uniform(0.3, 1.5) * rng.uniform(0.8, 1.2, n), 0.24, 2.4)
    return times_s, seen_s, heights, np.full(n, rng.uniform(0.01, 0.6)), rng.uniform(0.8, 1.2, n), interval_s


def test_no_sequence_is_worth_more_than_the_chosen_one(rng):
    for _ in range(60):
        given_maxima = maxima_of_strength(rng, int(rng.integers(1, 11)))
        is_beat = np.empty(given_maxima[0].size, dtype=bool)
        kernels.choose(*given_maxima, is_beat)
        chosen = naive.worth(np.flatnonzero(is_beat).tolist(), *given_maxima)
        assert chosen == pytest.approx(naive.most_worth(*given_maxima), abs=1e-9)


def test_looking_back_no_further_than_needed_loses_nothing(rng):
    """Long sequences, against dynamic programming over all pairs."""
    for _ in range(25):
        given_maxima = maxima_of_strength(rng, 90)
        is_beat = np.empty(90, dtype=bool)
        kernels.choose(*given_maxima, is_beat)
        chosen = naive.worth(np.flatnonzero(is_beat).tolist(), *given_maxima)
        assert chosen == pytest.approx(naive.most_worth_of_pairs(*given_maxima), abs=1e-9)


# --- properties


@pytest.fixture(scope="module")
def recording():
    """A minute of ECG at 250 Hz with the noise every recording has, and its beats."""
    return fake_ecg.simulate(1)


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1e3, 1e6, -1.0, 1e200])
def test_unit_and_polarity_do_not_matter(recording, scale):
    plain, scaled = ecg_beats(recording[0], RATE), ecg_beats(scale * recording[0], RATE)
    assert_allclose(scaled.beats_s, plain.beats_s, atol=1e-9)
    assert_allclose(scaled.quality, plain.quality, atol=1e-9)
    assert_allclose(scaled.amplitude, abs(scale) * plain.amplitude, rtol=1e-6)


def test_an_offset_does_not_matter(recording):
    assert_allclose(ecg_peaks(recording[0] + 1e4, RATE), ecg_peaks(recording[0], RATE), atol=1e-6)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, list])
def test_any_number_will_do(recording, dtype):
    counts = np.round(1000 * recording[0])
    given_ecg = counts.tolist() if dtype is list else counts.astype(dtype)
    assert_array_equal(ecg_peaks(given_ecg, RATE), ecg_peaks(counts, RATE))


def test_the_ecg_is_left_as_it_was(recording):
    paced, _ = fake_ecg.simulate(0, kind="paced", stimuli=3.0)
    for ecg in (recording[0], paced, np.where(np.arange(paced.size) % 500 < 20, np.nan, paced)):
        before = ecg.copy()
        ecg_beats(ecg, RATE)
        assert_array_equal(ecg, before)


def test_times_are_exact_between_samples():
    beats_s = 0.5 + 0.8123 * np.arange(20)
    for rate, error_s in ((100.0, 4e-4), (250.0, 2e-5), (360.0, 1e-5), (1000.0, 1e-6)):
        found = ecg_beats(r_waves(beats_s, 17.0, rate), rate)
        assert_allclose(found.beats_s, beats_s, atol=error_s)
        assert found.quality.min() > 0.9


def test_amplitude_is_from_peak_to_peak():
    ecg = r_waves([1.0, 2.0, 3.0], 4.0, width_s=0.02) - 0.5 * r_waves([1.06, 2.06, 3.06], 4.0, width_s=0.02)
    assert_allclose(ecg_beats(ecg, RATE).amplitude, np.ptp(ecg), rtol=0.15)  # less what smoothing takes
    assert_allclose(ecg_beats(3.0 * ecg + 7.0, RATE).amplitude, 3.0 * ecg_beats(ecg, RATE).amplitude)


def test_the_larger_deflection_is_marked_all_through():
    """A lead whose S waves are deeper than its R waves are high; some beats have it the other way round by a little."""
    beats_s, rng = 0.5 + 0.8 * np.arange(60), np.random.default_rng(4)
    r_heights = rng.uniform(0.5, 1.15, 60)
    ecg = sum(h * r_waves([b], 49.0) for h, b in zip(r_heights, beats_s, strict=True)) - r_waves(beats_s + 0.035, 49.0)
    found = ecg_peaks(ecg, RATE)
    assert_allclose(found, beats_s + 0.035, atol=0.003)
    assert_allclose(ecg_peaks(ecg + 0.5 * r_waves(beats_s, 49.0), RATE), beats_s, atol=0.003)


def test_an_ectopic_beat_the_other_way_up_is_marked_where_it_is_largest():
    beats_s = 0.5 + 0.8 * np.arange(30)
    ecg = r_waves(beats_s, 25.0)
    ectopic = slice(int(12.0 * RATE), int(12.6 * RATE))
    ecg[ectopic] = -1.5 * r_waves([0.3], 0.6, width_s=0.03)
    found = ecg_beats(ecg, RATE)
    odd = np.argmin(np.abs(found.beats_s - 12.3))
    assert found.beats_s[odd] == pytest.approx(12.3, abs=0.002)
    assert found.quality[odd] < 0.5 < np.median(found.quality)


def test_a_pacemakers_stimulus_is_not_the_beat():
    ecg, beats_s = fake_ecg.simulate(3, kind="paced", stimuli=3.0)
    f1, shifts_s = fake_ecg.score(ecg_peaks(ecg, RATE), beats_s)
    assert f1 == 1.0
    assert np.median(np.abs(shifts_s)) < 0.003  # the stimuli come 60 ms before


def test_trains_of_single_samples_are_beats():
    ecg = np.zeros(5000)
    ecg[100::200] = 1.0
    assert_allclose(ecg_peaks(ecg, RATE), np.arange(100, 5000, 200) / RATE)


# --- gaps


def test_no_beat_is_invented_in_a_gap(recording):
    ecg, beats_s = recording[0].copy(), recording[1]
    ecg[int(20 * RATE) : int(30 * RATE)] = np.nan
    ecg[: int(2 * RATE)] = np.nan
    found = ecg_peaks(ecg, RATE)
    silent = ((found > 19.99) & (found < 30.01)) | (found < 2.01)
    assert not silent.any()
    outside = ((beats_s < 19.9) & (beats_s > 2.1)) | (beats_s > 30.1)
    assert fake_ecg.score(found, beats_s[outside])[0] == 1.0


def test_single_missing_samples_do_no_harm(recording, rng):
    ecg, beats_s = recording
    gappy = np.where(rng.random(ecg.size) < 0.1, np.nan, ecg)
    f1, shifts_s = fake_ecg.score(ecg_peaks(gappy, RATE), beats_s)
    assert f1 == 1.0
    assert np.median(np.abs(shifts_s)) < 0.001
    infinite = np.where(np.isnan(gappy), np.inf, gappy)
    assert_array_equal(ecg_peaks(infinite, RATE), ecg_peaks(gappy, RATE))


def test_a_beat_whose_peak_is_missing_is_not_reported():
    ecg = r_waves(0.5 + 0.8 * np.arange(20), 17.0)
    peak = int(8.5 * RATE)
    ecg[peak - 8 : peak + 9] = np.nan
    found = ecg_peaks(ecg, RATE)
    assert found.size == 19 and np.abs(found - 8.5).min() > 0.7


# --- windows


def test_windows_have_the_answer_of_each_row(rng):
    windows = np.stack([fake_ecg.simulate(seed, duration_s=8.0)[0] for seed in range(16)])
    windows[3] = np.nan
    windows[5, 400:1200] = np.nan
    windows[7] = 1.0
    beats = ecg_beats_windows(windows, RATE)
    assert isinstance(beats, Beats) and beats.beats_s.shape[0] == 16
    for row, window in enumerate(windows):
        alone = ecg_beats(window, RATE)
        n = alone.beats_s.size
        for part, expected in zip(beats, alone, strict=True):
            assert_array_equal(part[row, :n], expected)
            assert np.isnan(part[row, n:]).all()
    assert beats.beats_s.shape[1] == max(ecg_beats(window, RATE).beats_s.size for window in windows)


@pytest.mark.parametrize("shape", [(0, 100), (3, 0), (2, 1), (0, 0)])
def test_windows_may_be_empty(shape):
    beats = ecg_beats_windows(np.zeros(shape), RATE)
    assert [part.shape for part in beats] == [(shape[0], 0)] * 3


# --- quality


@pytest.mark.parametrize("rate", [100.0, 250.0, 1000.0])
@pytest.mark.parametrize("low_hz", [0.5, 15.0])
def test_noise_has_no_quality(rng, rate, low_hz):
    noise = fake_ecg.coloured(rng, int(60 * rate), rate, low_hz, 0.5 * rate)
    quality = ecg_beats(noise, rate).quality
    assert np.median(quality) < 0.6
    assert np.mean(quality > 0.7) < 0.2


def test_quality_tells_noise_from_beats(rng):
    ecg, beats_s = fake_ecg.simulate(2)
    spoilt = (np.arange(ecg.size) > 20 * RATE) & (np.arange(ecg.size) < 30 * RATE)
    ecg = ecg + 3.0 * spoilt * fake_ecg.coloured(rng, ecg.size, RATE, 1.0, 40.0, slope=2.0)
    found = ecg_beats(ecg, RATE)
    inside = (found.beats_s > 20) & (found.beats_s < 30)
    assert np.median(found.quality[inside]) < 0.6
    assert np.quantile(found.quality[~inside], 0.1) > 0.85
    kept = found.beats_s[(found.quality > 0.7) & ~inside]
    assert fake_ecg.score(kept, beats_s[(beats_s < 20) | (beats_s > 30)])[0] > 0.97


# --- rhythms, shapes and noise, each with beats that are known

#: Least F1 where noise or rhythm leaves less than 0.995: somewhat below the worst of ten other seeds.
LEAST_F1 = {
    "ventricular run": 0.975,
    "huge ectopics, small beats": 0.975,
    "ectopic runs, restless": 0.985,
    "fibrillation, restless": 0.985,
    "pauses, restless": 0.95,
    "muscle bursts 0.6 mV": 0.975,
    "white 0.4 mV": 0.94,
    "motion 0.5 mV": 0.77,
    "motion bursts 0.6 mV": 0.86,
    "motion bursts 1 mV": 0.77,
    "jumps of 2 mV": 0.96,
}


#: Enough to see every line at work where the compiler is off.
FEW = {"70 bpm", "25 Hz", "1000 Hz", "paced, stimuli seen", "ectopics down", "motion 0.5 mV", "missing samples, 10 %"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in FEW else pytest.mark.slow) for name in fake_ecg.CONDITIONS]
)
def test_beats_are_found(name):
    condition = fake_ecg.CONDITIONS[name]
    rate = condition.get("rate", RATE)
    ecg, beats_s = fake_ecg.simulate(7, **condition)
    f1, shifts_s = fake_ecg.score(ecg_peaks(ecg, rate), beats_s)
    assert f1 >= LEAST_F1.get(name, 0.995)
    is_plain = ("Hz" in name or "bpm" in name) and "noise" not in condition and "kind" not in condition
    assert np.median(np.abs(shifts_s)) < max(0.0005 if is_plain else 0.0025, 0.1 / rate)


def test_hard_conditions_together_go_better_than_with_neurokit():
    nk = pytest.importorskip("neurokit2")
    names = ["250 bpm", "40 bpm", "muscle 0.4 mV", "motion 0.5 mV", "50 Hz"]
    ours, theirs = [], []
    for name in names:
        condition = fake_ecg.CONDITIONS[name]
        rate = condition.get("rate", RATE)
        ecg, beats_s = fake_ecg.simulate(11, **condition)
        ours.append(fake_ecg.score(ecg_peaks(ecg, rate), beats_s)[0])
        clean = nk.ecg_clean(ecg, sampling_rate=int(rate))
        peaks = nk.ecg_peaks(clean, sampling_rate=int(rate))[1]["ECG_R_Peaks"]
        theirs.append(fake_ecg.score(peaks / rate, beats_s)[0])
    assert np.mean(ours) > np.mean(theirs)


# --- real recordings


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("channel", [0, 1])
def test_record_100_of_mit_bih(data_dir, channel):
    folder = data_dir / "ecg" / "mitdb"
    signals, rate = wfdb_format.read_signals(folder / "100.hea")
    beats_s = wfdb_format.read_beats(folder / "100.atr") / rate
    assert beats_s.size == 2273 and rate == 360.0
    found = ecg_beats(signals[channel], rate)
    f1, shifts_s = fake_ecg.score(found.beats_s, beats_s)
    assert f1 >= 0.999
    if channel == 0:  # the lead that was annotated
        assert np.median(np.abs(shifts_s)) * rate < 0.5
        assert np.mean(np.abs(shifts_s) * rate < 1.5) > 0.99
    assert np.median(found.quality) > 0.95


@pytest.mark.data
def test_beats_agree_with_neurokit_at_100_hz(data_dir):
    nk = pytest.importorskip("neurokit2")
    for name, least in (("bio_eventrelated_100hz", 1.0), ("bio_resting_5min_100hz", 0.98)):  # the second person moves
        ecg = pd.read_csv(data_dir / "physio" / f"{name}.csv")["ECG"].to_numpy()
        peaks = nk.ecg_peaks(nk.ecg_clean(ecg, sampling_rate=100), sampling_rate=100)[1]["ECG_R_Peaks"]
        f1, shifts_s = fake_ecg.score(ecg_peaks(ecg, 100.0), np.asarray(peaks) / 100)
        assert f1 >= least
        assert np.median(np.abs(shifts_s)) < 0.004  # theirs are whole samples


# --- hostile input


NO_BEATS = {
    "empty": [],
    "one sample": [1.0],
    "two samples": [1.0, 2.0],
    "constant": np.zeros(5000),
    "missing": np.full(5000, np.nan),
    "infinite": np.full(5000, np.inf),
    "missing in a constant": np.where(np.arange(5000) == 77, np.nan, 3.0),
    "ramp": np.arange(5000.0),
    "wave of 1 Hz": np.sin(np.arange(5000) / 40.0),
    "wave of 10 Hz": np.sin(np.arange(5000) / 4.0),
    "huge": np.tile([1e308, -1e308], 500),
}


@pytest.mark.parametrize("ecg", NO_BEATS.values(), ids=NO_BEATS)
def test_what_has_no_beats_has_none(ecg):
    assert [part.size for part in ecg_beats(ecg, RATE)] == [0, 0, 0]


def test_one_beat_is_found_and_has_nothing_to_compare_with():
    for seconds in (0.6, 1.0, 5.0, 60.0):
        beats_s, quality, amplitude = ecg_beats(r_waves([0.5 * seconds], seconds), RATE)
        assert_allclose(beats_s, 0.5 * seconds, atol=1e-4)
        assert quality.tolist() == [0.0] and amplitude.size == 1


@pytest.mark.parametrize("bits", [4, 6])
def test_coarse_digits_do_no_harm(recording, bits):
    ecg, beats_s = recording
    step = np.ptp(ecg) / 2**bits
    assert fake_ecg.score(ecg_peaks(np.round(ecg / step), RATE), beats_s)[0] > 0.99


def test_clipped_peaks_are_beats_still():
    ecg, beats_s = fake_ecg.simulate(5, noise={"white": 0.02})
    f1, shifts_s = fake_ecg.score(ecg_peaks(np.clip(ecg, -0.4, 0.4), RATE), beats_s)
    assert f1 == 1.0
    assert np.median(np.abs(shifts_s)) < 0.005


@given(
    arrays(float, st.integers(0, 400), elements=st.floats(allow_nan=True, allow_infinity=True, width=64)),
    st.sampled_from([25.0, 60.0, 99.5, 250.0, 2000.0]),
)
def test_no_data_raise_or_warn(ecg, rate):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        beats_s, quality, amplitude = ecg_beats(ecg, rate)
    assert beats_s.size == quality.size == amplitude.size
    assert np.isfinite(beats_s).all() and np.isfinite(quality).all() and np.isfinite(amplitude).all()
    assert np.all(np.diff(beats_s) > 0) and np.all(np.abs(quality) < 1 + 1e-9) and np.all(amplitude >= 0)
    assert np.all((beats_s >= 0) & (beats_s <= ecg.size / rate))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ecg_beats(np.zeros(100), 20.0), r"rate=20.0 must be a finite number in \[25"),
        (lambda: ecg_peaks(np.zeros(100), -250.0), "rate=-250.0 must be a finite number"),
        (lambda: ecg_peaks(np.zeros(100), 0), "rate=0 must be a finite number"),
        (lambda: ecg_peaks(np.zeros(100), np.nan), "rate=nan must be a finite number"),
        (lambda: ecg_peaks(np.zeros((2, 100)), 250.0), "ecg has shape"),
        (lambda: ecg_peaks(["a"], 250.0), "ecg must be an array of real numbers"),
        (lambda: ecg_beats_windows(np.zeros(100), 250.0), r"windows has shape \(100,\); it must be \(n_windows"),
        (lambda: ecg_beats_windows([["a"]], 250.0), "windows must be an array of real numbers"),
        (lambda: ecg_beats_windows(np.zeros((2, 100)), 1.0), "rate=1.0"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()
