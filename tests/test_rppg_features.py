"""RPPGFeatures: its contract, whole recordings against their windows, and what the names of channels say."""

import contract
import fake_rppg
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from physiofer.exceptions import InvalidArgumentError
from physiofer.features.rppg import RPPGFeatures
from physiofer.recording import Stream
from physiofer.windows import cut

RATE = 30.0
NAMES = list(RPPGFeatures.feature_names)
REGIONS = ("forehead", "left_cheek", "background")
CHANNELS = [f"{region}_{colour}" for region in REGIONS for colour in "rgb"]


def column(features, name):
    return features[:, NAMES.index(name)]


def film(seed=0, bpm=72.0, duration_s=120.0, rate=RATE, start_s=0.0, **changes):
    """A stream of two regions and a background, and the beats in it."""
    options = {"noise": 0.03, "motion": 0.003, "light": 0.003, "strength": 0.006, "rsa": 0.05} | changes
    rng = np.random.default_rng(seed)
    rgb, background, beats_s = fake_rppg.face(rng, bpm, rate=rate, duration_s=duration_s, n_regions=2, **options)
    values = np.concatenate([rgb, background[np.newaxis]]).reshape(9, -1)
    return Stream.regular(values, rate, start_s=start_s, channels=CHANNELS, kind="rgb"), beats_s + start_s


@pytest.fixture(scope="module")
def steady():
    return film()


@pytest.fixture(scope="module")
def windows(steady):
    return cut(steady[0], [0.0, 40.0, 80.0], 40.0)


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_keeps_the_contract(check, windows):
    check(RPPGFeatures(regions=REGIONS), windows)


def test_whole_recording_agrees_with_its_windows(steady):
    stream, _ = steady
    starts_s = np.array([20.0, 40.0, 60.0])
    whole = RPPGFeatures().transform_stream(stream, starts_s, 40.0)
    each = RPPGFeatures(regions=REGIONS).fit_transform(cut(stream, starts_s, 40.0))
    assert_allclose(column(whole, "hr_bpm"), column(each, "hr_bpm"), atol=0.2)
    assert_allclose(column(whole, "mean_nn_ms"), column(each, "mean_nn_ms"), rtol=0.01)
    assert_allclose(column(whole, "sdnn_ms"), column(each, "sdnn_ms"), atol=5.0)
    assert_allclose(column(whole, "quality"), column(each, "quality"), atol=0.05)


def test_truth_is_found(steady):
    stream, beats_s = steady
    starts_s = np.array([10.0, 50.0])
    features = RPPGFeatures().transform_stream(stream, starts_s, 60.0)
    for k, start_s in enumerate(starts_s):
        rr_ms = 1000.0 * np.diff(beats_s[(beats_s >= start_s) & (beats_s < start_s + 60.0)])
        assert column(features, "hr_bpm")[k] == pytest.approx(60000.0 / rr_ms.mean(), abs=1.0)
        assert column(features, "mean_nn_ms")[k] == pytest.approx(rr_ms.mean(), rel=0.01)
        assert column(features, "sdnn_ms")[k] == pytest.approx(rr_ms.std(ddof=1), rel=0.25)
    assert_allclose(column(features, "resp_rate_per_min"), 15.0, atol=1.0)
    assert (column(features, "quality") > 0.8).all()


def test_faster_hearts_read_faster_and_noise_reads_nothing():
    for bpm in (55.0, 150.0):
        stream, beats_s = film(1, bpm, duration_s=40.0)
        found = column(RPPGFeatures().transform_stream(stream, [5.0], 30.0), "hr_bpm")[0]
        assert found == pytest.approx(60.0 / np.diff(beats_s).mean(), abs=1.5)
    noise = 100.0 + np.random.default_rng(0).standard_normal((12, 9, 360))
    features = RPPGFeatures(regions=REGIONS).fit_transform(noise)
    assert np.isnan(column(features, "hr_bpm")).mean() >= 0.8
    assert np.median(column(features, "quality")) < 0.1


