"""How far a window of any signal can be trusted, from 0 (not at all) to 1.

Every function takes windows with time last, ``(..., n_times)``, and gives one share for each, ``(...)``. Windows that
are empty or hold nothing but NaN have 0. Infinite samples count as missing.
"""

import numpy as np

from .._validate import check_count, check_number, check_rate, check_samples
from ..exceptions import InvalidArgumentError
from ..kernels import quality as kernels

__all__ = ["in_range_share", "present_share", "spectral_purity", "unclipped_share", "varying_share"]

_LARGEST = float(np.finfo(np.float64).max)
_OVERSAMPLING = 6.0  # block means keep 95 % of the amplitude at a sixth of their rate
_MIN_PERIODS = 2.0
_ROWS_AT_ONCE = 256  # bounds the memory, whatever the number of windows
_MAIN_LOBE = 2  # bins from the middle of the main lobe of Hann's window to its end


def present_share(values):
    """Share of the samples that are there.

    Parameters
    ----------
    values : array-like of shape (..., n_times)
        Windows; missing samples are NaN.

    Returns
    -------
    ndarray of shape (...)
        Share of finite samples.

    Examples
    --------
    >>> present_share([[1.0, 2.0, 3.0, 4.0], [1.0, float("nan"), 3.0, float("nan")]]).tolist()
    [1.0, 0.5]
    """
    return _per_window(kernels.in_range_share, values, -_LARGEST, _LARGEST)


def in_range_share(values, low, high):
    """Share of the samples that are there and plausible.

    Parameters
    ----------
    values : array-like of shape (..., n_times)
        Windows; missing samples are NaN and count as out of range.
    low, high : float
        Least and greatest plausible value, in the unit of `values`; both are in range.

    Returns
    -------
    ndarray of shape (...)
        Share of all samples.

    Raises
    ------
    InvalidArgumentError
        If `low` exceeds `high`.

    Examples
    --------
    >>> float(in_range_share([33.0, 0.0, 34.0, float("nan")], 15.0, 43.0))
    0.5
    """
    low = check_number(low, name="low")
    high = check_number(high, name="high", low=low)
    return _per_window(kernels.in_range_share, values, low, high)


def varying_share(values, rate, *, min_flat_s):
    """Share of the present samples at which the sensor was not stuck.

    A sensor is stuck while it repeats one value for `min_flat_s` or longer. The length matters: slow sensors that round
    their readings repeat values by nature. Missing samples neither end a run nor belong to it.

    Parameters
    ----------
    values : array-like of shape (..., n_times)
        Windows; missing samples are NaN.
    rate : float
        Sampling rate in Hz.
    min_flat_s : float
        Shortest run that counts, in seconds; at least two samples are needed in any case. In a shorter window nothing
        can be told, and the share is 1.

    Returns
    -------
    ndarray of shape (...)
        Share of the present samples outside such runs.

    Examples
    --------
    >>> float(varying_share([1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 4.0, 5.0], 1.0, min_flat_s=3.0))
    0.5
    """
    rate = check_rate(rate)
    min_flat_s = check_number(min_flat_s, name="min_flat_s", low=0.0, low_open=True)
    min_run = int(max(np.ceil(min(min_flat_s * rate, 2.0**62) - 1e-9), 2))
    return _per_window(kernels.outside_plateaus, values, min_run, np.inf, -np.inf)


def unclipped_share(values, *, min_run=3, low=None, high=None):
    """Share of the present samples that no rail of the amplifier has cut off.

    A sample is clipped if it belongs to a run of `min_run` or more equal samples at the lowest or highest value of its
    window or, where rails are given, at or beyond them. So a window of one value throughout is clipped as a whole, and
    signals slow enough to rest at their extremes (skin temperature) cannot be judged without rails. Missing samples
    neither end a run nor belong to it.

    Parameters
    ----------
    values : array-like of shape (..., n_times)
        Windows; missing samples are NaN.
    min_run : int, default=3
        Fewest equal samples in a row that count, at least 1.
    low, high : float, optional
        Rails in the unit of `values`; the window's own extremes by default.

    Returns
    -------
    ndarray of shape (...)
        Share of the present samples that are not clipped.

    Raises
    ------
    InvalidArgumentError
        If `low` exceeds `high`.

    Examples
    --------
    >>> float(unclipped_share([0.0, 2.0, 4.0, 4.0, 4.0, 4.0, 2.0, 0.0]))
    0.5
    """
    min_run = check_count(min_run, name="min_run", low=1)
    low = np.nan if low is None else check_number(low, name="low")
    high = np.nan if high is None else check_number(high, name="high", low=-np.inf if np.isnan(low) else low)
    return _per_window(kernels.outside_plateaus, values, min_run, low, high)


