"""Empatica E4: what is written is read back exactly, and what is broken costs no more than it must."""

import os
import re
import warnings
import zipfile

import naive_io
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from physiofer.exceptions import InvalidArgumentError, QualityWarning, UnreadableDataError
from physiofer.io import container, read_empatica
from physiofer.io.number_lines import parse_lines

START = 1650000000
RATES = {"BVP.csv": 64.0, "EDA.csv": 4.0, "TEMP.csv": 4.0, "ACC.csv": 32.0, "HR.csv": 1.0}
STREAMS = {"BVP.csv": "bvp", "EDA.csv": "eda", "TEMP.csv": "temperature", "ACC.csv": "acceleration",
           "HR.csv": "heart_rate", "IBI.csv": "ibi"}  # fmt: skip


def e4_files(seconds=2, seed=0):
    """Text of every file of a small recording, in the form in which the device writes them."""
    rng = np.random.default_rng(seed)
    files = {}
    for name, decimals, scale in (
        ("BVP.csv", 2, 90.0),
        ("EDA.csv", 6, 3.0),
        ("TEMP.csv", 2, 33.0),
        ("HR.csv", 2, 70.0),
    ):
        start = START + (10 if name == "HR.csv" else 0)
        samples = rng.normal(scale, 9.0, round(seconds * RATES[name]))
        samples = [0.0, *samples[1:]] if name == "EDA.csv" else samples
        rows = [f"{sample:.{decimals}f}" for sample in samples]
        files[name] = "\n".join([f"{start}.000000", f"{RATES[name]:.6f}", *rows, ""])
    axes = rng.integers(-128, 128, (round(seconds * 32), 3))
    heads = [", ".join([f"{START}.000000"] * 3), ", ".join(["32.000000"] * 3)]
    files["ACC.csv"] = "\n".join([*heads, *(",".join(map(str, row)) for row in axes), ""])
    beats = np.cumsum(rng.integers(40, 70, seconds)) / 64
    rows = [f"{beat:.6f},{step:.6f}" for beat, step in zip(beats, np.diff(beats, prepend=0.0), strict=True)]
    files["IBI.csv"] = "\n".join([f"{START}.000000, IBI", *rows, ""])
    files["tags.csv"] = f"{START}.50\r\n{START + 1}.25\r\n"
    return files


def write(folder, files):
    """Write files of text or bytes, and give their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read(path, **options):
    """The recording, and the text of every warning about it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        recording = read_empatica(path, **options)
    assert all(warning.category is QualityWarning for warning in caught)
    assert [str(warning.message) for warning in caught] == recording.meta["problems"]
    return recording, recording.meta["problems"]


def assert_same_recording(one, other):
    assert list(one.streams) == list(other.streams)
    for name, stream in one.streams.items():
        assert_array_equal(stream.values, other.streams[name].values)
        assert_array_equal(stream.times_s, other.streams[name].times_s)
    assert one.events.equals(other.events)


@pytest.fixture
def e4(tmp_path):
    return write(tmp_path / "p01", e4_files())


# 1 fast equals obvious


def test_every_sensor_equals_the_naive_reading(e4):
    recording, problems = read(e4)
    assert problems == []
    for name, n_columns in (("BVP.csv", 1), ("EDA.csv", 1), ("TEMP.csv", 1), ("HR.csv", 1), ("ACC.csv", 3)):
        start, rate, columns = naive_io.e4_sensor((e4 / name).read_text(), n_columns)
        if name == "EDA.csv":
            columns[0][0] = np.nan
        stream = recording.streams[STREAMS[name]]
        assert stream.rate == rate == RATES[name]
        assert_array_equal(stream.values, np.array(columns) / (64.0 if name == "ACC.csv" else 1.0))
        assert_array_equal(stream.times_s, [start - START + k / rate for k in range(len(columns[0]))])


@settings(deadline=None)
@given(st.lists(st.binary(max_size=12) | st.from_regex(rb"-?[0-9]{1,3}(\.[0-9]{1,6})?", fullmatch=True), min_size=1))
def test_any_bytes_become_one_sample_per_line(lines):
    body = b"\n".join(lines) + b"\n7\n"
    lines = body.rstrip(b" \t\r\n").splitlines()
    with np.errstate(all="raise"):
        values = parse_lines(body, 1, 3, "BVP.csv", [])
    assert_array_equal(values[0], np.array(naive_io.lines_of_numbers(lines, 1))[:, 0])


