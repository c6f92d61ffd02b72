"""One pulse wave from the colours of many regions."""

from typing import NamedTuple

import numpy as np

from ..._validate import check_choice, check_number
from ...exceptions import InvalidArgumentError
from .._filters import bridged, zero_phase
from ._spectra import SHORTEST_S, Spectra, level
from ._windows import OverlapAdd, check_rgb, even_length, starts
from .chrominance import chrom, green, pos, relative
from .heart_rate import tracked
from .ica import ica
from .projections import lgi, omit, pbv, pca
from .quality import MIN_RATE, grade

#: Methods by name, and the sign that makes a wave rise as blood fills the skin.
METHODS = {
    "pos": (pos, -1.0), "chrom": (chrom, 1.0), "green": (green, -1.0), "ica": (ica, -1.0), "pca": (pca, -1.0),
    "pbv": (pbv, -1.0), "lgi": (lgi, -1.0), "omit": (omit, -1.0),
}  # fmt: skip
BAND_HZ = (0.65, 6.0)
_WINDOW_S = 10.0
_DARK = 0.02  # of the brightest channel's mean: a darker channel holds noise of the camera
_CLIPPED = 252.0  # of 255, as mean of a region: most of its pixels are at the rail
_MOVING = 4.0  # times the median region's variation
_SHARED = 0.25  # least share of a channel's variance that the background explains for it to be taken off
_ROUNDS = 2


class Pulse(NamedTuple):
    """Pulse wave pooled over regions, and what it was made of; see :func:`pulse`.

    ``bvp`` (n_frames,), ``quality`` (n_frames,) from 0 to 1, ``weights`` and ``region_bvps`` (n_regions, n_frames).
    """

    bvp: np.ndarray
    quality: np.ndarray
    weights: np.ndarray
    region_bvps: np.ndarray


def pulse(rgb, rate, *, method="pos", background=None):
    """Pulse wave of a face from the colours of its regions.

    1. With a `background`, the light that it shares with a region is taken off: in windows of 10 s each channel's
       relative changes, band-passed, are regressed on the background's, and where these explain at least a quarter of
       the variance the channel is divided by them.
    2. `method` makes a wave of each region. A region that lacks a colour (a channel with a mean below a fiftieth of the
       brightest one's, or that never changes) has no chrominance: its wave is the relative change of that channel with
       the purest spectrum, as in a finger on a lens.
    3. Waves are band-passed from 0.65 to 6 Hz, upright: they rise as blood fills the skin.
    4. In windows of 10 s that overlap by half, regions are weighted by ``sqrt(p) / (1 - p)``, where `p` is the share of
       a wave's power at the rate that all regions agree upon and its harmonic (so for noise that differs between
       regions the ratio of signal to noise is greatest); the rates that they agree upon come from the weighted spectra
       of all windows by the tracker of :func:`heart_rate`, in two rounds. A wave that opposes the others is turned.
       Regions that are clipped (a mean of 252 or more in a channel) or move (in-band changes of brightness of more than
       four times the median region's) do not count, unless none is left.

    Parameters
    ----------
    rgb : array-like of shape (n_regions, 3, n_frames) or (3, n_frames)
        Mean colours of each region, 0 to 255, at a regular rate; NaN where missing. See :func:`resample`.
    rate : float
        Frames per second, at least 5.
    method : {"pos", "chrom", "green", "ica", "pca", "pbv", "lgi", "omit"}, default="pos"
        The function of this module that is used.
    background : array-like of shape (3, n_frames), optional
        Mean colours of something still in the same light.

    Returns
    -------
    Pulse
        ``bvp`` of shape (n_frames,), in units of its own deviation, NaN where no region has a wave; ``quality``
        (n_frames,): purity at the rate agreed upon as in :func:`signal_quality`, 0 without a wave; ``weights``
        (n_regions, n_frames), adding up to 1 where there is a wave; ``region_bvps`` (n_regions, n_frames).

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range or shapes do not match.

    References
    ----------
    .. [1] Wang, den Brinker, Stuijk & de Haan (2017), IEEE Trans. Biomedical Engineering 64(7), 1479-1491.
    .. [2] Kumar, Veeraraghavan & Sabharwal (2015), Biomedical Optics Express 6(5), 1565-1588 (pooling of regions).
    .. [3] Li, Chen, Zhao & Pietikäinen (2014), CVPR, 4264-4271 (the background as a reference).

    Examples
    --------
    >>> times = np.arange(600) / 30.0
    >>> blood = 0.01 * np.sin(2 * np.pi * 1.2 * times)
    >>> rgb = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood)
    >>> noise = 5.0 * np.random.default_rng(0).standard_normal((3, 600))
    >>> found = pulse([rgb, rgb + noise], 30.0)
    >>> bool(np.corrcoef(found.bvp, blood)[0, 1] > 0.99), bool(found.weights[1].max() < 0.2)
    (True, True)
    """
    rgb = check_rgb(rgb)
    rate = check_number(rate, name="rate", low=MIN_RATE)
    transform, sign = METHODS[check_choice(method, name="method", choices=METHODS)]
    if rgb.ndim > 3:
        raise InvalidArgumentError(f"rgb has shape {rgb.shape}; it must be (n_regions, 3, n_frames).")
    rgb = rgb.reshape(-1, 3, rgb.shape[-1])
    if background is not None:
        background = check_rgb(background, name="background")
        if background.shape != rgb.shape[1:]:
            raise InvalidArgumentError(f"background has shape {background.shape}; it must be {rgb.shape[1:]}.")
        rgb = _without_background(rgb, background, rate)
    is_coloured = _is_live(rgb).all(axis=1)
    waves = np.full((len(rgb), rgb.shape[-1]), np.nan)
    if is_coloured.any():
        waves[is_coloured] = sign * transform(rgb[is_coloured], rate)
    for region in np.flatnonzero(~is_coloured):
        waves[region] = _purest_channel(rgb[region], rate)
    return _pooled(_filtered(waves, rate), rgb, rate)


