"""`physiofer evaluate`: recordings, or a feature table, to honest scores across people."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ..exceptions import InvalidArgumentError
from .options import (
    Cache,
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
from .output import check_outputs, console, n_cores, tell
from .settings import OF_EXTRACTION, names, resolve, shareable
from .steps import (
    config_beside,
    evaluate_table,
    extract_table,
    read,
    tell_scores,
    write_outcome,
)

__all__ = ["evaluate"]

_PANEL = "Evaluation"


def evaluate(
    corpus: Annotated[
        str, typer.Argument(help="Folder of recordings, or a .parquet table of 'physiofer extract'.", metavar="CORPUS")
    ],
    target: Annotated[
        str | None, typer.Option(help="The label to predict.", metavar="NAME", rich_help_panel=_PANEL)
    ] = None,
    format: Format = None,
    labels: Labels = None,
    rate: Rate = None,
    videos: Videos = None,
    video_start: VideoStart = None,
    modalities: Modalities = None,
    window: Window = None,
    step: Step = None,
    within: Within = None,
    purity: Purity = None,
    protocol: Annotated[
        str | None,
        typer.Option(help="loso or group-kfold. (default loso)", metavar="NAME", rich_help_panel=_PANEL),
    ] = None,
    splits: Annotated[
        int | None,
        typer.Option(help="Folds of group-kfold. (default 5)", metavar="N", rich_help_panel=_PANEL),
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(help="Comma-separated. (default svm,rf,xgboost)", metavar="NAMES", rich_help_panel=_PANEL),
    ] = None,
    fusions: Annotated[
        str | None,
        typer.Option(help="Comma-separated. (default early,late,stacked)", metavar="NAMES", rich_help_panel=_PANEL),
    ] = None,
    normalise: Annotated[
        str | None,
        typer.Option(help="none, or subject: transductive, and declared. (default none)", metavar="HOW",
                     rich_help_panel=_PANEL),
    ] = None,
    leakage: Annotated[
        str | None,
        typer.Option(help="On a failed leak check: refuse or warn. (default refuse)", metavar="HOW",
                     rich_help_panel=_PANEL),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Seed of everything that is random. (default 0)", metavar="N", rich_help_panel=_PANEL),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(help="TOML file of these settings; options given here override it.", metavar="FILE",
                     rich_help_panel=_PANEL),
    ] = None,
    report: Annotated[str | None, typer.Option(help="Write an HTML report.", metavar="FILE")] = None,
    json: Json = None,
    jobs: Jobs = None,
    cache: Cache = None,
):  # fmt: skip
    """Score pipelines on people they have never seen.

    The resolved settings are stored beside the result, as FILE.config.toml for --json FILE.json.
    """
    check_outputs(corpus, labels, json=json, report=report, config=config_beside(json, report))
    given = {
        "target": target, "format": format, "labels": labels, "rate": rate, "videos": videos,
        "video_start_s": video_start, "modalities": names(modalities), "window_s": window, "step_s": step,
        "within": within, "purity": purity, "protocol": protocol,
        "n_splits": splits, "models": names(models), "fusions": names(fusions), "normalise": normalise,
        "leakage": leakage, "seed": seed,
    }  # fmt: skip
    settings, chosen = resolve(given, config)
    _check_names(settings)
    jobs = jobs or n_cores()
    if Path(corpus).suffix == ".parquet" and not Path(corpus).is_dir():
        table, settings = _read_table(corpus, settings, chosen, given)
    else:
        recordings = read(corpus, settings)
        if settings["labels"] is None:
            raise InvalidArgumentError("--labels is missing: give the table that says who was in which state when.")
        wanted = None if settings["target"] is None else [settings["target"]]
        table = extract_table(recordings, settings, targets=wanted, cache=cache, jobs=jobs)
    settings["target"] = _target(table, settings["target"])
    stored = shareable(settings, corpus)
    name = Path(corpus).absolute().name
    result = evaluate_table(table, settings, corpus=name, jobs=jobs).to_dict()
    beside = config_beside(json, report)
    result["config"] = stored
    result["command"] = shlex.join(
        ["physiofer", "evaluate", name, "--config", beside.name if beside else "evaluate.toml"]
    )
    written = write_outcome(result, json_path=json, report_path=report, config=stored)
    out = console(json)
    tell_scores(result, out)
    if written:
        tell(out, f"Wrote {', '.join(written)}")


def _check_names(settings):
    """Refuse, before anything long is computed, names and numbers that the evaluation would refuse after it."""
    from .. import pipeline
    from .._validate import check_choice, check_count
    from ..evaluation.findings import POLICIES
    from ..evaluation.leakage import NORMALISATIONS
    from ..evaluation.protocols import PROTOCOLS

    for key, known in (("models", pipeline.MODELS), ("fusions", pipeline.FUSIONS)):
        if not settings[key]:
            raise InvalidArgumentError(f"--{key} names nothing; choose from {', '.join(known)}.")
        for name in settings[key]:
            check_choice(name, name=f"--{key}", choices=known)
    known = {"protocol": PROTOCOLS, "normalise": NORMALISATIONS, "leakage": POLICIES}
    for key, choices in known.items():
        check_choice(settings[key], name=f"--{key}", choices=choices)
    check_count(settings["n_splits"], name="--splits", low=2)
    check_count(settings["seed"], name="--seed", high=2**32 - 1)


def _read_table(path, settings, chosen, given):
    """A feature table, and the settings with those that were fixed when it was extracted."""
    from ..features import FeatureTable

    for name in ("format", "labels", "rate"):
        if given[name] is not None:
            raise InvalidArgumentError(f"--{name} has no effect: {path} is a feature table, which holds its labels.")
    table = FeatureTable.read_parquet(path)
    fixed = {name: table.config.get(name) for name in ("step_s", "within", "purity")}
    fixed |= {"window_s": table.window_s, "modalities": list(table.modalities)}
    for name, value in fixed.items():
        if name in chosen and value is not None and settings[name] != value:
            raise InvalidArgumentError(
                f"{name}={settings[name]!r} does not fit {path}, which was extracted with {value!r}; leave it out, or "
                "extract anew."
            )
    kept = {name: value for name, value in settings.items() if name not in OF_EXTRACTION}
    return table, {**kept, "format": None, "labels": None, "rate": None, **fixed}


def _target(table, target):
    """The target that was asked for, or the only one there is."""
    labels = [str(column) for column in table.targets.columns]
    if target is None and len(labels) == 1:
        return labels[0]
    if target is None:
        known = f"choose from {', '.join(labels)}" if labels else "and there are no labels: give --labels"
        raise InvalidArgumentError(f"--target is needed: {known}.")
    return target
