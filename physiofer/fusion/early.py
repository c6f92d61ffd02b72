"""Early fusion: all modalities side by side in one classifier."""

import numpy as np

from .base import BaseFusionClassifier


class EarlyFusionClassifier(BaseFusionClassifier):
    """One classifier on the features of all modalities, imputed, scaled and concatenated.

    Parameters
    ----------
    estimator : classifier or None, default=None
        Any scikit-learn classifier; None is logistic regression. Without ``predict_proba`` (an `SVC`) its decision
        function is calibrated on out-of-fold scores and one classifier, refitted on all rows, serves predictions.
    blocks : dict of str to list or None, default=None
        Column names (or indices) of each modality. None groups the columns by the text before ``__``, see
        :func:`modality_blocks`.
    quality_suffix : str or None, default="quality"
        Columns named ``modality__quality`` are not predictors. None makes every column a predictor.
    calibration : {"sigmoid", "isotonic"} or None, default=None
        Calibrates the probabilities by inner folds. None leaves them as they are; decision functions are then
        calibrated by "sigmoid".
    cv : int, default=3
        Most inner folds. A subject given in `groups` is never on both sides of one.
    missing : {"impute", "prior"}, default="impute"
        What a row gets in which some modality is missing (all NaN): the prediction from imputed values, or the class
        prior. A row with nothing at all always gets the prior.
    class_weight : "balanced", dict or None, default=None
        Weights of the classes, handed to the classifier and to its calibration as sample weights.
    memory : str, joblib.Memory or None, default=None
        Where to cache the inner fits. They depend on estimator, data, folds and seed only.
    random_state : int, RandomState instance or None, default=None
        Seeds every `random_state` inside `estimator`. None leaves those as they are.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    prior_ : ndarray of shape (n_classes,)
        Share of each class in the training rows, weighted by `class_weight`.
    blocks_ : dict of str to list
        Predictors of each modality. The classifier sees them in this order, one block after the other.
    dropped_ : list of str
        Modalities without a single value in training.
    branch_ : Branch
        The fitted classifier (``branch_.classifier.estimator_``) with its scaler and calibration.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where `X` had any.

    See Also
    --------
    LateFusionClassifier : One classifier per modality, their probabilities averaged.
    StackedFusionClassifier : One classifier per modality, their probabilities combined by another classifier.

    References
    ----------
    .. [1] Platt (1999), Probabilistic outputs for support vector machines, in Advances in Large Margin Classifiers,
       MIT Press, 61-74.
    .. [2] Lin, Lin and Weng (2007), A note on Platt's probabilistic outputs for support vector machines, Machine
       Learning 68, 267-276.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> y = np.tile(["calm", "stress"], 10)
    >>> X = pd.DataFrame({"eda__scl": np.arange(20.0), "cardiac__hr": np.where(y == "stress", 90.0, 60.0)})
    >>> model = EarlyFusionClassifier().fit(X, y, groups=np.repeat([1, 2, 3, 4], 5))
    >>> model.predict(X[:3]).tolist()
    ['calm', 'stress', 'calm']
    """

    def __init__(
        self,
        estimator=None,
        *,
        blocks=None,
        quality_suffix="quality",
        calibration=None,
        cv=3,
        missing="impute",
        class_weight=None,
        memory=None,
        random_state=None,
    ):
        self.estimator = estimator
        self.blocks = blocks
        self.quality_suffix = quality_suffix
        self.calibration = calibration
        self.cv = cv
        self.missing = missing
        self.class_weight = class_weight
        self.memory = memory
        self.random_state = random_state

    def fit(self, X, y, groups=None):
        """Fit the classifier on all rows that have a value.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_windows, n_features)
            Features; NaN where unknown.
        y : array-like of shape (n_windows,)
            Class labels.
        groups : array-like of shape (n_windows,) or None, default=None
            Subject of each row. Only a calibration needs it.

        Returns
        -------
        EarlyFusionClassifier
            The fitted classifier itself.

        Raises
        ------
        InvalidArgumentError
            If an argument is wrong or `y` has a single class.
        """
        rows = self._check_fit(X, y, groups, ["impute", "prior"])
        columns = {"all modalities": np.concatenate(list(self._predictors.values()))}
        branches, _ = self._fit_branches(rows, columns, calibration=self.calibration, crossed=False)
        (self.branch_,) = branches.values()
        return self

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
        present = self._presence(X)
        served = present.any(axis=1) & (present.all(axis=1) | (self.missing == "impute"))
        probability = np.tile(self.prior_, (X.shape[0], 1))
        columns = np.concatenate(list(self._predictors.values()))
        probability[served] = self.branch_.predict_proba(X[np.ix_(served, columns)])
        return probability
