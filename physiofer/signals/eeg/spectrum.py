"""Spectra of EEG, and the power of its bands in the square of the input's unit."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..._parallel import over_windows
from ..._validate import check_choice, check_number, check_rate
from ...exceptions import InvalidArgumentError
from ...kernels.eeg import spectrum as kernels
from ._epochs import check_eeg
from .bands import BANDS, check_bands

METHODS = ("welch", "multitaper")
OUTPUTS = ("absolute", "relative", "log", "db")
WELCH_WINDOW_S = 4.0
_COARSEST_HZ = 0.5  # between frequencies where bands are summed: shorter windows are padded
_FEWEST_SAMPLES = 4
_TIME_BANDWIDTH = (1.5, 4.0)  # of the tapers, least and most
_HALF_BANDWIDTH_HZ = 0.25  # where the time-bandwidth allows it
_LEAST_CONCENTRATION = 0.99  # share of a taper's power inside its bandwidth
_CHUNK_SAMPLES = 98304  # at a time: what stays in a processor's cache


class _Plan(NamedTuple):
    """How to get spectra from rows of one length: segments, tapers, and the frequencies kept."""

    firsts: np.ndarray  # (n_segments,)
    tapers: np.ndarray  # (n_tapers, n_samples): the squares of all spectra add up to the two-sided density
    n_fft: int
    kept: slice  # frequencies
    step_hz: float


def power_spectrum(eeg, rate, *, method="welch", window_s=None, bandwidth_hz=None, low_hz=0.0, high_hz=None):
    """One-sided power spectral density.

    Welch's method [1]_ averages over segments under Hann's window that overlap by half, or by as little more as lets
    the last one end with the series. Thomson's multitaper method [2]_ averages over Slepian tapers of which at least
    99 % of the power lies inside the bandwidth (always the first), weighted by that share; of a few seconds that is one
    taper, of 16 s or more six. The mean of each segment is taken out. The density summed over all frequencies, times
    their step, is the variance under the window.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        In any unit.
    rate : float
        Sampling rate in Hz.
    method : {"welch", "multitaper"}, default="welch"
        How to get a spectrum from a segment.
    window_s : float, optional
        Length of the segments in s, that of the series if it is shorter. By default 4 s for Welch's method, and for the
        multitaper method the series.
    bandwidth_hz : float, optional
        Full width of the tapers' main lobe, for the multitaper method only. By default 0.5 Hz, but at least 3 and at
        most 8 over the length of the segments in s.
    low_hz, high_hz : float, optional
        Frequencies to return, ends included; by default all, up to rate / 2.

    Returns
    -------
    frequencies_hz : ndarray of shape (n_frequencies,)
        Multiples of 1 / (length of the segments).
    density : ndarray of shape (..., n_channels, n_frequencies)
        In the square of the input's unit per Hz, 0 of a constant channel. Segments that hold a sample that is not
        finite are left out of the mean; NaN where none is left, or the series has fewer than four samples.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of its range.

    References
    ----------
    .. [1] Welch (1967), IEEE Trans. Audio Electroacoust. 15(2), 70-73.
    .. [2] Thomson (1982), Proc. IEEE 70(9), 1055-1096.

    Examples
    --------
    >>> times_s = np.arange(0, 8, 1 / 128)
    >>> frequencies_hz, density = power_spectrum(3.0 * np.sin(2 * np.pi * 10 * times_s)[np.newaxis], 128.0)
    >>> density.shape, round(float(density.sum() * frequencies_hz[1]), 3)
    ((1, 257), 4.5)
    """
    eeg, rate, n_samples, half_bandwidth = _check(eeg, rate, method, window_s, bandwidth_hz)
    nyquist_hz = 0.5 * rate
    low_hz = check_number(low_hz, name="low_hz", low=0.0, high=nyquist_hz)
    high_hz = nyquist_hz if high_hz is None else check_number(high_hz, name="high_hz", low=low_hz)
    if high_hz > nyquist_hz:
        raise InvalidArgumentError(f"high_hz={high_hz:g} must be at most rate/2={nyquist_hz:g} (Nyquist); lower it.")
    step_hz = rate / n_samples
    bins = np.arange(n_samples // 2 + 1)
    bins = bins[(bins * step_hz >= low_hz - 1e-9 * rate) & (bins * step_hz <= high_hz + 1e-9 * rate)]
    if not bins.size:
        held = f"low_hz={low_hz:g} to high_hz={high_hz:g} holds no multiple of {step_hz:g} Hz"
        raise InvalidArgumentError(f"{held}; widen it, or use longer windows.")
    sides = np.where((bins == 0) | (2 * bins == n_samples), 1.0, 2.0)
    kept = slice(bins[0], bins[-1] + 1)
    plan = _plan(eeg.shape[-1], rate, method, n_samples, half_bandwidth, n_samples, kept)
    density = _averages(eeg, plan, bins.size, lambda squares: (squares[:, ::2] + squares[:, 1::2]) * sides)
    return bins * step_hz, density


def band_power(eeg, rate, bands=BANDS, *, method="welch", window_s=None, bandwidth_hz=None, output="absolute"):
    """Power of each band: the variance of what lies between its edges.

    The one-sided density of :func:`power_spectrum` is summed from edge to edge; a frequency whose cell (half a step to
    either side) is cut by an edge counts with the part inside, so that the powers of bands that share an edge add up to
    that of their union. Frequencies are at most 0.5 Hz apart: the segments of shorter windows are padded with zeros. A
    sine of amplitude a has the power a ** 2 / 2, white noise its variance times the share of the band in rate / 2.

    No window can tell on which side of an edge a rhythm lies that is closer to it than about 2 / (its length in s):
    there the power is shared between the neighbours, in Hann's window half and half on the edge itself, 92 to 8 one
    frequency inside. A steep background leaks likewise: 1/f noise has 1 % too much in 1 to 4 Hz from windows of 4 s,
    5 % from 2 s or 1 s, 7 % from 1.5 s.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        In any unit; microvolts give microvolts squared.
    rate : float
        Sampling rate in Hz.
    bands : mapping of str to (low_hz, high_hz), default=BANDS
        Bands below rate / 2, each at least as wide as 1 / (length of the segments in s).
    method, window_s, bandwidth_hz
        As in :func:`power_spectrum`.
    output : {"absolute", "relative", "log", "db"}, default="absolute"
        The power; its share of the power between the lowest and the highest edge of all bands; its natural logarithm;
        ten times its decimal logarithm.

    Returns
    -------
    ndarray of shape (..., n_channels, n_bands)
        In the order of `bands`. Segments that hold a sample that is not finite are left out; NaN where none is left. A
        constant channel has the power 0, and no relative power and no logarithm (NaN).

    Raises
    ------
    InvalidArgumentError
        If a band reaches rate / 2 or is narrower than the window resolves (the message says which), or another
        argument is out of its range.

    Examples
    --------
    >>> times_s = np.arange(0, 8, 1 / 128)
    >>> eeg = 3.0 * np.sin(2 * np.pi * 10.1 * times_s)[np.newaxis]
    >>> band_power(eeg, 128.0).round(3) + 0.0
    array([[0. , 0. , 4.5, 0. , 0. ]])
    """
    eeg, rate, n_samples, half_bandwidth = _check(eeg, rate, method, window_s, bandwidth_hz)
    check_choice(output, name="output", choices=OUTPUTS)
    edges = list(check_bands(bands, rate, rate / n_samples if eeg.shape[-1] else 0.0).values())
    if output == "relative":
        edges.append((min(low_hz for low_hz, _ in edges), max(high_hz for _, high_hz in edges)))
    n_fft = _fast_length(max(n_samples, int(np.ceil(rate / _COARSEST_HZ))))
    weights = band_weights(edges, rate, n_fft)
    inside = np.flatnonzero(weights.any(axis=1))
    plan = _plan(eeg.shape[-1], rate, method, n_samples, half_bandwidth, n_fft, slice(inside[0], inside[-1] + 1))
    both_parts = 2.0 * plan.step_hz * np.repeat(weights[plan.kept], 2, axis=0)  # two-sided, real and imaginary
    return _as_output(_averages(eeg, plan, len(edges), lambda squares: squares @ both_parts), output)


def band_weights(edges, rate, n_fft):
    """Share of the cell of each frequency of a spectrum that lies between each pair of edges, (n_frequencies, n)."""
    step_hz = rate / n_fft
    frequencies_hz = np.arange(n_fft // 2 + 1)[:, np.newaxis] * step_hz
    low_hz, high_hz = np.array(edges).T
    inside_hz = np.minimum(frequencies_hz + 0.5 * step_hz, high_hz) - np.maximum(frequencies_hz - 0.5 * step_hz, low_hz)
    return np.maximum(inside_hz, 0.0) / step_hz


def _as_output(power, output):
    """Powers as asked for; the last of relative ones is the whole."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if output == "relative":
            return power[..., :-1] / np.where(power[..., -1:] > 0.0, power[..., -1:], np.nan)
        if output == "absolute":
            return power
        logarithm = np.log(np.where(power > 0.0, power, np.nan))
    return logarithm if output == "log" else 10.0 / np.log(10.0) * logarithm


