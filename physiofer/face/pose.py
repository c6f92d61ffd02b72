"""Where a head is turned, from the points of its face and where they lie on a head in space."""

from functools import partial

import numpy as np

from .._validate import check_count, check_points
from ..exceptions import InvalidArgumentError
from .geometry import eye_line

__all__ = ["POSE", "head_pose"]

#: Names of what :func:`head_pose` gives, in its order.
POSE = ("yaw_deg", "pitch_deg", "roll_deg", "pose_error")

# Number of the point; millimetres to the image's right, down, and away from the camera; weights across and along the
# face. Generic proportions of adults, rounded by hand after averages of Farkas (1994): corners of the eyes 32 and 90
# apart, the bridge of the nose 47 long, its tip 19 from its base, the base 53 below the bridge, the mouth 52 wide, the
# chin 120 below the bridge. Lips and jaw go up and down as people speak, which must not nod the head: of these only
# the place across the face counts.
_MODEL = np.array([
    (27, 0.0, 0.0, 0.0, 1.0, 1.0), (28, 0.0, 14.0, -7.0, 1.0, 1.0), (29, 0.0, 28.0, -15.0, 1.0, 1.0),
    (30, 0.0, 41.0, -23.0, 1.0, 1.0), (31, -13.0, 49.0, -2.0, 1.0, 1.0), (32, -7.0, 51.0, -6.0, 1.0, 1.0),
    (33, 0.0, 53.0, -8.0, 1.0, 1.0), (34, 7.0, 51.0, -6.0, 1.0, 1.0), (35, 13.0, 49.0, -2.0, 1.0, 1.0),
    (36, -45.0, 2.0, 24.0, 1.0, 1.0), (39, -16.0, 5.0, 11.0, 1.0, 1.0), (42, 16.0, 5.0, 11.0, 1.0, 1.0),
    (45, 45.0, 2.0, 24.0, 1.0, 1.0), (48, -26.0, 76.0, 6.0, 1.0, 0.0), (54, 26.0, 76.0, 6.0, 1.0, 0.0),
    (8, 0.0, 120.0, 2.0, 1.0, 0.0),
])  # fmt: skip
_NUMBERS = _MODEL[:, 0].astype(int)
_UNIT_MM = 61.0  # between the middles of the model's eyes
_HEAD = _MODEL[:, 1:4] / _UNIT_MM
_WEIGHTS = _MODEL[:, 4:]
_DISTANCE = 10.0  # of a face from its camera where nothing tells, in inter-ocular distances: about 0.6 m
_STEPS = 6  # leave less than 0.01 degrees
_FRAMES_AT_ONCE = 1024  # bounds the memory, and is quickest


