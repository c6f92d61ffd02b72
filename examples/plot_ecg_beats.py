"""
Do the beats sit on the R peaks?
================================

Variability of the heart is told in milliseconds, so a beat must not only be found but found in the right place.
:func:`~physiofer.signals.cardiac.ecg_beats` places it at the largest deflection of the ECG, between samples, and says
how much each beat looks like the others. Laid over one another by their times, all beats should have their peaks at
zero.

Set ``PHYSIOFER_DATA`` to the folder that holds NeuroKit's ``physio/bio_resting_5min_100hz.csv`` to see five minutes of
a resting person; without it they are simulated.
"""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from physiofer.signals.cardiac import ecg_beats

# %%
# An ECG at 100 Hz: no more than two samples on either side of an R wave. The simulated person moves every now and then,
# and so does the real one.
rate = 100.0
path = Path(os.environ.get("PHYSIOFER_DATA", ""), "physio", "bio_resting_5min_100hz.csv")
if path.is_file():
    ecg = pd.read_csv(path)["ECG"].to_numpy()
else:
    rng = np.random.default_rng(0)
    times_s = np.arange(0, 300, 1 / rate)
    true_s = np.cumsum(0.8 + 0.04 * np.sin(0.25 * 2 * np.pi * 0.8 * np.arange(374)))
    ecg = 0.02 * rng.standard_normal(times_s.size)
    for centre_s, width_s, height in [(-0.17, 0.025, 0.1), (0.0, 0.012, 1.0), (0.03, 0.012, -0.3), (0.28, 0.05, 0.25)]:
        nearest = np.abs(times_s[:, None] - true_s - centre_s).min(axis=1)
        ecg += height * np.exp(-0.5 * (nearest / width_s) ** 2)
    for start in (9000, 21000):
        ecg[start : start + 200] += np.convolve(rng.standard_normal(219), np.hanning(20), mode="valid")
beats = ecg_beats(ecg, rate)
is_good = beats.quality >= 0.7
print(f"{beats.beats_s.size} beats, {is_good.mean():.1%} of them good")

# %%
# Above, where the person moved: beats below a quality of 0.7 are crosses. Below, the good beats of all five minutes,
# laid over one another, each sample where it was relative to its beat. Samples are 10 ms apart, the peaks meet within
# two or so of zero.
worst_s = beats.beats_s[np.argmin(beats.quality)]
start_s = min(max(worst_s - 6.0, 0.0), ecg.size / rate - 12.0)
times_s = np.arange(ecg.size) / rate
figure, (stretch, overlay) = plt.subplots(2, figsize=(8, 6), layout="constrained")
stretch.plot(times_s, ecg, color="0.6", linewidth=1)
for kept, marker, colour, name in [(is_good, "o", "tab:blue", "good"), (~is_good, "x", "tab:red", "not trusted")]:
    stretch.plot(beats.beats_s[kept], np.interp(beats.beats_s[kept], times_s, ecg), marker, color=colour, label=name)
shown = (times_s >= start_s) & (times_s < start_s + 12.0)
stretch.set(xlabel="time (s)", ylabel="ECG (mV)", xlim=(start_s, start_s + 12.0))
stretch.set_ylim(ecg[shown].min() - 0.1 * np.ptp(ecg[shown]), ecg[shown].max() + 0.1 * np.ptp(ecg[shown]))
stretch.legend(loc="upper right")

lags = np.arange(-12, 13)
inside = is_good & (beats.beats_s > 0.2) & (beats.beats_s < times_s[-1] - 0.2)
nearest = np.rint(beats.beats_s[inside] * rate).astype(int)
lags_ms = 1000 * ((nearest[:, None] + lags) / rate - beats.beats_s[inside, None])
overlay.plot(lags_ms.ravel(), ecg[nearest[:, None] + lags].ravel(), ".", color="tab:blue", markersize=2)
overlay.axvline(0.0, color="0.5", linewidth=1)
overlay.set(xlabel="time from the beat (ms)", ylabel="ECG (mV)")

# %%
# The parabola through the highest sample of each beat and its neighbours, raw, says the same. What is left is noise,
# and the skew of the R wave, which is steeper towards S: smoothing moves its peak a little the other way.
at = nearest - 1 + np.argmax(ecg[nearest[:, None] + np.arange(-1, 2)], axis=1)
before, top, after = ecg[at - 1], ecg[at], ecg[at + 1]
peaks_s = (at + 0.5 * (before - after) / (before - 2 * top + after)) / rate
distance_ms = 1000 * np.median(np.abs(peaks_s - beats.beats_s[inside]))
print(f"median distance from the peaks of the samples: {distance_ms:.1f} ms")
plt.show()
