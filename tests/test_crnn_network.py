"""The multi-task network: its sizes, its answers against a plain twin, its gradients against central differences."""

import naive_crnn
import numba
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.crnn.adam import Adam
from physiofer.crnn.gru import ConvGRU
from physiofer.crnn.layers import PatchConvolution, TiledConvolution, pooled_size
from physiofer.crnn.losses import binary_cross_entropy, heart_rate_error, sigmoid
from physiofer.crnn.network import CRNN
from physiofer.exceptions import InvalidArgumentError
from physiofer.kernels import crnn as kernels

SIZE = 30  # the smallest images whose last maps are larger than one pixel
IS_COMPILED = not numba.config.DISABLE_JIT


@pytest.fixture(scope="module")
def network():
    """A network in double precision that no test changes."""
    return CRNN(n_targets=2, image_size=SIZE, dtype=np.float64, random_state=3)


@pytest.fixture(scope="module")
def batch():
    """Two sequences of five frames, with labels, and one heart rate missing."""
    rng = np.random.default_rng(11)
    x = rng.random((2, 5, 3, SIZE, SIZE))
    return x, np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([72.0, np.nan])


def central_difference(function, values, index, step=1e-6):
    """Slope of a function of nothing in one element of an array, which is put back."""
    original = values[index]
    values[index] = original + step
    above = function()
    values[index] = original - step
    below = function()
    values[index] = original
    return (above - below) / (2 * step)


def first_last(images):
    """As a convolution takes them: channels last, side by side."""
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1))


# 1 fast equals obvious


@pytest.mark.parametrize(
    ("height", "width", "padding"), [(3, 4, 0), (6, 6, 1), (9, 8, 0), (14, 14, 0), (5, 7, 1), (1, 1, 1)]
)
def test_convolution_of_tiles_matches_naive(rng, height, width, padding):
    images, weight = rng.normal(size=(2, 3, height, width)), rng.normal(size=(4, 3, 3, 3))
    convolution = TiledConvolution(weight, height, width, padding)
    out = np.empty((2, *convolution.out_size, 4))
    convolution.forward(first_last(images), out)
    assert_allclose(out, first_last(naive_crnn.convolve(images, weight, 0.0, padding)), atol=1e-12)


@pytest.mark.parametrize("steps", [2, 3, 4])
def test_tiles_of_every_size_hold_single_precision(rng, monkeypatch, steps):
    monkeypatch.setattr("physiofer.crnn.layers._cheapest_tile", lambda height, width: steps)
    images = np.abs(rng.normal(size=(1, 24, 8, 9))).astype(np.float32)
    weight = rng.uniform(-0.1, 0.1, size=(8, 24, 3, 3)).astype(np.float32)
    out = np.empty((1, 6, 7, 8), np.float32)
    TiledConvolution(weight, 8, 9).forward(first_last(images), out)
    exact = first_last(naive_crnn.convolve(images.astype(float), weight.astype(float)))
    assert_allclose(out, exact, atol=1e-5 * np.abs(exact).max())


@pytest.mark.parametrize("size", [3, 4, 7, 8])
def test_pooling_matches_naive(rng, size):
    images, bias = rng.normal(size=(2, 5, size, size + 1)), rng.normal(size=5)
    wanted = first_last(naive_crnn.pool(np.maximum(images + bias[:, None, None], 0)))
    pooled, chosen = np.empty(wanted.shape), np.empty(wanted.shape, np.uint8)
    kernels.pool(0, 2, first_last(images), bias, pooled, chosen)
    assert_array_equal(pooled, wanted)
    assert wanted.shape[1] == pooled_size(size + 2)
    gradient = rng.normal(size=wanted.shape)
    back = np.empty((2, size, size + 1, 5))
    kernels.unpool(0, 2, gradient, pooled, chosen, back)
    assert_allclose(back.sum(), gradient[wanted > 0].sum())
    assert_allclose((back * (first_last(images) + bias)).sum(), (gradient * wanted).sum())


def test_forward_matches_naive(network, batch):
    x = batch[0][:, : 5 if IS_COMPILED else 2]
    probability, rates = network.forward(x)
    wanted = naive_crnn.forward(network.parameters, x)
    assert_allclose(probability, wanted[0], rtol=1e-10)
    assert_allclose(rates, wanted[1], rtol=1e-10, atol=1e-12)
    assert_allclose(
        network.shared_features(x), naive_crnn.shared_features(network.parameters, x), rtol=1e-9, atol=1e-12
    )


