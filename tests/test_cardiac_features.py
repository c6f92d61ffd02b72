"""Heart rate variability as features of windows."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.datasets import simulate_corpus
from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.features import HRVFeatures
from physiofer.recording import Stream
from physiofer.signals.cardiac import HRV, hrv, hrv_windows, nn_intervals, ppg_peaks
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


def test_windows_without_any_beat_say_what_they_may_hold(rng):
    noise = rng.standard_normal((2, 3840))
    with pytest.warns(QualityWarning, match=r"no window has enough good beats of signal='bvp'.*signal='ecg'"):
        HRVFeatures(rate=64.0).fit_transform(noise)
    with pytest.warns(QualityWarning, match="signal='bvp', or check the rate"):
        HRVFeatures(rate=64.0, signal="ecg").fit_transform(noise)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        HRVFeatures(rate=64.0).fit_transform(np.stack([pulse(rng, 60), noise[0]]))
        for nothing in (np.zeros((2, 640)), np.full((2, 640), np.nan)):
            HRVFeatures(rate=64.0).fit_transform(nothing)


def interval_stream(rr_ms, ends_s, **options):
    """Beat intervals as a device gives them."""
    return Stream(rr_ms, ends_s, 0.0, **{"unit": "ms", "kind": "rr", **options})


def test_intervals_are_read_like_the_beats_they_come_from(rng):
    beats_s = 100.0 + np.cumsum(0.8 + 0.03 * np.sin(np.arange(250)) + 0.01 * rng.standard_normal(250))
    rr_ms, starts_s = 1000.0 * np.diff(beats_s), np.array([100.0, 150.0, 600.0])
    features = HRVFeatures().transform_stream(interval_stream(rr_ms, beats_s[1:]), starts_s, 130.0)
    expected, coverage = hrv_windows(beats_s, nn_intervals(beats_s), starts_s, 130.0)
    for name, column in zip(HRV, expected.T, strict=True):
        name = name.replace("valid_", "quality_")
        assert_allclose(features[:, NAMES.index(name)], column, rtol=1e-6, err_msg=name)
    assert_allclose(features[:, -1], coverage)
    assert_allclose(features[:, NAMES.index("quality_present")], [1.0, 1.0, 0.0], atol=0.01)
    for name in ("quality_varying", "quality_unclipped", "quality_template", "quality_spectral"):
        assert np.all(features[:, NAMES.index(name)] == 0)
    assert np.isnan(features[:, NAMES.index("ln_pulse_amplitude")]).all()
    in_s = HRVFeatures().transform_stream(interval_stream(rr_ms / 1000, beats_s[1:], unit="s"), starts_s, 130.0)
    assert_allclose(in_s, features)


def test_no_difference_crosses_an_interval_that_the_device_left_out():
    ends_s = 0.8 * np.arange(1, 76)
    rr_ms = np.full(75, 800.0)
    rr_ms[40:] += 100.0  # after the gap all is slower
    ends_s = np.concatenate([ends_s[:40], ends_s[39] + 2.4 + 0.9 * np.arange(1, 36)])
    (row,) = HRVFeatures().transform_stream(interval_stream(rr_ms, ends_s), [0.0], 70.0)
    assert row[NAMES.index("rmssd_ms")] == pytest.approx(0.0, abs=1e-6)
    assert row[NAMES.index("range_nn_ms")] == pytest.approx(100.0)
    assert row[-1] == pytest.approx((32.0 + 31.5) / 70.0)
    assert row[NAMES.index("quality_present")] == pytest.approx((32.0 + 31.5) / 70.0)


def test_beats_during_movement_do_not_bound_intervals():
    beats_s = 0.8 * np.arange(1, 226)
    acceleration = np.tile([[0.0], [0.6], [0.8]], 180 * 32)
    acceleration[:, 60 * 32 : 120 * 32] += 0.3 * np.random.default_rng(0).standard_normal((3, 60 * 32))
    companions = {"acceleration": Stream.regular(acceleration, 32.0, kind="acceleration")}
    stream = interval_stream(np.full(225, 800.0), beats_s)
    masked = HRVFeatures(max_motion_g=0.05).transform_stream(stream, [0.0, 60.0], 60.0, companions)
    assert masked[0, -1] > 0.9 and masked[1, -1] < 0.1


def test_intervals_that_cannot_be_are_refused_and_few_have_no_features():
    for rr_ms, ends_s in (([], []), ([800.0], [1.0]), ([np.nan, -3.0], [1.0, 2.0]), ([800.0, 800.0], [1.0, 1.8])):
        features = HRVFeatures().transform_stream(interval_stream(np.array(rr_ms), ends_s), [0.0], 60.0)
        assert np.isnan(features[:, ~GRADES]).all() and features[0, -1] < 0.05
    with pytest.raises(InvalidArgumentError, match="intervals have a median of 0.8 in unit 'ms'"):
        HRVFeatures().transform_stream(interval_stream(np.full(9, 0.8), np.arange(9.0)), [0.0], 60.0)
    with pytest.raises(InvalidArgumentError, match="each must stand at the time of the beat that ends it"):
        HRVFeatures().transform_stream(interval_stream(np.full(99, 800.0), np.arange(99) / 4), [0.0], 60.0)
    with pytest.raises(InvalidArgumentError, match="the rr stream has 2 channels"):
        HRVFeatures().transform_stream(interval_stream(np.full((2, 9), 800.0), np.arange(9.0)), [0.0], 60.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-10, 5000) | st.sampled_from([np.nan, np.inf]), st.floats(0, 3)), max_size=60))
def test_any_intervals_keep_the_schema(steps):
    rr_ms, ends_s = np.array([rr for rr, _ in steps]), np.cumsum([step_s for _, step_s in steps])
    try:
        features = HRVFeatures(min_intervals=3).transform_stream(interval_stream(rr_ms, ends_s), [0.0, 5.0, 1e3], 20.0)
    except InvalidArgumentError as error:
        assert "intervals" in str(error)
        return
    assert features.shape == (3, len(NAMES)) and not np.isinf(features).any()
    assert ((features[:, GRADES] >= 0) & (features[:, GRADES] <= 1)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_coverage": 1.5}, "min_coverage=1.5"),
        ({"min_coverage": np.nan}, "min_coverage=nan"),
        ({"min_coverage": "half"}, "min_coverage='half'"),
        ({"max_motion_g": -1.0}, "max_motion_g=-1.0"),
        ({"max_motion_g": "much"}, "max_motion_g='much'"),
    ],
)
def test_settings_out_of_range_are_named(options, message):
    wave = np.exp(-0.5 * ((np.arange(0, 20, 1 / 64) % 0.8 - 0.3) / 0.08) ** 2)
    with pytest.raises(InvalidArgumentError, match=message):
        HRVFeatures(rate=64.0, **options).fit_transform(wave[np.newaxis])


@pytest.mark.parametrize(
    ("starts_s", "window_s", "message"),
    [
        (0.0, 20.0, r"starts_s has shape \(\)"),
        ([[0.0, 1.0]], 20.0, r"starts_s has shape \(1, 2\)"),
        (["a"], 20.0, "starts_s must be an array of real numbers"),
        ([np.nan], 20.0, "starts_s must be finite"),
        ([0.0], 0.0, "window_s=0.0"),
        ([0.0], -1.0, "window_s=-1.0"),
        ([0.0], np.inf, "window_s=inf"),
        ([0.0], np.nan, "window_s=nan"),
        ([0.0], "20", "window_s='20'"),
    ],
)
def test_windows_of_a_stream_are_checked(starts_s, window_s, message):
    wave = np.exp(-0.5 * ((np.arange(0, 40, 1 / 64) % 0.8 - 0.3) / 0.08) ** 2)
    beats_s = np.arange(0.0, 40.0, 0.8)
    for stream in (Stream.regular(wave, 64.0, kind="bvp"), Stream(800.0 + beats_s[1:], beats_s[1:], 0.0, kind="rr")):
        with pytest.raises(InvalidArgumentError, match=message):
            HRVFeatures().transform_stream(stream, starts_s, window_s)


def test_the_slowest_rate_has_features():
    wave = np.exp(-0.5 * ((np.arange(0, 60, 1 / 20) % 0.81 - 0.3) / 0.08) ** 2)
    row = HRVFeatures(rate=20.0).fit_transform(wave[np.newaxis])[0]
    assert row[NAMES.index("mean_nn_ms")] == pytest.approx(810.0, rel=0.01)
    assert row[-1] > 0.9


@pytest.mark.parametrize("scale", [1e160, 1e300, 1e-160, 1e-300])
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_extreme_scales_give_numbers_or_nothing(scale):
    times = np.arange(0, 60, 1 / 64)
    wave = np.exp(-0.5 * ((times % 0.81 - 0.3) / 0.08) ** 2) * (1 + 0.1 * np.sin(times))
    row = HRVFeatures(rate=64.0).fit_transform(scale * wave[np.newaxis])[0]
    assert not np.isinf(row).any()
    assert row[NAMES.index("mean_nn_ms")] == pytest.approx(810.0, rel=0.01)
