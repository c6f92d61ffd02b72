"""The plane-orthogonal-to-skin projection of colour traces in time proportional to their length."""

import numpy as np
from numba import njit

_STILL = 1e-18  # variance of a normalised colour below which it does not vary
_DARK = 1e-12  # what rounding leaves of a mean of zero


@njit(cache=True, nogil=True, error_model="numpy")
def _weights(rgb, length, before, weights):
    """Weights of R, G, B in each window, and 1 in the fourth row for a window that counts; all 0 for one that does not.

    A window is cut at the multiple of `length` inside it, `at`: what lies before is summed backwards from there, what
    lies after forwards, so that every sum holds samples of that window only, and nothing drifts. Colours are in units
    of those at `at`, less 1; green and blue are kept as what they exceed red by (u and v), in which changes of light
    cancel before they are squared. A missing sample makes every sum that it is in not a number.
    """
    n_times, share = rgb.shape[1], 1.0 / length
    weights[:, :] = 0.0
    for at in range(0, n_times, length):
        r0 = 1.0 / rgb[0, at] if rgb[0, at] > 0.0 else 1.0
        g0 = 1.0 / rgb[1, at] if rgb[1, at] > 0.0 else 1.0
        b0 = 1.0 / rgb[2, at] if rgb[2, at] > 0.0 else 1.0
        before[0, :] = 0.0
        for side in range(2):
            r1, u1, v1, rr, uu, vv, ru, rv, uv = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for step in range(1 - side, min(length, n_times - at if side else at + 1)):
                t = at + step if side else at - step
                r = rgb[0, t] * r0 - 1.0
                u, v = rgb[1, t] * g0 - 1.0 - r, rgb[2, t] * b0 - 1.0 - r
                r1 += r
                u1 += u
                v1 += v
                rr += r * r
                uu += u * u
                vv += v * v
                ru += r * u
                rv += r * v
                uv += u * v
                if not side:
                    before[step, 0], before[step, 1], before[step, 2] = r1, u1, v1
                    before[step, 3], before[step, 4], before[step, 5] = rr, uu, vv
                    before[step, 6], before[step, 7], before[step, 8] = ru, rv, uv
                    continue
                first = t - length + 1
                if first < 0:
                    continue
                k = at - first
                r, u, v = share * (r1 + before[k, 0]), share * (u1 + before[k, 1]), share * (v1 + before[k, 2])
                red, green, blue = 1.0 + r, 1.0 + r + u, 1.0 + r + v  # the means
                if not (red > _DARK and green > _DARK and blue > _DARK):  # or not a number
                    continue
                red, green, blue = 1.0 / red, 1.0 / green, 1.0 / blue
                # S1 = p r + green u - blue v and S2 = q r + green u + blue v, but for constants
                p, q = (v - u) * green * blue, -red * (u * green + v * blue)
                v_rr = share * (rr + before[k, 3]) - r * r
                v_uu = (share * (uu + before[k, 4]) - u * u) * green * green
                v_vv = (share * (vv + before[k, 5]) - v * v) * blue * blue
                v_ru = (share * (ru + before[k, 6]) - r * u) * green
                v_rv = (share * (rv + before[k, 7]) - r * v) * blue
                v_uv = (share * (uv + before[k, 8]) - u * v) * green * blue
                first_power = max(p * p * v_rr + v_uu + v_vv + 2.0 * (p * (v_ru - v_rv) - v_uv), 0.0)
                second_power = q * q * v_rr + v_uu + v_vv + 2.0 * (q * (v_ru + v_rv) + v_uv)
                alpha = np.sqrt(first_power / second_power) if second_power > _STILL else 0.0
                weights[0, first] = -2.0 * alpha * red * r0
                weights[1, first] = (alpha + 1.0) * green * g0
                weights[2, first] = (alpha - 1.0) * blue * b0
                weights[3, first] = 1.0


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
    after, before = np.empty(n_times), np.empty((length, 9))
    for row in range(first, last):
        _weights(rgb[row], length, before, weights)
        for k in range(4):
            _covering(weights[k], length, after, sums[k])
        for t in range(n_times):
            wave = sums[0, t] * rgb[row, 0, t] + sums[1, t] * rgb[row, 1, t] + sums[2, t] * rgb[row, 2, t]
            out[row, t] = wave if sums[3, t] > 0.5 else np.nan
