"""Is anything of a test window on the training side of its split?"""

import numpy as np
import pandas as pd

from .findings import Finding, listing

# Windows that touch end to start do not overlap; clocks are not better than this.
_TOUCH_S = 1e-3


def check_splits(problem, splits):
    """Look for people, trials, recordings, windows and moments on both sides of a split.

    Parameters
    ----------
    problem : Problem
        The checked table.
    splits : list of (train, test)
        Row positions in the table.

    Returns
    -------
    list of Finding
        Errors only.

    Examples
    --------
    >>> from physiofer.evaluation.problem import read_problem
    >>> problem = read_problem(pd.DataFrame({"x": [1.0, 2.0]}), [0, 1], ["a", "a"])
    >>> [finding.check for finding in check_splits(problem, [([0], [1])])]
    ['subject-overlap', 'recording-overlap']
    """
    findings = _row_findings(splits, len(problem.values))
    person = "the model has seen the very person it is tested on; split by subject"
    findings += _side_findings("subject", problem.subjects, problem, splits, person)
    if problem.trial_codes is not None:
        trial = "neighbouring windows of one trial are nearly the same; keep a trial on one side"
        findings += _side_findings("trial", problem.trial_codes, problem, splits, trial)
    recording = "a recording shares its person, sensors and day; keep it on one side"
    findings += _side_findings("recording", problem.recording_codes, problem, splits, recording)
    return findings + _overlap_findings(problem, splits) + _shared_recording_findings(problem)


def _row_findings(splits, n_windows):
    """Report rows that are trained and tested on in one split."""
    shared = []
    for train, test in splits:
        is_trained = np.zeros(n_windows, dtype=bool)
        is_trained[train] = True
        shared.append(int(is_trained[test].sum()))
    if not any(shared):
        return []
    message = (
        f"Row overlap: {sum(shared)} test windows in {np.count_nonzero(shared)} of {len(splits)} splits are "
        "training windows too."
    )
    return [Finding("row-overlap", "error", message, {"n_windows": sum(shared)})]


def _side_findings(what, codes, problem, splits, reason):
    """Report groups of windows (people, trials, recordings) that stand on both sides of a split."""
    both, n_splits = set(), 0
    for train, test in splits:
        shared = np.intersect1d(codes[train], codes[test])
        both.update(shared[shared >= 0].tolist())
        n_splits += bool((shared >= 0).any())
    if not both:
        return []
    names = [_group_name(what, code, codes, problem) for code in sorted(both)]
    message = (
        f"{what.capitalize()} overlap: {len(names)} {what}{'s' * (len(names) > 1)} on both sides of {n_splits} "
        f"of {len(splits)} splits ({listing(names)}): {reason}."
    )
    details = {f"{what}s": names[:50], "n": len(names), "n_splits": n_splits}
    return [Finding(f"{what}-overlap", "error", message, details)]


def _group_name(what, code, codes, problem):
    """Return the name of a person, trial or recording, with its person before it."""
    row = int(np.argmax(codes == code))
    person = problem.names[problem.subjects[row]]
    inner = {"trial": problem.trials, "recording": problem.recordings}.get(what)
    return person if inner is None or pd.isna(inner.iloc[row]) else f"{person} {inner.iloc[row]}"


def _overlap_findings(problem, splits):
    """Report test windows that share seconds with a training window of their recording."""
    if problem.start_s is None:
        return []
    codes = problem.recording_codes
    n_windows, people = 0, set()
    for train, test in splits:
        rows = test[_overlapping(problem, codes, np.asarray(train), np.asarray(test))]
        n_windows += rows.size
        people.update(problem.subjects[rows].tolist())
    if n_windows == 0:
        return []
    message = (
        f"Window overlap: {n_windows} test windows share seconds with a training window of the same recording "
        f"({listing([problem.names[person] for person in sorted(people)])}); "
        "keep a recording on one side, or leave a gap of one window."
    )
    return [Finding("window-overlap", "error", message, {"n_windows": int(n_windows)})]


def _overlapping(problem, codes, train, test):
    """Return a mask of the test windows that overlap a training window: s_j < e_i and e_j > s_i."""
    length = np.zeros(codes.size) if problem.window_s is None else problem.window_s
    # Windows without a length still must not start at the same moment: give them the least one.
    length = np.maximum(np.nan_to_num(length), 2 * _TOUCH_S)
    start, stop = problem.start_s, problem.start_s + length - _TOUCH_S
    hit = np.zeros(test.size, dtype=bool)
    train = train[np.isfinite(start[train])]
    for recording in np.intersect1d(codes[train], codes[test]):
        rows = train[codes[train] == recording]
        rows = rows[np.argsort(start[rows], kind="stable")]
        latest_stop = np.maximum.accumulate(stop[rows])
        own = np.flatnonzero((codes[test] == recording) & np.isfinite(start[test]))
        before = np.searchsorted(start[rows], stop[test[own]], side="left")
        hit[own] = (before > 0) & (latest_stop[np.maximum(before - 1, 0)] > start[test[own]])
    return hit


def _shared_recording_findings(problem):
    """Report recordings under two people's names, unless names like "session1" are plainly used by everyone."""
    if problem.recordings is None:
        return []
    pairs = pd.DataFrame({"recording": problem.recordings, "subject": problem.subjects}).drop_duplicates()
    people = pairs.groupby("recording")["subject"].nunique()
    shared = people[people > 1]
    if shared.empty or shared.size > 0.5 * people.size:
        return []
    names = [str(name) for name in shared.index]
    message = (
        f"Recording overlap: {listing(names)} under more than one subject name; if it is one person, give it one "
        "name, or the person is on both sides of a split."
    )
    return [Finding("shared-recording", "error", message, {"recordings": names[:50], "n": len(names)})]
