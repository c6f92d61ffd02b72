"""Lines of numbers: parsed fast where all is well, and line by line where it is not."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.csv

from ..kernels.decimals import parse_decimals

__all__ = ["parse_carefully", "parse_lines", "show", "times"]

_BLANK = b" \t\r\n"


def parse_lines(body, n_columns, first_line, where, problems, fate="that sample is NaN"):
    """Numbers of all lines; a line that is something else is NaN and named once.

    Parameters
    ----------
    body : bytes
        Lines of `n_columns` numbers separated by commas.
    n_columns : int
        Numbers in a line.
    first_line : int
        Which line of the file `body` begins with, for messages.
    where : str
        What messages call the file.
    problems : list of str
        Takes up one message for all lines that are no numbers, and one for a last line that may have been cut, which is
        left out.
    fate : str
        What the message says becomes of a line that is no numbers.

    Returns
    -------
    ndarray of shape (n_columns, n_lines)

    Examples
    --------
    >>> problems = []
    >>> parse_lines(b"0.5\\nx\\n0.25\\n", 1, 3, "BVP.csv", problems).tolist(), problems
    ([[0.5, nan, 0.25]], ["BVP.csv line 4: 'x' is not a number; that sample is NaN (once)."])
    """
    stripped = body.rstrip(_BLANK)
    if stripped and len(stripped) == len(body):  # no line end: has the last line been cut?
        kept, last = _split_last_line(stripped)
        if _may_be_cut(last, _split_last_line(kept.rstrip(_BLANK))[1], n_columns):
            line = first_line + len(kept.splitlines())
            problems.append(f"{where} line {line}: the file ends inside this line ({show(last)}); it is left out.")
            stripped = kept.rstrip(_BLANK)
    if not stripped:
        return np.empty((n_columns, 0))
    values = _parse_fast(stripped, n_columns)
    if values is None:
        lines = stripped.splitlines()
        values = parse_carefully(lines, n_columns)
        bad = np.flatnonzero(np.isnan(values[0]))
        what = "a number" if n_columns == 1 else f"{n_columns} numbers"
        if bad.size:  # Arrow is the stricter one: it refuses +1
            problems.append(
                f"{where} line {first_line + bad[0]}: {show(lines[bad[0]])} is not {what}; {fate} ({times(bad.size)})."
            )
    return values


def _split_last_line(text):
    """Everything before the last line, and that line."""
    start = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
    return text[:start], text[start:]


def _may_be_cut(last, above, n_columns):
    """Whether a last line without line end may lack its own end.

    Only as many fields and decimals as in the line above are trusted, and integers never are.
    """
    decimals = [len(line.rpartition(b".")[2]) if b"." in line.rpartition(b",")[2] else 0 for line in (above, last)]
    return last.count(b",") != n_columns - 1 or decimals[0] != decimals[1] or not decimals[1]


def _parse_fast(body, n_columns):
    """The numbers by compiled code or, where they are not plain decimals, by Arrow; None if a line is no numbers."""
    values = parse_decimals(np.frombuffer(body, np.uint8), n_columns)
    if values.shape[1]:
        return values
    names = [str(column) for column in range(n_columns)]
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(body),
            pa.csv.ReadOptions(use_threads=False, block_size=len(body) + 1, column_names=names),
            pa.csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float64())),
        )
    except pa.ArrowInvalid:
        return None
    values = np.array([column.to_numpy() for column in table.columns])
    return values if np.isfinite(values).all() else None


def parse_carefully(lines, n_columns):
    """The numbers line by line; NaN for every line that is anything else.

    Examples
    --------
    >>> parse_carefully([b"1,2", b"3", b"inf,0"], 2).tolist()
    [[1.0, nan, nan], [2.0, nan, nan]]
    """
    values = np.full((n_columns, len(lines)), np.nan)
    for k, line in enumerate(lines):
        fields = line.split(b",")
        if len(fields) == n_columns and b"_" not in line:  # Python reads 1_0 as 10
            try:
                sample = [float(field) for field in fields]
            except ValueError:
                continue
            if all(map(math.isfinite, sample)):
                values[:, k] = sample
    return values


def times(count):
    """How often something was found, in words.

    Examples
    --------
    >>> times(1), times(3)
    ('once', '3 times')
    """
    return "once" if count == 1 else f"{count} times"


def show(text):
    """The start of a broken line, printable.

    Examples
    --------
    >>> show(b"12,-")
    "'12,-'"
    """
    return repr(text[:24].decode(errors="replace"))
