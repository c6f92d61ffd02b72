"""Regions of skin on a face, and their mean colour in one frame.

Regions hang on the 68 points of iBUG 300-W (x to the right, y down; whole numbers are the centres of pixels) or, where
there are none, on the box of the face. *Left* and *right* are those of the image, as in :mod:`physiofer.face.geometry`:
``left_cheek`` is the person's right one unless the picture is mirrored.

The forehead lies above the brows; the cheeks reach from the eye to the corner of the mouth. The face is all that lies
within the jaw and the forehead's upper edge, without eyes, brows and mouth: in small or compressed pictures it has the
pixels that the others lack. The background is a strip on either side of the head. Patches are a grid over forehead,
cheeks, nose and chin that follows the points: each corner is a fixed mean of some of them.
"""

import difflib
import math

import numpy as np

from .._validate import check_number, check_samples
from ..exceptions import InvalidArgumentError
from ..kernels import regions as kernels

__all__ = ["COLUMNS", "PATCHES", "REGIONS", "RegionReader", "box_regions", "region_polygons"]

#: Regions read by default.
REGIONS = ("forehead", "left_cheek", "right_cheek", "background", "face")

#: What is read of each region: mean R, G and B (0 to 255), number of pixels, share of pixels that are clipped.
COLUMNS = kernels.COLUMNS

_N_POINTS = 68
_CHEEKS = {"left_cheek": (36, 41, 39, 31, 48, 4, 3), "right_cheek": (45, 46, 42, 35, 54, 12, 13)}
_BROWS = tuple(range(18, 26))
#: Points made from the 68: the lower and the upper edge of the forehead, above each of the `_BROWS`.
_LOW, _HIGH = tuple(range(68, 76)), tuple(range(76, 84))
_BROW_GAP, _FOREHEAD_HEIGHT = 0.15, 0.75  # of the length of the nose
#: The outline of the face, along the jaw and over the forehead; from points 0, 8 and 16 it turns inwards and around
#: eye and brow or the mouth the other way, so that these are left out.
_FACE = (
    0, 17, 18, 19, 20, 21, 39, 40, 41, 36, 17, 0, 1, 2, 3, 4, 5, 6, 7,
    8, 57, 58, 59, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 8, 9, 10, 11, 12, 13, 14, 15,
    16, 26, 45, 46, 47, 42, 22, 23, 24, 25, 26, 16, *reversed(_HIGH),
)  # fmt: skip

#: Sides of the areas that are cut into patches (left, top, right, bottom; from top to bottom and from left to right),
#: and into how many rows and columns.
_AREAS = {
    "forehead": (((_HIGH[0], _LOW[0]), _HIGH, (_HIGH[-1], _LOW[-1]), _LOW), 2, 8),
    "left_cheek": (((36, 3, 4), (36, 41, 39), (39, 31, 48), (4, 48)), 4, 4),
    "right_cheek": (((45, 13, 12), (45, 46, 42), (42, 35, 54), (12, 54)), 4, 4),
    "nose": (((39, 31), (39, 27, 42), (42, 35), (31, 33, 35)), 2, 2),
    "chin": (((48, 5), (48, 59, 58, 57, 56, 55, 54), (54, 11), (5, 6, 7, 8, 9, 10, 11)), 2, 4),
}

#: Names of the 60 patches, by area and number in it, row by row.
PATCHES = tuple(f"{area}_{n + 1:02d}" for area, (_, rows, columns) in _AREAS.items() for n in range(rows * columns))

#: Rectangles of the regions in a box of the face: left, top, right, bottom as shares of its width and height.
_IN_BOX = {
    "forehead": (0.27, -0.12, 0.73, 0.08),
    "left_cheek": (0.13, 0.42, 0.36, 0.68),
    "right_cheek": (0.64, 0.42, 0.87, 0.68),
    "face": (0.15, -0.12, 0.85, 0.9),
}
#: Strips of background: their near and far side in widths of the face from its edge, top and bottom in its heights.
_STRIP = (0.3, 0.55, -0.35, 0.15)

_CLIP_LEVEL = 250.0
_FILTER_WIDTH = 2.5  # robust standard deviations
#: Least standard deviation in the filter, of Y as a share of its median, of Cb and Cr in levels: light and shade differ
#: more over a face than over a cheek, and a forehead in the light is still skin.
_LEAST_SIGMAS = np.array([0.2, 3.0, 3.0])


