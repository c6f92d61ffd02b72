"""What beats of the heart have to do with breath: extremes of intervals, and the level a beat rides on."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def greatest_between(values, firsts, lasts, out):
    """Greatest of the values from each of `firsts` to before `lasts` into `out`; NaN if there is none."""
    for i in range(out.size):
        out[i] = np.nan
        for k in range(firsts[i], lasts[i]):
            if np.isfinite(values[k]) and not values[k] <= out[i]:
                out[i] = values[k]


@njit(cache=True, nogil=True)
def means_between(values, edges, out):
    """Mean of the finite values from each edge (in samples, and fractions) to the next; NaN with less than half."""
    for i in range(out.size):
        total, weight = 0.0, 0.0
        low, high = edges[i], edges[i + 1]
        for k in range(max(int(np.floor(low)), 0), min(int(np.ceil(high)), values.size)):
            if np.isfinite(values[k]):
                share = min(k + 1.0, high) - max(float(k), low)
                total += share * values[k]
                weight += share
        out[i] = total / weight if weight > 0.0 and 2.0 * weight >= high - low else np.nan
