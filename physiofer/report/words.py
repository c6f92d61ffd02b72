"""Names, numbers and sentences of the report; every missing or NaN number reads as a dash."""

import math

MISSING = "–"
_LEVEL = 0.05  # of the test over people that a "yes" needs
_MODELS = {
    "svm": "SVM",
    "rf": "random forest",
    "xgboost": "XGBoost",
    "logistic": "logistic regression",
}
_UNITS = {"uS": "µS", "uV": "µV", "degC": "°C"}
_PROTOCOLS = {"loso": "leave one subject out", "group-kfold": "grouped k-fold", "custom": "splits of the user"}


def finite(value):
    """`value` as a finite float, or None where it is missing, NaN or no number."""
    if value is None or isinstance(value, (bool, str)):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def number(value, digits=3):
    """A number with a fixed count of decimals."""
    value = finite(value)
    if value is None:
        return MISSING
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "\u2212")


def count(value):
    """A whole number with thousands set apart by a thin space."""
    value = finite(value)
    return MISSING if value is None else f"{value:,.0f}".replace(",", "\u202f")


def percent(value, digits=0):
    """A share as a percentage."""
    value = finite(value)
    return MISSING if value is None else f"{100 * value:.{digits}f}\u202f%"


def missing_share(value):
    """A share of missing samples, never rounded down to none."""
    value = finite(value)
    if value is None:
        return MISSING
    return "none" if value <= 0 else "<\u202f0.1\u202f%" if value < 0.001 else percent(value, 1)


def p_value(value):
    """A p value as journals print it."""
    value = finite(value)
    return MISSING if value is None else "<\u202f0.001" if value < 0.001 else f"{value:.3f}"


def interval(score, digits=3):
    """The interval of a score as two numbers."""
    score = score or {}
    if finite(score.get("low")) is None or finite(score.get("high")) is None:
        return ""
    return f"{number(score['low'], digits)} to {number(score['high'], digits)}"


def duration(seconds):
    """Seconds in the largest fitting unit."""
    seconds = finite(seconds)
    if seconds is None:
        return MISSING
    if seconds < 100:
        return f"{seconds:.1f}\u202fs" if seconds < 10 else f"{seconds:.0f}\u202fs"
    return f"{seconds / 60:.0f}\u202fmin" if seconds < 2 * 3600 else f"{seconds / 3600:.1f}\u202fh"


def span(values, text):
    """The smallest and the largest of `values` through `text`; one where both read the same."""
    known = sorted(value for value in map(finite, values) if value is not None)
    if not known:
        return MISSING
    low, high = text(known[0]), text(known[-1])
    return low if low == high else f"{low} to {high}"


def rate(value):
    """A sampling rate in Hz, without needless decimals; 0 marks a stream of beats or events."""
    value = finite(value)
    return MISSING if value is None else f"{value:.4g}" if value else "irregular"


def unit(name):
    """A unit as it is written."""
    return _UNITS.get(name, str(name)) if name else MISSING


def plural(n, one, many=None):
    """`n` with the fitting form of its noun."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def listed(items):
    """Items as running text."""
    items = [str(item) for item in items]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def model_name(model):
    """What the field calls a model."""
    return _MODELS.get(model, str(model))


def in_words(model, fusion):
    """A pipeline inside a sentence."""
    return f"{model_name(model)} with {fusion} fusion" if fusion else model_name(model)


def protocol_name(protocol):
    """What the field calls a protocol."""
    return _PROTOCOLS.get(protocol, str(protocol))


def capital(text):
    """`text` with its first letter large and the rest as it was."""
    return text[:1].upper() + text[1:]


def above_chance(pipeline, chance):
    """How many people score above chance, and how many were scored."""
    scores = [finite(score) for score in (pipeline.get("subjects") or {}).values()]
    scores = [score for score in scores if score is not None]
    return sum(score > chance for score in scores), len(scores)


def clears_chance(pipeline, chance, chance_interval, n_pipelines=1):
    """Whether interval, band of guessing and test over people all speak for it, the best of so many pipelines.

    The p-value is multiplied by their number (Bonferroni): the best of many was picked after the fact.
    """
    p = finite(pipeline.get("p_value"))
    if p is not None and p * n_pipelines > _LEVEL:
        return False
    score = pipeline.get("balanced_accuracy") or {}
    mean, low = finite(score.get("mean")), finite(score.get("low"))
    ceiling = finite((chance_interval or [None, None])[1])
    return mean is not None and low is not None and low > chance and (ceiling is None or mean > ceiling)


def verdict(best, label, chance, chance_interval, n_pipelines=1, n_failed_checks=0, level="95\u202f%"):
    """The answer to "can it be predicted?" in words: the best pipeline, its interval, chance, and whom it serves."""
    score = best.get("balanced_accuracy") or {} if best else {}
    if finite(score.get("mean")) is None:
        return "Nothing can be said: no pipeline could be scored."
    within = interval(score, 2)
    within = f" ({level} interval {within})" if within else ""
    reached = f"{label} reaches a balanced accuracy of {number(score['mean'], 2)}{within}"
    if n_failed_checks:
        answer = f"Not on this evidence, because {plural(n_failed_checks, 'leak check')} failed: on paper, {reached}, "
        answer += f"and guessing gives {number(chance, 2)}."
    elif clears_chance(best, chance, chance_interval, n_pipelines):
        answer = f"Yes, on average better than by guessing: {reached}, where guessing gives {number(chance, 2)}."
    else:
        answer = f"Not shown: at best, {reached}, and guessing gives {number(chance, 2)}."
    n_above, n_scored = above_chance(best, chance)
    return f"{answer} {n_above} of {plural(n_scored, 'person', 'people')} scored above chance." if n_scored else answer
