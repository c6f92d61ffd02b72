"""From films on disk to a folder of face sequences: each film followed once, and its windows kept."""

import json
import numbers
import os
import re
import warnings
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from .._atomic import whole_file
from .._progress import progress_reporter
from .._validate import check_count, check_number, check_path
from ..exceptions import InvalidArgumentError, QualityWarning, UnreadableDataError
from ..face.landmarks import LandmarkModel
from ..face.tracking import FaceTracker
from ..film import LabelledFilm
from ..io.video import open_video
from .film_crops import Cut, Tally, cut_windows, sample_crops, write_windows
from .film_heart import beats_and_intervals, window_heart_rates
from .folder import FaceFolder
from .folder_files import TABLE, check_label_names, make_folder, remove_parts, write_table

__all__ = ["write_face_folder_from_films"]

#: Raised whenever the same films come to be cut to other windows.
_VERSION = 1
_MOST_FRAMES = 100_000  # of a window, which is held in memory
_LONGEST_STEM = 200  # bytes of the name of a file without its ending; most systems take 255 with it


class _Task(NamedTuple):
    """A film to be cut: its number, itself without its heart, what it is stored as, and what decides on its windows."""

    index: int
    film: LabelledFilm
    heart: object  # (beats_s, rr_ms), bpm or None
    stem: str
    fingerprint: dict | None


class _Outcome(NamedTuple):
    """What came of a film: where its windows start, how many were left out of how many, and what was wrong with it."""

    starts_s: list
    n_windows: int = 0
    n_left_out: int = 0
    problems: tuple = ()
    error: str = ""


def write_face_folder_from_films(
    path, films, *, window_s=4.0, rate=8.0, step_s=None, size=64, landmarks="auto", n_jobs=1, progress=False
):
    """Follow the faces through films and write windows of them as a folder that :class:`FaceFolder` reads.

    A face is followed through all frames; at even times, `rate` a second, the nearest frame is cropped around it
    (:func:`~physiofer.face.aligned_crop`): eyes level and always in the same place, R, G and B. Nothing is interpolated
    between frames.

    A run that was ended goes on where it was: call it again with the same films. A film is done again if its file
    (name, size, time of change), the part of it that counts or the cut has changed; labels and heart rates are always
    those of the latest call. What a run that was killed has left of a film is removed before the film is done again: do
    not let two runs work on one folder at a time.

    Parameters
    ----------
    path : path-like
        The folder; it is made if it is not there. One that another function wrote is refused.
    films : iterable of LabelledFilm
        The films, with the same labels each: of :func:`physiofer.datasets.deap_films`, say. `recording` names must
        differ.
    window_s : float, default=4.0
        Length of a window in seconds, rounded to whole frames.
    rate : float, default=8.0
        Frames a second in the windows. Where a film has fewer, frames repeat.
    step_s : float, optional
        From the start of a window to that of the next, rounded to whole frames; `window_s` by default.
    size : int, default=64
        Side of the crops in pixels.
    landmarks : "auto", path-like or LandmarkModel, default="auto"
        Model of 68 points: that of the ``landmarks`` extra, or a file of dlib's.
    n_jobs : int, default=1
        Films at a time, each in a process of its own; -1 for all cores.
    progress : bool or callable, default=False
        A bar on standard error, or a function of films done, films in all and the name of the last one.

    Returns
    -------
    FaceFolder
        All windows, film after film in the order given, with the columns ``recording``, ``start_s`` (on the video's
        clock), the labels and, if any film came with a heart, ``heart_rate_bpm``: the mean over the window of the
        heart's rate, by the intervals between beats that :func:`~physiofer.signals.cardiac.nn_intervals` trusts; NaN
        where fewer than two of them reach into the window or they cover less than half of it.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of its range, films are none or contradict each other, or `path` cannot be written to.
    MissingExtraError
        If `landmarks` is ``"auto"`` and the extra is not installed.
    UnreadableDataError
        If not one film gives a window.

    Warns
    -----
    QualityWarning
        Once for each film that cannot be read, is damaged, or does not show a face throughout. A face that is not seen
        for up to 0.25 s stays as it was; windows in which it is longer gone, gone for more than a quarter of the
        frames, or replaced by another face are left out.

    Notes
    -----
    Memory does not grow with the films: windows are written as they come. Each film has a ``.npy`` of its windows and a
    ``.json`` of what they were made from; neither holds the path of a film. They hold *faces*: the folder is as private
    as the films are.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from physiofer.datasets.synthetic_face import SyntheticFace, write_video
    >>> with tempfile.TemporaryDirectory() as place:
    ...     video = pathlib.Path(place) / "p01.mp4"
    ...     n_frames = write_video(video, SyntheticFace(2.0, rate=15.0, bpm=72.0))
    ...     film = LabelledFilm(video, "p01", {"valence": 7.0}, heart=72.0)
    ...     folder = write_face_folder_from_films(video.parent / "crops", [film], window_s=1.0, rate=5.0)
    ...     folder[0].shape, folder.table["start_s"].tolist(), folder.heart_rate_bpm.tolist(), list(folder.targets)
    ((5, 3, 64, 64), [0.0, 1.0], [72.0, 72.0], ['valence'])
    """
    path = check_path(path)
    cut = _check_cut(window_s, rate, step_s, size)
    model_told = _check_landmarks(landmarks)
    if n_jobs is not None and (not isinstance(n_jobs, numbers.Integral) or isinstance(n_jobs, bool) or n_jobs == 0):
        raise InvalidArgumentError(f"n_jobs={n_jobs!r} must be an integer other than 0; -1 takes all cores.")
    tasks = _plan(films, cut, model_told)
    _check_place(path)
    _model(landmarks)  # to say now that there is none
    make_folder(path)
    outcomes = {}
    with progress_reporter(progress, "films") as report:
        todo = (delayed(_cut_film)(path, task, cut, landmarks) for task in tasks)
        for index, outcome in Parallel(n_jobs=n_jobs, return_as="generator_unordered")(todo):
            outcomes[index] = outcome
            if report is not None:
                report(len(outcomes), len(tasks), tasks[index].film.recording)
    for task in tasks:
        if told := _in_words(task.film.recording, outcomes[task.index]):
            warnings.warn(told, QualityWarning, stacklevel=2)
    return _finish(path, tasks, outcomes, cut)


