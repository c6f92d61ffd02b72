"""Blinks, and how far the eyes are closed, from how far they are open."""

from typing import NamedTuple

import numpy as np

from .._validate import check_number, check_rate, check_samples, check_series
from ..exceptions import InvalidArgumentError

__all__ = ["Blinks", "eye_closure", "eye_levels", "find_blinks", "perclos", "smoothed"]

_SIGMA_S = 0.02  # of the smoothing: a blink is several times longer
_BRIDGED_S = 0.1
_LEVEL_SHARES = (0.01, 0.75)
_HIGHEST_CLOSED = 0.6  # of the open level: above, nobody has closed an eye
_BEGINS, _COUNTS = 0.25, 0.5  # closure at which a blink begins and ends, and that it must reach
_CLOSED = 0.8
_SLOWEST_RATE = 15.0  # below, blinks fall between frames


class Blinks(NamedTuple):
    """Blinks in order: seconds from the first sample, lengths in s, greatest closure (0 open, 1 closed)."""

    onset_s: np.ndarray
    duration_s: np.ndarray
    depth: np.ndarray


def smoothed(values, rate, *, sigma_s=_SIGMA_S):
    """Values averaged with their neighbours in time, short gaps bridged.

    Parameters
    ----------
    values : array-like of shape (..., n_times)
        Samples; missing ones are NaN.
    rate : float
        Sampling rate in Hz.
    sigma_s : float, default=0.02
        Standard deviation in seconds of the Gaussian weights, which end at three of them.

    Returns
    -------
    ndarray of shape (..., n_times)
        Gaps shorter than 0.1 s are bridged by straight lines first, since a lost frame would cut a blink in two. The
        samples beside a longer gap, and the first and last, are averages over those that are there; gaps stay NaN.

    Examples
    --------
    >>> smoothed([0.0, 0.0, 3.0, 0.0, 0.0], 30.0).round(1).tolist()
    [0.0, 0.5, 2.0, 0.5, 0.0]
    """
    values = check_samples(values, name="values")
    rate = check_rate(rate)
    sigma = check_number(sigma_s, name="sigma_s", low=0.0, low_open=True) * rate
    values = _bridged(values, rate)
    is_there = np.isfinite(values)
    filled = np.where(is_there, values, 0.0)
    total, weight = filled.copy(), is_there.astype(np.float64)
    for lag in range(1, min(int(3.0 * sigma), values.shape[-1] - 1) + 1):
        share = np.exp(-0.5 * (lag / sigma) ** 2)
        for ahead, behind in ((np.s_[..., lag:], np.s_[..., :-lag]), (np.s_[..., :-lag], np.s_[..., lag:])):
            total[ahead] += share * filled[behind]
            weight[ahead] += share * is_there[behind]
    return np.divide(total, weight, out=np.full_like(total, np.nan), where=is_there)


def eye_levels(openness):
    """A person's own levels of open and closed eyes.

    Parameters
    ----------
    openness : array-like of shape (..., n_times)
        Eye aspect ratio over time, the longer the better: the mean of ``eye_left`` and ``eye_right`` of
        :func:`physiofer.face.geometry.face_measures`. Missing samples are NaN.

    Returns
    -------
    ndarray of shape (..., 2)
        Open: the 75th percentile, since eyes are open most of the time. Closed: the first percentile, but no more than
        0.6 of the open level, since somebody may never close them. NaN without any samples.

    Examples
    --------
    >>> eye_levels([0.3] * 50).round(2).tolist()
    [0.3, 0.18]
    """
    openness = check_samples(openness, name="openness")
    low, high = _quantiles(openness, _LEVEL_SHARES)
    return np.stack([high, np.minimum(low, _HIGHEST_CLOSED * high)], axis=-1)


def eye_closure(openness, rate, *, levels=None):
    """How far the eyes are closed, on the person's own scale.

    Parameters
    ----------
    openness : array-like of shape (..., n_times)
        Eye aspect ratio over time; missing samples are NaN.
    rate : float
        Sampling rate in Hz.
    levels : array-like of shape (2,) or (..., 2), optional
        Open and closed level, from more of the same person; by default those of :func:`eye_levels`.

    Returns
    -------
    ndarray of shape (..., n_times)
        0 at the open level and 1 at the closed one, after :func:`smoothed`; NaN where it is, or the levels coincide.

    Raises
    ------
    InvalidArgumentError
        If `levels` does not fit.

    Examples
    --------
    >>> eye_closure([0.3] * 60 + [0.1] * 5, 30.0)[-1].round(2).tolist()
    1.0
    """
    smooth = smoothed(openness, rate)
    levels = eye_levels(smooth) if levels is None else _checked(levels, smooth.shape[:-1])
    opened, closed = levels[..., :1], levels[..., 1:]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        closure = (opened - smooth) / np.where(opened > closed, opened - closed, np.nan)
    return np.where(np.isfinite(closure), closure, np.nan)


