"""Pictures as grey arrays, in the size in which they are compared."""

import cv2
import numpy as np
from numpy.typing import NDArray

from services.uploads.imaging.decoding import decoded_planes

Grey = NDArray[np.uint8]
Real = NDArray[np.float32]
# Below this brightness noise is louder than print.
DARKNESS = 16


def grey_of(content: bytes, longest_side: int) -> Grey:
    """Return an original in grey, upright, no larger than a side.

    Raises:
        BrokenImageError: the bytes can't be decoded to the end.
    """
    whole: Grey = np.asarray(decoded_planes(content).planes.brightness)
    scale = longest_side / max(whole.shape)
    if scale >= 1:
        return whole
    return resized(whole, (round(whole.shape[1] * scale), round(whole.shape[0] * scale)))


def resized(picture: Grey, size: tuple[int, int]) -> Grey:
    """Return the picture in another size (width, height)."""
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def blurred(picture: Real, sigma: float) -> Real:
    """Return the picture without what is finer than a width."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), dtype=np.float32)


def strokes(picture: Grey, finest: float, coarsest: float) -> Real:
    """Return the print of a picture: light and shade, however even, are taken out."""
    brightness = np.log(picture.astype(np.float32) + DARKNESS)
    return blurred(brightness, finest) - blurred(brightness, coarsest)