def _check_cut(window_s, rate, step_s, size):
    """The cut that arguments ask for."""
    rate = check_number(rate, name="rate", low=0.0, high=1000.0, low_open=True)
    window_s = check_number(window_s, name="window_s", low=0.0, low_open=True)
    step_s = window_s if step_s is None else check_number(step_s, name="step_s", low=0.0, low_open=True)
    n_frames, n_step = round(window_s * rate), round(step_s * rate)
    if not 1 <= n_frames <= _MOST_FRAMES:
        raise InvalidArgumentError(
            f"window_s={window_s:g} at rate={rate:g} has {n_frames} frames; it must have 1 to {_MOST_FRAMES}."
        )
    if not n_step:
        raise InvalidArgumentError(f"step_s={step_s:g} must be a frame at least, 1/rate={1.0 / rate:g}.")
    return Cut(rate, n_frames, n_step, check_count(size, name="size", low=8, high=4096))


def _check_landmarks(landmarks):
    """What a fingerprint says of the model of landmarks."""
    if isinstance(landmarks, LandmarkModel):
        return "model"
    if landmarks is None or (isinstance(landmarks, str) and landmarks == "none"):
        raise InvalidArgumentError(
            f"landmarks={landmarks!r}: crops are laid on 68 points, which need a model; give 'auto' or a file."
        )
    return "auto" if landmarks == "auto" else check_path(landmarks, name="landmarks").name


@cache
def _model_of_file(file):
    """A model of landmarks, read once in each process."""
    return LandmarkModel.load(file)


def _model(landmarks):
    """The model of landmarks that is asked for."""
    if isinstance(landmarks, LandmarkModel):
        return landmarks
    return _model_of_file(None if landmarks == "auto" else os.fspath(landmarks))


def _plan(films, cut, model_told):
    """The tasks: films one by one, of which the signals are let go as soon as their beats are found."""
    if isinstance(films, LabelledFilm):
        films = [films]
    if not isinstance(films, Iterable):
        raise InvalidArgumentError(f"films={films!r} must be a LabelledFilm or several of them.")
    tasks, stems, names = [], set(), None
    for index, film in enumerate(films):
        if not isinstance(film, LabelledFilm):
            raise InvalidArgumentError(f"films holds a {type(film).__name__}; each must be a LabelledFilm.")
        if names is None:
            names = list(film.labels)
            check_label_names(names, name="labels")
        if set(film.labels) != set(names):
            raise InvalidArgumentError(
                f"{film.recording} has the labels {sorted(film.labels)} where the first film has {sorted(names)}; give "
                "the same to all, and leave out films without one."
            )
        stem = _stem(film.recording)
        if stem.casefold() in stems:
            message = f"recording={film.recording!r} is taken, or nearly so; give each film a name of its own."
            raise InvalidArgumentError(message)
        stems.add(stem.casefold())
        heart = film.heart if film.heart is None or isinstance(film.heart, float) else beats_and_intervals(film.heart)
        tasks.append(_Task(index, replace(film, heart=None), heart, stem, _fingerprint(film, cut, model_told)))
    if not tasks:
        raise InvalidArgumentError("films is empty; at least one is needed.")
    return tasks


