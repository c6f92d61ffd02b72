import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from physiofer.evaluation import Candidate
from physiofer.evaluation.candidates import (
    inner_fold_findings,
    read_candidates,
    seeded_clone,
    takes_groups,
    task_seed,
)
from physiofer.evaluation.problem import read_problem
from physiofer.exceptions import InvalidArgumentError

PEOPLE = ["b", "a", "b", "a"]


@pytest.mark.parametrize(
    ("y", "classes", "truth"),
    [
        ([1, 0, 1, 1], (0, 1), [1, 0, 1, 1]),
        ([3.0, 1.0, np.nan, 3.0], (1, 3), [1, 0, 1]),
        (["rest", "stress", None, "rest"], ("rest", "stress"), [0, 1, 0]),
        ([True, False, True, True], (False, True), [1, 0, 1, 1]),
        (pd.array([2, None, 1, 2], dtype="Int64"), (1, 2), [1, 0, 1]),
        (pd.array([True, None, False, True], dtype="boolean"), (False, True), [1, 0, 1]),
        (pd.Categorical(["b", "a", "b", None], categories=["c", "b", "a"]), ("a", "b"), [1, 0, 1]),
        (np.array(["x", "y", "x", "x"]), ("x", "y"), [0, 1, 0, 0]),
        (pd.Series([10, 9, 10, 9], index=[4, 4, 2, 0]), (9, 10), [1, 0, 1, 0]),
    ],
)
def test_labels_of_every_kind_are_numbered(y, classes, truth):
    problem = read_problem(np.arange(8.0).reshape(4, 2), y, PEOPLE)
    assert problem.classes == classes and problem.truth.tolist() == truth
    assert all(type(label) in (int, str, bool) for label in problem.classes)
    kept = [place for place in range(4) if not pd.isna(pd.Series(y).iloc[place])]
    assert problem.rows.tolist() == kept
    assert problem.values[:, 0].tolist() == [2.0 * place for place in kept]


def test_columns_in_levels_have_names():
    X = pd.DataFrame(np.zeros((4, 2)), columns=pd.MultiIndex.from_tuples([("eda", "a"), ("eda", "b")]))
    assert len(read_problem(X, [0, 1, 0, 1], PEOPLE).columns) == 2


def test_people_whose_windows_all_lack_labels_are_gone():
    problem = read_problem(np.zeros((4, 1)), [1, None, 0, None], [10, 2, 9, 2])
    assert problem.names == ("9", "10") and problem.subjects.tolist() == [1, 0]
    assert "2 of 4 windows have no label" in problem.findings[0].message
    assert problem.findings[0].details["subjects"] == ["2"]


def test_features_of_every_kind_become_numbers():
    X = pd.DataFrame(
        {
            "eda__a": [1, 2, 3, 4],
            "eda__b": [True, False, True, True],
            "eda__c": pd.array([1, None, 3, 4], dtype="Int64"),
            "eda__d": np.array([1.5, None, 2, 3], dtype=object),
            7: [1.0, np.inf, -np.inf, np.nan],
        },
        index=[3, 1, 3, 0],
    )
    problem = read_problem(X, [0, 1, 0, 1], PEOPLE)
    expected = [[1, 1, 1, 1.5, 1], [2, 0, np.nan, np.nan, np.nan], [3, 1, 3, 2, np.nan], [4, 1, 4, 3, np.nan]]
    np.testing.assert_array_equal(problem.values, expected)
    assert problem.columns == ("eda__a", "eda__b", "eda__c", "eda__d", "7")
    assert problem.findings[0].check == "infinite-values" and problem.findings[0].details == {"n_values": 2}


