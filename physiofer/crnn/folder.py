"""A folder of face sequences with their labels: one memory-mapped array for each recording and one table."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from .._atomic import whole_file
from .._validate import check_path
from ..exceptions import InvalidArgumentError, UnreadableDataError

__all__ = ["FaceFolder", "write_face_folder"]

TABLE = "windows.csv"
_KEYS = ("file", "row", "subject")
_ABOUT = ("recording", "start_s")  # columns that may be there, and are no labels
_HEART_RATE = "heart_rate_bpm"
_N_OPEN = 8  # files that stay mapped


class FaceFolder:
    """Face sequences on disk, read when they are asked for, so that a corpus larger than memory trains.

    Parameters
    ----------
    path : path-like
        A folder with a table ``windows.csv`` and the ``.npy`` files that it names.
    rows : array-like of int, optional
        Which windows, by their place in the table; all by default.

    Attributes
    ----------
    table : DataFrame of shape (n_windows, n_columns)
        What the table says of each window.

    Raises
    ------
    UnreadableDataError
        If the table or a file is missing, or is not what it should be.

    Notes
    -----
    ``windows.csv`` has a row for each window and the columns ``file`` (a ``.npy`` file of the same folder, of shape
    (n_windows_of_file, n_frames, 3, height, width), bytes or floats), ``row`` (which window of that file, from 0),
    ``subject``, ``heart_rate_bpm`` where it is known, and one column for each label, such as ``emotion``, or
    ``valence`` and ``arousal``. The columns ``recording`` (the film a window is from) and ``start_s`` (where in it) may
    be there as well and are no labels. Arrays of Python objects are refused: nothing in such a folder is executed.

    Examples
    --------
    >>> import tempfile
    >>> frames = np.zeros((2, 4, 3, 32, 32), dtype=np.uint8)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = write_face_folder(place, frames, ["a", "b"], targets={"emotion": [0, 1]}, heart_rate_bpm=[70, 75])
    ...     len(folder), folder[1].shape, folder.subjects.tolist(), folder.targets["emotion"].tolist()
    (2, (4, 3, 32, 32), ['a', 'b'], [0, 1])
    """

    def __init__(self, path, rows=None):
        self.path = check_path(path)
        table = _read_table(self.path)
        self.table = table if rows is None else table.iloc[np.asarray(rows)].reset_index(drop=True)
        self._open = {}

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
        names = [name for name in self.table.columns if name not in (*_KEYS, *_ABOUT, _HEART_RATE)]
        return {name: self.table[name].to_numpy() for name in names}

    def __len__(self):
        return len(self.table)

    def __getitem__(self, window):
        """One window (n_frames, 3, height, width), read from disk."""
        name, row = self.table["file"].iat[window], self.table["row"].iat[window]
        windows = self._windows_of(name)
        if not 0 <= row < len(windows):
            raise UnreadableDataError(f"{TABLE} asks for window {row} of {name}, which has {len(windows)}.")
        return np.array(windows[row])

    def __deepcopy__(self, memo):
        return self  # it never changes: a clone of an estimator may share it

    def __getstate__(self):
        return self.__dict__ | {"_open": {}}

    def _windows_of(self, name):
        """The array of a file, mapped and not read."""
        if name not in self._open:
            if len(self._open) >= _N_OPEN:
                self._open.pop(next(iter(self._open)))
            self._open[name] = _map(self.path, name)
        return self._open[name]


def write_face_folder(path, frames, subjects, *, targets, heart_rate_bpm=None):
    """Write face sequences with their labels as a folder that :class:`FaceFolder` reads.

    Parameters
    ----------
    path : path-like
        The folder; it is made if it is not there, and must hold no ``windows.csv``.
    frames : sequence of ndarray of shape (n_frames, 3, height, width), or one array of them
        Windows; an array mapped from disk or a sequence is written person by person.
    subjects : array-like of shape (n_windows,)
        Whose face each window shows; the windows of a person become one file.
    targets : dict of str to array-like of shape (n_windows,)
        Labels by name.
    heart_rate_bpm : array-like of shape (n_windows,), optional
        NaN where unknown.

    Returns
    -------
    FaceFolder
        What was written, in the order of the people's first windows.

    Raises
    ------
    InvalidArgumentError
        If lengths differ or something cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     frames = np.zeros((2, 4, 3, 32, 32), dtype=np.uint8)
    ...     write_face_folder(place, frames, ["b", "a"], targets={"emotion": [0, 1]}).table["file"].tolist()
    ['faces_001.npy', 'faces_002.npy']
    """
    path, subjects = check_path(path), np.asarray(subjects)
    columns = {str(name): np.asarray(values) for name, values in targets.items()}
    if heart_rate_bpm is not None:
        columns = {_HEART_RATE: np.asarray(heart_rate_bpm, dtype=np.float64)} | columns
    for name, values in {"subjects": subjects, **columns}.items():
        if values.shape != (len(frames),):
            raise InvalidArgumentError(
                f"{name} has shape {values.shape}; it must have one entry for each window of frames."
            )
    check_label_names(targets, name="targets")
    if not len(frames):
        raise InvalidArgumentError("frames is empty.")
    if (path / TABLE).exists():
        raise InvalidArgumentError(f"path={str(path)!r} holds a {TABLE}; give another folder.")
    make_folder(path)
    parts = []
    for number, subject in enumerate(dict.fromkeys(subjects.tolist()), start=1):
        own, name = np.flatnonzero(subjects == subject), f"faces_{number:03d}.npy"
        with whole_file(path / name) as part, part.open("wb") as file:
            np.save(file, np.stack([np.asarray(frames[place]) for place in own]), allow_pickle=False)
        part = {"file": name, "row": np.arange(own.size), "subject": subject}
        parts.append(pd.DataFrame(part | {key: values[own] for key, values in columns.items()}))
    write_table(path, pd.concat(parts))
    return FaceFolder(path)


def check_label_names(labels, *, name):
    """Refuse labels that are called like columns of the table's own."""
    taken = {str(label) for label in labels} & {*_KEYS, *_ABOUT, _HEART_RATE}
    if taken:
        raise InvalidArgumentError(f"{name} has {sorted(taken)}, names of the table's own.")


