"""The simulated people: signal models against obvious twins, truth found in the sensors, labels that act as said."""

import itertools
import json
import pickle
import subprocess
import sys
import time
from pathlib import Path

import naive_synthetic as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import median_filter, uniform_filter1d
from scipy.signal import butter, find_peaks, periodogram, sosfiltfilt, welch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import physiofer
from physiofer.datasets import _physiology as physiology
from physiofer.datasets import synthetic
from physiofer.datasets.corpus import Corpus
from physiofer.datasets.synthetic import SimulatedSource, simulate_corpus, simulate_person
from physiofer.exceptions import InvalidArgumentError

RESTING_BPM, COUNTS = 83.50842097723417, (1698, 205)
MEANS = [0.0600462, 1.87245468, 33.8126, 0.2586597]
SHORT = {"n_trials": 2, "trial_s": 60.0}


@pytest.fixture(scope="module")
def people():
    """Sixteen whole people with their truth."""
    return [simulate_person(index) for index in range(16)]


def assert_same_recording(one, other):
    assert one.name == other.name and list(one.streams) == list(other.streams) and one.meta == other.meta
    for name in one.streams:
        assert_array_equal(one.streams[name].values, other.streams[name].values)
        assert_array_equal(one.streams[name].times_s, other.streams[name].times_s)
    assert one.events.equals(other.events)


# ------------------------------------------------------------------------------------------- 1 fast equals obvious


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=40), st.floats(0.1, 50))
def test_first_order_lag_matches_naive(signal, tau_s):
    assert_allclose(
        physiology.first_order_lag(np.array(signal), 4.0, tau_s), naive.first_order_lag(signal, 4.0, tau_s), atol=1e-9
    )


@given(st.lists(st.tuples(st.floats(0, 14.9), st.floats(0.01, 5)), max_size=6), st.floats(0.4, 1.0), st.floats(2, 4))
@settings(max_examples=20, deadline=None)
def test_skin_responses_match_naive(responses, rise_s, decay_s):
    onsets_s, amplitudes = (np.array([pair[k] for pair in responses]) for k in (0, 1))
    fast = physiology.skin_responses(onsets_s, amplitudes, 60, 4.0, rise_s=rise_s, decay_s=decay_s)
    assert_allclose(fast, naive.skin_responses(onsets_s, amplitudes, 60, 4.0, rise_s, decay_s), rtol=1e-5, atol=1e-9)


def test_beat_times_match_naive(rng):
    heart_rate_hz = 1.2 + 0.2 * np.sin(2.0 * np.pi * 0.3 * np.arange(16 * 20) / 16.0 + rng.uniform(0.0, 6.0))
    phase = physiology.beat_phase(heart_rate_hz, 16.0, first=0.3)
    assert_allclose(physiology.beat_times(phase, 16.0), naive.beat_times(heart_rate_hz, 16.0, 0.3), atol=5e-4)


@pytest.mark.parametrize("regularity", [0.0, 0.3])
def test_arrivals_match_naive(regularity):
    intensity_hz = np.repeat([0.0, 0.5, 2.0, 0.0, 1.0], 40)
    fast = physiology.arrivals(np.random.default_rng(3), intensity_hz, 4.0, regularity)
    steps = regularity + (1.0 - regularity) * np.random.default_rng(3).standard_exponential(400)
    steps[0] *= 1.0 - regularity
    assert fast.size > 20
    assert_allclose(fast, naive.arrivals(intensity_hz, 4.0, list(steps)), atol=1e-9)


# --------------------------------------------------------------------------------- 2 properties of the signal models


def test_wandering_forgets_at_its_time_constant(rng):
    noise = np.array([physiology.ornstein_uhlenbeck(rng, 200, 4.0, tau_s=10.0) for _ in range(4000)])
    assert_allclose(noise.var(axis=0)[[0, 50, 199]], 1.0, atol=0.1)  # stationary from the first sample
    assert np.mean(noise[:, 100] * noise[:, 140]) == pytest.approx(np.exp(-1.0), abs=0.05)


