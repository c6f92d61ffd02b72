"""What the three fusions share: checked arguments, branches fitted on present rows, votes for missing ones."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, check_memory, has_fit_parameter, validate_data

from .._validate import check_choice, check_count
from ..exceptions import InvalidArgumentError, LeakageWarning, QualityWarning
from .blocks import present_rows, refuse_repeated_names, resolve_blocks
from .branch import can_learn, cross_fit, fit_branch, gives_probabilities, own_class_weight, seeded
from .folds import encode_groups, inner_folds, mixes_subjects


@dataclass
class TrainingRows:
    """Checked training data: class codes, subjects as integers or None, and weights or None."""

    X: np.ndarray
    codes: np.ndarray
    groups: np.ndarray | None
    weight: np.ndarray | None

    def subset(self, rows, columns):
        """The same for some rows and columns."""
        groups = None if self.groups is None else self.groups[rows]
        weight = None if self.weight is None else self.weight[rows]
        return TrainingRows(self.X[np.ix_(rows, columns)], self.codes[rows], groups, weight)


class BaseFusionClassifier(ClassifierMixin, BaseEstimator):
    """Base of the fusion classifiers; subclasses give `fit` and `predict_proba`."""

    # With metadata routing on, the subjects reach the inner folds without being asked for.
    __metadata_request__fit = {"groups": True}

    def predict(self, X):
        """Most probable class of each row.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_windows, n_features)
            The columns seen in `fit`, in the same order; NaN where unknown.

        Returns
        -------
        ndarray of shape (n_windows,)
            Class labels.
        """
        probability = self.predict_proba(X)
        return self.classes_[probability.argmax(axis=1)]

    def _check_fit(self, X, y, groups, missing_choices):
        """Check all that the fusions share; set the attributes of blocks and classes; return the training rows."""
        check_choice(self.missing, name="missing", choices=missing_choices)
        if self.calibration is not None:
            check_choice(self.calibration, name="calibration", choices=["sigmoid", "isotonic"])
        check_count(self.cv, name="cv", low=2)
        if not (self.quality_suffix is None or isinstance(self.quality_suffix, str)):
            raise InvalidArgumentError(f"quality_suffix={self.quality_suffix!r} must be text or None.")
        refuse_repeated_names(X)
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if self.classes_.size < 2:
            raise InvalidArgumentError(
                f"y has 1 class ({str(self.classes_[0])!r}); a classifier needs at least 2 classes to tell apart."
            )
        names = getattr(self, "feature_names_in_", None)
        names = None if names is None else list(names)
        resolved = resolve_blocks(self.blocks, names, X.shape[1], self.quality_suffix)
        self.blocks_, self._predictors, self._quality_columns = resolved
        rows = TrainingRows(X, codes, encode_groups(groups, codes.size), self._class_weights(y))
        counts = np.bincount(codes, weights=rows.weight)
        if not counts.sum() > 0:
            raise InvalidArgumentError(f"class_weight={self.class_weight!r} gives every row weight 0; raise one.")
        self.prior_ = counts / counts.sum()
        self.dropped_ = [name for name, columns in self._predictors.items() if np.isnan(X[:, columns]).all()]
        if self.dropped_:
            warnings.warn(
                f"{', '.join(self.dropped_)}: all values are missing in the training rows; "
                "the modality is dropped and gets no vote.",
                QualityWarning,
                stacklevel=3,
            )
        return rows

    def _class_weights(self, y):
        """One weight per row from `class_weight`, or None."""
        if self.class_weight is None:
            return None
        if not isinstance(self.class_weight, dict):
            check_choice(self.class_weight, name="class_weight", choices=["balanced"])
        return compute_sample_weight(self.class_weight, y)

    def _check_estimator(self, estimator, name):
        """The classifier to clone for a branch, or logistic regression; refuse what could not work."""
        if estimator is None:
            estimator = LogisticRegression(max_iter=1000)
        is_classifier = hasattr(estimator, "fit") and hasattr(estimator, "get_params")
        if isinstance(estimator, type) or not is_classifier:
            raise InvalidArgumentError(f"{name}={estimator!r} must be an instance of a scikit-learn classifier.")
        if not (gives_probabilities(estimator) or hasattr(estimator, "decision_function")):
            raise InvalidArgumentError(
                f"{name}={estimator!r} has neither predict_proba nor decision_function; wrap it or take another."
            )
        own = own_class_weight(estimator)
        if isinstance(own, dict):
            raise InvalidArgumentError(
                f"{name} has class_weight={own!r}, but branches see the classes as 0..k-1; "
                f"give the dict to {type(self).__name__}(class_weight=...) instead."
            )
        if self.class_weight is not None:
            if own is not None:
                raise InvalidArgumentError(
                    f"class_weight={self.class_weight!r} and {name} has class_weight={own!r}; set only one of them."
                )
            if not has_fit_parameter(estimator, "sample_weight"):
                raise InvalidArgumentError(
                    f"class_weight={self.class_weight!r} needs a classifier whose fit takes sample_weight; "
                    f"{type(estimator).__name__} does not. Set class_weight=None or take another."
                )
        return estimator

    def _seeds(self, n_seeds):
        """One seed per branch, or Nones where `random_state` is None."""
        if self.random_state is None:
            return [None] * n_seeds
        return check_random_state(self.random_state).randint(np.iinfo(np.int32).max, size=n_seeds).tolist()

    def _fit_branches(self, rows, columns, *, calibration, crossed):
        """Fit one branch per entry of `columns` on the rows where it is present.

        Returns the branches and the out-of-fold probabilities (n_rows, n_classes) of each, NaN where there are none.
        `crossed` says that the latter are needed even without a calibration.
        """
        estimator = self._check_estimator(self.estimator, "estimator")
        needs_folds = crossed or calibration is not None or not gives_probabilities(estimator)
        cached = check_memory(self.memory).cache(cross_fit)
        branches, out_of_fold, mixed, raw = {}, {}, [], []
        for (name, indices), seed in zip(columns.items(), self._seeds(len(columns)), strict=True):
            present = present_rows(rows.X[:, indices])
            own = rows.subset(present, indices)
            learns = needs_folds and can_learn(own.X, own.codes)
            folds = inner_folds(own.codes, own.groups, self.cv) if learns else []
            branch, own_out_of_fold = fit_branch(
                seeded(estimator, seed),
                own.X,
                own.codes,
                self.prior_,
                folds=folds,
                calibration=calibration,
                sample_weight=own.weight,
                cross_fit=cached,
            )
            branches[name] = branch
            out_of_fold[name] = np.full((rows.codes.size, self.classes_.size), np.nan)
            out_of_fold[name][present] = own_out_of_fold
            mixed += [name] if folds and mixes_subjects(own.groups) else []
            raw += [] if branch.is_calibrated else [name]
        self._warn(rows.groups is None, mixed, raw)
        return branches, out_of_fold

    def _warn(self, groups_missing, mixed, raw):
        """Say once per fit which inner folds could not be kept clean."""
        if mixed:
            reason = "groups=None" if groups_missing else f"only one subject has rows of {', '.join(mixed)}"
            warnings.warn(
                f"{reason}: the inner folds of {type(self).__name__} may hold one subject's windows on both sides, "
                "which flatters what is learned from them; pass groups (the subject of each row) of at least two "
                "subjects to fit.",
                LeakageWarning,
                stacklevel=4,
            )
        if raw:
            warnings.warn(
                f"{', '.join(raw)}: no inner fold could tell the classes apart, so the scores are not calibrated; "
                "more subjects who show several classes are needed.",
                QualityWarning,
                stacklevel=4,
            )

    def _check_predict(self, X):
        """`X` as float64 with the columns of `fit`."""
        check_is_fitted(self)
        return validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")

    def _voting_columns(self):
        """Predictor indices of each modality that was not dropped."""
        return {name: columns for name, columns in self._predictors.items() if name not in self.dropped_}

    def _presence(self, X):
        """Rows where each voting modality is present: (n_rows, n_modalities)."""
        present = [present_rows(X[:, columns]) for columns in self._voting_columns().values()]
        return np.stack(present, axis=1) if present else np.zeros((X.shape[0], 0), dtype=bool)

    def _voting_rows(self, present):
        """Rows in which a branch votes: those where its modality is present, or all on imputed values."""
        return np.ones_like(present) if self.missing == "impute" else present

    def _branch_vote(self, X, name, rows):
        """Probabilities of one branch in `rows`, the prior elsewhere."""
        vote = np.tile(self.prior_, (X.shape[0], 1))
        vote[rows] = self.branches_[name].predict_proba(X[np.ix_(rows, self._predictors[name])])
        return vote

    def __sklearn_tags__(self):
        """Tags of a classifier that takes NaN."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
