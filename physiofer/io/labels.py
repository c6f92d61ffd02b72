"""Label tables: what a person did or felt, per sample or per interval, by subject.

The columns say which kind of table it is, and their names which clock it keeps:

==================  ==================================================================================
one row per         columns
==================  ==================================================================================
sample              ``subject``, ``time_unix_s`` or ``time_s``, labels
interval            ``subject``, ``start_unix_s``, ``start_s``, ``onset_unix_s`` or ``onset_s``, then
                    ``stop_unix_s``, ``stop_s`` or ``duration_s``, labels
both, if wanted     ``session``, ``trial``
==================  ==================================================================================

Times with ``unix`` in their name are seconds since 1970 (UTC); all others are seconds on the recording's own clock.
"""

import re
import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .._validate import check_choice
from ..exceptions import InvalidArgumentError, QualityWarning, UnreadableDataError
from ..recording import EVENT_COLUMNS
from .columns import is_unnamed
from .delimited import Table, read_table, to_numbers

__all__ = ["LabelTable", "read_labels"]

#: Raised whenever the same table comes to be read as other events: cached features hang on it.
READER_VERSION = 1

_SUBJECTS = ("subject", "subject_id", "participant", "participant_id")
_SAMPLES = ("time_unix_s", "time_s")
_STARTS = ("start_unix_s", "start_s", "onset_unix_s", "onset_s")
_STOPS = ("stop_unix_s", "stop_s")
_OWN = ("session", "trial", "duration_s", *_SAMPLES, *_STARTS, *_STOPS)
_HOLE = 1.5  # times the median step: two samples further apart do not belong to one run


@dataclass(frozen=True, eq=False)
class LabelTable:
    """Labelled events of many people.

    Attributes
    ----------
    events : DataFrame
        Columns ``subject``, ``session`` (if the table has one), ``onset_s``, ``duration_s``, ``trial`` and one per
        label.
    clock : str
        ``"unix"`` or ``"recording"``: which clock ``onset_s`` is on.
    where : str
        What messages call the table.
    problems : list of str
        What was repaired while reading, one line each.

    Examples
    --------
    >>> rows = pd.DataFrame({"subject": "p01", "time_s": [0, 1, 2, 3], "stress": [0, 0, 1, 1]})
    >>> read_labels(rows).events
      subject  onset_s  duration_s trial  stress
    0     p01      0.0         2.0     1       0
    1     p01      2.0         2.0     2       1
    """

    events: pd.DataFrame
    clock: str
    where: str
    problems: list

    def __repr__(self):
        n_events, n_subjects = len(self.events), self.events["subject"].nunique()
        clock = "unix time" if self.clock == "unix" else "seconds of the recording"
        return (
            f"<LabelTable: {n_events} event{'s' * (n_events != 1)} of {n_subjects} subject{'s' * (n_subjects != 1)}, "
            f"in {clock}; {', '.join(self.labels)}>"
        )

    @property
    def labels(self):
        """Names of the label columns."""
        return [name for name in self.events.columns if name not in ("subject", "session", *EVENT_COLUMNS)]

    @property
    def subjects(self):
        """Every subject once, in order of appearance."""
        return list(self.events["subject"].unique())

    def of_subject(self, subject, session=None):
        """The part of the table that is about one subject.

        Parameters
        ----------
        subject : str
            Compared as text, exactly: ``"2"`` is not ``"02"``.
        session : str, optional
            Keep only this session's rows, if the table tells sessions apart.

        Returns
        -------
        LabelTable
            Empty if there are none.

        Examples
        --------
        >>> rows = pd.DataFrame({"subject": [1, 2], "start_s": 0.0, "stop_s": 9.0, "stress": [0, 1]})
        >>> read_labels(rows).of_subject("2").events["stress"].tolist()
        [1]
        """
        keep = self.events["subject"] == str(subject)
        if session is not None and "session" in self.events:
            keep &= self.events["session"] == str(session)
        return replace(self, events=self.events[keep].reset_index(drop=True))

    def attach(self, recording, *, outside="warn"):
        """Give a recording the events of its subject and, if the table tells sessions apart, its session.

        Parameters
        ----------
        recording : Recording
            With ``meta["start_unix_s"]`` if the labels keep unix time.
        outside : {"warn", "ignore"}, default="warn"
            Whether events that lie wholly outside the recording, and no event at all, are a QualityWarning. They are
            left out either way.

        Returns
        -------
        Recording
            The same streams with new events, on the recording's clock.

        Raises
        ------
        InvalidArgumentError
            If the labels keep unix time and the recording does not say when it started.

        Examples
        --------
        >>> from physiofer.recording import Recording, Stream
        >>> recording = Recording("p01", streams={"eda": Stream.regular([0.1] * 40, rate=4.0)})
        >>> rows = pd.DataFrame({"subject": "p01", "start_s": [0.0, 50.0], "duration_s": 5.0, "stress": [1, 0]})
        >>> read_labels(rows).attach(recording, outside="ignore").events
           onset_s  duration_s trial  stress
        0      0.0         5.0     1       1
        """
        check_choice(outside, name="outside", choices=["warn", "ignore"])
        events = self.of_subject(recording.subject, recording.session).events
        events = events.drop(columns=[name for name in ("subject", "session") if name in events])
        if self.clock == "unix":
            if "start_unix_s" not in recording.meta:
                raise InvalidArgumentError(
                    f"{self.where} is in unix time, but {recording.name} does not say when it started; set its "
                    "meta['start_unix_s'], or give labels in seconds of the recording (start_s, stop_s)."
                )
            events["onset_s"] -= recording.meta["start_unix_s"]
        stop_s = events["onset_s"] + events["duration_s"]
        inside = (events["onset_s"] < recording.stop_s) & (stop_s > recording.start_s)
        if outside == "warn" and not inside.all():
            first = events["onset_s"][~inside].iloc[0]
            warnings.warn(
                f"{recording.name}: {int((~inside).sum())} of {len(inside)} labelled events of {self.where} lie "
                f"outside the recording (the first at {first:.0f} s){_hint_of_unix(self.clock, first)}; left out.",
                QualityWarning,
                stacklevel=2,
            )
        elif outside == "warn" and not len(events):
            warnings.warn(f"{recording.name}: {self.where} has no labels for it.", QualityWarning, stacklevel=2)
        return replace(recording, events=events[inside].reset_index(drop=True))


