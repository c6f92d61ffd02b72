"""The multi-task network of Ji & Dong (2024): emotion and heart rate from sequences of faces."""

import numbers

import numpy as np

from .._validate import check_count, check_number, check_series
from ..exceptions import InvalidArgumentError
from .encoder import Encoder
from .gru import ConvGRU
from .layers import linear, linear_gradients, pooled_size
from .losses import Losses, binary_cross_entropy, heart_rate_error, sigmoid

__all__ = ["CRNN"]

_WIDTHS = (32, 64, 128)  # filters of the three convolutions; the recurrent unit has as many channels as the last
_N_SHARED, _N_EMOTION = 16, 20
SMALLEST_IMAGE = 22  # pixels: what three blocks of convolution and pooling leave a map of
_SEQUENCES_PER_CALL = 64


class CRNN:
    """Multi-task convolutional-recurrent network for sequences of face crops.

    Parameters
    ----------
    n_targets : int, default=1
        Binary emotions told at once, such as 2 for valence and arousal.
    heart_rate_head : bool, default=True
        Whether the network has a second head for the heart rate.
    n_channels : int, default=3
        Channels of an image.
    image_size : int, default=64
        Height and width of an image in pixels, at least 22.
    dtype : numpy.float32 or numpy.float64, default=numpy.float32
        Type of weights and arithmetic.
    random_state : int, numpy.random.Generator or None, default=None
        Seed of the initial weights.

    Attributes
    ----------
    parameters : dict of str to ndarray
        The live weights by their documented names, in order.

    Notes
    -----
    Names and shapes are PyTorch's: ``conv1.weight (32, n_channels, 3, 3)``, ``conv1.bias``, ``conv2``, ``conv3``;
    ``gru.input.weight (384, 128, 3, 3)`` and ``gru.hidden.weight``, gates in the order update, reset, candidate, with
    one bias a gate, ``gru.input.bias (384,)``; ``shared (16, 4608)`` on the flattened (channels, height, width) of the
    last state; ``emotion.0 (20, 16)``, ``emotion.1 (n_targets, 20)``, ``heart_rate (1, 16)``.

    References
    ----------
    .. [1] Ji, W. & Dong, Z. (2024), IEEE Access, 10.1109/ACCESS.2024.3422403.

    Examples
    --------
    >>> network = CRNN(random_state=0)
    >>> network.n_parameters
    1052490
    >>> faces = np.zeros((2, 3, 3, 64, 64), dtype=np.uint8)
    >>> probability, heart_rate_bpm = network.forward(faces)
    >>> probability.shape, heart_rate_bpm.shape
    ((2, 1), (2,))

    What training is made of, on pictures of 22 pixels:

    >>> small = CRNN(image_size=22, random_state=0)
    >>> faces = np.random.default_rng(0).random((4, 2, 3, 22, 22), dtype=np.float32)
    >>> losses, gradients = small.loss_and_gradients(faces, [0, 1, 0, 1], heart_rate=[60.0, 70.0, np.nan, 80.0])
    >>> list(gradients) == list(small.parameters)
    True
    >>> small.emotion_logits(faces).shape, small.shared_features(faces).shape
    ((4, 1), (4, 16))
    >>> small.dropout_mask(np.random.default_rng(0), 4).shape
    (4, 20)
    >>> twin = CRNN(image_size=22, random_state=1)
    >>> twin.load_state_dict(small.state_dict())
    >>> bool(np.array_equal(twin.emotion_logits(faces), small.emotion_logits(faces)))
    True
    """

    def __init__(
        self, *, n_targets=1, heart_rate_head=True, n_channels=3, image_size=64, dtype=np.float32, random_state=None
    ):
        self.n_targets = check_count(n_targets, name="n_targets", low=1)
        if not isinstance(heart_rate_head, (bool, np.bool_)):
            raise InvalidArgumentError(f"heart_rate_head={heart_rate_head!r} must be True or False.")
        self.heart_rate_head = bool(heart_rate_head)
        self.n_channels = check_count(n_channels, name="n_channels", low=1)
        self.image_size = check_count(image_size, name="image_size", low=SMALLEST_IMAGE)
        self.dtype = _check_dtype(dtype)
        self.parameters = {
            name: _draw(shape, fan_in, self.dtype, generator)
            for generator in [_check_generator(random_state)]
            for name, (shape, fan_in) in self._shapes().items()
        }

    def _shapes(self):
        """Shape of each parameter, and how many inputs an output of its layer has."""
        size = self.image_size
        for _ in _WIDTHS:
            size = pooled_size(size)
        shapes, n_in, m = {}, self.n_channels, _WIDTHS[-1]
        for k, n_out in enumerate(_WIDTHS, start=1):
            shapes[f"conv{k}.weight"] = (n_out, n_in, 3, 3), 9 * n_in
            shapes[f"conv{k}.bias"] = (n_out,), 9 * n_in
            n_in = n_out
        shapes["gru.input.weight"] = (3 * m, m, 3, 3), 9 * m
        shapes["gru.input.bias"] = (3 * m,), 9 * m
        shapes["gru.hidden.weight"] = (3 * m, m, 3, 3), 9 * m
        layers = {"shared": (_N_SHARED, m * size * size), "emotion.0": (_N_EMOTION, _N_SHARED)}
        layers["emotion.1"] = (self.n_targets, _N_EMOTION)
        if self.heart_rate_head:
            layers["heart_rate"] = (1, _N_SHARED)
        for name, (n_out, fan_in) in layers.items():
            shapes[f"{name}.weight"] = (n_out, fan_in), fan_in
            shapes[f"{name}.bias"] = (n_out,), fan_in
        return shapes

    @property
    def n_parameters(self):
        """Number of trained weights."""
        return sum(values.size for values in self.parameters.values())

    def state_dict(self):
        """Copies of all weights by name, as :meth:`load_state_dict` takes them.

        Returns
        -------
        dict of str to ndarray
        """
        return {name: values.copy() for name, values in self.parameters.items()}

    def load_state_dict(self, state):
        """Take over weights, all of them or none.

        Parameters
        ----------
        state : dict of str to array-like
            As from :meth:`state_dict`.

        Raises
        ------
        InvalidArgumentError
            If a name is missing or unknown, a shape is another, or a weight is not finite.
        """
        missing = [name for name in self.parameters if name not in state]
        unknown = [name for name in state if name not in self.parameters]
        if missing or unknown:
            raise InvalidArgumentError(
                f"state is of another network: it lacks {missing or 'nothing'} and has {unknown or 'nothing'} beside."
            )
        loaded = {}
        for name, values in self.parameters.items():
            given = np.asarray(state[name])
            if given.shape != values.shape or given.dtype.kind != "f" or not np.isfinite(given).all():
                raise InvalidArgumentError(
                    f"state[{name!r}] has shape {given.shape} and type {given.dtype}; it must be finite floats of "
                    f"shape {values.shape}."
                )
            loaded[name] = given
        for name, given in loaded.items():
            self.parameters[name][...] = given

    def forward(self, x):
        """Emotion and heart rate of sequences of faces.

        Parameters
        ----------
        x : array-like of shape (n, n_frames, n_channels, image_size, image_size)
            Bytes from 0 to 255, or floats from 0 to 1.

        Returns
        -------
        probability : ndarray of shape (n, n_targets)
            Of each emotion.
        heart_rate_bpm : ndarray of shape (n,) or None
            Beats per minute; None without the head.

        Raises
        ------
        InvalidArgumentError
            If `x` is empty, of another shape, or holds anything but finite numbers.
        """
        logits, heart_rate_bpm = self._heads(self.shared_features(x))[:2]
        return sigmoid(logits), heart_rate_bpm

    def emotion_logits(self, x):
        """Logits of the emotions, of which :meth:`forward` gives the probabilities.

        Parameters
        ----------
        x : array-like of shape (n, n_frames, n_channels, image_size, image_size)
            As for :meth:`forward`.

        Returns
        -------
        ndarray of shape (n, n_targets)
        """
        return self._heads(self.shared_features(x))[0]

    def shared_features(self, x):
        """The sixteen features that both heads read.

        Parameters
        ----------
        x : array-like of shape (n, n_frames, n_channels, image_size, image_size)
            As for :meth:`forward`.

        Returns
        -------
        ndarray of shape (n, 16)
        """
        x = self._check_sequences(x)
        shared = np.empty((len(x), _N_SHARED), self.dtype)
        for start in range(0, len(x), _SEQUENCES_PER_CALL):
            part = x[start : start + _SEQUENCES_PER_CALL]
            state = self._recurrent().forward(Encoder(self.parameters, part).forward())
            flat = state.transpose(0, 3, 1, 2).reshape(len(state), -1)
            shared[start : start + len(part)] = linear(flat, *self._layer("shared"))
        return shared

    def loss_and_gradients(self, x, y, heart_rate=None, *, alpha=1.0, beta=0.01, generator=None, dropout=0.5):
        """Losses of a batch and the gradient of the total one with respect to every weight.

        Parameters
        ----------
        x : array-like of shape (n, n_frames, n_channels, image_size, image_size)
            As for :meth:`forward`.
        y : array-like of shape (n,) or (n, n_targets)
            Labels from 0 to 1.
        heart_rate : array-like of shape (n,), default=None
            Measured rates in beats per minute. NaN is left out, None leaves out all.
        alpha, beta : float, default=1.0 and 0.01
            Weights of the two losses.
        generator : numpy.random.Generator, default=None
            Draws the dropout mask of the emotion head; None drops nothing.
        dropout : float, default=0.5
            Share of the emotion head's hidden units that `generator` drops.

        Returns
        -------
        losses : Losses
            Total, emotion and heart rate, unweighted the latter two.
        gradients : dict of str to ndarray
            By the names of :attr:`parameters`.

        Raises
        ------
        InvalidArgumentError
            If an argument is not as described.
        """
        x = self._check_sequences(x)
        y = check_labels(y, (len(x), self.n_targets))
        heart_rate = self._check_heart_rate(heart_rate, len(x))
        alpha = check_number(alpha, name="alpha", low=0.0)
        beta = check_number(beta, name="beta", low=0.0)
        encoder, recurrent = Encoder(self.parameters, x, keep=True), self._recurrent()
        state = recurrent.forward(encoder.forward())
        flat = state.transpose(0, 3, 1, 2).reshape(len(state), -1)
        shared = linear(flat, *self._layer("shared"))
        mask = None if generator is None else self.dropout_mask(generator, len(x), dropout)
        losses, of_shared, gradients = self._head_gradients(shared, y, heart_rate, alpha, beta, mask)
        of_flat, gradients["shared.weight"], gradients["shared.bias"] = linear_gradients(
            flat, self.parameters["shared.weight"], of_shared
        )
        m, size = _WIDTHS[-1], state.shape[1:3]
        of_state = np.ascontiguousarray(of_flat.reshape(len(x), m, *size).transpose(0, 2, 3, 1))
        of_maps, *of_recurrent = recurrent.backward(of_state)
        names = "gru.input.weight", "gru.input.bias", "gru.hidden.weight"
        gradients.update(zip(names, of_recurrent, strict=True))
        gradients.update(encoder.backward(of_maps))
        return losses, {name: np.ascontiguousarray(gradients[name]) for name in self.parameters}

    def dropout_mask(self, generator, n, dropout=0.5):
        """What the hidden units of the emotion head are multiplied by: 0, or 1 / (1 - dropout).

        Parameters
        ----------
        generator : numpy.random.Generator
            It decides which.
        n : int
            Sequences of the batch.
        dropout : float, default=0.5
            Share of the units that are dropped.

        Returns
        -------
        ndarray of shape (n, 20)

        Raises
        ------
        InvalidArgumentError
            If `generator` is none, or `dropout` not from 0 to below 1.
        """
        if not isinstance(generator, np.random.Generator):
            raise InvalidArgumentError(f"generator={generator!r} must be a numpy.random.Generator.")
        dropout = check_number(dropout, name="dropout", low=0.0, high=1.0, high_open=True)
        is_kept = generator.random((n, _N_EMOTION)) >= dropout
        return is_kept.astype(self.dtype) / self.dtype.type(1 - dropout)

    def _layer(self, name):
        """Weight and bias of a layer."""
        return self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"]

    def _recurrent(self):
        """The recurrent unit for one pass."""
        size = self.image_size
        for _ in _WIDTHS:
            size = pooled_size(size)
        return ConvGRU(*self._layer("gru.input"), self.parameters["gru.hidden.weight"], size, size)

    def _heads(self, shared, mask=None):
        """Emotion logits, heart rates or None, and the emotion head's hidden units before and after dropout."""
        hidden = np.maximum(linear(shared, *self._layer("emotion.0")), 0)
        kept = hidden if mask is None else hidden * mask
        logits = linear(kept, *self._layer("emotion.1"))
        rates = linear(shared, *self._layer("heart_rate"))[:, 0] if self.heart_rate_head else None
        return logits, rates, hidden, kept

    def _head_gradients(self, shared, y, heart_rate, alpha, beta, mask):
        """Losses (5) to (7), the gradient of the total one with respect to the shared features, and to the heads."""
        kind, gradients = self.dtype.type, {}
        logits, rates, hidden, kept = self._heads(shared, mask)
        emotion_loss, of_logits = binary_cross_entropy(logits, y)
        of_kept, gradients["emotion.1.weight"], gradients["emotion.1.bias"] = linear_gradients(
            kept, self.parameters["emotion.1.weight"], kind(alpha) * of_logits
        )
        of_hidden = of_kept if mask is None else of_kept * mask
        of_shared, gradients["emotion.0.weight"], gradients["emotion.0.bias"] = linear_gradients(
            shared, self.parameters["emotion.0.weight"], of_hidden * (hidden > 0)
        )
        heart_rate_loss = 0.0
        if self.heart_rate_head:
            heart_rate_loss, of_rates = heart_rate_error(rates, heart_rate)
            through, gradients["heart_rate.weight"], gradients["heart_rate.bias"] = linear_gradients(
                shared, self.parameters["heart_rate.weight"], kind(beta) * of_rates[:, None]
            )
            of_shared = of_shared + through
        losses = Losses(alpha * emotion_loss + beta * heart_rate_loss, emotion_loss, heart_rate_loss)
        return losses, of_shared, gradients

    def _check_sequences(self, x):
        """Return `x` as an array of the right shape and a type to read frames from."""
        try:
            x = np.asarray(x) if not isinstance(x, np.ndarray) else x
        except ValueError as error:
            raise InvalidArgumentError(f"x must be one array of windows of one shape ({error}).") from error
        wanted = (self.n_channels, self.image_size, self.image_size)
        if x.ndim != 5 or x.shape[2:] != wanted:
            hint = ""
            if x.ndim == 5 and x.shape[2:] == (*wanted[1:], wanted[0]):
                hint = " Channels are last: use x.transpose(0, 1, 4, 2, 3)."
            elif x.ndim == 4 and x.shape[1:] == wanted:
                hint = " One sequence needs an axis in front: x[None]."
            raise InvalidArgumentError(
                f"x has shape {x.shape}; it must be (n, n_frames, {', '.join(map(str, wanted))}).{hint}"
            )
        if 0 in x.shape:
            raise InvalidArgumentError(
                f"x has shape {x.shape}: there is nothing in it; at least one sequence of one frame is needed."
            )
        if x.dtype != np.uint8 and x.dtype.kind != "f":
            raise InvalidArgumentError(f"x has type {x.dtype}; it must be uint8, from 0 to 255, or float, from 0 to 1.")
        return x

    def _check_heart_rate(self, heart_rate, n):
        """Return the measured rates as float64 (n,), NaN where there is none."""
        if heart_rate is None:
            return np.full(n, np.nan)
        heart_rate = check_series(heart_rate, name="heart_rate")
        if heart_rate.shape != (n,):
            raise InvalidArgumentError(
                f"heart_rate has shape {heart_rate.shape}; it must be ({n},), NaN where unknown."
            )
        if np.isinf(heart_rate).any():
            raise InvalidArgumentError("heart_rate must be finite, or NaN where unknown.")
        return heart_rate


