"""
A physiofer transformer inside a scikit-learn pipeline, with no corpus at all
=============================================================================

Raw windows go in, as plain arrays: a minute of pulse wave each, of people at rest or after a run of stairs. The
transformer is a step like any other; `GroupKFold` keeps each person on one side of every split.
"""

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from physiofer.features import HRVFeatures

RATE = 64.0


def pulse_window(rng, beats_per_minute, window_s=60.0):
    """A minute of pulse wave whose heart beats about so often."""
    rr_s = 60.0 / beats_per_minute + 0.03 * rng.standard_normal(int(3 * window_s))
    beats_s = np.cumsum(rr_s)
    times_s = np.arange(0.0, window_s, 1.0 / RATE)
    since_beat_s = times_s - np.concatenate([[-1.0], beats_s])[np.searchsorted(beats_s, times_s)]
    return np.exp(-0.5 * ((since_beat_s - 0.3) / 0.08) ** 2) + 0.02 * rng.standard_normal(times_s.size)


def main():
    rng = np.random.default_rng(0)
    n_people, n_windows = 10, 8
    people = np.repeat(np.arange(n_people), n_windows)
    after_stairs = np.tile([0, 1], n_people * n_windows // 2)
    resting_rate = rng.normal(68.0, 6.0, size=n_people)  # people differ more than the stairs change them
    pace = resting_rate[people] + rng.normal(8.0, 4.0, size=people.size) * after_stairs
    windows = np.stack([pulse_window(rng, beats_per_minute) for beats_per_minute in pace])

    # A minute is too short for some indices: their columns are empty, and are kept so that every fold has the same.
    imputer = SimpleImputer(keep_empty_features=True)
    model = make_pipeline(HRVFeatures(rate=RATE), imputer, StandardScaler(), LogisticRegression(max_iter=1000))
    scores = cross_val_score(model, windows, after_stairs, groups=people, cv=GroupKFold(5), scoring="balanced_accuracy")
    print("windows:", windows.shape)
    print("balanced accuracy on people never seen:", scores.round(2).tolist(), "mean", round(scores.mean(), 2))

    features = HRVFeatures(rate=RATE).set_output(transform="pandas").fit_transform(windows)
    print(features[["mean_nn_ms", "rmssd_ms", "quality"]].head(4).round(2).to_string())


if __name__ == "__main__":
    main()
