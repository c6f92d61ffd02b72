"""Bridging of missing samples, so that filters can run; callers put the NaN back afterwards."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def bridge_gaps(values):
    """Fill NaN of each row in place by straight lines, ends by the nearest sample; rows of NaN alone become zero."""
    n_rows, n_times = values.shape
    for row in range(n_rows):
        last = -1  # index of the latest finite sample seen
        for t in range(n_times):
            if not np.isfinite(values[row, t]):
                continue
            if last < 0:
                for k in range(t):
                    values[row, k] = values[row, t]
            elif t - last > 1:
                slope = (values[row, t] - values[row, last]) / (t - last)
                for k in range(last + 1, t):
                    values[row, k] = values[row, last] + slope * (k - last)
            last = t
        for k in range(last + 1, n_times):
            values[row, k] = values[row, last] if last >= 0 else 0.0
