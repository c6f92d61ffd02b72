"""Channels that recorded no brain: finding and restoring them, and the reference of the others."""

import numpy as np

from ..._validate import check_number, check_rate
from ...exceptions import InvalidArgumentError
from .channels import canonical_name, check_channels
from .filtering import check_recording

__all__ = ["find_bad_channels", "interpolate", "re_reference"]

_SIGMA_OF_IQR = 0.7413  # of a normal distribution
_SIGMA_OF_MAD = 1.4826
_FEWEST = 5  # channels that tell what is usual
_LEAST_SPREAD = 0.1  # of the log amplitude: channels of a good cap differ by 10 % or so
_MOST_MISSING = 0.5
_MONTAGES = ("colin27_1005", "standard_1005")  # the name since MNE 1.13, and before
_FEWEST_POSITIONS = 4  # a spline on a sphere through fewer says nothing


def find_bad_channels(eeg, rate, channels, *, deviation=5.0, flat_uv=0.1):
    """Find channels that are flat, missing, too loud, too quiet, or too noisy, compared with the others.

    After PREP [1]_: the robust amplitude of each channel (0.7413 of its interquartile range) and its noise (that of the
    differences from sample to sample, relative to the amplitude: muscle and loose contacts raise it) are compared with
    the median over channels, in units of 1.4826 times the median absolute deviation. Both are compared as logarithms,
    so that an electrode can be too quiet too, and the spread counts as 0.1 at least, so that in a recording without
    bad channels none is found. Filter before: drift and hum make amplitudes say nothing.

    Parameters
    ----------
    eeg : array-like of shape (n_channels, n_times)
        In uV; NaN where samples are missing.
    rate : float
        Sampling rate in Hz.
    channels : sequence of str
        Their names.
    deviation : float, default=5
        Robust standard deviations from the median beyond which a channel is bad.
    flat_uv : float, default=0.1
        Robust amplitude below which a channel is flat, in uV.

    Returns
    -------
    dict of str to str
        What is wrong by channel, in the order of `channels`: ``"missing"`` (more than half of the samples), ``"flat"``,
        ``"loud"``, ``"quiet"`` or ``"noisy"``. With fewer than five channels that are neither missing nor flat, no
        others are compared.

    Raises
    ------
    InvalidArgumentError
        If names and channels do not match, or an argument is out of range.

    References
    ----------
    .. [1] Bigdely-Shamlo et al. (2015), Frontiers in Neuroinformatics 9, 16.

    Examples
    --------
    >>> eeg = np.random.default_rng(0).normal(0, 10, (8, 1000))
    >>> eeg[3] = 0
    >>> eeg[5] *= 20
    >>> find_bad_channels(eeg, 100.0, ["F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2"])
    {'C4': 'flat', 'P4': 'loud'}
    """
    eeg = check_recording(eeg)
    check_rate(rate)
    channels = check_channels(channels, len(eeg))
    deviation = check_number(deviation, name="deviation", low=0.0, low_open=True)
    flat_uv = check_number(flat_uv, name="flat_uv", low=0.0)
    missing = np.isnan(eeg).mean(axis=1)
    amplitude, noise = np.full(len(eeg), np.nan), np.full(len(eeg), np.nan)
    for k, series in enumerate(eeg):
        if missing[k] <= _MOST_MISSING:
            amplitude[k] = _robust_sd(series)
            noise[k] = _robust_sd(np.diff(series))
    is_flat = amplitude <= flat_uv
    usable = np.isfinite(amplitude) & ~is_flat
    loud, noisy = np.zeros(len(eeg)), np.zeros(len(eeg))
    if usable.sum() >= _FEWEST:
        loud[usable] = _deviations(np.log(amplitude[usable]))
        noisy[usable] = _deviations(np.log(np.maximum(noise[usable], 1e-12) / amplitude[usable]))
    reasons = {}
    for k, name in enumerate(channels):
        if missing[k] > _MOST_MISSING:
            reasons[name] = "missing"
        elif is_flat[k]:
            reasons[name] = "flat"
        elif abs(loud[k]) > deviation:
            reasons[name] = "loud" if loud[k] > 0 else "quiet"
        elif noisy[k] > deviation:
            reasons[name] = "noisy"
    return reasons


def _robust_sd(series):
    """Standard deviation by the quartiles, of what is there; 0 of nothing."""
    known = series[np.isfinite(series)]
    if not known.size:
        return 0.0
    low, high = np.percentile(known, [25, 75])
    return _SIGMA_OF_IQR * (high - low)


def _deviations(values):
    """Distances from the median in robust standard deviations."""
    centred = values - np.median(values)
    return centred / max(_SIGMA_OF_MAD * np.median(np.abs(centred)), _LEAST_SPREAD)


