"""The table to learn from, checked once at the door."""

import numbers
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._validate import check_series
from ..exceptions import InvalidArgumentError
from .findings import Finding, listing
from .protocols import number_subjects


@dataclass(frozen=True)
class Problem:
    """A checked table of labelled windows; rows without a label are gone, everything is numbered from 0.

    Parameters
    ----------
    values : ndarray of shape (n_windows, n_features)
        Features, NaN where missing.
    columns : tuple of str
        Names of the features.
    truth : ndarray of int, shape (n_windows,)
        Class numbers.
    classes : tuple
        Labels in the order of their numbers.
    subjects : ndarray of int, shape (n_windows,)
        Numbers of people.
    names : tuple of str
        People in the order of their numbers.
    trials, recordings : Series of shape (n_windows,), or None
        Names, missing where a window has none.
    start_s, window_s : ndarray of shape (n_windows,), or None
        Place of the window in its recording.
    rows : ndarray of int, shape (n_windows,)
        Positions in the caller's table.
    findings : tuple of Finding
        What was left out.
    """

    values: np.ndarray
    columns: tuple
    truth: np.ndarray
    classes: tuple
    subjects: np.ndarray
    names: tuple
    trials: pd.Series | None
    recordings: pd.Series | None
    start_s: np.ndarray | None
    window_s: np.ndarray | None
    rows: np.ndarray
    findings: tuple

    @property
    def recording_codes(self):
        """Number of each window's recording; windows of a person that name none share one."""
        if self.recordings is None:
            return self.subjects
        return _nested_codes(self.subjects, pd.factorize(self.recordings, use_na_sentinel=False)[0])

    @property
    def trial_codes(self):
        """Number of each window's trial, -1 where it has none; None without trials."""
        if self.trials is None:
            return None
        codes = pd.factorize(self.trials)[0]
        return np.where(codes < 0, -1, _nested_codes(self.recording_codes, codes))

    def kept_splits(self, splits):
        """Return splits of the caller's rows as splits of the kept rows; sides left empty cost their split."""
        place = np.full(max(max(side.max() for side in pair) for pair in splits) + 1, -1)
        inside = self.rows[self.rows < place.size]
        place[inside] = np.arange(inside.size)
        pairs = [tuple(place[side][place[side] >= 0] for side in pair) for pair in splits]
        return [pair for pair in pairs if pair[0].size and pair[1].size]


def _nested_codes(outer, inner):
    """Number the pairs of two numbers: trial 1 of one recording is not trial 1 of another."""
    return np.unique(np.column_stack([outer, inner]), axis=0, return_inverse=True)[1].ravel()


def read_problem(X, y, subjects, *, trials=None, recordings=None, start_s=None, window_s=None):
    """Check a table of labelled windows.

    Parameters
    ----------
    X : DataFrame of shape (n_windows, n_features)
        Features; an array gets column names ``x0, x1, ...``.
    y : array-like of shape (n_windows,)
        Labels: int, str or bool. Missing ones cost their row.
    subjects : array-like of shape (n_windows,)
        The person each window is of.
    trials, recordings : array-like of shape (n_windows,), default=None
        Names.
    start_s : array-like of shape (n_windows,), default=None
        Start of the window in its recording, in seconds.
    window_s : float or array-like of shape (n_windows,), default=None
        Length of the window in seconds.

    Returns
    -------
    Problem
        The checked table.

    Raises
    ------
    InvalidArgumentError
        If a part is missing, has another length than `X`, or holds something else than it should.

    Examples
    --------
    >>> problem = read_problem(pd.DataFrame({"eda__level_us": [1.0, 2.0]}), ["rest", "stress"], ["a", "b"])
    >>> problem.classes, problem.truth.tolist()
    (('rest', 'stress'), [0, 1])
    """
    values, columns = _read_features(X)
    truth, classes = _read_labels(y, len(values))
    codes, names = number_subjects(subjects)
    _check_length(codes, "subjects", len(values))
    start_s = None if start_s is None else check_series(start_s, name="start_s")
    if window_s is not None:
        window_s = check_series(np.ravel(window_s), name="window_s")
        if not (window_s > 0).all():
            raise InvalidArgumentError(f"window_s has {window_s.min():g}; a window must be longer than 0 s.")
        window_s = np.full(len(values), window_s[0]) if window_s.size == 1 else window_s
    rows = np.flatnonzero(truth >= 0)
    if rows.size == 0:
        raise InvalidArgumentError("y has no label in any window; check that labels and recordings overlap.")
    parts = {"trials": _read_names(trials, "trials"), "recordings": _read_names(recordings, "recordings")}
    parts.update(start_s=start_s, window_s=window_s)
    for name, part in parts.items():
        if part is not None:
            _check_length(part, name, len(values))
            parts[name] = part.iloc[rows].reset_index(drop=True) if isinstance(part, pd.Series) else part[rows]
    present = np.unique(codes[rows])
    return Problem(
        values=np.where(np.isfinite(values), values, np.nan)[rows],
        columns=columns,
        truth=truth[rows],
        classes=classes,
        subjects=np.searchsorted(present, codes[rows]),
        names=tuple(names[code] for code in present),
        rows=rows,
        findings=_missing_findings(values, truth, codes, names),
        **parts,
    )


