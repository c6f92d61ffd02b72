"""
Where on the head is alpha, and how much of it?
===============================================

A band power means something only if it is the variance in the band, in µV². :func:`~physiofer.signals.eeg.band_power`
is: the powers of all bands add up to the variance that was recorded between their edges. Cleaned and drawn on the
head, they show whether a recording is what it should be: alpha at the back, muscles at the temples, eyes in front.

Set ``PHYSIOFER_DATA`` to the folder that holds EEGLAB's ``eeg/eeglab_data.set`` to see a person who watches a screen;
without it the head is simulated.
"""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import mne
import numpy as np

from physiofer.io import read_edf
from physiofer.recording import Stream
from physiofer.signals.eeg import BANDS, Cleaning, aperiodic, band_power, clean, power_spectrum

# %%
# 32 channels and four minutes at 128 Hz. A recording knows its channels and its unit; so does MNE, from which it comes
# and to which it goes.
path = Path(os.environ.get("PHYSIOFER_DATA", ""), "eeg", "eeglab_data.set")
montage = mne.channels.make_standard_montage("biosemi32")
if path.is_file():
    stream = read_edf(path).of_kind("eeg")
else:
    rng = np.random.default_rng(0)
    places = np.array(list(montage.get_positions()["ch_pos"].values()))
    noise = np.fft.rfft(rng.standard_normal((32, 128 * 60)))
    pink = np.fft.irfft(noise / np.sqrt(np.maximum(np.arange(noise.shape[1]), 1)), 128 * 60)
    alpha = np.sin(2 * np.pi * 10.2 * np.arange(128 * 60) / 128) * np.repeat(rng.uniform(0, 1, 60), 128)
    back = np.exp(-0.5 * np.sum((places - places[montage.ch_names.index("Oz")]) ** 2, axis=1) / 0.05**2)
    eeg = 10 * pink / pink.std() + 8 * np.outer(back, alpha)
    stream = Stream.regular(eeg, 128.0, channels=montage.ch_names, unit="uV", kind="eeg")
print(stream)

# %%
# One step of cleaning after another, each documented and each to be left out: band-pass, channels that are unlike the
# others, eyes by independent components, average reference.
cleaned = clean(stream.values, stream.rate, stream.channels, Cleaning(eyes="ica", bad_channels="keep"))
print(f"{cleaned.n_eye_components} components of the eyes were taken out")

# %%
# Welch's spectrum of every channel in black, their median in blue, and beneath the rhythms the line that falls with
# frequency; what stands above it is rhythm.
frequencies_hz, density = power_spectrum(cleaned.eeg, stream.rate, high_hz=45.0)
exponent, offset = aperiodic(frequencies_hz, np.median(density, axis=0), high_hz=40.0)
inside = frequencies_hz >= 1.0
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.loglog(frequencies_hz[inside], density[:, inside].T, color="0.75", lw=0.6)
axes.loglog(frequencies_hz[inside], np.median(density, axis=0)[inside], lw=2, label="median of the channels")
axes.loglog(frequencies_hz[inside], 10**offset / frequencies_hz[inside] ** exponent, "k--", lw=1,
            label=f"beneath the rhythms: 1/f$^{{{exponent:.2f}}}$")  # fmt: skip
for low_hz, _ in BANDS.values():
    axes.axvline(low_hz, color="0.85", lw=0.8, zorder=0)
axes.set(xlabel="frequency (Hz)", ylabel="density (µV²/Hz)")
axes.legend(frameon=False)

# %%
# The powers of five bands on the head, by MNE's plotting.
power = band_power(cleaned.eeg, stream.rate)
raw = Stream.regular(cleaned.eeg, stream.rate, channels=stream.channels, unit="uV", kind="eeg").to_mne()
known = mne.channels.make_standard_montage("easycap-M1")
places = {name.lower(): name for name in known.ch_names}
raw.pick([name for name in raw.ch_names if name.lower() in places])
raw.rename_channels({name: places[name.lower()] for name in raw.ch_names})
raw.set_montage(known)
chosen = [k for k, name in enumerate(stream.channels) if name.lower() in places]
figure, axes = plt.subplots(1, len(BANDS), figsize=(10, 3.2), layout="constrained")
for k, (axis, band) in enumerate(zip(axes, BANDS, strict=True)):
    image, _ = mne.viz.plot_topomap(power[chosen, k], raw.info, axes=axis, show=False, cmap="viridis")
    axis.set_title(f"{band}, {BANDS[band][0]:g}-{BANDS[band][1]:g} Hz", fontsize=10)
    figure.colorbar(image, ax=axis, location="bottom", shrink=0.8, label="µV²")
plt.show()
