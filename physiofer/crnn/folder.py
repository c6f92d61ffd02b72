"""A folder of face sequences with their labels: one memory-mapped array for each recording and one table."""

import json
import operator
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

import numpy as np
import pandas as pd

from .._atomic import whole_file
from .._validate import check_path, check_series
from ..exceptions import InvalidArgumentError, UnreadableDataError
from .folder_files import TABLE, check_label_names, label_names, make_folder, read_table, remove_parts, write_table

__all__ = ["FaceFolder", "write_face_folder"]

_HEART_RATE = "heart_rate_bpm"
_N_OPEN = 8  # files that stay mapped


class FaceFolder:
    """Face sequences on disk, read when they are asked for, so that a corpus larger than memory trains.

    Parameters
    ----------
    path : path-like
        A folder with a table ``windows.csv`` and the ``.npy`` files that it names.
    rows : array-like of int or of bool, optional
        Which windows, by their place in the table from 0, or True for each that is wanted; all by default.

    Attributes
    ----------
    table : DataFrame of shape (n_windows, n_columns)
        What the table says of each window.

    Raises
    ------
    UnreadableDataError
        If the table or a file is missing, or is not what it should be.
    InvalidArgumentError
        If `rows` are no places in the table.

    Notes
    -----
    ``windows.csv`` has a row for each window and the columns ``file`` (a ``.npy`` file of the same folder, of shape
    (n_windows_of_file, n_frames, 3, height, width), bytes or floats), ``row`` (which window of that file, from 0),
    ``subject``, ``heart_rate_bpm`` where it is known, and one column for each label, such as ``emotion``, or
    ``valence`` and ``arousal``. The columns ``recording`` (the film a window is from) and ``start_s`` (where in it) may
    be there as well and are no labels. Arrays of Python objects are refused: nothing in such a folder is executed.

    A label whose cells are all numbers is a column of numbers, and what stands in quotes is text, as ``"1"`` or
    ``"NA"``; so is ``01``. A blank cell is a label that is not known: NaN among numbers, None among texts.

    Examples
    --------
    >>> import tempfile
    >>> frames = np.zeros((2, 4, 3, 32, 32), dtype=np.uint8)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = write_face_folder(f"{place}/crops", frames, ["a", "b"], targets={"emotion": [0, 1]})
    ...     folder, folder[1].shape, folder.subjects.tolist(), folder.targets["emotion"].tolist()
    (<FaceFolder crops: 2 windows of 2 people, labels emotion>, (4, 3, 32, 32), ['a', 'b'], [0, 1])
    """

    def __init__(self, path, rows=None):
        self.path = check_path(path)
        table = read_table(self.path)
        self.table = table if rows is None else table.iloc[_checked_rows(rows, len(table))].reset_index(drop=True)
        self._open, self._lock = {}, Lock()

    def __repr__(self):
        labels = f"labels {', '.join(self.targets)}" if self.targets else "no labels"
        n_people = self.table["subject"].nunique()
        return f"<FaceFolder {self.path.absolute().name}: {len(self)} windows of {n_people} people, {labels}>"

    @property
    def subjects(self):
        """Whose face each window shows: ndarray of str, shape (n_windows,)."""
        return self.table["subject"].to_numpy(dtype=str)

    @property
    def heart_rate_bpm(self):
        """Heart rate of each window, NaN where unknown: ndarray of shape (n_windows,), None without such a column."""
        return self.table[_HEART_RATE].to_numpy(dtype=np.float64) if _HEART_RATE in self.table else None

    @property
    def targets(self):
        """The other columns, which are labels: dict of str to ndarray."""
        return {name: self.table[name].to_numpy() for name in label_names(self.table)}

    def __len__(self):
        return len(self.table)

    def __getitem__(self, window):
        """One window (n_frames, 3, height, width), read from disk."""
        try:
            place = operator.index(window)
        except TypeError:
            place = None
        if place is None or isinstance(window, bool):
            kind = type(window).__name__
            message = (
                f"a folder gives one window at a time, not those of a {kind}; for some, FaceFolder(path, rows=...)."
            )
            raise InvalidArgumentError(message)
        if not -len(self) <= place < len(self):
            raise IndexError(f"there is no window {place} in a folder of {len(self)}.")
        window = place
        name, row = self.table["file"].iat[window], self.table["row"].iat[window]
        windows = self._windows_of(name)
        if not 0 <= row < len(windows):
            raise UnreadableDataError(f"{TABLE} asks for window {row} of {name}, which has {len(windows)}.")
        return np.array(windows[row])

    def __deepcopy__(self, memo):
        return self  # it never changes: a clone of an estimator may share it

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name != "_lock"} | {"_open": {}}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._lock = Lock()

    def _windows_of(self, name):
        """The array of a file, mapped and not read; threads may ask for different ones at a time."""
        windows = self._open.get(name)
        if windows is None:
            with self._lock:  # also while NumPy reads the header: Python 3.11 parses in one thread at a time only
                windows = _map(self.path, name)
                while len(self._open) >= _N_OPEN:
                    self._open.pop(next(iter(self._open)), None)
                self._open[name] = windows
        return windows


