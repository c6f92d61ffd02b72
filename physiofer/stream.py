"""A stream: values of one sensor at exact times, gaps as NaN.

Examples
--------
>>> Stream.regular([0.5, 0.6, 0.7], rate=4.0, channels=["eda"], unit="uS", kind="eda").duration_s
0.75
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ._mne import stream_to_raw
from ._validate import check_number, check_rate, check_series, unmasked
from .exceptions import InvalidArgumentError

__all__ = ["Stream"]

_MAX_GRID = 1e9  # points: 8 GB per channel


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
        """Share of the samples due at the nominal rate that are NaN or absent, 0 to 1: the mean over channels."""
        if not self.n_times:
            return 1.0
        due = max(self.n_times, round(self.duration_s * self.rate)) if self.rate else self.n_times
        n_there = int(np.isfinite(self.values).sum())
        return 1.0 - n_there / (due * self.n_channels) if self.n_channels else 1.0

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
        >>> from physiofer.clock import ClockMap
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

    def to_mne(self, *, start_unix_s=None):
        """The stream as an MNE ``RawArray``: on its even grid, volts and siemens as MNE wants them, gaps annotated.

        Parameters
        ----------
        start_unix_s : float, optional
            When second 0 of the recording was, which gives the measurement date: ``recording.meta["start_unix_s"]``.

        Returns
        -------
        mne.io.RawArray
            Channels of kinds MNE does not know have type ``misc``, a pulse wave ``bio``. EEG, EOG, ECG and EMG without
            a unit are taken for uV, as their features do. Gaps stay NaN and are annotated ``BAD_gap``.

        Raises
        ------
        InvalidArgumentError
            If the stream is irregular (rate 0), or an EEG, EOG, ECG or EMG whose unit is not V, mV, uV or nV.

        Examples
        --------
        >>> raw = Stream.regular([2.0, 3.0], rate=4.0, channels=["eda"], unit="uS", kind="eda").to_mne()
        >>> raw.get_channel_types(), raw.get_data().tolist()
        (['gsr'], [[2e-06, 3e-06]])
        """
        start_unix_s = None if start_unix_s is None else check_number(start_unix_s, name="start_unix_s")
        return stream_to_raw(self, start_unix_s)

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
