"""Cross-subject evaluation: the one function that fits, asks, scores and says how far to believe it."""

import numbers
import warnings
from collections import Counter

from joblib import Parallel, delayed

from .._validate import check_choice, check_count, check_number
from ..exceptions import InvalidArgumentError
from .assemble import Outcome, prediction_table, result_dict, score_table, subject_table
from .candidates import inner_fold_findings, read_candidates, task_seed
from .findings import POLICIES, Finding, enforce, listing
from .folds import run_fold
from .importance import MAX_FEATURES
from .leakage import NORMALISATIONS, problem_findings, sort_findings
from .normalise import quality_columns, standardise_within
from .problem import read_problem
from .protocols import PROTOCOLS, grouped_kfold, leave_one_subject_out, protocol_sentence, read_splits
from .results import Evaluation

# With fewer people than this no test over people can fall below 0.05 for two pipelines, whatever they score.
_FEW_PEOPLE = 6
# The best published models of this field stay below it across people (WESAD, two classes: 0.93).
_TOO_GOOD = 0.95


def cross_subject_evaluate(
    estimators,
    X,
    y,
    subjects,
    *,
    trials=None,
    recordings=None,
    start_s=None,
    window_s=None,
    protocol="loso",
    n_splits=5,
    normalise="none",
    leakage="refuse",
    n_jobs=1,
    random_state=0,
    n_bootstrap=2000,
    confidence=0.95,
    importance=True,
    target="target",
    progress=None,
    context=None,
):
    """Score classifiers on people they have not seen.

    Every fit sees the training people of its fold only. Scores are taken within each tested person and averaged
    over people, with bootstrap intervals over people; they stand beside the majority class and chance.

    Parameters
    ----------
    estimators : dict or list of Candidate
        Names to scikit-learn classifiers, or :class:`Candidate` entries. They are cloned; every `random_state`
        inside is replaced by a seed of its own; if `fit` takes `groups`, it gets the training people, so that
        inner folds can keep them apart.
    X : DataFrame of shape (n_windows, n_features)
        Features named ``modality__feature``; NaN is missing.
    y : array-like of shape (n_windows,)
        Labels: int, str or bool. Windows without one are left out, and the result says so.
    subjects : array-like of shape (n_windows,)
        The person each window is of.
    trials, recordings : array-like of shape (n_windows,), default=None
        Names, for the leak guard and the table of predictions.
    start_s : array-like of shape (n_windows,), default=None
        Start of the window in its recording, in seconds.
    window_s : float or array-like of shape (n_windows,), default=None
        Length of the window in seconds.
    protocol : {"loso", "group-kfold"} or iterable of (train, test), default="loso"
        Leave one person out, deal people into `n_splits` groups, or splits of your own, which the leak guard
        checks.
    n_splits : int, default=5
        Number of groups of "group-kfold".
    normalise : {"none", "subject"}, default="none"
        "subject" standardises features within each person by that person's own unlabelled windows. That is
        transductive; the result declares it.
    leakage : {"refuse", "warn", "ignore"}, default="refuse"
        What to do with findings of :func:`check_leakage`: raise on errors, warn, or only report.
    n_jobs : int, default=1
        Fits at a time, through joblib; another backend by :func:`joblib.parallel_config`. Numbers do not depend
        on it. Give estimators that run threads of their own ``n_jobs=1``.
    random_state : int, default=0
        Seed of everything that is random.
    n_bootstrap : int, default=2000
        Draws behind each interval.
    confidence : float, default=0.95
        Level of the intervals.
    importance : bool, default=True
        Whether to measure what is lost when modalities and features of the tested people are shuffled.
    target : str, default="target"
        Name of what is predicted, for the report.
    progress : callable, default=None
        Called as ``progress(done, total, label)`` after each fit, in the calling process.
    context : dict, default=None
        `inputs` and `config` to store in the result.

    Returns
    -------
    Evaluation
        Scores, predictions, findings, summary; JSON and HTML.

    Raises
    ------
    InvalidArgumentError
        If an argument is not of its form, there is one person or one class only, or an estimator fails.
    LeakageError
        If `leakage` is "refuse" and the leak guard found an error.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> rng, people = np.random.default_rng(0), np.repeat(["a", "b", "c", "d"], 40)
    >>> y = np.tile(np.repeat(["rest", "stress"], 20), 4)
    >>> X = pd.DataFrame(rng.normal(size=(160, 2)), columns=["eda__level_us", "cardiac__rmssd_ms"])
    >>> X["eda__level_us"] += y == "stress"
    >>> evaluation = cross_subject_evaluate({"logistic": LogisticRegression()}, X, y, people, target="stress")
    >>> summary = evaluation.summary()
    >>> bool(summary["balanced_accuracy_low"][0] > summary["chance"][0])
    True
    """
    check_choice(normalise, name="normalise", choices=NORMALISATIONS)
    check_choice(leakage, name="leakage", choices=POLICIES)
    settings = {
        "target": str(target),
        "normalise": normalise,
        "leakage": leakage,
        "n_bootstrap": check_count(n_bootstrap, name="n_bootstrap", low=1),
        "confidence": check_number(confidence, name="confidence", low=0, high=1, low_open=True, high_open=True),
        "random_state": check_count(random_state, name="random_state", high=2**32 - 1),
        "importance": bool(importance),
    }
    _check_rest(n_jobs, progress, context)
    candidates = read_candidates(estimators)
    problem = read_problem(X, y, subjects, trials=trials, recordings=recordings, start_s=start_s, window_s=window_s)
    _check_scorable(problem, target)
    splits, fold_names, declared = _read_protocol(protocol, n_splits, problem, len(X), settings)
    settings |= declared
    findings = [*problem.findings, *problem_findings(problem, splits, normalise)]
    enforce(findings, leakage, stacklevel=2)
    runs = _run(candidates, problem, splits, fold_names, settings, n_jobs, progress)
    outcome = Outcome(problem, candidates, splits, fold_names, runs, settings)
    people = subject_table(outcome)
    findings += inner_fold_findings(candidates) + _declared_findings(problem, settings)
    findings += _outcome_findings(people, runs)
    enforce([finding for finding in findings if finding.check == "too-good"], leakage, stacklevel=2)
    result = result_dict(outcome, people, sort_findings(findings), context or {})
    return Evaluation(result, score_table(outcome), people, prediction_table(outcome))


