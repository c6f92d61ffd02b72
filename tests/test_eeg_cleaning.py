"""Cleaning of EEG on a head whose brain and eyes are known: how much of the artefact goes, how much brain stays."""

import warnings

import fake_eeg
import mne
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError, QualityWarning, SignalTooShortError
from physiofer.signals.eeg.bad_channels import find_bad_channels, interpolate, re_reference
from physiofer.signals.eeg.cleaning import Cleaning, baseline_correct, clean
from physiofer.signals.eeg.eyes import regress_eog, remove_eog_ica
from physiofer.signals.eeg.filtering import band_pass, notch

RATE, SECONDS = 128.0, 45
NAMES = list(fake_eeg.CHANNELS)
FRONT, BACK = [NAMES.index(n) for n in ("Fp1", "Fp2", "AF3", "AF4")], [NAMES.index(n) for n in ("O1", "Oz", "O2")]


@pytest.fixture(scope="module")
def head():
    """EEG of the brain alone and what blinks add to it, in uV, and an EOG that sees a little brain as well."""
    rng = np.random.default_rng(7)
    brain = band_pass(fake_eeg.brain(rng, RATE, SECONDS), RATE)
    course = fake_eeg.blinks(rng, RATE, SECONDS)
    eyes = band_pass(np.outer(fake_eeg.eye_map(), 150 * course), RATE)
    eog = 200 * course + 0.3 * brain[[0, 16]].mean(axis=0) + rng.normal(0, 3, course.size)
    return brain, eyes, band_pass(eog[np.newaxis], RATE)


def tone(hz, rate, seconds):
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)


def size(values, margin=0):
    """Root mean square, the ends left out."""
    values = values[..., margin : values.shape[-1] - margin]
    return float(np.sqrt(np.mean(np.square(values))))


# Filters


@pytest.mark.parametrize("rate", [128.0, 250.0, 512.0])
def test_band_pass_keeps_the_band_and_takes_out_drift_and_hum(rate):
    kept = sum(tone(hz, rate, 20) for hz in (1.0, 4.0, 10.0, 30.0, 45.0))
    drift, hum = 50 * tone(0.05, rate, 20) + 100.0, 20 * tone(50.0, rate, 20)
    margin = int(4 * rate)
    assert size(band_pass([kept], rate) - kept, margin) < 0.01 * size(kept)
    assert size(band_pass([drift], rate), margin) < 0.01 * size(drift)
    assert size(band_pass([hum], rate), margin) < 0.003 * size(hum)


def test_band_pass_is_without_delay_and_open_on_either_side():
    pulse = np.zeros((1, 4001))
    pulse[0, 2000] = 1.0
    for edges in ({}, {"low_hz": None}, {"high_hz": None}):
        response = band_pass(pulse, RATE, **edges)[0]
        assert response.argmax() == 2000
        assert_allclose(response, response[::-1], atol=1e-12)
    assert_array_equal(band_pass(pulse, RATE, low_hz=None, high_hz=None), pulse)


@pytest.mark.parametrize(("line_hz", "rate"), [(50.0, 256.0), (60.0, 500.0)])
def test_notch_takes_out_the_hum_and_its_harmonics_only(line_hz, rate):
    brain = tone(10.0, rate, 30) + tone(line_hz - 3, rate, 30) + tone(line_hz + 3, rate, 30)
    hum = sum(30 * tone(k * line_hz, rate, 30) for k in range(1, int(rate / 2 / line_hz) + 1))
    margin = int(7 * rate)
    assert size(notch([brain], rate, line_hz=line_hz) - brain, margin) < 0.005 * size(brain)
    assert size(notch([hum], rate, line_hz=line_hz), margin) < 0.003 * size(hum)
    upper = hum - 30 * tone(line_hz, rate, 30)
    assert size(notch([hum], rate, line_hz=line_hz, up_to_hz=line_hz) - upper, margin) < 0.003 * size(hum)