def test_pink_noise_loses_power_as_one_over_frequency(rng):
    frequency, power = periodogram(physiology.pink_noise(rng, 2**16, 16.0, low_hz=0.01), 16.0)
    band = (frequency > 0.02) & (frequency < 4.0)
    slope = np.polyfit(np.log(frequency[band]), np.log(power[band]), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.05)


def test_arrivals_are_poisson_when_not_regular(rng):
    counts = [physiology.arrivals(rng, np.full(400, 0.2), 4.0).size for _ in range(2000)]
    assert np.mean(counts) == pytest.approx(20.0, abs=0.4)
    assert np.var(counts) == pytest.approx(20.0, rel=0.15)
    assert physiology.arrivals(rng, np.zeros(400), 4.0).size == 0


def test_respiratory_arrhythmia_gives_the_rmssd_of_the_formula():
    times_s = np.arange(0.0, 600.0, 1.0 / 16.0)
    rate_hz = 1.1 * (1.0 + 0.04 * np.sin(2.0 * np.pi * 0.25 * times_s))
    beats_s = physiology.beat_times(physiology.beat_phase(rate_hz, 16.0), 16.0)
    rmssd_ms = 1e3 * np.sqrt(np.mean(np.diff(beats_s, n=2) ** 2))
    assert rmssd_ms == pytest.approx(naive.modulated_rmssd_ms(1.1, 0.04, 0.25), rel=0.01)


@pytest.mark.parametrize("dicrotic", [0.0, 0.2, 0.5])
def test_pulse_wave_peaks_at_whole_phases(dicrotic):
    phase = np.arange(0.0, 3.0, 1e-3)
    wave = physiology.pulse_wave(phase, dicrotic)
    assert np.ptp(wave) == pytest.approx(1.0, abs=1e-3)
    assert wave[:1000].mean() == pytest.approx(0.0, abs=1e-3)
    assert_allclose(wave[:1000], wave[1000:2000], atol=1e-9)
    peaks = find_peaks(wave, prominence=0.3)[0]
    assert_allclose(phase[peaks], [1.0, 2.0], atol=2e-3)


def test_the_second_wave_stands_between_the_beats():
    flat, notched = (physiology.pulse_wave(np.array([0.2, 0.35, 0.55]), dicrotic) for dicrotic in (0.0, 0.5))
    assert flat[1] - flat[0] < 0.05 and flat[1] - flat[2] < 0.05  # a trough
    assert notched[1] > notched[0] and notched[1] > notched[2] + 0.15  # a wave


def test_oscillation_keeps_its_frequency(rng):
    phase = physiology.oscillation(rng, np.full(16 * 600, 0.1), 16.0, jitter=0.0)
    assert_allclose(np.diff(phase), 2.0 * np.pi * 0.1 / 16.0)


def test_band_noise_stays_in_its_band(rng):
    noise = physiology.band_noise(rng, 3, 20000, 32.0, 0.5, 5.0)
    frequency, power = welch(noise, 32.0, nperseg=1024)
    assert_allclose(noise.std(axis=1), 1.0)
    assert power[:, (frequency > 0.4) & (frequency < 6.0)].sum() / power.sum() > 0.95


# --------------------------------------------------------------------------------------------- 3 worked by hand


def test_hand_worked_signal_models():
    step = physiology.first_order_lag(np.r_[0.0, np.ones(40)], 4.0, 10.0)
    assert step[40] == pytest.approx(1.0 - np.exp(-1.0))  # ten seconds later: one time constant
    assert_allclose(physiology.beat_times(np.array([0.5, 1.5, 2.5]), 1.0), [0.5, 1.5])
    assert_allclose(physiology.quantise(np.array([0.012, -0.03]), 1 / 64), [1 / 64, -2 / 64])
    envelope = physiology.burst_envelope(np.array([1.0]), np.array([2.0]), np.array([3.0]), 16, 4.0)
    assert_allclose(envelope[[4, 6, 8, 12]], [0.0, 1.5, 3.0, 0.0], atol=1e-12)
    one = physiology.skin_responses(np.array([2.0]), np.array([0.3]), 4000, 100.0, rise_s=0.7, decay_s=2.0)
    peak_s = 0.7 * 2.0 / 1.3 * np.log(2.0 / 0.7)
    assert one.max() == pytest.approx(0.3, rel=1e-4)
    assert np.argmax(one) / 100.0 == pytest.approx(2.0 + peak_s, abs=0.01)
    assert not one[:200].any()


