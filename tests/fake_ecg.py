"""An ECG whose beats are known: sums of Gaussian waves per beat (McSharry 2003), rhythms and noise of many kinds."""

import numpy as np

#: Waves of one beat: centre in s from the R wave, width (standard deviation) in s, height in mV. P comes first.
MORPHOLOGIES = {
    "normal": [
        (-0.17, 0.022, 0.12), (-0.028, 0.009, -0.1), (0.0, 0.0105, 1.0),
        (0.027, 0.010, -0.22), (0.28, 0.045, 0.28),
    ],
    "narrow": [
        (-0.14, 0.018, 0.1), (-0.016, 0.005, -0.1), (0.0, 0.0060, 1.2),
        (0.015, 0.0055, -0.3), (0.24, 0.040, 0.3),
    ],
    "deep_s": [(-0.17, 0.022, 0.1), (0.0, 0.009, 0.35), (0.030, 0.012, -1.1), (0.30, 0.050, 0.35)],
    "small": [
        (-0.17, 0.022, 0.08), (-0.025, 0.009, -0.05), (0.0, 0.011, 0.32),
        (0.028, 0.010, -0.1), (0.28, 0.045, 0.12),
    ],
    "tall_t": [(-0.17, 0.022, 0.1), (-0.028, 0.009, -0.1), (0.0, 0.011, 0.8), (0.027, 0.010, -0.3), (0.29, 0.050, 1.1)],
    "bundle_block": [(-0.19, 0.022, 0.1), (0.0, 0.022, 0.8), (0.055, 0.026, 0.7), (0.32, 0.055, -0.4)],
    "fibrillating": [(-0.028, 0.009, -0.1), (0.0, 0.0105, 0.9), (0.027, 0.010, -0.25), (0.28, 0.045, 0.15)],
    "ventricular": [(-0.035, 0.018, 0.15), (0.0, 0.032, 1.7), (0.085, 0.035, -0.6), (0.30, 0.065, -0.6)],
    "ventricular_down": [(-0.06, 0.022, 0.5), (0.0, 0.034, -1.5), (0.10, 0.04, 0.35), (0.32, 0.065, 0.6)],
    "tall_p": [
        (-0.16, 0.020, 0.28), (-0.028, 0.009, -0.05), (0.0, 0.012, 0.5),
        (0.03, 0.012, -0.35), (0.28, 0.05, 0.15),
    ],
    "peaked_t": [(-0.17, 0.022, 0.05), (0.0, 0.012, 0.7), (0.03, 0.012, -0.4), (0.26, 0.038, 0.9)],
    "notched": [
        (-0.19, 0.022, 0.1), (-0.02, 0.012, 0.5), (0.035, 0.010, -0.5),
        (0.075, 0.014, 0.6), (0.32, 0.05, -0.2),
    ],
    "small_s": [(-0.17, 0.022, 0.08), (0.0, 0.010, 0.2), (0.030, 0.011, -0.26), (0.28, 0.045, 0.1)],
    "ventricular_huge": [(-0.06, 0.02, 0.4), (0.0, 0.034, -3.2), (0.10, 0.04, 1.2), (0.32, 0.065, 1.5)],
    "p_alone": [(-0.17, 0.022, 0.15)],
    "paced": [(0.0, 0.034, -1.1), (0.09, 0.04, 0.2), (0.32, 0.06, 0.5)],
}  # fmt: skip


def _wave_scale(rr_s):
    """How P and T move towards the QRS complex with the heart rate (Bazett)."""
    return np.sqrt(np.clip(rr_s, 0.2, 1.2) / 0.9)


def beat_shape(kind, times_s, rr_s=0.9):
    """Voltage of one beat in mV at times relative to its nominal R wave."""
    scale = _wave_scale(rr_s)
    shape = np.zeros_like(times_s)
    for centre_s, width_s, height in MORPHOLOGIES[kind]:
        is_qrs = abs(centre_s) < 0.13
        centre_s, width_s = (centre_s, width_s) if is_qrs else (centre_s * scale, width_s * min(scale, 1.0))
        shape += height * np.exp(-0.5 * ((times_s - centre_s) / width_s) ** 2)
    return shape


def fiducial_s(kind):
    """Time of the largest deflection of a beat's QRS complex from its nominal R wave."""
    fine_s = np.arange(-0.12, 0.12, 1e-5)
    return fine_s[np.argmax(np.abs(beat_shape(kind, fine_s)))]


