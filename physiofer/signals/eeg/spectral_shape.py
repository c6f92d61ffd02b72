"""What the spectrum of EEG looks like as a whole: ratios of its bands, its edge, and its slope beneath the rhythms."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ..._validate import check_number, check_samples, check_series
from ...exceptions import InvalidArgumentError
from .bands import BANDS

#: Name of each ratio, and the bands that are added up above and below its line.
RATIOS = MappingProxyType(
    {
        "theta_beta": (("theta",), ("beta",)),
        "theta_alpha": (("theta",), ("alpha",)),
        "alpha_beta": (("alpha",), ("beta",)),
        "slow_fast": (("delta", "theta"), ("alpha", "beta")),
        "engagement": (("beta",), ("alpha", "theta")),
    }
)
_FEWEST_FREQUENCIES = 8
_ROUNDS = 8
_FAR = 3.0  # standard deviations from the line, where a frequency stops counting
_GAUSSIAN_MAD = 0.6745  # median absolute deviation of a standard deviation of 1
_CHUNK = 65536  # densities at a time: what stays in a processor's cache


def band_ratios(power, bands=BANDS, ratios=RATIOS):
    """Ratios of the powers of bands, such as theta / beta.

    Parameters
    ----------
    power : array-like of shape (..., n_bands)
        Absolute or relative powers of :func:`band_power`, not their logarithms.
    bands : iterable of str, default=BANDS
        Names of the bands of `power`, in order; a mapping of bands will do.
    ratios : mapping of str to pair of lists of str, default=RATIOS
        Of each ratio, the bands whose powers are added up above and below its line. ``engagement`` is
        beta / (alpha + theta) [1]_.

    Returns
    -------
    ndarray of shape (..., n_ratios)
        In the order of `ratios`; NaN where there is nothing below the line.

    Raises
    ------
    InvalidArgumentError
        If the bands do not fit `power`, or a ratio names a band that is not there.

    References
    ----------
    .. [1] Pope, Bogart and Bartolome (1995), Biol. Psychol. 40(1-2), 187-195.

    Examples
    --------
    >>> band_ratios([4.0, 2.0, 1.0, 1.0, 0.5]).round(3)
    array([2.   , 2.   , 1.   , 3.   , 0.333])
    """
    power, names = check_samples(power, name="power"), list(bands)
    if power.shape[-1] != len(names):
        raise InvalidArgumentError(f"power has shape {power.shape}; its last axis must be the {len(names)} bands.")
    if not isinstance(ratios, Mapping):
        raise InvalidArgumentError(f"ratios={ratios!r} must name bands, as in {{'theta_beta': (['theta'], ['beta'])}}.")
    sides = np.zeros((2, len(names), len(ratios)))
    for column, (name, ratio) in enumerate(ratios.items()):
        for side, members in zip(sides, _two_sides(name, ratio), strict=True):
            for band in members:
                if band not in names:
                    message = f"ratios: {name} needs the band {band!r}, which is none of {', '.join(map(str, names))}."
                    raise InvalidArgumentError(message)
                side[names.index(band), column] = 1.0
    above, below = power @ sides[0], power @ sides[1]
    return above / np.where(below > 0.0, below, np.nan)


def _two_sides(name, ratio):
    """The bands above and below the line."""
    is_pair = isinstance(ratio, (list, tuple)) and len(ratio) == 2
    if not is_pair or not all(isinstance(side, (list, tuple)) and side for side in ratio):
        raise InvalidArgumentError(f"ratios: {name}={ratio!r} must be two lists of bands, above and below the line.")
    return ratio


def spectral_edge(frequencies_hz, density, *, share=0.95, low_hz=1.0, high_hz=45.0):
    """Frequency below which a share of the power of a range lies.

    Parameters
    ----------
    frequencies_hz : array-like of shape (n_frequencies,)
        Evenly spaced, as from :func:`power_spectrum`.
    density : array-like of shape (..., n_frequencies)
        Spectral density.
    share : float, default=0.95
        Above 0, at most 1; 0.5 gives the median frequency.
    low_hz, high_hz : float, default=1, 45
        The range. The power of each frequency is spread over its cell, half a step to either side.

    Returns
    -------
    ndarray of shape (...)
        In Hz; NaN where there is no power, or a density is not finite.

    Raises
    ------
    InvalidArgumentError
        If the range is empty or reaches beyond the frequencies.

    Examples
    --------
    >>> frequencies_hz = np.arange(0.0, 64.5, 0.5)
    >>> round(float(spectral_edge(frequencies_hz, np.ones(129), share=0.5)), 3)
    23.0
    """
    frequencies_hz, density = _check_spectrum(frequencies_hz, density)
    share = check_number(share, name="share", low=0.0, low_open=True, high=1.0)
    low_hz, high_hz = _check_range(frequencies_hz, low_hz, high_hz)
    half_step_hz = 0.5 * (frequencies_hz[1] - frequencies_hz[0])
    from_hz = np.clip(frequencies_hz - half_step_hz, low_hz, high_hz)
    to_hz = np.clip(frequencies_hz + half_step_hz, low_hz, high_hz)
    with np.errstate(invalid="ignore"):
        summed = np.cumsum(density * (to_hz - from_hz), axis=-1)
        missing = share * summed[..., -1:]
        at = (summed >= missing * (1.0 - 1e-12)).argmax(axis=-1)[..., np.newaxis]
        in_cell = np.take_along_axis(density, at, axis=-1)
        below = np.take_along_axis(summed, at, axis=-1) - missing
        edge_hz = to_hz[at] - np.maximum(below, 0.0) / np.where(in_cell > 0.0, in_cell, np.nan)
    return np.where(np.isfinite(summed[..., -1]), edge_hz[..., 0], np.nan)[()]


def aperiodic(frequencies_hz, density, *, low_hz=2.0, high_hz=40.0):
    """Slope and level of a spectrum beneath its rhythms: density = 10 ** offset / frequency ** exponent.

    A line through the decimal logarithms of density and frequency. Each octave weighs the same. Rhythms stand out as
    peaks [1]_; the line starts as that of least absolute deviations, and is then refined by Tukey's biweight, for which
    a frequency more than three standard deviations off (1.48 times the median absolute deviation) does not count.

    Logarithms of few segments scatter below the truth: the offset of one is about 0.13 too low. The exponent is not
    biased; from one segment of 4 s it has a standard deviation of 0.23, from a minute 0.04.

    Parameters
    ----------
    frequencies_hz : array-like of shape (n_frequencies,)
        Evenly spaced, as from :func:`power_spectrum`.
    density : array-like of shape (..., n_frequencies)
        Spectral density.
    low_hz, high_hz : float, default=2, 40
        The range of the line; below 2 Hz eyes and electrodes drift, near 50 or 60 Hz lies the mains.

    Returns
    -------
    exponent : ndarray of shape (...)
        0 for white noise, 1 for pink, 2 for brown; NaN where a density in the range is not finite or not above 0.
    offset : ndarray of shape (...)
        Decimal logarithm of the density of the line at 1 Hz.

    Raises
    ------
    InvalidArgumentError
        If the range reaches beyond the frequencies or holds fewer than eight of them.

    References
    ----------
    .. [1] Donoghue et al. (2020), Nat. Neurosci. 23(12), 1655-1665.

    Examples
    --------
    >>> frequencies_hz = np.arange(1, 181) / 4
    >>> density = 100.0 / frequencies_hz**1.5
    >>> density[36:46] *= 20.0  # a rhythm
    >>> exponent, offset = aperiodic(frequencies_hz, density)
    >>> round(float(exponent), 3), round(float(offset), 3)
    (1.5, 2.0)
    """
    frequencies_hz, density = _check_spectrum(frequencies_hz, density)
    low_hz, high_hz = _check_range(frequencies_hz, low_hz, high_hz, low_open=True)
    rounding = 1e-9 * high_hz
    is_inside = (frequencies_hz >= low_hz - rounding) & (frequencies_hz <= high_hz + rounding)
    if is_inside.sum() < _FEWEST_FREQUENCIES:
        found = f"holds {is_inside.sum()} frequencies; at least {_FEWEST_FREQUENCIES} are needed"
        raise InvalidArgumentError(
            f"low_hz={low_hz:g} to high_hz={high_hz:g} {found}: widen it, or use longer windows."
        )
    octave = np.log10(frequencies_hz[is_inside])
    rows = density[..., is_inside].reshape(int(np.prod(density.shape[:-1])), octave.size)
    lines = np.full((2, len(rows)), np.nan)
    good = np.flatnonzero((np.isfinite(rows) & (rows > 0.0)).all(axis=-1))
    at_a_time = max(_CHUNK // octave.size, 1)
    for start in range(0, good.size, at_a_time):
        few = good[start : start + at_a_time]
        lines[:, few] = _robust_line(octave, np.log10(rows[few]), 1.0 / frequencies_hz[is_inside])
    slope, offset = lines.reshape(2, *density.shape[:-1])
    return -slope[()], offset[()]


def _robust_line(x, y, weights):
    """Slope and intercept of each row of `y` over `x`, (2, n_rows), by weights that are found again each round."""
    slope, offset = _line(x, y, np.broadcast_to(weights, y.shape))
    for k in range(_ROUNDS):
        far = np.abs(y - offset[:, np.newaxis] - slope[:, np.newaxis] * x)
        spread = np.median(far, axis=-1, keepdims=True) / _GAUSSIAN_MAD + 1e-12
        if k < _ROUNDS // 2:  # least absolute deviations
            importance = 1.0 / np.maximum(far, 1e-2 * spread)
        else:
            importance = np.square(np.maximum(1.0 - np.square(far / (_FAR * spread)), 0.0))
        slope, offset = _line(x, y, weights * importance)
    return np.stack([slope, offset])


def _line(x, y, weights):
    """Slope and intercept of each row by least weighted squares."""
    total = weights.sum(axis=-1)
    x_mean, y_mean = weights @ x / total, (weights * y).sum(axis=-1) / total
    apart = weights * (x - x_mean[:, np.newaxis])
    slope = (apart * y).sum(axis=-1) / (apart @ x)
    return slope, y_mean - slope * x_mean


def _check_spectrum(frequencies_hz, density):
    """Evenly spaced frequencies and the densities that go with them."""
    frequencies_hz = check_series(frequencies_hz, name="frequencies_hz", min_length=2)
    density = check_samples(density, name="density")
    if density.shape[-1] != frequencies_hz.size:
        raise InvalidArgumentError(f"density has shape {density.shape}; its last axis must be the frequencies.")
    steps_hz = np.diff(frequencies_hz)
    if not (steps_hz[0] > 0.0 and np.allclose(steps_hz, steps_hz[0], rtol=1e-6, atol=0.0) and frequencies_hz[0] >= 0.0):
        raise InvalidArgumentError(
            "frequencies_hz must rise in even steps from 0 or above, as power_spectrum gives them."
        )
    return frequencies_hz, density


def _check_range(frequencies_hz, low_hz, high_hz, low_open=False):
    """Edges of a range in Hz that lies within the cells of the frequencies."""
    half_step_hz = 0.5 * (frequencies_hz[1] - frequencies_hz[0])
    low_hz = check_number(low_hz, name="low_hz", low=0.0, low_open=low_open)
    high_hz = check_number(high_hz, name="high_hz", low=low_hz, low_open=True)
    first_hz, last_hz = max(frequencies_hz[0] - half_step_hz, 0.0), frequencies_hz[-1] + half_step_hz
    if low_hz < first_hz or high_hz > last_hz:
        reach = f"low_hz={low_hz:g} to high_hz={high_hz:g} reaches beyond the spectrum"
        raise InvalidArgumentError(f"{reach}, which goes from {frequencies_hz[0]:g} to {frequencies_hz[-1]:g} Hz.")
    return low_hz, high_hz
