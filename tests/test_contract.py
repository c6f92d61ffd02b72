"""Every transformer of physiofer.features keeps the contract; those of 2-D input also keep scikit-learn's."""

import contract
import numpy as np
import pytest
from sklearn.base import TransformerMixin, clone
from sklearn.utils.estimator_checks import parametrize_with_checks
from test_cardiac import pulse_train, wandering_beats

from physiofer import features
from physiofer.datasets.synthetic import simulate_person
from physiofer.extraction import MODALITIES
from physiofer.features import EDAFeatures, HRVFeatures, TemperatureFeatures
from physiofer.recording import Stream
from physiofer.windows import cut

ALL = [item() for item in map(features.__dict__.get, features.__all__) if issubclass(item, TransformerMixin)]
#: Those of the simulated wrist; test_respiration_features, test_emg and test_eeg_features put theirs through the same.
TRANSFORMERS = [item for item in ALL if item.modality not in ("respiration", "emg", "face", "rppg", "eeg")]
WINDOW_S = 40.0


@pytest.fixture(scope="module")
def person():
    """A simulated person whose sensors all work."""
    return simulate_person(0, seed=5, n_trials=4, missing=False)[0]


def kind_of(transformer):
    """The kind of stream it takes its windows for."""
    return getattr(transformer, "signal", transformer.kinds[0])


@pytest.fixture(scope="module")
def windows_of(person):
    """Raw windows for a transformer, (6, n_channels, n_times)."""

    def cut_windows(transformer, window_s=WINDOW_S, n_windows=6):
        stream = person.of_kind(kind_of(transformer))
        assert stream.rate == transformer.rate
        return cut(stream, 12.0 + window_s * np.arange(n_windows), window_s)

    return cut_windows


def steady_pulses(duration_s):
    """Windows of a pulse wave that nothing disturbs."""
    rng = np.random.default_rng(0)
    return np.stack([pulse_train(wandering_beats(rng, duration_s), duration_s) for _ in range(2)])[:, np.newaxis]


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda transformer: type(transformer).__name__)
def test_keeps_the_contract(transformer, check, windows_of):
    if check is contract.plausible_windows_have_features:  # some need minutes, and variability needs unbroken ones
        check(
            transformer,
            steady_pulses(400.0) if transformer.modality == "cardiac" else windows_of(transformer, 330.0, 2),
        )
    else:
        check(transformer, windows_of(transformer))


@parametrize_with_checks([HRVFeatures(), EDAFeatures(), TemperatureFeatures()])
def test_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


def test_modalities_do_not_share_names():
    alone = [transformer for transformer in ALL if transformer.modality != "eeg"]  # of which there are blocks
    assert len({transformer.modality for transformer in alone}) == len(alone) == len(MODALITIES) - 1
    assert all(type(modality()) in map(type, ALL) for modality in MODALITIES.values())


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda transformer: type(transformer).__name__)
def test_whole_recording_agrees_with_its_windows(transformer, person, windows_of):
    # Filters see beyond the edges of a window and levels are near enough the same: names where that matters little.
    steady = {
        "cardiac": ["median_nn_ms", "hr_mean_bpm"], "eda": ["scl_mean_us", "ln_scl"], "temperature": ["mean_c", "sd_c"],
        "motion": ["posture_sd_g"],
    }[transformer.modality]  # fmt: skip
    starts_s = 12.0 + WINDOW_S * np.arange(6)
    names = list(transformer.feature_names)
    whole = transformer.transform_stream(person.of_kind(kind_of(transformer)), starts_s, WINDOW_S)
    alone = clone(transformer).fit_transform(windows_of(transformer))
    assert whole.shape == alone.shape
    for name in steady:
        np.testing.assert_allclose(whole[:, names.index(name)], alone[:, names.index(name)], rtol=0.02)


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda transformer: type(transformer).__name__)
def test_stream_of_other_channels_is_refused(transformer):
    wrong = Stream.regular(np.ones((transformer.n_channels + 1, 400)), rate=transformer.rate)
    with pytest.raises(ValueError, match=f"{transformer.n_channels + 1} channels; {type(transformer).__name__} takes"):
        transformer.transform_stream(wrong, [0.0], 5.0)
