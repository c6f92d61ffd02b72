"""The names of EEG channels: which electrode is meant, where on the head it sits, and which ones face each other."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np

from ..._validate import check_choice
from ...exceptions import InvalidArgumentError

# DEAP: Koelstra et al. (2012), IEEE Transactions on Affective Computing 3(1), 18-31, and the notes that come with it.

#: Order of the 32 EEG channels in DEAP's preprocessed files, in its raw recordings of subjects 23 to 32 (Geneva), and
#: in MAHNOB-HCI.
DEAP_CHANNELS = (
    "Fp1", "AF3", "F3", "F7", "FC5", "FC1", "C3", "T7", "CP5", "CP1", "P3", "P7", "PO3", "O1", "Oz", "Pz",
    "Fp2", "AF4", "Fz", "F4", "F8", "FC6", "FC2", "Cz", "C4", "T8", "CP6", "CP2", "P4", "P8", "PO4", "O2",
)  # fmt: skip

#: Order of the 32 EEG channels in DEAP's raw recordings of subjects 1 to 22 (Twente): that of BioSemi's cap.
DEAP_TWENTE_CHANNELS = (
    "Fp1", "AF3", "F7", "F3", "FC1", "FC5", "T7", "C3", "CP1", "CP5", "P7", "P3", "Pz", "PO3", "O1", "Oz",
    "O2", "PO4", "P4", "P8", "CP6", "CP2", "C4", "T8", "FC6", "FC2", "F4", "F8", "AF4", "Fp2", "Fz", "Cz",
)  # fmt: skip

_ENDS, _INNER, _OUTER, _ALL = (0, 1, 2), tuple(range(7)), (7, 8, 9, 10), tuple(range(11))  # 0 is z, odd is left
# The rows of the 10-5 system from front to back: region, row that faces it across the ears, numbers of electrodes.
_ROWS = {
    "N": ("frontal", "I", _ENDS),
    "Fp": ("frontal", "O", _ENDS),
    "AFp": ("frontal", "POO", _ALL),
    "AF": ("frontal", "PO", _ALL),
    "AFF": ("frontal", "PPO", _ALL),
    "F": ("frontal", "P", _ALL),
    "FFT": ("frontal", "TPP", _OUTER),
    "FFC": ("frontal", "CPP", _INNER),
    "FT": ("temporal", "TP", _OUTER),
    "FC": ("central", "CP", _INNER),
    "FTT": ("temporal", "TTP", _OUTER),
    "FCC": ("central", "CCP", _INNER),
    "T": ("temporal", None, _OUTER),
    "C": ("central", None, _INNER),
    "TTP": ("temporal", None, _OUTER),
    "CCP": ("central", None, _INNER),
    "TP": ("temporal", None, _OUTER),
    "CP": ("central", None, _INNER),
    "TPP": ("parietal", None, _OUTER),
    "CPP": ("parietal", None, _INNER),
    "P": ("parietal", None, _ALL),
    "PPO": ("parietal", None, _ALL),
    "PO": ("occipital", None, _ALL),
    "POO": ("occipital", None, _ALL),
    "O": ("occipital", None, _ENDS),
    "CB": ("occipital", None, (1, 2)),  # of SEED's cap, below O1 and O2
    "OI": ("occipital", None, _ENDS),
    "I": ("occipital", None, _ENDS),
}
#: Row, number and half of each electrode.
_PLACES = {
    f"{row}{number or 'z'}{half}": (row, number, half)
    for row, (_, _, numbers) in _ROWS.items()
    for number in numbers
    for half in (("", "h") if number and row not in ("N", "CB") else ("",))
} | {"O9": ("O", 9, ""), "O10": ("O", 10, "")}
_SIDES = {"left": lambda number: number % 2 == 1, "right": lambda number: number > 0 and number % 2 == 0}
_SIDES["midline"] = lambda number: number == 0

#: Electrodes of each region: ``frontal``, ``central``, ``temporal``, ``parietal``, ``occipital``; ``left``, ``right``,
#: ``midline``.
REGIONS = MappingProxyType(
    {
        region: tuple(name for name, (row, _, _) in _PLACES.items() if _ROWS[row][0] == region)
        for region in ("frontal", "central", "temporal", "parietal", "occipital")
    }
    | {
        side: tuple(name for name, (_, number, _) in _PLACES.items() if is_there(number))
        for side, is_there in _SIDES.items()
    }
)

_FORMER = {"t3": "T7", "t4": "T8", "t5": "P7", "t6": "P8"}  # names before 1991
_EARS = ("A1", "A2", "M1", "M2")  # ears and mastoids: references, of no region
_CANONICAL = {name.lower(): name for name in (*_PLACES, *_EARS)} | _FORMER
_PREFIX = re.compile(r"^EEG[\s_:-]*", re.IGNORECASE)
_REFERENCE = re.compile(r"[\s_-]+(REF|LE|AR|AVG|AVE|CAR|[AM][12]|A1\+?A2|M1\+?M2)$", re.IGNORECASE)
_MIDLINE, _FARTHEST = 0.04, 0.25  # of half the head's width: no side, and how far off a mirror image may be


def canonical_name(name):
    """Name an electrode as the 10-5 system does.

    The definition is that of [1]_.

    Case, a prefix "EEG", trailing dots and a common reference (REF, LE, AR, AVG, AVE, CAR, A1, A2, M1, M2 or
    two of these) are taken off. T3, T4, T5 and T6 became T7, T8, P7 and P8 in 1991 [2]_.

    Parameters
    ----------
    name : str
        Name of a channel.

    Returns
    -------
    str or None
        Name of the electrode; None if it is none of the 10-5 system, an ear (A1, A2), a mastoid (M1, M2) or one of
        CB1 and CB2 (SEED), as with the difference of two electrodes.

    Raises
    ------
    InvalidArgumentError
        If `name` is no string.

    References
    ----------
    .. [1] Oostenveld & Praamstra (2001), Clinical Neurophysiology 112(4), 713-719.
    .. [2] Sharbrough et al. (1991), Journal of Clinical Neurophysiology 8(2), 200-202.

    Examples
    --------
    >>> canonical_name("EEG FP1-REF"), canonical_name("T3"), canonical_name("Fc5."), canonical_name("Fp1-F7")
    ('Fp1', 'T7', 'FC5', None)
    """
    if not isinstance(name, str):
        raise InvalidArgumentError(f"name={name!r} must be the name of a channel, a string.")
    text = _PREFIX.sub("", name.strip()).rstrip(". ")
    return _CANONICAL.get(text.lower()) or _CANONICAL.get(_REFERENCE.sub("", text).lower())


def check_channels(channels, n_channels=None):
    """Return the names of channels as a list of different strings.

    Parameters
    ----------
    channels : sequence of str
        A name for each channel.
    n_channels : int, optional
        How many there must be.

    Returns
    -------
    list of str

    Raises
    ------
    InvalidArgumentError
        If `channels` is no list of names, one is there twice, or there are not `n_channels` of them.

    Examples
    --------
    >>> check_channels(("F3", "F4"), 2)
    ['F3', 'F4']
    """
    is_list = isinstance(channels, Iterable) and not isinstance(channels, (str, bytes, Mapping))
    is_list = is_list and getattr(channels, "shape", None) != ()
    names = [str(name) if isinstance(name, str) else name for name in channels] if is_list else []
    if not names or not all(isinstance(name, str) and name for name in names):
        raise InvalidArgumentError(f"channels={channels!r} must be a list of names, one for each channel.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidArgumentError(f"channels: {', '.join(twice)} is there more than once; rename or drop one.")
    if n_channels is not None and len(names) != n_channels:
        raise InvalidArgumentError(f"channels has {len(names)} names, but there are {n_channels} channels.")
    return names


def find_channel(channels, name):
    """Index of a channel, by its name as it is or by that of its electrode.

    Parameters
    ----------
    channels : sequence of str
        Names to look through.
    name : str
        The name of one of them, or of its electrode.

    Returns
    -------
    int

    Raises
    ------
    InvalidArgumentError
        If none has that name, or several are of that electrode.

    Examples
    --------
    >>> find_channel(["EEG FP1-REF", "EEG T3-REF"], "T7")
    1
    """
    channels = list(channels)
    if name in channels:
        return channels.index(name)
    electrode = canonical_name(name)
    found = [k for k, other in enumerate(channels) if electrode is not None and canonical_name(other) == electrode]
    if len(found) != 1:
        count = "none" if not found else f"{len(found)} of them"
        raise InvalidArgumentError(f"channels: {name} is needed, but there is {count} among {', '.join(channels)}.")
    return found[0]


def left_right_pairs(channels, *, montage=None):
    """Find the electrodes that mirror each other across the middle of the head.

    Parameters
    ----------
    channels : sequence of str
        Names of the channels, as :func:`canonical_name` reads them: F3 faces F4. Ears and mastoids have no pair.
    montage : str, mne.channels.DigMontage or mapping of str to (x, y, z), optional
        Where the electrodes sit, for caps with names of their own: one of MNE's montages by name ("biosemi128"), one
        that was measured, or positions (x to the right, y to the front, any unit). Pairs are then those whose mirror
        image is nearest to the other, seen from either, and no farther from it than an eighth of the head's width.

    Returns
    -------
    list of (str, str)
        Left and right channel of each pair, as they were given, in the order of the left ones.

    Raises
    ------
    InvalidArgumentError
        If there is no pair, a name or an electrode is there twice, or the montage is unknown.

    Examples
    --------
    >>> left_right_pairs(["F3", "Fz", "F4", "EEG O2-REF", "EEG O1-REF"])
    [('F3', 'F4'), ('EEG O1-REF', 'EEG O2-REF')]
    """
    names = check_channels(channels)
    if montage is not None:
        return _mirrored(names, _positions(names, montage))
    found = {}
    for name, (row, number, half) in _places(names).items():
        if number % 2:
            found[name] = (row, number + 1, half)
    return _facing(names, found, "left and right", " (give their montage)")


def frontal_posterior_pairs(channels):
    """Find the electrodes that mirror each other across the line from ear to ear: Fp1 and O1, AF3 and PO3, FC5 and CP5.

    With the 62 channels of SEED these are 23 pairs, as many as differential caudality has there [1]_. (Rows, not
    distances, decide: electrodes of the same number in AF and PO are not equally far from the middle.)

    Parameters
    ----------
    channels : sequence of str
        Names of the channels, as :func:`canonical_name` reads them.

    Returns
    -------
    list of (str, str)
        Frontal and posterior channel of each pair, as they were given, in the order of the frontal ones.

    Raises
    ------
    InvalidArgumentError
        If there is no pair, or a name or an electrode is there twice.

    References
    ----------
    .. [1] Zheng & Lu (2015), IEEE Transactions on Autonomous Mental Development 7(3), 162-175.

    Examples
    --------
    >>> frontal_posterior_pairs(["Fp1", "F3", "Cz", "P3", "O1"])
    [('Fp1', 'O1'), ('F3', 'P3')]
    """
    names = check_channels(channels)
    found = {}
    for name, (row, number, half) in _places(names).items():
        if _ROWS[row][1]:
            found[name] = (_ROWS[row][1], number, half)
    return _facing(names, found, "frontal and posterior", "")


def pick(channels, *regions):
    """Indices of the channels that lie in all of the named regions.

    The regions are those of :data:`REGIONS`, by the rows of the 10-5 system: ``frontal`` (N, Fp, AF, F and what lies
    between them and before FC or FT), ``central`` (FC, C, CP), ``temporal`` (FT, T, TP), ``parietal`` (CPP, TPP, P,
    PPO), ``occipital`` (PO, O, I, CB), and ``left``, ``right``, ``midline`` by number.

    Parameters
    ----------
    channels : sequence of str
        Names of the channels, as :func:`canonical_name` reads them.
    *regions : str
        One region, or several that all must hold.

    Returns
    -------
    list of int
        In the order of the channels.

    Raises
    ------
    InvalidArgumentError
        If a region is unknown, none is named, no channel lies there, or a name is there twice.

    Examples
    --------
    >>> pick(["Fp1", "Fz", "F4", "O1"], "frontal"), pick(["Fp1", "Fz", "F4", "O1"], "frontal", "left")
    ([0, 1, 2], [0])
    """
    names = check_channels(channels)
    if not regions:
        raise InvalidArgumentError(f"regions: name at least one of {', '.join(REGIONS)}.")
    chosen = [set(REGIONS[check_choice(region, name="region", choices=REGIONS)]) for region in regions]
    inside = set.intersection(*chosen)
    found = [index for index, name in enumerate(names) if canonical_name(name) in inside]
    if not found:
        there = f"no channel lies in {' and '.join(regions)}; there are {', '.join(names)}"
        raise InvalidArgumentError(f"channels: {there}.")
    return found


def _places(names):
    """Row, number and half of the channels that are electrodes of the head, by name."""
    electrodes = {name: canonical_name(name) for name in names}
    known = [electrode for electrode in electrodes.values() if electrode in _PLACES]
    twice = sorted({electrode for electrode in known if known.count(electrode) > 1})
    if twice:
        same = ", ".join(name for name, electrode in electrodes.items() if electrode == twice[0])
        raise InvalidArgumentError(f"channels: {same} are all the electrode {twice[0]}; drop all but one.")
    return {name: _PLACES[electrode] for name, electrode in electrodes.items() if electrode in _PLACES}


def _facing(names, counterparts, sides, advice):
    """Pairs of channels by the place that the counterpart of each has; an error with an advice where there is none."""
    places = _places(names)
    by_place = {place: name for name, place in places.items()}
    pairs = [(name, by_place[place]) for name, place in counterparts.items() if place in by_place]
    if not pairs:
        unknown = [name for name in names if name not in places]
        hint = f"; not known by name: {', '.join(unknown)}{advice}" if unknown else ""
        raise InvalidArgumentError(f"channels: no pair of {sides} among {', '.join(names)}{hint}.")
    return pairs


def _positions(names, montage):
    """Positions of channels (n_channels, 3) in radii of the head; NaN where the montage has none."""
    if isinstance(montage, str):
        montage = _standard_montage(montage)
    places = montage.get_positions()["ch_pos"] if hasattr(montage, "get_positions") else montage
    try:
        points = {str(name).lower(): np.array(point, dtype=np.float64) for name, point in dict(places).items()}
        cloud = np.array(list(points.values())).reshape(len(points), 3)
    except (TypeError, ValueError) as error:
        message = f"montage must name one of MNE's, be a DigMontage, or give (x, y, z) by channel ({error})."
        raise InvalidArgumentError(message) from error
    nowhere = np.full(3, np.nan)
    found = np.empty((len(names), 3))
    for k, name in enumerate(names):
        electrode = (canonical_name(name) or name).lower()
        found[k] = points.get(name.lower(), points.get(electrode, nowhere))
    extent = 0.5 * (np.nanmax(cloud[:, 0]) - np.nanmin(cloud[:, 0])) if len(cloud) else np.nan
    if not extent > 0.0 or np.isnan(found).all():
        raise InvalidArgumentError(f"montage has no position of {', '.join(names)}.")
    return found / extent


def _standard_montage(name):
    """One of MNE's montages by name."""
    import mne  # takes a second, and names alone mostly do

    check_choice(name, name="montage", choices=mne.channels.get_builtin_montages())
    return mne.channels.make_standard_montage(name)


def _mirrored(names, positions):
    """Pairs of channels whose mirror images across the middle are nearest to one another."""
    lefts, rights = np.flatnonzero(positions[:, 0] < -_MIDLINE), np.flatnonzero(positions[:, 0] > _MIDLINE)
    image = positions[lefts] * [-1.0, 1.0, 1.0]
    apart = np.linalg.norm(image[:, np.newaxis] - positions[rights], axis=2)
    pairs = []
    if apart.size:
        nearest, back = apart.argmin(axis=1), apart.argmin(axis=0)
        for k, left in enumerate(lefts):
            if back[nearest[k]] == k and apart[k, nearest[k]] <= _FARTHEST:
                pairs.append((names[left], names[rights[nearest[k]]]))
    if not pairs:
        raise InvalidArgumentError(f"channels: the montage has no pair of left and right among {', '.join(names)}.")
    return pairs
