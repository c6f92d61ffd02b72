"""What all transformers of EEG share: channels by name, MNE's epochs, microvolts, cleaning, baseline, quality."""

import re
import sys
import warnings
from copy import copy

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from .._validate import check_number, check_rate, check_windows, unmasked
from ..exceptions import InvalidArgumentError, QualityWarning
from ..signals.eeg import BANDS, Cleaning, baseline_correct, check_channels, clean, eeg_quality, find_channel
from ..windows import cut
from ._base import WindowFeatures

_BLOCK = 2**21  # samples at a time: 16 MB, and a few times that while they are measured
_MICROVOLTS = {"V": 1e6, "mV": 1e3, "uV": 1.0, "µV": 1.0, "": 1.0}
_QUALITY = ("present", "varying", "unclipped", "amplitude", "line", "muscle")
_LARGE_UV = 150.0  # as in eeg_quality
_NOT_PLAIN = re.compile(r"[\W_]+")  # all but letters and digits


class EEGWindowFeatures(WindowFeatures):
    """Base of the transformers of EEG: windows of many channels, whose names are part of those of the features.

    A subclass takes ``rate``, ``channels``, ``bands``, ``line_hz``, ``cleaning`` and ``baseline_s``, and writes
    ``_names_of`` (of the features, given channels) and ``_block`` (their values).
    """

    modality = "eeg"
    kinds = ("eeg",)
    companions = ("eog",)
    _onsets_s = None  # of the trials of the recording that is read, for the baseline
    _bad = ()  # its channels that are marked bad

    def fit(self, X, y=None):
        """Take note of channels and rate, and check the options; nothing is learned.

        Parameters
        ----------
        X : array-like of shape (n_windows, n_channels, n_times), or mne.Epochs
            Windows in uV; epochs tell their unit, rate and names.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        InvalidArgumentError
            If `rate` or an option is wrong, or `channels` are not those of the windows.
        """
        self._check_options()
        windows, rate, channels = self._opened(X)
        windows = self._checked(windows, reset=True)
        names = self.channels if channels is None else channels
        names = [f"ch{k}" for k in range(windows.shape[1])] if names is None else names
        self.channels_ = tuple(check_channels(names, windows.shape[1]))
        self.rate_ = check_rate(self.rate if rate is None else rate)
        self._block(Measured(np.zeros((0, *windows.shape[1:])), self.rate_, self._bands()), list(self.channels_))
        return self

    def transform(self, X):
        """Compute the features of each window.

        Parameters
        ----------
        X : array-like of shape (n_windows, n_channels, n_times), or mne.Epochs
            Windows in uV; missing samples are NaN, infinite or masked.

        Returns
        -------
        ndarray of shape (n_windows, n_features)
            Columns as :meth:`get_feature_names_out`; NaN where a window does not carry the feature.

        Raises
        ------
        InvalidArgumentError
            If channels or rate are not those of ``fit``, or `cleaning` or `baseline_s` is set: these need a whole
            recording (:meth:`transform_stream`).
        """
        check_is_fitted(self)
        for option in ("cleaning", "baseline_s"):
            if getattr(self, option) is not None:
                raise InvalidArgumentError(
                    f"{option}={getattr(self, option)!r} needs a whole recording, as pipeline.extract and "
                    "transform_stream have it; for windows that are cut already leave it None."
                )
        windows, rate, channels = self._opened(X)
        windows = self._checked(windows, reset=False)
        for name, found, known in (("rate", rate, self.rate_), ("channels", channels, self.channels_)):
            if found is not None and found != known:
                raise InvalidArgumentError(f"{name} of X, {found}, must be that of fit, {known}.")
        return self._features(windows, self.rate_, self.channels_)

    def transform_stream(self, stream, starts_s, window_s, companions=None):
        """Compute the features of windows of a whole recording, which is cleaned first if that is asked for.

        Parameters
        ----------
        stream : Stream
            Of EEG; its own rate, unit and names of channels are used. A channel that it lacks has NaN features.
        starts_s : array-like of shape (n_windows,)
            Start of each window in seconds on the recording's clock.
        window_s : float
            Length of the windows in seconds.
        companions : dict of str to Stream, optional
            The EOG of the same recording, ``{"eog": stream}``, for ``Cleaning(eyes="regress")``.

        Returns
        -------
        ndarray of shape (n_windows, n_features)

        Raises
        ------
        InvalidArgumentError
            If the unit is no voltage, or an option does not suit the recording.
        """
        starts_s, window_s = check_windows(starts_s, window_s)
        self._check_options()
        even = stream.on_grid()
        names = self._names_in(even)
        microvolts = self._in_microvolts(even, names, companions or {})
        whole = type(even).regular(microvolts, even.rate, start_s=even.start_s if even.n_times else 0.0, channels=names)
        features = self._of_windows(whole, starts_s, window_s)
        if self.baseline_s is None:
            return features
        return self._without_baseline(whole, starts_s, features)

    def for_recording(self, recording):
        """This transformer for the windows of one recording: with its channels, and the onsets of its trials.

        Parameters
        ----------
        recording : Recording

        Returns
        -------
        EEGWindowFeatures
            A copy; without a stream of EEG it has no channels unless they were given.
        """
        mine = copy(self)
        stream = recording.of_kind("eeg")
        mine.channels_ = self._names_in(stream) if stream is not None else tuple(self.channels or ())
        mine._onsets_s = np.sort(recording.events["onset_s"].to_numpy(dtype=float))
        if self.baseline_s is not None and not mine._onsets_s.size and stream is not None:
            told = f"{recording.name} has no event, and so no trial before which a baseline lies: eeg is NaN."
            warnings.warn(told, QualityWarning, stacklevel=4)
        marked = recording.meta.get("bad_channels", ()) if stream is not None else ()
        mine._bad = tuple(name for name in marked if name in stream.channels)
        return mine

    @property
    def n_channels(self):
        """Number of channels; 0 as long as they are not known."""
        return len(self._known_channels())

    @property
    def feature_names(self):
        """Names of the features of the channels that are known; those that tell quality come last."""
        names = self._known_channels()
        own = [_plain(name) for name in self._names_of(list(names), self._bands())] if names else []
        return (*_distinct(own), *(f"quality_{part}" for part in _QUALITY), "quality")

    def get_feature_names_out(self, input_features=None):
        """Names of the features, in order: feature, band and channel, as in ``alpha_F3``.

        Parameters
        ----------
        input_features : None
            Ignored: the features have names of their own.

        Returns
        -------
        ndarray of str
        """
        if self.channels is None:
            check_is_fitted(self)
        return super().get_feature_names_out()

    def _check_options(self):
        """Refuse options that all transformers of EEG share where they are none."""
        if self.cleaning is not None and not isinstance(self.cleaning, Cleaning):
            raise InvalidArgumentError(f"cleaning={self.cleaning!r} must be a signals.eeg.Cleaning, or None.")
        for option in ("baseline_s", "line_hz"):
            if getattr(self, option) is not None:
                check_number(getattr(self, option), name=option, low=0.0, low_open=True)

    def _known_channels(self):
        """Names of the channels, as far as they are known."""
        given = self.channels if isinstance(self.channels, (list, tuple, np.ndarray)) else ()
        return getattr(self, "channels_", tuple(map(str, given)))

    def _bands(self):
        """The bands, the usual ones if none were given."""
        return BANDS if self.bands is None else self.bands

    def _opened(self, X):
        """Windows in uV, and rate and names of channels as far as X tells them."""
        mne = sys.modules.get("mne")  # who has epochs has imported it
        if mne is not None and isinstance(X, (mne.io.BaseRaw, mne.Evoked)):
            raise InvalidArgumentError(
                f"X is a {type(X).__name__}; it must be windows or mne.Epochs. Cut it into epochs, or give "
                "io.from_raw(raw) to pipeline.extract."
            )
        if mne is None or not isinstance(X, mne.BaseEpochs):
            return X, None, None
        from ..io.brain import from_epochs

        windows, _, channels, rate = from_epochs(X)
        if self.rate is not None and self.rate != rate:
            raise InvalidArgumentError(f"rate={self.rate!r} must be that of the epochs, {rate:g}, or None.")
        if self.channels is not None:
            chosen = check_channels(self.channels)
            windows, channels = windows[:, [find_channel(channels, name) for name in chosen]], tuple(chosen)
        return windows, rate, channels

    def _checked(self, X, *, reset):
        """X as float64 windows (n_windows, n_channels, n_times), NaN where samples are missing, masked or infinite."""
        X = validate_data(
            self, unmasked(X), reset=reset, dtype=np.float64, order="C", allow_nd=True, ensure_all_finite=False
        )
        known = (len(self.channels) if isinstance(self.channels, (list, tuple)) else 0) if reset else self.n_channels
        if X.ndim != 3 or (known and X.shape[1] != known):
            raise InvalidArgumentError(
                f"X has shape {X.shape}; it must be (n_windows, {known or 'n_channels'}, n_times)."
            )
        if not X.shape[2]:
            raise InvalidArgumentError(f"X has shape {X.shape}: its windows hold 0 samples; they must hold at least 1.")
        is_infinite = np.isinf(X)
        return np.where(is_infinite, np.nan, X) if is_infinite.any() else X

    def _names_in(self, stream):
        """Names of the channels that are read of a stream."""
        return tuple(stream.channels if self.channels is None else check_channels(self.channels))

    def _in_microvolts(self, even, names, companions):
        """Values of the channels by name, NaN for those that are not there, cleaned if that is asked for."""
        if even.unit not in _MICROVOLTS:
            raise InvalidArgumentError(f"the eeg stream is in {even.unit!r}; EEG must be in V, mV or uV.")
        scale = _MICROVOLTS[even.unit]
        values = even.values if scale == 1.0 else scale * even.values
        if self.cleaning is not None and even.n_times:
            eog = _eog_beside(even, companions) if self.cleaning.eyes != "none" else None
            values = clean(values, even.rate, even.channels, self.cleaning, eog=eog, bad=self._bad).eeg
        elif self._bad:
            values = values.copy()
            values[[even.channels.index(name) for name in self._bad]] = np.nan
        if names == even.channels:
            return values
        out = np.full((len(names), even.n_times), np.nan)
        absent = []
        for row, name in zip(out, names, strict=True):
            try:
                row[:] = values[find_channel(even.channels, name)]
            except InvalidArgumentError:
                absent.append(name)
        if len(absent) == len(names):
            raise InvalidArgumentError(f"none of the channels {', '.join(names)} is among {', '.join(even.channels)}.")
        if absent:
            warnings.warn(f"the eeg stream has no {', '.join(absent)}: NaN.", QualityWarning, stacklevel=4)
        return out

    def _of_windows(self, whole, starts_s, window_s):
        """Features of windows of a stream in uV, some at a time."""
        n_times = max(round(window_s * whole.rate), 1)
        step = max(_BLOCK // (n_times * max(whole.n_channels, 1)), 1)
        some = [starts_s[first : first + step] for first in range(0, max(len(starts_s), 1), step)]
        return np.concatenate(
            [self._features(cut(whole, few_s, window_s), whole.rate, whole.channels) for few_s in some]
        )

    def _without_baseline(self, whole, starts_s, features):
        """Features less those of the seconds before the trial that a window belongs to; NaN without such a trial."""
        baseline_s = check_number(self.baseline_s, name="baseline_s", low=0.0, low_open=True)
        onsets_s = np.array([whole.start_s + baseline_s]) if self._onsets_s is None else np.unique(self._onsets_s)
        of_window = np.searchsorted(onsets_s, starts_s + 0.5 / whole.rate, side="right") - 1
        chosen = np.unique(of_window[of_window >= 0])
        chosen = chosen[onsets_s[chosen] - baseline_s >= whole.start_s - 0.5 / whole.rate]  # all of it is there
        n_own = features.shape[1] - len(_QUALITY) - 1
        before = np.full((len(onsets_s) + 1, n_own), np.nan)
        if chosen.size:
            before[chosen] = self._of_windows(whole, onsets_s[chosen] - baseline_s, baseline_s)[:, :n_own]
        trials = np.arange(len(before))
        features[:, :n_own] = baseline_correct(
            features[:, :n_own], before, trials=trials[of_window], baseline_trials=trials
        )
        return features

    def _features(self, windows, rate, channels):
        """Features and quality of windows in uV."""
        is_flat = np.fmax.reduce(windows, axis=-1) == np.fmin.reduce(windows, axis=-1)  # a dead electrode has no power
        alive = np.where(is_flat[..., np.newaxis], np.nan, windows) if is_flat.any() else windows
        block = self._block(Measured(alive, rate, self._bands()), list(channels))
        block = np.where(np.isfinite(block), block, np.nan)
        return np.column_stack([block, self._quality(windows, rate)])

    def _quality(self, windows, rate):
        """Parts of the quality of each window, means over its channels, and the mean quality of the channels."""
        line_hz = None if self.line_hz is None or self.line_hz + 1.0 >= 0.5 * rate else self.line_hz
        found = eeg_quality(windows, rate, line_hz=line_hz)
        there = found.present_share > 0.0
        amplitude = np.minimum(1.0, _LARGE_UV / np.fmax(found.amplitude_uv, _LARGE_UV))
        shares = [found.flat_share, found.clipped_share, found.line_share, found.muscle_share]
        varying, unclipped, line, muscle = (1.0 - np.nan_to_num(share, nan=0.0) for share in shares)
        parts = [found.present_share, varying, unclipped, amplitude, line, muscle, found.quality]
        return np.column_stack([np.where(there, part, 0.0).mean(axis=-1) for part in parts])

    def _names_of(self, channels, bands):
        """Names of the features of these channels."""
        raise NotImplementedError

    def _block(self, measured, channels):
        """Features (n_windows, n_features) of Measured windows, without the quality."""
        raise NotImplementedError


class Measured:
    """Windows (n_windows, n_channels, n_times) and what several features are made of, computed once."""

    def __init__(self, windows, rate, bands):
        self.windows, self.rate, self.bands = windows, rate, bands
        self._known = {}

    def __call__(self, function, *arguments, **options):
        """``function(windows, rate, *arguments, **options)``."""
        key = (function, *map(repr, arguments), *sorted(options.items()))
        if key not in self._known:
            self._known[key] = function(self.windows, self.rate, *arguments, **options)
        return self._known[key]


def by_band_and_channel(values):
    """Values (n_windows, n_channels, n_bands) as columns, all channels of a band together."""
    return as_columns(values.swapaxes(1, 2))


def as_columns(values):
    """Values (n_windows, ...) as a table (n_windows, n_columns), which may be without rows."""
    return values.reshape(len(values), int(np.prod(values.shape[1:])))


def _plain(name):
    """The name of a feature without what would not do in the name of a column."""
    return _NOT_PLAIN.sub("_", name).strip("_")


def _distinct(names):
    """Names of which none is there twice, nor like one that tells quality: the later ones are numbered."""
    taken = {"quality", *(f"quality_{part}" for part in _QUALITY)}
    found = []
    for name in names:
        other, k = name, 1
        while other in taken:
            k += 1
            other = f"{name}_{k}"
        taken.add(other)
        found.append(other)
    return found


def _eog_beside(even, companions):
    """The EOG at the times of the EEG; None if there is none."""
    eog = companions.get("eog")
    if eog is None:
        return None
    eog = eog.on_grid()
    if eog.rate != even.rate:
        raise InvalidArgumentError(f"the eog stream has {eog.rate:g} Hz, not the {even.rate:g} Hz of the eeg stream.")
    return cut(eog, [even.start_s], even.n_times / even.rate)[0]