@pytest.mark.parametrize("step", [band_pass, notch])
def test_stretches_between_gaps_are_filtered_by_themselves(rng, step):
    eeg = rng.normal(0, 10, (3, 6000))
    holed = eeg.copy()
    holed[:, 2500:2600] = np.nan  # everywhere
    holed[1, 4000] = np.nan  # one channel only
    holed[1, 4200:4300] = np.inf  # and a stretch of 200 samples, shorter than the filter
    out = step(holed, RATE)
    assert_allclose(out[0, :2500], step(eeg[:1, :2500], RATE)[0], atol=1e-9)
    assert_allclose(out[[0, 2], 2600:], step(eeg[[0, 2], 2600:], RATE), atol=1e-9)
    assert_allclose(out[1, 2600:4000], step(eeg[1:2, 2600:4000], RATE)[0], atol=1e-9)
    assert np.isnan(out[:, 2500:2600]).all() and np.isnan(out[1, 4000:4300]).all() and np.isfinite(out[1, 4300:]).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: band_pass(np.ones((1, 999)), 64.0), InvalidArgumentError, "high_hz=45 must be below rate/2=32"),
        (lambda: band_pass(np.ones((1, 999)), 64, low_hz=9, high_hz=8), InvalidArgumentError, "low_hz=9 must be below"),
        (lambda: band_pass(np.ones((1, 200)), 128.0), SignalTooShortError, r"eeg lasts 1.56 s; the filter needs 3.3"),
        (lambda: band_pass(np.ones((2, 3, 200)), 128.0), InvalidArgumentError, "must be a whole recording"),
        (lambda: band_pass(np.ones((2, 0)), 128.0), InvalidArgumentError, r"shape \(2, 0\)"),
        (lambda: notch(np.ones((1, 999)), 100.0), InvalidArgumentError, "line_hz=50 must be 1 Hz below rate/2=50"),
        (lambda: notch(np.ones((1, 400)), 128.0), SignalTooShortError, "the filter needs 6.6"),
    ],
)  # fmt: skip
def test_filters_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()


# Bad channels and reference


