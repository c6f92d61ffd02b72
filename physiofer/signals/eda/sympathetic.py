"""Sympathetic activity from the spectrum of skin conductance."""

from typing import NamedTuple

import numpy as np

from ..._validate import check_rate, check_samples
from .._filters import bridged
from .clean import SLOWEST_RATE

#: Length of a spectrum's segment in seconds, and so of the shortest window: nearly three cycles of the slowest rhythm.
SEGMENT_S = 64.0
_LOW_HZ, _HIGH_HZ = 0.045, 0.25
_SLOWEST_HZ, _FASTEST_HZ = 0.01, 1.0  # of the total power
_MIN_PRESENT = 0.9
_GREATEST = 1e140  # beyond, squares are too large to be numbers
_ROWS_AT_ONCE = 256  # bounds the memory


class EDASymp(NamedTuple):
    """Power of skin conductance from 0.045 to 0.25 Hz in µS², and its share of the power from 0.01 to 1 Hz."""

    power_us2: np.ndarray
    share: np.ndarray


def eda_symp(eda_us, rate):
    """Sympathetic index of skin conductance: its power from 0.045 to 0.25 Hz.

    Welch's method with segments of 64 s that overlap by half, each less its straight line and tapered by Hann's window.
    The power of a sine of amplitude a in the middle of the band is a²/2.

    Parameters
    ----------
    eda_us : array-like of shape (..., n_times)
        Skin conductance in µS; missing samples are NaN and bridged by straight lines.
    rate : float
        Sampling rate in Hz, at least 1.

    Returns
    -------
    EDASymp
        ``power_us2`` and ``share``, of shape (...): the power in µS², and normalised by the power from 0.01 to 1 Hz (or
        half the rate). NaN below 64 s, and where more than a tenth of the samples is missing; the share is NaN without
        power.

    Raises
    ------
    InvalidArgumentError
        If the rate is below 1 Hz.

    Notes
    -----
    The paper samples at 2 Hz, takes out what is below 0.01 Hz by a filter, and tapers 128 samples (64 s) by Blackman's
    window. Hann's window resolves more of the lower edge, and the line does for a segment of 64 s what the filter does.

    References
    ----------
    .. [1] Posada-Quintero et al. (2016), Annals of Biomedical Engineering 44(10), 3124-3135.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 128, 0.25)
    >>> power, share = eda_symp(2 + 0.3 * np.sin(2 * np.pi * 0.125 * times), 4.0)
    >>> round(float(power), 4), round(float(share), 2)
    (0.045, 1.0)
    """
    eda_us = check_samples(eda_us, name="eda_us")
    rate = check_rate(rate, low=SLOWEST_RATE)
    shape = eda_us.shape[:-1]
    rows = eda_us.reshape(int(np.prod(shape)), eda_us.shape[-1])
    rows = np.where(np.abs(rows) < _GREATEST, rows, np.nan)
    indices = np.full((2, len(rows)), np.nan)
    length = int(np.ceil(SEGMENT_S * rate))
    if rows.shape[1] >= length:
        usable = np.flatnonzero(np.isfinite(rows).mean(axis=1) >= _MIN_PRESENT)
        for some in np.split(usable, range(_ROWS_AT_ONCE, usable.size, _ROWS_AT_ONCE)):
            indices[:, some] = _powers(bridged(rows[some]), rate, length)
    return EDASymp(*indices.reshape(2, *shape))


def _powers(rows, rate, length):
    """Power in the band, and its share, of rows without gaps."""
    starts = np.arange(0, rows.shape[1] - length + 1, length // 2)
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    line = np.linspace(-1.0, 1.0, length)
    power = 0.0
    for start in starts:
        segment = rows[:, start : start + length]
        segment = segment - segment.mean(axis=1, keepdims=True)
        segment -= (segment @ line / (line @ line))[:, np.newaxis] * line
        power = power + np.square(np.abs(np.fft.rfft(segment * taper))) / starts.size
    power *= 2.0 / (length * (taper @ taper))  # density times bin width
    bins = np.arange(power.shape[1])
    band, total = (
        power @ np.clip(np.minimum(bins + 0.5, high) - np.maximum(bins - 0.5, low), 0.0, 1.0)  # bins lie in part inside
        for low, high in np.array([(_LOW_HZ, _HIGH_HZ), (_SLOWEST_HZ, _FASTEST_HZ)]) * length / rate
    )
    is_flat = total <= 1e-24 * np.square(rows).mean(axis=1)  # what is left is rounding
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([band, np.where(is_flat, np.nan, band / total)])
