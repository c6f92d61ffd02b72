"""Weights on disk: safetensors with a JSON header, and weights of the same layers that were trained elsewhere.

A file is tensors by their documented names and one text ``physiofer`` in the metadata: JSON with ``format``,
``format_version``, ``architecture`` (arguments of :class:`~physiofer.crnn.CRNN`), ``normalisation`` (of the images),
``training_record``, ``versions`` and ``sha256``, a digest of all that and of the tensors. Any reader of safetensors
can read it; nothing in it can be executed.
"""

import hashlib
import json
import math
import platform
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from .. import __version__
from .._atomic import whole_file
from .._optional import require
from .._validate import check_choice, check_path
from ..exceptions import InvalidArgumentError, UnreadableDataError
from .layers import pooled_size
from .network import CRNN

__all__ = ["LoadedWeights", "import_state_dict", "load", "save"]

_FORMAT, _VERSION = "physiofer-crnn-weights", 1
_TYPES = {"F32": "float32", "F64": "float64"}  # of the tensors: of the header
_PICKLES = (b"\x80", b"PK\x03\x04")  # what files of pickle and of torch.save start with
_N_START = 512  # bytes that tell one kind of file from another

#: What a checkpoint of training calls itself in its metadata, before its version.
CHECKPOINT_FORMAT = "physiofer-crnn-checkpoint"


class LoadedWeights(NamedTuple):
    """What a file of weights holds: a network, and what was said of it when it was saved."""

    network: CRNN
    normalisation: Any
    training_record: Any
    versions: dict


def save(path, network, *, normalisation=None, training_record=None):
    """Write the weights of a network to a safetensors file, which appears whole or not at all.

    Parameters
    ----------
    path : path-like
        The file, ``.safetensors`` by custom.
    network : CRNN or TorchCRNN
        Its architecture, type and weights are stored.
    normalisation : default=None
        What is done to the images before the network sees them, as JSON can hold it.
    training_record : default=None
        How the weights came about, as JSON can hold it. Numbers of NumPy become numbers, arrays become lists, and
        what is not finite becomes null, which JSON has for it.

    Raises
    ------
    InvalidArgumentError
        If `network` is none, has weights that are not finite, the file cannot be written, or JSON cannot hold what is
        to be stored.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from physiofer.crnn import CRNN
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "network.safetensors")
    ...     save(path, CRNN(random_state=0), normalisation="none", training_record={"n_epochs": 15})
    ...     loaded = load(path)
    >>> loaded.network.n_parameters, loaded.normalisation, loaded.training_record
    (1052490, 'none', {'n_epochs': 15})
    """
    path = check_path(path)
    if not isinstance(network, CRNN):
        hint = " A classifier is written by its own classifier.save(path)." if hasattr(network, "predict_proba") else ""
        raise InvalidArgumentError(f"network has type {type(network).__name__}; it must be a CRNN.{hint}")
    tensors = {name: np.ascontiguousarray(values) for name, values in network.state_dict().items()}
    broken = [name for name, values in tensors.items() if not np.isfinite(values).all()]
    if broken:
        raise InvalidArgumentError(f"network has weights that are not finite in {', '.join(broken)}; train it anew.")
    names = ("n_targets", "heart_rate_head", "n_channels", "image_size")
    header = {
        "format": _FORMAT,
        "format_version": _VERSION,
        "architecture": {name: getattr(network, name) for name in names} | {"dtype": network.dtype.name},
        "normalisation": _as_json(normalisation, "normalisation"),
        "training_record": _as_json(training_record, "training_record"),
        "versions": {"physiofer": __version__, "numpy": np.__version__, "python": platform.python_version()},
    }
    header["sha256"] = digest_of(header, tensors)
    content = to_bytes(tensors, metadata={"physiofer": json.dumps(header)})
    with whole_file(path) as part:
        part.write_bytes(content)


def load(path):
    """Read a network from a file that :func:`save` wrote.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    LoadedWeights
        The network, ``normalisation``, ``training_record``, and the ``versions`` that wrote the file.

    Raises
    ------
    UnreadableDataError
        If there is no such file, it is cut off, was altered since, is of another architecture than it says, or is
        something else, such as a pickle. Nothing in it is executed.

    Examples
    --------
    >>> load("no-such-file.safetensors")
    Traceback (most recent call last):
        ...
    physiofer.exceptions.UnreadableDataError: no-such-file.safetensors cannot be read (there is no such file).
    """
    path = check_path(path)
    header, tensors = _read_safetensors(path, _check_header)
    stated = header.pop("sha256")
    try:
        network = CRNN(**header["architecture"], random_state=0)
        network.load_state_dict(tensors)
        found = digest_of(header, tensors)
    except (InvalidArgumentError, RecursionError) as error:
        raise UnreadableDataError(f"{path.name} does not hold the weights that it says: {error}") from error
    if stated != found:
        raise UnreadableDataError(f"{path.name} was altered since it was saved: its digest is another.")
    return LoadedWeights(network, *(header[name] for name in ("normalisation", "training_record", "versions")))


