"""Texture of small pictures of faces: histograms of oriented gradients."""

import numpy as np

from .._validate import check_count, check_samples
from ..exceptions import InvalidArgumentError

__all__ = ["hog"]

_CLIP = 0.2
_LEAST = 1e-5  # of a block's norm, in grey levels per pixel


def hog(images, *, cell=8, n_orientations=9, block=2):
    """Histograms of oriented gradients.

    Parameters
    ----------
    images : array-like of shape (..., height, width)
        Luma, such as that of :func:`physiofer.face.crops.aligned_crop`, in grey levels from 0 to 255.
    cell : int, default=8
        Side of a cell in pixels; what does not fill a cell on the right and below is left out.
    n_orientations : int, default=9
        Bins between 0 and 180 degrees: light on dark is as dark on light.
    block : int, default=2
        Side of a block in cells; blocks lie one cell apart.

    Returns
    -------
    ndarray of shape (..., n_features)
        Block by block in rows, in each cell by cell, in each bin by bin; ``n_features`` is the number of blocks times
        ``block**2 * n_orientations``: 1764 for 64 x 64 pixels. NaN where an image has missing pixels.

    Raises
    ------
    InvalidArgumentError
        If the images are smaller than a block, or an argument is out of range.

    Notes
    -----
    Gradients are central differences, one-sided at the edges. Each pixel gives its magnitude to the two bins whose
    middles are nearest to its orientation, in shares that add up to one, and to the cell that it lies in. Blocks are
    divided by their Euclidean norm, clipped at 0.2 and divided again [1]_ (L2-Hys). Unlike there, votes are not shared
    among neighbouring cells.

    References
    ----------
    .. [1] Dalal & Triggs (2005), Computer Vision and Pattern Recognition 1, 886-893.

    Examples
    --------
    >>> import numpy as np
    >>> stripes = np.tile(np.arange(16.0), (16, 1))  # 0 degrees: between the last bin and the first
    >>> hog(stripes).round(2)[:9].tolist()
    [0.35, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.35]
    """
    images = check_samples(images, name="images")
    cell = check_count(cell, name="cell", low=2)
    n_orientations = check_count(n_orientations, name="n_orientations", low=2, high=360)
    block = check_count(block, name="block", low=1)
    if images.ndim < 2 or min(images.shape[-2:]) < cell * block:
        raise InvalidArgumentError(
            f"images has shape {images.shape}; they must be (..., height, width), each >= cell * block={cell * block}."
        )
    pictures = images.reshape(-1, *images.shape[-2:])
    n_rows, n_columns = (side // cell - block + 1 for side in images.shape[-2:])
    features = np.empty((len(pictures), n_rows * n_columns * block**2 * n_orientations))
    for picture, row in zip(pictures, features, strict=True):
        if np.isfinite(picture).all():
            row[:] = _normalised(_cells(picture, cell, n_orientations), block).ravel()
        else:
            row[:] = np.nan
    return features.reshape(*images.shape[:-2], features.shape[1])


def _cells(picture, cell, n_orientations):
    """Histograms of the cells of a picture, (n_rows, n_columns, n_orientations)."""
    down, right = np.gradient(picture)
    n_rows, n_columns = (side // cell for side in picture.shape)
    down, right = (slope[: n_rows * cell, : n_columns * cell] for slope in (down, right))
    magnitude = np.hypot(right, down)
    place = np.arctan2(down, right) / np.pi * n_orientations - 0.5  # 0 is the middle of the first bin
    low = np.floor(place)
    share = place - low
    row, column = np.ogrid[: n_rows * cell, : n_columns * cell]
    of_cell = (row // cell * n_columns + column // cell) * n_orientations
    low = low.astype(np.int64)
    bins = [of_cell + k % n_orientations for k in (low, low + 1)]
    weights = np.concatenate([(magnitude * (1.0 - share)).ravel(), (magnitude * share).ravel()])
    counts = np.bincount(np.concatenate([k.ravel() for k in bins]), weights, n_rows * n_columns * n_orientations)
    return counts.reshape(n_rows, n_columns, n_orientations) / cell**2


def _normalised(cells, block):
    """Blocks of cells, (n_rows, n_columns, block, block, n_orientations), each clipped and of norm 1."""
    blocks = np.lib.stride_tricks.sliding_window_view(cells, (block, block), axis=(0, 1))
    blocks = np.moveaxis(blocks, 2, -1)
    blocks = np.minimum(blocks / _norm(blocks), _CLIP)
    return blocks / _norm(blocks)


def _norm(blocks):
    """Euclidean norm of each block, never zero."""
    return np.sqrt(np.square(blocks).sum(axis=(2, 3, 4), keepdims=True) + _LEAST**2)
