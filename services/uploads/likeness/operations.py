"""What the comparing child can be asked for; the other side's words for it are in `comparing_tasks.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import cv2

from services.uploads.imaging.answer import Answer
from services.uploads.imaging.operations import OPERATIONS, Operation
from services.uploads.likeness.page import page_hash
from services.uploads.likeness.same_paper import resemblance
from services.uploads.likeness.same_shot import kinship

# The machine is shared: two pictures at once are two children, not threads of one.
cv2.setNumThreads(1)


def kinship_operation(_: Mapping[str, Any], pictures: Sequence[bytes]) -> Answer:
    """Compare two originals as shots."""
    first, second = pictures
    return Answer(asdict(kinship(first, second)))


def resemblance_operation(_: Mapping[str, Any], pictures: Sequence[bytes]) -> Answer:
    """Compare two originals as papers."""
    first, second = pictures
    return Answer(asdict(resemblance(first, second)))


def page_hash_operation(_: Mapping[str, Any], pictures: Sequence[bytes]) -> Answer:
    """Return the hash of the paper in an original."""
    return Answer({"page_hash": page_hash(pictures[0])})


COMPARING_OPERATIONS: Final[Mapping[str, Operation]] = {
    **OPERATIONS,
    "kinship": kinship_operation,
    "resemblance": resemblance_operation,
    "page_hash": page_hash_operation,
}