def import_state_dict(network, source, *, names=None):
    """Take over weights that were trained elsewhere, such as those of the three convolutions.

    Parameters
    ----------
    network : CRNN or TorchCRNN
        Gets them, all or none.
    source : mapping of str to array, or path-like
        Arrays of NumPy or tensors of PyTorch by name, of PyTorch's shapes; or a file of them: safetensors, or what
        ``torch.save`` made of a ``state_dict``, which PyTorch 2.6 or later reads without executing anything.
    names : dict of str to str, default=None
        Name in the network: name in the source; of a weight (``"conv1.weight"``) or of a layer (``"conv1"``: weight
        and bias). None takes whatever has the same name in both.

    Returns
    -------
    list of str
        Names in the network of what was taken over.

    Raises
    ------
    InvalidArgumentError
        If there is nothing to take over, a name is in neither, or a shape is another.
    UnreadableDataError
        If the file cannot be read as weights, such as one of ``np.save``: give what ``np.load`` returns instead.
    MissingExtraError
        If it takes PyTorch to read the file, and that is not installed.

    Examples
    --------
    >>> from physiofer.crnn import CRNN
    >>> elsewhere = {"features.0.weight": np.ones((32, 3, 3, 3)), "features.0.bias": np.zeros(32)}
    >>> import_state_dict(CRNN(random_state=0), elsewhere, names={"conv1": "features.0"})
    ['conv1.weight', 'conv1.bias']
    """
    if not isinstance(network, CRNN):
        raise InvalidArgumentError(f"network has type {type(network).__name__}; it must be a CRNN.")
    if not isinstance(source, Mapping):
        source = _read_named(check_path(source, name="source"))
    state = network.state_dict()
    pairs = _pairs(state, source, names)
    for own, other in pairs.items():
        given = _as_array(source[other])
        if given.dtype.kind != "f" or given.shape != state[own].shape:
            raise InvalidArgumentError(
                f"source[{other!r}] has shape {given.shape} and type {given.dtype}; {own} takes floats of shape "
                f"{state[own].shape}."
            )
        with np.errstate(over="ignore"):
            state[own] = given.astype(network.dtype)
        if not np.isfinite(state[own]).all():
            raise InvalidArgumentError(f"source[{other!r}] must be finite in {network.dtype}.")
    network.load_state_dict(state)
    return list(pairs)


def _read_safetensors(path, check):
    """What `check` says of the metadata and shapes of a file, and its tensors, which are read only then."""
    try:
        with open(path, "rb") as file:
            start = file.read(_N_START)
        if _is_pickle(start):
            raise UnreadableDataError(
                f"{path.name} is a pickle or an archive and no safetensors file; it is not opened."
            )
        with safe_open(path, framework="numpy") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}
            shapes = {name: (tuple(part.get_shape()), part.get_dtype()) for name, part in slices.items()}
            checked = check(path, file.metadata() or {}, shapes)
            return checked, {name: file.get_tensor(name) for name in shapes}
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror or error
        raise UnreadableDataError(f"{path.name} cannot be read ({reason}).") from error
    except (SafetensorError, TypeError) as error:  # TypeError: numbers that NumPy lacks
        raise UnreadableDataError(f"{path.name} is no whole safetensors file ({error}).") from error


def _check_header(path, metadata, shapes):
    """The header of a file of ours, whose architecture is that of its tensors."""
    if metadata.get("format", "").startswith(CHECKPOINT_FORMAT):
        raise UnreadableDataError(
            f"{path.name} is a checkpoint of training and no saved network: give it to CRNNClassifier(checkpoint=...) "
            "with the same settings, fit the same data, and save the classifier."
        )
    if "physiofer" not in metadata:
        raise UnreadableDataError(
            f"{path.name} has no header of physiofer; for weights from elsewhere there is import_state_dict."
        )
    try:
        header = json.loads(metadata["physiofer"])
        found = (header["format"], header["format_version"])
        architecture = dict(header["architecture"])
        missing = {"normalisation", "training_record", "versions", "sha256"} - header.keys()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UnreadableDataError(f"{path.name} has a broken header ({type(error).__name__}: {error}).") from error
    if found != (_FORMAT, _VERSION) or missing:
        raise UnreadableDataError(f"{path.name} is of the format {found}; this version reads {(_FORMAT, _VERSION)}.")
    told = _told_by_shapes(architecture, shapes)
    if told != architecture:
        raise UnreadableDataError(
            f"{path.name} is of another architecture than it says: {architecture}, {told} by shape."
        )
    return header | {"architecture": told}