# ----------------------------------------------------------------------------------------- 4 the recordings' structure


def test_streams_are_as_a_wrist_device_records_them(people):
    recording, _ = people[0]
    described = {s["name"]: (s["kind"], s["rate"], s["unit"], s["n_channels"]) for s in recording.describe()["streams"]}
    assert described == {
        "bvp": ("bvp", 64.0, "a.u.", 1),
        "eda": ("eda", 4.0, "uS", 1),
        "temperature": ("temperature", 4.0, "degC", 1),
        "acceleration": ("acceleration", 32.0, "g", 3),
    }
    assert recording.streams["acceleration"].channels == ("x", "y", "z")
    for recording, _ in people:
        for stream in recording.streams.values():
            assert stream.start_s == 0.0 and stream.stop_s == 1150.0 and 900 < stream.duration_s < 1200
            assert_array_equal(stream.times_s, np.arange(stream.n_times) / stream.rate)


def test_levels_are_those_of_people(people):
    for recording, truth in people:
        if not recording.meta["faults"]:
            streams = recording.streams
            assert 0.02 < np.median(streams["eda"].values) < 30.0 and streams["eda"].values.min() >= 0.0
            assert 28.0 < streams["temperature"].values.mean() < 37.0
            assert np.median(np.linalg.norm(streams["acceleration"].values, axis=0)) == pytest.approx(1.0, abs=0.02)
            assert abs(np.mean(streams["bvp"].values)) < 5.0
        assert 45.0 < 60.0 / np.diff(truth.beats_s).mean() < 115.0
        assert np.all(np.diff(truth.beats_s) > 0.3) and np.all(np.diff(truth.beats_s) < 2.0)
    scl = [truth.tonic_us.mean() for _, truth in people]
    assert max(scl) / min(scl) > 5.0  # people differ by far more than a task does


def test_values_lie_on_the_converters_steps(people):
    recording, _ = people[0]
    for name, step in {"bvp": 0.01, "eda": 0.00128, "temperature": 0.02, "acceleration": 1 / 64}.items():
        in_steps = recording.streams[name].values / step
        assert_allclose(in_steps, np.round(in_steps), atol=1e-6)


def test_events_alternate_inside_the_recording_and_are_counterbalanced(people):
    first = []
    for recording, _ in people:
        events = recording.events
        assert list(events.columns) == ["onset_s", "duration_s", "trial", "stress", "arousal"]
        assert events["onset_s"].tolist() == [10.0, 200.0, 390.0, 580.0, 770.0, 960.0]
        assert (events["onset_s"] + events["duration_s"]).max() <= recording.stop_s
        assert events["trial"].is_unique and events["arousal"].between(1, 9).all()
        assert np.all(np.abs(np.diff(events["stress"])) == 1) and events["stress"].sum() == 3
        first.append(events["stress"][0])
    assert sum(first) == len(first) / 2


def test_faults_are_those_announced(people):
    for index, (recording, _) in enumerate(people):
        gaps, eda = recording.streams["bvp"].gaps(), recording.streams["eda"].values[0]
        missing = np.isnan(recording.streams["bvp"].values[0])
        assert ("temperature" in recording.streams) == (index % 8 != 4)
        assert (len(gaps) > 0) == (index % 8 == 2) == bool(missing.any())
        assert (np.mean(eda < 0.01) > 0.05) == (index % 8 == 6)
        assert bool(recording.meta["faults"]) == (index % 8 in (2, 4, 6))
        assert missing.mean() < 0.2 and np.isfinite(eda).all()
    whole, _ = simulate_person(4, missing=False)
    broken, _ = people[4]
    assert whole.meta["faults"] == [] and "temperature" in whole.streams
    assert_array_equal(whole.streams["bvp"].values, broken.streams["bvp"].values)  # the others are as they were


