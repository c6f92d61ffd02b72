"""Epochs of training: the same data, settings and seed give the same weights, also when stopped in between."""

import numpy as np

from ..exceptions import InvalidArgumentError
from .adam import Adam
from .batches import batch_order
from .first_weights import fit_first_weights
from .network import CRNN
from .task_weights import make_task_weights
from .weights import import_state_dict

__all__ = ["Training", "share_of_subjects"]

_CHUNK = 16  # windows that are asked for at a time
_FIRST_WEIGHTS, _EPOCH, _SPLIT, _FIRST_LOOK = 0, 1, 2, 3  # what a stream of random numbers is for
_LEAST_PROBABILITY = 1e-7
_HIGHEST = 1e6  # no weight of a network that has learnt anything comes near
_HEAD = ("heart_rate.weight", "heart_rate.bias")


class Training:
    """A network, its optimiser and the weights of its losses, from epoch to epoch.

    Inside, the heart-rate head predicts in units of the training rates' standard deviation from their mean, and the
    weight of its loss is multiplied by that deviation, which leaves the loss as it is in bpm. A step of Adam is as long
    whatever a gradient's size: a head that starts at 0 would need tens of thousands of steps to reach 70 bpm.

    Parameters
    ----------
    network : CRNN
        Untrained, or with weights from elsewhere; its heart-rate head counts in deviations. With the backend
        ``"torch"`` it is copied.
    seed : int
        Of the order of windows and of dropout, epoch by epoch.
    rate_scale : tuple of float, default=(0.0, 1.0)
        Mean and standard deviation of heart rates in bpm that the head counts in.
    task_weighting : {"fixed", "uncertainty", "gradnorm"}, default="fixed"
        Kind of weights of the losses.
    alpha, beta : float, default=1.0, 0.01
        Weights of the losses, or where they start; beta is per bpm.
    learning_rate : float, default=1e-3
        Of Adam.
    backend : {"numpy", "torch"}, default="numpy"
        What computes.
    **torch_options
        Of :class:`~physiofer.crnn.torch_backend.TorchCRNN`: device, mixed_precision, compile.

    Attributes
    ----------
    n_epochs : int
        Epochs done.
    learning_rate : float
        As it was given.
    history : list of dict
        One entry per epoch.
    """

    def __init__(
        self, network, *, seed, rate_scale=(0.0, 1.0), task_weighting="fixed", alpha=1.0, beta=0.01, learning_rate=1e-3,
        backend="numpy", **torch_options,
    ):  # fmt: skip
        self.seed, self.rate_scale = seed, tuple(map(float, rate_scale))
        self.network, optimiser = network, Adam
        if backend == "torch":
            from .torch_backend import TorchAdam, TorchCRNN

            self.network, optimiser = TorchCRNN(network, **torch_options), TorchAdam
        self.optimiser = optimiser(self.network.parameters, learning_rate=learning_rate)
        self.learning_rate = self.optimiser.learning_rate
        self.weights = make_task_weights(task_weighting, alpha=alpha, beta=beta * self.rate_scale[1])
        self.n_epochs, self.history = 0, []
        self._best_loss, self._best_epoch, self._best = None, None, {}

    def run_epoch(self, windows, rows, y, heart_rate, batch_size, *, course=None, told=None):
        """Let the network learn once from each of some windows.

        Parameters
        ----------
        windows : FaceWindows
            All windows.
        rows : ndarray of int
            Places of those to learn from.
        y : ndarray of shape (n_windows, n_targets)
            Labels 0 or 1 of all windows.
        heart_rate : ndarray of shape (n_windows,)
            In bpm; NaN where unknown.
        batch_size : int
            Windows per step.
        course : tuple of int, optional
            Which epoch this is, from 0, and of how many: over these the learning rate falls to 0 as half a cosine does
            (Loshchilov & Hutter 2017, ICLR). Without, it stays.
        told : callable, optional
            Called with the share of the epoch that is done, after each step.

        Returns
        -------
        dict of str to float
            Mean losses over the windows (``heart_rate``: root mean square error in bpm of those with a rate) and the
            losses' weights at the end; the same entry is appended to `history`.
        """
        generator, known = seeded_generator(self.seed, _EPOCH, self.n_epochs), np.isfinite(heart_rate)
        mean_bpm, spread_bpm = self.rate_scale
        sums, n_known, n_done = np.zeros(3), 0, 0
        for places in batch_order(len(rows), batch_size, generator):
            batch = rows[places]
            scaled = (heart_rate[batch] - mean_bpm) / spread_bpm
            losses, gradients = self.weights.loss_and_gradients(
                self.network, windows.take(batch), y[batch], scaled, generator=generator
            )
            if course is not None:
                share = (course[0] + n_done / len(rows)) / course[1]
                self.optimiser.learning_rate = 0.5 * (1.0 + np.cos(np.pi * share)) * self.learning_rate
            if not np.isfinite(losses.total):
                raise InvalidArgumentError(
                    f"the loss became {losses.total} in epoch {self.n_epochs + 1}; lower learning_rate."
                )
            self.optimiser.step(gradients)
            n_rates = np.count_nonzero(known[batch])
            squares = (losses.heart_rate * spread_bpm) ** 2 * n_rates
            sums += (losses.total * batch.size, losses.emotion * batch.size, squares)
            n_known, n_done = n_known + n_rates, n_done + batch.size
            if told is not None:
                told(n_done / len(rows))
        alpha, beta = self.weights.weights
        entry = {
            "loss": sums[0] / len(rows), "emotion": sums[1] / len(rows),
            "heart_rate": np.sqrt(sums[2] / n_known) if n_known else np.nan, "alpha": alpha, "beta": beta / spread_bpm,
        }  # fmt: skip
        self.n_epochs += 1
        self.history.append({name: float(value) for name, value in entry.items()})
        return self.history[-1]

    def validate(self, windows, rows, y, heart_rate, *, alpha, beta):
        """Losses of windows that the network did not learn from, nothing dropped; the best weights are remembered.

        `alpha` and `beta` weigh them, the same in every epoch. The losses join the last entry of `history`.
        """
        probability, rates = self.predict(windows, rows)
        probability = np.clip(probability.astype(np.float64), _LEAST_PROBABILITY, 1.0 - _LEAST_PROBABILITY)
        emotion = -np.mean(np.where(y[rows] > 0.5, np.log(probability), np.log1p(-probability)))
        errors = np.array([]) if rates is None else (rates - heart_rate[rows])[np.isfinite(heart_rate[rows])]
        error_bpm = np.sqrt(np.mean(errors**2)) if errors.size else np.nan
        loss = float(alpha * emotion + (beta * error_bpm if errors.size else 0.0))
        found = {
            "validation_loss": loss,
            "validation_emotion": float(emotion),
            "validation_heart_rate": float(error_bpm),
        }
        if not np.isfinite(loss):
            raise InvalidArgumentError(f"the validation loss became {loss}; lower learning_rate.")
        self.history[-1].update(found)
        if self._best_loss is None or loss < self._best_loss:
            self._best_loss, self._best_epoch, self._best = loss, self.n_epochs, self.network.state_dict()

    def predict(self, windows, rows):
        """Probabilities (n_rows, n_targets) and heart rates in bpm, or None, of the network as it is."""
        parts = [self.network.forward(windows.take(part)) for part in in_chunks(rows)]
        probability = np.concatenate([part[0] for part in parts])
        if not self.network.heart_rate_head:
            return probability, None
        mean_bpm, spread_bpm = self.rate_scale
        return probability, mean_bpm + spread_bpm * np.concatenate([part[1] for part in parts]).astype(np.float64)

    @property
    def best_epoch(self):
        """Number of the epoch, from 1, with the least validation loss; None without validation."""
        return self._best_epoch

    def has_stalled(self, patience):
        """Whether the validation loss has not fallen for so many epochs."""
        return self._best_epoch is not None and self.n_epochs - self._best_epoch >= patience

    def state(self):
        """All that a later run needs to go on as if it had not been stopped.

        Returns
        -------
        arrays : dict of str to ndarray
        record : dict
            As JSON holds it.
        """
        parts = {
            "network": self._weights(), "optimiser": self.optimiser.state_dict(),
            "weights": self.weights.state_dict(), "best": self._best,
        }  # fmt: skip
        arrays = {f"{part}/{name}": values for part, own in parts.items() for name, values in own.items()}
        record = {
            "seed": self.seed, "rate_scale": list(self.rate_scale), "n_epochs": self.n_epochs,
            "history": self.history, "best_loss": self._best_loss, "best_epoch": self._best_epoch,
        }  # fmt: skip
        return arrays, record

    def _weights(self):
        """Copies of the network's weights, if they are any good."""
        state = self.network.state_dict()
        if not all(np.isfinite(values).all() and np.abs(values).max() < _HIGHEST for values in state.values()):
            raise InvalidArgumentError("the weights grew without bound; lower learning_rate.")
        return state

    def load_state(self, arrays, record):
        """Take over what :meth:`state` gave; `seed` and `rate_scale` are this training's already."""
        parts = {"network": {}, "optimiser": {}, "weights": {}, "best": {}}
        for name, values in arrays.items():
            part, _, own = name.partition("/")
            if part not in parts:
                raise InvalidArgumentError(f"the state of training has {name!r}, which nothing knows.")
            parts[part][own] = values
        self.network.load_state_dict(parts["network"])
        self.optimiser.load_state_dict(parts["optimiser"])
        self.weights.load_state_dict(parts["weights"])
        self._best, self._best_loss, self._best_epoch = parts["best"], record["best_loss"], record["best_epoch"]
        self.n_epochs, self.history = record["n_epochs"], list(record["history"])

    def finished(self):
        """A network of NumPy with the best weights if there was validation, else the last; its rates are in bpm."""
        architecture = {name: getattr(self.network, name) for name in _ARCHITECTURE}
        state = {name: values.copy() for name, values in (self._best or self._weights()).items()}
        if self.network.heart_rate_head:
            mean_bpm, spread_bpm = self.rate_scale
            weight, bias = (state[name].astype(np.float64) for name in _HEAD)
            state[_HEAD[0]], state[_HEAD[1]] = weight * spread_bpm, bias * spread_bpm + mean_bpm
        network = CRNN(**architecture, random_state=0)
        network.load_state_dict(state)
        return network


