"""Heart rate variability as a whole: schema, agreement with the obvious way, windows, gaps, minima, hostile input."""

import math
import warnings

import naive_hrv as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.signals.cardiac import (
    HRV,
    HRV_FREQUENCY,
    HRV_MINIMA,
    HRV_NONLINEAR,
    HRV_TIME,
    hrv,
    hrv_rows,
    hrv_time,
    hrv_windows,
)

FLAGS = [name for name in HRV if name.startswith("valid_")]


def breathing(rng, n, mean_ms=800.0):
    """Intervals that breathe, wander and jitter."""
    return mean_ms + 40 * np.sin(0.3 * np.arange(n)) + np.cumsum(rng.normal(0, 4, n)) + 15 * rng.standard_normal(n)


def with_gaps(rng, rr_ms, n_gaps, longest=3):
    """The intervals with some rejected, and their beats; a rejected interval lasts as long as it did."""
    beats_s = np.concatenate([[0.0], np.cumsum(rr_ms)]) / 1000
    rr_ms = rr_ms.copy()
    for start in rng.integers(0, rr_ms.size, n_gaps):
        rr_ms[start : start + rng.integers(1, longest + 1)] = np.nan
    return rr_ms, beats_s


def assert_same(found, expected):
    """Equal to rounding, name by name, NaN where NaN is expected."""
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert_allclose(found[name], value, rtol=1e-9, atol=1e-9, err_msg=name)


# 1. fast equals obvious


@given(
    rr_ms=arrays(float, st.integers(0, 45), elements=st.floats(300, 2000) | st.just(math.nan)),
    lost_s=st.lists(st.floats(0.2, 8.0), min_size=45, max_size=45),
    min_intervals=st.integers(1, 12),
)
@settings(max_examples=40)
def test_short_series_match_naive(rr_ms, lost_s, min_intervals):
    lengths_s = np.where(np.isfinite(rr_ms), rr_ms / 1000, lost_s[: rr_ms.size])
    beats_s = np.concatenate([[0.0], np.cumsum(lengths_s)])
    found = hrv(rr_ms, beats_s=beats_s, min_intervals=min_intervals)
    assert_same(found, naive.hrv(HRV, rr_ms.tolist(), beats_s.tolist(), min_intervals))


@pytest.mark.parametrize(
    ("n", "mean_ms", "n_gaps", "longest"),
    [(90, 700.0, 0, 0), (130, 1000.0, 4, 6), (270, 1150.0, 6, 2), (265, 1800.0, 3, 4), (130, 900.0, 25, 2)],
)
def test_longer_series_match_naive(rng, n, mean_ms, n_gaps, longest):
    rr_ms, beats_s = with_gaps(rng, breathing(rng, n, mean_ms), n_gaps, longest)
    assert_same(hrv(rr_ms, beats_s=beats_s), naive.hrv(HRV, rr_ms.tolist(), beats_s.tolist(), 3))


@pytest.mark.slow
def test_five_hundred_intervals_match_naive(rng):
    rr_ms, beats_s = with_gaps(rng, breathing(rng, 510, 620.0), 5)
    expected = naive.hrv(HRV, rr_ms.tolist(), beats_s.tolist(), 3)
    undefined = [name for name, value in expected.items() if math.isnan(value)]
    assert set(undefined) <= {"mse_4", "mse_5"}  # long enough for every index, but few templates are alike
    assert_same(hrv(rr_ms, beats_s=beats_s), expected)


# 2. properties


def test_times_may_start_anywhere(rng):
    rr_ms, beats_s = with_gaps(rng, breathing(rng, 120), 3)
    plain, late = hrv(rr_ms, beats_s=beats_s), hrv(rr_ms, beats_s=beats_s + 1e5)
    for name in HRV:
        assert_allclose(late[name], plain[name], rtol=1e-6, atol=1e-6, err_msg=name)


