"""What every transformer of windows promises, as checks that any of them can be put through.

scikit-learn runs a single check on estimators that do not take 2-D input, so that this battery stands in for its own.
A check takes a transformer and plausible raw windows ``X`` of shape (n_windows, n_channels, n_times) at its rate.
"""

import pickle
import re
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags


def is_quality(name):
    """Whether a column tells the quality, or a part of it."""
    return name == "quality" or name.startswith("quality_")


def fixed_schema_whatever_the_data(transformer, X):
    """As many columns for any windows, all NaN with quality 0 where there is nothing to see."""
    shape = X.shape
    fitted = clone(transformer).fit(X)
    grades = np.array([is_quality(name) for name in fitted.feature_names])
    nothing = fitted.transform(np.full(shape, np.nan))
    assert_array_equal(nothing[:, grades], 0.0)
    assert np.isnan(nothing[:, ~grades]).all()
    odd = [np.zeros(shape), np.ones(shape), -1e6 * np.ones(shape), np.full(shape, 1e-300), 1e9 * X, X[:1]]
    odd += [np.where(np.arange(shape[-1]) % 2, np.nan, X), X[..., :1], X[..., :2], X[..., :3], X[..., :17]]
    for windows in odd:
        features = fitted.transform(windows)
        assert features.shape == (len(windows), grades.size)
        assert features.dtype == np.float64
        assert not np.isinf(features).any()


def an_empty_time_axis_is_said(transformer, X):
    """Windows without a sample are an error that says so."""
    fitted = clone(transformer).fit(X)
    with pytest.raises(ValueError, match="0 samples"):
        fitted.transform(X[..., :0])
    with pytest.raises(ValueError, match="0 samples"):
        clone(transformer).fit(X[..., :0])


def infinite_and_masked_samples_are_missing(transformer, X):
    """Infinity is no measurement, and what a mask covers is not seen: both are as NaN, as in the functions beneath."""
    missing, infinite = X.copy(), X.copy()
    missing[0, 0, 3:9], missing[-1, -1, 5] = np.nan, np.nan
    infinite[0, 0, 3:9], infinite[-1, -1, 5] = np.inf, -np.inf
    expected = clone(transformer).fit(X).transform(missing)
    assert_array_equal(clone(transformer).fit(infinite).transform(infinite), expected)
    masked = np.ma.masked_array(np.where(np.isnan(missing), 99.0, missing), np.isnan(missing))
    assert_array_equal(clone(transformer).fit(masked).transform(masked), expected)


def other_number_types_agree(transformer, X):
    """Integers and single precision give what the same values give in double precision."""
    fitted = clone(transformer).fit(X)
    whole = np.rint(X / np.abs(X).max() * 1000.0)
    for dtype in (np.int16, np.int64, np.float32):
        cast = whole.astype(dtype)
        assert_array_equal(fitted.transform(cast), fitted.transform(cast.astype(np.float64)))


def lists_and_strides_do_not_matter(transformer, X):
    """Nested lists, Fortran order and reversed views are the same windows."""
    fitted = clone(transformer).fit(X)
    expected = fitted.transform(X)
    assert_array_equal(fitted.transform(np.asfortranarray(X)), expected)
    assert_array_equal(fitted.transform(X[::-1].copy()[::-1]), expected)
    assert_allclose(fitted.transform(X[:2].tolist()), expected[:2], rtol=1e-12, atol=1e-12)


def windows_do_not_touch_each_other(transformer, X):
    """A window's features are its own: alone, or in any order and company."""
    fitted = clone(transformer).fit(X)
    expected = fitted.transform(X)
    order = np.random.default_rng(0).permutation(len(X))
    assert_allclose(fitted.transform(X[order]), expected[order], rtol=1e-12, atol=1e-12)
    for window, row in zip(X, expected, strict=True):
        assert_allclose(fitted.transform(window[np.newaxis])[0], row, rtol=1e-12, atol=1e-12)


def transform_is_pure(transformer, X):
    """Neither the windows nor the transformer change, and a second time is as the first."""
    windows, before = X.copy(), X.copy()
    windows.flags.writeable = False
    fitted = clone(transformer).fit(windows)
    state = deepcopy(vars(fitted))
    first = fitted.transform(windows)
    assert_array_equal(windows, before)
    assert vars(fitted) == state
    assert_array_equal(fitted.transform(windows), first)
    assert_array_equal(clone(transformer).fit_transform(windows), first)


def fit_learns_nothing(transformer, X):
    """Whatever windows it was fitted on, the features are the same: the science is stateless."""
    assert_array_equal(clone(transformer).fit(X[:1]).transform(X), clone(transformer).fit(X).transform(X))


def names_match_columns(transformer, X):
    """Names are as many as columns, unlike one another, plain, and end in the quality, its parts before it."""
    fitted = clone(transformer).fit(X)
    names = fitted.get_feature_names_out()
    assert len(names) == fitted.transform(X).shape[1] == len(set(names))
    assert names[-1] == "quality"
    is_last = [is_quality(name) for name in names]
    assert sorted(is_last) == is_last
    assert names.dtype == object
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9_]*", name) and "__" not in name for name in names)


def pandas_output_is_named(transformer, X):
    """`set_output` gives a DataFrame with those names; plain output is back with "default"."""
    chosen = clone(transformer).set_output(transform="pandas")
    frame = chosen.fit_transform(X)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == list(chosen.get_feature_names_out())
    assert_array_equal(frame.to_numpy(), clone(transformer).fit_transform(X))
    assert isinstance(chosen.set_output(transform="default").transform(X), np.ndarray)


