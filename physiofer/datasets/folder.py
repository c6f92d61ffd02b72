"""One function for a folder of people: each sub-folder, archive or table becomes the source of a recording.

Examples
--------
>>> import tempfile
>>> from pathlib import Path
>>> with tempfile.TemporaryDirectory() as folder:
...     for subject in ("p01", "p02"):
...         _ = (Path(folder) / f"{subject}.csv").write_text("ecg\\n0.1\\n0.2\\n")
...     corpus = read_corpus(folder, rate=100.0)
...     corpus.subjects, corpus[0].load()
(['p01', 'p02'], <Recording p01/1: ecg; 0 events>)
"""

import hashlib
import warnings
from collections import Counter
from dataclasses import dataclass, field, replace

import pandas as pd

from .._validate import check_choice, check_number, check_path
from ..exceptions import InvalidArgumentError, QualityWarning, UnreadableDataError
from ..face.landmarks import installed_model_size
from ..film import read_face_video
from ..io import labels as label_tables
from ..io.container import Container, kinds_found, read_file
from ..recording import Recording
from .corpus import Corpus, RecordingSource, hash_table
from .layouts import FORMATS, CorpusFormat, films_beside

__all__ = ["FileSource", "read_corpus"]

_MAX_BYTES = 2**31
_PIECE = 2**20


@dataclass(frozen=True, eq=False, repr=False)
class FileSource(RecordingSource):
    """A recording in files, read anew at each load.

    Parameters
    ----------
    subject, session : str
        Whose recording, and which sitting.
    paths : tuple of Path
        Its folder, archive or tables.
    shown_as : tuple of str
        What messages call them: their paths inside the corpus.
    format : CorpusFormat
        How they are read.
    options : dict
        Arguments of the format's reader.
    labels : LabelTable, optional
        The subject's labels.
    outside : {"warn", "ignore"}, default="warn"
        As in :meth:`~physiofer.io.LabelTable.attach`.
    films : tuple of Path, default=()
        Videos of the face in the same recording.
    film_start_s : float, default=0
        Where second 0 of the videos lies on the recording's clock.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "p01.csv"
    ...     _ = table.write_text("time_s,ecg\\n0,0.1\\n0.5,0.2\\n")
    ...     FileSource("p01", "1", (table,), ("p01.csv",), FORMATS["tabular"]).load()
    <Recording p01/1: ecg; 0 events>
    """

    subject: str
    session: str
    paths: tuple
    shown_as: tuple
    format: CorpusFormat
    options: dict = field(default_factory=dict)
    labels: label_tables.LabelTable | None = None
    outside: str = "warn"
    films: tuple = ()
    film_start_s: float = 0.0

    def load(self):
        """Read the recording and attach its labels.

        Returns
        -------
        Recording

        Raises
        ------
        UnreadableDataError
            If nothing of it can be read.
        """
        recording = self.format.read(self.paths, self.shown_as, self.subject, self.session, **self.options)
        if self.films:
            recording = _with_films(recording, self.films, self.film_start_s)
        return recording if self.labels is None else self.labels.attach(recording, outside=self.outside)

    def glance(self):
        """The recording without its videos, which take as long to read as everything else together.

        Returns
        -------
        Recording
        """
        if self.format.name == "video":
            return Recording(self.subject, self.session)
        return replace(self, films=()).load()

    def fingerprint(self):
        """Hash of the files' names and bytes, subject, session, labels, options and reader version.

        Returns
        -------
        str

        Raises
        ------
        UnreadableDataError
            If a file cannot be read any more.
        """
        content = hashlib.blake2b(digest_size=16)
        about = (self.format.name, self.format.version, self.subject, self.session, sorted(self.options.items()))
        content.update(repr(about).encode())
        for path, shown_as in zip(self.paths, self.shown_as, strict=True):
            for name, file in self.format.files(path):
                if self.format.name in ("eeg", "video"):
                    content.update(repr(name).encode())
                    _hash_file(content, file)
                    continue
                try:
                    data = read_file(file, _MAX_BYTES, unpack=False)
                except UnreadableDataError as error:
                    raise UnreadableDataError(f"{shown_as}: {file.name} {error}.") from error
                content.update(repr((name, len(data))).encode())
                content.update(data)
        if self.films or self.format.name == "video":
            content.update(repr(installed_model_size()).encode())  # without landmarks, the same film tells other things
        for film in self.films:
            content.update(repr((film.name, FORMATS["video"].version, self.film_start_s)).encode())
            _hash_file(content, film)
        if self.labels is not None:
            content.update(repr((label_tables.READER_VERSION, self.labels.clock)).encode())
            content.update(hash_table(self.labels.events))
        return content.hexdigest()


