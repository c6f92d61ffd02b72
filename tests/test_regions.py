"""Regions of the face: polygons, coverage of pixels, the skin filter and mean colours."""

import math

import naive_regions as naive
import numpy as np
import pytest
from numpy.testing import assert_allclose

from physiofer.exceptions import InvalidArgumentError
from physiofer.face import regions as face_regions
from physiofer.face.regions import COLUMNS, PATCHES, REGIONS, RegionReader, box_regions, region_polygons
from physiofer.io.frames import Frame, colour_map
from physiofer.io.video import open_video
from physiofer.kernels import regions as kernels

#: A face 20 pixels wide in the middle of a picture of 64 x 48 (a box), and what is read of it.
BOX = np.array([22.3, 16.1, 42.8, 36.6])


def a_face(scale=1.0, shift=(0.0, 0.0), angle=0.0):
    """A drawing of 68 points, 100 wide about the origin: jaw, brows, nose, eyes and mouth on circles and lines."""
    jaw = [(-50 * math.cos(math.pi * k / 16), 55 * math.sin(math.pi * k / 16)) for k in range(17)]
    brows = [(-42 + 8 * k, -25 - 4 * math.sin(math.pi * k / 4)) for k in range(5)]
    brows += [(10 + 8 * k, -25 - 4 * math.sin(math.pi * k / 4)) for k in range(5)]
    nose = [(0, -15 + 9 * k) for k in range(4)] + [(-10 + 5 * k, 17 + (k % 2)) for k in range(5)]
    eyes = []
    for x in (-24, 24):
        eyes += [(x - 9, -13), (x - 3, -16), (x + 3, -16), (x + 9, -13), (x + 3, -11), (x - 3, -11)]
    lips = [(20 * math.cos(math.pi * (1 + k / 6)), 32 + 6 * math.sin(math.pi * (1 + k / 6))) for k in range(12)]
    inner = [(12 * math.cos(math.pi * (1 + k / 4)), 32 + 2 * math.sin(math.pi * (1 + k / 4))) for k in range(8)]
    points = np.array([*jaw, *brows, *nose, *eyes, *lips, *inner], dtype=float)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return scale * points @ turn + np.asarray(shift)


