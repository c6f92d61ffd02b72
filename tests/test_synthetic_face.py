"""The synthetic face: its arithmetic against obvious twins, its truth found again in the pixels, its refusals."""

import importlib.util
from pathlib import Path

import naive_synthetic_face as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.datasets import _face_renderer as renderer
from physiofer.datasets import _face_scene as scene
from physiofer.datasets._face_drawing import EXPRESSIONS, SKIN_TONES, Expression, Head, draw_look
from physiofer.datasets.face_sequences import simulate_face_sequences
from physiofer.datasets.synthetic_face import SyntheticFace, write_video
from physiofer.exceptions import InvalidArgumentError

#: A head that does nothing but live.
STILL = {"motion": 0.0, "light_drift": 0.0, "colour_drift": 0.0, "blinks_per_min": 0.0}
SMALL = {"size": (96, 128), **STILL}


def rate_bpm(trace, rate):
    """Heart rate in bpm at the highest peak of a trace's spectrum between 40 and 240 bpm."""
    n_fft = 1 << 17
    power = np.abs(np.fft.rfft((trace - trace.mean()) * np.hanning(trace.size), n_fft)) ** 2
    bpm = 60.0 * np.fft.rfftfreq(n_fft, 1.0 / rate)
    inside = (bpm > 40.0) & (bpm < 240.0)
    return bpm[inside][power[inside].argmax()]


def skin_traces(face, frames=None, every=1):
    """Mean R, G and B (3, n_frames) over the true skin, whose mask is renewed every so many frames."""
    traces, mask = [], None
    for index, frame in enumerate(frames if frames is not None else (frame for _, frame in face)):
        mask = face.skin_mask(index) if index % every == 0 else mask
        traces.append(frame[mask].mean(axis=0))
    return np.array(traces).T


def decoded(path):
    """Times and frames of a video file."""
    av = pytest.importorskip("av")
    with av.open(str(path)) as container:
        pairs = [(float(f.pts * f.time_base), f.to_ndarray(format="rgb24")) for f in container.decode(video=0)]
    return np.array([time_s for time_s, _ in pairs]), [frame for _, frame in pairs]


@pytest.fixture(scope="module")
def still_face():
    """Fifteen seconds of a metronome behind a still face."""
    return SyntheticFace(15.0, rate=20.0, bpm=72.0, variability=0.0, seed=1, **STILL)


@pytest.fixture(scope="module")
def still_traces(still_face):
    return skin_traces(still_face, every=1000)


@pytest.fixture(scope="module")
def predictor():
    """dlib's 68-point model as a function of a frame, where the optional package that brings it is installed."""
    dlib = pytest.importorskip("dlib")
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None:
        pytest.skip("the 68-point model is not installed: pip install 'physiofer[landmarks]'")
    path = Path(spec.submodule_search_locations[0]) / "models" / "shape_predictor_68_face_landmarks.dat"
    detect, predict = dlib.get_frontal_face_detector(), dlib.shape_predictor(str(path))

    def points(frame):
        boxes = detect(frame, 0)
        assert len(boxes) == 1
        shape = predict(frame, boxes[0])
        return np.array([(shape.part(k).x, shape.part(k).y) for k in range(68)], float)

    return points


# ------------------------------------------------------------------------------------------- 1 fast equals obvious


def test_expose_matches_naive(rng):
    picture = renderer.Scene(
        *(
            rng.uniform(0, high, shape).astype(np.float32)
            for high, shape in ((260, (3, 4, 5)), (1, (4, 5)), (1, (4, 5)))
        )
    )
    field, light, pulse = renderer.light_field((4, 5)), [0.9, 1.0, 1.1], [-0.02, 0.1, 0.0]
    fast = renderer.expose(picture, field, light, pulse, shine=0.1, noise=0.0, rng=rng)
    arrays = (picture.colour, picture.skin, picture.shine, field)
    slow = naive.exposed(*(array.astype(float).tolist() for array in arrays), light, pulse, 0.1)
    assert fast.dtype == np.uint8
    assert_allclose(fast, slow, atol=1)  # float32 may fall on the other side of a half
    assert np.mean(fast != np.array(slow)) < 0.05


