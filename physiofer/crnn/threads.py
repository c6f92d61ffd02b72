"""Work shared out among threads, as many as Numba was told to use."""

from concurrent.futures import ThreadPoolExecutor

import numba

from .._parallel import _thread_count

__all__ = ["in_parts"]


def in_parts(task, n):
    """What ``task(first, last)`` returns for even parts of 0 to `n`, one for each thread, in their order."""
    n_parts = 1 if numba.config.DISABLE_JIT else min(_thread_count(), n)
    if n_parts < 2:
        return [task(0, n)]
    edges = [n * k // n_parts for k in range(n_parts + 1)]
    with ThreadPoolExecutor(n_parts) as pool:
        return list(pool.map(task, edges[:-1], edges[1:]))