def find_blinks(closure, rate, *, shortest_s=0.07, longest_s=0.4):
    """Blinks in a course of closure.

    Parameters
    ----------
    closure : array-like of shape (n_times,)
        How far the eyes are closed, from :func:`eye_closure`.
    rate : float
        Sampling rate in Hz; below 15 blinks fall between frames, and none is found.
    shortest_s, longest_s : float, default=0.07, 0.4
        Least and greatest length in seconds. A blink lasts 3 to 10 frames at 30 frames per second, whose flanks lie
        between frames; what is longer is a look down or closed eyes.

    Returns
    -------
    Blinks
        Closures that reach 0.5, from where they pass 0.25 to where they fall below it again, both placed between frames
        by straight lines; ``depth`` is the greatest. None touches a gap or an end: how long it was is not known.
        Smoothing and lines make a blink of 0.1 s about 0.03 s too long at 30 frames per second, longer ones less.

    Raises
    ------
    InvalidArgumentError
        If `closure` is not one-dimensional, or `shortest_s` exceeds `longest_s`.

    Examples
    --------
    >>> import numpy as np
    >>> openness = np.full(90, 0.3)
    >>> openness[40:46] = [0.22, 0.14, 0.1, 0.1, 0.14, 0.22]
    >>> blinks = find_blinks(eye_closure(openness, 30.0), 30.0)
    >>> blinks.onset_s.round(2).tolist(), blinks.duration_s.round(2).tolist(), blinks.depth.round(1).tolist()
    ([1.32], [0.2], [1.0])
    """
    closure = check_series(closure, name="closure")
    rate = check_rate(rate)
    longest_s = check_number(longest_s, name="longest_s", low=0.0, low_open=True)
    shortest_s = check_number(shortest_s, name="shortest_s", low=0.0, high=longest_s)
    is_closing = closure >= _BEGINS  # False for NaN
    edges = np.flatnonzero(np.diff(is_closing))
    if rate < _SLOWEST_RATE or edges.size < 2:
        return Blinks(*np.empty((3, 0)))
    edges = edges[1:] if is_closing[0] else edges
    befores, lasts = edges[: edges.size // 2 * 2].reshape(-1, 2).T  # the samples before, and the last ones of a closure
    is_known = np.isfinite(closure[befores]) & np.isfinite(closure[lasts + 1])
    befores, lasts = befores[is_known], lasts[is_known]
    if not befores.size:
        return Blinks(*np.empty((3, 0)))
    onset_s, stop_s = _crossing(closure, befores) / rate, _crossing(closure, lasts) / rate
    depth = np.maximum.reduceat(closure, np.column_stack([befores + 1, lasts + 1]).ravel())[::2]
    duration_s = stop_s - onset_s
    is_blink = (depth >= _COUNTS) & (duration_s >= shortest_s) & (duration_s <= longest_s)
    return Blinks(onset_s[is_blink], duration_s[is_blink], depth[is_blink])


def perclos(closure):
    """Share of the time that eyes are closed by four fifths or more.

    PERCLOS is a measure of drowsiness [1]_.

    Parameters
    ----------
    closure : array-like of shape (..., n_times)
        How far the eyes are closed, from :func:`eye_closure`.

    Returns
    -------
    ndarray of shape (...)
        Share of the samples that are there, 0 to 1; NaN where none is. Blinks are in it.

    References
    ----------
    .. [1] Wierwille & Ellsworth (1994), Accident Analysis & Prevention 26(5), 571-581.

    Examples
    --------
    >>> float(perclos([0.0, 0.1, 0.9, 1.0, float("nan")]))
    0.5
    """
    closure = check_samples(closure, name="closure")
    count = np.isfinite(closure).sum(axis=-1)
    return np.divide((closure >= _CLOSED).sum(axis=-1), count, out=np.full(count.shape, np.nan), where=count > 0)


def _checked(levels, shape):
    """Levels for every series of a shape."""
    array = check_samples(levels, name="levels")
    if array.shape not in ((2,), (*shape, 2)):
        raise InvalidArgumentError(
            f"levels has shape {array.shape}; it must be (2,) or {(*shape, 2)}: open and closed."
        )
    return np.broadcast_to(array, (*shape, 2))


def _bridged(values, rate):
    """Values with straight lines over the gaps shorter than 0.1 s inside them."""
    longest = int(np.ceil(_BRIDGED_S * rate)) - 1
    is_missing = ~np.isfinite(values)
    values = np.where(is_missing, np.nan, values)
    if longest < 1 or not is_missing.any():
        return values
    rows, times = values.reshape(-1, values.shape[-1]), np.arange(values.shape[-1])
    for row, missing in zip(rows, is_missing.reshape(rows.shape), strict=True):
        edges = np.flatnonzero(np.diff(missing, prepend=False, append=False)).reshape(-1, 2)  # first, and one past it
        is_short = (np.diff(edges, axis=1)[:, 0] <= longest) & (edges[:, 0] > 0) & (edges[:, 1] < row.size)
        if is_short.any():
            change = np.zeros(row.size, dtype=np.int8)
            change[edges[is_short, 0]], change[edges[is_short, 1]] = 1, -1
            gaps = np.cumsum(change, dtype=np.int8).astype(bool)
            row[gaps] = np.interp(times[gaps], times[~missing], row[~missing])
    return rows.reshape(values.shape)


def _quantiles(values, shares):
    """Linear-interpolation quantiles of the present samples over the last axis, NaN where there is none."""
    ordered = np.sort(np.where(np.isfinite(values), values, np.nan), axis=-1)  # NaN goes last
    count = np.isfinite(ordered).sum(axis=-1)
    for share in shares:
        place = share * np.maximum(count - 1, 0)
        low = place.astype(np.int64)
        pair = [np.take_along_axis(ordered, np.minimum(k, np.maximum(count - 1, 0))[..., np.newaxis], axis=-1)[..., 0]
                for k in (low, low + 1)] if ordered.shape[-1] else [np.full(count.shape, np.nan)] * 2  # fmt: skip
        yield pair[0] + (place - low) * (pair[1] - pair[0])


def _crossing(closure, before):
    """Where, between a sample and the next, a closure passes the level at which blinks begin and end; in samples."""
    first, second = closure[before], closure[before + 1]
    return before + (_BEGINS - first) / (second - first)
