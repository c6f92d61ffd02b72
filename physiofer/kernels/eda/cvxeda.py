"""Convex decomposition of skin conductance (Greco et al. 2016) by an interior-point method whose steps cost O(n).

With driver p, spline coefficients l, drift d, and weights w that are 0 where a sample is missing, the programme is

    min  1/2 sum_t w_t (r_t + (B l)_t + (C d)_t - y_t)^2 + alpha sum_t p_t + gamma/2 |l|^2   subject to p >= 0.

*Phasic part.* r = M q, p = A q is the bilinear image of exp(-t/slow) - exp(-t/fast). Its partial fractions are two
modes of first order, at rest before the first sample: r = slow - fast + direct p, then mode <- keep mode + gain p. That
is the same r for the same p, but A holds 4 rate^2: q would lose its digits at high rates where the modes do not.

*Tonic part.* Cubic B-splines reproduce straight lines, so C d = B G d with ones and the abscissae of the coefficients
as columns of G. In c = l + G d the drift leaves the data: tonic = B c, with the penalty gamma/2 |c - G d|^2.

*Optimality.* With m >= 0 for p >= 0: the gradient equals m, and m p = 0. Mehrotra's predictor and corrector go there
along m p = mu -> 0; each Newton step is the same least-squares problem with m/p as curvature of p (kernels/eda/front).
"""

import numpy as np
from numba import njit

from .front import OFFSET, ONE, SIZE, SLOPE, abscissa, factorise, resolve, settle, unroll

_MAX_STEPS = 80
_TO_BOUNDARY = 0.995  # share of the way to p = 0 or m = 0 that a step may go
_SHORTEST_STEP = 1e-8
_FIRST_DRIVER, _FIRST_DUAL = 3.0, 1e-3  # of a series of unit variance: starting high costs the fewest steps


@njit(cache=True, nogil=True, error_model="numpy")
def decompose_rows(first, last, values, scale, rate, slow_s, fast_s, per_knot, alpha, gamma, tolerance, parts):
    """Decompose rows `first` to `last` of `values`; tonic, phasic and driver into `parts` (3, n_rows, n_times).

    Each row is standardised, its stretches are solved one by one, and the parts scaled back; NaN where the input is.
    `alpha` is meant for the series divided by `scale`, by default (0) by its own standard deviation.
    """
    n_times = values.shape[1]
    y, weight = np.empty(n_times), np.empty(n_times)
    for row in range(first, last):
        series, tonic, phasic, driver = values[row], parts[0, row], parts[1, row], parts[2, row]
        mean, spread = _spread(series)
        for t in range(n_times):
            is_used = np.isfinite(series[t]) and spread > 0.0
            y[t], weight[t] = ((series[t] - mean) / spread, 1.0) if is_used else (0.0, 0.0)
            tonic[t], phasic[t], driver[t] = 0.0, 0.0, 0.0
        price = alpha * scale / spread if scale > 0.0 and spread > 0.0 else alpha
        start = 0
        while start < n_times:
            if weight[start] == 0.0:
                start += 1
                continue
            stop = _stretch_end(weight, start, 4.0 * per_knot)
            if stop - start > 2:
                solve(
                    y[start:stop], weight[start:stop], rate, slow_s, fast_s, per_knot, price, gamma, tolerance,
                    tonic[start:stop], phasic[start:stop], driver[start:stop],
                )  # fmt: skip
            else:  # a point or a line is all level
                tonic[start], tonic[stop - 1] = y[start], y[stop - 1]
            start = stop
        for t in range(n_times):
            if np.isfinite(series[t]):
                tonic[t], phasic[t], driver[t] = mean + spread * tonic[t], spread * phasic[t], spread * driver[t]
            else:
                tonic[t], phasic[t], driver[t] = np.nan, np.nan, np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _spread(values):
    """Mean and standard deviation (ddof 0) of the finite values; a spread of exactly 0 if there are not two of them."""
    count, mean, low, high = 0, 0.0, np.inf, -np.inf
    for value in values:
        if np.isfinite(value):
            count += 1
            mean += (value - mean) / count
            low, high = min(low, value), max(high, value)
    if not low < high:
        return mean if count == 0 else low, 0.0
    width, total = max(high - mean, mean - low), 0.0
    for value in values:
        if np.isfinite(value):
            total += ((value - mean) / width) ** 2
    return mean, width * np.sqrt(total / count)


