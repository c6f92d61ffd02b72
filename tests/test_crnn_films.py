"""From films to windows of faces: the right frames at the right times, hearts, runs that were ended, what is broken."""

import json
import math
import os
import tracemalloc
import warnings

import numpy as np
import pytest
from fake_films import without_tracking
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.crnn import FaceFolder, films, write_face_folder, write_face_folder_from_films
from physiofer.crnn.batches import open_windows
from physiofer.crnn.film_crops import Cut, Tally, cut_windows, sample_crops, write_windows
from physiofer.crnn.film_heart import beats_and_intervals, window_heart_rates
from physiofer.datasets.synthetic_face import SyntheticFace, write_video
from physiofer.exceptions import InvalidArgumentError, MissingExtraError, QualityWarning, UnreadableDataError
from physiofer.face import landmarks
from physiofer.face.crops import aligned_crop
from physiofer.face.tracking import Face, FaceTracker
from physiofer.film import LabelledFilm
from physiofer.io.frames import FrameSource, frame_of_rgb
from physiofer.io.video import open_video
from physiofer.recording import Stream

FILM_RATE = 15.0


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """Two people of 4 s, and a wall."""
    place = tmp_path_factory.mktemp("films")
    for k in range(2):
        write_video(
            place / f"p{k}.mp4", SyntheticFace(4.0, rate=FILM_RATE, size=(180, 240), face_size=0.6, seed=k), crf=10
        )
    grey = np.random.default_rng(0).integers(100, 110, (120, 160, 3)).astype(np.uint8)
    write_video(place / "wall.mp4", [(k / FILM_RATE, grey) for k in range(30)])
    return place


def labelled(videos, **changes):
    """The two people as films."""
    return [LabelledFilm(videos / f"p{k}.mp4", f"person{k}", {"valence": 3.0 + 4 * k}, **changes) for k in range(2)]


@pytest.fixture
def steady(monkeypatch):
    """Faces are where they are told to be."""
    without_tracking(monkeypatch)


@pytest.fixture
def opened(monkeypatch):
    """Names of the videos that are opened."""
    names = []
    monkeypatch.setattr(films, "open_video", lambda path, **how: names.append(path.name) or open_video(path, **how))
    return names


# -- crops at the right times -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_windows_are_those_of_the_nearest_frames_read_naively(videos, tmp_path):
    folder = write_face_folder_from_films(tmp_path, labelled(videos)[0], window_s=1.0, rate=7.0, step_s=3 / 7, size=32)
    tracker = FaceTracker(landmarks=landmarks.LandmarkModel.load())
    frames = [(frame, tracker.update(frame.luma, frame.time_s)) for frame in open_video(videos / "p0.mp4")]
    times_s = np.array([frame.time_s for frame, _ in frames])
    starts_s = [k * 3 / 7 for k in range(20) if k * 3 / 7 + 6 / 7 <= times_s[-1] + 0.5 / FILM_RATE]
    assert_allclose(folder.table["start_s"], starts_s)
    assert len(starts_s) == 8
    for start_s, window in zip(starts_s, folder, strict=False):
        for k in range(7):
            frame, (face,) = frames[np.argmin(np.abs(times_s - (start_s + k / 7)))]
            crop = np.rint(aligned_crop(frame.rgb(), face.smooth_points, 32)).astype(np.uint8)
            assert_array_equal(window[k], crop.transpose(2, 0, 1))
    assert open_windows(folder).usable().all()


class Drawn(FrameSource):
    """Grey frames at given times, as bright as their number."""

    def __init__(self, times_s, rate=math.nan):
        super().__init__("drawn")
        self.times_s, self.rate = times_s, rate

    def __iter__(self):
        for k, time_s in enumerate(self.times_s):
            yield frame_of_rgb(np.full((40, 40), k, np.uint8), order="rgb", index=k, time_s=time_s)


