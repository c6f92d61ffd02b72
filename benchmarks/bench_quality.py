"""Time and memory of grading windows: 110 of 60 s of a pulse wave at 64 Hz, as an hour of one person gives."""

import numpy as np

from physiofer.signals import quality

RATE = 64.0


class _Windows:
    """Noisy pulse waves; each function runs once before it is timed, so that it is compiled."""

    def setup(self):
        rng = np.random.default_rng(0)
        times_s = np.arange(0, 60, 1 / RATE)
        self.windows = np.sin(2 * np.pi * 1.2 * times_s) + 0.3 * rng.standard_normal((110, times_s.size))
        self.run()

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class PresentShare(_Windows):
    def run(self):
        return quality.present_share(self.windows)


class InRangeShare(_Windows):
    def run(self):
        return quality.in_range_share(self.windows, -1.0, 1.0)


class VaryingShare(_Windows):
    def run(self):
        return quality.varying_share(self.windows, RATE, min_flat_s=1.0)


class UnclippedShare(_Windows):
    def run(self):
        return quality.unclipped_share(self.windows)


class SpectralPurity(_Windows):
    def run(self):
        return quality.spectral_purity(self.windows, RATE, 0.5, 5.0)


class SpectralPurityWithGaps(SpectralPurity):
    def setup(self):
        super().setup()
        self.windows[np.random.default_rng(1).random(self.windows.shape) < 0.1] = np.nan
