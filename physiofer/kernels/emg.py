"""Amplitude, shape and frequency of surface electromyograms. A row is a window."""

import numpy as np
from numba import njit

#: Order of the columns :func:`amplitudes` fills.
AMPLITUDES = ("rms_uv", "mav_uv", "waveform_uv_per_s", "zero_crossings_per_s", "slope_changes_per_s")


@njit(cache=True, nogil=True)
def amplitudes(first, last, rows, rate, step_uv, min_samples, out):
    """Indices of rows `first` to `last` into `out` (n_rows, 5); NaN where fewer than `min_samples` are present."""
    for row in range(first, last):
        _amplitudes(rows[row], rate, step_uv, min_samples, out[row])


@njit(cache=True, nogil=True)
def _amplitudes(values, rate, step_uv, min_samples, out):
    """Indices of one row. Steps and turns count where all their samples are present, and make up the seconds."""
    n, n_steps, n_turns, crossings, changes = 0, 0, 0, 0, 0
    squares, magnitudes, length = 0.0, 0.0, 0.0
    before, earlier = np.nan, np.nan  # the sample and the step before
    for t in range(values.size):
        value = values[t]
        step = value - before
        if not np.isnan(value):
            n += 1
            squares += value * value
            magnitudes += abs(value)
        if not np.isnan(step):
            n_steps += 1
            length += abs(step)
            opposite = (value > 0.0 and before < 0.0) or (value < 0.0 and before > 0.0)
            crossings += opposite and abs(step) >= step_uv
            if not np.isnan(earlier):
                n_turns += 1
                opposite = (step > 0.0 and earlier < 0.0) or (step < 0.0 and earlier > 0.0)
                changes += opposite and max(abs(step), abs(earlier)) >= step_uv
        before, earlier = value, step
    out[:] = np.nan
    if n < min_samples or n == 0:
        return
    out[0], out[1] = np.sqrt(squares / n), magnitudes / n
    if n_steps:
        out[2], out[3] = length * rate / n_steps, crossings * rate / n_steps
    if n_turns:
        out[4] = changes * rate / n_turns


@njit(cache=True, nogil=True)
def frequencies(first, last, spectra, counts, least, first_hz, step_hz, out):
    """Median and mean frequency of rows `first` to `last` into `out` (n_rows, 2), from the spectra that count.

    `spectra` is (n_rows, n_segments, n_bins); bins are `step_hz` apart, and the median lies between them in proportion.
    NaN where nothing counts or the power does not exceed `least` (n_rows,), below which it is rounding.
    """
    _, n_segments, n_bins = spectra.shape
    for row in range(first, last):
        power = np.zeros(n_bins)
        for segment in range(n_segments):
            if counts[row, segment]:
                for k in range(n_bins):
                    value = spectra[row, segment, k]
                    power[k] += value.real * value.real + value.imag * value.imag
        total, moment = 0.0, 0.0
        for k in range(n_bins):
            total += power[k]
            moment += k * power[k]
        out[row] = np.nan
        if not total > least[row]:
            continue
        out[row, 1] = first_hz + step_hz * moment / total
        below = 0.0
        for k in range(n_bins):
            if below + power[k] >= 0.5 * total:
                out[row, 0] = first_hz + step_hz * (k - 0.5 + (0.5 * total - below) / power[k])
                break
            below += power[k]
