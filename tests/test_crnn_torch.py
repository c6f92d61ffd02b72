"""The network in PyTorch: the same numbers as in NumPy, forward, backward and after many steps of Adam."""

import doctest
import importlib
import pickle
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

import physiofer.crnn.torch_backend
import physiofer.crnn.torch_module
from physiofer.crnn.adam import Adam
from physiofer.crnn.classifier import CRNNClassifier
from physiofer.crnn.network import CRNN
from physiofer.crnn.task_weights import make_task_weights
from physiofer.crnn.torch_backend import TorchAdam, TorchCRNN, from_torch, to_torch
from physiofer.crnn.weights import import_state_dict, load, save
from physiofer.exceptions import InvalidArgumentError, MissingExtraError

SIZE = 32


@pytest.fixture
def torch():
    """PyTorch on one thread, without which a test is skipped."""
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra")
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)  # waiting threads spin, which costs a busy machine dearly
    yield torch
    torch.set_num_threads(n_threads)


def make_batch(rng, n=3, n_frames=3, size=SIZE, n_targets=1, n_channels=3):
    """Frames, labels and heart rates, one of them unknown."""
    x = rng.random((n, n_frames, n_channels, size, size))
    heart_rate = rng.uniform(50, 100, n)
    heart_rate[0] = np.nan
    return x, rng.integers(0, 2, (n, n_targets)), heart_rate


def largest_difference(one, other):
    """Between two dicts of arrays."""
    assert one.keys() == other.keys()
    return max(np.abs(np.asarray(one[name]) - np.asarray(other[name])).max() for name in one)


def test_without_pytorch_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    physiofer.crnn.torch_module.module_class.cache_clear()
    for action in (to_torch, TorchCRNN):
        with pytest.raises(MissingExtraError, match=r"pip install 'physiofer\[torch\]'"):
            action(CRNN(image_size=SIZE, random_state=0))
    with pytest.raises(MissingExtraError, match="torch"):
        physiofer.crnn.torch_module.CRNNModule  # noqa: B018


def test_importing_the_backend_does_not_import_pytorch():
    code = "import sys, physiofer.crnn.torch_backend; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(("heart_rate_head", "count"), [(False, 1_052_473), (True, 1_052_490)])
def test_parameters_of_the_module(torch, heart_rate_head, count):
    network = CRNN(heart_rate_head=heart_rate_head, random_state=0)
    module = to_torch(network)
    assert sum(values.numel() for values in module.parameters()) == count == TorchCRNN(network).n_parameters
    assert list(module.state_dict()) == list(network.parameters)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_there_and_back_without_loss(torch, dtype):
    network = CRNN(n_targets=2, n_channels=1, image_size=SIZE, dtype=dtype, random_state=4)
    module = to_torch(network)
    back = from_torch(module)
    assert (back.n_targets, back.n_channels, back.image_size, back.dtype) == (2, 1, SIZE, np.dtype(dtype))
    for name, values in network.parameters.items():
        assert_array_equal(back.parameters[name], values)
    with torch.no_grad():
        module.shared.bias += 1
    assert_array_equal(network.parameters["shared.bias"], back.parameters["shared.bias"])  # copies, all of them


def test_published_size_in_single_precision(torch, rng):
    network = CRNN(random_state=0)
    other = TorchCRNN(network)
    x, y, heart_rate = make_batch(rng, n=2, n_frames=4, size=64)
    for frames in (x.astype(np.float32), (255 * x).astype(np.uint8)):
        ours, theirs = network.forward(frames), other.forward(frames)
        assert [part.dtype for part in theirs] == [part.dtype for part in ours]
        assert_allclose(theirs[0], ours[0], rtol=0, atol=1e-5)
        assert_allclose(theirs[1], ours[1], rtol=1e-5, atol=1e-5)
        assert_allclose(other.shared_features(frames), network.shared_features(frames), rtol=0, atol=1e-5)
        assert_allclose(other.emotion_logits(frames), network.emotion_logits(frames), rtol=0, atol=1e-5)
    ours, theirs = (one.loss_and_gradients(x, y, heart_rate)[0] for one in (network, other))
    assert_allclose(theirs, ours, rtol=1e-5)


