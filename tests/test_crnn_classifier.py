"""The multi-task network as an estimator: what it learns, what it says of windows that show nothing, and sklearn."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.utils import get_tags

from physiofer.crnn.classifier import CRNNClassifier
from physiofer.crnn.features import CRNNFeatures
from physiofer.crnn.normalisation import normalise
from physiofer.crnn.rows import RowsClassifier, SharedWindows
from physiofer.crnn.training_data import read_training_data
from physiofer.evaluation import cross_subject_evaluate
from physiofer.exceptions import InvalidArgumentError, LeakageWarning, QualityWarning, UnreadableDataError
from physiofer.fusion import EarlyFusionClassifier

SIZE = 22
Y = np.array(["calm", "glad"] * 4)
PEOPLE = np.repeat(["a", "b", "c", "d"], 2)
RATES = np.array([60.0, 90.0, 62.0, 88.0, 61.0, 92.0, np.nan, 91.0])


def mouths(n=8, n_frames=2, seed=0):
    """Still windows whose lower half is brighter in every second one."""
    frames = np.random.default_rng(seed).integers(60, 120, (n, 1, 3, SIZE, SIZE)).astype(np.uint8)
    frames = np.repeat(frames, n_frames, axis=1)
    frames[1::2, :, :, SIZE // 2 :] += 90
    return frames


def small(**options):
    """A classifier that trains in a moment."""
    return CRNNClassifier(**({"n_epochs": 1, "batch_size": 8, "random_state": 0} | options))


@pytest.fixture(scope="module")
def learnt():
    """A classifier that saw enough to tell bright mouths from dark ones, and their heart rates."""
    return small(n_epochs=24, beta=0.05, normalisation="pulse").fit(mouths(), Y, heart_rate=RATES)


def same_weights(one, other):
    """Whether two networks have bit by bit the same weights."""
    first, second = one.network_.state_dict(), other.network_.state_dict()
    return all(np.array_equal(first[name], second[name]) for name in first)


# ------------------------------------------------------------------------------------------------ what it learns


def test_it_learns_emotion_and_heart_rate(learnt):
    unseen = mouths(6, n_frames=3, seed=1)  # also of another length
    assert_array_equal(learnt.predict(unseen), ["calm", "glad"] * 3)
    rates = learnt.predict_heart_rate(unseen)
    assert_allclose(rates, [61.0, 90.0] * 3, atol=9.0)
    assert learnt.score(mouths(), Y) == 1.0
    assert learnt.history_["emotion"][-1] < learnt.history_["emotion"][0] - 0.1
    assert learnt.history_["heart_rate"][-1] < 0.5 * learnt.history_["heart_rate"][0]


def test_probabilities_agree_with_labels(learnt):
    probability = learnt.predict_proba(mouths(seed=2))
    assert_allclose(probability.sum(axis=1), 1.0)
    assert_array_equal(learnt.classes_[probability.argmax(axis=1)], learnt.predict(mouths(seed=2)))


def test_heads_are_those_that_were_given_something_to_learn(learnt):
    assert learnt.network_.n_parameters - small().fit(mouths(), Y).network_.n_parameters == 17
    with pytest.raises(InvalidArgumentError, match="trained without heart rates"):
        small().fit(mouths(), Y).predict_heart_rate(mouths())


@pytest.mark.parametrize(("rates", "beta"), [(np.full(8, np.nan), 1.0), (RATES, 0.0)])
def test_a_head_that_learnt_nothing_says_nothing(rates, beta):
    model = small(beta=beta).fit(mouths(), Y, heart_rate=rates)
    assert np.isnan(model.history_["heart_rate"]).all() == (beta > 0.0)
    with pytest.warns(QualityWarning, match="no heart rate was learnt"):
        assert np.isnan(model.predict_heart_rate(mouths())).all()


def test_masked_heart_rates_are_unknown():
    masked = np.ma.masked_invalid(RATES)
    masked.data[6] = 150.0
    assert same_weights(small().fit(mouths(), Y, heart_rate=masked), small().fit(mouths(), Y, heart_rate=RATES))


def test_labels_in_a_column_are_labels():
    model, flat = small().fit(mouths(), Y[:, np.newaxis]), small().fit(mouths(), Y)
    assert same_weights(model, flat)
    assert_array_equal(model.predict(mouths()), flat.predict(mouths()))


def test_two_targets_at_once():
    both = np.column_stack([np.arange(8) % 2, np.arange(8) // 4])
    model = small().fit(mouths(), both, heart_rate=RATES)
    assert model.predict_proba(mouths()).shape == model.predict(mouths()).shape == (8, 2)
    assert model.classes_.tolist() == [0, 1]


# ------------------------------------------------------------------------------------------ going on, and stopping


def test_three_ways_to_train_two_epochs_are_one():
    data = {"heart_rate": RATES}
    whole = small(n_epochs=2).fit(mouths(), Y, **data)
    in_two = small(warm_start=True).fit(mouths(), Y, **data).fit(mouths(), Y, **data)
    by_hand = small().partial_fit(mouths(), Y, RATES, classes=["calm", "glad"]).partial_fit(mouths(), Y, RATES)
    for other in (in_two, by_hand):
        assert same_weights(whole, other)
        assert other.n_epochs_ == 2 and other.history_ == whole.history_


def test_partial_fit_takes_classes_one_after_the_other():
    model = small().partial_fit(mouths()[::2], Y[::2], classes=["calm", "glad"]).partial_fit(mouths()[1::2], Y[1::2])
    assert set(model.predict(mouths())) <= {"calm", "glad"}
    with pytest.raises(InvalidArgumentError, match="label 'sad', which is none of"):
        model.partial_fit(mouths(1), ["sad"])
    with pytest.raises(InvalidArgumentError, match="heart_rate must be given in every call or in none"):
        model.partial_fit(mouths(), Y, RATES)


def test_people_kept_back_have_no_say_in_training():
    options = {"validation_share": 0.3, "random_state": 1}
    plain = small(**options).fit(mouths(), Y, heart_rate=RATES, subjects=PEOPLE)
    _, kept = read_training_data(mouths(), Y, RATES, PEOPLE).split(0.3, plain._state[1]["seed"])
    assert kept.size
    frames, labels, rates = mouths(), Y.copy(), RATES.copy()
    frames[kept], labels[kept], rates[kept] = 255 - frames[kept], "calm", 120.0
    other = small(**options).fit(frames, labels, heart_rate=rates, subjects=PEOPLE)
    assert same_weights(plain, other) and plain.prior_ == other.prior_
    assert plain.history_["validation_loss"] != other.history_["validation_loss"]


def test_a_fit_that_fails_changes_nothing():
    model = small(batch_size=4).fit(mouths(), Y)
    before = model.predict_proba(mouths())
    for options in ({"learning_rate": 1e30}, {"learning_rate": 1e30, "batch_size": 8}):
        with pytest.raises(InvalidArgumentError, match="lower learning_rate"), np.errstate(all="ignore"):
            model.set_params(**options).fit(mouths(), np.tile(["x", "y"], 4))
    assert_array_equal(model.predict_proba(mouths()), before)
    assert model.classes_.tolist() == ["calm", "glad"]
    with pytest.raises(InvalidArgumentError), np.errstate(all="ignore"):
        small(learning_rate=1e30).fit(mouths(), Y).predict(mouths())


def test_the_prior_is_of_all_that_partial_fit_has_seen():
    model = small().partial_fit(mouths()[1::2], Y[1::2], classes=["calm", "glad"])
    assert model.prior_.tolist() == [1.0]
    assert model.partial_fit(mouths()[:2], Y[:2]).prior_.tolist() == [5 / 6]


def test_early_stopping_takes_the_best_epoch():
    model = small(n_epochs=6, validation_share=0.3, patience=1, learning_rate=0.02)
    model.fit(mouths(), Y, heart_rate=RATES, subjects=PEOPLE)
    losses = model.history_["validation_loss"]
    best = int(np.argmin(losses))
    assert model.best_epoch_ == best + 1
    assert len(losses) == min(best + 2, 6)  # one epoch without a better one, and no more
    again = small(n_epochs=best + 1, validation_share=0.3, patience=9, learning_rate=0.02)
    assert same_weights(again.fit(mouths(), Y, heart_rate=RATES, subjects=PEOPLE), model)
    stands = {"warm_start": True, "learning_rate": 0.0, "validation_share": 0.0, "n_epochs": 1}
    later = clone(model).set_params(n_epochs=6).fit(mouths(), Y, heart_rate=RATES, subjects=PEOPLE)
    assert same_weights(later.set_params(**stands).fit(mouths(), Y, heart_rate=RATES), model)  # on from the best


def test_a_stored_classifier_answers_as_before(tmp_path, learnt):
    learnt.save(tmp_path / "model.safetensors")
    loaded = CRNNClassifier.load(tmp_path / "model.safetensors")
    assert_array_equal(loaded.predict_proba(mouths()), learnt.predict_proba(mouths()))
    assert_array_equal(loaded.predict(mouths()), learnt.predict(mouths()))
    assert loaded.get_params()["beta"] == 0.05 and loaded.history_["loss"] == learnt.history_["loss"]
    restored = pickle.loads(pickle.dumps(learnt))  # noqa: S301
    assert_array_equal(restored.predict_heart_rate(mouths()), learnt.predict_heart_rate(mouths()))


def test_weights_of_a_stored_network_are_a_start(tmp_path, learnt):
    learnt.save(tmp_path / "model.safetensors")
    start = {"initial_weights": tmp_path / "model.safetensors", "learning_rate": 0.0}
    again = small(**start).fit(mouths(), Y, heart_rate=RATES)
    assert_allclose(again.predict_heart_rate(mouths()), learnt.predict_heart_rate(mouths()), atol=1e-3)
    assert_array_equal(again.predict_proba(mouths()), learnt.predict_proba(mouths()))


def test_a_network_that_is_no_classifier_is_said(tmp_path, learnt):
    from physiofer.crnn.weights import save

    save(tmp_path / "bare", learnt.network_, normalisation={"kind": "none"}, training_record={})
    with pytest.raises(UnreadableDataError, match="bare holds a bare network and no classifier"):
        CRNNClassifier.load(tmp_path / "bare")


# ---------------------------------------------------------------------------------- windows that show nothing


def test_windows_that_show_nothing_are_left_out_and_answered_with_the_prior(learnt):
    frames = mouths().astype(np.float32) / 255.0
    frames[2, 1], frames[3, 0, 0, 4, 4] = 0.0, np.nan
    with pytest.warns(QualityWarning, match=r"2 of 8 windows .*\(2 of b, 3 of b\); they are left out of training"):
        model = small().fit(frames, Y, heart_rate=RATES, subjects=PEOPLE)
    kept = [0, 1, 4, 5, 6, 7]
    assert same_weights(model, small().fit(frames[kept], Y[kept], heart_rate=RATES[kept]))
    with pytest.warns(QualityWarning, match="2 of 8 windows"):
        assert_array_equal(model.predict_proba(frames)[2:4], [[0.5, 0.5]] * 2)
    with pytest.warns(QualityWarning):
        assert_array_equal(np.flatnonzero(np.isnan(model.predict_heart_rate(frames))), [2, 3])
    with pytest.warns(QualityWarning):
        assert_array_equal(np.isnan(model.shared_features(frames)).all(axis=1), [k in (2, 3) for k in range(8)])
    with pytest.raises(InvalidArgumentError, match="no window that shows anything"):
        small().fit(np.zeros((8, 2, 3, SIZE, SIZE), dtype=np.uint8), Y)


# ------------------------------------------------------------------------------------------------ the failure


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": ["calm"] * 8}, r"one class only \('calm'\)"),
        ({"y": Y[:7]}, r"y has shape \(7,\); it must be \(8,\)"),
        ({"y": np.arange(8)}, "8 classes, .* Cut ratings of 1 to 9 at 5"),
        ({"y": np.arange(8.0) * np.nan}, "y has NaN"),
        ({"y": np.full((8, 2), 5)}, "must hold 0 and 1"),
        ({"heart_rate": RATES[:5]}, "heart_rate has shape"),
        ({"heart_rate": RATES / 60.0}, "20 to 300 bpm"),
        ({"heart_rate": ["fast"] * 8}, "heart_rate must hold numbers"),
        ({"subjects": PEOPLE[:5]}, "subjects has shape"),
        ({"options": {"validation_share": 0.5}}, "give fit subjects="),
        ({"options": {"validation_share": 1.0}}, "validation_share"),
        ({"options": {"task_weighting": "gradnorm"}}, "weighs two tasks"),
        ({"options": {"task_weighting": "kendall"}, "heart_rate": RATES}, "kind='kendall'"),
        ({"options": {"normalisation": "zca"}}, "normalisation='zca' must be one of"),
        ({"options": {"device": "cuda"}}, "device='cuda' is of PyTorch; set backend='torch'"),
        ({"y": np.ma.masked_equal(np.arange(8) % 2, 1)}, "masked labels"),
        ({"subjects": [None, *PEOPLE[1:]]}, "subjects lacks a name"),
        ({"heart_rate": RATES.astype("m8[s]")}, "heart_rate must hold numbers"),
        ({"options": {"schedule": "step"}}, "schedule='step' must be one of constant, cosine"),
        ({"options": {"backend": "jax"}}, "backend='jax' must be one of numpy, torch"),
        ({"options": {"n_epochs": 0}}, "n_epochs=0"),
        ({"options": {"batch_size": 0}}, "batch_size=0"),
        ({"options": {"beta": -1.0}}, "beta"),
        ({"options": {"patience": 0}}, "patience=0"),
        ({"options": {"learning_rate": "fast"}}, "learning_rate='fast'"),
    ],
)
def test_a_wrong_argument_is_named(change, message):
    given = {"y": Y, "heart_rate": None, "subjects": None} | {
        name: change[name] for name in change if name != "options"
    }
    with pytest.raises(InvalidArgumentError, match=message):
        small(**change.get("options", {})).fit(mouths(), **given)


def test_other_pictures_than_those_of_training_are_said(learnt):
    with pytest.raises(InvalidArgumentError, match="32 x 32 pixels; this network was made for 3 and 22 x 22"):
        learnt.predict(np.zeros((1, 2, 3, 32, 32), dtype=np.uint8))
    with pytest.raises(InvalidArgumentError, match="channels are last"):
        learnt.predict(mouths().transpose(0, 1, 3, 4, 2))


# ------------------------------------------------------------------------------------------------ scikit-learn


def test_parameters_are_stored_untouched():
    model = CRNNClassifier()
    marker = object()
    for name in model.get_params():
        assert getattr(clone(model).set_params(**{name: marker}), name) is marker
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(sklearn.exceptions.NotFittedError):
        model.predict(mouths())


def test_tags_tell_the_truth():
    tags = get_tags(CRNNClassifier())
    assert tags.estimator_type == "classifier" and tags.input_tags.allow_nan
    assert not tags.input_tags.two_d_array and not tags.classifier_tags.multi_class
    assert get_tags(CRNNFeatures()).target_tags.required


def test_heart_rates_and_people_are_routed():
    with sklearn.config_context(enable_metadata_routing=True):
        found = cross_validate(
            small(validation_share=0.4), mouths(), Y, cv=GroupKFold(2), return_estimator=True,
            params={"heart_rate": RATES, "subjects": PEOPLE, "groups": PEOPLE},
        )  # fmt: skip
    assert all(model.network_.heart_rate_head for model in found["estimator"])
    assert "validation_heart_rate" in found["estimator"][0].history_


def test_an_evaluation_across_people_takes_it_by_rows():
    windows = SharedWindows(mouths())
    model = RowsClassifier(small(), windows, RATES)
    assert clone(model).windows is windows
    table = windows.table()
    with pytest.warns(LeakageWarning, match="better than this field's best"):  # and nothing else: mouths are clear
        evaluation = cross_subject_evaluate({"crnn": model}, table, Y, PEOPLE, importance=False, n_bootstrap=50)
    assert sorted(evaluation.subjects["subject"]) == ["a", "b", "c", "d"]
    fitted = clone(model).fit(table.iloc[[5, 2, 0, 1]], Y[[5, 2, 0, 1]])
    alone = small().fit(mouths()[[5, 2, 0, 1]], Y[[5, 2, 0, 1]], heart_rate=RATES[[5, 2, 0, 1]])
    assert same_weights(fitted.classifier_, alone)
    assert_array_equal(fitted.predict(table.iloc[3:5]), alone.predict(mouths()[3:5]))
    with pytest.raises(InvalidArgumentError, match="take the rows of windows.table"):
        model.fit(pd.DataFrame({"faces__window": [8.0]}), ["calm"])
    with pytest.raises(InvalidArgumentError, match=r"heart_rate has shape \(5,\); it must be \(8,\)"):
        RowsClassifier(small(), windows, RATES[:5]).fit(table, Y)


def test_shared_windows_are_those_asked_for():
    windows = SharedWindows(mouths(), PEOPLE == "c")
    assert_array_equal(np.stack([windows[0], windows[1]]), mouths()[4:6])
    assert_array_equal(windows.places(windows.table()["faces__window"]), [0, 1])
    many = SharedWindows(mouths(64))
    assert_array_equal(many.places(many.tickets[[5, 60, 5]]), [5, 60, 5])
    assert abs(np.corrcoef(many.tickets, np.arange(64))[0, 1]) < 0.4
    for rows in ([8], [0.5], [-1], [], [True, False], "x"):
        with pytest.raises(InvalidArgumentError, match="rows must be places of windows"):
            SharedWindows(mouths(), rows)


def test_features_are_a_modality_among_others(learnt):
    features = CRNNFeatures(FrozenEstimator(learnt)).set_output(transform="pandas")
    table = features.transform(mouths()).add_prefix("crnn__")
    assert list(table.columns) == [f"crnn__shared_{k:02d}" for k in range(16)]
    assert_allclose(table.to_numpy(), learnt.network_.shared_features(normalise(mouths(), "pulse")), rtol=1e-5)
    table["eda__level_us"] = np.linspace(1.0, 2.0, 8)
    table.iloc[3, :16] = np.nan
    fused = EarlyFusionClassifier().fit(table, Y)
    assert list(fused.blocks_) == ["crnn", "eda"]
    trained = CRNNFeatures(small()).fit(mouths(), Y, heart_rate=RATES, subjects=PEOPLE)
    assert trained.classifier_.network_.heart_rate_head
    assert trained.transform(mouths()).shape == (8, 16)
    with pytest.raises(InvalidArgumentError, match="must be a CRNNClassifier"):
        CRNNFeatures(EarlyFusionClassifier()).fit(mouths(), Y)
