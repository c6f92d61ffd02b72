"""Connectivity: how the phases and envelopes of two channels go together in a band, for every pair of channels."""

import numpy as np

from ..._blas import one_thread
from ..._parallel import over_windows
from ..._validate import check_choice, check_count, check_number, check_rate
from ...exceptions import InvalidArgumentError
from . import _band_signals as signals
from . import _coherence, _synchrony
from ._epochs import as_epochs
from .bands import BANDS, check_bands

__all__ = ["MEASURES", "connectivity", "surrogate_connectivity"]

_OVER_TIME = {
    "plv": _synchrony.phase_locking,
    "ppc": _synchrony.pairwise_phase_consistency,
    "pli": _synchrony.phase_lag,
    "wpli": _synchrony.weighted_phase_lag,
    "wpli2_debiased": _synchrony.debiased_weighted_phase_lag,
    "aec": _synchrony.envelope_correlation,
    "aec_orthogonal": _synchrony.orthogonal_envelope_correlation,
}
_OVER_SEGMENTS = {
    "coherence": _coherence.squared_coherence,
    "imaginary_coherence": _coherence.imaginary_coherence,
}
_EPOCHS_AT_ONCE = 8  # what the processor's cache holds of them

#: Names of the measures.
MEASURES = (*_OVER_TIME, *_OVER_SEGMENTS)


