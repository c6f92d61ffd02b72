"""The drawn head: a shaded relief with hair, ears, neck and shoulders, and features that move (eyes, brows, mouth).

Everything is drawn by formula in face coordinates: u to the right and v down, the middle of the face at (0, 0), half a
face's width the unit; edges are soft over a pixel or two. Nothing here stems from a picture of a person. Arrays are
float32, on the scale from 0 to 255 of a camera's output, planes first.
"""

from dataclasses import dataclass

import numpy as np

#: Colours (R, G, B) of skin under even light, from very light to dark.
SKIN_TONES = {
    "porcelain": (226.0, 190.0, 170.0),
    "light": (214.0, 170.0, 143.0),
    "medium": (194.0, 146.0, 114.0),
    "tan": (168.0, 120.0, 89.0),
    "brown": (132.0, 89.0, 64.0),
    "dark": (96.0, 63.0, 47.0),
}

_HAIR = ((38.0, 30.0, 26.0), (62.0, 42.0, 30.0), (92.0, 64.0, 42.0), (112.0, 108.0, 104.0))
_IRIS = ((62.0, 42.0, 28.0), (84.0, 100.0, 72.0), (88.0, 112.0, 140.0))
_LIGHT = (-0.30, -0.50, 0.81)  # towards the lamp: from the upper left, before the face
_HALFWAY = (-0.158, -0.263, 0.952)  # between the lamp and the camera: where highlights are
_EYE_V = -0.15  # of the pupils
_HALF_HEIGHT = 1.30  # of the face, in units
_LEFT, _TOP = -2.7, -1.9  # edges of the drawing, in units


@dataclass(frozen=True)
class Look:
    """What makes a face this face; lengths in units of half its width."""

    tone: tuple
    hair: tuple
    iris: tuple
    shirt: tuple
    wall: tuple
    hairline: float  # v of the middle of the forehead's upper edge
    long_hair: bool
    eye_u: float
    eye_half_width: float
    brow_v: float
    brow_thickness: float
    nose_width: float
    nose_height: float
    mouth_v: float
    mouth_half_width: float
    lip: float
    grain: int  # seed of the texture of skin and hair


def draw_look(rng, skin_tone):
    """Draw a person; the order of the draws is part of the model."""
    tone = np.array(SKIN_TONES[skin_tone]) * rng.uniform(0.96, 1.04) * rng.uniform(0.985, 1.015, size=3)
    is_dark = skin_tone in ("tan", "brown", "dark")
    return Look(
        tone=tuple(np.minimum(tone, 228.0)),
        hair=_HAIR[rng.integers(1 if is_dark else len(_HAIR))],
        iris=_IRIS[0 if is_dark else rng.integers(len(_IRIS))],
        shirt=tuple(rng.uniform(40.0, 170.0, size=3)),
        wall=tuple(rng.uniform(95.0, 150.0) + rng.uniform(-14.0, 14.0, size=3)),
        hairline=rng.uniform(-0.92, -0.78),
        long_hair=bool(rng.random() < 0.5),
        eye_u=rng.uniform(0.39, 0.43),
        eye_half_width=rng.uniform(0.18, 0.205),
        brow_v=rng.uniform(-0.41, -0.36),
        brow_thickness=rng.uniform(0.040, 0.062),
        nose_width=rng.uniform(0.90, 1.12),
        nose_height=rng.uniform(0.90, 1.10),
        mouth_v=rng.uniform(0.68, 0.73),
        mouth_half_width=rng.uniform(0.33, 0.38),
        lip=rng.uniform(0.90, 1.20),
        grain=int(rng.integers(2**31)),
    )


@dataclass(frozen=True)
class Expression:
    """State of the moving features: 0 is at rest; `lids` is 1 open and 0 shut."""

    smile: float = 0.0
    gape: float = 0.0
    brows: float = 0.0
    knit: float = 0.0
    lids: float = 1.0


#: Label to what the muscles do; `lids` is the openness between blinks.
EXPRESSIONS = {
    "neutral": Expression(),
    "smile": Expression(smile=1.0, gape=0.12, brows=0.1, lids=0.85),
    "surprise": Expression(gape=1.0, brows=1.0, lids=1.2),
    "frown": Expression(smile=-0.7, brows=-0.35, knit=1.0, lids=0.85),
}


