"""The likeliest path through a table of evidence over time, where a change costs in proportion to its size."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def likeliest_path(evidence, cost, most, path):
    """Viterbi's path through `evidence` (n_times, n_states) into `path`: the state at each time.

    A step costs `cost` a state, but never more than `most`, so that the best predecessor of all states is found by one
    run up the states and one down.
    """
    n_times, n_states = evidence.shape
    came_from = np.zeros((n_times, n_states), dtype=np.int32)
    score = evidence[0].copy()
    for t in range(1, n_times):
        best = int(np.argmax(score))
        leap = score[best] - most
        origin = came_from[t]
        for k in range(n_states):
            origin[k] = k
            if k and score[k - 1] - cost > score[k]:
                score[k], origin[k] = score[k - 1] - cost, origin[k - 1]
        for k in range(n_states - 2, -1, -1):
            if score[k + 1] - cost > score[k]:
                score[k], origin[k] = score[k + 1] - cost, origin[k + 1]
        for k in range(n_states):
            if leap > score[k]:
                score[k], origin[k] = leap, best
            score[k] += evidence[t, k]
    path[n_times - 1] = int(np.argmax(score))
    for t in range(n_times - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
