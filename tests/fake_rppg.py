"""Colour traces of faces with a pulse that is known, for the tests of the remote pulse."""

import numpy as np

SKIN = np.array([[0.33], [0.77], [0.53]])  # relative pulsation of R, G and B
TONES = np.array([[200.0, 150.0, 125.0], [150.0, 105.0, 80.0], [90.0, 60.0, 45.0]])  # from light to dark


def heart_beats(rng, bpm, duration_s, *, rsa=0.03, breath_hz=0.25, jitter=0.01):
    """Beat times in s of a heart whose mean rate is `bpm` (a number, or a function of time), which breath moves."""
    mean = bpm if callable(bpm) else lambda _: bpm
    beats_s = [float(rng.uniform(0.0, 0.5)) - 2.0]
    while beats_s[-1] < duration_s + 2.0:
        t = beats_s[-1]
        share = 1.0 + rsa * np.sin(2 * np.pi * breath_hz * t) + jitter * rng.standard_normal()
        beats_s.append(t + 60.0 / mean(t) * share)
    return np.array(beats_s)


def pulse_wave(beats_s, times_s):
    """Blood volume with a fast rise, a dicrotic wave and a slow fall: each beat lasts as long as it takes."""
    phase = np.interp(times_s, beats_s, np.arange(beats_s.size)) % 1.0
    angle = 2 * np.pi * phase
    return -np.cos(angle - 0.6) - 0.35 * np.cos(2 * angle - 1.5) - 0.1 * np.cos(3 * angle - 2.0)


def drifting(rng, n_times, rate, low_hz, high_hz):
    """Noise of a band with deviation 1."""
    spectrum = np.fft.rfft(rng.standard_normal(n_times))
    hz = np.fft.rfftfreq(n_times, 1 / rate)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0.0
    noise = np.fft.irfft(spectrum, n_times)
    return noise / max(noise.std(), 1e-12)


def face(rng, bpm, *, rate=30.0, duration_s=30.0, n_regions=4, strength=0.004, noise=0.15, motion=0.01, light=0.01,
         tone=0, **heart):  # fmt: skip
    """Colours (n_regions, 3, n_times) of skin, those of a background (3, n_times), and the beat times in s.

    Blood takes light of all channels by `strength` times their pulsation; `motion` changes the brightness of each
    region (specularly in part: the light's colour, not the skin's), `light` that of everything, its colour a little.
    `noise` is that of the camera in grey levels, after averaging over pixels.
    """
    n_times = int(round(duration_s * rate))
    times_s = np.arange(n_times) / rate
    beats_s = heart_beats(rng, bpm, duration_s, **heart)
    blood = strength * pulse_wave(beats_s, times_s)
    lamp = 1.0 + light * drifting(rng, n_times, rate, 0.0, 1.5) * np.array([[1.0], [0.95], [0.9]])
    skin = TONES[tone % len(TONES)][:, np.newaxis]
    regions = []
    for _ in range(n_regions):
        shade = 1.0 + motion * drifting(rng, n_times, rate, 0.0, 2.5)
        gloss = 0.5 * motion * drifting(rng, n_times, rate, 0.0, 2.5) * np.array([[1.0], [1.0], [1.0]]) * 60.0
        share = rng.uniform(0.6, 1.2)
        clean = (skin * (1.0 - share * SKIN * blood) * shade + gloss) * lamp
        regions.append(clean + noise * rng.standard_normal((3, n_times)))
    background = 120.0 * lamp + noise * rng.standard_normal((3, n_times))
    inside = (beats_s >= 0.0) & (beats_s < duration_s)
    return np.array(regions), background, beats_s[inside]