def _draw(shape, fan_in, dtype, generator):
    """Uniform within 1 / sqrt(fan_in), as PyTorch draws convolutions and linear layers."""
    bound = 1 / np.sqrt(fan_in)
    return generator.uniform(-bound, bound, shape).astype(dtype)


def _check_dtype(dtype):
    """Return `dtype` as one of the two types of floats."""
    for kind in (np.float32, np.float64):
        if dtype is kind or (isinstance(dtype, (str, np.dtype)) and dtype == np.dtype(kind).name):
            return np.dtype(kind)
    raise InvalidArgumentError(f"dtype={dtype!r} must be numpy.float32 or numpy.float64.")


def _check_generator(random_state):
    """Return a generator of `random_state`."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    is_seed = isinstance(random_state, numbers.Integral) and not isinstance(random_state, bool) and random_state >= 0
    if random_state is not None and not is_seed:
        raise InvalidArgumentError(f"random_state={random_state!r} must be None, an integer from 0, or a Generator.")
    return np.random.Generator(np.random.Philox(random_state))


def check_labels(y, shape):
    """Return labels as float64 of the shape, from 0 to 1."""
    try:
        y = np.asarray(y, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"y must be labels from 0 to 1 ({error}).") from error
    if y.shape == shape[:1] and shape[1] == 1:
        y = y[:, None]
    if y.shape != shape:
        raise InvalidArgumentError(f"y has shape {y.shape}; it must be {shape}: windows and targets.")
    if not ((y >= 0) & (y <= 1)).all():
        raise InvalidArgumentError("y must be labels from 0 to 1, and no NaN.")
    return y
