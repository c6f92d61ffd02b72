"""Reductions of windows that skip missing samples."""

import naive_motion
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.features._base import quiet_nan
from physiofer.kernels.moments import MOMENTS, window_moments


def moments_of(rows):
    """The table of moments of rows."""
    rows = np.ascontiguousarray(rows, dtype=float)
    out = np.empty((len(rows), len(MOMENTS)))
    window_moments(0, len(rows), rows, out)
    return out


@given(
    arrays(
        float,
        st.tuples(st.integers(0, 3), st.integers(1, 40)),
        elements=st.one_of(st.floats(-1e3, 1e3), st.sampled_from([np.nan, np.inf, -np.inf])),
    )
)
def test_moments_match_naive(rows):
    expected = np.reshape([naive_motion.moments(row) for row in rows.tolist()], (len(rows), len(MOMENTS)))
    assert_allclose(moments_of(rows), expected, rtol=1e-9, atol=1e-9)


def test_moments_match_numpy_on_a_large_offset(rng):
    rows = 1e6 + rng.standard_normal((4, 500))
    table = dict(zip(MOMENTS, moments_of(rows).T, strict=True))
    assert_allclose(table["sd"], rows.std(axis=1), rtol=1e-9)
    assert_allclose(table["slope"], np.polynomial.polynomial.polyfit(np.arange(500), rows.T, 1)[1], atol=1e-9)
    assert_array_equal(table["least"], rows.min(axis=1))
    assert_array_equal(table["greatest"], rows.max(axis=1))


def test_moments_hand_worked():
    assert_allclose(moments_of([[1.0, np.nan, 5.0, 3.0]]), [[0.75, 3.0, np.sqrt(8 / 3), 1.0, 5.0, 12 / 14]])
    assert_allclose(moments_of([[np.nan, 2.0]]), [[0.5, 2.0, 0.0, 2.0, 2.0, np.nan]])


def test_empty_rows_have_no_moments():
    assert_array_equal(moments_of(np.empty((2, 0))), [[0.0] + [np.nan] * 5] * 2)
    assert moments_of(np.empty((0, 4))).shape == (0, 6)


@pytest.mark.parametrize("function", [np.nanmean, np.nanstd, np.nanmin, np.nanmax])
def test_reductions_skip_what_is_missing(rng, function):
    values = rng.standard_normal((3, 5, 8))
    values[0, 1, 2:4] = np.nan
    values[2, 4] = np.nan
    reduced = quiet_nan(function, values)
    assert reduced.shape == (3, 5) and np.isnan(reduced[2, 4])
    known = np.ones((3, 5), dtype=bool)
    known[2, 4] = False
    assert_allclose(reduced[known], [function(row) for row in values[known]])
