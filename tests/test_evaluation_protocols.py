import naive_evaluation as naive
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physiofer.evaluation import grouped_kfold, leave_one_subject_out
from physiofer.evaluation.protocols import number_subjects, protocol_sentence, read_splits
from physiofer.exceptions import InvalidArgumentError

people = st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=40).filter(lambda drawn: len(set(drawn)) > 1)


@given(people)
def test_leave_one_out_matches_naive(subjects):
    ours = [(train.tolist(), test.tolist()) for train, test in leave_one_subject_out(subjects)]
    assert ours == naive.leave_one_subject_out(subjects)


@settings(max_examples=50)
@given(people, st.integers(2, 5), st.integers(0, 99), st.booleans())
def test_grouped_folds_keep_people_apart_and_test_everyone_once(subjects, n_splits, seed, with_labels):
    n_splits = min(n_splits, len(set(subjects)))
    labels = np.arange(len(subjects)) % 2 if with_labels else None
    splits = grouped_kfold(subjects, n_splits, labels, seed)
    assert len(splits) == n_splits
    subjects = np.array(subjects)
    for train, test in splits:
        assert not set(subjects[train]) & set(subjects[test])
        assert train.size + test.size == subjects.size
    assert sorted(np.concatenate([test for _, test in splits])) == list(range(subjects.size))


def test_grouped_folds_repeat_for_a_seed_and_differ_for_another():
    subjects = np.repeat(np.arange(12), 3)
    first, again, other = (grouped_kfold(subjects, 4, random_state=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a[1], b[1]) for a, b in zip(first, other, strict=True))


def test_grouped_folds_spread_the_classes():
    # six calm people and six tense ones: every fold of three groups can have two of each
    subjects = np.repeat(np.arange(12), 10)
    labels = np.repeat(np.arange(12) % 2, 10)
    assert [labels[test].mean() for _, test in grouped_kfold(subjects, 3, labels)] == [0.5, 0.5, 0.5]


def test_grouped_folds_do_not_depend_on_the_order_of_rows(rng):
    subjects = np.repeat(np.arange(9), 5)
    labels = rng.integers(2, size=45)
    order = rng.permutation(45)
    plain = grouped_kfold(subjects, 3, labels)
    mixed = grouped_kfold(subjects[order], 3, labels[order])
    for (_, test), (_, other) in zip(plain, mixed, strict=True):
        assert set(subjects[test]) == set(subjects[order][other])


@pytest.mark.parametrize(
    ("subjects", "names", "codes"),
    [
        ([10, 2, 10], ("2", "10"), [1, 0, 1]),
        (np.array([10.0, 2.0]), ("2", "10"), [1, 0]),
        (["S10", "S2"], ("S10", "S2"), [0, 1]),
        (np.array([1, "1", 2], dtype=object), ("1", "2"), [0, 0, 1]),
        (pd.Categorical(["b", "a"], categories=["b", "a", "c"]), ("a", "b"), [1, 0]),
        (pd.Series(["x", "y"], index=[7, 7]), ("x", "y"), [0, 1]),
    ],
)
def test_people_are_numbered_in_sorted_order(subjects, names, codes):
    found, found_names = number_subjects(subjects)
    assert (found.tolist(), found_names) == (codes, names)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: leave_one_subject_out(["a", "a"]), "1 person"),
        (lambda: leave_one_subject_out(["a", None, "b"]), "missing in 1 of 3"),
        (lambda: leave_one_subject_out([[1, 2]]), "one subject for each window"),
        (lambda: grouped_kfold(["a", "b"], 3), "n_splits=3 is more than the 2 people"),
        (lambda: grouped_kfold(["a", "b"], 1), "n_splits=1"),
        (lambda: grouped_kfold(["a", "b"], 2, [1]), "1 labels for 2 windows"),
        (lambda: read_splits([], 3), "splits is empty"),
        (lambda: read_splits([1, 2], 3), "iterable of"),
        (lambda: read_splits([([0], [3])], 3), "test of split 0 must point to rows 0 to 2"),
        (lambda: read_splits([([-1], [0])], 3), "train of split 0"),
        (lambda: read_splits([([0], [])], 3), "non-empty"),
        (lambda: read_splits([([0.5], [1])], 3), "row positions or a boolean mask"),
        (lambda: read_splits([([True], [False, True, True])], 3), "masks 1 rows"),
    ],
)
def test_messages_say_what_is_wrong(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


def test_sentences_declare_the_protocol():
    plain = protocol_sentence("loso", n_subjects=20, n_splits=20)
    assert "each of the 20 people" in plain and "the other 19" in plain and "transductive" not in plain
    assert "transductive" in protocol_sentence("loso", n_subjects=20, n_splits=20, normalise="subject")
    assert "dealt into 5 groups" in protocol_sentence("group-kfold", n_subjects=20, n_splits=5)
    assert "brought by the user" in protocol_sentence("custom", n_subjects=20, n_splits=3)
