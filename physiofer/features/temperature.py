"""Skin temperature of windows, as a scikit-learn transformer."""

import numpy as np

from .._parallel import over_windows
from ..kernels.moments import MOMENTS, window_moments
from ..signals.quality import present_share, varying_share
from ..signals.temperature import clean_temperature
from ._base import WindowFeatures

__all__ = ["TemperatureFeatures"]

_STUCK_S = 60.0  # skin may well stay at one step of the sensor for half a minute


class TemperatureFeatures(WindowFeatures):
    """Mean, spread and slope of skin temperature windows.

    Parameters
    ----------
    rate : float, default=4.0
        Sampling rate of the windows in Hz.

    Attributes
    ----------
    n_features_in_ : int
        Second axis of the windows seen in ``fit``.

    Notes
    -----
    Features: ``mean_c``, ``sd_c``, ``range_c`` and ``slope_c_per_min``. A finger or wrist cools under stress as its
    vessels narrow [1]_, tens of seconds late.

    Quality, each from 0 to 1: ``quality_present``, the share of samples that are there; ``quality_in_range``, the share
    that are there and plausible, see :func:`physiofer.signals.temperature.clean_temperature`; ``quality_varying``, the
    share of these outside runs of one value of 60 s or longer; ``quality``, the product of the latter two.

    With less than half of the window in range the features are NaN.

    References
    ----------
    .. [1] Vinkers et al. (2013), Stress 16(5), 520-530.

    Examples
    --------
    >>> import numpy as np
    >>> windows = np.linspace(33.0, 32.8, 240)[np.newaxis]
    >>> features = TemperatureFeatures(rate=4.0).set_output(transform="pandas").fit_transform(windows)
    >>> round(float(features.loc[0, "slope_c_per_min"]), 2)
    -0.2
    """

    modality = "temperature"
    kinds = ("temperature",)
    feature_names = (
        "mean_c", "sd_c", "range_c", "slope_c_per_min",
        "quality_present", "quality_in_range", "quality_varying", "quality",
    )  # fmt: skip
    version = 2

    def __init__(self, rate=4.0):
        self.rate = rate

    def _from_windows(self, windows, rate):
        """Statistics of the plausible samples."""
        present = present_share(windows[:, 0])
        temperature_c = clean_temperature(windows[:, 0])
        table = np.empty((len(windows), len(MOMENTS)))
        over_windows(window_moments, len(temperature_c), temperature_c, table)
        in_range, mean, sd, least, greatest, slope = table.T
        features = np.stack([mean, sd, greatest - least, slope * 60.0 * rate])
        features[:, in_range < 0.5] = np.nan
        varying = varying_share(temperature_c, rate, min_flat_s=_STUCK_S)
        return np.vstack([features, present, in_range, varying, in_range * varying]).T