class Told:
    """A tracker that sees a face where it is told; `seen` has identities or None."""

    def __init__(self, seen=None):
        self.seen, self.times_s = seen, []

    def reset(self):
        self.times_s = []

    def update(self, luma, time_s):
        self.times_s.append(time_s)
        points = np.zeros((68, 2))
        points[[36, 39, 42, 45]] = [[12, 16], [16, 16], [24, 16], [28, 16]]
        identity = 0 if self.seen is None else self.seen[int(luma[0, 0])]
        return [] if identity is None else [Face(identity, np.zeros(4), points, points, 1.0)]


def crops_of(times_s, rate, *, seen=None, film_rate=math.nan, **part):
    """Grid times and the numbers of the frames that were cropped, None without a face."""
    found = sample_crops(Drawn(times_s, film_rate), Told(seen), Cut(rate, 1, 1, 8), **part)
    return [(time_s, None if crop is None else int(crop[0][0, 0, 0])) for time_s, crop in found]


@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=40), st.sampled_from([3.0, 7.0, 8.0, 30.0]),
    st.one_of(st.none(), st.floats(0.0, 3.0)), st.one_of(st.none(), st.floats(0.5, 6.0)),
)  # fmt: skip
def test_each_grid_time_takes_the_nearest_frame(steps, rate, start_s, stop_s):
    times_s = np.cumsum(steps) / 30.0
    found = crops_of(times_s, rate, film_rate=30.0, start_s=start_s, stop_s=stop_s)
    first_s, last_s = times_s[0] if start_s is None else start_s, times_s[-1] + 1 / 60
    last_s = min(last_s, math.inf if stop_s is None else stop_s - 2e-9)
    expected, k = [], 0
    while first_s + k / rate <= last_s + 1e-9:
        expected.append(first_s + k / rate)
        k += 1
    counted = times_s[times_s >= first_s - 1.0]
    assert_allclose([time_s for time_s, _ in found], expected, atol=1e-12)
    for time_s, number in found:
        distances = np.abs(counted - time_s)
        if number is None:
            assert distances.min() > max(0.5 / rate, 1 / 30)
        else:
            assert abs(times_s[number] - time_s) <= distances.min() + 2e-9


def test_of_two_frames_that_are_equally_near_the_first_is_taken():
    assert crops_of([0.0, 0.25, 0.75, 1.0], 2.0, film_rate=4.0) == [(0.0, 0), (0.5, 1), (1.0, 3)]


def test_the_part_that_counts_is_all_that_is_cropped_and_the_face_is_followed_before():
    tracker = Told()
    found = list(sample_crops(Drawn(np.arange(100) / 10), tracker, Cut(5.0, 1, 1, 8), 4.0, 5.0))
    assert_allclose([time_s for time_s, _ in found], [4.0, 4.2, 4.4, 4.6, 4.8])
    assert tracker.times_s[0] == 3.0 and tracker.times_s[-1] <= 5.0


# -- windows ----------------------------------------------------------------------------------------------------------


def windows_of(identities, n_frames, n_step, rate=8.0):
    """Starts, in frames, of the windows that are kept, what they hold, and the tally."""
    crops = [
        (k / rate, None if who is None else (np.full((3, 8, 8), k, np.uint8), who)) for k, who in enumerate(identities)
    ]
    tally = Tally()
    found = [
        (round(start_s * rate), window[:, 0, 0, 0].tolist())
        for start_s, window in cut_windows(crops, Cut(rate, n_frames, n_step, 8), tally)
    ]
    return found, tally


def test_windows_may_overlap_and_lie_within_the_film():
    found, tally = windows_of([0] * 10, 4, 2)
    assert found == [(k, [k, k + 1, k + 2, k + 3]) for k in (0, 2, 4, 6)]
    assert (tally.n_windows, tally.n_left_out) == (4, 0)


def test_a_short_gap_holds_the_face_and_a_long_one_leaves_windows_out():
    found, tally = windows_of([0] * 3 + [None] * 2 + [0] * 7, 4, 4)  # a quarter of a second at 8 Hz
    assert found == [(0, [0, 1, 2, 2]), (4, [2, 5, 6, 7]), (8, [8, 9, 10, 11])] and not tally.n_left_out
    found, tally = windows_of([0] * 3 + [None] * 2 + [0] * 7, 4, 2)
    assert [start for start, _ in found] == [0, 4, 6, 8] and tally.n_left_out == 1  # half of frames 2 to 5 are held
    found, tally = windows_of([0] * 4 + [None] * 3 + [0] * 9, 8, 8)
    assert [start for start, _ in found] == [8]
    assert (tally.n_windows, tally.n_left_out) == (2, 1)


