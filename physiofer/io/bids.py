"""The JSON beside a BIDS ``_physio.tsv.gz``: names, units, rate and start of its columns."""

import json
import re
from dataclasses import dataclass

from .._validate import check_path
from ..exceptions import UnreadableDataError
from .columns import standard_unit
from .container import plain_bytes, read_file

__all__ = ["Sidecar", "find_sidecars", "is_bids_physio", "read_sidecar"]

_PHYSIO = re.compile(r"(?:(?P<entities>.+)_)?(?P<suffix>physio|stim)\.tsv(\.gz)?")
_MAX_LEVELS = 4  # modality, session, subject, corpus


@dataclass(frozen=True)
class Sidecar:
    """What the metadata of a BIDS recording say.

    Attributes
    ----------
    columns : list of str
        Names of the columns, which the table itself does not hold.
    rate : float
        Sampling rate in Hz.
    start_s : float
        Time of the first sample in seconds after the start of the run.
    units : dict of str to str
        Units by column, where given.
    """

    columns: list
    rate: float
    start_s: float
    units: dict


def is_bids_physio(name):
    """Whether a file name is that of a BIDS physiological recording.

    Examples
    --------
    >>> is_bids_physio("sub-01_task-rest_physio.tsv.gz"), is_bids_physio("sub-01_task-rest_events.tsv")
    (True, False)
    """
    return _PHYSIO.fullmatch(name) is not None


def find_sidecars(path):
    """The JSON files that describe a recording, the most general first.

    By BIDS's inheritance principle a file in a folder above applies if its name has no entity that the recording's
    lacks.

    Parameters
    ----------
    path : path-like
        The ``_physio.tsv.gz``.

    Returns
    -------
    list of Path

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("task-rest_physio.json", "task-game_physio.json"):
    ...         _ = (Path(folder) / name).write_text("{}")
    ...     [file.name for file in find_sidecars(Path(folder) / "sub-01_task-rest_physio.tsv.gz")]
    ['task-rest_physio.json']
    """
    path = check_path(path)
    match = _PHYSIO.fullmatch(path.name)
    entities = set((match["entities"] or "").split("_"))
    found = []
    for folder in [path.absolute().parent, *path.absolute().parent.parents][:_MAX_LEVELS]:
        fitting = []
        for candidate in folder.glob(f"*{match['suffix']}.json"):
            own = candidate.name.removesuffix(f"{match['suffix']}.json").strip("_")
            if not own or set(own.split("_")) <= entities:
                fitting.append(candidate)
        found += sorted(fitting, key=lambda candidate: len(candidate.name), reverse=True)
        if (folder / "dataset_description.json").is_file():
            break
    return found[::-1]


def read_sidecar(path, *, shown_as=None):
    """Read the metadata of a BIDS recording.

    Parameters
    ----------
    path : path-like
        The ``_physio.tsv.gz``.
    shown_as : str, optional
        What messages call it; its own name by default.

    Returns
    -------
    Sidecar

    Raises
    ------
    UnreadableDataError
        If there is no JSON file for it, or it lacks a valid SamplingFrequency, StartTime or Columns.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> about = {"SamplingFrequency": 50, "StartTime": -2, "Columns": ["cardiac"]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "sub-01_physio.json").write_text(json.dumps(about))
    ...     read_sidecar(Path(folder) / "sub-01_physio.tsv.gz")
    Sidecar(columns=['cardiac'], rate=50.0, start_s=-2.0, units={})
    """
    path = check_path(path)
    where = path.name if shown_as is None else shown_as
    described = {}
    files = find_sidecars(path)
    for file in files:
        try:
            content = json.loads(plain_bytes(read_file(file)))
        except (UnreadableDataError, ValueError, RecursionError) as error:
            raise UnreadableDataError(f"{file.name}, which describes {where}, cannot be read ({error}).") from error
        if not isinstance(content, dict):
            raise UnreadableDataError(f"{file.name}, which describes {where}, must hold a JSON object.")
        described.update(content)
    if not files:
        expected = re.sub(r"\.tsv(\.gz)?$", ".json", path.name)
        raise UnreadableDataError(f"{where} has no {expected} beside it, which must hold its rate and columns.")
    columns, units = described.get("Columns"), {}
    if not (isinstance(columns, list) and columns and all(isinstance(name, str) and name for name in columns)):
        raise UnreadableDataError(f"{files[-1].name}: Columns must be a list of names; it is {columns!r}.")
    rate = _number(described, "SamplingFrequency", files[-1].name)
    if rate <= 0.0:
        raise UnreadableDataError(f"{files[-1].name}: SamplingFrequency must be above 0 Hz; it is {rate:g}.")
    for name in columns:
        about = described.get(name)
        if isinstance(about, dict) and isinstance(about.get("Units"), str):
            units[name] = standard_unit(about["Units"])
    return Sidecar(columns, rate, _number(described, "StartTime", files[-1].name), units)


def _number(described, key, where):
    """A finite number of the metadata."""
    value = described.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e12:
        raise UnreadableDataError(f"{where}: {key} must be a number; it is {value!r}.")
    return float(value)
