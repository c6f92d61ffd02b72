"""Scores of one person's windows. Classes are numbered from 0; a score that is not defined is NaN.

Means over people are taken elsewhere: a person with many windows counts as much as one with few.
"""

import numpy as np
from sklearn.metrics import roc_auc_score

METRICS = ("balanced_accuracy", "macro_f1", "auc", "accuracy")


def confusion_counts(truth, predicted, n_classes):
    """Count predictions by true class (rows) and answered class (columns).

    Parameters
    ----------
    truth, predicted : ndarray of int, shape (n_windows,)
        Class numbers.
    n_classes : int
        Number of classes of the problem.

    Returns
    -------
    ndarray of int, shape (n_classes, n_classes)
        Counts.

    Examples
    --------
    >>> confusion_counts(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    cells = np.asarray(truth) * n_classes + np.asarray(predicted)
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


def balanced_accuracy(truth, predicted):
    """Mean recall over the classes that are present in `truth`.

    Parameters
    ----------
    truth : ndarray of int, shape (n_windows,)
        True class of each window.
    predicted : ndarray of int, shape (..., n_windows)
        Answered classes; leading axes are scored one by one.

    Returns
    -------
    float or ndarray of shape (...)
        Between 0 and 1; NaN if fewer than two classes are present, for then there is nothing to tell apart.

    Examples
    --------
    >>> float(balanced_accuracy(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0])))
    0.5
    """
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    present, members = np.unique(truth, return_inverse=True)
    if present.size < 2:
        return np.full(predicted.shape[:-1], np.nan)[()]
    one_hot = members[:, np.newaxis] == np.arange(present.size)
    recall = (predicted == truth).astype(np.float64) @ one_hot / one_hot.sum(axis=0)
    return recall.mean(axis=-1)


def macro_f1(truth, predicted, n_classes):
    """Mean F1 over the classes of the problem.

    Parameters
    ----------
    truth, predicted : ndarray of int, shape (n_windows,)
        Class numbers.
    n_classes : int
        Number of classes of the problem.

    Returns
    -------
    float
        Between 0 and 1. A class that is neither present nor answered has no F1 (0/0) and is left out; one
        that is answered but not present counts as 0. NaN without windows.

    Examples
    --------
    >>> round(macro_f1(np.array([0, 0, 1]), np.array([0, 1, 1]), 2), 4)
    0.6667
    """
    counts = confusion_counts(truth, predicted, n_classes)
    hits, either = np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1)
    seen = either > 0
    return float(np.mean(2.0 * hits[seen] / either[seen])) if seen.any() else np.nan


def area_under_curve(truth, ranking):
    """Area under the ROC curve: of class 1 if there are two classes, else the mean of one against the rest.

    Parameters
    ----------
    truth : ndarray of int, shape (n_windows,)
        Class numbers.
    ranking : ndarray of shape (n_windows, n_classes)
        Probability or any other score of each class; higher is likelier.

    Returns
    -------
    float
        Between 0 and 1, over the classes present in `truth`; NaN if fewer than two are, or if a score of
        them is missing.

    Examples
    --------
    >>> ranking = np.array([[0.9, 0.1], [0.6, 0.4], [0.65, 0.35], [0.2, 0.8]])
    >>> float(area_under_curve(np.array([0, 0, 1, 1]), ranking))
    0.75
    """
    truth, ranking = np.asarray(truth), np.asarray(ranking)
    present = np.unique(truth)
    if present.size < 2:
        return np.nan
    scored = present[present == 1] if ranking.shape[1] == 2 else present
    if not np.isfinite(ranking[:, scored]).all():
        return np.nan
    return float(np.mean([roc_auc_score(truth == label, ranking[:, label]) for label in scored]))


def score_windows(truth, predicted, ranking):
    """Score one person's windows by every metric.

    Parameters
    ----------
    truth, predicted : ndarray of int, shape (n_windows,)
        Class numbers.
    ranking : ndarray of shape (n_windows, n_classes)
        Score of each class.

    Returns
    -------
    dict
        A float for each of `METRICS`.

    Examples
    --------
    >>> score_windows(np.array([0, 1]), np.array([0, 1]), np.array([[0.8, 0.2], [0.3, 0.7]]))["auc"]
    1.0
    """
    return {
        "balanced_accuracy": float(balanced_accuracy(truth, predicted)),
        "macro_f1": macro_f1(truth, predicted, np.shape(ranking)[1]),
        "auc": area_under_curve(truth, ranking),
        "accuracy": float(np.mean(np.asarray(truth) == np.asarray(predicted))),
    }
