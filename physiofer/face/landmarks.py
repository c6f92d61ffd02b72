"""The 68 landmarks of a face in a box, by a cascade of regression trees (Kazemi & Sullivan 2014).

The trees are those of a dlib shape predictor, read from its file. Each pixel they look at is a pixel of the image, so
that the same file gives the same answer here as in dlib, before dlib rounds it to whole pixels.
"""

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .._validate import check_box, check_luma, check_path
from ..exceptions import MissingExtraError, UnreadableDataError
from ..kernels import landmarks as kernels

__all__ = ["N_POINTS", "LandmarkModel"]

#: Points of the iBUG mark-up: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, lips 48-67.
N_POINTS = 68

_PACKAGE = "face_recognition_models"
_FILE = Path("models", "shape_predictor_68_face_landmarks.dat")
_TERMS = "the iBUG 300-W images it was trained on bar commercial use"

_VERSION = 1
_BLOCK = 1 << 21  # bytes of the file at a time
_LARGEST_INDEX = 2**15 - 1
_EXPONENTS = (-200, 60)  # beyond, a number is none, or none of single precision


class _FormatError(Exception):
    """The file is no shape predictor; the message says why."""


class _Numbers:
    """The packed integers of a file, in order; a floating-point number is two, its mantissa and its exponent."""

    def __init__(self, stream, n_bytes):
        self._stream = stream
        self._n_left = n_bytes  # not yet read
        self._packed = np.empty(0, np.uint8)

    def require(self, n_values):
        """There must be room for so many integers, which take two bytes or more, before memory is set aside."""
        if not 0 <= 2 * n_values <= self._packed.size + self._n_left:
            raise _FormatError("it is cut off, or something else")

    def integers(self, n_values):
        """The next integers, exactly so many."""
        self.require(n_values)
        return self.fill(np.empty(n_values, np.int64))

    def fill(self, values):
        """Put the next integers into an array."""
        n_done = 0
        while True:
            n_found, n_used = kernels.unpack_integers(self._packed, values[n_done:])
            if n_used < 0:
                raise _FormatError("it does not consist of packed integers")
            n_done += n_found
            self._packed = self._packed[n_used:]
            if n_done == values.size:
                return values
            block = np.frombuffer(self._stream.read(_BLOCK), np.uint8)
            if block.size == 0:
                raise _FormatError("it is cut off")
            self._n_left -= block.size
            self._packed = np.concatenate([self._packed, block])

    def integer(self):
        """The next integer."""
        return int(self.integers(1)[0])

    def floats(self, *shape):
        """The next floating-point numbers, in an array of this shape."""
        return _as_float32(self.integers(2 * int(np.prod(shape))).reshape(*shape, 2))

    def expect(self, *values):
        """Read integers that can only be these."""
        if tuple(self.integers(len(values))) != values:
            raise _FormatError("it is laid out in another way")

    def expect_end(self):
        """Nothing may be left."""
        if self._packed.size or self._n_left:
            raise _FormatError("it goes on after its end")


def _as_float32(pairs):
    """Single precision numbers of pairs of mantissa and exponent."""
    mantissa, exponent = pairs[..., 0], pairs[..., 1]
    if exponent.size and not _EXPONENTS[0] <= exponent.min() <= exponent.max() <= _EXPONENTS[1]:
        raise _FormatError("it holds numbers that are not finite")
    return np.ldexp(mantissa.astype(np.float32), exponent.astype(np.int32))


def _as_indices(values, n_targets):
    """Indices as 16-bit integers; each must point at one of `n_targets`."""
    if values.size and not 0 <= values.min() <= values.max() < min(n_targets, _LARGEST_INDEX):
        raise _FormatError("it points at pixels or landmarks that it has not")
    return values.astype(np.int16, copy=False)


