"""How far two pictures agree in what is printed: the same paper, or only the same form for two people."""

from collections.abc import Iterator

import cv2
import numpy as np

from services.uploads.likeness.aligning import aligned, laid_over
from services.uploads.likeness.grey import Grey, Real, grey_of, strokes
from services.uploads.resemblance import ALIKE, MOST_UNLIKE, NOTHING_SHARED, Resemblance

SIDE = 1000
# About one printed character: what differs between two people's papers is a name, a number, a face.
WINDOW = 24
STEP = WINDOW // 2
# Paper bends: every window may lie a little beside its place.
SLACK = 3
FINEST, COARSEST = 0.8, 6.0
LEAST_PRINT = 0.08


def resemblance(first: bytes, second: bytes) -> Resemblance:
    """Return how far two originals agree.

    Raises:
        BrokenImageError: the bytes of one can't be decoded to the end.
    """
    here, there = grey_of(first, SIDE), grey_of(second, SIDE)
    alignment = aligned(here, there)
    if alignment is None:
        return NOTHING_SHARED
    over, cover = laid_over(there, alignment.plane, here)
    inside = _within(alignment.shared, here) & (cover == np.iinfo(np.uint8).max)
    agreements = np.sort(list(_agreements(here, over, inside)))
    if len(agreements) <= MOST_UNLIKE:
        return NOTHING_SHARED
    unlike = int((agreements < ALIKE).sum())
    return Resemblance(len(agreements), unlike, round(float(agreements[MOST_UNLIKE]), 3))


def _within(places: Real, like: Grey) -> Grey:
    """Return where the shared features lie: beyond the paper's edge are two different tables."""
    mask = np.zeros(like.shape, np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(places).astype(np.int32), 1)
    return np.asarray(cv2.erode(mask, np.ones((STEP + 1, STEP + 1), np.uint8)), dtype=np.uint8)


def _agreements(here: Grey, over: Grey, inside: Grey) -> Iterator[float]:
    """Yield for every window with print in one of the pictures how well it is found in the other."""
    mine, other = strokes(here, FINEST, COARSEST), strokes(over, FINEST, COARSEST)
    height, width = here.shape
    for top in range(SLACK, height - WINDOW - SLACK, STEP):
        for left in range(SLACK, width - WINDOW - SLACK, STEP):
            if not inside[top + STEP, left + STEP]:
                continue
            window = mine[top : top + WINDOW, left : left + WINDOW]
            twin = other[top : top + WINDOW, left : left + WINDOW]
            if max(window.std(), twin.std()) >= LEAST_PRINT:
                around = other[top - SLACK : top + WINDOW + SLACK, left - SLACK : left + WINDOW + SLACK]
                yield float(cv2.matchTemplate(around, window, cv2.TM_CCOEFF_NORMED).max())
