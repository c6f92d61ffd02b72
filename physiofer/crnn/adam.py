"""The Adam optimiser (Kingma & Ba 2015) on named arrays, with the arithmetic of ``torch.optim.Adam``."""

import numpy as np

from .._validate import check_count, check_number
from ..exceptions import InvalidArgumentError

__all__ = ["Adam"]


class Adam:
    """Adam on named arrays, which it changes in place.

    Parameters
    ----------
    parameters : dict of str to ndarray of float
        What is trained: live arrays, such as :attr:`CRNN.parameters`.
    learning_rate : float, default=1e-3
        Size of a step; may be changed between steps.
    betas : tuple of two floats, default=(0.9, 0.999)
        How much of the mean of gradients, and of their squares, is kept from step to step.
    eps : float, default=1e-8
        Added to the root of the mean square.

    Attributes
    ----------
    n_steps : int
        Steps taken.

    References
    ----------
    .. [1] Kingma, D. P. & Ba, J. (2015), Adam: a method for stochastic optimization, ICLR, algorithm 1.

    Examples
    --------
    >>> weights = {"w": np.array([1.0, -2.0])}
    >>> adam = Adam(weights, learning_rate=0.1)
    >>> adam.step({"w": np.array([3.0, -0.5])})
    >>> weights["w"].round(6).tolist()
    [0.9, -1.9]

    A later run goes on where this one is:

    >>> later = Adam(weights, learning_rate=0.1)
    >>> later.load_state_dict(adam.state_dict())
    >>> later.n_steps
    1
    """

    def __init__(self, parameters, learning_rate=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.parameters = parameters
        self.learning_rate = check_number(learning_rate, name="learning_rate", low=0.0)
        if not (isinstance(betas, (tuple, list)) and len(betas) == 2):
            raise InvalidArgumentError(f"betas={betas!r} must be two numbers of [0, 1).")
        self.betas = tuple(check_number(beta, name="betas", low=0.0, high=1.0, high_open=True) for beta in betas)
        self.eps = check_number(eps, name="eps", low=0.0)
        self.n_steps = 0
        self._means = {name: np.zeros_like(values) for name, values in parameters.items()}
        self._squares = {name: np.zeros_like(values) for name, values in parameters.items()}

    def step(self, gradients):
        """Change the parameters once, in place.

        Parameters
        ----------
        gradients : dict of str to ndarray
            One for each parameter, of its shape.

        Raises
        ------
        InvalidArgumentError
            If names or shapes differ from the parameters'.
        """
        _check_same(gradients, self.parameters, "gradients")
        self.n_steps += 1
        first, second = self.betas
        step_size = self.learning_rate / (1 - first**self.n_steps)
        root_correction = np.sqrt(1 - second**self.n_steps)
        for name, values in self.parameters.items():
            kind = values.dtype.type  # plain floats would do in NumPy 2; this says that nothing is promoted
            gradient, mean, square = gradients[name], self._means[name], self._squares[name]
            work = gradient - mean
            work *= kind(1 - first)
            mean += work
            np.multiply(gradient, gradient, out=work)
            work *= kind(1 - second)
            square *= kind(second)
            square += work
            np.sqrt(square, out=work)
            work /= kind(root_correction)
            work += kind(self.eps)
            np.divide(mean, work, out=work)
            work *= kind(step_size)
            values -= work

    def state_dict(self):
        """Everything a later run needs to go on as if it had not been stopped.

        Returns
        -------
        dict of str to ndarray
            ``n_steps``, and for each parameter ``mean.<name>`` and ``square.<name>``; copies.
        """
        state = {"n_steps": np.array(self.n_steps, dtype=np.int64)}
        state.update({f"mean.{name}": values.copy() for name, values in self._means.items()})
        state.update({f"square.{name}": values.copy() for name, values in self._squares.items()})
        return state

    def load_state_dict(self, state):
        """Take over the state that :meth:`state_dict` gave; learning rate and betas stay this optimiser's.

        Parameters
        ----------
        state : dict of str to ndarray
            As from :meth:`state_dict`.

        Raises
        ------
        InvalidArgumentError
            If a name or a shape is not that of this optimiser's parameters.
        """
        own = self.state_dict()
        _check_same(state, own, "state")
        n_steps = check_count(np.asarray(state["n_steps"]).item(), name="n_steps")
        for name in self.parameters:
            self._means[name][...] = state[f"mean.{name}"]
            self._squares[name][...] = state[f"square.{name}"]
        self.n_steps = n_steps


def _check_same(given, wanted, what):
    """Refuse arrays whose names or shapes are not those wanted."""
    missing = [name for name in wanted if name not in given]
    unknown = [name for name in given if name not in wanted]
    if missing or unknown:
        raise InvalidArgumentError(f"{what} lacks {missing} and has {unknown} beside what is known.")
    for name, values in wanted.items():
        if np.shape(given[name]) != values.shape:
            raise InvalidArgumentError(
                f"{what}[{name!r}] has shape {np.shape(given[name])}; it must be {values.shape}."
            )
