"""Band power and differential entropy of EEG beside their peers.

``OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python benchmarks/peers_eeg_spectrum.py``

Five bands of 200 epochs of 32 channels and 512 samples, and of 40 trials of 32 channels and 7680 samples, at 128 Hz, by
each turn by turn, best of all turns after one that compiles; with ``--cpu`` processor time, for a machine that others
use too. The peers work on segments of 2 s; physiofer does so (``window_s=2``) and with its default of 4 s. mne-features
is called epoch by epoch with overlapping segments, as the others are, and by its ``extract_features``, without overlap.
"""

import argparse
import platform
import time
import warnings
from functools import partial
from importlib.metadata import version

import mne
import mne_features.univariate as mne_features
import numpy as np
from mne_features.feature_extraction import extract_features
from scipy import integrate, signal

from physiofer.signals.eeg import BANDS, band_power, differential_entropy

RATE = 128.0
EDGES = list(BANDS.values())


def integrals(density, frequencies_hz):
    """Simpson's rule from edge to edge, (..., n_bands)."""
    found = []
    for low_hz, high_hz in EDGES:
        is_inside = (frequencies_hz >= low_hz) & (frequencies_hz <= high_hz)
        found.append(integrate.simpson(density[..., is_inside], x=frequencies_hz[is_inside], axis=-1))
    return np.stack(found, axis=-1)


def by_scipy(eeg):
    frequencies_hz, density = signal.welch(eeg, RATE, nperseg=256)
    return integrals(density, frequencies_hz)


def by_mne(eeg):
    spectrum = mne.time_frequency.psd_array_welch
    return integrals(*spectrum(eeg, RATE, fmin=1.0, fmax=45.0, n_fft=256, n_overlap=128, verbose="error"))


def by_mne_multitaper(eeg):
    return integrals(*mne.time_frequency.psd_array_multitaper(eeg, RATE, fmin=1.0, fmax=45.0, verbose="error"))


def by_mne_features(eeg):
    bands = np.array(EDGES)
    options = {"normalize": False, "psd_params": {"welch_n_fft": 256, "welch_n_overlap": 128}}
    return [mne_features.compute_pow_freq_bands(RATE, epoch, bands, **options) for epoch in eeg]


def by_extract_features(eeg):
    options = {"pow_freq_bands__freq_bands": np.array(EDGES)}
    return extract_features(eeg, RATE, ["pow_freq_bands"], funcs_params=options)


def by_sosfiltfilt(eeg):
    variances = []
    for edges in EDGES:
        sections = signal.butter(4, edges, "bandpass", fs=RATE, output="sos")
        variances.append(signal.sosfiltfilt(sections, eeg, axis=-1).var(axis=-1))
    return 0.5 * np.log(2.0 * np.pi * np.e * np.stack(variances, axis=-1))


def tasks(eeg):
    """Name of each task: physiofer's way, and those of its peers."""
    welch_peers = {
        "scipy": by_scipy,
        "MNE": by_mne,
        "mne-features": by_mne_features,
        "mne-features, extracted": by_extract_features,
    }
    return {
        "band power": (lambda: band_power(eeg, RATE), welch_peers),
        "band power, 2 s": (lambda: band_power(eeg, RATE, window_s=2.0), welch_peers),
        "band power, multitaper": (lambda: band_power(eeg, RATE, method="multitaper"), {"MNE": by_mne_multitaper}),
        "differential entropy": (lambda: differential_entropy(eeg, RATE), {"sosfiltfilt": by_sosfiltfilt}),
        "differential entropy, spectrum": (
            lambda: differential_entropy(eeg, RATE, method="spectrum"),
            {"sosfiltfilt": by_sosfiltfilt},
        ),
    }


def best_ms(functions, repeats, clock):
    """Best time of each function, turn by turn, after one turn that compiles."""
    turns = []
    for _ in range(repeats + 1):
        times = []
        for function in functions:
            start = clock()
            function()
            times.append(1e3 * (clock() - start))
        turns.append(times)
    return np.min(turns[1:], axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="turns of each library")
    parser.add_argument("--cpu", action="store_true", help="processor time instead of that on the wall")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    clock = time.process_time if options.cpu else time.perf_counter
    names = ("physiofer", "scipy", "mne", "mne-features")
    print(", ".join(f"{name} {version(name)}" for name in names) + f", Python {platform.python_version()}; ms\n")
    print(f"{'task':50}{'physiofer':>11}  {'peer':24}{'ms':>9}{'times':>8}")
    rng = np.random.default_rng(0)
    for shape in ((200, 32, 512), (40, 32, 7680)):
        eeg = rng.standard_normal(shape)
        for name, (ours, peers) in tasks(eeg).items():
            found = [ours, *(partial(peer, eeg) for peer in peers.values())]
            mine, *theirs = best_ms(found, options.repeats, clock)
            for peer, ms in zip(peers, theirs, strict=True):
                title = f"{name}, {' x '.join(map(str, shape))}"
                print(f"{title:50}{mine:>11.1f}  {peer:24}{ms:>9.1f}{ms / mine:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
