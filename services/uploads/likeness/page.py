"""The hash of the paper in a picture, whatever table it lies on and however it was held."""

import cv2
import numpy as np

from services.uploads.likeness.grey import Grey, Real, blurred, grey_of, resized

SIDE = 600
PAGE = (640, 448)
LEAST_SHARE = 0.35
CORNERS = 4
HASH_SIDE = 32
FREQUENCIES = 8
SEAM = 25
ROUGHNESSES = np.linspace(0.01, 0.08, 15)


def page_hash(content: bytes) -> str:
    """Return 64 bits as hex: which low frequencies of the rectified paper lie above their median.

    Raises:
        BrokenImageError: the bytes can't be decoded to the end.
    """
    picture = grey_of(content, SIDE * 2)
    return _low_frequencies(_page(picture))


def _page(picture: Grey) -> Grey:
    """Return the paper seen from straight above; the whole picture where none stands out (a scan)."""
    corners = _corners(picture)
    upright = picture.shape[0] > picture.shape[1]
    width, height = PAGE[::-1] if upright else PAGE
    if corners is None:
        return resized(picture, (width, height))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    straightened = cv2.getPerspectiveTransform(corners, target)
    return np.asarray(cv2.warpPerspective(picture, straightened, (width, height)), dtype=np.uint8)


def _corners(picture: Grey) -> Real | None:
    """Return the corners of the bright sheet, clockwise from the upper left."""
    scale = SIDE / max(picture.shape)
    small = resized(picture, (round(picture.shape[1] * scale), round(picture.shape[0] * scale)))
    smooth = blurred(small.astype(np.float32), 3.0).astype(np.uint8)
    _, bright = cv2.threshold(smooth, 0, 255, cv2.THRESH_OTSU)
    closed = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((SEAM, SEAM), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = max(outlines, key=cv2.contourArea, default=None)
    if largest is None or cv2.contourArea(largest) < LEAST_SHARE * small.size:
        return None
    hull = cv2.convexHull(largest)
    for roughness in ROUGHNESSES:
        shape = cv2.approxPolyDP(hull, roughness * cv2.arcLength(hull, closed=True), closed=True)
        if len(shape) == CORNERS:
            return _clockwise(shape.reshape(CORNERS, 2).astype(np.float32)) / np.float32(scale)
    return None


def _clockwise(corners: Real) -> Real:
    sums, differences = corners.sum(axis=1), corners[:, 0] - corners[:, 1]
    order = [sums.argmin(), differences.argmax(), sums.argmax(), differences.argmin()]
    return np.asarray(corners[order], dtype=np.float32)


def _low_frequencies(page: Grey) -> str:
    small = resized(page, (HASH_SIDE, HASH_SIDE)).astype(np.float32)
    waves = np.asarray(cv2.dct(small))[:FREQUENCIES, :FREQUENCIES].ravel()
    bits = "".join("1" if wave > np.median(waves[1:]) else "0" for wave in waves)
    return f"{int(bits, 2):016x}"
