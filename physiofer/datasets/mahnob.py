"""MAHNOB-HCI: films of faces with ratings and an ECG.

Users bring their own copy: MAHNOB-HCI is given to researchers who sign its end-user licence, for academic use only.
"""

import re
import warnings
from dataclasses import replace
from xml.parsers import expat

import numpy as np

from .._validate import check_path
from ..exceptions import PhysioferError, QualityWarning, UnreadableDataError
from ..film import VIDEO_SUFFIXES, LabelledFilm
from ..io.container import is_hidden, read_file
from ..io.edf import read_edf
from ..io.edf_header import read_edf_header
from ..stream import Stream

__all__ = ["mahnob_films"]

_LABELS = {"valence": "feltVlnc", "arousal": "feltArsl"}
_LEADS = ("EXG1", "EXG2", "EXG3")
_CAMERA = "c1 trigger"  # the colour camera in front, in the names of its films
_MARGIN_S = 30.0  # of the recording, before and after the stimulus
_ALIKE_S = 5.0  # two lengths of the same thing
_MOST_BYTES = 2**20  # of a session.xml, which has some kB


def mahnob_films(folder):
    """Films of MAHNOB-HCI (emotion elicitation) with the ratings and the ECG that belong to them.

    Needed are sessions as they are downloaded: ``Sessions/<number>/`` with ``session.xml``, the film of the colour
    camera in front (``... C1 trigger ....avi``) and the recording (``.bdf``).

    Parameters
    ----------
    folder : path-like
        The folder that holds ``Sessions``, or ``Sessions`` itself.

    Yields
    ------
    LabelledFilm
        Session after session: labels ``valence`` and ``arousal`` (felt, 1 to 9), the three leads of the ECG on the
        film's clock as ``heart``, and from `start_s` to `stop_s` the stimulus. Sessions without felt ratings, those of
        the other experiments, are passed over.

    Raises
    ------
    UnreadableDataError
        At once if there is no session, in the end if no ``session.xml`` can be read.

    Warns
    -----
    QualityWarning
        If a ``session.xml`` is damaged, larger than 1 MiB, or defines types or entities of its own, of which none is
        ever followed, or a session has no film of that camera: it is passed over. If it has no ECG that can be put on
        the film's clock, or no stimulus comes after its mark: it comes without ``heart``.

    Notes
    -----
    What is relied on for the clocks: the recording has a mark in its ``Status`` channel where the stimulus begins and,
    mostly, where it ends, and 30 s before and after [1]_. The length of the film, ``vidEndSmp - vidBeginSmp`` frames at
    ``vidRate`` a second, tells which part it shows. As long as the stimulus (within 5 s): second 0 of the film is the
    first mark, as users of the corpus read it. As long as the whole recording: second 0 is the recording's own.
    Anything else: the ECG is left out rather than shifted by a guess. Neither is exact: film and mark may lie apart by
    some tenths of a second, which does not matter to a heart rate. Without a length in ``session.xml`` the first is
    assumed.

    References
    ----------
    .. [1] Soleymani et al. (2012), IEEE Transactions on Affective Computing 3(1), 42-55.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mahnob_films(folder)
    Traceback (most recent call last):
        ...
    physiofer.exceptions.UnreadableDataError: ...: no session of MAHNOB-HCI is here (Sessions/1/session.xml).
    """
    folder = check_path(folder, name="folder")
    if not folder.is_dir():
        raise UnreadableDataError(f"{folder.absolute().name}: there is no such folder.")
    found = [*folder.glob("*/session.xml"), *folder.glob("[Ss]essions/*/session.xml")]
    if not found:
        name = folder.absolute().name
        raise UnreadableDataError(f"{name}: no session of MAHNOB-HCI is here (Sessions/1/session.xml).")
    return _films_of(sorted((path.parent for path in found), key=_number))


