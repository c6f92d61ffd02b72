"""Videos, folders of images and cameras, frame by frame: times, planes, colours, and what is broken."""

import json
import os
import re
import struct
import wave
from fractions import Fraction
from types import SimpleNamespace

import av
import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from physiofer.exceptions import InvalidArgumentError, QualityWarning, UnreadableDataError
from physiofer.io import camera as camera_room
from physiofer.io.camera import open_camera
from physiofer.io.frames import Frame, colour_map, frame_of_rgb
from physiofer.io.images import open_images
from physiofer.io.video import _Clock, _orientation, _Tally, open_video


def planes_of(rng, fmt, width, height):
    """Random planes of an 8-bit format."""
    shape = av.VideoFormat(fmt, width, height)
    sizes = [(height, width)]
    if not fmt.startswith("gray"):
        sizes += [(shape.chroma_height(height), shape.chroma_width(width))] * 2
    return [rng.integers(16, 236, size, dtype=np.uint8) for size in sizes]


def as_av(planes, fmt):
    """A frame of PyAV with these planes."""
    frame = av.VideoFrame(planes[0].shape[1], planes[0].shape[0], fmt)
    for plane, values in zip(frame.planes, planes, strict=False):
        padded = np.zeros((plane.height, plane.line_size), np.uint8)
        padded[:, : plane.width] = values
        plane.update(padded.tobytes())
    return frame


