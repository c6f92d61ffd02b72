"""What the indices of heart rate variability take: intervals that can be intervals, when they were, and bands."""

import warnings

import numpy as np

from ..._validate import check_samples, check_series
from ...exceptions import InvalidArgumentError, QualityWarning

#: Shortest and longest interval of any heart in ms (6000 and 1 bpm); a median beyond is in another unit.
_PLAUSIBLE_MS = (10.0, 60_000.0)
_FEWEST_POSITIONS = 10
_GREATEST_RATIO = 10.0  # of what beats and intervals say of the same time; more is another unit
_GREATEST_DRIFT = 5.0  # last over first of a series that only rises
#: Where VLF, LF and HF begin and HF ends (Task Force 1996).
BAND_EDGES_HZ = (0.0033, 0.04, 0.15, 0.4)


def checked_intervals(rr_ms, *, stacklevel=3):
    """Intervals of any shape, NaN where no heart has them: negative, infinite, below 10 ms, above a minute.

    All are NaN, with one warning, where they are positions of beats or their median tells that they are not in
    milliseconds.
    """
    rr_ms = np.array(check_samples(rr_ms, name="rr_ms"))
    if _looks_like_positions(rr_ms):
        warnings.warn(
            f"rr_ms only rises, from {rr_ms[0]:g} to {rr_ms[-1]:g}: it looks like the positions of beats; every index "
            "is NaN. Give the intervals between them in milliseconds: 1000 * np.diff(beats_s), beats_s in seconds.",
            QualityWarning,
            stacklevel=stacklevel,
        )
        return np.full(rr_ms.shape, np.nan)
    is_plausible = (rr_ms >= _PLAUSIBLE_MS[0]) & (rr_ms <= _PLAUSIBLE_MS[1])
    if is_plausible.all():
        return rr_ms
    is_length = (rr_ms > 0.0) & (rr_ms < np.inf)
    typical_ms = _middle(rr_ms[is_length])
    if not _PLAUSIBLE_MS[0] <= typical_ms <= _PLAUSIBLE_MS[1] and is_length.any():
        warnings.warn(
            f"rr_ms has a median of {typical_ms:g}, which no heart has in milliseconds; every index is NaN. "
            "Give intervals in milliseconds (1000 times seconds).",
            QualityWarning,
            stacklevel=stacklevel,
        )
        is_plausible[:] = False
    rr_ms[~is_plausible] = np.nan
    return rr_ms


def _looks_like_positions(rr_ms):
    """Whether a series only rises and ends at a multiple of its start: intervals swing, and drift by less."""
    if rr_ms.ndim != 1 or rr_ms.size < _FEWEST_POSITIONS or not rr_ms[-1] > _GREATEST_DRIFT * rr_ms[0] >= 0.0:
        return False
    return bool(np.all(np.diff(rr_ms) > 0.0))


def _middle(values):
    """Median, of an even number of values the greater of the two in the middle; 0 without values."""
    half = values.size // 2
    return np.partition(values, half)[half] if values.size else 0.0


def checked_beats(beats_s, rr_ms, *, stacklevel=3):
    """Beat times that go with intervals; one row each, or many rows that NaN fills up.

    Intervals become NaN where their beats are not up to a minute apart, and all of them, with one warning, where the
    two cannot be in seconds and milliseconds.
    """
    beats_s = np.array(check_samples(beats_s, name="beats_s"))
    if beats_s.ndim != rr_ms.ndim or rr_ms.shape != (*beats_s.shape[:-1], max(beats_s.shape[-1] - 1, 0)):
        shapes = f"beats_s of shape {beats_s.shape} and rr_ms of shape {rr_ms.shape}"
        if beats_s.ndim == rr_ms.ndim == 1:
            shapes = f"rr_ms has {rr_ms.size} intervals and beats_s {beats_s.size} beats"
        raise InvalidArgumentError(f"{shapes}: there must be one interval fewer than beats.")
    is_beat = np.isfinite(beats_s)
    has_hole = np.any(is_beat[..., 1:] > is_beat[..., :-1]) or (beats_s.ndim == 1 and not is_beat.all())
    step_s = np.diff(beats_s)
    if has_hole or np.any(step_s < 0.0):
        raise InvalidArgumentError("beats_s must be finite and must not go backwards; sort the beats first.")
    is_told = (rr_ms > 0.0) & (step_s > 0.0)
    ratio = 1e3 * _middle(step_s[is_told] / rr_ms[is_told])
    if is_told.any() and not 1.0 / _GREATEST_RATIO < ratio < _GREATEST_RATIO:
        warnings.warn(
            f"beats_s lie {ratio:.3g} times as far apart as rr_ms says; every index is NaN. Give beats_s in seconds, "
            "rr_ms in milliseconds.",
            QualityWarning,
            stacklevel=stacklevel,
        )
        is_told[:] = False
    rr_ms[~(is_told & (step_s <= 1e-3 * _PLAUSIBLE_MS[1]))] = np.nan
    return beats_s


def beats_of(rr_ms):
    """Beat times in s that intervals in ms make, a rejected one as long as the median of the others."""
    is_known = np.isfinite(rr_ms)
    filled = rr_ms if is_known.all() else np.where(is_known, rr_ms, _middle(rr_ms[is_known]))
    beats_s = np.zeros(rr_ms.size + 1)
    np.cumsum(filled, out=beats_s[1:])
    beats_s *= 1e-3
    return beats_s


def one_series(rr_ms, beats_s, *, stacklevel=4):
    """Checked beats and intervals of one series, whose beats may not be given."""
    rr_ms = checked_intervals(rr_ms, stacklevel=stacklevel)
    if rr_ms.ndim != 1:
        raise InvalidArgumentError(f"rr_ms has shape {rr_ms.shape}; it must be one-dimensional.")
    return (beats_of(rr_ms) if beats_s is None else checked_beats(beats_s, rr_ms, stacklevel=stacklevel)), rr_ms


def checked_edges(band_edges_hz):
    """The four frequencies that part VLF, LF and HF."""
    if band_edges_hz is BAND_EDGES_HZ:
        return np.array(BAND_EDGES_HZ)
    edges_hz = np.array(check_series(band_edges_hz, name="band_edges_hz"))
    if edges_hz.size != 4 or not 0.0 < edges_hz[0] < edges_hz[1] < edges_hz[2] < edges_hz[3] <= 1.0:
        raise InvalidArgumentError(
            f"band_edges_hz={band_edges_hz!r} must be four rising frequencies above 0 and up to 1 Hz: "
            "start of VLF, of LF, of HF, end of HF."
        )
    return edges_hz
