"""Skin conductance made up for tests."""

import numpy as np

RATE = 4.0


def responses_on_level(onsets_s, amplitudes_us, duration_s, rate=RATE, level_us=2.0):
    """A level with one bi-exponential (Bateman) response after each onset, scaled to its peak."""
    times = np.arange(0, duration_s, 1 / rate)
    signal = np.full(times.size, level_us)
    for onset, amplitude in zip(onsets_s, amplitudes_us, strict=True):
        since = np.clip(times - onset, 0, None)
        shape = np.exp(-since / 3.0) - np.exp(-since / 0.75)
        signal += amplitude * shape / 0.4725  # maximum of the shape, at ln(4) s
    return signal


def skin(rng, rate, duration_s, *, noise=0.005, per_min=6.0, slow_s=2.3, fast_s=0.75):
    """A drifting level with responses at random and noise, in µS."""
    times = np.arange(0, duration_s, 1 / rate)
    onsets_s = np.sort(rng.uniform(-3.0, duration_s - 3.0, int(duration_s / 60 * per_min)))
    heights_us = 0.3 * np.exp(0.6 * rng.standard_normal(onsets_s.size))
    signal = 2 + 0.2 * np.sin(times / 37) + 0.001 * times + noise * rng.standard_normal(times.size)
    peak = np.exp(-1.28 / slow_s) - np.exp(-1.28 / fast_s)
    for onset_s, height_us in zip(onsets_s, heights_us, strict=True):
        since = np.clip(times - onset_s, 0, None)
        signal += height_us / peak * (np.exp(-since / slow_s) - np.exp(-since / fast_s))
    return signal
