"""Which sensor of a recording a feature set reads, its features, and what is said where there is none."""

import warnings

import numpy as np

from .exceptions import PhysioferError, QualityWarning, UnreadableDataError
from .features._base import is_quality
from .io.columns import kind_of

_GLANCE = 256  # samples that mostly tell whether a sensor is alive
_MOST_NAMED = 5  # streams in a message


def stream_for(transformer, recording):
    """The stream a transformer reads: the first of the kinds it can that is not dead; None if there is none."""
    streams = _streams_for(transformer, recording)
    return next((stream for stream in streams if not _is_dead(stream)), streams[0] if streams else None)


def _streams_for(transformer, recording):
    """The streams with samples a transformer can read, the best kind first."""
    found = (recording.of_kind(kind) for kind in transformer.kinds)
    return [stream for stream in found if stream is not None and stream.n_times]


def _is_dead(stream):
    """Whether every channel shows one value throughout; a metronome's intervals may."""
    return stream.kind != "rr" and all(_is_stuck(series) for series in stream.values)


def _is_stuck(series):
    """Whether a series shows one value throughout; one that shows nothing at all does not."""
    for part in (series[:_GLANCE], series):
        known = part[np.isfinite(part)]
        if known.size and known.max() > known.min():
            return False
    return bool(known.size)


def features_of(recording, transformer, starts_s, window_s):
    """Features of one modality by the first usable sensor; NaN with quality 0 where none is."""
    values = np.full((len(starts_s), len(transformer.feature_names)), np.nan)
    values[:, [is_quality(name) for name in transformer.feature_names]] = 0.0
    companions = {kind: recording.of_kind(kind) for kind in transformer.companions}
    companions = {kind: s for kind, s in companions.items() if s is not None and s.n_times and not _is_dead(s)}
    for stream in _streams_for(transformer, recording) if len(starts_s) else ():
        try:
            if _is_dead(stream):
                raise UnreadableDataError("the sensor shows the same value throughout")
            return _of_stream(recording, transformer, stream, starts_s, window_s, companions)
        except PhysioferError as error:
            message = f"{recording.name}: {stream.kind} is not used: {str(error).rstrip('.')}."
            warnings.warn(message, QualityWarning, stacklevel=2)
    return values


def _of_stream(recording, transformer, stream, starts_s, window_s, companions):
    """Features of one stream; without its companions if these cannot be used."""
    try:
        return transformer.transform_stream(stream, starts_s, window_s, companions)
    except PhysioferError as error:
        if not companions:
            raise
        try:
            values = transformer.transform_stream(stream, starts_s, window_s, {})
        except PhysioferError:
            raise error from None  # what was wrong with the companion is the reason
        left_out = " and ".join(companions)
        message = f"{recording.name}: {stream.kind} is used without {left_out}: {str(error).rstrip('.')}."
        warnings.warn(message, QualityWarning, stacklevel=2)
        return values


def warn_of_lost_windows(recording, modality, transformer, values):
    """Say once how many windows have no feature of a modality though the sensor is there."""
    is_feature = [not is_quality(name) for name in transformer.feature_names]
    lost = int(np.isnan(values[:, is_feature]).all(axis=1).sum())
    stream = stream_for(transformer, recording)
    if lost and stream is not None:
        lack = transformer._lack(stream.kind)
        message = f"{recording.name}: {lost} of {len(values)} windows have no {lack}: {modality} is NaN."
        warnings.warn(message, QualityWarning, stacklevel=2)


def warn_of_unread(recording, transformers):
    """Say so if there are streams, and none is of a kind that a modality reads."""
    if recording.streams and not any(stream_for(transformer, recording) for transformer in transformers):
        streams = [(name, stream.kind) for name, stream in recording.streams.items()]
        told = what_is_unread(streams, transformers)
        message = f"{recording.name}: no modality reads any of its streams, {told}; all is NaN."
        warnings.warn(message, QualityWarning, stacklevel=2)


def what_is_unread(streams, transformers):
    """What streams there are, given by name and kind, and what kinds would be read."""
    told = []
    for name, kind in streams[:_MOST_NAMED]:
        meant = kind_of(kind) or kind_of(name)
        hint = f" (did you mean {meant!r}?)" if meant not in ("", kind) else ""
        told.append(f"{name!r} of kind {kind!r}{hint}")
    told += ["..."] if len(streams) > _MOST_NAMED else []
    wanted = dict.fromkeys(kind for transformer in transformers for kind in transformer.kinds)
    return f"{', '.join(told) or 'none'} (read are the kinds {', '.join(wanted)})"
