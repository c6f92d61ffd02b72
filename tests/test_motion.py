"""Acceleration: activity, spans of movement, and features of windows."""

import warnings

import naive_motion
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import butter, sosfiltfilt

from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.features import MotionFeatures
from physiofer.recording import Stream
from physiofer.signals._filters import zero_phase
from physiofer.signals.motion import activity, in_spans, moving, moving_spans

RATE = 32.0
N_FEATURES = 5


def shaken(amplitude_g, hz, n_times=1920, noise_g=0.0):
    """Gravity along z and a sine along x; the sensor's noise keeps it from looking stuck."""
    axes = noise_g * np.random.default_rng(0).standard_normal((3, n_times))
    axes[2] += 1.0
    axes[0] += amplitude_g * np.sin(2 * np.pi * hz * np.arange(n_times) / RATE)
    return axes


def recording_of(axes):
    """A stream of acceleration."""
    return Stream.regular(axes, RATE, channels=["x", "y", "z"], unit="g", kind="acceleration")


def table_of(*windows):
    """Features of windows by name."""
    return MotionFeatures().set_output(transform="pandas").fit_transform(np.stack(windows))


# ---------------------------------------------------------------------------------------------------------- activity


@pytest.mark.parametrize(
    ("cutoffs", "kind"),
    [({"low_hz": 0.5}, "highpass"), ({"high_hz": 3.0}, "lowpass"), ({"low_hz": 0.5, "high_hz": 5.0}, "bandpass")],
)
@pytest.mark.parametrize("order", [1, 2, 5])
def test_filter_is_scipys(rng, cutoffs, kind, order):
    values = rng.standard_normal((2, 3, 700)) + 5.0
    bounds = [*cutoffs.values()] if kind == "bandpass" else min(cutoffs.values())
    padding = min(int(2 * RATE / min(cutoffs.values())), 699)
    expected = sosfiltfilt(butter(order, bounds, kind, fs=RATE, output="sos"), values, axis=-1, padlen=padding)
    before = values.copy()
    assert_allclose(zero_phase(values, RATE, order=order, **cutoffs), expected, rtol=1e-9, atol=1e-9)
    assert_array_equal(values, before)
    assert_allclose(zero_phase(values, RATE, order=order, overwrite=True, **cutoffs), expected, rtol=1e-9, atol=1e-9)


def test_gravity_and_posture_are_not_activity():
    assert_allclose(activity(shaken(0.0, 1.0), RATE), 0.0, atol=1e-9)
    slow = activity(shaken(0.3, 0.02), RATE)
    assert np.median(slow) < 0.01


def test_activity_of_a_sine_is_its_mean_magnitude():
    dynamic = activity(shaken(0.4, 3.7), RATE)
    assert dynamic[320:-320].mean() == pytest.approx(0.4 * 2 / np.pi, rel=0.02)


def test_activity_is_blind_to_orientation(rng):
    axes = shaken(0.2, 3.0, noise_g=0.01)
    rotation, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    assert_allclose(activity(rotation @ axes, RATE), activity(axes, RATE), atol=1e-9)


def test_missing_axis_is_missing_activity():
    axes = shaken(0.2, 3.0)
    axes[1, 100:120] = np.nan
    axes[2, 300] = np.inf
    dynamic = activity(axes, RATE)
    assert np.array_equal(np.flatnonzero(np.isnan(dynamic)), [*range(100, 120), 300])


def test_activity_of_many_windows_is_that_of_each(rng):
    windows = rng.standard_normal((2, 4, 3, 200))
    together = activity(windows, RATE)
    assert together.shape == (2, 4, 200)
    assert_array_equal(together[1, 2], activity(windows[1, 2], RATE))


@pytest.mark.parametrize("n_times", [0, 1, 2, 3])
def test_short_or_no_recordings(n_times):
    axes = np.ones((3, n_times))
    assert activity(axes, RATE).shape == moving(axes, RATE).shape == (n_times,)
    assert moving_spans(axes, RATE).shape == (0, 2)
    assert activity(np.empty((0, 3, n_times)), RATE).shape == (0, n_times)