def _missing_findings(values, truth, codes, names):
    """Report rows without a label, infinite values and columns without any value."""
    findings = []
    unlabelled = truth < 0
    if unlabelled.any():
        gone = [names[code] for code in np.setdiff1d(codes, codes[~unlabelled])]
        lost = f" Without any label, so not evaluated: {listing(gone)}." if gone else ""
        findings.append(
            Finding(
                "missing-labels",
                "info",
                f"{int(unlabelled.sum())} of {unlabelled.size} windows have no label and were left out.{lost}",
                {"n_windows": int(unlabelled.sum()), "subjects": gone},
            )
        )
    infinite = np.isinf(values).sum()
    if infinite:
        message = f"{int(infinite)} feature values are infinite and were treated as missing."
        findings.append(Finding("infinite-values", "warning", message, {"n_values": int(infinite)}))
    return tuple(findings)


def _check_length(part, name, n_windows):
    """Raise unless a part of the table has one entry per window."""
    if len(part) != n_windows:
        raise InvalidArgumentError(
            f"{name} has {len(part)} entries for the {n_windows} windows of X; give one for each."
        )


def _read_names(names, what):
    """Return names as a Series, missing where there is none."""
    if names is None:
        return None
    try:
        column = pd.Series(names).reset_index(drop=True)
        pd.factorize(column)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"{what} must be a vector of texts or numbers ({error}).") from error
    return column


def _read_features(X):
    """Return features as float64 with their names."""
    if not isinstance(X, pd.DataFrame):
        try:
            shape = np.shape(X)
        except ValueError as error:
            raise InvalidArgumentError("X has rows of different lengths; it must be a table.") from error
        if len(shape) != 2:
            raise InvalidArgumentError(f"X has shape {shape}; it must be a table (n_windows, n_features).")
        X = pd.DataFrame(X).rename(columns="x{}".format)
    columns = tuple(str(column) for column in X.columns)
    if min(X.shape) == 0:
        raise InvalidArgumentError(f"X has shape {X.shape}; it needs at least one window and one feature.")
    twice = [column for column, count in Counter(columns).items() if count > 1]
    if twice:
        raise InvalidArgumentError(f"X has columns of the same name: {listing(twice)}; rename them.")
    wrong = [name for name, column in zip(columns, X.to_dict("series").values(), strict=True) if not _is_real(column)]
    if wrong:
        raise InvalidArgumentError(f"X has columns that are not numbers: {listing(wrong)}; drop or encode them before.")
    return np.ascontiguousarray(X.to_numpy(dtype=np.float64, na_value=np.nan)), columns


def _is_real(column):
    """Return whether a column holds real numbers, truth values and missing entries only."""
    if column.dtype == object:
        return all(isinstance(value, numbers.Real) for value in column.dropna())
    return pd.api.types.is_bool_dtype(column) or (
        pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column)
    )


def _read_labels(y, n_windows):
    """Return class numbers, -1 where the label is missing, and the sorted labels."""
    if np.ndim(y) != 1:
        raise InvalidArgumentError(f"y has shape {np.shape(y)}; it must hold one label for each window.")
    _check_length(y, "y", n_windows)
    codes, unique = pd.factorize(pd.Series(y).reset_index(drop=True))
    labels = [value.item() if isinstance(value, np.generic) else value for value in unique]
    labels = [int(v) if isinstance(v, float) and v.is_integer() else v for v in labels]
    kinds = {type(label) for label in labels}
    if float in kinds or (len(labels) > 20 and len(labels) > 0.2 * n_windows):
        raise InvalidArgumentError(
            f"y looks continuous: {len(labels)} different values in {n_windows} windows, such as "
            f"{labels[0]!r}; cut it into classes first."
        )
    if len(kinds) > 1 or not kinds <= {int, str, bool}:
        kinds = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise InvalidArgumentError(f"y mixes or holds labels of type {kinds}; use only int, only str or only bool.")
    order = np.argsort(np.array(labels)) if labels else np.array([], dtype=np.intp)
    rank = np.empty(len(labels) + 1, dtype=np.intp)
    rank[order], rank[-1] = np.arange(len(labels)), -1  # a missing label is code -1, the last entry
    return rank[codes], tuple(labels[place] for place in order)
