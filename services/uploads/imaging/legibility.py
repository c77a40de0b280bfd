"""How much of what there is to read in a picture is left in a smaller one.

Writing is what has strong, fine contrast; noise is what is everywhere. So the cells of most contrast are
compared, less what the quietest cells have too, once for thin strokes and once for thicker ones. What has to
be left was set against a reader of digits: what passes was read without a mistake (`test_shrinking.py`).
"""

from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops, ImageFilter

LONGEST = 3200
CELL = 32
# The share of the cells that is read, and of those that tell the noise.
BUSY, QUIET = 0.05, 0.1
MIDDLE = 128
# Contrast that is hardly more than noise is no writing.
LEAST_CONTRAST = 1.0


@dataclass(frozen=True, slots=True)
class Band:
    """Strokes of a thickness, between two blurs, and the share of their contrast that has to be left."""

    finest: float
    coarsest: float
    needed: float


BANDS: Final = (Band(0.3, 1.2, 0.22), Band(0.8, 3.3, 0.5))


class Reader:
    """Knows where there is something to read in a picture, and compares others with it."""

    def __init__(self, picture: Image.Image) -> None:
        scale = min(1.0, LONGEST / max(picture.size))
        self._size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        grey = self._grey(picture)
        self._strokes = [Strokes(grey, band) for band in BANDS]

    def legibility_of(self, smaller: Image.Image) -> float:
        """Return how much more is left than has to be: below 1 the writing suffers."""
        grey = self._grey(smaller)
        return min(strokes.share_left(grey) / strokes.band.needed for strokes in self._strokes)

    def _grey(self, picture: Image.Image) -> Image.Image:
        grey = picture.convert("L")
        return grey if grey.size == self._size else grey.resize(self._size, Image.Resampling.LANCZOS)


class Strokes:
    """The strokes of one thickness in a picture."""

    def __init__(self, grey: Image.Image, band: Band) -> None:
        self.band = band
        self._cells = (max(1, grey.width // CELL), max(1, grey.height // CELL))
        self._detail = self._detail_of(grey)
        contrast = self._in_cells(Image.new("L", grey.size, MIDDLE))
        ranked = sorted(range(len(contrast)), key=contrast.__getitem__, reverse=True)
        self._busy = ranked[: max(1, int(len(ranked) * BUSY))]
        quiet = ranked[-max(1, int(len(ranked) * QUIET)) :]
        self._noise = sum(contrast[cell] for cell in quiet) / len(quiet)
        self._writing = sum(contrast[cell] for cell in self._busy) / len(self._busy) - self._noise

    def share_left(self, grey: Image.Image) -> float:
        """Return which share of the writing is left in another version: 1 is all, or that there is none."""
        if self._writing < max(LEAST_CONTRAST, self._noise / 2):
            return 1.0
        lost = self._in_cells(self._detail_of(grey))
        loss = sum(lost[cell] for cell in self._busy) / len(self._busy) - self._noise
        return max(0.0, min(1.0, 1 - loss / self._writing))

    def _detail_of(self, grey: Image.Image) -> Image.Image:
        fine, coarse = (
            grey.filter(ImageFilter.GaussianBlur(radius)) for radius in (self.band.finest, self.band.coarsest)
        )
        return ImageChops.subtract(fine, coarse, offset=MIDDLE)

    def _in_cells(self, other: Image.Image) -> bytes:
        difference = ImageChops.difference(self._detail, other)
        return difference.resize(self._cells, Image.Resampling.BOX).tobytes()
