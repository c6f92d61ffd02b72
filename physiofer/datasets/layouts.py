"""How corpora lie on disk: per format, where the recordings of a folder are and how each is read.

``FORMATS`` is the registry: a new format is one more :class:`CorpusFormat` in it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..exceptions import UnreadableDataError
from ..film import VIDEO_SUFFIXES, read_face_video
from ..io import edf, empatica, tabular
from ..io.bids import find_sidecars, is_bids_physio
from ..io.container import Container, is_hidden, kinds_found, reason
from ..io.delimited import table_suffix
from ..io.video import READER_VERSION as VIDEO_VERSION
from ..recording import Recording

__all__ = ["FORMATS", "CorpusFormat", "Found", "films_beside"]

_NO_SUBJECT = re.compile(r"(readme|license|changes|labels|participants|dataset_description)([._].*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A recording on disk.

    Parameters
    ----------
    subject, session : str
        Whose recording, and which sitting.
    paths : tuple of Path
        Its folder, archive or tables.
    shown_as : tuple of str
        Their paths inside the corpus, for messages.
    """

    subject: str
    session: str
    paths: tuple
    shown_as: tuple


@dataclass(frozen=True)
class CorpusFormat:
    """What `read_corpus` must know of a format.

    Parameters
    ----------
    name, title : str
        Its key in ``FORMATS`` and its name in sentences.
    expected : str
        What a folder of this format holds, in words.
    find : callable
        ``find(path, ignored)`` → list of `Found` in natural order, and list of errors: what looks like a subject and is
        none. `ignored` is the path of the labels or None.
    read : callable
        ``read(paths, shown_as, subject, session, **options)`` → Recording.
    files : callable
        ``files(path)`` → (name, Path) of every file that decides what `read` returns.
    options : tuple of str
        Names of the options of `read`.
    version : int
        Raised whenever the same files come to be read as other values.
    """

    name: str
    title: str
    expected: str
    find: Callable
    read: Callable
    files: Callable
    options: tuple = ()
    version: int = 1


def _find_empatica(path, ignored):
    """Folders and archives with sensor files: subjects, and sessions inside them."""
    if path.is_file():
        return ([Found(path.stem, "1", (path,), (path.name,))] if path.suffix.lower() == ".zip" else []), []
    if "" in empatica.group_sensor_files(Container(path)):
        name = path.absolute().name
        return [Found(name, "1", (path,), (name,))], []
    found, errors = [], []
    for child in _children(path):
        if child.is_dir() or child.suffix.lower() == ".zip":
            sessions = _empatica_sessions(child)
            subject = child.name if child.is_dir() else child.stem
            for session, place in sessions.items():
                found.append(Found(subject, session, (place,), (place.relative_to(path).as_posix(),)))
            if not sessions:
                there = kinds_found(Container(child).names)
                errors.append(f"{child.name}: no Empatica sensor file in it; found {there}.")
    return _without_twins(found, errors), errors


def _empatica_sessions(place):
    """The recordings of a subject's folder or archive by session."""
    try:
        container = Container(place)
    except UnreadableDataError:
        return {"1": place}  # to say so when it is loaded, like any other broken recording
    folders = empatica.group_sensor_files(container)
    if "" in folders or place.is_file():
        return {"1": place} if folders else {}
    sessions = {name: place / name for name in folders}
    for name in container.names:
        if "/" not in name and name.lower().endswith(".zip"):
            sessions.setdefault(Path(name).stem, place / name)  # a folder wins over the archive it came from
    return dict(sorted(sessions.items(), key=_natural))


def _read_empatica(paths, shown_as, subject, session):
    """Read one E4 recording."""
    return empatica.read_empatica(paths[0], subject=subject, session=session, shown_as=shown_as[0])


def _empatica_files(path):
    """The archive, or the sensor files and tags of the folder."""
    if path.is_file():
        return [(path.name, path)]
    files = empatica.find_sensor_files(Container(path), shown_as=path.name)
    return [(name, path / name) for name in sorted(files.values())]


