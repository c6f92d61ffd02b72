"""FaceGeometryFeatures: its contract for measures and for landmarks, hand-worked windows, and whole recordings."""

import warnings

import contract
import fake_face
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from physiofer.exceptions import InvalidArgumentError
from physiofer.face.geometry import MEASURES, face_measures
from physiofer.face.pose import POSE, head_pose
from physiofer.features.face import FaceGeometryFeatures
from physiofer.recording import Stream
from physiofer.windows import cut

NAMES = list(FaceGeometryFeatures.feature_names)
CHANNELS = (*MEASURES, *POSE)
RATE = 30.0
STILL = np.r_[0.3, 0.3, np.linspace(0.2, 1.5, 12), 0.01, -0.02, 0.0, 0.0, 0.0, 0.05]  # a face at rest


def landmark_stream(points, *, rate=RATE, start_s=0.0):
    """Landmarks (n_times, 68, 2) as a stream."""
    names = [f"{axis}{k}" for axis in "xy" for k in range(68)]
    values = np.concatenate([points[..., 0].T, points[..., 1].T])
    return Stream.regular(values, rate, start_s=start_s, channels=names, unit="px", kind="landmarks")


def face_stream(points, *, rate=RATE, start_s=0.0):
    """What is measured on landmarks as a stream."""
    values = np.concatenate([face_measures(points), head_pose(points)], axis=1).T
    return Stream.regular(values, rate, start_s=start_s, channels=CHANNELS, kind="face")


@pytest.fixture(scope="module")
def points():
    """A minute and a half of a face."""
    return fake_face.film(np.random.default_rng(7), 90.0)[0]


def column(features, name):
    return features[:, NAMES.index(name)]


def still(n_windows=1, n_times=300):
    """Windows of a face at rest, with the noise that says that the film goes on."""
    noise = 1e-4 * np.random.default_rng(0).standard_normal((n_windows, 20, n_times))
    return STILL[:, np.newaxis] + noise


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_keeps_the_contract(check, points):
    check(FaceGeometryFeatures(), cut(face_stream(points), 3.0 + 10.0 * np.arange(4), 9.0))


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_keeps_the_contract_for_landmarks(check, points):
    check(FaceGeometryFeatures(signal="landmarks"), cut(landmark_stream(points), 3.0 + 20.0 * np.arange(3), 4.0))


def test_landmarks_give_what_their_measures_give(points):
    of_measures = FaceGeometryFeatures().transform_stream(face_stream(points), [5.0, 40.0], 30.0)
    of_points = FaceGeometryFeatures().transform_stream(landmark_stream(points), [5.0, 40.0], 30.0)
    assert_array_equal(of_points, of_measures)
    windows = cut(landmark_stream(points), [5.0, 40.0], 10.0)
    measures = cut(face_stream(points), [5.0, 40.0], 10.0)
    assert_allclose(
        FaceGeometryFeatures(signal="landmarks").fit_transform(windows), FaceGeometryFeatures().fit_transform(measures),
        rtol=1e-7, atol=1e-7,
    )  # fmt: skip


