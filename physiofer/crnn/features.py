"""What the network sees in a face, as features among others."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from ..exceptions import InvalidArgumentError
from .classifier import CRNNClassifier

__all__ = ["CRNNFeatures"]

_N_SHARED = 16


class CRNNFeatures(TransformerMixin, BaseEstimator):
    """The sixteen features of face sequences that the heads for emotion and heart rate share.

    Parameters
    ----------
    classifier : CRNNClassifier, default=None
        What is trained in `fit`, as a clone; by default one of the paper's settings. One that is trained already, on
        other people, is kept as it is inside ``sklearn.frozen.FrozenEstimator``, and needs no `fit`.

    Attributes
    ----------
    classifier_ : CRNNClassifier
        The trained classifier.

    Notes
    -----
    The features of the windows that the network was trained on tell their labels better than those of others ever will:
    what is fitted on these features must see other people, or features made by networks that had not seen the windows.

    A window that shows nothing is NaN throughout. As a modality beside others, give the columns its name:
    ``features.set_output(transform="pandas").transform(X).add_prefix("crnn__")``.

    References
    ----------
    .. [1] Ji, W. & Dong, Z. (2024), IEEE Access, 10.1109/ACCESS.2024.3422403.

    Examples
    --------
    >>> from physiofer.datasets.face_sequences import simulate_face_sequences
    >>> faces = simulate_face_sequences(2, n_windows=4, n_frames=2, size=32)
    >>> features = CRNNFeatures(CRNNClassifier(n_epochs=1, random_state=0))
    >>> features.fit_transform(faces.frames, faces.emotion, heart_rate=faces.heart_rate_bpm).shape
    (8, 16)
    """

    modality = "crnn"
    __metadata_request__fit = {"heart_rate": True, "subjects": True}

    def __init__(self, classifier=None):
        self.classifier = classifier

    def fit(self, X, y=None, heart_rate=None, subjects=None):
        """Train the network.

        Parameters
        ----------
        X, y, heart_rate, subjects
            As :meth:`CRNNClassifier.fit` takes them; `y` may only be left out if the classifier is frozen.

        Returns
        -------
        self
        """
        classifier = CRNNClassifier() if self.classifier is None else self.classifier
        if not hasattr(classifier, "shared_features"):
            raise InvalidArgumentError(f"classifier={classifier!r} must be a CRNNClassifier, trained or not.")
        self.classifier_ = clone(classifier)
        given = {"heart_rate": heart_rate, "subjects": subjects}
        self.classifier_.fit(X, y, **{name: values for name, values in given.items() if values is not None})
        return self

    def transform(self, X):
        """The features of windows.

        Parameters
        ----------
        X : array-like, sequence, FaceFolder or path-like
            Windows, as :class:`CRNNClassifier` takes them.

        Returns
        -------
        ndarray of shape (n_windows, 16)
            Named as in :meth:`get_feature_names_out`; NaN where a window shows nothing.
        """
        check_is_fitted(self)
        return getattr(self, "classifier_", self.classifier).shared_features(X)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "classifier_") or isinstance(self.classifier, FrozenEstimator)

    def get_feature_names_out(self, input_features=None):
        """Names of the features: ``shared_00`` to ``shared_15``.

        Parameters
        ----------
        input_features : None
            Ignored: the features have names of their own.

        Returns
        -------
        ndarray of str
        """
        return np.asarray([f"shared_{number:02d}" for number in range(_N_SHARED)], dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.allow_nan = True
        tags.target_tags.required = True
        return tags
