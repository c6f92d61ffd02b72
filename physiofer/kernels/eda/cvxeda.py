"""Convex decomposition of skin conductance (Greco et al. 2016): an interior-point method whose steps cost O(n).

With driver p, spline coefficients l, drift d and weights w (0 where a sample is missing) the programme is

    min  1/2 sum_t w_t (r_t + (B l)_t + (C d)_t - y_t)^2 + alpha sum_t p_t + gamma/2 |l|^2   subject to p >= 0.

Phasic part. r = M q, p = A q is the bilinear image of exp(-t/slow) - exp(-t/fast). Its partial fractions are two modes
of first order, at rest before the first sample: r = slow - fast + direct p, then mode <- keep mode + gain p. It is the
same r for the same p, but A holds 4 rate^2, and q would lose its digits at high rates where the modes do not.

Tonic part. Cubic B-splines reproduce straight lines: C d = B G d with the columns of G ones and abscissae of the
coefficients. In c = l + G d the drift leaves the data: tonic = B c, penalty gamma/2 |c - G d|^2.

Newton step. It minimises the same quadratic with m/p dp^2 added (m: dual variables of p >= 0), a linear-quadratic
control problem. Going back in time, the least cost of all later samples is a quadratic form, the *front*, in what they
share with the earlier ones: two modes, the four coefficients in force, the drift, and the constant 1. Eliminating dp_t
takes a rank-one update of it; a coefficient is eliminated where its support begins.
"""

import numpy as np
from numba import njit, prange

# Places in the front.
_SLOW, _FAST, _SPLINE, _LAST, _OFFSET, _SLOPE, _ONE, _SIZE = 0, 1, 2, 5, 6, 7, 8, 9
_MAX_STEPS = 80
_TO_BOUNDARY = 0.995  # share of the way to p = 0 or m = 0 that a step may go


@njit(cache=True, nogil=True)
def bateman(rate, slow_s, fast_s):
    """What either mode keeps and gains at a sample, and what passes directly: (keep, keep, gain, gain, direct)."""
    slow, fast = 2.0 * slow_s * rate, 2.0 * fast_s * rate
    keep_slow, keep_fast = (slow - 1.0) / (slow + 1.0), (fast - 1.0) / (fast + 1.0)
    pass_slow, pass_fast = slow_s / (slow + 1.0), fast_s / (fast + 1.0)
    return keep_slow, keep_fast, (1.0 + keep_slow) * pass_slow, (1.0 + keep_fast) * pass_fast, pass_slow - pass_fast


@njit(cache=True, nogil=True)
def phasic_of(driver, modes, phasic):
    """Response of the modes to the driver, from rest, into `phasic`."""
    keep_slow, keep_fast, gain_slow, gain_fast, direct = modes
    slow, fast = 0.0, 0.0
    for t in range(driver.size):
        phasic[t] = slow - fast + direct * driver[t]
        slow = keep_slow * slow + gain_slow * driver[t]
        fast = keep_fast * fast + gain_fast * driver[t]


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
def tonic_of(coefficients, basis, first, tonic):
    """The spline at each sample, into `tonic`."""
    for s in range(first.size - 1):
        for t in range(first[s], first[s + 1]):
            tonic[t] = 0.0
            for j in range(4):
                tonic[t] += basis[t, j] * coefficients[s + j]


