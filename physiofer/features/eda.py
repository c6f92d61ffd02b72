"""Skin conductance level and responses of windows, as a scikit-learn transformer."""

import numpy as np

from .._parallel import over_windows
from .._validate import check_number, check_rate
from ..kernels.eda.windows import STATISTICS, window_statistics
from ..signals.eda import clean_eda, decompose, eda_symp
from ..signals.eda.clean import HIGH_US, SLOWEST_RATE, smoothed
from ..signals.eda.scr import responses_at_peaks
from ..signals.eda.sympathetic import SEGMENT_S
from ..signals.quality import varying_share
from ..windows import cut
from ._base import WindowFeatures, is_flat, quiet_nan

__all__ = ["EDAFeatures"]

_SCALE_US = 1.0  # of the convex programme: fixed, so that its price of activity does not depend on the window
_STUCK_S = 30.0  # skin at rest may well stay at one step of a coarse sensor for ten seconds
_RESOLUTION_US = 1e-3  # of wrist sensors: floor of the logarithms
_OVERSHOOT = 1.05  # of the greatest reading, which a smooth level may well reach


class EDAFeatures(WindowFeatures):
    """Level, slope, responses and sympathetic drive of skin conductance windows.

    Parameters
    ----------
    rate : float, default=4.0
        Sampling rate of the windows in Hz, at least 1.
    method : {"cvxeda", "highpass", "median"}, default="cvxeda"
        How level and phasic activity are told apart, see :func:`physiofer.signals.eda.decompose`. Features of the
        driver are NaN but for ``"cvxeda"``, whose signal is taken in µS as it is (``scale_us=1``) and not z-scored.
    min_amplitude_us : float, default=0.02
        Least amplitude of a skin conductance response in µS: absolute, not relative to the window.

    Attributes
    ----------
    n_features_in_ : int
        Second axis of the windows seen in ``fit``.

    Notes
    -----
    *Level*: ``scl_mean_us``, ``ln_scl`` (logarithm of the mean), ``scl_sd_us``, ``scl_slope_us_per_min``,
    ``scl_slope_per_min`` (the slope as a share of the level).

    *Responses*, from trough to peak: ``scr_per_min`` (peaks inside the window), ``scr_amplitude_sum_us``, and, NaN
    without a response, ``scr_amplitude_mean_us``, ``scr_amplitude_max_us``, ``scr_rise_time_s``,
    ``scr_half_recovery_s``.

    *Phasic activity*: ``phasic_sd_us``, ``phasic_area_us`` (its positive part, mean over time), ``ln_phasic_sd``,
    ``driver_sum_us_per_min`` (integral of the driver per minute) and ``ln_driver_sum``.

    *Signal*: ``derivative_sd`` and ``derivative_rise`` (µS/s: spread of the derivative, mean of its positive part);
    ``edasymp_us2`` and ``edasymp_nu``, see :func:`physiofer.signals.eda.eda_symp`, NaN below 64 s.

    *Quality*, each from 0 to 1: ``quality_in_contact``, the share of samples that are there and in contact with skin,
    see :func:`physiofer.signals.eda.clean_eda`; ``quality_unsaturated``, the share of these not above 100 µS;
    ``quality_varying``, the share of the remaining ones outside runs of one value of 30 s or longer (0 if the whole
    window is one value); ``quality``, their product times the share of samples whose tonic level is believable: not
    below 0, nor above all that was measured. Below 0.5 the other features are NaN.

    References
    ----------
    .. [1] Boucsein (2012), Electrodermal Activity, 2nd ed., Springer.
    .. [2] Greco, Valenza, Lanata, Scilingo & Citi (2016), IEEE Trans. Biomedical Engineering 63(4), 797-804.
    .. [3] Posada-Quintero et al. (2016), Annals of Biomedical Engineering 44(10), 3124-3135.

    Examples
    --------
    >>> import numpy as np
    >>> windows = np.linspace(2.0, 2.6, 240)[np.newaxis]  # a minute at 4 Hz, rising
    >>> features = EDAFeatures(rate=4.0).set_output(transform="pandas").fit_transform(windows)
    >>> round(float(features.loc[0, "scl_slope_us_per_min"]), 2)
    0.6
    """

    modality = "eda"
    kinds = ("eda",)
    feature_names = (
        "scl_mean_us", "ln_scl", "scl_sd_us", "scl_slope_us_per_min", "scl_slope_per_min", "scr_per_min",
        "scr_amplitude_sum_us", "scr_amplitude_mean_us", "scr_amplitude_max_us", "scr_rise_time_s",
        "scr_half_recovery_s", "phasic_sd_us", "phasic_area_us", "ln_phasic_sd", "driver_sum_us_per_min",
        "ln_driver_sum", "derivative_sd", "derivative_rise", "edasymp_us2", "edasymp_nu",
        "quality_in_contact", "quality_unsaturated", "quality_varying", "quality",
    )  # fmt: skip
    version = 3

    def __init__(self, rate=4.0, *, method="cvxeda", min_amplitude_us=0.02):
        self.rate = rate
        self.method = method
        self.min_amplitude_us = min_amplitude_us

    def _from_windows(self, windows, rate):
        """Each window decomposed on its own."""
        rate = check_rate(rate, low=SLOWEST_RATE)
        return self._summary(np.ascontiguousarray(np.moveaxis(self._parts(windows[:, 0], rate), 0, 1)), rate)

    def _from_stream(self, stream, starts_s, window_s, companions):
        """The whole recording decomposed once, then cut."""
        parts = self._parts(stream.values, stream.rate)[:, 0]
        whole = type(stream)(parts, stream.times_s, stream.rate, channels=[f"part{k}" for k in range(len(parts))])
        return self._summary(cut(whole, starts_s, window_s), stream.rate)

    def _parts(self, raw_us, rate):
        """Nine series of each: what kernels/eda/windows tells of a window, and the clean and raw signal."""
        eda_us = clean_eda(raw_us, rate)
        scale_us = _SCALE_US if self.method == "cvxeda" else None
        components = decompose(eda_us, rate, method=self.method, scale_us=scale_us)
        smooth = smoothed(eda_us, rate) if eda_us.shape[-1] > 1 else eda_us.copy()
        smooth[~np.isfinite(eda_us)] = np.nan
        min_amplitude_us = check_number(self.min_amplitude_us, name="min_amplitude_us", low=0.0, low_open=True)
        return np.stack([*components, smooth, *responses_at_peaks(smooth, rate, min_amplitude_us), eda_us, raw_us])

    def _summary(self, parts, rate):
        """Features of windows of the nine series, (n_windows, 9, n_times)."""
        clean_us, raw_us = parts[:, -2], parts[:, -1]
        quality = _quality(clean_us, raw_us, rate)
        quality[-1] *= _believable(parts[:, 0], clean_us)
        minutes = raw_us.shape[-1] / (60.0 * rate)
        table = np.empty((len(parts), len(STATISTICS)))
        over_windows(window_statistics, len(parts), np.ascontiguousarray(parts[:, :-2]), table)
        of = dict(zip(STATISTICS, table.T, strict=True))
        power_us2, share = np.full((2, len(parts)), np.nan)
        if 60.0 * minutes >= SEGMENT_S:
            power_us2, share = eda_symp(clean_us, rate)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = of["tonic_slope"] * 60.0 * rate
            features = np.stack(
                [
                    of["tonic_mean"],
                    np.log(of["tonic_mean"]),
                    of["tonic_sd"],
                    slope,
                    slope / of["tonic_mean"],
                    of["n_responses"] / (minutes * quality[0] * quality[1]),
                    of["amplitude_sum"],
                    of["amplitude_sum"] / of["n_responses"],
                    of["amplitude_max"],
                    of["rise_mean"] / rate,
                    of["recovery_mean"] / rate,
                    of["phasic_sd"],
                    of["phasic_rise"],
                    np.log(of["phasic_sd"] + _RESOLUTION_US),
                    of["driver_mean"] * 60.0,
                    np.log(of["driver_mean"] * 60.0 + _RESOLUTION_US),
                    of["step_sd"] * rate,
                    of["step_rise"] * rate,
                    power_us2,
                    share,
                ]
            )
        features[~np.isfinite(features)] = np.nan
        features[:, quality[-1] < 0.5] = np.nan
        return np.vstack([features, quality]).T


def _quality(clean_us, raw_us, rate):
    """In contact, unsaturated, varying, and their product, of windows (n_windows, n_times)."""
    with np.errstate(invalid="ignore"):
        is_saturated = raw_us > HIGH_US
    in_contact = (np.isfinite(clean_us) | is_saturated).mean(axis=-1)
    saturated = np.divide(is_saturated.mean(axis=-1), in_contact, out=np.ones(len(raw_us)), where=in_contact > 0)
    varying = np.where(is_flat(clean_us), 0.0, varying_share(clean_us, rate, min_flat_s=_STUCK_S))
    quality = np.stack([in_contact, 1.0 - saturated, varying])
    return np.vstack([quality, quality.prod(axis=0)])


def _believable(tonic_us, clean_us):
    """Share of samples whose tonic level is neither below 0 nor above all readings of the window; 1 without any."""
    greatest_us = _OVERSHOOT * quiet_nan(np.nanmax, clean_us)[:, np.newaxis]
    with np.errstate(invalid="ignore"):
        is_odd = (tonic_us < 0.0) | (tonic_us > greatest_us)
    return 1.0 - is_odd.sum(axis=-1) / np.maximum(np.isfinite(tonic_us).sum(axis=-1), 1)
