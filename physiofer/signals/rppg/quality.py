"""How much of a wave is pulse: purity of its spectrum, and the signal-to-noise ratio at a known rate."""

import numpy as np

from ..._validate import check_number, check_samples
from ...exceptions import InvalidArgumentError
from ._spectra import SHORTEST_S, Spectra

MIN_RATE = 5.0
_CHANCE_S = 5.0  # of windows of noise 95 in 100 are less pure than 5 / (5 + length in s)


def signal_quality(bvp, rate):
    """How far the rate of a pulse wave can be trusted, of one window or many.

    Purity is the share of the power between 40 and 240 bpm that lies in the main lobes (Hann's window) at the strongest
    rate and at its first harmonic, corrected for chance: for what noise has there, white or with a power of 1/f, as
    movement and changing light leave it, whichever has more. It is 0 where the spectrum is higher just outside of 40 to
    240 bpm than within, near the rate: that is the flank of something else. The quality is 0 up to the purity
    ``5 / (5 + length in s)``, which 19 of 20 windows of noise do not exceed, and rises to 1 halfway between that and 1.

    Parameters
    ----------
    bvp : array-like of shape (..., n_frames)
        Windows of a pulse wave of either polarity, of at least four seconds; NaN where missing.
    rate : float
        Frames per second, at least 5.

    Returns
    -------
    ndarray of shape (...)
        From 0 to 1; 0 too where less than half of the samples are there, nothing varies or the window is too short.

    Raises
    ------
    InvalidArgumentError
        If `bvp` is not an array or `rate` is below 5 Hz.

    Examples
    --------
    >>> times = np.arange(300) / 30.0
    >>> noise = np.random.default_rng(1).standard_normal(300)
    >>> signal_quality([np.sin(2 * np.pi * 1.2 * times), noise], 30.0).tolist()
    [1.0, 0.0]
    """
    rows, shape, rate = _rows(bvp, rate)
    if rows.shape[1] < SHORTEST_S * rate - 0.5:
        return np.zeros(shape)[()]
    spectra = _of_rows(rows, rate)
    power = spectra.power[:, 0]
    bpm = spectra.strongest(power)
    return grade(spectra.purity(power, bpm), spectra.length_s).reshape(shape)[()]


def pulse_snr(bvp, rate, bpm):
    """Signal-to-noise ratio of a pulse wave whose rate is known, in decibels, after de Haan & Jeanne.

    The power within the main lobes (Hann's window) at the rate and its first harmonic over the rest of the power
    between 40 and 240 bpm.

    Parameters
    ----------
    bvp : array-like of shape (..., n_frames)
        Windows of a pulse wave of either polarity; NaN where missing.
    rate : float
        Frames per second, at least 5.
    bpm : array-like of shape (...)
        Heart rate of each window in beats per minute.

    Returns
    -------
    ndarray of shape (...)
        In dB, at most 60; NaN where `bpm` is, less than half of the samples are there, nothing varies or the window is
        shorter than four seconds.

    Raises
    ------
    InvalidArgumentError
        If shapes do not match or `rate` is below 5 Hz.

    References
    ----------
    .. [1] de Haan & Jeanne (2013), IEEE Trans. Biomedical Engineering 60(10), 2878-2886.

    Examples
    --------
    >>> times = np.arange(600) / 30.0
    >>> wave = np.sin(2 * np.pi * 1.2 * times) + 0.1 * np.sin(2 * np.pi * 2.0 * times)
    >>> round(float(pulse_snr(wave, 30.0, 72.0)))
    20
    """
    rows, shape, rate = _rows(bvp, rate)
    bpm = np.asarray(bpm, dtype=np.float64)
    if bpm.shape != shape:
        raise InvalidArgumentError(f"bpm has shape {bpm.shape} for windows of shape {shape}; give one for each.")
    out = np.full(len(rows), np.nan)
    if rows.shape[1] >= SHORTEST_S * rate - 0.5:
        spectra = _of_rows(rows, rate)
        out = ratio_db(spectra, spectra.power[:, 0], bpm.reshape(-1))
    return out.reshape(shape)[()]


def ratio_db(spectra, power, bpm):
    """Power at rates and their harmonics over the rest, in dB up to 60; NaN without rate or power."""
    inside, total = spectra.near(power, bpm)
    is_told = (total > 0.0) & (inside > 0.0)
    rest = np.maximum(total - inside, 1e-6 * total)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(is_told, 10.0 * np.log10(inside / rest), np.nan)


def grade(purity, length_s):
    """Purity of windows of some length from what noise has, 0, to what a pulse has, 1."""
    chance = _CHANCE_S / (_CHANCE_S + length_s)
    return np.clip((purity - chance) / (0.5 * (1.0 - chance)), 0.0, 1.0)


def _rows(bvp, rate):
    """Windows as rows, their shape, and the checked rate."""
    bvp = check_samples(bvp, name="bvp")
    rate = check_number(rate, name="rate", low=MIN_RATE)
    shape = bvp.shape[:-1]
    return bvp.reshape(int(np.prod(shape)), bvp.shape[-1]), shape, rate


def _of_rows(rows, rate):
    """Spectra of rows, each a window of its own: laid end to end they are worked through a few at a time."""
    n_rows, length = rows.shape
    return Spectra(rows.reshape(1, -1), rate, length * np.arange(n_rows), length)
