"""Skin conductance split into tonic level and phasic activity."""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from ..._validate import check_choice, check_number
from ...exceptions import InvalidArgumentError
from .._filters import zero_phase
from .clean import SLOWEST_RATE, smoothed

_TONIC_HZ = 0.05  # Boucsein (2012): responses live above it


class EDAComponents(NamedTuple):
    """Tonic level and phasic activity in µS, of the shape of the input; together they are the smoothed signal."""

    tonic: np.ndarray
    phasic: np.ndarray


def decompose(eda_us, rate, *, method="highpass"):
    """Split skin conductance into tonic level and phasic activity.

    Spikes are taken out by a median of five samples and the rest is smoothed below 1 Hz (zero phase); what follows is
    split at 0.05 Hz.

    Parameters
    ----------
    eda_us : array-like of shape (..., n_times)
        Skin conductance in µS; NaN where there was no contact.
    rate : float
        Sampling rate in Hz, at least 1.
    method : {"highpass", "median"}, default="highpass"
        ``"highpass"`` takes as tonic what a zero-phase Butterworth filter passes below 0.05 Hz, ``"median"`` the
        running median over 8 s.

    Returns
    -------
    EDAComponents
        ``tonic`` and ``phasic`` in µS; NaN where the input was. Gaps are bridged inside the filters only.

    Raises
    ------
    InvalidArgumentError
        If the rate is below 1 Hz or the method unknown.

    References
    ----------
    .. [1] Boucsein (2012), Electrodermal Activity, 2nd ed., Springer.
    .. [2] Kleckner et al. (2018), IEEE Trans. Biomedical Engineering 65(7), 1460-1467.

    Examples
    --------
    >>> import numpy as np
    >>> tonic, phasic = decompose(np.full(240, 2.0), 4.0)
    >>> round(float(tonic.mean()), 6), round(float(np.abs(phasic).max()), 6)
    (2.0, 0.0)
    """
    method = check_choice(method, name="method", choices=["highpass", "median"])
    rate = check_number(rate, name="rate", low=SLOWEST_RATE)
    eda_us = np.asarray(eda_us, dtype=np.float64)
    if eda_us.ndim == 0:
        raise InvalidArgumentError("eda_us is a single number; it must be a series of shape (..., n_times).")
    if eda_us.shape[-1] < 2:
        return EDAComponents(eda_us.copy(), eda_us * 0.0)
    is_missing = ~np.isfinite(eda_us)
    smooth = smoothed(eda_us, rate)
    if method == "highpass":
        tonic = zero_phase(smooth, rate, high_hz=_TONIC_HZ)
    else:
        size = (1,) * (smooth.ndim - 1) + (2 * int(4.0 * rate) + 1,)
        tonic = ndimage.median_filter(smooth, size=size, mode="nearest")
    tonic[is_missing] = np.nan
    return EDAComponents(tonic, smooth - tonic)
