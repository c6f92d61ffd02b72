"""Time and memory of the signal functions on one simulated person of about twenty minutes."""

import numpy as np

from physiofer.datasets.synthetic import simulate_person
from physiofer.signals import cardiac, eda, motion, temperature


class _OnePerson:
    """Recording of one person; each function runs once before it is timed, so that it is compiled."""

    def setup(self):
        recording = simulate_person(0, seed=0, missing=False)[0]
        self.bvp, self.eda, self.temperature, self.acceleration = (
            recording.streams[name] for name in ("bvp", "eda", "temperature", "acceleration")
        )
        self.starts_s = np.arange(0.0, self.bvp.stop_s - 60.0, 30.0)
        self.run()

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class Beats(_OnePerson):
    def run(self):
        return cardiac.pulse_beats(self.bvp.values[0], self.bvp.rate)


class BeatQuality(_OnePerson):
    def setup(self):
        self.beats_s = np.arange(1.0, 1100.0, 0.8)
        super().setup()

    def run(self):
        return cardiac.beat_quality(self.bvp.values[0], self.bvp.rate, self.beats_s)


class NNIntervals(_OnePerson):
    def setup(self):
        self.beats_s = np.cumsum(np.random.default_rng(0).normal(0.8, 0.05, size=5000))
        super().setup()

    def run(self):
        return cardiac.nn_intervals(self.beats_s)


class HRVTimeWindows(_OnePerson):
    def setup(self):
        self.beats_s = np.cumsum(np.random.default_rng(0).normal(0.8, 0.05, size=5000))
        self.rr_ms = cardiac.nn_intervals(self.beats_s)
        super().setup()

    def run(self):
        return cardiac.hrv_time_windows(self.beats_s, self.rr_ms, np.arange(0.0, 3900.0, 10.0), 60.0)


class HRVTime(_OnePerson):
    def setup(self):
        self.rr_ms = np.random.default_rng(0).normal(800.0, 50.0, size=400)
        super().setup()

    def run(self):
        return cardiac.hrv_time(self.rr_ms)


class DecomposeEDA(_OnePerson):
    params = ["highpass", "median"]
    param_names = ["method"]

    def setup(self, method):
        self.method = method
        super().setup()

    def time_run(self, method):
        self.run()

    def peakmem_run(self, method):
        self.run()

    def run(self):
        return eda.decompose(self.eda.values, self.eda.rate, method=self.method)


class SCRPeaks(_OnePerson):
    def run(self):
        return eda.scr_peaks(self.eda.values[0], self.eda.rate)


class CleanTemperature(_OnePerson):
    def run(self):
        return temperature.clean_temperature(self.temperature.values)


class Activity(_OnePerson):
    def run(self):
        return motion.activity(self.acceleration.values, self.acceleration.rate)
