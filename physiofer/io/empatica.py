"""Empatica E4: a folder, or the zip archive Empatica's site hands out, with one CSV file per sensor.

``BVP.csv``, ``EDA.csv``, ``TEMP.csv``, ``ACC.csv`` and ``HR.csv`` hold the start (unix seconds, UTC) in line 1, the
rate (Hz) in line 2 and one sample per further line. ``IBI.csv`` holds the start and then, per beat, its offset and the
interval before it, both in seconds. ``tags.csv`` (or ``tags_<subject>.csv``) holds the unix time of each button press.
"""

import re
import statistics
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._validate import check_path
from ..exceptions import QualityWarning, UnreadableDataError
from ..recording import Recording, Stream
from .container import Container, kinds_found
from .number_lines import parse_lines, times

__all__ = ["SENSOR_FILES", "find_sensor_files", "group_sensor_files", "read_empatica"]

#: Raised whenever the same files come to be read as other values: cached features hang on it.
READER_VERSION = 1


@dataclass(frozen=True)
class _Sensor:
    """What a sensor file becomes."""

    stream: str
    kind: str
    unit: str
    channels: tuple
    per_unit: float = 1.0  # raw counts in one unit


_SENSORS = {
    "BVP.csv": _Sensor("bvp", "bvp", "a.u.", ("bvp",)),
    "EDA.csv": _Sensor("eda", "eda", "uS", ("eda",)),
    "TEMP.csv": _Sensor("temperature", "temperature", "degC", ("temperature",)),
    "ACC.csv": _Sensor("acceleration", "acceleration", "g", ("x", "y", "z"), per_unit=64.0),
    "HR.csv": _Sensor("heart_rate", "heart_rate", "bpm", ("heart_rate",)),
    "IBI.csv": _Sensor("ibi", "rr", "ms", ("rr",)),
}

#: The files that make a folder an Empatica recording; any one of them suffices.
SENSOR_FILES = tuple(_SENSORS)

_DAY_S = 86400.0
_LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r|\Z)")


class _SensorError(Exception):
    """A sensor file is of no use; the message says why and, if there is one, in which line."""


def read_empatica(path, *, subject=None, session="1", shown_as=None):
    """Read the recording of an Empatica E4 wristband.

    A sensor file that is missing, empty or without a usable start and rate costs its stream; a line that is not a
    number becomes one NaN sample, so that all later samples keep their time; a last line that may have been cut is left
    out. Each is a QualityWarning that names file and line, and is kept in ``meta["problems"]``. The E4's first skin
    conductance sample, a zero written before the first measurement, is NaN.

    Parameters
    ----------
    path : path-like
        Folder or zip archive; the files lie in it or in its only sub-folder. Archives are never extracted.
    subject : str, optional
        Whose recording it is; the name of the folder or archive by default.
    session : str, default="1"
        Which sitting of that person.
    shown_as : str, optional
        What messages call the folder; its own name by default.

    Returns
    -------
    Recording
        Streams ``bvp`` (64 Hz, a.u.), ``eda`` (4 Hz, uS), ``temperature`` (4 Hz, degC), ``acceleration`` (32 Hz, x, y
        and z in g), ``heart_rate`` (1 Hz, bpm) and ``ibi`` (kind ``"rr"``, rate 0, ms, at the time of the beat that
        ends the interval). Second 0 is the earliest start of a sensor, ``meta["start_unix_s"]``. Button presses are
        events of duration 0 with trials ``"tag-1"``, ``"tag-2"``, … and no label, and seconds in ``meta["tags_s"]``;
        attaching labels replaces these events.

    Raises
    ------
    UnreadableDataError
        If there is nothing at `path`, it holds several recordings, or no sensor file in it can be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", QualityWarning)
    ...     _ = (Path(folder) / "TEMP.csv").write_text("1650000000.00\\n4.000000\\n33.11\\n33.13\\n")
    ...     recording = read_empatica(folder, subject="p01")
    >>> recording.streams["temperature"].to_frame()["temperature"].to_dict()
    {0.0: 33.11, 0.25: 33.13}
    """
    path = check_path(path)
    container = Container(path)
    shown_as = container.name if shown_as is None else str(shown_as)
    recording = _read_container(container, shown_as, subject, session)
    for problem in recording.meta["problems"]:
        warnings.warn(problem, QualityWarning, stacklevel=2)
    return recording


