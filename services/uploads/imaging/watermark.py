"""The visible mark: tilted rows of a text over the whole picture, print beneath stays readable."""

import math
from functools import lru_cache
from pathlib import Path

import noto_cjk_sans_otc
from PIL import Image, ImageDraw, ImageFont

FONT_FILE = Path(noto_cjk_sans_otc.__file__).parent / "NotoSansCJK-Regular.ttc"
SIMPLIFIED_CHINESE = 2
ANGLE = 30
ROW_GAP = 1.5
# Dark letters show on white paper, their light edge on dark ground; the text beneath stays readable.
INK, INK_ALPHA = (40, 40, 40), 44
EDGE, EDGE_ALPHA = (255, 255, 255), 36
OPAQUE = 255


def mark(picture: Image.Image, text: str) -> None:
    """Draw the text in tilted rows over the whole picture."""
    size = max(12, round(math.sqrt(picture.width * picture.height) / 32))
    stroke = max(1, size // 14)
    ink, edge = _tiles(text, size, stroke, picture.size)
    picture.paste(EDGE, (0, 0, *picture.size), edge)
    picture.paste(INK, (0, 0, *picture.size), ink)


def _tiles(text: str, size: int, stroke: int, area: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    """Return the masks of letters and edges: one tilted line, repeated."""
    font = _font(size)
    left, top, right, bottom = font.getbbox(text, stroke_width=stroke)
    line = (math.ceil(right - left) + size * 2, math.ceil(bottom - top) + size * 2)
    origin = (size - left, size - top)
    ink, edge = Image.new("L", line), Image.new("L", line)
    ImageDraw.Draw(ink).text(origin, text, fill=OPAQUE, font=font)
    ImageDraw.Draw(edge).text(origin, text, fill=OPAQUE, font=font, stroke_width=stroke)
    return _repeated(ink, area, INK_ALPHA), _repeated(edge, area, EDGE_ALPHA)


def _repeated(line: Image.Image, area: tuple[int, int], alpha: int) -> Image.Image:
    """Return the tilted line on an even lattice over the area, every second row shifted by half a line."""
    tilted = line.rotate(ANGLE, expand=True, resample=Image.Resampling.BILINEAR)
    mask = Image.new("L", area)
    cosine, sine = math.cos(math.radians(ANGLE)), math.sin(math.radians(ANGLE))
    gap = line.height * ROW_GAP
    reach = math.hypot(*area) + tilted.width
    for row in range(-math.ceil(reach / gap), math.ceil(reach / gap) + 1):
        for column in range(-math.ceil(reach / line.width), math.ceil(reach / line.width) + 1):
            along, across = (column + row % 2 / 2) * line.width, row * gap
            x, y = round(along * cosine + across * sine), round(across * cosine - along * sine)
            if -tilted.width < x < area[0] and -tilted.height < y < area[1]:
                mask.paste(OPAQUE, (x, y), tilted)
    return mask.point(lambda value: value * alpha // OPAQUE)


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT_FILE), size, index=SIMPLIFIED_CHINESE)
