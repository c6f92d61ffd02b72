"""Files of EEG: what MNE reads, at the channels' own rates and times, and one clear line for what is broken."""

import json
import shutil
import warnings

import mne
import numpy as np
import pandas as pd
import pytest
from fake_edf import tal, write_edf
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.io import savemat
from typer.testing import CliRunner

from physiofer.cli import app
from physiofer.datasets import read_corpus
from physiofer.exceptions import InvalidArgumentError, QualityWarning, UnreadableDataError
from physiofer.io import edf, read_edf
from physiofer.io.triggers import trigger_events

CMS = 1 << 20
BATTERY = 1 << 22


def told(path, **options):
    """The recording, and the text of every warning about it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        recording = read_edf(path, **options)
    assert all(issubclass(warning.category, QualityWarning) for warning in caught)
    return recording, [str(warning.message) for warning in caught]


def ramp(n, start=0):
    return np.arange(start, start + n)


# What MNE reads


@pytest.mark.parametrize(
    ("name", "reader", "n_events", "n_eeg"),
    [("bdf/test.bdf", "bdf", 1, 66), ("bdf/test_bdf_stim_channel.bdf", "bdf", 9, 3),
     ("eeg/eeglab_data.set", "eeglab", 154, 32)],
)  # fmt: skip
def test_real_files_are_read_as_by_mne(data_dir, name, reader, n_events, n_eeg):
    raw = getattr(mne.io, f"read_raw_{reader}")(data_dir / name, preload=True, verbose="error")
    recording, messages = told(data_dir / name)
    assert messages == [] and len(recording.events) == n_events
    assert recording.streams["eeg"].n_channels == n_eeg
    channels = {
        channel: (values, stream.rate)
        for stream in recording.streams.values()
        for channel, values in zip(stream.channels, stream.values, strict=True)
    }
    expected = [name for name, type_ in zip(raw.ch_names, raw.get_channel_types(), strict=True) if type_ != "stim"]
    assert sorted(channels) == sorted(expected)
    for channel in expected:
        assert channels[channel][1] == raw.info["sfreq"]
        assert_allclose(channels[channel][0], 1e6 * raw.get_data(picks=[channel])[0], rtol=1e-12)
    if reader == "bdf":
        events = mne.find_events(raw, shortest_event=1, mask=0xFFFF, mask_type="and", verbose="error")
        assert_allclose(recording.events["onset_s"], events[:, 0] / raw.info["sfreq"], atol=1e-12)
        assert recording.events["event"].tolist() == [str(code) for code in events[:, 2]]
        assert recording.meta["start_unix_s"] == raw.info["meas_date"].timestamp()
    else:
        assert_allclose(recording.events["onset_s"], raw.annotations.onset)
        assert recording.events["event"].value_counts().to_dict() == {"square": 80, "rt": 74}
        assert recording.events["trial"].is_unique


def test_every_channel_keeps_its_own_rate(tmp_path):
    path = write_edf(
        tmp_path / "p01.bdf",
        [("Cz", "uV", ramp(1024)), ("Resp", "uV", ramp(64)), ("O1", "uV", ramp(1024, 7)), ("Temp", "C", ramp(8, 30)),
         ("Status", "Boolean", np.repeat([CMS, CMS | 5, CMS, CMS | 9], 256))],
        n_records=4,
    )  # fmt: skip
    recording, messages = told(path)
    assert messages == []
    told_streams = {name: (s.channels, s.rate, s.unit, s.kind) for name, s in recording.streams.items()}
    assert told_streams == {
        "eeg": (("Cz", "O1"), 256.0, "uV", "eeg"),
        "respiration": (("Resp",), 16.0, "uV", "respiration"),
        "temperature": (("Temp",), 2.0, "degC", "temperature"),
    }
    assert_allclose(recording.streams["eeg"].values, [ramp(1024), ramp(1024, 7)], atol=1e-6)
    assert_allclose(recording.streams["respiration"].values[0], ramp(64), atol=1e-6)
    assert_allclose(recording.streams["temperature"].values[0], ramp(8, 30), atol=1e-6)
    assert recording.events[["onset_s", "event"]].values.tolist() == [[1.0, "5"], [3.0, "9"]]


def test_voltages_without_a_unit_are_taken_for_microvolts_and_told(tmp_path):
    channels = [("Cz", "", ramp(64)), ("O1", "uV", ramp(64)), ("Resp", "", ramp(64)), ("ECG", "", ramp(64))]
    recording, messages = told(write_edf(tmp_path / "p01.edf", channels, 1))
    assert messages == ["p01.edf: no unit is stated for Cz, ECG; taken for uV"]
    assert {name: (s.channels, s.unit) for name, s in recording.streams.items()} == {
        "eeg": (("Cz", "O1"), "uV"), "respiration": (("Resp",), ""), "ecg": (("ECG",), "uV"),
    }  # fmt: skip
    assert_allclose(recording.streams["eeg"].values, [ramp(64)] * 2)


def test_one_kind_at_two_rates_is_two_streams(tmp_path):
    path = write_edf(tmp_path / "p01.edf", [("C3", "uV", ramp(512)), ("C4", "uV", ramp(256))], n_records=2)
    streams = read_edf(path).streams
    assert {name: stream.rate for name, stream in streams.items()} == {"eeg": 256.0, "eeg_128Hz": 128.0}


def test_names_and_units_tell_the_kind(tmp_path):
    names = {
        "EEG Fpz-Cz": ("uV", "eeg", "uV"), "Fp1": ("uV", "eeg", "uV"), "EOG horizontal": ("uV", "eog", "uV"),
        "VEOG": ("mV", "eog", "uV"), "EMG1": ("uV", "emg", "uV"), "ECG": ("mV", "ecg", "uV"), "EXG3": ("uV", "", "uV"),
        "GSR1": ("nOhm", "eda", "nOhm"), "Plet": ("uV", "bvp", "uV"), "SaO2": ("%", "", "%"), "Oz": ("UV", "eeg", "uV"),
    }  # fmt: skip
    path = write_edf(tmp_path / "p01.bdf", [(name, unit, ramp(128)) for name, (unit, _, _) in names.items()], 1)
    recording = read_edf(path, kinds={"SaO2": "oxygen"})
    found = {
        c: (s.kind, s.unit, v[100])
        for s in recording.streams.values()
        for c, v in zip(s.channels, s.values, strict=True)
    }
    for name, (unit, kind, stream_unit) in names.items():
        expected = ("oxygen" if name == "SaO2" else kind, stream_unit)
        assert found[name][:2] == expected, name
        assert found[name][2] == pytest.approx(1e5 if unit == "mV" else 100.0), name


# Triggers


def naive_triggers(codes, mask):
    """Onsets and codes, sample by sample."""
    codes = [code & mask for code in codes]
    pulled_up = mask
    for code in codes:
        pulled_up &= code
    codes = [code & ~pulled_up for code in codes]
    kept = list(codes)
    for k in range(1, len(codes)):
        before, here, after = codes[k - 1], codes[k], codes[k + 1] if k + 1 < len(codes) else 0
        if here in (0, before) or here == after:
            continue
        if (before and here | before == before) or (after and here | after == after):
            kept[k] = None
    events, last = [], kept[0] if kept else 0
    for k, code in enumerate(kept):
        if code is None:
            continue
        if code != last and code != 0:
            events.append((k, code))
        last = code
    return events


@given(st.lists(st.sampled_from([0, 1, 2, 3, 7, CMS, CMS | 3, 0x8001, BATTERY]), max_size=40))
def test_triggers_match_naive(codes):
    onsets, found = trigger_events(codes)
    assert list(zip(onsets.tolist(), found.tolist(), strict=True)) == naive_triggers(codes, 0xFFFF)


@pytest.mark.parametrize(
    ("codes", "mask", "events"),
    [
        ([5, 5, 5, 0, 0], 0xFFFF, []),  # what a recording starts with is no event
        ([CMS, 0, CMS, CMS | BATTERY, 1 << 16], 0xFFFF, []),  # nor are CMS, battery and the epoch bit
        ([0xFF00, 0xFF04, 0xFF04, 0xFF00], 0xFFFF, [(1, 4)]),  # bits that are pulled up say nothing
        ([0, 0x0104, 0x0104, 0], 0xFF, [(1, 4)]),
        ([0, 3, 3, 5, 5, 1, 1, 0], 0xFFFF, [(1, 3), (3, 5), (5, 1)]),  # codes held until the next, falling ones too
        ([0, 0, 1, 5, 5, 4, 0], 0xFFFF, [(3, 5)]),  # bits that do not switch at once
        ([0, 4, 0, 4, 0], 0xFFFF, [(1, 4), (3, 4)]),  # pulses of one sample
        ([], 0xFFFF, []),
    ],
)
def test_triggers_hand_worked(codes, mask, events):
    onsets, found = trigger_events(codes, mask)
    assert list(zip(onsets.tolist(), found.tolist(), strict=True)) == events


# Time


def test_records_of_a_discontinuous_file_lie_at_their_own_times(tmp_path):
    tals = [tal(0.25) + tal(0.5, "look", duration_s=0.1), tal(1.25), tal(61.25) + tal(61.75, "away, far")]
    path = write_edf(tmp_path / "p01.edf", [("Cz", "uV", ramp(24))], 3, tals=tals, is_discontinuous=True)
    recording, messages = told(path)
    eeg = recording.streams["eeg"]
    assert messages == [] and eeg.rate == 8.0
    assert_allclose(eeg.times_s, np.concatenate([ramp(16) / 8, 61 + ramp(8) / 8]))
    assert eeg.gaps().values.tolist() == [[2.0, 61.0]]
    grid = eeg.on_grid().values[0]
    assert grid.size == 62 * 8 and np.isnan(grid[16:-8]).all() and grid[-8] == pytest.approx(16.0)
    assert recording.events[["onset_s", "duration_s", "event"]].values.tolist() == [
        [0.25, 0.1, "look"], [61.5, 0.0, "away, far"],
    ]  # fmt: skip
    assert recording.meta["start_unix_s"] % 60 == 30.25  # the clock of the header, and a quarter of a second


def test_annotations_are_those_mne_reads(tmp_path):
    tals = [tal(k) + tal(k + 0.125, "go", "left") + tal(k + 0.5, "fine", duration_s=0.25) for k in range(3)]
    path = write_edf(
        tmp_path / "p01.bdf", [("Cz", "uV", ramp(96)), ("Status", "", np.repeat([0, 4, 0], 32))], 3, tals=tals
    )
    theirs = mne.io.read_raw_bdf(path, verbose="error").annotations
    events = read_edf(path).events
    from_port = events["event"] == "4"
    assert events["onset_s"][from_port].tolist() == [1.0]
    assert_allclose(events["onset_s"][~from_port], theirs.onset)
    assert events["event"][~from_port].tolist() == theirs.description.tolist()


def test_samples_under_bad_annotations_are_nan(tmp_path):
    path = write_edf(
        tmp_path / "p01.bdf",
        [("Cz", "uV", ramp(96))],
        3,
        tals=[tal(0), tal(1) + tal(1, "bad jump", duration_s=0.5), tal(2)],
    )
    recording = read_edf(path)
    missing = np.isnan(recording.streams["eeg"].values[0])
    assert np.flatnonzero(missing).tolist() == list(range(32, 48))
    assert recording.meta["bad_spans_s"] == [[1.0, 1.5, "bad jump"]] and len(recording.events) == 0


def test_seams_are_gaps_and_no_events(tmp_path):
    tals = [tal(0), tal(1) + tal(1, "boundary", duration_s=0.5), tal(2) + tal(2, "look")]
    recording = read_edf(write_edf(tmp_path / "p01.edf", [("Cz", "uV", ramp(96))], 3, tals=tals))
    assert np.flatnonzero(np.isnan(recording.streams["eeg"].values[0])).tolist() == [32]
    assert recording.events["event"].tolist() == ["look"]


# What is broken


def good_file(folder, suffix=".bdf"):
    return write_edf(folder / f"p01{suffix}", [("Cz", "uV", ramp(256)), ("O1", "uV", ramp(256))], 4)


def test_a_file_that_ends_within_a_record(tmp_path):
    path = good_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(
        UnreadableDataError, match=r"^p01.bdf: is cut off: it ends within record 4; in Python, truncated=\"warn\""
    ):
        read_edf(path)
    recording, messages = told(path, truncated="warn")
    assert messages == ["p01.bdf: is cut off: it ends within record 4; the 3 whole records are read"]
    assert_allclose(recording.streams["eeg"].values, [ramp(192)] * 2, atol=1e-6)


def test_a_file_without_its_last_records(tmp_path):
    path = good_file(tmp_path, ".edf")
    path.write_bytes(path.read_bytes()[: -2 * 128])
    with pytest.raises(UnreadableDataError, match="p01.edf: is cut off: it holds 3 of 4 declared records"):
        read_edf(path)


def test_a_file_that_was_never_closed_is_read(tmp_path):
    path = write_edf(tmp_path / "p01.edf", [("Cz", "uV", ramp(64))], 2, declared=-1)
    recording, messages = told(path)
    assert recording.streams["eeg"].n_times == 64 and messages == [
        "p01.edf: was never closed; its 2 whole records are read"
    ]


def test_more_records_than_declared_are_read(tmp_path):
    path = write_edf(tmp_path / "p01.edf", [("Cz", "uV", ramp(64))], 4, declared=3)
    recording, messages = told(path)
    assert messages == ["p01.edf: holds 4 records, but declares 3; all are read"]
    assert_allclose(recording.streams["eeg"].values[0], ramp(64))


def _cut_header(path):
    path.write_bytes(good_file(path.parent).read_bytes()[:400])


def _no_record(path):
    path.write_bytes(good_file(path.parent).read_bytes()[:768])


def _with_header(start, text):
    """A maker of a good file but for some bytes of its header."""

    def make(path):
        content = bytearray(good_file(path.parent).read_bytes())
        content[start : start + len(text)] = text
        path.write_bytes(content)

    return make


def _edf_called_bdf(path):
    shutil.copy(good_file(path.parent, ".edf"), path)


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("p01.bdf", lambda path: path.write_bytes(b""), "p01.bdf: is empty."),
        ("p01.bdf", lambda path: path.write_text("time,Cz\n" * 99), "p01.bdf: does not start as an EDF or BDF file."),
        ("p01.edf", lambda path: path.write_bytes(b"\xffBIOSEMI"), "p01.edf: is cut off within its header."),
        ("p01.bdf", lambda path: path.write_bytes(b"\xffBIO"), "p01.bdf: does not start as an EDF or BDF file."),
        ("p01.bdf", _with_header(184, b"512     "),
         "p01.bdf: declares a header of 512 bytes, but that of 2 channels has 768."),
        ("p01.bdf", _cut_header, "p01.bdf: is cut off within its header."),
        ("p01.bdf", _no_record, "p01.bdf: holds not one whole record."),
        ("p01.bdf", _with_header(244, b"1e-9    "), "p01.bdf: declares 64 samples in 1e-09 s; no sensor is as fast."),
        ("p01.bdf", _with_header(244, b"-1      "), "p01.bdf: declares records of -1 s with 128 samples."),
        ("p01.bdf", _with_header(244, b"one     "), "p01.bdf: has 'one' for the length of a record in its header."),
        ("p01.bdf", _with_header(252, b"0   "), "p01.bdf: declares 0 channels in its header."),
        ("p01.bdf", _with_header(252, b"2.5 "), "p01.bdf: has '2.5' for the number of channels in its header."),
        ("p01.bdf", _with_header(192, b"BDF+D"), "p01.bdf: is discontinuous, but has no annotation channel .+"),
        ("p02.bdf", _edf_called_bdf, "p02.bdf: holds 16 bits a sample, as .bdf does not; rename it."),
        ("p01.set", lambda path: path.write_text("no matrix"), r"p01.set: cannot be read as SET \(.+\)\."),
        ("p01.fif", lambda path: path.write_bytes(b"\0" * 999), r"p01.fif: cannot be read as FIF \(.+\)\."),
        ("p01.cnt", lambda path: path.write_bytes(b"\1" * 99), r"p01.cnt: cannot be read as CNT \(.+\)\."),
        ("p01.cnt", lambda path: path.write_text("time,Cz\n1,2\n" * 500),
         r"p01.cnt: cannot be read as CNT \((?!.*(File|mne/|WARNING)).+\)\."),
        ("p01.fif", lambda path: shutil.copy(good_file(path.parent), path),
         r"p01.fif: cannot be read as FIF \((?!.*PosixPath).+\)\."),
        ("p01.gdf", lambda path: path.write_text("GDF 9"), r"p01.gdf: cannot be read as GDF \(.+\)\."),
        ("p01.txt", lambda path: path.write_text("1"), r"p01.txt: is no file of EEG by its ending; read are .+\."),
        ("p01.bdf", lambda path: path.mkdir(), "p01.bdf: is a folder; datasets.read_corpus reads folders."),
        ("p01.bdf", lambda path: None, "p01.bdf: there is no such file."),
    ],
)  # fmt: skip
def test_broken_files_are_one_line_without_a_path(tmp_path, name, make, message):
    make(tmp_path / name)
    with pytest.raises(UnreadableDataError, match=f"^{message}$") as caught:
        read_edf(tmp_path / name)
    assert str(tmp_path) not in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(edf, "read_edf_header", refuse)
    with pytest.raises(UnreadableDataError, match=r"^p01.bdf: cannot be read \(Permission denied\)\.$"):
        read_edf(good_file(tmp_path))


def test_a_set_without_its_samples_says_which_file_is_missing(data_dir, tmp_path):
    shutil.copy(data_dir / "eeg" / "eeglab_data.set", tmp_path / "p01.set")
    with pytest.raises(UnreadableDataError, match=r"^p01.set: its file eeglab_data\.fdt is missing\.$"):
        read_edf(tmp_path / "p01.set")
    samples = (data_dir / "eeg" / "eeglab_data.fdt").read_bytes()
    (tmp_path / "eeglab_data.fdt").write_bytes(samples[: len(samples) // 2])
    with pytest.raises(UnreadableDataError, match=r"its samples is cut off: it holds 488064 of 976128 values\)\.$"):
        read_edf(tmp_path / "p01.set")


def test_the_samples_of_a_set_are_where_it_says(data_dir, tmp_path):
    shutil.copy(data_dir / "eeg" / "eeglab_data.set", tmp_path / "s01.set")
    for name in ("s01.fdt", "other.fdt"):
        shutil.copy(data_dir / "eeg" / "eeglab_data.fdt", tmp_path / name)
    assert [path.name for path in edf.eeg_files(tmp_path / "s01.set")] == ["s01.set", "s01.fdt"]
    shutil.copy(data_dir / "eeg" / "eeglab_data.fdt", tmp_path / "eeglab_data.fdt")
    assert [path.name for path in edf.eeg_files(tmp_path / "s01.set")] == ["s01.set", "eeglab_data.fdt"]
    before = read_corpus(tmp_path)[0].fingerprint()
    (tmp_path / "eeglab_data.fdt").write_bytes(bytes(3904512))
    assert read_corpus(tmp_path)[0].fingerprint() != before
    savemat(tmp_path / "own.set", {"EEG": {"data": np.ones((2, 9)), "srate": 9.0}})
    assert [path.name for path in edf.eeg_files(tmp_path / "own.set")] == ["own.set"]
    (tmp_path / "new.set").write_bytes(b"MATLAB 7.3 MAT-file, and what only HDF5 reads")
    assert len(edf.eeg_files(tmp_path / "new.set")) == 4  # it does not say: any of the three may be its own


def test_records_that_do_not_say_when_they_start(tmp_path):
    path = write_edf(tmp_path / "p.edf", [("Cz", "uV", ramp(16))], 2, tals=[tal(0), tal(5, "x")], is_discontinuous=True)
    with pytest.raises(UnreadableDataError, match="p.edf: is discontinuous, but record 2 has no time"):
        read_edf(path)
    path = write_edf(tmp_path / "p.edf", [("Cz", "uV", ramp(16))], 2, tals=[tal(0), tal(0.5)], is_discontinuous=True)
    with pytest.raises(UnreadableDataError, match="p.edf: has records that overlap or go backwards"):
        read_edf(path)


def test_a_file_without_a_date_and_a_channel_without_samples(tmp_path):
    path = good_file(tmp_path)
    _with_header(168, b"--.--.--")(path)
    recording = read_edf(path)
    assert "start_unix_s" not in recording.meta and recording.streams["eeg"].n_channels == 2
    path = write_edf(tmp_path / "p02.edf", [("Cz", "uV", ramp(64)), ("none", "uV", [])], 2)
    recording, messages = told(path)
    assert recording.streams["eeg"].channels == ("Cz",)
    assert messages == ["p02.edf: channel 'none' has no samples; left out"]


def test_annotations_alone_are_a_recording_without_streams(tmp_path):
    path = write_edf(tmp_path / "p01.edf", [], 1, tals=[tal(0) + tal(3.5, "asleep", duration_s=30)], record_s=0)
    recording, messages = told(path)
    assert recording.streams == {} and messages == []
    assert recording.events[["onset_s", "duration_s", "event"]].values.tolist() == [[3.5, 30.0, "asleep"]]


def test_repeated_names_are_numbered_as_mne_does(tmp_path):
    path = write_edf(
        tmp_path / "p01.bdf", [("Cz", "uV", ramp(64)), ("Cz", "uV", ramp(64, 9)), ("Cz", "uV", ramp(16))], 2
    )
    recording, messages = told(path, kinds={"Cz-1": "eog"})
    assert recording.streams["eeg"].channels == ("Cz-0",) and recording.streams["eog"].channels == ("Cz-1",)
    assert_allclose(recording.streams["eog"].values[0], ramp(64, 9), atol=1e-6)
    assert messages == ["p01.bdf: a second channel 'Cz', of 8 Hz, is left out: the name is taken"]


def test_microvolts_that_were_written_as_volts_are_told(tmp_path, rng):
    path = write_edf(tmp_path / "p01.bdf", [("Cz", "V", rng.normal(0, 20, 512).round())], 1)
    _, messages = told(path)
    assert len(messages) == 1 and "microvolts seem to have been given to MNE as volts" in messages[0]


def test_arguments(tmp_path):
    path = good_file(tmp_path)
    with pytest.raises(InvalidArgumentError, match="kinds='Cx' must be one of Cz, O1"):
        read_edf(path, kinds={"Cx": "eog"})
    with pytest.raises(InvalidArgumentError, match="Did you mean eda"):
        read_edf(path, kinds={"Cz": "gsr"})
    with pytest.raises(InvalidArgumentError, match="truncated='no'"):
        read_edf(path, truncated="no")
    with pytest.raises(InvalidArgumentError, match="trigger_mask=0"):
        read_edf(path, trigger_mask=0)


def test_reading_is_quiet_and_changes_nothing_global(data_dir, capfd):
    mne.set_log_level("info")
    before = warnings.filters[:]
    read_edf(data_dir / "bdf" / "test.bdf")
    assert mne.get_config("MNE_LOGGING_LEVEL") is None or mne.get_config("MNE_LOGGING_LEVEL") == "info"
    assert mne.utils.logger.level == 20 and warnings.filters == before
    assert capfd.readouterr() == ("", "")
    mne.set_log_level("warning")


# Other files of MNE, and corpora


def test_fif_keeps_its_types(tmp_path, rng):
    info = mne.create_info(["Fz", "eye", "STI 014"], 100.0, ["eeg", "eog", "stim"])
    values = np.vstack([rng.normal(0, 1e-5, (2, 1000)), np.zeros(1000)])
    values[2, 300:320] = 7
    path = tmp_path / "p01_raw.fif"
    mne.io.RawArray(values, info, verbose="error").save(path, verbose="error")
    recording = read_edf(path)
    assert recording.subject == "p01_raw" and recording.streams["eog"].channels == ("eye",)
    assert_allclose(recording.streams["eeg"].values[0], 1e6 * values[0], rtol=1e-6)
    assert recording.events[["onset_s", "event"]].values.tolist() == [[3.0, "7"]]
    assert str(tmp_path) not in repr(recording.meta)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(UnreadableDataError, match=r"^p01_raw.fif: cannot be read as FIF \(.+\)\.$"):
        read_edf(path)


def test_the_parts_of_a_long_fif_are_one_recording(tmp_path, rng):
    raw = mne.io.RawArray(rng.normal(0, 1e-5, (40, 60_000)), mne.create_info(40, 1000.0, "eeg"), verbose="error")
    raw.save(tmp_path / "p01_raw.fif", split_size="5MB", buffer_size_sec=1, verbose="error")
    parts = sorted(path.name for path in tmp_path.iterdir())
    assert len(parts) > 1 and [path.name for path in edf.eeg_files(tmp_path / "p01_raw.fif")] == [
        "p01_raw.fif",
        *parts[:-1],
    ]
    corpus = read_corpus(tmp_path)
    assert [source.name for source in corpus] == ["p01_raw/1"]
    assert corpus[0].load().streams["eeg"].n_times == 60_000


def corpus_folder(folder):
    """Two people with a BDF file each, and one whose file is broken."""
    for k, subject in enumerate(("S2", "S10", "S11")):
        (folder / subject).mkdir()
        write_edf(folder / subject / "rest.bdf", [("Cz", "uV", ramp(256, k)), ("GSR1", "uS", ramp(64))], 8)
    (folder / "S11" / "rest.bdf").write_bytes(b"text")
    rows = [
        {"subject": s, "onset_s": on, "duration_s": 4, "valence": v}
        for s in ("S2", "S10")
        for on, v in ((0, 1), (4, 7))
    ]
    pd.DataFrame(rows).to_csv(folder / "labels.csv", index=False)
    return folder


def test_a_folder_of_people_is_a_corpus(tmp_path):
    folder = corpus_folder(tmp_path)
    corpus = read_corpus(folder, labels=folder / "labels.csv")
    assert corpus.origin["format"] == "eeg" and corpus.subjects == ["S2", "S10", "S11"]
    with pytest.warns(QualityWarning, match="S11/rest.bdf: does not start as an EDF or BDF file"):
        recordings = list(corpus.load_all())
    assert [r.subject for r in recordings] == ["S2", "S10"] and list(recordings[0].streams) == ["eeg", "eda"]
    assert recordings[1].events["valence"].tolist() == [1, 7]
    before = corpus[0].fingerprint()
    assert before == read_corpus(folder, labels=folder / "labels.csv")[0].fingerprint()
    write_edf(folder / "S2" / "rest.bdf", [("Cz", "uV", ramp(256, 3))], 8)
    assert corpus[0].fingerprint() != before


def test_a_bids_folder_and_files_beside_each_other(tmp_path):
    place = tmp_path / "bids" / "sub-01" / "ses-a" / "eeg"
    place.mkdir(parents=True)
    for run in (1, 2):
        write_edf(place / f"sub-01_ses-a_run-{run}_eeg.edf", [("Cz", "uV", ramp(64))], 2)
    assert [source.name for source in read_corpus(tmp_path / "bids")] == ["sub-01/ses-a_run-1", "sub-01/ses-a_run-2"]
    flat = tmp_path / "flat"
    flat.mkdir()
    for name in ("p2", "p10"):
        write_edf(flat / f"{name}.bdf", [("Cz", "uV", ramp(64))], 2)
    corpus = read_corpus(flat, kinds={"Cz": "eog"})
    assert corpus.subjects == ["p2", "p10"] and list(corpus[0].load().streams) == ["eog"]


def test_the_samples_of_a_set_decide_its_fingerprint(data_dir, tmp_path):
    for suffix in (".set", ".fdt"):
        shutil.copy(data_dir / "eeg" / f"eeglab_data{suffix}", tmp_path / f"eeglab_data{suffix}")
    corpus = read_corpus(tmp_path)
    before = corpus[0].fingerprint()
    samples = bytearray((tmp_path / "eeglab_data.fdt").read_bytes())
    samples[100] ^= 1
    (tmp_path / "eeglab_data.fdt").write_bytes(samples)
    assert len(corpus) == 1 and corpus[0].fingerprint() != before


def test_info_tells_of_a_file(tmp_path):
    path = good_file(tmp_path)
    told = CliRunner().invoke(app, ["info", str(path), "--json", str(tmp_path / "about.json")])
    assert told.exit_code == 0, told.output
    stream = json.loads((tmp_path / "about.json").read_text())["recordings"][0]["streams"][0]
    assert (stream["name"], stream["rate"], stream["n_channels"]) == ("eeg", 64.0, 2)
    path.write_bytes(b"")
    told = CliRunner().invoke(app, ["info", str(path)])
    assert told.exit_code == 3 and "p01.bdf: is empty." in told.stderr and str(tmp_path) not in told.stderr
