"""Electromyograms: cleaning, envelope, indices, and features by muscle."""

import math
import warnings

import contract
import naive_emg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy import signal
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.features import EMGFeatures
from physiofer.pipeline import extract
from physiofer.recording import Recording, Stream
from physiofer.signals import emg
from physiofer.windows import cut

RATE = 1000.0
MUSCLES = ("zygomaticus", "corrugator", "trapezius")


def muscle(rng, duration_s, *, rate=RATE, rms_uv=10.0, bursts=True):
    """Noise of 20 to 150 Hz, with bursts of three times the height, on a drifting electrode."""
    times_s = np.arange(int(duration_s * rate)) / rate
    sections = signal.butter(2, (20.0, min(150.0, 0.4 * rate)), "bandpass", fs=rate, output="sos")
    noise = signal.sosfilt(sections, rng.standard_normal(times_s.size))
    strength = 1.0 + 2.0 * (np.sin(2 * np.pi * times_s / 5.0) > 0.8) if bursts else 1.0
    return rms_uv * strength * noise / noise.std() + 300.0 + 50.0 * np.sin(2 * np.pi * 0.3 * times_s)


def sine(hz, amplitude=20.0, duration_s=4.0, rate=RATE):
    """A sine that is never sampled at zero."""
    return amplitude * np.sin(2 * np.pi * hz * np.arange(int(duration_s * rate)) / rate + 0.1)


def column(features, name):
    return features[:, list(EMGFeatures.feature_names.fget(EMGFeatures())).index(name)]


@given(
    arrays(float, st.integers(25, 60), elements=st.floats(-200, 200) | st.just(math.nan)),
    st.sampled_from([100.0, 120.0]),
    st.floats(0, 50),
)
def test_amplitudes_match_naive(values, rate, step_uv):
    found = emg.emg_features(values, rate, step_uv=step_uv)
    assert tuple(found) == emg.EMG_INDICES
    if np.isfinite(values).sum() < 0.25 * rate:
        assert all(np.isnan(value) for value in found.values())
        return
    for name, value in naive_emg.amplitudes(values.tolist(), rate, step_uv).items():
        assert_allclose(found[name], value, rtol=1e-9, atol=1e-9, err_msg=name)


