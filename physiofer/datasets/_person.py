"""A simulated person: the traits that differ from one to the next, and the organs that turn arousal into signals.

Every organ takes its own generator, the person's traits and the arousal at 4 Hz; it returns the signal that an ideal
sensor would see, before :mod:`physiofer.datasets.synthetic` rounds and breaks it. docs/synthetic.md has the equations.
"""

from dataclasses import dataclass

import numpy as np

from . import _physiology as physiology

BVP_RATE, ACCELERATION_RATE, SLOW_RATE = 64.0, 32.0, 4.0  # Hz, as the common wrist devices record
PHASE_RATE = 16.0  # Hz, grid on which the heart rate is integrated

NON_RESPONDERS = 0.18  # share of people without electrodermal responses


@dataclass(frozen=True)
class Traits:
    """What makes a person. A gain is per unit of arousal; gains, drifts and spreads called log multiply through exp."""

    reactivity: float  # arousal that a task costs this person
    resting_bpm: float
    heart_gain_bpm: float
    heart_wander_bpm: float
    breathing_hz: float
    breathing_gain: float  # log
    rsa_depth: float  # depths are shares of the heart rate
    vagal_gain: float  # log, loss of rsa_depth
    mayer_depth: float
    fractal_depth: float
    pulse_au: float
    vessel_gain: float  # log, loss of pulse height
    dicrotic: float  # height of the second wave over the first
    scl_us: float
    scl_gain: float  # log
    scl_drift: float  # log, over the session
    scr_per_min: float
    scr_gain: float  # log, on the rate
    scr_us: float  # median height
    scr_rise_s: float
    scr_decay_s: float
    temperature_degc: float
    temperature_gain_degc: float  # fall
    temperature_drift_degc: float  # over the session
    temperature_lag_s: float
    fidgets_per_min: float
    fidget_gain: float  # log, on the rate
    fidget_g: float  # median height
    artefact_per_g: float  # pulse heights per g of motion


def draw_traits(rng):
    """Draw a person; the order of the draws is part of the model."""

    def around(median, spread):  # log-normal
        return median * np.exp(spread * rng.standard_normal())

    responds = rng.random() >= NON_RESPONDERS
    traits = {
        "reactivity": np.clip(rng.normal(1.5, 0.5), 0.1, 2.8),
        "resting_bpm": np.clip(rng.normal(71.0, 8.5), 55.0, 90.0),
        "heart_gain_bpm": rng.normal(7.0, 4.5),
        "heart_wander_bpm": around(4.0, 0.3),
        "breathing_hz": np.clip(rng.normal(0.245, 0.035), 0.16, 0.33),
        "breathing_gain": rng.normal(0.08, 0.08),
        "rsa_depth": around(0.040, 0.40),
        "vagal_gain": rng.normal(0.45, 0.30),
        "mayer_depth": around(0.020, 0.35),
        "fractal_depth": around(0.020, 0.25),
        "pulse_au": around(90.0, 0.5),
        "vessel_gain": rng.normal(0.15, 0.15),
        "dicrotic": rng.uniform(0.15, 0.40),
        "scl_us": np.clip(around(1.5, 0.9), 0.3, 10.0),
        "scl_gain": rng.normal(0.15, 0.12) * responds,
        "scl_drift": rng.normal(0.1, 0.35),
        "scr_per_min": around(2.5 if responds else 0.8, 0.35),
        "scr_gain": rng.normal(1.1, 0.45) * responds,
        "scr_us": around(0.10 if responds else 0.01, 0.4),
        "scr_rise_s": around(0.75, 0.12),
        "scr_decay_s": rng.uniform(2.0, 4.0),
        "temperature_degc": rng.uniform(31.2, 34.8),
        "temperature_gain_degc": rng.normal(0.22, 0.22),
        "temperature_drift_degc": rng.normal(0.5, 0.6),
        "temperature_lag_s": around(70.0, 0.25),
        "fidgets_per_min": around(1.6, 0.5),
        "fidget_gain": rng.normal(0.2, 0.3),
        "fidget_g": around(0.08, 0.4),
        "artefact_per_g": around(15.0, 0.4),
    }
    traits["scr_us"] *= traits["scl_us"] ** 0.7  # a conductive skin responds in larger steps
    return Traits(**{name: float(value) for name, value in traits.items()})


