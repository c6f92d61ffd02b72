"""Measures of complexity: the obvious way, what antropy finds, what theory says, and what cannot be measured."""

import functools
import math

import naive_eeg_complexity as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from physiofer.exceptions import InvalidArgumentError
from physiofer.signals.eeg import complexity, entropy

RATE = 128.0


def mobility_and_complexity(eeg):
    """Two of Hjorth's three as one array."""
    found = complexity.hjorth(eeg, RATE)
    return found.mobility + found.complexity


#: Every measure of a channel as a function of EEG alone.
MEASURES = {
    "activity": lambda eeg: complexity.hjorth(eeg, RATE).activity,
    "hjorth": mobility_and_complexity,
    "line_length": lambda eeg: complexity.line_length(eeg, RATE),
    "zero_crossings": lambda eeg: complexity.zero_crossings(eeg, RATE),
    "sample_entropy": entropy.sample_entropy,
    "permutation_entropy": entropy.permutation_entropy,
    "svd_entropy": entropy.svd_entropy,
    "spectral_entropy": lambda eeg: entropy.spectral_entropy(eeg, RATE),
    "higuchi_fd": complexity.higuchi_fd,
    "katz_fd": complexity.katz_fd,
    "petrosian_fd": complexity.petrosian_fd,
    "dfa": complexity.dfa,
}
_ZERO_IF_FLAT = {"activity", "line_length", "zero_crossings"}


@pytest.fixture
def eeg(rng):
    """Four channels of two seconds: white noise, a noisy rhythm, a random walk far from zero, whole numbers."""
    white = rng.standard_normal(256)
    rhythm = 10 * np.sin(2 * np.pi * 10 * np.arange(256) / RATE) + white
    return np.stack([white, rhythm, 4000 + np.cumsum(white), np.round(3 * white)])


# 1. fast equals obvious, and what others find


def naive_of(name):
    """The naive twin of a measure, for one channel."""
    return {
        "activity": lambda x: naive.hjorth(x, RATE)[0],
        "hjorth": lambda x: sum(naive.hjorth(x, RATE)[1:]),
        "line_length": lambda x: naive.line_length(x, RATE),
        "zero_crossings": lambda x: naive.zero_crossings(x, RATE),
        "spectral_entropy": lambda x: naive.spectral_entropy(x, RATE, 1.0, 45.0),
    }.get(name) or getattr(naive, name)


@pytest.mark.parametrize("name", MEASURES)
def test_measures_match_naive(eeg, name):
    assert_allclose(MEASURES[name](eeg), [naive_of(name)(row.tolist()) for row in eeg], rtol=1e-8)


@pytest.mark.parametrize("name", MEASURES)
def test_single_precision_comes_near(eeg, name):
    rows = eeg[:2].astype(np.float32)
    assert_allclose(MEASURES[name](rows), MEASURES[name](eeg[:2]), rtol=1e-4)


@pytest.mark.parametrize(
    ("function", "form"),
    [
        ("sample_entropy", {"order": 1, "tolerance": 0.1}),
        ("sample_entropy", {"order": 3, "tolerance": 0.5}),
        ("permutation_entropy", {"order": 2, "delay": 3}),
        ("permutation_entropy", {"order": 5, "delay": 2}),
        ("permutation_entropy", {"order": 7}),
        ("svd_entropy", {"order": 2, "delay": 4}),
        ("svd_entropy", {"order": 8, "delay": 2}),
        ("higuchi_fd", {"longest": 3}),
        ("higuchi_fd", {"longest": 60}),
        ("dfa", {"shortest": 6, "longest": 100}),
    ],
)
def test_other_forms_match_naive(eeg, function, form):
    measure = getattr(entropy, function, None) or getattr(complexity, function)
    twin = getattr(naive, function)
    assert_allclose(measure(eeg, **form), [twin(row.tolist(), **form) for row in eeg], rtol=1e-8)


@settings(max_examples=25)
@given(arrays(float, st.integers(5, 40), elements=st.integers(-4, 4).map(float)), st.integers(1, 3))
def test_entropies_of_ties_match_naive(row, order):
    """Whole numbers: many samples are equal, and many distances equal the tolerance."""
    found = entropy.sample_entropy(row[np.newaxis], order=order, tolerance=0.7)[0]
    if row.min() == row.max():
        assert math.isnan(found)
        return
    assert_allclose(found, naive.sample_entropy(row.tolist(), order, 0.7), rtol=1e-8)
    found = entropy.permutation_entropy(row[np.newaxis], order=order + 1)[0]
    assert_allclose(found, naive.permutation_entropy(row.tolist(), order + 1), rtol=1e-8, atol=1e-12)


def test_a_sine_has_two_singular_values():
    """Squares of singular values would leave a third of 1e-8 of the first, which is rounding."""
    sine = np.sin(2 * np.pi * 3 * np.arange(512) / 512)
    assert_allclose(
        entropy.svd_entropy(sine[np.newaxis], order=4), naive.svd_entropy(sine.tolist(), order=4), rtol=1e-8
    )


