"""Skin conductance as the sensor can have measured it: contact, spikes, smoothness."""

import numpy as np
from scipy import ndimage

from ..._validate import check_number
from .._filters import bridged, zero_phase

#: Slowest sampling in Hz that shows a response.
SLOWEST_RATE = 1.0
_SMOOTH_HZ = 1.0


def clean_eda(eda_us, *, low_us=0.01, high_us=100.0):
    """Skin conductance with NaN where it cannot be skin: out of contact (near 0 µS) or beyond the range of sensors.

    Parameters
    ----------
    eda_us : array-like
        Skin conductance in microsiemens, time last.
    low_us, high_us : float, default=0.01, 100
        Readings outside are taken for lost contact or saturation.

    Returns
    -------
    ndarray
        Same shape, float64.

    References
    ----------
    .. [1] Kleckner et al. (2018), IEEE Trans. Biomedical Engineering 65(7), 1460-1467.

    Examples
    --------
    >>> clean_eda([0.0, 0.5, 0.6]).tolist()
    [nan, 0.5, 0.6]
    """
    low_us = check_number(low_us, name="low_us")
    high_us = check_number(high_us, name="high_us", low=low_us, low_open=True)
    eda_us = np.array(eda_us, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        eda_us[~((eda_us >= low_us) & (eda_us <= high_us))] = np.nan
    return eda_us


def smoothed(eda_us, rate):
    """Gaps bridged, spikes of one or two samples taken out, then below 1 Hz."""
    filled = bridged(eda_us)
    width = min(5, filled.shape[-1])
    spikeless = ndimage.median_filter(filled, size=(1,) * (filled.ndim - 1) + (width,), mode="nearest")
    return zero_phase(spikeless, rate, high_hz=_SMOOTH_HZ)
