"""Files of EEG: BDF and EDF, EEGLAB's SET, MNE's FIF, Neuroscan's CNT and GDF, read by MNE.

An EDF or BDF file knows no types of channels: their names tell (``EOG left``, ``EXG1``, ``GSR1``, ``Plet``). Every
channel keeps its own rate. SET, FIF, CNT and GDF are taken as MNE reads them, types included.
"""

import re
import warnings
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np

from .._validate import check_choice, check_count, check_path
from ..exceptions import PhysioferError, QualityWarning, UnreadableDataError
from ..recording import Recording
from .brain import blank, check_kinds, event_table, recording_of, streams_of, without_bad
from .columns import kind_of, standard_unit
from .container import reason
from .edf_header import read_edf_annotations, read_edf_header, record_onsets
from .triggers import PORT, trigger_events

__all__ = ["EEG_SUFFIXES", "eeg_files", "read_edf"]

#: Raised whenever the same files come to be read as other values: cached features hang on it.
READER_VERSION = 2

_READERS = {
    ".bdf": "read_raw_bdf", ".edf": "read_raw_edf", ".gdf": "read_raw_gdf", ".set": "read_raw_eeglab",
    ".fif": "read_raw_fif", ".cnt": "read_raw_cnt",
}  # fmt: skip
#: Endings of the files that are read.
EEG_SUFFIXES = (*_READERS, ".fif.gz")

_EXTERNAL = re.compile(r"(EXG|ERG)\d+", re.IGNORECASE)  # BioSemi's free electrodes and inputs: they may be anything
_EYE = re.compile(r"[HVLRI]?EOG", re.IGNORECASE)
_PLETH = re.compile(r"plet\b", re.IGNORECASE)
_VOLTAGES = ("eeg", "eog", "ecg", "emg")  # kinds that are taken for uV if their unit is not told
_MOST_ABOUT = 2**26  # bytes of a SET that may be all about samples elsewhere; a larger one holds them
_TRACEBACK = re.compile(r'File "[^"]*", line \d+.*?(?:\b\w+(?:Error|Exception): |$)')
_QUOTED_PATH = re.compile(r"\w*Path\('([^']*)'\)")
_FOLDERS = re.compile(r"(?<![\w.])(?:/[^/\s'\"]+)+/")
_CUT_FDT = re.compile(r"Incorrect number of samples \((\d+) != (\d+)\)")
_SJIS_MICROVOLT = "\x83\xcaV"


