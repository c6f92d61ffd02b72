"""What every beat detector returns."""

from typing import NamedTuple

import numpy as np


class Beats(NamedTuple):
    """Beats of one signal: times in s, quality (template correlation, -1 to 1) and amplitude in the signal's unit."""

    beats_s: np.ndarray
    quality: np.ndarray
    amplitude: np.ndarray

    def __repr__(self):
        return f"<Beats: {shown(self.beats_s)}>"


def shown(times_s):
    """How many beats there are, from when to when; of windows how many."""
    times_s = np.asarray(times_s)
    if times_s.ndim != 1:
        return f"{len(times_s)} windows"
    return f"{times_s.size}, {times_s[0]:.1f} to {times_s[-1]:.1f} s" if times_s.size else "none"
