"""Skin temperature: what is plausible, and features of windows."""

import warnings

import naive_motion
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.features import TemperatureFeatures
from physiofer.recording import Stream
from physiofer.signals.temperature import clean_temperature

N_FEATURES = 4
COOLING = np.linspace(34.0, 33.0, 240)


def table_of(*windows):
    """Features of windows at 4 Hz by name."""
    return TemperatureFeatures().set_output(transform="pandas").fit_transform(np.stack(windows))


def test_features_of_known_windows():
    table = table_of(COOLING, np.full(240, 12.0), np.r_[COOLING[:150], np.full(90, np.nan)])
    assert table["slope_c_per_min"][0] == pytest.approx(-240 / 239)
    assert table["range_c"][0] == pytest.approx(1.0)
    assert table["mean_c"][0] == pytest.approx(33.5)
    assert table["sd_c"][0] == pytest.approx(1 / np.sqrt(12), rel=0.01)
    assert table["slope_c_per_min"][2] == pytest.approx(table["slope_c_per_min"][0])
    assert table["quality_present"].tolist() == [1.0, 1.0, 0.625]
    assert table["quality_in_range"].tolist() == [1.0, 0.0, 0.625]
    assert table["quality_varying"].tolist() == [1.0, 0.0, 1.0]
    assert table["quality"].tolist() == [1.0, 0.0, 0.625]
    assert table.iloc[1, :N_FEATURES].isna().all()


def test_features_match_naive(rng):
    windows = np.round(rng.normal(33.0, 4.0, size=(12, 240)), 1)
    windows[rng.random(windows.shape) < 0.1] = np.nan
    windows[3, 30:] = 382.2
    windows[4] = np.nan
    features = TemperatureFeatures().fit_transform(windows)
    for window, row in zip(windows.tolist(), features, strict=True):
        plausible = [value if 15.0 <= value <= 43.0 else np.nan for value in window]
        share, mean, spread, least, greatest, slope = naive_motion.moments(plausible)
        expected = [mean, spread, greatest - least, slope * 240.0] if share >= 0.5 else [np.nan] * N_FEATURES
        assert_allclose(row[:N_FEATURES], expected, rtol=1e-9, atol=1e-9)
        assert row[5] == pytest.approx(share)


def test_a_stuck_sensor_shows_in_the_quality():
    stuck = np.r_[COOLING[:40], np.full(260, 33.5)]
    late = np.r_[COOLING[:100], np.full(200, 33.5)]  # 50 s on one step of the sensor may well be
    table = table_of(stuck, late)
    assert_allclose(table["quality_varying"], [40 / 300, 1.0])
    assert_allclose(table["quality"], [40 / 300, 1.0])
    assert table["mean_c"].notna().all()


def test_faults_are_missing_and_not_hot():
    assert np.isnan(clean_temperature([-40.0, 14.9, 43.1, np.inf, 382.2, 33.0])[:5]).all()
    assert clean_temperature([15.0, 43.0]).tolist() == [15.0, 43.0]
    assert clean_temperature([33, 0]).tolist()[0] == 33.0
    assert clean_temperature([]).shape == (0,)


@pytest.mark.parametrize(
    ("convert", "unit"),
    [
        (lambda c: c + 273.15, "kelvin"),
        (lambda c: 1.8 * c + 32.0, "Fahrenheit"),
        (lambda c: 100.0 * c, "hundredths"),
        (lambda c: 1000.0 * c, "thousandths"),
    ],
)
@pytest.mark.parametrize("skin_c", [24.0, 33.0, 38.0])
def test_another_unit_is_told_and_never_used(convert, unit, skin_c):
    windows = convert(skin_c + 0.01 * np.arange(480.0).reshape(2, 240) / 240.0)
    with pytest.warns(QualityWarning, match=f"temperature_c has a median of .* is it in .*{unit}") as caught:
        assert np.isnan(clean_temperature(windows)).all()
    assert caught[0].filename == __file__
    with pytest.warns(QualityWarning, match=unit):
        features = TemperatureFeatures().fit_transform(windows)
    assert np.isnan(features[:, :N_FEATURES]).all()
    assert_array_equal(features[:, 5], 0.0)
    assert_array_equal(features[:, -1], 0.0)


@pytest.mark.parametrize("off_skin", [0.0, 12.0, 382.2, -40.0, 1e30])
def test_a_sensor_off_the_skin_is_no_matter_of_units(off_skin):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(clean_temperature(np.full(100, off_skin))).all()
        assert np.isfinite(clean_temperature(np.r_[COOLING, np.full(100, 306.0)])).sum() == 240  # most are plausible


@given(arrays(float, st.tuples(st.integers(1, 3), st.integers(1, 80)), elements=st.floats(allow_infinity=False)))
def test_no_data_is_too_odd(windows):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", QualityWarning)
        features = TemperatureFeatures().fit_transform(windows)
    assert features.shape == (len(windows), 8)
    assert ((features[:, N_FEATURES:] >= 0.0) & (features[:, N_FEATURES:] <= 1.0)).all()
    assert not np.isinf(features).any()


def test_of_a_recording_as_of_its_windows():
    values = 33.0 + np.sin(np.arange(4 * 600) / 300.0)
    stream = Stream.regular(values, 4.0, unit="degC", kind="temperature")
    whole = TemperatureFeatures().transform_stream(stream, [60.0, 200.0, 590.0], 60.0)
    alone = TemperatureFeatures().fit_transform(np.stack([values[240:480], values[800:1040]]))
    assert_array_equal(whole[:2], alone)
    assert whole[2, 4] == pytest.approx(10 / 60)


def test_wrong_arguments_are_named():
    with pytest.raises(InvalidArgumentError, match="high_c=10"):
        clean_temperature([30.0], low_c=20.0, high_c=10.0)
    with pytest.raises(InvalidArgumentError, match="temperature_c=33.0 must be an array"):
        clean_temperature(33.0)
    with pytest.raises(InvalidArgumentError, match="temperature_c must be an array of real numbers"):
        clean_temperature(["warm"])
