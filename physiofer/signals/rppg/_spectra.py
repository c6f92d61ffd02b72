"""Spectra of windows of pulse waves, the evidence they hold for each heart rate, and how pure they are."""

import numpy as np

STEP_BPM = 0.5
LOW_BPM, HIGH_BPM = 40.0, 240.0
_OF_NYQUIST = 0.9  # share of half of the frame rate that is read: nearer to it a rate runs into its own mirror image
SHORTEST_S = 4.0
_LOBE = 2.0  # of Hann's window, from its middle to its end, in units of 1 / length
_STRONGEST_HARMONIC = 1.25  # times the power of the fundamental: with more it would speak for its half
_GREATEST = 0.95  # share of power that a pulse explains: hearts are no metronomes
_PART = 256  # windows at a time
_BATCH = 2**18  # samples of padded windows at a time: what the cache holds


class Spectra:
    """Spectra of windows under Hann's window, without their lines of least squares, at steps of half a beat a minute.

    ``power`` has shape (n_windows, n_rows, n_frequencies), 0 for a row with less than half of its samples; ``bpm`` goes
    from 40, less half a main lobe, to 480 or as far as the rate allows; ``present`` is (n_windows, n_rows). What can be
    a heart rate, the `band`, goes from 40 to 240 or to nine tenths of half of the rate: ``n_rates`` of them.
    """

    def __init__(self, waves, rate, firsts, length):
        n_fft = 60 * int(np.ceil(rate / STEP_BPM))  # a product of small factors more often than not
        while n_fft < length:
            n_fft *= 2  # bins are then a half, a quarter ... of the step
        self.firsts, self.length = firsts, length
        self.length_s, self.step_bpm = length / rate, 60.0 * rate / n_fft
        self.low = int(round(LOW_BPM / self.step_bpm))
        self.reach = max(int(round(60.0 / (self.length_s * self.step_bpm))), 1)  # half a main lobe
        self.margin = min(self.reach, self.low - 1)  # frequencies before the band, to see what lies beyond its edge
        low = self.low - self.margin
        high = min(int(round(2.0 * HIGH_BPM / self.step_bpm)), n_fft // 2)
        self.bpm = self.step_bpm * np.arange(low, high + 1)
        highest = min(int(round(HIGH_BPM / self.step_bpm)), int(_OF_NYQUIST * 0.5 * n_fft))
        self.n_rates = max(highest - self.low + 1, 0)
        self._falling = 1.0 / self.bpm[self.band]
        self._falling /= self._falling.sum()
        self.power = np.zeros((len(firsts), len(waves), self.bpm.size))
        self.present = np.zeros((len(firsts), len(waves)))
        step = max(_BATCH // (n_fft * max(len(waves), 1)), 1)
        for k in range(0, len(firsts), step):
            index = np.asarray(firsts[k : k + step])[:, np.newaxis] + np.arange(length)
            windows = waves[:, index].swapaxes(0, 1)
            there = np.isfinite(windows)
            self.present[k : k + step] = there.mean(axis=-1)
            levelled = level(windows, there)
            spectrum = np.fft.rfft(levelled, n_fft, axis=-1)[..., low : high + 1]
            self.power[k : k + step] = spectrum.real**2 + spectrum.imag**2
        self.power[self.present < 0.5] = 0.0

    @property
    def band(self):
        """The frequencies that can be a heart rate, as a slice of the last axis."""
        return slice(self.margin, self.margin + self.n_rates)

    def total(self, power):
        """Power of each spectrum from 40 bpm on, (..., 1)."""
        return power[..., self.margin :].sum(axis=-1, keepdims=True)

    def evidence(self, power):
        """Power at each rate and its harmonic, as far as the harmonic does not outweigh it: (..., n_rates)."""
        first = power[..., self.band]
        return first + np.minimum(self.harmonic(power), _STRONGEST_HARMONIC * first)

    def strongest(self, power):
        """Rate in bpm with the most evidence in each spectrum."""
        best = [self.evidence(some).argmax(axis=-1) for some in _in_parts(power)]
        return self.bpm[self.margin + np.concatenate(best)] if best else np.empty(power.shape[:-1])

    def likelihood(self, power):
        """Logarithm of the likelihood of each rate in white noise, (..., n_rates), as far as the window has a say.

        It is ``-n / 2 ln(1 - share)`` for a band of `n` independent samples, of which the pulse explains the share of
        power within half a main lobe of the rate and of its harmonic, the latter limited as in :meth:`evidence`.
        """
        n_samples = 2.0 * (HIGH_BPM - LOW_BPM) / 60.0 * self.length_s
        index = np.minimum(np.arange(power.shape[-1]) + self.reach, power.shape[-1] - 1)
        out = np.empty((*power.shape[:-1], self.n_rates))
        for some, told in zip(_in_parts(power), _in_parts(out), strict=True):
            sums = np.cumsum(some, axis=-1)
            total = sums[..., -1:] - sums[..., self.margin - 1 : self.margin]
            near = sums[..., index]
            near[..., self.reach + 1 :] -= sums[..., : -self.reach - 1]
            share = self.evidence(near) / np.maximum(total, 1e-300)
            told[...] = -0.5 * n_samples * np.log1p(-np.minimum(share, _GREATEST))
        return out

    def harmonic(self, power):
        """Power at twice each rate, 0 where that is beyond the spectrum: (..., n_rates)."""
        double = 2 * (self.low + np.arange(self.n_rates)) - self.low + self.margin
        inside = double < self.bpm.size
        out = np.zeros((*power.shape[:-1], self.n_rates))
        out[..., inside] = power[..., double[inside]]
        return out

    def purity(self, power, bpm):
        """Share of the power of the band in the main lobes at `bpm` and its harmonic, less chance; 0 to 1.

        `power` is (..., n_frequencies), `bpm` (...). Chance is what noise has there, white or with a power of 1/f as
        movement and changing light leave it, whichever has more: slow rates have to show more. A spectrum that is
        higher, within half a main lobe of `bpm`, beyond the edge of the band than in it has 0.
        """
        inside, total = self.near(power, bpm)
        share = np.divide(inside, total, out=np.zeros(total.shape), where=total > 0.0)
        is_near = self._is_near(bpm) | self._is_near(2.0 * bpm)
        chance = np.maximum(is_near.mean(axis=-1), is_near @ self._falling)
        purity = np.clip((share - chance) / np.maximum(1.0 - chance, 1e-9), 0.0, 1.0)
        return np.where(self._is_flank(power, bpm), 0.0, purity)

    def near(self, power, bpm):
        """Power in the lobes at `bpm` and its harmonic, limited as in :meth:`evidence`, and all power, of the band."""
        power = power[..., self.band]
        is_first = self._is_near(bpm)
        first = (power * is_first).sum(axis=-1)
        second = (power * (self._is_near(2.0 * bpm) & ~is_first)).sum(axis=-1)
        return first + np.minimum(second, _STRONGEST_HARMONIC * first), power.sum(axis=-1)

    def _is_near(self, bpm):
        """Whether each rate lies within a main lobe at `bpm`."""
        return np.abs(self.bpm[self.band] - bpm[..., np.newaxis]) < 60.0 * _LOBE / self.length_s

    def _is_flank(self, power, bpm):
        """Whether there is more power beyond an edge of the band than within, up to half a main lobe from `bpm`."""
        out = np.zeros(bpm.shape, dtype=bool)
        low, high = self.margin, self.margin + self.n_rates
        reach_bpm = (self.reach + 0.5) * self.step_bpm
        edges = [(slice(0, low), slice(low, low + 2 * self.reach)),
                 (slice(high, high + self.reach), slice(max(high - 2 * self.reach, low), high))]  # fmt: skip
        for beyond, within in edges:
            some = np.concatenate([power[..., beyond], power[..., within]], axis=-1)
            places = np.concatenate([self.bpm[beyond], self.bpm[within]])
            is_beyond = np.arange(places.size) < self.bpm[beyond].size
            some = np.where(np.abs(places - bpm[..., np.newaxis]) <= reach_bpm, some, 0.0)
            out |= some[..., is_beyond].max(axis=-1, initial=0.0) > some[..., ~is_beyond].max(axis=-1, initial=0.0)
        return out

    def refined(self, power, at):
        """Rate in bpm of the maximum nearest to bins `at` (n_windows,), between bins by a parabola."""
        reach = max(int(0.5 * 60.0 / (self.length_s * self.step_bpm)), 1)
        both = power[..., self.band] + self.harmonic(power)
        rows = np.arange(len(both))
        near = np.clip(at[:, np.newaxis] + np.arange(-reach, reach + 1), 0, self.n_rates - 1)
        at = near[rows, both[rows[:, np.newaxis], near].argmax(axis=1)]
        inner = np.clip(at, 1, self.n_rates - 2)
        before, peak, after = (np.log(np.maximum(both[rows, inner + k], 1e-300)) for k in (-1, 0, 1))
        bend = before - 2.0 * peak + after
        shift = np.divide(0.5 * (before - after), bend, out=np.zeros(bend.shape), where=bend < -1e-12)
        bpm = self.bpm[self.margin + inner] + self.step_bpm * np.clip(shift, -1.0, 1.0)
        return np.clip(bpm, *self.bpm[self.band][[0, -1]])


def _in_parts(values):
    """Views of some windows at a time: what is worked out of all at once would fill the memory of a long film."""
    return [values[k : k + _PART] for k in range(0, len(values), _PART)]


def level(windows, there):
    """Windows without their lines of least squares, under Hann's window, over their size; 0 where missing."""
    length = windows.shape[-1]
    count = np.maximum(there.sum(axis=-1, keepdims=True), 1)
    values = np.where(there, windows, 0.0)
    values = values - there * (values.sum(axis=-1, keepdims=True) / count)
    place = np.linspace(-1.0, 1.0, length)
    place = there * (place - (there * place).sum(axis=-1, keepdims=True) / count)
    norm = np.square(place).sum(axis=-1, keepdims=True)
    slope = np.divide((values * place).sum(axis=-1, keepdims=True), norm, out=np.zeros(norm.shape), where=norm > 0.0)
    values -= slope * place
    size = np.abs(values).max(axis=-1, keepdims=True)
    was = np.abs(np.where(there, windows, 0.0)).max(axis=-1, keepdims=True)
    is_rounding = size <= 1e-12 * was
    taper = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
    return values * np.divide(taper, size, out=np.zeros_like(values), where=~is_rounding & (size > 0.0))


def layout(n_times, rate, window_s, step_s):
    """First samples and length of windows; one as long as the series where that is shorter than a window."""
    length = min(int(round(window_s * rate)), n_times)
    if length < 2:
        return np.empty(0, dtype=np.int64), 0
    n_windows = 1 + int((n_times - length) / (step_s * rate) + 1e-9)
    return np.rint(np.arange(n_windows) * step_s * rate).astype(np.int64), length
