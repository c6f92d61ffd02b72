"""The skin: electrodermal activity split into level and responses, and the responses measured one by one."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import ndimage

from .._validate import check_choice, check_number, check_series
from ..exceptions import InvalidArgumentError
from ..kernels.eda import scr_extrema
from ._filters import bridged, zero_phase

__all__ = ["EDAComponents", "clean_eda", "decompose", "scr_peaks"]

_TONIC_HZ = 0.05  # Boucsein (2012): responses live above it
_SMOOTH_HZ = 1.0
_SLOWEST_RATE = 1.0


class EDAComponents(NamedTuple):
    """Tonic level and phasic activity in µS, of the shape of the input; together they are the smoothed signal."""

    tonic: np.ndarray
    phasic: np.ndarray


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
    rate = check_number(rate, name="rate", low=_SLOWEST_RATE)
    eda_us = np.asarray(eda_us, dtype=np.float64)
    if eda_us.ndim == 0:
        raise InvalidArgumentError("eda_us is a single number; it must be a series of shape (..., n_times).")
    if eda_us.shape[-1] < 2:
        return EDAComponents(eda_us.copy(), eda_us * 0.0)
    is_missing = ~np.isfinite(eda_us)
    smooth = _smooth(eda_us, rate)
    if method == "highpass":
        tonic = zero_phase(smooth, rate, high_hz=_TONIC_HZ)
    else:
        size = (1,) * (smooth.ndim - 1) + (2 * int(4.0 * rate) + 1,)
        tonic = ndimage.median_filter(smooth, size=size, mode="nearest")
    tonic[is_missing] = np.nan
    return EDAComponents(tonic, smooth - tonic)


def scr_peaks(eda_us, rate, *, min_amplitude_us=0.02, max_rise_s=5.0, max_recovery_s=10.0):
    """Skin conductance responses, from trough to peak.

    Parameters
    ----------
    eda_us : array-like of shape (n_times,)
        Skin conductance in µS.
    rate : float
        Sampling rate in Hz, at least 1.
    min_amplitude_us : float, default=0.02
        Least rise that counts, in µS: an absolute threshold, so that a quiet window has no responses.
    max_rise_s : float, default=5.0
        Longest rise: the onset lies at most so long before the peak, which keeps slow drifts from counting.
    max_recovery_s : float, default=10.0
        How long after the peak half recovery is sought.

    Returns
    -------
    DataFrame
        One row per response: ``onset_s`` and ``peak_s`` (seconds from the first sample), ``amplitude_us``,
        ``rise_time_s``, ``half_recovery_s`` (seconds from the peak; NaN if the next response comes first).

    References
    ----------
    .. [1] Boucsein et al. (2012), Publication recommendations for electrodermal measurements, Psychophysiology 49,
       1017-1034.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 40, 0.25)
    >>> eda = 2 + 0.5 * np.clip(times - 10, 0, None) * np.exp(-np.clip(times - 10, 0, None) / 2)
    >>> responses = scr_peaks(eda, 4.0)
    >>> len(responses), float(responses.amplitude_us.round(1).iloc[0])
    (1, 0.4)
    """
    eda_us = check_series(eda_us, name="eda_us")
    rate = check_number(rate, name="rate", low=_SLOWEST_RATE)
    min_amplitude_us = check_number(min_amplitude_us, name="min_amplitude_us", low=0.0, low_open=True)
    max_rise_s = check_number(max_rise_s, name="max_rise_s", low=0.0, low_open=True)
    max_recovery_s = check_number(max_recovery_s, name="max_recovery_s", low=0.0)
    smooth = _smooth(eda_us, rate) if eda_us.size > 1 else eda_us.copy()
    smooth[~np.isfinite(eda_us)] = np.nan
    found = scr_extrema(smooth, min_amplitude_us, max(int(max_rise_s * rate), 1), int(max_recovery_s * rate))
    onset, peak, half = found.T
    return pd.DataFrame(
        {
            "onset_s": onset / rate,
            "peak_s": peak / rate,
            "amplitude_us": smooth[peak] - smooth[onset],
            "rise_time_s": (peak - onset) / rate,
            "half_recovery_s": np.where(half >= 0, (half - peak) / rate, np.nan),
        }
    )


def _smooth(eda_us, rate):
    """Gaps bridged, spikes of one or two samples taken out, then below 1 Hz."""
    filled = bridged(eda_us)
    width = min(5, filled.shape[-1])
    spikeless = ndimage.median_filter(filled, size=(1,) * (filled.ndim - 1) + (width,), mode="nearest")
    return zero_phase(spikeless, rate, high_hz=_SMOOTH_HZ)
