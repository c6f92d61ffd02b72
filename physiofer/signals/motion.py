"""Movement of the body-worn sensor: acceleration split into gravity and what the wearer does, and when that is much."""

import warnings

import numpy as np
from scipy import ndimage

from .._validate import check_number, check_rate, check_samples
from ..exceptions import InvalidArgumentError, QualityWarning
from ..kernels import motion as kernels
from ._filters import bridged, moving_mean, zero_phase

__all__ = ["activity", "in_spans", "moving", "moving_spans"]

#: Nobody's mean acceleration exceeds this for long: gravity is 1 g. Beyond, the unit is another one.
HIGHEST_MEAN_G = 4.0
#: Nor does it stay below this: there is no free fall of a whole recording.
LOWEST_MEAN_G = 0.3

_GRAVITY_HZ = 0.5
_EPOCH_S = 1.0
_UNITS = {"m/s2": 9.80665, "1/64 g (raw Empatica E4)": 64.0, "mg": 1000.0, "mm/s2": 9806.65}  # at rest


def activity(acceleration_g, rate):
    """Magnitude of the acceleration that is not gravity.

    Each axis is high-passed at 0.5 Hz (second-order Butterworth, zero phase), which takes out gravity and posture; then
    the Euclidean norm.

    Parameters
    ----------
    acceleration_g : array-like of shape (..., 3, n_times)
        Acceleration in g along three axes.
    rate : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of shape (..., n_times)
        Dynamic acceleration in g; NaN where an axis is missing.

    Raises
    ------
    InvalidArgumentError
        If there are not three axes.

    Warns
    -----
    QualityWarning
        If the mean magnitude exceeds 4, or is below 0.3 and not 0, so that the unit cannot be g, or gravity is not in
        it. Nothing is converted.

    References
    ----------
    .. [1] van Hees et al. (2013), PLoS ONE 8(4), e61691 (the high-pass filtered Euclidean norm, HFEN).

    Examples
    --------
    >>> import numpy as np
    >>> still = np.tile([[0.0], [0.6], [0.8]], 320)
    >>> bool(np.abs(activity(still, 32.0)).max() < 1e-9)
    True
    """
    rate = check_rate(rate)
    acceleration_g = check_samples(acceleration_g, name="acceleration_g")
    if acceleration_g.ndim < 2 or acceleration_g.shape[-2] != 3:
        raise InvalidArgumentError(f"acceleration_g has shape {acceleration_g.shape}; it must be (..., 3, n_times).")
    out = np.full(acceleration_g.shape[:-2] + acceleration_g.shape[-1:], np.nan)
    n_times = out.shape[-1]
    if n_times < 2:
        return out
    dynamic = zero_phase(bridged(acceleration_g), rate, low_hz=_GRAVITY_HZ, overwrite=True)
    shape = (-1, 3, n_times)
    mean_g = kernels.magnitude(dynamic.reshape(shape), acceleration_g.reshape(shape), out.reshape(-1, n_times))
    if mean_g > HIGHEST_MEAN_G:
        near = [f"is it in {unit}" for unit, at_rest in _UNITS.items() if 0.5 < mean_g / at_rest < 2.0]
        message = f"acceleration_g has a mean magnitude of {mean_g:.3g}, and gravity alone is 1 g: "
        warnings.warn(message + (near[0] if near else "what is its unit") + "?", QualityWarning, stacklevel=2)
    elif 0.0 < mean_g < LOWEST_MEAN_G:
        message = f"acceleration_g has a mean magnitude of {mean_g:.3g}, and gravity alone is 1 g: "
        message += "was it converted to g twice, or gravity taken out?"
        warnings.warn(message, QualityWarning, stacklevel=2)
    return out


