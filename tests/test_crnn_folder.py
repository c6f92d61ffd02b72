"""Folders of face sequences: what is written comes back, threads may share them, and what is wrong is said."""

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from physiofer.crnn import FaceFolder, folder, write_face_folder
from physiofer.crnn.folder_files import read_table, write_table
from physiofer.exceptions import InvalidArgumentError, UnreadableDataError


def faces(n=4):
    """Windows of two small frames, each as bright as its number."""
    return np.repeat(np.arange(n, dtype=np.uint8), 2 * 3 * 8 * 8).reshape(n, 2, 3, 8, 8)


@pytest.fixture
def crops(tmp_path):
    """Four windows of two people."""
    return write_face_folder(
        tmp_path / "crops", faces(), ["a", "a", "b", "b"], targets={"emotion": [0, 1, 0, 1]}, heart_rate_bpm=[70.0] * 4
    )


def reread(crops, old, new):
    """The folder with another table."""
    table = crops.path / "windows.csv"
    table.write_bytes(table.read_bytes().replace(old.encode(), new.encode()))
    return FaceFolder(crops.path)


# -- what is written comes back ---------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
HARD = ["NA", "None", "nan", "01", "1", "1.5", "True", "inf", " a", '"', "a,b", ""]
LABELS = st.one_of(
    st.lists(st.one_of(TEXTS, st.sampled_from(HARD)), min_size=3, max_size=3),
    st.lists(st.integers(-(10**17), 10**17), min_size=3, max_size=3),
    st.lists(st.floats(allow_infinity=False), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
)  # fmt: skip


@given(LABELS, st.lists(TEXTS.filter(str.strip), min_size=3, max_size=3), TEXTS.filter(bool))
@settings(max_examples=60, deadline=None)
def test_labels_and_names_come_back_as_they_were_written(tmp_path_factory, labels, people, name):
    name = "label" + name
    table = pd.DataFrame({"file": "a.npy", "row": [0, 1, 2], "subject": people, name: labels})
    place = tmp_path_factory.mktemp("table")
    write_table(place, table)
    found = read_table(place)
    assert list(found) == list(table) and found["subject"].tolist() == people
    assert_array_equal(found[name].tolist(), labels)
    assert all(type(one) is type(other) for one, other in zip(found[name].tolist(), labels, strict=True))


def test_classes_called_like_missing_ones_or_numbers_stay_texts(tmp_path):
    labels = {"a": ["NA", "None"], "b": ["01", "02"], "c": ["1", "0"], "d": np.array(["nan", "x"]), "e": [1, 0]}
    targets = write_face_folder(tmp_path, faces(2), ["a", "b"], targets=labels).targets
    assert {name: values.tolist() for name, values in targets.items()} == {
        name: list(map(str, values)) if name == "d" else values for name, values in labels.items()
    }
    assert targets["e"].dtype.kind == "i"


def test_a_table_by_hand_is_read_by_its_look(crops):
    (crops.path / "windows.csv").write_bytes(
        "\ufefffile,row,subject,heart_rate_bpm,emotion,code,rating,quoted,truth,blank,\r\n"
        "faces_001.npy,0, 01 ,NA,NA,01,1,\"1\",TRUE,,\r\n\r\n"
        "faces_001.npy,1,NA,71,glad,02,NaN,\"2\",FALSE,,\r\n"
        "faces_002.npy,0,c,,,03,,,TRUE,,".encode()
    )  # fmt: skip
    found = FaceFolder(crops.path)
    assert found.subjects.tolist() == ["01", "NA", "c"]
    assert_array_equal(found.heart_rate_bpm, [np.nan, 71.0, np.nan])
    assert found.targets["emotion"].tolist() == ["NA", "glad", None]
    assert found.targets["code"].tolist() == ["01", "02", "03"]
    assert found.targets["quoted"].tolist() == ["1", "2", None]
    assert_array_equal(found.targets["rating"], [1.0, np.nan, np.nan])
    assert found.targets["truth"].tolist() == [True, False, True]
    assert np.isnan(found.targets["blank"]).all() and list(found.targets)[-1] == "blank"


def test_quotes_around_everything_tell_nothing(crops):
    rows = [["file", "row", "subject", "valence"], ["faces_001.npy", "0", "a", "3.5"], ["faces_002.npy", "1", "b", "4"]]
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    (crops.path / "windows.csv").write_text(text)
    assert FaceFolder(crops.path).targets["valence"].tolist() == [3.5, 4.0]


def test_masked_and_missing_values_are_blank(tmp_path):
    found = write_face_folder(
        tmp_path, faces(3), ["a", "b", "c"], heart_rate_bpm=np.ma.masked_less([70.0, -1.0, 72.0], 0),
        targets={"valence": np.ma.masked_equal([1, 2, 3], 2), "emotion": ["glad", None, np.nan],
                 "code": np.ma.array(["x", "y", "z"], mask=[1, 0, 0])},
    )  # fmt: skip
    assert_array_equal(found.heart_rate_bpm, [70.0, np.nan, 72.0])
    assert_array_equal(found.targets["valence"], [1.0, np.nan, 3.0])
    assert found.targets["emotion"].tolist() == ["glad", None, None]
    assert found.targets["code"].tolist() == [None, "y", "z"]
    pixels = np.ma.masked_equal(faces(2) / 2.0, 0.5).astype(np.float32)
    assert np.isnan(write_face_folder(tmp_path / "floats", pixels, ["a", "b"], targets={})[1]).all()


def test_what_a_killed_run_left_is_removed(tmp_path):
    (tmp_path / ".faces_001.npy.77.part").write_bytes(b"faces")
    write_face_folder(tmp_path, faces(1), ["a"], targets={})
    assert sorted(file.name for file in tmp_path.iterdir()) == ["faces_001.npy", "windows.csv"]


# -- reading ----------------------------------------------------------------------------------------------------------


def test_threads_may_read_more_files_than_stay_open(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "_N_OPEN", 2)
    crops = write_face_folder(tmp_path, faces(12), [f"p{k}" for k in range(12)], targets={})
    order = np.random.default_rng(0).integers(0, 12, 600).tolist()
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads take turns as often as they can
    try:
        with ThreadPoolExecutor(8) as pool:
            read = list(pool.map(lambda place: int(crops[place][0, 0, 0, 0]), order))
    finally:
        sys.setswitchinterval(interval_s)
    assert read == order and len(crops._open) <= 2
    again = pickle.loads(pickle.dumps(crops))  # noqa: S301
    assert again[7].max() == 7 and not vars(crops)["_lock"].locked()


class Emptied(dict):
    """Open files of which another thread closes each at once."""

    def __setitem__(self, name, windows):
        self.clear()


def test_a_file_that_another_thread_closes_is_read_all_the_same(crops):
    crops._open = Emptied()
    assert [int(window.max()) for window in crops] == [0, 1, 2, 3]


def test_a_folder_says_what_it_is_by_its_name_only(crops):
    assert repr(crops) == "<FaceFolder crops: 4 windows of 2 people, labels emotion>"


def test_windows_are_asked_for_one_at_a_time(crops):
    assert_array_equal(crops[np.int64(-1)], crops[3])
    for what in (slice(1, 3), np.array([True, False, True, False]), [0, 1], 1.0, True, None):
        with pytest.raises(InvalidArgumentError, match=r"FaceFolder\(path, rows=\.\.\.\)"):
            crops[what]
    for place in (4, -5):
        with pytest.raises(IndexError, match=f"no window {place} in a folder of 4"):
            crops[place]
    assert len(list(crops)) == 4


def test_rows_are_places_or_a_mask(crops):
    def brightness(rows):
        return [int(window.max()) for window in FaceFolder(crops.path, rows=rows)]

    assert brightness(np.array([True, False, False, True])) == [0, 3] == brightness([True, False, False, True])
    assert brightness([2, 0]) == [2, 0] and brightness(range(1, 3)) == [1, 2] and brightness([]) == []
    for rows in ([4], [-1], [True, False], [0.0, 1.0], ["0"], slice(1, 3), [[0]], [[0], [0, 1]], 2):
        with pytest.raises(InvalidArgumentError, match="rows must be integers from 0 to 3, or True or False"):
            FaceFolder(crops.path, rows=rows)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("emotion", "subject", "more than one column subject"),
        (",emotion\n", "\n", "5 cells in row 1 and 4 in its header"),
        ("70.0", "inf", "heart rates that are infinite"),
        ("70.0", "fast", "heart rates that are no numbers"),
        (",a,", ", ,", "rows without file, row or subject"),
        (",a,", ',"a,', "quotes in line 2"),
        ("faces_001.npy,0", "faces_001.npy,0.5", "no integers"),
        ("file,row", "file;row", "lacks the columns file, row"),
        ("file", "\ufdd0\x00", "lacks the columns file"),
    ],
)
def test_tables_that_are_wrong_are_one_clear_error(crops, old, new, message):
    with pytest.raises(UnreadableDataError, match=message):
        reread(crops, old, new)