def test_units_scale(rng):
    """Intervals 1.1 times as long in as many beats: ms by 1.1, ms^2 by 1.21, shapes not at all."""
    rr_ms = breathing(rng, 130, 1000.0)
    beats_s = np.concatenate([[0.0], np.cumsum(rr_ms)]) / 1000
    plain = hrv(rr_ms, beats_s=beats_s)
    longer = hrv(1.1 * rr_ms, beats_s=beats_s)
    for name in HRV:
        power = 2 if name.endswith("_ms2") else 1 if name.endswith("_ms") else -1 if name.endswith("_bpm") else 0
        if name == "cvi":
            assert_allclose(longer[name], plain[name] + 2 * math.log10(1.1), rtol=1e-9)
        elif not name.startswith("pnn"):
            assert_allclose(longer[name], plain[name] * 1.1**power, rtol=1e-7, atol=1e-9, err_msg=name)


@given(arrays(float, st.integers(0, 60), elements=st.floats(allow_nan=True, allow_infinity=True)))
@settings(max_examples=60)
def test_any_numbers_give_the_same_schema(rr_ms):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", QualityWarning)
        found = hrv(rr_ms)
    assert tuple(found) == HRV
    values = np.array(list(found.values()))
    assert not np.isinf(values).any()
    assert np.isin([found[name] for name in FLAGS], [0.0, 1.0]).all()
    assert all(np.isnan(found[name]) for name in HRV_TIME) or found["valid_time"] == 1.0


@given(arrays(float, st.integers(2, 60), elements=st.floats(-1e3, 1e6) | st.just(math.nan)), st.floats(0, 1e9))
@settings(max_examples=40)
def test_any_windows_are_harmless(rr_ms, start_s):
    beats_s = start_s + np.arange(rr_ms.size + 1) * 0.9
    starts_s = [start_s - 5, start_s, start_s + 10, start_s + 1e6, math.nan, math.inf, -math.inf]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", QualityWarning)
        indices, coverage = hrv_windows(beats_s, rr_ms, starts_s, 20.0)
    assert indices.shape == (7, len(HRV)) and np.all((coverage >= 0) & (coverage <= 1))
    assert not np.isinf(indices).any()


# 3. windows


@pytest.mark.parametrize("window_s", [30.0, 90.0, 150.0])
def test_windows_and_rows_are_what_each_window_gives(rng, window_s):
    rr_ms, beats_s = with_gaps(rng, breathing(rng, 300, 700.0), 9)
    beats_s += 37.2
    starts_s = np.arange(beats_s[0] - 10, beats_s[-1], 73.0)
    indices, coverage = hrv_windows(beats_s, rr_ms, starts_s, window_s)
    inside = [np.flatnonzero((beats_s >= start) & (beats_s < start + window_s)) for start in starts_s]
    n_max = max(window.size for window in inside)
    row_beats, row_rr = np.full((len(inside), n_max), np.nan), np.full((len(inside), n_max - 1), np.nan)
    for row, window in enumerate(inside):
        row_beats[row, : window.size] = beats_s[window]
        row_rr[row, : max(window.size - 1, 0)] = rr_ms[window[:-1]]
        alone = hrv(row_rr[row, : max(window.size - 1, 0)], beats_s=beats_s[window], min_intervals=8)
        assert_array_equal(indices[row], list(alone.values()))
        covered = np.nansum(rr_ms[window[:-1]]) / 1000 / window_s
        assert coverage[row] == pytest.approx(covered)
    by_row, row_coverage = hrv_rows(row_beats, row_rr, window_s)
    assert_array_equal(by_row, indices)
    assert_allclose(row_coverage, coverage)


@pytest.mark.parametrize(("length_s", "flag"), [(300.0, "valid_vlf"), (120.0, "valid_lf"), (60.0, "valid_hf")])
def test_a_nominal_window_is_long_enough(rng, length_s, flag):
    """Intervals that lie wholly inside a window of 300 s reach 298 to 300 s of it."""
    beats_s = np.cumsum(breathing(rng, 900, 900.0)) / 1000
    rr_ms = 1000 * np.diff(beats_s)
    at, lomb = HRV.index(flag), HRV.index(flag.replace("valid_", "valid_lomb_"))
    starts_s = np.linspace(10.0, 400.0, 9)
    for window_s, is_valid in ((length_s, 1.0), (length_s - 4.0, 0.0)):
        indices, _ = hrv_windows(beats_s, rr_ms, starts_s, window_s, indices=("frequency", "lomb"))
        assert np.all(indices[:, [at, lomb]] == is_valid)


