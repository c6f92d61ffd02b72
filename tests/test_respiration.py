"""Breaths of a belt, their statistics, and the heart in step with them."""

import warnings

import naive_respiration as naive
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.kernels.respiration import breaths as kernels
from physiofer.signals.respiration import (
    RESPIRATION,
    Breaths,
    beat_baseline,
    breaths,
    respiration_rate,
    respiration_rate_windows,
    rsa_peak_to_trough,
)

NOTHING = Breaths(*np.empty((6, 0)))


def belt(onsets_s, duration_s, rate, *, inhale=0.4, exhale=0.45, depths=1.0):
    """A chest that rises and falls by half cosines, each a share of the time to the next onset, and then rests."""
    times = np.arange(0, duration_s, 1 / rate)
    onsets_s = np.asarray(onsets_s, dtype=float)
    at = np.searchsorted(onsets_s, times, side="right") - 1
    inside = (at >= 0) & (at < onsets_s.size - 1)
    length = np.diff(onsets_s, append=np.inf)[at]
    turn = np.where(inside, (times - onsets_s[at]) / length, 0.0)
    rise = 0.5 - 0.5 * np.cos(np.pi * np.clip(turn / inhale, 0, 1))
    fall = 0.5 - 0.5 * np.cos(np.pi * np.clip((turn - inhale) / exhale, 0, 1))
    return np.where(inside, np.broadcast_to(depths, onsets_s.shape)[at] * (rise - fall), 0.0)


def wandering_onsets(rng, duration_s, per_min, jitter=0.1):
    """Onsets of breaths whose lengths vary."""
    lengths = 60.0 / per_min * np.exp(jitter * rng.standard_normal(int(duration_s * per_min / 40) + 10))
    onsets_s = np.concatenate([[0.5], 0.5 + np.cumsum(lengths)])
    return onsets_s[: np.searchsorted(onsets_s, duration_s) + 1]


def rate_of(found):
    """Breaths per minute of all breaths found."""
    return respiration_rate(found)["rate_mean_per_min"]


# --- the loops against the obvious ---


@given(arrays(float, st.integers(0, 60), elements=st.floats(-1, 1), unique=True), st.floats(0.05, 1.0))
def test_extrema_match_naive(series, step):
    found = np.empty((2 * series.size + 2, 2), dtype=np.int64)
    n_found = kernels.extrema(series, np.full(1, step), found)
    told = [tuple(row) for row in found[:n_found] if abs(row[1]) == 1]
    if np.isclose(np.abs(np.subtract.outer(series, series)), step, rtol=1e-12).any():
        return  # which of two sums rounds up does not matter
    assert told == naive.extrema(series.tolist(), step)


def test_a_gap_cuts_the_extrema(rng):
    first, second = rng.standard_normal((2, 40))
    found = np.empty((200, 2), dtype=np.int64)
    n_found = kernels.extrema(np.concatenate([first, [np.nan, np.nan], second]), np.full(1, 1.0), found)
    told = [tuple(row) for row in found[:n_found] if abs(row[1]) == 1]
    late = [(t + 42, kind) for t, kind in naive.extrema(second.tolist(), 1.0)]
    assert told == naive.extrema(first.tolist(), 1.0) + late
    assert found[:n_found][found[:n_found, 1] == 0, 0].tolist() == [40, 82]


@given(st.lists(st.floats(0.01, 5.0), min_size=1, max_size=40))
def test_typical_swing_matches_naive(swings):
    heights = np.concatenate([[0.0], np.cumsum(np.array(swings) * np.resize([1.0, -1.0], len(swings)))])
    found = np.column_stack([np.arange(heights.size), np.resize([-1, 1], heights.size)])
    out = np.empty(1)
    kernels._typical_swings(heights, found, heights.size, 1e9, out)
    told = np.abs(np.diff(heights))
    assert_allclose(out[0], naive.typical_swing(told.tolist()), rtol=1e-6)


@given(arrays(float, st.integers(1, 30), elements=st.floats(-5, 5)))
def test_median_of_five_matches_naive(values):
    ends = np.concatenate([values[:1], values[:1], values, values[-1:], values[-1:]])
    out = np.empty((1, values.size))
    kernels.median_of_five(values[np.newaxis], out)
    assert_array_equal(out[0], naive.running_median(ends.tolist(), 2)[2:-2])


