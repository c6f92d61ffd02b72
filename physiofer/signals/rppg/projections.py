"""Pulse by projections that the colours themselves decide: PCA, PBV, LGI and OMIT."""

import numpy as np

from ..._validate import check_number, check_rate
from .._filters import zero_phase
from ._windows import check_rgb, even_length, overlapped
from .chrominance import HIGH_HZ, LOW_HZ

#: Relative pulsation of R, G and B on skin under white light (de Haan & van Leest 2014).
_BLOOD = np.array([0.33, 0.77, 0.53])


def pbv(rgb, rate, *, window_s=10.0):
    """Pulse by the signature of blood volume (PBV), after de Haan & van Leest.

    In each window the relative colours ``C = RGB / mean - 1``, band-passed between 40 and 240 bpm, are weighed by
    ``w = Q^-1 p / (p' Q^-1 p)``, where ``Q = C C'`` and ``p`` is the relative pulsation of the channels on skin: of all
    waves in which a signal of that signature keeps its size this has the least power.

    Parameters
    ----------
    rgb : array-like of shape (..., 3, n_frames)
        Mean colours R, G, B of skin at a regular rate; NaN where missing. Not filtered and not centred.
    rate : float
        Frames per second.
    window_s : float, default=10
        Length of the windows in seconds, which overlap by half and are put together under Hann's window; a shorter
        recording is one window.

    Returns
    -------
    ndarray of shape (..., n_frames)
        In the polarity of reflected light. Windows with a missing sample or a channel whose mean is not above zero are
        left out; NaN where no window is left.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range.

    References
    ----------
    .. [1] de Haan & van Leest (2014), Physiological Measurement 35(9), 1913-1926.

    Examples
    --------
    >>> times = np.arange(300) / 30.0
    >>> blood, light = 0.01 * np.sin(2 * np.pi * 1.2 * times), 1.0 + 0.05 * np.sin(2 * np.pi * 0.9 * times)
    >>> rgb = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood) * light
    >>> bool(np.corrcoef(pbv(rgb, 30.0), -blood)[0, 1] > 0.95)
    True
    """
    rgb, rate, length = checked(rgb, rate, window_s)

    def project(window, mean):
        colours = band_passed(window / mean - 1.0, rate)
        weight = np.linalg.solve(_products(colours), np.broadcast_to(_BLOOD, (len(colours), 3))[..., np.newaxis])
        weight /= (_BLOOD[:, np.newaxis] * weight).sum(axis=1, keepdims=True)
        return (weight * colours).sum(axis=1)

    return overlapped(rgb, length, project)


def lgi(rgb, rate, *, window_s=10.0):
    """Pulse by local group invariance (LGI), after Pilz et al.

    In each window the direction in which the colours vary most, the first left singular vector of RGB as it is, is
    taken out: mostly the colour of skin, along which light and movement act. Green of what remains is the pulse.

    Parameters
    ----------
    rgb : array-like of shape (..., 3, n_frames)
        Mean colours R, G, B of skin at a regular rate; NaN where missing. Not filtered and not centred.
    rate : float
        Frames per second.
    window_s : float, default=10
        Length of the windows in seconds; see :func:`pbv`.

    Returns
    -------
    ndarray of shape (..., n_frames)
        In the unit of `rgb`, without the mean of each window, in the polarity of reflected light; NaN as in
        :func:`pbv`.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range.

    References
    ----------
    .. [1] Pilz, Zaunseder, Krajewski & Blazek (2018), IEEE/CVF CVPR Workshops, 1335-1343.

    Examples
    --------
    >>> times = np.arange(300) / 30.0
    >>> blood = 0.01 * np.sin(2 * np.pi * 1.2 * times)
    >>> rgb = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood)
    >>> bool(np.corrcoef(lgi(rgb, 30.0), -blood)[0, 1] > 0.95)
    True
    """
    rgb, _, length = checked(rgb, rate, window_s)

    def project(window, mean):
        scale = 1.0 / np.abs(window).max(axis=(1, 2), keepdims=True)
        _, vectors = np.linalg.eigh(np.einsum("nit,njt->nij", window * scale, window * scale))
        return _green_beside(window - mean, vectors[:, :, -1])

    return overlapped(rgb, length, project)


