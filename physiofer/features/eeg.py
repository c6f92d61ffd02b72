"""Power, entropy and asymmetry of windows of EEG as scikit-learn transformers, which take arrays or MNE's epochs."""

import numpy as np

from .._validate import check_choice
from ..exceptions import InvalidArgumentError
from ..signals.eeg import (
    ASYMMETRIES,
    asymmetry,
    band_power,
    differential_entropy,
    find_channel,
    frontal_posterior_pairs,
    left_right_pairs,
)
from ._eeg import EEGWindowFeatures, by_band_and_channel
from .eeg_dynamics import ComplexityFeatures, ConnectivityFeatures

__all__ = ["AsymmetryFeatures", "BandPowerFeatures", "DifferentialEntropyFeatures", "EEGFeatures"]

_FRONTAL = (("F3", "F4"), ("AF3", "AF4"), ("F7", "F8"), ("Fp1", "Fp2"))  # the first that is there


class BandPowerFeatures(EEGWindowFeatures):
    """Power of the bands of each channel of EEG.

    Parameters
    ----------
    rate : float, optional
        Sampling rate of the windows in Hz; MNE's epochs and streams tell their own.
    channels : list of str, optional
        Names of the channels: those of the windows, or out of those of the epochs or stream, the ones to take. By
        default all, ``ch0``, ``ch1``, … for windows without names.
    bands : mapping of str to (low_hz, high_hz), optional
        By default ``signals.eeg.BANDS``.
    method : {"welch", "multitaper"}, default="welch"
        See :func:`physiofer.signals.eeg.band_power`.
    output : {"absolute", "relative", "log", "db"}, default="absolute"
        Power in uV², its share of the power of all bands, its natural logarithm, or decibels.
    line_hz : float, default=50
        Frequency of the mains, for the quality.
    cleaning : Cleaning, optional
        Steps that a whole recording goes through first, see :func:`physiofer.signals.eeg.clean`; none by default.
    baseline_s : float, optional
        Seconds before each trial whose features are subtracted from those of its windows (3 in DEAP); by default
        nothing is.

    Attributes
    ----------
    channels_ : tuple of str
        Names of the channels seen in ``fit``.
    rate_ : float
        Their sampling rate in Hz.

    Notes
    -----
    Features: ``{band}_{channel}``. Then the quality, 0 to 1, each the mean over channels of what
    :func:`physiofer.signals.eeg.eeg_quality` finds: the shares that are there (``quality_present``), that vary
    (``quality_varying``), that are not clipped (``quality_unclipped``), 150 uV over the amplitude where that is larger
    (``quality_amplitude``), the power without that of the mains (``quality_line``) and without that above 30 Hz
    (``quality_muscle``), and ``quality``, which puts them together.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> windows = 10.0 * rng.standard_normal((5, 2, 512))
    >>> features = BandPowerFeatures(128.0, channels=["F3", "F4"]).set_output(transform="pandas")
    >>> features.fit_transform(windows).columns[:3].tolist()
    ['delta_F3', 'delta_F4', 'theta_F3']
    """

    def __init__(
        self,
        rate=None,
        *,
        channels=None,
        bands=None,
        method="welch",
        output="absolute",
        line_hz=50.0,
        cleaning=None,
        baseline_s=None,
    ):
        self.rate = rate
        self.channels = channels
        self.bands = bands
        self.method = method
        self.output = output
        self.line_hz = line_hz
        self.cleaning = cleaning
        self.baseline_s = baseline_s

    def _names_of(self, channels, bands):
        return [f"{band}_{channel}" for band in bands for channel in channels]

    def _block(self, measured, channels):
        return by_band_and_channel(measured(band_power, measured.bands, method=self.method, output=self.output))