def write_face_folder(path, frames, subjects, *, targets, heart_rate_bpm=None):
    """Write face sequences with their labels as a folder that :class:`FaceFolder` reads.

    Parameters
    ----------
    path : path-like
        The folder; it is made if it is not there, and must hold no ``windows.csv``.
    frames : sequence of ndarray of shape (n_frames, 3, height, width), or one array of them
        Windows, bytes from 0 to 255 or floats from 0 to 1; an array mapped from disk or a sequence is written person by
        person.
    subjects : array-like of shape (n_windows,)
        Whose face each window shows; the windows of a person become one file.
    targets : dict of str to array-like of shape (n_windows,)
        Labels by name: numbers or texts, NaN, None or masked where unknown.
    heart_rate_bpm : array-like of shape (n_windows,), optional
        NaN or masked where unknown.

    Returns
    -------
    FaceFolder
        What was written, in the order of the people's first windows.

    Raises
    ------
    InvalidArgumentError
        If lengths differ, a window has no subject, frames are no pixels, or something cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     frames = np.zeros((2, 4, 3, 32, 32), dtype=np.uint8)
    ...     write_face_folder(place, frames, ["b", "a"], targets={"emotion": [0, 1]}).table["file"].tolist()
    ['faces_001.npy', 'faces_002.npy']
    """
    path = check_path(path)
    if isinstance(frames, (dict, set)) or not (hasattr(frames, "__len__") and hasattr(frames, "__getitem__")):
        kind = type(frames).__name__
        raise InvalidArgumentError(f"frames is a {kind}; it must be an array or a sequence of windows: list(frames).")
    if not len(frames):
        raise InvalidArgumentError("frames is empty.")
    subjects = _checked_subjects(subjects, len(frames))
    columns = _checked_columns(targets, heart_rate_bpm, len(frames))
    first = _window(frames, 0)
    if (path / TABLE).exists():
        raise InvalidArgumentError(f"path={str(path)!r} holds a {TABLE}; give another folder.")
    make_folder(path)
    parts = []
    for number, subject in enumerate(dict.fromkeys(subjects.tolist()), start=1):
        own, name = np.flatnonzero(subjects == subject), f"faces_{number:03d}.npy"
        remove_parts(path / name)
        with whole_file(path / name) as part, part.open("wb") as file:
            np.save(file, np.stack([_window(frames, place, first) for place in own]), allow_pickle=False)
        part = {"file": name, "row": np.arange(own.size), "subject": subject}
        parts.append(pd.DataFrame(part | {key: values[own] for key, values in columns.items()}))
    write_table(path, pd.concat(parts))
    return FaceFolder(path)


def _checked_rows(rows, n_windows):
    """Places in the table as integers."""
    try:
        places = np.asarray(rows)
    except ValueError:
        places = np.empty((0, 0))
    if places.dtype == bool and places.shape == (n_windows,):
        return np.flatnonzero(places)
    if places.shape == (0,):
        return np.empty(0, dtype=np.intp)
    if places.ndim == 1 and places.dtype.kind in "iu" and places.min() >= 0 and places.max() < n_windows:
        return places.astype(np.intp)
    raise InvalidArgumentError(
        f"rows must be integers from 0 to {n_windows - 1}, or True or False for each of {n_windows} windows."
    )


