"""One face carried from frame to frame by its own landmarks, and the signs that it is not there any more."""

import numpy as np

from ..kernels.landmarks import similarity
from .smoothing import OneEuro, PointSmoother

__all__ = ["Track", "overlap", "size"]

_AS_COMPLEX = np.array([1.0, 1j])  # as complex numbers, a similarity is a product and a sum
_PATCH = 16  # grey values a side, in which a sudden change shows
_BOX_FILTER = (0.5, 5.0, 1.0)  # of a box without landmarks: cut-off, its rise with speed, the speed's cut-off

# Real faces stay well within these from frame to frame.
_LARGEST_RESIDUAL = 0.16  # rms distance from the mean face, in units of its size
_LARGEST_JUMP = 0.35  # of the box
_LARGEST_GROWTH = 1.25
_LEAST_LIKENESS = 0.6  # correlation with how the face looked when the detector last saw it
_LEAST_INSIDE = 0.75  # share of the landmarks, or of the box, that lie in the frame


def size(box):
    """Side of a square of the same area."""
    return float(np.sqrt((box[2] - box[0]) * (box[3] - box[1])))


def overlap(one, other):
    """Intersection over union of two boxes."""
    sides = np.minimum(one[2:4], other[2:4]) - np.maximum(one[:2], other[:2])
    shared = float(np.prod(np.maximum(sides, 0.0)))
    return shared / (size(one) ** 2 + size(other) ** 2 - shared)


class Track:
    """What is known of a face that is followed.

    With landmarks, the next box is that of the mean face laid on the last points: it is a function of the points alone,
    and the two settle on each other. Without, it is the detector's, smoothed.
    """

    def __init__(self, identity, found, landmarks):
        self.identity = identity
        self.box, self.score = found[:4], float(found[4])
        self.points = self.smooth_points = None
        self.n_unchecked = self.n_misses = 0
        self.lost_s = 0.0
        self._landmarks = landmarks
        self._residual = 0.0  # of the landmarks from the mean face, rms, in units of its size
        self._held = self.box  # without landmarks: where the detector saw it last
        self._patch = None  # how it looked then
        self._unit = size(self.box)
        self._filter = OneEuro(*_BOX_FILTER)
        if landmarks is not None:
            self._mean = landmarks.mean.astype(np.float64)
            self._filter = PointSmoother(self._mean)

    def settle(self, luma, found):
        """Begin, or begin anew, at the detector's box; whether there can be a face."""
        self.box = found[:4]
        if self._landmarks is not None:
            for _ in range(2):
                self._move(luma)
        self.confirm(luma, found)
        return self._is_plausible(luma)

    def confirm(self, luma, found):
        """Take note of what the detector saw."""
        self.score = float(found[4])
        self.n_unchecked = self.n_misses = 0
        self._held = found[:4]
        self._patch = _patch(luma, self._place)

    def carry(self, luma):
        """Take the face on to the next frame; whether all looks right."""
        before = self.box
        self.n_unchecked += 1
        if self._landmarks is not None:
            self._move(luma)
        jump = np.abs(_centre(self.box) - _centre(before)).max() / size(before)
        growth = size(self.box) / size(before)
        if jump > _LARGEST_JUMP or not 1.0 / _LARGEST_GROWTH <= growth <= _LARGEST_GROWTH:
            return False
        return self._is_plausible(luma) and _likeness(_patch(luma, self._place), self._patch) >= _LEAST_LIKENESS

    def smooth(self, step_s):
        """Bring the smooth points, or the box without landmarks, to this frame."""
        if self._landmarks is not None:
            self.smooth_points = self._filter(self.points, step_s)
            return
        x, y, side = self._filter(np.array([[*_centre(self._held), size(self._held)]]) / self._unit, step_s)[0]
        self.box = self._unit * np.array([x - side / 2.0, y - side / 2.0, x + side / 2.0, y + side / 2.0])

    @property
    def _place(self):
        """Box in which the face must look as it did."""
        return self._held if self._landmarks is None else self.box

    def _move(self, luma):
        """Find the landmarks in the box, then lay the mean face on them: the next box, and how far they are from it."""
        self.points = self._landmarks.predict(luma, self.box, interpolate=True)
        mean, seen = self._mean.reshape(-1, 2) @ _AS_COMPLEX, self.points @ _AS_COMPLEX
        turn = complex(*similarity(self._mean, self.points.reshape(-1)))
        origin = complex(np.add.reduce(seen - turn * mean)) / seen.size
        off = seen - (origin + turn * mean)
        self._residual = np.sqrt(np.vdot(off, off).real / seen.size) / abs(turn)
        centre, half = origin + turn * (0.5 + 0.5j), abs(turn) / 2.0
        self.box = np.array([centre.real - half, centre.imag - half, centre.real + half, centre.imag + half])

    def _is_plausible(self, luma):
        """Whether what there is lies in the frame and has the shape of a face."""
        edges = np.array(luma.shape[::-1])
        if self._landmarks is None:
            inside = np.clip(self._held.reshape(2, 2), 0.0, edges)
            return np.prod(inside[1] - inside[0]) >= _LEAST_INSIDE * size(self._held) ** 2
        is_inside = ((self.points >= -0.5) & (self.points <= edges - 0.5)).all(axis=1)
        return is_inside.mean() >= _LEAST_INSIDE and self._residual <= _LARGEST_RESIDUAL


def _centre(box):
    """Middle of a box."""
    return (box[:2] + box[2:4]) / 2.0


def _patch(luma, box):
    """Grey values on a grid over a box, the frame's edge where it reaches out."""
    steps = (np.arange(_PATCH) + 0.5) / _PATCH
    columns = np.clip(np.rint(box[0] + steps * (box[2] - box[0])), 0, luma.shape[1] - 1).astype(int)
    rows = np.clip(np.rint(box[1] + steps * (box[3] - box[1])), 0, luma.shape[0] - 1).astype(int)
    return luma[rows[:, np.newaxis], columns].astype(np.float64)


def _likeness(one, other):
    """Correlation of two patches; 0 where one of them is uniform."""
    one, other = one - one.mean(), other - other.mean()
    scale = np.sqrt(np.sum(one**2) * np.sum(other**2))
    return np.sum(one * other) / scale if scale > 0.0 else 0.0
