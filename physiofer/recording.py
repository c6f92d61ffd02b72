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

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ._validate import check_number, check_rate, check_series, unmasked
from .clock import ClockMap
from .exceptions import InvalidArgumentError

__all__ = ["EVENT_COLUMNS", "ClockMap", "Recording", "Stream"]

#: Columns every event table has; all further columns are labels.
EVENT_COLUMNS = ("onset_s", "duration_s", "trial")

_MNE_KINDS = {
    "eeg": "eeg",
    "ecg": "ecg",
    "eog": "eog",
    "emg": "emg",
    "eda": "gsr",
    "respiration": "resp",
    "temperature": "temperature",
}
_MAX_GRID = 1e9  # points: 8 GB per channel
_MNE_SCALE = {"V": 1.0, "mV": 1e-3, "uV": 1e-6, "S": 1.0, "uS": 1e-6}  # MNE keeps volts and siemens


@dataclass(frozen=True, eq=False)
class Stream:
    """Values of one sensor at exact times.

    Parameters
    ----------
    values : array-like of shape (n_channels, n_times) or (n_times,)
        Samples; missing ones are NaN.
    times_s : array-like of shape (n_times,)
        Time of each sample in seconds on the recording's clock, non-decreasing, finite.
    rate : float
        Nominal sampling rate in Hz; 0 for irregular streams (beat intervals, markers), as in XDF.
    channels : sequence of str
        A name per channel.
    unit : str
        Physical unit of the values, e.g. ``"uS"``.
    kind : str
        What is measured: ``"bvp"``, ``"ecg"``, ``"eda"``, ``"temperature"``, ``"acceleration"``, ``"respiration"``,
        ``"rr"``, ``"heart_rate"``, ``"eeg"``, …

    Raises
    ------
    InvalidArgumentError
        If shapes disagree, times go backwards or are not finite, or a channel name is given twice.

    Examples
    --------
    >>> Stream([[20.0, 20.1, 20.1]], [0.0, 0.25, 0.75], 4.0, ["temp"], "degC", "temperature").n_times
    3
    """

    values: np.ndarray
    times_s: np.ndarray
    rate: float
    channels: tuple = ()
    unit: str = ""
    kind: str = ""

    def __post_init__(self):
        values = _as_values(self.values)
        times_s = check_series(self.times_s, name="times_s")
        channels = (self.channels,) if isinstance(self.channels, str) else tuple(map(str, self.channels))
        channels = channels or tuple(f"ch{k}" for k in range(len(values)))
        if values.ndim != 2 or values.shape != (len(channels), times_s.size):
            raise InvalidArgumentError(
                f"values has shape {values.shape}; (n_channels, n_times) must be ({len(channels)}, {times_s.size})."
            )
        if len(set(channels)) != len(channels):
            raise InvalidArgumentError(f"channels={list(channels)} must not name a channel twice.")
        if not np.isfinite(times_s).all() or np.any(np.diff(times_s) < 0):
            raise InvalidArgumentError("times_s must be finite and must not go backwards.")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "times_s", times_s)
        object.__setattr__(self, "channels", channels)
        rate = check_number(self.rate, name="rate", low=0.0)
        object.__setattr__(self, "rate", check_rate(rate) if rate else rate)

    @classmethod
    def regular(cls, values, rate, *, start_s=0.0, channels=(), unit="", kind=""):
        """Build a stream whose samples lie exactly 1/rate apart.

        Parameters
        ----------
        values : array-like of shape (n_channels, n_times) or (n_times,)
            Samples; missing ones are NaN.
        rate : float
            Sampling rate in Hz.
        start_s : float, default=0.0
            Time of the first sample in seconds on the recording's clock.
        channels, unit, kind
            As in the class.

        Returns
        -------
        Stream

        Examples
        --------
        >>> Stream.regular([1.0, 2.0, 3.0], rate=2.0, start_s=10.0).times_s.tolist()
        [10.0, 10.5, 11.0]
        """
        rate = check_rate(rate)
        start_s = check_number(start_s, name="start_s")
        values = _as_values(values)
        return cls(values, start_s + np.arange(values.shape[-1]) / rate, rate, channels, unit, kind)._known_even()

    @property
    def n_channels(self):
        """Number of channels."""
        return self.values.shape[0]

    @property
    def n_times(self):
        """Number of samples."""
        return self.values.shape[1]

    @property
    def start_s(self):
        """Time of the first sample in seconds; NaN for an empty stream."""
        return float(self.times_s[0]) if self.n_times else np.nan

    @property
    def stop_s(self):
        """Time at which the last sample ends, in seconds; NaN for an empty stream."""
        return float(self.times_s[-1]) + (1.0 / self.rate if self.rate else 0.0) if self.n_times else np.nan

    @property
    def duration_s(self):
        """Seconds from the first sample to the end of the last; 0 for an empty stream."""
        return self.stop_s - self.start_s if self.n_times else 0.0

    @property
    def missing_share(self):
        """Share of the samples due at the nominal rate that are NaN or absent, 0 to 1."""
        if not self.n_times:
            return 1.0
        due = max(self.n_times, round(self.duration_s * self.rate)) if self.rate else self.n_times
        return 1.0 - int(np.isfinite(self.values).all(axis=0).sum()) / due

    def gaps(self, *, tolerance=1.5):
        """Stretches without samples: absent in time or NaN in every channel.

        Parameters
        ----------
        tolerance : float, default=1.5
            Two samples further apart than this many sampling periods have a gap between them. Streams of rate 0 have no
            such gaps.

        Returns
        -------
        DataFrame
            Columns ``start_s`` and ``stop_s`` in seconds, in order of time.

        Examples
        --------
        >>> Stream([1.0, 2.0, 3.0], [0.0, 0.25, 5.0], 4.0).gaps().values.tolist()
        [[0.5, 5.0]]
        """
        tolerance = check_number(tolerance, name="tolerance", low=1.0)
        if not self.rate or not self.n_times:
            return pd.DataFrame({"start_s": [], "stop_s": []}, dtype=float)
        period = 1.0 / self.rate
        times = self.times_s[np.isfinite(self.values).any(axis=0)]
        edges = np.concatenate([[self.start_s - period], times, [self.stop_s]])
        wide = np.flatnonzero(np.diff(edges) > tolerance * period)
        return pd.DataFrame({"start_s": edges[wide] + period, "stop_s": edges[wide + 1]})

    def crop(self, start_s, stop_s):
        """The samples with ``start_s <= time < stop_s``.

        Parameters
        ----------
        start_s, stop_s : float
            Bounds in seconds on the recording's clock.

        Returns
        -------
        Stream
            Sharing memory with this one; empty if nothing lies inside.

        Raises
        ------
        InvalidArgumentError
            If `start_s` is after `stop_s`, or one of them is NaN.

        Examples
        --------
        >>> Stream.regular([1.0, 2.0, 3.0, 4.0], rate=1.0).crop(1.0, 3.0).values.tolist()
        [[2.0, 3.0]]
        """
        if not start_s <= stop_s:
            raise InvalidArgumentError(f"start_s={start_s!r} must not be after stop_s={stop_s!r}.")
        first, last = np.searchsorted(self.times_s, [start_s, stop_s], side="left")
        return replace(self, values=self.values[:, first:last], times_s=self.times_s[first:last])

    def on_grid(self):
        """This stream on an even grid at its nominal rate, absent samples as NaN.

        Every sample goes to its nearest grid point; where two meet the later one wins that is not NaN. Nothing is
        interpolated.

        Returns
        -------
        Stream
            Regular, starting at the same time. An already regular stream is returned as it is.

        Raises
        ------
        InvalidArgumentError
            If the stream is irregular (rate 0), or so sparse that its grid would have over a thousand million points.

        Examples
        --------
        >>> Stream([1.0, 2.0, 3.0], [0.0, 1.0, 4.0], 1.0).on_grid().values.tolist()
        [[1.0, 2.0, nan, nan, 3.0]]
        """
        if not self.rate:
            raise InvalidArgumentError(f"a stream of kind {self.kind!r} has rate=0 (irregular) and no grid.")
        if not self.n_times or getattr(self, "_is_even", False):
            return self
        if self.duration_s * self.rate > _MAX_GRID:
            raise InvalidArgumentError(
                f"{self.n_times} samples over {self.duration_s:.3g} s are too sparse for a grid of {self.rate:g} Hz; "
                "crop the stream to where its samples are."
            )
        slots = np.rint((self.times_s - self.times_s[0]) * self.rate).astype(np.int64)
        grid_s = self.times_s[0] + np.arange(slots[-1] + 1) / self.rate
        if grid_s.size == self.n_times and np.all(np.diff(slots) == 1):
            is_even = np.abs(grid_s - self.times_s).max() * self.rate < 1e-6
            return (self if is_even else replace(self, times_s=grid_s))._known_even()
        values = np.full((self.n_channels, grid_s.size), np.nan)
        for row, series in zip(values, self.values, strict=True):
            is_there = ~np.isnan(series)
            row[slots[is_there]] = series[is_there]
        return replace(self, values=values, times_s=grid_s)._known_even()

    def _known_even(self):
        """This stream, marked as lying on its grid: to look again costs as much as a filter."""
        object.__setattr__(self, "_is_even", True)
        return self

    def on_clock(self, clock_map):
        """This stream with its times carried to another clock.

        Parameters
        ----------
        clock_map : ClockMap
            From this stream's clock to the other.

        Returns
        -------
        Stream

        Examples
        --------
        >>> Stream.regular([1.0, 2.0], rate=1.0).on_clock(ClockMap([0.0, 1.0], [5.0, 6.0])).times_s.tolist()
        [5.0, 6.0]
        """
        return replace(self, times_s=clock_map(self.times_s))

    def to_frame(self):
        """The stream as a table.

        Returns
        -------
        DataFrame
            One column per channel, indexed by ``time_s``.

        Examples
        --------
        >>> list(Stream.regular([[1.0], [2.0]], rate=1.0, channels=["x", "y"]).to_frame().columns)
        ['x', 'y']
        """
        return pd.DataFrame(self.values.T, columns=list(self.channels), index=pd.Index(self.times_s, name="time_s"))

    def to_mne(self):
        """The stream as an MNE ``RawArray``: on its even grid, volts and siemens as MNE wants them, gaps annotated.

        Returns
        -------
        mne.io.RawArray
            Channels of kinds MNE does not know have type ``misc``. Gaps stay NaN and are annotated ``BAD_gap``.

        Raises
        ------
        InvalidArgumentError
            If the stream is irregular (rate 0).

        Examples
        --------
        >>> raw = Stream.regular([2.0, 3.0], rate=4.0, channels=["eda"], unit="uS", kind="eda").to_mne()
        >>> raw.get_channel_types(), raw.get_data().tolist()
        (['gsr'], [[2e-06, 3e-06]])
        """
        import mne

        even = self.on_grid()
        info = mne.create_info(list(self.channels), self.rate, _MNE_KINDS.get(self.kind, "misc"))
        scale = _MNE_SCALE.get(self.unit, 1.0)
        raw = mne.io.RawArray(even.values * scale, info, verbose="error")
        gaps = even.gaps()
        if len(gaps):
            onsets = gaps["start_s"] - even.start_s
            raw.set_annotations(mne.Annotations(onsets, gaps["stop_s"] - gaps["start_s"], "BAD_gap"), verbose="error")
        return raw

    def __repr__(self):
        rate = f"{self.rate:g} Hz" if self.rate else "irregular"
        shape = f"{self.n_channels} x {self.n_times}"
        return f"<Stream {self.kind or '?'}: {shape} at {rate}, {self.duration_s:.1f} s, {self.unit or 'no unit'}>"


def _as_values(values):
    """Values as float64 of at least two dimensions, without a copy where they are so already."""
    try:
        return np.array(unmasked(values), dtype=np.float64, ndmin=2, copy=None)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"values must be numbers, as many for each channel ({error}).") from error


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
