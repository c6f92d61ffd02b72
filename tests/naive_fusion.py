"""Fusion, the obvious way: one row, one modality at a time. Imports nothing from physiofer."""

import math

import numpy as np
from sklearn.linear_model import LogisticRegression


def late_vote(votes, weights, present, imputed, prior, missing):
    """Fused probabilities of one row; `votes`, `weights`, `present` and `imputed` map modality to its own."""
    if not any(present.values()):
        return list(prior)
    total, fused = 0.0, [0.0] * len(prior)
    for name in votes:
        vote = votes[name]
        if not present[name]:
            if missing == "renormalise":
                continue
            vote = prior if missing == "prior" else imputed[name]
        total += weights[name]
        for k in range(len(prior)):
            fused[k] += weights[name] * vote[k]
    return [value / total for value in fused] if total > 0 else list(prior)


def sigmoid(score, positive, weight):
    """Platt's slope and intercept by plain logistic regression on each row twice: as positive and as negative."""
    n_positive = sum(w for w, p in zip(weight, positive, strict=True) if p)
    n_negative = sum(w for w, p in zip(weight, positive, strict=True) if not p)
    X, y, weights = [], [], []
    for s, p, w in zip(score, positive, weight, strict=True):
        target = (n_positive + 1) / (n_positive + 2) if p else 1 / (n_negative + 2)
        X += [[s], [s]]
        y += [1, 0]
        weights += [w * target, w * (1 - target)]
    model = LogisticRegression(C=1e12, tol=1e-12, max_iter=10000, solver="newton-cholesky").fit(X, y, weights)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def balanced_accuracy(probability, codes):
    """Mean recall where a row counts for the class whose probability is highest relative to its mean."""
    rows = [i for i in range(len(codes)) if not any(math.isnan(p) for p in probability[i])]
    n_classes = len(probability[0])
    mean = [sum(probability[i][k] for i in rows) / len(rows) for k in range(n_classes)]
    recalls = []
    for k in range(n_classes):
        own = [i for i in rows if codes[i] == k]
        hits = [i for i in own if max(range(n_classes), key=lambda c: probability[i][c] / mean[c]) == k]
        if own:
            recalls.append(len(hits) / len(own))
    return sum(recalls) / len(recalls)


def scaled(train, test):
    """Rows of `test` imputed by the medians of `train`, then standardised by its mean and spread."""
    out = np.empty(np.shape(test))
    for j in range(train.shape[1]):
        column = train[:, j]
        median = float(np.median(column[~np.isnan(column)]))
        filled = [median if math.isnan(value) else value for value in column]
        mean = sum(filled) / len(filled)
        spread = math.sqrt(sum((value - mean) ** 2 for value in filled) / len(filled))
        for i in range(test.shape[0]):
            value = median if math.isnan(test[i, j]) else test[i, j]
            out[i, j] = (value - mean) / spread
    return out


def stacked(blocks, y, folds, estimator, final):
    """Final model's probabilities on the training rows, from out-of-fold and then refitted branches."""
    from sklearn.base import clone

    learned, served = [], []
    for X in blocks:
        out_of_fold = np.full(len(y), np.nan)
        for train, test in folds:
            model = clone(estimator).fit(scaled(X[train], X[train]), y[train])
            out_of_fold[test] = model.predict_proba(scaled(X[train], X[test]))[:, 1]
        learned.append(out_of_fold)
        served.append(clone(estimator).fit(scaled(X, X), y).predict_proba(scaled(X, X))[:, 1])
    learned, served = np.stack(learned, axis=1), np.stack(served, axis=1)
    return clone(final).fit(scaled(learned, learned), y).predict_proba(scaled(learned, served))
