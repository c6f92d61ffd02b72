"""A configuration as TOML text: the standard library reads TOML but does not write it."""

import json
import math
import re

from ..exceptions import InvalidArgumentError

__all__ = ["to_toml"]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(config):
    """Write a configuration as TOML.

    Parameters
    ----------
    config : dict
        Keys are strings; values are strings, booleans, integers, floats, lists or tuples of these, or dicts, which
        become tables. TOML has no null: a value of None is left out, which reads back as "not set".

    Returns
    -------
    str
        The text, which `tomllib.loads` reads back as the same values.

    Raises
    ------
    InvalidArgumentError
        If a value has no form in TOML; the message names its key.

    Examples
    --------
    >>> print(to_toml({"target": "stress", "window_s": 60.0, "models": ["svm", "rf"], "cache": None}), end="")
    target = "stress"
    window_s = 60.0
    models = ["svm", "rf"]
    """
    if not isinstance(config, dict):
        raise InvalidArgumentError(f"config must be a dict of settings; it was a {type(config).__name__}.")
    return "\n".join(_table(config, path=())) + "\n"


def _table(table, path):
    """Lines of one table: its own values first, its sub-tables after."""
    lines = [] if not path else [f"[{'.'.join(_key(part) for part in path)}]"]
    nested = []
    for key, value in table.items():
        if isinstance(value, dict):
            nested.append((key, value))
        elif value is not None:
            lines.append(f"{_key(key)} = {_value(value, key)}")
    for key, value in nested:
        lines += [""] * bool(lines) + _table(value, (*path, key))
    return lines


def _key(key):
    """A bare key where TOML allows one, otherwise a quoted one."""
    return key if isinstance(key, str) and _BARE_KEY.fullmatch(key) else _text(str(key))


def _text(text):
    """A basic string; JSON's escapes are TOML's, but for DEL, which JSON leaves as it is."""
    escaped = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    return "".join("�" if 0xD800 <= ord(mark) <= 0xDFFF else mark for mark in escaped)


def _value(value, key):
    """One value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)  # TOML spells nan, inf and -inf as Python does
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item, key) for item in value if item is not None) + "]"
    raise InvalidArgumentError(f"config[{key!r}] is a {type(value).__name__}; TOML has no form for it.")
