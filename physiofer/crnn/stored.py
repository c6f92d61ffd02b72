"""A trained classifier in one file of weights, and back."""

import json
import math
import numbers

import numpy as np

from .._validate import check_path
from ..exceptions import InvalidArgumentError, UnreadableDataError
from .checkpoint import is_rate_scale
from .network import CRNN
from .normalisation import normalisation_record
from .training import Training
from .weights import load, save

__all__ = ["read_classifier", "write_classifier"]

_RECORDED = (
    "n_epochs", "batch_size", "learning_rate", "schedule", "alpha", "beta", "task_weighting", "validation_share",
    "patience",
)  # fmt: skip
_OF_TRAINING = ("task_weighting", "alpha", "beta", "learning_rate")
_SEEN = {"n_seen": "_n_seen", "n_heart_rates": "n_heart_rates_", "best_epoch": "best_epoch_"}  # None if unknown
_HEAD = ("heart_rate.weight", "heart_rate.bias")


def write_classifier(model, path):
    """Write the network of a trained classifier, what its answers need beside it, and what training goes on from."""
    seed = model.random_state
    record = {
        "classes": _labels(model.classes_), "prior": model.prior_.tolist(), "n_epochs": model.n_epochs_,
        "history": model.history_, "parameters": {name: getattr(model, name) for name in _RECORDED},
        "told": {  # for whoever reads the file; nothing is set from it
            "backend": model.backend, "random_state": seed if isinstance(seed, numbers.Integral) else None,
        },
    }  # fmt: skip
    record |= {name: getattr(model, own) for name, own in _SEEN.items() if hasattr(model, own)}
    if hasattr(model, "_state"):
        record |= {name: model._state[1][name] for name in ("rate_scale", "seed")}
    save(path, model.network_, normalisation=normalisation_record(model.normalisation_), training_record=record)


def read_classifier(cls, path):
    """A classifier of a class from a file that :func:`write_classifier` wrote.

    Its training goes on from the weights, with a fresh optimiser and fresh weights of the losses. A file of an earlier
    version does not say in which unit the heart-rate head learnt: what is read from it answers only.
    """
    path = check_path(path)
    loaded = load(path)
    network, record = loaded.network, loaded.training_record
    if not isinstance(record, dict) or "classes" not in record:
        raise UnreadableDataError(
            f"{path.name} holds a bare network and no classifier; read it by physiofer.crnn.load(path).network."
        )
    broken = _broken_entries(record, loaded.normalisation, network.n_targets)
    if broken:
        raise UnreadableDataError(f"{path.name} holds no whole classifier: {'; '.join(broken)}.")
    kind = loaded.normalisation["kind"]
    model = cls(**record["parameters"], normalisation=kind)
    model.classes_, model.prior_ = np.asarray(record["classes"]), np.asarray(record["prior"], dtype=np.float64)
    model.n_epochs_ = record["n_epochs"]
    model.history_ = {
        name: [math.nan if value is None else float(value) for value in values]
        for name, values in record["history"].items()
    }
    model.network_, model.n_targets_, model.normalisation_ = network, network.n_targets, kind
    model.image_shape_ = (network.n_channels, network.image_size, network.image_size)
    for name, own in _SEEN.items():
        setattr(model, own, record.get(name))
    if model.n_heart_rates_ is None:  # a file of an earlier version: one at least for each epoch that saw any
        model.n_heart_rates_ = sum(map(math.isfinite, model.history_.get("heart_rate", ())))
    if "rate_scale" in record:
        try:
            model._state = _state(model, record["seed"], record["rate_scale"])
        except (InvalidArgumentError, TypeError, OverflowError) as error:  # of parameters that are no numbers
            raise UnreadableDataError(f"{path.name} holds no whole classifier: {error}") from error
    return model


