"""All indices of heart rate variability in one fixed schema, of one series and of many windows."""

import numpy as np

from ..._validate import check_choice, check_count, check_number, check_series
from ...exceptions import InvalidArgumentError
from ._schema import GROUPS, HRV
from ._series import BAND_EDGES_HZ, checked_beats, checked_edges, checked_intervals, one_series
from ._windows import hrv_table


def hrv(rr_ms, *, beats_s=None, indices=tuple(GROUPS), min_intervals=3, band_edges_hz=BAND_EDGES_HZ):
    """Heart rate variability in the time and frequency domains and by non-linear methods.

    The schema is the same whatever the series. An index is NaN where the series is shorter than ``HRV_MINIMA`` says or
    has too many gaps, and flags at the end tell which groups are sound.

    Parameters
    ----------
    rr_ms : array-like of shape (n_intervals,)
        Intervals between heart beats in milliseconds. NaN marks a rejected one: no difference, template or spectrum
        crosses it silently (see Notes).
    beats_s : array-like of shape (n_intervals + 1,), optional
        Beat times in seconds; interval i lies between beats i and i + 1. Without them beats follow from the
        intervals, a rejected one taken to last as long as the median of the others.
    indices : sequence of str, default=("time", "frequency", "lomb", "nonlinear")
        Groups to compute; indices and flags of the others are NaN.
    min_intervals : int, default=3
        Fewest surviving intervals for any index. Indices of differences need half as many differences.
    band_edges_hz : sequence of 4 float, default=(0.0033, 0.04, 0.15, 0.4)
        Where VLF, LF and HF begin and where HF ends, in Hz.

    Returns
    -------
    dict of str to float
        In the order of ``HRV``: the indices of :func:`hrv_time`; of :func:`hrv_frequency` by Welch's method, then by
        Lomb's with the prefix ``lomb_``; of :func:`hrv_nonlinear`; and flags, 1 or 0. ``valid_time`` says that there
        are enough intervals, ``valid_geometric`` that the series reaches 300 s. ``valid_vlf``, ``valid_lf`` and
        ``valid_hf`` speak of Welch's bands, ``valid_lomb_vlf``, ``valid_lomb_lf`` and ``valid_lomb_hf`` of Lomb's:
        300, 120 and 60 s. ``valid_nonlinear`` says that there are 100 intervals with at most a fifth of the time
        missing, enough for the entropies of single intervals; ``HRV_MINIMA`` tells what else needs more: ``higuchi_fd``
        125 intervals, ``dfa_alpha2`` 256, ``mse_2`` to ``mse_5`` 200 to 500, so that five minutes seldom have them all.

    Raises
    ------
    InvalidArgumentError
        If `rr_ms` is not one-dimensional, `beats_s` goes backwards or has another number of beats, or another
        argument is out of range.

    Warns
    -----
    QualityWarning
        If the intervals cannot be in milliseconds, or look like positions of beats, or do not fit `beats_s`, which are
        then in another unit; every index is NaN.

    Notes
    -----
    Length is counted from the first to the last beat, rejected intervals at an edge included if they last up to 5 s,
    plus two mean intervals: a nominal window of 300 s, whose first and last beats lie inside it, counts as 300 s.

    **Gaps.** Welch's tachogram crosses a gap of one interval by its spline and of up to 5 s by a straight line; a
    longer gap cuts it, a segment with more than a fifth in gaps is left out. In the normal sinus rhythms that the
    tests read, five gaps of one to three intervals in 300 s change LF and HF by less than 20 % in nine cases of ten.
    Lomb's spectrum and the entropies use what is there; a share of lost intervals spreads the same share of all power
    evenly over Lomb's spectrum. Detrended fluctuations join what gaps part, which leaves the exponent of a positively
    correlated series as it is [2]_. Beyond a fifth of the time missing all of these are NaN.

    The group "nonlinear" takes time proportional to the square of the number of intervals: a minute for a day of beats.

    References
    ----------
    .. [1] Task Force of the ESC and NASPE (1996), Circulation 93(5), 1043-1065.
    .. [2] Chen et al. (2002), Physical Review E 65(4), 041107.

    Examples
    --------
    >>> import numpy as np
    >>> from physiofer.signals.cardiac import hrv
    >>> times_s = np.cumsum(np.full(400, 0.8))
    >>> rr_ms = 800 + 40 * np.sin(2 * np.pi * 0.25 * times_s)  # breathing at 15 a minute
    >>> values = hrv(rr_ms)
    >>> round(values["hf_ms2"] / 800, 2), round(values["hf_peak_hz"], 2), values["valid_hf"]
    (0.99, 0.25, 1.0)
    """
    return one_hrv(rr_ms, beats_s, indices, min_intervals, band_edges_hz)


def one_hrv(rr_ms, beats_s, indices, min_intervals, band_edges_hz):
    """:func:`hrv` for its siblings: a warning names the caller of the function that calls this one."""
    beats_s, rr_ms = one_series(rr_ms, beats_s, stacklevel=5)
    windows = np.array([[0, 0, beats_s.size]])
    out, _ = hrv_table(beats_s, rr_ms, windows, 1.0, *_settings(indices, min_intervals, band_edges_hz))
    return dict(zip(HRV, out[0].tolist(), strict=True))