def test_hand_worked():
    windows = still(n_times=600)
    ramp = np.arange(600) / RATE  # 20 s
    windows[0, MEASURES.index("mouth_width")] = 1.0 + 0.02 * ramp
    bump = np.exp(-0.5 * ((ramp - 12.0) / 1.0) ** 2)
    windows[0, MEASURES.index("corner_lift")] = -0.1 - 0.2 * bump
    windows[0, len(MEASURES)] = 10.0 * np.sin(2 * np.pi * 0.5 * ramp)
    found = dict(zip(NAMES, FaceGeometryFeatures().fit_transform(windows)[0], strict=True))
    assert found["mouth_width_mean"] == pytest.approx(1.0 + 0.01 * 599 / 30)
    assert found["mouth_width_sd"] == pytest.approx(0.02 * 600 / 30 / np.sqrt(12), rel=1e-3)
    assert found["mouth_width_slope_per_min"] == pytest.approx(1.2)
    assert found["mouth_width_velocity_rms_per_s"] == pytest.approx(0.02, rel=0.01)
    assert found["mouth_width_range"] == pytest.approx(0.4, rel=0.02)
    middle = -0.1 - 0.2 * np.sqrt(2 * np.pi) / 20
    assert found["corner_lift_mean"] == pytest.approx(middle, abs=1e-4)
    assert found["corner_lift_peak"] == pytest.approx(-0.1 - middle, rel=0.02)
    half_way = np.sqrt(-2 * np.log(((-0.3 + middle) / 2 + 0.1) / -0.2))
    assert found["corner_lift_onset_s"] == pytest.approx(12.0 - half_way, abs=0.05)
    assert found["yaw_deg_velocity_rms_per_s"] == pytest.approx(10.0 * np.pi / np.sqrt(2), rel=0.02)
    assert found["pose_energy"] == pytest.approx((10.0 * np.pi) ** 2 / 2, rel=0.05)
    assert found["pose_error"] == pytest.approx(0.05, abs=1e-4)
    assert found["blink_rate_per_min"] == 0.0 and np.isnan(found["blink_duration_s"]) and found["perclos"] == 0.0
    assert [found[name] for name in NAMES[-4:]] == [1.0] * 4


def test_blinks_of_windows_and_of_recordings(rng):
    film, onsets_s = fake_face.film(rng, 120.0, blinks_per_min=24.0)
    stream = face_stream(film, start_s=1000.0)
    starts_s = np.array([0.0, 30.0, 61.0, 87.5])
    whole = FaceGeometryFeatures().transform_stream(stream, 1000.0 + starts_s, 30.0)
    alone = FaceGeometryFeatures().fit_transform(cut(stream, 1000.0 + starts_s, 30.0))
    inside = [((onsets_s >= start) & (onsets_s < start + 30.0)).sum() for start in starts_s]
    for features in (whole, alone):
        assert_allclose(column(features, "blink_rate_per_min"), 2.0 * np.array(inside), atol=2.1)
        assert_allclose(column(features, "blink_duration_s"), 0.135, atol=0.035)
        assert ((column(features, "perclos") > 0.005) & (column(features, "perclos") < 0.06)).all()
    assert_allclose(column(whole, "blink_rate_per_min")[1], 2.0 * inside[1], atol=0.1)
    rested = [name for name in NAMES if name.endswith(("mean", "sd", "slope_per_min")) or name.startswith("quality")]
    for name in rested:  # the others see beyond the edges of a window
        assert_allclose(column(whole, name), column(alone, name), rtol=1e-9, atol=1e-9, err_msg=name)
    for name in ("yaw_deg_range", "mouth_opening_peak", "jaw_drop_velocity_rms_per_s"):
        assert_allclose(column(whole, name), column(alone, name), rtol=0.05, err_msg=name)


def test_a_rate_is_per_minute_of_seen_eyes(points):
    stream = face_stream(points)
    values = stream.values.copy()
    values[:, 450:1350] = np.nan  # 30 of 60 s
    features = FaceGeometryFeatures().transform_stream(
        Stream.regular(values, RATE, channels=CHANNELS, kind="face"), [0.0], 60.0
    )
    assert column(features, "quality_coverage")[0] == 0.5
    assert column(features, "blink_rate_per_min")[0] == pytest.approx(20.0, abs=4.1)


def test_missing_faces_are_nan_with_their_coverage(points):
    windows = cut(face_stream(points), [10.0, 20.0, 30.0, 40.0], 10.0)
    windows[1, :, 100:] = np.nan
    windows[2] = np.nan
    features = FaceGeometryFeatures().fit_transform(windows)
    assert_allclose(column(features, "quality_coverage"), [1, 1 / 3, 0, 1])
    is_nan = np.isnan(features[:, :-4]).all(axis=1)
    assert_array_equal(is_nan, [False, True, True, False])
    low = FaceGeometryFeatures(min_coverage=0.3).fit_transform(windows)
    assert_array_equal(np.isnan(low[:, :-4]).all(axis=1), [False, False, True, False])
    assert_array_equal(low[3], features[3])
    assert np.isnan(FaceGeometryFeatures(min_coverage=0.0).fit_transform(windows)[2, :-4]).all()


