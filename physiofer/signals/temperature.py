"""Skin temperature: what a sensor can have measured on living skin."""

import numpy as np

from .._validate import check_number

__all__ = ["clean_temperature"]


def clean_temperature(temperature_c, *, low_c=15.0, high_c=43.0):
    """Skin temperature with NaN where it cannot be skin.

    Parameters
    ----------
    temperature_c : array-like
        Temperature in °C, time last.
    low_c, high_c : float, default=15, 43
        Readings outside are taken for a sensor off the skin.

    Returns
    -------
    ndarray
        Same shape, float64.

    Examples
    --------
    >>> clean_temperature([33.1, 0.0, 382.2]).tolist()
    [33.1, nan, nan]
    """
    low_c = check_number(low_c, name="low_c")
    high_c = check_number(high_c, name="high_c", low=low_c, low_open=True)
    temperature_c = np.array(temperature_c, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        temperature_c[~((temperature_c >= low_c) & (temperature_c <= high_c))] = np.nan
    return temperature_c