def test_channels_are_told_by_their_names(steady):
    stream, _ = steady
    expected = RPPGFeatures().transform_stream(stream, [20.0], 40.0)
    order = np.random.default_rng(0).permutation(9)
    shuffled = Stream.regular(
        np.vstack([stream.values[order], np.full((1, stream.n_times), 7.0)]),
        30.0,
        channels=[CHANNELS[k] for k in order] + ["forehead_pixels"],
        kind="rgb",
    )
    assert_allclose(RPPGFeatures().transform_stream(shuffled, [20.0], 40.0), expected, rtol=1e-6)
    plain = Stream.regular(stream.values, 30.0, kind="rgb")
    assert_array_equal(RPPGFeatures(regions=REGIONS).transform_stream(plain, [20.0], 40.0), expected)


def test_irregular_frames_and_lost_faces():
    stream, beats_s = film(3, start_s=1000.0)
    rng = np.random.default_rng(3)
    kept = np.sort(rng.permutation(stream.n_times)[: int(0.93 * stream.n_times)])
    times_s = stream.times_s[kept]
    values = stream.values[:, kept].copy()
    values[:, (times_s > 1050.0) & (times_s < 1080.0)] = np.nan
    irregular = Stream(values, times_s, 0.0, CHANNELS, kind="rgb")
    features = RPPGFeatures().transform_stream(irregular, [1010.0, 1050.0, 1085.0], 30.0)
    for k in (0, 2):
        inside = beats_s[(beats_s >= 1010.0 + 75.0 * (k // 2)) & (beats_s < 1040.0 + 75.0 * (k // 2))]
        true_bpm = 60.0 * (inside.size - 1) / (inside[-1] - inside[0])
        assert column(features, "hr_bpm")[k] == pytest.approx(true_bpm, abs=1.0)
    assert np.isnan(features[1, :8]).all()
    assert column(features, "quality")[1] == 0.0


def test_an_empty_stream_has_no_features():
    empty = Stream(np.empty((3, 0)), [], 30.0, ["cheek_r", "cheek_g", "cheek_b"], kind="rgb")
    features = RPPGFeatures().transform_stream(empty, [0.0, 5.0], 30.0)
    assert features.shape == (2, len(NAMES))
    assert np.isnan(features[:, :8]).all()
    assert_array_equal(features[:, 8:], 0.0)


def test_too_few_frames_have_no_features(steady):
    stream, _ = steady
    slow = Stream.regular(stream.values[:, ::8], RATE / 8, channels=CHANNELS, kind="rgb")
    features = RPPGFeatures().transform_stream(slow, [0.0, 30.0], 30.0)
    assert np.isnan(features[:, :8]).all()
    assert_array_equal(features[:, 8:], 0.0)


def test_variability_is_that_of_beats_at_the_heart_rate(steady):
    stream, _ = steady
    values = stream.values.copy()
    rng = np.random.default_rng(4)
    noisy = stream.times_s > 60.0
    values[:, noisy] = values[:, noisy].mean(axis=1, keepdims=True) + 0.5 * rng.standard_normal((9, noisy.sum()))
    half = Stream.regular(values, RATE, channels=CHANNELS, kind="rgb")
    features = RPPGFeatures().transform_stream(half, [0.0, 30.0, 70.0], 50.0)
    off = np.abs(60000.0 / column(features, "mean_nn_ms") - column(features, "hr_bpm")) / column(features, "hr_bpm")
    assert (off[np.isfinite(off)] <= 0.1).all() and np.isfinite(off[0])
    assert column(features, "quality_beats")[2] < 0.3 * column(features, "quality_beats")[0]


@pytest.mark.parametrize("regions", ["forehead", (), ("background",), ("a", "a"), (1,), None])
def test_regions_are_checked(regions, windows):
    with pytest.raises(InvalidArgumentError, match="regions="):
        RPPGFeatures(regions=regions).fit(windows)


def test_failures_name_the_argument(steady, windows):
    with pytest.raises(InvalidArgumentError, match="method='poss'.*Did you mean pos"):
        RPPGFeatures(method="poss", regions=REGIONS).fit(windows).transform(windows)
    for name in ("min_quality", "min_intervals"):
        with pytest.raises(InvalidArgumentError, match=name):
            clone(RPPGFeatures(regions=REGIONS)).set_params(**{name: -1}).fit_transform(windows)
    wrong = Stream.regular(np.ones((2, 90)), 30.0, channels=["red", "green"], kind="rgb")
    with pytest.raises(InvalidArgumentError, match="2 channels.*red, green.*forehead_r"):
        RPPGFeatures().transform_stream(wrong, [0.0], 3.0)
