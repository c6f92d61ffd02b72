"""The models to try: their names, their clones, their seeds, and whether their inner folds keep people apart."""

import inspect
from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    GroupShuffleSplit,
    LeaveOneGroupOut,
    LeavePGroupsOut,
    RandomizedSearchCV,
    StratifiedGroupKFold,
)

from ..exceptions import InvalidArgumentError
from .findings import Finding, listing

_GROUP_SPLITTERS = (GroupKFold, GroupShuffleSplit, LeaveOneGroupOut, LeavePGroupsOut, StratifiedGroupKFold)


@dataclass(frozen=True)
class Candidate:
    """A classifier to evaluate, with the names it has in the result.

    Parameters
    ----------
    model : str
        What learns, such as ``"svm"``.
    fusion : str
        How modalities are joined, such as ``"late"``; may be empty.
    estimator : scikit-learn classifier
        Takes a DataFrame of features. It is cloned for each fold and never fitted itself.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> Candidate("majority", "", DummyClassifier()).name
    'majority'
    """

    model: str
    fusion: str
    estimator: object

    @property
    def name(self):
        """Model and fusion in one, such as ``"svm/late"``."""
        return f"{self.model}/{self.fusion}" if self.fusion else self.model


def read_candidates(estimators):
    """Check the models to evaluate.

    Parameters
    ----------
    estimators : dict or list
        Names to classifiers, or entries with attributes `model`, `fusion` and `estimator`.

    Returns
    -------
    list of Candidate
        At least one, no name twice.

    Raises
    ------
    InvalidArgumentError
        If there is none, a name comes twice, or an entry cannot be cloned, fitted and asked.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> [candidate.name for candidate in read_candidates({"majority": DummyClassifier()})]
    ['majority']
    """
    if isinstance(estimators, dict):
        entries = [Candidate(str(name), "", estimator) for name, estimator in estimators.items()]
    elif isinstance(estimators, (list, tuple)):
        entries = list(estimators)
    else:
        raise InvalidArgumentError(
            f"estimators is a {type(estimators).__name__}; give a dict of name to classifier, or a list of Candidate."
        )
    if not entries:
        raise InvalidArgumentError("estimators is empty; give at least one classifier.")
    candidates = [_read_candidate(entry, place) for place, entry in enumerate(entries)]
    names = [candidate.name for candidate in candidates]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidArgumentError(f"estimators has {listing(twice)} more than once; give each its own name.")
    return candidates


def _read_candidate(entry, place):
    """Return one entry as a Candidate whose estimator can be cloned."""
    if not all(hasattr(entry, name) for name in ("model", "fusion", "estimator")):
        raise InvalidArgumentError(
            f"estimators[{place}] is a {type(entry).__name__}; it must have model, fusion and estimator, "
            "as Candidate has."
        )
    candidate = Candidate(str(entry.model), str(entry.fusion or ""), entry.estimator)
    can_answer = hasattr(candidate.estimator, "fit") and hasattr(candidate.estimator, "predict")
    try:
        clone(candidate.estimator)
    except (TypeError, RuntimeError) as error:
        raise InvalidArgumentError(f"estimator {candidate.name!r} cannot be cloned ({error}).") from error
    if not can_answer:
        raise InvalidArgumentError(f"estimator {candidate.name!r} has no fit and predict; give a classifier.")
    return candidate


def task_seed(random_state, fold):
    """Return the seed of one fit, which depends on the fold alone, not on who computes it when.

    Pipelines share their seeds: what sets two of them apart on a fold is then the pipeline, not the draw.

    Parameters
    ----------
    random_state : int
        Seed of the evaluation.
    fold : int
        Number of the fold.

    Returns
    -------
    SeedSequence
        Independent of those of other folds.

    Examples
    --------
    >>> int(task_seed(0, 3).generate_state(1)[0]) == int(task_seed(0, 4).generate_state(1)[0])
    False
    """
    return np.random.SeedSequence(random_state, spawn_key=(fold,))


def seeded_clone(estimator, seed):
    """Clone an estimator and give every `random_state` in it, at any depth, an integer derived from `seed`.

    Parameters
    ----------
    estimator : scikit-learn estimator
        Left as it is.
    seed : SeedSequence or int
        Where the integers come from.

    Returns
    -------
    estimator
        An unfitted clone.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> seeded_clone(DummyClassifier(), 0).random_state == seeded_clone(DummyClassifier(), 0).random_state
    True
    """
    copy = clone(estimator)
    rng = np.random.default_rng(seed)
    names = sorted(name for name in copy.get_params(deep=True) if name.split("__")[-1] == "random_state")
    if names:
        copy.set_params(**{name: int(rng.integers(2**31 - 1)) for name in names})
    return copy


def takes_groups(estimator):
    """Tell whether `fit` can be told who each window is of.

    Parameters
    ----------
    estimator : scikit-learn estimator
        Any; a parameter search takes groups if its `cv` is a group splitter.

    Returns
    -------
    bool
        Whether ``fit(X, y, groups=subjects)`` is understood.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> takes_groups(DummyClassifier())
    False
    """
    if isinstance(estimator, (GridSearchCV, RandomizedSearchCV)):
        return isinstance(estimator.cv, _GROUP_SPLITTERS)
    return "groups" in inspect.signature(estimator.fit).parameters


def inner_fold_findings(candidates):
    """Report candidates whose inner cross-validation cannot keep people apart.

    The held-out person stays held out; but tuning, stacking or calibration inside such a candidate sees windows
    of one person on both sides of its own folds, and is more hopeful than it should be.

    Parameters
    ----------
    candidates : list of Candidate
        Models to look into.

    Returns
    -------
    list of Finding
        At most one, of severity info.

    Examples
    --------
    >>> from sklearn.calibration import CalibratedClassifierCV
    >>> [finding.check for finding in inner_fold_findings([Candidate("a", "", CalibratedClassifierCV())])]
    ['inner-folds']
    """
    mixing = [candidate.name for candidate in candidates if _mixes_people(candidate.estimator)]
    if not mixing:
        return []
    message = (
        f"Inner cross-validation of {listing(mixing)} may put windows of one person on both sides. The held-out "
        "people are untouched, but tuning, stacking or calibration inside is too hopeful; fit with groups instead."
    )
    return [Finding("inner-folds", "info", message, {"pipelines": mixing})]


def _mixes_people(estimator):
    """Return whether an estimator has an inner cross-validation that nobody tells who is who."""
    if not hasattr(estimator, "get_params") or takes_groups(estimator):
        return False
    params = estimator.get_params(deep=True)
    return any(name.split("__")[-1] == "cv" and value != "prefit" for name, value in params.items())