def test_bad_channels_are_found_and_good_ones_are_not(head, rng):
    brain = head[0].copy()
    assert find_bad_channels(brain, RATE, NAMES) == {}
    brain[3] = 5.0
    brain[8] *= 30
    brain[12] *= 0.02
    brain[20] = 0.5 * brain[20] + rng.normal(0, 6, brain.shape[1])
    brain[25, : brain.shape[1] * 2 // 3] = np.nan
    brain[27, 100:300] = np.nan
    assert find_bad_channels(brain, RATE, NAMES) == {
        "F7": "flat", "CP5": "loud", "PO3": "quiet", "F8": "noisy", "T8": "missing",
    }  # fmt: skip
    assert set(find_bad_channels(brain, RATE, NAMES, deviation=100.0)) == {"F7", "T8"}
    assert find_bad_channels(brain[3:6], RATE, NAMES[3:6]) == {"F7": "flat"}  # too few to compare


def test_a_bad_channel_is_restored_from_its_neighbours(head):
    brain = head[0].copy()
    for name in ("Cz", "C3", "P4"):
        row = NAMES.index(name)
        lost = brain.copy()
        lost[row] = 1e4
        restored = interpolate(lost, NAMES, [name])
        assert np.corrcoef(restored[row], brain[row])[0, 1] > 0.95
        others = np.delete(np.arange(len(NAMES)), row)
        assert_array_equal(restored[others], brain[others])


def test_interpolation_is_that_of_mne_under_any_spelling(head):
    brain = head[0][:, :300]
    info = mne.create_info(NAMES, RATE, "eeg")
    raw = mne.io.RawArray(brain, info, verbose="error")
    known = mne.channels.get_builtin_montages()
    raw.set_montage("colin27_1005" if "colin27_1005" in known else "standard_1005", verbose="error")
    raw.info["bads"] = ["Oz", "F3"]
    expected = raw.interpolate_bads(verbose="error").get_data()
    spelt = [f"EEG {name.upper()}-REF" for name in NAMES]
    assert_allclose(interpolate(brain, spelt, ["EEG OZ-REF", "EEG F3-REF"]), expected, rtol=1e-9)


def test_what_cannot_be_restored_is_nan(head):
    brain = head[0][:, :300].copy()
    brain[0, 10:20] = np.nan
    restored = interpolate(brain, NAMES, ["Cz"])[NAMES.index("Cz")]
    assert np.flatnonzero(np.isnan(restored)).tolist() == list(range(10, 20))
    nowhere = interpolate(brain, [*NAMES[:-1], "E128"], ["E128"])
    assert np.isnan(nowhere[-1]).all() and np.isfinite(nowhere[1:-1]).all()
    assert np.isnan(interpolate(brain[:4], NAMES[:4], ["F3"])[2]).all()  # three good channels are left


def test_re_reference_hand_worked_and_as_mne(head):
    brain = head[0][:, :50]
    raw = mne.io.RawArray(brain, mne.create_info(NAMES, RATE, "eeg"), verbose="error")
    for to in ("average", ["T7", "T8"]):
        expected = raw.copy().set_eeg_reference(to, verbose="error").get_data()
        assert_allclose(re_reference(brain, NAMES, to=to), expected, atol=1e-12)
    holed = np.array([[1.0, np.nan], [3.0, 4.0], [50.0, 6.0]])
    found = re_reference(holed, ["a", "b", "c"], bad=["c"])
    assert_array_equal(found, [[-1.0, np.nan], [1.0, 0.0], [48.0, 2.0]])
    with pytest.raises(InvalidArgumentError, match="to: 'M1' is no channel; there are a, b, c"):
        re_reference(holed, ["a", "b", "c"], to=["M1"])
    with pytest.raises(InvalidArgumentError, match="leaves no channel to refer to"):
        re_reference(holed, ["a", "b", "c"], bad=["a", "b", "c"])
    with pytest.raises(InvalidArgumentError, match="a is there more than once"):
        re_reference(holed, ["a", "a", "c"])


# Eyes


def left(cleaned, head, rows):
    """Share of the energy of the eyes that is still there, or of brain that is gone, in some channels."""
    brain, eyes, _ = head
    return float(np.square(cleaned - brain)[rows].sum() / np.square(eyes[rows]).sum())


def kept(cleaned, brain, rows):
    return min(np.corrcoef(cleaned[row], brain[row])[0, 1] for row in rows)


def test_regression_takes_out_blinks_and_keeps_the_brain(head):
    brain, eyes, eog = head
    cleaned = regress_eog(brain + eyes, eog)
    assert left(cleaned, head, FRONT) < 0.03
    assert kept(cleaned, brain, FRONT) > 0.95 and kept(cleaned, brain, BACK) > 0.99
    two = np.vstack([eog, -2 * eog])  # a second electrode that says the same
    assert_allclose(regress_eog(brain + eyes, two), cleaned, atol=1e-6)


def test_regression_is_least_squares(rng):
    eeg, eog = rng.normal(size=(3, 500)), rng.normal(size=(2, 500)) + 5
    centred = eog - eog.mean(axis=1, keepdims=True)
    weights = np.linalg.lstsq(centred.T, (eeg - eeg.mean(axis=1, keepdims=True)).T, rcond=None)[0].T
    assert_allclose(regress_eog(eeg, eog), eeg - weights @ centred, atol=1e-10)
    holed = eeg.copy()
    holed[0, :100] = np.nan
    later = regress_eog(holed, eog)
    assert_allclose(later[:, 100:] - later[:, 100:].mean(1, keepdims=True),
                    (x := regress_eog(eeg[:, 100:], eog[:, 100:])) - x.mean(1, keepdims=True), atol=1e-9)  # fmt: skip
    assert np.isnan(later[0, :100]).all() and np.isfinite(later[1:, :100]).all()


def test_a_dead_eog_changes_nothing(rng):
    eeg = rng.normal(size=(3, 500))
    assert_array_equal(regress_eog(eeg, np.zeros(500)), eeg)
    assert_array_equal(regress_eog(eeg, np.full(500, np.nan)), eeg)
    with pytest.raises(InvalidArgumentError, match="eog has 499 samples, eeg 500"):
        regress_eog(eeg, np.zeros(499))


@pytest.mark.parametrize("with_eog", [True, False])
def test_components_take_out_blinks_and_keep_the_brain(head, with_eog):
    brain, eyes, eog = head
    found = remove_eog_ica(brain + eyes, RATE, NAMES, eog=eog if with_eog else None)
    assert found.n_removed == 1 and found.correlations.max() > 0.85
    assert left(found.eeg, head, FRONT) < 0.05
    assert kept(found.eeg, brain, FRONT) > 0.93 and kept(found.eeg, brain, BACK) > 0.99


def test_components_leave_a_recording_without_blinks_alone(head):
    brain = head[0]
    found = remove_eog_ica(brain, RATE, NAMES)
    assert found.n_removed == 0
    assert_array_equal(found.eeg, brain)


def test_components_are_the_same_for_a_seed_and_bridge_no_gap(head):
    brain, eyes, eog = (part[..., : 40 * 128] for part in head)
    eeg = (brain + eyes)[:12].copy()
    eeg[5] = np.nan
    eeg[2, 1000:1200] = np.nan
    one, two = (remove_eog_ica(eeg, RATE, NAMES[:12], eog=eog, n_components=5) for _ in range(2))
    assert_array_equal(one.eeg, two.eeg)
    assert one.n_removed == 1 and np.isnan(one.eeg[5]).all()
    assert np.isnan(one.eeg[:, 1000:1200]).all() and np.isfinite(np.delete(one.eeg, 5, axis=0)[:, 1200:]).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda eeg: remove_eog_ica(eeg[4:9], RATE, NAMES[4:9]), InvalidArgumentError, "none of Fp1, Fpz, Fp2"),
        (lambda eeg: remove_eog_ica(eeg[:, :999], RATE, NAMES), SignalTooShortError, "has 7.8 s without gaps; .* 40 s"),
        (lambda eeg: remove_eog_ica(eeg[:1], RATE, NAMES[:1]), InvalidArgumentError, "eeg has 1 channels with samples"),
        (lambda eeg: remove_eog_ica(eeg, RATE, NAMES, threshold=2), InvalidArgumentError, "threshold=2 must be"),
        (lambda eeg: remove_eog_ica(eeg, RATE, NAMES, n_components=99), InvalidArgumentError, "n_components=99"),
        (lambda eeg: remove_eog_ica(eeg, RATE, NAMES[:5]), InvalidArgumentError, "5 names, but there are 32"),
    ],
)  # fmt: skip
def test_components_say_what_is_wrong(head, call, error, message):
    with pytest.raises(error, match=message):
        call(head[0])


