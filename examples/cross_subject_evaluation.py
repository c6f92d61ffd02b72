"""
From a folder of recordings to an honest score on people the model has never seen
=================================================================================

Run it on a folder with one Empatica folder (or zip archive, or table) per person and a table of labels::

    python cross_subject_evaluation.py recordings/ --labels recordings/labels.csv --target stress

Without a folder it simulates people, so that it can be tried at once.
"""

import argparse

from physiofer import datasets, pipeline
from physiofer.evaluation import Candidate, cross_subject_evaluate


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("corpus", nargs="?", help="folder with one recording per person; simulated people without it")
    parser.add_argument("--labels", help="table of labels: subject, time_unix_s (or start_s, stop_s), one per column")
    parser.add_argument("--target", default="stress", help="the label to predict")
    parser.add_argument("--window", type=float, default=60.0, help="length of a window in seconds")
    parser.add_argument("--step", type=float, default=30.0, help="from start to start of windows, in seconds")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--cache", help="folder that keeps the features for the next run")
    parser.add_argument("--importance", action="store_true", help="also say what each modality is worth; takes longer")
    parser.add_argument("--report", default="report.html", help="the report to write")
    options = parser.parse_args()

    # 1. Recordings. They are not loaded yet: one at a time is, inside `extract`.
    if options.corpus:
        corpus = datasets.read_corpus(options.corpus, labels=options.labels)
    else:
        corpus = datasets.simulate_corpus(n_subjects=12, seed=0)

    # 2. Features: slow, parallel, cached. A recording that cannot be read is reported and does not stop the others.
    table = pipeline.extract(
        corpus, window_s=options.window, step_s=options.step, targets=[options.target], n_jobs=options.jobs,
        cache=options.cache,
    )  # fmt: skip
    print(table)
    for error in table.errors:
        print("left out:", error["recording"], error["message"])

    # 3. Two pipelines. Anything with fit and predict_proba will do; these come with physiofer.
    pipelines = [
        Candidate("svm", "early", pipeline.make_classifier("svm", "early")),
        Candidate("rf", "late", pipeline.make_classifier("rf", "late", weights="quality")),
    ]

    # 4. Every person is tested by models that saw only the others. The leak guard refuses what would not be honest.
    evaluation = cross_subject_evaluate(
        pipelines, table.X, table.targets[options.target], table.subjects, trials=table.trials,
        recordings=table.recordings, start_s=table.start_s, window_s=table.window_s, target=options.target,
        n_jobs=options.jobs, importance=options.importance,
        context={"inputs": {"corpus": corpus.name, "recordings": table.sources}},
    )  # fmt: skip

    # 5. What came out, beside what guessing gives.
    columns = ["pipeline", "balanced_accuracy", "balanced_accuracy_low", "balanced_accuracy_high", "chance", "majority"]
    print(evaluation.summary()[columns].round(3).to_string(index=False))
    for finding in evaluation.findings:
        print(finding)
    evaluation.to_html(options.report)
    print("wrote", options.report)


if __name__ == "__main__":
    main()
