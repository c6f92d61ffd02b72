"""All heart rate variability of a window, and of many windows at once."""

import numpy as np
from numba import njit

from .frequency_domain import HRV_FREQUENCY, MAX_MISSING, band_indices, lomb_density, welch_density
from .nonlinear import ENTROPY_INTERVALS, HRV_NONLINEAR, hrv_nonlinear, scatter
from .tachogram import extent, trusted
from .time_domain import GEOMETRIC_S, HRV_TIME, hrv_time

HRV_LOMB = tuple(f"lomb_{name}" for name in HRV_FREQUENCY)
#: Whether a window is long and whole enough for a group of indices: 1 or 0, NaN where the group was not asked for.
HRV_VALID = (
    "valid_time", "valid_geometric", "valid_vlf", "valid_lf", "valid_hf", "valid_lomb_vlf", "valid_lomb_lf",
    "valid_lomb_hf", "valid_nonlinear",
)  # fmt: skip
#: Order of the columns :func:`hrv_windows` fills.
HRV = HRV_TIME + HRV_FREQUENCY + HRV_LOMB + HRV_NONLINEAR + HRV_VALID

#: Least length in s for the powers of each band.
VLF_S, LF_S, HF_S = 300.0, 120.0, 60.0

#: Indices that are computed together or not at all, and to which of these groups each column of `HRV` belongs.
GROUPS = ("time", "frequency", "lomb", "nonlinear")
GROUP_OF = (
    *(0 for _ in HRV_TIME), *(1 for _ in HRV_FREQUENCY), *(2 for _ in HRV_LOMB), *(3 for _ in HRV_NONLINEAR),
    0, 0, 1, 1, 1, 2, 2, 2, 3,
)  # fmt: skip

_WELCH = len(HRV_TIME)
_LOMB = _WELCH + len(HRV_FREQUENCY)
_NONLINEAR = _LOMB + len(HRV_LOMB)
_VALID = _NONLINEAR + len(HRV_NONLINEAR)
_ROUNDING = 1e-9  # relative to the mean: an interval that varies less is constant


@njit(cache=True, nogil=True)
def hrv_windows(first, last, beats_s, rr_ms, windows, window_s, min_intervals, edges_hz, is_asked, out, coverage):
    """All indices of windows `first` to `last`, and the share of each that trusted intervals cover.

    Each row of `windows` tells its first beat, its first interval and how many beats it has. Rows of `out`, ordered as
    `HRV`, come with 0 for each flag and NaN for everything else; `is_asked` goes with `GROUPS`, time always comes.
    """
    for w in range(first, last):
        beat, interval, n_beats = windows[w, 0], windows[w, 1], windows[w, 2]
        beats, inside, row = beats_s[beat : beat + n_beats], rr_ms[interval : interval + max(n_beats - 1, 0)], out[w]
        nn_ms = trusted(inside)
        covered_ms = 0.0
        for i in range(nn_ms.size):
            covered_ms += nn_ms[i]
        coverage[w] = min(covered_ms / (1000.0 * window_s), 1.0)
        if nn_ms.size < min_intervals:
            continue
        whole_s, longest_s, share = extent(beats, inside)
        hrv_time(inside, whole_s, min_intervals, row)
        row[_VALID], row[_VALID + 1] = 1.0, whole_s >= GEOMETRIC_S
        rounding_ms, sdnn_ms, sdsd_ms = _ROUNDING * row[0], row[2], row[4]
        for spectrum in range(2):
            if is_asked[1 + spectrum]:
                if spectrum == 0:
                    density, spacing, n_segments, limit_hz = welch_density(beats, inside, edges_hz[3])
                else:
                    density, spacing, n_segments, limit_hz = lomb_density(beats, inside, edges_hz[3])
                length_s = 0.0 if n_segments == 0 else longest_s if spectrum == 0 else whole_s
                at, flags = _WELCH + spectrum * len(HRV_FREQUENCY), _VALID + 2 + 3 * spectrum
                band_indices(density, spacing, edges_hz, rounding_ms * rounding_ms, row, at)
                keep_bands(length_s, limit_hz > edges_hz[2], row, at, flags)
        if is_asked[3] and sdsd_ms >= 0.0:
            scatter(sdnn_ms, sdsd_ms, row, _NONLINEAR)
        if is_asked[3] and share >= 1.0 - MAX_MISSING:
            row[_VALID + 8] = nn_ms.size >= ENTROPY_INTERVALS
            if sdnn_ms > rounding_ms:
                hrv_nonlinear(inside, sdnn_ms, row, _NONLINEAR)


@njit(cache=True, nogil=True)
def keep_bands(length_s, has_hf, out, at, flags):
    """Take back what a spectrum of `length_s` cannot tell, and say in the columns `flags` what it can: VLF, LF, HF."""
    out[flags], out[flags + 1], out[flags + 2] = length_s >= VLF_S, length_s >= LF_S, has_hf and length_s >= HF_S
    for band in range(3):
        if out[flags + band] == 0.0:
            out[at + band] = out[at + 3] = out[at + 7 + band] = np.nan
            if band > 0:
                out[at + 4] = out[at + 5] = out[at + 6] = np.nan
