"""From recordings to a feature table: schema, cache, resume, errors, and whoever is in parallel."""

import os
import warnings

import numpy as np
import pandas as pd
import pytest

from physiofer import extraction, pipeline
from physiofer.datasets import simulate_corpus
from physiofer.datasets.corpus import Corpus, InMemorySource, RecordingSource
from physiofer.exceptions import InvalidArgumentError, QualityWarning, UnreadableDataError
from physiofer.features import EDAFeatures, FeatureTable, HRVFeatures
from physiofer.recording import Recording, Stream


@pytest.fixture(scope="module")
def corpus():
    """Three simulated people, two minutes a trial."""
    return simulate_corpus(n_subjects=12, seed=5, n_trials=2, trial_s=120.0)[:3]


@pytest.fixture(scope="module")
def table(corpus):
    """Their features."""
    return pipeline.extract(corpus)


class Broken(RecordingSource):
    """A recording that cannot be read."""

    subject, session = "P99", "1"

    def load(self):
        raise UnreadableDataError("P99/BVP.csv is empty.")

    def fingerprint(self):
        raise UnreadableDataError("P99/BVP.csv is empty.")


def schema(*modalities):
    """Columns of modalities."""
    return [f"{m}__{f}" for m in modalities for f in pipeline.MODALITIES[m]().feature_names]


def eda_stream():
    """Two minutes of skin conductance."""
    return Stream.regular(2.0 + 0.1 * np.random.default_rng(0).random(480).cumsum() / 20, 4.0, unit="uS", kind="eda")


def recording_with(subject="p01", **streams):
    """Two minutes with one trial of each label."""
    events = pd.DataFrame({"onset_s": [0.0, 60.0], "duration_s": 60.0, "trial": ["a", "b"], "stress": [0, 1]})
    return Recording(subject, streams=streams, events=events)


def test_the_schema_is_that_of_the_transformers(table, corpus):
    assert list(table.X.columns) == schema("cardiac", "eda", "respiration", "temperature", "motion")
    assert table.targets.columns.tolist() == ["stress", "arousal"]
    assert sorted(set(table.subjects)) == [source.subject for source in corpus]
    assert len(table) == 3 * 2 * 3  # starts at 0, 30 and 60 s of each trial
    quality = table.X[[c for c in table.X if c.endswith("__quality")]]
    assert quality.notna().all(axis=None) and quality.min(axis=None) >= 0 and quality.max(axis=None) <= 1


def test_features_do_not_depend_on_jobs(table, corpus):
    pd.testing.assert_frame_equal(pipeline.extract(corpus, n_jobs=2).to_frame(), table.to_frame())


def test_first_calls_work_and_leave_no_trace(corpus):
    """They compile; an error in one would be swallowed, and each process would compile for itself again."""
    recording = corpus[0].load()
    n_calls = 0
    for transformer in extraction._transformers(None).values():
        stream = extraction.stream_for(transformer, recording)
        for call in transformer._first_calls(stream) if stream is not None else []:
            call()
            n_calls += 1
    assert n_calls == 5  # beats and variability, skin conductance, temperature, movement
    again = pipeline.extract(corpus[:1]).to_frame()
    pd.testing.assert_frame_equal(again, pipeline.extract(corpus[:1]).to_frame())


def test_features_of_one_modality_are_those_of_all(table, corpus):
    alone = pipeline.extract(corpus, modalities="eda")
    pd.testing.assert_frame_equal(alone.X, table.X[alone.X.columns])


def test_a_second_run_reads_the_cache(table, corpus, tmp_path, monkeypatch):
    first = pipeline.extract(corpus, cache=tmp_path)
    files = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(files) == 3
    monkeypatch.setattr(extraction, "_table_of", None)  # nothing may be computed any more
    second = pipeline.extract(corpus, cache=tmp_path)
    pd.testing.assert_frame_equal(second.to_frame(), first.to_frame())
    pd.testing.assert_frame_equal(second.to_frame(), table.to_frame())
    assert second.sources == first.sources
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == files


@pytest.mark.parametrize(
    "change",
    [
        {"window_s": 50.0},
        {"step_s": 20.0},
        {"modalities": ["motion"]},
        {"modalities": {"eda": EDAFeatures(min_amplitude_us=0.05)}},
    ],
)
def test_another_configuration_has_another_key(corpus, tmp_path, change):
    options = {"modalities": {"eda": EDAFeatures()}, "cache": tmp_path}
    pipeline.extract(corpus[:1], **options)
    pipeline.extract(corpus[:1], **{**options, **change})
    assert len(list(tmp_path.iterdir())) == 2


