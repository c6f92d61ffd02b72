"""How fast, how regular and how deep breathing is: statistics of breaths."""

import numpy as np

from ..._validate import check_count, check_series, check_windows
from ...exceptions import InvalidArgumentError
from ...kernels.respiration import statistics as kernels
from .belt import Breaths

#: Statistics of :func:`respiration_rate` in their fixed order.
RESPIRATION = kernels.RESPIRATION

APNOEA_S = 10.0


def respiration_rate(breaths, *, min_breaths=3):
    """Rate, regularity, timing and depth of breaths.

    Parameters
    ----------
    breaths : Breaths
        As from :func:`breaths`.
    min_breaths : int, default=3
        Fewest breaths accepted; with fewer every statistic but the last is NaN.

    Returns
    -------
    dict of str to float
        In the order of ``RESPIRATION``. From the lengths of breaths (onset to onset, without those that end in an
        apnoea): ``rate_mean_per_min`` (breaths over their total length), ``rate_median_per_min`` and
        ``rate_sd_per_min`` (of the rates of single breaths, ddof 1), ``interval_sd_s`` (ddof 1), ``interval_rmssd_s``
        (root mean square of differences between neighbours; at least two; none crosses a gap, a breath left out or an
        apnoea), ``interval_cv``. From their parts: ``inhale_mean_s``, ``exhale_mean_s`` (to where the flank ends),
        ``pause_mean_s`` (from there to the next onset), ``inhale_exhale_ratio`` (mean of inhale over exhale, the pause
        left out), ``duty_cycle`` (mean of inhale over the whole length [1]_). ``depth_mean`` in the signal's unit,
        ``depth_cv`` (ddof 1). ``apnoea_share``: share of the time from the first onset to the last in pauses of 10 s or
        more [2]_.

    Raises
    ------
    InvalidArgumentError
        If `breaths` are no Breaths, or their fields differ in length or are not in order.

    References
    ----------
    .. [1] Milic-Emili & Grunstein (1976), Chest 70(1 Suppl), 131-133.
    .. [2] Berry et al. (2012), Journal of Clinical Sleep Medicine 8(5), 597-619 (scoring rules of the AASM).

    Examples
    --------
    >>> from physiofer.signals.respiration import breaths
    >>> found = breaths(-np.cos(2 * np.pi * 0.25 * np.arange(0, 60, 1 / 25)), 25.0)
    >>> summary = respiration_rate(found)
    >>> round(summary["rate_mean_per_min"], 2), round(summary["depth_mean"], 2), round(summary["duty_cycle"], 2)
    (15.0, 1.99, 0.5)
    """
    min_breaths = check_count(min_breaths, name="min_breaths", low=1)
    table = table_of(breaths)
    starts_s = table[:1, 0]
    span_s = table[-1, 3] - table[0, 0] + 1e-9 if len(table) else 0.0  # so that rounding does not cut off the last
    out = np.full(len(RESPIRATION), np.nan)
    if span_s > 0.0:
        out = statistics_of_windows(table, starts_s, span_s, min_breaths)[0][0]
    return dict(zip(RESPIRATION, out.tolist(), strict=True))


def respiration_rate_windows(breaths, starts_s, window_s, *, min_breaths=3):
    """Statistics of the breaths in many windows of one recording.

    Parameters
    ----------
    breaths : Breaths
        As from :func:`breaths`.
    starts_s : array-like of shape (n_windows,)
        Start of each window in seconds.
    window_s : float
        Length of the windows in seconds.
    min_breaths : int, default=3
        As in :func:`respiration_rate`.

    Returns
    -------
    statistics : ndarray of shape (n_windows, 14)
        Columns as ``RESPIRATION``, from the breaths whose in- and exhalation lie wholly inside each window;
        ``apnoea_share`` is that of the window, NaN if no breath reaches into it.
    coverage : ndarray of shape (n_windows,)
        Share of the window in breaths and the pauses after them, 0 to 1.

    Raises
    ------
    InvalidArgumentError
        If the fields of `breaths` differ in length or are not in order, `starts_s` is not finite, or `window_s` is not
        positive.

    Examples
    --------
    >>> from physiofer.signals.respiration import breaths
    >>> found = breaths(-np.cos(2 * np.pi * 0.25 * np.arange(0, 60, 1 / 25)), 25.0)
    >>> statistics, coverage = respiration_rate_windows(found, [0.0, 20.0, 90.0], 30.0)
    >>> statistics[:, 0].round(1).tolist(), coverage.round(1).tolist()
    ([15.0, 15.0, nan], [0.9, 1.0, 0.0])
    """
    starts_s, window_s = check_windows(starts_s, window_s)
    min_breaths = check_count(min_breaths, name="min_breaths", low=1)
    return statistics_of_windows(table_of(breaths), starts_s, window_s, min_breaths)


def table_of(breaths):
    """Onset, peak, end, next onset (s) and depth of each breath, checked."""
    if not isinstance(breaths, Breaths):
        raise InvalidArgumentError(
            f"breaths is a {type(breaths).__name__}; it must be Breaths: find them by breaths(respiration, rate)."
        )
    fields = [check_series(values, name=f"breaths.{name}") for name, values in breaths._asdict().items()]
    if len({values.size for values in fields}) != 1:
        raise InvalidArgumentError("the fields of breaths differ in length; give Breaths as they come from breaths().")
    onset, peak, depth, inhale, exhale, pause = fields
    end = peak + exhale
    table = np.column_stack([onset, peak, end, end + pause, depth])
    if not np.isfinite(table).all() or np.any(np.diff(onset) <= 0) or min(map(_least, (inhale, exhale))) <= 0:
        raise InvalidArgumentError("breaths must be finite, in order, and their inhalations and exhalations must last.")
    return table


def _least(values):
    """Least value, infinite if there is none."""
    return values.min(initial=np.inf)


def statistics_of_windows(table, starts_s, window_s, min_breaths):
    """:func:`respiration_rate_windows` of breaths as :func:`table_of` writes them."""
    out, coverage = np.empty((starts_s.size, len(RESPIRATION))), np.empty(starts_s.size)
    firsts = np.searchsorted(table[:, 0], starts_s)
    lasts = np.searchsorted(table[:, 0], starts_s + window_s)
    kernels.summarise_breaths(table, firsts, lasts, starts_s, window_s, APNOEA_S, min_breaths, out, coverage)
    out[~np.isfinite(out)] = np.nan
    return out, coverage