@njit(cache=True, nogil=True)
def _absorb(front, start, stop, basis, weight, residual, barrier, alpha, modes, gains, pivots, shift):
    """Take samples `start` to `stop` into the front, latest first, eliminating the driver of each.

    Of the front the rows of the modes feed back, sample by sample; the block of the others only collects.
    """
    keep_slow, keep_fast, gain_slow, gain_fast, direct = modes
    slow, fast = front[_SLOW], front[_FAST]
    p00, p01, p11 = slow[_SLOW], slow[_FAST], fast[_FAST]
    for t in range(stop - 1, start - 1, -1):
        w = weight[t]
        u0, u1 = gain_slow * p00 + gain_fast * p01, gain_slow * p01 + gain_fast * p11
        pivot = 1.0 / (barrier[t] + w * direct * direct + gain_slow * u0 + gain_fast * u1)
        k0, k1 = keep_slow * u0 + w * direct, keep_fast * u1 - w * direct
        q0, q1 = k0 * pivot, k1 * pivot
        p00 = keep_slow * keep_slow * p00 + w - k0 * q0
        p01 = keep_slow * keep_fast * p01 - w - k0 * q1
        p11 = keep_fast * keep_fast * p11 + w - k1 * q1
        gains[t, 0], gains[t, 1], pivots[t] = q0, q1, pivot
        for j in range(_SPLINE, _LAST + 1):
            c = w * basis[t, j - _SPLINE]
            k = gain_slow * slow[j] + gain_fast * fast[j] + direct * c
            slow[j] = keep_slow * slow[j] + c - q0 * k
            fast[j] = keep_fast * fast[j] - c - q1 * k
            gains[t, j] = k * pivot
        for j in range(_OFFSET, _SLOPE + 1):
            k = gain_slow * slow[j] + gain_fast * fast[j]
            slow[j] = keep_slow * slow[j] - q0 * k
            fast[j] = keep_fast * fast[j] - q1 * k
            gains[t, j] = k * pivot
        c = w * residual[t]
        k = gain_slow * slow[_ONE] + gain_fast * fast[_ONE] + direct * c + alpha
        slow[_ONE] = keep_slow * slow[_ONE] + c - q0 * k
        fast[_ONE] = keep_fast * fast[_ONE] - c - q1 * k
        shift[t] = k * pivot
    slow[_SLOW], slow[_FAST], fast[_FAST] = p00, p01, p11
    for t in range(start, stop):
        for i in range(_SPLINE, _ONE):
            k = gains[t, i] / pivots[t]
            for j in range(i, _ONE):
                front[i, j] -= k * gains[t, j]
            front[i, _ONE] -= k * shift[t]
        for i in range(4):
            c = weight[t] * basis[t, i]
            for j in range(i, 4):
                front[_SPLINE + i, _SPLINE + j] += c * basis[t, j]
            front[_SPLINE + i, _ONE] += c * residual[t]


@njit(cache=True, nogil=True)
def _penalise(front, place, gamma, abscissa, excess):
    """Add gamma/2 (dc - d_offset - abscissa d_slope + excess)^2 for the coefficient at `place`."""
    for i, a in ((place, 1.0), (_OFFSET, -1.0), (_SLOPE, -abscissa)):
        for j, b in ((place, 1.0), (_OFFSET, -1.0), (_SLOPE, -abscissa), (_ONE, excess)):
            if i <= j:
                front[i, j] += gamma * a * b


@njit(cache=True, nogil=True)
def _release(front, row):
    """Eliminate the last coefficient in force, into `row`, and make room for one before the first."""
    pivot = 1.0 / front[_LAST, _LAST]
    for i in range(_SIZE):
        row[i] = front[min(i, _LAST), max(i, _LAST)]
    for i in range(_ONE):
        for j in range(i, _SIZE):
            front[i, j] -= row[i] * pivot * row[j]
    for i in range(_SIZE):
        row[i] *= pivot
    row[_LAST] = pivot  # of itself a row has no share: keep what the right-hand sides need
    for i in range(_LAST, _SPLINE, -1):
        for j in range(_ONE, i - 1, -1):
            front[i, j] = front[i - 1, j - 1 if j <= _LAST else j]
    for i in (_SLOW, _FAST):
        for j in range(_LAST, _SPLINE, -1):
            front[i, j] = front[i, j - 1]
        front[i, _SPLINE] = 0.0
    for j in range(_SPLINE, _SIZE):
        front[_SPLINE, j] = 0.0
