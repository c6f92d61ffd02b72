"""Features as scikit-learn transformers, one file per signal, and the table they end in.

Every transformer takes raw windows, ``(n_windows, n_times)`` or ``(n_windows, n_channels, n_times)``, and gives named
columns of a fixed schema whatever the data; :class:`FeatureTable` is the boundary between extraction and learning.
"""

from .cardiac import HRVFeatures
from .eda import EDAFeatures
from .eeg import AsymmetryFeatures, BandPowerFeatures, DifferentialEntropyFeatures, EEGFeatures
from .eeg_dynamics import ComplexityFeatures, ConnectivityFeatures
from .emg import EMGFeatures
from .face import FaceGeometryFeatures
from .motion import MotionFeatures
from .respiration import RespirationFeatures
from .rppg import RPPGFeatures
from .table import FeatureTable
from .temperature import TemperatureFeatures

__all__ = [
    "AsymmetryFeatures",
    "BandPowerFeatures",
    "ComplexityFeatures",
    "ConnectivityFeatures",
    "DifferentialEntropyFeatures",
    "EDAFeatures",
    "EEGFeatures",
    "EMGFeatures",
    "FaceGeometryFeatures",
    "FeatureTable",
    "HRVFeatures",
    "MotionFeatures",
    "RPPGFeatures",
    "RespirationFeatures",
    "TemperatureFeatures",
]
