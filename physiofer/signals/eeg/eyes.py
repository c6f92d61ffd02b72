"""Eyes in the EEG: blinks and movements taken out by regression on the EOG or by independent components."""

import warnings
from typing import NamedTuple

import numpy as np

from ..._validate import check_count, check_number, check_rate
from ...exceptions import InvalidArgumentError, SignalTooShortError
from .channels import canonical_name, check_channels
from .filtering import band_pass, check_recording

__all__ = ["EyeCorrection", "regress_eog", "remove_eog_ica"]

_FRONTAL = ("Fp1", "Fpz", "Fp2", "AF7", "AF8")
_EYE_BAND = {"low_hz": 1.0, "high_hz": 10.0}
_FEWEST_SAMPLES = 5  # per squared number of channels; fewer separate nothing that would be found again
_MOST_STEPS = 200
_FITTING_RATE = 100.0  # Hz: of every so many samples one is enough to find the components
_DEPENDENT = 1e-6  # of the largest singular value: below, an EOG channel repeats the others


class EyeCorrection(NamedTuple):
    """EEG without the components of the eyes, how many these were, and how each component goes with the eyes."""

    eeg: np.ndarray
    n_removed: int
    correlations: np.ndarray


def regress_eog(eeg, eog):
    """Subtract what the EOG explains of each channel.

    The weights are those of least squares over the whole recording [1]_, fitted by MNE on the samples that are there in
    all channels. EOG electrodes see the brain too: up to their share of it is subtracted along with the eyes, most from
    frontal channels [2]_. High-pass both before; drift that happens to go together would be taken for eyes.

    Parameters
    ----------
    eeg : array-like of shape (n_channels, n_times)
        In any unit; channels that are NaN throughout stay so and take no part.
    eog : array-like of shape (n_eog, n_times) or (n_times,)
        At the same times: bipolar, or single electrodes with the reference of the EEG.

    Returns
    -------
    ndarray of shape (n_channels, n_times)
        NaN wherever the EEG or the EOG is. Where no sample is in both or the EOG is flat, the EEG as it was.

    Raises
    ------
    InvalidArgumentError
        If the shapes do not agree.

    References
    ----------
    .. [1] Gratton, Coles & Donchin (1983), Electroencephalography and Clinical Neurophysiology 55(4), 468-484.
    .. [2] Croft & Barry (2000), Neurophysiologie Clinique 30(1), 5-19.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> brain, eye = rng.normal(0, 10, (4, 5000)), rng.normal(0, 100, 5000)
    >>> clean = regress_eog(brain + 0.3 * eye, eye)
    >>> bool(np.abs(clean - brain).max() < 2.0)
    True
    """
    import mne

    eeg, eog = check_recording(eeg), check_recording(np.atleast_2d(eog), name="eog")
    if eog.shape[1] != eeg.shape[1]:
        raise InvalidArgumentError(
            f"eog has {eog.shape[1]} samples, eeg {eeg.shape[1]}; they must be of the same times."
        )
    alive = np.isfinite(eeg).any(axis=1)
    is_there = np.isfinite(eeg[alive]).all(axis=0) & np.isfinite(eog).all(axis=0)
    if not alive.any() or is_there.sum() <= len(eog):
        return eeg.copy()
    middle = eog[:, is_there].mean(axis=1, keepdims=True)
    # Repeated or opposite electrodes make no difference to what the EOG explains: independent ones stand for them.
    directions, sizes, _ = np.linalg.svd((eog[:, is_there] - middle), full_matrices=False)
    directions = directions[:, (sizes > _DEPENDENT * sizes[0]) & (sizes > 0)]
    if not directions.shape[1]:
        return eeg.copy()
    eyes = directions.T @ (eog - middle)
    eyes /= np.sqrt(np.nanmean(np.square(eyes[:, is_there]), axis=1, keepdims=True))
    types = ["eeg"] * int(alive.sum()) + ["eog"] * len(eyes)
    info = mne.create_info([f"{type_}{k}" for k, type_ in enumerate(types)], 1.0, types, verbose="error")
    raw = mne.io.RawArray(np.vstack([eeg[alive], eyes])[:, is_there], info, verbose="error")
    raw.set_eeg_reference([], verbose="error")  # as it is
    weights = mne.preprocessing.EOGRegression(picks="eeg", picks_artifact="eog", proj=False).fit(raw).coef_
    out = eeg.copy()
    out[alive] -= weights @ eyes
    return out