def test_another_version_of_a_feature_set_has_another_key(corpus, tmp_path, monkeypatch):
    pipeline.extract(corpus[:1], modalities="eda", cache=tmp_path)
    monkeypatch.setattr(EDAFeatures, "version", 99)
    pipeline.extract(corpus[:1], modalities="eda", cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_changed_content_is_extracted_anew(tmp_path):
    values = np.random.default_rng(0).uniform(1, 2, 480)
    for _ in range(2):
        pipeline.extract(recording_with(eda=Stream.regular(values, 4.0, kind="eda")), modalities="eda", cache=tmp_path)
    values[3] += 1e-9
    pipeline.extract(recording_with(eda=Stream.regular(values, 4.0, kind="eda")), modalities="eda", cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_killed_run_resumes_and_a_damaged_file_is_never_read(table, corpus, tmp_path, monkeypatch):
    done = []
    real = extraction._table_of

    def dies_at_the_third(recording, config):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(recording.subject)
        return real(recording, config)

    monkeypatch.setattr(extraction, "_table_of", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        pipeline.extract(corpus, cache=tmp_path)
    kept = sorted(tmp_path.iterdir())
    assert len(kept) == 2
    kept[0].write_bytes(kept[0].read_bytes()[:500])  # as a full disk would leave it
    monkeypatch.setattr(extraction, "_table_of", lambda r, c: done.append(r.subject) or real(r, c))
    resumed = pipeline.extract(corpus, cache=tmp_path)
    assert len(done) == 4  # two before, the damaged and the third now
    pd.testing.assert_frame_equal(resumed.to_frame(), table.to_frame())


def test_a_broken_recording_is_reported_and_the_rest_done(corpus):
    with pytest.warns(QualityWarning, match=r"P99/1: P99/BVP.csv is empty. It is left out."):
        result = pipeline.extract([corpus[0], Broken()], modalities="temperature")
    assert set(result.subjects) == {corpus[0].subject}
    assert result.errors == [{"subject": "P99", "recording": "P99/1", "message": "P99/BVP.csv is empty."}]


def test_nothing_readable_is_an_error():
    with pytest.raises(
        UnreadableDataError, match="none of the 1 recordings can be read; the first: P99/BVP.csv is empty"
    ):
        pipeline.extract([Broken()])


def test_absent_dead_and_unfit_sensors_are_missing_with_quality_zero():
    slow = Stream.regular(np.random.default_rng(0).random(600), 5.0, kind="bvp")
    dead = Stream.regular(np.full(480, 0.7), 4.0, kind="eda")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = pipeline.extract(recording_with(bvp=slow, eda=dead))
    messages = [str(w.message) for w in caught if w.category is QualityWarning]
    assert any("p01/1: bvp is not used: rate=5.0 must be" in message for message in messages)
    assert any("p01/1: eda is not used: the sensor shows the same value throughout" in message for message in messages)
    assert len(result) == 2
    quality = [c for c in result.X if c.partition("__")[2].startswith("quality")]
    assert (result.X[quality] == 0).all(axis=None)
    assert result.X.drop(columns=quality).isna().all(axis=None)
    assert list(result.X.columns) == schema("cardiac", "eda", "respiration")


def test_modalities_asked_for_are_there_whatever_the_sensors():
    result = pipeline.extract(recording_with(eda=eda_stream()), modalities=["motion", "eda"])
    assert list(result.X.columns) == schema("motion", "eda")
    assert result.X.filter(like="motion__quality").eq(0).all(axis=None)
    assert list(pipeline.extract(recording_with(eda=eda_stream())).X.columns) == schema("eda")


def test_streams_that_nothing_reads_are_said():
    strange = {"wrist": Stream.regular(np.arange(480.0), 4.0, kind="gsr"), "chest": eda_stream()}
    strange["chest"] = Stream.regular(np.arange(480.0), 4.0, kind="EKG")
    with pytest.raises(
        InvalidArgumentError,
        match=r"no modality reads any stream of the 1 recordings: 'wrist' of kind 'gsr' \(did you mean 'eda'\?\), "
        r"'chest' of kind 'EKG' \(did you mean 'ecg'\?\) \(read are the kinds ecg, bvp, rr, eda",
    ):
        pipeline.extract(recording_with(**strange))
    with pytest.raises(
        InvalidArgumentError, match=r"recordings: 'eda' of kind 'eda' \(read are the kinds temperature\)"
    ):
        pipeline.extract(recording_with(eda=eda_stream()), modalities="temperature")
    with pytest.raises(InvalidArgumentError, match="of the 1 recordings: none"):
        pipeline.extract(recording_with())
    with pytest.warns(
        QualityWarning, match=r"p02/1: no modality reads any of its streams, 'wrist' of kind 'gsr'"
    ) as said:
        result = pipeline.extract([recording_with(eda=eda_stream()), recording_with("p02", **strange)])
    assert len(said) == 1 and list(result.X.columns) == schema("eda")
    assert result.X[result.subjects == "p02"].filter(like="quality").eq(0).all(axis=None)


def test_intervals_alone_are_enough_for_the_heart():
    ends_s = 0.8 * np.arange(1, 150)
    metronome = Stream(np.full(149, 800.0), ends_s, 0.0, unit="ms", kind="rr")
    result = pipeline.extract([recording_with(ibi=metronome), recording_with("p02", ibi=metronome)], n_jobs=2)
    assert list(result.X.columns) == schema("cardiac")
    assert result.X["cardiac__mean_nn_ms"].tolist() == pytest.approx([800.0] * 4)


def test_a_pulse_without_a_breathing_rhythm_is_said_to_lack_one():
    noise = Stream.regular(np.random.default_rng(0).standard_normal(120 * 64), 64.0, kind="bvp")
    with pytest.warns(QualityWarning) as said:
        pipeline.extract(recording_with(bvp=noise))
    messages = [str(entry.message) for entry in said]
    assert "p01/1: 2 of 2 windows have no usable bvp: cardiac is NaN." in messages
    lack = "p01/1: 2 of 2 windows have no breathing rhythm that stands out in the beats of bvp: respiration is NaN."
    assert lack in messages


@pytest.mark.parametrize(
    ("name", "meant"),
    [("hrv", "cardiac"), ("PPG", "cardiac"), ("gsr", "eda"), ("resp", "respiration"), ("acc", "motion")],
)
def test_other_names_of_modalities_are_understood(name, meant):
    with pytest.raises(InvalidArgumentError, match=f"modality='{name}' must be one of .* Did you mean {meant}"):
        pipeline.extract(recording_with(eda=eda_stream()), modalities=[name])


def test_windows_over_a_gap_are_kept_with_low_quality(corpus):
    recording = corpus[0].load()
    temperature = recording.of_kind("temperature")
    values = temperature.values.copy()
    first = recording.events["onset_s"].iloc[0]
    values[:, (temperature.times_s >= first + 30) & (temperature.times_s < first + 60)] = np.nan
    recording.streams["temperature"] = Stream(values, temperature.times_s, 4.0, ["t"], "degC", "temperature")
    result = pipeline.extract(recording, modalities="temperature")
    assert len(result) == 6
    assert result.X["temperature__quality"].round(3).tolist()[:3] == [0.5, 0.5, 1.0]


def test_windows_without_a_usable_sample_are_said():
    off = eda_stream().values.copy()
    off[:, :240] = 0.001 * off[:, :240]  # a minute out of contact
    with pytest.warns(QualityWarning, match="p01/1: 1 of 2 windows have no usable eda: eda is NaN"):
        result = pipeline.extract(recording_with(eda=Stream.regular(off, 4.0, kind="eda")), modalities="eda")
    assert result.X["eda__quality"].between([0.0, 0.95], [0.0, 1.0]).all()  # a second round the loss does not count


def test_a_window_longer_than_every_trial_says_so(corpus):
    with pytest.raises(InvalidArgumentError, match=r"window_s=600 fits into no trial of any recording \(the longest"):
        pipeline.extract(corpus[:1], window_s=600.0)


def test_recordings_without_labels_are_windowed_without_targets():
    result = pipeline.extract(
        Recording("p01", streams={"eda": Stream.regular(np.random.default_rng(0).uniform(1, 2, 480), 4.0, kind="eda")}),
        modalities="eda",
    )
    assert len(result) == 3 and result.targets.columns.empty


def test_own_transformers_and_progress(corpus):
    seen = []
    result = pipeline.extract(
        corpus[:2],
        modalities={"pulse": HRVFeatures(min_quality=0.8)},
        progress=lambda done, total, label: seen.append((done, total, label)),
    )
    assert result.X.columns[0] == "pulse__mean_nn_ms"
    assert sorted(seen) == [(1, 2, seen[0][2]), (2, 2, seen[1][2])]
    assert {label for _, _, label in seen} == {source.name for source in corpus[:2]}


def test_errors_found_by_the_reader_are_kept(corpus):
    listed = Corpus([corpus[0]], errors=["S07: no sensor can be read."])
    with pytest.warns(QualityWarning, match="S07: no sensor can be read"):
        result = pipeline.extract(listed, modalities="temperature")
    assert result.errors[0]["message"] == "S07: no sensor can be read."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"modalities": ["edaa"]},
            "modality='edaa' must be one of cardiac, eda, respiration, .* Did you mean eda",
        ),
        ({"modalities": []}, "modalities is empty"),
        ({"modalities": {"eda": object()}}, r"modalities\['eda'\] is a object"),
        ({"window_s": -1.0}, "window_s=-1.0"),
        ({"within": "trials"}, "within='trials'"),
        ({"targets": "joy"}, "target 'joy' is not a label of sim01/1; its labels are: stress, arousal"),
    ],
)
def test_wrong_arguments_are_named(corpus, options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        pipeline.extract(corpus[:1], **options)


def test_wrong_recordings_are_named():
    with pytest.raises(InvalidArgumentError, match="recordings is empty"):
        pipeline.extract([])
    with pytest.raises(InvalidArgumentError, match="recordings holds a str"):
        pipeline.extract(["S02"])


def test_a_cache_that_is_a_file_is_named(corpus, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidArgumentError, match="cache=.*file.* cannot be made a folder"):
        pipeline.extract(corpus[:1], cache=tmp_path / "file")


def test_in_memory_recordings_have_fingerprints_of_their_content():
    one, other = (InMemorySource(recording_with(eda=Stream.regular([v, 1.0], 4.0))) for v in (1.0, 2.0))
    assert one.fingerprint() != other.fingerprint()


@pytest.mark.data
@pytest.mark.slow
def test_real_people_to_features(data_dir):
    """Three Empatica recordings: all windows carry beats, and heart rates are those of people."""
    from physiofer.datasets import read_corpus

    folder = data_dir / "stress-predict"
    real = read_corpus(folder, format="empatica", labels=folder / "labels.csv", subjects=["S03", "S09", "S13"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", QualityWarning)
        result = pipeline.extract(real, n_jobs=min(2, os.cpu_count()))
    assert isinstance(result, FeatureTable) and set(result.subjects) == {"S03", "S09", "S13"}
    assert 280 <= len(result) <= 320
    rates = result.X["cardiac__hr_mean_bpm"]
    assert rates.notna().mean() > 0.9 and rates.dropna().between(45, 140).all()
    assert result.X["cardiac__quality"].mean() > 0.6
    assert result.targets["stress"].mean() == pytest.approx(0.3, abs=0.06)


def pulse(rate=64.0):
    """Two minutes of a pulse wave."""
    times = np.arange(0, 120, 1 / rate)
    return np.exp(-0.5 * (((times - 0.01 * np.sin(times)) % 0.8 - 0.3) / 0.08) ** 2)


def test_a_recording_on_two_clocks_is_its_own_error():
    unix = Stream.regular(eda_stream().values, 4.0, start_s=1.7e9, unit="uS", kind="temperature")
    odd = Recording("p02", streams={"eda": eda_stream(), "skin": unix})
    with pytest.warns(QualityWarning, match="p02/1: .* on different clocks: 'skin' starts at 1700000000 s"):
        table = pipeline.extract([recording_with(eda=eda_stream()), odd], modalities=["eda"], within="recording")
    assert set(table.subjects) == {"p01"}
    assert [error["subject"] for error in table.errors] == ["p02"]


def test_an_unusable_companion_is_done_without():
    bvp = Stream.regular(pulse(), 64.0, kind="bvp")
    irregular = Stream(np.ones((3, 4)), [0.0, 30.0, 60.0, 90.0], 0.0, ["x", "y", "z"], kind="acceleration")
    irregular = Stream(irregular.values + np.arange(4), irregular.times_s, 0.0, irregular.channels, kind="acceleration")
    recording = recording_with(bvp=bvp, acc=irregular)
    cardiac = {"cardiac": HRVFeatures(max_motion_g=0.1)}
    with pytest.warns(QualityWarning, match="p01/1: bvp is used without acceleration: .*rate=0"):
        table = pipeline.extract([recording], modalities=cardiac)
    assert table.X["cardiac__quality"].min() > 0.9


def test_a_dead_sensor_gives_way_to_the_next_that_lives():
    ecg = Stream.regular(np.zeros(120 * 250), 250.0, kind="ecg")
    recording = recording_with(ecg=ecg, bvp=Stream.regular(pulse(), 64.0, kind="bvp"))
    with pytest.warns(QualityWarning, match="p01/1: ecg is not used: the sensor shows the same value throughout"):
        table = pipeline.extract([recording], modalities=["cardiac"])
    assert table.X["cardiac__quality"].min() > 0.9
    assert table.X["cardiac__mean_nn_ms"].to_numpy() == pytest.approx(800.0, rel=0.01)
