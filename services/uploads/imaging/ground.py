"""What a mark will lie on: how bright a picture is at a place, and whether there is print."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from PIL import Image, ImageChops

_SCALE = 2
_CELL = 8
_PATCH = 6
_MOST_SPOTS = 0.1
_REACHED = 1

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Ground:
    """A small grey picture, and its coarse map: mean brightness and mean contrast of each cell."""

    small: Image.Image
    columns: int
    rows: int
    brightness: bytes
    contrast: bytes

    @classmethod
    def of(cls, grey: Image.Image) -> Self:
        """Return the map of a small grey picture."""
        small = grey.reduce(_SCALE)
        # Print changes within two pixels, across or down; a shadow does not.
        detail = ImageChops.difference(small, ImageChops.offset(small, 2, 1)).reduce(_CELL)
        light = small.reduce(_CELL)
        return cls(small, light.width, light.height, light.tobytes(), detail.tobytes())

    def at(self, across: float, down: float) -> tuple[int, int]:
        """Return brightness and contrast at a place, given as shares of width and height."""
        column = min(self.columns - 1, max(0, math.floor(across * self.columns)))
        row = min(self.rows - 1, max(0, math.floor(down * self.rows)))
        cell = row * self.columns + column
        return self.brightness[cell], self.contrast[cell]

    def share_of_print(self, threshold: int) -> float:
        """Return which share of the cells has at least this contrast."""
        return self.contrast.translate(_reaching(threshold)).count(_REACHED) / len(self.contrast)

    def brightness_of(self, share: float) -> int:
        """Return the brightness that this share of the cells does not exceed."""
        return sorted(self.brightness)[math.floor(share * (len(self.brightness) - 1))]

    def share_of_spots(self, level: int) -> float:
        """Return which share of a picture is this bright, if those are spots in it.

        What reaches the edge is the bed of a scanner or a white table, and much of it is white paper.
        """
        marked = self.brightness.translate(_reaching(level))
        if _REACHED not in marked:
            return 0.0
        cells = {cell for cell, value in enumerate(marked) if value == _REACHED}
        inside = len(cells - self._reached_from_the_edge(cells)) / len(self.brightness)
        return inside if inside <= _MOST_SPOTS else 0.0

    def _reached_from_the_edge(self, cells: set[int]) -> set[int]:
        ends, width = len(self.brightness) - self.columns, self.columns
        reached = {cell for cell in cells if cell % width in {0, width - 1} or not width <= cell < ends}
        fresh = reached
        while fresh:
            neighbours = {cell + step for cell in fresh for step in (-width, -1, 1, width)}
            fresh = (neighbours & cells) - reached
            reached = reached | fresh
        return reached

    def busiest(self, count: int) -> list[Box]:
        """Return the patches of the grey picture that have most contrast, the best first."""
        across, down = max(1, self.columns // _PATCH), max(1, self.rows // _PATCH)
        corners = [(column * _PATCH, row * _PATCH) for row in range(down) for column in range(across)]
        best = sorted(corners, key=self._contrast_of_patch, reverse=True)[:count]
        pixels = _SCALE * _CELL
        return [(x * pixels, y * pixels, (x + _PATCH) * pixels, (y + _PATCH) * pixels) for x, y in best]

    def _contrast_of_patch(self, corner: tuple[int, int]) -> int:
        column, row = corner
        starts = (line * self.columns + column for line in range(row, min(self.rows, row + _PATCH)))
        return sum(sum(self.contrast[start : start + _PATCH]) for start in starts)


@lru_cache(maxsize=256)
def _reaching(level: int) -> bytes:
    """Return the table that tells of each value whether it is at least the level."""
    return bytes(value >= level for value in range(256))
