"""Skin temperature of windows, as a scikit-learn transformer."""

import numpy as np

from ..signals.temperature import clean_temperature
from ._base import WindowFeatures, present_share, quiet_nan, slope_per_minute

__all__ = ["TemperatureFeatures"]


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
    Features: ``mean_c``, ``sd_c``, ``range_c``, ``slope_c_per_min``, and ``quality``, the share of the window with a
    plausible reading, 0 to 1. With less than half of it the features are NaN. A finger or wrist cools under stress as
    its vessels narrow [1]_, tens of seconds late.

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
    feature_names = ("mean_c", "sd_c", "range_c", "slope_c_per_min", "quality")

    def __init__(self, rate=4.0):
        self.rate = rate

    def _from_windows(self, windows, rate):
        """Statistics of the plausible samples."""
        temperature_c = clean_temperature(windows[:, 0])
        share = present_share(temperature_c)
        features = np.column_stack(
            [
                quiet_nan(np.nanmean, temperature_c),
                quiet_nan(np.nanstd, temperature_c),
                quiet_nan(np.nanmax, temperature_c) - quiet_nan(np.nanmin, temperature_c),
                slope_per_minute(temperature_c, rate),
            ]
        )
        features[share < 0.5] = np.nan
        return np.column_stack([features, share])
