"""Streams and recordings: shapes and clocks are checked once, gaps are told, nothing is invented."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError
from physiofer.recording import ClockMap, Recording, Stream

NAN = np.nan


def naive_gaps(times, period, tolerance=1.5):
    """Stretches between samples more than `tolerance` periods apart, one pair at a time."""
    found = []
    for before, after in zip(times[:-1], times[1:], strict=True):
        if after - before > tolerance * period:
            found.append([before + period, after])
    return found


# 1 fast equals obvious


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 200), min_size=1, max_size=60, unique=True).map(sorted), st.sampled_from([1.0, 4.0, 64.0])
)
def test_gaps_equal_the_naive_gaps(ticks, rate):
    times_s = 3.0 + np.array(ticks) / rate
    stream = Stream(np.ones(len(ticks)), times_s, rate)
    assert_allclose(stream.gaps().values.tolist() or np.empty((0, 2)),
                    naive_gaps(times_s, 1 / rate) or np.empty((0, 2)))  # fmt: skip
    gap_s = (stream.gaps()["stop_s"] - stream.gaps()["start_s"]).sum()
    assert gap_s == pytest.approx(stream.missing_share * stream.duration_s, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=60, unique=True).map(sorted), st.integers(0, 2**32 - 1))
def test_on_grid_puts_every_sample_on_its_point(ticks, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(2, len(ticks)))
    jitter = rng.uniform(-0.2, 0.2, len(ticks))
    jitter[0] = 0.0
    even = Stream(values, (np.array(ticks) + jitter) / 4.0, 4.0).on_grid()
    assert_allclose(np.diff(even.times_s), 0.25)
    for point, row in zip(np.rint(even.times_s * 4.0).astype(int), even.values.T, strict=True):
        expected = values[:, ticks.index(point)] if point in ticks else [NAN, NAN]
        assert_array_equal(row, expected)


# 2 properties


def test_missing_by_time_or_by_nan_is_the_same_gap():
    by_time = Stream([1.0, 2.0, 3.0], [0.0, 1.0, 5.0], 1.0)
    by_nan = Stream([1.0, 2.0, NAN, NAN, NAN, 3.0], np.arange(6.0), 1.0)
    assert by_time.gaps().values.tolist() == by_nan.gaps().values.tolist() == [[2.0, 5.0]]
    assert by_time.missing_share == by_nan.missing_share == 0.5
    assert_array_equal(by_time.on_grid().values, by_nan.values)


def test_gaps_at_the_ends_count():
    assert Stream([NAN, 1.0, 2.0, NAN], np.arange(4.0), 1.0).gaps().values.tolist() == [[0.0, 1.0], [3.0, 4.0]]
    assert Stream([NAN, NAN], np.arange(2.0), 1.0).gaps().values.tolist() == [[0.0, 2.0]]


def test_a_sample_is_a_gap_only_if_all_channels_are_missing():
    stream = Stream([[1.0, NAN, 3.0], [1.0, 2.0, 3.0]], np.arange(3.0), 1.0)
    assert len(stream.gaps()) == 0 and stream.missing_share == pytest.approx(1 / 6)


def test_crops_tile_the_stream(rng):
    stream = Stream(rng.normal(size=(2, 50)), np.sort(rng.uniform(0, 10, 50)), 5.0)
    parts = [stream.crop(float(k), float(k + 1)) for k in range(-1, 11)]
    assert_array_equal(np.concatenate([part.values for part in parts], axis=1), stream.values)
    assert stream.crop(20.0, 30.0).n_times == 0
    assert stream.crop(-np.inf, np.inf).n_times == 50
    assert np.shares_memory(parts[3].values, stream.values)


def test_on_clock_moves_times_and_nothing_else():
    stream = Stream.regular([1.0, 2.0], 2.0, start_s=10.0)
    moved = stream.on_clock(ClockMap([0.0, 100.0], [5.0, 105.1]))
    assert_allclose(moved.times_s, 5.0 + 1.001 * stream.times_s)
    assert_array_equal(moved.values, stream.values)


def test_values_and_times_are_not_copied():
    values, times_s = np.ones((1, 3)), np.arange(3.0)
    stream = Stream(values, times_s, 1.0)
    assert np.shares_memory(stream.values, values) and np.shares_memory(stream.times_s, times_s)


def test_a_recording_survives_pickling():
    recording = Recording("p01", streams={"eda": Stream.regular([1.0, NAN], 4.0)}, meta={"start_unix_s": 1.0})
    again = pickle.loads(pickle.dumps(recording))  # noqa: S301
    assert again.name == "p01/1" and again.meta == recording.meta
    assert_array_equal(again.streams["eda"].values, [[1.0, NAN]])


# 3 values by hand


def test_regular_streams_have_exact_times():
    stream = Stream.regular(np.zeros(230_000), 64.0, start_s=0.5)
    assert stream.times_s[-1] == 0.5 + 229_999 / 64.0
    assert (stream.start_s, stream.stop_s, stream.duration_s) == (0.5, 0.5 + 230_000 / 64.0, 230_000 / 64.0)
    assert (stream.n_channels, stream.n_times) == (1, 230_000)


def test_irregular_streams_end_with_their_last_sample():
    stream = Stream([800.0, 810.0], [1.0, 1.8], 0.0, "rr", "ms", "rr")
    assert (stream.stop_s, stream.duration_s, stream.missing_share) == (1.8, pytest.approx(0.8), 0.0)
    assert len(stream.gaps()) == 0 and stream.channels == ("rr",)
    assert repr(stream) == "<Stream rr: 1 x 2 at irregular, 0.8 s, ms>"


def test_empty_streams_are_harmless():
    stream = Stream(np.empty((1, 0)), [], 4.0)
    assert np.isnan(stream.start_s) and np.isnan(stream.stop_s) and stream.duration_s == 0.0
    assert stream.missing_share == 1.0 and len(stream.gaps()) == 0
    assert stream.on_grid().n_times == stream.crop(0.0, 1.0).n_times == len(stream.to_frame()) == 0
    assert Recording("p01", streams={"eda": stream}).describe()["duration_s"] == 0.0


def test_to_frame():
    frame = Stream([[1.0, 2.0], [3.0, 4.0]], [0.0, 0.5], 2.0, ["x", "y"]).to_frame()
    assert frame.to_dict("list") == {"x": [1.0, 2.0], "y": [3.0, 4.0]}
    assert frame.index.name == "time_s" and frame.index.tolist() == [0.0, 0.5]


@pytest.mark.parametrize(
    ("kind", "unit", "type_", "scale"),
    [("eeg", "uV", "eeg", 1e-6), ("ecg", "mV", "ecg", 1e-3), ("eda", "uS", "gsr", 1e-6), ("bvp", "a.u.", "bio", 1.0),
     ("rating", "", "misc", 1.0), ("temperature", "degC", "temperature", 1.0), ("respiration", "", "resp", 1.0)],
)  # fmt: skip
def test_to_mne_keeps_units_and_marks_gaps(kind, unit, type_, scale):
    stream = Stream([[1.0, 2.0, 4.0], [5.0, 6.0, 8.0]], [10.0, 10.5, 11.5], 2.0, ["a", "b"], unit, kind)
    raw = stream.to_mne()
    assert raw.ch_names == ["a", "b"] and raw.get_channel_types() == [type_, type_] and raw.info["sfreq"] == 2.0
    assert_allclose(raw.get_data(), np.array([[1.0, 2.0, NAN, 4.0], [5.0, 6.0, NAN, 8.0]]) * scale)
    assert raw.annotations.description.tolist() == ["BAD_gap"]
    assert (raw.annotations.onset.tolist(), raw.annotations.duration.tolist()) == ([1.0], [0.5])


def test_a_recording_knows_its_span_labels_and_streams():
    eda = Stream.regular(np.ones(8), 4.0, start_s=1.0, kind="eda", unit="uS")
    other = Stream.regular(np.ones(4), 4.0, kind="eda")
    rr = Stream([800.0], [9.0], 0.0, kind="rr")
    events = pd.DataFrame({"onset_s": [0.0], "duration_s": [2.0], "trial": ["1"], "stress": [1], "mood": ["calm"]})
    recording = Recording(7, 2, {"eda": eda, "other": other, "rr": rr}, events)
    assert (recording.subject, recording.session, recording.name) == ("7", "2", "7/2")
    assert (recording.start_s, recording.stop_s) == (0.0, 9.0)
    assert recording.labels == ["stress", "mood"]
    assert recording.of_kind("eda") is eda and recording.of_kind("rr") is rr and recording.of_kind("ecg") is None
    assert repr(recording) == "<Recording 7/2: eda, other, rr; 1 events>"


def test_describe_is_plain_data():
    stream = Stream([1.0, NAN, 3.0, 4.0], np.arange(4.0), 1.0, ["eda"], "uS", "eda")
    about = Recording("p01", streams={"eda": stream}).describe()
    assert about["streams"] == [{
        "name": "eda", "kind": "eda", "rate": 1.0, "unit": "uS", "n_channels": 1, "n_times": 4, "duration_s": 4.0,
        "n_gaps": 1, "missing_share": 0.25,
    }]  # fmt: skip
    assert {type(value) for value in about["streams"][0].values()} <= {str, int, float}
    assert json.loads(json.dumps(about)) == about


def test_without_streams_a_recording_has_no_span():
    recording = Recording("p01")
    assert np.isnan(recording.start_s) and np.isnan(recording.stop_s) and recording.labels == []
    assert list(recording.events.columns) == ["onset_s", "duration_s", "trial"]


# 4 failures, by their messages


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 2.0], [0.0], 1.0), r"values has shape \(1, 2\); .* must be \(1, 1\)"),
        ((np.ones((2, 2, 2)), [0.0, 1.0], 1.0), r"values has shape \(2, 2, 2\)"),
        (([[1.0, 2.0], [3.0]], [0.0, 1.0], 1.0), "values must be numbers, as many for each channel"),
        ((["a"], [0.0], 1.0), "values must be numbers"),
        (([1j], [0.0], 1.0), "values must be numbers"),
        (([1.0, 2.0], [1.0, 0.0], 1.0), "times_s must be finite and must not go backwards"),
        (([1.0], [NAN], 1.0), "times_s must be finite"),
        (([1.0], [[0.0]], 1.0), "times_s has shape"),
        (([1.0], [0.0], -1.0), "rate=-1.0 must be"),
        (([1.0], [0.0], np.inf), "rate=inf must be"),
        (([[1.0], [2.0]], [0.0], 1.0, ["x", "x"]), r"channels=\['x', 'x'\] must not name a channel twice"),
    ],
)
def test_streams_refuse_what_does_not_fit(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        Stream(*arguments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Stream.regular([[1.0], [2.0, 3.0]], 1.0), "values must be numbers"),
        (lambda: Stream.regular([1.0], 0.0), "rate=0.0 must be"),
        (lambda: Stream.regular([1.0], 1.0, start_s=NAN), "start_s=nan must be"),
        (lambda: Stream([1.0], [0.0], 0.0, kind="rr").on_grid(), r"kind 'rr' has rate=0 \(irregular\)"),
        (lambda: Stream([1.0], [0.0], 0.0, kind="rr").to_mne(), "has rate=0"),
        (lambda: Stream([1.0, 2.0], [0.0, 1e12], 64.0).on_grid(), "too sparse for a grid of 64 Hz"),
        (lambda: Stream([1.0], [0.0], 1.0).gaps(tolerance=0.5), "tolerance=0.5 must be"),
        (lambda: Stream([1.0], [0.0], 1.0).crop(2.0, 1.0), "start_s=2.0 must not be after stop_s=1.0"),
        (lambda: Stream([1.0], [0.0], 1.0).crop(0.0, NAN), "must not be after stop_s=nan"),
        (lambda: Recording("p01", streams={"eda": [1.0]}), r"streams\['eda'\] is a list"),
        (lambda: Recording("p01", streams=[1.0]), "streams is a list; it must be a dict"),
        (lambda: Recording("p01", events=[1.0]), "events is a list; it must be a DataFrame"),
        (lambda: Recording("p01", events=pd.DataFrame({"trial": [1]})), "events lacks onset_s, duration_s"),
    ],
)
def test_bad_calls(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


@pytest.mark.parametrize(("onset_s", "duration_s"), [(NAN, 1.0), (0.0, NAN), (0.0, -1.0), (np.inf, 1.0), ("x", 1.0)])
def test_events_have_finite_times(onset_s, duration_s):
    events = pd.DataFrame({"onset_s": [onset_s], "duration_s": [duration_s], "trial": ["1"]})
    with pytest.raises(InvalidArgumentError, match=r"events\['(onset|duration)_s'\] must"):
        Recording("p01", events=events)


def test_an_even_stream_is_its_own_grid():
    stream = Stream.regular(np.ones(1000), 64.0, start_s=1e6)
    assert stream.on_grid() is stream


def test_a_missing_sample_does_not_hide_one_that_is_there():
    stream = Stream([[1.0, 2.0, np.nan, 4.0], [1.0, 2.0, 3.0, np.nan]], [0.0, 1.0, 1.1, 3.0], 1.0)
    np.testing.assert_array_equal(stream.on_grid().values, [[1.0, 2.0, np.nan, 4.0], [1.0, 3.0, np.nan, np.nan]])


def test_masked_samples_of_a_stream_are_missing():
    masked = np.ma.masked_array([1, 2, 3], [False, True, False])
    np.testing.assert_array_equal(Stream.regular(masked, 1.0).values, [[1.0, np.nan, 3.0]])


@pytest.mark.parametrize("rate", [1e18, 10**400])
def test_a_rate_no_sensor_has_is_named(rate):
    with pytest.raises(InvalidArgumentError, match="rate=1"):
        Stream.regular([1.0, 2.0], rate)
    with pytest.raises(InvalidArgumentError, match="rate=1"):
        Stream([1.0, 2.0], [0.0, 1.0], rate)