def write(path, frames, *, codec="ffv1", pix_fmt="yuv420p", rate=10, pts=None, time_base=None, setup=None):
    """A video of frames of PyAV, at a rate or at times of their own."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, pix_fmt
        if time_base is not None:
            stream.codec_context.time_base = time_base
        if setup is not None:
            setup(stream)
        for k, frame in enumerate(frames):
            frame.pts = k if pts is None else pts[k]
            frame.time_base = time_base if time_base is not None else 1 / stream.average_rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def grey_frames(n, size=(32, 16), fmt="yuv420p"):
    """Frames of one level each, all different."""
    planes = av.VideoFormat(fmt, *size)
    chroma = (planes.chroma_height(size[1]), planes.chroma_width(size[0]))
    return [
        as_av([np.full(size[::-1], 20 + k % 200), np.full(chroma, 128), np.full(chroma, 128)], fmt) for k in range(n)
    ]


# 1. planes as they were written


@pytest.mark.parametrize("fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv440p", "gray"])
@pytest.mark.parametrize("size", [(64, 48), (35, 21), (6, 2)])
def test_planes_are_those_of_the_file(tmp_path, rng, fmt, size):
    written = [planes_of(rng, fmt, *size) for _ in range(3)]
    path = write(tmp_path / "a.mkv", [as_av(planes, fmt) for planes in written], pix_fmt=fmt)
    with open_video(path) as video:
        assert video.size == size[::-1]
        frames = list(video)
    assert [frame.index for frame in frames] == [0, 1, 2]
    for frame, planes in zip(frames, written, strict=True):
        assert frame.luma.flags.c_contiguous and frame.luma.flags.writeable and frame.luma.dtype == np.uint8
        assert_array_equal(frame.luma, planes[0])
        assert (frame.chroma is None) == (len(planes) == 1)
        for found, plane in zip(frame.chroma or (), planes[1:], strict=True):
            assert_array_equal(found, plane)


def test_frames_outlive_the_file(tmp_path):
    with open_video(write(tmp_path / "a.mkv", grey_frames(40))) as video:
        frames = list(video)
    assert [int(frame.luma[0, 0]) for frame in frames] == list(range(20, 60))


@pytest.mark.parametrize("degrees", [90, -90, 180])
@pytest.mark.parametrize("fmt", ["yuv420p", "gray"])
def test_quarter_turns_are_applied(tmp_path, rng, degrees, fmt):
    planes = planes_of(rng, fmt, 64, 48)
    path = write(
        tmp_path / "a.mkv", [as_av(planes, fmt)], pix_fmt=fmt, setup=lambda stream: stream.set_display_rotation(degrees)
    )
    with open_video(path) as video:
        (frame,) = video
    turned = [np.rot90(plane, degrees // 90) for plane in planes]  # both count counter-clockwise
    assert video.size == turned[0].shape
    assert frame.luma.flags.c_contiguous
    assert_array_equal(frame.luma, turned[0])
    for found, plane in zip(frame.chroma or (), turned[1:], strict=True):
        assert_array_equal(found, plane)


@pytest.mark.parametrize("degrees", [0, 90, -90, 180])
def test_a_turn_is_known_beside_side_data_of_unknown_kind(tmp_path, degrees):
    class Newer:  # a frame of an FFmpeg that is newer than PyAV
        rotation = degrees

        @property
        def side_data(self):
            raise ValueError("99 is not a valid Type")

    path = write(tmp_path / "a.mkv", grey_frames(1), setup=lambda stream: stream.set_display_rotation(degrees))
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        assert _orientation(frame) == _orientation(Newer())


@pytest.mark.parametrize("tag", [1, 3, 6, 8])
def test_a_photograph_with_its_cameras_notes_is_read_upright(tmp_path, tag):
    image = np.full((48, 64, 3), 40, np.uint8)
    image[:16, :24] = 220
    _, jpeg = cv2.imencode(".jpg", image)
    # TIFF header, one entry: 0x0112 is the orientation, a 16-bit number
    notes = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, tag, 0, 0)
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg[:2].tobytes() + b"\xff\xe1" + struct.pack(">H", len(notes) + 2) + notes + jpeg[2:].tobytes())
    with open_video(path) as video:
        (frame,) = video
    with av.open(str(path)) as container:
        is_told = getattr(next(container.decode(video=0)), "rotation", 0) != 0  # by FFmpeg, from 8 on
    how = cv2.IMREAD_GRAYSCALE | (0 if is_told else cv2.IMREAD_IGNORE_ORIENTATION)
    expected = cv2.imread(os.fspath(path), how)
    assert frame.luma.shape == expected.shape
    assert np.abs(frame.luma.astype(int) - expected).mean() < 3.0


def test_turned_chroma_of_odd_size_stays_with_its_luma(tmp_path, rng):
    planes = planes_of(rng, "yuv420p", 35, 21)
    path = write(tmp_path / "a.mkv", [as_av(planes, "yuv420p")], setup=lambda stream: stream.set_display_rotation(180))
    with open_video(path) as video:
        (frame,) = video
    assert_array_equal(frame.luma, planes[0][::-1, ::-1])
    assert frame.chroma[0].shape == (21, 35)


# 2. colours


@pytest.mark.parametrize("space", [1, 4, 5, 6, 7, 9])
@pytest.mark.parametrize("is_full_range", [False, True])
def test_colour_map_inverts_the_standards_equations(rng, space, is_full_range):
    weights = {1: (0.2126, 0.0722), 4: (0.3, 0.11), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
    red, blue = weights.get(space, (0.299, 0.114))
    rgb = rng.uniform(0, 255, (20, 3))
    y = red * rgb[:, 0] + (1 - red - blue) * rgb[:, 1] + blue * rgb[:, 2]
    cb, cr = (rgb[:, 2] - y) / (2 * (1 - blue)), (rgb[:, 0] - y) / (2 * (1 - red))
    if is_full_range:
        ycc = np.column_stack([y, cb + 128, cr + 128])
    else:
        ycc = np.column_stack([y * 219 / 255 + 16, cb * 224 / 255 + 128, cr * 224 / 255 + 128])
    matrix, offset = colour_map(space, is_full_range=is_full_range)
    assert_allclose(ycc @ matrix.T + offset, rgb, atol=1e-10)


def test_an_untold_matrix_goes_by_size():
    for size, space in (((576, 720), 6), ((720, 1280), 1), ((544, 1280), 1), ((577, 100), 1)):
        untold = colour_map(2, is_full_range=False, size=size)
        assert_array_equal(untold.matrix, colour_map(space, is_full_range=False).matrix)


@pytest.mark.parametrize(("space", "range_", "full"), [(1, 1, False), (6, 2, True), (5, 1, False)])
def test_tags_of_the_stream_are_followed(tmp_path, space, range_, full):
    def tag(stream):
        stream.codec_context.colorspace, stream.codec_context.color_range = space, range_

    frames = grey_frames(1)
    for frame in frames:
        frame.colorspace, frame.color_range = space, range_
    with open_video(write(tmp_path / "a.mkv", frames, setup=tag)) as video:
        (frame,) = video
    expected = colour_map(space, is_full_range=full)
    assert_array_equal(frame.ycc_to_rgb.matrix, expected.matrix)
    assert_array_equal(frame.ycc_to_rgb.offset, expected.offset)


@pytest.mark.parametrize(
    ("fmt", "bits", "chroma_size"),
    [
        ("yuv420p10le", 10, (8, 16)),
        ("yuv422p10le", 10, (16, 16)),
        ("yuv444p12le", 12, (16, 32)),
        ("gray10le", 10, None),
    ],
)
def test_deep_formats_come_down_to_8_bits(tmp_path, fmt, bits, chroma_size):
    frame = av.VideoFrame(32, 16, fmt)
    for plane, level in zip(frame.planes, (125, 150, 100), strict=False):
        plane.update(np.full(plane.buffer_size // 2, level << (bits - 8), np.uint16).tobytes())
    with open_video(write(tmp_path / "a.mkv", [frame], pix_fmt=fmt)) as video:
        (found,) = video
    # grey is full range, of which 500 / 1023 is 124.6 / 255
    assert abs(found.luma.mean() - 125) <= (0.5 if chroma_size is None else 1e-9)
    if chroma_size is None:
        assert found.chroma is None
    else:
        assert [plane.shape for plane in found.chroma] == [chroma_size] * 2
        assert [plane.mean() for plane in found.chroma] == [150, 100]


@pytest.mark.parametrize("fmt", ["rgb24", "bgra", "gbrp10le"])
def test_rgb_and_alpha_come_back(tmp_path, rng, fmt):
    rgb = rng.integers(0, 256, (16, 32, 3), dtype=np.uint8)
    if fmt == "bgra":
        frame = av.VideoFrame.from_ndarray(np.dstack([rgb[..., ::-1], np.full((16, 32), 9, np.uint8)]), format="bgra")
    else:
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=fmt)
    codec, name = ("png", "a.mov") if fmt == "rgb24" else ("ffv1", "a.mkv")
    with open_video(write(tmp_path / name, [frame], codec=codec, pix_fmt=fmt)) as video:
        (found,) = video
    assert found.chroma[0].shape == (16, 32)
    error = found.rgb().astype(int) - rgb
    assert np.abs(error).max() <= 2 and abs(error.mean()) < 0.1


@pytest.mark.parametrize("fmt", ["yuv420p", "yuv422p", "yuv444p", "gray"])
def test_rgb_is_the_map_of_every_pixel(rng, fmt):
    planes = planes_of(rng, fmt, 35, 21)
    colours = colour_map(1, is_full_range=False)
    frame = Frame(0, 0.0, planes[0], tuple(planes[1:]) or None, colours)
    steps = [-(-35 // planes[-1].shape[1]), -(-21 // planes[-1].shape[0])] if len(planes) == 3 else None
    found = frame.rgb()
    for row in range(21):
        for column in range(35):
            chroma = [p[row // steps[1], column // steps[0]] for p in planes[1:]] if steps else [128, 128]
            exact = np.clip(colours.matrix @ [planes[0][row, column], *chroma] + colours.offset, 0, 255)
            assert np.abs(found[row, column] - exact).max() <= 1.0


def test_a_frame_shows_what_it_is():
    assert repr(Frame(3, 0.5, np.zeros((2, 4), np.uint8), None, None)) == "Frame(3, 0.5000 s, 4x2, grey)"
    assert (
        frame_of_rgb(np.zeros((2, 2, 3), np.uint8), order="bgr", index=0, time_s=0.0).chroma[0].tolist()
        == [[128] * 2] * 2
    )


# 3. times


def test_times_are_timestamps_not_the_declared_rate(tmp_path):
    stamps = [100, 133, 180, 181, 400, 1000]  # milliseconds, at a declared 30 frames per second
    path = write(tmp_path / "a.mkv", grey_frames(6), rate=30, pts=stamps, time_base=Fraction(1, 1000))
    with open_video(path) as video:
        assert_allclose([frame.time_s for frame in video], np.array(stamps) / 1000, atol=1e-12)


def test_b_frames_come_in_order_of_display(tmp_path, rng):
    frames = [as_av(planes_of(rng, "yuv420p", 64, 48), "yuv420p") for _ in range(30)]
    path = write(tmp_path / "a.mp4", frames, codec="mpeg4", rate=25, setup=lambda s: setattr(s, "max_b_frames", 2))
    with open_video(path) as video:
        times_s = [frame.time_s for frame in video]
        assert video.n_declared == 30 and video.rate == 25.0
    assert_allclose(np.diff(times_s), 0.04, atol=1e-9)
    assert len(times_s) == 30


def test_a_clock_that_starts_anew_goes_on(tmp_path):
    write(tmp_path / "one.ts", grey_frames(30), codec="mpeg2video", rate=25)
    (tmp_path / "two.ts").write_bytes(2 * (tmp_path / "one.ts").read_bytes())
    with open_video(tmp_path / "two.ts") as video, pytest.warns(QualityWarning, match=r"two\.ts: .*anew 1 times"):
        times_s = np.array([frame.time_s for frame in video])
    assert times_s.size >= 58
    assert (np.diff(times_s) > 0).all() and np.diff(times_s).max() < 0.2
    assert len(video.problems) == 1


def test_repeated_and_early_frames_are_left_out(tmp_path):
    stamps = [0, 40, 40, 80, 120, 120, 160]
    path = write(tmp_path / "a.mkv", grey_frames(7), pts=stamps, time_base=Fraction(1, 1000))
    with open_video(path) as video, pytest.warns(QualityWarning, match=r"a\.mkv: 2 frames whose time"):
        frames = list(video)
    assert [frame.time_s for frame in frames] == [0.0, 0.04, 0.08, 0.12, 0.16]
    assert [int(frame.luma[0, 0]) for frame in frames] == [20, 21, 23, 24, 26]
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]


def stamped(pts, dts=None, time_base=0.001):
    """What the clock sees of a frame."""
    return SimpleNamespace(pts=pts, dts=dts, time_base=time_base)


def test_missing_timestamps_are_continued():
    clock = _Clock(50.0, _Tally())
    frames = [
        stamped(100),
        stamped(None),
        stamped(None, dts=150),
        stamped(None, time_base=None),
        stamped(120),
        stamped(200),
    ]
    assert [clock.time_s(frame) for frame in frames] == pytest.approx([0.1, 0.12, 0.15, 0.17, None, 0.2])
    clock = _Clock(float("nan"), _Tally())
    assert [clock.time_s(stamped(None)) for _ in range(3)] == [0.0, None, None]  # no rate either: nothing to go by


@pytest.mark.parametrize("seed", range(5))
def test_times_never_step_back(seed):
    rng = np.random.default_rng(seed)
    clock, tally = _Clock(25.0, _Tally()), _Tally()
    frames = [stamped(None if rng.random() < 0.1 else int(rng.integers(-5000, 5000))) for _ in range(200)]
    times_s = [time_s for time_s in map(clock.time_s, frames) if time_s is not None]
    assert (np.diff(times_s) > 0).all() and np.isfinite(times_s).all() and len(times_s) > 100
    assert tally.n_decoded == 0


# 4. broken files, each one clear error


def message_of(path, **options):
    """What is said about a file that cannot be read, anywhere from opening it to its end."""
    with pytest.raises(UnreadableDataError) as caught, open_video(path, **options) as video:
        for _ in video:
            pass
    message = str(caught.value)
    assert message.startswith(f"{path.name}: ") and "\n" not in message and str(path.parent) not in message
    return message


def test_what_is_no_video_says_so(tmp_path, rng):
    (tmp_path / "empty.mp4").touch()
    assert "is empty" in message_of(tmp_path / "empty.mp4")
    (tmp_path / "text.mp4").write_text("this is no video\n" * 500)
    assert "cannot be read as a video" in message_of(tmp_path / "text.mp4")
    (tmp_path / "notes.txt").write_text("this is no video\n" * 500)
    assert "video" in message_of(tmp_path / "notes.txt")
    (tmp_path / "noise.avi").write_bytes(rng.bytes(50000))
    assert "cannot be read as a video" in message_of(tmp_path / "noise.avi")
    assert "no such file" in message_of(tmp_path / "absent.mp4")
    (tmp_path / "folder.mp4").mkdir()
    assert "is a folder; open_images" in message_of(tmp_path / "folder.mp4")
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setnchannels(1), sound.setsampwidth(2), sound.setframerate(8000), sound.writeframes(bytes(1600))
    assert "holds no video" in message_of(tmp_path / "sound.wav")


def noisy_video(path, rng, n=60, **options):
    """A video that cannot be compressed much, so that cutting bytes cuts frames."""
    frames = [as_av(planes_of(rng, "yuv420p", 64, 48), "yuv420p") for _ in range(n)]
    return write(path, frames, rate=25, **options)


def test_a_file_without_its_index_says_so(tmp_path, rng):
    path = noisy_video(tmp_path / "cut.mp4", rng, codec="mpeg4")
    path.write_bytes(path.read_bytes()[:-2000])  # the index comes last
    assert "its end with the index is missing" in message_of(path)


@pytest.mark.parametrize(("name", "codec"), [("cut.avi", "mpeg4"), ("cut.mkv", "ffv1")])
def test_a_file_cut_off_gives_its_frames_then_an_error(tmp_path, rng, name, codec):
    path = noisy_video(tmp_path / name, rng, codec=codec)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    message = message_of(path)
    assert "is cut off or damaged" in message and (" of 60 declared frames" in message or "of 2.4 s" in message)
    with open_video(path, truncated="warn") as video, pytest.warns(QualityWarning, match="is cut off"):
        assert 20 <= len(list(video)) <= 40
    assert video.problems and "cut off" in video.problems[-1]


def test_a_hole_in_a_file_costs_frames_not_the_file(tmp_path, rng):
    path = noisy_video(tmp_path / "hole.mp4", rng, n=100, codec="mpeg4")
    content = bytearray(path.read_bytes())
    middle, length = len(content) // 2, len(content) // 50
    content[middle : middle + length] = bytes(length)
    path.write_bytes(content)
    with open_video(path) as video, pytest.warns(QualityWarning, match=r"hole\.mp4: 9. of 100 declared frames"):
        times_s = [frame.time_s for frame in video]
    assert 90 <= len(times_s) < 100
    assert np.diff(times_s).max() > 0.079 and times_s[-1] == pytest.approx(3.96)


@pytest.mark.parametrize("name", ["torn.avi", "torn.mkv"])
def test_a_file_of_which_little_can_be_decoded_is_an_error_in_any_container(tmp_path, rng, name):
    path = noisy_video(tmp_path / name, rng, codec="mjpeg", pix_fmt="yuvj420p")
    content = np.frombuffer(path.read_bytes(), np.uint8).copy()
    content[rng.integers(2000, content.size - 2000, 1000)] ^= 0xFF
    path.write_bytes(content.tobytes())
    assert re.search(r"is cut off or damaged: \d+ of \d+ (declared )?frames can be decoded", message_of(path))
    with open_video(path, truncated="warn") as video, pytest.warns(QualityWarning, match="is cut off or damaged"):
        assert len(list(video)) < 54


def test_arguments_are_checked(tmp_path):
    path = write(tmp_path / "a.mkv", grey_frames(2))
    with pytest.raises(InvalidArgumentError, match="threads=-1"):
        open_video(path, threads=-1)
    with pytest.raises(InvalidArgumentError, match="truncated='no'"):
        open_video(path, truncated="no")
    with pytest.raises(InvalidArgumentError, match="path=3"):
        open_video(3)


# 5. one interface


def test_a_video_can_be_read_again_and_left_early(tmp_path):
    with open_video(write(tmp_path / "a.mkv", grey_frames(5)), threads=2) as video:
        for frame in video:
            if frame.index == 1:
                break
        assert [frame.index for frame in video] == [0, 1, 2, 3, 4]
        assert [frame.index for frame in video] == [0, 1, 2, 3, 4]
        assert repr(video) == "VideoFile('a.mkv', 32x16, 10 Hz)"
    with pytest.raises(InvalidArgumentError, match="has been closed"):
        next(iter(video))


def test_closing_ends_what_is_being_read(tmp_path):
    video = open_video(write(tmp_path / "a.mkv", grey_frames(5)))
    frames = iter(video)
    next(frames)
    video.close()
    with pytest.raises(InvalidArgumentError, match="was closed while"):
        list(frames)


def test_one_frame_of_one_pixel(tmp_path):
    with open_video(write(tmp_path / "a.mkv", grey_frames(1, (1, 1), "yuv444p"), pix_fmt="yuv444p")) as video:
        (frame,) = video
    assert frame.luma.shape == (1, 1) and frame.rgb().shape == (1, 1, 3)


# 6. folders of images


def save(folder, name, image):
    """An image in a folder that is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(folder / name), image)