def quality_is_a_share(transformer, X):
    """Quality lies in 0 to 1 whatever the windows, and falls when samples are lost."""
    fitted = clone(transformer).fit(X)
    gaps = X.copy()
    gaps[..., X.shape[-1] // 3 :] = np.nan
    columns = [is_quality(name) for name in fitted.get_feature_names_out()]
    whole, broken = fitted.transform(X)[:, columns], fitted.transform(gaps)[:, columns]
    for quality in (whole, broken):
        assert np.isfinite(quality).all()
        assert ((quality >= 0.0) & (quality <= 1.0)).all()
    assert (broken[:, -1] < whole[:, -1]).all()


def parameters_are_stored_untouched(transformer, X):
    """`get_params`, `set_params` and `clone` do what scikit-learn says, without a look at the values."""
    parameters = transformer.get_params()
    copy = clone(transformer)
    assert copy is not transformer
    assert copy.get_params() == parameters
    marker = object()
    for name in parameters:
        assert getattr(clone(transformer).set_params(**{name: marker}), name) is marker
    with pytest.raises(ValueError, match="Invalid parameter"):
        clone(transformer).set_params(no_such_parameter=1)


def a_senseless_rate_is_refused(transformer, X):
    """The rate is checked when it is used, by name."""
    for rate in (0.0, -4.0, np.nan, "fast", None):
        with pytest.raises(ValueError, match="rate"):
            clone(transformer).set_params(rate=rate).fit(X).transform(X)


def unfitted_says_so(transformer, X):
    """`transform` before `fit` is a NotFittedError."""
    with pytest.raises(NotFittedError):
        clone(transformer).transform(X)


def the_wrong_shape_is_said(transformer, X):
    """Windows of other channels, or no windows at all, are an error that names the shape and the one wanted."""
    fitted = clone(transformer).fit(X)
    wrong = np.concatenate([X, X], axis=1)
    wanted = re.escape(f"(n_windows, {X.shape[1]}, n_times)")
    for shape in (wrong, X[:, :0], X[np.newaxis]):
        with pytest.raises(ValueError, match=wanted + r"|features, but .* is expecting|0 feature"):
            fitted.transform(shape)
    with pytest.raises(ValueError, match=wanted + "|0 feature"):
        clone(transformer).fit(wrong)
    with pytest.raises(ValueError):
        fitted.transform(X[0, 0])
    with pytest.raises(ValueError):
        fitted.transform(np.full(X.shape, "a"))


def survives_pickling_and_skops(transformer, X):
    """A stored transformer answers as before; skops needs to trust the class itself and nothing else."""
    fitted = clone(transformer).fit(X)
    expected = fitted.transform(X)
    assert_array_equal(pickle.loads(pickle.dumps(fitted)).transform(X), expected)  # noqa: S301
    stored = skops.io.dumps(fitted)
    unknown = skops.io.get_untrusted_types(data=stored)
    assert set(unknown) <= {f"{type(fitted).__module__}.{type(fitted).__name__}"}
    assert_array_equal(skops.io.loads(stored, trusted=unknown).transform(X), expected)


def tags_tell_the_truth(transformer, X):
    """The tags say that NaN and 3-D input are welcome, and 2-D input if and only if there is one channel."""
    tags = get_tags(transformer)
    assert tags.input_tags.allow_nan
    assert tags.input_tags.three_d_array
    assert tags.input_tags.two_d_array == (X.shape[1] == 1)
    assert not tags.target_tags.required


def one_channel_may_be_flat(transformer, X):
    """(n_windows, n_times) is (n_windows, 1, n_times) for transformers of one channel."""
    if X.shape[1] == 1:
        flat = clone(transformer).fit_transform(X[:, 0])
        assert_array_equal(flat, clone(transformer).fit_transform(X))
    else:
        with pytest.raises(ValueError, match="n_channels|n_windows"):
            clone(transformer).fit(X[:, 0])


def works_in_a_pipeline(transformer, X):
    """It is a step like any other, and passes its names on."""
    steps = make_pipeline(clone(transformer), FunctionTransformer(np.nan_to_num, feature_names_out="one-to-one"))
    assert np.isfinite(steps.fit_transform(X)).all()
    assert list(steps.get_feature_names_out()) == list(transformer.get_feature_names_out())


def plausible_windows_have_features(transformer, X):
    """Good data gives numbers, not NaN: most features of most windows, and a good quality."""
    features = clone(transformer).fit_transform(X)
    assert np.isfinite(features).mean() > 0.9
    assert np.median(features[:, -1]) > 0.7


#: Every check, in the order of reading.
CHECKS = [
    plausible_windows_have_features, fixed_schema_whatever_the_data, an_empty_time_axis_is_said,
    infinite_and_masked_samples_are_missing, other_number_types_agree, lists_and_strides_do_not_matter,
    windows_do_not_touch_each_other, transform_is_pure, fit_learns_nothing, names_match_columns, pandas_output_is_named,
    quality_is_a_share, parameters_are_stored_untouched, a_senseless_rate_is_refused, unfitted_says_so,
    the_wrong_shape_is_said, survives_pickling_and_skops, tags_tell_the_truth, one_channel_may_be_flat,
    works_in_a_pipeline,
]  # fmt: skip
