"""Do rows or columns say who it is, when it was, or that the table was treated before it was split?"""

import numpy as np
import pandas as pd
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from .findings import Finding, listing
from .normalise import quality_columns, standardise_within

# Fewer windows than this say nothing about a column's course in time or a person's likeness.
_MIN_WINDOWS = 10
_MAX_COLUMNS = 300


def identical_row_findings(problem):
    """Report windows of different people that are equal to the last digit: one recording under two names.

    A coincidence must be all but impossible: how often each column repeats *within* a person says how much an
    equal value is worth.

    Parameters
    ----------
    problem : Problem
        The checked table.

    Returns
    -------
    list of Finding
        At most one: an error from two windows on, a warning for a single one.

    Examples
    --------
    >>> from physiofer.evaluation.problem import read_problem
    >>> X = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 3)))
    >>> X.iloc[10:] = X.iloc[:10].to_numpy()
    >>> problem = read_problem(X, [0, 1] * 10, ["a"] * 10 + ["b"] * 10)
    >>> identical_row_findings(problem)[0].details["pairs"]
    [['a', 'b', 10]]
    """
    values = problem.values + 0.0  # -0.0 and 0.0 are one value
    values[np.isnan(values)] = np.nan  # and so is every NaN
    worth = np.log(_repeat_rates(values, problem.subjects))
    telling = np.isfinite(values) @ worth <= np.log(1e-3) - 2.0 * np.log(len(values))
    rows = np.ascontiguousarray(values[telling])
    if len(rows) < 2:
        return []
    contents = np.unique(rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))), return_inverse=True)[1]
    owners = pd.DataFrame({"content": contents.ravel(), "subject": problem.subjects[telling]}).drop_duplicates()
    owners = owners.sort_values(["content", "subject"], kind="stable").reset_index(drop=True)
    same = owners["content"].eq(owners["content"].shift(-1)).to_numpy()
    if not same.any():
        return []
    first, second = owners["subject"].to_numpy()[:-1][same[:-1]], owners["subject"].to_numpy()[1:][same[:-1]]
    pairs = pd.Series(list(zip(first.tolist(), second.tolist(), strict=True))).value_counts().sort_index()
    details = [[problem.names[a], problem.names[b], int(n)] for (a, b), n in pairs.items()]
    details.sort(key=lambda pair: -pair[2])
    shown = listing([f"{a} and {b} ({n} windows)" for a, b, n in details], 4)
    message = (
        f"Identical windows under different subject names: {shown}; one recording seems to stand for several "
        "people. Give one person one name, or remove the copy."
    )
    severity = "error" if details[0][2] > 1 else "warning"
    return [Finding("identical-rows", severity, message, {"pairs": details[:50], "n_pairs": len(details)})]


def _repeat_rates(values, subjects):
    """Return, for each column, how often two windows of one person have the same value; at least 1e-6."""
    rates = np.ones(values.shape[1])
    for column, series in enumerate(values.T):
        present = np.isfinite(series)
        codes = np.unique(series[present], return_inverse=True)[1]
        people = subjects[present]
        cells = np.unique(people * (codes.size + 1) + codes, return_counts=True)[1]
        sizes = np.bincount(people)
        n_pairs = np.sum(sizes * (sizes - 1.0))
        rates[column] = max(np.sum(cells * (cells - 1.0)) / n_pairs, 1e-6) if n_pairs else 1e-6
    return rates


def time_column_findings(problem):
    """Report columns that only rise, or only fall, through every recording: a clock or a window counter.

    Parameters
    ----------
    problem : Problem
        The checked table; without `start_s` rows are taken to be in order of time.

    Returns
    -------
    list of Finding
        At most one warning.

    Examples
    --------
    >>> from physiofer.evaluation.problem import read_problem
    >>> X = pd.DataFrame({"window": np.tile(np.arange(8.0), 2), "level": np.sin(np.arange(16.0))})
    >>> problem = read_problem(X, [0, 1] * 8, ["a"] * 8 + ["b"] * 8)
    >>> time_column_findings(problem)[0].details["columns"]
    ['window']
    """
    codes = problem.recording_codes
    moment = np.arange(codes.size) if problem.start_s is None else problem.start_s
    order = np.lexsort((moment, codes))
    neighbours = codes[order][1:] == codes[order][:-1]
    if problem.start_s is not None:
        neighbours &= np.diff(moment[order]) > 0
    steps = np.diff(problem.values[order], axis=0)[neighbours]
    n_steps = np.isfinite(steps).sum(axis=0)
    risen, fallen = (steps > 0).sum(axis=0), (steps < 0).sum(axis=0)
    clocks = np.flatnonzero((n_steps >= _MIN_WINDOWS) & (np.maximum(risen, fallen) >= 0.99 * n_steps))
    if clocks.size == 0:
        return []
    names = [problem.columns[column] for column in clocks]
    message = (
        f"Columns that run with time through every recording: {listing(names)}; if tasks come in a fixed order, "
        "they tell the label by the clock. Remove them."
    )
    return [Finding("time-column", "warning", message, {"columns": names[:50]})]


