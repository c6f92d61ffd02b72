"""Tables as recordings: exact values at exact times, and every repair said with its line."""

import gzip
import json
import warnings

import naive_io
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from physiofer.exceptions import InvalidArgumentError, PhysioferError, QualityWarning, UnreadableDataError
from physiofer.io import delimited, read_tabular
from physiofer.recording import Stream


def write(path, content):
    """Write text or bytes, gzipped if the name says so, and give the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(content) if path.suffix.lower() == ".gz" else content)
    return path


def read(path, **options):
    """The recording, and the text of every warning about it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        recording = read_tabular(path, **options)
    assert all(warning.category is QualityWarning for warning in caught)
    assert [str(warning.message) for warning in caught] == recording.meta["problems"]
    return recording, recording.meta["problems"]


def columns_of(recording):
    """Values of single-channel streams as lists."""
    return {name: stream.values[0].tolist() for name, stream in recording.streams.items()}


# 1 fast equals obvious

CELLS = st.just("") | st.integers(-(2**70), 2**70).map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr)


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=20))
def test_any_numbers_equal_the_naive_reading(tmp_path_factory, rows):
    text = "\n".join(["ecg,rsp,x", *(",".join(row) for row in rows), "1,2,3", ""])
    path = write(tmp_path_factory.mktemp("table") / "p01.csv", text)
    recording, problems = read(path, rate=10.0)
    assert problems == []
    for name, column in naive_io.number_table(text).items():
        assert_array_equal(recording.streams[name].values[0], column)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["1", "-2.5", "", "x", "1_0", "inf", "NaN", "n/a", "1e999"]), min_size=1))
def test_the_careful_parser_agrees_with_the_fast_one(cells):
    text = "\n".join([*cells, "1"]).encode()
    fast = delimited._parse_fast(text, ",", ["a"], [])
    careful = delimited._parse_carefully(text, ",", ["a"], 2, False, "p01.csv")
    for fast_part, careful_part in zip(
        delimited.to_numbers(fast["a"]), delimited.to_numbers(careful.frame["a"]), strict=True
    ):
        assert_array_equal(fast_part, careful_part)
    assert careful.lines.tolist() == list(range(2, len(cells) + 3))


# 2 properties


