"""Faces followed through a video: found once, carried along by their own landmarks, checked now and then."""

import numbers
from dataclasses import dataclass

import numpy as np

from .._validate import check_count, check_luma, check_number
from ..exceptions import InvalidArgumentError
from .detection import HogDetector, resized
from .following import Track, overlap, size
from .landmarks import LandmarkModel

__all__ = ["Face", "FaceTracker"]

_DEFAULT_STEP_S = 1.0 / 30.0  # before the first two times
_SOON_S = 0.25  # a face that looks quite different so soon is another
_LONGEST_STEP_S = 1.0  # after a longer gap the past says nothing

_CROP_MARGIN = 0.5  # of the box, at either side, in which a face is sought again
_CROP_FACE_PX = 100.0  # its size there
_MORE_FACE_PX = (110.0, 120.0)  # and for boxes without landmarks in turn: dlib knows sizes by steps of a fifth
_SMALLEST_PX = 4.0  # of a box that is taken for a face
_LARGEST_SHARE = 3.0  # of the longer side of the image: that of the largest box
_LEAST_OVERLAP = 0.3  # of two boxes of one face
_MOST_MISSES = 4  # checks in a row that fail before a face that looks right is given up
_CHECK_AGAIN = 3  # frames from a check that failed to the next
_SEARCH_FOR_MORE = 30  # frames from one search to the next while there is a face, but fewer than wanted
_SEARCH_CLOSELY = 4  # each so many searches is also for small faces
_RETURN_DISTANCE = 1.0  # of its size, within which a face that comes back is the same
_RETURN_GROWTH = 1.6


@dataclass(frozen=True, eq=False)
class Face:
    """One face in one frame.

    Attributes
    ----------
    identity : int
        The same as long as the face is followed, and after a short loss; counts from 0. Where a cut puts another face
        in the place of one, the number changes some frames later, when the detector has confirmed it.
    box : ndarray of shape (4,)
        Left, top, right and bottom in pixels: about square, from the brows to the chin. It may reach out of the frame.
    points : ndarray of shape (68, 2), or None
        Landmarks in pixels, from this frame alone; None without a landmark model.
    smooth_points : ndarray of shape (68, 2), or None
        The same without their jitter: past frames have a say.
    score : float
        The detector's score when it last saw the face.

    Examples
    --------
    >>> import numpy as np
    >>> face = Face(0, np.array([100.0, 80.0, 160.0, 140.0]), None, None, 1.2)
    >>> face.identity, face.points is None
    (0, True)
    """

    identity: int
    box: np.ndarray
    points: np.ndarray | None
    smooth_points: np.ndarray | None
    score: float


