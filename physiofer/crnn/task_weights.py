r"""How much each of the two losses counts: fixed as in the paper, or learnt while the network trains.

The network trains on :math:`w_e\,\alpha\,L_e + w_h\,\beta\,L_h` with :math:`L_e` the cross-entropy of emotion and
:math:`L_h` the root mean square error of heart rate in bpm. Fixed weights leave :math:`w_e = w_h = 1`; the others start
there and move on.

All three have the same methods, so that a training loop need not know which it holds, and none of them knows whether
the network is one of NumPy or of PyTorch.
"""

import copy

import numpy as np

from .._validate import check_choice, check_number
from ..exceptions import InvalidArgumentError
from .adam import Adam

__all__ = ["TASK_WEIGHTINGS", "FixedWeights", "GradNormWeights", "UncertaintyWeights", "make_task_weights"]

_LEAST_WEIGHT = 1e-3  # of GradNorm, whose steps could make a weight negative
_LARGEST_LOG = 10.0  # a loss that has become zero (one window learnt by heart) would drive its weight to infinity


class FixedWeights:
    """Weights of the two losses that stay as they are, as in the paper.

    Parameters
    ----------
    alpha : float, default=1.0
        Weight of the cross-entropy of emotion; 0 or more.
    beta : float, default=0.01
        Weight of the error of heart rate, per bpm; 0 or more.

    References
    ----------
    .. [1] Ji, W. & Dong, Z. (2024), IEEE Access, 10.1109/ACCESS.2024.3422403, equation (7).

    Examples
    --------
    >>> FixedWeights(beta=0.1).weights
    (1.0, 0.1)
    """

    def __init__(self, alpha=1.0, beta=0.01):
        self.alpha = check_number(alpha, name="alpha", low=0.0)
        self.beta = check_number(beta, name="beta", low=0.0)

    @property
    def weights(self):
        """Weight of the loss of emotion and weight of the loss of heart rate, as they are now."""
        return self.alpha, self.beta

    def loss_and_gradients(self, network, x, y, heart_rate=None, *, generator=None):
        """Losses and gradients of the weighted sum at the present weights, which then move on if they are learnt.

        Parameters
        ----------
        network : CRNN or TorchCRNN
            The network that trains.
        x : array of shape (n, n_frames, n_channels, height, width)
            Frames.
        y : array of shape (n, n_targets)
            Labels, 0 or 1.
        heart_rate : array of shape (n,), default=None
            In beats per minute; NaN where unknown.
        generator : numpy.random.Generator, default=None
            Source of the masks of dropout; without it nothing is dropped.

        Returns
        -------
        losses : Losses
            The weighted sum and its parts, which are unweighted.
        gradients : dict of str to array
            Of the weighted sum with respect to the network's parameters.

        Examples
        --------
        >>> from physiofer.crnn import CRNN
        >>> x = np.zeros((2, 1, 3, 22, 22), dtype=np.float32)
        >>> network = CRNN(image_size=22, random_state=0)
        >>> losses, _ = FixedWeights().loss_and_gradients(network, x, [[0], [1]], [60.0, 70.0])
        >>> bool(np.isclose(losses.total, losses.emotion + 0.01 * losses.heart_rate))
        True
        """
        return self._loss_and_gradients(network, x, y, heart_rate, generator)

    def _loss_and_gradients(self, network, x, y, heart_rate, generator):
        """The same, in the way of each kind of weights."""
        return _ask(network, x, y, heart_rate, self.weights, generator)

    def state_dict(self):
        """What training has changed in these weights, for a checkpoint.

        Returns
        -------
        dict of str to ndarray
            Empty, as nothing has.
        """
        return {}

    def load_state_dict(self, state):
        """Take over the state that :meth:`state_dict` gave.

        Parameters
        ----------
        state : dict of str to ndarray
            As from :meth:`state_dict` of weights of the same kind.

        Raises
        ------
        InvalidArgumentError
            If it is the state of another kind of weights.

        Examples
        --------
        >>> FixedWeights().load_state_dict({})
        """
        _check_names(state, self.state_dict())


class _LearntWeights(FixedWeights):
    """What the kinds of learnt weights share: two numbers, their optimiser, and how both are stored."""

    def __init__(self, alpha, beta, start, learning_rate):
        self.alpha = check_number(alpha, name="alpha", low=0.0, low_open=True)
        self.beta = check_number(beta, name="beta", low=0.0, low_open=True)
        self._learnt = np.full(2, start)
        self._adam = Adam({"learnt": self._learnt}, learning_rate=learning_rate)

    def _own_state(self):
        """What is stored besides the optimiser's state: live arrays by name."""
        return {"learnt": self._learnt}

    def state_dict(self):
        """What training has changed in these weights, for a checkpoint: copies, by name."""
        own = {name: values.copy() for name, values in self._own_state().items()}
        return own | {f"adam.{name}": values for name, values in self._adam.state_dict().items()}

    def load_state_dict(self, state):
        """Take over the state that `state_dict` of weights of the same kind gave."""
        _check_names(state, self.state_dict())
        adam = {name.removeprefix("adam."): values for name, values in state.items() if name.startswith("adam.")}
        self._adam.load_state_dict(adam)
        for name, values in self._own_state().items():
            values[...] = state[name]