def _find_eeg(path, ignored):
    """Files of EEG: BIDS recordings, or one file per subject, or a folder of files per subject."""
    if path.is_file():
        return ([Found(_eeg_stem(path), "1", (path,), (path.name,))] if _is_eeg(path) else []), []
    found, errors, folders = [], [], []
    for child in _children(path):
        if _is_eeg(child):
            found.append(Found(_eeg_stem(child), "1", (child,), (child.name,)))
        elif child.is_dir() and not _NO_SUBJECT.fullmatch(child.name):
            folders.append(child)
    for folder in folders:
        is_bids = folder.name.startswith("sub-")
        inside = [file for file in (folder.rglob("*_eeg.*") if is_bids else _children(folder)) if _is_eeg(file)]
        for file in sorted(inside, key=lambda file: _natural((file.name,))):
            session = _eeg_stem(file)
            if is_bids:
                session = "_".join(part for part in session.split("_")[:-1] if not part.startswith("sub-")) or "1"
            elif len(inside) == 1:
                session = "1"
            found.append(Found(folder.name, session, (file,), (file.relative_to(path).as_posix(),)))
        if not inside:
            there = kinds_found(item.name for item in _children(folder) if item.is_file())
            errors.append(f"{folder.name}: no file of EEG in it; found {there}.")
    found.sort(key=lambda item: (_natural((item.subject,)), _natural((item.session,))))
    return _without_twins(found, errors), errors


def _is_eeg(path):
    """Whether a file is one of EEG by its name, and not a later part of a long one."""
    suffix = edf.eeg_suffix(path.name)
    if suffix is None or not path.is_file():
        return False
    part = re.fullmatch(r"(.+)-\d+", path.name[: -len(suffix)])
    return not (part and suffix == ".fif" and path.with_name(f"{part[1]}.fif").is_file())


def _eeg_stem(path):
    """An EEG file's name without its ending."""
    return path.name[: -len(edf.eeg_suffix(path.name))]


def _read_eeg(paths, shown_as, subject, session, **options):
    """Read the file of one recording."""
    return edf.read_edf(paths[0], subject=subject, session=session, shown_as=shown_as[0], **options)


def _eeg_files(path):
    """The file and what belongs to it."""
    return [(file.name, file) for file in edf.eeg_files(path)]


def _find_tabular(path, ignored):
    """Tables: BIDS recordings, or one table per subject, or a folder of tables per subject."""
    if path.is_file():
        return ([Found(_stem(path.name), "1", (path,), (path.name,))] if _is_recording(path, None) else []), []
    if any(child.is_dir() and child.name.startswith("sub-") for child in _children(path)):
        return _find_bids(path), []
    found, errors = [], []
    for child in _children(path):
        if _is_recording(child, ignored):
            found.append(Found(_stem(child.name), "1", (child,), (child.name,)))
        elif child.is_dir() and not _NO_SUBJECT.fullmatch(child.name):
            tables = [table for table in _children(child) if _is_recording(table, ignored)]
            for table in tables:
                session = _stem(table.name) if len(tables) > 1 else "1"
                found.append(Found(child.name, session, (table,), (f"{child.name}/{table.name}",)))
            if not tables:
                there = kinds_found(item.name for item in _children(child) if item.is_file())
                errors.append(f"{child.name}: no table in it; found {there}.")
    return _without_twins(found, errors), errors


def _find_bids(path):
    """Physiological recordings of a BIDS folder; simultaneous ones (``recording-…``) are one recording."""
    runs = {}
    for subject in _children(path):
        if subject.is_dir() and subject.name.startswith("sub-"):
            for file in sorted(subject.rglob("*_physio.tsv*"), key=lambda file: _natural((file.name,))):
                if is_bids_physio(file.name) and file.is_file():
                    entities = file.name.split("_")[:-1]
                    rest = [part for part in entities if not part.startswith(("sub-", "recording-"))]
                    runs.setdefault((subject.name, "_".join(rest) or "1"), []).append(file)
    return [
        Found(subject, session, tuple(files), tuple(file.relative_to(path).as_posix() for file in files))
        for (subject, session), files in runs.items()
    ]


def _read_tabular(paths, shown_as, subject, session, **options):
    """Read the tables of one recording; further tables add their streams."""
    streams, meta, problems = {}, {}, []
    for path, shown in zip(paths, shown_as, strict=True):
        part = tabular.read_tabular(path, subject=subject, session=session, shown_as=shown, **options)
        for name, stream in part.streams.items():
            streams[name if name not in streams else f"{name} of {path.name}"] = stream
        problems += part.meta["problems"]
        meta = {**part.meta, **meta, "problems": problems}
    return Recording(subject, session, streams, meta=meta)


def _tabular_files(path):
    """The table and the JSON files that describe it."""
    sidecars = find_sidecars(path) if is_bids_physio(path.name) else []
    return [(path.name, path), *((file.name, file) for file in sidecars)]


