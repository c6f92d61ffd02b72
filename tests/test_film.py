"""From a video to streams and to a pulse: truth on pixels, what is lost, what is broken, and the command."""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from physiofer import pipeline
from physiofer.cli import app
from physiofer.datasets import read_corpus
from physiofer.datasets.synthetic_face import SyntheticFace, write_video
from physiofer.exceptions import InvalidArgumentError, QualityWarning, UnreadableDataError
from physiofer.face.geometry import MEASURES
from physiofer.face.tracking import FaceTracker
from physiofer.film import film_streams, read_face_video
from physiofer.io.frames import Frame, colour_map, frame_of_rgb
from physiofer.recording import Recording, Stream
from physiofer.remote_pulse import agrees, beats_told, regions_of, remote_pulse
from physiofer.report import render_pulse_report
from physiofer.signals.cardiac import Beats
from physiofer.signals.rppg import HeartRate


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Twelve seconds of a moving face at 84 bpm, lightly compressed; its truth and its path."""
    face = SyntheticFace(12.0, bpm=84.0, variability=0.3, rate=25.0, seed=3)
    path = tmp_path_factory.mktemp("clip") / "p01.mp4"
    write_video(path, face, crf=10)
    return face.truth, path


@pytest.fixture(scope="module")
def film(clip):
    return read_face_video(clip[1])


def gone(film, from_s, to_s):
    """The film without a face for a while."""
    streams = {}
    for name, stream in film.streams.items():
        values = stream.values.copy()
        values[:, (stream.times_s >= from_s) & (stream.times_s < to_s)] = np.nan
        streams[name] = Stream(values, stream.times_s, stream.rate, stream.channels, stream.unit, stream.kind)
    return Recording(film.subject, streams=streams, meta=film.meta)


def test_streams_of_a_film(clip, film):
    truth, path = clip
    assert film.subject == "p01" and film.meta["source"] == "p01.mp4"
    assert list(film.streams) == ["rgb", "skin", "face"]
    for stream in film.streams.values():
        np.testing.assert_allclose(stream.times_s, truth.times_s, atol=1e-3)
        assert np.isfinite(stream.values).mean() > 0.99
    assert film.streams["rgb"].channels[:4] == ("forehead_r", "forehead_g", "forehead_b", "left_cheek_r")
    assert film.streams["face"].channels[: len(MEASURES)] == tuple(MEASURES)
    assert film.streams["rgb"].rate == pytest.approx(25.0, rel=1e-3)
    assert str(path.parent) not in repr(film.meta)


def test_colours_are_those_of_the_skin(film):
    _, skin, _ = regions_of(film.streams["rgb"])
    assert len(skin) == 4
    assert np.all(skin[:, 0] > skin[:, 1]) and np.all(skin[:, 1] > skin[:, 2])  # skin is red before it is blue
    assert np.median(film.streams["skin"].values[0]) > 100


@pytest.mark.parametrize("method", ["pos", "chrom", "pos+green"])
def test_the_pulse_is_the_injected_one(clip, film, method):
    truth, _ = clip
    found = remote_pulse(film, method=method)
    assert found.bpm == pytest.approx(truth.mean_bpm(0.5, 11.5), abs=1.0)
    assert found.heart_rate.quality.min() > 0.5 and found.face_share == 1.0
    assert sum(found.region_weights.values()) == pytest.approx(1.0, abs=0.01)
    assert found.snr_db > 3.0
    inside = np.interp(found.times_s, truth.times_s, truth.bvp)
    assert abs(np.corrcoef(found.bvp[30:-30], inside[30:-30])[0, 1]) > 0.7


def test_a_later_start_moves_everything(clip, film):
    early, late = film, read_face_video(clip[1], start_s=100.0)
    for name, stream in early.streams.items():
        np.testing.assert_allclose(late.streams[name].times_s, stream.times_s + 100.0)
    one, two = remote_pulse(early), remote_pulse(late)
    assert two.bpm == pytest.approx(one.bpm, abs=0.01)
    np.testing.assert_allclose(two.beats.beats_s, one.beats.beats_s + 100.0, atol=1e-3)


def test_while_the_face_is_gone_there_is_no_wave(film):
    found = remote_pulse(gone(film, 5.0, 7.0))
    away = (found.times_s > 5.1) & (found.times_s < 6.9)
    assert np.isnan(found.bvp[away]).all() and np.isfinite(found.bvp[~away]).mean() > 0.8
    assert found.face_share == pytest.approx(10 / 12, abs=0.02)
    assert not ((found.beats.beats_s > 5.2) & (found.beats.beats_s < 6.8)).any()


def test_without_landmarks_there_is_pulse_and_no_expression(clip):
    truth, path = clip
    film = read_face_video(path, landmarks="none")
    assert np.isnan(film.streams["face"].values).all()
    assert remote_pulse(film).bpm == pytest.approx(truth.mean_bpm(0.5, 11.5), abs=2.0)


@pytest.mark.data
def test_a_photograph_has_no_pulse(data_dir, rng):
    cv2 = pytest.importorskip("cv2")
    picture = cv2.imread(str(data_dir / "faces" / "single_face.jpg"))
    picture = cv2.resize(picture, (204, 200), interpolation=cv2.INTER_AREA)

    def noisy(k):
        image = np.clip(picture + rng.normal(0.5, 2.0, picture.shape), 0, 255).astype(np.uint8)
        return frame_of_rgb(image, order="bgr", index=k, time_s=k / 16.0)

    streams = film_streams(map(noisy, range(160)), landmarks="none")
    found = remote_pulse(streams["rgb"])
    assert found.face_share == 1.0 and np.isnan(found.bpm)


def test_a_film_of_two_people_in_turn_says_so(rng):
    looks = [np.kron(rng.integers(60, 200, (10, 10)), np.ones((6, 6))).astype(np.uint8) for _ in range(2)]
    tracker = FaceTracker(lambda luma: [(0.0, 0.0, *luma.shape, 1.0)])  # all is face

    def streams(images):
        colours = colour_map(6, is_full_range=True)
        return film_streams([Frame(k, k / 30.0, im, None, colours) for k, im in enumerate(images)], tracker=tracker)

    with pytest.warns(QualityWarning, match="more than one face in turn"):
        streams([looks[0]] * 45 + [looks[1]] * 45)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        streams([looks[0]] * 90)
        streams([looks[0]] * 45 + [looks[1]] * 6 + [looks[0]] * 39)  # a hand passes by


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ("clip.mp4", "frames='clip.mp4' must be frames.*io.open_video"),
        (Path("clip.mp4"), "must be frames.*io.open_video"),
        (None, "frames=None must be frames"),
        ([np.zeros((48, 64), np.uint8)], "frames holds a ndarray.*Frame"),
        (b"clip", "frames holds a int"),
    ],
)
def test_what_are_no_frames_is_refused(frames, message):
    with pytest.raises(InvalidArgumentError, match=message):
        film_streams(frames, landmarks="none")
    with pytest.raises(InvalidArgumentError, match="tracker=3 must be a FaceTracker"):
        film_streams([], tracker=3)


def test_scattered_readings_are_not_the_heart_rate_of_a_film(rng):
    times_s = np.arange(1800) / 30.0
    rgb = np.array([[180.0], [120.0], [100.0]]) + 0.5 * rng.standard_normal((3, 1800))
    blood = 0.01 * np.sin(2 * np.pi * 1.4 * times_s)
    rgb *= 1.0 - np.where(times_s < 15.0, blood, 0.0) * np.array([[0.33], [0.77], [0.53]])
    channels = ["cheek_r", "cheek_g", "cheek_b"]
    found = remote_pulse(Stream(rgb, times_s, 30.0, channels, kind="rgb"))
    assert 0.0 < np.isfinite(found.heart_rate.bpm).mean() < 0.3
    assert np.isnan(found.bpm) and np.isnan(found.hrv["rmssd_ms"]) and np.isnan(found.snr_db)
    rgb[:, times_s > 20.0] = np.nan  # nobody is there: what is told is told of those who were
    found = remote_pulse(Stream(rgb, times_s, 30.0, channels, kind="rgb"))
    assert found.bpm == pytest.approx(84.0, abs=1.0)


def noise_film(rng, duration_s, power):
    """Colours of four regions that share noise of a spectrum of f to minus `power`."""
    n = int(30 * duration_s)
    hz = np.fft.rfftfreq(2 * n, 1 / 30)
    hz[0] = hz[1]
    shared = np.fft.irfft(np.fft.rfft(rng.standard_normal((3, 2 * n))) / hz ** (0.5 * power), 2 * n)[:, :n]
    shared /= shared.std(axis=1, keepdims=True)
    rgb = np.tile([170.0, 115.0, 95.0], 4)[:, np.newaxis] + np.tile(shared, (4, 1))
    channels = [f"{region}_{colour}" for region in "abcd" for colour in "rgb"]
    return Stream(rgb + 0.2 * rng.standard_normal((12, n)), np.arange(n) / 30.0, 30.0, channels, kind="rgb")


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("duration_s", [10.0, 20.0])
def test_noise_has_no_heart_rate(power, duration_s):
    """Rates of false alarms are measured by benchmarks/noise_films.py; this is a small sample of the same."""
    rng = np.random.default_rng(11)
    found = [remote_pulse(noise_film(rng, duration_s, power)) for _ in range(12)]
    assert sum(np.isfinite(each.bpm) for each in found) <= 1
    for each in found:
        assert bool(each.no_reading) == np.isnan(each.bpm)
        assert np.isfinite(each.bpm) or np.isnan(each.hrv["mean_nn_ms"])


def test_beats_count_only_where_there_is_a_reading():
    beats = Beats(np.array([0.5, 4.0, 9.9, 12.1, 24.0, 30.5]), np.full(6, 0.9), np.ones(6))
    rates = HeartRate(np.array([5.0, 6.0, 7.0, 25.0]), np.array([60.0, np.nan, 61.0, 63.0]), np.ones(4), 61.0)
    told = beats_told(beats, rates, 10.0)
    near = [bool(((rates.times_s[[0, 2, 3]] - 5.0 <= at) & (at <= rates.times_s[[0, 2, 3]] + 5.0)).any())
            for at in beats.beats_s]  # fmt: skip
    np.testing.assert_array_equal(told.quality > 0.0, near)
    np.testing.assert_array_equal(told.beats_s, beats.beats_s)
    nothing = beats_told(beats, rates._replace(bpm=np.full(4, np.nan)), 10.0)
    assert not nothing.quality.any()
    assert agrees(1000.0, 62.0) and not agrees(1432.0, 70.5) and not agrees(np.nan, 60.0) and not agrees(900.0, np.nan)


def test_variability_agrees_with_the_heart_rate_or_is_missing(clip, film):
    found = remote_pulse(film)
    assert 60000.0 / found.hrv["mean_nn_ms"] == pytest.approx(found.bpm, rel=0.1)
    rgb = film.streams["rgb"].values.copy()
    rng = np.random.default_rng(0)
    rgb += 3.0 * rng.standard_normal(rgb.shape) * (film.streams["rgb"].times_s > 6.0)
    stream = film.streams["rgb"]
    for scale in (0.5, 1.0, 2.0):
        worse = Stream(
            stream.values + scale * (rgb - stream.values), stream.times_s, stream.rate, stream.channels, kind="rgb"
        )
        found = remote_pulse(worse, window_s=5.0)
        mean_nn_ms = found.hrv["mean_nn_ms"]
        assert np.isnan(mean_nn_ms) or 60000.0 / mean_nn_ms == pytest.approx(found.bpm, rel=0.1)


def test_why_there_is_no_reading(film):
    rgb = film.streams["rgb"]
    slow = Stream(rgb.values[:, ::6], rgb.times_s[::6], 0.0, rgb.channels, kind="rgb")
    found = remote_pulse(slow)
    assert found.no_reading == "4.17 frames a second are too few, at least 5 are needed"
    assert found.face_share == 1.0 and found.duration_s == pytest.approx(12.0, abs=0.1)
    assert len(found.to_frame()) == slow.n_times and np.isnan(found.to_frame()["bvp"]).all()
    assert "4.17 frames a second are too few" in render_pulse_report(found.to_dict())
    short = remote_pulse(rgb.crop(0.0, 2.4))
    assert short.no_reading == "2.4 s are too short, at least 4 s are needed"
    assert short.no_reading in render_pulse_report(short.to_dict())
    one = remote_pulse(Stream(rgb.values[:, :1], rgb.times_s[:1], 0.0, rgb.channels, kind="rgb"))
    assert one.no_reading == "too few frames" and one.face_share == 1.0 and one.duration_s == 0.0
    assert remote_pulse(rgb.crop(50.0, 60.0)).no_reading == "no frames"
    assert remote_pulse(gone(film, 0.0, 13.0)).no_reading == "no frame shows a face"
    told = remote_pulse(film)
    assert told.no_reading == "" and told.to_dict()["heart_rate"]["no_reading"] is None
    assert re.fullmatch(r"<RemotePulse pos\+green: 8\d\.\d bpm, 300 frames at 25 Hz, 12\.0 s>", repr(told))


def test_frames_without_a_face_are_nan_and_said():
    grey = np.full((60, 80), 90, np.uint8)
    frames = [Frame(k, k / 25.0, grey, None, colour_map(6, is_full_range=True)) for k in range(50)]
    with pytest.warns(QualityWarning, match="no face in any of its 50 frames"):
        streams = film_streams(frames, landmarks="none")
    assert np.isnan(streams["rgb"].values).all() and streams["rgb"].n_times == 50
    found = remote_pulse(streams["rgb"])
    assert np.isnan(found.bpm) and found.face_share == 0.0 and found.beats.beats_s.size == 0
    assert "No reading" in render_pulse_report(found.to_dict())
    with pytest.warns(QualityWarning, match="0 frames"):
        assert film_streams([], landmarks="none")["face"].n_times == 0


def test_a_film_too_short_for_a_reading(film):
    short = film.streams["rgb"].crop(0.0, 2.0)
    found = remote_pulse(short)
    assert np.isnan(found.bpm) and found.heart_rate.bpm.size == 0
    assert len(found.to_frame()) == found.times_s.size
    empty = remote_pulse(short.crop(50.0, 60.0))
    assert np.isnan(empty.bpm) and len(empty.to_frame()) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda film: remote_pulse(Recording("p02")), "p02/1 has no stream of kind 'rgb'"),
        (lambda film: remote_pulse(3), "film is a int"),
        (lambda film: remote_pulse(film, method="poss"), "method='poss' must be one of .* Did you mean pos"),
        (lambda film: remote_pulse(film, window_s=1.0), "window_s=1"),
        (lambda film: remote_pulse(film, window_s="ten"), "window_s='ten' must be"),
        (lambda film: remote_pulse(film.streams["skin"]), "channels .* they must be those of regions"),
        (
            lambda film: regions_of(Stream(np.ones((3, 2)), [0, 1], 1.0, [f"background_{c}" for c in "rgb"])),
            "they must be those of regions of skin",
        ),
    ],
)
def test_bad_arguments(film, call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call(film)


def test_a_corpus_of_videos_and_videos_beside_tables(clip, tmp_path):
    (tmp_path / "both").mkdir()
    for name in ("p01.csv", "p02.csv"):
        pd.DataFrame({"time_s": np.arange(48) / 4.0, "eda": 1.0}).to_csv(tmp_path / "both" / name, index=False)
    (tmp_path / "both" / "p01.mp4").write_bytes(clip[1].read_bytes())
    corpus = read_corpus(tmp_path / "both", video_start_s={"p01/1": 2.0})
    first, second = (source.load() for source in corpus)
    assert list(first.streams) == ["eda", "rgb", "skin", "face"] and list(second.streams) == ["eda"]
    assert first.streams["rgb"].start_s == 2.0
    assert list(corpus[0].glance().streams) == ["eda"]  # to know the sensors no film is read
    prints = [source.fingerprint() for source in (*corpus, *read_corpus(tmp_path / "both"))]
    assert prints[1] == prints[3] and prints[0] != prints[2]  # another start, other values
    assert list(read_corpus(tmp_path / "both", videos=False)[0].load().streams) == ["eda"]
    with pytest.raises(InvalidArgumentError, match="video_start_s='p03/1' must be one of"):
        read_corpus(tmp_path / "both", video_start_s={"p03/1": 2.0})
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "anna.mp4").write_bytes(clip[1].read_bytes())
    (tmp_path / "alone" / "bert.mov").write_text("no video")
    alone = read_corpus(tmp_path / "alone")
    assert alone.subjects == ["anna", "bert"]
    assert not alone[0].glance().streams
    with pytest.warns(QualityWarning, match=r"bert.*cannot be read as a video"):
        assert [recording.subject for recording in alone.load_all()] == ["anna"]


def test_a_table_of_face_and_pulse(clip, film):
    table = pipeline.extract([film], window_s=10.0, step_s=1.0)
    assert sorted(table.modalities) == ["face", "rppg"] and len(table) == 3
    truth = clip[0].mean_bpm(table.start_s + 1.0, table.start_s + 9.0)
    np.testing.assert_allclose(table.X["rppg__hr_bpm"], truth, atol=2.0)
    assert (table.X["rppg__quality"] > 0.5).all() and (table.X["face__quality"] > 0.5).all()
    assert table.X.filter(like="face__").notna().mean(axis=None) > 0.9
    away = pipeline.extract([gone(film, 0.0, 13.0)], window_s=10.0, step_s=1.0)
    assert away.X.filter(regex="quality").max(axis=None) == 0.0 and away.X.drop(
        columns=away.X.filter(regex="quality")
    ).isna().all(axis=None)


def test_the_command(clip, tmp_path):
    truth, path = clip
    out = {name: tmp_path / f"pulse.{name}" for name in ("json", "csv", "html")}
    result = CliRunner().invoke(
        app, ["rppg", str(path), "--json", str(out["json"]), "--csv", str(out["csv"]), "--report", str(out["html"])]
    )
    assert result.exit_code == 0, result.output
    assert "heart rate 8" in result.output and "a face in 100 %" in result.output
    assert "3 of 3 windows have a reading" in result.output
    stored = json.loads(out["json"].read_text())
    assert stored["heart_rate"]["mean_bpm"] == pytest.approx(truth.mean_bpm(0.5, 11.5), abs=1.0)
    assert stored["source"] == "p01.mp4" and str(tmp_path) not in out["json"].read_text()
    table = pd.read_csv(out["csv"])
    assert list(table) == ["time_s", "bvp", "quality", "bpm"] and len(table) == len(stored["pulse"]["bvp"])
    page = out["html"].read_text(encoding="utf-8")
    assert "Heart rate over time" in page and "<img" not in page and str(tmp_path) not in page


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"text", "cannot be read as a video"), (b"", "is empty|cannot be read"), (None, "no such")],
)
def test_the_command_names_a_broken_file(tmp_path, content, message):
    path = tmp_path / "broken.mp4"
    if content is not None:
        path.write_bytes(content)
    result = CliRunner().invoke(app, ["rppg", str(path)])
    assert result.exit_code == 3
    assert re.search(rf"error: '?broken\.mp4.*({message})", result.output)


@pytest.mark.parametrize("options", [["--method", "poss"], ["--window", "1"], ["--step", "0"]])
def test_the_command_tells_a_wrong_option_before_it_reads(tmp_path, options):
    result = CliRunner().invoke(app, ["rppg", str(tmp_path / "absent.mp4"), *options])
    assert result.exit_code == 2 and options[0].removeprefix("--") in result.output


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ("background", "--regions background holds no skin"),
        ("forehed", "or a patch such as forehead_01"),
        ("", "at least"),
    ],
)
def test_the_command_tells_wrong_regions_before_it_reads(tmp_path, regions, message):
    result = CliRunner().invoke(app, ["rppg", str(tmp_path / "absent.mp4"), "--regions", regions])
    assert result.exit_code == 2 and message in result.output and len(result.output) < 400


@pytest.mark.parametrize(
    ("duration_s", "rate", "message"),
    [
        (5.0, 4.0, "no reading: 4 frames a second are too few, at least 5"),
        (2.4, 25.0, "no reading: 2.4 s are too short"),
    ],
)
def test_the_command_says_why_there_is_no_reading(tmp_path, duration_s, rate, message):
    path = tmp_path / "p.mp4"
    write_video(path, SyntheticFace(duration_s, bpm=70.0, rate=rate, size=(160, 200), seed=1), crf=15)
    result = CliRunner().invoke(app, ["rppg", str(path), "--landmarks", "NONE", "--csv", str(tmp_path / "p.csv")])
    assert result.exit_code == 0 and message in result.output, result.output
    assert f"a face in 100 % of {round(duration_s * rate)} frames" in result.output
    assert len(pd.read_csv(tmp_path / "p.csv")) == round(duration_s * rate)


def test_times_of_a_table_are_exact_to_the_millisecond(film, monkeypatch, tmp_path):
    streams = {name: Stream(each.values, each.times_s + 12345.0, each.rate, each.channels, each.unit, each.kind)
               for name, each in film.streams.items()}  # fmt: skip
    late = Recording("p", streams=streams, meta=film.meta)
    monkeypatch.setattr("physiofer.film.read_face_video", lambda *_, **__: late)
    result = CliRunner().invoke(app, ["rppg", "p.mp4", "--csv", str(tmp_path / "p.csv")])
    assert result.exit_code == 0, result.output
    times_s = pd.read_csv(tmp_path / "p.csv")["time_s"]
    np.testing.assert_allclose(times_s, remote_pulse(late).times_s, rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("content", [b"text", b"", None])
def test_a_broken_file_is_one_clear_error(tmp_path, content):
    path = tmp_path / "broken.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableDataError, match=r"^'?broken.mp4"):
        read_face_video(path)


@pytest.mark.data
def test_a_real_face(data_dir):
    """53 bpm by the Eulerian Video Magnification project's own analysis."""
    film = read_face_video(data_dir / "video" / "evm_face.mp4")
    for method in ("pos", "chrom", "pos+green"):
        assert remote_pulse(film, method=method).bpm == pytest.approx(53.0, abs=1.5)