def test_profiles_and_frozen_pictures_lower_the_quality():
    windows = still(4)
    windows[1, len(MEASURES), :150] = 50.0  # yaw
    windows[2, -1, :75] = 0.3  # error of the pose
    windows[3, :, 120:] = windows[3, :, 119:120]
    features = FaceGeometryFeatures().fit_transform(windows)
    assert_allclose(column(features, "quality_frontal"), [1.0, 0.5, 0.75, 1.0])
    assert_allclose(column(features, "quality_varying"), [1.0, 1.0, 1.0, 119 / 300])
    assert_allclose(column(features, "quality"), [1.0, 0.5, 0.75, 119 / 300])


def test_neutral_face_of_a_recording(points):
    stream = face_stream(points)
    starts_s = [0.0, 30.0, 50.0]
    plain, against = (
        FaceGeometryFeatures(neutral=neutral).transform_stream(stream, starts_s, 20.0)
        for neutral in ("none", "recording")
    )
    is_mean = np.array([name.endswith("_mean") for name in NAMES])
    medians = np.median(stream.values[:19], axis=1)
    assert_allclose(against[:, is_mean], plain[:, is_mean] - medians, atol=1e-12)
    assert_array_equal(against[:, ~is_mean], plain[:, ~is_mean])


def test_a_running_neutral_face_does_not_know_the_future(points):
    stream = face_stream(points)
    features = FaceGeometryFeatures(neutral="running")
    is_mean = np.array([name.endswith("_mean") for name in NAMES])
    whole = features.transform_stream(stream, [0.0, 30.0, 70.0], 20.0)
    for k, stop_s in enumerate([20.0, 50.0, 90.0]):
        so_far = features.transform_stream(stream.crop(0.0, stop_s), [stop_s - 20.0], 20.0)
        assert_allclose(so_far[0, is_mean], whole[k, is_mean], atol=1e-12)
    plain = FaceGeometryFeatures().transform_stream(stream, [70.0], 20.0)
    medians = np.median(stream.values[:19], axis=1)
    assert_allclose(
        plain[0, is_mean] - whole[2, is_mean], medians, atol=0.06 * np.ptp(stream.values[:19], axis=1).max()
    )


@pytest.mark.parametrize("neutral", ["recording", "running"])
def test_a_neutral_face_needs_the_recording(neutral):
    with pytest.raises(InvalidArgumentError, match=f"neutral='{neutral}' needs the whole recording"):
        FaceGeometryFeatures(neutral=neutral).fit_transform(still())


def test_irregular_frames_are_interpolated(points):
    regular = face_stream(points)
    rng = np.random.default_rng(3)
    times_s = regular.times_s + rng.uniform(-0.012, 0.012, regular.n_times)
    values = np.stack([np.interp(times_s, regular.times_s, row) for row in regular.values])
    irregular = Stream(values, times_s, RATE, CHANNELS, kind="face")
    expected = FaceGeometryFeatures().transform_stream(regular, [5.0, 45.0], 40.0)
    found = FaceGeometryFeatures().transform_stream(irregular, [5.0, 45.0], 40.0)
    assert_array_equal(column(found, "quality_coverage"), 1.0)
    for name in ("yaw_deg_mean", "yaw_deg_range", "blink_rate_per_min", "eye_left_mean", "eye_left_sd"):
        assert_allclose(column(found, name), column(expected, name), rtol=0.06, atol=0.01, err_msg=name)


def test_a_gap_in_time_stays_a_gap(points):
    stream = face_stream(points)
    kept = (stream.times_s < 20.0) | (stream.times_s >= 30.0)
    gapped = Stream(stream.values[:, kept], stream.times_s[kept], RATE, CHANNELS, kind="face")
    features = FaceGeometryFeatures().transform_stream(gapped, [10.0], 30.0)
    assert column(features, "quality_coverage")[0] == pytest.approx(2 / 3, abs=0.003)


