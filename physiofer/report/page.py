"""One result, one HTML file."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .._atomic import whole_file
from ..exceptions import InvalidArgumentError
from . import tables, words
from .configuration import to_toml

__all__ = ["render_report", "write_report"]

_FORMAT, _FORMAT_VERSION = "physiofer-evaluation", 1
_FOLDER = Path(__file__).parent
# The shape of what the page walks through: a list of one says what its items are, a dict what its keys hold.
_RECORDING = {"streams": [{}], "quality": {}, "labels": list}
_SCORES = {"balanced_accuracy": {}, "macro_f1": {}, "auc": {}, "accuracy": {}}
_IMPORTANCES = {"modality": {}, "feature": {}}
_SHAPE = {
    "classes": list,
    "class_counts": {},
    "modalities": {},
    "chance_interval": list,
    "pipelines": [{**_SCORES, "subjects": {}, "confusion": [list], "importances": _IMPORTANCES}],
    "comparisons": [{"difference": {}}],
    "subjects": list,
    "leakage": [{}],
    "inputs": {"recordings": [_RECORDING], "errors": [{}], "warnings": list},
    "versions": {},
    "config": {},
}
_SEVERITIES = {"error": 0, "warning": 1, "info": 2}
_N_FEATURES_SHOWN = 15
_N_PEOPLE_OPEN = 30  # beyond this the table of people is folded


def render_report(result):
    """Lay a result out as one self-contained HTML page.

    Parameters
    ----------
    result : dict
        What `Evaluation.to_dict` gives, or the same read back from its JSON file. Only ``pipelines`` is needed; a part
        of the page whose keys are missing says so or is left out. A missing number is None (JSON's null) or NaN.

    Returns
    -------
    str
        HTML that loads nothing from anywhere: style and figures are inside, and it runs no script.

    Raises
    ------
    InvalidArgumentError
        If `result` is not an evaluation's result, or is one of a newer format.

    Examples
    --------
    >>> score = {"mean": 0.71, "low": 0.66, "high": 0.76}
    >>> pipeline = {"model": "svm", "fusion": "late", "balanced_accuracy": score, "subjects": {"S02": 0.71}}
    >>> page = render_report({"target": "stress", "pipelines": [pipeline]})
    >>> "SVM with late fusion reaches a balanced accuracy of 0.71" in page
    True
    """
    _check_result(result)
    result = lenient(result)
    return template("template.html").render(_context(result))


def write_report(result, path):
    """Write a result's report as one self-contained HTML file.

    Parameters
    ----------
    result : dict
        As for :func:`render_report`.
    path : str or path-like
        The file to write; an existing one is replaced, whole or not at all.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    InvalidArgumentError
        If `result` is not an evaluation's result, or `path` cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_report({"target": "stress", "pipelines": []}, f"{folder}/report.html")
    ...     path.name, path.stat().st_size > 1000
    ('report.html', True)
    """
    page = render_report(result)
    with whole_file(path) as part:
        part.write_bytes(page.encode("utf-8", "replace"))  # "replace": JSON may hold halves of surrogate pairs
    return Path(path)


@cache
def template(name):
    """A page's template, with the style sheet."""
    blocks = {"trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, **blocks)
    environment.globals.update(words=words, style=Markup((_FOLDER / "style.css").read_text(encoding="utf-8")))
    return environment.get_template(name)


def _check_result(result):
    """Raise if `result` cannot be laid out as an evaluation's result."""
    if not isinstance(result, dict) or not isinstance(result.get("pipelines"), list):
        raise InvalidArgumentError(
            "result is not an evaluation's result: it must be a dict with a list of pipelines, as `physiofer evaluate "
            "--json` writes it."
        )
    if result.get("format", _FORMAT) != _FORMAT:
        raise InvalidArgumentError(f"result has format={result['format']!r}; it must be {_FORMAT!r}.")
    version = result.get("format_version", _FORMAT_VERSION)
    if not isinstance(version, int) or version > _FORMAT_VERSION:
        raise InvalidArgumentError(
            f"result has format_version={version!r}; this physiofer reads up to {_FORMAT_VERSION}: install a newer one."
        )
    _check_shape(result, _SHAPE, "result")
    if len(result.get("chance_interval") or (0, 0)) != 2:
        raise InvalidArgumentError(
            f"result['chance_interval'] must be two numbers; it was {result['chance_interval']!r}."
        )


def _check_shape(value, shape, name):
    """Raise, naming the place, where lists and dicts are not nested as `shape` says; None is always allowed."""
    expected = shape if isinstance(shape, type) else type(shape)
    if value is None:
        return
    if not isinstance(value, expected):
        raise InvalidArgumentError(f"{name} must be a {expected.__name__}; it was a {type(value).__name__}.")
    if isinstance(shape, dict):
        for key, inner in shape.items():
            _check_shape(value.get(key), inner, f"{name}[{key!r}]")
    elif isinstance(shape, list):
        for place, item in enumerate(value):
            _check_shape({} if item is None and shape[0] == {} else item, shape[0], f"{name}[{place}]")


class _Lenient(dict):
    """A dict whose missing keys are None, so that the page can leave out what a result does not say."""

    def __missing__(self, key):
        return None


def lenient(value):
    """`value` with every dict in it made lenient, its keys texts, and every tuple a list."""
    if isinstance(value, dict):
        return _Lenient((str(key), lenient(inner)) for key, inner in value.items())
    return [lenient(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _context(result):
    """Everything the template shows."""
    chance = words.finite(result.get("chance"))
    chance = 1.0 / max(len(result.get("classes") or ()), 2) if chance is None else chance
    rows = tables.pipelines(result, chance)
    inputs = result["inputs"] or _Lenient()
    recordings = inputs.get("recordings") or []
    leakage = result.get("leakage")
    best = rows[0] if rows and rows[0]["mean"] is not None else None
    target = str(result.get("target", "target"))
    floor = tables.axis_floor(rows, chance, result.get("chance_interval"))
    config = result["config"] or _Lenient()
    level = words.percent(words.finite(config["confidence"]) or 0.95)
    grave = [finding for finding in leakage or [] if finding["severity"] == "error"]
    return {
        "result": result,
        "target": target,
        "chance": chance,
        "level": level,
        "rows": rows,
        "best": best,
        "floor": floor,
        "verdict": words.verdict(
            best and best["entry"],
            best and best["in_words"],
            chance,
            result["chance_interval"],
            len(rows),
            len(grave),
            level,
        ),
        "clears": bool(best) and words.clears_chance(best["entry"], chance, result.get("chance_interval"), len(rows)),
        "transductive": [row["label"] for row in rows if row["transductive"]],
        "comparisons": tables.comparisons(result["comparisons"] or [], rows),
        "people": tables.subjects(result, rows),
        "n_people_open": _N_PEOPLE_OPEN,
        "people_figure": _people_figure(rows, chance, result.get("chance_interval"), floor),
        "confusions": [matrix for row in rows if (matrix := tables.confusion(row, result.get("classes") or []))],
        "modality_grid": tables.modality_grid(rows),
        "feature_figure": _feature_figure(rows),
        "inputs": inputs,
        "recordings": recordings,
        "streams": tables.streams(recordings),
        "quality": tables.quality(recordings, result.get("modalities") or {}),
        "leakage": leakage,
        "grave": grave,
        "findings": sorted(leakage or [], key=lambda finding: _SEVERITIES.get(finding["severity"], 1)),
        "flat": tables.flat,
        "toml": to_toml(config) if config else "",
    }


def _people_figure(rows, chance, chance_interval, floor):
    """The swarm of people, or None where nobody was scored."""
    from . import figures  # matplotlib takes half a second to load, and only a page with figures needs it

    shown = [{**row, "scores": [value for value in row["subjects"].values() if value is not None]} for row in rows]
    shown = [row for row in shown if row["scores"]]
    return figures.people(shown, chance, chance_interval, floor) if shown else None


def _feature_figure(rows):
    """Bars of the features that the best explained pipeline leans on, or None."""
    from . import figures  # as above

    for row in rows:
        items = tables.drops(row, "feature")[:_N_FEATURES_SHOWN]
        if items:
            named = [(tables.feature_name(column), drop) for column, drop in items]
            label = f"Features that {row['label']} leans on most, by the balanced accuracy lost when shuffled"
            return {"row": row, "svg": figures.bars(named, "balanced accuracy lost when shuffled", label)}
    return None
