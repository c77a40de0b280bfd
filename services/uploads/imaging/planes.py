"""A picture as JPEG keeps it: brightness in full, colour at half the width and height."""

from dataclasses import dataclass, replace
from typing import Self

from PIL import Image

GREY = 128
# What undoes each EXIF orientation.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Planes:
    """Brightness, and how much blue and red; the colour's planes are half as large, rounded up."""

    brightness: Image.Image
    blue: Image.Image
    red: Image.Image

    @classmethod
    def of(cls, picture: Image.Image) -> Self:
        """Return the planes of an RGB picture."""
        brightness, blue, red = picture.convert("YCbCr").split()
        return cls(brightness, blue.reduce(2), red.reduce(2))

    @classmethod
    def without_colour(cls, brightness: Image.Image) -> Self:
        """Return the planes of a grey picture."""
        half = ((brightness.width + 1) // 2, (brightness.height + 1) // 2)
        return cls(brightness, Image.new("L", half, GREY), Image.new("L", half, GREY))

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height of the picture."""
        return self.brightness.size

    def with_brightness(self, brightness: Image.Image) -> Self:
        """Return the picture with other brightness and the same colour."""
        return replace(self, brightness=brightness)

    def turned(self, orientation: int) -> Self:
        """Return the picture as an EXIF orientation says it should be seen."""
        turn = _TURNS.get(orientation)
        if turn is None:
            return self
        return replace(
            self,
            brightness=self.brightness.transpose(turn),
            blue=self.blue.transpose(turn),
            red=self.red.transpose(turn),
        )

    def reduced(self, factor: int) -> Self:
        """Return the picture made smaller by a whole number: every pixel is the average of a square."""
        if factor == 1:
            return self
        return replace(
            self,
            brightness=self.brightness.reduce(factor),
            blue=self.blue.reduce(factor),
            red=self.red.reduce(factor),
        )
