"""The obvious way to compute what physiofer's kernels and features compute: slow loops that import nothing of it."""

import math
import statistics


def differences(rr_ms):
    """Successive differences; none crosses a rejected (NaN) interval."""
    return [b - a for a, b in zip(rr_ms[:-1], rr_ms[1:], strict=True) if math.isfinite(a) and math.isfinite(b)]


def quantile(values, share):
    """Quantile by linear interpolation between order statistics."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] * (1 - (position - low)) + ordered[high] * (position - low)


def hrv_time(rr_ms):
    """Every index from its definition; the series must hold at least three intervals in a row."""
    nn = [rr for rr in rr_ms if math.isfinite(rr)]
    steps = differences(rr_ms)
    rates = [60000.0 / rr for rr in nn]
    mean, median = sum(nn) / len(nn), statistics.median(nn)
    sdnn = statistics.stdev(nn)
    return {
        "mean_nn_ms": mean,
        "median_nn_ms": median,
        "sdnn_ms": sdnn,
        "rmssd_ms": math.sqrt(sum(step**2 for step in steps) / len(steps)),
        "sdsd_ms": statistics.stdev(steps),
        "pnn20": sum(abs(step) > 20 for step in steps) / len(steps),
        "pnn50": sum(abs(step) > 50 for step in steps) / len(steps),
        "mad_nn_ms": statistics.median(abs(rr - median) for rr in nn),
        "iqr_nn_ms": quantile(nn, 0.75) - quantile(nn, 0.25),
        "cvnn": sdnn / mean,
        "hr_mean_bpm": sum(rates) / len(rates),
        "hr_min_bpm": min(rates),
        "hr_max_bpm": max(rates),
        "hr_sd_bpm": statistics.stdev(rates),
    }


def reject_intervals(rr_ms, good, low_ms, high_ms, tolerance, half_width):
    """NaN where a beat is bad, a length implausible, or far from the median of its plausible neighbours."""
    plausible = [good[i] and good[i + 1] and low_ms <= rr <= high_ms for i, rr in enumerate(rr_ms)]
    kept = []
    for i, rr in enumerate(rr_ms):
        near = [rr_ms[k] for k in range(max(i - half_width, 0), min(i + half_width + 1, len(rr_ms))) if plausible[k]]
        trusted = plausible[i] and abs(rr - statistics.median(near)) <= tolerance * statistics.median(near)
        kept.append(rr if trusted else math.nan)
    return kept


def bridge_gaps(row):
    """Straight lines over NaN, ends by the nearest sample, zeros where there is nothing."""
    known = [t for t, value in enumerate(row) if math.isfinite(value)]
    filled = []
    for t in range(len(row)):
        before = [k for k in known if k <= t]
        after = [k for k in known if k >= t]
        if not known:
            filled.append(0.0)
        elif not before:
            filled.append(row[after[0]])
        elif not after or before[-1] == t:
            filled.append(row[before[-1]])
        else:
            a, b = before[-1], after[0]
            filled.append(row[a] + (row[b] - row[a]) * (t - a) / (b - a))
    return filled


def slope_per_minute(values, rate):
    """Least-squares slope over the finite samples."""
    pairs = [(t / rate / 60.0, value) for t, value in enumerate(values) if math.isfinite(value)]
    if len(pairs) < 2:
        return math.nan
    mean_t = sum(t for t, _ in pairs) / len(pairs)
    mean_v = sum(v for _, v in pairs) / len(pairs)
    return sum((t - mean_t) * (v - mean_v) for t, v in pairs) / sum((t - mean_t) ** 2 for t, _ in pairs)


def cut(times, values, start, stop):
    """Samples with start <= time < stop."""
    return [value for t, value in zip(times, values, strict=True) if start - 1e-9 <= t < stop - 1e-9]


def responses(series, min_amplitude, max_rise):
    """Onset and peak of every rise, by scanning: a fall of half the threshold ends it."""
    found, onset, peak = [], None, None
    for t, value in enumerate([*series, math.nan]):
        if onset is not None and not value >= series[peak] - 0.5 * min_amplitude:
            if series[peak] - series[onset] >= min_amplitude:
                found.append((onset, peak))
            onset = None
        if not math.isfinite(value):
            continue
        if onset is None or value <= series[onset]:
            onset = peak = t
        elif value > series[peak]:
            peak = t
            onset = max(onset, t - max_rise)
    return found