def read_labels(table, *, subject_column=None, labels=None, separator=None):
    """Read a table of labels, per sample or per interval.

    Consecutive samples of equal labels (and equal ``trial``, if there is that column) make one event, which lasts to
    the next sample, or one median step after its last one if a hole of more than 1.5 steps follows. Without a ``trial``
    column trials are numbered per subject and session in order of time.

    Parameters
    ----------
    table : path-like or DataFrame
        CSV, TSV or Parquet file, or such a table in memory, with the columns named in this module.
    subject_column : str, optional
        Column of subjects; the first of ``subject``, ``subject_id``, ``participant``, ``participant_id`` by default.
    labels : sequence of str, optional
        Label columns; by default all that are not named above.
    separator : str, optional
        Character between cells; found from the first line by default.

    Returns
    -------
    LabelTable
        Subjects, sessions and trials as text; labels with the type they have in the table.

    Raises
    ------
    UnreadableDataError
        If the file cannot be read or lacks a column.
    InvalidArgumentError
        If a named column does not exist.

    Examples
    --------
    >>> times = {"start_unix_s": [1650000000], "stop_unix_s": [1650000060]}
    >>> read_labels(pd.DataFrame({"subject": "p01", **times, "stress": [1]}))
    <LabelTable: 1 event of 1 subject, in unix time; stress>
    """
    text = {"session", "trial", subject_column or "", *_SUBJECTS}
    if isinstance(table, pd.DataFrame):
        frame = table.reset_index(drop=True)
        frame.columns = frame.columns.map(str)
        table = Table(frame, np.arange(1, len(frame) + 1), "the label table", "row")
    else:
        table = read_table(table, separator=separator, text=tuple(text))
    frame, columns = table.frame, list(table.frame.columns)
    if subject_column is None:
        subject_column = _find(_SUBJECTS, table, "subjects")
    check_choice(subject_column, name="subject_column", choices=columns)
    is_own = {*_OWN, *_SUBJECTS, subject_column}
    if labels is None:
        labels = [name for name in columns if name not in is_own and not is_unnamed(name)]
    for name in labels:
        check_choice(name, name="labels", choices=[column for column in columns if column not in is_own])
    if not labels:
        raise UnreadableDataError(f"{table.where} has no label column; its columns are {', '.join(columns)}.")
    rows = pd.DataFrame({"subject": _texts(frame[subject_column])})
    for name in ("session", "trial"):
        if name in columns:
            rows[name] = _texts(frame[name])
    for name in labels:
        rows[name] = _label_values(frame[name])
    problems = list(table.problems)
    is_per_sample = any(name in columns for name in _SAMPLES)
    events, clock = (_from_samples if is_per_sample else _from_intervals)(table, rows, labels, problems)
    for problem in problems:
        warnings.warn(problem, QualityWarning, stacklevel=2)
    return LabelTable(events, clock, table.where, problems)


