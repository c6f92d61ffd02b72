"""Pulse from colour by fixed projections: POS, CHROM and the green channel alone."""

from functools import lru_cache

import numpy as np

from ..._parallel import over_windows
from ..._validate import check_number, check_rate
from ...kernels.rppg.chrom import chrom as _chrom
from ...kernels.rppg.pos import pos as _pos
from .._filters import zero_phase
from ._windows import OverlapAdd, check_rgb, even_length, hann, starts

LOW_HZ, HIGH_HZ = 40.0 / 60.0, 4.0
_WINDOW_S = 1.6


def pos(rgb, rate):
    """Pulse by the plane orthogonal to skin (POS), every sample exact to Algorithm 1 of Wang et al.

    In each window of ``l = ceil(1.6 rate)`` frames, from the first to the last and one frame apart, the colours are
    divided by their means, ``S1 = G - B`` and ``S2 = G + B - 2 R`` are taken, and ``h = S1 + (sd(S1) / sd(S2)) S2``
    without its mean is added to the pulse. As the mean of `h` is zero and both deviations follow from sums of products,
    a window amounts to three weights of the colours, and the pulse to the colours times running sums of these weights:
    the cost does not depend on `l`.

    Parameters
    ----------
    rgb : array-like of shape (..., 3, n_frames)
        Mean colours R, G, B of skin, linear or as a camera gives them, at a regular rate; NaN where missing. Not
        filtered and not centred before: the division by means wants them.
    rate : float
        Frames per second.

    Returns
    -------
    ndarray of shape (..., n_frames)
        In the polarity of reflected light: it falls as blood fills the skin. Windows with a missing sample or a channel
        whose mean is not above zero are left out; NaN where no window is left, so wherever a sample is missing and
        throughout if there are fewer than `l` frames. Where S2 does not vary (deviation up to 1e-9) its share is 0, so
        that constant colours give 0.

    Raises
    ------
    InvalidArgumentError
        If the shape of `rgb` or `rate` is wrong.

    References
    ----------
    .. [1] Wang, den Brinker, Stuijk & de Haan (2017), IEEE Trans. Biomedical Engineering 64(7), 1479-1491.

    Examples
    --------
    >>> times = np.arange(300) / 30.0
    >>> blood = 0.01 * np.sin(2 * np.pi * 1.2 * times)
    >>> rgb = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood)
    >>> bool(np.corrcoef(pos(rgb, 30.0), -blood)[0, 1] > 0.9)
    True
    """
    rgb, rate = check_rgb(rgb), check_rate(rate)
    length = int(np.ceil(round(_WINDOW_S * rate, 9)))  # 1.6 times 35 is 56, not a little more
    rows = _rows(rgb)
    out = np.full((len(rows), rows.shape[-1]), np.nan)
    if rows.shape[-1] >= length:
        over_windows(_pos, len(rows), rows, length, out)
    return out.reshape(*rgb.shape[:-2], rgb.shape[-1])


