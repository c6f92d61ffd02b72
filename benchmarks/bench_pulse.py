"""Time and memory of pulse wave beats: one long recording, a batch of windows, and the quality of given beats."""

import numpy as np

from benchmarks.peers_pulse import wrist
from physiofer.signals import cardiac
from physiofer.signals.cardiac.pulse import pulse_beats_windows
from physiofer.signals.cardiac.template import template_correlation


class _OneWrist:
    """A wrist pulse; each function runs once before it is timed, so that it is compiled."""

    def setup(self):
        self.ppg = wrist(np.random.default_rng(0), 3300.0, 64.0)
        self.run()

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class PulseBeats(_OneWrist):
    def run(self):
        return cardiac.pulse_beats(self.ppg, 64.0)


class PulseBeatsOfAFastRecording(_OneWrist):
    def setup(self):
        self.ppg = wrist(np.random.default_rng(0), 600.0, 1000.0)
        self.run()

    def run(self):
        return cardiac.ppg_peaks(self.ppg, 1000.0)


class PulseBeatsOfWindows(_OneWrist):
    def run(self):
        return pulse_beats_windows(self.ppg.reshape(-1, 3840), 64.0)


class BeatQuality(_OneWrist):
    params = ["ppg", "ecg"]
    param_names = ["signal"]

    def setup(self, signal):
        self.ppg = wrist(np.random.default_rng(0), 3300.0, 64.0)
        self.beats_s = np.arange(1.0, 3290.0, 0.8)
        self.run(signal)

    def time_run(self, signal):
        self.run(signal)

    def peakmem_run(self, signal):
        self.run(signal)

    def run(self, signal):
        return cardiac.beat_quality(self.ppg, 64.0, self.beats_s, signal=signal)


class TemplateCorrelation(_OneWrist):
    def run(self):
        return template_correlation(self.ppg, np.arange(64, self.ppg.size - 64, 50), 16, 26)
