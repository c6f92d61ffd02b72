"""Movement of the body-worn sensor: acceleration split into gravity and what the wearer does."""

import numpy as np

from .._validate import check_rate
from ..exceptions import InvalidArgumentError
from ._filters import bridged, zero_phase

__all__ = ["activity"]

_GRAVITY_HZ = 0.5


def activity(acceleration_g, rate):
    """Magnitude of the acceleration that is not gravity.

    Each axis is high-passed at 0.5 Hz (zero phase), which takes out gravity and posture; then the Euclidean norm.

    Parameters
    ----------
    acceleration_g : array-like of shape (..., 3, n_times)
        Acceleration in g along three axes.
    rate : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of shape (..., n_times)
        Dynamic acceleration in g; NaN where an axis is missing.

    Raises
    ------
    InvalidArgumentError
        If there are not three axes.

    References
    ----------
    .. [1] van Hees et al. (2013), PLoS ONE 8(4), e61691 (the high-pass filtered Euclidean norm, HFEN).

    Examples
    --------
    >>> import numpy as np
    >>> still = np.tile([[0.0], [0.6], [0.8]], 320)
    >>> bool(np.abs(activity(still, 32.0)).max() < 1e-9)
    True
    """
    rate = check_rate(rate)
    acceleration_g = np.asarray(acceleration_g, dtype=np.float64)
    if acceleration_g.ndim < 2 or acceleration_g.shape[-2] != 3:
        raise InvalidArgumentError(f"acceleration_g has shape {acceleration_g.shape}; it must be (..., 3, n_times).")
    if acceleration_g.shape[-1] < 2:
        return np.full(acceleration_g.shape[:-2] + acceleration_g.shape[-1:], np.nan)
    is_missing = ~np.isfinite(acceleration_g).all(axis=-2)
    dynamic = zero_phase(bridged(acceleration_g), rate, low_hz=_GRAVITY_HZ)
    magnitude = np.sqrt(np.square(dynamic).sum(axis=-2))
    magnitude[is_missing] = np.nan
    return magnitude
