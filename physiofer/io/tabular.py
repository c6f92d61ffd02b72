"""Recordings from tables: CSV, TSV or Parquet files with a time column or a rate, and BIDS ``_physio.tsv.gz``."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._validate import check_choice, check_number, check_path, check_rate
from ..exceptions import InvalidArgumentError, QualityWarning, UnreadableDataError
from ..recording import Recording, Stream
from .bids import is_bids_physio, read_sidecar
from .columns import GROUPED_KINDS, axis_of, check_kind, is_unnamed, kind_of, standard_unit, time_unit, unit_of
from .delimited import read_table, table_suffix, to_numbers

__all__ = ["read_tabular"]

#: Raised whenever the same files come to be read as other values: cached features hang on it.
READER_VERSION = 2

_UNIX_FROM_S = 1e8  # plain seconds from here on (1973) are unix time
_UNIX_TO_S = 1e11  # and from here on (year 5138) are no seconds
_UNIX_SPAN_S = 30 * 86400.0  # dates further from the median than this are slips, not times of the recording


@dataclass(frozen=True, eq=False)
class _Timing:
    """When the rows that are kept were taken."""

    rows: np.ndarray  # in order of time
    times_s: np.ndarray
    rate: float
    start_unix_s: float | None = None


def read_tabular(
    path, *, rate=None, time_column=None, start_s=0.0, columns=None, units=None, kinds=None, subject=None, session="1",
    separator=None, shown_as=None,
):  # fmt: skip
    """Read a recording from a table with one row per sample.

    Times come from `time_column`, else from a column that is called like one (``time``, ``time_s``, ``timestamp``,
    ``t``, ``seconds``, ``unix_time``, ``time_ms``, …), else from `rate`. They are kept exactly. Numbers are seconds
    unless the name ends in ``_ms``, ``_us`` or ``_ns``; unix times and ISO dates (UTC where no offset is given) are
    moved so that the first sample lies at second 0 of the recording, which ``meta["start_unix_s"]`` dates.

    Cells that are no numbers are NaN; rows without a time, or dated more than 30 days from the others, are left out;
    rows out of order are put in order: each is a QualityWarning that names file and line, and is kept in
    ``meta["problems"]``.

    Parameters
    ----------
    path : path-like
        ``.csv``, ``.tsv`` or ``.txt``, also gzipped, or ``.parquet``. A ``_physio.tsv.gz`` is read with the JSON files
        that BIDS puts beside or above it: names, units, rate and start time.
    rate : float, optional
        Sampling rate in Hz. Beside a time column it is the nominal rate, which is otherwise estimated: from the mean
        step, gaps left out, or 0 if the steps are truly irregular.
    time_column : str, optional
        Column that holds the times.
    start_s : float, default=0.0
        Seconds added to all times; with `rate` alone, the time of the first sample.
    columns : sequence of str, optional
        Columns to read, all by default; the names of all columns if the file has no header line.
    units, kinds : dict of str to str, optional
        Unit and kind of columns, where the column names do not tell. Units are recorded; values are never converted.
    subject : str, optional
        Whose recording it is; the file name without its ending by default.
    session : str, default="1"
        Which sitting of that person.
    separator : str, optional
        Character between cells; found from the first line by default.
    shown_as : str, optional
        What messages call the file; its own name by default.

    Returns
    -------
    Recording
        One stream per column, named like it; the axes of an accelerometer or gyroscope (``acc_x``, ``acc_y``, …) and
        columns of kind ``"eeg"`` or ``"emg"`` are the channels of one stream, named like its kind.

    Raises
    ------
    UnreadableDataError
        If the file cannot be read, its JSON is missing or wrong, or it holds no numbers.
    InvalidArgumentError
        If a named column does not exist, or there is neither a time column nor a rate.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "p01.csv").write_text("time_s,ECG,RSP\\n0,0.1,5\\n0.5,0.2,6\\n1,0.1,7\\n")
    ...     read_tabular(Path(folder) / "p01.csv")
    <Recording p01/1: ECG, RSP; 0 events>
    """
    path = check_path(path)
    rate = None if rate is None else check_rate(rate)
    start_s = check_number(start_s, name="start_s")
    if columns is not None and not (isinstance(columns, (list, tuple)) and len(set(map(str, columns))) == len(columns)):
        raise InvalidArgumentError(f"columns={columns!r} must be a list of column names, each once.")
    for argument, names in {"units": units, "kinds": kinds}.items():
        if not isinstance(names, dict | None):
            raise InvalidArgumentError(f"{argument}={names!r} must be a dict by column name.")
    where = path.name if shown_as is None else str(shown_as)
    sidecar = read_sidecar(path, shown_as=where) if is_bids_physio(path.name) else None
    if sidecar:
        table = read_table(path, separator="\t", names=sidecar.columns, header=False, shown_as=where)
        rate, start_s, units = rate or sidecar.rate, start_s + sidecar.start_s, {**sidecar.units, **(units or {})}
    else:
        table = read_table(path, separator=separator, names=columns, shown_as=where)
    available = list(table.frame.columns)
    for argument, names in {"columns": columns, "units": units, "kinds": kinds}.items():
        for name in names or ():
            check_choice(name, name=argument, choices=available)
    for name, kind in (kinds or {}).items():
        check_kind(kind, name=f"kinds[{name!r}]")
    if time_column is not None:
        check_choice(time_column, name="time_column", choices=available)
    problems = list(table.problems)
    if time_column is None and sidecar is None:
        time_column = _find_time_column(table, rate, problems)
    timing = _read_times(table, time_column, rate, start_s, problems)
    wanted = [name for name in (columns or available) if name != time_column and not is_unnamed(name)]
    streams = _build_streams(table, wanted, timing, units or {}, kinds or {}, problems)
    meta = {"format": "tabular", "problems": problems}
    if timing.start_unix_s is not None:
        meta["start_unix_s"] = timing.start_unix_s - start_s
    if subject is None:
        subject = path.name.partition("_")[0] if sidecar else path.name[: -len(table_suffix(path.name))]
    for problem in problems:
        warnings.warn(problem, QualityWarning, stacklevel=2)
    return Recording(subject, session, streams, meta=meta)


def _find_time_column(table, rate, problems):
    """The first column with the name of a time; or an unnamed first column of dates, as a saved index."""
    frame = table.frame
    for name in frame.columns:
        if time_unit(name) is not None:
            if rate is None or np.isfinite(_to_seconds(table, name)[0]).any():
                return name
            problems.append(f"{table.where}: column {name!r} holds no times; the rate alone gives them.")
    first = frame.columns[0]
    return first if is_unnamed(first) and frame[first].dtype.kind == "M" else None


def _read_times(table, time_column, rate, start_s, problems):
    """Times of the rows from the time column or, without one, from the rate."""
    n_rows = len(table.frame)
    if time_column is None:
        if rate is None:
            names = ", ".join(map(repr, table.frame.columns[:8]))
            raise InvalidArgumentError(
                f"{table.where} has no time column (its columns are {names}); give rate=... in Hz or time_column=...."
            )
        return _Timing(np.arange(n_rows), start_s + np.arange(n_rows) / rate, rate)
    times_s, start_unix_s = _to_seconds(table, time_column)
    rows = np.flatnonzero(np.isfinite(times_s))
    if not rows.size:
        raise UnreadableDataError(f"{table.where}: column {time_column!r} holds no times.")
    if rows.size < n_rows:
        lost = int(np.argmin(np.isfinite(times_s)))
        problems.append(f"{table.locate(lost)} has no time; left out ({n_rows - rows.size} such {table.place}s).")
    steps = np.diff(times_s[rows])
    if (steps < 0.0).any():
        back = int(np.argmax(steps < 0.0)) + 1
        problems.append(f"{table.locate(rows[back])}: the time goes back; the {table.place}s are put in order of time.")
        rows = rows[np.argsort(times_s[rows], kind="stable")]
        steps = np.diff(times_s[rows])
    if (steps == 0.0).any():
        again = int(np.argmax(steps == 0.0)) + 1
        problems.append(
            f"{table.locate(rows[again])} repeats a time ({int((steps == 0.0).sum())} such {table.place}s); "
            "all are kept."
        )
    return _Timing(rows, start_s + times_s[rows], _nominal_rate(steps) if rate is None else rate, start_unix_s)


def _to_seconds(table, time_column):
    """Times in seconds on the recording's clock (NaN where there is none), and its second 0 in unix time or None."""
    column, per_second = table.frame[time_column], time_unit(time_column) or 1
    if column.dtype.kind not in "fiubM":
        numbers, bad = to_numbers(column)
        column = pd.Series(numbers)
        if bad.mean() > 0.5:  # text that is mostly not numbers: dates that the parser did not see as such
            column = pd.to_datetime(table.frame[time_column], errors="coerce", utc=True, format="ISO8601")
    if column.dtype.kind == "M":
        column = column.dt.tz_convert("UTC").dt.tz_localize(None) if getattr(column.dt, "tz", None) else column
        nanoseconds = column.to_numpy().astype("datetime64[ns]")
        known = ~np.isnat(nanoseconds)
        if not known.any():
            return np.full(len(column), np.nan), None
        ticks, per_second, is_unix = nanoseconds.astype(np.int64), 1_000_000_000, True
    else:
        ticks = column.to_numpy()
        known = np.isfinite(ticks)
        if not known.any():
            return np.full(len(column), np.nan), None
        largest = np.abs(ticks[known]).max() / per_second
        if largest >= _UNIX_TO_S:
            raise UnreadableDataError(
                f"{table.where}: column {time_column!r} reaches {largest:.3g}, which is no time in seconds; "
                f"if it counts milliseconds, call it {time_column + '_ms'!r}."
            )
        is_unix = np.median(ticks[known]) / per_second >= _UNIX_FROM_S or "unix" in time_column.lower()
    times_s = np.full(len(column), np.nan)
    zero = 0
    if is_unix:
        known &= np.abs(ticks - np.median(ticks[known])) <= _UNIX_SPAN_S * per_second
        zero = ticks[known].min()
    times_s[known] = (ticks[known] - zero) / per_second  # whole ticks first: unix nanoseconds exceed float64
    return times_s, float(zero / per_second) if is_unix else None


