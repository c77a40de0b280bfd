"""The visible mark: tilted rows of a text over the whole picture, print beneath stays readable.

Only the brightness is touched. Every letter looks at the ground it will lie on: dark ink on light paper,
light ink on dark ground, both where it is between; weaker where there is print, and in wider rows where print
is everywhere.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from PIL import Image, ImageChops

from services.uploads.imaging.glyphs import COSINE, OPAQUE, SINE, advance, glyph, legible
from services.uploads.imaging.ground import Ground

if TYPE_CHECKING:
    from PIL._imaging import ImagingCore

SIZES_PER_SIDE: Final = 36
SMALLEST, LARGEST = 12, 120
LIGHT, DARK = 140, 80
PRINTED: Final = 7
MOSTLY_PRINTED: Final = 0.35
ROW_GAP, WIDE_ROW_GAP = 5.0, 6.5


class Tone(NamedTuple):
    """How a letter is drawn: brightness and opacity (of 255) of its ink and its edge."""

    ink: int
    opacity: int
    edge: int = OPAQUE
    edge_opacity: int = 0


ON_LIGHT, ON_LIGHT_PRINT = Tone(30, 58), Tone(30, 40)
ON_DARK, ON_DARK_PRINT = Tone(255, 48), Tone(255, 34)
BETWEEN, BETWEEN_PRINT = Tone(10, 56, 255, 44), Tone(10, 44, 255, 34)


def mark(brightness: Image.Image, text: str, ground: Ground) -> Image.Image:
    """Return a picture's brightness with the text all over it."""
    marked, (width, height) = brightness.copy(), brightness.size
    side = math.sqrt(width * height)
    size = min(LARGEST, max(SMALLEST, round(side / SIZES_PER_SIDE / 2) * 2))
    gap = WIDE_ROW_GAP if ground.share_of_print(PRINTED) > MOSTLY_PRINTED else ROW_GAP
    # Not by the picture's own method: what it checks anew for each of 300 letters costs as much as they do.
    pixels = marked.im
    for letter, x, y in _letters(legible(text), size, size * gap, (width, height)):
        inked = _inked(letter, size, _tone(*ground.at(x / width, y / height)))
        left, top = round(x) + inked.left, round(y) + inked.top
        pixels.paste(inked.values, (left, top, left + inked.width, top + inked.height), inked.opacity)
    return marked


def _tone(brightness: int, contrast: int) -> Tone:
    is_print = contrast >= PRINTED
    if brightness >= LIGHT:
        return ON_LIGHT_PRINT if is_print else ON_LIGHT
    if brightness <= DARK:
        return ON_DARK_PRINT if is_print else ON_DARK
    return BETWEEN_PRINT if is_print else BETWEEN


def _letters(text: str, size: int, gap: float, area: tuple[int, int]) -> Iterator[tuple[str, float, float]]:
    """Yield each letter and where its pen stands: rows on a lattice, every second one shifted by half."""
    steps = list(accumulate((advance(letter, size) for letter in text), initial=0.0))
    pitch, (width, height) = steps[-1] + size * 3, area
    for row in range(-1, math.ceil((width * SINE + height * COSINE) / gap) + 2):
        across, shift = row * gap, row % 2 * pitch / 2
        first, last = _within(across, area, size)
        for column in range(math.floor((first - shift) / pitch), math.ceil((last - shift) / pitch) + 1):
            start = column * pitch + shift
            for letter, step in zip(text, steps, strict=False):
                along = start + step
                if first <= along <= last and not letter.isspace():
                    yield letter, along * COSINE + across * SINE, across * COSINE - along * SINE


def _within(across: float, area: tuple[int, int], margin: int) -> tuple[float, float]:
    """Return from where to where a row, given by its distance from the corner, runs through the picture."""
    width, height = area
    first = max(-across * SINE / COSINE, (across * COSINE - height) / SINE)
    last = min(across * COSINE / SINE, (width - across * SINE) / COSINE)
    return first - margin * 2, last + margin


@dataclass(frozen=True, slots=True)
class _Inked:
    """A letter in a tone, ready to be pasted, and where it lies from the pen."""

    values: "ImagingCore"
    opacity: "ImagingCore"
    width: int
    height: int
    left: int
    top: int


@lru_cache(maxsize=4096)
def _inked(letter: str, size: int, tone: Tone) -> _Inked:
    shape = glyph(letter, size)
    values = Image.new("L", shape.ink.size, tone.edge)
    values.paste(tone.ink, (0, 0, *values.size), shape.ink)
    opacity = ImageChops.lighter(_weakened(shape.ink, tone.opacity), _weakened(shape.edge, tone.edge_opacity))
    return _Inked(values.im, opacity.im, *values.size, shape.left, shape.top)


def _weakened(mask: Image.Image, opacity: int) -> Image.Image:
    return mask.point([value * opacity // OPAQUE for value in range(OPAQUE + 1)])
