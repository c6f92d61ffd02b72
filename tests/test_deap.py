"""DEAP as it lies on disk: films, ratings and pulse waves that belong together, and pickles that nobody should open."""

import importlib.util
import io
import os
import pickle
import struct
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_films import without_tracking, write_avi
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.crnn.film_heart import beats_and_intervals, window_heart_rates
from physiofer.datasets import deap_films
from physiofer.datasets.pickled_arrays import read_pickled_arrays
from physiofer.datasets.synthetic_face import SyntheticFace
from physiofer.exceptions import QualityWarning, UnreadableDataError

SCRIPT = Path(__file__).resolve().parents[1] / "experiments" / "ji_dong_2024.py"
BPM = np.array([60.0, 72.0, 84.0, 96.0])  # of the four stimuli, in the order of the recordings
SHOWN = {"s01": [3, 1, 4, 2], "s02": [2, 4, 1, 3]}  # the stimulus of trials 1 to 4
RATINGS = np.array([[1.0, 9.0, 5.0, 5.0], [7.25, 2.0, 5.0, 5.0], [5.01, 5.0, 3.0, 4.0], [9.0, 1.0, 6.0, 8.0]])


def recording(seconds=12):
    """What a person's file holds: the pulse wave beats at a rate of its own in the baseline, and at BPM after it."""
    data = np.random.default_rng(0).standard_normal((4, 40, 128 * (3 + seconds)))
    times_s = np.arange(data.shape[2]) / 128 - 3
    for trial, bpm in enumerate(BPM):
        phase = np.where(times_s < 0, times_s * 150, times_s * bpm) / 60
        data[trial, 38] = np.exp(-0.5 * ((phase % 1 - 0.4) / 0.1) ** 2)
    return {"data": data, "labels": RATINGS.copy()}


def python2_pickle(arrays):
    """The pickle that Python 2 and NumPy 1 write of a dict of float64 arrays, byte by byte."""
    out = [b"\x80\x02}q\x00("]
    for name, array in arrays.items():
        raw = array.astype("<f8").tobytes()
        shape = b"".join(b"J" + struct.pack("<i", n) for n in array.shape)
        out += [
            b"U" + bytes([len(name)]) + name.encode(), b"cnumpy.core.multiarray\n_reconstruct\n",
            b"cnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01(" + shape + b"t",
            b"cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
            b"\x89T" + struct.pack("<i", len(raw)) + raw + b"tb",
        ]  # fmt: skip
    return b"".join([*out, b"u."])


def ratings_table():
    """participant_ratings.csv of the two people, in the order of the trials."""
    rows = []
    for subject, stimuli in SHOWN.items():
        for trial, stimulus in enumerate(stimuli, start=1):
            rows.append([int(subject[1:]), trial, stimulus, 1_000_000 * trial, *RATINGS[stimulus - 1], 3])
    names = "Participant_id,Trial,Experiment_id,Start_time,Valence,Arousal,Dominance,Liking,Familiarity"
    return pd.DataFrame(rows, columns=names.split(","))


@pytest.fixture
def corpus(tmp_path):
    """Two people with three films of four trials each; films are empty files."""
    (tmp_path / "data_preprocessed_python").mkdir()
    (tmp_path / "metadata_csv").mkdir()
    ratings_table().to_csv(tmp_path / "metadata_csv" / "participant_ratings.csv", index=False)
    for subject in SHOWN:
        (tmp_path / "data_preprocessed_python" / f"{subject}.dat").write_bytes(python2_pickle(recording()))
        (tmp_path / "face_video" / subject).mkdir(parents=True)
        for trial in (1, 2, 3):
            (tmp_path / "face_video" / subject / f"{subject}_trial{trial:02d}.avi").touch()
    return tmp_path


