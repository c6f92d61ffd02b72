"""The network of Ji & Dong (2024) as its equations have it, by loops over places; nothing of physiofer."""

import math

import numpy as np


def convolve(images, weight, bias=0.0, padding=0):
    """3x3 convolution (cross-correlation) of (n, c, height, width) by (d, c, 3, 3), summed place by place."""
    images = np.pad(images, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    height, width = images.shape[2] - 2, images.shape[3] - 2
    out = np.zeros((len(images), len(weight), height, width)) + np.reshape(bias, (-1, 1, 1))
    for y in range(height):
        for x in range(width):
            out[:, :, y, x] += np.tensordot(images[:, :, y : y + 3, x : x + 3], weight, axes=((1, 2, 3), (1, 2, 3)))
    return out


def pool(images):
    """The largest of each 3x3 window, stride 2; the last window of an axis may lack its end (ceiling mode)."""
    height, width = (math.ceil((size - 3) / 2) + 1 for size in images.shape[2:])
    out = np.empty((*images.shape[:2], height, width))
    for y in range(height):
        for x in range(width):
            out[:, :, y, x] = images[:, :, 2 * y : 2 * y + 3, 2 * x : 2 * x + 3].max(axis=(2, 3))
    return out


def sigmoid(values):
    """1 / (1 + exp(-values))."""
    return 1 / (1 + np.exp(-values))


def shared_features(weights, x):
    """The 16 shared features of sequences (n, time, c, height, width)."""
    state = 0.0
    for t in range(x.shape[1]):
        maps = x[:, t]
        for k in (1, 2, 3):
            maps = pool(np.maximum(convolve(maps, weights[f"conv{k}.weight"], weights[f"conv{k}.bias"]), 0))
        state = state + np.zeros_like(maps)
        of_x = [
            weights[f"gru.input.{part}"].reshape(3, 128, *tail)
            for part, tail in (("weight", (128, 3, 3)), ("bias", ()))
        ]
        of_h = weights["gru.hidden.weight"].reshape(3, 128, 128, 3, 3)
        update = sigmoid(convolve(maps, of_x[0][0], of_x[1][0], 1) + convolve(state, of_h[0], 0.0, 1))
        reset = sigmoid(convolve(maps, of_x[0][1], of_x[1][1], 1) + convolve(state, of_h[1], 0.0, 1))
        candidate = np.tanh(convolve(maps, of_x[0][2], of_x[1][2], 1) + convolve(reset * state, of_h[2], 0.0, 1))
        state = (1 - update) * state + update * candidate
    return state.reshape(len(x), -1) @ weights["shared.weight"].T + weights["shared.bias"]


def forward(weights, x, mask=1.0):
    """Probability of each emotion and heart rate."""
    shared = shared_features(weights, x)
    hidden = np.maximum(shared @ weights["emotion.0.weight"].T + weights["emotion.0.bias"], 0) * mask
    logits = hidden @ weights["emotion.1.weight"].T + weights["emotion.1.bias"]
    return sigmoid(logits), (shared @ weights["heart_rate.weight"].T + weights["heart_rate.bias"])[:, 0]


def losses(probability, rates, labels, measured):
    """Binary cross-entropy, and root mean square error over the windows whose rate is known."""
    emotion = -np.mean(labels * np.log(probability) + (1 - labels) * np.log(1 - probability))
    is_known = ~np.isnan(measured)
    return emotion, math.sqrt(np.mean((rates - measured)[is_known] ** 2)) if is_known.any() else 0.0


def adam(start, gradients, learning_rate, betas=(0.9, 0.999), eps=1e-8):
    """One weight after steps of Adam, by algorithm 1 of the paper."""
    weight, mean, square = start, 0.0, 0.0
    for t, gradient in enumerate(gradients, start=1):
        mean = betas[0] * mean + (1 - betas[0]) * gradient
        square = betas[1] * square + (1 - betas[1]) * gradient**2
        unbiased = mean / (1 - betas[0] ** t), square / (1 - betas[1] ** t)
        weight -= learning_rate * unbiased[0] / (math.sqrt(unbiased[1]) + eps)
    return weight
