"""The header of an EDF or BDF file: what its records hold, when they were taken, and what is annotated.

MNE reads the samples. It does not say at which rate each channel was taken, that a file ends within a record, or where
the records of a discontinuous file (EDF+D) lie: all of this is in the header and the annotation channels.
"""

import datetime
import re
from dataclasses import dataclass, field

import numpy as np

from ..exceptions import UnreadableDataError

__all__ = ["EdfHeader", "read_edf_annotations", "read_edf_header", "record_onsets"]

_FIXED = 256  # bytes before the channels, and for each of them
_MOST_CHANNELS = 4096
_FASTEST = 1e6  # Hz
_ANNOTATIONS = ("EDF Annotations", "BDF Annotations")
_TAL = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d+(?:\.\d*)?))?\x14([^\x00]*)\x14\x00")
_WIDTHS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)  # label, transducer, unit, physical and digital ends, filter, samples, -


@dataclass(frozen=True)
class EdfHeader:
    """What the header says.

    Attributes
    ----------
    sample_bytes : int
        2 in EDF, 3 in BDF.
    is_discontinuous : bool
        Whether the records need not follow one another (EDF+D, BDF+D).
    n_declared, n_records : int
        Records it declares (-1 if it was never closed) and whole records there are.
    n_left_bytes : int
        Bytes after the last whole record.
    record_s : float
        Length of a record.
    start_unix_s : float or None
        Start of the file as if its clock were UTC; None if there is no such date.
    labels, units : tuple of str
        Of every channel.
    n_samples : tuple of int
        Samples of each channel in a record.
    offset : int
        Byte at which the records start.
    """

    sample_bytes: int
    is_discontinuous: bool
    n_declared: int
    n_records: int
    n_left_bytes: int
    record_s: float
    start_unix_s: float | None
    labels: tuple
    units: tuple
    n_samples: tuple
    offset: int
    starts: tuple = field(default=(), repr=False)  # bytes from the start of a record to each channel

    @property
    def annotation_channels(self):
        """Numbers of the channels that hold annotations."""
        return [k for k, label in enumerate(self.labels) if label in _ANNOTATIONS]

    @property
    def rates(self):
        """Sampling rate of each channel in Hz."""
        return tuple(n / self.record_s for n in self.n_samples)


def read_edf_header(path):
    """Read the header of an EDF or BDF file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    EdfHeader

    Raises
    ------
    UnreadableDataError
        If there is none, or it contradicts itself; the message does not repeat the name.
    """
    size = path.stat().st_size
    with open(path, "rb") as file:
        fixed = file.read(_FIXED)
        if not (fixed[:8] == b"\xffBIOSEMI" or fixed[:8] == b"0".ljust(8)):
            raise UnreadableDataError("does not start as an EDF or BDF file")
        if len(fixed) < _FIXED:
            raise UnreadableDataError("is cut off within its header")
        n_channels = _whole(fixed[252:256], "number of channels")
        if not 0 < n_channels <= _MOST_CHANNELS:
            raise UnreadableDataError(f"declares {n_channels} channels in its header")
        n_bytes, n_needed = _whole(fixed[184:192], "length of the header"), _FIXED * (n_channels + 1)
        if n_bytes != n_needed:
            raise UnreadableDataError(
                f"declares a header of {n_bytes} bytes, but that of {n_channels} channels has {n_needed}"
            )
        channels = file.read(_FIXED * n_channels)
    if len(channels) < _FIXED * n_channels:
        raise UnreadableDataError("is cut off within its header")
    columns, at = [], 0
    for width in _WIDTHS:
        columns.append([channels[at + k * width : at + (k + 1) * width] for k in range(n_channels)])
        at += width * n_channels
    n_samples = tuple(_whole(text, "number of samples in a record") for text in columns[8])
    record_s = _number(fixed[244:252], "length of a record")
    labels = tuple(_text(label) for label in columns[0])
    is_only_told = set(labels) <= set(_ANNOTATIONS)
    if min(n_samples) < 0 or sum(n_samples) == 0 or record_s < 0 or (record_s == 0 and not is_only_told):
        raise UnreadableDataError(f"declares records of {record_s:g} s with {sum(n_samples)} samples")
    if record_s and max(n_samples) / record_s > _FASTEST:
        raise UnreadableDataError(f"declares {max(n_samples)} samples in {record_s:g} s; no sensor is as fast")
    sample_bytes = 3 if fixed[:1] == b"\xff" else 2
    offset, record_bytes = _FIXED * (n_channels + 1), sample_bytes * sum(n_samples)
    n_records, n_left = divmod(max(size - offset, 0), record_bytes)
    ends = np.cumsum((0, *n_samples)) * sample_bytes
    return EdfHeader(
        sample_bytes, fixed[192:197] in (b"EDF+D", b"BDF+D"), _whole(fixed[236:244], "number of records"), n_records,
        n_left, record_s, _start_unix_s(fixed), labels, tuple(_text(unit) for unit in columns[2]), n_samples, offset,
        tuple(int(end) for end in ends),
    )  # fmt: skip


