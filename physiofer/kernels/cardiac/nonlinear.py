"""Non-linear indices of intervals: scatter of successive pairs, entropies, scaling."""

import numpy as np
from numba import njit

from .entropy import approximate_entropy, fuzzy_entropy, sample_entropy
from .fractal import coarse_grained, higuchi_dimension, permutation_entropy, profile, scaling_exponent

#: Order of the columns :func:`hrv_nonlinear` fills.
HRV_NONLINEAR = (
    "sd1_ms", "sd2_ms", "sd1_sd2", "ellipse_area_ms2", "csi", "cvi", "sampen", "apen", "fuzzyen", "dfa_alpha1",
    "dfa_alpha2", "mse_2", "mse_3", "mse_4", "mse_5", "higuchi_fd", "permutation_entropy",
)  # fmt: skip

#: Fewest trusted intervals for the entropies (per scale), DFA alpha 1 and 2, Higuchi's and permutation entropy.
ENTROPY_INTERVALS, ALPHA1_INTERVALS, ALPHA2_INTERVALS, HIGUCHI_INTERVALS, ORDER_INTERVALS = 100, 64, 256, 125, 30
#: Scales of multiscale entropy besides the first, which is `sampen`.
SCALES = (2, 3, 4, 5)

_TOLERANCE = 0.2  # of the standard deviation


@njit(cache=True, nogil=True)
def scatter(sdnn_ms, sdsd_ms, out):
    """Poincare indices from the standard deviations of intervals and of their differences (Brennan 2001)."""
    out[0] = sdsd_ms / np.sqrt(2.0)
    out[1] = np.sqrt(max(2.0 * sdnn_ms * sdnn_ms - 0.5 * sdsd_ms * sdsd_ms, 0.0))
    out[3] = np.pi * out[0] * out[1]
    if out[1] > 0.0:
        out[2] = out[0] / out[1]
    if out[0] > 0.0:
        out[4] = out[1] / out[0]
    if out[3] > 0.0:
        out[5] = np.log10(16.0 * out[0] * out[1])  # Toichi (1997): axes of the ellipse are four times SD1 and SD2


@njit(cache=True, nogil=True)
def hrv_nonlinear(rr_ms, n, sdnn_ms, sdsd_ms, is_whole, is_constant, out):
    """Non-linear indices of a series with `n` trusted intervals into `out`, ordered as `HRV_NONLINEAR`.

    Of a series with many gaps (not `is_whole`) only the scatter, of a constant one nothing that looks at its pattern.
    """
    for index in range(out.size):
        out[index] = np.nan
    if np.isfinite(sdsd_ms):
        scatter(sdnn_ms, sdsd_ms, out)
    if not is_whole or is_constant:
        return
    tolerance = _TOLERANCE * sdnn_ms
    if n >= ENTROPY_INTERVALS:
        out[6] = sample_entropy(rr_ms, tolerance)
        out[7] = approximate_entropy(rr_ms, tolerance)
        out[8] = fuzzy_entropy(rr_ms, tolerance)
    if n >= ALPHA1_INTERVALS:
        walk = profile(rr_ms)
        out[9] = scaling_exponent(walk, 4, 16)
        if n >= ALPHA2_INTERVALS:
            out[10] = scaling_exponent(walk, 16, 64)
    for index, scale in enumerate(SCALES):
        if n >= scale * ENTROPY_INTERVALS:
            out[11 + index] = sample_entropy(coarse_grained(rr_ms, scale), tolerance)
    if n >= HIGUCHI_INTERVALS:
        out[15] = higuchi_dimension(rr_ms)
    if n >= ORDER_INTERVALS:
        out[16] = permutation_entropy(rr_ms)