def test_a_face_that_was_never_seen_is_not_made_up():
    found, tally = windows_of([None] + [0] * 7, 4, 4)
    assert [start for start, _ in found] == [4] and tally.n_left_out == 1


def test_another_face_in_a_window_leaves_it_out():
    found, tally = windows_of([0] * 6 + [1] * 6, 4, 4)
    assert [start for start, _ in found] == [0, 8] and tally.n_left_out == 1


def test_memory_does_not_grow_with_the_film(tmp_path):
    cut, picture = Cut(8.0, 4, 4, 32), np.zeros((3, 32, 32), np.uint8)
    crops = ((k / 8, (picture, 0)) for k in range(8000))
    tracemalloc.start()
    starts_s = write_windows(tmp_path / "film.npy", cut_windows(crops, cut, Tally()), cut)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.load(tmp_path / "film.npy", mmap_mode="r").shape == (2000, 4, 3, 32, 32) == (len(starts_s), 4, 3, 32, 32)
    assert peak < 2e6 < (tmp_path / "film.npy").stat().st_size


# -- hearts -----------------------------------------------------------------------------------------------------------


def wave(beats_s, rate, width_s, duration_s=20.0):
    """A peak at each beat."""
    times_s = np.arange(0, duration_s, 1 / rate)
    return np.exp(-0.5 * ((times_s[:, np.newaxis] - beats_s) / width_s) ** 2).sum(axis=1)


BEATS_S = np.concatenate([np.arange(0.3, 10.0, 0.8), 10.0 + np.arange(0.4, 10.0, 0.6)])  # 75, then 100 bpm


def test_the_heart_rate_of_a_window_is_the_share_of_beats_in_it():
    beats_s, rr_ms = beats_and_intervals([0.0, 0.9, 1.8, 2.6, 3.4, 4.2, 5.0])
    rates = window_heart_rates(beats_s, rr_ms, [0.0, 0.9, 1.8], 2.0)
    assert_allclose(rates, [60 * (2 + 0.2 / 0.8) / 2, 60 * (2 + 0.3 / 0.8) / 2, 75.0])


def test_windows_without_two_intervals_or_half_covered_have_no_heart_rate():
    rates = window_heart_rates(*beats_and_intervals(np.arange(5) * 0.8), [0.0, 2.5, 2.9, 9.0], 1.2)
    assert_allclose(rates, [75.0, np.nan, np.nan, np.nan])


def test_ectopic_beats_do_not_count():
    beats_s = np.arange(0.0, 16.0, 0.8)
    beats_s[8] -= 0.35
    assert_allclose(window_heart_rates(*beats_and_intervals(beats_s), [4.0, 8.0], 4.0), 75.0)
    assert np.isnan(window_heart_rates(*beats_and_intervals(beats_s), [6.0], 1.0)).all()


@pytest.mark.parametrize(("kind", "rate", "width_s"), [("ecg", 250.0, 0.012), ("bvp", 64.0, 0.08)])
def test_beats_are_found_in_the_better_channel_on_its_clock(kind, rate, width_s, rng):
    clean = wave(BEATS_S, rate, width_s)
    stream = Stream.regular([rng.standard_normal(clean.size), clean], rate, start_s=-2.0, kind=kind)
    rates = window_heart_rates(*beats_and_intervals(stream), [0.0, 3.5, 10.0, 40.0], 4.0)
    assert_allclose(rates, [75.0, 75.0, 100.0, np.nan], atol=0.5)


def test_a_flat_line_has_no_heart_rate():
    flat = Stream.regular(np.zeros(5000), 250.0, kind="ecg")
    assert np.isnan(window_heart_rates(*beats_and_intervals(flat), [0.0, 4.0], 4.0)).all()


# -- folders ----------------------------------------------------------------------------------------------------------


