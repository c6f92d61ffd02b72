"""What 68 points of a face measure: eyes, brows, nose, mouth and jaw, whatever the face's place, size and tilt.

Points are numbered from 0 in the order of iBUG 300-W, x to the right of the image and y down. *Left* and *right* are
those of the image: points 36 to 41 are the left eye, which is the person's right one unless the picture is mirrored.
"""

import numpy as np

from .._validate import check_points

__all__ = ["MEASURES", "aligned_points", "eye_line", "face_measures"]

#: Names of what :func:`face_measures` gives, in its order.
MEASURES = (
    "eye_left", "eye_right", "mouth_aspect", "mouth_width", "mouth_opening", "corner_lift", "brow_inner_left",
    "brow_inner_right", "brow_outer_left", "brow_outer_right", "brow_gap", "nose_lip", "jaw_drop", "eye_asymmetry",
    "brow_asymmetry", "mouth_asymmetry",
)  # fmt: skip

_FRAMES_AT_ONCE = 4096  # bounds the memory, whatever the length of the film


def eye_line(points):
    """Middle between the eyes and the way from the left eye to the right one.

    An eye is where the middle between its corners is: unlike the lids, they stay when it closes.

    Parameters
    ----------
    points : array-like of shape (..., 68, 2)
        Landmarks in pixels.

    Returns
    -------
    centre : ndarray of shape (..., 2)
        Middle between the eyes, in pixels.
    axis : ndarray of shape (..., 2)
        From the left eye (points 36 and 39) to the right one (42 and 45), in pixels; its length is the inter-ocular
        distance. NaN where that is zero or a corner is missing.

    Raises
    ------
    InvalidArgumentError
        If `points` does not end in 68 pairs.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.zeros((68, 2))
    >>> points[[36, 39, 42, 45], 0] = [10.0, 20.0, 40.0, 50.0]
    >>> [part.tolist() for part in eye_line(points)]
    [[30.0, 0.0], [30.0, 0.0]]
    """
    return tuple(np.stack([part.real, part.imag], axis=-1) for part in _eye_line(_as_complex(check_points(points))))


def aligned_points(points):
    """The points with the eyes on a level line, in units of the inter-ocular distance.

    Parameters
    ----------
    points : array-like of shape (..., 68, 2)
        Landmarks in pixels.

    Returns
    -------
    ndarray of shape (..., 68, 2)
        Moved, turned and scaled by the similarity that takes the left eye of :func:`eye_line` to (-0.5, 0) and the
        right one to (0.5, 0). NaN where there is no such.

    Raises
    ------
    InvalidArgumentError
        If `points` does not end in 68 pairs.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.zeros((68, 2))
    >>> points[[36, 39, 42, 45], 1] = [10.0, 20.0, 40.0, 50.0]  # a head that lies on its side
    >>> (aligned_points(points)[[36, 45], 0] + 0.0).round(3).tolist()
    [-0.667, 0.667]
    """
    aligned = _aligned(_as_complex(check_points(points)))
    return np.stack([aligned.real, aligned.imag], axis=-1)


