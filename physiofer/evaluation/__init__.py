"""Honest scores across people: splits, leak guard, baselines, intervals and the result they make.

>>> import numpy as np, pandas as pd
>>> from sklearn.dummy import DummyClassifier
>>> rng = np.random.default_rng(0)
>>> X = pd.DataFrame(rng.normal(size=(80, 2)), columns=["eda__level_us", "cardiac__rmssd_ms"])
>>> y, people = np.tile([0, 1], 40), np.repeat(["a", "b", "c", "d"], 20)
>>> evaluation = cross_subject_evaluate({"majority": DummyClassifier()}, X, y, people)
>>> float(evaluation.summary()["balanced_accuracy"][0])
0.5
"""

from .baselines import chance_levels, majority_baseline, shuffled_interval, stratified_baseline
from .candidates import Candidate
from .evaluate import cross_subject_evaluate
from .findings import Finding, enforce
from .leakage import check_leakage
from .normalise import normalise_by_subject
from .protocols import grouped_kfold, leave_one_subject_out
from .results import Evaluation
from .statistics import Interval, bootstrap_interval, holm, sign_flip_test

__all__ = [
    "Candidate",
    "Evaluation",
    "Finding",
    "Interval",
    "bootstrap_interval",
    "chance_levels",
    "check_leakage",
    "cross_subject_evaluate",
    "enforce",
    "grouped_kfold",
    "holm",
    "leave_one_subject_out",
    "majority_baseline",
    "normalise_by_subject",
    "shuffled_interval",
    "sign_flip_test",
    "stratified_baseline",
]
