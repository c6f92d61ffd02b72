"""How the multi-task network learns emotion and heart rate of drawn faces, told on people that it has never seen.

    python benchmarks/crnn_learns.py [--people 560] [--unseen 40] [--epochs 4] [--threads 2] [--json result.json]

Windows are rendered first, which is not counted. Then the seconds of training and the losses after each epoch, and, of
people kept apart, accuracy and root mean square error of heart rate; beside it the error of telling everybody the mean
rate. The last word is a digest of the weights: a second run with the same seed and threads ends at the same.
"""

import argparse
import hashlib
import json
import os
import sys
import time


def parse():
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=560, help="to learn from (default 560)")
    parser.add_argument("--unseen", type=int, default=40, help="to be judged by (default 40)")
    parser.add_argument("--windows", type=int, default=2, help="of each (default 2)")
    parser.add_argument("--frames", type=int, default=16, help="of each window (default 16)")
    parser.add_argument("--rate", type=float, default=6.0, help="frames a second (default 6)")
    parser.add_argument("--size", type=int, default=64, help="pixels (default 64)")
    parser.add_argument("--effect", type=float, default=2.0, help="how much is shown (default 2)")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=6e-4)
    parser.add_argument("--beta", type=float, default=0.1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0, help="of the network")
    parser.add_argument("--corpus-seed", type=int, default=1, help="of the people")
    parser.add_argument("--json", help="file for the result")
    return parser.parse_args()


def films(options):
    """Faces of all people, those unseen last."""
    from physiofer.datasets.face_sequences import simulate_face_sequences

    return simulate_face_sequences(
        options.people + options.unseen, n_windows=options.windows, n_frames=options.frames, rate=options.rate,
        size=options.size, effect=options.effect, motion=0.2, face_size=0.95, seed=options.corpus_seed,
    )  # fmt: skip


def main():
    """Train, and tell."""
    options = parse()
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)  # before NumPy starts
    import numpy as np

    from physiofer.crnn import CRNNClassifier

    started = time.perf_counter()
    faces = films(options)
    n_learnt = options.people * options.windows
    learnt, unseen = slice(n_learnt), slice(n_learnt, None)
    rates = faces.heart_rate_bpm
    sys.stdout.write(
        f"{n_learnt} windows of {options.people} people, rendered in {time.perf_counter() - started:.0f} s\n"
        "epoch  training s  emotion  heart rate bpm\n"
    )
    model = CRNNClassifier(
        n_epochs=options.epochs, batch_size=options.batch_size, learning_rate=options.learning_rate, schedule="cosine",
        beta=options.beta, random_state=options.seed,
    )  # fmt: skip
    started, curve = time.perf_counter(), []

    def told(done, total, text):
        if done * options.epochs // total > len(curve):
            curve.append(time.perf_counter() - started)

    model.progress = told
    model.fit(faces.frames[learnt], faces.emotion[learnt], heart_rate=rates[learnt])
    found = {
        "training_s": time.perf_counter() - started,
        "accuracy": model.score(faces.frames[unseen], faces.emotion[unseen]),
    }
    errors = model.predict_heart_rate(faces.frames[unseen]) - rates[unseen]
    found["heart_rate_rmse_bpm"] = float(np.sqrt(np.mean(errors**2)))
    found["of_the_mean_rate_bpm"] = float(np.sqrt(np.mean((rates[unseen] - rates[learnt].mean()) ** 2)))
    weights = b"".join(values.tobytes() for values in model.network_.state_dict().values())
    found["weights"] = hashlib.sha256(weights).hexdigest()[:16]
    for k, seconds in enumerate(curve):
        emotion, error = (model.history_[name][k] for name in ("emotion", "heart_rate"))
        sys.stdout.write(f"{k + 1:5}{seconds:12.0f}{emotion:9.3f}{error:16.2f}\n")
    sys.stdout.write(
        f"{options.unseen} people unseen: accuracy {found['accuracy']:.3f}, heart rate within "
        f"{found['heart_rate_rmse_bpm']:.2f} bpm (rms; {found['of_the_mean_rate_bpm']:.1f} by the mean rate), "
        f"after {found['training_s']:.0f} s of training; weights {found['weights']}\n"
    )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(found | {"options": vars(options), "history": model.history_}, file, indent=1)


if __name__ == "__main__":
    main()