def spectral_purity(values, rate, low_hz, high_hz, *, segment_s=20.0):
    """Share of the power in a band that one rhythm and its first harmonic account for.

    What the signal-to-noise ratio of de Haan and Jeanne [1]_ has in its numerator, as a share of all power in the band:
    the power within the main lobe of the taper (2 / `segment_s`, their 0.1 Hz at 20 s) around a fundamental and around
    its double. The fundamental is the maximum of the spectrum for which that is most; where nothing but the skirt of a
    slow drift reaches into the band there is none, and the share is 0. Shares are taken from segments that overlap by
    half, each tapered by Hann's window, and averaged: so they tell for how much of the window a rhythm is clean, and a
    rhythm that drifts across the window is no fault.

    Parameters
    ----------
    values : array-like of shape (..., n_times)
        Windows; missing samples are NaN and bridged by straight lines. Segments with more than half of their samples
        missing count 0, and so do windows. Fast recordings are averaged in blocks first, to no less than six times
        `high_hz`.
    rate : float
        Sampling rate in Hz, more than twice `high_hz`.
    low_hz, high_hz : float
        The band: 0.5 to 5 for the pulse, 0.05 to 0.7 for breath.
    segment_s : float, default=20.0
        Length of a segment in seconds; a shorter window is one segment. It must hold two periods of `low_hz`, or
        nothing can be told and the share is 0: 4 s for the pulse; 40 s for breath, for which 60 s are better.

    Returns
    -------
    ndarray of shape (...)
        Share from 0 to 1: 1 for a sine, above about 0.8 for a clean pulse, about 0.2 for white noise in the pulse band
        (0.35 for breath and 60 s: short segments leave noise less room to spread).

    Raises
    ------
    InvalidArgumentError
        If the band is empty or reaches the Nyquist frequency.

    References
    ----------
    .. [1] de Haan & Jeanne (2013), IEEE Trans. Biomedical Engineering 60(10), 2878-2886.

    Examples
    --------
    >>> times = np.arange(0, 60, 1 / 64)
    >>> pulse = np.sin(2 * np.pi * 1.2 * times) + 0.3 * np.sin(2 * np.pi * 2.4 * times)
    >>> noise = np.random.default_rng(0).standard_normal(times.size)
    >>> spectral_purity([pulse, noise], 64.0, 0.5, 5.0).round(1).tolist()
    [1.0, 0.2]
    """
    rate = check_rate(rate)
    low_hz = check_number(low_hz, name="low_hz", low=0.0, low_open=True)
    high_hz = check_number(high_hz, name="high_hz", low=low_hz, low_open=True)
    segment_s = check_number(segment_s, name="segment_s", low=0.0, low_open=True)
    if high_hz >= 0.5 * rate:
        raise InvalidArgumentError(f"high_hz={high_hz:g} must be below rate/2={0.5 * rate:g} (Nyquist); lower it.")
    return _per_window(_purity_of_rows, values, rate, low_hz, high_hz, segment_s)


def _per_window(function, values, *arguments):
    """`function(rows, ..., out)` on windows of any shape."""
    values = check_samples(values, name="values")
    shape = values.shape[:-1]
    out = np.zeros(int(np.prod(shape)))
    function(values.reshape(out.size, values.shape[-1]), *arguments, out)
    return out.reshape(shape)[()]


def _purity_of_rows(rows, rate, low_hz, high_hz, segment_s, out):
    """Purity of rows into `out`, which holds zeros."""
    factor = max(int(rate / (_OVERSAMPLING * high_hz)), 1)
    n_coarse = rows.shape[1] // factor
    length = min(max(int(round(segment_s * rate / factor)), 1), n_coarse)
    length_s = length * factor / rate
    if length_s * low_hz < _MIN_PERIODS - 1e-9:
        return
    n_segments = 1 + int(np.ceil(2 * (n_coarse - length) / length))
    firsts = np.rint(np.linspace(0, n_coarse - length, n_segments)).astype(np.int64)
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    first, last = int(np.ceil(low_hz * length_s - 1e-9)), int(high_hz * length_s + 1e-9)
    last = min(last, (length - 1) // 2 - 1)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = slice(start, start + _ROWS_AT_ONCE)
        segments = np.zeros((len(rows[some]), n_segments, length))
        kernels.tapered_segments(rows[some], factor, firsts, taper, segments)
        spectra = np.fft.rfft(segments)[..., first - 1 : last + 2]  # and a neighbour at either side, to tell maxima
        power = np.square(spectra.real) + np.square(spectra.imag)
        kernels.mean_comb_share(power, first, _MAIN_LOBE, (1e-9 * length) ** 2, out[some])