# ------------------------------------------------------------------------------- 5 the truth is found in the sensors


def detect_beats(bvp):
    """Prominent peaks of the band-passed pulse wave over its own size in the 10 s around."""
    signal = np.nan_to_num(bvp.values[0])
    signal = sosfiltfilt(butter(3, [0.7, 4.0], btype="bandpass", fs=bvp.rate, output="sos"), signal)
    power = np.minimum(signal**2, 25.0 * np.median(signal**2))  # artefacts must not hide the beats beside them
    signal = signal / np.sqrt(uniform_filter1d(power, int(10 * bvp.rate)) + 1e-9)
    return find_peaks(signal, distance=int(0.4 * bvp.rate), prominence=1.2)[0] / bvp.rate


def test_beats_are_recovered_from_the_pulse_wave(people):
    shares = []
    for recording, truth in people:
        bvp = recording.streams["bvp"]
        found_s, due_s = detect_beats(bvp), truth.beats_s[truth.beats_s < recording.stop_s - 0.5]
        for gap in bvp.gaps().itertuples():
            found_s, due_s = (t[(t < gap.start_s - 1.0) | (t > gap.stop_s + 1.0)] for t in (found_s, due_s))
        late_s = found_s[np.abs(found_s[:, np.newaxis] - due_s).argmin(axis=0)] - due_s
        shares.append(np.mean(np.abs(late_s) < 0.05))
        assert abs(np.median(late_s)) < 0.005
        rr, due_rr = np.diff(found_s), np.diff(due_s)
        usual = median_filter(rr, 21)
        mean_bpm = 60.0 / rr[np.abs(rr - usual) < 0.2 * usual].mean()
        assert mean_bpm == pytest.approx(60.0 / due_rr[due_rr < 2.0].mean(), abs=1.0)
    assert min(shares) > 0.8 and np.median(shares) > 0.93  # the rest lies under motion


def test_heart_rate_state_agrees_with_the_beats(people):
    for _, truth in people:
        middle_s = 0.5 * (truth.beats_s[1:] + truth.beats_s[:-1])
        beat_bpm = 60.0 / np.diff(truth.beats_s)
        state_bpm = np.interp(middle_s, truth.times_s, truth.heart_rate_bpm)
        assert np.mean(beat_bpm - state_bpm) == pytest.approx(0.0, abs=0.6)
        assert np.corrcoef(beat_bpm, state_bpm)[0, 1] > 0.4


def test_skin_conductance_is_level_plus_known_responses(people):
    for recording, truth in people:
        traits, eda = recording.meta["traits"], recording.streams["eda"]
        onsets_s, amplitudes = truth.scr_onsets_s, truth.scr_amplitudes_us
        assert onsets_s.shape == amplitudes.shape and np.all(np.diff(onsets_s) > 0) and np.all(amplitudes > 0)
        assert onsets_s.size == 0 or (onsets_s[0] >= 0.0 and onsets_s[-1] <= recording.stop_s)
        first, stop = 1200, 1600  # 100 s by the slow twin
        near = (onsets_s > first / 4 - 60) & (onsets_s < stop / 4)
        expected = naive.skin_responses(
            onsets_s[near] - first / 4, amplitudes[near], stop - first, 4.0, traits["scr_rise_s"], traits["scr_decay_s"]
        )
        residual = eda.values[0, first:stop] - truth.tonic_us[first:stop] - expected
        if recording.meta["faults"] != ["eda contact loss"]:
            assert np.median(np.abs(residual)) < 0.003  # sensor noise is 0.002 uS