def rhythm_beats(name, duration_s, rng, heart_rate_bpm=70.0, kind="normal"):
    """Nominal beat times in s and the morphology of each beat."""
    rr_s = 60.0 / heart_rate_bpm
    n = int(1.6 * duration_s / rr_s) + 20
    breathing = 1.0 + 0.04 * np.sin(2 * np.pi * 0.25 * rr_s * np.arange(n)) + 0.015 * rng.standard_normal(n)
    intervals, kinds = rr_s * breathing, np.full(n, kind, dtype=object)
    if name == "fibrillation":
        intervals = rr_s * np.clip(rng.gamma(14.0, 1 / 14.0, n), 0.45, 2.2)
        kinds[:] = "fibrillating"
    elif name == "flutter":  # the atria at 280 a minute, two to five of theirs to one of the ventricles
        intervals = 60.0 / 280 * rng.choice([2, 3, 4, 5], p=[0.4, 0.15, 0.4, 0.05], size=n)
        kinds[:] = "fibrillating"
    elif name in ("ectopics", "bigeminy", "ectopic_runs", "ectopics_down"):
        ectopic = "ventricular_down" if name == "ectopics_down" else "ventricular"
        if name == "bigeminy":
            is_early = np.arange(n) % 2 == 1
        else:
            is_early = rng.random(n) < 0.12
        if name == "ectopic_runs":
            for start in np.flatnonzero(rng.random(n) < 0.02):
                is_early[start : start + rng.integers(3, 8)] = True
        early = np.flatnonzero(is_early[1:]) + 1
        kinds[early] = ectopic
        intervals[early - 1] *= rng.uniform(0.5, 0.72, early.size)
        last = early[~is_early[np.minimum(early + 1, n - 1)]]
        intervals[last] *= 1.35
    elif name == "ventricular_run":
        kinds[(np.arange(n) % 40) >= 20] = "ventricular"
        intervals[(np.arange(n) % 40) >= 20] = 60.0 / 185
    elif name == "huge_ectopics":
        early = np.flatnonzero(rng.random(n - 1) < 0.15) + 1
        kinds[early] = "ventricular_huge"
        intervals[early - 1] *= 0.62
        intervals[early] *= 1.35
    elif name == "pauses":
        intervals[rng.random(n) < 0.04] *= rng.uniform(2.5, 5.0)
    elif name == "atrial_ectopics":
        early = np.flatnonzero(rng.random(n) < 0.1)
        intervals[early] *= 0.62
        intervals[np.minimum(early + 1, n - 1)] *= 1.2
    elif name == "exercise":
        intervals = 60.0 / np.linspace(60.0, 190.0, n) * breathing
    beats_s = 0.35 + np.cumsum(intervals) - intervals[0]
    inside = beats_s < duration_s - 0.35
    return beats_s[inside], kinds[inside]


def ecg_of(beats_s, kinds, rate, duration_s, rng, *, amplitudes=None, jitter=0.04):
    """Clean ECG in mV, and the true time of each beat's largest deflection."""
    n_times = int(round(duration_s * rate))
    ecg = np.zeros(n_times)
    offsets = {kind: fiducial_s(kind) for kind in set(kinds)}
    intervals = np.diff(beats_s, append=beats_s[-1] + 0.9) if len(beats_s) else np.empty(0)
    heights = np.ones(len(beats_s)) if amplitudes is None else np.asarray(amplitudes)
    heights = heights * (1.0 + jitter * rng.standard_normal(len(beats_s)))
    for beat_s, kind, rr_s, height in zip(beats_s, kinds, intervals, heights, strict=True):
        first = max(int((beat_s - 0.5) * rate), 0)
        last = min(int((beat_s + 0.75) * rate) + 1, n_times)
        ecg[first:last] += height * beat_shape(kind, np.arange(first, last) / rate - beat_s, rr_s)
    return ecg, np.asarray(beats_s) + np.array([offsets[kind] for kind in kinds])


def coloured(rng, n_times, rate, low_hz, high_hz, slope=0.0):
    """Noise of unit standard deviation between two frequencies, its power falling as f**-slope."""
    hz = np.fft.rfftfreq(n_times, 1 / rate)
    gain = np.where((hz >= low_hz) & (hz <= min(high_hz, 0.5 * rate)), np.maximum(hz, 0.05) ** (-0.5 * slope), 0.0)
    noise = np.fft.irfft(gain * np.fft.rfft(rng.standard_normal(n_times)), n_times)
    return noise / max(noise.std(), 1e-12)


