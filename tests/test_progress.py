"""Progress, optional packages, and what the door of validation lets through."""

import datetime
import io
import sys

import numpy as np
import pytest

from physiofer import _validate
from physiofer._optional import require
from physiofer._progress import progress_reporter
from physiofer.exceptions import InvalidArgumentError, MissingExtraError, SignalTooShortError


class Terminal(io.StringIO):
    """A standard error somebody looks at."""

    def isatty(self):
        return True


def test_a_bar_is_drawn_where_somebody_looks(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with progress_reporter(True, "extracting") as report:
        report(1, 2, "S02/1")
        report(2, 2, "S03/1")
    assert "extracting" in sys.stderr.getvalue()


@pytest.mark.parametrize("progress", [False, True])
def test_nothing_is_drawn_where_nobody_looks(monkeypatch, progress):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress_reporter(progress, "extracting") as report:
        assert report is None
    assert sys.stderr.getvalue() == ""


def test_a_callable_is_handed_on():
    seen = []
    with progress_reporter(lambda *what: seen.append(what), "extracting") as report:
        report(1, 3, "S02/1")
    assert seen == [(1, 3, "S02/1")]


def test_require_gives_the_module_or_names_the_extra():
    assert require("math", extra="none").pi > 3
    with pytest.raises(
        MissingExtraError, match=r"not_a_module is not installed; run: pip install 'physiofer\[torch\]'"
    ):
        require("not_a_module", extra="torch")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: _validate.check_number("2", name="rate"), "rate='2' must be a finite number"),
        (lambda: _validate.check_number(True, name="rate"), "rate=True must be"),
        (lambda: _validate.check_number(np.nan, name="rate"), "rate=nan must be"),
        (
            lambda: _validate.check_number(5, name="share", low=0, high=1),
            r"share=5 must be a finite number in \[0, 1\]",
        ),
        (lambda: _validate.check_rate(0.0), r"rate=0.0 must be a finite number in \(0, 1e\+07\]"),
        (lambda: _validate.check_count(1.5, name="n"), "n=1.5 must be an integer of at least 0"),
        (
            lambda: _validate.check_count(9, name="n", low=1, high=4),
            "n=9 must be an integer of at least 1 and at most 4",
        ),
        (lambda: _validate.check_series([[1.0]], name="x"), r"x has shape \(1, 1\); it must be one-dimensional"),
        (lambda: _validate.check_series([1j], name="x"), "x must be an array of real numbers"),
        (
            lambda: _validate.check_series(np.array(["2026-01-01"], "M8[s]"), name="x"),
            "x must be an array of real numbers",
        ),
        (lambda: _validate.check_series([datetime.date.today()], name="x"), "x must be an array of real numbers"),
        (lambda: _validate.check_choice("rff", name="model", choices=["svm", "rf"]), "Did you mean rf"),
        (lambda: _validate.check_choice("?", name="model", choices=["svm", "rf"]), r"one of svm, rf\.$"),
    ],
)
def test_wrong_values_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


def test_a_short_series_is_an_error_of_its_own():
    with pytest.raises(SignalTooShortError, match="rr_ms has 1 values; at least 3 are needed"):
        _validate.check_series([800.0], name="rr_ms", min_length=3)
