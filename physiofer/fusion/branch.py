"""One branch of a fusion: median imputation, standard scaling, a classifier and, where wanted, its calibration."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.class_weight import compute_sample_weight

from ..exceptions import InvalidArgumentError
from .calibration import CALIBRATORS, SigmoidCalibrator, has_evidence, log_odds


class BlockScaler(TransformerMixin, BaseEstimator):
    """Median imputation and standard scaling that keep every column.

    A column that was empty or constant in training carries nothing, so it becomes zero whatever a later row
    holds there: passed on as it is, its raw unit would rule every distance of a kernel machine.

    Attributes
    ----------
    median_ : ndarray of shape (n_features,)
        Stands in for NaN.
    mean_ : ndarray of shape (n_features,)
        Mean after imputation.
    scale_ : ndarray of shape (n_features,)
        Standard deviation after imputation; infinite for a column that carries nothing.
    """

    def fit(self, X, y=None):
        """Learn medians, means and spreads of `X` (n_rows, n_features), NaN for unknown."""
        self.n_features_in_ = X.shape[1]
        unknown = np.isnan(X)
        seen = ~unknown.all(axis=0)
        self.median_ = np.zeros(X.shape[1])
        self.median_[seen] = np.nanmedian(X[:, seen], axis=0)
        filled = np.where(unknown, self.median_, X)
        largest = np.abs(filled).max(axis=0)
        unit = np.where(largest > 0, largest, 1.0)  # in this unit no square can overflow
        self.mean_ = unit * (filled / unit).mean(axis=0)
        spread = (filled / unit).std(axis=0)
        informative = spread > 10.0 * np.finfo(float).eps  # less is the rounding error of a constant
        self.scale_ = np.where(informative, unit * spread, np.inf)
        return self

    def transform(self, X):
        """Imputed and scaled copy of `X`."""
        return (np.where(np.isnan(X), self.median_, X) - self.mean_) / self.scale_


class ScaledClassifier(BaseEstimator):
    """A scaler and a classifier on class codes 0..k-1, of which the training rows may lack some.

    Attributes
    ----------
    scaler_ : BlockScaler
        Fitted on the training rows.
    estimator_ : classifier
        Fitted on the scaled training rows. Its classes are 0..m-1, the places in `codes_`.
    codes_ : ndarray of shape (m,)
        Codes of the classes seen in training.
    """

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, codes, sample_weight=None):
        """Fit scaler and classifier; `sample_weight` is only handed on when given."""
        self.codes_, local = np.unique(codes, return_inverse=True)
        self.scaler_ = BlockScaler().fit(X)
        extra = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.estimator_ = clone(self.estimator).fit(self.scaler_.transform(X), local, **extra)
        return self

    def respond(self, X, n_classes):
        """Probabilities, or else decision values, (n_rows, n_classes); NaN for classes unseen in training."""
        X = self.scaler_.transform(X)
        if gives_probabilities(self.estimator_):
            values = np.asarray(self.estimator_.predict_proba(X), dtype=np.float64)
        else:
            values = np.asarray(self.estimator_.decision_function(X), dtype=np.float64)
            if values.ndim == 1:
                values = np.stack([-values, values], axis=1)
        if values.shape[1] != self.codes_.size:
            raise InvalidArgumentError(
                f"estimator={self.estimator!r} returns {values.shape[1]} scores for {self.codes_.size} classes; "
                "one per class is needed (for an SVC: decision_function_shape='ovr')."
            )
        response = np.full((X.shape[0], n_classes), np.nan)
        response[:, self.codes_] = values
        return response


class Branch:
    """What one modality votes, as probabilities of all classes.

    Attributes
    ----------
    classifier : ScaledClassifier or None
        None where the modality showed only one class, or nothing but constants, in training: it votes the prior.
    calibrator : SigmoidCalibrator, IsotonicCalibrator or None
        None where the classifier's own probabilities vote.
    prior : ndarray of shape (n_classes,)
        Class prior of the training rows.
    is_calibrated : bool
        False where a calibration was due and no inner fold could serve it.
    """

    def __init__(self, classifier, calibrator, prior, is_calibrated=True):
        self.classifier = classifier
        self.calibrator = calibrator
        self.prior = prior
        self.is_calibrated = is_calibrated

    def predict_proba(self, X):
        """Probabilities (n_rows, n_classes) for the rows of one modality's columns."""
        if self.classifier is None or X.shape[0] == 0:
            return np.tile(self.prior, (X.shape[0], 1))
        return self.to_probabilities(self.classifier.respond(X, self.prior.size))

    def to_probabilities(self, response):
        """Calibrated probabilities of the classifier's responses, or its own probabilities."""
        if self.calibrator is None:
            return np.nan_to_num(response)
        return self.calibrator.predict_proba(_scores(self.classifier, response))


