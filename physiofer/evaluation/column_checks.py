"""Does a column give the answer away, or repeat another?"""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import rankdata

from .findings import Finding, listing
from .normalise import quality_columns

# A copy of the label is found by AUC (noise added) or by balanced accuracy (labels flipped): a Gaussian column
# of AUC 0.98 tells 0.93 of windows right, a label flipped in 5 % of windows has an AUC of 0.95 only.
ERROR_AUC, WARNING_AUC = 0.98, 0.95
ERROR_ACCURACY, WARNING_ACCURACY = 0.95, 0.90
# A figure counts only this many standard errors above chance: small tables hold such columns by luck.
_MIN_Z = 5.0
_DUPLICATE_R = 0.9999
_N_DEALS = 5
# Neighbouring windows under one label drift together: a run of them counts as so many at most.
_MAX_PER_RUN = 4


def duplicate_findings(problem):
    """Report columns that are one another up to sign, shift and scale.

    Qualities among themselves do not count: sensors of one device lose the same moments.

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
    >>> import pandas as pd
    >>> from physiofer.evaluation.problem import read_problem
    >>> X = pd.DataFrame({"a": [1.0, 5.0, 2.0, 4.0], "b": [-2.0, -10.0, -4.0, -8.0]})
    >>> duplicate_findings(read_problem(X, [0, 1, 0, 1], [1, 1, 2, 2]))[0].details["groups"]
    [['a', 'b']]
    """
    quality = quality_columns(problem.columns)
    found = [group for group in duplicate_groups(problem.values) if not quality[group].all()]
    groups = [[problem.columns[column] for column in group] for group in found]
    if not groups:
        return []
    groups.sort(key=len, reverse=True)
    n_extra = sum(len(group) - 1 for group in groups)
    shown = "; ".join(f"{{{listing(group)}}}" for group in groups[:3])
    more = f"; and {len(groups) - 3} more groups" if len(groups) > 3 else ""
    count = "1 column repeats another" if n_extra == 1 else f"{n_extra} columns repeat others"
    message = (
        f"{count} (the same up to sign, shift and scale): {shown}{more}. "
        "Copies weigh a feature double and hide a leak; keep one of each group."
    )
    return [Finding("duplicate-columns", "warning", message, {"groups": groups[:50], "n_extra": n_extra})]


def duplicate_groups(values):
    """Group columns whose correlation is 1 or -1, by value and by rank.

    Parameters
    ----------
    values : ndarray of shape (n_windows, n_features)
        Features, NaN where missing.

    Returns
    -------
    list of list of int
        Positions of columns; columns without a copy and constant columns are in no group.

    Examples
    --------
    >>> duplicate_groups(np.array([[1.0, 2.0, 3.0], [4.0, 8.0, 1.0], [2.0, 4.0, 9.0]]))
    [[0, 1]]
    """
    pairs = np.argwhere(np.triu(np.abs(_correlations(values)) > _DUPLICATE_R, k=1))
    if pairs.size == 0 or len(values) < 3:  # two points always lie on a line
        return []
    # One huge outlier makes any two columns correlate; their ranks tell.
    involved = np.unique(pairs)
    ranked = np.abs(_correlations(rankdata(values[:, involved], axis=0, nan_policy="omit")))
    first, second = np.searchsorted(involved, pairs).T
    pairs = pairs[ranked[first, second] > 0.99]
    links = coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(values.shape[1],) * 2)
    labels = connected_components(links, directed=False)[1]
    groups = [np.flatnonzero(labels == label).tolist() for label in np.unique(labels[pairs[:, 0]])]
    return sorted(groups)


def _correlations(values):
    """Return Pearson correlations of columns, missing values at the mean; 0 for constant columns."""
    present = np.isfinite(values)
    filled = np.where(present, values, 0.0)
    largest = np.abs(filled).max(axis=0)
    filled = filled / np.where(largest > 0, largest, 1.0)  # squares of huge values would overflow
    mean = filled.sum(axis=0) / np.maximum(present.sum(axis=0), 1)
    centred = np.where(present, filled - mean, 0.0)
    norm = np.sqrt((centred**2).sum(axis=0))
    moves = norm > 1e-10 * np.sqrt(len(values))
    scaled = np.where(moves, centred / np.where(moves, norm, 1.0), 0.0)
    return scaled.T @ scaled


def target_copy_findings(problem):
    """Report columns whose values are the labels under other names.

    Parameters
    ----------
    problem : Problem
        The checked table.

    Returns
    -------
    list of Finding
        At most one error.

    Examples
    --------
    >>> import pandas as pd
    >>> from physiofer.evaluation.problem import read_problem
    >>> X = pd.DataFrame({"a": [1.0, 5.0, 2.0, 4.0] * 3, "b": [7.0, 3.0, 7.0, 3.0] * 3})
    >>> target_copy_findings(read_problem(X, [0, 1, 0, 1] * 3, [1, 1, 2, 2] * 3))[0].details["columns"]
    ['b']
    """
    n_classes = np.unique(problem.truth).size
    if n_classes < 2 or problem.truth.size < 4 * n_classes:
        return []
    copies = []
    for name, column in zip(problem.columns, problem.values.T, strict=True):
        levels, codes = np.unique(column, return_inverse=True)  # NaN is one level
        if levels.size == n_classes and np.unique(codes * n_classes + problem.truth).size == n_classes:
            copies.append(name)
    if not copies:
        return []
    message = f"The target itself is among the features: {listing(copies)}; remove it."
    return [Finding("target-copy", "error", message, {"columns": copies[:50]})]