@given(st.integers(0, 2**32 - 1), st.integers(30, 350), st.floats(0.0, 0.4), st.sampled_from([100.0, 120.0]))
@settings(max_examples=30)
def test_frequencies_match_naive(seed, n_times, lost, rate):
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(n_times) < lost, np.nan, 10.0 * rng.standard_normal(n_times))
    found = emg.emg_features(values, rate)
    if np.isfinite(found["rms_uv"]):
        for name, value in naive_emg.frequencies(values.tolist(), rate).items():
            assert_allclose(found[name], value, rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("value", [0.0, 15.71867753, -3e8])
def test_what_is_left_of_a_constant_is_no_frequency(value):
    found = emg.emg_features(np.full(3000, value), RATE)
    assert np.isnan(found["median_hz"]) and np.isnan(found["mean_hz"])
    assert found["rms_uv"] == pytest.approx(abs(value)) and found["zero_crossings_per_s"] == 0.0


def test_frequencies_agree_with_scipy(rng):
    values = emg.clean_emg(muscle(rng, 10), RATE)
    hz, power = signal.welch(values, RATE, "hann", 1000, detrend="constant")
    inside = (hz >= 20) & (hz <= 450)
    hz, power = hz[inside], power[inside]
    found = emg.emg_features(values, RATE)
    assert found["mean_hz"] == pytest.approx(hz @ power / power.sum(), rel=1e-9)
    median_bin = hz[np.searchsorted(np.cumsum(power), 0.5 * power.sum())]
    assert abs(found["median_hz"] - median_bin) <= 0.5


@pytest.mark.parametrize("hz", [30.0, 120.0, 333.0])
def test_a_sine_hand_worked(hz):
    found = emg.emg_features(sine(hz), RATE, step_uv=0.0)
    assert found["rms_uv"] == pytest.approx(20 / math.sqrt(2), rel=1e-3)
    assert found["mav_uv"] == pytest.approx(2 * 20 / math.pi, rel=0.02)
    assert found["zero_crossings_per_s"] == pytest.approx(2 * hz, abs=1.0)
    assert found["slope_changes_per_s"] == pytest.approx(2 * hz, abs=1.0)
    assert found["median_hz"] == pytest.approx(hz, abs=0.01)
    assert found["mean_hz"] == pytest.approx(hz, abs=0.01)


def test_waveform_length_hand_worked():
    values = np.tile([0.0, 3.0, -1.0, 3.0], 100)  # steps of 3, 4, 4 and 3
    found = emg.emg_features(values[:-3], 200.0)
    assert found["waveform_uv_per_s"] == pytest.approx(3.5 * 200.0)
    assert found["zero_crossings_per_s"] == pytest.approx(0.5 * 200.0)  # 0 is on neither side


def test_white_noise_has_its_median_in_the_middle(rng):
    found = emg.emg_features(rng.standard_normal(60_000), RATE)
    assert found["median_hz"] == pytest.approx(235.0, abs=3.0)
    assert found["mean_hz"] == pytest.approx(235.0, abs=3.0)


def test_noise_below_the_step_does_not_count(rng):
    values = sine(100.0, amplitude=0.4) + 0.05 * rng.standard_normal(4000)
    assert emg.emg_features(values, RATE)["zero_crossings_per_s"] == 0.0
    assert emg.emg_features(values, RATE)["slope_changes_per_s"] == 0.0
    assert emg.emg_features(values, RATE, step_uv=0.0)["zero_crossings_per_s"] > 190.0


@pytest.mark.parametrize("factor", [0.1, 7.0])
def test_amplitudes_scale_and_frequencies_do_not(rng, factor):
    values = emg.clean_emg(muscle(rng, 4), RATE)
    one, many = emg.emg_features(values, RATE, step_uv=0.0), emg.emg_features(factor * values, RATE, step_uv=0.0)
    for name in emg.EMG_INDICES:
        scale = factor if "uv" in name else 1.0
        assert_allclose(many[name], scale * one[name], rtol=1e-9)


def test_windows_of_any_shape_are_each_their_own(rng):
    windows = rng.standard_normal((2, 3, 4, 500))
    windows[1, 2, 3] = np.nan
    found = emg.emg_features(windows, RATE)
    for name, values in found.items():
        assert values.shape == (2, 3, 4)
        assert_allclose(values[0, 1, 2], emg.emg_features(windows[0, 1, 2], RATE)[name], rtol=1e-12)
        assert np.isnan(values[1, 2, 3])
    assert emg.emg_features(np.empty((0, 500)), RATE)["rms_uv"].shape == (0,)
    assert emg.emg_features(sine(100.0), RATE)["rms_uv"].shape == ()


def test_lost_samples_cost_little(rng):
    values = emg.clean_emg(muscle(rng, 20, bursts=False), RATE)
    gaps = values.copy()
    gaps[rng.random(values.size) < 0.1] = np.nan
    whole, broken = emg.emg_features(values, RATE), emg.emg_features(gaps, RATE)
    for name in emg.EMG_INDICES:
        assert broken[name] == pytest.approx(whole[name], rel=0.03), name
    gaps[:15_000] = np.nan
    assert np.isfinite(emg.emg_features(gaps, RATE)["median_hz"])
    gaps[rng.random(values.size) < 0.5] = np.nan
    found = emg.emg_features(gaps, RATE)
    assert np.isnan(found["median_hz"]) and np.isfinite(found["rms_uv"])


@pytest.mark.parametrize(("hz", "passes"), [(3.0, 0.0), (20.0, 0.5), (60.0, 1.0), (200.0, 1.0), (450.0, 0.5)])
def test_the_band_and_its_edges(hz, passes):
    cleaned = emg.clean_emg(sine(hz, amplitude=200.0), RATE)[1000:3000]  # half at either edge: forwards and backwards
    assert np.abs(cleaned).max() == pytest.approx(200.0 * passes, rel=0.05, abs=1.0)


def test_no_delay():
    values = np.zeros(2000)
    values[1000] = 50.0
    assert np.argmax(emg.clean_emg(values, RATE)) == 1000


@pytest.mark.parametrize("rate", [128.0, 256.0, 700.0])
def test_a_low_rate_ends_the_band_at_nyquist(rng, rate):
    values = muscle(rng, 20, rate=rate)
    cleaned = emg.clean_emg(values, rate)
    assert np.std(cleaned) > 5.0
    found = emg.emg_features(cleaned, rate)
    assert 20.0 < found["median_hz"] < 0.5 * rate


def test_mains_and_its_harmonics_go_and_muscle_stays(rng):
    values = muscle(rng, 20, bursts=False)
    hum = sum(sine(hz, 30.0, 20) for hz in (50.0, 100.0, 150.0, 350.0))
    cleaned = emg.clean_emg(values, RATE)
    spoilt, freed = emg.clean_emg(values + hum, RATE), emg.clean_emg(values + hum, RATE, mains_hz=50.0)
    inner = slice(2000, -2000)
    assert np.std(spoilt[inner]) > 3 * np.std(cleaned[inner])
    assert np.std(freed[inner]) == pytest.approx(np.std(cleaned[inner]), rel=0.05)
    assert np.corrcoef(freed[inner], cleaned[inner])[0, 1] > 0.97


def test_envelope_follows_the_bursts(rng):
    values = muscle(rng, 20)
    envelope = emg.emg_envelope(values, RATE)
    working = np.sin(2 * np.pi * np.arange(20_000) / 5000.0) > 0.8
    assert envelope.min() >= 0
    assert envelope[working].mean() > 2 * envelope[~working].mean()
    steady = emg.emg_envelope(sine(100.0), RATE)[500:-500]
    assert_allclose(steady, 2 * 20 / math.pi, rtol=0.03)


@pytest.mark.parametrize("function", [emg.clean_emg, emg.emg_envelope])
def test_missing_samples_stay_missing(rng, function):
    values = muscle(rng, 10)
    values[3000:4000] = np.nan
    cleaned = function(values, RATE)
    assert_array_equal(np.isnan(cleaned), np.isnan(values))
    whole = function(np.where(np.isnan(values), 300.0, values), RATE)
    assert_allclose(cleaned[5000:-100], whole[5000:-100], atol=0.5)


@pytest.mark.parametrize("function", [emg.clean_emg, emg.emg_envelope])
@pytest.mark.parametrize("n_times", [0, 1, 2, 3, 50])
def test_short_signals_have_their_length(function, n_times):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert function(np.full(n_times, 7.0), RATE).shape == (n_times,)
        assert np.isnan(function(np.full((2, n_times), np.nan), RATE)).all()
        found = emg.emg_features(np.full(n_times, 7.0), RATE)
    assert all(np.isnan(value) for value in found.values())


@given(arrays(float, st.integers(0, 200), elements=st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, 0.0])))
@settings(max_examples=40)
def test_any_samples_give_the_same_schema(values):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", QualityWarning)
        cleaned = emg.clean_emg(values, 500.0)
    assert_array_equal(np.isnan(cleaned), ~np.isfinite(values))
    for given_ in (values, cleaned):
        found = emg.emg_features(given_, 500.0)
        assert tuple(found) == emg.EMG_INDICES
        assert not any(np.isinf(value) for value in found.values())
        assert not found["median_hz"] < 0 and not found["median_hz"] > 250.0


