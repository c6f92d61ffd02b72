"""Intervals and tests over people. A person, not a window, is the unit that was sampled."""

from typing import NamedTuple

import numpy as np

from .._validate import check_choice, check_count, check_number, check_series

# All 2^n sign patterns are counted up to this many people, and drawn at random beyond.
_EXACT_UP_TO = 14
_N_DRAWS = 19_999


class Interval(NamedTuple):
    """A mean over people and its confidence interval."""

    mean: float
    low: float
    high: float


def bootstrap_interval(values, *, n_bootstrap=2000, confidence=0.95, random_state=0):
    """Mean over people and its percentile bootstrap interval.

    People are drawn with replacement [1]_. Values are sorted first, so that neither names nor order of people
    change the interval.

    Parameters
    ----------
    values : array-like of shape (n_subjects,)
        One value per person; NaN (not defined for that person) is left out.
    n_bootstrap : int, default=2000
        Number of draws.
    confidence : float, default=0.95
        Share of draws inside the interval.
    random_state : int, default=0
        Seed.

    Returns
    -------
    Interval
        mean, low and high; all NaN without values, low and high NaN with a single one.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range.

    References
    ----------
    .. [1] Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Examples
    --------
    >>> mean, low, high = bootstrap_interval([0.5, 0.6, 0.7, 0.8])
    >>> round(mean, 3), low < 0.6, high > 0.7
    (0.65, True, True)
    """
    values = check_series(values, name="values")
    n_bootstrap = check_count(n_bootstrap, name="n_bootstrap", low=1)
    confidence = check_number(confidence, name="confidence", low=0, high=1, low_open=True, high_open=True)
    random_state = check_count(random_state, name="random_state")
    values = np.sort(values[np.isfinite(values)])
    if values.size == 0:
        return Interval(np.nan, np.nan, np.nan)
    mean = float(np.mean(values))
    if values.size == 1:
        return Interval(mean, np.nan, np.nan)
    rng = np.random.default_rng(random_state)
    means = np.mean(values[rng.integers(values.size, size=(n_bootstrap, values.size))], axis=1)
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail])
    return Interval(mean, float(low), float(high))


def sign_flip_test(differences, *, alternative="greater", random_state=0):
    """p-value of a mean difference over people, by flipping the sign of each person's difference.

    If there were no effect, each person's difference would be as likely with the other sign [1]_. All sign patterns
    are counted for up to 14 people; beyond that 19,999 are drawn, the observed one counted among them.

    Parameters
    ----------
    differences : array-like of shape (n_subjects,) or (n_subjects, n_tests)
        One difference per person; people with NaN in the first test are left out.
    alternative : {"greater", "two-sided"}, default="greater"
        Whether only a mean above zero is of interest.
    random_state : int, default=0
        Seed of the draws.

    Returns
    -------
    float or ndarray of shape (n_tests,)
        p-value; NaN without people.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range.

    References
    ----------
    .. [1] Nichols & Holmes (2002), Human Brain Mapping 15(1), 1-25.

    Examples
    --------
    >>> sign_flip_test([0.1, 0.2, 0.3])
    0.125
    """
    alternative = check_choice(alternative, name="alternative", choices=("greater", "two-sided"))
    random_state = check_count(random_state, name="random_state")
    columns = [check_series(column, name="differences") for column in np.atleast_2d(np.transpose(differences))]
    matrix = np.column_stack(columns)
    matrix = matrix[np.isfinite(matrix[:, 0])]
    if matrix.shape[0] == 0:
        p_values = np.full(matrix.shape[1], np.nan)
    else:
        p_values = _flipped_p_values(matrix, alternative, random_state)
    return p_values if np.ndim(differences) == 2 else float(p_values[0])


def _flipped_p_values(matrix, alternative, random_state):
    """Return the share of sign patterns whose mean is at least the observed one."""
    n_subjects = matrix.shape[0]
    if n_subjects <= _EXACT_UP_TO:
        patterns = np.arange(2**n_subjects)[:, np.newaxis] >> np.arange(n_subjects)
        signs = 1.0 - 2.0 * (patterns & 1)  # pattern 0 is the observed one
    else:
        rng = np.random.default_rng(random_state)
        signs = 1.0 - 2.0 * rng.integers(2, size=(_N_DRAWS + 1, n_subjects))
        signs[0] = 1.0
    sums, observed = signs @ matrix, matrix.sum(axis=0)
    if alternative == "two-sided":
        sums, observed = np.abs(sums), np.abs(observed)
    slack = 1e-12 * np.abs(matrix).sum(axis=0)  # sums in another order may differ by rounding
    return np.mean(sums >= observed - slack, axis=0)


def holm(p_values):
    """Adjust p-values for being many, by Holm's step-down rule.

    Parameters
    ----------
    p_values : array-like of shape (n_tests,)
        p-values; NaN stays NaN and does not count as a test.

    Returns
    -------
    ndarray of shape (n_tests,)
        Adjusted p-values, at most 1.

    Raises
    ------
    InvalidArgumentError
        If `p_values` is not a vector of numbers.

    References
    ----------
    .. [1] Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    p_values = check_series(p_values, name="p_values")
    adjusted = np.full(p_values.size, np.nan)
    tests = np.flatnonzero(np.isfinite(p_values))
    order = tests[np.argsort(p_values[tests], kind="stable")]
    factors = np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * p_values[order]), 1.0)
    return adjusted