_ARCHITECTURE = ("n_targets", "heart_rate_head", "n_channels", "image_size", "dtype")


def new_network(seed, windows, rows, *, initial_weights=None, rate_scale=(0.0, 1.0), **architecture):
    """A network for windows, whose first weights a seed, weights from elsewhere, and the windows at `rows` decide.

    Its heart-rate head counts in deviations, `rate_scale`; one from elsewhere, which is in bpm, is changed to that.
    """
    n_channels, _, image_size = windows.shape[2:]
    generator = seeded_generator(seed, _FIRST_WEIGHTS)
    network = CRNN(n_channels=n_channels, image_size=image_size, random_state=generator, **architecture)
    taken = [] if initial_weights is None else import_state_dict(network, initial_weights)
    if set(_HEAD) <= set(taken):
        weight, bias = (network.parameters[name] for name in _HEAD)
        weight /= rate_scale[1]
        bias[...] = (bias - rate_scale[0]) / rate_scale[1]
    return fit_first_weights(network, windows, seeded_generator(seed, _FIRST_LOOK).permutation(rows), but=taken)


def seeded_generator(seed, *purpose):
    """Random numbers that depend on a seed and on what they are for, not on what was drawn before."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=purpose)))


def share_of_subjects(subjects, share, seed):
    """Split windows so that about a share of them, of people whose windows are all among them, is kept back.

    Parameters
    ----------
    subjects : array-like of shape (n_windows,)
        Whose each window is.
    share : float
        Of the people to keep back, at least one and not all.
    seed : int
        Chooses them.

    Returns
    -------
    learnt, kept : ndarray of int
        Places of windows.

    Raises
    ------
    InvalidArgumentError
        If there are fewer than two people.

    Examples
    --------
    >>> learnt, kept = share_of_subjects(["a", "a", "b", "c", "c", "c"], 0.3, seed=0)
    >>> len(learnt) + len(kept)
    6
    """
    people, codes = np.unique(np.asarray(subjects).astype(str), return_inverse=True)
    if people.size < 2:
        raise InvalidArgumentError(
            f"subjects has {people.size} person; to keep some back for validation takes 2. Set validation_share=0."
        )
    n_kept = min(max(round(share * people.size), 1), people.size - 1)
    kept = np.isin(codes, seeded_generator(seed, _SPLIT).permutation(people.size)[:n_kept])
    return np.flatnonzero(~kept), np.flatnonzero(kept)


def in_chunks(rows):
    """Some places at a time."""
    return [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
