"""What column names of the field mean: kind of signal, unit, axis, and which column is the time."""

import difflib
import re

from ..exceptions import InvalidArgumentError

__all__ = ["GROUPED_KINDS", "axis_of", "check_kind", "is_unnamed", "kind_of", "standard_unit", "time_unit", "unit_of"]

_KINDS = {
    "ecg": ("ecg", "ekg"),
    "bvp": ("bvp", "ppg", "pleth", "plethysmograph", "cardiac"),
    "eda": ("eda", "gsr", "electrodermal", "scr", "scl", "skin_conductance"),
    "respiration": ("rsp", "resp", "respiration", "respiratory", "breathing"),
    "temperature": ("temperature", "temp", "skt", "skin_temperature", "skin_temp"),
    "heart_rate": ("hr", "heartrate", "heart_rate"),
    "rr": ("rr", "ibi", "rri"),
    "eeg": ("eeg",),
    "emg": ("emg",),
    "eog": ("eog",),
    "acceleration": ("acc", "accel", "acceleration", "accelerometer"),
    "gyroscope": ("gyr", "gyro", "gyroscope"),
    "trigger": ("trigger",),
}
_KIND_OF_WORD = {word: kind for kind, words in _KINDS.items() for word in words}

#: Kinds whose columns belong together as the channels of one stream.
GROUPED_KINDS = ("acceleration", "gyroscope", "eeg", "emg")

_AXIS = re.compile(rf"({'|'.join(_KINDS['acceleration'] + _KINDS['gyroscope'])})[ _.-]?([xyz])")
_BRACKETS = re.compile(r"\s*[\[(]([^\])]*)[\])]?")

_UNITS = {
    "uS": ("\u00b5S", "\u03bcS", "microsiemens", "microSiemens"),  # two code points look like a Greek mu
    "uV": ("\u00b5V", "\u03bcV", "microvolt"),
    "mV": ("millivolt",),
    "V": ("volt", "volts"),
    "degC": ("\N{DEGREE SIGN}C", "C", "celsius", "Celsius", "degrees Celsius"),
    "s": ("sec", "seconds"),
    "bpm": ("BPM", "beats/min"),
    "m/s^2": ("m/s2", "m/s\N{SUPERSCRIPT TWO}"),
    "a.u.": ("au", "arbitrary"),
}
_UNIT_OF_WORD = {word: unit for unit, words in _UNITS.items() for word in words}
_VOLTS = {"v": "V", "mv": "mV", "uv": "uV"}
_SUFFIX_UNITS = {
    "eda": {"us": "uS"}, "temperature": {"c": "degC", "degc": "degC"}, "heart_rate": {"bpm": "bpm"},
    "rr": {"s": "s", "ms": "ms"}, "acceleration": {"g": "g"},
    "ecg": _VOLTS, "eeg": _VOLTS, "emg": _VOLTS, "eog": _VOLTS,
}  # fmt: skip

_TIME_NAMES = {
    "time", "times", "t", "timestamp", "timestamps", "datetime", "date_time", "seconds", "second", "sec", "unix",
    "unix_time", "time_unix", "unixtime", "unix_timestamp", "timestamp_unix", "epoch", "elapsed", "elapsed_time",
}  # fmt: skip
_TIME_SUFFIXES = {"s": 1, "sec": 1, "seconds": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def kind_of(name):
    """Kind of signal a column name stands for, or "" if it is no usual name.

    Case, digits and brackets do not matter; neither does what follows the first word, except that a rate is no signal.

    Examples
    --------
    >>> kind_of("PPG"), kind_of("ecg_2"), kind_of("GSR (uS)"), kind_of("EMG_zygo"), kind_of("resp_rate")
    ('bvp', 'ecg', 'eda', 'emg', '')
    """
    axis = _AXIS.fullmatch(_bare(name))
    words = [axis[1]] if axis else re.findall(r"[a-z]+", _bare(name))
    whole = _KIND_OF_WORD.get("_".join(words))
    return whole or ("" if not words or words[-1] == "rate" else _KIND_OF_WORD.get(words[0], ""))


def check_kind(kind, *, name):
    """A kind of signal as it is, unless it is another word for a kind that has a name, or nearly one.

    Examples
    --------
    >>> check_kind("eda", name="kinds['x']"), check_kind("rating", name="kinds['x']")
    ('eda', 'rating')
    """
    if kind in _KINDS:
        return kind
    near = difflib.get_close_matches(str(kind).lower(), _KINDS, n=1, cutoff=0.75)
    meant = kind_of(str(kind)) or (near[0] if near else "")
    if meant or not isinstance(kind, str):
        hint = f" Did you mean {meant}?" if meant else ""
        raise InvalidArgumentError(f"{name}={kind!r} must be {', '.join(_KINDS)}, or a word of your own.{hint}")
    return kind


def unit_of(name):
    """Unit that a column name says in brackets or, where the kind makes it plain, as its last part; else "".

    Examples
    --------
    >>> unit_of("EDA [uS]"), unit_of("Temp (C)"), unit_of("rr_ms"), unit_of("answer_s")
    ('uS', 'degC', 'ms', '')
    """
    bracket = _BRACKETS.search(name)
    if bracket:
        return standard_unit(bracket[1])
    return _SUFFIX_UNITS.get(kind_of(name), {}).get(name.lower().rpartition("_")[2], "")


def standard_unit(unit):
    """A unit in physiofer's spelling; an unknown one as it is.

    Examples
    --------
    >>> standard_unit("microsiemens"), standard_unit("C"), standard_unit("mmHg")
    ('uS', 'degC', 'mmHg')
    """
    unit = str(unit).strip()
    return _UNIT_OF_WORD.get(unit, unit)


def axis_of(name):
    """Axis of a column of a three-axis sensor, or "".

    Examples
    --------
    >>> axis_of("acc_x"), axis_of("ACC Z [g]"), axis_of("AccelY"), axis_of("acc_max")
    ('x', 'z', 'y', '')
    """
    match = _AXIS.fullmatch(_bare(name))
    return match[2] if match else ""


def time_unit(name):
    """How many of a time column's units make a second, or None if the name is not that of a time column.

    Examples
    --------
    >>> time_unit("Timestamp"), time_unit("time_ms"), time_unit("time [s]"), time_unit("timing")
    (1, 1000, 1, None)
    """
    words = [word for word in re.split(r"[^a-z]+", name.lower()) if word]
    if not words:
        return None
    if len(words) > 1 and words[-1] in _TIME_SUFFIXES and "_".join(words[:-1]) in _TIME_NAMES:
        return _TIME_SUFFIXES[words[-1]]
    return 1 if "_".join(words) in _TIME_NAMES else None


def is_unnamed(name):
    """Whether a column has no name of its own, like a saved row index."""
    return name.startswith(("Unnamed:", "__index_level_"))


def _bare(name):
    """A column name without brackets, in lower case."""
    return _BRACKETS.sub("", name).strip().lower()
