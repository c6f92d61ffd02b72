"""From a video to landmarks, expression, colours and pulse.

    NUMBA_NUM_THREADS=1 python benchmarks/film.py VIDEO ...

Frames per second of one thread, by wall clock and by processor time (what counts on a busy machine), best of all
turns after one that compiles; beside it decoding alone, and the largest memory of the process.
"""

import argparse
import os
import platform
import resource
import time
import warnings


def turn(action, path):
    """Frames, wall and processor seconds of one turn."""
    wall, processor = time.perf_counter(), time.process_time()
    n_frames = action(path)
    return n_frames, time.perf_counter() - wall, time.process_time() - processor


def main():
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("videos", nargs="+")
    parser.add_argument("--turns", type=int, default=5)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    import cv2

    from physiofer.film import read_face_video
    from physiofer.io.video import open_video
    from physiofer.remote_pulse import remote_pulse

    cv2.setNumThreads(1)

    def decode(path):
        with open_video(path) as video:
            return sum(1 for _ in video)

    def everything(path):
        film = read_face_video(path)
        remote_pulse(film)
        return film.streams["rgb"].n_times

    print(f"{platform.machine()}, best of {arguments.turns}; frames per second by wall clock (by processor time)\n")
    print(f"{'video':28} {'frames':>7} {'decode alone':>18} {'everything':>18} {'times decode':>13}")
    for path in arguments.videos:
        everything(path)
        turns = [(turn(decode, path), turn(everything, path)) for _ in range(arguments.turns)]
        n_frames = turns[0][0][0]
        alone, whole = ([min(pair[side][k] for pair in turns) for k in (1, 2)] for side in (0, 1))
        rates = (f"{n_frames / s[0]:.0f} ({n_frames / s[1]:.0f})" for s in (alone, whole))
        name = os.path.basename(path)
        print(f"{name:28} {n_frames:7} {next(rates):>18} {next(rates):>18} {whole[1] / alone[1]:13.2f}")
    print(f"\nlargest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
