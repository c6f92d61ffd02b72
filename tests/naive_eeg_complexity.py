"""Complexity of one channel of EEG the obvious way: definitions written out, slow, and without a line of physiofer."""

import itertools
import math

import numpy as np


def variance(x):
    """Mean square about the mean."""
    mean = math.fsum(x) / len(x)
    return math.fsum((v - mean) ** 2 for v in x) / len(x)


def steps(x):
    """Differences of neighbours."""
    return [b - a for a, b in itertools.pairwise(x)]


def hjorth(x, rate):
    """Activity, mobility per second, complexity."""
    slope = steps(x)

    def mobility(y, dy):
        return math.sqrt(variance(dy) / variance(y))

    return variance(x), rate * mobility(x, slope), mobility(slope, steps(slope)) / mobility(x, slope)


def line_length(x, rate):
    """Mean step per second."""
    return rate * math.fsum(abs(step) for step in steps(x)) / (len(x) - 1)


def zero_crossings(x, rate):
    """Changes of side of the mean per second."""
    mean = sum(x) / len(x)
    return rate * sum((a >= mean) != (b >= mean) for a, b in itertools.pairwise(x)) / (len(x) - 1)


def sample_entropy(x, order=2, tolerance=0.2):
    """-ln of longer over shorter alike pairs, by trying each."""
    r = tolerance * math.sqrt(variance(x))
    counts = []
    for size in (order, order + 1):
        templates = [x[i : i + size] for i in range(len(x) - order)]
        pairs = itertools.combinations(templates, 2)
        counts.append(sum(max(abs(a - b) for a, b in zip(*pair, strict=True)) < r for pair in pairs))
    return -math.log(counts[1] / counts[0]) if counts[1] else math.nan


def entropy(weights):
    """Shannon's, in nats."""
    total = math.fsum(weights)
    return -math.fsum(w / total * math.log(w / total) for w in weights if w > 0)


def permutation_entropy(x, order=3, delay=1):
    """Entropy of how samples are sorted, over that of chance."""
    counts = {}
    for i in range(len(x) - (order - 1) * delay):
        ranks = tuple(sorted(range(order), key=lambda k, i=i: (x[i + k * delay], k)))
        counts[ranks] = counts.get(ranks, 0) + 1
    return entropy(list(counts.values())) / math.log(math.factorial(order))


def svd_entropy(x, order=3, delay=1):
    """Entropy of the singular values of the matrix of delayed samples."""
    mean = math.fsum(x) / len(x)
    matrix = [[x[i + k * delay] - mean for k in range(order)] for i in range(len(x) - (order - 1) * delay)]
    return entropy(np.linalg.svd(np.array(matrix), compute_uv=False).tolist()) / math.log(order)


def spectral_entropy(x, rate, low_hz, high_hz):
    """Entropy of the periodogram of one segment under a periodic Hann window."""
    n = len(x)
    mean = math.fsum(x) / n
    power = []
    for k in range(n // 2 + 1):
        if low_hz <= k * rate / n <= high_hz:
            terms = [
                (v - mean) * math.sin(math.pi * t / n) ** 2 * complex(math.cos(a), math.sin(a))
                for t, v in enumerate(x)
                for a in [2 * math.pi * k * t / n]
            ]
            power.append(abs(sum(terms)) ** 2 * (1 if k in (0, n / 2) else 2))
    return entropy(power) / math.log(len(power))


def slope(x, y):
    """Of the line of least squares."""
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    products = sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True))
    return products / sum((a - x_mean) ** 2 for a in x)


def higuchi_fd(x, longest=10):
    """Slope of log curve length over log 1/k, in the words of the paper."""
    n, lengths = len(x), []
    for k in range(1, longest + 1):
        parts = []
        for m in range(1, k + 1):
            last = (n - m) // k
            total = sum(abs(x[m + i * k - 1] - x[m + (i - 1) * k - 1]) for i in range(1, last + 1))
            parts.append(total * (n - 1) / (last * k) / k)
        lengths.append(sum(parts) / k)
    return slope([math.log(1 / k) for k in range(1, longest + 1)], [math.log(length) for length in lengths])


def katz_fd(x):
    """log n over log n d / L."""
    total, n = math.fsum(abs(step) for step in steps(x)), len(x) - 1
    reach = max(abs(v - x[0]) for v in x)
    return math.log10(n) / (math.log10(n) + math.log10(reach / total))


def petrosian_fd(x):
    """From the number of turns."""
    n, rises = len(x), [step >= 0 for step in steps(x)]
    turns = sum(a != b for a, b in itertools.pairwise(rises))
    return math.log10(n) / (math.log10(n) + math.log10(n / (n + 0.4 * turns)))


def dfa(x, shortest=4, longest=None):
    """Slope of log fluctuation over log box length, a line fitted to every box."""
    longest = longest or len(x) // 10
    mean = math.fsum(x) / len(x)
    walk = list(itertools.accumulate(v - mean for v in x))
    boxes, k = [], 0
    while shortest * 1.2**k <= longest:
        if int(shortest * 1.2**k) not in boxes:
            boxes.append(int(shortest * 1.2**k))
        k += 1
    found = []
    for box in boxes:
        rest = 0.0
        for start in range(0, len(walk) - box + 1, box):
            piece, times = walk[start : start + box], list(range(box))
            gain = slope(times, piece)
            offset = sum(piece) / box - gain * sum(times) / box
            rest += sum((v - gain * t - offset) ** 2 for t, v in zip(times, piece, strict=True))
        found.append(math.sqrt(rest / (len(walk) // box * box)))
    return slope([math.log(box) for box in boxes], [math.log(f) for f in found])