class UncertaintyWeights(_LearntWeights):
    r"""Weights learnt from the noise of each task (Kendall et al. 2018).

    Emotion is a classification of temperature :math:`\sigma_e^2`, heart rate a regression of scale :math:`\sigma_h`,
    and training minimises

    .. math:: \frac{\alpha L_e}{\sigma_e^2} + \log \sigma_e + \frac{\beta L_h}{\sigma_h} + \log \sigma_h .

    :math:`L_h` being an error and no squared error, :math:`\sigma_h` enters as in a Laplace likelihood; its best value
    is the (weighted) error, as that of a Gaussian likelihood of the squared error is, and with it either term becomes
    the logarithm of the error. :math:`\log \sigma_e^2` and :math:`\log \sigma_h` start at 0 and take a step of Adam
    after each batch. A batch without a known heart rate leaves them as they are.

    Parameters
    ----------
    alpha, beta : float, default=1.0, 0.01
        Where the weights start; above 0.
    learning_rate : float, default=0.01
        Of the two logarithms.

    References
    ----------
    .. [1] Kendall, A., Gal, Y. & Cipolla, R. (2018), Multi-task learning using uncertainty to weigh losses for scene
       geometry and semantics, CVPR, equations (7) and (10).

    Examples
    --------
    >>> from physiofer.crnn import CRNN
    >>> x = np.zeros((2, 1, 3, 32, 32), dtype=np.float32)
    >>> network, weights = CRNN(image_size=32, random_state=0), UncertaintyWeights()
    >>> losses, _ = weights.loss_and_gradients(network, x, [[0], [1]], [160.0, 170.0])
    >>> [round(weight, 4) for weight in weights.weights]
    [0.99, 0.0099]
    """

    def __init__(self, alpha=1.0, beta=0.01, *, learning_rate=0.01):
        super().__init__(alpha, beta, 0.0, learning_rate)

    @property
    def weights(self):
        """Weight of the loss of emotion and weight of the loss of heart rate, as they are now."""
        shares = np.exp(-self._learnt)
        return self.alpha * float(shares[0]), self.beta * float(shares[1])

    def _loss_and_gradients(self, network, x, y, heart_rate, generator):
        _check_has_both(network, self)
        alpha, beta = self.weights
        losses, gradients = _ask(network, x, y, heart_rate, (alpha, beta), generator)
        if _has_known(heart_rate):
            slopes = np.array([0.5 - alpha * losses.emotion, 1.0 - beta * losses.heart_rate])
            self._adam.step({"learnt": slopes})
            np.clip(self._learnt, -_LARGEST_LOG, _LARGEST_LOG, out=self._learnt)
        return losses, gradients


