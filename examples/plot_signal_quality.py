"""
When can the pulse wave of a wrist be trusted?
==============================================

An optical sensor sees the wearer's movements as well as the pulse. Three grades of the same minute, each from 0 to 1,
look at it from three sides: does one rhythm hold the power (:func:`~physiofer.signals.quality.spectral_purity`), do the
beats resemble one another (:func:`~physiofer.signals.cardiac.pulse_beats`), and did the arm keep still
(:func:`~physiofer.signals.motion.moving_spans`)? They need not agree, but they fall together.

Set ``PHYSIOFER_DATA`` to a folder that holds the stress-predict corpus to see an hour of a real wrist; without it the
wrist is simulated.
"""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from physiofer.datasets.synthetic import simulate_person
from physiofer.io import read_empatica
from physiofer.signals.cardiac import pulse_beats
from physiofer.signals.motion import in_spans, moving_spans
from physiofer.signals.quality import present_share, spectral_purity
from physiofer.windows import cut

# %%
# A recording of a wrist: pulse wave at 64 Hz, acceleration at 32 Hz.
person = Path(os.environ.get("PHYSIOFER_DATA", ""), "stress-predict", "S05")
recording = read_empatica(person) if person.is_dir() else simulate_person(1, seed=3, missing=False)[0]
bvp, acceleration = recording.of_kind("bvp"), recording.of_kind("acceleration")

# %%
# Minute by minute: how much is there, how much of the power is one rhythm and its harmonic, and what share of the beats
# looks like the typical beat of the recording.
starts_s = np.arange(bvp.start_s, bvp.stop_s - 60.0, 30.0)
windows = cut(bvp, starts_s, 60.0)[:, 0]
purity = spectral_purity(windows, bvp.rate, 0.5, 5.0)

beats = pulse_beats(bvp.values[0], bvp.rate)
beats_s = bvp.start_s + beats.beats_s
trusted = np.array([np.mean(beats.quality[(beats_s >= s) & (beats_s < s + 60.0)] >= 0.7) for s in starts_s])

# %%
# Spans of movement, and the share of each minute outside them.
spans_s = moving_spans(acceleration.values, acceleration.rate, start_s=acceleration.start_s)
still = 1.0 - np.array([in_spans(np.linspace(s, s + 60.0, 600), spans_s).mean() for s in starts_s])
moves = in_spans(beats_s, spans_s)
print(f"{present_share(bvp.values[0]):.0%} of the samples are there; {spans_s.size // 2} spans of movement")
print(f"beats that can be trusted: {np.mean(beats.quality[~moves] >= 0.7):.0%} at rest, ", end="")
print(f"{np.mean(beats.quality[moves] >= 0.7):.0%} in movement")

# %%
# The cleanest and the worst ten seconds of pulse wave lie in the minutes of highest and lowest grade.
figure, panels = plt.subplot_mosaic([["grades", "grades"], ["best", "worst"]], figsize=(9, 5.5), layout="constrained")
minutes = (starts_s + 30.0 - bvp.start_s) / 60.0
for values, name in ((still, "share at rest"), (trusted, "share of good beats"), (purity, "spectral purity")):
    panels["grades"].plot(minutes, values, label=name)
panels["grades"].set(xlabel="time (min)", ylabel="grade of the minute", ylim=(0, 1.02))
panels["grades"].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
for panel, at in (("best", np.argmax(purity + trusted)), ("worst", np.argmin(purity + trusted))):
    part = bvp.crop(starts_s[at] + 25.0, starts_s[at] + 35.0)
    panels[panel].plot(part.times_s - part.start_s, part.values[0], color="0.4", linewidth=1)
    panels[panel].set(title=f"{panel}: minute {minutes[at]:.0f}, purity {purity[at]:.2f}", xlabel="time (s)")
    panels["grades"].axvline(minutes[at], color="0.8", zorder=0)
panels["best"].set_ylabel("pulse wave (a.u.)")
plt.show()
