"""Time and memory of heart rate variability: one series of five minutes, and windows of an hour."""

import numpy as np

from physiofer.signals import cardiac


class _Series:
    """Intervals of one length in s; each function runs once before it is timed, so that it is compiled."""

    params = [60, 300]
    param_names = ["length_s"]

    def setup(self, length_s):
        rng = np.random.default_rng(0)
        n = int(length_s / 0.8) + 1
        self.rr_ms = 800.0 + 40.0 * np.sin(0.3 * np.arange(n)) + 20.0 * rng.standard_normal(n)
        self.run()

    def time_run(self, length_s):
        self.run()

    def peakmem_run(self, length_s):
        self.run()


class HRV(_Series):
    def run(self):
        return cardiac.hrv(self.rr_ms)


class HRVFrequency(_Series):
    def run(self):
        return cardiac.hrv_frequency(self.rr_ms)


class HRVFrequencyLomb(_Series):
    def run(self):
        return cardiac.hrv_frequency(self.rr_ms, method="lomb")


class HRVNonlinear(_Series):
    def run(self):
        return cardiac.hrv_nonlinear(self.rr_ms)


class RRSpectrum(_Series):
    def run(self):
        return cardiac.rr_spectrum(self.rr_ms)


class HRVWindows:
    """Windows of one hour, one every thirty seconds."""

    params = [60, 300]
    param_names = ["window_s"]

    def setup(self, window_s):
        rng = np.random.default_rng(0)
        self.beats_s = np.cumsum(rng.normal(0.8, 0.05, 4600))
        self.rr_ms = 1000.0 * np.diff(self.beats_s)
        self.starts_s = np.arange(0.0, 3600.0 - window_s, 30.0)
        self.run(window_s)

    def time_run(self, window_s):
        self.run(window_s)

    def peakmem_run(self, window_s):
        self.run(window_s)

    def run(self, window_s):
        return cardiac.hrv_windows(self.beats_s, self.rr_ms, self.starts_s, window_s)


class HRVRows(HRVWindows):
    """The same number of windows, each with beats of its own."""

    def setup(self, window_s):
        n = int(window_s / 0.8)
        self.rows_s = np.cumsum(np.random.default_rng(0).normal(0.8, 0.05, ((3600 - window_s) // 30, n)), axis=1)
        self.rows_ms = 1000.0 * np.diff(self.rows_s)
        self.run(window_s)

    def run(self, window_s):
        return cardiac.hrv_rows(self.rows_s, self.rows_ms, window_s)
