"""Cleaning a recording of EEG, step by step, and the baseline of its features.

Each step is a function of its own; :class:`Cleaning` says which are taken, and :func:`clean` takes them in order: hum,
band, bad channels, eyes, restored channels, reference. A recording is cleaned whole, before it is cut into windows:
filters need its length.
"""

import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..._validate import check_choice, check_number, check_rate, check_samples
from ...exceptions import InvalidArgumentError, QualityWarning, SignalTooShortError
from .bad_channels import find_bad_channels, interpolate, re_reference
from .channels import check_channels
from .eyes import frontal_rows, regress_eog, remove_eog_ica
from .filtering import band_pass, check_recording, notch

__all__ = ["Cleaned", "Cleaning", "baseline_correct", "clean"]

_LEAST_UV, _MOST_UV = 0.01, 1e4  # of the usual step from sample to sample: what is beyond is no EEG in microvolts
_DEAD = 1e-9  # of the largest value: an EOG that varies by no more is rounding


@dataclass(frozen=True)
class Cleaning:
    """Which steps :func:`clean` takes.

    Parameters
    ----------
    line_hz : float or None, default=None
        Frequency of the mains to be notched out, with harmonics inside the band; None leaves the step out, as the
        default band stops below the mains.
    low_hz, high_hz : float or None, default=1, 45
        Band that is kept; None leaves a side open.
    bad_channels : {"interpolate", "nan", "keep"}, default="interpolate"
        What becomes of channels that :func:`find_bad_channels` finds: restored from their neighbours, NaN, or kept as
        they are, which does not look for any.
    deviation : float, default=5
        Robust standard deviations from which a channel is bad.
    eyes : {"none", "regress", "ica"}, default="none"
        How blinks and movements are taken out.
    eye_correlation : float, default=0.7
        Least correlation of a component of the eyes, for ``"ica"``.
    reference : "average", sequence of str or None, default="average"
        The channels whose mean becomes zero, bad ones left out; None keeps the reference, and so does an average of
        one channel. An average of two makes each the mirror of the other: asymmetry says nothing then.
    random_state : int, default=0
        Seed of ``"ica"``.

    Raises
    ------
    InvalidArgumentError
        If a step is unknown or a number out of range.

    Examples
    --------
    >>> Cleaning(eyes="ica", high_hz=40.0).reference
    'average'
    """

    line_hz: float | None = None
    low_hz: float | None = 1.0
    high_hz: float | None = 45.0
    bad_channels: str = "interpolate"
    deviation: float = 5.0
    eyes: str = "none"
    eye_correlation: float = 0.7
    reference: str | tuple | None = "average"
    random_state: int = 0

    def __post_init__(self):
        check_choice(self.bad_channels, name="bad_channels", choices=("interpolate", "nan", "keep"))
        check_choice(self.eyes, name="eyes", choices=("none", "regress", "ica"))
        for name in ("line_hz", "low_hz", "high_hz", "deviation"):
            if getattr(self, name) is not None:
                check_number(getattr(self, name), name=name, low=0.0, low_open=True)
        check_number(self.eye_correlation, name="eye_correlation", low=0.0, high=1.0)
        if self.reference is not None and not isinstance(self.reference, str):
            object.__setattr__(self, "reference", tuple(check_channels(self.reference)))


class Cleaned(NamedTuple):
    """A recording after :func:`clean`, what was wrong with which channel, and how many components were of the eyes."""

    eeg: np.ndarray
    bad_channels: dict
    n_eye_components: int


