"""One face carried from frame to frame by its landmarks or its look, and the signs that it is not there any more."""

import numpy as np

from ..kernels.landmarks import similarity
from .registration import Pattern
from .smoothing import PointSmoother

__all__ = ["Track", "overlap", "size"]

_AS_COMPLEX = np.array([1.0, 1j])  # as complex numbers, a similarity is a product and a sum
_PATCH = 16  # grey values a side, in which a sudden change shows

# Real faces stay well within these from frame to frame.
_LARGEST_RESIDUAL = 0.16  # rms distance from the mean face, in units of its size
_LARGEST_JUMP = 0.35  # of the box
_LARGEST_GROWTH = 1.25
_LEAST_LIKENESS = 0.6  # correlation with how the face looked when the detector last saw it
#: Correlation from one frame to the next, with landmarks and without. A face is like itself by 0.8 and more, and nine
#: of ten pairs of people are less alike than 0.5; boxes of the detector may lie a little differently on one face.
_SAME_FACE, _SAME_BOX = 0.5, 0.3
_LEAST_INSIDE = 0.75  # share of the landmarks, or of the box, that lie in the frame
_LARGEST_TILT = 0.8  # rad

# A box without landmarks. The detector knows places and sizes by steps of some percent, and a box that followed each of
# them would beat with them: it moves with the picture, and towards the detector only where that is off again and again.
_NEW_LOOK = 0.85  # likeness below which a face that the detector confirms is remembered as it looks now
_HASTE = 4  # as many times sooner the detector is asked then
_OFF = 0.12  # of the box, in place or in log size: further than that the detector is right
_NEAR = 0.02  # and so far it is gone towards
_FEWEST_LOOKS = 4  # of the detector, before that is told
_MEMORY = 8  # looks that are averaged
_APPROACH_S = 2.0  # time constant: well below the pulse


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
    and the two settle on each other. Without, it is the detector's first, carried along by how the face looks.
    """

    def __init__(self, identity, found, landmarks):
        self.identity = identity
        self.box, self.score = found[:4], float(found[4])
        self.points = self.smooth_points = None
        self.n_unchecked = self.n_misses = 0
        self.lost_s = 0.0
        self._landmarks = landmarks
        self._residual = 0.0  # of the landmarks from the mean face, rms, in units of its size
        self._patch = None  # how it looked when the detector saw it last
        self._latest = None  # and in the last frame in which all was right
        self._former = None  # and before all was suddenly different, until it is known whether it stays so
        self._carried = None  # without landmarks, the box
        if landmarks is not None:
            self._mean = landmarks.mean.astype(np.float64)
            self._filter = PointSmoother(self._mean)

    def settle(self, luma, found, *, is_soon=True):
        """Begin, or begin anew, at the detector's box; whether there can be a face."""
        if self._landmarks is not None:
            self.box = found[:4]
            for _ in range(2):
                self._move(luma)
        else:
            if self._carried is None or not self._carried.find_near(luma, found):
                self._carried = _CarriedBox(luma, found)
            self.box = self._carried.box
        self.confirm(luma, found)
        is_sudden = is_soon and self._latest is not None and not self._is_like(self._latest)
        if is_sudden and self._former is None:
            self._former = self._latest
        self._latest = self._patch
        return self._is_plausible(luma)

    def is_another(self):
        """Whether, now that the detector has confirmed it, the face is not the one before a sudden change."""
        former, self._former = self._former, None
        return former is not None and not self._is_like(former)

    def confirm(self, luma, found):
        """Take note of what the detector saw."""
        self.score = float(found[4])
        self.n_unchecked = self.n_misses = 0
        self._patch = _patch(luma, self.box)
        if self._landmarks is None:
            self._carried.compare(luma, found)

    def carry(self, luma):
        """Take the face on to the next frame; whether all looks right."""
        before = self.box
        is_changing = self._carried is not None and self._carried.is_changing and not self.n_misses
        self.n_unchecked += _HASTE if is_changing else 1
        if self._landmarks is not None:
            self._move(luma)
            is_right = _is_near(self.box, before) and self._is_plausible(luma)
        else:
            is_right = self._carried.find(luma)
            self.box = self._carried.box
            is_right = is_right and self._is_plausible(luma)
        if not is_right:
            return False
        looks = _patch(luma, self.box)
        if self._landmarks is not None and _likeness(looks, self._patch) < _LEAST_LIKENESS:
            return False
        self._latest = looks
        return True

    def smooth(self, step_s):
        """Bring the smooth points, or the box without landmarks, to this frame."""
        if self._landmarks is not None:
            self.smooth_points = self._filter(self.points, step_s)
        else:
            self._carried.approach(step_s)
            self.box = self._carried.box

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

    def _is_like(self, patch):
        """Whether the face may be one that looked like that."""
        return _likeness(self._patch, patch) >= (_SAME_BOX if self._landmarks is None else _SAME_FACE)

    def _is_plausible(self, luma):
        """Whether what there is lies in the frame and has the shape of a face."""
        edges = np.array(luma.shape[::-1])
        if self._landmarks is None:
            inside = np.clip(self.box.reshape(2, 2), 0.0, edges)
            return np.prod(inside[1] - inside[0]) >= _LEAST_INSIDE * size(self.box) ** 2
        is_inside = ((self.points >= -0.5) & (self.points <= edges - 0.5)).all(axis=1)
        return is_inside.mean() >= _LEAST_INSIDE and self._residual <= _LARGEST_RESIDUAL


