"""Non-linear indices of intervals: entropies, scaling, order."""

from numba import njit

from .entropy import pair_entropies, sample_entropy
from .fractal import coarse_grained, higuchi_dimension, permutation_entropy, profile, scaling_exponent
from .tachogram import trusted

#: Order of the columns :func:`hrv_nonlinear_windows` fills.
PATTERNS = (
    "sampen", "apen", "fuzzyen", "dfa_alpha1", "dfa_alpha2", "mse_2", "mse_3", "mse_4", "mse_5", "higuchi_fd",
    "permutation_entropy",
)  # fmt: skip

#: Fewest trusted intervals for each: 10^m (per scale), four of the longest boxes, and what the papers found enough.
FEWEST = (100, 100, 100, 64, 256, 200, 300, 400, 500, 125, 30)

_SCALES = (2, 3, 4, 5)
_TOLERANCE = 0.2  # of the standard deviation
_BOXES = (4, 16, 64)  # beats: alpha 1 between the first two, alpha 2 between the last


@njit(cache=True, nogil=True)
def hrv_nonlinear_windows(first, last, rr_ms, windows, sdnn_ms, out):
    """:func:`hrv_nonlinear` of windows `first` to `last` whose `sdnn_ms` is above zero; others stay as they are."""
    for w in range(first, last):
        if sdnn_ms[w] > 0.0:
            inside = rr_ms[windows[w, 1] : windows[w, 1] + max(windows[w, 2] - 1, 0)]
            hrv_nonlinear(inside, _TOLERANCE * sdnn_ms[w], out[w])


@njit(cache=True, nogil=True)
def hrv_nonlinear(rr_ms, tolerance, out):
    """What depends on the order of the intervals, where there are enough, into `out`, ordered as `PATTERNS`."""
    nn_ms = trusted(rr_ms)
    n = nn_ms.size
    if n >= FEWEST[0]:
        pair_entropies(rr_ms, tolerance, out)
    walk = profile(nn_ms)  # gaps are cut out and the rest joined
    for index in range(2):
        if n >= FEWEST[3 + index]:
            out[3 + index] = scaling_exponent(walk, _BOXES[index], _BOXES[index + 1])
    for index in range(4):
        if n >= FEWEST[5 + index]:
            out[5 + index] = sample_entropy(coarse_grained(rr_ms, _SCALES[index]), tolerance)
    if n >= FEWEST[9]:
        out[9] = higuchi_dimension(rr_ms)
    if n >= FEWEST[10]:
        out[10] = permutation_entropy(rr_ms)