def heart(rng, traits, arousal):
    """Mean heart rate in bpm at 4 Hz, and phases of the heart (beats) and of the breath (radians) at 16 Hz."""
    drive = physiology.first_order_lag(arousal, SLOW_RATE, tau_s=8.0)
    wander = physiology.ornstein_uhlenbeck(rng, arousal.size, SLOW_RATE, tau_s=120.0)
    mean_bpm = traits.resting_bpm + traits.heart_gain_bpm * drive + traits.heart_wander_bpm * wander
    mean_bpm = np.clip(mean_bpm, 42.0, 150.0)

    n_times = round(arousal.size * PHASE_RATE / SLOW_RATE) + 1  # up to the very end, so that every sample lies inside
    drive_fine = resample(drive, SLOW_RATE, n_times, PHASE_RATE)
    mean_fine = resample(mean_bpm, SLOW_RATE, n_times, PHASE_RATE)
    breathing_hz = traits.breathing_hz * np.exp(traits.breathing_gain * drive_fine)
    breath = physiology.oscillation(rng, breathing_hz, PHASE_RATE, jitter=0.08)
    mayer = physiology.oscillation(rng, np.full(n_times, 0.1), PHASE_RATE, jitter=0.15)
    fractal = physiology.pink_noise(rng, n_times, PHASE_RATE, low_hz=0.005)
    modulation = (
        traits.rsa_depth * np.exp(-traits.vagal_gain * drive_fine) * np.sin(breath)
        + traits.mayer_depth * np.sin(mayer)
        + traits.fractal_depth * fractal
    )
    rate_hz = mean_fine / 60.0 * (1.0 + np.clip(modulation, -0.4, 0.4))
    return mean_bpm, physiology.beat_phase(rate_hz, PHASE_RATE, first=rng.random()), breath


def pulse_wave(rng, traits, arousal, phase, breath, motion_g):
    """Pulse wave at 64 Hz in arbitrary units: beats, breathing, vessels, noise, and what motion adds to it."""
    n_times = round(arousal.size * BVP_RATE / SLOW_RATE)
    vessels = physiology.first_order_lag(arousal, SLOW_RATE, tau_s=15.0)
    tone = 0.25 * physiology.ornstein_uhlenbeck(rng, arousal.size, SLOW_RATE, tau_s=90.0) - traits.vessel_gain * vessels
    height = traits.pulse_au * resample(np.exp(tone), SLOW_RATE, n_times, BVP_RATE)
    breathing = resample(np.sin(breath), PHASE_RATE, n_times, BVP_RATE)
    beats = physiology.pulse_wave(resample(phase, PHASE_RATE, n_times, BVP_RATE), traits.dicrotic)
    noise = 0.02 * rng.standard_normal(n_times) + 0.08 * physiology.pink_noise(rng, n_times, BVP_RATE, low_hz=0.1)
    artefact = traits.artefact_per_g * resample(motion_g, ACCELERATION_RATE, n_times, BVP_RATE)
    return height * (beats * (1.0 + 0.08 * breathing) + 0.10 * breathing + noise) + traits.pulse_au * artefact