def _column(values, name, n_windows):
    """A vector with an entry for each window, objects unless it was an array; None where masked."""
    is_array = isinstance(values, np.ndarray)
    if is_array and np.ma.is_masked(values):
        is_masked, values = np.ma.getmaskarray(values), np.array(values.data, dtype=object)
        values[is_masked] = None
    column = np.asarray(values) if is_array else np.asarray(values, dtype=object)
    if column.shape != (n_windows,):
        raise InvalidArgumentError(
            f"{name} has shape {column.shape}; it must have one entry for each window of frames."
        )
    return column


def _checked_subjects(subjects, n_windows):
    """Names of people, objects of str."""
    people = _column(subjects, "subjects", n_windows)
    names = np.array([str(person) for person in people], dtype=object)
    is_missing = pd.isna(people) | (np.char.strip(names.astype(str)) == "")
    if is_missing.any():
        place = int(np.argmax(is_missing))
        raise InvalidArgumentError(
            f"subjects[{place}]={people[place]!r} must say whose face it is; leave it out if unknown."
        )
    return names


def _checked_columns(targets, heart_rate_bpm, n_windows):
    """Heart rates and labels by name."""
    if not isinstance(targets, Mapping):
        kind = type(targets).__name__
        raise InvalidArgumentError(f"targets is a {kind}; it must be a dict of names to labels: {{'emotion': labels}}.")
    check_label_names(targets, name="targets")
    columns = {str(name): _column(values, str(name), n_windows) for name, values in targets.items()}
    if heart_rate_bpm is None:
        return columns
    rates = check_series(heart_rate_bpm, name=_HEART_RATE)
    if np.isinf(rates).any():
        raise InvalidArgumentError(f"{_HEART_RATE} must be finite, or NaN where unknown.")
    return {_HEART_RATE: _column(rates, _HEART_RATE, n_windows)} | columns


def _window(frames, place, like=None):
    """A window of frames, of the shape and kind of another one."""
    window = frames[place]
    if isinstance(window, np.ma.MaskedArray):
        if window.dtype.kind != "f" and np.ma.getmaskarray(window).any():
            raise InvalidArgumentError(f"frames[{place}] has masked pixels; give floats from 0 to 1, which may be NaN.")
        window = window.filled(np.nan) if window.dtype.kind == "f" else window.data
    try:
        window = np.asarray(window)
    except ValueError as error:
        raise InvalidArgumentError(f"frames[{place}] is no array of pixels ({error}).") from error
    if window.dtype != np.uint8 and window.dtype.kind != "f":
        raise InvalidArgumentError(
            f"frames[{place}] has type {window.dtype}; it must be uint8, from 0 to 255, or float, from 0 to 1."
        )
    if window.ndim != 4:
        shape = window.shape
        raise InvalidArgumentError(f"frames[{place}] has shape {shape}; it must be (n_frames, 3, height, width).")
    if like is not None and (window.shape != like.shape or window.dtype.kind != like.dtype.kind):
        raise InvalidArgumentError(
            f"frames[{place}] has shape {window.shape} and type {window.dtype} where frames[0] has {like.shape} and "
            f"{like.dtype}; cut all windows to one shape."
        )
    return window


def _map(path, name):
    """Map a `.npy` file of a folder; refuse what lies outside of it, or holds something else."""
    if Path(name).name != name:
        raise UnreadableDataError(f"{TABLE} names {json.dumps(name)}; files must lie in the folder itself.")
    try:
        windows = np.load(path / name, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise UnreadableDataError(f"{name}, which {TABLE} names, is not in the folder.") from error
    except (OSError, ValueError, EOFError) as error:
        raise UnreadableDataError(f"{name} is no whole array of NumPy ({str(error).splitlines()[0]}).") from error
    if not isinstance(windows, np.ndarray) or windows.ndim != 5:
        shape = getattr(windows, "shape", "of several arrays")
        raise UnreadableDataError(f"{name} has shape {shape}; it must be (n_windows, n_frames, 3, height, width).")
    return windows
