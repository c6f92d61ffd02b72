"""How far windows, as rows, can be trusted: shares in range, outside plateaus, and of power in one rhythm."""

import numpy as np
from numba import njit

from .gaps import bridge_gaps


@njit(cache=True, nogil=True)
def in_range_share(rows, low, high, out):
    """Share of all samples of each row from `low` to `high`; NaN is outside, an empty row has 0."""
    n_rows, n_times = rows.shape
    for row in range(n_rows):
        count = 0
        for t in range(n_times):
            count += low <= rows[row, t] <= high
        out[row] = count / max(n_times, 1)


@njit(cache=True, nogil=True)
def _finite_extremes(values):
    """Least and greatest finite value; (inf, -inf) if there is none."""
    least, greatest = np.inf, -np.inf
    for value in values:
        if np.isfinite(value):
            least, greatest = min(least, value), max(greatest, value)
    return least, greatest


@njit(cache=True, nogil=True)
def _outside_plateaus(values, min_run, low, high):
    """Share of the finite values that lie in no run of `min_run` equal values at most `low` or at least `high`."""
    n_present, n_lost, run, last = 0, 0, 0, np.nan
    for value in values:
        if not np.isfinite(value):
            continue  # a lost sample neither ends a run nor belongs to it
        n_present += 1
        run = run + 1 if value == last else 1
        last = value
        if run >= min_run and (value <= low or value >= high):
            n_lost += min_run if run == min_run else 1
    return (n_present - n_lost) / n_present if n_present else 0.0


@njit(cache=True, nogil=True)
def outside_plateaus(rows, min_run, low, high, out):
    """:func:`_outside_plateaus` of each row; NaN for `low` or `high` stands for the row's own extreme."""
    for row in range(rows.shape[0]):
        least, greatest = _finite_extremes(rows[row])
        below = least if np.isnan(low) else low
        above = greatest if np.isnan(high) else high
        out[row] = _outside_plateaus(rows[row], min_run, below, above)


@njit(cache=True, nogil=True)
def _block_means(values, factor, means, counts):
    """Means of the finite values of each block of `factor`, NaN where there is none; how many; least and greatest."""
    least, greatest = np.inf, -np.inf
    for block in range(means.size):
        total, count = 0.0, 0
        for t in range(block * factor, (block + 1) * factor):
            if np.isfinite(values[t]):
                total += values[t]
                count += 1
        counts[block] = count
        means[block] = np.nan
        if count:
            means[block] = total / count
            least, greatest = min(least, means[block]), max(greatest, means[block])
    return least, greatest


@njit(cache=True, nogil=True)
def _total(counts, first, stop):
    """Sum of counts from `first` until `stop`."""
    total = 0
    for k in range(first, stop):
        total += counts[k]
    return total


@njit(cache=True, nogil=True)
def tapered_segments(rows, factor, firsts, taper, out):
    """Segments (n_rows, n_segments, taper.size) of the block means of each row, bridged and tapered, into `out`.

    Each row is shifted and scaled to -1..1. `out` holds zeros; segments keep them where more than half of their
    samples, or of their row's, are missing.
    """
    coarse = np.empty((1, rows.shape[1] // factor))
    counts = np.empty(coarse.size, dtype=np.int64)
    for row in range(rows.shape[0]):
        least, greatest = _block_means(rows[row], factor, coarse[0], counts)
        middle, reach = 0.5 * least + 0.5 * greatest, 0.5 * greatest - 0.5 * least
        is_flat = not reach > 1e-9 * max(abs(least), abs(greatest))  # what is left is rounding
        if is_flat or 2 * _total(counts, 0, counts.size) < coarse.size * factor:
            continue
        bridge_gaps(coarse)
        for t in range(coarse.size):
            coarse[0, t] = (coarse[0, t] - middle) / reach
        for segment in range(firsts.size):
            first = firsts[segment]
            if 2 * _total(counts, first, first + taper.size) >= taper.size * factor:
                for t in range(taper.size):
                    out[row, segment, t] = taper[t] * coarse[0, first + t]


@njit(cache=True, nogil=True)
def _comb_share(power, first_bin, reach, floor, cumulative):
    """Largest share of the power within `reach` bins of a local maximum and of its double; 0 below `floor`.

    `power` starts at bin `first_bin` - 1 and ends one bin after the band: what decays into the band is no maximum.
    """
    n_bins = power.size - 2
    cumulative[0] = 0.0
    for k in range(n_bins):
        cumulative[k + 1] = cumulative[k] + power[k + 1]
    if not cumulative[n_bins] > floor:
        return 0.0
    best = 0.0
    for k in range(n_bins):
        if power[k + 1] < power[k] or power[k + 1] < power[k + 2]:
            continue
        stop = min(k + reach + 1, n_bins)
        inside = cumulative[stop] - cumulative[max(k - reach, 0)]
        double = 2 * k + first_bin
        low, high = max(double - reach, stop), min(double + reach + 1, n_bins)
        if low < high:
            inside += cumulative[high] - cumulative[low]
        best = max(best, inside)
    return min(best / cumulative[n_bins], 1.0)


@njit(cache=True, nogil=True)
def mean_comb_share(power, first_bin, reach, floor, out):
    """Mean over segments of :func:`_comb_share` for `power` (n_rows, n_segments, n_bins)."""
    cumulative = np.empty(power.shape[2])
    for row in range(power.shape[0]):
        total = 0.0
        for segment in range(power.shape[1]):
            total += _comb_share(power[row, segment], first_bin, reach, floor, cumulative)
        out[row] = total / power.shape[1]
