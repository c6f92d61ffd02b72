"""Weights of the two losses: as the papers' recipes say, and the same for every network that has the methods."""

from types import SimpleNamespace

import naive_crnn_weights as naive
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.crnn.losses import Losses
from physiofer.crnn.network import CRNN
from physiofer.crnn.task_weights import TASK_WEIGHTINGS, GradNormWeights, UncertaintyWeights, make_task_weights
from physiofer.exceptions import InvalidArgumentError

RATES = [60.0, 70.0]


class FakeNetwork:
    """Gives losses as told, and gradients of given norms; counts what it is asked."""

    heart_rate_head = True

    def __init__(self, losses, norms=None):
        self.losses, self.norms = list(losses), list(norms or [(1.0, 1.0)] * len(losses))
        self.asked, self.step = [], 0

    def loss_and_gradients(self, x, y, heart_rate, *, alpha, beta, generator):
        emotion, error = self.losses[self.step]
        pull = alpha * self.norms[self.step][0], beta * self.norms[self.step][1]
        self.asked.append((alpha, beta))
        # a gradient of two numbers: the first is emotion's, the second heart rate's
        gradients = {"shared.weight": np.array(pull), "conv1.bias": np.array([sum(pull)])}
        return Losses(alpha * emotion + beta * error, emotion, error), gradients


def run(weights, losses, norms=None):
    """The weights after each batch of a fake network."""
    network, found = FakeNetwork(losses, norms), []
    for step in range(len(losses)):
        network.step = step
        weights.loss_and_gradients(network, None, None, RATES)
        found.append(weights.weights)
    return found


@pytest.fixture
def course(rng):
    """Losses that fall and norms that wander, over thirty batches."""
    fall = np.exp(-np.arange(30) / 20)
    losses = np.column_stack([0.7 * fall, 70 * np.sqrt(fall)]) * rng.uniform(0.8, 1.2, (30, 2))
    return [tuple(pair) for pair in losses], [tuple(pair) for pair in rng.uniform(0.1, 2.0, (30, 2))]


def test_uncertainty_matches_naive(course):
    found = run(UncertaintyWeights(0.5, 0.02, learning_rate=0.03), course[0])
    assert_allclose(found, naive.uncertainty(course[0], 0.5, 0.02, 0.03), rtol=1e-6)


@pytest.mark.parametrize("asymmetry", [0.0, 1.5])
def test_gradnorm_matches_naive(course, asymmetry):
    losses, norms = course
    found = run(GradNormWeights(0.5, 0.02, asymmetry=asymmetry), losses, norms)
    scaled = [(0.5 * one, 0.02 * other) for one, other in norms]
    assert_allclose(found, naive.gradnorm(losses, scaled, 0.5, 0.02, asymmetry, 0.025), rtol=1e-9)


def test_uncertainty_settles_where_each_loss_is_its_noise():
    # alpha e exp(-s) = 1/2 and beta h exp(-u) = 1 are the least of each term: weights 1 / (2 e) and 1 / h.
    found = run(UncertaintyWeights(learning_rate=0.1), [(0.25, 8.0)] * 400)
    assert_allclose(found[-1], [2.0, 1 / 8.0], rtol=1e-3)


def test_where_uncertainty_settles_does_not_depend_on_where_it_starts_or_on_units():
    per_bpm = run(UncertaintyWeights(0.3, 1.0, learning_rate=0.1), [(0.25, 8.0)] * 400)[-1]
    per_second = run(UncertaintyWeights(0.3, 1.0, learning_rate=0.1), [(0.25, 8.0 / 60)] * 400)[-1]
    assert_allclose(per_bpm, [2.0, 1 / 8.0], rtol=1e-3)
    assert_allclose(per_second[1], 60 * per_bpm[1], rtol=1e-3)


def test_gradnorm_makes_gradients_equal_where_both_tasks_learn_alike():
    norms = (4.0, 1.0)
    alpha, beta = run(GradNormWeights(1.0, 1.0, learning_rate=0.01), [(0.5, 9.0)] * 500, [norms] * 500)[-1]
    assert alpha * norms[0] == pytest.approx(beta * norms[1], rel=0.05)
    assert alpha + beta == pytest.approx(2.0)


def test_gradnorm_favours_the_task_that_lags():
    losses = [(1.0, 10.0)] + [(1.0, 2.0)] * 300  # heart rate has learnt, emotion has not
    alpha, beta = run(GradNormWeights(1.0, 1.0, learning_rate=0.01), losses)[-1]
    alpha_equal, beta_equal = run(GradNormWeights(1.0, 1.0, asymmetry=0.0, learning_rate=0.01), losses)[-1]
    assert alpha > 1.5 > 0.5 > beta
    assert_allclose([alpha_equal, beta_equal], [1.0, 1.0], atol=0.03)


def test_gradnorm_first_step_by_hand():
    # Norms 3 and 1, mean 2: the first is above it, the second below. Adam's first step is the rate, whatever the slope:
    # 1 - 0.1 and 1 + 0.1, whose sum is 2 already.
    found = run(GradNormWeights(1.0, 1.0, learning_rate=0.1), [(0.7, 70.0)], [(3.0, 1.0)])
    assert_allclose(found, [(0.9, 1.1)], rtol=1e-7)


