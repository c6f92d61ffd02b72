"""MNE objects in and out: units, types, clocks, gaps and events survive, and the object is left as it was."""

import copy
import datetime

import mne
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.io import from_epochs, from_raw
from physiofer.recording import Recording, Stream
from physiofer.windows import cut, make_windows

START = datetime.datetime(2021, 3, 2, 10, 20, 30, tzinfo=datetime.UTC)


def raw_of(rng, types, *, rate=100.0, seconds=10, first_samp=0, scale=1e-5):
    """A Raw with channels (name, type) of noise in MNE's units, stim channels silent."""
    names, kinds = zip(*types.items(), strict=True)
    values = rng.normal(0, scale, (len(names), int(rate * seconds)))
    values[[k for k, kind in enumerate(kinds) if kind == "stim"]] = 0
    info = mne.create_info(list(names), rate, list(kinds))
    return mne.io.RawArray(values, info, first_samp=first_samp, verbose="error")


def test_types_become_kinds_and_units_ours(rng):
    types = {"Fz": "eeg", "Cz": "eeg", "eye": "eog", "chest": "ecg", "chin": "emg", "hand": "gsr", "belt": "resp",
             "skin": "temperature", "PPG": "misc", "Pleth": "bio", "wheel": "misc"}  # fmt: skip
    raw = raw_of(rng, types)
    before = raw.get_data()
    recording = from_raw(raw, subject="p01", session="2", kinds={"eye": "eye tracker"})
    told = {name: (s.channels, s.kind, s.unit) for name, s in recording.streams.items()}
    assert recording.name == "p01/2" and told == {
        "eeg": (("Fz", "Cz"), "eeg", "uV"),
        "eye tracker": (("eye",), "eye tracker", "uV"),
        "ecg": (("chest",), "ecg", "uV"),
        "emg": (("chin",), "emg", "uV"),
        "eda": (("hand",), "eda", "uS"),
        "respiration": (("belt",), "respiration", "uV"),
        "temperature": (("skin",), "temperature", "degC"),
        "PPG": (("PPG",), "bvp", ""),
        "Pleth": (("Pleth",), "bvp", "uV"),
        "other": (("wheel",), "", ""),
    }
    assert_allclose(recording.streams["eeg"].values, 1e6 * before[:2])
    assert_allclose(recording.streams["temperature"].values[0], before[7])
    assert_array_equal(raw.get_data(), before)
    assert all(stream.rate == 100.0 and stream.start_s == 0.0 for stream in recording.streams.values())


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("first_samp", [0, 250])
def test_second_zero_is_the_first_sample_whatever_mne_counts_from(rng, dated, first_samp):
    raw = raw_of(rng, {"Fz": "eeg", "Cz": "eeg"}, first_samp=first_samp)
    if dated:
        raw.set_meas_date(START)
    orig = START + datetime.timedelta(seconds=first_samp / 100) if dated else None
    raw.set_annotations(mne.Annotations([1.0, 4.0], [0.5, 0.0], ["BAD_jump", "look"], orig_time=orig), verbose="error")
    recording = from_raw(raw)
    missing = np.isnan(recording.streams["eeg"].values).all(axis=0)
    assert np.flatnonzero(missing).tolist() == list(range(100, 150))
    assert recording.events[["onset_s", "event"]].values.tolist() == [[4.0, "look"]]
    assert_allclose(recording.meta["bad_spans_s"][0][:2], [1.0, 1.5])
    start = recording.meta.get("start_unix_s")
    assert start == (START.timestamp() + first_samp / 100 if dated else None)


def test_a_bad_span_of_some_channels_is_theirs_alone(rng):
    raw = raw_of(rng, {"Fz": "eeg", "Cz": "eeg", "Oz": "eeg"})
    raw.set_annotations(mne.Annotations([2.0], [1.0], ["bad"], ch_names=[["Cz"]]), verbose="error")
    raw.info["bads"] = ["Oz"]
    recording = from_raw(raw)
    assert np.isnan(recording.streams["eeg"].values).sum(axis=1).tolist() == [0, 100, 0]
    assert recording.meta["bad_channels"] == ["Oz"]