def head_pose(points, size=None):
    """Turn, nod and tilt of heads, and how badly a head fits the points.

    Parameters
    ----------
    points : array-like of shape (..., 68, 2)
        Landmarks in pixels, any number of frames and faces; missing ones are NaN.
    size : (int, int), optional
        Height and width of the image in pixels. With it the angles are those to the axis of a camera that sees 53
        degrees along the longer side (its focal length). By default they are those to the line from the camera to the
        face: who looks into the camera has the same ones wherever he sits, and no focal length has to be guessed. He is
        taken to be ten inter-ocular distances away, which hardly matters.

    Returns
    -------
    ndarray of shape (..., 4)
        ``yaw_deg`` (positive: turned to the right of the image), ``pitch_deg`` (positive: nose up), ``roll_deg``
        (positive: tilted clockwise in the image), and ``pose_error``, the root mean square distance of the points from
        those of the posed head, in inter-ocular distances. NaN where one of the points that are used is missing or the
        eyes coincide.

    Raises
    ------
    InvalidArgumentError
        If `points` does not end in 68 pairs, or `size` is not a pair of positive integers.

    Notes
    -----
    Damped Gauss-Newton steps on the rotation and place of a rigid head of 16 points from the solution without
    perspective, all frames at once [1]_. The head is a generic one, whose own nose and eyes differ from it, so that
    the zero of all angles, of pitch above all, differs between people by ten degrees and more: compare angles within a
    person. Detected landmarks of a turned face lean towards the frontal view, so that large yaws read too small: in two
    portraits, 15 degrees as 10 and 45 as 37 (as 20 with `size`, the portrait having been taken from further away than
    such a camera would). Where ``pose_error`` exceeds 0.1, the angles are not to be trusted.

    The rotation is a pitch about the axis through the ears, then a yaw, then a roll in the plane of the image.

    References
    ----------
    .. [1] DeMenthon & Davis (1995), International Journal of Computer Vision 15(1-2), 123-141.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.zeros((68, 2))
    >>> points[[36, 39, 42, 45]] = [[-45, 2], [-16, 5], [16, 5], [45, 2]]
    >>> points[27:36] = [[0, 0], [0, 14], [0, 28], [0, 41], [-13, 49], [-7, 51], [0, 53], [7, 51], [13, 49]]
    >>> points[[48, 54, 8]] = [[-26, 76], [26, 76], [0, 120]]
    >>> (np.abs(head_pose(points)[[0, 2]]) < 0.01).tolist()  # yaw and roll of a symmetric face
    [True, True]
    """
    points = check_points(points)
    size = _checked(size)
    frames = points.reshape(-1, 68, 2)
    poses = np.full((len(frames), len(POSE)), np.nan)
    for first in range(0, len(frames), _FRAMES_AT_ONCE):
        part = slice(first, first + _FRAMES_AT_ONCE)
        rays, angle, focal, unit = _rays(frames[part], size)
        is_there = np.isfinite(rays).all(axis=(1, 2))
        with np.errstate(all="ignore"):  # points in a line or without bounds: no head, and NaN
            rotation, cost = _refined(*_first_guess(rays[is_there]), rays[is_there])
            found = _angles(rotation, angle[is_there], np.sqrt(cost) * (focal / unit)[is_there])
        poses[part][is_there] = np.where(np.isfinite(found).all(axis=1, keepdims=True), found, np.nan)
    return poses.reshape(*points.shape[:-2], len(POSE))


def _checked(size):
    """Height and width of an image as floats, or None."""
    if size is None:
        return None
    if np.ndim(size) != 1 or len(size) != 2:
        raise InvalidArgumentError(f"size={size!r} must be a pair of integers, (height, width).")
    return [float(check_count(side, name="size", low=1)) for side in size]


def _rays(frames, size):
    """Directions (n, 16, 2) of the points from the camera, turned so that the eyes are level.

    With them go the angle they were turned by, the focal length and the inter-ocular distance in pixels.
    """
    centre, axis = eye_line(frames)
    unit = np.hypot(*axis.T)
    points = frames[:, _NUMBERS]
    if size is None:
        middle, focal = points.mean(axis=1), _DISTANCE * unit
    else:
        middle, focal = np.broadcast_to([0.5 * size[1], 0.5 * size[0]], centre.shape), np.full(len(frames), max(size))
    x, y = np.moveaxis((points - middle[:, np.newaxis]) / focal[:, np.newaxis, np.newaxis], -1, 0)
    cosine, sine = (axis / unit[:, np.newaxis]).T[:, :, np.newaxis]
    rays = np.stack([cosine * x + sine * y, cosine * y - sine * x], axis=-1)
    return rays, np.arctan2(axis[:, 1], axis[:, 0]), focal, unit


def _first_guess(rays):
    """Rotation (n, 3, 3) and place (n, 3) of the head without perspective: POS of the paper."""
    design = np.column_stack([_HEAD, np.ones(len(_HEAD))])
    found = np.stack([np.linalg.pinv(w[:, np.newaxis] * design) @ (w[:, np.newaxis] * rays[..., k].T)
                      for k, w in enumerate(_WEIGHTS.T)])  # fmt: skip
    rows = found[:, :3].transpose(2, 0, 1)  # (n, 2, 3): right and down of the image, seen from the head
    scale = np.linalg.norm(rows, axis=2)
    rows = rows / scale[:, :, np.newaxis]
    # The two directions nearest to them that are at right angles: half way between their sum and their difference.
    half = np.stack([rows[:, 0] + rows[:, 1], rows[:, 0] - rows[:, 1]])
    half /= np.linalg.norm(half, axis=2, keepdims=True)
    right, down = (half[0] + half[1]) / np.sqrt(2.0), (half[0] - half[1]) / np.sqrt(2.0)
    depth = 1.0 / scale.mean(axis=1)
    offset = np.column_stack([found[0, 3] * depth, found[1, 3] * depth, depth])
    return np.stack([right, down, np.cross(right, down)], axis=1), offset


