"""From the answers of all folds to tables and the result dict."""

import importlib.metadata
import platform
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .baselines import chance_levels, majority_baseline, shuffled_interval
from .importance import MAX_FEATURES, modalities
from .problem import Problem
from .results import FORMAT, FORMAT_VERSION, plain
from .scores import METRICS, confusion_counts, score_windows
from .statistics import bootstrap_interval, holm, sign_flip_test

_NAMES = ("pipeline", "model", "fusion", "normalise")
_PACKAGES = (
    "physiofer", "numpy", "scipy", "pandas", "scikit-learn", "joblib", "numba", "xgboost", "xgboost-cpu", "mne",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """All answers of an evaluation, and to what.

    Parameters
    ----------
    problem : Problem
        The checked table.
    candidates : list of Candidate
        The pipelines.
    splits : list of (train, test)
        Row positions.
    fold_names : list of str
        Names of the splits.
    runs : list of list of FoldResult
        For each pipeline its folds in order.
    settings : dict
        Arguments of the evaluation: target, protocol, protocol_sentence, normalise, n_bootstrap, confidence,
        random_state and what else belongs to the configuration.
    """

    problem: Problem
    candidates: list
    splits: list
    fold_names: list
    runs: list
    settings: dict

    @property
    def tested(self):
        """Rows of all test windows, fold after fold."""
        return np.concatenate([np.array([], dtype=np.intp), *(test for _, test in self.splits)])

    def pipelines(self):
        """Return each candidate with its folds and the columns that name it in every table."""
        for candidate, folds in zip(self.candidates, self.runs, strict=True):
            names = {"pipeline": candidate.name, "model": candidate.model, "fusion": candidate.fusion}
            yield candidate, folds, names | {"normalise": self.settings["normalise"]}


def subject_table(outcome):
    """Score every person by every pipeline, over all windows of that person that were tested.

    Parameters
    ----------
    outcome : Outcome
        The answers.

    Returns
    -------
    DataFrame
        One row per pipeline and person.

    Examples
    --------
    >>> subject_table(Outcome(None, [], [], [], [], {})).columns[4:6].tolist()
    ['subject', 'balanced_accuracy']
    """
    rows = []
    for _, folds, names in outcome.pipelines():
        tested = outcome.tested
        people, truth = outcome.problem.subjects[tested], outcome.problem.truth[tested]
        predicted = np.concatenate([fold.predicted for fold in folds])
        ranking = np.concatenate([fold.ranking for fold in folds])
        for person in np.unique(people):
            own = people == person
            row = names | {"subject": outcome.problem.names[person]}
            row |= score_windows(truth[own], predicted[own], ranking[own])
            rows.append(row | {"n_windows": int(own.sum()), "n_classes": int(np.unique(truth[own]).size)})
    return pd.DataFrame(rows, columns=[*_NAMES, "subject", *METRICS, "n_windows", "n_classes"])


def score_table(outcome):
    """Score every fold of every pipeline: the mean over the people it tests.

    Parameters
    ----------
    outcome : Outcome
        The answers.

    Returns
    -------
    DataFrame
        One row per pipeline and fold.

    Examples
    --------
    >>> score_table(Outcome(None, [], [], [], [], {})).columns[4:6].tolist()
    ['fold', 'subjects']
    """
    rows = []
    for candidate, folds, names in outcome.pipelines():
        for fold, (train, test), name in zip(folds, outcome.splits, outcome.fold_names, strict=True):
            alone = replace(outcome, candidates=[candidate], runs=[[fold]], splits=[(train, test)])
            people = subject_table(alone)
            row = names | {"fold": name, "subjects": ",".join(people["subject"])}
            row |= {"n_train": train.size, "n_test": test.size} | people[list(METRICS)].mean().to_dict()
            rows.append(row | {"fit_s": fold.fit_s})
    return pd.DataFrame(rows, columns=[*_NAMES, "fold", "subjects", "n_train", "n_test", *METRICS, "fit_s"])


def prediction_table(outcome):
    """Put every answer beside the truth.

    Parameters
    ----------
    outcome : Outcome
        The answers.

    Returns
    -------
    DataFrame
        One row per pipeline and tested window, in the order of the caller's table; `row` is the position there.

    Examples
    --------
    >>> from physiofer.evaluation.problem import read_problem
    >>> problem = read_problem([[1.0], [2.0]], ["calm", "tense"], ["a", "b"])
    >>> prediction_table(Outcome(problem, [], [], [], [], {})).columns[-2:].tolist()
    ['probability_calm', 'probability_tense']
    """
    problem = outcome.problem
    order = np.argsort(problem.rows[outcome.tested], kind="stable")
    rows = outcome.tested[order]
    labels = np.asarray(problem.classes)
    shared = {
        "row": problem.rows[rows],
        "subject": np.asarray(problem.names)[problem.subjects[rows]],
        "recording": None if problem.recordings is None else problem.recordings.to_numpy()[rows],
        "trial": None if problem.trials is None else problem.trials.to_numpy()[rows],
        "start_s": np.nan if problem.start_s is None else problem.start_s[rows],
        "y": labels[problem.truth[rows]],
    }
    probabilities = [f"probability_{label}" for label in problem.classes]
    tables = [pd.DataFrame(columns=["pipeline", *shared, "predicted", *probabilities])]
    for candidate, folds, _ in outcome.pipelines():
        predicted = np.concatenate([fold.predicted for fold in folds])[order]
        probability = np.concatenate([fold.probability for fold in folds])[order]
        table = pd.DataFrame({"pipeline": candidate.name, **shared, "predicted": labels[predicted]})
        tables.append(table.assign(**dict(zip(probabilities, probability.T, strict=True))))
    return pd.concat(tables[1:] or tables, ignore_index=True)


def result_dict(outcome, subjects, findings, context):
    """Build the content of the result file.

    Parameters
    ----------
    outcome : Outcome
        The answers.
    subjects : DataFrame
        As of :func:`subject_table`.
    findings : list of Finding
        All of them, errors first.
    context : dict
        `inputs` and `config` of the caller.

    Returns
    -------
    dict
        Plain Python values only.

    Examples
    --------
    >>> from physiofer.evaluation import cross_subject_evaluate
    >>> from sklearn.dummy import DummyClassifier
    >>> X, y, people = [[0.0], [1.0], [0.2], [1.1]] * 3, [0, 1] * 6, np.repeat(["a", "b", "c"], 4)
    >>> cross_subject_evaluate({"dummy": DummyClassifier()}, X, y, people, leakage="ignore").to_dict()["classes"]
    [0, 1]
    """
    problem, settings = outcome.problem, outcome.settings
    n_classes, n_subjects = len(problem.classes), len(problem.names)
    tested = np.unique(outcome.tested)
    truth, people = problem.truth[tested], problem.subjects[tested]
    chance = chance_levels(truth, people, n_subjects)
    seeds = {name: settings[name] for name in ("confidence", "random_state")}
    shuffled = shuffled_interval(truth, people, n_subjects, **seeds)
    counts = np.bincount(problem.truth, minlength=n_classes)
    wide = subjects.pivot(index="subject", columns="pipeline", values="balanced_accuracy")
    wide = wide.reindex(columns=[candidate.name for candidate in outcome.candidates])
    config = {key: value for key, value in settings.items() if key != "protocol_sentence"}
    return plain(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "target": settings["target"],
            "classes": list(problem.classes),
            "protocol": settings["protocol"],
            "protocol_sentence": settings["protocol_sentence"],
            "n_subjects": n_subjects,
            "n_recordings": np.unique(problem.recording_codes).size,
            "n_windows": len(problem.values),
            "n_features": len(problem.columns),
            "modalities": {name: len(places) for name, places in modalities(problem.columns).items()},
            "class_counts": dict(zip(problem.classes, counts, strict=True)),
            "majority": _mean(majority_baseline(problem.truth, problem.subjects, outcome.splits, n_classes)),
            "majority_class": problem.classes[int(counts.argmax())],
            "chance": _mean(chance),
            "chance_interval": [shuffled.low, shuffled.high],
            "pipelines": _pipeline_entries(outcome, subjects, chance),
            "comparisons": _comparisons(wide, seeds | {"n_bootstrap": settings["n_bootstrap"]}),
            "subjects": list(problem.names),
            "leakage": [finding.to_dict() for finding in findings],
            "inputs": context.get("inputs") or {},
            "versions": _versions(),
            "seed": settings["random_state"],
            "config": config | dict(context.get("config") or {}),
        }
    )


