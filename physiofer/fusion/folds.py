"""Inner folds for cross-fitting that keep each subject on one side."""

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from ..exceptions import InvalidArgumentError


def encode_groups(groups, n_rows):
    """Groups as integers in order of appearance; None stays None."""
    if groups is None:
        return None
    groups = np.asarray(groups, dtype=object)  # text dtypes would turn NaN into a subject named 'nan'
    if groups.shape != (n_rows,):
        raise InvalidArgumentError(
            f"groups has shape {groups.shape}; it must be ({n_rows},), the subject of each row of X."
        )
    codes, _ = pd.factorize(groups)
    if (codes < 0).any():
        raise InvalidArgumentError(
            f"groups has {int((codes < 0).sum())} missing values; every row needs its subject, or pass groups=None."
        )
    return codes


def mixes_subjects(groups):
    """Whether inner folds cannot keep subjects apart, for want of two known groups."""
    return groups is None or np.unique(groups).size < 2


def inner_folds(codes, groups, n_splits):
    """Train and test indices of at most `n_splits` folds; empty where there is too little to split.

    With two groups or more no group is on both sides. Otherwise each class is cut into contiguous runs, so that at
    least neighbouring (overlapping) windows mostly stay together.
    """
    n_splits = min(n_splits, int(np.bincount(codes).max()))
    if mixes_subjects(groups):
        splitter = StratifiedKFold
    else:
        splitter = StratifiedGroupKFold
        n_splits = min(n_splits, np.unique(groups).size)
    if n_splits < 2:
        return []
    return list(splitter(n_splits).split(np.empty((codes.size, 0)), codes, groups))
