"""Time and memory of spectra, band powers and differential entropies of EEG."""

import numpy as np

from physiofer.signals import eeg


class _Epochs:
    """Epochs, trials and a spectrum; each function runs once before it is timed, so that it is compiled."""

    def setup(self):
        rng = np.random.default_rng(0)
        self.epochs = rng.standard_normal((200, 32, 512))
        self.trials = rng.standard_normal((40, 32, 7680))
        self.power = eeg.band_power(self.epochs, 128.0)
        self.spectrum = eeg.power_spectrum(self.epochs, 128.0)
        self.run()

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class PowerSpectrum(_Epochs):
    def run(self):
        return eeg.power_spectrum(self.epochs, 128.0)


class BandPower(_Epochs):
    def run(self):
        return eeg.band_power(self.epochs, 128.0)


class BandPowerOfTrials(_Epochs):
    def run(self):
        return eeg.band_power(self.trials, 128.0)


class BandPowerMultitaper(_Epochs):
    def run(self):
        return eeg.band_power(self.epochs, 128.0, method="multitaper")


class DifferentialEntropy(_Epochs):
    def run(self):
        return eeg.differential_entropy(self.epochs, 128.0)


class DifferentialEntropyOfTrials(_Epochs):
    def run(self):
        return eeg.differential_entropy(self.trials, 128.0)


class BandRatios(_Epochs):
    def run(self):
        return eeg.band_ratios(self.power)


class SpectralEdge(_Epochs):
    def run(self):
        return eeg.spectral_edge(*self.spectrum)


class Aperiodic(_Epochs):
    def run(self):
        return eeg.aperiodic(*self.spectrum)