def group_sensor_files(container):
    """The sensor files of a container by folder.

    Parameters
    ----------
    container : Container
        Folder or archive.

    Returns
    -------
    dict of str to dict
        For each folder inside the container (``""`` is its root) with sensor files: their paths by standard name.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (Path(folder) / "morning").mkdir()
    ...     _ = (Path(folder) / "morning" / "eda.csv").write_text("")
    ...     group_sensor_files(Container(folder))
    {'morning': {'EDA.csv': 'morning/eda.csv'}}
    """
    by_folder, standard = {}, {name.lower(): name for name in SENSOR_FILES}
    for name in container.names:
        folder, _, file = name.rpartition("/")
        if file.lower() in standard:
            by_folder.setdefault(folder, {})[standard[file.lower()]] = name
    return by_folder


def find_sensor_files(container, *, shown_as):
    """The Empatica files of a container, at its root or in its only sub-folder that has sensor files.

    Parameters
    ----------
    container : Container
        Folder or archive.
    shown_as : str
        What messages call it.

    Returns
    -------
    dict of str to str
        Path inside the container by standard name: the sensors present (``"BVP.csv"``, …) and, if any, ``"tags.csv"``.

    Raises
    ------
    UnreadableDataError
        If there is no sensor file, or several sub-folders have some.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "EDA.csv").write_text("")
    ...     find_sensor_files(Container(folder), shown_as="p01")
    {'EDA.csv': 'EDA.csv'}
    """
    by_folder = group_sensor_files(container)
    if not by_folder:
        raise UnreadableDataError(
            f"no Empatica sensor file in {shown_as!r}: expected {', '.join(SENSOR_FILES)}; "
            f"found {kinds_found(container.names)}."
        )
    folder = "" if "" in by_folder else next(iter(by_folder))
    if folder and len(by_folder) > 1:
        raise UnreadableDataError(
            f"{shown_as!r} holds {len(by_folder)} recordings ({', '.join(list(by_folder)[:3])}); "
            "read one of them, or all with datasets.read_corpus."
        )
    files = by_folder[folder]
    siblings = (name for name in container.names if name.rpartition("/")[0] == folder)
    tags = [name for name in siblings if re.fullmatch(r"tags(_.*)?\.csv", name.rpartition("/")[2].lower())]
    if tags:
        files["tags.csv"] = min(tags, key=len)
    return files


def _read_container(container, shown_as, subject, session):
    """Read every sensor, put them on one clock, and collect what went wrong."""
    files = find_sensor_files(container, shown_as=shown_as)
    problems, parsed = [], {}
    missing = [name for name in SENSOR_FILES if name not in files]
    if missing:
        problems.append(f"{shown_as}: {', '.join(missing)} missing; the recording has no such streams.")
    for file, sensor in _SENSORS.items():
        if file in files:
            where = f"{shown_as}/{files[file]}"
            try:
                parse = _parse_beats if file == "IBI.csv" else _parse_samples
                parsed[sensor.stream] = (where, *parse(container.read(files[file]), sensor, where, problems))
            except (_SensorError, UnreadableDataError) as error:
                problems.append(f"{where} {error}; its stream is left out.")
    parsed = _agree_on_clock(parsed, problems)
    if not parsed:
        raise UnreadableDataError(f"no sensor file in {shown_as!r} can be read: {' '.join(problems)}")
    start_unix_s = min(start for _, start, _, _ in parsed.values())
    streams = _build_streams(parsed, start_unix_s)
    subject = re.sub(r"\.zip$", "", container.name, flags=re.IGNORECASE) if subject is None else subject
    meta = {"format": "empatica", "start_unix_s": start_unix_s, "tags_s": [], "problems": problems}
    recording = Recording(subject, session, streams, meta=meta)
    if "tags.csv" in files:
        _add_tags(recording, container, files["tags.csv"], shown_as)
    return recording


def _build_streams(parsed, start_unix_s):
    """The streams on the recording's clock, in the order of the sensors; beats bring times instead of a rate."""
    streams = {}
    for sensor in _SENSORS.values():
        if sensor.stream in parsed:
            _, start, timing, values = parsed[sensor.stream]
            about = {"channels": sensor.channels, "unit": sensor.unit, "kind": sensor.kind}
            if np.ndim(timing):
                streams[sensor.stream] = Stream(values, (start - start_unix_s) + timing, 0.0, **about)
            else:
                streams[sensor.stream] = Stream.regular(values, timing, start_s=start - start_unix_s, **about)
    return streams