@pytest.mark.parametrize("n_frames", [1, 5])
@pytest.mark.parametrize("heart_rate_head", [False, True])
def test_gradients_of_every_weight(torch, rng, n_frames, heart_rate_head):
    network = CRNN(image_size=SIZE, n_targets=2, heart_rate_head=heart_rate_head, dtype=np.float64, random_state=0)
    x, y, heart_rate = make_batch(rng, n_frames=n_frames, n_targets=2)
    answers = [
        one.loss_and_gradients(x, y, heart_rate, alpha=0.7, beta=0.3, generator=np.random.default_rng(8))
        for one in (network, TorchCRNN(network))
    ]
    (losses, gradients), (their_losses, their_gradients) = answers
    assert_allclose(their_losses, losses, rtol=1e-12)
    for name, gradient in gradients.items():
        scale = np.abs(gradient).max() + 1e-300
        assert_allclose(their_gradients[name].numpy() / scale, gradient / scale, rtol=0, atol=1e-11, err_msg=name)


def test_twenty_steps_of_adam_end_at_the_same_weights(torch, rng):
    network = CRNN(image_size=SIZE, dtype=np.float64, random_state=0)
    other = TorchCRNN(network)
    optimisers = Adam(network.parameters), TorchAdam(other.parameters)
    first = network.state_dict()
    for step in range(20):
        x, y, heart_rate = make_batch(rng)
        for one, optimiser in zip((network, other), optimisers, strict=True):
            masks = np.random.default_rng(step)
            optimiser.step(one.loss_and_gradients(x, y, heart_rate, generator=masks)[1])
    assert largest_difference(network.state_dict(), other.state_dict()) < 1e-8
    assert largest_difference(network.state_dict(), first) > 1e-2
    assert largest_difference(optimisers[0].state_dict(), optimisers[1].state_dict()) < 1e-8


def test_training_goes_on_in_the_other_backend(torch, rng):
    batches = [make_batch(rng) for _ in range(6)]
    ends = []
    for changes_over in (False, True):
        network = CRNN(image_size=SIZE, dtype=np.float64, random_state=0)
        optimiser = Adam(network.parameters)
        for step, batch in enumerate(batches):
            if changes_over and step in (2, 4):
                old, network = network, TorchCRNN(network) if step == 2 else from_torch(network.module)
                assert largest_difference(old.state_dict(), network.state_dict()) == 0
                state, kind = optimiser.state_dict(), TorchAdam if step == 2 else Adam
                optimiser = kind(network.parameters)
                optimiser.load_state_dict(state)
            optimiser.step(network.loss_and_gradients(*batch)[1])
        ends.append(network.state_dict())
    assert largest_difference(*ends) < 1e-10


def test_the_state_of_an_optimiser_that_has_not_begun(torch):
    optimiser = TorchAdam(TorchCRNN(CRNN(image_size=SIZE, random_state=0)).parameters)
    state = optimiser.state_dict()
    assert state["n_steps"] == 0
    assert not any(values.any() for values in state.values())
    optimiser.load_state_dict(state)
    with pytest.raises(InvalidArgumentError, match="state lacks"):
        optimiser.load_state_dict({})


@pytest.mark.parametrize("kind", ["uncertainty", "gradnorm"])
def test_learnt_task_weights_serve_both_backends(torch, rng, kind):
    network = CRNN(image_size=SIZE, dtype=np.float64, random_state=0)
    other = TorchCRNN(network)
    weights = make_task_weights(kind), make_task_weights(kind)
    for step in range(3):
        x, y, heart_rate = make_batch(rng)
        answers = [
            weight.loss_and_gradients(one, x, y, heart_rate, generator=np.random.default_rng(step))
            for weight, one in zip(weights, (network, other), strict=True)
        ]
        assert_allclose(answers[1][0], answers[0][0], rtol=1e-10)
        assert largest_difference(answers[0][1], answers[1][1]) < 1e-10
    assert_allclose(weights[1].weights, weights[0].weights, rtol=1e-10)


