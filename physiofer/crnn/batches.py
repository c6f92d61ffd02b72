"""Windows of frames wherever they lie, in memory or on disk, and the order in which training sees them."""

import os

import numpy as np

from .._validate import check_count
from ..exceptions import InvalidArgumentError
from .folder import FaceFolder
from .network import SMALLEST_IMAGE
from .normalisation import normalise

__all__ = ["FaceWindows", "batch_order", "open_windows"]

_CHUNK = 64  # windows that are looked through at a time
_WANTED = "(n_windows, n_frames, n_channels, height, width)"


class FaceWindows:
    """Windows of frames of one shape, read a few at a time.

    Parameters
    ----------
    source : ndarray or sequence
        What holds them: ``source[k]`` is window `k`.
    shape : tuple of int
        (n_windows, n_frames, n_channels, height, width).
    normalisation : {"none", "pulse"}, default="none"
        What is done to them on the way to the network, see :func:`~physiofer.crnn.normalisation.normalise`.

    Examples
    --------
    >>> windows = open_windows(np.zeros((5, 4, 3, 32, 32), dtype=np.uint8))
    >>> windows.take([4, 0]).shape
    (2, 4, 3, 32, 32)
    """

    def __init__(self, source, shape, normalisation="none", dtype=None):
        self._source, self.shape, self.normalisation, self._dtype = source, shape, normalisation, dtype

    def __len__(self):
        return self.shape[0]

    def raw(self, rows):
        """The windows at these places, as they are: an array of uint8 or float32 (n_rows, n_frames, ...)."""
        if isinstance(self._source, np.ndarray):
            windows = self._source[np.asarray(rows, dtype=np.intp)]
            return windows if windows.dtype == np.uint8 else windows.astype(np.float32, copy=False)
        return np.stack([self._window(int(row)) for row in rows])

    def take(self, rows):
        """The windows at these places, normalised, as the network takes them."""
        return normalise(self.raw(rows), self.normalisation)

    def chunks(self, rows=None, n_windows=_CHUNK):
        """Places and raw windows, some at a time."""
        rows = np.arange(len(self)) if rows is None else np.asarray(rows, dtype=np.intp)
        for start in range(0, len(rows), n_windows):
            part = rows[start : start + n_windows]
            yield part, self.raw(part)

    def usable(self):
        """Which windows show something: every frame is finite and no frame is of one value throughout.

        Returns
        -------
        ndarray of bool, shape (n_windows,)

        Raises
        ------
        InvalidArgumentError
            If a pixel lies outside of 0 to 1 in floats.

        Examples
        --------
        >>> frames = np.random.default_rng(0).random((3, 2, 3, 32, 32))
        >>> frames[1, 0], frames[2, 1, 0, 3, 3] = 0.0, np.nan
        >>> open_windows(frames).usable().tolist()
        [True, False, False]
        """
        is_usable = np.empty(len(self), dtype=bool)
        for part, windows in self.chunks():
            low, high = (extreme(windows, axis=(2, 3, 4)) for extreme in (np.min, np.max))
            if windows.dtype != np.uint8:
                _check_range(low, high)
            with np.errstate(invalid="ignore"):
                is_usable[part] = (high > low).all(axis=1) & np.isfinite(high - low).all(axis=1)
        return is_usable

    def _window(self, row):
        """One window of a sequence that is no array."""
        window = _as_pixels(self._source[row])
        if window.dtype != self._dtype:
            raise InvalidArgumentError(
                f"X[{row}] has {window.dtype} where X[0] has {self._dtype}; give bytes or floats throughout."
            )
        if window.shape != self.shape[1:]:
            raise InvalidArgumentError(
                f"X[{row}] has shape {window.shape} where X[0] has {self.shape[1:]}; cut all windows to one shape."
            )
        return window


