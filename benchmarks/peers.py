"""physiofer beside NeuroKit2 on one simulated recording, in one run on one machine: ``python benchmarks/peers.py``.

Each task is done by both, turn by turn, after one turn that compiles and warms up; the table gives the median and the
spread (first to third quartile) of each, and the ratio of the medians. The tasks are what a study needs, not the same
algorithm: how good the outcome is, is a question for the tests.
"""

import argparse
import platform
import time
import warnings

import neurokit2 as nk
import numpy as np

import physiofer
from physiofer.datasets.synthetic import simulate_person
from physiofer.signals.cardiac import hrv_time, nn_intervals, pulse_beats
from physiofer.signals.eda import decompose, scr_peaks


def tasks(person):
    """Name of each task, and what either library does for it."""
    bvp, eda = person.streams["bvp"], person.streams["eda"]
    pulse, skin = bvp.values[0], eda.values[0]
    beats = pulse_beats(pulse, bvp.rate)
    rr_ms = nn_intervals(beats.beats_s, beats.quality)
    peaks = np.rint(beats.beats_s * 1000.0).astype(int)  # NeuroKit2 counts in samples: give it milliseconds

    def neurokit_pulse():
        nk.ppg_peaks(nk.ppg_clean(pulse, sampling_rate=int(bvp.rate)), sampling_rate=int(bvp.rate))

    def neurokit_skin():
        parts = nk.eda_phasic(skin, sampling_rate=int(eda.rate), method="highpass")
        nk.eda_peaks(parts["EDA_Phasic"].to_numpy(), sampling_rate=int(eda.rate), amplitude_min=0.02)

    def physiofer_skin():
        decompose(skin, eda.rate)
        scr_peaks(skin, eda.rate)

    return {
        "beats of a pulse wave": (lambda: pulse_beats(pulse, bvp.rate), neurokit_pulse),
        "skin conductance split, responses": (physiofer_skin, neurokit_skin),
        "heart rate variability, time domain": (
            lambda: hrv_time(rr_ms),
            lambda: nk.hrv_time(peaks, sampling_rate=1000),
        ),
    }


def seconds(function):
    """How long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15, help="turns of each library")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    person = simulate_person(0, seed=0, missing=False)[0]
    print(f"physiofer {physiofer.__version__}, neurokit2 {nk.__version__}, Python {platform.python_version()},")
    print(f"{platform.machine()}; {person.stop_s / 60:.0f} min of one person, {options.repeats} turns; ms\n")
    print(f"{'task':38}{'physiofer':>24}{'NeuroKit2':>24}{'times':>8}")
    for name, pair in tasks(person).items():
        for function in pair:
            function()
        turns = np.array([[seconds(function) for function in pair] for _ in range(options.repeats)]) * 1e3
        cells = [f"{mid:.2f} ({low:.2f}-{high:.2f})" for low, mid, high in np.quantile(turns, [0.25, 0.5, 0.75], 0).T]
        ours, theirs = np.median(turns, axis=0)
        print(f"{name:38}{cells[0]:>24}{cells[1]:>24}{theirs / ours:>8.1f}")


if __name__ == "__main__":
    main()
