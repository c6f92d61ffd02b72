"""What a fitted model loses when a modality, or a single feature, of unseen people is shuffled."""

import numpy as np
import pandas as pd

from .scores import balanced_accuracy

# Shuffles of a whole modality, and of a single feature (the mean over people smooths the latter).
_MODALITY_REPEATS = 3
_FEATURE_REPEATS = 1
# Beyond this many features only modalities are shuffled: each feature costs one more prediction of all windows.
MAX_FEATURES = 256
# Shuffled windows per person, all copies together: fits shall cost more than this.
_MAX_WINDOWS = 1200
_MIN_PER_COPY = 20
# Cells of one call to predict: large enough to make its overhead small, small enough for memory (64 MB).
_MAX_CELLS = 8_000_000


def modalities(columns):
    """Group features by modality, the part of the name before the first ``__``.

    Parameters
    ----------
    columns : sequence of str
        Names of the features.

    Returns
    -------
    dict of str to ndarray of int
        Positions of each modality's features, in order of appearance. Names without ``__`` make up the
        modality ``"other"``.

    Examples
    --------
    >>> {name: places.tolist() for name, places in modalities(["eda__level_us", "age", "eda__slope"]).items()}
    {'eda': [0, 2], 'other': [1]}
    """
    groups = {}
    for place, column in enumerate(columns):
        prefix, divider, _ = str(column).partition("__")
        groups.setdefault(prefix if divider else "other", []).append(place)
    return {name: np.array(places) for name, places in groups.items()}


def importance_drops(predict, values, columns, truth, subjects, seed):
    """Drop in balanced accuracy of each person when features are shuffled among that person's windows [1]_.

    All columns of a modality are shuffled by one permutation, so that they still fit one another, three times;
    a single feature is shuffled once per person. A drop near zero does not say that a modality holds nothing:
    another may hold the same. Of a person with many windows some are taken, in even steps through each class.

    Parameters
    ----------
    predict : callable
        Takes a DataFrame and returns class numbers.
    values : ndarray of shape (n_windows, n_features)
        Features of the people held out.
    columns : sequence of str, length n_features
        Their names.
    truth, subjects : ndarray of int, shape (n_windows,)
        Numbers of classes and people.
    seed : SeedSequence or int
        Seed of the permutations.

    Returns
    -------
    dict of int to ndarray
        For each person with at least two classes the drops, of shape (n_modalities,) or
        (n_modalities + n_features,): modalities first, then features unless there are more than 256.

    References
    ----------
    .. [1] Breiman (2001), Machine Learning 45(1), 5-32, section 10.

    Examples
    --------
    >>> X, y = np.array([[0.0, 5.0], [1.0, 5.0]] * 20), np.array([0, 1] * 20)
    >>> drops = importance_drops(lambda X: (X["eda__level_us"] > 0.5).astype(int), X,
    ...                          ["eda__level_us", "eeg__alpha"], y, np.zeros(40, dtype=int), 0)[0]
    >>> bool(drops[0] > 0.2), float(drops[1])
    (True, 0.0)
    """
    blocks = list(modalities(columns).values())
    repeats = [_MODALITY_REPEATS] * len(blocks)
    if len(columns) <= MAX_FEATURES:
        blocks += [np.array([place]) for place in range(len(columns))]
        repeats += [_FEATURE_REPEATS] * len(columns)
    limit = max(_MIN_PER_COPY, _MAX_WINDOWS // sum(repeats))
    people = [_some(np.flatnonzero(subjects == person), truth, limit) for person in np.unique(subjects)]
    people = [rows for rows in people if np.unique(truth[rows]).size > 1]
    if not people:
        return {}
    rng = np.random.default_rng(seed)
    copies = np.repeat(np.arange(len(blocks)), repeats)
    answers = _predict_shuffled(predict, values, columns, people, copies, blocks, rng)
    place, drops = 0, {}
    starts = np.concatenate([[0], np.cumsum(repeats)[:-1]])
    for rows in people:
        scores = balanced_accuracy(truth[rows], answers[:, place : place + rows.size])
        drops[int(subjects[rows[0]])] = np.add.reduceat(scores[0] - scores[1:], starts) / repeats
        place += rows.size
    return drops


def _some(rows, truth, limit):
    """Return at most `limit` rows, in even steps through each class."""
    by_class = rows[np.argsort(truth[rows], kind="stable")]
    return by_class[np.unique(np.linspace(0, rows.size - 1, min(limit, rows.size)).astype(np.intp))]


def _predict_shuffled(predict, values, columns, people, copies, blocks, rng):
    """Return answers for the windows as they are (row 0) and for each shuffled copy, in few calls."""
    rows = np.concatenate(people)
    plain = values[rows]
    answers = np.empty((copies.size + 1, rows.size), dtype=np.intp)
    answers[0] = predict(pd.DataFrame(plain, columns=columns))
    per_call = max(1, _MAX_CELLS // max(plain.size, 1))
    moving = np.flatnonzero([_moves(plain, blocks[block]) for block in copies])
    answers[1:] = answers[0]  # what does not move needs no asking
    for start in range(0, moving.size, per_call):
        batch = moving[start : start + per_call]
        stack = np.repeat(plain[np.newaxis], batch.size, axis=0)
        for layer, copy in zip(stack, batch, strict=True):
            order = np.concatenate([rng.permutation(own) for own in _local(people)])
            block = blocks[copies[copy]]
            layer[:, block] = plain[np.ix_(order, block)]
        frame = pd.DataFrame(stack.reshape(-1, plain.shape[1]), columns=columns)
        answers[batch + 1] = np.reshape(predict(frame), (batch.size, rows.size))
    return answers


def _local(people):
    """Return each person's places after their rows are put one after the other."""
    ends = np.cumsum([rows.size for rows in people])
    return [np.arange(end - rows.size, end) for end, rows in zip(ends, people, strict=True)]


def _moves(values, block):
    """Return whether any column of a block has two different values."""
    columns = values[:, block]
    present = np.isfinite(columns)
    return bool((present.any(axis=0) & ~present.all(axis=0)).any()) or bool(
        (np.ptp(np.where(present, columns, 0.0), axis=0) > 0).any()
    )
