"""Time-domain heart rate variability, of a series and of windows."""

import math

import naive_hrv as naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError
from physiofer.signals.cardiac import HRV_TIME, hrv_time, hrv_time_windows, nn_intervals

SHAPE = ("triangular_index", "tinn_ms")
BIN_MS = 1000 / 128


@given(arrays(float, st.integers(4, 60), elements=st.floats(300, 2000)))
def test_hrv_time_matches_naive(rr_ms):
    found = hrv_time(rr_ms)
    expected = naive.hrv_time(rr_ms.tolist(), rr_ms.sum() / 1000, 3)
    assert list(found) == list(HRV_TIME) == list(expected)
    for name, value in expected.items():
        assert_allclose(found[name], value, rtol=1e-9, atol=1e-6, err_msg=name)


@given(arrays(float, st.integers(201, 240), elements=st.floats(1500, 1800)))
def test_the_histogram_matches_naive(rr_ms):
    found = hrv_time(rr_ms)
    assert_allclose([found[name] for name in SHAPE], naive.histogram_shape(rr_ms.tolist()), rtol=1e-9)


@pytest.mark.parametrize("offset_ms", [-100.0, 100.0])
def test_differences_are_blind_to_heart_rate(rng, offset_ms):
    rr_ms = 800 + 30 * rng.standard_normal(50)
    for name in ("rmssd_ms", "sdsd_ms", "pnn20", "pnn50", "sdnn_ms", "iqr_nn_ms", "range_nn_ms", "mad_nn_ms"):
        assert_allclose(hrv_time(rr_ms + offset_ms)[name], hrv_time(rr_ms)[name], rtol=1e-9)


def test_hrv_time_hand_worked():
    indices = hrv_time([800.0, 810.0, 790.0])
    assert indices["rmssd_ms"] == pytest.approx(math.sqrt(250))
    assert indices["sdnn_ms"] == pytest.approx(10.0)
    assert indices["pnn20"] == 0.0  # 20 ms does not exceed 20 ms
    assert indices["hr_max_bpm"] == pytest.approx(60000 / 790)
    assert indices["range_nn_ms"] == pytest.approx(20.0)
    assert indices["cvsd"] == pytest.approx(math.sqrt(250) / 800)


def test_fifty_milliseconds_on_a_coarse_clock_do_not_exceed_fifty():
    beats_s = np.round(np.cumsum(np.tile([0.80, 0.85], 30)), 2) + 1e4  # 100 Hz, late in a recording
    assert hrv_time(1000 * np.diff(beats_s))["pnn50"] == 0.0


def test_a_triangle_is_its_own_triangle():
    """Counts of 1, 2, ..., 10, ..., 2, 1 in neighbouring bins: the sides meet the ground one bin outside."""
    counts = [*range(1, 11), *range(9, 0, -1)]
    rr_ms = np.repeat((3000 // BIN_MS + np.arange(19) + 0.5) * BIN_MS, counts)
    indices = hrv_time(rr_ms)
    assert indices["triangular_index"] == pytest.approx(10.0)  # 100 intervals, 10 in the highest bin
    assert indices["tinn_ms"] == pytest.approx(20 * BIN_MS)


def test_one_bin_is_the_narrowest_triangle():
    indices = hrv_time([1000.0] * 310)
    assert indices["triangular_index"] == 1.0
    assert indices["tinn_ms"] == pytest.approx(2 * BIN_MS)


def test_a_range_no_heart_has_has_no_triangle():
    rr_ms = np.tile([200.0, 50_000.0], 20)
    assert math.isnan(hrv_time(rr_ms)["tinn_ms"]) and hrv_time(rr_ms)["triangular_index"] == 2.0


def test_no_difference_crosses_a_rejected_beat():
    indices = hrv_time([800.0, 800.0, math.nan, 900.0, 900.0])
    assert indices["rmssd_ms"] == 0.0
    assert indices["mean_nn_ms"] == 850.0


@pytest.mark.parametrize("rr_ms", [[], [800.0], [math.nan] * 20])
def test_too_few_intervals_are_nan_in_the_same_schema(rr_ms):
    indices = hrv_time(rr_ms)
    assert list(indices) == list(HRV_TIME)
    assert all(math.isnan(value) for value in indices.values())


def test_windows_hold_whole_intervals_only():
    beats_s = np.arange(0.0, 60.0, 0.75)
    indices, coverage = hrv_time_windows(beats_s, nn_intervals(beats_s), [0.1, 55.0, 200.0], 10.0)
    assert indices.shape == (3, len(HRV_TIME))
    assert indices[0, 0] == 750.0
    assert coverage[0] == pytest.approx(0.9)  # 12 intervals from 0.75 s to 9.75 s
    assert np.isnan(indices[1:]).all()
    assert coverage[1] == pytest.approx(0.075 * 5, abs=0.08) and coverage[2] == 0.0


def test_windows_are_what_each_gives(rng):
    beats_s = np.cumsum(rng.normal(0.8, 0.05, 120))
    rr_ms = 1000 * np.diff(beats_s)
    indices, _ = hrv_time_windows(beats_s, rr_ms, [5.0, 40.0], 30.0)
    for row, start_s in zip(indices, (5.0, 40.0), strict=True):
        inside = np.flatnonzero((beats_s >= start_s) & (beats_s < start_s + 30.0))
        assert_array_equal(row, list(hrv_time(rr_ms[inside[:-1]], min_intervals=8).values()))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hrv_time([800.0], min_intervals=0), "min_intervals=0"),
        (lambda: hrv_time([800.0], min_intervals=2.5), "min_intervals=2.5"),
        (lambda: hrv_time([[800.0]]), "rr_ms has shape"),
        (lambda: hrv_time_windows([0, 1], [800, 800], [0], 1.0), "rr_ms has 2 intervals"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()