def omit(rgb, rate, *, window_s=10.0):
    """Pulse by orthogonal matrix image transformation (OMIT), after Álvarez Casado & Bordallo López.

    In each window RGB is factored into Q R; the first column of Q, along the colour of the first frame, is taken out,
    and green of what remains is the pulse.

    Parameters
    ----------
    rgb : array-like of shape (..., 3, n_frames)
        Mean colours R, G, B of skin at a regular rate; NaN where missing. Not filtered and not centred.
    rate : float
        Frames per second.
    window_s : float, default=10
        Length of the windows in seconds; see :func:`pbv`.

    Returns
    -------
    ndarray of shape (..., n_frames)
        In the unit of `rgb`, without the mean of each window, in the polarity of reflected light; NaN as in
        :func:`pbv`.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range.

    References
    ----------
    .. [1] Álvarez Casado & Bordallo López (2023), IEEE Access 11, 48900-48919.

    Examples
    --------
    >>> times = np.arange(300) / 30.0
    >>> blood = 0.01 * np.sin(2 * np.pi * 1.2 * times)
    >>> rgb = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood)
    >>> bool(np.corrcoef(omit(rgb, 30.0), -blood)[0, 1] > 0.95)
    True
    """
    rgb, _, length = checked(rgb, rate, window_s)

    def project(window, mean):
        first = window[:, :, 0]  # its direction is the first column of Q, up to the sign
        size = np.sqrt(np.square(first).sum(axis=1, keepdims=True))
        return _green_beside(window - mean, np.divide(first, size, out=np.zeros_like(first), where=size > 0.0))

    return overlapped(rgb, length, project)


def pca(rgb, rate, *, window_s=10.0):
    """Pulse by principal components, after Lewandowska et al.

    In each window the relative colours, band-passed between 40 and 240 bpm, are turned to their principal axes, and the
    component with the greatest share of its power in one spectral peak is the pulse.

    Parameters
    ----------
    rgb : array-like of shape (..., 3, n_frames)
        Mean colours R, G, B of skin at a regular rate; NaN where missing. Not filtered and not centred.
    rate : float
        Frames per second.
    window_s : float, default=10
        Length of the windows in seconds; see :func:`pbv`.

    Returns
    -------
    ndarray of shape (..., n_frames)
        As the component appears in green, which settles its sign and size: in the polarity of reflected light. NaN as
        in :func:`pbv`.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range.

    References
    ----------
    .. [1] Lewandowska, Rumiński, Kocejko & Nowak (2011), FedCSIS, 405-410.

    Examples
    --------
    >>> times = np.arange(300) / 30.0
    >>> blood, light = 0.01 * np.sin(2 * np.pi * 1.2 * times), 1.0 + 0.002 * np.cos(2 * np.pi * 2.1 * times**1.2)
    >>> rgb = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood) * light
    >>> bool(np.corrcoef(pca(rgb, 30.0), -blood)[0, 1] > 0.9)
    True
    """
    rgb, rate, length = checked(rgb, rate, window_s)

    def project(window, mean):
        colours = band_passed(window / mean - 1.0, rate)
        _, vectors = np.linalg.eigh(_products(colours))
        return purest(vectors.swapaxes(1, 2) @ colours, colours[:, 1], rate)

    return overlapped(rgb, length, project)


def checked(rgb, rate, window_s):
    """Checked colours, rate, and the length of windows in frames."""
    rgb, rate = check_rgb(rgb), check_rate(rate)
    window_s = check_number(window_s, name="window_s", low=0.0, low_open=True)
    return rgb, rate, max(min(even_length(window_s, rate), rgb.shape[-1]), 2)


def band_passed(colours, rate):
    """Colours (n_rows, 3, length) between 40 and 240 bpm."""
    return zero_phase(colours, rate, low_hz=LOW_HZ, high_hz=HIGH_HZ)


def _products(colours):
    """Sums of products of the channels, (n_rows, 3, 3), never singular."""
    products = np.einsum("nit,njt->nij", colours, colours)
    ridge = 1e-9 * np.trace(products, axis1=1, axis2=2) + 1e-30
    return products + ridge[:, np.newaxis, np.newaxis] * np.eye(3)


def _green_beside(colours, direction):
    """Green of colours (n_rows, 3, length) without their part along unit vectors (n_rows, 3)."""
    along = np.einsum("nit,ni->nt", colours, direction)
    return colours[:, 1] - direction[:, 1:2] * along


def purest(components, green, rate):
    """The component (n_rows, n_components, length) with the most power in one peak, as large as it is in `green`."""
    length = components.shape[-1]
    n_fft = 1 << int(np.ceil(np.log2(2 * length)))
    frequencies_hz = np.arange(n_fft // 2 + 1) * rate / n_fft
    in_band = (frequencies_hz >= LOW_HZ) & (frequencies_hz <= HIGH_HZ)
    if not in_band.any():
        return np.zeros(green.shape)
    taper = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
    power = np.abs(np.fft.rfft(components * taper, n_fft, axis=-1)[..., in_band]) ** 2
    share = power.max(axis=-1) / np.maximum(power.sum(axis=-1), 1e-300)
    chosen = components[np.arange(len(components)), share.argmax(axis=1)]
    size = np.square(chosen).sum(axis=1)
    gain = np.divide((chosen * green).sum(axis=1), size, out=np.zeros_like(size), where=size > 0.0)
    return gain[:, np.newaxis] * chosen
