"""Skin conductance: cleaning, filters that decompose, responses, and the sympathetic index."""

import naive
import naive_eda
import numpy as np
import pytest
from fake_eda import RATE, responses_on_level
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.kernels.eda.clean import drop_lost_contact, median_of_five
from physiofer.kernels.eda.scr import scr_extrema
from physiofer.signals import eda

READINGS = st.sampled_from([0.0, 0.005, 0.02, 0.5, 0.6, 1.4, 3.0, 99.0, 150.0, -1.0, np.nan, np.inf])


# Cleaning


@given(
    arrays(float, st.integers(0, 40), elements=READINGS),
    st.integers(1, 6),
    st.integers(1, 3),
    st.integers(0, 9),
    st.integers(0, 5),
)
def test_lost_contact_matches_naive(series, second, span, longest, margin):
    clean = np.empty((1, series.size))
    rules = (0.01, 100.0, (second, 0.4), (span, 1.0), longest, margin)
    drop_lost_contact(series[np.newaxis], *rules, clean)
    lost = np.array(naive_eda.lost_contact(series.tolist(), *rules), dtype=bool)
    assert_array_equal(clean[0], np.where(lost | ~np.isfinite(series), np.nan, series))


@given(arrays(float, st.tuples(st.integers(1, 3), st.integers(1, 30)), elements=st.floats(-9, 9)))
def test_median_of_five_matches_naive(rows):
    found = np.empty_like(rows)
    median_of_five(rows, found)
    assert_array_equal(found, [naive_eda.median_of_five(row) for row in rows.tolist()])


def test_out_of_contact_is_missing():
    assert np.isnan(eda.clean_eda([0.0, 0.0, 0.005, -1.0, 150.0, np.nan, np.inf])).all()
    assert_array_equal(eda.clean_eda(np.array([1, 2], dtype=np.int16)), [1.0, 2.0])
    assert eda.clean_eda(np.empty((2, 0)), RATE).shape == (2, 0)


def test_settling_and_knocks_are_missing_with_the_rate():
    signal = responses_on_level([30.0, 60.0], [1.0, 0.1], 120, level_us=0.5)
    assert_array_equal(eda.clean_eda(signal, RATE), signal)  # a response, however large, dies away slowly
    off = signal.copy()
    off[:3] = 0.0  # switched on
    off[200:205] *= 3.0  # a knock
    lost = np.isnan(eda.clean_eda(off, RATE))
    assert_array_equal(np.flatnonzero(lost), np.r_[0:7, 197:213])
    assert_array_equal(np.isnan(eda.clean_eda(off, RATE, margin_s=0.0)), np.isin(np.arange(480), np.r_[0:3, 201:209]))


@pytest.mark.parametrize("rate", [1.0, 4.0, 128.0])
@pytest.mark.parametrize("height_us", [10.0, 30.0, 60.0])
def test_a_plateau_no_skin_makes_is_missing(height_us, rate):
    times = np.arange(0, 60, 1 / rate)
    skin = 2 + 0.1 * np.sin(times / 1.25)
    for start_s, stop_s in ((25, 35), (0, 10), (50, 60)):  # in the middle, and cut off by either end
        is_plateau = (times >= start_s) & (times < stop_s)
        clean = eda.clean_eda(np.where(is_plateau, height_us, skin), rate)
        assert np.isnan(clean[is_plateau]).all()
        assert np.isnan(clean).mean() < 0.25
        assert_array_equal(clean[np.isfinite(clean)], skin[np.isfinite(clean)])


def test_a_lasting_change_of_contact_and_the_largest_responses_are_kept():
    for amplitude_us in (1.0, 4.0):
        signal = responses_on_level([30.0, 36.0], [amplitude_us] * 2, 120)
        assert_array_equal(eda.clean_eda(signal, RATE), signal)
    pressed = np.r_[np.full(400, 2.0), np.full(400, 9.0)] + 1e-3 * np.arange(800)  # 100 s each
    assert_array_equal(np.flatnonzero(np.isnan(eda.clean_eda(pressed, RATE))), np.arange(395, 405))


def test_a_lost_sample_is_not_lost_contact():
    signal = responses_on_level([10.0], [0.5], 30)
    signal[::7] = np.nan
    assert_array_equal(eda.clean_eda(signal, RATE), signal)


@pytest.mark.parametrize(("unit", "factor"), [("nS", 1e3), ("mS", 1e-3), ("S", 1e-6)])
def test_a_wrong_unit_is_named(unit, factor):
    signal = factor * responses_on_level([10.0], [0.5], 30)
    for rate in (None, RATE):
        with pytest.warns(QualityWarning, match=f"cannot be skin: no contact, or is it in {unit}") as caught:
            assert np.isnan(eda.clean_eda(signal, rate)).all()
        assert caught[0].filename == __file__


# Level and activity by filters


