"""How much each beat resembles the typical beat of its row, for pulse waves and ECG alike."""

import numpy as np
from numba import njit

_MAX_MODELS = 128  # beats the template is learned from, evenly spread: more would not change it
_ROUNDS = 3
_LEAST_NORM = 1e-12  # of the largest: a beat below it is a flat line with rounding errors
_LEAST_OVERLAP = 0.5  # of the template, for beats at the ends of the row


@njit(cache=True, nogil=True)
def median(values, n):
    """Median of the first `n` values, which are put into another order (Hoare's selection)."""
    middle, left, right = n // 2, 0, n - 1
    while left < right:
        pivot, i, j = values[(left + right) // 2], left, right
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if middle <= j:
            right = j
        elif middle >= i:
            left = i
        else:
            break
    if n % 2:
        return values[middle]
    below = values[0]
    for i in range(1, middle):
        below = max(below, values[i])
    return 0.5 * (below + values[middle])


@njit(cache=True, nogil=True)
def _normalised(values, start, shape):
    """Copy the stretch from `start` into `shape` with zero mean, unit norm; its norm, 0 where a sample is missing."""
    mean = 0.0
    for k in range(shape.size):
        mean += values[start + k]
    mean /= shape.size
    squares = 0.0
    for k in range(shape.size):
        shape[k] = values[start + k] - mean
        squares += shape[k] * shape[k]
    norm = np.sqrt(squares) if 0.0 < squares < np.inf else 0.0  # flat, or NaN somewhere
    for k in range(shape.size):
        shape[k] = shape[k] / norm if norm > 0.0 else 0.0
    return norm


@njit(cache=True, nogil=True)
def _models(values, centres, before, after):
    """Shapes and indices of at most `_MAX_MODELS` whole beats, evenly spread, and the norm below which one is flat."""
    width = before + after + 1
    whole, n_whole = np.empty(centres.size, dtype=np.int64), 0
    for i in range(centres.size):
        if centres[i] >= before and centres[i] + after < values.size:
            whole[n_whole] = i
            n_whole += 1
    n_models = min(n_whole, _MAX_MODELS)
    models, indices, norms = np.empty((n_models, width)), np.empty(n_models, dtype=np.int64), np.empty(n_models)
    largest = 0.0
    for k in range(n_models):
        indices[k] = whole[k * n_whole // n_models]
        norms[k] = _normalised(values, centres[indices[k]] - before, models[k])
        largest = max(largest, norms[k])
    n_lively = 0
    for k in range(n_models):
        if norms[k] > _LEAST_NORM * largest:
            indices[n_lively] = indices[k]
            for t in range(width):
                models[n_lively, t] = models[k, t]
            n_lively += 1
    return models[:n_lively], indices[:n_lively], _LEAST_NORM * largest


@njit(cache=True, nogil=True)
def _learn(models, template):
    """Mean of the better half of the models into `template`, and which these are.

    The sample-wise median begins, so that no minority can; the half nearest to it then sharpens it in a few rounds.
    """
    n_models, width = models.shape
    column, likeness = np.empty(n_models), np.empty(n_models)
    chosen = np.ones(n_models, dtype=np.bool_)
    for k in range(width):
        for i in range(n_models):
            column[i] = models[i, k]
        template[k] = median(column, n_models)
    for _ in range(_ROUNDS):
        for i in range(n_models):
            likeness[i] = 0.0
            for k in range(width):
                likeness[i] += models[i, k] * template[k]
            column[i] = likeness[i]
        threshold = median(column, n_models)
        for k in range(width):
            template[k] = 0.0
        for i in range(n_models):
            chosen[i] = likeness[i] >= threshold
            if chosen[i]:
                for k in range(width):
                    template[k] += models[i, k]
    return chosen


@njit(cache=True, nogil=True)
def _pearson(values, start, template, least):
    """Pearson correlation of a stretch with the template over what lies inside; 0 where flat, missing or short."""
    first, last = max(-start, 0), min(values.size - start, template.size)
    n = last - first
    if n < _LEAST_OVERLAP * template.size or n < 2:
        return 0.0
    mean, typical = 0.0, 0.0
    for k in range(first, last):
        mean += values[start + k]
        typical += template[k]
    mean /= n
    typical /= n
    squares, typical_squares, product = 0.0, 0.0, 0.0
    for k in range(first, last):
        value, model = values[start + k] - mean, template[k] - typical
        squares += value * value
        typical_squares += model * model
        product += value * model
    if not (least * least < squares < np.inf and typical_squares > 0.0):
        return 0.0
    return min(max(product / np.sqrt(squares * typical_squares), -1.0), 1.0)


@njit(cache=True, nogil=True)
def _standardise(template):
    """Zero mean and unit norm in place, zeros where it is flat."""
    mean, squares = 0.0, 0.0
    for k in range(template.size):
        mean += template[k] / template.size
    for k in range(template.size):
        template[k] -= mean
        squares += template[k] * template[k]
    for k in range(template.size):
        template[k] = template[k] / np.sqrt(squares) if squares > 0.0 else 0.0


@njit(cache=True, nogil=True)
def _sliding_likeness(values, start, template, least, likeness):
    """Pearson correlation of the standardised template with the stretches from `start`, `start` + 1 and so on."""
    width = template.size
    total, squares = 0.0, 0.0
    for k in range(start, start + width):
        total += values[k]
        squares += values[k] * values[k]
    for lag in range(likeness.size):
        product = 0.0
        for k in range(width):
            product += values[start + lag + k] * template[k]
        variance = squares - total * total / width
        likeness[lag] = product / np.sqrt(variance) if variance > least * least else 0.0
        if lag + 1 < likeness.size:
            leaving, entering = values[start + lag], values[start + lag + width]
            total += entering - leaving
            squares += entering * entering - leaving * leaving


@njit(cache=True, nogil=True)
def align_with_template(values, centres, before, after, reach, positions):
    """Where, within `reach` samples of each centre, the row resembles its typical beat most, into `positions`.

    The resemblance is the correlation with the template, its maximum placed between samples by a parabola. Centres
    whose surroundings are not wholly inside stay.
    """
    models, indices, least = _models(values, centres, before, after)
    template = np.zeros(before + after + 1)
    if indices.size:
        _learn(models, template)
        _standardise(template)
    likeness = np.empty(2 * reach + 1)
    for i in range(centres.size):
        positions[i] = centres[i]
        start = centres[i] - before - reach
        if start < 0 or start + 2 * reach + template.size > values.size:
            continue
        _sliding_likeness(values, start, template, least, likeness)
        best = reach
        for k in range(2 * reach + 1):
            if likeness[k] > likeness[best]:
                best = k
        positions[i] += best - reach
        if 0 < best < 2 * reach:
            positions[i] += vertex(likeness[best - 1], likeness[best], likeness[best + 1])


@njit(cache=True, nogil=True)
def vertex(left, top, right):
    """Where between samples the parabola through three neighbours is highest, -0.5 to 0.5 from the middle one."""
    bend = left - 2.0 * top + right
    return min(max(0.5 * (left - right) / bend, -0.5), 0.5) if bend < 0.0 else 0.0


@njit(cache=True, nogil=True)
def correlate_with_template(values, centres, before, after, correlation):
    """Correlation of each beat with the typical beat of the others, into `correlation`; NaN where a centre is below 0.

    A beat is the stretch from `before` samples before its centre to `after` samples after it. Beats that helped to make
    the template are compared with what it would be without them: two beats of noise must not vouch for themselves.
    """
    models, indices, least = _models(values, centres, before, after)
    template = np.zeros(before + after + 1)
    chosen = np.ones(0, dtype=np.bool_)
    if indices.size:
        chosen = _learn(models, template)
    for i in range(centres.size):
        correlation[i] = np.nan if centres[i] < 0 else _pearson(values, centres[i] - before, template, least)
    squares = 0.0
    for k in range(template.size):
        squares += template[k] * template[k]
    for m in range(indices.size):
        if chosen[m]:
            likeness = 0.0
            for k in range(template.size):
                likeness += models[m, k] * template[k]
            left = squares - 2.0 * likeness + 1.0  # squared norm of the template without this beat
            correlation[indices[m]] = 0.0 if left < 1e-12 else (likeness - 1.0) / np.sqrt(left)


@njit(cache=True, nogil=True)
def correlate_windows_with_templates(first, last, values, centres, before, after, correlation):
    """:func:`correlate_with_template` for rows `first` to `last`, each with its own template."""
    for row in range(first, last):
        correlate_with_template(values[row], centres[row], before, after, correlation[row])
