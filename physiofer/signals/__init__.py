"""The science on plain arrays: checked functions that follow their papers, one file per signal.

Time is the last axis, rates are in Hz, units are in the names. Bad samples are NaN and stay NaN.
"""

from . import cardiac, eda, emg, motion, quality, respiration, rppg, temperature

__all__ = ["cardiac", "eda", "emg", "motion", "quality", "respiration", "rppg", "temperature"]