def test_a_strong_response_rises_right_after_its_onset(people):
    recording, truth = people[1]
    eda, heights = recording.streams["eda"], truth.scr_amplitudes_us
    strong = truth.scr_onsets_s[(heights > np.quantile(heights, 0.7)) & (truth.scr_onsets_s < 1140)]
    rises = [np.interp([t, t + 2.0], eda.times_s, eda.values[0]) for t in strong]
    assert np.mean([after > before for before, after in rises]) > 0.9


# --------------------------------------------------------------------------------------- 6 what the label does, and not


def trial_features(effect, n_subjects=24):
    """Truth averaged over each trial, per person centred: heart rate, skin level, responses, arousal."""
    rows, stress = [], []
    for index in range(n_subjects):
        recording, truth = simulate_person(index, seed=5, effect=effect, trial_s=60.0, missing=False)
        table = []
        for event in recording.events.itertuples():
            inside = (truth.times_s >= event.onset_s) & (truth.times_s < event.onset_s + event.duration_s)
            scr = (truth.scr_onsets_s >= event.onset_s) & (truth.scr_onsets_s < event.onset_s + event.duration_s)
            states = (truth.heart_rate_bpm, np.log(truth.tonic_us), truth.arousal)
            table.append([state[inside].mean() for state in states] + [scr.sum(), event.arousal])
        rows.append(np.array(table) - np.mean(table, axis=0))
        stress.append(recording.events["stress"])
    return np.vstack(rows), np.concatenate(stress)


def test_the_label_acts_more_the_stronger_the_effect_and_not_at_all_without():
    areas = []
    for effect in (0.0, 0.5, 1.0, 2.0):
        features, stress = trial_features(effect)
        areas.append([roc_auc_score(stress, column) for column in features.T])
    areas = np.array(areas)
    assert_allclose(areas[0], 0.5, atol=0.1)  # 144 trials: one standard error is 0.048
    assert np.all(np.diff(areas, axis=0)[:, :3] > 0.0)  # states; counts and ratings come in whole numbers
    assert np.all(np.diff(areas, axis=0)[:, 3:] > -0.02)
    assert np.all(areas[2] > 0.6) and np.all(areas[2, :2] < 0.95)


def test_effect_scales_the_tasks_share_of_arousal_and_leaves_chance_alone():
    arousal = {effect: simulate_person(3, effect=effect, **SHORT)[1].arousal for effect in (0.0, 1.0, 2.0)}
    assert_allclose(arousal[2.0] - arousal[0.0], 2.0 * (arousal[1.0] - arousal[0.0]), atol=1e-12)
    recording, _ = simulate_person(3, effect=1.0, **SHORT)
    demand = arousal[1.0] - arousal[0.0]
    assert np.all(demand >= -1e-12) and demand[: int(4 * recording.events["onset_s"][0])].max() < 1e-12


def window_table(corpus):
    """Ten plain features of 60 s windows every 30 s, with labels and people: no part of the library takes part."""
    rows, stress, subjects = [], [], []
    for recording in corpus.load_all():
        streams = recording.streams
        beats_s = detect_beats(streams["bvp"])
        eda, acceleration = streams["eda"].values[0], np.linalg.norm(streams["acceleration"].values, axis=0)
        fast = sosfiltfilt(butter(2, 0.05, btype="highpass", fs=4.0, output="sos"), eda)
        temperature = streams["temperature"].values[0] if "temperature" in streams else np.zeros(eda.size)
        for event in recording.events.itertuples():
            for start_s in np.arange(event.onset_s, event.onset_s + event.duration_s - 59.0, 30.0):
                rr = np.diff(beats_s[(beats_s >= start_s) & (beats_s < start_s + 60.0)])
                rr = rr[np.abs(rr - np.median(rr)) < 0.25 * np.median(rr)] if rr.size > 20 else np.full(9, 0.85)
                slow, bumpy = slice(int(4 * start_s), int(4 * start_s) + 240), int(32 * start_s)
                level, cool = eda[slow], temperature[slow]
                shaking = acceleration[bumpy : bumpy + 1920].std()
                rmssd, change = np.sqrt(np.mean(np.diff(rr) ** 2)), cool[120:].mean() - cool[:120].mean()
                rise = level[120:].mean() - level[:120].mean()
                heart = [60.0 / rr.mean(), np.log(rmssd + 1e-3), np.log(rr.std() + 1e-3)]
                skin = [level.mean(), rise, level.std(), np.log(fast[slow].std() + 1e-3)]
                rows.append([*heart, *skin, cool.mean(), change, np.log(shaking)])
                stress.append(event.stress)
                subjects.append(recording.subject)
    return np.array(rows), np.array(stress), np.array(subjects)


