"""The convolutional gated recurrent unit of Ji & Dong (2024), equations (1) to (4), and its gradient through time."""

import numpy as np

from .layers import TiledConvolution
from .losses import sigmoid
from .threads import in_parts

__all__ = ["ConvGRU"]

_FRAMES_PER_BLOCK = 32  # of the products over all time steps


class ConvGRU:
    """A gated recurrent unit whose products are 3x3 convolutions with padding 1, for one forward and backward pass.

    Gates are in the order update z, reset r, candidate c. With * for convolution::

        z = sigmoid(Wz * x + Uz * h + bz)                                  (1)
        r = sigmoid(Wr * x + Ur * h + br)                                  (2)
        c = tanh(Wc * x + Uc * (r h) + bc)                                 (3)
        h = (1 - z) h + z c                                                (4)

    The halves W * x need no earlier state: they are one product over all time steps. The first state is zero.
    """

    def __init__(self, input_weight, bias, hidden_weight, height, width):
        self._bias = bias
        self._n_channels = hidden_weight.shape[1]
        self._of_input = TiledConvolution(input_weight, height, width, padding=1)
        self._of_state = TiledConvolution(hidden_weight, height, width, padding=1)

    def forward(self, x):
        """The last state (n, height, width, channels) of inputs (time, n, height, width, in)."""
        m = self._n_channels
        gates = np.empty((*x.shape[:4], 3 * m), x.dtype)
        frames, flat_gates = _flat(x), _flat(gates)

        def add_inputs(first, last):
            for block in _blocks(first, last):
                self._of_input.forward(frames[block], flat_gates[block])
                flat_gates[block] += self._bias

        in_parts(add_inputs, len(frames))
        states = np.zeros((len(x) + 1, *x.shape[1:4], m), x.dtype)
        reset_states = np.zeros((*x.shape[:4], m), x.dtype)
        in_parts(lambda *part: self._recur(slice(*part), gates, states, reset_states), x.shape[1])
        self._kept = x, gates, states, reset_states
        return states[-1]

    def _recur(self, part, gates, states, reset_states):
        """Some of the sequences, step by step; `gates` come in as what the inputs give them and leave as they were."""
        m = self._n_channels
        both = np.empty((*states[0, part].shape[:3], 2 * m), states.dtype)
        alone = both.reshape(-1)[: both.size // 2].reshape(states[0, part].shape)
        for t in range(len(gates)):
            state, gate, reset_state = states[t, part], gates[t, part], reset_states[t, part]
            switches, candidate = gate[..., : 2 * m], gate[..., 2 * m :]
            if t:
                self._of_state.forward(state, both, slice(0, 2 * m))
                switches += both
            switches[:] = sigmoid(switches)  # (1), (2)
            if t:
                np.multiply(gate[..., m : 2 * m], state, out=reset_state)
                self._of_state.forward(reset_state, alone, slice(2 * m, None))
                candidate += alone
            np.tanh(candidate, out=candidate)  # (3)
            states[t + 1, part] = state + gate[..., :m] * (candidate - state)  # (4)

    def backward(self, gradient):
        """Gradients with respect to inputs (time * n, ...), their weight, bias and the weight of the states.

        `gradient` is with respect to the last state.
        """
        x, gates, states, reset_states = self._kept
        of_gates = np.empty_like(gates)
        in_parts(lambda *part: self._recur_back(slice(*part), gradient, gates, states, of_gates), x.shape[1])
        frames = _flat(x), _flat(states[:-1]), _flat(reset_states), _flat(of_gates)
        of_x = np.empty_like(frames[0])
        parts = in_parts(lambda *part: self._collect(*part, *frames, of_x), len(of_x))
        tiled = [sum(values[1:], start=values[0]) for values in zip(*parts, strict=True)]
        of_input = self._of_input.weight_gradient(tiled[0])
        of_state = self._of_input.weight_gradient(np.concatenate(tiled[1:], axis=1))
        return of_x, of_input, frames[3].sum(axis=(0, 1, 2)), of_state

    def _recur_back(self, part, gradient, gates, states, of_gates):
        """The gradient with respect to what goes into the gates of some sequences, from the last step to the first."""
        m, gradient = self._n_channels, gradient[part]
        through_candidate, through_switches = np.empty_like(gradient), np.empty_like(gradient)
        for t in reversed(range(len(gates))):
            state, of_gate = states[t, part], of_gates[t, part]
            z, r, c = (gates[t, part, ..., k * m : (k + 1) * m] for k in range(3))
            of_gate[..., 2 * m :] = gradient * z * (1 - c * c)
            of_gate[..., :m] = gradient * (c - state) * z * (1 - z)
            if not t:
                of_gate[..., m : 2 * m] = 0  # the first state is zero
                break
            tiles = self._of_state.gradient_tiles(np.ascontiguousarray(of_gate[..., 2 * m :]))
            self._of_state.backward_images(tiles, through_candidate, slice(2 * m, None))
            of_gate[..., m : 2 * m] = through_candidate * state * r * (1 - r)
            tiles = self._of_state.gradient_tiles(np.ascontiguousarray(of_gate[..., : 2 * m]))
            self._of_state.backward_images(tiles, through_switches, slice(0, 2 * m))
            gradient = gradient * (1 - z) + through_candidate * r + through_switches

    def _collect(self, first, last, x, states, reset_states, of_gates, of_x):
        """What some of the frames add to the gradients of the three products, in the basis of tiles; fills `of_x`."""
        switches = slice(0, 2 * self._n_channels)
        totals = [0, 0, 0]
        for block in _blocks(first, last):
            tiles = self._of_input.gradient_tiles(of_gates[block])
            self._of_input.backward_images(tiles, of_x[block])
            by_gate = tiles.transpose(0, 2, 1)
            totals[0] += by_gate @ self._of_input.input_tiles(x[block])
            totals[1] += by_gate[:, switches] @ self._of_input.input_tiles(states[block])
            totals[2] += by_gate[:, switches.stop :] @ self._of_input.input_tiles(reset_states[block])
        return totals


def _flat(frames):
    """Time and sequence as one axis."""
    return frames.reshape(-1, *frames.shape[2:])


def _blocks(first, last):
    """Slices of the frames from `first` to `last`."""
    return [slice(k, min(k + _FRAMES_PER_BLOCK, last)) for k in range(first, last, _FRAMES_PER_BLOCK)]
