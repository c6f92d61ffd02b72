"""Heart rate variability in the frequency domain."""

import numpy as np

from ..._validate import check_choice, check_number
from ...kernels.cardiac.frequency_domain import HRV_FREQUENCY, lomb_density, welch_density
from ._series import BAND_EDGES_HZ, one_series
from .indices import one_hrv

_METHODS = {"welch": welch_density, "lomb": lomb_density}


def hrv_frequency(rr_ms, *, beats_s=None, method="welch", min_intervals=3, band_edges_hz=BAND_EDGES_HZ):
    """Power of heart rate variability in the bands VLF, LF and HF.

    Parameters
    ----------
    rr_ms : array-like of shape (n_intervals,)
        Intervals in milliseconds, NaN where rejected.
    beats_s : array-like of shape (n_intervals + 1,), optional
        Beat times in seconds; see :func:`hrv`.
    method : {"welch", "lomb"}, default="welch"
        Spectrum to integrate; see :func:`rr_spectrum`.
    min_intervals : int, default=3
        Fewest surviving intervals.
    band_edges_hz : sequence of 4 float, default=(0.0033, 0.04, 0.15, 0.4)
        Where VLF, LF and HF begin and where HF ends, in Hz.

    Returns
    -------
    dict of str to float
        In the order of ``HRV_FREQUENCY``: ``vlf_ms2``, ``lf_ms2``, ``hf_ms2`` and their sum ``total_ms2``; ``lf_nu``
        and ``hf_nu``, the shares of LF and HF in their sum in normalised units, 0 to 100 [1]_; ``lf_hf``;
        ``vlf_peak_hz``, ``lf_peak_hz`` and ``hf_peak_hz``, the frequency of the greatest density in each band, as
        fine as one over the length of a segment. NaN below 300 s (VLF, total), 120 s (LF and ratios) or 60 s (HF) and
        where gaps are too long or too many: see :func:`hrv`.

    Raises
    ------
    InvalidArgumentError
        As :func:`hrv`, or if `method` is unknown.

    Notes
    -----
    A power is the integral of the density over its band. The density is known at multiples of a spacing, and each of
    them stands for what lies within half a spacing, so that bands share the value on their edge and a sinusoid of
    amplitude a has the power a^2 / 2.

    References
    ----------
    .. [1] Task Force of the ESC and NASPE (1996), Circulation 93(5), 1043-1065.

    Examples
    --------
    >>> import numpy as np
    >>> rr_ms = 800 + 40 * np.sin(2 * np.pi * 0.25 * np.cumsum(np.full(400, 0.8)))  # amplitude 40: 800 ms^2
    >>> round(hrv_frequency(rr_ms, method="lomb")["hf_ms2"] / 800, 2)
    1.0
    """
    method = check_choice(method, name="method", choices=_METHODS)
    group, prefix = ("frequency", "") if method == "welch" else ("lomb", "lomb_")
    values = one_hrv(rr_ms, beats_s, group, min_intervals, band_edges_hz)
    return {name: values[prefix + name] for name in HRV_FREQUENCY}


def rr_spectrum(rr_ms, *, beats_s=None, method="welch", high_hz=0.5):
    """Spectrum of intervals, one-sided, in ms^2/Hz.

    Parameters
    ----------
    rr_ms : array-like of shape (n_intervals,)
        Intervals in milliseconds, NaN where rejected.
    beats_s : array-like of shape (n_intervals + 1,), optional
        Beat times in seconds; see :func:`hrv`.
    method : {"welch", "lomb"}, default="welch"
        Welch's method [1]_ on the tachogram, the intervals at 4 Hz by natural cubic splines through the beats that end
        them; or the periodogram of Lomb [2]_ and Scargle on those beats themselves, up to half the mean heart rate.
        Either averages segments of 300 s that overlap by half, or takes a shorter series as one segment, and takes a
        straight line off each; Welch's tapers them by Hann's window.
    high_hz : float, default=0.5
        Highest frequency in Hz, up to 1.

    Returns
    -------
    frequencies_hz : ndarray of shape (n_frequencies,)
        Multiples of one over the length of a segment, from the first on; empty if there is no segment.
    density : ndarray of shape (n_frequencies,)
        In ms^2/Hz; its integral is the variance.

    Raises
    ------
    InvalidArgumentError
        If an argument is not as said.

    References
    ----------
    .. [1] Welch (1967), IEEE Transactions on Audio and Electroacoustics 15(2), 70-73.
    .. [2] Lomb (1976), Astrophysics and Space Science 39(2), 447-462.

    Examples
    --------
    >>> import numpy as np
    >>> rr_ms = 800 + 40 * np.sin(2 * np.pi * 0.25 * np.cumsum(np.full(400, 0.8)))
    >>> frequencies_hz, density = rr_spectrum(rr_ms)
    >>> round(float(frequencies_hz[np.argmax(density)]), 2)
    0.25
    """
    density_of = _METHODS[check_choice(method, name="method", choices=_METHODS)]
    high_hz = check_number(high_hz, name="high_hz", low=0.0, high=1.0, low_open=True)
    beats_s, rr_ms = one_series(rr_ms, beats_s)
    density, spacing, n_segments, _ = density_of(beats_s, rr_ms, high_hz)
    n = density.size if n_segments else 1
    return spacing * np.arange(1, n), density[1:n]
