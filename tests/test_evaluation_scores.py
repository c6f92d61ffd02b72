import math

import naive_evaluation as naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn import metrics

from physiofer.evaluation.scores import (
    METRICS,
    area_under_curve,
    balanced_accuracy,
    confusion_counts,
    macro_f1,
    score_windows,
)

answers = st.integers(2, 4).flatmap(
    lambda k: st.tuples(
        st.just(k),
        st.lists(st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)), min_size=1, max_size=40),
    )
)


@given(answers)
def test_scores_match_naive(drawn):
    n_classes, pairs = drawn
    truth, predicted = np.array(pairs).T
    assert_allclose(balanced_accuracy(truth, predicted), naive.balanced_accuracy(truth, predicted))
    assert_allclose(macro_f1(truth, predicted, n_classes), naive.macro_f1(truth, predicted, range(n_classes)))


@given(answers)
def test_scores_match_scikit_learn(drawn):
    n_classes, pairs = drawn
    truth, predicted = np.array(pairs).T
    labels = range(n_classes)
    assert_allclose(
        confusion_counts(truth, predicted, n_classes), metrics.confusion_matrix(truth, predicted, labels=labels)
    )
    expected = metrics.f1_score(truth, predicted, labels=labels, average="macro", zero_division=np.nan)
    assert_allclose(macro_f1(truth, predicted, n_classes), expected)
    if np.unique(truth).size > 1:
        recall = metrics.recall_score(truth, predicted, labels=np.unique(truth), average="macro")
        assert_allclose(balanced_accuracy(truth, predicted), recall)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.5, 0.7, 0.9])), min_size=2, max_size=30))
def test_area_matches_pair_counting(pairs):
    truth, score = np.array([a for a, _ in pairs]).astype(int), np.array([b for _, b in pairs])
    ours = area_under_curve(truth, np.column_stack([1 - score, score]))
    assert_allclose(ours, naive.auc([a for a, _ in pairs], list(score)))


def test_balanced_accuracy_scores_many_answers_at_once(rng):
    truth, predicted = rng.integers(3, size=50), rng.integers(3, size=(4, 5, 50))
    scores = balanced_accuracy(truth, predicted)
    assert scores.shape == (4, 5)
    assert_allclose(scores[2, 3], naive.balanced_accuracy(truth, predicted[2, 3]))


def test_one_class_is_not_scored_but_counted():
    truth, predicted = np.zeros(4, dtype=int), np.array([0, 0, 0, 1])
    scores = score_windows(truth, predicted, np.tile([0.6, 0.4], (4, 1)))
    assert list(scores) == list(METRICS)
    assert math.isnan(scores["balanced_accuracy"]) and math.isnan(scores["auc"])
    assert scores["accuracy"] == 0.75
    # class 0: 2*3/(2*3+1); class 1 is answered but never right
    assert scores["macro_f1"] == pytest.approx((6 / 7 + 0) / 2)
    assert np.isnan(balanced_accuracy(truth, np.zeros((3, 4), dtype=int))).all()


def test_perfect_answers_score_one_where_a_class_of_the_problem_is_absent():
    truth = np.array([0, 2, 2, 0])
    scores = score_windows(truth, truth, np.eye(3)[truth])
    assert scores == {metric: 1.0 for metric in METRICS}


def test_area_is_missing_where_a_score_is_missing():
    truth, ranking = np.array([0, 1, 1]), np.array([[0.5, 0.5], [np.nan, np.nan], [0.1, 0.9]])
    assert math.isnan(area_under_curve(truth, ranking))


def test_area_of_three_classes_is_the_mean_over_those_present():
    truth = np.array([0, 0, 1, 1, 1])
    ranking = np.array([[0.9, 0.1, 0], [0.2, 0.3, 0.5], [0.5, 0.4, 0.1], [0.1, 0.2, 0.7], [0.1, 0.8, 0.1]])
    expected = (naive.auc(truth == 0, ranking[:, 0]) + naive.auc(truth == 1, ranking[:, 1])) / 2
    assert area_under_curve(truth, ranking) == pytest.approx(expected)