def test_an_ended_run_is_spoken_of_and_no_table_of_bytes_is_read(crops):
    (crops.path / "windows.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableDataError, match="windows.csv is no table"):
        FaceFolder(crops.path)
    (crops.path / "windows.csv").write_bytes(b"")
    with pytest.raises(UnreadableDataError, match="lacks the columns file, row, subject"):
        FaceFolder(crops.path)
    (crops.path / "windows.csv").write_bytes(b"file,row,subject\n")
    with pytest.raises(UnreadableDataError, match="has no rows"):
        FaceFolder(crops.path)
    (crops.path / "windows.csv").unlink()
    with pytest.raises(UnreadableDataError, match=r"no windows.csv .* write_face_folder_from_films .* call it again"):
        FaceFolder(crops.path)


# -- bad arguments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frames": (window for window in faces(2))}, "frames is a generator"),
        ({"frames": dict(enumerate(faces(2)))}, "frames is a dict"),
        ({"frames": []}, "frames is empty"),
        ({"frames": faces(2).astype(int)}, "frames.0. has type int64; it must be uint8"),
        ({"frames": faces(2).astype(bool)}, "frames.0. has type bool"),
        ({"frames": faces(2)[0]}, r"has shape \(3, 8, 8\); it must be"),
        ({"frames": [faces(1)[0], faces(1)[0, :1]], "subjects": ["a", "a"]}, r"frames.1. has shape \(1, 3, 8, 8\)"),
        ({"frames": [faces(1)[0], faces(1)[0] / 255.0]}, "type float64 where frames"),
        ({"frames": np.ma.masked_equal(faces(2), 0)}, "masked pixels"),
        ({"subjects": ["a", None]}, r"subjects\[1\]=None must say whose"),
        ({"subjects": ["a", np.nan]}, r"subjects\[1\]=nan"),
        ({"subjects": ["", "b"]}, r"subjects\[0\]=''"),
        ({"subjects": np.ma.array(["a", "b"], mask=[0, 1])}, r"subjects\[1\]=None"),
        ({"subjects": "ab"}, r"subjects has shape \(\)"),
        ({"targets": [0, 1]}, "targets is a list"),
        ({"targets": {"": [0, 1]}}, "a name of its own"),
        ({"targets": {1: [0, 1], "1": [0, 1]}}, "a name of its own"),
        ({"targets": {"emotion": [0]}}, r"emotion has shape \(1,\)"),
        ({"heart_rate_bpm": ["fast", "slow"]}, "heart_rate_bpm must be an array of real numbers"),
        ({"heart_rate_bpm": [70.0, np.inf]}, "heart_rate_bpm must be finite"),
        ({"heart_rate_bpm": 70.0}, r"heart_rate_bpm has shape \(\)"),
    ],
)
def test_what_cannot_be_written_is_said_in_words(tmp_path, changes, message):
    given_all = {"frames": faces(2), "subjects": ["a", "b"], "targets": {"emotion": [0, 1]}} | changes
    with pytest.raises(InvalidArgumentError, match=message):
        write_face_folder(tmp_path / "crops", given_all.pop("frames"), given_all.pop("subjects"), **given_all)
    assert not (tmp_path / "crops" / "windows.csv").exists()
    if "subjects" in changes and "frames" not in changes:
        assert not (tmp_path / "crops").exists()
