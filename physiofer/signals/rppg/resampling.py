"""Irregular frames on an even grid."""

from typing import NamedTuple

import numpy as np

from ..._validate import check_number, check_rate, check_samples, check_series
from ...exceptions import InvalidArgumentError

_ROWS = 2  # at a time
_MAX_GRID = 1e9  # points
_LONG = 1.5  # steps longer than this many typical ones are dropped frames and say nothing of the rate


class Regular(NamedTuple):
    """Values on an even grid: ``values`` (..., n_grid), their ``rate`` in Hz and the time of the first in s."""

    values: np.ndarray
    rate: float
    start_s: float

    def __repr__(self):
        return f"<Regular {' x '.join(map(str, np.shape(self.values)))} at {self.rate:.4g} Hz from {self.start_s:g} s>"


def frame_rate(times_s):
    """Frames per second that a camera takes, from the times of the frames that arrived.

    The mean step between frames, without those over one and a half times the median: dropped frames do not lower it,
    and times in whole milliseconds do not bias it.

    Parameters
    ----------
    times_s : array-like of shape (n_frames,)
        Times in seconds that do not go backwards.

    Returns
    -------
    float
        In Hz, to the millionth, so that the rounding of times does not lengthen a window by a frame; NaN with fewer
        than two different times.

    Raises
    ------
    InvalidArgumentError
        If times are not finite or go backwards.

    Examples
    --------
    >>> round(frame_rate([0.0, 0.033, 0.067, 0.1, 0.233, 0.267]), 2)  # three frames are lost
    29.85
    """
    steps_s = np.diff(_checked_times(times_s))
    steps_s = steps_s[steps_s > 0.0]
    if not steps_s.size:
        return np.nan
    return round(float(1.0 / steps_s[steps_s <= _LONG * np.median(steps_s)].mean()), 6)


def resample(values, times_s, rate=None, *, max_gap_s=0.25):
    """Put frames that came at irregular times on an even grid, by cubic splines.

    Frames in which a channel is missing are left out for that channel. Where more than `max_gap_s` lies between two
    that are there a new spline begins, and the grid in between is NaN. Frames of equal times count as their mean.

    Parameters
    ----------
    values : array-like of shape (..., n_frames)
        Samples, NaN where missing.
    times_s : array-like of shape (n_frames,)
        Times of the frames in seconds, finite, not going backwards.
    rate : float, optional
        Rate of the grid in Hz; that of the camera, :func:`frame_rate`, by default. Nothing is smoothed before a lower
        one.
    max_gap_s : float, default=0.25
        Longest distance between frames in seconds that is bridged: a quarter of a slow beat.

    Returns
    -------
    Regular
        ``values`` of shape (..., n_grid), from the first frame on and as long as there are frames; ``rate``;
        ``start_s``. Empty, with `rate` NaN unless it was given, if there are fewer than two different times.

    Raises
    ------
    InvalidArgumentError
        If shapes do not match, times are not finite or go backwards, or the grid would be immense.

    Examples
    --------
    >>> times_s = np.array([0.0, 0.1, 0.21, 0.29, 0.4, 0.9, 1.0])
    >>> grid = resample(10.0 * times_s, times_s, 10.0)
    >>> grid.values.round(6).tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, nan, nan, nan, nan, 9.0, 10.0]
    """
    values, times_s = check_samples(values, name="values"), _checked_times(times_s)
    if values.shape[-1] != times_s.size:
        raise InvalidArgumentError(f"values has {values.shape[-1]} frames; times_s has {times_s.size}: give one each.")
    rate = frame_rate(times_s) if rate is None else check_rate(rate)
    max_gap_s = check_number(max_gap_s, name="max_gap_s", low=0.0)
    shape, start_s = values.shape[:-1], float(times_s[0]) if times_s.size else np.nan
    if times_s.size < 2 or times_s[-1] == times_s[0]:
        return Regular(np.empty((*shape, 0)), rate, start_s)
    n_grid = (times_s[-1] - start_s) * rate
    if n_grid > _MAX_GRID:
        raise InvalidArgumentError(f"rate={rate:g} gives {n_grid:.3g} points; lower it, or crop the frames.")
    grid_s = np.arange(int(n_grid + 1e-6) + 1) / rate
    rows = values.reshape(int(np.prod(shape)), times_s.size)
    out = np.full((len(rows), grid_s.size), np.nan)
    there = np.isfinite(rows)
    alike = {}  # rows that lack the same frames
    for k, is_there in enumerate(there):
        alike.setdefault(is_there.tobytes(), []).append(k)
    for chosen in alike.values():
        is_there = there[chosen[0]]
        there_s, known = _distinct(times_s[is_there] - start_s, rows[np.ix_(chosen, is_there)])
        out[chosen] = _splines(there_s, known, grid_s, max_gap_s, 0.01 / rate)
    return Regular(out.reshape(*shape, grid_s.size), rate, start_s)


def _checked_times(times_s):
    """Times that are finite and do not go backwards."""
    times_s = check_series(times_s, name="times_s")
    if not np.isfinite(times_s).all() or np.any(np.diff(times_s) < 0.0):
        raise InvalidArgumentError("times_s must be finite and must not go backwards; sort the frames first.")
    return times_s


def _distinct(times_s, known):
    """Times that differ, and the mean of what is known at each, (n_rows, n_times)."""
    is_new = np.append(True, np.diff(times_s) > 0.0)[: times_s.size]
    if is_new.all():
        return times_s, known
    firsts = np.flatnonzero(is_new)
    counts = np.diff(np.append(firsts, times_s.size))
    return times_s[firsts], np.add.reduceat(known, firsts, axis=1) / counts


def _splines(times_s, known, grid_s, max_gap_s, slack_s):
    """Cubic splines through each stretch without gaps, NaN elsewhere, (n_rows, n_grid)."""
    from scipy.interpolate import CubicSpline  # slow to import

    out = np.full((len(known), grid_s.size), np.nan)
    edges = np.flatnonzero(np.diff(times_s) > max_gap_s + 1e-9) + 1
    for first, last in zip(np.append(0, edges), np.append(edges, times_s.size), strict=True):
        if first == last:
            continue
        low, high = np.searchsorted(grid_s, [times_s[first] - slack_s, times_s[last - 1] + slack_s])
        if last - first == 1:
            out[:, low:high] = known[:, first : first + 1]
        else:
            inside_s = np.clip(grid_s[low:high], times_s[first], times_s[last - 1])
            for k in range(0, len(known), _ROWS):  # a spline has four coefficients a sample
                some = slice(k, k + _ROWS)
                out[some, low:high] = CubicSpline(times_s[first:last], known[some, first:last], axis=1)(inside_s)
    return out
