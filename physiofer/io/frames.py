"""A frame of video as its decoder gives it: a luma and two chroma planes, and the map from them to R, G, B."""

import math
from typing import NamedTuple

import numpy as np

from ..exceptions import UnreadableDataError

__all__ = ["ColourMap", "Frame", "FrameSource", "colour_map", "frame_of_rgb"]

#: Weights of red and blue in luma, by the code of ITU-T H.273 that a stream carries.
_LUMA_WEIGHTS = {
    1: (0.2126, 0.0722),  # BT.709
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.601, 625 lines
    6: (0.299, 0.114),  # BT.601, 525 lines
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020, non-constant luminance
    10: (0.2627, 0.0593),
}
_NEUTRAL = 128.0


class ColourMap(NamedTuple):
    """The affine map from Y'CbCr to R'G'B', all in levels of 0 to 255: ``rgb = matrix @ (y, cb, cr) + offset``.

    Attributes
    ----------
    matrix : ndarray of shape (3, 3)
        Rows R, G, B; columns Y, Cb, Cr.
    offset : ndarray of shape (3,)
        What is added.
    """

    matrix: np.ndarray
    offset: np.ndarray


def colour_map(space, *, is_full_range, size=(0, 0)):
    """The map from a stream's Y'CbCr to R'G'B'.

    Parameters
    ----------
    space : int
        Matrix coefficients by ITU-T H.273: 1 is BT.709, 5 and 6 are BT.601, 9 is BT.2020. Any other, 2 ("not said")
        first, is decided by `size`.
    is_full_range : bool
        Whether the levels go from 0 to 255 rather than from 16 to 235 (240 for chroma).
    size : (int, int), default=(0, 0)
        Height and width. Where the matrix is not said it is BT.709 above 576 lines or from 1280 columns on and BT.601
        below, as players have it.

    Returns
    -------
    ColourMap
        Matrix and offset.

    References
    ----------
    .. [1] ITU-T H.273 (2021), Coding-independent code points for video signal type identification, 8.3.

    Examples
    --------
    >>> matrix, offset = colour_map(6, is_full_range=False)
    >>> (matrix @ [235.0, 128.0, 128.0] + offset).round(6).tolist()
    [255.0, 255.0, 255.0]
    """
    height, width = size
    default = 1 if height > 576 or width >= 1280 else 6
    red, blue = _LUMA_WEIGHTS.get(int(space), _LUMA_WEIGHTS[default])
    green = 1.0 - red - blue
    cb, cr = 2.0 * (1.0 - blue), 2.0 * (1.0 - red)
    matrix = np.array([[1.0, 0.0, cr], [1.0, -cb * blue / green, -cr * red / green], [1.0, cb, 0.0]])
    black = 0.0
    if not is_full_range:
        matrix *= 255.0 / np.array([219.0, 224.0, 224.0])
        black = 16.0
    return ColourMap(matrix, -matrix @ np.array([black, _NEUTRAL, _NEUTRAL]))


