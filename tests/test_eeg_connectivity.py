"""Connectivity of EEG, the networks it makes, and covariances."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import naive_eeg_connectivity as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import signal
from sklearn.covariance import ledoit_wolf, oas
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_info

from physiofer._blas import one_thread
from physiofer.exceptions import InvalidArgumentError
from physiofer.signals.eeg.connectivity import MEASURES, connectivity, surrogate_connectivity
from physiofer.signals.eeg.covariance import covariance
from physiofer.signals.eeg.network import network_measures

RATE = 128.0
OVER_TIME = [measure for measure in MEASURES if "coherence" not in measure]
LAGGED = ["pli", "wpli", "wpli2_debiased", "imaginary_coherence", "aec_orthogonal"]


def mixed(rng, n_channels, n_times):
    """Noise in which neighbouring channels share sources, with lags and offsets and a drift."""
    sources = rng.standard_normal((n_channels + 2, n_times + 5)).cumsum(axis=-1) * 0.3
    sources += rng.standard_normal(sources.shape)
    lagged = [sources[c, c % 5 : c % 5 + n_times] + 0.8 * sources[c + 1, :n_times] for c in range(n_channels)]
    return np.array(lagged) + 100.0 * rng.standard_normal((n_channels, 1)) + 0.1 * np.arange(n_times)


# --- against the obvious ---


@pytest.mark.parametrize("measure", OVER_TIME)
@pytest.mark.parametrize(("n_times", "bands"), [(128, {"theta": (4, 8), "alpha": (8, 13)}), (75, {"beta": (13, 31)})])
def test_measures_over_time_match_naive(rng, measure, n_times, bands):
    eeg = mixed(rng, 4, n_times)
    found = connectivity(eeg, RATE, bands, measure=measure)
    assert found.shape == (len(bands), 4, 4)
    is_critical = measure in ("ppc", "wpli2_debiased")
    for matrix, band in zip(found, bands.values(), strict=True):
        n_out = naive.n_bins(n_times, RATE, *band) if is_critical else None
        values = [naive.analytic(series.tolist(), RATE, *band, n_out) for series in eeg]
        for i in range(4):
            for j in range(i):
                expected = getattr(naive, measure)(values[i], values[j])
                assert_allclose([matrix[i, j], matrix[j, i]], expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("measure", ["plv", "ppc"])
def test_products_and_transforms_are_one(rng, measure, monkeypatch):
    """Bands of few bins go by products of matrices, of many by transforms."""
    eeg = mixed(rng, 3, 301)[np.newaxis].repeat(11, axis=0) + rng.standard_normal((11, 3, 301))
    bands = {"delta": (1, 4), "odd": (8, 11), "wide": (4, 45)}
    quick = connectivity(eeg, RATE, bands, measure=measure)
    monkeypatch.setattr("physiofer.signals.eeg._synchrony._FEW_BINS", 0)
    assert_allclose(quick, connectivity(eeg, RATE, bands, measure=measure), rtol=1e-10, atol=1e-12)


def test_phases_are_those_of_hilbert(rng):
    """On a window of whole periods the band's signal is what an ideal filter and Hilbert's transform make."""
    eeg = signal.detrend(rng.standard_normal((2, 256)))
    spectra = np.fft.rfft(eeg)
    frequencies_hz = np.fft.rfftfreq(256, 1 / RATE)
    spectra[:, (frequencies_hz < 8) | (frequencies_hz >= 13)] = 0
    values = signal.hilbert(np.fft.irfft(spectra))
    turn = np.angle(values[0]) - np.angle(values[1])
    assert_allclose(connectivity(eeg, RATE, {"alpha": (8, 13)})[0, 0, 1], abs(np.exp(1j * turn).mean()), rtol=1e-10)


@pytest.mark.parametrize(("n_times", "length"), [(512, 128), (500, 100), (301, 75)])
def test_coherence_is_that_of_scipy(rng, n_times, length):
    eeg = mixed(rng, 3, n_times)
    bands = {"theta": (4, 8), "beta": (13, 30)}
    found = connectivity(eeg, RATE, bands, measure="coherence", segment_s=length / RATE)
    frequencies_hz, expected = signal.coherence(
        eeg[:, np.newaxis], eeg[np.newaxis], RATE, nperseg=length, noverlap=length // 2
    )
    for matrix, (low_hz, high_hz) in zip(found, bands.values(), strict=True):
        in_band = (frequencies_hz > low_hz - 1e-9) & (frequencies_hz < high_hz - 1e-9)
        assert_allclose(matrix, expected[..., in_band].mean(axis=-1), rtol=1e-8)


def test_imaginary_coherence_matches_naive(rng):
    eeg = mixed(rng, 2, 150)
    found = connectivity(eeg, RATE, {"beta": (13, 30)}, measure="imaginary_coherence", segment_s=0.5)
    expected = naive.imaginary_coherence(*eeg.tolist(), RATE, 13, 30, 64)
    assert_allclose(found[0, 0, 1], expected, rtol=1e-8)


@pytest.mark.parametrize("measure", MEASURES)
def test_float32_gives_the_same_to_its_digits(rng, measure):
    eeg = mixed(rng, 3, 512)
    eeg -= eeg.mean(axis=-1, keepdims=True)
    single = connectivity(eeg.astype(np.float32), RATE, {"alpha": (8, 13)}, measure=measure)
    atol = 4 / 512 if measure == "pli" else 1e-4  # a sign may change at a crossing
    assert_allclose(single, connectivity(eeg, RATE, {"alpha": (8, 13)}, measure=measure), atol=atol)


# --- properties ---


@pytest.mark.parametrize("measure", MEASURES)
def test_matrices_are_symmetric_and_in_range(rng, measure):
    scale = 10.0 ** rng.integers(-9, 9, (2, 3, 5, 1))
    eeg = scale * rng.standard_normal((2, 3, 5, 176))
    found = connectivity(eeg, RATE, measure=measure)
    assert found.shape == (2, 3, 5, 5, 5)
    assert_allclose(found, found.swapaxes(-1, -2), atol=1e-12)
    low = {"aec": -1.0, "aec_orthogonal": -1.0, "ppc": -1.0, "wpli2_debiased": -1.0}.get(measure, 0.0)
    assert ((found >= low) & (found <= 1 + 1e-12)).all()
    assert_allclose(found[..., range(5), range(5)], 0.0 if measure in LAGGED else 1.0, atol=1e-12)
    assert_allclose(found[1, 2], connectivity(eeg[1, 2], RATE, measure=measure), rtol=1e-9, atol=1e-12)
    assert_allclose(found, connectivity(7.0 * eeg + 3.0 * scale, RATE, measure=measure), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("measure", MEASURES)
def test_copies_have_no_lag(rng, measure):
    source = rng.standard_normal(512)
    found = connectivity(np.outer([1.0, -3.0, 1 / 3], source) + 5.0, RATE, {"alpha": (8, 13)}, measure=measure)
    off = found[0][np.triu_indices(3, 1)]
    if measure == "aec_orthogonal":
        assert np.isnan(off).all()
    else:
        assert_allclose(off, 0.0 if measure in LAGGED else 1.0, atol=1e-9)


def test_lagged_rhythms_are_found_by_every_measure_of_phase(rng):
    times = np.arange(1024) / RATE
    eeg = np.sin(2 * np.pi * 10 * times - np.array([[0.0], [np.pi / 3]])) + 0.05 * rng.standard_normal((2, 1024))
    for measure in ("plv", "ppc", "pli", "wpli", "wpli2_debiased", "coherence"):
        assert connectivity(eeg, RATE, {"alpha": (9.5, 10.5)}, measure=measure, **_segment(measure))[0, 0, 1] > 0.9
    lagged = connectivity(eeg, RATE, {"alpha": (9.5, 10.5)}, measure="imaginary_coherence", segment_s=1.0)
    assert lagged[0, 0, 1] == pytest.approx(np.sin(np.pi / 3), abs=0.02)


def _segment(measure):
    return {"segment_s": 1.0} if "coherence" in measure else {}


def test_independent_noise_has_the_bias_that_is_documented(rng):
    eeg = rng.standard_normal((40, 6, 512))
    pairs = np.triu_indices(6, 1)
    bands = {"delta": (1, 4), "gamma": (30, 45)}
    locking = connectivity(eeg, RATE, bands)[..., *pairs].mean(axis=(0, 2))
    assert_allclose(locking, 0.8 / np.sqrt([12, 60]), rtol=0.05)
    assert connectivity(eeg, RATE, bands, measure="coherence")[..., *pairs].mean() == pytest.approx(0.15, abs=0.02)
    for measure in ("ppc", "wpli2_debiased", "aec"):
        found = connectivity(eeg, RATE, bands, measure=measure)[..., *pairs]
        assert_allclose(found.mean(axis=(0, 2)), 0.0, atol=0.03)
    found = connectivity(eeg[:8], RATE, bands, measure="aec_orthogonal")[..., *pairs]
    assert_allclose(found.mean(axis=(0, 2)), 0.0, atol=0.06)


def test_common_envelopes_are_found_without_common_phase(rng):
    times = np.arange(2048) / RATE
    envelope = 1.0 + 0.8 * np.sin(2 * np.pi * 0.3 * times)
    eeg = envelope * np.sin(2 * np.pi * np.array([[9.5], [11.0]]) * times) + 0.01 * rng.standard_normal((2, 2048))
    assert connectivity(eeg, RATE, {"alpha": (8, 13)}, measure="aec")[0, 0, 1] > 0.95
    assert connectivity(eeg, RATE, {"alpha": (8, 13)})[0, 0, 1] < 0.2


def test_surrogates_show_chance_and_nothing_else(rng):
    eeg = rng.standard_normal(512) + 0.5 * rng.standard_normal((3, 512))
    eeg[2, 7] = np.nan
    chance = surrogate_connectivity(eeg[np.newaxis], RATE, {"alpha": (8, 13)}, n_surrogates=50)
    assert chance.shape == (50, 1, 1, 3, 3)
    assert np.isnan(chance[..., 2, :]).all()
    assert connectivity(eeg, RATE, {"alpha": (8, 13)})[0, 0, 1] > chance[..., 0, 1].max()
    again = surrogate_connectivity(eeg[np.newaxis], RATE, {"alpha": (8, 13)}, n_surrogates=50)
    assert_array_equal(again, chance)
    other = surrogate_connectivity(eeg, RATE, {"alpha": (8, 13)}, n_surrogates=1, random_state=1)
    assert other[0, 0, 0, 1] != chance[0, 0, 0, 0, 1]


def test_surrogates_keep_the_spectra(rng):
    """Coherence with itself aside, what a surrogate has in a band is what the channel had: bins of equal moduli."""
    from physiofer.signals.eeg.connectivity import _with_random_phases

    eeg = mixed(rng, 2, 101)[np.newaxis]
    made = _with_random_phases(eeg, np.random.SeedSequence(0))
    assert_allclose(abs(np.fft.rfft(made))[..., 1:], abs(np.fft.rfft(signal.detrend(eeg)))[..., 1:], rtol=1e-8)


def test_threads_are_as_before_and_change_nothing(rng):
    def blas_threads():
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    eeg, before = rng.standard_normal((40, 3, 128)), blas_threads()
    bands = {"alpha": (8, 13)}
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda measure: connectivity(eeg, RATE, bands, measure=measure), OVER_TIME))
    assert blas_threads() == before
    for measure, values in zip(OVER_TIME, found, strict=True):
        assert_allclose(connectivity(eeg[17], RATE, bands, measure=measure), values[17], rtol=1e-10, atol=1e-12)
    with pytest.raises(RuntimeError, match="inside"), one_thread():
        assert set(blas_threads()) <= {1}
        raise RuntimeError("inside")
    assert blas_threads() == before


# --- bad data is NaN, bad arguments are refused ---


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, 7.3, 1e200, "ramp"])
def test_a_bad_channel_is_nan_and_spares_the_others(rng, measure, bad):
    eeg = rng.standard_normal((2, 4, 256))
    good = connectivity(eeg[:, [0, 2, 3]], RATE, measure=measure)
    if bad == "ramp":
        if "coherence" in measure:
            return  # each of its segments has a slope
        eeg[1, 1] = 0.3 * np.arange(256) - 5.0
    elif np.isfinite(bad):
        eeg[1, 1] = bad
    else:
        eeg[1, 1, 17] = bad
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = connectivity(eeg, RATE, measure=measure)
    assert np.isnan(found[1, :, 1]).all()
    assert np.isnan(found[1, :, :, 1]).all()
    assert np.isfinite(found[0]).all()
    assert_allclose(found[np.ix_([0, 1], range(5), [0, 2, 3], [0, 2, 3])], good, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
def test_empty_shapes(measure):
    assert connectivity(np.zeros((0, 32, 512)), RATE, measure=measure).shape == (0, 5, 32, 32)
    assert connectivity(np.zeros((2, 0, 512)), RATE, measure=measure).shape == (2, 5, 0, 0)
    assert np.isnan(connectivity(np.zeros((2, 3, 0)), RATE, measure=measure)).all()
    assert np.isnan(connectivity(np.zeros((3, 512)), RATE, measure=measure)).all()
    assert connectivity(np.random.default_rng(0).standard_normal((1, 512)), RATE, measure=measure).shape == (5, 1, 1)
    assert surrogate_connectivity(np.zeros((2, 3, 0)), RATE, measure=measure, n_surrogates=2).shape == (2, 2, 5, 3, 3)


def test_wrong_arguments_are_told(rng):
    eeg = rng.standard_normal((2, 256))
    with pytest.raises(InvalidArgumentError, match=r"gamma=\(30, 45\) Hz reaches rate/2=40"):
        connectivity(eeg, 80.0)
    with pytest.raises(InvalidArgumentError, match=r"delta=\(1, 4\) Hz must be at least 4 Hz wide.*window of 0.5 s"):
        connectivity(eeg[:, :64], RATE)
    with pytest.raises(InvalidArgumentError, match=r"slow=\(0, 1\) Hz must be at least 1 Hz wide.*segment of 1 s"):
        connectivity(eeg, RATE, {"slow": (0, 1)}, measure="coherence", segment_s=1.0)
    with pytest.raises(InvalidArgumentError, match="measure='imcoh' must be one of .*coherence"):
        connectivity(eeg, RATE, measure="imcoh")
    with pytest.raises(InvalidArgumentError, match="segment_s=1.0 is for coherence and imaginary_coherence only"):
        connectivity(eeg, RATE, segment_s=1.0)
    with pytest.raises(InvalidArgumentError, match="segment_s=1.5 must fit at least twice into the window of 2 s"):
        connectivity(eeg, RATE, measure="coherence", segment_s=1.5)
    with pytest.raises(InvalidArgumentError, match=r"eeg has shape \(256,\)"):
        connectivity(eeg[0], RATE)
    with pytest.raises(InvalidArgumentError, match="n_surrogates=0"):
        surrogate_connectivity(eeg, RATE, n_surrogates=0)


# --- networks ---


def random_networks(rng, n_networks, n_nodes, share):
    """Symmetric weights of which a share is 0."""
    upper = np.triu(
        rng.random((n_networks, n_nodes, n_nodes)) * (rng.random((n_networks, n_nodes, n_nodes)) < share), 1
    )
    return upper + upper.swapaxes(-1, -2)


@settings(max_examples=15)
@given(st.integers(2, 7), st.sampled_from([0.2, 0.6, 1.0]), st.integers(0, 99))
def test_networks_match_naive(n_nodes, share, seed):
    weights = random_networks(np.random.default_rng(seed), 2, n_nodes, share)
    found = network_measures(weights + np.eye(n_nodes))
    for k, network in enumerate(weights.tolist()):
        for name, expected in naive.network(network).items():
            assert_allclose(found[name][k], expected, rtol=1e-8, err_msg=name)


def test_networks_match_networkx(rng):
    nx = pytest.importorskip("networkx", reason="networkx is not in the test extra")
    weights = random_networks(rng, 1, 12, 0.5)[0]
    graph = nx.from_numpy_array(weights)
    found, plain = network_measures(weights), network_measures(weights, is_binary=True)
    assert_allclose(found["clustering"], list(nx.clustering(graph, weight="weight").values()), rtol=1e-8)
    assert_allclose(plain["clustering"], list(nx.clustering(graph).values()), rtol=1e-8)
    for _, _, edge in graph.edges(data=True):
        edge["length"] = 1 / edge["weight"]
    assert_allclose(found["path_length"], nx.average_shortest_path_length(graph, weight="length"), rtol=1e-8)
    assert_allclose(plain["path_length"], nx.average_shortest_path_length(graph), rtol=1e-8)
    assert_allclose(plain["global_efficiency"], nx.global_efficiency(graph), rtol=1e-8)
    assert_allclose(plain["local_efficiency"].mean(), nx.local_efficiency(graph), rtol=1e-8)


def test_a_hand_worked_network():
    """A triangle of weights 1, 1 and 1/8 with a tail of 1/2."""
    weights = np.zeros((4, 4))
    for i, j, weight in ((0, 1, 1.0), (1, 2, 1.0), (0, 2, 0.125), (2, 3, 0.5)):
        weights[i, j] = weights[j, i] = weight
    found = network_measures(weights)
    assert_allclose(found["degree"], [2, 2, 3, 1])
    assert_allclose(found["strength"], [1.125, 2.0, 1.625, 0.5])
    assert_allclose(found["clustering"], [0.5, 0.5, 0.5 / 3, 0.0])  # the cube root of 1/8
    assert_allclose(found["path_length"], (1 + 2 + 4 + 1 + 3 + 2) / 6)
    assert_allclose(found["global_efficiency"], (1 + 1 / 2 + 1 / 4 + 1 + 1 / 3 + 1 / 2) / 6)
    assert_allclose(found["local_efficiency"], [1.0, 0.125, 1 / 3, 0.0])


def test_density_and_threshold_keep_the_strongest(rng):
    weights = random_networks(rng, 3, 8, 1.0)
    kept = network_measures(weights, density=0.25)["degree"]
    assert_array_equal(kept.sum(axis=-1), 2 * round(0.25 * 28))
    least = np.sort(weights[0][np.triu_indices(8, 1)])[-7]
    same = network_measures(weights[0], threshold=least)
    for name, values in network_measures(weights[0], density=0.25).items():
        assert_allclose(values, same[name])
    assert_allclose(network_measures(weights, density=1.0)["strength"], weights.sum(axis=-1))
    ties = network_measures(np.ones((4, 4)), density=0.5, is_binary=True)
    assert_array_equal(ties["degree"], [3, 1, 1, 1])  # the first pairs


def test_networks_with_nan_or_without_edges():
    weights = np.full((2, 4, 4), 0.5)
    weights[1, 2, 3] = weights[1, 3, 2] = np.nan
    for options in ({}, {"density": 0.5}, {"threshold": 0.1}, {"is_binary": True}):
        found = network_measures(weights, **options)
        assert all(np.isnan(values[1]).all() and np.isfinite(values[0]).all() for values in found.values())
    none = network_measures(-np.ones((3, 3)))
    assert np.isnan(none["path_length"])
    assert none["global_efficiency"] == 0.0
    assert_array_equal(none["degree"], 0.0)
    single = network_measures([[1.0]])
    assert single["degree"].tolist() == [0.0]
    assert np.isnan(single["global_efficiency"])
    assert network_measures(np.zeros((0, 5, 5)))["clustering"].shape == (0, 5)
    assert network_measures(np.zeros((2, 0, 0)), density=0.5)["degree"].shape == (2, 0)


def test_wrong_networks_are_refused():
    with pytest.raises(InvalidArgumentError, match=r"weights has shape \(2, 3\)"):
        network_measures(np.ones((2, 3)))
    with pytest.raises(InvalidArgumentError, match="weights must be symmetric"):
        network_measures([[0.0, 1.0], [0.5, 0.0]])
    with pytest.raises(InvalidArgumentError, match="weights must be symmetric"):
        network_measures([[0.0, np.nan], [0.5, 0.0]])
    with pytest.raises(InvalidArgumentError, match=r"density=0.5 and threshold=0.1 exclude each other"):
        network_measures(np.ones((2, 2)), density=0.5, threshold=0.1)
    with pytest.raises(InvalidArgumentError, match="density=0"):
        network_measures(np.ones((2, 2)), density=0)


# --- covariances ---


@pytest.mark.parametrize(("n_channels", "n_times"), [(1, 50), (3, 5), (8, 6), (32, 128)])
@pytest.mark.parametrize(("shrinkage", "peer"), [("oas", oas), ("ledoit_wolf", ledoit_wolf)])
def test_shrinkage_is_that_of_scikit_learn(rng, n_channels, n_times, shrinkage, peer):
    eeg = 1e-5 * rng.standard_normal((3, n_channels, n_times)).cumsum(axis=-1) + 1e-3
    expected = [peer(window.T)[0] for window in eeg]
    assert_allclose(covariance(eeg, shrinkage=shrinkage), expected, rtol=1e-8, atol=1e-20)


def test_shrinkage_by_hand(rng):
    eeg = rng.standard_normal((4, 60))
    plain = np.cov(eeg, ddof=0)
    assert_allclose(covariance(eeg, shrinkage=0.0), plain)
    assert_allclose(covariance(eeg, shrinkage=1), np.trace(plain) / 4 * np.eye(4), atol=1e-15)
    assert_allclose(covariance(eeg, shrinkage=0.3), 0.7 * plain + 0.3 * np.trace(plain) / 4 * np.eye(4))


@pytest.mark.parametrize("shrinkage", ["oas", "ledoit_wolf", 0.05])
def test_covariances_are_positive_definite(rng, shrinkage):
    eeg = rng.standard_normal((2, 5, 6, 40)) + 1e3
    eeg -= eeg.mean(axis=-2, keepdims=True)  # an average reference: rank 5
    matrices = covariance(eeg, shrinkage=shrinkage)
    assert matrices.shape == (2, 5, 6, 6)
    assert_allclose(matrices, matrices.swapaxes(-1, -2), rtol=1e-12)
    assert (np.linalg.eigvalsh(matrices) > 1e-6).all()


def test_bad_channels_do_not_reach_other_covariances(rng):
    eeg = rng.standard_normal((3, 4, 60))
    eeg[0, 2, 5], eeg[1, 2, 5], eeg[1, 3] = np.nan, np.inf, 1e200
    for shrinkage in ("oas", "ledoit_wolf", 0.1):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = covariance(eeg, shrinkage=shrinkage)
        assert np.isnan(found[0, 2]).all()
        assert np.isnan(found[0, :, 2]).all()
        keep = np.ix_([0, 1, 3], [0, 1, 3])
        assert_allclose(found[0][keep], covariance(eeg[0, [0, 1, 3]], shrinkage=shrinkage), rtol=1e-10)
        assert_allclose(found[1, :2, :2], covariance(eeg[1, :2], shrinkage=shrinkage), rtol=1e-10)
    assert np.isnan(covariance(np.full((3, 20), 0.1))).all()
    assert np.isnan(covariance(np.zeros((3, 0)))).all()
    assert covariance(np.zeros((0, 3, 20))).shape == (0, 3, 3)
    with pytest.raises(InvalidArgumentError, match="shrinkage='oats' must be one of oas"):
        covariance(np.zeros((3, 4)), shrinkage="oats")
    with pytest.raises(InvalidArgumentError, match="shrinkage=1.5"):
        covariance(np.zeros((3, 4)), shrinkage=1.5)


def test_tangent_space_of_covariances_tells_two_states(rng):
    tangent = pytest.importorskip("pyriemann.tangentspace", reason="pyriemann is not in the test extra")
    mixing = rng.standard_normal((2, 6, 6)) * 0.3 + np.eye(6)
    states = np.arange(60) % 2
    eeg = mixing[states] @ rng.standard_normal((60, 6, 200)) * 20.0
    model = make_pipeline(FunctionTransformer(covariance), tangent.TangentSpace(), LogisticRegression())
    assert model.fit(eeg[:40], states[:40]).score(eeg[40:], states[40:]) > 0.9
