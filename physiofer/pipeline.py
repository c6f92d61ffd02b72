"""The named recipes: from recordings to features, from features to a classifier, from both to an honest result.

>>> from physiofer import datasets, pipeline
>>> corpus = datasets.simulate_corpus(n_subjects=12, seed=0)
>>> table = pipeline.extract(corpus[:3], modalities=["eda", "temperature"])
>>> evaluation = pipeline.evaluate(table, "stress", models=["logistic"], fusions=["early"])
>>> len(evaluation.summary())
1
"""

import contextlib
import tempfile

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from ._progress import progress_reporter
from ._validate import check_choice
from .evaluation import Candidate, cross_subject_evaluate
from .exceptions import InvalidArgumentError
from .extraction import MODALITIES, extract
from .fusion import EarlyFusionClassifier, LateFusionClassifier, StackedFusionClassifier

__all__ = ["FUSIONS", "MODALITIES", "MODELS", "evaluate", "extract", "make_classifier"]


def _svm():
    """RBF support vector machine; its probabilities come from calibration on unseen people."""
    return SVC(C=1.0, kernel="rbf", gamma="scale")


def _random_forest():
    """Random forest on quarters of the rows, no leaf below five: windows overlap, so neighbours are near-copies."""
    return RandomForestClassifier(n_estimators=60, min_samples_leaf=5, max_samples=0.25, n_jobs=1)


def _xgboost():
    """Gradient-boosted trees, slow and shallow."""
    from xgboost import XGBClassifier

    return XGBClassifier(
        n_estimators=100, max_depth=3, learning_rate=0.07, subsample=0.8, colsample_bytree=0.8, reg_lambda=1.0,
        tree_method="hist", n_jobs=1, verbosity=0,
    )  # fmt: skip


def _logistic():
    """Ridge-penalised logistic regression."""
    return LogisticRegression(C=0.1, max_iter=2000)


# Each inner fold costs a fit per modality; two leave half of the people to learn from.
_INNER_FOLDS = 2

#: Models by name.
MODELS = {"svm": _svm, "rf": _random_forest, "xgboost": _xgboost, "logistic": _logistic}

#: Fusions by name.
FUSIONS = {"early": EarlyFusionClassifier, "late": LateFusionClassifier, "stacked": StackedFusionClassifier}


def make_classifier(
    model="svm", fusion="early", *, class_weight="balanced", random_state=0, model_options=None, **options
):
    """Build a named classifier over modality blocks.

    Parameters
    ----------
    model : {"svm", "rf", "xgboost", "logistic"}, default="svm"
        What learns: RBF support vector machine, random forest, gradient-boosted trees, logistic regression.
    fusion : {"early", "late", "stacked"}, default="early"
        Whether it sees all features at once, one calibrated copy per modality votes, or another model learns to combine
        those votes.
    class_weight : "balanced", dict or None, default="balanced"
        Weights of the classes; balanced ones suit balanced accuracy, with which people are scored.
    random_state : int or None, default=0
        Seed of everything random.
    model_options : dict, optional
        Parameters to set on the model, e.g. ``{"C": 10}``.
    **options
        Further arguments of the fusion class, e.g. ``weights="quality"`` of late fusion. Late and stacked fusion
        have ``cv=2`` by default here.

    Returns
    -------
    EarlyFusionClassifier, LateFusionClassifier or StackedFusionClassifier
        A scikit-learn classifier on a DataFrame with columns ``modality__feature``; ``fit`` takes ``groups``.

    Raises
    ------
    InvalidArgumentError
        If a name or an option is unknown; it lists the nearest valid ones.

    Examples
    --------
    >>> make_classifier("rf", "late", weights="score").weights
    'score'
    """
    check_choice(model, name="model", choices=MODELS)
    check_choice(fusion, name="fusion", choices=FUSIONS)
    estimator = MODELS[model]()
    for option in model_options or {}:
        check_choice(option, name="model option", choices=sorted(estimator.get_params()))
    estimator.set_params(**(model_options or {}))
    known = FUSIONS[fusion]().get_params()
    for option in options:
        check_choice(option, name=f"option of {fusion} fusion", choices=sorted(known))
    if fusion != "early":
        options.setdefault("cv", _INNER_FOLDS)
    return FUSIONS[fusion](estimator, class_weight=class_weight, random_state=random_state, **options)


