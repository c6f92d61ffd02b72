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
        control = int(packed[start])
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
def predict(luma, box, interpolate, mean, anchors, deltas, pairs, thresholds, steps, shape):
    """Refine `shape`, in units of the box, from stage to stage; it enters as the mean shape and leaves as the answer.

    A stage reads pixels that lie at fixed offsets from landmarks, turned and scaled as the shape is against the mean;
    each of its trees compares pairs of them down to a leaf, and the leaves' steps are added. All in single precision
    and in the order of the trees, as dlib does: at the verge of two pixels the last bit decides.
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
            x, y = cosine * x - sine * y + shape[2 * anchor], sine * x + cosine * y + shape[2 * anchor + 1]
            pixels[i] = _pixel(luma, box[0] + width * x, box[1] + height * y, interpolate)
        for tree in range(n_trees):
            node = 0
            while node < n_splits:
                first, second = pairs[stage, tree, node, 0], pairs[stage, tree, node, 1]
                node = 2 * node + 2 - (pixels[first] - pixels[second] > thresholds[stage, tree, node])
            chosen[tree] = node - n_splits
        _add_leaves(steps[stage], chosen, shape)


@njit(cache=True, nogil=True)
def _pixel(luma, x, y, interpolate):
    """Grey value of the pixel that holds a point, or between the four around it; 0 out of the image."""
    height, width = luma.shape
    shift = 0.0 if interpolate else 0.5
    left, top = np.floor(x + shift), np.floor(y + shift)
    if not (0.0 <= top < height and 0.0 <= left < width):
        return np.float32(0.0)
    column, row = int(left), int(top)
    if not interpolate:
        return np.float32(luma[row, column])
    right, below = min(column + 1, width - 1), min(row + 1, height - 1)
    u, v = x - column, y - row
    above = luma[row, column] + u * (float(luma[row, right]) - luma[row, column])
    under = luma[below, column] + u * (float(luma[below, right]) - luma[below, column])
    return np.float32(above + v * (under - above))


@njit(cache=True, nogil=True)
def _add_leaves(steps, chosen, shape):
    """Add the step of each tree's leaf to the shape, in their order; five at a time, for memory is the bottleneck."""
    whole = chosen.size - chosen.size % 5
    for i in range(0, whole, 5):
        a, b, c = steps[i, chosen[i]], steps[i + 1, chosen[i + 1]], steps[i + 2, chosen[i + 2]]
        d, e = steps[i + 3, chosen[i + 3]], steps[i + 4, chosen[i + 4]]
        for k in range(shape.size):
            shape[k] = shape[k] + a[k] + b[k] + c[k] + d[k] + e[k]
    for i in range(whole, chosen.size):
        step = steps[i, chosen[i]]
        for k in range(shape.size):
            shape[k] += step[k]


@njit(cache=True, nogil=True, error_model="numpy")
def similarity(from_shape, to_shape):
    """Scale times cosine and sine of the turn that takes a shape (x, y, x, y, ...) nearest to another."""
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