def test_losses_match_naive_with_dropout_and_missing_rates(network, batch):
    x, y, heart_rate = batch[0][:, :2], *batch[1:]
    losses, _ = network.loss_and_gradients(
        x, y, heart_rate, alpha=0.7, beta=0.2, generator=np.random.Generator(np.random.Philox(5))
    )
    mask = network.dropout_mask(np.random.Generator(np.random.Philox(5)), 2)
    assert set(np.unique(mask)) == {0.0, 2.0}
    emotion, rate = naive_crnn.losses(*naive_crnn.forward(network.parameters, x, mask), y, heart_rate)
    assert_allclose(losses, (0.7 * emotion + 0.2 * rate, emotion, rate), rtol=1e-10)


def test_adam_matches_naive(rng):
    start, gradients = rng.normal(size=5), rng.normal(size=(7, 5))
    weights = {"w": start.copy()}
    adam = Adam(weights, learning_rate=0.01)
    for gradient in gradients[:4]:
        adam.step({"w": gradient})
    later = Adam(weights, learning_rate=0.01)
    later.load_state_dict(adam.state_dict())
    for gradient in gradients[4:]:
        later.step({"w": gradient})
    assert_allclose(
        weights["w"], [naive_crnn.adam(w, g, 0.01) for w, g in zip(start, gradients.T, strict=True)], rtol=1e-12
    )


# gradients against central differences


@pytest.mark.parametrize(("height", "padding"), [(6, 1), (7, 0), (12, 0)])
def test_gradients_of_a_convolution_of_tiles(rng, height, padding):
    images, weight = rng.normal(size=(2, height, height, 3)), rng.normal(size=(2, 3, 3, 3))
    convolution = TiledConvolution(weight, height, height, padding)
    gradient = rng.normal(size=(2, *convolution.out_size, 2))
    tiles = convolution.gradient_tiles(gradient)
    of_weight = convolution.weight_gradient(tiles.transpose(0, 2, 1) @ convolution.input_tiles(images))
    of_images = np.empty(images.shape)
    convolution.backward_images(tiles, of_images)

    def loss():
        out = np.empty(gradient.shape)
        TiledConvolution(weight, height, height, padding).forward(images, out)
        return (out * gradient).sum()

    for index in [(0, 0, 0, 0), (1, 2, 2, 1), (0, 1, 1, 2)]:
        assert_allclose(of_weight[index], central_difference(loss, weight, index, 1e-3), rtol=1e-6)
    for index in [(0, 0, 0, 0), (1, height - 1, 2, 1), (1, 3, height - 1, 2), (0, 4, 4, 1)]:
        assert_allclose(of_images[index], central_difference(loss, images, index, 1e-3), rtol=1e-6)


def test_gradient_of_a_convolution_of_patches(rng):
    images, weight, gradient = (
        rng.normal(size=(2, 2, 5, 6)),
        rng.normal(size=(3, 2, 3, 3)),
        rng.normal(size=(2, 3, 4, 3)),
    )
    of_weight = PatchConvolution(weight, 5, 6).weight_gradient(images, gradient)
    out = np.empty(gradient.shape)
    PatchConvolution(weight, 5, 6).forward(images, out)
    assert_allclose(out, first_last(naive_crnn.convolve(images, weight)), atol=1e-12)
    assert_allclose((of_weight * weight).sum(), (out * gradient).sum())  # linear: exact in any direction
    for index in [(0, 1, 2, 0), (2, 0, 0, 2)]:
        slope = central_difference(
            lambda: (first_last(naive_crnn.convolve(images, weight)) * gradient).sum(), weight, index, 1e-3
        )
        assert_allclose(of_weight[index], slope, rtol=1e-6)


