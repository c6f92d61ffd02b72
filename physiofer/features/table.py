"""FeatureTable: features, labels and whose they are, window by window; what lies between extraction and learning."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from .._atomic import whole_file
from ..exceptions import InvalidArgumentError, UnreadableDataError

__all__ = ["FeatureTable"]

_KEYS = ("subject", "recording", "trial", "start_s")
_MARK = b"physiofer"


@dataclass(eq=False)
class FeatureTable:
    """Features of windows with their labels, subjects, trials and recordings.

    Parameters
    ----------
    X : DataFrame of shape (n_windows, n_features)
        Columns ``modality__feature``; NaN where a window does not carry the feature.
    targets : DataFrame of shape (n_windows, n_targets)
        Labels; may have no columns.
    subjects, trials, recordings : array-like of str of shape (n_windows,)
        Whose window it is, of which trial, of which recording.
    start_s : array-like of shape (n_windows,)
        Start of the window in seconds on its recording's clock.
    window_s : float
        Length of the windows in seconds.
    sources : list of dict
        What each recording held (``Recording.describe``).
    errors : list of dict
        ``subject`` and ``message`` of each recording that could not be read.
    config : dict
        The settings of the extraction.

    Raises
    ------
    InvalidArgumentError
        If lengths disagree or a column lacks its modality.

    Examples
    --------
    >>> table = FeatureTable(pd.DataFrame({"eda__scl_mean_us": [1.0, 2.0]}), pd.DataFrame({"stress": [0, 1]}),
    ...                      ["p01", "p02"], ["a", "a"], ["p01/1", "p02/1"], [0.0, 0.0], window_s=60.0)
    >>> table.modalities
    {'eda': ['eda__scl_mean_us']}
    """

    X: pd.DataFrame
    targets: pd.DataFrame
    subjects: np.ndarray
    trials: np.ndarray
    recordings: np.ndarray
    start_s: np.ndarray
    window_s: float = np.nan
    sources: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    config: dict = field(default_factory=dict)

    def __post_init__(self):
        self.X = self.X.reset_index(drop=True)
        self.targets = self.targets.reset_index(drop=True)
        for name in ("subjects", "trials", "recordings"):
            setattr(self, name, np.asarray(getattr(self, name), dtype=object).astype(str).astype(object))
        self.start_s = np.asarray(self.start_s, dtype=np.float64)
        for name in ("targets", "subjects", "trials", "recordings", "start_s"):
            if len(getattr(self, name)) != len(self.X):
                raise InvalidArgumentError(f"{name} has {len(getattr(self, name))} rows; X has {len(self.X)}.")
        bare = [column for column in self.X.columns if "__" not in str(column)]
        if bare:
            raise InvalidArgumentError(f"X has columns without a modality: {bare[:5]}; name them modality__feature.")

    def __len__(self):
        return len(self.X)

    @property
    def modalities(self):
        """Feature columns of each modality, in order."""
        blocks = {}
        for column in self.X.columns:
            blocks.setdefault(column.split("__", 1)[0], []).append(column)
        return blocks

    def to_frame(self):
        """Everything in one table: subject, recording, trial, start_s, the targets, the features.

        Returns
        -------
        DataFrame

        Examples
        --------
        >>> X, targets = pd.DataFrame({"eda__x": [1.0]}), pd.DataFrame({"stress": [0]})
        >>> list(FeatureTable(X, targets, ["p01"], ["a"], ["p01/1"], [0.0]).to_frame().columns)
        ['subject', 'recording', 'trial', 'start_s', 'stress', 'eda__x']
        """
        keys = pd.DataFrame(
            dict(zip(_KEYS, (self.subjects, self.recordings, self.trials, self.start_s), strict=True)),
            index=self.X.index,
        )
        return pd.concat([keys, self.targets, self.X], axis=1)

    def to_parquet(self, path):
        """Write the table, with all that is known about it, to one Parquet file.

        Parameters
        ----------
        path : str or path-like
            The file; it appears whole or not at all.

        Raises
        ------
        InvalidArgumentError
            If it cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> X, targets = pd.DataFrame({"eda__x": [1.0]}), pd.DataFrame({"stress": [0]})
        >>> table = FeatureTable(X, targets, ["p01"], ["a"], ["p01/1"], [0.0])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table.to_parquet(f"{folder}/table.parquet")
        ...     len(FeatureTable.read_parquet(f"{folder}/table.parquet"))
        1
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        about = {
            "targets": list(self.targets.columns), "window_s": None if np.isnan(self.window_s) else self.window_s,
            "sources": self.sources, "errors": self.errors, "config": self.config,
        }  # fmt: skip
        arrow = pa.Table.from_pandas(self.to_frame(), preserve_index=False)
        arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), _MARK: json.dumps(about).encode()})
        with whole_file(path) as part:
            pq.write_table(arrow, part)

    @classmethod
    def read_parquet(cls, path):
        """Read a table that :meth:`to_parquet` wrote.

        Parameters
        ----------
        path : str or path-like

        Returns
        -------
        FeatureTable

        Raises
        ------
        UnreadableDataError
            If the file is no Parquet file or not a feature table.

        Examples
        --------
        >>> FeatureTable.read_parquet("nowhere.parquet")
        Traceback (most recent call last):
            ...
        physiofer.exceptions.UnreadableDataError: nowhere.parquet is not a readable Parquet file (FileNotFoundError).
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        name = Path(path).name
        try:
            arrow = pq.read_table(path)
            about = json.loads((arrow.schema.metadata or {})[_MARK])
        except (OSError, pa.ArrowException, ValueError) as error:
            raise UnreadableDataError(f"{name} is not a readable Parquet file ({type(error).__name__}).") from error
        except KeyError as error:
            raise UnreadableDataError(f"{name} is a Parquet file but not a feature table of physiofer.") from error
        frame = arrow.to_pandas()
        return cls(
            X=frame[[column for column in frame.columns if column not in {*_KEYS, *about["targets"]}]],
            targets=frame[about["targets"]],
            subjects=frame["subject"],
            trials=frame["trial"],
            recordings=frame["recording"],
            start_s=frame["start_s"],
            window_s=np.nan if about["window_s"] is None else about["window_s"],
            sources=about["sources"],
            errors=about["errors"],
            config=about["config"],
        )

    @classmethod
    def concatenate(cls, tables):
        """One table of several, which must share columns and window length.

        Parameters
        ----------
        tables : list of FeatureTable
            At least one.

        Returns
        -------
        FeatureTable
            Rows in the order given; a target that one of them lacks is missing there.

        Raises
        ------
        InvalidArgumentError
            If there is none, or feature columns or window lengths differ.

        Examples
        --------
        >>> X, targets = pd.DataFrame({"eda__x": [1.0]}), pd.DataFrame({"stress": [0]})
        >>> one = FeatureTable(X, targets, ["p01"], ["a"], ["p01/1"], [0.0])
        >>> len(FeatureTable.concatenate([one, one]))
        2
        """
        tables = list(tables)
        if not tables:
            raise InvalidArgumentError("tables is empty; give at least one FeatureTable.")
        first = tables[0]
        for table in tables[1:]:
            if list(table.X.columns) != list(first.X.columns):
                raise InvalidArgumentError(
                    "tables differ in their feature columns; extract them with one configuration."
                )
            if not np.array_equal(table.window_s, first.window_s, equal_nan=True):
                raise InvalidArgumentError(f"tables differ in window_s: {first.window_s:g} and {table.window_s:g}.")
        return cls(
            X=pd.concat([table.X for table in tables], ignore_index=True),
            targets=_concatenate_targets([table.targets for table in tables]),
            subjects=np.concatenate([table.subjects for table in tables]),
            trials=np.concatenate([table.trials for table in tables]),
            recordings=np.concatenate([table.recordings for table in tables]),
            start_s=np.concatenate([table.start_s for table in tables]),
            window_s=first.window_s,
            sources=[source for table in tables for source in table.sources],
            errors=[error for table in tables for error in table.errors],
            config=first.config,
        )

    def __repr__(self):
        blocks = ", ".join(f"{name} ({len(columns)})" for name, columns in self.modalities.items())
        return f"<FeatureTable: {len(self)} windows of {len(set(self.subjects))} subjects; {blocks or 'no features'}>"


def _concatenate_targets(targets):
    """Rows of all; empty tables neither widen nor change a type."""
    filled = [table for table in targets if len(table)]
    if not filled:
        return targets[0]
    return pd.concat(filled, ignore_index=True)