class FaceTracker:
    """Find the faces in the frames of a video and follow them.

    A detector looks at a whole frame only while there is no face (or fewer than wanted), and then at most every few
    frames. From then on the box of each face is that of the mean face laid on its last landmarks; the detector looks
    at a small crop around it every few frames, and at once where something looks wrong: landmarks out of the frame or
    in an unlikely shape, a jump, or a sudden change of what the box holds. A face that it does not find then is lost;
    it keeps its identity if it comes back soon and near.

    Without landmarks the box is the detector's first, and goes with what it holds: each picture is registered to how
    the face looked. The detector's later looks, which know places and sizes in steps, only bring the box back where it
    is off again and again. Of a frame nothing is kept but small grids of grey values of each face, 48 x 48 at most, in
    memory and as long as it is followed.

    Parameters
    ----------
    detector : callable, optional
        Takes a grey image and returns an array of shape (n_faces, 5) of left, top, right, bottom and score, see
        :mod:`physiofer.face.detection`; dlib's (:class:`~physiofer.face.detection.HogDetector`) by default. It is
        given whole frames, and crops in which the face is about 100 pixels wide. Boxes of less than 4 pixels, or far
        larger than the frame, or outside, are passed over.
    landmarks : LandmarkModel, optional
        Finds the landmarks, see :meth:`LandmarkModel.load`. Without it there are boxes only.
    max_faces : int or None, default=1
        How many faces are followed, the largest first; None for all of them. While there are fewer, whole frames are
        searched for more every 30 frames.
    check_every : int, default=12
        Frames from one look of the detector at a face to the next.
    search_every : int, default=8
        Frames from one search of a whole frame to the next while there is no face.
    hold_s : float, default=1.0
        A face that comes back within this time and near where it was is the same one.

    Examples
    --------
    >>> import numpy as np
    >>> FaceTracker().update(np.zeros((480, 640), np.uint8), 0.0)
    []
    """

    def __init__(self, detector=None, landmarks=None, *, max_faces=1, check_every=12, search_every=8, hold_s=1.0):
        if detector is not None and not callable(detector):
            raise InvalidArgumentError(f"detector={detector!r} must be a callable that takes a grey image.")
        if landmarks is not None and not isinstance(landmarks, LandmarkModel):
            raise InvalidArgumentError(f"landmarks={landmarks!r} must be a LandmarkModel: see LandmarkModel.load.")
        self.detector = detector
        self.landmarks = landmarks
        self.max_faces = None if max_faces is None else check_count(max_faces, name="max_faces", low=1)
        self.check_every = check_count(check_every, name="check_every", low=1)
        self.search_every = check_count(search_every, name="search_every", low=1)
        self.hold_s = check_number(hold_s, name="hold_s", low=0.0)
        # First for large faces alone, which is quick; then for small ones too.
        large = HogDetector(80.0, longest_side_px=640.0)
        self._find_new = [large, HogDetector()] if detector is None else [detector]
        self._find_again = HogDetector(80.0, threshold=-0.3) if detector is None else detector
        self._n_identities = 0
        self.reset()

    def reset(self):
        """Forget all faces, as before another video; identities go on counting."""
        self._tracks, self._lost = [], []
        self._shape = None
        self._time_s, self._step_s = np.nan, _DEFAULT_STEP_S
        self._n_searches, self._n_unsearched = 0, self.search_every
        self._n_looks = 0

    def update(self, luma, time_s):
        """Faces of the next frame.

        Parameters
        ----------
        luma : ndarray of uint8 of shape (height, width)
            Grey image, upright. If its size changes, all faces are forgotten.
        time_s : float
            When it was taken, in seconds. Where that is NaN or not after the frame before, the step from frame to frame
            is taken to be the last one.

        Returns
        -------
        list of Face
            Largest first; empty where there is no face.

        Raises
        ------
        InvalidArgumentError
            If `luma` is no grey image of bytes, or `time_s` no number.

        Examples
        --------
        >>> import numpy as np
        >>> tracker = FaceTracker(detector=lambda luma: [(0.0, 0.0, *luma.shape, 1.0)])  # all is face
        >>> [face.identity for face in tracker.update(np.eye(100, dtype=np.uint8), 0.0)]
        [0]
        """
        luma = check_luma(luma)
        if not isinstance(time_s, numbers.Real) or isinstance(time_s, bool):
            raise InvalidArgumentError(f"time_s={time_s!r} must be a number, in seconds.")
        if luma.shape != self._shape:
            self.reset()
            self._shape = luma.shape
        step_s = self._step(float(time_s))
        for track in self._lost:
            track.lost_s += step_s
        if step_s > _LONGEST_STEP_S:
            self._lose(self._tracks, step_s)
            self._n_searches, self._n_unsearched = 0, self.search_every
        self._lose([track for track in self._tracks if not self._follow(track, luma)], 0.0)
        self._drop_doubles()
        self._lost = [track for track in self._lost if track.lost_s <= self.hold_s]
        self._search(luma)
        for track in self._tracks:
            track.smooth(step_s)
        return [_face_of(track) for track in sorted(self._tracks, key=lambda track: -size(track.box))]

    def _step(self, time_s):
        """Seconds since the last frame, or between the frames before where the times do not tell."""
        step_s = time_s - self._time_s
        if np.isfinite(step_s) and step_s > 0.0:
            self._step_s = min(step_s, _LONGEST_STEP_S)
        else:
            step_s = self._step_s
        self._time_s = time_s if np.isfinite(time_s) else self._time_s + step_s
        return step_s

    def _lose(self, tracks, lost_s):
        """Follow some faces no longer, but remember them for a while."""
        for track in tracks:
            track.lost_s = lost_s
        self._lost = self._lost + tracks
        self._tracks = [track for track in self._tracks if track not in tracks]

    def _follow(self, track, luma):
        """Carry a face on to the next frame, and check it now and then; whether it is still there."""
        before = track.box
        looks_right = track.carry(luma)
        if looks_right and track.n_unchecked < self.check_every:
            return True
        found = self._look_again(luma, track.box if looks_right else before, self._next_face_px())
        if found is not None and looks_right and overlap(found, track.box) >= _LEAST_OVERLAP:
            track.confirm(luma, found)
            if track.is_another():
                track.identity = self._n_identities
                self._n_identities += 1
            return True
        if found is not None:
            return track.settle(luma, found, is_soon=self._step_s <= _SOON_S)
        track.n_misses += 1
        track.n_unchecked = max(self.check_every - _CHECK_AGAIN, 0)
        return looks_right and track.n_misses < _MOST_MISSES

    def _next_face_px(self):
        """How large the detector is to see the face next."""
        if self.landmarks is not None:
            return _CROP_FACE_PX
        self._n_looks += 1
        return (_CROP_FACE_PX, *_MORE_FACE_PX)[self._n_looks % (1 + len(_MORE_FACE_PX))]

    def _look_again(self, luma, box, face_px=_CROP_FACE_PX):
        """What the detector sees in a crop around a box; None if that is not there."""
        margin = _CROP_MARGIN * size(box)
        left, top = np.maximum(np.floor(box[:2] - margin), 0).astype(int)
        right, bottom = np.maximum(np.ceil(box[2:4] + margin), 0).astype(int)
        crop, scales = resized(luma[top:bottom, left:right], face_px / size(box))
        found = _detections(self._find_again, crop)
        found[:, :4] = (found[:, :4] + 0.5) / np.tile(scales, 2) - 0.5 + [left, top, left, top]
        best = max(found, key=lambda one: overlap(one, box), default=None)
        return best if best is not None and overlap(best, box) >= _LEAST_OVERLAP else None

    def _drop_doubles(self):
        """Where two tracks have come to follow one face, keep the older."""
        kept = []
        for track in sorted(self._tracks, key=lambda track: track.identity):
            if all(overlap(track.box, other.box) < _LEAST_OVERLAP for other in kept):
                kept.append(track)
        self._tracks = kept

    def _search(self, luma):
        """Look for faces that are not followed yet, if it is time to."""
        self._n_unsearched += 1
        n_wanted = np.inf if self.max_faces is None else self.max_faces
        in_need = not self._tracks or self._lost
        if len(self._tracks) >= n_wanted or self._n_unsearched < (self.search_every if in_need else _SEARCH_FOR_MORE):
            return
        self._n_unsearched = 0
        looks_closely = self._n_searches % _SEARCH_CLOSELY == 0
        self._n_searches += 1
        for find in self._find_new if looks_closely else self._find_new[:1]:
            if len(self._tracks) < n_wanted:
                for found in sorted(_detections(find, luma), key=lambda one: -size(one)):
                    if len(self._tracks) < n_wanted:
                        self._begin(luma, found)

    def _begin(self, luma, found):
        """Follow a face that was found, if it is another one and no chance pattern."""
        if any(overlap(found, track.box) >= _LEAST_OVERLAP for track in self._tracks):
            return
        again = self._look_again(luma, found)
        if again is None:  # chance seldom looks like a face at another size
            return
        if self.landmarks is None:
            looks = [again] + [self._look_again(luma, found, face_px) for face_px in _MORE_FACE_PX]
            found[:4] = np.mean([look[:4] for look in looks if look is not None], axis=0)
        track = Track(self._identity_of(found), found, self.landmarks)
        if track.settle(luma, found):
            self._tracks.append(track)
            self._lost = [lost for lost in self._lost if lost.identity != track.identity]
            self._n_identities = max(self._n_identities, track.identity + 1)

    def _identity_of(self, found):
        """Identity of the face that was lost last near here, or the next new one."""
        for track in reversed(self._lost):
            away = np.abs(found[:2] + found[2:4] - track.box[:2] - track.box[2:]).max() / 2.0
            growth = size(found) / size(track.box)
            is_near = away <= _RETURN_DISTANCE * size(track.box)
            if is_near and 1.0 / _RETURN_GROWTH <= growth <= _RETURN_GROWTH:
                return track.identity
        return self._n_identities


