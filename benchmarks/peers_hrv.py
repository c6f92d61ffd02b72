"""Heart rate variability beside NeuroKit2, in one run on one machine, one thread.

``NUMBA_NUM_THREADS=1 python benchmarks/peers_hrv.py``

Beats of a simulated person; both libraries get the same ones, turn by turn, after one turn that compiles and warms up.
The table gives the median and the spread (first to third quartile) of each and the ratio of the medians. NeuroKit2
computes indices that we do not have and the other way round: it compares what a study calls. Compilation, which
happens once after installing, is timed in a new process without Numba's cache.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
import warnings

import neurokit2 as nk
import numpy as np

import physiofer
from physiofer.signals.cardiac import hrv, hrv_windows

_COMPILE = """
import time
import numba, numpy as np
numba.njit(lambda x: x + 1.0)(1.0)
from physiofer.signals.cardiac import hrv
start = time.process_time()
hrv(800 + 20 * np.random.default_rng(0).standard_normal(400))
print(time.process_time() - start)
"""


def simulated_beats(duration_s, seed=0):
    """Beat times in s of a heart that breathes at 15 a minute, with slower waves and beat-to-beat noise."""
    rng = np.random.default_rng(seed)
    beats_s = [0.0]
    while beats_s[-1] < duration_s:
        slow, fast = np.sin(2 * np.pi * 0.1 * beats_s[-1]), np.sin(2 * np.pi * 0.25 * beats_s[-1])
        beats_s.append(beats_s[-1] + 0.8 + 0.03 * slow + 0.03 * fast + 0.01 * rng.standard_normal())
    return np.array(beats_s[:-1])


def tasks():
    """Name of each task, and what either library does for it."""
    found = {}
    for length_s in (300, 60):
        beats_s = simulated_beats(length_s)
        rr_ms, peaks = 1000.0 * np.diff(beats_s), np.rint(1000.0 * beats_s).astype(int)
        found[f"all indices, {length_s} s"] = (
            lambda rr_ms=rr_ms: hrv(rr_ms),
            lambda peaks=peaks: nk.hrv(peaks, sampling_rate=1000),
        )
        found[f"time and frequency, {length_s} s"] = (
            lambda rr_ms=rr_ms: hrv(rr_ms, indices=("time", "frequency")),
            lambda peaks=peaks: (nk.hrv_time(peaks, sampling_rate=1000), nk.hrv_frequency(peaks, sampling_rate=1000)),
        )
    beats_s = simulated_beats(3600)
    rr_ms, starts_s = 1000.0 * np.diff(beats_s), np.linspace(0.0, 3540.0, 110)
    windows = [np.rint(1000.0 * (beats_s[(beats_s >= s) & (beats_s < s + 60)] - s)).astype(int) for s in starts_s]
    found["all indices, 110 windows of 60 s"] = (
        lambda: hrv_windows(beats_s, rr_ms, starts_s, 60.0),
        lambda: [nk.hrv(peaks, sampling_rate=1000) for peaks in windows],
    )
    return found


def seconds(function):
    """How long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def compile_seconds():
    """Processor time of the first call of :func:`hrv` in a new process, nothing compiled."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        done = subprocess.run([sys.executable, "-c", _COMPILE], env=environment, capture_output=True, check=True)
    return float(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15, help="turns of each library")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"physiofer {physiofer.__version__}, neurokit2 {nk.__version__}, Python {platform.python_version()},")
    print(f"{platform.machine()}; {options.repeats} turns; ms\n")
    print(f"{'task':38}{'physiofer':>24}{'NeuroKit2':>28}{'times':>8}")
    for name, pair in tasks().items():
        for function in pair:
            function()
        repeats = options.repeats if "110" not in name else max(options.repeats // 5, 1)
        turns = np.array([[seconds(function) for function in pair] for _ in range(repeats)]) * 1e3
        cells = [f"{mid:.2f} ({low:.2f}-{high:.2f})" for low, mid, high in np.quantile(turns, [0.25, 0.5, 0.75], 0).T]
        ours, theirs = np.median(turns, axis=0)
        print(f"{name:38}{cells[0]:>24}{cells[1]:>28}{theirs / ours:>8.0f}")
    print(f"\nfirst call, nothing compiled: {compile_seconds():.1f} s of processor time")


if __name__ == "__main__":
    main()
