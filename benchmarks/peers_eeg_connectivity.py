"""EEG connectivity beside NumPy, SciPy and scikit-learn.

``OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python benchmarks/peers_eeg_connectivity.py``

Noise of 32 channels in 200 epochs of 512 samples at 128 Hz (fewer where the peer is slow) and five bands, by both, turn
by turn; best processor time of all turns after one that compiles. Phase locking is beside einsum three times: on the
very same signals of the bands, on those of a Butterworth filter and Hilbert's transform, and by angles and exponentials
as it is most often written. The last column says how far the two answers are apart, where they should be the same.
"""

import argparse
import platform
import time

import numpy as np
from scipy import signal
from sklearn.covariance import oas

import physiofer
from physiofer.signals.eeg import BANDS, connectivity, covariance

RATE, N_TIMES = 128.0, 512


def band_signals(eeg):
    """Analytic signals of each band by the discrete Fourier transform."""
    frequencies_hz = np.fft.fftfreq(eeg.shape[-1], 1 / RATE)
    spectra = 2 * np.fft.fft(signal.detrend(eeg))
    for low_hz, high_hz in BANDS.values():
        yield np.fft.ifft(spectra * ((frequencies_hz >= low_hz) & (frequencies_hz < high_hz)))


def filtered_signals(eeg):
    """Analytic signals of each band by a filter and Hilbert's transform."""
    for band in BANDS.values():
        sections = signal.butter(4, band, "bandpass", fs=RATE, output="sos")
        yield signal.hilbert(signal.sosfiltfilt(sections, eeg))


def locking_by_einsum(eeg, signals):
    """Phase locking values of the signals of each band."""
    out = []
    for values in signals(eeg):
        values = values / np.abs(values)
        out.append(np.abs(np.einsum("eit,ejt->eij", values, values.conj())) / eeg.shape[-1])
    return np.stack(out, axis=1)


def locking_by_angles(eeg):
    """The same, from the angles of what a filter and Hilbert's transform give."""
    out = []
    for values in filtered_signals(eeg):
        phasors = np.exp(1j * np.angle(values))
        out.append(np.abs(np.einsum("eit,ejt->eij", phasors, phasors.conj())) / eeg.shape[-1])
    return np.stack(out, axis=1)


def per_pair(eeg, function):
    """A function of two signals of a band and all epochs, for every pair and band."""
    n_channels = eeg.shape[1]
    out = np.zeros((len(eeg), len(BANDS), n_channels, n_channels))
    for band, values in enumerate(band_signals(eeg)):
        for i in range(n_channels):
            for j in range(i):
                out[:, band, i, j] = out[:, band, j, i] = function(values[:, i], values[:, j])
    return out


def wpli(x, y):
    parts = (x * y.conj()).imag
    return np.abs(parts.mean(axis=-1)) / np.abs(parts).mean(axis=-1)


def pli(x, y):
    return np.abs(np.sign((x * y.conj()).imag).mean(axis=-1))


def coherence_of_scipy(eeg):
    """Magnitude-squared coherence of every pair, mean over each band."""
    frequencies_hz, values = signal.coherence(eeg[:, :, np.newaxis], eeg[:, np.newaxis], RATE, nperseg=128, noverlap=64)
    bands = BANDS.values()
    return np.stack([values[..., (frequencies_hz >= a) & (frequencies_hz < b)].mean(axis=-1) for a, b in bands], axis=1)


def best_ms(functions, repeats):
    """Best processor time of each function, turn by turn after one that compiles, and what they returned."""
    returned, turns = [function() for function in functions], []
    for _ in range(repeats):
        times = []
        for function in functions:
            start = time.process_time()
            function()
            times.append(1e3 * (time.process_time() - start))
        turns.append(times)
    return np.min(turns, axis=0), returned


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7, help="turns of each")
    options = parser.parse_args()
    eeg = np.random.default_rng(0).standard_normal((200, 32, N_TIMES))
    some, few = eeg[:40], eeg[:4]
    tasks = {
        "plv, einsum of the same signals": (
            lambda: connectivity(eeg, RATE),
            lambda: locking_by_einsum(eeg, band_signals),
        ),
        "plv, filter, Hilbert, einsum": (
            lambda: connectivity(eeg, RATE),
            lambda: locking_by_einsum(eeg, filtered_signals),
        ),
        "plv, by angles, einsum": (lambda: connectivity(eeg, RATE), lambda: locking_by_angles(eeg)),
        "pli, 40 epochs, NumPy by pairs": (
            lambda: connectivity(some, RATE, measure="pli"),
            lambda: per_pair(some, pli),
        ),
        "wpli, 40 epochs, NumPy by pairs": (
            lambda: connectivity(some, RATE, measure="wpli"),
            lambda: per_pair(some, wpli),
        ),
        "coherence, 4 epochs, SciPy": (
            lambda: connectivity(few, RATE, measure="coherence"),
            lambda: coherence_of_scipy(few),
        ),
        "oas covariance, scikit-learn": (lambda: covariance(eeg), lambda: np.stack([oas(epoch.T)[0] for epoch in eeg])),
    }
    print(f"physiofer {physiofer.__version__}, NumPy {np.__version__}, Python {platform.python_version()}; ms\n")
    print(f"{'task':34}{'physiofer':>12}{'peer':>12}{'times':>8}{'apart':>10}")
    for name, pair in tasks.items():
        (ours, theirs), (first, second) = best_ms(pair, options.repeats)
        apart = np.abs(first - second).max()
        print(f"{name:34}{ours:>12.1f}{theirs:>12.1f}{theirs / ours:>8.1f}{apart:>10.0e}")


if __name__ == "__main__":
    main()