@pytest.mark.parametrize("name", ["p01.csv", "p01.tsv", "p01.txt", "p01.csv.gz", "P01.TSV.GZ"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_form_of_text_reads_alike(tmp_path, name, end):
    separator = "\t" if "tsv" in name.lower() else ";"
    rows = [["ecg", "rsp"], ["0.1", "5"], ["", "6"], ["0.3", "7"]]
    recording, problems = read(write(tmp_path / name, end.join(separator.join(row) for row in rows) + end), rate=2.0)
    assert problems == [] and recording.subject == name[:3]
    assert str(columns_of(recording)) == str({"ecg": [0.1, np.nan, 0.3], "rsp": [5.0, 6.0, 7.0]})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_do_not_matter(tmp_path, encoding):
    text = "Température (°C),EDA [µS]\n33.5,0.2\n33.6,0.3\n"
    recording, _ = read(write(tmp_path / "p01.csv", text.encode(encoding)), rate=4.0)
    assert [stream.unit for stream in recording.streams.values()] == ["degC", "uS"]


def test_streams_saved_as_parquet_come_back_exactly(tmp_path, rng):
    stream = Stream(rng.normal(size=(3, 50)), np.cumsum(rng.uniform(0.01, 0.012, 50)), 0.0, ["acc_x", "acc_y", "acc_z"])
    stream.to_frame().to_parquet(tmp_path / "p01.parquet")
    recording, problems = read(tmp_path / "p01.parquet")
    back = recording.streams["acceleration"]
    assert problems == [] and back.channels == ("x", "y", "z") and back.kind == "acceleration"
    assert_array_equal(back.values, stream.values)
    assert_array_equal(back.times_s, stream.times_s)


def test_cut_at_any_byte_a_table_raises_only_what_is_documented(tmp_path):
    rows = ["time_s,ecg,note"] + [f"{k / 4},{k * 0.37:.2f},a" for k in range(12)]
    text = ("\n".join(rows) + "\n").encode()
    whole = naive_io.number_table("\n".join(row.rpartition(",")[0] for row in rows))
    for length in range(len(text)):
        try:
            recording, _ = read(write(tmp_path / "p01.csv", text[:length]), rate=4.0)
        except PhysioferError as error:
            assert "p01.csv" in str(error)
            continue
        if "ecg" in recording.streams:
            ecg = recording.streams["ecg"]
            n_whole = text[:length].count(b"\n") - 1
            assert_array_equal(ecg.values[0, :n_whole], whole["ecg"][:n_whole])
            assert_array_equal(ecg.times_s[:n_whole], whole["time_s"][:n_whole])


def test_cut_at_any_byte_a_packed_table_is_an_error(tmp_path):
    content = gzip.compress(b"ecg\n" + b"0.5\n" * 20)
    pd.DataFrame({"ecg": [0.5] * 20}).to_parquet(tmp_path / "whole.parquet")
    for name, whole in (("p01.csv.gz", content), ("p01.parquet", (tmp_path / "whole.parquet").read_bytes())):
        for length in range(0, len(whole), 1 if len(whole) < 200 else 37):
            (tmp_path / name).write_bytes(whole[:length])
            with pytest.raises(UnreadableDataError, match=f"^{name} ") as caught:
                read_tabular(tmp_path / name, rate=1.0)
            assert str(tmp_path) not in str(caught.value)


# 3 values by hand: times


@pytest.mark.parametrize(
    ("name", "cells", "times_s", "start_unix_s"),
    [
        ("time_s", ["5", "5.5", "6"], [5.0, 5.5, 6.0], None),
        ("Time (ms)", ["0", "20", "40"], [0.0, 0.02, 0.04], None),
        ("t", ["-1", "0", "1"], [-1.0, 0.0, 1.0], None),
        ("timestamp", ["1650000000.25", "1650000000.5", "1650000001"], [0.0, 0.25, 0.75], 1650000000.25),
        ("unix_time_ms", ["1650000000001", "1650000000004", "1650000000009"], [0.0, 0.003, 0.008], 1650000000.001),
        ("time_ns", [f"16500000000000000{k}" for k in ("01", "03", "09")], [0.0, 2e-9, 8e-9], 1650000000.0),
        ("datetime", [f"2022-04-15 05:20:{second}" for second in ("00", "00.5", "01")], [0, 0.5, 1], 1650000000.0),
        ("time", [f"2022-04-15T{t}" for t in ("07:20:00+02:00", "05:20:01Z", "05:20:03Z")], [0, 1, 3], 1650000000.0),
    ],
)  # fmt: skip
def test_times_are_exact(tmp_path, name, cells, times_s, start_unix_s):
    text = "\n".join([f"{name},ecg", *(f"{cell},0.5" for cell in cells), ""])
    for form, recording in {
        "csv": read(write(tmp_path / "p01.csv", text))[0],
        "gz": read(write(tmp_path / "p01.csv.gz", text))[0],
    }.items():
        assert recording.streams["ecg"].times_s.tolist() == times_s, form
        assert recording.meta.get("start_unix_s") == start_unix_s


def test_an_unnamed_index_of_dates_is_the_time(tmp_path):
    index = pd.date_range("2022-04-15 05:20", periods=4, freq="250ms")
    pd.DataFrame({"eda": [1.0, 2.0, 3.0, 4.0]}, index=index).to_csv(tmp_path / "p01.csv")
    recording, _ = read(tmp_path / "p01.csv")
    assert recording.streams["eda"].times_s.tolist() == [0.0, 0.25, 0.5, 0.75]
    assert recording.streams["eda"].rate == 4.0


def test_an_unnamed_index_of_numbers_is_nothing(tmp_path):
    pd.DataFrame({"eda": [1.0, 2.0]}).to_csv(tmp_path / "p01.csv")
    assert list(read(tmp_path / "p01.csv", rate=4.0)[0].streams) == ["eda"]


@pytest.mark.parametrize(
    ("times_s", "rate"),
    [
        (np.arange(500) / 64, 64.0),
        (np.round(np.arange(500) / 64, 3), 64.0),  # the median step would say 62.5
        (np.concatenate([np.arange(100), np.arange(400, 500)]) / 50, 50.0),
        (np.cumsum(np.resize([0.4, 1.2, 0.2, 2.0, 0.9], 100)), 0.0),
        (np.zeros(3), 0.0),
    ],
)
def test_the_rate_is_that_of_the_usual_step(tmp_path, times_s, rate):
    pd.DataFrame({"time_s": times_s, "eda": 1.0}).to_parquet(tmp_path / "p01.parquet")
    assert read(tmp_path / "p01.parquet")[0].streams["eda"].rate == pytest.approx(rate, rel=1e-3)


def test_a_given_rate_is_the_nominal_one_beside_a_time_column(tmp_path):
    path = write(tmp_path / "p01.csv", "time_s,ibi,eda\n0,0.8,1\n0.9,0.9,1\n")
    recording, _ = read(path, rate=1.0)
    assert recording.streams["eda"].rate == 1.0 and recording.streams["eda"].times_s.tolist() == [0.0, 0.9]
    assert recording.streams["ibi"].rate == 0.0  # beats have none


def test_a_rate_serves_where_a_column_called_time_holds_none(tmp_path):
    path = write(tmp_path / "p01.csv", "time,eda\n10:13:05,1\n10:13:06,2\n")
    recording, problems = read(path, rate=1.0)
    assert recording.streams["eda"].times_s.tolist() == [0.0, 1.0]
    assert problems[0] == "p01.csv: column 'time' holds no times; the rate alone gives them."


def test_start_s_moves_all_times(tmp_path):
    path = write(tmp_path / "p01.csv", "eda\n1\n2\n")
    assert read(path, rate=4.0, start_s=10.0)[0].streams["eda"].times_s.tolist() == [10.0, 10.25]
    path = write(tmp_path / "p02.csv", "timestamp,eda\n1650000000,1\n1650000001,2\n")
    recording, _ = read(path, start_s=10.0)
    assert recording.streams["eda"].times_s.tolist() == [10.0, 11.0]
    assert recording.meta["start_unix_s"] == 1649999990.0  # the instants stay what they were


def test_rows_out_of_order_are_put_in_order(tmp_path):
    path = write(tmp_path / "p01.csv", "time_s,eda\n1,10\n0,20\n,30\n2,40\n2,50\n")
    recording, problems = read(path)
    assert recording.streams["eda"].to_frame()["eda"].tolist() == [20.0, 10.0, 40.0, 50.0]
    assert recording.streams["eda"].times_s.tolist() == [0.0, 1.0, 2.0, 2.0]
    assert problems == [
        "p01.csv line 4 has no time; left out (1 such lines).",
        "p01.csv line 3: the time goes back; the lines are put in order of time.",
        "p01.csv line 6 repeats a time (1 such lines); all are kept.",
    ]


def test_a_slip_of_the_clock_does_not_stretch_the_recording(tmp_path):
    path = write(tmp_path / "p01.csv", "timestamp,eda\n1650000000,1\n0,2\n1650000001,3\n1650000002,3\n")
    recording, problems = read(path)
    assert recording.meta["start_unix_s"] == 1650000000.0
    assert recording.streams["eda"].times_s.tolist() == [0.0, 1.0, 2.0]
    assert problems == ["p01.csv line 3 has no time; left out (1 such lines)."]


# 3 values by hand: columns


def test_kinds_units_and_groups(tmp_path):
    header = "ECG,PPG,GSR (uS),RSP,skt [C],acc_x,acc_y,acc_z,HR,rr_ms,EEG Fz,EEG Cz,answer"
    path = write(tmp_path / "p01.csv", header + "\n" + ",".join(map(str, range(13))) + "\n")
    recording, problems = read(path, rate=100.0, units={"ECG": "mV", "acc_x": "g"}, kinds={"answer": "rating"})
    about = {name: (stream.kind, stream.unit, stream.channels) for name, stream in recording.streams.items()}
    assert problems == []
    assert about == {
        "ECG": ("ecg", "mV", ("ECG",)),
        "PPG": ("bvp", "", ("PPG",)),
        "GSR (uS)": ("eda", "uS", ("GSR (uS)",)),
        "RSP": ("respiration", "", ("RSP",)),
        "skt [C]": ("temperature", "degC", ("skt [C]",)),
        "acceleration": ("acceleration", "g", ("x",)),  # the others' unit is not known to be the same
        "acceleration_": ("acceleration", "", ("y", "z")),
        "HR": ("heart_rate", "", ("HR",)),
        "rr_ms": ("rr", "ms", ("rr_ms",)),
        "eeg": ("eeg", "", ("EEG Fz", "EEG Cz")),
        "answer": ("rating", "", ("answer",)),
    }


def test_muscles_are_the_channels_of_one_stream(tmp_path):
    path = write(tmp_path / "p01.csv", "time,ecg,emg_zygo,emg_coru,emg_trap\n0,1,2,3,4\n0.001,1,2,3,4\n")
    recording, problems = read(path)
    assert problems == [] and list(recording.streams) == ["ecg", "emg"]
    assert recording.streams["emg"].channels == ("emg_zygo", "emg_coru", "emg_trap")
    assert list(read(write(tmp_path / "one.csv", "emg\n1\n2\n"), rate=700.0)[0].streams) == ["emg"]


def test_columns_choose_or_name(tmp_path):
    path = write(tmp_path / "p01.csv", "ecg,rsp,eda\n1,2,3\n")
    assert list(read(path, rate=1.0, columns=["eda", "ecg"])[0].streams) == ["eda", "ecg"]
    path = write(tmp_path / "bare.csv", "0.5\n0.6\n")
    assert columns_of(read(path, rate=64.0, columns=["bvp"])[0]) == {"bvp": [0.5, 0.6]}


def test_bids_recording(tmp_path):
    about = {"SamplingFrequency": 100.0, "StartTime": -22.345, "Columns": ["cardiac", "respiratory", "trigger"],
             "cardiac": {"Units": "mV"}, "respiratory": {"Units": "arbitrary"}}  # fmt: skip
    path = write(tmp_path / "sub-01_task-rest_physio.tsv.gz", "34\t110\t0\n44\tn/a\t1\n23\t100\t0\n")
    write(tmp_path / "sub-01_task-rest_physio.json", json.dumps(about))
    recording, problems = read(path)
    assert problems == [] and recording.subject == "sub-01"
    cardiac, respiratory, _ = recording.streams.values()
    assert cardiac.times_s.tolist() == [-22.345, -22.345 + 0.01, -22.345 + 0.02]
    assert (cardiac.kind, cardiac.unit, cardiac.rate) == ("bvp", "mV", 100.0)
    assert (respiratory.kind, respiratory.unit) == ("respiration", "a.u.")
    assert_array_equal(respiratory.values, [[110.0, np.nan, 100.0]])


def test_bids_metadata_are_inherited_from_the_folders_above(tmp_path):
    path = write(tmp_path / "sub-01" / "func" / "sub-01_task-rest_run-1_physio.tsv.gz", "1\n2\n")
    write(tmp_path / "task-rest_physio.json", json.dumps({"SamplingFrequency": 50, "StartTime": 0, "Columns": ["x"]}))
    write(tmp_path / "task-game_physio.json", json.dumps({"SamplingFrequency": 9, "StartTime": 9, "Columns": ["y"]}))
    write(tmp_path / "sub-01" / "sub-01_physio.json", json.dumps({"Columns": ["cardiac"]}))
    recording, _ = read(path)
    assert list(recording.streams) == ["cardiac"] and recording.streams["cardiac"].rate == 50.0


@pytest.mark.data
def test_real_tables(data_dir):
    for path in sorted((data_dir / "physio").glob("*.csv")):
        recording, problems = read(path, rate=100.0)
        expected = naive_io.number_table(path.read_text())
        assert problems == []
        for name, column in expected.items():
            assert_array_equal(recording.streams[name].values[0], column)
    assert [stream.kind for stream in recording.streams.values()] == ["ecg", "bvp", "respiration"]
    assert recording.stop_s == pytest.approx(300.0)


# 4 failures, by their messages


def test_cells_that_are_no_numbers_are_nan_and_named(tmp_path):
    path = write(tmp_path / "p01.csv", "ecg,note\n0.1,rest\noops,\n,\ninf,task\n0.5,\n")
    recording, problems = read(path, rate=1.0)
    assert_array_equal(recording.streams["ecg"].values, [[0.1, np.nan, np.nan, np.nan, 0.5]])
    assert problems == [
        "p01.csv line 3: 'oops' in column 'ecg' is no finite number; it is NaN (2 such cells).",
        "p01.csv: column 'note' holds no numbers ('rest'); left out.",
    ]


def test_ragged_rows_keep_their_place(tmp_path):
    path = write(tmp_path / "p01.csv", "ecg,rsp\n1,2\n3\n\n4,5,6\n7,8\n9")
    recording, problems = read(path, rate=1.0)
    assert_array_equal(recording.streams["ecg"].values, [[1, 3, np.nan, 4, 7]])
    assert_array_equal(recording.streams["rsp"].values, [[2, np.nan, np.nan, 5, 8]])
    assert problems == [
        "p01.csv line 7: the file ends inside this line; it is left out.",
        "p01.csv line 3: 1 cells instead of 2; what is missing is NaN (2 such lines).",
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p01.csv", "", "p01.csv is empty"),
        ("p01.csv", "ecg,rsp\n", "p01.csv has no rows"),
        ("p01.csv", "ecg,ecg\n1,2\n", "p01.csv names column 'ecg' twice"),
        ("p01.csv", "note\na\n", "p01.csv has no column of numbers"),
        ("p01.csv", "0.1,0.2\n0.3,0.4\n", r"p01.csv has no header line; name its 2 columns with columns="),
        ("p01.csv", "time,ecg\n1650000000000,1\n", r"reaches 1.65e\+12, which is no time in seconds; .*'time_ms'"),
        ("p01.json", "{}", "p01.json is no table: its name must end in .csv"),
        ("p01.csv.gz", None, "p01.csv.gz cannot be read"),
        ("p01.parquet", None, "p01.parquet cannot be read as Parquet"),
    ],
)
def test_unreadable_tables(tmp_path, name, content, message):
    path = tmp_path / name
    if content is None:
        path.write_bytes(b"neither")
    else:
        write(path, content)
    with pytest.raises(UnreadableDataError, match=message):
        read_tabular(path, rate=1.0)


def test_metadata_of_a_parquet_file_are_not_trusted(tmp_path):
    pd.DataFrame({"ecg": [0.5, 0.25]}).to_parquet(tmp_path / "p01.parquet")
    content = (tmp_path / "p01.parquet").read_bytes()
    assert b'"index_columns"' in content
    (tmp_path / "p01.parquet").write_bytes(content.replace(b'"index_columns"', b'"index_columns\xff'))
    assert columns_of(read(tmp_path / "p01.parquet", rate=1.0)[0]) == {"ecg": [0.5, 0.25]}


def test_a_cell_too_long_for_a_table_is_an_error(tmp_path):
    path = write(tmp_path / "p01.csv", "ecg,rsp\n1,2\n3\n" + "x" * 200_000 + ",1\n")
    with pytest.raises(UnreadableDataError, match="p01.csv line 4: field larger than field limit"):
        read_tabular(path, rate=1.0)


def test_a_time_column_without_times_is_an_error(tmp_path):
    path = write(tmp_path / "p01.csv", "time,ecg\nx,1\n")
    for options in ({}, {"rate": 1.0, "time_column": "time"}):
        with pytest.raises(UnreadableDataError, match="p01.csv: column 'time' holds no times"):
            read_tabular(path, **options)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(UnreadableDataError, match="p01.csv does not exist"):
        read_tabular(tmp_path / "p01.csv", rate=1.0)
    (tmp_path / "p02.csv").mkdir()
    with pytest.raises(UnreadableDataError, match="p02.csv is a folder"):
        read_tabular(tmp_path / "p02.csv", rate=1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"p01.csv has no time column \(its columns are 'ecg', 'rsp'\); give rate="),
        ({"rate": 0.0}, "rate=0.0 must be a finite number"),
        ({"time_column": "Ecg"}, "time_column='Ecg' must be one of ecg, rsp. Did you mean ecg"),
        ({"rate": 1.0, "columns": ["eda"]}, "columns='eda' must be one of ecg, rsp"),
        ({"rate": 1.0, "columns": "ecg"}, "columns='ecg' must be a list"),
        ({"rate": 1.0, "units": {"eda": "uS"}}, "units='eda' must be one of"),
        ({"rate": 1.0, "kinds": {"eda": "eda"}}, "kinds='eda' must be one of"),
        ({"rate": 1.0, "kinds": "eda"}, "kinds='eda' must be a dict"),
        ({"rate": 1.0, "kinds": {"ecg": "GSR"}}, r"kinds\['ecg'\]='GSR' must be ecg, .* Did you mean eda"),
        ({"rate": 1.0, "kinds": {"ecg": "temprature"}}, "Did you mean temperature"),
        ({"rate": 1.0, "kinds": {"ecg": None}}, r"kinds\['ecg'\]=None must be ecg"),
        ({"rate": 1.0, "columns": ["ecg", "ecg"]}, "must be a list of column names, each once"),
        ({"rate": 1.0, "columns": 2}, "columns=2 must be a list"),
        ({"rate": 1.0, "separator": ", "}, "separator=', ' must be one character"),
        ({"rate": 1.0, "start_s": "now"}, "start_s='now' must be a finite number"),
    ],
)
def test_bad_arguments(tmp_path, options, message):
    path = write(tmp_path / "p01.csv", "ecg,rsp\n1,2\n3,4\n")
    with pytest.raises(InvalidArgumentError, match=message):
        read_tabular(path, **options)


