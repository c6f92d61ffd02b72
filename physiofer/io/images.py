"""Folders of images as a video: one file per frame, in the order of their names.

PURE names each image by its time, ``Image1392643993642815000.png`` in nanoseconds of unix time, and so may others: the
times are then read from the names.
"""

import os
import re
import warnings

import numpy as np

from .._validate import check_path, check_rate, check_series
from ..exceptions import InvalidArgumentError, QualityWarning
from .container import is_hidden
from .frames import FrameSource, frame_of_rgb

__all__ = ["ImageFolder", "open_images"]

_SUFFIXES = (".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
_STAMP = re.compile(r"([0-9]+)[^0-9]*$")
#: Units of unix time in a name, by its number of digits: they serve from the year 2001 to 2286.
_PER_SECOND = {13: 10**3, 16: 10**6, 19: 10**9}


def open_images(folder, *, rate=None, times_s=None):
    """Open a folder of images to read it frame by frame.

    Parameters
    ----------
    folder : path-like
        Where the images lie, or the folder above it if that holds no images and no other folder of images, as in PURE.
        Other files are passed over. Numbers in the names count as numbers: ``2.png`` comes before ``10.png``.
    rate : float, optional
        Images per second; the first is at 0 s.
    times_s : array-like of shape (n_images,), optional
        Time of each image in the order of their names, increasing.

    Returns
    -------
    ImageFolder
        To be iterated over, any number of times. Without `rate` and `times_s` the times are read from the names, from 0
        on; `start_unix_s` then holds the unix time of the first image.

    Raises
    ------
    UnreadableDataError
        If there is no such folder, or no image in it can be read.
    InvalidArgumentError
        If there are no times: neither in the names nor given; or they do not fit the images.

    Examples
    --------
    >>> import cv2, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for stamp in ("1392643993000000000", "1392643993033000000"):
    ...         _ = cv2.imwrite(os.path.join(folder, f"Image{stamp}.png"), np.zeros((4, 6, 3), np.uint8))
    ...     with open_images(folder) as video:
    ...         video.size, video.start_unix_s, [frame.time_s for frame in video]
    ((4, 6), 1392643993.0, [0.0, 0.033])
    """
    return ImageFolder(folder, rate=rate, times_s=times_s)


class ImageFolder(FrameSource):
    """A folder of images, as :func:`open_images` gives it: an iterable of :class:`~physiofer.io.frames.Frame`.

    Images are brought to 8 bits, upright by their EXIF tag, without alpha. An image that cannot be read, or repeats a
    time, is left out and told by one QualityWarning at the end.

    Parameters
    ----------
    folder : path-like
        The folder.
    rate, times_s : float, array-like
        As of :func:`open_images`.

    Attributes
    ----------
    name, size, rate, n_declared, start_unix_s
        As of :class:`~physiofer.io.frames.FrameSource`.
    problems : list of str
        What was wrong, known after a whole iteration.

    Examples
    --------
    >>> ImageFolder("photographs", rate=30.0)
    Traceback (most recent call last):
    physiofer.exceptions.UnreadableDataError: photographs: there is no such folder.
    """

    def __init__(self, folder, *, rate=None, times_s=None):
        folder = check_path(folder, name="folder")
        super().__init__(os.path.basename(os.path.abspath(folder)))
        if not folder.is_dir():
            raise self.unreadable("there is no such folder." if not folder.exists() else "is a file, not a folder.")
        self._folder, self._names = self._images(folder)
        self.problems = []
        self.n_declared = len(self._names)
        self._times_s = self._known_times_s(rate, times_s)
        if rate is None and self._times_s.size > 1:
            self.rate = float((self._times_s.size - 1) / (self._times_s[-1] - self._times_s[0]))
        elif rate is not None:
            self.rate = float(rate)
        first = next((image for image in map(self._image, self._names) if image is not None), None)
        if first is None:
            raise self.unreadable(f"none of its {len(self._names)} images can be read.")
        self.size = first.shape[:2]

    def _images(self, folder):
        """The folder of the images and their names in order."""
        candidates = [folder, *sorted(entry for entry in _entries(self, folder) if entry.is_dir())]
        found = {place: _image_names(self, place) for place in candidates if not is_hidden(place.name)}
        found = {place: names for place, names in found.items() if names}
        if folder not in found and len(found) != 1:
            what = f"images in {len(found)} folders: name one of them" if found else "no images"
            raise self.unreadable(f"holds {what}.")
        place = folder if folder in found else next(iter(found))
        return place, found[place]

    def _known_times_s(self, rate, times_s):
        """The time of each image, from what was given or from the names."""
        n = len(self._names)
        if times_s is not None:
            if rate is not None:
                raise InvalidArgumentError("rate and times_s are both given; leave one of them out.")
            times_s = check_series(times_s, name="times_s")
            if times_s.size != n:
                raise InvalidArgumentError(f"times_s has {times_s.size} values; {self.name} holds {n} images.")
            if not (np.isfinite(times_s).all() and (np.diff(times_s) > 0).all()):
                raise InvalidArgumentError("times_s must be finite and increasing, in the order of the images' names.")
            return times_s
        if rate is not None:
            return np.arange(n) / check_rate(rate)
        stamps = [_STAMP.search(os.path.splitext(name)[0]) for name in self._names]
        lengths = {len(stamp[1]) if stamp else 0 for stamp in stamps}
        if len(lengths) != 1 or (digits := lengths.pop()) not in _PER_SECOND:
            reason = "the images' names end in no unix time of 13, 16 or 19 digits"
            raise InvalidArgumentError(f"{self.name}: {reason}; give rate or times_s.")
        ticks = [int(stamp[1]) for stamp in stamps]
        self.start_unix_s = ticks[0] / _PER_SECOND[digits]
        return np.array([tick - ticks[0] for tick in ticks]) / _PER_SECOND[digits]  # whole numbers: nothing is lost

    def _image(self, name):
        """An image of 8 bits, grey or BGR, or None where it cannot be read."""
        import cv2

        try:
            content = np.fromfile(self._folder / name, np.uint8)
            # not unchanged: alpha goes, EXIF turns
            image = cv2.imdecode(content, cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH) if content.size else None
        except (OSError, cv2.error):
            return None
        if image is None or image.dtype not in (np.uint8, np.uint16):
            return None
        return image if image.dtype == np.uint8 else (image >> 8).astype(np.uint8)

    def __iter__(self):
        unread, last_s, index = [], -np.inf, 0
        for name, time_s in zip(self._names, self._times_s.tolist(), strict=True):
            image = self._image(name) if time_s > last_s else None
            if image is None:
                unread.append(name)
                continue
            yield frame_of_rgb(image, order="bgr", index=index, time_s=time_s)
            last_s, index = time_s, index + 1
        self.problems = []
        if unread:
            self.problems = [f"{len(unread)} of {len(self._names)} images cannot be used, {unread[0]} first"]
            warnings.warn(f"{self.name}: {self.problems[0]}.", QualityWarning, stacklevel=2)


def _entries(source, folder):
    """What lies in a folder."""
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise source.unreadable(f"cannot be listed ({error.strerror}).") from error


def _image_names(source, folder):
    """Names of the images in a folder, numbers in them in order of size."""
    names = [entry.name for entry in _entries(source, folder) if entry.suffix.lower() in _SUFFIXES]
    names = [name for name in names if not is_hidden(name)]
    return sorted(names, key=lambda name: [int(p) if k % 2 else p for k, p in enumerate(re.split(r"([0-9]+)", name))])
