"""Standardising features within each person: it removes who it is, and it is transductive."""

import numpy as np
import pandas as pd

from ..exceptions import InvalidArgumentError
from .protocols import number_subjects


def normalise_by_subject(X, subjects):
    """Standardise each feature within each person, by that person's own windows and no labels.

    Each value becomes ``(x - mean) / sd`` with the mean and the population standard deviation of its column
    over the windows of its person. It needs a batch of a new person's windows before the first answer, so a
    score obtained with it is *transductive* and must say so.

    Parameters
    ----------
    X : DataFrame of shape (n_windows, n_features)
        Features; NaN is missing and stays missing. Infinite values count as missing.
    subjects : array-like of shape (n_windows,)
        The person each window is of.

    Returns
    -------
    DataFrame of shape (n_windows, n_features)
        Standardised features with the index and columns of `X`. A column that is constant within a person is
        0 there. Columns ``modality__quality`` and ``modality__quality_...`` are not changed: a person's bad sensor
        stays a bad sensor.

    Raises
    ------
    InvalidArgumentError
        If `X` is no table of numbers, or `subjects` does not have one entry per row.

    Examples
    --------
    >>> X = pd.DataFrame({"eda__level_us": [1.0, 3.0, 10.0, 30.0]})
    >>> normalise_by_subject(X, ["a", "a", "b", "b"])["eda__level_us"].tolist()
    [-1.0, 1.0, -1.0, 1.0]
    """
    if not isinstance(X, pd.DataFrame):
        raise InvalidArgumentError(f"X is a {type(X).__name__}; it must be a DataFrame of features.")
    codes, names = number_subjects(subjects)
    if codes.size != len(X):
        raise InvalidArgumentError(f"subjects has {codes.size} entries for {len(X)} windows; give one for each.")
    try:
        values = X.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"X must hold numbers only ({error}).") from error
    values = standardise_within(values, codes, len(names), quality_columns(X.columns))
    return pd.DataFrame(values, index=X.index, columns=X.columns)


def quality_columns(columns):
    """Return a mask of the columns that hold a quality, which no normalisation touches.

    Parameters
    ----------
    columns : sequence of str, length n_features
        Names of the features.

    Returns
    -------
    ndarray of bool, shape (n_features,)
        True where the name is ``modality__quality`` or ``modality__quality_...``.

    Examples
    --------
    >>> quality_columns(["eda__level_us", "eda__quality"])
    array([False,  True])
    """
    features = [str(column).partition("__")[2] for column in columns]
    return np.array([name == "quality" or name.startswith("quality_") for name in features], dtype=bool)


def standardise_within(values, codes, n_groups, kept):
    """Standardise columns within groups of rows.

    Parameters
    ----------
    values : ndarray of shape (n_windows, n_features)
        Features; not changed.
    codes : ndarray of int, shape (n_windows,)
        Group of each row, from 0 to ``n_groups - 1``.
    n_groups : int
        Number of groups.
    kept : ndarray of bool, shape (n_features,)
        Columns to leave as they are.

    Returns
    -------
    ndarray of shape (n_windows, n_features)
        Standardised copy.

    Examples
    --------
    >>> standardise_within(np.array([[1.0], [3.0]]), np.array([0, 0]), 1, np.array([False])).ravel()
    array([-1.,  1.])
    """
    result = np.where(np.isfinite(values), values, np.nan)
    for group in range(n_groups):
        rows = np.flatnonzero(codes == group)
        block = result[rows][:, ~kept]
        present = np.isfinite(block)
        largest = np.where(present, np.abs(block), 0.0).max(axis=0, initial=0.0)
        block = np.ldexp(block, -np.frexp(largest)[1])  # exact; squares of huge values would overflow
        count = np.maximum(present.sum(axis=0), 1)
        mean = np.where(present, block, 0.0).sum(axis=0) / count
        centred = block - mean
        sd = np.sqrt((np.where(present, centred, 0.0) ** 2).sum(axis=0) / count)
        # A spread of rounding errors is no spread: such a column is constant here.
        moves = sd > 1e-12 * np.abs(mean)
        scaled = np.where(moves, centred / np.where(moves, sd, 1.0), np.where(present, 0.0, np.nan))
        result[np.ix_(rows, np.flatnonzero(~kept))] = scaled
    return result
