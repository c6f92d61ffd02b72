"""
What does skin conductance do, and when?
========================================

Skin conductance is a slow level with responses on top. :func:`~physiofer.signals.eda.decompose` separates the two,
:func:`~physiofer.signals.eda.scr_peaks` measures the responses one by one, against an absolute threshold in
microsiemens: a quiet minute has no responses, whatever the largest of its wiggles.
"""

import matplotlib.pyplot as plt

from physiofer.datasets.synthetic import simulate_person
from physiofer.signals.eda import clean_eda, decompose, scr_peaks

# %%
# A simulated person rests and works in turn (shaded).
recording, truth = simulate_person(0, seed=3, missing=False)
eda = recording.streams["eda"]
eda_us = clean_eda(eda.values[0])
tonic, phasic = decompose(eda_us, eda.rate)
responses = scr_peaks(eda_us, eda.rate)

figure, (level, activity) = plt.subplots(2, sharex=True, figsize=(8, 5), layout="constrained")
level.plot(eda.times_s, eda_us, color="0.6", linewidth=1, label="measured")
level.plot(eda.times_s, tonic, color="tab:orange", label="tonic")
level.set(ylabel="conductance (µS)")
level.legend(loc="upper left")
activity.plot(eda.times_s, phasic, color="tab:blue", linewidth=1)
activity.vlines(responses["peak_s"], 0, responses["amplitude_us"], color="tab:red", linewidth=1, label="responses")
activity.set(xlabel="time (s)", ylabel="phasic activity (µS)")
activity.legend(loc="upper left")
for event in recording.events.itertuples():
    if event.stress:
        for axes in (level, activity):
            axes.axvspan(event.onset_s, event.onset_s + event.duration_s, color="0.9", zorder=0)

# %%
# Responses per minute in each trial, with what the simulation put there. Where they come thick and fast they run into
# one another: a count of peaks is then too low, and the level or the phasic area says more.
for event in recording.events.itertuples():
    stop_s = event.onset_s + event.duration_s
    found = responses["peak_s"].between(event.onset_s, stop_s).sum() / (event.duration_s / 60)
    true = ((truth.scr_onsets_s >= event.onset_s) & (truth.scr_onsets_s < stop_s)).sum() / (event.duration_s / 60)
    print(f"{event.trial} {'task' if event.stress else 'rest'}: {found:4.1f} per minute found, {true:4.1f} simulated")
plt.show()
