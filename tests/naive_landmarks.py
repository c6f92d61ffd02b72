"""The obvious way to do what physiofer.face's landmarks and tracking do: slow loops that import nothing of it."""

import math

import numpy as np


def pack_integer(value):
    """A control byte (sign, number of bytes) and the absolute value, lowest byte first."""
    n_bytes = max((abs(value).bit_length() + 7) // 8, 1)
    return bytes([n_bytes | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(n_bytes, "little")


def pack_float(value):
    """Mantissa of 24 bits and exponent, the mantissa's low zero bytes shifted off."""
    fraction, exponent = math.frexp(value)
    mantissa, exponent = int(fraction * (1 << 24)), exponent - 24
    for _ in range(8):
        if mantissa & 0xFF == 0:
            mantissa, exponent = mantissa >> 8, exponent + 8
    return pack_integer(mantissa) + pack_integer(exponent)


def pack_model(model, version=1):
    """A shape predictor's file, of a dict of plain arrays as made by :func:`random_model`."""
    out = [pack_integer(version), pack_integer(-len(model["mean"])), pack_integer(-1)]
    out += [pack_float(value) for value in model["mean"]]
    out.append(pack_integer(len(model["steps"])))
    for pairs, thresholds, steps in zip(model["pairs"], model["thresholds"], model["steps"], strict=True):
        out.append(pack_integer(len(steps)))
        for tree in range(len(steps)):
            out.append(pack_integer(len(thresholds[tree])))
            for (first, second), threshold in zip(pairs[tree], thresholds[tree], strict=True):
                out += [pack_integer(int(first)), pack_integer(int(second)), pack_float(threshold)]
            out.append(pack_integer(len(steps[tree])))
            for leaf in steps[tree]:
                out += [pack_integer(-len(leaf)), pack_integer(-1), *(pack_float(value) for value in leaf)]
    out.append(pack_integer(len(model["anchors"])))
    for stage in model["anchors"]:
        out += [pack_integer(len(stage)), *(pack_integer(int(anchor)) for anchor in stage)]
    out.append(pack_integer(len(model["deltas"])))
    for stage in model["deltas"]:
        out += [pack_integer(len(stage)), *(pack_float(value) for delta in stage for value in delta)]
    return b"".join(out)


def random_model(rng, n_points=68, n_stages=2, n_trees=3, n_splits=3, n_pixels=9, step=0.01):
    """A small shape predictor of the same build as the real one; about a face."""
    angle = np.linspace(0.0, 2.0 * np.pi, n_points, endpoint=False)
    mean = 0.5 + 0.4 * np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(0.0, 0.03, (n_points, 2))
    model = {
        "mean": mean.reshape(-1),
        "anchors": rng.integers(0, n_points, (n_stages, n_pixels)),
        "deltas": rng.normal(0.0, 0.1, (n_stages, n_pixels, 2)),
        "pairs": rng.integers(0, n_pixels, (n_stages, n_trees, n_splits, 2)),
        "thresholds": rng.normal(0.0, 30.0, (n_stages, n_trees, n_splits)),
        "steps": step * rng.normal(0.0, 1.0, (n_stages, n_trees, n_splits + 1, 2 * n_points)),
    }
    whole = ("anchors", "pairs")
    return {name: part if name in whole else part.astype(np.float32) for name, part in model.items()}


def similarity(points, others):
    """Scale times rotation, as a complex number, that takes points nearest to others."""
    points, others = [complex(*point) for point in points], [complex(*point) for point in others]
    middle, other_middle = sum(points) / len(points), sum(others) / len(others)
    product = sum((p - middle).conjugate() * (q - other_middle) for p, q in zip(points, others, strict=True))
    return product / sum(abs(p - middle) ** 2 for p in points)


def grey(luma, x, y, interpolate):
    """Grey value at a point, 0 out of the image, its last pixel beyond the middle of the border pixel."""
    height, width = luma.shape
    if not interpolate:
        x, y = math.floor(x + 0.5), math.floor(y + 0.5)
        return float(luma[y, x]) if 0 <= x < width and 0 <= y < height else 0.0
    column, row = math.floor(x), math.floor(y)
    if not (0 <= column < width and 0 <= row < height):
        return 0.0
    total = 0.0
    for i, weight_y in ((row, row + 1 - y), (row + 1, y - row)):
        for j, weight_x in ((column, column + 1 - x), (column + 1, x - column)):
            total += weight_y * weight_x * float(luma[min(i, height - 1), min(j, width - 1)])
    return total


def predict(model, luma, box, interpolate=False):
    """Landmarks by the cascade, in single precision where the real one is."""
    mean = model["mean"].reshape(-1, 2)
    shape = mean.copy()
    left, top, right, bottom = box
    for stage in range(len(model["anchors"])):
        turn = similarity(mean.tolist(), shape.tolist())
        cosine, sine = np.float32(turn.real), np.float32(turn.imag)
        pixels = []
        for anchor, (x, y) in zip(model["anchors"][stage], model["deltas"][stage], strict=True):
            u = cosine * x - sine * y + shape[anchor, 0]
            v = sine * x + cosine * y + shape[anchor, 1]
            at = left + (right - left) * float(u), top + (bottom - top) * float(v)
            pixels.append(np.float32(grey(luma, *at, interpolate)))
        trees = zip(model["pairs"][stage], model["thresholds"][stage], model["steps"][stage], strict=True)
        for pairs, thresholds, steps in trees:
            node = 0
            while node < len(thresholds):
                is_left = pixels[pairs[node][0]] - pixels[pairs[node][1]] > thresholds[node]
                node = 2 * node + (1 if is_left else 2)
            shape = shape + steps[node - len(thresholds)].reshape(-1, 2)
    return np.array([left, top]) + shape * np.array([right - left, bottom - top])


def one_euro(values, times, cutoff_hz, per_speed_hz, speed_cutoff_hz):
    """One-Euro filter of rows of numbers that share a speed."""
    out, speed = [list(values[0])], [0.0] * len(values[0])
    for k in range(1, len(values)):
        step = times[k] - times[k - 1]
        share = 1.0 / (1.0 + 1.0 / (2.0 * math.pi * speed_cutoff_hz * step))
        for i, value in enumerate(values[k]):
            speed[i] = (1.0 - share) * speed[i] + share * (value - out[-1][i]) / step
        cutoff = cutoff_hz + per_speed_hz * math.hypot(*speed)
        share = 1.0 / (1.0 + 1.0 / (2.0 * math.pi * cutoff * step))
        out.append([(1.0 - share) * old + share * new for old, new in zip(out[-1], values[k], strict=True)])
    return out
