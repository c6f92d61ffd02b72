"""Skin conductance level and responses of windows, as a scikit-learn transformer."""

import numpy as np

from .._validate import check_number
from ..signals.eda import clean_eda, decompose, scr_peaks
from ..windows import cut
from ._base import WindowFeatures, is_flat, present_share, quiet_nan, slope_per_minute

__all__ = ["EDAFeatures"]


class EDAFeatures(WindowFeatures):
    """Level, slope and responses of skin conductance windows.

    Parameters
    ----------
    rate : float, default=4.0
        Sampling rate of the windows in Hz, at least 1.
    min_amplitude_us : float, default=0.02
        Least amplitude of a skin conductance response in µS: absolute, not relative to the window.

    Attributes
    ----------
    n_features_in_ : int
        Second axis of the windows seen in ``fit``.

    Notes
    -----
    Features: ``scl_mean_us``, ``ln_scl`` (logarithm of the mean level), ``scl_sd_us``, ``scl_slope_us_per_min``,
    ``scl_slope_per_min`` (the slope as a share of the level), ``scr_per_min`` (peaks inside the window),
    ``scr_amplitude_sum_us``, ``scr_amplitude_mean_us`` and ``scr_rise_time_s`` (NaN without a response),
    ``phasic_sd_us``, ``phasic_area_us`` (mean of the positive phasic activity), ``ln_phasic_sd``, ``derivative_sd`` and
    ``derivative_rise`` (µS/s: spread of the derivative, and mean of its positive part), and ``quality``, the share of
    the window with skin contact, 0 to 1; 0 if one value stands throughout. Below 0.5 the other features are NaN.

    References
    ----------
    .. [1] Boucsein (2012), Electrodermal Activity, 2nd ed., Springer.

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
        "scr_amplitude_sum_us", "scr_amplitude_mean_us", "scr_rise_time_s", "phasic_sd_us", "phasic_area_us",
        "ln_phasic_sd", "derivative_sd", "derivative_rise", "quality",
    )  # fmt: skip

    def __init__(self, rate=4.0, *, min_amplitude_us=0.02):
        self.rate = rate
        self.min_amplitude_us = min_amplitude_us

    def _from_windows(self, windows, rate):
        """Each window decomposed on its own."""
        parts = self._parts(windows[:, 0], check_number(rate, name="rate", low=1.0))
        return self._summary(np.moveaxis(parts, 0, 1), rate)

    def _from_stream(self, stream, starts_s, window_s, companions):
        """The whole recording decomposed once, then cut."""
        parts = self._parts(stream.values, stream.rate)[:, 0]
        whole = type(stream)(parts, stream.times_s, stream.rate, channels=[f"part{k}" for k in range(len(parts))])
        return self._summary(cut(whole, starts_s, window_s), stream.rate)

    def _parts(self, eda_us, rate):
        """Tonic, phasic, amplitude and rise time of responses at their peaks, raw; shape (5, n_series, n_times)."""
        eda_us = clean_eda(eda_us)
        tonic, phasic = decompose(eda_us, rate)
        amplitude, rise = np.zeros((2, *eda_us.shape))
        for row, series in enumerate(eda_us):
            responses = scr_peaks(series, rate, min_amplitude_us=self.min_amplitude_us)
            at = np.rint(responses["peak_s"].to_numpy() * rate).astype(np.int64)
            amplitude[row, at] = responses["amplitude_us"]
            rise[row, at] = responses["rise_time_s"]
        return np.stack([tonic, phasic, amplitude, rise, eda_us])

    def _summary(self, parts, rate):
        """Features of windows of the five parts, (n_windows, 5, n_times)."""
        tonic, phasic, amplitude, rise, eda_us = np.moveaxis(parts, 1, 0)
        contact = np.where(is_flat(eda_us), 0.0, present_share(eda_us))
        level = quiet_nan(np.nanmean, tonic)
        slope = slope_per_minute(tonic, rate)
        phasic_sd = quiet_nan(np.nanstd, phasic)
        derivative = np.diff(tonic + phasic, axis=-1) * rate if parts.shape[-1] > 1 else np.full(tonic.shape, np.nan)
        minutes = contact * parts.shape[-1] / (60.0 * rate)
        is_response = amplitude > 0
        n_responses = is_response.sum(axis=-1)
        amplitude_sum = np.where(is_response, amplitude, 0.0).sum(axis=-1)
        rise_sum = np.where(is_response, rise, 0.0).sum(axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            features = np.column_stack(
                [
                    level,
                    np.log(level),
                    quiet_nan(np.nanstd, tonic),
                    slope,
                    slope / level,
                    n_responses / minutes,
                    amplitude_sum,
                    amplitude_sum / n_responses,
                    rise_sum / n_responses,
                    phasic_sd,
                    quiet_nan(np.nanmean, np.maximum(phasic, 0.0)),
                    np.log(phasic_sd + 1e-3),  # 1 nS: the resolution of wrist sensors
                    quiet_nan(np.nanstd, derivative),
                    quiet_nan(np.nanmean, np.maximum(derivative, 0.0)),
                ]
            )
        features[~np.isfinite(features)] = np.nan
        features[contact < 0.5] = np.nan
        return np.column_stack([features, contact])
