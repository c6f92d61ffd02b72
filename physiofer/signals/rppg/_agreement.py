"""How much each region has to say: its purity at the rate that all agree upon, and its polarity."""

import numpy as np

from .heart_rate import tracked
from .quality import grade

_ROUNDS = 2
_LEAST = 1e-4  # purity that is never denied, so that there always is a wave


def agreement(spectra, waves, size, is_usable):
    """Signed weight of each region in each window, (n_windows, n_regions), and the quality of each window.

    `spectra` are those of `waves` (n_regions, n_times), `size` their deviations in the same windows, which overlap by
    half.
    """
    power = spectra.power
    total = power.sum(axis=-1, keepdims=True)
    power = np.divide(power, total, out=np.zeros_like(power), where=total > 0.0)
    is_usable = is_usable & (total[..., 0] > 0.0) & (size > 0.0)
    weight = is_usable * _say(spectra.purity(power, spectra.bpm[spectra.evidence(power).argmax(axis=-1)]))
    purity = np.zeros(len(weight))
    for _ in range(_ROUNDS):
        sums = weight.sum(axis=1, keepdims=True)
        share = np.divide(weight, sums, out=np.zeros_like(weight), where=sums > 0.0)
        bpm, purity = tracked(spectra, np.einsum("wrf,wr->wf", power, share), 0.5 * spectra.length_s)
        weight = is_usable * _say(spectra.purity(power, np.repeat(bpm[:, np.newaxis], power.shape[1], axis=1)))
    return weight * _polarity(waves, weight, size, spectra), grade(purity, spectra.length_s)


def deviations(waves, firsts, length):
    """Root mean square of each wave (n_rows, n_times) in each window, (n_windows, n_rows); 0 without samples."""
    out = np.zeros((len(firsts), len(waves)))
    for k, first in enumerate(firsts):
        window = waves[:, first : first + length]
        count = np.isfinite(window).sum(axis=1)
        out[k] = np.sqrt(np.square(np.nan_to_num(window, nan=0.0)).sum(axis=1) / np.maximum(count, 1))
    return out


def _say(purity):
    """Weight of a wave of which a share is pulse and the rest noise."""
    return np.sqrt(np.maximum(purity, _LEAST)) / (1.05 - purity)


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
