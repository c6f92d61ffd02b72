import warnings

import joblib
import naive_evaluation as naive
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from physiofer.evaluation import Candidate, cross_subject_evaluate
from physiofer.exceptions import InvalidArgumentError, LeakageError, LeakageWarning

METRICS = ["balanced_accuracy", "macro_f1", "auc", "accuracy"]


def logistic():
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())


@pytest.fixture
def table(rng):
    """Seven people, 30 windows each; EDA and heart rate answer to the task, everyone on a level of their own."""
    people = np.repeat([f"S{number}" for number in range(7)], 30)
    y = np.where(np.tile(np.arange(30) // 6 % 2, 7) == 1, "stress", "rest")
    X = pd.DataFrame(rng.normal(size=(210, 4)) + np.repeat(rng.normal(0, 1, size=(7, 4)), 30, axis=0))
    X.columns = ["eda__level_us", "eda__slope", "cardiac__rate_bpm", "eda__quality"]
    X["eda__level_us"] += 1.5 * (y == "stress")
    X["cardiac__rate_bpm"] += 0.8 * (y == "stress")
    X.iloc[5:9, 2] = np.nan
    return {"X": X, "y": y, "subjects": people}


def run(table, estimators=None, **options):
    estimators = {"logistic": logistic()} if estimators is None else estimators
    return cross_subject_evaluate(estimators, **{"importance": False, "n_bootstrap": 500, **table, **options})


def comparable(evaluation):
    """Everything that must not depend on how the work was done: the result without its clock."""
    result = evaluation.to_dict()
    for pipeline in result["pipelines"]:
        del pipeline["fit_seconds"]
    return result


def test_evaluation_matches_naive(table):
    evaluation = run(table)
    predicted, probability, scores = naive.evaluate(logistic(), table["X"], list(table["y"]), list(table["subjects"]))
    ours = evaluation.predictions
    assert ours["row"].tolist() == list(range(210))
    assert ours["predicted"].tolist() == predicted and ours["y"].tolist() == list(table["y"])
    assert_allclose(ours["probability_stress"], probability)
    assert_allclose(ours["probability_rest"], 1 - np.array(probability))
    people = evaluation.subjects.set_index("subject")
    for subject, expected in scores.items():
        assert_allclose(people.loc[subject, METRICS].astype(float), [expected[metric] for metric in METRICS])
    summary = evaluation.summary().iloc[0]
    for metric in METRICS:
        mean = np.mean([person[metric] for person in scores.values()])
        assert summary[metric] == pytest.approx(mean)
        assert summary[f"{metric}_low"] <= mean <= summary[f"{metric}_high"]
    assert_allclose(evaluation.scores[METRICS], people[METRICS])


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_numbers_do_not_depend_on_the_number_of_jobs(table, backend):
    estimators = {
        "rf": make_pipeline(SimpleImputer(), RandomForestClassifier(8, max_features=1)),
        "logistic": logistic(),
    }
    options = {"importance": True, "protocol": "group-kfold", "n_splits": 3}
    alone = run(table, estimators, n_jobs=1, **options)
    with joblib.parallel_config(backend=backend):
        together = run(table, estimators, n_jobs=2, **options)
    assert comparable(alone) == comparable(together)
    pd.testing.assert_frame_equal(alone.predictions, together.predictions)
    pd.testing.assert_frame_equal(alone.subjects, together.subjects)
    columns = [column for column in alone.scores if column != "fit_s"]
    pd.testing.assert_frame_equal(alone.scores[columns], together.scores[columns])
    assert comparable(alone) != comparable(run(table, estimators, random_state=1, **options))


def test_a_pipelines_numbers_do_not_depend_on_its_neighbours(table):
    forest = make_pipeline(SimpleImputer(), RandomForestClassifier(5))
    alone = run(table, {"rf": forest}, importance=True).to_dict()["pipelines"][0]
    beside = run(table, {"logistic": logistic(), "rf": forest}, importance=True).to_dict()["pipelines"][1]
    del alone["fit_seconds"], beside["fit_seconds"]
    assert alone == beside


def test_order_of_rows_does_not_matter(table, rng):
    order = rng.permutation(210)
    mixed = {name: part.iloc[order] if name == "X" else part[order] for name, part in table.items()}
    plain, shuffled = run(table), run(mixed)
    assert_allclose(plain.subjects[METRICS], shuffled.subjects[METRICS])
    assert_allclose(plain.summary()[METRICS], shuffled.summary()[METRICS])


def test_names_of_people_do_not_matter(table):
    names = dict(zip(np.unique(table["subjects"]), [30, 4, 111, 2, 55, 6, 7], strict=True))
    renamed = {**table, "subjects": np.array([names[name] for name in table["subjects"]])}
    plain, other = run(table), run(renamed)
    numbers = plain.summary().select_dtypes("number").drop(columns="p_value")  # its signs are drawn person by person
    assert_allclose(numbers, other.summary()[numbers.columns])
    assert other.to_dict()["subjects"] == ["2", "4", "6", "7", "30", "55", "111"]
    ours = plain.subjects.set_index("subject")["balanced_accuracy"]
    theirs = other.subjects.set_index("subject")["balanced_accuracy"]
    assert all(ours[name] == pytest.approx(theirs[str(number)]) for name, number in names.items())


def test_result_says_what_was_done(table):
    context = {"inputs": {"corpus": "/home/me/data"}, "config": {"window_s": 60.0, "path": "C:\\data\\corpus"}}
    recordings = np.char.add(table["subjects"], np.where(np.arange(210) % 30 < 15, "a", "b"))
    candidates = [Candidate("logistic", "early", logistic()), Candidate("majority", "", DummyClassifier())]
    evaluation = run(
        table, candidates, target="stress", recordings=recordings, context=context, random_state=4, importance=True
    )
    result = evaluation.to_dict()
    assert list(result) == [
        "format", "format_version", "target", "classes", "protocol", "protocol_sentence", "n_subjects",
        "n_recordings", "n_windows", "n_features", "modalities", "class_counts", "majority", "majority_class",
        "chance", "chance_interval", "pipelines", "comparisons", "subjects", "leakage", "inputs", "versions",
        "seed", "config",
    ]  # fmt: skip
    assert (result["format"], result["format_version"], result["target"]) == ("physiofer-evaluation", 1, "stress")
    assert result["classes"] == ["rest", "stress"] and result["class_counts"] == {"rest": 126, "stress": 84}
    assert (result["n_subjects"], result["n_recordings"], result["n_windows"], result["n_features"]) == (7, 14, 210, 4)
    assert result["modalities"] == {"eda": 3, "cardiac": 1}
    assert result["majority"] == pytest.approx(0.6) and result["majority_class"] == "rest"
    assert result["chance"] == 0.5 and result["chance_interval"][0] < 0.5 < result["chance_interval"][1]
    assert result["inputs"] == {"corpus": "data"} and result["config"]["path"] == "corpus"
    assert result["config"]["window_s"] == 60.0 and result["config"]["n_bootstrap"] == 500
    assert result["seed"] == 4 and result["versions"].keys() >= {"python", "platform", "numpy", "scikit-learn"}
    first, second = result["pipelines"]
    assert list(first) == [
        "model", "fusion", "normalise", "balanced_accuracy", "macro_f1", "auc", "accuracy", "p_value", "subjects",
        "confusion", "importances", "fit_seconds",
    ]  # fmt: skip
    assert (first["model"], first["fusion"], first["normalise"]) == ("logistic", "early", "none")
    assert np.sum(first["confusion"]) == 210 and np.sum(first["confusion"], axis=1).tolist() == [126, 84]
    above = [score - 0.5 for score in first["subjects"].values()]
    assert first["p_value"] == naive.sign_flip(above, two_sided=False) < 0.05
    assert first["importances"]["modality"]["eda"] > first["importances"]["modality"]["cardiac"] > 0
    assert first["importances"]["feature"]["eda__level_us"] > 0.1
    assert abs(first["importances"]["feature"]["eda__quality"]) < 0.05
    assert set(second["subjects"].values()) == {0.5} and second["p_value"] == 1.0
    assert second["importances"]["modality"] == {"eda": 0.0, "cardiac": 0.0}
    (pair,) = result["comparisons"]
    assert (pair["a"], pair["b"], pair["metric"]) == ("logistic/early", "majority", "balanced_accuracy")
    assert pair["difference"]["low"] > 0
    assert pair["p_holm"] == pair["p_value"] == naive.sign_flip(above, two_sided=True)


def test_tables_have_their_columns(table):
    trials = np.tile(np.arange(30) // 6, 7)
    start_s = np.tile(np.arange(30) * 60.0, 7)
    evaluation = run(table, trials=trials, start_s=start_s, window_s=60.0)
    names = ["pipeline", "model", "fusion", "normalise"]
    assert list(evaluation.scores) == [*names, "fold", "subjects", "n_train", "n_test", *METRICS, "fit_s"]
    assert list(evaluation.subjects) == [*names, "subject", *METRICS, "n_windows", "n_classes"]
    assert list(evaluation.predictions) == [
        "pipeline", "row", "subject", "recording", "trial", "start_s", "y", "predicted", "probability_rest",
        "probability_stress",
    ]  # fmt: skip
    assert evaluation.scores["fold"].tolist() == [f"S{number}" for number in range(7)]
    assert (evaluation.scores["n_train"] == 180).all() and (evaluation.scores["n_test"] == 30).all()
    assert evaluation.predictions["start_s"].tolist() == start_s.tolist()
    assert evaluation.predictions["trial"].tolist() == trials.tolist()


def test_grouped_folds_score_people_not_folds(table):
    evaluation = run(table, protocol="group-kfold", n_splits=3)
    assert evaluation.scores["fold"].tolist() == ["fold 1", "fold 2", "fold 3"]
    assert sorted(",".join(evaluation.scores["subjects"]).split(",")) == [f"S{number}" for number in range(7)]
    people = evaluation.subjects.set_index("subject")["balanced_accuracy"]
    for _, fold in evaluation.scores.iterrows():
        assert fold["balanced_accuracy"] == pytest.approx(people[fold["subjects"].split(",")].mean())
    result = evaluation.to_dict()
    assert result["protocol"] == "group-kfold" and result["config"]["n_splits"] == 3
    assert "dealt into 3 groups" in result["protocol_sentence"]


def test_random_splits_are_refused_or_declared(table):
    splits = list(KFold(4, shuffle=True, random_state=0).split(table["X"]))
    with pytest.raises(LeakageError, match="Subject overlap: 7 subjects on both sides of 4 of 4 splits"):
        run(table, protocol=iter(splits))
    with pytest.warns(LeakageWarning, match="Subject overlap") as caught:
        evaluation = run(table, protocol=splits, leakage="warn")
    assert caught[0].filename == __file__
    assert evaluation.to_dict()["protocol"] == "custom"
    assert evaluation.findings[0].check == "subject-overlap"
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakageWarning)
        assert run(table, protocol=splits, leakage="ignore").findings == evaluation.findings


def test_leaking_column_is_refused_before_anything_is_fitted(table):
    class Unfit(DummyClassifier):
        def fit(self, X, y):
            raise AssertionError("nothing must be fitted")

    X = table["X"].assign(eda__leak=(table["y"] == "stress") * 2.0)
    with pytest.raises(LeakageError, match="eda__leak"):
        run(table, {"unfit": Unfit()}, X=X)


def test_scores_too_good_to_be_true_are_warned_of(table, rng):
    # ten blurred copies of the label, none suspicious alone
    noise = 0.55 * rng.normal(size=(210, 10))
    leaks = pd.DataFrame((table["y"] == "stress")[:, np.newaxis] + noise).add_prefix("eda__blur")
    with pytest.warns(LeakageWarning, match="better than this field's best"):
        evaluation = run(table, X=pd.concat([table["X"], leaks], axis=1))
    assert [finding.check for finding in evaluation.findings if finding.severity == "warning"] == ["too-good"]


def test_normalisation_is_declared_and_helps(table):
    levels = np.repeat(np.random.default_rng(0).normal(0, 30, 7), 30)
    X = table["X"].assign(eda__level_us=table["X"]["eda__level_us"] + levels)
    plain, within = run(table, X=X), run(table, X=X, normalise="subject")
    assert within.summary()["balanced_accuracy"][0] > plain.summary()["balanced_accuracy"][0] + 0.1
    result = within.to_dict()
    assert "transductive" in result["protocol_sentence"]
    assert result["pipelines"][0]["normalise"] == "subject"
    assert "transductive" in [finding.check for finding in within.findings]
    assert set(within.scores["normalise"]) == {"subject"}


def test_classes_and_windows_that_are_missing_do_no_harm(table):
    y = table["y"].astype(object)
    y[:30] = "rest"  # S0 shows one class
    y[30:33] = None
    y[60:62] = "panic"  # a class of one person: absent from the training of S2
    evaluation = run(
        table, y=y, estimators={"logistic": logistic(), "svm": make_pipeline(SimpleImputer(), LinearSVC())}
    )
    people = evaluation.subjects[evaluation.subjects["pipeline"] == "logistic"].set_index("subject")
    assert np.isnan(people.loc["S0", ["balanced_accuracy", "auc"]].astype(float)).all()
    assert people.loc["S0", "n_classes"] == 1 and people.loc["S1", "n_windows"] == 27
    assert people["balanced_accuracy"].notna().sum() == 6
    summary = evaluation.summary()
    assert summary["balanced_accuracy"][0] == pytest.approx(people["balanced_accuracy"].mean())
    findings = {finding.check: finding for finding in evaluation.findings}
    assert findings["single-class-subjects"].details == {"n": 1, "subjects": ["S0"]}
    assert findings["missing-labels"].details["n_windows"] == 3
    assert evaluation.to_dict()["pipelines"][0]["subjects"]["S0"] is None
    # S2 has three classes, five people two: chance is that of each person
    assert evaluation.to_dict()["chance"] == pytest.approx((5 / 2 + 1 / 3) / 6)
    tested = evaluation.predictions.query("pipeline == 'logistic' and subject == 'S2'")
    assert (tested["probability_panic"] == 0).all()
    assert evaluation.predictions.query("pipeline == 'svm'").filter(like="probability").isna().all(axis=None)
    assert summary["auc"].notna().all()  # of decision values, where there are no probabilities


def test_training_people_of_one_class_give_a_constant_answer(rng):
    X, people = pd.DataFrame(rng.normal(size=(40, 2))), np.repeat(["a", "b"], 20)
    y = np.where(people == "a", np.tile([0, 1], 20), 1)
    evaluation = run({"X": X, "y": y, "subjects": people})
    findings = {finding.check: finding.severity for finding in evaluation.findings}
    assert findings["single-class-training"] == "warning"
    assert evaluation.predictions.query("subject == 'a'")["predicted"].tolist() == [1] * 20
    assert evaluation.summary()["balanced_accuracy"][0] == 0.5


def test_a_target_between_people_is_scored_by_accuracy(rng):
    people = np.repeat(np.arange(8), 10)
    evaluation = run({"X": pd.DataFrame(rng.normal(size=(80, 3))), "y": people % 2 == 0, "subjects": people})
    summary = evaluation.summary().iloc[0]
    assert np.isnan(summary["balanced_accuracy"]) and 0 <= summary["accuracy"] <= 1
    finding = next(finding for finding in evaluation.findings if finding.check == "single-class-subjects")
    assert finding.severity == "warning" and "everyone" in finding.message
    assert "not defined" in repr(evaluation)
    assert evaluation.to_dict()["chance"] is None and evaluation.to_json()


class Listening(ClassifierMixin, BaseEstimator):
    """Answers with a constant and checks what it is told."""

    def fit(self, X, y, groups):
        assert isinstance(X, pd.DataFrame) and len(groups) == len(X) and np.unique(groups).size == 6
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        assert isinstance(X, pd.DataFrame)
        return np.full(len(X), self.classes_[0])


def test_groups_reach_the_fit_and_no_probabilities_are_needed(table):
    tuned = GridSearchCV(logistic(), {"logisticregression__C": [0.1, 1.0]}, cv=GroupKFold(2))
    evaluation = run(table, {"listening": Listening(), "tuned": tuned})
    summary = evaluation.summary()
    assert np.isnan(summary["auc"][0]) and summary["balanced_accuracy"][0] == 0.5
    assert summary["balanced_accuracy"][1] > 0.6


def test_progress_is_told_of_every_fit(table):
    told = []
    run(table, n_jobs=2, progress=lambda done, total, label: told.append((done, total, label)))
    assert [done for done, _, _ in told] == list(range(1, 8)) and {total for _, total, _ in told} == {7}
    assert sorted(label for _, _, label in told) == [f"logistic, S{number}" for number in range(7)]


def test_inputs_are_left_as_they_were(table):
    X, y = table["X"].copy(), table["y"].copy()
    model = logistic()
    run(table, {"logistic": model}, normalise="subject")
    pd.testing.assert_frame_equal(table["X"], X)
    assert (table["y"] == y).all() and not hasattr(model[-1], "coef_")


def test_too_many_features_are_measured_by_modality_only(table, rng):
    wide = pd.DataFrame(rng.normal(size=(210, 260))).add_prefix("eeg__f")
    evaluation = run(table, {"majority": DummyClassifier()}, X=wide, importance=True)
    importances = evaluation.to_dict()["pipelines"][0]["importances"]
    assert importances == {"modality": {"eeg": 0.0}, "feature": {}}
    assert "importances" in [finding.check for finding in evaluation.findings]


class Fragile(DummyClassifier):
    def fit(self, X, y):
        raise RuntimeError("out of luck\nand more lines")


class Odd(DummyClassifier):
    def predict(self, X):
        return np.full(len(X), "unheard-of")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimators": {"f": Fragile()}}, "estimator failed in f, S0: RuntimeError: out of luck$"),
        ({"estimators": {"o": Odd()}}, "answered .'unheard-of'., which is no label"),
        ({"estimators": {"l": LogisticRegression()}}, "estimator failed in l, S0: ValueError: .*NaN"),
        ({"estimators": {"r": LinearRegression()}, "y": np.arange(210) % 2}, "estimator failed|no label"),
        ({"subjects": ["S0"] * 210}, r"one person only \(S0\).*Add recordings of others"),
        ({"y": ["rest"] * 210}, r"one class only \('rest'\).*'target'"),
        ({"protocol": "kfold"}, "protocol='kfold'.*Did you mean group-kfold"),
        ({"protocol": 5}, "protocol=5 must be one of loso, group-kfold, or an iterable"),
        ({"protocol": "group-kfold", "n_splits": 8}, "n_splits=8 is more than the 7 people"),
        ({"normalise": "z"}, "normalise='z'"),
        ({"leakage": "allow"}, "leakage='allow'"),
        ({"n_jobs": 0}, "n_jobs=0"),
        ({"n_bootstrap": 0}, "n_bootstrap=0"),
        ({"confidence": 95}, "confidence=95"),
        ({"random_state": -1}, "random_state=-1"),
        ({"random_state": None}, "random_state=None"),
        ({"progress": True}, "progress=True must be callable"),
        ({"context": {"versions": {}}}, "context must be a dict"),
    ],
)
def test_messages_say_what_is_wrong(table, change, message):
    with pytest.raises(InvalidArgumentError, match=message):
        run(table, **change)


def test_errors_in_workers_arrive_as_themselves(table):
    with pytest.raises(InvalidArgumentError, match="estimator failed in f, S"):
        run(table, {"f": Fragile()}, n_jobs=2)


def test_splits_without_labelled_windows_are_refused(table):
    y = table["y"].astype(object)
    y[:30] = None
    with pytest.raises(InvalidArgumentError, match="no split with labelled windows on both sides"):
        run(table, y=y, protocol=[(np.arange(30, 60), np.arange(30))])
