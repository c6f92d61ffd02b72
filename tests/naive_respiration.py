"""The obvious way to compute what physiofer.signals.respiration computes: slow loops that import nothing of it."""

import cmath
import math
import statistics


def extrema(series, steps):
    """Samples and kinds (1 peak, -1 trough) of the extrema whose prominence is at least the step, on either side."""
    found = []
    for t in range(len(series)):
        for sign in (1, -1):
            value = sign * series[t]
            rises = []
            for side in (range(t - 1, -1, -1), range(t + 1, len(series))):
                lowest = value
                for k in side:
                    if sign * series[k] > value:
                        break
                    lowest = min(lowest, sign * series[k])
                rises.append(value - lowest)
            if min(rises) >= steps:
                found.append((t, sign))
    return found


def running_median(values, half_width):
    """Median of the finite values near each."""
    out = []
    for i in range(len(values)):
        near = [v for v in values[max(i - half_width, 0) : i + half_width + 1] if math.isfinite(v)]
        out.append(statistics.median(near) if near else math.nan)
    return out


def typical_swing(swings):
    """Of the swings in order of size, the one at which half of their sum is reached."""
    total = sum(swings)
    reached = 0.0
    for swing in sorted(swings):
        reached += swing
        if 2 * reached >= total - 1e-12 * total:
            return swing
    return math.nan


def statistics_of_breaths(breaths, apnoea_s=10.0):
    """Every statistic of rows (onset, peak, end, next onset, depth) from its definition."""
    whole = [row for row in breaths if row[3] - row[2] < apnoea_s]
    lengths = [row[3] - row[0] for row in whole]
    rates = [60.0 / length for length in lengths]
    steps = [
        (b[3] - b[0]) - (a[3] - a[0]) for a, b in zip(whole[:-1], whole[1:], strict=True) if abs(b[0] - a[3]) < 1e-6
    ]
    depths = [row[4] for row in breaths]
    span = breaths[-1][3] - breaths[0][0]
    return {
        "rate_mean_per_min": 60.0 * len(lengths) / sum(lengths),
        "rate_median_per_min": statistics.median(rates),
        "rate_sd_per_min": statistics.stdev(rates),
        "interval_sd_s": statistics.stdev(lengths),
        "interval_rmssd_s": math.sqrt(sum(s * s for s in steps) / len(steps)) if len(steps) > 1 else math.nan,
        "interval_cv": statistics.stdev(lengths) / statistics.mean(lengths),
        "inhale_mean_s": statistics.mean(row[1] - row[0] for row in breaths),
        "exhale_mean_s": statistics.mean(row[2] - row[1] for row in breaths),
        "pause_mean_s": statistics.mean(row[3] - row[2] for row in whole),
        "inhale_exhale_ratio": statistics.mean((row[1] - row[0]) / (row[2] - row[1]) for row in breaths),
        "duty_cycle": statistics.mean((row[1] - row[0]) / (row[3] - row[0]) for row in whole),
        "depth_mean": statistics.mean(depths),
        "depth_cv": statistics.stdev(depths) / statistics.mean(depths),
        "apnoea_share": sum(row[3] - row[2] for row in breaths if row[3] - row[2] >= apnoea_s) / span,
    }


def segment_power(segment, bins, n_padded):
    """Power of the discrete Fourier transform under Hann's window, the line of least squares taken out before.

    In units of the greatest value that the line leaves, squared.
    """
    n = len(segment)
    mean_t, mean_v = (n - 1) / 2, sum(segment) / n
    slope = sum((t - mean_t) * (v - mean_v) for t, v in enumerate(segment)) / sum((t - mean_t) ** 2 for t in range(n))
    left = [value - mean_v - slope * (t - mean_t) for t, value in enumerate(segment)]
    greatest = max(map(abs, left))
    power = []
    for k in bins:
        total = 0j
        for t, value in enumerate(left):
            taper = 0.5 - 0.5 * math.cos(2 * math.pi * (t + 0.5) / n)
            total += value / greatest * taper * cmath.exp(-2j * math.pi * k * t / n_padded)
        power.append(abs(total) ** 2)
    return power


def peak_to_trough(beats_s, rr_ms, breaths, apnoea_s=10.0, latency_s=0.75):
    """Longest interval of breathing out less the shortest of breathing in, of rows as above."""

    def inside(start, stop):
        return [
            rr
            for first, last, rr in zip(beats_s[:-1], beats_s[1:], rr_ms, strict=True)
            if math.isfinite(rr) and first >= start and last < stop + latency_s
        ]

    values = []
    for onset, peak, end, following, _ in breaths:
        going_in = inside(onset, peak)
        going_out = inside(peak, following if following - end < apnoea_s else end)
        values.append(max(max(going_out) - min(going_in), 0.0) if going_in and going_out else math.nan)
    return values


def means_between(values, edges):
    """Mean of the finite values between each edge (in samples) and the next, by a fine staircase."""
    out = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        n = 4000
        inside = [int(math.floor(low + (high - low) * (k + 0.5) / n)) for k in range(n)]
        found = [values[t] for t in inside if 0 <= t < len(values) and math.isfinite(values[t])]
        out.append(sum(found) / len(found) if 2 * len(found) >= n else math.nan)
    return out