def clean(eeg, rate, channels, cleaning=None, *, eog=None, bad=()):
    """Clean a recording of EEG.

    Parameters
    ----------
    eeg : array-like of shape (n_channels, n_times)
        A whole recording in uV, NaN where samples are missing.
    rate : float
        Sampling rate in Hz.
    channels : sequence of str
        Their names.
    cleaning : Cleaning, optional
        The steps; the defaults of :class:`Cleaning` if not given.
    eog : array-like of shape (n_eog, n_times) or (n_times,), optional
        Of the same times, for ``eyes``; it is filtered like the EEG.
    bad : sequence of str, optional
        Channels known to be bad, such as ``recording.meta["bad_channels"]``.

    Returns
    -------
    Cleaned
        ``eeg`` (n_channels, n_times) in uV; ``bad_channels``, reason by name; ``n_eye_components``. Bad channels that
        cannot be restored are NaN; where all (of the named ones) are bad there is nothing to refer to, and the
        reference stays. A gap of all channels referred to is a gap of every channel.

    Raises
    ------
    InvalidArgumentError
        If shapes, names, rate and steps do not agree; eyes are to be regressed without an EOG.
    SignalTooShortError
        If the recording is shorter than its filters.

    Warns
    -----
    QualityWarning
        If the values seem to be volts, or volts turned to uV twice; more than half of the channels are bad, or one that
        cannot be restored or is referred to; an average would be of fewer than three channels; or the eyes stay, as the
        EOG is dead, no good channel tells of them, or there is too little without gaps to separate components.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> names = ["F3", "Fz", "F4", "C3", "Cz", "C4", "P3", "Pz", "P4"]
    >>> eeg = rng.normal(0, 10, (9, 1280))
    >>> eeg[4] = 0.0
    >>> cleaned = clean(eeg, 128.0, names)
    >>> cleaned.bad_channels, bool(np.isfinite(cleaned.eeg).all())
    ({'Cz': 'flat'}, True)
    """
    cleaning = Cleaning() if cleaning is None else cleaning
    if not isinstance(cleaning, Cleaning):
        raise InvalidArgumentError(f"cleaning is a {type(cleaning).__name__}; it must be a Cleaning.")
    eeg, rate = check_recording(eeg), check_rate(rate)
    channels = check_channels(channels, len(eeg))
    known = [bad] if isinstance(bad, str) else list(bad)
    for name in known:
        check_choice(name, name="bad", choices=channels)
    if cleaning.eyes == "regress" and eog is None:
        raise InvalidArgumentError(
            'eog=None, but eyes="regress" subtracts what the EOG explains; give it, or use "ica".'
        )
    problems = _of_scale(eeg)
    eeg = _filtered(eeg, rate, cleaning)
    found = dict.fromkeys(known, "known")
    if cleaning.bad_channels != "keep":
        found = find_bad_channels(eeg, rate, channels, deviation=cleaning.deviation) | found
    found = {name: found[name] for name in channels if name in found}
    if 2 * len(found) > len(channels):
        problems.append(f"{len(found)} of {len(channels)} channels are bad; trust no average of the others")
    rows = [channels.index(name) for name in found]
    as_they_were = eeg[rows]
    eeg[rows] = np.nan
    eeg, n_eyes = _without_eyes(eeg, rate, channels, cleaning, eog, problems)
    if cleaning.bad_channels == "keep":
        eeg[rows] = as_they_were
    elif cleaning.bad_channels == "interpolate":
        eeg = interpolate(eeg, channels, list(found))
        lost = [name for name, row in zip(found, rows, strict=True) if np.isnan(eeg[row]).all()]
        if lost:
            shown = ", ".join(lost[:4]) + (f", ... ({len(lost)} in all)" if len(lost) > 4 else "")
            problems.append(f"{shown} cannot be restored: no position, or fewer than four good channels have one")
    if cleaning.reference is not None:
        eeg = _referred(eeg, channels, cleaning.reference, found, problems)
    for problem in problems:
        warnings.warn(f"eeg: {problem}.", QualityWarning, stacklevel=2)
    return Cleaned(eeg, found, n_eyes)


def _filtered(signals, rate, cleaning):
    """Signals without hum and outside the band; a copy in any case."""
    signals = signals.copy()
    if cleaning.line_hz is not None:
        signals = notch(signals, rate, line_hz=cleaning.line_hz, up_to_hz=_above(cleaning.high_hz, cleaning.line_hz))
    return band_pass(signals, rate, low_hz=cleaning.low_hz, high_hz=cleaning.high_hz)


