"""Readers: one file format per module, each giving a :class:`~physiofer.recording.Recording`, its labels, or frames."""

from .camera import open_camera
from .empatica import read_empatica
from .frames import Frame
from .images import open_images
from .labels import LabelTable, read_labels
from .tabular import read_tabular
from .video import open_video

__all__ = [
    "Frame", "LabelTable", "open_camera", "open_images", "open_video", "read_empatica", "read_labels", "read_tabular",
]  # fmt: skip
