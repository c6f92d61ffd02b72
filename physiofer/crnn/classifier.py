"""The multi-task network as a scikit-learn classifier of face sequences."""

import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._progress import progress_reporter
from .._validate import check_choice, check_count, check_number
from ..exceptions import InvalidArgumentError, QualityWarning
from .batches import open_windows
from .checkpoint import check_same_run, fingerprint, read_checkpoint, write_checkpoint
from .stored import read_classifier, write_classifier
from .training import Training, in_chunks, new_network
from .training_data import read_training_data, warn_of_empty

__all__ = ["CRNNClassifier"]

_BACKENDS, _SCHEDULES = ("numpy", "torch"), ("constant", "cosine")
_OF_TORCH = {"device": "cpu", "mixed_precision": False, "compile": False}
_SETTINGS = (  # that decide what training ends with
    "batch_size", "learning_rate", "schedule", "alpha", "beta", "task_weighting", "validation_share", "backend",
    "mixed_precision",
)  # fmt: skip


class CRNNClassifier(ClassifierMixin, BaseEstimator):
    """Emotion from face sequences by the convolutional-recurrent network of Ji & Dong (2024), learnt with heart rate.

    Parameters
    ----------
    n_epochs : int, default=15
        How often training sees every window.
    batch_size : int, default=64
        Windows per step; more than there are makes one step per epoch.
    learning_rate : float, default=1e-3
        Of Adam.
    schedule : {"constant", "cosine"}, default="constant"
        Whether it stays, as in the paper, or falls to 0 over the epochs of one `fit` as half a cosine does. Each
        `partial_fit` has the whole of it.
    alpha, beta : float, default=1.0, 0.01
        Weights of the cross-entropy of emotion and of the root mean square error of heart rate in bpm.
    task_weighting : {"fixed", "uncertainty", "gradnorm"}, default="fixed"
        Whether these stay, as in the paper, or are where :mod:`physiofer.crnn.task_weights` starts.
    normalisation : {"pulse", "none"}, default="pulse"
        What is done to pixels: :func:`~physiofer.crnn.normalisation.normalise` lays the pulse open beside the picture;
        or nothing. The paper does not say. Heart rate is hardly learnt without.
    validation_share : float, default=0.0
        Share of the people to keep back, at least one; the weights of the epoch at which their loss was least are
        taken. 0 keeps nobody and takes the last weights, as in the paper.
    patience : int, default=5
        Epochs without a better one after which training ends early.
    initial_weights : path-like or dict of str to array, default=None
        Weights to start from, such as a CNN pre-trained elsewhere, by the names of the network and of its shapes; see
        :func:`physiofer.crnn.import_state_dict`. They expect the pixels that they were trained on: `normalisation`.
    backend : {"numpy", "torch"}, default="numpy"
        What computes while training; ``"torch"`` needs the extra of that name. Answers come from NumPy.
    device : str, default="cpu"
        Of the backend ``"torch"``, such as ``"cuda"``.
    mixed_precision, compile : bool, default=False
        Of the backend ``"torch"``.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last one.
    checkpoint : path-like, default=None
        File to which every epoch is written. If it is there, `fit` goes on from it to the weights that it would have
        had without a stop, and returns at once if all epochs are done; more epochs go on. A checkpoint of other data or
        settings is refused: it is of one fit, not of the folds of a cross-validation. `partial_fit` writes none.
    progress : bool or callable, default=False
        A bar on standard error, or a function of hundredths of epochs done, of those in all and a text.
    random_state : int, RandomState or None, default=None
        Of first weights, order of windows, dropout and validation people. The same seed gives the same weights, on one
        machine and number of threads.

    Attributes
    ----------
    classes_ : ndarray of shape (2,) or (n_targets,)
        The two labels; or, of several targets, their numbers.
    network_ : CRNN
        The trained network. Its inputs are normalised frames, its heart rates in bpm.
    history_ : dict of str to list of float
        Learning curves, one value per epoch: ``loss``, ``emotion``, ``heart_rate`` (RMSE in bpm), the weights ``alpha``
        and ``beta``, and, of people kept back, ``validation_loss``, ``validation_emotion``, ``validation_heart_rate``.
    n_epochs_ : int
        Epochs done, in all calls since the last fresh start.
    best_epoch_ : int or None
        The epoch, from 1, whose weights `network_` has, where people were kept back; None where it has the last.
    prior_ : ndarray of shape (n_targets,)
        Share of the higher label in training: the answer for a window that shows nothing.
    n_heart_rates_ : int
        Known heart rates that training has seen; 0 with ``beta=0``.
    n_targets_ : int
        Number of binary targets.
    normalisation_ : str
        What was done to frames in training, and is done in every answer.
    image_shape_ : tuple of int
        (n_channels, height, width) of frames.

    Notes
    -----
    Windows ``X`` are (n_windows, n_frames, 3, 64, 64), R, G and B, bytes from 0 to 255 or floats from 0 to 1: an array,
    also one mapped from disk; a sequence with a length whose ``X[k]`` is a window; or a folder
    (:class:`~physiofer.crnn.FaceFolder`) or its path. What is no array is read a batch at a time, so that a corpus
    larger than memory trains.

    A window with a frame that has NaN or is of one value throughout, as all-black ones are, shows nothing: it is left
    out of training with one :class:`~physiofer.exceptions.QualityWarning`, and is answered with `prior_` and a heart
    rate of NaN. An unknown heart rate is NaN and is left out of its loss.

    The heart-rate head trains in standard deviations from the mean of the training rates; see
    :class:`~physiofer.crnn.training.Training`. The loss is that of the paper all the same.

    References
    ----------
    .. [1] Ji, W. & Dong, Z. (2024), IEEE Access, 10.1109/ACCESS.2024.3422403.

    Examples
    --------
    >>> from physiofer.datasets.face_sequences import simulate_face_sequences
    >>> faces = simulate_face_sequences(2, n_windows=4, n_frames=2, size=32)
    >>> model = CRNNClassifier(n_epochs=1, random_state=0)
    >>> model.fit(faces.frames, faces.emotion, heart_rate=faces.heart_rate_bpm).predict_proba(faces.frames).shape
    (8, 2)
    >>> model.partial_fit(faces.frames, faces.emotion, heart_rate=faces.heart_rate_bpm).n_epochs_
    2
    >>> model.predict_heart_rate(faces.frames).shape, model.shared_features(faces.frames).shape
    ((8,), (8, 16))

    Weights and all that an answer needs go to one file:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(f"{folder}/model.safetensors")
    ...     again = CRNNClassifier.load(f"{folder}/model.safetensors")
    >>> again.network_.n_parameters == model.network_.n_parameters
    True
    """

    # With metadata routing on, these reach `fit` without being asked for.
    __metadata_request__fit = {"heart_rate": True, "subjects": True}
    __metadata_request__partial_fit = {"heart_rate": True, "subjects": True, "classes": True}

    def __init__(
        self, n_epochs=15, batch_size=64, learning_rate=1e-3, *, schedule="constant", alpha=1.0, beta=0.01,
        task_weighting="fixed", normalisation="pulse", validation_share=0.0, patience=5, initial_weights=None,
        backend="numpy", device="cpu", mixed_precision=False, compile=False, warm_start=False, checkpoint=None,
        progress=False, random_state=None,
    ):  # fmt: skip
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.alpha = alpha
        self.beta = beta
        self.task_weighting = task_weighting
        self.normalisation = normalisation
        self.validation_share = validation_share
        self.patience = patience
        self.initial_weights = initial_weights
        self.backend = backend
        self.device = device
        self.mixed_precision = mixed_precision
        self.compile = compile
        self.warm_start = warm_start
        self.checkpoint = checkpoint
        self.progress = progress
        self.random_state = random_state

    def fit(self, X, y, heart_rate=None, subjects=None):
        """Train.

        Parameters
        ----------
        X : array-like, sequence, FaceFolder or path-like
            Windows, see Notes of the class.
        y : array-like of shape (n_windows,) or (n_windows, n_targets)
            Two labels; or, for several targets such as valence and arousal, 0 and 1 in each column.
        heart_rate : array-like of shape (n_windows,), default=None
            Heart rate of each window in bpm, NaN where unknown. Without it the network has no heart-rate head.
        subjects : array-like of shape (n_windows,), default=None
            Whose each window is; needed where `validation_share` is above 0.

        Returns
        -------
        self

        Raises
        ------
        InvalidArgumentError
            If an argument is not as described, `y` has one class only, or no window shows anything.
        UnreadableDataError
            If a file on disk cannot be read.
        """
        n_epochs = check_count(self.n_epochs, name="n_epochs", low=1)
        patience = check_count(self.patience, name="patience", low=1)
        stored, stored_record = (None, None) if self.checkpoint is None else read_checkpoint(self.checkpoint)
        is_on = bool(self.warm_start) and hasattr(self, "_state")
        data = self._read(X, y, heart_rate, subjects, is_on)
        seed = self._seed(is_on, None if stored is None else stored_record["seed"])
        share = check_number(self.validation_share, name="validation_share", low=0.0, high=1.0, high_open=True)
        learnt, kept = data.split(share, seed)
        training = self._begin(data, learnt, seed, is_on)
        first, last = training.n_epochs, training.n_epochs + n_epochs
        run = self._identity(data, training)
        if stored is not None:
            check_same_run(stored_record["run"], run, self.checkpoint)
            training.load_state(stored, stored_record)
        with progress_reporter(self.progress, "Training") as report:
            while training.n_epochs < last and not training.has_stalled(patience):
                course = training.n_epochs - first, n_epochs
                self._learn(training, data, learnt, kept, course, _told(report, *course))
                if self.checkpoint is not None:
                    arrays, record = training.state()
                    write_checkpoint(self.checkpoint, arrays, record | {"run": run})
        return self._end(training, data, learnt, is_on=False)

    def partial_fit(self, X, y, heart_rate=None, subjects=None, classes=None):
        """Train for one epoch on these windows; the first call decides on classes and on heads.

        Parameters
        ----------
        X, y, heart_rate, subjects
            As in :meth:`fit`; `subjects` only name windows in warnings.
        classes : array-like of shape (2,), default=None
            Both labels, where the first windows may not show both.

        Returns
        -------
        self
        """
        is_on = hasattr(self, "_state")
        data = self._read(X, y, heart_rate, subjects, is_on, classes)
        training = self._begin(data, data.rows, self._seed(is_on), is_on)
        self._learn(training, data, data.rows, data.rows[:0], None, None)
        return self._end(training, data, data.rows, is_on)

    def predict_proba(self, X):
        """Probability of each label.

        Parameters
        ----------
        X : array-like, sequence, FaceFolder or path-like
            Windows of any number of frames.

        Returns
        -------
        ndarray of shape (n_windows, 2) or (n_windows, n_targets)
            In the order of `classes_`; of several targets, the probability that each is 1.
        """
        probability = self._answer(X)[0]
        return np.column_stack([1.0 - probability, probability]) if self.n_targets_ == 1 else probability

    def predict(self, X):
        """The more probable label.

        Parameters
        ----------
        X : array-like, sequence, FaceFolder or path-like
            Windows of any number of frames.

        Returns
        -------
        ndarray of shape (n_windows,) or (n_windows, n_targets)
        """
        is_higher = self._answer(X)[0] > 0.5
        return self.classes_[is_higher[:, 0].astype(np.intp)] if self.n_targets_ == 1 else is_higher.astype(np.int64)

    def predict_heart_rate(self, X):
        """Heart rate in beats per minute.

        Parameters
        ----------
        X : array-like, sequence, FaceFolder or path-like
            Windows of any number of frames.

        Returns
        -------
        ndarray of shape (n_windows,)
            NaN where a window shows nothing.

        Raises
        ------
        InvalidArgumentError
            If the network was trained without heart rates.
        """
        check_is_fitted(self, "network_")
        if not self.network_.heart_rate_head:
            raise InvalidArgumentError("this network was trained without heart rates; give fit heart_rate=.")
        rates = self._answer(X)[1]
        if not self.n_heart_rates_:
            message = "no heart rate was learnt, none being known or beta=0: all answers are NaN."
            warnings.warn(message, QualityWarning, stacklevel=2)
            rates[:] = np.nan
        return rates

    def shared_features(self, X):
        """The sixteen features that both heads read.

        Parameters
        ----------
        X : array-like, sequence, FaceFolder or path-like
            Windows of any number of frames.

        Returns
        -------
        ndarray of shape (n_windows, 16)
            NaN where a window shows nothing.
        """
        windows, usable = self._open(X)
        features = np.full((len(windows), 16), np.nan)
        for part in in_chunks(usable):
            features[part] = self.network_.shared_features(windows.take(part))
        return features

    def save(self, path):
        """Write the trained network to a safetensors file that :meth:`load` reads.

        Parameters
        ----------
        path : path-like
            The file; it appears whole or not at all.
        """
        check_is_fitted(self, "network_")
        write_classifier(self, path)

    @classmethod
    def load(cls, path):
        """A trained classifier from a file that :meth:`save` wrote; training may go on from its weights, Adam anew.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        CRNNClassifier

        Raises
        ------
        UnreadableDataError
            If the file is cut off, altered, or holds no classifier.
        """
        return read_classifier(cls, path)

    def _answer(self, X):
        """Probabilities (n_windows, n_targets), and heart rates in bpm, NaN without."""
        windows, usable = self._open(X)
        probability, rates = np.tile(self.prior_, (len(windows), 1)), np.full(len(windows), np.nan)
        for part in in_chunks(usable):
            probability[part], found = self.network_.forward(windows.take(part))
            if found is not None:
                rates[part] = found
        return probability, rates

    def _open(self, X):
        """Windows to answer for, and the places of those that show something."""
        check_is_fitted(self, "network_")
        windows = open_windows(X, self.normalisation_, like=self.image_shape_)
        is_usable = windows.usable()
        warn_of_empty(is_usable, "they are answered with what is known without a picture")
        return windows, np.flatnonzero(is_usable)

    def _read(self, X, y, heart_rate, subjects, is_on, classes=None):
        """Check the data of a call against the parameters, and against earlier calls if training goes on."""
        check_choice(self.backend, name="backend", choices=_BACKENDS)
        check_choice(self.schedule, name="schedule", choices=_SCHEDULES)
        for name, usual in _OF_TORCH.items():
            if self.backend != "torch" and getattr(self, name) != usual:
                raise InvalidArgumentError(f"{name}={getattr(self, name)!r} is of PyTorch; set backend='torch'.")
        options = {"normalisation": self.normalisation, "classes": classes}
        if is_on and self.normalisation != self.normalisation_:
            raise InvalidArgumentError(
                f"normalisation={self.normalisation!r}, but training began with {self.normalisation_!r}."
            )
        if is_on:
            options = {"normalisation": self.normalisation_, "like": self.image_shape_}
            options["classes"] = self.classes_ if self.n_targets_ == 1 else None
        data = read_training_data(X, y, heart_rate, subjects, **options)
        if is_on and data.labels.shape[1] != self.n_targets_:
            raise InvalidArgumentError(f"y has {data.labels.shape[1]} targets; training began with {self.n_targets_}.")
        if is_on and data.has_heart_rate != self.network_.heart_rate_head:
            raise InvalidArgumentError(
                "heart_rate must be given in every call or in none; the network has its head or not."
            )
        if self.task_weighting != "fixed" and not data.has_heart_rate:
            raise InvalidArgumentError(
                f"task_weighting={self.task_weighting!r} weighs two tasks; give fit heart_rate=."
            )
        return data

    def _seed(self, is_on, stored=None):
        """The seed of this training: of the last call, of a checkpoint, or a new one."""
        if is_on:
            return self._state[1]["seed"]
        if self.random_state is None and stored is not None:
            return stored
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _begin(self, data, learnt, seed, is_on):
        """A training at its start, or where the last call left it."""
        if is_on:
            arrays, record = self._state
            training = self._training(data, learnt[:0], seed, record["rate_scale"])
            training.load_state(arrays, record)
            return training
        return self._training(data, learnt, seed, data.rate_scale(learnt))

    def _training(self, data, learnt, seed, rate_scale):
        """A training with first weights."""
        network = new_network(
            seed, data.windows, learnt, initial_weights=self.initial_weights, rate_scale=rate_scale,
            n_targets=data.labels.shape[1], heart_rate_head=data.has_heart_rate,
        )  # fmt: skip
        options = {name: getattr(self, name) for name in _OF_TORCH}
        return Training(
            network, seed=seed, rate_scale=rate_scale, task_weighting=self.task_weighting, alpha=self.alpha,
            beta=self.beta, learning_rate=self.learning_rate, backend=self.backend,
            **(options if self.backend == "torch" else {}),
        )  # fmt: skip

    def _identity(self, data, training):
        """What two runs must share for one to go on from the other's checkpoint."""
        names = (*_SETTINGS, "n_epochs") if self.schedule == "cosine" else _SETTINGS  # over which it falls
        settings = {name: getattr(self, name) for name in names}
        settings = {name: value.item() if isinstance(value, np.generic) else value for name, value in settings.items()}
        heart_rate = data.heart_rate if data.has_heart_rate else None
        return settings | {
            "normalisation": data.windows.normalisation, "seed": training.seed, "first_epoch": training.n_epochs,
            "data": fingerprint(data.windows, data.labels, heart_rate, data.subjects),
        }  # fmt: skip

    def _learn(self, training, data, learnt, kept, course, told):
        """One epoch, with its validation where people were kept back."""
        options = {"course": course if self.schedule == "cosine" else None, "told": told}
        training.run_epoch(data.windows, learnt, data.labels, data.heart_rate, self.batch_size, **options)
        if kept.size:
            training.validate(data.windows, kept, data.labels, data.heart_rate, alpha=self.alpha, beta=self.beta)

    def _end(self, training, data, learnt, is_on):
        """Set what training has made, all of it or nothing."""
        network, labels = training.finished(), data.labels[learnt]
        n_before = self._n_seen if is_on else 0
        before = self.prior_ * n_before if n_before else 0.0
        n_rates = int(np.isfinite(data.heart_rate[learnt]).sum()) if self.beta > 0.0 else 0
        self.n_heart_rates_ = n_rates + (self.n_heart_rates_ if is_on else 0)
        self._n_seen = n_before + len(labels)
        self.prior_ = (before + labels.sum(axis=0)) / self._n_seen
        self.classes_, self.n_targets_ = data.classes, labels.shape[1]
        self.normalisation_, self.image_shape_ = data.windows.normalisation, tuple(data.windows.shape[2:])
        self.network_, self.n_epochs_, self.best_epoch_ = network, training.n_epochs, training.best_epoch
        names = dict.fromkeys(name for entry in training.history for name in entry)
        self.history_ = {name: [entry.get(name, np.nan) for entry in training.history] for name in names}
        arrays, record = training.state()
        best = [name for name in arrays if name.startswith("best/")]
        arrays |= {name.replace("best/", "network/", 1): arrays.pop(name) for name in best}  # training goes on from it
        self._state = arrays, record | {"best_loss": None, "best_epoch": None}
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = False  # windows have five dimensions
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.multi_label = True
        return tags


def _told(report, n_done, n_epochs):
    """A function that tells of the share of an epoch, the `n_done`-th of this call, or None."""
    if report is None:
        return None
    steps = 100
    return lambda share: report(int(steps * (n_done + share)), steps * n_epochs, f"epoch {n_done + 1} of {n_epochs}")
