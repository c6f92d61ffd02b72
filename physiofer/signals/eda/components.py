"""Skin conductance split into tonic level and phasic activity."""

import numpy as np
from scipy import ndimage

from ..._validate import check_choice, check_number, check_rate, check_samples
from .._filters import zero_phase
from .clean import SLOWEST_RATE, smoothed
from .convex import EDAComponents, cvxeda

_TONIC_HZ = 0.05  # Boucsein (2012): responses live above it


def decompose(eda_us, rate, *, method="cvxeda", scale_us=None):
    """Split skin conductance into tonic level and phasic activity.

    Parameters
    ----------
    eda_us : array-like of shape (..., n_times)
        Skin conductance in µS; NaN where there was no contact.
    rate : float
        Sampling rate in Hz, at least 1.
    method : {"cvxeda", "highpass", "median"}, default="cvxeda"
        ``"cvxeda"`` is the convex decomposition [1]_, see :func:`cvxeda`: tonic and phasic leave the noise out, and the
        phasic part is never negative. For the others spikes are taken out by a median of five samples and the rest is
        smoothed below 1 Hz (zero phase); ``"highpass"`` takes as tonic what a zero-phase Butterworth filter passes
        below 0.05 Hz [2]_, ``"median"`` the running median over 8 s, and phasic is what remains.
    scale_us : float, optional
        For ``"cvxeda"`` only: what the signal is divided by, by default its standard deviation.

    Returns
    -------
    EDAComponents
        ``tonic`` and ``phasic`` in µS, ``driver`` in µS/s; NaN where the input was. The driver is NaN throughout for
        ``"highpass"`` and ``"median"``, which know of none; they bridge gaps inside the filters.

    Raises
    ------
    InvalidArgumentError
        If the rate is below 1 Hz, the method unknown, or `scale_us` not positive.

    References
    ----------
    .. [1] Greco, Valenza, Lanata, Scilingo & Citi (2016), IEEE Trans. Biomedical Engineering 63(4), 797-804.
    .. [2] Boucsein (2012), Electrodermal Activity, 2nd ed., Springer.

    Examples
    --------
    >>> import numpy as np
    >>> parts = decompose(np.full(240, 2.0), 4.0)
    >>> float(parts.tonic.mean()), float(parts.phasic.max()), float(parts.driver.max())
    (2.0, 0.0, 0.0)
    """
    method = check_choice(method, name="method", choices=["cvxeda", "highpass", "median"])
    if method == "cvxeda":
        return cvxeda(eda_us, rate, scale_us=scale_us)
    rate = check_rate(rate, low=SLOWEST_RATE)
    if scale_us is not None:
        check_number(scale_us, name="scale_us", low=0.0, low_open=True)
    eda_us = check_samples(eda_us, name="eda_us")
    eda_us = np.where(np.isfinite(eda_us), eda_us, np.nan)
    if eda_us.shape[-1] < 2:
        return EDAComponents(eda_us.copy(), eda_us * 0.0, np.full(eda_us.shape, np.nan))
    is_missing = ~np.isfinite(eda_us)
    smooth = smoothed(eda_us, rate)
    if method == "highpass":
        tonic = zero_phase(smooth, rate, high_hz=_TONIC_HZ)
    else:
        size = (1,) * (smooth.ndim - 1) + (2 * int(4.0 * rate) + 1,)
        tonic = ndimage.median_filter(smooth, size=size, mode="nearest")
    tonic[is_missing] = np.nan
    return EDAComponents(tonic, smooth - tonic, np.full(eda_us.shape, np.nan))
