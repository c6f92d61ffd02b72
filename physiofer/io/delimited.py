"""Tables from CSV, TSV and Parquet files: every cell keeps its row, every row its line in the file."""

import csv
import io
import math
import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from .._validate import check_path
from ..exceptions import InvalidArgumentError, UnreadableDataError
from .container import plain_bytes, read_file, reason

__all__ = ["SUFFIXES", "Table", "read_table", "table_suffix", "to_numbers"]

#: Names of table files end so.
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".csv.gz", ".tsv.gz", ".txt.gz")

#: Cells that mean "no value", in lower case.
MISSING = ("", "na", "n/a", "nan", "null")

_MISSING_SPELT = sorted({spelt for word in MISSING for spelt in (word, word.upper(), word.title(), "NaN", "N/a")})
_MAX_BYTES = 2**31 - 2  # Arrow counts the bytes of a block in 32 bits
_FIRST_LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r|\Z)")


@dataclass(frozen=True, eq=False)
class Table:
    """Cells by column, with the place of every row in its file.

    Attributes
    ----------
    frame : DataFrame
        One column per column of the file; text stays text.
    lines : ndarray of shape (n_rows,)
        Line (text) or row (Parquet) of the file, from 1.
    where : str
        What messages call the file.
    place : str
        ``"line"`` or ``"row"``.
    problems : list of str
        What was repaired while reading, one line each.
    """

    frame: pd.DataFrame
    lines: np.ndarray
    where: str
    place: str = "line"
    problems: list = field(default_factory=list)

    def locate(self, row):
        """Name of the file and line of a row: ``"p01.csv line 3"``."""
        return f"{self.where} {self.place} {self.lines[row]}"


def read_table(path, *, separator=None, names=None, header=None, text=(), shown_as=None):
    """Read a CSV, TSV or Parquet file, gzipped or not.

    Parameters
    ----------
    path : path-like
        The file; its name ends in one of ``SUFFIXES``.
    separator : str, optional
        Character between cells; found from the first line by default, a tab in TSV files.
    names : sequence of str, optional
        Column names of a file without header line.
    header : bool, optional
        Whether line 1 names the columns; by default it does unless all of its cells are numbers.
    text : sequence of str, default=()
        Columns that stay text even if all their cells are numbers.
    shown_as : str, optional
        What messages call the file; its own name by default.

    Returns
    -------
    Table

    Raises
    ------
    UnreadableDataError
        If the file does not exist, is empty or damaged, names a column twice, or lacks a header and `names` too.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "p01.csv").write_text("ecg,rsp\\n0.5,1\\n0.25,\\n")
    ...     read_table(Path(folder) / "p01.csv").frame.to_dict("list")
    {'ecg': [0.5, 0.25], 'rsp': [1.0, nan]}
    """
    path = check_path(path)
    where = path.name if shown_as is None else shown_as
    suffix = table_suffix(path.name)
    if suffix is None:
        raise UnreadableDataError(f"{where} is no table: its name must end in {', '.join(SUFFIXES)}.")
    if separator is not None and not (isinstance(separator, str) and len(separator) == 1):
        raise InvalidArgumentError(f"separator={separator!r} must be one character.")
    if not path.is_file():
        raise UnreadableDataError(f"{where} {'is a folder, not a file' if path.is_dir() else 'does not exist'}.")
    if suffix == ".parquet":
        return _read_parquet(path, where)
    return _read_text(path, where, separator or ("\t" if ".tsv" in suffix else None), names, header, text)


def table_suffix(name):
    """The longest of SUFFIXES that a file name ends in, or None."""
    return max((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), key=len, default=None)


def to_numbers(column):
    """A column as float64, and which cells hold something that is no finite number (they become NaN)."""
    if column.dtype.kind in "fiub":
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        bad = np.isinf(numbers)
        return (np.where(bad, np.nan, numbers), bad) if bad.any() else (numbers, bad)
    cells = column.astype(object).to_numpy()
    missing = np.array([_is_missing(cell) for cell in cells], dtype=bool)
    numbers = np.array([_number(cell) for cell in cells], dtype=np.float64)
    return numbers, np.isnan(numbers) & ~missing


def _is_missing(cell):
    """Whether a cell is empty or spells that out."""
    if isinstance(cell, str):
        return cell.strip().lower() in MISSING
    return cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell))


