"""The losses of Ji & Dong (2024), equations (5) to (7), each with its gradient."""

from typing import NamedTuple

import numpy as np

__all__ = ["Losses", "binary_cross_entropy", "heart_rate_error", "sigmoid"]


class Losses(NamedTuple):
    """The loss of a batch and its parts: total = alpha * emotion + beta * heart_rate (7)."""

    total: float
    emotion: float
    heart_rate: float


def sigmoid(logits):
    """Logistic function of an array, of the same type; it overflows nowhere.

    Parameters
    ----------
    logits : ndarray of float
        Any shape.

    Returns
    -------
    ndarray
        Between 0 and 1, of the same shape and type.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    half = logits.dtype.type(0.5)
    return half + half * np.tanh(half * logits)


def binary_cross_entropy(logits, labels):
    """Mean binary cross-entropy (5) of logits, computed without forming a probability.

    Parameters
    ----------
    logits : ndarray of shape (n, n_targets)
        Before the sigmoid.
    labels : ndarray of shape (n, n_targets)
        0 or 1, or a probability.

    Returns
    -------
    loss : float
        Mean over windows and targets, in nats.
    gradient : ndarray of shape (n, n_targets)
        With respect to the logits.

    References
    ----------
    .. [1] Ji, W. & Dong, Z. (2024), IEEE Access, 10.1109/ACCESS.2024.3422403, equation (5).

    Examples
    --------
    >>> loss, gradient = binary_cross_entropy(np.array([[0.0]]), np.array([[1.0]]))
    >>> round(loss, 4), gradient.tolist()
    (0.6931, [[-0.5]])
    """
    exact = logits.astype(np.float64)
    losses = np.maximum(exact, 0) - exact * labels + np.log1p(np.exp(-np.abs(exact)))
    gradient = (sigmoid(exact) - labels) / exact.size
    return float(losses.mean()), gradient.astype(logits.dtype)


def heart_rate_error(predicted_bpm, measured_bpm):
    """Root mean square error of heart rates (6) over the windows whose rate was measured.

    Parameters
    ----------
    predicted_bpm : ndarray of shape (n,)
        Beats per minute.
    measured_bpm : ndarray of shape (n,)
        Beats per minute. NaN leaves a window out.

    Returns
    -------
    loss : float
        Beats per minute; 0 where no rate was measured.
    gradient : ndarray of shape (n,)
        With respect to the predicted rates; 0 where left out, and everywhere if the error is 0.

    References
    ----------
    .. [1] Ji, W. & Dong, Z. (2024), IEEE Access, 10.1109/ACCESS.2024.3422403, equation (6).

    Examples
    --------
    >>> loss, gradient = heart_rate_error(np.array([70.0, 80.0]), np.array([73.0, np.nan]))
    >>> loss, gradient.tolist()
    (3.0, [-1.0, 0.0])
    """
    is_known = np.isfinite(measured_bpm)
    errors = np.where(is_known, predicted_bpm.astype(np.float64) - np.where(is_known, measured_bpm, 0.0), 0.0)
    n_known = max(np.count_nonzero(is_known), 1)
    loss = np.sqrt(np.sum(errors * errors) / n_known)
    gradient = errors / (n_known * loss) if loss > 0 else errors
    return float(loss), gradient.astype(predicted_bpm.dtype)
