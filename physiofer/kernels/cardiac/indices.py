"""All heart rate variability of a window, and of many windows at once."""

import numpy as np
from numba import njit, prange

from .frequency_domain import HRV_FREQUENCY, MAX_MISSING, band_indices, lomb_density, welch_density
from .nonlinear import ENTROPY_INTERVALS, HRV_NONLINEAR, hrv_nonlinear
from .tachogram import covered_s, reach_s, stretches
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

_WELCH = len(HRV_TIME)
_LOMB = _WELCH + len(HRV_FREQUENCY)
_NONLINEAR = _LOMB + len(HRV_LOMB)
_VALID = _NONLINEAR + len(HRV_NONLINEAR)
_ROUNDING = 1e-9  # relative to the mean: an interval that varies less is constant


@njit(cache=True, nogil=True)
def hrv(beats_s, rr_ms, min_intervals, edges_hz, is_asked, out):
    """All indices of one window into `out`, ordered as `HRV`; `is_asked` for time, frequency, lomb and nonlinear."""
    for index in range(out.size):
        out[index] = np.nan
    time, welch, lomb, nonlinear = out[:_WELCH], out[_WELCH:_LOMB], out[_LOMB:_NONLINEAR], out[_NONLINEAR:_VALID]
    valid = out[_VALID:]
    bounds, n_stretches = stretches(beats_s, rr_ms)
    n, mean_ms = 0, 0.0
    for i in range(rr_ms.size):
        if np.isfinite(rr_ms[i]):
            n += 1
            mean_ms += rr_ms[i]
    mean_ms /= max(n, 1)
    is_enough = n >= min_intervals
    # A nominal window loses up to an interval at either end.
    whole_s, longest_s, share = 0.0, 0.0, 0.0
    if is_enough:
        whole_s = reach_s(beats_s, bounds[0, 0], bounds[n_stretches - 1, 1]) + 2e-3 * mean_ms
        share = covered_s(beats_s, rr_ms) / whole_s
        for s in range(n_stretches):
            longest_s = max(longest_s, reach_s(beats_s, bounds[s, 0], bounds[s, 1]) + 2e-3 * mean_ms)
    hrv_time(rr_ms, whole_s, min_intervals, time)
    floor_ms2 = (_ROUNDING * mean_ms) ** 2
    if is_asked[1]:
        density, spacing, n_segments = welch_density(beats_s, rr_ms, edges_hz[3])
        band_indices(density, spacing, edges_hz, floor_ms2, welch)
        keep_bands(longest_s if is_enough and n_segments else 0.0, True, welch, valid[2:5])
    if is_asked[2]:
        density, spacing, n_segments, limit_hz = lomb_density(beats_s, rr_ms, edges_hz[3])
        band_indices(density, spacing, edges_hz, floor_ms2, lomb)
        keep_bands(whole_s if is_enough and n_segments else 0.0, limit_hz > edges_hz[2], lomb, valid[5:8])
    if is_asked[3]:
        is_whole = is_enough and share >= 1.0 - MAX_MISSING
        hrv_nonlinear(rr_ms, n, time[2], time[4], is_whole, time[2] <= _ROUNDING * mean_ms, nonlinear)
        valid[8] = is_whole and n >= ENTROPY_INTERVALS
    if is_asked[0]:
        valid[0] = is_enough
        valid[1] = is_enough and whole_s >= GEOMETRIC_S
    else:
        time[:] = np.nan


@njit(cache=True, nogil=True)
def keep_bands(length_s, has_hf, out, valid):
    """Take back what a spectrum of `length_s` cannot tell, and say so in `valid` (VLF, LF, HF)."""
    valid[0], valid[1], valid[2] = length_s >= VLF_S, length_s >= LF_S, has_hf and length_s >= HF_S
    for band in range(3):
        if not valid[band]:
            out[band] = out[3] = out[7 + band] = np.nan
    if not (valid[1] and valid[2]):
        out[4] = out[5] = out[6] = np.nan


@njit(cache=True, nogil=True, parallel=True)
def hrv_windows(beats_s, rr_ms, windows, window_s, min_intervals, edges_hz, is_asked, out, coverage):
    """:func:`hrv` of many windows, and the share of each that trusted intervals cover.

    Each row of `windows` tells its first beat, its first interval and how many beats it has.
    """
    for w in prange(windows.shape[0]):
        first_beat, first_interval, n_beats = windows[w]
        inside = rr_ms[first_interval : first_interval + max(n_beats - 1, 0)]
        hrv(beats_s[first_beat : first_beat + n_beats], inside, min_intervals, edges_hz, is_asked, out[w])
        covered_ms = 0.0
        for i in range(inside.size):
            if np.isfinite(inside[i]):
                covered_ms += inside[i]
        coverage[w] = min(covered_ms / (1000.0 * window_s), 1.0)