def _from_samples(table, rows, labels, problems):
    """Runs of equal labels as events, and the clock they are on."""
    if any(name in table.frame for name in (*_STARTS, *_STOPS)):
        raise UnreadableDataError(
            f"{table.where} has a time per sample and a start or stop per interval; keep the columns of one."
        )
    time_column = _find(_SAMPLES, table, "times")
    rows["onset_s"] = to_numbers(table.frame[time_column])[0]
    rows, group = _sort(table, rows, np.isfinite(rows["onset_s"].to_numpy()), problems)
    times = rows["onset_s"].to_numpy()
    is_first = np.diff(group, prepend=-1) != 0
    is_again = ~is_first & (np.diff(times, prepend=np.nan) == 0.0)
    if is_again.any():
        again = rows.iloc[int(np.argmax(is_again))]
        problems.append(
            f"{table.where}: subject {again['subject']} has two rows for time {again['onset_s']:.12g}; "
            f"the first counts ({int(is_again.sum())} such rows)."
        )
        rows, group, times, is_first = rows[~is_again], group[~is_again], times[~is_again], is_first[~is_again]
    gaps = np.where(np.append(is_first[1:], True), np.nan, np.diff(times, append=np.nan))  # to the person's next sample
    steps = pd.Series(gaps).groupby(group).median()
    if not np.isfinite(steps).any():
        raise UnreadableDataError(f"{table.where} has one sample per subject, so no step; give intervals instead.")
    step = steps.fillna(steps.median()).to_numpy()[group]
    is_hole = ~(gaps <= _HOLE * step)
    ends = times + np.where(is_hole, step, gaps)
    is_new = is_first | np.append(True, is_hole[:-1])
    for name in [*labels, *(["trial"] if "trial" in rows else [])]:
        codes = pd.factorize(rows[name])[0]
        is_new |= np.diff(codes, prepend=-2) != 0
    starts = np.flatnonzero(is_new)
    lasts = np.append(starts[1:], len(rows)) - 1
    events = rows.iloc[starts].copy()
    events["duration_s"] = ends[lasts] - times[starts]
    return _arrange(events, group[starts], labels), _clock_of(time_column)


def _from_intervals(table, rows, labels, problems):
    """Intervals as events, and the clock they are on."""
    start_column = _find(_STARTS, table, "times", f" (per sample: {' or '.join(_SAMPLES)})")
    stop_column = _find((*_STOPS, "duration_s"), table, "ends")
    rows["onset_s"] = to_numbers(table.frame[start_column])[0]
    rows["duration_s"] = to_numbers(table.frame[stop_column])[0]
    if stop_column != "duration_s":
        if _clock_of(start_column) != _clock_of(stop_column):
            raise UnreadableDataError(
                f"{table.where} has {start_column!r} and {stop_column!r}, which are on two clocks; "
                "name both unix or none."
            )
        rows["duration_s"] -= rows["onset_s"]
    is_valid = np.isfinite(rows["onset_s"]) & (rows["duration_s"] >= 0.0)
    events, group = _sort(table, rows, is_valid.to_numpy(), problems)
    return _arrange(events, group, labels), _clock_of(start_column)


def _sort(table, rows, is_valid, problems):
    """The valid rows in order of subject, session and time, and the number of each row's subject and session."""
    is_valid = is_valid & (rows["subject"] != "").to_numpy()
    if not is_valid.any():
        raise UnreadableDataError(f"{table.where} has no row with a subject and valid times.")
    if not is_valid.all():
        problems.append(
            f"{table.locate(int(np.argmin(is_valid)))} has no subject or no valid time; "
            f"left out ({int((~is_valid).sum())} such {table.place}s)."
        )
        rows = rows[is_valid]
    keys = ["subject", "session"] if "session" in rows else ["subject"]
    group = rows.groupby(keys, sort=False).ngroup().to_numpy()
    order = np.lexsort((rows["onset_s"].to_numpy(), group))
    return rows.iloc[order], group[order]


def _arrange(events, group, labels):
    """Number the trials where the table does not name them, and put the columns in their order."""
    if "trial" not in events:
        number = events.groupby(group, sort=False).cumcount() + 1
        events = events.assign(trial=number.astype(str).astype(object))
    session = ["session"] if "session" in events else []
    return events[["subject", *session, *EVENT_COLUMNS, *labels]].reset_index(drop=True)


def _find(candidates, table, what, otherwise=""):
    """The first of the columns that the table has."""
    for name in candidates:
        if name in table.frame:
            return name
    raise UnreadableDataError(
        f"{table.where} has no column of {what}: call it {' or '.join(candidates)}{otherwise}; "
        f"its columns are {', '.join(table.frame.columns[:12])}."
    )


def _hint_of_unix(clock, time_s):
    """What to do where seconds of the recording are so large that they must be unix seconds."""
    if clock == "recording" and abs(time_s) > 1e8:
        return "; these are unix seconds: put unix into the name of the time column, as in time_unix_s"
    return ""


def _clock_of(column):
    """Which clock a time column is on, by its name."""
    return "unix" if "unix" in column else "recording"


def _texts(column):
    """A column as text, whole numbers without decimals, missing cells as empty text."""
    codes, found = pd.factorize(column)
    names = [str(int(name)) if isinstance(name, float) and name.is_integer() else str(name).strip() for name in found]
    return np.array([*names, ""], dtype=object)[codes]


def _label_values(column):
    """A label column in its own type; text that spells numbers as numbers, missing cells as NaN."""
    if column.dtype.kind != "O":
        return column.to_numpy()
    codes, found = pd.factorize(column)
    numbers, bad = to_numbers(pd.Series(found, dtype=object))
    if bad.any():
        is_missing = np.isnan(numbers) & ~bad
        return np.array([*np.where(is_missing, np.nan, found), np.nan], dtype=object)[codes]
    is_whole = np.isfinite(numbers).all() and all(re.fullmatch(r"[+-]?\d{1,15}", str(cell).strip()) for cell in found)
    if is_whole and (codes >= 0).all():
        return numbers.astype(np.int64)[codes]
    return np.append(numbers, np.nan)[codes]
