"""The leak guard: everything about a table or a split that would make a cross-subject score dishonest."""

from .._validate import check_choice
from .column_checks import duplicate_findings, predictive_findings, target_copy_findings
from .findings import SEVERITIES
from .identity_checks import (
    decodability_findings,
    identical_row_findings,
    person_column_findings,
    time_column_findings,
    treated_findings,
)
from .normalise import quality_columns, standardise_within
from .problem import read_problem
from .protocols import leave_one_subject_out, read_splits
from .split_checks import check_splits

NORMALISATIONS = ("none", "subject")


def check_leakage(
    X, y, subjects, *, trials=None, recordings=None, start_s=None, window_s=None, splits=None, normalise="none"
):
    """Look for what would make a cross-subject score dishonest.

    A split that keeps people apart is not enough: a table may hold the label among its features, one person
    under two names, or a clock. The checks, and the severity of what they find:

    ======================  =======  ======================================================================
    subject-overlap         error    a person on both sides of a split
    trial-overlap           error    a trial on both sides; trials are told apart within their recording
    recording-overlap       error    a recording on both sides
    row-overlap             error    a row on both sides
    window-overlap          error    a test window shares seconds with a training window
    shared-recording        error    a recording under two people's names
    identical-rows          error    equal windows under two people's names
    target-copy             error    a column is the target
    single-column           error    a column alone predicts the target on unseen people: balanced accuracy
                                     of 0.95, or, for two classes, an AUC of 0.98; a warning from 0.90, 0.95
    duplicate-columns       warning  columns equal up to sign, shift and scale
    time-column             warning  a column that runs with time
    treated-table           warning  features standardised before the split
    infinite-values         warning  infinite features
    missing-labels          info     windows without a label
    person-column           info     a column that is one constant per person
    subject-decodability    info     the features tell who it is
    ======================  =======  ======================================================================

    Parameters
    ----------
    X : DataFrame of shape (n_windows, n_features)
        Features; NaN is missing.
    y : array-like of shape (n_windows,)
        Labels: int, str or bool; windows without one are left out.
    subjects : array-like of shape (n_windows,)
        The person each window is of.
    trials, recordings : array-like of shape (n_windows,), default=None
        Names. Trials are told apart within their recording, recordings within their person; without
        recordings each person has one.
    start_s : array-like of shape (n_windows,), default=None
        Start of the window in its recording, in seconds.
    window_s : float or array-like of shape (n_windows,), default=None
        Length of the window in seconds.
    splits : iterable of (train, test), default=None
        Row positions or masks to be checked; by default each person is left out once.
    normalise : {"none", "subject"}, default="none"
        How models will see the features; with "subject", single columns are tried normalised within people.

    Returns
    -------
    list of Finding
        Errors first, then warnings, then infos.

    Raises
    ------
    InvalidArgumentError
        If an argument is not of its form or lengths differ.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn.model_selection import KFold
    >>> rng, people = np.random.default_rng(0), np.repeat(["a", "b", "c"], 20)
    >>> X, y = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("uvw")), np.tile([0, 1], 30)
    >>> check_leakage(X, y, people)
    []
    >>> shuffled = KFold(5, shuffle=True, random_state=0).split(X)
    >>> [finding.check for finding in check_leakage(X, y, people, splits=shuffled)]
    ['subject-overlap', 'recording-overlap']
    """
    check_choice(normalise, name="normalise", choices=NORMALISATIONS)
    problem = read_problem(X, y, subjects, trials=trials, recordings=recordings, start_s=start_s, window_s=window_s)
    if splits is not None:
        splits = problem.kept_splits(read_splits(splits, len(X)))
    elif len(problem.names) > 1:
        splits = leave_one_subject_out(problem.subjects)
    return sort_findings([*problem.findings, *problem_findings(problem, splits or [], normalise)])


def problem_findings(problem, splits, normalise):
    """Run every check on a checked table.

    Parameters
    ----------
    problem : Problem
        The checked table.
    splits : list of (train, test)
        Row positions.
    normalise : {"none", "subject"}
        How features will be treated.

    Returns
    -------
    list of Finding
        In order of the checks.

    Examples
    --------
    >>> problem = read_problem([[1.0], [2.0]], [0, 1], ["a", "b"])
    >>> problem_findings(problem, [], "none")
    []
    """
    findings = check_splits(problem, splits) + identical_row_findings(problem) + target_copy_findings(problem)
    values, seen_as = problem.values, ""
    if normalise == "subject":
        kept = quality_columns(problem.columns)
        values = standardise_within(values, problem.subjects, len(problem.names), kept)
        seen_as = ", normalised within people"
    findings += predictive_findings(problem, values, seen_as)
    findings += duplicate_findings(problem) + time_column_findings(problem)
    return findings + treated_findings(problem) + person_column_findings(problem) + decodability_findings(problem)


def sort_findings(findings):
    """Put errors first, then warnings, then infos.

    Parameters
    ----------
    findings : list of Finding
        In any order.

    Returns
    -------
    list of Finding
        In the same order within each severity.

    Examples
    --------
    >>> from physiofer.evaluation.findings import Finding
    >>> [f.check for f in sort_findings([Finding("a", "info", ""), Finding("b", "error", "")])]
    ['b', 'a']
    """
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
