"""From a drawn head or a portrait to what a camera sees: pose, light, pulse in the skin, noise, eight bits."""

from dataclasses import dataclass

import numpy as np

from ._face_drawing import Head, colour_planes, smooth_noise

#: Relative change of R, G and B by the same blood, green as 1: the vector (0.33, 0.77, 0.53) of de Haan and van Leest,
#: Physiological Measurement 35(9), 2014.
BLOOD = np.array([0.33, 0.77, 0.53]) / 0.77

_LIGHT_FALL = 0.20  # of the light across the picture: a head that moves is lit differently
_GLITTER_TURN = 3.0  # relative change of the highlights per radian of turning


@dataclass(frozen=True)
class Pose:
    """Where the head is: shift in half face widths, size; roll clockwise, yaw to the right, pitch down, in radians."""

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    roll: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0


@dataclass(frozen=True)
class Scene:
    """Planes of a picture before light and camera: colour (3, height, width), share of living skin, highlights."""

    colour: np.ndarray
    skin: np.ndarray
    shine: np.ndarray | None


class HeadRenderer:
    """Turns a drawn head before a wall."""

    def __init__(self, look, size, face_size):
        """Set up pictures of `size` (height, width) in which the face is `face_size` of the height wide."""
        height, width = size
        self._size, self._pixels = size, 0.5 * face_size * height
        self._centre = (0.5 * width, 0.46 * height)
        self._head = Head(look, self._pixels, down=0.54 * height / self._pixels + 0.9)
        columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        self._columns, self._rows = np.meshgrid(columns, rows)
        plaster = np.random.default_rng(look.grain + 1)
        wall = 1.05 - 0.15 * self._rows / height + 0.02 * smooth_noise(plaster, size, height / 12, height / 12)
        self._wall = colour_planes(look.wall) * wall
        self._expressed = (None, None)

    def render(self, pose, expression):
        """The scene with the head in a pose and an expression."""
        import cv2

        if self._expressed[0] != expression:  # most frames look like the last one
            self._expressed = (expression, self._head.express(expression))
        paint, skin = self._expressed[1]
        to_texture = _from_picture(pose, self._centre, self._pixels)
        to_texture = _chain(self._head.to_texture(), to_texture)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        relief = cv2.warpAffine(self._head.relief, to_texture, self._size[::-1], flags=flags)
        (xx, xy, x0), (yx, yy, y0) = to_texture.astype(np.float32)
        x = xx * self._columns + xy * self._rows + (x0 - np.float32(np.sin(pose.yaw) * self._pixels) * relief)
        y = yx * self._columns + yy * self._rows + (y0 - np.float32(np.sin(pose.pitch) * self._pixels) * relief)
        maps = cv2.convertMaps(x, y, cv2.CV_16SC2)  # to 1/32 of a pixel, once for all planes
        planes = [cv2.remap(plane, *maps, cv2.INTER_LINEAR) for plane in (*paint, skin, self._head.shine)]
        colour = np.stack(planes[:3])
        colour += self._wall * (1.0 - planes[3])
        glitter = max(0.0, 1.0 + _GLITTER_TURN * (np.sin(pose.yaw) + np.sin(pose.pitch)))
        return Scene(colour, planes[4], np.float32(glitter) * planes[5])


class PortraitRenderer:
    """Moves a portrait, which fills the picture; what it lacks at the edges is mirrored."""

    def __init__(self, portrait, skin, size, face_size):
        """Set up pictures of `size` from a portrait (height, width, 3) and its skin, a share for each pixel."""
        height, width = size
        self._size, self._pixels = size, 0.5 * face_size * height
        self._centre = (0.5 * width, 0.5 * height)
        rows, columns = skin.shape
        zoom = max(height / rows, width / columns)
        self._fit = np.array([[1.0 / zoom, 0.0, columns / 2.0 - 0.5], [0.0, 1.0 / zoom, rows / 2.0 - 0.5]])
        planes = [*np.moveaxis(portrait, -1, 0), skin]
        self._planes = [np.ascontiguousarray(plane, dtype=np.float32) for plane in planes]
        if zoom < 1.0:
            self._shrink(zoom)

    def _shrink(self, zoom):
        """Average pixels before the portrait is made smaller, so that no detail aliases."""
        import cv2

        rows, columns = self._planes[0].shape
        size = (max(1, round(columns * zoom)), max(1, round(rows * zoom)))
        self._planes = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in self._planes]
        self._fit = np.array([[1.0, 0.0, size[0] / 2.0 - 0.5], [0.0, 1.0, size[1] / 2.0 - 0.5]])

    def render(self, pose, expression):
        """The scene with the portrait shifted, scaled and rolled; it can neither turn nor change its expression."""
        import cv2

        in_units = _from_picture(pose, self._centre, self._pixels)
        matrix = _chain(self._fit, in_units * self._pixels)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        options = {"dsize": self._size[::-1], "flags": flags, "borderMode": cv2.BORDER_REFLECT_101}
        planes = [cv2.warpAffine(plane, matrix, **options) for plane in self._planes]
        return Scene(np.stack(planes[:3]), planes[3], None)


def _from_picture(pose, centre, pixels):
    """Affine matrix (2, 3) from pixel indices of the picture to face coordinates."""
    cosine, sine = np.cos(pose.roll) / (pose.scale * pixels), np.sin(pose.roll) / (pose.scale * pixels)
    linear = np.array([[cosine, sine], [-sine, cosine]])
    middle = np.array([centre[0] - 0.5 + pose.x * pixels, centre[1] - 0.5 + pose.y * pixels])
    return np.column_stack([linear, -linear @ middle])


def _chain(second, first):
    """Affine matrix of `first`, then `second`."""
    return second @ np.vstack([first, [0.0, 0.0, 1.0]])


def light_field(size):
    """Light over the picture (height, width): brighter to the upper left, 1 in the middle."""
    height, width = size
    across, down = np.arange(width, dtype=np.float32) / width - 0.5, np.arange(height, dtype=np.float32) / height - 0.5
    return 1.0 - _LIGHT_FALL * (0.8 * across + 0.4 * down[:, np.newaxis])


def expose(scene, field, light, pulse, *, shine, noise, rng):
    """The frame (height, width, 3), uint8, that a camera makes of a scene.

    Colour c of a pixel is light_c·(field·colour_c·(1 + skin·pulse_c) + 255·shine) + noise, then rounded. `pulse` (3,)
    may be far below one step of eight bits; it survives because noise and the skin's texture spread the pixels over
    many steps, so that their mean moves with it, as in a real camera.
    """
    frame = np.empty((*scene.skin.shape, 3), np.uint8)
    grain = rng.standard_normal(scene.colour.shape, dtype=np.float32) if noise else None
    glitter = None if scene.shine is None or not shine else np.float32(255.0 * shine) * scene.shine
    for channel, plane in enumerate(scene.colour):
        plane = plane * field
        if pulse[channel]:
            plane *= 1.0 + np.float32(pulse[channel]) * scene.skin
        if glitter is not None:
            plane += glitter
        plane *= np.float32(light[channel])
        if grain is not None:
            plane += np.float32(noise) * grain[channel]
        np.clip(np.rint(plane, out=plane), 0.0, 255.0, out=plane)
        frame[..., channel] = plane
    return frame