def test_gradients_of_the_recurrent_unit_through_five_steps(rng):
    x, gradient = rng.normal(size=(5, 2, 2, 3, 2)), rng.normal(size=(2, 2, 3, 4))
    weights = [rng.normal(size=(12, 2, 3, 3)), rng.normal(size=12), rng.normal(size=(12, 4, 3, 3)) / 3]

    def loss():
        return (ConvGRU(*weights, 2, 3).forward(x) * gradient).sum()

    unit = ConvGRU(*weights, 2, 3)
    unit.forward(x)
    for found, values in zip(unit.backward(gradient), [x, *weights], strict=True):
        found = found.reshape(values.shape)
        for place in np.argsort(np.abs(found), axis=None)[[-1, -3, -values.size // 2]]:
            index = np.unravel_index(place, values.shape)
            assert_allclose(found[index], central_difference(loss, values, index, 1e-5), rtol=1e-6, atol=1e-9)


def test_gradients_of_the_whole_network_through_five_steps(network, batch):
    x, y, heart_rate = batch
    _, gradients = network.loss_and_gradients(x, y, heart_rate, alpha=1.0, beta=0.01)

    def loss():
        emotion, rate = naive_crnn.losses(*network.forward(x), y, heart_rate)
        return emotion + 0.01 * rate

    assert list(gradients) == list(network.parameters)
    names = list(gradients) if IS_COMPILED else ["conv1.weight", "gru.hidden.weight"]
    for name in names:
        gradient = gradients[name]
        assert gradient.shape == network.parameters[name].shape
        for place in np.argsort(np.abs(gradient), axis=None)[-1:]:
            index = np.unravel_index(place, gradient.shape)
            slope = central_difference(loss, network.parameters[name], index)
            assert_allclose(gradient[index], slope, rtol=1e-6, atol=2e-10, err_msg=name)


# 2 properties


def test_single_precision_agrees_with_double(network, batch):
    single = CRNN(n_targets=2, image_size=SIZE)
    single.load_state_dict(network.state_dict())
    x = batch[0][:, :3].astype(np.float32)
    for found, wanted in zip(single.forward(x), network.forward(x), strict=True):
        assert found.dtype == np.float32
        assert_allclose(found, wanted, rtol=1e-5)
    losses, gradients = single.loss_and_gradients(x, *batch[1:])
    wanted, exact = network.loss_and_gradients(x, *batch[1:])
    assert_allclose(losses, wanted, rtol=1e-5)
    for name, gradient in gradients.items():
        assert gradient.dtype == np.float32
        assert_allclose(gradient, exact[name], atol=2e-5 * np.abs(exact[name]).max(), err_msg=name)


def test_sequences_do_not_meet_and_bytes_are_divided(network, rng):
    faces = rng.integers(0, 256, size=(3, 2, 3, SIZE, SIZE), dtype=np.uint8)
    together = network.shared_features(faces)
    assert_allclose(network.shared_features(faces[1:2] / 255), together[1:2], rtol=1e-12)
    assert_array_equal(network.shared_features(faces), together)


def test_threads_do_not_change_the_answer(network, batch, monkeypatch):
    batch = (batch[0][:, : 2 if IS_COMPILED else 1], *batch[1:])
    monkeypatch.setattr("physiofer.crnn.threads.thread_count", lambda: 1)
    alone = network.loss_and_gradients(*batch)
    monkeypatch.setattr("physiofer.crnn.threads.thread_count", lambda: 3)
    losses, gradients = network.loss_and_gradients(*batch)
    assert_allclose(losses, alone[0], rtol=1e-12)
    for name, gradient in gradients.items():
        assert_allclose(gradient, alone[1][name], atol=1e-12 * np.abs(gradient).max(), err_msg=name)


def test_a_task_of_weight_zero_gives_no_gradient(network, batch):
    x, y, heart_rate = batch[0][:, :1], *batch[1:]
    _, gradients = network.loss_and_gradients(x, y, heart_rate, alpha=0.0, beta=1.0)
    assert not gradients["emotion.1.bias"].any()
    losses, gradients = network.loss_and_gradients(x, y, np.full(2, np.nan), alpha=0.0, beta=1.0)
    assert losses.heart_rate == 0
    assert not any(gradient.any() for gradient in gradients.values())


def test_black_faces_give_finite_gradients(network):
    x = np.zeros((2, 2, 3, SIZE, SIZE), np.uint8)
    _, gradients = network.loss_and_gradients(x, [[0, 1], [1, 1]], [60.0, 80.0])
    assert all(np.isfinite(gradient).all() for gradient in gradients.values())


def test_a_seed_gives_the_same_weights():
    one, same, other = (CRNN(image_size=SIZE, random_state=seed).state_dict() for seed in (4, 4, 5))
    for name in one:
        assert_array_equal(one[name], same[name])
        assert (one[name] != other[name]).any()


# 3 values from the paper, and by hand


def test_parameter_counts_of_the_paper():
    assert CRNN(heart_rate_head=False).n_parameters == 1_052_473
    assert CRNN().n_parameters == 1_052_490
    assert CRNN().parameters["shared.weight"].shape == (16, 4608)


def test_losses_hand_worked():
    loss, gradient = binary_cross_entropy(np.array([[0.0], [800.0], [-800.0]]), np.array([[1.0], [1.0], [1.0]]))
    assert loss == pytest.approx((np.log(2) + 800) / 3)
    assert_allclose(gradient.ravel(), [-0.5 / 3, 0.0, -1 / 3])
    loss, gradient = heart_rate_error(np.array([63.0, 84.0, 50.0]), np.array([60.0, 80.0, np.nan]))
    assert loss == pytest.approx(np.sqrt(12.5))
    assert_allclose(gradient, [3 / (2 * loss), 4 / (2 * loss), 0.0])
    loss, gradient = heart_rate_error(np.array([60.0]), np.array([60.0]))
    assert (loss, gradient.tolist()) == (0.0, [0.0])
    assert_allclose(sigmoid(np.array([np.log(3.0)])), [0.75])


# 4 failures, by their messages


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 3, SIZE, SIZE)), r"x\[None\]"),
        (np.zeros((1, 2, SIZE, SIZE, 3)), r"transpose\(0, 1, 4, 2, 3\)"),
        (np.zeros((1, 2, 3, SIZE, SIZE + 1)), "must be"),
        (np.zeros((0, 2, 3, SIZE, SIZE)), "nothing in it"),
        (np.zeros((1, 0, 3, SIZE, SIZE)), "nothing in it"),
        (np.zeros((1, 1, 3, SIZE, SIZE), int), "int64"),
        (np.full((1, 1, 3, SIZE, SIZE), np.nan), "finite"),
        (np.full((1, 1, 3, SIZE, SIZE), np.inf), "finite"),
        (np.full((1, 1, 3, SIZE, SIZE), 255.0), "divide"),
        ("faces", "shape"),
    ],
)
def test_forward_says_what_is_wrong_with_its_faces(network, x, message):
    with pytest.raises(InvalidArgumentError, match=message):
        network.forward(x)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": np.zeros((2, 1))}, "y has shape"),
        ({"y": np.full((2, 2), np.nan)}, "NaN"),
        ({"y": np.full((2, 2), 2)}, "0 to 1"),
        ({"y": [["high", "low"]] * 2}, "y must be"),
        ({"heart_rate": [60.0]}, "heart_rate has shape"),
        ({"heart_rate": [60.0, np.inf]}, "finite"),
        ({"beta": -1}, "beta"),
        ({"alpha": np.nan}, "alpha"),
        ({"generator": 3}, "generator"),
        ({"generator": np.random.default_rng(0), "dropout": 1.0}, "dropout"),
    ],
)
def test_training_says_what_is_wrong_with_its_arguments(network, batch, arguments, message):
    arguments = {"y": batch[1], "heart_rate": batch[2], **arguments}
    with pytest.raises(InvalidArgumentError, match=message):
        network.loss_and_gradients(batch[0][:, :1], **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_size": 21}, "image_size"),
        ({"n_targets": 0}, "n_targets"),
        ({"n_channels": 1.5}, "n_channels"),
        ({"dtype": np.float16}, "dtype"),
        ({"dtype": "wide"}, "dtype"),
        ({"random_state": -1}, "random_state"),
        ({"heart_rate_head": "yes"}, "heart_rate_head"),
    ],
)
def test_network_names_its_wrong_argument(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        CRNN(**arguments)


def test_smallest_image_and_one_channel(rng):
    network = CRNN(n_channels=1, image_size=22, heart_rate_head=False, random_state=0)
    probability, rates = network.forward(rng.random((1, 1, 1, 22, 22)))
    assert probability.shape == (1, 1)
    assert rates is None
    losses, _ = network.loss_and_gradients(rng.random((1, 1, 1, 22, 22)), [1], [70.0])
    assert losses.heart_rate == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("conv1.bias"), "lacks.*conv1.bias"),
        (lambda state: state.update(extra=np.zeros(1)), "extra"),
        (lambda state: state.update({"shared.bias": np.zeros(3)}), "shared.bias"),
        (lambda state: state.update({"shared.bias": np.full(16, np.nan)}), "finite"),
    ],
)
def test_weights_of_another_network_change_nothing(change, message):
    network = CRNN(image_size=22, random_state=0)
    state = {name: values + 1 for name, values in network.state_dict().items()}
    before = network.state_dict()
    change(state)
    with pytest.raises(InvalidArgumentError, match=message):
        network.load_state_dict(state)
    for name, values in before.items():
        assert_array_equal(network.parameters[name], values)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"learning_rate": -1}, "learning_rate"), ({"betas": (0.9, 1.0)}, "betas"), ({"betas": 0.9}, "betas")],
)
def test_adam_names_its_wrong_argument(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        Adam({"w": np.zeros(2)}, **arguments)


def test_adam_refuses_gradients_and_states_of_other_weights():
    adam = Adam({"w": np.zeros(2)})
    for gradients in ({}, {"w": np.zeros(3)}, {"w": np.zeros(2), "v": np.zeros(2)}):
        with pytest.raises(InvalidArgumentError, match="gradients"):
            adam.step(gradients)
    with pytest.raises(InvalidArgumentError, match="state"):
        adam.load_state_dict({"n_steps": np.array(1)})
    assert adam.n_steps == 0
