"""Video files, frame by frame: true times, planes without a colour conversion, upright.

The time of a frame is its presentation timestamp times the stream's time base, whatever rate the file declares. The
planes of 8-bit planar formats are copied as they are; deeper ones are brought to 8 bits by swscale, packed and
palette formats to planes; RGB becomes full-size, full-range planes; alpha is left out. The container's display matrix
(quarter turns, mirrors) is applied. Pixels are taken as square.
"""

import os
import warnings
from dataclasses import dataclass

import numpy as np

from .._validate import check_choice, check_count, check_path
from ..exceptions import InvalidArgumentError, QualityWarning
from .frames import Frame, FrameSource, colour_map, frame_of_rgb

__all__ = ["VideoFile", "open_video"]

#: Raised whenever the same files come to be read as other values: cached features hang on it.
READER_VERSION = 2

_PLANAR = {
    prefix + name
    for prefix in ("yuv", "yuvj", "yuva")
    for name in ("420p", "422p", "444p", "440p", "411p", "410p")
} | {"gray"}  # fmt: skip
#: Below this share of what a file declares, it counts as cut off; edit lists and rounding take a few frames.
_LEAST_SHARE = 0.9
#: And below this one it is a problem to be told.
_FULL_SHARE = 0.99
#: Times that step back further than this belong to a clock that started anew.
_RESET_S = 1.0
#: Demuxers of libavformat that take any text for pictures.
_NOT_VIDEO = {"tty", "bin", "xbin", "adf", "idf", "lavfi"}


def open_video(path, *, threads=1, truncated="raise"):
    """Open a video file to read it frame by frame.

    Parameters
    ----------
    path : path-like
        A file in any format of FFmpeg; its first stream of moving pictures is read.
    threads : int, default=1
        Threads of the decoder; 0 lets it take as many as there are cores.
    truncated : {"raise", "warn"}, default="raise"
        What happens after the last frame of a file of which fewer than nine tenths can be decoded: of the frames or
        seconds that it declares or, where it declares no frames, of those that it holds.

    Returns
    -------
    VideoFile
        To be iterated over, any number of times.

    Raises
    ------
    UnreadableDataError
        If there is no such file, it holds no video, or not one frame can be decoded.

    Examples
    --------
    >>> import av, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "grey.mkv")
    ...     with av.open(path, "w") as container:
    ...         stream = container.add_stream("ffv1", rate=10, width=32, height=16, pix_fmt="yuv420p")
    ...         for _ in range(3):
    ...             _ = container.mux(stream.encode(av.VideoFrame(32, 16, "yuv420p")))
    ...         _ = container.mux(stream.encode())
    ...     with open_video(path) as video:
    ...         video.size, [frame.time_s for frame in video]
    ((16, 32), [0.0, 0.1, 0.2])
    """
    return VideoFile(path, threads=threads, truncated=truncated)


@dataclass
class _Tally:
    """What became of a file's frames while it was read."""

    n_decoded: int = 0
    n_discarded: int = 0  # packets that an edit list takes out
    n_damaged: int = 0
    n_shown_before: int = 0  # frames whose time is not later than that of the frame before
    n_resets: int = 0
    damage: str = ""  # what was wrong with the last packet that could not be decoded
    reason: str = ""  # why the file ended early
    span_s: float = 0.0  # from the first frame to the end of the last


