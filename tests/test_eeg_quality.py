"""Quality of each channel of a window of EEG."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError, QualityWarning
from physiofer.signals.eeg.quality import EEGQuality, eeg_quality

RATE = 256.0
TIMES = np.arange(4 * 256) / RATE


def rest(rng, n_channels=5, n_times=1024, rate=RATE):
    """EEG at rest in microvolts: noise that falls with frequency, and alpha."""
    spectra = np.fft.rfft(rng.standard_normal((n_channels, n_times)))
    frequencies_hz = np.fft.rfftfreq(n_times, 1 / rate)
    spectra *= (frequencies_hz >= 0.5) / np.maximum(frequencies_hz, 0.5) ** 0.8
    pink = np.fft.irfft(spectra, n=n_times)
    alpha = np.sin(2 * np.pi * 10 * np.arange(n_times) / rate)
    return 12 * pink / pink.std(axis=-1, keepdims=True) + 5 * alpha


def naive_flat_share(series, rate):
    """Share of quarters of a second that stay within half a microvolt."""
    length = round(rate / 4)
    pieces = [series[k * length : (k + 1) * length] for k in range(len(series) // length)]
    return sum(max(piece) - min(piece) <= 0.5 for piece in pieces) / len(pieces)


def naive_shares(series, rate, line_hz):
    """Shares of the mains and of muscle, from a spectrum by its definition."""
    n = len(series)
    times = np.arange(n)
    series = series - np.polyval(np.polyfit(times, series, 1), times)
    series = series * (0.5 - 0.5 * np.cos(2 * np.pi * times / n))
    line, beside, rest, fast = [], [], 0.0, 0.0
    for k in range(n // 2 + 1):
        hz = k * rate / n
        power = abs((series * np.exp(-2j * np.pi * k * times / n)).sum()) ** 2
        if abs(hz - line_hz) <= 1:
            line.append(power)
            continue
        if abs(hz - line_hz) <= 4:
            beside.append(power)
        if 1 <= hz <= min(0.95 * rate / 2, 100):
            rest += power
            fast += power if hz >= 30 else 0.0
    excess = max(sum(line) - len(line) * sum(beside) / len(beside), 0)
    return excess / (rest + excess), fast / rest


# --- against the obvious ---


@pytest.mark.parametrize(("rate", "line_hz", "n_times"), [(256.0, 50.0, 600), (128.0, 60.0, 300), (200.0, 50.0, 401)])
def test_shares_match_naive(rng, rate, line_hz, n_times):
    eeg_uv = rest(rng, 3, n_times, rate) + 2000.0 + 0.1 * np.arange(n_times)
    eeg_uv[1] += 15 * np.sin(2 * np.pi * (line_hz + 0.1) * np.arange(n_times) / rate)
    eeg_uv[2, 64:200] = 3.0
    found = eeg_quality(eeg_uv, rate, line_hz=line_hz)
    for channel, series in enumerate(eeg_uv):
        line, muscle = naive_shares(series, rate, line_hz)
        assert_allclose(found.line_share[channel], line, rtol=1e-8, atol=1e-10)
        assert_allclose(found.muscle_share[channel], muscle, rtol=1e-8)
        assert found.flat_share[channel] == naive_flat_share(series.tolist(), rate)
    assert_allclose(found.amplitude_uv, eeg_uv.max(axis=-1) - eeg_uv.min(axis=-1))


def test_deviation_by_hand(rng):
    noise = rng.standard_normal(1024)
    noise -= noise.mean()
    noise /= noise.std()
    eeg_uv = np.exp([[1.0], [2.0], [3.0], [4.0], [9.0]]) * noise
    assert_allclose(eeg_quality(eeg_uv, RATE).deviation, (np.array([1, 2, 3, 4, 9]) - 3) / 1.4826, rtol=1e-9)
    assert np.isnan(eeg_quality(eeg_uv[:2], RATE).deviation).all()
    assert np.isnan(eeg_quality(np.stack([noise] * 4), RATE).deviation).all()


# --- what is wrong with a channel is seen ---


def test_good_channels_are_good(rng):
    found = eeg_quality(rest(rng, 20), RATE)
    assert (found.quality > 0.95).all()
    assert (found.line_share < 0.02).all()
    assert (found.muscle_share < 0.25).all()
    assert_array_equal(found.present_share, 1.0)
    assert_array_equal(found.flat_share, 0.0)


def test_each_fault_is_seen_and_only_there(rng):
    good = rest(rng)
    faults = {
        "present_share": np.where(TIMES < 1, np.nan, good[0]),
        "flat_share": np.where(TIMES < 2, 4.0, good[0]),
        "clipped_share": np.clip(good[0], -8.0, 8.0),
        "amplitude_uv": good[0] + 500.0 * (TIMES > 2),
        "deviation": 40.0 * good[0],
        "line_share": good[0] + 40.0 * np.sin(2 * np.pi * 50 * TIMES),
        "muscle_share": good[0] + 30.0 * np.diff(rng.standard_normal(1025)),
    }
    clean = eeg_quality(good, RATE)
    for name, channel in faults.items():
        found = eeg_quality(np.vstack([channel, good[1:]]), RATE)
        change = abs(getattr(found, name)[0] - getattr(clean, name)[0])
        assert change > {"amplitude_uv": 300.0, "deviation": 10.0, "clipped_share": 0.2}.get(name, 0.24), name
        assert found.quality[0] < 0.8 * clean.quality[0], name
        assert_allclose(found.quality[1:], clean.quality[1:])


def test_quality_is_the_product_that_is_documented(rng):
    eeg_uv = 8 * rest(rng, 4)
    eeg_uv[0, :200], eeg_uv[1, 300:600] = np.nan, 1.0
    eeg_uv[2] += 300 * np.sin(2 * np.pi * 50 * TIMES)
    eeg_uv[3] = 60 * rng.standard_normal(1024)
    found = eeg_quality(eeg_uv, RATE)
    expected = found.present_share * (1 - found.flat_share) * (1 - found.clipped_share) * (1 - found.line_share)
    expected *= np.minimum(1, 150 / found.amplitude_uv) * np.minimum(1, 2 * (1 - found.muscle_share))
    assert_allclose(found.quality, expected, rtol=1e-12)


def test_line_of_60_hz_is_told_from_50(rng):
    eeg_uv = rest(rng, 1) + 40 * np.sin(2 * np.pi * 60 * TIMES)
    assert eeg_quality(eeg_uv, RATE, line_hz=60.0).line_share[0] > 0.7
    assert eeg_quality(eeg_uv, RATE).line_share[0] < 0.05
    assert eeg_quality(eeg_uv, RATE, line_hz=None).line_share[0] == 0.0


def test_volts_are_noticed_and_microvolts_are_not(rng):
    eeg_uv = rest(rng)
    with pytest.warns(QualityWarning, match="eeg_uv must be in microvolts; its values look like volts") as caught:
        found = eeg_quality(1e-6 * eeg_uv, RATE)
    assert caught[0].filename == __file__
    assert_array_equal(found.quality, 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for scale in (0.1, 1.0, 100.0):
            eeg_quality(scale * eeg_uv + 1e4, RATE)
        eeg_quality(np.full((2, 1024), 3.0), RATE)


# --- hostile windows ---


def test_windows_without_signal(rng):
    nothing = eeg_quality(np.full((2, 1024), np.nan), RATE)
    assert_array_equal(nothing.quality, 0.0)
    assert_array_equal(nothing.present_share, 0.0)
    others = nothing._replace(quality=nothing.deviation, present_share=nothing.deviation)
    assert np.isnan(np.array(others)).all()
    flat = eeg_quality(np.full((2, 1024), 7.3), RATE)
    assert_array_equal(flat.quality, 0.0)
    assert_array_equal(flat.flat_share, 1.0)
    assert_array_equal(flat.amplitude_uv, 0.0)
    assert np.isnan(flat.line_share).all()
    assert np.isnan(flat.muscle_share).all()
    assert eeg_quality(np.zeros((0, 32, 512)), RATE).quality.shape == (0, 32)
    assert eeg_quality(np.zeros((3, 0, 512)), RATE).quality.shape == (3, 0)
    assert_array_equal(eeg_quality(np.zeros((3, 0)), RATE).quality, 0.0)
    huge = eeg_quality(np.full((2, 1024), 1e200), RATE)
    assert_array_equal(huge.present_share, 0.0)
    short = eeg_quality(rest(rng, 3, 100), RATE)
    assert np.isnan(short.line_share).all()
    assert np.isfinite(short.quality).all()


def test_windows_are_told_in_their_shape_and_alone(rng):
    eeg_uv = rest(rng, 24).reshape(2, 3, 4, 1024)
    found = eeg_quality(eeg_uv, RATE)
    assert isinstance(found, EEGQuality)
    assert all(values.shape == (2, 3, 4) for values in found)
    for name, values in eeg_quality(eeg_uv[1, 2], RATE)._asdict().items():
        assert_allclose(getattr(found, name)[1, 2], values, rtol=1e-9, err_msg=name)


@settings(max_examples=20)
@given(
    arrays(float, st.tuples(st.integers(0, 4), st.integers(0, 90)), elements=st.floats(-1e6, 1e6) | st.just(np.nan)),
    st.sampled_from([10.0, 64.0, 1000.0]),
)
def test_no_window_is_an_exception(eeg_uv, rate):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "eeg_uv must be in microvolts", QualityWarning)
        found = eeg_quality(eeg_uv, rate, line_hz=None)
    assert ((found.quality >= 0) & (found.quality <= 1)).all()
    for values in (found.present_share, found.flat_share, found.clipped_share, found.line_share, found.muscle_share):
        assert (np.isnan(values) | ((values >= 0) & (values <= 1 + 1e-12))).all()


def test_a_line_above_nyquist_is_refused():
    with pytest.raises(InvalidArgumentError, match=r"line_hz=50 must lie 1 Hz below rate/2=50 \(Nyquist\); give None"):
        eeg_quality(np.zeros((2, 200)), 100.0)
    with pytest.raises(InvalidArgumentError, match="line_hz"):
        eeg_quality(np.zeros((2, 200)), 200.0, line_hz=-50.0)
    with pytest.raises(InvalidArgumentError, match=r"eeg_uv has shape \(200,\)"):
        eeg_quality(np.zeros(200), 200.0)
