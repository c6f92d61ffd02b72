"""What every beat detector returns."""

from typing import NamedTuple

import numpy as np


class Beats(NamedTuple):
    """Beats of one signal: times in s, quality (template correlation, -1 to 1) and amplitude in the signal's unit."""

    beats_s: np.ndarray
    quality: np.ndarray
    amplitude: np.ndarray
