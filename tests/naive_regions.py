"""Regions of the face, slowly: pixel by pixel, each converted to R, G, B; coverage by clipping the polygon."""

import numpy as np


def clipped_by(polygon, axis, value, keep_above):
    """A polygon clipped by a line (Sutherland and Hodgman)."""
    inside = (lambda p: p[axis] >= value) if keep_above else (lambda p: p[axis] <= value)
    found = []
    for k in range(len(polygon)):
        a, b = polygon[k - 1], polygon[k]
        if inside(a) != inside(b):
            share = (value - a[axis]) / (b[axis] - a[axis])
            found.append(tuple(a[i] + share * (b[i] - a[i]) for i in range(2)))
        if inside(b):
            found.append(tuple(b))
    return found


def area(polygon):
    """Signed area of a polygon."""
    return 0.5 * sum(polygon[k - 1][0] * polygon[k][1] - polygon[k][0] * polygon[k - 1][1] for k in range(len(polygon)))


def coverage(polygon, shape):
    """Share of each pixel that a polygon covers."""
    cover = np.zeros(shape)
    for row in range(shape[0]):
        band = [tuple(p) for p in polygon]
        for value, above in ((row - 0.5, True), (row + 0.5, False)):
            band = clipped_by(band, 1, value, above)
        for column in range(shape[1]) if band else ():
            left = clipped_by(band, 0, column - 0.5, True)
            cover[row, column] = min(abs(area(clipped_by(left, 0, column + 0.5, False))), 1.0)
    return cover


def cumulated(values, weights, x):
    """Weight of all that lies below x, each level spread over the unit around it."""
    return sum(w * min(max(x - (v - 0.5), 0.0), 1.0) for v, w in zip(values, weights, strict=True))


def root(function, target, low, high):
    """Where a rising function reaches a target."""
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if function(middle) < target else (low, middle)
    return 0.5 * (low + high)


def skin_limits(levels, weights, least_sigmas, width=2.5):
    """For Y, Cb and Cr, the levels between which skin lies; `levels` (n, 3)."""
    limits = []
    for c in range(3):
        values, inverse = np.unique(levels[:, c], return_inverse=True)  # equal levels together: fewer terms, same sums
        sums = [float(weights[inverse == k].sum()) for k in range(len(values))]
        values = [float(value) for value in values]
        half = 0.5 * sum(sums)
        median = root(lambda x, v=values, s=sums: cumulated(v, s, x), half, -0.5, 255.5)
        deviation = root(
            lambda d, v=values, s=sums, m=median: cumulated(v, s, m + d) - cumulated(v, s, m - d), half, 0.0, 256.0
        )
        sigma = max(1.4826 * deviation, least_sigmas[c] * (median if c == 0 else 1.0))
        limits.append((median - width * sigma, median + width * sigma))
    return limits


def read(luma, chroma, steps, matrix, offset, cheeks, regions, is_skin, least_sigmas, least=16.0, clip=250.0):
    """Mean R, G, B, pixels and clipped share of each polygon of `regions`."""
    shape = luma.shape
    ycc = np.full((*shape, 3), 128.0)
    for row in range(shape[0]):
        for column in range(shape[1]):
            ycc[row, column, 0] = luma[row, column]
            if chroma is not None:
                ycc[row, column, 1] = chroma[0][row // steps[0], column // steps[1]]
                ycc[row, column, 2] = chroma[1][row // steps[0], column // steps[1]]
    rgb = np.array([[matrix @ pixel + offset for pixel in line] for line in ycc])
    unclipped = np.clip(clip - rgb.max(axis=2), 0.0, 1.0)
    on_cheeks = np.concatenate([(coverage(polygon, shape) * unclipped).ravel() for polygon in cheeks])
    levels = np.concatenate([ycc.reshape(-1, 3)] * len(cheeks))
    limits = None
    if on_cheeks.sum() >= least:
        limits = skin_limits(levels[on_cheeks > 0], on_cheeks[on_cheeks > 0], least_sigmas)
    out = []
    for polygon, filters in zip(regions, is_skin, strict=True):
        cover = coverage(polygon, shape)
        weights = cover * unclipped
        share = 1.0 - weights.sum() / cover.sum() if cover.sum() > 1e-9 else np.nan
        if filters and limits is None:
            weights = weights * 0.0
        elif filters:
            for c, (low, high) in enumerate(limits):
                value = ycc[..., c]
                weights = weights * np.clip(np.minimum(value + 0.5, high) - np.maximum(value - 0.5, low), 0.0, None)
        total = weights.sum()
        mean = [(weights * rgb[..., c]).sum() / total if total >= least else np.nan for c in range(3)]
        out.append([*mean, total, share])
    return np.array(out)
