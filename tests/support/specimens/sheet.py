"""A flat sheet to draw documents on: text with Chinese glyphs, seals, portraits, fine lines."""

import math
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]
Point = tuple[float, float]

INK: Colour = (42, 46, 52)
RED: Colour = (190, 42, 34)
_SYSTEM_FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
_SIMPLIFIED_CHINESE = 2


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the Chinese font in a size: the packaged Noto, or else the system's WenQuanYi."""
    package = find_spec("noto_cjk_sans_otc")
    for folder in (package.submodule_search_locations or []) if package else []:
        path = Path(folder) / "NotoSansCJK-Regular.ttc"
        if path.exists():
            return ImageFont.truetype(str(path), size, index=_SIMPLIFIED_CHINESE)
    return ImageFont.truetype(str(_SYSTEM_FONT), size)


class Sheet:
    """A document lying flat, before the camera looks at it."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        self.image = Image.new("RGB", (width, height), ground)
        self.draw = ImageDraw.Draw(self.image)

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height in pixels."""
        return self.image.size

    def text(
        self, at: Point, words: str, size: int, colour: Colour = INK, *, anchor: str = "la", bold: int = 0
    ) -> None:
        """Write one line."""
        self.draw.text(at, words, colour, font(size), anchor, stroke_width=bold, stroke_fill=colour)

    def spaced(self, at: Point, words: str, size: int, colour: Colour, *, gap: int, bold: int = 0) -> None:
        """Write one centred line with room between the glyphs."""
        face = font(size)
        widths = [face.getlength(glyph) for glyph in words]
        x = at[0] - (sum(widths) + gap * (len(words) - 1)) / 2
        for glyph, width in zip(words, widths, strict=True):
            self.text((x, at[1]), glyph, size, colour, anchor="lm", bold=bold)
            x += width + gap

    def fields(self, at: Point, rows: list[tuple[str, str]], size: int, leading: int, label: Colour) -> None:
        """Write rows of a label in another colour and its value."""
        for number, (name, value) in enumerate(rows):
            y = at[1] + number * leading
            self.text((at[0], y + size * 0.12), name, int(size * 0.82), label)
            self.text((at[0] + size * (len(name) * 0.82 + 0.7), y), value, size)

    def paste(self, picture: Image.Image, at: tuple[int, int], mask: Image.Image | None = None) -> None:
        """Lay a picture on the sheet."""
        self.image.paste(picture, at, mask)

    def frame(self, inset: int, colour: Colour, width: int) -> None:
        """Draw a border all around."""
        right, bottom = self.size
        self.draw.rectangle((inset, inset, right - inset, bottom - inset), outline=colour, width=width)

    def grid(self, boxes: list[tuple[int, int, int, int]], colour: Colour = INK, width: int = 2) -> None:
        """Draw the cells of a form."""
        for box in boxes:
            self.draw.rectangle(box, outline=colour, width=width)

    def waves(self, colour: Colour, chance: Random, *, count: int = 34) -> None:
        """Cover the sheet with the fine waves of security paper."""
        width, height = self.size
        phase = chance.uniform(0, math.tau)
        for number in range(count):
            base = height * number / count
            points = [
                (x, base + 16 * math.sin(x / 90 + phase + number * 0.45) + 7 * math.sin(x / 31 - number))
                for x in range(0, width + 12, 12)
            ]
            self.draw.line(points, colour, 2)

    def seal(self, centre: Point, radius: int, words: str, *, strength: int = 190) -> None:
        """Stamp a round red seal with a star; the ink is thin and a little uneven."""
        side = radius * 2 + 8
        ink = Image.new("L", (side, side), 0)
        pen = ImageDraw.Draw(ink)
        middle = side / 2
        pen.ellipse((4, 4, side - 4, side - 4), outline=strength, width=max(3, radius // 14))
        pen.polygon(star((middle, middle), radius * 0.3), fill=strength)
        _write_around(ink, words, middle, radius, strength)
        ink = ink.filter(ImageFilter.GaussianBlur(0.8)).rotate(-9)
        corner = (int(centre[0] - middle), int(centre[1] - middle))
        self.image.paste(Image.new("RGB", (side, side), RED), corner, ink)

    def specimen(self, *, size: int = 54, strength: int = 46) -> None:
        """Mark the sheet across as an invented specimen."""
        width, height = self.size
        veil = Image.new("L", (width * 2, height * 2), 0)
        pen = ImageDraw.Draw(veil)
        step = size * 9
        for row, y in enumerate(range(0, height * 2, size * 5)):
            for x in range(-(row % 2) * step // 2, width * 2, step):
                pen.text((x, y), "样例 SPECIMEN", strength, font(size))
        turned = veil.rotate(24).crop((width // 2, height // 2, width // 2 + width, height // 2 + height))
        self.image.paste(Image.new("RGB", (width, height), (150, 60, 60)), (0, 0), turned)


def star(centre: Point, radius: float) -> list[Point]:
    """Return the corners of a five-pointed star."""
    corners = []
    for number in range(10):
        reach = radius if number % 2 == 0 else radius * 0.4
        angle = math.pi * number / 5 - math.pi / 2
        corners.append((centre[0] + reach * math.cos(angle), centre[1] + reach * math.sin(angle)))
    return corners


def rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """Return the mask of a card with round corners."""
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius, fill=255)
    return mask


def _write_around(ink: Image.Image, words: str, middle: float, radius: int, strength: int) -> None:
    face = font(max(14, radius // 4))
    spread = min(250, 30 * len(words))
    for number, glyph in enumerate(words):
        angle = -spread / 2 + spread * number / max(1, len(words) - 1)
        tile = Image.new("L", (radius // 2, radius // 2), 0)
        ImageDraw.Draw(tile).text((radius / 4, radius / 4), glyph, strength, face, "mm")
        tile = tile.rotate(-angle, Image.Resampling.BICUBIC)
        reach = radius * 0.74
        x = middle + reach * math.sin(math.radians(angle)) - tile.width / 2
        y = middle - reach * math.cos(math.radians(angle)) - tile.height / 2
        ink.paste(tile, (int(x), int(y)), tile)
