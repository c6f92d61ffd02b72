"""Artefacts in beats: found, named and corrected."""

import math

import naive_correction
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from wfdb_format import read_annotations

from physiofer.exceptions import InvalidArgumentError
from physiofer.signals import cardiac


def breathing_beats(rng, n_beats, *, mean_ms=850.0, breath_ms=25.0, mayer_ms=30.0, jitter_ms=8.0, pink_ms=30.0):
    """Beats in s to the millisecond whose intervals breathe, wave at 0.1 Hz, drift as 1/f and jitter."""
    n = n_beats - 1
    times_s = 1e-3 * mean_ms * np.arange(n)
    shape = 1.0 / np.sqrt(np.maximum(np.fft.rfftfreq(n), 1.0 / n))
    pink = np.fft.irfft(shape * np.fft.rfft(rng.standard_normal(n)), n)
    breath = 0.25 * times_s + np.cumsum(rng.standard_normal(n)) / (50.0 * np.sqrt(n))
    rr_ms = mean_ms + pink_ms * (pink - pink.mean()) / pink.std() + jitter_ms * rng.standard_normal(n)
    rr_ms += math.sqrt(2) * (breath_ms * np.sin(2 * np.pi * breath) + mayer_ms * np.sin(0.2 * np.pi * times_s))
    return np.round(1e-3 * np.concatenate([[0.0], np.cumsum(rr_ms)]), 3)


