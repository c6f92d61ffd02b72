"""Windows of faces in an evaluation that hands out rows of a table."""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from .._validate import unmasked
from ..exceptions import InvalidArgumentError
from .batches import open_windows

__all__ = ["RowsClassifier", "SharedWindows"]

_FIRST_TICKET = 1_000_000  # a place is never taken for a ticket


class SharedWindows:
    """Windows of faces that clones and copies of an estimator share instead of copying them.

    Parameters
    ----------
    windows : array-like, sequence, FaceFolder or path-like
        As :class:`~physiofer.crnn.CRNNClassifier` takes them.
    rows : array-like of int or of bool, optional
        Which of them, in which order, or a mask of all; all by default.

    Attributes
    ----------
    tickets : ndarray of int, shape (n_windows,)
        A number for each window, by which a row of a table names it. They are drawn at random, the same ones each
        time: a column of them tells neither label nor person nor time.

    Examples
    --------
    >>> windows = SharedWindows(np.zeros((3, 4, 3, 32, 32), dtype=np.uint8), [2, 0])
    >>> len(windows), windows[0].shape
    (2, (4, 3, 32, 32))
    >>> windows.table().columns.tolist()
    ['faces__window']
    >>> windows.places(windows.tickets[[1]]).tolist(), len(windows.at([1, 1, 0]))
    ([1], 3)
    """

    def __init__(self, windows, rows=None):
        self._windows = open_windows(windows)
        self._rows = np.arange(len(self._windows)) if rows is None else _checked_rows(rows, len(self._windows))
        self.tickets = _draw_tickets(len(self._rows))

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, place):
        return self._windows.raw([self._rows[place]])[0]

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return f"<SharedWindows: {len(self)} windows>"

    def table(self, name="faces__window"):
        """A table with one row for each window, which names it by its ticket.

        Parameters
        ----------
        name : str, default="faces__window"
            Of the column.

        Returns
        -------
        DataFrame of shape (n_windows, 1)
        """
        return pd.DataFrame({name: self.tickets})

    def places(self, tickets):
        """The places of windows by their tickets.

        Parameters
        ----------
        tickets : array-like of shape (n,)
            Numbers of :attr:`tickets`.

        Returns
        -------
        ndarray of int, shape (n,)

        Raises
        ------
        InvalidArgumentError
            If one is no ticket of these windows.
        """
        numbers = np.asarray(tickets, dtype=np.float64) - _FIRST_TICKET
        if not (np.isfinite(numbers) & (numbers >= 0) & (numbers < len(self)) & (numbers == np.floor(numbers))).all():
            raise InvalidArgumentError("X must hold tickets of these windows; take the rows of windows.table().")
        return np.argsort(self.tickets)[numbers.astype(np.intp)]

    def at(self, places):
        """The windows at some places of these.

        Parameters
        ----------
        places : array-like of int, shape (n,)
            Which, in which order.

        Returns
        -------
        SharedWindows
            With tickets of its own.
        """
        return SharedWindows._of(self._windows, self._rows[np.asarray(places, dtype=np.intp)])

    @classmethod
    def _of(cls, windows, rows):
        """Some of the windows that somebody has opened."""
        part = object.__new__(cls)
        part._windows, part._rows = windows, rows
        part.tickets = _draw_tickets(len(rows))
        return part


def _draw_tickets(n_windows):
    """A ticket for each window, the same ones each time."""
    return _FIRST_TICKET + np.random.Generator(np.random.Philox(n_windows)).permutation(n_windows)


def _checked_rows(rows, n_windows):
    """Places of windows, from places or a mask."""
    rows = np.asarray(rows)
    if rows.dtype == bool and rows.shape == (n_windows,):
        return np.flatnonzero(rows)
    is_places = rows.ndim == 1 and rows.dtype.kind in "iu" and rows.size
    if not is_places or rows.min() < 0 or rows.max() >= n_windows:
        raise InvalidArgumentError(
            f"rows must be places of windows, integers from 0 to {n_windows - 1}, or a mask of all {n_windows}."
        )
    return rows.astype(np.intp)


class RowsClassifier(ClassifierMixin, BaseEstimator):
    """A classifier of windows that is told which ones by a column of tickets.

    :func:`physiofer.evaluation.cross_subject_evaluate` splits a table of features; this lets it evaluate a network
    whose input is no table. The table is that of :meth:`SharedWindows.table`.

    Parameters
    ----------
    classifier : CRNNClassifier
        Cloned in `fit`.
    windows : SharedWindows
        All windows.
    heart_rate : array-like of shape (n_windows,), default=None
        Of all windows; those of the training rows reach ``classifier.fit``.

    Attributes
    ----------
    classifier_ : CRNNClassifier
        The trained one.
    classes_ : ndarray of shape (2,)
        The labels.

    Examples
    --------
    >>> from physiofer.crnn import CRNNClassifier
    >>> from physiofer.datasets.face_sequences import simulate_face_sequences
    >>> faces = simulate_face_sequences(2, n_windows=4, n_frames=2, size=32)
    >>> windows = SharedWindows(faces.frames)
    >>> model, table = RowsClassifier(CRNNClassifier(n_epochs=1), windows, faces.heart_rate_bpm), windows.table()
    >>> model.fit(table.iloc[:4], faces.emotion[:4]).predict_proba(table.iloc[4:]).shape
    (4, 2)
    """

    def __init__(self, classifier, windows, heart_rate=None):
        self.classifier = classifier
        self.windows = windows
        self.heart_rate = heart_rate

    def fit(self, X, y, groups=None):
        """Train on some rows.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, 1)
            Tickets of the windows.
        y : array-like of shape (n_rows,)
            Their labels.
        groups : array-like of shape (n_rows,), default=None
            Whose they are.

        Returns
        -------
        self
        """
        rows = self._rows(X)
        rates = None if self.heart_rate is None else np.asarray(unmasked(self.heart_rate))
        if rates is not None and rates.shape != (len(self.windows),):
            raise InvalidArgumentError(
                f"heart_rate has shape {rates.shape}; it must be ({len(self.windows)},), one for each of windows."
            )
        rates = None if rates is None else rates[rows]
        self.classifier_ = clone(self.classifier)
        self.classifier_.fit(self.windows.at(rows), y, heart_rate=rates, subjects=groups)
        self.classes_ = self.classifier_.classes_
        return self

    def predict_proba(self, X):
        """Probability of each label.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, 1)
            Tickets of windows.

        Returns
        -------
        ndarray of shape (n_rows, 2)
        """
        check_is_fitted(self)
        return self.classifier_.predict_proba(self.windows.at(self._rows(X)))

    def predict(self, X):
        """The more probable label.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, 1)
            Tickets of windows.

        Returns
        -------
        ndarray of shape (n_rows,)
        """
        check_is_fitted(self)
        return self.classifier_.predict(self.windows.at(self._rows(X)))

    def _rows(self, X):
        """The places that a table names."""
        if not isinstance(self.windows, SharedWindows):
            raise InvalidArgumentError(f"windows is a {type(self.windows).__name__}; it must be SharedWindows(...).")
        rows = np.asarray(X, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != 1:
            raise InvalidArgumentError(f"X has shape {rows.shape}; it must be (n_rows, 1), tickets of the windows.")
        return self.windows.places(rows[:, 0])
