"""
Can the heart tell how fast somebody breathes?
==============================================

A belt round the chest sees breathing; so, less directly, do the beats of an ECG or a pulse wave, whose intervals,
heights and baseline move with it. :func:`~physiofer.signals.respiration.breaths` finds the breaths of a belt,
:func:`~physiofer.signals.respiration.respiration_from_beats` estimates their rate from beats and says how far it can be
trusted.

Set ``PHYSIOFER_DATA`` to the folder that holds NeuroKit's ``physio/bio_resting_5min_100hz.csv`` to see five minutes of
a resting person; without it they are simulated.
"""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from physiofer.features import RespirationFeatures
from physiofer.recording import Stream
from physiofer.signals.cardiac import nn_intervals, pulse_beats
from physiofer.signals.respiration import beat_baseline, breaths, respiration_waveform

# %%
# Belt and finger pulse, and an ECG if there is one, at 100 Hz. In the simulation breathing quickens the heart and lifts
# the pulse.
rate = 100.0
path = Path(os.environ.get("PHYSIOFER_DATA", ""), "physio", "bio_resting_5min_100hz.csv")
if path.is_file():
    table = pd.read_csv(path)
    waves = {"respiration": table["RSP"], "bvp": table["PPG"], "ecg": table["ECG"]}
else:
    rng = np.random.default_rng(0)
    times_s = np.arange(0, 300, 1 / rate)
    phase = 2 * np.pi * np.cumsum(0.25 + 0.05 * np.sin(2 * np.pi * times_s / 120)) / rate
    beat = np.cumsum(1.1 + 0.06 * np.sin(phase) + 0.05 * np.sin(2 * np.pi * 0.1 * times_s)) / rate % 1
    pulse = (1 + 0.1 * np.sin(phase)) * np.exp(-0.5 * ((beat - 0.3) / 0.1) ** 2) + 0.1 * np.sin(phase - 0.5)
    noise = 0.02 * rng.standard_normal((2, times_s.size))
    waves = {"respiration": np.sin(phase) + noise[0], "bvp": pulse + noise[1]}
streams = {kind: Stream.regular(np.asarray(wave), rate, kind=kind) for kind, wave in waves.items()}

# %%
# The rate of each minute, every ten seconds, from each sensor.
starts_s = np.arange(0.0, streams["bvp"].stop_s - 60.0 + 1e-9, 10.0)
transformer = RespirationFeatures()
features = {
    kind: pd.DataFrame(transformer.transform_stream(stream, starts_s, 60.0), columns=transformer.feature_names)
    for kind, stream in streams.items()
}
counted = features["respiration"]["rate_mean_per_min"]
for kind in list(features)[1:]:
    apart = (features[kind]["rate_spectral_per_min"] - counted).abs()
    print(f"{kind}: {apart.mean():.1f} breaths/min from the belt on average, no rate in {apart.isna().mean():.0%}")

# %%
# The waveform that the beats of the pulse agree on, below the belt with its breaths, and the rates.
wave, pulse = streams["respiration"].values[0], streams["bvp"].values[0]
found = breaths(wave, rate)
beats_s, quality, amplitude = pulse_beats(pulse, rate)
times_s, waveform = respiration_waveform(
    beats_s, nn_intervals(beats_s, quality), amplitude, beat_baseline(pulse, rate, beats_s)
)

figure, (chest, heart, rates) = plt.subplots(3, figsize=(8, 7), layout="constrained")
chest.plot(np.arange(wave.size) / rate, wave, color="0.6", linewidth=1)
for onset_s, inhale_s in zip(found.onset_s, found.inhale_s, strict=True):
    chest.axvspan(onset_s, onset_s + inhale_s, color="tab:blue", alpha=0.15, linewidth=0)
chest.set(ylabel="belt", title="breathing in is shaded")
heart.plot(times_s, waveform, color="tab:red", linewidth=1)
heart.set(ylabel="from the pulse", xlabel="time (s)")
for axes in (chest, heart):
    axes.set(xlim=(0, 90))
rates.plot(starts_s + 30, counted, "o-", color="0.4", label="belt, counted")
for kind, colour in [("bvp", "tab:red"), ("ecg", "tab:green")]:
    if kind in features:
        trusted = 20 + 60 * features[kind]["quality"]
        rates.scatter(starts_s + 30, features[kind]["rate_spectral_per_min"], trusted, color=colour, label=kind)
rates.set(xlabel="middle of the minute (s)", ylabel="breaths per minute", title="larger dots: better quality")
rates.legend()
plt.show()
