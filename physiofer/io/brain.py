"""MNE objects as recordings and windows: ``Raw`` and ``Epochs`` in, microvolts out.

MNE keeps volts and siemens; streams hold microvolts and microsiemens. The way back is
:meth:`physiofer.recording.Recording.to_mne`.
"""

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd

from .._mne import KIND_OF_TYPE
from .._validate import check_choice, check_count
from ..exceptions import InvalidArgumentError, QualityWarning
from ..recording import Recording, Stream
from .columns import GROUPED_KINDS, check_kind, kind_of
from .triggers import PORT, trigger_events

__all__ = [
    "EpochWindows", "blank", "check_kinds", "event_table", "from_epochs", "from_raw", "recording_of", "streams_of",
    "without_bad",
]  # fmt: skip

#: Kinds whose channels are one stream, named like the kind.
_TOGETHER = (*GROUPED_KINDS, "eog", "seeg", "ecog", "")

_UNITS = {107: ("uV", 1e6), 110: ("uS", 1e6), 114: ("degC", 1.0), 112: ("T", 1.0), 201: ("T/m", 1.0)}  # by FIF's code
_COMPOSITE = ("STI 014", "STI101", "STI 101", "Status", "STATUS", "Trigger")  # hold all lines; others hold one each
_SEAMS = ("boundary", "bad boundary", "edge boundary")  # EEGLAB's and MNE's words for where parts were joined
_GLANCE = 20_000  # samples that tell the scale
_MOST_UV = 1e5  # of the usual step from sample to sample: a tenth of a volt is no EEG


class EpochWindows(NamedTuple):
    """Windows as every function of EEG takes them, and what is known of each."""

    windows: np.ndarray
    labels: np.ndarray
    channels: tuple
    rate: float