def moving(acceleration_g, rate, *, threshold_g=0.05, hold_s=1.0):
    """When the wearer moves enough to disturb optical and skin sensors.

    A sample is moving if the mean :func:`activity` of the second around it reaches `threshold_g`, or if that happens
    within `hold_s` of it.

    Parameters
    ----------
    acceleration_g : array-like of shape (..., 3, n_times)
        Acceleration in g along three axes.
    rate : float
        Sampling rate in Hz.
    threshold_g : float, default=0.05
        Mean activity from which on it is movement, in g. About 0.045 g at the wrist part sitting from light activity
        in adults [1]_; a still sensor with steps of 1/64 g shows about 0.01 g. The quality of a pulse wave falls
        gradually with movement: there is no threshold that keeps all clean beats and no other.
    hold_s : float, default=1.0
        How long before and after the mask extends, in seconds.

    Returns
    -------
    ndarray of bool of shape (..., n_times)
        True where there is movement; False where acceleration is missing.

    Raises
    ------
    InvalidArgumentError
        If there are not three axes, or an argument is out of range.

    References
    ----------
    .. [1] Hildebrand et al. (2017), Scandinavian J. Medicine & Science in Sports 27(12), 1814-1823.

    Examples
    --------
    >>> import numpy as np
    >>> axes = np.tile([[0.0], [0.6], [0.8]], 320)
    >>> axes[0, 150:170] = 0.5 * np.sin(np.arange(20))
    >>> is_moving = moving(axes, 32.0)
    >>> bool(is_moving[160]), bool(is_moving[:80].any()), bool(is_moving[240:].any())
    (True, False, False)
    """
    threshold_g = check_number(threshold_g, name="threshold_g", low=0.0, low_open=True)
    hold_s = check_number(hold_s, name="hold_s", low=0.0)
    dynamic_g = activity(acceleration_g, rate)
    if not dynamic_g.size:
        return np.zeros(dynamic_g.shape, dtype=bool)
    is_there = np.isfinite(dynamic_g)
    present = moving_mean(is_there.astype(np.float64), _EPOCH_S * rate)
    mean_g = moving_mean(np.where(is_there, dynamic_g, 0.0), _EPOCH_S * rate)
    is_moving = (mean_g >= threshold_g * present) & (present > 1e-9)  # running sums leave a trace of rounding
    reach = min(int(round(hold_s * rate)), dynamic_g.shape[-1])
    held = ndimage.maximum_filter1d(is_moving.view(np.uint8), 2 * reach + 1, axis=-1, mode="constant")
    return held.astype(bool) & is_there


def moving_spans(acceleration_g, rate, *, threshold_g=0.05, hold_s=1.0, start_s=0.0):
    """Spans of time in which the wearer moves.

    Parameters
    ----------
    acceleration_g : array-like of shape (3, n_times)
        Acceleration in g along three axes.
    rate : float
        Sampling rate in Hz.
    threshold_g, hold_s : float
        As in :func:`moving`.
    start_s : float, default=0.0
        Time of the first sample, so that spans are on the clock of a recording.

    Returns
    -------
    ndarray of shape (n_spans, 2)
        Start and stop of each span in seconds, in order; a sample lasts 1 / `rate`.

    Raises
    ------
    InvalidArgumentError
        If `acceleration_g` is not (3, n_times), or an argument is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> axes = np.tile([[0.0], [0.6], [0.8]], 640)
    >>> axes[0, 320:352] = 0.5 * np.sin(np.arange(32))
    >>> np.rint(moving_spans(axes, 32.0)).tolist()
    [[9.0, 12.0]]
    """
    start_s = check_number(start_s, name="start_s")
    if np.ndim(acceleration_g) != 2:
        raise InvalidArgumentError(f"acceleration_g has {np.ndim(acceleration_g)} axes; it must be (3, n_times).")
    is_moving = moving(acceleration_g, rate, threshold_g=threshold_g, hold_s=hold_s)
    edges = np.flatnonzero(np.diff(is_moving.astype(np.int8), prepend=0, append=0))
    return start_s + edges.reshape(-1, 2) / rate


def in_spans(times_s, spans_s):
    """Which times lie inside spans, such as beats during movement.

    Parameters
    ----------
    times_s : array-like of any shape
        Times in seconds.
    spans_s : array-like of shape (n_spans, 2)
        Start and stop of each span in seconds, in any order; they may overlap.

    Returns
    -------
    ndarray of bool
        As `times_s`: True where ``start <= time < stop`` for a span. NaN lies in none.

    Raises
    ------
    InvalidArgumentError
        If `times_s` are no numbers, or `spans_s` has another shape, holds NaN, or a span that stops before it starts.

    Examples
    --------
    >>> in_spans([0.5, 1.0, 2.0, 3.5], [[1.0, 2.0], [3.0, 4.0]]).tolist()
    [False, True, False, True]
    """
    times_s = check_samples(np.atleast_1d(times_s), name="times_s").reshape(np.shape(times_s))
    spans_s = check_samples(spans_s, name="spans_s")
    if spans_s.size == 0:
        return np.zeros(times_s.shape, dtype=bool)
    if spans_s.ndim != 2 or spans_s.shape[1] != 2:
        raise InvalidArgumentError(f"spans_s has shape {spans_s.shape}; it must be (n_spans, 2): start and stop.")
    if not (spans_s[:, 0] <= spans_s[:, 1]).all():
        raise InvalidArgumentError("spans_s must hold numbers, and no span may stop before it starts.")
    spans_s = spans_s[np.argsort(spans_s[:, 0], kind="stable")]
    latest_stop_s = np.maximum.accumulate(spans_s[:, 1])
    started = np.searchsorted(spans_s[:, 0], times_s, side="right")  # NaN sorts last: it is after every start
    return (started > 0) & (times_s < latest_stop_s[started - 1])
