"""Classifiers and checkpoints on disk: there and back, on from there, and files that say what is wrong with them."""

import copy
import os

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.crnn.checkpoint import check_checkpoint, check_same_run, read_checkpoint, write_checkpoint
from physiofer.crnn.classifier import CRNNClassifier
from physiofer.crnn.network import CRNN
from physiofer.crnn.training import Training
from physiofer.crnn.weights import load, save
from physiofer.exceptions import InvalidArgumentError, UnreadableDataError

SIZE = 22
Y = np.array(["calm", "glad"] * 4)
RATES = np.array([60.0, 90.0, 62.0, 88.0, 61.0, 92.0, np.nan, 91.0])
FRAMES = np.random.default_rng(0).integers(0, 256, (8, 2, 3, SIZE, SIZE)).astype(np.uint8)


def small(**options):
    """A classifier that trains in a moment."""
    return CRNNClassifier(**({"n_epochs": 2, "batch_size": 4, "random_state": 0} | options))


@pytest.fixture(scope="module")
def learnt():
    """A classifier with both heads; one batch in two has an unknown heart rate."""
    return small().fit(FRAMES, Y, heart_rate=RATES)


@pytest.fixture
def stored(learnt, tmp_path):
    """A file of that classifier, and a function that writes it anew with another record and the right digest."""
    path = tmp_path / "model.safetensors"
    learnt.save(path)
    loaded = load(path)

    def change(**changes):
        save(path, loaded.network, normalisation=loaded.normalisation, training_record=loaded.training_record | changes)

    return path, change


def of_training():
    """Arrays and record of a checkpoint after two epochs with validation."""
    network = CRNN(image_size=SIZE, random_state=0)
    arrays, record = Training(network, seed=3, rate_scale=(70.0, 9.0)).state()
    arrays |= {f"best/{name}": values for name, values in network.state_dict().items()}
    record |= {"n_epochs": 2, "history": [{"loss": 1.0}, {"loss": float("nan")}], "best_loss": 1.0, "best_epoch": 1}
    return arrays, record | {"run": {"batch_size": 4}}


def same_weights(one, other):
    """Whether two networks have bit by bit the same weights."""
    first, second = one.network_.state_dict(), other.network_.state_dict()
    return all(np.array_equal(first[name], second[name]) for name in first)


# ------------------------------------------------------------------------------------------- there, back and on


def test_a_file_that_starts_as_a_pickle_does_is_read(learnt, tmp_path):
    other = copy.copy(learnt)
    learnt.save(tmp_path / "m")
    n = (0x80 - (tmp_path / "m").read_bytes()[0]) % 256  # the header's length has to grow by so much
    other.classes_ = np.array(["calm", "glad" + "x" * n])
    other.save(tmp_path / "m")
    assert (tmp_path / "m").read_bytes()[0] == 0x80
    assert_array_equal(CRNNClassifier.load(tmp_path / "m").classes_, other.classes_)


@pytest.mark.parametrize("labels", [[False, True], [1, 4], [0.5, 2.0], [-3, 2**62], np.array(["n", "y"], dtype=object)])
def test_labels_come_back_as_they_were(learnt, tmp_path, labels):
    other = copy.copy(learnt)
    other.classes_ = np.asarray(labels)
    other.save(tmp_path / "m")
    assert CRNNClassifier.load(tmp_path / "m").classes_.tolist() == other.classes_.tolist()


