"""Intervals between beats that survive artefact rejection."""

import warnings

import numpy as np

from ..._parallel import over_windows
from ..._validate import check_number, check_samples, check_series
from ...exceptions import InvalidArgumentError, QualityWarning
from ...kernels.cardiac.intervals import reject_intervals, reject_intervals_windows

_HALF_WIDTH = 7  # neighbours on either side that say what is usual
_SHORTEST_MS, _LONGEST_MS = 50.0, 60_000.0  # no heart is quicker or slower, and no detector finds beats as near


def nn_intervals(beats_s, quality=None, *, min_quality=0.7, low_ms=300.0, high_ms=2000.0, tolerance=0.2):
    """Intervals between neighbouring beats, NaN where they cannot be trusted.

    An interval survives if both its beats are good, its length is plausible, and it lies within `tolerance` of the
    median of the plausible intervals among its seven neighbours on either side (the 20 % rule of Malik [1]_, against
    the median instead of the one before, which may itself be an artefact).

    Parameters
    ----------
    beats_s : array-like of shape (n_beats,)
        Increasing beat times in seconds.
    quality : array-like of shape (n_beats,), optional
        Quality of each beat, as from :func:`pulse_beats`; without it all beats are good.
    min_quality : float, default=0.7
        Least quality of a good beat.
    low_ms, high_ms : float, default=300, 2000
        Plausible lengths in milliseconds.
    tolerance : float, default=0.2
        Greatest relative distance from the median of the neighbours.

    Returns
    -------
    ndarray of shape (max(n_beats - 1, 0),)
        Intervals in milliseconds; entry i lies between beats i and i + 1.

    Raises
    ------
    InvalidArgumentError
        If beat times go backwards or `quality` has another length.

    Warns
    -----
    QualityWarning
        If the beat times cannot be in seconds, as positions of samples; every interval is NaN then.

    References
    ----------
    .. [1] Malik et al. (1989), European Heart Journal 10(12), 1060-1074.

    Examples
    --------
    >>> nn_intervals([0.0, 0.8, 1.6, 1.9, 2.4, 3.2]).tolist()
    [800.0, 800.0, nan, nan, 800.0]
    """
    beats_s = check_series(beats_s, name="beats_s")
    if not np.isfinite(beats_s).all() or np.any(np.diff(beats_s) < 0):
        raise InvalidArgumentError("beats_s must be finite and must not go backwards; sort the beats first.")
    low_ms, high_ms, tolerance = _limits(low_ms, high_ms, tolerance)
    is_good = np.ones(beats_s.size, dtype=bool)
    if quality is not None:
        quality = check_series(quality, name="quality")
        if quality.size != beats_s.size:
            raise InvalidArgumentError(f"quality has {quality.size} values for {beats_s.size} beats; give one each.")
        is_good = quality >= check_number(min_quality, name="min_quality")
    rr_ms = _lengths_ms(beats_s)
    warn_of_unit(beats_s, rr_ms, low_ms, high_ms)
    return reject_intervals(rr_ms, is_good, low_ms, high_ms, tolerance, _HALF_WIDTH)


def warn_of_unit(beats_s, rr_ms, low_ms, high_ms):
    """Say so if no interval is plausible and the beats look like samples or another unit; the caller's caller is told.

    Samples are whole numbers; beats of noise, which may be as implausible, are not.
    """
    if rr_ms.size < 3 or np.any((rr_ms >= low_ms) & (rr_ms <= high_ms)):
        return
    typical_ms = float(np.median(rr_ms))
    is_whole = np.array_equal(beats_s, np.rint(beats_s))
    if typical_ms > _LONGEST_MS or 0.0 < typical_ms < _SHORTEST_MS or (typical_ms > 0.0 and is_whole):
        warnings.warn(
            f"no two beats_s are {low_ms:g} to {high_ms:g} ms apart (the median is {typical_ms:g} ms): they look like "
            "sample positions or another unit. beats_s must be in seconds; divide positions by the sampling rate.",
            QualityWarning,
            stacklevel=3,
        )


def nn_intervals_windows(beats_s, quality=None, *, min_quality=0.7, low_ms=300.0, high_ms=2000.0, tolerance=0.2):
    """Intervals between neighbouring beats of many windows, each on its own, as :func:`nn_intervals` of each row.

    Parameters
    ----------
    beats_s : array-like of shape (n_windows, n_max)
        Increasing beat times in seconds; rows of fewer beats are filled up with NaN at the end.
    quality : array-like of shape (n_windows, n_max), optional
        Quality of each beat; without it all beats are good.
    min_quality, low_ms, high_ms, tolerance
        As in :func:`nn_intervals`.

    Returns
    -------
    ndarray of shape (n_windows, max(n_max - 1, 0))
        Intervals in milliseconds; NaN where they cannot be trusted, and where a row is filled up.

    Raises
    ------
    InvalidArgumentError
        If beat times of a row go backwards or come after a NaN, or `quality` has another shape.

    Examples
    --------
    >>> nan = float("nan")
    >>> nn_intervals_windows([[0.0, 0.8, 1.6, 2.4], [0.1, 1.1, nan, nan]]).tolist()
    [[800.0, 800.0, 800.0], [1000.0, nan, nan]]
    """
    beats_s = _check_rows(beats_s, "beats_s")
    is_beat = np.isfinite(beats_s)
    steps_s = np.diff(beats_s, axis=1)
    if np.isinf(beats_s).any() or np.any(is_beat[:, 1:] & ~is_beat[:, :-1]) or np.any(steps_s < 0):
        raise InvalidArgumentError(
            "beats_s must not go backwards in any row, and NaN only fill rows up at their ends; sort the beats first."
        )
    low_ms, high_ms, tolerance = _limits(low_ms, high_ms, tolerance)
    if quality is not None:
        quality = _check_rows(quality, "quality")
        if quality.shape != beats_s.shape:
            raise InvalidArgumentError(
                f"quality has shape {quality.shape} for beats_s of shape {beats_s.shape}; give one value for each beat."
            )
        is_beat = is_beat & (quality >= check_number(min_quality, name="min_quality"))
    rr_ms = _lengths_ms(beats_s)
    kept = np.empty(rr_ms.shape)
    limits = (low_ms, high_ms, tolerance, _HALF_WIDTH)
    over_windows(reject_intervals_windows, len(rr_ms), rr_ms, is_beat, *limits, kept)
    return kept


def _check_rows(values, name):
    """Values of shape (n_windows, n_max)."""
    values = check_samples(values, name=name)
    if values.ndim != 2:
        raise InvalidArgumentError(f"{name} has shape {values.shape}; it must be (n_windows, n_max).")
    return values


def _limits(low_ms, high_ms, tolerance):
    """Checked limits of an interval that is to be trusted."""
    tolerance = check_number(tolerance, name="tolerance", low=0.0)
    low_ms = check_number(low_ms, name="low_ms", low=0.0)
    return low_ms, check_number(high_ms, name="high_ms", low=low_ms), tolerance


def _lengths_ms(beats_s):
    """Distances of neighbouring beats: 0.8 s apart is 800 ms, not 800.0000000000001."""
    return np.round(1000.0 * np.diff(beats_s), 9)