@given(st.lists(st.floats(0, 20), max_size=5), st.lists(st.floats(0, 20), min_size=1, max_size=30))
def test_closed_lids_match_naive(blinks_s, times_s):
    fast = scene.closed_lids(np.array(times_s), np.array(sorted(blinks_s)))
    assert_allclose(fast, naive.closed_lids(times_s, blinks_s), atol=1e-12)


@given(
    st.floats(0, 320),
    st.floats(0, 240),
    st.fixed_dictionaries({
        "x": st.floats(-1, 1),
        "y": st.floats(-1, 1),
        "scale": st.floats(0.5, 2),
        "roll": st.floats(-1.5, 1.5),
    }),
)  # fmt: skip
def test_pose_matches_naive(x, y, pose):
    matrix = renderer._from_picture(renderer.Pose(**pose), (160.0, 110.0), 54.0)
    assert_allclose(matrix @ [x, y, 1.0], naive.from_picture(x, y, pose, (160.0, 110.0), 54.0), atol=1e-9)


# ------------------------------------------------------------------------------------- 2 the truth is in the pixels


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_skin_carries_the_pulse(still_face, still_traces, channel):
    trace = still_traces[channel] / still_traces[channel].mean()
    height, _ = np.polyfit(-still_face.truth.bvp, trace, 1)
    injected = 0.015 * renderer.BLOOD[channel]
    assert height == pytest.approx(injected, rel=0.05)
    residual = trace - 1.0 + height * (still_face.truth.bvp - still_face.truth.bvp.mean())
    assert np.std(residual) < 0.05 * injected + 1e-4


def test_skin_carries_the_rate(still_traces):
    assert rate_bpm(still_traces[1], 20.0) == pytest.approx(72.0, abs=0.2)


def test_pulse_is_below_one_step_in_the_dark():
    face = SyntheticFace(10.0, bpm=90.0, variability=0.0, pulse=0.008, skin_tone="dark", seed=3, **SMALL)
    green = skin_traces(face, every=1000)[1]
    assert 0.008 * green.mean() < 0.6  # steps of eight bits
    assert rate_bpm(green, 30.0) == pytest.approx(90.0, abs=0.5)
    assert np.corrcoef(green, -face.truth.bvp)[0, 1] > 0.9


def test_nothing_but_skin_carries_the_pulse(still_face):
    wall = np.array([still_face.frame(k)[:, :60, 1].mean() for k in range(0, 300, 4)])
    height, _ = np.polyfit(still_face.truth.bvp[:300:4], wall / wall.mean(), 1)
    assert abs(height) < 0.02 * 0.015


def test_no_pulse_no_pulse():
    face = SyntheticFace(6.0, pulse=0.0, **SMALL)
    green = skin_traces(face, every=1000)[1]
    assert np.ptp(green) < 0.3
    assert abs(np.corrcoef(green, face.truth.bvp)[0, 1]) < 0.3


@pytest.mark.parametrize(("bpm", "tone"), [(58.0, "light"), (104.0, "brown")])
def test_pulse_survives_motion_and_compression(tmp_path, bpm, tone):
    face = SyntheticFace(16.0, rate=15.0, bpm=bpm, variability=0.0, skin_tone=tone, seed=5)
    write_video(tmp_path / "face.mp4", face, crf=23)
    _, frames = decoded(tmp_path / "face.mp4")
    wave = np.array(naive.pos(skin_traces(face, frames, every=4).T.tolist(), 15.0))
    assert rate_bpm(wave, 15.0) == pytest.approx(bpm, abs=1.0)


