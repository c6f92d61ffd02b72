"""Electromyograms beside NeuroKit2 and SciPy: ``NUMBA_NUM_THREADS=1 python benchmarks/peers_emg.py``.

Ten minutes of one muscle at 1 kHz, by both, turn by turn, best of all turns after one that compiles. NeuroKit2 filters
from 100 Hz up and returns an envelope; indices are beside a NumPy pass for each, and frequencies by SciPy's Welch.
"""

import argparse
import platform
import time
import warnings

import neurokit2 as nk
import numpy as np
from scipy import signal

import physiofer
from physiofer.signals.emg import clean_emg, emg_envelope, emg_features

RATE = 1000


def muscle(rng, duration_s):
    """Noise of 20 to 150 Hz with bursts, 10 µV, on a drifting electrode."""
    times_s = np.arange(int(duration_s * RATE)) / RATE
    sections = signal.butter(2, (20.0, 150.0), "bandpass", fs=RATE, output="sos")
    noise = signal.sosfilt(sections, rng.standard_normal(times_s.size))
    strength = 10.0 + 20.0 * (np.sin(2 * np.pi * times_s / 5.0) > 0.8)
    return strength * noise / noise.std() + 300.0 + 50.0 * np.sin(2 * np.pi * 0.3 * times_s)


def with_numpy(windows):
    """The same seven indices by NumPy and SciPy, for samples that are all there."""
    steps = np.diff(windows, axis=1)
    np.sqrt((windows**2).mean(axis=1))
    np.abs(windows).mean(axis=1)
    np.abs(steps).sum(axis=1)
    ((windows[:, 1:] * windows[:, :-1] < 0) & (np.abs(steps) >= 1.0)).sum(axis=1)
    large = np.maximum(np.abs(steps[:, 1:]), np.abs(steps[:, :-1])) >= 1.0
    ((steps[:, 1:] * steps[:, :-1] < 0) & large).sum(axis=1)
    hz, power = signal.welch(windows, RATE, nperseg=RATE)
    hz[np.argmax(np.cumsum(power, axis=1) >= 0.5 * power.sum(axis=1, keepdims=True), axis=1)]
    return power @ hz / power.sum(axis=1)


def best_ms(functions, repeats):
    """Best time of each function, turn by turn, after one turn that compiles."""
    turns = []
    for _ in range(repeats + 1):
        times = []
        for function in functions:
            start = time.perf_counter()
            function()
            times.append(1e3 * (time.perf_counter() - start))
        turns.append(times)
    return np.min(turns[1:], axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=9, help="turns of each library")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    raw = muscle(np.random.default_rng(0), 600.0)
    windows = clean_emg(raw, RATE).reshape(-1, 60 * RATE)
    tasks = {
        "cleaning": (lambda: clean_emg(raw, RATE), lambda: nk.emg_clean(raw, sampling_rate=RATE)),
        "cleaning and envelope": (
            lambda: emg_envelope(raw, RATE),
            lambda: nk.emg_amplitude(nk.emg_clean(raw, sampling_rate=RATE)),
        ),
        "seven indices of ten windows": (lambda: emg_features(windows, RATE), lambda: with_numpy(windows)),
    }
    print(f"physiofer {physiofer.__version__}, neurokit2 {nk.__version__}, Python {platform.python_version()}; ms\n")
    print(f"{'task':32}{'physiofer':>12}{'peer':>12}{'times':>8}")
    for name, pair in tasks.items():
        ours, theirs = best_ms(pair, options.repeats)
        print(f"{name:32}{ours:>12.1f}{theirs:>12.1f}{theirs / ours:>8.1f}")


if __name__ == "__main__":
    main()