def subject_scores(features, stress, subjects):
    """Balanced accuracy of every person, left out in turn."""
    model = make_pipeline(StandardScaler(), LogisticRegression())
    predicted = cross_val_predict(model, features, stress, groups=subjects, cv=LeaveOneGroupOut())
    return np.array(
        [balanced_accuracy_score(stress[subjects == s], predicted[subjects == s]) for s in np.unique(subjects)]
    )


def test_scores_across_people_are_this_fields():
    features, stress, subjects = window_table(simulate_corpus())
    assert features.shape == (480, 10) and stress.mean() == 0.5
    normalised = features.copy()
    for subject in np.unique(subjects):
        own = features[subjects == subject]
        normalised[subjects == subject] = (own - own.mean(axis=0)) / (own.std(axis=0) + 1e-9)
    plain, within = subject_scores(features, stress, subjects), subject_scores(normalised, stress, subjects)
    assert 0.65 < plain.mean() < 0.80 and plain.mean() + 0.02 < within.mean() < 0.88
    assert plain.min() < 0.62 and plain.max() > 0.82  # some people can hardly be read, others well
    for column in np.hstack([features, normalised]).T:
        area = roc_auc_score(stress, column)
        assert max(area, 1.0 - area) < 0.9


# ---------------------------------------------------------------------------------------------------- 7 reproducibility


def test_same_arguments_give_the_same_arrays_and_leave_global_chance_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 (the global state must stay untouched)
    assert_same_recording(simulate_person(2, seed=9, **SHORT)[0], simulate_person(2, seed=9, **SHORT)[0])
    assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_a_person_does_not_depend_on_the_others_or_on_the_order():
    few, many = simulate_corpus(3, seed=4, **SHORT), simulate_corpus(12, seed=4, **SHORT)
    backwards = {source.name: source.load() for source in reversed(many)}
    for source in few:
        assert_same_recording(source.load(), backwards[source.name])


def test_a_fresh_process_gives_the_same_arrays():
    code = (
        "from physiofer.datasets.synthetic import simulate_person\n"
        "recording, _ = simulate_person(1, seed=2, n_trials=2, trial_s=60.0)\n"
        "print([float(s.values.sum()).hex() for s in recording.streams.values()])"
    )
    root = Path(physiofer.__file__).parents[1]
    out = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    recording, _ = simulate_person(1, seed=2, **SHORT)
    assert out.stdout.strip() == str([float(s.values.sum()).hex() for s in recording.streams.values()])


def test_people_and_seeds_differ():
    heart = {(i, s): simulate_person(i, seed=s, **SHORT)[1].beats_s[:20].sum() for i in range(3) for s in range(2)}
    assert len(set(heart.values())) == 6


def test_the_model_gives_the_numbers_of_its_version():
    # Regression: our own output. A change here must raise MODEL_VERSION, or caches would serve the old numbers.
    assert synthetic.MODEL_VERSION == 1
    recording, truth = simulate_person(0)
    assert recording.meta["traits"]["resting_bpm"] == pytest.approx(RESTING_BPM, rel=1e-6)
    assert (truth.beats_s.size, truth.scr_onsets_s.size) == COUNTS
    means = [np.nanmean(stream.values) for stream in recording.streams.values()]
    assert_allclose(means, MEANS, rtol=1e-4, atol=1e-4)


