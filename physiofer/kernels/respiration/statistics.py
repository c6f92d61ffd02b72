"""Statistics of breaths in windows."""

import numpy as np
from numba import njit

from ..order import quantile, shell_sort

#: Order of the columns :func:`summarise_breaths` fills.
RESPIRATION = (
    "rate_mean_per_min", "rate_median_per_min", "rate_sd_per_min", "interval_sd_s", "interval_rmssd_s", "interval_cv",
    "inhale_mean_s", "exhale_mean_s", "pause_mean_s", "inhale_exhale_ratio", "duty_cycle", "depth_mean", "depth_cv",
    "apnoea_share",
)  # fmt: skip


@njit(cache=True, nogil=True)
def _spread(values, n):
    """Mean and standard deviation (ddof 1) of the first `n` values."""
    mean, squares = 0.0, 0.0
    for i in range(n):
        mean += values[i] / n
    for i in range(n):
        squares += (values[i] - mean) ** 2
    return mean, np.sqrt(squares / (n - 1)) if n > 1 else np.nan


@njit(cache=True, nogil=True)
def _intervals(breaths, first, last, stop_s, apnoea_s, intervals):
    """Lengths in s of the breaths that end in time and in no apnoea; how many, and their RMSSD."""
    n, squares, n_steps = 0, 0.0, 0
    before, due_s = np.nan, np.nan  # length of the breath before this one, and when this one had to start to follow it
    for i in range(first, last):
        onset, end, following = breaths[i, 0], breaths[i, 2], breaths[i, 3]
        if following > stop_s or following - end >= apnoea_s:
            before = np.nan
            continue
        if abs(onset - due_s) < 1e-6 and np.isfinite(before):
            squares += (following - onset - before) ** 2
            n_steps += 1
        before, due_s = following - onset, following
        intervals[n] = following - onset
        n += 1
    return n, np.sqrt(squares / n_steps) if n_steps > 1 else np.nan


@njit(cache=True, nogil=True)
def _phases(breaths, first, last, stop_s, apnoea_s, sums):
    """Sums over breaths: inhale, exhale, their ratio; pause and duty cycle of those that end in time, how many."""
    n_whole = 0
    sums[:] = 0.0
    for i in range(first, last):
        onset, peak, end, following = breaths[i, 0], breaths[i, 1], breaths[i, 2], breaths[i, 3]
        sums[0] += peak - onset
        sums[1] += end - peak
        sums[2] += (peak - onset) / (end - peak)
        if following <= stop_s and following - end < apnoea_s:
            sums[3] += following - end
            sums[4] += (peak - onset) / (following - onset)
            n_whole += 1
    return n_whole


@njit(cache=True, nogil=True)
def _summary(breaths, first, last, stop_s, apnoea_s, min_breaths, work, sums, out):
    """Statistics of the breaths from `first` to before `last` into `out`, ordered as `RESPIRATION`."""
    n, rmssd = _intervals(breaths, first, last, stop_s, apnoea_s, work)
    if n >= min_breaths:
        interval, interval_sd = _spread(work, n)
        out[3], out[4], out[5] = interval_sd, rmssd, interval_sd / interval
        for i in range(n):
            work[i] = 60.0 / work[i]
        out[0], out[2] = 60.0 / interval, _spread(work, n)[1]
        shell_sort(work, n)
        out[1] = quantile(work, n, 0.5)
    n = last - first
    if n >= min_breaths:
        n_whole = _phases(breaths, first, last, stop_s, apnoea_s, sums)
        out[6], out[7], out[9] = sums[0] / n, sums[1] / n, sums[2] / n
        if n_whole >= min_breaths:
            out[8], out[10] = sums[3] / n_whole, sums[4] / n_whole
        for i in range(n):
            work[i] = breaths[first + i, 4]
        mean, sd = _spread(work, n)
        out[11], out[12] = mean, sd / mean


@njit(cache=True, nogil=True)
def summarise_breaths(breaths, firsts, lasts, starts_s, window_s, apnoea_s, min_breaths, out, coverage):
    """Statistics of the breaths wholly inside each window into `out`; `coverage` is its share in breaths and pauses.

    `breaths` holds onset, peak, end, next onset (s) and depth, ordered in time; breaths `firsts` to before `lasts`
    begin inside the windows.
    """
    work, sums = np.empty(breaths.shape[0]), np.empty(5)
    for w in range(starts_s.size):
        start_s, stop_s = starts_s[w], starts_s[w] + window_s
        first, last = firsts[w], lasts[w]
        covered, still = 0.0, 0.0
        for i in range(max(first - 1, 0), last):
            onset, end, following = breaths[i, 0], breaths[i, 2], breaths[i, 3]
            covered += max(min(following, stop_s) - max(onset, start_s), 0.0)
            if following - end >= apnoea_s:
                still += max(min(following, stop_s) - max(end, start_s), 0.0)
        coverage[w] = min(covered / window_s, 1.0)
        for k in range(out.shape[1]):
            out[w, k] = np.nan
        if covered > 0.0:
            out[w, 13] = min(still / window_s, 1.0)
        if last > first and breaths[last - 1, 2] > stop_s:
            last -= 1
        _summary(breaths, first, last, stop_s, apnoea_s, min_breaths, work, sums, out[w])