def from_raw(raw, *, subject="unknown", session="1", kinds=None, trigger_mask=PORT):
    """Turn an MNE ``Raw`` into a recording.

    Its first sample is second 0. Samples under an annotation whose description starts with ``BAD`` are NaN (in the
    annotation's channels, if it names some). So is the sample at a ``boundary``, where parts of a recording were
    joined: it makes a gap, across which nothing is filtered. All other annotations are events. So are the codes of the
    trigger channel, unless an annotation starts within a sample of one. Channels marked bad keep their samples and are
    listed in ``meta["bad_channels"]``.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        Loaded or not; it is not changed.
    subject, session : str
        Whose recording it is, and which sitting.
    kinds : dict of str to str, optional
        Kind of channels (``{"EXG1": "eog"}``) where MNE's type does not tell.
    trigger_mask : int, default=0xFFFF
        Bits of the trigger channel that are triggers: the lowest 16 are the port, of a BioSemi Status word too.

    Returns
    -------
    Recording
        Streams by kind: ``eeg``, ``eog`` and ``emg`` hold all channels of their type in uV; an ``ecg``, ``eda`` (uS),
        ``respiration`` or ``temperature`` channel is a stream of its own, called by its kind if it is the only one and
        else by its name. Channels of no kind are in ``other``. Events have the column ``event``, what the annotation
        says or the code, and a trial of their own: ``"square-3"`` is the third of its name. ``meta`` holds
        ``start_unix_s`` (if the file is dated), ``bad_channels`` and ``bad_spans_s``.

    Raises
    ------
    InvalidArgumentError
        If `raw` is no Raw, or a channel or kind is unknown.

    Warns
    -----
    QualityWarning
        If the values are too large to be volts: microvolts have then been given to MNE, which wants volts.

    Examples
    --------
    >>> import mne
    >>> info = mne.create_info(["Fz", "Cz"], 4.0, "eeg")
    >>> raw = mne.io.RawArray([[1e-6, 2e-6], [3e-6, 4e-6]], info, verbose="error")
    >>> from_raw(raw, subject="p01").streams["eeg"].values.round(9).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    import mne

    if not isinstance(raw, mne.io.BaseRaw):
        hint = "; give it to from_epochs" if isinstance(raw, mne.BaseEpochs) else ""
        raise InvalidArgumentError(f"raw is a {type(raw).__name__}; it must be an mne.io.Raw{hint}.")
    trigger_mask = check_count(trigger_mask, name="trigger_mask", low=1)
    recording = recording_of(raw, subject, session, kinds, trigger_mask)
    for problem in recording.meta["problems"]:
        warnings.warn(f"{recording.name}: {problem}", QualityWarning, stacklevel=2)
    return recording


def recording_of(raw, subject, session, kinds, trigger_mask):
    """The recording of a Raw; what is odd about it is in its ``meta["problems"]`` only."""
    types, names = raw.get_channel_types(), raw.ch_names
    chosen = check_kinds(kinds, names)
    kept = [k for k, type_ in enumerate(types) if type_ != "stim"]
    of_channel = {names[k]: chosen.get(names[k], _kind(types[k], names[k])) for k in kept}
    units = {names[k]: _UNITS.get(int(raw.info["chs"][k]["unit"]), ("", 1.0)) for k in kept}
    values = raw.get_data(picks=kept) if kept else np.empty((0, raw.n_times))
    problems, bad_spans = [], _blank_own(values, list(of_channel), raw)
    streams = streams_of(values, of_channel, units, float(raw.info["sfreq"]), problems=problems)
    meta = {"format": "mne", "problems": problems, "bad_channels": list(raw.info["bads"]), "bad_spans_s": bad_spans}
    if raw.info["meas_date"] is not None:
        meta["start_unix_s"] = raw.info["meas_date"].timestamp() + float(raw.first_time)
    return Recording(subject, session, streams, _events_of(raw, trigger_mask), meta)


def from_epochs(epochs, *, kind="eeg"):
    """Turn MNE ``Epochs`` into windows, as functions and transformers of EEG take them.

    Parameters
    ----------
    epochs : mne.BaseEpochs
        They are not changed; those marked to be dropped are left out.
    kind : str, default="eeg"
        Type of the channels to take, by MNE's name. Channels marked bad are left out.

    Returns
    -------
    windows : ndarray of shape (n_windows, n_channels, n_times)
        In uV (uS for ``"gsr"``). MNE's epochs hold both ends: a second at 128 Hz has 129 samples.
    labels : ndarray of shape (n_windows,)
        The name of each window's event.
    channels : tuple of str
        Their names.
    rate : float
        Sampling rate in Hz.

    Raises
    ------
    InvalidArgumentError
        If `epochs` are none, or have no channel of that type.

    Examples
    --------
    >>> import mne
    >>> info = mne.create_info(["Fz", "Cz"], 4.0, "eeg")
    >>> events = np.array([[0, 0, 1], [9, 0, 2]])
    >>> codes = {"sad": 1, "glad": 2}
    >>> epochs = mne.EpochsArray(np.full((2, 2, 8), 1e-6), info, events, event_id=codes, verbose="error")
    >>> taken = from_epochs(epochs)
    >>> taken.windows.shape, taken.labels.tolist(), taken.channels, taken.rate
    ((2, 2, 8), ['sad', 'glad'], ('Fz', 'Cz'), 4.0)
    """
    import mne

    if not isinstance(epochs, mne.BaseEpochs):
        hint = "; give it to from_raw" if isinstance(epochs, mne.io.BaseRaw) else ""
        raise InvalidArgumentError(f"epochs is a {type(epochs).__name__}; it must be mne.Epochs{hint}.")
    if not epochs.preload:
        epochs = epochs.copy().drop_bad(verbose="error")  # which events stay is not known before
    types, bads = epochs.get_channel_types(), set(epochs.info["bads"])
    check_choice(kind, name="kind", choices=dict.fromkeys(types))
    chosen = [k for k, name in enumerate(epochs.ch_names) if types[k] == kind and name not in bads]
    if not chosen:
        raise InvalidArgumentError(f"epochs has no channel of type {kind!r} that is not marked bad.")
    scale = np.array([_UNITS.get(int(epochs.info["chs"][k]["unit"]), ("", 1.0))[1] for k in chosen])
    windows = np.empty((0, len(chosen), len(epochs.times)))
    if len(epochs):
        windows = epochs.get_data(picks=chosen) * scale[:, np.newaxis]
    if kind == "eeg" and (problem := _scale_problem(windows)):
        warnings.warn(f"epochs: {problem}", QualityWarning, stacklevel=2)
    name_of = {code: name for name, code in epochs.event_id.items()}
    labels = np.array([name_of.get(code, str(code)) for code in epochs.events[:, 2]], dtype=object)
    return EpochWindows(windows, labels, tuple(epochs.ch_names[k] for k in chosen), float(epochs.info["sfreq"]))


def check_kinds(kinds, names):
    """The kinds of channels that were given, each for a channel that is there."""
    if not isinstance(kinds, dict | None):
        raise InvalidArgumentError(f"kinds={kinds!r} must be a dict by channel name.")
    for name, kind in (kinds or {}).items():
        check_choice(name, name="kinds", choices=names)
        check_kind(kind, name=f"kinds[{name!r}]")
    return dict(kinds or {})


def _kind(type_, name):
    """Kind of a channel by MNE's type, or by its name where that says no more than miscellaneous."""
    return KIND_OF_TYPE.get(type_) or (kind_of(name) if type_ in ("misc", "bio") else type_)


