"""
Which beats of a pulse wave can be trusted?
===========================================

A finger or a wrist moves, and a movement looks like a beat. :func:`~physiofer.signals.cardiac.pulse_beats` finds the
beats and says how much each looks like the others; :func:`~physiofer.signals.cardiac.nn_intervals` keeps the intervals
between neighbouring beats that can be trusted and puts NaN in the place of the rest, so that no difference between
intervals reaches across a rejected beat.
"""

import matplotlib.pyplot as plt
import numpy as np

from physiofer.datasets.synthetic import simulate_person
from physiofer.signals.cardiac import hrv_time, nn_intervals, pulse_beats

# %%
# A simulated person, so that the true beats are known. A movement shakes the sensor now and then.
recording, truth = simulate_person(1, seed=3, missing=False)
bvp = recording.streams["bvp"]
beats = pulse_beats(bvp.values[0], bvp.rate)
rr_ms = nn_intervals(beats.beats_s, beats.quality)
print(f"{beats.beats_s.size} beats found, {truth.beats_s.size} true; {np.isfinite(rr_ms).mean():.1%} intervals kept")

# %%
# A stretch with a movement. Beats below the quality of 0.7 are drawn as crosses; the intervals next to them are gone
# from the lower panel, while the true intervals go on (grey).
inner = (beats.beats_s > 60.0) & (beats.beats_s < bvp.stop_s - 60.0)
start_s = beats.beats_s[inner][np.argmin(beats.quality[inner])] - 12.0
part = bvp.crop(start_s, start_s + 24.0)
is_good = beats.quality >= 0.7

figure, (wave, intervals) = plt.subplots(2, sharex=True, figsize=(8, 5), layout="constrained")
wave.plot(part.times_s, part.values[0], color="0.6", linewidth=1)
heights = np.interp(beats.beats_s, bvp.times_s, bvp.values[0])
for kept, marker, colour, name in [(is_good, "o", "tab:blue", "good"), (~is_good, "x", "tab:red", "not trusted")]:
    wave.plot(beats.beats_s[kept], heights[kept], marker, color=colour, label=name)
wave.set(ylabel="pulse wave (a.u.)", xlim=(start_s, start_s + 24.0))
wave.legend(loc="upper right")
intervals.plot(truth.beats_s[1:], 1000 * np.diff(truth.beats_s), color="0.7", linewidth=4, label="true")
intervals.plot(beats.beats_s[1:], rr_ms, ".-", color="tab:blue", label="kept")
intervals.set(xlabel="time (s)", ylabel="interval (ms)", ylim=(400, 1300))
intervals.legend(loc="upper right")

# %%
# What it is good for: without rejection a few false beats swamp the beat-to-beat variability.
raw_ms = 1000 * np.diff(beats.beats_s)
for name, series in {"all": raw_ms, "kept": rr_ms, "true": 1000 * np.diff(truth.beats_s)}.items():
    indices = hrv_time(series)
    print(f"{name:5} mean {indices['mean_nn_ms']:6.1f} ms   RMSSD {indices['rmssd_ms']:5.1f} ms")
plt.show()
