"""Readers: one file format per module, each giving a :class:`~physiofer.recording.Recording` or its labels."""

from .empatica import read_empatica
from .labels import LabelTable, read_labels
from .tabular import read_tabular

__all__ = ["LabelTable", "read_empatica", "read_labels", "read_tabular"]
