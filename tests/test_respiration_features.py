"""RespirationFeatures: its contract, its sources, and whole recordings against their windows."""

import warnings

import contract
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks
from test_respiration import belt, wandering_onsets

from physiofer.datasets.synthetic import simulate_person
from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.features import RespirationFeatures
from physiofer.recording import Stream
from physiofer.signals.respiration import breaths, respiration_rate_windows
from physiofer.windows import cut

NAMES = list(RespirationFeatures.feature_names)
STARTS_S = 12.0 + 40.0 * np.arange(6)


def column(features, name):
    """One feature of every window."""
    return features[:, NAMES.index(name)]


def belt_stream(seed=5, *, duration_s=300.0, rate=25.0, per_min=15.0, start_s=0.0):
    """A belt with natural variation, noise and drift."""
    rng = np.random.default_rng(seed)
    onsets_s = wandering_onsets(rng, duration_s, per_min)
    depths = np.exp(0.15 * rng.standard_normal(onsets_s.size))
    wave = belt(onsets_s, duration_s, rate, depths=depths)
    wave = 100 * wave + 2.0 * rng.standard_normal(wave.size) + 0.1 * np.arange(wave.size) / rate
    return Stream.regular(wave, rate, start_s=start_s, kind="respiration")


@pytest.fixture(scope="module")
def breathing_pulse():
    """A clean pulse that an even breath quickens and lifts."""
    pulse = coupled(Stream.regular(np.zeros(140 * 25), 25.0, kind="respiration"), 20.0)
    lift = 0.1 * np.sin(2 * np.pi * 0.25 * pulse.times_s)
    noise = 0.01 * np.random.default_rng(0).standard_normal(pulse.n_times)
    return Stream.regular(pulse.values[0] + lift + noise, 20.0, kind="bvp")


@pytest.fixture(scope="module")
def pulse():
    """Pulse wave of a simulated person whose sensors all work."""
    return simulate_person(0, seed=5, n_trials=2, missing=False)[0].of_kind("bvp").crop(0.0, 200.0)


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_keeps_the_contract(check):
    check(RespirationFeatures(), cut(belt_stream(), STARTS_S, 40.0))


# Those that the way through the beats could break; what asks for most features to be there is for belts.
_OF_BEATS = [
    contract.fixed_schema_whatever_the_data,
    contract.windows_do_not_touch_each_other,
    contract.transform_is_pure,
    contract.quality_is_a_share,
    contract.one_channel_may_be_flat,
]


@pytest.mark.parametrize("check", _OF_BEATS, ids=lambda check: check.__name__)
def test_keeps_the_contract_for_a_pulse(check, breathing_pulse):
    check(RespirationFeatures(rate=20.0, signal="bvp"), cut(breathing_pulse, STARTS_S[:3], 40.0))


@parametrize_with_checks([RespirationFeatures(), RespirationFeatures(rate=64.0, signal="bvp")])
def test_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


def test_counts_and_spectrum_agree():
    stream = belt_stream()
    features = RespirationFeatures().fit_transform(cut(stream, STARTS_S, 40.0))
    assert_allclose(column(features, "rate_mean_per_min"), 15.0, atol=2.0)
    difference = column(features, "rate_spectral_per_min") - column(features, "rate_mean_per_min")
    assert np.abs(difference).max() < 1.5
    assert_allclose(column(features, "depth_mean"), 100.0, rtol=0.15)
    assert_allclose(column(features, "duty_cycle"), 0.4, atol=0.05)
    assert (column(features, "quality_belt") == 1.0).all()


@pytest.mark.parametrize("rate", [4.0, 25.0, 100.0, 700.0])
def test_whole_recording_agrees_with_its_windows(rate):
    stream = belt_stream(rate=rate, start_s=1000.0)
    starts_s = 1012.0 + 40.0 * np.arange(6)
    transformer = RespirationFeatures(rate=rate)
    whole = transformer.transform_stream(stream, starts_s, 40.0)
    alone = transformer.fit_transform(cut(stream, starts_s, 40.0))
    # At the edges a window alone loses one or two of its ten breaths.
    tolerances = {"rate_mean_per_min": 1.0, "rate_spectral_per_min": 0.5, "inhale_mean_s": 0.15, "exhale_mean_s": 0.2}
    tolerances |= {"depth_mean": 10.0, "quality": 0.1, "quality_coverage": 0.4}
    for name, apart in tolerances.items():
        assert_allclose(column(whole, name), column(alone, name), atol=apart, err_msg=name)


