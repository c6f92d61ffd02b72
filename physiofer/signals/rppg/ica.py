"""Pulse by independent components of the colours."""

import numpy as np

from ._windows import overlapped
from .projections import band_passed, checked, purest

_MAX_SWEEPS = 100
_STEADY = 1e-9  # radians: a smaller turn is none
_PAIRS = ((0, 1), (0, 2), (1, 2))


def ica(rgb, rate, *, window_s=30.0):
    """Pulse by independent component analysis, after Poh, McDuff & Picard.

    In each window the relative colours, band-passed between 40 and 240 bpm, are separated by JADE: they are whitened,
    and the rotation is sought that makes their fourth-order cumulants most nearly diagonal, by Jacobi's method. There
    is no random start. The component with the greatest share of its power in one spectral peak is the pulse.

    Parameters
    ----------
    rgb : array-like of shape (..., 3, n_frames)
        Mean colours R, G, B of skin at a regular rate; NaN where missing. Not filtered and not centred.
    rate : float
        Frames per second.
    window_s : float, default=30
        Length of the windows in seconds, as in the paper; see :func:`pbv`. Fewer samples hardly tell cumulants.

    Returns
    -------
    ndarray of shape (..., n_frames)
        As the component appears in green, which settles its sign and size: in the polarity of reflected light. NaN as
        in :func:`pbv`.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range.

    References
    ----------
    .. [1] Poh, McDuff & Picard (2010), Optics Express 18(10), 10762-10774.
    .. [2] Cardoso & Souloumiac (1993), IEE Proceedings F 140(6), 362-370.

    Examples
    --------
    >>> times = np.arange(900) / 30.0
    >>> blood, light = 0.01 * np.sin(2 * np.pi * 1.2 * times), 1.0 + 0.02 * np.cos(2 * np.pi * 1.5 * times**1.1) ** 3
    >>> rgb = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood) * light
    >>> bool(np.corrcoef(ica(rgb, 30.0), -blood)[0, 1] > 0.95)
    True
    """
    rgb, rate, length = checked(rgb, rate, window_s)

    def project(window, mean):
        colours = band_passed(window / mean - 1.0, rate)
        return purest(independent(colours), colours[:, 1], rate)

    return overlapped(rgb, length, project)


def independent(colours):
    """Independent components of colours (n_rows, 3, length), each of variance 1; what does not vary is zero."""
    n_rows, n_channels, length = colours.shape
    centred = colours - colours.mean(axis=-1, keepdims=True)
    power, axes = np.linalg.eigh(np.einsum("nit,njt->nij", centred, centred) / length)
    is_there = power > 1e-12 * power[:, -1:] + 1e-30
    scale = np.divide(1.0, np.sqrt(np.where(is_there, power, 1.0)), out=np.zeros_like(power), where=is_there)
    white = scale[:, :, np.newaxis] * (axes.swapaxes(1, 2) @ centred)
    rotation = _rotation(_cumulants(white))
    return rotation.swapaxes(1, 2) @ white


def _cumulants(white):
    """Cumulant matrices of pairs of components, (n_rows, 6, 3, 3); those of unlike ones count twice."""
    length = white.shape[-1]
    second = np.einsum("nit,njt->nij", white, white) / length
    matrices = []
    for i in range(3):
        for j in range(i, 3):
            product = white[:, i] * white[:, j]
            fourth = np.einsum("nt,nkt,nlt->nkl", product, white, white, optimize=True) / length
            across = second[:, :, i, np.newaxis] * second[:, np.newaxis, :, j]
            gaussian = second[:, i, j, np.newaxis, np.newaxis] * second + across + across.swapaxes(1, 2)
            matrices.append((1.0 if i == j else np.sqrt(2.0)) * (fourth - gaussian))
    return np.stack(matrices, axis=1)


def _rotation(matrices):
    """Rotations (n_rows, 3, 3) that make symmetric matrices (n_rows, n_matrices, 3, 3) most nearly diagonal."""
    matrices = matrices.copy()
    rotation = np.broadcast_to(np.eye(3), (len(matrices), 3, 3)).copy()
    for _ in range(_MAX_SWEEPS):
        largest = 0.0
        for p, q in _PAIRS:
            difference = matrices[:, :, p, p] - matrices[:, :, q, q]
            between = 2.0 * matrices[:, :, p, q]
            on = (difference**2 - between**2).sum(axis=1)
            off = 2.0 * (difference * between).sum(axis=1)
            angle = 0.5 * np.arctan2(off, on + np.hypot(on, off))
            largest = max(largest, float(np.abs(angle).max(initial=0.0)))
            turn = np.broadcast_to(np.eye(3), rotation.shape).copy()
            turn[:, p, p] = turn[:, q, q] = np.cos(angle)
            turn[:, q, p] = np.sin(angle)
            turn[:, p, q] = -turn[:, q, p]
            rotation = rotation @ turn
            turn = turn[:, np.newaxis]
            matrices = turn.swapaxes(2, 3) @ matrices @ turn
        if largest < _STEADY:
            break
    return rotation
