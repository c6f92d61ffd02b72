"""Windows shared out among threads, as many as Numba was told to use."""

from concurrent.futures import ThreadPoolExecutor

import numba
from numba.np.ufunc import parallel

_CHUNKS_PER_THREAD = 4  # windows differ in cost
_FEWEST_WINDOWS = 8  # below, a thread costs more than it saves


def over_windows(kernel, n_windows, *arguments):
    """Run ``kernel(first, last, *arguments)`` over all windows from 0 to `n_windows`, in threads.

    Each window is done by one thread and writes to its own place, so that the answer does not depend on their number.
    The kernels release the interpreter's lock. Numba's own ``prange`` does the same, but its OpenMP pool ends every
    process that is forked after its first use, its fallback ends the process when two threads enter it at once, and it
    compiles four times over.
    """
    n_threads = n_windows // _FEWEST_WINDOWS
    n_threads = min(thread_count(), n_threads) if n_threads > 1 else 1
    if n_threads < 2 or numba.config.DISABLE_JIT:
        kernel(0, n_windows, *arguments)
        return
    n_chunks = _CHUNKS_PER_THREAD * n_threads
    edges = [n_windows * k // n_chunks for k in range(n_chunks + 1)]
    with ThreadPoolExecutor(n_threads) as pool:
        chunks = [pool.submit(kernel, *edge, *arguments) for edge in zip(edges[:-1], edges[1:], strict=True)]
    for chunk in chunks:
        chunk.result()


def thread_count():
    """``numba.get_num_threads()``, but without starting Numba's own threads to ask them."""
    is_started = getattr(parallel, "_is_initialized", False)
    return numba.get_num_threads() if is_started else numba.config.NUMBA_NUM_THREADS
