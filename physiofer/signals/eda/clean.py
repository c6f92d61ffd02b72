"""Skin conductance as the sensor can have measured it: contact, spikes, smoothness."""

import warnings

import numpy as np

from ..._validate import check_number, check_rate, check_samples
from ...exceptions import QualityWarning
from ...kernels.eda.clean import drop_lost_contact, median_of_five
from .._filters import bridged, zero_phase

#: Slowest sampling in Hz that shows a response.
SLOWEST_RATE = 1.0
#: Readings below are lost contact, above they are beyond the sensor, in µS.
LOW_US, HIGH_US = 0.03, 100.0

_SMOOTH_HZ = 1.0
_GREATEST_FALL = 0.4  # of the conductance, in a second
_GREATEST_RISE_US = 2.5  # in a quarter of a second
_GREATEST_RESPONSE_US = 5.0  # whose rise that is; at slow rates a sample may hold the whole of it
_LONGEST_KNOCK_S = 60.0
_UNITS = {"nS": 1e-3, "mS": 1e3, "S": 1e6}  # what makes µS of them


def clean_eda(eda_us, rate=None, *, low_us=LOW_US, high_us=HIGH_US, margin_s=1.0):
    """Skin conductance with NaN where it cannot be skin.

    That is out of contact (near 0 µS) or beyond the range of sensors. With the rate given, conductance that falls by
    more than two fifths within a second is taken for lost contact too, and `margin_s` before and after whatever is lost
    is left out with it: there the electrodes lift off, settle, or slip, as in the first moments after switching on. A
    response dies away with a time constant of about 2 s, so that even skin that did nothing but respond would lose no
    more than 1 - exp(-1/2) = 39 % in a second.

    So is a rise of more than 10 µS/s [1]_, that is 2.5 µS in a quarter of a second, the steepest quarter of a response
    of 5 µS; and if half of it is undone within a minute, as no response so large has ever lasted, everything up to
    there: the electrode was pressed or wet. Below 2 Hz, where one sample may hold the whole response, the limit is 5 µS
    from one to the next.

    Parameters
    ----------
    eda_us : array-like of shape (..., n_times)
        Skin conductance in µS, time last.
    rate : float, optional
        Sampling rate in Hz, at least 1. Without it each reading is judged by itself.
    low_us, high_us : float, default=0.03, 100
        Readings outside are taken for lost contact or saturation.
    margin_s : float, default=1.0
        Time before and after lost contact that is left out, in seconds; needs the rate.

    Returns
    -------
    ndarray
        Same shape, float64.

    Raises
    ------
    InvalidArgumentError
        If `low_us` is not below `high_us`, the rate below 1 Hz, or the margin negative.

    Warns
    -----
    QualityWarning
        If most readings are implausible in µS, yet would be skin in nS, mS or S. Nothing is converted: they are NaN.

    References
    ----------
    .. [1] Kleckner et al. (2018), IEEE Trans. Biomedical Engineering 65(7), 1460-1467 (rules of this kind: 0.05 to
       60 µS, slopes up to 10 µS/s, and 5 s about what breaks them).

    Examples
    --------
    >>> clean_eda([0.0, 0.5, 0.6]).tolist()
    [nan, 0.5, 0.6]
    >>> clean_eda([0.5, 0.5, 0.5, 1.4, 0.5, 0.5, 0.5], 1.0).tolist()  # a knock at the sensor
    [0.5, 0.5, nan, nan, nan, nan, 0.5]
    """
    low_us = check_number(low_us, name="low_us")
    high_us = check_number(high_us, name="high_us", low=low_us, low_open=True)
    margin_s = check_number(margin_s, name="margin_s", low=0.0)
    eda_us = check_samples(eda_us, name="eda_us")
    is_skin = (eda_us >= low_us) & (eda_us <= high_us)
    is_there = np.isfinite(eda_us)
    if 2 * np.count_nonzero(is_skin) < np.count_nonzero(is_there):
        typical = float(np.median(eda_us[is_there]))
        for unit, to_us in _UNITS.items():
            if low_us <= typical * to_us <= high_us and not low_us <= typical <= high_us:
                message = (
                    f"eda_us has a median of {typical:.4g} µS, which cannot be skin: no contact, or is it in {unit}?"
                )
                warnings.warn(message, QualityWarning, stacklevel=2)
                break
    if rate is None:
        return np.where(is_skin, eda_us, np.nan)
    rate = check_rate(rate, low=SLOWEST_RATE)
    rows = eda_us.reshape(int(np.prod(eda_us.shape[:-1])), eda_us.shape[-1])
    clean = np.empty_like(rows)
    second, quarter, longest, margin = (
        int(round(min(time_s * rate, 2.0**40))) for time_s in (1.0, 0.25, _LONGEST_KNOCK_S, margin_s)
    )
    quarter = max(quarter, 1)
    greatest_us = min(_GREATEST_RISE_US * max(4.0 * quarter / rate, 1.0), _GREATEST_RESPONSE_US)
    steep = (second, _GREATEST_FALL), (quarter, greatest_us)
    drop_lost_contact(rows, low_us, high_us, *steep, longest, margin, clean)
    return clean.reshape(eda_us.shape)


def smoothed(eda_us, rate):
    """Gaps bridged, spikes of one or two samples taken out, then below 1 Hz."""
    filled = bridged(eda_us)
    rows = filled.reshape(-1, filled.shape[-1])
    spikeless = np.empty_like(rows)
    median_of_five(rows, spikeless)
    return zero_phase(spikeless.reshape(filled.shape), rate, high_hz=_SMOOTH_HZ, overwrite=True)