def read_edf(path, *, subject=None, session="1", kinds=None, trigger_mask=PORT, truncated="raise", shown_as=None):
    """Read a recording from a file of EEG.

    Parameters
    ----------
    path : path-like
        ``.bdf``, ``.edf``, ``.gdf``, ``.set`` (with its ``.fdt``), ``.fif`` or ``.cnt``.
    subject : str, optional
        Whose recording it is; the file name without its ending by default.
    session : str, default="1"
        Which sitting.
    kinds : dict of str to str, optional
        Kind of channels where their name does not tell: ``{"EXG1": "eog"}``.
    trigger_mask : int, default=0xFFFF
        Bits of the trigger channel (``Status``, ``Trigger``) that are triggers: by default the 16 of a BioSemi port,
        without CMS, battery and speed; ``0xFF`` for a port of eight. See :func:`physiofer.io.triggers.trigger_events`.
    truncated : {"raise", "warn"}, default="raise"
        What happens if a BDF or EDF file ends within a record or holds fewer than it declares; ``"warn"`` reads the
        whole records there are. A file that was never closed (-1 records declared) is read either way.
    shown_as : str, optional
        What messages call the file; its own name by default.

    Returns
    -------
    Recording
        Streams by kind as :func:`physiofer.io.from_raw` gives them, here with a stream for each rate (``eeg``,
        ``eeg_128Hz``). All voltages are in uV; EEG, EOG, ECG and EMG without a unit are taken for uV, and other units
        are the file's own. Channels of a BDF or EDF file whose name tells nothing are ``"eeg"`` if they are voltages;
        BioSemi's ``EXG`` and ``Erg`` inputs, and what is no voltage, are in ``other``. The records of a discontinuous
        file (EDF+D) lie at their own times. Repeated channel names are numbered, as MNE does. Events come from
        annotations and the trigger channel. ``meta["start_unix_s"]`` takes the file's clock for UTC: the format knows
        no time zone.

    Raises
    ------
    UnreadableDataError
        If there is no such file, it is not what its ending says, is cut off, or a file that belongs to it is missing.

    Warns
    -----
    QualityWarning
        If a channel is left out or has no unit, the file was never closed or holds more than it declares, or its values
        cannot be volts; all of it is in ``meta["problems"]``.

    Examples
    --------
    >>> read_edf("nowhere.bdf")
    Traceback (most recent call last):
        ...
    physiofer.exceptions.UnreadableDataError: nowhere.bdf: there is no such file.
    """
    path = check_path(path)
    where = path.name if shown_as is None else str(shown_as)
    trigger_mask = check_count(trigger_mask, name="trigger_mask", low=1)
    check_choice(truncated, name="truncated", choices=("raise", "warn"))
    if not path.is_file():
        wrong = "is a folder; datasets.read_corpus reads folders" if path.is_dir() else "there is no such file"
        raise UnreadableDataError(f"{where}: {wrong}.")
    suffix = eeg_suffix(path.name)
    if suffix is None:
        raise UnreadableDataError(f"{where}: is no file of EEG by its ending; read are {', '.join(EEG_SUFFIXES)}.")
    if path.stat().st_size == 0:
        raise UnreadableDataError(f"{where}: is empty.")
    subject = path.name[: -len(suffix)] if subject is None else subject
    try:
        if suffix in (".bdf", ".edf"):
            recording = _read_records(path, suffix, subject, session, kinds, trigger_mask, truncated)
        else:
            recording = _read_with_mne(path, suffix, subject, session, kinds, trigger_mask)
    except UnreadableDataError as error:
        raise UnreadableDataError(f"{where}: {str(error).rstrip('.')}.") from error
    except OSError as error:
        raise UnreadableDataError(f"{where}: cannot be read ({reason(error)}).") from error
    recording.meta["format"] = suffix[1:].partition(".")[0]
    for problem in recording.meta["problems"]:
        warnings.warn(f"{where}: {problem}", QualityWarning, stacklevel=2)
    return recording


def eeg_suffix(name):
    """The ending by which a file is one of EEG, in lower case; None if it has no such.

    Examples
    --------
    >>> eeg_suffix("S01.BDF"), eeg_suffix("p1_raw.fif.gz"), eeg_suffix("p1.fdt")
    ('.bdf', '.fif.gz', None)
    """
    return next((suffix for suffix in EEG_SUFFIXES[::-1] if name.lower().endswith(suffix)), None)


def eeg_files(path):
    """Every file that decides what :func:`read_edf` returns: SET has its samples beside it, a long FIF is in parts.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of Path
    """
    path, suffix = Path(path), eeg_suffix(path.name)
    found = [path]
    if suffix == ".set":
        name = _name_of_samples(path)
        own = [] if name == "" else [path.with_suffix(".fdt"), path.with_suffix(".FDT")]
        if name is None and not any(beside.is_file() for beside in own):  # it may be any of those beside it
            return found + sorted(path.parent.glob("*.fdt"))
        own = [path.parent / name, *own] if name else own  # in MNE's order
        found += [beside for beside in own if beside.is_file()][:1]
    elif suffix == ".fif":
        found += sorted(path.parent.glob(f"{path.stem}-[0-9]*.fif"))
    return found


