"""From recordings to a feature table: one task per recording, in parallel, cached by what went in.

This is the slow, stateless half of a study. The cache key is a hash of the recording's content, the configuration and
the version of each feature set; files appear whole or not at all, so that a killed run resumes where it was.
"""

import hashlib
import json
import warnings
from dataclasses import asdict, is_dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, effective_n_jobs

from ._progress import progress_reporter
from ._sensors import features_of, stream_for, warn_of_lost_windows, warn_of_unread, what_is_unread
from ._validate import check_choice, check_number
from .datasets.corpus import InMemorySource, RecordingSource
from .exceptions import InvalidArgumentError, PhysioferError, QualityWarning, UnreadableDataError
from .features import (
    EDAFeatures,
    EEGFeatures,
    EMGFeatures,
    FaceGeometryFeatures,
    FeatureTable,
    HRVFeatures,
    MotionFeatures,
    RespirationFeatures,
    RPPGFeatures,
    TemperatureFeatures,
)
from .features._base import WindowFeatures, is_quality
from .io.columns import kind_of
from .recording import Recording
from .windows import make_windows

__all__ = ["MODALITIES", "extract"]

#: Feature sets by the name of their modality, in the order of the table's columns.
MODALITIES = {
    transformer.modality: transformer
    for transformer in (
        HRVFeatures, EDAFeatures, RespirationFeatures, TemperatureFeatures, MotionFeatures, EMGFeatures,
        EEGFeatures, FaceGeometryFeatures, RPPGFeatures,
    )
}  # fmt: skip

_CACHE_FORMAT = 1
_LONGEST_PAUSE_S = 604_800.0  # a week between the streams of one recording


def extract(
    recordings,
    *,
    modalities=None,
    window_s=60.0,
    step_s=30.0,
    targets=None,
    within=None,
    purity=1.0,
    cache=None,
    n_jobs=1,
    progress=False,
):
    """Extract features of labelled windows from recordings.

    Each recording is filtered, decomposed and searched for beats once, as a whole; its windows are cut afterwards. A
    recording that cannot be read is reported in ``errors`` of the table and does not stop the others. A sensor that is
    absent or dead gives NaN features with quality 0.

    Parameters
    ----------
    recordings : Corpus, or iterable of RecordingSource or Recording
        Sources are loaded one at a time, inside the worker.
    modalities : list of str or dict of str to transformer, optional
        Names out of ``MODALITIES``, or feature transformers of your own by modality. By default all that some recording
        has a sensor for.
    window_s, step_s : float, default=60, 30
        Length of a window and distance between starts, in seconds.
    targets : str or list of str, optional
        Label columns to carry; all by default.
    within : {"trial", "recording"}, optional
        Whether windows stay inside trials; by default they do where there are trials. See
        :func:`physiofer.windows.make_windows`.
    purity : float, default=1.0
        Least share of one label in a window for it to be labelled.
    cache : str or path-like, optional
        Folder that keeps the result of each recording; made if need be. Without it nothing is kept.
    n_jobs : int, default=1
        Recordings at a time, through joblib; another backend by :func:`joblib.parallel_config`.
    progress : bool or callable, default=False
        A bar on standard error, or ``progress(done, total, label)``.

    Returns
    -------
    FeatureTable
        Windows of all recordings in their order. Columns are ``modality__feature``, the same whatever the data.

    Raises
    ------
    InvalidArgumentError
        If an argument is wrong, no recording has a stream of a kind that a modality reads, or no window fits into any.
    UnreadableDataError
        If none of the recordings can be read.

    Warns
    -----
    QualityWarning
        Naming recording and sensor, for every part of the data that became NaN, and for recordings of which no modality
        reads anything.

    Examples
    --------
    >>> from physiofer.datasets import simulate_corpus
    >>> table = extract(simulate_corpus(n_subjects=12, seed=1)[:2], modalities=["temperature"])
    >>> table.X.columns[0], sorted(set(table.subjects))
    ('temperature__mean_c', ['sim01', 'sim02'])
    """
    sources = _sources(recordings)
    config = {
        "modalities": _transformers(modalities),
        "window_s": check_number(window_s, name="window_s", low=0.0, low_open=True),
        "step_s": check_number(step_s, name="step_s", low=0.0, low_open=True),
        "targets": [targets] if isinstance(targets, str) else None if targets is None else list(targets),
        "within": within if within is None else check_choice(within, name="within", choices=["trial", "recording"]),
        "purity": check_number(purity, name="purity", low=0.0, high=1.0, low_open=True),
    }
    plain = {**config, "modalities": {name: _describe(t) for name, t in config["modalities"].items()}}
    folder = _cache_folder(cache)
    results = [None] * len(sources)
    missed = []
    for index, source in enumerate(sources):
        path = folder / f"{_key(source, plain)}.parquet" if folder else None
        results[index] = _read_cached(path)
        if results[index] is None:
            missed.append((index, path))
    tasks = (delayed(_extract_one)(index, sources[index], config, path) for index, path in missed)
    with progress_reporter(progress, "extracting") as report:
        n_jobs = n_jobs if len(missed) > 1 else 1
        if effective_n_jobs(n_jobs) > 1:
            _share_compiling(sources[missed[0][0]], config["modalities"].values(), n_jobs)
        finished = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(tasks)
        for done, (index, outcome) in enumerate(finished, start=1):
            results[index] = outcome
            if report is not None:
                report(done, len(missed), sources[index].name)
    return _assemble(results, config, plain, getattr(recordings, "errors", ()), is_all=modalities is None)


