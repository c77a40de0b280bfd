"""Letters for the mark: each from the first font that has it, tilted once and kept."""

import math
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import noto_cjk_sans_otc
from PIL import Image, ImageDraw, ImageFont

ANGLE: Final = 30
COSINE, SINE = math.cos(math.radians(ANGLE)), math.sin(math.radians(ANGLE))
OPAQUE: Final = 255
# The printer's sign for a letter that no case holds; a box would look as if something were broken.
GETA: Final = "〓"
_HANAZONO = Path("/usr/share/fonts/truetype/hanazono")
_SIMPLIFIED_CHINESE = 2
# Noto draws what nearly every name has; Hanazono the rare ones of the extensions B to F.
FONTS: Final[tuple[tuple[Path, int], ...]] = (
    (Path(noto_cjk_sans_otc.__file__).parent / "NotoSansCJK-Regular.ttc", _SIMPLIFIED_CHINESE),
    (_HANAZONO / "HanaMinB.ttf", 0),
    (_HANAZONO / "HanaMinA.ttf", 0),
)
_NOBODY = "\U0010fffe"
_PROBE_SIZE = 24
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Mn", "Me"})


@dataclass(frozen=True, slots=True)
class Glyph:
    """A tilted letter: how much of each pixel its ink and its edge cover, and where they lie from the pen."""

    ink: Image.Image
    edge: Image.Image
    left: int
    top: int


def legible(text: str) -> str:
    """Return the text as it can be drawn: composed, on one line, with a sign where no font has the letter."""
    kept = (letter for letter in unicodedata.normalize("NFC", text) if not _is_invisible(letter))
    return "".join(letter if letter.isspace() or font_number(letter) is not None else GETA for letter in kept)


@lru_cache(maxsize=8192)
def font_number(letter: str) -> int | None:
    """Return which font has a letter: the first that draws something else than its sign for none."""
    found = (number for number in range(len(FONTS)) if _drawn(number, letter) != _drawn(number, _NOBODY))
    return next(found, None)


@lru_cache(maxsize=4096)
def advance(letter: str, size: int) -> float:
    """Return how far the pen moves on."""
    return _font(font_number(letter) or 0, size).getlength(letter)


@lru_cache(maxsize=2048)
def glyph(letter: str, size: int) -> Glyph:
    """Return a letter, tilted about the pen's place, which is on the line's middle."""
    font = _font(font_number(letter) or 0, size)
    side = size * 4
    ink, edge = Image.new("L", (side, side)), Image.new("L", (side, side))
    place, stroke = (side // 2, side // 2), max(1, size // 14)
    ImageDraw.Draw(ink).text(place, letter, fill=OPAQUE, font=font, anchor="lm")
    ImageDraw.Draw(edge).text(place, letter, fill=OPAQUE, font=font, anchor="lm", stroke_width=stroke)
    ink, edge = (each.rotate(ANGLE, Image.Resampling.BICUBIC) for each in (ink, edge))
    box = edge.getbbox() or (0, 0, 1, 1)
    return Glyph(ink.crop(box), edge.crop(box), box[0] - side // 2, box[1] - side // 2)


def font_of(size: int) -> ImageFont.FreeTypeFont:
    """Return the font of words of our own, which need no rare letter."""
    return _font(0, size)


def _is_invisible(letter: str) -> bool:
    return unicodedata.category(letter) in _INVISIBLE


def _drawn(number: int, letter: str) -> bytes:
    return bytes(_font(number, _PROBE_SIZE).getmask(letter))


@lru_cache(maxsize=64)
def _font(number: int, size: int) -> ImageFont.FreeTypeFont:
    path, index = FONTS[number]
    return ImageFont.truetype(str(path), size, index=index, layout_engine=ImageFont.Layout.BASIC)