def _parse_samples(content, sensor, where, problems):
    """Start in unix seconds, rate in Hz, and samples (n_channels, n_times) in the sensor's unit."""
    head = _LINE.match(content)
    start = _header_number(head[1], where, 1, "the start in unix seconds", low=0.0, high=1e11)
    second = _LINE.match(content, head.end())
    rate = _header_number(second[1], where, 2, "the rate in Hz", low=1e-3, high=1e5)
    values = parse_lines(content[second.end() :], len(sensor.channels), 3, where, problems)
    if not values.shape[1]:
        raise _SensorError("line 3: there are no samples")
    if sensor.per_unit != 1.0:
        values /= sensor.per_unit
    if sensor.kind == "eda" and values[0, 0] == 0.0:
        values[0, 0] = np.nan  # written before the first measurement
    return start, rate, values


def _parse_beats(content, sensor, where, problems):
    """Start in unix seconds, and the beats' offsets in s and intervals (1, n_beats) in ms."""
    head = _LINE.match(content)
    start = _header_number(head[1].partition(b",")[0], where, 1, "the start in unix seconds", low=0.0, high=1e11)
    offset_s, interval_s = parse_lines(content[head.end() :], 2, 2, where, problems, "it is left out")
    impossible = (offset_s < 0.0) | (interval_s <= 0.0) | (offset_s > 1e7)
    if impossible.any():
        problems.append(
            f"{where} line {int(np.argmax(impossible)) + 2}: offset and interval of a beat must be positive; "
            f"left out ({times(int(impossible.sum()))})."
        )
    keep = ~impossible & np.isfinite(offset_s)  # a line that was no numbers has no time either
    offset_s, interval_s = offset_s[keep], interval_s[keep]
    if not offset_s.size:
        raise _SensorError("line 2: there are no beats")
    backward = np.flatnonzero(np.diff(offset_s) < 0.0)
    if backward.size:
        problems.append(f"{where}: times go backwards ({times(backward.size)}); the beats are put in order.")
        order = np.argsort(offset_s, kind="stable")
        offset_s, interval_s = offset_s[order], interval_s[order]
    return start, offset_s, 1000.0 * interval_s[np.newaxis]


def _header_number(text, where, line, what, *, low, high):
    """The number of a header line, which the accelerometer's file says once per axis."""
    shown = text[:40].decode(errors="replace").strip()
    try:
        numbers = {float(part) for part in text.split(b",")}
    except ValueError:
        numbers = set()
    if len(numbers) != 1 or not low < min(numbers) < high:
        found = f"{shown!r}" if shown else "nothing"
        raise _SensorError(f"line {line}: {what} must be a number between {low:g} and {high:g}; it is {found}")
    return numbers.pop()


def _agree_on_clock(parsed, problems):
    """Drop the sensors whose start is more than a day away from the others'."""
    if not parsed:
        return parsed
    middle = statistics.median_high([start for _, start, _, _ in parsed.values()])
    for where, start, _, _ in parsed.values():
        if abs(start - middle) > _DAY_S:
            problems.append(
                f"{where} line 1: start {start:.0f} is {abs(start - middle) / _DAY_S:.1f} days away from the other "
                "sensors'; its stream is left out."
            )
    return {stream: item for stream, item in parsed.items() if abs(item[1] - middle) <= _DAY_S}


def _add_tags(recording, container, file, shown_as):
    """Button presses as events; those outside the recording are named and left out."""
    where, problems = f"{shown_as}/{file}", recording.meta["problems"]
    try:
        content = container.read(file)
    except UnreadableDataError as error:
        problems.append(f"{where} {error}; tags are left out.")
        return
    onsets_s = parse_lines(content, 1, 1, where, problems, "it is left out")[0] - recording.meta["start_unix_s"]
    is_inside = (recording.start_s <= onsets_s) & (onsets_s <= recording.stop_s)
    outside = np.flatnonzero(np.isfinite(onsets_s) & ~is_inside)
    if outside.size:
        problems.append(
            f"{where} line {outside[0] + 1}: the tag lies {onsets_s[outside[0]]:.0f} s from the start, outside the "
            f"recording; left out ({times(outside.size)})."
        )
    tags_s = np.sort(onsets_s[is_inside]).tolist()
    recording.meta["tags_s"] = tags_s
    trials = [f"tag-{k + 1}" for k in range(len(tags_s))]
    recording.events = pd.DataFrame({"onset_s": tags_s, "duration_s": 0.0, "trial": trials}).astype(
        {"onset_s": float, "duration_s": float, "trial": object}
    )
