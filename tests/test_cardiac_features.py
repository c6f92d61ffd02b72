"""Heart rate variability as features of windows."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.datasets import simulate_corpus
from physiofer.features import HRVFeatures
from physiofer.recording import Stream
from physiofer.signals.cardiac import HRV, hrv, nn_intervals, ppg_peaks
from physiofer.windows import cut

NAMES = list(HRVFeatures.feature_names)
GRADES = np.array([name.startswith("quality") for name in NAMES])
RATE = 64.0


def pulse(rng, duration_s, mean_s=0.8):
    """A pulse wave whose intervals breathe and jitter."""
    beats_s = np.cumsum(
        mean_s + 0.03 * np.sin(np.arange(int(duration_s / mean_s) + 9)) + 0.005 * rng.standard_normal(1)
    )
    times_s = np.arange(int(duration_s * RATE)) / RATE
    return sum(np.exp(-0.5 * ((times_s - beat_s) / 0.08) ** 2) for beat_s in beats_s)


@pytest.fixture(scope="module")
def person():
    """A simulated person whose sensors all work."""
    return simulate_corpus(n_subjects=12, seed=3)[0].load()


def test_windows_and_recordings_agree_away_from_edges(person):
    bvp = person.of_kind("bvp")
    starts_s = np.arange(bvp.start_s + 60, bvp.stop_s - 180, 90.0)
    whole = HRVFeatures().transform_stream(bvp, starts_s, 60.0)
    alone = HRVFeatures(rate=bvp.rate).fit_transform(cut(bvp, starts_s, 60.0))
    clean = (whole[:, -1] > 0.8) & (alone[:, -1] > 0.8)
    assert clean.sum() >= 3
    for name, tolerance in (("mean_nn_ms", 0.03), ("median_nn_ms", 0.03), ("quality_present", 0.0)):
        column = NAMES.index(name)
        assert_allclose(alone[clean, column], whole[clean, column], rtol=tolerance, err_msg=name)


def test_indices_are_those_of_the_signals(rng):
    ppg = pulse(rng, 320)
    stream = Stream.regular(ppg, RATE, kind="bvp")
    (row,) = HRVFeatures().transform_stream(stream, [0.0], 320.0)
    beats_s = ppg_peaks(ppg, RATE)
    expected = hrv(nn_intervals(beats_s), beats_s=beats_s)
    for name, value in expected.items():
        name = name.replace("valid_", "quality_")
        assert_allclose(row[NAMES.index(name)], value, rtol=1e-9, err_msg=name)
    assert np.isfinite(row[NAMES.index("vlf_ms2")]) and np.isfinite(row[NAMES.index("sampen")])
    assert_allclose(row[NAMES.index("ln_hf_ms2")], np.log(expected["hf_ms2"]))


def test_a_window_of_a_minute_has_hf_though_a_beat_at_its_edge_is_lost(rng):
    stream = Stream.regular(pulse(rng, 200), RATE, kind="bvp")
    features = HRVFeatures().transform_stream(stream, np.arange(5.0, 120.0, 7.3), 60.0)
    assert np.isfinite(features[:, NAMES.index("hf_ms2")]).all()
    assert np.isnan(features[:, NAMES.index("lf_ms2")]).all()
    assert np.isnan(HRVFeatures().transform_stream(stream, [10.0], 50.0)[0, NAMES.index("hf_ms2")])


def test_an_empty_stream_has_no_features():
    empty = Stream(np.empty((1, 0)), [], RATE, ["bvp"], kind="bvp")
    features = HRVFeatures().transform_stream(empty, [0.0, 10.0], 10.0)
    assert features.shape == (2, len(NAMES))
    assert np.isnan(features[:, ~GRADES]).all() and np.all(features[:, GRADES] == 0)


def test_noise_has_no_heart_rate(rng):
    noise = Stream.regular(rng.standard_normal(int(600 * RATE)), RATE, kind="bvp")
    features = HRVFeatures().transform_stream(noise, np.arange(0.0, 540.0, 30.0), 60.0)
    assert np.isnan(features[:, ~GRADES]).all()
    assert features[:, -1].max() < 0.25
    assert features[:, NAMES.index("quality_spectral")].max() < 0.4
    assert np.all(features[:, NAMES.index("quality_time")] == 0)


def test_a_window_with_few_trusted_intervals_has_no_features(rng):
    ppg = pulse(rng, 120)
    ppg[int(12 * RATE) : int(60 * RATE)] = np.nan
    stream = Stream.regular(ppg, RATE, kind="bvp")
    first, second = HRVFeatures().transform_stream(stream, [0.0, 60.0], 60.0)
    assert 0.1 < first[-1] < 0.25 and np.isnan(first[~GRADES]).all()
    assert second[-1] > 0.9 and np.isfinite(second[0])
    assert_allclose(first[NAMES.index("quality_present")], 0.2)
    lenient = HRVFeatures(min_coverage=0.1).transform_stream(stream, [0.0], 60.0)
    assert np.isfinite(lenient[0, 0])


def test_beats_during_movement_do_not_count(rng):
    bvp = Stream.regular(pulse(rng, 180), RATE, kind="bvp")
    acceleration = np.tile([[0.0], [0.6], [0.8]], 180 * 32)
    moving = slice(60 * 32, 120 * 32)
    acceleration[:, moving] += 0.3 * rng.standard_normal((3, 60 * 32))
    companions = {"acceleration": Stream.regular(acceleration, 32.0, kind="acceleration")}
    starts_s = [0.0, 60.0, 120.0]
    plain = HRVFeatures().transform_stream(bvp, starts_s, 60.0, companions)
    assert plain[:, -1].min() > 0.9
    masked = HRVFeatures(max_motion_g=0.05).transform_stream(bvp, starts_s, 60.0, companions)
    assert masked[1, -1] < 0.1 and np.isnan(masked[1, 0])
    assert masked[[0, 2], -1].min() > 0.8
    assert_array_equal(HRVFeatures(max_motion_g=0.05).transform_stream(bvp, starts_s, 60.0), plain)


def test_an_ecg_is_read_as_one(rng):
    beats_s = np.cumsum(0.8 + 0.02 * rng.standard_normal(100))
    times_s = np.arange(60 * 250) / 250
    ecg = sum(np.exp(-0.5 * ((times_s - beat_s) / 0.012) ** 2) for beat_s in beats_s)
    ecg += 0.01 * rng.standard_normal(times_s.size)
    expected = hrv(1000.0 * np.diff(beats_s[beats_s < 59.9]))
    (row,) = HRVFeatures().transform_stream(Stream.regular(ecg, 250.0, kind="ecg"), [0.0], 60.0)
    (alone,) = HRVFeatures(rate=250.0, signal="ecg").fit_transform(ecg[np.newaxis])
    assert_allclose(alone, row, rtol=1e-9)
    assert_allclose(row[NAMES.index("rmssd_ms")], expected["rmssd_ms"], rtol=0.02)
    assert np.isnan(row[NAMES.index("ln_pulse_amplitude")])
    assert row[-1] > 0.95


def test_an_unknown_signal_is_refused():
    with pytest.raises(ValueError, match="signal='ppg' must be one of"):
        HRVFeatures(signal="ppg").fit_transform(np.zeros((2, 640)))


def test_schema_holds_every_index():
    indices = {name.replace("valid_", "quality_") for name in HRV}
    assert indices < set(NAMES) and len(NAMES) == len(set(NAMES))