@pytest.mark.parametrize("kind", TASK_WEIGHTINGS)
def test_weights_stay_finite_and_positive_whatever_the_losses(kind):
    for losses in ([(0.0, 0.0)] * 50, [(1e6, 1e-9)] * 50, [(1e-20, 1e20), (1e20, 1e-20)] * 25):
        for norms in ([(0.0, 0.0)] * 50, [(1e-20, 1e20)] * 50):
            found = np.array(run(make_task_weights(kind), losses, norms))
            assert np.isfinite(found).all()
            assert (found > 0).all()


@pytest.mark.parametrize("kind", ["uncertainty", "gradnorm"])
@pytest.mark.parametrize("heart_rate", [None, [np.nan, np.nan]])
def test_a_batch_without_heart_rates_moves_nothing(kind, heart_rate):
    weights = make_task_weights(kind)
    run(weights, [(0.7, 70.0), (0.6, 60.0)])
    before, network = weights.weights, FakeNetwork([(0.5, 0.0)])
    losses, _ = weights.loss_and_gradients(network, None, None, heart_rate)
    assert weights.weights == before == network.asked[0]
    assert losses.total == pytest.approx(before[0] * 0.5)
    assert len(network.asked) == 1


@pytest.mark.parametrize("kind", TASK_WEIGHTINGS)
def test_what_is_returned_is_of_the_weights_before_the_step(kind, course):
    losses, norms = course
    weights, network = make_task_weights(kind, alpha=0.5, beta=0.02), FakeNetwork(losses, norms)
    for network.step in range(5):
        alpha, beta = weights.weights
        found, gradients = weights.loss_and_gradients(network, None, None, RATES)
        emotion, error = losses[network.step]
        pull = alpha * norms[network.step][0], beta * norms[network.step][1]
        assert_allclose(found, [alpha * emotion + beta * error, emotion, error])
        assert_allclose(gradients["shared.weight"], pull)
        assert_allclose(gradients["conv1.bias"], [sum(pull)])
    assert (weights.weights == (0.5, 0.02)) == (kind == "fixed")


def test_two_passes_through_a_network_give_the_gradients_of_the_weighted_sum(rng):
    network = CRNN(image_size=22, dtype=np.float64, random_state=0)
    batch = rng.random((2, 1, 3, 22, 22)), np.array([[0], [1]]), np.array([60.0, np.nan])
    weights, generator = make_task_weights("gradnorm", beta=0.1), np.random.default_rng(3)
    expected = network.loss_and_gradients(*batch, beta=0.1, generator=np.random.default_rng(3))
    found = weights.loss_and_gradients(network, *batch, generator=generator)
    assert_allclose(found[0], expected[0], rtol=1e-12)
    for name, gradient in expected[1].items():
        assert_allclose(found[1][name], gradient, rtol=1e-9, atol=1e-13, err_msg=name)
    once = np.random.default_rng(3)
    network.dropout_mask(once, 2)
    assert generator.random() == once.random()  # one set of masks was drawn for both passes


@pytest.mark.parametrize("kind", TASK_WEIGHTINGS)
def test_a_run_goes_on_from_its_state(kind, course):
    losses, norms = course
    whole = run(make_task_weights(kind), losses, norms)
    first = make_task_weights(kind)
    run(first, losses[:12], norms[:12])
    state = {name: np.array(values) for name, values in first.state_dict().items()}
    run(first, losses[12:15], norms[12:15])  # goes on; what it gave before is a copy
    second = make_task_weights(kind)
    second.load_state_dict(state)
    assert_array_equal(run(second, losses[12:], norms[12:])[-1], whole[-1])


def test_a_state_of_another_kind_is_refused():
    for kind in TASK_WEIGHTINGS:
        for other in set(TASK_WEIGHTINGS) - {kind}:
            with pytest.raises(InvalidArgumentError, match="another kind of weights"):
                make_task_weights(kind).load_state_dict(make_task_weights(other).state_dict())
    with pytest.raises(InvalidArgumentError, match="state must have the names"):
        UncertaintyWeights().load_state_dict(None)


def test_learnt_weights_need_two_tasks():
    single = SimpleNamespace(heart_rate_head=False)
    for kind in ("uncertainty", "gradnorm"):
        with pytest.raises(InvalidArgumentError, match="needs two tasks; give a network with heart_rate_head=True"):
            make_task_weights(kind).loss_and_gradients(single, None, None, RATES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "gradnrm"}, "Did you mean gradnorm"),
        ({"kind": "fixed", "beta": -0.1}, r"beta=-0\.1"),
        ({"kind": "fixed", "alpha": np.nan}, "alpha=nan"),
        ({"kind": "gradnorm", "beta": 0.0}, r"beta=0\.0 must be .*\(0, inf\)"),
        ({"kind": "uncertainty", "alpha": 0}, "alpha=0"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        make_task_weights(**arguments)
    with pytest.raises(InvalidArgumentError, match="asymmetry"):
        GradNormWeights(asymmetry=-1)
