"""Arrays out of pickles of strangers: no name is imported, nothing is called.

A pickle is a program for a small machine. The machine here knows the steps that arrays of numbers and plain containers
need, and no other; what a pickle says of an array is collected, and made one once type, shape and length agree.
"""

import math
import pickletools
import re

import numpy as np

from .._validate import check_path
from ..exceptions import UnreadableDataError
from ..io.container import read_file

__all__ = ["read_pickled_arrays"]

_MOST_STEPS = 20_000  # of a program, and parts of what it makes: a corpus has some hundreds
_DEEPEST = 8  # container in a container
_NUMBER = re.compile(r"[<>=|]?([fiub][1248])")
_MARK = object()

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
}  # fmt: skip
_EMPTY = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_MARKED = {"TUPLE": tuple, "LIST": list}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_STORES, _TAKES = ("PUT", "BINPUT", "LONG_BINPUT"), ("GET", "BINGET", "LONG_BINGET")

_NDARRAY, _DTYPE, _BEGIN, _BUFFER, _ENCODE, _BYTES = (
    "ndarray",
    "dtype",
    "_reconstruct",
    "_frombuffer",
    "encode",
    "bytes",
)
_NAMES = {
    "numpy ndarray": _NDARRAY, "numpy dtype": _DTYPE, "_codecs encode": _ENCODE, "__builtin__ bytes": _BYTES,
    "numpy.core.multiarray _reconstruct": _BEGIN, "numpy._core.multiarray _reconstruct": _BEGIN,
    "numpy.core.numeric _frombuffer": _BUFFER, "numpy._core.numeric _frombuffer": _BUFFER,
}  # fmt: skip


class _Refused(Exception):
    """The pickle holds something else than it may; the message says what."""


class _Name:
    """One of the names that pickles of arrays hold."""

    def __init__(self, is_for):
        self.is_for = is_for


class _Type:
    """The type of an array's numbers: NumPy's code, and the order of bytes that comes later."""

    def __init__(self, code):
        self.code = "<" + code


class _Array:
    """An array, of which the values come later."""

    values = None


class _Machine:
    """Runs a pickle's program over plain values, names, types and arrays."""

    def __init__(self, n_bytes):
        self._stack, self._memo = [], {}
        self._n_bytes_left = n_bytes  # of arrays: they cannot be more than the file

    def step(self, name, argument):
        """One step; what a pickle of arrays does not do is refused."""
        stack, memo = self._stack, self._memo
        if name in _VALUES:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name == "MARK":
            stack.append(_MARK)
        elif name in _MARKED:
            stack.append(_MARKED[name](self._to_mark()))
        elif name in _TUPLES:
            parts = stack[-_TUPLES[name] :]
            del stack[-_TUPLES[name] :]
            stack.append(tuple(parts))
        elif name == "DICT":
            parts = self._to_mark()
            stack.append({})
            self._set(parts)
        elif name in ("SETITEM", "SETITEMS"):
            self._set([stack.pop(-2), stack.pop()] if name == "SETITEM" else self._to_mark())
        elif name in ("APPEND", "APPENDS"):
            parts = [stack.pop()] if name == "APPEND" else self._to_mark()
            self._top(list).extend(parts)
        elif name in _STORES:
            memo[int(argument)] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in _TAKES:
            stack.append(memo[int(argument)])
        elif name in ("GLOBAL", "STACK_GLOBAL"):
            told = argument if name == "GLOBAL" else " ".join([stack.pop(-2), stack.pop()])
            if told not in _NAMES:
                raise _Refused(f"it asks for {told.replace(' ', '.')}, which is no array")
            stack.append(_Name(_NAMES[told]))
        elif name == "REDUCE":
            arguments = stack.pop()
            stack.append(self._made(stack.pop(), arguments))
        elif name == "BUILD":
            self._tell(stack.pop())
        elif name not in ("PROTO", "FRAME", "STOP"):
            raise _Refused(f"it has a step {name}, which arrays in plain containers do not need")

    def result(self):
        """What the program has made."""
        (value,) = self._stack
        return value

    def _to_mark(self):
        """What lies on the stack above the last mark, taken off with it."""
        place = len(self._stack) - 1 - self._stack[::-1].index(_MARK)
        parts = self._stack[place + 1 :]
        del self._stack[place:]
        return parts

    def _top(self, kind):
        """The top of the stack, which must be of a kind."""
        if type(self._stack[-1]) is not kind:
            raise _Refused("it adds to something that is no container")
        return self._stack[-1]

    def _set(self, parts):
        """Put keys and values, in turn, into the dict on top."""
        if not all(type(key) in (str, bytes, int) for key in parts[::2]):
            raise _Refused("it has keys that are no plain texts or numbers")
        self._top(dict).update(zip(parts[::2], parts[1::2], strict=True))

    def _made(self, name, arguments):
        """What a name makes of arguments: the beginning of an array or of a type, or bytes."""
        what = name.is_for if isinstance(name, _Name) and isinstance(arguments, tuple) else None
        if what == _BEGIN and isinstance(arguments[0], _Name) and arguments[0].is_for == _NDARRAY:
            return _Array()
        if what == _DTYPE:
            found = _NUMBER.fullmatch(arguments[0])
            if found is None:
                raise _Refused("it holds an array of something else than numbers")
            return _Type(found[1])
        if what == _BUFFER:
            raw, kind, shape, order = arguments
            return self._fill(_Array(), raw, kind, shape, order)
        if what == _ENCODE and arguments[1:] in ((), ("latin1",), ("latin-1",)):
            return self._encoded(arguments[0])
        if what == _BYTES and not arguments:
            return b""
        raise _Refused("it calls something, which arrays in plain containers do not need")

    def _tell(self, state):
        """Tell the type or the array on top the rest of what it is."""
        top = self._stack[-1]
        if isinstance(top, _Type) and state[1] in ("<", ">", "|", "="):
            top.code = (">" if state[1] == ">" else "<") + top.code[1:]
        elif isinstance(top, _Array):
            _, shape, kind, is_fortran, raw = state
            self._fill(top, raw, kind, shape, "F" if is_fortran is True else "C")
        else:
            raise _Refused("it changes something that is no array")

    def _fill(self, array, raw, kind, shape, order):
        """Give an array its values, if they are as many as they should be."""
        raw = self._encoded(raw) if isinstance(raw, str) else raw  # bytes of Python 2
        is_shape = isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)
        if not (is_shape and isinstance(kind, _Type) and isinstance(raw, (bytes, bytearray)) and order in ("C", "F")):
            raise _Refused("an array in it is not as NumPy writes it")
        dtype = np.dtype(kind.code)
        if len(raw) != math.prod(shape) * dtype.itemsize:
            raise _Refused("an array in it has not as many values as it says")
        array.values = np.frombuffer(raw, dtype).reshape(shape, order=order)
        return array

    def _encoded(self, text):
        """Bytes that were written as text, once each."""
        self._n_bytes_left -= len(text)
        if self._n_bytes_left < 0:
            raise _Refused("its arrays have more bytes than itself")
        return text.encode("latin1")