def _name_of_samples(path):
    """The file that a SET says its samples are in, "" if they are in itself; None if it cannot be told."""
    from scipy.io import loadmat, whosmat

    with suppress(Exception):  # of MATLAB 7.3, or broken in any way there is, which the reader says
        kinds = {name: kind for name, _, kind in whosmat(path)}
        if path.stat().st_size > _MOST_ABOUT or kinds.get("data", "char") != "char":
            return ""
        inside = loadmat(path, variable_names=["EEG", "data"], squeeze_me=True, struct_as_record=False)
        samples = inside["data"] if "data" in inside else inside["EEG"].data
        return str(samples) if isinstance(samples, str) else ""
    return None


def _load(path, suffix, **options):
    """The Raw of a file, or what MNE says is wrong with it, without the path."""
    import mne

    try:
        return getattr(mne.io, _READERS[".fif" if suffix == ".fif.gz" else suffix])(path, verbose="error", **options)
    except FileNotFoundError as error:
        lost = Path(error.filename or _name_of_samples(path) or f"{path.stem}.fdt").name
        raise UnreadableDataError(f"its file {lost} is missing") from error
    except Exception as error:  # readers of other people's formats fail in any way there is
        raise UnreadableDataError(f"cannot be read as {suffix[1:].upper()} ({_said(error, path)})") from error


def _said(error, path):
    """An error's message in one short line, without the folder the file is in."""
    text = " ".join(str(error).split()) or type(error).__name__
    if cut := _CUT_FDT.search(text):
        return f"the file of its samples is cut off: it holds {cut[1]} of {cut[2]} values"
    text = _QUOTED_PATH.sub(r"\1", _TRACEBACK.sub("", text)).partition(" WARNING: ")[0] or type(error).__name__
    for folder in (str(path.absolute().parent), str(path.resolve().parent), str(path.parent)):
        text = text.replace(f"{folder}/", "") if folder not in (".", "/") else text
    return _FOLDERS.sub("", text)[:200].rstrip(".")


def _read_with_mne(path, suffix, subject, session, kinds, trigger_mask):
    """A recording from a file whose channels MNE knows."""
    raw = _load(path, suffix)
    try:
        return recording_of(raw, subject, session, kinds, trigger_mask)
    except PhysioferError:
        raise
    except Exception as error:  # samples are read only now
        raise UnreadableDataError(f"cannot be read as {suffix[1:].upper()} ({_said(error, path)})") from error


def _read_records(path, suffix, subject, session, kinds, trigger_mask, truncated):
    """A recording from the records of a BDF or EDF file, rate by rate."""
    header = read_edf_header(path)
    if header.sample_bytes != {".bdf": 3, ".edf": 2}[suffix]:
        raise UnreadableDataError(f"holds {8 * header.sample_bytes} bits a sample, as {suffix} does not; rename it")
    problems = _whole_or_not(header, truncated)
    annotations, late_s = read_edf_annotations(path, header)
    annotations, bad_spans = without_bad(annotations)
    onsets_s = record_onsets(path, header)
    streams, marks, trigger_rate, without_unit = {}, [], np.inf, []
    chosen = _chosen_kinds(kinds, header)
    for n_samples, names in _by_rate(header, problems).items():
        rate = n_samples / header.record_s
        raw = _load(path, suffix, include=names, encoding="latin1")
        times_s = np.add.outer(onsets_s, np.arange(n_samples) / rate).ravel()
        signals, units, rows = {}, {}, []
        channels = zip(raw.ch_names, raw.get_channel_types(), _channels(header, names), strict=True)
        for row, (name, type_, k) in enumerate(channels):
            if header.n_samples[k] != n_samples:
                continue  # one that was left out for its name
            if type_ == "stim":
                firsts, codes = trigger_events(raw.get_data(picks=[row])[0], trigger_mask)
                marks += [(float(times_s[first]), int(code)) for first, code in zip(firsts, codes, strict=True)]
                trigger_rate = min(trigger_rate, rate)
                continue
            rows.append(row)
            label, units[name] = header.labels[k], _unit(header.units[k])
            signals[name] = chosen.get(name, chosen.get(label, _kind(label, units[name][0])))
            if not units[name][0] and signals[name] in _VOLTAGES:
                units[name] = ("uV", 1.0)
                without_unit.append(name)
        values = raw.get_data(picks=rows) if rows else np.empty((0, times_s.size))
        blank(values, bad_spans, times_s, rate)
        told_s = times_s if header.is_discontinuous else None
        for name, stream in streams_of(values, signals, units, rate, times_s=told_s, problems=problems).items():
            streams[name if name not in streams else f"{name}_{rate:g}Hz"] = stream
    if without_unit:
        shown = ", ".join(without_unit[:4]) + (f", ... ({len(without_unit)} in all)" if len(without_unit) > 4 else "")
        problems.append(f"no unit is stated for {shown}; taken for uV")
    meta = {"problems": problems, "bad_channels": [], "bad_spans_s": bad_spans}
    if header.start_unix_s is not None:
        meta["start_unix_s"] = header.start_unix_s + late_s
    return Recording(subject, session, streams, event_table(annotations, marks, trigger_rate), meta)


