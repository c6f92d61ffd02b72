"""Skin conductance: cleaning, decomposition, responses and features."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from physiofer.exceptions import InvalidArgumentError
from physiofer.features import EDAFeatures
from physiofer.kernels.eda.scr import scr_extrema
from physiofer.recording import Stream
from physiofer.signals import eda

RATE = 4.0


def responses_on_level(onsets_s, amplitudes_us, duration_s, rate=RATE, level_us=2.0):
    """A level with one bi-exponential (Bateman) response after each onset, scaled to its peak."""
    times = np.arange(0, duration_s, 1 / rate)
    signal = np.full(times.size, level_us)
    for onset, amplitude in zip(onsets_s, amplitudes_us, strict=True):
        since = np.clip(times - onset, 0, None)
        shape = np.exp(-since / 3.0) - np.exp(-since / 0.75)
        signal += amplitude * shape / 0.4725  # maximum of the shape, at ln(4) s
    return signal


@given(
    arrays(float, st.integers(0, 60), elements=st.sampled_from([0.0, 0.01, 0.03, 0.1, 0.5, 1.0, np.nan])),
    st.integers(1, 30),
)
def test_extrema_match_naive(series, max_rise):
    found = scr_extrema(series, 0.05, max_rise, 10)
    assert [tuple(row[:2]) for row in found.tolist()] == naive.responses(series.tolist(), 0.05, max_rise)


def test_known_responses_are_measured():
    onsets_s, amplitudes_us = [20.0, 50.0, 90.0], [0.2, 1.0, 0.05]
    found = eda.scr_peaks(responses_on_level(onsets_s, amplitudes_us, 120), RATE)
    assert_allclose(found["onset_s"], onsets_s, atol=0.8)
    assert_allclose(found["peak_s"], np.array(onsets_s) + np.log(4), atol=0.8)
    assert_allclose(found["amplitude_us"], amplitudes_us, rtol=0.15)
    assert found["half_recovery_s"].between(1.5, 5.0).all()


def test_the_threshold_is_absolute():
    quiet = responses_on_level([20.0], [0.004], 60)
    assert len(eda.scr_peaks(quiet, RATE)) == 0
    assert len(eda.scr_peaks(quiet, RATE, min_amplitude_us=0.002)) == 1


def test_a_slow_drift_is_no_response():
    drift = np.linspace(1.0, 3.0, int(1200 * RATE))  # 0.1 uS a minute for 20 minutes
    assert len(eda.scr_peaks(drift, RATE)) == 0


@pytest.mark.parametrize("rate", [4.0, 32.0, 128.0])
def test_responses_do_not_depend_on_the_rate(rate):
    found = eda.scr_peaks(responses_on_level([10.0, 40.0], [0.5, 0.3], 60, rate), rate)
    assert_allclose(found["amplitude_us"], [0.5, 0.3], rtol=0.12)


@pytest.mark.parametrize("method", ["highpass", "median"])
def test_parts_add_up_and_scale(rng, method):
    signal = responses_on_level([20.0, 60.0], [0.3, 0.6], 120) + 0.001 * rng.standard_normal(480)
    tonic, phasic = eda.decompose(signal, RATE, method=method)
    assert_allclose(tonic + phasic, signal, atol=0.15)
    assert np.corrcoef(tonic + phasic, signal)[0, 1] > 0.98
    scaled = eda.decompose(100 * signal, RATE, method=method)
    assert_allclose(scaled.phasic, 100 * phasic, rtol=1e-6, atol=1e-6)


def test_level_goes_to_tonic_and_responses_to_phasic():
    level = responses_on_level([], [], 240, level_us=5.0)
    tonic, phasic = eda.decompose(level, RATE)
    assert_allclose(tonic, 5.0, atol=1e-9)
    assert_allclose(phasic, 0.0, atol=1e-9)
    with_response = responses_on_level([120.0], [1.0], 240, level_us=5.0)
    tonic, phasic = eda.decompose(with_response, RATE)
    assert np.argmax(phasic) / RATE == pytest.approx(121.4, abs=1.0)
    assert 0.5 < phasic.max() < 1.0  # the filter leaves part of every response in the level


def test_gaps_stay_gaps_and_do_not_spread():
    signal = responses_on_level([30.0], [0.5], 120)
    signal[200:240] = np.nan
    tonic, phasic = eda.decompose(signal, RATE)
    assert np.array_equal(np.isnan(tonic), np.isnan(signal))
    whole = eda.decompose(responses_on_level([30.0], [0.5], 120), RATE)
    assert_allclose(phasic[:150], whole.phasic[:150], atol=0.02)


def test_batches_agree_with_single_series(rng):
    batch = 1 + rng.random((3, 240))
    together = eda.decompose(batch, RATE)
    for row, series in enumerate(batch):
        assert_allclose(together.phasic[row], eda.decompose(series, RATE).phasic)


def test_out_of_contact_is_missing():
    assert np.isnan(eda.clean_eda([0.0, 0.005, -1.0, 150.0, np.nan, np.inf])).all()
    assert_allclose(eda.clean_eda(np.array([1, 2], dtype=np.int16)), [1.0, 2.0])


def test_features_of_a_known_minute():
    window = responses_on_level([10.0, 30.0], [0.5, 0.3], 60)
    features = EDAFeatures().set_output(transform="pandas").fit_transform(window[None])
    row = features.iloc[0]
    assert row["scr_per_min"] == 2
    assert row["scr_amplitude_mean_us"] == pytest.approx(0.4, rel=0.12)
    assert row["scr_amplitude_sum_us"] == pytest.approx(0.8, rel=0.12)
    assert row["scl_mean_us"] == pytest.approx(window.mean(), rel=0.05)
    assert row["ln_scl"] == pytest.approx(np.log(row["scl_mean_us"]))
    assert row["quality"] == 1.0


def test_slope_is_that_of_naive(rng):
    window = np.linspace(2.0, 4.0, 240)
    features = EDAFeatures().set_output(transform="pandas").fit_transform(window[None])
    expected = naive.slope_per_minute(eda.decompose(window, RATE).tonic.tolist(), RATE)
    assert features["scl_slope_us_per_min"][0] == pytest.approx(expected)
    assert expected == pytest.approx(2.0, rel=0.05)


def test_features_say_when_there_was_no_skin():
    windows = np.stack(
        [np.zeros(240), np.full(240, np.nan), np.r_[np.zeros(200), np.linspace(2, 2.1, 40)], np.full(240, 2.0)]
    )
    features = EDAFeatures().set_output(transform="pandas").fit_transform(windows)
    assert_allclose(features["quality"][:3], [0.0, 0.0, 1 / 6])
    assert features.iloc[:3].drop(columns="quality").isna().all(axis=None)
    assert features["quality"][3] == 0.0  # the same value for a minute is a dead sensor
    assert features.iloc[3:].drop(columns="quality").isna().all(axis=None)


def test_whole_recording_agrees_with_windows_away_from_edges():
    signal = responses_on_level(np.arange(15.0, 590.0, 20.0), 0.2 + 0.1 * np.arange(29) % 0.7, 600)
    stream = Stream.regular(signal, RATE, channels=["eda"], unit="uS", kind="eda")
    starts_s = np.array([120.0, 240.0, 420.0])
    whole = EDAFeatures().transform_stream(stream, starts_s, 60.0)
    alone = EDAFeatures().fit_transform(np.stack([signal[int(s * RATE) : int((s + 60) * RATE)] for s in starts_s]))
    for name, tolerance in [("scl_mean_us", 0.05), ("scr_per_min", 0.34), ("scr_amplitude_mean_us", 0.1)]:
        column = EDAFeatures.feature_names.index(name)
        assert_allclose(whole[:, column], alone[:, column], rtol=tolerance, err_msg=name)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: eda.decompose(np.ones(10), 4.0, method="cvxeda2"), "method='cvxeda2' must be one of highpass, median"),
        (lambda: eda.decompose(np.ones(10), 0.5), "rate=0.5"),
        (lambda: eda.decompose(2.0, 4.0), "eda_us is a single number"),
        (lambda: eda.scr_peaks(np.ones(10), 4.0, min_amplitude_us=0.0), "min_amplitude_us=0.0"),
        (lambda: eda.scr_peaks(np.ones((2, 10)), 4.0), "eda_us has shape"),
        (lambda: eda.clean_eda([1.0], low_us=2.0, high_us=1.0), "high_us=1.0"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()
