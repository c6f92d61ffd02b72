"""Naive twins of the remote pulse: the loops of the papers, with nothing saved."""

import math

import numpy as np
from scipy import signal


def window_length(rate, window_s=1.6):
    """Frames in a window, as Wang et al. (2017) round them."""
    return math.ceil(round(window_s * rate, 9))


def pos(rgb, rate):
    """Algorithm 1 of Wang et al. (2017) on (3, n_times); windows with missing or dark channels are left out."""
    n_times = rgb.shape[1]
    length = window_length(rate)
    pulse, covered = np.zeros(n_times), np.zeros(n_times, dtype=bool)
    for first in range(n_times - length + 1):
        window = rgb[:, first : first + length]
        mean = window.mean(axis=1)
        if not (np.isfinite(window).all() and (mean > 0).all()):
            continue
        normalised = window / mean[:, np.newaxis]
        projected = np.array([[0.0, 1.0, -1.0], [-2.0, 1.0, 1.0]]) @ normalised
        sigma = projected.std(axis=1)
        share = sigma[0] / sigma[1] if sigma[1] > 1e-9 else 0.0
        wave = projected[0] + share * projected[1]
        pulse[first : first + length] += wave - wave.mean()
        covered[first : first + length] = True
    return np.where(covered, pulse, np.nan)


def chrom(rgb, rate):
    """De Haan & Jeanne (2013) on (3, n_times), windows as the docstring of physiofer defines them."""
    n_times = rgb.shape[1]
    length = 2 * math.ceil(round(0.8 * rate, 9))
    if n_times < length:
        return np.full(n_times, np.nan)
    firsts = list(range(0, n_times - length + 1, length // 2))
    if firsts[-1] != n_times - length:
        firsts.append(n_times - length)
    hann = [math.sin(math.pi * (t + 0.5) / length) ** 2 for t in range(length)]
    band = [40 / 60, 4.0] if rate > 8.0 else 40 / 60
    sections = signal.butter(2, band, "bandpass" if rate > 8.0 else "highpass", fs=rate, output="sos")
    total, weight = np.zeros(n_times), np.zeros(n_times)
    for first in firsts:
        window = rgb[:, first : first + length]
        mean = window.mean(axis=1)
        if not (np.isfinite(window).all() and (mean > 0).all()):
            continue
        r, g, b = (window[k] / mean[k] - 1.0 for k in range(3))
        x, y = 3.0 * r - 2.0 * g, 1.5 * r + g - 1.5 * b
        x, y = (signal.sosfiltfilt(sections, series, padtype="odd", padlen=length - 1) for series in (x, y))
        share = x.std() / y.std() if y.std() > 1e-9 else 0.0
        for t in range(length):
            total[first + t] += hann[t] * (x[t] - share * y[t])
            weight[first + t] += hann[t]
    return np.array([a / w if w > 0 else math.nan for a, w in zip(total, weight, strict=True)])


def likeliest_path(evidence, cost, most):
    """Viterbi's path by trying every predecessor of every state."""
    n_times, n_states = evidence.shape
    score, came_from = evidence[0].tolist(), []
    for t in range(1, n_times):
        origin = [
            max(range(n_states), key=lambda j, k=k: score[j] - min(cost * abs(j - k), most)) for k in range(n_states)
        ]
        score = [score[j] - min(cost * abs(j - k), most) + evidence[t, k] for k, j in enumerate(origin)]
        came_from.append(origin)
    path = [max(range(n_states), key=score.__getitem__)]
    for origin in reversed(came_from):
        path.append(origin[path[-1]])
    return path[::-1], max(score)


def pbv(rgb, rate):
    """De Haan & van Leest (2014) on one whole window (3, n_times): normal equations of the minimum-power wave."""
    signature = np.array([0.33, 0.77, 0.53])
    relative = _band_passed(rgb / rgb.mean(axis=1, keepdims=True) - 1.0, rate)
    weight = np.linalg.inv(relative @ relative.T) @ signature
    return (weight / (signature @ weight)) @ relative


def lgi(rgb):
    """Pilz et al. (2018) on one whole window (3, n_times): green beside the first left singular vector."""
    vectors, _, _ = np.linalg.svd(rgb, full_matrices=False)
    projector = np.eye(3) - np.outer(vectors[:, 0], vectors[:, 0])
    return (projector @ (rgb - rgb.mean(axis=1, keepdims=True)))[1]


def omit(rgb):
    """Alvarez Casado & Bordallo Lopez (2023) on one whole window (3, n_times): green beside the first column of Q."""
    q, _ = np.linalg.qr(rgb)
    projector = np.eye(3) - np.outer(q[:, 0], q[:, 0])
    return (projector @ (rgb - rgb.mean(axis=1, keepdims=True)))[1]


def pca(rgb, rate):
    """The principal component of relative colours whose spectrum peaks most, as it is in green."""
    relative = _band_passed(rgb / rgb.mean(axis=1, keepdims=True) - 1.0, rate)
    axes, _, _ = np.linalg.svd(relative, full_matrices=False)
    best, chosen = -1.0, None
    for axis in axes.T:
        wave = axis @ relative
        n_fft = 2 ** math.ceil(math.log2(2 * wave.size))
        hann = np.array([math.sin(math.pi * (t + 0.5) / wave.size) ** 2 for t in range(wave.size)])
        power = np.abs(np.fft.rfft(hann * wave, n_fft)) ** 2
        inside = [p for k, p in enumerate(power) if 40 / 60 <= k * rate / n_fft <= 4.0]
        if max(inside) / sum(inside) > best:
            best, chosen = max(inside) / sum(inside), wave
    return chosen * (chosen @ relative[1]) / (chosen @ chosen)


def _band_passed(values, rate):
    """Second-order Butterworth band-pass both ways, with the padding physiofer's filters state: two slow periods."""
    sections = signal.butter(2, [40 / 60, 4.0], "bandpass", fs=rate, output="sos")
    padding = min(int(2 * rate / (40 / 60)), values.shape[1] - 1)
    return signal.sosfiltfilt(sections, values, axis=1, padtype="odd", padlen=padding)


def least_squares_power(values, rate, bpm):
    """Power of a window at each rate under Hann's window after its line of least squares is taken, sum by sum."""
    times = np.arange(values.size)
    left = values - np.polyval(np.polyfit(times, values, 1), times)
    hann = np.array([math.sin(math.pi * (t + 0.5) / values.size) ** 2 for t in range(values.size)])
    return [abs(sum(left * hann * np.exp(-2j * np.pi * b / 60.0 * times / rate))) ** 2 for b in bpm]
