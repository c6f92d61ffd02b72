"""Covariance matrices of channels, shrunk so that they are positive definite: what Riemannian methods work on."""

import numpy as np

from ..._blas import one_thread
from ..._validate import check_choice, check_number
from ._epochs import as_epochs

__all__ = ["covariance"]

_EPOCHS_AT_ONCE = 16
_MOST = 1e70  # what can be taken to the fourth power
_NOTHING = 1e-12  # of a channel's mean: below is rounding


def covariance(eeg, *, shrinkage="oas"):
    """Covariance of the channels of each window, pulled towards a multiple of the identity.

    With S the covariance (divided by n_times) and m the mean of its diagonal, (1 - s) S + s m I. Positive definite for
    every s above 0, however short the window, and after an average reference too, where S has no inverse.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        Windows, best of one band or broad-band filtered; the mean of each channel is subtracted.
    shrinkage : {"oas", "ledoit_wolf"} or float, default="oas"
        How s is found from the window: oracle approximating shrinkage [1]_ or Ledoit and Wolf's [2]_, both as
        scikit-learn has them, or s itself, from 0 to 1. Both take samples as independent, which those of EEG are not:
        they shrink less than they might.

    Returns
    -------
    ndarray of shape (..., n_channels, n_channels)
        In the square of the unit of `eeg`. A channel with a missing sample has NaN with all others, and the rest is
        what it is without that channel; all is NaN if nothing varies. A flat channel has the variance s m.

    Raises
    ------
    InvalidArgumentError
        If `shrinkage` is none of these.

    References
    ----------
    .. [1] Chen, Wiesel, Eldar & Hero (2010), IEEE Transactions on Signal Processing 58(10), 5016-5029.
    .. [2] Ledoit & Wolf (2004), Journal of Multivariate Analysis 88(2), 365-411.

    Examples
    --------
    >>> eeg = np.random.default_rng(0).standard_normal((10, 4, 256))
    >>> matrices = covariance(eeg)
    >>> matrices.shape, bool((np.linalg.eigvalsh(matrices) > 0).all())
    ((10, 4, 4), True)
    """
    epochs, shape = as_epochs(eeg, name="eeg")
    if isinstance(shrinkage, str):
        shrinkage = check_choice(shrinkage, name="shrinkage", choices=("oas", "ledoit_wolf"))
    else:
        shrinkage = check_number(shrinkage, name="shrinkage", low=0.0, high=1.0)
    n_epochs, n_channels, n_times = epochs.shape
    out = np.full((n_epochs, n_channels, n_channels), np.nan)
    for first in range(0, n_epochs if n_times else 0, _EPOCHS_AT_ONCE):
        some = slice(first, first + _EPOCHS_AT_ONCE)
        out[some] = _shrunk(epochs[some], shrinkage)
    return out.reshape(*shape, n_channels, n_channels)


def _shrunk(epochs, shrinkage):
    """Shrunk covariances of a few epochs."""
    n_times = epochs.shape[-1]
    is_missing = ~(np.abs(epochs) < _MOST).all(axis=-1)
    centred = np.where(is_missing[..., np.newaxis], 0.0, epochs)
    means = centred.mean(axis=-1, keepdims=True)
    centred -= means
    centred[np.abs(centred).max(axis=-1) <= _NOTHING * np.abs(means[..., 0])] = 0.0
    with one_thread():
        empirical = centred @ centred.swapaxes(-1, -2) / n_times
    n_present = np.maximum((~is_missing).sum(axis=-1), 1)
    mean = np.einsum("eii->e", empirical) / n_present
    if shrinkage == "oas":
        share = _oas(empirical, mean, n_present, n_times)
    elif shrinkage == "ledoit_wolf":
        share = _ledoit_wolf(empirical, mean, n_present, np.square(centred).sum(axis=-2), n_times)
    else:
        share = np.full(len(epochs), shrinkage)
    share = share[:, np.newaxis, np.newaxis]
    out = (1.0 - share) * empirical + share * mean[:, np.newaxis, np.newaxis] * np.eye(epochs.shape[1])
    out[is_missing[:, :, np.newaxis] | is_missing[:, np.newaxis, :] | ~(mean > 0.0)[:, np.newaxis, np.newaxis]] = np.nan
    return out


def _oas(empirical, mean, n_channels, n_times):
    """Shrinkage of Chen 2010, eq. 23, without the 2 / n_channels that scikit-learn leaves out too."""
    squares = np.square(empirical).sum(axis=(1, 2)) / n_channels**2
    below = (n_times + 1.0) * (squares - mean * mean / n_channels)
    is_tilted = below > 1e-12 * n_times * squares
    share = np.where(is_tilted, (squares + mean * mean) / np.where(is_tilted, below, 1.0), 1.0)
    return np.where(n_channels > 1, np.minimum(share, 1.0), 0.0)


def _ledoit_wolf(empirical, mean, n_channels, powers, n_times):
    """Shrinkage of Ledoit and Wolf 2004; `powers` are sums of squares over channels, (n_epochs, n_times)."""
    squares = np.square(empirical).sum(axis=(1, 2))
    spread = (np.square(powers).sum(axis=-1) / n_times - squares) / (n_channels * n_times)
    distance = squares / n_channels - mean * mean
    share = np.where(distance > 0.0, np.minimum(spread, distance) / np.where(distance > 0.0, distance, 1.0), 0.0)
    return np.where(n_channels > 1, np.maximum(share, 0.0), 0.0)
