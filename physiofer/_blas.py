"""Products of many small matrices, for which the threads of BLAS cost far more than they save.

They wait for each other at every product: on a busy machine a batch of them took fifty times as long as on one thread.
"""

import threading
from contextlib import contextmanager
from functools import cache

_lock = threading.Lock()
_n_inside, _limit = 0, None  # calls under way, of which the first sets the limit and the last to leave lifts it


@contextmanager
def one_thread():
    """Let BLAS use one thread inside; whole epochs are shared out among threads instead."""
    global _n_inside, _limit
    with _lock:
        if _n_inside == 0:
            _limit = _controller().limit(limits=1, user_api="blas")
        _n_inside += 1
    try:
        yield
    finally:
        with _lock:
            _n_inside -= 1
            if _n_inside == 0:
                _limit.restore_original_limits()


@cache
def _controller():
    """What knows the libraries of BLAS that are loaded; a few milliseconds to make."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
