"""The outcome of an evaluation: tables to work with, and one plain dict that is the result file."""

import json
import math
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import numpy as np
import pandas as pd

from .._atomic import whole_file
from ..exceptions import UnreadableDataError
from .findings import Finding
from .scores import METRICS

FORMAT, FORMAT_VERSION = "physiofer-evaluation", 1


class Evaluation:
    """Scores of some pipelines on unseen people, with what is needed to judge them.

    :func:`~physiofer.evaluation.cross_subject_evaluate` makes it; :meth:`from_json` reads it back.

    Parameters
    ----------
    result : dict
        Content of the result file: plain Python values only, None where a figure is not defined.
    scores, subjects, predictions : DataFrame, default=None
        The tables; they are not part of the result file.

    Attributes
    ----------
    result : dict
        See `Parameters`.
    scores : DataFrame or None
        One row per fold and pipeline: pipeline, model, fusion, normalise, fold, subjects (those tested, joined
        by commas), n_train, n_test, the metrics (means over the people tested) and fit_s. None if read from
        a file.
    subjects : DataFrame
        One row per person and pipeline: pipeline, model, fusion, normalise, subject, the metrics, n_windows and
        n_classes. If read from a file, balanced accuracy only.
    predictions : DataFrame or None
        One row per tested window and pipeline: pipeline, subject, recording, trial, start_s, y, predicted,
        and ``probability_<label>`` for each class. None if read from a file.

    Examples
    --------
    >>> evaluation = Evaluation({"format": "physiofer-evaluation", "format_version": 1, "target": "stress",
    ...                          "chance": 0.5, "majority": 0.6, "leakage": [], "pipelines": []})
    >>> evaluation.summary().empty
    True
    """

    def __init__(self, result, scores=None, subjects=None, predictions=None):
        self.result = result
        self.scores = scores
        self.subjects = _subjects_of(result) if subjects is None else subjects
        self.predictions = predictions

    @property
    def findings(self):
        """What the leak guard and the checks of the data found, errors first: list of Finding."""
        return [Finding(**finding) for finding in self.result["leakage"]]

    def summary(self):
        """Put the pipelines side by side.

        Returns
        -------
        DataFrame
            One row per pipeline: pipeline, model, fusion, normalise; for each metric its mean over people and
            the ends of its interval (``balanced_accuracy``, ``balanced_accuracy_low``,
            ``balanced_accuracy_high``, ...); p_value against chance; chance and majority, the lines to beat.

        Examples
        --------
        >>> interval = {"mean": 0.7, "low": 0.6, "high": 0.8}
        >>> pipeline = {"model": "svm", "fusion": "", "normalise": "none", "p_value": 0.01,
        ...             **{metric: interval for metric in METRICS}, "subjects": {}}
        >>> evaluation = Evaluation({"chance": 0.5, "majority": 0.6, "leakage": [], "pipelines": [pipeline]})
        >>> evaluation.summary()[["pipeline", "auc", "auc_low", "chance"]].values.tolist()
        [['svm', 0.7, 0.6, 0.5]]
        """
        columns = ["pipeline", "model", "fusion", "normalise"]
        columns += [f"{metric}{end}" for metric in METRICS for end in ("", "_low", "_high")]
        columns += ["p_value", "chance", "majority"]
        rows = []
        for pipeline in self.result["pipelines"]:
            row = {"pipeline": pipeline_name(pipeline), "p_value": pipeline["p_value"]}
            row |= {name: pipeline[name] for name in ("model", "fusion", "normalise")}
            for metric in METRICS:
                interval = pipeline[metric]
                row[metric] = interval["mean"]
                row[f"{metric}_low"], row[f"{metric}_high"] = interval["low"], interval["high"]
            rows.append(row | {name: self.result[name] for name in ("chance", "majority")})
        table = pd.DataFrame(rows, columns=columns)
        return table.astype({name: np.float64 for name in columns[4:]})

    def to_dict(self):
        """Return the content of the result file.

        Returns
        -------
        dict
            A copy: plain Python values only, None where a figure is not defined.

        Examples
        --------
        >>> Evaluation({"target": "stress", "leakage": [], "pipelines": []}).to_dict()["target"]
        'stress'
        """
        return plain(self.result)

    def to_json(self, path=None):
        """Write the result file, whole or not at all.

        Parameters
        ----------
        path : str or Path, default=None
            Where to write it. Without it the text is returned.

        Returns
        -------
        str or None
            JSON text (RFC 8259: no NaN), or None if it was written.

        Raises
        ------
        InvalidArgumentError
            If `path` cannot be written.

        Examples
        --------
        >>> print(Evaluation({"target": "stress", "leakage": [], "pipelines": []}).to_json())
        {
          "target": "stress",
          "leakage": [],
          "pipelines": []
        }
        """
        text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)
        if path is None:
            return text
        with whole_file(path) as part:
            part.write_text(text + "\n", encoding="utf-8")
        return None

    @classmethod
    def from_json(cls, path):
        """Read a result file.

        Parameters
        ----------
        path : str or Path
            File that :meth:`to_json` wrote.

        Returns
        -------
        Evaluation
            With result, findings, summary and report; without scores and predictions.

        Raises
        ------
        UnreadableDataError
            If there is no such file, or it holds something else.

        Examples
        --------
        >>> Evaluation.from_json("nowhere.json")
        Traceback (most recent call last):
        ...
        physiofer.exceptions.UnreadableDataError: nowhere.json cannot be read (No such file or directory).
        """
        try:
            result = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise UnreadableDataError(f"{path} cannot be read ({error.strerror}).") from error
        except ValueError as error:
            raise UnreadableDataError(f"{path} is no JSON file ({error}).") from error
        if not isinstance(result, dict) or result.get("format") != FORMAT:
            raise UnreadableDataError(f"{path} is no result of an evaluation: it has no format {FORMAT!r}.")
        if result.get("format_version") != FORMAT_VERSION:
            raise UnreadableDataError(
                f"{path} has format version {result.get('format_version')!r}; this physiofer reads {FORMAT_VERSION}."
            )
        missing = sorted({"target", "pipelines", "leakage", "chance", "majority"} - result.keys())
        if missing:
            raise UnreadableDataError(f"{path} is not complete: {', '.join(missing)} missing.")
        return cls(result)

    def to_html(self, path):
        """Write the report: one self-contained page.

        Parameters
        ----------
        path : str or Path
            Where to write it.

        Raises
        ------
        InvalidArgumentError
            If `path` cannot be written.

        Examples
        --------
        >>> evaluation.to_html("report.html")  # doctest: +SKIP
        """
        # The report draws with matplotlib: only who asks for it pays for the import.
        from ..report import write_report

        write_report(self.to_dict(), path)

    def _short(self):
        """Return the summary in the few columns that fit a line."""
        table = self.summary().sort_values("balanced_accuracy", ascending=False, kind="stable")
        interval = [
            "not defined" if math.isnan(mean) else f"{mean:.3f} [{low:.3f}, {high:.3f}]"
            for mean, low, high in table[[f"balanced_accuracy{end}" for end in ("", "_low", "_high")]].to_numpy()
        ]
        p_values = ["<0.001" if p < 0.001 else f"{p:.3f}" for p in table["p_value"]]
        columns = {"pipeline": table["pipeline"], "balanced accuracy": interval}
        scores = {"macro F1": table["macro_f1"].round(3), "AUC": table["auc"].round(3)}
        return pd.DataFrame(columns | scores | {"p": p_values})

    def _heading(self):
        """Return target, people and lines to beat in one line."""
        result = self.result
        chance, majority = (math.nan if result.get(name) is None else result[name] for name in ("chance", "majority"))
        return (
            f"{result.get('target')}: {result.get('n_windows')} windows of {result.get('n_subjects')} people, "
            f"{result.get('protocol')}; chance {chance:.3f}, majority {majority:.3f}"
        )

    def __repr__(self):
        return f"{self._heading()}\n{self._short().to_string(index=False)}"

    def _repr_html_(self):
        """Return the short table for notebooks."""
        return f"<p>{self._heading()}</p>{self._short().to_html(index=False)}"