def test_windows_of_a_recording_are_those_of_its_breaths():
    stream = belt_stream()
    whole = RespirationFeatures().transform_stream(stream, STARTS_S, 40.0)
    expected, coverage = respiration_rate_windows(breaths(stream.values[0], 25.0), STARTS_S, 40.0)
    assert_allclose(whole[:, : expected.shape[1]], expected)
    assert_allclose(column(whole, "quality_coverage"), coverage)


def test_an_inverted_belt_is_told_so():
    stream = belt_stream()
    windows = cut(stream, STARTS_S, 40.0)
    upright = RespirationFeatures().fit_transform(windows)
    assert_allclose(RespirationFeatures(inhalation="down").fit_transform(-windows), upright)
    assert np.median(column(RespirationFeatures().fit_transform(-windows), "duty_cycle")) > 0.45


def test_beats_tell_the_rate_alone(pulse):
    starts_s = np.array([10.0, 70.0, 130.0])
    features = RespirationFeatures().transform_stream(pulse, starts_s, 60.0)
    told = [name for name in NAMES if np.isfinite(column(features, name)).any()]
    assert told == ["rate_spectral_per_min", *(name for name in NAMES if name.startswith("quality"))]
    assert (column(features, "quality_belt") == 0.0).all()
    rates = column(features, "rate_spectral_per_min")
    assert np.isfinite(rates).mean() > 0.5
    assert np.nanmin(rates) > 5.0
    assert np.nanmax(rates) < 40.0
    windows = RespirationFeatures(rate=64.0, signal="bvp").fit_transform(cut(pulse, starts_s, 60.0))
    both = np.isfinite(rates) & np.isfinite(column(windows, "rate_spectral_per_min"))
    assert np.median(np.abs(rates - column(windows, "rate_spectral_per_min"))[both]) < 1.0


def test_the_kind_of_a_stream_rules_over_the_argument(pulse):
    pulse, starts_s = pulse.crop(0.0, 60.0), np.array([10.0])
    as_belt = RespirationFeatures(signal="respiration").transform_stream(pulse, starts_s, 40.0)
    as_pulse = RespirationFeatures(signal="bvp").transform_stream(pulse, starts_s, 40.0)
    assert_allclose(as_belt, as_pulse)


def coupled(stream, rate, rsa_ms=80.0):
    """Beats as a pulse wave that slow and quicken with an even breath of 15 per minute."""
    times = np.arange(stream.start_s, stream.stop_s, 1 / rate)
    period_s = 0.85 + 0.5e-3 * rsa_ms * np.cos(2 * np.pi * 0.25 * (times - 1.0))
    phase = np.cumsum(1 / period_s) / rate
    return Stream.regular(np.exp(-0.5 * ((phase % 1 - 0.4) / 0.1) ** 2), rate, start_s=stream.start_s, kind="bvp")


def test_companions_give_sinus_arrhythmia():
    times = np.arange(0, 140, 1 / 25)
    even = Stream.regular(-np.cos(2 * np.pi * 0.25 * times), 25.0, start_s=50.0, kind="respiration")
    starts_s, rsa = 60.0 + 40.0 * np.arange(3), []
    for rsa_ms in (40.0, 120.0):
        companions = {"bvp": coupled(even, 40.0, rsa_ms)}
        features = RespirationFeatures().transform_stream(even, starts_s, 40.0, companions)
        assert_allclose(column(features, "ln_rsa"), np.log(column(features, "rsa_ms")))
        rsa.append(column(features, "rsa_ms").mean())
    assert rsa == pytest.approx([40.0, 120.0], rel=0.25)  # seen at one beat in a second
    without = RespirationFeatures().transform_stream(even, starts_s, 40.0)
    assert np.isnan(column(without, "rsa_ms")).all()
    others = [name for name in NAMES if name not in ("rsa_ms", "ln_rsa")]
    for name in others:
        assert_allclose(column(without, name), column(features, name))


def test_a_companion_too_slow_is_left_alone():
    stream = belt_stream()
    slow = Stream.regular(np.sin(np.arange(1500.0)), 5.0, kind="bvp")
    empty = Stream(np.empty((1, 0)), [], 64.0, kind="bvp")
    plain = RespirationFeatures().transform_stream(stream, STARTS_S, 40.0)
    for other in (slow, empty):
        assert_allclose(RespirationFeatures().transform_stream(stream, STARTS_S, 40.0, {"bvp": other}), plain)