@pytest.mark.parametrize(
    ("factor", "unit"), [(9.80665, "m/s2"), (64.0, "1/64 g"), (1000.0, "mg"), (1e6, "what is its")]
)
def test_another_unit_is_told_and_never_used(factor, unit):
    axes = factor * shaken(0.2, 2.0, noise_g=0.01)
    with pytest.warns(QualityWarning, match=f"acceleration_g has a mean magnitude of .*{unit}") as caught:
        activity(axes, RATE)
    assert caught[0].filename == __file__
    for features in (
        lambda: MotionFeatures().fit_transform(axes[np.newaxis]),
        lambda: MotionFeatures().transform_stream(recording_of(axes), [0.0], 60.0),
    ):
        with pytest.warns(QualityWarning, match=unit):
            row = features()[0]
        assert np.isnan(row[:N_FEATURES]).all()
        assert_array_equal(row[N_FEATURES:], 0.0)


# ------------------------------------------------------------------------------------------------------------- spans


def test_movement_is_found_where_it_is():
    axes = shaken(0.0, 1.0, 32 * 120, noise_g=0.005)
    axes[1, 32 * 40 : 32 * 50] += 0.3 * np.sin(2 * np.pi * 2.0 * np.arange(320) / RATE)
    axes[0, 32 * 80 : 32 * 81] += 0.5 * np.sin(2 * np.pi * 4.0 * np.arange(32) / RATE)
    spans = moving_spans(axes, RATE, start_s=100.0)
    assert_allclose(spans, [[138.6, 151.4], [178.6, 182.4]], atol=0.25)
    assert_allclose(moving_spans(axes, RATE, hold_s=3.0) + [[2.0, -2.0]], spans - 100.0, atol=1e-9)
    assert moving_spans(axes, RATE, threshold_g=0.5).shape == (0, 2)
    assert_array_equal(in_spans(100.0 + np.arange(32 * 120) / RATE, spans), moving(axes, RATE))


def test_posture_and_noise_are_no_movement():
    axes = shaken(0.0, 1.0, 32 * 120, noise_g=0.008)
    axes[0] += 0.5 * np.sin(2 * np.pi * 0.02 * np.arange(32 * 120) / RATE)
    assert not moving(np.round(64.0 * axes) / 64.0, RATE).any()


def test_movement_to_the_very_ends():
    spans = moving_spans(shaken(0.3, 3.0), RATE)
    assert_array_equal(spans, [[0.0, 60.0]])


def test_lost_acceleration_is_not_movement():
    axes = shaken(0.3, 3.0)
    axes[:, 600:900] = np.nan
    is_moving = moving(axes, RATE)
    assert not is_moving[600:900].any()
    assert is_moving[:600].all() and is_moving[900:].all()
    assert not moving(np.full((3, 500), np.nan), RATE).any()


@given(
    arrays(float, st.integers(0, 30), elements=st.one_of(st.floats(-5, 15), st.just(np.nan))),
    st.lists(st.tuples(st.integers(0, 10), st.integers(0, 4)), max_size=6),
)
def test_in_spans_matches_naive(times_s, spans):
    spans_s = np.array([(start, start + length) for start, length in spans], dtype=float).reshape(-1, 2)
    expected = [any(start <= time < stop for start, stop in spans_s) for time in times_s]
    assert in_spans(times_s, spans_s).tolist() == expected


whatever = st.one_of(st.floats(-1e150, 1e150), st.sampled_from([np.nan, np.inf, -np.inf]))


@given(arrays(float, st.tuples(st.just(3), st.integers(0, 200)), elements=whatever), st.sampled_from([0.9, 4.0, 64.0]))
def test_no_data_is_too_odd(axes, rate):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", QualityWarning)
        assert moving(axes, rate).dtype == bool
        spans = moving_spans(axes, rate)
        assert (spans[:, 0] < spans[:, 1]).all() and (np.diff(spans.ravel()) > 0).all()
        finite = np.where(np.isinf(axes), np.nan, axes)
        if finite.size:
            row = MotionFeatures(rate=rate).fit_transform(finite[np.newaxis])[0]
            assert not np.isinf(row).any()
            assert ((row[N_FEATURES:] >= 0.0) & (row[N_FEATURES:] <= 1.0)).all()