def _with_films(recording, films, start_s):
    """The recording with the streams of videos of its face; a video that cannot be read takes nothing else with it."""
    streams = dict(recording.streams)
    if len(films) > 1:
        told = f"{recording.name}: {len(films)} videos lie there; face and pulse come from the first, {films[0].name}."
        warnings.warn(told, QualityWarning, stacklevel=3)
    for film in films:
        try:
            read = read_face_video(film, start_s=start_s).streams
        except UnreadableDataError as error:
            warnings.warn(f"{recording.name}: read without its video: {error}", QualityWarning, stacklevel=3)
            continue
        for name, stream in read.items():
            streams[name if name not in streams else f"{name} of {film.name}"] = stream
    return Recording(recording.subject, recording.session, streams, recording.events, recording.meta)


def _hash_file(content, path):
    """Add the bytes of a file, however large, to a hash."""
    try:
        with open(path, "rb") as file:
            while piece := file.read(_PIECE):
                content.update(piece)
    except OSError as error:
        raise UnreadableDataError(f"{path.name} cannot be read ({error.strerror}).") from error


def read_corpus(path, *, format="auto", labels=None, subjects=None, videos=True, video_start_s=0.0, **reader_options):
    """Read a folder of people as a corpus whose recordings are loaded when needed.

    Every sub-folder, zip archive (Empatica), file (EEG) or table (tabular) is a subject, and its name the subject's;
    sub-folders and archives (files, tables) inside a subject's folder are sessions. Hidden files, texts like README,
    and files named ``labels`` or ``participants`` are passed over.

    Parameters
    ----------
    path : path-like
        The folder; or a single recording, which makes a corpus of one.
    format : {"auto", "empatica", "eeg", "tabular", "video"}, default="auto"
        What its recordings are: ``"empatica"`` for folders or zip archives of the E4, ``"eeg"`` for files that
        :func:`physiofer.io.read_edf` reads, also in BIDS, ``"tabular"`` for tables or BIDS, ``"video"`` for videos of
        faces and nothing else.
        By default the first of these that is found. More can be added to ``datasets.layouts.FORMATS``.
    labels : path-like or DataFrame, optional
        Labels of all subjects, for :func:`physiofer.io.read_labels`.
    subjects : sequence of str, optional
        Read only these.
    videos : bool, default=True
        Whether videos of a face that lie in a recording's folder, or beside its table under the same name, are read as
        streams of it, see :func:`physiofer.film.read_face_video`.
    video_start_s : float or dict of str to float, default=0
        Where second 0 of those videos lies on the recording's clock: for all, or by the recording's name
        (``"p01/1"``). A camera seldom starts with the other sensors: measure it, by a clap or a light for example.
    **reader_options
        Arguments of the format's reader that hold for all: for ``"tabular"``, for example, ``rate=100.0``.

    Returns
    -------
    Corpus
        In natural order of subject and session (S2 before S10). `errors` names what looks like a subject and is none;
        `notes` names subjects without labels, which are kept.

    Raises
    ------
    UnreadableDataError
        If `path` does not exist, holds no recording, or the labels are of other subjects.
    InvalidArgumentError
        If the format, a subject or an option is unknown.

    Examples
    --------
    >>> read_corpus("nowhere")
    Traceback (most recent call last):
        ...
    physiofer.exceptions.UnreadableDataError: 'nowhere' does not exist.
    """
    path = check_path(path)
    check_choice(format, name="format", choices=["auto", *FORMATS])
    ignored = None if labels is None or isinstance(labels, pd.DataFrame) else check_path(labels, name="labels")
    chosen, found, errors = _find(path, format, ignored)
    unknown = [name for name in reader_options if name not in chosen.options]
    if unknown:
        known = ", ".join(chosen.options) or "none"
        raise InvalidArgumentError(f"{unknown[0]}= is no option of format {chosen.name!r}; its options: {known}.")
    if subjects is not None:
        wanted = [subjects] if isinstance(subjects, str) else [str(subject) for subject in subjects]
        for subject in wanted:
            check_choice(subject, name="subjects", choices=dict.fromkeys(item.subject for item in found))
        found, errors = [item for item in found if item.subject in wanted], []
    notes, table = [], None
    if labels is not None:
        table = label_tables.read_labels(labels)
        _check_labels(table, found)
        notes = _note_labels(table, found, all_wanted=subjects is None)
    n_sessions = Counter(item.subject for item in found)
    films = films_beside(found) if videos and chosen.name != "video" else [()] * len(found)
    starts_s = _film_starts(video_start_s, found)
    sources = []
    for item, beside, start_s in zip(found, films, starts_s, strict=True):
        own = None if table is None else table.of_subject(item.subject, item.session)
        split_by_time = n_sessions[item.subject] > 1 and table is not None and "session" not in table.events
        sources.append(
            FileSource(
                item.subject, item.session, item.paths, item.shown_as, chosen, dict(reader_options), own,
                "ignore" if split_by_time else "warn", beside, start_s,
            )
        )  # fmt: skip
    origin = {
        "format": chosen.name,
        "options": dict(reader_options),
        "labels": None if table is None else table.where,
    }
    return Corpus(sources, name=path.absolute().name, errors=errors, notes=notes, origin=origin)