def _number(place):
    """Sort key by which session 2 comes before session 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", place.name)]


def _films_of(places):
    """The films of sessions with felt ratings."""
    errors = []
    for place in places:
        try:
            session, subject = _read_session(place / "session.xml", f"{place.name}/session.xml")
        except UnreadableDataError as error:
            errors.append(error)
            warnings.warn(f"session {place.name} is left out. {error}", QualityWarning, stacklevel=3)
            continue
        labels = {name: _number_or_nan(session.get(key)) for name, key in _LABELS.items()}
        if not all(1.0 <= rating <= 9.0 for rating in labels.values()) or not subject:
            continue
        camera = [file for file in _files_of(place, VIDEO_SUFFIXES) if _CAMERA in file.name.lower()]
        if not camera:
            message = f"session {place.name} is left out: it has no film of the colour camera ('C1 trigger')."
            warnings.warn(message, QualityWarning, stacklevel=3)
            continue
        film = LabelledFilm(camera[0], subject, labels, recording=f"session_{place.name}")
        try:
            heart, start_s, stop_s = _heart_of(place, session)
            film = replace(film, heart=heart, start_s=start_s, stop_s=stop_s)
        except PhysioferError as error:
            message = f"session {place.name} comes without heart rates: {error}"
            warnings.warn(message, QualityWarning, stacklevel=3)
        yield film
    if len(errors) == len(places):
        raise UnreadableDataError(f"none of {len(places)} sessions can be read; the first: {errors[0]}")


def _files_of(place, suffixes):
    """Files of a session with one of these endings, in order."""
    files = (file for file in place.iterdir() if not is_hidden(file.name))
    return sorted(file for file in files if file.suffix.lower() in suffixes)


def _read_session(path, shown_as):
    """Attributes of a session, and the number of its subject."""
    found = {}

    def refuse(*_):
        raise UnreadableDataError("it defines types or entities, as a session does not")

    def keep(name, attributes):
        found.setdefault(name, attributes)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler = keep
    try:
        parser.Parse(read_file(path, _MOST_BYTES, unpack=False), True)
    except (expat.ExpatError, UnreadableDataError, ValueError, LookupError) as error:
        raise UnreadableDataError(f"{shown_as}: it cannot be read ({str(error).rstrip('.')}).") from error
    if "session" not in found:
        raise UnreadableDataError(f"{shown_as}: there is no session in it.")
    return found["session"], found.get("subject", {}).get("id", "").strip()


def _number_or_nan(text):
    """The number that an attribute holds; NaN if it holds none, or is not there."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return np.nan


def _heart_of(place, session):
    """The ECG on the film's clock, and from where to where in the film the stimulus goes."""
    files = sorted(_files_of(place, (".bdf",)), key=lambda file: "emotion" not in file.name.lower())
    if not files:
        raise UnreadableDataError("there is no .bdf.")
    leads = [name for name in read_edf_header(files[0]).labels if name in _LEADS]
    if not leads:
        raise UnreadableDataError(f"{files[0].name} has no channel {', '.join(_LEADS)}.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", QualityWarning)  # of channels that are not asked for
        recording = read_edf(files[0], kinds=dict.fromkeys(leads, "ecg"), truncated="warn")
    streams = [stream for stream in recording.streams.values() if stream.kind == "ecg"]
    first = streams[0]
    marks_s = recording.events["onset_s"].to_numpy(dtype=np.float64)
    if not marks_s.size:
        raise UnreadableDataError(f"{files[0].name} has no mark of the stimulus in its Status channel.")
    begin_s, length_s = marks_s.min(), first.stop_s - first.start_s
    end_s = marks_s.max() if marks_s.max() > begin_s else first.stop_s - _MARGIN_S
    if not begin_s < end_s:
        raise UnreadableDataError(f"{files[0].name} has a mark so late that no stimulus comes after it.")
    shift_s, start_s, stop_s = _place_on_film(begin_s, end_s, length_s, session, files[0].name)
    values = np.concatenate([stream.values for stream in streams if stream.n_times == first.n_times])
    return Stream(values, first.times_s - shift_s, first.rate, kind="ecg", unit=first.unit), start_s, stop_s


def _place_on_film(begin_s, end_s, length_s, session, name):
    """When second 0 of the film was, on the recording's clock, and the stimulus on the film's."""
    frames = _number_or_nan(session.get("vidEndSmp")) - _number_or_nan(session.get("vidBeginSmp"))
    rate = _number_or_nan(session.get("vidRate"))
    film_s = frames / rate if rate > 0.0 else np.nan
    if np.isnan(film_s) or abs(film_s - (end_s - begin_s)) <= _ALIKE_S:
        return begin_s, None, None
    if abs(film_s - length_s) <= _ALIKE_S:
        return 0.0, float(begin_s), float(end_s)
    raise UnreadableDataError(
        f"the film has {film_s:.1f} s, which is neither the stimulus ({end_s - begin_s:.1f} s between the marks of "
        f"{name}) nor all of the recording ({length_s:.1f} s)."
    )