def streams_of(values, kinds, units, rate, *, times_s=None, problems=None):
    """Streams of channels by kind.

    Parameters
    ----------
    values : ndarray of shape (n_channels, n_times)
        In MNE's units; it is scaled in place.
    kinds : dict of str to str
        Kind of each channel, in order.
    units : dict of str to (str, float)
        Unit of each channel's stream, and what MNE's values are multiplied by to get there.
    rate : float
        In Hz.
    times_s : ndarray of shape (n_times,), optional
        Times of the samples; evenly from 0 by default.
    problems : list of str, optional
        What is odd about the values is added to it.

    Returns
    -------
    dict of str to Stream
    """
    groups = {}
    for row, (name, kind) in enumerate(kinds.items()):
        unit, scale = units[name]
        if scale != 1.0:
            values[row] *= scale
        groups.setdefault((kind, unit) if kind in _TOGETHER else (kind, unit, name), []).append(row)
    names, found = list(kinds), {}
    for (kind, unit, *own), rows in groups.items():
        part = values if len(rows) == len(values) else values[rows]
        is_alone = sum(key[0] == kind for key in groups) == 1
        name = (kind or "other") if is_alone else (own[0] if own else f"{kind or 'other'}_{unit}")
        channels = [names[row] for row in rows]
        if times_s is None:
            found[name] = Stream.regular(part, rate, channels=channels, unit=unit, kind=kind)
        else:
            found[name] = Stream(part, times_s, rate, channels, unit, kind)
        if kind == "eeg" and unit == "uV" and problems is not None and (problem := _scale_problem(part)):
            problems.append(f"{name}: {problem}")
    return found


def _scale_problem(values_uv):
    """What is to be said of EEG that cannot be in microvolts; "" if there is nothing."""
    steps = np.abs(np.diff(values_uv[..., :_GLANCE], axis=-1))
    steps = steps[np.isfinite(steps)]
    usual = float(np.median(steps)) if steps.size else 0.0
    if usual <= _MOST_UV:
        return ""
    return (
        f"samples differ by {usual:.2g} uV from one to the next: microvolts seem to have been given to MNE as volts; "
        "divide by 1e6 before."
    )


