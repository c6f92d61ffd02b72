"""Time and memory of reading videos and of the regions of a face.

As a script: ``python benchmarks/bench_video.py VIDEO`` tells frames per second of decoding alone and with regions (a
still box in the middle), and ``python benchmarks/bench_video.py --jitter`` how rough traces are as a face glides by
parts of a pixel.
"""

import os
import sys
import tempfile
import time

import numpy as np

from physiofer.face.regions import PATCHES, REGIONS, RegionReader
from physiofer.io.frames import Frame, colour_map
from physiofer.io.video import open_video


def a_scene(shape=(360, 640), seed=0):
    """A frame of skin: shading, texture and noise over it, chroma at half size."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    shading = 150 + 30 * np.cos(columns / 90.0) * np.cos(rows / 110.0) + 4 * np.sin(columns / 3.0)
    luma = np.clip(shading + rng.normal(0, 3, shape), 16, 235).astype(np.uint8)
    half = tuple(-(-n // 2) for n in shape)
    chroma = tuple(np.clip(rng.normal(level, 2, half), 16, 240).astype(np.uint8) for level in (114, 148))
    return Frame(0, 0.0, luma, chroma, colour_map(6, is_full_range=False))


def a_face(width=160.0, centre=(320.0, 190.0)):
    """68 points of an upright face, `width` pixels from ear to ear, drawn by arcs and lines."""
    turn = np.pi * np.arange(17) / 16
    jaw = np.column_stack([-0.5 * np.cos(turn), 0.1 + 0.5 * np.sin(turn)])
    arc = -0.04 * np.sin(np.pi * np.arange(5) / 4)
    brows = [np.column_stack([x + 0.07 * np.arange(5), -0.12 + arc]) for x in (-0.4, 0.12)]
    nose = np.array([(0, 0.08 * k) for k in range(4)] + [(-0.1 + 0.05 * k, 0.3) for k in range(5)])
    lid = np.array([(-0.09, 0), (-0.03, -0.03), (0.03, -0.03), (0.09, 0), (0.03, 0.03), (-0.03, 0.03)])
    turn = np.pi * (1 + np.arange(12) / 6)
    lips = np.column_stack([0.2 * np.cos(turn), 0.43 + 0.06 * np.sin(turn)])
    turn = np.pi * (1 + np.arange(8) / 4)
    inner = np.column_stack([0.12 * np.cos(turn), 0.43 + 0.02 * np.sin(turn)])
    points = [jaw, *brows, nose, lid + [-0.24, 0], lid + [0.24, 0], lips, inner]
    return np.concatenate(points) * width + np.asarray(centre)


def write_video(path, n_frames=300, size=(640, 360)):
    """A video of the scene moving by a pixel a frame."""
    import av

    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        scene = a_scene(size[::-1])
        for k in range(n_frames):
            image = np.roll(scene.rgb(), k, axis=1)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


class Decoding:
    """300 frames of 640 x 360."""

    def setup(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "a.mp4")
        write_video(self.path)

    def teardown(self):
        self.folder.cleanup()

    def time_decode(self):
        with open_video(self.path) as video:
            for _ in video:
                pass

    def peakmem_decode(self):
        self.time_decode()

    def time_decode_and_read(self):
        reader, points = RegionReader(), a_face()
        with open_video(self.path) as video:
            for frame in video:
                reader.read(frame, points)

    def time_rgb(self):
        a_scene().rgb()


class Regions:
    """One frame of 640 x 360 with a face 160 pixels wide."""

    params = [["regions", "patches"]]
    param_names = ["what"]

    def setup(self, what):
        self.frame, self.points = a_scene(), a_face()
        self.reader = RegionReader(regions=REGIONS if what == "regions" else PATCHES)
        self.reader.read(self.frame, self.points)

    def time_read(self, what):
        self.reader.read(self.frame, self.points)


def peak_mib():
    """Peak memory of this process."""
    import resource

    return (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / (1 if sys.platform == "darwin" else 1024)
        / 1024 ** (sys.platform == "darwin")
    )


def measure_file(path):
    """Print frames per second, of decoding alone and with regions, and peak memory."""
    reader, box = RegionReader(), None
    reader.read(a_scene(), a_face())
    for name, is_read in (("decode", False), ("decode + regions", True), ("decode", False), ("decode + regions", True)):
        start, n = time.perf_counter(), 0
        with open_video(path) as video:
            height, width = video.size
            box = [0.35 * width, 0.3 * height, 0.35 * width + 0.4 * height, 0.7 * height]
            for frame in video:
                n += 1
                if is_read:
                    reader.read(frame, box)
        print(f"{name}: {n / (time.perf_counter() - start):.0f} frames/s, {n} frames, peak {peak_mib():.0f} MiB")


def measure_jitter():
    """Print how rough the traces of G are, in levels, as a face glides over a still picture by 0.05 pixels a frame.

    What is smooth in a trace, a cubic over two pixels, is the picture's own; the rest is made by the edges of pixels.
    """
    frame, points, reader = a_scene(), a_face(), RegionReader()
    shifts = np.arange(0.0, 2.0, 0.05)
    for name, place in (("sub-pixel points", lambda p: p), ("points on whole pixels", np.round)):
        green = np.array([reader.read(frame, place(points + [s, 0.4 * s]))[:3, 1] for s in shifts])
        smooth = np.stack([np.polyval(np.polyfit(shifts, trace, 3), shifts) for trace in green.T], axis=1)
        print(f"{name}: rms {np.sqrt(((green - smooth) ** 2).mean(axis=0)).round(4)}, "
              f"largest step {np.abs(np.diff(green, axis=0)).max(axis=0).round(3)}")  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:] == ["--jitter"]:
        measure_jitter()
    else:
        measure_file(sys.argv[1])