# All of it


def test_clean_takes_the_steps_in_order(head):
    brain, eyes, eog = head
    times = np.arange(brain.shape[1]) / RATE
    dirty = brain + eyes + 40 * np.sin(2 * np.pi * 50 * times) + 200 + 5 * times
    dirty[NAMES.index("P3")] = 0.0
    found = clean(dirty, RATE, NAMES, Cleaning(eyes="regress"), eog=eog)
    assert found.bad_channels == {"P3": "flat"} and found.n_eye_components == 0
    restored = re_reference(brain, NAMES)
    for row in (*FRONT, *BACK, NAMES.index("P3")):
        assert np.corrcoef(found.eeg[row, 512:-512], restored[row, 512:-512])[0, 1] > 0.93
    good = np.delete(found.eeg, NAMES.index("P3"), axis=0)
    assert_allclose(good.mean(axis=0), 0.0, atol=1e-9)


def test_each_step_can_be_left_out(head):
    dirty = head[0][:, :2000].copy()
    dirty[2] = 0.0
    none = Cleaning(low_hz=None, high_hz=None, bad_channels="keep", reference=None)
    assert_array_equal(clean(dirty, RATE, NAMES, none).eeg, dirty)
    assert_array_equal(clean(dirty, RATE, NAMES, none, bad=["Cz"]).eeg, dirty)
    only_nan = Cleaning(low_hz=None, high_hz=None, bad_channels="nan", reference=None)
    found = clean(dirty, RATE, NAMES, only_nan, bad=["Cz"])
    assert found.bad_channels == {"F3": "flat", "Cz": "known"}
    assert np.isnan(found.eeg[[2, NAMES.index("Cz")]]).all() and np.isfinite(found.eeg[3]).all()
    ears = clean(dirty, RATE, NAMES, Cleaning(reference=["T7", "T8"]))
    assert_allclose(ears.eeg[[NAMES.index("T7"), NAMES.index("T8")]].mean(axis=0), 0.0, atol=1e-9)


def test_clean_by_components_and_too_short_for_them(head):
    brain, eyes, _ = head
    found = clean(brain + eyes, RATE, NAMES, Cleaning(eyes="ica", reference=None))
    assert found.n_eye_components == 1 and left(found.eeg, head, FRONT) < 0.05
    with pytest.warns(QualityWarning, match="the eyes are still in it: eeg has 10 s without gaps"):
        found = clean((brain + eyes)[:, :1280], RATE, NAMES, Cleaning(eyes="ica"))
    assert found.n_eye_components == 0


