"""Skin conductance responses, one by one."""

import numpy as np
import pandas as pd

from ..._validate import check_number, check_rate, check_series
from ...kernels.eda.scr import mark_responses, scr_extrema
from .clean import SLOWEST_RATE, smoothed

_MAX_RISE_S, _MAX_RECOVERY_S = 5.0, 10.0
_LONGEST_S = 3600.0  # no response lasts an hour


def scr_peaks(
    eda_us, rate, *, min_amplitude_us=0.02, max_rise_s=_MAX_RISE_S, max_recovery_s=_MAX_RECOVERY_S
):  # fmt: skip
    """Skin conductance responses, from trough to peak.

    Parameters
    ----------
    eda_us : array-like of shape (n_times,)
        Skin conductance in µS, or its phasic part alone, where a sinking level cannot hide a response (see
        :func:`decompose`; prefer ``"cvxeda"``, since a high-pass filter swings back after a large response).
    rate : float
        Sampling rate in Hz, at least 1.
    min_amplitude_us : float, default=0.02
        Least rise that counts, in µS: an absolute threshold, so that a quiet window has no responses.
    max_rise_s : float, default=5.0
        Longest rise: the onset lies at most so long before the peak, which keeps slow drifts from counting.
    max_recovery_s : float, default=10.0
        How long after the peak half recovery is sought; like the rise at most an hour.

    Returns
    -------
    DataFrame
        One row per response: ``onset_s`` and ``peak_s`` (seconds from the first sample), ``amplitude_us``,
        ``rise_time_s``, ``half_recovery_s`` (seconds from the peak; NaN if the next response comes first).

    Raises
    ------
    InvalidArgumentError
        If the rate is below 1 Hz or another argument out of range.

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
    rate = check_rate(rate, low=SLOWEST_RATE)
    min_amplitude_us = check_number(min_amplitude_us, name="min_amplitude_us", low=0.0, low_open=True)
    max_rise_s = check_number(max_rise_s, name="max_rise_s", low=0.0, high=_LONGEST_S, low_open=True)
    max_recovery_s = check_number(max_recovery_s, name="max_recovery_s", low=0.0, high=_LONGEST_S)
    smooth = smoothed(eda_us, rate) if eda_us.size > 1 else eda_us.copy()
    smooth[~np.isfinite(eda_us)] = np.nan
    found = scr_extrema(smooth, min_amplitude_us, *_samples(rate, max_rise_s, max_recovery_s))
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


def responses_at_peaks(smooth, rate, min_amplitude_us):
    """Amplitude, rise and half-recovery times in samples of the responses of smoothed rows, at their peaks, else 0."""
    marks = np.zeros((3, *smooth.shape))
    mark_responses(smooth, min_amplitude_us, *_samples(rate, _MAX_RISE_S, _MAX_RECOVERY_S), marks)
    return marks


def _samples(rate, max_rise_s, max_recovery_s):
    """The two times in samples."""
    return max(int(max_rise_s * rate), 1), int(max_recovery_s * rate)
