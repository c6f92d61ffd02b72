"""The plane-orthogonal-to-skin projection of colour traces in time proportional to their length."""

import numpy as np
from numba import njit

_STILL = 1e-18  # variance of a normalised colour below which it does not vary
_DARK = 1e-12  # what rounding leaves of a mean of zero


@njit(cache=True, nogil=True)
def _running(rgb, at, way, n_steps, unit, sums):
    """Sums over the samples from `at` on, `way` of time, of colours and their products, after each of `n_steps`.

    Colours are in `unit`, less 1; green and blue are kept as what they exceed red by (u and v), in which changes of
    light cancel before they are squared.
    """
    r1, u1, v1, rr, uu, vv, ru, rv, uv = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for step in range(n_steps):
        t = at + way * step
        r = rgb[0, t] * unit[0] - 1.0
        u, v = rgb[1, t] * unit[1] - 1.0 - r, rgb[2, t] * unit[2] - 1.0 - r
        r1, u1, v1 = r1 + r, u1 + u, v1 + v
        rr, uu, vv = rr + r * r, uu + u * u, vv + v * v
        ru, rv, uv = ru + r * u, rv + r * v, uv + u * v
        sums[0, step], sums[1, step], sums[2, step] = r1, u1, v1
        sums[3, step], sums[4, step], sums[5, step] = rr, uu, vv
        sums[6, step], sums[7, step], sums[8, step] = ru, rv, uv


@njit(cache=True, nogil=True, error_model="numpy")
def _weights(rgb, length, before, after, weights):
    """Weights of R, G, B in each window, and 1 in the fourth row for a window that counts; all 0 for one that does not.

    A window is cut at the multiple of `length` inside it: what lies before is summed backwards from there, what lies
    after forwards, so that every sum holds samples of that window only, and nothing drifts. A missing sample makes
    every sum that it is in not a number.
    """
    n_times, share, unit = rgb.shape[1], 1.0 / length, np.empty(3)
    weights[:, :] = 0.0
    for at in range(0, n_times, length):
        for k in range(3):
            unit[k] = 1.0 / rgb[k, at] if rgb[k, at] > 0.0 else 1.0
        n_before, n_after = min(length - 1, at), min(length, n_times - at)
        before[:, 0] = 0.0
        _running(rgb, at - 1, -1, n_before, unit, before[:, 1:])
        _running(rgb, at, 1, n_after, unit, after)
        for k in range(length - n_after, n_before + 1):  # samples of the window that lie before `at`
            end, first = length - 1 - k, at - k
            r = share * (before[0, k] + after[0, end])
            u = share * (before[1, k] + after[1, end])
            v = share * (before[2, k] + after[2, end])
            red, green, blue = 1.0 + r, 1.0 + r + u, 1.0 + r + v  # the means
            is_lit = (red > _DARK) & (green > _DARK) & (blue > _DARK)  # and none is missing
            red, green, blue = (1.0 / red, 1.0 / green, 1.0 / blue) if is_lit else (0.0, 0.0, 0.0)
            # S1 = p r + green u - blue v and S2 = q r + green u + blue v, but for constants
            p, q = (v - u) * green * blue, -red * (u * green + v * blue)
            v_rr = share * (before[3, k] + after[3, end]) - r * r
            v_uu = (share * (before[4, k] + after[4, end]) - u * u) * green * green
            v_vv = (share * (before[5, k] + after[5, end]) - v * v) * blue * blue
            v_ru = (share * (before[6, k] + after[6, end]) - r * u) * green
            v_rv = (share * (before[7, k] + after[7, end]) - r * v) * blue
            v_uv = (share * (before[8, k] + after[8, end]) - u * v) * green * blue
            first_power = p * p * v_rr + v_uu + v_vv + 2.0 * (p * (v_ru - v_rv) - v_uv)
            second_power = q * q * v_rr + v_uu + v_vv + 2.0 * (q * (v_ru + v_rv) + v_uv)
            varies = (first_power > 0.0) & (second_power > _STILL)
            alpha = np.sqrt(first_power / second_power) if varies else 0.0
            weights[0, first] = -2.0 * alpha * red * unit[0] if is_lit else 0.0
            weights[1, first] = (alpha + 1.0) * green * unit[1] if is_lit else 0.0
            weights[2, first] = (alpha - 1.0) * blue * unit[2] if is_lit else 0.0
            weights[3, first] = 1.0 if is_lit else 0.0


@njit(cache=True, nogil=True)
def _covering(weight, length, after, out):
    """Sum over all windows that hold each sample: those that begin in its block and, run up backwards, those before."""
    n_times = weight.size
    for start in range(0, n_times, length):
        stop, total = min(start + length, n_times), 0.0
        for t in range(start, stop):
            total += weight[t]
            first = t - length + 1
            out[t] = total + after[first] if 0 < first < start else total
        total = 0.0
        for t in range(stop - 1, start - 1, -1):
            total += weight[t]
            after[t] = total


@njit(cache=True, nogil=True)
def pos(first, last, rgb, length, out):
    """Pulse of rows `first` to `last` of `rgb` (n_rows, 3, n_times) into `out`; NaN where no window counts."""
    n_times = rgb.shape[2]
    weights, sums = np.empty((4, n_times)), np.empty((4, n_times))
    before, after, scratch = np.empty((9, length)), np.empty((9, length)), np.empty(n_times)
    for row in range(first, last):
        _weights(rgb[row], length, before, after, weights)
        for k in range(4):
            _covering(weights[k], length, scratch, sums[k])
        for t in range(n_times):
            wave = sums[0, t] * rgb[row, 0, t] + sums[1, t] * rgb[row, 1, t] + sums[2, t] * rgb[row, 2, t]
            out[row, t] = wave if sums[3, t] > 0.5 else np.nan
