"""The obvious way to compute what the skin conductance kernels compute; imports nothing of physiofer."""

import math

import numpy as np


def programme(n_times, rate, slow_s=2.0, fast_s=0.7, knot_s=10.0):
    """A, M, B and C of Greco et al. (2016), dense, entry by entry from the definitions."""
    step = 1.0 / rate
    a0, a1 = 1.0 / slow_s, 1.0 / fast_s
    below = (a1 - a0) * step**2
    psi = (a1 * step + 2) * (a0 * step + 2) / below
    theta = (2 * a1 * a0 * step**2 - 8) / below
    zeta = (a1 * step - 2) * (a0 * step - 2) / below
    A, M = np.zeros((2, n_times, n_times))
    for t in range(n_times):
        for lag, ar, ma in ((0, psi, 1.0), (1, theta, 2.0), (2, zeta, 1.0)):
            if t >= lag:
                A[t, t - lag], M[t, t - lag] = ar, ma
    n_spline = int((n_times - 1) * step / knot_s + 1e-9) + 4
    B = np.zeros((n_times, n_spline))
    for t in range(n_times):
        for j in range(n_spline):
            B[t, j] = cubic_b_spline(t * step / knot_s - (j - 3))
    C = np.column_stack([np.ones(n_times), np.arange(n_times) * step])
    return A, M, B, C


def cubic_b_spline(x):
    """The uniform cubic B-spline on [0, 4], by the recursion of Cox and de Boor."""

    def of_order(k, start):
        if k == 0:
            return 1.0 if start <= x < start + 1 else 0.0
        return (x - start) / k * of_order(k - 1, start) + (start + k + 1 - x) / k * of_order(k - 1, start + 1)

    return of_order(3, 0)


def split_tonic(tonic, B, C, is_there):
    """Spline coefficients of least norm and the drift that make up a tonic level."""
    G = np.linalg.lstsq(B, C, rcond=None)[0]
    c = np.linalg.lstsq(B, tonic, rcond=None)[0]
    d = np.linalg.lstsq(G, c, rcond=None)[0]
    return c - G @ d, d


def objective(y, is_there, tonic, phasic, driver, B, C, alpha=8e-4, gamma=1e-2):
    """Value of the programme at an answer."""
    spline, _ = split_tonic(tonic, B, C, is_there)
    residual = np.where(is_there, tonic + phasic - y, 0.0)
    return 0.5 * residual @ residual + alpha * driver.sum() + 0.5 * gamma * spline @ spline


def extreme_runs(row):
    """Lengths of the runs of equal finite samples."""
    runs, last = [], None
    for value in row:
        if not math.isfinite(value):
            continue
        if value == last:
            runs[-1] += 1
        else:
            runs.append(1)
        last = value
    return runs


def lost_contact(row, low, high, fall, step, longest, margin):
    """Which samples lie within the margin of a reading out of range, of a steep fall or step, or above such a step."""
    lost = [False] * len(row)
    second, greatest_fall = fall
    above = [(t, last) for t, last in steps_up(row, low, high, step, longest)]
    above += [(len(row) - 1 - last, len(row) - 1 - t) for t, last in steps_up(row[::-1], low, high, step, longest)]
    for first, last in above:
        for k in range(max(first - margin, 0), min(last + margin + 1, len(row))):
            lost[k] = True
    for t, value in enumerate(row):
        last = None
        if value < low or value > high:
            last = t
        elif t + second < len(row) and row[t + second] < (1 - greatest_fall) * value:
            last = t + second
        if last is not None:
            for k in range(max(t - margin, 0), min(last + margin + 1, len(row))):
                lost[k] = True
    return lost


def steps_up(row, low, high, step, longest):
    """First and last sample of each step up, and of the level above it where half of it is undone in time."""
    span, greatest = step
    found, was_up = [], False
    for t in range(len(row) - span):
        foot, top = row[t], row[t + span]
        is_up = low <= foot <= high and low <= top <= high and top - foot > greatest
        if is_up:
            found.append((t, t + span))
        if is_up and not was_up:
            later = range(t + span + 1, len(row))
            undone = [k for k in later if row[k] <= 0.5 * (foot + top)] + [len(row)]
            if undone[0] <= t + span + longest:
                found.append((t, min(undone[0], len(row) - 1)))
        was_up = is_up
    return found


def median_of_five(row):
    """Median of each sample and two neighbours on either side, ends repeated."""
    last = len(row) - 1
    return [sorted(row[min(max(t + k, 0), last)] for k in range(-2, 3))[2] for t in range(len(row))]


def power_between(values, rate, low_hz, high_hz):
    """Power of a Hann-tapered segment less its line from `low_hz` to `high_hz`, by the definition of the transform."""
    n = len(values)
    times = np.arange(n)
    values = values - np.polyval(np.polyfit(times, values, 1), times)
    taper = np.array([0.5 - 0.5 * math.cos(2 * math.pi * t / n) for t in range(n)])
    total = 0.0
    for k in range(1, n // 2 + 1):
        coefficient = np.sum(values * taper * np.exp(-2j * np.pi * k * times / n))
        density = 2.0 * abs(coefficient) ** 2 / (rate * np.sum(taper**2))
        width = min((k + 0.5) * rate / n, high_hz) - max((k - 0.5) * rate / n, low_hz)
        total += density * min(max(width, 0.0), rate / n)
    return total


def window_statistics(parts):
    """Everything told of a window, by the definitions; parts are lists."""
    tonic, phasic, driver, smooth, amplitude, rise, recovery = parts

    def finite(values):
        return [value for value in values if math.isfinite(value)]

    def mean(values):
        return sum(values) / len(values) if len(values) else math.nan

    def sd(values):
        return math.sqrt(mean([(value - mean(values)) ** 2 for value in values])) if len(values) else math.nan

    known = [(t, value) for t, value in enumerate(tonic) if math.isfinite(value)]
    steps = finite([b - a for a, b in zip(smooth[:-1], smooth[1:], strict=True)])
    peaks = [t for t, value in enumerate(amplitude) if value > 0]
    return [
        mean(finite(tonic)),
        sd(finite(tonic)),
        np.polyfit(*zip(*known, strict=True), 1)[0] if len(known) > 1 else math.nan,
        sd(finite(phasic)),
        mean([max(value, 0) for value in finite(phasic)]),
        mean(finite(driver)),
        sd(steps),
        mean([max(step, 0) for step in steps]),
        len(peaks),
        sum(amplitude[t] for t in peaks),
        max((amplitude[t] for t in peaks), default=math.nan),
        mean([rise[t] for t in peaks]),
        mean(finite([recovery[t] for t in peaks])),
    ]
