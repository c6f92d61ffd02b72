"""Fixtures every test may use."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# The first call of a kernel compiles it, and machines differ: no test has a deadline.
settings.register_profile("physiofer", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("physiofer")


@pytest.fixture
def rng():
    """A seeded random generator."""
    return np.random.default_rng(20240701)


@pytest.fixture(scope="session")
def data_dir():
    """The folder of real recordings, which are not part of the project."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("PHYSIOFER_DATA", default))
    if not folder.is_dir():
        pytest.skip("the real recordings are not here; set PHYSIOFER_DATA to their folder")
    return folder
