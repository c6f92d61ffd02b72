"""How often noise is given a heart rate: films of colours in which nothing beats.

    python benchmarks/noise_films.py [--films 300] [--method pos+green] [--seconds 10 15 20 30 60] [--window 10]

Colours of four regions at 30 frames a second: skin, and noise of each region and channel (half a level), which is all
there is in "white". In "1/f" each channel has noise of that spectrum beside it (one level), which all regions share, as
they do movement and light, and 0.2 levels of their own. "told" is the share of films with a heart rate, "window" that
of the windows with a reading.
"""

import argparse

import numpy as np

from physiofer.recording import Stream
from physiofer.remote_pulse import remote_pulse

RATE = 30.0
SKIN = np.array([170.0, 115.0, 95.0])
N_REGIONS = 4
CHANNELS = [f"{region}_{colour}" for region in "abcd" for colour in "rgb"]


def pink(rng, n):
    """Noise of three channels with a spectrum of 1/f, (3, n), of variance 1; no period ends where it began."""
    hz = np.fft.rfftfreq(2 * n, 1.0 / RATE)
    hz[0] = hz[1]
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal((3, 2 * n))) / np.sqrt(hz), 2 * n)[:, :n]
    return noise / noise.std(axis=1, keepdims=True)


def film(rng, seconds, kind):
    """A film of noise as a stream of colours."""
    n = int(RATE * seconds)
    rgb = np.tile(SKIN, N_REGIONS)[:, np.newaxis] + (0.5 if kind == "white" else 0.2) * rng.standard_normal((12, n))
    if kind != "white":
        rgb += np.tile(pink(rng, n), (N_REGIONS, 1))
    return Stream(rgb, np.arange(n) / RATE, RATE, CHANNELS, kind="rgb")


def main():
    """Print the share of films, and of their windows, with a heart rate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, default=300)
    parser.add_argument("--method", default="pos+green")
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0, 15.0, 20.0, 30.0, 60.0])
    parser.add_argument("--window", type=float, default=10.0)
    arguments = parser.parse_args()
    print("noise  seconds  films    told  window")
    for kind in ("white", "1/f"):
        for seconds in arguments.seconds:
            rng = np.random.default_rng(0)
            films = (film(rng, seconds, kind) for _ in range(arguments.films))
            found = [remote_pulse(noise, method=arguments.method, window_s=arguments.window) for noise in films]
            told = np.mean([np.isfinite(each.bpm) for each in found])
            windows = np.concatenate([np.isfinite(each.heart_rate.bpm) for each in found])
            share = windows.mean() if windows.size else 0.0
            print(f"{kind:5s} {seconds:8g} {arguments.films:6d} {told:7.2%} {share:7.2%}", flush=True)


if __name__ == "__main__":
    main()
