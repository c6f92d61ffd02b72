"""A file appears whole or not at all: whoever reads it never sees half of it, also after Ctrl-C."""

import contextlib
import os
import threading
from pathlib import Path

from .exceptions import InvalidArgumentError


@contextlib.contextmanager
def whole_file(path, *, name="path"):
    """Yield a temporary path beside `path`; it becomes `path` if the block ends well and is removed if it does not.

    A link stays a link: the file it leads to is replaced. What is there and no plain file, such as a pipe, is written
    to as it is. `name` is what the caller calls the path, for the error.
    """
    target = Path(path)
    try:
        if not target.name or target.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        target = target.resolve()
        if target.exists() and not target.is_file():
            yield target
            return
        part = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}.part")  # each writer its own
        try:
            yield part
            os.replace(part, target)
        finally:
            with contextlib.suppress(OSError, ValueError):
                part.unlink(missing_ok=True)
    except (OSError, ValueError) as error:  # ValueError: a NUL inside the path
        if isinstance(error, InvalidArgumentError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgumentError(f"{name}={str(path)!r} cannot be written ({reason}); give another file.") from error