def _number(cell):
    """The finite number a cell spells, or NaN."""
    try:
        number = math.nan if isinstance(cell, str) and "_" in cell else float(cell)  # Python reads 1_0 as 10
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _read_parquet(path, where):
    """A Parquet file as a Table."""
    try:
        with open(path, "rb") as file:  # given the path, Arrow would put it into its messages
            table = pa.parquet.read_table(file, use_threads=False).replace_schema_metadata(None)
        names = table.column_names
        frame = table.rename_columns([str(k) for k in range(len(names))]).to_pandas(use_threads=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableDataError(f"{where} cannot be read as Parquet ({_first_line(reason(error))}).") from error
    _check_names(names, where)
    frame.columns = names
    if not len(frame):
        raise UnreadableDataError(f"{where} has no rows.")
    return Table(frame, np.arange(1, len(frame) + 1), where, "row")


def _read_text(path, where, separator, names, header, text):
    """A delimited text file as a Table."""
    try:
        content = plain_bytes(read_file(path, _MAX_BYTES))
    except UnreadableDataError as error:
        raise UnreadableDataError(f"{where} {error}.") from error
    try:
        content.decode()
    except UnicodeDecodeError:
        content = content.decode("latin-1").encode()
    body = content.rstrip(b" \r\n")
    if not body.strip():
        raise UnreadableDataError(f"{where} is empty.")
    is_cut = len(body) == len(content)
    first = _FIRST_LINE.match(body)
    separator = separator or _guess_separator(first[1])
    cells = next(csv.reader([first[1].decode()], delimiter=separator), [])
    if header is None:
        header = not all(not math.isnan(_number(cell)) for cell in cells)
    if header:
        names = [cell.strip() or f"Unnamed: {k}" for k, cell in enumerate(cells)]
        body = body[first.end() :]
    elif names is None:
        raise UnreadableDataError(f"{where} has no header line; name its {len(cells)} columns with columns=[...].")
    elif len(names) != len(cells):
        raise UnreadableDataError(f"{where} has {len(cells)} columns; {len(names)} names were given for them.")
    names = [str(name) for name in names]
    _check_names(names, where)
    if not body.strip():
        raise UnreadableDataError(f"{where} has no rows.")
    text = [name for name in names if name in set(text)]
    frame = _parse_fast(body, separator, names, text)
    if frame is not None:
        return Table(frame, np.arange(len(frame)) + 1 + bool(header), where)
    return _parse_carefully(body, separator, names, 1 + bool(header), is_cut, where)


def _parse_fast(body, separator, names, text):
    """All rows by Arrow's parser, with types found from the cells; None if a row has too many or few cells."""
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(body),
            pa.csv.ReadOptions(use_threads=False, block_size=len(body) + 1, column_names=names),
            pa.csv.ParseOptions(delimiter=separator, ignore_empty_lines=False),
            pa.csv.ConvertOptions(null_values=_MISSING_SPELT, column_types=dict.fromkeys(text, pa.string())),
        )
    except pa.ArrowInvalid:
        return None
    return table.to_pandas(use_threads=False, date_as_object=False)


def _parse_carefully(body, separator, names, first_line, is_cut, where):
    """All rows as text by Python's parser; rows are padded or cut to the columns, and the first such is named."""
    rows, lines, ragged = [], [], []
    reader = csv.reader(io.StringIO(body.decode(), newline=""), delimiter=separator)
    try:
        for row in reader:
            if len(row) != len(names) and row:
                ragged.append((first_line + reader.line_num - 1, len(row)))
            rows.append((row + [""] * len(names))[: len(names)])
            lines.append(first_line + reader.line_num - 1)
    except csv.Error as error:
        raise UnreadableDataError(f"{where} line {first_line + reader.line_num - 1}: {error}.") from error
    problems = []
    if is_cut and ragged and ragged[-1][0] == lines[-1]:
        problems.append(f"{where} line {lines[-1]}: the file ends inside this line; it is left out.")
        rows, lines, ragged = rows[:-1], lines[:-1], ragged[:-1]
    if ragged:
        problems.append(
            f"{where} line {ragged[0][0]}: {ragged[0][1]} cells instead of {len(names)}; "
            f"what is missing is NaN ({len(ragged)} such lines)."
        )
    if not rows:
        raise UnreadableDataError(f"{where} has no rows.")
    return Table(pd.DataFrame(rows, columns=names, dtype=object), np.array(lines), where, problems=problems)


def _guess_separator(line):
    """The most frequent of tab, semicolon, comma and bar in the first line."""
    return max(",;\t|", key=line.decode().count)


def _check_names(names, where):
    """Refuse a column name that occurs twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UnreadableDataError(f"{where} names column {twice[0]!r} twice.")


def _first_line(message):
    """A library's message without its continuation lines."""
    return message.splitlines()[0][:120] if message else ""
