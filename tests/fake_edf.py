"""EDF and BDF files of the same form as the real ones, written byte by byte from the specification."""

import numpy as np

_WIDTHS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)  # label, transducer, unit, physical and digital ends, filter, samples, -


def tal(onset_s, *texts, duration_s=None):
    """One time-stamped annotation list; without texts, the one that says when a record starts."""
    span = b"" if duration_s is None else b"\x15%g" % duration_s
    return b"%+g" % onset_s + span + b"\x14" + b"".join(text.encode() + b"\x14" for text in (texts or ("",))) + b"\0"


def _field(value, width):
    return str(value)[:width].ljust(width).encode("latin-1")


def _integers(values, n_bytes):
    """Whole numbers as little-endian integers of two or three bytes."""
    return np.ascontiguousarray(values, "<i4").view(np.uint8).reshape(-1, 4)[:, :n_bytes].tobytes()


def write_edf(
    path, channels, n_records, *, record_s=1, tals=(), is_discontinuous=False, declared=None, clock="10.20.30"
):
    """Write a file of `n_records`, BDF or EDF by its ending, and give its path.

    `channels` are (name, unit, whole numbers in that unit); `tals` holds the annotation bytes of each record.
    """
    kind = path.suffix[1:].upper()
    n_bytes = {"BDF": 3, "EDF": 2}[kind]
    top = 2 ** (8 * n_bytes - 1)
    tal_samples = -(-max(map(len, tals), default=0) // n_bytes)
    rows = [(name, "", unit, -top, top - 1, -top, top - 1, "", len(v) // n_records, "") for name, unit, v in channels]
    if tals:
        rows.append((f"{kind} Annotations", "", "", -1, 1, -top, top - 1, "", tal_samples, ""))
    about = f"{kind}+{'D' if is_discontinuous else 'C'}" if tals else ""
    with open(path, "wb") as file:
        file.write(
            (b"\xffBIOSEMI" if kind == "BDF" else _field("0", 8)) + _field("X X X X", 80) + _field("Startdate", 80)
        )
        file.write(_field("02.03.21", 8) + _field(clock, 8) + _field(256 * (len(rows) + 1), 8) + _field(about, 44))
        file.write(_field(n_records if declared is None else declared, 8) + _field(record_s, 8) + _field(len(rows), 4))
        for column, width in enumerate(_WIDTHS):
            file.write(b"".join(_field(row[column], width) for row in rows))
        for record in range(n_records):
            for (_, _, values), row in zip(channels, rows, strict=False):
                file.write(_integers(values[record * row[8] : (record + 1) * row[8]], n_bytes))
            if tals:
                file.write(tals[record].ljust(tal_samples * n_bytes, b"\0"))
    return path
