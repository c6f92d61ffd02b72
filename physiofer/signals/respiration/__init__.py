"""Respiration."""

from .belt import Breaths, breaths

__all__ = ["Breaths", "breaths"]
from .modulations import BeatRespiration, respiration_from_beats
from .spectrum import spectral_rate
