"""Entropies of EEG: how hard a channel is to foresee.

Every function takes ``(..., n_channels, n_times)`` and measures each channel on its own. A channel gives NaN if a
sample is missing, if it is too short for the measure, or if it is flat.
"""

import math

import numpy as np

from ..._parallel import over_windows
from ..._validate import check_count, check_number, check_rate
from ...exceptions import InvalidArgumentError
from ...kernels.eeg import complexity as kernels
from ._channelwise import LARGE_BLOCK, each_channel
from ._epochs import check_eeg
from .spectrum import power_spectrum

_FEWEST_SAMPLES = 4  # of a spectrum


def sample_entropy(eeg, *, order=2, tolerance=0.2):
    """Sample entropy: how seldom what was alike for `order` samples stays alike for the next one.

    The definition is that of [1]_.

    It is -ln of the share of pairs of templates that still lie within r of each other, in every sample, when they are
    made one sample longer; a template is not compared with itself. r is `tolerance` times the channel's standard
    deviation (ddof 0), and within means less than r.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        EEG in any unit.
    order : int, default=2
        Samples in a template, 1 to 10.
    tolerance : float, default=0.2
        r in standard deviations of the channel.

    Returns
    -------
    ndarray of shape (..., n_channels)
        In nats; NaN where no pair of the longer templates is alike, or the channel is flat.

    Raises
    ------
    InvalidArgumentError
        If `order` or `tolerance` is out of range, or `eeg` is no array of real numbers.

    Notes
    -----
    Every pair is counted; the time grows with the square of the length. In recordings of whole steps of an amplifier
    many distances are the same: where r is one of them, "less than" and "up to" give different entropies.

    References
    ----------
    .. [1] Richman & Moorman (2000), American Journal of Physiology 278(6), H2039-H2049.

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal((1, 2000))
    >>> sample_entropy(noise).round(1).tolist()  # -ln erf(0.1)
    [2.2]
    """
    order = check_count(order, name="order", low=1, high=10)
    tolerance = check_number(tolerance, name="tolerance", low=0.0, low_open=True)

    def entropies(rows):
        n_templates = rows.shape[1] - order
        ranks = np.argsort(rows[:, :n_templates], axis=1)
        out = np.empty(len(rows))
        over_windows(kernels.sample_entropies, len(rows), rows, ranks, tolerance * rows.std(axis=1), order, out)
        return out

    return each_channel(eeg, entropies, fewest=order + 2, block=LARGE_BLOCK)


def permutation_entropy(eeg, *, order=3, delay=1):
    """Permutation entropy: how evenly all orders of a few samples occur.

    The definition is that of [1]_.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        EEG in any unit.
    order : int, default=3
        Samples whose order is taken, 2 to 7.
    delay : int, default=1
        Samples from each of them to the next.

    Returns
    -------
    ndarray of shape (..., n_channels)
        Entropy of the orders over ln(order!), 0 to 1. Of equal samples the earlier counts as the smaller.

    Raises
    ------
    InvalidArgumentError
        If `order` or `delay` is out of range, or `eeg` is no array of real numbers.

    References
    ----------
    .. [1] Bandt & Pompe (2002), Physical Review Letters 88(17), 174102.

    Examples
    --------
    >>> permutation_entropy([[4.0, 7.0, 9.0, 10.0, 6.0, 11.0, 3.0]]).round(4).tolist()  # the example of [1]_
    [0.5888]
    """
    order = check_count(order, name="order", low=2, high=7)
    delay = check_count(delay, name="delay", low=1)
    n_orders = math.factorial(order)

    def entropies(rows):
        n = rows.shape[1] - (order - 1) * delay
        parts = [rows[:, k * delay : k * delay + n] for k in range(order)]
        code = np.zeros((len(rows), n), dtype=np.int16)  # of each order: how many later ones are smaller, part by part
        for k in range(order - 1):
            n_smaller = sum((parts[k] > later).view(np.int8) for later in parts[k + 1 :])
            code += np.multiply(n_smaller, math.factorial(order - 1 - k), dtype=np.int16)
        places = code + n_orders * np.arange(len(rows))[:, np.newaxis]
        counts = np.bincount(places.ravel(), minlength=len(rows) * n_orders).reshape(len(rows), n_orders)
        return _entropy(counts) / math.log(n_orders)

    return each_channel(eeg, entropies, fewest=(order - 1) * delay + 1)