def person_column_findings(problem):
    """Report columns that never change within a person but differ between people.

    Parameters
    ----------
    problem : Problem
        The checked table.

    Returns
    -------
    list of Finding
        At most one info.

    Examples
    --------
    >>> from physiofer.evaluation.problem import read_problem
    >>> X = pd.DataFrame({"age": np.repeat([31.0, 44.0], 5), "level": np.arange(10.0)})
    >>> person_column_findings(read_problem(X, [0, 1] * 5, np.repeat([1, 2], 5)))[0].details["columns"]
    ['age']
    """
    grouped = pd.DataFrame(problem.values).groupby(problem.subjects)
    lowest, highest = grouped.min(), grouped.max()
    fixed = ((lowest == highest) | lowest.isna()).all().to_numpy()
    several = (grouped.size() > 1).sum() > 1  # one window each is constant by necessity
    differs = (lowest.min() < highest.max()).to_numpy()
    fixed = fixed & differs & ~quality_columns(problem.columns)  # a sensor may be good throughout
    names = [problem.columns[column] for column in np.flatnonzero(fixed)] if several else []
    if not names:
        return []
    message = f"Columns that are one constant per person name the person, not a state: {listing(names)}."
    return [Finding("person-column", "info", message, {"columns": names[:50]})]


def treated_findings(problem):
    """Report tables that were standardised before they came here, within people or over all of them.

    Parameters
    ----------
    problem : Problem
        The checked table.

    Returns
    -------
    list of Finding
        At most one warning.

    Examples
    --------
    >>> from physiofer.evaluation.problem import read_problem
    >>> X = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 4)))
    >>> problem = read_problem((X - X.mean()) / X.std(), [0, 1] * 10, np.repeat([1, 2], 10))
    >>> treated_findings(problem)[0].details["within"]
    'table'
    """
    measured = ~quality_columns(problem.columns)
    values = problem.values[:, measured]
    whole = np.zeros(len(values), dtype=np.intp)
    for within, codes in (("subject", problem.subjects), ("table", whole)):
        if np.bincount(codes).min() >= 3 and _is_standardised(values, codes):
            where = "within each person" if within == "subject" else "over all people"
            advice = (
                "that is transductive and the protocol does not know of it; give raw features and normalise='subject'"
                if within == "subject"
                else "people who are tested took part in it; give raw features and scale inside the classifier"
            )
            message = f"The features were standardised {where} before they came here: {advice}."
            return [Finding("treated-table", "warning", message, {"within": within})]
    return []


def _is_standardised(values, codes):
    """Return whether most columns that move have mean 0 and standard deviation 1 in every group."""
    n_groups = int(codes.max()) + 1
    again = standardise_within(values, codes, n_groups, np.zeros(values.shape[1], dtype=bool))
    present = np.isfinite(values)
    sizes = np.maximum(pd.DataFrame(present).groupby(codes).transform("sum").to_numpy(), 2.0)
    close = np.zeros(values.shape[1], dtype=bool)
    for factor in (1.0, np.sqrt((sizes - 1.0) / sizes)):  # population or sample standard deviation
        off = np.where(present, np.abs(again * factor - values), 0.0)
        close |= off.max(axis=0) < 1e-6
    moves = np.abs(np.where(present, again, 0.0)).max(axis=0) > 0
    return bool(moves.any() and np.mean(close[moves]) > 0.5)


def decodability_findings(problem):
    """Report how well a linear discriminant tells people from one another, first half against second half.

    Parameters
    ----------
    problem : Problem
        The checked table.

    Returns
    -------
    list of Finding
        At most one info, if people are told apart beyond doubt.

    Examples
    --------
    >>> from physiofer.evaluation.problem import read_problem
    >>> people = np.repeat(np.arange(4), 20)
    >>> X = pd.DataFrame(np.random.default_rng(0).normal(size=(80, 3)) + 5 * people[:, np.newaxis])
    >>> decodability_findings(read_problem(X, np.tile([0, 1], 40), people))[0].details["accuracy"] > 0.9
    True
    """
    early, late = _halves(problem)
    columns = np.unique(np.linspace(0, problem.values.shape[1] - 1, _MAX_COLUMNS).astype(np.intp))
    values = problem.values[:, columns]
    whole = np.zeros(len(values), dtype=np.intp)
    scaled = np.nan_to_num(standardise_within(values, whole, 1, np.zeros(columns.size, dtype=bool)))
    scaled = np.clip(scaled, -10.0, 10.0)  # one broken window must not stretch a class
    moves = np.ptp(scaled[early], axis=0) > 0 if early.size else np.zeros(columns.size, dtype=bool)
    people, counts = np.unique(problem.subjects[early], return_counts=True)
    if people.size < 2 or late.size < _MIN_WINDOWS or not moves.any():
        return []
    discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)
    discriminant.fit(scaled[early][:, moves], problem.subjects[early])
    accuracy = float(discriminant.score(scaled[late][:, moves], problem.subjects[late]))
    chance = float(np.bincount(problem.subjects[late]).max() / late.size)
    if accuracy <= chance + 3.0 * np.sqrt(chance * (1.0 - chance) / late.size):
        return []
    message = (
        f"The features tell who it is: a linear discriminant names the person in {accuracy:.0%} of later windows "
        f"(chance {chance:.0%}). Only splits that keep people apart are honest for them."
    )
    details = {"accuracy": round(accuracy, 4), "chance": round(chance, 4), "n_subjects": int(people.size)}
    return [Finding("subject-decodability", "info", message, details)]


def _halves(problem):
    """Return the rows of the first and of the second half in time of each person with enough windows."""
    moment = np.arange(problem.subjects.size) if problem.start_s is None else problem.start_s
    order = np.lexsort((moment, problem.recording_codes, problem.subjects))
    early, late = [], []
    for person in range(len(problem.names)):
        own = order[problem.subjects[order] == person]
        if own.size >= 4:
            early.append(own[: own.size // 2])
            late.append(own[own.size // 2 :])
    empty = np.array([], dtype=np.intp)
    return np.concatenate([empty, *early]), np.concatenate([empty, *late])
