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
#: Order of the columns :func:`hrv` fills.
HRV = HRV_TIME + HRV_FREQUENCY + HRV_LOMB + HRV_NONLINEAR + HRV_VALID

#: Least length in s for the powers of each band.
VLF_S, LF_S, HF_S = 300.0, 120.0, 60.0

GROUPS = ("time", "frequency", "lomb", "nonlinear")
_WELCH = len(HRV_TIME)
_LOMB = _WELCH + len(HRV_FREQUENCY)
_NONLINEAR = _LOMB + len(HRV_LOMB)
_VALID = _NONLINEAR + len(HRV_NONLINEAR)
_GROUPS_OF_FLAGS = (0, 0, 1, 1, 1, 2, 2, 2, 3)
_ROUNDING = 1e-9  # relative to the mean: an interval that varies less is constant


@njit(cache=True, nogil=True)
def hrv(beats_s, rr_ms, min_intervals, edges_hz, is_asked, out):
    """All indices of one window into `out`, ordered as `HRV`; `is_asked` for each of `GROUPS`."""
    for index in range(_VALID):
        out[index] = np.nan
    for flag in range(len(HRV_VALID)):
        out[_VALID + flag] = 0.0 if is_asked[_GROUPS_OF_FLAGS[flag]] else np.nan
    n = trusted(rr_ms).size
    if n < min_intervals:
        return
    whole_s, longest_s, share = extent(beats_s, rr_ms)
    hrv_time(rr_ms, whole_s, min_intervals, out)
    rounding_ms, sdnn_ms, sdsd_ms = _ROUNDING * out[0], out[2], out[4]
    for spectrum in range(2):
        if is_asked[1 + spectrum]:
            if spectrum == 0:
                density, spacing, n_segments, limit_hz = welch_density(beats_s, rr_ms, edges_hz[3])
            else:
                density, spacing, n_segments, limit_hz = lomb_density(beats_s, rr_ms, edges_hz[3])
            length_s = 0.0 if n_segments == 0 else longest_s if spectrum == 0 else whole_s
            at, flags = _WELCH + spectrum * len(HRV_FREQUENCY), _VALID + 2 + 3 * spectrum
            band_indices(density, spacing, edges_hz, rounding_ms * rounding_ms, out, at)
            keep_bands(length_s, limit_hz > edges_hz[2], out, at, flags)
    if is_asked[3]:
        if sdsd_ms >= 0.0:
            scatter(sdnn_ms, sdsd_ms, out, _NONLINEAR)
        if share >= 1.0 - MAX_MISSING:
            out[_VALID + 8] = n >= ENTROPY_INTERVALS
            if sdnn_ms > rounding_ms:
                hrv_nonlinear(rr_ms, sdnn_ms, out, _NONLINEAR)
    if is_asked[0]:
        out[_VALID], out[_VALID + 1] = 1.0, whole_s >= GEOMETRIC_S
    else:
        for index in range(_WELCH):
            out[index] = np.nan


@njit(cache=True, nogil=True)
def keep_bands(length_s, has_hf, out, at, flags):
    """Take back what a spectrum of `length_s` cannot tell, and say in the columns `flags` what it can: VLF, LF, HF."""
    out[flags], out[flags + 1], out[flags + 2] = length_s >= VLF_S, length_s >= LF_S, has_hf and length_s >= HF_S
    for band in range(3):
        if out[flags + band] == 0.0:
            out[at + band] = out[at + 3] = out[at + 7 + band] = np.nan
            if band > 0:
                out[at + 4] = out[at + 5] = out[at + 6] = np.nan


@njit(cache=True, nogil=True)
def hrv_windows(first, last, beats_s, rr_ms, windows, window_s, min_intervals, edges_hz, is_asked, out, coverage):
    """:func:`hrv` of windows `first` to `last`, and the share of each that trusted intervals cover.

    Each row of `windows` tells its first beat, its first interval and how many beats it has.
    """
    for w in range(first, last):
        beat, interval, n_beats = windows[w, 0], windows[w, 1], windows[w, 2]
        inside = rr_ms[interval : interval + max(n_beats - 1, 0)]
        hrv(beats_s[beat : beat + n_beats], inside, min_intervals, edges_hz, is_asked, out[w])
        covered_ms = 0.0
        for i in range(inside.size):
            if np.isfinite(inside[i]):
                covered_ms += inside[i]
        coverage[w] = min(covered_ms / (1000.0 * window_s), 1.0)
