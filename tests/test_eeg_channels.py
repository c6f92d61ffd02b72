"""Names of channels, regions and pairs, beside MNE's montages; asymmetry of features by name."""

import json
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

from physiofer.exceptions import InvalidArgumentError
from physiofer.signals.eeg.asymmetry import asymmetry, frontal_alpha_asymmetry
from physiofer.signals.eeg.channels import (
    DEAP_CHANNELS,
    DEAP_TWENTE_CHANNELS,
    REGIONS,
    canonical_name,
    frontal_posterior_pairs,
    left_right_pairs,
    pick,
)

SEED = (
    "FP1 FPZ FP2 AF3 AF4 F7 F5 F3 F1 FZ F2 F4 F6 F8 FT7 FC5 FC3 FC1 FCZ FC2 FC4 FC6 FT8 T7 C5 C3 C1 CZ C2 C4 C6 T8 TP7 "
    "CP5 CP3 CP1 CPZ CP2 CP4 CP6 TP8 P7 P5 P3 P1 PZ P2 P4 P6 P8 PO7 PO5 PO3 POZ PO4 PO6 PO8 CB1 O1 OZ O2 CB2"
).split()
EMOTIV = "AF3 F7 F3 FC5 T7 P7 O1 O2 P8 T8 FC6 F4 F8 AF4".split()  # of DREAMER and AMIGOS
_FORMER = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}


@pytest.fixture(scope="module")
def montages():
    """Names of the electrodes in MNE's montages: the 10-5 system, and BioSemi's caps."""
    import mne

    known = mne.channels.get_builtin_montages()
    ten_five = "colin27_1005" if "colin27_1005" in known else "standard_1005"  # its name before MNE 1.13
    names = {"10-5": ten_five, "biosemi32": "biosemi32", "biosemi64": "biosemi64"}
    return {name: mne.channels.make_standard_montage(kind) for name, kind in names.items()}


# 1. names


def test_every_electrode_of_the_10_5_system_is_known(montages):
    names = montages["10-5"].ch_names
    assert len(names) > 300
    assert [canonical_name(name.upper()) for name in names] == [_FORMER.get(name, name) for name in names]
    assert [canonical_name(f"EEG {name.lower()}-REF") for name in names] == [_FORMER.get(name, name) for name in names]


@pytest.mark.parametrize(
    ("name", "electrode"),
    [
        ("EEG FP1-REF", "Fp1"),
        ("EEG FP1-LE", "Fp1"),
        ("EEG:Fpz", "Fpz"),
        ("eeg_cz", "Cz"),
        ("EEG A1-REF", "A1"),
        (" Fc5. ", "FC5"),
        ("Af3..", "AF3"),
        ("C3-A2", "C3"),
        ("O2-M1", "O2"),
        ("C4-A1A2", "C4"),
        ("F8 avg", "F8"),
        ("T4", "T8"),
        ("EEG T5-AR", "P7"),
        ("CB1", "CB1"),
        ("Fp1-F7", None),
        ("EEG Fpz-Cz", None),
        ("EEG 001", None),
        ("E22", None),
        ("Status", None),
        ("EXG1", None),
        ("Fp3", None),
        ("CBz", None),
        ("T1", None),
        ("EEG", None),
        ("", None),
    ],
)
def test_names_as_files_have_them(name, electrode):
    assert canonical_name(name) == electrode


def test_deap_orders(montages):
    """The raw recordings of Twente have BioSemi's own order; Geneva's has the left half first, front to back."""
    assert list(DEAP_TWENTE_CHANNELS) == montages["biosemi32"].ch_names
    assert sorted(DEAP_CHANNELS) == sorted(DEAP_TWENTE_CHANNELS)
    assert len(set(DEAP_CHANNELS)) == 32
    left, right = pick(DEAP_CHANNELS, "left"), pick(DEAP_CHANNELS, "right")
    assert max(left) < 14 and min(right) >= 16
    assert DEAP_CHANNELS[:4] == ("Fp1", "AF3", "F3", "F7")


# 2. pairs and regions


@pytest.mark.parametrize("kind", ["10-5", "biosemi32", "biosemi64"])
def test_pairs_by_name_are_the_pairs_by_position(montages, kind):
    """Two ways that share nothing: odd and even numbers, and which electrodes are each other's mirror image."""
    names = [name for name in montages[kind].ch_names if name not in (*_FORMER, "A1", "A2", "M1", "M2")]
    assert left_right_pairs(names) == left_right_pairs(names, montage=montages[kind])


