"""Convolution and fully connected layers with their gradients, as matrix products of tiles or of patches.

A 3x3 convolution of C to D channels costs 9 C D products a pixel. Winograd's way [1]_ cuts the images into overlapping
tiles, turns each into a basis in which the convolution is a product element by element, and turns back: with tiles of
6x6 for 4x4 outputs it costs 36 / 16 C D. All of it is linear: the gradients are the same steps transposed. The points
are those that keep single precision best [2]_.

References
----------
.. [1] Lavin, A. & Gray, S. (2016), Fast algorithms for convolutional neural networks, CVPR.
.. [2] Barabasz, B. et al. (2020), Error analysis and improving the accuracy of Winograd convolution for deep neural
   networks, ACM Transactions on Mathematical Software 46(4).
"""

import functools
import math
import threading

import numpy as np

from ..kernels import crnn as kernels

__all__ = ["Buffers", "PatchConvolution", "TiledConvolution", "linear", "linear_gradients", "pooled_size"]

#: Points at which the polynomials of a tile are evaluated, by its outputs along one axis. Infinity is one more.
_POINTS = {2: (0.0, 1.0, -1.0), 3: (0.0, 1.0, -1.0, 2.0), 4: (0.0, 1.0, -1.0, 0.5, -2.0)}
_ALONE = 2**19 - 1  # products of numbers in a matrix product that OpenBLAS leaves to the thread that asks for it
_FEWEST_ROWS = 16  # of a piece of a matrix product: with fewer, it takes longer to prepare than to do


