"""The network as a PyTorch module whose weights have the same names, and its weights there and back without loss.

``CRNNModule`` is a class of this module that is made when it is first asked for, as PyTorch is an optional extra.

Examples
--------
>>> from physiofer.crnn import CRNN
>>> module = to_torch(CRNN(random_state=0))                 # doctest: +SKIP
>>> sum(weight.numel() for weight in module.parameters())   # doctest: +SKIP
1052490
>>> from_torch(module).n_parameters                         # doctest: +SKIP
1052490
"""

import functools

import numpy as np

from .._optional import require
from ..exceptions import InvalidArgumentError
from .layers import pooled_size
from .network import CRNN

__all__ = ["from_torch", "to_torch"]


def __getattr__(name):
    if name == "CRNNModule":
        return module_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@functools.cache
def module_class():
    """``CRNNModule``, made when it is first asked for: it needs PyTorch to be a class."""
    torch = require("torch", extra="torch")
    return type("CRNNModule", (_Layers, torch.nn.Module), {"__module__": __name__, "__doc__": _Layers.__doc__})


class _Layers:
    """The network of Ji & Dong (2024) as a ``torch.nn.Module`` whose weights have the names of those of ``CRNN``.

    Its output is the logits (n, n_targets) and the heart rates (n,) in bpm, None without the head, of frames
    (n, n_frames, n_channels, height, width) from 0 to 1. In training it drops hidden units of the emotion head by the
    generator of PyTorch, or those that a mask (n, 20) given besides the frames makes zero.

    Parameters
    ----------
    n_targets : int, default=1
        Binary emotions told at once.
    heart_rate_head : bool, default=True
        Whether there is a second head for the heart rate.
    n_channels : int, default=3
        Channels of an image.
    image_size : int, default=64
        Height and width of an image in pixels.
    """

    def __init__(self, *, n_targets=1, heart_rate_head=True, n_channels=3, image_size=64):
        super().__init__()
        nn = require("torch", extra="torch").nn
        self.architecture = {
            "n_targets": n_targets, "heart_rate_head": heart_rate_head, "n_channels": n_channels,
            "image_size": image_size,
        }  # fmt: skip
        side = pooled_size(pooled_size(pooled_size(image_size)))
        self.conv1, self.conv2, self.conv3 = nn.Conv2d(n_channels, 32, 3), nn.Conv2d(32, 64, 3), nn.Conv2d(64, 128, 3)
        gates = {
            "input": nn.Conv2d(128, 3 * 128, 3, padding=1),
            "hidden": nn.Conv2d(128, 3 * 128, 3, padding=1, bias=False),
        }
        self.gru = nn.ModuleDict(gates)
        self.shared = nn.Linear(128 * side * side, 16)
        self.emotion = nn.ModuleList([nn.Linear(16, 20), nn.Linear(20, n_targets)])
        self.heart_rate = nn.Linear(16, 1) if heart_rate_head else None

    def forward(self, x, mask=None):
        """Logits and heart rates of frames; `mask` multiplies the hidden units of the emotion head."""
        functional = require("torch", extra="torch").nn.functional
        shared = self.shared_features(x)
        hidden = functional.relu(self.emotion[0](shared))
        hidden = functional.dropout(hidden, 0.5, self.training) if mask is None else hidden * mask
        heart_rate = None if self.heart_rate is None else self.heart_rate(shared)[:, 0]
        return self.emotion[1](hidden), heart_rate

    def shared_features(self, x):
        """The features (n, 16) that both heads read."""
        functional = require("torch", extra="torch").nn.functional
        maps = x.flatten(0, 1)
        for convolution in (self.conv1, self.conv2, self.conv3):
            maps = functional.relu(convolution(maps))
            maps = functional.max_pool2d(maps, 3, stride=2, ceil_mode=True)
        return self.shared(self._last_state(maps.unflatten(0, x.shape[:2])).flatten(1))

    def _last_state(self, maps):
        """Last state (n, 128, side, side) of the recurrent unit (1)-(4) for maps (n, n_frames, 128, side, side)."""
        torch = require("torch", extra="torch")
        gates = self.gru["input"](maps.flatten(0, 1)).unflatten(0, maps.shape[:2])  # of all time steps at once
        hidden = self.gru["hidden"].weight
        state = None
        for t in range(maps.shape[1]):
            of_gates, of_candidate = gates[:, t, :256], gates[:, t, 256:]
            if state is None:  # the state before the first frame is zero
                state = torch.sigmoid(of_gates[:, :128]) * torch.tanh(of_candidate)
                continue
            of_gates = of_gates + torch.nn.functional.conv2d(state, hidden[:256], padding=1)
            update, reset = torch.sigmoid(of_gates).chunk(2, dim=1)
            recurrent = torch.nn.functional.conv2d(reset * state, hidden[256:], padding=1)
            candidate = torch.tanh(of_candidate + recurrent)
            state = (1 - update) * state + update * candidate
        return state


def to_torch(network):
    """A PyTorch module with the architecture, type and weights of a network.

    Parameters
    ----------
    network : CRNN
        Left as it is; the module has copies of its weights.

    Returns
    -------
    CRNNModule
        A ``torch.nn.Module`` on the processor, in training mode as PyTorch's modules are when new.

    Raises
    ------
    MissingExtraError
        If PyTorch is not installed.
    InvalidArgumentError
        If `network` is no network of physiofer.

    Examples
    --------
    >>> from physiofer.crnn import CRNN
    >>> list(to_torch(CRNN(random_state=0)).state_dict())[:2]   # doctest: +SKIP
    ['conv1.weight', 'conv1.bias']
    """
    if not isinstance(network, CRNN):
        raise InvalidArgumentError(f"network has type {type(network).__name__}; it must be a CRNN.")
    torch = require("torch", extra="torch")
    with torch.device("meta"):  # no first weights are drawn: the caller's random numbers stay as they are
        module = module_class()(**architecture_of(network)).to(getattr(torch, network.dtype.name))
    module.to_empty(device="cpu")
    module.load_state_dict({name: torch.from_numpy(values) for name, values in network.state_dict().items()})
    return module


def from_torch(module):
    """A network of NumPy with the architecture and the weights of a PyTorch module.

    Parameters
    ----------
    module : CRNNModule
        Left as it is, on whatever device; compiled or not.

    Returns
    -------
    CRNN
        Of float64 if the module's weights are, otherwise of float32.

    Raises
    ------
    MissingExtraError
        If PyTorch is not installed.
    InvalidArgumentError
        If `module` is another module, or its weights are not finite.

    Examples
    --------
    >>> from physiofer.crnn import CRNN
    >>> from_torch(to_torch(CRNN(random_state=0))).image_size   # doctest: +SKIP
    64
    """
    module = getattr(module, "_orig_mod", module)  # what torch.compile wraps
    if not isinstance(module, module_class()):
        raise InvalidArgumentError(f"module has type {type(module).__name__}; it must be a CRNNModule.")
    is_double = module.shared.weight.dtype == require("torch", extra="torch").float64
    network = CRNN(**module.architecture, dtype=np.float64 if is_double else np.float32, random_state=0)
    network.load_state_dict({name: to_numpy(values) for name, values in module.state_dict().items()})
    return network


def architecture_of(network):
    """What a network was made with, besides type and seed."""
    return {name: getattr(network, name) for name in ("n_targets", "heart_rate_head", "n_channels", "image_size")}


def to_numpy(tensor):
    """A tensor of any device and type as an array of its own, of at least single precision."""
    values = tensor.detach().cpu()
    return (values.float() if values.element_size() < 4 else values).numpy().copy()
