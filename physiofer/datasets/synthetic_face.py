"""Faces whose pulse is known: films of a drawn, moving head, or of a portrait, with blood flowing through the skin.

A :class:`SyntheticFace` is a film that is rendered frame by frame, with its :class:`FaceTruth` (beats, pose,
expressions, blinks, light) beside it; :func:`write_video` compresses it into a file with exact times. Pulse is a
relative change of the skin's colour, which dips at each systole as the blood takes light away, most of all green. It is
about one step of eight bits or less, and survives the rounding because camera noise and the texture of the skin spread
the pixels over many steps: the mean of a region moves smoothly. Heads are drawn by formula; no picture of a person is
part of physiofer.
"""

import numpy as np

from .._validate import check_choice, check_count, check_number, check_samples, check_series
from ..exceptions import InvalidArgumentError
from . import _face_scene as scene
from ._face_drawing import EXPRESSIONS, SKIN_TONES, Expression, draw_look
from ._face_renderer import BLOOD, HeadRenderer, PortraitRenderer, Pose, expose, light_field
from ._face_truth import FaceTruth, known
from ._face_video import write_video

__all__ = ["FaceTruth", "SyntheticFace", "write_video"]

_LONGEST_S = 86_400.0
_MOST_FRAMES = 5e6  # of one film: what is known of each is kept


