"""The convex decomposition of skin conductance of Greco et al. (2016)."""

import numpy as np

from ..._validate import check_number
from ...exceptions import InvalidArgumentError
from ...kernels.eda.cvxeda import decompose_rows
from .clean import SLOWEST_RATE

_TOLERANCE = 1e-7  # duality gap as a share of the objective


def cvxeda(
    eda_us, rate, *, slow_s=2.0, fast_s=0.7, knot_s=10.0, alpha=8e-4, gamma=1e-2, scale_us=None
):
    """x"""
    eda_us = np.asarray(eda_us, dtype=np.float64)
    rows = np.ascontiguousarray(eda_us.reshape(-1, eda_us.shape[-1]))
    parts = np.empty((3, *rows.shape))
    scale = 0.0 if scale_us is None else scale_us
    decompose_rows(rows, float(scale), float(rate), slow_s, fast_s, knot_s * rate, alpha, gamma, _TOLERANCE, parts)
    return parts.reshape(3, *eda_us.shape)
