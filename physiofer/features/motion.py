"""Movement and posture of windows, as a scikit-learn transformer."""

import numpy as np

from ..signals.motion import activity
from ..windows import cut
from ._base import WindowFeatures, present_share, quiet_nan

__all__ = ["MotionFeatures"]


class MotionFeatures(WindowFeatures):
    """Activity and posture from three-axis acceleration windows.

    Parameters
    ----------
    rate : float, default=32.0
        Sampling rate of the windows in Hz.
    still_g : float, default=0.02
        Dynamic acceleration below which a sample counts as still, in g.

    Attributes
    ----------
    n_features_in_ : int
        Number of axes seen in ``fit`` (3).

    Notes
    -----
    Features of the dynamic acceleration of :func:`physiofer.signals.motion.activity` unless said: ``ln_activity``
    (logarithm of its mean in mg, at least 1), ``ln_activity_sd``, ``ln_activity_p90``, ``still_share``,
    ``posture_sd_g`` (spread of the axes over the window) and ``quality``, the share of samples present, 0 to 1. With
    less than half of them the features are NaN. The direction of gravity itself is left out: it changes with the wrist
    the device is on.

    References
    ----------
    .. [1] van Hees et al. (2013), PLoS ONE 8(4), e61691.

    Examples
    --------
    >>> import numpy as np
    >>> windows = np.tile([[0.0], [0.6], [0.8]], 320)[np.newaxis]
    >>> features = MotionFeatures(rate=32.0).set_output(transform="pandas").fit_transform(windows)
    >>> float(features.loc[0, "ln_activity"]), float(features.loc[0, "still_share"])
    (0.0, 1.0)
    """

    modality = "motion"
    kinds = ("acceleration",)
    n_channels = 3
    feature_names = (
        "ln_activity", "ln_activity_sd", "ln_activity_p90", "still_share", "posture_sd_g",
        "quality",
    )  # fmt: skip

    def __init__(self, rate=32.0, *, still_g=0.02):
        self.rate = rate
        self.still_g = still_g

    def _from_windows(self, windows, rate):
        """Each window filtered on its own."""
        return self._summary(windows, activity(windows, rate))

    def _from_stream(self, stream, starts_s, window_s, companions):
        """The whole recording filtered once, then cut."""
        dynamic = activity(stream.values, stream.rate)
        values = np.vstack([stream.values, dynamic])
        whole = type(stream)(values, stream.times_s, stream.rate, channels=[*stream.channels, "dynamic"])
        windows = cut(whole, starts_s, window_s)
        return self._summary(windows[:, :3], windows[:, 3])

    def _summary(self, axes_g, dynamic_g):
        """Features of windows of the axes (n_windows, 3, n_times) and the dynamic part (n_windows, n_times)."""
        share = present_share(dynamic_g)
        features = np.column_stack(
            [
                _log_milli(quiet_nan(np.nanmean, dynamic_g)),
                _log_milli(quiet_nan(np.nanstd, dynamic_g)),
                _log_milli(quiet_nan(np.nanpercentile, dynamic_g, q=90)),
                quiet_nan(np.nanmean, np.where(np.isfinite(dynamic_g), dynamic_g < self.still_g, np.nan)),
                quiet_nan(np.nanstd, axes_g).mean(axis=1),
            ]
        )
        features[share < 0.5] = np.nan
        return np.column_stack([features, share])


def _log_milli(values_g):
    """Natural logarithm in mg, floored at 1 mg: below that is the sensor's noise."""
    return np.log(np.maximum(1000.0 * values_g, 1.0))
