"""The only door where arguments are checked: each function returns the checked value or raises."""

import difflib
import numbers
import os
from pathlib import Path

import numpy as np

from .exceptions import InvalidArgumentError, SignalTooShortError

_HIGHEST_RATE = 1e7  # Hz: no sensor of the body is as fast
_LONGEST_WINDOW_S = 2_419_200.0  # four weeks


def _as_float64(values, name):
    if type(values) is np.ndarray and values.dtype == np.float64:  # as it should be, and there is nothing to look for
        return np.asarray(values, order="C")
    _refuse_containers(values, name)
    try:
        array = np.asarray(unmasked(values))
        if array.dtype.kind in "cmM":  # complex numbers, dates and spans of time would all become numbers
            raise TypeError(f"of type {array.dtype}")
        return np.asarray(array, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"{name} must be an array of real numbers ({error}).") from error


def unmasked(values):
    """`values`; of a masked array, or a list with masked arrays in it, an array of floats with NaN where masked."""
    if isinstance(values, (list, tuple)) and any(isinstance(part, np.ma.MaskedArray) for part in values):
        values = np.ma.stack([np.ma.asarray(part) for part in values])
    if isinstance(values, np.ma.MaskedArray) and values.dtype.kind in "biuf":
        return values.astype(np.float64).filled(np.nan)
    return values


def _refuse_containers(values, name):
    """Say which part of a Stream or of a named tuple, as a detector returns it, to give instead of the whole."""
    kind, fields = type(values).__name__, getattr(values, "_fields", ())
    if fields:
        part = f"its .{name}" if name in fields else f"one of its fields: .{', .'.join(fields)}"
        raise InvalidArgumentError(f"{name} is a {kind}, not an array; give {part}.")
    if all(hasattr(values, part) for part in ("values", "times_s", "channels")):
        raise InvalidArgumentError(f"{name} is a {kind}, not an array; give its .values, .values[0] of one channel.")


def check_series(values, *, name, min_length=0):
    """Return `values` as a contiguous float64 vector of at least `min_length` samples."""
    series = _as_float64(values, name)
    if series.ndim != 1:
        raise InvalidArgumentError(f"{name} has shape {series.shape}; it must be one-dimensional.")
    if series.size < min_length:
        raise SignalTooShortError(f"{name} has {series.size} values; at least {min_length} are needed.")
    return series


def check_samples(values, *, name):
    """Return `values` as a contiguous float64 array of at least one dimension, time last."""
    samples = _as_float64(values, name)
    if np.ndim(values) == 0:
        raise InvalidArgumentError(f"{name}={values!r} must be an array with time last, (..., n_times).")
    return samples


def check_points(points, *, name="points"):
    """Return landmarks as contiguous float64 (..., 68, 2), NaN wherever a coordinate is not finite."""
    array = _as_float64(points, name)
    if array.ndim < 2 or array.shape[-2:] != (68, 2):
        raise InvalidArgumentError(f"{name} has shape {array.shape}; it must be (..., 68, 2): x and y of 68 points.")
    return array if np.isfinite(array).all() else np.where(np.isfinite(array), array, np.nan)


def check_number(value, *, name, low=-np.inf, high=np.inf, low_open=False, high_open=False):
    """Return `value` as a float inside the interval from `low` to `high`, ends open where said."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    try:
        number = float(value) if is_number else np.nan
    except OverflowError:  # an integer beyond all floats
        number = np.inf
    above = number > low if low_open else number >= low
    below = number < high if high_open else number <= high
    if not (is_number and np.isfinite(number) and above and below):
        left, right = "(" if low_open or low == -np.inf else "[", ")" if high_open or high == np.inf else "]"
        raise InvalidArgumentError(f"{name}={value!r} must be a finite number in {left}{low:g}, {high:g}{right}.")
    return number


def check_rate(rate, *, name="rate", low=0.0):
    """Return the sampling rate in Hz as a float above 0, at least `low`, and such as a sensor can have."""
    return check_number(rate, name=name, low=low, high=_HIGHEST_RATE, low_open=low == 0.0)


def check_windows(starts_s, window_s):
    """Return the starts of windows as a finite float64 vector and their length as a float of up to four weeks, in s."""
    starts_s = check_series(starts_s, name="starts_s")
    if not np.isfinite(starts_s).all():
        raise InvalidArgumentError("starts_s must be finite.")
    return starts_s, check_number(window_s, name="window_s", low=0.0, high=_LONGEST_WINDOW_S, low_open=True)


def check_count(value, *, name, low=0, high=None):
    """Return `value` as an int of at least `low` and, where given, at most `high`."""
    is_count = isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))
    if not (is_count and value >= low and (high is None or value <= high)):
        upper = "" if high is None else f" and at most {high}"
        raise InvalidArgumentError(f"{name}={value!r} must be an integer of at least {low}{upper}.")
    return int(value)


def check_choice(value, *, name, choices):
    """Return `value` if it is one of `choices`; otherwise name the nearest ones."""
    choices = list(choices)
    if value in choices:
        return value
    near = difflib.get_close_matches(str(value), [str(choice) for choice in choices], n=3, cutoff=0.4)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise InvalidArgumentError(f"{name}={value!r} must be one of {', '.join(map(str, choices))}.{hint}")


def check_path(path, *, name="path"):
    """Return `path` as a Path; whether something is there is for the reader to say."""
    is_path = isinstance(path, str) or (isinstance(path, os.PathLike) and isinstance(os.fspath(path), str))
    if not is_path or not os.fspath(path) or "\0" in os.fspath(path):
        raise InvalidArgumentError(f"{name}={path!r} must be the path of a file or folder.")
    return Path(path)


def check_luma(luma, *, name="luma"):
    """Return `luma` as a C-contiguous grey image of bytes, copied only if it is not."""
    if not isinstance(luma, np.ndarray) or luma.ndim != 2:
        got = f"shape {luma.shape}" if isinstance(luma, np.ndarray) else f"type {type(luma).__name__}"
        raise InvalidArgumentError(f"{name} has {got}; it must be a grey image, an array of shape (height, width).")
    if luma.dtype != np.uint8:
        message = f"{name} has type {luma.dtype}; it must be uint8, from 0 to 255: scale and round it first."
        raise InvalidArgumentError(message)
    return np.ascontiguousarray(luma)


def check_box(box, *, name="box"):
    """Return `box` as float64 (left, top, right, bottom), finite and not empty."""
    edges = _as_float64(box, name)
    if edges.shape != (4,) or not np.isfinite(edges).all() or not (edges[:2] < edges[2:]).all():
        message = f"{name}={box!r} must be four finite numbers (left, top, right, bottom), left < right, top < bottom."
        raise InvalidArgumentError(message)
    return edges