def _nominal_rate(steps):
    """Rate of the usual step between samples in Hz; 0 if there is no usual step."""
    steps = steps[steps > 0.0]
    if not steps.size:
        return 0.0
    middle = np.median(steps)
    if np.median(np.abs(steps - middle)) > 0.25 * middle:
        return 0.0
    # The mean of the usual steps, not their median: times rounded to milliseconds would give 62.5 Hz for 64.
    return float(f"{1.0 / steps[np.abs(steps - middle) < 0.5 * middle].mean():.9g}")


def _build_streams(table, wanted, timing, units, kinds, problems):
    """Streams by name: one per column, or per kind where columns belong together."""
    groups = {}
    for name in wanted:
        kind = kinds.get(name, kind_of(name))
        unit = standard_unit(units[name]) if name in units else unit_of(name)
        is_grouped = kind in GROUPED_KINDS and (name in kinds or kind in ("eeg", "emg") or axis_of(name))
        values = _read_values(table, name, timing.rows, problems)
        if values is not None:
            groups.setdefault((kind, unit) if is_grouped else (kind, unit, name), []).append((name, values))
    if not groups:
        raise UnreadableDataError(f"{table.where} has no column of numbers.")
    streams = {}
    for (kind, unit, *own), members in groups.items():
        axes = [axis_of(name) for name, _ in members]
        channels = axes if all(axes) and len(set(axes)) == len(axes) else [name for name, _ in members]
        name = own[0] if own else kind
        while name in streams:
            name = f"{name}_{unit}"
        rate = 0.0 if kind == "rr" else timing.rate
        streams[name] = Stream(np.stack([values for _, values in members]), timing.times_s, rate, channels, unit, kind)
    return streams


def _read_values(table, name, rows, problems):
    """A column's values, or None if it is text."""
    column = table.frame[name]
    values, bad = to_numbers(column)
    if bad.any():
        first = int(np.argmax(bad))
        if not np.isfinite(values).any():
            problems.append(f"{table.where}: column {name!r} holds no numbers ({_show(column.iloc[first])}); left out.")
            return None
        problems.append(
            f"{table.locate(first)}: {_show(column.iloc[first])} in column {name!r} is no finite number; "
            f"it is NaN ({int(bad.sum())} such cells)."
        )
    return values[rows]


def _show(cell):
    """The start of an odd cell, printable."""
    return repr(str(cell)[:24])
