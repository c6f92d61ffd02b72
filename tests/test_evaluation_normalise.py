import naive_evaluation as naive
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from physiofer.evaluation import normalise_by_subject
from physiofer.exceptions import InvalidArgumentError

cells = st.one_of(st.none(), st.floats(-1e6, 1e6).map(lambda x: round(x, 9)), st.sampled_from([0.1, 3.0]))


@settings(max_examples=80)
@given(st.lists(st.tuples(st.sampled_from("abc"), cells, cells), min_size=1, max_size=30))
def test_normalise_matches_naive(rows):
    subjects = [row[0] for row in rows]
    columns = [[row[1] for row in rows], [row[2] for row in rows]]
    frame = pd.DataFrame({"eda__a": columns[0], "eda__b": columns[1]}, dtype=float)
    expected = np.array(naive.normalise(columns, subjects), dtype=float).T
    assert_allclose(normalise_by_subject(frame, subjects).to_numpy(), expected, rtol=1e-6, atol=1e-6)


def test_each_person_ends_with_mean_zero_and_spread_one(rng):
    people = np.repeat(list("abc"), 20)
    X = pd.DataFrame(rng.normal(5, 3, size=(60, 4)) * np.repeat([[1], [10], [100]], 20, axis=0))
    grouped = normalise_by_subject(X, people).groupby(people)
    assert_allclose(grouped.mean(), 0, atol=1e-12)
    assert_allclose(grouped.std(ddof=0), 1)


def test_normalise_forgets_a_persons_level_and_unit(rng):
    people = np.repeat(["a", "b"], 10)
    X = pd.DataFrame({"eda__level_us": rng.random(20)})
    moved = X.where((people == "a")[:, np.newaxis], X * 7 + 3)
    assert_allclose(normalise_by_subject(moved, people), normalise_by_subject(X, people))


def test_normalise_leaves_quality_missing_and_constant_values(rng):
    X = pd.DataFrame(
        {
            "eda__quality": [0.1, 0.9, 0.5, 0.5],
            "eda__constant": [0.1 + 0.2, 0.3, 7.0, 7.0],
            "eda__missing": [np.nan, np.nan, 1.0, 3.0],
            "eda__infinite": [1.0, np.inf, 2.0, 4.0],
        },
        index=[5, 3, 5, 1],
    )
    result = normalise_by_subject(X, ["a", "a", "b", "b"])
    assert result.index.tolist() == [5, 3, 5, 1] and list(result) == list(X)
    assert result["eda__quality"].tolist() == [0.1, 0.9, 0.5, 0.5]
    assert result["eda__constant"].tolist() == [0, 0, 0, 0]
    assert_allclose(result["eda__missing"], [np.nan, np.nan, -1, 1])
    assert_allclose(result["eda__infinite"], [0, np.nan, -1, 1])


def test_normalise_does_not_change_its_input(rng):
    X = pd.DataFrame(rng.random((6, 2)))
    before = X.copy()
    normalise_by_subject(X, list("aabbcc"))
    pd.testing.assert_frame_equal(X, before)


@pytest.mark.parametrize(
    ("X", "subjects", "message"),
    [
        ([[1.0]], ["a"], "must be a DataFrame"),
        (pd.DataFrame({"x": [1.0, 2.0]}), ["a"], "1 entries for 2 windows"),
        (pd.DataFrame({"x": ["low", "high"]}), ["a", "b"], "numbers only"),
    ],
)
def test_normalise_says_what_is_wrong(X, subjects, message):
    with pytest.raises(InvalidArgumentError, match=message):
        normalise_by_subject(X, subjects)
