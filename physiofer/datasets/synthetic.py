"""Simulated people at rest and under stress: the corpus that comes with physiofer.

Each person wears a simulated wrist device (pulse wave, skin conductance, skin temperature, acceleration) for about
twenty minutes of rest and demanding tasks in turn. The label acts on a latent arousal, the arousal on every organ with
its own gain and lag; people differ in levels and gains, some hardly respond, and arousal also wanders by itself. What
is known behind the sensors (beats, skin conductance responses, arousal) comes along as :class:`Truth`. The model with
its equations, parameters and sources is in docs/synthetic.md.

Examples
--------
>>> from physiofer.datasets.synthetic import simulate_corpus
>>> corpus = simulate_corpus(12, seed=1)
>>> len(corpus)
12
"""

import dataclasses
import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._validate import check_count, check_number
from ..exceptions import InvalidArgumentError
from ..recording import Recording, Stream
from . import _person as person
from . import _physiology as physiology
from .corpus import Corpus, RecordingSource

__all__ = ["SimulatedSource", "Truth", "simulate_corpus", "simulate_person"]

#: To be raised whenever the same arguments come to give other numbers: fingerprints, and so caches, hang on it.
MODEL_VERSION = 1

_SENSORS = {  # as the common wrist devices record
    "bvp": {"rate": person.BVP_RATE, "channels": ("bvp",), "unit": "a.u.", "kind": "bvp"},
    "eda": {"rate": person.SLOW_RATE, "channels": ("eda",), "unit": "uS", "kind": "eda"},
    "temperature": {"rate": person.SLOW_RATE, "channels": ("temperature",), "unit": "degC", "kind": "temperature"},
    "acceleration": {
        "rate": person.ACCELERATION_RATE,
        "channels": ("x", "y", "z"),
        "unit": "g",
        "kind": "acceleration",
    },
}
_STEPS = {
    "bvp": 0.01,
    "eda": 0.00128,
    "temperature": 0.02,
    "acceleration": 1.0 / 64.0,
}  # of the converters, in the unit


@dataclass(frozen=True, eq=False)
class Truth:
    """What the simulation knows and the sensors do not.

    Attributes
    ----------
    times_s : ndarray of shape (n_times,)
        Grid of the slow states, 4 Hz, in seconds on the recording's clock.
    arousal : ndarray of shape (n_times,)
        The latent arousal: the tasks' share, scaled by `effect` and the person's reactivity, and its own wandering.
    heart_rate_bpm : ndarray of shape (n_times,)
        Heart rate before breath, Mayer waves and fractal noise modulate it.
    tonic_us : ndarray of shape (n_times,)
        Skin conductance without its responses, in microsiemens.
    beats_s : ndarray of shape (n_beats,)
        Systolic peaks of the pulse wave, in seconds.
    scr_onsets_s, scr_amplitudes_us : ndarray of shape (n_responses,)
        Onsets in seconds and peak heights in microsiemens of the skin conductance responses.

    Examples
    --------
    >>> _, truth = simulate_person(0)
    >>> bool(truth.arousal.shape == truth.times_s.shape)
    True
    """

    times_s: np.ndarray
    arousal: np.ndarray
    heart_rate_bpm: np.ndarray
    tonic_us: np.ndarray
    beats_s: np.ndarray
    scr_onsets_s: np.ndarray
    scr_amplitudes_us: np.ndarray


def simulate_corpus(n_subjects=16, *, seed=0, effect=1.0, n_trials=6, trial_s=180.0, pause_s=10.0, missing=True):
    """Simulate a corpus of people at rest and under stress.

    Parameters
    ----------
    n_subjects : int, default=16
        How many people. The first ones stay the same when more are asked for.
    seed : int, default=0
        Chooses the people and all chance in them; equal seeds give equal arrays on any number of processes.
    effect : float, default=1.0
        Scales what the label does to arousal; at 0 the labels say nothing about the signals.
    n_trials : int, default=6
        Trials per person, rest and task in turn; every second person starts with a task.
    trial_s, pause_s : float, default=180.0 and 10.0
        Length of each trial, and of the unlabelled pauses before, between and after them, in seconds.
    missing : bool, default=True
        Whether sensors fail as they do in the field: of every eight people the third loses stretches of the pulse wave
        (NaN), the fifth has no temperature sensor, and the seventh loses skin contact (conductance near zero).

    Returns
    -------
    Corpus
        Of :class:`SimulatedSource`, each simulated when it is loaded.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of its range.

    Examples
    --------
    >>> recording = simulate_corpus(2, seed=3)[0].load()
    >>> recording.events[["trial", "stress"]].values.tolist()[:2]
    [['t1', 0], ['t2', 1]]
    """
    n_subjects = check_count(n_subjects, name="n_subjects", low=1)
    options = _check_options(seed, effect, n_trials, trial_s, pause_s, missing)
    return Corpus(
        [SimulatedSource(index, **options) for index in range(n_subjects)],
        name="synthetic",
        notes=["These people are simulated: the scores say how the method works, nothing about human beings."],
        origin={"simulated": True, "model_version": MODEL_VERSION, "n_subjects": n_subjects, **options},
    )