def test_a_window_counts_in_full_if_beats_reach_over_nine_tenths_of_it():
    beats_s = 3.0 + 0.8 * np.arange(70)  # 55.2 s of a window of 60 s
    rr_ms = 1000 * np.diff(beats_s)
    at = HRV.index("valid_hf")
    assert hrv(rr_ms, beats_s=beats_s)["valid_hf"] == 0.0
    assert hrv_windows(beats_s, rr_ms, [0.0], 60.0)[0][0, at] == 1.0
    assert hrv_rows(beats_s[None], rr_ms[None], 60.0)[0][0, at] == 1.0
    assert hrv_windows(beats_s[:64], rr_ms[:63], [0.0], 60.0)[0][0, at] == 0.0  # 50.4 s


def test_windows_without_windows_or_beats():
    indices, coverage = hrv_windows([], [], [], 60.0)
    assert indices.shape == (0, len(HRV)) and coverage.shape == (0,)
    for beats_s, rr_ms in (([], []), ([3.0], []), ([3.0, 3.8], [800.0])):
        indices, coverage = hrv_windows(beats_s, rr_ms, [0.0], 60.0)
        assert np.isnan(indices[0, [name not in FLAGS for name in HRV]]).all()
        assert np.all(indices[0, [name in FLAGS for name in HRV]] == 0)
    assert hrv_rows(np.empty((2, 0)), np.empty((2, 0)), 60.0)[0].shape == (2, len(HRV))
    assert hrv_rows(np.full((2, 1), np.nan), np.empty((2, 0)), 60.0)[1].tolist() == [0.0, 0.0]


def test_an_empty_row_beside_a_full_one():
    beats_s = np.full((2, 20), np.nan)
    beats_s[1] = 0.8 * np.arange(20)
    rr_ms = np.full((2, 19), np.nan)
    rr_ms[1] = 800.0
    indices, coverage = hrv_rows(beats_s, rr_ms, 20.0)
    assert np.isnan(indices[0, HRV.index("mean_nn_ms")]) and indices[1, HRV.index("mean_nn_ms")] == 800.0
    assert_allclose(coverage, [0.0, 0.76])


# 4. minima, gaps, groups


def test_every_index_has_a_minimum():
    assert list(HRV_MINIMA) == [name for name in HRV if name not in FLAGS]
    with pytest.raises(TypeError):
        HRV_MINIMA["sampen"] = (0.0, 5)


@pytest.mark.parametrize("name", [name for name, (_, fewest) in HRV_MINIMA.items() if fewest > 20])
def test_an_index_begins_at_its_fewest_intervals(rng, name):
    fewest = HRV_MINIMA[name][1]
    rr_ms = breathing(rng, fewest)
    assert np.isfinite(hrv(rr_ms, indices="nonlinear")[name])
    assert np.isnan(hrv(rr_ms[1:], indices="nonlinear")[name])


@pytest.mark.parametrize("name", [name for name, (length_s, _) in HRV_MINIMA.items() if length_s > 0])
def test_an_index_begins_at_its_least_length(rng, name):
    least_s = HRV_MINIMA[name][0]
    groups = ("time", "frequency", "lomb")
    n = round(least_s / 0.8) + 1
    rr_ms = np.full(n, 800.0) + rng.normal(0, 1, n)
    assert np.isfinite(hrv(rr_ms, indices=groups)[name])
    assert np.isnan(hrv(rr_ms[:-6], indices=groups)[name])  # two intervals are allowed for