class SyntheticFace:
    """A film of a drawn or given face with a known pulse; iterate over it for (time in s, frame).

    Every frame depends on the arguments and its index alone, so that films can be read again, in parts and in any
    order. About a hundred frames of 320 x 240 pixels take a second of one core.

    Parameters
    ----------
    duration_s : float, default=30.0
        Length of the film, unless `times_s` is given.
    rate : float, default=30.0
        Frames a second, unless `times_s` is given.
    times_s : array-like of shape (n_frames,), optional
        Times of the frames in seconds, increasing, in place of `duration_s`, `rate`, `jitter` and `dropped`.
    jitter : float, default=0.0
        Spread of the frame times, in shares of the frame interval, below 1.
    dropped : float, default=0.0
        Share of frames that are lost, anywhere but at the ends.
    size : (int, int), default=(240, 320)
        Height and width of the frames in pixels.
    face_size : float, default=0.45
        Width of the face over the height of the frames.
    bpm : float, default=70.0
        Mean heart rate in beats per minute, unless `beats_s` is given.
    beats_s : array-like of shape (n_beats,), optional
        Systolic peaks in seconds, in place of `bpm`, `variability` and `breathing_hz`. Before the first and after the
        last one the heart goes on at the outermost intervals.
    variability : float, default=1.0
        Scales heart rate variability (respiratory arrhythmia of 4 % of the heart rate, Mayer waves and fractal noise
        of 2 %); at 0 the heart is a metronome.
    breathing_hz : float, default=0.25
        Frequency of the breath in hertz.
    pulse : float, default=0.015
        Height of the pulse in green from peak to trough, as a share of the skin's green; red changes 0.43 and blue 0.69
        times as much [1]_. Real faces show 0.005 to 0.02.
    dicrotic : float, default=0.3
        Height of the second wave of a pulse over that of the first.
    skin_tone : str, default="medium"
        "porcelain", "light", "medium", "tan", "brown" or "dark".
    person : int, optional
        Chooses the proportions of the face, hair, clothes and wall; `seed` chooses them where this is None.
    portrait : array-like of shape (height, width, 3), optional
        A picture of a face, uint8, to be filmed in place of a drawn head. It fills the frames, and neither turns,
        blinks nor changes its expression.
    portrait_skin : array-like of shape (height, width), optional
        Where the portrait shows skin, from 0 to 1 or boolean: there the pulse goes. Needed with `portrait`.
    expression : str or sequence of (float, str), default="neutral"
        "neutral", "smile", "surprise" or "frown" throughout, or onsets in seconds with labels, in order.
    blinks_per_min : float, default=15.0
        Mean rate of blinks.
    motion : float, default=1.0
        Scales smooth random motion below 0.5 Hz; at 1 standard deviations are 9 and 6 % of half a face's width to the
        side and up, 1.5 % of the size, and 1.5, 3 and 2.5 degrees of roll, yaw and pitch. At 0 the head is still.
    shine : float, default=0.05
        Brightness of the strongest highlights over white. They carry no pulse and change as the head turns.
    light_drift, colour_drift : float, default=0.03 and 0.01
        Log-standard deviation of slow changes (below 0.2 Hz) of brightness, and of red against blue.
    flicker, flicker_hz : float, default=0.0 and 8.3
        Height, as a share of the light, and frequency of a sinusoidal flicker.
    noise : float, default=1.5
        Standard deviation of the camera's noise in steps of eight bits, for each pixel and colour. Below 0.5 the
        rounding begins to disturb the pulse.
    seed : int, default=0
        Chooses all chance; equal arguments give equal films.

    Attributes
    ----------
    truth : FaceTruth
        What is behind the film.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of its range, or contradicts another.

    References
    ----------
    .. [1] de Haan and van Leest (2014). Improved motion robustness of remote-PPG by using the blood volume pulse
       signature. Physiological Measurement 35(9), 1913-1926.

    Examples
    --------
    >>> face = SyntheticFace(2.0, bpm=66.0, skin_tone="dark", seed=4)
    >>> time_s, frame = next(iter(face))
    >>> time_s, frame.shape, len(face)
    (0.0, (240, 320, 3), 60)
    """

    def __init__(
        self,
        duration_s=30.0,
        *,
        rate=30.0,
        times_s=None,
        jitter=0.0,
        dropped=0.0,
        size=(240, 320),
        face_size=0.45,
        bpm=70.0,
        beats_s=None,
        variability=1.0,
        breathing_hz=0.25,
        pulse=0.015,
        dicrotic=0.3,
        skin_tone="medium",
        person=None,
        portrait=None,
        portrait_skin=None,
        expression="neutral",
        blinks_per_min=15.0,
        motion=1.0,
        shine=0.05,
        light_drift=0.03,
        colour_drift=0.01,
        flicker=0.0,
        flicker_hz=8.3,
        noise=1.5,
        seed=0,
    ):
        self._seed = check_count(seed, name="seed")
        rngs = _generators(self._seed)
        size, face_size = _check_size(size), check_number(face_size, name="face_size", low=0.05, high=1.2)
        times_s = _film_times(rngs["times"], times_s, duration_s, rate, jitter, dropped)
        heart = _heart(rngs["heart"], times_s, bpm, beats_s, variability, breathing_hz)
        dicrotic = check_number(dicrotic, name="dicrotic", low=0.0, high=0.9)
        light = _light(rngs["light"], times_s, light_drift, colour_drift, flicker, flicker_hz)
        self._pulse = check_number(pulse, name="pulse", low=0.0, high=0.5)
        self._shine = check_number(shine, name="shine", low=0.0, high=1.0)
        self._noise = check_number(noise, name="noise", low=0.0, high=64.0)
        poses = scene.motion(rngs["motion"], times_s, check_number(motion, name="motion", low=0.0, high=5.0))
        changes = _check_expression(expression)
        blinks_per_min = check_number(blinks_per_min, name="blinks_per_min", low=0.0, high=50.0)
        blinks_s = scene.blinks(rngs["blinks"], times_s, blinks_per_min)
        skin_tone = check_choice(skin_tone, name="skin_tone", choices=SKIN_TONES)
        picture = _check_portrait(portrait, portrait_skin, changes)
        if picture is None:
            chooser = rngs["look"] if person is None else np.random.default_rng(check_count(person, name="person"))
            self._renderer = HeadRenderer(draw_look(chooser, skin_tone), size, face_size)
        else:
            self._renderer = PortraitRenderer(*picture, size, face_size)
            poses[:, 4:], blinks_s = 0.0, blinks_s[:0]
        self._field = light_field(size)
        self._poses = poses
        labels, self._states = scene.faces(times_s, changes, blinks_s)
        self.truth = known(times_s, heart, dicrotic, light, poses, 0.5 * face_size * size[0], labels, blinks_s)

    def __len__(self):
        """Number of frames."""
        return self.truth.times_s.size

    def __iter__(self):
        """Yield (time in s, frame) of each frame in turn."""
        for index, time_s in enumerate(self.truth.times_s.tolist()):
            yield time_s, self.frame(index)

    def frame(self, index):
        """Render one frame.

        Parameters
        ----------
        index : int
            Which one, from 0.

        Returns
        -------
        ndarray of uint8, shape (height, width, 3)
            The frame in R, G, B.

        Raises
        ------
        InvalidArgumentError
            If there is no such frame.

        Examples
        --------
        >>> face = SyntheticFace(2.0)
        >>> bool((face.frame(7) == face.frame(7)).all())
        True
        """
        scene_now = self._scene(index)
        rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(self._seed, spawn_key=(1, index))))
        return expose(
            scene_now,
            self._field,
            self.truth.light[index],
            -self._pulse * self.truth.bvp[index] * BLOOD,
            shine=self._shine,
            noise=self._noise,
            rng=rng,
        )

    def skin_mask(self, index):
        """Say which pixels of a frame show nothing but living skin: face, ears and neck, without eyes, brows and lips.

        Parameters
        ----------
        index : int
            Which frame, from 0.

        Returns
        -------
        ndarray of bool, shape (height, width)
            True where the pulse is whole.

        Raises
        ------
        InvalidArgumentError
            If there is no such frame.

        Examples
        --------
        >>> mask = SyntheticFace(1.0).skin_mask(0)
        >>> mask.shape, bool(0.1 < mask.mean() < 0.3)
        ((240, 320), True)
        """
        return self._scene(index).skin > 0.999

    def _scene(self, index):
        """The scene of a frame."""
        index = check_count(index, name="index", high=len(self) - 1)
        pose, state = self._poses[index].tolist(), self._states[index].tolist()
        return self._renderer.render(Pose(*pose), Expression(*state))


