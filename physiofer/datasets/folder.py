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
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from .._validate import check_choice, check_path
from ..exceptions import InvalidArgumentError, UnreadableDataError
from ..io import labels as label_tables
from ..io.container import Container, kinds_found, read_file
from .corpus import Corpus, RecordingSource, hash_table
from .layouts import FORMATS, CorpusFormat

__all__ = ["FileSource", "read_corpus"]

_MAX_BYTES = 2**31


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
        return recording if self.labels is None else self.labels.attach(recording, outside=self.outside)

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
                try:
                    data = read_file(file, _MAX_BYTES, unpack=False)
                except UnreadableDataError as error:
                    raise UnreadableDataError(f"{shown_as}: {file.name} {error}.") from error
                content.update(repr((name, len(data))).encode())
                content.update(data)
        if self.labels is not None:
            content.update(repr((label_tables.READER_VERSION, self.labels.clock)).encode())
            content.update(hash_table(self.labels.events))
        return content.hexdigest()


def read_corpus(path, *, format="auto", labels=None, subjects=None, **reader_options):
    """Read a folder of people as a corpus whose recordings are loaded when needed.

    Every sub-folder, zip archive (Empatica) or table (tabular) is a subject, and its name the subject's; sub-folders
    and archives (tables) inside a subject's folder are sessions. Hidden files, texts like README, and files named
    ``labels`` or ``participants`` are passed over.

    Parameters
    ----------
    path : path-like
        The folder; or a single recording, which makes a corpus of one.
    format : {"auto", "empatica", "tabular"}, default="auto"
        What its recordings are: ``"empatica"`` for folders or zip archives of the E4, ``"tabular"`` for tables or BIDS.
        By default the first of these that is found. More can be added to ``datasets.layouts.FORMATS``.
    labels : path-like or DataFrame, optional
        Labels of all subjects, for :func:`physiofer.io.read_labels`.
    subjects : sequence of str, optional
        Read only these.
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
    sources = []
    for item in found:
        own = None if table is None else table.of_subject(item.subject, item.session)
        split_by_time = n_sessions[item.subject] > 1 and table is not None and "session" not in table.events
        sources.append(
            FileSource(
                item.subject, item.session, item.paths, item.shown_as, chosen, dict(reader_options), own,
                "ignore" if split_by_time else "warn",
            )
        )  # fmt: skip
    origin = {
        "format": chosen.name,
        "options": dict(reader_options),
        "labels": None if table is None else table.where,
    }
    return Corpus(sources, name=path.absolute().name, errors=errors, notes=notes, origin=origin)


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
