"""Loops over skin conductance: responses from trough to peak to half recovery."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def scr_extrema(smooth, min_amplitude, max_rise, max_recovery):
    """Onset, peak and half-recovery samples of every rise of at least `min_amplitude`, from a smoothed series.

    A rise that dips by less than half of `min_amplitude` goes on; its onset lies at most `max_rise` samples before the
    peak, so that a slow drift is not taken for one long response. Half recovery is -1 where the next response or
    `max_recovery` samples come first. NaN ends a rise.
    """
    n_times = smooth.size
    found = np.empty((n_times // 2 + 1, 3), dtype=np.int64)
    n_found = 0
    onset, peak = -1, -1
    for t in range(n_times + 1):
        is_sample = t < n_times and np.isfinite(smooth[t])
        if onset >= 0 and (not is_sample or smooth[t] < smooth[peak] - 0.5 * min_amplitude):
            if smooth[peak] - smooth[onset] >= min_amplitude:
                found[n_found, 0] = onset
                found[n_found, 1] = peak
                n_found += 1
            onset = -1
        if not is_sample:
            continue
        if onset < 0 or smooth[t] <= smooth[onset]:
            onset, peak = t, t
        elif smooth[t] > smooth[peak]:
            peak = t
            onset = max(onset, t - max_rise)
    for k in range(n_found):
        peak = found[k, 1]
        half = 0.5 * (smooth[found[k, 0]] + smooth[peak])
        stop = min(found[k + 1, 0] if k + 1 < n_found else n_times, peak + max_recovery + 1)
        found[k, 2] = -1
        for t in range(peak + 1, stop):
            if smooth[t] <= half:  # a NaN is never below
                found[k, 2] = t
                break
    return found[:n_found]


@njit(cache=True, nogil=True)
def mark_responses(smooth, min_amplitude, max_rise, max_recovery, marks):
    """Amplitude, rise and half recovery (samples; NaN if it is not seen) of each row's responses, at their peaks.

    `marks` (3, n_rows, n_times) must hold zeros: they remain where there is no peak.
    """
    for row in range(smooth.shape[0]):
        found = scr_extrema(smooth[row], min_amplitude, max_rise, max_recovery)
        for k in range(found.shape[0]):
            onset, peak, half = found[k, 0], found[k, 1], found[k, 2]
            marks[0, row, peak] = smooth[row, peak] - smooth[row, onset]
            marks[1, row, peak] = peak - onset
            marks[2, row, peak] = half - peak if half >= 0 else np.nan
