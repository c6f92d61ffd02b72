"""Breaths from trough to trough in smooth respiration, and what makes it smooth."""

import numpy as np
from numba import njit

from ..order import quantile, shell_sort


@njit(cache=True, nogil=True)
def block_means(values, factor, out):
    """Mean of the finite samples in each block of `factor`; NaN where fewer than half are there."""
    n_rows, n_blocks = out.shape
    for row in range(n_rows):
        for block in range(n_blocks):
            total, count = 0.0, 0
            for t in range(block * factor, (block + 1) * factor):
                if np.isfinite(values[row, t]):
                    total += values[row, t]
                    count += 1
            out[row, block] = total / count if 2 * count >= factor else np.nan


@njit(cache=True, nogil=True)
def median_of_five(rows, out):
    """Median of each sample and its two neighbours at either side, the ends by their nearest sample, of each row."""
    n_rows, n_times = rows.shape
    for row in range(n_rows):
        for t in range(n_times):
            a, b = rows[row, max(t - 2, 0)], rows[row, max(t - 1, 0)]
            d, e = rows[row, min(t + 1, n_times - 1)], rows[row, min(t + 2, n_times - 1)]
            low = max(min(a, b), min(d, e))  # the least and the greatest of four cannot be the median of five
            high = min(max(a, b), max(d, e))
            c = rows[row, t]
            out[row, t] = max(min(low, high), min(c, max(low, high)))


