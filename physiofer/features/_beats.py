"""Beats of a recording, found once for all features that need them."""

import hashlib

import numpy as np

from ..signals.cardiac.ecg import ecg_beats
from ..signals.cardiac.pulse import pulse_beats

DETECTORS = {"ecg": ecg_beats, "bvp": pulse_beats}
_LATEST = {}  # the latest wave's content and its beats: cardiac and respiratory features ask for them in turn


def beats_of(wave, rate, kind):
    """Beats of an ECG or a pulse wave."""
    wave = np.ascontiguousarray(wave)
    content = (kind, rate, wave.size, hashlib.blake2b(wave, digest_size=16).digest())
    beats = _LATEST.get(content)
    if beats is None:
        beats = DETECTORS[kind](wave, rate)
        _LATEST.clear()
        _LATEST[content] = beats
    return beats