class DifferentialEntropyFeatures(EEGWindowFeatures):
    """Differential entropy of the bands of each channel of EEG, in nats of uV.

    Parameters
    ----------
    rate, channels, bands, line_hz, cleaning, baseline_s
        As in :class:`BandPowerFeatures`.
    method : {"filter", "spectrum"}, default="filter"
        See :func:`physiofer.signals.eeg.differential_entropy`.

    Attributes
    ----------
    channels_ : tuple of str
        Names of the channels seen in ``fit``.
    rate_ : float
        Their sampling rate in Hz.

    Notes
    -----
    Features: ``de_{band}_{channel}``, then the quality as in :class:`BandPowerFeatures`.

    Examples
    --------
    >>> import numpy as np
    >>> windows = np.random.default_rng(0).standard_normal((5, 2, 512))
    >>> features = DifferentialEntropyFeatures(128.0, channels=["F3", "F4"], bands={"alpha": (8, 13)})
    >>> features.fit(windows).get_feature_names_out()[:2].tolist()
    ['de_alpha_F3', 'de_alpha_F4']
    """

    def __init__(
        self, rate=None, *, channels=None, bands=None, method="filter", line_hz=50.0, cleaning=None, baseline_s=None
    ):
        self.rate = rate
        self.channels = channels
        self.bands = bands
        self.method = method
        self.line_hz = line_hz
        self.cleaning = cleaning
        self.baseline_s = baseline_s

    def _names_of(self, channels, bands):
        return [f"de_{band}_{channel}" for band in bands for channel in channels]

    def _block(self, measured, channels):
        return by_band_and_channel(measured(differential_entropy, measured.bands, method=self.method))


class AsymmetryFeatures(EEGWindowFeatures):
    """What channels that face each other differ in: left from right, front from back.

    Parameters
    ----------
    rate, channels, bands, line_hz, cleaning, baseline_s
        As in :class:`BandPowerFeatures`; pairs are found by the names of the channels.
    contrasts : tuple of str, default=("dasm", "rasm", "dcau", "faa")
        ``dasm``, ``rasm``, ``dcau`` and ``log_ratio`` as in :func:`physiofer.signals.eeg.asymmetry`, the first three of
        differential entropies, the last of powers; ``faa`` is frontal alpha asymmetry, ln(right) less ln(left) of the
        power of the band ``alpha``, of F3 and F4 or the nearest pair that is there.
    method : {"filter", "spectrum"}, default="filter"
        Of the differential entropies.

    Attributes
    ----------
    channels_ : tuple of str
        Names of the channels seen in ``fit``.
    rate_ : float
        Their sampling rate in Hz.

    Notes
    -----
    Features: ``{kind}_{band}_{first}_{second}`` and ``faa_{left}_{right}``, then the quality as in
    :class:`BandPowerFeatures`. Quotients of entropies (``rasm``) run away where an entropy is near 0.

    Examples
    --------
    >>> import numpy as np
    >>> windows = np.random.default_rng(0).standard_normal((5, 3, 512))
    >>> features = AsymmetryFeatures(128.0, channels=["F3", "Fz", "F4"], contrasts=("dasm", "faa"))
    >>> features.fit(windows).get_feature_names_out()[[0, 5]].tolist()
    ['dasm_delta_F3_F4', 'faa_F3_F4']
    """

    def __init__(
        self,
        rate=None,
        *,
        channels=None,
        bands=None,
        contrasts=("dasm", "rasm", "dcau", "faa"),
        method="filter",
        line_hz=50.0,
        cleaning=None,
        baseline_s=None,
    ):
        self.rate = rate
        self.channels = channels
        self.bands = bands
        self.contrasts = contrasts
        self.method = method
        self.line_hz = line_hz
        self.cleaning = cleaning
        self.baseline_s = baseline_s

    def fit(self, X, y=None):
        """Take note of channels and rate, and find the pairs; nothing is learned.

        Parameters
        ----------
        X : array-like of shape (n_windows, n_channels, n_times), or mne.Epochs
            Windows in uV.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        InvalidArgumentError
            If no two channels face each other, or an argument is wrong.
        """
        super().fit(X, y)
        if not self._names_of(list(self.channels_), self._bands()):
            raise InvalidArgumentError(
                f"channels={list(self.channels_)} hold no pair for contrasts={self.contrasts!r}: left and right, as "
                "F3 and F4, for dcau front and back, as F3 and P3, for faa also a band named alpha; give the names "
                "of the electrodes in channels=."
            )
        return self

    def _names_of(self, channels, bands):
        pairs = {kind: self._pairs_of(kind, channels) for kind in self._checked_contrasts()}
        return [
            name
            for kind, found in pairs.items()
            for name in (
                [f"faa_{left}_{right}" for left, right in found if "alpha" in bands]
                if kind == "faa"
                else [f"{kind}_{band}_{first}_{second}" for band in bands for first, second in found]
            )
        ]

    def _block(self, measured, channels):
        parts = []
        for kind in self._checked_contrasts():
            pairs = self._pairs_of(kind, channels)
            if not pairs or (kind == "faa" and "alpha" not in measured.bands):
                continue
            if kind in ("faa", "log_ratio"):
                values = measured(band_power, measured.bands, method="welch", output="absolute")
            else:
                values = measured(differential_entropy, measured.bands, method=self.method)
            if kind == "faa":
                values = values[..., [list(measured.bands).index("alpha")]]
            found = asymmetry(values, channels, "log_ratio" if kind == "faa" else kind, pairs=pairs)
            parts.append(by_band_and_channel(found))
        return np.concatenate(parts, axis=1) if parts else np.empty((len(measured.windows), 0))

    def _checked_contrasts(self):
        """The contrasts, each of them known."""
        contrasts = (self.contrasts,) if isinstance(self.contrasts, str) else tuple(self.contrasts)
        for contrast in contrasts:
            check_choice(contrast, name="contrasts", choices=(*ASYMMETRIES, "faa"))
        if not contrasts:
            raise InvalidArgumentError(f"contrasts is empty; choose from {', '.join((*ASYMMETRIES, 'faa'))}.")
        return contrasts

    def _pairs_of(self, kind, channels):
        """The pairs of a kind among channels, none if there are none."""
        if kind == "faa":
            return next(([pair] for pair in _FRONTAL if all(_is_there(channels, name) for name in pair)), [])
        try:
            return frontal_posterior_pairs(channels) if kind == "dcau" else left_right_pairs(channels)
        except InvalidArgumentError:
            return []