@pytest.mark.data
def test_a_film_whose_windows_disagree_has_no_reading(data_dir):
    """A head that moves: as frames were cut from its start it read 70, 66, 64 or 44."""
    rgb = read_face_video(data_dir / "video" / "WolfgangLanger_Pexels.mp4").streams["rgb"]
    found = remote_pulse(rgb)
    assert np.isnan(found.bpm) and np.isnan(found.hrv["mean_nn_ms"]) and "clear enough" in found.no_reading
    for first in (8, 24, 32, 40):
        cut = Stream(rgb.values[:, first:], rgb.times_s[first:], rgb.rate, rgb.channels, kind="rgb")
        assert np.isnan(remote_pulse(cut).bpm)
    boxed = read_face_video(data_dir / "video" / "evm_face.mp4", landmarks="none")
    assert remote_pulse(boxed).bpm == pytest.approx(53.0, abs=1.5)


@pytest.mark.data
def test_a_face_that_leaves_and_none_at_all(data_dir):
    leaves = read_face_video(data_dir / "video" / "face_noface.mov").streams["face"].values[0]
    assert 0.05 < np.isfinite(leaves).mean() < 0.95
    with pytest.warns(QualityWarning, match="no face in any"):
        none = read_face_video(data_dir / "video" / "no_face.mp4")
    assert np.isnan(none.streams["rgb"].values).all()
    late = read_face_video(data_dir / "video" / "single_face.mp4")
    assert np.isfinite(late.streams["face"].values[0]).mean() > 0.98