@njit(cache=True, nogil=True)
def extrema(series, steps, found):
    """Peaks and troughs in turn, each at least a step (of its block) away from the next; how many there are.

    `found` takes the sample and its kind: 1 a peak, -1 a trough, 2 the height that a rise had reached when a gap or the
    end cut it short, 0 the cut. What comes out is what stays if the pair of neighbours that differ least is taken out
    again and again until all differ by a step (the advanced count of Schaefer & Kratky 2008). The first extremum of a
    run is left out: nobody saw what was before it.
    """
    n_found, direction = 0, 0
    low, high = 0, 0  # samples of the least and the greatest value since the last extremum
    for t in range(series.size + 1):
        if t == series.size or not np.isfinite(series[t]):
            if direction > 0:
                found[n_found, 0], found[n_found, 1] = high, 2
                n_found += 1
            if direction != 0:
                found[n_found, 0], found[n_found, 1] = t, 0
                n_found += 1
            direction, low, high = 0, t + 1, t + 1
            continue
        if series[t] < series[low]:
            low = t
        if series[t] > series[high]:
            high = t
        step = steps[t * steps.size // series.size]
        if direction <= 0 and series[t] - series[low] >= step and series[t] > series[low]:
            if direction < 0:
                found[n_found, 0], found[n_found, 1] = low, -1
                n_found += 1
            direction, high = 1, t
        elif direction >= 0 and series[high] - series[t] >= step and series[t] < series[high]:
            if direction > 0:
                found[n_found, 0], found[n_found, 1] = high, 1
                n_found += 1
            direction, low = -1, t
    return n_found


@njit(cache=True, nogil=True)
def _block_ranges(series, ranges):
    """Difference of greatest and least value in each of equal blocks; NaN where there is nothing."""
    n_blocks = ranges.size
    for block in range(n_blocks):
        low, high = np.inf, -np.inf
        for t in range(block * series.size // n_blocks, (block + 1) * series.size // n_blocks):
            if np.isfinite(series[t]):
                low, high = min(low, series[t]), max(high, series[t])
        ranges[block] = high - low if high >= low else np.nan


@njit(cache=True, nogil=True)
def _running_median(values, half_width, out):
    """Median of the finite values up to `half_width` either side; NaN where there are none."""
    near = np.empty(2 * half_width + 1)
    for i in range(values.size):
        count = 0
        for k in range(max(i - half_width, 0), min(i + half_width + 1, values.size)):
            if np.isfinite(values[k]):
                near[count] = values[k]
                count += 1
        shell_sort(near, count)
        out[i] = quantile(near, count, 0.5) if count > 0 else np.nan


@njit(cache=True, nogil=True)
def _typical_swings(series, found, n_found, reach, out):
    """For each block, the swing between extrema at which half of their sum is reached, within `reach` samples.

    Wiggles may outnumber breaths, but hardly outweigh them. NaN where there is no swing.
    """
    swings = np.empty(n_found)
    first, last = 0, 0
    for block in range(out.size):
        centre = (block + 0.5) * series.size / out.size
        while first < n_found and found[first, 0] < centre - reach:
            first += 1
        while last < n_found and found[last, 0] <= centre + reach:
            last += 1
        count, total = 0, 0.0
        for k in range(first, last - 1):
            if found[k, 1] != 0 and found[k + 1, 1] != 0:
                swings[count] = abs(series[found[k + 1, 0]] - series[found[k, 0]])
                total += swings[count]
                count += 1
        shell_sort(swings, count)
        k, reached = 0, swings[0] if count > 0 else np.nan
        while 2.0 * reached < total:
            k += 1
            reached += swings[k]
        out[block] = swings[k] if count > 0 else np.nan


@njit(cache=True, nogil=True)
def find_steps(series, shares, half_widths, reach, least, found, steps):
    """How far neighbouring extrema must differ to count, for each of equal blocks of a series, into `steps`.

    `shares[1]` of the typical swing within `reach` samples, but of no less than half of the median of that over
    `half_widths[1]` blocks either side, so that a pause has no breaths. Swings lie between extrema that differ by
    `shares[0]` of the range inside a block (its median over `half_widths[0]` blocks either side). Nothing below `least`
    counts.
    """
    typical, around = np.empty(steps.size), np.empty(steps.size)
    _block_ranges(series, typical)
    _running_median(typical, half_widths[0], around)
    for block in range(steps.size):
        steps[block] = max(shares[0] * around[block], least)
    _typical_swings(series, found, extrema(series, steps, found), reach, typical)
    _running_median(typical, half_widths[1], around)
    for block in range(steps.size):
        swing = 0.5 * around[block] if not typical[block] > 0.5 * around[block] else typical[block]
        steps[block] = max(shares[1] * swing, least) if np.isfinite(swing) else np.inf


@njit(cache=True, nogil=True)
def _vertex(series, t):
    """Where the parabola through an extremum and its neighbours turns, in samples."""
    if t < 1 or t > series.size - 2:
        return float(t)
    bend = series[t - 1] - 2.0 * series[t] + series[t + 1]
    shift = 0.5 * (series[t - 1] - series[t + 1]) / bend if bend != 0.0 else 0.0
    return t + shift if abs(shift) <= 0.5 else float(t)


@njit(cache=True, nogil=True)
def _foot(series, trough, peak):
    """Where the flank between trough and peak begins: a trough may lie anywhere in a pause.

    A flank that starts as a parabola is four times as high at twice the time, so that it began as long before its tenth
    as four tenths come after it. The foot never lies beyond the trough.
    """
    height = series[peak] - series[trough]
    towards = 1 if peak > trough else -1
    t, later, reached = peak, 0.0, 0.0
    for share in (0.4, 0.1):
        later, level = reached, series[trough] + share * height
        while series[t] > level:
            t -= towards
        reached = t + towards * (level - series[t]) / (series[t + towards] - series[t])
    foot = 2.0 * reached - later
    vertex = _vertex(series, trough)
    return vertex if (foot - vertex) * towards < 0.0 else foot


@njit(cache=True, nogil=True)
def find_breaths(series, steps, cycle, found, out):
    """Breaths of smooth respiration into `out`: onset, peak, end, next onset (samples), depth; how many there are.

    Extrema count if they differ by the step of their block; a breath lasts between the two lengths of `cycle`, without
    the pause after it. NaN cuts the series.
    """
    n_found = extrema(series, steps, found)
    feet = np.full(n_found, np.nan)  # of the flank from each extremum to the next
    for k in range(n_found - 1):
        this, that = found[k, 1], found[k + 1, 1]
        if this == -1 and that > 0:
            feet[k] = _foot(series, found[k, 0], found[k + 1, 0])
        elif this == 1 and that == -1:
            feet[k] = _foot(series, found[k + 1, 0], found[k, 0])
    n_breaths = 0
    for k in range(n_found - 2):
        length = feet[k + 1] - feet[k]  # NaN where a gap is between them
        if found[k, 1] != -1 or not cycle[0] <= length <= cycle[1]:
            continue
        trough, peak, after = found[k, 0], found[k + 1, 0], found[k + 2, 0]
        floor = series[trough] + (series[after] - series[trough]) * (peak - trough) / (after - trough)
        out[n_breaths, 0] = feet[k]
        out[n_breaths, 1] = _vertex(series, peak)
        out[n_breaths, 2] = feet[k + 1]
        out[n_breaths, 3] = feet[k + 2]  # a trough is told only once a rise follows
        out[n_breaths, 4] = series[peak] - floor
        n_breaths += 1
    return n_breaths


@njit(cache=True, nogil=True)
def breaths_of_series(series, n_blocks, shares, half_widths, reach, least, cycle, out):
    """:func:`find_breaths` with the steps of :func:`find_steps`."""
    found = np.empty((2 * series.size + 2, 2), dtype=np.int64)
    steps = np.empty(n_blocks)
    find_steps(series, shares, half_widths, reach, least, found, steps)
    return find_breaths(series, steps, cycle, found, out)


@njit(cache=True, nogil=True)
def breaths_of_windows(first, last, rows, n_blocks, shares, half_widths, reach, least, cycle, out, counts):
    """:func:`breaths_of_series` for rows `first` to `last`."""
    for row in range(first, last):
        counts[row] = breaths_of_series(rows[row], n_blocks, shares, half_widths, reach, least[row], cycle, out[row])
