"""How intervals vary from scale to scale, and in what order they rise and fall."""

import numpy as np
from numba import njit

#: Largest step, in beats, of Higuchi's curve lengths.
HIGUCHI_STEPS = 10


@njit(cache=True, nogil=True)
def profile(nn_ms):
    """Running sum of the intervals about their mean."""
    out = np.empty(nn_ms.size)
    mean, total = 0.0, 0.0
    for i in range(nn_ms.size):
        mean += nn_ms[i] / nn_ms.size
    for i in range(nn_ms.size):
        total += nn_ms[i] - mean
        out[i] = total
    return out


@njit(cache=True, nogil=True)
def fluctuation(walk, box):
    """Root mean square about straight lines through neighbouring boxes of `box` values, from the first on."""
    centre = 0.5 * (box - 1)
    spread = box * (box * box - 1.0) / 12.0  # sum of squares of positions about the centre
    n_boxes = walk.size // box
    rest = 0.0
    for b in range(n_boxes):
        start = b * box
        total, squares, slope = 0.0, 0.0, 0.0
        for t in range(box):
            rise = walk[start + t] - walk[start]
            total += rise
            squares += rise * rise
            slope += (t - centre) * rise
        rest += max(squares - total * total / box - slope * slope / spread, 0.0)
    return np.sqrt(rest / (n_boxes * box))


@njit(cache=True, nogil=True)
def scaling_exponent(walk, smallest, largest):
    """Slope of log fluctuation against log box length, over every length from `smallest` to `largest`."""
    n, x_sum, y_sum, xx, xy = 0, 0.0, 0.0, 0.0, 0.0
    for box in range(smallest, largest + 1):
        x, y = np.log(box), np.log(fluctuation(walk, box))
        n += 1
        x_sum += x
        y_sum += y
        xx += x * x
        xy += x * y
    return (xy - x_sum * y_sum / n) / (xx - x_sum * x_sum / n)


@njit(cache=True, nogil=True)
def coarse_grained(rr_ms, scale):
    """Means of neighbouring groups of `scale` intervals; NaN where one of them is rejected."""
    out = np.empty(rr_ms.size // scale)
    for i in range(out.size):
        total = 0.0
        for j in range(i * scale, (i + 1) * scale):
            total += rr_ms[j]
        out[i] = total / scale
    return out


@njit(cache=True, nogil=True)
def higuchi_dimension(rr_ms):
    """Slope of log curve length against log 1/step (Higuchi 1988); steps to or from a rejected one are left out."""
    n = rr_ms.size
    x_sum, y_sum, xx, xy = 0.0, 0.0, 0.0, 0.0
    for step in range(1, HIGUCHI_STEPS + 1):
        mean_length = 0.0
        for start in range(step):
            total, count = 0.0, 0
            for i in range(start + step, n, step):
                rise = abs(rr_ms[i] - rr_ms[i - step])
                if np.isfinite(rise):
                    total += rise
                    count += 1
            mean_length += total * (n - 1) / (max(count, 1) * step * step) / step
        x, y = -np.log(step), np.log(mean_length)
        x_sum += x
        y_sum += y
        xx += x * x
        xy += x * y
    return (xy - x_sum * y_sum / HIGUCHI_STEPS) / (xx - x_sum * x_sum / HIGUCHI_STEPS)


@njit(cache=True, nogil=True)
def permutation_entropy(rr_ms):
    """Entropy of the orders of three successive intervals over log 6; of equal ones the earlier counts as smaller."""
    counts = np.zeros(8)
    n = 0
    for i in range(rr_ms.size - 2):
        a, b, c = rr_ms[i], rr_ms[i + 1], rr_ms[i + 2]
        if np.isfinite(a + b + c):
            counts[4 * (a <= b) + 2 * (b <= c) + (a <= c)] += 1.0
            n += 1
    entropy = 0.0
    for k in range(8):  # two of the eight contradict themselves and stay empty
        if counts[k] > 0.0:
            entropy -= counts[k] / n * np.log(counts[k] / n)
    return entropy / np.log(6.0) if n else np.nan