def test_beats_are_where_the_wave_peaks():
    truth = SyntheticFace(20.0, rate=200.0, size=(16, 16), bpm=80.0, seed=2).truth
    is_peak = (truth.bvp[1:-1] > truth.bvp[:-2]) & (truth.bvp[1:-1] >= truth.bvp[2:]) & (truth.bvp[1:-1] > 0.5)
    peaks_s = truth.times_s[1:-1][is_peak]
    inner = truth.beats_s[(truth.beats_s > 0.01) & (truth.beats_s < truth.times_s[-1] - 0.01)]
    assert_allclose(peaks_s, inner, atol=0.006)
    assert truth.rr_ms.size == truth.beats_s.size - 1
    assert truth.mean_bpm(0.0, 19.0) == pytest.approx(80.0, abs=3.0)


def test_variability_moves_the_beats():
    spread = [np.std(SyntheticFace(60.0, size=(16, 16), variability=v, seed=4).truth.rr_ms) for v in (0.0, 1.0, 2.0)]
    assert spread[0] < 0.1 < 15.0 < spread[1] < spread[2]


def test_breath_is_in_the_intervals():
    truth = SyntheticFace(120.0, size=(16, 16), breathing_hz=0.3, seed=6).truth
    even_s = np.arange(2.0, 118.0, 0.25)
    rr_ms = np.interp(even_s, truth.beats_s[1:], truth.rr_ms)
    power = np.abs(np.fft.rfft((rr_ms - rr_ms.mean()) * np.hanning(rr_ms.size))) ** 2
    frequencies_hz = np.fft.rfftfreq(rr_ms.size, 0.25)
    high = (frequencies_hz > 0.15) & (frequencies_hz < 0.5)
    assert frequencies_hz[high][power[high].argmax()] == pytest.approx(0.3, abs=0.05)


@given(st.integers(0, 2**31), st.floats(5.0, 60.0), st.floats(0.0, 0.9), st.floats(0.0, 0.8))
@settings(max_examples=25)
def test_frame_times_increase(seed, rate, jitter, dropped):
    times_s = scene.frame_times(np.random.default_rng(seed), 20.0, rate, jitter, dropped)
    assert times_s[0] == 0.0
    assert np.all(np.diff(times_s) > 0.0)
    assert times_s[-1] == pytest.approx(20.0, abs=2.0 / rate)
    assert times_s.size <= round(20.0 * rate)


def test_same_seed_same_film_in_any_order():
    one, other = SyntheticFace(1.0, seed=7, size=(64, 80)), SyntheticFace(1.0, seed=7, size=(64, 80))
    backwards = [one.frame(index) for index in reversed(range(len(one)))][::-1]
    for (time_s, frame), again, expected_s in zip(other, backwards, one.truth.times_s, strict=True):
        assert time_s == expected_s
        assert_array_equal(frame, again)


def test_seeds_differ_and_persons_stay():
    first, second = (SyntheticFace(1.0, seed=seed, person=3, size=(64, 80), noise=0.0, **STILL) for seed in (0, 1))
    assert not np.array_equal(first.truth.bvp, second.truth.bvp)
    assert_allclose(first.frame(0).astype(int), second.frame(0), atol=4)  # the same face, at another phase of its pulse
    third = SyntheticFace(1.0, seed=0, person=4, size=(64, 80), noise=0.0, **STILL)
    assert np.abs(third.frame(0).astype(int) - first.frame(0)).max() > 30


def test_one_chance_leaves_the_others():
    plain, busy = SyntheticFace(5.0, seed=9), SyntheticFace(5.0, seed=9, motion=2.0, flicker=0.1, blinks_per_min=40.0)
    assert_array_equal(plain.truth.beats_s, busy.truth.beats_s)
    assert_allclose(2.0 * plain.truth.pose["yaw_deg"], busy.truth.pose["yaw_deg"])