def _sources(recordings):
    """Sources of whatever was given; recordings in memory are wrapped."""
    if isinstance(recordings, (Recording, RecordingSource)):
        recordings = [recordings]
    sources = [InMemorySource(item) if isinstance(item, Recording) else item for item in recordings]
    for source in sources:
        if not isinstance(source, RecordingSource):
            raise InvalidArgumentError(
                f"recordings holds a {type(source).__name__}; it must hold Recording or RecordingSource."
            )
    if not sources:
        raise InvalidArgumentError("recordings is empty; give at least one recording.")
    return sources


def _transformers(modalities):
    """Feature transformers by modality."""
    if isinstance(modalities, dict):
        for name, transformer in modalities.items():
            if not isinstance(transformer, WindowFeatures):
                raise InvalidArgumentError(
                    f"modalities[{name!r}] is a {type(transformer).__name__}; it must be a transformer of "
                    "physiofer.features, such as HRVFeatures()."
                )
        chosen = dict(modalities)
    else:
        names = [modalities] if isinstance(modalities, str) else MODALITIES if modalities is None else modalities
        chosen = {_known(name): MODALITIES[name]() for name in names}
    for transformer in chosen.values():
        transformer._check_options()
    if not chosen:
        raise InvalidArgumentError(f"modalities is empty; choose from {', '.join(MODALITIES)}.")
    return chosen


def _known(name):
    """The name of a modality; one that is called after its sensor or its transformer is told what it is called here."""
    if name not in MODALITIES and isinstance(name, str):
        for modality, transformer in MODALITIES.items():
            if kind_of(name) in transformer.kinds or transformer.__name__.lower() in (f"{name}features".lower(), name):
                raise InvalidArgumentError(
                    f"modality={name!r} must be one of {', '.join(MODALITIES)}. Did you mean {modality}?"
                )
    return check_choice(name, name="modality", choices=MODALITIES)


def _describe(transformer):
    """What decides the features of a transformer, as plain data. The rate is that of each stream."""
    parameters = {name: value for name, value in sorted(transformer.get_params().items()) if name != "rate"}
    parameters = {name: asdict(value) if is_dataclass(value) else value for name, value in parameters.items()}
    return {"class": type(transformer).__name__, "version": transformer.version, **parameters}


