"""Skin conductance: physiofer beside NeuroKit2 (and cvxEDA through it), how time grows, and what is found.

    NUMBA_NUM_THREADS=1 python benchmarks/peers_eda.py [--repeats 7] [--hours 4]

NeuroKit2's convex decomposition needs cvxopt. Each task is done by both, turn by turn, after one turn that compiles and
warms up; the tables give the median of the turns, their spread (first to third quartile) and the ratio of the medians.
The last table tells which of the simulated responses are found, by what is true of the simulation.
"""

import argparse
import platform
import resource
import time
import warnings

import neurokit2 as nk
import numpy as np

import physiofer
from physiofer.datasets import _physiology as physiology
from physiofer.signals.eda import cvxeda, decompose, eda_symp, scr_peaks


def skin(rng, rate, duration_s, *, per_min=6.0, height_us=0.1, noise_us=0.002):
    """A smooth level with responses of people's different shapes, as a wrist sensor rounds it; the truth beside it."""
    n_times = int(duration_s * rate)
    rise_s, decay_s = rng.uniform(0.6, 0.9), rng.uniform(2.0, 4.0)
    onsets_s = np.sort(rng.uniform(0.0, duration_s - 5.0, rng.poisson(per_min * duration_s / 60.0)))
    onsets_s = onsets_s[np.diff(onsets_s, prepend=-np.inf) > 1.0]
    heights_us = height_us * np.exp(0.6 * rng.standard_normal(onsets_s.size))
    phasic_us = physiology.skin_responses(onsets_s, heights_us, n_times, rate, rise_s=rise_s, decay_s=decay_s)
    wander = physiology.ornstein_uhlenbeck(rng, n_times, rate, 240.0)
    for _ in range(2):
        wander = physiology.first_order_lag(wander, rate, 15.0)
    level_us = 2.0 * np.exp(0.1 * wander + 0.2 * np.linspace(-0.5, 0.5, n_times))
    signal = physiology.quantise(level_us + phasic_us + noise_us * rng.standard_normal(n_times), 0.00128)
    peak_s = rise_s * decay_s / (decay_s - rise_s) * np.log(decay_s / rise_s)
    return signal, onsets_s, onsets_s + peak_s, heights_us


