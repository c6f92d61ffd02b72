"""Signal models of the simulated wrist: noise, heart beats, pulse waves, skin responses and motion, on plain arrays.

Every function is pure: its randomness comes from the generator it is given, its arrays are regular at `rate` Hz. The
equations, parameters and their sources are set out in docs/synthetic.md.
"""

import numpy as np


def _signal():
    """SciPy's filters, imported when somebody is simulated: they are slow to import."""
    from scipy import signal

    return signal


def first_order_lag(signal, rate, tau_s):
    """Follow `signal` with the time constant `tau_s`: tau·y' = x − y, starting from rest at the first value."""
    keep = np.exp(-1.0 / (rate * tau_s))
    return _signal().lfilter([1.0 - keep], [1.0, -keep], signal, zi=keep * signal[..., :1])[0]


def ornstein_uhlenbeck(rng, n_times, rate, tau_s):
    """Stationary Gaussian noise of unit variance and correlation exp(−lag/tau): slow wandering with no aim."""
    keep = np.exp(-1.0 / (rate * tau_s))
    shocks = rng.standard_normal(n_times)
    shocks[1:] *= np.sqrt(1.0 - keep**2)  # the first shock is the stationary start
    return _signal().lfilter([1.0], [1.0, -keep], shocks)


def pink_noise(rng, n_times, rate, low_hz):
    """Gaussian noise of unit variance whose power falls as 1/f above `low_hz` and is flat below."""
    shape = 1.0 / np.sqrt(np.maximum(np.fft.rfftfreq(n_times, 1.0 / rate), low_hz))
    shape[0] = 0.0
    noise = np.fft.irfft(shape * np.fft.rfft(rng.standard_normal(n_times)), n_times)
    return noise / noise.std()


def oscillation(rng, frequency_hz, rate, jitter):
    """Phase in radians of a rhythm whose frequency wanders by the share `jitter` about `frequency_hz`."""
    wander = ornstein_uhlenbeck(rng, frequency_hz.size, rate, tau_s=10.0)
    cycles = np.cumsum(frequency_hz * np.exp(jitter * wander)) / rate
    return 2.0 * np.pi * (cycles + rng.random())


def arrivals(rng, intensity_hz, rate, regularity=0.0):
    """Times in s of a point process of the given intensity, by the time-rescaling theorem (Brown et al. 2002).

    In operational time the intervals are regularity + (1 − regularity)·Exp(1): 0 is Poisson, towards 1 a metronome. The
    unit intervals do not depend on the intensity, so a stronger intensity moves the same events closer together.
    """
    operational = np.concatenate([[0.0], np.cumsum(intensity_hz)]) / rate
    n_drawn = int(operational[-1] + 10.0 * np.sqrt(operational[-1])) + 20  # intervals of mean 1: more than enough
    due = np.cumsum(regularity + (1.0 - regularity) * rng.standard_exponential(n_drawn))
    due -= regularity * due[0]  # the process was running before the recording began
    return np.interp(due[due < operational[-1]], operational, np.arange(operational.size) / rate)


def beat_phase(heart_rate_hz, rate, first=0.0):
    """Integral of the heart rate in beats (integral pulse frequency modulation): a beat falls at every whole number."""
    steps = 0.5 * (heart_rate_hz[1:] + heart_rate_hz[:-1]) / rate
    return first + np.concatenate([[0.0], np.cumsum(steps)])


def beat_times(phase, rate):
    """Times in s at which the phase reaches a whole number: the systolic peaks."""
    whole = np.arange(np.ceil(phase[0]), np.floor(phase[-1]) + 1.0)
    return np.interp(whole, phase, np.arange(phase.size) / rate)


def pulse_wave(phase, dicrotic):
    """Pulse of unit height and zero mean at each phase in beats: systolic and dicrotic Gaussian (Tang et al. 2020).

    The maximum is at whole phases. `dicrotic` is the height of the second wave over that of the first.
    """
    cycle = np.arange(2048) / 2048
    laps = np.arange(-1, 3)[:, np.newaxis]
    systolic = np.exp(-0.5 * ((cycle - 0.25 - laps) / 0.075) ** 2).sum(axis=0)
    second = np.exp(-0.5 * ((cycle - 0.60 - laps) / 0.130) ** 2).sum(axis=0)
    wave = systolic + dicrotic * second
    wave = np.roll(wave, -np.argmax(wave))
    wave = (wave - wave.mean()) / np.ptp(wave)
    return np.interp(phase % 1.0, np.arange(2049) / 2048, np.append(wave, wave[0]))


def skin_responses(onsets_s, amplitudes, n_times, rate, *, rise_s, decay_s):
    """Sum of Bateman responses exp(−t/decay) − exp(−t/rise), scaled so that each peaks at its amplitude.

    Exact at the samples wherever between them the onsets fall: each exponential enters at its first sample with what is
    left of it there, and decays by recursion.
    """
    peak_s = rise_s * decay_s / (decay_s - rise_s) * np.log(decay_s / rise_s)
    height = np.exp(-peak_s / decay_s) - np.exp(-peak_s / rise_s)
    first = np.ceil(onsets_s * rate).astype(np.int64)
    inside = first < n_times
    first, late_s, scale = first[inside], (first / rate - onsets_s)[inside], amplitudes[inside] / height
    total = np.zeros(n_times)
    for sign, tau_s in ((1.0, decay_s), (-1.0, rise_s)):
        entries = np.bincount(first, weights=scale * np.exp(-late_s / tau_s), minlength=n_times)
        total += sign * _signal().lfilter([1.0], [1.0, -np.exp(-1.0 / (rate * tau_s))], entries)
    return total


def burst_envelope(onsets_s, durations_s, heights, n_times, rate):
    """Sum of Hann bumps that begin at the onsets and last the durations."""
    envelope = np.zeros(n_times)
    for onset_s, duration_s, height in zip(onsets_s, durations_s, heights, strict=True):
        first, stop = int(onset_s * rate), min(int((onset_s + duration_s) * rate) + 1, n_times)
        turn = np.clip((np.arange(first, stop) / rate - onset_s) / duration_s, 0.0, 1.0)
        envelope[first:stop] += height * np.sin(np.pi * turn) ** 2
    return envelope


def band_noise(rng, n_channels, n_times, rate, low_hz, high_hz):
    """Gaussian noise between two frequencies, of unit variance in each channel."""
    sections = _signal().butter(2, [low_hz, high_hz], btype="bandpass", fs=rate, output="sos")
    noise = _signal().sosfiltfilt(sections, rng.standard_normal((n_channels, n_times)), axis=-1)
    return noise / noise.std(axis=-1, keepdims=True)


def quantise(signal, step):
    """Round to the steps of the sensor's converter."""
    return np.round(signal / step) * step