def level(value, shape=(6, 8, 3)):
    """A picture of one level."""
    return np.full(shape, value, np.uint8)


def test_pure_is_read_by_the_times_in_its_names(tmp_path):
    start = 1392643993642815000
    for k, step in enumerate([0, 33_366_700, 66_733_400, 140_000_000]):
        save(tmp_path / "01-01" / "01-01", f"Image{start + step}.png", level(50 + k))
    (tmp_path / "01-01" / "01-01.json").write_text(json.dumps({"/FullPackage": []}))
    with open_images(tmp_path / "01-01") as video:
        frames = list(video)
    assert (video.name, video.size, video.n_declared) == ("01-01", (6, 8), 4)
    assert [frame.time_s for frame in frames] == [0.0, 0.0333667, 0.0667334, 0.14]
    assert [int(frame.luma[0, 0]) for frame in frames] == [50, 51, 52, 53]
    assert video.start_unix_s == pytest.approx(1392643993.642815, abs=1e-6)
    assert video.rate == pytest.approx(3 / 0.14)


def test_images_come_in_the_order_of_their_numbers(tmp_path):
    for k in (1, 2, 9, 10, 11):
        save(tmp_path, f"frame{k}.png", level(k))
    (tmp_path / "frame3.txt").write_text("not a picture")
    (tmp_path / ".frame4.png").write_text("hidden")
    with open_images(tmp_path, rate=20.0) as video:
        assert [(int(frame.luma[0, 0]), frame.time_s) for frame in video] == [
            (1, 0.0), (2, 0.05), (9, 0.1), (10, 0.15), (11, 0.2)
        ]  # fmt: skip
    with open_images(tmp_path, times_s=[0.0, 0.1, 0.3, 0.7, 1.0]) as video:
        assert [frame.time_s for frame in video] == [0.0, 0.1, 0.3, 0.7, 1.0]
        assert video.rate == 4.0


