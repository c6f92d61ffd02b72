"""Where windows lie, what they are labelled, what is inside."""

import naive
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from physiofer.exceptions import InvalidArgumentError
from physiofer.recording import Recording, Stream
from physiofer.windows import cut, make_windows


def labelled(onsets, durations, labels, n_times=1200, start_s=0.0):
    """A recording of 300 s at 4 Hz with one event per label."""
    events = pd.DataFrame(
        {"onset_s": onsets, "duration_s": durations, "trial": [f"t{k}" for k in range(len(onsets))], "stress": labels}
    )
    stream = Stream.regular(np.arange(float(n_times)), 4.0, start_s=start_s, kind="eda")
    return Recording("p01", streams={"eda": stream}, events=events)


def test_windows_stay_inside_their_trial():
    table = make_windows(labelled([0.0, 100.0], [90.0, 125.0], [0, 1]), window_s=60, step_s=30)
    assert table["start_s"].tolist() == [0.0, 30.0, 100.0, 130.0, 160.0]
    assert table["trial"].tolist() == ["t0", "t0", "t1", "t1", "t1"]
    assert table["stress"].tolist() == [0, 0, 1, 1, 1]
    assert table["stress"].dtype.kind == "i"
    assert (table["purity"] == 1).all()


def test_windows_across_trials_carry_the_largest_share():
    recording = labelled([0.0, 100.0], [100.0, 200.0], [0, 1])
    table = make_windows(recording, window_s=60, step_s=30, within="recording", purity=0.6)
    by_start = table.set_index("start_s")
    assert by_start.loc[30.0, "stress"] == 0 and by_start.loc[30.0, "purity"] == 1.0
    assert by_start.loc[60.0, "stress"] == 0 and by_start.loc[60.0, "purity"] == pytest.approx(40 / 60)
    assert by_start.loc[90.0, "stress"] == 1 and by_start.loc[90.0, "trial"] == "t1"
    strict = make_windows(recording, window_s=60, step_s=30, within="recording", purity=0.7).set_index("start_s")
    assert np.isnan(strict.loc[60.0, "stress"])  # kept, without a label
    assert len(strict) == len(table) == 9


def test_two_events_of_one_label_make_a_pure_window():
    recording = labelled([0.0, 30.0], [30.0, 30.0], ["calm", "calm"])
    table = make_windows(recording, window_s=60, step_s=60, within="recording")
    assert table["stress"][0] == "calm" and table["purity"][0] == 1.0


def test_a_recording_without_events_is_windowed_whole():
    recording = Recording("p01", streams={"eda": Stream.regular(np.zeros(480), 4.0)})
    table = make_windows(recording, window_s=60, step_s=60)
    assert table["start_s"].tolist() == [0.0, 60.0] and table["trial"].tolist() == ["", ""]
    assert make_windows(recording, window_s=60, step_s=60, within="trial").empty


def test_unlabelled_time_counts_as_no_label():
    table = make_windows(labelled([0.0], [30.0], [1]), window_s=60, step_s=300, within="recording", purity=0.6)
    assert np.isnan(table["stress"][0]) and table["purity"][0] == pytest.approx(0.5)


def test_events_without_duration_make_no_trial():
    recording = labelled([5.0, 50.0], [0.0, 120.0], [0, 1])
    assert make_windows(recording, window_s=60, step_s=60)["trial"].tolist() == ["t1", "t1"]


def test_a_window_longer_than_the_recording_fits_nowhere():
    assert make_windows(labelled([0.0], [300.0], [0]), window_s=301, step_s=1).empty


@given(st.floats(0.5, 400), st.floats(0.1, 100), st.floats(1, 60), st.floats(0.5, 30))
def test_windows_fill_the_trial_and_no_more(onset, duration, window_s, step_s):
    table = make_windows(labelled([onset], [duration], [0]), window_s=window_s, step_s=step_s)
    starts = table["start_s"].to_numpy()
    assert np.all(starts >= onset) and np.all(starts + window_s <= onset + duration + 1e-5)
    if len(starts):
        assert starts[-1] + step_s + window_s > onset + duration - 1e-5
    else:
        assert window_s > duration - 1e-5


@given(
    st.integers(1, 60), st.sampled_from([1.0, 4.0, 64.0]), st.floats(-5, 20), st.floats(0.3, 8), st.floats(-100, 100)
)
def test_cut_matches_naive(n_times, rate, start_s, window_s, origin):
    stream = Stream.regular(np.arange(float(n_times)), rate, start_s=origin)
    (window,), n_expected = cut(stream, [origin + start_s], window_s), max(round(window_s * rate), 1)
    first = np.ceil(start_s * rate - 1e-6) / rate
    grid = [round((first + k / rate) * rate) for k in range(n_expected)]
    expected = [float(k) if 0 <= k < n_times else np.nan for k in grid]
    assert_allclose(window[0], expected)


def test_cut_takes_the_samples_of_that_time():
    stream = Stream.regular(np.arange(40.0), 4.0, start_s=100.0)
    window = cut(stream, [102.5], 2.0)[0, 0]
    assert window.tolist() == naive.cut(stream.times_s.tolist(), stream.values[0].tolist(), 102.5, 104.5)


def test_gaps_are_missing_not_dropped():
    stream = Stream(np.arange(6.0), [0.0, 1.0, 2.0, 10.0, 11.0, 12.0], 1.0)
    windows = cut(stream, [0.0, 4.0, 9.0], 4.0)[:, 0]
    assert_allclose(windows, [[0, 1, 2, np.nan], [np.nan] * 4, [np.nan, 3, 4, 5]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window_s": 0}, "window_s=0 must be"),
        ({"step_s": -1}, "step_s=-1 must be"),
        ({"purity": 1.5}, "purity=1.5 must be"),
        ({"step_s": 1e-9}, "step_s=1e-09 gives 2.4e.11 windows; lengthen the step"),
        ({"within": "trials"}, "within='trials' must be one of trial, recording. Did you mean trial"),
        ({"targets": ["valence"]}, "target 'valence' is not a label of p01/1; its labels are: stress"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        make_windows(labelled([0.0], [300.0], [0]), **options)


def test_cut_refuses_what_no_recording_holds():
    stream = Stream.regular(np.zeros(40), 4.0)
    with pytest.raises(InvalidArgumentError, match="window_s=1e.12 is longer than any recording"):
        cut(stream, [0.0], 1e12)
    with pytest.raises(InvalidArgumentError, match="starts_s must be finite"):
        cut(stream, [np.nan], 1.0)
    assert np.isnan(cut(stream, [1e30, -1e30], 1.0)).all()
