"""Samples of channels, checked, and as one block of epochs whatever the shape they came in."""

import numpy as np

from ..._validate import check_samples
from ...exceptions import InvalidArgumentError


def check_eeg(values, *, name="eeg"):
    """Return samples of channels as contiguous float64 of at least two dimensions."""
    samples = check_samples(values, name=name)
    if samples.ndim < 2:
        raise InvalidArgumentError(
            f"{name} has shape {samples.shape}; it must be (..., n_channels, n_times): give one channel as [channel]."
        )
    return samples


def as_epochs(values, *, name):
    """Samples as (n_epochs, n_channels, n_times), and the shape of the epochs to give the answer back in."""
    samples = check_eeg(values, name=name)
    shape = samples.shape[:-2]
    return samples.reshape(int(np.prod(shape)), *samples.shape[-2:]), shape
