"""Time and memory from a DEAP-sized corpus to its EEG features.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python benchmarks/deap_eeg.py [--people 32]

32 people of 40 trials, 32 channels and 8064 samples at 128 Hz: 3 s of baseline and a minute of video. Pink noise stands
for the recordings, made person by person in the process that reads them. Each goes through ``pipeline.extract`` in
windows of 4 s to relative band power, differential entropy and asymmetry of five bands and the quality, less the
baseline of each trial. Seconds are those of the busiest process, without making the noise, after people that compile;
memory is the sum of the peaks of all processes, noise included.
"""

import argparse
import os
import resource
import time
from collections import defaultdict

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from physiofer import pipeline
from physiofer.features import EEGFeatures, FeatureTable
from physiofer.recording import Recording, Stream
from physiofer.signals.eeg import DEAP_CHANNELS

RATE, N_TRIALS, N_TIMES = 128.0, 40, 8064
BASELINE_S, VIDEO_S = 3.0, 60.0


def person(number):
    """A recording of trials without pauses, 10 uV of pink noise."""
    rng = np.random.default_rng(number)
    values = np.empty((len(DEAP_CHANNELS), N_TRIALS, N_TIMES))
    slope = 1.0 / np.sqrt(np.maximum(np.arange(N_TIMES // 2 + 1), 1.0))
    for trial in range(N_TRIALS):
        noise = np.fft.irfft(np.fft.rfft(rng.standard_normal((len(DEAP_CHANNELS), N_TIMES))) * slope, N_TIMES)
        values[:, trial] = 10.0 * noise / noise.std()
    values = values.reshape(len(DEAP_CHANNELS), -1)
    eeg = Stream.regular(values, RATE, channels=DEAP_CHANNELS, unit="uV", kind="eeg")
    onsets_s = np.arange(N_TRIALS) * N_TIMES / RATE + BASELINE_S
    trials = [f"video-{trial + 1}" for trial in range(N_TRIALS)]
    labels = rng.integers(1, 10, N_TRIALS)
    events = pd.DataFrame({"onset_s": onsets_s, "duration_s": VIDEO_S, "trial": trials, "valence": labels})
    return Recording(f"s{number + 1:02d}", streams={"eeg": eeg}, events=events)


def extracted(number, window_s):
    """Features of a person, seconds and processor seconds that they took, and which process with how much memory."""
    recording = person(number)
    start, start_cpu = time.perf_counter(), time.process_time()
    transformer = EEGFeatures(baseline_s=BASELINE_S)
    table = pipeline.extract([recording], modalities={"eeg": transformer}, window_s=window_s, step_s=window_s)
    return table, time.perf_counter() - start, time.process_time() - start_cpu, os.getpid(), peak_mb()


def peak_mb():
    """Most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def main():
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=32)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--window-s", type=float, default=4.0)
    options = parser.parse_args()
    with Parallel(n_jobs=options.jobs) as workers:
        workers(delayed(extracted)(1000 + job, options.window_s) for job in range(2 * options.jobs))
        found = workers(delayed(extracted)(number, options.window_s) for number in range(options.people))
    seconds, cpu, memory = defaultdict(float), defaultdict(float), {}
    for _, spent, spent_cpu, process, peak in found:
        seconds[process] += spent
        cpu[process] += spent_cpu
        memory[process] = max(memory.get(process, 0.0), peak)
    table = FeatureTable.concatenate([part for part, *_ in found])
    memory[os.getpid()] = peak_mb()
    shown = ", ".join(f"{mb:.0f}" for mb in memory.values())
    print(f"{options.people} people, {len(table)} windows of {options.window_s:g} s, {table.X.shape[1]} columns")
    busiest, busiest_cpu = max(seconds.values()), max(cpu.values())
    print(f"{busiest:.1f} s on {len(seconds)} processes, {busiest_cpu:.1f} s of processor time each")
    print(f"{sum(memory.values()):.0f} MB at most: {shown}")


if __name__ == "__main__":
    main()
