"""Heart rate over time from the spectra of pulse waves: harmonics, a tracker, and abstention."""

from typing import NamedTuple

import numpy as np

from ..._validate import check_number, check_samples
from ...exceptions import InvalidArgumentError
from ...kernels.rppg.tracker import likeliest_path
from .._filters import bridged, zero_phase
from ._spectra import SHORTEST_S, Spectra, layout
from .quality import MIN_RATE, grade

MIN_QUALITY = 0.2
_CUTOFF_HZ = 0.5
_BPM_PER_S = 2.0  # scale of the Laplace distribution of changes
_LEAP = 12.0  # what any change costs at most, in natural logarithms
_ENOUGH_S = 6.0  # seconds times quality that a film has to have: of noise one of 10 s in a hundred has them
_LEAST_READ = 0.5  # share of windows whose readings have to agree
_LEAST_APART = 0.4  # or share of the time that those of windows which do not overlap have to cover, two or more
_ROUNDING = np.array([1e-9, 1e-14])  # of a wave's range and greatest value: what a filter leaves of a straight line


class HeartRate(NamedTuple):
    """Heart rate of windows: ``times_s`` of their middles, ``bpm`` (NaN where it abstains), ``quality`` 0 to 1.

    ``mean_bpm`` is that of the whole clip, NaN where the windows do not speak for it; see :func:`heart_rate`.
    """

    times_s: np.ndarray
    bpm: np.ndarray
    quality: np.ndarray
    mean_bpm: float

    def __repr__(self):
        return f"<HeartRate {self.mean_bpm:.1f} bpm: {np.isfinite(self.bpm).sum()} of {self.bpm.size} windows read>"


def heart_rate(bvp, rate, *, window_s=10.0, step_s=1.0, min_quality=MIN_QUALITY):
    """Heart rate over time, from 40 to 240 bpm, of a pulse wave or of those of several regions.

    Each window is freed of its line of least squares; its spectrum under Hann's window is taken at steps of half a
    beat a minute. A rate explains the power within half a main lobe of it and of its first harmonic, the latter as far
    as it is no more than 1.25 times the former, so that neither half nor double of the rate explains as much. If it
    explains the share `s` of the window's power, its likelihood in noise is ``(1 - s) ** (-n / 2)`` for `n` independent
    samples of the band: clear windows say much, noisy ones next to nothing. Regions are added, each over its own power
    and weighted by its purity (see :func:`signal_quality`). The rates of all windows together are the likeliest path
    (Viterbi), in which changes cost in proportion: a Laplace distribution of scale 2 bpm per second, and never more
    than a leap, ``exp(-12)``. A parabola places each rate between steps. Where the spectrum is higher beyond 40 or 240
    bpm than within, up to half a main lobe from the rate, there is none: the window shows the flank of something else.

    Parameters
    ----------
    bvp : array-like of shape (n_frames,) or (n_regions, n_frames)
        Pulse waves at a regular rate, of either polarity; NaN where missing. They need no filter.
    rate : float
        Frames per second, at least 5. Rates go up to nine tenths of half of it: below 8.9 frames per second that is
        less than 240 bpm (135 at 5), and a heart that beats faster than half of it is mirrored: at 5 frames per second,
        170 bpm are 130. Below 16 harmonics of fast hearts are out of sight.
    window_s, step_s : float, default=10, 1
        Length of windows, at least 4, and distance between their starts, in seconds. A shorter recording of at least
        4 s is one window.
    min_quality : float, default=0.2
        Quality of a window below which there is no reading. Of ten seconds of white noise one in a hundred exceeds 0.2,
        of the wave pooled from four regions of it three to six.

    Returns
    -------
    HeartRate
        ``times_s``, ``bpm`` and ``quality`` of shape (n_windows,), and ``mean_bpm``, the heart rate of the clip: the
        mean over the windows whose readings agree, weighted by quality and by the time that each stands for. Windows
        with less than half of their samples have quality 0. All empty, and NaN, below 4 s.

    Notes
    -----
    Windows that overlap are one piece of evidence. Readings agree that lie on one path, from the median reading on,
    without a leap (more than 24 bpm, and 2 for each second between). ``mean_bpm`` is NaN unless such readings are those
    of half of the windows with a wave, or windows that do not overlap, two or more, cover two fifths of the time with a
    wave; and unless their quality, over the time with a wave, is worth six clear seconds: 0.6 for a film of 10 s, 0.2
    for one of 30 s, and 1 for one of less than 6 s. Of films of noise, white or of 1/f, four regions in colour, fewer
    than two in a hundred are given a heart rate if they last 10 s, and fewer than one from 15 s on (``python
    benchmarks/noise_films.py``); below 6 s it is up to one in ten, at 4 s.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range or `bvp` has more than two dimensions.

    Examples
    --------
    >>> times = np.arange(600) / 30.0
    >>> found = heart_rate(np.sin(2 * np.pi * 1.21 * times), 30.0)
    >>> found.bpm.size, found.bpm.round(1)[:3].tolist(), round(found.mean_bpm, 1)
    (11, [72.6, 72.6, 72.6], 72.6)
    """
    bvp = check_samples(bvp, name="bvp")
    if bvp.ndim > 2:
        raise InvalidArgumentError(f"bvp has shape {bvp.shape}; it must be (n_frames,) or (n_regions, n_frames).")
    rate = check_number(rate, name="rate", low=MIN_RATE)
    window_s = check_number(window_s, name="window_s", low=SHORTEST_S)
    step_s = check_number(step_s, name="step_s", low=0.0, low_open=True)
    min_quality = check_number(min_quality, name="min_quality", low=0.0, high=1.0)
    waves = np.atleast_2d(bvp)
    firsts, length = layout(waves.shape[1], rate, window_s, step_s)
    if length < SHORTEST_S * rate - 0.5 or not len(waves):
        return HeartRate(np.empty(0), np.empty(0), np.empty(0), np.nan)
    spectra = Spectra(above_baseline(waves, rate), rate, firsts, length)
    power = pooled_power(spectra)
    bpm, purity = tracked(spectra, power, step_s)
    quality = grade(purity, spectra.length_s)
    quality[~(power.max(axis=-1) > 0.0)] = 0.0
    bpm = np.where((quality >= min_quality) & (quality > 0.0), bpm, np.nan)
    times_s = (firsts + 0.5 * length) / rate
    agree = agreeing(times_s, bpm)
    n_waves = int((spectra.present >= 0.5).any(axis=1).sum())
    is_enough = speak(times_s[agree], quality[agree], n_waves, step_s, spectra.length_s)
    told = np.where(agree & is_enough, bpm, np.nan)
    return HeartRate(times_s, bpm, quality, summary(times_s, told, quality, waves.shape[1] / rate))