class EEGFeatures(EEGWindowFeatures):
    """The features of EEG that emotion research uses most, together: the modality ``eeg`` of :func:`pipeline.extract`.

    Parameters
    ----------
    rate, channels, bands, line_hz, cleaning, baseline_s
        As in :class:`BandPowerFeatures`.
    blocks : tuple of str, default=("power", "entropy", "asymmetry")
        ``power``: :class:`BandPowerFeatures`, relative; ``entropy``: :class:`DifferentialEntropyFeatures`;
        ``asymmetry``: :class:`AsymmetryFeatures` without quotients of entropies; ``connectivity``:
        :class:`ConnectivityFeatures`, as measures of the network; ``complexity``: :class:`ComplexityFeatures`.

    Attributes
    ----------
    channels_ : tuple of str
        Names of the channels seen in ``fit``.
    rate_ : float
        Their sampling rate in Hz.

    Notes
    -----
    Features are those of the blocks, one after the other, then the quality, once. Channels without a partner have no
    asymmetry.

    Examples
    --------
    >>> import numpy as np
    >>> windows = np.random.default_rng(0).standard_normal((5, 3, 512))
    >>> features = EEGFeatures(128.0, channels=["F3", "Fz", "F4"]).fit(windows)
    >>> names = features.get_feature_names_out()
    >>> len(names), names[[0, 15, 30, 35, -1]].tolist()
    (43, ['delta_F3', 'de_delta_F3', 'dasm_delta_F3_F4', 'faa_F3_F4', 'quality'])
    """

    def __init__(
        self,
        rate=None,
        *,
        channels=None,
        bands=None,
        blocks=("power", "entropy", "asymmetry"),
        line_hz=50.0,
        cleaning=None,
        baseline_s=None,
    ):
        self.rate = rate
        self.channels = channels
        self.bands = bands
        self.blocks = blocks
        self.line_hz = line_hz
        self.cleaning = cleaning
        self.baseline_s = baseline_s

    def _members(self):
        """The transformers of the blocks."""
        blocks = (self.blocks,) if isinstance(self.blocks, str) else tuple(self.blocks)
        if not blocks or len(set(blocks)) < len(blocks):
            raise InvalidArgumentError(f"blocks={self.blocks!r} must name at least one of {', '.join(_BLOCKS)}, once.")
        for block in blocks:
            check_choice(block, name="blocks", choices=_BLOCKS)
        return [_BLOCKS[block](self.bands) for block in blocks]

    def _names_of(self, channels, bands):
        return [name for member in self._members() for name in member._names_of(channels, bands)]

    def _block(self, measured, channels):
        parts = [member._block(measured, channels) for member in self._members()]
        return np.concatenate(parts, axis=1)


_BLOCKS = {
    "power": lambda bands: BandPowerFeatures(bands=bands, output="relative"),
    "entropy": lambda bands: DifferentialEntropyFeatures(bands=bands),
    "asymmetry": lambda bands: AsymmetryFeatures(bands=bands, contrasts=("dasm", "dcau", "faa")),
    "connectivity": lambda bands: ConnectivityFeatures(bands=bands, output="network"),
    "complexity": lambda bands: ComplexityFeatures(bands=bands),
}


def _is_there(channels, name):
    """Whether an electrode is among the channels."""
    try:
        find_channel(channels, name)
    except InvalidArgumentError:
        return False
    return True
