"""What a picture is like, and what its file said about the camera."""

from dataclasses import dataclass
from typing import Final, Literal

# What a picture may be hard to see by; a hint to look, never a reason to refuse.
Doubt = Literal["blurred", "dark", "glaring"]

# Measured on drawn papers: sharp ones have 85 to 150, those blurred by three pixels of 1600 have 10 to 23.
BLURRED_BELOW: Final = 20.0
DARK_BELOW: Final = 70.0
GLARING_FROM: Final = 0.02


@dataclass(frozen=True, slots=True)
class Traits:
    """What a picture is like, measured by its worker: it ranks and points, it never refuses.

    `perceptual_hash` is 64 bits as hex; `glare` the share of the picture that is washed out.
    """

    perceptual_hash: str
    sharpness: float
    brightness: float
    glare: float

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Return what staff and candidate should look at."""
        found: dict[Doubt, bool] = {
            "blurred": self.sharpness < BLURRED_BELOW,
            "dark": self.brightness < DARK_BELOW,
            "glaring": self.glare >= GLARING_FROM,
        }
        return tuple(doubt for doubt, is_so in found.items() if is_so)


@dataclass(frozen=True, slots=True)
class Camera:
    """What the file said about how it was made: a hint that anybody can forge, and never where."""

    make: str | None = None
    model: str | None = None
    software: str | None = None
    taken_at: str | None = None