def test_heart_rates_that_are_unknown_or_met_exactly(torch, rng):
    network = CRNN(image_size=SIZE, dtype=np.float64, random_state=0)
    other = TorchCRNN(network)
    x, y, _ = make_batch(rng)
    for heart_rate in (None, np.full(3, np.nan), other.forward(x)[1]):
        losses, gradients = other.loss_and_gradients(x, y, heart_rate)
        assert losses.heart_rate == 0
        assert all(bool(values.isfinite().all()) for values in gradients.values())
        assert not gradients["heart_rate.weight"].any()


def test_mixed_precision_is_near_and_leaves_weights_single(torch, rng):
    network = CRNN(image_size=SIZE, random_state=0)
    other = TorchCRNN(network, mixed_precision=True)
    x, y, heart_rate = make_batch(rng)
    assert_allclose(other.forward(x)[0], network.forward(x)[0], rtol=0, atol=0.02)
    ours, theirs = (one.loss_and_gradients(x, y, heart_rate) for one in (network, other))
    assert_allclose(theirs[0], ours[0], rtol=0.02)
    for name, gradient in ours[1].items():
        assert theirs[1][name].dtype == torch.float32
        theirs_flat, flat = theirs[1][name].numpy().ravel(), gradient.ravel()
        cosine = flat @ theirs_flat / (np.linalg.norm(flat) * np.linalg.norm(theirs_flat))
        assert cosine > 0.98, name  # eight bits: here and there another pixel wins the pooling
    TorchAdam(other.parameters).step(theirs[1])
    assert all(values.dtype == torch.float32 for values in other.parameters.values())
    assert not torch.is_autocast_enabled("cpu")


@pytest.mark.slow
def test_a_compiled_network_gives_the_same(torch, rng):
    network = CRNN(image_size=SIZE, random_state=0)
    other = TorchCRNN(network, compile=True)
    batch = make_batch(rng, n_frames=2)
    answers = [one.loss_and_gradients(*batch, generator=np.random.default_rng(0)) for one in (network, other)]
    assert_allclose(answers[1][0], answers[0][0], rtol=1e-5)
    assert_allclose(answers[1][1]["conv1.weight"].numpy(), answers[0][1]["conv1.weight"], rtol=0, atol=1e-5)
    assert from_torch(other._call).n_parameters == network.n_parameters


def test_a_gpu_gives_the_same(torch, rng):
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")
    network = CRNN(random_state=0)
    x, y, heart_rate = make_batch(rng, size=64)
    other = TorchCRNN(network, device="cuda")
    assert_allclose(other.forward(x)[0], network.forward(x)[0], rtol=0, atol=1e-5)
    losses, gradients = other.loss_and_gradients(x, y, heart_rate, generator=np.random.default_rng(0))
    assert_allclose(losses, network.loss_and_gradients(x, y, heart_rate, generator=np.random.default_rng(0))[0], 1e-5)
    assert all(values.is_cuda for values in gradients.values())
    TorchAdam(other.parameters).step(gradients)


def test_a_gpu_that_is_not_there_is_said(torch):
    network = CRNN(image_size=SIZE, random_state=0)
    for device in ("cuda:99", "meta", "nonsense", 3.5):
        with pytest.raises(InvalidArgumentError, match=rf"device={device!r} is not there .*give 'cpu'"):
            TorchCRNN(network, device=device)


