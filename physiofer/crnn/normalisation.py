"""What is done to the pixels of a window before the network sees them."""

import numpy as np
from scipy.ndimage import gaussian_filter

from .._validate import check_choice
from ..exceptions import InvalidArgumentError

__all__ = ["NORMALISATIONS", "normalisation_record", "normalise"]

#: Kinds of normalisation: none, as in the paper, or one that lays the pulse open.
NORMALISATIONS = ("none", "pulse")

_SQUARE = 8  # pixels of a side over which skin is averaged first: noise of one pixel is larger than the pulse
_REACH = 0.25  # standard deviation of the Gaussian over which it is averaged then, as a share of the picture's side
_MOVED = 0.05  # relative change that no blood makes: an edge that passes
_STEADY = 0.0005  # relative change, root mean square, below which there is no pulse to magnify
_PICTURE = 0.5  # relative brightness, less its mean, that becomes 1
_LIMIT = 3.0


def normalise(frames, kind="none"):
    """Frames as the network takes them.

    Parameters
    ----------
    frames : ndarray of shape (n_windows, n_frames, n_channels, height, width)
        Bytes from 0 to 255 or floats from 0 to 1; R, G, B for ``"pulse"``.
    kind : {"none", "pulse"}, default="none"
        ``"none"`` leaves them as they are, as in the paper. ``"pulse"`` gives three other planes, see Notes.

    Returns
    -------
    ndarray
        `frames` themselves, or float32 planes of the same shape.

    Raises
    ------
    InvalidArgumentError
        If there is no such kind, or ``"pulse"`` is asked of frames without three channels.

    Notes
    -----
    Blood changes the colour of skin by a percent or less, a smile a pixel by half of its range. ``"pulse"`` puts the
    two side by side. The first plane is the picture: the mean of R, G and B over its mean within the window, less 1,
    over 0.5. The second is the pulse: R, G and B of squares of about 8 pixels, each over its mean in time within the
    window, then green less the mean of red and blue, less its mean, cut at 0.05 and averaged over the squares around by
    a Gaussian whose standard deviation is a quarter of the picture. Brightness cancels in it, and so does light that
    turns warmer or colder (red up, blue down). It is divided by its root mean square in time, that of the median
    square, or by 0.0005 where it is less: how strong a pulse shows is a matter of skin and light. The third plane is
    the change of the second since the frame before. All are cut at 3. Temporal normalisation, its division by the
    deviation in time, and differences of frames beside the picture are those of DeepPhys [1]_, averages over a
    neighbourhood before a change is magnified those of Eulerian magnification [2]_. Each window is normalised by
    itself: nothing is learnt, and nothing passes between windows.

    References
    ----------
    .. [1] Chen, W. & McDuff, D. (2018), DeepPhys: video-based physiological measurement using convolutional attention
       networks, ECCV.
    .. [2] Wu, H.-Y. et al. (2012), Eulerian video magnification for revealing subtle changes in the world, ACM
       Transactions on Graphics 31(4).

    Examples
    --------
    >>> frames = np.full((1, 4, 3, 32, 32), 100.0 / 255.0, dtype=np.float32)
    >>> frames[0, 2, 1] *= 1.004
    >>> normalise(frames, "pulse")[0, :, 1, 0, 0].astype(float).round(2).tolist()
    [-0.58, -0.58, 1.73, -0.58]
    """
    check_choice(kind, name="normalisation", choices=NORMALISATIONS)
    if kind == "none":
        return frames
    if not isinstance(frames, np.ndarray) or (frames.dtype != np.uint8 and frames.dtype.kind != "f"):
        told = getattr(frames, "dtype", type(frames).__name__)
        raise InvalidArgumentError(f"frames has type {told}; it must be an array of uint8, or of floats from 0 to 1.")
    if frames.ndim != 5 or frames.shape[2] != 3:
        raise InvalidArgumentError(
            f"X has shape {frames.shape}; normalisation='pulse' takes (n_windows, n_frames, 3, height, width), RGB. "
            "Other channels take normalisation='none'."
        )
    planes = np.empty(frames.shape, dtype=np.float32)
    for window, out in zip(frames, planes, strict=True):
        _lay_open(window, out)
    return planes


def normalisation_record(kind):
    """A normalisation as a file of weights holds it: its name, and the constants behind it.

    Parameters
    ----------
    kind : {"none", "pulse"}
        Which one.

    Returns
    -------
    dict
        As JSON holds it.

    Examples
    --------
    >>> normalisation_record("none")
    {'kind': 'none'}
    """
    if check_choice(kind, name="normalisation", choices=NORMALISATIONS) == "none":
        return {"kind": kind}
    return {
        "kind": kind, "square_pixels": _SQUARE, "reach": _REACH, "moved": _MOVED, "steady": _STEADY,
        "picture": _PICTURE, "limit": _LIMIT,
    }  # fmt: skip


def _lay_open(window, out):
    """Write picture, pulse and change of the pulse of one window (n_frames, 3, height, width)."""
    highest = 255.0 if window.dtype == np.uint8 else 1.0
    picture = window.mean(axis=1, dtype=np.float32)
    out[:, 0] = np.clip((picture / max(float(picture.mean()), 1e-3 * highest) - 1.0) / _PICTURE, -_LIMIT, _LIMIT)
    means, repeats = _square_means(window)
    relative = means / (means.mean(axis=0) + 0.004 * highest)  # a dark square has no colour to speak of
    pulse = relative[:, 1] - 0.5 * (relative[:, 0] + relative[:, 2])
    pulse = np.clip(pulse - pulse.mean(axis=0), -_MOVED, _MOVED)
    pulse = gaussian_filter(pulse, [0.0, *(_REACH * n_squares for n_squares in pulse.shape[1:])])
    pulse /= max(float(np.median(pulse.std(axis=0))), _STEADY)
    for plane, values in ((1, pulse), (2, np.diff(pulse, axis=0, prepend=pulse[:1]))):
        small = np.clip(values, -_LIMIT, _LIMIT)
        out[:, plane] = small.repeat(repeats[0], axis=1).repeat(repeats[1], axis=2)


def _square_means(window):
    """Means over squares (n_frames, 3, rows, columns) as float32, and how many pixels each row and column spans."""
    sums, repeats = window, []
    for axis in (2, 3):
        n_pixels = window.shape[axis]
        n_squares = max(n_pixels // _SQUARE, 1)
        edges = np.arange(n_squares + 1) * n_pixels // n_squares
        repeats.append(np.diff(edges))
        sums = np.add.reduceat(sums, edges[:-1], axis=axis, dtype=np.float32)
    return sums / np.outer(*repeats).astype(np.float32), repeats
