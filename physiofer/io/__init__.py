"""Readers: one file format per module, each giving a :class:`~physiofer.recording.Recording`, its labels, or frames."""

from .brain import from_epochs, from_raw
from .camera import open_camera
from .edf import read_edf
from .empatica import read_empatica
from .frames import Frame
from .images import open_images
from .labels import LabelTable, read_labels
from .tabular import read_tabular
from .video import open_video

__all__ = [
    "Frame", "LabelTable", "from_epochs", "from_raw", "open_camera", "open_images", "open_video", "read_edf",
    "read_empatica", "read_labels", "read_tabular",
]  # fmt: skip
