"""Time and memory of the respiration functions on twenty minutes of a belt at 100 Hz and of beats."""

import numpy as np

from benchmarks.peers_respiration import STARTS_S, belt, heart
from physiofer.datasets.synthetic import simulate_person
from physiofer.features import RespirationFeatures
from physiofer.recording import Stream
from physiofer.signals import respiration
from physiofer.windows import cut


class _OneChest:
    """Belt, breaths and beats; each function runs once before it is timed, so that it is compiled."""

    def setup(self):
        rng = np.random.default_rng(0)
        self.belt = belt(rng, 1200.0, 100)
        self.breaths = respiration.breaths(self.belt, 100.0)
        self.beats_s = heart(rng, 1200.0)
        self.rr_ms = 1000.0 * np.diff(self.beats_s)
        self.height, self.level = rng.standard_normal((2, self.beats_s.size))
        self.run()

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class Breaths(_OneChest):
    def run(self):
        return respiration.breaths(self.belt, 100.0)


class RespirationRateWindows(_OneChest):
    def run(self):
        return respiration.respiration_rate_windows(self.breaths, STARTS_S, 60.0)


class RespirationRate(_OneChest):
    def run(self):
        return respiration.respiration_rate(self.breaths)


class SpectralRate(_OneChest):
    def run(self):
        return respiration.spectral_rate(self.belt.reshape(-1, 6000), 100.0)


class RespirationFromBeats(_OneChest):
    def run(self):
        return respiration.respiration_from_beats(
            self.beats_s, self.rr_ms, self.height, self.level, starts_s=STARTS_S, window_s=60.0
        )


class RespirationWaveform(_OneChest):
    def run(self):
        return respiration.respiration_waveform(self.beats_s, self.rr_ms, self.height, self.level)


class BeatBaseline(_OneChest):
    def run(self):
        return respiration.beat_baseline(self.belt, 100.0, self.beats_s)


class PeakToTrough(_OneChest):
    def run(self):
        return respiration.rsa_peak_to_trough(self.beats_s, self.rr_ms, self.breaths)


class RespirationOfABelt(_OneChest):
    def run(self):
        stream = Stream.regular(self.belt, 100.0, kind="respiration")
        return RespirationFeatures().transform_stream(stream, STARTS_S, 60.0)


class RespirationOfWindows(_OneChest):
    def run(self):
        return RespirationFeatures(rate=100.0).fit_transform(self.belt.reshape(-1, 6000))


class RespirationOfAPulse:
    """The rate from the pulse wave of a simulated wrist, beats included."""

    def setup(self):
        self.pulse = simulate_person(0, seed=0, missing=False)[0].of_kind("bvp")
        self.windows = cut(self.pulse, np.arange(0.0, 600.0, 60.0), 60.0)
        self.transformer = RespirationFeatures(rate=64.0, signal="bvp").fit(self.windows)
        self.time_recording()
        self.time_windows()

    def time_recording(self):
        self.transformer.transform_stream(self.pulse, np.arange(0.0, 1000.0, 30.0), 60.0)

    def time_windows(self):
        self.transformer.transform(self.windows)

    def peakmem_recording(self):
        self.time_recording()