def test_the_folder_says_whose_when_and_what(videos, tmp_path, steady):
    first, second = labelled(videos)
    first = LabelledFilm(first.video, "person0", first.labels, heart=np.arange(-0.75, 5.3, 0.75))
    second = LabelledFilm(second.video, "person1", second.labels, start_s=1.0, stop_s=3.2, recording="s 2/a")
    told = []
    folder = write_face_folder_from_films(
        tmp_path / "a" / "b", [first, second], window_s=1.0, rate=5.0, size=32,
        progress=lambda done, total, name: told.append((done, total, name)),
    )  # fmt: skip
    assert told == [(1, 2, "p0"), (2, 2, "s 2/a")]
    assert folder.subjects.tolist() == ["person0"] * 4 + ["person1"] * 2
    assert folder.table["recording"].tolist() == ["p0"] * 4 + ["s 2/a"] * 2
    assert_allclose(folder.table["start_s"], [0, 1, 2, 3, 1, 2])
    assert {name: values.tolist() for name, values in folder.targets.items()} == {"valence": [3.0] * 4 + [7.0] * 2}
    assert_allclose(folder.heart_rate_bpm, [80.0] * 4 + [np.nan] * 2)
    assert folder[5].shape == (5, 3, 32, 32) and folder[5].dtype == np.uint8
    with pytest.raises(InvalidArgumentError, match="names of the table's own"):
        write_face_folder(tmp_path / "c", [folder[0]], ["a"], targets={"recording": [0]})


def test_nothing_written_holds_a_path(videos, tmp_path, steady):
    folder = write_face_folder_from_films(tmp_path / "crops", labelled(videos)[0], window_s=1.0, rate=5.0, size=32)
    assert folder.heart_rate_bpm is None
    texts = [file.read_text() for file in (tmp_path / "crops").iterdir() if file.suffix != ".npy"]
    assert len(texts) == 2 and not any(str(videos) in text or str(tmp_path) in text for text in texts)


