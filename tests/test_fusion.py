"""Early, late and stacked fusion."""

import pickle
import warnings

import naive_fusion as naive
import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV, GroupKFold, StratifiedGroupKFold, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler
from sklearn.svm import SVC, NuSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks
from xgboost import XGBClassifier

from physiofer.exceptions import InvalidArgumentError, LeakageWarning, QualityWarning
from physiofer.fusion import (
    EarlyFusionClassifier,
    LateFusionClassifier,
    StackedFusionClassifier,
    modality_blocks,
)
from physiofer.fusion.branch import BlockScaler
from physiofer.fusion.calibration import IsotonicCalibrator, SigmoidCalibrator, fit_sigmoid
from physiofer.fusion.folds import encode_groups, inner_folds

FUSIONS = [EarlyFusionClassifier, LateFusionClassifier, StackedFusionClassifier]
BRANCHED = [LateFusionClassifier, StackedFusionClassifier]


@pytest.fixture
def table(rng):
    """Two classes, six subjects, three modalities of unequal worth, some values unknown: X, y, groups."""
    return make_table(rng)


def make_table(rng, n_classes=2, n_subjects=6, n_rows=20):
    """Windows of `n_subjects` people with labels drawn within each."""
    groups = np.repeat(np.arange(n_subjects), n_rows)
    y = np.concatenate([rng.permutation(np.arange(n_rows) % n_classes) for _ in range(n_subjects)])
    X = pd.DataFrame(
        {
            "eda__scl": 2.0 * y + rng.normal(size=y.size) + rng.normal(size=n_subjects)[groups],
            "eda__slope": rng.normal(size=y.size),
            "eda__quality": rng.uniform(size=y.size),
            "cardiac__hr": 70.0 + 8.0 * y + 8.0 * rng.normal(size=y.size),
            "cardiac__rmssd": 40.0 + 10.0 * rng.normal(size=y.size),
            "cardiac__quality": rng.uniform(size=y.size),
            "motion__energy": rng.normal(size=y.size),
        }
    )
    X = X.mask(rng.random(X.shape) < 0.05)
    return X, y, groups


def hide(X, modality, rows):
    """A copy of X without a modality's values in some rows."""
    X = X.copy()
    X.loc[X.index[rows], [column for column in X if column.startswith(f"{modality}__")]] = np.nan
    return X