def pooled_size(size):
    """Length of an axis after a 3x3 convolution without padding and pooling by windows of 3, stride 2, ceiling mode."""
    return -((size - 5) // -2) + 1


def linear(inputs, weight, bias):
    """Outputs of a fully connected layer: (n, in) to (n, out)."""
    return inputs @ weight.T + bias


def linear_gradients(inputs, weight, gradient):
    """Gradients of a fully connected layer with respect to its inputs, weight and bias."""
    return gradient @ weight, gradient.T @ inputs, gradient.sum(axis=0)


@functools.cache
def _transforms(n_outputs):
    """Toom-Cook matrices of a tile along an axis: of inputs (k, k), of weights (k, 3), of outputs (k, m)."""
    points = np.array(_POINTS[n_outputs])
    size = points.size + 1
    inputs, weights, outputs = np.zeros((size, size)), np.zeros((size, 3)), np.zeros((size, n_outputs))
    for k, point in enumerate(points):
        others = np.delete(points, k)
        inputs[k, :-1] = np.poly(others)[::-1]
        weights[k] = point ** np.arange(3) / np.prod(point - others)
        outputs[k] = point ** np.arange(n_outputs)
    inputs[-1] = np.poly(points)[::-1]
    weights[-1, -1] = outputs[-1, -1] = 1.0
    return inputs, weights, outputs


def _cheapest_tile(height, width):
    """Outputs of a tile along one axis with the fewest products for an output of this size."""
    return min(_POINTS, key=lambda m: -(-height // m) * -(-width // m) * (m + 2) ** 2)


def _widened(matrix, dtype):
    """The matrix with columns of zeros up to the largest tile."""
    return np.pad(matrix, ((0, 0), (0, kernels.LARGEST_TILE - matrix.shape[1]))).astype(dtype)


def _multiply(left, right, out):
    """``left @ right`` (k, n, c) by (k, c, d), in pieces that BLAS does alone: the threads have work of their own."""
    k, n, depth = left.shape
    n_across = 1
    while _ALONE // (depth * -(-out.shape[2] // n_across)) < _FEWEST_ROWS and n_across < out.shape[2]:
        n_across += 1
    width = -(-out.shape[2] // n_across)
    rows = -(-n // -(-n // max(_ALONE // (depth * width), 1)))
    whole = n // rows * rows
    for start in range(0, out.shape[2], width):
        columns, part = right[:, :, start : start + width], out[:, :, start : start + width]
        pieces = part[:, :whole].reshape(k, -1, rows, part.shape[2])
        np.matmul(left[:, :whole].reshape(k, -1, rows, depth), columns[:, None], out=pieces)
        if whole < n:
            np.matmul(left[:, whole:], columns, out=part[:, whole:])


class Buffers(threading.local):
    """Arrays used again from block to block; each thread has its own, and holds one until it next asks for it."""

    def __init__(self, dtype):
        self._dtype, self._arrays = dtype, {}

    def take(self, name, shape):
        """An array of the shape, with whatever was in it."""
        size = math.prod(shape)
        if name not in self._arrays or self._arrays[name].size < size:
            self._arrays[name] = np.empty(size, self._dtype)
        return self._arrays[name][:size].reshape(shape)


class TiledConvolution:
    """A 3x3 convolution of channels-last images of one size, for many channels; `padding` 0 or 1. Winograd's way."""

    def __init__(self, weight, height, width, padding=0):
        self._padding = padding
        self.out_size = (height + 2 * padding - 2, width + 2 * padding - 2)
        self._step = _cheapest_tile(*self.out_size)
        self._n_tiles = tuple(-(-size // self._step) for size in self.out_size)
        inputs, weights, outputs = _transforms(self._step)
        self._of_inputs, self._to_inputs = _widened(inputs, weight.dtype), _widened(inputs.T, weight.dtype)
        self._of_outputs, self._to_outputs = _widened(outputs, weight.dtype), _widened(outputs.T, weight.dtype)
        self._square = np.kron(weights, weights).astype(weight.dtype)
        n_out, n_in = weight.shape[:2]
        by_input = weight.reshape(n_out, n_in, 9).transpose(2, 1, 0).reshape(9, -1)
        self._weights = (self._square @ by_input).reshape(-1, n_in, n_out)
        self._buffers = Buffers(weight.dtype)

    def input_tiles(self, images):
        """Images in the basis of tiles: (k * k, n * n_tiles, in); held until the next product."""
        return self._cut(images, self._of_inputs, self._step + 2, self._padding, "inputs")

    def gradient_tiles(self, gradient):
        """A gradient of the output in the basis of tiles: (k * k, n * n_tiles, out); held until the next such."""
        return self._cut(gradient, self._of_outputs, self._step, 0, "outputs")

    def _cut(self, images, matrix, size, padding, name):
        """Images in the basis of tiles."""
        down, across = self._n_tiles
        tiles = self._buffers.take(name, (len(self._square), len(images), down, across * images.shape[3]))
        kernels.to_tiles(0, len(images), images, matrix, size, self._step, padding, tiles)
        return tiles.reshape(len(tiles), -1, images.shape[3])

    def _join(self, tiles, matrix, padding, out):
        """The images of tiles."""
        tiles = tiles.reshape(len(tiles), len(out), self._n_tiles[0], -1)
        kernels.from_tiles(0, len(out), tiles, matrix, self._step, padding, out)

    def forward(self, images, out, filters=slice(None)):
        """Convolve images (n, height, width, in) into `out`, with some of the filters."""
        tiles = self.input_tiles(images)
        products = self._buffers.take("outputs", (*tiles.shape[:2], out.shape[3]))
        _multiply(tiles, self._weights[:, :, filters], products)
        self._join(products, self._to_outputs, 0, out)

    def backward_images(self, gradient_tiles, out, filters=slice(None)):
        """The gradient with respect to the images, into `out`, of :meth:`gradient_tiles` for some of the filters."""
        tiles = self._buffers.take("inputs", (*gradient_tiles.shape[:2], out.shape[3]))
        _multiply(gradient_tiles, self._weights[:, :, filters].transpose(0, 2, 1), tiles)
        self._join(tiles, self._to_inputs, self._padding, out)

    def weight_gradient(self, tiled):
        """The gradient (out, in, 3, 3) of a sum of products (k * k, out, in) of gradient tiles and input tiles."""
        n_out, n_in = tiled.shape[1:]
        return (self._square.T @ tiled.reshape(len(tiled), -1)).T.reshape(n_out, n_in, 3, 3)


class PatchConvolution:
    """A 3x3 convolution without padding of channels-first images, for few channels: patches times filters."""

    def __init__(self, weight, height, width):
        self.out_size = (height - 2, width - 2)
        self._filters = np.ascontiguousarray(weight.reshape(len(weight), -1).T)
        self._buffers = Buffers(weight.dtype)

    def _patches(self, images):
        """The patch around each output as a column: (n, 9 * channels, height * width)."""
        windows = np.lib.stride_tricks.sliding_window_view(images, self.out_size, axis=(2, 3))
        patches = self._buffers.take("patches", windows.shape)
        np.copyto(patches, windows)
        return patches.reshape(len(images), len(self._filters), -1)

    def forward(self, images, out):
        """Convolve images (n, in, height, width) into channels-last `out`."""
        patches = self._patches(images).transpose(0, 2, 1)
        filters = np.broadcast_to(self._filters, (len(images), *self._filters.shape))
        _multiply(patches, filters, out.reshape(len(images), -1, out.shape[3]))

    def weight_gradient(self, images, gradient):
        """The gradient (out, in, 3, 3) with respect to the weights."""
        products = np.matmul(self._patches(images), gradient.reshape(len(images), -1, gradient.shape[3]))
        return products.sum(axis=0).T.reshape(-1, images.shape[1], 3, 3)