def _state(model, seed, rate_scale):
    """Where training stands: the stored weights, in the unit of training, and an optimiser that has done nothing."""
    stored, (mean_bpm, spread_bpm) = model.network_, rate_scale
    names = ("n_targets", "heart_rate_head", "n_channels", "image_size", "dtype")
    weights = stored.state_dict()
    if stored.heart_rate_head:
        weight, bias = (weights[name].astype(np.float64) for name in _HEAD)
        with np.errstate(over="ignore"):  # what becomes infinite is refused below
            scaled = weight / spread_bpm, (bias - mean_bpm) / spread_bpm
            weights |= {name: values.astype(stored.dtype) for name, values in zip(_HEAD, scaled, strict=True)}
    network = CRNN(**{name: getattr(stored, name) for name in names}, random_state=0)
    network.load_state_dict(weights)
    options = {name: getattr(model, name) for name in _OF_TRAINING}
    training = Training(network, seed=seed, rate_scale=rate_scale, **options)
    training.n_epochs = model.n_epochs_
    training.history = [
        {name: values[epoch] for name, values in model.history_.items()} for epoch in range(model.n_epochs_)
    ]
    return training.state()


def _labels(classes):
    """Both labels, or numbers of targets, as a list that comes back from JSON as the same."""
    labels = [label.item() if isinstance(label, np.generic) else label for label in classes.tolist()]
    is_kept = classes.dtype.kind in "biufUTO" and all(map(_is_label, labels))  # numbers or texts
    if not (is_kept and np.array_equal(np.asarray(json.loads(json.dumps(labels))), classes)):
        raise InvalidArgumentError(
            f"the classifier has the labels {classes.tolist()!r} of type {classes.dtype}, which a file cannot hold; "
            "train with labels that are texts or finite numbers."
        )
    return labels


def _broken_entries(record, normalisation, n_targets):
    """What is not as :func:`write_classifier` wrote it, in words."""
    parameters, classes, prior = (record.get(name) for name in ("parameters", "classes", "prior"))
    n_epochs, history = (record.get(name) for name in ("n_epochs", "history"))
    own, scale = parameters if isinstance(parameters, dict) else {"parameters": None}, record.get("rate_scale")
    kind = normalisation.get("kind") if isinstance(normalisation, dict) else None
    unknown = [name for name in own if name not in _RECORDED]
    wrong = [name for name in _SEEN if not (record.get(name) is None or _is_count(record[name]))]
    goes_on = "rate_scale" in record
    wrong += [name for name in ("seed", "n_seen") if goes_on and not _is_count(record.get(name))]
    said = {
        f"its parameters have {', '.join(map(repr, unknown))}, which no file may set": not unknown,
        f"its classes are {classes!r}": _are_classes(classes, n_targets),
        f"its prior is {prior!r} and not {n_targets} of 0 to 1": _is_prior(prior, n_targets),
        f"its n_epochs is {n_epochs!r}": _is_count(n_epochs),
        "its history is not one list of numbers per name": _is_count(n_epochs) and _is_history(history, n_epochs),
        f"its rate_scale is {scale!r}": not goes_on or is_rate_scale(scale),
        f"its {', '.join(dict.fromkeys(wrong))} must be integers of at least 0": not wrong,
        "its frames were normalised in another way than this version knows": _is_known(kind, normalisation),
    }
    return [text for text, right in said.items() if not right]


def _is_known(kind, normalisation):
    """Whether a normalisation is there, with these very constants."""
    try:
        return normalisation == normalisation_record(kind)
    except InvalidArgumentError:
        return False


def _is_count(value):
    """Whether this, out of JSON, is an integer of at least 0."""
    return type(value) is int and value >= 0


def _is_label(value):
    """Whether this is a text or a finite number."""
    return isinstance(value, (str, bool)) or _is_finite(value)


def _are_classes(classes, n_targets):
    """Whether these are two different labels of one kind, or the numbers of several targets."""
    if not isinstance(classes, list) or not all(map(_is_label, classes)):
        return False
    if n_targets > 1:
        return json.dumps(classes) == json.dumps(list(range(n_targets)))  # 0.0 and False are no 0
    return len(classes) == 2 and classes[0] != classes[1] and len({isinstance(one, str) for one in classes}) == 1


def _is_prior(prior, n_targets):
    """Whether this is a share for each target."""
    return isinstance(prior, list) and len(prior) == n_targets and all(_is_finite(p) and 0 <= p <= 1 for p in prior)


def _is_history(history, n_epochs):
    """Whether this is lists of a number, or None, for each epoch."""
    if not isinstance(history, dict) or (n_epochs and not history):
        return False
    return all(
        isinstance(values, list) and len(values) == n_epochs and all(v is None or _is_finite(v) for v in values)
        for values in history.values()
    )


def _is_finite(value):
    """Whether this is a number that a float can hold, and no truth value."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < 2**1000 if isinstance(value, int) else math.isfinite(value)
