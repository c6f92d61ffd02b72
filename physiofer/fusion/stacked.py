"""Stacked fusion: a second classifier learns from the out-of-fold probabilities of one classifier per modality."""

import numpy as np

from .base import BaseFusionClassifier, TrainingRows
from .branch import cross_fit, fit_branch, gives_probabilities, seeded
from .folds import inner_folds


class StackedFusionClassifier(BaseFusionClassifier):
    """One classifier per modality, whose out-of-fold probabilities are the features of a final classifier.

    Stacked generalisation [1]_ is only as honest as its inner folds. Here every probability that the final
    classifier learns from comes from a branch that has not seen that row's subject (scikit-learn's
    `StackingClassifier` cannot be told the subjects, so that its inner folds mix them).

    Parameters
    ----------
    estimator : classifier or None, default=None
        Any scikit-learn classifier, cloned for each modality; None is logistic regression. Decision functions are
        calibrated by Platt's sigmoid on the same out-of-fold scores.
    final_estimator : classifier or None, default=None
        Combines the probabilities (one column per modality for two classes, else one per class), imputed and scaled
        like any block; None is logistic regression.
    blocks : dict of str to list or None, default=None
        Column names (or indices) of each modality. None groups the columns by the text before ``__``, see
        :func:`modality_blocks`.
    quality_suffix : str or None, default="quality"
        Columns named ``modality__quality`` are not predictors. None makes every column a predictor.
    calibration : {"sigmoid", "isotonic"} or None, default=None
        Calibrates the branches' probabilities. None leaves them as they are, where the classifier has any.
    cv : int, default=3
        Most inner folds. A subject given in `groups` is never on both sides of one.
    missing : {"prior", "indicator", "impute"}, default="prior"
        What stands for a modality that is missing in a row (all NaN): the class prior; the prior, with one more
        column per modality that says whether it was there; or the branch's vote on imputed values. A row with
        nothing at all always gets the prior.
    passthrough : bool, default=False
        Whether the final classifier also sees the features themselves.
    class_weight : "balanced", dict or None, default=None
        Weights of the classes, handed to all classifiers and calibrations as sample weights.
    memory : str, joblib.Memory or None, default=None
        Where to cache the inner fits. Late and stacked fusion of the same estimator, data and `random_state` share
        them. Give a `random_state` with it.
    random_state : int, RandomState instance or None, default=None
        Seeds every `random_state` inside `estimator` and `final_estimator`. None leaves those as they are.

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
    final_ : Branch or None
        The fitted final classifier. None where no inner fold gave a probability to learn from: the plain mean of the
        branches then stands in.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where `X` had any.

    See Also
    --------
    EarlyFusionClassifier : One classifier on all features.
    LateFusionClassifier : The branches' probabilities averaged.

    References
    ----------
    .. [1] Wolpert (1992), Stacked generalization, Neural Networks 5(2), 241-259.
    .. [2] Ting and Witten (1999), Issues in stacked generalization, Journal of Artificial Intelligence Research 10,
       271-289.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> y = np.tile(["calm", "stress"], 10)
    >>> X = pd.DataFrame({"eda__scl": np.arange(20.0), "cardiac__hr": np.where(y == "stress", 90.0, 60.0)})
    >>> model = StackedFusionClassifier().fit(X, y, groups=np.repeat([1, 2, 3, 4], 5))
    >>> model.predict(X[:3]).tolist()
    ['calm', 'stress', 'calm']
    """

    def __init__(
        self,
        estimator=None,
        final_estimator=None,
        *,
        blocks=None,
        quality_suffix="quality",
        calibration=None,
        cv=3,
        missing="prior",
        passthrough=False,
        class_weight=None,
        memory=None,
        random_state=None,
    ):
        self.estimator = estimator
        self.final_estimator = final_estimator
        self.blocks = blocks
        self.quality_suffix = quality_suffix
        self.calibration = calibration
        self.cv = cv
        self.missing = missing
        self.passthrough = passthrough
        self.class_weight = class_weight
        self.memory = memory
        self.random_state = random_state

    def fit(self, X, y, groups=None):
        """Fit the branches, then the final classifier on their out-of-fold probabilities.

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
        StackedFusionClassifier
            The fitted classifier itself.

        Raises
        ------
        InvalidArgumentError
            If an argument is wrong or `y` has a single class.
        """
        rows = self._check_fit(X, y, groups, ["prior", "indicator", "impute"])
        final = self._check_estimator(self.final_estimator, "final_estimator")
        self.branches_, out_of_fold = self._fit_branches(
            rows, self._voting_columns(), calibration=self.calibration, crossed=True
        )
        self.final_ = self._fit_final(final, rows, out_of_fold)
        return self

    def _fit_final(self, estimator, rows, out_of_fold):
        """Fit the final classifier on rows that got a probability from at least one branch."""
        presence = self._presence(rows.X)
        votes, told = [], np.zeros(rows.codes.size, dtype=bool)
        for (name, probability), present in zip(out_of_fold.items(), presence.T, strict=True):
            known = ~np.isnan(probability).any(axis=1)
            absent = self._branch_vote(rows.X, name, self._voting_rows(present) & ~present)
            votes.append(np.where(known[:, None], probability, absent))
            told |= known
        if np.unique(rows.codes[told]).size < 2:
            return None
        features = self._features(rows.X, votes, presence)
        every = np.arange(features.shape[1])
        own = TrainingRows(features, rows.codes, rows.groups, rows.weight).subset(told, every)
        folds = [] if gives_probabilities(estimator) else inner_folds(own.codes, own.groups, self.cv)
        seed = self._seeds(len(out_of_fold) + 1)[-1]
        branch, _ = fit_branch(
            seeded(estimator, seed),
            own.X,
            own.codes,
            self.prior_,
            folds=folds,
            calibration=None,
            sample_weight=own.weight,
            cross_fit=cross_fit,
        )
        return branch

    def _features(self, X, votes, presence):
        """Columns of the final classifier: probabilities, presence, features."""
        first = 1 if self.classes_.size == 2 else 0  # of two classes the second says it all
        columns = [vote[:, first:] for vote in votes]
        if self.missing == "indicator":
            columns.append(presence.astype(np.float64))
        if self.passthrough:
            columns.append(X[:, np.concatenate(list(self._voting_columns().values()))])
        return np.hstack(columns)

    def predict_proba(self, X):
        """Probability of each class.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_windows, n_features)
            The columns seen in `fit`, in the same order; NaN where unknown.

        Returns
        -------
        ndarray of shape (n_windows, n_classes)
            Rows sum to one; columns follow `classes_`.
        """
        X = self._check_predict(X)
        presence = self._presence(X)
        votes = [
            self._branch_vote(X, name, self._voting_rows(present))
            for name, present in zip(self.branches_, presence.T, strict=True)
        ]
        probability = np.tile(self.prior_, (X.shape[0], 1))
        something = presence.any(axis=1)
        if self.final_ is None and votes:
            probability[something] = np.mean(votes, axis=0)[something]
        elif something.any():
            probability[something] = self.final_.predict_proba(self._features(X, votes, presence)[something])
        return probability
