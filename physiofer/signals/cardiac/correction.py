"""Artefacts in a series of beats: found, named and corrected."""

from typing import NamedTuple

import numpy as np

from ..._validate import check_number, check_series
from ...exceptions import InvalidArgumentError
from ...kernels.cardiac import correction as kernels
from .beats import shown
from .intervals import warn_of_unit

_THRESHOLD_HALF_WIDTH = 45  # 91 beats
_MEDIAN_HALF_WIDTH = 5  # 11 beats
_LEAST_MS = 20.0  # of both thresholds: two samples at 100 Hz
_GREATEST = 0.3  # of both thresholds, as a share of the local median

#: What a beat can be; the order is that of the kernel's codes.
BEAT_LABELS = ("normal", "ectopic", "missed", "extra", "long", "short")
_LABELS = np.array(BEAT_LABELS)


class CorrectedBeats(NamedTuple):
    """Beats after correction; intervals without and with replaced values; label of each original beat; origin of each.

    See :func:`correct_beats`.
    """

    beats_s: np.ndarray
    rr_ms: np.ndarray
    rr_filled_ms: np.ndarray
    labels: np.ndarray
    origin: np.ndarray

    def __repr__(self):
        n_found = int(np.count_nonzero(np.asarray(self.labels) != BEAT_LABELS[0]))
        return f"<CorrectedBeats: {shown(self.beats_s)}; {n_found} found wrong>"


def correct_beats(beats_s, *, factor=5.2, max_gap_s=3.0, low_ms=300.0, high_ms=2000.0):
    """Find, name and correct the artefacts in a series of beats, after Lipponen & Tarvainen (2019).

    Every interval is judged by its difference from the one before (dRR) and its deviation from the median of the eleven
    round it (mRR, doubled where negative), each divided by a threshold that follows the person: `factor` times the
    quartile deviation over 91 neighbouring beats. Patterns decide what it is:

    - *ectopic*: dRR goes down, up, down (or up, down, up) by more than the border ``-0.13 dRR - 0.17`` in the plane of
      the middle difference and the lesser of its neighbours: the beat between the two intervals is out of place;
    - *long* and *short*: dRR over 1 that one of the next two takes back by over 1, or mRR over 3. A long interval of
      which half is within the threshold of the local median hides a *missed* beat; a short one that makes up a usual
      interval with a neighbour has an *extra* beat at that end.

    Extra beats are taken out, missed ones put in, ectopic ones moved to the middle; the series is then judged again,
    until a round finds no fewer artefacts than the one before.

    Parameters
    ----------
    beats_s : array-like of shape (n_beats,)
        Beat times in seconds, not going backwards.
    factor : float, default=5.2
        Thresholds over quartile deviations: 5.2 lets 99.95 % of normally distributed differences pass. Lower is
        stricter.
    max_gap_s : float, default=3.0
        A longer interval is a silence of the sensor: no beat is put into it, and no pattern crosses it.
    low_ms, high_ms : float, default=300, 2000
        Plausible lengths in milliseconds; what remains outside is NaN.

    Returns
    -------
    CorrectedBeats
        ``beats_s`` of shape (n_corrected,): times after correction, on the clock of the original ones; ``rr_ms`` of
        shape (n_corrected - 1,): intervals between them, NaN wherever one touches a beat that was put in or moved, is
        itself too long or too short, or spans a silence, so that no difference crosses an artefact; ``rr_filled_ms``:
        the same with those values filled in where the sensor was on (halves of an interval in which a beat was missed,
        straight lines else), for methods that want an unbroken series; ``labels`` of shape (n_beats,): one of
        ``BEAT_LABELS`` for each *original* beat, where "missed" means that a beat before this one is missing and
        "long" and "short" tell of the interval that ends at it; ``origin`` of shape (n_corrected,): index of the
        original beat, -1 for one put in.

    Raises
    ------
    InvalidArgumentError
        If beat times are not finite or go backwards.

    Warns
    -----
    QualityWarning
        If the beat times cannot be in seconds, as positions of samples.

    Notes
    -----
    The quartile deviation is that of the signed differences, for which the stated 99.95 % holds. Implementations that
    take it of their magnitudes have thresholds three fifths as high, and call over ten times as many normal beats of
    two healthy days artefacts (2 to 4 % instead of 0.1 to 0.2 %).

    Where the paper is silent: thresholds are at least 20 ms (two samples at 100 Hz) and at most 30 % of the local
    median, about where [2]_ draw the line for sinus beats, so that detection works for metronomes and in swarms of
    artefacts alike; of two neighbouring ectopic patterns the larger one counts; an interval of twice the usual length
    is a missed beat rather than the pause of an ectopic one; an extra beat may be at either end of a short interval. At
    the ends of the series, where differences are lacking, only mRR decides. Two beats at one time are one: the second
    is "extra". With fewer than three beats nothing can be judged.

    References
    ----------
    .. [1] Lipponen & Tarvainen (2019), J. Medical Engineering & Technology 43(3), 173-181.
    .. [2] Kamath & Fallen (1995), in Malik & Camm (eds.), Heart Rate Variability, Futura, 75-85.

    Examples
    --------
    >>> import numpy as np
    >>> beats_s = np.arange(20) * 0.8
    >>> beats_s[10] -= 0.3  # comes too early
    >>> corrected = correct_beats(np.delete(beats_s, 5))
    >>> corrected.labels[[5, 9]].tolist(), corrected.origin[5].tolist()
    (['missed', 'ectopic'], -1)
    >>> corrected.rr_ms[3:11].tolist()
    [800.0, nan, nan, 800.0, 800.0, 800.0, nan, nan]
    >>> bool(np.allclose(corrected.beats_s, np.arange(20) * 0.8)), bool(np.allclose(corrected.rr_filled_ms, 800.0))
    (True, True)
    """
    beats_s = check_series(beats_s, name="beats_s")
    if not np.isfinite(beats_s).all() or np.any(np.diff(beats_s) < 0):
        raise InvalidArgumentError("beats_s must be finite and must not go backwards; sort the beats first.")
    factor = check_number(factor, name="factor", low=0.0, low_open=True)
    max_gap_s = check_number(max_gap_s, name="max_gap_s", low=0.0, low_open=True)
    low_ms = check_number(low_ms, name="low_ms", low=0.0)
    high_ms = check_number(high_ms, name="high_ms", low=low_ms)
    rr_ms = np.round(1000.0 * np.diff(beats_s), 9)  # 0.8 s apart is 800 ms, not 800.0000000000001
    warn_of_unit(beats_s, rr_ms, low_ms, high_ms)
    if rr_ms.all():
        corrected_s, origin, filled_ms, trust, codes = _rounds(beats_s, rr_ms, factor, max_gap_s)
    else:  # two beats at one time are one
        kept = np.append(0, 1 + np.flatnonzero(rr_ms))
        codes = np.full(beats_s.size, kernels.EXTRA, dtype=np.int8)
        corrected_s, origin, filled_ms, trust, codes[kept] = _rounds(
            beats_s[kept], rr_ms[kept[1:] - 1], factor, max_gap_s
        )
        origin = np.where(origin < 0, -1, kept[origin])
    filled_ms[(filled_ms < low_ms) | (filled_ms > high_ms)] = np.nan
    measured_ms = np.where(trust == kernels.MEASURED, filled_ms, np.nan)
    return CorrectedBeats(corrected_s, measured_ms, filled_ms, _LABELS[codes], origin)