def _stem(recording):
    """The name of a recording as that of a file."""
    stem = re.sub(r"[^\w.-]+", "_", recording).strip(".")
    n_bytes = len(stem.encode())
    if not stem or n_bytes > _LONGEST_STEM:
        raise InvalidArgumentError(
            f"recording={recording[:40]!r}{'...' if len(recording) > 40 else ''} must do for the name of a file: 1 to "
            f"{_LONGEST_STEM} bytes in UTF-8, not {n_bytes}."
        )
    return stem


def _fingerprint(film, cut, model_told):
    """All that decides on the windows of a film; None if there is no such file."""
    try:
        status = film.video.stat()
    except OSError:
        return None
    return {
        "version": _VERSION, "video": film.video.name, "bytes": status.st_size, "modified_ns": status.st_mtime_ns,
        "start_s": film.start_s, "stop_s": film.stop_s, "landmarks": model_told, **cut._asdict(),
    }  # fmt: skip


def _check_place(path):
    """Raise if a folder holds face sequences that films did not make."""
    if (path / TABLE).exists():
        files = set(FaceFolder(path).table["file"])
        if not all((path / name).with_suffix(".json").is_file() for name in files):
            raise InvalidArgumentError(f"path={str(path)!r} holds other face sequences; give another folder.")


def _cut_film(path, task, cut, landmarks):
    """Cut a film, unless that has been done; its number and what came of it."""
    done = _read_record(path, task)
    if done is not None:
        return task.index, done
    film, tally = task.film, Tally()
    record, array = path / f"{task.stem}.json", path / f"{task.stem}.npy"
    for outdated in (path / TABLE, record):  # in this order: a run that is ended here can go on
        outdated.unlink(missing_ok=True)
    for file in (array, record):
        remove_parts(file)
    try:
        with open_video(film.video, truncated="warn") as video, warnings.catch_warnings():
            warnings.simplefilter("ignore", QualityWarning)  # video.problems tell the same
            tracker = FaceTracker(landmarks=_model(landmarks))
            crops = sample_crops(video, tracker, cut, film.start_s, film.stop_s)
            starts_s = write_windows(array, cut_windows(crops, cut, tally), cut)
    except UnreadableDataError as error:
        return task.index, _Outcome([], error=str(error))
    outcome = _Outcome(starts_s, tally.n_windows, tally.n_left_out, tuple(video.problems))
    about = {"fingerprint": task.fingerprint, **outcome._asdict()}
    with whole_file(record) as part:
        part.write_text(json.dumps(about, indent=1), encoding="utf-8")
    return task.index, outcome


def _read_record(path, task):
    """What came of a film before, if its windows are there and nothing has changed since; None otherwise."""
    try:
        about = json.loads((path / f"{task.stem}.json").read_text(encoding="utf-8"))
        windows = np.load(path / f"{task.stem}.npy", mmap_mode="r", allow_pickle=False)
        if task.fingerprint is None or about.pop("fingerprint") != task.fingerprint:
            return None
        outcome = _Outcome(**about)
        return outcome if len(windows) == len(outcome.starts_s) else None
    except (OSError, ValueError, EOFError, TypeError, AttributeError, KeyError, RecursionError):
        return None  # half written, or by somebody else: done again


def _in_words(recording, outcome):
    """What is to be said of a film, or nothing."""
    if outcome.error:
        return f"{recording} is left out: {outcome.error}"
    told, n_kept = list(outcome.problems), outcome.n_windows - outcome.n_left_out
    if not outcome.n_windows:
        told.append("it is shorter than one window")
    elif not n_kept:
        told.append(f"there is no face throughout any of its {outcome.n_windows} windows")
    elif outcome.n_left_out:
        told.append(
            f"{outcome.n_left_out} of {outcome.n_windows} windows are left out, in which no face is seen throughout"
        )
    return f"{recording}{'' if n_kept else ' is left out'}: {'; '.join(told)}." if told else ""


def _finish(path, tasks, outcomes, cut):
    """Write the table of all windows."""
    parts = [_rows(task, outcomes[task.index].starts_s, cut) for task in tasks if outcomes[task.index].starts_s]
    if not parts:
        first = _in_words(tasks[0].film.recording, outcomes[0])
        raise UnreadableDataError(f"not one of {len(tasks)} films gives a window. {first}")
    table = pd.concat(parts, ignore_index=True)
    if all(task.heart is None for task in tasks):
        table = table.drop(columns="heart_rate_bpm")
    write_table(path, table)
    return FaceFolder(path)


def _rows(task, starts_s, cut):
    """The rows of the table of a film's windows."""
    heart = task.heart
    if isinstance(heart, tuple):
        heart = window_heart_rates(*heart, starts_s, cut.n_frames / cut.rate)
    return pd.DataFrame({
        "file": f"{task.stem}.npy", "row": np.arange(len(starts_s)), "subject": task.film.subject,
        "recording": task.film.recording, "start_s": starts_s,
        "heart_rate_bpm": np.nan if heart is None else heart, **task.film.labels,
    })  # fmt: skip