def test_rejected_intervals_at_an_edge_count_as_missing_not_as_shorter():
    rr_ms = 800 + 30 * np.sin(np.arange(78.0))
    assert hrv(rr_ms)["valid_hf"] == 1.0
    rr_ms[[0, 1, -1]] = np.nan
    assert hrv(rr_ms)["valid_hf"] == hrv(rr_ms)["valid_lomb_hf"] == 1.0
    rr_ms[:12] = np.nan  # more than 5 s: not bridged
    assert hrv(rr_ms)["valid_hf"] == hrv(rr_ms)["valid_lomb_hf"] == 0.0


def test_a_long_gap_cuts_the_tachogram_but_not_the_beats(rng):
    rr_ms = breathing(rng, 400)
    rr_ms[200:212] = np.nan  # ten seconds
    values = hrv(rr_ms)
    assert [values[f"valid_{band}"] for band in ("vlf", "lf", "hf")] == [0.0, 1.0, 1.0]  # two stretches of 160 s
    assert [values[f"valid_lomb_{band}"] for band in ("vlf", "lf", "hf")] == [1.0, 1.0, 1.0]
    assert np.isnan(values["vlf_ms2"]) and np.isfinite(values["lomb_vlf_ms2"])
    assert np.isfinite([values[name] for name in HRV_NONLINEAR if not name.startswith("mse_")]).all()


def test_too_much_missing_is_no_spectrum_and_no_pattern(rng):
    rr_ms = breathing(rng, 400)
    rr_ms[::4] = np.nan
    values = hrv(rr_ms)
    assert values["valid_time"] == 1.0 and np.isfinite(values["sd1_ms"])
    flags = ("valid_vlf", "valid_lf", "valid_hf", "valid_lomb_vlf", "valid_lomb_lf", "valid_lomb_hf", "valid_nonlinear")
    assert [values[flag] for flag in flags] == [0.0] * 7
    assert np.isnan([values[name] for name in (*HRV_FREQUENCY, *HRV_NONLINEAR[6:])]).all()


def test_a_lost_interval_lasts_as_the_median_without_beats_and_as_long_as_it_did_with_them():
    rr_ms = 800 + 30 * np.sin(np.arange(200.0))
    rr_ms[100] = np.nan
    alone = hrv(rr_ms, indices="frequency")
    typical_ms = np.sort(rr_ms[np.isfinite(rr_ms)])[99]
    lengths_ms = np.where(np.isnan(rr_ms), typical_ms, rr_ms)
    beats_s = np.concatenate([[0.0], np.cumsum(lengths_ms)]) / 1000
    assert_same(hrv(rr_ms, beats_s=beats_s, indices="frequency"), alone)
    beats_s[101:] += 30.0  # it was a dropout of half a minute
    assert hrv(rr_ms, beats_s=beats_s)["valid_lf"] == 0.0


@pytest.mark.parametrize("group", ["time", "frequency", "lomb", "nonlinear"])
def test_groups_are_computed_alone(rng, group):
    rr_ms = breathing(rng, 262, 1150.0)
    everything, one = hrv(rr_ms), hrv(rr_ms, indices=[group])
    columns = {"time": 18, "frequency": 10, "lomb": 10, "nonlinear": 17}
    kept = [name for name in HRV if not math.isnan(one[name])]
    assert {name: one[name] for name in kept} == {name: everything[name] for name in kept}
    n_flags = {"time": 2, "frequency": 3, "lomb": 3, "nonlinear": 1}[group]
    n_undefined = 3 if group == "nonlinear" else 0  # 300 intervals and more for mse_3 to mse_5
    assert len(kept) == columns[group] + n_flags - n_undefined


# 5. hostile


@pytest.mark.parametrize("rr_ms", [[], [800.0], [800.0, 800.0], [math.nan] * 50, [0.0] * 50, [-800.0] * 50])
def test_too_little_is_nan_in_the_same_schema(rr_ms):
    values = hrv(rr_ms)
    assert tuple(values) == HRV
    assert all(values[name] == 0.0 if name in FLAGS else math.isnan(values[name]) for name in HRV)