def _read_forest(numbers):
    """The trees of one stage: pairs of pixels and thresholds of the splits, steps at the leaves."""
    n_trees, n_splits = numbers.integer(), numbers.integer()
    n_leaves, width = n_splits + 1, 2 * N_POINTS
    if n_trees < 1 or n_splits < 1 or n_leaves & n_splits:
        raise _FormatError("its trees are not full")
    n_before = 1 + 4 * n_splits
    n_numbers = n_before + 1 + n_leaves * (2 + 2 * width)
    numbers.require(n_trees * n_numbers - 1)
    splits = np.empty((n_trees, n_splits, 4), np.int64)
    steps = np.empty((n_trees, n_leaves, width), np.float32)
    for tree in range(n_trees):
        row = np.full(n_numbers, n_splits)  # the first number of the first tree has been read
        numbers.fill(row[0 if tree else 1 :])
        leaves = row[n_before + 1 :].reshape(n_leaves, 2 + 2 * width)
        # A matrix begins with its numbers of rows and columns, negated.
        is_full = row[0] == n_splits and row[n_before] == n_leaves
        if not (is_full and (leaves[:, 0] == -width).all() and (leaves[:, 1] == -1).all()):
            raise _FormatError("its trees are of unequal size")
        splits[tree] = row[1:n_before].reshape(n_splits, 4)
        steps[tree] = _as_float32(leaves[:, 2:].reshape(n_leaves, width, 2))
    return _as_indices(splits[..., :2], _LARGEST_INDEX), _as_float32(splits[..., 2:]), steps


def _read_forests(numbers):
    """The trees of all stages, as three arrays."""
    n_stages = numbers.integer()
    if n_stages < 1:
        raise _FormatError("it has no trees")
    first = _read_forest(numbers)
    numbers.require((n_stages - 1) * first[-1].size)
    forests = [np.empty((n_stages, *part.shape), part.dtype) for part in first]
    for stage in range(n_stages):
        for whole, part in zip(forests, _read_forest(numbers) if stage else first, strict=True):
            if part.shape != whole.shape[1:]:
                raise _FormatError("its stages are of unequal size")
            whole[stage] = part
    return forests


def _read_model(numbers):
    """Everything in the file, checked, as the arrays of a LandmarkModel."""
    numbers.expect(_VERSION)
    n_rows, n_columns = -numbers.integers(2)
    if n_columns != 1 or n_rows < 2 or n_rows % 2:
        raise _FormatError("it is laid out in another way")
    if n_rows != 2 * N_POINTS:
        raise _FormatError(f"it is a model of {n_rows // 2} points, not of {N_POINTS}")
    mean = numbers.floats(n_rows)
    pairs, thresholds, steps = _read_forests(numbers)
    n_stages = len(steps)
    numbers.expect(n_stages)
    anchors = [numbers.integers(numbers.integer()) for _ in range(n_stages)]
    n_pixels = anchors[0].size
    if {stage.size for stage in anchors} != {n_pixels}:
        raise _FormatError("its stages are of unequal size")
    numbers.expect(n_stages)
    deltas = []
    for _ in range(n_stages):
        numbers.expect(n_pixels)
        deltas.append(numbers.floats(n_pixels, 2))
    numbers.expect_end()
    anchors = _as_indices(np.stack(anchors), N_POINTS)
    return mean, anchors, np.stack(deltas), _as_indices(pairs, n_pixels), thresholds, steps


def _installed():
    """Path of the model of the `landmarks` extra; its package is not imported."""
    spec = importlib.util.find_spec(_PACKAGE)
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        if Path(folder, _FILE).is_file():
            return Path(folder, _FILE)
    message = f"the {N_POINTS}-point landmark model is not installed; run: pip install 'physiofer[landmarks]', "
    raise MissingExtraError(message + f"or give the path of a dlib shape predictor. Note its terms: {_TERMS}.")


def installed_model_size():
    """Bytes of the model that ``LandmarkModel.load()`` would read, which tell one from another; None without one."""
    try:
        return _installed().stat().st_size
    except MissingExtraError:
        return None


