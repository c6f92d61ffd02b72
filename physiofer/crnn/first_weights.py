"""First weights of a network: drawn by a seed, then shifted and scaled to the pictures that it is to learn from.

As PyTorch draws them, three convolutions leave a tenth of the picture, and the shared features have more in common than
what tells windows apart: the first hundred steps of Adam bring that back, or lose the rest. Instead, what comes out of
every filter is brought to mean 0 and deviation 1 over some of the windows, layer by layer [1]_, [2]_, and the shared
features to mean 0. It is a choice of first weights only; the network stays what it is.

References
----------
.. [1] Mishkin, D. & Matas, J. (2016), All you need is a good init, ICLR.
.. [2] Krähenbühl, P. et al. (2016), Data-dependent initializations of convolutional neural networks, ICLR.
"""

import numpy as np

from ..kernels import crnn as kernels
from .layers import PatchConvolution, TiledConvolution, pooled_size

__all__ = ["fit_first_weights"]

_N_WINDOWS, _N_FRAMES = 48, 96  # to look at; the convolutions look at single frames of them
_LEAST_SPREAD = 0.1  # of a filter over that of its layer: one that nothing excites is not made to scream
_SAME = 1e-4  # spread over mean square below which windows are one and the same


def fit_first_weights(network, windows, rows, *, but=()):
    """Shift and scale the weights of a new network to windows that it will learn from, in place.

    Parameters
    ----------
    network : CRNN
        As it was drawn.
    windows : FaceWindows
        All windows.
    rows : ndarray of int
        Places of those to learn from, in random order; the first 48 are looked at. Without any, nothing changes.
    but : collection of str, default=()
        Names of weights that are good already, such as those that were trained elsewhere; their layers stay.

    Returns
    -------
    CRNN
        The same network.
    """
    if not len(rows):
        return network
    x = windows.take(rows[:_N_WINDOWS])
    maps = _frames(x, network.dtype)
    for layer in ("conv1", "conv2", "conv3", "gru.input"):
        full = _convolve(layer, network.parameters, maps)
        if not {f"{layer}.weight", f"{layer}.bias"}.intersection(but):
            _standardise(network.parameters, layer, full.reshape(-1, full.shape[-1]))
            full = _convolve(layer, network.parameters, maps)
        if layer != "gru.input":
            maps = _pool(full, network.parameters[f"{layer}.bias"])
    if not {"shared.weight", "shared.bias"}.intersection(but):
        network.parameters["shared.bias"] -= network.shared_features(x).mean(axis=0)
    return network


def _frames(x, dtype):
    """Frames (n, channels, height, width), spread over windows and over time, from 0 to 1."""
    frames = x.reshape(-1, *x.shape[2:])
    frames = frames[:: max(len(frames) // _N_FRAMES, 1)]
    return frames.astype(dtype) / (255 if x.dtype == np.uint8 else 1)


def _convolve(layer, parameters, maps):
    """What a convolution makes of maps, without its bias: (n, height, width, n_filters)."""
    weight = parameters[f"{layer}.weight"]
    if layer == "conv1":
        convolution = PatchConvolution(weight, *maps.shape[2:])
    else:
        convolution = TiledConvolution(weight, *maps.shape[1:3], padding=int(layer == "gru.input"))
    out = np.empty((len(maps), *convolution.out_size, len(weight)), weight.dtype)
    convolution.forward(maps, out)
    return out


def _pool(full, bias):
    """Bias, ReLU and pooling."""
    shape = (len(full), *(pooled_size(size + 2) for size in full.shape[1:3]), full.shape[3])
    pooled = np.empty(shape, full.dtype)
    kernels.pool(0, len(full), full, bias, pooled, np.empty(shape, np.uint8))
    return pooled


def _standardise(parameters, layer, outputs):
    """Bring the outputs (n, n_filters) of a layer to mean 0 and deviation 1."""
    mean, spread = outputs.mean(axis=0, dtype=np.float64), outputs.std(axis=0, dtype=np.float64)
    typical = np.sqrt(np.mean(spread**2))
    if typical <= _SAME * np.sqrt(np.mean(mean**2 + spread**2)):
        return  # nothing but one colour: there is nothing to go by
    spread = np.maximum(spread, _LEAST_SPREAD * typical)
    weight, bias = parameters[f"{layer}.weight"], parameters[f"{layer}.bias"]
    weight /= spread[:, np.newaxis, np.newaxis, np.newaxis].astype(weight.dtype)
    bias[...] = -mean / spread