def _generators(seed):
    """One generator for each part of a film, so that a change to one leaves the chance of the others as it was."""
    names = "times heart motion light blinks look".split()
    children = np.random.SeedSequence(seed, spawn_key=(0,)).spawn(len(names))
    return {name: np.random.Generator(np.random.PCG64(child)) for name, child in zip(names, children, strict=True)}


def _film_times(rng, times_s, duration_s, rate, jitter, dropped):
    """Checked times of the frames: given, or drawn."""
    if times_s is None:
        duration_s = check_number(duration_s, name="duration_s", low=0.0, low_open=True, high=_LONGEST_S)
        rate = check_number(rate, name="rate", low=0.0, low_open=True, high=1000.0)
        jitter = check_number(jitter, name="jitter", low=0.0, high=1.0, high_open=True)
        dropped = check_number(dropped, name="dropped", low=0.0, high=0.9)
        if duration_s * rate > _MOST_FRAMES:
            raise InvalidArgumentError(f"duration_s={duration_s:g} at rate={rate:g} is too long; film it in parts.")
        return scene.frame_times(rng, duration_s, rate, jitter, dropped)
    times_s = check_series(times_s, name="times_s", min_length=2)
    if not (np.all(np.isfinite(times_s)) and np.all(np.diff(times_s) > 0.0) and np.ptp(times_s) <= _LONGEST_S):
        raise InvalidArgumentError("times_s must be finite and increase from frame to frame, over a day at most.")
    return times_s


