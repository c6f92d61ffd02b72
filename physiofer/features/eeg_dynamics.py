"""How complex the EEG of each channel is, and how channels are coupled, as scikit-learn transformers."""

import numpy as np

from .._validate import check_choice
from ..exceptions import InvalidArgumentError
from ..signals.eeg import (
    CONNECTIVITY_MEASURES,
    aperiodic,
    connectivity,
    dfa,
    higuchi_fd,
    hjorth,
    katz_fd,
    line_length,
    network_measures,
    permutation_entropy,
    petrosian_fd,
    power_spectrum,
    sample_entropy,
    spectral_edge,
    spectral_entropy,
    svd_entropy,
    zero_crossings,
)
from ._eeg import EEGWindowFeatures, as_columns

__all__ = ["ComplexityFeatures", "ConnectivityFeatures"]

_SHAPE_HZ = (1.0, 45.0)


class ComplexityFeatures(EEGWindowFeatures):
    """How complex the EEG of each channel is: entropies, fractal dimensions, Hjorth's parameters, slope of spectrum.

    Parameters
    ----------
    rate, channels, line_hz, cleaning, baseline_s
        As in :class:`BandPowerFeatures`.
    bands : None
        Not used; the same parameter as in the other transformers of EEG.
    measures : tuple of str, optional
        Out of ``ComplexityFeatures.MEASURES``; all by default. ``sample_entropy`` takes longest.

    Attributes
    ----------
    channels_ : tuple of str
        Names of the channels seen in ``fit``.
    rate_ : float
        Their sampling rate in Hz.

    Notes
    -----
    Features: ``{measure}_{channel}``, each as the function of that name in :mod:`physiofer.signals.eeg`; of
    ``aperiodic`` the exponent, from 2 Hz to 40. Then the quality as in :class:`BandPowerFeatures`.

    Examples
    --------
    >>> import numpy as np
    >>> windows = np.random.default_rng(0).standard_normal((5, 2, 512))
    >>> features = ComplexityFeatures(128.0, channels=["F3", "F4"], measures=("hjorth_mobility", "higuchi_fd"))
    >>> features.fit(windows).get_feature_names_out()[:3].tolist()
    ['hjorth_mobility_F3', 'hjorth_mobility_F4', 'higuchi_fd_F3']
    """

    #: Names of the measures.
    MEASURES = (
        "hjorth_activity", "hjorth_mobility", "hjorth_complexity", "line_length", "zero_crossings", "sample_entropy",
        "permutation_entropy", "svd_entropy", "spectral_entropy", "higuchi_fd", "katz_fd", "petrosian_fd", "dfa",
        "spectral_edge", "aperiodic",
    )  # fmt: skip

    def __init__(
        self, rate=None, *, channels=None, bands=None, measures=None, line_hz=50.0, cleaning=None, baseline_s=None
    ):
        self.rate = rate
        self.channels = channels
        self.bands = bands
        self.measures = measures
        self.line_hz = line_hz
        self.cleaning = cleaning
        self.baseline_s = baseline_s

    def _names_of(self, channels, bands):
        return [f"{measure}_{channel}" for measure in self._checked_measures() for channel in channels]

    def _block(self, measured, channels):
        return np.concatenate([_measure(name, measured) for name in self._checked_measures()], axis=1)

    def _checked_measures(self):
        """The measures, each of them known."""
        measures = self.MEASURES if self.measures is None else self.measures
        measures = (measures,) if isinstance(measures, str) else tuple(measures)
        for name in measures:
            check_choice(name, name="measures", choices=self.MEASURES)
        if not measures:
            raise InvalidArgumentError(f"measures is empty; choose from {', '.join(self.MEASURES)}.")
        return measures


_OF_RATE = {"line_length": line_length, "zero_crossings": zero_crossings}
_OF_VALUES = {
    "sample_entropy": sample_entropy, "permutation_entropy": permutation_entropy, "svd_entropy": svd_entropy,
    "higuchi_fd": higuchi_fd, "katz_fd": katz_fd, "petrosian_fd": petrosian_fd, "dfa": dfa,
}  # fmt: skip


