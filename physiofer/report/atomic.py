"""A file appears whole or not at all."""

import os
from pathlib import Path

from ..exceptions import InvalidArgumentError

__all__ = ["write_whole"]


def write_whole(path, text, *, name="path"):
    """Write `text` to a file that nobody can ever read half written.

    Parameters
    ----------
    path : str or path-like
        The file to write; an existing one is replaced.
    text : str
        Its content, written as UTF-8.
    name : str, default="path"
        What the caller calls `path`, for the error.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    InvalidArgumentError
        If the file cannot be written; whatever was there before is untouched.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(f"{folder}/note.txt", "read").read_text()
    'read'
    """
    target = Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part") if target.name else target
    try:
        if target.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        part.write_bytes(text.encode("utf-8", "replace"))  # "replace": JSON may hold halves of surrogate pairs
        os.replace(part, target)
    except (OSError, ValueError) as error:  # ValueError: a NUL inside the path
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgumentError(f"{name}={str(path)!r} cannot be written ({reason}); give another file.") from error
    finally:
        if part != target:
            _remove(part)
    return target


def _remove(part):
    """Clear what an interrupted write left behind."""
    try:
        part.unlink(missing_ok=True)
    except (OSError, ValueError):
        return