def test_a_metronome_has_no_variability():
    values = hrv([800.0] * 600)
    for name in (
        "sdnn_ms",
        "rmssd_ms",
        "range_nn_ms",
        "vlf_ms2",
        "lf_ms2",
        "hf_ms2",
        "lomb_hf_ms2",
        "sd1_ms",
        "sd2_ms",
    ):
        assert values[name] == pytest.approx(0.0, abs=1e-9)
    undefined = ("lf_nu", "lf_hf", "hf_peak_hz", "lomb_lf_hf", "sd1_sd2", "cvi", "sampen", "dfa_alpha1", "higuchi_fd")
    assert all(math.isnan(values[name]) for name in undefined)
    assert all(values[flag] == 1.0 for flag in FLAGS)  # there is enough to see that nothing varies


def test_a_perfect_alternation_has_no_long_axis():
    values = hrv([800.0, 900.0, 800.0], indices="nonlinear")
    assert values["sd1_ms"] == pytest.approx(100.0) and values["sd2_ms"] == 0.0
    assert math.isnan(values["sd1_sd2"]) and values["csi"] == 0.0


@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_another_unit_is_told_and_not_computed(rng, factor):
    rr_ms = factor * breathing(rng, 400)
    with pytest.warns(QualityWarning, match=r"rr_ms has a median of .* milliseconds") as caught:
        values = hrv(rr_ms)
    assert caught[0].filename == __file__
    assert all(values[name] == 0.0 if name in FLAGS else math.isnan(values[name]) for name in HRV)
    for call in (lambda: hrv_time(rr_ms), lambda: hrv_windows(np.arange(401.0), rr_ms, [0.0], 60.0)):
        with pytest.warns(QualityWarning, match="median") as caught:
            call()
        assert caught[0].filename == __file__


def test_impossible_intervals_are_rejected(rng):
    rr_ms = breathing(rng, 120)
    expected = rr_ms.copy()
    rr_ms[[3, 40, 77, 100]] = 0.0, -5.0, np.inf, 1e9
    expected[[3, 40, 77, 100]] = np.nan
    assert_same(hrv(rr_ms), hrv(expected))
    beats_s = 0.8 * np.arange(121.0)
    beats_s[60:] += 1e6  # a stamp from another day
    expected = breathing(rng, 120)
    found = hrv(expected, beats_s=beats_s)
    expected[59] = np.nan
    assert_same(found, hrv(expected, beats_s=beats_s))


def test_lists_integers_and_single_precision(rng):
    rr_ms = np.round(breathing(rng, 150))
    expected = hrv(rr_ms)
    for kind in (list, np.int16, np.float32, np.int64):
        assert_same(hrv(rr_ms.tolist() if kind is list else rr_ms.astype(kind)), expected)


def test_inputs_stay_as_they_are(rng):
    rr_ms, beats_s = with_gaps(rng, breathing(rng, 80), 3)
    rr_ms[5] = -1.0
    before = rr_ms.copy(), beats_s.copy()
    rr_ms.flags.writeable = beats_s.flags.writeable = False
    hrv(rr_ms, beats_s=beats_s)
    hrv_windows(beats_s, rr_ms, [0.0], 30.0)
    assert_array_equal(rr_ms, before[0])
    assert_array_equal(beats_s, before[1])


