"""The convex decomposition: against the paper's matrices, a general solver, known drivers, and hostile input."""

import naive_eda
import numpy as np
import pytest
from fake_eda import skin
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.datasets import _physiology as physiology
from physiofer.exceptions import InvalidArgumentError
from physiofer.kernels.eda.cvxeda import bateman, solve, spline_basis
from physiofer.signals.eda import cvxeda, decompose


def scaled(signal):
    """What the programme sees: zero mean, unit spread, missing samples 0 with weight 0."""
    is_there = np.isfinite(signal)
    y = np.where(is_there, (signal - signal[is_there].mean()) / signal[is_there].std(), 0.0)
    return y, is_there.astype(float)


def with_gaps(signal):
    signal = signal.copy()
    signal[30:45] = np.nan
    signal[::17] = np.nan
    return signal


def test_modes_are_the_bilinear_bateman_function(rng):
    rate, n_times = 4.0, 60
    A, M, _, _ = naive_eda.programme(n_times, rate)
    driver = rng.random(n_times)
    keep_slow, keep_fast, gain_slow, gain_fast, direct = bateman(rate, 2.0, 0.7)
    slow = fast = 0.0
    response = []
    for p in driver:
        response.append(slow - fast + direct * p)
        slow, fast = keep_slow * slow + gain_slow * p, keep_fast * fast + gain_fast * p
    assert_allclose(response, M @ np.linalg.solve(A, driver), atol=1e-12)


@pytest.mark.parametrize("rate", [1.0, 4.0, 7.3])
def test_basis_is_the_cubic_b_spline(rate):
    _, _, B, _ = naive_eda.programme(95, rate)
    basis, gram, first = spline_basis(95, 10.0 * rate, np.ones(95))
    dense = np.zeros((95, first.size + 2))
    for s in range(first.size - 1):
        for t in range(first[s], first[s + 1]):
            dense[t, s : s + 4] = basis[t]
        assert_allclose(np.triu(gram[s]), np.triu(basis[first[s] : first[s + 1]].T @ basis[first[s] : first[s + 1]]))
    assert_allclose(dense, B, atol=1e-12)
    assert_allclose(dense.sum(axis=1), 1.0)


@pytest.mark.parametrize(("rate", "duration_s", "change"), [(4.0, 60, None), (4.0, 45, with_gaps), (1.0, 90, None)])
def test_answer_meets_the_optimality_conditions(rng, rate, duration_s, change):
    signal = skin(rng, rate, duration_s)
    signal = signal if change is None else change(signal)
    y, weight = scaled(signal)
    tonic, phasic, driver = np.empty((3, y.size))
    found, gap, steps = solve(y, weight, rate, 2.0, 0.7, 10.0 * rate, 8e-4, 1e-2, 1e-10, tonic, phasic, driver)
    assert gap <= 1e-10 * max(found, 1e-6 * y.size)
    assert steps < 40
    A, M, B, C = naive_eda.programme(y.size, rate)
    H = M @ np.linalg.inv(A)
    assert_allclose(phasic, H @ driver, atol=1e-9)
    assert found == pytest.approx(naive_eda.objective(y, weight > 0, tonic, phasic, driver, B, C), rel=1e-8)
    # Karush, Kuhn and Tucker: the gradient is 0 but for drivers that rest at 0, where it may be positive.
    residual = weight * (tonic + phasic - y)
    spline, _ = naive_eda.split_tonic(tonic, B, C, weight > 0)
    assert_allclose(B.T @ residual + 1e-2 * spline, 0.0, atol=1e-6)
    assert_allclose(C.T @ residual, 0.0, atol=1e-4)
    gradient = H.T @ residual + 8e-4
    assert gradient.min() > -1e-7
    assert gradient @ driver < 1e-7
    assert driver.min() > 0.0


@pytest.mark.parametrize(
    ("rate", "duration_s", "change"),
    [(4.0, 120, None), (4.0, 60, with_gaps), (1.0, 240, None), (32.0, 15, None), (128.0, 4, None)],
)
def test_objective_is_that_of_a_general_solver(rng, rate, duration_s, change):
    cvxopt = pytest.importorskip("cvxopt")
    signal = skin(rng, rate, duration_s)
    signal = signal if change is None else change(signal)
    y, weight = scaled(signal)
    tonic, phasic, driver = np.empty((3, y.size))
    found, _, _ = solve(y, weight, rate, 2.0, 0.7, 10.0 * rate, 8e-4, 1e-2, 1e-7, tonic, phasic, driver)
    A, M, B, C = naive_eda.programme(y.size, rate)
    X = np.column_stack([M, B, C])
    price = np.diag(np.r_[np.zeros(y.size), np.full(B.shape[1], 1e-2), np.zeros(2)])
    slope = np.r_[8e-4 * A.sum(axis=0), np.zeros(B.shape[1] + 2)] - X.T @ (weight * y)
    bound = np.column_stack([-A, np.zeros((y.size, B.shape[1] + 2))])
    quadratic = X.T @ (weight[:, None] * X) + price
    options = {"show_progress": False, "abstol": 1e-10, "reltol": 1e-10, "feastol": 1e-10}
    answer = cvxopt.solvers.qp(*map(cvxopt.matrix, (quadratic, slope, bound, np.zeros(y.size))), options=options)
    x = np.array(answer["x"])[:, 0]
    best = 0.5 * x @ quadratic @ x + slope @ x + 0.5 * (weight * y) @ y
    assert found == pytest.approx(best, rel=1e-6)


