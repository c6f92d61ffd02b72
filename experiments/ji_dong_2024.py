"""Tables 3 and 4 of Ji & Dong (2024) under two protocols: random windows, as published, and people never seen.

Table 3 sets the network with one task against that with two; Table 4 tries the weight beta of the heart-rate loss. To
these come the two ways of learning the weight while training. Every row is scored twice: over random windows, where
windows of one person are learnt from and tested on, and leaving one person out. The difference is what a face that is
known gives away.

With a corpus (a folder that physiofer.crnn.FaceFolder reads, with a column of labels):

    python experiments/ji_dong_2024.py FOLDER --target valence --json result.json

With DEAP or MAHNOB-HCI as they are downloaded; faces are cropped once, into a folder of your own (see deap_films and
mahnob_films of physiofer.datasets for what must be there):

    python experiments/ji_dong_2024.py DEAP --crops DEAP-crops --target valence --cut 5 --json result.json

Without, on films of drawn faces, in some minutes on two cores:

    python experiments/ji_dong_2024.py --json result.json
"""

import argparse
import json
import sys
import time
from pathlib import Path

from sklearn.model_selection import KFold

from physiofer.crnn.classifier import CRNNClassifier
from physiofer.crnn.films import write_face_folder_from_films
from physiofer.crnn.folder import FaceFolder
from physiofer.crnn.rows import RowsClassifier, SharedWindows
from physiofer.datasets import deap_films, mahnob_films
from physiofer.datasets.face_sequences import simulate_face_sequences
from physiofer.evaluation import cross_subject_evaluate
from physiofer.exceptions import PhysioferError, UnreadableDataError

BETAS = (0.0, 0.001, 0.01, 0.1, 1.0)  # of Table 4
TABLES = ("3", "4", "weights")
PATHS = ("corpus", "crops", "json")  # of which the result holds the last part only