def _rounds(beats_s, rr_ms, factor, max_gap_s):
    """Rounds of detection and correction: beats, their origin, intervals and their trust, codes of original beats."""
    codes = np.zeros(beats_s.size, dtype=np.int8)
    origin = np.arange(beats_s.size)
    trust = np.where(rr_ms > 1000.0 * max_gap_s, kernels.UNKNOWN, kernels.MEASURED).astype(np.int8)
    rr_ms = np.where(trust == kernels.UNKNOWN, np.nan, rr_ms)
    n_before = np.inf
    while True:
        at_interval, at_beat, n_found = kernels.classify(rr_ms, *_normalised(rr_ms, factor))
        if n_found == 0 or n_found >= n_before:
            break
        n_before = n_found
        kernels.label(codes, origin, at_interval, at_beat)
        beats_s, origin, rr_ms, trust = kernels.apply(beats_s, origin, rr_ms, trust, at_interval, at_beat)
        kernels.interpolate(rr_ms, trust)
    beats_s = beats_s.copy()  # without a round it is the caller's
    kernels.place(beats_s, origin, codes)
    return beats_s, origin, rr_ms, trust, codes


def _normalised(rr_ms, factor):
    """Differences and deviations over their thresholds, the local median, and the threshold of the deviations."""
    drr = np.full(rr_ms.size, np.nan)
    drr[1:] = rr_ms[1:] - rr_ms[:-1]
    median_ms = kernels.rolling_quantiles(rr_ms, _MEDIAN_HALF_WIDTH, 0.5, 0.5)[0]
    mrr = rr_ms - median_ms
    mrr[mrr < 0.0] *= 2.0  # a short interval cannot stray as far as a long one
    threshold_ms, tolerance_ms = _threshold(drr, factor, median_ms), _threshold(mrr, factor, median_ms)
    return drr / threshold_ms, mrr / tolerance_ms, median_ms, tolerance_ms


def _threshold(deviation_ms, factor, median_ms):
    """Multiple of the local quartile deviation, within limits where the paper sets none."""
    lower, upper = kernels.rolling_quantiles(deviation_ms, _THRESHOLD_HALF_WIDTH, 0.25, 0.75)
    return np.maximum(np.minimum((0.5 * factor) * (upper - lower), _GREATEST * median_ms), _LEAST_MS)