def predictive_findings(problem, values, seen_as=""):
    """Report single columns that tell the classes of unseen people apart nearly alone.

    Parameters
    ----------
    problem : Problem
        The checked table.
    values : ndarray of shape (n_windows, n_features)
        Features as the models see them.
    seen_as : str, default=""
        Words for the message when these are not the features as given.

    Returns
    -------
    list of Finding
        At most one error and one warning.

    Examples
    --------
    >>> import pandas as pd
    >>> from physiofer.evaluation.problem import read_problem
    >>> y, rng = np.tile([0, 1], 50), np.random.default_rng(0)
    >>> X = pd.DataFrame({"a": y + 0.1 * rng.normal(size=100), "b": rng.normal(size=100)})
    >>> problem = read_problem(X, y, np.repeat([1, 2, 3, 4], 25))
    >>> list(predictive_findings(problem, problem.values)[0].details["columns"])
    ['a']
    """
    n_classes = len(problem.classes)
    if n_classes < 2 or len(problem.names) < 2:
        return []
    auc, accuracy = column_auc(problem.truth, values), column_accuracy(problem.truth, problem.subjects, values)
    auc_error = _auc_error(*effective_sizes(problem, np.isfinite(values)))
    auc = np.fmax.reduce(np.where(auc - 0.5 > _MIN_Z * auc_error, auc, np.nan))
    everywhere = np.ones((len(values), 1), dtype=bool)  # being missing counts there, too
    accuracy_error = _accuracy_error(effective_sizes(problem, everywhere)[0])
    accuracy = np.where(accuracy - 1.0 / n_classes > _MIN_Z * accuracy_error, accuracy, np.nan)
    # One class that stands out of three is a strong feature; out of two it is the answer.
    likely = (accuracy >= WARNING_ACCURACY) | (auc >= (WARNING_AUC if n_classes == 2 else ERROR_AUC))
    sure = (accuracy >= ERROR_ACCURACY) | ((auc >= ERROR_AUC) & (n_classes == 2))
    if likely.any():
        sure |= likely & _is_copied(values)
    reason = "so good a column is usually the label, or when it was taken, in disguise; find out or remove it"
    findings = []
    for severity, mask in (("error", sure), ("warning", likely & ~sure)):
        columns = np.flatnonzero(mask)
        columns = columns[np.argsort(-np.fmax(auc, accuracy)[columns], kind="stable")]
        if columns.size == 0:
            continue
        figures = {
            problem.columns[column]: {"auc": _rounded(auc[column]), "balanced_accuracy": _rounded(accuracy[column])}
            for column in columns[:50]
        }
        shown = listing([f"{name} ({_figures(figure)})" for name, figure in figures.items()], 4)
        count = "1 column predicts" if columns.size == 1 else f"{columns.size} columns predict"
        message = f"{count} the target alone{seen_as}, across people: {shown}; {reason}."
        findings.append(Finding("single-column", severity, message, {"columns": figures, "n": int(columns.size)}))
    return findings


def _is_copied(values):
    """Return a mask of the columns that have a copy: a column both telling and repeated is no measurement."""
    copied = np.zeros(values.shape[1], dtype=bool)
    copied[[column for group in duplicate_groups(values) for column in group]] = True
    return copied


def _rounded(figure):
    """Return a figure for a message, None where it is not defined."""
    return None if np.isnan(figure) else round(float(figure), 3)


def _figures(figure):
    """Return the figures of one column in words."""
    words = {"auc": "AUC", "balanced_accuracy": "balanced accuracy"}
    return ", ".join(f"{words[key]} {value:.3f}" for key, value in figure.items() if value is not None)


