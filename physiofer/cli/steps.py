"""The steps that several commands take: read, extract, evaluate, tell."""

from pathlib import Path

from .output import STDOUT, number, wants_progress, write_json, write_text
from .settings import find_labels

__all__ = ["config_beside", "evaluate_table", "extract_table", "read", "tell_scores", "write_outcome"]


def read(corpus, settings):
    """Read the corpus that a command was given.

    Parameters
    ----------
    corpus : str
        The folder.
    settings : dict
        As resolved.

    Returns
    -------
    Corpus
    """
    from .. import datasets

    options = {} if settings["rate"] is None else {"rate": settings["rate"]}
    labels = find_labels(settings["labels"], corpus)
    options |= {name: settings[name] for name in ("videos", "video_start_s")}
    return datasets.read_corpus(corpus, format=settings["format"], labels=labels, **options)


def extract_table(recordings, settings, *, targets=None, cache=None, jobs=1):
    """Turn a corpus into a feature table.

    Parameters
    ----------
    recordings : Corpus
    settings : dict
        As resolved.
    targets : list of str, optional
        Labels to carry; all by default.
    cache : str, optional
        Folder of the cache.
    jobs : int
        Processes.

    Returns
    -------
    FeatureTable
    """
    from .. import pipeline

    names = ("modalities", "window_s", "step_s", "within", "purity")
    options = {name: settings[name] for name in names if settings[name] is not None}
    return pipeline.extract(recordings, targets=targets, cache=cache, n_jobs=jobs, progress=wants_progress(), **options)


def evaluate_table(table, settings, *, corpus, jobs):
    """Evaluate the pipelines that the settings ask for.

    Parameters
    ----------
    table : FeatureTable
    settings : dict
        As resolved.
    corpus : str
        Its name, for the report.
    jobs : int
        Processes.

    Returns
    -------
    Evaluation
    """
    from .. import pipeline

    names = ("models", "fusions", "protocol", "n_splits", "normalise", "leakage")
    return pipeline.evaluate(
        table,
        settings["target"],
        corpus=corpus,
        random_state=settings["seed"],
        n_jobs=jobs,
        progress=wants_progress(),
        **{name: settings[name] for name in names},
    )


def config_beside(json_path, report_path):
    """Where the resolved configuration goes: beside the result, or beside the report where there is no result file.

    Parameters
    ----------
    json_path, report_path : str or None
        As given.

    Returns
    -------
    pathlib.Path or None

    Examples
    --------
    >>> config_beside("-", "out/stress.html").as_posix()
    'out/stress.config.toml'
    """
    for path in (json_path, report_path):
        if path is not None and path != "-":
            return Path(path).with_suffix(".config.toml")
    return None


def write_outcome(result, *, json_path, report_path, config=None):
    """Write a result, its report and its configuration, whichever are wanted.

    Parameters
    ----------
    result : dict
        As `Evaluation.to_dict` gives it.
    json_path, report_path : str or None
        Files.
    config : dict, optional
        Settings to store beside the result.

    Returns
    -------
    list of str
        The files that were written.
    """
    written = [path for path in (json_path, report_path) if path not in (None, STDOUT)]
    write_json(result, json_path)
    if report_path is not None:
        from ..report import write_report

        write_report(result, report_path)
    beside = config_beside(json_path, report_path)
    if config is not None and beside is not None:
        from ..report import to_toml

        write_text(to_toml(config), beside, name="--config")
        written.append(str(beside))
    return written


def tell_scores(result, console):
    """Print the pipelines as a table, best first, with chance below.

    Parameters
    ----------
    result : dict
        As `Evaluation.to_dict` gives it.
    console : rich.console.Console
        Where to.
    """
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from ..report import words

    title = f"{result['target']}: {words.protocol_name(result['protocol'])}, {result['n_subjects']} people"
    table = Table(title=escape(title), title_justify="left", box=box.SIMPLE_HEAD)
    for name, side in (("model", "left"), ("fusion", "left"), ("balanced\naccuracy", "right"), ("interval", "right"),
                       ("AUC", "right"), ("above chance", "right")):  # fmt: skip
        table.add_column(name, justify=side, no_wrap=True)
    entries = sorted(result["pipelines"], key=lambda entry: -(entry["balanced_accuracy"]["mean"] or 0.0))
    for place, entry in enumerate(entries):
        score, auc = entry["balanced_accuracy"], entry["auc"]
        n_above, n_scored = words.above_chance(entry, result["chance"] or 0.0)
        table.add_row(
            escape(words.model_name(entry["model"])), escape(entry["fusion"] or "-"), number(score["mean"]),
            f"{number(score['low'])} - {number(score['high'])}", number(auc["mean"]), f"{n_above} of {n_scored}",
            style="bold" if place == 0 else None,
        )  # fmt: skip
    console.print(table)
    low, high = result["chance_interval"]
    majority = f"always “{result['majority_class']}” has accuracy {number(result['majority'])}"
    console.print(escape(f"chance {number(result['chance'])} ({number(low)} - {number(high)}); {majority}"))
    if any(entry["normalise"] == "subject" for entry in entries):
        console.print("normalised by subject: transductive, every person's own unlabelled windows were used")
    errors = (result.get("inputs") or {}).get("errors") or []
    if errors:
        names = [error.get("recording") or error["message"] for error in errors]
        console.print(escape(f"left out, unreadable: {words.listed(names)}"), style="yellow", soft_wrap=True)
    for finding in result["leakage"]:
        if finding["severity"] == "error":
            console.print(f"leak: {escape(finding['message'])}", style="bold red", soft_wrap=True)
