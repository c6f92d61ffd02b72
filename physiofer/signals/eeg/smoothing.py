"""Smoothing of features from window to window: a mood changes more slowly than its EEG features do."""

import numpy as np

from ..._validate import check_choice, check_count, check_number, check_samples
from ...exceptions import InvalidArgumentError

METHODS = ("moving_average", "lds")
#: Ratios of noises that learning chooses among: four a decade, from 1e-4 to 100.
RATIOS = 10.0 ** np.linspace(-4.0, 2.0, 25)

_FEWEST = 3  # windows: two steps, below which one ratio is as likely as another
_UNSMOOTHED = 1e300  # a ratio that trusts every window
_BLOCK = 65_536  # levels that are followed at once


def smooth(features, method="moving_average", *, groups=None, width=5, noise_ratio=None, causal=False):
    """Smooth features over consecutive windows, each group of windows on its own.

    The moving average is the mean of `width` windows. The linear dynamic system (LDS) [1]_ takes every feature for a
    level that walks at random, seen through noise: level[t] = level[t-1] + w[t], feature[t] = level[t] + v[t] [2]_. Its
    estimate is Kalman's, from the windows before (the filter, `causal`) or from those after, too (the smoother). What
    it needs to know is the ratio of the variances of w and v: 0.0001 smooths over some hundred windows, 1 over hardly
    more than one. It is either given or learned: of 25 ratios, 1e-4 to 100, the most likely one for each feature of
    each group, so that nothing goes from one group to another.

    Parameters
    ----------
    features : array-like of shape (n_windows, n_features)
        Windows of a group in the order of time, evenly spaced.
    method : {"moving_average", "lds"}, default="moving_average"
        How to smooth.
    groups : sequence of length n_windows, optional
        Label of the group, the trial of a subject, that each window belongs to: no window is smoothed with those of
        another. By default all are one group. Groups may be interleaved.
    width : int, default=5
        Windows in the moving average; odd, so that as many are before as after, unless `causal`. At the ends of a group
        there are fewer.
    noise_ratio : float, optional
        For ``lds``: variance of the steps of the level over that of the noise, above 0. Learned by default.
    causal : bool, default=False
        Whether to use only windows up to the one in question, as one must online. The smoother, and learning, see the
        future of their group.

    Returns
    -------
    ndarray of shape (n_windows, n_features)
        NaN where the feature is; a missing window is passed over by those around it. With a learned ratio a feature of
        fewer than three windows stays as it is.

    Raises
    ------
    InvalidArgumentError
        If shapes do not match, an argument is out of range, or `causal` LDS is to learn its ratio.

    References
    ----------
    .. [1] Shi & Lu (2010), Annual International Conference of the IEEE EMBS, 6587-6590.
    .. [2] Durbin & Koopman (2012), Time Series Analysis by State Space Methods, 2nd ed., chapter 2.

    Examples
    --------
    >>> steps = [[0.0], [3.0], [0.0], [9.0], [9.0]]
    >>> smooth(steps, width=3, groups=["a", "a", "a", "b", "b"]).ravel().tolist()
    [1.5, 1.0, 1.5, 9.0, 9.0]
    >>> smooth(steps, "lds", noise_ratio=1.0, causal=True).ravel().round(2).tolist()
    [0.0, 2.0, 0.75, 5.86, 7.8]
    """
    features = check_samples(features, name="features")
    if features.ndim != 2:
        raise InvalidArgumentError(f"features has shape {features.shape}; it must be (n_windows, n_features).")
    check_choice(method, name="method", choices=METHODS)
    check_choice(causal, name="causal", choices=(True, False))
    width = check_count(width, name="width", low=1)
    if not (causal or width % 2):
        raise InvalidArgumentError(f"width={width} must be odd, so that as many windows are before as after.")
    if noise_ratio is not None:
        noise_ratio = check_number(noise_ratio, name="noise_ratio", low=0.0, low_open=True)
    elif method == "lds" and causal:
        raise InvalidArgumentError("noise_ratio is needed with causal=True: learning it would see the future.")
    values = np.where(np.isfinite(features), features, np.nan)
    out = np.empty_like(values)
    for rows in _groups_of_a_length(groups, len(values)):
        if method == "lds":
            out[rows] = _kalman(values[rows], noise_ratio, causal)
        else:
            out[rows] = _moving_average(values[rows], width, causal)
    return out


def _groups_of_a_length(groups, n_windows):
    """Row numbers (n_groups, length) of the groups, those of each length together."""
    if groups is None:
        groups = [0] * n_windows
    if isinstance(groups, str) or not hasattr(groups, "__len__") or len(groups) != n_windows:
        has = f"{len(groups)} labels" if hasattr(groups, "__len__") else f"type {type(groups).__name__}"
        raise InvalidArgumentError(
            f"groups has {has}; it must be a list with one label for each of {n_windows} windows."
        )
    members = {}
    for row, label in enumerate(groups):
        if _is_missing(label):
            raise InvalidArgumentError(f"groups: the label of window {row} is missing.")
        try:
            members.setdefault(label, []).append(row)
        except TypeError:
            raise InvalidArgumentError(f"groups: {label!r} is no label; give one value for each window.") from None
    lengths = sorted({len(rows) for rows in members.values()})
    return [np.array([rows for rows in members.values() if len(rows) == length]) for length in lengths]


