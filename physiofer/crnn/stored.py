"""A trained classifier in one file of weights, and back."""

import numpy as np

from .._validate import check_path
from ..exceptions import UnreadableDataError
from .normalisation import normalisation_record
from .weights import load, save

__all__ = ["read_classifier", "write_classifier"]

_RECORDED = (
    "n_epochs", "batch_size", "learning_rate", "schedule", "alpha", "beta", "task_weighting", "validation_share",
    "patience",
)  # fmt: skip


def write_classifier(model, path):
    """Write the network of a trained classifier, and what its answers need beside it."""
    record = {
        "classes": model.classes_.tolist(), "prior": model.prior_.tolist(), "n_epochs": model.n_epochs_,
        "history": model.history_, "parameters": {name: getattr(model, name) for name in _RECORDED},
    }  # fmt: skip
    save(path, model.network_, normalisation=normalisation_record(model.normalisation_), training_record=record)


def read_classifier(cls, path):
    """A classifier of a class from a file that :func:`write_classifier` wrote."""
    loaded = load(path)
    try:
        record, kind = loaded.training_record, loaded.normalisation["kind"]
        model = cls(**record["parameters"], normalisation=kind)
        if loaded.normalisation != normalisation_record(kind):
            raise ValueError("frames were normalised by other constants")
        model.classes_, model.prior_ = np.asarray(record["classes"]), np.asarray(record["prior"], dtype=np.float64)
        model.n_epochs_, model.history_ = int(record["n_epochs"]), dict(record["history"])
        if model.prior_.shape != (loaded.network.n_targets,) or model.classes_.ndim != 1:
            raise ValueError("classes are not those of the network")
    except (KeyError, TypeError, ValueError) as error:
        name = check_path(path).name
        reason = f"holds a network, but no classifier ({type(error).__name__}: {error})"
        raise UnreadableDataError(f"{name} {reason}.") from error
    network = loaded.network
    model.network_, model.n_targets_, model.normalisation_ = network, network.n_targets, kind
    model.image_shape_ = (network.n_channels, network.image_size, network.image_size)
    return model
