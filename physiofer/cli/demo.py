"""`physiofer demo`: simulated people, from recordings to a report, with nothing to bring."""

import warnings
from typing import Annotated

import typer

from ..exceptions import QualityWarning
from .options import Jobs, Json
from .output import check_outputs, console, n_cores, tell
from .settings import DEFAULTS
from .steps import evaluate_table, extract_table, tell_scores, write_outcome

__all__ = ["demo"]


def demo(
    subjects: Annotated[int, typer.Option(min=2, max=1000, help="How many people to simulate.")] = 16,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of everything that is random.")] = 0,
    report: Annotated[str, typer.Option(help="The report to write.", metavar="FILE")] = "physiofer-demo.html",
    json: Json = None,
    jobs: Jobs = None,
):
    """Simulate people, evaluate across them and write a report: the whole path with nothing to bring."""
    check_outputs(report=report, json=json)
    from .. import datasets

    settings = {
        **DEFAULTS,
        "target": "stress",
        "models": ["svm", "logistic"],
        "fusions": ["early", "late"],
        "seed": seed,
    }
    jobs = jobs or n_cores()
    corpus = datasets.simulate_corpus(subjects, seed=seed)
    with warnings.catch_warnings():
        # The faults of the simulated sensors are part of the show: the report lists them.
        warnings.simplefilter("ignore", QualityWarning)
        table = extract_table(corpus, settings, targets=["stress"], jobs=jobs)
    result = evaluate_table(table, settings, corpus=corpus.name, jobs=jobs).to_dict()
    result["config"] = {**settings, "subjects": subjects}
    result["command"] = f"physiofer demo --subjects {subjects} --seed {seed}"
    write_outcome(result, json_path=json, report_path=report)
    out = console(json)
    tell_scores(result, out)
    tell(out, f"Wrote the report: {report}")