def test_images_of_any_kind_are_read(tmp_path, rng):
    colour = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    save(tmp_path, "1.png", colour)
    save(tmp_path, "2.png", np.dstack([colour, level(3, (6, 8))]))
    save(tmp_path, "3.png", colour.astype(np.uint16) * 256)
    save(tmp_path, "4.png", colour[..., 0])
    save(tmp_path, "5.bmp", colour)
    with open_images(tmp_path, rate=10.0) as video:
        frames = list(video)
    assert [frame.chroma is None for frame in frames] == [False, False, False, True, False]
    assert_array_equal(frames[3].luma, colour[..., 0])
    for frame in (frames[0], frames[1], frames[2], frames[4]):
        assert np.abs(frame.rgb()[..., ::-1].astype(int) - colour).max() <= 2


def test_an_unreadable_image_costs_its_frame(tmp_path):
    for k in range(4):
        save(tmp_path, f"{k}.png", level(k))
    (tmp_path / "2.png").write_bytes((tmp_path / "2.png").read_bytes()[:20])
    with (
        open_images(tmp_path, rate=10.0) as video,
        pytest.warns(QualityWarning, match=r"1 of 4 images .* 2\.png first"),
    ):
        assert [frame.time_s for frame in video] == [0.0, 0.1, pytest.approx(0.3)]
    (tmp_path / "3.png").write_bytes(b"")
    with open_images(tmp_path, rate=10.0) as video, pytest.warns(QualityWarning, match="2 of 4 images"):
        assert [frame.index for frame in video] == [0, 1]


