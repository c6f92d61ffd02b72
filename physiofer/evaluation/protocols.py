"""How people are split into those a model learns from and those it is tested on.

Every protocol returns a list of ``(train, test)`` arrays of row positions. A person is never on both sides.
"""

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

from .._validate import check_count
from ..exceptions import InvalidArgumentError

PROTOCOLS = ("loso", "group-kfold")


def number_subjects(subjects):
    """Number the people of a table from 0, in sorted order.

    Parameters
    ----------
    subjects : array-like of shape (n_windows,)
        The person each window is of: strings or numbers.

    Returns
    -------
    codes : ndarray of int, shape (n_windows,)
        Position of each window's person in `names`.
    names : tuple of str
        The people, sorted as numbers if they are numbers.

    Raises
    ------
    InvalidArgumentError
        If `subjects` is not one-dimensional, or a window has no subject.

    Examples
    --------
    >>> number_subjects([10, 2, 10])
    (array([1, 0, 1]), ('2', '10'))
    """
    if np.ndim(subjects) != 1:
        raise InvalidArgumentError(
            f"subjects has shape {np.shape(subjects)}; it must hold one subject for each window."
        )
    column = pd.Series(subjects).reset_index(drop=True)
    codes, unique = pd.factorize(column)
    if (codes < 0).any():
        raise InvalidArgumentError(
            f"subjects is missing in {int((codes < 0).sum())} of {codes.size} windows; "
            "name the subject of each window or drop those windows."
        )
    unique = [_plain_id(value) for value in unique]
    if not all(isinstance(value, (int, float)) for value in unique):
        unique = [str(value) for value in unique]  # 1 and "1" are one person in a result file
    ordered = sorted(set(unique))
    place = {value: position for position, value in enumerate(ordered)}
    lookup = np.array([place[value] for value in unique], dtype=np.intp)
    return lookup[codes], tuple(str(value) for value in ordered)


def _plain_id(value):
    """Return an id as a plain Python value; 3.0 is 3."""
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def leave_one_subject_out(subjects):
    """Split a table so that each person is tested once, by a model that saw only the others.

    Parameters
    ----------
    subjects : array-like of shape (n_windows,)
        The person each window is of.

    Returns
    -------
    list of (ndarray, ndarray)
        Row positions to train on and to test on, one pair per person in sorted order.

    Raises
    ------
    InvalidArgumentError
        If there are fewer than two people.

    Examples
    --------
    >>> leave_one_subject_out(["a", "b", "a"])
    [(array([1]), array([0, 2])), (array([0, 2]), array([1]))]
    """
    codes, names = number_subjects(subjects)
    if len(names) < 2:
        raise InvalidArgumentError(
            f"subjects has {len(names)} person; leaving one out needs at least 2. Add recordings of others."
        )
    return [(np.flatnonzero(codes != code), np.flatnonzero(codes == code)) for code in range(len(names))]


def grouped_kfold(subjects, n_splits=5, y=None, random_state=0):
    """Deal the people into groups and test each group by a model that saw only the others.

    Parameters
    ----------
    subjects : array-like of shape (n_windows,)
        The person each window is of.
    n_splits : int, default=5
        Number of groups; at most the number of people.
    y : array-like of shape (n_windows,), default=None
        Labels. If given, the classes are spread over the groups as evenly as people allow.
    random_state : int, default=0
        Seed of the deal.

    Returns
    -------
    list of (ndarray, ndarray)
        Row positions to train on and to test on, one pair per group, ordered by each group's first person.

    Raises
    ------
    InvalidArgumentError
        If there are fewer people than groups.

    Examples
    --------
    >>> splits = grouped_kfold(["a", "b", "c", "d"], n_splits=2)
    >>> [test.tolist() for _, test in splits]
    [[0, 1], [2, 3]]
    """
    codes, names = number_subjects(subjects)
    n_splits = check_count(n_splits, name="n_splits", low=2)
    random_state = check_count(random_state, name="random_state", high=2**32 - 1)
    if n_splits > len(names):
        raise InvalidArgumentError(
            f"n_splits={n_splits} is more than the {len(names)} people in subjects; "
            f"lower it to {max(len(names), 2)} or less, or add recordings of others."
        )
    splits = _stratified_deal(codes, y, n_splits, random_state)
    if splits is None:
        deal = GroupKFold(n_splits, shuffle=True, random_state=random_state)
        splits = list(deal.split(codes, groups=codes))
    return sorted(splits, key=lambda split: codes[split[1]].min())