def test_frontal_electrodes_face_what_lies_behind(montages):
    """Partners differ in front and back, are on the same side, and lie about as far from the middle."""
    places = montages["biosemi64"].get_positions()["ch_pos"]
    pairs = frontal_posterior_pairs(list(places))
    assert len(pairs) == 26
    for front, back in pairs:
        assert_allclose(places[front] * [1, -1, 1], places[back], atol=0.015)  # of a head of 0.095 m
        assert places[front][1] > 0 > places[back][1]


def test_seed_has_the_pairs_of_its_papers():
    """Zheng & Lu (2015) have 135 features of asymmetry and 115 of caudality in five bands: 27 and 23 pairs."""
    assert len(left_right_pairs(SEED)) == 27
    assert len(frontal_posterior_pairs(SEED)) == 23
    assert ("CB1", "CB2") in left_right_pairs(SEED)


def test_pairs_of_headsets():
    assert left_right_pairs(EMOTIV) == [
        ("AF3", "AF4"), ("F7", "F8"), ("F3", "F4"), ("FC5", "FC6"), ("T7", "T8"), ("P7", "P8"), ("O1", "O2"),
    ]  # fmt: skip
    assert frontal_posterior_pairs(EMOTIV) == [("F7", "P7"), ("F8", "P8")]
    assert len(left_right_pairs(DEAP_CHANNELS)) == 14
    assert left_right_pairs(["EEG T3-REF", "EEG T4-REF", "A1", "A2"]) == [("EEG T3-REF", "EEG T4-REF")]


def test_caps_with_names_of_their_own():
    """Of EGI's net of 128, 22 and 9 are at Fp1 and Fp2, 70 and 83 at O1 and O2, 11 at Fz."""
    names = ["E9", "E11", "E22", "E70", "E83", "E129"]
    assert left_right_pairs(names, montage="GSN-HydroCel-128") == [("E22", "E9"), ("E70", "E83")]
    places = {"a": (-1, 2, 0), "b": (1.05, 2, 0.1), "c": (0.02, 0, 3), "d": (-2, -2, 0), "e": (2, 2, 0)}
    assert left_right_pairs(["e", "d", "c", "b", "a"], montage=places) == [("a", "b")]


def test_regions_share_the_head_out(montages):
    """Each electrode of the 10-5 system, and the few that MNE leaves out of it, has one region and one side."""
    added = {"Nz", "N1", "N2", "O9", "O10", "CB1", "CB2"}
    known = set(montages["10-5"].ch_names) - {*_FORMER, "A1", "A2", "M1", "M2"} | added
    for parts in (("frontal", "central", "temporal", "parietal", "occipital"), ("left", "midline", "right")):
        names = [name for part in parts for name in REGIONS[part]]
        assert len(names) == len(set(names))
        assert set(names) == known
    assert len(REGIONS["left"]) == len(REGIONS["right"])


def test_picks():
    channels = [*DEAP_CHANNELS, "Status", "EXG1"]
    named = {region: [channels[k] for k in pick(channels, region)] for region in REGIONS}
    assert named["frontal"] == ["Fp1", "AF3", "F3", "F7", "Fp2", "AF4", "Fz", "F4", "F8"]
    assert named["temporal"] == ["T7", "T8"]
    assert named["occipital"] == ["PO3", "O1", "Oz", "PO4", "O2"]
    assert named["parietal"] == ["P3", "P7", "Pz", "P4", "P8"]
    assert len(named["central"]) == 11
    assert named["midline"] == ["Oz", "Pz", "Fz", "Cz"]
    assert [channels[k] for k in pick(channels, "frontal", "left")] == ["Fp1", "AF3", "F3", "F7"]
    assert pick(np.array(["T3", "EEG T4-REF"]), "temporal", "right") == [1]


# 3. asymmetry, by hand


def test_asymmetries_by_hand():
    values = np.array([[4.0, 1.0], [2.0, -1.0], [1.0, 0.0], [8.0, 5.0]])
    channels = ["F4", "F3", "P3", "Cz"]
    assert_allclose(asymmetry(values, channels), [[-2.0, -2.0]])
    assert_allclose(asymmetry(values, channels, "rasm"), [[0.5, -1.0]])
    assert_allclose(asymmetry(values, channels, "dcau"), [[1.0, -1.0]])
    assert_allclose(asymmetry(values, channels, "log_ratio"), [[np.log(2.0), np.nan]])
    assert_allclose(asymmetry(values, channels, pairs=[("Cz", "EEG F3"), ("P3", "Cz")]), [[6.0, 6.0], [-7.0, -5.0]])
    assert_allclose(asymmetry(values, channels, "rasm", pairs=[("Cz", "P3")]), [[8.0, np.nan]])
    tensor = np.stack([values, 2 * values])[:, np.newaxis]
    assert asymmetry(tensor, channels).shape == (2, 1, 1, 2)
    assert asymmetry(tensor[:0], channels).shape == (0, 1, 1, 2)
    assert_allclose(asymmetry(tensor, channels)[1, 0], [[-4.0, -4.0]])


