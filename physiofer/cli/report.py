"""`physiofer report`: a result file to a page."""

from pathlib import Path
from typing import Annotated

import typer

from ..exceptions import InvalidArgumentError, UnreadableDataError
from .options import Json
from .output import check_outputs, console, tell, write_json, write_text

__all__ = ["report"]


def report(
    result: Annotated[str, typer.Argument(help="Result file of 'physiofer evaluate --json'.", metavar="RESULT")],
    out: Annotated[
        str | None, typer.Option(help="The page to write. (default RESULT with the ending .html)", metavar="FILE")
    ] = None,
    json: Json = None,
):
    """Lay a result out as one self-contained HTML page."""
    out = str(Path(result).with_suffix(".html")) if out is None and Path(result).name else out
    check_outputs(result, out=out, json=json)
    from ..evaluation import Evaluation
    from ..report import render_report

    content = Evaluation.from_json(result).to_dict()
    try:
        page = render_report(content)
    except InvalidArgumentError as error:
        raise UnreadableDataError(f"{result} is not laid out as a result: {error}") from error
    write_text(page, out, name="--out")
    write_json(_summary(content, out), json)
    tell(console(json), f"Wrote {out}")


def _summary(result, out):
    """What was laid out, as plain data."""
    names = ("target", "protocol", "n_subjects")
    return {
        "format": "physiofer-report",
        "format_version": 1,
        "report": Path(out).name,
        **{name: result.get(name) for name in names},
        "n_pipelines": len(result["pipelines"]),
    }
