"""Time and memory of the measures of single channels of EEG, and of smoothing, on epochs of pink noise."""

import numpy as np

from benchmarks.peers_eeg_complexity import RATE, noise
from physiofer.signals.eeg import complexity, entropy
from physiofer.signals.eeg.asymmetry import asymmetry, frontal_alpha_asymmetry
from physiofer.signals.eeg.channels import DEAP_CHANNELS, frontal_posterior_pairs, left_right_pairs, pick
from physiofer.signals.eeg.smoothing import smooth


class _Epochs:
    """Epochs, and features of them; each function runs once before it is timed, so that it is compiled."""

    def setup(self):
        rng = np.random.default_rng(0)
        self.eeg = noise(rng, (50, 32, 512), 1.0)
        self.long = noise(rng, (8, 7680), 1.0)
        self.power = rng.exponential(size=(2400, 32, 5))
        self.trials = np.repeat(np.arange(40), 60)
        self.run()

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class Hjorth(_Epochs):
    def run(self):
        return complexity.hjorth(self.eeg, RATE)


class LineLength(_Epochs):
    def run(self):
        return complexity.line_length(self.eeg, RATE)


class ZeroCrossings(_Epochs):
    def run(self):
        return complexity.zero_crossings(self.eeg, RATE)


class SampleEntropy(_Epochs):
    def run(self):
        return entropy.sample_entropy(self.long)


class PermutationEntropy(_Epochs):
    def run(self):
        return entropy.permutation_entropy(self.eeg)


class SVDEntropy(_Epochs):
    def run(self):
        return entropy.svd_entropy(self.eeg)


class SpectralEntropy(_Epochs):
    def run(self):
        return entropy.spectral_entropy(self.eeg, RATE)


class HiguchiDimension(_Epochs):
    def run(self):
        return complexity.higuchi_fd(self.eeg)


class KatzDimension(_Epochs):
    def run(self):
        return complexity.katz_fd(self.eeg)


class PetrosianDimension(_Epochs):
    def run(self):
        return complexity.petrosian_fd(self.eeg)


class DetrendedFluctuation(_Epochs):
    def run(self):
        return complexity.dfa(self.eeg)


class Asymmetry(_Epochs):
    def run(self):
        return asymmetry(self.power, DEAP_CHANNELS), asymmetry(self.power, DEAP_CHANNELS, "dcau")


class FrontalAlphaAsymmetry(_Epochs):
    def run(self):
        return frontal_alpha_asymmetry(self.power[..., 2], DEAP_CHANNELS)


class Channels(_Epochs):
    def run(self):
        return left_right_pairs(DEAP_CHANNELS), frontal_posterior_pairs(DEAP_CHANNELS), pick(DEAP_CHANNELS, "frontal")


class MovingAverage(_Epochs):
    def run(self):
        return smooth(self.power.reshape(2400, -1), groups=self.trials)


class LinearDynamicSystem(_Epochs):
    def run(self):
        return smooth(self.power.reshape(2400, -1), "lds", groups=self.trials)
