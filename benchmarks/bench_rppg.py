"""Time and memory of the remote pulse: a hundred regions over a minute, and an hour of four regions."""

import numpy as np

from benchmarks.peers_rppg import colours
from physiofer.features.rppg import RPPGFeatures
from physiofer.recording import Stream
from physiofer.signals import rppg

RATE = 30.0


class _Minute:
    """A hundred regions over a minute; each function runs once before it is timed, so that it is compiled."""

    def setup(self):
        self.rgb = colours(100, 1800)
        self.run()

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class Pos(_Minute):
    def run(self):
        return rppg.pos(self.rgb, RATE)


class Chrom(_Minute):
    def run(self):
        return rppg.chrom(self.rgb, RATE)


class Green(_Minute):
    def run(self):
        return rppg.green(self.rgb, RATE)


class Ica(_Minute):
    def run(self):
        return rppg.ica(self.rgb, RATE)


class Pca(_Minute):
    def run(self):
        return rppg.pca(self.rgb, RATE)


class Pbv(_Minute):
    def run(self):
        return rppg.pbv(self.rgb, RATE)


class Lgi(_Minute):
    def run(self):
        return rppg.lgi(self.rgb, RATE)


class Omit(_Minute):
    def run(self):
        return rppg.omit(self.rgb, RATE)


class PulseOfAHundred(_Minute):
    def run(self):
        return rppg.pulse(self.rgb, RATE)


class SignalQuality(_Minute):
    def run(self):
        return rppg.signal_quality(self.rgb[:, 1].reshape(-1, 300), RATE)


class PulseSnr(_Minute):
    def run(self):
        return rppg.pulse_snr(self.rgb[:, 1], RATE, np.full(100, 72.0))


class _Hour:
    """Four regions over an hour."""

    def setup(self):
        self.rgb = colours(4, 108_000)
        self.times_s = np.arange(108_000) / RATE
        self.bvp = rppg.pulse(self.rgb, RATE).bvp
        self.run()

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class Pulse(_Hour):
    def run(self):
        return rppg.pulse(self.rgb[:3], RATE, background=self.rgb[3])


class HeartRate(_Hour):
    def run(self):
        return rppg.heart_rate(self.bvp, RATE)


class Resample(_Hour):
    def run(self):
        return rppg.resample(self.rgb, self.times_s, 25.0)


class FrameRate(_Hour):
    def run(self):
        return rppg.frame_rate(self.times_s)


class Features(_Hour):
    def run(self):
        channels = [f"{region}_{colour}" for region in ("forehead", "left", "right", "background") for colour in "rgb"]
        stream = Stream.regular(self.rgb.reshape(12, -1), RATE, channels=channels, kind="rgb")
        return RPPGFeatures().transform_stream(stream, np.arange(0.0, 3540.0, 30.0), 60.0)


class FeaturesOfWindows(_Hour):
    def run(self):
        windows = self.rgb.reshape(12, 60, 1800).swapaxes(0, 1)
        return RPPGFeatures(regions=("forehead", "left", "right", "background")).fit_transform(windows)
