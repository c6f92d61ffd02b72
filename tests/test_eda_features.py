"""The transformer of skin conductance windows: known minutes, quality, whole recordings, hostile input."""

import naive
import naive_eda
import numpy as np
import pytest
from fake_eda import RATE, responses_on_level
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.features import EDAFeatures
from physiofer.kernels.eda.windows import PARTS, STATISTICS, window_statistics
from physiofer.recording import Stream
from physiofer.signals import eda
from physiofer.windows import cut

READINGS = st.sampled_from([0.0, 0.005, 0.02, 0.5, 0.6, 1.4, 3.0, 99.0, 150.0, -1.0, np.nan])
NAMES = list(EDAFeatures.feature_names)
SCIENCE = [name for name in NAMES if not name.startswith("quality")]


def features_of(windows, **options):
    """A frame of features, one row per window."""
    return EDAFeatures(**options).set_output(transform="pandas").fit_transform(np.atleast_2d(windows))


@given(
    arrays(
        float,
        st.tuples(st.integers(1, 3), st.just(len(PARTS)), st.integers(1, 12)),
        elements=st.sampled_from([0.0, 0.5, 1.0, -2.0, np.nan]),
    )
)
def test_statistics_match_naive(windows):
    table = np.empty((len(windows), len(STATISTICS)))
    window_statistics(0, len(windows), windows, table)
    assert_allclose(table, [naive_eda.window_statistics(window.tolist()) for window in windows], atol=1e-9)


@pytest.mark.parametrize("method", ["cvxeda", "highpass", "median"])
def test_features_of_a_known_minute(method):
    window = responses_on_level([10.0, 30.0], [0.5, 0.3], 60)
    row = features_of(window, method=method).iloc[0]
    assert row["scr_per_min"] == 2
    assert row["scr_amplitude_mean_us"] == pytest.approx(0.4, rel=0.12)
    assert row["scr_amplitude_sum_us"] == pytest.approx(0.8, rel=0.12)
    assert row["scr_amplitude_max_us"] == pytest.approx(0.5, rel=0.12)
    assert row["scr_half_recovery_s"] == pytest.approx(2.9, abs=0.6)  # of exp(-t/3) - exp(-t/0.75)
    assert row["scl_mean_us"] == pytest.approx(2.0, rel=0.05)
    assert row["ln_scl"] == pytest.approx(np.log(row["scl_mean_us"]))
    assert row["derivative_rise"] == pytest.approx(0.8 / 60, rel=0.15)
    assert row["quality"] == 1.0
    assert np.isfinite(row["driver_sum_us_per_min"]) == (method == "cvxeda")


@pytest.mark.parametrize("rate", [4.0, 32.0])
def test_driver_sum_is_in_us_per_minute_whatever_the_rate(rate):
    window = responses_on_level([10.0, 30.0], [0.5, 0.3], 60, rate)
    row = features_of(window, rate=rate).iloc[0]
    # A response of 1 uS takes 2.71 uS of driver; those of the simulation (3 and 0.75 s) are a third longer.
    assert row["driver_sum_us_per_min"] == pytest.approx(0.8 * 2.71 * 1.33, rel=0.15)
    assert row["ln_driver_sum"] == pytest.approx(np.log(row["driver_sum_us_per_min"] + 0.001))


def test_a_longer_window_does_not_add_to_rates():
    pattern = [10.0, 25.0, 40.0, 55.0]
    minute = features_of(responses_on_level(pattern, [0.3] * 4, 60)).iloc[0]
    onsets_s = np.add.outer([0, 60, 120, 180], pattern).ravel()
    longer = features_of(responses_on_level(onsets_s, [0.3] * 16, 240)).iloc[0]
    for name in ("scr_per_min", "driver_sum_us_per_min", "phasic_area_us"):
        assert longer[name] == pytest.approx(minute[name], rel=0.15)


def test_slope_is_that_of_naive():
    window = np.linspace(2.0, 4.0, 240)
    expected = naive.slope_per_minute(eda.decompose(window, RATE, scale_us=1.0).tonic.tolist(), RATE)
    assert features_of(window)["scl_slope_us_per_min"][0] == pytest.approx(expected)
    assert expected == pytest.approx(2.0, rel=0.05)


