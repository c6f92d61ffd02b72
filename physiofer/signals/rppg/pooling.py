"""One pulse wave from the colours of many regions."""

from typing import NamedTuple

import numpy as np

from ..._validate import check_choice, check_number
from ...exceptions import InvalidArgumentError
from .._filters import bridged, zero_phase
from ._agreement import agreement, deviations
from ._spectra import SHORTEST_S, Spectra
from ._windows import OverlapAdd, check_rgb, even_length, starts
from .chrominance import chrom, green, pos, relative
from .ica import ica
from .projections import lgi, omit, pbv, pca
from .quality import MIN_RATE

#: Methods by name, and the sign that makes their waves rise as blood fills the skin.
METHODS = {
    "pos": (pos, -1.0), "chrom": (chrom, 1.0), "green": (green, -1.0), "ica": (ica, -1.0), "pca": (pca, -1.0),
    "pbv": (pbv, -1.0), "lgi": (lgi, -1.0), "omit": (omit, -1.0),
}  # fmt: skip
_BAND_HZ = (0.6, 4.5)
_WINDOW_S = 10.0
_DARK = 0.02  # of the brightest channel's mean: a darker channel holds the camera's noise
_STILL = 1e-9  # of its highest value: a channel that changes less does not change
_CLIPPED = 252.0  # of 255, as mean of a region: most of its pixels are at the rail
_MOVING = 4.0  # times the median region's variation
_SHARED = 0.25  # least share of a wave's power that the background explains for it to be taken off


class Pulse(NamedTuple):
    """Pulse wave pooled over regions, and what it was made of; see :func:`pulse`.

    ``bvp`` (n_frames,), ``quality`` (n_frames,) from 0 to 1, ``weights`` and ``region_bvps`` (n_regions, n_frames).
    """

    bvp: np.ndarray
    quality: np.ndarray
    weights: np.ndarray
    region_bvps: np.ndarray

    def __repr__(self):
        quality = self.quality.sum() / max(self.quality.size, 1)
        return f"<Pulse of {len(self.weights)} regions: {self.bvp.size} frames, quality {quality:.2f}>"