@given(arrays(float, st.integers(1, 30), elements=st.floats(-5, 5) | st.just(np.nan)), st.integers(0, 5))
def test_running_median_matches_naive(values, half_width):
    out = np.empty(values.size)
    kernels._running_median(values, half_width, out)
    assert_allclose(out, naive.running_median(values.tolist(), half_width))


def some_breaths(rng, n_breaths):
    """Breaths with pauses, one in six followed by an apnoea and one in six by a gap."""
    parts = rng.uniform([1.0, 1.2, 0.0], [2.5, 3.0, 1.0], size=(n_breaths, 3))
    parts[rng.random(n_breaths) < 1 / 6, 2] = 14.0
    holes = np.where(rng.random(n_breaths) < 1 / 6, 5.0, 0.0)
    ends = np.cumsum(parts.sum(axis=1) + holes)
    onset = ends - holes - parts.sum(axis=1)
    return Breaths(onset, onset + parts[:, 0], rng.uniform(0.5, 2.0, n_breaths), *parts.T)


def rows_of(found):
    """Rows of onset, peak, end, next onset, depth."""
    end = found.peak_s + found.exhale_s
    return np.column_stack([found.onset_s, found.peak_s, end, end + found.pause_s, found.depth]).tolist()


@pytest.mark.parametrize("seed", range(8))
def test_statistics_match_naive(seed):
    found = some_breaths(np.random.default_rng(seed), 30)
    expected = naive.statistics_of_breaths(rows_of(found))
    got = respiration_rate(found)
    assert list(got) == list(RESPIRATION) == list(expected)
    for name, value in expected.items():
        assert_allclose(got[name], value, rtol=1e-7, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("seed", range(4))
def test_windows_hold_the_breaths_inside(seed):
    found = some_breaths(np.random.default_rng(seed), 60)
    starts_s, window_s = np.arange(-20.0, found.onset_s[-1], 13.0), 45.0
    got, coverage = respiration_rate_windows(found, starts_s, window_s, min_breaths=2)
    rows = rows_of(found)
    for start_s, statistics, share in zip(starts_s, got, coverage, strict=True):
        stop_s = start_s + window_s
        inside = [row for row in rows if row[0] >= start_s and row[2] <= stop_s]
        covered = sum(max(min(row[3], stop_s) - max(row[0], start_s), 0.0) for row in rows)
        still = sum(max(min(r[3], stop_s) - max(r[2], start_s), 0.0) for r in rows if r[3] - r[2] >= 10.0)
        assert_allclose(share, covered / window_s, atol=1e-12)
        assert_allclose(statistics[-1], still / window_s if covered else np.nan)
        lengths = [row[3] - row[0] for row in inside if row[3] <= stop_s and row[3] - row[2] < 10.0]
        rate = 60 * len(lengths) / sum(lengths) if len(lengths) >= 2 else np.nan
        assert_allclose(statistics[RESPIRATION.index("rate_mean_per_min")], rate)
        depth = np.mean([row[4] for row in inside]) if len(inside) >= 2 else np.nan
        assert_allclose(statistics[RESPIRATION.index("depth_mean")], depth)


@pytest.mark.parametrize("seed", range(6))
def test_peak_to_trough_matches_naive(seed):
    rng = np.random.default_rng(seed)
    found = some_breaths(rng, 20)
    beats_s = np.cumsum(rng.uniform(0.5, 1.2, size=150))
    rr_ms = 1000 * np.diff(beats_s)
    rr_ms[rng.random(rr_ms.size) < 0.1] = np.nan
    expected = naive.peak_to_trough(beats_s.tolist(), rr_ms.tolist(), rows_of(found))
    assert_allclose(rsa_peak_to_trough(beats_s, rr_ms, found), expected)
    assert np.isfinite(expected).sum() > 5


@pytest.mark.parametrize("seed", range(3))
def test_baseline_matches_naive(seed):
    rng = np.random.default_rng(seed)
    wave, rate = rng.standard_normal(200), 20.0
    wave[rng.random(200) < 0.2] = np.nan
    wave[60:90] = np.nan
    beats_s = np.cumsum(rng.uniform(0.4, 1.0, size=14))
    middles = 0.5 * (beats_s[1:] + beats_s[:-1])
    edges_s = [1.5 * beats_s[0] - 0.5 * beats_s[1], *middles, 1.5 * beats_s[-1] - 0.5 * beats_s[-2]]
    expected = naive.means_between(wave.tolist(), [edge * rate for edge in edges_s])
    assert_allclose(beat_baseline(wave, rate, beats_s), expected, atol=2e-3)


# --- properties of breathing ---


@pytest.mark.parametrize("per_min", [4.0, 6.0, 12.0, 18.0, 30.0, 45.0, 60.0])
def test_rate_of_an_even_breath(per_min):
    times = np.arange(0, 120, 1 / 25)
    found = breaths(-np.cos(2 * np.pi * per_min / 60 * times), 25.0)
    assert rate_of(found) == pytest.approx(per_min, rel=1e-3)
    assert_allclose(found.inhale_s, 30 / per_min, atol=0.03)
    assert np.abs(found.pause_s).max() < 0.05


@pytest.mark.parametrize("rate", [4.0, 10.0, 25.0, 64.0, 100.0, 333.0, 700.0, 2000.0])
def test_sampling_rate_does_not_matter(rng, rate):
    onsets_s = wandering_onsets(rng, 90, 14)
    found = breaths(belt(onsets_s, 90, rate), rate)
    assert found.onset_s.size >= onsets_s.size - 4
    nearest = np.abs(found.onset_s[:, None] - onsets_s).min(axis=1)
    assert nearest.max() < (0.3 if rate < 8 else 0.2)
    truth = np.diff(onsets_s)[np.abs(found.onset_s[:, None] - onsets_s).argmin(axis=1)]
    assert_allclose(found.inhale_s, 0.4 * truth, atol=0.35 if rate < 8 else 0.2)
    assert_allclose(found.depth, 1.0, atol=0.12)


@settings(max_examples=8)
@given(st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_unit_and_offset_do_not_matter(scale, offset):
    onsets_s = wandering_onsets(np.random.default_rng(3), 60, 15)
    wave = belt(onsets_s, 60, 25.0)
    plain, other = breaths(wave, 25.0), breaths(scale * (wave + offset), 25.0)
    for name in ("onset_s", "peak_s", "inhale_s", "exhale_s", "pause_s"):
        assert_allclose(getattr(other, name), getattr(plain, name), atol=1e-4)
    assert_allclose(other.depth, scale * plain.depth, rtol=1e-4)


def test_an_inverted_belt_is_told_so(rng):
    wave = belt(wandering_onsets(rng, 60, 15), 60, 25.0)
    for one, other in zip(breaths(wave, 25.0), breaths(3.0 - wave, 25.0, inhalation="down"), strict=True):
        assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize(("drift", "noise"), [(0.05, 0.0), (-0.08, 0.0), (0.0, 0.1), (0.03, 0.1)])
def test_drift_and_noise_make_no_breaths(rng, drift, noise):
    onsets_s = wandering_onsets(rng, 180, 15)
    wave = belt(onsets_s, 180, 25.0) + drift * np.arange(4500) / 25 + noise * rng.standard_normal(4500)
    wave += 2.0 * (np.arange(4500) > 2000)  # the belt slips
    found = breaths(wave, 25.0)
    true = 60 / np.diff(onsets_s).mean()
    assert rate_of(found) == pytest.approx(true, abs=0.4)


@pytest.mark.parametrize("held_s", [15.0, 30.0, 60.0])
def test_an_apnoea_has_no_breaths(rng, held_s):
    duration_s = 120 + held_s
    wave = belt(np.arange(1.0, 58.0, 4.0), duration_s, 25.0)
    wave += belt(np.arange(57.0 + held_s, duration_s - 1.0, 4.0), duration_s, 25.0)
    heart = 0.03 * np.sin(2 * np.pi * 1.1 * np.arange(wave.size) / 25)  # and it goes on beating
    found = breaths(wave + heart + 0.01 * rng.standard_normal(wave.size), 25.0)
    assert not np.any((found.onset_s > 57.5) & (found.onset_s < 56.5 + held_s))
    assert found.pause_s.max() == pytest.approx(held_s, abs=1.5)
    summary = respiration_rate(found)
    assert summary["rate_mean_per_min"] == pytest.approx(15.0, abs=0.3)
    assert summary["apnoea_share"] == pytest.approx(held_s / (held_s + 108), abs=0.05)


def test_no_breath_crosses_a_gap(rng):
    wave = belt(wandering_onsets(rng, 120, 15), 120, 25.0)
    gaps = [(20.0, 23.0), (50.0, 50.8), (80.0, 95.0)]
    for start_s, stop_s in gaps:
        wave[int(start_s * 25) : int(stop_s * 25)] = np.nan
    found = breaths(wave, 25.0)
    end_s = found.peak_s + found.exhale_s
    for start_s, stop_s in gaps:
        assert not np.any((found.onset_s < stop_s) & (end_s > start_s))
    assert rate_of(found) == pytest.approx(15, abs=1.0)


def test_lost_samples_cost_little(rng):
    onsets_s = wandering_onsets(rng, 120, 15)
    whole = belt(onsets_s, 120, 64.0)
    for spoilt in (np.nan, -5.0):
        wave = np.where(rng.random(whole.size) < (0.1 if np.isnan(spoilt) else 0.01), spoilt, whole)
        assert rate_of(breaths(wave, 64.0)) == pytest.approx(rate_of(breaths(whole, 64.0)), abs=0.2)


def test_a_clipped_belt_keeps_its_rate(rng):
    wave = belt(wandering_onsets(rng, 120, 15), 120, 25.0)
    found = breaths(np.clip(wave, 0.2, 0.6), 25.0)
    assert rate_of(found) == pytest.approx(rate_of(breaths(wave, 25.0)), abs=0.1)


def test_sighs_do_not_hide_shallow_breaths(rng):
    onsets_s = np.arange(1.0, 119.0, 4.0)
    depths = np.where(np.arange(onsets_s.size) % 8 == 4, 4.0, 1.0)
    found = breaths(belt(onsets_s, 120, 25.0, depths=depths), 25.0)
    assert found.onset_s.size >= onsets_s.size - 3
    assert np.sort(found.depth)[-2:] == pytest.approx([4.0, 4.0], rel=0.1)


# --- values worked by hand ---


def test_parts_of_a_breath():
    found = breaths(belt(np.arange(2.0, 100.0, 5.0), 100, 50.0, inhale=0.3, exhale=0.4, depths=7.0), 50.0)
    assert_allclose(
        found.onset_s, np.arange(2.0, 100.0, 5.0)[: found.onset_s.size] + 5.0 * (found.onset_s[0] > 5), atol=0.25
    )
    assert_allclose(found.inhale_s, 1.5, atol=0.2)
    assert_allclose(found.exhale_s, 2.0, atol=0.3)
    assert_allclose(found.pause_s, 1.5, atol=0.4)
    assert_allclose(found.depth, 7.0, rtol=0.05)


def test_statistics_hand_worked():
    found = Breaths(
        [0.0, 4.0, 9.0], [1.0, 6.0, 10.0], [2.0, 4.0, 3.0], [1.0, 2.0, 1.0], [2.0, 2.0, 2.0], [1.0, 1.0, 0.0]
    )
    summary = respiration_rate(found)
    assert summary["rate_mean_per_min"] == pytest.approx(15.0)  # three breaths in 12 s
    assert summary["rate_median_per_min"] == pytest.approx(15.0)  # of 15, 12 and 20
    assert summary["interval_sd_s"] == pytest.approx(1.0)
    assert summary["interval_rmssd_s"] == pytest.approx(np.sqrt((1 + 4) / 2))
    assert summary["inhale_exhale_ratio"] == pytest.approx((0.5 + 1.0 + 0.5) / 3)
    assert summary["duty_cycle"] == pytest.approx((1 / 4 + 2 / 5 + 1 / 3) / 3)
    assert summary["depth_cv"] == pytest.approx(1 / 3)
    assert summary["apnoea_share"] == 0.0


def test_no_difference_crosses_an_apnoea():
    found = Breaths(
        [0.0, 4.0, 20.0, 25.0],
        [1.0, 5.0, 21.0, 26.0],
        np.ones(4),
        np.ones(4),
        [3.0, 3.0, 4.0, 4.0],
        [0.0, 12.0, 0.0, 0.0],
    )
    summary = respiration_rate(found)
    assert np.isnan(summary["interval_rmssd_s"])  # one difference is left, of 25 to 20 s
    assert summary["rate_mean_per_min"] == pytest.approx(60 * 3 / 14)
    assert summary["apnoea_share"] == pytest.approx(12 / 30)


def test_peak_to_trough_hand_worked():
    found = Breaths([1.0], [3.0], [1.0], [2.0], [2.5], [0.5])  # out until 6 s
    beats_s = [0.9, 1.6, 2.4, 3.1, 4.0, 5.2, 6.1, 7.0]
    rr_ms = np.round(1000 * np.diff(beats_s))  # 700 800 700 900 1200 900 900
    # In: beats from 1 to 3.75 s, so 800 and 700. Out: beats from 3 to 6.75 s, so 900, 1200 and 900.
    assert rsa_peak_to_trough(beats_s, rr_ms, found).tolist() == [500.0]
    rr_ms[4] = np.nan
    assert rsa_peak_to_trough(beats_s, rr_ms, found).tolist() == [200.0]
    assert rsa_peak_to_trough([0.0, 1.0], [1000.0], found).tolist() == pytest.approx([np.nan], nan_ok=True)


def test_a_heart_that_does_not_slow_counts_nothing():
    found = Breaths([1.0], [5.0], [1.0], [4.0], [4.0], [0.0])
    beats_s = np.concatenate([[1.0, 2.0, 3.0, 4.0, 5.0], 5.0 + 0.8 * np.arange(1, 6)])
    assert rsa_peak_to_trough(beats_s, 1000 * np.diff(beats_s), found).tolist() == [0.0]


# --- real belts ---


@pytest.mark.data
@pytest.mark.parametrize(("name", "apart"), [("resting_5min", 6), ("eventrelated", 2)])
def test_breaths_of_real_belts_agree_with_neurokit(data_dir, name, apart):
    nk = pytest.importorskip("neurokit2")
    wave = pd.read_csv(data_dir / "physio" / f"bio_{name}_100hz.csv")["RSP"].to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, theirs = nk.rsp_peaks(nk.rsp_clean(wave, sampling_rate=100), sampling_rate=100)
    ours = breaths(wave, 100.0)
    peaks_s = theirs["RSP_Peaks"] / 100
    nearest = np.abs(ours.peak_s[:, None] - peaks_s).min(axis=1)
    assert np.median(nearest) < 0.1
    assert abs(ours.peak_s.size - peaks_s.size) <= apart  # restless stretches are a matter of taste
    inside = (peaks_s > ours.onset_s[0]) & (peaks_s < ours.onset_s[-1])
    missed = np.abs(peaks_s[inside][:, None] - ours.peak_s).min(axis=1) > 1.0
    assert missed.mean() < 0.06


def test_peak_to_trough_agrees_with_neurokit(rng):
    nk_rsa = pytest.importorskip("neurokit2.hrv.hrv_rsa")
    found = breaths(belt(np.arange(1.0, 290.0, 4.3), 290, 100.0), 100.0)
    beats = np.cumsum(rng.integers(70, 95, size=400))
    onsets = np.append(found.onset_s, found.peak_s[-1] + found.exhale_s[-1] + found.pause_s[-1])
    theirs = nk_rsa._hrv_rsa_p2t(100 * onsets, beats, 100, rsp_peaks=100 * found.peak_s)
    beats_s = beats / 100
    ours = rsa_peak_to_trough(beats_s, np.round(1000 * np.diff(beats_s), 6), found)
    assert np.nanmean(ours) == pytest.approx(theirs["RSA_P2T_Mean"], rel=1e-9)


# --- failures and hostile data ---


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([[1.0, 2.0]], 25.0), "respiration has shape"),
        (([1.0] * 100, 3.0), r"rate=3.0 must be .* \[4"),
        (([1.0] * 100, -25.0), "rate"),
        (([1.0] * 100, np.nan), "rate"),
        ((["a"], 25.0), "respiration must be an array of real numbers"),
    ],
)
def test_wrong_belts_are_refused(arguments, said):
    with pytest.raises(InvalidArgumentError, match=said):
        breaths(*arguments)


