"""Brain waves: power of the bands, entropy, asymmetry, complexity and connectivity of EEG, on plain arrays.

Every function takes ``(..., n_channels, n_times)``; powers come in the square of the input's unit. The order of use is
:func:`clean` (of a whole recording, which takes microvolts and names of channels), then windows, then
:func:`eeg_quality` and :func:`band_power`, :func:`differential_entropy` and their kin, then :func:`asymmetry` and
:func:`smooth`, which work on features.
"""

from .asymmetry import ASYMMETRIES, asymmetry, frontal_alpha_asymmetry
from .bad_channels import find_bad_channels, interpolate, re_reference
from .bands import BANDS, check_bands
from .channels import (
    DEAP_CHANNELS,
    DEAP_TWENTE_CHANNELS,
    REGIONS,
    canonical_name,
    check_channels,
    find_channel,
    frontal_posterior_pairs,
    left_right_pairs,
    pick,
)
from .cleaning import Cleaned, Cleaning, baseline_correct, clean
from .complexity import Hjorth, dfa, higuchi_fd, hjorth, katz_fd, line_length, petrosian_fd, zero_crossings
from .connectivity import MEASURES as CONNECTIVITY_MEASURES
from .connectivity import connectivity, surrogate_connectivity
from .covariance import covariance
from .differential_entropy import differential_entropy
from .entropy import permutation_entropy, sample_entropy, spectral_entropy, svd_entropy
from .eyes import regress_eog, remove_eog_ica
from .filtering import band_pass, notch
from .network import network_measures
from .quality import EEGQuality, eeg_quality
from .smoothing import smooth
from .spectral_shape import RATIOS, aperiodic, band_ratios, spectral_edge
from .spectrum import band_power, power_spectrum

__all__ = [
    "ASYMMETRIES",
    "BANDS",
    "CONNECTIVITY_MEASURES",
    "DEAP_CHANNELS",
    "DEAP_TWENTE_CHANNELS",
    "RATIOS",
    "REGIONS",
    "Cleaned",
    "Cleaning",
    "EEGQuality",
    "Hjorth",
    "aperiodic",
    "asymmetry",
    "band_pass",
    "band_power",
    "band_ratios",
    "baseline_correct",
    "canonical_name",
    "check_bands",
    "check_channels",
    "clean",
    "connectivity",
    "covariance",
    "dfa",
    "differential_entropy",
    "eeg_quality",
    "find_bad_channels",
    "find_channel",
    "frontal_alpha_asymmetry",
    "frontal_posterior_pairs",
    "higuchi_fd",
    "hjorth",
    "interpolate",
    "katz_fd",
    "left_right_pairs",
    "line_length",
    "network_measures",
    "notch",
    "permutation_entropy",
    "petrosian_fd",
    "pick",
    "power_spectrum",
    "re_reference",
    "regress_eog",
    "remove_eog_ica",
    "sample_entropy",
    "smooth",
    "spectral_edge",
    "spectral_entropy",
    "surrogate_connectivity",
    "svd_entropy",
    "zero_crossings",
]
