"""Recordings: streams of values at exact times, the events that label them, and the maps between clocks.

A :class:`Stream` is one sensor: values of shape ``(n_channels, n_times)`` at float64 times in seconds on the clock of
its recording. A :class:`Recording` is one sitting of one person: streams by name, a table of events, and metadata.
Missing samples are NaN: they are never zero and never interpolated across silently.

Examples
--------
>>> import numpy as np
>>> from physiofer.recording import Recording, Stream
>>> eda = Stream.regular(np.full(40, 0.5), rate=4.0, channels=["eda"], unit="uS", kind="eda")
>>> recording = Recording(subject="p01", streams={"eda": eda})
>>> recording.streams["eda"].duration_s
10.0
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ._mne import recording_to_raw
from ._validate import check_series
from .clock import ClockMap
from .exceptions import InvalidArgumentError
from .stream import Stream

__all__ = ["EVENT_COLUMNS", "ClockMap", "Recording", "Stream"]

#: Columns every event table has; all further columns are labels.
EVENT_COLUMNS = ("onset_s", "duration_s", "trial")


@dataclass(eq=False)
class Recording:
    """One sitting of one person: streams, events and metadata.

    Parameters
    ----------
    subject : str
        Whose recording it is; evaluation never splits a subject.
    session : str, default="1"
        Which sitting of that person.
    streams : dict of str to Stream
        Streams by name, on one clock.
    events : DataFrame, optional
        Columns ``onset_s``, ``duration_s`` (seconds), ``trial`` and one column per label.
    meta : dict, optional
        Anything else that is plain data; ``start_unix_s`` says when the recording's second 0 was.

    Raises
    ------
    InvalidArgumentError
        If a stream is not a Stream, or the event table lacks a column or holds times that are not finite numbers.

    Examples
    --------
    >>> recording = Recording("p01", streams={"eda": Stream.regular([0.1, 0.2], rate=4.0)})
    >>> recording.name
    'p01/1'
    """

    subject: str
    session: str = "1"
    streams: dict = field(default_factory=dict)
    events: pd.DataFrame = None
    meta: dict = field(default_factory=dict)

    def __post_init__(self):
        self.subject, self.session = str(self.subject), str(self.session)
        if not isinstance(self.streams, dict):
            raise InvalidArgumentError(f"streams is a {type(self.streams).__name__}; it must be a dict of Streams.")
        for name, stream in self.streams.items():
            if not isinstance(stream, Stream):
                raise InvalidArgumentError(f"streams[{name!r}] is a {type(stream).__name__}; it must be a Stream.")
        if self.events is None:
            self.events = pd.DataFrame({"onset_s": pd.Series(dtype=float), "duration_s": pd.Series(dtype=float),
                                        "trial": pd.Series(dtype=str)})  # fmt: skip
        if not isinstance(self.events, pd.DataFrame):
            raise InvalidArgumentError(f"events is a {type(self.events).__name__}; it must be a DataFrame.")
        absent = [column for column in EVENT_COLUMNS if column not in self.events]
        if absent:
            raise InvalidArgumentError(f"events lacks {', '.join(absent)}; it must have {', '.join(EVENT_COLUMNS)}.")
        for column, low in (("onset_s", -np.inf), ("duration_s", 0.0)):
            times_s = check_series(self.events[column], name=f"events[{column!r}]")
            if not (np.isfinite(times_s) & (times_s >= low)).all():
                least = " of at least 0" if low == 0.0 else ""
                raise InvalidArgumentError(f"events[{column!r}] must hold finite seconds{least}.")

    @property
    def name(self):
        """Subject and session, unique inside a corpus."""
        return f"{self.subject}/{self.session}"

    @property
    def labels(self):
        """Names of the label columns of the events."""
        return [column for column in self.events.columns if column not in EVENT_COLUMNS]

    @property
    def start_s(self):
        """Earliest start of any stream in seconds; NaN without streams."""
        return min((s.start_s for s in self.streams.values() if s.n_times), default=np.nan)

    @property
    def stop_s(self):
        """Latest end of any stream in seconds; NaN without streams."""
        return max((s.stop_s for s in self.streams.values() if s.n_times), default=np.nan)

    def of_kind(self, kind):
        """The first stream of a kind.

        Parameters
        ----------
        kind : str
            For example ``"bvp"``.

        Returns
        -------
        Stream or None
            None if the recording has no such stream.

        Examples
        --------
        >>> Recording("p01").of_kind("bvp") is None
        True
        """
        return next((stream for stream in self.streams.values() if stream.kind == kind), None)

    def to_mne(self, streams=None):
        """Streams that share a grid as one MNE ``RawArray``, with the events as annotations.

        Parameters
        ----------
        streams : str or sequence of str, optional
            Names of streams of the same rate, start and length. By default the first of kind ``"eeg"``, else the first
            with a rate, and all that lie on the same grid: MNE knows one rate for all channels.

        Returns
        -------
        mne.io.RawArray
            Units, types and gaps as of :meth:`Stream.to_mne`, dated by ``meta["start_unix_s"]``. Annotations are
            called by the event table's column ``event``, else ``trial``; ``meta["bad_channels"]`` are marked bad. A
            channel name that two streams have is preceded by the stream's.

        Raises
        ------
        InvalidArgumentError
            If a name is unknown, the streams share no grid, or there is no stream with a rate.

        Examples
        --------
        >>> eeg = Stream.regular([[1.0, 2.0]], rate=4.0, channels=["Cz"], unit="uV", kind="eeg")
        >>> Recording("p01", streams={"eeg": eeg}).to_mne().ch_names
        ['Cz']
        """
        return recording_to_raw(self, streams)

    def describe(self):
        """What the recording holds, as plain data for reports.

        Returns
        -------
        dict
            ``subject``, ``session``, ``duration_s``, ``n_events``, ``labels`` and, per stream, ``name``, ``kind``,
            ``rate``, ``unit``, ``n_channels``, ``n_times``, ``duration_s``, ``n_gaps`` and ``missing_share``.

        Examples
        --------
        >>> Recording("p01", streams={"eda": Stream.regular([0.1, 0.2], rate=4.0)}).describe()["streams"][0]["n_times"]
        2
        """
        streams = [
            {
                "name": name, "kind": s.kind, "rate": s.rate, "unit": s.unit, "n_channels": s.n_channels,
                "n_times": s.n_times, "duration_s": round(s.duration_s, 3), "n_gaps": len(s.gaps()),
                "missing_share": round(s.missing_share, 6),
            }
            for name, s in self.streams.items()
        ]  # fmt: skip
        duration_s = self.stop_s - self.start_s
        return {
            "subject": self.subject, "session": self.session,
            "duration_s": round(duration_s, 3) if np.isfinite(duration_s) else 0.0,
            "n_events": len(self.events), "labels": self.labels, "streams": streams,
        }  # fmt: skip

    def __repr__(self):
        return f"<Recording {self.name}: {', '.join(self.streams) or 'no streams'}; {len(self.events)} events>"