def _is_missing(label):
    """Whether a label is None, NaN, NaT or NA."""
    try:
        return label is None or bool(label != label)
    except (TypeError, ValueError):  # neither equal to itself nor not: NA, or an array
        return not isinstance(label, np.ndarray)


def _moving_average(values, width, causal):
    """Mean of the known values of (n_groups, n_windows, n_features) within `width` windows."""
    n_windows = values.shape[1]
    is_known = np.isfinite(values)
    known = np.where(is_known, values, 0.0)
    total, count = np.zeros_like(values), np.zeros_like(values)
    first = 1 - width if causal else -(width // 2)
    for shift in range(max(first, 1 - n_windows), min(first + width, n_windows)):
        to = slice(max(-shift, 0), n_windows - max(shift, 0))
        source = slice(max(shift, 0), n_windows - max(-shift, 0))
        total[:, to] += known[:, source]
        count[:, to] += is_known[:, source]
    return np.divide(total, count, out=np.full_like(values, np.nan), where=is_known)


def _kalman(values, ratio, causal):
    """Levels of (n_groups, n_windows, n_features), filtered or smoothed, with a ratio that is given or learned."""
    out = np.empty_like(values)
    n_together = max(_BLOCK // (len(RATIOS) * max(values.shape[2], 1)), 1)
    for start in range(0, len(values), n_together):
        some = values[start : start + n_together]
        ratios = np.full(some[:, 0].shape, ratio) if ratio else _most_likely_ratios(some)
        out[start : start + n_together] = _filtered(some, ratios) if causal else _smoothed(some, ratios)
    return np.where(np.isfinite(values), out, np.nan)


def _updated(level, variance, value):
    """Level and its variance, in units of the noise's, after a value that may be missing, and its surprise.

    Before the first value the level is 0, and its variance infinite.
    """
    is_known = np.isfinite(value)
    surprise = np.where(is_known, value - level, 0.0)
    gain = np.where(is_known, 1.0 / (1.0 + 1.0 / variance), 0.0)
    return level + gain * surprise, np.where(is_known, gain, variance), surprise


def _most_likely_ratios(values):
    """The most likely of `RATIOS` for each group and feature, but no smoothing where too few values tell."""
    n_values = np.isfinite(values).sum(axis=1)
    is_whole = (n_values == values.shape[1]).all() and values.shape[1] >= _FEWEST
    squares, logs = _whole_surprise(values) if is_whole else _surprise(values)
    n_steps = np.maximum(n_values - 1, 1)
    # Minus twice the log likelihood with the noise's variance at its most likely, squares / n_steps.
    cost = n_steps * np.log(np.maximum(squares / n_steps, 1e-300)) + logs
    return np.where(n_values < _FEWEST, _UNSMOOTHED, RATIOS[cost.argmin(axis=0)])


def _surprise(values):
    """Sums over windows of squared surprises in units of what is expected, and of the logs of that, for each ratio."""
    ratios = RATIOS[:, np.newaxis, np.newaxis]
    level, variance = np.zeros((len(RATIOS), *values[:, 0].shape)), np.inf
    squares, logs = np.zeros_like(level), np.zeros_like(level)
    for t in range(values.shape[1]):
        variance = variance + ratios
        counts = np.isfinite(values[:, t]) & np.isfinite(variance)
        expected = np.where(counts, 1.0 + variance, 1.0)
        level, variance, surprise = _updated(level, variance, values[:, t])
        squares += np.where(counts, surprise**2 / expected, 0.0)
        logs += np.log(expected)
    return squares, logs


def _whole_surprise(values):
    """:func:`_surprise` where no window is missing: sines make the steps from window to window independent."""
    from scipy import fft

    n_steps = values.shape[1] - 1
    waves = fft.dst(np.diff(values, axis=1), type=1, axis=1, norm="ortho")
    variances = 2.0 - 2.0 * np.cos(np.pi * np.arange(1, n_steps + 1) / (n_steps + 1)) + RATIOS[:, np.newaxis]
    squares = (1.0 / variances) @ np.square(waves)
    return np.moveaxis(squares, 1, 0), np.log(variances).sum(axis=1)[:, np.newaxis, np.newaxis]


def _filtered(values, ratios):
    """Level of each window given those up to it (Kalman's filter)."""
    levels, level, variance = np.empty_like(values), 0.0, np.inf
    for t in range(values.shape[1]):
        level, variance, _ = _updated(level, variance + ratios, values[:, t])
        levels[:, t] = level
    return levels


def _smoothed(values, ratios):
    """Level of each window given all of its group: the filter forwards, then Rauch, Tung and Striebel backwards."""
    levels, variances, level, variance = np.empty_like(values), np.empty_like(values), 0.0, np.inf
    for t in range(values.shape[1]):
        level, variance, _ = _updated(level, variance + ratios, values[:, t])
        levels[:, t], variances[:, t] = level, variance
    for t in range(values.shape[1] - 2, -1, -1):
        trust = 1.0 / (1.0 + ratios / variances[:, t])
        levels[:, t] += trust * (levels[:, t + 1] - levels[:, t])
    return levels