def test_antropy_finds_the_same():
    """Its version 0.2.3 of this channel; benchmarks/peers_eeg_complexity.py has it at work (it takes 6 s to load)."""
    times = np.arange(256)
    channel = np.sin(0.1 * times) + 0.5 * np.sin(0.037 * times**2)
    eeg = (channel - channel.mean())[np.newaxis]  # it measures crossings and singular values about zero
    found = complexity.hjorth(eeg, RATE)
    whole = {"low_hz": 0.0, "high_hz": RATE / 2, "window_s": 1.0}
    answers = {
        84.7616210170696: found.mobility,
        2.5820153688012266: found.complexity,
        35.0: complexity.zero_crossings(eeg, RATE) * 255 / RATE,
        1.4013322384844311: entropy.sample_entropy(eeg),
        0.8642115828292655: entropy.sample_entropy(eeg, order=3),
        0.9552893969682211: entropy.permutation_entropy(eeg),
        0.8801712594408969: entropy.permutation_entropy(eeg, order=5, delay=2),
        0.8358035848055777: entropy.svd_entropy(eeg),
        0.49403026310708753: entropy.spectral_entropy(eeg, RATE, **whole),
        1.7847582255602807: complexity.higuchi_fd(eeg),
        4.184322825758108: complexity.katz_fd(eeg),
        1.0334945890555407: complexity.petrosian_fd(eeg),
        1.1503310116194956: complexity.dfa(eeg),
    }
    assert_allclose(np.ravel(list(answers.values())), list(answers), rtol=1e-8)


# 2. laws


@pytest.mark.parametrize("name", MEASURES)
def test_the_unit_and_its_zero_do_not_matter(eeg, name):
    """What counts lengths or squares follows the unit; all else is blind to it, and everything to the offset."""
    power = {"activity": 2, "line_length": 1}.get(name, 0)
    moved = MEASURES[name](250.0 - 1e-6 * eeg[:3])
    if name in ("permutation_entropy", "petrosian_fd"):
        moved = MEASURES[name](250.0 + 1e-6 * eeg[:3])  # orders turned round are other orders only where samples tie
    assert_allclose(moved, 1e-6**power * MEASURES[name](eeg[:3]), rtol=1e-5)


@pytest.mark.parametrize("name", MEASURES)
def test_each_channel_is_on_its_own(eeg, name):
    alone = MEASURES[name](eeg)
    tensor = np.stack([eeg, eeg[::-1]])[:, np.newaxis]
    found = MEASURES[name](tensor)
    assert found.shape == (2, 1, 4)
    assert_allclose(found, np.stack([alone, alone[::-1]])[:, np.newaxis], rtol=1e-12)
    assert MEASURES[name](tensor[:0]).shape == (0, 1, 4)


def test_independent_values_have_the_entropy_of_independence(rng):
    """Normal values differ by less than 0.2 SD with probability erf(0.1): SampEn is -ln of it, whatever the order."""
    noise = rng.standard_normal((6, 600))
    for order in (1, 2):
        found = entropy.sample_entropy(noise, order=order)
        assert np.mean(found) == pytest.approx(-math.log(math.erf(0.1)), rel=0.04)


def test_noise_is_even_and_rhythm_is_not(rng):
    noise = rng.standard_normal((1, 4096))
    rhythm = np.sin(2 * np.pi * 10 * np.arange(4096) / RATE)[np.newaxis] + 0.1 * noise
    for measure in (entropy.permutation_entropy, entropy.svd_entropy, MEASURES["spectral_entropy"]):
        assert measure(noise)[0] > 0.94 > 0.8 > measure(rhythm)[0]


def test_dimension_and_exponent_of_noise_and_walk(rng):
    """Higuchi's dimension is 2 of noise and 1.5 of its sum; the fluctuation exponents are 0.5 and 1.5."""
    noise = rng.standard_normal((8, 3000))
    for rows, dimension, exponent in ((noise, 2.0, 0.5), (noise.cumsum(axis=1), 1.5, 1.5)):
        assert complexity.higuchi_fd(rows).mean() == pytest.approx(dimension, abs=0.03)
        assert complexity.dfa(rows, shortest=16).mean() == pytest.approx(exponent, abs=0.06)


def test_mobility_is_frequency():
    """Of a sine of f Hz at rate R mobility is 2 R sin(pi f / R): 2 pi f where R is large."""
    sine = np.sin(2 * np.pi * 10 * np.arange(0, 20, 1 / 1000))[np.newaxis]
    assert complexity.hjorth(sine, 1000.0).mobility[0] == pytest.approx(2000 * math.sin(math.pi / 100), rel=1e-3)


# 3. by hand