@settings(deadline=None)
@given(st.lists(st.from_regex(rb"[0-9.,_x+\v ]{0,9}", fullmatch=True), min_size=1))
def test_any_fields_become_one_sample_per_line(lines):
    body = b"\n".join(lines) + b"\n1,2,3\n"
    values = parse_lines(body, 3, 3, "ACC.csv", [])
    assert_array_equal(values.T, naive_io.lines_of_numbers(lines + [b"1,2,3"], 3))


# 2 properties


def test_a_zip_reads_like_its_folder(e4, tmp_path):
    expected, _ = read(e4)
    for form, prefix in {"flat": "", "nested": "1650000000_A00ABC/"}.items():
        with zipfile.ZipFile(tmp_path / f"{form}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for file in e4.iterdir():
                archive.write(file, prefix + file.name)
            archive.writestr("__MACOSX/._BVP.csv", b"\x00\x05")
            archive.writestr("info.txt", "about")
        recording, problems = read(tmp_path / f"{form}.zip")
        assert problems == [] and recording.subject == form
        assert_same_recording(recording, expected)
    (tmp_path / "outer").mkdir()
    os.rename(e4, tmp_path / "outer" / "inner")
    assert_same_recording(read(tmp_path / "outer")[0], expected)


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_line_ends_and_encodings_do_not_matter(e4, tmp_path, ends, encoding):
    files = {name: text.replace("\r", "").replace("\n", ends).encode(encoding) for name, text in e4_files().items()}
    recording, problems = read(write(tmp_path / "p02", files))
    assert problems == []
    assert_same_recording(recording, read(e4)[0])


@pytest.mark.parametrize("name", [*STREAMS, "tags.csv"])
def test_cut_at_any_byte_a_file_never_gives_a_sample_that_was_not_written(tmp_path, name):
    files = {file: "\n".join(text.splitlines()[:9]) + "\n" for file, text in e4_files().items()}
    files = {file: files[file] for file in (name, "TEMP.csv", "BVP.csv")}
    folder = write(tmp_path / "p01", files)
    whole, _ = read(folder)
    content = files[name].encode()
    for length in range(len(content)):
        (folder / name).write_bytes(content[:length])
        recording, problems = read(folder)
        assert set(whole.streams) - set(recording.streams) <= {STREAMS.get(name)}
        if name == "tags.csv":
            assert recording.meta["tags_s"] == whole.meta["tags_s"][: len(recording.meta["tags_s"])]
            continue
        if STREAMS[name] in recording.streams:
            cut, full = recording.streams[STREAMS[name]], whole.streams[STREAMS[name]]
            assert cut.rate == full.rate
            assert_array_equal(cut.values, full.values[:, : cut.n_times])
            assert_array_equal(cut.times_s, full.times_s[: cut.n_times])
        else:
            assert f"p01/{name} line" in problems[1]


def test_cut_at_any_byte_an_archive_raises_only_what_is_documented(e4, tmp_path):
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(e4 / "EDA.csv", "EDA.csv")
    content = whole.read_bytes()
    for length in range(len(content)):
        (tmp_path / "cut.zip").write_bytes(content[:length])
        with pytest.raises(UnreadableDataError, match="cut.zip"):
            read_empatica(tmp_path / "cut.zip")


# 3 values by hand


def test_hand_written_recording(tmp_path):
    folder = write(tmp_path / "S99", {
        "BVP.csv": "1644227574.00\n64.000000\n-0.00\n-5.74\n",
        "ACC.csv": "1644227574.5, 1644227574.5, 1644227574.5\n32.000000, 32.000000, 32.000000\n2,-64,63\n",
        "IBI.csv": "1644227574.000000, IBI\n604.000000,0.687500\n604.937500,0.937500\n",
        "tags_S99.csv": "1644227574.02\r\n",
    })  # fmt: skip
    recording, problems = read(folder)
    assert problems == ["S99: EDA.csv, TEMP.csv, HR.csv missing; the recording has no such streams."]
    assert (recording.subject, recording.session, recording.meta["start_unix_s"]) == ("S99", "1", 1644227574.0)
    bvp, acceleration, ibi = (recording.streams[name] for name in ("bvp", "acceleration", "ibi"))
    assert bvp.values.tolist() == [[0.0, -5.74]] and bvp.times_s.tolist() == [0.0, 1 / 64]
    assert acceleration.values.tolist() == [[0.03125], [-1.0], [0.984375]]
    assert acceleration.times_s.tolist() == [0.5] and acceleration.channels == ("x", "y", "z")
    assert ibi.values.tolist() == [[687.5, 937.5]] and ibi.times_s.tolist() == [604.0, 604.9375]
    assert (ibi.kind, ibi.unit, ibi.rate) == ("rr", "ms", 0.0)
    assert recording.events["trial"].tolist() == ["tag-1"] and recording.labels == []
    assert recording.meta["tags_s"] == pytest.approx([0.02], abs=1e-6)


def test_only_the_first_zero_of_the_skin_conductance_is_missing(tmp_path):
    folder = write(tmp_path / "p01", {"EDA.csv": f"{START}\n4.0\n0.000000\n0.000000\n0.5\n"})
    assert_array_equal(read(folder)[0].streams["eda"].values, [[np.nan, 0.0, 0.5]])


def test_subject_and_session_may_be_given(e4):
    assert read(e4, subject="x", session="2")[0].name == "x/2"


def test_file_names_may_be_in_lower_case(tmp_path):
    files = {name.lower(): text for name, text in e4_files().items()}
    assert len(read(write(tmp_path / "p01", files))[0].streams) == 6


@pytest.mark.data
def test_real_people_load_with_exact_times(data_dir):
    folders = sorted((data_dir / "stress-predict").glob("S*"))
    assert len(folders) == 20
    for folder in folders:
        recording, problems = read(folder)
        assert list(recording.streams) == list(STREAMS.values())
        assert all("tags" in problem for problem in problems)
        assert len(problems) == (folder.name in ("S17", "S18"))  # their button presses of 12 h before
        for name, rate in RATES.items():
            lines = (folder / name).read_bytes().splitlines()
            stream = recording.streams[STREAMS[name]]
            assert (stream.n_times, stream.rate) == (len(lines) - 2, rate)
            offset = float(lines[0].split(b",")[0]) - recording.meta["start_unix_s"]
            assert stream.times_s[0] == offset and stream.times_s[-1] == offset + (stream.n_times - 1) / rate
            scale = 64.0 if name == "ACC.csv" else 1.0
            assert_array_equal(stream.values[:, -1] * scale, [float(cell) for cell in lines[-1].split(b",")])
    assert recording.meta["start_unix_s"] == 1646048637.0


# 4 failures, by their messages


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("BVP.csv", b"", r"p01/BVP.csv line 1: the start .* it is nothing; its stream is left out"),
        ("BVP.csv", b"1650000000\n", r"BVP.csv line 2: the rate in Hz .* it is nothing"),
        ("BVP.csv", b"1650000000\n0.000\n1.0\n", r"BVP.csv line 2: the rate .* it is '0.000'"),
        ("BVP.csv", b"1650000000\n-64\n1.0\n", r"BVP.csv line 2: .* '-64'"),
        ("BVP.csv", b"1650000000\nfast\n1.0\n", r"BVP.csv line 2: .* 'fast'"),
        ("BVP.csv", b"1650000000\n64.0\n", r"BVP.csv line 3: there are no samples"),
        ("BVP.csv", b"nan\n64.0\n1.0\n", r"BVP.csv line 1: .* 'nan'"),
        ("BVP.csv", b"\xff\xfe\x00\xd8", r"BVP.csv line 1"),
        ("TEMP.csv", b"3.0\n4.0\n33.0\n", r"TEMP.csv line 1: start 3 is .* days away from the other sensors'"),
        ("ACC.csv", b"1650000000, 1650000001, 1650000000\n32, 32, 32\n1,2,3\n", r"ACC.csv line 1: the start"),
        ("IBI.csv", b"1650000000, IBI\n", r"IBI.csv line 2: there are no beats"),
        ("IBI.csv", b"1650000000, IBI\n0.5,-0.5\n", r"IBI.csv line 2: offset and interval of a beat must be positive"),
    ],
)
def test_a_useless_file_costs_its_stream_and_no_other(e4, name, content, message):
    (e4 / name).write_bytes(content)
    recording, problems = read(e4)
    assert set(STREAMS.values()) - set(recording.streams) == {STREAMS[name]}
    assert re.search(message, " ".join(problems))
    assert str(e4.parent) not in " ".join(problems)


