"""Muscle activity of windows, as a scikit-learn transformer."""

import re
from dataclasses import replace

import numpy as np

from .._validate import check_windows
from ..exceptions import InvalidArgumentError
from ..signals.emg import EMG_INDICES, PLAUSIBLE_RMS_UV, clean_emg, emg_features
from ..signals.quality import present_share, unclipped_share, varying_share
from ..windows import cut
from ._base import WindowFeatures

__all__ = ["EMGFeatures"]

#: Words of channel names by muscle, beside its own.
_ALIASES = {
    "zygomaticus": ("zygo", "zyg", "zemg", "zygomatic"),
    "corrugator": ("coru", "corru", "corrug", "cemg"),
    "trapezius": ("trap", "traps", "temg", "trapez"),
}
_EVERY_NAME = [name for muscle, aliases in _ALIASES.items() for name in (muscle, *aliases)]
_UNNAMED_MUSCLE = "trapezius"  # where wearable kits have their one electromyogram
_TO_UV = {"V": 1e6, "mV": 1e3, "uV": 1.0, "\u00b5V": 1.0, "\u03bcV": 1.0, "nV": 1e-3}
_STUCK_S = 0.1
_BATCH = 2**21  # samples that are cut at a time
_PER_MUSCLE = ("rms_uv", "ln_rms", *EMG_INDICES[1:])
_QUALITY = ("quality_present", "quality_unclipped", "quality_varying", "quality")


class EMGFeatures(WindowFeatures):
    """Amplitude, shape and frequency of surface electromyograms, muscle by muscle.

    Parameters
    ----------
    rate : float, default=1000.0
        Sampling rate of the windows in Hz, at least 100.
    muscles : sequence of str, default=("zygomaticus", "corrugator", "trapezius")
        What the channels of windows are, in order, and which channels of a stream to look for.
    mains_hz : float, optional
        Frequency of the mains, to be taken out with its multiples; see :func:`physiofer.signals.emg.clean_emg`.
    step_uv : float, default=1.0
        Least step in µV for a zero crossing or slope change to count.

    Attributes
    ----------
    n_features_in_ : int
        Second axis of the windows seen in ``fit``: the number of muscles.

    Notes
    -----
    Windows are of shape (n_windows, len(muscles), n_times) in µV, raw; a muscle that was not recorded is a channel of
    NaN. Streams are taken apart by the *names* of their channels, in any case and order: ``zygomaticus``, ``zygo``,
    ``zyg``, ``zemg``, ``corrugator``, ``coru``, ``corru``, ``corrug``, ``cemg``, ``trapezius``, ``trap``, ``traps``,
    ``temg``, with or without more words or numbers (``emg_zygo``, ``EMG trap left``; of two for one muscle the first is
    taken), or the name of any other muscle. A single channel that names no muscle is the trapezius, or the first of
    `muscles` if that is not among them; unnamed channels (``ch0``, ``ch1``, ...) as many as `muscles` are these in
    order. Streams in V, mV or nV are converted.

    Features of each muscle, ``<muscle>_...``: ``rms_uv``, its natural logarithm ``ln_rms``, ``mav_uv``,
    ``waveform_uv_per_s``, ``zero_crossings_per_s``, ``slope_changes_per_s``, ``median_hz`` and ``mean_hz``, of
    :func:`physiofer.signals.emg.emg_features` after :func:`~physiofer.signals.emg.clean_emg`. They are NaN where the
    muscle is missing, with less than half of the samples or 0.25 s, and where the root mean square lies outside 0.3 µV
    to 2 mV (dead, or another unit).

    Quality, each from 0 to 1 and averaged over the muscles that have samples in the window: ``quality_present`` (share
    of samples there), ``quality_unclipped`` (outside runs of three or more at the window's extremes),
    ``quality_varying`` (not stuck at one value for 0.1 s), and ``quality``, their product, 0 for a muscle of
    implausible amplitude or less than 0.25 s. A muscle without any sample lowers nothing.

    References
    ----------
    .. [1] Fridlund & Cacioppo (1986), Psychophysiology 23(5), 567-589.
    .. [2] van Boxtel (2001), Psychophysiology 38(1), 22-34.
    .. [3] Phinyomark et al. (2012), Expert Systems with Applications 39(8), 7420-7431.

    Examples
    --------
    >>> import numpy as np
    >>> windows = 10.0 * np.random.default_rng(0).standard_normal((2, 1, 5000))
    >>> smiles = EMGFeatures(rate=1000.0, muscles=("zygomaticus",)).set_output(transform="pandas")
    >>> smiles.fit_transform(windows)["zygomaticus_rms_uv"].round().tolist()
    [9.0, 9.0]
    """

    modality = "emg"
    kinds = ("emg",)
    version = 2

    def __init__(self, rate=1000.0, *, muscles=("zygomaticus", "corrugator", "trapezius"), mains_hz=None, step_uv=1.0):
        self.rate = rate
        self.muscles = muscles
        self.mains_hz = mains_hz
        self.step_uv = step_uv

    @property
    def n_channels(self):
        """Number of muscles."""
        return len(_checked(self.muscles))

    @property
    def feature_names(self):
        """Names of the features: those of each muscle in turn, then the quality."""
        return (*(f"{muscle}_{name}" for muscle in _checked(self.muscles) for name in _PER_MUSCLE), *_QUALITY)

    def transform_stream(self, stream, starts_s, window_s, companions=None):
        """Compute the features of windows of a whole recording, filtered once.

        Parameters
        ----------
        stream : Stream
            Electromyograms; its own rate is used, channels are told by their names, and the unit is converted to µV
            where it is given.
        starts_s : array-like of shape (n_windows,)
            Start of each window in seconds on the recording's clock.
        window_s : float
            Length of the windows in seconds.
        companions : dict of str to Stream, optional
            Ignored.

        Returns
        -------
        ndarray of shape (n_windows, n_features)

        Raises
        ------
        InvalidArgumentError
            If no channel is one of the muscles, or windows are out of range.

        Examples
        --------
        >>> import numpy as np
        >>> from physiofer.recording import Stream
        >>> noise = 10.0 * np.random.default_rng(0).standard_normal((2, 5000))
        >>> stream = Stream.regular(noise, 1000.0, channels=["EMG zygo", "EMG trap"], unit="uV", kind="emg")
        >>> features = EMGFeatures().transform_stream(stream, [0.0, 2.0], 2.0)
        >>> features[:, [0, 8, 16]].round().tolist()  # root mean squares; there is no corrugator
        [[9.0, nan, 9.0], [9.0, nan, 9.0]]
        """
        places = _places(stream.channels, _checked(self.muscles))
        if all(place is None for place in places):
            raise InvalidArgumentError(
                f"the {stream.kind or 'emg'} stream has {stream.n_channels} channels; {type(self).__name__} takes "
                f"{', '.join(self.muscles)} by name, and none is among {', '.join(stream.channels)}. Name the muscles "
                "that the channels are called after, muscles=(...), or rename the channels."
            )
        values = np.full((len(places), stream.n_times), np.nan)
        for row, place in zip(values, places, strict=True):
            if place is not None:
                row[:] = stream.values[place] * _TO_UV.get(stream.unit, 1.0)
        muscles = replace(stream, values=values, channels=tuple(self.muscles), unit="uV")
        return self._from_stream(muscles.on_grid(), *check_windows(starts_s, window_s), {})

    def _from_stream(self, stream, starts_s, window_s, companions):
        """The whole recording filtered once, then cut, some windows at a time."""
        cleaned = replace(stream, values=clean_emg(stream.values, stream.rate, mains_hz=self.mains_hz))
        n_windows = max(int(_BATCH / max(window_s * stream.rate * stream.n_channels, 1.0)), 1)
        table = [np.empty((0, len(self.feature_names)))]
        for first in range(0, len(starts_s), n_windows):
            batch_s = starts_s[first : first + n_windows]
            raw_uv, cleaned_uv = (cut(source, batch_s, window_s) for source in (stream, cleaned))
            table.append(self._summary(raw_uv, cleaned_uv, stream.rate))
        return np.concatenate(table)

    def _from_windows(self, windows, rate):
        """Each window filtered on its own."""
        return self._summary(windows, clean_emg(windows, rate, mains_hz=self.mains_hz), rate)

    def _summary(self, raw_uv, cleaned_uv, rate):
        """Features of windows (n_windows, n_muscles, n_times), raw and cleaned."""
        indices = emg_features(cleaned_uv, rate, step_uv=self.step_uv)
        present = present_share(raw_uv)
        is_plausible = (indices["rms_uv"] >= PLAUSIBLE_RMS_UV[0]) & (indices["rms_uv"] <= PLAUSIBLE_RMS_UV[1])
        is_usable = is_plausible & (present >= 0.5)
        indices["ln_rms"] = np.log(np.where(is_usable, indices["rms_uv"], 1.0))
        features = np.stack([indices[name] for name in _PER_MUSCLE], axis=-1)
        features[~is_usable] = np.nan
        quality = np.stack([present, unclipped_share(raw_uv), varying_share(raw_uv, rate, min_flat_s=_STUCK_S)])
        quality = np.concatenate([quality, [quality.prod(axis=0) * is_plausible]])
        is_there = present > 0
        quality = np.where(is_there, quality, 0.0).sum(axis=2) / np.maximum(is_there.sum(axis=1), 1)
        return np.column_stack([features.reshape(len(features), -1), quality.T])


