"""The shape of EEG's curve: how fast it moves, how rough it is, and how that goes on from scale to scale.

Every function takes ``(..., n_channels, n_times)`` and measures each channel on its own. A channel with a sample
missing gives NaN, one too short for the measure too, and a flat one gives 0 where the definition says so, else NaN.
"""

import math
from typing import NamedTuple

import numpy as np

from ..._parallel import over_windows
from ..._validate import check_count, check_rate
from ...kernels.eeg import complexity as kernels
from ._channelwise import LARGE_BLOCK, each_channel

_ROUNDING = 1e-14  # of the largest sample: slopes that vary less are those of a straight line
_BOX_GROWTH = 1.2


class Hjorth(NamedTuple):
    """Hjorth's parameters: activity (variance), mobility (radians per second) and complexity of each channel."""

    activity: np.ndarray
    mobility: np.ndarray
    complexity: np.ndarray


def hjorth(eeg, rate):
    """Hjorth's activity, mobility and complexity.

    The definition is that of [1]_.

    Activity is the variance, mobility the standard deviation of the slope over that of the signal, and complexity the
    mobility of the slope over that of the signal. Slopes are differences of neighbouring samples.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        EEG in any unit.
    rate : float
        Sampling rate in Hz.

    Returns
    -------
    Hjorth
        ``activity`` in the unit squared, ``mobility`` in radians per second (over 2 pi a mean frequency in Hz) and
        ``complexity`` (1 for a slow sine, more for anything else), each of shape (..., n_channels). Of a flat channel
        the activity is 0 and the others are NaN; of a straight line the mobility is 0 and the complexity NaN.

    Raises
    ------
    InvalidArgumentError
        If `eeg` is no array of real numbers or `rate` no sampling rate.

    References
    ----------
    .. [1] Hjorth (1970), Electroencephalography and Clinical Neurophysiology 29(3), 306-310.

    Examples
    --------
    >>> sine = np.sin(2 * np.pi * 10 * np.arange(0, 4, 1 / 1000))  # 10 Hz
    >>> found = hjorth(sine[np.newaxis], 1000.0)
    >>> found.activity.round(2), (found.mobility / (2 * np.pi)).round(1), found.complexity.round(2)
    (array([0.5]), array([10.]), array([1.]))
    """
    rate = check_rate(rate)

    def parameters(rows):
        step = np.diff(rows, axis=1)
        variance, speed, bend = _variance(rows), _variance(step), _variance(np.diff(step, axis=1))
        is_straight = speed <= np.square(_ROUNDING * np.abs(rows).max(axis=1))
        mobility = np.sqrt(np.where(is_straight, 0.0, speed / variance))
        bends = np.sqrt(np.divide(bend, speed, out=np.full_like(bend, np.nan), where=~is_straight))
        return np.column_stack([variance, rate * mobility, bends / np.where(is_straight, 1.0, mobility)])

    found = each_channel(eeg, parameters, fewest=3, flat=(0.0, np.nan, np.nan))
    return Hjorth(found[..., 0], found[..., 1], found[..., 2])


def line_length(eeg, rate):
    """Length of the curve per second: the mean step between neighbouring samples, times the rate.

    The definition is that of [1]_.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        EEG in any unit.
    rate : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of shape (..., n_channels)
        In the unit per second; 0 of a flat channel.

    Raises
    ------
    InvalidArgumentError
        If `eeg` is no array of real numbers or `rate` no sampling rate.

    References
    ----------
    .. [1] Esteller et al. (2001), Proceedings of the 23rd Annual EMBS International Conference 2, 1707-1710.

    Examples
    --------
    >>> line_length([[0.0, 3.0, 1.0, 2.0]], 100.0).tolist()
    [200.0]
    """
    rate = check_rate(rate)
    return each_channel(eeg, lambda rows: rate * np.abs(np.diff(rows, axis=1)).mean(axis=1), fewest=2, flat=0.0)


def zero_crossings(eeg, rate):
    """How often the signal crosses its own mean, per second; a sample on the mean counts as above it.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        EEG in any unit.
    rate : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of shape (..., n_channels)
        Crossings per second; 0 of a flat channel.

    Raises
    ------
    InvalidArgumentError
        If `eeg` is no array of real numbers or `rate` no sampling rate.

    Examples
    --------
    >>> zero_crossings([[1.0, -1.0, -1.0, 1.0, 0.0]], 100.0).tolist()
    [50.0]
    """
    rate = check_rate(rate)

    def per_second(rows):
        is_above = rows >= rows.mean(axis=1, keepdims=True)
        return rate * np.count_nonzero(is_above[:, 1:] != is_above[:, :-1], axis=1) / (rows.shape[1] - 1)

    return each_channel(eeg, per_second, fewest=2, flat=0.0)


def higuchi_fd(eeg, *, longest=10):
    """Fractal dimension by the lengths of the curve at growing steps (Higuchi).

    The definition is that of [1]_.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        EEG in any unit.
    longest : int, default=10
        Longest step in samples (k_max), at least 2.

    Returns
    -------
    ndarray of shape (..., n_channels)
        Slope of the log length over log 1/step: 1 for a smooth curve, 2 for white noise.

    Raises
    ------
    InvalidArgumentError
        If `longest` is below 2, or `eeg` is no array of real numbers.

    References
    ----------
    .. [1] Higuchi (1988), Physica D 31(2), 277-283.

    Examples
    --------
    >>> higuchi_fd(np.random.default_rng(0).standard_normal((1, 5000))).round(1).tolist()
    [2.0]
    """
    longest = check_count(longest, name="longest", low=2)

    def dimensions(rows):
        n_times, steps = rows.shape[1], np.arange(1, longest + 1)
        weights = np.zeros((longest, n_times))
        for step in steps:
            counts = (n_times - 1 - np.arange(step)) // step  # of the steps from each start
            weights[step - 1, : n_times - step] = np.resize(1.0 / counts, n_times - step) * (n_times - 1) / step**3
        lengths = np.empty((len(rows), longest))
        over_windows(kernels.curve_lengths, len(rows), rows, weights, lengths)
        return _slopes(-np.log(steps), lengths)

    return each_channel(eeg, dimensions, fewest=2 * longest, block=LARGE_BLOCK)


