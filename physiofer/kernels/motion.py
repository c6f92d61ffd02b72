"""Magnitude of movement, and statistics of windows of a whole recording."""

import numpy as np
from numba import njit, prange

#: Order of the columns :func:`motion_statistics` fills.
STATISTICS = ("mean_g", "sd_g", "still_share", "posture_sd_g", "present", "varying", "magnitude_g", "largest_g")


@njit(cache=True, nogil=True)
def magnitude(dynamic, raw, out):
    """Norms over the three axes of `dynamic` (n_windows, 3, n_times), NaN where `raw` lacks one; mean norm of `raw`."""
    n_windows, _, n_times = dynamic.shape
    total, count = 0.0, 0
    for w in range(n_windows):
        for t in range(n_times):
            norm = np.sqrt(raw[w, 0, t] ** 2 + raw[w, 1, t] ** 2 + raw[w, 2, t] ** 2)
            out[w, t] = np.nan
            if np.isfinite(norm):
                out[w, t] = np.sqrt(dynamic[w, 0, t] ** 2 + dynamic[w, 1, t] ** 2 + dynamic[w, 2, t] ** 2)
                total += norm
                count += 1
    return total / count if count else np.nan


@njit(cache=True, nogil=True)
def _sums(axes, dynamic, first, last, still_g, min_run, out):
    """First pass over a window: sums of dynamic part and axes, counts, stuck samples, magnitudes; all into `out`."""
    total, x_sum, y_sum, z_sum, norms, largest = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    x_last, y_last, z_last = np.nan, np.nan, np.nan
    n_present, n_still, n_stuck, run = 0, 0, 0, 0
    for t in range(first, last):
        if not np.isfinite(dynamic[t]):
            continue
        x, y, z = axes[0, t], axes[1, t], axes[2, t]
        n_present += 1
        n_still += dynamic[t] < still_g
        total += dynamic[t]
        x_sum += x
        y_sum += y
        z_sum += z
        norms += np.sqrt(x * x + y * y + z * z)
        largest = max(largest, max(abs(x), max(abs(y), abs(z))))
        run = run + 1 if x == x_last and y == y_last and z == z_last else 1
        x_last, y_last, z_last = x, y, z
        if run >= min_run:
            n_stuck += min_run if run == min_run else 1
    out[0], out[1], out[2], out[3], out[4], out[5] = total, x_sum, y_sum, z_sum, norms, largest
    return n_present, n_still, n_stuck


@njit(cache=True, nogil=True)
def _statistics(axes, dynamic, first, n_times, still_g, min_run, out):
    """One row of :func:`motion_statistics`."""
    sums = np.empty(6)
    low, high = min(max(first, 0), dynamic.size), max(min(first + n_times, dynamic.size), 0)
    n, n_still, n_stuck = _sums(axes, dynamic, low, high, still_g, min_run, sums)
    out[:] = np.nan
    out[4], out[5] = n / n_times, 0.0
    if not n:
        return
    mean, x_mean, y_mean, z_mean = sums[0] / n, sums[1] / n, sums[2] / n, sums[3] / n
    squares, x_squares, y_squares, z_squares = 0.0, 0.0, 0.0, 0.0  # about the means: plain squares would cancel
    for t in range(low, high):
        if np.isfinite(dynamic[t]):
            squares += (dynamic[t] - mean) ** 2
            x_squares += (axes[0, t] - x_mean) ** 2
            y_squares += (axes[1, t] - y_mean) ** 2
            z_squares += (axes[2, t] - z_mean) ** 2
    out[0], out[1], out[2] = mean, np.sqrt(squares / n), n_still / n
    out[3] = (np.sqrt(x_squares / n) + np.sqrt(y_squares / n) + np.sqrt(z_squares / n)) / 3.0
    out[5], out[6], out[7] = 1.0 - n_stuck / n, sums[4] / n, sums[5]


@njit(cache=True, nogil=True, parallel=True)
def motion_statistics(axes, dynamic, firsts, n_times, still_g, min_run, out):
    """Statistics of windows of `n_times` samples from `firsts` on, in the order of `STATISTICS`, into `out`.

    `axes` (3, n) in g and `dynamic` (n), which is NaN where an axis is missing, are of the whole recording; windows may
    reach beyond it, which counts as missing. A run of `min_run` samples that differ in no axis is a stuck sensor.
    """
    for w in prange(firsts.size):
        _statistics(axes, dynamic, firsts[w], n_times, still_g, min_run, out[w])
