"""Time and memory of the transformers: on raw windows, and on a whole recording with its windows cut afterwards."""

import numpy as np

from physiofer.datasets.synthetic import simulate_person
from physiofer.features import EDAFeatures, HRVFeatures, MotionFeatures, TemperatureFeatures
from physiofer.windows import cut


class _Transformer:
    """Forty windows of a minute; compiled in setup."""

    kind = None

    def setup(self):
        self.transformer = self.make()
        recording = simulate_person(0, seed=0, missing=False)[0]
        self.stream = recording.of_kind(self.transformer.kind)
        self.starts_s = np.linspace(0.0, self.stream.stop_s - 60.0, 40)
        self.windows = cut(self.stream, self.starts_s, 60.0)
        self.transformer.fit(self.windows)
        self.time_windows()
        self.time_recording()

    def time_windows(self):
        self.transformer.transform(self.windows)

    def time_recording(self):
        self.transformer.transform_stream(self.stream, self.starts_s, 60.0)

    def peakmem_recording(self):
        self.transformer.transform_stream(self.stream, self.starts_s, 60.0)


class HRV(_Transformer):
    make = HRVFeatures


class EDA(_Transformer):
    make = EDAFeatures


class Temperature(_Transformer):
    make = TemperatureFeatures


class Motion(_Transformer):
    make = MotionFeatures