@njit(cache=True, nogil=True, error_model="numpy")
def _stretch_end(weight, start, reach):
    """Where the stretch that begins at `start` ends: at a gap longer than a spline reaches, or the last sample."""
    stop = start + 1
    for t in range(start + 1, weight.size):
        if weight[t] > 0.0:
            if t - stop > reach:
                break
            stop = t + 1
    return stop


@njit(cache=True, nogil=True, error_model="numpy")
def solve(y, weight, rate, slow_s, fast_s, per_knot, alpha, gamma, tolerance, tonic, phasic, driver):
    """Solve the programme for one series of unit variance; missing samples have weight 0 and any finite value.

    Fills `tonic`, `phasic` and `driver`. Returns objective, bound on what it exceeds the optimum by, and steps taken.
    """
    n_times = y.size
    modes = bateman(rate, slow_s, fast_s)
    basis, gram, first = spline_basis(n_times, per_knot, weight)
    problem = (modes, first, basis, gram, weight, gamma)
    n_spline = first.size + 2
    kept = (np.empty((n_times, ONE)), np.empty(n_times), np.empty((n_spline, SIZE)))
    front, slopes, state = np.empty((SIZE, SIZE)), np.empty(SIZE), np.empty(SIZE)
    spline, step_spline, excess, drift = np.zeros(n_spline), np.zeros(n_spline), np.zeros(n_spline), np.zeros(2)
    barrier, target, shift = np.empty(n_times), np.empty(n_times), np.empty(n_times)
    dual, step_driver = np.empty(n_times), np.empty(n_times)
    residual, step_residual = phasic, tonic  # the parts themselves are written last
    for t in range(n_times):
        driver[t], dual[t], tonic[t] = _FIRST_DRIVER, max(alpha, _FIRST_DUAL), 0.0
    _respond(driver, modes, residual)
    for t in range(n_times):
        residual[t] -= y[t]

    infeasible, before, steps = 1.0, np.inf, 0
    while True:
        objective, gap = _standing(residual, weight, driver, dual, barrier, alpha, spline, drift, gamma, excess)
        is_near = gap <= tolerance * max(objective, 1e-6 * n_times) and infeasible <= 1e-8
        if is_near or steps == _MAX_STEPS:
            break
        factorise(front, problem, residual, barrier, alpha, excess, kept, shift)
        for i in range(ONE):
            slopes[i] = front[i, ONE]
        settle(front, slopes, state)
        unroll(state, problem, kept, shift, step_driver, step_residual, step_spline)
        _aim(driver, dual, barrier, step_driver, gap, gap > 0.9 * before, alpha, target)
        resolve(slopes, problem, residual, target, excess, kept, shift)
        settle(front, slopes, state)
        unroll(state, problem, kept, shift, step_driver, step_residual, step_spline)
        step = _walk(driver, dual, barrier, step_driver, alpha, target)
        if not step > _SHORTEST_STEP:
            break
        for t in range(n_times):
            residual[t] += step * step_residual[t]
        for j in range(n_spline):
            spline[j] += step * step_spline[j]
        drift[0] += step * state[OFFSET]
        drift[1] += step * state[SLOPE]
        infeasible *= 1.0 - step
        before = gap
        steps += 1
    _respond(driver, modes, phasic)
    for s in range(first.size - 1):
        for t in range(first[s], first[s + 1]):
            tonic[t] = 0.0
            for j in range(4):
                tonic[t] += basis[t, j] * spline[s + j]
    return objective, gap, steps


@njit(cache=True, nogil=True, error_model="numpy")
def bateman(rate, slow_s, fast_s):
    """What either mode keeps and gains at a sample, and what passes directly: (keep, keep, gain, gain, direct)."""
    slow, fast = 2.0 * slow_s * rate, 2.0 * fast_s * rate
    keep_slow, keep_fast = (slow - 1.0) / (slow + 1.0), (fast - 1.0) / (fast + 1.0)
    pass_slow, pass_fast = slow_s / (slow + 1.0), fast_s / (fast + 1.0)
    return keep_slow, keep_fast, (1.0 + keep_slow) * pass_slow, (1.0 + keep_fast) * pass_fast, pass_slow - pass_fast


