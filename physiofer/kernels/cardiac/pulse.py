"""Beats of a pulse wave: choice among candidate upstrokes."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def upstrokes(strength, short, long, slope, refractory, reach):
    """Sample of steepest slope in every block where the short moving average exceeds the long one (Elgendi 2013).

    Of two blocks closer than `refractory` samples the one with the stronger maximum of `strength` stays; the steepest
    slope is sought within `reach` samples of that maximum.
    """
    n_times = strength.size
    peaks = np.empty(n_times // 2 + 1, dtype=np.int64)
    n_peaks = 0
    t = 0
    while t < n_times:
        if short[t] <= long[t]:
            t += 1
            continue
        best = t
        while t < n_times and short[t] > long[t]:
            if strength[t] > strength[best]:
                best = t
            t += 1
        if n_peaks and best - peaks[n_peaks - 1] < refractory:
            if strength[best] > strength[peaks[n_peaks - 1]]:
                peaks[n_peaks - 1] = best
        else:
            peaks[n_peaks] = best
            n_peaks += 1
    for k in range(n_peaks):
        centre = peaks[k]
        best = centre
        for t in range(max(centre - reach, 0), min(centre + reach + 1, n_times)):
            if slope[t] > slope[best]:
                best = t
        peaks[k] = best
    return peaks[:n_peaks]
