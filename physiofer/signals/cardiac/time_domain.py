"""Time-domain heart rate variability."""

import numpy as np

from ..._validate import check_count, check_number, check_series
from ...exceptions import InvalidArgumentError
from ...kernels.cardiac import time_domain as kernels

#: Indices of :func:`hrv_time` in their fixed order.
HRV_TIME = kernels.HRV_TIME


def hrv_time(rr_ms, *, min_intervals=3):
    """Time-domain heart rate variability.

    Parameters
    ----------
    rr_ms : array-like of shape (n_intervals,)
        Intervals in milliseconds. NaN marks a rejected beat; no difference crosses it.
    min_intervals : int, default=3
        Fewest surviving intervals; with fewer every index is NaN. Indices of differences need half as many.

    Returns
    -------
    dict of str to float
        In the order of ``HRV_TIME``: ``mean_nn_ms``, ``median_nn_ms``, ``sdnn_ms`` (ddof 1), ``rmssd_ms``, ``sdsd_ms``
        (ddof 1), ``pnn20`` and ``pnn50`` (fractions of the differences that exceed 20 and 50 ms), ``mad_nn_ms`` (median
        absolute deviation, unscaled), ``iqr_nn_ms``, ``cvnn`` (SDNN / mean), ``hr_mean_bpm`` (mean of the instantaneous
        rates), ``hr_min_bpm``, ``hr_max_bpm``, ``hr_sd_bpm``.

    References
    ----------
    .. [1] Task Force of the ESC and NASPE (1996), Circulation 93(5), 1043-1065.

    Examples
    --------
    >>> indices = hrv_time([800.0, 810.0, 790.0])
    >>> round(indices["mean_nn_ms"], 2), round(indices["rmssd_ms"], 2)
    (800.0, 15.81)
    """
    rr_ms = check_series(rr_ms, name="rr_ms")
    out = np.empty(len(HRV_TIME))
    kernels.hrv_time(rr_ms, check_count(min_intervals, name="min_intervals", low=1), out)
    return dict(zip(HRV_TIME, out.tolist(), strict=True))


def hrv_time_windows(beats_s, rr_ms, starts_s, window_s, *, min_intervals=8):
    """Time-domain heart rate variability of many windows of one recording.

    Parameters
    ----------
    beats_s : array-like of shape (n_beats,)
        Beat times in seconds.
    rr_ms : array-like of shape (n_beats - 1,)
        Intervals in milliseconds, as from :func:`nn_intervals`.
    starts_s : array-like of shape (n_windows,)
        Start of each window in seconds.
    window_s : float
        Length of the windows in seconds.
    min_intervals : int, default=8
        As in :func:`hrv_time`.

    Returns
    -------
    indices : ndarray of shape (n_windows, 14)
        Columns as ``HRV_TIME``, from the intervals that lie wholly inside each window.
    coverage : ndarray of shape (n_windows,)
        Share of the window covered by surviving intervals, 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from physiofer.signals.cardiac import nn_intervals
    >>> beats_s = np.arange(0, 60, 0.75)
    >>> indices, coverage = hrv_time_windows(beats_s, nn_intervals(beats_s), [0.0, 100.0], 30.0)
    >>> indices[:, 0].tolist(), coverage.round(2).tolist()
    ([750.0, nan], [0.98, 0.0])
    """
    beats_s = check_series(beats_s, name="beats_s")
    rr_ms = check_series(rr_ms, name="rr_ms")
    starts_s = check_series(starts_s, name="starts_s")
    window_s = check_number(window_s, name="window_s", low=0.0, low_open=True)
    if rr_ms.size != max(beats_s.size - 1, 0):
        raise InvalidArgumentError(
            f"rr_ms has {rr_ms.size} intervals; {beats_s.size} beats_s have one fewer than beats."
        )
    indices = np.empty((starts_s.size, len(HRV_TIME)))
    coverage = np.empty(starts_s.size)
    min_intervals = check_count(min_intervals, name="min_intervals", low=1)
    kernels.hrv_time_windows(beats_s, rr_ms, starts_s, window_s, min_intervals, indices, coverage)
    return indices, coverage