def test_what_training_did_not_see_is_nan_again(tmp_path):
    model = small(n_epochs=1).fit(FRAMES, Y, heart_rate=np.full(8, np.nan))
    model.save(tmp_path / "m")
    loaded = CRNNClassifier.load(tmp_path / "m")
    assert_array_equal(loaded.history_.pop("heart_rate"), [np.nan])
    assert all(values == model.history_[name] for name, values in loaded.history_.items())
    assert load(tmp_path / "m").training_record["told"] == {"backend": "numpy", "random_state": 0}


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_loaded_classifier_goes_on_from_its_weights(tmp_path, by_hand):
    model = small(warm_start=True).fit(FRAMES, Y)  # without heart rates: no weight is scaled, and all is exact
    model.save(tmp_path / "m")
    loaded = CRNNClassifier.load(tmp_path / "m").set_params(warm_start=True)
    model._state = (
        {name: 0 * values if name.startswith("optimiser/") else values for name, values in model._state[0].items()},
        model._state[1],
    )
    for one in (model, loaded):
        one.partial_fit(FRAMES, Y) if by_hand else one.fit(FRAMES, Y)
    assert same_weights(model, loaded)
    assert loaded.n_epochs_ == model.n_epochs_ == (3 if by_hand else 4)
    assert loaded.history_.keys() == model.history_.keys()
    assert_array_equal([*loaded.history_.values()], [*model.history_.values()])
    assert_array_equal(loaded.prior_, model.prior_)


@pytest.mark.parametrize("task_weighting", ["fixed", "uncertainty", "gradnorm"])
def test_the_heart_rate_head_counts_in_deviations_again(tmp_path, task_weighting):
    model = small(task_weighting=task_weighting, n_epochs=1).fit(FRAMES, Y, heart_rate=RATES)
    model.save(tmp_path / "m")
    loaded = CRNNClassifier.load(tmp_path / "m")
    arrays, own = loaded._state[0], model._state[0]
    for name in ("network/heart_rate.weight", "network/heart_rate.bias"):
        assert_allclose(arrays[name], own[name], atol=1e-5)
    stands = loaded.set_params(learning_rate=0.0).partial_fit(FRAMES, Y, RATES)
    assert_allclose(stands.predict_heart_rate(FRAMES), model.predict_heart_rate(FRAMES), rtol=1e-5)
    assert stands._state[1]["rate_scale"] == model._state[1]["rate_scale"]


def test_a_file_of_an_earlier_version_only_answers(learnt, stored):
    path, change = stored
    record = load(path).training_record
    old = {name: record[name] for name in ("classes", "prior", "n_epochs", "history", "parameters")}
    save(path, learnt.network_, normalisation=load(path).normalisation, training_record=old)
    loaded = CRNNClassifier.load(path)
    assert not hasattr(loaded, "_state")
    assert_array_equal(loaded.predict(FRAMES), learnt.predict(FRAMES))
    loaded.save(path)
    assert "rate_scale" not in load(path).training_record


# ------------------------------------------------------------------------------------------- files of classifiers


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parameters": {"checkpoint": "other.safetensors"}}, "'checkpoint', which no file may set"),
        ({"parameters": {"n_jobs": 1}}, "'n_jobs', which no file may set"),
        ({"parameters": None}, "which no file may set"),
        ({"parameters": {"beta": "much"}}, "can't multiply"),
        ({"parameters": {"learning_rate": -1}}, "learning_rate=-1"),
        ({"classes": None}, "its classes are None"),
        ({"classes": ["calm", "calm"]}, "its classes are"),
        ({"classes": ["calm"]}, "its classes are"),
        ({"classes": [0, 1, 2]}, "its classes are"),
        ({"classes": ["calm", 1]}, "its classes are"),
        ({"classes": [["calm"], ["glad"]]}, "its classes are"),
        ({"prior": 0.5}, "its prior is 0.5"),
        ({"prior": [0.5, 0.5]}, "its prior is"),
        ({"prior": [1.5]}, "its prior is"),
        ({"prior": [None]}, "its prior is"),
        ({"prior": ["0.5"]}, "its prior is"),
        ({"n_epochs": "2"}, "its n_epochs is '2'"),
        ({"n_epochs": -5}, "its n_epochs is -5"),
        ({"n_epochs": 10**9, "history": {}}, "its history"),
        ({"history": None}, "its history"),
        ({"history": {"loss": [1.0]}}, "its history"),
        ({"history": {"loss": [1.0, "low"]}}, "its history"),
        ({"rate_scale": [70.0, 0.0]}, "its rate_scale is"),
        ({"rate_scale": [70.0, 1e-320]}, "must be finite"),
        ({"rate_scale": None}, "its rate_scale is None"),
        ({"seed": -1}, "its seed must be integers"),
        ({"n_seen": None}, "its n_seen must be integers"),
        ({"n_heart_rates": "7"}, "its n_heart_rates must be integers"),
    ],
)
def test_a_record_that_is_none_is_said(stored, changes, message):
    path, change = stored
    change(**changes)
    with pytest.raises(UnreadableDataError, match=rf"^model\.safetensors holds no whole classifier: .*{message}"):
        CRNNClassifier.load(path)