def test_a_bad_line_costs_one_sample_and_moves_no_other(e4):
    lines = (e4 / "BVP.csv").read_bytes().splitlines()
    lines[10], lines[20] = b"gar\0bage", b""
    (e4 / "BVP.csv").write_bytes(b"\n".join(lines) + b"\n")
    recording, problems = read(e4)
    assert problems == [r"p01/BVP.csv line 11: 'gar\x00bage' is not a number; that sample is NaN (2 times)."]
    bvp = recording.streams["bvp"]
    assert np.flatnonzero(np.isnan(bvp.values[0])).tolist() == [8, 18]
    assert bvp.n_times == 128 and bvp.times_s[-1] == 127 / 64
    assert bvp.values[0, 19] == float(lines[21])


def test_beats_out_of_order_are_put_in_order(e4):
    (e4 / "IBI.csv").write_text(f"{START}, IBI\n2.0,0.8\n1.2,0.7\nx\n3.0,0.9\n")
    recording, problems = read(e4)
    assert recording.streams["ibi"].to_frame()["rr"].to_dict() == {1.2: 700.0, 2.0: 800.0, 3.0: 900.0}
    assert problems == [
        "p01/IBI.csv line 4: 'x' is not 2 numbers; it is left out (once).",
        "p01/IBI.csv: times go backwards (once); the beats are put in order.",
    ]