def chrom(rgb, rate):
    """Pulse by chrominance (CHROM), after de Haan & Jeanne.

    Windows last ``l = 2 ceil(0.8 rate)`` frames and begin every ``l / 2``; where the last of them does not reach the
    end, one more does. In each, colours are divided by their means, less 1; ``X = 3 R - 2 G`` and
    ``Y = 1.5 R + G - 1.5 B`` are band-passed between 40 and 240 bpm, and ``S = X - (sd(X) / sd(Y)) Y``. Windows are put
    together under Hann's window, ``sin(pi (t + 1/2) / l) ** 2``, of which neighbours add up to 1, over the sum of what
    covers a sample: so the ends and the tail are whole.

    The filter is a Butterworth band-pass of second order (``butter(2, [2/3, 4], "bandpass")``), run over the window
    forwards and backwards with odd extension by ``l - 1`` samples: linear, without phase, and so one matrix of shape
    (l, l). At rates up to 8 Hz it is the high-pass alone.

    Parameters
    ----------
    rgb : array-like of shape (..., 3, n_frames)
        Mean colours R, G, B of skin at a regular rate; NaN where missing. Neither filtered nor centred.
    rate : float
        Frames per second.

    Returns
    -------
    ndarray of shape (..., n_frames)
        In the polarity of blood volume, unlike the other methods: it rises as blood fills the skin. Windows with a
        missing sample or a channel whose mean is not above zero are left out; NaN where no window is left. Where Y does
        not vary (deviation up to 1e-9) its share is 0.

    Raises
    ------
    InvalidArgumentError
        If the shape of `rgb` or `rate` is wrong.

    References
    ----------
    .. [1] de Haan & Jeanne (2013), IEEE Trans. Biomedical Engineering 60(10), 2878-2886.

    Examples
    --------
    >>> times = np.arange(300) / 30.0
    >>> blood = 0.01 * np.sin(2 * np.pi * 1.2 * times)
    >>> rgb = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood)
    >>> bool(np.corrcoef(chrom(rgb, 30.0), blood)[0, 1] > 0.95)
    True
    """
    rgb, rate = check_rgb(rgb), check_rate(rate)
    length = even_length(_WINDOW_S, rate)
    n_times = rgb.shape[-1]
    rows = _rows(rgb)
    out = np.empty((len(rows), n_times))
    over_windows(_chrom, len(rows), rows, starts(n_times, length), _band_matrix(length, rate), hann(length), out)
    return out.reshape(*rgb.shape[:-2], n_times)


@lru_cache(maxsize=16)
def _band_matrix(length, rate):
    """The band-pass of a window as a matrix that a row of samples is multiplied by."""
    return zero_phase(np.eye(length), rate, low_hz=LOW_HZ, high_hz=HIGH_HZ)


def _rows(rgb):
    """Colours as (n_rows, 3, n_frames), a copy if they are read-only: kernels would be compiled anew for it."""
    return np.require(rgb.reshape(int(np.prod(rgb.shape[:-2])), 3, rgb.shape[-1]), requirements=["C", "W"])


def green(rgb, rate, *, window_s=10.0):
    """Pulse by the green channel alone, after Verkruysse et al.

    The relative deviation ``G / mean(G) - 1``, in windows of `window_s` that overlap by half and are put together under
    Hann's window. It is not filtered.

    Parameters
    ----------
    rgb : array-like of shape (..., 3, n_frames)
        Mean colours R, G, B of skin at a regular rate; NaN where missing.
    rate : float
        Frames per second.
    window_s : float, default=10
        Length of the windows in seconds; a shorter recording is one window.

    Returns
    -------
    ndarray of shape (..., n_frames)
        In the polarity of reflected light: it falls as blood fills the skin. NaN where green is missing.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range.

    References
    ----------
    .. [1] Verkruysse, Svaasand & Nelson (2008), Optics Express 16(26), 21434-21445.

    Examples
    --------
    >>> rgb = np.full((3, 90), 100.0)
    >>> rgb[1] += np.sin(2 * np.pi * 1.2 * np.arange(90) / 30.0)
    >>> green(rgb, 30.0).round(4)[:3].tolist()
    [-0.0008, 0.0017, 0.004]
    """
    return relative(check_rgb(rgb)[..., 1, :], check_rate(rate), window_s)


def relative(channel, rate, window_s):
    """Relative deviation of a channel (..., n_frames) from its mean over the samples that are there."""
    shape, n_times = channel.shape[:-1], channel.shape[-1]
    rows = channel.reshape(int(np.prod(shape)), n_times)
    length = min(even_length(check_number(window_s, name="window_s", low=0.0, low_open=True), rate), n_times)
    add = OverlapAdd(len(rows), n_times, max(length, 1))
    there = np.isfinite(rows)
    for first in starts(n_times, length) if length >= 2 else ():
        is_there = there[:, first : first + length]
        window = np.where(is_there, rows[:, first : first + length], 0.0)
        total = window.sum(axis=1, keepdims=True)
        mean = np.divide(total, is_there.sum(axis=1, keepdims=True), out=np.ones_like(total), where=total > 0.0)
        add(first, window / mean - 1.0, is_there & (total > 0.0))
    return add.result().reshape(*shape, n_times)
