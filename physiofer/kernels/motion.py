"""Magnitude of movement, and statistics of windows of a whole recording."""

import numpy as np
from numba import njit

#: Order of the columns :func:`motion_statistics` fills.
STATISTICS = ("mean_g", "sd_g", "still_share", "posture_sd_g", "magnitude_g", "present", "varying", "unclipped")


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
def _in_run(run, least):
    """How many samples a run of `run` adds to those in runs of at least `least`."""
    return 0 if run < least else least if run == least else 1


@njit(cache=True, nogil=True)
def _sums(axes, dynamic, first, stop, still_g, stuck_run, rail_g, rail_run, sums):
    """First pass over a window: sums of dynamic part, axes and their norm; counts of samples by what they are."""
    total, x_total, y_total, z_total, norms = 0.0, 0.0, 0.0, 0.0, 0.0
    x_last, y_last, z_last = np.nan, np.nan, np.nan
    x_run, y_run, z_run, run = 0, 0, 0, 0
    n_present, n_still, n_stuck, n_clipped = 0, 0, 0, 0
    for t in range(first, stop):
        if not np.isfinite(dynamic[t]):
            continue
        x, y, z = axes[0, t], axes[1, t], axes[2, t]
        n_present += 1
        n_still += dynamic[t] < still_g
        total += dynamic[t]
        x_total += x
        y_total += y
        z_total += z
        norms += np.sqrt(x * x + y * y + z * z)
        x_run = x_run + 1 if x == x_last else 1
        y_run = y_run + 1 if y == y_last else 1
        z_run = z_run + 1 if z == z_last else 1
        run = run + 1 if x == x_last and y == y_last and z == z_last else 1
        x_last, y_last, z_last = x, y, z
        n_stuck += _in_run(run, stuck_run)
        if abs(x) >= rail_g:
            n_clipped += _in_run(x_run, rail_run)
        if abs(y) >= rail_g:
            n_clipped += _in_run(y_run, rail_run)
        if abs(z) >= rail_g:
            n_clipped += _in_run(z_run, rail_run)
    sums[0], sums[1], sums[2], sums[3], sums[4] = total, x_total, y_total, z_total, norms
    return n_present, n_still, n_stuck, n_clipped


@njit(cache=True, nogil=True)
def _statistics(axes, dynamic, first, still_g, stuck_run, rail_g, rail_run, windows, out):
    """One row of :func:`motion_statistics`."""
    n_times = windows.size
    start, stop = min(max(first, 0), dynamic.size), max(min(first + n_times, dynamic.size), 0)
    sums = np.empty(5)
    n, n_still, n_stuck, n_clipped = _sums(axes, dynamic, start, stop, still_g, stuck_run, rail_g, rail_run, sums)
    windows[:] = np.inf
    out[:] = np.nan
    out[5], out[6], out[7] = n / n_times, 0.0, 0.0
    if not n:
        return
    mean, x_mean, y_mean, z_mean = sums[0] / n, sums[1] / n, sums[2] / n, sums[3] / n
    squares, x_squares, y_squares, z_squares = 0.0, 0.0, 0.0, 0.0  # about the means: plain squares would cancel
    for t in range(start, stop):
        if np.isfinite(dynamic[t]):
            windows[t - start] = dynamic[t]
            squares += (dynamic[t] - mean) ** 2
            x_squares += (axes[0, t] - x_mean) ** 2
            y_squares += (axes[1, t] - y_mean) ** 2
            z_squares += (axes[2, t] - z_mean) ** 2
    out[0], out[1], out[2] = mean, np.sqrt(squares / n), n_still / n
    out[3] = (np.sqrt(x_squares / n) + np.sqrt(y_squares / n) + np.sqrt(z_squares / n)) / 3.0
    out[4], out[6], out[7] = sums[4] / n, 1.0 - n_stuck / n, 1.0 - n_clipped / (3 * n)


@njit(cache=True, nogil=True)
def motion_statistics(first, last, axes, dynamic, firsts, still_g, stuck_run, rail_g, rail_run, windows, out):
    """Statistics of windows `first` to `last`, which start at samples `firsts`, ordered as `STATISTICS`, into `out`.

    `axes` (3, n) in g and `dynamic` (n), NaN where an axis is missing, are of the whole recording; windows may reach
    beyond it, which counts as missing. Samples in runs of `stuck_run` that differ in no axis are not varying; those of
    an axis in runs of `rail_run` equal values at `rail_g` or beyond are clipped. `windows` (n_windows, n_times) gets
    the dynamic part, infinity where it is missing, so that order statistics can be taken.
    """
    for w in range(first, last):
        _statistics(axes, dynamic, firsts[w], still_g, stuck_run, rail_g, rail_run, windows[w], out[w])