class SignClassifier(ClassifierMixin, BaseEstimator):
    """Votes 0.9 for the last class where its first (scaled) column is above 0, else 0.2: easy to follow by hand."""

    def fit(self, X, y):
        """Keep the classes."""
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        """0.9 or 0.2 for the last class."""
        last = np.where(X[:, 0] > 0, 0.9, 0.2)
        return np.stack([1 - last, last], axis=1)

    def predict(self, X):
        """Most probable class."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Spy(LogisticRegression):
    """Notes which values of its first column it was trained on, and on which of them it was then asked."""

    trained, overlaps, n_fits = [], [], 0

    def fit(self, X, y, sample_weight=None):
        """Remember the subjects, which are the values of the first column."""
        self.subjects_ = set(np.round(X[:, 0], 9))
        Spy.trained.append(len(self.subjects_))
        Spy.n_fits += 1
        return super().fit(X, y, sample_weight)

    def predict_proba(self, X):
        """Note the subjects known from training (the scaler of the fold is the same, so values compare)."""
        Spy.overlaps.append(len(self.subjects_ & set(np.round(X[:, 0], 9))))
        return super().predict_proba(X)

    @classmethod
    def reset(cls):
        """Forget all notes."""
        cls.trained, cls.overlaps, cls.n_fits = [], [], 0


class DecisionSpy(Spy):
    """The same without probabilities."""

    predict_proba = property()

    def decision_function(self, X):
        """Note as above."""
        Spy.overlaps.append(len(self.subjects_ & set(np.round(X[:, 0], 9))))
        return super().decision_function(X)


# --- 1 fast equals obvious ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["renormalise", "prior", "impute"])
@pytest.mark.parametrize("weights", [None, "quality", "score", {"eda": 2.0, "cardiac": 1.0, "motion": 0.5}])
def test_late_vote_matches_naive(table, missing, weights):
    X, y, groups = table
    X = hide(hide(hide(X, "eda", slice(0, 30)), "cardiac", slice(20, 50)), "motion", slice(25, 40))
    model = LateFusionClassifier(weights=weights, missing=missing).fit(X, y, groups=groups)
    prior = [float(np.mean(y == 0)), float(np.mean(y == 1))]
    proba = model.predict_proba(X)
    voted, guessed, there, told = {}, {}, {}, {}
    for name, columns in model.blocks_.items():
        voted[name] = model.branches_[name].predict_proba(X[columns].to_numpy())
        guessed[name] = model.branches_[name].predict_proba(np.full((1, len(columns)), np.nan))[0]
        there[name] = X[columns].notna().any(axis=1).tolist()
        told[name] = X.get(f"{name}__quality", pd.Series(1.0, X.index)).tolist()
    for i in range(len(y)):
        row_weights = {}
        for name in voted:
            row_weights[name] = model.weights_[name]
            if weights == "quality":
                known = there[name][i] and not np.isnan(told[name][i])
                row_weights[name] *= told[name][i] if known else np.nanmean(told[name])
        votes = {name: voted[name][i] for name in voted}
        present = {name: there[name][i] for name in voted}
        assert_allclose(proba[i], naive.late_vote(votes, row_weights, present, guessed, prior, missing), rtol=1e-9)


def test_early_matches_a_plain_pipeline(table):
    X, y, _ = table
    model = EarlyFusionClassifier().fit(X, y)
    twin = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=1000))
    columns = [column for column in X if not column.endswith("quality")]
    assert_allclose(model.predict_proba(X), twin.fit(X[columns], y).predict_proba(X[columns]), rtol=1e-7)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_early_calibrates_an_svm_as_scikit_learn_does_on_the_same_folds(rng, n_classes):
    X, y, groups = make_table(rng, n_classes=n_classes, n_rows=21)
    X = X.drop(columns=["eda__quality", "cardiac__quality"])
    model = EarlyFusionClassifier(SVC()).fit(X, y, groups=groups)
    pipeline = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), SVC())
    folds = list(StratifiedGroupKFold(3).split(X, y, groups))
    twin = CalibratedClassifierCV(pipeline, method="sigmoid", cv=folds, ensemble=False).fit(X, y)
    assert_allclose(model.predict_proba(X), twin.predict_proba(X), atol=2e-5)


def test_stacked_matches_naive(table):
    X, y, groups = table
    X = X.fillna(X.median())
    model = StackedFusionClassifier(LogisticRegression(C=0.5), LogisticRegression(C=2.0)).fit(X, y, groups=groups)
    folds = list(StratifiedGroupKFold(3).split(X, y, groups))
    blocks = [X[columns].to_numpy() for columns in model.blocks_.values()]
    expected = naive.stacked(blocks, y, folds, LogisticRegression(C=0.5), LogisticRegression(C=2.0))
    assert_allclose(model.predict_proba(X), expected, rtol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 60), st.floats(0.01, 100.0), st.floats(-50.0, 50.0))
def test_sigmoid_matches_naive(seed, n_rows, spread, centre):
    rng = np.random.default_rng(seed)
    positive = np.arange(n_rows) % 3 == 0
    score = centre + spread * (rng.normal(size=n_rows) + positive)
    weight = rng.uniform(0.5, 2.0, size=n_rows)
    slope, intercept = fit_sigmoid(score, positive, weight)
    expected_slope, expected_intercept = naive.sigmoid((score - centre) / spread, positive, weight)
    if expected_slope > 1e-6:
        assert_allclose(slope * spread, expected_slope, rtol=1e-4)
        assert_allclose(intercept + slope * centre, expected_intercept, rtol=1e-4, atol=1e-5)
    elif expected_slope < -1e-6:
        assert slope == 0.0


def test_score_weights_match_naive(table):
    X, y, groups = table
    model = LateFusionClassifier(weights="score", calibration=None).fit(X, y, groups=groups)
    above = {}
    for name, columns in model.blocks_.items():
        block = X[columns].to_numpy()
        present = ~np.isnan(block).all(axis=1)
        block, own_y, own_groups = block[present], y[present], groups[present]
        probability = np.full((own_y.size, 2), np.nan)
        for train, test in StratifiedGroupKFold(3).split(block, own_y, own_groups):
            twin = LogisticRegression().fit(naive.scaled(block[train], block[train]), own_y[train])
            probability[test] = twin.predict_proba(naive.scaled(block[train], block[test]))
        score = naive.balanced_accuracy(probability.tolist(), own_y.tolist())
        assert model.scores_[name] == pytest.approx(score, rel=1e-9)
        above[name] = max(score - 0.5, 0.0)
    assert model.weights_ == pytest.approx({name: value / sum(above.values()) for name, value in above.items()})


# --- 2 properties ---------------------------------------------------------------------------------------------------


@parametrize_with_checks(
    [
        EarlyFusionClassifier(),
        LateFusionClassifier(),
        StackedFusionClassifier(),
        EarlyFusionClassifier(SVC()),
    ]
)
@pytest.mark.filterwarnings("ignore::physiofer.exceptions.LeakageWarning")
@pytest.mark.filterwarnings("ignore::physiofer.exceptions.QualityWarning")
def test_scikit_learn_contract(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "model",
    [
        EarlyFusionClassifier(DecisionSpy()),
        EarlyFusionClassifier(Spy(), calibration="isotonic"),
        LateFusionClassifier(Spy()),
        LateFusionClassifier(DecisionSpy(), weights="score", cv=5),
        StackedFusionClassifier(Spy()),
        StackedFusionClassifier(DecisionSpy()),
    ],
    ids=lambda model: type(model).__name__,
)
def test_inner_folds_never_ask_about_a_subject_they_trained_on(rng, model):
    Spy.reset()
    X, y, groups = make_table(rng, n_subjects=7)
    order = rng.permutation(y.size)
    subject = groups.astype(float)
    X = pd.DataFrame({"eda__who": subject, "eda__scl": X["eda__scl"], "cardiac__who": subject, "cardiac__hr": 1.0 * y})
    model.fit(X.iloc[order], y[order], groups=groups[order])
    n_branches = 1 if isinstance(model, EarlyFusionClassifier) else 2
    assert len(Spy.overlaps) == n_branches * model.cv
    assert Spy.overlaps == [0] * len(Spy.overlaps)
    assert sorted(Spy.trained)[-n_branches:] == [7] * n_branches  # then refitted on everyone


def test_the_spy_sees_a_leak_where_there_is_one(rng):
    Spy.reset()
    _, y, groups = make_table(rng, n_subjects=7)
    X = pd.DataFrame({"eda__who": groups.astype(float)})
    with pytest.warns(LeakageWarning):
        LateFusionClassifier(Spy()).fit(X, y)
    assert max(Spy.overlaps) > 0


@pytest.mark.parametrize("fusion", FUSIONS)
def test_names_of_labels_and_units_of_features_do_not_matter(table, fusion):
    X, y, groups = table
    plain = fusion(SVC()).fit(X, y, groups=groups)
    features = [column for column in X if not column.endswith("quality")]
    other = X.copy()
    other[features] = 1000.0 * X[features] + 5.0
    renamed = fusion(SVC()).fit(other, np.array(["calm", "stress"])[y], groups=groups)
    assert renamed.classes_.tolist() == ["calm", "stress"]
    assert_allclose(renamed.predict_proba(other), plain.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize(
    "estimator", [RidgeClassifier(), XGBClassifier(n_estimators=10, n_jobs=1), KNeighborsClassifier()]
)
def test_three_classes_with_names(rng, fusion, estimator):
    X, y, groups = make_table(rng, n_classes=3, n_rows=21)
    y = np.array(["amused", "calm", "stress"])[y]
    X = hide(X, "eda", slice(0, 10))
    model = fusion(estimator, random_state=0).fit(X, y, groups=groups)
    proba = model.predict_proba(X)
    assert proba.shape == (y.size, 3)
    assert_allclose(proba.sum(axis=1), 1.0)
    assert (proba >= 0).all()
    assert_array_equal(model.predict(X), model.classes_[proba.argmax(axis=1)])
    assert np.mean(model.predict(X) == y) > 0.5


@pytest.mark.parametrize("fusion", FUSIONS)
def test_same_seed_same_numbers(table, fusion):
    X, y, groups = table
    tree = DecisionTreeClassifier(max_features=1, max_depth=2)

    def proba(seed, estimator=tree):
        return fusion(estimator, random_state=seed).fit(X, y, groups=groups).predict_proba(X)

    assert_array_equal(proba(3), proba(3))
    assert not np.array_equal(proba(3), proba(4))
    nested = make_pipeline(RobustScaler(), tree)
    assert_array_equal(proba(3, nested), proba(3, nested))
    own = clone(tree).set_params(random_state=1)
    assert_array_equal(proba(None, own), proba(None, own))


def test_branches_get_different_seeds(table):
    X, y, groups = table
    model = LateFusionClassifier(RandomForestClassifier(2), random_state=0).fit(X, y, groups=groups)
    seeds = {branch.classifier.estimator_.random_state for branch in model.branches_.values()}
    assert len(seeds) == 3


def test_a_score_that_points_the_wrong_way_is_silenced():
    positive = np.arange(40) % 4 == 0
    slope, intercept = fit_sigmoid(np.where(positive, -1.0, 1.0), positive, np.ones(40))
    assert slope == 0.0
    assert 1 / (1 + np.exp(-intercept)) == pytest.approx((10 * 11 / 12 + 30 / 32) / 40)  # mean of Platt's targets


def test_noise_gets_less_weight_than_signal(rng):
    X, y, groups = make_table(rng, n_subjects=12)
    weights = LateFusionClassifier(weights="score").fit(X, y, groups=groups).weights_
    assert weights["eda"] > 2 * weights["motion"]
    assert sum(weights.values()) == pytest.approx(1.0)


def test_nothing_above_chance_weighs_all_alike():
    y = np.tile([0, 1], 24)
    X = pd.DataFrame({"even__x": np.tile([0.0, 0.0, 1.0, 1.0], 12), "constant__x": np.zeros(48)})
    model = LateFusionClassifier(weights="score").fit(X, y, groups=np.arange(48) // 8)
    assert model.scores_ == pytest.approx({"even": 0.5, "constant": NAN}, nan_ok=True)
    assert model.weights_ == {"even": 0.5, "constant": 0.5}


@pytest.mark.parametrize("fusion", FUSIONS)
def test_balanced_class_weight_survives_calibration(rng, fusion):
    X, y, groups = make_table(rng, n_subjects=10, n_rows=24)
    rare = (y == 1) & (rng.random(y.size) < 0.8)  # leave about one in six
    X, y, groups = X[~rare], y[~rare], groups[~rare]
    plain = fusion(SVC()).fit(X, y, groups=groups).predict(X)
    balanced = fusion(SVC(), class_weight="balanced").fit(X, y, groups=groups)
    assert_allclose(balanced.prior_, 0.5)
    recall = np.mean(balanced.predict(X)[y == 1] == 1)
    assert recall > np.mean(plain[y == 1] == 1) + 0.1
    if fusion is not StackedFusionClassifier:  # its final classifier was not told
        inside = fusion(SVC(class_weight="balanced")).fit(X, y, groups=groups)
        assert np.mean(inside.predict(X)[y == 1] == 1) == pytest.approx(recall, abs=0.05)


def test_late_and_stacked_share_cached_fits(table, tmp_path):
    X, y, groups = table
    Spy.reset()
    late = LateFusionClassifier(Spy(), memory=str(tmp_path), random_state=0).fit(X, y, groups=groups)
    assert Spy.n_fits == 3 * 4
    cached = StackedFusionClassifier(Spy(), memory=str(tmp_path), random_state=0).fit(X, y, groups=groups)
    assert Spy.n_fits == 3 * 4
    fresh = StackedFusionClassifier(Spy(), random_state=0).fit(X, y, groups=groups)
    assert_array_equal(cached.predict_proba(X), fresh.predict_proba(X))
    assert_array_equal(late.predict_proba(X), LateFusionClassifier(Spy()).fit(X, y, groups=groups).predict_proba(X))


# --- scikit-learn's machinery ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("fusion", FUSIONS)
def test_grid_search_in_a_pipeline_with_set_output(table, fusion):
    X, y, groups = table
    pipeline = make_pipeline(RobustScaler().set_output(transform="pandas"), fusion(LogisticRegression()))
    name = fusion.__name__.lower()
    search = GridSearchCV(pipeline, {f"{name}__estimator__C": [0.01, 1.0]}, cv=GroupKFold(2))
    search.fit(X, y, groups=groups, **{f"{name}__groups": groups})
    assert search.best_estimator_[-1].blocks_.keys() == {"eda", "cardiac", "motion"}
    assert set(search.predict(X)) <= {0, 1}


@pytest.mark.parametrize("fusion", FUSIONS)
def test_metadata_routing_brings_the_groups(table, fusion):
    X, y, groups = table
    with sklearn.config_context(enable_metadata_routing=True), warnings.catch_warnings():
        warnings.simplefilter("error", LeakageWarning)
        for model in (fusion(SVC()), fusion(SVC()).set_fit_request(groups=True)):
            pipeline = make_pipeline(RobustScaler().set_output(transform="pandas"), model)
            scores = cross_validate(pipeline, X, y, cv=GroupKFold(2), params={"groups": groups}, error_score="raise")
            assert scores["test_score"].shape == (2,)
        grid = {f"{fusion.__name__.lower()}__estimator__C": [0.1, 1.0]}
        GridSearchCV(pipeline, grid, cv=GroupKFold(2), error_score="raise").fit(X, y, groups=groups)
        with pytest.raises(LeakageWarning):
            make_pipeline(fusion(SVC()).set_fit_request(groups=False)).fit(X, y)


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("estimator", [SVC(), RandomForestClassifier(3, random_state=0)])
@pytest.mark.parametrize("calibration", ["isotonic", None])
def test_pickle_and_skops_keep_every_number(table, fusion, estimator, calibration):
    skops_io = pytest.importorskip("skops.io")
    X, y, groups = table
    model = fusion(estimator, calibration=calibration).fit(X, np.array(["a", "b"])[y], groups=groups)
    expected = model.predict_proba(X)
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), expected)  # noqa: S301
    data = skops_io.dumps(model)
    loaded = skops_io.loads(data, trusted=skops_io.get_untrusted_types(data=data))
    assert_array_equal(loaded.predict_proba(X), expected)
    assert loaded.predict(X).tolist() == model.predict(X).tolist()


@pytest.mark.parametrize("fusion", FUSIONS)
def test_refuses_columns_in_another_order(table, fusion):
    X, y, groups = table
    model = fusion().fit(X, y, groups=groups)
    with pytest.raises(ValueError, match="same order"):
        model.predict(X[X.columns[::-1]])


@pytest.mark.parametrize("fusion", FUSIONS)
def test_refuses_infinity_and_takes_nan(table, fusion):
    X, y, groups = table
    assert X.isna().any().any()
    assert fusion().__sklearn_tags__().input_tags.allow_nan
    model = fusion().fit(X, y, groups=groups)
    X.iloc[3, 0] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        fusion().fit(X, y, groups=groups)
    with pytest.raises(ValueError, match="infinity"):
        model.predict(X)


def test_pandas_labels_and_nullable_columns(table):
    X, y, groups = table
    labels = pd.Series(np.array(["calm", "stress"])[y])
    expected = LateFusionClassifier().fit(X, y, groups=groups).predict_proba(X)
    for kind in ("string", "category"):
        model = LateFusionClassifier().fit(X.astype("Float64"), labels.astype(kind), groups=pd.Series(groups))
        assert_allclose(model.predict_proba(X), expected)


# --- 3 by hand ------------------------------------------------------------------------------------------------------


def test_blocks_by_hand():
    X = pd.DataFrame(np.ones((2, 6)), columns=["eda__scl", "age", "hr__mean", "eda__quality", "eda__a__b", "__odd"])
    assert modality_blocks(X) == {"eda": ["eda__scl", "eda__a__b"], "features": ["age", "__odd"], "hr": ["hr__mean"]}
    assert modality_blocks(X, quality_suffix=None)["eda"] == ["eda__scl", "eda__quality", "eda__a__b"]
    assert modality_blocks(X.to_numpy()) == {"features": [0, 1, 2, 3, 4, 5]}
    assert modality_blocks(pd.DataFrame(np.ones((2, 2)))) == {"features": [0, 1]}
    assert list(modality_blocks(X.rename(columns={"hr__mean": "hr__quality"}))) == ["eda", "features"]


@pytest.fixture
def followed():
    """Two modalities, four classes rows each way, votes easy to follow: X, y, groups; class prior 0.25 and 0.75."""
    y = np.array([0, 1, 1, 1] * 4)
    X = pd.DataFrame({"a__x": np.tile([-1.0, 1.0], 8), "b__x": np.repeat([-1.0, 1.0], 8), "a__quality": 0.5})
    return X, y, np.repeat([0, 1, 2, 3], 4)


def rows(a, b, quality):
    """Rows to predict of the table above."""
    return pd.DataFrame({"a__x": a, "b__x": b, "a__quality": quality})


NAN = float("nan")
ASKED = rows([1.0, NAN, 1.0, NAN], [-1.0, 1.0, NAN, NAN], [1.0, NAN, 0.0, 1.0])


@pytest.mark.parametrize(
    ("missing", "weights", "expected"),
    [
        ("renormalise", None, [0.55, 0.9, 0.9, 0.75]),
        ("prior", None, [0.55, (0.75 + 0.9) / 2, (0.9 + 0.75) / 2, 0.75]),
        # scaled by a median and mean of 0, an imputed value is 0 and votes 0.2
        ("impute", None, [0.55, (0.2 + 0.9) / 2, (0.9 + 0.2) / 2, 0.75]),
        ("renormalise", {"a": 3.0, "b": 1.0}, [(3 * 0.9 + 0.2) / 4, 0.9, 0.9, 0.75]),
        ("renormalise", [0.0, 2.0], [0.2, 0.9, 0.75, 0.75]),
        # quality 0 leaves nothing to vote in row 2; unknown quality of a missing modality: the mean 0.5 of training
        ("renormalise", "quality", [0.55, 0.9, 0.75, 0.75]),
        ("prior", "quality", [0.55, (0.5 * 0.75 + 0.9) / 1.5, 0.75, 0.75]),
    ],
)
def test_late_policies_by_hand(followed, missing, weights, expected):
    X, y, groups = followed
    model = LateFusionClassifier(SignClassifier(), calibration=None, missing=missing, weights=weights)
    model.fit(X, y, groups=groups)
    assert_allclose(model.prior_, [0.25, 0.75])
    assert_allclose(model.predict_proba(ASKED)[:, 1], expected)


def test_quality_by_hand(followed):
    X, y, groups = followed
    model = LateFusionClassifier(SignClassifier(), calibration=None, weights="quality").fit(X, y, groups=groups)
    assert model.quality_ == {"a": 0.5, "b": 1.0}
    asked = rows([1.0, 1.0, 1.0, 1.0], [-1.0] * 4, [0.25, NAN, 7.0, -1.0])  # 7 is cut to 1, -1 to 0
    expected = [(0.25 * 0.9 + 0.2) / 1.25, (0.5 * 0.9 + 0.2) / 1.5, 0.55, 0.2]
    assert_allclose(model.predict_proba(asked)[:, 1], expected)
    assert LateFusionClassifier(quality_suffix=None).fit(X, y, groups=groups).blocks_["a"] == ["a__x", "a__quality"]


@pytest.mark.parametrize(("missing", "expected"), [("impute", [0.9, 0.2, 0.9, 0.75]), ("prior", [0.9] + [0.75] * 3)])
def test_early_policies_by_hand(followed, missing, expected):
    X, y, _ = followed
    model = EarlyFusionClassifier(SignClassifier(), missing=missing).fit(X, y)
    assert_allclose(model.predict_proba(ASKED)[:, 1], expected)


class FirstColumn(SignClassifier):
    """A final classifier whose votes tell its inputs: the standardised columns, kept for a look."""

    def predict_proba(self, X):
        """Remember the inputs."""
        FirstColumn.seen = X.copy()
        return super().predict_proba(X)


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("prior", [[0.9, 0.2], [0.75, 0.9], [0.9, 0.75]]),
        ("impute", [[0.9, 0.2], [0.2, 0.9], [0.9, 0.2]]),
        ("indicator", [[0.9, 0.2, 1, 1], [0.75, 0.9, 0, 1], [0.9, 0.75, 1, 0]]),
    ],
)
@pytest.mark.parametrize("passthrough", [False, True])
def test_stacked_policies_by_hand(followed, missing, expected, passthrough):
    X, y, groups = followed
    X = hide(hide(X, "a", [0, 9]), "b", [3, 12])  # means and medians stay 0
    model = StackedFusionClassifier(SignClassifier(), FirstColumn(), missing=missing, passthrough=passthrough)
    model.fit(X, y, groups=groups)
    proba = model.predict_proba(ASKED)
    assert_allclose(proba[3], [0.25, 0.75])
    scaler = model.final_.classifier.scaler_
    told = FirstColumn.seen * scaler.scale_ + scaler.mean_  # undo the scaling
    assert_allclose(told[:, : len(expected[0])], expected, atol=1e-12)
    assert told.shape[1] == len(expected[0]) + 2 * passthrough


def test_block_scaler_by_hand():
    X = np.array([[1.0, NAN, 5.0, 0.1], [NAN, NAN, 5.0, 0.1], [3.0, NAN, 5.0, 0.1], [8.0, NAN, 5.0, 0.1]])
    scaler = BlockScaler().fit(X)
    assert_allclose(scaler.median_, [3.0, 0.0, 5.0, 0.1])
    # column 0 becomes 1, 3, 3, 8: mean 3.75, variance (7.5625 + 2 * 0.5625 + 18.0625) / 4
    spread = np.sqrt(6.6875)
    assert_allclose(scaler.transform(X)[:, 0], (np.array([1, 3, 3, 8]) - 3.75) / spread)
    huge = np.array([[1e200], [3e200], [2e200]])
    assert_allclose(BlockScaler().fit(huge).transform(huge), np.array([[-1.0], [1.0], [0.0]]) * np.sqrt(1.5))
    later = scaler.transform(np.array([[3.75, 1e6, 1e6, 1e6]]))
    assert_array_equal(later, [[0.0, 0.0, 0.0, 0.0]])  # columns that told nothing in training stay silent


def test_isotonic_by_hand():
    scores = np.array([0.0, 1.0, 2.0, 3.0])
    calibrator = IsotonicCalibrator().fit(np.stack([-scores, scores], axis=1), np.array([0, 1, 0, 1]), np.ones(4))
    asked = np.array([-5.0, 1.0, 1.5, 9.0])
    assert_allclose(
        calibrator.predict_proba(np.stack([-asked, asked], axis=1)), [[1, 0], [0.5, 0.5], [0.5, 0.5], [0, 1]]
    )


@pytest.mark.parametrize("calibrator", [SigmoidCalibrator(), IsotonicCalibrator()])
def test_a_class_without_evidence_keeps_its_prior(calibrator):
    scores = np.array([[1.0, -1.0, NAN], [0.5, -0.5, NAN], [-1.0, 1.0, NAN], [-0.2, 0.1, NAN]])
    calibrator.fit(np.vstack([scores, [NAN] * 3]), np.array([0, 0, 1, 2, 2]), np.array([1.0, 1.0, 1.0, 0.5, 0.5]))
    proba = calibrator.predict_proba(np.array([[NAN, NAN, NAN], [0.0, 0.0, 3.0]]))
    assert_allclose(proba[0], [0.5, 0.25, 0.25])
    assert_allclose(proba.sum(axis=1), 1.0)
    assert proba[1, 2] > 0


def test_inner_folds_by_hand():
    codes = np.array([0, 1] * 6)
    for train, test in inner_folds(codes, None, 3):
        assert test.tolist() == list(range(test[0], test[0] + 4))  # contiguous, so that overlapping windows stay
        assert sorted([*train, *test]) == list(range(12))
    assert len(inner_folds(codes, np.repeat([0, 1], 6), 5)) == 2
    assert inner_folds(np.array([0, 1, 2]), None, 3) == []
    assert encode_groups(["b", "a", "b"], 3).tolist() == [0, 1, 0]


# --- hostile data ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_modality_absent_from_training_is_dropped(table, fusion):
    X, y, groups = table
    model = fusion(SVC())
    with pytest.warns(QualityWarning, match="motion: all values are missing"):
        model.fit(hide(X, "motion", slice(None)), y, groups=groups)
    assert model.dropped_ == ["motion"]
    assert "motion" in model.blocks_
    without = X.drop(columns="motion__energy")
    expected = fusion(SVC()).fit(without, y, groups=groups).predict_proba(without)
    assert_allclose(model.predict_proba(X.assign(motion__energy=1e6)), expected, atol=1e-9)
    only = X.mask(np.ones(X.shape, dtype=bool)).assign(motion__energy=1.0)
    assert_allclose(model.predict_proba(only), np.tile(model.prior_, (len(X), 1)))


@pytest.mark.parametrize("fusion", FUSIONS)
def test_empty_and_constant_columns_stay_in_their_place(table, fusion):
    X, y, groups = table
    X = X.assign(eda__scl=X["eda__scl"].fillna(0.0), cardiac__hr=X["cardiac__hr"].fillna(70.0))
    wider = X.copy()
    wider.insert(0, "eda__empty", np.nan)
    wider.insert(3, "cardiac__constant", 7.0)
    model = fusion(SVC(gamma=0.5)).fit(wider, y, groups=groups)
    plain = fusion(SVC(gamma=0.5)).fit(X, y, groups=groups).predict_proba(X)
    assert_allclose(model.predict_proba(wider.assign(eda__empty=1e9, cardiac__constant=-1e9)), plain, atol=1e-9)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_all_missing_votes_the_prior(table, fusion):
    X, y, groups = table
    y = np.where(np.arange(y.size) % 4 == 0, 1, 0)
    with pytest.warns(QualityWarning, match="eda, cardiac, motion"):
        model = fusion(SVC()).fit(X * np.nan, y, groups=groups)
    assert_allclose(model.predict_proba(X), np.tile([0.75, 0.25], (len(X), 1)))


@pytest.mark.parametrize("fusion", BRANCHED)
def test_a_modality_of_one_class_votes_the_prior(table, fusion):
    X, y, groups = table
    X = X.fillna(0.0)
    X = hide(X, "motion", y == 1)
    model = fusion().fit(X, y, groups=groups)
    assert model.branches_["motion"].classifier is None
    only = hide(hide(X, "eda", slice(None)), "cardiac", slice(None))[y == 0]
    if fusion is LateFusionClassifier:
        assert_allclose(model.predict_proba(only), np.tile(model.prior_, (len(only), 1)))
    assert_allclose(model.predict_proba(only).sum(axis=1), 1.0)


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("estimator", [GaussianNB(), NuSVC()])  # which fail on constants
def test_a_constant_modality_votes_the_prior(table, fusion, estimator):
    X, y, groups = table
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = fusion(estimator).fit(X.assign(motion__energy=3.0), y, groups=groups)
        constant = fusion(estimator).fit(X * 0.0, y, groups=groups)
    assert_allclose(model.predict_proba(X).sum(axis=1), 1.0)
    assert_allclose(constant.predict_proba(X), 0.5)


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("estimator", [SVC(), XGBClassifier(n_estimators=5, n_jobs=1), LogisticRegression()])
@pytest.mark.filterwarnings("ignore:The least populated class")
def test_a_class_of_one_subject_keeps_its_column(rng, fusion, estimator):
    X, y, groups = make_table(rng)
    y = np.array(["a", "b"])[y].astype(object)
    y[(groups == 5) & (np.arange(y.size) % 2 == 0)] = "aa"  # between the others in order, so columns would shift
    model = fusion(estimator).fit(X, y, groups=groups)
    proba = model.predict_proba(X)
    assert model.classes_.tolist() == ["a", "aa", "b"]
    assert_allclose(proba.sum(axis=1), 1.0)
    usual = y != "aa"
    assert np.mean(model.predict(X)[usual] == y[usual]) > 0.6
    y[y == "aa"] = "a"
    y[0] = "aa"
    assert_allclose(fusion(estimator).fit(X, y, groups=groups).predict_proba(X).sum(axis=1), 1.0)


@pytest.mark.parametrize("model", [EarlyFusionClassifier(SVC()), LateFusionClassifier(), StackedFusionClassifier()])
@pytest.mark.parametrize("one_group", [False, True])
def test_unknown_subjects_are_warned_about_once(table, model, one_group):
    X, y, _ = table
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y, groups=np.zeros(y.size) if one_group else None)
    leaks = [warning for warning in caught if warning.category is LeakageWarning]
    assert len(leaks) == 1
    assert "pass groups" in str(leaks[0].message)
    assert ("only one subject" if one_group else "groups=None") in str(leaks[0].message)
    assert leaks[0].filename == __file__


@pytest.mark.parametrize("model", [EarlyFusionClassifier(), LateFusionClassifier(calibration=None)])
def test_no_inner_folds_no_warning(table, model):
    X, y, _ = table
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, y)


@pytest.mark.parametrize("estimator", [SVC(), LogisticRegression()])
@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_subjects_of_one_class_each_leave_scores_uncalibrated(rng, fusion, estimator, n_classes):
    y = np.repeat(np.arange(n_classes), 10)
    groups = np.minimum(y, 1)  # no fold can both train on two classes and be asked about them
    X = pd.DataFrame({"a__x": y + 0.1 * rng.normal(size=y.size), "b__x": 2 * y + 0.1 * rng.normal(size=y.size)})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = fusion(estimator).fit(X, y, groups=groups)
    is_due = fusion is LateFusionClassifier or isinstance(estimator, SVC)
    assert ["not calibrated" in str(warning.message) for warning in caught] == [True] * is_due
    assert_allclose(model.predict_proba(X).sum(axis=1), 1.0)
    assert np.mean(model.predict(X) == y) > 0.9
    assert getattr(model, "final_", None) is None


def test_too_few_rows_for_folds():
    X = pd.DataFrame({"a__x": [0.0, 1.0], "b__x": [0.0, 1.0]})
    with pytest.warns(QualityWarning, match="not calibrated"):
        model = LateFusionClassifier().fit(X, ["a", "b"], groups=[1, 2])
    assert model.predict(X).tolist() == ["a", "b"]


def test_explicit_blocks_and_their_quality(table):
    X, y, groups = table
    blocks = {"wrist": ["eda__scl", "motion__energy", "eda__quality"], "cardiac": ["cardiac__hr"]}
    model = LateFusionClassifier(blocks=blocks, weights="quality").fit(X, y, groups=groups)
    assert model.blocks_ == {"wrist": ["eda__scl", "motion__energy"], "cardiac": ["cardiac__hr"]}
    expected = {"wrist": X["eda__quality"].mean(), "cardiac": X["cardiac__quality"].mean()}
    assert model.quality_ == pytest.approx(expected)
    by_index = LateFusionClassifier(blocks={"wrist": [0, 6], "cardiac": [3]}).fit(X.to_numpy(), y, groups=groups)
    plain = LateFusionClassifier(blocks=blocks).fit(X, y, groups=groups)
    assert_allclose(by_index.predict_proba(X.to_numpy()), plain.predict_proba(X))


# --- 4 failures, by their message -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"blocks": {"eda": ["eda__sc"]}}, "eda__sc.*Did you mean eda__scl"),
        ({"blocks": {"eda": []}}, r"blocks\['eda'\] is empty"),
        ({"blocks": {"eda": "eda__scl"}}, "must be a list of columns"),
        ({"blocks": {"eda": [99]}}, "index 99; X has columns 0 to 6"),
        ({"blocks": {"eda": [1.5]}}, "columns are names or indices"),
        ({"blocks": {"eda": ["eda__quality"]}}, "only tell quality"),
        ({"blocks": {"eda": ["eda__scl"], "b": ["eda__scl"]}}, "'eda' and in 'b'; a column votes once"),
        ({"blocks": {3: ["eda__scl"]}}, "key 3"),
        ({"blocks": []}, "must be a dict"),
        ({"missing": "ignore"}, "missing='ignore' must be one of"),
        ({"calibration": "sigmoit"}, "Did you mean sigmoid"),
        ({"cv": 1}, "cv=1 must be an integer of at least 2"),
        ({"quality_suffix": 3}, "quality_suffix=3 must be text"),
        ({"class_weight": "balance"}, "Did you mean balanced"),
        ({"class_weight": {0: 0.0, 1: 0.0}}, "every row weight 0"),
        ({"class_weight": "balanced", "estimator": LinearDiscriminantAnalysis()}, "fit takes sample_weight"),
        ({"class_weight": "balanced", "estimator": SVC(class_weight="balanced")}, "set only one"),
        ({"estimator": SVC(class_weight={0: 1, 1: 2})}, r"give the dict to \w+\(class_weight"),
        ({"estimator": LinearRegression()}, "neither predict_proba nor decision_function"),
        ({"estimator": SVC}, "must be an instance"),
        ({"estimator": "svm"}, "must be an instance"),
    ],
)
@pytest.mark.parametrize("fusion", FUSIONS)
def test_wrong_arguments_are_named(table, fusion, arguments, match):
    X, y, groups = table
    with pytest.raises(InvalidArgumentError, match=match):
        fusion(**arguments).fit(X, y, groups=groups)


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        ("qualities", "Did you mean quality"),
        ({"edaa": 1.0}, "modality in weights='edaa'.*Did you mean eda"),
        ({"eda": 1.0}, "no entry for cardiac, motion"),
        ([1.0, 2.0], "must hold 3 numbers, for eda, cardiac, motion"),
        (3.0, "must hold 3 numbers"),
        ([1.0, -1.0, 0.0], r"weights\['cardiac'\]=-1.0"),
        ([0.0, 0.0, 0.0], "silences every modality"),
    ],
)
def test_wrong_weights_are_named(table, weights, match):
    X, y, groups = table
    with pytest.raises(InvalidArgumentError, match=match):
        LateFusionClassifier(weights=weights).fit(X, y, groups=groups)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_wrong_data_is_named(table, fusion):
    X, y, groups = table
    with pytest.raises(InvalidArgumentError, match=r"y has 1 class \('calm'\)"):
        fusion().fit(X, np.full(y.size, "calm", dtype=object), groups=groups)
    with pytest.raises(ValueError, match="0 sample"):
        fusion().fit(X[:0], y[:0])
    with pytest.raises(InvalidArgumentError, match=r"groups has shape \(3,\)"):
        fusion().fit(X, y, groups=[1, 2, 3])
    with pytest.raises(InvalidArgumentError, match="groups has 2 missing"):
        fusion().fit(X, y, groups=["s1"] * (y.size - 2) + [None, NAN])
    with pytest.raises(InvalidArgumentError, match="names column 'eda__scl', but X has no column names"):
        fusion(blocks={"eda": ["eda__scl"]}).fit(X.to_numpy(), y)
    with pytest.raises(InvalidArgumentError, match="same name: 'eda__scl'"):
        fusion().fit(X.rename(columns={"eda__slope": "eda__scl"}), y)
    with pytest.raises(InvalidArgumentError, match="no column to predict from"):
        fusion().fit(X[["eda__quality", "cardiac__quality"]].fillna(0), y)
    with pytest.raises(NotFittedError):
        fusion().predict(X)


def test_a_decision_function_of_pairs_is_explained(rng):
    X, _, groups = make_table(rng)
    y = np.arange(len(X)) % 4
    with pytest.raises(InvalidArgumentError, match="6 scores for 4 classes.*decision_function_shape='ovr'"):
        LateFusionClassifier(SVC(decision_function_shape="ovo")).fit(X, y, groups=groups)


def test_modality_blocks_refuses_a_vector():
    with pytest.raises(InvalidArgumentError, match=r"X has shape \(3,\)"):
        modality_blocks([1.0, 2.0, 3.0])
