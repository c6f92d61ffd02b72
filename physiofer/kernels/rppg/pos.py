"""The plane-orthogonal-to-skin projection of colour traces in time proportional to their length."""

import numpy as np
from numba import njit

_STILL = 1e-18  # variance of a normalised colour below which it does not vary


@njit(cache=True, nogil=True, error_model="numpy")
def _weights(rgb, length, before, weights):
    """Weights of R, G, B in each window, and 1 in the fourth row for a window that counts; all 0 for one that does not.

    A window is cut at the multiple of `length` inside it, `at`: what lies before is summed backwards from there, what
    lies after forwards, so that every sum holds samples of the window only, less the colour at `at`, and nothing drifts
    or cancels. A missing sample makes every sum that it is in not a number.
    """
    n_times, share = rgb.shape[1], 1.0 / length
    weights[:, :] = 0.0
    for at in range(0, n_times, length):
        r0, g0, b0 = rgb[0, at], rgb[1, at], rgb[2, at]
        before[0, :] = 0.0
        for side in range(2):
            r1, g1, b1, rr, gg, bb, rg, rb, gb = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for step in range(1 - side, min(length, n_times - at if side else at + 1)):
                t = at + step if side else at - step
                r, g, b = rgb[0, t] - r0, rgb[1, t] - g0, rgb[2, t] - b0
                r1 += r
                g1 += g
                b1 += b
                rr += r * r
                gg += g * g
                bb += b * b
                rg += r * g
                rb += r * b
                gb += g * b
                if not side:
                    before[step, 0], before[step, 1], before[step, 2] = r1, g1, b1
                    before[step, 3], before[step, 4], before[step, 5] = rr, gg, bb
                    before[step, 6], before[step, 7], before[step, 8] = rg, rb, gb
                    continue
                first = t - length + 1
                if first < 0:
                    continue
                k = at - first
                r, g, b = share * (r1 + before[k, 0]), share * (g1 + before[k, 1]), share * (b1 + before[k, 2])
                red, green, blue = r0 + r, g0 + g, b0 + b  # the means
                if not (red > 0.0 and green > 0.0 and blue > 0.0):  # dark, or not a number
                    continue
                red, green, blue = 1.0 / red, 1.0 / green, 1.0 / blue
                v_rr = (share * (rr + before[k, 3]) - r * r) * red * red
                v_gg = (share * (gg + before[k, 4]) - g * g) * green * green
                v_bb = (share * (bb + before[k, 5]) - b * b) * blue * blue
                v_rg = (share * (rg + before[k, 6]) - r * g) * red * green
                v_rb = (share * (rb + before[k, 7]) - r * b) * red * blue
                v_gb = (share * (gb + before[k, 8]) - g * b) * green * blue
                first_power = max(v_gg + v_bb - 2.0 * v_gb, 0.0)
                second_power = 4.0 * (v_rr - v_rg - v_rb) + v_gg + v_bb + 2.0 * v_gb
                alpha = np.sqrt(first_power / second_power) if second_power > _STILL else 0.0
                weights[0, first] = -2.0 * alpha * red
                weights[1, first] = (alpha + 1.0) * green
                weights[2, first] = (alpha - 1.0) * blue
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
