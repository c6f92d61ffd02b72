"""Where training stands, in one file that appears whole or not at all, so that a killed run goes on from it."""

import hashlib
import json

import numpy as np

from .._atomic import whole_file
from .._validate import check_path
from ..exceptions import InvalidArgumentError, UnreadableDataError

__all__ = ["fingerprint", "read_checkpoint", "write_checkpoint"]

_FORMAT = "physiofer-crnn-checkpoint-1"
_N_LOOKED_AT = 16  # windows whose pixels are part of the fingerprint


def write_checkpoint(path, arrays, record):
    """Write the state of a training run.

    Parameters
    ----------
    path : path-like
        The file. A run that is killed while it writes leaves the one before.
    arrays : dict of str to ndarray
        Weights, state of the optimiser and what else is of numbers.
    record : dict
        All the rest, as JSON holds it.

    Raises
    ------
    InvalidArgumentError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as place:
    ...     path = pathlib.Path(place, "run.safetensors")
    ...     write_checkpoint(path, {"weight": np.array([0.1])}, {"epoch": 3})
    ...     read_checkpoint(path)
    ({'weight': array([0.1])}, {'epoch': 3})
    """
    from safetensors.numpy import save

    path = check_path(path, name="checkpoint")
    content = save(
        {name: np.asarray(values, order="C") for name, values in arrays.items()},
        metadata={"format": _FORMAT, "record": json.dumps(record)},
    )
    with whole_file(path, name="checkpoint") as part:
        part.write_bytes(content)


def read_checkpoint(path):
    """The state that :func:`write_checkpoint` wrote; nothing in the file is executed.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    arrays : dict of str to ndarray
    record : dict
        Both None if there is no such file.

    Raises
    ------
    InvalidArgumentError
        If it is a folder.
    UnreadableDataError
        If the file is cut off, altered, or something else.

    Examples
    --------
    >>> read_checkpoint("no-such-run.safetensors")
    (None, None)
    """
    from safetensors import SafetensorError, safe_open

    path = check_path(path, name="checkpoint")
    if not path.exists():
        return None, None
    if not path.is_file():
        raise InvalidArgumentError(f"checkpoint={str(path)!r} is a folder; it must be a file in one.")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise UnreadableDataError(
            f"checkpoint {path.name} is no whole file of a training run ({error}); remove it to begin anew."
        ) from error
    if metadata.get("format") != _FORMAT:
        raise UnreadableDataError(
            f"checkpoint {path.name} is a file of another kind ({metadata.get('format')}); give another name."
        )
    try:
        return arrays, json.loads(metadata["record"])
    except (KeyError, ValueError) as error:
        raise UnreadableDataError(f"checkpoint {path.name} has a broken record; remove it to begin anew.") from error


def fingerprint(windows, *columns):
    """A short text that tells two sets of training data apart.

    Parameters
    ----------
    windows : FaceWindows
        Its shape counts, and the pixels of some windows all over it.
    *columns : ndarray or None
        Labels, heart rates, people: all of their values count.

    Returns
    -------
    str
        Sixteen hexadecimal digits.

    Examples
    --------
    >>> from physiofer.crnn.batches import open_windows
    >>> windows = open_windows(np.zeros((2, 4, 3, 32, 32), dtype=np.uint8))
    >>> fingerprint(windows, np.array([0, 1])) == fingerprint(windows, np.array([1, 0]))
    False
    """
    digest = hashlib.sha256(repr((windows.shape, windows.normalisation)).encode())
    places = np.unique(np.linspace(0, len(windows) - 1, _N_LOOKED_AT).round().astype(int))
    for place in places:
        digest.update(windows.raw([place]).tobytes())
    for column in columns:
        digest.update(b"none" if column is None else repr(np.asarray(column).tolist()).encode())
    return digest.hexdigest()[:16]


def check_same_run(record, wanted, path):
    """Raise unless a checkpoint is of the run that is to go on."""
    other = [name for name, value in wanted.items() if record.get(name) != value]
    if other:
        was = ", ".join(f"{name}={record.get(name)!r} and not {wanted[name]!r}" for name in other[:3])
        raise InvalidArgumentError(
            f"checkpoint={str(path)!r} is of another run: it has {was}. Remove it or give another name."
        )
