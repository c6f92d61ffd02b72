"""Label tables: samples become runs, intervals stay, and every event lands on the right clock."""

import warnings

import naive_io
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError, PhysioferError, QualityWarning, UnreadableDataError
from physiofer.io import LabelTable, read_empatica, read_labels
from physiofer.recording import Recording, Stream


def read(table, **options):
    """The labels, and the text of every warning about them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        labels = read_labels(table, **options)
    assert all(warning.category is QualityWarning for warning in caught)
    assert [str(warning.message) for warning in caught] == labels.problems
    return labels, labels.problems


def samples(subject="p01", **columns):
    return pd.DataFrame({"subject": subject, **columns})


def recording(subject="p01", session="1", seconds=100.0, **meta):
    return Recording(subject, session, {"eda": Stream.regular(np.ones(round(4 * seconds)), rate=4.0)}, meta=meta)


# 1 fast equals obvious


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "02"]), st.integers(0, 60), st.sampled_from([0, 1, 2])),
        min_size=2,
        unique_by=lambda row: row[:2],
    ).filter(lambda rows: all(sum(row[0] == subject for row in rows) > 1 for subject, _, _ in rows))
)
def test_runs_equal_the_naive_runs(rows):
    table = pd.DataFrame(rows, columns=["subject", "time_s", "stress"])
    events = read(table)[0].events
    expected = naive_io.runs(rows)
    assert events["subject"].tolist() == [event[0] for event in expected]
    assert events["stress"].tolist() == [event[3] for event in expected]
    assert_allclose(events[["onset_s", "duration_s"]], [event[1:3] for event in expected])


# 2 properties


def test_the_order_of_rows_does_not_matter(rng):
    table = pd.concat(
        [samples(name, time_unix_s=np.arange(50) + 1650000000, stress=rng.integers(0, 2, 50)) for name in "ab"]
    )
    events = read(table)[0].events
    shuffled = read(table.sample(frac=1.0, random_state=1))[0].events
    by = ["subject", "onset_s"]
    pd.testing.assert_frame_equal(
        events.sort_values(by, ignore_index=True), shuffled.sort_values(by, ignore_index=True)
    )


def test_runs_tile_the_time_without_holes(rng):
    table = samples(time_s=np.cumsum(rng.uniform(0.8, 1.2, 200)), stress=rng.integers(0, 3, 200))
    events = read(table)[0].events
    assert_allclose(events["onset_s"][1:], (events["onset_s"] + events["duration_s"])[:-1])


@pytest.mark.parametrize("form", ["csv", "tsv", "csv.gz", "parquet"])
def test_every_form_of_file_reads_alike(tmp_path, form):
    table = pd.DataFrame({"subject": ["01", "01", "NA"], "start_s": [0, 9, 0], "stop_s": [9, 12, 5],
                          "mood": ["calm", None, "tense"], "arousal": [1, 9, 5]})  # fmt: skip
    path = tmp_path / f"labels.{form}"
    if form == "parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, sep="\t" if form == "tsv" else ",", index=False)
    labels, problems = read(path)
    assert problems == [] and labels.subjects == ["01", "NA"] and labels.where == path.name
    pd.testing.assert_frame_equal(labels.events, read(table)[0].events)
    assert labels.events["mood"].tolist()[::2] == ["calm", "tense"] and pd.isna(labels.events["mood"][1])
    assert labels.events["arousal"].dtype == np.int64


def test_cut_at_any_byte_a_label_file_raises_only_what_is_documented(tmp_path):
    text = samples(start_unix_s=[1650000000, 1650000050], stop_unix_s=[1650000050, 1650000099], stress=[0, 1]).to_csv()
    for length in range(len(text)):
        (tmp_path / "labels.csv").write_text(text[:length])
        try:
            read(tmp_path / "labels.csv")
        except PhysioferError as error:
            assert "labels.csv" in str(error)


# 3 values by hand


def test_runs_by_hand():
    table = samples(time_unix_s=[100, 101, 102, 103, 110, 111], stress=[0, 0, 1, 1, 1, 0])
    labels, _ = read(table)
    assert labels.clock == "unix" and labels.labels == ["stress"]
    assert labels.events.values.tolist() == [
        ["p01", 100.0, 2.0, "1", 0],  # to the next sample
        ["p01", 102.0, 2.0, "2", 1],  # one step after its last, as a hole follows
        ["p01", 110.0, 1.0, "3", 1],
        ["p01", 111.0, 1.0, "4", 0],
    ]


def test_several_labels_and_trials_break_runs():
    table = samples(time_s=range(6), trial=[1, 1, 1, 1, 2, 2], stress=[0, 0, 1, 1, 1, 1], mood=list("aabbbb"))
    events = read(table)[0].events
    assert events[["onset_s", "trial", "stress", "mood"]].values.tolist() == [
        [0.0, "1", 0, "a"],
        [2.0, "1", 1, "b"],
        [4.0, "2", 1, "b"],
    ]


def test_missing_labels_stay_missing_and_make_a_run():
    events = read(samples(time_s=range(5), stress=[0.0, np.nan, np.nan, 1.0, 1.0]))[0].events
    assert_array_equal(events["stress"], [0.0, np.nan, 1.0])
    assert events["duration_s"].tolist() == [1.0, 2.0, 2.0]


def test_label_types_are_kept():
    table = samples(
        start_s=[0.0, 5.0], duration_s=5.0, level=[1, 2], rating=[0.5, 1.0], calm=[True, False], mood=["a", "b"]
    )
    dtypes = read(table)[0].events[["level", "rating", "calm", "mood"]].dtypes
    assert [dtype.kind for dtype in dtypes] == ["i", "f", "b", "O"]


def test_trials_are_numbered_per_subject_and_session():
    table = pd.DataFrame({"participant": [7, 7, 7, 8], "session": [1, 1, 2, 1], "onset_s": [9, 0, 0, 0],
                          "duration_s": 5, "stress": [1, 0, 0, 1]})  # fmt: skip
    labels, _ = read(table)
    assert labels.events[["subject", "session", "onset_s", "trial"]].values.tolist() == [
        ["7", "1", 0.0, "1"],
        ["7", "1", 9.0, "2"],
        ["7", "2", 0.0, "1"],
        ["8", "1", 0.0, "1"],
    ]


def test_subjects_are_compared_as_text():
    labels, _ = read(pd.DataFrame({"subject": [2.0, np.nan, 3.0], "start_s": 0, "stop_s": 1, "x": 1}))
    assert labels.subjects == ["2", "3"]
    assert len(labels.of_subject("2").events) == 1 and len(labels.of_subject("02").events) == 0
    assert labels.problems == ["the label table row 2 has no subject or no valid time; left out (1 such rows)."]


def test_attach_carries_unix_time_to_the_recording():
    labels, _ = read(
        samples(start_unix_s=[1650000010, 1650000050], stop_unix_s=[1650000050, 1650000099.5], stress=[0, 1])
    )
    attached = labels.attach(recording(start_unix_s=1650000000.0))
    assert attached.events.values.tolist() == [[10.0, 40.0, "1", 0], [50.0, 49.5, "2", 1]]
    assert attached.labels == ["stress"] and attached.events["stress"].dtype == np.int64
    assert labels.events["onset_s"][0] == 1650000010  # the table itself stays as it was


def test_attach_replaces_events_and_keeps_streams():
    before = recording()
    before.events = pd.DataFrame({"onset_s": [1.0], "duration_s": [0.0], "trial": ["tag-1"]})
    after = read(samples(start_s=[0], stop_s=[5], stress=[1]))[0].attach(before)
    assert after.events["trial"].tolist() == ["1"] and before.events["trial"].tolist() == ["tag-1"]
    assert after.streams is before.streams


def test_attach_takes_the_rows_of_the_session():
    table = pd.DataFrame({"subject": "p01", "session": ["1", "2"], "start_s": 0, "stop_s": 5, "stress": [0, 1]})
    assert read(table)[0].attach(recording(session="2")).events["stress"].tolist() == [1]


def test_events_outside_the_recording_are_named_and_left_out():
    labels, _ = read(samples(start_s=[-50, -5, 90, 100], stop_s=[-40, 5, 120, 110], stress=[0, 1, 0, 1]))
    with pytest.warns(QualityWarning, match=r"p01/1: 2 of 4 labelled events .* \(the first at -50 s\); left out"):
        attached = labels.attach(recording())
    assert attached.events["onset_s"].tolist() == [-5.0, 90.0]  # those that reach into it stay whole
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(labels.attach(recording(), outside="ignore").events) == 2


@pytest.mark.data
def test_real_labels(data_dir):
    folder = data_dir / "stress-predict"
    labels, problems = read(folder / "labels.csv")
    assert problems == [] and labels.clock == "unix"
    assert labels.subjects == [f"S{number:02d}" for number in range(2, 22)]
    assert (labels.events.groupby("subject").size() == 7).all()
    own = labels.of_subject("S02").events
    assert (own["onset_s"][0], own["duration_s"][0], own["stress"][0]) == (1644227583.0, 613.0, 0)
    assert own["duration_s"].sum() == 3557.0 and own["stress"].tolist() == [0, 1, 0, 1, 0, 1, 0]
    attached = labels.attach(read_empatica(folder / "S02"))
    assert attached.events["onset_s"].tolist()[:2] == [9.0, 622.0]  # the first button press is at 622 s
    frame = pd.read_csv(folder / "labels.csv")
    rows = list(frame[frame["subject"].isin(["S02", "S18"])].itertuples(index=False, name=None))
    expected = naive_io.runs(rows)
    both = labels.events[labels.events["subject"].isin(["S02", "S18"])]
    assert both[["subject", "onset_s", "duration_s", "stress"]].values.tolist() == [list(event) for event in expected]


# 4 failures, by their messages


def test_bad_rows_are_named_and_left_out(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("subject,start_s,stop_s,stress\np01,0,5,0\np01,9,5,1\np01,x,5,1\n,0,5,1\np01,5,9,1\n")
    labels, problems = read(path)
    assert labels.events["onset_s"].tolist() == [0.0, 5.0] and labels.events["stress"].tolist() == [0, 1]
    assert problems == ["labels.csv line 3 has no subject or no valid time; left out (3 such lines)."]


def test_a_broken_line_does_not_turn_the_labels_into_text(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("subject,start_s,stop_s,level,rating,mood\n02,0,5,1,0.5,calm\n02,5,9\n02,9,12,3,2,\n")
    labels, problems = read(path)
    assert problems == ["labels.csv line 3: 3 cells instead of 6; what is missing is NaN (1 such lines)."]
    assert_array_equal(labels.events["level"], [1.0, np.nan, 3.0])
    assert_array_equal(labels.events["rating"], [0.5, np.nan, 2.0])
    assert labels.events["mood"][0] == "calm" and labels.events["mood"][1:].isna().all()
    assert labels.subjects == ["02"]
    path.write_text("subject,start_s,stop_s,level\n02,0,5,1\n02,5,9,2,x\n")
    assert read(path)[0].events["level"].tolist() == [1, 2]
    assert read(path)[0].events["level"].dtype == np.int64


def test_two_labels_for_one_time_are_named():
    labels, problems = read(samples(time_s=[0, 1, 1, 2], stress=[0, 0, 1, 0]))
    assert labels.events["stress"].tolist() == [0]
    assert problems == ["the label table: subject p01 has two rows for time 1; the first counts (1 such rows)."]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"who": ["a"], "time_s": [0], "x": [1]},
            "no column of subjects: call it subject or .*; its columns are who, time_s",
        ),
        ({"subject": ["a"], "time": [0], "x": [1]}, "no column of times: call it start_unix_s or start_s"),
        (
            {"subject": ["a"], "start_s": [0], "x": [1]},
            "no column of ends: call it stop_unix_s or stop_s or duration_s",
        ),
        (
            {"subject": ["a"], "start_s": [0], "stop_s": [1]},
            "no label column; its columns are subject, start_s, stop_s",
        ),
        (
            {"subject": ["a"], "start_s": [0], "stop_unix_s": [1], "x": [1]},
            "'start_s' and 'stop_unix_s', .* two clocks",
        ),
        (
            {"subject": ["a"], "time_s": [0], "stop_s": [1], "x": [1]},
            "a time per sample and a start or stop per interval",
        ),
        ({"subject": ["a"], "time_s": [0], "x": [1]}, "one sample per subject, so no step"),
        ({"subject": [""], "time_s": [0], "x": [1]}, "no row with a subject and valid times"),
    ],
)
def test_tables_that_lack_something(columns, message):
    with pytest.raises(UnreadableDataError, match=message):
        read_labels(pd.DataFrame(columns))


def test_bad_arguments(tmp_path):
    table = samples(start_s=[0], stop_s=[5], stress=[1])
    with pytest.raises(InvalidArgumentError, match="subject_column='who' must be one of subject"):
        read_labels(table, subject_column="who")
    with pytest.raises(InvalidArgumentError, match="labels='stres' must be one of stress. Did you mean stress"):
        read_labels(table, labels=["stres"])
    with pytest.raises(InvalidArgumentError, match="path=3 must be the path"):
        read_labels(3)
    with pytest.raises(UnreadableDataError, match="labels.csv does not exist"):
        read_labels(tmp_path / "labels.csv")


def test_unix_labels_need_a_dated_recording():
    labels, _ = read(samples(start_unix_s=[1650000010], stop_unix_s=[1650000050], stress=[0]))
    with pytest.raises(
        InvalidArgumentError, match="the label table is in unix time, but p01/1 does not say when it started"
    ):
        labels.attach(recording())


def test_a_recording_without_labels_is_named():
    labels, _ = read(samples(start_s=[0], stop_s=[5], stress=[1]))
    with pytest.warns(QualityWarning, match="p02/1: the label table has no labels for it"):
        attached = labels.attach(recording("p02"))
    assert isinstance(labels, LabelTable) and len(attached.events) == 0 and attached.labels == ["stress"]


def test_unix_seconds_under_a_relative_name_are_recognised():
    labels = read_labels(pd.DataFrame({"subject": ["p01"] * 3, "time_s": 1.65e9 + np.arange(3), "stress": [0, 0, 1]}))
    recording = Recording("p01", streams={"eda": Stream.regular([0.5] * 40, 4.0)})
    with pytest.warns(QualityWarning, match="these are unix seconds: put unix into the name of the time column"):
        assert labels.attach(recording).events.empty
