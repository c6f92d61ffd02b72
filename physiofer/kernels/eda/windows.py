"""Statistics of windows of a decomposed recording, missing samples skipped."""

import numpy as np
from numba import njit

#: Rows of a window, and what :func:`window_statistics` makes of them; slopes and times are in samples.
PARTS = ("tonic", "phasic", "driver", "smooth", "amplitude", "rise", "recovery")
STATISTICS = (
    "tonic_mean", "tonic_sd", "tonic_slope", "phasic_sd", "phasic_rise", "driver_mean", "step_sd", "step_rise",
    "n_responses", "amplitude_sum", "amplitude_max", "rise_mean", "recovery_mean",
)  # fmt: skip


@njit(cache=True, nogil=True)
def _mean(values):
    """Mean of the finite values; NaN without any."""
    total, count = 0.0, 0
    for value in values:
        if np.isfinite(value):
            total += value
            count += 1
    return total / count if count else np.nan


@njit(cache=True, nogil=True)
def _spread_and_rise(values):
    """Standard deviation of the finite values, and the mean of their positive part."""
    mean, squares, rise, count = _mean(values), 0.0, 0.0, 0
    for value in values:
        if np.isfinite(value):
            squares += (value - mean) ** 2
            rise += max(value, 0.0)
            count += 1
    return (np.sqrt(squares / count), rise / count) if count else (np.nan, np.nan)


@njit(cache=True, nogil=True)
def _slope(values):
    """Least-squares slope per sample; NaN with fewer than two finite values."""
    centre, count = 0.0, 0
    for t in range(values.size):
        if np.isfinite(values[t]):
            centre += t
            count += 1
    if count < 2:
        return np.nan
    mean, products, squares = _mean(values), 0.0, 0.0
    centre /= count
    for t in range(values.size):
        if np.isfinite(values[t]):
            products += (t - centre) * (values[t] - mean)
            squares += (t - centre) ** 2
    return products / squares


@njit(cache=True, nogil=True)
def _of_window(parts, out):
    """One row of :func:`window_statistics`."""
    tonic, phasic, driver, smooth, amplitude, rise, recovery = parts
    out[0], out[2], out[5] = _mean(tonic), _slope(tonic), _mean(driver)
    out[1], _ = _spread_and_rise(tonic)
    out[3], out[4] = _spread_and_rise(phasic)
    out[6], out[7] = _spread_and_rise(smooth[1:] - smooth[:-1])
    count, amplitude_sum, amplitude_max, rise_sum = 0, 0.0, 0.0, 0.0
    seen, recovery_sum = 0, 0.0
    for t in range(amplitude.size):
        if amplitude[t] > 0.0:
            count += 1
            amplitude_sum += amplitude[t]
            amplitude_max = max(amplitude_max, amplitude[t])
            rise_sum += rise[t]
            if np.isfinite(recovery[t]):
                seen += 1
                recovery_sum += recovery[t]
    out[8], out[9] = count, amplitude_sum
    out[10], out[11] = (amplitude_max, rise_sum / count) if count else (np.nan, np.nan)
    out[12] = recovery_sum / seen if seen else np.nan


@njit(cache=True, nogil=True)
def window_statistics(first, last, windows, out):
    """Statistics of windows `first` to `last` of (n_windows, 7, n_times), ordered as `STATISTICS`, into `out`."""
    for window in range(first, last):
        _of_window(windows[window], out[window])