# ---------------------------------------------------------------------------------------------------------- features


def test_motion_features_of_known_windows():
    table = table_of(shaken(0.0, 1.0, noise_g=1e-5), shaken(0.4, 3.7), np.full((3, 1920), np.nan))
    assert table["still_share"][0] == 1.0 and table["still_share"][1] < 0.1
    assert table["ln_activity"][0] == 0.0  # the floor of 1 mg
    assert table["ln_activity"][1] == pytest.approx(np.log(400 * 2 / np.pi), abs=0.03)
    assert_allclose(table["posture_sd_g"][:2], [0.0, 0.4 / np.sqrt(2) / 3], atol=1e-3)
    assert table["quality"].tolist() == [1.0, 1.0, 0.0]
    assert table.iloc[2, :N_FEATURES].isna().all()


def hostile_windows(rng):
    """Windows with every fault there is, on the grid of an 8-bit sensor."""
    windows = np.round(64.0 * (shaken(0.0, 1.0) + 0.4 * rng.standard_normal((9, 3, 1920)))) / 64.0
    windows[1] = np.clip(windows[1] * 4.0, -2.0, 1.984375)
    windows[2, :, 300:1500] = windows[2, :, 300:301]  # stuck for 37.5 s
    windows[3, 1, 300:1500] = windows[3, 1, 300]  # one axis at rest is no fault
    windows[4][:, rng.random(1920) < 0.3] = np.nan
    windows[5, 2, : 1920 * 3 // 5] = np.nan
    windows[6] = np.nan
    windows[7] = [[0.0], [0.6], [0.8]]
    windows[8, :, 1:] = np.nan
    return windows


def test_features_match_naive(rng):
    windows = hostile_windows(rng)
    features = MotionFeatures(still_g=0.1).fit_transform(windows)
    for axes, dynamic, row in zip(windows, activity(windows, RATE), features, strict=True):
        expected = naive_motion.motion_features(axes.tolist(), dynamic.tolist(), 0.1, 960, 1.5, 3)
        assert_allclose(row, expected, rtol=1e-9, atol=1e-9)


def test_quality_tells_what_is_wrong(rng):
    table = table_of(*hostile_windows(rng))
    assert_allclose(table["quality_present"][[0, 4, 5, 6]], [1.0, 0.7, 0.4, 0.0], atol=0.03)
    assert_allclose(table["quality_varying"][[0, 2, 3, 7]], [1.0, 720 / 1920, 1.0, 0.0], atol=1e-3)
    assert table["quality_unclipped"][1] < 0.8
    assert (table["quality_unclipped"][[0, 2, 3, 4]] > 0.99).all()
    assert_allclose(table["quality"], table["quality_present"] * table["quality_varying"] * table["quality_unclipped"])
    assert table.loc[[5, 6, 8]].iloc[:, :N_FEATURES].isna().all(axis=None)
    assert table.loc[[0, 1, 2, 3, 4, 7]].iloc[:, :N_FEATURES].notna().all(axis=None)


def test_features_of_a_recording_are_those_of_its_windows_but_for_the_filter(rng):
    axes = shaken(0.3, 2.0, 19200) * rng.uniform(0, 1, 19200)
    axes[:, 5000:5400] = np.nan
    stream = recording_of(axes)
    starts_s = np.array([100.0, 100.017, 300.0, -20.0, 580.0, -500.0, 5e6])
    whole = MotionFeatures().transform_stream(stream, starts_s, 60.0)
    dynamic = activity(axes, RATE)
    for start, row in zip(starts_s, whole, strict=True):
        at = np.arange(1920) + int(np.ceil((start * RATE) - 1e-6))
        inside = (at >= 0) & (at < 19200)
        window = np.where(inside, axes[:, np.clip(at, 0, 19199)], np.nan)
        moved = np.where(inside, dynamic[np.clip(at, 0, 19199)], np.nan)
        expected = naive_motion.motion_features(window.tolist(), moved.tolist(), 0.02, 960, 1.5, 3)
        assert_allclose(row, expected, rtol=1e-9, atol=1e-9)
    alone = MotionFeatures().fit_transform(np.stack([axes[:, 3200:5120], axes[:, 9600:11520]]))
    assert_allclose(whole[[0, 2]], alone, rtol=0.02, atol=0.02)


def test_a_recording_of_nothing_has_no_features():
    empty = Stream(np.empty((3, 0)), [], RATE, ["x", "y", "z"], "g", "acceleration")
    row = MotionFeatures().transform_stream(empty, [0.0], 60.0)[0]
    assert np.isnan(row[:N_FEATURES]).all()
    assert_array_equal(row[N_FEATURES:], 0.0)
    row = MotionFeatures().transform_stream(recording_of(shaken(0.1, 1.0)), [-10.0], 150.0)[0]
    assert np.isnan(row[:N_FEATURES]).all()
    assert_array_equal(row[N_FEATURES:], [0.4, 1.0, 1.0, 0.4])
    with pytest.raises(InvalidArgumentError, match="starts_s must be finite"):
        MotionFeatures().transform_stream(recording_of(shaken(0.1, 1.0)), [np.nan], 60.0)
    with pytest.raises(InvalidArgumentError, match="window_s=1000000000000.0 must be"):
        MotionFeatures().transform_stream(recording_of(shaken(0.1, 1.0)), [0.0], 1e12)
    with pytest.raises(InvalidArgumentError, match="still_g=-1"):
        MotionFeatures(still_g=-1).fit_transform(shaken(0.1, 1.0)[np.newaxis])


def test_real_wrist_lies_still_at_times_and_moves_at_others(data_dir):
    from physiofer.io import read_empatica

    stream = read_empatica(data_dir / "stress-predict" / "S05").of_kind("acceleration")
    stream = stream.crop(stream.start_s, stream.start_s + 600.0)
    share = moving(stream.values, stream.rate).mean()
    assert 0.05 < share < 0.7
    features = MotionFeatures().transform_stream(stream, stream.start_s + 60.0 * np.arange(10), 60.0)
    assert np.isfinite(features).all()
    assert (features[:, -1] > 0.95).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: activity(np.zeros((2, 9)), RATE), r"acceleration_g has shape \(2, 9\)"),
        (lambda: activity(np.zeros((3, 9)), 0.0), "rate=0.0"),
        (lambda: activity("xyz", RATE), "acceleration_g must be an array of real numbers"),
        (lambda: moving(np.zeros((3, 9)), RATE, threshold_g=0.0), "threshold_g=0.0"),
        (lambda: moving(np.zeros((3, 9)), RATE, hold_s=-1.0), "hold_s=-1.0"),
        (lambda: moving_spans(np.zeros((1, 3, 9)), RATE), r"acceleration_g has 3 axes; it must be \(3, n_times\)"),
        (lambda: moving_spans(np.zeros((3, 9)), RATE, start_s=np.nan), "start_s=nan"),
        (lambda: in_spans([1.0], [1.0, 2.0]), r"spans_s has shape \(2,\)"),
        (lambda: in_spans([1.0], [[2.0, 1.0]]), "no span may stop before it starts"),
        (lambda: in_spans([1.0], [[np.nan, 1.0]]), "spans_s must hold numbers"),
        (
            lambda: MotionFeatures().transform_stream(Stream.regular(np.zeros((2, 99)), RATE), [0.0], 1.0),
            "has 2 channels; MotionFeatures takes 3",
        ),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


@pytest.mark.parametrize("factor", [1e-3, 1 / 64])
def test_an_acceleration_without_gravity_warns_and_counts_nothing(factor):
    axes = factor * (np.array([[0.0], [0.6], [0.8]]) + 0.05 * np.random.default_rng(0).standard_normal((3, 640)))
    with pytest.warns(QualityWarning, match="was it converted to g twice"):
        row = MotionFeatures(rate=32.0).fit_transform(axes[np.newaxis])[0]
    assert row[-1] == 0.0
    assert np.isnan(row[:5]).all()


def test_times_that_are_no_numbers_are_named():
    with pytest.raises(InvalidArgumentError, match="times_s must be an array of real numbers"):
        in_spans("abc", [[0.0, 1.0]])
    assert bool(in_spans(0.5, [[0.0, 1.0]]))