class Head:
    """The drawing of one head: a resting texture, and the parts of it that an expression changes.

    `paint` (4, height, width) holds R, G, B, each times the coverage, and the coverage; `skin` and `shine` (height,
    width) say how much of a pixel is living skin and how it glitters; `relief` is the depth that turns with the head.
    """

    def __init__(self, look, pixels, down):
        """Draw `look` at `pixels` a unit, down to `down` units below the middle of the face."""
        self.look, self.pixels = look, float(pixels)
        n_rows, n_columns = round((down - _TOP) * pixels), round(-2.0 * _LEFT * pixels)
        columns, rows = np.arange(n_columns, dtype=np.float32), np.arange(n_rows, dtype=np.float32)
        self.u, self.v = np.meshgrid(_LEFT + (columns + 0.5) / self.pixels, _TOP + (rows + 0.5) / self.pixels)
        self.relief = 0.9 * np.clip(1.0 - (self.u / 1.15) ** 2 - (self.v / 1.45) ** 2, 0.0, None)
        self.relief += 0.18 * _bump(self.u, self.v - 0.28, 0.20, 0.22)
        self.tone = colour_planes(look.tone)
        self.shade, self.shine = self._light()
        self._draw()
        self._eyes = self._window(0.82, -0.72, 0.14)
        self._mouth = self._window(0.66, 0.40, 1.12)

    def to_texture(self):
        """Affine matrix (2, 3) from face coordinates to the texture's pixel indices."""
        return np.array([[self.pixels, 0.0, -_LEFT * self.pixels - 0.5], [0.0, self.pixels, -_TOP * self.pixels - 0.5]])

    def _window(self, half_width, top, bottom):
        """Slices of the texture that cover a rectangle of face coordinates."""
        first, stop = int((top - _TOP) * self.pixels), int((bottom - _TOP) * self.pixels) + 1
        left, right = int((-half_width - _LEFT) * self.pixels), int((half_width - _LEFT) * self.pixels) + 1
        return slice(first, stop), slice(left, right)

    def _inside(self, distance):
        """Coverage of a shape at a signed distance in units, positive inside: soft over one and a half pixels."""
        return np.clip(0.5 + distance * (self.pixels / 1.5), 0.0, 1.0)

    def _light(self):
        """Shade of the relief under the lamp, about 1 where it faces the camera, and its highlights."""
        look, u, v = self.look, self.u, self.v
        across = np.abs(u)
        depth = 0.85 * np.sqrt(np.clip(1.0 - (u / 1.04) ** 2 - (v / 1.36) ** 2, 0.02, None))
        bridge = np.clip((v + 0.28) / 0.62, 0.0, 1.0) ** 1.3 / (1.0 + np.exp(np.clip((v - 0.40) / 0.02, -30.0, 30.0)))
        depth += 0.30 * look.nose_height * bridge * np.exp(-((u / (0.15 * look.nose_width)) ** 2))
        depth += 0.10 * _bump(across - 0.15 * look.nose_width, v - 0.36, 0.075, 0.07)
        depth -= 0.075 * _bump(across - look.eye_u, v - _EYE_V, 0.26, 0.14)  # sockets, eyeballs, brow ridges, cheeks
        depth += 0.05 * _bump(across - look.eye_u, v - _EYE_V, 0.15, 0.09)
        depth += 0.05 * _bump(across - 0.42, v - look.brow_v, 0.30, 0.09)
        depth += 0.05 * _bump(across - 0.52, v - 0.30, 0.25, 0.22)
        depth += 0.05 * _bump(u, v - look.mouth_v, 0.33, 0.12)  # lips, the crease below them, chin
        depth -= 0.035 * _bump(u, v - look.mouth_v - 0.21, 0.18, 0.05)
        depth += 0.06 * _bump(u, v - 1.10, 0.22, 0.13)
        slope_v, slope_u = (np.clip(slope, -2.2, 2.2) for slope in np.gradient(depth, 1.0 / self.pixels))
        length = np.sqrt(1.0 + slope_u**2 + slope_v**2)

        def cosine(direction):
            return np.clip((direction[2] - slope_u * direction[0] - slope_v * direction[1]) / length, 0.0, None)

        return 0.44 + 0.64 * cosine(_LIGHT), cosine(_HALFWAY) ** 24

    def _draw(self):
        """Draw what does not move of itself, from the back to the front."""
        look, u, v, tone = self.look, self.u, self.v, self.tone
        grain, hair = np.random.default_rng(look.grain), colour_planes(look.hair)
        pores = 1.0 + 0.020 * smooth_noise(grain, u.shape, 0.7, 0.7)
        pores += 0.025 * smooth_noise(grain, u.shape, self.pixels / 8, self.pixels / 8)
        strands = 1.0 + 0.25 * smooth_noise(grain, u.shape, 0.8, self.pixels / 10)
        layers = _Layers(np.zeros((4, *u.shape), np.float32), np.zeros(u.shape, np.float32))
        skull = self._inside(1.0 - np.hypot(u / 1.13, (v + 0.28) / 1.17))
        behind = skull * (v < 0.25)
        if look.long_hair:
            behind = np.maximum(behind, self._inside(np.minimum(1.16 - np.abs(u), 1.55 - v)) * (v > -0.3))
        layers.add(behind, hair * (0.75 * strands))
        neck = self._inside(np.minimum(0.50 + 0.06 * (v - 1.3) ** 2 - np.abs(u), v - 0.7))
        layers.add(neck, tone * (pores * (0.80 - 0.28 * np.exp(-(((v - 1.2) / 0.35) ** 2)))), skin=1.0)
        shoulder = v - 1.72 - 0.22 * np.clip(np.abs(u) - 0.42, 0.0, None) ** 1.2
        layers.add(
            self._inside(np.minimum(shoulder, 2.35 - np.abs(u))),
            colour_planes(look.shirt) * (0.9 - 0.025 * u**2),
            skin=0.0,
        )
        ear = np.hypot((np.abs(u) - 1.0) / 0.13, (v + 0.02) / 0.27)
        layers.add(self._inside(0.15 * (1.0 - ear)), tone * (0.85 * pores - 0.2 * (ear < 0.5)), skin=1.0)
        flush = _bump(np.abs(u) - 0.55, v - 0.30, 0.25, 0.22) + _bump(u, v - 0.33, 0.15, 0.15)
        self.shade = self.shade * pores
        face = tone * (1.0 + colour_planes((0.015, -0.05, -0.05)) * flush) * self.shade
        outline = self._face()
        layers.add(outline, face, skin=1.0)
        layers.add(self._inside(look.hairline + 0.42 * u**2 - v) * skull, hair * strands, skin=0.0)
        nostrils = _bump(np.abs(u) - 0.085 * look.nose_width, v - 0.425, 0.045, 0.026)
        layers.add(0.75 * nostrils, 0.28 * tone)
        self.paint, self.skin = layers.paint, layers.skin
        self.shine = self.shine * self.skin * outline

    def _face(self):
        """Coverage of the face: an ellipse with a narrower jaw."""
        u, v = self.u, self.v
        half_width = np.sqrt(np.clip(1.0 - (v / _HALF_HEIGHT) ** 2, 0.0, None))
        half_width *= 1.0 - 0.1 * np.clip(v, 0.0, None) * np.clip(_HALF_HEIGHT - v, 0.0, None)
        return self._inside(half_width - np.abs(u)) * (np.abs(v) < _HALF_HEIGHT)

    def express(self, state):
        """Paint and skin with the features in a state: copies, in which the windows of eyes and mouth are redrawn."""
        paint, skin = self.paint.copy(), self.skin.copy()
        for window, draw in ((self._eyes, self._draw_eyes), (self._mouth, self._draw_mouth)):
            draw(_Layers(paint[:, *window], skin[window]), self.u[window], self.v[window], self.shade[window], state)
        return paint, skin

    def _draw_eyes(self, layers, u, v, shade, state):
        """Eyes, lids and brows of both sides."""
        look, across = self.look, np.abs(u)
        lids = min(max(state.lids, 0.0), 1.3)
        arch = np.clip(1.0 - ((across - look.eye_u) / look.eye_half_width) ** 2, 0.0, None)
        corner = np.sqrt(arch)
        lower = _EYE_V + 0.02 + 0.035 * arch
        upper = lower - (0.035 + 0.095 * lids) * min(4.0 * lids, 1.0) * arch
        slit = self._inside(np.minimum(v - upper, lower - v)) * (arch > 0.0)
        layers.add(slit, colour_planes((197.0, 191.0, 187.0)) * shade, skin=0.0)
        centre = np.hypot(across - look.eye_u, v - _EYE_V)
        layers.add(slit * self._inside(0.088 - centre), colour_planes(look.iris), skin=0.0)
        layers.add(slit * self._inside(0.042 - centre), colour_planes((14.0, 14.0, 14.0)), skin=0.0)
        glint = np.hypot(u - np.sign(u) * look.eye_u + 0.03, v - _EYE_V + 0.035)
        layers.add(slit * self._inside(0.020 - glint), colour_planes((225.0, 225.0, 225.0)), skin=0.0)
        shut = max(0.0, 1.0 - lids)
        layers.add(
            (0.85 + 0.1 * shut) * _line(v - upper + 0.02 * shut, 0.024 + 0.022 * shut) * corner,
            colour_planes((26.0, 26.0, 26.0)),
            skin=0.0,
        )
        layers.add(0.35 * _line(v - lower, 0.018) * corner, 0.45 * self.tone)
        layers.add(
            0.30 * min(lids, 1.0) * _line(v - _EYE_V + 0.125 + 0.02 * state.brows + 0.03 * arch, 0.018) * arch,
            0.5 * self.tone,
        )
        self._draw_brows(layers, across, v, state)

    def _draw_brows(self, layers, across, v, state):
        """Brows of both sides, and the lines between them when they are knit."""
        look, inner, outer = self.look, 0.17 - 0.035 * state.knit, 0.70
        along = np.clip((across - inner) / (outer - inner), 0.0, 1.0)
        middle = look.brow_v + 0.05 - 0.055 * state.brows - 0.115 * np.sin(np.pi * (0.12 + 0.72 * along))
        middle += 0.10 * state.knit * (1.0 - along) ** 2 - 0.015 * state.brows * (1.0 - along)
        ends = np.clip((across - inner) / 0.05, 0.0, 1.0) * np.clip((outer - across) / 0.08, 0.0, 1.0)
        brow = self._inside(look.brow_thickness * (1.0 - 0.65 * along**2) - np.abs(v - middle))
        layers.add(0.88 * brow * ends, 0.8 * colour_planes(look.hair), skin=0.0)
        layers.add(0.4 * max(state.knit, 0.0) * _bump(across - 0.07, v + 0.36, 0.02, 0.09), 0.5 * self.tone)

    def _draw_mouth(self, layers, u, v, shade, state):
        """Lips, what is between them, and the folds beside them."""
        look, gape = self.look, min(max(state.gape, 0.0), 1.2)
        half_width = look.mouth_half_width * (1.0 + 0.28 * state.smile - 0.16 * max(gape - 0.3, 0.0))
        s = np.clip(u / half_width, -1.0, 1.0)
        arch = 1.0 - s**2
        is_mouth = np.abs(u) < half_width
        middle = look.mouth_v + 0.04 * state.smile - 0.16 * state.smile * s**2
        top, bottom = middle - 0.09 * gape * arch, middle + 0.21 * gape * arch
        above = top - 0.085 * look.lip * arch * (1.0 - 0.25 * np.exp(-((s / 0.14) ** 2)))
        below = bottom + 0.11 * look.lip * arch
        lips = self.tone * colour_planes((0.86, 0.60, 0.64)) * shade
        layers.add(self._inside(np.minimum(v - above, top - v)) * is_mouth, 0.82 * lips, skin=0.0)
        layers.add(self._inside(np.minimum(v - bottom, below - v)) * is_mouth, 1.04 * lips, skin=0.0)
        inside = self._inside(np.minimum(v - top, bottom - v)) * is_mouth
        layers.add(inside, colour_planes((52.0, 20.0, 20.0)), skin=0.0)
        teeth = min(1.0, 3.0 * max(state.smile, 0.3 * gape))
        layers.add(teeth * inside * self._inside(top + 0.10 * arch - v), colour_planes((212.0, 206.0, 196.0)), skin=0.0)
        closed = 0.75 * max(0.0, 1.0 - 3.0 * gape)
        layers.add(closed * _line(v - middle, 0.018) * np.sqrt(arch) * is_mouth, 0.30 * self.tone, skin=0.0)
        corner = _bump(np.abs(u) - half_width, v - look.mouth_v + 0.12 * state.smile, 0.035, 0.035)
        layers.add(0.45 * corner, 0.4 * self.tone)
        fold = _line(np.abs(u) - 0.24 - 0.26 * np.clip((v - 0.42) / 0.34, 0.0, 1.0), 0.025)
        fold *= self._inside(np.minimum(v - 0.43, 0.76 - v))
        layers.add((0.10 + 0.25 * max(state.smile, 0.0)) * fold, 0.6 * self.tone)


