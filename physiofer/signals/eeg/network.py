"""Graph measures of the network that channels and their connectivity make."""

import numpy as np

from ..._parallel import over_windows
from ..._validate import check_number, check_samples
from ...exceptions import InvalidArgumentError
from ...kernels.eeg import network as kernels

__all__ = ["network_measures"]

_ASYMMETRY = 1e-6
_LEAST, _MOST = 1e-150, 1e150  # weights that can be inverted and summed


def network_measures(weights, *, density=None, threshold=None, is_binary=False):
    """Degree, strength, clustering, path length and efficiency of weighted networks.

    The nodes are channels, the edges what connects them: every pair of positive weight, or those that `density` or
    `threshold` leave. The length of an edge is 1 / weight.

    Parameters
    ----------
    weights : array-like of shape (..., n_channels, n_channels)
        Symmetric, as :func:`connectivity` returns them. The diagonal is ignored. A weight of 0 or less is no edge.
    density : float, optional
        Share of all pairs to keep, above 0 and at most 1, the strongest first: networks of one density have
        equally many edges, so that their measures do not just follow the mean weight.
    threshold : float, optional
        Least weight to keep, at least 0; not together with `density`.
    is_binary : bool, default=False
        Give all edges that are kept a weight of 1.

    Returns
    -------
    dict of str to ndarray
        ``degree`` (..., n_channels): number of edges.
        ``strength`` (..., n_channels): sum of their weights.
        ``clustering`` (..., n_channels): mean over the pairs of a node's neighbours of the geometric mean of the three
        weights of their triangle, in units of the network's largest weight [1]_; 0 with fewer than two neighbours.
        ``local_efficiency`` (..., n_channels): global efficiency of the network of a node's neighbours alone [2]_; 0
        with fewer than two.
        ``path_length`` (...): characteristic path length, the mean over pairs of the shortest way between them; pairs
        without a way are left out, and it is NaN where there is no edge.
        ``global_efficiency`` (...): mean over pairs of 1 / the shortest way, 0 without a way [2]_; in units of the
        weights. NaN of a single channel.
        A network with NaN between any two channels has NaN throughout: it is another network without them. Leave bad
        channels out, or interpolate them, before.

    Raises
    ------
    InvalidArgumentError
        If `weights` is not square and symmetric, `density` or `threshold` out of range, or both are given.

    References
    ----------
    .. [1] Onnela, Saramäki, Kertész & Kaski (2005), Physical Review E 71(6), 065103.
    .. [2] Latora & Marchiori (2001), Physical Review Letters 87(19), 198701.

    Examples
    --------
    >>> weights = [[1.0, 0.5, 0.0], [0.5, 1.0, 0.25], [0.0, 0.25, 1.0]]
    >>> measures = network_measures(weights)
    >>> measures["degree"].tolist(), measures["strength"].tolist()
    ([1.0, 2.0, 1.0], [0.5, 0.75, 0.25])
    >>> float(measures["path_length"])  # ways of 2, 4 and 6
    4.0
    """
    weights = check_samples(weights, name="weights")
    _check_square(weights)
    shape, n_nodes = weights.shape[:-2], weights.shape[-1]
    edges = weights.reshape(int(np.prod(shape)), n_nodes, n_nodes).copy()
    own = np.arange(n_nodes)
    edges[:, own, own] = 0.0
    _keep(edges, density, threshold)
    if is_binary:
        edges = np.where(np.isnan(edges), np.nan, (edges > 0.0).astype(np.float64))
    is_missing = np.isnan(edges).any(axis=(1, 2))
    edges[is_missing] = 0.0
    found = {"degree": (edges > 0.0).sum(axis=-1).astype(np.float64), "strength": edges.sum(axis=-1)}
    pairs = found["degree"] * (found["degree"] - 1.0)
    found["clustering"] = _triangles(edges) / np.maximum(pairs, 1.0)
    local, networks = np.zeros((len(edges), n_nodes)), np.zeros((len(edges), 3))
    over_windows(kernels.efficiencies, len(edges), _lengths(edges), local, networks)
    found["local_efficiency"] = 2.0 * local / np.maximum(pairs, 1.0)
    total, inverse, count = networks.T
    found["path_length"] = total / np.where(count > 0, count, np.nan)
    found["global_efficiency"] = 2.0 * inverse / (n_nodes * (n_nodes - 1.0) if n_nodes > 1 else np.nan)
    for values in found.values():
        values[is_missing] = np.nan
    return {name: values.reshape((*shape, *values.shape[1:]))[()] for name, values in found.items()}


def _lengths(edges):
    """Lengths of edges, infinite where there is none."""
    return 1.0 / np.where(edges > 0.0, edges, 1.0) + np.where(edges > 0.0, 0.0, np.inf)


def _triangles(edges):
    """Sum over ordered pairs of each node's neighbours of the geometric mean of the weights of the triangle."""
    largest = edges.max(axis=(1, 2), keepdims=True, initial=0.0)
    roots = np.cbrt(edges / np.where(largest > 0.0, largest, 1.0))
    return np.where(edges > 0.0, (roots @ roots) * roots, 0.0).sum(axis=-1)


def _check_square(weights):
    """Refuse what is not a stack of symmetric matrices."""
    if weights.ndim < 2 or weights.shape[-1] != weights.shape[-2]:
        raise InvalidArgumentError(f"weights has shape {weights.shape}; it must be (..., n_channels, n_channels).")
    mirrored = weights.swapaxes(-1, -2)
    with np.errstate(invalid="ignore"):  # infinite less infinite
        is_unlike = np.abs(weights - mirrored) > _ASYMMETRY * np.maximum(np.abs(weights), np.abs(mirrored)) + 1e-12
    if (is_unlike | (np.isnan(weights) != np.isnan(mirrored))).any():
        message = "weights must be symmetric, as of coupling without direction; give (weights + its transpose) / 2."
        raise InvalidArgumentError(message)


def _keep(edges, density, threshold):
    """Set to 0 the edges (n_networks, n, n) that are not kept; what is not finite becomes NaN."""
    edges[~(np.abs(edges) < _MOST)] = np.nan
    edges[edges < _LEAST] = 0.0
    if density is not None and threshold is not None:
        raise InvalidArgumentError(f"density={density!r} and threshold={threshold!r} exclude each other; give one.")
    if threshold is not None:
        edges[edges < check_number(threshold, name="threshold", low=0.0)] = 0.0
    if density is not None:
        density = check_number(density, name="density", low=0.0, high=1.0, low_open=True)
        rows, columns = np.triu_indices(edges.shape[-1], 1)
        n_kept = round(density * rows.size)
        pairs = edges[:, rows, columns]
        weakest_first = np.argsort(-pairs, axis=-1, kind="stable")[:, n_kept:]
        missing = np.isnan(pairs)
        np.put_along_axis(pairs, weakest_first, 0.0, axis=-1)
        pairs[missing] = np.nan
        edges[:, rows, columns] = edges[:, columns, rows] = pairs
