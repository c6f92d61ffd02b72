"""One fold of one pipeline: fit on the training people, answer for the held-out ones. It runs in a worker."""

import time
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..exceptions import InvalidArgumentError
from .candidates import seeded_clone, takes_groups
from .importance import importance_drops


@dataclass(frozen=True)
class FoldResult:
    """What one fitted pipeline answered for the windows of one fold.

    Parameters
    ----------
    pipeline, fold : int
        Which one.
    predicted : ndarray of int, shape (n_test,)
        Class numbers.
    probability : ndarray of shape (n_test, n_classes)
        Probabilities; NaN if the pipeline gives none.
    ranking : ndarray of shape (n_test, n_classes)
        What windows are ranked by: probabilities or decision values, NaN if the pipeline gives neither.
    fit_s : float
        Seconds the fit took.
    drops : dict of int to ndarray
        Importances, as of :func:`~physiofer.evaluation.importance.importance_drops`.
    is_constant : bool
        Whether the training windows had one class only, so that nothing was fitted.
    messages : tuple of (type, str)
        Category and text of each warning of the fit, once; the caller passes them on.
    """

    pipeline: int
    fold: int
    predicted: np.ndarray
    probability: np.ndarray
    ranking: np.ndarray
    fit_s: float
    drops: dict
    is_constant: bool
    messages: tuple = ()


def run_fold(place, label, estimator, seed, table, split, *, importance=True):
    """Fit a clone on one side of a split and let it answer for the other.

    Parameters
    ----------
    place : tuple of (int, int)
        Numbers of pipeline and fold.
    label : str
        Both in words, for messages.
    estimator : scikit-learn classifier
        Cloned and seeded here.
    seed : SeedSequence
        Seed of this pipeline and fold.
    table : tuple
        Features, their names, class numbers, labels and numbers of people: plain arrays, cheap to send.
    split : tuple of (train, test)
        Row positions.
    importance : bool, default=True
        Whether to shuffle features of the held-out people.

    Returns
    -------
    FoldResult
        The answers.

    Raises
    ------
    InvalidArgumentError
        If the estimator fails, or answers with something that is no label.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> table = np.zeros((4, 1)), ["x"], np.array([0, 0, 1, 0]), (3, 7), np.array([0, 0, 0, 1])
    >>> split = np.array([0, 1, 2]), np.array([3])
    >>> run_fold((0, 0), "dummy", DummyClassifier(), np.random.SeedSequence(0), table, split).predicted
    array([0])
    """
    values, columns, truth, classes, subjects = table
    train, test = split
    estimator_seed, shuffle_seed = seed.spawn(2)
    known = np.unique(truth[train])
    if known.size < 2:
        return _constant_result(place, int(known[0]), test.size, len(classes))
    labels = np.asarray(classes)
    try:
        model = seeded_clone(estimator, estimator_seed)
        groups = {"groups": subjects[train]} if takes_groups(model) else {}
        started = time.perf_counter()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.fit(pd.DataFrame(values[train], columns=columns), labels[truth[train]], **groups)
        fit_s = time.perf_counter() - started
        messages = tuple(dict.fromkeys((entry.category, str(entry.message)) for entry in caught))
        predict = _class_numbers(model, classes)
        windows = pd.DataFrame(values[test], columns=columns)
        predicted = predict(windows)
        probability, ranking = _class_scores(model, windows, labels, known)
        drops = {}
        if importance:
            drops = importance_drops(predict, values[test], columns, truth[test], subjects[test], shuffle_seed)
    except InvalidArgumentError:
        raise
    except Exception as error:
        reason = str(error).strip().splitlines()
        raise InvalidArgumentError(
            f"estimator failed in {label}: {type(error).__name__}: {reason[0] if reason else 'no reason given'}"
        ) from error
    return FoldResult(*place, predicted, probability, ranking, fit_s, drops, is_constant=False, messages=messages)


def _constant_result(place, only, n_test, n_classes):
    """Answer with the only class there was to learn."""
    certain = np.tile(np.arange(n_classes) == only, (n_test, 1)).astype(np.float64)
    answer = np.full(n_test, only, dtype=np.intp)
    return FoldResult(*place, answer, certain, certain, 0.0, {}, is_constant=True)


def _class_numbers(model, classes):
    """Return a function that predicts class numbers."""
    index = pd.Index(classes)

    def predict(windows):
        answers = np.ravel(model.predict(windows))
        codes = index.get_indexer(answers)
        if answers.size != len(windows) or (codes < 0).any():
            raise InvalidArgumentError(
                f"estimator {type(model).__name__} answered {answers[:1].tolist()}, which is no label of "
                f"{list(classes)[:5]}; give a classifier."
            )
        return codes

    return predict


def _class_scores(model, windows, labels, known):
    """Return probabilities and what to rank by, each of shape (n_windows, n_classes)."""
    probability = np.full((len(windows), labels.size), np.nan)
    present = np.searchsorted(labels, getattr(model, "classes_", labels[known]))
    if hasattr(model, "predict_proba"):
        probability[:] = 0.0  # of a class that was not there to learn
        probability[:, present] = model.predict_proba(windows)
        return probability, probability
    ranking = np.full_like(probability, np.nan)
    if hasattr(model, "decision_function"):
        decision = np.asarray(model.decision_function(windows), dtype=np.float64)
        decision = np.column_stack([-decision, decision]) if decision.ndim == 1 else decision
        if decision.shape[1] == present.size:  # one-vs-one values rank no class
            ranking[:] = 0.0
            ranking[:, present] = decision
    return probability, ranking