def _check(eeg, rate, method, window_s, bandwidth_hz):
    """Checked series and rate, the samples of a segment, and half the time-bandwidth product of its tapers."""
    eeg, rate = check_eeg(eeg), check_rate(rate)
    check_choice(method, name="method", choices=METHODS)
    if window_s is None:
        window_s = WELCH_WINDOW_S if method == "welch" else np.inf
    else:
        window_s = check_number(window_s, name="window_s", low=_FEWEST_SAMPLES / rate)
    longest = max(eeg.shape[-1], 1)
    n_samples = longest if window_s * rate >= longest else int(round(window_s * rate))
    length_s = n_samples / rate
    least, most = _TIME_BANDWIDTH
    if bandwidth_hz is None:
        return eeg, rate, n_samples, min(max(_HALF_BANDWIDTH_HZ * length_s, least), most)
    if method == "welch":
        raise InvalidArgumentError("bandwidth_hz is for method='multitaper'; leave it out for Welch's method.")
    bandwidth_hz = check_number(bandwidth_hz, name="bandwidth_hz", low=0.0, low_open=True, high=0.5 * rate)
    if bandwidth_hz * length_s < 2.0:
        least_hz = f"at least 2 / (length of the segments) = {2.0 / length_s:g}"
        raise InvalidArgumentError(
            f"bandwidth_hz={bandwidth_hz:g} must be {least_hz}; widen it or use longer segments."
        )
    return eeg, rate, n_samples, 0.5 * bandwidth_hz * length_s


