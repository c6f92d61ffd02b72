"""Learnt task weights as the papers have them, step by step, without physiofer."""

import math


class NaiveAdam:
    """Adam of numbers, one at a time (Kingma & Ba 2015, algorithm 1)."""

    def __init__(self, rate):
        self.rate, self.t, self.m, self.v = rate, 0, [0.0, 0.0], [0.0, 0.0]

    def step(self, values, slopes):
        self.t += 1
        out = []
        for k, (value, slope) in enumerate(zip(values, slopes, strict=True)):
            self.m[k] = 0.9 * self.m[k] + 0.1 * slope
            self.v[k] = 0.999 * self.v[k] + 0.001 * slope * slope
            mean, square = self.m[k] / (1 - 0.9**self.t), self.v[k] / (1 - 0.999**self.t)
            out.append(value - self.rate * mean / (math.sqrt(square) + 1e-8))
        return out


def uncertainty(losses, alpha, beta, rate):
    """Weights after each pair of losses: descent of alpha e exp(-s) + s/2 + beta h exp(-u) + u by differences."""
    adam, logs, weights = NaiveAdam(rate), [0.0, 0.0], []
    for emotion, heart_rate in losses:

        def objective(s, u, emotion=emotion, heart_rate=heart_rate):
            return alpha * emotion * math.exp(-s) + s / 2 + beta * heart_rate * math.exp(-u) + u

        h, (s, u) = 1e-6, logs
        slopes = [
            (objective(s + h, u) - objective(s - h, u)) / (2 * h),
            (objective(s, u + h) - objective(s, u - h)) / (2 * h),
        ]
        logs = adam.step(logs, slopes)
        weights.append((alpha * math.exp(-logs[0]), beta * math.exp(-logs[1])))
    return weights


def gradnorm(losses, norms, alpha, beta, asymmetry, rate):
    """Weights after each pair of losses and of gradient norms, which are of alpha times and beta times the loss."""
    adam, w, first, weights = NaiveAdam(rate), [1.0, 1.0], losses[0], []
    for now, of_norm in zip(losses, norms, strict=True):
        left = [now[k] / first[k] for k in range(2)]
        rates = [part / (sum(left) / 2) for part in left]
        mean = sum(w[k] * of_norm[k] for k in range(2)) / 2
        slopes = []
        for k in range(2):
            wanted = mean * rates[k] ** asymmetry  # a constant: no slope goes through it
            slopes.append(math.copysign(of_norm[k], w[k] * of_norm[k] - wanted) if w[k] * of_norm[k] != wanted else 0.0)
        w = adam.step(w, slopes)
        total = sum(w)
        w = [2 * part / total for part in w]
        weights.append((alpha * w[0], beta * w[1]))
    return weights
