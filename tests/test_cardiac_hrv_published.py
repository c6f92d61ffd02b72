"""Published indices of two normal hearts: where definitions are the same, and what explains the rest.

Windows of 300 s of the PhysioNet Cardiovascular Signal Toolbox in which no beat was removed. Where its definition is
another one, its number is reproduced from the definition, so that nothing but the definition makes the difference.
"""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lombscargle
from wfdb_format import read_annotations

from physiofer.signals.cardiac import hrv, hrv_time

RATE = 125.0  # whatever the header says
NORMAL = 1


@pytest.fixture(scope="module", params=["nsr001", "nsr004"])
def windows(request, data_dir):
    """Published row, beats and intervals of every window that the toolbox left as it was."""
    folder = data_dir / "hrv" / "nsr"
    samples, codes = read_annotations(folder / f"{request.param}.ecg")
    beats_s = (samples - samples[0]) / RATE
    rr_ms, is_normal = 1000 * np.diff(beats_s), (codes[1:] == NORMAL) & (codes[:-1] == NORMAL)
    reference = pd.read_csv(folder / "reference_windows.csv")
    found = []
    for row in reference[reference["patID"] == request.param].itertuples():
        inside = np.flatnonzero((beats_s[1:] >= row.t_start) & (beats_s[1:] < row.t_end))
        if is_normal[inside].all() and inside.size == row.btsdet:
            found.append((row, beats_s[inside[0] : inside[-1] + 2], rr_ms[inside]))
    assert len(found) > 30
    return found


def likeness(rr_ms, m, n, r):
    """Which of the first `n` templates of `m` intervals are closer than `r`, as a matrix."""
    templates = np.array([rr_ms[i : i + m] for i in range(n)])
    return np.abs(templates[:, None] - templates[None]).max(axis=2) < r


@pytest.mark.data
def test_time_domain_is_the_published_one(windows):
    for row, _, rr_ms in windows:
        indices = hrv_time(rr_ms)
        assert indices["mean_nn_ms"] == pytest.approx(row.NNmean, abs=1e-3)
        assert indices["median_nn_ms"] == pytest.approx(row.NNmedian, abs=1e-3)
        assert indices["sdnn_ms"] == pytest.approx(row.SDNN, abs=1e-3)
        assert indices["rmssd_ms"] == pytest.approx(row.RMSSD, abs=1e-3)
        assert indices["pnn50"] == pytest.approx(row.pnn50, abs=1e-4)


@pytest.mark.data
def test_spectral_powers_are_the_published_ones_in_their_definition(windows):
    """Both are Lomb's periodogram, SciPy's here, of a density times a spacing of frequencies, summed over a band.

    Theirs: intervals less their mean, as if they were 1 s apart; multiples of 1/1024 Hz that lie in the band. Ours:
    less their straight line, as far apart as they are; multiples of one over the length, each for half a spacing
    round it.
    """
    bands = {"vlf": (0.0033, 0.04), "lf": (0.04, 0.15), "hf": (0.15, 0.4)}
    for row, beats_s, rr_ms in windows[::15]:
        theirs_hz = np.arange(1, 512) / 1024
        theirs = 2 * lombscargle(beats_s[1:], rr_ms - rr_ms.mean(), 2 * np.pi * theirs_hz)
        beats_s, rr_ms = beats_s[1:], rr_ms[1:]  # the first began before the window: 300 s are one segment of ours
        times_s, length_s = beats_s[1:] - beats_s[0], beats_s[-1] - beats_s[0]
        ours_hz, half_hz = np.arange(1, int(0.4 * length_s) + 2) / length_s, 0.5 / length_s
        rest_ms = rr_ms - np.polyval(np.polyfit(times_s, rr_ms, 1), times_s)
        ours = 2 * lombscargle(times_s, rest_ms, 2 * np.pi * ours_hz) * length_s / rr_ms.size
        found = hrv(rr_ms, beats_s=beats_s, indices="lomb")
        for name, (low_hz, high_hz) in bands.items():
            inside = (theirs_hz >= low_hz) & (theirs_hz < high_hz)
            assert theirs[inside].sum() / 1024 == pytest.approx(getattr(row, name), rel=1e-5)
            width_hz = np.minimum(ours_hz + half_hz, high_hz) - np.maximum(ours_hz - half_hz, low_hz)
            assert found[f"lomb_{name}_ms2"] == pytest.approx(ours @ np.maximum(width_hz, 0.0), rel=0.02)


