"""Faces in frames of video: where they are, landmarks, regions of skin, and what is measured on them."""

from .appearance import hog
from .blinks import eye_closure, find_blinks, perclos
from .crops import aligned_crop
from .detection import HogDetector, YuNetDetector
from .geometry import MEASURES, aligned_points, eye_line, face_measures
from .landmarks import LandmarkModel
from .pose import POSE, head_pose
from .regions import PATCHES, REGIONS, RegionReader, box_regions, region_polygons
from .tracking import Face, FaceTracker

__all__ = [
    "MEASURES", "PATCHES", "POSE", "REGIONS", "Face", "FaceTracker", "HogDetector", "LandmarkModel", "RegionReader",
    "YuNetDetector", "aligned_crop", "aligned_points", "box_regions", "eye_closure", "eye_line", "face_measures",
    "find_blinks", "head_pose", "hog", "perclos", "region_polygons",
]  # fmt: skip