class GradNormWeights(_LearntWeights):
    r"""Weights that let both tasks pull equally at the shared features, the slower one harder (Chen et al. 2018).

    After each batch the weights :math:`w_i` take a step of Adam down :math:`\sum_i |G_i - \bar{G} r_i^a|`, where
    :math:`G_i` is the norm of the gradient of the weighted loss `i` at ``shared.weight``, the last layer that the tasks
    share, :math:`\bar{G}` their mean, and :math:`r_i` what is left of the loss since the first batch, over the mean of
    both. Their sum is then made 2 again. It takes two backward passes a batch, one for each loss. A batch without a
    known heart rate leaves the weights as they are.

    Parameters
    ----------
    alpha, beta : float, default=1.0, 0.01
        What the losses are multiplied by besides the learnt weights, which start at 1; above 0.
    asymmetry : float, default=1.5
        The exponent `a`: 0 makes the gradients equal, more favours the task that has learnt less.
    learning_rate : float, default=0.025
        Of the two weights.

    References
    ----------
    .. [1] Chen, Z., Badrinarayanan, V., Lee, C.-Y. & Rabinovich, A. (2018), GradNorm: gradient normalization for
       adaptive loss balancing in deep multitask networks, ICML, algorithm 1.

    Examples
    --------
    >>> from physiofer.crnn import CRNN
    >>> x = np.random.default_rng(0).random((2, 1, 3, 32, 32), dtype=np.float32)
    >>> network, weights = CRNN(image_size=32, random_state=0), GradNormWeights(beta=0.1)
    >>> losses, _ = weights.loss_and_gradients(network, x, [[0], [1]], [60.0, 70.0])
    >>> alpha, beta = weights.weights
    >>> round(alpha + beta / 0.1, 6)
    2.0
    """

    def __init__(self, alpha=1.0, beta=0.01, *, asymmetry=1.5, learning_rate=0.025):
        super().__init__(alpha, beta, 1.0, learning_rate)
        self.asymmetry = check_number(asymmetry, name="asymmetry", low=0.0)
        self._first_losses = np.full(2, np.nan)  # NaN until a batch had both

    def _own_state(self):
        return {"learnt": self._learnt, "first_losses": self._first_losses}

    @property
    def weights(self):
        """Weight of the loss of emotion and weight of the loss of heart rate, as they are now."""
        return self.alpha * float(self._learnt[0]), self.beta * float(self._learnt[1])

    def _loss_and_gradients(self, network, x, y, heart_rate, generator):
        _check_has_both(network, self)
        alpha, beta = self.weights
        if not _has_known(heart_rate):
            return _ask(network, x, y, heart_rate, (alpha, beta), generator)
        same_masks = copy.deepcopy(generator)  # both passes drop the same units: the gradients add up
        losses, of_emotion = _ask(network, x, y, heart_rate, (self.alpha, 0.0), same_masks)
        norms = [_norm(of_emotion["shared.weight"])]
        gradients = {name: values * float(self._learnt[0]) for name, values in of_emotion.items()}
        _, of_heart_rate = _ask(network, x, y, heart_rate, (0.0, self.beta), generator)
        norms.append(_norm(of_heart_rate["shared.weight"]))
        for name, values in of_heart_rate.items():
            gradients[name] += values * float(self._learnt[1])
        total = alpha * losses.emotion + beta * losses.heart_rate
        self._balance(np.array(norms), np.array([losses.emotion, losses.heart_rate]))
        return losses._replace(total=total), gradients

    def _balance(self, norms, losses):
        """Move the weights, given the norm of the gradient of each unweighted loss and the losses."""
        if np.isnan(self._first_losses).any():
            self._first_losses[:] = losses
        left = losses / np.maximum(self._first_losses, np.finfo(float).tiny)
        pulls = self._learnt * norms
        wanted = pulls.mean() * (left / max(left.mean(), np.finfo(float).tiny)) ** self.asymmetry
        self._adam.step({"learnt": np.sign(pulls - wanted) * norms})
        np.maximum(self._learnt, _LEAST_WEIGHT, out=self._learnt)
        self._learnt *= 2.0 / self._learnt.sum()


#: Kinds of weights by the name an estimator gives them.
TASK_WEIGHTINGS = {"fixed": FixedWeights, "uncertainty": UncertaintyWeights, "gradnorm": GradNormWeights}


def make_task_weights(kind="fixed", *, alpha=1.0, beta=0.01):
    """Weights of the two losses, of a kind that is given by name.

    Parameters
    ----------
    kind : {"fixed", "uncertainty", "gradnorm"}, default="fixed"
        How the weights change while the network trains.
    alpha, beta : float, default=1.0, 0.01
        Weights of the losses of emotion and of heart rate, where they start.

    Returns
    -------
    FixedWeights, UncertaintyWeights or GradNormWeights
        Fresh, as at the start of training.

    Raises
    ------
    InvalidArgumentError
        If there is no such kind, or a weight is negative, or 0 where it is to be learnt.

    Examples
    --------
    >>> make_task_weights("gradnorm", beta=0.1).weights
    (1.0, 0.1)
    """
    return TASK_WEIGHTINGS[check_choice(kind, name="kind", choices=TASK_WEIGHTINGS)](alpha, beta)


def _ask(network, x, y, heart_rate, weights, generator):
    """Losses and gradients of a network at given weights."""
    alpha, beta = weights
    return network.loss_and_gradients(x, y, heart_rate, alpha=alpha, beta=beta, generator=generator)


def _norm(gradient):
    """Euclidean norm of an array of NumPy or a tensor of PyTorch."""
    return float((gradient * gradient).sum()) ** 0.5


def _has_known(heart_rate):
    """Whether any heart rate of a batch is known."""
    return heart_rate is not None and bool(np.isfinite(np.asarray(heart_rate, dtype=np.float64)).any())


def _check_has_both(network, weights):
    """Refuse to weigh one task against none."""
    if not network.heart_rate_head:
        kind = type(weights).__name__
        raise InvalidArgumentError(
            f"{kind} needs two tasks; give a network with heart_rate_head=True or fixed weights."
        )


def _check_names(state, wanted):
    """Refuse the state of weights of another kind."""
    if not isinstance(state, dict) or state.keys() != wanted.keys():
        raise InvalidArgumentError(f"state must have the names {sorted(wanted)}; it is of another kind of weights.")