class _Layers:
    """A picture on which layers of colour are laid in place, each over the last."""

    def __init__(self, paint, skin):
        self.paint, self.skin = paint, skin

    def add(self, cover, colour, skin=None):
        """Lay a colour (3, ...) over what is there; `skin` says whether the layer lives, None leaves that as it is."""
        self.paint[:3] += cover * (colour - self.paint[:3])
        self.paint[3] += cover * (1.0 - self.paint[3])
        if skin is not None:
            self.skin += cover * (np.float32(skin) - self.skin)


def colour_planes(values):
    """A colour as float32 planes that broadcast over a picture."""
    return np.array(values, np.float32)[:, np.newaxis, np.newaxis]


def _bump(u, v, width, height):
    """Gaussian of unit height."""
    return np.exp(-((u / width) ** 2) - (v / height) ** 2)


def _line(distance, width):
    """A stroke with soft edges, at a distance from its middle."""
    return np.exp(-((distance / width) ** 2))


def smooth_noise(rng, shape, across, down):
    """Noise of unit variance that varies over about so many pixels: white on a coarse grid, cubic in between."""
    import cv2

    coarse = [max(2, round(extent / (2.0 * scale)) + 1) for extent, scale in zip(shape, (down, across), strict=True)]
    noise = rng.standard_normal(coarse, dtype=np.float32)
    noise = cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return noise / noise.std()