def _check_rest(n_jobs, progress, context):
    """Check the arguments that say how to run and what to store."""
    if n_jobs is not None and (not isinstance(n_jobs, numbers.Integral) or n_jobs == 0):
        raise InvalidArgumentError(f"n_jobs={n_jobs!r} must be an integer other than 0; -1 takes all processors.")
    if progress is not None and not callable(progress):
        raise InvalidArgumentError(f"progress={progress!r} must be callable as progress(done, total, label).")
    if context is not None and not (isinstance(context, dict) and context.keys() <= {"inputs", "config"}):
        raise InvalidArgumentError("context must be a dict with keys 'inputs' and 'config' only.")


def _check_scorable(problem, target):
    """Raise unless there are people to leave out and classes to tell apart."""
    if len(problem.names) < 2:
        raise InvalidArgumentError(
            f"subjects has one person only ({problem.names[0]}) with labels; a score across people needs at least "
            "2. Add recordings of others."
        )
    if len(problem.classes) < 2:
        raise InvalidArgumentError(
            f"y has one class only ({problem.classes[0]!r}); there is nothing to tell apart. Check that the labels "
            f"of {target!r} cover the recordings and that windows of other classes were not filtered out."
        )


def _read_protocol(protocol, n_splits, problem, n_rows, settings):
    """Return splits, their names, and what the result says of them."""
    declared = {"protocol": protocol}
    if not isinstance(protocol, str):
        if not hasattr(protocol, "__iter__"):
            raise InvalidArgumentError(
                f"protocol={protocol!r} must be one of {', '.join(PROTOCOLS)}, or an iterable of (train, test)."
            )
        declared["protocol"], splits = "custom", problem.kept_splits(read_splits(protocol, n_rows))
        if not splits:
            raise InvalidArgumentError("protocol has no split with labelled windows on both sides.")
    elif check_choice(protocol, name="protocol", choices=PROTOCOLS) == "loso":
        splits = leave_one_subject_out(problem.subjects)
    else:
        splits = grouped_kfold(problem.subjects, n_splits, problem.truth, settings["random_state"])
        declared["n_splits"] = len(splits)
    counts = {"n_subjects": len(problem.names), "n_splits": len(splits)}
    declared["protocol_sentence"] = protocol_sentence(declared["protocol"], **counts, normalise=settings["normalise"])
    numbered = [f"fold {number + 1}" for number in range(len(splits))]
    return splits, list(problem.names) if declared["protocol"] == "loso" else numbered, declared