def _mean(values):
    """Return the mean of the values that are defined."""
    values = values[np.isfinite(values)]
    return float(values.mean()) if values.size else np.nan


def _pipeline_entries(outcome, subjects, chance):
    """Return the pipelines of the result."""
    problem, settings = outcome.problem, outcome.settings
    seeds = {name: settings[name] for name in ("n_bootstrap", "confidence", "random_state")}
    entries = []
    for candidate, folds, _ in outcome.pipelines():
        own = subjects[subjects["pipeline"] == candidate.name].set_index("subject").reindex(list(problem.names))
        entry = {"model": candidate.model, "fusion": candidate.fusion, "normalise": settings["normalise"]}
        for metric in METRICS:
            entry[metric] = bootstrap_interval(own[metric], **seeds)._asdict()
        above = own["balanced_accuracy"].to_numpy() - chance
        entry["p_value"] = sign_flip_test(above, random_state=settings["random_state"])
        entry["subjects"] = own["balanced_accuracy"].to_dict()
        predicted = np.concatenate([fold.predicted for fold in folds])
        entry["confusion"] = confusion_counts(problem.truth[outcome.tested], predicted, len(problem.classes))
        entry["importances"] = _importances(problem, folds)
        entry["fit_seconds"] = sum(fold.fit_s for fold in folds)
        entries.append(entry)
    return entries


