"""Which columns belong to which modality, and what a modality's quality and presence are in each row."""

import numbers
from collections import Counter

import numpy as np

from .._validate import check_choice
from ..exceptions import InvalidArgumentError

UNNAMED = "features"


def modality_blocks(X, *, quality_suffix="quality"):
    """Group the columns of a feature table by modality.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_windows, n_features)
        Columns named ``modality__feature`` belong to ``modality``, the text before the first ``__``. Columns
        without such a prefix, and every column of a plain array, form the block ``"features"``.
    quality_suffix : str or None, default="quality"
        Columns named ``modality__quality`` say how far a modality can be trusted; they predict nothing and are
        left out. None keeps every column.

    Returns
    -------
    dict of str to list
        Column names (indices, where `X` has no column names) of each modality, in order of appearance. A
        modality of nothing but a quality column is left out.

    Raises
    ------
    InvalidArgumentError
        If two columns bear the same name, or no column is left.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame([[3.1, 0.2, 0.9, 71.0]], columns=["eda__scl", "eda__slope", "eda__quality", "cardiac__hr"])
    >>> modality_blocks(X)
    {'eda': ['eda__scl', 'eda__slope'], 'cardiac': ['cardiac__hr']}
    """
    columns = getattr(X, "columns", None)
    if columns is None:
        X = np.asarray(X)
        if X.ndim != 2:
            raise InvalidArgumentError(f"X has shape {X.shape}; it must be (n_windows, n_features).")
        return infer_blocks(None, X.shape[1], quality_suffix)
    refuse_repeated_names(X)
    names = list(columns) if all(isinstance(column, str) for column in columns) else None
    return infer_blocks(names, len(columns), quality_suffix)


def refuse_repeated_names(X):
    """Raise if two columns of a DataFrame bear the same name."""
    repeated = [name for name, count in Counter(getattr(X, "columns", ())).items() if count > 1]
    if repeated:
        raise InvalidArgumentError(f"X has columns of the same name: {_listed(repeated)}; rename or drop them.")


def infer_blocks(names, n_columns, quality_suffix):
    """Blocks by the prefix of `names`; one block of indices where there are no names."""
    if names is None:
        return {UNNAMED: list(range(n_columns))}
    blocks = {}
    for name in names:
        modality, separator, _ = name.partition("__")
        if not is_quality(name, quality_suffix):
            blocks.setdefault(modality if separator and modality else UNNAMED, []).append(name)
    if not blocks:
        raise InvalidArgumentError(
            f"X has no column to predict from: all {n_columns} are named '...__{quality_suffix}'; "
            "add features or set quality_suffix=None."
        )
    return blocks


def resolve_blocks(blocks, names, n_columns, quality_suffix):
    """Check `blocks` against the columns; return blocks and, by modality, predictor and quality column indices."""
    position = None if names is None else {name: index for index, name in enumerate(names)}
    if blocks is None:
        blocks = infer_blocks(names, n_columns, quality_suffix)
        indices = {modality: _indices(modality, columns, position, n_columns) for modality, columns in blocks.items()}
        quality = {modality: [] for modality in blocks}
    else:
        blocks, indices, quality = _explicit_blocks(blocks, names, position, n_columns, quality_suffix)
    for modality, found in quality.items():
        own = None if position is None else position.get(f"{modality}__{quality_suffix}")
        if quality_suffix is not None and own is not None and own not in found:
            found.append(own)
    return blocks, indices, {modality: np.array(found, dtype=np.intp) for modality, found in quality.items()}


def _explicit_blocks(blocks, names, position, n_columns, quality_suffix):
    """Blocks as the caller named them, their quality columns taken out."""
    if not isinstance(blocks, dict) or not blocks:
        raise InvalidArgumentError(f"blocks={blocks!r} must be a dict of modality name to a list of columns, or None.")
    predictors, indices, quality, owner = {}, {}, {}, {}
    for modality, columns in blocks.items():
        columns = _as_list(modality, columns)
        found = _indices(modality, columns, position, n_columns)
        for column, index in zip(columns, found, strict=True):
            if index in owner:
                raise InvalidArgumentError(
                    f"blocks lists column {column!r} in {owner[index]!r} and in {modality!r}; a column votes once."
                )
            owner[index] = modality
        is_grade = [names is not None and is_quality(names[index], quality_suffix) for index in found]
        predictors[modality] = [column for column, grade in zip(columns, is_grade, strict=True) if not grade]
        indices[modality] = found[~np.array(is_grade)]
        quality[modality] = [int(index) for index in found[np.array(is_grade)]]
        if not predictors[modality]:
            raise InvalidArgumentError(
                f"blocks[{modality!r}] has no column to predict from: {_listed(columns)} only tell quality; "
                "add features or set quality_suffix=None."
            )
    return predictors, indices, quality


def _as_list(modality, columns):
    """The columns of one explicit block as a non-empty list."""
    if not isinstance(modality, str):
        raise InvalidArgumentError(f"blocks has the key {modality!r}; names of modalities must be text.")
    if isinstance(columns, (str, bytes)) or not hasattr(columns, "__iter__"):
        raise InvalidArgumentError(f"blocks[{modality!r}]={columns!r} must be a list of columns.")
    columns = list(columns)
    if not columns:
        raise InvalidArgumentError(f"blocks[{modality!r}] is empty; list its columns or leave it out.")
    return columns


def _indices(modality, columns, position, n_columns):
    """Positions of `columns`, given as names or as indices."""
    found = []
    for column in columns:
        if isinstance(column, str):
            if position is None:
                raise InvalidArgumentError(
                    f"blocks[{modality!r}] names column {column!r}, but X has no column names; "
                    "pass a DataFrame or give indices."
                )
            if column not in position:  # the message is costly: it looks for the nearest names
                check_choice(column, name=f"column of blocks[{modality!r}]", choices=position)
            found.append(position[column])
        elif isinstance(column, numbers.Integral) and not isinstance(column, (bool, np.bool_)):
            if not 0 <= column < n_columns:
                raise InvalidArgumentError(
                    f"blocks[{modality!r}] has index {column}; X has columns 0 to {n_columns - 1}."
                )
            found.append(int(column))
        else:
            raise InvalidArgumentError(f"blocks[{modality!r}] has {column!r}; columns are names or indices.")
    return np.array(found, dtype=np.intp)


def is_quality(name, quality_suffix):
    """Whether the column tells a modality's quality, or a part of it, rather than a feature."""
    modality, separator, feature = name.partition("__")
    return (
        quality_suffix is not None
        and bool(separator and modality)
        and (feature == quality_suffix or feature.startswith(f"{quality_suffix}_"))
    )


def present_rows(block):
    """Rows where a modality has at least one known predictor."""
    return ~np.isnan(block).all(axis=1)


def row_quality(X, columns):
    """Mean quality of each row over `columns`, cut to 0..1; NaN where unknown or where no column tells it."""
    if columns.size == 0:
        return np.full(X.shape[0], np.nan)
    quality = np.clip(X[:, columns], 0.0, 1.0)
    known = ~np.isnan(quality)
    total = np.where(known, quality, 0.0).sum(axis=1)
    return np.divide(total, known.sum(axis=1), out=np.full(X.shape[0], np.nan), where=known.any(axis=1))


def _listed(columns, most=5):
    """A few column names for a message."""
    shown = ", ".join(repr(column) for column in columns[:most])
    return shown if len(columns) <= most else f"{shown} and {len(columns) - most} more"