def _checked(muscles):
    """The names of the muscles, each once and fit for a column."""
    names = tuple(muscles) if isinstance(muscles, (list, tuple)) else ()
    is_name = all(isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) for name in names)
    if not names or not is_name or len(set(names)) < len(names):
        raise InvalidArgumentError(
            f"muscles={muscles!r} must be a list or tuple of different names in lower case, such as ('zygomaticus',)."
        )
    return names


def _places(channels, muscles):
    """Which channel each muscle is in, None where there is none."""
    spelled = [_spelled(channel) for channel in channels]
    places = []
    for muscle in muscles:
        known = [_spelled(name) for name in (muscle, *_ALIASES.get(muscle, ()))]
        places.append(next((k for k, words in enumerate(spelled) if any(name in words for name in known)), None))
    if any(place is not None for place in places):
        return places
    if len(channels) == 1 and not any(_spelled(name) in spelled[0] for name in _EVERY_NAME):
        only = _UNNAMED_MUSCLE if _UNNAMED_MUSCLE in muscles else muscles[0]
        return [0 if muscle == only else None for muscle in muscles]
    is_unnamed = tuple(channels) == tuple(f"ch{k}" for k in range(len(muscles)))
    return list(range(len(muscles))) if is_unnamed else places


def _spelled(name):
    """The words and numbers of a name in lower case, without a leading "emg", each between underscores."""
    words = re.findall(r"[a-z]+|[0-9]+", name.lower())
    words = [word.removeprefix("emg") or word for word in words]
    return f"_{'_'.join(words)}_"