@pytest.mark.parametrize(
    ("about", "message"),
    [
        (None, "sub-01_physio.tsv.gz has no sub-01_physio.json beside it"),
        ("{", "sub-01_physio.json, which describes sub-01_physio.tsv.gz, cannot be read"),
        ("[" * 100_000, "sub-01_physio.json, which describes sub-01_physio.tsv.gz, cannot be read"),
        ("[]", "must hold a JSON object"),
        ({"StartTime": 0, "Columns": ["x"]}, "sub-01_physio.json: SamplingFrequency must be a number; it is None"),
        ({"SamplingFrequency": 0, "StartTime": 0, "Columns": ["x"]}, "SamplingFrequency must be above 0 Hz"),
        ({"SamplingFrequency": 9, "StartTime": "now", "Columns": ["x"]}, "StartTime must be a number; it is 'now'"),
        ({"SamplingFrequency": 9, "StartTime": 0}, "Columns must be a list of names; it is None"),
        ({"SamplingFrequency": 9, "StartTime": 0, "Columns": ["x", "y"]}, "has 1 columns; 2 names were given"),
        ({"SamplingFrequency": 9, "StartTime": 0, "Columns": ["x", "x"]}, "names column 'x' twice|has 1 columns"),
    ],
)
def test_bids_metadata_that_do_not_serve(tmp_path, about, message):
    path = write(tmp_path / "sub-01_physio.tsv.gz", "1\n2\n")
    if about is not None:
        write(tmp_path / "sub-01_physio.json", about if isinstance(about, str) else json.dumps(about))
    with pytest.raises(UnreadableDataError, match=message):
        read_tabular(path)