def pulse(rgb, rate, *, method="pos", background=None):
    """Pulse wave of a face from the colours of its regions.

    1. `method` makes a wave of each region. Several methods make several, which count as regions of their own; those
       after the first have a say only as far as its quality falls short of 1. So ``"pos+green"`` goes by chrominance,
       which outlives movement, and asks green, which outlives compression, where that is gone. A region that lacks a
       colour (a channel with a mean below a fiftieth of the brightest one's, or that never changes) has no chrominance:
       its wave is the relative change of that channel with the purest spectrum, as in a finger on a lens.
    2. Waves are band-passed from 0.6 to 4.5 Hz, upright: they rise as blood fills the skin.
    3. With a `background`, each wave is regressed in windows of 10 s on the background's relative R, G and B; where
       these explain at least a quarter of its power that part is taken off: it is the light's.
    4. In windows of 10 s that overlap by half, regions are weighted by ``sqrt(p + 0.1) / (1.05 - p)``, where `p` is the
       purity of a wave (see :func:`signal_quality`) at the rate that the regions agree upon: about what makes the ratio
       of signal to noise greatest where noise differs between regions. Half of a weight is its mean over all windows:
       the purest of many regions of noise is not taken for a pulse. That rate comes from the weighted spectra of all
       windows by the tracker of :func:`heart_rate`, in two rounds. A wave that opposes the others is turned. Regions
       that are clipped (a mean of 252 or more in a channel) or move (green changes in the band by more than four times
       what it does in the median region) do not count, unless none is left.

    Parameters
    ----------
    rgb : array-like of shape (n_regions, 3, n_frames) or (3, n_frames)
        Mean colours of each region, 0 to 255, at a regular rate; NaN where missing. See :func:`resample`.
    rate : float
        Frames per second, at least 5.
    method : {"pos", "chrom", "green", "ica", "pca", "pbv", "lgi", "omit"}, default="pos"
        The function of this module that is used, or several, joined by a plus sign: ``"pos+green"``.
    background : array-like of shape (3, n_frames), optional
        Mean colours of something still in the same light.

    Returns
    -------
    Pulse
        ``bvp`` of shape (n_frames,), in units of its regions' deviations, NaN where no region has a wave and throughout
        below four seconds; ``quality`` (n_frames,): purity at the rate agreed upon, graded as by
        :func:`signal_quality`, 0 without a wave; ``weights`` (n_regions, n_frames), which add up to 1 where there is a
        wave; ``region_bvps`` (n_regions, n_frames), of several methods their weighted mean in units of deviations.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range or shapes do not match.

    References
    ----------
    .. [1] Kumar, Veeraraghavan & Sabharwal (2015), Biomedical Optics Express 6(5), 1565-1588 (weights of regions).
    .. [2] Li, Chen, Zhao & Pietikäinen (2014), IEEE CVPR, 4264-4271 (the background as a reference).

    Examples
    --------
    >>> times = np.arange(600) / 30.0
    >>> blood = 0.01 * np.sin(2 * np.pi * 1.2 * times)
    >>> rgb = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood)
    >>> noise = 5.0 * np.random.default_rng(0).standard_normal((3, 600))
    >>> found = pulse([rgb, rgb + noise], 30.0)
    >>> bool(np.corrcoef(found.bvp, blood)[0, 1] > 0.95), bool(found.weights[1].max() < 0.2)
    (True, True)
    """
    rgb = check_rgb(rgb)
    rate = check_number(rate, name="rate", low=MIN_RATE)
    methods = methods_of(method)
    if rgb.ndim > 3:
        raise InvalidArgumentError(f"rgb has shape {rgb.shape}; it must be (n_regions, 3, n_frames) or (3, n_frames).")
    rgb = rgb if rgb.ndim == 3 else rgb[np.newaxis]
    rgb = np.where(np.isfinite(rgb), rgb, np.nan)
    waves = _filtered(_waves(rgb, rate, methods), rate)
    if background is not None:
        background = check_rgb(background, name="background")
        if background.shape != rgb.shape[1:]:
            raise InvalidArgumentError(f"background has shape {background.shape}; it must be {rgb.shape[1:]}.")
        waves = _without_background(waves, background, rate)
    length = min(even_length(_WINDOW_S, rate), rgb.shape[-1])
    if not len(waves) or length < SHORTEST_S * rate - 0.5:
        first = waves[: len(rgb)]
        return Pulse(np.full(rgb.shape[-1], np.nan), np.zeros(rgb.shape[-1]), np.zeros(first.shape), first)
    return _pooled(waves, np.tile(_is_still(rgb, rate, length), (1, len(methods))), rate, length, len(rgb))


def methods_of(method):
    """Names of the methods that `method` names, each known and named once."""
    names = tuple(method.split("+")) if isinstance(method, str) else (method,)
    for name in names:
        check_choice(name, name="method", choices=METHODS)
    if len(set(names)) < len(names):
        raise InvalidArgumentError(f"method={method!r} names a method twice; name each once.")
    return names


def _waves(rgb, rate, methods):
    """Upright waves of all regions by each method in turn, (n_methods * n_regions, n_frames)."""
    waves = np.full((len(methods), len(rgb), rgb.shape[-1]), np.nan)
    is_coloured = _is_live(rgb).all(axis=1)
    if is_coloured.any():
        for k, name in enumerate(methods):
            transform, sign = METHODS[name]
            waves[k, is_coloured] = sign * transform(rgb[is_coloured], rate)
    for region in np.flatnonzero(~is_coloured):
        waves[:, region] = _purest_channel(rgb[region], rate)
    return waves.reshape(len(methods) * len(rgb), rgb.shape[-1])


def _is_live(rgb):
    """Whether each channel (n_regions, 3) is bright enough beside the others, and changes."""
    there = np.isfinite(rgb)
    mean = np.where(there, rgb, 0.0).sum(axis=-1) / np.maximum(there.sum(axis=-1), 1)
    highest = np.max(np.where(there, rgb, -np.inf), axis=-1, initial=-np.inf)
    lowest = np.min(np.where(there, rgb, np.inf), axis=-1, initial=np.inf)
    return (mean > _DARK * mean.max(axis=1, keepdims=True)) & (mean > 0.0) & (highest - lowest > _STILL * highest)


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
    purity = spectra.purity(spectra.power, spectra.strongest(spectra.power))
    return waves[purity.mean(axis=0).argmax()]


