"""Short films of drawn faces with a label, a heart rate and a subject each, cut for a network.

People differ in look, skin, resting heart rate, and in how much of an emotion they let see. The emotion shows in mouth
and brows and, a little, in the heart rate; neither tells it for certain.
"""

from typing import NamedTuple

import numpy as np

from .._validate import check_count, check_number
from ..exceptions import InvalidArgumentError
from . import _face_scene as scene
from . import _physiology as physiology
from ._face_drawing import SKIN_TONES, Expression, draw_look
from ._face_renderer import BLOOD, HeadRenderer, Pose, expose, light_field

__all__ = ["FaceSequences", "simulate_face_sequences"]


class FaceSequences(NamedTuple):
    """Films and what is known of them; one entry for each window.

    Attributes
    ----------
    frames : ndarray of uint8, shape (n_windows, n_frames, 3, size, size)
        Frames in R, G, B, planes first.
    emotion : ndarray of int, shape (n_windows,)
        1 where the person is amused, 0 where not.
    heart_rate_bpm : ndarray of shape (n_windows,)
        Mean heart rate in beats per minute.
    subjects : ndarray of str, shape (n_windows,)
        Names of the people.
    trials : ndarray of str, shape (n_windows,)
        Names of the films that windows were cut from; each window is one of its own unless there are several per trial.
    """

    frames: np.ndarray
    emotion: np.ndarray
    heart_rate_bpm: np.ndarray
    subjects: np.ndarray
    trials: np.ndarray

    def __repr__(self):
        n_windows, n_frames, _, size, _ = self.frames.shape
        n_people = len(np.unique(self.subjects))
        return f"<FaceSequences: {n_windows} windows of {n_people} people, {n_frames} frames of {size} x {size} pixels>"


class _Manner(NamedTuple):
    """How somebody is throughout a trial, whatever is felt: what gives the trial away to who has seen a part of it."""

    strength: float | None = None  # of what is felt, None for one of each window
    smile: float = 0.0
    brows: float = 0.0
    bpm: float = 0.0
    pose: tuple = (0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


def simulate_face_sequences(
    n_subjects=8,
    *,
    n_windows=16,
    windows_per_trial=1,
    n_frames=32,
    rate=16.0,
    size=64,
    effect=1.0,
    pulse=0.02,
    motion=1.0,
    face_size=0.72,
    seed=0,
):
    """Film people who are amused in half of the windows.

    Parameters
    ----------
    n_subjects : int, default=8
        How many people. The first ones stay the same when more are asked for.
    n_windows : int, default=16
        Windows per person, half of them amused (one less where the number is odd), in random order.
    windows_per_trial : int, default=1
        Windows that follow one another in one trial: amused or not together, and alike in how the head is held, in
        mouth, brows and heart rate beyond what is felt, as the windows of one film are. `n_windows` is a multiple of
        it, and half of the trials are amused.
    n_frames : int, default=32
        Frames per window.
    rate : float, default=16.0
        Frames a second.
    size : int, default=64
        Height and width of the frames in pixels; the face fills them.
    effect : float, default=1.0
        Scales what the emotion does to face and heart; at 0 the labels say nothing.
    pulse : float, default=0.02
        Height of the pulse in green from peak to trough, as a share of the skin's green.
    motion : float, default=1.0
        Scales how far the head moves within the picture. Crops that follow the face, as
        :func:`physiofer.face.aligned_crop` cuts them, leave a quarter or less of it.
    face_size : float, default=0.72
        Width of the face over that of the picture.
    seed : int, default=0
        Chooses the people and all chance; equal arguments give equal films.

    Returns
    -------
    FaceSequences
        `frames`, `emotion`, `heart_rate_bpm` and `subjects`, person after person.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of its range.

    Examples
    --------
    >>> people = simulate_face_sequences(2, n_windows=4, n_frames=8)
    >>> people.frames.shape
    (8, 8, 3, 64, 64)
    >>> people.subjects.tolist()
    ['face01', 'face01', 'face01', 'face01', 'face02', 'face02', 'face02', 'face02']
    """
    n_subjects = check_count(n_subjects, name="n_subjects", low=1)
    n_windows = check_count(n_windows, name="n_windows", low=1)
    windows_per_trial = check_count(windows_per_trial, name="windows_per_trial", low=1)
    if n_windows % windows_per_trial:
        raise InvalidArgumentError(
            f"n_windows={n_windows} must be a multiple of windows_per_trial={windows_per_trial}."
        )
    n_frames = check_count(n_frames, name="n_frames", low=2, high=10_000)
    rate = check_number(rate, name="rate", low=0.1, high=1000.0)
    size = check_count(size, name="size", low=16, high=1024)
    effect = check_number(effect, name="effect", low=0.0, high=5.0)
    pulse = check_number(pulse, name="pulse", low=0.0, high=0.5)
    motion = check_number(motion, name="motion", low=0.0, high=5.0)
    face_size = check_number(face_size, name="face_size", low=0.2, high=1.5)
    seed = check_count(seed, name="seed")
    frames = np.empty((n_subjects * n_windows, n_frames, 3, size, size), np.uint8)
    emotion, bpm = np.empty(len(frames), np.int64), np.empty(len(frames))
    n_trials = n_windows // windows_per_trial
    for index in range(n_subjects):
        person = _Person(np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2, index))), size, face_size)
        own = slice(index * n_windows, (index + 1) * n_windows)
        emotion[own] = person.rng.permutation(np.arange(n_trials) % 2).repeat(windows_per_trial)
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(3, index)))
        for trial in range(n_trials):
            manner = _Manner() if windows_per_trial == 1 else _draw_manner(rng)
            for window in range(own.start + trial * windows_per_trial, own.start + (trial + 1) * windows_per_trial):
                bpm[window] = person.film(frames[window], emotion[window], rate, effect, pulse, motion, manner)
    names = [f"face{index + 1:02d}" for index in range(n_subjects)]
    trials = [f"{name}_trial{trial + 1:02d}" for name in names for trial in range(n_trials)]
    return FaceSequences(frames, emotion, bpm, np.repeat(names, n_windows), np.repeat(trials, windows_per_trial))