def _stratified_deal(codes, y, n_splits, random_state):
    """Return stratified folds, or None where classes are too rare for them or a fold would be empty."""
    if y is None:
        return None
    labels, _ = pd.factorize(pd.Series(y).reset_index(drop=True))
    if labels.size != codes.size:
        raise InvalidArgumentError(f"y has {labels.size} labels for {codes.size} windows; give one for each.")
    if (labels < 0).any() or np.bincount(labels).min() < n_splits:
        return None
    deal = StratifiedGroupKFold(n_splits, shuffle=True, random_state=random_state)
    splits = list(deal.split(codes, labels, groups=codes))
    return splits if all(train.size and test.size for train, test in splits) else None


def read_splits(splits, n_windows):
    """Check splits that a caller brings.

    Parameters
    ----------
    splits : iterable of (train, test)
        Row positions or boolean masks, as scikit-learn's splitters yield.
    n_windows : int
        Number of rows that positions refer to.

    Returns
    -------
    list of (ndarray, ndarray)
        Row positions.

    Raises
    ------
    InvalidArgumentError
        If a split is no such pair, has an empty side, or points outside the table.

    Examples
    --------
    >>> read_splits([([True, False, True], [False, True, False])], n_windows=3)
    [(array([0, 2]), array([1]))]
    """
    try:
        pairs = [(np.asarray(train), np.asarray(test)) for train, test in splits]
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(
            f"splits must be an iterable of (train, test) row positions or masks ({error})."
        ) from error
    if not pairs:
        raise InvalidArgumentError("splits is empty; give at least one (train, test) pair.")
    checked = [
        tuple(_read_side(rows, side, number, n_windows) for side, rows in zip(("train", "test"), pair, strict=True))
        for number, pair in enumerate(pairs)
    ]
    return checked


def _read_side(rows, side, number, n_windows):
    """Return one side of a split as row positions."""
    name = f"{side} of split {number}"
    if rows.ndim != 1 or rows.size == 0 or rows.dtype.kind not in "biu":
        raise InvalidArgumentError(f"{name} must be a non-empty vector of row positions or a boolean mask.")
    if rows.dtype.kind == "b":
        if rows.size != n_windows:
            raise InvalidArgumentError(f"{name} masks {rows.size} rows; the table has {n_windows}.")
        rows = np.flatnonzero(rows)
    if rows.size == 0 or rows.min() < 0 or rows.max() >= n_windows:
        raise InvalidArgumentError(f"{name} must point to rows 0 to {n_windows - 1}.")
    return rows.astype(np.intp)


def protocol_sentence(protocol, *, n_subjects, n_splits, normalise="none"):
    """Say in plain words how the scores were obtained.

    Parameters
    ----------
    protocol : {"loso", "group-kfold", "custom"}
        How people were split.
    n_subjects : int
        Number of people.
    n_splits : int
        Number of folds.
    normalise : {"none", "subject"}, default="none"
        Whether features were standardised within each person.

    Returns
    -------
    str
        One or two sentences.

    Examples
    --------
    >>> print(protocol_sentence("loso", n_subjects=20, n_splits=20)[:69])
    Leave-one-subject-out: each of the 20 people is tested by models that
    """
    if protocol == "loso":
        split = (
            f"Leave-one-subject-out: each of the {n_subjects} people is tested by models that saw only "
            f"the other {n_subjects - 1}."
        )
    elif protocol == "group-kfold":
        split = (
            f"Grouped {n_splits}-fold: the {n_subjects} people are dealt into {n_splits} groups, and each "
            "group is tested by models that saw only people of the other groups."
        )
    else:
        split = (
            f"Splits brought by the user: {n_splits} pairs of training and test windows of {n_subjects} "
            "people; whether they keep people apart is said by the leak findings."
        )
    if normalise == "subject":
        features = (
            "Features of each person, tested people included, were standardised by the mean and spread of "
            "that person's own unlabelled windows: this is transductive, and a new person needs a batch of "
            "windows before the first answer."
        )
    else:
        features = (
            "Features of tested people entered no statistic: everything that learns was fitted on the "
            "training people of the fold."
        )
    return f"{split} {features}"
