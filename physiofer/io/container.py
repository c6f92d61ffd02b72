"""Files of a folder or a zip archive, read into memory under a size cap and never extracted."""

import codecs
import gzip
import os
import stat
import zipfile
import zlib
from collections import Counter
from pathlib import Path, PurePosixPath

from .._validate import check_path
from ..exceptions import UnreadableDataError

__all__ = ["Container", "is_hidden", "kinds_found", "plain_bytes", "read_file"]

#: Largest file that is read, in bytes: an E4's memory holds about 60 h, of which the pulse takes 100 MB.
MAX_BYTES = 256 * 2**20

_PIECE = 2**20
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Container:
    """The regular files of a folder or zip archive that lie in it or one folder deeper.

    Parameters
    ----------
    path : path-like
        Folder or zip archive.

    Attributes
    ----------
    name : str
        Last part of the path.
    names : list of str
        Paths inside the container with forward slashes, sorted; hidden files and paths that lead out are left out.

    Raises
    ------
    UnreadableDataError
        If there is no such folder or archive, or it cannot be listed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "tags.csv").write_text("1650000000")
    ...     container = Container(folder)
    ...     container.names, container.read("tags.csv")
    (['tags.csv'], b'1650000000')
    """

    def __init__(self, path):
        self.path = check_path(path)
        self.name = os.path.basename(os.path.abspath(self.path))
        self._is_zip = not self.path.is_dir()
        try:
            names = self._zip_names() if self._is_zip else self._folder_names()
        except FileNotFoundError as error:
            raise UnreadableDataError(f"{self.name!r} does not exist.") from error
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError) as error:
            what = "zip archive" if self._is_zip else "folder"
            raise UnreadableDataError(f"{self.name!r} cannot be read as a {what} ({reason(error)}).") from error
        self.names = sorted(name for name in names if _is_inside(name))

    def _folder_names(self):
        """Paths of the files in the folder and in its sub-folders."""
        for entry in self.path.iterdir():
            if entry.is_file():
                yield entry.name
            elif entry.is_dir() and not is_hidden(entry.name):
                yield from _names_below(entry)

    def _zip_names(self):
        """Paths of the files in the archive."""
        with zipfile.ZipFile(self.path) as archive:
            return [info.filename for info in archive.infolist() if not info.is_dir()]

    def read(self, name):
        """The bytes of one file, without a byte order mark and as UTF-8.

        Parameters
        ----------
        name : str
            One of `names`.

        Returns
        -------
        bytes

        Raises
        ------
        UnreadableDataError
            If it is damaged, encrypted or larger than 256 MiB; the message does not repeat the name.
        """
        if not self._is_zip:
            return plain_bytes(read_file(self.path / name))
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(name) as member:
                return plain_bytes(_read_capped(member, MAX_BYTES))
        except (OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
            raise UnreadableDataError(f"is damaged in the archive ({reason(error)})") from error


def read_file(path, max_bytes=None, *, unpack=True):
    """At most `max_bytes` (by default MAX_BYTES) of a regular file, gunzipped if `unpack` and its name ends in .gz."""
    max_bytes = MAX_BYTES if max_bytes is None else max_bytes
    is_gzip = unpack and Path(path).suffix.lower() == ".gz"
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableDataError("is no regular file")
        if status.st_size > max_bytes:
            raise UnreadableDataError(f"is larger than {max_bytes // 2**20} MiB")
        with gzip.open(path, "rb") if is_gzip else open(path, "rb") as file:
            return _read_capped(file, max_bytes) if is_gzip else file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableDataError(f"cannot be read ({reason(error)})") from error


def _read_capped(file, max_bytes):
    """Everything in a compressed file, or an error as soon as that is more than the cap."""
    pieces, size = [], 0
    while piece := file.read(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise UnreadableDataError(f"is larger than {max_bytes // 2**20} MiB")
    return b"".join(pieces)


def plain_bytes(content):
    """The same text as UTF-8 without a byte order mark."""
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            text = content[len(bom) :]
            return text if encoding == "utf-8" else text.decode(encoding, errors="replace").encode()
    return content


def is_hidden(name):
    """Whether a file or folder is a system's own, not the user's."""
    return name.startswith((".", "__MACOSX"))


def kinds_found(names, *, at_most=3):
    """What lies there, in words: ``"12 .jpg files, 1 .txt file"``."""
    counts = Counter(PurePosixPath(name).suffix.lower() or "extensionless" for name in names)
    words = [f"{n} {kind} file{'s' if n > 1 else ''}" for kind, n in counts.most_common(at_most)]
    more = sum(counts.values()) - sum(n for _, n in counts.most_common(at_most))
    return ", ".join(words + ([f"{more} more"] if more else [])) or "nothing"


def reason(error):
    """Why the system refused, without the path it would add."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _names_below(folder):
    """Paths, from the parent on, of the files in a sub-folder; none if it may not be listed."""
    try:
        return [f"{folder.name}/{entry.name}" for entry in folder.iterdir() if entry.is_file()]
    except OSError:
        return []


def _is_inside(name):
    """Whether a path has no hidden, absolute or upward part and at most one folder."""
    parts = name.split("/")
    return len(parts) <= 2 and not any(part == "" or is_hidden(part) or "\\" in part or ":" in part for part in parts)
