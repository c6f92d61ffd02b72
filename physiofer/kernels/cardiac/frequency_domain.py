"""Spectra of intervals in ms^2/Hz, one-sided: Welch's on the tachogram, Lomb's on the beats themselves."""

import numpy as np
from numba import njit

from .tachogram import TACHOGRAM_HZ, covered_s, n_samples, stretches, tachogram

#: Order of the columns :func:`band_indices` fills.
HRV_FREQUENCY = (
    "vlf_ms2", "lf_ms2", "hf_ms2", "total_ms2", "lf_nu", "hf_nu", "lf_hf", "vlf_peak_hz", "lf_peak_hz", "hf_peak_hz",
)  # fmt: skip

#: Length of the segments whose spectra are averaged, in s; they overlap by half.
SEGMENT_S = 300.0
#: Largest share of a segment that may be missing.
MAX_MISSING = 0.2


@njit(cache=True, nogil=True)
def welch_density(beats_s, rr_ms, high_hz):
    """Welch's spectrum of the tachogram: (density, spacing in Hz, segments averaged); entry k is frequency k * spacing.

    Segments last `SEGMENT_S` or, if no stretch between gaps does, as long as the longest stretch.
    """
    bounds, n_stretches = stretches(beats_s, rr_ms)
    length = 1
    for s in range(n_stretches):
        length = max(length, n_samples(beats_s, bounds[s, 0], bounds[s, 1]))
    length = min(length, int(SEGMENT_S * TACHOGRAM_HZ))
    spacing = TACHOGRAM_HZ / length
    density = np.zeros(max(min(int(high_hz / spacing + 0.5), (length - 1) // 2), 0) + 1)
    taper = np.empty(length)
    taper_squares, n_segments = 0.0, 0
    for t in range(length):
        taper[t] = 0.5 - 0.5 * np.cos(2.0 * np.pi * t / length)  # Hann
        taper_squares += taper[t] * taper[t]
    for s in range(n_stretches):
        n = n_samples(beats_s, bounds[s, 0], bounds[s, 1])
        if n < max(length, 4):
            continue
        values, is_bridged = np.empty(n), np.empty(n, np.bool_)
        tachogram(beats_s, rr_ms, bounds[s, 0], bounds[s, 1], values, is_bridged)
        for start in range(0, n - length + 1, length - length // 2):
            n_bridged = 0
            for t in range(start, start + length):
                n_bridged += is_bridged[t]
            if n_bridged <= MAX_MISSING * length:
                add_periodogram(values[start : start + length], taper, density)
                n_segments += 1
    if n_segments:
        density *= 2.0 / (TACHOGRAM_HZ * taper_squares * n_segments)
    return density, spacing, n_segments


@njit(cache=True, nogil=True)
def add_periodogram(values, taper, density):
    """Add the squared Fourier coefficients 1, 2, ... of a detrended, tapered segment to `density`."""
    n = values.size
    centre = 0.5 * (n - 1)
    mean, slope, spread = 0.0, 0.0, 0.0
    for t in range(n):
        mean += values[t] / n
        slope += (t - centre) * values[t]
        spread += (t - centre) ** 2
    slope /= spread
    n_harmonics = density.size - 1
    angle = 2.0 * np.pi / n
    offset = 0.5 if n % 2 == 0 else 1.0  # from the middle to the first pair of samples on either side of it
    cos, sin, cos_step, sin_step = np.empty((4, n_harmonics))
    even, odd = np.zeros((2, n_harmonics))
    for k in range(n_harmonics):
        cos_step[k], sin_step[k] = np.cos((k + 1) * angle), np.sin((k + 1) * angle)
        cos[k], sin[k] = np.cos((k + 1) * angle * offset), np.sin((k + 1) * angle * offset)
        if n % 2:
            even[k] = (values[n // 2] - mean) * taper[n // 2]
    for pair in range(n // 2):
        left, right = (n - 1) // 2 - pair - n % 2, n // 2 + pair + n % 2
        below = (values[left] - mean - slope * (left - centre)) * taper[left]
        above = (values[right] - mean - slope * (right - centre)) * taper[right]
        both, apart = above + below, above - below
        for k in range(n_harmonics):  # frequencies side by side, turned from one pair to the next
            even[k] += both * cos[k]
            odd[k] += apart * sin[k]
            turned = cos[k] * cos_step[k] - sin[k] * sin_step[k]
            sin[k] = sin[k] * cos_step[k] + cos[k] * sin_step[k]
            cos[k] = turned
    for k in range(n_harmonics):
        density[k + 1] += even[k] * even[k] + odd[k] * odd[k]


@njit(cache=True, nogil=True)
def lomb_density(beats_s, rr_ms, high_hz):
    """Lomb's spectrum of the intervals where they stand: (density, spacing in Hz, segments averaged, limit in Hz).

    Segments as in :func:`welch_density`, untapered; what falls into gaps is simply not there. Above the limit, half the
    mean heart rate, the spectrum of beats repeats itself mirrored: it is left zero there.
    """
    times_s, lengths_s, values = np.empty(rr_ms.size), np.empty(rr_ms.size), np.empty(rr_ms.size)
    n, origin_s = 0, 0.0
    for i in range(rr_ms.size):
        if np.isfinite(rr_ms[i]):
            origin_s = beats_s[i] if n == 0 else origin_s
            times_s[n], lengths_s[n], values[n] = beats_s[i + 1] - origin_s, beats_s[i + 1] - beats_s[i], rr_ms[i]
            n += 1
    if n < 4:
        return np.zeros(1), 1.0, 0, 0.0
    span_s = times_s[n - 1]
    length_s = min(span_s, SEGMENT_S)
    limit_hz = 0.5 * n / covered_s(beats_s, rr_ms)
    density = np.zeros(int(high_hz * length_s + 0.5) + 1)
    n_segments, start, stop = 0, 0, 0
    for s in range(int((span_s - length_s) / (0.5 * length_s) + 1e-6) + 1):
        while start < n and times_s[start] <= 0.5 * length_s * s:
            start += 1
        while stop < n and times_s[stop] <= length_s * (1.0 + 0.5 * s) * (1.0 + 1e-12):
            stop += 1
        held_s = lengths_s[start:stop].sum()
        if stop - start >= 4 and held_s >= (1.0 - MAX_MISSING) * length_s:
            add_lomb(times_s[start:stop], values[start:stop], length_s, limit_hz, held_s / (stop - start), density)
            n_segments += 1
    if n_segments:
        density /= n_segments
    return density, 1.0 / length_s, n_segments, limit_hz


@njit(cache=True, nogil=True)
def add_lomb(times_s, values, length_s, limit_hz, spacing_s, density):
    """Add what least-squares sinusoids of frequencies k / `length_s` take from the squares of detrended values.

    For one frequency that is twice Lomb's (1976) periodogram, written without his time shift, which cancels. Times the
    mean spacing of the values it is a density whose sum over frequencies is the variance.
    """
    n = values.size
    centre_s, mean = times_s.mean(), values.mean()
    slope, spread = 0.0, 0.0
    for j in range(n):
        slope += (times_s[j] - centre_s) * (values[j] - mean)
        spread += (times_s[j] - centre_s) ** 2
    slope /= spread
    rest, cos, sin, cos_step, sin_step = np.empty((5, n))
    for j in range(n):
        rest[j] = values[j] - mean - slope * (times_s[j] - centre_s)
        angle = 2.0 * np.pi * (times_s[j] - centre_s) / length_s
        cos[j], sin[j] = 1.0, 0.0
        cos_step[j], sin_step[j] = np.cos(angle), np.sin(angle)
    for k in range(1, min(density.size, int(limit_hz * length_s) + 1)):
        for j in range(n):  # turned from one frequency to the next
            turned = cos[j] * cos_step[j] - sin[j] * sin_step[j]
            sin[j] = sin[j] * cos_step[j] + cos[j] * sin_step[j]
            cos[j] = turned
        with_cos, with_sin, cos_cos, cos_sin = 0.0, 0.0, 0.0, 0.0
        for j in range(n):
            with_cos += rest[j] * cos[j]
            with_sin += rest[j] * sin[j]
            cos_cos += cos[j] * cos[j]
            cos_sin += cos[j] * sin[j]
        sin_sin = n - cos_cos
        taken = with_cos * with_cos * sin_sin - 2.0 * with_cos * with_sin * cos_sin + with_sin * with_sin * cos_cos
        determinant = cos_cos * sin_sin - cos_sin * cos_sin
        if determinant > 1e-9 * n * n:  # less: the beats see this frequency at one phase only
            density[k] += spacing_s * taken / determinant


@njit(cache=True, nogil=True)
def band_indices(density, spacing, edges_hz, floor_ms2, out):
    """Powers, shares and peaks of the bands between the four `edges_hz` into `out`, ordered as `HRV_FREQUENCY`.

    Entry k stands for the frequencies within half a spacing of its own, so that bands share the entry on their edge and
    no power is counted twice. A peak is the highest entry inside a band, a ratio of powers below `floor_ms2` is nothing.
    """
    for index in range(out.size):
        out[index] = np.nan
    for band in range(3):
        low_hz, high_hz = edges_hz[band], edges_hz[band + 1]
        power, highest = 0.0, floor_ms2
        for k in range(1, density.size):
            share = min((k + 0.5) * spacing, high_hz) - max((k - 0.5) * spacing, low_hz)
            power += density[k] * max(share, 0.0)
            if low_hz <= k * spacing < high_hz and density[k] * spacing > highest:
                highest = density[k] * spacing
                out[7 + band] = k * spacing
        out[band] = power
    out[3] = out[0] + out[1] + out[2]
    if out[1] + out[2] > floor_ms2:
        out[4] = 100.0 * out[1] / (out[1] + out[2])
        out[5] = 100.0 * out[2] / (out[1] + out[2])
    if out[2] > floor_ms2:
        out[6] = out[1] / out[2]
