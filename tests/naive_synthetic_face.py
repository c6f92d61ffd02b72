"""Obvious twins of the renderer's arithmetic: slow loops that import nothing from physiofer."""

import math


def exposed(colour, skin, shine, field, light, pulse, shine_level):
    """The frame without noise, pixel by pixel."""
    height, width = len(skin), len(skin[0])
    frame = [[[0, 0, 0] for _ in range(width)] for _ in range(height)]
    for row in range(height):
        for column in range(width):
            for channel in range(3):
                value = colour[channel][row][column] * field[row][column]
                value *= 1.0 + skin[row][column] * pulse[channel]
                value = light[channel] * (value + 255.0 * shine_level * shine[row][column])
                frame[row][column][channel] = min(max(round(value), 0), 255)
    return frame


def closed_lids(times_s, blinks_s):
    """How far the lids are shut, from the nearest blink."""
    closed = []
    for time_s in times_s:
        near_s = min((abs(time_s - blink_s) for blink_s in blinks_s), default=math.inf)
        share = math.exp(-((near_s / 0.07) ** 4))
        closed.append(share if share >= 1e-3 else 0.0)
    return closed


def from_picture(x, y, pose, centre, pixels):
    """Face coordinates of a pixel index: undo the shift, then the roll, then the size."""
    dx, dy = x + 0.5 - centre[0] - pose["x"] * pixels, y + 0.5 - centre[1] - pose["y"] * pixels
    angle = math.atan2(dy, dx) - pose["roll"]
    radius = math.hypot(dx, dy) / (pose["scale"] * pixels)
    return radius * math.cos(angle), radius * math.sin(angle)


def pos(rgb, rate):
    """Plane orthogonal to skin (Wang et al. 2017, algorithm 1) of a trace of [r, g, b] frames."""
    n_frames, length = len(rgb), math.ceil(1.6 * rate)
    wave = [0.0] * n_frames
    for first in range(n_frames - length + 1):
        window = rgb[first : first + length]
        means = [sum(frame[c] for frame in window) / length for c in range(3)]
        scaled = [[frame[c] / means[c] for c in range(3)] for frame in window]
        one = [g - b for _, g, b in scaled]
        two = [g + b - 2.0 * r for r, g, b in scaled]
        alpha = _deviation(one) / _deviation(two)
        joint = [x + alpha * y for x, y in zip(one, two, strict=True)]
        centre = sum(joint) / length
        for k, value in enumerate(joint):
            wave[first + k] += value - centre
    return wave


def _deviation(values):
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
