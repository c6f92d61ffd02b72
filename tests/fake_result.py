"""A made-up result of the size of a real one, for the tests of the report and of the command line.

Nothing here comes from physiofer: it is the result's format written down a second time.
"""

import numpy as np

MODELS = ("svm", "rf", "xgboost")
FUSIONS = ("early", "late", "stacked")
MODALITIES = {"cardiac": 14, "eda": 12, "temperature": 4, "motion": 6}
STREAMS = (
    ("bvp", "ppg", 64.0, "a.u.", 1),
    ("eda", "eda", 4.0, "uS", 1),
    ("temp", "temperature", 4.0, "degC", 1),
    ("acc", "acceleration", 32.0, "g", 3),
    ("hr", "heart_rate", 1.0, "bpm", 1),
    ("ibi", "rr", 0.0, "s", 1),
)


def make(n_subjects=20, models=MODELS, fusions=FUSIONS, normalise=("none",), classes=("0", "1"), seed=0):
    """A result with every key filled."""
    rng = np.random.default_rng(seed)
    subjects = [f"S{number:02d}" for number in range(2, n_subjects + 2)]
    entries = [
        _pipeline(rng, subjects, model, fusion, how, len(classes))
        for how in normalise
        for model in models
        for fusion in fusions
    ]
    counts = (70 * n_subjects, 33 * n_subjects, 9)
    return {
        "format": "physiofer-evaluation",
        "format_version": 1,
        "target": "stress",
        "classes": list(classes),
        "protocol": "loso",
        "protocol_sentence": f"Each of the {n_subjects} people was left out in turn: the models learned from all the "
        "others and were scored on the one they had never met.",
        "n_subjects": n_subjects,
        "n_recordings": n_subjects,
        "n_windows": 103 * n_subjects,
        "n_features": sum(MODALITIES.values()),
        "modalities": dict(MODALITIES),
        "class_counts": dict(zip(classes, counts, strict=False)),
        "majority": 0.68,
        "majority_class": classes[0],
        "chance": 1 / len(classes),
        "chance_interval": [1 / len(classes) - 0.022, 1 / len(classes) + 0.022],
        "pipelines": entries,
        "comparisons": [
            _comparison("svm/late", "xgboost/early", (0.01, -0.01, 0.03), 0.2, 0.4),
            _comparison("svm/early", "svm/late", (-0.021, -0.04, -0.002), 0.005, 0.01),
        ],
        "subjects": subjects,
        "leakage": [],
        "inputs": _inputs(rng, subjects),
        "versions": {"physiofer": "0.1.0", "python": "3.11.9", "numpy": "2.4.0", "scikit-learn": "1.9.0"},
        "seed": 0,
        "command": "physiofer evaluate stress-predict --config out.config.toml",
        "config": {
            "target": "stress",
            "format": "empatica",
            "window_s": 60.0,
            "step_s": 30.0,
            "models": list(models),
            "fusions": list(fusions),
            "normalise": normalise[0],
            "seed": 0,
        },
    }


def _comparison(first, second, difference, p_value, p_holm):
    return {
        "a": first,
        "b": second,
        "metric": "balanced_accuracy",
        "difference": dict(zip(("mean", "low", "high"), difference, strict=True)),
        "p_value": p_value,
        "p_holm": p_holm,
    }


def _interval(rng, mean, width=0.08):
    return {"mean": float(mean), "low": float(mean - width / 2), "high": float(mean + width / 2)}


def _pipeline(rng, subjects, model, fusion, normalise, n_classes):
    skill = 0.66 + 0.07 * rng.random() + 0.06 * (normalise == "subject")
    scores = np.clip(rng.normal(skill, 0.11, len(subjects)), 0.3, 1.0)
    confusion = rng.integers(80, 300, (n_classes, n_classes)) + np.diag(rng.integers(400, 900, n_classes))
    features = [f"{name}__feature_{place}" for name, n in MODALITIES.items() for place in range(n)]
    return {
        "model": model,
        "fusion": fusion,
        "normalise": normalise,
        "balanced_accuracy": _interval(rng, scores.mean()),
        "macro_f1": _interval(rng, scores.mean() - 0.02),
        "auc": _interval(rng, scores.mean() + 0.06),
        "accuracy": _interval(rng, scores.mean() + 0.03),
        "p_value": 0.0004 if scores.mean() > 0.6 else 0.2,
        "subjects": {subject: float(score) for subject, score in zip(subjects, scores, strict=True)},
        "confusion": confusion.tolist(),
        "importances": {
            "modality": {name: float(drop) for name, drop in zip(MODALITIES, rng.normal(0.03, 0.03, 4), strict=True)},
            "feature": {name: float(drop) for name, drop in zip(features, rng.normal(0.004, 0.006, 36), strict=True)},
        },
        "fit_seconds": float(rng.uniform(0.5, 9)),
    }


def _inputs(rng, subjects):
    recordings = []
    for place, subject in enumerate(subjects):
        streams = [
            {
                "name": name,
                "kind": kind,
                "rate": rate,
                "unit": unit,
                "n_channels": n_channels,
                "n_times": int(3300 * (rate or 1.1)),
                "duration_s": 3300.0 + place,
                "n_gaps": int(rng.poisson(1.0)),
                "missing_share": float(rng.choice([0.0, 0.0004, 0.03])),
            }
            for name, kind, rate, unit, n_channels in STREAMS
            if not (name == "ibi" and place % 5 == 0)
        ]
        quality = {name: float(value) for name, value in zip(MODALITIES, rng.uniform(0.5, 1, 4), strict=True)}
        recordings.append(
            {
                "subject": subject,
                "session": "1",
                "duration_s": 3300.0 + place,
                "n_events": 7,
                "labels": ["stress"],
                "streams": streams,
                "quality": quality,
            }
        )
    recordings[-1]["quality"]["eda"] = None
    return {"corpus": "stress-predict", "recordings": recordings, "errors": [], "warnings": []}