def test_a_file_sets_nothing_but_how_it_was_trained(stored):
    path, _ = stored
    loaded, fresh = CRNNClassifier.load(path).get_params(), CRNNClassifier().get_params()
    assert {name for name in fresh if loaded[name] != fresh[name]} == {"n_epochs", "batch_size"}


def test_two_targets_have_their_numbers(tmp_path):
    model = small(n_epochs=1).fit(FRAMES, np.column_stack([np.arange(8) % 2, np.arange(8) // 4]))
    model.save(tmp_path / "m")
    assert CRNNClassifier.load(tmp_path / "m").classes_.tolist() == [0, 1]
    loaded = load(tmp_path / "m")
    for classes in ([1, 0], ["a", "b"], [0]):
        record = loaded.training_record | {"classes": classes}
        save(tmp_path / "m", loaded.network, normalisation=loaded.normalisation, training_record=record)
        with pytest.raises(UnreadableDataError, match="its classes are"):
            CRNNClassifier.load(tmp_path / "m")


@pytest.mark.parametrize(
    "normalisation", [None, "pulse", {"kind": "zca"}, {"kind": "pulse", "reach": 0.1}, {"kind": []}]
)
def test_frames_normalised_in_another_way(learnt, stored, normalisation):
    path, _ = stored
    save(path, learnt.network_, normalisation=normalisation, training_record=load(path).training_record)
    with pytest.raises(UnreadableDataError, match="normalised in another way"):
        CRNNClassifier.load(path)


def test_other_files_say_what_they_are(tmp_path):
    save(tmp_path / "bare", CRNN(image_size=SIZE, random_state=0), training_record={"n_epochs": 2})
    with pytest.raises(UnreadableDataError, match=r"^bare holds a bare network .*crnn\.load\(path\)"):
        CRNNClassifier.load(tmp_path / "bare")
    write_checkpoint(tmp_path / "run", *of_training())
    with pytest.raises(UnreadableDataError, match=r"^run is a checkpoint of training"):
        CRNNClassifier.load(tmp_path / "run")
    with pytest.raises(UnreadableDataError, match="checkpoint bare is a file of another kind"):
        read_checkpoint(tmp_path / "bare")


@pytest.mark.parametrize(
    "labels",
    [
        np.array([b"calm", b"glad"]),
        np.array([1, 2], dtype="m8[s]"),
        np.array([1, 2], dtype="M8[ns]"),
        np.array([b"calm", b"glad"], dtype=object),
        np.array([0.0, np.inf]),
    ],
)
def test_labels_that_a_file_cannot_hold(learnt, tmp_path, labels):
    other = copy.copy(learnt)
    other.classes_ = labels
    with pytest.raises(InvalidArgumentError, match=r"has the labels \[.* of type .*texts or finite numbers"):
        other.save(tmp_path / "m")
    assert os.listdir(tmp_path) == []


# ------------------------------------------------------------------------------------------------- checkpoints


def test_a_checkpoint_comes_back(tmp_path):
    arrays, record = of_training()
    arrays["weights/first_losses"] = np.array([np.nan, 1.0])  # no batch has told yet
    write_checkpoint(tmp_path / "run", arrays, record)
    found, told = read_checkpoint(tmp_path / "run")
    assert all(np.array_equal(found[name], arrays[name], equal_nan=True) for name in arrays)
    assert told["history"][0] == {"loss": 1.0} and told["run"] == {"batch_size": 4}


@pytest.mark.parametrize("place", [-1, -1000, -200_000])
def test_one_bit_of_a_checkpoint_changed(tmp_path, place):
    path = tmp_path / "run"
    write_checkpoint(path, *of_training())
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(UnreadableDataError, match="^checkpoint run was altered since it was written"):
        read_checkpoint(path)


def test_a_changed_record_of_a_checkpoint(tmp_path):
    path = tmp_path / "run"
    write_checkpoint(path, *of_training())
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'\\"best_epoch\\": 1', b'\\"best_epoch\\": 2'))
    assert path.read_bytes() != whole
    with pytest.raises(UnreadableDataError, match="was altered"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_epochs", "2"), ("n_epochs", -5), ("n_epochs", True), ("seed", None), ("seed", 1.5),
        ("history", None), ("history", [{"loss": 1.0}, 2]), ("history", [{"loss": 1.0}, {"loss": None}]),
        ("rate_scale", [70.0]), ("rate_scale", [70.0, float("nan")]), ("best_loss", None), ("best_loss", "low"),
        ("best_epoch", None), ("best_epoch", 0), ("best_epoch", 3), ("run", None), ("run", []),
    ],
)  # fmt: skip
def test_a_broken_entry_of_a_checkpoint_is_named(tmp_path, name, value):
    arrays, record = of_training()
    write_checkpoint(tmp_path / "run", arrays, record | {name: value})
    with pytest.raises(UnreadableDataError, match=rf"^checkpoint run has a broken record .*{name}.*remove it"):
        read_checkpoint(tmp_path / "run")
    record.pop(name)
    write_checkpoint(tmp_path / "run", arrays, record)
    with pytest.raises(UnreadableDataError, match=rf"^checkpoint run has a broken record .*{name}"):
        read_checkpoint(tmp_path / "run")


