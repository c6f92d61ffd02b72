"""What is known of a synthetic film besides its pixels."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..exceptions import InvalidArgumentError
from . import _physiology as physiology


@dataclass(frozen=True, eq=False)
class FaceTruth:
    """What the renderer knows and a camera does not.

    Attributes
    ----------
    times_s : ndarray of shape (n_frames,)
        Time of each frame in seconds.
    beats_s : ndarray of shape (n_beats,)
        Systolic peaks between the first frame and the last, in seconds.
    bvp : ndarray of shape (n_frames,)
        Blood volume pulse at each frame: unit height, zero mean over a beat, maximal at the beats. Green of the skin
        is multiplied by 1 − pulse·bvp.
    light : ndarray of shape (n_frames, 3)
        Light in R, G and B, about 1.
    pose : DataFrame of n_frames rows
        `x_px` and `y_px` (shift from the resting place, to the right and down), `scale`, `roll_deg` (clockwise),
        `yaw_deg` (to the right) and `pitch_deg` (down), all as seen in the picture.
    expression : ndarray of str, shape (n_frames,)
        Label of each frame; an expression takes half a second to appear.
    blinks_s : ndarray of shape (n_blinks,)
        Times in seconds at which the lids are shut.
    phase_times_s, phase : ndarray of shape (n_points,)
        The heart's phase in beats, beyond both ends of the film; beats fall at whole numbers, linear in between.

    Examples
    --------
    >>> from physiofer.datasets.synthetic_face import SyntheticFace
    >>> truth = SyntheticFace(10.0, bpm=90.0, variability=0.0).truth
    >>> round(truth.mean_bpm(2.0, 8.0), 6)
    90.0
    """

    times_s: np.ndarray
    beats_s: np.ndarray
    bvp: np.ndarray
    light: np.ndarray
    pose: pd.DataFrame
    expression: np.ndarray
    blinks_s: np.ndarray
    phase_times_s: np.ndarray
    phase: np.ndarray

    @property
    def rr_ms(self):
        """Intervals between the beats in milliseconds, shape (n_beats - 1,)."""
        return 1000.0 * np.diff(self.beats_s)

    def mean_bpm(self, start_s, stop_s):
        """Mean heart rate over a stretch of time: beats, in fractions too, by minutes.

        Parameters
        ----------
        start_s, stop_s : float or array-like
            From when to when, in seconds, within the film.

        Returns
        -------
        float or ndarray
            Heart rate in beats per minute.

        Examples
        --------
        >>> from physiofer.datasets.synthetic_face import SyntheticFace
        >>> truth = SyntheticFace(10.0, beats_s=[0.0, 1.0, 2.0, 2.5, 3.0, 3.5]).truth
        >>> truth.mean_bpm([0.0, 2.0], [2.0, 3.5]).tolist()
        [60.0, 120.0]
        """
        start_s, stop_s = np.asarray(start_s, float), np.asarray(stop_s, float)
        if not (np.all(start_s < stop_s) and np.all(np.isfinite(start_s + stop_s))):
            raise InvalidArgumentError(f"start_s={start_s} must be before stop_s={stop_s}.")
        first, last = (np.interp(time_s, self.phase_times_s, self.phase) for time_s in (start_s, stop_s))
        bpm = 60.0 * (last - first) / (stop_s - start_s)
        return bpm if bpm.ndim else float(bpm)


def known(times_s, heart, dicrotic, light, poses, pixels, labels, blinks_s):
    """Gather what is known; `heart` is its phase over time, `pixels` half the width of a face."""
    phase_times_s, phase = heart
    first, last = np.interp(times_s[[0, -1]], phase_times_s, phase)
    beats_s = np.interp(np.arange(np.ceil(first), np.floor(last) + 1.0), phase, phase_times_s)
    bvp = physiology.pulse_wave(np.interp(times_s, phase_times_s, phase), dicrotic)
    names = ["x_px", "y_px", "scale", "roll_deg", "yaw_deg", "pitch_deg"]
    units = np.array([pixels, pixels, 1.0, *3 * [180.0 / np.pi]])
    pose = pd.DataFrame(poses * units, columns=names)
    return FaceTruth(times_s, beats_s, bvp, light, pose, labels, blinks_s, phase_times_s, phase)