def connectivity(eeg, rate, bands=BANDS, *, measure="plv", segment_s=None):
    """Coupling of every pair of channels in every band, by one of nine measures.

    =======================  =======  ==================================================================================
    ``plv``                  0 to 1   phase locking value: modulus of the mean unit phasor of the difference of phases
                                      [1]_
    ``ppc``                  to 1     pairwise phase consistency: the square of it without its bias; 0 by chance, and
                                      negative half of the time [2]_
    ``pli``                  0 to 1   phase lag index: modulus of the mean sign of the difference of phases [3]_
    ``wpli``                 0 to 1   the same, weighted by the imaginary part of the cross-product [4]_
    ``wpli2_debiased``       to 1     the square of it without its bias; 0 by chance [4]_
    ``coherence``            0 to 1   magnitude-squared coherence, mean over the band
    ``imaginary_coherence``  0 to 1   magnitude of the imaginary part of coherency [5]_, mean over the band
    ``aec``                  -1 to 1  Pearson correlation of amplitude envelopes
    ``aec_orthogonal``       -1 to 1  the same, after what each channel has in phase with the other is taken out [6]_;
                                      of amplitudes, where the paper has the logarithm of their squares
    =======================  =======  ==================================================================================

    One source reaches many electrodes at once, and so does a shared reference: ``plv``, ``ppc``, ``coherence`` and
    ``aec`` count that as coupling, the others are blind to what has no lag.

    All but the coherences are taken over the time of the window, from complex (analytic) signals: the line of least
    squares is subtracted and the bins low <= frequency < high of the discrete Fourier transform are transformed back.
    There is no filter whose transient could reach into a short window. Coherence is Welch's, over segments under Hann's
    window that overlap by half.

    **Short windows make coupling out of nothing.** A window of T seconds holds K = (high - low) T independent samples
    of a band: with independent channels ``plv`` has a mean near 0.8 / sqrt(K), which is 0.23 for delta and 0.10 for
    gamma in 4 s, and ``coherence`` one near 0.15 over the seven segments of the default. Compare only windows of one
    length, take a measure without bias, or measure chance by :func:`surrogate_connectivity`.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        Windows, in any unit. A channel with a sample that is missing (NaN, infinite) has NaN with all others.
    rate : float
        Sampling rate in Hz.
    bands : mapping of str to (low_hz, high_hz), default=BANDS
        Bands, each with two frequencies of the window at least, or one of the segment.
    measure : str, default="plv"
        One of the names above, which are also in `MEASURES`.
    segment_s : float, optional
        Length of a segment in seconds, for the coherences only, and at most two thirds of the window: of one segment
        coherence is 1 whatever the channels do. By default a quarter of the window, but at most 2 s.

    Returns
    -------
    ndarray of shape (..., n_bands, n_channels, n_channels)
        Symmetric. On the diagonal 1 or, for measures blind to what has no lag, 0. NaN for a channel with a missing
        sample, one that is flat or has nothing in the band (for the coherences, at one of its frequencies), and, for
        ``aec_orthogonal``, a pair of copies.

    Raises
    ------
    InvalidArgumentError
        If a band reaches the Nyquist frequency or is too narrow for the window or its segments (the message names it),
        the measure is unknown, or `segment_s` does not fit.

    See Also
    --------
    surrogate_connectivity : The same of channels that have nothing to do with each other.
    network_measures : Indices of the network whose weights these are.

    References
    ----------
    .. [1] Lachaux, Rodriguez, Martinerie & Varela (1999), Human Brain Mapping 8(4), 194-208.
    .. [2] Vinck, van Wingerden, Womelsdorf, Fries & Pennartz (2010), NeuroImage 51(1), 112-122.
    .. [3] Stam, Nolte & Daffertshofer (2007), Human Brain Mapping 28(11), 1178-1193.
    .. [4] Vinck, Oostenveld, van Wingerden, Battaglia & Pennartz (2011), NeuroImage 55(4), 1548-1565.
    .. [5] Nolte, Bai, Wheaton, Mari, Vorbach & Hallett (2004), Clinical Neurophysiology 115(10), 2292-2307.
    .. [6] Hipp, Hawellek, Corbetta, Siegel & Engel (2012), Nature Neuroscience 15(6), 884-890.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> waves = np.sin(2 * np.pi * 10 * np.arange(512) / 128 - np.array([[0.0], [1.0], [0.0]]))
    >>> eeg = waves * [[1], [1], [0]] + 0.3 * rng.standard_normal((3, 512))
    >>> locking = connectivity(eeg, 128.0, {"alpha": (8, 13)})
    >>> locking.shape
    (1, 3, 3)
    >>> bool(locking[0, 0, 1] > 0.9), bool(locking[0, 0, 2] < 0.6)
    (True, True)
    """
    epochs, shape = as_epochs(eeg, name="eeg")
    rate = check_rate(rate)
    measure = check_choice(measure, name="measure", choices=MEASURES)
    n_epochs, n_channels, n_times = epochs.shape
    bands = check_bands(bands, rate)
    length = _segment_length(segment_s, n_times, rate, measure)
    out = np.full((n_epochs, len(bands), n_channels, n_channels), np.nan)
    if measure in _OVER_SEGMENTS and n_times:
        bins = signals.band_bins(bands, length, rate, fewest=1, span="segment")
        if out.size:
            _coherence.band_means(_OVER_SEGMENTS[measure], epochs, bins, length, out)
    elif n_times:
        bins = signals.band_bins(bands, n_times, rate, fewest=_synchrony.FEWEST_BINS, span="window")
        if out.size:
            _over_time(measure, epochs, bins, out)
    return out.reshape(*shape, *out.shape[1:])