class Frame:
    """One frame, upright.

    Parameters
    ----------
    index : int
        Its number among the frames given, from 0.
    time_s : float
        When it is shown, in seconds of its source's clock.
    luma : ndarray of uint8, shape (height, width)
        The grey image, C-contiguous, in the levels of the stream (16 to 235 unless it is full range).
    chroma : tuple of two ndarrays of uint8, or None
        Cb and Cr at their own size, ``ceil(height / 2)`` by ``ceil(width / 2)`` in most videos; None for grey video.
    ycc_to_rgb : ColourMap
        The map to R'G'B'.

    Examples
    --------
    >>> grey = Frame(0, 0.0, np.full((2, 2), 235, np.uint8), None, colour_map(6, is_full_range=False))
    >>> grey.rgb()[0, 0].tolist()
    [255, 255, 255]
    """

    __slots__ = ("chroma", "index", "luma", "time_s", "ycc_to_rgb")

    def __init__(self, index, time_s, luma, chroma, ycc_to_rgb):
        self.index = index
        self.time_s = time_s
        self.luma = luma
        self.chroma = chroma
        self.ycc_to_rgb = ycc_to_rgb

    def __repr__(self):
        height, width = self.luma.shape
        return f"Frame({self.index}, {self.time_s:.4f} s, {width}x{height}{'' if self.chroma else ', grey'})"

    def rgb(self):
        """The frame in R, G, B, made when it is asked for.

        A chroma sample holds for all the pixels it was taken from. Values are within one level of the exact map.

        Returns
        -------
        ndarray of uint8, shape (height, width, 3)
            A new image.
        """
        import cv2

        height, width = self.luma.shape
        planes = [self.luma, self.luma, self.luma]  # of grey video only the first counts
        matrix, offset = self.ycc_to_rgb
        if self.chroma is None:
            matrix, offset = matrix * [1.0, 0.0, 0.0], offset + matrix[:, 1:].sum(axis=1) * _NEUTRAL
        else:
            for k, plane in enumerate(self.chroma):
                down, across = subsampling(self.luma.shape, plane.shape)
                tall = (plane.shape[1] * across, plane.shape[0] * down)
                planes[k + 1] = cv2.resize(plane, tall, interpolation=cv2.INTER_NEAREST)[:height, :width]
        return cv2.transform(cv2.merge(planes), np.column_stack([matrix, offset]))


def subsampling(luma_shape, chroma_shape):
    """How many luma rows and columns share one chroma sample."""
    return tuple(
        next((step for step in (1, 2, 4) if math.ceil(luma / step) == chroma), 1)
        for luma, chroma in zip(luma_shape, chroma_shape, strict=True)
    )


def frame_of_rgb(image, *, order, index, time_s):
    """A frame from an image of 8 bits: the planes of JPEG's full-range BT.601 at full size, so that nothing is lost.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width) or (height, width, 3)
        Grey or colour.
    order : {"rgb", "bgr"}
        Order of the colours.
    index, time_s : int, float
        As of :class:`Frame`.

    Returns
    -------
    Frame
        Grey where the image is.

    Examples
    --------
    >>> red = np.full((4, 4, 3), [200, 10, 10], np.uint8)
    >>> frame = frame_of_rgb(red, order="rgb", index=0, time_s=0.0)
    >>> bool(abs(frame.rgb().astype(int) - red).max() <= 2)
    True
    """
    colours = colour_map(6, is_full_range=True)
    if image.ndim == 2:
        return Frame(index, time_s, np.ascontiguousarray(image), None, colours)
    import cv2

    # swscale rounds chroma down, half a level on the mean; this does not
    luma, cr, cb = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb if order == "rgb" else cv2.COLOR_BGR2YCrCb))
    return Frame(index, time_s, luma, (cb, cr), colours)


class FrameSource:
    """What gives frames one by one: a video file, a folder of images, or a camera. Used as ``with source:``.

    Memory does not grow with length. Times never repeat nor run backwards.

    Attributes
    ----------
    name : str
        What messages call it, never a whole path.
    size : (int, int)
        Height and width of the first frame, upright.
    rate : float
        Mean rate in Hz as declared; NaN where nothing is. Frames need not keep to it.
    n_declared : int or None
        Number of frames the source claims to have, where it does.
    start_unix_s : float or None
        Unix time of second 0, where it is known.
    """

    def __init__(self, name):
        self.name = name
        self.size = (0, 0)
        self.rate = math.nan
        self.n_declared = None
        self.start_unix_s = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self):
        height, width = self.size
        return f"{type(self).__name__}({self.name!r}, {width}x{height}, {self.rate:.6g} Hz)"

    def close(self):
        """Let go of the file or device; nothing more can be read."""

    def unreadable(self, reason):
        """The error that says why this source cannot be read."""
        return UnreadableDataError(f"{self.name}: {reason}")