def pipeline_name(pipeline):
    """Return model and fusion of an entry of the result in one, such as ``"svm/late"``.

    Parameters
    ----------
    pipeline : dict
        With keys model and fusion.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> pipeline_name({"model": "svm", "fusion": "late"})
    'svm/late'
    """
    return f"{pipeline['model']}/{pipeline['fusion']}" if pipeline["fusion"] else pipeline["model"]


def _subjects_of(result):
    """Return the table of people as far as the result file holds it."""
    names = ("model", "fusion", "normalise")
    rows = [
        {"pipeline": pipeline_name(pipeline)}
        | {name: pipeline[name] for name in names}
        | {"subject": subject, "balanced_accuracy": score}
        for pipeline in result["pipelines"]
        for subject, score in pipeline["subjects"].items()
    ]
    table = pd.DataFrame(rows, columns=["pipeline", *names, "subject", "balanced_accuracy"])
    return table.astype({"balanced_accuracy": np.float64})


def plain(value):
    """Turn a value into what strict JSON holds.

    Parameters
    ----------
    value : object
        Dicts, sequences, NumPy scalars and arrays, paths, numbers, text.

    Returns
    -------
    object
        Plain Python values; NaN and infinity become None, a path its last part (a result names no folder of
        the machine it was made on), anything unknown its text.

    Examples
    --------
    >>> plain({"low": np.float64("nan"), 3: (np.int64(2), "/data/S02")})
    {'low': None, '3': [2, 'S02']}
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        return [plain(item) for item in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, PurePath):
        return value.name
    text = str(value)
    if PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute():
        return PureWindowsPath(text).name
    return text