def test_edasymp_is_that_of_the_signal_from_64_seconds_on():
    times = np.arange(0, 64, 1 / RATE)
    window = 2 + 0.3 * np.sin(2 * np.pi * 0.125 * times)
    row = features_of(window).iloc[0]
    assert row["edasymp_us2"] == pytest.approx(0.045, rel=0.02)
    assert row["edasymp_nu"] == pytest.approx(1.0, abs=0.01)
    assert features_of(window[:-1])[["edasymp_us2", "edasymp_nu"]].isna().all(axis=None)


def test_features_say_when_there_was_no_skin():
    windows = np.stack(
        [np.zeros(240), np.full(240, np.nan), np.r_[np.zeros(200), np.linspace(2, 2.1, 40)], np.full(240, 2.0)]
    )
    features = features_of(windows)
    # The first second after contact is lost with it; the same value for a minute is a dead sensor.
    assert_allclose(features["quality"], [0.0, 0.0, 36 / 240, 0.0])
    assert_allclose(features["quality_in_contact"], [0.0, 0.0, 36 / 240, 1.0])
    assert_allclose(features["quality_varying"], [0.0, 0.0, 1.0, 0.0])
    assert features[SCIENCE].isna().all(axis=None)


def test_quality_tells_what_is_wrong():
    good = responses_on_level([10.0, 30.0], [0.5, 0.3], 60)
    saturated, stuck, dropped = good.copy(), good.copy(), good.copy()
    saturated[100:160] = 120.0
    stuck[80:200] = stuck[80]
    dropped[::10] = np.nan
    quality = features_of(np.stack([good, saturated, stuck, dropped])).filter(like="quality")
    assert_allclose(quality["quality_in_contact"], [1.0, 1 - 8 / 240, 1.0, 0.9])
    assert_allclose(quality["quality_unsaturated"], [1.0, 1 - 60 / 232, 1.0, 1.0])
    assert_allclose(quality["quality_varying"], [1.0, 1.0, 0.5, 1.0])
    assert_allclose(quality["quality"], quality.iloc[:, :3].prod(axis=1))


def test_a_knock_makes_no_response_and_no_negative_level():
    window = responses_on_level([40.0], [0.1], 60, level_us=0.5) + 1e-4 * np.arange(240)
    knocked = window.copy()
    knocked[80:84] += 2.0
    clean, row = features_of(np.stack([window, knocked])).iloc
    assert row["scr_per_min"] == pytest.approx(clean["scr_per_min"], rel=0.1)
    assert row["scr_amplitude_max_us"] == pytest.approx(clean["scr_amplitude_max_us"], rel=0.05)
    assert row["scl_mean_us"] == pytest.approx(clean["scl_mean_us"], rel=0.02)
    assert row["quality"] == pytest.approx(1 - 15 / 240, abs=0.01)


@pytest.mark.parametrize("height_us", [10.0, 30.0, 60.0])
def test_a_plateau_makes_no_negative_level(height_us):
    window = 2 + 0.1 * np.sin(np.arange(240) / 5)
    knocked = window.copy()
    knocked[100:140] = height_us
    clean, row = features_of(np.stack([window, knocked])).iloc
    assert row["scl_mean_us"] == pytest.approx(clean["scl_mean_us"], abs=0.05)
    assert row["scr_amplitude_max_us"] == pytest.approx(clean["scr_amplitude_max_us"], rel=0.05)
    assert row["phasic_sd_us"] < 0.2
    assert row["quality"] < 0.8


def test_a_level_that_cannot_be_lowers_the_quality():
    window = np.repeat([0.5, 2.7, 4.9, 7.1, 9.3, 0.6, 2.8, 5.0], 30) + 1e-3 * np.sin(np.arange(240))
    tonic_us = EDAFeatures()._parts(window[np.newaxis], RATE)[0, 0]
    is_odd = (tonic_us < 0) | (tonic_us > 1.05 * 9.301)
    row = features_of(window).iloc[0]
    assert row["quality"] == pytest.approx(
        row["quality_in_contact"] * row["quality_unsaturated"] * row["quality_varying"]
        * (1 - is_odd.sum() / np.isfinite(tonic_us).sum())
    )  # fmt: skip
    assert is_odd.any()


