"""Cross-subject evaluation by plain loops: slow, obvious, and without a line of physiofer."""

import itertools
import math

import numpy as np
from sklearn.base import clone


def leave_one_subject_out(subjects):
    """Pairs of lists of row positions, one per subject in sorted order."""
    pairs = []
    for held_out in sorted(set(subjects)):
        train = [row for row, subject in enumerate(subjects) if subject != held_out]
        test = [row for row, subject in enumerate(subjects) if subject == held_out]
        pairs.append((train, test))
    return pairs


def evaluate(estimator, X, y, subjects):
    """Predictions of leave-one-subject-out and each person's scores, for two classes."""
    classes = sorted(set(y))
    predicted, probability, scores = [None] * len(y), [None] * len(y), {}
    for train, test in leave_one_subject_out(subjects):
        model = clone(estimator).fit(X.iloc[train], [y[row] for row in train])
        answers, chances = model.predict(X.iloc[test]), model.predict_proba(X.iloc[test])
        for row, answer, chance in zip(test, answers, chances, strict=True):
            predicted[row], probability[row] = answer, chance[1]
        truth = [y[row] for row in test]
        scores[subjects[test[0]]] = {
            "balanced_accuracy": balanced_accuracy(truth, list(answers)),
            "macro_f1": macro_f1(truth, list(answers), classes),
            "auc": auc([label == classes[1] for label in truth], list(chances[:, 1])),
            "accuracy": sum(a == b for a, b in zip(truth, answers, strict=True)) / len(truth),
        }
    return predicted, probability, scores


def balanced_accuracy(truth, predicted):
    """Mean share of right answers over the classes there are."""
    shares = []
    for label in sorted(set(truth)):
        answers = [answer for true, answer in zip(truth, predicted, strict=True) if true == label]
        shares.append(sum(answer == label for answer in answers) / len(answers))
    return math.nan if len(shares) < 2 else sum(shares) / len(shares)


def macro_f1(truth, predicted, classes):
    """Mean of 2 TP / (2 TP + FP + FN) over classes that are present or answered."""
    values = []
    for label in classes:
        pairs = list(zip(truth, predicted, strict=True))
        hits = sum(a == label and b == label for a, b in pairs)
        misses = sum((a == label) != (b == label) for a, b in pairs)
        if hits + misses:
            values.append(2 * hits / (2 * hits + misses))
    return sum(values) / len(values)


def auc(positive, score):
    """Share of (positive, negative) pairs in the right order; a tie is half right."""
    right = pairs = 0
    for is_first, first in zip(positive, score, strict=True):
        for is_second, second in zip(positive, score, strict=True):
            if is_first and not is_second:
                pairs += 1
                right += 1.0 if first > second else 0.5 if first == second else 0.0
    return right / pairs if pairs else math.nan


def normalise(columns, subjects):
    """(x - mean) / sd of each list of values within each subject; a constant is 0, None stays None."""
    result = []
    for column in columns:
        done = [None] * len(column)
        for subject in set(subjects):
            rows = [row for row in range(len(column)) if subjects[row] == subject and column[row] is not None]
            if not rows:
                continue
            mean = math.fsum(column[row] for row in rows) / len(rows)
            sd = math.sqrt(math.fsum((column[row] - mean) ** 2 for row in rows) / len(rows))
            for row in rows:
                done[row] = (column[row] - mean) / sd if sd > 1e-12 * abs(mean) else 0.0
        result.append(done)
    return result


def sign_flip(differences, two_sided):
    """Share of sign patterns whose sum is at least the observed one."""
    observed, extreme, total = math.fsum(differences), 0, 0
    for signs in itertools.product((1, -1), repeat=len(differences)):
        flipped = math.fsum(sign * value for sign, value in zip(signs, differences, strict=True))
        if two_sided:
            extreme += abs(flipped) >= abs(observed) - 1e-9
        else:
            extreme += flipped >= observed - 1e-9
        total += 1
    return extreme / total


def holm(p_values):
    """Step-down adjustment, test by test."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def shuffled_balanced_accuracy(truth_by_subject, n_draws, rng):
    """Means over people of the balanced accuracy of shuffled labels."""
    means = []
    for _ in range(n_draws):
        scores = [balanced_accuracy(list(truth), list(rng.permutation(truth))) for truth in truth_by_subject]
        means.append(np.mean(scores))
    return means


def overlapping(recording, start_s, window_s, train, test):
    """Test rows of which some second is in a training window of the same recording."""
    hit = []
    for row in test:
        for other in train:
            shared = min(start_s[row], start_s[other]) + window_s - max(start_s[row], start_s[other])
            if recording[row] == recording[other] and shared > 1e-3:
                hit.append(row)
                break
    return hit
