"""
How does skin in a video tell the pulse?
========================================

Blood takes light away: with every beat skin grows darker by a few levels in a thousand, most of all in green. The film
here is drawn, so that the pulse in it is known: :class:`~physiofer.datasets.synthetic_face.SyntheticFace`. With a film
of your own, :func:`~physiofer.film.read_face_video` takes the place of the first step.
"""

import matplotlib.pyplot as plt
import numpy as np

from physiofer.datasets.synthetic_face import SyntheticFace
from physiofer.film import film_streams
from physiofer.io.frames import frame_of_rgb
from physiofer.remote_pulse import remote_pulse

# %%
# Fifteen seconds of a moving face at 72 bpm. Frames pass by one at a time: the face is followed, and of each frame only
# the mean colours of forehead, cheeks and background are kept.
face = SyntheticFace(15.0, bpm=72.0, rate=20.0, seed=1)
frames = (frame_of_rgb(image, order="rgb", index=k, time_s=time_s) for k, (time_s, image) in enumerate(face))
streams = film_streams(frames)
found = remote_pulse(streams["rgb"], method="pos")
print(f"{found.bpm:.1f} bpm read, {face.truth.mean_bpm(0.5, 14.5):.1f} bpm true")

# %%
# The colours of a cheek hold the light and the movement of the head as well. POS projects them onto a plane in which
# both nearly vanish, and the pulse remains.
rgb = streams["rgb"]
cheek = rgb.values[rgb.channels.index("left_cheek_r") :][:3]
figure, (colours, wave, spectrum) = plt.subplots(3, figsize=(8, 7), layout="constrained")
for series, colour in zip(cheek, ("tab:red", "tab:green", "tab:blue"), strict=True):
    colours.plot(rgb.times_s, 100 * (series / np.nanmean(series) - 1), color=colour)
colours.set(ylabel="cheek, % of its mean", xlabel="time (s)")
wave.plot(found.times_s, found.bvp, label="read")
wave.plot(face.truth.times_s, 2 * face.truth.bvp / face.truth.bvp.std() - 6, color="0.6", label="true")
wave.set(ylabel="pulse wave", xlabel="time (s)", yticks=[])
wave.legend(loc="upper right")

# %%
# The rate is where the spectrum is highest.
clean = np.nan_to_num(found.bvp) * np.hanning(found.bvp.size)
power = np.abs(np.fft.rfft(clean, 8192)) ** 2
bpm = 60 * np.fft.rfftfreq(8192, 1 / found.rate)
spectrum.plot(bpm, power / power.max())
spectrum.axvline(face.truth.mean_bpm(0.5, 14.5), color="0.6", linestyle="--", label="true rate")
spectrum.set(xlim=(40, 200), xlabel="bpm", ylabel="power", yticks=[])
spectrum.legend()