def test_films_go_with_the_stimulus_that_was_shown(corpus):
    films = list(deap_films(corpus))
    assert [film.recording for film in films] == [f"{s}_trial{t:02d}" for s in SHOWN for t in (1, 2, 3)]
    assert [film.subject for film in films] == ["s01"] * 3 + ["s02"] * 3
    for film, stimulus in zip(films, [3, 1, 4, 2, 4, 1], strict=True):
        assert film.labels == dict(
            zip(["valence", "arousal", "dominance", "liking"], RATINGS[stimulus - 1], strict=True)
        )
        rates = window_heart_rates(*beats_and_intervals(film.heart), [0.0, 4.0, 8.0], 4.0)
        assert_allclose(rates, BPM[stimulus - 1], atol=0.5)  # of the baseline nothing is left
        assert film.heart.start_s == 0.0 and film.heart.duration_s == 12.0


def test_everything_may_lie_in_one_folder_and_pickles_be_of_today(corpus):
    flat = corpus / "flat"
    flat.mkdir()
    (flat / "s02_trial02.avi").touch()
    (flat / "participant_ratings.csv").write_text(ratings_table().to_csv(index=False))
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        (flat / "s02.dat").write_bytes(pickle.dumps(recording(), protocol=protocol))
        (film,) = deap_films(flat)
        assert (film.subject, film.labels["valence"]) == ("s02", RATINGS[3, 0])


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ("face_video", "no film of DEAP is here"),
        ("data_preprocessed_python/s02.dat", r"not s02\.dat"),
        ("metadata_csv/participant_ratings.csv", "numbered as they were shown"),
    ],
)
def test_what_is_missing_is_said_at_once(corpus, lost, message):
    (corpus / lost).rename(corpus.parent / f"{corpus.name}-lost")
    with pytest.raises(UnreadableDataError, match=message):
        deap_films(corpus)
    with pytest.raises(UnreadableDataError, match="no such folder"):
        deap_films(corpus / "nowhere")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.assign(Valence=5.5), "not those of trial"),
        (lambda table: table[table["Trial"] > 1], "trial 1 of s01"),
        (lambda table: table.assign(Experiment_id=41), "no stimulus 41"),
        (lambda table: table.drop(columns="Trial"), "lacks the columns trial"),
    ],
)
def test_ratings_must_be_those_of_the_recordings(corpus, change, message):
    change(ratings_table()).to_csv(corpus / "metadata_csv" / "participant_ratings.csv", index=False)
    with pytest.raises(UnreadableDataError, match=message), warnings.catch_warnings():
        warnings.simplefilter("ignore", QualityWarning)
        list(deap_films(corpus))


def films_and_warnings(corpus, table, encoding="utf-8"):
    """Films and what is said, with another table of ratings."""
    path = corpus / "metadata_csv" / "participant_ratings.csv"
    path.write_bytes(table.to_csv(index=False).encode(encoding))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        films = list(deap_films(corpus))
    return [film.recording for film in films], [str(item.message) for item in caught]


@pytest.mark.parametrize("number", [np.inf, -np.inf, 2.5, 1e300, np.nan])
@pytest.mark.parametrize("column", ["Experiment_id", "Trial", "Participant_id"])
def test_rows_whose_numbers_are_no_integers_are_left_out_and_said(corpus, number, column):
    table = ratings_table().astype({column: float})
    table.loc[3, column] = number  # of trial 4, which has no film
    recordings, told = films_and_warnings(corpus, table)
    assert recordings == [f"{s}_trial{t:02d}" for s in SHOWN for t in (1, 2, 3)]
    if number == 1e300:  # an integer, of nobody
        assert not told
    else:
        assert len(told) == 1 and told[0].startswith("participant_ratings.csv: 1 rows are left out")


def test_two_trials_of_one_stimulus_leave_the_person_out(corpus):
    table, changed = ratings_table(), ["Experiment_id", "Valence", "Arousal", "Dominance", "Liking"]
    table.loc[3, changed] = table.loc[0, changed]
    recordings, told = films_and_warnings(corpus, table)
    assert recordings == [f"s02_trial{t:02d}" for t in (1, 2, 3)]
    assert len(told) == 1 and "two trials of s01 are of stimulus 3" in told[0]


