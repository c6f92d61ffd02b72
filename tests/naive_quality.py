"""The obvious way to grade windows: slow loops that import nothing of physiofer."""

import cmath
import math


def in_range_share(row, low, high):
    """Share of all samples from low to high."""
    return sum(low <= value <= high for value in row) / len(row) if row else 0.0


def runs(row):
    """Runs of equal present values as (value, length)."""
    found = []
    for value in filter(math.isfinite, row):
        if found and found[-1][0] == value:
            found[-1][1] += 1
        else:
            found.append([value, 1])
    return found


def outside_plateaus(row, min_run, low=None, high=None):
    """Share of the present samples outside long runs at most low or at least high, its own extremes by default."""
    found = runs(row)
    if not found:
        return 0.0
    low = min(value for value, _ in found) if low is None else low
    high = max(value for value, _ in found) if high is None else high
    lost = sum(length for value, length in found if length >= min_run and (value <= low or value >= high))
    return 1.0 - lost / sum(length for _, length in found)


def block_means(row, factor):
    """Means of the present samples of each whole block; NaN where there is none."""
    means = []
    for block in range(len(row) // factor):
        inside = [value for value in row[block * factor : (block + 1) * factor] if math.isfinite(value)]
        means.append(sum(inside) / len(inside) if inside else math.nan)
    return means


def interpolated(row):
    """Straight lines over NaN, ends by the nearest sample."""
    known = [t for t, value in enumerate(row) if math.isfinite(value)]
    filled = []
    for t in range(len(row)):
        before, after = (
            max((k for k in known if k <= t), default=known[0]),
            min((k for k in known if k >= t), default=known[-1]),
        )
        share = (t - before) / (after - before) if after > before and before <= t <= after else 0.0
        filled.append(row[before] + share * (row[after] - row[before]))
    return filled


def power(segment):
    """Squared magnitude of the discrete Fourier transform, by its definition, of a Hann-tapered segment."""
    n = len(segment)
    tapered = [value * (0.5 - 0.5 * math.cos(2 * math.pi * t / n)) for t, value in enumerate(segment)]
    return [
        abs(sum(value * cmath.exp(-2j * math.pi * k * t / n) for t, value in enumerate(tapered))) ** 2
        for k in range(n // 2 + 1)
    ]


def comb_share(spectrum, first, last, reach):
    """Most of the power from bin `first` to `last` that a local maximum and its double, with their skirts, hold."""
    band = range(first, last + 1)
    whole = sum(spectrum[k] for k in band)
    best = 0.0
    for peak in band:
        if spectrum[peak] >= spectrum[peak - 1] and spectrum[peak] >= spectrum[peak + 1]:
            near = [k for k in band if abs(k - peak) <= reach or abs(k - 2 * peak) <= reach]
            best = max(best, sum(spectrum[k] for k in near))
    return best / whole


def spectral_purity(row, rate, low_hz, high_hz, segment_s):
    """Mean share over segments that overlap by at least half and reach from end to end."""
    factor = max(int(rate / (6 * high_hz)), 1)
    coarse = interpolated(block_means(row, factor))
    length = min(round(segment_s * rate / factor), len(coarse))
    n_segments = 1 + math.ceil(2 * (len(coarse) - length) / length)
    length_s = length * factor / rate
    first, last = math.ceil(low_hz * length_s - 1e-9), math.floor(high_hz * length_s + 1e-9)
    shares = []
    for segment in range(n_segments):
        start = round(segment * (len(coarse) - length) / max(n_segments - 1, 1))
        raw = row[start * factor : (start + length) * factor]
        if 2 * sum(map(math.isfinite, raw)) < len(raw):
            shares.append(0.0)
        else:
            shares.append(comb_share(power(coarse[start : start + length]), first, last, 2))
    return sum(shares) / n_segments
