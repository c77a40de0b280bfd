"""Making a picture's file smaller so that its text stays legible."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from PIL import Image

from services.uploads.imaging.answer import Answer
from services.uploads.imaging.decoding import decoded
from services.uploads.imaging.encoding import encoded
from services.uploads.imaging.legibility import Reader

SIDES = (2400, 2000, 1680, 1400, 1200, 1000)
QUALITIES = (40, 48, 56, 64, 72, 80, 88)
LEGIBLE_FROM = 1.0
# The largest that fits is the clearest; of noisy pictures, now and then the next one.
MOST_TRIES = 2


@dataclass(frozen=True, slots=True)
class Smaller:
    """A try: its file, and how much more of the writing is left than has to be."""

    content: bytes
    legibility: float


def shrink_operation(params: Mapping[str, Any], blobs: Sequence[bytes]) -> Answer:
    """Answer the task `Shrink`."""
    original = decoded(blobs[0])
    made = shrink(original.picture, params["max_bytes"], (params["min_width"], params["min_height"]))
    is_legible = made is not None and made.legibility >= LEGIBLE_FROM
    return Answer({"camera": asdict(original.camera)}, (made.content if made and is_legible else b"",))


def shrink(picture: Image.Image, max_bytes: int, least: tuple[int, int]) -> Smaller | None:
    """Return the clearest try of at most so many bytes and at least these sides; none if nothing fits."""
    reader = Reader(picture)
    found: list[Smaller] = []
    for smaller in _sizes(picture, least):
        content = _fitting(smaller, max_bytes)
        if content is None:
            continue
        with Image.open(io.BytesIO(content)) as shown:
            found.append(Smaller(content, reader.legibility_of(shown)))
        if found[-1].legibility >= LEGIBLE_FROM or len(found) == MOST_TRIES:
            break
    return max(found, key=lambda each: each.legibility, default=None)


def _sizes(picture: Image.Image, least: tuple[int, int]) -> Iterator[Image.Image]:
    """Yield the picture in ever smaller sizes, its own first unless it is larger than anybody reads."""
    longest = max(picture.size)
    if longest <= SIDES[0]:
        yield picture
    for side in SIDES:
        scale = side / longest
        size = (round(picture.width * scale), round(picture.height * scale))
        if scale < 1 and size[0] >= least[0] and size[1] >= least[1]:
            yield picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _fitting(picture: Image.Image, max_bytes: int) -> bytes | None:
    """Return the file of the best quality that fits, if any does."""
    best: bytes | None = None
    low, high = 0, len(QUALITIES) - 1
    middle = 0
    while low <= high:
        content = encoded(picture, QUALITIES[middle])
        if len(content) <= max_bytes:
            best, low = content, middle + 1
        else:
            high = middle - 1
        middle = (low + high) // 2
    return best