class SimulatedSource(RecordingSource):
    """A simulated person as the source of a recording: small, picklable, and simulated anew at each load.

    Parameters
    ----------
    index : int
        Which person of the seed, from 0.
    seed, effect, n_trials, trial_s, pause_s, missing
        As in :func:`simulate_corpus`.

    Attributes
    ----------
    subject, session : str
        ``"sim01"`` for index 0, and ``"1"``.

    Examples
    --------
    >>> SimulatedSource(4).load()
    <Recording sim05/1: bvp, eda, acceleration; 6 events>
    """

    def __init__(self, index, *, seed=0, effect=1.0, n_trials=6, trial_s=180.0, pause_s=10.0, missing=True):
        self.index = check_count(index, name="index")
        self.options = _check_options(seed, effect, n_trials, trial_s, pause_s, missing)
        self.subject, self.session = _subject(self.index), "1"

    def load(self):
        """Simulate the recording.

        Returns
        -------
        Recording
        """
        return simulate_person(self.index, **self.options)[0]

    def fingerprint(self):
        """Hash of all that decides the numbers: the model's version and every argument.

        Returns
        -------
        str

        Examples
        --------
        >>> SimulatedSource(0).fingerprint() == SimulatedSource(0, seed=1).fingerprint()
        False
        """
        content = json.dumps(["synthetic", MODEL_VERSION, self.index, self.options], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def simulate_person(index=0, *, seed=0, effect=1.0, n_trials=6, trial_s=180.0, pause_s=10.0, missing=True):
    """Simulate one person: the recording of the wrist device, and the truth behind it.

    Parameters
    ----------
    index : int, default=0
        Which person of the seed; the same one however many others there are.
    seed, effect, n_trials, trial_s, pause_s, missing
        As in :func:`simulate_corpus`.

    Returns
    -------
    recording : Recording
        Streams ``bvp`` (64 Hz, a.u.), ``eda`` (4 Hz, uS), ``temperature`` (4 Hz, degC) and ``acceleration`` (32 Hz, x,
        y and z in g), and events with the labels ``stress`` (0 or 1) and ``arousal`` (rated 1 to 9). Its ``meta`` holds
        the arguments, the person's traits and the sensors' faults.
    truth : Truth
        Beats, skin conductance responses and states.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of its range.

    Examples
    --------
    >>> recording, truth = simulate_person(1, seed=7)
    >>> recording
    <Recording sim02/1: bvp, eda, temperature, acceleration; 6 events>
    >>> bool(40.0 < 60.0 / np.diff(truth.beats_s).mean() < 120.0)
    True
    """
    index = check_count(index, name="index")
    options = _check_options(seed, effect, n_trials, trial_s, pause_s, missing)
    rngs = _generators(options["seed"], index)
    traits = person.draw_traits(rngs["traits"])
    events = _protocol(index, options)
    arousal = _arousal(rngs["arousal"], traits, events, options)
    events["arousal"] = _ratings(rngs["ratings"], arousal, events)

    n_slow = arousal.size
    bursts = person.fidgets(rngs["fidgets"], traits, arousal)
    movement = physiology.burst_envelope(*bursts, n_slow, person.SLOW_RATE)
    n_acceleration = round(n_slow * person.ACCELERATION_RATE / person.SLOW_RATE)
    acceleration, motion_g = person.acceleration(rngs["acceleration"], bursts, n_acceleration)
    heart_rate_bpm, phase, breath = person.heart(rngs["heart"], traits, arousal)
    tonic_us, scr_onsets_s, scr_amplitudes_us, eda = person.skin(rngs["skin"], traits, arousal, movement)
    signals = {
        "bvp": person.pulse_wave(rngs["pulse"], traits, arousal, phase, breath, motion_g),
        "eda": eda,
        "temperature": person.skin_temperature(rngs["temperature"], traits, arousal),
        "acceleration": acceleration,
    }
    faults = _break_sensors(rngs["faults"], index, signals) if options["missing"] else []
    streams = {
        name: Stream.regular(physiology.quantise(signals[name], _STEPS[name]), **sensor)
        for name, sensor in _SENSORS.items()
        if name in signals
    }
    meta = {"simulated": True, "model_version": MODEL_VERSION, **options}
    meta |= {"traits": dataclasses.asdict(traits), "faults": faults}
    beats_s = physiology.beat_times(phase, person.PHASE_RATE)
    times_s = np.arange(n_slow) / person.SLOW_RATE
    truth = Truth(times_s, arousal, heart_rate_bpm, tonic_us, beats_s, scr_onsets_s, scr_amplitudes_us)
    return Recording(_subject(index), streams=streams, events=events, meta=meta), truth


def _subject(index):
    """Name of a person."""
    return f"sim{index + 1:02d}"


def _check_options(seed, effect, n_trials, trial_s, pause_s, missing):
    """Check the arguments that every person of a corpus shares, as plain data in a fixed order."""
    if not isinstance(missing, (bool, np.bool_)):
        raise InvalidArgumentError(f"missing={missing!r} must be True or False.")
    return {
        "seed": check_count(seed, name="seed"),
        "effect": check_number(effect, name="effect", low=0.0, high=10.0),
        "n_trials": check_count(n_trials, name="n_trials", low=1, high=100),
        "trial_s": check_number(trial_s, name="trial_s", low=10.0, high=3600.0),
        "pause_s": check_number(pause_s, name="pause_s", low=0.0, high=3600.0),
        "missing": bool(missing),
    }


def _generators(seed, index):
    """One generator per organ, so that a change to one leaves the numbers of the others as they were."""
    names = "traits arousal ratings fidgets acceleration heart pulse skin temperature faults".split()
    children = np.random.SeedSequence(seed, spawn_key=(index,)).spawn(len(names))
    return {name: np.random.Generator(np.random.PCG64(child)) for name, child in zip(names, children, strict=True)}


def _protocol(index, options):
    """Events of rest and task in turn; every second person starts with a task."""
    trials = np.arange(options["n_trials"])
    return pd.DataFrame({
        "onset_s": options["pause_s"] + trials * (options["trial_s"] + options["pause_s"]),
        "duration_s": np.full(trials.size, options["trial_s"]),
        "trial": [f"t{k + 1}" for k in trials],
        "stress": (trials + index) % 2,
    })  # fmt: skip


def _arousal(rng, traits, events, options):
    """Latent arousal at 4 Hz: what the tasks cost, less each time, and spontaneous wandering that no label explains."""
    onsets_s, stress = events["onset_s"].to_numpy(), events["stress"].to_numpy()
    times_s = np.arange(round((onsets_s[-1] + options["trial_s"] + options["pause_s"]) * person.SLOW_RATE))
    times_s = times_s / person.SLOW_RATE
    cost = stress * np.exp(0.5 * rng.standard_normal(stress.size) - (np.cumsum(stress) - 1) / 8.0)
    trial = np.searchsorted(onsets_s, times_s, side="right") - 1
    busy = (trial >= 0) & (times_s < onsets_s[trial] + options["trial_s"])
    demand = physiology.first_order_lag(np.where(busy, cost[trial], 0.0), person.SLOW_RATE, tau_s=12.0)
    spontaneous = physiology.ornstein_uhlenbeck(rng, times_s.size, person.SLOW_RATE, tau_s=75.0)
    return options["effect"] * traits.reactivity * demand + 0.6 * spontaneous


def _ratings(rng, arousal, events):
    """Self-reported arousal, 1 to 9: the trial's mean on a personal scale with a personal error."""
    centre, scale = rng.normal(4.0, 0.8), rng.normal(2.2, 0.5)
    bounds = np.rint(np.stack([events["onset_s"], events["onset_s"] + events["duration_s"]], 1) * person.SLOW_RATE)
    means = np.array([arousal[first:stop].mean() for first, stop in bounds.astype(int)])
    return np.clip(np.rint(centre + scale * means + 0.8 * rng.standard_normal(means.size)), 1, 9).astype(int)


def _break_sensors(rng, index, signals):
    """Break the sensors of some people in place, and say how."""
    if index % 8 == 2:
        for _ in range(2):
            first, stop = _stretch(rng, 20.0, 90.0, signals["bvp"], person.BVP_RATE)
            signals["bvp"][first:stop] = np.nan
        return ["bvp dropout"]
    if index % 8 == 4:
        del signals["temperature"]
        return ["no temperature sensor"]
    if index % 8 == 6:
        for _ in range(2):
            first, stop = _stretch(rng, 60.0, 150.0, signals["eda"], person.SLOW_RATE)
            signals["eda"][first:stop] = 0.003 * rng.random(stop - first)
        return ["eda contact loss"]
    return []


def _stretch(rng, shortest_s, longest_s, signal, rate):
    """First and stop sample of a random stretch inside the signal, a quarter of it at most."""
    length = min(int(rng.uniform(shortest_s, longest_s) * rate), signal.size // 4)
    first = rng.integers(signal.size - length + 1)
    return first, first + length
