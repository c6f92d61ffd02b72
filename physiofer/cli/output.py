"""Where a command's words and files go."""

import json
import math
import os
import sys
import tempfile
from pathlib import Path

import typer

from ..exceptions import InvalidArgumentError

__all__ = [
    "STDOUT",
    "check_outputs",
    "console",
    "n_cores",
    "number",
    "tell",
    "wants_progress",
    "write_json",
    "write_text",
]

STDOUT = "-"
_FILE_WIDTH = 120  # of tables that go to a file or a pipe


def check_outputs(*inputs, **paths):
    """Refuse, before anything long is computed, files that could not be written after it, or are read by it.

    Parameters
    ----------
    *inputs : str or path-like or None
        What the command reads: a file among them must not be written.
    **paths : str or path-like or None
        Files by option name; None and ``-`` are passed over.

    Raises
    ------
    InvalidArgumentError
        If one is a folder or an input, two are the same file, or a folder does not exist or cannot be written to.

    Examples
    --------
    >>> check_outputs(out="no/t.parquet")
    Traceback (most recent call last):
        ...
    physiofer.exceptions.InvalidArgumentError: --out 'no/t.parquet' cannot be written: there is no folder 'no'.
    """
    seen = {}
    for option, given in paths.items():
        if given is None or str(given) == STDOUT:
            continue
        path, problem = Path(given), None
        if "\0" in str(given):
            problem = "a path holds no NUL"
        elif not str(given):
            problem = "it is empty"
        elif path.is_dir():
            problem = "it is a folder"
        elif not path.parent.is_dir():
            problem = f"there is no folder {str(path.parent)!r}"
        elif path.resolve() in seen:
            problem = f"--{seen[path.resolve()]} goes there already"
        elif any(_is_one_file(path, read) for read in inputs):
            problem = "it is read by this very command"
        else:
            problem = _refusal(path.parent)
        if problem:
            raise InvalidArgumentError(f"--{option} {str(given)!r} cannot be written: {problem}.")
        seen[path.resolve()] = option


def _is_one_file(path, other):
    """Whether two paths lead to one file that is there."""
    return other is not None and path.is_file() and os.path.exists(other) and path.samefile(other)


def _refusal(folder):
    """Why no file can be made in a folder, or None: tried, because permissions do not tell the whole truth."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return f"no file can be made in folder {str(folder)!r} ({error.strerror})"


def console(json_path):
    """The console for tables: stdout, or stderr where stdout is to hold JSON and nothing else.

    Parameters
    ----------
    json_path : str or None
        What ``--json`` was given.

    Returns
    -------
    rich.console.Console

    Examples
    --------
    >>> console(None).stderr, console("-").stderr
    (False, True)
    """
    from rich.console import Console

    to_stderr = json_path == STDOUT
    is_seen = (sys.stderr if to_stderr else sys.stdout).isatty() or "COLUMNS" in os.environ
    return Console(stderr=to_stderr, highlight=False, width=None if is_seen else _FILE_WIDTH)


def tell(out, line):
    """Print one line of text as it is, however wide.

    Parameters
    ----------
    out : rich.console.Console
    line : str

    Examples
    --------
    >>> tell(console(None), "Wrote [a].json")
    Wrote [a].json
    """
    out.print(line, markup=False, soft_wrap=True)


def write_json(value, path, *, name="--json"):
    """Write plain data as JSON to a file, whole or not at all, or to stdout.

    Parameters
    ----------
    value : dict
        Numbers that are not finite become null.
    path : str or path-like or None
        The file, ``-`` for stdout, None to do nothing.
    name : str, default="--json"
        What an error calls `path`.

    Raises
    ------
    InvalidArgumentError
        If the file cannot be written.

    Examples
    --------
    >>> write_json({"mean": float("nan")}, "-")
    {
      "mean": null
    }
    """
    if path is None:
        return
    text = json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if str(path) == STDOUT:
        typer.echo(text, nl=False)
        return
    write_text(text, path, name=name)


def write_text(text, path, *, name):
    """Write a text file, whole or not at all.

    Parameters
    ----------
    text : str
    path : str or path-like
    name : str
        What an error calls `path`.

    Raises
    ------
    InvalidArgumentError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text("read", f"{folder}/note.txt", name="--out")
    ...     Path(f"{folder}/note.txt").read_text()
    'read'
    """
    from .._atomic import whole_file

    with whole_file(path, name=name) as part:
        part.write_bytes(text.encode("utf-8", "replace"))  # "replace": a label may hold half a surrogate pair


def _finite(value):
    """Plain data whose NaN and infinities are None."""
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def n_cores():
    """Cores this process may use.

    Returns
    -------
    int

    Examples
    --------
    >>> n_cores() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def wants_progress():
    """Whether somebody watches stderr.

    Returns
    -------
    bool

    Examples
    --------
    >>> wants_progress() == sys.stderr.isatty()
    True
    """
    return sys.stderr.isatty()


def number(value, digits=3):
    """A number for a table, a dash where it is missing.

    Parameters
    ----------
    value : float or None
    digits : int, default=3
        Decimals.

    Returns
    -------
    str

    Examples
    --------
    >>> number(0.5), number(None)
    ('0.500', '-')
    """
    return "-" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"
