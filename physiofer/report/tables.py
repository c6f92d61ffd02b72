"""Rows of the report's tables: the result, sorted and gathered for reading; no score is computed here."""

import math
from statistics import median

from . import words
from .words import finite

_SCORES = ("balanced_accuracy", "macro_f1", "auc", "accuracy")


def pipelines(result, chance):
    """One row for each pipeline, best first; unscored ones last."""
    entries = result["pipelines"]
    mixed = len({entry.get("normalise") for entry in entries}) > 1
    rows = [_pipeline(entry, chance, mixed) for entry in entries]
    return sorted(rows, key=lambda row: -math.inf if row["mean"] is None else row["mean"], reverse=True)


def _pipeline(entry, chance, mixed):
    """What every part of the page needs to know of one pipeline."""
    model, fusion = words.model_name(entry.get("model", "model")), str(entry.get("fusion") or "")
    normalise = str(entry.get("normalise") or "none")
    score = entry.get("balanced_accuracy") or {}
    n_above, n_scored = words.above_chance(entry, chance)
    marked = mixed and normalise != "none"
    parts = [words.capital(model), *([f"{fusion} fusion"] if fusion else []), *(["normalised"] if marked else [])]
    return {
        "entry": entry,
        "model": words.capital(model),
        "fusion": fusion,
        "normalise": normalise,
        "transductive": normalise != "none",
        "label": ", ".join(parts),
        "in_words": words.in_words(entry.get("model", "model"), fusion) + (", normalised," if marked else ""),
        "short": [parts[0], *([fusion] if fusion else []), *parts[1 + bool(fusion) :]],
        **_score(score),
        "scores": {name: _score(entry.get(name) or {}) for name in _SCORES},
        "subjects": {str(subject): finite(value) for subject, value in (entry.get("subjects") or {}).items()},
        "n_above": n_above,
        "n_scored": n_scored,
        "p_value": entry.get("p_value"),
        "fit_seconds": entry.get("fit_seconds"),
    }


def _score(score):
    """Mean, low and high of a score, None where it has none."""
    return {end: finite(score.get(end)) for end in ("mean", "low", "high")}


def comparisons(found, rows):
    """Pairs of pipelines by the name the page gives each, the clearest difference first."""
    labels = {}
    for row in rows:
        model, fusion = row["entry"].get("model"), row["entry"].get("fusion")
        labels[f"{model}/{fusion}" if fusion else str(model)] = row["label"]
    pairs = [
        {
            "a": labels.get(each.get("a"), str(each.get("a"))),
            "b": labels.get(each.get("b"), str(each.get("b"))),
            "difference": _score(each.get("difference") or {}),
            "p_value": finite(each.get("p_value")),
            "p_holm": finite(each.get("p_holm")),
        }
        for each in found
    ]
    return sorted(pairs, key=lambda pair: math.inf if pair["p_value"] is None else pair["p_value"])


def axis_floor(rows, chance, chance_interval):
    """Left end of the score axes: the tenth below everything that is drawn."""
    drawn = [chance, *(finite(end) for end in chance_interval or ())]
    for row in rows:
        drawn += [row["low"], row["mean"], *row["subjects"].values()]
    lowest = min(value for value in drawn if value is not None)
    return min(max(math.floor(10 * (lowest - 0.02)) / 10, 0.0), 0.9)


def subjects(result, rows):
    """People by pipelines, those whom the models serve best first."""
    ids = [str(subject) for subject in result.get("subjects") or []]
    ids += [subject for row in rows for subject in row["subjects"] if subject not in ids]
    grid = [{"id": subject, "scores": [row["subjects"].get(subject) for row in rows]} for subject in dict.fromkeys(ids)]
    for line in grid:
        known = [score for score in line["scores"] if score is not None]
        line["order"] = sum(known) / len(known) if known else -math.inf
    return sorted(grid, key=lambda line: line["order"], reverse=True)