def test_a_run_that_was_ended_goes_on_with_what_is_missing(videos, tmp_path, steady, opened, monkeypatch):
    how = {"window_s": 1.0, "rate": 5.0, "size": 32}
    whole = write_face_folder_from_films(tmp_path / "whole", labelled(videos), **how)
    real = films.cut_windows

    def ended(crops, cut, tally):
        for n_done, window in enumerate(real(crops, cut, tally)):
            if opened[-1] == "p1.mp4" and n_done:
                raise KeyboardInterrupt
            yield window

    monkeypatch.setattr(films, "cut_windows", ended)
    with pytest.raises(KeyboardInterrupt):
        write_face_folder_from_films(tmp_path / "ended", labelled(videos), **how)
    assert sorted(file.name for file in (tmp_path / "ended").iterdir()) == ["p0.json", "p0.npy"]
    with pytest.raises(UnreadableDataError, match="no windows.csv"):
        FaceFolder(tmp_path / "ended")
    monkeypatch.setattr(films, "cut_windows", real)
    del opened[:]
    again = write_face_folder_from_films(tmp_path / "ended", labelled(videos), **how)
    assert opened == ["p1.mp4"]
    for name in ("windows.csv", "p0.npy", "p1.npy"):
        assert (tmp_path / "ended" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert len(again) == len(whole) == 8


def test_what_a_killed_run_left_of_a_film_is_removed_before_it_is_cut(videos, tmp_path, steady):
    left = [".p0.npy.123.part", ".p0.npy.123.456.part", ".p0.json.9.part", ".windows.csv.123.part"]
    others = [".p0.npy.b.npy.7.part", ".p9.npy.7.part"]  # of films called "p0.npy.b" and "p9"
    for name in left + others:
        (tmp_path / name).write_bytes(b"faces")
    write_face_folder_from_films(tmp_path, labelled(videos)[0], window_s=2.0, rate=3.0, size=16)
    written = ["p0.json", "p0.npy", "windows.csv"]
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(others + written)


def test_labels_of_films_that_are_texts_come_back_as_written(videos, tmp_path, steady):
    names = ["01", "None"]
    films_given = [LabelledFilm(videos / f"p{k}.mp4", "p", {"emotion": names[k]}) for k in range(2)]
    folder = write_face_folder_from_films(tmp_path, films_given, window_s=2.0, rate=3.0, size=16)
    assert folder.targets["emotion"].tolist() == ["01", "01", "None", "None"]


def test_a_run_with_another_cut_that_is_ended_leaves_no_table_of_the_old_one(videos, tmp_path, steady, monkeypatch):
    write_face_folder_from_films(tmp_path, labelled(videos), window_s=2.0, rate=3.0, size=16)
    real = films.write_windows

    def ended(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(films, "write_windows", ended)
    with pytest.raises(KeyboardInterrupt):
        write_face_folder_from_films(tmp_path, labelled(videos), window_s=1.0, rate=3.0, size=16)
    with pytest.raises(UnreadableDataError, match=r"no windows\.csv"):
        FaceFolder(tmp_path)
    monkeypatch.setattr(films, "write_windows", real)
    folder = write_face_folder_from_films(tmp_path, labelled(videos), window_s=1.0, rate=3.0, size=16)
    assert len(folder) == 8 and folder[7].shape == (3, 3, 16, 16)


def test_only_what_changed_is_done_again(videos, tmp_path, steady, opened):
    video = tmp_path / "p0.mp4"
    video.write_bytes((videos / "p0.mp4").read_bytes())

    def write(labels=None, heart=None, **how):
        del opened[:]
        film = LabelledFilm(video, "p0", labels or {"valence": 1.0}, heart=heart)
        return write_face_folder_from_films(
            tmp_path / "crops", film, **{"window_s": 2.0, "rate": 3.0, "size": 16} | how
        )

    write()
    assert opened == ["p0.mp4"]
    folder = write({"arousal": 2.0}, heart=66.0)
    assert opened == [] and list(folder.targets) == ["arousal"] and set(folder.heart_rate_bpm) == {66.0}
    assert write(window_s=1.0)[0].shape == (3, 3, 16, 16) and opened == ["p0.mp4"]
    os.utime(video, (1, 1))
    write(window_s=1.0)
    assert opened == ["p0.mp4"]
    record, array = tmp_path / "crops" / "p0.json", tmp_path / "crops" / "p0.npy"
    for damage in (lambda: record.write_text("{"), lambda: array.write_bytes(array.read_bytes()[:-9]), array.unlink,
                   lambda: record.write_text(json.dumps(json.loads(record.read_text()) | {"starts_s": [0.0]})),
                   lambda: record.write_text("[1]")):  # fmt: skip
        damage()
        write(window_s=1.0)
        assert opened == ["p0.mp4"]


def test_face_sequences_of_another_kind_are_not_overwritten(videos, tmp_path):
    write_face_folder(tmp_path, np.zeros((1, 2, 3, 32, 32), np.uint8), ["a"], targets={"emotion": [0]})
    with pytest.raises(InvalidArgumentError, match="holds other face sequences"):
        write_face_folder_from_films(tmp_path, labelled(videos))


# -- what is broken ---------------------------------------------------------------------------------------------------


def test_broken_films_are_a_warning_each_and_the_rest_is_done(videos, tmp_path, steady):
    (tmp_path / "cut.mp4").write_bytes((videos / "p0.mp4").read_bytes()[:3000])
    given_films = [
        LabelledFilm(tmp_path / "cut.mp4", "a", {"valence": 1.0}),
        LabelledFilm(videos / "gone.mp4", "b", {"valence": 1.0}),
        LabelledFilm(videos / "wall.mp4", "c", {"valence": 1.0}), labelled(videos)[1],
        LabelledFilm(videos / "p0.mp4", "d", {"valence": 1.0}, start_s=3.5, stop_s=3.9),
    ]  # fmt: skip
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        folder = write_face_folder_from_films(tmp_path / "crops", given_films, window_s=1.0, rate=5.0, size=32)
    told = [str(item.message) for item in caught if item.category is QualityWarning]
    assert set(folder.subjects) == {"person1"} and len(folder) == 4
    assert len(told) == 4 and not any(str(tmp_path) in text or str(videos) in text for text in told)
    assert told[0].startswith("cut is left out: cut.mp4") and "gone.mp4: there is no such file" in told[1]
    assert told[2] == "wall is left out: there is no face throughout any of its 2 windows."
    assert told[3] == "p0 is left out: it is shorter than one window."


def test_films_without_a_single_window_are_one_error(videos, tmp_path, steady):
    films_of_nothing = [LabelledFilm(videos / "gone.mp4", "a", {"valence": 1.0})]
    with pytest.warns(QualityWarning), pytest.raises(UnreadableDataError, match=r"not one of 1 films .*gone\.mp4"):
        write_face_folder_from_films(tmp_path, films_of_nothing)


def test_without_landmarks_there_is_one_clear_error(videos, tmp_path, monkeypatch):
    def missing():
        raise MissingExtraError("pip install 'physiofer[landmarks]'")

    films._model_of_file.cache_clear()
    monkeypatch.setattr(landmarks, "_installed", missing)
    assert films._model_of_file.cache_info().currsize == 0
    with pytest.raises(MissingExtraError, match="landmarks"):
        write_face_folder_from_films(tmp_path / "crops", labelled(videos))
    assert not (tmp_path / "crops").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"films": []}, "films is empty"),
        ({"films": 5}, "films=5 must be a LabelledFilm or several"),
        ({"films": [LabelledFilm("a.avi", "a", {"valence": 1.0}, recording="ä" * 101)]}, r"1 to 200 bytes.* not 202"),
        ({"films": [LabelledFilm("a.avi", "a", {"valence": 1.0}, recording="..")]}, "name of a file"),
        ({"n_jobs": 0}, "n_jobs=0 must be an integer other than 0"),
        ({"n_jobs": "two"}, "n_jobs='two'"),
        ({"films": ["p0.mp4"]}, "each must be a LabelledFilm"),
        ({"rate": 0.0}, "rate"),
        ({"window_s": 0.01}, "has 0 frames"),
        ({"step_s": 0.01}, "must be a frame at least"),
        ({"size": 4}, "size"),
        ({"landmarks": "none"}, "need a model"),
        ({"landmarks": None}, "need a model"),
    ],
)
def test_bad_arguments_are_said(videos, tmp_path, changes, message):
    with pytest.raises(InvalidArgumentError, match=message):
        write_face_folder_from_films(tmp_path, **{"films": labelled(videos)} | changes)