def skin(rng, traits, arousal, movement):
    """Skin conductance at 4 Hz in uS: tonic level, onsets and heights of the responses, and what a sensor sees."""
    n_times = arousal.size
    level = physiology.first_order_lag(arousal, SLOW_RATE, tau_s=20.0)
    wander = 0.10 * physiology.ornstein_uhlenbeck(rng, n_times, SLOW_RATE, tau_s=240.0)
    drift = traits.scl_drift * (np.arange(n_times) / n_times - 0.5)
    tonic_us = traits.scl_us * np.exp(traits.scl_gain * level + drift + wander)
    nerve = physiology.first_order_lag(arousal, SLOW_RATE, tau_s=3.0)
    rate_hz = np.minimum(traits.scr_per_min / 60.0 * np.exp(traits.scr_gain * nerve), 0.5)
    timing, sizes = rng.spawn(2)  # heights go by order, whatever the number of responses
    onsets_s = physiology.arrivals(timing, rate_hz, SLOW_RATE, regularity=0.2)
    heights_us = traits.scr_us * np.exp(0.6 * sizes.standard_normal(onsets_s.size))
    phasic_us = physiology.skin_responses(
        onsets_s, heights_us, n_times, SLOW_RATE, rise_s=traits.scr_rise_s, decay_s=traits.scr_decay_s
    )
    contact = 1.0 + 0.15 * movement * rng.standard_normal(n_times)
    eda_us = (tonic_us + phasic_us) * contact + 0.002 * rng.standard_normal(n_times)
    return tonic_us, onsets_s, heights_us, np.maximum(eda_us, 0.0)


def skin_temperature(rng, traits, arousal):
    """Skin temperature at 4 Hz in degC: the sensor warms up, the skin drifts, and arousal slowly cools it."""
    times_s = np.arange(arousal.size) / SLOW_RATE
    cooling = traits.temperature_gain_degc * physiology.first_order_lag(arousal, SLOW_RATE, traits.temperature_lag_s)
    wander = 0.12 * physiology.ornstein_uhlenbeck(rng, arousal.size, SLOW_RATE, tau_s=300.0)
    drift = traits.temperature_drift_degc * (times_s / times_s[-1] - 0.5)
    warming = -0.8 * np.exp(-times_s / 240.0)
    noise = 0.01 * rng.standard_normal(arousal.size)
    return traits.temperature_degc + drift + warming + wander - cooling + noise


def fidgets(rng, traits, arousal):
    """Onsets in s, durations in s and heights in g of the bursts of motion, hardly more of them under arousal."""
    rate_hz = traits.fidgets_per_min / 60.0 * np.exp(traits.fidget_gain * arousal)
    timing, durations, heights = rng.spawn(3)
    onsets_s = physiology.arrivals(timing, np.minimum(rate_hz, 0.25), SLOW_RATE)
    durations_s = np.clip(3.0 * np.exp(0.6 * durations.standard_normal(onsets_s.size)), 0.8, 15.0)
    return onsets_s, durations_s, traits.fidget_g * np.exp(0.5 * heights.standard_normal(onsets_s.size))


def acceleration(rng, bursts, n_times):
    """Acceleration in g of shape (3, n_times) at 32 Hz, and the motion along one axis that disturbs the pulse wave."""
    noise = 0.004 * rng.standard_normal((3, n_times))
    shaking = physiology.band_noise(rng, 3, n_times, ACCELERATION_RATE, low_hz=0.5, high_hz=5.0)
    shaking *= physiology.burst_envelope(*bursts, n_times, ACCELERATION_RATE)
    onsets_s = bursts[0]
    turns = np.vstack([rng.standard_normal(3), 0.12 * rng.standard_normal((onsets_s.size, 3))])  # one with each burst
    posture = np.searchsorted(onsets_s, np.arange(n_times) / ACCELERATION_RATE, side="right")
    attitude = physiology.first_order_lag(np.cumsum(turns, axis=0)[posture].T, ACCELERATION_RATE, tau_s=0.7)
    gravity = attitude / np.linalg.norm(attitude, axis=0)
    return gravity + shaking + noise, shaking[0]


def resample(signal, rate, n_times, new_rate):
    """Carry a slow signal linearly to another even grid that starts at the same time."""
    return np.interp(np.arange(n_times) / new_rate, np.arange(signal.size) / rate, signal)
