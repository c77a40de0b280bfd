"""Photographs of pages full of digits, and a reader that tells how many of them can still be told apart."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

import noto_cjk_sans_otc
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONT_FILE = Path(noto_cjk_sans_otc.__file__).parent / "NotoSansCJK-Regular.ttc"
PAPER, INK = 228, 40
MARGIN = 100
READ = 150
Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Page:
    """A photograph, and where which digit stands in it."""

    picture: Image.Image
    digits: tuple[tuple[str, int, int], ...]
    height: int

    def share_read(self, smaller: Image.Image) -> float:
        """Return the share of digits that are told apart in a smaller version of the photograph."""
        scale = smaller.width / self.picture.width
        seen = np.asarray(
            smaller.convert("L").resize(self.picture.size, Image.Resampling.BICUBIC), np.float32
        )
        shapes = {digit: _shape(digit, self.height, 0.7 / scale) for digit in "0123456789"}
        sample = Random(0).sample(self.digits, min(READ, len(self.digits)))
        right = sum(digit == self._nearest(seen, x, y, shapes) for digit, x, y in sample)
        return right / len(sample)

    def _nearest(self, seen: Pixels, x: int, y: int, shapes: dict[str, Pixels]) -> str:
        piece = seen[y : y + self.height * 3 // 2, x : x + self.height]
        piece = piece - piece.mean()
        return max(shapes, key=lambda digit: float((piece * shapes[digit]).sum()))


def a_page(height: int, lines: int, noise: float = 7.0, size: tuple[int, int] = (3200, 2400)) -> Page:
    """Return a page with digits of a height in pixels, as a camera with some noise takes it."""
    chance = Random(height)
    font = ImageFont.truetype(str(FONT_FILE), height)
    sheet = Image.new("L", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    digits: list[tuple[str, int, int]] = []
    for line in range(lines):
        y = MARGIN + line * height * 11 // 5
        if y > size[1] - MARGIN - 2 * height:
            break
        for x in range(MARGIN, size[0] - 2 * MARGIN, height * 11 // 10):
            digit = chance.choice("0123456789")
            pen.text((x, y), digit, fill=INK, font=font)
            digits.append((digit, x, y))
    blurred = sheet.filter(ImageFilter.GaussianBlur(max(0.8, height / 40)))
    light = np.asarray(blurred, np.float32) + np.random.default_rng(height).normal(0, noise, size[::-1])
    bands = [Image.fromarray(np.clip(light + tint, 0, 255).astype(np.uint8)) for tint in (0, -6, -20)]
    return Page(Image.merge("RGB", bands), tuple(digits), height)


def _shape(digit: str, height: int, blur: float) -> Pixels:
    drawn = Image.new("L", (height, height * 3 // 2), PAPER)
    ImageDraw.Draw(drawn).text((0, 0), digit, fill=INK, font=ImageFont.truetype(str(FONT_FILE), height))
    shape = np.asarray(drawn.filter(ImageFilter.GaussianBlur(max(1, blur))), np.float32)
    shape = shape - shape.mean()
    normal: Pixels = shape / np.float32(np.linalg.norm(shape))
    return normal