def test_parts_are_those_of_the_reference_program_away_from_the_edges(rng):
    pytest.importorskip("cvxopt")
    neurokit2 = pytest.importorskip("neurokit2")
    signal = skin(rng, 4.0, 240)
    y, _ = scaled(signal)
    theirs = neurokit2.eda_phasic(y, sampling_rate=4, method="cvxeda")
    ours = cvxeda(y, 4.0)
    inner = slice(120, -120)  # the reference leaves the first two samples out and starts its knots elsewhere
    for part, name in ((ours.tonic, "EDA_Tonic"), (ours.phasic, "EDA_Phasic")):
        expected = theirs[name].to_numpy()[inner]
        assert np.corrcoef(part[inner], expected)[0, 1] > 0.999
        assert_allclose(part[inner], expected, atol=0.05 * np.ptp(expected))


@pytest.mark.parametrize("rate", [4.0, 32.0, 128.0])
@pytest.mark.parametrize("scale", [0.01, 100.0, 1e-9])
def test_the_answer_scales_with_the_signal(rng, rate, scale):
    signal = skin(rng, rate, 400 / rate)
    for part, expected in zip(cvxeda(scale * signal, rate), cvxeda(signal, rate), strict=True):
        assert np.corrcoef(part, expected)[0, 1] > 1 - 1e-9
        assert_allclose(part, scale * expected, rtol=1e-6, atol=1e-9 * scale * np.ptp(expected))


def test_a_fixed_scale_is_that_of_the_programme(rng):
    signal = skin(rng, 4.0, 60)
    own = cvxeda(signal, 4.0, scale_us=signal.std())
    assert_allclose(own.driver, cvxeda(signal, 4.0).driver, rtol=1e-6, atol=1e-9)
    sparser = cvxeda(signal, 4.0, scale_us=10 * signal.std())
    assert_allclose(sparser.driver, cvxeda(signal, 4.0, alpha=8e-3).driver, rtol=1e-6, atol=1e-9)
    assert sparser.driver.sum() < own.driver.sum()


@pytest.mark.parametrize("rate", [4.0, 32.0])
def test_a_known_driver_comes_back(rate):
    n_times = int(80 * rate)
    onsets_s, heights_us = np.array([15.0, 40.0, 46.0, 60.0]), np.array([0.5, 1.0, 0.4, 0.2])
    phasic_us = physiology.skin_responses(onsets_s, heights_us, n_times, rate, rise_s=0.7, decay_s=2.0)
    signal = 3.0 + 0.002 * np.arange(n_times) / rate + phasic_us
    parts = cvxeda(signal, rate)
    seconds = np.arange(n_times) / rate
    for onset_s, height_us in zip(onsets_s, heights_us, strict=True):
        near = np.abs(seconds - onset_s) < 0.7
        area_us = parts.driver[near].sum() / rate
        assert area_us == pytest.approx(height_us * 2.71, rel=0.1)
        assert parts.driver[near] @ seconds[near] / parts.driver[near].sum() == pytest.approx(onset_s, abs=0.3)
    assert np.corrcoef(parts.phasic, phasic_us)[0, 1] > 0.98
    assert np.abs(parts.phasic - phasic_us).mean() < 0.04  # the programme leaves open how much is slow
    assert np.abs(parts.tonic + parts.phasic - signal).mean() < 0.003


def test_the_balance_does_not_depend_on_the_rate(rng):
    fine = skin(rng, 32.0, 60, noise=0.0)
    areas = [cvxeda(fine[::step], 32.0 / step).driver.mean() for step in (1, 4, 8)]
    assert_allclose(areas, areas[0], rtol=0.06)


def test_the_driver_finds_the_onsets():
    rng = np.random.default_rng(8)
    onsets_s = 10.0 + np.cumsum(rng.uniform(4.0, 12.0, 20))
    heights_us = rng.uniform(0.1, 0.6, 20)
    n_times = int(4 * (onsets_s[-1] + 15))
    phasic_us = physiology.skin_responses(onsets_s, heights_us, n_times, 4.0, rise_s=0.75, decay_s=2.5)
    signal = physiology.quantise(2.0 + phasic_us + 0.002 * rng.standard_normal(n_times), 0.00128)
    truth = np.bincount(np.rint(onsets_s * 4).astype(int), heights_us, n_times)
    driver = cvxeda(signal, 4.0, scale_us=1.0).driver
    smear = np.hanning(9)[1:-1]
    assert np.corrcoef(np.convolve(driver, smear), np.convolve(truth, smear))[0, 1] > 0.9