def _seen(rotation, offset, rays):
    """Turned head (n, 16, 3), its points from the camera, and the weighted differences (n, 16, 2) from the rays."""
    turned = _HEAD @ rotation.transpose(0, 2, 1)
    placed = turned + offset[:, np.newaxis]
    return turned, placed, _WEIGHTS * (placed[..., :2] / placed[..., 2:] - rays)


def _refined(rotation, offset, rays):
    """Rotation of the least squared distance, and its mean, by damped Gauss-Newton steps."""
    damping = np.full(len(rays), 1e-4)
    turned, placed, apart = _seen(rotation, offset, rays)
    cost = np.square(apart).sum(axis=(1, 2))
    for _ in range(_STEPS):
        step = _step(turned, placed, apart, damping)
        tried = _turn(step[:, :3]) @ rotation, offset + step[:, 3:]
        seen = _seen(*tried, rays)
        tried_cost = np.square(seen[2]).sum(axis=(1, 2))
        is_better = (tried_cost <= cost) & (seen[1][..., 2] > 0.0).all(axis=1)
        damping *= np.where(is_better, 0.1, 10.0)
        choice = is_better[:, np.newaxis, np.newaxis]
        rotation, offset = np.where(choice, tried[0], rotation), np.where(choice[:, 0], tried[1], offset)
        turned, placed, apart = map(partial(np.where, choice), seen, (turned, placed, apart))
        cost = np.where(is_better, tried_cost, cost)
    return rotation, cost / (0.5 * _WEIGHTS.sum())


def _step(turned, placed, apart, damping):
    """Rotation vector and shift (n, 6) that lessen the differences, to first order."""
    x, y, z = np.moveaxis(turned, -1, 0)
    inverse = 1.0 / placed[..., 2]
    across, along = placed[..., 0] * inverse, placed[..., 1] * inverse
    zero = np.zeros_like(x)
    jacobian = np.stack([
        np.stack([-across * y, z + across * x, -y, zero + 1.0, zero, -across], axis=-1),
        np.stack([-z - along * y, along * x, x, zero, zero + 1.0, -along], axis=-1),
    ], axis=2)  # fmt: skip
    jacobian = (jacobian * (inverse[..., np.newaxis] * _WEIGHTS)[..., np.newaxis]).reshape(len(x), _WEIGHTS.size, 6)
    transposed = jacobian.transpose(0, 2, 1)
    normal = transposed @ jacobian
    diagonal = np.einsum("nii->ni", normal)
    diagonal += damping[:, np.newaxis] * diagonal + 1e-12
    return -np.linalg.solve(normal, transposed @ apart.reshape(len(x), _WEIGHTS.size, 1))[..., 0]


def _turn(vector):
    """Rotation matrices (n, 3, 3) of rotation vectors (n, 3), by Rodrigues' formula."""
    angle = np.linalg.norm(vector, axis=1)[:, np.newaxis, np.newaxis]
    x, y, z = vector.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    half = 0.5 * angle
    return np.eye(3) + np.sinc(angle / np.pi) * cross + 0.5 * np.sinc(half / np.pi) ** 2 * (cross @ cross)


def _angles(rotation, tilt, error):
    """The columns of `POSE`."""
    yaw = np.arcsin(np.clip(rotation[:, 2, 0], -1.0, 1.0))
    pitch = -np.arctan2(rotation[:, 2, 1], rotation[:, 2, 2])
    roll = np.arctan2(rotation[:, 1, 0], rotation[:, 0, 0]) + tilt
    roll = np.mod(roll + np.pi, 2.0 * np.pi) - np.pi
    return np.column_stack([np.degrees(yaw), np.degrees(pitch), np.degrees(roll), error])