def test_convolutions_on_a_gpu_are_of_full_single_precision(torch):
    network = TorchCRNN(CRNN(image_size=SIZE, random_state=0))
    network.device = SimpleNamespace(type="cuda")  # what is set does not need the device
    before = torch.backends.cudnn.allow_tf32, torch.backends.cudnn.enabled, torch.backends.cudnn.benchmark
    with network._exact_convolutions():
        assert not torch.backends.cudnn.allow_tf32
        assert torch.backends.cudnn.enabled == before[1]
    assert before == (torch.backends.cudnn.allow_tf32, torch.backends.cudnn.enabled, torch.backends.cudnn.benchmark)


def test_nothing_of_the_caller_changes(torch, rng):
    torch.manual_seed(1)
    before = torch.get_num_threads(), torch.get_default_dtype(), torch.get_rng_state()
    network = TorchCRNN(CRNN(image_size=SIZE, random_state=0))
    x, y, heart_rate = make_batch(rng)
    kept = x.copy()
    network.loss_and_gradients(x, y, heart_rate, generator=np.random.default_rng(0))
    assert before[:2] == (torch.get_num_threads(), torch.get_default_dtype())
    assert torch.equal(before[2], torch.get_rng_state())
    assert_array_equal(x, kept)


@pytest.mark.filterwarnings("error")
def test_frames_that_cannot_be_written_to(torch, rng):
    network = TorchCRNN(CRNN(image_size=SIZE, random_state=0))
    x = (255 * make_batch(rng)[0]).astype(np.uint8)
    expected = network.forward(x)[0]
    x.setflags(write=False)
    assert_array_equal(network.forward(x)[0], expected)
    assert_allclose(network.forward(x[:, ::-1][:, ::-1])[0], expected, rtol=0, atol=1e-7)
    assert_allclose(network.forward(x / 255)[0], expected, rtol=0, atol=1e-6)


def test_more_windows_than_fit_one_call(torch, rng):
    network = CRNN(image_size=22, random_state=0)
    x = rng.random((130, 1, 3, 22, 22), dtype=np.float32)
    assert_allclose(TorchCRNN(network).forward(x)[1], network.forward(x)[1], rtol=0, atol=1e-5)


def test_the_module_is_one_of_pytorch(torch, rng):
    module = to_torch(CRNN(image_size=SIZE, random_state=0))
    assert type(module).__name__ == "CRNNModule"
    assert physiofer.crnn.torch_module.CRNNModule is type(module)
    frames = torch.from_numpy(make_batch(rng)[0]).float()
    copy = pickle.loads(pickle.dumps(module.eval()))  # noqa: S301
    assert torch.equal(copy(frames)[0], module(frames)[0])
    module.train()  # drops units of its own accord
    assert not torch.equal(module(frames)[0], module(frames)[0])
    assert type(module)(heart_rate_head=False, image_size=SIZE)(frames)[1] is None


def test_what_is_no_network_of_ours(torch):
    with pytest.raises(InvalidArgumentError, match="module has type Linear"):
        from_torch(torch.nn.Linear(2, 3))
    with pytest.raises(InvalidArgumentError, match="network has type Linear"):
        to_torch(torch.nn.Linear(2, 3))
    with pytest.raises(InvalidArgumentError, match="mixed_precision=True is of float32"):
        TorchCRNN(CRNN(image_size=SIZE, dtype=np.float64, random_state=0), mixed_precision=True)
    with pytest.raises(InvalidArgumentError, match="compile=1 must be True or False"):
        TorchCRNN(CRNN(image_size=SIZE, random_state=0), compile=1)
    with pytest.raises(AttributeError, match="CRNNModul"):
        physiofer.crnn.torch_module.CRNNModul  # noqa: B018


