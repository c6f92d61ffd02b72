"""Obvious twins of the signal models behind the simulated people: slow and loop-like, nothing from physiofer."""

import math


def first_order_lag(signal, rate, tau_s):
    """Each sample closes the share 1 − exp(−1/(rate·tau)) of the distance to the input."""
    keep = math.exp(-1.0 / (rate * tau_s))
    followed = [signal[0]]
    for value in signal[1:]:
        followed.append(keep * followed[-1] + (1.0 - keep) * value)
    return followed


def skin_responses(onsets_s, amplitudes, n_times, rate, rise_s, decay_s):
    """Every response evaluated at every sample, scaled by the peak found on a fine grid."""
    fine = [k * 1e-3 for k in range(int(20e3))]
    height = max(math.exp(-t / decay_s) - math.exp(-t / rise_s) for t in fine)
    total = []
    for n in range(n_times):
        value = 0.0
        for onset_s, amplitude in zip(onsets_s, amplitudes, strict=True):
            t = n / rate - onset_s
            if t >= 0.0:
                value += amplitude * (math.exp(-t / decay_s) - math.exp(-t / rise_s)) / height
        total.append(value)
    return total


def beat_times(heart_rate_hz, rate, first, substeps=64):
    """Integrate the linearly interpolated heart rate in small steps; a beat at each whole number passed."""
    phase, beats = first, []
    step = 1.0 / (rate * substeps)
    for n in range(len(heart_rate_hz) - 1):
        for k in range(substeps):
            share = (k + 0.5) / substeps
            advance = (heart_rate_hz[n] * (1.0 - share) + heart_rate_hz[n + 1] * share) * step
            if math.floor(phase + advance) > math.floor(phase):
                beats.append(n / rate + (k + (math.floor(phase + advance) - phase) / advance) / substeps / rate)
            phase += advance
    return beats


def arrivals(intensity_hz, rate, intervals):
    """Walk through the samples spending the intensity until each interval (in expected events) is used up."""
    times, left, rest = [], intervals[0], list(intervals[1:])
    for n, intensity in enumerate(intensity_hz):
        begun = 0.0
        while intensity > 0.0 and left < (1.0 - begun) * intensity / rate:
            begun += left * rate / intensity
            times.append((n + begun) / rate)
            left = rest.pop(0)
        left -= (1.0 - begun) * intensity / rate
    return times


def modulated_rmssd_ms(heart_rate_hz, depth, modulation_hz):
    """RMSSD of beats at rate·(1 + depth·sin): to first order the interval swings by depth, its difference by twice the
    sine of half the phase that passes in one beat."""
    interval_ms = 1e3 / heart_rate_hz
    swing_ms = (
        depth
        * interval_ms
        * math.sin(math.pi * modulation_hz / heart_rate_hz)
        / (math.pi * modulation_hz / heart_rate_hz)
    )  # the interval averages the modulation over the beat
    return math.sqrt(2.0) * swing_ms * math.sin(math.pi * modulation_hz / heart_rate_hz)
