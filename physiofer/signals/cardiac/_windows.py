"""Every index of heart rate variability of many windows: kernels fill the columns, minima take back what is unsound."""

import numpy as np

from ..._parallel import over_windows
from ...kernels.cardiac.frequency_domain import HRV_FREQUENCY, MAX_MISSING, lomb_windows, welch_windows
from ...kernels.cardiac.nonlinear import PATTERNS, hrv_nonlinear_windows
from ...kernels.cardiac.time_domain import HRV_TIME, hrv_time_windows
from ._schema import COLUMNS, FEWEST, FLAG_PLACE, FLAGGED, HRV, IS_UNBROKEN, LEAST_S, PLACES

_ROUNDING = 1e-9  # relative to the mean: intervals that vary less are constant
_NEARLY = 0.9  # a window counts in full if trusted intervals reach over so much of it: beats at its edges get lost
_SDNN, _SDSD, _SAMPEN = (HRV.index(name) for name in ("sdnn_ms", "sdsd_ms", "sampen"))


def hrv_table(beats_s, rr_ms, windows, window_s, groups, min_intervals, edges_hz):
    """Indices (n_windows, len(HRV)) and coverage of windows, each told by its first beat, first interval and beats."""
    n_windows = len(windows)
    out = np.full((n_windows, len(HRV)), np.nan)
    time, extents = np.full((n_windows, len(HRV_TIME)), np.nan), np.empty((n_windows, 4))
    over_windows(hrv_time_windows, n_windows, beats_s, rr_ms, windows, min_intervals, time, extents)
    out[:, PLACES["time"]] = time
    n, trusted_ms, whole_s, longest_s = extents.T
    is_enough = n >= min_intervals
    sdnn_ms, sdsd_ms, least_ms = time[:, _SDNN], time[:, _SDSD], _ROUNDING * time[:, 0]
    edge_s = 2e-3 * trusted_ms / np.maximum(n, 1.0)  # a nominal window loses up to an interval at either end
    is_whole = is_enough & (1e-3 * trusted_ms >= (1.0 - MAX_MISSING) * whole_s)
    todo = windows * is_enough[:, np.newaxis]  # windows without intervals where there are too few
    for group, kernel in (("frequency", welch_windows), ("lomb", lomb_windows)):
        if group in groups:
            bands = np.full((n_windows, len(HRV_FREQUENCY)), np.nan)
            over_windows(kernel, n_windows, beats_s, rr_ms, todo, edges_hz, least_ms * least_ms, bands)
            out[:, PLACES[group]] = bands
    if "nonlinear" in groups:
        patterns = np.full((n_windows, len(PATTERNS)), np.nan)
        varying_ms = np.where(is_whole & (sdnn_ms > least_ms), sdnn_ms, 0.0)
        over_windows(hrv_nonlinear_windows, n_windows, rr_ms, windows, varying_ms, patterns)
        out[:, PLACES["nonlinear"]] = np.hstack([_scatter(sdnn_ms, sdsd_ms, least_ms), patterns])
    reach_s = np.where(IS_UNBROKEN, (longest_s + edge_s)[:, np.newaxis], (whole_s + edge_s)[:, np.newaxis])
    reach_s = np.minimum(reach_s / _NEARLY, np.maximum(reach_s, window_s))
    out[(reach_s < LEAST_S) | (n[:, np.newaxis] < FEWEST)] = np.nan
    out[:, FLAG_PLACE] = np.isfinite(out[:, FLAGGED])
    # Entropies may be undefined although there is enough to look at.
    out[:, -1] = is_whole & (n >= FEWEST[_SAMPEN])
    for group in COLUMNS.keys() - groups:
        out[:, COLUMNS[group]] = np.nan
    return out, np.minimum(1e-3 * trusted_ms / window_s, 1.0)


def _scatter(sdnn_ms, sdsd_ms, least_ms):
    """Indices of the Poincare plot from the deviations of intervals and of their differences (Brennan 2001)."""
    columns = np.empty((sdnn_ms.size, 6))
    sd1_ms, sd2_ms = columns[:, 0], columns[:, 1]
    across, along = 0.5 * sdsd_ms**2, 2.0 * sdnn_ms**2 - 0.5 * sdsd_ms**2
    sd1_ms[:] = np.sqrt(across)
    sd2_ms[:] = np.sqrt(np.where(along <= 1e-12 * across, 0.0, along))  # what rounding leaves of an alternation
    for axis_ms in (sd1_ms, sd2_ms):
        axis_ms[axis_ms <= least_ms] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        columns[:, 2] = sd1_ms / sd2_ms
        columns[:, 3] = np.pi * sd1_ms * sd2_ms
        columns[:, 4] = sd2_ms / sd1_ms
        columns[:, 5] = np.log10(16.0 * sd1_ms * sd2_ms)  # Toichi (1997): the ellipse's axes are four times SD1 and SD2
    columns[np.isinf(columns)] = np.nan
    return columns
