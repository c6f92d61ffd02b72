"""Time and memory of beat correction and of the intervals of many windows, on five thousand beats."""

import numpy as np

from benchmarks.peers_correction import breathing_beats, with_artefacts
from physiofer.signals import cardiac


class _Beats:
    """Beats with an artefact in every forty; each function runs once before it is timed, so that it is compiled."""

    def setup(self):
        rng = np.random.default_rng(0)
        self.beats_s, _ = with_artefacts(rng, breathing_beats(rng, 5000), "ectopic")
        self.run()

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class CorrectBeats(_Beats):
    def run(self):
        return cardiac.correct_beats(self.beats_s)


class NNIntervalsWindows(_Beats):
    def run(self):
        return cardiac.nn_intervals_windows(self.beats_s[: 66 * 75].reshape(66, 75))
