"""Respiratory sinus arrhythmia: how much longer heart periods get as breath goes out."""

import numpy as np

from ...kernels.respiration import beats as kernels
from .modulations import check_beats
from .statistics import APNOEA_S, table_of

_LATENCY_S = 0.75


def rsa_peak_to_trough(beats_s, rr_ms, breaths):
    """Respiratory sinus arrhythmia of each breath, peak to trough.

    The longest interval of breathing out less the shortest of breathing in [1]_. An interval belongs to a phase if both
    its beats lie between the start of the phase and 0.75 s after its end, by which the heart lags behind; breathing out
    lasts until the next onset, or to its end where an apnoea of 10 s or more follows. These are the conventions of [1]_
    as NeuroKit2 reads them. A breath whose heart does not slow counts 0, as [1]_ has it.

    Parameters
    ----------
    beats_s : array-like of shape (n_beats,)
        Increasing beat times in seconds, on the clock of the breaths.
    rr_ms : array-like of shape (n_beats - 1,)
        Intervals between them in milliseconds; NaN where rejected.
    breaths : Breaths
        As from :func:`breaths`.

    Returns
    -------
    ndarray of shape (n_breaths,)
        Milliseconds; NaN for breaths without an interval in either phase. Its mean over three to five breaths or more
        is the usual index, and the logarithm of that mean is closer to normal.

    Raises
    ------
    InvalidArgumentError
        If lengths do not match, or beats or breaths are not in order.

    Warns
    -----
    QualityWarning
        If beat times and intervals cannot be in seconds and milliseconds.

    References
    ----------
    .. [1] Grossman, van Beek & Wientjes (1990), Psychophysiology 27(6), 702-714.

    Examples
    --------
    >>> from physiofer.signals.respiration import breaths
    >>> found = breaths(-np.cos(2 * np.pi * 0.2 * np.arange(0, 40, 1 / 25)), 25.0)
    >>> beats_s = np.arange(0, 40, 0.8)
    >>> rr_ms = 800 - 30 * np.sin(2 * np.pi * 0.2 * beats_s[1:])
    >>> round(float(rsa_peak_to_trough(beats_s, rr_ms, found).mean()))
    58
    """
    return rsa_of_table(*check_beats(beats_s, rr_ms), table_of(breaths))


def rsa_of_table(beats_s, rr_ms, table):
    """:func:`rsa_peak_to_trough` of breaths as :func:`table_of` writes them."""
    onset, peak, end, following = np.ascontiguousarray(table[:, :4].T)
    until = np.where(following - end < APNOEA_S, following, end)
    shortest, longest = np.full(len(table), np.nan), np.full(len(table), np.nan)
    for start_s, stop_s, sign, out in ((onset, peak, -1.0, shortest), (peak, until, 1.0, longest)):
        firsts = np.searchsorted(beats_s, start_s)
        lasts = np.searchsorted(beats_s, stop_s + _LATENCY_S)  # one past the last beat
        kernels.greatest_between(sign * rr_ms, firsts, lasts - 1, out)
    return np.maximum(longest + shortest, 0.0)
