"""Differential entropy of the bands of EEG: the logarithm of the power that is left of a band."""

import numpy as np

from ..._parallel import over_windows
from ..._validate import check_choice, check_rate
from ._epochs import check_eeg
from .bands import BANDS, check_bands
from .spectrum import band_power, is_flat

METHODS = ("filter", "spectrum")
_ORDER = 4  # of each edge
_CHUNK_SAMPLES = 65536  # at a time: what stays in a processor's cache


def differential_entropy(eeg, rate, bands=BANDS, *, method="filter"):
    """Differential entropy of each band, in nats: ln(2 pi e variance) / 2 of the band-passed signal.

    That is the entropy of a Gaussian signal [1]_, of which only the variance matters; it has a scale, and one more
    microvolt to the microvolt adds ln 2. The variance is that of

    - ``"filter"``: the series after a fourth-order Butterworth band-pass that runs forwards and backwards, with half of
      the power left on the edges. The series is continued as its mirror image, over and over, and the variance taken
      inside of it. Mirrored about its ends, a series is a sum of cosines, and the filter weights each of them: the
      discrete cosine transform and the gain give what filtering would, and no transient is to be waited for.
    - ``"spectrum"``: :func:`band_power` by Welch's method.

    The first has softer edges and counts the whole series alike, but the mirror bends a rhythm at the ends: a sine in
    the middle of a band may lose up to 0.4 / (width of the band in Hz x length in s) of its variance, which is 3 % of
    delta in 4 s. The second is closer in short windows.

    Parameters
    ----------
    eeg : array-like of shape (..., n_channels, n_times)
        In microvolts, if entropies are to be compared with published ones.
    rate : float
        Sampling rate in Hz.
    bands : mapping of str to (low_hz, high_hz), default=BANDS
        Bands below rate / 2, each at least as wide as 1 / (length of the series in s).
    method : {"filter", "spectrum"}, default="filter"
        Where the variance comes from.

    Returns
    -------
    ndarray of shape (..., n_channels, n_bands)
        In nats, in the order of `bands`. NaN where a series holds a sample that is not finite (for ``"spectrum"``,
        where each of its segments does), is constant, or is empty.

    Raises
    ------
    InvalidArgumentError
        If a band reaches rate / 2 or is narrower than the series resolves: the message says which.

    References
    ----------
    .. [1] Duan, Zhu and Lu (2013), 6th Int. IEEE/EMBS Conf. Neural Engineering, 81-84.

    Examples
    --------
    >>> times_s = np.arange(0, 8, 1 / 128)
    >>> eeg = 3.0 * np.sin(2 * np.pi * 10 * times_s)[np.newaxis]
    >>> differential_entropy(eeg, 128.0, {"alpha": (8, 13)}).round(2)
    array([[2.17]])
    >>> differential_entropy(eeg, 128.0, {"alpha": (8, 13)}, method="spectrum").round(2)
    array([[2.17]])
    """
    eeg, rate = check_eeg(eeg), check_rate(rate)
    check_choice(method, name="method", choices=METHODS)
    if method == "spectrum":
        return 0.5 * (np.log(2.0 * np.pi * np.e) + band_power(eeg, rate, bands, output="log"))
    n_times = eeg.shape[-1]
    edges = check_bands(bands, rate, rate / n_times if n_times else 0.0).values()
    variance = _filtered_variance(eeg, two_pass_gain(list(edges), rate, n_times))
    variance[is_flat(eeg) | ~(variance > 0.0).all(axis=-1)] = np.nan
    return 0.5 * np.log(2.0 * np.pi * np.e * variance)


def two_pass_gain(edges, rate, n_times):
    """Gain in power of two passes of each filter on the cosines of a series, (n_times, n_bands); none on its mean."""
    low, high = np.tan(np.pi * np.array(edges).T / rate)  # analogue frequencies of the bilinear transform
    frequency = np.tan(0.5 * np.pi * np.arange(1, n_times) / n_times)[:, np.newaxis]
    distance = (frequency**2 - low * high) / (frequency * (high - low))  # -1 and 1 on the edges
    one_pass = 1.0 / (1.0 + (np.sqrt(2.0) - 1.0) * distance ** (2 * _ORDER))
    return np.concatenate([np.zeros((min(n_times, 1), len(edges))), one_pass**2])


def _filtered_variance(eeg, gain):
    """Mean over time of the squares of each filtered series, (..., n_bands), by Parseval's theorem."""
    from scipy import fft

    n_times, n_bands = gain.shape
    rows = eeg.reshape(int(np.prod(eeg.shape[:-1])), n_times)
    variance = np.full((len(rows), n_bands), np.nan)
    if not n_times:
        return variance.reshape(*eeg.shape[:-1], n_bands)
    at_a_time = max(_CHUNK_SAMPLES // n_times, 1)

    def transform(first, last):
        room = np.empty((min(at_a_time, last - first), n_times))
        with np.errstate(invalid="ignore", over="ignore"):
            for start in range(first, last, at_a_time):
                few = rows[start : min(start + at_a_time, last)]
                cosines = room[: len(few)]
                cosines[:] = few
                cosines = fft.dct(cosines, norm="ortho", overwrite_x=True)
                variance[start : start + len(few)] = np.square(cosines, out=cosines) @ gain / n_times

    over_windows(transform, len(rows))
    return variance.reshape(*eeg.shape[:-1], n_bands)