def _measure(name, measured):
    """One measure (n_windows, n_channels)."""
    if name.startswith("hjorth_"):
        return getattr(measured(hjorth), name.removeprefix("hjorth_"))
    if name in _OF_RATE:
        return measured(_OF_RATE[name])
    if name in _OF_VALUES:
        return _OF_VALUES[name](measured.windows)
    highest_hz = 0.5 * measured.rate
    if name == "spectral_entropy":
        return measured(spectral_entropy, low_hz=_SHAPE_HZ[0], high_hz=min(_SHAPE_HZ[1], highest_hz))
    frequencies_hz, density = measured(power_spectrum, low_hz=0.0, high_hz=min(_SHAPE_HZ[1] + 1.0, highest_hz))
    if name == "aperiodic":
        return aperiodic(frequencies_hz, density, high_hz=min(40.0, frequencies_hz[-1]))[0]
    return spectral_edge(frequencies_hz, density, low_hz=_SHAPE_HZ[0], high_hz=min(_SHAPE_HZ[1], frequencies_hz[-1]))


class ConnectivityFeatures(EEGWindowFeatures):
    """Coupling of the channels of EEG in each band, of every pair or as measures of the network.

    Parameters
    ----------
    rate, channels, bands, line_hz, cleaning, baseline_s
        As in :class:`BandPowerFeatures`.
    measure : str, default="wpli"
        One of those of :func:`physiofer.signals.eeg.connectivity`. The default is blind to what reaches both channels
        at once, as one source does; its chance level depends on the length of the window.
    output : {"pairs", "network"}, default="pairs"
        Every pair of channels, or what :func:`physiofer.signals.eeg.network_measures` finds: strength, clustering and
        local efficiency of each channel, path length and global efficiency of all.
    density : float, optional
        Share of the pairs that are edges of the network, the strongest; all by default.

    Attributes
    ----------
    channels_ : tuple of str
        Names of the channels seen in ``fit``.
    rate_ : float
        Their sampling rate in Hz.

    Notes
    -----
    Features: ``{measure}_{band}_{first}_{second}``, or ``{measure}_{band}_strength_{channel}`` and so on, then the
    quality as in :class:`BandPowerFeatures`.

    Examples
    --------
    >>> import numpy as np
    >>> windows = np.random.default_rng(0).standard_normal((5, 3, 512))
    >>> features = ConnectivityFeatures(128.0, channels=["F3", "Fz", "F4"], bands={"alpha": (8, 13)})
    >>> features.fit(windows).get_feature_names_out()[:3].tolist()
    ['wpli_alpha_F3_Fz', 'wpli_alpha_F3_F4', 'wpli_alpha_Fz_F4']
    """

    _OF_CHANNELS = ("strength", "clustering", "local_efficiency")
    _OF_NETWORK = ("path_length", "global_efficiency")

    def __init__(
        self,
        rate=None,
        *,
        channels=None,
        bands=None,
        measure="wpli",
        output="pairs",
        density=None,
        line_hz=50.0,
        cleaning=None,
        baseline_s=None,
    ):
        self.rate = rate
        self.channels = channels
        self.bands = bands
        self.measure = measure
        self.output = output
        self.density = density
        self.line_hz = line_hz
        self.cleaning = cleaning
        self.baseline_s = baseline_s

    def _names_of(self, channels, bands):
        check_choice(self.measure, name="measure", choices=CONNECTIVITY_MEASURES)
        check_choice(self.output, name="output", choices=("pairs", "network"))
        if self.output == "pairs":
            pairs = [(one, other) for k, one in enumerate(channels) for other in channels[k + 1 :]]
            return [f"{self.measure}_{band}_{one}_{other}" for band in bands for one, other in pairs]
        of_band = [f"{name}_{channel}" for name in self._OF_CHANNELS for channel in channels] + list(self._OF_NETWORK)
        return [f"{self.measure}_{band}_{name}" for band in bands for name in of_band]

    def _block(self, measured, channels):
        check_choice(self.output, name="output", choices=("pairs", "network"))
        weights = measured(connectivity, measured.bands, measure=self.measure)
        if self.output == "pairs":
            return as_columns(weights[:, :, *np.triu_indices(len(channels), 1)])
        found = network_measures(weights, density=self.density)
        parts = [found[name] for name in self._OF_CHANNELS]
        parts += [found[name][..., np.newaxis] for name in self._OF_NETWORK]
        return as_columns(np.concatenate(parts, axis=-1))
