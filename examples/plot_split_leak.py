"""
How much does a random split flatter?
=====================================

Windows of one person resemble each other, and windows of one trial even more. If windows are dealt to training and test
at random, the model is tested on people, trials and even seconds it has seen. The same features, the same classifier,
two ways to split.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import KFold

from physiofer import datasets, pipeline
from physiofer.evaluation import check_leakage, cross_subject_evaluate, leave_one_subject_out
from physiofer.exceptions import LeakageWarning, QualityWarning

# %%
# Simulated people with a label that says nothing about the signals: ``effect=0``. One half is the honest score.
warnings.simplefilter("ignore", QualityWarning)  # some of their sensors fail, as sensors do
corpus = datasets.simulate_corpus(n_subjects=10, seed=4, effect=0.0)
table = pipeline.extract(corpus, targets=["stress"], window_s=60, step_s=15)
y = table.targets["stress"]

# %%
# What the leak guard says of a random split. Left alone, ``cross_subject_evaluate`` refuses it.
random_splits = list(KFold(10, shuffle=True, random_state=0).split(table.X))
about = {"trials": table.trials, "recordings": table.recordings, "start_s": table.start_s, "window_s": table.window_s}
for finding in check_leakage(table.X, y, table.subjects, splits=random_splits, **about):
    if finding.severity == "error":
        print(finding)

# %%
# Both scores, with the guard told to warn only.
warnings.simplefilter("ignore", LeakageWarning)
scores = {}
for name, splits in {"random split": random_splits, "people apart": leave_one_subject_out(table.subjects)}.items():
    evaluation = cross_subject_evaluate(
        {"random forest": pipeline.make_classifier("rf", "early")}, table.X, y, table.subjects, protocol=splits,
        leakage="warn", importance=False, **about,
    )  # fmt: skip
    scores[name] = evaluation.subjects["balanced_accuracy"].to_numpy()
    print(f"{name}: mean balanced accuracy {scores[name].mean():.2f}")

figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
for place, values in enumerate(scores.values()):
    jitter = np.linspace(-0.12, 0.12, values.size)
    axes.plot(place + jitter, np.sort(values), "o", alpha=0.7)
    axes.hlines(values.mean(), place - 0.2, place + 0.2, color="black")
axes.axhline(0.5, color="0.6", linestyle="--")
axes.text(0.5, 0.5, "chance", ha="center", va="bottom", color="0.4")
axes.set(xticks=range(2), xticklabels=scores, ylabel="balanced accuracy, one dot per person", ylim=(0, 1.05))
plt.show()