def region_polygons(points, *, regions=REGIONS):
    """Polygons of regions on the 68 points of a face.

    The cheeks are the polygons over points 36, 41, 39, 31, 48, 4, 3 and 45, 46, 42, 35, 54, 12, 13. The forehead stands
    on points 18 to 25, moved up by 0.15 of the length of the nose (27 to 33), and is 0.75 of that length high; up is
    the direction from the chin, point 8, to the root of the nose, point 27. The face goes along points 0 to 16 and the
    upper edge of the forehead; holes for each eye with its brow and for the mouth (points 48 to 59) are cut from points
    0, 16 and 8.

    Parameters
    ----------
    points : array-like of shape (68, 2)
        x and y of each point in pixels.
    regions : sequence of str, default=REGIONS
        Names of regions, out of `REGIONS` and `PATCHES`.

    Returns
    -------
    dict of str to ndarray of shape (n_vertices, 2)
        x and y of the vertices; NaN where points are missing. The background is two rectangles, each closed by its
        first vertex, one after the other.

    Raises
    ------
    InvalidArgumentError
        If the points have another shape or a region is not known.

    Examples
    --------
    >>> points = np.random.default_rng(0).uniform(0.0, 100.0, (68, 2))
    >>> {name: polygon.shape for name, polygon in region_polygons(points).items()}
    {'forehead': (16, 2), 'left_cheek': (7, 2), 'right_cheek': (7, 2), 'background': (10, 2), 'face': (61, 2)}
    """
    regions = _check_regions(regions)
    points = check_samples(points, name="points")
    if points.shape != (_N_POINTS, 2):
        raise InvalidArgumentError(f"points has shape {points.shape}; it must be ({_N_POINTS}, 2).")
    extended = _extended(points)
    strips = _strips(_around(points)) if "background" in regions else None
    return {name: strips if name == "background" else _weighed(_VERTICES[name], extended) for name in regions}


def box_regions(box, *, regions=REGIONS):
    """Rectangles of regions in the box of a face, for faces without points.

    Parameters
    ----------
    box : array-like of shape (4,)
        Left, top, right and bottom in pixels, as a face detector draws it: from the brows to the chin.
    regions : sequence of str, default=REGIONS
        Names of regions, out of `REGIONS` and `PATCHES`. A box has no patches: their vertices are NaN.

    Returns
    -------
    dict of str to ndarray of shape (n_vertices, 2)
        x and y of the vertices.

    Raises
    ------
    InvalidArgumentError
        If the box has another shape or a region is not known.

    Examples
    --------
    >>> box_regions([100.0, 100.0, 200.0, 200.0])["left_cheek"].tolist()
    [[113.0, 142.0], [136.0, 142.0], [136.0, 168.0], [113.0, 168.0]]
    """
    regions = _check_regions(regions)
    box = check_samples(box, name="box")
    if box.shape != (4,):
        raise InvalidArgumentError(f"box has shape {box.shape}; it must be (4,): left, top, right, bottom.")
    return {name: _strips(box) if name == "background" else _in_box(box, name) for name in regions}


