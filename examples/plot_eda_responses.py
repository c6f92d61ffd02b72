"""
What does skin conductance do, and when?
========================================

Skin conductance is a slow level with responses on top. :func:`~physiofer.signals.eda.decompose` tells the two apart and
gives the sparse driver that would explain the responses; :func:`~physiofer.signals.eda.scr_peaks` measures them one by
one, against an absolute threshold in microsiemens: a quiet minute has no responses, whatever the largest of its
wiggles.

Set ``PHYSIOFER_DATA`` to a folder that holds the stress-predict corpus to see a real wrist; without it the person is
simulated.
"""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from physiofer.datasets.synthetic import simulate_person
from physiofer.io import read_empatica
from physiofer.signals.eda import clean_eda, decompose, scr_peaks

# %%
# Six minutes of somebody. What cannot be skin is missing: no contact, and falls that are too steep for sweat to dry.
person = Path(os.environ.get("PHYSIOFER_DATA", ""), "stress-predict", "S05")
recording = read_empatica(person) if person.is_dir() else simulate_person(0, seed=3, missing=False)[0]
eda = recording.of_kind("eda")
eda_us = clean_eda(eda.values[0], eda.rate)

# %%
# The whole recording is decomposed once, whatever is shown of it. Spline and drift make the level; the driver is the
# least activity of the nerve that leaves no more than noise.
parts = decompose(eda_us, eda.rate, scale_us=1.0)
responses = scr_peaks(eda_us, eda.rate)
shown = slice(int(600 * eda.rate), int(960 * eda.rate))
minutes = (eda.times_s[shown] - eda.start_s) / 60

figure, (level, activity, nerve) = plt.subplots(3, sharex=True, figsize=(8, 7), layout="constrained")
level.plot(minutes, eda_us[shown], color="0.6", linewidth=1, label="measured")
level.plot(minutes, parts.tonic[shown], color="tab:orange", label="tonic")
level.set(ylabel="conductance (µS)")
level.legend(loc="upper left")
activity.plot(minutes, parts.phasic[shown], color="tab:blue", linewidth=1, label="phasic")
here = responses[responses["peak_s"].between(600, 960)]
activity.vlines(here["peak_s"] / 60, 0, here["amplitude_us"], color="tab:red", linewidth=1, label="responses")
activity.set(ylabel="activity (µS)")
activity.legend(loc="upper left")
nerve.plot(minutes, parts.driver[shown], color="tab:green", linewidth=1)
nerve.set(xlabel="time (min)", ylabel="driver (µS/s)")

# %%
# Minute by minute: where responses come thick and fast they run into one another, and the driver says more than a
# count of peaks.
for minute in range(10, 16):
    inside = slice(int(60 * minute * eda.rate), int(60 * (minute + 1) * eda.rate))
    count = responses["peak_s"].between(60 * minute, 60 * (minute + 1)).sum()
    level_us, driver_us = np.nanmean(parts.tonic[inside]), np.nanmean(parts.driver[inside]) * 60
    print(f"minute {minute}: level {level_us:.2f} µS, {count} responses, driver {driver_us:.2f} µS")
plt.show()
