"""Remote pulse beside the loops of its papers: ``NUMBA_NUM_THREADS=1 python benchmarks/peers_rppg.py [FOLDER]``.

A hundred regions over a minute at 30 Hz, by physiofer and by the loop of the paper in NumPy, turn by turn, best of all
turns after one that compiles; the loop runs once. Given the folder that holds ``welltory/subject_*``, it also prints
how far the mean heart rate of each fingertip lies from that of the chest strap, by every method.
"""

import argparse
import math
import platform
import time
from pathlib import Path

import numpy as np
from scipy import signal

import physiofer
from physiofer.signals import rppg

RATE = 30.0


def colours(n_regions, n_frames, seed=0):
    """Skin with a pulse of 72 bpm, wandering light and noise, (n_regions, 3, n_frames)."""
    rng = np.random.default_rng(seed)
    blood = 0.005 * np.sin(2 * np.pi * 1.2 * np.arange(n_frames) / RATE)
    light = 1.0 + 0.02 * np.sin(np.cumsum(0.1 * rng.standard_normal((n_regions, 1, n_frames)), axis=-1))
    skin = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood)
    return skin * light + 0.2 * rng.standard_normal((n_regions, 3, n_frames))


def pos_loop(rgb):
    """POS as its Algorithm 1 reads."""
    length, out = math.ceil(1.6 * RATE), np.zeros((len(rgb), rgb.shape[-1]))
    for row, trace in zip(out, rgb, strict=True):
        for first in range(trace.shape[1] - length + 1):
            window = trace[:, first : first + length]
            projected = np.array([[0, 1, -1], [-2, 1, 1]]) @ (window / window.mean(axis=1, keepdims=True))
            wave = projected[0] + projected[0].std() / projected[1].std() * projected[1]
            row[first : first + length] += wave - wave.mean()
    return out


def chrom_loop(rgb):
    """CHROM as its paper reads, with a filter run in each window."""
    length, out = 2 * math.ceil(0.8 * RATE), np.zeros((len(rgb), rgb.shape[-1]))
    sections = signal.butter(2, [40 / 60, 4.0], "bandpass", fs=RATE, output="sos")
    hann = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
    for row, trace in zip(out, rgb, strict=True):
        for first in range(0, trace.shape[1] - length + 1, length // 2):
            window = trace[:, first : first + length]
            r, g, b = window / window.mean(axis=1, keepdims=True) - 1.0
            both = np.stack([3 * r - 2 * g, 1.5 * r + g - 1.5 * b])
            x, y = signal.sosfiltfilt(sections, both, axis=1, padlen=length - 1)
            row[first : first + length] += hann * (x - x.std() / y.std() * y)
    return out


def best_ms(function, repeats):
    """Best time of a function after one turn that compiles."""
    function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times)


def accuracy(folder):
    """Mean heart rate of each fingertip less that of the chest strap, in bpm."""
    paths = sorted(Path(folder, "welltory").glob("subject_*"))
    print(f"{'bpm from the chest strap':26}" + "".join(f"{path.name[-2:]:>6}" for path in paths) + "  within 1.5")
    for method in rppg.METHODS:
        off = []
        for path in paths:
            table = np.genfromtxt(path / "PPG.csv", delimiter=",", skip_header=1)
            true = 60_000.0 / np.array((path / "RR.txt").read_text().split(), dtype=float).mean()
            grid = rppg.resample(table[:, 1:].T, table[:, 0] / 1000.0)
            found = rppg.heart_rate(rppg.pulse(grid.values, grid.rate, method=method).bvp, grid.rate)
            off.append(found.mean_bpm - true)
        print(f"{method:26}" + "".join(f"{value:>6.1f}" for value in off) + f"{sum(np.abs(off) <= 1.5):>12}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", help="folder of real recordings")
    parser.add_argument("--repeats", type=int, default=15, help="turns of physiofer")
    options = parser.parse_args()
    print(f"physiofer {physiofer.__version__}, Python {platform.python_version()}; 100 regions, 1800 frames; ms\n")
    rgb = colours(100, 1800)
    loops = {"pos": pos_loop, "chrom": chrom_loop}
    for name, (method, _) in rppg.METHODS.items():
        ours = best_ms(lambda method=method: method(rgb, RATE), options.repeats)
        line = f"{name:8}{ours:>10.1f}"
        if name in loops:
            start = time.perf_counter()
            loops[name](rgb)
            theirs = 1e3 * (time.perf_counter() - start)
            line += f"   loop of the paper {theirs:>8.0f}   {theirs / ours:>6.0f} times"
        print(line)
    if options.folder:
        print()
        accuracy(options.folder)


if __name__ == "__main__":
    main()
