"""Obvious versions of the connectivity, networks and covariances of EEG."""

import cmath
import math


def without_line(series):
    """A series less its line of least squares."""
    n = len(series)
    middle, mean = (n - 1) / 2, sum(series) / n
    slope = sum((t - middle) * value for t, value in enumerate(series)) / sum((t - middle) ** 2 for t in range(n))
    return [value - mean - slope * (t - middle) for t, value in enumerate(series)]


def analytic(series, rate, low_hz, high_hz, n_out=None):
    """Analytic signal of a band by sums over its bins, at `n_out` times spread over the window (all its samples)."""
    n = len(series)
    n_out = n_out or n
    series = without_line(series)
    out = [0j] * n_out
    for k in range(1, n // 2 + 1):
        if low_hz <= k * rate / n + 1e-12 and k * rate / n + 1e-12 < high_hz:
            bin_k = sum(value * cmath.exp(-2j * math.pi * k * t / n) for t, value in enumerate(series))
            for t in range(n_out):
                out[t] += 2 / n * bin_k * cmath.exp(2j * math.pi * k * t / n_out)
    return out


def n_bins(n, rate, low_hz, high_hz):
    """How many bins are in a band."""
    return sum(1 for k in range(1, n // 2 + 1) if low_hz <= k * rate / n + 1e-12 and k * rate / n + 1e-12 < high_hz)


def correlation(x, y):
    """Pearson's."""
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    dx, dy = [a - mean_x for a in x], [b - mean_y for b in y]
    return sum(a * b for a, b in zip(dx, dy, strict=True)) / math.sqrt(sum(a * a for a in dx) * sum(b * b for b in dy))


def plv(x, y):
    return abs(sum(cmath.exp(1j * (cmath.phase(a) - cmath.phase(b))) for a, b in zip(x, y, strict=True))) / len(x)


def ppc(x, y):
    """Mean cosine of the difference between the phase differences of all pairs of samples (Vinck 2010)."""
    turns = [cmath.phase(a) - cmath.phase(b) for a, b in zip(x, y, strict=True)]
    pairs = [math.cos(turns[j] - turns[k]) for j in range(len(turns)) for k in range(j)]
    return sum(pairs) / len(pairs)


def pli(x, y):
    return abs(sum(math.copysign(1, (a * b.conjugate()).imag) for a, b in zip(x, y, strict=True))) / len(x)


def wpli(x, y):
    parts = [(a * b.conjugate()).imag for a, b in zip(x, y, strict=True)]
    return abs(sum(parts)) / sum(map(abs, parts))


def wpli2_debiased(x, y):
    """Over all pairs of two different samples (Vinck 2011)."""
    parts = [(a * b.conjugate()).imag for a, b in zip(x, y, strict=True)]
    pairs = [parts[j] * parts[k] for j in range(len(parts)) for k in range(len(parts)) if j != k]
    return sum(pairs) / sum(map(abs, pairs))


def aec(x, y):
    return correlation([abs(a) for a in x], [abs(b) for b in y])


def aec_orthogonal(x, y):
    def one_way(x, y):
        left = [abs((b * a.conjugate() / abs(a)).imag) for a, b in zip(x, y, strict=True)]
        return correlation([abs(a) for a in x], left)

    return 0.5 * (one_way(x, y) + one_way(y, x))


def imaginary_coherence(x, y, rate, low_hz, high_hz, length):
    """Mean over the band of the magnitude of the imaginary part of coherency, by Welch's segments."""
    hann = [0.5 - 0.5 * math.cos(2 * math.pi * t / length) for t in range(length)]
    values = []
    for k in range(1, length // 2 + 1):
        if not (low_hz <= k * rate / length + 1e-12 and k * rate / length + 1e-12 < high_hz):
            continue
        both = {"xx": 0, "yy": 0, "xy": 0}
        for first in range(0, len(x) - length + 1, length - length // 2):
            bins = []
            for series in (x, y):
                part = series[first : first + length]
                mean = sum(part) / length
                bins.append(
                    sum(
                        h * (v - mean) * cmath.exp(-2j * math.pi * k * t / length)
                        for t, (h, v) in enumerate(zip(hann, part, strict=True))
                    )
                )
            both["xx"] += abs(bins[0]) ** 2
            both["yy"] += abs(bins[1]) ** 2
            both["xy"] += bins[0] * bins[1].conjugate()
        values.append(abs(both["xy"].imag) / math.sqrt(both["xx"] * both["yy"]))
    return sum(values) / len(values)


def shortest(weights, start, nodes):
    """Lengths of the shortest ways from one node to each of `nodes` through them alone (Dijkstra), 1 / weight each."""
    lengths, open_nodes = {node: math.inf for node in nodes}, set(nodes)
    lengths[start] = 0.0
    while open_nodes:
        here = min(open_nodes, key=lengths.get)
        open_nodes.remove(here)
        for node in open_nodes:
            if weights[here][node] > 0:
                lengths[node] = min(lengths[node], lengths[here] + 1 / weights[here][node])
    return lengths


def efficiency(weights, nodes):
    """Mean of 1 / way over all ordered pairs."""
    total = 0.0
    for node in nodes:
        total += sum(1 / way for other, way in shortest(weights, node, nodes).items() if other != node)
    return total / (len(nodes) * (len(nodes) - 1)) if len(nodes) > 1 else 0.0


def network(weights):
    """All indices of a network of positive weights, whose diagonal is 0."""
    nodes = range(len(weights))
    near = [[other for other in nodes if weights[node][other] > 0] for node in nodes]
    largest = max(max(row) for row in weights)
    clustering = []
    for node in nodes:
        triangles = [
            (weights[node][a] * weights[a][b] * weights[b][node] / largest**3) ** (1 / 3)
            for a in near[node]
            for b in near[node]
            if a != b
        ]
        clustering.append(sum(triangles) / len(triangles) if triangles else 0.0)
    ways = [way for node in nodes for way in shortest(weights, node, nodes).values() if 0 < way < math.inf]
    return {
        "degree": [len(others) for others in near],
        "strength": [sum(row) for row in weights],
        "clustering": clustering,
        "local_efficiency": [efficiency(weights, others) for others in near],
        "path_length": sum(ways) / len(ways) if ways else math.nan,
        "global_efficiency": efficiency(weights, nodes),
    }
