"""Indices of an electromyogram from their definitions, in plain loops; imports nothing of physiofer."""

import cmath
import math


def amplitudes(values, rate, step_uv):
    """RMS, mean absolute value, waveform length, zero crossings and slope sign changes, the last three per second."""
    there = [v for v in values if not math.isnan(v)]
    steps, crossings, turns, changes = [], 0, 0, 0
    for before, after in zip(values[:-1], values[1:], strict=True):
        if math.isnan(before) or math.isnan(after):
            continue
        steps.append(abs(after - before))
        crossings += (before > 0 > after or before < 0 < after) and abs(after - before) >= step_uv
    for a, b, c in zip(values[:-2], values[1:-1], values[2:], strict=True):
        if any(math.isnan(v) for v in (a, b, c)):
            continue
        turns += 1
        is_extreme = (b > a and b > c) or (b < a and b < c)
        changes += is_extreme and max(abs(b - a), abs(b - c)) >= step_uv
    return {
        "rms_uv": math.sqrt(sum(v * v for v in there) / len(there)),
        "mav_uv": sum(map(abs, there)) / len(there),
        "waveform_uv_per_s": sum(steps) * rate / len(steps) if steps else math.nan,
        "zero_crossings_per_s": crossings * rate / len(steps) if steps else math.nan,
        "slope_changes_per_s": changes * rate / turns if turns else math.nan,
    }


def bridged(values):
    """Straight lines over missing samples, the nearest one at the ends."""
    known = [t for t, v in enumerate(values) if not math.isnan(v)]
    filled = []
    for t in range(len(values)):
        left = [k for k in known if k <= t]
        right = [k for k in known if k >= t]
        a, b = (left or right)[-1 if left else 0], (right or left)[0 if right else -1]
        filled.append(values[a] if a == b else values[a] + (values[b] - values[a]) * (t - a) / (b - a))
    return filled


def frequencies(values, rate, low_hz=20.0, high_hz=450.0):
    """Median and mean frequency by Welch's method: a second under Hann's window, half overlapping, sums of cosines."""
    n = min(round(rate), len(values))
    filled = bridged(values)
    hz = [k * rate / n for k in range(n // 2 + 1)]
    bins = [k for k, f in enumerate(hz) if low_hz <= f <= high_hz]
    power = {k: 0.0 for k in bins}
    n_segments = 0
    for first in range(0, len(values) - n + 1, n // 2):
        if sum(not math.isnan(v) for v in values[first : first + n]) < 0.75 * n:
            continue
        n_segments += 1
        segment = filled[first : first + n]
        mean = sum(segment) / n
        tapered = [(v - mean) * 0.5 * (1 - math.cos(2 * math.pi * t / n)) for t, v in enumerate(segment)]
        for k in bins:
            power[k] += abs(sum(v * cmath.exp(-2j * math.pi * k * t / n) for t, v in enumerate(tapered))) ** 2
    total = sum(power.values())
    if not n_segments or not total:
        return {"median_hz": math.nan, "mean_hz": math.nan}
    below = 0.0
    for k in bins:
        if below + power[k] >= total / 2:
            median = hz[k] + ((total / 2 - below) / power[k] - 0.5) * rate / n
            break
        below += power[k]
    return {"median_hz": median, "mean_hz": sum(hz[k] * power[k] for k in bins) / total}
