"""Spectra of intervals in ms^2/Hz, one-sided: Welch's on the tachogram, Lomb's on the beats themselves."""

import numpy as np
from numba import njit

from .tachogram import TACHOGRAM_HZ, n_samples, stretches, tachogram

#: Order of the columns :func:`welch_windows` and :func:`lomb_windows` fill.
HRV_FREQUENCY = (
    "vlf_ms2", "lf_ms2", "hf_ms2", "total_ms2", "lf_nu", "hf_nu", "lf_hf", "vlf_peak_hz", "lf_peak_hz", "hf_peak_hz",
)  # fmt: skip

#: Length of the segments whose spectra are averaged, in s; they overlap by half.
SEGMENT_S = 300.0
#: Largest share of a segment that may be missing.
MAX_MISSING = 0.2


@njit(cache=True, nogil=True)
def welch_windows(first, last, beats_s, rr_ms, windows, edges_hz, floors_ms2, out):
    """Indices of Welch's spectrum of windows `first` to `last`; `windows` as for :func:`hrv_time_windows`."""
    for w in range(first, last):
        beats = beats_s[windows[w, 0] : windows[w, 0] + windows[w, 2]]
        inside = rr_ms[windows[w, 1] : windows[w, 1] + max(windows[w, 2] - 1, 0)]
        density, spacing, n_segments, limit_hz = welch_density(beats, inside, edges_hz[3])
        if n_segments:
            band_indices(density, spacing, limit_hz, edges_hz, floors_ms2[w], out[w])


@njit(cache=True, nogil=True)
def lomb_windows(first, last, beats_s, rr_ms, windows, edges_hz, floors_ms2, out):
    """Indices of Lomb's spectrum of windows `first` to `last`; `windows` as for :func:`hrv_time_windows`."""
    for w in range(first, last):
        beats = beats_s[windows[w, 0] : windows[w, 0] + windows[w, 2]]
        inside = rr_ms[windows[w, 1] : windows[w, 1] + max(windows[w, 2] - 1, 0)]
        density, spacing, n_segments, limit_hz = lomb_density(beats, inside, edges_hz[3])
        if n_segments:
            band_indices(density, spacing, limit_hz, edges_hz, floors_ms2[w], out[w])