def test_a_tenth_of_the_beats_lost_hardly_matters(rng):
    rr_ms = breathing(rng, 400)
    lost = rng.random(400) < 0.1
    beats_s = np.concatenate([[0.0], np.cumsum(rr_ms)]) / 1000
    groups = ("time", "frequency")
    plain, fewer = hrv(rr_ms, indices=groups), hrv(np.where(lost, np.nan, rr_ms), beats_s=beats_s, indices=groups)
    for name, share in {"sdnn_ms": 0.1, "rmssd_ms": 0.15, "lf_ms2": 0.3, "hf_ms2": 0.3}.items():
        assert fewer[name] == pytest.approx(plain[name], rel=share), name


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hrv([[800.0]]), "rr_ms has shape"),
        (lambda: hrv(["a"]), "rr_ms must be an array of real numbers"),
        (lambda: hrv([800.0], beats_s=[0.0]), "rr_ms has 1 intervals and beats_s 1 beats"),
        (lambda: hrv([800.0], beats_s=[1.0, 0.0]), "beats_s must be finite and must not go backwards"),
        (lambda: hrv([800.0], beats_s=[0.0, math.nan]), "beats_s must be finite"),
        (lambda: hrv([800.0], indices="spectral"), "indices='spectral' must be one of time, frequency"),
        (lambda: hrv([800.0], indices=["time", "frequenzy"]), "Did you mean frequency"),
        (lambda: hrv([800.0], min_intervals=0), "min_intervals=0"),
        (lambda: hrv([800.0], band_edges_hz=(0.04, 0.15, 0.4)), "band_edges_hz=.*four rising"),
        (lambda: hrv([800.0], band_edges_hz=(0.0, 0.04, 0.15, 0.4)), "band_edges_hz"),
        (lambda: hrv([800.0], band_edges_hz=(0.01, 0.04, 0.15, 1.4)), "band_edges_hz"),
        (lambda: hrv_windows([0, 1], [800, 800], [0], 1.0), "rr_ms has 2 intervals"),
        (lambda: hrv_windows([0, 1], [[800]], [0], 1.0), "rr_ms has shape"),
        (lambda: hrv_windows([0, 1], [800], [0], 0.0), "window_s=0.0"),
        (lambda: hrv_windows([0, 1], [800], [[0]], 9.0), "starts_s has shape"),
        (lambda: hrv_rows([[0, 1]], [800], 9.0), "rr_ms has shape"),
        (lambda: hrv_rows([[0, 1]], [[800, 800]], 9.0), "one interval fewer than beats"),
        (lambda: hrv_rows([[0, math.nan, 2]], [[800, 800]], 9.0), "beats_s must be finite"),
        (lambda: hrv_rows([[0, 2, 1]], [[800, 800]], 9.0), "must not go backwards"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


@pytest.mark.parametrize("scale", [1.0, 64.0, 250.0, 1000.0])
def test_positions_of_beats_are_no_intervals(scale):
    beats = np.cumsum(0.8 + 0.05 * np.sin(np.arange(100.0)))
    with pytest.warns(QualityWarning, match=r"only rises.*positions of beats.*1000 \* np.diff\(beats_s\)") as said:
        values = hrv(np.rint(scale * beats) if scale > 1.0 else beats)
    assert said[0].filename == __file__
    assert math.isnan(values["mean_nn_ms"]) and values["valid_time"] == 0.0


def test_a_drift_is_no_position():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert hrv(np.linspace(500.0, 1500.0, 300))["mean_nn_ms"] == pytest.approx(1000.0)
        assert hrv(np.linspace(300.0, 2000.0, 9))["range_nn_ms"] == pytest.approx(1700.0)


@pytest.mark.parametrize("factor", [1e3, 60.0, 1 / 60, 1e-3])
def test_beats_in_another_unit_than_their_intervals_have_no_indices(factor):
    beats_s = np.cumsum(0.8 + 0.03 * np.sin(np.arange(200)))
    rr_ms, other = 1e3 * np.diff(beats_s), beats_s * factor
    with pytest.warns(QualityWarning, match="times as far apart as rr_ms says") as said:
        values = hrv(rr_ms, beats_s=other)
    assert said[0].filename == __file__
    assert np.isnan([values[name] for name in HRV if not name.startswith("valid_")]).all()
    for function, arguments in (
        (hrv_windows, (other, rr_ms, [0.0], 60.0)),
        (hrv_rows, (other[np.newaxis], rr_ms[np.newaxis], 160.0)),
    ):
        with pytest.warns(QualityWarning, match="Give beats_s in seconds"):
            _, coverage = function(*arguments)
        assert coverage[0] == 0.0


@pytest.mark.parametrize("indices", [None, 3])
def test_groups_that_are_no_list_are_named(indices):
    with pytest.raises(InvalidArgumentError, match=f"indices={indices} must be a list of groups"):
        hrv(np.full(99, 800.0), indices=indices)
