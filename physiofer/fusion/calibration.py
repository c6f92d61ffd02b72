"""Scores to probabilities, one class against the rest: Platt's sigmoid and isotonic regression."""

import numpy as np
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

# Votes of a forest are often exactly 0 or 1; as log-odds they are cut here so that no single row rules the fit.
SMALLEST_PROBABILITY = 1e-3


def log_odds(probability):
    """Log-odds of probabilities, cut at +-6.9."""
    return logit(np.clip(probability, SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY))


def fit_sigmoid(score, positive, weight):
    """Slope and intercept of Platt's sigmoid by Newton's method with backtracking (Lin, Lin and Weng 2007, Alg. 1).

    The slope is not let below zero: out-of-fold scores of an uninformative modality are often *inversely* related
    to the class (a fold rich in one class leaves the rest poor in it), and turning such a vote round would be noise.
    """
    n_positive, n_negative = weight[positive].sum(), weight[~positive].sum()
    target = np.where(positive, (n_positive + 1.0) / (n_positive + 2.0), 1.0 / (n_negative + 2.0))  # Platt, sec. 2.2
    centre, spread = score.mean(), score.std()
    flat = float(logit(np.average(target, weights=weight)))
    if not spread > 1e-12 * max(1.0, abs(centre)):
        return 0.0, flat
    design = np.stack([(score - centre) / spread, np.ones_like(score)])

    def loss(parameters):
        z = parameters @ design
        return weight @ (np.logaddexp(0.0, z) - target * z)

    parameters = np.array([0.0, flat])
    value = loss(parameters)
    for _ in range(100):
        probability = expit(parameters @ design)
        gradient = design @ (weight * (probability - target))
        if np.abs(gradient).max() < 1e-9 * weight.sum():
            break
        hessian = (design * (weight * probability * (1.0 - probability))) @ design.T
        hessian[[0, 1], [0, 1]] += 1e-12 * weight.sum()
        direction = -np.linalg.solve(hessian, gradient)
        size = 1.0
        while size > 1e-10 and not loss(parameters + size * direction) < value + 1e-4 * size * (gradient @ direction):
            size /= 2.0
        if size <= 1e-10:
            break
        parameters = parameters + size * direction
        value = loss(parameters)
    slope = parameters[0] / spread
    return (float(slope), float(parameters[1] - slope * centre)) if slope > 0 else (0.0, flat)


class SigmoidCalibrator:
    """Platt's sigmoid of each class against the rest; a class without evidence keeps its prior."""

    def fit(self, scores, codes, weight):
        """Learn from out-of-fold `scores` (n_rows, n_classes), NaN where a fold could not tell."""
        n_classes = scores.shape[1]
        self.prior_ = np.bincount(codes, weights=weight, minlength=n_classes) / weight.sum()
        self.slope_, self.intercept_ = np.zeros(n_classes), np.full(n_classes, np.nan)
        for k, positive, known in _evidence(scores, codes):
            self.slope_[k], self.intercept_[k] = fit_sigmoid(scores[known, k], positive[known], weight[known])
        return self

    @classmethod
    def identity(cls, prior):
        """The plain logistic function, for scores that could not be calibrated."""
        calibrator = cls()
        calibrator.prior_ = prior
        calibrator.slope_, calibrator.intercept_ = np.ones(prior.size), np.zeros(prior.size)
        return calibrator

    def predict_proba(self, scores):
        """Probabilities (n_rows, n_classes) whose rows sum to one."""
        return _normalised(expit(scores * self.slope_ + self.intercept_), self.prior_)


class IsotonicCalibrator:
    """A non-decreasing step function of each class against the rest; a class without evidence keeps its prior."""

    def fit(self, scores, codes, weight):
        """Learn from out-of-fold `scores` (n_rows, n_classes), NaN where a fold could not tell."""
        self.prior_ = np.bincount(codes, weights=weight, minlength=scores.shape[1]) / weight.sum()
        self.steps_ = {}
        for k, positive, known in _evidence(scores, codes):
            step = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
            self.steps_[k] = step.fit(scores[known, k], positive[known], sample_weight=weight[known])
        return self

    def predict_proba(self, scores):
        """Probabilities (n_rows, n_classes) whose rows sum to one."""
        columns = np.full(scores.shape, np.nan)
        for k, step in self.steps_.items():
            known = ~np.isnan(scores[:, k])
            columns[known, k] = step.predict(scores[known, k])
        return _normalised(columns, self.prior_)


CALIBRATORS = {"sigmoid": SigmoidCalibrator, "isotonic": IsotonicCalibrator}


def has_evidence(scores, codes):
    """Whether any class can be calibrated."""
    return any(True for _ in _evidence(scores, codes))


def _evidence(scores, codes):
    """Each class that has scored rows inside and outside it; of two classes the second stands for both."""
    n_classes = scores.shape[1]
    for k in range(1, 2) if n_classes == 2 else range(n_classes):
        positive, known = codes == k, ~np.isnan(scores[:, k])
        if positive[known].any() and not positive[known].all():
            yield k, positive, known


def _normalised(columns, prior):
    """Rows that sum to one; an unknown class gets its prior, a row of zeros the whole prior."""
    columns = np.where(np.isnan(columns), prior, columns)
    if prior.size == 2:
        return np.stack([1.0 - columns[:, 1], columns[:, 1]], axis=1)
    total = columns.sum(axis=1, keepdims=True)
    return np.where(total > 0, columns / np.where(total > 0, total, 1.0), prior)
