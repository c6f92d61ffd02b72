"""Movement and posture of windows, as a scikit-learn transformer."""

import numpy as np

from .._parallel import over_windows
from .._validate import check_number
from ..kernels.motion import STATISTICS, motion_statistics
from ..signals.motion import HIGHEST_MEAN_G, LOWEST_MEAN_G, activity
from ..windows import cut
from ._base import WindowFeatures

__all__ = ["MotionFeatures"]

_STUCK_S = 30.0
_RAIL_G = 1.5  # a wrist held still never reads it, so that what rests there is cut off
_RAIL_RUN = 3


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
    (logarithm of its mean in mg, at least 1), ``ln_activity_sd``, ``ln_activity_p90``, ``still_share`` and
    ``posture_sd_g`` (spread of the axes over the window, averaged over axes). The direction of gravity itself is left
    out: it changes with the wrist the device is on.

    Quality, each from 0 to 1: ``quality_present``, the share of samples with all three axes; ``quality_varying``, the
    share of these at which the sensor was not stuck, with no axis changing for 30 s or longer; ``quality_unclipped``,
    the share of each axis outside runs of three or more equal values at 1.5 g or beyond, averaged over axes;
    ``quality``, their product.

    With less than half of the samples, or a mean magnitude above 4 g or below 0.3 g (the unit is another one, or the
    sensor is dead), the features are NaN; in the latter case quality is 0.

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
        "quality_present", "quality_varying", "quality_unclipped", "quality",
    )  # fmt: skip
    version = 3

    def __init__(self, rate=32.0, *, still_g=0.02):
        self.rate = rate
        self.still_g = still_g

    def _from_windows(self, windows, rate):
        """Each window filtered on its own, then all laid end to end."""
        n_windows, _, n_times = windows.shape
        axes_g = np.ascontiguousarray(windows.transpose(1, 0, 2)).reshape(3, n_windows * n_times)
        firsts = np.arange(n_windows) * n_times
        return self._summary(axes_g, activity(windows, rate).ravel(), firsts, n_times, rate)

    def _from_stream(self, stream, starts_s, window_s, companions):
        """The whole recording filtered once; windows are then read from it where they lie."""
        if not (np.isfinite(starts_s).all() and window_s <= 2 * stream.duration_s):
            return self._from_windows(cut(stream, starts_s, window_s), stream.rate)  # no features, or it says why
        starts_s = np.clip(starts_s, stream.start_s - 2 * window_s, stream.stop_s + window_s)  # as `cut` lays them
        firsts = np.ceil((starts_s - stream.start_s) * stream.rate - 1e-6).astype(np.int64)
        n_times = max(int(round(window_s * stream.rate)), 1)
        values = np.ascontiguousarray(stream.values)
        return self._summary(values, activity(values, stream.rate), firsts, n_times, stream.rate)

    def _summary(self, axes_g, dynamic_g, firsts, n_times, rate):
        """Features of windows of a recording of three axes (3, n) and their dynamic part (n)."""
        windows_g = np.empty((len(firsts), n_times))
        table = np.empty((len(firsts), len(STATISTICS)))
        stuck_run = max(int(np.ceil(_STUCK_S * rate)), 2)
        still_g = check_number(self.still_g, name="still_g", low=0.0)
        rails = (stuck_run, _RAIL_G, _RAIL_RUN)
        over_windows(motion_statistics, len(firsts), axes_g, dynamic_g, firsts, still_g, *rails, windows_g, table)
        mean_g, sd_g, still_share, posture_sd_g, magnitude_g, *quality = table.T
        quality = np.where((magnitude_g >= LOWEST_MEAN_G) & (magnitude_g <= HIGHEST_MEAN_G), quality, 0.0)
        logs = [_log_milli(values_g) for values_g in (mean_g, sd_g, _quantile(windows_g, 0.9))]
        features = np.stack([*logs, still_share, posture_sd_g])
        features[:, quality[0] < 0.5] = np.nan
        return np.vstack([features, quality, quality.prod(axis=0)]).T


def _log_milli(values_g):
    """Natural logarithm in mg, floored at 1 mg: below that is the sensor's noise."""
    return np.log(np.maximum(1000.0 * values_g, 1.0))


def _quantile(windows, share):
    """Linear-interpolation quantile of the finite samples of each row, the others being infinity; NaN without any."""
    counts = np.isfinite(windows).sum(axis=1)
    quantiles = np.full(len(windows), np.nan)
    for count in np.unique(counts[counts > 0]):
        rows = counts == count
        position = share * (count - 1)
        below = int(position)
        parts = windows[rows]
        parts.partition(below, axis=1)
        lower, upper = parts[:, below], parts[:, min(below + 1, count - 1) :].min(axis=1)
        quantiles[rows] = lower + (position - below) * (upper - lower)
    return quantiles
