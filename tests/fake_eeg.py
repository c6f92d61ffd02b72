"""A head whose brain and eyes are known: smooth maps over standard positions, pink noise with alpha, and blinks."""

import mne
import numpy as np

CHANNELS = (
    "Fp1", "AF3", "F3", "F7", "FC5", "FC1", "C3", "T7", "CP5", "CP1", "P3", "P7", "PO3", "O1", "Oz", "Pz",
    "Fp2", "AF4", "Fz", "F4", "F8", "FC6", "FC2", "Cz", "C4", "T8", "CP6", "CP2", "P4", "P8", "PO4", "O2",
)  # fmt: skip


def positions(channels=CHANNELS):
    """Where the electrodes sit, on a sphere of radius 1."""
    names = mne.channels.get_builtin_montages()
    montage = mne.channels.make_standard_montage("colin27_1005" if "colin27_1005" in names else "standard_1005")
    points = np.array([montage.get_positions()["ch_pos"][name] for name in channels])
    points -= points.mean(axis=0)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def pink(rng, n_series, n_times):
    """Noise of 1/f power and standard deviation 1."""
    spectrum = rng.normal(size=(n_series, n_times // 2 + 1)) + 1j * rng.normal(size=(n_series, n_times // 2 + 1))
    spectrum /= np.sqrt(np.maximum(np.arange(n_times // 2 + 1), 1))
    series = np.fft.irfft(spectrum, n_times)
    return series / series.std(axis=1, keepdims=True)


def smooth_maps(rng, n_sources, points, width=0.6):
    """Maps of sources at random places: a bump over the electrodes near to them."""
    places = rng.normal(size=(n_sources, 3))
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    apart = np.linalg.norm(points[:, np.newaxis] - places, axis=2)
    return np.exp(-0.5 * (apart / width) ** 2)


def brain(rng, rate, seconds, channels=CHANNELS, n_sources=40):
    """EEG of the brain alone in uV (n_channels, n_times), about 10 uV: pink sources, alpha over the back."""
    points, n_times = positions(channels), int(rate * seconds)
    sources = pink(rng, n_sources, n_times)
    eeg = smooth_maps(rng, n_sources, points) @ sources
    eeg *= 8.0 / eeg.std()
    times = np.arange(n_times) / rate
    waxing = np.convolve(rng.normal(size=n_times), np.hanning(int(rate)), "same")
    alpha = np.sin(2 * np.pi * 10.0 * times) * waxing / waxing.std()
    back = np.exp(-0.5 * np.linalg.norm(points - points[channels.index("Oz")], axis=1) ** 2 / 0.25)
    return eeg + 6.0 * np.outer(back, alpha)


def blinks(rng, rate, seconds, every_s=4.0):
    """The course of blinks (n_times,), each 0.3 s long, of height 1 on average."""
    course = np.zeros(int(rate * seconds))
    shape = np.hanning(int(0.3 * rate))
    for start_s in np.arange(1.0, seconds - 1.0, every_s):
        first = int((start_s + rng.uniform(0.0, 0.5 * every_s)) * rate)
        course[first : first + shape.size] += shape[: course.size - first] * rng.uniform(0.7, 1.3)
    return course


def eye_map(channels=CHANNELS):
    """How much of a blink of the lids reaches each electrode: 1 above the eyes, little at the back."""
    points = positions(channels)
    front = points[[channels.index("Fp1"), channels.index("Fp2")]].mean(axis=0)
    apart = np.linalg.norm(points - front, axis=1)
    return np.exp(-apart / 0.4)
