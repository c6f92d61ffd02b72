"""Correction of beats beside NeuroKit2: ``NUMBA_NUM_THREADS=1 python benchmarks/peers_correction.py``.

First how well: artefacts of known kind are put into simulated beats (about one in forty). Shown are the share of them
that is kept out of the intervals, the share that goes by its right name, the share of the other beats that stay normal,
and RMSSD and SDNN afterwards. NeuroKit2 gives no intervals to be left out: its indices are of the beats it returns,
ours of the trusted intervals. Then how fast: the same beats by both, turn by turn, best of all turns.
"""

import argparse
import platform
import time
import warnings

import neurokit2 as nk
import numpy as np

import physiofer
from physiofer.signals.cardiac import correct_beats, nn_intervals, nn_intervals_windows

KINDS = ("missed", "extra", "ectopic", "long", "short")


def breathing_beats(rng, n_beats):
    """Beats in s to the millisecond: 850 ms that breathe, wave at 0.1 Hz, drift and jitter (RMSSD about 45 ms)."""
    times_s = 0.85 * np.arange(n_beats - 1)
    drift_ms = np.cumsum(rng.standard_normal(times_s.size))
    drift_ms -= np.convolve(np.pad(drift_ms, 200, mode="edge"), np.full(401, 1 / 401), mode="valid")
    rr_ms = 850.0 + 30.0 * drift_ms / drift_ms.std() + 8.0 * rng.standard_normal(times_s.size)
    rr_ms += 35.0 * np.sin(0.5 * np.pi * times_s) + 42.0 * np.sin(0.2 * np.pi * times_s)
    return np.round(1e-3 * np.concatenate([[0.0], np.cumsum(rr_ms)]), 3)


def with_artefacts(rng, beats_s, kind):
    """The beats with artefacts of one kind, and the index at which each should be found."""
    places = np.arange(20, beats_s.size - 20, 40)
    places = places + rng.integers(-8, 9, places.size)
    share, rr_s, spoilt_s = rng.uniform(0.25, 0.4, places.size), np.diff(beats_s)[places - 1], beats_s.copy()
    if kind == "missed":
        return np.delete(beats_s, places), places - np.arange(places.size)
    if kind == "extra":
        extra_s = beats_s[places - 1] + rng.uniform(0.25, 0.75, places.size) * rr_s
        spoilt_s = np.round(np.sort(np.concatenate([beats_s, extra_s])), 3)
        return spoilt_s, np.searchsorted(spoilt_s, np.round(extra_s, 3))
    shift_s = np.zeros(beats_s.size)
    if kind == "ectopic":
        shift_s[places] = -share * rr_s
    else:
        shift_s[places] = (1.0 if kind == "long" else -1.0) * (share + 0.1) * rr_s
        shift_s = np.cumsum(shift_s)
    return np.round(spoilt_s + shift_s, 3), places


def variability(rr_ms):
    """RMSSD and SDNN, over gaps."""
    return np.sqrt(np.nanmean(np.diff(rr_ms) ** 2)), np.nanstd(rr_ms, ddof=1)


def accuracy(rng, kind, n_series=10, n_beats=1000):
    """Row of the first table: shares in percent, then RMSSD and SDNN true, spoilt, ours and theirs."""
    shares, indices = [], []
    for _ in range(n_series):
        beats_s = breathing_beats(rng, n_beats)
        spoilt_s, places = with_artefacts(rng, beats_s, kind)
        ours = correct_beats(spoilt_s)
        theirs = nk.signal_fixpeaks(np.rint(1000 * spoilt_s).astype(int), sampling_rate=1000, method="kubios")[1]
        is_artefact = np.isin(np.arange(spoilt_s.size), places)
        trusted = ours.origin[np.append(False, np.isfinite(ours.rr_ms))]
        kept_out = ~np.isin(places, trusted) | (ours.labels[places] == "extra")
        right, normal = ours.labels[is_artefact] == kind, ours.labels[~is_artefact] == "normal"
        shares.append([kept_out.mean(), right.mean(), normal.mean()])
        series = 1000 * np.diff(beats_s), 1000 * np.diff(spoilt_s), ours.rr_ms, np.diff(theirs)
        indices.append(np.transpose([variability(rr_ms) for rr_ms in series]).ravel())
    return [*(100 * np.mean(shares, axis=0)), *np.mean(indices, axis=0)]


def best_ms(functions, repeats):
    """Best time of each function, turn by turn, after one turn that compiles."""
    turns = []
    for _ in range(repeats + 1):
        times = []
        for function in functions:
            start = time.perf_counter()
            function()
            times.append(1e3 * (time.perf_counter() - start))
        turns.append(times)
    return np.min(turns[1:], axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="turns of each library")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    print(f"physiofer {physiofer.__version__}, neurokit2 {nk.__version__}, Python {platform.python_version()}")
    indices = " |{:>12}{:>8}{:>7}{:>5}"
    print("\nartefact   kept out   named   others normal", end="")
    print(indices.format("RMSSD true", "spoilt", "ours", "nk"), end="")
    print(indices.format("SDNN true", "spoilt", "ours", "nk"))
    for kind in KINDS:
        row = accuracy(rng, kind)
        print(
            "{:10}{:7.1f} %{:6.1f} %{:14.2f} % |{:12.1f}{:8.1f}{:7.1f}{:5.0f} |{:12.1f}{:8.1f}{:7.1f}{:5.0f}".format(
                kind, *row
            )
        )
    print(f"\n{'beats':>20}{'physiofer':>14}{'NeuroKit2':>14}{'times':>8}")
    for n_beats in (75, 375, 5000):
        spoilt_s, _ = with_artefacts(rng, breathing_beats(rng, n_beats), "ectopic")
        peaks = np.rint(1000 * spoilt_s).astype(int)
        ours, theirs = best_ms(
            [
                lambda beats_s=spoilt_s: correct_beats(beats_s),
                lambda peaks=peaks: nk.signal_fixpeaks(peaks, sampling_rate=1000, iterative=True, method="kubios"),
            ],
            max(options.repeats, 3000 // n_beats),  # the shorter, the more easily disturbed
        )
        print(f"{n_beats:>20}{ours:>11.3f} ms{theirs:>11.1f} ms{theirs / ours:>8.0f}")
    rows = np.stack([breathing_beats(rng, 75) for _ in range(1000)])
    one, many = best_ms([lambda: nn_intervals_windows(rows), lambda: [nn_intervals(row) for row in rows]], 5)
    print(f"\nnn_intervals of 1000 windows of 75 beats: {one:.2f} ms at once, {many:.2f} ms one by one")


if __name__ == "__main__":
    main()
