"""From the colours of a filmed face to its pulse wave, heart rate over time, beats and their variability."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import __version__
from .exceptions import InvalidArgumentError
from .recording import Recording, Stream
from .signals.cardiac import Beats, hrv, nn_intervals, pulse_beats
from .signals.rppg import HeartRate, frame_rate, heart_rate, pulse, pulse_snr, resample
from .signals.rppg.heart_rate import MIN_QUALITY
from .signals.rppg.pooling import methods_of
from .signals.rppg.quality import MIN_RATE, SHORTEST_S

__all__ = ["BACKGROUND", "RemotePulse", "agrees", "beats_of_wave", "beats_told", "regions_of", "remote_pulse"]

#: The region that holds no skin, in the same light.
BACKGROUND = "background"
_HRV = ("mean_nn_ms", "sdnn_ms", "rmssd_ms", "pnn50")
_BEATS_OFF = 0.1  # of the heart rate: beats that come at another one are not those of the pulse
_BEAT_RATE = 60.0  # between whose samples the detector places beats: a finer grid places them no better


@dataclass(frozen=True, eq=False, repr=False)
class RemotePulse:
    """What a film told of a pulse, made by :func:`remote_pulse`.

    Attributes
    ----------
    method : str
        Of :data:`physiofer.signals.rppg.METHODS`, or several joined by a plus sign.
    rate : float
        Frames per second of the even grid.
    times_s : ndarray of shape (n_frames,)
        Of the grid, on the recording's clock; of the frames, where they are too few for a pulse.
    bvp : ndarray of shape (n_frames,)
        Pulse wave in units of its deviation; NaN where there was no face.
    quality : ndarray of shape (n_frames,)
        0 to 1.
    heart_rate : HeartRate
        Of windows; ``times_s`` on the recording's clock. Its ``mean_bpm`` is NaN where the windows do not speak for the
        film, see :func:`physiofer.signals.rppg.heart_rate`.
    beats : Beats
        On the recording's clock; of quality 0 outside of all windows with a reading.
    hrv : dict of str to float
        Mean interval, SDNN and RMSSD in ms, and pNN50, of the beats that can be trusted; NaN with fewer than eight
        intervals, without a heart rate, and where these beats come faster or slower than it by more than a tenth.
    region_weights : dict of str to float
        Mean share of each region in the wave.
    face_share : float
        Share of the frames with a usable region.
    snr_db : float
        Power at the heart rate and its harmonic over the rest.
    meta : dict
        What the recording says of its film.

    Examples
    --------
    >>> channels = ["skin_r", "skin_g", "skin_b"]
    >>> nobody = Stream(np.full((3, 90), np.nan), np.arange(90) / 30.0, 30.0, channels, kind="rgb")
    >>> found = remote_pulse(nobody)
    >>> found.bpm, found.face_share, found.to_frame().shape
    (nan, 0.0, (90, 4))
    >>> found
    <RemotePulse pos+green: no reading, 90 frames at 30 Hz, 3.0 s: no frame shows a face>
    """

    method: str
    rate: float
    times_s: np.ndarray
    bvp: np.ndarray
    quality: np.ndarray
    heart_rate: HeartRate
    beats: Beats
    hrv: dict
    region_weights: dict
    face_share: float
    snr_db: float
    meta: dict

    @property
    def bpm(self):
        """Heart rate of the whole film; NaN if it cannot be told, see :attr:`no_reading`."""
        return self.heart_rate.mean_bpm

    @property
    def duration_s(self):
        """Seconds from the first frame to the end of the last."""
        return float(self.times_s[-1] - self.times_s[0] + 1.0 / self.rate) if self.times_s.size > 1 else 0.0

    @property
    def no_reading(self):
        """Why the film has no heart rate, in words; empty if it has one."""
        n_windows, n_read = self.heart_rate.bpm.size, int(np.isfinite(self.heart_rate.bpm).sum())
        if np.isfinite(self.bpm):
            return ""
        if not self.rate > 0.0:
            return "too few frames" if self.times_s.size else "no frames"
        if self.rate < MIN_RATE:
            return f"{self.rate:.3g} frames a second are too few, at least {MIN_RATE:g} are needed"
        if not self.face_share:
            return "no frame shows a face"
        if not n_windows:
            return f"{self.duration_s:.1f} s are too short, at least {SHORTEST_S:g} s are needed"
        if not n_read:
            return f"in none of {n_windows} windows is the pulse clear enough" if n_windows > 1 else "it is not clear"
        return f"{n_read} of {n_windows} windows have one, too few or too unclear to speak for the film"

    def __repr__(self):
        bpm = f"{self.bpm:.1f} bpm" if np.isfinite(self.bpm) else "no reading"
        why = f": {self.no_reading}" if self.no_reading else ""
        size = f"{self.times_s.size} frames at {self.rate:.4g} Hz, {self.duration_s:.1f} s"
        return f"<RemotePulse {self.method}: {bpm}, {size}{why}>"

    def to_dict(self):
        """Everything as plain data, without pictures or paths; ``physiofer rppg --json`` writes it.

        Returns
        -------
        dict
        """
        found = self.heart_rate
        return {
            "format": "physiofer-rppg",
            "format_version": 1,
            "source": self.meta.get("source"),
            "method": self.method,
            "rate": self.rate,
            "n_frames": self.meta.get("n_frames", int(self.times_s.size)),
            "duration_s": self.duration_s,
            "face_share": self.face_share,
            "region_weights": dict(self.region_weights),
            "snr_db": self.snr_db,
            "heart_rate": {
                "mean_bpm": found.mean_bpm,
                "no_reading": self.no_reading or None,
                "times_s": _listed(found.times_s),
                "bpm": _listed(found.bpm),
                "quality": _listed(found.quality),
                **{name: self.meta[name] for name in ("window_s", "step_s", "min_quality")},
            },
            "n_beats": int(np.sum(self.beats.quality >= 0.7)),
            "beats": {"times_s": _listed(self.beats.beats_s), "quality": _listed(self.beats.quality)},
            "hrv": dict(self.hrv),
            "pulse": {"times_s": _listed(self.times_s), "bvp": _listed(self.bvp), "quality": _listed(self.quality)},
            "versions": {"physiofer": __version__, "numpy": np.__version__},
        }

    def to_frame(self):
        """The wave as a table.

        Returns
        -------
        DataFrame
            Columns ``time_s``, ``bvp``, ``quality`` and ``bpm``, the reading of the nearest window, NaN where it has
            none or is more than half a window away.
        """
        bpm = np.full(self.times_s.size, np.nan)
        middles_s = self.heart_rate.times_s
        if middles_s.size:
            after = np.clip(np.searchsorted(middles_s, self.times_s), 1, max(middles_s.size - 1, 1))
            after = np.minimum(after, middles_s.size - 1)
            before = np.maximum(after - 1, 0)
            is_nearer = self.times_s - middles_s[before] <= middles_s[after] - self.times_s
            nearest = np.where(is_nearer, before, after)
            bpm = self.heart_rate.bpm[nearest]
            bpm[np.abs(self.times_s - middles_s[nearest]) > 0.5 * self.meta["window_s"]] = np.nan
        return pd.DataFrame({"time_s": self.times_s, "bvp": self.bvp, "quality": self.quality, "bpm": bpm})


def remote_pulse(film, *, method="pos+green", window_s=10.0, step_s=1.0, min_quality=MIN_QUALITY):
    """Read the pulse from a filmed face.

    Frames are put on an even grid, regions pooled by :func:`physiofer.signals.rppg.pulse`, with the background as a
    reference of the light where it was read; the heart rate is that of :func:`physiofer.signals.rppg.heart_rate`, the
    beats those of :func:`physiofer.signals.cardiac.pulse_beats`.

    Parameters
    ----------
    film : Recording or Stream
        A recording with a stream of kind ``rgb``, as :func:`physiofer.film.read_face_video` gives it, or that stream.
    method : str, default="pos+green"
        Of :data:`physiofer.signals.rppg.METHODS`, or several joined by a plus sign, see
        :func:`physiofer.signals.rppg.pulse`. Chrominance (POS) outlives movement and changing light; green, which is
        asked as far as that is not sure, outlives compression, which spares brightness.
    window_s, step_s : float, default=10, 1
        Of the windows of the heart rate, in seconds.
    min_quality : float
        Quality of a window below which it has no reading.

    Returns
    -------
    RemotePulse

    Raises
    ------
    InvalidArgumentError
        If there is no such stream, or an argument is out of range.

    Examples
    --------
    >>> times_s = np.arange(600) / 30.0
    >>> blood = 0.01 * np.sin(2 * np.pi * 1.2 * times_s)
    >>> rgb = np.array([[180.0], [120.0], [100.0]]) * (1.0 - np.array([[0.33], [0.77], [0.53]]) * blood)
    >>> stream = Stream(rgb, times_s, 30.0, ["forehead_r", "forehead_g", "forehead_b"], kind="rgb")
    >>> round(remote_pulse(stream).bpm, 1)
    72.0
    """
    stream, meta = _colours(film)
    methods_of(method)
    options = {"window_s": window_s, "step_s": step_s, "min_quality": min_quality}
    no_rate = heart_rate(np.empty(0), 30.0, **options)  # of no film; the options are checked
    meta = {**meta, **{name: float(value) for name, value in options.items()}}
    names, rgb, background = regions_of(stream)
    rate = frame_rate(stream.times_s)
    present = np.isfinite(rgb).all(axis=1).any(axis=0)
    face_share = float(present.mean()) if present.size else 0.0
    if not rate >= MIN_RATE:  # too few or too slow frames
        nothing = np.full(stream.n_times, np.nan)
        return RemotePulse(
            method, rate, stream.times_s, nothing, np.zeros(stream.n_times), no_rate, Beats(*np.empty((3, 0))),
            dict.fromkeys(_HRV, np.nan), dict.fromkeys(names, np.nan), face_share, np.nan, meta,
        )  # fmt: skip
    start_s = stream.start_s
    even = resample(rgb, stream.times_s, rate)
    behind = None if background is None else resample(background, stream.times_s, rate).values
    wave = pulse(even.values, rate, method=method, background=behind)
    found = heart_rate(wave.bvp, rate, **options)
    beats = beats_told(beats_of_wave(wave.bvp, rate), found, window_s)
    is_told = np.isfinite(found.mean_bpm)
    indices = hrv(nn_intervals(beats.beats_s, beats.quality), indices=("time",)) if is_told else {}
    if not agrees(indices.get("mean_nn_ms", np.nan), found.mean_bpm):
        indices = {}
    with np.errstate(invalid="ignore"):
        weights = np.where(np.isfinite(wave.weights), wave.weights, 0.0).mean(axis=1)
    return RemotePulse(
        method=method,
        rate=rate,
        times_s=start_s + np.arange(wave.bvp.size) / rate,
        bvp=wave.bvp,
        quality=wave.quality,
        heart_rate=found._replace(times_s=found.times_s + start_s),
        beats=beats._replace(beats_s=beats.beats_s + start_s),
        hrv={name: indices.get(name, np.nan) for name in _HRV},
        region_weights=dict(zip(names, weights.tolist(), strict=True)),
        face_share=face_share,
        snr_db=float(pulse_snr(wave.bvp, rate, found.mean_bpm)) if is_told else np.nan,
        meta=meta,
    )


def regions_of(stream):
    """Names and colours of the regions of an ``rgb`` stream, and those of its background.

    Parameters
    ----------
    stream : Stream
        Channels ``{region}_r``, ``{region}_g`` and ``{region}_b`` in any order; others are passed over.

    Returns
    -------
    names : list of str
        The background is not among them.
    rgb : ndarray of shape (n_regions, 3, n_frames)
    background : ndarray of shape (3, n_frames), or None

    Raises
    ------
    InvalidArgumentError
        If no region of skin has all three colours.

    Examples
    --------
    >>> channels = [f"{region}_{colour}" for region in ("forehead", "background") for colour in "rgb"]
    >>> names, rgb, background = regions_of(Stream(np.ones((6, 2)), [0.0, 0.1], 10.0, channels, kind="rgb"))
    >>> names, rgb.shape, background.shape
    (['forehead'], (1, 3, 2), (3, 2))
    """
    place = {channel: k for k, channel in enumerate(stream.channels)}
    named = [channel.removesuffix("_r") for channel in stream.channels if channel.endswith("_r")]
    named = [name for name in named if name and f"{name}_g" in place and f"{name}_b" in place]
    names = [name for name in named if name != BACKGROUND]
    if not names:
        raise InvalidArgumentError(
            f"the {stream.kind or 'rgb'} stream has {stream.n_channels} channels ({', '.join(stream.channels[:6])}); "
            "they must be those of regions of skin, named like 'forehead_r', 'forehead_g', 'forehead_b'."
        )
    rgb, background = ([stream.values[[place[f"{name}_{c}"] for c in "rgb"]] for name in chosen]
                       for chosen in (names, [name for name in named if name == BACKGROUND]))  # fmt: skip
    return names, np.stack(rgb), background[0] if background else None


def beats_of_wave(bvp, rate):
    """Beats of a pulse wave at the rate of a camera, which is put on a finer grid so that they lie between frames.

    Parameters
    ----------
    bvp : ndarray of shape (n_frames,)
        Pulse wave, NaN where missing.
    rate : float
        Frames per second.

    Returns
    -------
    Beats
        As :func:`physiofer.signals.cardiac.pulse_beats` gives them, in seconds from the first frame.

    Examples
    --------
    >>> times_s = np.arange(600) / 30.0
    >>> np.diff(beats_of_wave(np.sin(2 * np.pi * 1.25 * times_s), 30.0).beats_s[2:-2]).round(2).tolist()[:4]
    [0.8, 0.8, 0.8, 0.8]
    """
    if bvp.size < 2:
        return pulse_beats(np.empty(0), _BEAT_RATE)
    fine = resample(bvp, np.arange(bvp.size) / rate, max(_BEAT_RATE, rate))
    return pulse_beats(fine.values, fine.rate)


def beats_told(beats, found, window_s):
    """Beats of which those outside of all windows with a reading have quality 0.

    Parameters
    ----------
    beats : Beats
        On the clock of the windows.
    found : HeartRate
        Of windows.
    window_s : float
        Their length in seconds.

    Returns
    -------
    Beats

    Examples
    --------
    >>> beats = Beats(np.array([2.0, 7.0, 14.0]), np.ones(3), np.ones(3))
    >>> rates = HeartRate(np.array([5.0, 10.0]), np.array([60.0, np.nan]), np.array([0.9, 0.1]), np.nan)
    >>> beats_told(beats, rates, 10.0).quality.tolist()
    [1.0, 1.0, 0.0]
    """
    middles_s = found.times_s[np.isfinite(found.bpm)]
    if not middles_s.size:
        return beats._replace(quality=np.zeros(beats.quality.shape))
    after = np.clip(np.searchsorted(middles_s, beats.beats_s), 0, middles_s.size - 1)
    away_s = np.minimum(
        np.abs(middles_s[after] - beats.beats_s), np.abs(beats.beats_s - middles_s[np.maximum(after - 1, 0)])
    )
    return beats._replace(quality=np.where(away_s <= 0.5 * window_s, beats.quality, 0.0))


def agrees(mean_nn_ms, bpm):
    """Whether beats of some mean interval in ms come at a rate in bpm, to a tenth of it; False where one is NaN.

    Parameters
    ----------
    mean_nn_ms, bpm : float or ndarray

    Returns
    -------
    bool or ndarray of bool

    Examples
    --------
    >>> agrees(np.array([1000.0, 1432.0]), 62.0).tolist()
    [True, False]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.abs(60000.0 / mean_nn_ms - bpm) <= _BEATS_OFF * bpm


def _listed(values):
    """An array as a list of short numbers."""
    return np.round(values, 6).tolist()


def _colours(film):
    """The stream of colours and what is known of its film."""
    if isinstance(film, Recording):
        stream = film.of_kind("rgb")
        if stream is None:
            kinds = ", ".join(found.kind for found in film.streams.values()) or "none"
            raise InvalidArgumentError(
                f"film {film.name} has no stream of kind 'rgb' (it has: {kinds}); read_face_video gives one."
            )
        return stream, dict(film.meta)
    if not isinstance(film, Stream):
        raise InvalidArgumentError(f"film is a {type(film).__name__}; it must be a Recording or a Stream.")
    return film, {}
