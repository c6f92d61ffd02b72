"""Time and memory of connectivity, networks, covariances and quality of EEG, on epochs of noise."""

import numpy as np

from physiofer.signals.eeg.connectivity import MEASURES, connectivity, surrogate_connectivity
from physiofer.signals.eeg.covariance import covariance
from physiofer.signals.eeg.network import network_measures
from physiofer.signals.eeg.quality import eeg_quality

RATE = 128.0


class _Epochs:
    """Epochs; each function runs once before it is timed, so that it is compiled."""

    def setup(self, *parameters):
        rng = np.random.default_rng(0)
        self.eeg = 10.0 * rng.standard_normal((50, 32, 512))
        weights = rng.random((250, 32, 32))
        self.weights = weights + weights.swapaxes(1, 2)
        self.run(*parameters)

    def time_run(self, *parameters):
        self.run(*parameters)

    def peakmem_run(self, *parameters):
        self.run(*parameters)


class Connectivity(_Epochs):
    params = MEASURES
    param_names = ("measure",)

    def run(self, measure):
        return connectivity(self.eeg, RATE, measure=measure)


class SurrogateConnectivity(_Epochs):
    def run(self):
        return surrogate_connectivity(self.eeg[:5], RATE, n_surrogates=20)


class NetworkMeasures(_Epochs):
    params = (None, 0.2)
    param_names = ("density",)

    def run(self, density):
        return network_measures(self.weights, density=density)


class Covariance(_Epochs):
    def run(self):
        return covariance(self.eeg)


class Quality(_Epochs):
    def run(self):
        return eeg_quality(self.eeg, RATE)