def _draw_manner(rng):
    """The manner of one trial."""
    pose = rng.normal(0.0, (0.04, 0.03, 0.02, 0.03, 0.06, 0.05))
    pose[2] = np.exp(pose[2])
    strength = max(0.0, rng.normal(1.0, 0.35))
    return _Manner(strength, rng.normal(0.0, 0.3), rng.normal(0.0, 0.3), rng.normal(0.0, 4.0), tuple(pose))


class _Person:
    """Somebody with a look, a heart, and a way of showing amusement."""

    def __init__(self, rng, size, face_size):
        tone = list(SKIN_TONES)[rng.integers(len(SKIN_TONES))]
        self.rng, self._field = rng, light_field((size, size))
        self._renderer = HeadRenderer(draw_look(rng, tone), (size, size), face_size=face_size)
        self._resting_bpm = float(np.clip(rng.normal(72.0, 9.0), 52.0, 98.0))
        self._heart_gain_bpm = rng.normal(6.0, 4.0)
        self._smile, self._brows = rng.uniform(0.35, 1.0), rng.normal(0.2, 0.25)
        self._resting_smile = rng.normal(0.0, 0.15)  # some look glad when they are not

    def film(self, frames, amused, rate, effect, pulse, motion, manner):
        """Fill one window's frames and give its mean heart rate."""
        rng, times_s = self.rng, np.arange(len(frames)) / rate
        felt = max(0.0, rng.normal(1.0, 0.35)) if manner.strength is None else manner.strength
        strength = amused * effect * felt
        bpm = self._resting_bpm + self._heart_gain_bpm * amused * effect + manner.bpm + rng.normal(0.0, 4.0)
        phase_times_s, phase = scene.heart(rng, times_s, min(max(bpm, 40.0), 180.0), 1.0, 0.25)
        bvp = physiology.pulse_wave(np.interp(times_s, phase_times_s, phase), 0.3)
        light = scene.lighting(rng, times_s, 0.03, 0.01, 0.0, 0.0) * rng.uniform(0.8, 1.1)
        poses = scene.motion(rng, times_s, motion)
        poses[:, 2] *= manner.pose[2]
        poses[:, [0, 1, 3, 4, 5]] += np.delete(manner.pose, 2)
        closed = scene.closed_lids(times_s, scene.blinks(rng, times_s, 15.0))
        mood = np.clip(1.0 + 0.25 * scene.smooth_walk(rng, times_s, 0.1, 1.0), 0.0, None) * strength
        talk = np.clip(0.15 * scene.smooth_walk(rng, times_s, 0.2, 2.0), 0.0, 1.0)
        lift = 0.25 * scene.smooth_walk(rng, times_s, 0.1, 0.6)
        for k, pose in enumerate(poses.tolist()):
            smile = min(self._resting_smile + manner.smile + self._smile * mood[k], 1.3)
            brows = min(max(lift[k] + manner.brows + self._brows * mood[k], -0.6), 1.2)
            state = Expression(
                smile, talk[k] + 0.12 * max(smile, 0.0), brows, 0.0, (1.0 - 0.1 * smile) * (1.0 - closed[k])
            )
            frame = expose(
                self._renderer.render(Pose(*pose), state),
                self._field,
                light[k],
                -pulse * bvp[k] * BLOOD,
                shine=0.05,
                noise=1.5,
                rng=rng,
            )
            frames[k] = np.moveaxis(frame, -1, 0)
        first, last = np.interp(times_s[[0, -1]], phase_times_s, phase)
        return 60.0 * (last - first) / (times_s[-1] - times_s[0])