def test_joined_parts_have_a_gap_between_them_and_no_event(rng):
    one, two = (raw_of(rng, {"Fz": "eeg", "Cz": "eeg"}) for _ in range(2))
    raw = mne.concatenate_raws([one, two], verbose="error")
    raw.annotations.append(5.0, 60.0, "boundary")  # EEGLAB's: the duration is that of what was cut out
    raw.annotations.append(7.0, 0.0, "look at the boundary")
    recording = from_raw(raw)
    missing = np.isnan(recording.streams["eeg"].values)
    assert np.flatnonzero(missing[0]).tolist() == [500, 1000] and (missing[0] == missing[1]).all()
    assert recording.events["event"].tolist() == ["look at the boundary"]
    raw = raw.copy().crop(10.0)  # the seam is now the start
    assert np.isfinite(from_raw(raw).streams["eeg"].values).all()


def test_trigger_codes_and_annotations_are_events_once(rng):
    raw = raw_of(rng, {"Fz": "eeg", "STI 001": "stim", "STI 014": "stim"})
    data = raw.get_data()
    data[1:, 200:210], data[2, 500:510], data[2, 700:] = 1, 3, 1 << 20
    raw = mne.io.RawArray(data, raw.info, verbose="error")
    raw.set_annotations(mne.Annotations([5.005, 8.0], [1.0, 0.0], ["film", "film"]))
    events = from_raw(raw).events
    assert events.values.tolist() == [
        [2.0, 0.0, "1-1", "1"], [5.005, 1.0, "film-1", "film"], [8.0, 0.0, "film-2", "film"],
    ]  # fmt: skip
    assert from_raw(raw, trigger_mask=1 << 20).events["onset_s"].tolist() == [5.005, 7.0, 8.0]


def test_microvolts_given_to_mne_as_volts_are_told(rng):
    with pytest.warns(QualityWarning, match="p01/1: eeg: .* microvolts seem to have been given to MNE as volts"):
        recording = from_raw(raw_of(rng, {"Fz": "eeg"}, scale=20.0), subject="p01")
    assert len(recording.meta["problems"]) == 1


def test_a_raw_without_channels_of_signal_or_of_one_sample(rng):
    recording = from_raw(raw_of(rng, {"STI 014": "stim"}))
    assert recording.streams == {} and len(recording.events) == 0
    one = from_raw(mne.io.RawArray([[1e-6]], mne.create_info(["Fz"], 100.0, "eeg"), verbose="error"))
    assert one.streams["eeg"].values.tolist() == [[1.0]]


def epochs_of(rng, n=6, **options):
    info = mne.create_info(["Fz", "Cz", "eye"], 128.0, ["eeg", "eeg", "eog"])
    events = np.column_stack([np.arange(n) * 200, np.zeros(n, int), np.arange(n) % 2 + 1])
    values = rng.normal(0, 1e-5, (n, 3, 129))
    return values, mne.EpochsArray(values, info, events, event_id={"sad": 1, "glad": 2}, verbose="error", **options)


def test_epochs_become_windows_in_microvolts(rng):
    values, epochs = epochs_of(rng)
    windows, labels, channels, rate = from_epochs(epochs)
    assert_allclose(windows, 1e6 * values[:, :2])
    assert labels.tolist() == ["sad", "glad"] * 3 and channels == ("Fz", "Cz") and rate == 128.0
    assert_array_equal(epochs.get_data(), values)
    assert_allclose(from_epochs(epochs, kind="eog").windows[:, 0], 1e6 * values[:, 2])
    epochs.info["bads"] = ["Fz"]
    assert from_epochs(epochs["glad"]).windows.shape == (3, 1, 129)
    assert from_epochs(epochs[:0]).windows.shape == (0, 1, 129)


