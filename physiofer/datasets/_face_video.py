"""Frames with their times into a compressed video file."""

from fractions import Fraction

import numpy as np

from .._atomic import whole_file
from .._validate import check_choice, check_count, check_number, check_path
from ..exceptions import InvalidArgumentError

_TIME_BASE = Fraction(1, 90_000)  # s
_CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}


def write_video(path, frames, *, codec="libx264", crf=23):
    """Compress frames into a video file that keeps their times.

    Times are kept to 1/90000 s in MP4 and MOV (Matroska and WebM round to milliseconds; AVI, which has a rate and no
    times, is not written). Colours become 8-bit Y'CbCr with half the resolution in colour (yuv420p, BT.601, limited
    range), as in most cameras.

    Parameters
    ----------
    path : str or path-like
        File to write; its ending chooses the container (".mp4", ".mov", ".mkv", ".webm").
    frames : iterable of (float, array-like of shape (height, width, 3))
        Times in seconds, not negative and increasing, and frames, uint8 in R, G, B, of even height and width:
        a :class:`SyntheticFace`, for one.
    codec : str, default="libx264"
        Encoder of FFmpeg.
    crf : int or None, default=23
        Constant rate factor: quality, 0 (best) to 63 (worst) by the encoder's own measure. None leaves it to the
        encoder; those that have no such option ignore it.

    Returns
    -------
    int
        Number of frames written.

    Raises
    ------
    InvalidArgumentError
        If this build of FFmpeg has no such encoder or the container cannot hold it, if there is no frame, if a frame is
        not as said, or if the file cannot be written. No part of a file is left behind.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from physiofer.datasets.synthetic_face import SyntheticFace
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_video(pathlib.Path(folder) / "face.mp4", SyntheticFace(0.5, size=(120, 160)))
    15
    """
    path = check_path(path)
    container = _CONTAINERS[check_choice(path.suffix.lower(), name="the ending of path", choices=_CONTAINERS)]
    crf = None if crf is None else check_count(crf, name="crf", high=63)
    _check_encoder(codec)
    with whole_file(path) as part:
        return _write(part, frames, container, codec, crf)


def _check_encoder(codec):
    """Refuse a codec that this build cannot encode."""
    import av

    if not (isinstance(codec, str) and _can_encode(av, codec)):
        known = [name for name in ("libx264", "libopenh264", "libx265", "mpeg4", "ffv1") if _can_encode(av, name)]
        message = f"codec={codec!r} is no video encoder of this build of FFmpeg; it has, among others, "
        raise InvalidArgumentError(message + f"{', '.join(known)}.")


def _can_encode(av, name):
    """Whether this build has a video encoder of that name."""
    try:
        return av.Codec(name, "w").type == "video"
    except ValueError:  # FFmpeg's "unknown codec" is one
        return False


def _write(part, frames, container, codec, crf):
    """Encode frame by frame; the count of frames."""
    import av

    output, stream, last, count = None, None, -1, 0
    try:
        for pair in frames:
            ticks, image = _check_frame(count, pair, last, stream)
            if stream is None:
                output = av.open(str(part), "w", format=container, options=_container_options(container))
                stream = _stream(output, image.shape, codec, crf)
            picture = av.VideoFrame.from_ndarray(image, format="rgb24")
            picture = picture.reformat(format="yuv420p", dst_colorspace="ITU601", dst_color_range="MPEG")
            picture.pts, picture.time_base = ticks, _TIME_BASE
            output.mux(stream.encode(picture))
            last, count = ticks, count + 1
        if stream is None:
            raise InvalidArgumentError("frames holds no frame; a video needs one at least.")
        output.mux(stream.encode(None))
    except av.FFmpegError as error:
        if isinstance(error, OSError):  # the file, not the encoder
            raise
        message = (
            f"codec={codec!r} cannot be written to a {container} file of this size ({error.strerror}); try another."
        )
        raise InvalidArgumentError(message) from error
    finally:
        if output is not None:
            output.close()
    return count


def _container_options(container):
    """Options that make the clocks of a container, that of its start too, as fine as ours."""
    ticks = str(_TIME_BASE.denominator)
    return {"video_track_timescale": ticks, "movie_timescale": ticks} if container in ("mp4", "mov") else {}


def _stream(output, shape, codec, crf):
    """A stream of the file for frames of a shape (height, width, 3), one thread, colours said."""
    stream = output.add_stream(codec, rate=30)  # nominal: each frame brings its own time
    stream.height, stream.width = shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = _TIME_BASE
    stream.codec_context.color_range, stream.codec_context.colorspace = 1, 6  # limited, SMPTE 170M (BT.601)
    stream.codec_context.thread_count = 1  # equal files on any machine
    if crf is not None:
        stream.options = {"crf": str(crf)}
    return stream


def _check_frame(index, pair, last, stream):
    """Time of a frame in ticks of our clock, and the frame, as promised."""
    try:
        time_s, image = pair
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"frames[{index}] must be a pair: time in seconds, and frame.") from error
    time_s, image = check_number(time_s, name=f"time of frames[{index}]", low=0.0, high=1e9), np.asarray(image)
    ticks = round(time_s / _TIME_BASE)
    if ticks <= last:
        before_s = float(last * _TIME_BASE)
        raise InvalidArgumentError(f"frames[{index}] is at {time_s:g} s, not after {before_s:g} s; give them in order.")
    shape = image.shape[:2] if stream is None else (stream.height, stream.width)
    if image.dtype != np.uint8 or image.shape != (*shape, 3) or image.size == 0 or shape[0] % 2 or shape[1] % 2:
        what = f"{image.dtype} of shape {image.shape}"
        message = f"frames[{index}] is {what}; it must be uint8 (height, width, 3), even, as large as the first."
        raise InvalidArgumentError(message)
    return ticks, np.ascontiguousarray(image)
