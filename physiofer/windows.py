"""From a recording to labelled windows: where they lie, what they are labelled, and the samples inside them."""

import numpy as np
import pandas as pd

from ._validate import check_choice, check_number, check_series
from .exceptions import InvalidArgumentError

__all__ = ["cut", "make_windows"]

_LONGEST_S = 604_800.0  # a week
_MAX_WINDOWS = 10_000_000  # of one recording; more is a slip of the unit
_SLACK_S = 1e-6  # a window may exceed its trial by rounding of the clock, not more


def make_windows(recording, *, window_s=60.0, step_s=30.0, targets=None, within=None, purity=1.0):
    """Lay windows over a recording.

    Parameters
    ----------
    recording : Recording
        With events, if the windows are to be labelled.
    window_s, step_s : float, default=60, 30
        Length of a window and distance between starts, in seconds.
    targets : list of str, optional
        Label columns to carry; all of the recording's by default.
    within : {"trial", "recording"}, optional
        ``"trial"`` starts anew at each event of some duration and stays inside it. ``"recording"`` goes from the first
        to the last sample, whatever the events. By default the former if there are such events.
    purity : float, default=1.0
        Least share of the window that must carry one label, in (0, 1]; for the others the label is missing. Only
        matters for ``within="recording"``: inside a trial the share is 1.

    Returns
    -------
    DataFrame
        One row per window in order of start: ``subject``, ``recording``, ``trial`` (the event it overlaps most; empty
        if none), ``start_s``, ``purity`` and the target columns. Windows over gaps are kept: they show as NaN samples.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range or a target is not among the recording's labels.

    Examples
    --------
    >>> import pandas as pd
    >>> from physiofer.recording import Recording, Stream
    >>> events = pd.DataFrame({"onset_s": [0.0], "duration_s": [90.0], "trial": ["rest"], "stress": [0]})
    >>> recording = Recording("p01", streams={"eda": Stream.regular([0.5] * 400, rate=4.0)}, events=events)
    >>> make_windows(recording, window_s=60, step_s=30)[["trial", "start_s", "stress"]].values.tolist()
    [['rest', 0.0, 0], ['rest', 30.0, 0]]
    """
    window_s = check_number(window_s, name="window_s", low=0.0, low_open=True)
    step_s = check_number(step_s, name="step_s", low=0.0, low_open=True)
    purity = check_number(purity, name="purity", low=0.0, high=1.0, low_open=True)
    targets = _check_targets(targets, recording)
    events = recording.events
    events = events[(events["duration_s"] > 0) & np.isfinite(events["onset_s"])].sort_values("onset_s", kind="stable")
    if within is None:
        within = "trial" if len(events) else "recording"
    if check_choice(within, name="within", choices=["trial", "recording"]) == "trial":
        table = _within_trials(recording, events, targets, window_s, step_s)
    else:
        table = _across(recording, events, targets, window_s, step_s, purity)
    table.insert(0, "subject", recording.subject)
    table.insert(1, "recording", recording.name)
    return table.reset_index(drop=True)


def cut(stream, starts_s, window_s):
    """Samples of each window of a regular stream.

    Parameters
    ----------
    stream : Stream
        Of a positive rate; an irregularly sampled one is first laid on its even grid, gaps as NaN.
    starts_s : array-like of shape (n_windows,)
        Start of each window in seconds on the recording's clock.
    window_s : float
        Length of the windows in seconds.

    Returns
    -------
    ndarray of shape (n_windows, n_channels, n_times)
        ``n_times = round(window_s * rate)``, at least 1; NaN outside the stream.

    Examples
    --------
    >>> from physiofer.recording import Stream
    >>> cut(Stream.regular([1.0, 2.0, 3.0], rate=1.0), [1.0, 2.0], 2.0).tolist()
    [[[2.0, 3.0]], [[3.0, nan]]]
    """
    starts_s = check_series(starts_s, name="starts_s")
    window_s = check_number(window_s, name="window_s", low=0.0, low_open=True)
    if not np.isfinite(starts_s).all():
        raise InvalidArgumentError("starts_s must be finite.")
    stream = stream.on_grid()
    if window_s > _SLACK_S + 2 * max(stream.duration_s, _LONGEST_S):
        raise InvalidArgumentError(f"window_s={window_s:g} is longer than any recording; shorten the window.")
    n_times = max(int(round(window_s * stream.rate)), 1)
    windows = np.full((starts_s.size, stream.n_channels, n_times), np.nan)
    if not stream.n_times:
        return windows
    # The first sample at or after each start, as `Stream.crop` does; the slack forgives rounding of the clock.
    starts_s = np.clip(starts_s, stream.start_s - 2 * window_s, stream.stop_s + window_s)  # beyond there is nothing
    firsts = np.ceil((starts_s - stream.start_s) * stream.rate - 1e-6).astype(np.int64)
    for window, first in zip(windows, firsts, strict=True):
        low, high = max(first, 0), min(first + n_times, stream.n_times)
        if low < high:
            window[:, low - first : high - first] = stream.values[:, low:high]
    return windows


