"""Late fusion: one calibrated classifier per modality, their probabilities averaged."""

import numbers

import numpy as np

from .._validate import check_choice, check_number
from ..exceptions import InvalidArgumentError
from .base import BaseFusionClassifier
from .blocks import row_quality


class LateFusionClassifier(BaseFusionClassifier):
    r"""One calibrated classifier per modality; the fused probability is the weighted mean of theirs.

    With :math:`p_m(c \mid x)` the vote of modality *m* and :math:`w_m(x) \ge 0` its weight in a row,

    .. math:: p(c \mid x) = \sum_m w_m(x)\, p_m(c \mid x) \Big/ \sum_m w_m(x).

    The mean of posteriors (the sum rule of Kittler et al. [1]_) is less disturbed by errors of single classifiers
    than their product, on condition that all speak in the same probabilities: hence the calibration [2]_ of each
    branch on out-of-fold scores of subjects it has not seen. A branch whose scores mean nothing for new subjects is
    calibrated to the prior, and so to silence, rather than to noise.

    The mean of calibrated votes ranks rows well but is less sure than it could be [3]_: where classes are unequal and
    the votes weak, the rare class seldom reaches one half. ``class_weight="balanced"`` puts the boundary between the
    classes where balanced accuracy wants it.

    Parameters
    ----------
    estimator : classifier or None, default=None
        Any scikit-learn classifier, cloned for each modality; None is logistic regression.
    blocks : dict of str to list or None, default=None
        Column names (or indices) of each modality. None groups the columns by the text before ``__``, see
        :func:`modality_blocks`.
    quality_suffix : str or None, default="quality"
        Columns named ``modality__quality`` are not predictors; ``weights="quality"`` reads them. None makes every
        column a predictor.
    weights : {"quality", "score"}, dict, array-like or None, default=None
        None weighs all modalities alike. "quality" weighs each row's vote by that modality's quality (0..1) in that
        row; where it is unknown, or the modality missing, its mean quality in training stands in (1 if never told).
        "score" weighs each modality by its out-of-fold balanced accuracy above chance, see `scores_`; if none is
        above, all weigh alike. A dict names a weight for every modality, an array gives them in the order of
        `blocks_`.
    calibration : {"sigmoid", "isotonic"} or None, default="sigmoid"
        How out-of-fold scores become probabilities. None takes those of the classifier as they are; decision
        functions are then calibrated by "sigmoid".
    cv : int, default=3
        Most inner folds. A subject given in `groups` is never on both sides of one.
    missing : {"renormalise", "prior", "impute"}, default="renormalise"
        What a modality that is missing in a row (all NaN) does: it is left out and the weights of the others
        renormalised, it votes the class prior, or it votes on imputed values. A row with nothing at all always gets
        the prior.
    class_weight : "balanced", dict or None, default=None
        Weights of the classes, handed to the classifiers and their calibration as sample weights. Without it, a
        ``class_weight`` inside `estimator` is kept by calibrating with balanced weights too.
    memory : str, joblib.Memory or None, default=None
        Where to cache the inner fits. Late and stacked fusion of the same estimator, data and `random_state` share
        them. Give a `random_state` with it.
    random_state : int, RandomState instance or None, default=None
        Seeds every `random_state` inside `estimator`. None leaves those as they are.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    prior_ : ndarray of shape (n_classes,)
        Share of each class in the training rows, weighted by `class_weight`.
    blocks_ : dict of str to list
        Predictors of each modality.
    dropped_ : list of str
        Modalities without a single value in training; they have no branch.
    branches_ : dict of str to Branch
        Fitted branches: ``branches_["eda"].classifier.estimator_`` is the classifier on ``blocks_["eda"]``.
    weights_ : dict of str to float
        Weight of each branch, summing to one. ``weights="quality"`` further multiplies it by the quality of the row.
    scores_ : dict of str to float
        Only with ``weights="score"``: out-of-fold balanced accuracy of each branch, NaN where no inner fold gave
        one. A row counts for the class whose probability is highest relative to its mean, so that the share of a
        class in the training rows does not matter.
    quality_ : dict of str to float
        Mean quality of each branch in training, 1 where no column tells it.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where `X` had any.

    See Also
    --------
    EarlyFusionClassifier : One classifier on all features.
    StackedFusionClassifier : The branches' probabilities combined by another classifier.

    References
    ----------
    .. [1] Kittler, Hatef, Duin and Matas (1998), On combining classifiers, IEEE Transactions on Pattern Analysis and
       Machine Intelligence 20(3), 226-239.
    .. [2] Platt (1999), Probabilistic outputs for support vector machines, in Advances in Large Margin Classifiers,
       MIT Press, 61-74.
    .. [3] Ranjan and Gneiting (2010), Combining probability forecasts, Journal of the Royal Statistical Society B
       72(1), 71-91.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> y = np.tile(["calm", "stress"], 10)
    >>> X = pd.DataFrame({"eda__scl": np.arange(20.0), "cardiac__hr": np.where(y == "stress", 90.0, 60.0)})
    >>> model = LateFusionClassifier(weights="score").fit(X, y, groups=np.repeat([1, 2, 3, 4], 5))
    >>> {name: round(weight, 2) for name, weight in model.weights_.items()}
    {'eda': 0.0, 'cardiac': 1.0}
    >>> model.predict(X[:3]).tolist()
    ['calm', 'stress', 'calm']
    """

    def __init__(
        self,
        estimator=None,
        *,
        blocks=None,
        quality_suffix="quality",
        weights=None,
        calibration="sigmoid",
        cv=3,
        missing="renormalise",
        class_weight=None,
        memory=None,
        random_state=None,
    ):
        self.estimator = estimator
        self.blocks = blocks
        self.quality_suffix = quality_suffix
        self.weights = weights
        self.calibration = calibration
        self.cv = cv
        self.missing = missing
        self.class_weight = class_weight
        self.memory = memory
        self.random_state = random_state

    def fit(self, X, y, groups=None):
        """Fit one branch per modality, each on the rows where its modality is present.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_windows, n_features)
            Features; NaN where unknown.
        y : array-like of shape (n_windows,)
            Class labels.
        groups : array-like of shape (n_windows,) or None, default=None
            Subject of each row. Without it the inner folds mix subjects, and a `LeakageWarning` says so. With metadata
            routing enabled it is requested by default.

        Returns
        -------
        LateFusionClassifier
            The fitted classifier itself.

        Raises
        ------
        InvalidArgumentError
            If an argument is wrong or `y` has a single class.
        """
        rows = self._check_fit(X, y, groups, ["renormalise", "prior", "impute"])
        given = _given_weights(self.weights, list(self.blocks_))
        by_score = isinstance(self.weights, str) and self.weights == "score"
        self.branches_, out_of_fold = self._fit_branches(
            rows, self._voting_columns(), calibration=self.calibration, crossed=by_score
        )
        if by_score:
            self.scores_ = {name: _balanced_accuracy(p, rows.codes) for name, p in out_of_fold.items()}
            given = _above_chance(self.scores_, self.classes_.size)
        total = sum(given[name] for name in self.branches_)
        self.weights_ = {name: given[name] / total if total > 0 else 0.0 for name in self.branches_}
        self.quality_ = {name: self._mean_quality(rows.X, name) for name in self.branches_}
        return self

    def predict_proba(self, X):
        """Probability of each class: the weighted mean of the branches' votes.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_windows, n_features)
            The columns seen in `fit`, in the same order; NaN where unknown.

        Returns
        -------
        ndarray of shape (n_windows, n_classes)
            Rows sum to one; columns follow `classes_`. A row in which no vote has weight gets `prior_`.
        """
        X = self._check_predict(X)
        presence = self._presence(X)
        something = presence.any(axis=1)
        votes, total = np.zeros((X.shape[0], self.classes_.size)), np.zeros(X.shape[0])
        for name, present in zip(self.branches_, presence.T, strict=True):
            weight = self._row_weight(X, name, present)
            weight[~(present if self.missing == "renormalise" else something)] = 0.0
            votes += weight[:, None] * self._branch_vote(X, name, self._voting_rows(present) & (weight > 0))
            total += weight
        voted = total > 0
        return np.where(voted[:, None], votes / np.where(voted, total, 1.0)[:, None], self.prior_)

    def _row_weight(self, X, name, present):
        """Weight of one branch in each row."""
        weight = np.full(X.shape[0], self.weights_[name])
        if isinstance(self.weights, str) and self.weights == "quality":
            quality = row_quality(X, self._quality_columns[name])
            weight *= np.where(present & ~np.isnan(quality), quality, self.quality_[name])
        return weight

    def _mean_quality(self, X, name):
        """Mean quality of a modality over the rows that tell it, 1 where none does."""
        quality = row_quality(X, self._quality_columns[name])
        known = ~np.isnan(quality)
        return float(quality[known].mean()) if known.any() else 1.0


