"""The heart: beats from pulse wave or ECG, intervals that survive artefact rejection, heart rate variability.

The order of use is :func:`ppg_peaks` (or :func:`pulse_beats`, which also tells how good each beat is), then
:func:`nn_intervals`, then :func:`hrv_time`.
"""

from .beats import Beats
from .intervals import nn_intervals
from .pulse import beat_quality, ppg_peaks, pulse_beats
from .time_domain import HRV_TIME, hrv_time, hrv_time_windows

__all__ = [
    "HRV_TIME",
    "Beats",
    "beat_quality",
    "hrv_time",
    "hrv_time_windows",
    "nn_intervals",
    "ppg_peaks",
    "pulse_beats",
]
