"""Running median over five samples, which takes out spikes of one or two."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def median_of_five(rows, out):
    """Median of each sample and its two neighbours on either side, ends repeated; `rows` holds no NaN."""
    for row in range(rows.shape[0]):
        values = rows[row]
        last = values.size - 1
        for t in range(values.size):
            a, b = values[max(t - 2, 0)], values[max(t - 1, 0)]
            c, d, e = values[t], values[min(t + 1, last)], values[min(t + 2, last)]
            a, b = min(a, b), max(a, b)
            c, d = min(c, d), max(c, d)
            a, c = max(a, c), min(b, d)  # neither the least nor the greatest of the four
            out[row, t] = max(min(a, c), min(max(a, c), e))