def fit_branch(estimator, X, codes, prior, *, folds, calibration, sample_weight, cross_fit):
    """Fit a branch on all rows; return it with its out-of-fold probabilities, NaN where no fold gave any.

    The calibrator is learned from out-of-fold scores pooled over the folds and then serves the one classifier that
    is refitted on all rows. `cross_fit` is the function of that name, or its cached twin.
    """
    out_of_fold = np.full((codes.size, prior.size), np.nan)
    if not can_learn(X, codes):
        return Branch(None, None, prior), out_of_fold
    classifier, response = cross_fit(estimator, X, codes, prior.size, folds, sample_weight)
    method = calibration or (None if gives_probabilities(classifier.estimator_) else "sigmoid")
    scores = _scores(classifier, response)
    branch = Branch(classifier, None, prior)
    if method is not None and has_evidence(scores, codes):
        weight = _calibration_weight(estimator, codes, sample_weight)
        branch.calibrator = CALIBRATORS[method]().fit(scores, codes, weight)
    elif method is not None:
        branch.is_calibrated = False
        branch.calibrator = None if gives_probabilities(classifier.estimator_) else SigmoidCalibrator.identity(prior)
    known = ~np.isnan(response).all(axis=1)
    out_of_fold[known] = branch.to_probabilities(response[known])
    return branch, out_of_fold


def cross_fit(estimator, X, codes, n_classes, folds, sample_weight):
    """The classifier fitted on all rows, and each row's response from a fold that did not train on it."""
    response = np.full((codes.size, n_classes), np.nan)
    for train, test in folds:
        if test.size and can_learn(X[train], codes[train]):
            weight = None if sample_weight is None else sample_weight[train]
            model = ScaledClassifier(estimator).fit(X[train], codes[train], weight)
            response[test] = model.respond(X[test], n_classes)
    return ScaledClassifier(estimator).fit(X, codes, sample_weight), response


def can_learn(X, codes):
    """Whether there are two classes to tell apart, and a column that varies to tell them by."""
    return np.unique(codes).size > 1 and bool(np.isfinite(BlockScaler().fit(X).scale_).any())


def gives_probabilities(estimator):
    """Whether the classifier has probabilities of its own, fitted or not."""
    return hasattr(estimator, "predict_proba")


def own_class_weight(estimator):
    """The class weighting set inside `estimator` (also inside a pipeline), or None."""
    for name, value in sorted(estimator.get_params(deep=True).items()):
        if value is not None and (name == "class_weight" or name.endswith("__class_weight")):
            return value
    return None


def seeded(estimator, seed):
    """A clone whose every `random_state` is `seed`; left as it was where `seed` is None."""
    estimator = clone(estimator)
    if seed is not None:
        names = [name for name in estimator.get_params(deep=True) if name.split("__")[-1] == "random_state"]
        estimator.set_params(**dict.fromkeys(names, seed))
    return estimator


def _scores(classifier, response):
    """Scores for a calibrator: log-odds of probabilities, decision values as they are."""
    return log_odds(response) if gives_probabilities(classifier.estimator_) else response


def _calibration_weight(estimator, codes, sample_weight):
    """Weights of the calibration: those of the fit, so that a balanced classifier stays balanced."""
    if sample_weight is not None:
        return sample_weight
    if own_class_weight(estimator) is not None:
        return compute_sample_weight("balanced", codes)
    return np.ones(codes.size)
