"""Colour traces taken apart into overlapping windows, and waves put together from them."""

import numpy as np

from ..._validate import check_samples
from ...exceptions import InvalidArgumentError


def check_rgb(rgb, *, name="rgb"):
    """Colour traces as float64 (..., 3, n_frames)."""
    rgb = check_samples(rgb, name=name)
    if rgb.ndim < 2 or rgb.shape[-2] != 3:
        raise InvalidArgumentError(f"{name} has shape {rgb.shape}; it must be (..., 3, n_frames), in R, G, B order.")
    return rgb


def even_length(window_s, rate):
    """Frames of a window in two equal halves of at least `window_s` together."""
    return 2 * int(np.ceil(round(0.5 * window_s * rate, 9)))


def starts(n_times, length):
    """First samples of windows that overlap by half; the last one ends with the last sample."""
    if n_times < length:
        return np.empty(0, dtype=np.int64)
    firsts = np.arange(0, n_times - length + 1, length // 2)
    return firsts if firsts[-1] == n_times - length else np.append(firsts, n_times - length)


def hann(length):
    """Hann's window, symmetric; halves of neighbours that overlap by half add up to 1."""
    return np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2


def overlapped(rgb, length, project):
    """The wave that `project` finds in overlapping windows, put together under Hann's window.

    ``project(window, mean)`` takes windows (n_rows, 3, length) of whole samples and their means (n_rows, 3, 1), all
    above zero, and gives a new array (n_rows, length). Windows with missing samples or a mean that is not positive are
    left out; what covers a sample is averaged, weighted by Hann's window.
    """
    shape, n_times = rgb.shape[:-2], rgb.shape[-1]
    rows = rgb.reshape(int(np.prod(shape)), 3, n_times)
    add = OverlapAdd(len(rows), n_times, length)
    for first in starts(n_times, length):
        window = rows[:, :, first : first + length]
        with np.errstate(invalid="ignore", over="ignore"):
            mean = window.sum(axis=-1, keepdims=True) * (1.0 / length)
            is_sound = ((mean > 0.0) & (mean < np.inf)).all(axis=(1, 2))  # a missing sample makes its mean missing
        if is_sound.all():
            add(first, project(window, mean), 1.0)
        elif is_sound.any():
            wave = np.zeros((len(rows), length))
            wave[is_sound] = project(window[is_sound], mean[is_sound])
            add(first, wave, is_sound[:, np.newaxis])
    return add.result().reshape(*shape, n_times)


class OverlapAdd:
    """Waves of overlapping windows on their way to a mean weighted by Hann's window."""

    def __init__(self, n_rows, n_times, length):
        self.window = hann(length)
        self.total, self.norm = np.zeros((n_rows, n_times)), np.zeros((n_rows, n_times))

    def __call__(self, first, wave, weight):
        """Add the wave (n_rows, length) of the window that begins at `first`; `weight` broadcasts to it."""
        weight = self.window * weight
        self.total[:, first : first + len(self.window)] += wave * weight
        self.norm[:, first : first + len(self.window)] += weight

    def result(self):
        """The mean of what covers each sample; NaN where that weighs nothing."""
        is_covered = self.norm > 0.0
        return np.divide(self.total, self.norm, out=np.full(self.total.shape, np.nan), where=is_covered)