@njit(cache=True, nogil=True)
def welch_density(beats_s, rr_ms, high_hz):
    """Welch's spectrum of the tachogram: (density, spacing in Hz, segments averaged, limit in Hz).

    Entry k of the density stands at k times the spacing. Segments last `SEGMENT_S` or, if no stretch between gaps does,
    as long as the longest stretch. The limit is where frequencies can no longer be told apart.
    """
    bounds, n_stretches = stretches(beats_s, rr_ms)
    length = 1
    for s in range(n_stretches):
        length = max(length, n_samples(beats_s, bounds[s, 0], bounds[s, 1]))
    length = min(length, int(SEGMENT_S * TACHOGRAM_HZ))
    spacing = TACHOGRAM_HZ / length
    density = np.zeros(min(int(high_hz / spacing + 0.5), (length - 1) // 2) + 1)
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
                add_periodogram(values, start, taper, density)
                n_segments += 1
    for k in range(density.size if n_segments else 0):
        density[k] *= 2.0 / (TACHOGRAM_HZ * taper_squares * n_segments)
    return density, spacing, n_segments, 0.5 * TACHOGRAM_HZ


@njit(cache=True, nogil=True)
def add_periodogram(values, start, taper, density):
    """Add the squared Fourier coefficients 1, 2, ... of a segment, detrended and tapered, to `density`.

    Samples are taken in pairs about the middle: their sum goes with the cosines, their difference with the sines.
    """
    n, n_harmonics = taper.size, density.size - 1
    centre = 0.5 * (n - 1)
    mean, slope = 0.0, 0.0
    for t in range(n):
        mean += values[start + t] / n
        slope += (t - centre) * values[start + t] / (n * (n * n - 1.0) / 12.0)
    turn = np.empty((6, n_harmonics))  # cosine, sine, their steps, sums with cosine and with sine
    offset = 0.5 if n % 2 == 0 else 1.0  # from the middle to the first pair
    for k in range(n_harmonics):
        angle = 2.0 * np.pi * (k + 1) / n
        turn[0, k], turn[1, k] = np.cos(angle * offset), np.sin(angle * offset)
        turn[2, k], turn[3, k] = np.cos(angle), np.sin(angle)
        turn[4, k] = 0.0 if n % 2 == 0 else (values[start + n // 2] - mean) * taper[n // 2]
        turn[5, k] = 0.0
    for pair in range(n // 2):
        left, right = n // 2 - 1 - pair, (n + 1) // 2 + pair
        below = (values[start + left] - mean - slope * (left - centre)) * taper[left]
        above = (values[start + right] - mean - slope * (right - centre)) * taper[right]
        for k in range(n_harmonics):
            cos, sin = turn[0, k], turn[1, k]
            turn[4, k] += (above + below) * cos
            turn[5, k] += (above - below) * sin
            turn[0, k] = cos * turn[2, k] - sin * turn[3, k]
            turn[1, k] = sin * turn[2, k] + cos * turn[3, k]
    for k in range(n_harmonics):
        density[k + 1] += turn[4, k] ** 2 + turn[5, k] ** 2


@njit(cache=True, nogil=True)
def lomb_density(beats_s, rr_ms, high_hz):
    """Lomb's spectrum of the intervals where they stand: (density, spacing in Hz, segments averaged, limit in Hz).

    Segments as in :func:`welch_density`, untapered; what falls into gaps is simply not there. Above the limit, half the
    mean heart rate, the spectrum of beats repeats itself mirrored: it is left zero there.
    """
    times_s, lengths_s, values = np.empty(rr_ms.size), np.empty(rr_ms.size), np.empty(rr_ms.size)
    n, origin_s, held_s, span_s = 0, 0.0, 0.0, 0.0
    for i in range(rr_ms.size):
        if np.isfinite(rr_ms[i]):
            origin_s = beats_s[i] if n == 0 else origin_s
            span_s = beats_s[i + 1] - origin_s
            times_s[n], lengths_s[n], values[n] = span_s, beats_s[i + 1] - beats_s[i], rr_ms[i]
            held_s += lengths_s[n]
            n += 1
    if n < 4:
        return np.zeros(1), 1.0, 0, 0.0
    length_s, limit_hz = min(span_s, SEGMENT_S), 0.5 * n / held_s
    density = np.zeros(int(high_hz * length_s + 0.5) + 1)
    n_segments, start, stop, inside_s = 0, 0, 0, 0.0
    for s in range(int((span_s - length_s) / (0.5 * length_s) + 1e-6) + 1):
        while stop < n and times_s[stop] <= length_s * (1.0 + 0.5 * s) * (1.0 + 1e-12):
            inside_s += lengths_s[stop]
            stop += 1
        while start < stop and times_s[start] <= 0.5 * length_s * s:
            inside_s -= lengths_s[start]
            start += 1
        if stop - start >= 4 and inside_s >= (1.0 - MAX_MISSING) * length_s:
            add_lomb(times_s, values, start, stop, length_s, limit_hz, inside_s / (stop - start), density)
            n_segments += 1
    for k in range(density.size):
        density[k] /= max(n_segments, 1)
    return density, 1.0 / length_s, n_segments, limit_hz


@njit(cache=True, nogil=True)
def add_lomb(times_s, values, start, stop, length_s, limit_hz, spacing_s, density):
    """Add what least-squares sinusoids of frequencies k / `length_s` take from the squares of detrended values.

    For one frequency that is twice Lomb's (1976) periodogram, written without his time shift, which cancels. Times the
    mean spacing of the values it is a density whose sum over frequencies is the variance.
    """
    n = stop - start
    centre_s, mean, slope, spread = 0.0, 0.0, 0.0, 0.0
    for j in range(start, stop):
        centre_s += times_s[j] / n
        mean += values[j] / n
    for j in range(start, stop):
        slope += (times_s[j] - centre_s) * (values[j] - mean)
        spread += (times_s[j] - centre_s) ** 2
    slope /= spread
    turn = np.empty((5, n))  # cosine, sine, their steps, what is left of the value
    for j in range(n):
        since_s = times_s[start + j] - centre_s
        turn[0, j], turn[1, j] = 1.0, 0.0
        turn[2, j], turn[3, j] = np.cos(2.0 * np.pi * since_s / length_s), np.sin(2.0 * np.pi * since_s / length_s)
        turn[4, j] = values[start + j] - mean - slope * since_s
    for k in range(1, min(density.size, int(limit_hz * length_s) + 1)):
        with_cos, with_sin, cos_cos, cos_sin = 0.0, 0.0, 0.0, 0.0
        for j in range(n):
            cos = turn[0, j] * turn[2, j] - turn[1, j] * turn[3, j]
            sin = turn[1, j] * turn[2, j] + turn[0, j] * turn[3, j]
            turn[0, j], turn[1, j] = cos, sin
            with_cos += turn[4, j] * cos
            with_sin += turn[4, j] * sin
            cos_cos += cos * cos
            cos_sin += cos * sin
        sin_sin = n - cos_cos
        determinant = cos_cos * sin_sin - cos_sin * cos_sin
        if determinant > 1e-9 * n * n:  # less: the beats see this frequency at one phase only
            taken = with_cos * with_cos * sin_sin - 2.0 * with_cos * with_sin * cos_sin + with_sin * with_sin * cos_cos
            density[k] += spacing_s * taken / determinant


@njit(cache=True, nogil=True)
def band_indices(density, spacing, limit_hz, edges_hz, floor_ms2, out):
    """Powers, shares and peaks of the bands between the four `edges_hz` into `out`, ordered as `HRV_FREQUENCY`.

    Entry k stands for the frequencies within half a spacing of its own, so that bands share the entry on their edge
    and no power is counted twice. NaN for bands beyond `limit_hz`. A peak is the highest entry inside a band, a ratio
    to no more than `floor_ms2` is nothing.
    """
    for band in range(3):
        low_hz, high_hz = edges_hz[band], edges_hz[band + 1]
        power, highest = 0.0, floor_ms2
        for k in range(1, density.size):
            share = min((k + 0.5) * spacing, high_hz) - max((k - 0.5) * spacing, low_hz)
            power += density[k] * max(share, 0.0)
            if low_hz <= k * spacing < high_hz and density[k] * spacing > highest:
                highest = density[k] * spacing
                out[7 + band] = k * spacing
        out[band] = power if low_hz < limit_hz else np.nan
    out[3] = out[0] + out[1] + out[2]
    if out[1] + out[2] > floor_ms2:
        out[4] = 100.0 * out[1] / (out[1] + out[2])
        out[5] = 100.0 * out[2] / (out[1] + out[2])
    if out[2] > floor_ms2:
        out[6] = out[1] / out[2]