def _film_starts(video_start_s, found):
    """Where the videos of each recording start."""
    names = [f"{item.subject}/{item.session}" for item in found]
    if not isinstance(video_start_s, dict):
        return [check_number(video_start_s, name="video_start_s")] * len(names)
    for name in video_start_s:
        check_choice(name, name="video_start_s", choices=names)
    return [check_number(video_start_s.get(name, 0.0), name=f"video_start_s[{name!r}]") for name in names]


def _find(path, format, ignored):
    """The format, its recordings in natural order, and what looks like a subject but is none."""
    if not path.exists():
        raise UnreadableDataError(f"{str(path)!r} does not exist.")
    candidates = list(FORMATS.values()) if format == "auto" else [FORMATS[format]]
    for candidate in candidates:
        found, errors = candidate.find(path, ignored)
        if found:
            return candidate, found, errors
    kind = f"{candidates[0].title} recordings" if len(candidates) == 1 else "recordings"
    expected = ", or ".join(candidate.expected for candidate in candidates)
    there = kinds_found(Container(path).names) if path.is_dir() else "a file"
    raise UnreadableDataError(f"no {kind} found in {path.name!r}: expected {expected}; found {there}.")


def _check_labels(table, found):
    """Refuse labels of other people, or ones that cannot tell a person's sessions apart."""
    known, present = table.subjects, list(dict.fromkeys(item.subject for item in found))
    if not set(known) & set(present):
        raise UnreadableDataError(
            f"{table.where} labels none of these subjects: it knows {_some(known)}, the corpus holds {_some(present)}; "
            "they must be spelt the same."
        )
    if "session" in table.events:
        rows = table.events[["subject", "session"]].drop_duplicates().itertuples(index=False, name=None)
        known, present = ["/".join(row) for row in rows], [f"{item.subject}/{item.session}" for item in found]
        if not set(known) & set(present):
            raise UnreadableDataError(
                f"{table.where} labels none of these sessions: it knows {_some(known)}, the corpus holds "
                f"{_some(present)}; they must be spelt the same."
            )
    elif table.clock == "recording":
        twice = [subject for subject, count in Counter(item.subject for item in found).items() if count > 1]
        if twice:
            raise UnreadableDataError(
                f"{table.where} counts seconds from the start of a recording, but subject {twice[0]!r} has several; "
                "add a column 'session', or give unix times."
            )


def _note_labels(table, found, *, all_wanted):
    """What labels and corpus do not share, one line each."""
    known, present = table.subjects, list(dict.fromkeys(item.subject for item in found))
    unlabelled = [subject for subject in present if subject not in known]
    absent = [subject for subject in known if subject not in present] if all_wanted else []
    notes = list(table.problems)
    if unlabelled:
        notes.append(f"{table.where} has no labels for {_some(unlabelled)}; they are read but give no labelled window.")
    if absent:
        notes.append(f"{table.where} also has labels for {_some(absent)}, whose recordings are not here.")
    return notes


def _some(names, at_most=4):
    """A few names and how many there are."""
    more = f", … ({len(names)} in all)" if len(names) > at_most else ""
    return ", ".join(map(repr, names[:at_most])) + more
