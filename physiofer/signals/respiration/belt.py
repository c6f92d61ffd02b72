"""Breaths in the signal of a belt round the chest, or of anything else that rises as its wearer breathes in."""

from typing import NamedTuple

import numpy as np

from ..._parallel import over_windows
from ..._validate import check_choice, check_rate, check_series
from ...kernels.respiration import breaths as kernels
from .._filters import bridged, zero_phase

_WORKING_RATE = 25.0  # Hz: faster belts are averaged in blocks down to this
SLOWEST_RATE = 4.0
SMOOTH_HZ = 1.0
_DESPIKED_RATE = 20.0  # below, five samples are no spike but breath
_LONGEST_GAP_S = 0.5
_BLOCK_S = 8.0  # holds half of the slowest breath at least
_HALF_WIDTHS = (3, 18)  # blocks: about one minute and five
_REACH_S = 30.0
_SHARES = (0.1, 0.3)
_CYCLE_S = (0.9, 20.0)


class Breaths(NamedTuple):
    """Breaths of one signal, in order: seconds from the first sample, lengths in s, depth in the signal's unit."""

    onset_s: np.ndarray
    peak_s: np.ndarray
    depth: np.ndarray
    inhale_s: np.ndarray
    exhale_s: np.ndarray
    pause_s: np.ndarray

    def __repr__(self):
        onset_s = np.asarray(self.onset_s)
        told = f"{onset_s.size}, {onset_s[0]:.1f} to {onset_s[-1]:.1f} s" if onset_s.size else "none"
        return f"<Breaths: {told}>"


def breaths(respiration, rate, *, inhalation="up"):
    """Find the breaths of a respiration signal.

    Belts of 50 Hz or more are averaged in blocks to 25 Hz or a little more; spikes are taken out (median of five
    samples) and the signal is smoothed below 1 Hz, zero phase. No baseline is subtracted: a filter that removes drift
    would make breaths out of pauses. Peaks and troughs count if they differ from the next by 0.3 of the typical swing,
    as in the advanced count [1]_. The typical swing is the one at which half of the sum of all swings of a minute is
    reached, going by size: small wiggles outnumber breaths, but do not outweigh them. It is no less than half of its
    median over five minutes, so that a pause for breath has no breaths in it. In a pause the trough may lie anywhere:
    breathing in begins, and breathing out ends, where the flanks do.

    Parameters
    ----------
    respiration : array-like of shape (n_times,)
        Belt, impedance or any other signal of respiration in any unit; NaN where the sensor was silent.
    rate : float
        Sampling rate in Hz, at least 4.
    inhalation : {"up", "down"}, default="up"
        Whether the signal rises or falls as its wearer breathes in. No part of the signal tells this reliably.

    Returns
    -------
    Breaths
        One entry per breath that was seen from trough to trough: ``onset_s`` and ``peak_s`` (start and end of breathing
        in, seconds from the first sample), ``depth`` (height of the peak above the line between the troughs on either
        side, in the signal's unit), ``inhale_s``, ``exhale_s`` and ``pause_s`` (seconds until the next breath begins).
        Breaths shorter than 0.9 s or longer than 20 s, the pause not counted, are left out, and none crosses more than
        half a second without samples. A breath held with full lungs is such a long one: only what follows an exhalation
        is a pause. The first and the last breath of a recording are seen in part only.

    Raises
    ------
    InvalidArgumentError
        If `respiration` is not one-dimensional, `rate` is below 4 Hz, or `inhalation` is unknown.

    References
    ----------
    .. [1] Schäfer & Kratky (2008), Annals of Biomedical Engineering 36(3), 476-485.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 60, 1 / 25)
    >>> found = breaths(-np.cos(2 * np.pi * 0.25 * times), 25.0)
    >>> found.onset_s[:3].round(2).tolist(), found.peak_s[:3].round(2).tolist()
    ([4.0, 8.0, 12.0], [6.0, 10.0, 14.0])
    """
    respiration = check_series(respiration, name="respiration")
    rate = check_rate(rate, low=SLOWEST_RATE)
    check_choice(inhalation, name="inhalation", choices=["up", "down"])
    sign = 1.0 if inhalation == "up" else -1.0
    coarse, working_rate, first_s = at_working_rate(sign * respiration[np.newaxis], rate)
    found, counts = breaths_of_rows(smoothed(coarse, working_rate), working_rate)
    onset, peak, end, following, depth = found[0, : counts[0]].T
    return Breaths(onset + first_s, peak + first_s, depth, peak - onset, end - peak, following - end)


def at_working_rate(rows, rate):
    """Block means of rows (n_rows, n_times) at 25 to 50 Hz, slower rows as they are; that rate; time of their first."""
    factor = max(int(rate / _WORKING_RATE), 1)
    coarse = np.empty((len(rows), rows.shape[1] // factor))
    kernels.block_means(rows, factor, coarse)
    return coarse, rate / factor, 0.5 * (factor - 1) / rate


def smoothed(coarse, rate):
    """Rows at the working rate without spikes and below 1 Hz; NaN in gaps of more than half a second."""
    if not coarse.size:
        return coarse
    level = bridged(coarse)
    if rate >= _DESPIKED_RATE:
        kernels.median_of_five(level.copy(), level)
    level = zero_phase(level, rate, high_hz=SMOOTH_HZ)
    level[_long_gaps(~np.isfinite(coarse), int(_LONGEST_GAP_S * rate))] = np.nan
    return level


def breaths_of_rows(level, rate):
    """Breaths of each row of a smoothed signal: onset, peak, end and next onset in s, depth; and how many there are."""
    n_rows, n_times = level.shape
    found = np.zeros((n_rows, int(n_times / (_CYCLE_S[0] * rate)) + 1, 5))
    counts = np.zeros(n_rows, dtype=np.int64)
    if n_times:
        size = np.where(np.isfinite(level), np.abs(level), 0.0).max(axis=1)
        least = np.maximum(1e-9 * size, 1e-300)  # what is left of a flat line is rounding
        n_blocks = max(int(round(n_times / (_BLOCK_S * rate))), 1)
        limits = (n_blocks, np.array(_SHARES), np.array(_HALF_WIDTHS), _REACH_S * rate)
        cycle = np.array(_CYCLE_S) * rate
        over_windows(kernels.breaths_of_windows, n_rows, level, *limits, least, cycle, found, counts)
    found[:, :, :4] /= rate
    return found, counts


def _long_gaps(is_missing, longest):
    """Where more than `longest` samples in a row are missing."""
    edges = np.diff(is_missing.astype(np.int8), axis=1, prepend=0, append=0)
    is_gap = np.zeros(is_missing.shape, dtype=bool)
    starts, stops = np.nonzero(edges == 1), np.nonzero(edges == -1)
    for row, start, stop in zip(starts[0], starts[1], stops[1], strict=True):
        is_gap[row, start:stop] = stop - start > longest
    return is_gap
