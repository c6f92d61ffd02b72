"""Non-linear heart rate variability."""

from ._schema import HRV_NONLINEAR
from ._series import BAND_EDGES_HZ
from .indices import one_hrv


def hrv_nonlinear(rr_ms, *, min_intervals=3):
    """Heart rate variability by scatter, entropy and scaling.

    Parameters
    ----------
    rr_ms : array-like of shape (n_intervals,)
        Intervals in milliseconds, NaN where rejected.
    min_intervals : int, default=3
        Fewest surviving intervals.

    Returns
    -------
    dict of str to float
        In the order of ``HRV_NONLINEAR``:

        - ``sd1_ms``, ``sd2_ms`` of the Poincare plot from the standard deviations (ddof 1) of intervals and
          differences: SD1^2 = SDSD^2 / 2, SD2^2 = 2 SDNN^2 - SDSD^2 / 2 [1]_; ``sd1_sd2``; ``ellipse_area_ms2`` = pi
          SD1 SD2; ``csi`` = SD2 / SD1 and ``cvi`` = log10(16 SD1 SD2) [2]_.
        - ``sampen`` [3]_ (distance below r), ``apen`` [4]_ (up to r, a template alike to itself) and ``fuzzyen`` [5]_
          with m = 2 and r = 0.2 SDNN; 100 intervals. The fuzzy likeness of templates about their own means is
          exp(-(d / r)^2): [5]_ writes exp(-d^2 / r), which would depend on the unit of the intervals.
        - ``dfa_alpha1``, ``dfa_alpha2``: slopes of detrended fluctuation [6]_ over boxes of every length from 4 to 16
          and from 16 to 64 beats; 64 and 256 intervals. Short boxes bias the slope upwards: white noise has an
          ``dfa_alpha1`` of 0.6, not 0.5 [7]_.
        - ``mse_2`` to ``mse_5``: sample entropy of the means of 2 to 5 intervals, r as for the series itself [8]_; 100
          intervals per scale.
        - ``higuchi_fd``: fractal dimension from curve lengths at 1 to 10 beats [9]_; 125 intervals.
        - ``permutation_entropy``: of the order of three intervals, 0 to 1 [10]_; of equal intervals the earlier
          counts as the smaller; 30 intervals.

        All but the first six are NaN with more than a fifth of the time missing or no variation at all.

    Raises
    ------
    InvalidArgumentError
        As :func:`hrv`.

    Notes
    -----
    Templates, groups and steps with a rejected interval are left out; for detrended fluctuations rejected intervals
    are cut out and the rest joined.

    References
    ----------
    .. [1] Brennan et al. (2001), IEEE Transactions on Biomedical Engineering 48(11), 1342-1347.
    .. [2] Toichi et al. (1997), Journal of the Autonomic Nervous System 62(1-2), 79-84.
    .. [3] Richman and Moorman (2000), American Journal of Physiology 278(6), H2039-H2049.
    .. [4] Pincus (1991), PNAS 88(6), 2297-2301.
    .. [5] Chen et al. (2007), IEEE Transactions on Neural Systems and Rehabilitation Engineering 15(2), 266-272.
    .. [6] Peng et al. (1995), Chaos 5(1), 82-87.
    .. [7] Kantelhardt et al. (2001), Physica A 295(3-4), 441-454.
    .. [8] Costa et al. (2002), Physical Review Letters 89(6), 068102.
    .. [9] Higuchi (1988), Physica D 31(2), 277-283.
    .. [10] Bandt and Pompe (2002), Physical Review Letters 88(17), 174102.

    Examples
    --------
    >>> import numpy as np
    >>> noise = hrv_nonlinear(800 + 50 * np.random.default_rng(0).standard_normal(400))
    >>> round(noise["sampen"], 1), round(noise["dfa_alpha2"], 1), round(noise["permutation_entropy"], 2)
    (2.2, 0.5, 1.0)
    """
    values = one_hrv(rr_ms, None, "nonlinear", min_intervals, BAND_EDGES_HZ)
    return {name: values[name] for name in HRV_NONLINEAR}