def _find_video(path, ignored):
    """Videos: one per subject, or a folder of them per subject."""
    if path.is_file():
        return ([Found(path.stem, "1", (path,), (path.name,))] if _is_video(path) else []), []
    found, errors = [], []
    for child in _children(path):
        if child.is_dir() and not _NO_SUBJECT.fullmatch(child.name):
            films = [film for film in _children(child) if _is_video(film)]
            for film in films:
                session = film.stem if len(films) > 1 else "1"
                found.append(Found(child.name, session, (film,), (f"{child.name}/{film.name}",)))
        elif _is_video(child):
            found.append(Found(child.stem, "1", (child,), (child.name,)))
    return _without_twins(found, errors), errors


def _read_video(paths, shown_as, subject, session, **options):
    """Read the video of one recording."""
    return read_face_video(paths[0], subject=subject, session=session, **options)


def _video_files(path):
    """The video alone."""
    return [(path.name, path)]


def films_beside(found):
    """Videos that belong to recordings: in a recording's folder, or named as its table is, or else beside it.

    Parameters
    ----------
    found : list of Found
        The recordings of a corpus, none of them a video.

    Returns
    -------
    list of tuple of Path
        For each recording its videos, in natural order.
    """
    in_folder = {}
    for item in found:
        in_folder.setdefault(item.paths[0].parent, []).append(item)
    films = []
    for item in found:
        place = item.paths[0]
        if place.is_dir():
            films.append(tuple(child for child in _children(place) if _is_video(child)))
            continue
        beside = [child for child in _children(place.parent) if _is_video(child)]
        stems = {_stem(path.name) if table_suffix(path.name) else path.stem for path in item.paths}
        namesakes = tuple(child for child in beside if child.stem in stems)
        is_alone = len(in_folder[place.parent]) == 1 and item.subject == place.parent.name
        films.append(namesakes or (tuple(beside) if is_alone else ()))
    return films


def _is_video(path):
    """Whether a file is a video by its name."""
    return path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()


#: Formats by name, in the order in which ``format="auto"`` tries them.
FORMATS = {
    "empatica": CorpusFormat(
        name="empatica",
        title="Empatica",
        expected="folders or zip archives with " + ", ".join(empatica.SENSOR_FILES),
        find=_find_empatica,
        read=_read_empatica,
        files=_empatica_files,
        version=empatica.READER_VERSION,
    ),
    "eeg": CorpusFormat(
        name="eeg",
        title="EEG",
        expected="one .bdf, .edf, .gdf, .set, .fif or .cnt file per subject",
        find=_find_eeg,
        read=_read_eeg,
        files=_eeg_files,
        options=("kinds", "trigger_mask", "truncated"),
        version=edf.READER_VERSION,
    ),
    "tabular": CorpusFormat(
        name="tabular",
        title="tabular",
        expected="one .csv, .tsv or .parquet table per subject",
        find=_find_tabular,
        read=_read_tabular,
        files=_tabular_files,
        options=("rate", "time_column", "start_s", "columns", "units", "kinds", "separator"),
        version=tabular.READER_VERSION,
    ),
    "video": CorpusFormat(
        name="video",
        title="video",
        expected="one video of a face per subject",
        find=_find_video,
        read=_read_video,
        files=_video_files,
        options=("regions", "landmarks", "threads", "start_s"),
        version=VIDEO_VERSION,
    ),
}


def _children(folder):
    """What lies in a folder, hidden files left out, in natural order."""
    try:
        return sorted(
            (child for child in folder.iterdir() if not is_hidden(child.name)),
            key=lambda child: _natural((child.name,)),
        )
    except OSError as error:
        raise UnreadableDataError(f"{folder.name!r} cannot be listed ({reason(error)}).") from error


def _natural(item):
    """Sort key by which S2 comes before S10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", item[0])], item[0]


def _is_recording(path, ignored):
    """Whether a file is a table of samples by its name, and not the labels."""
    suffix = table_suffix(path.name)
    if suffix is None or ".txt" in suffix or not path.is_file() or _NO_SUBJECT.fullmatch(path.name):
        return False
    return ignored is None or not ignored.exists() or not path.samefile(ignored)


def _stem(name):
    """A table's name without its ending."""
    return name[: -len(table_suffix(name))]


def _without_twins(found, errors):
    """One recording per subject and session: the first; the others are errors."""
    first = {}
    for item in found:
        if first.setdefault((item.subject, item.session), item) is not item:
            errors.append(f"{item.shown_as[0]}: a second recording {item.subject}/{item.session}; left out.")
    return list(first.values())
