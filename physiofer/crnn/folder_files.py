"""What lies in a folder of face sequences beside the arrays: its table, and what a run that was killed left behind."""

import contextlib
import numbers
import re

import numpy as np
import pandas as pd

from .._atomic import whole_file
from ..exceptions import InvalidArgumentError, UnreadableDataError

__all__ = ["TABLE", "check_label_names", "label_names", "make_folder", "read_table", "remove_parts", "write_table"]

TABLE = "windows.csv"
_KEYS = ("file", "row", "subject")
_ABOUT = ("recording", "start_s")  # columns that may be there, and are no labels
_HEART_RATE = "heart_rate_bpm"
_NAMES = ("file", "subject", "recording")  # columns of texts, also "007" and "NA"

_CELL = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|((?:[^",\r\n][^,\r\n]*)?))(,|\r\n|\r|\n|\Z)')
_BLANK = ("", False)
_INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d*)", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|inf)", re.ASCII)
_MISSING = {"", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"}  # among numbers
_TRUTH = {"True": True, "TRUE": True, "False": False, "FALSE": False}


def check_label_names(labels, *, name):
    """Refuse labels without a name, or that are called like columns of the table's own."""
    taken = {str(label) for label in labels} & {*_KEYS, *_ABOUT, _HEART_RATE}
    if taken:
        raise InvalidArgumentError(f"{name} has {sorted(taken)}, names of the table's own.")
    if "" in {str(label) for label in labels} or len({str(label) for label in labels}) < len(labels):
        raise InvalidArgumentError(f"{name} has {list(labels)!r}; each label needs a name of its own.")


def label_names(table):
    """The columns of a table that are labels."""
    return [name for name in table.columns if name not in (*_KEYS, *_ABOUT, _HEART_RATE)]


def make_folder(path):
    """Make a folder if it is not there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidArgumentError(f"path={str(path)!r} cannot be made ({error.strerror}).") from error


def remove_parts(path):
    """Remove what runs that were killed left of a file: it may hold faces, and nobody else would."""
    part = re.compile(rf"\.{re.escape(path.name)}\.[\d.-]+\.part", re.ASCII)
    for left in path.parent.glob(".*.part"):
        if part.fullmatch(left.name):
            with contextlib.suppress(OSError):
                left.unlink()


def write_table(path, table):
    """Write the table of a folder of face sequences; labels that are texts stand in quotes.

    Parameters
    ----------
    path : Path
        The folder.
    table : DataFrame
        What :func:`read_table` reads back: numbers as numbers, texts as they are, missing labels as NaN or None.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> table = pd.DataFrame({"file": "a.npy", "row": [0, 1], "subject": "007", "emotion": ["01", "NA"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_table(pathlib.Path(folder), table)
    ...     read_table(pathlib.Path(folder)).equals(table)
    True
    """
    columns = [[_name_cell(str(name))] + [_cell(value, name) for value in table[name]] for name in table.columns]
    text = "".join(",".join(row) + "\n" for row in zip(*columns, strict=True))
    remove_parts(path / TABLE)
    with whole_file(path / TABLE) as part, part.open("w", encoding="utf-8", newline="") as file:
        file.write(text)


def _cell(value, name):
    """A value as it stands in the table."""
    if name in _NAMES:
        return _name_cell(str(value))
    if isinstance(value, str):
        return _quoted(value)
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)):
        return "" if value != value else str(value)  # only NaN differs from itself
    return str(float(value)) if isinstance(value, numbers.Real) else _quoted(str(value))


def _name_cell(text):
    """A name, in quotes where it would not come back without them."""
    return _quoted(text) if text != text.strip() or re.search('[",\r\n]', text) else text


def _quoted(text):
    """A text in quotes."""
    return '"' + text.replace('"', '""') + '"'


def read_table(path):
    """The checked table of a folder of face sequences.

    Parameters
    ----------
    path : Path
        The folder.

    Returns
    -------
    DataFrame of shape (n_windows, n_columns)
        Names are texts. A label of which all cells are numbers, or missing, is a column of numbers, of True and False
        one of bools, and any other of texts as they are written. What stands in quotes is text, unless the table has
        its numbers in quotes as well. Missing is NaN among numbers and None among texts.

    Raises
    ------
    UnreadableDataError
        If there is none, or it is not what it should be.
    """
    if not (path / TABLE).is_file():
        raise UnreadableDataError(
            f"{path.absolute().name}: there is no {TABLE} in the folder; write_face_folder makes one, with the columns "
            "file, row, subject and the labels. A run of write_face_folder_from_films that was ended has none yet: "
            "call it again with the same films."
        )
    try:
        with (path / TABLE).open(encoding="utf-8-sig", newline="") as file:
            rows = list(_rows_of(file.read()))
    except (ValueError, OSError) as error:
        if isinstance(error, UnreadableDataError):
            raise
        raise UnreadableDataError(f"{TABLE} is no table ({str(error).splitlines()[0]}).") from error
    columns = _columns_of(rows)
    quotes_tell = not any(is_quoted for _, is_quoted in columns["row"])
    table = {}
    for name, cells in columns.items():
        texts = [text for text, _ in cells]
        if name in _NAMES:
            table[name] = np.array(texts, dtype=object)
        elif name in ("row", _HEART_RATE):
            table[name] = _numbers(texts)
        else:
            table[name] = _label(cells if quotes_tell else [(text, False) for text in texts])
    if table["row"] is None or table["row"].dtype.kind not in "iu":
        raise UnreadableDataError(f"{TABLE} has numbers of rows that are no integers.")
    if _HEART_RATE in table and table[_HEART_RATE] is None:
        raise UnreadableDataError(f"{TABLE} has heart rates that are no numbers.")
    if _HEART_RATE in table and np.isinf(table[_HEART_RATE]).any():
        raise UnreadableDataError(f"{TABLE} has heart rates that are infinite; leave what is unknown blank.")
    return pd.DataFrame(table)


def _rows_of(text):
    """Rows of cells: the text of each, and whether it stands in quotes."""
    row, place = [], 0
    while place < len(text):
        found = _CELL.match(text, place)
        if found is None:
            line = text[:place].count("\n") + 1
            raise UnreadableDataError(f"{TABLE} has quotes in line {line} that do not belong together.")
        row.append((found[2].strip(), False) if found[1] is None else (found[1].replace('""', '"'), True))
        place = found.end()
        if found[3] != ",":
            if row != [_BLANK]:
                yield row
            row = []
    if row:
        yield [*row, _BLANK]  # the comma was the last of the file


def _columns_of(rows):
    """Cells by the names of their columns, of which those that must be there are."""
    names = [text for text, _ in rows[0]] if rows else []
    if missing := [name for name in _KEYS if name not in names]:
        raise UnreadableDataError(f"{TABLE} lacks the columns {', '.join(missing)}.")
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise UnreadableDataError(f"{TABLE} has more than one column {', '.join(twice)}.")
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(names):
            raise UnreadableDataError(f"{TABLE} has {len(row)} cells in row {number} and {len(names)} in its header.")
    columns = dict(zip(names, zip(*rows[1:], strict=True), strict=len(rows) > 1))
    columns.pop("", None)  # numbers of rows that a program has written, or commas after all
    if not columns or any(not text.strip() for name in _KEYS for text, _ in columns[name]):
        raise UnreadableDataError(f"{TABLE} has no rows, or rows without file, row or subject.")
    return columns


def _label(cells):
    """A column of numbers, of bools or of texts."""
    texts = [text for text, _ in cells]
    if not any(is_quoted for _, is_quoted in cells):
        if (values := _numbers(texts)) is not None:
            return values
        if set(texts) <= {*_TRUTH, ""}:
            values = [_TRUTH.get(text) for text in texts]
            return np.array(values, dtype=object if "" in texts else bool)
    values = np.empty(len(cells), dtype=object)
    values[:] = [None if cell == _BLANK else cell[0] for cell in cells]
    return values


def _numbers(texts):
    """Texts as integers or as floats, NaN where missing; None if they are no numbers."""
    if all(map(_INTEGER.fullmatch, texts)):
        values = np.array([int(text) if len(text) < 20 else float(text) for text in texts])
        return values if values.dtype.kind in "iu" else values.astype(np.float64)
    is_missing = np.array([text in _MISSING for text in texts])
    is_named = any(text in _MISSING and text for text in texts)
    if is_named and is_missing.all():
        return None  # a class may be called "NA"
    if not all(missing or _NUMBER.fullmatch(text) for text, missing in zip(texts, is_missing, strict=True)):
        return None
    return np.array([np.nan if missing else float(text) for text, missing in zip(texts, is_missing, strict=True)])
