"""Measures, blinks and textures of faces from their definitions, in plain loops; imports nothing of physiofer."""

import math


def distance(a, b):
    return math.hypot(a[0] - b[0], a[1] - b[1])


def aligned(points):
    """Points with the middles of the eyes' corners at (-0.5, 0) and (0.5, 0)."""
    left = [(points[36][k] + points[39][k]) / 2 for k in (0, 1)]
    right = [(points[42][k] + points[45][k]) / 2 for k in (0, 1)]
    unit = distance(left, right)
    angle = math.atan2(right[1] - left[1], right[0] - left[0])
    found = []
    for x, y in points:
        x, y = x - (left[0] + right[0]) / 2, y - (left[1] + right[1]) / 2
        found.append((
            (math.cos(angle) * x + math.sin(angle) * y) / unit, (math.cos(angle) * y - math.sin(angle) * x) / unit
        ))  # fmt: skip
    return found


def measures(points):
    """Measures of one face by name."""
    p = aligned(points)

    def d(a, b):
        return distance(p[a], p[b])

    def up(*numbers):
        return -sum(p[k][1] for k in numbers) / len(numbers)

    eye_left = (d(37, 41) + d(38, 40)) / (2 * d(36, 39))
    eye_right = (d(43, 47) + d(44, 46)) / (2 * d(42, 45))
    return {
        "eye_left": eye_left,
        "eye_right": eye_right,
        "mouth_aspect": (d(50, 58) + d(51, 57) + d(52, 56)) / (3 * d(48, 54)),
        "mouth_width": d(48, 54),
        "mouth_opening": (d(61, 67) + d(62, 66) + d(63, 65)) / 3,
        "corner_lift": up(48, 54) - up(62, 66),
        "brow_inner_left": up(20, 21),
        "brow_inner_right": up(22, 23),
        "brow_outer_left": up(17, 18),
        "brow_outer_right": up(25, 26),
        "brow_gap": d(21, 22),
        "nose_lip": d(33, 51),
        "jaw_drop": d(33, 8),
        "eye_asymmetry": eye_left - eye_right,
        "brow_asymmetry": up(17, 18, 20, 21) - up(22, 23, 25, 26),
        "mouth_asymmetry": up(48) - up(54),
    }


def smoothed(values, rate, sigma_s):
    """Gaussian mean over three standard deviations, after lines over gaps shorter than 0.1 s."""
    values = list(values)
    k = 0
    while k < len(values):
        stop = k
        while stop < len(values) and math.isnan(values[stop]):
            stop += 1
        if 0 < k < stop < len(values) and stop - k < 0.1 * rate - 1e-9:
            for m in range(k, stop):
                values[m] = values[k - 1] + (values[stop] - values[k - 1]) * (m - k + 1) / (stop - k + 1)
        k = max(stop, k + 1)
    out = []
    for t, value in enumerate(values):
        total = weight = 0.0
        for u, other in enumerate(values):
            if not math.isnan(other) and abs(u - t) <= int(3 * sigma_s * rate):
                share = math.exp(-0.5 * ((u - t) / (sigma_s * rate)) ** 2)
                total, weight = total + share * other, weight + share
        out.append(math.nan if math.isnan(value) else total / weight)
    return out


def blinks(closure, rate, shortest_s, longest_s):
    """(onset_s, duration_s, depth) of every blink."""
    found, n = [], len(closure)
    for first in range(1, n):
        if not (closure[first - 1] < 0.25 <= closure[first]):
            continue
        stop = first
        while stop < n and closure[stop] >= 0.25:
            stop += 1
        if stop == n or math.isnan(closure[stop]):
            continue
        onset = first - 1 + (0.25 - closure[first - 1]) / (closure[first] - closure[first - 1])
        end = stop - 1 + (closure[stop - 1] - 0.25) / (closure[stop - 1] - closure[stop])
        depth = max(closure[first:stop])
        if depth >= 0.5 and shortest_s <= (end - onset) / rate <= longest_s:
            found.append((onset / rate, (end - onset) / rate, depth))
    return found


def hog(image, cell, n_orientations, block):
    """Histograms of oriented gradients of an image given as a list of rows."""
    height, width = len(image), len(image[0])

    def slope(values, k):
        low, high = max(k - 1, 0), min(k + 1, len(values) - 1)
        return (values[high] - values[low]) / (high - low)

    n_rows, n_columns = height // cell, width // cell
    cells = [[[0.0] * n_orientations for _ in range(n_columns)] for _ in range(n_rows)]
    for y in range(n_rows * cell):
        for x in range(n_columns * cell):
            right, down = slope(image[y], x), slope([row[x] for row in image], y)
            degrees = math.degrees(math.atan2(down, right)) % 180.0
            place = degrees / (180.0 / n_orientations) - 0.5
            low = math.floor(place)
            bins = cells[y // cell][x // cell]
            bins[low % n_orientations] += math.hypot(right, down) * (1 - (place - low)) / cell**2
            bins[(low + 1) % n_orientations] += math.hypot(right, down) * (place - low) / cell**2
    found = []
    for y in range(n_rows - block + 1):
        for x in range(n_columns - block + 1):
            values = [v for row in cells[y : y + block] for bins in row[x : x + block] for v in bins]
            for clip in (0.2, math.inf):
                norm = math.sqrt(sum(v * v for v in values) + 1e-10)
                values = [min(v / norm, clip) for v in values]
            found += values
    return found


def bilinear(image, x, y):
    """An image, given as a list of rows, between its pixels; beyond its edge as at it."""
    x, y = min(max(x, 0.0), len(image[0]) - 1.0), min(max(y, 0.0), len(image) - 1.0)
    left, top = min(int(x), len(image[0]) - 2), min(int(y), len(image) - 2)
    u, v = x - left, y - top
    above = (1 - u) * image[top][left] + u * image[top][left + 1]
    below = (1 - u) * image[top + 1][left] + u * image[top + 1][left + 1]
    return (1 - v) * above + v * below