class VideoFile(FrameSource):
    """A video file, as :func:`open_video` gives it: an iterable of :class:`~physiofer.io.frames.Frame`.

    A frame without a timestamp follows its predecessor by the declared interval. A frame that repeats a time or steps
    back is left out; where the clock steps back by more than a second it has started anew, and the frames go on from
    where they were. Frames the decoder could not restore are left out as well: the times show the gap. All of this is
    counted, told by one QualityWarning after the last frame, and kept in `problems`.

    Parameters
    ----------
    path : path-like
        The file.
    threads : int, default=1
        Threads of the decoder; 0 for as many as cores.
    truncated : {"raise", "warn"}, default="raise"
        Whether a file that was cut off is an UnreadableDataError after its last frame, or part of the warning.

    Attributes
    ----------
    name, size, rate, n_declared, start_unix_s
        As of :class:`~physiofer.io.frames.FrameSource`.
    problems : list of str
        What was wrong, known after a whole iteration.

    Examples
    --------
    >>> from physiofer.exceptions import UnreadableDataError
    >>> try:
    ...     VideoFile("no-such-file.mp4")
    ... except UnreadableDataError as error:
    ...     print(error)
    no-such-file.mp4: there is no such file.
    """

    def __init__(self, path, *, threads=1, truncated="raise"):
        path = check_path(path)
        super().__init__(path.name or str(path))
        self._path = os.path.abspath(path)
        self._threads = check_count(threads, name="threads")
        self._truncated = check_choice(truncated, name="truncated", choices=("raise", "warn"))
        self._is_closed = False
        self._maps = {}
        self.problems = []
        container, stream = self._open()
        self.rate = float(stream.average_rate or stream.guessed_rate or np.nan)
        self.n_declared = stream.frames or None
        self._declared_s = _declared_s(container, stream)
        tally = _Tally()
        decoded = self._decode(container, stream, tally)
        first = next(decoded, None)
        if first is None:
            reason = tally.reason or tally.damage
            raise self.unreadable(f"holds no frame that can be decoded{f' ({reason})' if reason else ''}.")
        self._orientation = _orientation(first)
        self.size = (first.height, first.width)[:: -1 if self._orientation[0] else 1]
        self._begun = first, decoded, tally
        self._decoded = decoded

    def _open(self):
        """The container and its stream of moving pictures."""
        import av

        if not os.path.isfile(self._path):
            is_folder = os.path.isdir(self._path)
            raise self.unreadable("is a folder; open_images reads pictures." if is_folder else "there is no such file.")
        if os.path.getsize(self._path) == 0:
            raise self.unreadable("is empty.")
        try:
            # a playlist may name other files, but no address on the network
            container = av.open(self._path, options={"protocol_whitelist": "file"}, metadata_errors="replace")
        except (av.error.FFmpegError, ValueError, OSError) as error:
            reason = f"cannot be read as a video ({_said(error)}): it is none, or its end with the index is missing."
            raise self.unreadable(reason) from error
        moving = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
        if not moving or container.format.name in _NOT_VIDEO or moving[0].codec_context is None:
            container.close()
            raise self.unreadable("holds no video that can be decoded.")
        stream = moving[0]
        stream.thread_type = "NONE" if self._threads == 1 else "AUTO"
        stream.codec_context.thread_count = self._threads
        return container, stream

    def _decode(self, container, stream, tally):
        """The decoder's frames, closing the container at the end; damage is counted and passed over."""
        import av

        with container:
            packets = container.demux(stream)
            while True:
                try:
                    packet = next(packets, None)
                except (av.error.FFmpegError, OSError) as error:
                    tally.reason = _said(error)
                    return
                if packet is None:
                    return
                tally.n_discarded += packet.is_discard
                try:
                    frames = packet.decode()
                except (av.error.FFmpegError, OSError) as error:
                    tally.n_damaged, tally.damage = tally.n_damaged + 1, _said(error)
                    continue
                for frame in frames:
                    if frame.is_corrupt:
                        tally.n_damaged += 1
                    else:
                        tally.n_decoded += 1
                        yield frame

    def __iter__(self):
        if self._is_closed:
            raise InvalidArgumentError(f"{self.name} has been closed; open it again to read it.")
        if self._begun is None:
            tally = _Tally()
            decoded, first = self._decode(*self._open(), tally), None
        else:
            (first, decoded, tally), self._begun = self._begun, None
        self._decoded = decoded
        clock, index = _Clock(self.rate, tally), 0
        while first is not None or (first := next(decoded, None)) is not None:
            frame, first = first, None
            time_s = clock.time_s(frame)
            if time_s is not None:
                yield self._frame(frame, index, time_s)
                index += 1
        if self._is_closed:
            raise InvalidArgumentError(f"{self.name} was closed while it was read.")
        self._finish(tally)

    def _finish(self, tally):
        """Say what was wrong with the file, now that it has been read."""
        problems = []
        declared = (self.n_declared or 0) - tally.n_discarded
        if tally.n_damaged or tally.n_decoded < _FULL_SHARE * declared:
            of = f" of {declared} declared" if declared > 0 else ""
            problems.append(f"{tally.n_decoded}{of} frames could be decoded, {tally.n_damaged} were damaged")
        if tally.n_shown_before:
            problems.append(f"{tally.n_shown_before} frames whose time does not follow the one before were left out")
        if tally.n_resets:
            problems.append(f"the clock started anew {tally.n_resets} times; frames go on from where they were")
        cut = self._cut(tally)
        if cut and self._truncated == "raise":
            self.problems = [*problems, cut]
            raise self.unreadable(f"{cut}.")
        self.problems = problems + [cut] * bool(cut)
        if self.problems:
            warnings.warn(f"{self.name}: {'; '.join(self.problems)}.", QualityWarning, stacklevel=3)

    def _cut(self, tally):
        """Whether much of the file is missing, at its end or before, in words."""
        why = f" ({tally.reason})" if tally.reason else ""
        if self.n_declared:
            n_frames, which = self.n_declared - tally.n_discarded, "declared frames"
        else:
            n_frames, which = tally.n_decoded + tally.n_damaged, "frames"
        if tally.n_decoded < _LEAST_SHARE * n_frames:
            return f"is cut off or damaged: {tally.n_decoded} of {n_frames} {which} can be decoded{why}"
        if not self.n_declared and tally.span_s < _LEAST_SHARE * self._declared_s:
            return f"is cut off or damaged: {tally.span_s:.4g} of {self._declared_s:.4g} s can be decoded{why}"
        return f"reading ended early{why}" if why else ""

    def _frame(self, frame, index, time_s):
        """A decoded frame as one of ours."""
        if frame.format.is_rgb or frame.format.has_palette:
            image = _turned(frame.to_ndarray(format="rgb24"), self._orientation)
            return frame_of_rgb(image, order="rgb", index=index, time_s=time_s)
        is_odd = any(self._orientation) and (frame.width % 2 or frame.height % 2)
        if is_odd and frame.format.name != "gray":  # turned chroma of odd size would lie half a sample beside its luma
            frame = _reformatted(frame, "444p")
        elif frame.format.name not in _PLANAR:
            frame = _reformatted(frame, _layout(frame.format))
        planes = [_turned(_plane(plane), self._orientation) for plane in frame.planes[:3]]
        name = frame.format.name
        is_full = name.startswith("yuvj") or frame.color_range == 2 or (name == "gray" and frame.color_range != 1)
        key = int(frame.colorspace), is_full
        if key not in self._maps:
            self._maps[key] = colour_map(key[0], is_full_range=is_full, size=(frame.height, frame.width))
        return Frame(index, time_s, planes[0], (planes[1], planes[2]) if len(planes) == 3 else None, self._maps[key])

    def close(self):
        """Close the file."""
        self._is_closed = True
        self._decoded.close()
        self._begun = None


