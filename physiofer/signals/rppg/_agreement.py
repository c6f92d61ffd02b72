"""How much each region has to say: its purity at the rate that all agree upon, and its polarity."""

from copy import copy

import numpy as np

from .heart_rate import tracked
from .quality import grade

_ROUNDS = 2
_GRANTED = 0.1  # purity that every wave is granted: without it, the purest of many waves of noise would be listened to
_STEADY = 0.5  # share of a wave's weight that is its mean over the film: what a region is worth changes slowly


def agreement(spectra, waves, size, is_usable, n_first):
    """Signed weight of each region in each window, (n_windows, n_regions), and the quality of each window.

    `spectra` are those of `waves` (n_regions, n_times), `size` their deviations in the same windows, which overlap by
    half. The first `n_first` regions are those of the first method; the rest have a say as far as these are not sure.
    The power of each spectrum is brought to 1, in place.
    """
    doubt = np.ones(is_usable.shape)
    if n_first < len(waves):
        alone = copy(spectra)
        alone.power = spectra.power[:, :n_first]
        _, sure = agreement(alone, waves[:n_first], size[:, :n_first], is_usable[:, :n_first], n_first)
        doubt[:, n_first:] -= sure[:, np.newaxis]
    power = spectra.power
    total = spectra.total(power)
    np.divide(power, total, out=power, where=total > 0.0)
    is_usable = is_usable & (total[..., 0] > 0.0) & (size > 0.0)
    weight = _weights(spectra.purity(power, spectra.strongest(power)), is_usable, doubt)
    purity = np.zeros(len(weight))
    for _ in range(_ROUNDS):
        sums = weight.sum(axis=1, keepdims=True)
        share = np.divide(weight, sums, out=np.zeros_like(weight), where=sums > 0.0)
        bpm, purity = tracked(spectra, np.einsum("wrf,wr->wf", power, share), 0.5 * spectra.length_s)
        weight = _weights(
            spectra.purity(power, np.repeat(bpm[:, np.newaxis], power.shape[1], axis=1)), is_usable, doubt
        )
    return weight * _polarity(waves, weight, size, spectra), grade(purity, spectra.length_s)


def deviations(waves, firsts, length):
    """Root mean square of each wave (n_rows, n_times) in each window, (n_windows, n_rows); 0 without samples."""
    out = np.zeros((len(firsts), len(waves)))
    for k, first in enumerate(firsts):
        window = waves[:, first : first + length]
        count = np.isfinite(window).sum(axis=1)
        out[k] = np.sqrt(np.square(np.nan_to_num(window, nan=0.0)).sum(axis=1) / np.maximum(count, 1))
    return out


def _weights(purity, is_usable, doubt):
    """Weights of waves of which a share is pulse and the rest noise, half their own and half those of the film."""
    own = is_usable * np.sqrt(purity + _GRANTED) / (1.05 - purity)
    usual = own.sum(axis=0) / np.maximum(is_usable.sum(axis=0), 1)
    return doubt * is_usable * ((1.0 - _STEADY) * own + _STEADY * usual)


def _polarity(waves, weight, size, spectra):
    """-1 for waves that oppose the direction in which all, as weighted, vary most; 1 for the others."""
    out = np.ones(weight.shape)
    for k, first in enumerate(spectra.firsts):
        scale = np.divide(weight[k], size[k], out=np.zeros_like(size[k]), where=size[k] > 0.0)
        window = np.nan_to_num(waves[:, first : first + spectra.length], nan=0.0) * scale[:, np.newaxis]
        axis = np.linalg.eigh(window @ window.T)[1][:, -1]
        axis = axis if axis @ weight[k] >= 0.0 else -axis  # the majority knows which way is up
        out[k, (axis < 0.0) & (scale > 0.0)] = -1.0
    return out