def test_motion_is_where_the_truth_says():
    face = SyntheticFace(12.0, rate=2.0, seed=2, blinks_per_min=0.0, motion=2.0)
    centres = []
    for index in range(len(face)):
        rows, columns = np.nonzero(face.skin_mask(index))
        centres.append((columns.mean(), rows.mean()))
    x, y = np.array(centres).T
    assert np.corrcoef(x, face.truth.pose["x_px"])[0, 1] > 0.9
    assert np.corrcoef(y, face.truth.pose["y_px"])[0, 1] > 0.9


def test_yaw_moves_the_nose_not_the_outline():
    head = renderer.HeadRenderer(draw_look(np.random.default_rng(0), "medium"), (240, 320), 0.45)
    left, ahead, right = (head.render(renderer.Pose(yaw=yaw), EXPRESSIONS["neutral"]) for yaw in (-0.15, 0.0, 0.15))
    nostrils = [picture.colour[1, 134, 130:191].argmin() for picture in (left, ahead, right)]
    face = [np.nonzero(picture.skin[100] > 0.5)[0] for picture in (left, ahead, right)]
    assert nostrils[0] + 4 < nostrils[1] < nostrils[2] - 4
    assert abs(face[0].mean() - face[2].mean()) < 4.0


def test_light_is_what_the_truth_says():
    face = SyntheticFace(8.0, rate=5.0, pulse=0.0, shine=0.0, light_drift=0.1, colour_drift=0.05, motion=0.0,
                         blinks_per_min=0.0, size=(96, 128), seed=3)  # fmt: skip
    frames = np.array([frame[:, :20].mean(axis=(0, 1)) for _, frame in face])
    assert_allclose(frames / frames.mean(axis=0), face.truth.light / face.truth.light.mean(axis=0), atol=0.002)


def test_flicker_has_its_frequency():
    face = SyntheticFace(10.0, light_drift=0.0, flicker=0.02, flicker_hz=2.5, size=(16, 16))
    power = np.abs(np.fft.rfft(face.truth.light[:, 1] - 1.0))
    assert np.fft.rfftfreq(300, 1 / 30)[power.argmax()] == pytest.approx(2.5, abs=0.05)


def test_irregular_times_are_respected(tmp_path):
    times_s = 0.7 + np.cumsum(np.random.default_rng(0).uniform(0.015, 0.09, 60))
    face = SyntheticFace(times_s=times_s, size=(96, 128), seed=1)
    assert_array_equal([time_s for time_s, _ in face], times_s)
    regular = SyntheticFace(times_s=np.arange(0.7, times_s[-1], 0.005), size=(96, 128), seed=1)
    assert write_video(tmp_path / "late.mp4", face) == 60
    read_s, frames = decoded(tmp_path / "late.mp4")
    assert_allclose(read_s, times_s, atol=1.0 / 90_000)
    assert frames[0].shape == (96, 128, 3)
    assert regular.truth.times_s[0] == 0.7


def test_dropped_frames_leave_the_others_in_place():
    face = SyntheticFace(20.0, dropped=0.2, size=(16, 16), seed=5)
    assert 0.7 * 600 < len(face) < 0.9 * 600
    assert_allclose(face.truth.times_s * 30.0, np.round(face.truth.times_s * 30.0), atol=1e-9)


