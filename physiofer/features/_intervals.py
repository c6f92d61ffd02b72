"""Beats of a stream of beat intervals, as chest straps and wristbands give them."""

import numpy as np

from ..exceptions import InvalidArgumentError
from ..signals.cardiac import nn_intervals

_PLAUSIBLE_MS = (10.0, 60_000.0)  # of the median; see signals.cardiac.hrv
_GAP_S = 5.5  # longer than any interval that is trusted, and no whole number: these look like samples


def beats_of_intervals(stream):
    """Beat times in s, and the intervals between them in ms as the stream gives them, NaN over its gaps.

    Each interval stands at the beat that ends it. One that does not begin, within half of itself, where the one before
    ends follows a gap; one that begins before that is not to be trusted.
    """
    rr_ms = stream.values[0] * (1e3 if stream.unit == "s" else 1.0)
    is_there = np.isfinite(rr_ms) & (rr_ms > 0.0)
    rr_ms, ends_s = rr_ms[is_there], stream.times_s[is_there]
    if not rr_ms.size:
        return np.empty(0), np.empty(0)
    typical_ms = np.median(rr_ms)
    if not _PLAUSIBLE_MS[0] <= typical_ms <= _PLAUSIBLE_MS[1]:
        raise InvalidArgumentError(
            f"the intervals have a median of {typical_ms:g} in unit {stream.unit!r}; they must be in 'ms' or in 's'."
        )
    starts_s = ends_s - 1e-3 * rr_ms
    late = np.concatenate([[np.inf], 1e3 * (starts_s[1:] - ends_s[:-1]) / rr_ms[1:]])
    is_early = late < -0.5
    if 2 * np.count_nonzero(is_early) > rr_ms.size:
        raise InvalidArgumentError(
            "most intervals begin before the one before them ends; each must stand at the time of the beat that ends "
            "it."
        )
    firsts = np.flatnonzero(late > 0.5)  # of a run: its beat before is known as well
    rr_ms = np.insert(np.where(is_early, np.nan, rr_ms), firsts, np.nan)[1:]
    return np.maximum.accumulate(np.insert(ends_s, firsts, starts_s[firsts])), rr_ms


def trusted_intervals(rr_ms, grade, min_quality):
    """Intervals that survive the rejection of :func:`nn_intervals`, which judges them by their neighbours."""
    lengths_s = np.where(np.isfinite(rr_ms), 1e-3 * rr_ms, _GAP_S)
    beats_s = np.concatenate([np.zeros(min(grade.size, 1)), np.cumsum(lengths_s)])
    return nn_intervals(beats_s, grade, min_quality=min_quality)


def told_share(beats_s, rr_ms, starts_s, window_s):
    """Share of each window in intervals that the stream gives, 0 to 1."""
    if not rr_ms.size:
        return np.zeros(len(starts_s))
    told_s = np.concatenate([[0.0], np.cumsum(np.where(np.isfinite(rr_ms), np.diff(beats_s), 0.0))])
    first_s, last_s = (np.interp(edge_s, beats_s, told_s) for edge_s in (starts_s, starts_s + window_s))
    return np.minimum((last_s - first_s) / window_s, 1.0)