def test_by_hand():
    row = [[1.0, 3.0, 2.0, 5.0, 4.0]]  # steps 2 -1 3 -1, bends -3 4 -4
    activity, mobility, curve = complexity.hjorth(row, 1.0)
    assert activity == pytest.approx([2.0])
    assert mobility == pytest.approx([math.sqrt(3.1875 / 2)])
    assert curve == pytest.approx([math.sqrt(38 / 3 / 3.1875) / math.sqrt(3.1875 / 2)])
    assert complexity.line_length(row, 4.0) == pytest.approx([7.0])
    assert complexity.zero_crossings(row, 4.0) == pytest.approx([3.0])
    assert complexity.katz_fd(row) == pytest.approx([math.log(4) / math.log(4 * 4 / 7)])
    assert complexity.petrosian_fd(row) == pytest.approx([math.log(5) / (math.log(5) + math.log(5 / 6.2))])


def test_sample_entropy_by_hand():
    """r = 0.5: of the pairs of 1 2 1 2 1 3, cut to those with a third sample, 1 2 twice and 2 1 once: 1 2 1 stays."""
    row = np.array([1.0, 2.0, 1.0, 2.0, 1.0, 3.0])
    found = entropy.sample_entropy(row[np.newaxis], tolerance=0.5 / row.std())
    assert found == pytest.approx([math.log(2 / 1)])


def test_permutation_entropy_of_the_paper():
    """Bandt and Pompe's example: of order 2, 4 of 6 rise; of order 3 there are 2, 2 and 1."""
    row = [[4.0, 7.0, 9.0, 10.0, 6.0, 11.0, 3.0]]
    assert entropy.permutation_entropy(row, order=2)[0] == pytest.approx(0.918296, abs=1e-6)
    assert entropy.permutation_entropy(row)[0] * math.log2(6) == pytest.approx(1.521928, abs=1e-6)


# 4. what cannot be measured, and what is refused


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.filterwarnings("error")
def test_missing_and_flat_channels(eeg, name):
    rows = np.concatenate([eeg, np.full((1, 256), 0.1), np.zeros((1, 256))])
    rows[1, 100], rows[3, 7] = np.nan, -np.inf
    found = MEASURES[name](rows)
    assert np.isnan(found[[1, 3]]).all()
    assert_allclose(found[[0, 2]], MEASURES[name](eeg)[[0, 2]], rtol=1e-12)
    assert_allclose(found[4:], 0.0 if name in _ZERO_IF_FLAT else np.nan)
    masked = np.ma.masked_array(eeg, mask=np.zeros(eeg.shape, dtype=bool))
    masked[2, 5] = np.ma.masked
    assert np.isnan(MEASURES[name](masked)).tolist() == [False, False, True, False]


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.filterwarnings("error")
def test_short_channels_are_nan_or_what_can_be_said(name, rng):
    for n_times in range(4):
        found = MEASURES[name](rng.standard_normal((2, n_times)))
        assert found.shape == (2,)
        if n_times < 2:
            assert np.isnan(found).all()
    for n_times in range(8, 25):
        assert not np.isinf(MEASURES[name](rng.standard_normal((2, n_times)))).any()


@pytest.mark.filterwarnings("error")
def test_where_a_definition_ends():
    line, teeth = np.arange(100.0)[np.newaxis] * 0.1, np.tile([1.0, -1.0], 50)[np.newaxis]
    assert math.isnan(complexity.hjorth(line, 1.0).complexity[0])
    assert complexity.hjorth(line, 1.0).mobility[0] == 0.0
    assert math.isnan(complexity.katz_fd(teeth)[0])  # nothing is farther away than a step
    assert math.isnan(complexity.higuchi_fd(teeth)[0])  # every second sample is the same: a length of 0
    assert math.isnan(entropy.sample_entropy([[0.0, 5.0, 1.0, 9.0, 3.0]])[0])  # nothing is alike
    assert math.isnan(complexity.dfa(line[:, :30])[0])  # boxes up to 3 samples
    assert entropy.permutation_entropy(line)[0] == 0.0


@pytest.mark.parametrize("name", MEASURES)
def test_one_dimension_is_refused(name):
    with pytest.raises(InvalidArgumentError, match="eeg has shape"):
        MEASURES[name](np.arange(300.0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (functools.partial(entropy.sample_entropy, order=0), "order=0 must be an integer of at least 1"),
        (functools.partial(entropy.sample_entropy, tolerance=0.0), r"tolerance=0.0 must be a finite number in \(0"),
        (functools.partial(entropy.permutation_entropy, order=8), "order=8 .* at most 7"),
        (functools.partial(entropy.permutation_entropy, delay=0), "delay=0"),
        (functools.partial(entropy.svd_entropy, order=1), "order=1"),
        (functools.partial(entropy.spectral_entropy, rate=64.0), "high_hz=45 must be at most rate/2=32"),
        (functools.partial(entropy.spectral_entropy, rate=RATE, low_hz=10.0, high_hz=10.1), "fewer than two"),
        (functools.partial(complexity.higuchi_fd, longest=1), "longest=1"),
        (functools.partial(complexity.dfa, shortest=3), "shortest=3"),
        (functools.partial(complexity.dfa, shortest=9, longest=9), "longest=9 must be an integer of at least 10"),
        (functools.partial(complexity.hjorth, rate=0.0), "rate=0.0"),
    ],
)
def test_arguments_are_named(eeg, call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call(eeg)
