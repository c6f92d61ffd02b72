"""The same network trained by PyTorch, an optional extra: on a GPU, in mixed precision, compiled.

:class:`TorchCRNN` and :class:`TorchAdam` have the methods of :class:`~physiofer.crnn.CRNN` and
:class:`~physiofer.crnn.Adam`, so that one training loop serves both, and what one stores the other reads. The masks of
dropout are drawn by NumPy for either: a seed means the same batches and masks on every device.
"""

import contextlib

import numpy as np

from .._optional import require
from .._validate import check_number
from ..exceptions import InvalidArgumentError
from .adam import Adam
from .encoder import check_pixels
from .losses import Losses
from .network import CRNN, check_labels
from .torch_module import architecture_of, from_torch, to_numpy, to_torch

__all__ = ["TorchAdam", "TorchCRNN", "from_torch", "to_torch"]

_SEQUENCES_PER_CALL = 64  # of a forward pass without gradients


class TorchCRNN(CRNN):
    """A network whose weights and arithmetic are PyTorch's, with the methods of one of NumPy.

    Parameters
    ----------
    network : CRNN
        Where architecture, type and weights are copied from.
    device : str or torch.device, default="cpu"
        Where it lives, such as ``"cuda"``.
    mixed_precision : bool, default=False
        Whether products and convolutions are of bfloat16, whose range is that of float32, so that losses need no
        scaling; weights and their updates stay float32. Without it, convolutions on a GPU are of full float32 and not
        of TensorFloat-32.
    compile : bool, default=False
        Whether ``torch.compile`` fuses the operations, which takes its time at the first batch of each shape.

    Attributes
    ----------
    parameters : dict of str to torch.nn.Parameter
        The live weights by their documented names, in order.
    module : CRNNModule
        The module that holds them.

    Raises
    ------
    MissingExtraError
        If PyTorch is not installed.
    InvalidArgumentError
        If the device is not there, or mixed precision is asked of float64.

    Examples
    --------
    >>> from physiofer.crnn import CRNN
    >>> network = TorchCRNN(CRNN(random_state=0), device="cpu")         # doctest: +SKIP
    >>> faces = np.zeros((2, 3, 3, 64, 64), dtype=np.uint8)
    >>> probability, heart_rate_bpm = network.forward(faces)            # doctest: +SKIP
    >>> probability.shape, heart_rate_bpm.shape                         # doctest: +SKIP
    ((2, 1), (2,))
    """

    def __init__(self, network, *, device="cpu", mixed_precision=False, compile=False):
        module = to_torch(network)
        for name, value in architecture_of(network).items():
            setattr(self, name, value)
        self.dtype = network.dtype
        self.device = _check_device(device)
        self._mixed_precision = _check_switch(mixed_precision, "mixed_precision")
        if self._mixed_precision and self.dtype == np.float64:
            raise InvalidArgumentError(
                "mixed_precision=True is of float32 and bfloat16; give a network of numpy.float32."
            )
        self.module = module.to(self.device).eval()
        self.parameters = dict(self.module.named_parameters())
        self._call = self.module
        if _check_switch(compile, "compile"):
            self._call = require("torch", extra="torch").compile(self.module)

    @property
    def n_parameters(self):
        """Number of trained weights."""
        return sum(values.numel() for values in self.parameters.values())

    def state_dict(self):
        """Copies of all weights by name, as arrays of NumPy."""
        return {name: to_numpy(values) for name, values in self.parameters.items()}

    def load_state_dict(self, state):
        """Take over weights, all of them or none, as :meth:`CRNN.load_state_dict` does."""
        network = CRNN(**architecture_of(self), dtype=self.dtype, random_state=0)
        network.load_state_dict(state)
        torch = require("torch", extra="torch")
        with torch.no_grad():
            for name, values in network.parameters.items():
                self.parameters[name].copy_(torch.from_numpy(values))

    def forward(self, x):
        """Emotion and heart rate of sequences of faces, as :meth:`CRNN.forward` gives them."""
        torch = require("torch", extra="torch")
        logits, rates = zip(*self._parts(self._call, x), strict=True)
        probability = to_numpy(torch.cat(logits).to(getattr(torch, self.dtype.name)).sigmoid())
        return probability, to_numpy(torch.cat(rates)) if self.heart_rate_head else None

    def emotion_logits(self, x):
        """Logits (n, n_targets) of the emotions of sequences `x`, as for :meth:`forward`."""
        return np.concatenate([to_numpy(logits) for logits, _ in self._parts(self._call, x)])

    def shared_features(self, x):
        """The features (n, 16) that both heads read, of sequences `x` as for :meth:`forward`."""
        parts = self._parts(self.module.shared_features, x)
        return np.concatenate([to_numpy(shared) for shared in parts])

    def _parts(self, call, x):
        """What `call` gives of each few sequences of `x`, without gradients."""
        torch = require("torch", extra="torch")
        x = self._check_sequences(x)
        with torch.no_grad(), self._exact_convolutions(), self._mixed():
            return [
                call(self._to_device(x[start : start + _SEQUENCES_PER_CALL]))
                for start in range(0, len(x), _SEQUENCES_PER_CALL)
            ]

    def loss_and_gradients(self, x, y, heart_rate=None, *, alpha=1.0, beta=0.01, generator=None, dropout=0.5):
        """Losses of a batch and gradients of the total one, as :meth:`CRNN.loss_and_gradients` gives them.

        Parameters
        ----------
        x, y, heart_rate, alpha, beta, generator, dropout
            As there.

        Returns
        -------
        losses : Losses
            Total, emotion and heart rate, unweighted the latter two.
        gradients : dict of str to torch.Tensor
            On the network's device, by the names of :attr:`parameters`.
        """
        torch = require("torch", extra="torch")
        x = self._check_sequences(x)
        y = check_labels(y, (len(x), self.n_targets))
        heart_rate = self._check_heart_rate(heart_rate, len(x))
        alpha, beta = check_number(alpha, name="alpha", low=0.0), check_number(beta, name="beta", low=0.0)
        mask = np.ones((1, 1), self.dtype) if generator is None else self.dropout_mask(generator, len(x), dropout)
        with self._exact_convolutions():
            with self._mixed():
                logits, rates = self._call(self._to_device(x), torch.from_numpy(mask).to(self.device))
            exact = getattr(torch, self.dtype.name)
            labels = torch.from_numpy(y).to(self.device, exact)
            emotion = torch.nn.functional.binary_cross_entropy_with_logits(logits.to(exact), labels)
            error = torch.zeros_like(emotion)
            if self.heart_rate_head:
                error = _heart_rate_error(rates.to(exact), torch.from_numpy(heart_rate).to(self.device, exact))
            total = alpha * emotion + beta * error
            gradients = torch.autograd.grad(  # a single frame does not use the recurrent weights
                total, list(self.parameters.values()), allow_unused=True, materialize_grads=True
            )
        losses = Losses(*torch.stack([total, emotion, error]).tolist())
        return losses, dict(zip(self.parameters, gradients, strict=True))

    def _to_device(self, x):
        """Sequences as a tensor from 0 to 1 on the device; bytes travel as bytes."""
        torch = require("torch", extra="torch")
        if x.dtype.kind == "f":
            x = check_pixels(x.astype(self.dtype, copy=False))
        x = np.require(x, requirements=["C", "W"])  # PyTorch warns of memory that it could not write to
        frames = torch.from_numpy(x).to(self.device)
        return frames if x.dtype != np.uint8 else frames.to(getattr(torch, self.dtype.name)) * (1 / 255)

    def _mixed(self):
        """Forward arithmetic as asked for; backward, PyTorch follows what forward did."""
        torch = require("torch", extra="torch")
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self._mixed_precision)

    @contextlib.contextmanager
    def _exact_convolutions(self):
        """No TensorFloat-32 on a GPU unless precision may be mixed; outside, it stays as it was."""
        if self.device.type != "cuda" or self._mixed_precision:
            yield
            return
        cudnn = require("torch", extra="torch").backends.cudnn
        others = {name: getattr(cudnn, name) for name in ("enabled", "benchmark", "deterministic")}
        with cudnn.flags(**others, allow_tf32=False):
            yield


