"""Zero-phase filters that survive gaps, and small running statistics, shared by the signals."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from ..kernels import filters
from ..kernels.gaps import bridge_gaps


def bridged(values):
    """Copy with gaps bridged by straight lines so that a filter can run; the caller masks them again."""
    filled = np.array(values, dtype=np.float64, order="C")
    bridge_gaps(filled.reshape(-1, filled.shape[-1]))
    return filled


@lru_cache(maxsize=64)
def _butterworth(order, cutoffs_hz, kind, rate):
    """Second-order sections of a Butterworth filter, and their state under a constant 1."""
    from scipy import signal  # slow to import, and not needed where features come from the cache

    sections = signal.butter(order, cutoffs_hz, kind, fs=rate, output="sos")
    return sections, signal.sosfilt_zi(sections)


def zero_phase(values, rate, *, low_hz=None, high_hz=None, order=2, overwrite=False):
    """Butterworth filter run forwards and backwards along time; cut-offs at or above Nyquist are left out.

    `values` must hold no NaN. The ends are padded by two periods of the lowest cut-off, or what the series allows. With
    `overwrite` the answer may lie where `values` did: a fresh array of a long recording costs as much as the filter.
    """
    if high_hz is not None and high_hz >= 0.5 * rate:
        high_hz = None
    if low_hz is not None and low_hz >= 0.5 * rate:
        return np.zeros_like(values)
    if low_hz is None and high_hz is None:
        return np.array(values)
    cutoffs, kind = {
        (True, True): ((low_hz, high_hz), "bandpass"),
        (True, False): (low_hz, "highpass"),
        (False, True): (high_hz, "lowpass"),
    }[low_hz is not None, high_hz is not None]
    sections, steady = _butterworth(order, cutoffs, kind, rate)
    padding = min(int(2 * rate / (low_hz or high_hz)), values.shape[-1] - 1)
    values = np.ascontiguousarray(values, dtype=np.float64)
    filtered = values if overwrite else np.empty_like(values)
    n_times = values.shape[-1]
    filters.zero_phase(values.reshape(-1, n_times), sections, steady, padding, filtered.reshape(-1, n_times))
    return filtered


def moving_mean(values, n_samples):
    """Centred mean over `n_samples` (made odd) along the last axis, ends by their nearest sample."""
    return ndimage.uniform_filter1d(values, 2 * (int(n_samples) // 2) + 1, axis=-1, mode="nearest")