def above_baseline(waves, rate):
    """Waves without what is slower than half a hertz; missing samples stay missing, and rounding is nothing."""
    is_there = np.isfinite(waves)
    filtered = bridged(np.where(is_there, waves, np.nan))
    rounding = _ROUNDING @ _sizes(filtered)
    filtered = zero_phase(filtered, rate, low_hz=_CUTOFF_HZ, overwrite=True)
    filtered[np.abs(filtered) <= rounding[:, np.newaxis]] = 0.0
    filtered[~is_there] = np.nan
    return filtered


def _sizes(waves):
    """Range of each wave and its greatest distance from zero, (2, n_rows)."""
    highest, lowest = waves.max(axis=-1, initial=-np.inf), waves.min(axis=-1, initial=np.inf)
    with np.errstate(over="ignore"):
        return np.stack([highest - lowest, np.maximum(highest, -lowest)])


def pooled_power(spectra):
    """Spectra of all rows of each window together, each over its own power and weighted by its purity."""
    power = spectra.power
    total = spectra.total(power)
    power = np.divide(power, total, out=np.zeros_like(power), where=total > 0.0)
    if power.shape[1] == 1:
        return power[:, 0]
    purity = spectra.purity(power, spectra.strongest(power))
    weight = np.where(total[..., 0] > 0.0, purity + 1e-3, 0.0)
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    return np.einsum("wrf,wr->wf", power, weight)


def tracked(spectra, power, step_s):
    """Rate and purity of each window on the likeliest path through spectra (n_windows, n_frequencies)."""
    evidence = spectra.likelihood(power) * min(step_s / spectra.length_s, 1.0)  # what windows share is told once
    cost = spectra.step_bpm / (_BPM_PER_S * step_s)
    path = np.empty(len(evidence), dtype=np.int64)
    likeliest_path(np.ascontiguousarray(evidence), cost, _LEAP, path)
    bpm = spectra.refined(power, path)
    return bpm, spectra.purity(power, bpm)


def agreeing(times_s, bpm):
    """Whether each reading lies, from the median one forwards and backwards, on a path without a leap."""
    agree = np.zeros(bpm.size, dtype=bool)
    told = np.flatnonzero(np.isfinite(bpm))
    if not told.size:
        return agree
    middle = np.argsort(bpm[told], kind="stable")[told.size // 2]
    for way in (told[middle:], told[middle::-1]):
        last = way[0]
        for k in way:
            if abs(bpm[k] - bpm[last]) <= _BPM_PER_S * (_LEAP + abs(times_s[k] - times_s[last])):
                agree[k], last = True, k
    return agree


def speak(times_s, quality, n_waves, step_s, length_s):
    """Whether readings that agree, by their times and qualities, speak for all `n_waves` windows with a wave."""
    n_apart, free_s = 0, -np.inf  # readings of windows that do not overlap
    for time_s in times_s:
        if time_s >= free_s:
            n_apart, free_s = n_apart + 1, time_s + length_s - 1e-6
    share = times_s.size / max(n_waves, 1)
    n_lengths = 1.0 + (n_waves - 1.0) * min(step_s / length_s, 1.0)
    told_s = n_lengths * length_s
    is_clear = quality.sum() / max(n_waves, 1) * told_s >= min(_ENOUGH_S, told_s) - 1e-6
    return is_clear and (share >= _LEAST_READ or n_apart >= max(_LEAST_APART * n_lengths, 2.0))


def summary(times_s, bpm, quality, duration_s):
    """Mean rate over time, weighted by quality; NaN without a reading.

    A window stands for the time that is nearer to its middle than to any other's.
    """
    edges_s = np.concatenate([[0.0], 0.5 * (times_s[1:] + times_s[:-1]), [duration_s]])
    weight = np.where(np.isfinite(bpm), quality * np.diff(edges_s), 0.0)
    return float((weight * np.nan_to_num(bpm)).sum() / weight.sum()) if weight.any() else np.nan
