"""Beats of a pulse wave beside NeuroKit2: ``NUMBA_NUM_THREADS=1 python benchmarks/peers_pulse.py``.

A simulated wrist pulse with movements, by both, turn by turn, best of all turns after one that compiles: one long
recording at three rates, and the same recording cut into windows of a minute. NeuroKit2 cleans and finds peaks;
physiofer also says how good each beat is. With ``--accuracy`` the script prints instead how far intervals lie from the
truth on simulated pulses without noise and with it, and how much of pure noise survives as intervals.
"""

import argparse
import platform
import time
import warnings

import neurokit2 as nk
import numpy as np

import physiofer
from physiofer.datasets._physiology import beat_phase, ornstein_uhlenbeck, pink_noise, pulse_wave
from physiofer.signals.cardiac import nn_intervals, pulse_beats
from physiofer.signals.cardiac.pulse import pulse_beats_windows


def heart(rng, duration_s, rate, bpm=72.0, spread=0.05):
    """A pulse wave of unit height whose rate breathes and wanders, and the phase of its beats."""
    times_s = np.arange(int(duration_s * rate)) / rate
    breath = np.sin(2 * np.pi * 0.25 * times_s + 0.5 * ornstein_uhlenbeck(rng, times_s.size, rate, 10.0))
    wander = ornstein_uhlenbeck(rng, times_s.size, rate, 20.0)
    phase = beat_phase(bpm / 60.0 * np.exp(spread * (breath + 0.5 * wander)), rate)
    return pulse_wave(phase, 0.35), phase


def wrist(rng, duration_s, rate):
    """The pulse with noise, a wandering baseline and a movement every minute or so."""
    ppg = heart(rng, duration_s, rate)[0] + 0.05 * np.sqrt(rate / 64.0) * rng.standard_normal(int(duration_s * rate))
    ppg += ornstein_uhlenbeck(rng, ppg.size, rate, 5.0)
    for start_s in np.arange(30.0, duration_s - 5.0, 55.0):
        part = ppg[int(start_s * rate) : int((start_s + 3.0) * rate)]
        part += 3.0 * ornstein_uhlenbeck(rng, part.size, rate, 0.1)
    return ppg


def seconds(function):
    """How long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def tasks():
    """Name of each task, and what either library does for it."""
    rng = np.random.default_rng(0)
    recordings = {rate: wrist(rng, 3300.0 if rate < 1000 else 600.0, rate) for rate in (64, 250, 1000)}
    windows = recordings[64][: 55 * 60 * 64].reshape(55, 60 * 64)
    windows = np.concatenate([np.roll(windows, 97 * k, axis=1) for k in range(19)])[:1000]

    def neurokit(ppg, rate):
        return nk.ppg_peaks(nk.ppg_clean(ppg, sampling_rate=rate), sampling_rate=rate)

    def pair(rate):
        return lambda: pulse_beats(recordings[rate], float(rate)), lambda: neurokit(recordings[rate], rate)

    return {
        "55 min at 64 Hz": pair(64),
        "55 min at 250 Hz": pair(250),
        "10 min at 1 kHz": pair(1000),
        "1000 windows of 60 s at 64 Hz": (
            lambda: pulse_beats_windows(windows, 64.0),
            lambda: [neurokit(window, 64) for window in windows[:20]],  # the fiftieth part: see SHARES
        ),
        "... one call each": (lambda: [pulse_beats(window, 64.0) for window in windows], None),
    }


SHARES = {"1000 windows of 60 s at 64 Hz": 50}


def speed(turns):
    """Print the table of times."""
    print(f"{'task':34}{'physiofer':>12}{'NeuroKit2':>12}{'times':>8}   (ms, best of {turns} turns)")
    for name, (ours, theirs) in tasks().items():
        ours()
        our_ms = 1e3 * min(seconds(ours) for _ in range(turns))
        if theirs is None:
            print(f"{name:34}{our_ms:12.2f}")
            continue
        theirs()
        their_ms = 1e3 * SHARES.get(name, 1) * min(seconds(theirs) for _ in range(max(turns // 3, 2)))
        print(f"{name:34}{our_ms:12.2f}{their_ms:12.2f}{their_ms / our_ms:8.1f}")


def interval_errors_ms(found_s, true_s):
    """Errors of the intervals between true beats that were both found, the constant lag left out."""
    nearest = np.argmin(np.abs(found_s[:, np.newaxis] - true_s), axis=0)
    lag_s = found_s[nearest] - true_s
    is_found = np.abs(lag_s - np.median(lag_s)) < 0.2
    return 1e3 * np.diff(lag_s)[is_found[1:] & is_found[:-1]]


def accuracy():
    """Print interval errors and what survives of noise."""
    print("standard deviation of interval errors in ms, 5 min, SDNN about 5 % of the interval")
    for noise in (0.0, 0.1):
        for rate in (25.0, 30.0, 64.0, 100.0, 500.0):
            row = []
            for bpm in (45.0, 60.0, 75.0, 100.0, 150.0):
                rng = np.random.default_rng(0)
                ppg, phase = heart(rng, 300.0, rate, bpm)
                ppg = ppg + noise * ppg.std() * np.sqrt(rate / 64.0) * rng.standard_normal(ppg.size)
                true_s = np.interp(np.arange(3, int(phase[-1]) - 2) - 0.078, phase, np.arange(phase.size) / rate)
                row.append(f"{bpm:.0f} bpm {interval_errors_ms(pulse_beats(ppg, rate).beats_s, true_s).std():5.2f}")
            print(f"noise {noise:.1f}  {rate:5.0f} Hz   " + "   ".join(row))
    print("share of pure noise that survives as intervals, 20 windows of 60 s at 64 Hz: mean, greatest")
    rng, times_s = np.random.default_rng(0), np.arange(3840) / 64.0
    kinds = {
        "white": lambda: rng.standard_normal(3840),
        "pink": lambda: pink_noise(rng, 3840, 64.0, 0.1),
        "brown": lambda: np.cumsum(rng.standard_normal(3840)),
        "mains, aliased": lambda: np.sin(2 * np.pi * 50.0 * times_s) + 0.01 * rng.standard_normal(3840),
    }
    for name, noise_of in kinds.items():
        beats = [pulse_beats(noise_of(), 64.0) for _ in range(20)]
        covered = [np.nansum(nn_intervals(part.beats_s, part.quality)) / 60000.0 for part in beats]
        print(f"{name:16}{np.mean(covered):6.3f}{np.max(covered):7.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=9, help="turns of each task")
    parser.add_argument("--accuracy", action="store_true", help="print errors instead of times")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"physiofer {physiofer.__version__}, neurokit2 {nk.__version__}, Python {platform.python_version()}\n")
    if options.accuracy:
        accuracy()
    else:
        speed(options.turns)


if __name__ == "__main__":
    main()