class _Clock:
    """Times of frames in the order they are shown: always later than the one before."""

    def __init__(self, rate, tally):
        self._interval_s = 1.0 / rate if rate > 0 else 0.0
        self._tally = tally
        self._first_s = self._last_s = None
        self._shift_s = 0.0

    def time_s(self, frame):
        """The time of the next frame in seconds, or None if it has to be left out."""
        stamp = frame.pts if frame.pts is not None else frame.dts
        if stamp is None or not frame.time_base:
            time_s = 0.0 if self._last_s is None else self._last_s + self._interval_s
        else:
            time_s = float(stamp * frame.time_base) + self._shift_s
        if self._last_s is None:
            self._first_s = time_s
        elif time_s < self._last_s - _RESET_S:
            self._shift_s += self._last_s + self._interval_s - time_s
            time_s = self._last_s + self._interval_s
            self._tally.n_resets += 1
        if self._last_s is not None and time_s <= self._last_s:
            self._tally.n_shown_before += 1
            return None
        self._last_s = time_s
        self._tally.span_s = time_s - self._first_s + self._interval_s
        return time_s


def _declared_s(container, stream):
    """Length in seconds that the file declares of its pictures, 0 where it does not."""
    if stream.duration:
        return float(stream.duration * stream.time_base)
    is_alone = len(container.streams) == 1  # sound may go on after the pictures
    return container.duration / 1e6 if is_alone and container.duration else 0.0


def _orientation(frame):
    """What makes a frame upright by its display matrix: whether to transpose, then to mirror x, then y."""
    try:
        side_data = list(frame.side_data)
    except ValueError:  # PyAV names no side data that is newer than itself, and then gives none of it but the angle
        turn = round(getattr(frame, "rotation", 0) / 90.0) % 4  # counter-clockwise, as the matrix turns
        return [(False, False, False), (True, False, True), (False, True, True), (True, True, False)][turn]
    for data in side_data:
        if data.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = np.frombuffer(bytes(data)[:20], np.int32).tolist()
            # x' = a x + c y, y' = b x + d y, y downwards
            if abs(a) + abs(d) >= abs(b) + abs(c):
                return False, a < 0, d < 0
            return True, c < 0, b < 0
    return False, False, False


def _turned(plane, orientation):
    """An image of its own memory, rows and columns turned as the display matrix says."""
    transposed, mirror_x, mirror_y = orientation
    if transposed:
        import cv2

        plane = cv2.transpose(plane)  # twice as fast as NumPy's
    return np.array(plane[:: -1 if mirror_y else 1, :: -1 if mirror_x else 1], order="C")


def _plane(plane):
    """A plane without the padding of its rows: a view, valid as long as the frame."""
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]


def _layout(fmt):
    """The planar format of 8 bits that loses least of another: "gray", "420p", "422p" or "444p"."""
    if sum(not part.is_alpha for part in fmt.components) < 3:
        return "gray"
    across, down = fmt.chroma_width(64), fmt.chroma_height(64)
    return "420p" if across < 64 and down < 64 else "422p" if across < 64 else "444p"


def _reformatted(frame, layout):
    """A frame in a planar format of 8 bits, matrix and range untouched."""
    is_full = frame.format.name.startswith("yuvj")
    return frame.reformat(format="gray" if layout == "gray" else ("yuvj" if is_full else "yuv") + layout)


def _said(error):
    """What FFmpeg says, without the path."""
    return str(getattr(error, "strerror", None) or type(error).__name__)
