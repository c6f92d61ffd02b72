"""Time-domain statistics of intervals."""

import numpy as np
from numba import njit

from ..order import quantile, shell_sort
from .tachogram import reach_s, stretches, trusted

#: Order of the columns :func:`hrv_time` fills.
HRV_TIME = (
    "mean_nn_ms", "median_nn_ms", "sdnn_ms", "rmssd_ms", "sdsd_ms", "pnn20", "pnn50", "mad_nn_ms", "iqr_nn_ms",
    "range_nn_ms", "cvnn", "cvsd", "hr_mean_bpm", "hr_min_bpm", "hr_max_bpm", "hr_sd_bpm", "triangular_index",
    "tinn_ms",
)  # fmt: skip

_BIN_MS = 1000.0 / 128.0  # Task Force (1996): bins of 1/128 s
_MAX_BINS = 4096  # 32 s of range: what lies further apart is not one heart
_MICROSECOND_MS = 1e-3  # beats are never known better: less is rounding


@njit(cache=True, nogil=True)
def hrv_time_windows(first, last, beats_s, rr_ms, windows, min_intervals, out, extents):
    """:func:`hrv_time` of windows `first` to `last`, and what there is in each.

    Each row of `windows` tells its first beat, its first interval and how many beats it has; each row of `extents` how
    many intervals are trusted, their sum in ms, and how far all and the longest stretch without a long gap reach in s.
    """
    for w in range(first, last):
        beats = beats_s[windows[w, 0] : windows[w, 0] + windows[w, 2]]
        inside = rr_ms[windows[w, 1] : windows[w, 1] + max(windows[w, 2] - 1, 0)]
        nn_ms = trusted(inside)
        bounds, n_stretches = stretches(beats, inside)
        extents[w, 0], extents[w, 1] = nn_ms.size, nn_ms.sum()
        extents[w, 2], extents[w, 3] = 0.0, 0.0
        if n_stretches > 0:
            extents[w, 2] = reach_s(beats, bounds[0, 0], bounds[n_stretches - 1, 1])
        for s in range(n_stretches):
            extents[w, 3] = max(extents[w, 3], reach_s(beats, bounds[s, 0], bounds[s, 1]))
        if nn_ms.size >= min_intervals:
            hrv_time(inside, min_intervals, out[w])


@njit(cache=True, nogil=True)
def hrv_time(rr_ms, min_intervals, out):
    """Time-domain indices of one series of intervals, at least one of them trusted, into the first columns of `out`."""
    ordered = trusted(rr_ms)
    n = ordered.size
    shell_sort(ordered, n)
    rr_sum, rate_sum = 0.0, 0.0
    for i in range(n):
        rr_sum += ordered[i]
        rate_sum += 60000.0 / ordered[i]
    mean, rate = rr_sum / n, rate_sum / n
    median = quantile(ordered, n, 0.5)
    out[0], out[1] = mean, median
    out[8] = quantile(ordered, n, 0.75) - quantile(ordered, n, 0.25)
    out[9] = ordered[n - 1] - ordered[0]
    out[12], out[13], out[14] = rate, 60000.0 / ordered[n - 1], 60000.0 / ordered[0]
    out[16], out[17] = histogram_shape(ordered)
    rr_squares, rate_squares = 0.0, 0.0  # about the means, in a second pass: sums of squares would cancel
    for i in range(n):
        rr_squares += (ordered[i] - mean) ** 2
        rate_squares += (60000.0 / ordered[i] - rate) ** 2
        ordered[i] = abs(ordered[i] - median)
    shell_sort(ordered, n)
    out[7] = quantile(ordered, n, 0.5)
    if n > 1:
        out[2] = np.sqrt(rr_squares / (n - 1))
        out[10] = out[2] / mean
        out[15] = np.sqrt(rate_squares / (n - 1))
    successive_differences(rr_ms, max(min_intervals // 2, 1), out)
    out[11] = out[3] / mean


@njit(cache=True, nogil=True)
def successive_differences(rr_ms, min_steps, out):
    """RMSSD, SDSD, pNN20 and pNN50 into their places of `out`; no difference crosses a rejected beat."""
    n, n_20, n_50, total, squares = 0, 0, 0, 0.0, 0.0
    for i in range(1, rr_ms.size):
        step = rr_ms[i] - rr_ms[i - 1]
        if np.isfinite(step):
            n += 1
            total += step
            squares += step * step
            n_20 += abs(step) > 20.0 + _MICROSECOND_MS
            n_50 += abs(step) > 50.0 + _MICROSECOND_MS
    if n < min_steps:
        return
    out[3] = np.sqrt(squares / n)
    if n > 1:
        out[4] = np.sqrt(max(squares - total * total / n, 0.0) / (n - 1))
    out[5] = n_20 / n
    out[6] = n_50 / n


@njit(cache=True, nogil=True)
def histogram_shape(ordered):
    """Triangular index, and baseline width in ms of the triangle nearest to the histogram of sorted intervals."""
    n = ordered.size
    bins = np.empty(n, np.int64)
    highest, mode_first, first = 0, 0, 0
    for i in range(n):
        bins[i] = int((ordered[i] + _MICROSECOND_MS) / _BIN_MS)
        if bins[i] != bins[first]:
            first = i
        if i - first + 1 > highest:  # the first of equal modes
            highest, mode_first = i - first + 1, first
    if bins[n - 1] - bins[0] > _MAX_BINS:
        return n / highest, np.nan
    baseline = 0
    for direction in (-1, 1):
        start = mode_first if direction > 0 else mode_first + highest - 1
        baseline += triangle_side(bins, start, direction, float(highest))
    return n / highest, baseline * _BIN_MS


@njit(cache=True, nogil=True)
def triangle_side(bins, start, direction, height):
    """Width in bins of the straight side from the mode down to zero, within the histogram, that fits by least squares.

    With u bins from the mode, count D(u) and side q(u) = height (1 - u / width), the sum of (D - q)^2 over u < width
    and of D^2 beyond is least where the sum of q^2 - 2 D q is: both parts follow from running sums of D and u D.
    """
    best, best_width, i, counted, moment = np.inf, 1, start, 0.0, 0.0
    widest = bins[start] - bins[0] + 1 if direction < 0 else bins[-1] - bins[start] + 1
    for width in range(1, widest + 1):
        u = width - 1
        while 0 <= i < bins.size and bins[i] == bins[start] + direction * u:
            counted += 1.0
            moment += u
            i += direction
        squares = height * (width + 1.0) * (2.0 * width + 1.0) / (6.0 * width)
        error = squares - 2.0 * (counted - moment / width)
        if error < best:
            best, best_width = error, width
    return best_width