def interpolate(eeg, channels, bad):
    """Restore channels from the others by spherical splines, as MNE does.

    The definition is that of [1]_.

    Parameters
    ----------
    eeg : array-like of shape (n_channels, n_times)
        In any unit.
    channels : sequence of str
        Names that tell positions in the 10-5 system; see :func:`physiofer.signals.eeg.channels.canonical_name`.
    bad : sequence of str
        The channels to restore.

    Returns
    -------
    ndarray of shape (n_channels, n_times)
        The bad channels restored, the others as they were. A bad channel is NaN wherever one that it is restored from
        is, and throughout if its name has no position, or fewer than four good channels have one.

    Raises
    ------
    InvalidArgumentError
        If names and channels do not match, or a bad channel is not among them.

    References
    ----------
    .. [1] Perrin, Pernier, Bertrand & Echallier (1989), Electroencephalography and Clinical Neurophysiology 72(2),
       184-187.

    Examples
    --------
    >>> names = ["F3", "Fz", "F4", "C3", "Cz", "C4", "P3", "Pz", "P4"]
    >>> restored = interpolate(np.ones((9, 4)), names, ["Cz"])
    >>> bool(np.allclose(restored, 1.0, atol=1e-3))
    True
    """
    import mne

    eeg = check_recording(eeg)
    channels = check_channels(channels, len(eeg))
    bad = _among(bad, channels)
    out = eeg.copy()
    if not bad:
        return out
    out[[channels.index(name) for name in bad]] = np.nan
    known = mne.channels.get_builtin_montages()
    montage = mne.channels.make_standard_montage(next(name for name in _MONTAGES if name in known))
    electrodes = [canonical_name(name) for name in channels]
    placed = [k for k, name in enumerate(electrodes) if name in montage.ch_names and electrodes.index(name) == k]
    good = [k for k in placed if channels[k] not in bad and np.isfinite(eeg[k]).any()]
    lost = [k for k in placed if channels[k] in bad]
    if not lost or len(good) < _FEWEST_POSITIONS:
        return out
    chosen = good + lost
    info = mne.create_info([electrodes[k] for k in chosen], 1.0, "eeg", verbose="error")
    raw = mne.io.RawArray(np.where(np.isin(chosen, lost)[:, np.newaxis], 0.0, eeg[chosen]), info, verbose="error")
    raw.set_montage(montage, verbose="error")
    raw.info["bads"] = [electrodes[k] for k in lost]
    raw.interpolate_bads(reset_bads=False, verbose="error")
    out[lost] = raw.get_data()[len(good) :]
    return out


def re_reference(eeg, channels, *, to="average", bad=()):
    """Give a recording another reference: the mean of all good channels, or of some.

    Parameters
    ----------
    eeg : array-like of shape (n_channels, n_times)
        In any unit.
    channels : sequence of str
        Their names.
    to : "average" or sequence of str, default="average"
        The channels whose mean becomes zero: for example ``["M1", "M2"]``.
    bad : sequence of str, optional
        Channels that do not enter the average.

    Returns
    -------
    ndarray of shape (n_channels, n_times)
        At each sample, the mean is that of the channels that are there; NaN where none is.

    Raises
    ------
    InvalidArgumentError
        If names and channels do not match, a name is not among them, or no channel is left to refer to.

    Examples
    --------
    >>> re_reference([[1.0, 5.0], [3.0, 7.0]], ["C3", "C4"]).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    >>> re_reference([[1.0, 5.0], [3.0, 7.0]], ["C3", "M1"], to=["M1"]).tolist()
    [[-2.0, -2.0], [0.0, 0.0]]
    """
    eeg = check_recording(eeg)
    channels = check_channels(channels, len(eeg))
    bad = _among(bad, channels)
    names = [name for name in channels if name not in bad] if _is_average(to) else _among(to, channels, name="to")
    rows = [channels.index(name) for name in names]
    if not rows:
        raise InvalidArgumentError(f"to={to!r} leaves no channel to refer to.")
    is_there = np.isfinite(eeg[rows])
    counts = is_there.sum(axis=0)
    total = np.where(is_there, eeg[rows], 0.0).sum(axis=0)
    return eeg - np.where(counts > 0, total / np.maximum(counts, 1), np.nan)


def _is_average(to):
    """Whether the reference is the mean of all."""
    return isinstance(to, str) and to == "average"


def _among(names, channels, *, name="bad"):
    """Names as a list, each of a channel that is there."""
    names = [names] if isinstance(names, str) else list(names)
    absent = [channel for channel in names if channel not in channels]
    if absent:
        known = ", ".join(channels[:8]) + (", ..." if len(channels) > 8 else "")
        raise InvalidArgumentError(f"{name}: {absent[0]!r} is no channel; there are {known}.")
    return names
