"""Smoothing of features: the obvious way, laws of both smoothers, groups that stay apart, and what is refused."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError
from physiofer.signals.eeg.smoothing import RATIOS, smooth


def naive_average(column, width, causal):
    """Mean of the known values around each known value."""
    before = width - 1 if causal else width // 2
    after = 0 if causal else width // 2
    out = []
    for t, value in enumerate(column):
        near = [v for v in column[max(t - before, 0) : t + after + 1] if math.isfinite(v)]
        out.append(sum(near) / len(near) if math.isfinite(value) else math.nan)
    return out


def naive_levels(column, ratio):
    """The most likely levels: least squares of all noises and steps at once, in one dense system of equations."""
    n = len(column)
    known = np.isfinite(column)
    steps = np.diff(np.eye(n), axis=0)
    matrix = np.diag(known.astype(float)) + steps.T @ steps / ratio
    return np.where(known, np.linalg.lstsq(matrix, np.where(known, column, 0.0), rcond=1e-15)[0], np.nan)


def naive_ratio(column):
    """The most likely ratio of variances, from the covariance of the differences of known values."""
    times = np.flatnonzero(np.isfinite(column))
    change, apart = np.diff(np.asarray(column)[times]), np.diff(times)
    noise = 2 * np.eye(apart.size) - np.eye(apart.size, k=1) - np.eye(apart.size, k=-1)

    def likelihood(ratio):
        covariance = noise + ratio * np.diag(apart)
        variance = change @ np.linalg.solve(covariance, change) / change.size
        return -0.5 * (change.size * math.log(variance) + np.linalg.slogdet(covariance)[1])

    return max(RATIOS, key=likelihood)


@pytest.fixture
def features(rng):
    """Forty windows of five features: a constant, a walk, a noisy walk, noise, and one with windows missing."""
    walk = np.cumsum(rng.standard_normal(40))
    noise = rng.standard_normal(40)
    missing = walk + noise
    missing[[0, 1, 10, 11, 12, 30, 39]] = np.nan
    return np.column_stack([np.full(40, 7.0), walk, walk + 2 * noise, 100 + noise, missing])


# 1. fast equals obvious


@pytest.mark.parametrize(("width", "causal"), [(1, False), (5, False), (4, True), (101, False), (101, True)])
def test_moving_average_matches_naive(features, width, causal):
    found = smooth(features, width=width, causal=causal)
    expected = [naive_average(column, width, causal) for column in features.T.tolist()]
    assert_allclose(found.T, expected, rtol=1e-10)


@pytest.mark.parametrize("ratio", [1e-6, 0.01, 1.0, 1e4])
def test_smoother_matches_dense_equations(features, ratio):
    found = smooth(features, "lds", noise_ratio=ratio)
    for column, levels in zip(features.T, found.T, strict=True):
        assert_allclose(levels, naive_levels(column, ratio), rtol=1e-8, atol=1e-8)


def test_filter_is_the_smoother_of_what_has_been(features):
    """The last level of the smoother knows what the filter knows there."""
    found = smooth(features, "lds", noise_ratio=0.3, causal=True)
    for t in range(2, 40):
        expected = [naive_levels(column[: t + 1], 0.3)[-1] for column in features.T]
        assert_allclose(found[t], expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("last", [4, 5])  # without the feature that windows are missing of, and with it
def test_learned_ratio_is_the_most_likely(features, last):
    found = smooth(features[:, 1:last], "lds")
    for column, levels in zip(features[:, 1:last].T, found.T, strict=True):
        assert_allclose(levels, naive_levels(column, naive_ratio(column)), rtol=1e-8, atol=1e-8)


# 2. laws


@settings(max_examples=20)
@given(st.integers(0, 2**31), st.sampled_from([("moving_average", None), ("lds", None), ("lds", 0.1)]))
def test_groups_never_meet(seed, form):
    """Interleaved or not, each group comes out as it would alone."""
    method, ratio = form
    rng = np.random.default_rng(seed)
    features, groups = rng.standard_normal((30, 2)), rng.choice(["a", "b", "c"], 30)
    found = smooth(features, method, groups=groups, noise_ratio=ratio)
    for group in np.unique(groups):
        alone = smooth(features[groups == group], method, noise_ratio=ratio)
        assert_allclose(found[groups == group], alone, rtol=1e-12)


@pytest.mark.parametrize(("method", "ratio"), [("moving_average", None), ("lds", 0.1)])
def test_causal_smoothing_knows_no_future(features, method, ratio):
    changed = features.copy()
    changed[25:] = 1e3
    before, after = (smooth(x, method, noise_ratio=ratio, causal=True) for x in (features, changed))
    assert_array_equal(before[:25], after[:25])
    seen = smooth(changed, method, noise_ratio=ratio) - smooth(features, method, noise_ratio=ratio)
    assert np.abs(seen[24]).max() > 1.0  # as the others do


@pytest.mark.parametrize("method", ["moving_average", "lds"])
def test_unit_and_zero_pass_through(features, method):
    assert_allclose(smooth(3e-6 * features + 5e-6, method), 3e-6 * smooth(features, method) + 5e-6, rtol=1e-8)


def test_a_level_in_noise_comes_out_nearer(rng):
    """The point of it: learned smoothing of a slow walk in noise halves the error, and leaves a clean walk alone."""
    walk = np.cumsum(0.2 * rng.standard_normal((300, 8)), axis=0)
    noise = rng.standard_normal(walk.shape)
    error = smooth(walk + noise, "lds") - walk
    assert error.std() < 0.5 * noise.std()
    assert (smooth(walk, "lds") - walk).std() < 0.02


def test_ratio_without_bounds():
    """No steps: the mean of the group. No noise: the features themselves."""
    features = np.array([[1.0], [4.0], [2.0], [9.0]])
    assert_allclose(smooth(features, "lds", noise_ratio=1e-12), 4.0, rtol=1e-9)
    assert_allclose(smooth(features, "lds", noise_ratio=1e12), features, rtol=1e-9)


# 3. by hand


def test_by_hand():
    """Ratio 1: the first value has variance 1, then 2 is expected, and two thirds of the surprise are believed."""
    features = [[0.0], [3.0]]
    assert_allclose(smooth(features, "lds", noise_ratio=1.0, causal=True), [[0.0], [2.0]])
    assert_allclose(smooth(features, "lds", noise_ratio=1.0), [[1.0], [2.0]])
    assert_allclose(smooth(features, width=3), [[1.5], [1.5]])
    assert_allclose(smooth(features, width=2, causal=True), [[0.0], [1.5]])


# 4. what is missing, and what is refused


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", ["moving_average", "lds"])
def test_missing_and_few(method):
    features = np.array([[1.0, np.nan], [np.nan, np.nan], [3.0, np.inf], [5.0, 2.0]])
    found = smooth(features, method, groups=["a", "a", "a", "b"])
    assert np.isnan(found).tolist() == [[False, True], [True, True], [False, True], [False, False]]
    assert found[3].tolist() == [5.0, 2.0]
    if method == "lds":
        assert found[[0, 2], 0].tolist() == [1.0, 3.0]  # two windows tell no ratio
    assert smooth(np.empty((0, 3)), method).shape == (0, 3)
    assert smooth(np.empty((4, 0)), method).shape == (4, 0)
    assert_allclose(smooth(np.full((6, 1), 3.3), method), 3.3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": [1.0, 2.0]}, r"features has shape \(2,\); it must be \(n_windows, n_features\)"),
        ({"method": "kalman"}, "method='kalman' must be one of moving_average, lds"),
        ({"groups": ["a"]}, "groups has 1 labels; it must be a list with one label for each of 4 windows"),
        ({"groups": "abcd"}, "groups has 4 labels; it must be a list"),
        ({"groups": 4}, "groups has type int; it must be a list"),
        ({"groups": ["a", None, "a", "b"]}, "the label of window 1 is missing"),
        ({"groups": pd.array([1, 1, 1, None], dtype="Int64")}, "the label of window 3 is missing"),
        ({"groups": ["a", "a", math.nan, "b"]}, "the label of window 2 is missing"),
        ({"groups": [["a"], ["a"], ["a"], ["b"]]}, "is no label"),
        ({"width": 4}, "width=4 must be odd"),
        ({"width": 0}, "width=0"),
        ({"method": "lds", "noise_ratio": 0.0}, "noise_ratio=0.0"),
        ({"method": "lds", "causal": True}, "noise_ratio is needed with causal=True"),
        ({"causal": "yes"}, "causal='yes' must be one of True, False"),
    ],
)
def test_arguments_are_named(change, message):
    with pytest.raises(InvalidArgumentError, match=message):
        smooth(**{"features": np.ones((4, 2)), **change})
