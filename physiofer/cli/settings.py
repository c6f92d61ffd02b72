"""What an evaluation is asked to do: defaults, overridden by a TOML file, overridden by the command line."""

import difflib
import tomllib
from pathlib import Path

from ..exceptions import InvalidArgumentError

__all__ = ["DEFAULTS", "OF_EXTRACTION", "find_labels", "names", "read_settings", "resolve", "shareable"]

#: Every setting with its default. All of them decide the numbers; what only decides how fast they come is not here.
DEFAULTS = {
    "format": "auto",
    "labels": None,
    "rate": None,
    "videos": True,
    "video_start_s": 0.0,
    "target": None,
    "modalities": None,
    "window_s": 60.0,
    "step_s": 30.0,
    "within": None,
    "purity": 1.0,
    "protocol": "loso",
    "n_splits": 5,
    "models": ["svm", "rf", "xgboost"],
    "fusions": ["early", "late", "stacked"],
    "normalise": "none",
    "seed": 0,
    "leakage": "refuse",
}
#: Settings of the extraction: fixed once a feature table exists.
OF_EXTRACTION = (
    "format", "labels", "rate", "videos", "video_start_s", "modalities", "window_s", "step_s", "within", "purity",
)  # fmt: skip
_NUMBERS = {
    "rate": float, "video_start_s": float, "window_s": float, "step_s": float, "purity": float, "n_splits": int,
    "seed": int,
}  # fmt: skip
_LISTS = ("modalities", "models", "fusions")
_SWITCHES = ("videos",)


def names(text):
    """Split a comma-separated option into names; None stays None.

    Parameters
    ----------
    text : str or None
        As typed.

    Returns
    -------
    list of str or None

    Examples
    --------
    >>> names("svm, rf,svm,")
    ['svm', 'rf']
    """
    if text is None:
        return None
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def read_settings(path):
    """Read settings from a TOML file.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    dict
        Only what the file sets.

    Raises
    ------
    InvalidArgumentError
        If the file cannot be read, is no TOML, or sets something unknown or of the wrong type.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "evaluate.toml"
    ...     _ = path.write_text('target = "stress"\\nwindow_s = 30')
    ...     read_settings(path)
    {'target': 'stress', 'window_s': 30.0}
    """
    shown = f"--config {str(path)!r}"
    try:
        found = tomllib.loads(Path(path).read_bytes().decode("utf-8"))
    except OSError as error:
        raise InvalidArgumentError(f"{shown} cannot be read ({error.strerror}).") from error
    except ValueError as error:  # not UTF-8, not TOML, or a NUL in the path
        raise InvalidArgumentError(f"{shown} is no TOML file ({error}).") from error
    for key in found:
        if key not in DEFAULTS:
            near = difflib.get_close_matches(key, DEFAULTS, n=1, cutoff=0.4)
            hint = f" did you mean {near[0]}?" if near else f" known are {', '.join(DEFAULTS)}."
            raise InvalidArgumentError(f"{shown} sets {key!r}, which is no setting;{hint}")
    return {key: _typed(key, value, shown) for key, value in found.items()}


def _typed(key, value, shown):
    """A value of the file, if it has the setting's type."""
    if key in _LISTS:
        fits, wanted = isinstance(value, list) and all(isinstance(item, str) for item in value), "a list of names"
    elif key in _NUMBERS:
        accepted = (int, float) if _NUMBERS[key] is float else int
        fits, wanted = isinstance(value, accepted) and not isinstance(value, bool), "a number"
    elif key in _SWITCHES:
        fits, wanted = isinstance(value, bool), "true or false"
    else:
        fits, wanted = isinstance(value, str), "a text"
    if not fits:
        raise InvalidArgumentError(f"{shown} sets {key} = {value!r}; it must be {wanted}.")
    return _NUMBERS[key](value) if key in _NUMBERS else value


def resolve(given, config=None):
    """Put defaults, configuration file and command line together.

    Parameters
    ----------
    given : dict
        Settings of the command line; None where an option was not used.
    config : str or path-like, optional
        A TOML file.

    Returns
    -------
    settings : dict
        A value for every setting.
    chosen : set of str
        The settings that somebody set.

    Examples
    --------
    >>> settings, chosen = resolve({"target": "stress", "seed": None})
    >>> settings["target"], settings["seed"], chosen
    ('stress', 0, {'target'})
    """
    chosen = read_settings(config) if config is not None else {}
    chosen.update({key: value for key, value in given.items() if value is not None})
    return {**DEFAULTS, **chosen}, set(chosen)


def shareable(settings, corpus):
    """Settings as they may stand in a result: a path of the labels tells nothing about the machine.

    Parameters
    ----------
    settings : dict
        As resolved.
    corpus : path-like
        The corpus; labels inside it are named from there.

    Returns
    -------
    dict
        The same, with ``labels`` relative to the corpus, as typed where that is a relative path, or as a mere name.

    Examples
    --------
    >>> shareable({"labels": "/home/ada/data/labels.csv"}, "/home/ada/data")
    {'labels': 'labels.csv'}
    """
    labels = settings["labels"]
    if labels is None:
        return dict(settings)
    path = Path(labels)
    if path.absolute().is_relative_to(Path(corpus).absolute()):
        path = path.absolute().relative_to(Path(corpus).absolute())
    elif path.is_absolute() or ".." in path.parts:
        path = Path(path.name)
    return {**settings, "labels": path.as_posix()}


def find_labels(labels, corpus):
    """Where the labels are: as typed, or else inside the corpus, which is how a stored configuration names them.

    Parameters
    ----------
    labels : str or None
        As set.
    corpus : path-like
        The corpus.

    Returns
    -------
    str or pathlib.Path or None
        A path that exists, or the labels as typed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as corpus:
    ...     (Path(corpus) / "labels_of_all.csv").touch()
    ...     find_labels("labels_of_all.csv", corpus).name, find_labels("others.csv", corpus)
    ('labels_of_all.csv', 'others.csv')
    """
    if labels is None or Path(labels).exists():
        return labels
    inside = Path(corpus) / labels
    return inside if inside.exists() else labels
