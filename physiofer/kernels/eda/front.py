"""One Newton step of the convex decomposition in O(n): drivers and spline coefficients eliminated backwards in time.

The least cost of all samples from t on, given what they share with earlier ones, is a quadratic form, the *front*: in
the two modes of the response, the four spline coefficients in force, offset and slope of the drift, and the constant 1
(whose column holds the linear part). A driver leaves it by a rank-one update, a coefficient where its support begins.
Of the symmetric form the upper triangle is kept. See :mod:`physiofer.kernels.eda.cvxeda` for the programme.

`problem` is (modes, first, basis, gram, weight, gamma), see :mod:`physiofer.kernels.eda.cvxeda`; `kept` is (gains,
pivots, rows): what elimination leaves per sample and per coefficient, for the forward pass and other right-hand sides.
"""

import numpy as np
from numba import njit

# Places in the front.
SLOW, FAST, SPLINE, LAST, OFFSET, SLOPE, ONE, SIZE = 0, 1, 2, 5, 6, 7, 8, 9


@njit(cache=True, nogil=True, error_model="numpy")
def factorise(front, problem, residual, barrier, alpha, excess, kept, shift):
    """Backward pass: every driver eliminated, and all coefficients but the first four.

    `residual` and `excess` are those of data and penalty (coefficients less drift) at the current point, `barrier` the
    curvature and `alpha` the slope of each driver's own cost.
    """
    modes, first, basis, gram, weight, gamma = problem
    n_intervals = first.size - 1
    row = np.empty(SIZE)
    for i in range(SIZE):
        for j in range(SIZE):
            front[i, j] = 0.0
    for s in range(n_intervals - 1, -1, -1):
        _eliminate(front, modes, basis, weight, residual, barrier, alpha, kept, shift, first[s], first[s + 1])
        _collect(front, gram[s], kept, shift, first[s], first[s + 1])
        for j in range(3 if s > 0 else 0, 4):
            _penalty(row, SPLINE + j, abscissa(s + j, n_intervals), excess[s + j])
            _add_square(front, gamma, row)
        if s > 0:
            _release(front, kept[2][s + 3])


@njit(cache=True, nogil=True, error_model="numpy")
def abscissa(j, n_intervals):
    """Where coefficient `j` of the spline stands between the ends of the recording, at 0 and 1."""
    return (j - 1.0) / n_intervals


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _eliminate(front, modes, basis, weight, residual, barrier, alpha, kept, shift, start, stop):
    """Drivers of samples `start` to `stop`, latest first; only the rows of the modes feed back from one to the next."""
    keep_slow, keep_fast, gain_slow, gain_fast, direct = modes
    gains, pivots, _ = kept
    slow, fast = front[SLOW], front[FAST]
    p00, p01, p11 = slow[SLOW], slow[FAST], fast[FAST]
    for t in range(stop - 1, start - 1, -1):
        w = weight[t]
        u0, u1 = gain_slow * p00 + gain_fast * p01, gain_slow * p01 + gain_fast * p11
        pivot = 1.0 / (barrier[t] + w * direct * direct + gain_slow * u0 + gain_fast * u1)
        k0, k1 = keep_slow * u0 + w * direct, keep_fast * u1 - w * direct
        q0, q1 = k0 * pivot, k1 * pivot
        p00 = keep_slow * keep_slow * p00 + w - k0 * q0
        p01 = keep_slow * keep_fast * p01 - w - k0 * q1
        p11 = keep_fast * keep_fast * p11 + w - k1 * q1
        gains[t, SLOW], gains[t, FAST], pivots[t] = q0, q1, pivot
        for j in range(4):
            c = w * basis[t, j]
            k = gain_slow * slow[SPLINE + j] + gain_fast * fast[SPLINE + j] + direct * c
            slow[SPLINE + j] = keep_slow * slow[SPLINE + j] + c - q0 * k
            fast[SPLINE + j] = keep_fast * fast[SPLINE + j] - c - q1 * k
            gains[t, SPLINE + j] = k * pivot
        for j in range(OFFSET, SLOPE + 1):
            k = gain_slow * slow[j] + gain_fast * fast[j]
            slow[j] = keep_slow * slow[j] - q0 * k
            fast[j] = keep_fast * fast[j] - q1 * k
            gains[t, j] = k * pivot
        c = w * residual[t]
        k = gain_slow * slow[ONE] + gain_fast * fast[ONE] + direct * c + alpha
        slow[ONE] = keep_slow * slow[ONE] + c - q0 * k
        fast[ONE] = keep_fast * fast[ONE] - c - q1 * k
        for j in range(4):
            front[SPLINE + j, ONE] += c * basis[t, j]
        shift[t] = k * pivot
    slow[SLOW], slow[FAST], fast[FAST] = p00, p01, p11


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _collect(front, gram, kept, shift, start, stop):
    """The block of coefficients, drift and 1 after these samples: `gram` of the data less what the drivers take up."""
    gains, pivots, _ = kept
    for i in range(4):
        for j in range(i, 4):
            front[SPLINE + i, SPLINE + j] += gram[i, j]
    for t in range(start, stop):
        curvature = 1.0 / pivots[t]
        for i in range(SPLINE, ONE):
            k = gains[t, i] * curvature
            for j in range(i, ONE):
                front[i, j] -= k * gains[t, j]
            front[i, ONE] -= k * shift[t]


@njit(cache=True, nogil=True, error_model="numpy")
def _penalty(row, place, at, excess):
    """The penalised coefficient - offset - at * slope + excess as a row over the front."""
    for i in range(SIZE):
        row[i] = 0.0
    row[place], row[OFFSET], row[SLOPE], row[ONE] = 1.0, -1.0, -at, excess


