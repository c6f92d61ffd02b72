"""Intervals between beats that survive artefact rejection."""

import numpy as np

from ..._validate import check_number, check_series
from ...exceptions import InvalidArgumentError
from ...kernels.cardiac.intervals import reject_intervals


def nn_intervals(beats_s, quality=None, *, min_quality=0.7, low_ms=300.0, high_ms=2000.0, tolerance=0.2):
    """Intervals between neighbouring beats, NaN where they cannot be trusted.

    An interval survives if both its beats are good, its length is plausible, and it lies within `tolerance` of the
    median of the plausible intervals among its seven neighbours on either side (the 20 % rule of Malik [1]_, against
    the median instead of the one before, which may itself be an artefact).

    Parameters
    ----------
    beats_s : array-like of shape (n_beats,)
        Increasing beat times in seconds.
    quality : array-like of shape (n_beats,), optional
        Quality of each beat, as from :func:`pulse_beats`; without it all beats are good.
    min_quality : float, default=0.7
        Least quality of a good beat.
    low_ms, high_ms : float, default=300, 2000
        Plausible lengths in milliseconds.
    tolerance : float, default=0.2
        Greatest relative distance from the median of the neighbours.

    Returns
    -------
    ndarray of shape (max(n_beats - 1, 0),)
        Intervals in milliseconds; entry i lies between beats i and i + 1.

    Raises
    ------
    InvalidArgumentError
        If beat times go backwards or `quality` has another length.

    References
    ----------
    .. [1] Malik et al. (1989), European Heart Journal 10(12), 1060-1074.

    Examples
    --------
    >>> nn_intervals([0.0, 0.8, 1.6, 1.9, 2.4, 3.2]).tolist()
    [800.0, 800.0, nan, nan, 800.0]
    """
    beats_s = check_series(beats_s, name="beats_s")
    if not np.isfinite(beats_s).all() or np.any(np.diff(beats_s) < 0):
        raise InvalidArgumentError("beats_s must be finite and must not go backwards; sort the beats first.")
    tolerance = check_number(tolerance, name="tolerance", low=0.0)
    low_ms = check_number(low_ms, name="low_ms", low=0.0)
    high_ms = check_number(high_ms, name="high_ms", low=low_ms)
    is_good = np.ones(beats_s.size, dtype=bool)
    if quality is not None:
        quality = check_series(quality, name="quality")
        if quality.size != beats_s.size:
            raise InvalidArgumentError(f"quality has {quality.size} values for {beats_s.size} beats; give one each.")
        is_good = quality >= check_number(min_quality, name="min_quality")
    rr_ms = np.round(1000.0 * np.diff(beats_s), 9)  # 0.8 s apart is 800 ms, not 800.0000000000001
    return reject_intervals(rr_ms, is_good, low_ms, high_ms, tolerance, 7)
