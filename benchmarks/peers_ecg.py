"""Beats of an ECG beside NeuroKit2: ``NUMBA_NUM_THREADS=1 python benchmarks/peers_ecg.py``.

First the time of ten minutes, by both, turn by turn, best of all turns after one that compiles. Then how many of the
beats of simulated recordings (``tests/fake_ecg.py``) either finds, as F1 with a tolerance of 150 ms, and how far from
their peaks: the median shift, in ms. ``--record FOLDER/100`` adds a record of MIT-BIH.
"""

import argparse
import platform
import sys
import time
import warnings
from pathlib import Path

import neurokit2 as nk
import numpy as np

import physiofer
from physiofer.signals.cardiac import ecg_beats, ecg_peaks

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
import fake_ecg
import wfdb_format


def neurokit_peaks(ecg, rate):
    """Beat times by NeuroKit2's own method; none where it fails."""
    try:
        peaks = nk.ecg_peaks(nk.ecg_clean(ecg, sampling_rate=int(rate)), sampling_rate=int(rate))[1]["ECG_R_Peaks"]
    except (IndexError, ValueError):
        return np.empty(0)
    return np.asarray(peaks) / int(rate)


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


def row(name, recordings):
    """One line: F1 and median shift of both, over recordings of (ecg, rate, true beats)."""
    cells = []
    for detect in (ecg_peaks, neurokit_peaks):
        scores = [fake_ecg.score(detect(ecg, rate), beats_s) for ecg, rate, beats_s in recordings]
        shifts_ms = 1e3 * np.concatenate([shifts_s for _, shifts_s in scores])
        shift = f"{np.median(shifts_ms):+.1f}" if shifts_ms.size else "-"
        cells += [f"{np.mean([f1 for f1, _ in scores]):.4f}", shift]
    print(f"{name:30}{cells[0]:>10}{cells[1]:>8}{cells[2]:>12}{cells[3]:>8}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15, help="turns of each library")
    parser.add_argument("--seeds", type=int, default=3, help="recordings of each condition")
    parser.add_argument("--record", help="record of MIT-BIH, without the ending of its files")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"physiofer {physiofer.__version__}, neurokit2 {nk.__version__}, Python {platform.python_version()}\n")
    print(f"{'ten minutes, ms':30}{'physiofer':>12}{'NeuroKit2':>12}{'times':>8}")
    for rate in (250, 1000):
        ecg = nk.ecg_simulate(duration=600, sampling_rate=rate, noise=0.05, method="simple", random_state=1)
        pair = (lambda: ecg_beats(ecg, rate), lambda: neurokit_peaks(ecg, rate))  # noqa: B023
        ours, theirs = best_ms(pair, options.repeats)
        print(f"{f'at {rate} Hz':30}{ours:>12.2f}{theirs:>12.2f}{theirs / ours:>8.1f}")
    print(f"\n{'F1, median shift (ms)':30}{'physiofer':>18}{'NeuroKit2':>20}")
    if options.record:
        signals, rate = wfdb_format.read_signals(options.record + ".hea")
        beats_s = wfdb_format.read_beats(options.record + ".atr") / rate
        for channel, ecg in enumerate(signals):
            row(f"{Path(options.record).name}, channel {channel}", [(ecg, rate, beats_s)])
    for name, condition in fake_ecg.CONDITIONS.items():
        rate = condition.get("rate", 250.0)
        made = [fake_ecg.simulate(seed, duration_s=120.0, **condition) for seed in range(options.seeds)]
        row(name, [(ecg, rate, beats_s) for ecg, beats_s in made])


if __name__ == "__main__":
    main()