def test_folders_that_cannot_serve_say_why(tmp_path):
    with pytest.raises(UnreadableDataError, match="absent: there is no such folder"):
        open_images(tmp_path / "absent", rate=10)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableDataError, match="empty: holds no images"):
        open_images(tmp_path / "empty", rate=10)
    (tmp_path / "file.png").touch()
    with pytest.raises(UnreadableDataError, match=r"file\.png: is a file"):
        open_images(tmp_path / "file.png", rate=10)
    with pytest.raises(UnreadableDataError, match="none of its 1 images can be read"):
        open_images(tmp_path, rate=10)
    two = tmp_path / "two"
    save(two / "a", "1.png", level(0))
    save(two / "b", "1.png", level(0))
    with pytest.raises(UnreadableDataError, match="holds images in 2 folders"):
        open_images(two, rate=10)
    with pytest.raises(InvalidArgumentError, match="give rate or times_s"):
        open_images(two / "a")
    with pytest.raises(InvalidArgumentError, match="times_s has 2 values; a holds 1"):
        open_images(two / "a", times_s=[0.0, 1.0])
    with pytest.raises(InvalidArgumentError, match="leave one of them out"):
        open_images(two / "a", rate=1.0, times_s=[0.0])
    with pytest.raises(InvalidArgumentError, match="rate=0"):
        open_images(two / "a", rate=0)
    save(two / "a", "2.png", level(0))
    with pytest.raises(InvalidArgumentError, match="increasing"):
        open_images(two / "a", times_s=[1.0, 1.0])


