"""Beats of a recording, found once for all features that need them."""

import numpy as np

from ..signals.cardiac.ecg import ecg_beats
from ..signals.cardiac.pulse import pulse_beats

DETECTORS = {"ecg": ecg_beats, "bvp": pulse_beats}
_LATEST = {}  # the latest wave and its beats: cardiac and respiratory features ask for them in turn


def beats_of(wave, rate, kind):
    """Beats of an ECG or a pulse wave."""
    wave = np.ascontiguousarray(wave, dtype=np.float64)
    known, beats = _LATEST.get((kind, rate), (None, None))
    # Compared as integers: NaN is equal to itself, and it takes a tenth of the time of a hash.
    if known is None or not np.array_equal(wave.view(np.int64), known.view(np.int64)):
        beats = DETECTORS[kind](wave, rate)
        _LATEST.clear()
        _LATEST[kind, rate] = wave.copy(), beats
    return beats
