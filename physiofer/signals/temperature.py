"""Skin temperature: what a sensor can have measured on living skin."""

import warnings

import numpy as np

from .._validate import check_number, check_samples
from ..exceptions import QualityWarning

__all__ = ["clean_temperature"]

_TO_CELSIUS = {
    "kelvin": lambda value: value - 273.15,
    "degrees Fahrenheit": lambda value: (value - 32.0) / 1.8,
    "hundredths of a degree": lambda value: value / 100.0,
    "thousandths of a degree": lambda value: value / 1000.0,
}


def clean_temperature(temperature_c, *, low_c=15.0, high_c=43.0):
    """Skin temperature with NaN where it cannot be skin.

    Parameters
    ----------
    temperature_c : array-like of shape (..., n_times)
        Temperature in °C, time last.
    low_c, high_c : float, default=15, 43
        Readings outside are taken for a sensor off the skin, or for no reading at all: devices report faults as 0 or as
        hundreds of degrees. Healthy skin is rarely below 20 °C at the hand, and above 43 °C it burns.

    Returns
    -------
    ndarray
        Same shape, float64.

    Raises
    ------
    InvalidArgumentError
        If `low_c` is not below `high_c`.

    Warns
    -----
    QualityWarning
        If most readings are implausible in °C, yet would be skin in another unit. Nothing is converted: they are NaN.

    Examples
    --------
    >>> clean_temperature([33.1, 0.0, 382.2]).tolist()
    [33.1, nan, nan]
    """
    low_c = check_number(low_c, name="low_c")
    high_c = check_number(high_c, name="high_c", low=low_c, low_open=True)
    temperature_c = check_samples(temperature_c, name="temperature_c")
    is_skin = (temperature_c >= low_c) & (temperature_c <= high_c)
    is_there = np.isfinite(temperature_c)
    if 2 * np.count_nonzero(is_skin) < np.count_nonzero(is_there):
        typical = float(np.median(temperature_c[is_there]))
        for unit, to_celsius in _TO_CELSIUS.items():
            if low_c <= to_celsius(typical) <= high_c and not low_c <= typical <= high_c:
                message = f"temperature_c has a median of {typical:.4g}, which cannot be skin: is it in {unit}?"
                warnings.warn(message, QualityWarning, stacklevel=2)
                break
    return np.where(is_skin, temperature_c, np.nan)
