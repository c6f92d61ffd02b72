"""Complexity of EEG beside antropy: ``NUMBA_NUM_THREADS=1 python benchmarks/peers_eeg_complexity.py``.

Pink noise, 50 epochs of 32 channels and 512 samples, by both, turn by turn, best of all turns after one that compiles;
antropy gets all epochs at once where it takes them. Sample entropy is timed again on 64 channels of 7680 samples of
white, pink and Brownian noise. The last column is the largest relative difference of the two answers.
"""

import argparse
import platform
import time

import antropy
import numpy as np

import physiofer
from physiofer.signals.eeg import complexity, entropy

RATE = 128.0


def noise(rng, shape, exponent):
    """Noise whose power falls as one over frequency to the `exponent`, about zero."""
    spectrum = np.fft.rfft(rng.standard_normal(shape))
    spectrum[..., 1:] /= np.arange(1, spectrum.shape[-1]) ** (exponent / 2)
    spectrum[..., 0] = 0.0
    return np.ascontiguousarray(np.fft.irfft(spectrum, shape[-1]))


def tasks():
    """Name of each task, and what either library does for it."""
    rng = np.random.default_rng(0)
    eeg = noise(rng, (50, 32, 512), 1.0)
    rows = eeg.reshape(-1, 512)
    whole = {"low_hz": 0.0, "high_hz": RATE / 2}

    def one_by_one(function, rows=rows, **form):
        return lambda: [function(row, **form) for row in rows]

    found = {
        "Hjorth's mobility and complexity": (
            lambda: np.stack(complexity.hjorth(eeg, RATE)[1:]),
            lambda: np.stack(antropy.hjorth_params(eeg, sf=RATE)),
        ),
        "zero crossings": (
            lambda: complexity.zero_crossings(eeg, RATE) * 511 / RATE,
            lambda: antropy.num_zerocross(eeg),
        ),
        "permutation entropy": (
            lambda: entropy.permutation_entropy(eeg),
            lambda: antropy.perm_entropy(rows, normalize=True),
        ),
        "SVD entropy": (lambda: entropy.svd_entropy(eeg), one_by_one(antropy.svd_entropy, normalize=True)),
        "spectral entropy": (
            lambda: entropy.spectral_entropy(eeg, RATE, **whole),
            lambda: antropy.spectral_entropy(eeg, RATE, method="welch", nperseg=512, normalize=True),
        ),
        "Higuchi's dimension": (lambda: complexity.higuchi_fd(eeg), one_by_one(antropy.higuchi_fd)),
        "Katz's dimension": (lambda: complexity.katz_fd(eeg), lambda: antropy.katz_fd(eeg)),
        "Petrosian's dimension": (lambda: complexity.petrosian_fd(eeg), lambda: antropy.petrosian_fd(eeg)),
        "detrended fluctuation": (lambda: complexity.dfa(eeg), one_by_one(antropy.detrended_fluctuation)),
        "sample entropy": (lambda: entropy.sample_entropy(eeg), one_by_one(antropy.sample_entropy)),
    }
    for name, exponent in (("white", 0.0), ("pink", 1.0), ("Brownian", 2.0)):
        long = noise(rng, (64, 7680), exponent)
        found[f"sample entropy, 64 x 7680, {name}"] = (
            lambda long=long: entropy.sample_entropy(long),
            one_by_one(antropy.sample_entropy, rows=long),
        )
    return found


def best_ms(functions, repeats):
    """Best time of each function, turn by turn, after one turn that compiles; and the answers of that turn."""
    answers = [np.ravel(function()) for function in functions]
    turns = []
    for _ in range(repeats):
        times = []
        for function in functions:
            start = time.perf_counter()
            function()
            times.append(1e3 * (time.perf_counter() - start))
        turns.append(times)
    return np.min(turns, axis=0), answers


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3, help="turns of each library")
    options = parser.parse_args()
    versions = f"physiofer {physiofer.__version__}, antropy {antropy.__version__}, Python {platform.python_version()}"
    print(f"{versions}; ms\n")
    print(f"{'task':40}{'physiofer':>12}{'antropy':>12}{'times':>8}{'apart':>10}")
    for name, pair in tasks().items():
        (ours, theirs), (found, expected) = best_ms(pair, options.repeats)
        apart = np.max(np.abs(found / expected - 1.0))
        print(f"{name:40}{ours:>12.1f}{theirs:>12.1f}{theirs / ours:>8.1f}{apart:>10.0e}")


if __name__ == "__main__":
    main()
