"""Non-linear indices of intervals: scatter of successive pairs, entropies, scaling."""

import numpy as np
from numba import njit

from .entropy import pair_entropies, sample_entropy
from .fractal import coarse_grained, higuchi_dimension, permutation_entropy, profile, scaling_exponent
from .tachogram import trusted

#: Order of the columns :func:`hrv_nonlinear` fills.
HRV_NONLINEAR = (
    "sd1_ms", "sd2_ms", "sd1_sd2", "ellipse_area_ms2", "csi", "cvi", "sampen", "apen", "fuzzyen", "dfa_alpha1",
    "dfa_alpha2", "mse_2", "mse_3", "mse_4", "mse_5", "higuchi_fd", "permutation_entropy",
)  # fmt: skip

#: Fewest trusted intervals for the entropies (per scale), DFA alpha 1 and 2, Higuchi's and permutation entropy.
ENTROPY_INTERVALS, SCALING_INTERVALS, HIGUCHI_INTERVALS, ORDER_INTERVALS = 100, (64, 256), 125, 30
#: Scales of multiscale entropy besides the first, which is `sampen`.
SCALES = (2, 3, 4, 5)

_TOLERANCE = 0.2  # of the standard deviation
_BOXES = (4, 16, 64)  # beats: alpha 1 between the first two, alpha 2 between the last


@njit(cache=True, nogil=True)
def scatter(sdnn_ms, sdsd_ms, out, at):
    """Poincare indices from the standard deviations of intervals and of their differences (Brennan 2001)."""
    sd1_ms = sdsd_ms / np.sqrt(2.0)
    sd2_ms = np.sqrt(max(2.0 * sdnn_ms * sdnn_ms - 0.5 * sdsd_ms * sdsd_ms, 0.0))
    out[at], out[at + 1], out[at + 3] = sd1_ms, sd2_ms, np.pi * sd1_ms * sd2_ms
    if sd2_ms > 0.0:
        out[at + 2] = sd1_ms / sd2_ms
    if sd1_ms > 0.0:
        out[at + 4] = sd2_ms / sd1_ms
    if sd1_ms * sd2_ms > 0.0:  # Toichi (1997): the axes of the ellipse are four times SD1 and SD2
        out[at + 5] = np.log10(16.0 * sd1_ms * sd2_ms)


@njit(cache=True, nogil=True)
def hrv_nonlinear(rr_ms, sdnn_ms, out, at):
    """What depends on the order of the intervals into `out` from column `at` on, ordered as `HRV_NONLINEAR`."""
    nn_ms = trusted(rr_ms)
    n = nn_ms.size
    tolerance = _TOLERANCE * sdnn_ms
    if n >= ENTROPY_INTERVALS:
        pair_entropies(rr_ms, tolerance, out, at + 6)
    walk = profile(nn_ms)  # gaps are cut out and the rest joined
    for index in range(2):
        if n >= SCALING_INTERVALS[index]:
            out[at + 9 + index] = scaling_exponent(walk, _BOXES[index], _BOXES[index + 1])
    for index in range(len(SCALES)):
        if n >= SCALES[index] * ENTROPY_INTERVALS:
            out[at + 11 + index] = sample_entropy(coarse_grained(rr_ms, SCALES[index]), tolerance)
    if n >= HIGUCHI_INTERVALS:
        out[at + 15] = higuchi_dimension(rr_ms)
    if n >= ORDER_INTERVALS:
        out[at + 16] = permutation_entropy(rr_ms)