@pytest.mark.parametrize("method", ["highpass", "median"])
def test_parts_add_up_and_scale(rng, method):
    signal = responses_on_level([20.0, 60.0], [0.3, 0.6], 120) + 0.001 * rng.standard_normal(480)
    tonic, phasic, driver = eda.decompose(signal, RATE, method=method)
    assert np.isnan(driver).all()
    assert_allclose(tonic + phasic, signal, atol=0.15)
    assert np.corrcoef(tonic + phasic, signal)[0, 1] > 0.98
    scaled = eda.decompose(100 * signal, RATE, method=method)
    assert_allclose(scaled.phasic, 100 * phasic, rtol=1e-6, atol=1e-6)


def test_level_goes_to_tonic_and_responses_to_phasic():
    level = responses_on_level([], [], 240, level_us=5.0)
    tonic, phasic, _ = eda.decompose(level, RATE, method="highpass")
    assert_allclose(tonic, 5.0, atol=1e-9)
    assert_allclose(phasic, 0.0, atol=1e-9)
    with_response = responses_on_level([120.0], [1.0], 240, level_us=5.0)
    _, phasic, _ = eda.decompose(with_response, RATE, method="highpass")
    assert np.argmax(phasic) / RATE == pytest.approx(121.4, abs=1.0)
    assert 0.5 < phasic.max() < 1.0  # the filter leaves part of every response in the level
    _, phasic, _ = eda.decompose(with_response, RATE)
    assert phasic.max() == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("method", ["cvxeda", "highpass", "median"])
def test_gaps_stay_gaps_and_do_not_spread(method):
    signal = responses_on_level([30.0], [0.5], 120)
    signal[200:240] = np.nan
    tonic, phasic, _ = eda.decompose(signal, RATE, method=method, scale_us=1.0)
    assert_array_equal(np.isnan(tonic), np.isnan(signal))
    whole = eda.decompose(responses_on_level([30.0], [0.5], 120), RATE, method=method, scale_us=1.0)
    assert_allclose(phasic[:150], whole.phasic[:150], atol=0.02)


@pytest.mark.parametrize("method", ["cvxeda", "highpass", "median"])
def test_batches_agree_with_single_series(rng, method):
    batch = 1 + rng.random((3, 80))
    together = eda.decompose(batch, RATE, method=method)
    for row, series in enumerate(batch):
        assert_allclose(together.phasic[row], eda.decompose(series, RATE, method=method).phasic)


@given(
    arrays(float, st.integers(0, 30), elements=READINGS),
    st.sampled_from([1.0, 4.0, 1000.0]),
    st.sampled_from(["cvxeda", "highpass", "median"]),
)
def test_every_method_keeps_the_shape_of_whatever_comes(series, rate, method):
    for part in eda.decompose(series, rate, method=method):
        assert part.shape == series.shape
    assert list(eda.scr_peaks(series, rate).columns)[0] == "onset_s"
    assert np.isnan(eda.eda_symp(series, rate).power_us2)


# Responses


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


@pytest.mark.parametrize("rate", [4.0, 32.0, 128.0])
@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_responses_depend_neither_on_rate_nor_on_scale(rate, scale):
    onsets_s, amplitudes_us = np.array([10.0, 40.0]), np.array([0.5, 0.3])
    signal = scale * responses_on_level(onsets_s, amplitudes_us, 60, rate)
    found = eda.scr_peaks(signal, rate, min_amplitude_us=0.02 * scale)
    assert_allclose(found["amplitude_us"], scale * amplitudes_us, rtol=0.12)
    assert_allclose(found["onset_s"], onsets_s, atol=0.8)
    assert_allclose(found["rise_time_s"], np.log(4), atol=0.9)


def test_the_threshold_is_absolute():
    quiet = responses_on_level([20.0], [0.004], 60)
    assert len(eda.scr_peaks(quiet, RATE)) == 0
    assert len(eda.scr_peaks(quiet, RATE, min_amplitude_us=0.002)) == 1


def test_a_slow_drift_is_no_response():
    drift = np.linspace(1.0, 3.0, int(1200 * RATE))  # 0.1 uS a minute for 20 minutes
    assert len(eda.scr_peaks(drift, RATE)) == 0


@pytest.mark.parametrize("step_us", [0.0009, 0.0013])
@pytest.mark.parametrize("noise_us", [0.0, 0.001, 0.003])
def test_steps_and_noise_of_a_wrist_sensor_are_no_responses(rng, step_us, noise_us):
    level = 0.3 + 0.02 * np.sin(np.arange(int(600 * RATE)) / 300) + noise_us * rng.standard_normal(int(600 * RATE))
    assert len(eda.scr_peaks(step_us * np.round(level / step_us), RATE)) == 0


def test_the_phasic_part_shows_what_a_sinking_level_hides():
    sinking = responses_on_level([20.0, 40.0, 60.0], [0.05] * 3, 80) - 0.02 * np.arange(320) / RATE
    assert len(eda.scr_peaks(sinking, RATE)) < 3
    found = eda.scr_peaks(eda.decompose(sinking, RATE).phasic, RATE)
    assert_allclose(found["peak_s"], [21.4, 41.4, 61.4], atol=1.0)
    assert_allclose(found["amplitude_us"], 0.05, rtol=0.35)


# Sympathetic index