def spoilt(stream, how):
    """A belt with a fault throughout."""
    wave, rng = stream.values[0].copy(), np.random.default_rng(1)
    if how == "clipped":
        wave = np.clip(wave, *np.quantile(wave, [0.3, 0.6]))
    elif how == "noise":
        wave = rng.standard_normal(wave.size)
    elif how == "stuck":
        wave = np.where(np.arange(wave.size) % 750 < 400, 5.0, wave)
    elif how == "half missing":
        wave[np.arange(wave.size) % 750 < 375] = np.nan
    return Stream.regular(wave, stream.rate, kind="respiration")


@pytest.mark.parametrize(
    ("how", "part", "at_most"),
    [
        ("clipped", "quality_unclipped", 0.6), ("noise", "quality_spectral", 0.35), ("stuck", "quality_varying", 0.65),
        ("half missing", "quality_present", 0.6),
    ],
)  # fmt: skip
def test_each_fault_is_told_by_its_part(how, part, at_most):
    stream = belt_stream()
    good = RespirationFeatures().transform_stream(stream, STARTS_S, 40.0)
    bad = RespirationFeatures().transform_stream(spoilt(stream, how), STARTS_S, 40.0)
    assert np.median(column(good, part)) > 0.6
    assert np.median(column(good, "quality")) > 0.9
    assert np.median(column(bad, part)) < at_most
    assert np.median(column(bad, "quality")) < 0.65


def test_an_apnoea_is_seen_from_inside():
    stream = belt_stream(per_min=15.0)
    wave = stream.values[0].copy()
    first = 2500 + np.argmin(wave[2500:2600])  # breath is out
    wave[first : first + 1500] = wave[first] + np.random.default_rng(0).standard_normal(1500)
    features = RespirationFeatures().transform_stream(
        Stream.regular(wave, 25.0, kind="respiration"), np.array([20.0, 115.0, 200.0]), 30.0
    )
    assert_allclose(column(features, "apnoea_share"), [0.0, 1.0, 0.0], atol=0.05)
    assert np.isnan(column(features, "rate_mean_per_min")[1])


def test_an_empty_stream_and_no_windows():
    empty = Stream(np.empty((1, 0)), [], 25.0, kind="respiration")
    features = RespirationFeatures().transform_stream(empty, STARTS_S, 40.0)
    assert (features[:, NAMES.index("quality_present") :] == 0.0).all()
    assert np.isnan(features[:, : NAMES.index("quality_present")]).all()
    for kind, rate in (("respiration", 25.0), ("bvp", 64.0)):
        stream = Stream.regular(np.sin(np.arange(2000.0)), rate, kind=kind)
        assert RespirationFeatures().transform_stream(stream, [], 40.0).shape == (0, len(NAMES))


def test_wrong_arguments_are_said():
    windows = cut(belt_stream(), STARTS_S, 40.0)
    with pytest.raises(InvalidArgumentError, match="signal='belt' must be one of respiration, ecg, bvp"):
        RespirationFeatures(signal="belt").fit_transform(windows)
    with pytest.raises(InvalidArgumentError, match="inhalation='in'"):
        RespirationFeatures(inhalation="in").fit_transform(windows)
    with pytest.raises(InvalidArgumentError, match=r"rate=2.0 must be .* \[4"):
        RespirationFeatures(rate=2.0).fit_transform(windows)
    with pytest.raises(InvalidArgumentError, match="min_breaths=0"):
        RespirationFeatures(min_breaths=0).fit_transform(windows)
    with pytest.raises(InvalidArgumentError, match="rate=5.0"):
        RespirationFeatures(rate=5.0, signal="bvp").fit_transform(windows)


def test_parameters_survive_cloning():
    transformer = RespirationFeatures(100.0, signal="ecg", inhalation="down", min_breaths=5)
    assert clone(transformer).get_params() == transformer.get_params()


@pytest.mark.data
@pytest.mark.parametrize(("name", "wave", "kind"), [
    ("resting_5min", "ECG", "ecg"), ("resting_5min", "PPG", "bvp"), ("eventrelated", "ECG", "ecg"),
])  # fmt: skip
def test_beats_tell_the_rate_of_the_belt(data_dir, name, wave, kind):
    table = pd.read_csv(data_dir / "physio" / f"bio_{name}_100hz.csv")
    starts_s = np.arange(0.0, len(table) / 100 - 59.9, 15.0)
    belt_of = Stream.regular(table["RSP"].to_numpy(), 100.0, kind="respiration")
    other = Stream.regular(table[wave].to_numpy(), 100.0, kind=kind)
    of_belt = RespirationFeatures().transform_stream(belt_of, starts_s, 60.0, {kind: other})
    of_beats = RespirationFeatures().transform_stream(other, starts_s, 60.0)
    # A belt that slips for ten seconds (as in the event-related recording) tells fewer breaths than there were: the
    # median of the rates of single breaths does not mind.
    for name, apart in [("rate_spectral_per_min", 1.5), ("rate_median_per_min", 1.8)]:
        errors = np.abs(column(of_beats, "rate_spectral_per_min") - column(of_belt, name))
        assert np.isfinite(errors).mean() > 0.6
        assert np.nanmean(errors) < apart
    assert ((column(of_belt, "rsa_ms") > 10) & (column(of_belt, "rsa_ms") < 300)).all()


