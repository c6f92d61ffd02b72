"""`physiofer info`: what is in a corpus, a recording, a feature table or a result."""

from pathlib import Path
from typing import Annotated

import typer

from ..exceptions import UnreadableDataError
from .options import Format, Json, Labels, Rate
from .output import check_outputs, console, number, tell, wants_progress, write_json
from .settings import resolve
from .steps import read, tell_scores

__all__ = ["info"]


def info(
    path: Annotated[
        str, typer.Argument(help="Folder of recordings, one recording, a feature table or a result.", metavar="PATH")
    ],
    format: Format = None,
    labels: Labels = None,
    rate: Rate = None,
    json: Json = None,
):
    """Tell what is in a corpus, a recording, a feature table or a result file."""
    check_outputs(path, labels, json=json)
    out = console(json)
    is_file = not Path(path).is_dir()
    if is_file and Path(path).suffix.lower() == ".json":
        about = _result(path, out)
    elif is_file and Path(path).suffix.lower() == ".parquet" and _is_feature_table(path):
        about = _table(path, out)
    else:
        settings, _ = resolve({"format": format, "labels": labels, "rate": rate})
        about = _corpus(path, settings, out)
    write_json({"format": "physiofer-info", "format_version": 1, **about}, json)


def _result(path, out):
    """Tell of a result file."""
    from ..evaluation import Evaluation

    result = Evaluation.from_json(path).to_dict()
    try:
        tell_scores(result, out)
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableDataError(f"{path} is not laid out as a result ({type(error).__name__}: {error}).") from error
    return {"kind": "result", "result": result}


def _is_feature_table(path):
    """Whether a Parquet file is one of ours rather than a recording."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return b"physiofer" in (pq.read_schema(path).metadata or {})
    except (OSError, pa.ArrowException):
        return True  # let the reader of tables say what is wrong with it


def _table(path, out):
    """Tell of a feature table."""
    from ..features import FeatureTable

    table = FeatureTable.read_parquet(path)
    people = list(dict.fromkeys(table.subjects))
    about = {
        "kind": "feature-table",
        "n_windows": len(table),
        "n_subjects": len(people),
        "window_s": table.window_s,
        "modalities": {name: len(columns) for name, columns in table.modalities.items()},
        "targets": {
            str(name): {str(label): int(n) for label, n in column.value_counts().items()}
            for name, column in table.targets.items()
        },
        "missing_share": float(table.X.isna().to_numpy().mean()) if table.X.size else None,
        "subjects": people,
        "errors": table.errors,
        "config": table.config,
    }
    tell(out, f"{len(table)} windows of {number(table.window_s, 0)} s of {len(people)} people")
    features = ", ".join(f"{name} {n}" for name, n in about["modalities"].items())
    tell(out, f"features: {features}; {number(100 * (about['missing_share'] or 0), 1)} % missing")
    for name, counts in about["targets"].items():
        out.print(f"{name}: {', '.join(f'{label} ({n})' for label, n in counts.items())}")
    return about


def _corpus(path, settings, out):
    """Tell of a corpus, or of a single recording, by loading it."""
    from .._progress import progress_reporter

    corpus = read(path, settings)
    recordings = []
    with progress_reporter(wants_progress(), "reading") as report:
        for done, recording in enumerate(corpus.load_all(), start=1):
            recordings.append(recording.describe())
            if report is not None:
                report(done, len(corpus), recording.name)
    if not recordings:
        raise UnreadableDataError(f"none of the {len(corpus)} recordings can be read; the first: {corpus.errors[0]}")
    people = len({recording["subject"] for recording in recordings})
    tell(out, f"{corpus.name}: {len(recordings)} recordings of {people} people")
    out.print(_streams(recordings))
    labels = dict.fromkeys(label for recording in recordings for label in recording["labels"])
    n_events = sum(recording["n_events"] for recording in recordings)
    tell(out, f"labels: {', '.join(labels) or 'none'}; {n_events} events")
    for note in corpus.notes:
        tell(out, f"note: {note}")
    return {"kind": "corpus", **corpus.describe(), "recordings": recordings}


def _streams(recordings):
    """The streams across recordings as a table."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from ..report import tables

    grid = Table(box=box.SIMPLE_HEAD)
    columns = {
        "name": "stream", "rate": "Hz", "unit": "unit", "channels": "channels", "n": "in",
        "duration": "length", "gaps": "gaps", "missing": "missing", "missing_worst": "worst",
    }  # fmt: skip
    for key, title in columns.items():
        grid.add_column(title, justify="left" if key in ("name", "unit") else "right")
    for row in tables.streams(recordings):
        grid.add_row(*(escape(str(row[key])) for key in columns))
    return grid