def hrv_windows(
    beats_s,
    rr_ms,
    starts_s,
    window_s,
    *,
    indices=tuple(GROUPS),
    min_intervals=8,
    band_edges_hz=BAND_EDGES_HZ,
):
    """Heart rate variability of many windows of one recording: what :func:`hrv` gives for each.

    A window counts in full, even if :func:`hrv` would count less, if its beats reach over nine tenths of it. Windows
    are shared out over as many threads as Numba was told to use (``numba.set_num_threads``).

    Parameters
    ----------
    beats_s : array-like of shape (n_beats,)
        Beat times in seconds.
    rr_ms : array-like of shape (n_beats - 1,)
        Intervals in milliseconds, NaN where rejected, as from :func:`nn_intervals`.
    starts_s : array-like of shape (n_windows,)
        Start of each window in seconds.
    window_s : float
        Length of the windows in seconds.
    indices, min_intervals, band_edges_hz
        As in :func:`hrv`; `min_intervals` is 8 by default.

    Returns
    -------
    indices : ndarray of shape (n_windows, len(HRV))
        Columns as ``HRV``, from the intervals that lie wholly inside each window.
    coverage : ndarray of shape (n_windows,)
        Share of the window covered by surviving intervals, 0 to 1.

    Raises
    ------
    InvalidArgumentError
        If lengths do not fit, beats go backwards or an argument is out of range.

    Warns
    -----
    QualityWarning
        If the intervals cannot be in milliseconds, or look like positions of beats, or do not fit `beats_s`, which are
        then in another unit; every index is NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from physiofer.signals.cardiac import HRV, nn_intervals
    >>> beats_s = np.arange(0, 60, 0.75)
    >>> indices, coverage = hrv_windows(beats_s, nn_intervals(beats_s), [0.0, 100.0], 30.0)
    >>> indices[:, HRV.index("mean_nn_ms")].tolist(), coverage.round(2).tolist()
    ([750.0, nan], [0.98, 0.0])
    """
    rr_ms = checked_intervals(rr_ms)
    if rr_ms.ndim != 1:
        raise InvalidArgumentError(f"rr_ms has shape {rr_ms.shape}; it must be one-dimensional.")
    beats_s = checked_beats(beats_s, rr_ms)
    starts_s = check_series(starts_s, name="starts_s")
    window_s = check_number(window_s, name="window_s", low=0.0, low_open=True)
    first = np.searchsorted(beats_s, starts_s)
    n_beats = np.searchsorted(beats_s, starts_s + window_s) - first
    windows = np.column_stack([first, first, np.maximum(n_beats, 0)])
    return hrv_table(beats_s, rr_ms, windows, window_s, *_settings(indices, min_intervals, band_edges_hz))


def hrv_rows(
    beats_s,
    rr_ms,
    window_s,
    *,
    indices=tuple(GROUPS),
    min_intervals=8,
    band_edges_hz=BAND_EDGES_HZ,
):
    """Heart rate variability of windows that each have their own beats: what :func:`hrv` gives for each.

    A window counts in full, even if :func:`hrv` would count less, if its beats reach over nine tenths of it. Windows
    are shared out over as many threads as Numba was told to use (``numba.set_num_threads``).

    Parameters
    ----------
    beats_s : array-like of shape (n_windows, n_max)
        Beat times in seconds, each row filled up with NaN.
    rr_ms : array-like of shape (n_windows, n_max - 1)
        Intervals in milliseconds, NaN where rejected and where there is no beat.
    window_s : float
        Length of the windows in seconds.
    indices, min_intervals, band_edges_hz
        As in :func:`hrv`; `min_intervals` is 8 by default.

    Returns
    -------
    indices : ndarray of shape (n_windows, len(HRV))
        Columns as ``HRV``.
    coverage : ndarray of shape (n_windows,)
        Share of the window covered by surviving intervals, 0 to 1.

    Raises
    ------
    InvalidArgumentError
        If shapes do not fit, beats go backwards or have NaN before their end, or an argument is out of range.

    Warns
    -----
    QualityWarning
        If the intervals cannot be in milliseconds, or look like positions of beats, or do not fit `beats_s`, which are
        then in another unit; every index is NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from physiofer.signals.cardiac import HRV
    >>> beats_s = [[0.0, 0.8, 1.6, 2.4], [0.0, 0.9, 1.8, np.nan]]
    >>> rr_ms = [[800.0, 800.0, 800.0], [900.0, 900.0, np.nan]]
    >>> indices, coverage = hrv_rows(beats_s, rr_ms, 3.0, min_intervals=2)
    >>> indices[:, HRV.index("mean_nn_ms")].tolist(), coverage.round(2).tolist()
    ([800.0, 900.0], [0.8, 0.6])
    """
    rr_ms = checked_intervals(rr_ms)
    if rr_ms.ndim != 2:
        raise InvalidArgumentError(f"rr_ms has shape {rr_ms.shape}; it must be (n_windows, n_max - 1).")
    beats_s = checked_beats(beats_s, rr_ms)
    window_s = check_number(window_s, name="window_s", low=0.0, low_open=True)
    row = np.arange(rr_ms.shape[0])
    windows = np.column_stack([row * beats_s.shape[1], row * rr_ms.shape[1], np.isfinite(beats_s).sum(axis=1)])
    settings = _settings(indices, min_intervals, band_edges_hz)
    return hrv_table(beats_s.ravel(), rr_ms.ravel(), windows, window_s, *settings)


def _settings(indices, min_intervals, band_edges_hz):
    """What to compute: groups, fewest intervals, edges of bands."""
    groups = [indices] if isinstance(indices, str) else indices
    if not isinstance(groups, (list, tuple, set, frozenset)):
        raise InvalidArgumentError(f"indices={indices!r} must be a list of groups out of {', '.join(GROUPS)}.")
    groups = {check_choice(group, name="indices", choices=GROUPS) for group in groups}
    return groups, check_count(min_intervals, name="min_intervals", low=1), checked_edges(band_edges_hz)