def _is_live(rgb):
    """Whether each channel (n_regions, 3) is bright enough beside the others, and changes."""
    there = np.isfinite(rgb)
    count = np.maximum(there.sum(axis=-1), 1)
    mean = np.where(there, rgb, 0.0).sum(axis=-1) / count
    highest, lowest = (f(np.where(there, rgb, fill), axis=-1, initial=fill) for f, fill in ((np.max, -1e300),
                                                                                         (np.min, 1e300)))  # fmt: skip
    return (mean > _DARK * mean.max(axis=1, keepdims=True)) & (mean > 0.0) & (highest > lowest)


def _purest_channel(rgb, rate):
    """Relative change of that live channel (3, n_frames) whose spectrum is purest, upright; NaN without any."""
    live = np.flatnonzero(_is_live(rgb[np.newaxis])[0])
    if not live.size:
        return np.full(rgb.shape[-1], np.nan)
    waves = -relative(rgb[live], rate, _WINDOW_S)
    length = min(even_length(_WINDOW_S, rate), rgb.shape[-1])
    if live.size == 1 or length < SHORTEST_S * rate - 0.5:
        return waves[0]
    spectra = Spectra(_filtered(waves, rate), rate, starts(rgb.shape[-1], length), length)
    purity = spectra.purity(spectra.power, spectra.bpm[spectra.evidence(spectra.power).argmax(axis=-1)])
    return waves[purity.mean(axis=0).argmax()]


def _filtered(waves, rate):
    """Waves in the band of the pulse; missing samples stay missing."""
    is_there = np.isfinite(waves)
    filtered = zero_phase(bridged(np.where(is_there, waves, np.nan)), rate, low_hz=BAND_HZ[0], high_hz=BAND_HZ[1])
    return np.where(is_there, filtered, np.nan)


def _without_background(rgb, background, rate):
    """Colours divided by the relative changes of light that they share with the background."""
    share = _filtered(relative(background, rate, _WINDOW_S), rate)  # (3, n_frames)
    change = _filtered(relative(rgb, rate, _WINDOW_S).reshape(-1, rgb.shape[-1]), rate).reshape(rgb.shape)
    n_times = rgb.shape[-1]
    length = max(min(even_length(_WINDOW_S, rate), n_times), 2)
    add = OverlapAdd(rgb.shape[0] * 3, n_times, length)
    for first in starts(n_times, length):
        light, window = share[:, first : first + length], change[..., first : first + length]
        both = np.isfinite(light) & np.isfinite(window)
        x, y = (np.where(both, values, 0.0) for values in (np.broadcast_to(light, window.shape), window))
        xx, yy, xy = ((a * b).sum(axis=-1) for a, b in ((x, x), (y, y), (x, y)))
        is_shared = (xy > 0.0) & (xy * xy >= _SHARED * xx * yy)
        gain = np.divide(xy, xx, out=np.zeros_like(xx), where=is_shared)
        add(first, (gain[..., np.newaxis] * x).reshape(-1, length), 1.0)
    light = np.nan_to_num(add.result(), nan=0.0).reshape(rgb.shape)
    return rgb / np.maximum(1.0 + light, 0.1)