def _above(high_hz, line_hz):
    """Where harmonics end that matter: at the end of the band, if that is above the mains."""
    return None if high_hz is None else max(high_hz, line_hz)


def _without_eyes(eeg, rate, channels, cleaning, eog, problems):
    """EEG without the eyes, and the number of components that were taken out; why not is added to `problems`."""
    if cleaning.eyes == "none":
        return eeg, 0
    if eog is not None:
        eog = _alive(check_recording(np.atleast_2d(eog), name="eog"), problems)
        eog = _filtered(eog, rate, cleaning) if len(eog) else None
    if cleaning.eyes == "regress":
        out = eeg if eog is None else regress_eog(eeg, eog)
        if np.array_equal(out, eeg, equal_nan=True):
            problems.append("the eyes are still in it: the EOG has nothing to subtract")
        return out, 0
    front, is_good = frontal_rows(channels), np.isfinite(eeg).any(axis=1)
    if len(eeg) > 1 and (is_good.sum() < 2 or (eog is None and front and not is_good[front].any())):
        problems.append("the eyes are still in it: the channels that would tell of them are bad; give an EOG")
        return eeg, 0
    try:
        found = remove_eog_ica(
            eeg, rate, channels, eog=eog, threshold=cleaning.eye_correlation, random_state=cleaning.random_state
        )
    except SignalTooShortError as error:
        problems.append(f"the eyes are still in it: {str(error).rstrip('.')}")
        return eeg, 0
    return found.eeg, found.n_removed


def _alive(eog, problems):
    """The channels of an EOG that vary; that others do not is added to `problems`."""
    values = np.where(np.isfinite(eog), eog, np.nan)
    has_any = np.isfinite(values).any(axis=1)
    spread, largest = np.zeros(len(eog)), np.zeros(len(eog))
    spread[has_any] = np.nanmax(values[has_any], axis=1) - np.nanmin(values[has_any], axis=1)
    largest[has_any] = np.nanmax(np.abs(values[has_any]), axis=1)
    varies = spread > _DEAD * largest
    if not varies.all():
        problems.append(f"{int((~varies).sum())} of {len(eog)} channels of the EOG are flat or missing; left out")
    return eog[varies]


def _referred(eeg, channels, reference, found, problems):
    """EEG with its reference, of good channels only; what is odd about it is added to `problems`."""
    is_average = isinstance(reference, str) and reference == "average"
    named = channels if is_average else [reference] if isinstance(reference, str) else list(reference)
    good = [name for name in named if name not in channels or _is_good(eeg, channels, name, found)]
    if is_average:
        if len(good) == 1:
            problems.append(f"{good[0]} is the only good channel; an average would be itself, and its reference stays")
        elif len(good) == 2:
            problems.append("an average of two channels makes each the mirror of the other: asymmetry says nothing")
        return re_reference(eeg, channels, to=good) if len(good) > 1 else eeg
    if len(good) < len(named):
        bad = ", ".join(name for name in named if name not in good)
        left = f"only {', '.join(good)} counts" if good else "the recording keeps its own"
        problems.append(f"{bad} of the reference is bad or without samples; {left}")
    return re_reference(eeg, channels, to=good) if good else eeg


def _is_good(eeg, channels, name, found):
    """Whether a channel is not bad and has samples."""
    return name not in found and bool(np.isfinite(eeg[channels.index(name)]).any())


def _of_scale(eeg):
    """What there is to say of values that are much too small for microvolts, but not nothing, or too large."""
    steps = np.abs(np.diff(eeg, axis=1))
    steps = steps[np.isfinite(steps) & (steps > 0.0)]
    usual = float(np.median(steps)) if steps.size else np.inf
    told = f"samples differ by {usual:.2g} from one to the next: they"
    if usual < _LEAST_UV:
        return [f"{told} seem to be volts; multiply them by 1e6"]
    if _MOST_UV < usual < np.inf:
        return [f"{told} cannot be microvolts; divide them by 1e6 if volts were turned to microvolts twice"]
    return []


