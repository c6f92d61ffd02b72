"""The convolutional gated recurrent unit of Ji & Dong (2024), equations (1) to (4), and its gradient through time."""

import numpy as np

from .layers import TiledConvolution
from .losses import sigmoid

__all__ = ["ConvGRU"]

_FRAMES_PER_BLOCK = 64  # of the products over all time steps


class ConvGRU:
    """A gated recurrent unit whose products are 3x3 convolutions with padding 1, for one forward and backward pass.

    Gates are in the order update z, reset r, candidate h. With * for convolution::

        z = sigmoid(Wz * x + Uz * h + bz)                                  (1)
        r = sigmoid(Wr * x + Ur * h + br)                                  (2)
        c = tanh(Wh * x + Uh * (r h) + bh)                                 (3)
        h = (1 - z) h + z c                                                (4)

    The halves W * x need no earlier state: they are one product over all time steps. The first state is zero.
    """

    def __init__(self, input_weight, bias, hidden_weight, height, width):
        self._bias = bias
        self._n_channels = hidden_weight.shape[1]
        self._input = TiledConvolution(input_weight, height, width, padding=1)
        self._hidden = TiledConvolution(hidden_weight, height, width, padding=1)

    def forward(self, x):
        """The last state (n, height, width, channels) of inputs (time, n, height, width, in)."""
        n_times, n = x.shape[:2]
        size, m = x.shape[2:4], self._n_channels
        gates = np.empty((n_times, n, *size, 3 * m), x.dtype)
        frames, flat_gates = x.reshape(-1, *x.shape[2:]), gates.reshape(-1, *size, 3 * m)
        for start in range(0, len(frames), _FRAMES_PER_BLOCK):
            block = slice(start, start + _FRAMES_PER_BLOCK)
            self._input.forward(frames[block], flat_gates[block])
        gates += self._bias
        states = np.zeros((n_times + 1, n, *size, m), x.dtype)
        reset_states = np.zeros((n_times, n, *size, m), x.dtype)
        recurrent = np.empty((n, *size, 2 * m), x.dtype)
        candidate = np.empty((n, *size, m), x.dtype)
        for t in range(n_times):
            state, gate = states[t], gates[t]
            if t:
                self._hidden.forward(state, recurrent, slice(0, 2 * m))
                gate[..., : 2 * m] += recurrent
            gate[..., : 2 * m] = sigmoid(gate[..., : 2 * m])
            if t:
                np.multiply(gate[..., m : 2 * m], state, out=reset_states[t])
                self._hidden.forward(reset_states[t], candidate, slice(2 * m, None))
                gate[..., 2 * m :] += candidate
            np.tanh(gate[..., 2 * m :], out=gate[..., 2 * m :])
            states[t + 1] = state + gate[..., :m] * (gate[..., 2 * m :] - state)
        self._kept = x, gates, states, reset_states
        return states[-1]

    def backward(self, gradient):
        """Gradients with respect to inputs, input weight, bias and hidden weight, of that of the last state."""
        x, gates, states, reset_states = self._kept
        m = self._n_channels
        of_gates = np.empty_like(gates)
        through_candidate = np.empty_like(gradient)
        through_gates = np.empty_like(gradient)
        for t in reversed(range(len(gates))):
            state = states[t]
            z, r, c = (gates[t, ..., k * m : (k + 1) * m] for k in range(3))
            of_gates[t, ..., 2 * m :] = gradient * z * (1 - c * c)
            of_gates[t, ..., :m] = gradient * (c - state) * z * (1 - z)
            if not t:
                of_gates[t, ..., m : 2 * m] = 0
                break
            tiles = self._hidden.gradient_tiles(np.ascontiguousarray(of_gates[t, ..., 2 * m :]))
            self._hidden.backward_images(tiles, through_candidate, slice(2 * m, None))
            of_gates[t, ..., m : 2 * m] = through_candidate * state * r * (1 - r)
            tiles = self._hidden.gradient_tiles(np.ascontiguousarray(of_gates[t, ..., : 2 * m]))
            self._hidden.backward_images(tiles, through_gates, slice(0, 2 * m))
            gradient = gradient * (1 - z) + through_candidate * r + through_gates
        return self._collect(x, of_gates, states[:-1], reset_states)

    def _collect(self, x, of_gates, states, reset_states):
        """The gradients over all time steps together."""
        m = self._n_channels
        of_gates, x, states, reset_states = (a.reshape(-1, *a.shape[2:]) for a in (of_gates, x, states, reset_states))
        of_x = np.empty_like(x)
        tiled = [0, 0, 0]
        for start in range(0, len(x), _FRAMES_PER_BLOCK):
            block = slice(start, start + _FRAMES_PER_BLOCK)
            tiles = self._input.gradient_tiles(of_gates[block])
            self._input.backward_images(tiles, of_x[block])
            by_gate = tiles.transpose(0, 2, 1)
            tiled[0] += by_gate @ self._input.input_tiles(x[block])
            tiled[1] += by_gate[:, : 2 * m] @ self._input.input_tiles(states[block])
            tiled[2] += by_gate[:, 2 * m :] @ self._input.input_tiles(reset_states[block])
        of_input = self._input.weight_gradient(tiled[0])
        of_hidden = self._input.weight_gradient(np.concatenate(tiled[1:], axis=1))
        return of_x, of_input, of_gates.sum(axis=(0, 1, 2)), of_hidden
