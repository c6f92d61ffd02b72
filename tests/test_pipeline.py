"""The named recipes: classifiers by name, and the evaluation of a table."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC

from physiofer import pipeline
from physiofer.evaluation import Evaluation
from physiofer.exceptions import InvalidArgumentError
from physiofer.features import FeatureTable
from physiofer.fusion import EarlyFusionClassifier, LateFusionClassifier, StackedFusionClassifier


@pytest.fixture(scope="module")
def table():
    """Eight people whose stress shifts one feature of each of two modalities, by a person-dependent step."""
    rng = np.random.default_rng(7)
    n_people, n_windows = 8, 24
    subjects = np.repeat([f"p{k}" for k in range(n_people)], n_windows)
    stress = np.tile(np.repeat([0, 1], n_windows // 2), n_people)
    gain = np.repeat(rng.uniform(0.5, 2.0, n_people), n_windows)
    X = pd.DataFrame(rng.standard_normal((subjects.size, 4)), columns=["eda__a", "eda__b", "cardiac__a", "cardiac__b"])
    X["eda__a"] += gain * stress
    X["cardiac__b"] -= gain * stress
    X["eda__quality"] = 1.0
    targets = pd.DataFrame({"stress": stress.astype(float), "mood": np.where(stress == 1, "bad", "good")})
    start_s = np.tile(60.0 * np.arange(n_windows), n_people)
    return FeatureTable(
        X, targets, subjects, stress.astype(str), np.char.add(subjects, "/1"), start_s, window_s=60.0,
        sources=[{"subject": f"p{k}", "streams": [], "warnings": [f"p{k}/1: something"]} for k in range(n_people)],
    )  # fmt: skip


@pytest.mark.parametrize("model", list(pipeline.MODELS))
@pytest.mark.parametrize("fusion", list(pipeline.FUSIONS))
def test_every_named_classifier_learns(table, model, fusion):
    train = table.subjects != "p0"
    classifier = clone(pipeline.make_classifier(model, fusion))
    labels = table.targets["mood"].to_numpy()
    classifier.fit(table.X[train], labels[train], groups=table.subjects[train])
    assert list(classifier.classes_) == ["bad", "good"]
    assert np.mean(classifier.predict(table.X[train]) == labels[train]) > 0.75
    probability = classifier.predict_proba(table.X[~train])
    assert probability.shape == (24, 2)
    np.testing.assert_allclose(probability.sum(axis=1), 1.0)


def test_names_mean_what_they_say():
    assert isinstance(pipeline.make_classifier("svm", "early"), EarlyFusionClassifier)
    assert isinstance(pipeline.make_classifier("rf", "late"), LateFusionClassifier)
    assert isinstance(pipeline.make_classifier("rf", "stacked"), StackedFusionClassifier)
    forest = pipeline.make_classifier("rf", "late", model_options={"n_estimators": 7}, weights="quality")
    assert isinstance(forest.estimator, RandomForestClassifier) and forest.estimator.n_estimators == 7
    assert forest.weights == "quality" and forest.class_weight == "balanced"
    assert isinstance(pipeline.make_classifier().estimator, SVC)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: pipeline.make_classifier("xgbost"), "model='xgbost' must be one of .* Did you mean xgboost"),
        (lambda t: pipeline.make_classifier("svm", "middle"), "fusion='middle' must be one of early, late, stacked"),
        (lambda t: pipeline.make_classifier("svm", weight="quality"), "option of early fusion='weight'"),
        (lambda t: pipeline.make_classifier("svm", model_options={"c": 1}), "model option='c' must be one of C"),
        (
            lambda t: pipeline.evaluate(t, "joy"),
            "target='joy' is not a label of this table; its labels are: stress, mood",
        ),
        (lambda t: pipeline.evaluate(t, "stress", models=[]), "models is empty"),
        (lambda t: pipeline.evaluate(t, "stress", protocol="random"), "protocol='random' must be one of"),
    ],
)
def test_wrong_names_are_answered_with_the_right_ones(table, call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call(table)


def test_evaluation_of_a_table(table, tmp_path):
    evaluation = pipeline.evaluate(
        table, "stress", models=["logistic"], fusions=["early", "late"], n_bootstrap=200, corpus="made up"
    )
    result = evaluation.to_dict()
    assert [(p["model"], p["fusion"]) for p in result["pipelines"]] == [("logistic", "early"), ("logistic", "late")]
    assert result["classes"] == [0, 1]  # whole numbers, though a table with a missing label stores floats
    assert result["n_subjects"] == 8 and result["target"] == "stress"
    assert result["inputs"]["corpus"] == "made up"
    assert result["inputs"]["warnings"][0] == "p0/1: something"
    for scored in result["pipelines"]:
        accuracy = scored["balanced_accuracy"]
        assert 0.7 < accuracy["low"] <= accuracy["mean"] <= accuracy["high"] <= 1.0
        assert accuracy["mean"] == pytest.approx(np.mean(list(scored["subjects"].values())))
        assert scored["importances"]["modality"]["eda"] > 0.02
    evaluation.to_json(tmp_path / "out.json")
    stored = json.loads((tmp_path / "out.json").read_text())
    assert stored["pipelines"] == result["pipelines"]
    assert Evaluation.from_json(tmp_path / "out.json").to_dict()["majority"] == result["majority"] == 0.5


def test_same_numbers_whatever_the_jobs(table):
    options = {"models": ["rf"], "fusions": ["late"], "protocol": "group-kfold", "n_splits": 2, "n_bootstrap": 50}
    one = pipeline.evaluate(table, "mood", **options).to_dict()["pipelines"]
    two = pipeline.evaluate(table, "mood", n_jobs=2, **options).to_dict()["pipelines"]
    for a, b in zip(one, two, strict=True):
        a.pop("fit_seconds"), b.pop("fit_seconds")
        assert a == b


def test_a_window_without_label_is_left_out_and_said(table):
    import copy

    partial = copy.deepcopy(table)
    partial.targets.loc[::5, "stress"] = np.nan
    result = pipeline.evaluate(partial, "stress", models="logistic", fusions="early", n_bootstrap=50).to_dict()
    assert result["n_windows"] == partial.targets["stress"].notna().sum()
    assert any("label" in finding["message"] for finding in result["leakage"])


def test_a_feature_that_is_another_by_definition_predicts_nothing(table):
    import copy

    doubled = copy.deepcopy(table)
    rng = np.random.default_rng(0)
    doubled.X["cardiac__rmssd_ms"] = rng.standard_normal(len(doubled.X))
    doubled.X["cardiac__sd1_ms"] = doubled.X["cardiac__rmssd_ms"] / np.sqrt(2)
    doubled.X["cardiac__hf_nu"] = rng.standard_normal(len(doubled.X))  # stays: there is no LF
    result = pipeline.evaluate(doubled, "stress", models="logistic", fusions="early", n_bootstrap=50).to_dict()
    used = set(result["pipelines"][0]["importances"]["feature"])
    assert {"cardiac__rmssd_ms", "cardiac__hf_nu"} <= used and "cardiac__sd1_ms" not in used


def test_one_modality_and_subject_normalisation(table):
    result = pipeline.evaluate(
        table, "stress", models="svm", fusions="late", normalise="subject", n_bootstrap=50, importance=False
    ).to_dict()
    assert result["pipelines"][0]["normalise"] == "subject"
    assert any(finding["check"] == "transductive" for finding in result["leakage"])
