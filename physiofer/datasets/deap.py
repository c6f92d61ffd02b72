"""DEAP: films of faces with ratings and a finger's pulse wave.

Users bring their own copy: DEAP is given to researchers who sign its end-user licence, for academic use only.
"""

import os
import re
import warnings

import numpy as np
import pandas as pd

from .._validate import check_path
from ..exceptions import QualityWarning, UnreadableDataError
from ..film import VIDEO_SUFFIXES, LabelledFilm
from ..stream import Stream
from .pickled_arrays import read_pickled_arrays

__all__ = ["deap_films"]

_LABELS = ("valence", "arousal", "dominance", "liking")  # columns of the labels, each 1 to 9
_RATE = 128.0
_BASELINE_S = 3.0
_PLETH = 38  # the 39th of 40 channels
_MOST_BYTES = 2**28  # a file of the corpus has 103 MB
_RATINGS = "participant_ratings.csv"
_COLUMNS = ("participant_id", "trial", "experiment_id")
_SAME = 0.05  # ratings are given to two digits
_LEVELS = 2  # of folders below the one that is given
_FILM = re.compile(rf"(s\d\d)_trial(\d\d)({'|'.join(map(re.escape, VIDEO_SUFFIXES))})", re.IGNORECASE)
_DATA = re.compile(r"(s\d\d)\.dat", re.IGNORECASE)


def deap_films(folder):
    """Films of DEAP with the ratings and the pulse wave that belong to them.

    Needed are the films (``s01/s01_trial01.avi``), the pre-processed recordings for Python (``s01.dat``) and
    ``participant_ratings.csv``, in `folder` or up to two levels below.

    Parameters
    ----------
    folder : path-like
        Where the corpus lies.

    Yields
    ------
    LabelledFilm
        Film after film, person after person: labels ``valence``, ``arousal``, ``dominance`` and ``liking`` from 1 to 9,
        and the pulse wave as ``heart``. People and trials without a film are passed over.

    Raises
    ------
    UnreadableDataError
        At once if films, recordings or ratings are missing; in the end if nobody can be read.

    Warns
    -----
    QualityWarning
        If a person's file is damaged, larger than 256 MiB, or anything else than arrays of the right shape (nothing in
        it is executed), if its ratings are not those of the table, or if the table has one stimulus in two of its
        trials: that person is left out. If the table lacks a rating: that trial is. If numbers of people, trials or
        stimuli in the table are no integers: those rows are.

    Notes
    -----
    What is relied on, from the description that comes with the corpus [1]_: trial numbers of the *films* are the order
    in which they were shown, which differs from person to person; the rows of ``s01.dat`` are in the order of the
    *stimuli* (``Experiment_id``), the same for all. ``participant_ratings.csv`` says which is which, and its ratings
    must be those of the row. Row and film show the same minute: the pulse wave is channel 39 at 128 Hz, of which the
    first 3 s lie before the film and are cut off.

    References
    ----------
    .. [1] Koelstra et al. (2012), IEEE Transactions on Affective Computing 3(1), 18-31.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     deap_films(folder)
    Traceback (most recent call last):
        ...
    physiofer.exceptions.UnreadableDataError: ...: no film of DEAP is here or two levels below, such as s01_trial01.avi.
    """
    folder = check_path(folder, name="folder")
    if not folder.is_dir():
        raise UnreadableDataError(f"{folder.absolute().name}: there is no such folder.")
    films, data, ratings = {}, {}, None
    for path in _files_below(folder):
        if found := _FILM.fullmatch(path.name):
            films.setdefault(found[1].lower(), {}).setdefault(int(found[2]), path)
        elif found := _DATA.fullmatch(path.name):
            data.setdefault(found[1].lower(), path)
        elif path.name.lower() == _RATINGS:
            ratings = ratings or path
    name = folder.absolute().name
    if not films:
        raise UnreadableDataError(f"{name}: no film of DEAP is here or two levels below, such as s01_trial01.avi.")
    if missing := [f"{subject}.dat" for subject in sorted(films) if subject not in data]:
        raise UnreadableDataError(
            f"{name}: there are films, but not {', '.join(missing)} (data_preprocessed_python of DEAP)."
        )
    if ratings is None:
        raise UnreadableDataError(
            f"{name}: there is no {_RATINGS} (metadata_csv of DEAP). Films are numbered as they were shown and "
            "recordings by stimulus: nothing else says which belong together."
        )
    return _films_of_all(films, data, _read_ratings(ratings))