def bursts(rng, n_times, rate, share=0.15, length_s=4.0):
    """Envelope that is 1 in bursts and 0.1 elsewhere, with soft flanks."""
    envelope = np.full(n_times, 0.1)
    for _ in range(max(int(share * n_times / rate / length_s), 1)):
        start = int(rng.uniform(0, max(n_times - length_s * rate, 1)))
        envelope[start : start + int(length_s * rng.uniform(0.5, 1.5) * rate)] = 1.0
    width = max(int(0.2 * rate), 1)
    return np.convolve(envelope, np.ones(width) / width, mode="same")


def wander(rng, n_times, rate, size=1.0):
    """Baseline moving with breath and electrode, below 0.5 Hz."""
    return size * coloured(rng, n_times, rate, 0.05, 0.5, slope=1.0)


def hum(rng, n_times, rate, size=0.2, mains_hz=50.0):
    """Mains with its third harmonic."""
    times_s = np.arange(n_times) / rate
    phase = rng.uniform(0.0, 2 * np.pi)
    return size * (np.sin(2 * np.pi * mains_hz * times_s + phase) + 0.3 * np.sin(6 * np.pi * mains_hz * times_s))


def muscle(rng, n_times, rate, size=0.1):
    """Noise of muscles: broad, above 15 Hz, strong in bursts."""
    return size * coloured(rng, n_times, rate, 15.0, 150.0) * bursts(rng, n_times, rate, share=0.3)


def electrode(rng, n_times, rate, size=0.3):
    """Motion of electrodes: what looks most like an ECG, falling from 1 Hz on, in bursts."""
    return size * coloured(rng, n_times, rate, 1.0, 40.0, slope=2.0) * bursts(rng, n_times, rate, share=0.2)


def jumps(rng, n_times, rate, size=1.0, every_s=25.0):
    """Steps of the baseline that decay within a second or so."""
    baseline = np.zeros(n_times)
    for start in np.flatnonzero(rng.random(n_times) < 1.0 / (every_s * rate)):
        since_s = np.arange(n_times - start) / rate
        baseline[start:] += size * rng.uniform(-2, 2) * np.exp(-since_s / rng.uniform(0.3, 1.5))
    return baseline


def spikes(beats_s, n_times, rate, size=2.0, before_s=0.06, width_s=0.002):
    """Stimuli of a pacemaker shortly before each beat, blurred by the recorder's low-pass of some 150 Hz."""
    times_s = np.arange(n_times) / rate
    train = np.zeros(n_times)
    for beat_s in beats_s:
        near = slice(max(int((beat_s - before_s - 0.02) * rate), 0), int((beat_s - before_s + 0.02) * rate) + 1)
        train[near] += size * np.exp(-0.5 * ((times_s[near] - beat_s + before_s) / width_s) ** 2)
    return train


_NOISES = {
    "wander": wander,
    "hum": hum,
    "muscle": muscle,
    "electrode": electrode,
    "jumps": jumps,
    "white": lambda rng, n_times, rate, size: size * rng.standard_normal(n_times),
    "emg": lambda rng, n_times, rate, size: size * coloured(rng, n_times, rate, 15.0, 150.0),
    "motion": lambda rng, n_times, rate, size: size * coloured(rng, n_times, rate, 1.0, 40.0, slope=2.0),
    "f_waves": lambda rng, n_times, rate, size: size * coloured(rng, n_times, rate, 4.0, 9.0),
    "sway": lambda rng, n_times, rate, size: size * coloured(rng, n_times, rate, 0.1, 1.2, slope=0.5),
}

_HOME = {"wander": 0.5, "hum": 0.05, "white": 0.02}  # what every recording has
_RESTLESS = {**_HOME, "emg": 0.12, "motion": 0.12}