@pytest.mark.parametrize("record", [[], None, "text", 3])
def test_a_record_of_a_checkpoint_that_is_no_dict(tmp_path, record):
    write_checkpoint(tmp_path / "run", of_training()[0], record)
    with pytest.raises(UnreadableDataError, match="^checkpoint run has a broken record"):
        read_checkpoint(tmp_path / "run")


def test_half_of_the_best_weights_and_what_is_not_finite(tmp_path):
    arrays, record = of_training()
    half = {name: values for name, values in arrays.items() if name != "best/conv2.bias"}
    infinite = arrays | {"optimiser/square.conv1.bias": np.full(32, np.inf, dtype=np.float32)}
    none = {name: values for name, values in arrays.items() if not name.startswith("best/")}
    for broken, name in ((half, "best"), (infinite, "optimiser/square.conv1.bias"), (none, "best_loss, best_epoch")):
        write_checkpoint(tmp_path / "run", broken, record)
        with pytest.raises(UnreadableDataError, match=rf"^checkpoint run has a broken .* \({name}\)"):
            read_checkpoint(tmp_path / "run")


def test_a_place_that_takes_no_checkpoint(tmp_path):
    assert check_checkpoint(tmp_path / "run") == tmp_path / "run"
    with pytest.raises(InvalidArgumentError, match="in a folder that is not there; make it first"):
        check_checkpoint(tmp_path / "none" / "run")
    with pytest.raises(InvalidArgumentError, match="is a folder"):
        check_checkpoint(tmp_path)
    (tmp_path / "file").write_text("text")
    with pytest.raises(InvalidArgumentError, match="checkpoint="):
        check_checkpoint(tmp_path / "file" / "run")
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    with pytest.raises(InvalidArgumentError, match="cannot be reached|no plain file"):
        check_checkpoint(tmp_path / "ring")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_takes_no_checkpoint(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for check in (check_checkpoint, read_checkpoint):
        with pytest.raises(InvalidArgumentError, match="no plain file"):
            check(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("first_epoch", "A checkpoint is of one fit: with warm_start give another name"),
        ("data", "not the folds of a cross-validation"),
        ("seed", "not the folds of a cross-validation"),
        ("batch_size", r"\. Remove it or give another name"),
    ],
)
def test_another_run_says_why(name, message):
    wanted = {"first_epoch": 4, "data": 4, "seed": 4, "batch_size": 4}
    check_same_run(wanted | {"more": 1}, wanted, "run")
    with pytest.raises(InvalidArgumentError, match=rf"it has {name}=8 and not 4.*{message}"):
        check_same_run(wanted | {name: 8}, wanted, "run")