def _heart(rng, times_s, bpm, beats_s, variability, breathing_hz):
    """Times and phase of the heart from checked arguments."""
    bpm = check_number(bpm, name="bpm", low=20.0, high=300.0)
    variability = check_number(variability, name="variability", low=0.0, high=5.0)
    breathing_hz = check_number(breathing_hz, name="breathing_hz", low=0.02, high=2.0)
    if beats_s is None:
        return scene.heart(rng, times_s, bpm, variability, breathing_hz)
    beats_s = check_series(beats_s, name="beats_s", min_length=2)
    if not (np.all(np.isfinite(beats_s)) and np.all(np.diff(beats_s) >= 0.2)):
        raise InvalidArgumentError("beats_s must be finite seconds that increase by 0.2 or more from beat to beat.")
    if max(abs(beats_s[0] - times_s[0]), abs(beats_s[-1] - times_s[-1])) > _LONGEST_S:
        raise InvalidArgumentError("beats_s lie more than a day from the frames; give both on one clock, in seconds.")
    return scene.heart_from_beats(beats_s, times_s)


def _light(rng, times_s, light_drift, colour_drift, flicker, flicker_hz):
    """Light over time from checked arguments."""
    light_drift = check_number(light_drift, name="light_drift", low=0.0, high=1.0)
    colour_drift = check_number(colour_drift, name="colour_drift", low=0.0, high=1.0)
    flicker = check_number(flicker, name="flicker", low=0.0, high=0.5)
    flicker_hz = check_number(flicker_hz, name="flicker_hz", low=0.0, high=1000.0)
    return scene.lighting(rng, times_s, light_drift, colour_drift, flicker, flicker_hz)


def _check_size(size):
    """Height and width as a pair of ints."""
    try:
        height, width = size
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"size={size!r} must be (height, width) in pixels.") from error
    limits = {"low": 16, "high": 8192}
    return check_count(height, name="size[0] (height)", **limits), check_count(width, name="size[1] (width)", **limits)


def _check_expression(expression):
    """Changes of expression as (onset in s, label), the first from the beginning."""
    if isinstance(expression, str):
        expression = [(0.0, expression)]
    try:
        changes = [(onset_s, label) for onset_s, label in expression]
    except (TypeError, ValueError) as error:
        message = f"expression={expression!r} must be a label, or pairs of an onset in seconds and a label."
        raise InvalidArgumentError(message) from error
    changes = [
        (check_number(onset_s, name="expression onset"), check_choice(label, name="expression", choices=EXPRESSIONS))
        for onset_s, label in changes
    ]
    onsets_s = [onset_s for onset_s, _ in changes]
    if not onsets_s or any(later <= sooner for sooner, later in zip(onsets_s, onsets_s[1:], strict=False)):
        raise InvalidArgumentError(f"expression={expression!r} must have one onset at least, in increasing order.")
    return changes


def _check_portrait(portrait, portrait_skin, changes):
    """Portrait and skin as arrays, or None where neither is given."""
    if portrait is None and portrait_skin is None:
        return None
    if portrait is None or portrait_skin is None:
        raise InvalidArgumentError("portrait and portrait_skin go together; give both or neither.")
    portrait = np.asarray(portrait)
    if portrait.dtype != np.uint8 or portrait.ndim != 3 or portrait.shape[2] != 3 or 0 in portrait.shape:
        what = f"{portrait.dtype} of shape {portrait.shape}"
        raise InvalidArgumentError(f"portrait is {what}; it must be uint8 of shape (height, width, 3), in R, G, B.")
    skin = check_samples(portrait_skin, name="portrait_skin")
    if skin.shape != portrait.shape[:2] or not (np.all(skin >= 0.0) and np.all(skin <= 1.0)):
        message = (
            f"portrait_skin of shape {skin.shape} must have the shape {portrait.shape[:2]} and lie within 0 and 1."
        )
        raise InvalidArgumentError(message)
    if [label for _, label in changes] != ["neutral"]:
        raise InvalidArgumentError("expression must be left 'neutral' with portrait, which keeps its own.")
    return portrait, skin