def confusion(row, classes):
    """Counts with their share of the true class, or None where there is no matrix."""
    counts = row["entry"].get("confusion")
    if not counts:
        return None
    names = [str(label) for label in classes] or [str(place) for place in range(len(counts))]
    lines = []
    for place, line in enumerate(counts):
        known = [finite(cell) or 0.0 for cell in line]
        total = sum(known)
        cells = [
            {"n": cell, "share": cell / total if total else None, "hit": at == place} for at, cell in enumerate(known)
        ]
        lines.append({"label": names[place] if place < len(names) else str(place), "cells": cells})
    return {"row": row, "labels": names, "lines": lines}


def drops(row, kind):
    """Importances of one kind as (name, drop), largest first."""
    known = (
        (str(name), finite(drop)) for name, drop in ((row["entry"].get("importances") or {}).get(kind) or {}).items()
    )
    return sorted(((name, drop) for name, drop in known if drop is not None), key=lambda item: -item[1])


def modality_grid(rows):
    """Modalities by pipelines, by the drop of the best pipeline that has one."""
    having = [(row, dict(drops(row, "modality"))) for row in rows if drops(row, "modality")]
    if not having:
        return None
    names = list(dict.fromkeys(name for _, known in having for name in known))
    lines = [{"name": name, "drops": [known.get(name) for _, known in having]} for name in names]
    largest = max(abs(drop) for _, known in having for drop in known.values()) or 1.0
    return {"rows": [row for row, _ in having], "lines": lines, "largest": largest}


def feature_name(column):
    """A feature with its modality, apart."""
    modality, _, feature = str(column).partition("__")
    return f"{modality}: {feature}" if feature else modality


def streams(recordings):
    """What each stream looks like across all recordings."""
    found = {}
    for recording in recordings:
        for stream in recording.get("streams") or []:
            found.setdefault((str(stream.get("name")), str(stream.get("kind") or "")), []).append(stream)
    return [_stream(name, kind, every, len(recordings)) for (name, kind), every in found.items()]


def _stream(name, kind, every, n_recordings):
    """One stream across the recordings that have it."""

    def known(key):
        return [value for value in (finite(stream.get(key)) for stream in every) if value is not None]

    shares = known("missing_share")
    return {
        "name": name,
        "kind": kind,
        "unit": words.listed(dict.fromkeys(words.unit(stream["unit"]) for stream in every if stream.get("unit"))),
        "n": len(every),
        "absent": n_recordings - len(every),
        "rate": words.span(known("rate"), words.rate),
        "channels": words.span(known("n_channels"), words.count),
        "duration": words.span(known("duration_s"), words.duration),
        "gaps": words.count(sum(known("n_gaps"))) if known("n_gaps") else words.MISSING,
        "missing": words.missing_share(median(shares)) if shares else words.MISSING,
        "missing_worst": words.missing_share(max(shares)) if shares else words.MISSING,
    }


def quality(recordings, modalities):
    """Each modality's features and its quality: the median recording and the worst, by its subject."""
    names = dict.fromkeys([*modalities, *(name for each in recordings for name in each.get("quality") or {})])
    lines = []
    for name in names:
        scored = [(finite((each.get("quality") or {}).get(name)), str(each.get("subject"))) for each in recordings]
        known = [pair for pair in scored if pair[0] is not None]
        worst = min(known) if known else None
        lines.append(
            {
                "name": str(name),
                "n_features": modalities.get(name),
                "median": median(value for value, _ in known) if known else None,
                "worst": worst[0] if worst else None,
                "worst_subject": worst[1] if worst else None,
                "unknown": len(scored) - len(known),
            }
        )
    return lines


def flat(details):
    """The details of a finding as short (name, value) texts."""
    if not isinstance(details, dict):
        return [("", _shown(details))] if details else []
    return [(str(name), _shown(value)) for name, value in details.items() if value is not None]


def _shown(value, most=8):
    """A value as text; of a long list its beginning."""
    if isinstance(value, (list, tuple)):
        more = f" and {len(value) - most} more" if len(value) > most else ""
        return ", ".join(_shown(item) for item in value[:most]) + more
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(item)}" for name, item in list(value.items())[:most])
    return words.number(value) if isinstance(value, float) else str(value)