@njit(cache=True, nogil=True, error_model="numpy")
def _add_square(front, factor, row):
    """Add factor/2 times the square of a row."""
    for i in range(ONE):
        for j in range(i, SIZE):
            front[i, j] += factor * row[i] * row[j]


@njit(cache=True, nogil=True, error_model="numpy")
def _release(front, row):
    """Eliminate the last coefficient in force and make room for one before the first.

    Into `row`: the coefficient is minus its product with the rest of the front. Its own place holds the inverse pivot.
    """
    pivot = 1.0 / front[LAST, LAST]
    for i in range(SIZE):
        row[i] = front[min(i, LAST), max(i, LAST)] * pivot
    _add_square(front, -front[LAST, LAST], row)
    row[LAST] = pivot
    for i in range(LAST, SPLINE, -1):
        for j in range(ONE, i - 1, -1):
            front[i, j] = front[i - 1, j - 1 if j <= LAST else j]
    for j in range(LAST, SPLINE, -1):
        front[SLOW, j], front[FAST, j] = front[SLOW, j - 1], front[FAST, j - 1]
    for j in range(SIZE):
        front[min(j, SPLINE), max(j, SPLINE)] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def resolve(slopes, problem, residual, linear, excess, kept, shift):
    """Backward pass of the linear part alone: other slopes `linear` of the drivers, with what `factorise` kept."""
    (keep_slow, keep_fast, gain_slow, gain_fast, direct), first, basis, _, weight, gamma = problem
    gains, pivots, rows = kept
    n_intervals = first.size - 1
    for i in range(SIZE):
        slopes[i] = 0.0
    for s in range(n_intervals - 1, -1, -1):
        slow, fast = slopes[SLOW], slopes[FAST]
        for t in range(first[s + 1] - 1, first[s] - 1, -1):
            c = weight[t] * residual[t]
            k = gain_slow * slow + gain_fast * fast + direct * c + linear[t]
            slow = keep_slow * slow + c - gains[t, SLOW] * k
            fast = keep_fast * fast - c - gains[t, FAST] * k
            for j in range(4):
                slopes[SPLINE + j] += c * basis[t, j] - gains[t, SPLINE + j] * k
            slopes[OFFSET] -= gains[t, OFFSET] * k
            slopes[SLOPE] -= gains[t, SLOPE] * k
            shift[t] = k * pivots[t]
        slopes[SLOW], slopes[FAST] = slow, fast
        for j in range(3 if s > 0 else 0, 4):
            pull = gamma * excess[s + j]
            slopes[SPLINE + j] += pull
            slopes[OFFSET] -= pull
            slopes[SLOPE] -= pull * abscissa(s + j, n_intervals)
        if s > 0:
            row, own = rows[s + 3], slopes[LAST]
            for i in range(ONE):
                slopes[i] -= row[i] * own  # its own place is overwritten next
            row[ONE] = row[LAST] * own
            for i in range(LAST, SPLINE, -1):
                slopes[i] = slopes[i - 1]
            slopes[SPLINE] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def settle(front, slopes, state):
    """Coefficients in force and drift that minimise the front of the first sample, modes at rest, by Cholesky."""
    n = ONE - SPLINE
    root = np.zeros((n, n))
    for j in range(n):
        for i in range(j, n):
            total = front[SPLINE + j, SPLINE + i]
            for k in range(j):
                total -= root[i, k] * root[j, k]
            root[i, j] = total / root[j, j] if i > j else np.sqrt(max(total, 1e-12))
    state[SLOW], state[FAST] = 0.0, 0.0
    for i in range(n):
        total = -slopes[SPLINE + i]
        for k in range(i):
            total -= root[i, k] * state[SPLINE + k]
        state[SPLINE + i] = total / root[i, i]
    for i in range(n - 1, -1, -1):
        total = state[SPLINE + i]
        for k in range(i + 1, n):
            total -= root[k, i] * state[SPLINE + k]
        state[SPLINE + i] = total / root[i, i]


@njit(cache=True, nogil=True, error_model="numpy")
def unroll(state, problem, kept, shift, step_driver, step_residual, step_spline):
    """Forward pass: the steps of drivers, data residuals and spline coefficients that follow from the first state."""
    (keep_slow, keep_fast, gain_slow, gain_fast, direct), first, basis, _, _, _ = problem
    gains, _, rows = kept
    slow, fast, offset, slope = 0.0, 0.0, state[OFFSET], state[SLOPE]
    for j in range(4):
        step_spline[j] = state[SPLINE + j]
    for s in range(first.size - 1):
        if s > 0:
            row = rows[s + 3]
            entering = -row[ONE] - row[SLOW] * slow - row[FAST] * fast - row[OFFSET] * offset - row[SLOPE] * slope
            for j in range(3):
                entering -= row[SPLINE + j] * step_spline[s + j]
            step_spline[s + 3] = entering
        c0, c1, c2, c3 = step_spline[s], step_spline[s + 1], step_spline[s + 2], step_spline[s + 3]
        for t in range(first[s], first[s + 1]):
            g = gains[t]
            others = g[2] * c0 + g[3] * c1 + g[4] * c2 + g[5] * c3 + g[OFFSET] * offset + g[SLOPE] * slope
            driver = -shift[t] - others - g[SLOW] * slow - g[FAST] * fast
            b = basis[t]
            step_driver[t] = driver
            step_residual[t] = slow - fast + direct * driver + b[0] * c0 + b[1] * c1 + b[2] * c2 + b[3] * c3
            slow = keep_slow * slow + gain_slow * driver
            fast = keep_fast * fast + gain_fast * driver
