"""Laying one picture over another by the local features that both show."""

from dataclasses import dataclass

import cv2
import numpy as np

from services.uploads.likeness.grey import Grey, Real

FEATURES = 3000
CORNER_CONTRAST = 10
# Two pictures of unlike papers share 8 to 14 features by chance, two of one form 700 and more.
LEAST_SHARED = 60
REACH_PIXELS = 3.0
MOST_TRIES = 3000
LEAST_FOR_A_PLANE = 4


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the second picture lies on the first.

    `plane` is the projection that fits best; `shared` are the places that both show, in each picture.
    """

    plane: Real
    shared: Real
    shared_in_second: Real


def aligned(first: Grey, second: Grey) -> Alignment | None:
    """Return how the second picture lies on the first; none if they don't show the same thing."""
    finder = cv2.ORB.create(FEATURES, fastThreshold=CORNER_CONTRAST)
    places, marks = finder.detectAndCompute(first, None)
    other_places, other_marks = finder.detectAndCompute(second, None)
    if marks is None or other_marks is None:
        return None
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(marks, other_marks)
    if len(matches) < LEAST_FOR_A_PLANE:
        return None
    here = np.array([places[match.queryIdx].pt for match in matches], dtype=np.float32)
    there = np.array([other_places[match.trainIdx].pt for match in matches], dtype=np.float32)
    plane, fits = cv2.findHomography(there, here, cv2.USAC_MAGSAC, REACH_PIXELS, maxIters=MOST_TRIES)
    if plane is None or fits.sum() < LEAST_SHARED:
        return None
    chosen = fits.ravel() > 0
    return Alignment(np.asarray(plane, dtype=np.float32), here[chosen], there[chosen])


def laid_over(second: Grey, plane: Real, like: Grey) -> tuple[Grey, Grey]:
    """Return the second picture in the first one's place, and where it covers it (255)."""
    size = (like.shape[1], like.shape[0])
    picture = cv2.warpPerspective(second, plane, size, flags=cv2.INTER_CUBIC)
    cover = cv2.warpPerspective(np.full(second.shape, 255, np.uint8), plane, size)
    return np.asarray(picture, dtype=np.uint8), np.asarray(cover, dtype=np.uint8)