def test_other_wrong_arguments_are_refused():
    found = breaths(belt(np.arange(1.0, 60.0, 4.0), 60, 25.0), 25.0)
    with pytest.raises(InvalidArgumentError, match="inhalation='left' must be one of up, down"):
        breaths([1.0], 25.0, inhalation="left")
    with pytest.raises(InvalidArgumentError, match="min_breaths"):
        respiration_rate(found, min_breaths=0)
    with pytest.raises(InvalidArgumentError, match="window_s"):
        respiration_rate_windows(found, [0.0], 0.0)
    with pytest.raises(InvalidArgumentError, match="starts_s must be finite"):
        respiration_rate_windows(found, [np.nan], 10.0)
    with pytest.raises(InvalidArgumentError, match="differ in length"):
        respiration_rate(found._replace(depth=[1.0]))
    with pytest.raises(InvalidArgumentError, match="in order"):
        respiration_rate(Breaths(*(values[::-1] for values in found)))
    with pytest.raises(InvalidArgumentError, match="3 beats_s have one fewer"):
        rsa_peak_to_trough([0.0, 1.0, 2.0], [1000.0], found)
    with pytest.raises(InvalidArgumentError, match="must not go backwards"):
        rsa_peak_to_trough([0.0, 2.0, 1.0], [2000.0, -1000.0], found)
    with pytest.raises(InvalidArgumentError, match="must not go backwards"):
        beat_baseline([1.0, 2.0], 1.0, [1.0, 0.0])