def record_onsets(path, header):
    """When each record starts, in s from the start of the first: as its first annotation says, else one after another.

    Raises
    ------
    UnreadableDataError
        If the records of a discontinuous file do not say, or go backwards.
    """
    evenly = np.arange(header.n_records) * header.record_s
    if not header.is_discontinuous or not header.n_records:
        return evenly
    if not header.annotation_channels:
        raise UnreadableDataError("is discontinuous, but has no annotation channel that says when its records start")
    onsets = np.full(header.n_records, np.nan)
    channel = _channel_bytes(path, header, header.annotation_channels[0])
    for k, record in enumerate(channel):
        match = _TAL.match(record.tobytes())
        if match and match[3][:1] in (b"", b"\x14"):  # the first of a record says its time, by saying nothing else
            onsets[k] = float(match[1])
    if not np.isfinite(onsets).all():
        raise UnreadableDataError(
            f"is discontinuous, but record {int(np.argmax(~np.isfinite(onsets))) + 1} has no time"
        )
    if np.any(np.diff(onsets) < header.record_s * (1 - 1e-6)):
        raise UnreadableDataError("has records that overlap or go backwards")
    return onsets - onsets[0]


def read_edf_annotations(path, header):
    """The annotations of an EDF+ or BDF+ file, and the fraction of a second by which its first record starts late.

    Returns
    -------
    annotations : list of (float, float, str)
        Onset in s from the first sample, duration in s, text.
    late_s : float
    """
    rows, late_s = [], None
    parts = [_channel_bytes(path, header, k) for k in header.annotation_channels]
    for k in range(header.n_records if parts else 0):
        for part in parts:
            for onset, duration, texts in _TAL.findall(part[k].tobytes()):
                if late_s is None:
                    late_s = float(onset)
                for text in texts.split(b"\x14"):
                    if text.strip():
                        said = text.decode("utf-8", errors="replace").strip()
                        rows.append((float(onset), float(duration or 0.0), said))
    late_s = late_s or 0.0
    return sorted((onset - late_s, duration, text) for onset, duration, text in rows), late_s


def _channel_bytes(path, header, channel):
    """The bytes of a channel, (n_records, n_bytes), from the file as they are looked at."""
    shape = (header.n_records, header.starts[-1])
    records = np.memmap(path, np.uint8, "r", header.offset, shape)
    return records[:, header.starts[channel] : header.starts[channel + 1]]


def _text(raw):
    """A field of the header as text."""
    return raw.strip().decode("latin-1")


def _number(raw, what):
    """A field of the header as a number."""
    try:
        number = float(_text(raw.partition(b"\0")[0]).replace(",", "."))
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise UnreadableDataError(f"has {_text(raw)[:16]!r} for the {what} in its header")
    return number


def _whole(raw, what):
    """A field of the header as a whole number."""
    number = _number(raw, what)
    if number != int(number):
        raise UnreadableDataError(f"has {_text(raw)[:16]!r} for the {what} in its header")
    return int(number)


def _start_unix_s(fixed):
    """The start of the file; None if the header holds no date."""
    try:
        day, month, year = map(int, re.findall(r"\d+", _text(fixed[168:176])))
        hour, minute, second = map(int, re.findall(r"\d+", _text(fixed[176:184])))
        year += 1900 if year >= 85 else 2000  # EDF's clipping date
        return datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.UTC).timestamp()
    except ValueError:
        return None
