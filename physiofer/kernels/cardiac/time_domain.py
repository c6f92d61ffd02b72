"""Time-domain statistics of intervals, of one series and of many windows."""

import numpy as np
from numba import njit

from ..order import quantile, shell_sort

#: Order of the columns :func:`hrv_time` fills.
HRV_TIME = (
    "mean_nn_ms", "median_nn_ms", "sdnn_ms", "rmssd_ms", "sdsd_ms", "pnn20", "pnn50", "mad_nn_ms", "iqr_nn_ms",
    "cvnn", "hr_mean_bpm", "hr_min_bpm", "hr_max_bpm", "hr_sd_bpm",
)  # fmt: skip


@njit(cache=True, nogil=True)
def hrv_time(rr_ms, min_intervals, out):
    """Time-domain indices of one series of intervals into `out`, ordered as `HRV_TIME`; NaN where too few survive."""
    for index in range(out.size):
        out[index] = np.nan
    ordered = np.empty(rr_ms.size)
    n, n_steps, n_20, n_50 = 0, 0, 0, 0
    rr_sum, rate_sum, step_sum, step_squares = 0.0, 0.0, 0.0, 0.0
    for i in range(rr_ms.size):
        if not np.isfinite(rr_ms[i]):
            continue
        ordered[n] = rr_ms[i]
        n += 1
        rr_sum += rr_ms[i]
        rate_sum += 60000.0 / rr_ms[i]
        if i and np.isfinite(rr_ms[i - 1]):  # no difference crosses a rejected beat
            step = rr_ms[i] - rr_ms[i - 1]
            n_steps += 1
            step_sum += step
            step_squares += step * step
            n_20 += abs(step) > 20.0
            n_50 += abs(step) > 50.0
    if n < min_intervals:
        return
    shell_sort(ordered, n)
    mean, rate = rr_sum / n, rate_sum / n
    median = quantile(ordered, n, 0.5)
    out[0], out[1] = mean, median
    out[8] = quantile(ordered, n, 0.75) - quantile(ordered, n, 0.25)
    out[10], out[11], out[12] = rate, 60000.0 / ordered[n - 1], 60000.0 / ordered[0]
    rr_squares, rate_squares = 0.0, 0.0  # about the means, in a second pass: sums of squares would cancel
    for i in range(n):
        rr_squares += (ordered[i] - mean) ** 2
        rate_squares += (60000.0 / ordered[i] - rate) ** 2
        ordered[i] = abs(ordered[i] - median)
    shell_sort(ordered, n)
    out[7] = quantile(ordered, n, 0.5)
    if n > 1:
        out[2] = np.sqrt(rr_squares / (n - 1))
        out[9] = out[2] / mean
        out[13] = np.sqrt(rate_squares / (n - 1))
    if n_steps >= max(min_intervals // 2, 1):
        out[3] = np.sqrt(step_squares / n_steps)
        if n_steps > 1:
            centred = max(step_squares - step_sum * step_sum / n_steps, 0.0)
            out[4] = np.sqrt(centred / (n_steps - 1))
        out[5] = n_20 / n_steps
        out[6] = n_50 / n_steps


@njit(cache=True, nogil=True)
def hrv_time_windows(beats_s, rr_ms, starts_s, window_s, min_intervals, out, coverage):
    """:func:`hrv_time` of the intervals lying wholly inside each window, and the share of the window they cover."""
    for w in range(starts_s.size):
        first = np.searchsorted(beats_s, starts_s[w])
        last = np.searchsorted(beats_s, starts_s[w] + window_s)  # one past the last beat inside
        inside = rr_ms[first : max(last - 1, first)]
        hrv_time(inside, min_intervals, out[w])
        covered = 0.0
        for i in range(inside.size):
            if np.isfinite(inside[i]):
                covered += inside[i]
        coverage[w] = min(covered / (1000.0 * window_s), 1.0)
