import math

import naive_evaluation as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from physiofer.evaluation import (
    bootstrap_interval,
    chance_levels,
    holm,
    majority_baseline,
    shuffled_interval,
    sign_flip_test,
    stratified_baseline,
)
from physiofer.exceptions import InvalidArgumentError

scores = arrays(float, st.integers(2, 30), elements=st.floats(0, 1))


@settings(max_examples=50)
@given(scores)
def test_interval_holds_the_mean(values):
    mean, low, high = bootstrap_interval(values)
    assert mean == pytest.approx(np.mean(values))
    assert values.min() - 1e-12 <= low <= mean + 1e-12 and mean - 1e-12 <= high <= values.max() + 1e-12


@settings(max_examples=50)
@given(scores, st.randoms())
def test_interval_does_not_know_names_or_order(values, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    assert bootstrap_interval(shuffled) == bootstrap_interval(values)


@settings(max_examples=25)
@given(scores, st.floats(-3, 3), st.floats(0.1, 10))
def test_interval_follows_shift_and_scale(values, shift, scale):
    expected = np.array(bootstrap_interval(values)) * scale + shift
    assert_allclose(bootstrap_interval(values * scale + shift), expected, atol=1e-9)


def test_interval_covers_the_truth_as_often_as_it_says(rng):
    covered = 0
    for _ in range(400):
        _, low, high = bootstrap_interval(rng.normal(0.7, 0.1, size=30), n_bootstrap=500)
        covered += low <= 0.7 <= high
    # 95 % nominal; the percentile interval of 30 people is known to cover about 93.5 %
    assert 0.90 <= covered / 400 <= 0.97


def test_interval_leaves_out_people_without_a_score():
    assert bootstrap_interval([0.5, np.nan, 0.7]) == bootstrap_interval([0.5, 0.7])
    assert all(math.isnan(end) for end in bootstrap_interval([np.nan]))
    mean, low, high = bootstrap_interval([0.6, np.nan])
    assert mean == 0.6 and math.isnan(low) and math.isnan(high)


def test_wider_confidence_is_wider(rng):
    values = rng.random(20)
    narrow, wide = bootstrap_interval(values, confidence=0.5), bootstrap_interval(values, confidence=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("option", [{"n_bootstrap": 0}, {"confidence": 1.0}, {"confidence": 95}, {"random_state": -1}])
def test_interval_names_the_bad_argument(option):
    with pytest.raises(InvalidArgumentError, match=next(iter(option))):
        bootstrap_interval([0.1, 0.2], **option)


@settings(max_examples=50)
@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=8), st.booleans())
def test_sign_flip_matches_naive(thousandths, two_sided):
    differences = np.array(thousandths) / 1000
    alternative = "two-sided" if two_sided else "greater"
    assert_allclose(sign_flip_test(differences, alternative=alternative), naive.sign_flip(differences, two_sided))


def test_sign_flip_hand_worked():
    # 2 of 8 patterns of 1, 2, -0.5 sum to 2.5 or more: +++ turned to its best (3.5) and the observed one
    assert sign_flip_test([1.0, 2.0, -0.5]) == 2 / 8
    assert sign_flip_test([1.0] * 10) == 2**-10
    assert sign_flip_test([0.0, 0.0]) == 1.0
    assert math.isnan(sign_flip_test([np.nan]))


def test_drawn_signs_agree_with_counted_ones(rng):
    differences = rng.normal(0.2, 1.0, size=15)  # one more than is counted out
    counted = np.mean(
        [
            np.dot(1 - 2 * ((pattern >> np.arange(15)) & 1), differences) >= differences.sum() - 1e-12
            for pattern in range(2**15)
        ]
    )
    assert sign_flip_test(differences) == pytest.approx(counted, abs=4 * np.sqrt(counted * (1 - counted) / 20_000))


def test_sign_flip_tests_many_columns_at_once(rng):
    matrix = rng.normal(size=(9, 4))
    together = sign_flip_test(matrix, alternative="two-sided")
    assert_allclose(together, [sign_flip_test(column, alternative="two-sided") for column in matrix.T])


def test_sign_flip_is_uniform_without_effect(rng):
    p_values = np.array([sign_flip_test(rng.normal(size=10)) for _ in range(400)])
    assert abs(np.mean(p_values <= 0.05) - 0.05) < 0.035
    assert abs(np.mean(p_values) - 0.5) < 0.05


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_holm_matches_naive(p_values):
    assert_allclose(holm(p_values), naive.holm(p_values))


def test_holm_passes_missing_tests_by():
    assert_allclose(holm([0.01, np.nan, 0.04]), [0.02, np.nan, 0.04])


def test_sign_flip_names_an_unknown_alternative():
    with pytest.raises(InvalidArgumentError, match="alternative='less'"):
        sign_flip_test([0.1], alternative="less")


def test_baselines_hand_worked():
    truth, subjects = np.array([0, 0, 1, 1, 1, 1, 0, 0, 0]), np.repeat([0, 1, 2], 3)
    splits = [(np.flatnonzero(subjects != s), np.flatnonzero(subjects == s)) for s in range(3)]
    # commonest class of the others: a tie 3:3 -> 0; 5 of 6 are 0; 4 of 6 are 1
    assert_allclose(majority_baseline(truth, subjects, splits, 2), [2 / 3, 0, 0])
    shares_of_class_1 = [3 / 6, 1 / 6, 4 / 6]
    expected = [
        (2 * (1 - shares_of_class_1[0]) + shares_of_class_1[0]) / 3,
        shares_of_class_1[1],
        1 - shares_of_class_1[2],
    ]
    assert_allclose(stratified_baseline(truth, subjects, splits, 2), expected)
    assert_allclose(chance_levels(truth, subjects, 3), [0.5, np.nan, np.nan])


def test_baseline_of_a_person_who_is_not_tested_is_missing():
    truth, subjects = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    assert_allclose(majority_baseline(truth, subjects, [(np.array([0, 1]), np.array([2, 3]))], 2), [np.nan, 0.5])


@pytest.mark.parametrize("n_classes", [2, 3])
def test_chance_interval_agrees_with_shuffling_by_hand(rng, n_classes):
    people = [rng.permutation(np.arange(40) % n_classes * (np.arange(40) > 8)) for _ in range(5)]
    interval = shuffled_interval(np.concatenate(people), np.repeat(np.arange(5), 40), 5)
    by_hand = naive.shuffled_balanced_accuracy(people, 400, rng)
    assert interval.mean == pytest.approx(1 / n_classes, abs=0.005)
    assert_allclose([interval.low, interval.high], np.quantile(by_hand, [0.025, 0.975]), atol=0.02)


def test_chance_interval_without_anybody_to_score_is_missing():
    assert all(math.isnan(end) for end in shuffled_interval(np.array([0, 1]), np.array([0, 1]), 2))