def a_frame(rng, shape=(48, 64), steps=(2, 2), is_full_range=False, centre=(150, 112, 148), spread=8.0):
    """A frame of noise round one colour, with chroma subsampled by `steps`, or grey where they are None."""
    luma = np.clip(rng.normal(centre[0], spread, shape), 0, 255).astype(np.uint8)
    chroma = None
    if steps is not None:
        size = tuple(-(-n // step) for n, step in zip(shape, steps, strict=True))
        chroma = tuple(np.clip(rng.normal(value, spread / 3, size), 0, 255).astype(np.uint8) for value in centre[1:])
    return Frame(0, 0.0, luma, chroma, colour_map(6, is_full_range=is_full_range))


def read_naively(frame, steps, polygons, names):
    """What :class:`RegionReader` should give, pixel by pixel."""
    cheeks = [polygons["left_cheek"], polygons["right_cheek"]]
    is_skin = [name != "background" for name in names]
    return naive.read(
        frame.luma, frame.chroma, steps, *frame.ycc_to_rgb, cheeks, [polygons[name] for name in names], is_skin,
        (0.2, 3.0, 3.0),
    )  # fmt: skip


def coverage(polygon, shape):
    """Coverage of the whole frame, from the kernel's running sums."""
    bounds, cover, full = np.zeros(4, np.int64), np.empty(shape[0] * (shape[1] + 1)), np.zeros(shape)
    kernels.fill(np.asarray(polygon, dtype=float), shape, bounds, cover)
    top, left, n_rows, n_columns = bounds
    rows = cover[: n_rows * (n_columns + 1)].reshape(n_rows, -1)
    full[top : top + n_rows, left : left + n_columns] = np.minimum(np.abs(np.cumsum(rows, axis=1)), 1.0)[:, :n_columns]
    return full


# 1. fast equals obvious


@pytest.mark.parametrize("grid", [0.0, 0.5, 1.0])
def test_coverage_matches_naive(rng, grid):
    for _ in range(20):
        shape = tuple(rng.integers(1, 14, 2).tolist())
        polygon = rng.uniform(-6.0, 18.0, (rng.integers(3, 9), 2))
        if grid:
            polygon = grid * np.round(polygon / grid)  # vertices on the edges and in the corners of pixels
        middle = polygon - polygon.mean(axis=0)
        polygon = polygon[np.argsort(np.arctan2(middle[:, 1], middle[:, 0]))]
        assert_allclose(coverage(polygon, shape), naive.coverage(polygon, shape), atol=1e-9)


@pytest.mark.parametrize("steps", [(2, 2), (1, 2), (1, 1), (2, 1), (1, 4), None])
def test_a_box_matches_naive(rng, steps):
    frame = a_frame(rng, steps=steps)
    names = ("forehead", "left_cheek", "right_cheek", "background", "face")
    polygons = {name: polygon for name, polygon in box_regions(BOX).items() if name != "background"}
    left, right = np.split(box_regions(BOX)["background"], 2)
    expected = read_naively(frame, steps, polygons | {"background": left}, names)
    others = read_naively(frame, steps, polygons | {"background": right}, names)
    pixels = expected[3, 3] + others[3, 3]
    expected[3, :3] = (expected[3, 3] * expected[3, :3] + others[3, 3] * others[3, :3]) / pixels
    expected[3, 3] = pixels
    assert_allclose(RegionReader().read(frame, BOX), expected, rtol=1e-9, atol=1e-6)
    assert np.isfinite(expected).all()


@pytest.mark.parametrize("shape", [(48, 64), (47, 63)])
@pytest.mark.parametrize("is_full_range", [False, True])
def test_points_match_naive(rng, shape, is_full_range):
    # bright enough that some pixels are clipped, and wide enough that the filter leaves some out
    frame = a_frame(rng, shape, is_full_range=is_full_range, centre=(195, 118, 150), spread=25.0)
    points = a_face(0.4, (32.3, 24.6), angle=0.2)
    names = ("forehead", "right_cheek", "left_cheek_06", "chin_03", "face")
    polygons = region_polygons(points, regions=(*names, "left_cheek"))
    found = RegionReader(regions=names, min_pixels=4).read(frame, points)
    expected = naive.read(
        frame.luma, frame.chroma, (2, 2), *frame.ycc_to_rgb, [polygons["left_cheek"], polygons["right_cheek"]],
        [polygons[name] for name in names], [True] * 5, (0.2, 3.0, 3.0), least=4.0,
    )  # fmt: skip
    assert_allclose(found, expected, rtol=1e-9, atol=1e-6)
    assert (found[:2, 4] > 0.02).all() and (found[:2, 3] > 16).all()


# 2. properties


def test_a_region_counts_its_area_wherever_it_lies(rng):
    plane = np.full((200, 240), 120, np.uint8)
    frame = Frame(0, 0.0, plane, None, colour_map(1, is_full_range=True))
    reader = RegionReader(regions=(*REGIONS, *PATCHES), min_pixels=0.01)
    for _ in range(5):
        points = a_face(rng.uniform(0.5, 0.9), (120.0, 105.0) + rng.uniform(-5, 5, 2), rng.uniform(-0.3, 0.3))
        found = reader.read(frame, points)
        polygons = region_polygons(points, regions=reader.names)
        areas = [abs(naive.area(polygon)) for name, polygon in polygons.items() if name != "background"]
        assert_allclose(np.delete(found[:, 3], 3), areas, rtol=1e-9)
        assert_allclose(found[3, 3], sum(abs(naive.area(part)) for part in np.split(polygons["background"], 2)))
        assert_allclose(found[:, :3], 120.0)


def test_a_trace_moves_with_the_face_without_jumps(rng):
    # On a slope of brightness the mean follows the place exactly, at whatever part of a pixel the polygon lies.
    luma = np.tile(np.arange(40, 200, dtype=np.uint8), (140, 1))
    frame = Frame(0, 0.0, luma, None, colour_map(1, is_full_range=True))
    shifts = np.linspace(0.0, 2.0, 41)
    reader = RegionReader(regions=["background"])
    box = np.array([60.0, 60.0, 100.0, 100.0])
    green = [reader.read(frame, box + [s, 0, s, 0])[0, 1] for s in shifts]
    assert_allclose(np.diff(green), np.diff(shifts), atol=1e-9)
    skin = RegionReader(regions=["left_cheek"])
    green = np.array([skin.read(frame, box + [s, 0, s, 0])[0, 1] for s in shifts])
    assert_allclose(np.diff(green), np.diff(shifts), atol=0.02)  # the filter moves with the cheeks, in small steps


def test_a_change_of_colour_shows_in_full(rng):
    frame = a_frame(rng, (120, 120), spread=5.0)
    reader, points = RegionReader(), a_face(0.8, (60, 60))
    before = reader.read(frame, points)
    brighter = Frame(1, 0.1, frame.luma + np.uint8(3), frame.chroma, frame.ycc_to_rgb)
    change = reader.read(brighter, points) - before
    assert_allclose(change[:3, :3], 3 * 255 / 219, atol=0.02)


def test_hair_and_eyes_are_no_skin(rng):
    frame = a_frame(rng, (120, 120), spread=4.0)
    points = a_face(0.8, (60, 60))
    polygon = region_polygons(points)["forehead"]
    clean = RegionReader().read(frame, points)
    luma = frame.luma.copy()
    x_low, x_high = math.ceil(polygon[:, 0].min()), int(polygon[:, 0].max())
    luma[:, x_low : (x_low + x_high) // 3] = 30  # hair hangs into the forehead
    hairy = RegionReader().read(Frame(0, 0.0, luma, frame.chroma, frame.ycc_to_rgb), points)
    assert hairy[0, 3] < 0.9 * clean[0, 3]
    assert_allclose(hairy[0, :3], clean[0, :3], atol=1.0)


@pytest.mark.parametrize("centre", [(190, 115, 145), (120, 112, 150), (45, 120, 138)])
def test_skin_of_any_tone_passes(rng, centre):
    frame = a_frame(rng, (120, 120), centre=centre, spread=3.0)
    points = a_face(0.8, (60, 60))
    areas = [abs(naive.area(polygon)) for polygon in region_polygons(points, regions=REGIONS[:3]).values()]
    assert (RegionReader(regions=REGIONS[:3]).read(frame, points)[:, 3] > 0.97 * np.array(areas)).all()


def test_a_mirrored_picture_swaps_left_and_right(rng):
    frame = a_frame(rng, (100, 120), steps=(1, 1))
    points = a_face(0.7, (55.3, 52.1), 0.1)
    mirror = [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1), 45, 44, 43, 42, 47, 46]
    mirror += [39, 38, 37, 36, 41, 40, *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), 67, 66, 65]
    flipped = Frame(
        0, 0.0, *(np.ascontiguousarray(frame.luma[:, ::-1]), tuple(c[:, ::-1].copy() for c in frame.chroma)),
        frame.ycc_to_rgb,
    )  # fmt: skip
    there = (points * [-1, 1] + [119, 0])[mirror]
    assert_allclose(RegionReader().read(flipped, there)[[0, 2, 1, 3, 4]], RegionReader().read(frame, points), rtol=1e-9)


def test_patches_tile_their_areas():
    points = a_face(1.3, (100, 90), 0.3)
    assert len(PATCHES) == len(set(PATCHES)) == 60
    polygons = region_polygons(points, regions=(*PATCHES, "left_cheek", "right_cheek", "forehead"))
    for area in ("left_cheek", "right_cheek", "forehead"):
        parts = sum(naive.area(polygons[name]) for name in PATCHES if name.startswith(f"{area}_"))
        # a grid's outer edge cuts the corners of the polygon where its lines do not meet them
        assert abs(parts) == pytest.approx(abs(naive.area(polygons[area])), rel=0.12)
    assert len({name.rpartition("_")[0] for name in PATCHES}) == 5


# 3. worked by hand


def test_the_forehead_stands_on_the_brows():
    points = np.zeros((68, 2))
    points[8], points[27], points[33] = (50, 100), (50, 40), (50, 60)  # up is -y, the nose 20 long
    points[18:26] = [(20 + 5 * k, 30) for k in range(8)]
    forehead = region_polygons(points, regions="forehead")["forehead"]
    assert_allclose(forehead[:8], [(20 + 5 * k, 27) for k in range(8)])
    assert_allclose(forehead[8:], [(55 - 5 * k, 12) for k in range(8)])


def test_half_covered_pixels_count_half():
    assert_allclose(coverage([(1, 1), (3, 1), (3, 2), (1, 2)], (4, 5)), [
        [0, 0, 0, 0, 0], [0, 0.25, 0.5, 0.25, 0], [0, 0.25, 0.5, 0.25, 0], [0, 0, 0, 0, 0],
    ])  # fmt: skip
    assert_allclose(coverage([(0.5, 0.5), (1.5, 0.5), (1.5, 1.5)], (3, 3))[1, 1], 0.5)


def test_clipped_pixels_are_told_and_left_out():
    luma = np.full((80, 80), 200, np.uint8)
    luma[:, 40:] = 250
    frame = Frame(0, 0.0, luma, None, colour_map(6, is_full_range=True))
    found = RegionReader(regions=["background"]).read(frame, [29.5, 30.0, 49.5, 50.0])
    assert_allclose(found[0], [200, 200, 200, 5 * 10, 0.5])  # strips are a quarter as wide as the face, half as high


def test_a_known_colour_comes_out_in_both_standards():
    for space, (red, blue) in ((1, (0.2126, 0.0722)), (6, (0.299, 0.114))):
        r, g, b = 180.0, 120.0, 60.0
        y = red * r + (1 - red - blue) * g + blue * b
        ycc = 16 + 219 * y / 255, 128 + 224 * (b - y) / 255 / (2 - 2 * blue), 128 + 224 * (r - y) / 255 / (2 - 2 * red)
        matrix, offset = colour_map(space, is_full_range=False)
        assert_allclose(matrix @ np.array(ycc) + offset, [r, g, b], atol=1e-9)


@pytest.mark.data
def test_a_real_frame_matches_naive(data_dir):
    with open_video(data_dir / "video" / "single_face.mp4") as video:
        frame = next(iter(video))
    top, left, size = 170, 240, 90  # part of the face, cut where chroma samples begin
    chroma = tuple(plane[top // 2 : (top + size) // 2, left // 2 : (left + size) // 2].copy() for plane in frame.chroma)
    part = Frame(0, 0.0, frame.luma[top : top + size, left : left + size].copy(), chroma, frame.ycc_to_rgb)
    box = np.array([10.3, 20.2, 78.9, 88.8])
    expected = read_naively(part, (2, 2), box_regions(box, regions=REGIONS[:3]), REGIONS[:3])
    assert_allclose(RegionReader(regions=REGIONS[:3]).read(part, box), expected, rtol=1e-9, atol=1e-6)
    assert (expected[:, 3] > 50).all()


# 4. hostile faces and frames


def test_no_face_is_nan():
    found = RegionReader().read(None, None)
    assert found.shape == (len(REGIONS), len(COLUMNS))
    assert np.isnan(found[:, [0, 1, 2, 4]]).all() and (found[:, 3] == 0).all()


@pytest.mark.parametrize(
    "face",
    [
        np.full((68, 2), np.nan),
        np.full((68, 2), np.inf),
        np.full((68, 2), 1e300),
        np.full((68, 2), 20.0),
        np.zeros(4),
        [np.nan, 0.0, 1.0, 2.0],
        [500.0, 500.0, 600.0, 600.0],
        [-900.0, -900.0, -800.0, -800.0],
        [60.0, 40.0, 20.0, 10.0],
        a_face(0.5, (1e5, -1e5)),
        a_face(1e9),
    ],
)
def test_an_impossible_face_is_nan_not_a_crash(rng, face):
    with np.errstate(all="ignore"):
        found = RegionReader(regions=(*REGIONS, *PATCHES)).read(a_frame(rng), face)
    skin = np.delete(found, 3, axis=0)
    assert np.isnan(skin[:, :3]).all() or np.isfinite(skin[:3, :3]).all()
    assert np.isfinite(found[:, 3]).all() and (found[:, 3] >= 0).all()


@pytest.mark.parametrize("missing", [0, 8, 30, 50])
def test_one_missing_point_costs_only_its_regions(rng, missing):
    frame, points = a_frame(rng), a_face(0.4, (32, 24))
    points[missing] = np.nan
    found = RegionReader().read(frame, points)
    uses_it = {0: (), 8: ("forehead",), 30: (), 50: ()}[missing]
    for name, row in zip(REGIONS[:3], found, strict=False):
        assert np.isnan(row[0]) == (name in uses_it)


def test_a_face_partly_outside_keeps_what_is_inside(rng):
    frame = a_frame(rng, (48, 64))
    points = a_face(0.4, (0.0, 24.0))  # the left half is outside
    found = RegionReader(regions=["left_cheek", "right_cheek"], min_pixels=4).read(frame, points)
    assert found[0, 3] == 0 and np.isnan(found[0, 0]) and found[1, 3] > 30
    assert_allclose(
        coverage(region_polygons(points)["right_cheek"], frame.luma.shape),
        naive.coverage(region_polygons(points)["right_cheek"], frame.luma.shape), atol=1e-9,
    )  # fmt: skip


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3, 5)])
@pytest.mark.parametrize("steps", [(2, 2), (1, 4), None])
def test_tiny_frames_are_read(rng, shape, steps):
    found = RegionReader(min_pixels=0.1).read(a_frame(rng, shape, steps), [-20.0, -20.0, 40.0, 40.0])
    assert found.shape == (5, 5)
    assert (found[:, 3] <= shape[0] * shape[1]).all()


