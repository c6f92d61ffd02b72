"""What band powers mean: ``python benchmarks/scale_eeg.py`` prints a table of measured over true variance in the band.

Sines of amplitude 3 (power 4.5) on a frequency of the spectrum, between two, and half a Hertz from an edge, and noise
of known density, 400 series each; every package as it is called in its own examples, with the band it is told. 1 is
right. A package whose answer is a mean density is off by the width of the band, one whose answer is a sum by 1 / (step
between frequencies), and one that normalises by default by whatever else is in the signal.
"""

import platform
import warnings
from importlib.metadata import version

import mne
import mne_features.univariate as mne_features
import neurokit2 as nk
import numpy as np
from scipy import integrate, signal

from physiofer.signals import eeg as physiofer_eeg

RATE = 128.0
N_SERIES = 400


def noise(rng, exponent, n_times):
    """Noise of density frequency ** -exponent from a sixteenth Hertz on, cut from longer noise."""
    long = 4 * n_times
    frequencies_hz = np.fft.rfftfreq(long, 1 / RATE)
    amplitude = np.where(frequencies_hz >= 1 / 16, np.maximum(frequencies_hz, 1 / 16) ** (-0.5 * exponent), 0.0)
    real, imaginary = rng.standard_normal((2, N_SERIES, frequencies_hz.size))
    return np.fft.irfft((real + 1j * imaginary) * amplitude * np.sqrt(long * RATE / 4), long)[:, :n_times]


def sines(rng, frequency_hz, n_times):
    """Sines of random phase."""
    phases = rng.uniform(0.0, 2 * np.pi, (N_SERIES, 1))
    return 3.0 * np.sin(2 * np.pi * frequency_hz * np.arange(n_times) / RATE + phases)


def cases():
    """Name of each case: series (n_series, n_times), band in Hz, and the variance that is truly in it."""
    rng = np.random.default_rng(0)
    alpha, delta = (8.0, 13.0), (1.0, 4.0)
    found = {}
    for seconds in (4, 60):
        n_times = int(seconds * RATE)
        for frequency_hz, where in ((10.0, "10 Hz"), (10.13, "10.13 Hz"), (8.5, "8.5 Hz")):
            found[f"{where}, {seconds} s"] = (sines(rng, frequency_hz, n_times), alpha, 4.5)
        found[f"white, alpha, {seconds} s"] = (noise(rng, 0.0, n_times), alpha, 5.0)
        found[f"pink, delta, {seconds} s"] = (noise(rng, 1.0, n_times), delta, np.log(4.0))
    return found


def scipy_band(series, band, combine):
    """Welch's density, and what is made of it between the edges, both included."""
    frequencies_hz, density = signal.welch(series, RATE, nperseg=256)
    is_inside = (frequencies_hz >= band[0]) & (frequencies_hz <= band[1])
    return combine(density[:, is_inside], frequencies_hz[is_inside])


def mne_band(spectrum, series, band, combine):
    """The same of one of MNE's spectra."""
    density, frequencies_hz = spectrum(series, RATE, fmin=band[0], fmax=band[1], verbose="error")
    return combine(density, frequencies_hz)


def integral(density, frequencies_hz):
    """By Simpson's rule."""
    return integrate.simpson(density, x=frequencies_hz, axis=-1)


def summed(density, frequencies_hz):
    """Sum of densities times their step."""
    return density.sum(axis=-1) * (frequencies_hz[1] - frequencies_hz[0])


def mean(density, _):
    """Mean of densities."""
    return density.mean(axis=-1)


def own(series, band, method):
    """The variance by physiofer."""
    bands = {"band": band}
    if method != "entropy":
        return physiofer_eeg.band_power(series, RATE, bands, method=method)[:, 0]
    return np.exp(2.0 * physiofer_eeg.differential_entropy(series, RATE, bands)[:, 0]) / (2.0 * np.pi * np.e)


def neurokit(series, band, **options):
    """NeuroKit2's power of each series; a twentieth of them, it is slow."""
    rows = [nk.signal_power(row, [band], sampling_rate=RATE, **options).iloc[0, 0] for row in series[::20]]
    return np.array(rows, dtype=float)


def packages():
    """Name of each way, and its power of each series in a band."""
    welch, multitaper = mne.time_frequency.psd_array_welch, mne.time_frequency.psd_array_multitaper

    def features(method, normalize):
        return lambda x, band: mne_features.compute_pow_freq_bands(
            RATE, x, np.array(band), psd_method=method, normalize=normalize
        )

    return {
        "physiofer band_power, Welch": lambda x, band: own(x, band, "welch"),
        "physiofer band_power, multitaper": lambda x, band: own(x, band, "multitaper"),
        "physiofer differential_entropy, as variance": lambda x, band: own(x, band, "entropy"),
        "SciPy welch, Simpson": lambda x, band: scipy_band(x, band, integral),
        "SciPy welch, sum x step": lambda x, band: scipy_band(x, band, summed),
        "MNE psd_array_welch, mean density": lambda x, band: mne_band(welch, x, band, mean),
        "MNE psd_array_welch, Simpson": lambda x, band: mne_band(welch, x, band, integral),
        "MNE psd_array_multitaper, Simpson": lambda x, band: mne_band(multitaper, x, band, integral),
        "mne-features pow_freq_bands (default)": features("welch", True),
        "mne-features pow_freq_bands, not normalised": features("welch", False),
        "mne-features pow_freq_bands, FFT": features("fft", False),
        "mne-features energy_freq_bands": lambda x, band: mne_features.compute_energy_freq_bands(
            RATE, x, np.array(band)
        ),
        "NeuroKit2 signal_power (default)": neurokit,
        "NeuroKit2 signal_power, not normalised": lambda x, band: neurokit(x, band, normalize=False),
    }


def main():
    warnings.simplefilter("ignore")
    table = cases()
    names = ("physiofer", "scipy", "mne", "mne-features", "neurokit2")
    print(", ".join(f"{name} {version(name)}" for name in names) + f", Python {platform.python_version()}\n")
    print("| measured / true | " + " | ".join(table) + " |\n|---|" + "---:|" * len(table))
    for name, power in packages().items():
        ratios = [f"{np.mean(power(series, band)) / truth:.3g}" for series, band, truth in table.values()]
        print(f"| {name} | " + " | ".join(ratios) + " |", flush=True)


if __name__ == "__main__":
    main()
