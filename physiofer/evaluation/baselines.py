"""What can be reached without looking at a single feature: every score is read against these lines."""

import numpy as np

from .statistics import Interval

# Label shuffles behind the chance interval.
_N_SHUFFLES = 2000


def majority_baseline(truth, subjects, splits, n_classes):
    """Accuracy of always answering the commonest class of the training windows, person by person.

    Parameters
    ----------
    truth : ndarray of int, shape (n_windows,)
        Class numbers.
    subjects : ndarray of int, shape (n_windows,)
        Numbers of people.
    splits : list of (train, test)
        Row positions, as for the models.
    n_classes : int
        Number of classes.

    Returns
    -------
    ndarray of shape (n_subjects,)
        Accuracy of each person; NaN for one who is never tested.

    Examples
    --------
    >>> truth, subjects = np.array([0, 0, 1, 0, 1, 1]), np.array([0, 0, 0, 1, 1, 1])
    >>> splits = [(np.arange(3, 6), np.arange(3)), (np.arange(3), np.arange(3, 6))]
    >>> majority_baseline(truth, subjects, splits, 2).round(3).tolist()
    [0.333, 0.333]
    """
    answers = [np.bincount(truth[train], minlength=n_classes).argmax() for train, _ in splits]
    right = [(truth[test] == answer).astype(np.float64) for answer, (_, test) in zip(answers, splits, strict=True)]
    return _mean_by_subject(right, subjects, splits)


def stratified_baseline(truth, subjects, splits, n_classes):
    """Expected accuracy of guessing classes as often as the training windows hold them, person by person.

    Parameters
    ----------
    truth : ndarray of int, shape (n_windows,)
        Class numbers.
    subjects : ndarray of int, shape (n_windows,)
        Numbers of people.
    splits : list of (train, test)
        Row positions, as for the models.
    n_classes : int
        Number of classes.

    Returns
    -------
    ndarray of shape (n_subjects,)
        Expected accuracy of each person; NaN for one who is never tested.

    Examples
    --------
    >>> truth, subjects = np.array([0, 0, 1, 0, 1, 1]), np.array([0, 0, 0, 1, 1, 1])
    >>> splits = [(np.arange(3, 6), np.arange(3)), (np.arange(3), np.arange(3, 6))]
    >>> stratified_baseline(truth, subjects, splits, 2).round(3).tolist()
    [0.444, 0.444]
    """
    shares = [np.bincount(truth[train], minlength=n_classes) / train.size for train, _ in splits]
    right = [share[truth[test]] for share, (_, test) in zip(shares, splits, strict=True)]
    return _mean_by_subject(right, subjects, splits)


def _mean_by_subject(right, subjects, splits):
    """Average per-window values of all test windows of each person."""
    people = subjects[np.concatenate([test for _, test in splits])]
    n_subjects = int(subjects.max()) + 1
    total = np.bincount(people, weights=np.concatenate(right), minlength=n_subjects)
    count = np.bincount(people, minlength=n_subjects)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def chance_levels(truth, subjects, n_subjects):
    """Balanced accuracy of any constant answer or blind guess, person by person.

    It is one over the number of classes *that person* has: a person who shows two of three classes is worth
    1/2 to a constant answer, so holding the score against 1/3 would flatter.

    Parameters
    ----------
    truth : ndarray of int, shape (n_windows,)
        Class numbers.
    subjects : ndarray of int, shape (n_windows,)
        Numbers of people.
    n_subjects : int
        Number of people.

    Returns
    -------
    ndarray of shape (n_subjects,)
        Chance level of each person; NaN with fewer than two classes.

    Examples
    --------
    >>> chance_levels(np.array([0, 1, 2, 1, 1]), np.array([0, 0, 0, 1, 1]), 2).round(3).tolist()
    [0.333, nan]
    """
    n_present = np.array([np.unique(truth[subjects == person]).size for person in range(n_subjects)])
    return np.where(n_present > 1, 1.0 / np.maximum(n_present, 1), np.nan)


def shuffled_interval(truth, subjects, n_subjects, *, confidence=0.95, random_state=0):
    """Mean-over-people balanced accuracy of answers that are the true labels in a random order.

    The labels of each person are shuffled among that person's windows and taken as answers, 2000 times. Such
    answers know each person's class shares and nothing else. Windows are shuffled one by one: answers that
    stay the same for minutes scatter more than this interval says.

    Parameters
    ----------
    truth : ndarray of int, shape (n_windows,)
        Class numbers.
    subjects : ndarray of int, shape (n_windows,)
        Numbers of people.
    n_subjects : int
        Number of people.
    confidence : float, default=0.95
        Share of shuffles inside the interval.
    random_state : int, default=0
        Seed.

    Returns
    -------
    Interval
        Mean, low and high; NaN if nobody has two classes.

    Examples
    --------
    >>> truth, subjects = np.tile([0, 1], 50), np.repeat([0, 1], 50)
    >>> mean, low, high = shuffled_interval(truth, subjects, 2)
    >>> low < 0.5 < high
    True
    """
    rng = np.random.default_rng(random_state)
    per_subject = []
    for person in range(n_subjects):
        counts = np.unique(truth[subjects == person], return_counts=True)[1]
        if counts.size > 1:
            per_subject.append(np.mean(_shuffled_hits(counts, rng) / counts, axis=1))
    if not per_subject:
        return Interval(np.nan, np.nan, np.nan)
    means = np.mean(per_subject, axis=0)
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail])
    return Interval(float(means.mean()), float(low), float(high))


def _shuffled_hits(counts, rng):
    """Return how many windows of each class get their own label back, for each shuffle of the labels."""
    left = np.tile(counts, (_N_SHUFFLES, 1))  # answers not yet dealt
    hits = np.empty_like(left)
    for label, size in enumerate(counts):
        # The windows of this class draw their answers without replacement, class of answer by class of answer.
        wanted = np.full(_N_SHUFFLES, size)
        for answer in range(counts.size):
            others = left[:, answer + 1 :].sum(axis=1)
            dealt = rng.hypergeometric(left[:, answer], others, wanted)
            if answer == label:
                hits[:, label] = dealt
            left[:, answer] -= dealt
            wanted -= dealt
    return hits