def parse(arguments):
    """The options of a command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", help="face sequences, DEAP or MAHNOB-HCI; drawn faces if left out")
    parser.add_argument("--crops", help="folder for the faces of DEAP or MAHNOB-HCI; what is there already is kept")
    parser.add_argument("--window-s", type=float, default=4.0, help="seconds of a window of --crops (default 4)")
    parser.add_argument("--rate", type=float, default=8.0, help="frames a second of --crops, or drawn (default 8)")
    parser.add_argument("--target", help="column of labels; needed if there are several")
    parser.add_argument("--cut", type=float, help="ratings above it are 1, such as 5 for ratings of 1 to 9")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--folds", type=int, default=5, help="of the random windows (default 5)")
    parser.add_argument("--epochs", type=int, default=15, help="default 15, as in the paper")
    parser.add_argument(
        "--batch-size", type=int, help="default 64, as in the paper; 8 for the drawn faces, which are few"
    )
    parser.add_argument(
        "--learning-rate", type=float, help="default 0.001, as in the paper; 0.0004 for the drawn faces"
    )
    parser.add_argument(
        "--normalisation", choices=("none", "pulse"), help="default none, as in the paper; pulse if drawn"
    )
    parser.add_argument("--backend", choices=("numpy", "torch"), default="numpy")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--jobs", type=int, default=1, help="fits at a time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--people", type=int, default=6, help="drawn people (default 6)")
    parser.add_argument("--windows", type=int, default=16, help="windows of each (default 16)")
    parser.add_argument("--per-trial", type=int, default=4, help="windows of a film, with one label (default 4)")
    parser.add_argument("--frames", type=int, default=8, help="frames of a window (default 8)")
    parser.add_argument("--size", type=int, default=32, help="pixels of a drawn frame (default 32; the paper has 64)")
    parser.add_argument("--effect", type=float, default=1.0, help="how much drawn people let see (default 1)")
    parser.add_argument("--json", help="file for the result")
    return parser.parse_args(arguments)


def read_corpus(options):
    """Windows, labels, heart rates and people, and the name of the target."""
    if options.corpus is None:
        faces = simulate_face_sequences(
            options.people, n_windows=options.windows, windows_per_trial=options.per_trial, n_frames=options.frames,
            rate=options.rate, size=options.size, effect=options.effect, motion=0.2, face_size=0.95, seed=options.seed,
        )  # fmt: skip
        return faces.frames, faces.emotion, faces.heart_rate_bpm, faces.subjects, "emotion"
    folder = open_corpus(options)
    targets = folder.targets
    name = options.target or (next(iter(targets)) if len(targets) == 1 else None)
    if name not in targets:
        raise SystemExit(f"--target must be one of {', '.join(targets)}.")
    if folder.heart_rate_bpm is None:
        raise SystemExit("windows.csv has no heart_rate_bpm: there is no second task.")
    is_rated = folder.table[name].notna().to_numpy()
    if not is_rated.all():
        sys.stderr.write(f"{(~is_rated).sum()} of {len(folder)} windows have no {name} and are left out.\n")
        folder = FaceFolder(folder.path, rows=is_rated)
    labels = folder.targets[name]
    if options.cut is not None:
        if labels.dtype.kind not in "iuf":
            raise SystemExit(f"--cut is for ratings; {name} has {labels[0]!r}.")
        labels = (labels > options.cut).astype(int)
    return folder, labels, folder.heart_rate_bpm, folder.subjects, name


def open_corpus(options):
    """The face sequences of a corpus; those of films are cropped first, where that has not been done."""
    if (Path(options.corpus) / "windows.csv").is_file():
        return FaceFolder(options.corpus)
    films = corpus_films(options.corpus)
    if options.crops is None:
        raise SystemExit("films need a folder for the faces that are cropped out of them: --crops DIR.")
    return write_face_folder_from_films(
        options.crops, films, window_s=options.window_s, rate=options.rate, n_jobs=options.jobs, progress=True
    )


def corpus_films(path):
    """The films of DEAP or MAHNOB-HCI, whichever it is."""
    reasons = ["There is no windows.csv of face sequences."]
    for name, films_of in (("DEAP", deap_films), ("MAHNOB-HCI", mahnob_films)):
        try:
            return films_of(path)
        except UnreadableDataError as error:
            reasons.append(f"{name}: {error}")
    raise SystemExit("\n".join(reasons))


def chosen(given, usual):
    """What was given, or what is usual."""
    return usual if given is None else given


def candidates(options, windows, heart_rate):
    """Name to (classifier of rows, tables it belongs to)."""
    drawn = options.corpus is None
    base = {
        "n_epochs": options.epochs, "batch_size": chosen(options.batch_size, 8 if drawn else 64),
        "learning_rate": chosen(options.learning_rate, 4e-4 if drawn else 1e-3), "backend": options.backend,
        "normalisation": options.normalisation or ("pulse" if drawn else "none"),
        "device": options.device,
    }  # fmt: skip
    found = {}
    if "3" in options.tables:
        found["single task"] = RowsClassifier(CRNNClassifier(**base), windows)
    betas = BETAS if "4" in options.tables else (0.01,)
    for beta in betas:
        found[f"two tasks, beta {beta:g}"] = RowsClassifier(CRNNClassifier(**base, beta=beta), windows, heart_rate)
    if "weights" in options.tables:
        for kind in ("uncertainty", "gradnorm"):
            model = CRNNClassifier(**base, task_weighting=kind)
            found[f"two tasks, {kind}"] = RowsClassifier(model, windows, heart_rate)
    return found


def run(options, told=None):
    """Every candidate under both protocols: a list of dicts, one of each candidate."""
    X, labels, heart_rate, subjects, target = read_corpus(options)
    if len(set(labels)) != 2 or len(set(subjects)) < 2:
        n_classes, n_people = len(set(labels)), len(set(subjects))
        raise SystemExit(f"{target} has {n_classes} classes of {n_people} people; it takes 2 of 2 or more. See --cut.")
    if not 2 <= options.folds <= len(labels):
        raise SystemExit(f"--folds {options.folds} must be 2 to {len(labels)}, the number of windows.")
    windows = SharedWindows(X)
    models, table = candidates(options, windows, heart_rate), windows.table()
    random = list(KFold(options.folds, shuffle=True, random_state=options.seed).split(table))
    rows = [{"model": name, "target": target} for name in models]
    for protocol, split in (("random", random), ("loso", "loso")):
        evaluation = cross_subject_evaluate(
            models, table, labels, subjects, protocol=split, importance=False, n_jobs=options.jobs,
            random_state=options.seed, target=target, leakage="ignore" if protocol == "random" else "warn",
            progress=told,
        )  # fmt: skip
        for row in rows:
            row[protocol] = scores(evaluation, row["model"])
    return rows


def scores(evaluation, name):
    """Accuracy over windows, and balanced accuracy over people with its interval."""
    predictions = evaluation.predictions
    own = predictions[predictions["pipeline"] == name]
    summary = evaluation.summary().set_index("pipeline").loc[name]
    return {
        "accuracy": float((own["predicted"] == own["y"]).mean()),
        "balanced_accuracy": float(summary["balanced_accuracy"]),
        "low": float(summary["balanced_accuracy_low"]), "high": float(summary["balanced_accuracy_high"]),
    }  # fmt: skip


def as_text(rows):
    """The table as lines of text."""
    lines = [f"{'':28}{'random windows':>16}{'people unseen':>16}{'  difference':>13}   balanced, people unseen"]
    for row in rows:
        random, unseen = row["random"], row["loso"]
        lines.append(
            f"{row['model']:28}{random['accuracy']:16.3f}{unseen['accuracy']:16.3f}"
            f"{random['accuracy'] - unseen['accuracy']:13.3f}   {unseen['balanced_accuracy']:.3f} "
            f"({unseen['low']:.3f} to {unseen['high']:.3f})"
        )
    return "\n".join(lines)


def main(arguments=None):
    """Run the experiment and print its table."""
    options = parse(arguments)
    if options.json is not None and not Path(options.json).absolute().parent.is_dir():
        raise SystemExit(f"--json {options.json}: there is no such folder.")
    started = time.perf_counter()

    def told(done, total, label):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done}/{total} {label:60}")

    try:
        rows = run(options, told)
    except PhysioferError as error:
        raise SystemExit(f"{error}") from error
    sys.stdout.write(f"Accuracy\n{as_text(rows)}\n{time.perf_counter() - started:.0f} s\n")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            about = {key: Path(value).name if key in PATHS and value else value for key, value in vars(options).items()}
            json.dump({"rows": rows, "options": about}, file, indent=1)


if __name__ == "__main__":
    main()
