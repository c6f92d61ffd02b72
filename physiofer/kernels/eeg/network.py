"""Shortest paths of weighted networks, and of the neighbourhoods in them."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _paths(lengths):
    """Shorten lengths of edges to those of the shortest paths (Floyd and Warshall); their sum, of inverses, and count.

    Infinite is where there is no path. Sums are over pairs, and the diagonal is no matter.
    """
    n, total, inverse, count = lengths.shape[0], 0.0, 0.0, 0
    for k in range(n):
        onward = lengths[k]
        for i in range(n):
            to_k, row = lengths[i, k], lengths[i]
            for j in range(row.size):
                row[j] = min(row[j], to_k + onward[j])
    for i in range(n):
        for j in range(i):
            if lengths[i, j] < np.inf:
                total += lengths[i, j]
                inverse += 1.0 / lengths[i, j]
                count += 1
    return total, inverse, count


@njit(cache=True, nogil=True)
def efficiencies(first, last, lengths, local, networks):
    """Sums over the shortest paths of networks `first` to `last`, whose edges have `lengths` (n, n_nodes, n_nodes).

    `networks` (n, 3) takes the sum of lengths, of inverse lengths, and the number of pairs with a path; `local`
    (n, n_nodes) the sum of inverse lengths in the network of each node's neighbours alone. `lengths` is overwritten.
    """
    n_nodes = lengths.shape[1]
    near = np.empty(n_nodes, np.int64)
    for network in range(first, last):
        edges = lengths[network]
        for node in range(n_nodes):
            count = 0
            for other in range(n_nodes):
                if other != node and edges[node, other] < np.inf:
                    near[count] = other
                    count += 1
            inside = np.empty((count, count))
            for a in range(count):
                for b in range(count):
                    inside[a, b] = edges[near[a], near[b]]
            local[network, node] = _paths(inside)[1]
        networks[network, 0], networks[network, 1], networks[network, 2] = _paths(edges)