class TorchAdam(Adam):
    """``torch.optim.Adam`` with the methods, and the stored state, of :class:`~physiofer.crnn.Adam`.

    Parameters
    ----------
    parameters : dict of str to torch.nn.Parameter
        What is trained: live tensors, such as :attr:`TorchCRNN.parameters`.
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

    Examples
    --------
    >>> from physiofer.crnn import CRNN
    >>> network = TorchCRNN(CRNN(random_state=0))       # doctest: +SKIP
    >>> adam = TorchAdam(network.parameters)            # doctest: +SKIP
    >>> faces = np.zeros((2, 1, 3, 64, 64), dtype=np.uint8)
    >>> losses, gradients = network.loss_and_gradients(faces, [0, 1])   # doctest: +SKIP
    >>> adam.step(gradients)                            # doctest: +SKIP
    >>> adam.n_steps                                    # doctest: +SKIP
    1
    """

    def __init__(self, parameters, learning_rate=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__({}, learning_rate, betas, eps)
        self.parameters = parameters
        torch = require("torch", extra="torch")
        self._optimiser = torch.optim.Adam(parameters.values(), lr=self.learning_rate, betas=self.betas, eps=self.eps)

    def step(self, gradients):
        """Change the parameters once, in place.

        Parameters
        ----------
        gradients : dict of str to torch.Tensor
            One for each parameter, of its shape, on its device.
        """
        for name, values in self.parameters.items():
            values.grad = gradients[name]
        for group in self._optimiser.param_groups:
            group["lr"] = self.learning_rate
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        self.n_steps += 1

    def state_dict(self):
        """Everything a later run of either backend needs, as :meth:`Adam.state_dict` gives it."""
        state = {"n_steps": np.array(self.n_steps, dtype=np.int64)}
        for kind, key in (("mean", "exp_avg"), ("square", "exp_avg_sq")):
            for name, values in self.parameters.items():
                moment = self._optimiser.state.get(values, {}).get(key, 0 * values)
                state[f"{kind}.{name}"] = to_numpy(moment)
        return state

    def load_state_dict(self, state):
        """Take over the state that :meth:`state_dict` gave, or that of an optimiser of NumPy."""
        torch = require("torch", extra="torch")
        checked = Adam({name: to_numpy(values) for name, values in self.parameters.items()})
        checked.load_state_dict(state)
        self.n_steps, state = checked.n_steps, checked.state_dict()
        for name, values in self.parameters.items():
            moments = (torch.from_numpy(state[f"{kind}.{name}"]).to(values) for kind in ("mean", "square"))
            of_values = {
                "step": torch.tensor(float(self.n_steps)),
                "exp_avg": next(moments),
                "exp_avg_sq": next(moments),
            }
            self._optimiser.state[values] = of_values if self.n_steps else {}


def _heart_rate_error(predicted, measured):
    """Root mean square error (6) over the known rates; 0 with gradient 0 where there is none or it is 0."""
    torch = require("torch", extra="torch")
    is_known = torch.isfinite(measured)
    errors = torch.where(is_known, predicted - torch.where(is_known, measured, 0.0), 0.0)
    n_known = is_known.sum().clamp(min=1).to(errors.dtype)
    return torch.linalg.vector_norm(errors) / n_known.sqrt()


def _check_device(device):
    """Return `device` as a ``torch.device`` that is there."""
    torch = require("torch", extra="torch")
    try:
        checked = torch.device(device)
        torch.zeros(1, device=checked).cpu()
    except (RuntimeError, TypeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise InvalidArgumentError(
            f"device={device!r} is not there ({reason}); give 'cpu' or a device that is."
        ) from error
    return checked


def _check_switch(value, name):
    """Return `value` if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise InvalidArgumentError(f"{name}={value!r} must be True or False.")
    return bool(value)
