"""What happens before the camera over time: beats, motion, expressions, blinks, light, and when frames are taken.

Every function is pure: its randomness comes from the generator it is given. Motion and light are sums of sinusoids, so
that they are known at any time, whatever the frames.
"""

import dataclasses

import numpy as np

from . import _physiology as physiology
from ._face_drawing import EXPRESSIONS

PHASE_RATE = 50.0  # Hz, grid of the heart's phase
_MARGIN_S = 3.0  # the heart beats before the first frame and after the last
_RSA_DEPTH, _MAYER_DEPTH, _FRACTAL_DEPTH = 0.040, 0.020, 0.020  # shares of the heart rate, at variability 1
_TURN_S = 0.5  # from one expression to the next
_BLINK_S = 0.07  # half of the time for which lids are more than about a third closed


def frame_times(rng, duration_s, rate, jitter, dropped):
    """Times in s of frames at a rate, each late or early by a share of the interval, some lost; the first stays."""
    times_s = np.arange(max(2, round(duration_s * rate))) / rate
    times_s[1:] += jitter / rate * rng.uniform(-0.5, 0.5, times_s.size - 1)
    kept = rng.random(times_s.size) >= dropped
    kept[[0, -1]] = True
    return times_s[kept]


def heart(rng, times_s, bpm, variability, breathing_hz):
    """Grid times in s and phase in beats of a heart whose rate breath, Mayer waves and fractal noise modulate."""
    first_s = times_s[0] - _MARGIN_S
    n_times = int((times_s[-1] + _MARGIN_S - first_s) * PHASE_RATE) + 2
    breath = physiology.oscillation(rng, np.full(n_times, breathing_hz), PHASE_RATE, jitter=0.05)
    mayer = physiology.oscillation(rng, np.full(n_times, 0.1), PHASE_RATE, jitter=0.15)
    fractal = physiology.pink_noise(rng, n_times, PHASE_RATE, low_hz=0.02)
    modulation = _RSA_DEPTH * np.sin(breath) + _MAYER_DEPTH * np.sin(mayer) + _FRACTAL_DEPTH * fractal
    rate_hz = bpm / 60.0 * (1.0 + np.clip(variability * modulation, -0.4, 0.4))
    phase = physiology.beat_phase(rate_hz, PHASE_RATE, first=rng.random())
    return first_s + np.arange(n_times) / PHASE_RATE, phase


def heart_from_beats(beats_s, times_s):
    """Times in s and phase in beats of a heart with given beats; beyond them it goes on at its outermost intervals."""
    before = int(max(0.0, beats_s[0] - times_s[0] + _MARGIN_S) / (beats_s[1] - beats_s[0])) + 1
    after = int(max(0.0, times_s[-1] - beats_s[-1] + _MARGIN_S) / (beats_s[-1] - beats_s[-2])) + 1
    early = beats_s[0] - (beats_s[1] - beats_s[0]) * np.arange(before, 0, -1)
    late = beats_s[-1] + (beats_s[-1] - beats_s[-2]) * np.arange(1, after + 1)
    whole = np.concatenate([early, beats_s, late])
    return whole, np.arange(whole.size) - float(before)


def smooth_walk(rng, times_s, low_hz, high_hz, n_waves=8):
    """A smooth course of unit variance: sinusoids of random frequency and phase, the slow ones the larger."""
    frequencies_hz = np.exp(rng.uniform(np.log(low_hz), np.log(high_hz), n_waves))
    phases = rng.uniform(0.0, 2.0 * np.pi, n_waves)
    heights = frequencies_hz**-0.5
    heights *= np.sqrt(2.0 / np.sum(heights**2))
    return heights @ np.sin(2.0 * np.pi * frequencies_hz[:, np.newaxis] * times_s + phases[:, np.newaxis])


def motion(rng, times_s, amount):
    """Pose (n_frames, 6) over time: x and y in half face widths, scale, roll, yaw and pitch in radians."""
    spreads = (0.09, 0.06, 0.015, np.deg2rad(1.5), np.deg2rad(3.0), np.deg2rad(2.5))
    courses = [amount * spread * smooth_walk(rng, times_s, 0.05, 0.5) for spread in spreads]
    courses[2] = np.exp(courses[2])
    return np.stack(courses, axis=1)


def lighting(rng, times_s, drift, colour_drift, flicker, flicker_hz):
    """Light (n_frames, 3) over time in R, G, B, 1 on average: brightness, warmth against cold, and flicker."""
    brightness = drift * smooth_walk(rng, times_s, 0.02, 0.2)
    warmth = colour_drift * smooth_walk(rng, times_s, 0.02, 0.2)
    mains = flicker * np.sin(2.0 * np.pi * (flicker_hz * times_s + rng.random()))
    level = np.exp(brightness)[:, np.newaxis] * (1.0 + mains)[:, np.newaxis]
    return level * np.exp(warmth[:, np.newaxis] * np.array([1.0, 0.0, -1.0]))


def blinks(rng, times_s, per_minute):
    """Times in s at which the lids are shut, never two within a second."""
    span_s = times_s[-1] - times_s[0]
    if per_minute <= 0.0:
        return np.empty(0)
    gaps_s = 1.0 + (60.0 / per_minute - 1.0) * rng.standard_exponential(int(span_s) + 2)
    shut_s = times_s[0] - 1.0 + np.cumsum(gaps_s)
    return shut_s[shut_s < times_s[-1]]


def closed_lids(times_s, blinks_s):
    """How far the lids are shut (n_frames,), from 0 to 1: flat at the bottom of a blink and exactly 0 in between."""
    if blinks_s.size == 0:
        return np.zeros(times_s.size)
    bounded = np.concatenate([[-np.inf], blinks_s, [np.inf]])
    after = np.searchsorted(bounded, times_s)
    near = np.minimum(times_s - bounded[after - 1], bounded[after] - times_s)
    closed = np.exp(-((near / _BLINK_S) ** 4))
    return np.where(closed < 1e-3, 0.0, closed)


def faces(times_s, changes, blinks_s):
    """Labels (n_frames,) and states of the features (n_frames, 5), from changes (time in s, label) and blinks."""
    onsets_s = np.array([onset_s for onset_s, _ in changes])
    names = np.array([name for _, name in changes])
    current = np.maximum(np.searchsorted(onsets_s, times_s, side="right") - 1, 0)
    targets = np.array([dataclasses.astuple(EXPRESSIONS[name]) for name in names])
    states = np.repeat(targets[:1], times_s.size, axis=0)
    for step, onset_s in enumerate(onsets_s[1:], start=1):
        turn = np.clip((times_s - onset_s) / _TURN_S, 0.0, 1.0)[:, np.newaxis]
        states += turn**2 * (3.0 - 2.0 * turn) * (targets[step] - targets[step - 1])
    states[:, 4] *= 1.0 - closed_lids(times_s, blinks_s)
    return names[current], states
