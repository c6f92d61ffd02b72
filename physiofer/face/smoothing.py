"""Landmarks without their jitter: One-Euro filters on true times, for the head as a whole and for its expression."""

import numpy as np

from ..kernels.landmarks import similarity

__all__ = ["OneEuro", "PointSmoother"]


class OneEuro:
    """First-order low-pass filter whose cut-off rises with speed: still things are calm, moving ones do not lag.

    Parameters
    ----------
    cutoff_hz : float
        Cut-off of something still.
    per_speed_hz : float
        How much the cut-off rises per unit of speed.
    speed_cutoff_hz : float
        Cut-off of the speed's own filter.

    References
    ----------
    .. [1] Casiez, Roussel & Vogel (2012), 1 Euro filter: a simple speed-based low-pass filter for noisy input in
       interactive systems, CHI, 2527-2530.

    Examples
    --------
    >>> import numpy as np
    >>> smooth = OneEuro(1.0, 0.0, 1.0)
    >>> bool(smooth(np.array([[1.0]]), 0.1)[0, 0] == 1.0), round(float(smooth(np.array([[2.0]]), 0.1)[0, 0]), 3)
    (True, 1.386)
    """

    def __init__(self, cutoff_hz, per_speed_hz, speed_cutoff_hz):
        self.cutoff_hz = cutoff_hz
        self.per_speed_hz = per_speed_hz
        self.speed_cutoff_hz = speed_cutoff_hz
        self._value = self._speed = None

    def __call__(self, values, step_s):
        """Filtered values, rows of shape (n_rows, n_coordinates), `step_s` seconds after the last; speed is a row's."""
        if self._value is None:
            self._value, self._speed = values, np.zeros_like(values)
            return values
        speed = (values - self._value) / step_s  # from the filtered value: what lags is in a hurry
        self._speed = self._speed + _share(self.speed_cutoff_hz, step_s) * (speed - self._speed)
        norm = np.sqrt(np.sum(self._speed**2, axis=1, keepdims=True))
        self._value = self._value + _share(self.cutoff_hz + self.per_speed_hz * norm, step_s) * (values - self._value)
        return self._value


def _share(cutoff_hz, step_s):
    """How much of a new value enters a first-order low-pass filter."""
    turns = 2.0 * np.pi * cutoff_hz * step_s
    return turns / (1.0 + turns)


class PointSmoother:
    """Smooth landmarks: the head's place, size and roll through one filter, its expression through another.

    The head is the similarity that takes the mean face nearest to the points, all of which vote on it, so that its
    noise is small and its filter can be quick; what is left of each point, in the face's own frame and in units of
    its size, is slow but for blinks and speech. Nothing depends on how large the face is in the image.

    Parameters
    ----------
    mean : array-like of shape (2 * n_points,)
        Mean face, x and y in turn, of about unit size.
    head : tuple of float, default=(0.7, 80.0, 3.0)
        Cut-off, its rise per speed and the speed's cut-off of the head, Hz and faces a second, see :class:`OneEuro`.
    expression : tuple of float, default=(0.7, 10.0, 2.0)
        The same for the points in the face.

    Examples
    --------
    >>> import numpy as np
    >>> mean = np.array([0.0, 0.0, 1.0, 0.0, 0.5, 1.0])
    >>> smooth, points = PointSmoother(mean), 80.0 * mean.reshape(3, 2)
    >>> still, moved = smooth(points, 1 / 30), smooth(points + [0.4, 0.0], 1 / 30)
    >>> (moved - still).round(2)[0].tolist()
    [0.21, 0.0]
    """

    def __init__(self, mean, *, head=(0.7, 80.0, 3.0), expression=(0.7, 10.0, 2.0)):
        self._mean = np.asarray(mean, np.float64)
        self._centred = self._mean.reshape(-1, 2) @ [1.0, 1j]
        self._centred -= self._centred.mean()
        self._head, self._expression = OneEuro(*head), OneEuro(*expression)
        self._unit = None  # size of the first face: the head moves in units of it

    def __call__(self, points, step_s):
        """Smooth points, (n_points, 2), `step_s` seconds after the last ones."""
        seen = points @ [1.0, 1j]  # as complex numbers a similarity is a product and a sum
        turn, place = complex(*similarity(self._mean, points.reshape(-1))), seen.mean()
        if self._unit is None:
            self._unit = abs(turn)
        head = np.array([[place.real, place.imag, turn.real, turn.imag]]) / self._unit
        expression = (seen - place) / turn - self._centred
        x, y, along, across = self._head(head, step_s)[0] * self._unit
        expression = self._expression(np.column_stack([expression.real, expression.imag]), step_s) @ [1.0, 1j]
        smooth = complex(x, y) + complex(along, across) * (self._centred + expression)
        return np.column_stack([smooth.real, smooth.imag])
