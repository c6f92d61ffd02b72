"""Spectra of EEG, slowly and as their papers print them."""

import math

import numpy as np
from scipy import signal


def coloured_noise(rng, exponent, shape, rate):
    """Noise of density frequency ** -exponent (unit ** 2 / Hz) from a sixteenth Hz on, cut from longer noise."""
    n_times = 4 * shape[-1]
    frequencies_hz = np.fft.rfftfreq(n_times, 1 / rate)
    amplitude = np.where(frequencies_hz >= 1 / 16, np.maximum(frequencies_hz, 1 / 16) ** (-0.5 * exponent), 0.0)
    parts = rng.standard_normal((2, *shape[:-1], frequencies_hz.size))
    return np.fft.irfft((parts[0] + 1j * parts[1]) * amplitude * np.sqrt(n_times * rate / 4), n_times)[..., : shape[-1]]


def segments(series, n_samples):
    """Segments that overlap by half or more, the last one at the end."""
    hop = n_samples - n_samples // 2
    n_segments = 1 + math.ceil((len(series) - n_samples) / hop)
    for k in range(n_segments):
        first = 0 if n_segments == 1 else round(k * (len(series) - n_samples) / (n_segments - 1))
        yield np.array(series[first : first + n_samples])


def hann(n_samples):
    """Hann's window, periodic."""
    return np.array([0.5 - 0.5 * math.cos(2 * math.pi * t / n_samples) for t in range(n_samples)])


def slepian(n_samples, half_bandwidth):
    """Slepian tapers that are 99 % concentrated, and their concentrations."""
    tapers, shares = signal.windows.dpss(n_samples, half_bandwidth, int(2 * half_bandwidth), return_ratios=True)
    return [(taper, share) for taper, share in zip(tapers, shares, strict=True) if share > 0.99]


def density(series, rate, n_samples, n_fft, tapers):
    """One-sided density: the mean over segments, and over tapers by their weights."""
    total, n_segments = np.zeros(n_fft // 2 + 1), 0
    times = np.arange(n_samples)
    for segment in segments(series, n_samples):
        if not all(math.isfinite(value) for value in segment):
            continue
        segment = segment - sum(segment) / n_samples
        n_segments += 1
        for taper, weight in tapers:
            norm = weight / sum(w for _, w in tapers) / (rate * sum(taper**2))
            for k in range(n_fft // 2 + 1):
                sides = 1 if k == 0 or 2 * k == n_fft else 2
                spectrum = (segment * taper * np.exp(-2j * np.pi * k * times / n_fft)).sum()
                total[k] += sides * norm * abs(spectrum) ** 2
    return total / n_segments if n_segments else total * np.nan


def fast_length(n_times):
    """The next product of twos, threes and fives."""
    while True:
        rest = n_times
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return n_times
        n_times += 1


def band_power(series, rate, low_hz, high_hz, n_samples, tapers):
    """Density of a spectrum of at most 0.5 Hz resolution, times what of each cell is inside the band."""
    n_fft = fast_length(max(n_samples, math.ceil(2 * rate)))
    step_hz, power = rate / n_fft, 0.0
    for k, value in enumerate(density(series, rate, n_samples, n_fft, tapers)):
        inside = min((k + 0.5) * step_hz, high_hz, rate / 2) - max((k - 0.5) * step_hz, low_hz, 0.0)
        is_half = k == 0 or 2 * k == n_fft  # of its cell only one half is there, but all of its power
        power += value * max(inside, 0.0) * (2 if is_half else 1)
    return power


def filtered_variance(series, rate, low_hz, high_hz):
    """Variance of a series, mirrored over and over, after a Butterworth filter both ways with -3 dB on the edges."""
    low, high = (math.tan(math.pi * edge_hz / rate) for edge_hz in (low_hz, high_hz))
    width = (high - low) / (math.sqrt(2) - 1) ** (1 / 8)  # each of the two passes takes 1.5 dB on the edges
    low, high = (0.5 * (math.sqrt(width**2 + 4 * low * high) + sign * width) for sign in (-1, 1))
    cutoffs_hz = [math.atan(edge) * rate / math.pi for edge in (low, high)]
    sections = signal.butter(4, cutoffs_hz, "bandpass", fs=rate, output="sos")
    n_times, margin = len(series), len(series) * math.ceil(60 * rate / (high_hz - low_hz) / len(series))
    filtered = signal.sosfiltfilt(sections, np.pad(series, margin, mode="symmetric"), padlen=0)
    return filtered[margin : margin + n_times].var()


def spectral_edge(frequencies_hz, values, share, low_hz, high_hz):
    """The power summed over cells that are cut at the edges, until the share is reached."""
    half_hz = 0.5 * (frequencies_hz[1] - frequencies_hz[0])
    cells = []
    for frequency_hz, value in zip(frequencies_hz, values, strict=True):
        left, right = max(frequency_hz - half_hz, low_hz), min(frequency_hz + half_hz, high_hz)
        if right > left:
            cells.append((left, right, value))
    missing = share * sum((right - left) * value for left, right, value in cells)
    for left, right, value in cells:
        if (right - left) * value >= missing * (1 - 1e-12):
            return left + missing / value
        missing -= (right - left) * value
    return math.nan


def aperiodic(frequencies_hz, values):
    """Exponent and offset by a line that is refined eight times, first by absolute deviations, then by the biweight."""
    x, y = np.log10(frequencies_hz), np.log10(values)
    weights = np.ones(len(x))
    for k in range(9):
        sides = np.sqrt(weights / frequencies_hz)
        slope, offset = np.linalg.lstsq(np.stack([sides * x, sides], axis=1), sides * y, rcond=None)[0]
        far = abs(y - offset - slope * x)
        spread = np.median(far) / 0.6745 + 1e-12
        for i in range(len(x)):
            if k < 4:
                weights[i] = 1 / max(far[i], 0.01 * spread)
            else:
                weights[i] = (1 - (far[i] / (3 * spread)) ** 2) ** 2 if far[i] < 3 * spread else 0.0
    return -slope, offset
