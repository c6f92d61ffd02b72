"""Time and memory of the electromyogram functions on ten minutes of one muscle at 1 kHz."""

import numpy as np

from benchmarks.peers_emg import RATE, muscle
from physiofer.features import EMGFeatures
from physiofer.recording import Stream
from physiofer.signals import emg


class _OneMuscle:
    """Ten minutes; each function runs once before it is timed, so that it is compiled."""

    def setup(self):
        self.raw = muscle(np.random.default_rng(0), 600.0)
        self.run()

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class CleanEMG(_OneMuscle):
    def run(self):
        return emg.clean_emg(self.raw, RATE)


class EMGEnvelope(_OneMuscle):
    def run(self):
        return emg.emg_envelope(self.raw, RATE)


class EMGIndices(_OneMuscle):
    def run(self):
        return emg.emg_features(self.raw.reshape(-1, 60 * RATE), RATE)


class EMGOfARecording(_OneMuscle):
    def run(self):
        stream = Stream.regular(np.stack([self.raw] * 3), RATE, channels=["zygo", "coru", "trap"], kind="emg")
        return EMGFeatures().transform_stream(stream, np.arange(0.0, 540.0, 30.0), 60.0)
