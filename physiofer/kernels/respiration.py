"""Loops over respiration: breaths from trough to trough, their statistics, spectra, and the heart in step with them."""

import numpy as np
from numba import njit

from .order import quantile, shell_sort

#: Order of the columns :func:`summarise_breaths` fills.
RESPIRATION = (
    "rate_mean_per_min", "rate_median_per_min", "rate_sd_per_min", "interval_sd_s", "interval_rmssd_s", "interval_cv",
    "inhale_mean_s", "exhale_mean_s", "pause_mean_s", "inhale_exhale_ratio", "duty_cycle", "depth_mean", "depth_cv",
    "apnoea_share",
)  # fmt: skip


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


@njit(cache=True, nogil=True)
def _segment_power(series, first, taper, cosines, sines, real, imaginary, out):
    """Power of the segment from `first` on, without its trend and tapered, at the frequencies of the tables.

    Phases count from the middle, so that the tables need the samples of one half only, the farthest first: what is even
    about the middle goes with the cosines, what is odd with the sines. Zero where nothing but rounding is left.
    """
    n_times, n_pairs = taper.size, cosines.shape[0]
    middle, mean, slope, norm, size, left = 0.5 * (n_times - 1), 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(n_times):
        mean += series[first + t] / n_times
        slope += series[first + t] * (t - middle)
        norm += (t - middle) ** 2
    slope = slope / norm if norm > 0.0 else 0.0
    for t in range(n_times):
        size = max(size, abs(series[first + t]))
        left = max(left, abs(series[first + t] - mean - slope * (t - middle)))
    centre = 0.0 if n_times == 2 * n_pairs else (series[first + n_pairs] - mean) * taper[n_pairs]
    for k in range(out.size):
        real[k], imaginary[k], out[k] = centre, 0.0, 0.0
    if left <= 1e-9 * size:
        return
    for t in range(n_pairs):
        before, after = series[first + t], series[first + n_times - 1 - t]
        even = (before + after - 2.0 * mean) * taper[t]
        odd = (after - before - 2.0 * slope * (middle - t)) * taper[t]
        for k in range(out.size):
            real[k] += even * cosines[t, k]
            imaginary[k] += odd * sines[t, k]
    for k in range(out.size):
        out[k] = real[k] ** 2 + imaginary[k] ** 2


@njit(cache=True, nogil=True)
def segment_power(first, last, rows, firsts, taper, cosines, sines, out):
    """Spectra of segments of rows `first` to `last` into `out` (n_rows, n_segments, n_frequencies)."""
    for row in range(first, last):
        real, imaginary = np.empty(out.shape[2]), np.empty(out.shape[2])
        for k in range(firsts.size):
            _segment_power(rows[row], firsts[k], taper, cosines, sines, real, imaginary, out[row, k])


@njit(cache=True, nogil=True)
def _spread(values, n):
    """Mean and standard deviation (ddof 1) of the first `n` values."""
    mean, squares = 0.0, 0.0
    for i in range(n):
        mean += values[i] / n
    for i in range(n):
        squares += (values[i] - mean) ** 2
    return mean, np.sqrt(squares / (n - 1)) if n > 1 else np.nan


@njit(cache=True, nogil=True)
def _intervals(breaths, first, last, stop_s, apnoea_s, intervals):
    """Lengths in s of the breaths that end in time and in no apnoea; how many, and their RMSSD."""
    n, squares, n_steps = 0, 0.0, 0
    before, due_s = np.nan, np.nan  # length of the breath before this one, and when this one had to start to follow it
    for i in range(first, last):
        onset, end, following = breaths[i, 0], breaths[i, 2], breaths[i, 3]
        if following > stop_s or following - end >= apnoea_s:
            before = np.nan
            continue
        if abs(onset - due_s) < 1e-6 and np.isfinite(before):
            squares += (following - onset - before) ** 2
            n_steps += 1
        before, due_s = following - onset, following
        intervals[n] = following - onset
        n += 1
    return n, np.sqrt(squares / n_steps) if n_steps > 1 else np.nan


@njit(cache=True, nogil=True)
def _phases(breaths, first, last, stop_s, apnoea_s, sums):
    """Sums over breaths: inhale, exhale, their ratio; pause and duty cycle of those that end in time, how many."""
    n_whole = 0
    sums[:] = 0.0
    for i in range(first, last):
        onset, peak, end, following = breaths[i, 0], breaths[i, 1], breaths[i, 2], breaths[i, 3]
        sums[0] += peak - onset
        sums[1] += end - peak
        sums[2] += (peak - onset) / (end - peak)
        if following <= stop_s and following - end < apnoea_s:
            sums[3] += following - end
            sums[4] += (peak - onset) / (following - onset)
            n_whole += 1
    return n_whole


@njit(cache=True, nogil=True)
def _summary(breaths, first, last, stop_s, apnoea_s, min_breaths, work, sums, out):
    """Statistics of the breaths from `first` to before `last` into `out`, ordered as `RESPIRATION`."""
    n, rmssd = _intervals(breaths, first, last, stop_s, apnoea_s, work)
    if n >= min_breaths:
        interval, interval_sd = _spread(work, n)
        out[3], out[4], out[5] = interval_sd, rmssd, interval_sd / interval
        for i in range(n):
            work[i] = 60.0 / work[i]
        out[0], out[2] = 60.0 / interval, _spread(work, n)[1]
        shell_sort(work, n)
        out[1] = quantile(work, n, 0.5)
    n = last - first
    if n >= min_breaths:
        n_whole = _phases(breaths, first, last, stop_s, apnoea_s, sums)
        out[6], out[7], out[9] = sums[0] / n, sums[1] / n, sums[2] / n
        if n_whole >= min_breaths:
            out[8], out[10] = sums[3] / n_whole, sums[4] / n_whole
        for i in range(n):
            work[i] = breaths[first + i, 4]
        mean, sd = _spread(work, n)
        out[11], out[12] = mean, sd / mean


@njit(cache=True, nogil=True)
def summarise_breaths(breaths, firsts, lasts, starts_s, window_s, apnoea_s, min_breaths, out, coverage):
    """Statistics of the breaths wholly inside each window into `out`; `coverage` is its share in breaths and pauses.

    `breaths` holds onset, peak, end, next onset (s) and depth, ordered in time; breaths `firsts` to before `lasts`
    begin inside the windows.
    """
    work, sums = np.empty(breaths.shape[0]), np.empty(5)
    for w in range(starts_s.size):
        start_s, stop_s = starts_s[w], starts_s[w] + window_s
        first, last = firsts[w], lasts[w]
        covered, still = 0.0, 0.0
        for i in range(max(first - 1, 0), last):
            onset, end, following = breaths[i, 0], breaths[i, 2], breaths[i, 3]
            covered += max(min(following, stop_s) - max(onset, start_s), 0.0)
            if following - end >= apnoea_s:
                still += max(min(following, stop_s) - max(end, start_s), 0.0)
        coverage[w] = min(covered / window_s, 1.0)
        for k in range(out.shape[1]):
            out[w, k] = np.nan
        if covered > 0.0:
            out[w, 13] = min(still / window_s, 1.0)
        if last > first and breaths[last - 1, 2] > stop_s:
            last -= 1
        _summary(breaths, first, last, stop_s, apnoea_s, min_breaths, work, sums, out[w])


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
