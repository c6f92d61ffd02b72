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
from numba import njit, prange

from .front import OFFSET, ONE, SIZE, SLOPE, abscissa, factorise, resolve, settle, unroll

_MAX_STEPS = 80
_TO_BOUNDARY = 0.995  # share of the way to p = 0 or m = 0 that a step may go
_FIRST_DRIVER = 3.0  # per second, in units of the scaled signal: starts high, which costs the fewest steps


@njit(cache=True, nogil=True)
def bateman(rate, slow_s, fast_s):
    """What either mode keeps and gains at a sample, and what passes directly: (keep, keep, gain, gain, direct)."""
    slow, fast = 2.0 * slow_s * rate, 2.0 * fast_s * rate
    keep_slow, keep_fast = (slow - 1.0) / (slow + 1.0), (fast - 1.0) / (fast + 1.0)
    pass_slow, pass_fast = slow_s / (slow + 1.0), fast_s / (fast + 1.0)
    return keep_slow, keep_fast, (1.0 + keep_slow) * pass_slow, (1.0 + keep_fast) * pass_fast, pass_slow - pass_fast


@njit(cache=True, nogil=True)
def spline_basis(n_times, per_knot):
    """The four cubic B-splines in force at each sample, and the first sample of each interval between knots."""
    n_intervals = int((n_times - 1) / per_knot) + 1
    basis = np.empty((n_times, 4))
    first = np.empty(n_intervals + 1, dtype=np.int64)
    interval = -1
    for t in range(n_times):
        if int(t / per_knot) > interval:
            interval += 1
            first[interval] = t
        u = t / per_knot - interval
        v = 1.0 - u
        basis[t, 0] = v * v * v / 6.0
        basis[t, 1] = (3.0 * u * u * u - 6.0 * u * u + 4.0) / 6.0
        basis[t, 2] = (3.0 * v * v * v - 6.0 * v * v + 4.0) / 6.0
        basis[t, 3] = u * u * u / 6.0
    first[n_intervals] = n_times
    return basis, first


@njit(cache=True, nogil=True)
def solve(y, weight, rate, slow_s, fast_s, per_knot, alpha, gamma, tolerance, tonic, phasic, driver):
    """Solve the programme for one scaled series; missing samples have weight 0 and any finite value.

    Fills `tonic`, `phasic` and `driver`. Returns objective, bound on what it exceeds the optimum by, and steps taken.
    """
    n_times = y.size
    modes = bateman(rate, slow_s, fast_s)
    basis, first = spline_basis(n_times, per_knot)
    problem = (modes, first, basis, weight, gamma)
    n_spline = first.size + 2
    kept = (np.empty((n_times, ONE)), np.empty(n_times), np.empty((n_spline, SIZE)))
    front, slopes, state = np.empty((SIZE, SIZE)), np.empty(SIZE), np.empty(SIZE)
    spline, step_spline, excess, drift = np.zeros(n_spline), np.zeros(n_spline), np.zeros(n_spline), np.zeros(2)
    barrier, target, shift = np.empty(n_times), np.empty(n_times), np.empty(n_times)
    dual, residual, step_driver, step_residual = np.empty(n_times), phasic, np.empty(n_times), tonic
    for t in range(n_times):
        driver[t], dual[t] = _FIRST_DRIVER, alpha
    _respond(driver, modes, residual)
    for t in range(n_times):
        residual[t] -= y[t]

    infeasible, steps = 1.0, 0
    while True:
        objective, gap = _standing(residual, weight, driver, dual, barrier, alpha, spline, drift, gamma, excess)
        if gap <= tolerance * max(objective, 1e-6 * n_times) and infeasible <= 1e-8 or steps == _MAX_STEPS:
            break
        factorise(front, problem, residual, barrier, alpha, excess, kept, shift)
        for i in range(ONE):
            slopes[i] = front[i, ONE]
        settle(front, slopes, state)
        unroll(state, problem, kept, shift, step_driver, step_residual, step_spline)
        centre = _centre(driver, dual, barrier, step_driver, gap, target)
        for t in range(n_times):
            target[t] = alpha - (centre - target[t]) / driver[t]
        resolve(slopes, problem, residual, target, excess, kept, shift)
        settle(front, slopes, state)
        unroll(state, problem, kept, shift, step_driver, step_residual, step_spline)
        step = _walk(driver, dual, barrier, step_driver, alpha, target)
        if not step > 1e-8:
            break
        for t in range(n_times):
            residual[t] += step * step_residual[t]
        for j in range(n_spline):
            spline[j] += step * step_spline[j]
        drift[0] += step * state[OFFSET]
        drift[1] += step * state[SLOPE]
        infeasible *= 1.0 - step
        steps += 1
    _respond(driver, modes, phasic)
    _evaluate(spline, basis, first, tonic)
    return objective, gap, steps


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _centre(driver, dual, barrier, step_driver, gap, product):
    """The mu to aim at, from how far the predictor gets; the products of its steps, for the second order."""
    reach, cross = 1.0, 0.0
    for t in range(driver.size):
        step_dual = -dual[t] - barrier[t] * step_driver[t]
        product[t] = step_driver[t] * step_dual
        cross += product[t]
        if step_driver[t] * reach < -driver[t]:
            reach = -driver[t] / step_driver[t]
        if step_dual * reach < -dual[t]:
            reach = -dual[t] / step_dual
    left = (1.0 - reach) + reach * reach * cross / gap
    return left**3 * gap / driver.size


@njit(cache=True, nogil=True)
def _walk(driver, dual, barrier, step_driver, alpha, target):
    """Move drivers and duals along the corrected direction, short of the boundary; the share of the step taken."""
    reach = 1.0 / _TO_BOUNDARY
    for t in range(driver.size):
        step_dual = alpha - target[t] - dual[t] - barrier[t] * step_driver[t]
        target[t] = step_dual
        if step_driver[t] * reach < -driver[t]:
            reach = -driver[t] / step_driver[t]
        if step_dual * reach < -dual[t]:
            reach = -dual[t] / step_dual
    step = _TO_BOUNDARY * reach
    if step > 1e-8:
        for t in range(driver.size):
            driver[t] += step * step_driver[t]
            dual[t] += step * target[t]
    return step


@njit(cache=True, nogil=True)
def _respond(driver, modes, phasic):
    """Response of the modes to the driver, from rest."""
    keep_slow, keep_fast, gain_slow, gain_fast, direct = modes
    slow, fast = 0.0, 0.0
    for t in range(driver.size):
        phasic[t] = slow - fast + direct * driver[t]
        slow = keep_slow * slow + gain_slow * driver[t]
        fast = keep_fast * fast + gain_fast * driver[t]


@njit(cache=True, nogil=True)
def _evaluate(spline, basis, first, tonic):
    """The spline at each sample."""
    for s in range(first.size - 1):
        for t in range(first[s], first[s + 1]):
            tonic[t] = 0.0
            for j in range(4):
                tonic[t] += basis[t, j] * spline[s + j]