def test_compression_is_reproducible(tmp_path):
    face = SyntheticFace(0.5, size=(64, 80))
    write_video(tmp_path / "one.mp4", face)
    write_video(tmp_path / "two.mp4", face)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_portrait_is_filmed_with_a_pulse():
    rows, columns = np.mgrid[:90, :120]
    portrait = np.stack([180 + 0 * rows, 120 + columns // 8, 90 + rows // 8], axis=-1).astype(np.uint8)
    skin = np.hypot(rows - 45, columns - 60) < 35
    face = SyntheticFace(
        10.0, portrait=portrait, portrait_skin=skin, bpm=100.0, variability=0.0, size=(180, 240), **STILL
    )
    mask = face.skin_mask(0)
    assert mask.mean() == pytest.approx(skin.mean(), abs=0.03)
    green = skin_traces(face, every=1000)[1]
    height, _ = np.polyfit(-face.truth.bvp, green / green.mean(), 1)
    assert height == pytest.approx(0.015, rel=0.05)
    plain = SyntheticFace(1.0, portrait=portrait, portrait_skin=skin, pulse=0.0, noise=0.0, size=(90, 120), **STILL)
    lit = portrait * renderer.light_field((90, 120))[..., np.newaxis]
    assert_allclose(plain.frame(0), lit, atol=1.0)
    small = SyntheticFace(1.0, portrait=portrait, portrait_skin=skin, pulse=0.0, noise=0.0, size=(30, 40), **STILL)
    assert_allclose(small.frame(0)[10, 20], (portrait * renderer.light_field((90, 120))[..., None])[31, 61], atol=4.0)


# ---------------------------------------------------------------------------------------------- the face is a face


@pytest.mark.parametrize("tone", SKIN_TONES)
def test_detector_finds_the_face(predictor, tone):
    face = SyntheticFace(20.0, rate=0.8, skin_tone=tone, seed=list(SKIN_TONES).index(tone))
    for index, (_, frame) in enumerate(face):
        points = predictor(frame)
        shift = face.truth.pose.loc[index, ["x_px", "y_px"]].to_numpy(float)
        middle = points[27:31].mean(axis=0) - shift
        assert abs(middle[0] - 160.0) < 14.0
        assert 90.0 < middle[1] < 140.0


def test_points_follow_expression_and_blink(predictor):
    changes = [(0.0, "neutral"), (2.0, "surprise"), (4.0, "smile")]
    options = {"motion": 0.3, "size": (480, 640), "seed": 8, "rate": 10.0}
    face = SyntheticFace(6.0, expression=changes, blinks_per_min=0.0, **options)
    assert list(face.truth.expression[[0, 19, 20, 39, 40, 59]]) == [n for _, n in changes for _ in (0, 1)]
    neutral, surprise, smile = (predictor(face.frame(index)) for index in (15, 35, 55))

    def gape(points):
        return points[66, 1] - points[62, 1]

    def width(points):
        return points[54, 0] - points[48, 0]

    def brow(points):
        return points[[37, 38, 43, 44], 1].mean() - points[[19, 24], 1].mean()

    def lift(points):
        return points[[62, 66], 1].mean() - points[[48, 54], 1].mean()

    assert gape(surprise) > gape(neutral) + 12.0
    assert width(smile) > width(neutral) + 4.0
    assert lift(smile) > lift(neutral) + 4.0
    assert brow(surprise) > brow(neutral) + 2.0


def test_points_see_a_blink(predictor):
    face = SyntheticFace(20.0, motion=0.3, size=(480, 640), seed=8)

    def openness(time_s):
        points = predictor(face.frame(round(time_s * 30.0)))
        return np.mean([points[[e + 4, e + 5], 1] - points[[e + 1, e + 2], 1] for e in (36, 42)])

    shut_s = face.truth.blinks_s[1]
    assert openness(shut_s) < 0.7 * openness(shut_s - 0.4)


def test_blinks_shut_the_eyes():
    face = SyntheticFace(20.0, seed=4, motion=0.0, noise=0.0, pulse=0.0, light_drift=0.0, colour_drift=0.0)
    assert 1 <= face.truth.blinks_s.size <= 15
    shut_s = face.truth.blinks_s[-1]
    shut, still_open = face.frame(round(shut_s * 30.0)), face.frame(round(shut_s * 30.0) - 12)
    rows, columns = np.nonzero(np.abs(shut.astype(int) - still_open).max(axis=-1) > 15)
    assert 20 < rows.size < 1500
    assert 88 < rows.min() and rows.max() < 115  # the band of the eyes
    share_open = np.mean(face._states[:, 4] == 1.0)
    assert share_open > 0.85


def test_mask_is_skin_alone():
    face = SyntheticFace(1.0, seed=0, expression="surprise", motion=0.0)
    mask = face.skin_mask(0)
    assert mask[74:80, 155:165].all()  # forehead
    assert not mask[:30].any() and not mask[:, :60].any()
    look_away = mask[95:110, 120:200]
    assert not look_away.all()  # the eyes
    assert 0.1 < mask.mean() < 0.3


def test_expressions_change_nothing_but_their_windows(rng):
    head = Head(draw_look(rng, "light"), 40.0, 2.5)
    resting, _ = head.express(Expression())
    for expression in EXPRESSIONS.values():
        paint, skin = head.express(expression)
        changed = np.abs(paint - resting).max(axis=0) > 0
        inside = ((head.v > -0.75) & (head.v < 0.17)) | ((head.v > 0.37) & (head.v < 1.15))
        assert not changed[~inside].any()
        assert skin.min() >= 0.0 and skin.max() <= 1.0
        assert paint.min() >= 0.0 and paint[3].max() <= 1.0


# ------------------------------------------------------------------------------------------------ films for networks


def test_sequences_have_their_shape_and_chance():
    people = simulate_face_sequences(2, n_windows=3, n_frames=6, seed=1)
    assert people.frames.shape == (6, 6, 3, 64, 64) and people.frames.dtype == np.uint8
    assert people.subjects.tolist() == ["face01"] * 3 + ["face02"] * 3
    assert np.all((people.heart_rate_bpm > 40) & (people.heart_rate_bpm < 180))
    assert sorted(people.emotion[:3]) == [0, 0, 1]
    alone = simulate_face_sequences(1, n_windows=3, n_frames=6, seed=1)
    assert_array_equal(alone.frames, people.frames[:3])
    assert not np.array_equal(simulate_face_sequences(1, n_windows=3, n_frames=6, seed=2).frames, alone.frames)


def test_windows_of_a_trial_are_alike():
    people = simulate_face_sequences(3, n_windows=8, windows_per_trial=4, n_frames=2, size=32, motion=0.2, seed=1)
    assert people.trials.tolist()[2:6] == ["face01_trial01"] * 2 + ["face01_trial02"] * 2
    for name in np.unique(people.trials):
        assert np.ptp(people.emotion[people.trials == name]) == 0
    assert people.emotion.sum() == 12
    faces = people.frames.mean(axis=(1, 2))
    faces = faces / faces.mean(axis=(1, 2), keepdims=True)
    apart = np.abs(faces[:, np.newaxis] - faces).mean(axis=(2, 3))
    is_other = people.subjects[:, np.newaxis] == people.subjects
    is_same = people.trials[:, np.newaxis] == people.trials
    assert apart[is_other & ~is_same].mean() > 1.3 * apart[is_same & ~np.eye(24, dtype=bool)].mean()
    with pytest.raises(InvalidArgumentError, match="n_windows=9 must be a multiple of windows_per_trial=4"):
        simulate_face_sequences(1, n_windows=9, windows_per_trial=4)


def test_sequences_show_the_emotion_in_face_and_heart():
    people = simulate_face_sequences(10, n_windows=12, n_frames=2, rate=1.0, seed=3)
    higher = [
        people.heart_rate_bpm[(people.subjects == name) & (people.emotion == 1)].mean()
        - people.heart_rate_bpm[(people.subjects == name) & (people.emotion == 0)].mean()
        for name in np.unique(people.subjects)
    ]
    assert 2.0 < np.mean(higher) < 11.0
    mouth = people.frames[:, 0, :, 38:60].astype(float)
    mouth = mouth / mouth.mean(axis=(1, 2, 3), keepdims=True)
    mean = {label: mouth[people.emotion == label].mean(axis=0) for label in (0, 1)}
    null = simulate_face_sequences(10, n_windows=12, n_frames=2, rate=1.0, seed=3, effect=0.0)
    mouth = null.frames[:, 0, :, 38:60].astype(float)
    mouth = mouth / mouth.mean(axis=(1, 2, 3), keepdims=True)
    nothing = {label: mouth[null.emotion == label].mean(axis=0) for label in (0, 1)}
    assert np.abs(mean[1] - mean[0]).max() > 1.5 * np.abs(nothing[1] - nothing[0]).max()


# ------------------------------------------------------------------------------------------------------ 3 hand-worked


def test_blood_takes_green_most():
    assert_allclose(renderer.BLOOD, [0.33 / 0.77, 1.0, 0.53 / 0.77])


def test_given_beats_are_kept():
    beats_s = [1.0, 1.8, 2.7, 3.5, 4.5]
    truth = SyntheticFace(4.0, beats_s=beats_s, size=(16, 16)).truth
    # 0.2 continues the first interval backwards; the last frame is at 3.967 s
    assert_allclose(truth.beats_s, [0.2, 1.0, 1.8, 2.7, 3.5])
    assert_allclose(truth.rr_ms, [800, 800, 900, 800])
    assert truth.mean_bpm(1.0, 3.5) == pytest.approx(3 * 60 / 2.5)
    assert truth.mean_bpm(3.5, 3.9) == pytest.approx(60.0)


def test_beats_of_another_time_still_beat():
    truth = SyntheticFace(2.0, beats_s=[-5.0, -4.0], size=(16, 16)).truth
    assert_allclose(truth.beats_s, [0.0, 1.0])
    truth = SyntheticFace(2.0, beats_s=[105.25, 105.75], size=(16, 16)).truth
    assert_allclose(truth.beats_s, [0.25, 0.75, 1.25, 1.75])


# ---------------------------------------------------------------------------------------------------------- 4 refusals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"duration_s": 0.0}, "duration_s=0.0"),
        ({"duration_s": np.nan}, "duration_s=nan"),
        ({"rate": -30}, "rate=-30"),
        ({"size": 240}, "size=240"),
        ({"size": (240.0, 320)}, "height"),
        ({"size": (8, 320)}, "height"),
        ({"bpm": 1000}, "bpm=1000"),
        ({"bpm": "72"}, "bpm='72'"),
        ({"beats_s": [1.0]}, "beats_s has 1"),
        ({"beats_s": [1.0, 0.5]}, "beats_s must"),
        ({"beats_s": [1.0, np.nan]}, "beats_s must"),
        ({"beats_s": [-1e12, -1e12 + 1]}, "more than a day"),
        ({"times_s": [0.0, 0.0]}, "times_s must"),
        ({"times_s": [0.0, np.inf]}, "times_s must"),
        ({"times_s": [0.0]}, "times_s has 1"),
        ({"duration_s": 86400.0, "rate": 1000.0}, "too long"),
        ({"jitter": 1.0}, "jitter=1.0"),
        ({"dropped": 0.95}, "dropped=0.95"),
        ({"pulse": -0.01}, "pulse=-0.01"),
        ({"variability": 50}, "variability=50"),
        ({"skin_tone": "tann"}, "Did you mean tan"),
        ({"person": -1}, "person=-1"),
        ({"expression": "smlie"}, "Did you mean smile"),
        ({"expression": [(2.0, "smile"), (1.0, "neutral")]}, "increasing order"),
        ({"expression": []}, "one onset at least"),
        ({"expression": 3}, "must be a label"),
        ({"noise": -1.0}, "noise=-1.0"),
        ({"seed": 1.5}, "seed=1.5"),
        ({"seed": True}, "seed=True"),
        ({"portrait": np.zeros((9, 9, 3), np.uint8)}, "go together"),
        ({"portrait_skin": np.zeros((9, 9))}, "go together"),
        ({"portrait": np.zeros((9, 9, 3)), "portrait_skin": np.zeros((9, 9))}, "portrait is float64"),
        ({"portrait": np.zeros((9, 9, 3), np.uint8), "portrait_skin": np.zeros((9, 8))}, r"the shape \(9, 9\)"),
        ({"portrait": np.zeros((9, 9, 3), np.uint8), "portrait_skin": np.full((9, 9), 2.0)}, "within 0 and 1"),
        ({"portrait": np.zeros((9, 9, 3), np.uint8), "portrait_skin": np.ones((9, 9)), "expression": "smile"},
         "keeps its own"),
    ],
)  # fmt: skip
def test_face_names_the_wrong_argument(options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        SyntheticFace(**options)


@pytest.mark.parametrize("index", [-1, 30, 1.0, True, "0"])
def test_frame_names_the_wrong_index(index):
    face = SyntheticFace(1.0, size=(16, 16))
    with pytest.raises(InvalidArgumentError, match="index="):
        face.frame(index)
    with pytest.raises(InvalidArgumentError, match="index="):
        face.skin_mask(index)


@pytest.mark.parametrize(("start_s", "stop_s"), [(2.0, 2.0), (3.0, 1.0), (np.nan, 1.0), (0.0, np.inf)])
def test_mean_bpm_names_the_wrong_span(start_s, stop_s):
    with pytest.raises(InvalidArgumentError, match="start_s"):
        SyntheticFace(1.0, size=(16, 16)).truth.mean_bpm(start_s, stop_s)


GREY = np.full((32, 32, 3), 128, np.uint8)


@pytest.mark.parametrize(
    ("name", "frames", "options", "message"),
    [
        ("a.mp4", [], {}, "no frame"),
        ("a.mp4", [(0.0, GREY), (0.0, GREY)], {}, r"frames\[1\] is at 0 s"),
        ("a.mp4", [(0.0, GREY), (1e-6, GREY)], {}, r"frames\[1\] is at 1e-06 s"),
        ("a.mp4", [GREY, GREY], {}, r"frames\[0\] must be a pair"),
        ("a.mp4", [7], {}, r"frames\[0\] must be a pair"),
        ("a.mp4", [(-1.0, GREY)], {}, r"time of frames\[0\]"),
        ("a.mp4", [(0.0, GREY), (1.0, GREY[:16])], {}, r"frames\[1\] is uint8 of shape \(16, 32, 3\)"),
        ("a.mp4", [(0.0, GREY[:31])], {}, "even"),
        ("a.mp4", [(0.0, GREY.astype(float))], {}, "float64"),
        ("a.mp4", [(0.0, GREY)], {"codec": "libx2645"}, "no video encoder of this build"),
        ("a.mp4", [(0.0, GREY)], {"codec": "aac"}, "no video encoder of this build"),
        ("a.mp4", [(0.0, GREY)], {"codec": None}, "no video encoder of this build"),
        ("a.mp4", [(0.0, GREY)], {"crf": -1}, "crf=-1"),
        ("a.txt", [(0.0, GREY)], {}, "ending of path='.txt'"),
        ("no/a.mp4", [(0.0, GREY)], {}, "path='.*' cannot be written"),
    ],
)  # fmt: skip
def test_writer_names_what_is_wrong_and_leaves_nothing(tmp_path, name, frames, options, message):
    pytest.importorskip("av")
    with pytest.raises(InvalidArgumentError, match=message):
        write_video(tmp_path / name, frames, **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [{"n_subjects": 0}, {"n_frames": 1}, {"rate": 0}, {"size": 8}, {"effect": -1}])
def test_sequences_name_the_wrong_argument(options):
    with pytest.raises(InvalidArgumentError, match=next(iter(options))):
        simulate_face_sequences(**options)
