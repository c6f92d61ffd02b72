"""Respiration: breaths of a belt, their statistics, respiration from the beats of the heart, and the heart in step.

The order of use is :func:`breaths`, then :func:`respiration_rate`; without a belt :func:`respiration_from_beats`.
"""

from .arrhythmia import rsa_peak_to_trough
from .belt import Breaths, breaths
from .modulations import BeatRespiration, beat_baseline, respiration_from_beats
from .spectrum import spectral_rate
from .statistics import RESPIRATION, respiration_rate, respiration_rate_windows
from .waveform import respiration_waveform

__all__ = [
    "RESPIRATION",
    "BeatRespiration",
    "Breaths",
    "beat_baseline",
    "breaths",
    "respiration_from_beats",
    "respiration_rate",
    "respiration_rate_windows",
    "respiration_waveform",
    "rsa_peak_to_trough",
    "spectral_rate",
]