def _files_below(folder):
    """Files of a folder and of those up to two levels below, in order."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = folder / os.path.relpath(place, folder)
        if len(here.relative_to(folder).parts) >= _LEVELS:
            folders.clear()
        yield from (here / name for name in sorted(files) if not name.startswith("."))


def _read_ratings(path):
    """The table of ratings, names of columns in lower case, and the rows that say who, when and which stimulus."""
    try:
        try:
            table = pd.read_csv(path, encoding="utf-8-sig")
        except UnicodeDecodeError:
            table = pd.read_csv(path, encoding="latin1")
    except (OSError, ValueError) as error:
        raise UnreadableDataError(f"{path.name}: it is no table ({str(error).splitlines()[0]}).") from error
    table = table.rename(columns=lambda name: str(name).strip().lower())
    missing = [name for name in (*_COLUMNS, *_LABELS) if name not in table]
    if missing:
        raise UnreadableDataError(f"{path.name}: it lacks the columns {', '.join(missing)}.")
    table = table[[*_COLUMNS, *_LABELS]].apply(pd.to_numeric, errors="coerce").dropna(how="all").astype(np.float64)
    keys = table[list(_COLUMNS)].to_numpy()
    is_known = (np.isfinite(keys) & (keys == np.floor(keys))).all(axis=1)
    if not is_known.all():
        message = f"{path.name}: {(~is_known).sum()} rows are left out, in which {', '.join(_COLUMNS)} are no integers."
        warnings.warn(message, QualityWarning, stacklevel=3)
    return table[is_known].drop_duplicates(["participant_id", "trial"])


def _films_of_all(films, data, ratings):
    """The films of everybody who has some; whoever cannot be read is told of, and left out."""
    errors = []
    for subject in sorted(films):
        try:
            own = _films_of(subject, films[subject], data[subject], ratings)
        except UnreadableDataError as error:
            errors.append(error)
            warnings.warn(f"{subject} is left out. {error}", QualityWarning, stacklevel=3)
            continue
        yield from own
    if len(errors) == len(films):
        raise UnreadableDataError(f"none of {len(films)} people can be read; the first: {errors[0]}")


def _films_of(subject, videos, data, ratings):
    """The films of one person."""
    labels, pleth = _read_person(data)
    own = ratings[ratings["participant_id"] == int(subject[1:])].set_index("trial")
    stimuli = own.loc[own["experiment_id"].between(1, len(labels)), "experiment_id"]
    if stimuli.duplicated().any():
        stimulus = int(stimuli[stimuli.duplicated()].iloc[0])
        raise UnreadableDataError(
            f"{_RATINGS}: two trials of {subject} are of stimulus {stimulus}; each is shown once."
        )
    films = []
    for trial, video in sorted(videos.items()):
        if trial not in own.index:
            raise UnreadableDataError(f"{_RATINGS}: trial {trial} of {subject} is not in it.")
        row = own.loc[trial]
        place = int(row["experiment_id"]) - 1
        if not 0 <= place < len(labels):
            raise UnreadableDataError(f"{_RATINGS}: {subject} has no stimulus {place + 1} (trial {trial}).")
        if not np.isfinite(row[list(_LABELS)].to_numpy(float)).all():
            message = f"trial {trial} of {subject} is left out. {_RATINGS} has not all ratings of it."
            warnings.warn(message, QualityWarning, stacklevel=4)
            continue
        if not np.allclose(row[list(_LABELS)].to_numpy(float), labels[place], atol=_SAME):
            raise UnreadableDataError(
                f"{subject}.dat: the ratings of stimulus {place + 1} are not those of trial {trial} in {_RATINGS}; "
                "they may be of different versions of the corpus."
            )
        wave = Stream.regular(pleth[place], _RATE, channels=["pleth"], kind="bvp")
        films.append(LabelledFilm(video, subject, dict(zip(_LABELS, labels[place].tolist(), strict=True)), wave))
    return films


def _read_person(path):
    """Labels (n_trials, 4) and pulse waves (n_trials, n_times) of a person's file, from second 0 of the films on."""
    content = read_pickled_arrays(path, max_bytes=_MOST_BYTES)
    data, labels = (content.get(key) if isinstance(content, dict) else None for key in ("data", "labels"))
    is_data = isinstance(data, np.ndarray) and data.ndim == 3 and data.shape[1] > _PLETH
    if not is_data or not isinstance(labels, np.ndarray) or labels.shape != (len(data), len(_LABELS)):
        raise UnreadableDataError(
            f"{path.name}: it must hold data (n_trials, 40, n_times) and labels (n_trials, 4), as DEAP's files do."
        )
    labels = labels.astype(np.float64)
    if not ((labels >= 0.5) & (labels <= 9.5)).all():
        raise UnreadableDataError(f"{path.name}: its ratings are not all from 1 to 9.")
    return labels, data[:, _PLETH, int(_BASELINE_S * _RATE) :].astype(np.float64)
