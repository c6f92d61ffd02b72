import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from physiofer.evaluation.importance import MAX_FEATURES, importance_drops, modalities
from physiofer.evaluation.scores import balanced_accuracy

COLUMNS = ["eda__level", "eda__slope", "cardiac__rate", "other"]


def both_eda(X):
    """Answer by the sum of the two EDA columns."""
    return (X["eda__level"] + X["eda__slope"] > 0).to_numpy().astype(int)


def test_modalities_keep_order_and_positions():
    groups = modalities(["eda__a", "eeg__b__c", "eda__d", "age"])
    assert {name: places.tolist() for name, places in groups.items()} == {"eda": [0, 2], "eeg": [1], "other": [3]}


def test_what_is_used_drops_and_what_is_not_does_not(rng):
    values, people = rng.normal(size=(400, 4)), np.repeat([3, 5], 200)
    truth = both_eda(pd.DataFrame(values, columns=COLUMNS))
    drops = importance_drops(both_eda, values, COLUMNS, truth, people, 0)
    assert list(drops) == [3, 5]
    for own in drops.values():
        eda, cardiac, other, level, slope, rate, last = own
        assert eda == pytest.approx(0.5, abs=0.12)  # nothing left but chance
        assert 0.1 < level < eda and 0.1 < slope < eda
        assert cardiac == other == rate == last == 0.0


def test_columns_of_a_modality_move_together(rng):
    # the answer hangs on their difference, which is always the same: together they may move, alone they may not
    level = rng.normal(size=200)
    values = np.column_stack([level, level + 1.0, rng.normal(size=200), np.zeros(200)])
    values[::2, 1] -= 2.0
    truth = (values[:, 1] > values[:, 0]).astype(int)

    def higher(X):
        return (X["eda__slope"] > X["eda__level"]).to_numpy().astype(int)

    asked = []

    def recording(X):
        asked.append(X)
        return higher(X)

    importance_drops(recording, values, COLUMNS, truth, np.zeros(200, dtype=int), 0)
    assert len(asked) == 2  # once as they are, once for all shuffled copies
    copies = asked[1].to_numpy().reshape(-1, len(asked[0]), 4)
    together = copies[:3, :, 1] - copies[:3, :, 0]
    assert_allclose(np.abs(together), 1.0)
    assert np.ptp(copies[6, :, 1] - copies[6, :, 0]) > 2.0  # the first single column


def test_values_stay_with_their_person(rng):
    values = np.repeat([[0.0], [100.0]], 50, axis=0) + rng.random((100, 1))
    seen = []

    def recording(X):
        seen.append(X.to_numpy()[:, 0])
        return np.zeros(len(X), dtype=int)

    truth, people = np.tile([0, 1], 50), np.repeat([0, 1], 50)
    importance_drops(recording, values, ["x"], truth, people, 0)
    copies = seen[1].reshape(-1, 100)
    assert np.array_equal(np.sort(copies[:, :50], axis=1), np.tile(np.sort(values[:50, 0]), (4, 1)))
    assert not np.array_equal(copies[0], values[:, 0])


def test_people_of_one_class_are_left_out(rng):
    truth, people = np.array([0] * 10 + [0, 1] * 5), np.repeat([0, 1], 10)
    drops = importance_drops(lambda X: np.zeros(len(X), int), rng.random((20, 2)), ["a", "b"], truth, people, 0)
    assert list(drops) == [1]
    assert importance_drops(lambda X: None, rng.random((10, 2)), ["a", "b"], truth[:10], people[:10], 0) == {}


def test_missing_values_may_be_what_counts(rng):
    truth = np.tile([0, 1], 50)
    values = np.where(truth == 1, np.nan, 4.0)[:, np.newaxis]  # one value only, but not everywhere
    drops = importance_drops(
        lambda X: X["x"].isna().to_numpy().astype(int), values, ["x"], truth, np.zeros(100, int), 0
    )
    assert drops[0][0] == pytest.approx(0.5, abs=0.15)


def test_no_more_windows_are_asked_than_the_limit(rng):
    asked = []

    def counting(X):
        asked.append(len(X))
        return np.zeros(len(X), dtype=int)

    n = 5000
    importance_drops(counting, rng.random((n, 3)), ["a__x", "a__y", "b__x"], np.arange(n) % 2, np.zeros(n, int), 0)
    assert sum(asked[1:]) <= 2000
    asked.clear()
    wide = [f"m{place % 3}__x{place}" for place in range(MAX_FEATURES + 1)]
    drops = importance_drops(counting, rng.random((30, len(wide))), wide, np.arange(30) % 2, np.zeros(30, int), 0)
    assert drops[0].size == 3  # modalities only


def test_same_seed_same_drops(rng):
    values, truth = rng.normal(size=(60, 4)), rng.integers(2, size=60)
    first, again, other = (
        importance_drops(both_eda, values, COLUMNS, truth, np.zeros(60, int), seed)[0] for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_drop_is_that_of_one_shuffle_done_by_hand(rng):
    # two windows: a shuffle either swaps them or not, so every drop is 0 or the whole of what was right
    values = np.array([[-1.0], [1.0]])

    def positive(X):
        return (X["x"] > 0).to_numpy().astype(int)

    truth = np.array([0, 1])
    drops = importance_drops(positive, values, ["x"], truth, np.zeros(2, int), 5)[0]
    assert balanced_accuracy(truth, positive(pd.DataFrame(values, columns=["x"]))) == 1.0
    assert round(drops[0] * 3, 9) in (0, 1, 2, 3) and drops[1] in (0.0, 1.0)