def test_a_blank_rating_leaves_out_its_trial_alone(corpus):
    table = ratings_table()
    table.loc[1, "Arousal"] = np.nan
    recordings, told = films_and_warnings(corpus, table)
    assert recordings == ["s01_trial01", "s01_trial03", *(f"s02_trial{t:02d}" for t in (1, 2, 3))]
    assert told == ["trial 2 of s01 is left out. participant_ratings.csv has not all ratings of it."]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin1"])
def test_ratings_may_be_in_either_encoding(corpus, encoding):
    recordings, told = films_and_warnings(corpus, ratings_table().assign(Remark="schön"), encoding)
    assert len(recordings) == 6 and not told


@pytest.mark.parametrize(
    "content",
    [
        {"data": np.zeros((4, 30, 500)), "labels": RATINGS}, {"data": np.zeros((3, 40, 500)), "labels": RATINGS},
        {"data": np.zeros((4, 40, 500))}, [1, 2], {"data": np.zeros((4, 40, 500)), "labels": RATINGS * 100},
    ],
)  # fmt: skip
def test_recordings_of_another_form_are_refused(corpus, content):
    (corpus / "data_preprocessed_python" / "s01.dat").write_bytes(pickle.dumps(content, protocol=2))
    with pytest.warns(QualityWarning, match=r"s01 is left out. s01\.dat: ") as told:
        films = list(deap_films(corpus))
    assert len(told) == 1 and [film.subject for film in films] == ["s02"] * 3  # the others are read all the same
    (corpus / "data_preprocessed_python" / "s02.dat").write_bytes(b"")
    with pytest.warns(QualityWarning), pytest.raises(UnreadableDataError, match=r"none of 2 people .* s01\.dat: "):
        list(deap_films(corpus))


# -- pickles of strangers ---------------------------------------------------------------------------------------------


class Hostile:
    """Calls something when it is read."""

    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


def nested(depth):
    """A pickle of a tuple of itself and itself, so deep that comparing it never ends, as a key."""
    return b"\x80\x02}" + b"K\x01" + b"".join(b"2\x86" for _ in range(depth)) + b"K\x01s."


def wide(depth):
    """A pickle of lists that hold the one before 99 times."""
    levels = (b"]q" + bytes([k + 1]) + b"(" + (b"h" + bytes([k])) * 99 + b"e" for k in range(depth))
    return b"\x80\x02(]q\x00" + b"".join(levels) + b"l."