def test_trials_and_recordings_are_told_apart_within_what_holds_them():
    problem = read_problem(
        np.zeros((6, 1)), [0, 1, 0, 1, 0, 1], list("aaabbb"), trials=[1, 1, 2, 1, None, 2], recordings=list("xyxxxx")
    )
    assert problem.recording_codes.tolist() == [0, 1, 0, 2, 2, 2]
    codes = problem.trial_codes
    assert codes[4] == -1 and np.unique(codes[[0, 1, 2, 3, 5]]).size == 5
    unnamed = read_problem(np.zeros((3, 1)), [0, 1, 0], list("aab"), recordings=[None, None, None])
    assert unnamed.recording_codes.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.zeros(4)}, r"X has shape \(4,\); it must be a table"),
        ({"X": np.zeros((4, 0))}, "at least one window and one feature"),
        ({"X": pd.DataFrame({"a": list("wxyz")})}, "not numbers: a; drop or encode"),
        ({"X": pd.DataFrame({"a": pd.to_datetime(["2024"] * 4)})}, "not numbers: a"),
        ({"X": pd.DataFrame({"a": [1j] * 4})}, "not numbers: a"),
        ({"X": pd.DataFrame(np.zeros((4, 2)), columns=["a", "a"])}, "columns of the same name: a"),
        ({"X": pd.DataFrame(np.zeros((4, 2)), columns=[1, "1"])}, "columns of the same name: 1"),
        ({"y": [0.1, 0.2, 0.3, 0.4]}, "y looks continuous: 4 different values in 4 windows, such as 0.1"),
        ({"y": [0, "1", 0, 1]}, "y mixes or holds labels of type int, str"),
        ({"y": [(0,), (1,), (0,), (1,)]}, "y has shape"),
        ({"y": [0, 1]}, "y has 2 entries for the 4 windows"),
        ({"y": [[0], [1], [0], [1]]}, r"y has shape \(4, 1\)"),
        ({"y": [None] * 4}, "no label in any window"),
        ({"subjects": ["a"]}, "subjects has 1 entries for the 4 windows"),
        ({"subjects": ["a", None, "b", "b"]}, "missing in 1 of 4"),
        ({"recordings": ["r"]}, "recordings has 1 entries"),
        ({"start_s": [0, 1, 2]}, "start_s has 3 entries"),
        ({"window_s": 0.0}, "window_s has 0; a window must be longer"),
        ({"X": [[1], [2, 3]]}, "rows of different lengths"),
        ({"trials": [[1], [2], [3], [4]]}, "trials must be a vector of texts or numbers"),
    ],
)
def test_messages_say_what_is_wrong(change, message):
    arguments = {"X": np.zeros((4, 2)), "y": [0, 1, 0, 1], "subjects": PEOPLE}
    with pytest.raises(InvalidArgumentError, match=message):
        read_problem(**{**arguments, **change})


def test_ratings_with_as_many_values_as_windows_are_continuous():
    with pytest.raises(InvalidArgumentError, match="looks continuous: 40 different"):
        read_problem(np.zeros((40, 1)), np.arange(40), np.arange(40) % 2)


class Entry:
    model, fusion, estimator = "svm", "late", DummyClassifier()


def test_candidates_may_come_in_several_forms():
    (named,) = read_candidates({"logistic": LogisticRegression()})
    assert (named.name, named.model, named.fusion) == ("logistic", "logistic", "")
    listed = read_candidates([Candidate("rf", "early", DummyClassifier()), Entry()])
    assert [candidate.name for candidate in listed] == ["rf/early", "svm/late"]


@pytest.mark.parametrize(
    ("estimators", "message"),
    [
        (LogisticRegression(), "estimators is a LogisticRegression; give a dict"),
        ({}, "estimators is empty"),
        ([LogisticRegression()], r"estimators\[0\] is a LogisticRegression; it must have model, fusion"),
        ([Candidate("a", "", DummyClassifier())] * 2, "has a more than once"),
        ({"a": "svm"}, "'a' cannot be cloned"),
        ({"a": StandardScaler()}, "'a' has no fit and predict"),
    ],
)
def test_bad_candidates_are_named(estimators, message):
    with pytest.raises(InvalidArgumentError, match=message):
        read_candidates(estimators)


def test_every_random_state_is_seeded_and_the_original_left_alone():
    forest = RandomForestClassifier()
    estimator = make_pipeline(StandardScaler(), VotingClassifier([("a", forest), ("b", DummyClassifier())]))
    first, again = (seeded_clone(estimator, task_seed(3, 1)) for _ in range(2))
    seeds = {key: value for key, value in first.get_params().items() if key.endswith("random_state")}
    assert len(seeds) == 2 and len(set(seeds.values())) == 2
    assert all(isinstance(value, int) for value in seeds.values())
    assert seeds == {key: again.get_params()[key] for key in seeds}
    assert forest.random_state is None


def test_seeds_differ_by_seed_and_fold():
    keys = [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert len({tuple(task_seed(*key).generate_state(2)) for key in keys}) == 4


class Grouped(DummyClassifier):
    def fit(self, X, y, groups=None):
        return super().fit(X, y)


def test_groups_are_given_to_those_who_take_them():
    parameters = {"C": [0.1, 1.0]}
    assert takes_groups(Grouped())
    assert takes_groups(GridSearchCV(LogisticRegression(), parameters, cv=GroupKFold(2)))
    assert not takes_groups(GridSearchCV(LogisticRegression(), parameters, cv=2))
    assert not takes_groups(LogisticRegression())


def test_inner_folds_that_mix_people_are_reported():
    tuned = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=3)
    candidates = [
        Candidate("tuned", "", make_pipeline(StandardScaler(), tuned)),
        Candidate("honest", "", GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=GroupKFold(2))),
        Candidate("calibrated", "late", CalibratedClassifierCV(LogisticRegression())),
        Candidate("grouped", "", Grouped()),
        Candidate("plain", "", LogisticRegression()),
    ]
    (finding,) = inner_fold_findings(candidates)
    assert finding.severity == "info" and finding.details["pipelines"] == ["tuned", "calibrated/late"]