def face_measures(points):
    """Openings, distances, raises and asymmetries of faces, blind to their place, size and tilt in the image.

    Parameters
    ----------
    points : array-like of shape (..., 68, 2)
        Landmarks in pixels, any number of frames and faces; missing ones are NaN.

    Returns
    -------
    ndarray of shape (..., 16)
        The measures named in ``MEASURES``, NaN where one of their points or a corner of an eye is missing, or the eyes
        coincide. All but the three aspects (``eye_left``, ``eye_right``, ``mouth_aspect``) are in units of the
        inter-ocular distance.

    Raises
    ------
    InvalidArgumentError
        If `points` does not end in 68 pairs.

    Notes
    -----
    With d(a, b) the distance of two points and up(a, ...) how far above the eye line points lie on average, after
    :func:`aligned_points`:

    ``eye_left`` = (d(37, 41) + d(38, 40)) / 2 d(36, 39), the eye aspect ratio [1]_; ``eye_right`` likewise of 42 to 47;
    ``mouth_aspect`` = (d(50, 58) + d(51, 57) + d(52, 56)) / 3 d(48, 54), of the outer lips;
    ``mouth_width`` = d(48, 54); ``mouth_opening`` = (d(61, 67) + d(62, 66) + d(63, 65)) / 3, between the lips;
    ``corner_lift`` = up(48, 54) - up(62, 66); ``brow_inner_left`` = up(20, 21), ``brow_inner_right`` = up(22, 23),
    ``brow_outer_left`` = up(17, 18), ``brow_outer_right`` = up(25, 26); ``brow_gap`` = d(21, 22);
    ``nose_lip`` = d(33, 51); ``jaw_drop`` = d(33, 8); ``eye_asymmetry`` = ``eye_left`` - ``eye_right``;
    ``brow_asymmetry`` = up(17, 18, 20, 21) - up(22, 23, 25, 26); ``mouth_asymmetry`` = up(48) - up(54).

    A head that turns shortens what lies across and, with it, the unit: measures of faces turned by more than about
    20 degrees do not compare with those seen from the front.

    References
    ----------
    .. [1] Soukupová & Čech (2016), Computer Vision Winter Workshop.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.zeros((68, 2))
    >>> points[[36, 39, 42, 45], 0] = [10.0, 20.0, 40.0, 50.0]
    >>> points[[37, 38], 1], points[[40, 41], 1] = -1.5, 1.5
    >>> measures = dict(zip(MEASURES, face_measures(points)))
    >>> float(measures["eye_left"].round(3)), float(measures["eye_right"])
    (0.3, 0.0)
    """
    points = check_points(points)
    frames = _as_complex(points).reshape(-1, 68)
    measures = np.empty((len(frames), len(MEASURES)))
    for first in range(0, len(frames), _FRAMES_AT_ONCE):
        part = slice(first, first + _FRAMES_AT_ONCE)
        measures[part] = _measures(_aligned(frames[part])).T
    return measures.reshape(*points.shape[:-2], len(MEASURES))


def _as_complex(points):
    """Points (..., n, 2) as complex numbers x + iy (..., n), without a copy."""
    return points.view(np.complex128)[..., 0]


def _eye_line(frames):
    """Middle between the eyes and the way from one to the other, as complex numbers; NaN where that is no way."""
    left, right = 0.5 * (frames[..., 36] + frames[..., 39]), 0.5 * (frames[..., 42] + frames[..., 45])
    axis = right - left
    return 0.5 * (left + right), np.where(axis == 0.0, np.nan, axis)


def _aligned(frames):
    """Frames (..., 68) with their eyes at -0.5 and 0.5."""
    centre, axis = _eye_line(frames)
    with np.errstate(over="ignore", invalid="ignore"):
        return (frames - centre[..., np.newaxis]) / axis[..., np.newaxis]


def _measures(aligned):
    """Measures (16, n_frames) of aligned frames (n_frames, 68)."""
    points = aligned.T

    def distance(*pairs):
        return sum(np.abs(points[a] - points[b]) for a, b in pairs) / len(pairs)

    def up(*numbers):
        return -sum(points[k].imag for k in numbers) / len(numbers)

    mouth_width = distance((48, 54))
    with np.errstate(divide="ignore", invalid="ignore"):
        eye_left = distance((37, 41), (38, 40)) / distance((36, 39))
        eye_right = distance((43, 47), (44, 46)) / distance((42, 45))
        mouth_aspect = distance((50, 58), (51, 57), (52, 56)) / mouth_width
    brows = up(20, 21), up(22, 23), up(17, 18), up(25, 26)
    measures = np.stack([
        eye_left, eye_right, mouth_aspect, mouth_width, distance((61, 67), (62, 66), (63, 65)),
        up(48, 54) - up(62, 66), *brows, distance((21, 22)), distance((33, 51)), distance((33, 8)),
        eye_left - eye_right, 0.5 * (brows[0] + brows[2] - brows[1] - brows[3]), up(48) - up(54),
    ])  # fmt: skip
    measures[~np.isfinite(measures)] = np.nan
    return measures