@pytest.mark.parametrize("rate", [64.0, 20.0])
@pytest.mark.parametrize("per_min", [50.0, 65.0, 90.0, 115.0])
def test_a_pulse_is_no_breath(rate, per_min):
    times_s = np.arange(0, 60, 1 / rate)
    pulse = np.exp(-0.5 * ((times_s * per_min / 60 % 1 - 0.4) / 0.12) ** 2) + 0.1 * np.sin(2 * np.pi * 0.25 * times_s)
    with pytest.warns(QualityWarning, match="looks like a pulse, not a belt.*signal='bvp'"):
        (features,) = RespirationFeatures(rate=rate).fit_transform(pulse[np.newaxis])
    assert features[-1] == 0.0
    assert np.isnan(features[: NAMES.index("quality_present")]).all()
    stream = Stream.regular(pulse, rate, kind="respiration")
    (features,) = RespirationFeatures().transform_stream(stream, [0.0], 60.0)
    assert features[-1] == 0.0 and np.isnan(features[0])


@pytest.mark.parametrize("per_min", [6.0, 15.0, 37.0])
def test_a_belt_that_feels_the_heart_is_a_belt(per_min):
    times_s = np.arange(0, 60, 1 / 25)
    wave = np.sin(2 * np.pi * per_min / 60 * times_s) + 0.15 * np.sin(2 * np.pi * 1.2 * times_s)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (features,) = RespirationFeatures(rate=25.0).fit_transform(wave[np.newaxis])
    assert features[-1] > 0.9
    assert_allclose(features[NAMES.index("rate_spectral_per_min")], per_min, atol=0.5)


def test_an_apnoea_in_which_the_heart_moves_the_belt_keeps_its_share():
    times_s = np.arange(0, 120, 1 / 25)
    breath = np.where((times_s > 40) & (times_s < 100), 0.0, 1 - np.cos(2 * np.pi * 0.25 * times_s))
    stream = Stream.regular(breath + 0.05 * np.sin(2 * np.pi * 1.1 * times_s), 25.0, kind="respiration")
    held, mixed = RespirationFeatures().transform_stream(stream, [50.0, 0.0], 45.0)
    assert held[NAMES.index("apnoea_share")] == 1.0 and held[-1] == 0.0
    assert_allclose(mixed[NAMES.index("rate_mean_per_min")], 15.0, atol=0.5)
    assert mixed[-1] > 0.5


def test_whatever_is_flat_or_missing_is_not_called_a_pulse():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for window in (np.zeros(1500), np.full(1500, 1e6), np.full(1500, np.nan), np.arange(1500.0)):
            RespirationFeatures(rate=25.0).fit_transform(window[np.newaxis])


@pytest.mark.parametrize(("signal", "rate"), [("bvp", 32.0), ("bvp", 64.0), ("bvp", 250.0), ("ecg", 128.0)])
@pytest.mark.parametrize("period_s", [0.6, 0.8, 0.83])
def test_a_metronome_does_not_breathe(signal, rate, period_s):
    times = np.arange(0, 60, 1 / rate) + 0.1
    wave = np.exp(-0.5 * ((times % period_s - 0.3) / (0.08 if signal == "bvp" else 0.01)) ** 2)
    row = RespirationFeatures(rate=rate, signal=signal).fit_transform(wave[np.newaxis])
    assert np.isnan(column(row, "rate_spectral_per_min")).all()
    assert column(row, "quality")[0] == 0.0


def test_a_window_has_the_same_breaths_wherever_it_stands():
    windows = cut(belt_stream(), STARTS_S, 40.0)[:, 0]
    fitted = RespirationFeatures().fit(windows)
    for window, row in zip(windows, fitted.transform(windows), strict=True):
        assert_array_equal(fitted.transform(window[np.newaxis])[0], row)
