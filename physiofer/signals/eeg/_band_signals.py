"""Signals of a band: its bins of the discrete Fourier transform turned back into complex (analytic) samples.

They are moved down to zero frequency: the shift is the same for every channel, so that what is asked of pairs -
differences of phase, envelopes - is what it is without. There is no filter, and no transient of one.
"""

from functools import lru_cache

import numpy as np

from ...exceptions import InvalidArgumentError

_ROUNDING = 1e-9  # bins
_LEAST, _MOST = 1e-150, 1e150  # what can be squared
_NOTHING = 1e-12  # of the largest sample: below is rounding


def band_bins(bands, n_times, rate, *, fewest, span):
    """First bin of each band with low <= frequency < high, and the first beyond; at least `fewest`, and never bin 0."""
    step_hz, bins = rate / n_times, []
    for name, (low_hz, high_hz) in bands.items():
        first = max(int(np.ceil(low_hz / step_hz - _ROUNDING)), 1)
        stop = int(np.ceil(high_hz / step_hz - _ROUNDING))
        if stop - first < fewest or (high_hz - low_hz) / step_hz < fewest - _ROUNDING:
            raise InvalidArgumentError(
                f"bands: {name}=({low_hz:g}, {high_hz:g}) Hz must be at least {fewest * step_hz:g} Hz wide, above 0, "
                f"in a {span} of {n_times / rate:g} s; lengthen the {span} or widen the band."
            )
        bins.append((first, stop))
    return bins


def usable_sizes(epochs):
    """Largest magnitude of each channel, (n_epochs, n_channels, 1); NaN where it is zero or any sample is missing."""
    sizes = np.maximum(epochs.max(axis=-1, keepdims=True), -epochs.min(axis=-1, keepdims=True))
    return np.where((sizes > _LEAST) & (sizes < _MOST), sizes, np.nan)


def spectra_of(epochs, stop):
    """The bins below `stop` of channels without their lines of least squares, in units of their largest samples.

    What is missing, or nothing but zeros, has a spectrum of zeros.
    """
    n_times = epochs.shape[-1]
    sizes = usable_sizes(epochs)
    if np.isnan(sizes).any():
        epochs, sizes = np.where(np.isnan(sizes), 0.0, epochs), np.where(np.isnan(sizes), 1.0, sizes)
    ramp = np.arange(n_times) - 0.5 * (n_times - 1)
    slopes = epochs @ (ramp / max(ramp @ ramp, 1.0))
    spectra = np.fft.rfft(epochs)[..., :stop]
    spectra -= slopes[..., np.newaxis] * np.fft.rfft(ramp)[:stop]
    spectra /= sizes
    return spectra


def is_silent(spectra, n_times):
    """Whether a channel holds nothing in the band whose bins are given, (n_epochs, n_channels)."""
    power = np.square(spectra.real).sum(axis=-1) + np.square(spectra.imag).sum(axis=-1)
    return power <= (_NOTHING * n_times) ** 2


def band_signals(spectra, n_times):
    """Complex samples (..., n_times) of the band whose bins are given; with as many as bins, they are independent."""
    return np.fft.ifft(spectra, n=n_times)


def halves(spectra, n_times):
    """Parts of the band's signals that are even and odd about the middle of the window, at the samples up to it.

    Each is (n_epochs, 2, n_channels, n_half), real parts before imaginary ones. With few bins these two products of
    matrices are quicker than a transform, for bins mirrored about the middle of the band share cosines and sines.
    """
    n_pairs = spectra.shape[-1] // 2
    turns, cosines, sines = _halves_tables(spectra.shape[-1], n_times)
    bins = spectra * turns
    mirrored = bins[..., ::-1]
    total = bins[..., : len(cosines)].copy()
    total[..., :n_pairs] += mirrored[..., :n_pairs]
    difference = bins[..., :n_pairs] - mirrored[..., :n_pairs]
    even = np.stack((total.real, total.imag), axis=1)
    odd = np.stack((-difference.imag, difference.real), axis=1)  # times i
    return _times_table(even, cosines), _times_table(odd, sines)


def _times_table(rows, table):
    """One product of all rows (..., n) with a table (n, m)."""
    return (rows.reshape(-1, len(table)) @ table).reshape(*rows.shape[:-1], table.shape[1])


@lru_cache(maxsize=16)
def _halves_tables(n_bins, n_times):
    """Turns of the bins to where the middle of band and window count as zero, and cosines and sines (bins, times)."""
    steps = np.arange(n_bins) - 0.5 * (n_bins - 1)
    times = np.arange((n_times + 1) // 2) - 0.5 * (n_times - 1)
    turns = np.exp(1j * np.pi * (n_times - 1) / n_times * steps)
    angles = 2.0 * np.pi / n_times * np.outer(steps[: (n_bins + 1) // 2], times)
    return turns, np.cos(angles), np.sin(angles[: n_bins // 2])
