"""Time and memory of what is done with 55 minutes of three-axis acceleration at 32 Hz."""

import numpy as np

from physiofer.features import MotionFeatures
from physiofer.recording import Stream
from physiofer.signals import motion

RATE = 32.0


class _Wrist:
    """A wrist that moves now and then; each function runs once before it is timed, so that it is compiled."""

    def setup(self):
        rng = np.random.default_rng(0)
        n_times = int(55 * 60 * RATE)
        bursts = np.repeat(rng.random(n_times // 320) < 0.2, 320) * 0.3 + 0.01
        axes = np.round(64.0 * (np.array([[0.0], [0.6], [0.8]]) + bursts * rng.standard_normal((3, n_times)))) / 64.0
        self.stream = Stream.regular(axes, RATE, channels=["x", "y", "z"], unit="g", kind="acceleration")
        self.starts_s = np.arange(0.0, self.stream.stop_s - 60.0, 30.0)
        self.spans_s = motion.moving_spans(axes, RATE)
        self.beats_s = np.cumsum(rng.normal(0.8, 0.05, size=4000))
        self.run()

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class Moving(_Wrist):
    def run(self):
        return motion.moving(self.stream.values, RATE)


class MovingSpans(_Wrist):
    def run(self):
        return motion.moving_spans(self.stream.values, RATE)


class InSpans(_Wrist):
    def run(self):
        return motion.in_spans(self.beats_s, self.spans_s)


class FeaturesOfARecording(_Wrist):
    def run(self):
        return MotionFeatures().transform_stream(self.stream, self.starts_s, 60.0)