def test_epochs_not_yet_loaded_are_those_that_are_kept(rng):
    raw = raw_of(rng, {"Fz": "eeg"})
    data = raw.get_data()
    data[0, 450] = 1.0
    raw = mne.io.RawArray(data, raw.info, verbose="error")
    events = np.array([[200, 0, 1], [400, 0, 2], [600, 0, 3]])
    epochs = mne.Epochs(raw, events, tmin=0, tmax=0.99, baseline=None, reject={"eeg": 1e-3}, verbose="error")
    taken = from_epochs(epochs)
    assert taken.windows.shape == (2, 1, 100) and taken.labels.tolist() == ["1", "3"]
    assert_allclose(taken.windows[1, 0], 1e6 * data[0, 600:700])


def test_epochs_in_microvolts_are_told(rng):
    info = mne.create_info(["Fz"], 128.0, "eeg")
    with pytest.warns(QualityWarning, match="epochs: .* microvolts seem to have been given to MNE as volts"):
        from_epochs(mne.EpochsArray(rng.normal(0, 20, (2, 1, 128)), info, verbose="error"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda raw, epochs: from_raw(epochs),
            "raw is a EpochsArray; it must be an mne.io.Raw; give it to from_epochs",
        ),
        (lambda raw, epochs: from_raw(raw.get_data()), r"raw is a ndarray; it must be an mne.io.Raw\."),
        (lambda raw, epochs: from_epochs(raw), "it must be mne.Epochs; give it to from_raw"),
        (lambda raw, epochs: from_epochs(epochs, kind="ecg"), "kind='ecg' must be one of eeg, eog"),
        (lambda raw, epochs: from_raw(raw, kinds={"Fx": "eog"}), "kinds='Fx' must be one of Fz"),
        (lambda raw, epochs: from_raw(raw, kinds=["eog"]), "must be a dict by channel name"),
        (lambda raw, epochs: from_raw(raw, trigger_mask=-1), "trigger_mask=-1"),
    ],
)
def test_arguments(rng, call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call(raw_of(rng, {"Fz": "eeg"}), epochs_of(rng)[1])


def test_all_channels_bad_leaves_no_windows(rng):
    _, epochs = epochs_of(rng)
    epochs.info["bads"] = ["Fz", "Cz"]
    with pytest.raises(InvalidArgumentError, match="no channel of type 'eeg' that is not marked bad"):
        from_epochs(epochs)


# And out


def recording_of(rng, **meta):
    eeg = Stream.regular(rng.normal(0, 10, (2, 400)), 100.0, start_s=1.0, channels=["Fz", "Cz"], unit="uV", kind="eeg")
    eeg.values[:, 100:150] = np.nan
    eda = Stream.regular(rng.uniform(1, 2, 400), 100.0, start_s=1.0, channels=["Fz"], unit="uS", kind="eda")
    slow = Stream.regular(np.ones(16), 4.0, unit="degC", kind="temperature")
    pulse = Stream.regular(np.ones(400), 100.0, start_s=1.0, channels=["ppg"], unit="a.u.", kind="bvp")
    beats = Stream([800.0], [2.0], 0.0, ["rr"], "ms", "rr")
    events = pd.DataFrame({"onset_s": [1.5, 0.2], "duration_s": [1.0, 0.0], "trial": ["a", "b"], "mood": [1, 2]})
    streams = {"slow": slow, "beats": beats, "eeg": eeg, "eda": eda, "pulse": pulse}
    return Recording("p01", "1", streams, events, meta)


def test_a_recording_becomes_one_raw_of_the_streams_on_the_grid_of_its_eeg(rng):
    recording = recording_of(rng, start_unix_s=START.timestamp(), bad_channels=["Cz", "gone"])
    raw = recording.to_mne()
    assert raw.ch_names == ["eeg Fz", "Cz", "eda Fz", "ppg"] and raw.get_channel_types() == ["eeg", "eeg", "gsr", "bio"]
    assert raw.info["bads"] == ["Cz"] and raw.info["sfreq"] == 100.0
    assert raw.info["meas_date"] == START + datetime.timedelta(seconds=1)
    assert_allclose(raw.get_data(picks=[0])[0], 1e-6 * recording.streams["eeg"].values[0])
    told = list(zip(raw.annotations.onset, raw.annotations.duration, raw.annotations.description, strict=True))
    assert told == [(0.5, 1.0, "a"), (1.0, 0.5, "BAD_gap")]  # event b lies before the first sample
    assert raw.annotations.ch_names.tolist() == [(), ("eeg Fz", "Cz")]
    assert recording.to_mne("slow").get_channel_types() == ["temperature"]


def test_there_and_back(rng):
    recording = recording_of(rng, start_unix_s=START.timestamp())
    back = from_raw(recording.to_mne(["eeg", "pulse"]), subject="p01")
    eeg = recording.streams["eeg"]
    assert back.streams["eeg"].channels == ("Fz", "Cz") and back.streams["eeg"].unit == "uV"
    assert_allclose(back.streams["eeg"].values, eeg.values)
    assert_allclose(back.streams["bvp"].values, 1.0)
    assert back.streams["bvp"].unit == ""
    assert_allclose(back.meta["start_unix_s"], START.timestamp() + 1.0)
    assert back.events[["onset_s", "duration_s", "event"]].values.tolist() == [[0.5, 1.0, "a"]]


@pytest.mark.parametrize(("unit", "scale"), [("", 1e-6), ("nV", 1e-9), ("uV", 1e-6), ("mV", 1e-3), ("V", 1.0)])
def test_voltages_are_volts_in_mne_whatever_their_unit(unit, scale):
    for kind in ("eeg", "eog", "ecg", "emg"):
        raw = Stream.regular([[2.0, 3.0]], 4.0, unit=unit, kind=kind).to_mne()
        assert_allclose(raw.get_data()[0], [2.0 * scale, 3.0 * scale])
        assert int(raw.info["chs"][0]["unit"]) == 107
    with pytest.raises(InvalidArgumentError, match=r"unit='a.u.' of Cz \(eeg\) must be V, mV, uV or nV"):
        Stream.regular([[2.0, 3.0]], 4.0, channels=["Cz"], unit="a.u.", kind="eeg").to_mne()


def test_a_stream_is_dated_by_the_second_zero_of_its_recording(rng):
    raw = recording_of(rng).streams["eeg"].to_mne(start_unix_s=START.timestamp() + 0.25)
    assert raw.info["meas_date"] == START + datetime.timedelta(seconds=1.25)
    assert raw.annotations.onset.tolist() == [1.0] and recording_of(rng).to_mne().info["meas_date"] is None
    with pytest.raises(InvalidArgumentError, match="start_unix_s="):
        recording_of(rng).streams["eeg"].to_mne(start_unix_s="now")


@pytest.mark.parametrize(
    ("streams", "message"),
    [
        ("ecg", r"streams=\['ecg'\] must name streams of p01/1; it has slow, beats, eeg"),
        ([], "must name streams"),
        (["eeg", "slow"], "streams 'eeg' and 'slow' do not share rate, start and length"),
        (["beats"], "has rate=0"),
    ],
)
def test_streams_that_make_no_raw(rng, streams, message):
    with pytest.raises(InvalidArgumentError, match=message):
        recording_of(rng).to_mne(streams)
    with pytest.raises(InvalidArgumentError, match="p02/1 has no stream with samples at a rate"):
        Recording("p02").to_mne()


def test_a_recording_from_mne_is_windowed_like_any_other(rng):
    raw = raw_of(rng, {"Fz": "eeg", "Cz": "eeg"})
    raw.set_annotations(mne.Annotations([1.0, 5.0], [3.0, 3.0], ["sad", "glad"]))
    recording = copy.deepcopy(from_raw(raw, subject="p01"))
    table = make_windows(recording, window_s=1.0, step_s=1.0, targets=["event"])
    assert table["event"].tolist() == ["sad"] * 3 + ["glad"] * 3
    assert cut(recording.streams["eeg"], table["start_s"], 1.0).shape == (6, 2, 100)
