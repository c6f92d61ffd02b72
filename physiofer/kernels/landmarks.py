"""A cascade of regression trees on a grey image (Kazemi & Sullivan 2014), and the packed integers of its file."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def unpack_integers(packed, out):
    """Integers packed as a control byte (sign, number of bytes) and little-endian bytes; (how many, bytes used).

    Stops before an integer that is cut off, and returns a negative number of bytes at one of more than 8 bytes.
    """
    n_found, start = 0, 0
    while n_found < out.size and start < packed.size:
        control = packed[start]
        n_bytes = control & 0x0F
        if n_bytes == 0 or n_bytes > 8 or control & 0x70:
            return n_found, -1
        if start + 1 + n_bytes > packed.size:
            break
        value = np.int64(0)
        for k in range(start + n_bytes, start, -1):
            value = (value << 8) | np.int64(packed[k])
        out[n_found] = -value if control & 0x80 else value
        n_found += 1
        start += 1 + n_bytes
    return n_found, start


@njit(cache=True, nogil=True, error_model="numpy")
def predict(luma, box, mean, anchors, deltas, pairs, thresholds, leaves, shape):
    """Refine `shape`, in units of the box, from stage to stage; it enters as the mean shape and leaves as the answer.

    A stage reads pixels that lie at fixed offsets from landmarks, turned and scaled as the shape is against the mean;
    each of its trees compares pairs of them down to a leaf, and the leaves' steps are added. All in single precision
    and in the order of the trees, as the model was trained: a pixel's place on the verge of the next one decides.
    """
    n_trees, n_splits = thresholds.shape[1:]
    width, height = box[2] - box[0], box[3] - box[1]
    pixels = np.empty(anchors.shape[1], np.float32)
    chosen = np.empty(n_trees, np.int64)
    for stage in range(anchors.shape[0]):
        along, across = similarity(mean, shape)
        cosine, sine = np.float32(along), np.float32(across)
        for i in range(pixels.size):
            x, y = deltas[stage, i, 0], deltas[stage, i, 1]
            anchor = anchors[stage, i]
            column = int(np.floor(box[0] + width * (cosine * x - sine * y + shape[2 * anchor]) + 0.5))
            row = int(np.floor(box[1] + height * (sine * x + cosine * y + shape[2 * anchor + 1]) + 0.5))
            inside = 0 <= row < luma.shape[0] and 0 <= column < luma.shape[1]
            pixels[i] = luma[row, column] if inside else 0
        for tree in range(n_trees):
            node = 0
            while node < n_splits:
                first, second = pairs[stage, tree, node, 0], pairs[stage, tree, node, 1]
                node = 2 * node + 2 - (pixels[first] - pixels[second] > thresholds[stage, tree, node])
            chosen[tree] = node - n_splits
        for tree in range(n_trees):  # apart from the descent: it waits for memory alone
            step = leaves[stage, tree, chosen[tree]]
            for k in range(shape.size):
                shape[k] += step[k]


@njit(cache=True, nogil=True, error_model="numpy")
def similarity(from_shape, to_shape):
    """Scale times cosine and sine of the turn that takes a shape (x, y, x, y, ...) nearest to another in least squares."""
    n_points = from_shape.size // 2
    mean_x, mean_y, mean_u, mean_v = 0.0, 0.0, 0.0, 0.0
    for i in range(n_points):
        mean_x += from_shape[2 * i] / n_points
        mean_y += from_shape[2 * i + 1] / n_points
        mean_u += to_shape[2 * i] / n_points
        mean_v += to_shape[2 * i + 1] / n_points
    square, along, across = 0.0, 0.0, 0.0
    for i in range(n_points):
        x, y = from_shape[2 * i] - mean_x, from_shape[2 * i + 1] - mean_y
        u, v = to_shape[2 * i] - mean_u, to_shape[2 * i + 1] - mean_v
        square += x * x + y * y
        along += x * u + y * v
        across += x * v - y * u
    return along / square, across / square