def test_whole_recording_agrees_with_windows_away_from_edges():
    onsets_s = np.arange(15.0, 470.0, 20.0)
    signal = responses_on_level(onsets_s, 0.2 + 0.1 * np.arange(onsets_s.size) % 0.7, 480)
    stream = Stream.regular(signal, RATE, channels=["eda"], unit="uS", kind="eda")
    starts_s = np.array([60.0, 180.0, 360.0])
    whole = EDAFeatures().transform_stream(stream, starts_s, 60.0)
    alone = EDAFeatures().fit_transform(cut(stream, starts_s, 60.0))
    tolerances = {
        "scl_mean_us": 0.02, "scr_per_min": 0.0, "scr_amplitude_mean_us": 0.01, "scr_amplitude_max_us": 0.01,
        "scr_rise_time_s": 0.1, "phasic_sd_us": 0.15, "phasic_area_us": 0.15, "driver_sum_us_per_min": 0.15,
        "derivative_sd": 0.02, "derivative_rise": 0.02, "quality": 0.0,
    }  # fmt: skip
    for name, tolerance in tolerances.items():
        column = NAMES.index(name)
        assert_allclose(whole[:, column], alone[:, column], rtol=tolerance + 1e-9, err_msg=name)


def test_inside_a_window_the_whole_recording_has_the_same_driver():
    onsets_s = np.arange(5.0, 230.0, 9.0)
    signal = responses_on_level(onsets_s, np.full(onsets_s.size, 0.2), 240)
    whole = eda.decompose(signal, RATE, scale_us=1.0)
    alone = eda.decompose(signal[240:720], RATE, scale_us=1.0)
    inner = slice(80, -80)  # 20 s from either edge
    assert_allclose(alone.tonic[inner], whole.tonic[240:720][inner], atol=0.02)
    assert_allclose(alone.phasic[inner], whole.phasic[240:720][inner], atol=0.02)


def test_a_real_recording_has_features(data_dir):
    series = np.loadtxt(data_dir / "stress-predict" / "S02" / "EDA.csv", skiprows=2)[:2400]
    stream = Stream.regular(series, RATE, channels=["eda"], unit="uS", kind="eda")
    features = EDAFeatures().transform_stream(stream, np.arange(60.0, 500.0, 60.0), 90.0)
    assert np.isfinite(features[:, NAMES.index("scl_mean_us")]).all()
    assert np.isfinite(features[:, NAMES.index("edasymp_us2")]).all()
    assert np.isfinite(features).mean() > 0.9  # quiet windows have no amplitudes
    assert (features[:, -1] > 0.9).all()


@pytest.mark.parametrize(("factor", "level_us"), [(1e3, 2.0), (1e-3, 1.0), (1e-3, 4.0), (1e-3, 15.0), (1e-3, 28.0)])
def test_a_unit_off_by_a_thousand_warns(factor, level_us):
    window = factor * responses_on_level([10.0], [0.5], 60, level_us=level_us)
    with pytest.warns(QualityWarning, match="is it in [nm]S"):
        features = features_of(window)
    assert features[SCIENCE].isna().all(axis=None)
    assert features["quality"][0] == 0.0


@settings(max_examples=25)
@given(
    arrays(float, st.tuples(st.integers(1, 2), st.integers(1, 40)), elements=READINGS),
    st.sampled_from([1.0, 4.0, 256.0]),
)
@pytest.mark.filterwarnings("ignore::physiofer.exceptions.QualityWarning")
def test_whatever_comes_the_schema_is_fixed(windows, rate):
    found = EDAFeatures(rate=rate).fit_transform(windows)
    assert found.shape == (len(windows), len(NAMES))
    assert not np.isinf(found).any()
    quality = found[:, [NAMES.index(name) for name in NAMES if name.startswith("quality")]]
    assert ((quality >= 0.0) & (quality <= 1.0)).all()
    assert np.isnan(found[quality[:, -1] < 0.5][:, : len(SCIENCE)]).all()


def test_no_windows_give_no_rows():
    stream = Stream.regular(responses_on_level([10.0], [0.5], 60), RATE, channels=["eda"], unit="uS", kind="eda")
    assert EDAFeatures().transform_stream(stream, [], 60.0).shape == (0, len(NAMES))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": 0.5}, "rate=0.5"),
        ({"method": "wavelet"}, "method='wavelet' must be one of cvxeda, highpass, median"),
        ({"min_amplitude_us": -1.0}, "min_amplitude_us=-1.0"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        features_of(np.ones(40), **options)


def test_columns_of_one_kind_stand_together():
    is_quality = [name.startswith("quality") for name in NAMES]
    assert_array_equal(is_quality, sorted(is_quality))