def test_frontal_alpha_asymmetry_by_hand():
    power = np.array([[2.0, 3.0, 2.0 * np.e], [1.0, 1.0, 0.0], [np.nan, 1.0, 1.0], [-1.0, 1.0, 1.0]])
    channels = ["F3", "Fz", "EEG F4-REF"]
    assert_allclose(frontal_alpha_asymmetry(power, channels), [1.0, np.nan, np.nan, np.nan])
    assert_allclose(frontal_alpha_asymmetry(1e-12 * power, channels)[0], 1.0)  # volts or microvolts
    log_ratio = asymmetry(power[:1, :, np.newaxis], channels, "log_ratio")
    assert_allclose(log_ratio[0, :, 0], [1.0])
    assert frontal_alpha_asymmetry([1.0, 1.0], ["AF3", "AF4"], left="AF3", right="AF4") == 0.0


# 4. what is refused


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: left_right_pairs(["Cz"]), "no pair of left and right among Cz"),
        (lambda: left_right_pairs(["E1", "E2"]), r"not known by name: E1, E2 \(give their montage\)"),
        (lambda: frontal_posterior_pairs(["F3", "P4"]), "no pair of frontal and posterior among F3, P4"),
        (lambda: left_right_pairs(["F3", "F3", "F4"]), "F3 is there more than once"),
        (lambda: left_right_pairs(["T3", "EEG T7", "T8"]), "T3, EEG T7 are all the electrode T7"),
        (lambda: left_right_pairs("F3"), "channels='F3' must be a list of names"),
        (lambda: left_right_pairs([]), "must be a list of names"),
        (lambda: left_right_pairs([1, 2]), "must be a list of names"),
        (lambda: left_right_pairs(np.array("F3")), "must be a list of names"),
        (lambda: left_right_pairs(["F3", "F4"], montage="biosemi23"), "montage='biosemi23' .* Did you mean biosemi"),
        (lambda: left_right_pairs(["F3", "F4"], montage={"X": (1, 1, 1), "Y": (-1, 1, 1)}), "no position of F3, F4"),
        (lambda: left_right_pairs(["F3", "Fz"], montage="biosemi32"), "the montage has no pair"),
        (lambda: left_right_pairs(["a", "b"], montage={"a": (1, 2), "b": (-1, 2)}), "give .x, y, z. by channel"),
        (lambda: left_right_pairs(["F3", "F4"], montage=3), "give .x, y, z. by channel"),
        (lambda: pick(["F3"], "occipital"), "no channel lies in occipital; there are F3"),
        (lambda: pick(["F3"], "front"), "region='front' must be one of .* Did you mean frontal"),
        (lambda: pick(["F3"]), "name at least one of frontal"),
        (lambda: canonical_name(3), "name=3 must be the name of a channel"),
        (lambda: asymmetry(np.ones((2, 1)), ["F3", "F4", "Fz"]), "channels has 3 names, but there are 2 channels"),
        (lambda: asymmetry(np.ones(2), ["F3", "F4"]), r"values has shape \(2,\)"),
        (lambda: asymmetry(np.ones((1, 5)), ["F3"]), "no pair of left and right"),
        (lambda: asymmetry(np.ones((2, 1)), ["F3", "F4"], "faa"), "kind='faa' must be one of dasm, rasm, dcau"),
        (lambda: asymmetry(np.ones((2, 1)), ["F3", "F4"], pairs=[]), "pairs is empty"),
        (lambda: asymmetry(np.ones((2, 1)), ["F3", "F4"], pairs=["F3"]), "must be a list of pairs"),
        (lambda: asymmetry(np.ones((2, 1)), ["F3", "F4"], pairs=[("F3", "P4")]), "P4 is needed, but there is none"),
        (lambda: frontal_alpha_asymmetry([1.0, 2.0], ["F3", "Fz"]), "F4 is needed, but there is none among F3, Fz"),
        (lambda: frontal_alpha_asymmetry([1.0, 2.0], ["EEG F3", "F3-REF"]), "F3 is needed, but there is 2 of them"),
        (lambda: frontal_alpha_asymmetry(np.ones((2, 5)), ["F3", "F4"]), "channels has 2 names"),
    ],
)
def test_arguments_are_named(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


def test_names_alone_load_no_mne():
    code = (
        "import json, sys; from physiofer.signals.eeg.channels import left_right_pairs; left_right_pairs(['F3', 'F4']);"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert "mne" not in json.loads(done.stdout)
