"""A corpus: recordings by subject and session, each loaded only when it is needed.

A :class:`RecordingSource` knows whose recording it is and how to load it; it is small and picklable, so that workers
can load in parallel. A :class:`Corpus` is a sequence of sources.

Examples
--------
>>> from physiofer.recording import Recording, Stream
>>> eda = Stream.regular([0.1, 0.2], rate=4.0, kind="eda")
>>> corpus = Corpus.from_recordings([Recording("p01", streams={"eda": eda})], name="mine")
>>> [source.name for source in corpus]
['p01/1']
"""

import hashlib
import warnings
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from ..exceptions import InvalidArgumentError, PhysioferError, QualityWarning
from ..recording import Recording

__all__ = ["Corpus", "InMemorySource", "RecordingSource"]


class RecordingSource(ABC):
    """Where one recording comes from: base class of every source.

    Attributes
    ----------
    subject : str
        Whose recording it is.
    session : str
        Which sitting of that person.

    Examples
    --------
    >>> class Empty(RecordingSource):
    ...     subject, session = "p01", "1"
    ...     def load(self):
    ...         return Recording(self.subject)
    ...     def fingerprint(self):
    ...         return "0"
    >>> Empty()
    <Empty p01/1>
    """

    subject: str
    session: str

    @property
    def name(self):
        """Subject and session, unique inside a corpus."""
        return f"{self.subject}/{self.session}"

    @abstractmethod
    def load(self):
        """Read the recording.

        Returns
        -------
        Recording

        Raises
        ------
        UnreadableDataError
            If nothing of it can be read.
        """

    def glance(self):
        """A recording that tells what sensors there are, or the quick ones of them: `load`, where that is quick.

        Returns
        -------
        Recording
        """
        return self.load()

    @abstractmethod
    def fingerprint(self):
        """Hash of everything that decides what `load` returns.

        Returns
        -------
        str
            Hexadecimal; equal only for equal content, names, labels, options and reader version.
        """

    def __repr__(self):
        return f"<{type(self).__name__} {self.name}>"


class InMemorySource(RecordingSource):
    """A recording that is already in memory, as a source.

    Parameters
    ----------
    recording : Recording
        What `load` returns.

    Raises
    ------
    InvalidArgumentError
        If it is no Recording.

    Examples
    --------
    >>> InMemorySource(Recording("p01")).load()
    <Recording p01/1: no streams; 0 events>
    """

    def __init__(self, recording):
        if not isinstance(recording, Recording):
            raise InvalidArgumentError(f"recording is a {type(recording).__name__}; it must be a Recording.")
        self.recording = recording
        self.subject, self.session = recording.subject, recording.session

    def load(self):
        """The recording itself.

        Returns
        -------
        Recording
        """
        return self.recording

    def fingerprint(self):
        """Hash of subject, session, streams and events.

        Returns
        -------
        str

        Examples
        --------
        >>> InMemorySource(Recording("p01")).fingerprint() == InMemorySource(Recording("p02")).fingerprint()
        False
        """
        content = hashlib.blake2b(digest_size=16)
        content.update(repr((self.name, repr(self.recording.meta))).encode())
        for name, stream in self.recording.streams.items():
            about = (name, stream.values.shape, stream.rate, stream.channels, stream.unit, stream.kind)
            content.update(repr(about).encode())
            content.update(stream.values.tobytes())
            content.update(stream.times_s.tobytes())
        content.update(hash_table(self.recording.events))
        return content.hexdigest()


class Corpus(Sequence):
    """Recordings by subject and session, loaded one at a time.

    Parameters
    ----------
    sources : sequence of RecordingSource
        One per recording, in the order in which they are to be read.
    name : str, default="corpus"
        What reports call it.
    errors : sequence of str, default=()
        What was already found to be unreadable, one line each. `load_all` adds to it.
    notes : sequence of str, default=()
        What a reader of results should know, one line each: subjects without labels, files left out.
    origin : dict, optional
        Plain data that says how the corpus was read.

    Raises
    ------
    InvalidArgumentError
        If something else than a source is given, or two sources share subject and session.

    Examples
    --------
    >>> recordings = [Recording("p02"), Recording("p01", session="a"), Recording("p01", session="b")]
    >>> corpus = Corpus.from_recordings(recordings)
    >>> len(corpus), corpus.subjects, corpus[1].name
    (3, ['p02', 'p01'], 'p01/a')
    """

    def __init__(self, sources, *, name="corpus", errors=(), notes=(), origin=None):
        self._sources = list(sources)
        for source in self._sources:
            if not isinstance(source, RecordingSource):
                raise InvalidArgumentError(f"sources holds a {type(source).__name__}; it must be a RecordingSource.")
        twice = [name for name, count in Counter(source.name for source in self._sources).items() if count > 1]
        if twice:
            raise InvalidArgumentError(
                f"sources has {twice[0]!r} more than once; subject and session must tell them apart."
            )
        self.name = str(name)
        self.errors, self.notes, self.origin = list(errors), list(notes), dict(origin or {})

    @classmethod
    def from_recordings(cls, recordings, *, name="corpus"):
        """Build a corpus from recordings in memory.

        Parameters
        ----------
        recordings : iterable of Recording
        name : str, default="corpus"
            What reports call it.

        Returns
        -------
        Corpus

        Examples
        --------
        >>> Corpus.from_recordings([Recording("p01")], name="mine")
        <Corpus mine: 1 recording of 1 subject>
        """
        return cls([InMemorySource(recording) for recording in recordings], name=name)

    def __len__(self):
        return len(self._sources)

    def __getitem__(self, index):
        return self._sources[index]

    @property
    def subjects(self):
        """Every subject once, in order of appearance."""
        return list(dict.fromkeys(source.subject for source in self._sources))

    def load_all(self):
        """Load one recording after the other, going on after a broken one.

        A recording that cannot be read is added to `errors`, once, with a QualityWarning.

        Yields
        ------
        Recording

        Examples
        --------
        >>> [recording.subject for recording in Corpus.from_recordings([Recording("p01")]).load_all()]
        ['p01']
        """
        for source in self._sources:
            try:
                recording = source.load()
            except PhysioferError as error:
                message = f"{source.name}: {error}"
                if message not in self.errors:
                    self.errors.append(message)
                warnings.warn(f"{message} It is left out.", QualityWarning, stacklevel=2)
            else:
                yield recording

    def describe(self):
        """What the corpus holds, as plain data for reports; nothing is loaded.

        Returns
        -------
        dict
            ``name``, ``n_recordings``, ``n_subjects``, ``recordings`` (subject and session of each), ``errors``,
            ``notes`` and ``origin``.

        Examples
        --------
        >>> Corpus.from_recordings([Recording("p01")]).describe()["recordings"]
        [{'subject': 'p01', 'session': '1'}]
        """
        return {
            "name": self.name,
            "n_recordings": len(self),
            "n_subjects": len(self.subjects),
            "recordings": [{"subject": source.subject, "session": source.session} for source in self._sources],
            "errors": list(self.errors),
            "notes": list(self.notes),
            "origin": dict(self.origin),
        }

    def __repr__(self):
        recordings = f"{len(self)} recording{'s' if len(self) != 1 else ''}"
        n_subjects = len(self.subjects)
        return f"<Corpus {self.name}: {recordings} of {n_subjects} subject{'s' if n_subjects != 1 else ''}>"


def hash_table(table):
    """Digest of a table: names, types and every value."""
    content = hashlib.blake2b(digest_size=16)
    content.update(repr([(str(column), str(dtype)) for column, dtype in table.dtypes.items()]).encode())
    content.update(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes())
    return content.digest()
