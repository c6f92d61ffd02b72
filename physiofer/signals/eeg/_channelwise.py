"""Measures of single channels: which channels can be measured, in blocks that stay in the processor's cache."""

import math

import numpy as np

from ._epochs import check_eeg

_BLOCK = 32_768  # samples that the processor's cache holds, with what is made of them
LARGE_BLOCK = 4_194_304  # samples: enough for every thread, and 32 MB
_LEAST, _MOST = 1e-140, 1e140  # what can be squared


def each_channel(eeg, measure, *, fewest, flat=np.nan, block=_BLOCK):
    """`measure(rows)` of channels that vary, `flat` of flat ones, NaN of short ones and those with samples missing."""
    samples = check_eeg(eeg)
    n_rows, n_times = math.prod(samples.shape[:-1]), samples.shape[-1]
    rows = samples.reshape(n_rows, n_times)
    out = np.full((n_rows, *np.shape(flat)), np.nan)
    n_together = max(block // max(n_times, 1), 1)
    for start in range(0, n_rows if n_times >= fewest else 0, n_together):
        some = rows[start : start + n_together]
        least, most = some.min(axis=1), some.max(axis=1)
        is_whole = np.maximum(most, -least) < _MOST  # not so where a sample is NaN or infinite
        extent = np.subtract(most, least, out=np.full(len(some), np.nan), where=is_whole)
        varies = extent > _LEAST
        answers = out[start : start + n_together]
        answers[extent == 0.0] = flat
        if varies.any():
            answers[varies] = measure(some if varies.all() else some[varies])
    return out.reshape(*samples.shape[:-1], *np.shape(flat))
