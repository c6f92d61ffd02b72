"""Maps between clocks: streams of different devices are brought to one time through a :class:`ClockMap`."""

import numpy as np

from ._validate import check_choice, check_number, check_series
from .exceptions import InvalidArgumentError

__all__ = ["ClockMap"]


class ClockMap:
    """Piecewise-linear, invertible map from one clock to another, with the residual it was fitted at.

    Parameters
    ----------
    source_s, target_s : array-like of shape (n_knots,)
        Times in seconds of the same instants on both clocks, strictly increasing; one knot means a pure offset. Outside
        the knots the first and last pieces go on.
    residual_s : float, default=0.0
        Root mean square of what the map leaves unexplained, in seconds.

    Raises
    ------
    InvalidArgumentError
        If lengths differ or a clock does not advance.

    Examples
    --------
    >>> clock = ClockMap([0.0, 100.0], [5.0, 105.01])
    >>> round(float(clock(50.0)), 3), round(float(clock.inverse(clock(50.0))), 3)
    (55.005, 50.0)
    """

    def __init__(self, source_s, target_s, residual_s=0.0):
        self.source_s = check_series(source_s, name="source_s", min_length=1)
        self.target_s = check_series(target_s, name="target_s", min_length=1)
        self.residual_s = check_number(residual_s, name="residual_s", low=0.0)
        if self.source_s.size != self.target_s.size:
            raise InvalidArgumentError(
                f"source_s has {self.source_s.size} knots and target_s {self.target_s.size}; they must have as many."
            )
        for name, knots in (("source_s", self.source_s), ("target_s", self.target_s)):
            if not np.isfinite(knots).all() or np.any(np.diff(knots) <= 0):
                raise InvalidArgumentError(f"{name} must be finite and strictly increasing.")

    @classmethod
    def fit(cls, source_s, target_s, *, method="line"):
        """Fit a map to noisy pairs of times.

        Parameters
        ----------
        source_s, target_s : array-like of shape (n_pairs,)
            The same instants on both clocks, in seconds.
        method : {"line", "offset"}, default="line"
            ``"line"`` fits offset and drift by least squares, ``"offset"`` the median offset.

        Returns
        -------
        ClockMap
            With ``residual_s`` the root mean square misfit.

        Raises
        ------
        InvalidArgumentError
            If a time is not finite, lengths differ, or the pairs do not define an advancing clock.

        Examples
        --------
        >>> ClockMap.fit([0.0, 1.0, 2.0], [3.0, 4.0, 5.0]).residual_s < 1e-9
        True
        """
        check_choice(method, name="method", choices=["line", "offset"])
        source_s = check_series(source_s, name="source_s", min_length=2 if method == "line" else 1)
        target_s = check_series(target_s, name="target_s", min_length=source_s.size)
        if source_s.size != target_s.size:
            raise InvalidArgumentError(
                f"source_s has {source_s.size} times and target_s {target_s.size}; give as many."
            )
        for name, times in (("source_s", source_s), ("target_s", target_s)):
            if not np.isfinite(times).all():
                raise InvalidArgumentError(f"{name} must be finite; leave out the pairs that are not known.")
        first, last = source_s.min(), source_s.max()
        if method == "line" and first == last:
            raise InvalidArgumentError("source_s must hold two different times to fit a line; or use method='offset'.")
        knots = np.array([first, last]) if last > first else np.array([first])
        offset = np.median(target_s - source_s)
        if method == "offset":
            fitted, residual = knots + offset, target_s - source_s - offset
        else:
            # Centred: unix times squared would exhaust float64.
            slope, intercept = np.polyfit(source_s - first, target_s - first - offset, 1)
            if slope <= 0.0:
                raise InvalidArgumentError(
                    f"target_s goes back as source_s advances (slope {slope:.3g}); check the pairs."
                )
            fitted = first + offset + intercept + slope * (knots - first)
            residual = target_s - first - offset - intercept - slope * (source_s - first)
        return cls(knots, fitted, float(np.sqrt(np.mean(residual**2))))

    def __call__(self, times_s):
        """Carry times from the source clock to the target clock."""
        return _piecewise_linear(times_s, self.source_s, self.target_s)

    def inverse(self, times_s):
        """Carry times from the target clock back to the source clock.

        Parameters
        ----------
        times_s : array-like
            Seconds on the target clock.

        Returns
        -------
        ndarray
            Seconds on the source clock.

        Examples
        --------
        >>> float(ClockMap([0.0], [2.0]).inverse(5.0))
        3.0
        """
        return _piecewise_linear(times_s, self.target_s, self.source_s)

    def __repr__(self):
        return f"<ClockMap of {self.source_s.size} knots, residual {1e3 * self.residual_s:.3g} ms>"


def _piecewise_linear(times, knots, images):
    """Interpolate between the knots and go on with the end pieces outside them."""
    times = np.asarray(times, dtype=np.float64)
    if knots.size == 1:
        return times - knots[0] + images[0]
    piece = np.clip(np.searchsorted(knots, times, side="right") - 1, 0, knots.size - 2)
    slope = np.diff(images) / np.diff(knots)
    return images[piece] + slope[piece] * (times - knots[piece])