def test_clean_tells_of_volts_and_of_what_it_cannot_restore(head):
    brain = head[0][:, :2000]
    with pytest.warns(QualityWarning) as caught:
        clean(brain * 1e-6, RATE, NAMES)
    told = [str(warning.message) for warning in caught]
    assert "seem to be volts; multiply them by 1e6" in told[0] and "32 of 32 channels are bad" in told[1]
    assert told[2].startswith("eeg: Fp1, AF3, F3, F7, ... (32 in all) cannot be restored") and len(told) == 3
    with pytest.warns(QualityWarning, match="^eeg: X1 cannot be restored"):
        found = clean(brain, RATE, ["X1", *NAMES[1:]], bad=["X1"])
    assert np.isnan(found.eeg[0]).all() and np.isfinite(found.eeg[1:]).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clean(np.vstack([brain[:5], np.zeros((1, 2000))]), RATE, NAMES[:6], Cleaning(bad_channels="nan"))
    with pytest.warns(QualityWarning) as caught:
        clean(np.vstack([brain[:1], np.zeros((3, 2000))]), RATE, NAMES[:4], Cleaning(bad_channels="nan"))
    assert "3 of 4 channels are bad" in str(caught[0].message)
    with pytest.warns(QualityWarning, match="cannot be microvolts; divide them by 1e6"):
        clean(brain * 1e6, RATE, NAMES)


def test_an_average_of_one_or_two_channels_is_told(head):
    brain = head[0][:3, :2000]
    with pytest.warns(QualityWarning, match="two channels makes each the mirror of the other: asymmetry says nothing"):
        found = clean(brain[:2], RATE, NAMES[:2])
    assert_allclose(found.eeg[0], -found.eeg[1], atol=1e-9)
    with pytest.warns(QualityWarning, match="Fp1 is the only good channel; .* its reference stays"):
        found = clean(brain[:1], RATE, NAMES[:1])
    assert_array_equal(found.eeg, band_pass(brain[:1], RATE))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clean(brain, RATE, NAMES[:3])


@pytest.mark.parametrize("dead", [0.0, np.nan])
@pytest.mark.parametrize("bad_channels", ["interpolate", "nan", "keep"])
def test_a_bad_channel_is_not_referred_to(head, dead, bad_channels):
    eeg, row = head[0][:, :2000].copy(), NAMES.index("T7")
    eeg[row] = dead
    known = ["T7"] if bad_channels == "keep" else ()
    with pytest.warns(QualityWarning, match="T7 of the reference is bad or without samples; only T8 counts"):
        found = clean(eeg, RATE, NAMES, Cleaning(reference=("T7", "T8"), bad_channels=bad_channels), bad=known)
    assert_allclose(found.eeg[NAMES.index("T8")], 0.0, atol=1e-9)
    with pytest.warns(QualityWarning, match="T7 of the reference is .*; the recording keeps its own"):
        found = clean(eeg, RATE, NAMES, Cleaning(reference="T7", bad_channels=bad_channels), bad=known)
    good = np.delete(np.arange(len(NAMES)), row)
    assert_allclose(found.eeg[good], band_pass(eeg, RATE)[good])


@pytest.mark.parametrize("dead", [0.0, 1e4 / 3, np.nan])
def test_eyes_stay_where_the_eog_is_dead(head, dead):
    brain, eyes, eog = head
    eeg, n = brain + eyes, brain.shape[1]
    plain = clean(eeg, RATE, NAMES).eeg
    with pytest.warns(QualityWarning) as caught:
        found = clean(eeg, RATE, NAMES, Cleaning(eyes="regress"), eog=np.full(n, dead))
    assert [str(warning.message) for warning in caught] == [
        "eeg: 1 of 1 channels of the EOG are flat or missing; left out.",
        "eeg: the eyes are still in it: the EOG has nothing to subtract.",
    ]
    assert_array_equal(found.eeg, plain)
    with pytest.warns(QualityWarning, match="1 of 2 channels of the EOG are flat or missing; left out"):
        found = clean(eeg, RATE, NAMES, Cleaning(eyes="regress"), eog=np.vstack([eog, np.full((1, n), dead)]))
    assert_allclose(found.eeg, clean(eeg, RATE, NAMES, Cleaning(eyes="regress"), eog=eog).eeg)