def test_a_tag_outside_the_recording_is_named_and_left_out(e4):
    (e4 / "tags.csv").write_text(f"{START + 1}\n{START - 43200}\nlate\n")
    recording, problems = read(e4)
    assert recording.meta["tags_s"] == [1.0]
    assert problems == [
        "p01/tags.csv line 3: 'late' is not a number; it is left out (once).",
        "p01/tags.csv line 2: the tag lies -43200 s from the start, outside the recording; left out (once).",
    ]


def test_no_tags_are_no_problem(e4):
    (e4 / "tags.csv").write_text("")
    assert read(e4)[1] == []
    (e4 / "tags.csv").unlink()
    recording, problems = read(e4)
    assert problems == [] and len(recording.events) == 0


def test_a_damaged_member_costs_its_stream(e4, tmp_path):
    path = tmp_path / "damaged.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in e4.iterdir():
            archive.write(file, file.name)
        offset = archive.getinfo("EDA.csv").header_offset
    content = bytearray(path.read_bytes())
    content[offset + 30 + len("EDA.csv") + 30] ^= 0xFF
    path.write_bytes(content)
    recording, problems = read(path)
    assert "eda" not in recording.streams and "bvp" in recording.streams
    assert problems[0].startswith("damaged.zip/EDA.csv is damaged in the archive (Bad CRC-32")


def test_paths_that_lead_out_of_an_archive_are_not_read(e4, tmp_path):
    path = tmp_path / "hostile.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../BVP.csv", "/BVP.csv", "a/b/BVP.csv", "..\\BVP.csv", ".hidden/BVP.csv"):
            archive.writestr(zipfile.ZipInfo(name), f"{START}\n64.0\n0.00\n")  # a ZipInfo keeps the name as it is
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UnreadableDataError, match="no Empatica sensor file in 'hostile.zip'"):
        read_empatica(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_files_above_the_cap_are_not_read_into_memory(e4, tmp_path, monkeypatch):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("BVP.csv", f"{START}\n64.0\n" + "0.00\n" * 500_000)
        archive.write(e4 / "EDA.csv", "EDA.csv")
    monkeypatch.setattr(container, "MAX_BYTES", 2**20)
    recording, problems = read(path)
    assert list(recording.streams) == ["eda"]
    assert "bomb.zip/BVP.csv is larger than 1 MiB; its stream is left out." in problems
    (e4 / "BVP.csv").write_bytes(b"0" * (2**20 + 1))
    assert "p01/BVP.csv is larger than 1 MiB; its stream is left out." in read(e4)[1]


def test_nothing_readable_is_an_error_that_names_the_folder(tmp_path):
    with pytest.raises(UnreadableDataError, match="'nowhere' does not exist"):
        read_empatica(tmp_path / "nowhere")
    with pytest.raises(
        UnreadableDataError, match=r"no Empatica sensor file in 'p01': expected BVP.csv, .*; found nothing"
    ):
        read_empatica(write(tmp_path / "p01", {}))
    with pytest.raises(UnreadableDataError, match="found 2 .jpg files, 1 .txt file"):
        read_empatica(write(tmp_path / "p02", {"a.jpg": b"", "b.JPG": b"", "notes.txt": b""}))
    with pytest.raises(UnreadableDataError, match=r"no sensor file in 'p03' can be read: .*p03/BVP.csv line 2"):
        read_empatica(write(tmp_path / "p03", {"BVP.csv": b"1650000000\n0\n1\n"}))
    (tmp_path / "text.zip").write_text("no archive")
    with pytest.raises(UnreadableDataError, match="'text.zip' cannot be read as a zip archive"):
        read_empatica(tmp_path / "text.zip")


def test_several_recordings_in_one_folder_are_not_mixed(tmp_path):
    for session in ("morning", "noon"):
        write(tmp_path / "p01" / session, e4_files())
    with pytest.raises(UnreadableDataError, match=r"'p01' holds 2 recordings \(morning, noon\)"):
        read_empatica(tmp_path / "p01")


def test_a_path_must_be_a_path():
    with pytest.raises(InvalidArgumentError, match="path=None must be the path"):
        read_empatica(None)
