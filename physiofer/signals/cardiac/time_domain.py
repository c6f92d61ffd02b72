"""Time-domain heart rate variability."""

from ...kernels.cardiac.time_domain import HRV_TIME
from ._series import BAND_EDGES_HZ
from .indices import hrv_windows, one_hrv


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
        (ddof 1), ``pnn20`` and ``pnn50`` (fractions of the differences that exceed 20 and 50 ms by more than rounding),
        ``mad_nn_ms`` (median absolute deviation, unscaled), ``iqr_nn_ms``, ``range_nn_ms``, ``cvnn`` (SDNN / mean),
        ``cvsd`` (RMSSD / mean), ``hr_mean_bpm`` (mean of the instantaneous rates), ``hr_min_bpm``, ``hr_max_bpm``,
        ``hr_sd_bpm`` (ddof 1), ``triangular_index`` (intervals over the height of their histogram in bins of 1/128 s)
        and ``tinn_ms`` (baseline of the triangle nearest to that histogram, apex on its first mode); the last two are
        NaN below 300 s.

    Raises
    ------
    InvalidArgumentError
        If `rr_ms` is not one-dimensional or `min_intervals` is below 1.

    Warns
    -----
    QualityWarning
        If the intervals cannot be in milliseconds, or look like positions of beats; every index is NaN then.

    References
    ----------
    .. [1] Task Force of the ESC and NASPE (1996), Circulation 93(5), 1043-1065.

    Examples
    --------
    >>> indices = hrv_time([800.0, 810.0, 790.0])
    >>> round(indices["mean_nn_ms"], 2), round(indices["rmssd_ms"], 2)
    (800.0, 15.81)
    """
    values = one_hrv(rr_ms, None, "time", min_intervals, BAND_EDGES_HZ)
    return {name: values[name] for name in HRV_TIME}


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
    indices : ndarray of shape (n_windows, len(HRV_TIME))
        Columns as ``HRV_TIME``, from the intervals that lie wholly inside each window.
    coverage : ndarray of shape (n_windows,)
        Share of the window covered by surviving intervals, 0 to 1.

    Raises
    ------
    InvalidArgumentError
        If lengths do not fit, beats go backwards or an argument is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from physiofer.signals.cardiac import nn_intervals
    >>> beats_s = np.arange(0, 60, 0.75)
    >>> indices, coverage = hrv_time_windows(beats_s, nn_intervals(beats_s), [0.0, 100.0], 30.0)
    >>> indices[:, 0].tolist(), coverage.round(2).tolist()
    ([750.0, nan], [0.98, 0.0])
    """
    indices, coverage = hrv_windows(beats_s, rr_ms, starts_s, window_s, indices=("time",), min_intervals=min_intervals)
    return indices[:, : len(HRV_TIME)].copy(), coverage
