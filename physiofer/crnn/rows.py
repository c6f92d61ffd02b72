"""Windows of faces in an evaluation that hands out rows of a table."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from ..exceptions import InvalidArgumentError
from .batches import open_windows

__all__ = ["RowsClassifier", "SharedWindows"]


class SharedWindows:
    """Windows of faces that clones and copies of an estimator share instead of copying them.

    Parameters
    ----------
    windows : array-like, sequence, FaceFolder or path-like
        As :class:`~physiofer.crnn.CRNNClassifier` takes them.
    rows : array-like of int, optional
        Which of them, in which order; all by default.

    Examples
    --------
    >>> windows = SharedWindows(np.zeros((3, 4, 3, 32, 32), dtype=np.uint8), [2, 0])
    >>> len(windows), windows[0].shape
    (2, (4, 3, 32, 32))
    """

    def __init__(self, windows, rows=None):
        self._windows = open_windows(windows)
        self._rows = np.arange(len(self._windows)) if rows is None else np.asarray(rows, dtype=np.intp)

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, place):
        return self._windows.raw([self._rows[place]])[0]

    def __deepcopy__(self, memo):
        return self

    def at(self, rows):
        """The windows at some places of these."""
        part = object.__new__(SharedWindows)
        part._windows, part._rows = self._windows, self._rows[np.asarray(rows, dtype=np.intp)]
        return part


class RowsClassifier(ClassifierMixin, BaseEstimator):
    """A classifier of windows that is told which ones by a column of numbers.

    :func:`physiofer.evaluation.cross_subject_evaluate` splits a table of features; this lets it evaluate a network
    whose input is no table. The table has a single column, the places of the windows.

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
    >>> import pandas as pd
    >>> from physiofer.crnn import CRNNClassifier
    >>> from physiofer.datasets.face_sequences import simulate_face_sequences
    >>> faces = simulate_face_sequences(2, n_windows=4, n_frames=2, size=32)
    >>> model = RowsClassifier(CRNNClassifier(n_epochs=1), SharedWindows(faces.frames), faces.heart_rate_bpm)
    >>> table = pd.DataFrame({"faces__window": range(8)})
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
            Places of the windows.
        y : array-like of shape (n_rows,)
            Their labels.
        groups : array-like of shape (n_rows,), default=None
            Whose they are.

        Returns
        -------
        self
        """
        rows = self._rows(X)
        rates = None if self.heart_rate is None else np.asarray(self.heart_rate)[rows]
        self.classifier_ = clone(self.classifier)
        self.classifier_.fit(self.windows.at(rows), y, heart_rate=rates, subjects=groups)
        self.classes_ = self.classifier_.classes_
        return self

    def predict_proba(self, X):
        """Probability of each label (n_rows, 2) for rows `X` as in :meth:`fit`."""
        check_is_fitted(self)
        return self.classifier_.predict_proba(self.windows.at(self._rows(X)))

    def predict(self, X):
        """The more probable label (n_rows,) for rows `X` as in :meth:`fit`."""
        check_is_fitted(self)
        return self.classifier_.predict(self.windows.at(self._rows(X)))

    def _rows(self, X):
        """The places that a table names."""
        if not isinstance(self.windows, SharedWindows):
            raise InvalidArgumentError(f"windows is a {type(self.windows).__name__}; it must be SharedWindows(...).")
        rows = np.asarray(X, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != 1:
            raise InvalidArgumentError(f"X has shape {rows.shape}; it must be (n_rows, 1), the places of the windows.")
        rows = rows[:, 0]
        if not (np.isfinite(rows) & (rows >= 0) & (rows < len(self.windows)) & (rows == np.floor(rows))).all():
            raise InvalidArgumentError(f"X must hold places of windows, integers from 0 to {len(self.windows) - 1}.")
        return rows.astype(np.intp)
