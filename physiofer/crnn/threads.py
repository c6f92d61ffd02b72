"""Work shared out among threads, as many as Numba was told to use."""

from concurrent.futures import ThreadPoolExecutor

import numba

from .._blas import one_thread
from .._parallel import thread_count

__all__ = ["in_parts"]


def in_parts(task, n):
    """What ``task(first, last)`` returns for even parts of 0 to `n`, one for each thread, in their order.

    Matrix products inside have one thread each: those of BLAS and these would wait for each other.
    """
    n_parts = 1 if numba.config.DISABLE_JIT else min(thread_count(), n)
    if n_parts < 2:
        return [task(0, n)]
    edges = [n * k // n_parts for k in range(n_parts + 1)]
    with one_thread(), ThreadPoolExecutor(n_parts) as pool:
        return list(pool.map(task, edges[:-1], edges[1:]))
