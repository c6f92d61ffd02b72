"""Windows in threads: the same answer whatever their number, and no process hurt by it."""

import subprocess
import sys

import numba
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from physiofer._parallel import over_windows
from physiofer.features import TemperatureFeatures

_FORKED = """
import multiprocessing, threading
import numpy as np
from physiofer.features import TemperatureFeatures

windows = np.random.default_rng(0).normal(30.0, 1.0, (200, 240))
features = TemperatureFeatures(rate=4.0).fit(windows)
expected = features.transform(windows)
with multiprocessing.get_context("fork").Pool(2) as pool:
    for answer in pool.map_async(features.transform, [windows] * 4).get(60):
        np.testing.assert_array_equal(answer, expected)
answers = []
threads = [threading.Thread(target=lambda: answers.append(features.transform(windows))) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(answers) == 4 and all(np.array_equal(answer, expected) for answer in answers)
"""


def test_every_window_is_done_once(monkeypatch):
    def kernel(first, last, counts):
        counts[first:last] += 1

    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 3)
    for n_windows in (0, 1, 7, 8, 100, 101):
        counts = np.zeros(n_windows)
        over_windows(kernel, n_windows, counts)
        assert_array_equal(counts, 1)


def test_an_error_in_a_thread_is_raised(monkeypatch):
    def kernel(first, last):
        raise ZeroDivisionError(first)

    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 3)
    with pytest.raises(ZeroDivisionError):
        over_windows(kernel, 50)


def test_threads_do_not_change_the_answer(monkeypatch, rng):
    windows = rng.normal(30.0, 1.0, (101, 240))
    features = TemperatureFeatures(rate=4.0).fit(windows)
    answers = []
    for n_threads in (1, 2, 5):
        monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", n_threads)
        answers.append(features.transform(windows))
    assert_array_equal(answers[1], answers[0])
    assert_array_equal(answers[2], answers[0])


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
def test_forked_processes_and_threads_survive():
    done = subprocess.run([sys.executable, "-c", _FORKED], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