def svd_entropy(eeg, *, order=3, delay=1):
    """Entropy of the singular values of the embedded signal, about the channel's mean.

    The definition is that of [1]_.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        EEG in any unit.
    order : int, default=3
        Samples in a row of the embedding, 2 to 20.
    delay : int, default=1
        Samples from each of them to the next.

    Returns
    -------
    ndarray of shape (..., n_channels)
        Entropy of the singular values, as shares of their sum, over ln(order), 0 to 1.

    Raises
    ------
    InvalidArgumentError
        If `order` or `delay` is out of range, or `eeg` is no array of real numbers.

    Notes
    -----
    The mean is taken off, as the zero of EEG depends on amplifier and reference; without that, as in other packages, a
    channel far from zero has an entropy near 0.

    References
    ----------
    .. [1] Roberts, Penny & Rezek (1999), Medical & Biological Engineering & Computing 37(1), 93-98.

    Examples
    --------
    >>> svd_entropy(np.random.default_rng(0).standard_normal((1, 5000))).round(3).tolist()
    [1.0]
    """
    order = check_count(order, name="order", low=2, high=20)
    delay = check_count(delay, name="delay", low=1)

    def entropies(rows):
        rows = rows - rows.mean(axis=1, keepdims=True)
        n = rows.shape[1] - (order - 1) * delay
        triangle = _triangle([rows[:, k * delay : k * delay + n] for k in range(order)])
        return _entropy(np.linalg.svd(triangle, compute_uv=False)) / math.log(order)

    return each_channel(eeg, entropies, fewest=(order - 1) * delay + order)


def spectral_entropy(eeg, rate, *, low_hz=1.0, high_hz=45.0, method="welch", window_s=None):
    """Entropy of the power spectrum: how evenly power is spread over the frequencies.

    The definition is that of [1]_.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        EEG in any unit.
    rate : float
        Sampling rate in Hz.
    low_hz, high_hz : float, default=1 and 45
        Frequencies that count, ends included: without drift and the hum of the mains.
    method : {"welch", "multitaper"}, default="welch"
        How to estimate the spectrum.
    window_s : float, optional
        Length of its segments in s, as for :func:`power_spectrum`.

    Returns
    -------
    ndarray of shape (..., n_channels)
        Entropy of the power at each frequency, as shares of its sum, over ln(number of frequencies), 0 to 1.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range, or fewer than two frequencies lie between `low_hz` and `high_hz`.

    References
    ----------
    .. [1] Inouye et al. (1991), Electroencephalography and Clinical Neurophysiology 79(3), 204-210.

    Examples
    --------
    >>> times_s = np.arange(0, 60, 1 / 128)
    >>> waves = [np.sin(2 * np.pi * 10 * times_s), np.random.default_rng(0).standard_normal(times_s.size)]
    >>> spectral_entropy(waves, 128.0).round(1).tolist()
    [0.2, 1.0]
    """
    eeg, rate = check_eeg(eeg), check_rate(rate)
    if eeg.shape[-1] < _FEWEST_SAMPLES:
        return np.full(eeg.shape[:-1], np.nan)
    grid = {"low_hz": low_hz, "high_hz": high_hz, "method": method, "window_s": window_s}
    frequencies_hz, density = power_spectrum(eeg, rate, **grid)
    if frequencies_hz.size < 2:
        held = f"low_hz={low_hz:g} to high_hz={high_hz:g} holds fewer than two of the frequencies"
        raise InvalidArgumentError(f"{held} that {eeg.shape[-1] / rate:g} s resolve; widen it or lengthen the windows.")
    is_measurable = each_channel(eeg, lambda rows: np.ones(len(rows)), fewest=_FEWEST_SAMPLES)
    return is_measurable * _entropy(density) / math.log(frequencies_hz.size)


def _entropy(weights):
    """Entropy in nats of the shares that weights (..., n), none below 0, have of their sum."""
    with np.errstate(invalid="ignore"):  # a flat channel has no shares
        shares = weights / weights.sum(axis=-1, keepdims=True)
    return -np.sum(shares * np.log(shares, out=np.zeros_like(shares), where=shares > 0.0), axis=-1)


def _triangle(columns):
    """The triangle R of the QR decomposition of rows of matrices, given by their columns (n_rows, n) of each."""
    n_rows, n_columns = len(columns[0]), len(columns)
    triangle = np.zeros((n_rows, n_columns, n_columns))
    rest = [column.copy() for column in columns]
    for k in range(n_columns):  # modified Gram-Schmidt: R is as exact as that of Householder
        norm = np.sqrt(np.einsum("ij,ij->i", rest[k], rest[k]))
        triangle[:, k, k] = norm
        rest[k] /= np.where(norm > 0.0, norm, 1.0)[:, np.newaxis]
        for later in range(k + 1, n_columns):
            triangle[:, k, later] = np.einsum("ij,ij->i", rest[k], rest[later])
            rest[later] -= triangle[:, k, later, np.newaxis] * rest[k]
    return triangle