def _importances(problem, folds):
    """Return mean drops over people by modality and by feature; empty where they were not measured."""
    by_person = {}
    for fold in folds:
        for person, drops in fold.drops.items():
            by_person.setdefault(person, []).append(drops)
    if not by_person:
        return {"modality": {}, "feature": {}}
    drops = np.mean([np.mean(own, axis=0) for own in by_person.values()], axis=0)
    groups = list(modalities(problem.columns))
    features = problem.columns if len(problem.columns) <= MAX_FEATURES else ()
    by_modality = dict(zip(groups, drops[: len(groups)], strict=True))
    return {"modality": by_modality, "feature": dict(zip(features, drops[len(groups) :], strict=True))}


def _comparisons(wide, intervals):
    """Compare pipelines in pairs, person by person."""
    pairs = [(a, b) for place, a in enumerate(wide.columns) for b in wide.columns[place + 1 :]]
    if not pairs:
        return []
    differences = np.column_stack([wide[a] - wide[b] for a, b in pairs])
    p_values = sign_flip_test(differences, alternative="two-sided", random_state=intervals["random_state"])
    return [
        {
            "a": a,
            "b": b,
            "metric": "balanced_accuracy",
            "difference": bootstrap_interval(difference, **intervals)._asdict(),
            "p_value": p_value,
            "p_holm": adjusted,
        }
        for (a, b), difference, p_value, adjusted in zip(pairs, differences.T, p_values, holm(p_values), strict=True)
    ]


def _versions():
    """Return versions of Python, of the platform and of the packages behind the numbers."""
    versions = {"python": platform.python_version(), "platform": f"{platform.system()} {platform.machine()}"}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