@dataclass(frozen=True, eq=False, repr=False)
class LandmarkModel:
    """A cascade of regression trees that finds the 68 landmarks of a face in a box.

    Made by :meth:`load`. It holds no state between images and may be shared by threads.

    Attributes
    ----------
    mean : ndarray of shape (136,)
        Landmarks of the mean face, x and y in turn, in units of the box: (0, 0) is its upper left corner and (1, 1)
        its lower right one.
    anchors : ndarray of shape (n_stages, n_pixels)
        Landmark from which each pixel that a stage looks at is measured.
    deltas : ndarray of shape (n_stages, n_pixels, 2)
        Where it lies from there on the mean face, in units of the box.
    pairs : ndarray of shape (n_stages, n_trees, n_splits, 2)
        Pixels that each split compares; the children of split i are 2i + 1 and 2i + 2.
    thresholds : ndarray of shape (n_stages, n_trees, n_splits)
        Difference of grey values above which a split takes its first child.
    steps : ndarray of shape (n_stages, n_trees, n_splits + 1, 136)
        What each leaf adds to the landmarks, in units of the box.

    References
    ----------
    .. [1] Kazemi & Sullivan (2014), One millisecond face alignment with an ensemble of regression trees, CVPR,
       1867-1874.
    .. [2] Sagonas et al. (2016), 300 faces in-the-wild challenge, Image and Vision Computing 47, 3-18 (the mark-up).

    Examples
    --------
    >>> model = LandmarkModel.load()  # doctest: +SKIP
    >>> model.predict(luma, (214.0, 174.0, 393.0, 353.0)).shape  # doctest: +SKIP
    (68, 2)
    """

    mean: np.ndarray
    anchors: np.ndarray
    deltas: np.ndarray
    pairs: np.ndarray
    thresholds: np.ndarray
    steps: np.ndarray

    @classmethod
    def load(cls, path=None):
        """Read a model from a dlib shape predictor (``.dat``).

        Parameters
        ----------
        path : path-like, optional
            The file; by default the one that the `landmarks` extra brings (``pip install 'physiofer[landmarks]'``).
            It was trained on the iBUG 300-W images, whose terms bar commercial use.

        Returns
        -------
        LandmarkModel
            About 70 MB in memory.

        Raises
        ------
        MissingExtraError
            If no path is given and the extra is not installed.
        UnreadableDataError
            If there is no such file, or it is no shape predictor of 68 points.

        Examples
        --------
        >>> LandmarkModel.load("no_such_file.dat")
        Traceback (most recent call last):
        physiofer.exceptions.UnreadableDataError: no_such_file.dat: cannot be read (No such file or directory).
        """
        path = _installed() if path is None else check_path(path)
        try:
            with open(path, "rb") as stream:
                return cls(*_read_model(_Numbers(stream, os.fstat(stream.fileno()).st_size)))
        except OSError as error:
            raise UnreadableDataError(f"{path.name}: cannot be read ({error.strerror or error}).") from error
        except _FormatError as error:
            raise UnreadableDataError(
                f"{path.name} is no dlib shape predictor of {N_POINTS} points: {error}."
            ) from error

    def predict(self, luma, box, *, interpolate=False):
        """Landmarks of the face in a box.

        Parameters
        ----------
        luma : ndarray of uint8 of shape (height, width)
            Grey image.
        box : array-like of shape (4,)
            Left, top, right and bottom of the face in pixels, as dlib's detector draws it: about square, from the brows
            to the chin. It need not be whole pixels and may reach out of the image.
        interpolate : bool, default=False
            Look between pixels rather than at the nearest one. The answer is then not dlib's to the last bit, but in a
            video it jitters a quarter less.

        Returns
        -------
        ndarray of shape (68, 2)
            x and y in pixels, sub-pixel; (0, 0) is the centre of the upper left pixel. There is an answer whatever the
            box holds: whether it is a face is for a detector to say.

        Raises
        ------
        InvalidArgumentError
            If `luma` is no grey image of bytes, or `box` is empty or not finite.
        """
        luma, box = check_luma(luma), check_box(box)
        shape = self.mean.copy()
        trees = (self.mean, self.anchors, self.deltas, self.pairs, self.thresholds, self.steps)
        kernels.predict(luma, box, bool(interpolate), *trees, shape)
        return box[:2] + shape.reshape(-1, 2) * (box[2:] - box[:2])