#: Recordings by name: keyword arguments of :func:`simulate`.
CONDITIONS = {
    **{f"{bpm} bpm": {"heart_rate_bpm": bpm} for bpm in (25, 40, 70, 120, 180, 250)},
    **{f"{rate} Hz": {"rate": float(rate)} for rate in (25, 50, 64, 100, 128, 360, 500, 1000, 2000)},
    **{name.replace("_", " "): {"kind": name} for name in ("narrow", "deep_s", "small", "small_s", "tall_t", "tall_p")},
    **{name.replace("_", " "): {"kind": name} for name in ("peaked_t", "notched", "bundle_block", "paced")},
    "paced, stimuli seen": {"kind": "paced", "stimuli": 3.0},
    "tall t, 130 bpm": {"kind": "tall_t", "heart_rate_bpm": 130},
    "inverted lead": {"scale": -1.0},
    **{
        name.replace("_", " "): {"rhythm": name}
        for name in (
            "fibrillation", "flutter", "ectopics", "ectopics_down", "bigeminy", "ectopic_runs", "ventricular_run",
            "pauses", "atrial_ectopics", "exercise",
        )
    },
    "huge ectopics, small beats": {"rhythm": "huge_ectopics", "kind": "small"},
    "inverted ectopics": {"rhythm": "ectopics", "scale": -1.0},
    "fibrillation, f waves": {"rhythm": "fibrillation", "heart_rate_bpm": 100, "noise": {**_HOME, "f_waves": 0.08}},
    **{
        f"{name.replace('_', ' ')}, restless": {"rhythm": name, "noise": _RESTLESS}
        for name in ("fibrillation", "ectopics", "bigeminy", "ectopic_runs", "pauses", "exercise")
    },
    "100 Hz, restless": {"rate": 100.0, "noise": _RESTLESS},
    "muscle 0.2 mV": {"noise": {**_HOME, "emg": 0.2}},
    "muscle 0.4 mV": {"noise": {**_HOME, "emg": 0.4}},
    "muscle bursts 0.6 mV": {"noise": {**_HOME, "muscle": 0.6}},
    "white 0.2 mV": {"noise": {**_HOME, "white": 0.2}},
    "white 0.4 mV": {"noise": {**_HOME, "white": 0.4}},
    "motion 0.2 mV": {"noise": {**_HOME, "motion": 0.2}},
    "motion 0.5 mV": {"noise": {**_HOME, "motion": 0.5}},
    "motion bursts 0.6 mV": {"noise": {**_HOME, "electrode": 0.6}},
    "motion bursts 1 mV": {"noise": {**_HOME, "electrode": 1.0}},
    "mains 0.5 mV": {"noise": {"hum": 0.5, "white": 0.02}},
    "wander 3 mV": {"noise": {"wander": 3.0, "white": 0.02}},
    "fast wander 3 mV": {"noise": {"sway": 3.0, "white": 0.02}},
    "jumps of 2 mV": {"noise": {**_HOME, "jumps": 2.0}},
    "a fifth of the height": {"fading": (1.0, 0.2)},
    "missing samples, 10 %": {"dropped": 0.1},
}  # fmt: skip


def simulate(
    seed=0, *, rate=250.0, duration_s=60.0, rhythm="sinus", heart_rate_bpm=70.0, kind="normal", noise=None, scale=1.0,
    stimuli=0.0, fading=None, dropped=0.0,
):  # fmt: skip
    """ECG in mV and true times of the beats in s.

    `fading` has the height of beats in the even and odd half minutes; `stimuli` is the height of a pacemaker's, 60 ms
    before each beat; `dropped` the share of samples lost.
    """
    rng = np.random.default_rng([seed, *f"{rhythm}{kind}{rate}{heart_rate_bpm}".encode()])
    nominal_s, kinds = rhythm_beats(rhythm, duration_s, rng, heart_rate_bpm, kind)
    heights = None if fading is None else np.where(nominal_s % 60 < 30, *fading)
    fine = 8 if rate < 110 else 1  # slow recorders filter before they sample
    ecg, beats_s = ecg_of(nominal_s, kinds, fine * rate, duration_s, rng, amplitudes=heights)
    if fine > 1:
        lags_s = np.arange(-8 * fine, 8 * fine + 1) / (fine * rate)
        weights = np.sinc(0.84 * rate * lags_s) * np.hanning(lags_s.size + 2)[1:-1]
        padded = np.pad(ecg, 8 * fine, mode="edge")
        ecg = np.convolve(padded, weights / weights.sum(), mode="valid")[::fine]
    for name, size in (_HOME if noise is None else noise).items():
        ecg = ecg + _NOISES[name](rng, ecg.size, rate, size)
    if stimuli:
        ecg = ecg + spikes(nominal_s, ecg.size, rate, stimuli)
    ecg[rng.random(ecg.size) < dropped] = np.nan
    return scale * ecg, beats_s


def score(found_s, true_s, tolerance_s=0.15):
    """F1 of found against true beats, each matched once with the nearest, and the shifts of the matched in s."""
    found_s, true_s = np.sort(found_s), np.sort(true_s)
    i = k = 0
    shifts = []
    while i < found_s.size and k < true_s.size:
        gap = found_s[i] - true_s[k]
        if abs(gap) <= tolerance_s:
            if i + 1 < found_s.size and abs(found_s[i + 1] - true_s[k]) < abs(gap):
                i += 1  # the next one is nearer: this one is extra
                continue
            shifts.append(gap)
            i, k = i + 1, k + 1
        elif gap < 0:
            i += 1
        else:
            k += 1
    n_matched = len(shifts)
    total = found_s.size + true_s.size
    return (2.0 * n_matched / total if total else 1.0), np.array(shifts)
