"""Coupling between channels: unit phasors, sums over what is out of phase, and orthogonal envelopes.

Pairs are looped over with the second channel innermost and contiguous, so that the compiler can do several at once
without changing the order of any sum.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def unit_phasors(even, odd, out):
    """Phasors of modulus 1 from the halves of signals that are even and odd about the middle of the window.

    `even` and `odd` are (n_epochs, 2, n_channels, n_half), real parts before imaginary ones, for the samples before the
    middle; `out` is (n_epochs, 2, n_channels, n_times). An odd number of samples has a middle one, the last of `even`.
    The order of samples in `out` is that of pairs, first those before the middle and then their mirrors. A sample of
    nothing at all stays 0.
    """
    n_epochs, _, n_channels, n_half = even.shape
    for epoch in range(n_epochs):
        for c in range(n_channels):
            even_real, even_imaginary = even[epoch, 0, c], even[epoch, 1, c]
            odd_real, odd_imaginary = odd[epoch, 0, c], odd[epoch, 1, c]
            out_real, out_imaginary = out[epoch, 0, c, :n_half], out[epoch, 1, c, :n_half]
            for t in range(out_real.size):
                real, imaginary = even_real[t] + odd_real[t], even_imaginary[t] + odd_imaginary[t]
                power = real * real + imaginary * imaginary
                scale = 1.0 / np.sqrt(power) if power > 0.0 else 0.0
                out_real[t], out_imaginary[t] = real * scale, imaginary * scale
            out_real, out_imaginary = out[epoch, 0, c, n_half:], out[epoch, 1, c, n_half:]
            for t in range(out_real.size):
                real, imaginary = even_real[t] - odd_real[t], even_imaginary[t] - odd_imaginary[t]
                power = real * real + imaginary * imaginary
                scale = 1.0 / np.sqrt(power) if power > 0.0 else 0.0
                out_real[t], out_imaginary[t] = real * scale, imaginary * scale


@njit(cache=True, nogil=True)
def lagged_sums(real, imaginary, least, out):
    """Sums over time of the imaginary part of every pair's cross-product, into `out` (4, n_channels, n_channels).

    `real` and `imaginary` are (n_times, n_channels). The sums are of the sign, of the part itself, of its magnitude and
    of its square; a part of `least` or less has no sign. Only pairs with the second channel after the first are filled.
    """
    n_times, n_channels = real.shape
    for i in range(n_channels):
        signs, parts, sizes, squares = out[0, i, i + 1 :], out[1, i, i + 1 :], out[2, i, i + 1 :], out[3, i, i + 1 :]
        for t in range(n_times):
            x, y = real[t, i], imaginary[t, i]
            others_real, others_imaginary = real[t, i + 1 :], imaginary[t, i + 1 :]
            for j in range(others_real.size):
                part = y * others_real[j] - x * others_imaginary[j]
                signs[j] += (1.0 if part > least else 0.0) - (1.0 if part < -least else 0.0)
                parts[j] += part
                sizes[j] += abs(part)
                squares[j] += part * part


@njit(cache=True, nogil=True, error_model="numpy")
def orthogonal_sums(real, imaginary, out):
    """Sums over time of what is left of one channel's signal at right angles to another's, into `out` (3, n, n).

    Hipp 2012: the orthogonal part of Y to X is Im(Y conj(X)) / |X|. With its magnitude m, the sums are of m, of
    its square, and of m |X|; the first index is X and the second Y.
    """
    n_times, n_channels = real.shape
    for i in range(n_channels):
        sums, squares, products = out[0, i], out[1, i], out[2, i]
        for t in range(n_times):
            x, y = real[t, i], imaginary[t, i]
            size = np.sqrt(x * x + y * y)
            inverse = 1.0 / size if size > 0.0 else 0.0
            others_real, others_imaginary = real[t], imaginary[t]
            for j in range(others_real.size):
                product = abs(y * others_real[j] - x * others_imaginary[j])
                part = product * inverse
                sums[j] += part
                squares[j] += part * part
                products[j] += product