def test_films_must_not_contradict_each_other(videos, tmp_path):
    first = labelled(videos)[0]
    for films_given, message in (
        ([first, first], "is taken"),
        ([first, LabelledFilm("b.avi", "b", {"arousal": 1.0})], "has the labels"),
        ([LabelledFilm("b.avi", "b", {"start_s": 1.0})], "names of the table's own"),
    ):
        with pytest.raises(InvalidArgumentError, match=message):
            write_face_folder_from_films(tmp_path, films_given)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": {"valence": np.nan}}, "leave a film without label out"),
        ({"labels": [1.0]}, "must be a dict"),
        ({"subject": ""}, "subject"),
        ({"subject": 3}, "subject"),
        ({"start_s": 3.0, "stop_s": 3.0}, "must be after"),
        ({"heart": 7.0}, "heart"),
        ({"heart": [1.0, 0.5]}, "increasing"),
        ({"heart": [1.0, np.nan]}, "finite"),
        ({"heart": Stream.regular(np.zeros(9), 10.0, kind="ecg")}, "25 Hz or more"),
        ({"heart": Stream.regular(np.zeros(9), 64.0, kind="eda")}, "kind 'ecg'"),
        ({"video": ""}, "video"),
    ],
)
def test_a_film_is_checked_when_it_is_made(changes, message):
    with pytest.raises(InvalidArgumentError, match=message):
        LabelledFilm(**{"video": "a.avi", "subject": "a", "labels": {"valence": 1}} | changes)


@pytest.mark.slow
def test_processes_give_what_one_gives(videos, tmp_path):
    how = {"window_s": 1.0, "rate": 5.0, "size": 32}
    for n_jobs in (1, 2):
        write_face_folder_from_films(tmp_path / str(n_jobs), labelled(videos), n_jobs=n_jobs, **how)
    for name in ("windows.csv", "p0.npy", "p1.npy", "p1.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
