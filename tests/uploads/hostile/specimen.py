"""One row of the table: a file and what must become of it."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image
from typing_extensions import override

from tests.uploads.hostile.scene import scene

ACCEPTED = "accepted"
MADE, DAMAGED, EITHER = "made", "image_damaged", "made or image_damaged"
TYPE, PIXELS, EMPTY, LARGE = (
    "image_type_not_accepted",
    "image_too_many_pixels",
    "image_empty",
    "image_too_large",
)


@dataclass(frozen=True, slots=True)
class Specimen:
    """A file that the intake judges, and, if it is accepted, the worker's child reads."""

    name: str
    build: Callable[[], bytes]
    verdict: str = ACCEPTED
    worker: str = MADE
    planted: tuple[bytes, ...] = ()
    looks: Callable[[], Image.Image] | None = scene
    tolerance: float = 6.0

    @override
    def __str__(self) -> str:
        """Return what a failing test is called by."""
        return self.name


def refused(name: str, build: Callable[[], bytes], verdict: str) -> Specimen:
    """Return a row that the intake refuses."""
    return Specimen(name, build, verdict)


def unreadable(name: str, build: Callable[[], bytes]) -> Specimen:
    """Return a row whose structure is sound and whose content is not: the worker refuses it."""
    return Specimen(name, build, worker=DAMAGED)


def survived(name: str, build: Callable[[], bytes]) -> Specimen:
    """Return a row that decodes to something else, or not at all: only nothing may break."""
    return Specimen(name, build, worker=EITHER, looks=None)
