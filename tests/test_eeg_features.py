"""Transformers of EEG: names, values beneath, MNE's epochs, recordings of other caps, cleaning and baseline."""

import contract
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler

from physiofer import pipeline
from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.features import (
    AsymmetryFeatures,
    BandPowerFeatures,
    ComplexityFeatures,
    ConnectivityFeatures,
    DifferentialEntropyFeatures,
    EEGFeatures,
    FeatureTable,
)
from physiofer.recording import Recording, Stream
from physiofer.signals import eeg

RATE = 128.0
CHANNELS = ["F3", "Fz", "F4", "P3", "P4"]
TRANSFORMERS = [
    BandPowerFeatures(RATE, channels=CHANNELS),
    DifferentialEntropyFeatures(RATE, channels=CHANNELS),
    AsymmetryFeatures(RATE, channels=CHANNELS),
    ConnectivityFeatures(RATE, channels=CHANNELS),
    ComplexityFeatures(RATE, channels=CHANNELS),
    EEGFeatures(RATE, channels=CHANNELS),
]


def brain(rng, n_windows, n_channels, n_times):
    """Slow noise with some alpha, in uV."""
    noise = rng.standard_normal((n_windows, n_channels, n_times))
    slow = np.fft.irfft(np.fft.rfft(noise) / np.sqrt(1.0 + np.arange(n_times // 2 + 1)), n_times)
    alpha = np.sin(2 * np.pi * 10.0 * np.arange(n_times) / RATE + rng.uniform(0, 6, (n_windows, n_channels, 1)))
    return 10.0 * slow / slow.std(axis=-1, keepdims=True) + 4.0 * alpha


@pytest.fixture
def windows(rng):
    """Six windows of four seconds."""
    return brain(rng, 6, len(CHANNELS), 512)


def recording(rng, subject, channels, *, unit="uV", scale=1.0, **more):
    """Two trials of half a minute after ten seconds of rest."""
    stream = Stream.regular(scale * brain(rng, 1, len(channels), 80 * 128)[0], RATE, channels=channels, unit=unit,
                            kind="eeg")  # fmt: skip
    events = {"onset_s": [10.0, 45.0], "duration_s": [30.0, 30.0], "trial": ["a", "b"], "stress": [0, 1]}
    return Recording(subject, streams={"eeg": stream, **more}, events=pd.DataFrame(events))


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda transformer: type(transformer).__name__)
def test_keeps_the_contract(transformer, check, windows):
    if check is contract.fixed_schema_whatever_the_data:
        pytest.skip("windows too short for a band are refused by name, see below")
    check(transformer, windows)


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda transformer: type(transformer).__name__)
def test_any_data_has_the_same_columns(transformer, windows):
    fitted = transformer.fit(windows)
    grades = np.array([contract.is_quality(name) for name in fitted.feature_names])
    nothing = fitted.transform(np.full(windows.shape, np.nan))
    assert_array_equal(nothing[:, grades], 0.0)
    assert np.isnan(nothing[:, ~grades]).all()
    with np.errstate(over="ignore"):
        odd = [np.zeros(windows.shape), np.full(windows.shape, -1e6), np.where(np.arange(512) % 2, np.nan, windows)]
        for values in odd:
            features = fitted.transform(values)
            assert features.shape == (6, grades.size)
            assert not np.isinf(features).any()
            assert (features[:, -1] < 0.6).all()


def test_power_and_entropy_are_those_of_the_functions(windows):
    power = BandPowerFeatures(RATE, channels=CHANNELS).set_output(transform="pandas").fit_transform(windows)
    entropy = DifferentialEntropyFeatures(RATE, channels=CHANNELS).set_output(transform="pandas").fit_transform(windows)
    for k, band in enumerate(eeg.BANDS):
        columns = [f"{band}_{channel}" for channel in CHANNELS]
        assert_allclose(power[columns], eeg.band_power(windows, RATE)[..., k], rtol=1e-12)
        columns = [f"de_{band}_{channel}" for channel in CHANNELS]
        assert_allclose(entropy[columns], eeg.differential_entropy(windows, RATE)[..., k], rtol=1e-12)


def test_asymmetry_has_its_sign(windows):
    windows[:, CHANNELS.index("F4")] = 3.0 * windows[:, CHANNELS.index("F3")]
    found = AsymmetryFeatures(RATE, channels=CHANNELS).set_output(transform="pandas").fit_transform(windows)
    assert_allclose(found["faa_F3_F4"], 2.0 * np.log(3.0), rtol=1e-9)
    assert_allclose(found["dasm_alpha_F3_F4"], -np.log(3.0), rtol=1e-9)
    entropy = eeg.differential_entropy(windows, RATE)[..., 2]
    assert_allclose(found["rasm_alpha_P3_P4"], entropy[:, 3] / entropy[:, 4], rtol=1e-12)
    assert_allclose(found["dcau_alpha_F3_P3"], entropy[:, 0] - entropy[:, 3], rtol=1e-12)


def test_coupling_is_that_of_the_pairs(windows):
    pairs = ConnectivityFeatures(RATE, channels=CHANNELS, measure="plv").set_output(transform="pandas")
    found = pairs.fit_transform(windows)
    weights = eeg.connectivity(windows, RATE, measure="plv")
    assert_allclose(found["plv_beta_Fz_P4"], weights[:, 3, 1, 4], rtol=1e-12)
    network = ConnectivityFeatures(RATE, channels=CHANNELS, measure="plv", output="network", density=0.5)
    found = network.set_output(transform="pandas").fit_transform(windows)
    measures = eeg.network_measures(weights, density=0.5)
    assert_allclose(found["plv_beta_clustering_P3"], measures["clustering"][:, 3, 3], rtol=1e-12)
    assert_allclose(found["plv_gamma_global_efficiency"], measures["global_efficiency"][:, 4], rtol=1e-12)


def test_complexity_is_that_of_the_functions(windows):
    found = ComplexityFeatures(RATE, channels=CHANNELS).set_output(transform="pandas").fit_transform(windows)
    assert_allclose(found["hjorth_mobility_Fz"], eeg.hjorth(windows, RATE).mobility[:, 1], rtol=1e-12)
    assert_allclose(found["sample_entropy_P4"], eeg.sample_entropy(windows)[:, 4], rtol=1e-12)
    frequencies_hz, density = eeg.power_spectrum(windows, RATE, high_hz=46.0)
    assert_allclose(found["aperiodic_F3"], eeg.aperiodic(frequencies_hz, density)[0][:, 0], rtol=1e-12)
    assert found.columns.size == 15 * 5 + 7


def test_epochs_of_mne_tell_unit_rate_and_names(windows):
    mne = pytest.importorskip("mne")
    epochs = mne.EpochsArray(windows * 1e-6, mne.create_info(CHANNELS, RATE, "eeg"), verbose="error")
    frame = BandPowerFeatures().set_output(transform="pandas").fit_transform(epochs)
    expected = BandPowerFeatures(RATE, channels=CHANNELS).set_output(transform="pandas").fit_transform(windows)
    pd.testing.assert_frame_equal(frame, expected, rtol=1e-9)
    some = BandPowerFeatures(channels=["P4", "F3"]).set_output(transform="pandas").fit_transform(epochs)
    assert_allclose(some["alpha_P4"], expected["alpha_P4"], rtol=1e-9)
    with pytest.raises(InvalidArgumentError, match=r"rate=200.* must be that of the epochs, 128"):
        BandPowerFeatures(200.0).fit(epochs)
    fitted = BandPowerFeatures().fit(epochs)
    with pytest.raises(InvalidArgumentError, match="rate of X"):
        fitted.transform(epochs.copy().resample(100.0, verbose="error"))


def test_arrays_without_names_are_numbered(windows):
    features = BandPowerFeatures(RATE, bands={"alpha": (8, 13)}).fit(windows)
    assert features.get_feature_names_out()[:5].tolist() == [f"alpha_ch{k}" for k in range(5)]
    with pytest.raises(InvalidArgumentError, match="hold no pair for contrasts"):
        AsymmetryFeatures(RATE).fit(windows)


def test_blocks_go_together_in_a_union_and_in_a_pipeline(windows):
    union = FeatureUnion([
        ("power", BandPowerFeatures(RATE, channels=CHANNELS, output="log")),
        ("asymmetry", AsymmetryFeatures(RATE, channels=CHANNELS)),
    ])  # fmt: skip
    found = make_pipeline(union, StandardScaler()).fit_transform(windows)
    assert found.shape[1] == len(union.get_feature_names_out())
    assert "power__alpha_F3" in union.get_feature_names_out()


def test_a_window_too_short_for_a_band_is_refused_by_its_name(windows):
    with pytest.raises(InvalidArgumentError, match="delta"):
        BandPowerFeatures(RATE, channels=CHANNELS).fit(windows[..., :30])
    with pytest.raises(InvalidArgumentError, match="gamma.*Nyquist"):
        BandPowerFeatures(80.0, channels=CHANNELS).fit(windows)


@pytest.mark.parametrize(
    ("transformer", "message"),
    [
        (EEGFeatures(RATE, blocks=("power", "power")), "blocks"),
        (EEGFeatures(RATE, blocks="magic"), "blocks"),
        (AsymmetryFeatures(RATE, channels=CHANNELS, contrasts="dsm"), "contrasts"),
        (ConnectivityFeatures(RATE, measure="phase"), "measure"),
        (ConnectivityFeatures(RATE, output="graph"), "output"),
        (ComplexityFeatures(RATE, measures=("chaos",)), "measures"),
        (ComplexityFeatures(RATE, measures=()), "measures is empty"),
        (BandPowerFeatures(RATE, channels=["F3", "F3", "F4", "P3", "P4"]), "F3 is there more than once"),
        (BandPowerFeatures(RATE, channels=["F3", "F4"]), r"\(n_windows, 2, n_times\)"),
        (BandPowerFeatures(RATE, channels=CHANNELS, cleaning=eeg.Cleaning()), "cleaning=.* needs a whole recording"),
        (BandPowerFeatures(RATE, channels=CHANNELS, baseline_s=3.0), "baseline_s=3.0 needs a whole recording"),
    ],
)
def test_wrong_arguments_are_said(transformer, message, windows):
    with pytest.raises(InvalidArgumentError, match=message):
        transformer.fit(windows).transform(windows)


def test_recordings_of_other_caps_share_one_table(rng):
    people = [recording(rng, "p1", CHANNELS), recording(rng, "p2", ["F3", "F4", "O1"])]
    people.append(Recording("p3", streams={"bvp": Stream.regular(np.zeros(5120), 64.0, kind="bvp")}))
    with pytest.warns(QualityWarning, match="p3/1"):
        table = pipeline.extract(people, modalities=["eeg"], window_s=10.0, step_s=10.0)
    names = list(table.X.columns)
    assert names[-1] == "eeg__quality"
    assert len(set(names)) == len(names)
    alone = pipeline.extract(people[0], modalities=["eeg"], window_s=10.0, step_s=10.0)
    of_first = table.X[table.subjects == "p1"].reset_index(drop=True)
    pd.testing.assert_frame_equal(of_first[list(alone.X.columns)], alone.X)
    assert of_first["eeg__delta_O1"].isna().all()
    assert table.X.loc[table.subjects == "p2", "eeg__delta_O1"].notna().all()
    nobody = table.X[table.subjects == "p3"]
    assert nobody["eeg__quality"].eq(0.0).all()
    assert nobody["eeg__delta_F3"].isna().all()
    assert len(FeatureTable.concatenate([table]).X) == len(table)


def test_a_cache_serves_recordings_of_other_caps(rng, tmp_path):
    people = [recording(rng, "p1", CHANNELS), recording(rng, "p2", ["F3", "F4", "O1"])]
    options = {"modalities": ["eeg"], "window_s": 10.0, "step_s": 10.0, "cache": tmp_path}
    first = pipeline.extract(people, **options)
    pd.testing.assert_frame_equal(pipeline.extract(people, **options).X, first.X)


def test_the_unit_of_a_stream_is_minded(rng):
    microvolts = recording(np.random.default_rng(1), "p1", CHANNELS)
    volts = recording(np.random.default_rng(1), "p1", CHANNELS, unit="V", scale=1e-6)
    tables = [pipeline.extract(one, modalities=["eeg"], window_s=10.0, step_s=10.0).X for one in (microvolts, volts)]
    pd.testing.assert_frame_equal(*tables, rtol=1e-9)
    wrong = recording(rng, "p1", CHANNELS, unit="uS")
    with pytest.warns(QualityWarning, match="no usable eeg"), pytest.warns(QualityWarning, match="'uS'; EEG must be"):
        table = pipeline.extract(wrong, modalities=["eeg"], window_s=10.0, step_s=10.0)
    assert table.X["eeg__alpha_F3"].isna().all()


def test_channels_are_chosen_by_name_and_absent_ones_are_nan(rng):
    person = recording(rng, "p1", ["EEG F3-REF", "EEG F4-REF", "EEG Cz-REF"])
    chosen = {"eeg": BandPowerFeatures(channels=["F4", "F3", "Oz"])}
    with pytest.warns(QualityWarning, match="has no Oz"):
        table = pipeline.extract(person, modalities=chosen, window_s=10.0, step_s=10.0)
    whole = pipeline.extract(person, modalities={"eeg": BandPowerFeatures()}, window_s=10.0, step_s=10.0)
    assert_allclose(table.X["eeg__alpha_F4"], whole.X["eeg__alpha_EEG_F4_REF"], rtol=1e-12)
    assert table.X["eeg__alpha_Oz"].isna().all()


def test_the_baseline_of_each_trial_is_taken_off(rng):
    person = recording(rng, "p1", CHANNELS)
    values = person.streams["eeg"].values.copy()
    values[:, 45 * 128 :] *= np.e  # the second trial, but not the seconds before it
    person.streams["eeg"] = Stream.regular(values, RATE, channels=CHANNELS, unit="uV", kind="eeg")
    transformer = DifferentialEntropyFeatures(baseline_s=3.0)
    table = pipeline.extract(person, modalities={"eeg": transformer}, window_s=10.0, step_s=10.0)
    plain = pipeline.extract(person, modalities={"eeg": DifferentialEntropyFeatures()}, window_s=10.0, step_s=10.0)
    before = eeg.differential_entropy(values[np.newaxis, :, 42 * 128 : 45 * 128], RATE)[0]
    second = table.trials == "b"
    expected = plain.X["eeg__de_alpha_Fz"][second] - before[1, 2]
    assert_allclose(table.X["eeg__de_alpha_Fz"][second], expected, rtol=1e-9)
    assert_allclose(table.X["eeg__quality"], plain.X["eeg__quality"])
    # Numbers that follow the amplitude rise by 1 from the baseline to the trial, here and there by chance more or less.
    assert abs(table.X.filter(like="de_")[second].to_numpy().mean() - 1.0) < 0.3
    assert abs(table.X.filter(like="de_")[~second].to_numpy().mean()) < 0.3


def test_cleaning_comes_before_the_windows(rng):
    person = recording(rng, "p1", ["Fp1", "Fp2", "F3", "Fz", "F4", "P3", "Pz", "P4", "O1", "O2"])
    person.streams["eeg"].values[7] = 0.0
    cleaned = BandPowerFeatures(cleaning=eeg.Cleaning())
    table = pipeline.extract(person, modalities={"eeg": cleaned}, window_s=10.0, step_s=10.0)
    assert table.X["eeg__alpha_P4"].gt(0.0).all()
    assert table.config["modalities"]["eeg"]["cleaning"]["reference"] == "average"
    values = eeg.clean(person.streams["eeg"].values, RATE, person.streams["eeg"].channels).eeg
    expected = eeg.band_power(values[:, 10 * 128 : 20 * 128], RATE)[2, 2]
    assert_allclose(table.X["eeg__alpha_F3"].iloc[0], expected, rtol=1e-9)
    with pytest.raises(InvalidArgumentError, match="must be a signals.eeg.Cleaning"):
        BandPowerFeatures(cleaning="yes").transform_stream(person.streams["eeg"], [0.0], 10.0)


def test_the_eog_is_regressed_out_where_there_is_one(rng):
    eyes = np.zeros(80 * 128)
    for second in range(3, 78, 4):
        eyes[second * 128 : second * 128 + 40] = 200.0 * np.hanning(40)
    person = recording(rng, "p1", ["Fp1", "Fp2", "F3", "Fz", "F4", "P3", "Pz", "P4"],
                       eog=Stream.regular(eyes, RATE, channels=["vEOG"], unit="uV", kind="eog"))  # fmt: skip
    blinking = person.streams["eeg"].values + np.outer([0.8, 0.8, 0.4, 0.4, 0.4, 0.05, 0.05, 0.05], eyes)
    with_blinks = Stream.regular(blinking, RATE, channels=person.streams["eeg"].channels, unit="uV", kind="eeg")
    person.streams["eeg"] = with_blinks
    steps = {"bad_channels": "keep", "reference": None}
    tables = [
        pipeline.extract(person, modalities={"eeg": BandPowerFeatures(cleaning=eeg.Cleaning(eyes=eyes_, **steps))},
                         window_s=10.0, step_s=10.0).X["eeg__delta_Fp1"].median()
        for eyes_ in ("none", "regress")
    ]  # fmt: skip
    assert tables[1] < 0.2 * tables[0]


def test_asymmetry_alone_is_extracted(rng):
    table = pipeline.extract(recording(rng, "p1", CHANNELS), modalities={"eeg": AsymmetryFeatures()}, window_s=10.0,
                             step_s=10.0)  # fmt: skip
    assert table.X["eeg__faa_F3_F4"].notna().all()


def test_fit_again_forgets_the_channels_before():
    rng = np.random.default_rng(0)
    features = BandPowerFeatures(RATE).fit(rng.standard_normal((3, 8, 512)))
    assert features.fit(rng.standard_normal((3, 5, 512))).transform(rng.standard_normal((2, 5, 512))).shape == (2, 32)


def test_channels_that_are_marked_bad_are_nan_or_restored(rng):
    person = recording(rng, "p1", ["Fp1", "Fp2", "F3", "Fz", "F4", "P3", "Pz", "P4", "O1", "O2"])
    person.meta["bad_channels"] = ["F3"]
    options = {"window_s": 10.0, "step_s": 10.0}
    plain = pipeline.extract(person, modalities={"eeg": BandPowerFeatures()}, **options).X
    assert plain["eeg__alpha_F3"].isna().all() and plain["eeg__alpha_F4"].notna().all()
    cleaned = pipeline.extract(person, modalities={"eeg": BandPowerFeatures(cleaning=eeg.Cleaning())}, **options).X
    expected = eeg.clean(person.streams["eeg"].values, RATE, person.streams["eeg"].channels, bad=["F3"]).eeg
    assert_allclose(cleaned["eeg__alpha_F3"].iloc[0], eeg.band_power(expected[:, 1280:2560], RATE)[2, 2], rtol=1e-9)


def test_names_that_would_be_alike_are_numbered(rng):
    names = BandPowerFeatures(RATE, channels=["C3", "C3'", "Cz"], bands={"a 1": (8, 10), "a_1": (10, 13)})
    found = names.fit(rng.standard_normal((2, 3, 512))).get_feature_names_out().tolist()
    assert found[:6] == ["a_1_C3", "a_1_C3_2", "a_1_Cz", "a_1_C3_3", "a_1_C3_4", "a_1_Cz_2"]
    odd = BandPowerFeatures(RATE, channels=["present", "b"], bands={"quality": (8, 10)})
    assert odd.fit(rng.standard_normal((2, 2, 512))).get_feature_names_out()[0] == "quality_present_2"


def test_a_baseline_that_is_not_all_there_is_none(rng):
    person = recording(rng, "p1", CHANNELS)
    with pytest.warns(QualityWarning, match="trials without a baseline|no usable"):
        table = pipeline.extract(person, modalities={"eeg": BandPowerFeatures(output="log", baseline_s=20.0)},
                                 window_s=10.0, step_s=10.0)  # fmt: skip
    own = table.X.filter(like="alpha")
    assert own[table.trials == "a"].isna().all(axis=None) and own[table.trials == "b"].notna().all(axis=None)
    person.events = person.events.iloc[:0]
    with pytest.warns(QualityWarning, match="has no event"):
        pipeline.extract(person, modalities={"eeg": BandPowerFeatures(baseline_s=3.0)}, window_s=10.0, step_s=10.0,
                         within="recording")  # fmt: skip


def test_wrong_options_are_said_before_anything_is_read(rng):
    person = recording(rng, "p1", CHANNELS)
    for option in ({"cleaning": "yes"}, {"baseline_s": -1.0}, {"baseline_s": "x"}, {"line_hz": "x"}):
        with pytest.raises(InvalidArgumentError, match=next(iter(option))):
            pipeline.extract(person, modalities={"eeg": EEGFeatures(**option)}, window_s=10.0, step_s=10.0)
        with pytest.raises(InvalidArgumentError, match=next(iter(option))):
            EEGFeatures(RATE, **option).fit(np.ones((2, 5, 512)))


def test_an_eog_of_another_rate_is_the_reason_that_is_told(rng):
    person = recording(rng, "p1", CHANNELS, eog=Stream.regular(rng.standard_normal(80 * 256), 256.0, kind="eog"))
    chosen = {"eeg": BandPowerFeatures(cleaning=eeg.Cleaning(eyes="regress", reference=None))}
    with pytest.warns(QualityWarning, match="no usable"), pytest.warns(QualityWarning, match="eog stream has 256 Hz"):
        pipeline.extract(person, modalities=chosen, window_s=10.0, step_s=10.0)


def test_who_has_no_window_adds_no_columns(rng):
    people = [recording(rng, "p1", ["F3", "F4"])]
    short = Stream.regular(rng.standard_normal((2, 256)), RATE, channels=["O1", "O2"], unit="uV", kind="eeg")
    people.append(Recording("p2", streams={"eeg": short}))
    with pytest.warns(QualityWarning, match="p2/1: no window of 10 s fits into it"):
        table = pipeline.extract(people, modalities=["eeg"], window_s=10.0, step_s=10.0)
    assert not table.X.filter(like="O1").size


def test_slow_rates_have_complexity_too(rng):
    found = ComplexityFeatures(64.0).fit_transform(brain(rng, 2, 2, 256))
    assert np.isfinite(found).all()


def test_raws_are_refused_with_advice(rng):
    mne = pytest.importorskip("mne")
    raw = mne.io.RawArray(
        1e-5 * rng.standard_normal((2, 512)), mne.create_info(["F3", "F4"], RATE, "eeg"), verbose="error"
    )
    with pytest.raises(InvalidArgumentError, match="X is a RawArray; it must be windows or mne.Epochs"):
        BandPowerFeatures().fit(raw)


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda transformer: type(transformer).__name__)
def test_a_dead_electrode_has_no_feature_rather_than_zero(transformer, windows):
    windows[:, CHANNELS.index("P4")] = -3.0
    found = transformer.set_output(transform="default").fit_transform(windows)
    of_dead = np.array(["P4" in name for name in transformer.get_feature_names_out()])
    assert of_dead.any() and np.isnan(found[:, of_dead]).all()
    varying = list(transformer.get_feature_names_out()).index("quality_varying")
    assert_allclose(found[:, varying], 0.8)
