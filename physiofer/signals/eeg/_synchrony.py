"""Coupling of phases and envelopes over the time of a window, from the signals of a band."""

import numpy as np

from ...kernels.eeg import connectivity as kernels
from . import _band_signals as signals

_FEW_BINS = 96  # up to which products of matrices are quicker than transforms of the window
_NO_LAG = 1e-10  # of a cross-product: below is rounding
_STEADY = 1e-7  # of an envelope's mean: below is rounding

#: Fewest bins of a band. Of a single one all phases keep step, whatever the channels do.
FEWEST_BINS = 2


def phase_locking(spectra, n_times):
    """Phase locking value: the modulus of the mean over time of the unit phasors of phase differences."""
    return np.minimum(np.sqrt(_summed_power(spectra, n_times)) / n_times, 1.0)


def pairwise_phase_consistency(spectra, n_times):
    """Phase locking without its bias, squared, from as many samples as the band has bins (Vinck 2010)."""
    n_bins = spectra.shape[-1]
    return (_summed_power(spectra, n_bins) - n_bins) / (n_bins * (n_bins - 1.0))


def _summed_power(spectra, n_times):
    """Squared moduli of sums over time of the unit phasors of phase differences, (n_epochs, n_channels, n_channels)."""
    n_epochs, n_channels, n_bins = spectra.shape
    phasors = np.empty((n_epochs, 2, n_channels, n_times))  # samples in any order
    if n_bins <= _FEW_BINS:
        kernels.unit_phasors(*signals.halves(spectra, n_times), phasors)
    else:
        values = _of_modulus_one(signals.band_signals(spectra, n_times))
        phasors[:, 0], phasors[:, 1] = values.real, values.imag
    rows = phasors.reshape(n_epochs, 2 * n_channels, n_times)
    products = (rows @ rows.swapaxes(1, 2)).reshape(n_epochs, 2, n_channels, 2, n_channels)
    real = products[:, 0, :, 0] + products[:, 1, :, 1]
    imaginary = products[:, 1, :, 0] - products[:, 0, :, 1]
    return real * real + imaginary * imaginary


def _of_modulus_one(values):
    """Complex samples over their moduli; 0 stays 0."""
    sizes = np.abs(values)
    return values / np.where(sizes > 0.0, sizes, 1.0)


def phase_lag(spectra, n_times):
    """Phase lag index: how much more often one channel leads than follows (Stam 2007)."""
    return np.abs(_lagged(spectra, n_times, is_unit=True)[:, 0]) / n_times


def weighted_phase_lag(spectra, n_times):
    """Phase lag index weighted by the lagged part of the cross-product (Vinck 2011); 0 without any lag."""
    _, parts, sizes, _ = np.moveaxis(_lagged(spectra, n_times, is_unit=False), 1, 0)
    return np.abs(parts) / np.where(sizes > 0.0, sizes, 1.0)


def debiased_weighted_phase_lag(spectra, n_times):
    """The square of it without its bias, from as many samples as the band has bins (Vinck 2011)."""
    _, parts, sizes, squares = np.moveaxis(_lagged(spectra, spectra.shape[-1], is_unit=False), 1, 0)
    below = sizes * sizes - squares
    return np.where(below > 0.0, parts * parts - squares, 0.0) / np.where(below > 0.0, below, 1.0)


def _lagged(spectra, n_times, *, is_unit):
    """Sums over time of the imaginary parts of cross-products, (n_epochs, 4, n_channels, n_channels)."""
    n_epochs, n_channels, _ = spectra.shape
    out = np.zeros((n_epochs, 4, n_channels, n_channels))
    for values, sums in zip(signals.band_signals(spectra, n_times), out, strict=True):
        values = _of_modulus_one(values) if is_unit else values
        kernels.lagged_sums(values.real.T.copy(), values.imag.T.copy(), _NO_LAG, sums)
        if not is_unit:  # copies of each other differ by rounding, in any direction
            norms = np.sqrt((np.square(values.real) + np.square(values.imag)).sum(axis=1))
            sums *= sums[2] > _NO_LAG * np.outer(norms, norms)
    return out + out.swapaxes(2, 3)


def envelope_correlation(spectra, n_times):
    """Pearson correlation of envelopes."""
    envelopes = np.abs(signals.band_signals(spectra, n_times))
    means = envelopes.mean(axis=-1, keepdims=True)
    envelopes -= means
    norms = np.sqrt(np.square(envelopes).sum(axis=-1, keepdims=True))
    envelopes /= np.where(norms > _STEADY * np.sqrt(n_times) * means, norms, np.nan)
    return np.clip(envelopes @ envelopes.swapaxes(-1, -2), -1.0, 1.0)


def orthogonal_envelope_correlation(spectra, n_times):
    """Pearson correlation of envelopes after each channel's part in phase with the other is taken out (Hipp 2012).

    The mean of both ways round. NaN where nothing is left, as of copies; 0 of a channel with itself.
    """
    n_epochs, n_channels, _ = spectra.shape
    out = np.empty((n_epochs, n_channels, n_channels))
    for values, correlation in zip(signals.band_signals(spectra, n_times), out, strict=True):
        sums = np.zeros((3, n_channels, n_channels))
        kernels.orthogonal_sums(values.real.T.copy(), values.imag.T.copy(), sums)
        correlation[:] = _orthogonal(sums / n_times, np.abs(values))
        np.fill_diagonal(correlation, 0.0)
    return 0.5 * (out + out.swapaxes(1, 2))


def _orthogonal(moments, sizes):
    """Correlation of the envelopes `sizes` (n_channels, n_times) with what is orthogonal to them, from its moments."""
    left, left_squared, product = moments
    means, deviations = sizes.mean(axis=1), sizes.std(axis=1)
    left_deviations = np.sqrt(np.maximum(left_squared - left * left, 0.0))
    is_left = (deviations > _STEADY * means)[:, np.newaxis] & (left_deviations > _STEADY * left)
    is_left &= left > _NO_LAG * means
    below = np.where(is_left, deviations[:, np.newaxis] * left_deviations, 1.0)
    return np.where(is_left, np.clip((product - means[:, np.newaxis] * left) / below, -1.0, 1.0), np.nan)