def test_bad_batches_are_refused_as_in_numpy(torch, rng):
    network = CRNN(image_size=SIZE, random_state=0)
    other = TorchCRNN(network)
    x, y, heart_rate = make_batch(rng)
    holed = x.copy()
    holed[0, 0, 0, 0, 0] = np.nan
    for frames, labels, rates in (
        (holed, y, heart_rate), (255 * x, y, heart_rate), (x.transpose(0, 1, 3, 4, 2), y, heart_rate),
        (x[..., 1:], y, heart_rate), (x[:0], y[:0], heart_rate[:0]), (x, y[1:], heart_rate), (x, y, heart_rate[1:]),
        (x, y + np.nan, heart_rate), (x, y + 1, heart_rate), (x, y, heart_rate + np.inf),
    ):  # fmt: skip
        messages = []
        for one in (network, other):
            with pytest.raises(InvalidArgumentError) as caught:
                one.loss_and_gradients(frames, labels, rates)
            messages.append(re.sub(r"goes from \S+ to \S+;", "", str(caught.value)))  # of a block here, of all there
        assert messages[0] == messages[1]


def test_weights_of_another_network_change_nothing(torch):
    network = TorchCRNN(CRNN(image_size=SIZE, random_state=0))
    before = network.state_dict()
    with pytest.raises(InvalidArgumentError, match="another network"):
        network.load_state_dict({"conv1.weight": np.zeros((32, 3, 3, 3))})
    with pytest.raises(InvalidArgumentError, match=r"heart_rate\.bias"):
        network.load_state_dict(before | {"conv1.bias": np.zeros(32), "heart_rate.bias": np.array([np.nan])})
    assert largest_difference(network.state_dict(), before) == 0
    network.load_state_dict(CRNN(image_size=SIZE, random_state=1).state_dict())
    assert largest_difference(network.state_dict(), before) > 0


@pytest.mark.parametrize("task_weighting", ["fixed", "uncertainty"])
def test_the_classifier_trains_in_either(torch, rng, tmp_path, task_weighting):
    frames, labels, rates = (
        rng.integers(0, 256, (8, 2, 3, 22, 22)).astype(np.uint8),
        np.tile([0, 1], 4),
        60 + np.arange(8.0),
    )
    options = {"n_epochs": 3, "batch_size": 4, "task_weighting": task_weighting, "random_state": 0}
    one, other = (
        CRNNClassifier(**options, backend=backend).fit(frames, labels, heart_rate=rates)
        for backend in ("numpy", "torch")
    )
    assert isinstance(other.network_, CRNN)  # answers come from NumPy
    assert_allclose(other.predict_proba(frames), one.predict_proba(frames), atol=1e-3)
    assert_allclose(other.predict_heart_rate(frames), one.predict_heart_rate(frames), atol=0.05)
    for name, curve in one.history_.items():
        assert_allclose(other.history_[name], curve, rtol=1e-3, err_msg=name)
    path = tmp_path / "run"
    clone(other).set_params(n_epochs=1, checkpoint=path).fit(frames, labels, heart_rate=rates)
    resumed = clone(other).set_params(checkpoint=path).fit(frames, labels, heart_rate=rates)
    assert resumed.history_ == other.history_
    with pytest.raises(InvalidArgumentError, match="device"):
        clone(other).set_params(device="nowhere").fit(frames, labels, heart_rate=rates)


def test_files_of_weights_serve_both_backends(torch, tmp_path):
    one, other = (CRNN(image_size=SIZE, random_state=seed) for seed in (0, 1))
    save(tmp_path / "w", TorchCRNN(one))
    assert largest_difference(load(tmp_path / "w").network.state_dict(), one.state_dict()) == 0
    network = TorchCRNN(other)
    assert import_state_dict(network, to_torch(one).state_dict()) == list(one.parameters)
    assert largest_difference(network.state_dict(), one.state_dict()) == 0


@pytest.mark.parametrize("name", ["torch_module", "torch_backend"])
def test_examples_that_need_pytorch_run(torch, name):
    module = importlib.import_module(f"physiofer.crnn.{name}")
    n_run = 0
    for test in doctest.DocTestFinder().find(module):
        for example in test.examples:
            example.options.pop(doctest.SKIP, None)
        result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test)
        assert result.failed == 0, test.name
        n_run += result.attempted
    assert n_run > 5