def with_artefacts(rng, beats_s, kind, *, every=40):
    """The beats with an artefact of one kind about every `every` beats, and the index at which each should be found."""
    places = np.arange(every // 2, beats_s.size - 3, every)
    places = places + rng.integers(-8, 9, places.size)
    places = places[(places > 3) & (places < beats_s.size - 4)]
    share, rr_s, found_at = rng.uniform(0.25, 0.4, places.size), np.diff(beats_s)[places - 1], places
    spoilt_s = beats_s.copy()
    if kind == "missed":
        spoilt_s, found_at = np.delete(beats_s, places), places - np.arange(places.size)
    elif kind == "extra":
        extra_s = beats_s[places - 1] + rng.uniform(0.25, 0.75, places.size) * rr_s
        spoilt_s = np.sort(np.concatenate([beats_s, extra_s]))
        found_at = np.searchsorted(spoilt_s, extra_s)
    elif kind == "ectopic":  # too early, and the pause makes up for it
        spoilt_s[places] -= share * rr_s
    else:  # all that follows is late, or early
        shift_s = np.zeros(beats_s.size)
        shift_s[places] = (1.0 if kind == "long" else -1.0) * (share + 0.1) * rr_s
        spoilt_s += np.cumsum(shift_s)
    return np.round(spoilt_s, 3), found_at


def rmssd(rr_ms):
    return math.sqrt(np.nanmean(np.diff(rr_ms) ** 2))


@st.composite
def spoilt_beats(draw):
    """Up to 120 beats of any variability with up to eight faults of any kind, some of them on top of one another."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = draw(st.floats(0.0, 3.0))
    beats_s = breathing_beats(
        rng, draw(st.integers(8, 120)), breath_ms=25 * scale, mayer_ms=30 * scale, jitter_ms=8 * scale, pink_ms=20
    )
    for fault in draw(st.lists(st.integers(0, 5), max_size=8)):
        k = int(rng.integers(1, beats_s.size - 1)) if beats_s.size > 2 else 0
        if fault == 0:
            beats_s = np.delete(beats_s, k)
        elif fault == 1 and k:
            beats_s = np.append(beats_s, rng.uniform(beats_s[k - 1], beats_s[k]))
        elif fault == 2 and k:
            beats_s[k] = rng.uniform(beats_s[k - 1], beats_s[k + 1])
        elif fault == 3:
            beats_s = np.append(beats_s, beats_s[k])
        elif k:
            beats_s[k:] += rng.choice([0.4, -0.3, 2.0, 30.0])
        beats_s = np.sort(beats_s)
    return beats_s


@given(spoilt_beats(), st.sampled_from([5.2, 3.0]))
def test_correction_matches_naive(beats_s, factor):
    corrected = cardiac.correct_beats(beats_s, factor=factor)
    times_s, trusted, filled, labels, origins = naive_correction.correct_beats(beats_s.tolist(), factor)
    assert corrected.labels.tolist() == labels
    assert corrected.origin.tolist() == origins
    assert_allclose(corrected.beats_s, times_s, atol=1e-9)
    assert_allclose(corrected.rr_ms, trusted, atol=1e-6)
    assert_allclose(corrected.rr_filled_ms, filled, atol=1e-6)


@given(st.lists(st.floats(0.0, 1e5) | st.integers(0, 60), max_size=60).map(sorted))
@settings(max_examples=100)
def test_any_beats_keep_the_books(beats_s):
    beats_s = np.array(beats_s, dtype=float)
    found = cardiac.correct_beats(beats_s)
    assert found.labels.shape == beats_s.shape and set(found.labels) <= set(cardiac.BEAT_LABELS)
    assert np.all(np.diff(found.beats_s) >= 0)
    assert found.rr_ms.size == found.rr_filled_ms.size == max(found.beats_s.size - 1, 0)
    kept = found.origin[found.origin >= 0]
    assert np.all(np.diff(kept) > 0)
    assert_array_equal(np.setdiff1d(np.arange(beats_s.size), kept), np.flatnonzero(found.labels == "extra"))
    is_placed = (found.origin < 0) | np.isin(found.origin, np.flatnonzero(found.labels == "ectopic"))
    assert_array_equal(found.beats_s[~is_placed], beats_s[found.origin[~is_placed]])
    assert np.isnan(found.rr_ms[is_placed[1:] | is_placed[:-1]]).all()
    trusted = np.isfinite(found.rr_ms)
    assert_allclose(found.rr_ms[trusted], 1000 * np.diff(found.beats_s)[trusted], atol=1e-6)
    assert_array_equal(found.rr_filled_ms[trusted], found.rr_ms[trusted])
    assert np.all((found.rr_filled_ms >= 300) & (found.rr_filled_ms <= 2000) | np.isnan(found.rr_filled_ms))


@pytest.mark.parametrize("offset_s", [-100.0, 4096.0, 1.6e9])
def test_the_clock_does_not_matter(rng, offset_s):
    beats_s, _ = with_artefacts(rng, breathing_beats(rng, 300), "ectopic")
    expected, shifted = cardiac.correct_beats(beats_s), cardiac.correct_beats(beats_s + offset_s)
    assert_array_equal(shifted.labels, expected.labels)
    assert_allclose(shifted.rr_ms, expected.rr_ms, atol=1e-3)
    assert_allclose(shifted.beats_s - offset_s, expected.beats_s, atol=1e-6)


def metronome(rr_ms):
    """Beats of thirty intervals, 800 ms but for those given from the fifteenth on."""
    intervals = np.full(30, 800.0)
    intervals[15 : 15 + len(rr_ms)] = rr_ms
    return np.concatenate([[0.0], np.cumsum(intervals)]) / 1000


@pytest.mark.parametrize(
    ("rr_ms", "labels"),
    [
        # Both thresholds are 20 ms. A beat early by x: S11 = 2x / 20, S12 = -x / 20, so that x > 10 is ectopic.
        ([789.0, 811.0], {15 + 1: "ectopic"}),
        ([791.0, 809.0], {}),
        ([500.0, 1100.0], {16: "ectopic"}),
        ([1050.0, 550.0], {16: "ectopic"}),
        ([821.0], {16: "long"}),  # S21 = 21 / 20, S22 = -21 / 20
        ([819.0], {}),
        ([779.0], {16: "short"}),
        ([781.0], {}),
        ([1639.0], {16: "missed"}),  # half of it is 19.5 ms off
        ([1641.0], {16: "long"}),
        ([300.0, 519.0], {16: "extra"}),  # together 19 ms off
        ([519.0, 300.0], {16: "extra"}),
        ([700.0, 100.0], {16: "extra"}),
        ([300.0, 521.0], {16: "short", 17: "short"}),
        ([1600.0, 1600.0, 1600.0], {16: "missed", 17: "missed", 18: "missed"}),
        ([500.0, 1100.0] * 4, {16: "ectopic", 18: "ectopic", 20: "ectopic", 22: "ectopic"}),  # bigeminy
    ],
)
def test_patterns_hand_worked(rr_ms, labels):
    found = cardiac.correct_beats(metronome(rr_ms)).labels
    assert {int(k): str(found[k]) for k in np.flatnonzero(found != "normal")} == labels


def test_thresholds_follow_the_person():
    """Intervals of 780 and 820 in turn: dRR is 40 up or down, its quartile deviation 40, the threshold 5.2 * 40."""
    rr_ms = np.where(np.arange(60) % 2, 820.0, 780.0)
    for step, label in ((205.0, "normal"), (211.0, "long")):
        spoilt = rr_ms.copy()
        spoilt[30] = spoilt[29] + step
        labels = cardiac.correct_beats(np.cumsum(np.append(0.0, spoilt)) / 1000).labels
        assert set(labels[31:32]) == {label}


def test_each_correction_hand_worked():
    missed = cardiac.correct_beats(metronome([1600.0]))
    assert missed.beats_s.size == 32 and missed.origin[16] == -1
    assert missed.beats_s[16] == pytest.approx(12.8)
    assert_array_equal(missed.rr_filled_ms, 800.0)
    assert_array_equal(np.flatnonzero(np.isnan(missed.rr_ms)), [15, 16])
    extra = cardiac.correct_beats(metronome([300.0, 500.0]))
    assert extra.beats_s.size == 30 and 16 not in extra.origin
    assert_allclose(extra.rr_ms, 800.0)  # the interval between two good beats is measured, not made
    ectopic = cardiac.correct_beats(metronome([500.0, 1100.0]))
    assert ectopic.beats_s[16] == pytest.approx(12.8) and ectopic.origin[16] == 16
    assert_array_equal(np.flatnonzero(np.isnan(ectopic.rr_ms)), [15, 16])
    assert_array_equal(ectopic.rr_filled_ms, 800.0)
    late = cardiac.correct_beats(metronome([1200.0]))
    assert_array_equal(late.beats_s, metronome([1200.0]))  # what happened after a pause did happen then
    assert_array_equal(np.flatnonzero(np.isnan(late.rr_ms)), [15])
    assert_array_equal(late.rr_filled_ms, 800.0)


def test_no_beat_is_invented_in_a_silence():
    beats_s = np.arange(100) * 0.8
    beats_s[50:] += 180.0
    found = cardiac.correct_beats(beats_s)
    assert_array_equal(found.beats_s, beats_s)
    assert set(found.labels) == {"normal"}
    for rr_ms in (found.rr_ms, found.rr_filled_ms):
        assert_array_equal(np.flatnonzero(np.isnan(rr_ms)), [49])
    assert cardiac.correct_beats(metronome([1600.0]), max_gap_s=1.5).beats_s.size == 31


def test_an_artefact_beside_a_silence_is_still_found():
    beats_s = np.arange(100) * 0.8
    beats_s[50:] += 180.0
    found = cardiac.correct_beats(np.delete(beats_s, [47, 52]))
    assert np.flatnonzero(found.labels == "missed").tolist() == [47, 51]
    assert np.isnan(found.rr_filled_ms).sum() == 1
    first = cardiac.correct_beats(np.delete(np.arange(40) * 0.8, 1))
    assert first.labels[1] == "missed"  # the first interval has no difference


@pytest.mark.parametrize("beats_s", [[], [3.0], [3.0, 3.8]])
def test_too_few_beats_are_normal(beats_s):
    found = cardiac.correct_beats(beats_s)
    assert_array_equal(found.beats_s, beats_s)
    assert found.labels.tolist() == ["normal"] * len(beats_s)
    assert_allclose(found.rr_ms, 1000 * np.diff(beats_s))


def test_two_beats_at_one_time_are_one():
    found = cardiac.correct_beats(np.repeat(np.arange(30) * 0.8, 2))
    assert found.labels.tolist() == ["normal", "extra"] * 30
    assert_allclose(found.rr_ms, 800.0)
    nothing = cardiac.correct_beats(np.zeros(5))
    assert nothing.beats_s.tolist() == [0.0] and nothing.rr_ms.size == 0


def test_swarms_of_artefacts_do_not_hide_one_another(rng):
    """Half of all intervals are wrong: thresholds would follow them, were they not bounded."""
    beats_s = breathing_beats(rng, 200)
    early = np.arange(4, 196, 3)
    beats_s[early] -= 0.35
    found = cardiac.correct_beats(beats_s)
    assert np.mean(found.labels[early] == "ectopic") > 0.95
    assert rmssd(np.diff(beats_s)) * 1000 > 400
    assert rmssd(found.rr_filled_ms) < 60


def test_intervals_that_no_heart_has_are_missing():
    found = cardiac.correct_beats(np.arange(50) * 0.25)
    assert np.isnan(found.rr_ms).all() and np.isnan(found.rr_filled_ms).all()
    assert np.isfinite(cardiac.correct_beats(np.arange(50) * 0.25, low_ms=200.0).rr_ms).all()


def test_other_number_types_agree():
    beats_s = np.array([0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12])
    expected = cardiac.correct_beats(beats_s.astype(float))
    assert "missed" in expected.labels
    for same in (beats_s.astype(np.int16), beats_s.astype(np.float32), beats_s.tolist()):
        for field, wanted in zip(cardiac.correct_beats(same), expected, strict=True):
            assert_array_equal(field, wanted)


def test_the_beats_given_stay_as_they_are():
    beats_s = metronome([500.0, 1100.0])
    beats_s.flags.writeable = False
    found = cardiac.correct_beats(beats_s)
    assert not np.shares_memory(found.beats_s, beats_s)
    assert not np.shares_memory(cardiac.correct_beats(np.arange(9.0)).beats_s, beats_s)


@pytest.mark.parametrize(
    ("kind", "same_kind", "specificity"),
    [
        ("missed", 0.99, 0.999),
        ("extra", 0.99, 0.999),
        ("ectopic", 0.99, 0.999),
        ("long", 0.5, 0.99),
        ("short", 0.8, 0.99),
    ],
)
def test_artefacts_of_known_place_are_found(rng, kind, same_kind, specificity):
    """As the paper's tests, which report over 96 % and 99.9 %: missed, extra and ectopic beats go by their names.

    An interval that nothing makes up for may also be put down to the beat that begins it, or taken for a missed beat:
    it is kept out of the series all the same.
    """
    named, kept_out, normal = [], [], []
    for _ in range(5):
        beats_s = breathing_beats(rng, 800)
        spoilt_s, places = with_artefacts(rng, beats_s, kind)
        found = cardiac.correct_beats(spoilt_s)
        is_artefact = np.zeros(spoilt_s.size, dtype=bool)
        is_artefact[places] = True
        named.append(found.labels[is_artefact] == kind)
        normal.append(found.labels[~is_artefact] == "normal")
        ends = np.append(False, np.isfinite(found.rr_ms))  # of trusted intervals, by corrected beat
        kept_out.append(~np.isin(places, found.origin[ends]))
        clean_ms, spoilt_ms = 1000 * np.diff(beats_s), 1000 * np.diff(spoilt_s)
        assert rmssd(spoilt_ms) > 1.5 * rmssd(clean_ms)
        assert rmssd(found.rr_ms) == pytest.approx(rmssd(clean_ms), rel=0.03)
        assert np.nanstd(found.rr_ms) == pytest.approx(clean_ms.std(), rel=0.03)
        assert np.nanstd(found.rr_filled_ms) == pytest.approx(clean_ms.std(), rel=0.1)
    assert np.mean(np.concatenate(named)) >= same_kind
    assert np.mean(np.concatenate(kept_out)) >= 0.98
    assert np.mean(np.concatenate(normal)) >= specificity


@pytest.mark.parametrize(("scale", "specificity"), [(0.2, 0.999), (1.0, 0.9995), (2.5, 0.9995)])
def test_clean_beats_are_left_alone(rng, scale, specificity):
    beats_s = breathing_beats(
        rng, 5000, breath_ms=25 * scale, mayer_ms=30 * scale, jitter_ms=8 * scale, pink_ms=30 * scale
    )
    found = cardiac.correct_beats(beats_s)
    assert np.mean(found.labels == "normal") >= specificity
    assert rmssd(found.rr_ms) == pytest.approx(rmssd(1000 * np.diff(beats_s)), rel=0.01)


@pytest.mark.data
@pytest.mark.parametrize("first", [12000, 16000, 20000, 24000])
def test_hours_of_real_beats(data_dir, first):
    """Healthy beats at 125 Hz: annotated noise is no beat, annotated ectopic beats are found, the rest is kept."""
    samples, codes = read_annotations(data_dir / "hrv" / "nsr" / "nsr001.ecg")
    beats_s, codes = samples[first : first + 4000] / 125, codes[first : first + 4000]
    found = cardiac.correct_beats(beats_s)
    assert np.mean(found.labels[codes == 1] == "normal") > 0.994
    assert np.mean(found.labels[codes == 14] == "extra") >= 0.8  # noise marks, not beats: 5 or 6 in each
    assert np.mean(found.labels[codes == 5] == "ectopic") > 0.75  # 10 to 13 in each; some come when they should


@pytest.mark.data
def test_peer_and_we_find_the_same_missed_and_extra_beats(data_dir):
    """NeuroKit2 reads the same paper; beats taken out and put in by hand in two thousand real ones."""
    import neurokit2 as nk

    rng = np.random.default_rng(7)
    samples, codes = read_annotations(data_dir / "hrv" / "nsr" / "nsr004.ecg")
    beats_s = samples[codes == 1][40000:42000] / 125
    beats_s = beats_s - beats_s[0]
    for kind in ("missed", "extra"):
        spoilt_s, places = with_artefacts(rng, beats_s, kind)
        ours = np.flatnonzero(cardiac.correct_beats(spoilt_s).labels == kind)
        peaks = np.rint(1000 * spoilt_s).astype(int)
        theirs = nk.signal_fixpeaks(peaks, sampling_rate=1000, iterative=False, method="kubios")[0][kind]
        assert np.mean(np.isin(places, ours)) > 0.96
        assert np.mean(np.isin(theirs, ours)) > 0.97


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cardiac.correct_beats([1.0, 0.5]), "beats_s must be finite and must not go backwards"),
        (lambda: cardiac.correct_beats([0.0, math.nan]), "beats_s must be finite"),
        (lambda: cardiac.correct_beats([[0.0, 1.0]]), "beats_s has shape"),
        (lambda: cardiac.correct_beats(["a"]), "beats_s must be an array of real numbers"),
        (lambda: cardiac.correct_beats([0.0, 1.0], factor=0.0), "factor=0.0"),
        (lambda: cardiac.correct_beats([0.0, 1.0], max_gap_s=math.inf), "max_gap_s=inf"),
        (lambda: cardiac.correct_beats([0.0, 1.0], low_ms=900, high_ms=800), "high_ms=800"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()
