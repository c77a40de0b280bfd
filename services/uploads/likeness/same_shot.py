"""How near a picture is to another one as a shot: its geometry, its grain, its sharpness."""

from dataclasses import replace

import cv2
import numpy as np

from services.uploads.likeness.aligning import Alignment, aligned, laid_over
from services.uploads.likeness.grey import DARKNESS, Grey, Real, blurred, grey_of, resized
from services.uploads.resemblance import STRANGERS, Kinship

SIDE = 1280
GRAIN = 3.0
LIGHT = 6.0
LIGHT_SCALE = 4
NEIGHBOURHOOD = 6.0
SMOOTH_SHARE, PRINTED_SHARE = 0.35, 0.8
FEWEST_PIXELS = 2000
FINEST = 0.7
EDGE_PIXELS = 15


def kinship(first: bytes, second: bytes) -> Kinship:
    """Return how near the second original is to the first one.

    Raises:
        BrokenImageError: the bytes of one can't be decoded to the end.
    """
    here, there = grey_of(first, SIDE), grey_of(second, SIDE)
    if max(there.shape) > max(here.shape):
        # In the larger one's size: in the smaller one's both would look equally sharp.
        turned = _measured(there, here)
        return replace(turned, sharpness_gain=round(1 / max(turned.sharpness_gain, 0.01), 3))
    return _measured(here, there)


def _measured(here: Grey, there: Grey) -> Kinship:
    alignment = aligned(here, there)
    similarity = _similarity(alignment) if alignment else None
    if alignment is None or similarity is None:
        return STRANGERS
    over, cover = laid_over(there, similarity, here)
    covered = cv2.erode(cover, np.ones((EDGE_PIXELS, EDGE_PIXELS), np.uint8)) > 0
    if covered.sum() < FEWEST_PIXELS:
        return STRANGERS
    tilt = _tilt(alignment.plane, similarity, there) * SIDE / max(here.shape)
    grain, gain = _grain_and_gain(here, over, covered)
    light = _unevenness(here, over, covered)
    return Kinship(round(tilt, 2), round(grain, 3), round(light, 4), round(gain, 3))


def _similarity(alignment: Alignment) -> Real | None:
    found, _ = cv2.estimateAffinePartial2D(
        alignment.shared_in_second, alignment.shared, method=cv2.RANSAC, ransacReprojThreshold=3.0
    )
    return None if found is None else np.vstack([found, [0, 0, 1]]).astype(np.float32)


def _tilt(plane: Real, similarity: Real, there: Grey) -> float:
    """Return how far the corners lie from where a similarity puts them."""
    height, width = there.shape
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], dtype=np.float32)
    apart = cv2.perspectiveTransform(corners, plane) - cv2.perspectiveTransform(corners, similarity)
    return float(np.abs(apart).max())


def _grain_and_gain(here: Grey, over: Grey, covered: np.ndarray) -> tuple[float, float]:
    """Return how alike the grain is where nothing is printed, and how much sharper the print is."""
    mine, other = here.astype(np.float32), over.astype(np.float32)
    fine, other_fine = mine - blurred(mine, GRAIN), other - blurred(other, GRAIN)
    activity = np.maximum(blurred(fine**2, NEIGHBOURHOOD), blurred(other_fine**2, NEIGHBOURHOOD))
    smooth = covered & (activity < np.quantile(activity[covered], SMOOTH_SHARE))
    printed = covered & (activity > np.quantile(activity[covered], PRINTED_SHARE))
    grain = _correlation(fine[smooth], other_fine[smooth])
    gain = float(_edges(other)[printed].std() / max(_edges(mine)[printed].std(), 1e-3))
    return grain, gain


def _unevenness(here: Grey, over: Grey, covered: np.ndarray) -> float:
    """Return how differently the light falls on both; brighter as a whole is no difference."""
    size = (here.shape[1] // LIGHT_SCALE, here.shape[0] // LIGHT_SCALE)
    part = cv2.resize(covered.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(np.float32)
    weight = np.maximum(blurred(part, LIGHT), np.float32(0.01))
    mine, other = (np.log(resized(each, size).astype(np.float32) + DARKNESS) * part for each in (here, over))
    return float((blurred(mine - other, LIGHT) / weight)[part > 0].std())


def _edges(picture: Real) -> Real:
    return np.asarray(cv2.Laplacian(blurred(picture, FINEST), cv2.CV_32F), dtype=np.float32)


def _correlation(first: Real, second: Real) -> float:
    if first.size < FEWEST_PIXELS or not first.std() or not second.std():
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