@njit(cache=True, nogil=True, error_model="numpy")
def _respond(driver, modes, phasic):
    """Response of the modes to the driver, from rest."""
    keep_slow, keep_fast, gain_slow, gain_fast, direct = modes
    slow, fast = 0.0, 0.0
    for t in range(driver.size):
        phasic[t] = slow - fast + direct * driver[t]
        slow = keep_slow * slow + gain_slow * driver[t]
        fast = keep_fast * fast + gain_fast * driver[t]


@njit(cache=True, nogil=True, error_model="numpy")
def spline_basis(n_times, per_knot, weight):
    """The four cubic B-splines in force at each sample, their weighted products, the first sample of each interval."""
    n_intervals = int((n_times - 1) / per_knot) + 1
    basis = np.empty((n_times, 4))
    gram = np.zeros((n_intervals, 4, 4))
    first = np.empty(n_intervals + 1, dtype=np.int64)
    s = -1
    for t in range(n_times):
        if int(t / per_knot) > s:
            s += 1
            first[s] = t
        u = t / per_knot - s
        v = 1.0 - u
        basis[t, 0] = v * v * v / 6.0
        basis[t, 1] = (3.0 * u * u * u - 6.0 * u * u + 4.0) / 6.0
        basis[t, 2] = (3.0 * v * v * v - 6.0 * v * v + 4.0) / 6.0
        basis[t, 3] = u * u * u / 6.0
        for i in range(4):
            for j in range(i, 4):
                gram[s, i, j] += weight[t] * basis[t, i] * basis[t, j]
    first[n_intervals] = n_times
    return basis, gram, first


@njit(cache=True, nogil=True, error_model="numpy")
def _standing(residual, weight, driver, dual, barrier, alpha, spline, drift, gamma, excess):
    """Objective and duality gap of the current point; refreshes the drivers' curvature and the coefficients' excess."""
    objective, gap = 0.0, 0.0
    for t in range(residual.size):
        objective += 0.5 * weight[t] * residual[t] * residual[t] + alpha * driver[t]
        gap += driver[t] * dual[t]
        barrier[t] = dual[t] / driver[t]
    for j in range(spline.size):
        excess[j] = spline[j] - drift[0] - abscissa(j, spline.size - 3) * drift[1]
        objective += 0.5 * gamma * excess[j] * excess[j]
    return objective, gap


@njit(cache=True, nogil=True, error_model="numpy")
def _aim(driver, dual, barrier, step_driver, gap, is_stuck, alpha, target):
    """Slopes of the drivers' costs in the corrector: mu from how far the predictor gets, and its second-order term.

    That term is bounded, and where the last step brought next to nothing it is reduced and mu kept high: otherwise
    steps may go round in circles.
    """
    reach, cross = 1.0, 0.0
    for t in range(driver.size):
        step_dual = -dual[t] - barrier[t] * step_driver[t]
        target[t] = step_driver[t] * step_dual
        cross += target[t]
        if step_driver[t] * reach < -driver[t]:
            reach = -driver[t] / step_driver[t]
        if step_dual * reach < -dual[t]:
            reach = -dual[t] / step_dual
    now = gap / driver.size
    centring = (1.0 - reach + reach * reach * cross / gap) ** 3
    least, most, share = -4.0 * now, 0.5 * now, 1.0
    if is_stuck:
        centring, least, most, share = max(centring, 0.5), -np.inf, np.inf, reach * reach
    for t in range(driver.size):
        target[t] = alpha - (centring * now - min(max(share * target[t], least), most)) / driver[t]


@njit(cache=True, nogil=True, error_model="numpy")
def _walk(driver, dual, barrier, step_driver, alpha, target):
    """Move drivers and duals along the corrected direction, short of the boundary; the share of the step taken."""
    reach = 1.0 / _TO_BOUNDARY
    for t in range(driver.size):
        target[t] = alpha - target[t] - dual[t] - barrier[t] * step_driver[t]  # from here on the step of the dual
        if not np.isfinite(step_driver[t] + target[t]):
            return 0.0
        if step_driver[t] * reach < -driver[t]:
            reach = -driver[t] / step_driver[t]
        if target[t] * reach < -dual[t]:
            reach = -dual[t] / target[t]
    step = _TO_BOUNDARY * reach
    if step > _SHORTEST_STEP:
        for t in range(driver.size):
            driver[t] += step * step_driver[t]
            dual[t] += step * target[t]
    return step