def make_folder(path):
    """Make a folder if it is not there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidArgumentError(f"path={str(path)!r} cannot be made ({error.strerror}).") from error


def write_table(path, table):
    """Write the table of a folder of face sequences."""
    with whole_file(path / TABLE) as part:
        table.to_csv(part, index=False)


def _read_table(path):
    """The checked table of a folder."""
    if not (path / TABLE).is_file():
        raise UnreadableDataError(
            f"{path.name}: there is no {TABLE} in the folder; write_face_folder makes one, with the columns file, "
            "row, subject and the labels."
        )
    try:
        names = dict.fromkeys(("file", "subject", "recording"), str.strip)  # texts, also "007" and "NA"
        table = pd.read_csv(path / TABLE, converters=names, encoding="utf-8")
    except (ValueError, OSError) as error:
        raise UnreadableDataError(f"{TABLE} is no table ({str(error).splitlines()[0]}).") from error
    missing = [name for name in _KEYS if name not in table]
    if missing:
        raise UnreadableDataError(f"{TABLE} lacks the columns {', '.join(missing)}.")
    if table.empty or (table[["file", "subject"]] == "").any(axis=None) or table["row"].isna().any():
        raise UnreadableDataError(f"{TABLE} has no rows, or rows without file, row or subject.")
    if table["row"].dtype.kind not in "iu":
        raise UnreadableDataError(f"{TABLE} has numbers of rows that are no integers.")
    if _HEART_RATE in table and table[_HEART_RATE].dtype.kind not in "iuf":
        raise UnreadableDataError(f"{TABLE} has heart rates that are no numbers.")
    return table


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