def without_bad(annotations):
    """Annotations (onset in s, duration in s, text) that are events, and the others as [start, stop, text]."""
    events = [row for row in annotations if not _is_bad(row[2])]
    # What EEGLAB gives a boundary for duration is that of the samples that are gone.
    spans = [[on, on + (span if _says_bad(text) else 0.0), text] for on, span, text in annotations if _is_bad(text)]
    return events, spans


def _says_bad(text):
    """Whether the samples under an annotation are bad."""
    return text.lower().startswith("bad")


def _is_bad(text):
    """Whether an annotation is no event: it says bad, or is a seam."""
    return _says_bad(text) or text.lower() in _SEAMS


def blank(values, spans, times_s, rate):
    """Make the samples (..., n_times) inside spans NaN, in place, and one sample at least of a seam between others."""
    for start_s, stop_s, text in spans:
        first, last = np.searchsorted(times_s, [start_s - 0.5 / rate, stop_s - 0.5 / rate])  # the nearest samples
        if text.lower() in _SEAMS and first > 0:
            last = max(last, first + 1)
        values[..., first:last] = np.nan


def _blank_own(values, names, raw):
    """Make the samples under BAD annotations of a Raw NaN, in place; the spans."""
    times_s, told = raw.times, raw.annotations
    spans = without_bad(_told(raw))[1]
    own = [told[k].get("ch_names") or () for k, text in enumerate(told.description) if _is_bad(str(text))]
    for span, channels in zip(spans, own, strict=True):
        rows = [names.index(name) for name in channels if name in names] if channels else range(len(names))
        for row in rows:
            blank(values[row], [span], times_s, raw.info["sfreq"])
    return spans


def _told(raw):
    """The annotations of a Raw as (onset in s from its first sample, duration in s, text)."""
    told = raw.annotations
    onsets_s = (told.onset - raw.first_time).tolist()
    return list(zip(onsets_s, told.duration.tolist(), map(str, told.description), strict=True))


def _events_of(raw, trigger_mask):
    """Events of the annotations that are not BAD, and of the trigger channel."""
    stim = [name for name, type_ in zip(raw.ch_names, raw.get_channel_types(), strict=True) if type_ == "stim"]
    whole = [name for name in _COMPOSITE if name in stim][:1]
    marks = []
    for name in whole or stim:
        firsts, codes = trigger_events(raw.get_data(picks=[name])[0], trigger_mask)
        marks += [(first / raw.info["sfreq"], int(code)) for first, code in zip(firsts, codes, strict=True)]
    return event_table(without_bad(_told(raw))[0], marks, raw.info["sfreq"])


def event_table(annotations, marks, rate):
    """Events of annotations and trigger codes in order of time.

    Parameters
    ----------
    annotations : list of (float, float, str)
        Onset and duration in s, and what is said.
    marks : list of (float, int)
        Onset in s and code.
    rate : float
        Of the trigger channel in Hz: a code within one sample of an annotation is the same event.

    Returns
    -------
    DataFrame
        ``onset_s``, ``duration_s``, ``trial`` and ``event``.

    Examples
    --------
    >>> event_table([(1.0, 0.5, "rest")], [(1.0, 7), (2.0, 8)], 100.0).values.tolist()
    [[1.0, 0.5, 'rest-1', 'rest'], [2.0, 0.0, '8-1', '8']]
    """
    told_s = np.array([onset_s for onset_s, *_ in annotations])
    rows = list(annotations)
    for onset_s, code in marks:
        if not np.any(np.abs(told_s - onset_s) <= 1.0 / rate):
            rows.append((onset_s, 0.0, str(code)))
    rows.sort(key=lambda row: row[0])
    table = pd.DataFrame(rows, columns=["onset_s", "duration_s", "event"])
    table = table.astype({"onset_s": float, "duration_s": float, "event": object})
    counts = table.groupby("event").cumcount() + 1
    trials = [f"{text}-{count}" for text, count in zip(table["event"], counts, strict=True)]
    table.insert(2, "trial", pd.Series(trials, dtype=object))
    return table