def surrogate_connectivity(eeg, rate, bands=BANDS, *, measure="plv", segment_s=None, n_surrogates=20, random_state=0):
    """Connectivity of surrogates: channels of the same spectra that have nothing to do with each other.

    In each surrogate the bins of every channel's discrete Fourier transform keep their moduli and take phases at random
    (Theiler 1992 [1]_). What :func:`connectivity` exceeds of them is not chance; a high quantile of them is a threshold
    for :func:`network_measures`. Two steady rhythms of one frequency keep step for as long as they are steady, whether
    they know of each other or not: then chance is high, and rightly so.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        Windows, as for :func:`connectivity`.
    rate : float
        Sampling rate in Hz.
    bands : mapping of str to (low_hz, high_hz), default=BANDS
        Bands, as for :func:`connectivity`.
    measure : str, default="plv"
        One of `MEASURES`.
    segment_s : float, optional
        As for :func:`connectivity`.
    n_surrogates : int, default=20
        Number of surrogates, at least 1: 20 for a mean, 200 for the 99 % quantile of a pair.
    random_state : int, default=0
        Seed of the phases.

    Returns
    -------
    ndarray of shape (n_surrogates, ..., n_bands, n_channels, n_channels)
        NaN where :func:`connectivity` has NaN.

    Raises
    ------
    InvalidArgumentError
        If an argument is refused by :func:`connectivity`, or `n_surrogates` is no count of at least 1.

    References
    ----------
    .. [1] Theiler, Eubank, Longtin, Galdrikian & Farmer (1992), Physica D 58(1-4), 77-94.

    Examples
    --------
    >>> eeg = np.random.default_rng(0).standard_normal((2, 512))
    >>> chance = surrogate_connectivity(eeg, 128.0, {"delta": (1, 4), "gamma": (30, 45)})[:, :, 0, 1]
    >>> chance.mean(axis=0).round(1).tolist()
    [0.3, 0.1]
    """
    epochs, shape = as_epochs(eeg, name="eeg")
    n_surrogates = check_count(n_surrogates, name="n_surrogates", low=1)
    random_state = check_count(random_state, name="random_state")
    seeds = np.random.SeedSequence(random_state).spawn(n_surrogates)
    out = [
        connectivity(_with_random_phases(epochs, seed), rate, bands, measure=measure, segment_s=segment_s)
        for seed in seeds
    ]
    return np.stack(out).reshape(n_surrogates, *shape, *out[0].shape[1:])


def _with_random_phases(epochs, seed):
    """Channels with the moduli of their spectra but phases at random, after their lines of least squares are taken."""
    n_times = epochs.shape[-1]
    if not epochs.size:
        return epochs
    sizes = signals.usable_sizes(epochs)
    moduli = np.abs(signals.spectra_of(epochs, n_times // 2 + 1))
    turns = np.random.default_rng(seed).uniform(0.0, 2.0 * np.pi, moduli.shape)
    return np.fft.irfft(moduli * np.exp(1j * turns), n=n_times) * sizes


def _segment_length(segment_s, n_times, rate, measure):
    """Samples of a segment, for the coherences."""
    if segment_s is None:
        return max(min(n_times // _coherence.SEGMENTS, round(_coherence.LONGEST_S * rate)), 1)
    if measure not in _OVER_SEGMENTS:
        message = f"segment_s={segment_s!r} is for {' and '.join(_OVER_SEGMENTS)} only; leave it out for {measure}."
        raise InvalidArgumentError(message)
    segment_s = check_number(segment_s, name="segment_s", low=0.0, low_open=True)
    length = round(segment_s * rate)
    if n_times and not (1 <= length and 2 * length - length // 2 <= n_times):
        raise InvalidArgumentError(
            f"segment_s={segment_s:g} must fit at least twice into the window of {n_times / rate:g} s, overlapping by "
            "half, or coherence is 1 whatever the channels do; shorten it."
        )
    return length


def _over_time(measure, epochs, bins, out):
    """A measure of each band's signals into `out` (n_epochs, n_bands, n_channels, n_channels)."""
    function, n_times = _OVER_TIME[measure], epochs.shape[-1]
    last_stop = max(stop for _, stop in bins)

    def windows(first, last):
        for start in range(first, last, _EPOCHS_AT_ONCE):
            some = slice(start, min(start + _EPOCHS_AT_ONCE, last))
            spectra = signals.spectra_of(epochs[some], last_stop)
            for band, edges in enumerate(bins):
                in_band = np.ascontiguousarray(spectra[..., slice(*edges)])
                is_silent = signals.is_silent(in_band, n_times)
                values = function(in_band, n_times)
                values[is_silent[:, :, np.newaxis] | is_silent[:, np.newaxis, :]] = np.nan
                out[some, band] = values

    with one_thread():
        over_windows(windows, len(epochs))