@settings(max_examples=40)
@given(
    arrays(float, st.integers(0, 300), elements=st.floats(-1e9, 1e9) | st.sampled_from([np.nan, np.inf, 0.0, 1e-300])),
    st.sampled_from([4.0, 25.0, 60.0, 700.0]),
)
def test_no_belt_is_an_exception(wave, rate):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = breaths(wave, rate)
        summary = respiration_rate(found)
    assert list(summary) == list(RESPIRATION)
    assert not any(np.isinf(value) for value in summary.values())
    assert all(np.isfinite(values).all() for values in found)
    assert (np.diff(found.onset_s) > 0).all()
    assert (found.depth > 0).all()
    assert (found.inhale_s > 0).all()
    assert (found.exhale_s > 0).all()
    assert (found.pause_s >= 0).all()


@pytest.mark.parametrize(
    "wave",
    [np.zeros(1000), np.full(1000, 1e9), np.full(1000, np.nan), np.arange(1000.0), [], [1.0], [1.0, 2.0],
     0.1 + 1e-17 * np.arange(1000)],
)  # fmt: skip
def test_nothing_to_breathe(wave):
    found = breaths(wave, 25.0)
    assert all(values.size == 0 for values in found)
    assert all(np.isnan(value) for value in respiration_rate(found).values())