def test_gaps_are_left_out_and_stay(rng):
    signal = skin(rng, 4.0, 120)
    holes = signal.copy()
    holes[200:206] = holes[300] = np.nan
    parts, whole = cvxeda(holes, 4.0), cvxeda(signal, 4.0)
    for part, expected in zip(parts, whole, strict=True):
        assert_array_equal(np.isnan(part), np.isnan(holes))
        assert np.nanmax(np.abs(part[:120] - expected[:120])) < 0.05 * np.ptp(expected)
    infinite = np.where(np.isnan(holes), np.inf, holes)
    assert_array_equal(cvxeda(infinite, 4.0), parts)


def test_stretches_beyond_a_long_gap_are_alone(rng):
    first = skin(rng, 4.0, 60)
    second = skin(rng, 4.0, 60)
    far = np.r_[first, np.full(161, np.nan), second]  # a spline reaches over 160 samples
    near = np.r_[first, np.full(160, np.nan), second]
    scale = {"scale_us": 1.0}
    apart, together = cvxeda(far, 4.0, **scale), cvxeda(near, 4.0, **scale)
    assert_allclose(apart.driver[:240], cvxeda(first, 4.0, **scale).driver, rtol=1e-3, atol=1e-4)
    assert_allclose(apart.tonic[-240:], cvxeda(second, 4.0, **scale).tonic, atol=1e-4)
    assert np.abs(together.tonic[-240:] - cvxeda(second, 4.0, **scale).tonic).max() > 1e-4


def test_rows_are_recordings_of_their_own(rng):
    batch = np.stack([skin(rng, 4.0, 30) for _ in range(4)]).reshape(2, 2, 120)
    batch[1, 0, 20:40] = np.nan
    together = cvxeda(batch, 4.0)
    assert together.tonic.shape == batch.shape
    for index in np.ndindex(2, 2):
        for part, alone in zip(together, cvxeda(batch[index], 4.0), strict=True):
            assert_array_equal(part[index], alone)


def test_flat_short_and_empty_series_are_all_level():
    for values in ([2.0] * 30, [1.0], [1.0, 3.0], [np.nan, 5.0, np.nan]):
        tonic, phasic, driver = cvxeda(values, 4.0)
        assert_array_equal(tonic, values)
        assert_array_equal(phasic, driver)
        assert_array_equal(phasic, np.where(np.isnan(values), np.nan, 0.0))
    assert np.isnan(cvxeda(np.full(20, np.nan), 4.0)).all()
    for shape in ((0,), (3, 0), (0, 5)):
        assert cvxeda(np.empty(shape), 4.0).driver.shape == shape
    assert_array_equal(cvxeda(np.array([1, 2, 4, 3], dtype=np.int16), 1.0), cvxeda([1.0, 2.0, 4.0, 3.0], 1.0))


@settings(max_examples=30)
@given(
    arrays(float, st.integers(0, 50), elements=st.sampled_from([0.0, 1.0, 1.001, 5.0, -3.0, 1e6, np.nan, np.inf])),
    st.sampled_from([1.0, 4.0, 1000.0]),
    st.sampled_from([None, 1e-3, 1e3]),
)
def test_whatever_comes_the_parts_are_finite(values, rate, scale_us):
    tonic, phasic, driver = cvxeda(values, rate, scale_us=scale_us)
    is_there = np.isfinite(values)
    for part in (tonic, phasic, driver):
        assert_array_equal(np.isfinite(part), is_there)
    assert (phasic[is_there] >= 0.0).all()
    assert (driver[is_there] >= 0.0).all()


@pytest.mark.parametrize("pattern", [1, 64, 102])
def test_steps_do_not_go_round_in_circles(pattern):
    # Without bounds on the corrector these patterns came back to the same point every other step.
    y, weight = scaled(np.array([(pattern >> k) & 1 for k in range(8)], dtype=float))
    tonic, phasic, driver = np.empty((3, 8))
    found, gap, steps = solve(y, weight, 4.0, 2.0, 0.7, 40.0, 8e-4, 1e-2, 1e-7, tonic, phasic, driver)
    assert gap <= 1e-7 * found
    assert steps < 40


def test_decompose_takes_it_by_default(rng):
    signal = skin(rng, 4.0, 40)
    assert_array_equal(decompose(signal, 4.0), cvxeda(signal, 4.0))
    assert_array_equal(decompose(signal, 4.0, scale_us=1.0), cvxeda(signal, 4.0, scale_us=1.0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": 0.5}, "rate=0.5"),
        ({"rate": -4.0}, "rate=-4.0"),
        ({"slow_s": 0.5}, r"slow_s=0.5 must be a finite number in \(0.7"),
        ({"fast_s": 0.05}, "fast_s=0.05"),
        ({"knot_s": 0.5}, "knot_s=0.5"),
        ({"alpha": 0.0}, "alpha=0.0"),
        ({"gamma": -1.0}, "gamma=-1.0"),
        ({"scale_us": 0.0}, "scale_us=0.0"),
        ({"eda_us": 3.0}, "eda_us=3.0"),
        ({"eda_us": ["a"]}, "eda_us must be an array of real numbers"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        cvxeda(**{"eda_us": np.ones(20), "rate": 4.0, **options})