def _whole_or_not(header, truncated):
    """What is wrong with the length of a file; an error if it was cut off and that is not wanted."""
    if not header.n_records:
        raise UnreadableDataError("holds not one whole record")
    cut = ""
    if header.n_left_bytes:
        cut = f"is cut off: it ends within record {header.n_records + 1}"
    elif 0 <= header.n_records < header.n_declared:
        cut = f"is cut off: it holds {header.n_records} of {header.n_declared} declared records"
    if cut and header.n_declared > 0 and truncated == "raise":
        raise UnreadableDataError(f'{cut}; in Python, truncated="warn" reads the whole records')
    if header.n_declared < 0:
        return [f"was never closed; its {header.n_records} whole records are read"]
    if not cut and header.n_records > header.n_declared:
        return [f"holds {header.n_records} records, but declares {header.n_declared}; all are read"]
    return [f"{cut}; the {header.n_records} whole records are read"] if cut else []


def _by_rate(header, problems):
    """Names of the channels by samples in a record; of a name at several rates only the fastest is kept."""
    fastest, groups = {}, {}
    signals = [k for k in range(len(header.labels)) if k not in header.annotation_channels]
    for k in signals:
        fastest[header.labels[k]] = max(fastest.get(header.labels[k], 0), header.n_samples[k])
    for k in signals:
        label, n_samples = header.labels[k], header.n_samples[k]
        if not n_samples:
            problems.append(f"channel {label!r} has no samples; left out")
        elif n_samples < fastest[label]:
            problems.append(f"a second channel {label!r}, of {header.rates[k]:g} Hz, is left out: the name is taken")
        elif label not in groups.setdefault(n_samples, []):
            groups[n_samples].append(label)
    return groups


def _channels(header, names):
    """Numbers of the channels with one of these names, as MNE includes them."""
    return [k for k, name in enumerate(header.labels) if name in names and k not in header.annotation_channels]


def _chosen_kinds(kinds, header):
    """The kinds that were given, by a channel's name in the file or by MNE's, which numbers repeated ones."""
    names = [name for k, name in enumerate(header.labels) if k not in header.annotation_channels]
    counts = Counter(names)
    numbered = [f"{name}-{k}" for name, count in counts.items() if count > 1 for k in range(count)]
    return check_kinds(kinds, [*counts, *numbered])


def _unit(told):
    """Unit of a stream by the header's, and what MNE's values are multiplied by to get there."""
    unit = standard_unit(told)
    if unit in ("uV", "mV", "V") or told == _SJIS_MICROVOLT:
        return "uV", 1e6  # MNE has made volts of them
    return ("uV", 1.0) if unit.lower() == "uv" else (unit, 1.0)


def _kind(label, unit):
    """Kind of a channel by its name, or by its unit where the name tells nothing."""
    kind = "eog" if _EYE.match(label) else "bvp" if _PLETH.match(label) else kind_of(label)
    if kind or _EXTERNAL.fullmatch(label):
        return kind
    return "eeg" if unit in ("uV", "") else ""