def _run(candidates, problem, splits, fold_names, settings, n_jobs, progress):
    """Run every fold of every pipeline; return their results in order, whoever finished first."""
    values = problem.values
    if settings["normalise"] == "subject":
        kept = quality_columns(problem.columns)
        values = standardise_within(values, problem.subjects, len(problem.names), kept)
    table = values, list(problem.columns), problem.truth, problem.classes, problem.subjects
    tasks = [
        delayed(run_fold)(
            (number, fold),
            _label(candidate, fold_names[fold]),
            candidate.estimator,
            task_seed(settings["random_state"], fold),
            table,
            split,
            importance=settings["importance"],
        )
        for number, candidate in enumerate(candidates)
        for fold, split in enumerate(splits)
    ]
    runs = [[None] * len(splits) for _ in candidates]
    told = Counter()
    # Unordered: progress is told as fits end; the places put the results back in order.
    finished = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(tasks)
    for done, result in enumerate(finished, start=1):
        runs[result.pipeline][result.fold] = result
        told.update(result.messages)
        if progress is not None:
            label = _label(candidates[result.pipeline], fold_names[result.fold])
            progress(done, len(tasks), label)
    for (category, message), count in told.items():
        warnings.warn(f"{message} (in {count} of {len(tasks)} fits)", category, stacklevel=4)
    return runs


def _label(candidate, fold_name):
    """Return a pipeline and a fold in words."""
    return f"{candidate.name}, {fold_name}"


def _declared_findings(problem, settings):
    """Report what the evaluation itself does that a reader must know."""
    findings = []
    if settings["normalise"] == "subject":
        message = (
            "Features were standardised within each person, tested people included, by their own unlabelled "
            "windows (transductive): the scores hold for a new person only once a batch of windows is there."
        )
        findings.append(Finding("transductive", "info", message, {"normalise": "subject"}))
    if settings["importance"] and len(problem.columns) > MAX_FEATURES:
        message = (
            f"Importances of single features were not measured: {len(problem.columns)} features, the limit is "
            f"{MAX_FEATURES}. Those of modalities were."
        )
        findings.append(Finding("importances", "info", message, {"n_features": len(problem.columns)}))
    return findings


def _outcome_findings(subjects, runs):
    """Report people who cannot be scored, folds without a second class, and scores too good to be true."""
    findings = []
    single = subjects.loc[subjects["n_classes"] < 2, "subject"].unique().tolist()
    n_people = subjects["subject"].nunique()
    if n_people < _FEW_PEOPLE:
        message = (
            f"Only {n_people} people: the smallest possible p-value is {0.5**n_people:.3f}, and intervals from so few "
            "are too narrow. Read the score as a trial run."
        )
        findings.append(Finding("few-people", "warning", message, {"n": n_people}))
    if single:
        message = (
            f"{len(single)} of {n_people} people have windows of one class only and are left out of the means of "
            f"balanced accuracy and AUC: {listing(single)}."
        )
        severity = "info"
        if len(single) == n_people:
            message += " That is everyone: read accuracy and macro F1 against the majority class."
            severity = "warning"
        findings.append(Finding("single-class-subjects", severity, message, {"n": len(single), "subjects": single}))
    constant = sum(fold.is_constant for fold in runs[0])
    if constant:
        message = (
            f"In {constant} of {len(runs[0])} folds the training people show one class only; "
            "it was answered throughout."
        )
        findings.append(Finding("single-class-training", "warning", message, {"n_folds": constant}))
    means = subjects.groupby("pipeline", sort=False)["balanced_accuracy"].mean()
    best = means[means >= _TOO_GOOD].round(4).to_dict()
    if best:
        message = (
            f"Balanced accuracy of {max(best.values()):.3f} on unseen people ({listing(best)}) is better than this "
            "field's best; look for the label in the features before believing it."
        )
        findings.append(Finding("too-good", "warning", message, {"pipelines": best}))
    return findings
