"""Time and memory of the skin conductance functions, by rate; compiled in setup."""

import numpy as np

from physiofer.datasets.synthetic import simulate_person
from physiofer.features import EDAFeatures
from physiofer.signals import eda
from physiofer.windows import cut


class _FiveMinutes:
    """Five minutes of a simulated person at a rate."""

    params = [4, 32, 128]
    param_names = ["rate"]

    def setup(self, rate):
        stream = simulate_person(0, seed=0, missing=False)[0].of_kind("eda")
        times_s = np.arange(60.0, 360.0, 1.0 / rate)
        noise = 0.001 * np.random.default_rng(0).standard_normal(times_s.size)
        self.eda_us = np.interp(times_s, stream.times_s, stream.values[0]) + noise
        self.run(rate)

    def time_run(self, rate):
        self.run(rate)

    def peakmem_run(self, rate):
        self.run(rate)


class CvxEDA(_FiveMinutes):
    def run(self, rate):
        return eda.cvxeda(self.eda_us, rate)


class Decompose(_FiveMinutes):
    def run(self, rate):
        return eda.decompose(self.eda_us, rate, method="highpass")


class SCRPeaks(_FiveMinutes):
    def run(self, rate):
        return eda.scr_peaks(self.eda_us, rate)


class EDASymp(_FiveMinutes):
    def run(self, rate):
        return eda.eda_symp(self.eda_us, rate)


class CleanEDA(_FiveMinutes):
    def run(self, rate):
        return eda.clean_eda(self.eda_us, rate)


class CvxEDAHour:
    """An hour at 128 Hz: time should be a twelfth of this at five minutes."""

    def setup(self):
        n_times = 3600 * 128
        noise = 0.001 * np.random.default_rng(0).standard_normal(n_times)
        self.eda_us = 2.0 + 0.1 * np.sin(np.arange(n_times) / 900.0) ** 9 + noise
        eda.cvxeda(self.eda_us[:1000], 128)

    def time_run(self):
        eda.cvxeda(self.eda_us, 128)

    def peakmem_run(self):
        eda.cvxeda(self.eda_us, 128)


class Features:
    """A recording of one person, windows of a minute every half, on the whole and cut beforehand."""

    params = ["cvxeda", "highpass"]
    param_names = ["method"]

    def setup(self, method):
        self.transformer = EDAFeatures(method=method)
        self.stream = simulate_person(0, seed=0, missing=False)[0].of_kind("eda")
        self.starts_s = np.arange(0.0, self.stream.stop_s - 60.0, 30.0)
        self.windows = cut(self.stream, self.starts_s, 60.0)
        self.transformer.fit(self.windows)
        self.time_windows(method)
        self.time_recording(method)

    def time_windows(self, method):
        self.transformer.transform(self.windows)

    def time_recording(self, method):
        self.transformer.transform_stream(self.stream, self.starts_s, 60.0)
