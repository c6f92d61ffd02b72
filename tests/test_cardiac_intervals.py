"""Intervals of many windows at a time."""

import math
import warnings

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.signals import cardiac


def filled_up(rows):
    """Rows of unlike lengths as an array, NaN at their ends."""
    out = np.full((len(rows), max(map(len, rows), default=0)), np.nan)
    for row, values in zip(out, rows, strict=True):
        row[: len(values)] = values
    return out


ROWS = st.lists(st.lists(st.tuples(st.floats(200, 2200), st.floats(0, 1)), max_size=30), min_size=1, max_size=6)


@given(ROWS)
def test_every_row_is_as_if_alone(rows):
    beats = [np.cumsum([rr for rr, _ in row]) / 1000 for row in rows]
    quality = [[grade for _, grade in row] for row in rows]
    found = cardiac.nn_intervals_windows(filled_up(beats), filled_up(quality), min_quality=0.3)
    assert found.shape == (len(rows), max(max(map(len, rows)) - 1, 0))
    for row, beats_s, grades in zip(found, beats, quality, strict=True):
        alone = cardiac.nn_intervals(beats_s, grades, min_quality=0.3)
        assert_array_equal(row[: alone.size], alone)
        assert np.isnan(row[alone.size :]).all()


@given(ROWS)
def test_rows_match_naive(rows):
    beats = filled_up([np.cumsum([rr for rr, _ in row]) / 1000 for row in rows])
    found = cardiac.nn_intervals_windows(beats)
    for row, beats_s in zip(found, beats, strict=True):
        rr_ms = np.round(1000 * np.diff(beats_s), 9).tolist()
        assert_array_equal(row, naive.reject_intervals(rr_ms, [True] * beats_s.size, 300, 2000, 0.2, 7))


def test_windows_do_not_share_neighbours():
    slow, fast = np.arange(6) * 1.0, np.arange(6) * 0.6
    found = cardiac.nn_intervals_windows(np.stack([slow, fast]))
    assert_array_equal(found, np.array([[1000.0], [600.0]]) * np.ones(5))


def test_other_number_types_and_lists_agree():
    beats_s = np.array([[0, 1, 2, 3, 5], [1, 2, 3, 4, 5]], dtype=np.int16)
    expected = [[1000.0, 1000.0, 1000.0, math.nan], [1000.0] * 4]
    for same in (beats_s, beats_s.astype(np.float32), beats_s.tolist(), np.asfortranarray(beats_s)):
        assert_array_equal(cardiac.nn_intervals_windows(same), expected)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (3, 0), (3, 1)])
def test_no_windows_and_no_beats(shape):
    found = cardiac.nn_intervals_windows(np.zeros(shape))
    assert found.shape == (shape[0], max(shape[1] - 1, 0))


def test_windows_of_nothing_but_nan_have_no_intervals():
    assert np.isnan(cardiac.nn_intervals_windows(np.full((2, 9), np.nan))).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: cardiac.nn_intervals_windows([0.0, 1.0]),
            r"beats_s has shape \(2,\); it must be \(n_windows, n_max\)",
        ),
        (lambda: cardiac.nn_intervals_windows([[0.0, 2.0, 1.0]]), "must not go backwards in any row"),
        (lambda: cardiac.nn_intervals_windows([[0.0, math.nan, 1.0]]), "NaN only fill rows up"),
        (lambda: cardiac.nn_intervals_windows([[0.0, math.inf]]), "must not go backwards"),
        (lambda: cardiac.nn_intervals_windows([[0.0, 1.0]], [[1.0]]), r"quality has shape \(1, 1\) for beats_s"),
        (lambda: cardiac.nn_intervals_windows([[0.0, 1.0]], [1.0, 1.0]), "quality has shape"),
        (lambda: cardiac.nn_intervals_windows([[0.0, 1.0]], tolerance=-1.0), "tolerance=-1.0"),
        (lambda: cardiac.nn_intervals_windows([[0.0, 1.0]], low_ms=900.0, high_ms=800.0), "high_ms=800.0"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


BEATS_S = np.cumsum(0.8 + 0.05 * np.sin(np.arange(100.0)))


@pytest.mark.parametrize("function", [cardiac.nn_intervals, cardiac.correct_beats])
@pytest.mark.parametrize("rate", [64.0, 250.0, 1000.0])
def test_positions_of_samples_are_no_seconds(function, rate):
    with pytest.warns(QualityWarning, match="look like sample positions.*divide positions by") as said:
        function(np.rint(rate * BEATS_S))
    assert said[0].filename == __file__ and len(said) == 1


@pytest.mark.parametrize("beats_s", [BEATS_S, BEATS_S[:2], [0.0, 5.0], [0.3, 4.1, 9.7, 14.2], np.zeros(5), [], [1.0]])
def test_beats_in_seconds_are_not_warned_of(beats_s):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cardiac.nn_intervals(beats_s)
        cardiac.correct_beats(beats_s)


def test_whole_tuples_are_told_which_part_to_give():
    ppg = np.exp(-0.5 * ((np.arange(0, 20, 1 / 64) % 0.8 - 0.3) / 0.08) ** 2)
    beats = cardiac.pulse_beats(ppg, 64.0)
    for function in (cardiac.nn_intervals, cardiac.correct_beats):
        with pytest.raises(InvalidArgumentError, match=r"beats_s is a Beats, not an array; give its \.beats_s\."):
            function(beats)
    with pytest.raises(InvalidArgumentError, match=r"rr_ms is a CorrectedBeats, not an array; give its \.rr_ms\."):
        cardiac.hrv(cardiac.correct_beats(beats.beats_s))
    with pytest.raises(InvalidArgumentError, match=r"rr_ms is a Beats.*one of its fields: \.beats_s, \.quality"):
        cardiac.hrv(beats)


def test_beats_are_shown_in_a_line():
    nothing = np.empty(0)
    assert repr(cardiac.Beats(*np.array([[0.44, 1.2, 599.8], [1, 1, 1], [2, 2, 2]]))) == "<Beats: 3, 0.4 to 599.8 s>"
    assert repr(cardiac.Beats(nothing, nothing, nothing)) == "<Beats: none>"
    assert repr(cardiac.Beats(*np.zeros((3, 5, 9)))) == "<Beats: 5 windows>"
    corrected = cardiac.correct_beats(np.delete(0.8 * np.arange(20.0), 7))
    assert repr(corrected) == "<CorrectedBeats: 20, 0.0 to 15.2 s; 1 found wrong>"


@pytest.mark.parametrize("factor", [1e3, 1e-3, 1 / 60])
@pytest.mark.parametrize("function", [cardiac.nn_intervals, cardiac.correct_beats])
def test_beats_in_another_unit_are_said(function, factor):
    beats_s = np.cumsum(0.8 + 0.03 * np.sin(np.arange(100)))
    with pytest.warns(QualityWarning, match="another unit. beats_s must be in seconds"):
        function(beats_s * factor)
