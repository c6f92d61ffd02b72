"""Simulated people written to disk as Empatica's site hands recordings out, with a label table beside them."""

import numpy as np
import pandas as pd

from physiofer.datasets.synthetic import simulate_person

START_UNIX_S = 1_650_000_000.0
_FILES = {"bvp": "BVP.csv", "eda": "EDA.csv", "temperature": "TEMP.csv", "acceleration": "ACC.csv"}


def write_empatica_corpus(folder, n_subjects=4, *, seed=0, n_trials=4, trial_s=120.0, labels="sample"):
    """Write E4 folders S01, S02, … and ``labels.csv`` (one row per second, or per interval); return the folder."""
    rows = []
    for index in range(n_subjects):
        recording, _ = simulate_person(index, seed=seed, n_trials=n_trials, trial_s=trial_s, missing=False)
        subject, start = f"S{index + 1:02d}", START_UNIX_S + 10_000.0 * index
        place = folder / subject
        place.mkdir(parents=True)
        for name, stream in recording.streams.items():
            write_sensor(place / _FILES[name], stream, start)
        (place / "tags.csv").write_text("".join(f"{start + onset:.2f}\n" for onset in recording.events["onset_s"]))
        for event in recording.events.itertuples():
            first = start + event.onset_s
            if labels == "sample":
                seconds = first + np.arange(int(event.duration_s))
                rows += [{"subject": subject, "time_unix_s": int(t), "stress": event.stress} for t in seconds]
            else:
                stop = first + event.duration_s
                rows.append({"subject": subject, "start_unix_s": first, "stop_unix_s": stop, "stress": event.stress})
    pd.DataFrame(rows).to_csv(folder / "labels.csv", index=False)
    return folder


def write_sensor(path, stream, start):
    """One sensor file: start and rate once per axis, then a line per sample; acceleration in 1/64 g."""
    n_axes = stream.n_channels
    values = np.rint(64.0 * stream.values).astype(int) if stream.kind == "acceleration" else stream.values.round(6)
    head = [", ".join([f"{start:.6f}"] * n_axes), ", ".join([f"{stream.rate:.6f}"] * n_axes)]
    lines = [",".join(map(str, sample)) for sample in values.T.tolist()]
    path.write_text("\n".join([*head, *lines]) + "\n")
