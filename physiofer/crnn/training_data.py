"""What a network learns from, checked once at the door: windows, labels, heart rates, people."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._validate import unmasked
from ..exceptions import InvalidArgumentError, QualityWarning
from .batches import FaceWindows, open_windows
from .training import share_of_subjects

__all__ = ["TrainingData", "read_training_data", "warn_of_empty"]

_RATE_BPM = (75.0, 10.0)  # mean and standard deviation taken where no heart rate is known
_LEAST_SPREAD_BPM = 1.0
_SHOWN = 3  # windows that a warning names


@dataclass(frozen=True)
class TrainingData:
    """Checked windows with their labels.

    Parameters
    ----------
    windows : FaceWindows
        All windows.
    labels : ndarray of shape (n_windows, n_targets)
        0 or 1.
    classes : ndarray
        The two labels that 0 and 1 stand for; or the numbers of several targets.
    heart_rate : ndarray of shape (n_windows,)
        In bpm, NaN where unknown.
    has_heart_rate : bool
        Whether heart rates were given at all.
    subjects : ndarray of str, shape (n_windows,), or None
        Whose each window is.
    rows : ndarray of int
        Places of the windows that show something.
    """

    windows: FaceWindows
    labels: np.ndarray
    classes: np.ndarray
    heart_rate: np.ndarray
    has_heart_rate: bool
    subjects: np.ndarray | None
    rows: np.ndarray

    def rate_scale(self, rows):
        """Mean and standard deviation in bpm of the heart rates that are known at some places."""
        known = self.heart_rate[rows]
        known = known[np.isfinite(known)]
        if not known.size:
            return _RATE_BPM
        return float(known.mean()), max(float(known.std()), _LEAST_SPREAD_BPM)

    def split(self, share, seed):
        """Places of windows to learn from, and of those of about a share of the people, who are kept back.

        Parameters
        ----------
        share : float
            Of the people; 0 keeps nobody.
        seed : int
            Chooses them.

        Returns
        -------
        learnt, kept : ndarray of int

        Raises
        ------
        InvalidArgumentError
            If it is not known whose windows are, or one class only is left.
        """
        if share == 0.0:
            return self.rows, self.rows[:0]
        if self.subjects is None:
            raise InvalidArgumentError(
                f"validation_share={share!r} keeps people back; give fit subjects=, or set it to 0."
            )
        learnt, kept = share_of_subjects(self.subjects[self.rows], share, seed)
        if self.labels.shape[1] == 1 and np.unique(self.labels[self.rows[learnt]]).size < 2:
            raise InvalidArgumentError("y has one class only without the people kept back; lower validation_share.")
        return self.rows[learnt], self.rows[kept]


def read_training_data(X, y, heart_rate=None, subjects=None, *, normalisation="none", like=None, classes=None):
    """Check what a network is to learn from.

    Parameters
    ----------
    X : array-like, sequence, FaceFolder or path-like
        Windows, as :func:`~physiofer.crnn.batches.open_windows` takes them.
    y : array-like of shape (n_windows,) or (n_windows, n_targets)
        Two labels, or 0 and 1 in each column.
    heart_rate, subjects : array-like of shape (n_windows,), optional
        Heart rates in bpm, and whose the windows are.
    normalisation : {"none", "pulse"}, default="none"
        What is done to frames on the way to the network.
    like : tuple of int, optional
        (n_channels, height, width) that frames must have.
    classes : array-like of shape (2,), optional
        Both labels, where `y` may lack one.

    Returns
    -------
    TrainingData

    Raises
    ------
    InvalidArgumentError
        If something is not as described, or no window shows anything.

    Warns
    -----
    QualityWarning
        If windows show nothing and are left out.

    Examples
    --------
    >>> frames = np.random.default_rng(0).integers(0, 255, (4, 2, 3, 32, 32)).astype(np.uint8)
    >>> data = read_training_data(frames, ["calm", "glad", "calm", "glad"], [60, np.nan, 64, 62])
    >>> data.labels[:, 0].tolist(), data.classes.tolist(), data.rate_scale(data.rows)[0]
    ([0.0, 1.0, 0.0, 1.0], ['calm', 'glad'], 62.0)
    """
    windows = open_windows(X, normalisation, like=like)
    labels, found = _read_labels(y, len(windows), classes)
    rates = np.full(len(windows), np.nan) if heart_rate is None else _read_rates(heart_rate, len(windows))
    people = None if subjects is None else _read_people(subjects, len(windows))
    is_usable = windows.usable()
    rows = np.flatnonzero(is_usable)
    if not rows.size:
        raise InvalidArgumentError(
            "X has no window that shows anything: each has NaN or a frame of one value throughout."
        )
    if labels.shape[1] == 1 and classes is None and np.unique(labels[rows]).size < 2:
        only = np.asarray(y)[rows[0]]
        raise InvalidArgumentError(
            f"y has one class only ({str(only)!r}) in the windows that show something; give both."
        )
    warn_of_empty(is_usable, "they are left out of training", people)
    return TrainingData(windows, labels, found, rates, heart_rate is not None, people, rows)


def warn_of_empty(is_usable, fate, subjects=None):
    """Warn once of windows that show nothing, naming some and what becomes of them."""
    empty = np.flatnonzero(~is_usable)
    if not empty.size:
        return
    names = [f"{place}" if subjects is None else f"{place} of {subjects[place]}" for place in empty[:_SHOWN]]
    more = "" if empty.size <= _SHOWN else f" and {empty.size - _SHOWN} more"
    warnings.warn(
        f"{empty.size} of {is_usable.size} windows have NaN or a frame of one value throughout "
        f"({', '.join(names)}{more}); {fate}.",
        QualityWarning,
        stacklevel=5,
    )


def _read_column(values, name, n_windows):
    """A vector with an entry for each window."""
    values = np.asarray(values)
    if values.shape != (n_windows,):
        raise InvalidArgumentError(
            f"{name} has shape {values.shape}; it must be ({n_windows},), one for each window of X."
        )
    return values


def _read_people(subjects, n_windows):
    """Names of people as texts."""
    people = _read_column(subjects, "subjects", n_windows)
    if pd.isna(people).any():
        raise InvalidArgumentError("subjects lacks a name; drop the windows of which nobody knows whose they are.")
    return people.astype(str)


def _read_rates(heart_rate, n_windows):
    """Heart rates in bpm as float64; what is masked is unknown."""
    try:
        rates = _read_column(unmasked(heart_rate), "heart_rate", n_windows)
        if rates.dtype.kind in "cmM":
            raise TypeError(f"not {rates.dtype}")
        rates = rates.astype(np.float64)
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidArgumentError):
            raise
        raise InvalidArgumentError(f"heart_rate must hold numbers ({error}).") from error
    known = rates[~np.isnan(rates)]
    if known.size and (known.min() < 20.0 or known.max() > 300.0):
        raise InvalidArgumentError(
            f"heart_rate goes from {known.min():g} to {known.max():g}; it must be 20 to 300 bpm, NaN where unknown."
        )
    return rates


def _read_labels(y, n_windows, classes):
    """Labels as 0 and 1 (n_windows, n_targets), and what they stand for."""
    if isinstance(y, np.ma.MaskedArray) and np.ma.is_masked(y):
        raise InvalidArgumentError("y has masked labels; drop the windows without a label.")
    y = np.asarray(y)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim not in (1, 2) or len(y) != n_windows or y.size == 0:
        raise InvalidArgumentError(
            f"y has shape {y.shape}; it must be ({n_windows},), or ({n_windows}, n_targets) of 0 and 1."
        )
    if y.dtype.kind in "fO" and pd.isna(y).any():
        raise InvalidArgumentError("y has NaN; drop the windows without a label.")
    if y.ndim == 2:
        if y.dtype.kind not in "biuf" or not np.isin(y, (0, 1)).all():
            raise InvalidArgumentError("y of several targets must hold 0 and 1; cut ratings of 1 to 9 at 5: y > 5.")
        return y.astype(np.float64), np.arange(y.shape[1])
    try:
        found = np.unique(y) if classes is None else np.unique(np.asarray(classes))
        unknown = np.setdiff1d(y, found)
    except TypeError as error:
        raise InvalidArgumentError(f"y has labels that cannot be ordered ({error}); use one type.") from error
    if found.size > 2 or (classes is not None and found.size != 2):
        raise InvalidArgumentError(
            f"y has {found.size} classes, from {str(found[0])!r} to {str(found[-1])!r}; the network tells two apart. "
            "Cut ratings of 1 to 9 at 5: y > 5."
        )
    if unknown.size:
        raise InvalidArgumentError(f"y has the label {str(unknown[0])!r}, which is none of {found.tolist()}.")
    return (y == found[-1]).astype(np.float64)[:, np.newaxis], found