def read_pickled_arrays(path, *, max_bytes):
    """Read a pickle of arrays of numbers in plain containers; whatever else it asks for is not done.

    Parameters
    ----------
    path : path-like
        The file; text of Python 2 is taken for latin1.
    max_bytes : int
        A larger file is not read.

    Returns
    -------
    object
        Arrays (read-only), numbers, texts, and lists, tuples and dicts of these.

    Raises
    ------
    UnreadableDataError
        If there is no such file, it is larger, cut off or no pickle, or holds anything else, such as a call.

    Examples
    --------
    >>> import pathlib, pickle, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "s01.dat"
    ...     _ = path.write_bytes(pickle.dumps({"labels": np.ones((2, 4))}, protocol=2))
    ...     read_pickled_arrays(path, max_bytes=10_000)["labels"].shape
    (2, 4)
    """
    path = check_path(path)
    try:
        content = read_file(path, max_bytes, unpack=False)
        machine = _Machine(len(content))
        for n_steps, (opcode, argument, _) in enumerate(pickletools.genops(content)):
            if n_steps > _MOST_STEPS:
                raise _Refused("it is more involved than arrays in plain containers are")
            machine.step(opcode.name, argument)
        return _plain(machine.result(), [_MOST_STEPS])
    except (_Refused, UnreadableDataError) as error:
        raise UnreadableDataError(f"{path.name}: {error}; it is not read.") from error
    except Exception as error:  # a pickle can be broken in any way there is
        raise UnreadableDataError(f"{path.name}: it is no whole pickle of arrays ({type(error).__name__}).") from error


def _plain(value, n_left, depth=0):
    """The value with its arrays in place; what is neither array nor plain is refused, and so is what has no end."""
    n_left[0] -= 1
    if depth > _DEEPEST or n_left[0] < 0:
        raise _Refused("its containers are nested too deeply")
    if isinstance(value, _Array) and value.values is not None:
        return value.values
    if type(value) in (list, tuple):
        return type(value)([_plain(part, n_left, depth + 1) for part in value])
    if type(value) is dict:
        return {key: _plain(part, n_left, depth + 1) for key, part in value.items()}
    if value is None or type(value) in (bool, int, float, str, bytes):
        return value
    raise _Refused("it holds something that is no array and no plain container")
