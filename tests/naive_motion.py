"""The obvious way to compute moments of windows and features of movement: loops that import nothing of physiofer."""

import math


def moments(row):
    """Share present, mean, population standard deviation, least, greatest and least-squares slope per sample."""
    known = [(t, value) for t, value in enumerate(row) if math.isfinite(value)]
    share = len(known) / len(row) if row else 0.0
    if not known:
        return [share] + [math.nan] * 5
    values = [value for _, value in known]
    mean = math.fsum(values) / len(values)
    centre = sum(t for t, _ in known) / len(known)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    slope = math.nan
    if len(known) > 1:
        slope = math.fsum((value - mean) * (t - centre) for t, value in known) / sum(
            (t - centre) ** 2 for t, _ in known
        )
    return [share, mean, spread, min(values), max(values), slope]


def quantile(values, share):
    """Quantile by linear interpolation between order statistics."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = int(position)
    return ordered[low] + (position - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


def share_in_runs(samples, least):
    """Share of samples that lie in runs of at least `least` equal ones."""
    lost, start = 0, 0
    for t in range(1, len(samples) + 1):
        if t == len(samples) or samples[t] != samples[start]:
            lost += t - start if t - start >= least else 0
            start = t
    return lost / len(samples)


def clipped_share(samples, least, rail):
    """Share of samples in runs of at least `least` equal ones at `rail` or beyond."""
    lost, start = 0, 0
    for t in range(1, len(samples) + 1):
        if t == len(samples) or samples[t] != samples[start]:
            lost += t - start if t - start >= least and abs(samples[start]) >= rail else 0
            start = t
    return lost / len(samples)


def motion_features(axes, dynamic, still_g, stuck_run, rail_g, rail_run):
    """Features and quality of one window of axes (3 lists) and its dynamic part, NaN where an axis is missing."""
    there = [t for t, value in enumerate(dynamic) if math.isfinite(value)]
    present = len(there) / len(dynamic)
    if not there:
        return [math.nan] * 5 + [0.0] * 4
    moved = [dynamic[t] for t in there]
    axes = [[axis[t] for t in there] for axis in axes]
    varying = 1.0 - share_in_runs(list(zip(*axes, strict=True)), stuck_run)
    unclipped = 1.0 - sum(clipped_share(axis, rail_run, rail_g) for axis in axes) / 3
    _, mean, spread, *_ = moments(moved)
    features = [math.log(max(1000.0 * value, 1.0)) for value in (mean, spread, quantile(moved, 0.9))]
    features.append(sum(value < still_g for value in moved) / len(moved))
    features.append(sum(moments(axis)[2] for axis in axes) / 3)
    if present < 0.5:
        features = [math.nan] * 5
    return [*features, present, varying, unclipped, present * varying * unclipped]