@pytest.mark.parametrize("dtype", [np.int16, np.int64, np.float32, list])
def test_number_types_agree(rng, dtype):
    whole = np.rint(1000 * belt(wandering_onsets(rng, 60, 15), 60, 25.0))
    other = whole.tolist() if dtype is list else whole.astype(dtype)
    for one, two in zip(breaths(whole, 25.0), breaths(other, 25.0), strict=True):
        assert_array_equal(one, two)


def test_units_off_by_a_thousand_are_told():
    found = breaths(belt(np.arange(1.0, 60.0, 4.0), 60, 25.0), 25.0)
    beats_s = np.arange(0.0, 60.0, 0.8)
    with pytest.warns(QualityWarning, match="1e\\+03 times as far apart as rr_ms says") as caught:
        rsa_peak_to_trough(beats_s, np.diff(beats_s), found)
    assert caught[0].filename == __file__


def test_few_beats_or_breaths_are_no_exception():
    found = breaths(belt(np.arange(1.0, 60.0, 4.0), 60, 25.0), 25.0)
    assert np.isnan(rsa_peak_to_trough([], [], found)).all()
    assert np.isnan(rsa_peak_to_trough([3.0], [], found)).all()
    assert rsa_peak_to_trough([1.0, 2.0], [1000.0], NOTHING).size == 0
    assert respiration_rate_windows(NOTHING, [0.0, 5.0], 10.0)[1].tolist() == [0.0, 0.0]
    assert np.isnan(beat_baseline([1.0, 2.0], 1.0, [0.5])).all()
    assert np.isnan(beat_baseline([], 1.0, [0.5, 1.0])).all()
    one = respiration_rate(Breaths([0.0], [1.0], [1.0], [1.0], [2.0], [0.0]), min_breaths=1)
    assert one["rate_mean_per_min"] == pytest.approx(20.0)
    assert np.isnan(one["interval_sd_s"])


def test_what_is_no_breaths_is_told_how_to_find_them():
    for wrong in (np.arange(9.0), None, (1, 2, 3)):
        with pytest.raises(
            InvalidArgumentError, match=r"breaths is a .*; it must be Breaths.*breaths\(respiration, rate"
        ):
            respiration_rate(wrong)


def test_breaths_are_shown_in_a_line():
    found = breaths(-np.cos(2 * np.pi * 0.25 * np.arange(0, 60, 1 / 25)), 25.0)
    assert repr(found) == f"<Breaths: {found.onset_s.size}, 4.0 to {found.onset_s[-1]:.1f} s>"
    assert repr(breaths(np.zeros(100), 25.0)) == "<Breaths: none>"