def _cache_folder(cache):
    """The folder of the cache, made if need be."""
    if cache is None:
        return None
    folder = Path(cache)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidArgumentError(f"cache={str(cache)!r} cannot be made a folder ({error.strerror}).") from error
    return folder


def _key(source, config):
    """Hash of content, configuration and versions; unreadable content has a key that no file carries."""
    try:
        fingerprint = source.fingerprint()
    except (PhysioferError, OSError):
        return "unreadable"
    about = json.dumps([_CACHE_FORMAT, fingerprint, source.name, config], sort_keys=True, default=repr)
    return hashlib.blake2b(about.encode(), digest_size=16).hexdigest()


def _read_cached(path):
    """The cached table, or None if there is none or it cannot be read."""
    if path is None or not path.is_file():
        return None
    try:
        return FeatureTable.read_parquet(path)
    except PhysioferError:
        return None  # damaged: it is made again and replaced


def _extract_one(index, source, config, path):
    """Load one recording and extract it, in whatever process; its position and a table, or the error as a dict."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", QualityWarning)
        try:
            recording = source.load()
            table = _table_of(recording, config)
        except (InvalidArgumentError, MemoryError):
            raise
        except (PhysioferError, OSError) as error:
            reason = error if isinstance(error, PhysioferError) else error.strerror or type(error).__name__
            return index, {"subject": source.subject, "recording": source.name, "message": str(reason)}
    messages = [str(entry.message) for entry in caught if issubclass(entry.category, QualityWarning)]
    table.sources[0]["warnings"] = list(dict.fromkeys(messages))
    if path is not None:
        table.to_parquet(path)
    return index, table


def _share_compiling(source, transformers, n_jobs):
    """Let every process compile a part of what all need; Numba keeps it on disk, where the others find it."""
    try:
        recording = source.glance()
    except (PhysioferError, OSError):
        return  # said where it is extracted
    streams = ((transformer, stream_for(transformer, recording)) for transformer in transformers)
    calls = [call for transformer, stream in streams if stream is not None for call in transformer._first_calls(stream)]
    Parallel(n_jobs=n_jobs)(delayed(_try)(call) for call in calls)


def _try(call):
    """Make a call whose answer nobody needs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            call()
        except PhysioferError:
            pass  # a stream this feature set cannot take: said where it is extracted


def _table_of(recording, config):
    """The feature table of one recording."""
    _check_one_clock(recording)
    layout = {name: config[name] for name in ("window_s", "step_s", "targets", "within", "purity")}
    if not recording.labels:
        layout["targets"] = []  # a recording without labels takes no part in learning, but is no error
    windows = make_windows(recording, **layout)
    if not len(windows):
        message = f"{recording.name}: no window of {config['window_s']:g} s fits into it."
        warnings.warn(message, QualityWarning, stacklevel=2)
    warn_of_unread(recording, config["modalities"].values())
    blocks, quality = [], {}
    for modality, transformer in config["modalities"].items():
        transformer = transformer.for_recording(recording)
        names = [f"{modality}__{feature}" for feature in transformer.feature_names]
        values = features_of(recording, transformer, windows["start_s"].to_numpy(dtype=float), config["window_s"])
        warn_of_lost_windows(recording, modality, transformer, values)
        blocks.append(pd.DataFrame(values, columns=names))
        if f"{modality}__quality" in names and len(values):
            quality[modality] = float(np.round(values[:, names.index(f"{modality}__quality")].mean(), 6))
    known = {"subject", "recording", "trial", "start_s", "purity"}
    return FeatureTable(
        X=pd.concat(blocks, axis=1),
        targets=windows[[column for column in windows.columns if column not in known]],
        subjects=windows["subject"],
        trials=windows["trial"],
        recordings=windows["recording"],
        start_s=windows["start_s"],
        window_s=config["window_s"],
        sources=[{**recording.describe(), "n_windows": len(windows), "quality": quality}],
    )