# 7. a camera


class FakeDevice:
    """What OpenCV gives for a camera: three pictures, then none."""

    is_there = True
    n_pictures = 3

    def __init__(self, index):
        self.index, self.n_read, self.rate = index, 0, 0.0

    def isOpened(self):
        return self.is_there

    def get(self, _):
        return self.rate

    def set(self, _, rate):
        self.rate = rate

    def read(self):
        self.n_read += 1
        return (True, level(self.n_read, (4, 6, 3))) if self.n_read <= self.n_pictures else (False, None)

    def release(self):
        self.is_there = False


@pytest.fixture
def device(monkeypatch):
    """A camera that is not there, made of `FakeDevice`, and a clock that ticks 30 times a second."""
    ticks = iter(np.arange(1000) / 30.0 + 77.0)
    monkeypatch.setattr(cv2, "VideoCapture", FakeDevice)
    monkeypatch.setattr(camera_room, "_is_absent", lambda index: False)
    monkeypatch.setattr(camera_room.time, "monotonic", lambda: float(next(ticks)))
    return FakeDevice


def test_a_camera_gives_frames_until_it_stops(device):
    with open_camera(1, rate=30.0) as camera:
        assert (camera.name, camera.size, camera.rate, camera.n_declared) == ("camera 1", (4, 6), 30.0, None)
        frames = iter(camera)
        found = [next(frames) for _ in range(3)]
        with pytest.raises(UnreadableDataError, match="camera 1: stopped giving pictures after 3 frames"):
            next(frames)
    assert [frame.time_s for frame in found] == pytest.approx([0.0, 1 / 30, 2 / 30])
    assert [int(frame.luma[0, 0]) for frame in found] == [1, 2, 3]
    with pytest.raises(InvalidArgumentError, match="camera 1 has been closed"):
        next(iter(camera))