def remove_eog_ica(eeg, rate, channels, *, eog=None, threshold=0.7, n_components=0.999, random_state=0):
    """Take out the independent components that go with the eyes.

    FastICA by MNE, fitted on the recording from 1 Hz upwards; a component belongs to the eyes if its correlation with
    an EOG channel, or with one of Fp1, Fpz, Fp2, AF7 and AF8 where there is no EOG, exceeds `threshold` in magnitude,
    both from 1 to 10 Hz [1]_. It is subtracted from the unfiltered recording.

    Parameters
    ----------
    eeg : array-like of shape (n_channels, n_times)
        In any unit, at least 10 s; channels that are NaN throughout stay so and take no part.
    rate : float
        Sampling rate in Hz.
    channels : sequence of str
        Their names.
    eog : array-like of shape (n_eog, n_times) or (n_times,), optional
        At the same times.
    threshold : float, default=0.7
        Least correlation of a component of the eyes, from 0 to 1.
    n_components : float or int, default=0.999
        Components: their number, or the share of the variance that they keep before the separation. What is not kept is
        not touched.
    random_state : int, default=0
        Seed of the separation's start; the same gives the same result.

    Returns
    -------
    EyeCorrection
        ``eeg`` of shape (n_channels, n_times), ``n_removed`` and ``correlations`` (n_components,), the largest of each
        component.

    Raises
    ------
    InvalidArgumentError
        If shapes and names do not agree, there is neither an EOG nor a frontal channel, or fewer than two channels.
    SignalTooShortError
        If there are fewer samples without gaps than five times the squared number of channels, or less than 10 s.

    References
    ----------
    .. [1] Jung et al. (2000), Psychophysiology 37(2), 163-178.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> brain, blinks = rng.laplace(0, 10, (3, 6400)), 300 * (np.arange(6400) % 640 < 40)
    >>> mixed = np.array([[1, 0.2, 0.1], [0.3, 1, 0.2], [0.1, 0.3, 1]]) @ brain + np.outer([1.0, 0.4, 0.1], blinks)
    >>> remove_eog_ica(mixed, 64.0, ["Fp1", "Cz", "Oz"]).n_removed
    1
    """
    eeg, rate = check_recording(eeg), check_rate(rate, low=2.5 * _EYE_BAND["high_hz"])
    channels = check_channels(channels, len(eeg))
    threshold = check_number(threshold, name="threshold", low=0.0, high=1.0)
    random_state = check_count(random_state, name="random_state")
    if not isinstance(n_components, float):
        n_components = check_count(n_components, name="n_components", low=1, high=len(eeg))
    else:
        n_components = check_number(n_components, name="n_components", low=0.0, high=1.0, low_open=True, high_open=True)
    alive = np.flatnonzero(np.isfinite(eeg).any(axis=1))
    if alive.size < 2:
        raise InvalidArgumentError(f"eeg has {alive.size} channels with samples; components need two at least.")
    guides = _guides(eeg, channels, eog)
    whole = np.isfinite(eeg[alive]).all(axis=0)
    n_needed = max(10.0 * rate, _FEWEST_SAMPLES * alive.size**2)
    if (whole & np.isfinite(guides).all(axis=0)).sum() < n_needed:
        raise SignalTooShortError(
            f"eeg has {whole.sum() / rate:.3g} s without gaps; components of {alive.size} channels need "
            f"{n_needed / rate:.3g} s. Take fewer channels, or regress_eog."
        )
    ica, raw = _fitted(eeg[alive], rate, n_components, random_state)
    sources = np.full((ica.n_components_, eeg.shape[1]), np.nan)
    sources[:, whole] = ica.get_sources(raw(eeg[alive][:, whole])).get_data()
    correlations = _correlations(band_pass(sources, rate, **_EYE_BAND), band_pass(guides, rate, **_EYE_BAND))
    eyes = np.flatnonzero(correlations > threshold)
    out = eeg.copy()
    if eyes.size:
        cleaned = ica.apply(raw(eeg[alive][:, whole]), exclude=eyes.tolist(), verbose="error").get_data()
        out[np.ix_(alive, np.flatnonzero(whole))] = cleaned
        out[np.ix_(alive, np.flatnonzero(~whole))] = np.nan  # eyes could not be taken out there
    return EyeCorrection(out, int(eyes.size), correlations)


def frontal_rows(channels):
    """Numbers of the channels that are closest to the eyes."""
    return [k for k, name in enumerate(channels) if canonical_name(name) in _FRONTAL]


def _guides(eeg, channels, eog):
    """What goes with the eyes: the EOG, or the channels closest to them."""
    if eog is not None:
        guides = check_recording(np.atleast_2d(eog), name="eog")
        if guides.shape[1] != eeg.shape[1]:
            message = f"eog has {guides.shape[1]} samples, eeg {eeg.shape[1]}; they must be of the same times."
            raise InvalidArgumentError(message)
        return guides
    rows = [k for k in frontal_rows(channels) if np.isfinite(eeg[k]).any()]
    if not rows:
        raise InvalidArgumentError(
            f"eog=None, but none of {', '.join(_FRONTAL)} is there to tell the eyes; give an EOG."
        )
    return eeg[rows]


def _fitted(eeg, rate, n_components, random_state):
    """MNE's ICA of a recording above 1 Hz, and the function that makes a Raw of samples."""
    import mne

    info = mne.create_info([f"eeg{k}" for k in range(len(eeg))], rate, "eeg", verbose="error")

    def raw(values):
        return mne.io.RawArray(values, info, verbose="error")

    fast = band_pass(eeg, rate, low_hz=1.0, high_hz=None)
    fast = fast[:, np.isfinite(fast).all(axis=0)]
    ica = mne.preprocessing.ICA(
        n_components, method="fastica", max_iter=_MOST_STEPS, random_state=random_state, verbose="error"
    )
    with warnings.catch_warnings():
        # Brain that is as good as Gaussian never settles; the eyes have long done so.
        warnings.filterwarnings("ignore", message="FastICA did not converge")
        ica.fit(raw(fast), decim=max(int(rate // _FITTING_RATE), 1), verbose="error")
    return ica, raw


def _correlations(sources, guides):
    """Largest magnitude of each source's correlation with a guide, over the samples that all have."""
    is_there = np.isfinite(sources).all(axis=0) & np.isfinite(guides).all(axis=0)
    sources, guides = sources[:, is_there], guides[:, is_there]
    sources, guides = (part - part.mean(axis=1, keepdims=True) for part in (sources, guides))
    sizes = np.outer(np.linalg.norm(sources, axis=1), np.linalg.norm(guides, axis=1))
    products = np.abs(sources @ guides.T)
    return np.divide(products, sizes, out=np.zeros_like(products), where=sizes > 0).max(axis=1, initial=0.0)