def _fast_length(n_times):
    """The next length of which a Fourier transform is fast."""
    from scipy import fft

    return fft.next_fast_len(n_times, real=True)


def _plan(n_times, rate, method, n_samples, half_bandwidth, n_fft, kept):
    """Segments of `n_samples` that overlap by at least half, the last at the end, and their tapers."""
    hop = n_samples - n_samples // 2
    n_segments = 1 + -(-(n_times - n_samples) // hop)
    firsts = np.rint(np.linspace(0, n_times - n_samples, max(n_segments, 1))).astype(np.int64)
    if n_times < _FEWEST_SAMPLES:
        tapers = np.empty((1, n_samples))
    elif method == "welch":
        tapers = np.sin(np.pi * np.arange(n_samples) / n_samples)[np.newaxis] ** 2
        tapers = tapers / np.sqrt(np.square(tapers).sum())
    else:
        tapers = _slepian(n_samples, half_bandwidth)
    return _Plan(firsts, tapers / np.sqrt(rate), n_fft, kept, rate / n_fft)


@lru_cache(maxsize=16)
def _slepian(n_samples, half_bandwidth):
    """Slepian tapers that are well concentrated, scaled so that their powers are their weights in a mean."""
    from scipy.signal.windows import dpss  # slow to import

    n_tapers = min(max(int(2.0 * half_bandwidth), 1), n_samples)
    tapers, shares = dpss(n_samples, half_bandwidth, n_tapers, return_ratios=True)
    n_good = max(np.count_nonzero(shares > _LEAST_CONCENTRATION), 1)
    tapers = tapers[:n_good] * np.sqrt(shares[:n_good] / shares[:n_good].sum())[:, np.newaxis]
    tapers.setflags(write=False)
    return tapers


def _averages(eeg, plan, width, reduce):
    """Mean over segments and weighted mean over tapers of ``reduce`` of the squared parts of each spectrum.

    `reduce` takes (n_spectra, 2 n_frequencies), real and imaginary parts by turns, to (n_spectra, width).
    """
    rows = eeg.reshape(int(np.prod(eeg.shape[:-1])), eeg.shape[-1])
    out = np.full((len(rows), width), np.nan)
    if rows.shape[1] < _FEWEST_SAMPLES:
        return out.reshape(*eeg.shape[:-1], width)
    at_a_time = max(_CHUNK_SAMPLES // (plan.firsts.size * plan.tapers.size), 1)

    def average(first, last):
        # Fresh memory for every few rows costs more than the transforms.
        tapered = np.empty((min(at_a_time, last - first), plan.firsts.size, *plan.tapers.shape))
        spectra = np.empty((*tapered.shape[:-1], plan.n_fft // 2 + 1), dtype=np.complex128)
        for start in range(first, last, at_a_time):
            few = rows[start : min(start + at_a_time, last)]
            out[start : start + len(few)] = _average(few, plan, reduce, tapered[: len(few)], spectra[: len(few)])

    over_windows(average, len(rows))
    out[is_flat(rows) & np.isfinite(out[:, 0])] = 0.0  # instead of rounding
    return out.reshape(*eeg.shape[:-1], width)


def _average(rows, plan, reduce, tapered, spectra):
    """:func:`_averages` of a few rows; the last two are room to work in."""
    with np.errstate(invalid="ignore", over="ignore"):
        kernels.taper_segments(rows, plan.firsts, plan.tapers, tapered)
        np.fft.rfft(tapered, plan.n_fft, out=spectra)
        parts = spectra[..., plan.kept].view(np.float64)
        power = reduce(np.square(parts, out=parts).reshape(-1, parts.shape[-1]))
        power = power.reshape(*tapered.shape[:-1], -1)
        power = power.sum(axis=2) if power.shape[2] > 1 else power[:, :, 0]
        is_whole = np.isfinite(power[..., 0])
        if is_whole.all():
            return power.mean(axis=1)
        return np.where(is_whole[..., np.newaxis], power, 0.0).sum(axis=1) / is_whole.sum(axis=1)[:, np.newaxis]


def is_flat(eeg):
    """Which series are one value throughout: of these, only rounding would be left."""
    flat = np.zeros(eeg.shape[:-1], dtype=bool)
    if eeg.shape[-1]:
        flat = (eeg[..., 0] == eeg[..., -1]) & (eeg[..., 0] == eeg[..., eeg.shape[-1] // 2])
        flat[flat] = (eeg[flat] == eeg[flat][:, :1]).all(axis=-1)
    return flat