def _check_one_clock(recording):
    """Raise if a stream lies so far from all others that its clock must be another one."""
    spans = sorted((s.start_s, s.stop_s, name) for name, s in recording.streams.items() if s.n_times)
    latest_s = -np.inf
    for k, (start_s, stop_s, name) in enumerate(spans):
        if k and start_s - latest_s > _LONGEST_PAUSE_S:
            raise UnreadableDataError(
                f"{recording.name}: its streams are on different clocks: {name!r} starts at {start_s:.10g} s, and all "
                f"before it have ended at {latest_s:.10g} s; put them on one clock, e.g. by Stream.on_clock."
            )
        latest_s = max(latest_s, stop_s)


def _require_something_read(table, transformers):
    """Raise if no recording has a stream of a kind that any of the modalities reads."""
    found = dict.fromkeys((stream["name"], stream["kind"]) for source in table.sources for stream in source["streams"])
    kinds = {kind for _, kind in found}
    if not any(kinds.intersection(transformer.kinds) for transformer in transformers):
        raise InvalidArgumentError(
            f"no modality reads any stream of the {len(table.sources)} recordings: "
            f"{what_is_unread(list(found), transformers)}. Give each stream the kind of its sensor."
        )


def _leave_out_absent(table, transformers):
    """Take out the modalities that no recording has a sensor for, unless that is all of them."""
    kinds = {stream["kind"] for source in table.sources for stream in source["streams"]}
    kept = [name for name, transformer in transformers.items() if kinds.intersection(transformer.kinds)]
    if kept:
        table.X = table.X[[column for column in table.X if column.partition("__")[0] in kept]]
        table.config = {**table.config, "modalities": {name: table.config["modalities"][name] for name in kept}}
        for source in table.sources:
            source["quality"] = {name: value for name, value in source["quality"].items() if name in kept}


def _align(tables, modalities):
    """Give all tables the columns of any: a cap of other electrodes has other columns, and NaN in the rest."""
    if all(table.X.columns.equals(tables[0].X.columns) for table in tables):
        return
    heard = [table for table in tables if len(table)] or tables  # who has no window adds no columns
    names = dict.fromkeys(column for table in heard for column in table.X)
    order = {modality: k for k, modality in enumerate(modalities)}
    split = {name: name.partition("__") for name in names}
    columns = sorted(names, key=lambda name: (order[split[name][0]], is_quality(split[name][2])))
    for table in tables:
        table.X = table.X.reindex(columns=columns)


def _assemble(results, config, plain, corpus_errors, *, is_all):
    """One table of all recordings, their warnings raised once, their errors listed."""
    tables = [result for result in results if isinstance(result, FeatureTable)]
    errors = [{"subject": "", "recording": "", "message": str(message)} for message in corpus_errors]
    errors += [result for result in results if isinstance(result, dict)]
    if not tables:
        first = errors[0]["message"] if errors else "no recording was given"
        raise UnreadableDataError(f"none of the {len(results)} recordings can be read; the first: {first}")
    _align(tables, config["modalities"])
    table = FeatureTable.concatenate(tables)
    table.errors, table.config = errors, plain
    _require_something_read(table, config["modalities"].values())
    if is_all:
        _leave_out_absent(table, config["modalities"])
    for source in table.sources:
        for message in source.get("warnings", ()):
            warnings.warn(message, QualityWarning, stacklevel=3)
    for error in errors:
        warnings.warn(f"{error['recording']}: {error['message']} It is left out.", QualityWarning, stacklevel=3)
    if not len(table):
        longest = max((source["duration_s"] for source in table.sources), default=0.0)
        raise InvalidArgumentError(
            f"window_s={config['window_s']:g} fits into no trial of any recording (the longest recording lasts "
            f"{longest:g} s); shorten the window, or use within='recording'."
        )
    return table
