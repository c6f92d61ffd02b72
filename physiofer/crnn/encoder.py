"""Three blocks of convolution, bias, ReLU and pooling on every frame of a batch of sequences, and their gradient."""

import numpy as np

from ..exceptions import InvalidArgumentError
from ..kernels import crnn as kernels
from .layers import Buffers, PatchConvolution, TiledConvolution, pooled_size
from .threads import in_parts

__all__ = ["Encoder"]

_FRAMES_PER_BLOCK = 8  # tiles of so many stay in the cache
_HIGHEST_INPUT = 10.0  # standardised images stay below; bytes that were not divided by 255 do not


class Encoder:
    """The convolutional blocks for one forward and backward pass over sequences (n, time, channels, size, size).

    Frames are ordered by time, then by sequence. Of each block only what leaves it is kept, and which pixel of a window
    was the largest: more than enough for the gradient, since a pixel that is not positive passes none on.
    """

    def __init__(self, parameters, x, keep=False):
        self._x, self._keep = x, keep
        weights = [parameters[f"conv{k}.weight"] for k in (1, 2, 3)]
        self._biases = [parameters[f"conv{k}.bias"] for k in (1, 2, 3)]
        self._dtype, self._buffers = weights[0].dtype, Buffers(weights[0].dtype)
        size = x.shape[3]
        self._convolutions = [PatchConvolution(weights[0], size, size)]
        for weight in weights[1:]:
            size = pooled_size(size)
            self._convolutions.append(TiledConvolution(weight, size, size))
        self._pooled, self._chosen = [], []

    def forward(self):
        """Maps (time, n, height, width, 128) of the sequences."""
        n, n_times = self._x.shape[:2]
        shapes = []
        for convolution, bias in zip(self._convolutions, self._biases, strict=True):
            shapes.append((*(pooled_size(size + 2) for size in convolution.out_size), bias.size))
        if self._keep:
            self._pooled = [np.empty((n_times * n, *shape), self._dtype) for shape in shapes]
            self._chosen = [np.empty((n_times * n, *shape), np.uint8) for shape in shapes]
            maps = self._pooled[-1]
        else:
            maps = np.empty((n_times * n, *shapes[-1]), self._dtype)
        in_parts(lambda first, last: self._encode(first, last, shapes, maps), len(maps))
        return maps.reshape(n_times, n, *maps.shape[1:])

    def _encode(self, first, last, shapes, maps):
        """Fill the maps of some of the frames."""
        for block in _blocks(first, last):
            images = self._images(block)
            for k, (convolution, bias) in enumerate(zip(self._convolutions, self._biases, strict=True)):
                full = self._buffers.take("full", (len(images), *convolution.out_size, bias.size))
                convolution.forward(images, full)
                if self._keep:
                    images, chosen = self._pooled[k][block], self._chosen[k][block]
                else:
                    images = np.empty((len(images), *shapes[k]), self._dtype)
                    chosen = np.empty(images.shape, np.uint8)
                kernels.pool(0, len(images), full, bias, images, chosen)
            if not self._keep:
                maps[block] = images

    def backward(self, gradient):
        """Gradients of weights and biases by name, of that of the maps (time * n, ...)."""
        parts = in_parts(lambda first, last: self._encode_back(first, last, gradient), len(gradient))
        totals = {name: sum((part[name] for part in parts[1:]), start=parts[0][name]) for name in parts[0]}
        for k in (1, 2):
            name = f"conv{k + 1}.weight"
            totals[name] = self._convolutions[k].weight_gradient(totals[name])
        return totals

    def _encode_back(self, first, last, gradient):
        """What some of the frames add to the gradients; those of tiled convolutions in the basis of tiles."""
        totals = dict.fromkeys([f"conv{k}.{part}" for k in (1, 2, 3) for part in ("weight", "bias")], 0)
        for block in _blocks(first, last):
            of_pooled = gradient[block]
            for k in (2, 1, 0):
                convolution, pooled = self._convolutions[k], self._pooled[k][block]
                full = self._buffers.take("full", (len(pooled), *convolution.out_size, pooled.shape[3]))
                kernels.unpool(0, len(pooled), of_pooled, pooled, self._chosen[k][block], full)
                totals[f"conv{k + 1}.bias"] += full.sum(axis=(0, 1, 2))
                if k == 0:
                    totals["conv1.weight"] += convolution.weight_gradient(self._images(block), full)
                    continue
                tiles, images = convolution.gradient_tiles(full), self._pooled[k - 1][block]
                totals[f"conv{k + 1}.weight"] += tiles.transpose(0, 2, 1) @ convolution.input_tiles(images)
                of_pooled = np.empty_like(images)
                convolution.backward_images(tiles, of_pooled)
        return totals

    def _images(self, block):
        """The frames of a block (n, channels, size, size), from 0 to 1."""
        times, sequences = np.divmod(np.arange(block.start, block.stop), len(self._x))
        frames = self._x[sequences, times].astype(self._dtype, order="C", copy=False)
        if self._x.dtype == np.uint8:
            frames /= self._dtype.type(255)
            return frames
        return check_pixels(frames)


def check_pixels(frames):
    """Return frames of floats if they are finite and no bytes."""
    low, high = frames.min(), frames.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InvalidArgumentError("x must be finite; leave out or fill the frames with NaN or infinity.")
    if max(-low, high) > _HIGHEST_INPUT:
        raise InvalidArgumentError(f"x goes from {low:g} to {high:g}; floats must be from 0 to 1: divide bytes by 255.")
    return frames


def _blocks(first, last):
    """Slices of the frames from `first` to `last`."""
    return [slice(k, min(k + _FRAMES_PER_BLOCK, last)) for k in range(first, last, _FRAMES_PER_BLOCK)]
