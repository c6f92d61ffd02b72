"""Filters of whole recordings of EEG: MNE's, between the gaps."""

import numpy as np

from ..._validate import check_number, check_rate, check_samples
from ...exceptions import InvalidArgumentError, SignalTooShortError

__all__ = ["band_pass", "notch"]

_NOTCH_HZ = 0.5  # from pass to stop on either side of a notch


def check_recording(eeg, *, name="eeg"):
    """Return a recording as float64 (n_channels, n_times), NaN wherever a sample is not finite."""
    eeg = check_samples(eeg, name=name)
    if eeg.ndim != 2 or not eeg.size:
        raise InvalidArgumentError(f"{name} has shape {eeg.shape}; it must be a whole recording (n_channels, n_times).")
    return eeg if np.isfinite(eeg).all() else np.where(np.isfinite(eeg), eeg, np.nan)


def band_pass(eeg, rate, *, low_hz=1.0, high_hz=45.0):
    """Keep a band of a recording's frequencies, without delay.

    MNE's FIR filter [1]_: a windowed design (Hamming), applied once with its delay taken out. From `low_hz` to
    `high_hz` it passes everything. Below, it takes a quarter of `low_hz` to stop, or 2 Hz where there is as much room,
    so that from 1 Hz it stops at 0 only; above, a tenth of `high_hz`: at 45 Hz it stops from 49.5 Hz, mains hum
    included. Each stretch without gaps is filtered by itself, its ends mirrored; a stretch shorter than the filter is
    NaN, as it would be made of mirrored samples for the most part.

    Parameters
    ----------
    eeg : array-like of shape (n_channels, n_times)
        In any unit; NaN where samples are missing.
    rate : float
        Sampling rate in Hz.
    low_hz, high_hz : float or None, default=1, 45
        Edges of the band; None leaves a side open.

    Returns
    -------
    ndarray of shape (n_channels, n_times)
        In the same unit.

    Raises
    ------
    InvalidArgumentError
        If an edge is not between 0 and half the rate, or the lower one is not below the upper one.
    SignalTooShortError
        If the recording is shorter than the filter: 3.3 s for a lower edge of 1 Hz, 33 s for 0.1 Hz.

    References
    ----------
    .. [1] Widmann, Schröger & Maess (2015), Journal of Neuroscience Methods 250, 34-46.

    Examples
    --------
    >>> times = np.arange(0, 10, 1 / 128)
    >>> wave = np.sin(2 * np.pi * 10 * times)
    >>> clean = band_pass([wave + 50.0], 128.0)[0]
    >>> bool(np.abs(clean - wave)[256:-256].max() < 0.01)
    True
    """
    eeg, rate = check_recording(eeg), check_rate(rate)
    edges = {"low_hz": low_hz, "high_hz": high_hz}
    for name, edge_hz in edges.items():
        if edge_hz is not None and check_number(edge_hz, name=name, low=0.0, low_open=True) >= rate / 2:
            message = f"{name}={edge_hz:g} must be below rate/2={rate / 2:g} (Nyquist); lower it, or give None."
            raise InvalidArgumentError(message)
    if low_hz is None and high_hz is None:
        return eeg.copy()
    if low_hz is not None and high_hz is not None and low_hz >= high_hz:
        raise InvalidArgumentError(f"low_hz={low_hz:g} must be below high_hz={high_hz:g}.")

    to_stop = {}
    if high_hz is not None:
        to_stop["h_trans_bandwidth"] = min(max(0.1 * high_hz, 1.0), rate / 2 - high_hz)

    def filtered(part):
        import mne

        return mne.filter.filter_data(part, rate, low_hz, high_hz, verbose="error", **to_stop)

    return _between_gaps(filtered, eeg, rate, _length(rate, low_hz, high_hz, **to_stop))


def notch(eeg, rate, *, line_hz=50.0, up_to_hz=None):
    """Take the hum of the mains out of a recording, with its harmonics.

    MNE's FIR notch: 0.25 Hz at 50 Hz are stopped, and the transition on either side takes 0.5 Hz. Stretches between
    gaps are treated as in :func:`band_pass`, which alone suffices where it stops below the mains.

    Parameters
    ----------
    eeg : array-like of shape (n_channels, n_times)
        In any unit; NaN where samples are missing.
    rate : float
        Sampling rate in Hz.
    line_hz : float, default=50
        Frequency of the mains: 50 or 60 Hz.
    up_to_hz : float, optional
        Harmonics above this are left alone; all below half the rate are taken out by default.

    Returns
    -------
    ndarray of shape (n_channels, n_times)
        In the same unit.

    Raises
    ------
    InvalidArgumentError
        If `line_hz` is not above 1 Hz and 1 Hz below half the rate.
    SignalTooShortError
        If the recording is shorter than the filter, 6.6 s.

    Examples
    --------
    >>> times = np.arange(0, 20, 1 / 256)
    >>> hum = np.sin(2 * np.pi * 50 * times)
    >>> bool(np.abs(notch([hum], 256.0)[0, 1024:-1024]).max() < 0.01)
    True
    """
    eeg, rate = check_recording(eeg), check_rate(rate)
    line_hz = check_number(line_hz, name="line_hz", low=1.0, low_open=True)
    highest_hz = rate / 2 - 2 * _NOTCH_HZ  # the last notch needs its upper side
    if line_hz >= highest_hz:
        raise InvalidArgumentError(
            f"line_hz={line_hz:g} must be 1 Hz below rate/2={rate / 2:g}; there is no hum to find."
        )
    if up_to_hz is not None:
        highest_hz = min(highest_hz, check_number(up_to_hz, name="up_to_hz", low=line_hz) + 1e-9)
    lines_hz = np.arange(line_hz, highest_hz, line_hz)

    def filtered(part):
        import mne

        width = 2 * _NOTCH_HZ  # MNE halves it
        return mne.filter.notch_filter(part, rate, lines_hz, trans_bandwidth=width, verbose="error")

    half_hz = lines_hz / 400.0 + _NOTCH_HZ  # MNE's notch is a two hundredth of its frequency wide
    length = _length(
        rate, lines_hz + half_hz, lines_hz - half_hz, l_trans_bandwidth=_NOTCH_HZ, h_trans_bandwidth=_NOTCH_HZ
    )
    return _between_gaps(filtered, eeg, rate, length)


def _length(rate, low_hz, high_hz, **transitions):
    """Samples of the filter that MNE designs."""
    import mne

    return len(mne.filter.create_filter(None, rate, low_hz, high_hz, verbose="error", **transitions))


def _between_gaps(function, eeg, rate, least):
    """A function of (n_channels, n_times) on every stretch without NaN of at least `least` samples; the rest is NaN."""
    if eeg.shape[1] < least:
        raise SignalTooShortError(
            f"eeg lasts {eeg.shape[1] / rate:.3g} s; the filter needs {least / rate:.3g} s. Filter the whole recording "
            "before cutting it into windows, or raise the lower edge."
        )
    is_there = np.isfinite(eeg)
    if is_there.all():
        return function(eeg)
    out = np.full(eeg.shape, np.nan)
    patterns, group_of = np.unique(np.packbits(is_there, axis=1), axis=0, return_inverse=True)
    for group in range(len(patterns)):
        rows = np.flatnonzero(group_of.ravel() == group)
        edges = np.flatnonzero(np.diff(is_there[rows[0]].astype(np.int8), prepend=0, append=0))
        for first, stop in edges.reshape(-1, 2):
            if stop - first >= least:
                out[rows, first:stop] = function(eeg[rows, first:stop])
    return out