@pytest.mark.data
@pytest.mark.slow
def test_sample_entropy_is_the_published_one_in_its_definition(windows):
    """Theirs has r = 0.15 SD and compares one template of two more, the last one, which has no third interval."""
    for row, _, rr_ms in windows[::6]:
        n, sd = rr_ms.size, rr_ms.std(ddof=1)
        pairs = {}
        for m, size, share in itertools.product((2, 3), (n - 2, n - 1), (0.15, 0.2)):
            if m + size <= n + 1:
                alike = likeness(rr_ms, m, size, share * sd).sum() - size
                pairs[m, size, share] = alike / (size * (size - 1))
        theirs = -math.log(pairs[3, n - 2, 0.15] / pairs[2, n - 1, 0.15])
        assert theirs == pytest.approx(row.SampEn, abs=2e-4)
        ours = -math.log(pairs[3, n - 2, 0.2] / pairs[2, n - 2, 0.2])
        assert hrv(rr_ms, indices="nonlinear")["sampen"] == pytest.approx(ours, rel=1e-9)


@pytest.mark.data
@pytest.mark.slow
def test_approximate_entropy_is_the_published_one_in_its_definition(windows):
    """Theirs has r = 0.15 SD and takes the logarithm of mean shares; Pincus the mean of logarithms of shares."""
    for row, _, rr_ms in windows[::6]:
        n, sd = rr_ms.size, rr_ms.std(ddof=1)
        two, three = (likeness(rr_ms, m, n - m + 1, 0.15 * sd).mean(axis=1) for m in (2, 3))
        assert math.log(two.mean() / three.mean()) == pytest.approx(row.ApEn, abs=2e-4)
        two, three = (likeness(rr_ms, m, n - m + 1, 0.2 * sd).mean(axis=1) for m in (2, 3))
        ours = np.log(two).mean() - np.log(three).mean()
        assert hrv(rr_ms, indices="nonlinear")["apen"] == pytest.approx(ours, rel=1e-9)


@pytest.mark.data
@pytest.mark.slow
def test_scatter_is_the_published_one(windows):
    for row, beats_s, rr_ms in windows:
        indices = hrv(rr_ms, beats_s=beats_s)
        assert indices["sd1_ms"] == pytest.approx(row.SD1, abs=1e-3)
        assert indices["sd2_ms"] == pytest.approx(row.SD2, abs=1e-3)
        assert indices["sd1_sd2"] == pytest.approx(row.SD1SD2, abs=1e-4)


@pytest.mark.data
@pytest.mark.slow
def test_gaps_that_are_bridged_change_powers_as_the_documents_say(windows, rng):
    """Five gaps of one to three intervals in 300 s: LF and HF within 20 % in nine cases of ten."""
    changes = []
    for _, beats_s, rr_ms in windows[::2]:
        plain = hrv(rr_ms, beats_s=beats_s, indices="frequency")
        for n_lost in (1, 2, 3):
            holes = rr_ms.copy()
            for start in rng.integers(1, rr_ms.size - n_lost - 1, 5):
                holes[start : start + n_lost] = np.nan
            fewer = hrv(holes, beats_s=beats_s, indices="frequency")
            changes.append([fewer[name] / plain[name] - 1 for name in ("lf_ms2", "hf_ms2")])
    assert np.all(np.quantile(np.abs(changes), 0.9, axis=0) < 0.2)
