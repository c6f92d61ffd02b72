"""Where training stands, in one file that appears whole or not at all, so that a killed run goes on from it."""

import hashlib
import json
import math

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from .._atomic import whole_file
from .._validate import check_path
from ..exceptions import InvalidArgumentError, UnreadableDataError
from .weights import CHECKPOINT_FORMAT, digest_of

__all__ = ["check_checkpoint", "fingerprint", "read_checkpoint", "write_checkpoint"]

_FORMAT = f"{CHECKPOINT_FORMAT}-1"
_N_LOOKED_AT = 16  # windows whose pixels are part of the fingerprint


def check_checkpoint(path):
    """Refuse a path that no checkpoint can be written to, before an epoch is spent on it.

    Parameters
    ----------
    path : path-like
        The file, which need not be there yet.

    Returns
    -------
    Path

    Raises
    ------
    InvalidArgumentError
        If its folder is not there, or it is itself a folder, a pipe or a device.

    Examples
    --------
    >>> check_checkpoint("none/run")
    Traceback (most recent call last):
        ...
    physiofer.exceptions.InvalidArgumentError: checkpoint='none/run' is in a folder that is not there; make it first.
    """
    path = check_path(path, name="checkpoint")
    try:
        target = path.resolve()
        is_there, is_file, is_in_folder = target.exists(), target.is_file(), target.parent.is_dir()
        is_folder = target.is_dir()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, up to Python 3.12
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgumentError(f"checkpoint={str(path)!r} cannot be reached ({reason}).") from error
    if is_there and not is_file:
        kind = "a folder; it must be a file in one" if is_folder else "no plain file; give another name"
        raise InvalidArgumentError(f"checkpoint={str(path)!r} is {kind}.")
    if not is_in_folder:
        raise InvalidArgumentError(f"checkpoint={str(path)!r} is in a folder that is not there; make it first.")
    return path


def write_checkpoint(path, arrays, record):
    """Write the state of a training run.

    Parameters
    ----------
    path : path-like
        The file. A run that is killed while it writes leaves the one before.
    arrays : dict of str to ndarray
        Weights, state of the optimiser and what else is of numbers, as
        :meth:`~physiofer.crnn.training.Training.state` gives them.
    record : dict
        All the rest, as JSON holds it: what that method gives, and ``run``, a dict of what the run is of.

    Raises
    ------
    InvalidArgumentError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from physiofer.crnn import CRNN
    >>> from physiofer.crnn.training import Training
    >>> arrays, record = Training(CRNN(image_size=22, random_state=0), seed=7).state()
    >>> with tempfile.TemporaryDirectory() as place:
    ...     path = pathlib.Path(place, "run.safetensors")
    ...     write_checkpoint(path, arrays, record | {"run": {"batch_size": 64}})
    ...     found, told = read_checkpoint(path)
    >>> found.keys() == arrays.keys(), told["seed"], told["run"]
    (True, 7, {'batch_size': 64})
    """
    path = check_path(path, name="checkpoint")
    arrays, text = {name: np.asarray(values, order="C") for name, values in arrays.items()}, json.dumps(record)
    metadata = {"format": _FORMAT, "record": text, "sha256": digest_of({"record": text}, arrays)}
    content = to_bytes(arrays, metadata=metadata)
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
        If it is a folder or no plain file, or its folder is not there.
    UnreadableDataError
        If the file is cut off, altered, or something else, holds weights that are not finite, or its record is not
        that of a training run.

    Examples
    --------
    >>> read_checkpoint("no-such-run.safetensors")
    (None, None)
    """
    path = check_checkpoint(path)
    if not path.exists():
        return None, None
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != _FORMAT:
                raise UnreadableDataError(
                    f"checkpoint {path.name} is a file of another kind ({metadata.get('format')}); give another name."
                )
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except UnreadableDataError:
        raise
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise UnreadableDataError(
            f"checkpoint {path.name} is no whole file of a training run ({error}); remove it to begin anew."
        ) from error
    text = metadata.get("record", "")
    if metadata.get("sha256") != digest_of({"record": text}, arrays):
        raise UnreadableDataError(
            f"checkpoint {path.name} was altered since it was written: its digest is another; remove it to begin anew."
        )
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableDataError(f"checkpoint {path.name} has a broken record; remove it to begin anew.") from error
    broken = _broken_entries(record, arrays)
    if broken:
        raise UnreadableDataError(
            f"checkpoint {path.name} has a broken record or weights ({', '.join(broken)}); remove it to begin anew."
        )
    return arrays, record


def _broken_entries(record, arrays):
    """Names of what in a record or among arrays is not as :func:`write_checkpoint` was given it."""
    if not isinstance(record, dict):
        return ["record"]
    n_epochs, rate_scale, history = (record.get(name) for name in ("n_epochs", "rate_scale", "history"))
    shapes = {name: values.shape for name, values in arrays.items()}
    best = {name.removeprefix("best/"): shape for name, shape in shapes.items() if name.startswith("best/")}
    own = {name.removeprefix("network/"): shape for name, shape in shapes.items() if name.startswith("network/")}
    loss, epoch = record.get("best_loss", ""), record.get("best_epoch", "")
    is_right = {
        "seed": _is_count(record.get("seed")),
        "n_epochs": _is_count(n_epochs),
        "rate_scale": is_rate_scale(rate_scale),
        "history": isinstance(history, list) and len(history) == n_epochs and all(map(_is_entry, history)),
        "best_loss": _is_number(loss) if best else loss is None,
        "best_epoch": _is_count(epoch) and _is_count(n_epochs) and 1 <= epoch <= n_epochs if best else epoch is None,
        "run": isinstance(record.get("run"), dict),
        "best": not best or best == own,
    }
    # The weights of the losses may have NaN in them: what no batch has told yet.
    is_right |= {name: bool(np.isfinite(arrays[name]).all()) for name in arrays if not name.startswith("weights/")}
    return [name for name, right in is_right.items() if not right]


def is_rate_scale(value):
    """Whether this, out of JSON, is a mean and a spread above 0 of heart rates."""
    is_pair = isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))
    return is_pair and all(map(math.isfinite, value)) and value[1] > 0


def _is_count(value):
    """Whether this, out of JSON, is an integer of at least 0."""
    return type(value) is int and value >= 0


def _is_number(value):
    """Whether this, out of JSON, is a number that a float can hold, or NaN."""
    return type(value) is float or (type(value) is int and abs(value) < 2**1000)


def _is_entry(value):
    """Whether this, out of JSON, is one epoch of a history."""
    return isinstance(value, dict) and all(map(_is_number, value.values()))


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
    if not other:
        return
    was = ", ".join(f"{name}={record.get(name)!r} and not {wanted[name]!r}" for name in other[:3])
    hint = "Remove it or give another name."
    if "first_epoch" in other:
        hint = "A checkpoint is of one fit: with warm_start give another name."
    elif "data" in other or "seed" in other:
        hint = "A checkpoint serves one fit, not the folds of a cross-validation: remove it or give another name."
    raise InvalidArgumentError(f"checkpoint={str(path)!r} is of another run: it has {was}. {hint}")