class _CarriedBox:
    """A box that moves with what it holds, and slowly to where the detector keeps seeing it."""

    def __init__(self, luma, found):
        self._centre, self._side = complex(*_centre(found)), complex(size(found))
        self._pattern, self._likeness = Pattern(luma, self._centre, self._side), 1.0
        self._shift, self._growth = 0j, 1.0  # of the box from the pattern, in units of its side
        self._off = np.zeros(3)  # of the detector from the box: x, y in units of its side, log size
        self._n_looks, self._is_approaching = 0, False

    @property
    def box(self):
        """Left, top, right, bottom: upright, however the head tilts."""
        centre, half = self._centre + self._side * self._shift, 0.5 * abs(self._side) * self._growth
        return np.array([centre.real - half, centre.imag - half, centre.real + half, centre.imag + half])

    @property
    def is_changing(self):
        """Whether it looks other than it did, as when a head turns."""
        return self._likeness < _NEW_LOOK

    def find(self, luma):
        """Follow what it holds into the next frame; False, and nothing is changed, where that is not found."""
        return self._find_from(luma, self._centre, self._side, self.box)

    def find_near(self, luma, found):
        """The same from where the detector sees it: after a quick motion, say."""
        side = self._side / abs(self._side) * size(found) / self._growth
        return self._find_from(luma, complex(*_centre(found)) - side * self._shift, side, found)

    def _find_from(self, luma, centre, side, near):
        """Find the pattern from a place; False, and nothing is changed, where it is not found near a box."""
        before = self._centre, self._side
        self._centre, self._side, likeness = self._pattern.find(luma, centre, side)
        is_upright = abs(np.angle(self._side)) <= _LARGEST_TILT
        if likeness >= _LEAST_LIKENESS and is_upright and _is_near(self.box, near):
            self._likeness = likeness
            return True
        self._centre, self._side = before
        return False

    def compare(self, luma, found):
        """Take note of where the detector sees it."""
        away = (_centre(found) - _centre(self.box)) / size(self.box)
        self._n_looks = min(self._n_looks + 1, _MEMORY)
        self._off += (np.append(away, np.log(size(found) / size(self.box))) - self._off) / self._n_looks
        off = np.abs(self._off).max()
        self._is_approaching = self._n_looks >= _FEWEST_LOOKS and off > (_NEAR if self._is_approaching else _OFF)
        if self.is_changing:
            self._pattern, self._likeness = Pattern(luma, self._centre, self._side), 1.0

    def approach(self, step_s):
        """Go a little of the way to the detector, if that is to be."""
        if self._is_approaching:
            way = (1.0 - np.exp(-step_s / _APPROACH_S)) * self._off
            self._shift += complex(way[0], way[1]) * self._growth * abs(self._side) / self._side
            self._growth *= np.exp(way[2])
            self._off -= way


def _is_near(box, before):
    """Whether a box can be what another one was a frame ago."""
    jump = np.abs(_centre(box) - _centre(before)).max() / size(before)
    growth = size(box) / size(before)
    return jump <= _LARGEST_JUMP and 1.0 / _LARGEST_GROWTH <= growth <= _LARGEST_GROWTH


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