def evaluate(
    table,
    target,
    *,
    models=("svm", "rf", "xgboost"),
    fusions=("early", "late", "stacked"),
    protocol="loso",
    n_splits=5,
    normalise="none",
    leakage="refuse",
    random_state=0,
    n_jobs=1,
    progress=False,
    n_bootstrap=2000,
    importance=True,
    config=None,
    corpus=None,
):
    """Evaluate every pair of model and fusion across subjects.

    Parameters
    ----------
    table : FeatureTable
        As :func:`extract` gives. Features that are by definition another one, shifted and scaled (SDSD and SD1 are
        RMSSD but for a trend, HF is LF in normalised units), are left out of the predictors.
    target : str
        Label column to predict.
    models, fusions : sequence of str
        Names out of ``MODELS`` and ``FUSIONS``; every pair is a pipeline.
    protocol : {"loso", "group-kfold"}, default="loso"
        Leave one subject out, or deal the subjects into `n_splits` groups.
    n_splits : int, default=5
        Groups of ``"group-kfold"``.
    normalise : {"none", "subject"}, default="none"
        ``"subject"`` standardises each person's features by that person's own unlabelled windows: transductive, and the
        result says so.
    leakage : {"refuse", "warn", "ignore"}, default="refuse"
        What to do about errors the leak guard finds.
    random_state : int, default=0
        Seed of everything random; the numbers do not depend on `n_jobs`.
    n_jobs : int, default=1
        Fits at a time, through joblib.
    progress : bool or callable, default=False
        A bar on standard error, or ``progress(done, total, label)``.
    n_bootstrap : int, default=2000
        Draws behind each confidence interval.
    importance : bool, default=True
        Whether to measure the importance of modalities and features.
    config : dict, optional
        Settings to store in the result, so that it can be reproduced.
    corpus : str, optional
        Name of the corpus, for the report.

    Returns
    -------
    Evaluation

    Raises
    ------
    InvalidArgumentError
        If a name is unknown, the target is not in the table, or there is one subject or one class only.
    LeakageError
        If the leak guard refuses.

    See Also
    --------
    physiofer.evaluation.cross_subject_evaluate : The same for classifiers of your own.

    Examples
    --------
    >>> from physiofer.datasets import simulate_corpus
    >>> table = extract(simulate_corpus(n_subjects=12, seed=0)[:3], modalities=["temperature"])
    >>> evaluation = evaluate(table, "stress", models="logistic", fusions="early")
    >>> evaluation.summary()["model"].tolist()
    ['logistic']
    """
    named = [check_choice(model, name="model", choices=MODELS) for model in _listed(models, "models")]
    fused = [check_choice(f, name="fusion", choices=FUSIONS) for f in _listed(fusions, "fusions")]
    if target not in table.targets.columns:
        known = (
            ", ".join(map(str, table.targets.columns))
            or "none; give a table of labels (--labels, or labels= of read_corpus)"
        )
        raise InvalidArgumentError(f"target={target!r} is not a label of this table; its labels are: {known}.")
    y = _whole_numbers(table.targets[target])
    inputs = {
        "corpus": corpus,
        "recordings": [{key: value for key, value in source.items() if key != "warnings"} for source in table.sources],
        "errors": table.errors,
        "warnings": [message for source in table.sources for message in source.get("warnings", ())],
    }
    settings = {"extract": table.config} if config is None else config
    with progress_reporter(progress, "evaluating") as report, _shared_fits(fused) as shared:
        candidates = [
            Candidate(
                model, fusion, make_classifier(model, fusion, random_state=random_state, **shared.get(fusion, {}))
            )
            for model in named
            for fusion in fused
        ]
        return cross_subject_evaluate(
            candidates, _predictors(table.X), y, table.subjects,
            trials=_trial_names(table), recordings=table.recordings,
            start_s=table.start_s, window_s=table.window_s, protocol=protocol, n_splits=n_splits, normalise=normalise,
            leakage=leakage, n_jobs=n_jobs, random_state=random_state, n_bootstrap=n_bootstrap, importance=importance,
            target=target, progress=report, context={"inputs": inputs, "config": settings},
        )  # fmt: skip


@contextlib.contextmanager
def _shared_fits(fusions):
    """Options that let late and stacked fusion of one model share their inner fits, through a folder that goes away."""
    sharing = {"late", "stacked"} & set(fusions)
    if len(sharing) < 2:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="physiofer-", ignore_cleanup_errors=True) as folder:
        yield {fusion: {"memory": folder} for fusion in sharing}


def _predictors(X):
    """X without the columns that are by definition another one in it, shifted and scaled: they would count it twice."""
    restated = [
        f"{modality}__{name}"
        for modality, transformer in MODALITIES.items()
        for name, original in transformer.restatements.items()
        if f"{modality}__{original}" in X
    ]
    return X.drop(columns=restated, errors="ignore")


def _listed(names, name):
    """A name or several as a list without repeats."""
    names = [names] if isinstance(names, str) else list(dict.fromkeys(names))
    if not names:
        raise InvalidArgumentError(f"{name} is empty; name at least one.")
    return names


def _whole_numbers(labels):
    """Labels as they are, but floats that are all whole numbers (NaN made them floats) as integers, NaN as None."""
    if labels.dtype.kind == "f" and np.all(labels.dropna() % 1 == 0):
        return labels.astype("Int64").astype(object).where(labels.notna(), None)
    return labels


def _trial_names(table):
    """Trials named so that no two recordings share one."""
    return pd.Series(table.recordings).str.cat(table.trials.astype(str), sep="/").to_numpy()
