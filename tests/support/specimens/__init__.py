"""Pictures of invented documents, rendered when they are needed; the same seed gives the same bytes."""

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Literal

from PIL import Image

from tests.support.specimens import camera, encoding, odd
from tests.support.specimens.documents import DRAWINGS, Kind
from tests.support.specimens.people import Person

__all__ = ["Form", "Kind", "Person", "Specimen", "gif_named_jpg", "oversized", "specimen", "truncated"]

Form = Literal["jpeg", "png"]
_SCAN_WIDTHS = (1180, 1040, 900, 760, 640, 520)
_TURNS = {
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True, slots=True)
class Specimen:
    """A file to upload, and the picture that a person sees in it."""

    name: str
    content: bytes
    upright: Image.Image


@lru_cache(maxsize=16)
def specimen(
    kind: Kind,
    person: Person,
    seed: int = 0,
    form: Form = "jpeg",
    orientation: int | None = None,
    *,
    exif: bool = True,
) -> Specimen:
    """Render a document; with an EXIF orientation the file lies on its side and says so."""
    shot = camera.Shot.of(seed)
    paper = DRAWINGS[kind](person, Random(seed)).image
    notes = encoding.camera_notes(orientation) if exif else None
    if form == "png":
        return _scan(kind, paper, shot, notes)
    if kind is Kind.ID_IN_HAND:
        upright = camera.selfie(paper, person, shot)
    else:
        upright = camera.photograph(paper, kind, shot)
    stored = upright if orientation in {None, 1} else upright.transpose(_TURNS[orientation or 1])
    content = encoding.jpeg(stored, max_bytes=encoding.MAX_BYTES, exif=notes)
    return Specimen(f"{kind.value}.jpg", content, upright)


def oversized(person: Person, size: int = 205_000) -> bytes:
    """Return a good picture whose file is a little too large."""
    return odd.padded_jpeg(specimen(Kind.ID_FRONT, person, seed=901).content, size)


def gif_named_jpg() -> bytes:
    """Return the bytes of a GIF; its name is up to who uploads it."""
    return odd.gif()


def truncated(person: Person) -> bytes:
    """Return a JPEG that breaks off in the middle."""
    return odd.truncated(specimen(Kind.ID_FRONT, person, seed=902).content)


def _scan(kind: Kind, paper: Image.Image, shot: camera.Shot, notes: Image.Exif | None) -> Specimen:
    for width in _SCAN_WIDTHS:
        page = camera.scanned(paper, shot, width)
        content = encoding.png(page, exif=notes)
        if len(content) <= encoding.MAX_BYTES:
            return Specimen(f"{kind.value}.png", content, page)
    raise ValueError(f"no PNG of {kind.value} fits {encoding.MAX_BYTES} bytes")