def test_eyes_stay_where_all_that_tells_of_them_is_bad(head):
    brain = head[0][:, :2000]
    front = [name for name in NAMES if name in ("Fp1", "Fp2")]
    with pytest.warns(QualityWarning, match="the eyes are still in it: the channels that would tell of them are bad"):
        found = clean(brain, RATE, NAMES, Cleaning(eyes="ica"), bad=front)
    assert found.n_eye_components == 0 and np.isfinite(found.eeg).all()
    with pytest.raises(InvalidArgumentError, match="none of Fp1, Fpz, Fp2"):
        clean(brain[4:9], RATE, NAMES[4:9], Cleaning(eyes="ica"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda eeg: Cleaning(eyes="icaa"), "eyes='icaa' must be one of none, regress, ica. Did you mean ica"),
        (lambda eeg: Cleaning(low_hz=-1), "low_hz=-1 must be"),
        (lambda eeg: clean(eeg, RATE, NAMES, {"eyes": "ica"}), "cleaning is a dict; it must be a Cleaning"),
        (lambda eeg: clean(eeg, RATE, NAMES, Cleaning(eyes="regress")), 'eog=None, but eyes="regress"'),
        (lambda eeg: clean(eeg, RATE, NAMES, bad=["Cx"]), "bad='Cx' must be one of"),
        (lambda eeg: clean(eeg, RATE, NAMES, Cleaning(reference=["M1"])), "to: 'M1' is no channel"),
    ],
)  # fmt: skip
def test_clean_says_what_is_wrong(head, call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call(head[0][:, :2000])


def test_cleaning_leaves_its_input_and_mne_alone(head, capfd):
    dirty = head[0][:, :6000] + head[1][:, :6000]
    before, level = dirty.copy(), mne.utils.logger.level
    clean(dirty, RATE, NAMES, Cleaning(line_hz=50.0, eyes="regress"), eog=head[2][:, :6000], bad=["Cz"])
    assert_array_equal(dirty, before)
    assert mne.utils.logger.level == level and capfd.readouterr() == ("", "")


def test_eyes_of_a_real_recording(data_dir):
    raw = mne.io.read_raw_eeglab(data_dir / "eeg" / "eeglab_data.set", preload=True, verbose="error")
    eog = 1e6 * raw.get_data(picks=["EOG1", "EOG2"])
    raw.drop_channels(["EOG1", "EOG2"])
    eeg = 1e6 * raw.get_data()
    cleaned = clean(eeg, 128.0, raw.ch_names, Cleaning(eyes="regress", reference=None), eog=eog)
    plain = clean(eeg, 128.0, raw.ch_names, Cleaning(reference=None)).eeg
    eyes = band_pass(eog, 128.0)
    before, after = (
        max(np.abs(np.corrcoef(series, eye)[0, 1]) for series in part for eye in eyes) for part in (plain, cleaned.eeg)
    )
    assert before > 0.3 and after < 0.01
    assert np.corrcoef(plain[-2], cleaned.eeg[-2])[0, 1] > 0.95  # Oz sees little of the eyes


# Baseline


def test_baseline_of_each_trial_hand_worked():
    features = np.array([[4.0, 8.0], [6.0, 2.0], [9.0, 9.0]])
    baseline = np.array([[1.0, 4.0], [3.0, np.nan], [3.0, 0.0]])
    trials, own = ["a", "a", "b"], ["a", "a", "b"]
    assert_array_equal(
        baseline_correct(features, baseline, trials=trials, baseline_trials=own), [[2.0, 4.0], [4.0, -2.0], [6.0, 9.0]]
    )
    assert_array_equal(
        baseline_correct(features, baseline, trials=trials, baseline_trials=own, method="ratio"),
        [[2.0, 2.0], [3.0, 0.5], [3.0, np.nan]],
    )
    decibels = baseline_correct(features, baseline, trials=trials, baseline_trials=own, method="decibel")
    assert_allclose(decibels[0], 10 * np.log10([2.0, 2.0]))
    shared = baseline_correct(features, baseline[:1])
    assert_array_equal(shared, features - baseline[0])
    with pytest.warns(QualityWarning, match="trials without a baseline are NaN: c"):
        found = baseline_correct(features, baseline, trials=["a", "c", "b"], baseline_trials=own)
    assert np.isnan(found[1]).all() and np.isfinite(found[0]).all()


def test_baseline_of_powers_per_channel_and_band(rng):
    features, baseline = rng.uniform(1, 2, (6, 32, 5)), rng.uniform(1, 2, (4, 32, 5))
    found = baseline_correct(features, baseline, trials=[1, 1, 1, 2, 2, 2], baseline_trials=[1, 1, 2, 2])
    assert_allclose(found[4], features[4] - baseline[2:].mean(axis=0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"baseline": np.ones((2, 3))}, r"features has shape \(4, 2\) and baseline \(2, 3\)"),
        ({"trials": [1, 1, 2, 2]}, "trials and baseline_trials must be given together"),
        ({"trials": [1, 2], "baseline_trials": [1, 2]}, "trials has 2 entries for 4 windows"),
        ({"method": "z"}, "method='z' must be one of difference, ratio, decibel"),
    ],
)
def test_baseline_says_what_is_wrong(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        baseline_correct(**{"features": np.ones((4, 2)), "baseline": np.ones((2, 2)), **arguments})
