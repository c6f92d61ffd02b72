"""Tiles and pooling of channels-last images: what surrounds the matrix products of a convolutional network.

Images are (n, height, width, channels): the innermost loops run over channels, side by side in memory, and are written
so that the compiler can do several at once. Every kernel does the images from `first` up to `last`.
"""

import numpy as np
from numba import njit

LARGEST_TILE = 6  # along an axis: the matrices of tiles are widened to as many columns


@njit(cache=True, nogil=True)
def to_tiles(first, last, images, left, size, step, padding, tiles):
    """L t L' of each tile t, cut from the images every `step` pixels; beyond the border there is zero.

    `left` is (k, size), widened by columns of zeros; `tiles` (k * k, n, tiles down, tiles across * channels). A row of
    tiles is done at once: across, from the pixels of the same place in all its tiles, then down.
    """
    n_out = left.shape[0]
    height, width, channels = images.shape[1:]
    across = tiles.shape[3] // channels
    zero = left[0, 0] * 0
    pixels = np.zeros((left.shape[1], across * channels), images.dtype)
    rows = np.zeros((n_out, left.shape[1], across * channels), images.dtype)
    for n in range(first, last):
        for ty in range(tiles.shape[2]):
            for i in range(size):
                y = ty * step - padding + i
                for j in range(size):
                    for tx in range(across):
                        x = tx * step - padding + j
                        part = pixels[j, tx * channels : (tx + 1) * channels]
                        if 0 <= y < height and 0 <= x < width:
                            pixel = images[n, y, x]
                            for c in range(channels):
                                part[c] = pixel[c]
                        else:
                            for c in range(channels):
                                part[c] = zero
                for m in range(n_out):
                    _combine(left[m], pixels, rows[m, i])
            for k in range(n_out):
                for m in range(n_out):
                    _combine(left[k], rows[m], tiles[k * n_out + m, n, ty])


@njit(cache=True, nogil=True)
def from_tiles(first, last, tiles, right, step, padding, images):
    """The transpose of `to_tiles`: the sum of all tiles R t R' at their places; what falls beyond the border is lost.

    `right` is (size, k), widened by columns of zeros; `tiles` is (k * k, n, tiles down, tiles across * channels).
    """
    size, n_in = right.shape[0], int(round(tiles.shape[0] ** 0.5))
    height, width, channels = images.shape[1:]
    across = tiles.shape[3] // channels
    rows = np.zeros((size, right.shape[1], across * channels), images.dtype)
    column = np.zeros((right.shape[1], across * channels), images.dtype)
    pixels = np.zeros(across * channels, images.dtype)
    for n in range(first, last):
        images[n] = 0
        for ty in range(tiles.shape[2]):
            for m in range(n_in):
                for k in range(n_in):
                    tile = tiles[k * n_in + m, n, ty]
                    for c in range(across * channels):
                        column[k, c] = tile[c]
                for i in range(size):
                    _combine(right[i], column, rows[i, m])
            for i in range(max(padding - ty * step, 0), min(size, height + padding - ty * step)):
                for j in range(size):
                    _combine(right[j], rows[i], pixels)
                    for tx in range(across):
                        x = tx * step - padding + j
                        if 0 <= x < width:
                            part = pixels[tx * channels : (tx + 1) * channels]
                            pixel = images[n, ty * step - padding + i, x]
                            for c in range(channels):
                                pixel[c] += part[c]


@njit(cache=True, nogil=True)
def _combine(factors, rows, out):
    """The sum of six rows, each times its factor; in one loop, which is short and runs often."""
    a, b, c, d, e, f = factors[0], factors[1], factors[2], factors[3], factors[4], factors[5]
    row_a, row_b, row_c, row_d, row_e, row_f = rows[0], rows[1], rows[2], rows[3], rows[4], rows[5]
    for i in range(out.size):
        out[i] = a * row_a[i] + b * row_b[i] + c * row_c[i] + d * row_d[i] + e * row_e[i] + f * row_f[i]


@njit(cache=True, nogil=True)
def pool(first, last, images, bias, pooled, chosen):
    """Add a bias, keep what is positive, and take the largest of each 3x3 window, stride 2; a window may lack its end.

    `chosen` says which of the nine it was, the first of equals. The largest is sought before bias and sign, which keep
    the order.
    """
    height, width, channels = images.shape[1:]
    place = np.zeros(channels, np.int32)
    for n in range(first, last):
        for y in range(pooled.shape[1]):
            for x in range(pooled.shape[2]):
                best = pooled[n, y, x]
                middle, end = min(2 * x + 1, width - 1), min(2 * x + 2, width - 1)  # an end seen twice changes nothing
                for c in range(channels):
                    best[c] = images[n, 2 * y, 2 * x, c]
                    place[c] = 0
                for i in range(3):
                    line = images[n, min(2 * y + i, height - 1)]
                    _take_largest(np.int32(3 * i), line[2 * x], line[middle], line[end], best, place)
                for c in range(channels):
                    value = best[c] + bias[c]
                    best[c] = value if value > 0 else value * 0  # NaN stays NaN
                    chosen[n, y, x, c] = place[c]


@njit(cache=True, nogil=True)
def _take_largest(number, left, middle, right, best, place):
    """Update the largest so far, and the number of its place, by three places."""
    for c in range(best.size):
        value, where = best[c], place[c]
        where = number if left[c] > value else where
        value = left[c] if left[c] > value else value
        where = number + np.int32(1) if middle[c] > value else where
        value = middle[c] if middle[c] > value else value
        where = number + np.int32(2) if right[c] > value else where
        best[c] = right[c] if right[c] > value else value
        place[c] = where


@njit(cache=True, nogil=True)
def unpool(first, last, gradient, pooled, chosen, images):
    """The gradient of `pool` with respect to its images."""
    for n in range(first, last):
        images[n] = 0
        for y in range(pooled.shape[1]):
            for x in range(pooled.shape[2]):
                for c in range(pooled.shape[3]):
                    if pooled[n, y, x, c] > 0:
                        place = np.int64(chosen[n, y, x, c])
                        images[n, 2 * y + place // 3, 2 * x + place % 3, c] += gradient[n, y, x, c]
