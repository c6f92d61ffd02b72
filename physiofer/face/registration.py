"""Where a patch of an image has gone: it is registered to how it looked, to a small part of a pixel.

Places are complex numbers, x to the right and y down: a patch has a centre and a side, whose length is the patch's and
whose angle is its tilt; its points are ``centre + side * point`` with points from -0.5 to 0.5.
"""

import numpy as np

from .detection import resized

__all__ = ["Pattern"]

_LEVELS = (16, 48)  # samples a side: first roughly, from further away, then finely
_MOST_STEPS = 6
_SMALL_STEP = 2e-4  # of the patch
_LONGEST_STEP = 0.15  # of the patch: further than that, the first-order step says nothing
_PLAIN = 1e-6  # levels: a patch of no more spread is of one grey
_MARGIN = 0.25  # of the patch, at either side, in which it is sought


class Pattern:
    """How a patch looked, to be found again where it has moved, grown, tilted or changed its light.

    One similarity and one gain and offset of the light are fitted by Gauss-Newton steps in the inverse compositional
    way [1]_. The image is averaged over whole blocks of pixels on a grid that is fixed to it: what does not move is
    sampled alike in each frame.

    Parameters
    ----------
    luma : ndarray of uint8 of shape (height, width)
        Grey image.
    centre, side : complex
        Where the patch is.

    References
    ----------
    .. [1] Baker & Matthews (2004), Lucas-Kanade 20 years on: a unifying framework, Int. J. Computer Vision 56,
       221-255.

    Examples
    --------
    >>> image = np.random.default_rng(0).integers(0, 256, (12, 12), dtype=np.uint8).repeat(10, 0).repeat(10, 1)
    >>> pattern = Pattern(image, 60 + 60j, 60 + 0j)
    >>> centre, side, likeness = pattern.find(np.roll(image, 3, axis=1), 60 + 60j, 60 + 0j)
    >>> round(centre.real, 1), round(centre.imag, 1), round(abs(side), 1), bool(likeness > 0.99)
    (63.0, 60.0, 60.0, True)
    """

    def __init__(self, luma, centre, side):
        self._levels = [_Level(luma, centre, side, n) for n in _LEVELS]

    def find(self, luma, centre, side):
        """The patch in another image, from a place near by: its centre, its side, and its likeness from -1 to 1."""
        likeness = 0.0
        for level in self._levels:
            centre, side, likeness = level.find(luma, centre, side)
        return centre, side, likeness


class _Level:
    """A pattern at one resolution."""

    def __init__(self, luma, centre, side, n):
        self._block = max(int(abs(side) / n), 1)  # pixels that are averaged, each way
        steps = (np.arange(n) + 0.5) / n - 0.5
        self._n, self._corner = n, complex(steps[0], steps[0])
        # a face is round: towards the edges of its box there is more and more background
        weights = np.outer(np.cos(np.pi * steps), np.cos(np.pi * steps)).ravel()
        self._weights = weights / weights.sum()
        image = self._sampled(*self._reduced(luma, centre, side), centre, side)
        image = image - self._weights @ image
        down, right = (part.ravel() for part in np.gradient(image.reshape(n, n) * n))
        x, y = np.tile(steps, n), np.repeat(steps, n)
        # the image at point + shift + turn * point, to first order, with gain and offset: [1]_, eq. 35
        model = np.stack([right, down, right * x + down * y, down * x - right * y, image, np.ones(n * n)])
        weighted = model * self._weights
        # a plain patch has no gradient: the least-norm solution leaves it where it is
        self._solve = np.linalg.pinv(weighted @ model.T, rcond=1e-9, hermitian=True) @ weighted
        spread = np.sqrt(self._weights @ image**2)
        self._normal = image * self._weights / spread if spread > _PLAIN else np.zeros(n * n)

    def find(self, luma, centre, side):
        """The patch from a place near by: centre, side, likeness."""
        reduced, origin = self._reduced(luma, centre, side)
        for _ in range(_MOST_STEPS):
            dx, dy, growth, tilt, gain, _ = (self._solve @ self._sampled(reduced, origin, centre, side)).tolist()
            if gain <= 0.0:
                break
            shift, turn = complex(dx, dy) / gain, complex(growth, tilt) / gain
            if not max(abs(shift), abs(turn)) <= _LONGEST_STEP:
                break
            side = side / (1.0 + turn)
            centre = centre - side * shift
            if max(abs(shift), abs(turn)) < _SMALL_STEP:
                break
        return centre, side, self._likeness(self._sampled(reduced, origin, centre, side))

    def _likeness(self, image):
        """Correlation with how the patch looked; 0 where one of them is uniform."""
        image = image - self._weights @ image
        spread = np.sqrt(self._weights @ image**2)
        return float(self._normal @ image / spread) if spread > _PLAIN else 0.0

    def _reduced(self, luma, centre, side):
        """The image around a place, averaged over blocks that are fixed to it, and where the first one begins."""
        block, reach = self._block, (0.5 + _MARGIN) * (abs(side.real) + abs(side.imag))
        size = np.array(luma.shape[::-1])
        middle = np.array([centre.real, centre.imag])
        first = np.clip(np.floor((middle - reach) / block), 0, np.maximum(size // block - 1, 0)).astype(int) * block
        n_blocks = np.maximum(np.minimum(np.ceil((middle + reach - first) / block), (size - first) // block), 1)
        last = first + n_blocks.astype(int) * block
        crop = luma[first[1] : last[1], first[0] : last[0]]
        return resized(crop, 1.0 / block)[0].astype(np.float32), complex(*first.tolist())

    def _sampled(self, reduced, origin, centre, side):
        """Samples of a patch, in one row."""
        import cv2

        step = side / (self._n * self._block)
        start = (centre + side * self._corner - origin + 0.5 * (1 + 1j)) / self._block - 0.5 * (1 + 1j)
        matrix = np.array([[step.real, -step.imag, start.real], [step.imag, step.real, start.imag]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        image = cv2.warpAffine(reduced, matrix, (self._n, self._n), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return image.astype(np.float64).ravel()