def _filtered(waves, rate):
    """Waves in the band of the pulse; missing samples stay missing."""
    is_there = np.isfinite(waves)
    filtered = zero_phase(bridged(waves), rate, low_hz=_BAND_HZ[0], high_hz=_BAND_HZ[1]) if waves.size else waves
    return np.where(is_there, filtered, np.nan)


def _without_background(waves, background, rate):
    """Waves without what the colours of the background explain of them, where that is a good part."""
    light = _filtered(relative(background, rate, _WINDOW_S), rate)
    n_times = waves.shape[1]
    length = max(min(even_length(_WINDOW_S, rate), n_times), 2)
    add = OverlapAdd(len(waves), n_times, length)
    for first in starts(n_times, length):
        window, lamp = (np.nan_to_num(values[:, first : first + length], nan=0.0) for values in (waves, light))
        products = lamp @ lamp.T
        products += (1e-9 * np.trace(products) + 1e-300) * np.eye(3)
        shared = np.linalg.solve(products, lamp @ window.T).T @ lamp
        is_shared = np.square(shared).sum(axis=1) >= _SHARED * np.square(window).sum(axis=1)
        add(first, shared * is_shared[:, np.newaxis], 1.0)
    return waves - np.nan_to_num(add.result(), nan=0.0)


def _is_still(rgb, rate, length):
    """Whether a region is neither clipped nor moving in each window, (n_windows, n_regions); all where none is."""
    firsts = starts(rgb.shape[-1], length)
    varying = deviations(_filtered(relative(rgb[:, 1], rate, _WINDOW_S), rate), firsts, length)
    out = np.zeros(varying.shape, dtype=bool)
    for k, first in enumerate(firsts):
        window = rgb[:, :, first : first + length]
        there = np.isfinite(window)
        mean = np.where(there, window, 0.0).sum(axis=-1) / np.maximum(there.sum(axis=-1), 1)
        is_seen = there.any(axis=(1, 2))
        usual = np.median(varying[k, is_seen]) if is_seen.any() else 0.0
        out[k] = is_seen & (mean.max(axis=1) < _CLIPPED) & (varying[k] <= _MOVING * usual)
        if not out[k].any():
            out[k] = is_seen
    return out


def _pooled(waves, is_still, rate, length, n_regions):
    """Waves of regions put together, each weighted by what it says over time; `n_regions` by each method in turn."""
    n_times = waves.shape[1]
    firsts = starts(n_times, length)
    spectra = Spectra(waves, rate, firsts, length)
    size = deviations(waves, firsts, length)
    weight, grade = agreement(spectra, waves, size, is_still, n_regions)
    scale = np.divide(weight, size, out=np.zeros_like(weight), where=size > 0.0)
    weight, scale, quality = (_over_time(part, firsts, length, n_times) for part in (weight, scale, grade[:, None]))
    is_there = np.isfinite(waves)
    weight = np.where(is_there, weight, 0.0)
    total = np.abs(weight).sum(axis=0)
    is_told = total > 0.0
    weight = np.divide(weight, total, out=np.zeros_like(weight), where=is_told)
    bvp = np.where(is_there, waves * scale, 0.0).sum(axis=0)
    bvp = np.divide(bvp, total, out=np.full(n_times, np.nan), where=is_told)
    weights = np.abs(weight).reshape(-1, n_regions, n_times).sum(axis=0)
    region_bvps = np.where(weight < 0.0, -waves, waves)
    if len(waves) > n_regions:
        summed = np.where(is_there, waves * scale, 0.0).reshape(-1, n_regions, n_times).sum(axis=0)
        share = weights * total
        region_bvps = np.divide(summed, share, out=np.full(share.shape, np.nan), where=share > 0.0)
    return Pulse(bvp, np.where(is_told, quality[0], 0.0), weights, region_bvps)


def _over_time(values, firsts, length, n_times):
    """Values of windows (n_windows, n_rows) carried over to samples, (n_rows, n_times)."""
    add = OverlapAdd(values.shape[1], n_times, length)
    for first, row in zip(firsts, values, strict=True):
        add(first, row[:, np.newaxis], 1.0)
    return add.result()
