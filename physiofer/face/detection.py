"""Where the faces of an image are: detectors that a tracker may be given.

A detector is any callable that takes a grey image (uint8, C-contiguous) and returns an array of shape (n_faces, 5):
left, top, right, bottom of each face in pixels, and a score, higher where it is surer. Boxes are about square, from the
brows to the chin, as dlib draws them: landmark models expect that.
"""

import threading
from pathlib import Path

import numpy as np

from .._validate import check_luma, check_number, check_path
from ..exceptions import UnreadableDataError

__all__ = ["HogDetector", "YuNetDetector"]

_HOG_FACE_PX = 80.0  # the smallest face that dlib's detector knows
_OF_THREAD = threading.local()  # dlib takes a second to unpack its detector, and one detector is not for two threads
_YUNET_FACES = 1000  # candidates before overlapping ones are merged

#: Eyes, tip of the nose and corners of the mouth of a frontal face, in units of its box.
_FIVE_POINTS = np.array([[0.26, 0.27], [0.74, 0.27], [0.50, 0.56], [0.32, 0.79], [0.68, 0.79]])


def _hog():
    """dlib's detector, one for each thread."""
    if not hasattr(_OF_THREAD, "hog"):
        import dlib

        _OF_THREAD.hog = dlib.get_frontal_face_detector()
    return _OF_THREAD.hog


def resized(luma, scale):
    """An image scaled by a factor, averaged where it shrinks; the scales that it really got along x and y."""
    import cv2

    height, width = luma.shape
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    if size == (width, height):
        return luma, np.ones(2)
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR)
    return small, np.array(size) / (width, height)


def _scaled_back(found, scales):
    """Detections in the image before it was resized; (0, 0) is the centre of the first pixel in both."""
    found[:, :4] = (found[:, :4] + 0.5) / np.tile(scales, 2) - 0.5
    return found


class HogDetector:
    """dlib's detector of frontal faces: histograms of oriented gradients and a linear classifier, at many scales.

    Parameters
    ----------
    smallest_px : float, default=40
        Faces from this width on are found. The detector itself knows faces from 80 pixels on; the image is scaled so
        that smaller ones get there, or, where `smallest_px` is larger, scaled down. Time goes with the square of that.
    longest_side_px : float, default=1280
        Images are not made larger than this, and larger ones are made smaller; the smallest face grows accordingly:
        to 120 pixels in an image 1920 pixels wide.
    threshold : float, default=0
        Least score. Clear faces have 1 to 3, turned or blurred ones 0 to 1.

    References
    ----------
    .. [1] Dalal & Triggs (2005), Histograms of oriented gradients for human detection, CVPR, 886-893.
    .. [2] King (2009), Dlib-ml: a machine learning toolkit, J. Machine Learning Research 10, 1755-1758.

    Examples
    --------
    >>> import numpy as np
    >>> HogDetector()(np.zeros((480, 640), np.uint8)).shape
    (0, 5)
    """

    def __init__(self, smallest_px=40.0, *, longest_side_px=1280.0, threshold=0.0):
        self.smallest_px = check_number(smallest_px, name="smallest_px", low=10.0)
        self.longest_side_px = check_number(longest_side_px, name="longest_side_px", low=_HOG_FACE_PX)
        self.threshold = check_number(threshold, name="threshold")

    def __call__(self, luma):
        """Faces in a grey image.

        Parameters
        ----------
        luma : ndarray of uint8 of shape (height, width)
            Grey image.

        Returns
        -------
        ndarray of shape (n_faces, 5)
            Left, top, right, bottom and score, the highest score first. Boxes may reach out of the image.

        Raises
        ------
        InvalidArgumentError
            If `luma` is no grey image of bytes.
        """
        luma = check_luma(luma)
        scale = min(_HOG_FACE_PX / self.smallest_px, self.longest_side_px / max(*luma.shape, 1))
        if min(luma.shape) * scale < 0.5 * _HOG_FACE_PX:
            return np.empty((0, 5))
        image, scales = resized(luma, scale)
        boxes, scores, _ = _hog().run(image, 0, self.threshold)
        found = [
            (box.left(), box.top(), box.right(), box.bottom(), score) for box, score in zip(boxes, scores, strict=True)
        ]
        return _scaled_back(np.array(found, np.float64).reshape(-1, 5), scales)