def effective_sizes(problem, present):
    """Count the independent windows in each class and outside it, column by column.

    All windows of a person who shows only one side count as one: then the feature may tell people apart, not
    states, and twenty people are twenty observations however many windows each has. A run of windows under one
    label counts as four at most.

    Parameters
    ----------
    problem : Problem
        The checked table.
    present : ndarray of bool, shape (n_windows, n_features)
        Where a feature has a value.

    Returns
    -------
    inside, outside : ndarray of shape (n_classes, n_features)
        Effective counts.

    Examples
    --------
    >>> from physiofer.evaluation.problem import read_problem
    >>> problem = read_problem(np.zeros((4, 1)), [0, 1, 1, 1], ["a", "a", "b", "b"])
    >>> inside, outside = effective_sizes(problem, np.ones((4, 1), dtype=bool))
    >>> inside.ravel().tolist(), outside.ravel().tolist()
    ([1.0, 2.0], [2.0, 1.0])
    """
    n_subjects, n_classes = len(problem.names), len(problem.classes)
    moment = np.arange(problem.truth.size) if problem.start_s is None else problem.start_s
    order = np.lexsort((moment, problem.recording_codes))
    keys = np.column_stack([problem.recording_codes, problem.truth])[order]
    runs = np.cumsum(np.r_[True, (np.diff(keys, axis=0) != 0).any(axis=1)]) - 1
    weights = np.empty(order.size)
    weights[order] = np.minimum(1.0, _MAX_PER_RUN / np.bincount(runs))[runs]
    cells = np.eye(n_subjects * n_classes)[:, problem.subjects * n_classes + problem.truth] * weights
    counts = (cells @ present).reshape(n_subjects, n_classes, -1)
    rest = counts.sum(axis=1, keepdims=True) - counts
    inside = np.where(rest > 0, counts, np.minimum(counts, 1)).sum(axis=0)
    outside = np.where(counts > 0, rest, np.minimum(rest, 1)).sum(axis=0)
    return inside, outside


def _auc_error(inside, outside):
    """Return the standard error of an area under the curve when there is no effect (Mann and Whitney)."""
    return np.sqrt((inside + outside + 1) / (12.0 * np.maximum(inside * outside, 1e-9)))


def _accuracy_error(inside):
    """Return the standard error of the balanced accuracy of blind guesses."""
    chance = 1.0 / len(inside)
    return np.sqrt(np.mean(chance * (1 - chance) / np.maximum(inside, 1e-9), axis=0) / len(inside))


def column_auc(truth, values):
    """Area under the ROC curve of each class against the rest by each column, in its better direction.

    Parameters
    ----------
    truth : ndarray of int, shape (n_windows,)
        Class numbers from 0, none left out.
    values : ndarray of shape (n_windows, n_features)
        Features; windows where a column is NaN do not count for it.

    Returns
    -------
    ndarray of shape (n_classes, n_features)
        Between 0.5 and 1; NaN where one side has no value.

    Examples
    --------
    >>> column_auc(np.array([0, 0, 1, 1]), np.array([[1.0], [2.0], [3.0], [4.0]])).tolist()
    [[1.0], [1.0]]
    """
    present = np.isfinite(values)
    ranks = np.where(present, rankdata(np.where(present, values, np.inf), axis=0), 0.0)
    areas = []
    for label in range(int(truth.max()) + 1):
        members = truth == label
        n_in, n_out = present[members].sum(axis=0), present[~members].sum(axis=0)
        pairs = (n_in * n_out).astype(np.float64)
        area = (ranks[members].sum(axis=0) - n_in * (n_in + 1) / 2) / np.where(pairs > 0, pairs, np.nan)
        areas.append(np.maximum(area, 1.0 - area))
    return np.array(areas)


def column_accuracy(truth, subjects, values):
    """Balanced accuracy of each column alone on unseen people, by the commonest class of each of its quantiles.

    Being missing is one more quantile. People are dealt into five groups; each is told by the others.

    Parameters
    ----------
    truth, subjects : ndarray of int, shape (n_windows,)
        Numbers of classes and people from 0, none left out.
    values : ndarray of shape (n_windows, n_features)
        Features, NaN where missing.

    Returns
    -------
    ndarray of shape (n_features,)
        Between 0 and 1.

    Examples
    --------
    >>> y = np.tile([0, 1], 100)
    >>> column_accuracy(y, np.repeat(np.arange(10), 20), 3.0 * y[:, np.newaxis])
    array([1.])
    """
    n_classes, n_deals = int(truth.max()) + 1, min(_N_DEALS, int(subjects.max()) + 1)
    bins, n_bins = _quantile_bins(values)
    shape = (n_deals, values.shape[1], n_bins, n_classes)
    deals = (subjects % n_deals)[:, np.newaxis]
    cells = np.ravel_multi_index((deals, np.arange(values.shape[1]), bins, truth[:, np.newaxis]), shape)
    counts = np.bincount(cells.ravel(), minlength=np.prod(shape)).reshape(shape)
    learned = counts.sum(axis=0) - counts
    learned = learned / np.maximum(learned.sum(axis=2, keepdims=True), 1)  # every class weighs the same
    answers = learned.argmax(axis=-1)
    right = np.take_along_axis(counts, answers[..., np.newaxis], axis=-1)[..., 0]
    hits = np.stack([np.where(answers == label, right, 0).sum(axis=(0, 2)) for label in range(n_classes)])
    return np.mean(hits / np.bincount(truth)[:, np.newaxis], axis=0)


def _quantile_bins(values):
    """Return the quantile bin of each value, the last bin for missing ones, and the number of bins."""
    n_quantiles = int(np.clip(np.sqrt(len(values)), 4, 32))
    present = np.isfinite(values)
    ranks = rankdata(np.where(present, values, np.inf), axis=0)
    share = (ranks - 0.5) / np.maximum(present.sum(axis=0), 1)
    bins = np.where(present, np.minimum((share * n_quantiles).astype(np.intp), n_quantiles - 1), n_quantiles)
    return bins, n_quantiles + 1
