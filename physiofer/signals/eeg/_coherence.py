"""Coherence of channels over segments of a window, after Welch."""

import numpy as np

from ..._blas import one_thread
from . import _band_signals as signals

_EPOCHS_AT_ONCE = 8
_NOTHING = 1e-12  # of the largest sample: below is rounding

#: Segments of a window by default: as long as a quarter of it, overlapping by half, but of 2 s at most.
SEGMENTS, LONGEST_S = 4, 2.0


def squared_coherence(coherency):
    """Magnitude-squared coherence."""
    return np.square(coherency.real) + np.square(coherency.imag)


def imaginary_coherence(coherency):
    """Magnitude of the imaginary part of coherency (Nolte 2004)."""
    return np.abs(coherency.imag)


def band_means(function, epochs, bins, length, out):
    """Means over each band of a function of coherency, into `out` (n_epochs, n_bands, n_channels, n_channels).

    As :func:`scipy.signal.coherence`: segments of `length` samples that overlap by half, without their means, under
    Hann's window; samples behind the last whole segment are left out.
    """
    for first in range(0, len(epochs), _EPOCHS_AT_ONCE):
        some = epochs[first : first + _EPOCHS_AT_ONCE]
        spectra = _segment_spectra(some, length, max(stop for _, stop in bins))
        for band, (start, stop) in enumerate(bins):
            values = function(_coherency(spectra[:, start:stop], length))
            out[first : first + len(some), band] = values.mean(axis=1)


def _segment_spectra(epochs, length, stop):
    """Spectra of segments, (n_epochs, n_bins, n_channels, n_segments), in units of the largest sample."""
    segments = np.lib.stride_tricks.sliding_window_view(epochs, length, axis=-1)[..., :: length - length // 2, :]
    segments = segments / signals.usable_sizes(epochs)[..., np.newaxis]
    segments -= segments.mean(axis=-1, keepdims=True)
    segments *= 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
    return np.moveaxis(np.fft.rfft(segments)[..., :stop], -1, 1)


def _coherency(spectra, length):
    """Cross-spectra over the root of the powers; NaN where a channel has no power."""
    with one_thread():
        cross = spectra @ spectra.conj().swapaxes(-1, -2)
    power = np.einsum("...ii->...i", cross).real
    power = np.where(power > (_NOTHING * length) ** 2, power, np.nan)
    scale = 1.0 / np.sqrt(power)
    return cross * scale[..., np.newaxis, :] * scale[..., :, np.newaxis]