class RegionReader:
    """Reads the mean colour of regions from the planes of frames.

    A pixel counts by the share of it that a polygon covers, so that traces do not jump as the face moves by less than a
    pixel. Pixels are left out where R, G or B reaches 250, and, but in the background, where Y, Cb or Cr is further
    than 2.5 robust standard deviations from the median of both cheeks in the same frame (1.4826 times the median
    absolute deviation, at least a fifth of the median of Y and 3 levels of Cb and Cr). A chroma sample holds for all
    the pixels it was taken from. The mean of Y, Cb and Cr is taken and then brought to R, G and B: that is the mean of
    R, G and B before rounding.

    Parameters
    ----------
    regions : sequence of str, default=REGIONS
        Names of regions, out of `REGIONS` and `PATCHES`.
    min_pixels : float, default=16
        Fewest pixels, in sum of shares, of which a mean is taken; of both cheeks too, for they tell what skin is.

    Attributes
    ----------
    names : tuple of str
        Names of the regions, in the order of the rows.

    Examples
    --------
    >>> from physiofer.io.frames import Frame, colour_map
    >>> plane = np.full((60, 60), 120, np.uint8)
    >>> frame = Frame(0, 0.0, plane, None, colour_map(6, is_full_range=True))
    >>> reader = RegionReader(regions=["left_cheek", "background"])
    >>> reader.read(frame, [20.0, 20.0, 40.0, 40.0]).round(2).tolist()
    [[120.0, 120.0, 120.0, 23.92, 0.0], [120.0, 120.0, 120.0, 100.0, 0.0]]
    """

    def __init__(self, *, regions=REGIONS, min_pixels=16):
        self.names = _check_regions(regions)
        self.min_pixels = check_number(min_pixels, name="min_pixels", low=0.0, low_open=True)
        self._is_skin = np.array([name != "background" for name in self.names])
        self._limits = (_CLIP_LEVEL, _FILTER_WIDTH, self.min_pixels)
        # the cheeks come first, as what tells the colour of skin; a background is two polygons
        self._skins = [name for name in self.names if name != "background"]
        parts = [_VERTICES[name] for name in (*_CHEEKS, *self._skins)]
        self._weights = np.concatenate(parts)
        strips = [5, 5] if len(self._skins) < len(self.names) else []
        self._firsts = np.cumsum([0] + [len(part) for part in parts] + strips)
        owners = [-1, -1] + [self.names.index(name) for name in self._skins]
        self._owners = np.array(owners + [self.names.index("background") for _ in strips])

    def read(self, frame, face, *, others=()):
        """Read the regions of one face in one frame.

        Parameters
        ----------
        frame : Frame
            With `luma`, `chroma` and `ycc_to_rgb`, as the readers of :mod:`physiofer.io` give it.
        face : array-like of shape (68, 2) or (4,), or None
            Points of the face or its box; None where there is none.
        others : sequence of boxes, default=()
            Left, top, right and bottom of the other faces: a strip of background that touches one is left out.

        Returns
        -------
        ndarray of shape (n_regions, 5)
            Mean R, G and B, number of pixels, share of clipped pixels (:data:`COLUMNS`). Means are NaN where fewer than
            `min_pixels` are left, the share where no pixel of the frame is in the region.

        Raises
        ------
        InvalidArgumentError
            If `face` or `others` have another shape.

        Examples
        --------
        >>> reader = RegionReader(regions=["forehead"])
        >>> reader.read(None, None).tolist()
        [[nan, nan, nan, 0.0, nan]]
        """
        out = np.full((len(self.names), len(COLUMNS)), np.nan)
        out[:, 3] = 0.0
        if face is None:
            return out
        vertices, firsts = self._vertices(face, others)
        cb, cr = (_NEUTRAL, _NEUTRAL) if frame.chroma is None else frame.chroma
        shifts = _shift(frame.luma.shape[0], cb.shape[0]), _shift(frame.luma.shape[1], cb.shape[1])
        height, width = frame.luma.shape
        kernels.read_regions(
            frame.luma, cb, cr, shifts, *frame.ycc_to_rgb, vertices, firsts, self._owners, self._is_skin, self._limits,
            _LEAST_SIGMAS, np.empty(height * (width + 1)), _TABLES.copy(), np.zeros((len(out), 6)), out,
        )  # fmt: skip
        return out

    def _vertices(self, face, others):
        """Vertices of both cheeks and of the regions, and where those of each begin, for points or a box."""
        face = check_samples(face, name="face")
        if len(others) and np.shape(others)[1:] != (4,):
            raise InvalidArgumentError(f"others has shape {np.shape(others)}; it must be boxes, (n_faces, 4).")
        if face.shape == (4,):
            box, firsts = face, self._firsts.copy()
            vertices = np.concatenate([_in_box(box, name) for name in (*_CHEEKS, *self._skins)])
            n_inner = 2 + len(self._skins)
            firsts[: n_inner + 1] = 4 * np.arange(n_inner + 1)
            firsts[n_inner + 1 :] += len(vertices) - self._firsts[n_inner]
        elif face.shape == (_N_POINTS, 2):
            vertices, firsts = _weighed(self._weights, _extended(face)), self._firsts
            box = _around(face)
        else:
            raise InvalidArgumentError(f"face has shape {face.shape}; it must be points (68, 2), a box (4,) or None.")
        if len(self._skins) < len(self.names):
            vertices = np.concatenate([vertices, _strips(box, others)])
        return vertices, firsts


def _check_regions(regions):
    """Names of regions as a tuple, each known and given once."""
    regions = (regions,) if isinstance(regions, str) else tuple(regions)
    for name in regions:
        if name not in PATCHES and name not in REGIONS:
            near = difflib.get_close_matches(str(name), (*REGIONS, *PATCHES), n=3, cutoff=0.6)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise InvalidArgumentError(
                f"regions={name!r} must be one of {', '.join(REGIONS)}, or a patch such as {PATCHES[0]} or "
                f"{PATCHES[-1]} (all {len(PATCHES)} are in physiofer.face.regions.PATCHES).{hint}"
            )
    if not regions or len(set(regions)) < len(regions):
        raise InvalidArgumentError(f"regions={regions!r} must name at least one region, and none twice.")
    return regions