class YuNetDetector:
    """OpenCV's YuNet network, from a file of one's own; it also finds turned and half covered faces.

    The file (``face_detection_yunet_*.onnx``, about 230 kB, MIT licence) is in OpenCV's model zoo; none comes with
    physiofer. Its boxes reach from forehead to chin: the square box that landmark models expect is laid on the eyes,
    nose and mouth that it also finds.

    Parameters
    ----------
    path : path-like
        The network, in ONNX form.
    threshold : float, default=0.7
        Least score, from 0 to 1.
    longest_side_px : float, default=1280
        Larger images are made smaller.

    Raises
    ------
    UnreadableDataError
        If there is no such file, or OpenCV cannot make a detector of it.

    References
    ----------
    .. [1] Wu et al. (2023), YuNet: a tiny millisecond-level face detector, Machine Intelligence Research 20, 656-665.

    Examples
    --------
    >>> YuNetDetector("no_such_file.onnx")
    Traceback (most recent call last):
    physiofer.exceptions.UnreadableDataError: no_such_file.onnx: there is no such file.
    """

    def __init__(self, path, *, threshold=0.7, longest_side_px=1280.0):
        import cv2

        path = check_path(path)
        self.threshold = check_number(threshold, name="threshold", low=0.0, high=1.0)
        self.longest_side_px = check_number(longest_side_px, name="longest_side_px", low=1.0)
        if not Path(path).is_file():
            raise UnreadableDataError(f"{path.name}: there is no such file.")
        try:
            self._network = cv2.FaceDetectorYN.create(str(path), "", (320, 320), self.threshold, 0.3, _YUNET_FACES)
        except cv2.error as error:
            raise UnreadableDataError(f"{path.name} is no YuNet face detector that OpenCV can read.") from error

    def __call__(self, luma):
        """Faces in a grey image.

        Parameters
        ----------
        luma : ndarray of uint8 of shape (height, width)
            Grey image.

        Returns
        -------
        ndarray of shape (n_faces, 5)
            Left, top, right, bottom and score, the highest score first.

        Raises
        ------
        InvalidArgumentError
            If `luma` is no grey image of bytes.
        """
        luma = check_luma(luma)
        if luma.size == 0:
            return np.empty((0, 5))
        image, scales = resized(luma, min(1.0, self.longest_side_px / max(luma.shape)))
        self._network.setInputSize(image.shape[::-1])
        _, faces = self._network.detect(np.repeat(image[..., np.newaxis], 3, axis=2))
        faces = np.empty((0, 15)) if faces is None else np.asarray(faces, np.float64)
        found = [(*_box_around(face[4:14].reshape(5, 2)), face[14]) for face in faces]
        found = _scaled_back(np.array(found, np.float64).reshape(-1, 5), scales)
        return found[np.argsort(-found[:, 4], kind="stable")]


def _box_around(points):
    """Upright square box of a face whose five points are eyes, nose and corners of the mouth."""
    pattern = (_FIVE_POINTS - _FIVE_POINTS.mean(axis=0)) @ [1.0, 1j]
    seen = (points - points.mean(axis=0)) @ [1.0, 1j]
    turn = np.vdot(pattern, seen) / np.vdot(pattern, pattern)  # similarity, as a complex number
    offset = turn * complex(*(0.5 - _FIVE_POINTS.mean(axis=0)))
    centre = points.mean(axis=0) + (offset.real, offset.imag)
    return np.concatenate([centre - abs(turn) / 2.0, centre + abs(turn) / 2.0])
