"""Remote pulse: from the colours of skin to a pulse wave, its rate over time, and how far both can be trusted."""

from .chrominance import chrom, green, pos
from .heart_rate import HeartRate, heart_rate
from .ica import ica
from .pooling import METHODS, Pulse, pulse
from .projections import lgi, omit, pbv, pca
from .quality import pulse_snr, signal_quality
from .resampling import Regular, frame_rate, resample

__all__ = [
    "METHODS",
    "HeartRate",
    "Pulse",
    "Regular",
    "chrom",
    "frame_rate",
    "green",
    "heart_rate",
    "ica",
    "lgi",
    "omit",
    "pbv",
    "pca",
    "pos",
    "pulse",
    "pulse_snr",
    "resample",
    "signal_quality",
]
