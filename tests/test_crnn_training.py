"""Training of the multi-task network: batches, normalisation, folders, checkpoints, and runs that are killed."""

import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap

import naive_crnn
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from physiofer.crnn.adam import Adam
from physiofer.crnn.batches import batch_order, open_windows
from physiofer.crnn.checkpoint import fingerprint, read_checkpoint, write_checkpoint
from physiofer.crnn.classifier import CRNNClassifier
from physiofer.crnn.first_weights import fit_first_weights
from physiofer.crnn.folder import FaceFolder, write_face_folder
from physiofer.crnn.network import CRNN
from physiofer.crnn.normalisation import NORMALISATIONS, normalisation_record, normalise
from physiofer.crnn.training import Training, new_network, seeded_generator, share_of_subjects
from physiofer.exceptions import InvalidArgumentError, UnreadableDataError

SIZE = 22  # the smallest image that the network takes
Y = np.tile([0, 1], 4)
RATES = np.array([60.0, 70.0, np.nan, 80.0, 64.0, 72.0, 75.0, 90.0])
PEOPLE = np.repeat(["a", "b", "c", "d"], 2)


def pictures(n=8, n_frames=2, size=SIZE, seed=0):
    """Windows of noise, bytes."""
    return np.random.default_rng(seed).integers(0, 256, (n, n_frames, 3, size, size)).astype(np.uint8)


def small(**options):
    """A classifier that trains in a moment."""
    return CRNNClassifier(**({"n_epochs": 3, "batch_size": 4, "random_state": 0} | options))


def same_weights(one, other):
    """Whether two networks have bit by bit the same weights."""
    first, second = one.network_.state_dict(), other.network_.state_dict()
    return first.keys() == second.keys() and all(np.array_equal(first[name], second[name]) for name in first)


# ------------------------------------------------------------------------------------------- 1 fast equals obvious


def mirrored(values):
    """Numbers that go on beyond both ends as in a mirror, the last one twice: at(k) for any k."""
    ring = [*values, *values[::-1]]
    return lambda k: ring[k % len(ring)]


def blurred(values, deviation):
    """Averages of a row of numbers over a Gaussian that ends after four standard deviations."""
    reach, at = int(4.0 * deviation + 0.5), mirrored(values)
    weights = [np.exp(-0.5 * (k / deviation) ** 2) for k in range(-reach, reach + 1)]
    around = range(-reach, reach + 1)
    return [sum(w * at(i + k) for w, k in zip(weights, around, strict=True)) / sum(weights) for i in range(len(values))]