def _extended(points):
    """The 68 points and those of both edges of the forehead, (84, 2)."""
    (x_27, y_27), (x_8, y_8), (x_33, y_33) = points[27].tolist(), points[8].tolist(), points[33].tolist()
    length = math.hypot(x_27 - x_8, y_27 - y_8)
    nose = math.hypot(x_33 - x_27, y_33 - y_27) / length if length > 0.0 else math.nan
    up = np.array([nose * (x_27 - x_8), nose * (y_27 - y_8)])  # as long as the nose
    extended = np.empty((_HIGH[-1] + 1, 2))
    extended[:_N_POINTS] = points
    extended[_LOW[0] : _HIGH[0]] = points[_BROWS[0] : _BROWS[-1] + 1] + _BROW_GAP * up
    extended[_HIGH[0] :] = extended[_LOW[0] : _HIGH[0]] + _FOREHEAD_HEIGHT * up
    return extended


def _weighed(weights, extended):
    """Vertices as weighted sums of points; a missing point costs those that need it."""
    is_missing = ~np.isfinite(extended).all(axis=1)
    if not is_missing.any():
        return weights @ extended
    vertices = weights @ np.where(is_missing[:, None], 0.0, extended)
    vertices[(weights[:, is_missing] != 0.0).any(axis=1)] = np.nan
    return vertices


def _around(points):
    """The upright box around points: left, top, right, bottom."""
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _in_box(box, name):
    """The rectangle of a region in a box; NaN for patches, which a box has not."""
    left, top, right, bottom = _IN_BOX.get(name, (np.nan,) * 4)
    return box[:2] + np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) * (box[2:] - box[:2])


def _strips(box, others=()):
    """Two polygons of five vertices each, (10, 2), of the strips beside a box; NaN where one touches another face."""
    left, top, right, bottom = box.tolist()
    near, far, above, below = _STRIP
    width, height = right - left, bottom - top
    y_low, y_high = top + above * height, top + below * height
    polygons = []
    for x_low, x_high in ((left - far * width, left - near * width), (right + near * width, right + far * width)):
        if any(a < x_high and c > x_low and b < y_high and d > y_low for a, b, c, d in others):
            polygons += [(math.nan, math.nan)] * 5
        else:
            polygons += [(x_low, y_low), (x_high, y_low), (x_high, y_high), (x_low, y_high), (x_low, y_low)]
    return np.array(polygons)


def _shift(size, chroma_size):
    """How often rows or columns of luma are halved to those of chroma; where it is one sample, until all share it."""
    return (-(-size // chroma_size) - 1).bit_length()


def _along(polyline, n):
    """Weights of the 84 points in n + 1 points spread over a polyline, each of its sides taking the same share."""
    at = np.linspace(0.0, len(polyline) - 1.0, n + 1)
    weights = np.zeros((n + 1, _HIGH[-1] + 1))
    for k, point in enumerate(polyline):
        weights[:, point] += np.maximum(1.0 - np.abs(at - k), 0.0)
    return weights


def _patch_vertices():
    """Weights of the 84 points in the four vertices of each patch, by name: a Coons patch cut into a grid."""
    vertices = {}
    for area, (sides, n_rows, n_columns) in _AREAS.items():
        left, right = _along(sides[0], n_rows)[:, None], _along(sides[2], n_rows)[:, None]
        top, bottom = _along(sides[1], n_columns)[None], _along(sides[3], n_columns)[None]
        u, v = np.linspace(0.0, 1.0, n_columns + 1)[None, :, None], np.linspace(0.0, 1.0, n_rows + 1)[:, None, None]
        grid = (1 - v) * top + v * bottom + (1 - u) * left + u * right
        grid -= (1 - v) * ((1 - u) * top[:, :1] + u * top[:, -1:]) + v * ((1 - u) * bottom[:, :1] + u * bottom[:, -1:])
        for n in range(n_rows * n_columns):
            row, column = divmod(n, n_columns)
            corners = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
            vertices[f"{area}_{n + 1:02d}"] = np.array([grid[corner] for corner in corners])
    return vertices


_NEUTRAL = np.full((1, 1), 128, np.uint8)
_TABLES = np.ones((4, 3, 257))
_TABLES[0] = 0.0
_OF_POINTS = np.eye(_HIGH[-1] + 1)
_VERTICES = {name: _OF_POINTS[list(cheek)] for name, cheek in _CHEEKS.items()}
_VERTICES["face"] = _OF_POINTS[list(_FACE)]
_VERTICES["forehead"] = _OF_POINTS[[*_LOW, *reversed(_HIGH)]]
_VERTICES |= _patch_vertices()
