"""The heart: beats from pulse wave or ECG, intervals that survive artefact rejection, heart rate variability.

The order of use is :func:`ppg_peaks` (or :func:`pulse_beats`, which also tells how good each beat is), then
:func:`nn_intervals` or :func:`correct_beats`, then :func:`hrv` (or
:func:`hrv_windows` for many windows of a recording).
"""

from ._schema import HRV, HRV_FREQUENCY, HRV_MINIMA, HRV_NONLINEAR, HRV_TIME
from .beats import Beats
from .correction import BEAT_LABELS, CorrectedBeats, correct_beats
from .ecg import ecg_beats, ecg_beats_windows, ecg_peaks
from .frequency_domain import hrv_frequency, rr_spectrum
from .indices import hrv, hrv_rows, hrv_windows
from .intervals import nn_intervals, nn_intervals_windows
from .nonlinear import hrv_nonlinear
from .pulse import beat_quality, ppg_peaks, pulse_beats
from .time_domain import hrv_time, hrv_time_windows

__all__ = [
    "BEAT_LABELS",
    "HRV",
    "HRV_FREQUENCY",
    "HRV_MINIMA",
    "HRV_NONLINEAR",
    "HRV_TIME",
    "Beats",
    "CorrectedBeats",
    "beat_quality",
    "correct_beats",
    "ecg_beats",
    "ecg_beats_windows",
    "ecg_peaks",
    "hrv",
    "hrv_frequency",
    "hrv_nonlinear",
    "hrv_rows",
    "hrv_time",
    "hrv_time_windows",
    "hrv_windows",
    "nn_intervals",
    "nn_intervals_windows",
    "ppg_peaks",
    "pulse_beats",
    "rr_spectrum",
]