def naive_planes(window):
    """The planes of one window (n_frames, 3, height, width) of bytes, number by number."""
    frames, (n_frames, _, height, width) = window.astype(float), window.shape
    edges = [[k * n // max(n // 8, 1) for k in range(max(n // 8, 1) + 1)] for n in (height, width)]
    n_rows, n_columns = len(edges[0]) - 1, len(edges[1]) - 1
    pulse = np.empty((n_frames, n_rows, n_columns))
    for row in range(n_rows):
        for column in range(n_columns):
            tall, wide = (slice(own[k], own[k + 1]) for own, k in zip(edges, (row, column), strict=True))
            square = [[frames[t, colour, tall, wide].mean() for colour in range(3)] for t in range(n_frames)]
            over_time = np.array(square) / (np.mean(square, axis=0) + 0.004 * 255.0)
            change = over_time[:, 1] - (over_time[:, 0] + over_time[:, 2]) / 2.0
            pulse[:, row, column] = [max(min(v - change.mean(), 0.05), -0.05) for v in change]
    for t in range(n_frames):
        tall = np.array([blurred(pulse[t, :, column], 0.25 * n_rows) for column in range(n_columns)]).T
        pulse[t] = [blurred(tall[row], 0.25 * n_columns) for row in range(n_rows)]
    pulse /= max(np.median([pulse[:, i, j].std() for i in range(n_rows) for j in range(n_columns)]), 0.0005)
    planes, overall = np.empty(window.shape), frames.mean()
    for row in range(height):
        for column in range(width):
            i, j = (
                max(k for k, e in enumerate(own[:-1]) if e <= at) for own, at in zip(edges, (row, column), strict=True)
            )
            planes[:, 0, row, column] = (frames[:, :, row, column].mean(axis=1) / overall - 1.0) / 0.5
            planes[:, 1, row, column] = pulse[:, i, j]
            planes[:, 2, row, column] = [0.0] + [pulse[t, i, j] - pulse[t - 1, i, j] for t in range(1, n_frames)]
    return np.clip(planes, -3.0, 3.0)


@pytest.mark.parametrize("size", [16, 22])
def test_planes_match_naive(rng, size):
    window = rng.integers(100, 120, (4, 3, size, size)).astype(np.uint8)
    assert_allclose(normalise(window[np.newaxis], "pulse")[0], naive_planes(window), atol=2e-3)


def test_training_is_batches_losses_and_adam_by_hand():
    frames, labels = pictures(), Y[:, np.newaxis].astype(float)
    known = np.isfinite(RATES)
    mean, spread = RATES[known].mean(), RATES[known].std()
    model = small(n_epochs=2, normalisation="none").fit(frames, Y, heart_rate=RATES)
    seed = int(np.random.RandomState(0).randint(np.iinfo(np.int32).max))
    network = new_network(seed, open_windows(frames), np.arange(8))
    adam = Adam(network.parameters)
    for epoch in range(2):
        generator, totals = seeded_generator(seed, 1, epoch), []
        for batch in batch_order(8, 4, generator):
            losses, gradients = network.loss_and_gradients(
                frames[batch], labels[batch], (RATES[batch] - mean) / spread, beta=0.01 * spread, generator=generator
            )
            adam.step(gradients)
            totals += [losses.total] * len(batch)
        assert model.history_["loss"][epoch] == pytest.approx(np.mean(totals), rel=1e-12)
    probability, deviations = network.forward(frames)
    assert_allclose(model.predict_proba(frames)[:, 1], probability[:, 0], atol=1e-6)
    assert_allclose(model.predict_heart_rate(frames), mean + spread * deviations, atol=1e-3)


def test_the_learning_rate_falls_as_half_a_cosine(tmp_path):
    steps, step = [], Adam.step
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Adam, "step", lambda self, gradients: steps.append(self.learning_rate) or step(self, gradients))
        whole = small(schedule="cosine").fit(pictures(), Y, heart_rate=RATES)
    assert_allclose(steps, [1e-3 * np.cos(np.pi * k / 12) ** 2 for k in range(6)], rtol=1e-12)  # three epochs of two
    ended = small(schedule="cosine", checkpoint=tmp_path / "run", progress=_end_after(2))
    with pytest.raises(KeyboardInterrupt):
        ended.fit(pictures(), Y, heart_rate=RATES)
    resumed = clone(ended).set_params(progress=False).fit(pictures(), Y, heart_rate=RATES)
    assert same_weights(resumed, whole)
    with pytest.raises(InvalidArgumentError, match="n_epochs=3 and not 4"):
        clone(ended).set_params(progress=False, n_epochs=4).fit(pictures(), Y, heart_rate=RATES)


def _end_after(n_epochs):
    """A report of progress that ends the run in the epoch after these."""

    def told(done, total, text):
        if done > total * n_epochs // 3:
            raise KeyboardInterrupt

    return told


def test_first_weights_fit_the_pictures():
    windows, rows = open_windows(pictures()), np.array([5, 0, 3, 6, 1])
    drawn = CRNN(image_size=SIZE, dtype=np.float64, random_state=3)
    network = CRNN(image_size=SIZE, dtype=np.float64, random_state=3)
    fit_first_weights(network, windows, rows, but=["conv2.weight", "conv2.bias"])
    weights, x = network.parameters, windows.take(rows)
    maps = x.reshape(-1, *x.shape[2:]) / 255.0
    for layer, padding in (("conv1", 0), ("conv2", 0), ("conv3", 0), ("gru.input", 1)):
        out = naive_crnn.convolve(maps, weights[f"{layer}.weight"], weights[f"{layer}.bias"], padding)
        if layer == "conv2":
            assert_array_equal(weights["conv2.weight"], drawn.parameters["conv2.weight"])
        else:
            assert_allclose(out.mean(axis=(0, 2, 3)), 0.0, atol=1e-9)
            assert_allclose(np.median(out.std(axis=(0, 2, 3))), 1.0, rtol=1e-9)
            assert out.std(axis=(0, 2, 3)).max() < 1.0 + 1e-9
        maps = naive_crnn.pool(np.maximum(out, 0.0)) if layer != "gru.input" else None
    shared = naive_crnn.shared_features(weights, x / 255.0)
    assert_allclose(shared.mean(axis=0), 0.0, atol=1e-9)
    for name in ("shared.weight", "gru.hidden.weight", "emotion.0.weight", "heart_rate.weight"):
        assert_array_equal(weights[name], drawn.parameters[name])


@pytest.mark.parametrize("level", [0, 90])
def test_first_weights_stay_finite_where_there_is_nothing_to_go_by(level):
    windows = open_windows(np.full((2, 2, 3, SIZE, SIZE), level, dtype=np.uint8))
    for rows in ([0, 1], [1], []):
        network = fit_first_weights(CRNN(image_size=SIZE, random_state=0), windows, np.array(rows, dtype=int))
        assert all(np.isfinite(values).all() for values in network.parameters.values())
        assert max(np.abs(values).max() for values in network.parameters.values()) < 10.0


@given(st.integers(1, 40), st.integers(1, 60))
def test_every_window_comes_once_in_an_epoch(n_windows, batch_size):
    batches = batch_order(n_windows, batch_size, np.random.default_rng(0))
    assert_array_equal(np.sort(np.concatenate(batches)), np.arange(n_windows))
    assert all(len(batch) == batch_size for batch in batches[:-1])


@given(st.lists(st.integers(0, 6), min_size=2, max_size=20), st.floats(0.01, 0.99), st.integers(0, 9))
def test_nobody_is_on_both_sides(subjects, share, seed):
    if len(set(subjects)) < 2:
        with pytest.raises(InvalidArgumentError, match="1 person"):
            share_of_subjects(subjects, share, seed)
        return
    learnt, kept = share_of_subjects(subjects, share, seed)
    assert_array_equal(np.sort(np.concatenate([learnt, kept])), np.arange(len(subjects)))
    assert learnt.size and kept.size
    assert not {subjects[place] for place in learnt} & {subjects[place] for place in kept}


# ------------------------------------------------------------------------------------------------ 2 properties


def test_light_leaves_the_pulse_alone(rng):
    skin = rng.uniform(120.0, 180.0, (1, 6, 3, 16, 16)) / 255.0
    skin[:] = skin[:, :1]
    blood = 0.01 * np.sin(np.arange(6))[:, np.newaxis] * np.array([0.43, 1.0, 0.69])
    light = 1.0 + 0.2 * np.sin(np.arange(6) / 2.0)[:, np.newaxis]
    warmth = np.exp(0.01 * np.cos(np.arange(6))[:, np.newaxis] * np.array([1.0, 0.0, -1.0]))

    def planes(*factors):
        film = skin * np.prod(np.broadcast_arrays(*factors), axis=0)[np.newaxis, :, :, np.newaxis, np.newaxis]
        return normalise((film / 1.3).astype(np.float32), "pulse")[0]

    wave = -np.sin(np.arange(6)) + np.sin(np.arange(6)).mean()
    plain = planes(1.0 - blood)
    assert_allclose(plain[:, 1, 0, 0], wave / wave.std(), atol=0.02)
    assert_allclose(plain[1:, 2, 0, 0], np.diff(wave) / wave.std(), atol=0.02)
    assert_allclose(planes(1.0 - 0.3 * blood)[:, 1], plain[:, 1], atol=0.05)  # a weaker pulse is the same pulse
    assert np.corrcoef(planes(1.0 - blood, light, warmth)[:, 1, 0, 0], plain[:, 1, 0, 0])[0, 1] > 0.95
    assert np.abs(planes(light + np.zeros(3))[:, 1]).max() < 0.1  # nothing to magnify


def test_bytes_and_floats_are_the_same_picture():
    frames = pictures()
    for kind in NORMALISATIONS:
        of_floats = normalise((frames / 255.0).astype(np.float32), kind)
        of_bytes = normalise(frames, kind)
        assert_allclose(of_floats, of_bytes / 255.0 if kind == "none" else of_bytes, atol=2e-3)
    assert json.loads(json.dumps(normalisation_record("pulse")))["kind"] == "pulse"


def test_the_same_seed_gives_the_same_weights_wherever_windows_lie(tmp_path):
    frames, model = pictures(), small(n_epochs=1, normalisation="pulse")
    first = clone(model).fit(frames, Y, heart_rate=RATES)
    write_face_folder(tmp_path / "faces", frames, PEOPLE, targets={"emotion": Y}, heart_rate_bpm=RATES)
    np.save(tmp_path / "all.npy", frames)
    for X in (frames, np.load(tmp_path / "all.npy", mmap_mode="r"), tmp_path / "faces"):
        assert same_weights(first, clone(model).fit(X, Y, heart_rate=RATES))
    assert not same_weights(first, clone(model).set_params(random_state=1).fit(frames, Y, heart_rate=RATES))


def test_a_folder_is_never_read_whole(tmp_path, monkeypatch):
    write_face_folder(tmp_path, pictures(), PEOPLE, targets={"emotion": Y})
    asked = []
    real = FaceFolder.__getitem__
    monkeypatch.setattr(FaceFolder, "__getitem__", lambda self, place: asked.append(place) or real(self, place))
    windows = open_windows(FaceFolder(tmp_path))
    asked.clear()
    assert windows.take([3, 5]).shape == (2, 2, 3, SIZE, SIZE)
    assert asked == [3, 5]
    opened = FaceFolder(tmp_path)[7]
    assert opened.base is None or not isinstance(opened.base, np.memmap)


def test_a_folder_tells_what_was_written(tmp_path):
    frames, order = pictures(), [0, 2, 4, 6, 1, 3, 5, 7]
    people = np.tile(["NA", "007"], 4)
    folder = write_face_folder(tmp_path / "new" / "er", frames, people, targets={"arousal": Y}, heart_rate_bpm=RATES)
    assert_array_equal(np.stack([folder[k] for k in range(8)]), frames[order])
    assert folder.subjects.tolist() == ["NA"] * 4 + ["007"] * 4  # a name is no number
    assert_array_equal(folder.heart_rate_bpm, RATES[order])
    assert_array_equal(FaceFolder(folder.path, rows=[7, 0]).targets["arousal"], Y[order][[7, 0]])
    assert_array_equal(pickle.loads(pickle.dumps(folder))[3], folder[3])  # noqa: S301


# ------------------------------------------------------------------------------------- a run that does not end


CHILD = textwrap.dedent("""
    import os, signal, sys
    import numpy as np
    sys.path.insert(0, sys.argv[1])
    import test_crnn_training as t

    def told(done, total, label):
        if done >= float(sys.argv[3]) * total:
            os.kill(os.getpid(), signal.SIGKILL)

    options = eval(sys.argv[4])
    data = {"heart_rate": t.RATES, "subjects": t.PEOPLE}
    t.small(checkpoint=sys.argv[2], progress=told, **options).fit(t.pictures(), t.Y, **data)
""")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_a_killed_run_goes_on_to_the_same_weights(tmp_path):
    options = {"task_weighting": "gradnorm", "validation_share": 0.3, "normalisation": "pulse"}
    path = tmp_path / "run.safetensors"
    # Three epochs of two steps: after 0.4 of them the first epoch is on disk, and a step of the second is lost.
    command = [sys.executable, "-c", CHILD, os.path.dirname(__file__), str(path), "0.4", repr(options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert read_checkpoint(path)[1]["n_epochs"] == 1
    data = {"heart_rate": RATES, "subjects": PEOPLE}
    whole = small(**options).fit(pictures(), Y, **data)
    gone_on = small(**options, checkpoint=path).fit(pictures(), Y, **data)
    assert same_weights(whole, gone_on)
    assert gone_on.history_ == whole.history_
    finished = small(**options, checkpoint=path).fit(pictures(), Y, **data)  # nothing is left to do
    assert same_weights(whole, finished)
    assert os.listdir(tmp_path) == [path.name]


def test_a_checkpoint_without_a_seed_keeps_its_own(tmp_path):
    options = {"random_state": None, "checkpoint": tmp_path / "run"}
    first = small(n_epochs=1, **options).fit(pictures(), Y)
    longer = small(n_epochs=2, **options).fit(pictures(), Y)
    assert longer.history_["loss"][:1] == first.history_["loss"]
    assert longer.n_epochs_ == 2


def test_checkpoints_are_exact(tmp_path, rng):
    arrays = {
        "single": rng.standard_normal(5).astype(np.float32),
        "double": rng.standard_normal((2, 3)),
        "n": np.array(3),
    }
    record = {
        "seed": 2**40, "rate_scale": [70.0, 9.0], "n_epochs": 1, "history": [{"loss": 0.1, "heart_rate": float("nan")}],
        "best_loss": None, "best_epoch": None, "run": {},
    }  # fmt: skip
    write_checkpoint(tmp_path / "a", arrays, record)
    found, told = read_checkpoint(tmp_path / "a")
    assert all(found[name].dtype == arrays[name].dtype and np.array_equal(found[name], arrays[name]) for name in arrays)
    assert told["seed"] == 2**40 and told["history"][0]["loss"] == 0.1 and np.isnan(told["history"][0]["heart_rate"])


def test_state_goes_from_one_training_to_another():
    windows, labels = open_windows(pictures()), Y[:, np.newaxis].astype(float)
    rows = np.arange(8)
    runs = [Training(CRNN(image_size=SIZE, random_state=seed), seed=5, task_weighting="uncertainty") for seed in (1, 2)]
    runs[0].run_epoch(windows, rows, labels, RATES / 60.0, 4)
    runs[1].load_state(*runs[0].state())
    for run in runs:
        run.run_epoch(windows, rows, labels, RATES / 60.0, 4)
    one, other = (run.state()[0] for run in runs)
    assert all(np.array_equal(one[name], other[name]) for name in one)


# ------------------------------------------------------------------------------------------------ 4 the failure


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    path = tmp_path / "run"
    small(n_epochs=1, checkpoint=path).fit(pictures(), Y)
    with pytest.raises(InvalidArgumentError, match=r"another run: it has batch_size=4 and not 3"):
        small(checkpoint=path, batch_size=3).fit(pictures(), Y)
    with pytest.raises(InvalidArgumentError, match="another run: it has seed="):
        small(checkpoint=path, random_state=1).fit(pictures(), Y)
    with pytest.raises(InvalidArgumentError, match="another run: it has data="):
        small(checkpoint=path).fit(pictures(seed=1), Y)
    with pytest.raises(InvalidArgumentError, match="another run: it has data="):
        small(checkpoint=path).fit(pictures(), Y[::-1])


def test_a_broken_checkpoint_is_one_clear_error(tmp_path):
    path = tmp_path / "run"
    write_checkpoint(path, {"weight": np.arange(100.0)}, {})
    whole = path.read_bytes()
    for content in (whole[:-8], whole[:50], b"", b"\x80\x04K\x01.", b"{" * 500):
        path.write_bytes(content)
        with pytest.raises(UnreadableDataError, match="checkpoint run"):
            small(checkpoint=path).fit(pictures(), Y)
    path.write_bytes(whole.replace(b"checkpoint-1", b"checkpoint-9"))
    with pytest.raises(UnreadableDataError, match="another kind"):
        read_checkpoint(path)
    with pytest.raises(InvalidArgumentError, match="is a folder"):
        small(n_epochs=1, checkpoint=tmp_path).fit(pictures(), Y)


def test_fingerprints_see_pixels_labels_and_shape():
    windows = open_windows(pictures())
    base = fingerprint(windows, Y, None)
    other = pictures()
    other[7, 1, 2, 3, 4] ^= 1
    assert fingerprint(open_windows(pictures()), Y, None) == base
    for changed in (
        fingerprint(open_windows(other), Y, None), fingerprint(windows, 1 - Y, None), fingerprint(windows, Y, RATES),
        fingerprint(open_windows(pictures()[:7]), Y, None), fingerprint(open_windows(pictures(), "pulse"), Y, None),
    ):  # fmt: skip
        assert changed != base


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (pictures()[0], r"X\[None\]"),
        (pictures().transpose(0, 1, 3, 4, 2), r"channels are last. Use X.transpose\(0, 1, 4, 2, 3\)"),
        (pictures()[..., :20], "square"),
        (pictures()[:0], "nothing of it empty"),
        (pictures().astype(int), "int64; it must be uint8"),
        (iter(pictures()), "spent after one"),
        ([], "no windows"),
        (list(pictures()[..., 0]), "it must be"),
        (np.zeros((2, 2), dtype=np.uint8), "n_windows, n_frames"),
        (5, "it must be an array"),
    ],
)
def test_what_is_no_windows_is_said(X, message):
    with pytest.raises(InvalidArgumentError, match=message):
        open_windows(X)


def test_pixels_beyond_one_are_said():
    with pytest.raises(InvalidArgumentError, match="divide grey levels by 255"):
        open_windows(pictures().astype(np.float32)).usable()


def test_windows_of_two_lengths_are_said():
    windows = [*pictures(2), *pictures(1, n_frames=3)]
    with pytest.raises(InvalidArgumentError, match=r"X\[2\] has shape \(3, 3, 22, 22\)"):
        open_windows(windows).usable()


def test_pulse_of_grey_pictures_is_refused():
    with pytest.raises(InvalidArgumentError, match="Other channels take normalisation"):
        small(normalisation="pulse").fit(pictures()[:, :, :1], Y)


def test_broken_folders_are_one_clear_error(tmp_path):
    with pytest.raises(UnreadableDataError, match="no windows.csv"):
        FaceFolder(tmp_path / "nothing")
    folder = write_face_folder(tmp_path, pictures(), PEOPLE, targets={"emotion": Y})
    with pytest.raises(InvalidArgumentError, match="holds a windows.csv"):
        write_face_folder(tmp_path, pictures(), PEOPLE, targets={"emotion": Y})
    with pytest.raises(InvalidArgumentError, match="targets has"):
        write_face_folder(tmp_path / "b", pictures(), PEOPLE, targets={"subject": Y})
    with pytest.raises(InvalidArgumentError, match="subjects has shape"):
        write_face_folder(tmp_path / "b", pictures(), PEOPLE[:3], targets={"emotion": Y})
    first, table = tmp_path / "faces_001.npy", tmp_path / "windows.csv"
    whole, text = first.read_bytes(), table.read_text()
    first.write_bytes(whole[:-100])
    with pytest.raises(UnreadableDataError, match=r"faces_001.npy is no whole array"):
        FaceFolder(tmp_path)[0]
    np.save(first, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UnreadableDataError, match=r"faces_001.npy is no whole array"):
        FaceFolder(tmp_path)[0]
    np.save(first, np.zeros((2, 3)))
    with pytest.raises(UnreadableDataError, match=r"shape \(2, 3\)"):
        FaceFolder(tmp_path)[0]
    first.unlink()
    with pytest.raises(UnreadableDataError, match="is not in the folder"):
        FaceFolder(tmp_path)[0]
    for old, new, message in (
        ("faces_002.npy", "../faces_002.npy", "in the folder itself"),
        ("faces_002.npy,0", "faces_002.npy,9", "window 9"),
        ("file,row", "file,place", "lacks the columns row"), ("faces_002.npy,0", "faces_002.npy,x", "no integers"),
    ):  # fmt: skip
        table.write_text(text.replace(old, new))
        with pytest.raises(UnreadableDataError, match=message):
            FaceFolder(tmp_path)[2]
    assert len(folder) == 8


def test_a_loss_that_explodes_is_said():
    with np.errstate(all="ignore"), pytest.raises(InvalidArgumentError, match="lower learning_rate"):
        small(n_epochs=5, learning_rate=1e30).fit(pictures(), Y, heart_rate=RATES)
