"""Small pictures of faces, all in the same place, size and tilt: what networks and texture descriptors look at."""

import numpy as np

from .._validate import check_count, check_points
from ..exceptions import InvalidArgumentError
from .geometry import eye_line

__all__ = ["aligned_crop"]

_EYE_HEIGHT, _EYE_DISTANCE = 0.33, 0.36  # of the side: from above the brows to the chin


def aligned_crop(image, points, size=64):
    """A face cut out of an image with the eyes level, always in the same place.

    Parameters
    ----------
    image : array-like of shape (height, width) or (height, width, n_channels)
        Luma, or colours, of any real type; up to four channels.
    points : array-like of shape (68, 2)
        Landmarks in pixels of `image`: (0, 0) is the middle of its first pixel.
    size : int, default=64
        Side of the crop in pixels.

    Returns
    -------
    ndarray of shape (size, size) or (size, size, n_channels), float32
        In the unit of `image`. The eyes lie 0.36 of the side apart, 0.33 of it below the top. What lies outside of the
        image repeats its edge. NaN throughout where a corner of an eye is missing or the eyes coincide.

    Raises
    ------
    InvalidArgumentError
        If the shapes are others, or `size` is below 8.

    Notes
    -----
    A large face is first shrunk by the whole factor that leaves it no smaller than in the crop, by means over squares
    of pixels, and then sampled bilinearly: sampled at once it would be too sparse, and grain would shine through.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.zeros((68, 2))
    >>> points[[36, 39, 42, 45]] = [[30, 40], [40, 40], [60, 40], [70, 40]]
    >>> aligned_crop(np.full((100, 100, 3), 200, dtype=np.uint8), points)[0, 0].tolist()
    [200.0, 200.0, 200.0]
    """
    size = check_count(size, name="size", low=8, high=4096)
    points = check_points(points)
    image = _checked(image)
    if points.ndim != 2:
        raise InvalidArgumentError(f"points has shape {points.shape}; a crop takes one face, (68, 2).")
    centre, axis = eye_line(points)
    if not np.isfinite(axis).all() or np.abs(axis).max() < 1e-6 or np.abs(centre).max() > 1e6:
        return np.full((size, size, *image.shape[2:]), np.nan, dtype=np.float32)
    import cv2

    # Pixel (column, row) of the crop lies at turn @ (column, row) + start in the image.
    right, down = axis / (_EYE_DISTANCE * size)
    turn = np.array([[right, -down], [down, right]])
    start = centre - turn @ (size * np.array([0.5, _EYE_HEIGHT]) - 0.5)
    part, corner, factor = _shrunk(image, turn, start, size)
    matrix = np.column_stack([turn / factor, (start - corner + 0.5) / factor - 0.5])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(part, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return crop.reshape(size, size, *image.shape[2:])  # OpenCV drops a single channel


def _shrunk(image, turn, start, size):
    """The part of an image that a crop needs, as float32, its first pixel (x, y), and by how much it was shrunk."""
    import cv2

    sides = np.array(image.shape[1::-1])
    factor = int(np.clip(np.hypot(*turn[0]), 1, sides.min()))
    corners = start[:, np.newaxis] + turn @ np.array([[0, size, 0, size], [0, 0, size, size]])
    low = np.clip(np.floor(corners.min(axis=1)).astype(int) - 2 * factor, 0, sides - factor)
    high = np.clip(np.ceil(corners.max(axis=1)).astype(int) + 3 * factor, low + factor, sides)
    n_columns, n_rows = (high - low) // factor
    part = image[low[1] : low[1] + n_rows * factor, low[0] : low[0] + n_columns * factor]
    if factor > 1:
        part = cv2.resize(np.ascontiguousarray(part), (int(n_columns), int(n_rows)), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(part, dtype=np.float32), low, factor


def _checked(image):
    """The image as OpenCV takes it: contiguous, of 8 bits or float32."""
    array = np.asarray(image)
    is_picture = array.ndim == 2 or (array.ndim == 3 and 1 <= array.shape[2] <= 4)
    if not is_picture or 0 in array.shape or array.dtype.kind not in "uif":
        raise InvalidArgumentError(
            f"image has shape {array.shape} and type {array.dtype}; it must be (height, width) or (height, width, "
            "n_channels) of real numbers, with up to four channels."
        )
    return np.ascontiguousarray(array, dtype=np.uint8 if array.dtype == np.uint8 else np.float32)