ARRAY = pickle.dumps(np.arange(6.0), protocol=2)
HOSTILE = {
    "a call": pickle.dumps({"data": Hostile(os.system, "touch harmed")}, protocol=2),
    "a call of numpy": b"\x80\x02cnumpy\nload\nX\x01\x00\x00\x00a\x85R.",
    "a name inside": b"\x80\x04\x8c\x05numpy\x8c\x0edtype.__init__\x93.",
    "builtins": b"cbuiltins\neval\n(S'1'\ntR.",
    "objects": pickle.dumps(np.array([None, {}], dtype=object), protocol=2),
    "records": pickle.dumps(np.zeros(2, dtype="i4,f8"), protocol=2),
    "a memory that is not there": ARRAY.replace(b"K\x06\x85", b"\x8a\x08" + b"\xff" * 7 + b"\x0f\x85"),
    "another array": b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\ndtype\nK\x00\x85U\x01b\x87R.",
    "a changed name": b"\x80\x02c_codecs\nencode\n}U\x0c__defaults__Nsb.",
    "a changed class": b"\x80\x02cnumpy\nndarray\nN}U\x01aNs\x86b.",
    "an instance of nothing": b"\x80\x02cnumpy\nndarray\n)\x81.",
    "a persistent name": b"Pname\n.",
    "an extension": b"\x80\x02\x82\x01.",
    "a place that is not there": b"\x80\x02j\xff\xff\xff\x7f.",
    "two values": b"\x80\x02NN.",
    "a loop": b"\x80\x02]q\x00h\x00a.",
    "a wide nest": wide(6),
    "one text as many arrays": b"\x80\x02X\x40\x00\x00\x00"
    + b"a" * 64
    + b"q\x00("
    + b"c_codecs\nencode\nh\x00\x85R" * 99
    + b"l.",
    "a nest": nested(60),
    "many steps": b"\x80\x02(" + b"N" * 50_000 + b"l.",
    "a set": pickle.dumps({1, 2}, protocol=4),
    "a promise": b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x0f.",
    "cut off": ARRAY[:-20],
    "empty": b"",
    "text": b"a,b\n1,2\n",
    "zeros": bytes(1000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pickle_is_one_error_and_executes_nothing(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "s01.dat"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(UnreadableDataError, match=r"^s01\.dat: "):
        read_pickled_arrays(path, max_bytes=10**6)
    assert [file.name for file in tmp_path.iterdir()] == ["s01.dat"]
    path.write_bytes(ARRAY)
    assert_array_equal(read_pickled_arrays(path, max_bytes=10**6), np.arange(6.0))  # and changes nothing


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "s01.dat"
    path.write_bytes(ARRAY)
    with pytest.raises(UnreadableDataError, match="larger than"):
        read_pickled_arrays(path, max_bytes=len(ARRAY) - 1)
    assert read_pickled_arrays(path, max_bytes=len(ARRAY)).size == 6


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<i2", "|u1", "|b1", ">i8"])
def test_arrays_of_numbers_come_back_as_they_were(tmp_path, protocol, dtype):
    values = np.arange(24).reshape(2, 3, 4).astype(dtype)
    held = {"a": values, "b": [np.asfortranarray(values), (1, 2.5, None, "ü")], "c": np.zeros((0, 3), dtype)}
    buffer = io.BytesIO()
    pickle.Pickler(buffer, protocol=protocol).dump(held)
    (tmp_path / "x.dat").write_bytes(buffer.getvalue())
    found = read_pickled_arrays(tmp_path / "x.dat", max_bytes=10**6)
    assert_array_equal(found["a"], values)
    assert_array_equal(found["b"][0], values)
    assert found["a"].dtype == values.dtype and found["b"][1] == (1, 2.5, None, "ü") and found["c"].shape == (0, 3)


# -- the experiment ---------------------------------------------------------------------------------------------------


def experiment():
    """The script of the experiment as a module."""
    spec = importlib.util.spec_from_file_location("ji_dong_2024", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("error")
def test_the_experiment_takes_a_folder_of_deap(corpus, tmp_path, monkeypatch):
    without_tracking(monkeypatch)
    script = experiment()
    for subject in SHOWN:
        for trial in (1, 2, 3):
            video = corpus / "face_video" / subject / f"{subject}_trial{trial:02d}.avi"
            video.unlink()
            if trial < 3:
                write_avi(video, SyntheticFace(4.0, rate=10.0, size=(180, 240), face_size=0.6, seed=trial), 10)
    arguments = [str(corpus), "--target", "arousal", "--cut", "5", "--window-s", "2", "--rate", "4"]
    with pytest.raises(SystemExit, match="--crops DIR"):
        script.read_corpus(script.parse(arguments))
    arguments += ["--crops", str(tmp_path / "crops")]
    X, labels, heart_rate, subjects, target = script.read_corpus(script.parse(arguments))
    assert target == "arousal" and X[0].shape == (8, 3, 64, 64)
    assert subjects.tolist() == ["s01"] * 4 + ["s02"] * 4
    assert labels.tolist() == [0, 0, 1, 1, 0, 0, 0, 0]  # stimuli 3, 1 and 2, 4; a rating of 5 is not above the cut
    assert_allclose(heart_rate, np.repeat(BPM[[2, 0, 1, 3]], 2), atol=1.5)
    monkeypatch.setattr("physiofer.crnn.films.open_video", None)  # crops are made once
    assert len(script.read_corpus(script.parse(arguments))[0]) == 8
    assert script.read_corpus(script.parse([str(tmp_path / "crops"), "--target", "valence"]))[0].table.equals(X.table)


def test_the_experiment_says_what_a_folder_lacks(tmp_path):
    script = experiment()
    with pytest.raises(SystemExit, match=r"no windows.csv(.|\n)*DEAP(.|\n)*MAHNOB-HCI"):
        script.read_corpus(script.parse([str(tmp_path), "--crops", str(tmp_path / "crops")]))