def _given_weights(weights, names):
    """Weight of each modality from the argument, ones where it is worked out later."""
    if weights is None:
        return dict.fromkeys(names, 1.0)
    if isinstance(weights, str):
        check_choice(weights, name="weights", choices=["quality", "score"])
        return dict.fromkeys(names, 1.0)
    if isinstance(weights, dict):
        for name in weights:
            check_choice(name, name="modality in weights", choices=names)
        absent = [name for name in names if name not in weights]
        if absent:
            raise InvalidArgumentError(f"weights has no entry for {', '.join(absent)}; give one (0 silences it).")
        given = [weights[name] for name in names]
    else:
        if isinstance(weights, numbers.Number) or np.ndim(weights) != 1 or len(weights) != len(names):
            raise InvalidArgumentError(
                f"weights={weights!r} must hold {len(names)} numbers, for {', '.join(names)}, or be a dict, "
                "'quality', 'score' or None."
            )
        given = list(weights)
    checked = {
        name: check_number(weight, name=f"weights[{name!r}]", low=0.0)
        for name, weight in zip(names, given, strict=True)
    }
    if not sum(checked.values()) > 0:
        raise InvalidArgumentError(f"weights={weights!r} silences every modality; raise one above 0.")
    return checked


def _balanced_accuracy(probability, codes):
    """Mean recall of the class whose probability is highest relative to its mean; NaN without known rows."""
    known = ~np.isnan(probability).any(axis=1)
    if not known.any():
        return float("nan")
    probability, codes = probability[known], codes[known]
    mean = probability.mean(axis=0)
    relative = np.divide(probability, mean, out=np.zeros_like(probability), where=mean > 0)
    right = relative.argmax(axis=1) == codes
    count = np.bincount(codes)
    return float(np.mean(np.bincount(codes, weights=right)[count > 0] / count[count > 0]))


def _above_chance(scores, n_classes):
    """Weights proportional to balanced accuracy above chance, none below 0; equal if nothing is above."""
    above = {name: float(np.nan_to_num(max(score - 1.0 / n_classes, 0.0))) for name, score in scores.items()}
    return above if sum(above.values()) > 0 else dict.fromkeys(scores, 1.0)