def _told_by_shapes(stated, shapes):
    """The architecture that tensors are of; the side of images is the one stated, if maps of it have that size."""
    names = ("conv1.weight", "shared.weight", "emotion.1.weight")
    (first, kind), (shared, _), (last, _) = (shapes.get(name, ((), None)) for name in names)
    side = stated.get("image_size")
    n_flat = 128 * pooled_size(pooled_size(pooled_size(side))) ** 2 if type(side) is int else None
    return {
        "n_targets": last[0] if last[1:] == (20,) else None,
        "heart_rate_head": "heart_rate.weight" in shapes,
        "n_channels": first[1] if (*first[:1], *first[2:]) == (32, 3, 3) else None,
        "image_size": side if shared == (16, n_flat) else None,
        "dtype": _TYPES.get(kind),
    }


def _read_named(path):
    """Arrays or tensors by name from a safetensors file or one of ``torch.save``."""
    try:
        with open(path, "rb") as file:
            start = file.read(_N_START)
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror or error
        raise UnreadableDataError(f"{path.name} cannot be read ({reason}).") from error
    if _is_of_numpy(start):
        raise UnreadableDataError(f"{path.name} holds arrays of NumPy; give what np.load of it returns, by name.")
    if not _is_pickle(start):
        return _read_safetensors(path, lambda path, metadata, shapes: None)[1]
    torch = require("torch", extra="torch")
    if tuple(int(part) for part in torch.__version__.split(".")[:2]) < (2, 6):  # CVE-2025-32434: could execute code
        raise UnreadableDataError(
            f"{path.name} takes PyTorch 2.6 or later to be read safely; here is {torch.__version__}."
        )
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # readers of other people's formats fail in any way there is
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise UnreadableDataError(f"{path.name} does not hold a state_dict and nothing else ({reason}).") from error
    loaded = loaded.get("state_dict", loaded) if isinstance(loaded, Mapping) else loaded
    if not isinstance(loaded, Mapping):
        raise UnreadableDataError(f"{path.name} holds a {type(loaded).__name__}; it must hold a state_dict.")
    return loaded


def _is_pickle(start):
    """Whether a file that starts so is a pickle or an archive; one of safetensors has the length of its JSON first.

    That length, 8 bytes, may start as a pickle does; the JSON that follows it starts with a brace.
    """
    return start.startswith(_PICKLES) and start[8:9] != b"{"


def _is_of_numpy(start):
    """Whether a file that starts so was written by ``np.save`` or ``np.savez``, an archive whose members are .npy."""
    n_name = int.from_bytes(start[26:28], "little")
    return start.startswith(b"\x93NUMPY") or (start[:2] == b"PK" and start[30 : 30 + n_name].endswith(b".npy"))


def _pairs(state, source, names):
    """Name in the network: name in the source, of each weight that is to be taken over."""
    if names is None:
        pairs = {name: name for name in state if name in source}
        if not pairs:
            some = ", ".join(map(str, list(source)[:4])) or "nothing"
            raise InvalidArgumentError(f"source has no name of the network; it has {some}, ...: pair them by names.")
        return pairs
    if not isinstance(names, Mapping) or not names:
        raise InvalidArgumentError(f"names={names!r} must be a dict such as {{'conv1': 'features.0'}}.")
    pairs, layers = {}, {name.rpartition(".")[0] for name in state}
    for own, other in names.items():
        check_choice(own, name="a name in names", choices=[*state, *sorted(layers)])
        parts = [own] if own in state else [f"{own}.{part}" for part in ("weight", "bias") if f"{own}.{part}" in state]
        pairs |= {part: f"{other}{part[len(own) :]}" for part in parts}
    missing = [name for name in pairs.values() if name not in source]
    if missing:
        raise InvalidArgumentError(
            f"source lacks {', '.join(missing)}; it has {', '.join(map(str, list(source)[:4]))}, ..."
        )
    return pairs


def _as_array(values):
    """An array of NumPy or a tensor of PyTorch as an array."""
    if hasattr(values, "detach"):
        from .torch_module import to_numpy

        return to_numpy(values)
    return np.asarray(values)


def _as_json(value, name):
    """`value` in types that JSON has."""
    try:
        return json.loads(json.dumps(_plain(value)))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"{name} must be what JSON can hold ({error}).") from error


def _plain(value):
    """`value` without types of NumPy and numbers that JSON lacks."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def digest_of(header, tensors):
    """SHA-256 of a header as JSON without its own digest, and of tensors by name, as hexadecimal digits."""
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(tensors):
        values = tensors[name]
        little = values.astype(values.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{name} {little.dtype.str} {little.shape}".encode())
        digest.update(little.tobytes())
    return digest.hexdigest()