def open_windows(X, normalisation="none", *, like=None):
    """Windows of frames out of whatever holds them.

    Parameters
    ----------
    X : array-like, sequence, FaceFolder or path-like
        Windows (n_windows, n_frames, n_channels, height, width): an array, also one mapped from disk; a sequence with
        a length whose ``X[k]`` is a window, read when it is needed; or the path of a folder that
        :class:`~physiofer.crnn.folder.FaceFolder` reads. Bytes from 0 to 255 or floats from 0 to 1.
    normalisation : {"none", "pulse"}, default="none"
        What is done to them on the way to the network.
    like : tuple of int, optional
        (n_channels, height, width) that windows must have.

    Returns
    -------
    FaceWindows

    Raises
    ------
    InvalidArgumentError
        If `X` is nothing of this kind, its channels are last, or its frames are not square or of another size.

    Examples
    --------
    >>> open_windows([np.zeros((4, 3, 32, 32), dtype=np.uint8)] * 3).shape
    (3, 4, 3, 32, 32)
    """
    if isinstance(X, (str, os.PathLike)):
        X = FaceFolder(X)
    if hasattr(X, "frames") and hasattr(X, "_fields"):
        raise InvalidArgumentError(f"X is a {type(X).__name__}; give its frames: X.frames.")
    if isinstance(X, np.ndarray):
        if X.ndim != 5:
            hint = " One window needs an axis in front: X[None]." if X.ndim == 4 else ""
            raise InvalidArgumentError(f"X has shape {X.shape}; it must be {_WANTED}.{hint}")
        shape, dtype = X.shape, _as_pixels(X[:0]).dtype
    else:
        if isinstance(X, dict) or not (hasattr(X, "__len__") and hasattr(X, "__getitem__")):
            raise InvalidArgumentError(
                f"X is a {type(X).__name__}; it must be an array {_WANTED}, a sequence of windows or a folder. "
                "Training reads windows again in every epoch: an iterator that is spent after one will not do."
            )
        if not len(X):
            raise InvalidArgumentError("X has no windows; at least one is needed.")
        first = _as_pixels(X[0])
        shape, dtype = (len(X), *first.shape), first.dtype
    _check_shape(shape, like)
    return FaceWindows(X, shape, normalisation, dtype)


def batch_order(n_windows, batch_size, generator):
    """Places of windows in random order, in batches; the last one may be smaller.

    Parameters
    ----------
    n_windows : int
        How many there are.
    batch_size : int
        Windows per batch; more than there are makes one batch of all.
    generator : numpy.random.Generator
        Draws the order.

    Returns
    -------
    list of ndarray of int

    Examples
    --------
    >>> [len(batch) for batch in batch_order(10, 4, np.random.default_rng(0))]
    [4, 4, 2]
    """
    batch_size = check_count(batch_size, name="batch_size", low=1)
    order = generator.permutation(n_windows)
    return [order[start : start + batch_size] for start in range(0, n_windows, batch_size)]


def _as_pixels(window):
    """An array of uint8 or float32, floats of other widths narrowed."""
    if isinstance(window, np.ma.MaskedArray):
        raise InvalidArgumentError("X is masked; leave out the windows, or fill floats with NaN: X.filled(np.nan).")
    try:
        window = np.asarray(window)
    except ValueError as error:
        raise InvalidArgumentError(f"X has windows of different shapes ({error}).") from error
    if window.dtype == np.uint8:
        return window
    if window.dtype.kind != "f":
        raise InvalidArgumentError(
            f"X has type {window.dtype}; it must be uint8, from 0 to 255, or float, from 0 to 1: X.astype(np.uint8)."
        )
    return window.astype(np.float32, copy=False)


def _check_shape(shape, like):
    """Raise unless windows have square frames, channels first, and of the size wanted."""
    if len(shape) != 5 or 0 in shape:
        raise InvalidArgumentError(f"X has shape {shape}; it must be {_WANTED}, nothing of it empty.")
    channels, height, width = shape[2:]
    if height != width and channels == height and width <= 4:
        raise InvalidArgumentError(f"X has shape {shape}: channels are last. Use X.transpose(0, 1, 4, 2, 3).")
    if height != width:
        raise InvalidArgumentError(f"X has shape {shape}; frames must be square, see physiofer.face.aligned_crop.")
    if height < SMALLEST_IMAGE:
        raise InvalidArgumentError(
            f"X has frames of {height} x {width} pixels; the network takes {SMALLEST_IMAGE} x {SMALLEST_IMAGE} or more."
        )
    if like is not None and (channels, height, width) != tuple(like):
        raise InvalidArgumentError(
            f"X has frames of {channels} channels and {height} x {width} pixels; this network was made for {like[0]} "
            f"and {like[1]} x {like[2]}."
        )


def _check_range(low, high):
    """Raise if finite floats leave 0 to 1."""
    finite = np.isfinite(low) & np.isfinite(high)
    if finite.any() and (low[finite].min() < -1e-3 or high[finite].max() > 1.001):
        raise InvalidArgumentError(
            f"X goes from {low[finite].min():g} to {high[finite].max():g}; floats must be from 0 to 1: divide grey "
            "levels by 255, or round them to uint8."
        )
