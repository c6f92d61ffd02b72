"""Asymmetry of EEG features: left against right, front against back."""

import numpy as np

from ..._validate import check_choice, check_samples
from ...exceptions import InvalidArgumentError
from .channels import check_channels, find_channel, frontal_posterior_pairs, left_right_pairs

#: Kinds of asymmetry, and where their pairs come from.
ASYMMETRIES = ("dasm", "rasm", "dcau", "log_ratio")


def asymmetry(values, channels, kind="dasm", *, pairs=None):
    """Compare the features of channels that face each other.

    Differential asymmetry (DASM) is left less right, rational asymmetry (RASM) left over right [1]_, and differential
    caudality (DCAU) frontal less posterior [2]_; there the values are differential entropies. For powers there is the
    log ratio, ln(right) less ln(left), as frontal alpha asymmetry has it [3]_: mind that its sign is the other way
    round.

    Parameters
    ----------
    values : array-like of shape (..., n_channels, n_bands)
        Differential entropies or powers; any feature of channels.
    channels : sequence of str
        Their names, as :func:`canonical_name` reads them.
    kind : {"dasm", "rasm", "dcau", "log_ratio"}, default="dasm"
        What to compute.
    pairs : sequence of (str, str), optional
        Which channels to compare, left or frontal first. By default those that :func:`left_right_pairs`, for ``dcau``
        :func:`frontal_posterior_pairs`, finds by their names.

    Returns
    -------
    ndarray of shape (..., n_pairs, n_bands)
        In the order of the pairs; NaN where a value is, where RASM would divide by 0 and where there is no logarithm.

    Raises
    ------
    InvalidArgumentError
        If no pair is there, names are there twice or do not match the values, or `kind` is unknown.

    References
    ----------
    .. [1] Duan, Zhu & Lu (2013), 6th International IEEE/EMBS Conference on Neural Engineering, 81-84.
    .. [2] Zheng & Lu (2015), IEEE Transactions on Autonomous Mental Development 7(3), 162-175.
    .. [3] Allen, Coan & Nazarian (2004), Biological Psychology 67(1-2), 183-218.

    Examples
    --------
    >>> entropy = [[2.0, 1.0], [0.5, 0.5], [1.5, 4.0]]  # of theta and alpha
    >>> asymmetry(entropy, ["F3", "Fz", "F4"]).tolist()
    [[0.5, -3.0]]
    """
    values = check_samples(values, name="values")
    if values.ndim < 2:
        raise InvalidArgumentError(f"values has shape {values.shape}; it must be (..., n_channels, n_bands).")
    names = check_channels(channels, values.shape[-2])
    check_choice(kind, name="kind", choices=ASYMMETRIES)
    if pairs is None:
        pairs = frontal_posterior_pairs(names) if kind == "dcau" else left_right_pairs(names)
    firsts, seconds = _indices(names, pairs)
    first, second = values[..., firsts, :], values[..., seconds, :]
    if kind == "log_ratio":
        return _log(second) - _log(first)
    if kind == "rasm":
        return np.divide(first, second, out=np.full_like(first, np.nan), where=second != 0.0)
    return first - second


def frontal_alpha_asymmetry(power, channels, *, left="F3", right="F4"):
    """Frontal alpha asymmetry, ln(right) less ln(left) of the power in the alpha band.

    The definition is that of [1]_.

    As alpha power falls where cortex is active, positive values stand for the left side being the more active. The
    reference of the recording matters as much as the person [2]_: compare like with like.

    Parameters
    ----------
    power : array-like of shape (..., n_channels)
        Absolute power in the alpha band of each channel, in any unit.
    channels : sequence of str
        Their names, as :func:`canonical_name` reads them.
    left, right : str, default="F3" and "F4"
        The pair; AF3 and AF4, or F7 and F8, where a headset has no F3 and F4.

    Returns
    -------
    ndarray of shape (...)
        NaN where a power is not above 0.

    Raises
    ------
    InvalidArgumentError
        If `left` or `right` is not among the channels, names are there twice or do not match the powers.

    References
    ----------
    .. [1] Allen, Coan & Nazarian (2004), Biological Psychology 67(1-2), 183-218.
    .. [2] Smith, Reznik, Stewart & Allen (2017), International Journal of Psychophysiology 111, 98-114.

    Examples
    --------
    >>> round(float(frontal_alpha_asymmetry([8.0, 5.0, 10.0], ["EEG F3-REF", "EEG Fz-REF", "EEG F4-REF"])), 3)
    0.223
    """
    power = check_samples(power, name="power")
    names = check_channels(channels, power.shape[-1])
    (first,), (second,) = _indices(names, [(left, right)])
    return _log(power[..., second]) - _log(power[..., first])


def _indices(names, pairs):
    """Indices of the first and of the second channels of pairs; a channel may be given by its electrode."""
    is_list = isinstance(pairs, (list, tuple, np.ndarray))
    if not is_list or not all(isinstance(pair, (list, tuple, np.ndarray)) and len(pair) == 2 for pair in pairs):
        raise InvalidArgumentError(f"pairs={pairs!r} must be a list of pairs of names of channels.")
    if not len(pairs):
        raise InvalidArgumentError("pairs is empty; name at least one pair of channels.")
    return ([find_channel(names, pair[side]) for pair in pairs] for side in (0, 1))


def _log(values):
    """Natural logarithm; NaN where there is none."""
    return np.log(values, out=np.full_like(values, np.nan), where=values > 0.0)
