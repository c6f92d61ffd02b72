"""`physiofer extract`: recordings to a feature table."""

from pathlib import Path
from typing import Annotated

import typer

from .options import (
    Cache,
    Corpus,
    Format,
    Jobs,
    Json,
    Labels,
    Modalities,
    Purity,
    Rate,
    Step,
    Videos,
    VideoStart,
    Window,
    Within,
)
from .output import check_outputs, console, n_cores, tell, write_json
from .settings import names, resolve
from .steps import extract_table, read

__all__ = ["extract"]


def extract(
    corpus: Corpus,
    out: Annotated[str, typer.Option(help="The Parquet file to write.", metavar="FILE")],
    format: Format = None,
    labels: Labels = None,
    rate: Rate = None,
    videos: Videos = None,
    video_start: VideoStart = None,
    target: Annotated[
        str | None, typer.Option(help="Comma-separated labels to carry. (default all)", metavar="NAMES")
    ] = None,
    modalities: Modalities = None,
    window: Window = None,
    step: Step = None,
    within: Within = None,
    purity: Purity = None,
    jobs: Jobs = None,
    cache: Cache = None,
    json: Json = None,
):
    """Turn recordings into a table of features, window by window."""
    check_outputs(corpus, labels, out=out, json=json)
    given = {
        "format": format, "labels": labels, "rate": rate, "videos": videos, "video_start_s": video_start,
        "modalities": names(modalities), "window_s": window,
        "step_s": step, "within": within, "purity": purity,
    }  # fmt: skip
    settings, _ = resolve(given)
    table = extract_table(read(corpus, settings), settings, targets=names(target), cache=cache, jobs=jobs or n_cores())
    table.to_parquet(out)
    write_json(_summary(table, out), json)
    people = len(set(table.subjects))
    tell(console(json), f"Wrote {len(table)} windows of {people} people, {table.X.shape[1]} features each: {out}")


def _summary(table, out):
    """What was extracted, as plain data."""
    return {
        "format": "physiofer-extraction",
        "format_version": 1,
        "table": Path(out).name,
        "n_windows": len(table),
        "n_subjects": len(set(table.subjects)),
        "n_features": table.X.shape[1],
        "modalities": {name: len(columns) for name, columns in table.modalities.items()},
        "targets": list(table.targets.columns),
        "window_s": table.window_s,
        "recordings": table.sources,
        "errors": table.errors,
    }
