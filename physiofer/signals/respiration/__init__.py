"""Respiration."""

from .belt import Breaths, breaths

__all__ = ["Breaths", "breaths"]