def _pooled(waves, rgb, rate):
    """Waves of regions put together, window by window."""
    n_regions, n_times = waves.shape
    length = min(even_length(_WINDOW_S, rate), n_times)
    if not n_regions or length < max(SHORTEST_S * rate - 0.5, 2):
        return Pulse(np.full(n_times, np.nan), np.zeros(n_times), np.zeros(waves.shape), waves)
    firsts = starts(n_times, length)
    spectra = Spectra(waves, rate, firsts, length)
    size = _deviations(waves, firsts, length)
    weight, purity = _weights(spectra, _is_still(rgb, rate, firsts, length) & (size > 0.0), length / rate)
    weight = weight * _polarity(waves, weight, size, firsts, length)
    add, mix = (OverlapAdd(n_regions, n_times, length) for _ in range(2))
    graded = OverlapAdd(1, n_times, length)
    scale = np.divide(weight, size, out=np.zeros_like(weight), where=size > 0.0)
    ones = np.ones((n_regions, length))
    for k, first in enumerate(firsts):
        add(first, scale[k, :, np.newaxis] * ones, 1.0)
        mix(first, weight[k, :, np.newaxis] * ones, 1.0)
        graded(first, np.full((1, length), purity[k]), 1.0)
    is_there = np.isfinite(waves)
    mix = np.where(is_there, mix.result(), 0.0)
    total = np.abs(mix).sum(axis=0)
    is_told = total > 0.0
    mix = np.divide(mix, total, out=np.zeros_like(mix), where=is_told)
    bvp = np.where(is_there, waves * add.result(), 0.0).sum(axis=0)
    bvp = np.divide(bvp, total, out=np.full(n_times, np.nan), where=is_told)
    return Pulse(bvp, np.where(is_told, graded.result()[0], 0.0), np.abs(mix), np.where(mix < 0.0, -waves, waves))


def _deviations(waves, firsts, length):
    """Root mean square of each wave in each window, (n_windows, n_regions); 0 without samples."""
    out = np.zeros((len(firsts), len(waves)))
    for k, first in enumerate(firsts):
        window = waves[:, first : first + length]
        there = np.isfinite(window)
        out[k] = np.sqrt(np.where(there, window, 0.0).__pow__(2).sum(axis=1) / np.maximum(there.sum(axis=1), 1))
    return out


def _is_still(rgb, rate, firsts, length):
    """Whether a region is neither clipped nor moving in each window, (n_windows, n_regions); all where none is."""
    bright = _filtered(relative(rgb[:, 1], rate, _WINDOW_S), rate)
    varying = _deviations(bright, firsts, length)
    out = np.zeros(varying.shape, dtype=bool)
    for k, first in enumerate(firsts):
        window = rgb[:, :, first : first + length]
        there = np.isfinite(window)
        mean = np.where(there, window, 0.0).sum(axis=-1) / np.maximum(there.sum(axis=-1), 1)
        is_seen = there.any(axis=(1, 2))
        usual = np.median(varying[k][is_seen]) if is_seen.any() else 0.0
        out[k] = is_seen & (mean.max(axis=1) < _CLIPPED) & (varying[k] <= _MOVING * max(usual, 1e-12))
        if not out[k].any():
            out[k] = is_seen
    return out


def _weights(spectra, is_usable, window_s):
    """Weight of each region in each window, (n_windows, n_regions), and the quality of what they make together."""
    power = spectra.power
    total = power.sum(axis=-1, keepdims=True)
    power = np.divide(power, total, out=np.zeros_like(power), where=total > 0.0)
    is_usable = is_usable & (total[..., 0] > 0.0)
    own = spectra.bpm[spectra.evidence(power).argmax(axis=-1)]
    weight = is_usable * _say(spectra.purity(power, own))
    for _ in range(_ROUNDS):
        share = np.divide(weight, weight.sum(axis=1, keepdims=True), out=np.zeros_like(weight), where=weight > 0.0)
        pooled = np.einsum("wrf,wr->wf", power, share)
        bpm, purity = tracked(spectra, pooled, 0.5 * window_s, window_s)
        weight = is_usable * _say(spectra.purity(power, np.broadcast_to(bpm[:, np.newaxis], own.shape)))
    return weight, grade(purity, spectra.length_s)


def _say(purity):
    """Weight of a wave of which a share is pulse and the rest noise; never quite nothing."""
    return np.sqrt(np.maximum(purity, 1e-4)) / (1.05 - purity)


def _polarity(waves, weight, size, firsts, length):
    """1, or -1 for a wave that opposes the weighted mean of the others, (n_windows, n_regions)."""
    out = np.ones(weight.shape)
    for k, first in enumerate(firsts):
        window = np.nan_to_num(waves[:, first : first + length], nan=0.0)
        window = window * np.divide(weight[k], size[k], out=np.zeros_like(weight[k]), where=size[k] > 0.0)[:, np.newaxis]
        products = window @ window.T
        _, axes = np.linalg.eigh(products)
        axis = axes[:, -1] * (1.0 if (axes[:, -1] * weight[k]).sum() >= 0.0 else -1.0)
        opposed = (axis < 0.0) & (products.diagonal() > 0.0)
        out[k, opposed] = -1.0
    return out