def test_integer_and_single_precision_agree(rng):
    values = np.rint(10 * muscle(rng, 3))
    expected = emg.clean_emg(values, RATE)
    for same in (values.astype(np.int16), values.astype(np.float32), values.tolist()):
        assert_array_equal(emg.clean_emg(same, RATE), expected)


@pytest.mark.parametrize(
    ("scale", "question"),
    [(1e-3, "is it in mV?"), (1e-6, "is it in V?"), (1e6, "is it in nV, or not scaled at all?")],
)
def test_another_unit_is_noticed(rng, scale, question):
    with pytest.warns(
        QualityWarning, match="emg_uv has a mean magnitude of .*" + question.replace("?", r"\?")
    ) as caught:
        emg.clean_emg(scale * muscle(rng, 3), RATE)
    assert caught[0].filename == __file__


def test_a_dead_sensor_is_no_question_of_units():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        emg.clean_emg(np.full(3000, 512.0), RATE)
        emg.clean_emg(np.zeros((2, 3000)), RATE)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: emg.clean_emg(np.zeros(9), 64.0), r"rate=64.0 must be a finite number in \[100"),
        (lambda: emg.clean_emg(np.zeros(9), -1.0), "rate=-1.0"),
        (lambda: emg.clean_emg(np.zeros(9), 0), "rate=0"),
        (lambda: emg.clean_emg(np.zeros(9), 128.0, low_hz=64.0), "low_hz=64.0"),
        (lambda: emg.clean_emg(np.zeros(9), RATE, high_hz=20.0), "high_hz=20.0"),
        (lambda: emg.clean_emg(np.zeros(9), RATE, mains_hz=500.0), "mains_hz=500.0"),
        (lambda: emg.clean_emg(3.0, RATE), "emg_uv=3.0 must be an array"),
        (lambda: emg.clean_emg(["a"], RATE), "emg_uv must be an array of real numbers"),
        (lambda: emg.emg_envelope(np.zeros(9), RATE, smooth_hz=0.0), "smooth_hz=0.0"),
        (lambda: emg.emg_features(np.zeros(9), 50.0), "rate=50.0"),
        (lambda: emg.emg_features(np.zeros(9), RATE, step_uv=-1.0), "step_uv=-1.0"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


@pytest.fixture(scope="module")
def raw_windows():
    """Raw windows of three muscles at 400 Hz, (6, 3, 800)."""
    rng = np.random.default_rng(11)
    return np.stack([[muscle(rng, 2, rate=400.0, rms_uv=rms) for rms in (8.0, 4.0, 20.0)] for _ in range(6)])


@pytest.mark.filterwarnings("ignore::physiofer.exceptions.QualityWarning")
@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_keeps_the_contract(check, raw_windows):
    check(EMGFeatures(rate=400.0), raw_windows)


@pytest.mark.filterwarnings("ignore::physiofer.exceptions.QualityWarning")
@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_one_muscle_keeps_the_contract(check, raw_windows):
    check(EMGFeatures(rate=400.0, muscles=["corrugator"], mains_hz=50.0), raw_windows[:, 1:2])


@parametrize_with_checks([EMGFeatures(muscles=("zygomaticus",))])
def test_one_muscle_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


def stream_of(channels, values, **about):
    return Stream.regular(values, RATE, channels=channels, kind="emg", **about)


def test_whole_recording_agrees_with_its_windows(rng):
    stream = stream_of(["zygo", "coru", "trap"], np.stack([muscle(rng, 20, rms_uv=rms) for rms in (8.0, 4.0, 20.0)]))
    starts_s = np.arange(2.0, 15.0, 2.5)
    whole = EMGFeatures().transform_stream(stream, starts_s, 5.0)
    alone = EMGFeatures().fit_transform(cut(stream, starts_s, 5.0))
    assert_allclose(whole, alone, rtol=0.02)


def test_batches_of_windows_are_seamless(rng, monkeypatch):
    stream = stream_of(["zygo", "coru", "trap"], np.stack([muscle(rng, 8) for _ in range(3)]))
    expected = EMGFeatures().transform_stream(stream, np.arange(8.0), 2.0)
    monkeypatch.setattr("physiofer.features.emg._BATCH", 15_000)
    assert_array_equal(EMGFeatures().transform_stream(stream, np.arange(8.0), 2.0), expected)
    assert EMGFeatures().transform_stream(stream, [], 4.0).shape == (0, 28)


@pytest.mark.parametrize(
    ("channels", "order"),
    [
        (["zygomaticus", "corrugator", "trapezius"], [0, 1, 2]),
        (["emg_trap", "emg_zygo", "emg_coru"], [1, 2, 0]),  # CASE
        (["hEOG", "vEOG", "zEMG", "tEMG"], [2, None, 3]),  # DEAP
        (["EMG Zygomaticus major (left)", "EMG-CORRUGATOR"], [0, 1, None]),
        (["emgzyg1", "trap_left", "trap_right"], [0, None, 1]),
        (["EMG"], [None, None, 0]),  # WESAD
        (["ch0"], [None, None, 0]),
        (["zyg"], [0, None, None]),
        (["ch0", "ch1", "ch2"], [0, 1, 2]),
        (["masseter", "traps"], [None, None, 1]),
    ],
)
def test_channels_are_told_by_name(rng, channels, order):
    rms_uv = np.arange(1, len(channels) + 1) * 5.0
    stream = stream_of(channels, np.stack([muscle(rng, 3, rms_uv=rms, bursts=False) for rms in rms_uv]))
    features = EMGFeatures().transform_stream(stream, [0.0], 3.0)
    for name, place in zip(MUSCLES, order, strict=True):
        found = column(features, f"{name}_rms_uv")[0]
        assert math.isnan(found) if place is None else found == pytest.approx(rms_uv[place], rel=0.2)
    assert features[0, -1] > 0.99  # what is not there lowers nothing


def test_other_muscles_by_their_own_names(rng):
    values = np.stack([muscle(rng, 5, rms_uv=rms) for rms in (5.0, 10.0)])
    stream = stream_of(["EMG orbicularis oculi", "emg2"], values)
    transformer = EMGFeatures(muscles=["emg2", "orbicularis_oculi"])
    features = transformer.transform_stream(stream, [0.0], 5.0)[0]
    assert transformer.feature_names[0] == "emg2_rms_uv"
    assert features[0] > 1.5 * features[8]
    only = EMGFeatures(muscles=("masseter",)).transform_stream(stream_of(["EMG"], values[:1]), [0.0], 5.0)
    assert np.isfinite(only).all()


@pytest.mark.parametrize("channels", [["frontalis", "masseter"], ["ch0", "ch1"], ["ch0", "ch1", "ch2", "ch3"]])
def test_a_stream_of_other_muscles_is_refused(channels):
    stream = stream_of(channels, np.ones((len(channels), 4000)))
    message = (
        f"the emg stream has {len(channels)} channels; EMGFeatures takes zygomaticus, corrugator, trapezius by name"
    )
    with pytest.raises(InvalidArgumentError, match=message):
        EMGFeatures().transform_stream(stream, [0.0], 4.0)
    with pytest.raises(InvalidArgumentError, match=r"none is among zygo.*muscles=\("):
        EMGFeatures(muscles=("masseter",)).transform_stream(stream_of(["zygo"], np.ones((1, 4000))), [0.0], 4.0)


@pytest.mark.parametrize(("unit", "per_uv"), [("V", 1e-6), ("mV", 1e-3), ("uV", 1.0), ("\u00b5V", 1.0), ("nV", 1e3)])
def test_units_of_streams_are_converted(rng, unit, per_uv):
    values = muscle(rng, 5)[np.newaxis]
    expected = EMGFeatures().transform_stream(stream_of(["trap"], values), [0.0], 5.0)
    found = EMGFeatures().transform_stream(stream_of(["trap"], per_uv * values, unit=unit), [0.0], 5.0)
    assert_allclose(found, expected, rtol=1e-6)


def test_another_unit_of_windows_has_no_features(raw_windows):
    with pytest.warns(QualityWarning, match="is it in mV"):
        features = EMGFeatures(rate=400.0).fit_transform(1e-3 * raw_windows)
    assert np.isnan(features[:, :-4]).all()
    assert_array_equal(features[:, -1], 0.0)


def test_a_dead_channel_lowers_the_quality_and_an_absent_one_does_not(raw_windows):
    windows = raw_windows.copy()
    windows[:, 0], windows[:3, 1] = np.nan, 5.0
    features = EMGFeatures(rate=400.0).fit_transform(windows)
    assert_allclose(column(features, "quality")[:3], 0.5)
    assert_allclose(column(features, "quality")[3:], 1.0)
    assert np.isnan(column(features, "zygomaticus_rms_uv")).all()
    assert np.isnan(column(features, "corrugator_ln_rms")[:3]).all()
    whole = EMGFeatures(rate=400.0).fit_transform(raw_windows)
    assert_array_equal(column(features, "trapezius_median_hz"), column(whole, "trapezius_median_hz"))


def test_quality_tells_what_is_wrong(raw_windows):
    windows = np.repeat(raw_windows[:1], 4, axis=0)
    windows[1, :, 400:] = np.nan
    windows[2] = np.clip(windows[2], *np.quantile(windows[2], [0.2, 0.8], axis=-1)[..., np.newaxis])
    windows[3, :, 200:360] = windows[3, :, 200:201]
    features = EMGFeatures(rate=400.0).fit_transform(windows)
    assert_allclose(features[0, -4:], 1.0)
    assert_allclose(column(features, "quality_present"), [1.0, 0.5, 1.0, 1.0])
    assert column(features, "quality_unclipped")[2] < 0.8
    assert column(features, "quality_varying")[3] == pytest.approx(0.8, abs=0.01)
    assert_allclose(column(features, "quality")[1], 0.5)


@pytest.mark.parametrize("muscles", [(), "zygomaticus", ("a", "a"), ("Zyg",), ("a__b",), (3,), None, ("zyg omaticus",)])
def test_wrong_muscles_are_named(muscles):
    with pytest.raises(InvalidArgumentError, match="muscles="):
        EMGFeatures(muscles=muscles).fit(np.ones((2, 1, 500)))


def test_extraction_takes_muscles_along(rng):
    good = Recording("a", streams={"emg": stream_of(["emg_zygo", "emg_trap"], np.stack([muscle(rng, 20)] * 2))})
    lost = Recording("b", streams={"emg": stream_of(["frontalis"] * 1 + ["masseter"], np.ones((2, 20_000)))})
    slow = Recording("c", streams={"emg": Stream.regular(rng.standard_normal(2000), 64.0, kind="emg")})
    with pytest.warns(QualityWarning) as caught:
        table = extract([good, lost, slow], modalities={"emg": EMGFeatures()}, window_s=5.0, step_s=5.0)
    messages = [str(entry.message) for entry in caught]
    assert any("b/1: emg is not used" in message for message in messages)
    assert any("c/1: emg is not used: rate=64.0" in message for message in messages)
    here = table.subjects == "a"
    assert np.isfinite(table.X.loc[here, ["emg__zygomaticus_rms_uv", "emg__trapezius_median_hz"]]).all(axis=None)
    assert table.X["emg__corrugator_rms_uv"].isna().all()
    assert (table.X.loc[~here, "emg__quality"] == 0).all()
    assert clone(EMGFeatures(mains_hz=50.0)).mains_hz == 50.0


@pytest.mark.parametrize(("rms_uv", "message"), [(0.2, "is it in mV"), (4557.0, "is it in nV")])
def test_an_amplitude_of_another_unit_warns_and_counts_nothing(rng, rms_uv, message):
    window = rms_uv * rng.standard_normal((1, 1, 4000))
    with pytest.warns(QualityWarning, match=message):
        row = EMGFeatures(rate=1000.0, muscles=("trapezius",)).fit_transform(window)
    assert row[0, -1] == 0.0
    assert np.isnan(row[0, :8]).all()


@pytest.mark.parametrize("n_times", [1, 2, 249])
def test_windows_too_short_for_any_index_have_no_quality(rng, n_times):
    window = 20.0 * rng.standard_normal((1, 1, n_times))
    row = EMGFeatures(rate=1000.0, muscles=("trapezius",)).fit_transform(window)
    assert np.isnan(row[0, :8]).all()
    assert row[0, -1] == 0.0


def test_mains_below_any_network_is_named(rng):
    with pytest.raises(InvalidArgumentError, match=r"mains_hz=0.001 must be a finite number in \[10, 500\)"):
        emg.clean_emg(rng.standard_normal(1000), 1000.0, mains_hz=1e-3)


@pytest.mark.parametrize("scale", [1e160, 1e300, 1e-160, 1e-300])
@pytest.mark.filterwarnings("error::RuntimeWarning", "ignore::physiofer.exceptions.QualityWarning")
def test_extreme_scales_give_numbers_or_nothing(rng, scale):
    for index in emg.emg_features(scale * rng.standard_normal(2000), 1000.0).values():
        assert not np.isinf(index)
