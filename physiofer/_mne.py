"""Streams and recordings as MNE objects: types, units, dates and gaps as MNE keeps them."""

import datetime

from .exceptions import InvalidArgumentError

__all__ = ["KIND_OF_TYPE", "recording_to_raw", "stream_to_raw"]

_TYPE_OF_KIND = {
    "eeg": "eeg", "ecg": "ecg", "eog": "eog", "emg": "emg", "eda": "gsr", "respiration": "resp",
    "temperature": "temperature", "bvp": "bio",
}  # fmt: skip
#: Kind of stream for the channel types of MNE that have one; a ``bio`` channel is known by its name only.
KIND_OF_TYPE = {type_: kind for kind, type_ in _TYPE_OF_KIND.items() if type_ != "bio"}

#: MNE keeps volts and siemens. The numbers are those of the FIF format.
_SCALE = {"V": 1.0, "mV": 1e-3, "uV": 1e-6, "nV": 1e-9, "S": 1.0, "uS": 1e-6}
_FIF_UNIT = {"V": 107, "mV": 107, "uV": 107, "nV": 107, "S": 110, "uS": 110, "degC": 114}
_FIF_NO_UNIT = -1
_VOLTAGES = ("eeg", "eog", "ecg", "emg")  # kinds whose numbers MNE takes for volts in any case
_ONE_GRID = 1e-3  # samples by which the grids of two streams may lie apart and still be one


def stream_to_raw(stream, start_unix_s=None):
    """A Stream as an MNE RawArray: on its even grid, gaps annotated."""
    import mne

    even = stream.on_grid()
    unit = _unit(even)
    info = mne.create_info(list(even.channels), even.rate, _TYPE_OF_KIND.get(even.kind, "misc"), verbose="error")
    for channel in info["chs"]:
        channel["unit"] = _FIF_UNIT.get(unit, _FIF_NO_UNIT)
    raw = mne.io.RawArray(even.values * _SCALE.get(unit, 1.0), info, verbose="error")
    if start_unix_s is not None and even.n_times:
        raw.set_meas_date(_date(start_unix_s + even.start_s))
    gaps = even.gaps()
    if len(gaps):
        onsets = gaps["start_s"] - even.start_s
        raw.set_annotations(mne.Annotations(onsets, gaps["stop_s"] - gaps["start_s"], "BAD_gap"), verbose="error")
    return raw


def _unit(stream):
    """The unit of a stream; of a voltage it is one of volts, and uV if none is known."""
    if stream.kind not in _VOLTAGES:
        return stream.unit
    unit = stream.unit or "uV"
    if _FIF_UNIT.get(unit) != _FIF_UNIT["V"]:
        raise InvalidArgumentError(
            f"unit={stream.unit!r} of {stream.channels[0] if stream.channels else 'a stream'} ({stream.kind}) must be "
            "V, mV, uV or nV, as MNE keeps volts; convert the values and name their unit, or give another kind."
        )
    return unit


def recording_to_raw(recording, names=None):
    """Streams of a Recording that share a grid as one MNE RawArray, its events as annotations."""
    import mne

    names = _together(recording) if names is None else _named(recording, names)
    parts = [recording.streams[name].on_grid() for name in names]
    for name, part in zip(names[1:], parts[1:], strict=True):
        if not _is_one_grid(parts[0], part):
            raise InvalidArgumentError(
                f"streams {names[0]!r} and {name!r} do not share rate, start and length; MNE keeps one rate: convert "
                "them one by one with Stream.to_mne."
            )
    start_unix_s = recording.meta.get("start_unix_s")
    raws = [stream_to_raw(part, start_unix_s) for part in parts]
    channels = [channel for part in parts for channel in part.channels]
    for name, part, raw in zip(names, parts, raws, strict=True):
        twice = {channel: f"{name} {channel}" for channel in part.channels if channels.count(channel) > 1}
        raw.rename_channels(twice, verbose="error")
    marks = mne.Annotations([], [], [])
    for raw in raws:
        own = raw.ch_names if len(raws) > 1 else []  # a gap of one stream is its channels' alone
        for gap in raw.annotations:
            marks.append(gap["onset"], gap["duration"], gap["description"], [own])
    whole = raws[0].add_channels(raws[1:]) if len(raws) > 1 else raws[0]
    start_s, events = parts[0].start_s, recording.events
    words = events["event"] if "event" in events else events["trial"]
    is_inside = (events["onset_s"] >= start_s) & (events["onset_s"] < parts[0].stop_s)
    marks.append(events["onset_s"][is_inside] - start_s, events["duration_s"][is_inside], words[is_inside].astype(str))
    whole.set_annotations(marks, verbose="error")
    whole.info["bads"] = [name for name in recording.meta.get("bad_channels", ()) if name in whole.ch_names]
    return whole


def _named(recording, names):
    """The names of streams that were asked for, each of which is there."""
    names = [names] if isinstance(names, str) else list(names)
    absent = [name for name in names if name not in recording.streams]
    if absent or not names:
        known = ", ".join(recording.streams) or "none"
        raise InvalidArgumentError(f"streams={names!r} must name streams of {recording.name}; it has {known}.")
    return names


def _together(recording):
    """Names of the EEG, else of the first stream with a rate, and of all that lie on the same grid."""
    regular = {name: stream for name, stream in recording.streams.items() if stream.rate and stream.n_times}
    if not regular:
        raise InvalidArgumentError(f"{recording.name} has no stream with samples at a rate, which MNE needs.")
    first = next((name for name, stream in regular.items() if stream.kind == "eeg"), next(iter(regular)))
    leader = regular[first].on_grid()
    rest = [name for name, stream in regular.items() if name != first and stream.rate == leader.rate]
    return [first, *(name for name in rest if _is_one_grid(leader, regular[name].on_grid()))]


def _is_one_grid(one, other):
    """Whether two even streams have the same times."""
    if one.rate != other.rate or one.n_times != other.n_times:
        return False
    return not one.n_times or abs(one.start_s - other.start_s) * one.rate < _ONE_GRID


def _date(unix_s):
    """The date MNE wants, in UTC, to the microsecond."""
    return datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(microseconds=round(unix_s * 1e6))