def baseline_correct(features, baseline, *, trials=None, baseline_trials=None, method="difference"):
    """Express the features of each trial relative to those of its baseline.

    A trial's baseline is the mean of its baseline windows, as of DEAP's three seconds before each video [1]_.

    Parameters
    ----------
    features : array-like of shape (n_windows, n_features)
        Of windows in the trials; further dimensions, such as (n_windows, n_channels, n_bands), are welcome.
    baseline : array-like of shape (n_baseline_windows, n_features)
        The same features of windows before the trials.
    trials : sequence of length n_windows, optional
        The trial of each window. By default all windows share all baseline windows.
    baseline_trials : sequence of length n_baseline_windows, optional
        The trial of each baseline window; given together with `trials`.
    method : {"difference", "ratio", "decibel"}, default="difference"
        ``features - baseline`` (entropies and logarithms), ``features / baseline`` or ten times its decimal logarithm
        (powers; NaN where either is not above 0).

    Returns
    -------
    ndarray of the shape of `features`
        NaN for trials without a baseline window, and for features that no baseline window has.

    Raises
    ------
    InvalidArgumentError
        If shapes do not agree, or only one of the two lists of trials is given.

    Warns
    -----
    QualityWarning
        If a trial has no baseline window.

    References
    ----------
    .. [1] Yang, Wu, Fu & Chen (2018), International Joint Conference on Neural Networks, 1-7.

    Examples
    --------
    >>> features, baseline = [[5.0], [6.0], [9.0]], [[1.0], [3.0], [4.0]]
    >>> baseline_correct(features, baseline, trials=["a", "a", "b"], baseline_trials=["a", "a", "b"]).tolist()
    [[3.0], [4.0], [5.0]]
    """
    features, baseline = check_samples(features, name="features"), check_samples(baseline, name="baseline")
    check_choice(method, name="method", choices=("difference", "ratio", "decibel"))
    if features.ndim < 2 or features.shape[1:] != baseline.shape[1:]:
        raise InvalidArgumentError(
            f"features has shape {features.shape} and baseline {baseline.shape}; both must be (n_windows, n_features), "
            "with the same features."
        )
    if (trials is None) != (baseline_trials is None):
        raise InvalidArgumentError("trials and baseline_trials must be given together.")
    own = _trial_names(trials, len(features), "trials")
    theirs = _trial_names(baseline_trials, len(baseline), "baseline_trials")
    before = np.full(features.shape, np.nan)
    without = []
    for trial in dict.fromkeys(own):
        windows = baseline[[k for k, name in enumerate(theirs) if name == trial]]
        if not len(windows):
            without.append(str(trial))
            continue
        counts = np.isfinite(windows).sum(axis=0)
        total = np.where(np.isfinite(windows), windows, 0.0).sum(axis=0)
        before[[k for k, name in enumerate(own) if name == trial]] = np.where(
            counts, total / np.maximum(counts, 1), np.nan
        )
    if without:
        shown = ", ".join(without[:4]) + (f", ... ({len(without)} in all)" if len(without) > 4 else "")
        warnings.warn(f"trials without a baseline are NaN: {shown}.", QualityWarning, stacklevel=2)
    if method == "difference":
        return features - before
    is_power = (before > 0) & (features > 0 if method == "decibel" else np.isfinite(features))
    ratio = np.divide(features, before, out=np.full(features.shape, np.nan), where=is_power)
    return ratio if method == "ratio" else 10.0 * np.log10(ratio)


def _trial_names(trials, n, name):
    """The trial of each window, one for all if none are given."""
    if trials is None:
        return ["all trials"] * n
    trials = list(trials)
    if len(trials) != n:
        raise InvalidArgumentError(f"{name} has {len(trials)} entries for {n} windows.")
    return trials