def _check_targets(targets, recording):
    """The label columns asked for, all of them by default."""
    if targets is None:
        return recording.labels
    targets = [targets] if isinstance(targets, str) else list(targets)
    for target in targets:
        if target not in recording.labels:
            known = ", ".join(recording.labels) or "none"
            raise InvalidArgumentError(
                f"target {target!r} is not a label of {recording.name}; its labels are: {known}."
            )
    return targets


def _starts(first_s, last_s, window_s, step_s):
    """Starts of the windows that fit between two times."""
    room = last_s - first_s - window_s
    if not room >= -_SLACK_S:
        return np.empty(0)
    if room / step_s > _MAX_WINDOWS:
        raise InvalidArgumentError(f"step_s={step_s:g} gives {room / step_s:.3g} windows; lengthen the step.")
    return first_s + step_s * np.arange(int((room + _SLACK_S) / step_s) + 1)


def _within_trials(recording, events, targets, window_s, step_s):
    """Windows that start with each event and stay inside it."""
    starts = [
        _starts(onset, onset + duration, window_s, step_s)
        for onset, duration in zip(events["onset_s"], events["duration_s"], strict=True)
    ]
    which = np.repeat(np.arange(len(events)), [len(s) for s in starts])
    table = pd.DataFrame({"trial": events["trial"].astype(str).to_numpy()[which]})
    table["start_s"] = np.concatenate(starts) if starts else np.empty(0)
    table["purity"] = 1.0
    for target in targets:
        table[target] = events[target].array[which]
    return table


def _across(recording, events, targets, window_s, step_s, purity):
    """Windows over the whole recording, labelled by the label that holds the largest share of each."""
    starts = _starts(recording.start_s, recording.stop_s, window_s, step_s)
    onset = events["onset_s"].to_numpy(dtype=float)
    stop = onset + events["duration_s"].to_numpy(dtype=float)
    overlap = np.minimum(starts[:, None] + window_s, stop) - np.maximum(starts[:, None], onset)
    overlap = np.clip(overlap, 0.0, None)  # (n_windows, n_events) seconds
    trial = np.full(len(starts), "", dtype=object)
    if len(events) and len(starts):
        names = events["trial"].astype(str).to_numpy()
        trial = np.where(overlap.max(axis=1) > 0, names[overlap.argmax(axis=1)], "")
    table = pd.DataFrame({"trial": trial.astype(str), "start_s": starts, "purity": 1.0})
    for target in targets:
        codes, labels = pd.factorize(events[target])
        shares = np.zeros((len(starts), len(labels)))
        for code in range(len(labels)):
            shares[:, code] = overlap[:, codes == code].sum(axis=1) / window_s
        best = shares.argmax(axis=1) if len(labels) else np.zeros(len(starts), dtype=int)
        share = np.minimum(shares.max(axis=1), 1.0) if len(labels) else np.zeros(len(starts))
        table["purity"] = np.minimum(table["purity"], share)
        is_labelled = share >= purity - 1e-9
        values = pd.Series(labels).take(best) if len(labels) else pd.Series(np.full(len(starts), np.nan))
        values = values.reset_index(drop=True)
        table[target] = values if is_labelled.all() else values.where(is_labelled)
    return table