def seconds(function):
    """How long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def compare(name, ours, theirs, repeats):
    """One row of the table of speed."""
    for function in (ours, theirs):
        function()
    turns = np.array([[seconds(ours), seconds(theirs)] for _ in range(repeats)]) * 1e3
    cells = [f"{mid:.2f} ({low:.2f}-{high:.2f})" for low, mid, high in np.quantile(turns, [0.25, 0.5, 0.75], 0).T]
    ratio = np.divide(*np.median(turns, axis=0)[::-1])
    print(f"{name:38}{cells[0]:>26}{cells[1]:>30}{ratio:>8.1f}", flush=True)


def speed(repeats):
    """Both libraries on five minutes at three rates."""
    print(f"{'five minutes; ms':38}{'physiofer':>26}{'NeuroKit2':>30}{'times':>8}")
    rng = np.random.default_rng(0)
    for rate in (4, 32, 128):
        signal = skin(rng, rate, 300.0)[0]
        compare(
            f"convex decomposition, {rate} Hz",
            lambda signal=signal, rate=rate: cvxeda(signal, rate),
            lambda signal=signal, rate=rate: nk.eda_phasic(signal, sampling_rate=rate, method="cvxeda"),
            repeats,
        )
    signal = skin(rng, 4, 300.0)[0]
    compare(
        "high-pass decomposition, 4 Hz",
        lambda: decompose(signal, 4, method="highpass"),
        lambda: nk.eda_phasic(signal, sampling_rate=4, method="highpass"),
        repeats,
    )
    compare(
        "responses, 4 Hz",
        lambda: scr_peaks(signal, 4),
        lambda: nk.eda_peaks(signal - signal.mean(), sampling_rate=4, amplitude_min=0.02),
        repeats,
    )
    compare(
        "sympathetic index, 4 Hz",
        lambda: eda_symp(signal, 4),
        lambda: nk.eda_sympathetic(signal, sampling_rate=4, method="posada"),
        repeats,
    )


def growth(hours):
    """Time per sample of the convex decomposition from five minutes on, 128 Hz, one call each."""
    print(f"\n{'convex decomposition at 128 Hz':38}{'samples':>12}{'s':>10}{'us/sample':>12}{'peak MB':>10}")
    duration_s = 300.0
    while duration_s <= hours * 3600.0:
        signal = skin(np.random.default_rng(1), 128, duration_s)[0]
        took = seconds(lambda signal=signal: cvxeda(signal, 128))
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        name = f"{duration_s / 60:.0f} min"
        print(f"{name:38}{signal.size:>12}{took:>10.2f}{1e6 * took / signal.size:>12.2f}{peak_mb:>10.0f}", flush=True)
        duration_s *= 48.0 ** (1 / 3)


def f1(found_s, true_s, tolerance_s=1.5):
    """F1 of events paired one to one with the nearest true one within the tolerance."""
    free = np.ones(true_s.size, dtype=bool)
    for time_s in found_s:
        distance_s = np.where(free, np.abs(true_s - time_s), np.inf)
        if distance_s.size and distance_s.min() <= tolerance_s:
            free[distance_s.argmin()] = False
    return 2.0 * np.count_nonzero(~free) / max(len(found_s) + true_s.size, 1)


def detection(n_people=10, threshold_us=0.02):
    """F1 of responses of 0.02 uS or more by their peaks, and correlation of the driver with the true onsets."""
    print(f"\nF1 of peaks, {n_people} people x 10 min at 4 Hz, and the driver's correlation with the onsets (0.75 s)")
    print(f"{'median height, noise (uS)':28}{'per min':>8}{'signal':>9}{'highpass':>10}{'cvxeda':>9}{'driver r':>10}")
    for height_us, noise_us in ((0.1, 0.002), (0.03, 0.001), (1.0, 0.002), (0.1, 0.01)):
        for per_min in (2, 6, 12, 20):
            rows = []
            for person in range(n_people):
                rng = np.random.default_rng(person)
                options = {"per_min": per_min, "height_us": height_us, "noise_us": noise_us}
                signal, onsets_s, peaks_s, heights_us = skin(rng, 4, 600.0, **options)
                parts = cvxeda(signal, 4, scale_us=1.0)
                sources = (signal, decompose(signal, 4, method="highpass").phasic, parts.phasic)
                found = [scr_peaks(source, 4, min_amplitude_us=threshold_us)["peak_s"].to_numpy() for source in sources]
                truth = np.bincount(np.rint(onsets_s * 4).astype(int), heights_us, signal.size)
                smear = np.hanning(9)[1:-1]  # 0.75 s wide at half its height
                smooth = [np.convolve(series, smear) for series in (parts.driver, truth)]
                rows.append([*(f1(peak_s, peaks_s[heights_us >= threshold_us]) for peak_s in found)])
                rows[-1].append(np.corrcoef(*smooth)[0, 1])
            signal_f1, highpass_f1, cvxeda_f1, driver_r = np.mean(rows, axis=0)
            name = f"{height_us:g}, {noise_us:g}"
            print(f"{name:28}{per_min:>8}{signal_f1:>9.3f}{highpass_f1:>10.3f}{cvxeda_f1:>9.3f}{driver_r:>10.3f}")


def main():
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7, help="turns of each library")
    parser.add_argument("--hours", type=float, default=4.0, help="longest recording of the second table")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"physiofer {physiofer.__version__}, neurokit2 {nk.__version__}, Python {platform.python_version()},")
    print(f"{platform.machine()}; {options.repeats} turns\n")
    speed(options.repeats)
    growth(options.hours)
    detection()


if __name__ == "__main__":
    main()
