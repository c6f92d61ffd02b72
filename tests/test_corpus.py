"""Corpora: a folder of people becomes sources in order; what is broken is said and stops no other."""

import json
import pickle
import re
import shutil
import warnings
import zipfile

import numpy as np
import pandas as pd
import pytest
from fake_corpus import write_empatica_corpus
from numpy.testing import assert_array_equal

from physiofer.datasets import Corpus, FileSource, InMemorySource, RecordingSource, read_corpus
from physiofer.datasets.layouts import FORMATS, CorpusFormat, Found
from physiofer.exceptions import InvalidArgumentError, QualityWarning, UnreadableDataError
from physiofer.recording import Recording, Stream

START = 1650000000
pytestmark = pytest.mark.filterwarnings("ignore:.*missing; the recording has no such streams:UserWarning")


def write_e4(folder, values=(0.1, 0.2, 0.3, 0.4) * 10):
    """A small E4 recording of skin conductance only."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{value:.6f}\n" for value in values)
    (folder / "EDA.csv").write_text(f"{START}.000000\n4.000000\n{rows}")
    return folder


def write_zip(path, *folders):
    with zipfile.ZipFile(path, "w") as archive:
        for folder in folders:
            archive.write(folder / "EDA.csv", f"{folder.name}/EDA.csv")


def names(corpus):
    return [source.name for source in corpus]


def labels_of(*subjects, **columns):
    table = {"start_unix_s": START, "stop_unix_s": START + 5, "stress": 1, **columns}
    return pd.DataFrame({"subject": subjects, **table})


@pytest.fixture
def people(tmp_path):
    """A folder of E4 folders p01, p02, p10, with the usual strangers beside them."""
    folder = tmp_path / "people"
    for subject in ("p10", "p02", "p01"):
        write_e4(folder / subject)
    for name in ("README.md", ".DS_Store", "LICENSE", "notes.txt"):
        (folder / name).write_text("a,b\n1,2\n")
    (folder / "__MACOSX").mkdir()
    return folder


# Sequence and sources


def test_a_corpus_is_a_sequence_of_sources():
    recordings = [Recording("p02"), Recording("p01", session="b"), Recording("p01", session="a")]
    corpus = Corpus.from_recordings(recordings, name="mine")
    assert len(corpus) == 3 and corpus[1] in corpus and names(corpus) == ["p02/1", "p01/b", "p01/a"]
    assert corpus.subjects == ["p02", "p01"] and corpus[0].load() is recordings[0]
    assert names(corpus[:2]) == ["p02/1", "p01/b"]
    assert repr(corpus) == "<Corpus mine: 3 recordings of 2 subjects>"
    assert json.loads(json.dumps(corpus.describe()))["n_subjects"] == 2


def test_a_corpus_refuses_what_it_cannot_tell_apart():
    with pytest.raises(InvalidArgumentError, match="'p01/1' more than once"):
        Corpus.from_recordings([Recording("p01"), Recording("p01")])
    with pytest.raises(InvalidArgumentError, match="holds a Recording; it must be a RecordingSource"):
        Corpus([Recording("p01")])
    with pytest.raises(InvalidArgumentError, match="recording is a str"):
        InMemorySource("p01")


def test_a_source_must_say_how_to_load():
    with pytest.raises(TypeError, match="abstract"):
        RecordingSource()


@pytest.mark.parametrize("change", ["subject", "value", "time", "rate", "unit", "event", "label", "meta"])
def test_every_change_to_a_recording_changes_its_fingerprint(change):
    def make(**new):
        given = {
            "subject": "p01",
            "value": 1.0,
            "time": 0.0,
            "rate": 4.0,
            "unit": "uS",
            "event": 0.0,
            "label": 0,
            "meta": 1,
        }
        given.update(new)
        events = pd.DataFrame({"onset_s": [given["event"]], "duration_s": 1.0, "trial": "1", "stress": given["label"]})
        eda = Stream([given["value"], 2.0], [given["time"], 1.0], given["rate"], ["eda"], given["unit"], "eda")
        return InMemorySource(
            Recording(given["subject"], "1", {"eda": eda}, events, {"x": given["meta"]})
        ).fingerprint()

    assert make() == make() != make(**{change: "p02" if change in ("subject", "unit") else 0.5})
    assert re.fullmatch("[0-9a-f]{32}", make())


# Layouts on disk


def test_folders_are_subjects_in_natural_order(people):
    (people / "p2").mkdir()
    write_e4(people / "p2")
    for format in ("auto", "empatica"):
        corpus = read_corpus(people, format=format)
        assert corpus.subjects == ["p01", "p02", "p2", "p10"] and corpus.errors == corpus.notes == []
        assert corpus.name == "people" and corpus.origin == {"format": "empatica", "options": {}, "labels": None}
    recording = corpus[0].load()
    assert recording.name == "p01/1"
    assert_array_equal(recording.streams["eda"].values[0, :4], [0.1, 0.2, 0.3, 0.4])


def test_archives_and_nested_sessions(tmp_path):
    folder = tmp_path / "people"
    a, b = write_e4(folder / "p01" / "a"), write_e4(folder / "p01" / "b")
    write_zip(folder / "p01" / "a.zip", a)  # the archive that folder a came from
    write_zip(folder / "p01" / "c.zip", b)
    write_zip(folder / "1650000000_A00ABC.zip", a)
    write_zip(folder / "p03.zip", a, b)
    corpus = read_corpus(folder)
    assert names(corpus) == ["1650000000_A00ABC/1", "p01/a", "p01/b", "p01/c", "p03/1"]
    assert [source.shown_as[0] for source in corpus][1:4] == ["p01/a", "p01/b", "p01/c.zip"]
    for source in corpus[:4]:
        assert source.load().name == source.name
    with pytest.raises(UnreadableDataError, match="'p03.zip' holds 2 recordings"):
        corpus[4].load()


def test_a_single_recording_is_a_corpus_of_one(tmp_path):
    folder = write_e4(tmp_path / "p07")
    write_zip(tmp_path / "p08.zip", folder)
    (tmp_path / "p09.csv").write_text("ecg\n1\n2\n")
    for path in (folder, tmp_path / "p08.zip", tmp_path / "p09.csv"):
        corpus = read_corpus(path, **({"rate": 4.0} if path.suffix == ".csv" else {}))
        assert names(corpus) == [f"{path.stem}/1"] and corpus[0].load().subject == path.stem


def test_tables_are_subjects(tmp_path):
    for name in ("p10.csv", "p9.tsv", "p01/rest.csv", "p01/task.csv", "p02/x.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("ecg\n1\n2\n")
    for name in ("README.csv", "labels.csv", "participants.tsv", "truth.csv"):
        (tmp_path / name).write_text("subject,start_s,stop_s,stress\np9,0,1,1\np02,0,1,1\n")
    corpus = read_corpus(tmp_path, rate=2.0, labels=tmp_path / "truth.csv", subjects=["p9", "p02", "p10"])
    assert names(corpus) == ["p02/1", "p9/1", "p10/1"]
    assert corpus[0].load().events["stress"].tolist() == [1]
    assert corpus.notes == ["truth.csv has no labels for 'p10'; they are read but give no labelled window."]
    corpus = read_corpus(tmp_path, format="tabular", rate=2.0, subjects="p01")
    assert names(corpus) == ["p01/rest", "p01/task"]


def test_a_bids_folder(tmp_path):
    for run, recording, rate in ((1, "cardiac", 50), (1, "eye", 25), (2, "cardiac", 50)):
        folder = tmp_path / "sub-01" / "func"
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"sub-01_task-rest_run-{run}_recording-{recording}_physio"
        (folder / f"{stem}.tsv").write_text("1\n2\n")
        about = {"SamplingFrequency": rate, "StartTime": 0, "Columns": [recording]}
        (folder / f"{stem}.json").write_text(json.dumps(about))
    (tmp_path / "participants.tsv").write_text("participant_id\nsub-01\n")
    corpus = read_corpus(tmp_path)
    assert names(corpus) == ["sub-01/task-rest_run-1", "sub-01/task-rest_run-2"]
    recording = corpus[0].load()
    assert {name: stream.rate for name, stream in recording.streams.items()} == {"cardiac": 50.0, "eye": 25.0}
    before = corpus[0].fingerprint()
    about["Columns"] = ["respiratory"]
    (folder / "sub-01_task-rest_run-1_recording-eye_physio.json").write_text(json.dumps(about))
    assert corpus[0].fingerprint() != before  # the metadata decide what is read


def test_a_format_can_be_added(tmp_path, monkeypatch):
    (tmp_path / "p01.dat").write_bytes(b"\x01\x02")

    def find(path, ignored):
        return [Found(file.stem, "1", (file,), (file.name,)) for file in sorted(path.glob("*.dat"))], []

    def read(paths, shown_as, subject, session, rate=1.0):
        eda = Stream.regular(list(paths[0].read_bytes()), rate)
        return Recording(subject, session, {"eda": eda})

    mine = CorpusFormat("mine", "my", ".dat files", find, read, lambda path: [(path.name, path)], options=("rate",))
    monkeypatch.setitem(FORMATS, "mine", mine)
    for format in ("auto", "mine"):
        assert read_corpus(tmp_path, format=format, rate=4.0)[0].load().streams["eda"].values.tolist() == [[1.0, 2.0]]


# Loading


def test_sources_are_small_and_picklable(people):
    source = read_corpus(people, labels=labels_of("p01"))[0]
    assert isinstance(source, FileSource) and len(pickle.dumps(source)) < 4000
    again = pickle.loads(pickle.dumps(source))  # noqa: S301
    assert again.fingerprint() == source.fingerprint()
    assert again.load().events.equals(source.load().events) and len(again.load().events) == 1


def test_a_broken_subject_is_reported_and_stops_no_other(people):
    (people / "p02" / "EDA.csv").write_text(f"{START}\n0\n1\n")
    (people / "p03").mkdir()
    (people / "p04.zip").write_text("no archive")
    corpus = read_corpus(people)
    assert corpus.subjects == ["p01", "p02", "p04", "p10"]
    assert corpus.errors == ["p03: no Empatica sensor file in it; found nothing."]
    for _ in range(2):
        with pytest.warns(QualityWarning, match="p02/1: no sensor file in 'p02' can be read: .*It is left out"):
            assert [recording.subject for recording in corpus.load_all()] == ["p01", "p10"]
    assert [error.split(":")[0] for error in corpus.errors] == ["p03", "p02/1", "p04/1"]
    assert "'p04.zip' cannot be read as a zip archive" in corpus.errors[2]
    assert str(people) not in " ".join(corpus.errors)


def test_two_recordings_of_one_name_are_reported(people):
    write_zip(people / "p01.zip", people / "p01")
    corpus = read_corpus(people)
    assert corpus.subjects == ["p01", "p02", "p10"]
    assert corpus.errors == ["p01.zip: a second recording p01/1; left out."]


def test_messages_name_files_by_their_path_in_the_corpus(people):
    write_e4(people / "p03" / "morning")
    (people / "p03" / "morning" / "TEMP.csv").write_text("x")
    source = read_corpus(people, subjects=["p03"])[0]
    with pytest.warns(QualityWarning, match=r"^p03/morning/TEMP.csv line 1: "):
        source.load()


# Fingerprints


def test_a_fingerprint_follows_content_and_nothing_else(people, tmp_path):
    corpus = read_corpus(people, labels=labels_of("p01", "p02"))
    first, second = corpus[0].fingerprint(), corpus[1].fingerprint()
    assert re.fullmatch("[0-9a-f]{32}", first) and first != second  # equal files, other subject
    moved = shutil.copytree(people, tmp_path / "moved")
    again = read_corpus(moved, labels=labels_of("p01", "p02"))
    assert again[0].fingerprint() == first
    (moved / "p01" / "info.txt").write_text("decides nothing")
    assert again[0].fingerprint() == first
    content = (moved / "p01" / "EDA.csv").read_text()
    (moved / "p01" / "EDA.csv").write_text(content.replace("0.400000", "0.400001", 1))
    assert again[0].fingerprint() != first
    (moved / "p01" / "EDA.csv").write_text(content)
    assert again[0].fingerprint() == first
    (moved / "p01" / "tags.csv").write_text(f"{START + 1}\n")
    assert again[0].fingerprint() != first


def test_a_fingerprint_follows_the_subjects_labels_only(people):
    def fingerprints(stress):
        return [source.fingerprint() for source in read_corpus(people, labels=labels_of("p01", "p02", stress=stress))]

    before, after = fingerprints([0, 1]), fingerprints([0, 0])
    assert before[0] == after[0] and before[1] != after[1] and before[2] == after[2]
    assert fingerprints([0.0, 1.0])[0] != before[0]  # another type is another label
    assert read_corpus(people)[0].fingerprint() not in before


def test_a_fingerprint_follows_the_options(tmp_path):
    (tmp_path / "p01.csv").write_text("ecg\n1\n2\n")
    one, other = (read_corpus(tmp_path, rate=rate)[0].fingerprint() for rate in (1.0, 2.0))
    assert one != other


def test_a_fingerprint_of_a_lost_file_is_an_error(tmp_path):
    (tmp_path / "p01.csv").write_text("ecg\n1\n2\n")
    source = read_corpus(tmp_path, rate=1.0)[0]
    (tmp_path / "p01.csv").unlink()
    with pytest.raises(UnreadableDataError, match="p01.csv cannot be read"):
        source.fingerprint()


# Labels


def test_labels_from_a_file_in_the_corpus(people):
    labels_of("p01", "p02", "p99").to_csv(people / "truth.csv", index=False)
    corpus = read_corpus(people, labels=people / "truth.csv")
    assert corpus.origin["labels"] == "truth.csv"
    assert corpus.notes == [
        "truth.csv has no labels for 'p10'; they are read but give no labelled window.",
        "truth.csv also has labels for 'p99', whose recordings are not here.",
    ]
    assert corpus[0].load().events.values.tolist() == [[0.0, 5.0, "1", 1]]
    with pytest.warns(QualityWarning, match="p10/1: truth.csv has no labels for it"):
        assert len(corpus[2].load().events) == 0


def test_unix_labels_find_their_session_by_time(tmp_path):
    for session, offset in (("a", 0), ("b", 1000)):
        folder = write_e4(tmp_path / "p01" / session)
        text = (folder / "EDA.csv").read_text()
        (folder / "EDA.csv").write_text(text.replace(str(START), str(START + offset)))
    table = labels_of(
        "p01", "p01", start_unix_s=[START, START + 1000], stop_unix_s=[START + 5, START + 1005], stress=[0, 1]
    )
    corpus = read_corpus(tmp_path, labels=table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*missing; the recording")
        assert [source.load().events["stress"].tolist() for source in corpus] == [[0], [1]]


def test_labels_of_other_people_are_refused(people):
    with pytest.raises(UnreadableDataError) as caught:
        read_corpus(people, labels=labels_of("P01", "P02", "P03", "P04", "P05"))
    assert str(caught.value) == (
        "the label table labels none of these subjects: it knows 'P01', 'P02', 'P03', 'P04', … (5 in all), the corpus "
        "holds 'p01', 'p02', 'p10'; they must be spelt the same."
    )
    with pytest.raises(
        UnreadableDataError, match="labels none of these sessions: it knows 'p01/2', the corpus holds 'p01/1'"
    ):
        read_corpus(people, labels=labels_of("p01", session="2"))


def test_relative_labels_need_to_tell_sessions_apart(tmp_path):
    write_e4(tmp_path / "p01" / "a")
    write_e4(tmp_path / "p01" / "b")
    table = pd.DataFrame({"subject": "p01", "start_s": 0, "stop_s": 5, "stress": [1]})
    with pytest.raises(UnreadableDataError, match="subject 'p01' has several; add a column 'session'"):
        read_corpus(tmp_path, labels=table)
    corpus = read_corpus(tmp_path, labels=table.assign(session="b"))
    assert corpus[1].load().events["stress"].tolist() == [1]


# Failures, by their messages


def test_folders_that_are_no_corpus(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "images").mkdir()
    for k in range(12):
        (tmp_path / "images" / f"{k}.jpg").write_bytes(b"")
    with pytest.raises(UnreadableDataError, match="nowhere' does not exist"):
        read_corpus(tmp_path / "nowhere")
    with pytest.raises(UnreadableDataError, match=r"^no recordings found in 'empty': expected .*; found nothing\.$"):
        read_corpus(tmp_path / "empty")
    with pytest.raises(UnreadableDataError) as caught:
        read_corpus(tmp_path / "images", format="empatica")
    assert str(caught.value) == (
        "no Empatica recordings found in 'images': expected folders or zip archives with BVP.csv, EDA.csv, TEMP.csv, "
        "ACC.csv, HR.csv, IBI.csv; found 12 .jpg files."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"format": "empatika"},
            "format='empatika' must be one of auto, empatica, eeg, tabular, video. Did you mean empatica",
        ),
        ({"subjects": ["p3"]}, "subjects='p3' must be one of p01, p02, p10"),
        ({"rate": 4.0}, "rate= is no option of format 'empatica'; its options: none"),
        ({"labels": 3}, "labels=3 must be the path"),
        ({"labels": "a\0b"}, "must be the path"),
    ],
)
def test_bad_arguments(people, options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        read_corpus(people, **options)


@pytest.mark.data
def test_the_real_corpus(data_dir):
    folder = data_dir / "stress-predict"
    corpus = read_corpus(folder, labels=folder / "labels.csv")
    assert len(corpus) == 20 and corpus.errors == corpus.notes == []
    assert len({source.fingerprint() for source in corpus}) == 20
    recording = corpus[0].load()
    assert recording.events["onset_s"].tolist() == [9.0, 622.0, 998.0, 1270.0, 1925.0, 2227.0, 2357.0]
    assert recording.events["stress"].tolist() == [0, 1, 0, 1, 0, 1, 0]
    assert np.isfinite(recording.streams["bvp"].values).all()


def test_a_broken_video_takes_no_other_sensor_with_it(tmp_path):
    folder = write_empatica_corpus(tmp_path / "people", n_subjects=1, trial_s=20.0)
    person = next(child for child in sorted(folder.iterdir()) if child.is_dir())
    (person / "a.mp4").write_text("notes")
    (person / "b.mp4").write_text("more notes")
    corpus = read_corpus(folder)
    with pytest.warns(QualityWarning, match="read without its video: a.mp4") as caught:
        recording = corpus[0].load()
    assert {"bvp", "eda"} <= set(recording.streams)
    assert any("2 videos lie there; face and pulse come from the first, a.mp4" in str(one.message) for one in caught)


def test_the_cache_knows_whether_there_were_landmarks(tmp_path, monkeypatch):
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "p01.mp4").write_bytes(b"film")
    found = set()
    for size in (None, 100, 200):
        monkeypatch.setattr("physiofer.datasets.folder.installed_model_size", lambda size=size: size)
        found.add(read_corpus(folder, format="video")[0].fingerprint())
    assert len(found) == 3
