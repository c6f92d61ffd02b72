"""Beats of the electrocardiogram, and how good each is."""

from functools import lru_cache
import numpy as np

from ..._validate import check_number, check_series
from ...kernels.cardiac import ecg as kernels
from .._filters import moving_mean
from .beats import Beats
from .template import template_correlation

_SCALES_HZ = (8.0, 18.0)
_WIDTH = 0.36
_COARSE_RATE = 80.0
_MIN_RATE = 25.0
_COARSE_S = 0.04
_FINE_S = 0.036
_BEAT_S = (0.2, 0.2)
_BASE = 0.2


def _hann(length_s, rate):
    """Smoothing weights of a raised cosine `length_s` long."""
    reach = int(0.5 * length_s * rate)
    taps = np.cos(np.pi * np.arange(-reach, reach + 1) / (length_s * rate)) ** 2
    return taps / taps.sum()


@lru_cache(maxsize=64)
def _filters(rate):
    step = max(int(rate / _COARSE_RATE), 1)
    coarse = rate / step
    taps = _hann(_COARSE_S, rate)
    fine = _hann(_FINE_S, rate)
    reach = int(0.22 * coarse)
    n = 4096
    hz = np.fft.rfftfreq(n, 1 / coarse)
    window = np.hanning(2 * reach + 3)[1:-1]
    wavelets = []
    for centre in _SCALES_HZ:
        response = np.zeros(hz.size)
        response[1:] = np.exp(-0.5 * (np.log(hz[1:] / centre) / _WIDTH) ** 2)
        even = np.roll(np.fft.irfft(response, n), reach)[: 2 * reach + 1] * window
        even -= even.sum() * window / window.sum()
        odd = np.roll(np.fft.irfft(-1j * response, n), reach)[: 2 * reach + 1] * window
        wavelets += [even[reach:], odd[reach:]]
    return step, taps, np.array(wavelets), fine


def ecg_beats(ecg, rate):
    ecg = check_series(ecg, name="ecg")
    rate = check_number(rate, name="rate", low=_MIN_RATE)
    step, taps, wavelets, fine = _filters(rate)
    size = int(ecg.size / (0.2 * rate)) + 2
    beats_s, amplitude, centres = np.empty(size), np.empty(size), np.empty(size, dtype=np.int64)
    outline = np.empty(-(-ecg.size // step))
    n = kernels.find_beats(ecg, rate, step, taps, wavelets, fine, beats_s, amplitude, centres, outline)
    outline -= moving_mean(outline, _BASE * rate / step)
    coarse = rate / step
    quality = template_correlation(outline, centres[:n], int(_BEAT_S[0] * coarse), int(_BEAT_S[1] * coarse))
    return Beats(beats_s[:n], quality, amplitude[:n])


def ecg_peaks(ecg, rate):
    return ecg_beats(ecg, rate).beats_s