def katz_fd(eeg):
    """Fractal dimension by the length of the curve over its reach (Katz), of amplitudes alone.

    The definition is that of [1]_ and [2]_.

    It is ln(n) / (ln(n) + ln(d / L)): n steps of a total length L, none of which leads farther than d from the first
    sample.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        EEG in any unit.

    Returns
    -------
    ndarray of shape (..., n_channels)
        1 for a straight line, more for anything else; NaN where no sample is farther from the first than a mean step.

    Raises
    ------
    InvalidArgumentError
        If `eeg` is no array of real numbers.

    References
    ----------
    .. [1] Katz (1988), Computers in Biology and Medicine 18(3), 145-156.
    .. [2] Esteller et al. (2001), IEEE Transactions on Circuits and Systems I 48(2), 177-183.

    Examples
    --------
    >>> katz_fd([[0.0, 1.0, 2.0, 3.0], [0.0, 2.0, 1.0, 3.0]]).round(3).tolist()
    [1.0, 1.869]
    """

    def dimensions(rows):
        step = np.abs(np.diff(rows, axis=1)).mean(axis=1)
        reach = np.abs(rows - rows[:, :1]).max(axis=1) / step
        return np.divide(math.log(rows.shape[1] - 1), np.log(reach), out=np.full(len(rows), np.nan), where=reach > 1.0)

    return each_channel(eeg, dimensions, fewest=3)


def petrosian_fd(eeg):
    """Fractal dimension by the number of turns (Petrosian): log(n) / (log(n) + log(n / (n + 0.4 turns))).

    The definition is that of [1]_.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        EEG in any unit.

    Returns
    -------
    ndarray of shape (..., n_channels)
        1 for a signal that only rises, up to about 1.04 for noise. A step of 0 counts as a rise.

    Raises
    ------
    InvalidArgumentError
        If `eeg` is no array of real numbers.

    References
    ----------
    .. [1] Petrosian (1995), 8th IEEE Symposium on Computer-Based Medical Systems, 212-217.

    Examples
    --------
    >>> petrosian_fd([[1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 4.0]]).round(3).tolist()
    [1.0, 1.151]
    """

    def dimensions(rows):
        n_times = rows.shape[1]
        is_rise = rows[:, 1:] >= rows[:, :-1]
        n_turns = np.count_nonzero(is_rise[:, 1:] != is_rise[:, :-1], axis=1)
        return math.log(n_times) / (math.log(n_times) + np.log(n_times / (n_times + 0.4 * n_turns)))

    return each_channel(eeg, dimensions, fewest=3)


def dfa(eeg, *, shortest=4, longest=None):
    """Scaling exponent of detrended fluctuation analysis.

    The definition is that of [1]_.

    The running sum of the signal about its mean is cut into boxes, from the first sample on and without overlap, and a
    straight line is taken off each; the exponent is the slope of the log root mean square of what is left over the log
    length of the boxes. Lengths grow by a fifth from `shortest` to `longest`.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        EEG in any unit.
    shortest : int, default=4
        Length of the shortest boxes in samples, at least 4.
    longest : int, optional
        Length of the longest boxes in samples; a tenth of the signal by default.

    Returns
    -------
    ndarray of shape (..., n_channels)
        0.5 for white noise, 1 for pink noise, 1.5 for a random walk; NaN where there are fewer than three lengths.

    Raises
    ------
    InvalidArgumentError
        If `shortest` is below 4, `longest` is not above `shortest`, or `eeg` is no array of real numbers.

    References
    ----------
    .. [1] Peng et al. (1994), Physical Review E 49(2), 1685-1689.

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal((1, 20000))
    >>> dfa(noise).round(1).tolist(), dfa(noise.cumsum(axis=1)).round(1).tolist()
    ([0.5], [1.5])
    """
    shortest = check_count(shortest, name="shortest", low=4)
    if longest is not None:
        longest = check_count(longest, name="longest", low=shortest + 1)

    def exponents(rows):
        boxes = _box_lengths(shortest, min(longest or rows.shape[1] // 10, rows.shape[1]))
        if boxes.size < 3:
            return np.full(len(rows), np.nan)
        walks = np.cumsum(rows - rows.mean(axis=1, keepdims=True), axis=1)
        found = np.empty((len(rows), boxes.size))
        over_windows(kernels.fluctuations, len(rows), walks, boxes, found)
        return _slopes(np.log(boxes), found)

    return each_channel(eeg, exponents, fewest=shortest, block=LARGE_BLOCK)


def _variance(rows):
    """Mean square of rows about their means."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.einsum("ij,ij->i", centred, centred) / rows.shape[1]


def _slopes(x, values):
    """Least-squares slope of ln(values) (n_rows, n) over x (n,); NaN where a value has no logarithm."""
    centred = x - x.mean()
    return np.log(values, out=np.full_like(values, np.nan), where=values > 0.0) @ centred / (centred @ centred)


def _box_lengths(shortest, longest):
    """Whole lengths that grow by a fifth, from `shortest` to at most `longest`, each once."""
    if longest < shortest:
        return np.empty(0, dtype=np.int64)
    n = int(math.log(longest / shortest) / math.log(_BOX_GROWTH)) + 1
    return np.unique((shortest * _BOX_GROWTH ** np.arange(n)).astype(np.int64))
