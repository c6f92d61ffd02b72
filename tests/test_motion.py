"""Acceleration and skin temperature: signals and features."""

import naive
import numpy as np
import pytest
from numpy.testing import assert_allclose

from physiofer.exceptions import InvalidArgumentError
from physiofer.features import MotionFeatures, TemperatureFeatures
from physiofer.features._base import quiet_nan, slope_per_minute
from physiofer.recording import Stream
from physiofer.signals.motion import activity
from physiofer.signals.temperature import clean_temperature

RATE = 32.0


def shaken(amplitude_g, hz, n_times=1920):
    """Gravity along z and a sine along x."""
    axes = np.zeros((3, n_times))
    axes[2] = 1.0
    axes[0] = amplitude_g * np.sin(2 * np.pi * hz * np.arange(n_times) / RATE)
    return axes


def test_gravity_and_posture_are_not_activity():
    assert_allclose(activity(shaken(0.0, 1.0), RATE), 0.0, atol=1e-9)
    slow = activity(shaken(0.3, 0.02), RATE)
    assert np.median(slow) < 0.01


def test_activity_of_a_sine_is_its_mean_magnitude():
    dynamic = activity(shaken(0.4, 3.7), RATE)
    assert dynamic[320:-320].mean() == pytest.approx(0.4 * 2 / np.pi, rel=0.02)


def test_activity_is_blind_to_orientation(rng):
    axes = shaken(0.2, 3.0) + 0.01 * rng.standard_normal((3, 1920))
    rotation, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    assert_allclose(activity(rotation @ axes, RATE), activity(axes, RATE), atol=1e-9)


def test_missing_axis_is_missing_activity():
    axes = shaken(0.2, 3.0)
    axes[1, 100:120] = np.nan
    dynamic = activity(axes, RATE)
    assert np.array_equal(np.flatnonzero(np.isnan(dynamic)), np.arange(100, 120))


def test_motion_features_of_known_windows():
    features = MotionFeatures().set_output(transform="pandas")
    table = features.fit_transform(np.stack([shaken(0.0, 1.0), shaken(0.4, 3.7), np.full((3, 1920), np.nan)]))
    assert table["still_share"][0] == 1.0 and table["still_share"][1] < 0.1
    assert table["ln_activity"][0] == 0.0  # the floor of 1 mg
    assert table["ln_activity"][1] == pytest.approx(np.log(400 * 2 / np.pi), abs=0.03)
    assert_allclose(table["posture_sd_g"][:2], [0.0, 0.4 / np.sqrt(2) / 3], atol=1e-3)
    assert table["quality"].tolist() == [1.0, 1.0, 0.0]
    assert table.iloc[2].drop("quality").isna().all()


def test_motion_of_a_recording_agrees_with_its_windows(rng):
    axes = shaken(0.3, 2.0, 19200) * rng.uniform(0, 1, 19200)
    stream = Stream.regular(axes, RATE, channels=["x", "y", "z"], unit="g", kind="acceleration")
    whole = MotionFeatures().transform_stream(stream, [100.0, 300.0], 60.0)
    alone = MotionFeatures().fit_transform(np.stack([axes[:, 3200:5120], axes[:, 9600:11520]]))
    assert_allclose(whole, alone, rtol=0.02, atol=0.02)


def test_two_axes_are_refused_by_name():
    with pytest.raises(InvalidArgumentError, match=r"acceleration_g has shape \(2, 9\)"):
        activity(np.zeros((2, 9)), RATE)
    stream = Stream.regular(np.zeros((2, 99)), RATE, channels=["x", "y"], kind="acceleration")
    with pytest.raises(InvalidArgumentError, match="has 2 channels; MotionFeatures takes 3"):
        MotionFeatures().transform_stream(stream, [0.0], 1.0)


def test_temperature_features_of_known_windows():
    cooling = np.linspace(34.0, 33.0, 240)
    off = np.full(240, 12.0)
    half = np.r_[cooling[:150], np.full(90, np.nan)]
    table = TemperatureFeatures().set_output(transform="pandas").fit_transform(np.stack([cooling, off, half]))
    assert table["slope_c_per_min"][0] == pytest.approx(-1.0, rel=0.01)
    assert table["range_c"][0] == pytest.approx(1.0)
    assert table["quality"].tolist() == [1.0, 0.0, 0.625]
    assert table.iloc[1].drop("quality").isna().all()
    assert table["slope_c_per_min"][2] == pytest.approx(table["slope_c_per_min"][0])


def test_implausible_temperature_is_missing():
    assert np.isnan(clean_temperature([-40.0, 14.9, 43.1, np.inf, 382.2])).all()
    with pytest.raises(InvalidArgumentError, match="high_c=10"):
        clean_temperature([30.0], low_c=20.0, high_c=10.0)


def test_slope_matches_naive(rng):
    values = rng.standard_normal((20, 50))
    values[rng.random((20, 50)) < 0.3] = np.nan
    values[0] = np.nan
    values[1, 1:] = np.nan
    expected = [naive.slope_per_minute(row, 4.0) for row in values.tolist()]
    assert_allclose(slope_per_minute(values, 4.0), expected)


@pytest.mark.parametrize("function", [np.nanmean, np.nanstd, np.nanmin, np.nanmax])
def test_reductions_skip_what_is_missing(rng, function):
    values = rng.standard_normal((3, 5, 8))
    values[0, 1, 2:4] = np.nan
    values[2, 4] = np.nan
    reduced = quiet_nan(function, values)
    assert reduced.shape == (3, 5) and np.isnan(reduced[2, 4])
    known = np.ones((3, 5), dtype=bool)
    known[2, 4] = False
    assert_allclose(reduced[known], [function(row) for row in values[known]])