def test_a_camera_without_pictures_says_so(device, monkeypatch):
    monkeypatch.setattr(device, "n_pictures", 0)
    with pytest.raises(UnreadableDataError, match="camera 0: gives no picture"):
        open_camera()
    monkeypatch.setattr(device, "is_there", False)
    with pytest.raises(UnreadableDataError, match="camera 0: there is no such camera"):
        open_camera()


def test_no_camera_is_one_clear_error(monkeypatch):
    monkeypatch.setattr(camera_room, "_is_absent", lambda index: True)
    with pytest.raises(UnreadableDataError, match="camera 7: there is no such camera"):
        open_camera(7)


# 8. real files


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "n", "first_s", "last_s", "size"),
    [
        ("WolfgangLanger_Pexels.mp4", 472, 0.0, 471 * 1001 / 24000, (360, 640)),
        ("delayed_start.mp4", 24, 1.075, 1.995, (320, 480)),
        ("evm_face.mp4", 301, 0.0, 10.0, (592, 528)),
        ("no_face.mp4", 95, 0.0, 47 / 12, (540, 960)),
        ("single_face.mp4", 72, 0.0, 71 / 30, (360, 640)),
    ],
)
def test_real_videos_have_their_times(data_dir, name, n, first_s, last_s, size):
    with open_video(data_dir / "video" / name) as video:
        assert video.size == size
        times_s = [frame.time_s for frame in video]
    assert len(times_s) == n and video.problems == []
    assert_allclose([times_s[0], times_s[-1]], [first_s, last_s], atol=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("name", ["rotated.mp4", "WolfgangLanger_Pexels.mp4"])
def test_real_videos_look_as_in_opencv(data_dir, name):
    peer = cv2.VideoCapture(os.fspath(data_dir / "video" / name))
    with open_video(data_dir / "video" / name) as video:
        for frame, _ in zip(video, range(3), strict=False):
            is_there, image = peer.read()
            assert is_there and image.shape[:2] == frame.luma.shape == video.size
            difference = frame.rgb()[..., ::-1].astype(int) - image
            assert np.abs(difference).mean() < 2.0  # swscale's quick conversion, with linear chroma
    peer.release()


@pytest.mark.data
def test_a_real_file_cut_off(data_dir, tmp_path):
    content = (data_dir / "video" / "WolfgangLanger_Pexels.mp4").read_bytes()  # its index comes first
    (tmp_path / "cut.mp4").write_bytes(content[: len(content) // 5])
    assert "of 472 declared frames can be decoded" in message_of(tmp_path / "cut.mp4")