# ---------------------------------------------------------------------------------------------- 8 corpus and sources


def test_the_corpus_is_sources_that_load_alike():
    corpus = simulate_corpus(3, seed=1, **SHORT)
    assert isinstance(corpus, Corpus) and len(corpus) == 3 and corpus.name == "synthetic"
    assert corpus.subjects == ["sim01", "sim02", "sim03"]
    assert json.loads(json.dumps(corpus.describe()))["origin"]["seed"] == 1
    for source, recording in zip(corpus, corpus.load_all(), strict=True):
        assert source.name == recording.name
        json.dumps(recording.meta)  # plain data


def test_sources_pickle_small_and_load_the_same():
    source = simulate_corpus(2, seed=8, **SHORT)[1]
    again = pickle.loads(pickle.dumps(source))  # noqa: S301 (our own)
    assert len(pickle.dumps(source)) < 1000 and again.fingerprint() == source.fingerprint()
    assert_same_recording(again.load(), source.load())


def test_the_fingerprint_changes_with_every_argument_and_only_then(monkeypatch):
    base = {"seed": 0, "effect": 1.0, "n_trials": 6, "trial_s": 180.0, "pause_s": 10.0, "missing": True}
    other = {"seed": 1, "effect": 0.5, "n_trials": 4, "trial_s": 120.0, "pause_s": 5.0, "missing": False}
    sources = [SimulatedSource(0, **base), SimulatedSource(1, **base)]
    sources += [SimulatedSource(0, **base | {name: other[name]}) for name in base]
    prints = [source.fingerprint() for source in sources]
    assert len(set(prints)) == len(prints)
    assert SimulatedSource(0, effect=1, trial_s=180).fingerprint() == prints[0]
    monkeypatch.setattr(synthetic, "MODEL_VERSION", 99)
    assert SimulatedSource(0).fingerprint() not in prints


def test_odd_protocols_hold_together():
    protocols = itertools.product([1, 3], [10.0, 33.3], [0.0, 7.1])
    for index, (n_trials, trial_s, pause_s) in enumerate(protocols):
        recording, truth = simulate_person(index, n_trials=n_trials, trial_s=trial_s, pause_s=pause_s)
        stops = {round(stream.stop_s, 6) for stream in recording.streams.values()}
        assert len(stops) == 1 and len(recording.events) == n_trials
        last_s = (recording.events["onset_s"] + recording.events["duration_s"]).max()
        assert last_s <= stops.pop() + 0.125  # rounded to the slowest sensor
        assert np.isfinite(recording.streams["eda"].values).all() and np.isfinite(truth.arousal).all()


def test_extreme_effects_stay_finite_and_physiological():
    for effect in (0.0, 10.0):
        recording, truth = simulate_person(1, effect=effect, **SHORT)
        assert all(np.isfinite(stream.values).all() for stream in recording.streams.values())
        assert truth.heart_rate_bpm.min() >= 42.0 and truth.heart_rate_bpm.max() <= 150.0


def test_the_whole_corpus_takes_seconds():
    started = time.process_time()
    for source in simulate_corpus():
        source.load()
    assert time.process_time() - started < 4.0


# ------------------------------------------------------------------------------------------------ 9 failures by message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_subjects": 0}, "n_subjects=0"),
        ({"n_subjects": 2.5}, "n_subjects=2.5"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": None}, "seed=None"),
        ({"effect": float("nan")}, "effect=nan"),
        ({"effect": -0.1}, "effect=-0.1"),
        ({"n_trials": 0}, "n_trials=0"),
        ({"trial_s": 1.0}, r"trial_s=1\.0"),
        ({"pause_s": -1.0}, r"pause_s=-1\.0"),
        ({"missing": "no"}, "missing='no' must be True or False"),
    ],
)
def test_bad_arguments_are_named_at_once(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        simulate_corpus(**arguments)


def test_a_bad_index_is_named():
    for make in (simulate_person, SimulatedSource):
        with pytest.raises(InvalidArgumentError, match="index=-1"):
            make(-1)
