"""A head in space whose parts move and that a camera looks at; imports nothing of physiofer."""

import numpy as np

_LEFT = {
    17: (-52, -14, 22), 18: (-43, -20, 14), 19: (-33, -22, 8), 20: (-22, -20, 4), 21: (-12, -15, 2),
    31: (-13, 49, -2), 32: (-7, 51, -6),
    36: (-45, 2, 24), 37: (-36, -3, 16), 38: (-25, -3, 13), 39: (-16, 5, 11), 40: (-25, 8, 13), 41: (-36, 7, 16),
    48: (-26, 76, 6), 49: (-16, 71, 0), 50: (-6, 68, -7), 58: (-7, 88, -6), 59: (-16, 84, 0),
    60: (-22, 76, 4), 61: (-7, 75, -5), 67: (-7, 77, -5),
}  # fmt: skip
_MIDDLE = {
    27: (0, 0, 0), 28: (0, 14, -7), 29: (0, 28, -15), 30: (0, 41, -23), 33: (0, 53, -8), 51: (0, 70, -8),
    57: (0, 89, -7), 62: (0, 76, -6), 66: (0, 78, -6),
}  # fmt: skip
#: Which point is the mirror image of each.
MIRRORED = np.array([
    16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 27, 28, 29, 30,
    35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55,
    64, 63, 62, 61, 60, 67, 66, 65,
])  # fmt: skip
LIDS = [37, 38, 43, 44], [41, 40, 47, 46]  # upper, lower
LOWER_LIP = [55, 56, 57, 58, 59, 65, 66, 67]


def head():
    """Points (68, 3) in mm: to the right of the image, down, and away from the camera; symmetric."""
    points = np.empty((68, 3))
    turn = np.linspace(-0.5, 0.5, 17) * np.pi
    points[:17] = np.column_stack([68 * np.sin(turn), 10 + 110 * np.cos(turn), 2 + 93 * np.sin(turn) ** 2])
    for number, place in _MIDDLE.items():
        points[number] = place
    for number, (x, y, z) in _LEFT.items():
        points[number], points[MIRRORED[number]] = (x, y, z), (-x, y, z)
    return points


def moving(n_frames, *, closure=0.0, smile_mm=0.0, jaw_mm=0.0, brow_mm=0.0):
    """Heads (n_frames, 68, 3) whose eyes close (0 to 1), corners of the mouth and brows rise, and jaws drop."""
    closure, smile_mm, jaw_mm, brow_mm = (
        np.broadcast_to(value, n_frames)[:, np.newaxis] for value in (closure, smile_mm, jaw_mm, brow_mm)
    )
    heads = np.tile(head(), (n_frames, 1, 1))
    upper, lower = heads[:, LIDS[0]], heads[:, LIDS[1]]
    heads[:, LIDS[0]] += 0.85 * closure[:, :, np.newaxis] * (lower - upper)
    heads[:, [48, 60, 54, 64], 1] -= smile_mm
    heads[:, LOWER_LIP, 1] += 0.8 * jaw_mm
    heads[:, 6:11, 1] += jaw_mm
    heads[:, 17:27, 1] -= brow_mm
    return heads


def rotation(yaw_deg, pitch_deg, roll_deg):
    """Matrices (..., 3, 3): nod (nose up), then turn (nose to the image's right), then tilt (clockwise)."""
    yaw, pitch, roll = np.broadcast_arrays(*map(np.radians, (yaw_deg, pitch_deg, roll_deg)))
    one, none = np.ones_like(yaw), np.zeros_like(yaw)

    def matrix(*entries):
        return np.stack(entries, axis=-1).reshape(*yaw.shape, 3, 3)

    nod = matrix(one, none, none, none, np.cos(pitch), np.sin(pitch), none, -np.sin(pitch), np.cos(pitch))
    turn = matrix(np.cos(yaw), none, -np.sin(yaw), none, one, none, np.sin(yaw), none, np.cos(yaw))
    tilt = matrix(np.cos(roll), -np.sin(roll), none, np.sin(roll), np.cos(roll), none, none, none, one)
    return tilt @ turn @ nod


def seen(heads, *, yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0, focal_px=600.0, place_mm=(0, 0, 610), middle=(320, 240)):
    """Points (..., 68, 2) in the image of a camera that looks along the third axis."""
    placed = heads @ np.swapaxes(rotation(yaw_deg, pitch_deg, roll_deg), -1, -2) + np.asarray(place_mm, dtype=float)
    return focal_px * placed[..., :2] / placed[..., 2:] + np.asarray(middle, dtype=float)


def blinking(times_s, onsets_s, length_s=0.2):
    """Closure over time: half a sine for each blink, `length_s` at its foot."""
    closure = np.zeros(len(times_s))
    for onset_s in onsets_s:
        phase = (times_s - onset_s) / length_s
        closure += np.where((phase > 0) & (phase < 1), np.sin(np.pi * np.clip(phase, 0, 1)) ** 2, 0.0)
    return closure


def film(rng, duration_s, *, rate=30.0, jitter_px=0.15, blinks_per_min=20.0):
    """Landmarks (n_frames, 68, 2) of a face that blinks, smiles, speaks and moves, and onsets of its blinks."""
    times_s = np.arange(int(round(duration_s * rate))) / rate
    n_blinks = int(duration_s * blinks_per_min / 60.0)
    onsets_s = (np.arange(n_blinks) + rng.uniform(0.2, 0.7, n_blinks)) * 60.0 / blinks_per_min

    def wave(hz, size):
        return size * np.sin(2 * np.pi * (hz * times_s + rng.random()))

    heads = moving(
        times_s.size, closure=blinking(times_s, onsets_s), smile_mm=wave(0.11, 3.0), jaw_mm=2.0 + wave(1.7, 2.0),
        brow_mm=wave(0.23, 2.0),
    )  # fmt: skip
    angles = {"yaw_deg": wave(0.19, 8.0), "pitch_deg": wave(0.13, 5.0), "roll_deg": wave(0.07, 6.0)}
    return seen(heads, **angles) + jitter_px * rng.standard_normal((times_s.size, 68, 2)), onsets_s
