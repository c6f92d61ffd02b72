"""Respiration beside NeuroKit2: ``NUMBA_NUM_THREADS=1 python benchmarks/peers_respiration.py [FOLDER]``.

A simulated belt of twenty minutes at 100 and 700 Hz, by both, turn by turn, best of all turns after one that compiles.
NeuroKit2 cleans, finds peaks, interpolates a rate and computes variability of the whole; physiofer finds breaths and
the statistics of 38 windows. Given the folder that holds ``physio/bio_*_100hz.csv``, it also prints how far the rate
estimated from ECG and pulse lies from that of the belt, minute by minute.
"""

import argparse
import importlib
import platform
import time
import warnings
from pathlib import Path

import neurokit2 as nk
import numpy as np
import pandas as pd

import physiofer
from physiofer.features import RespirationFeatures
from physiofer.recording import Stream
from physiofer.signals.respiration import breaths, respiration_rate_windows, rsa_peak_to_trough

STARTS_S = np.arange(0.0, 1140.0, 30.0)


def belt(rng, duration_s, rate):
    """A chest that rises for two fifths of each breath, breaths of about 4 s, a drift and some noise."""
    lengths = 4.0 * np.exp(0.12 * rng.standard_normal(int(duration_s / 3)))
    onsets_s = np.concatenate([[0.0], np.cumsum(lengths)])
    times_s = np.arange(int(duration_s * rate)) / rate
    turn = np.interp(times_s, onsets_s, np.arange(onsets_s.size)) % 1.0
    shape = np.where(turn < 0.4, np.sin(1.25 * np.pi * turn) ** 2, np.cos(np.pi * (turn - 0.4) / 1.2) ** 2)
    return shape + 1e-3 * times_s + 0.02 * rng.standard_normal(times_s.size)


def heart(rng, duration_s):
    """Beats of about 0.85 s, in whole milliseconds."""
    return np.cumsum(np.rint(rng.normal(850.0, 40.0, size=int(duration_s / 0.9)))) / 1000.0


def tasks(rate):
    """Name of each task, and what either library does for it."""
    neurokit_p2t = importlib.import_module("neurokit2.hrv.hrv_rsa")._hrv_rsa_p2t
    rng = np.random.default_rng(0)
    wave = belt(rng, 1200.0, rate)
    beats_s = heart(rng, 1200.0)
    rr_ms = 1000.0 * np.diff(beats_s)
    found = breaths(wave, float(rate))
    onsets = np.append(found.onset_s, found.peak_s[-1] + found.exhale_s[-1]) * 1000.0

    def neurokit_breaths():
        clean = nk.rsp_clean(wave, sampling_rate=rate)
        _, info = nk.rsp_peaks(clean, sampling_rate=rate)
        return clean, info

    def neurokit_rate():
        clean, info = neurokit_breaths()
        nk.rsp_rrv(nk.rsp_rate(clean, info, sampling_rate=rate), info, sampling_rate=rate)

    def neurokit_rsa():
        neurokit_p2t(onsets, 1000.0 * beats_s, 1000, rsp_peaks=1000.0 * found.peak_s)

    return {
        f"breaths, {rate} Hz": (lambda: breaths(wave, float(rate)), neurokit_breaths),
        f"breaths, rate, variability, {rate} Hz": (
            lambda: respiration_rate_windows(breaths(wave, float(rate)), STARTS_S, 60.0),
            neurokit_rate,
        ),
        "sinus arrhythmia, peak to trough": (lambda: rsa_peak_to_trough(beats_s, rr_ms, found), neurokit_rsa),
    }


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


def accuracy(folder):
    """Mean absolute difference to the belt's rates of each minute, 15 s apart, of the real recordings in a folder."""
    transformer = RespirationFeatures()
    names = list(transformer.feature_names)
    for path in sorted(Path(folder, "physio").glob("bio_*_100hz.csv")):
        table = pd.read_csv(path)
        starts_s = np.arange(0.0, len(table) / 100.0 - 59.9, 15.0)

        def features(column, kind, table=table, starts_s=starts_s):
            stream = Stream.regular(table[column].to_numpy(), 100.0, kind=kind)
            return pd.DataFrame(transformer.transform_stream(stream, starts_s, 60.0), columns=names)

        of_belt = features("RSP", "respiration")
        for column, kind in (("ECG", "ecg"), ("PPG", "bvp")):
            if column in table:
                rates = features(column, kind)["rate_spectral_per_min"]
                apart = [
                    f"{name.split('_')[1]} {(rates - of_belt[name]).abs().mean():.2f}"
                    for name in ("rate_mean_per_min", "rate_median_per_min", "rate_spectral_per_min")
                ]
                print(f"{path.name:32}{column:5}{', '.join(apart)}; no rate in {rates.isna().mean():.0%}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", help="folder of real recordings")
    parser.add_argument("--repeats", type=int, default=7, help="turns of each library")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"physiofer {physiofer.__version__}, neurokit2 {nk.__version__}, Python {platform.python_version()}; ms\n")
    print(f"{'task':40}{'physiofer':>12}{'peer':>12}{'times':>8}")
    for name, pair in (tasks(100) | tasks(700)).items():
        ours, theirs = best_ms(pair, options.repeats)
        print(f"{name:40}{ours:>12.2f}{theirs:>12.1f}{theirs / ours:>8.1f}")
    if options.folder:
        print("\nbreaths per minute from the belt's (its mean, median and spectral rate)")
        accuracy(options.folder)


if __name__ == "__main__":
    main()