def test_too_few_pixels_are_nan(rng):
    found = RegionReader(min_pixels=16).read(a_frame(rng), a_face(0.05, (32, 24)))
    assert np.isnan(found[:3, :3]).all() and (found[:3, 3] < 16).all()


def test_without_cheeks_nothing_counts_as_skin(rng):
    frame = a_frame(rng, (48, 64))
    found = RegionReader().read(frame, a_face(0.4, (32.0, 56.0)))  # cheeks below the picture, forehead inside
    assert found[0, 3] == 0 and np.isnan(found[0, 0])
    assert found[3, 3] > 5


def test_background_keeps_clear_of_other_faces(rng):
    frame, reader = a_frame(rng, (60, 120)), RegionReader(regions=["background"])
    box = np.array([50.0, 20.0, 70.0, 40.0])
    both = reader.read(frame, box)[0]
    one = reader.read(frame, box, others=[[75.0, 15.0, 95.0, 35.0]])[0]
    none = reader.read(frame, box, others=[[75.0, 15.0, 95.0, 35.0], [20.0, 10.0, 45.0, 40.0]])[0]
    assert one[3] == pytest.approx(0.5 * both[3]) and none[3] == 0 and np.isnan(none[0])


def test_patches_of_a_box_are_nan(rng):
    assert np.isnan(RegionReader(regions=PATCHES).read(a_frame(rng), BOX)[:, 0]).all()


# 5. the failure, by its message


def test_messages():
    with pytest.raises(InvalidArgumentError, match="Did you mean forehead"):
        RegionReader(regions=["forhead"])
    with pytest.raises(InvalidArgumentError, match="none twice"):
        RegionReader(regions=["forehead", "forehead"])
    with pytest.raises(InvalidArgumentError, match="at least one region"):
        RegionReader(regions=[])
    with pytest.raises(InvalidArgumentError, match="min_pixels=0"):
        RegionReader(min_pixels=0)
    with pytest.raises(InvalidArgumentError, match=r"face has shape \(5,\)"):
        RegionReader().read(None, np.zeros(5))
    with pytest.raises(InvalidArgumentError, match=r"others has shape \(4,\)"):
        RegionReader().read(None, np.zeros(4), others=np.zeros(4))
    with pytest.raises(InvalidArgumentError, match=r"points has shape \(67, 2\)"):
        region_polygons(np.zeros((67, 2)))
    with pytest.raises(InvalidArgumentError, match=r"box has shape \(3,\)"):
        box_regions([1, 2, 3])


def test_names_are_those_of_the_room():
    assert RegionReader(regions="forehead").names == ("forehead",)
    assert set(face_regions.REGIONS).isdisjoint(PATCHES)