def _face_of(track):
    """What the user is told of a track."""
    points, smooth_points = (None if part is None else part.copy() for part in (track.points, track.smooth_points))
    return Face(track.identity, track.box.copy(), points, smooth_points, track.score)


def _detections(detector, luma):
    """What a detector finds, as an array of shape (n_faces, 5), without what is no box or can be no face there."""
    if luma.size == 0:
        return np.empty((0, 5))
    found = detector(luma)
    try:
        found = np.array(found, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"detector returned something else than an array of numbers ({error}).") from error
    if found.size == 0:
        return np.empty((0, 5))
    if found.ndim != 2 or found.shape[1] != 5:
        message = f"detector returned an array of shape {found.shape}; it must be (n_faces, 5)"
        raise InvalidArgumentError(message + ": left, top, right, bottom and score of each face.")
    found = found[np.isfinite(found).all(axis=1)]
    with np.errstate(over="ignore"):
        sides = found[:, 2:4] - found[:, :2]
    is_face = ((sides >= _SMALLEST_PX) & (sides <= _LARGEST_SHARE * max(luma.shape))).all(axis=1)
    is_inside = ((found[:, 2:4] > 0.0) & (found[:, :2] < luma.shape[::-1])).all(axis=1)
    return found[is_face & is_inside]