def test_channels_are_told_by_name_or_order(points):
    stream = face_stream(points)
    expected = FaceGeometryFeatures().transform_stream(stream, [10.0], 20.0)
    order = np.random.default_rng(0).permutation(20)
    names = [CHANNELS[k] for k in order]
    shuffled = Stream.regular(
        np.vstack([stream.values[order], stream.values[:1]]), RATE, channels=[*names, "more"], kind="face"
    )
    unnamed = Stream.regular(stream.values, RATE, kind="face")
    for other in (shuffled, unnamed):
        assert_array_equal(FaceGeometryFeatures().transform_stream(other, [10.0], 20.0), expected)
    with pytest.raises(
        InvalidArgumentError, match="has 5 channels; FaceGeometryFeatures takes 20, from eye_left to pose"
    ):
        FaceGeometryFeatures().transform_stream(Stream.regular(stream.values[:5], RATE, kind="face"), [10.0], 20.0)
    with pytest.raises(InvalidArgumentError, match="landmarks stream has 20 channels; .* takes 136, from x0 to y67"):
        FaceGeometryFeatures().transform_stream(Stream.regular(stream.values, RATE, kind="landmarks"), [10.0], 20.0)


def test_the_rate_of_frames_changes_little(rng):
    slow, fast = (fake_face.film(np.random.default_rng(1), 40.0, rate=rate, jitter_px=0.05)[0] for rate in (25.0, 60.0))
    one = FaceGeometryFeatures().transform_stream(face_stream(slow, rate=25.0), [5.0], 30.0)
    other = FaceGeometryFeatures().transform_stream(face_stream(fast, rate=60.0), [5.0], 30.0)
    for name in ("yaw_deg_velocity_rms_per_s", "mouth_opening_sd", "corner_lift_range", "blink_rate_per_min"):
        assert column(one, name)[0] == pytest.approx(column(other, name)[0], rel=0.1), name


def test_too_slow_a_film_has_no_blinks_but_expressions(points):
    features = FaceGeometryFeatures().transform_stream(face_stream(points[::3], rate=10.0), [0.0], 60.0)
    assert np.isnan(column(features, "blink_rate_per_min")[0])
    assert np.isfinite(column(features, "mouth_width_sd")[0])


def test_many_windows_in_batches_are_those_of_one(points, monkeypatch):
    stream = face_stream(points)
    starts_s = np.arange(0.0, 70.0, 4.0)
    expected = FaceGeometryFeatures(neutral="running").transform_stream(stream, starts_s, 12.0)
    monkeypatch.setattr("physiofer.features.face._BATCH", 60_000)
    assert_array_equal(FaceGeometryFeatures(neutral="running").transform_stream(stream, starts_s, 12.0), expected)


def test_hostile_streams():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for values in (np.full((20, 300), np.nan), np.zeros((20, 1)), np.zeros((20, 0)), 1e300 * np.ones((20, 40))):
            stream = Stream.regular(values, RATE, kind="face")
            for neutral in ("none", "recording", "running"):
                features = FaceGeometryFeatures(neutral=neutral).transform_stream(stream, [0.0, 5.0], 2.0)
                assert features.shape == (2, len(NAMES)) and not np.isinf(features).any()
                assert np.isfinite(features[:, -4:]).all()
                nothing = FaceGeometryFeatures(neutral=neutral).transform_stream(stream, [], 2.0)
                assert nothing.shape == (0, len(NAMES))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"signal": "faces"}, "signal='faces' .*Did you mean face"), ({"neutral": "median"}, "neutral='median'"),
     ({"min_coverage": 1.5}, "min_coverage=1.5")],
)  # fmt: skip
def test_bad_parameters_are_named(parameters, message):
    transformer = clone(FaceGeometryFeatures()).set_params(**parameters)
    with pytest.raises(InvalidArgumentError, match=message):
        transformer.fit(still()).transform(still())
    with pytest.raises(InvalidArgumentError, match=message):
        transformer.transform_stream(Stream.regular(still()[0], RATE), [0.0], 5.0)