def test_symp_matches_naive(rng):
    signal = np.cumsum(rng.standard_normal(256))
    power, share = eda.eda_symp(signal, RATE)
    assert power == pytest.approx(naive_eda.power_between(signal, RATE, 0.045, 0.25), rel=1e-9)
    assert share == pytest.approx(power / naive_eda.power_between(signal, RATE, 0.01, 1.0), rel=1e-9)


@pytest.mark.parametrize("rate", [1.0, 4.0, 128.0])
@pytest.mark.parametrize("hertz", [0.08, 0.1234, 0.2])
def test_symp_of_a_sine_is_half_its_square(rate, hertz):
    times = np.arange(0, 160, 1 / rate)
    power, share = eda.eda_symp(5 + 0.01 * times + 0.3 * np.sin(2 * np.pi * hertz * times + 1), rate)
    assert power == pytest.approx(0.045, rel=0.02)
    assert share > 0.99


def test_symp_of_white_noise_is_its_share_of_the_band(rng):
    noise = rng.standard_normal((40, 4096))
    power, share = eda.eda_symp(noise, RATE)
    assert power.mean() == pytest.approx((0.25 - 0.045) / 2, rel=0.03)
    assert share.mean() == pytest.approx((0.25 - 0.045) / (1 - 0.01), rel=0.04)


def test_symp_needs_64_seconds_and_most_of_the_samples(rng):
    signal = 2 + 0.1 * rng.standard_normal((3, 256))
    assert np.isnan(eda.eda_symp(signal[:, :-1], RATE)).all()
    holes = np.where(rng.random(signal.shape) < 0.05, np.nan, signal)
    holes[2, :40] = np.nan
    assert_array_equal(np.isfinite(eda.eda_symp(holes, RATE).power_us2), [True, True, False])
    power, share = eda.eda_symp(np.full((2, 300), 0.1), RATE)
    assert_allclose(power, 0.0, atol=1e-25)
    assert np.isnan(share).all()
    assert eda.eda_symp(np.empty((0, 300)), RATE).share.shape == (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: eda.decompose(np.ones(10), 4.0, method="cvxeda2"), "method='cvxeda2' must be one of cvxeda, highpass"),
        (lambda: eda.decompose(np.ones(10), 0.5), "rate=0.5"),
        (lambda: eda.decompose(np.ones(10), -4.0, method="highpass"), "rate=-4.0"),
        (lambda: eda.decompose(2.0, 4.0, method="median"), "eda_us=2.0"),
        (lambda: eda.scr_peaks(np.ones(10), 4.0, min_amplitude_us=0.0), "min_amplitude_us=0.0"),
        (lambda: eda.scr_peaks(np.ones((2, 10)), 4.0), "eda_us has shape"),
        (lambda: eda.clean_eda([1.0], low_us=2.0, high_us=1.0), "high_us=1.0"),
        (lambda: eda.clean_eda([1.0], 4.0, margin_s=-1.0), "margin_s=-1.0"),
        (lambda: eda.clean_eda([1.0], 0.0), "rate=0.0"),
        (lambda: eda.eda_symp([1.0], 0.0), "rate=0.0"),
        (lambda: eda.eda_symp("a", 4.0), "eda_us must be an array of real numbers"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


@pytest.mark.parametrize("method", ["cvxeda", "highpass", "median"])
def test_infinite_readings_are_missing(method):
    for readings in ([np.inf], [2.0, np.inf, 2.0, 2.0], [np.inf, -np.inf]):
        for part in eda.decompose(readings, RATE, method=method):
            assert not np.isinf(part).any()
            assert np.isnan(part[np.isinf(readings)]).all()


def test_masked_readings_are_missing():
    masked = np.ma.masked_array([2.0, 9.0, 2.1], [False, True, False])
    assert_array_equal(eda.clean_eda(masked), [2.0, np.nan, 2.1])
    assert_array_equal(eda.clean_eda([masked, masked]), [[2.0, np.nan, 2.1]] * 2)
    assert_array_equal(eda.clean_eda(np.ma.masked_array([2, 9], [False, True])), [2.0, np.nan])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: eda.scr_peaks(np.ones(40), RATE, max_rise_s=1e300), r"max_rise_s=1e\+300 .* in \(0, 3600\]"),
        (lambda: eda.scr_peaks(np.ones(40), RATE, max_recovery_s=1e300), r"max_recovery_s=1e\+300 .* in \[0, 3600\]"),
        (lambda: eda.decompose(np.ones(40), RATE, method="median", scale_us=-1.0), "scale_us=-1.0"),
        (lambda: eda.decompose(np.ones(40), 1e18), r"rate=1e\+18 must be a finite number in \[1, 1e\+07\]"),
        (lambda: eda.clean_eda(np.ones(40), 10**400), "rate=1000"),
        (lambda: eda.scr_peaks(5.0, RATE), r"eda_us has shape \(\); it must be one-dimensional"),
    ],
)
def test_arguments_out_of_all_proportion_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


@pytest.mark.parametrize("scale", [1e160, 1e300, 1e-160, 1e-300])
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_extreme_scales_give_numbers_or_nothing(rng, scale):
    for index in eda.eda_symp(scale * rng.standard_normal(400), RATE):
        assert not np.isinf(index)
