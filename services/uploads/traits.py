"""What a picture is like, and what its file said about the camera."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traits:
    """What a picture is like, measured by its worker: it ranks and points, it never refuses.

    `perceptual_hash` is 64 bits as hex; `glare` the share of the picture that is washed out.
    """

    perceptual_hash: str
    sharpness: float
    brightness: float
    glare: float


@dataclass(frozen=True, slots=True)
class Camera:
    """What the file said about how it was made: a hint that anybody can forge, and never where."""

    make: str | None = None
    model: str | None = None
    software: str | None = None
    taken_at: str | None = None
