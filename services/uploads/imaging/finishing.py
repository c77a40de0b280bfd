"""What every original goes through, decoded once: copy, thumbnail, traits, mark."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from services.uploads.imaging.answer import Answer
from services.uploads.imaging.decoding import decoded_planes
from services.uploads.imaging.encoding import QUALITY
from services.uploads.imaging.ground import Ground
from services.uploads.imaging.traits import measured, traits_of
from services.uploads.imaging.turbo import compressed
from services.uploads.imaging.watermark import mark
from services.uploads.traits import Camera, Traits

THUMBNAIL_SIDE = 480
THUMBNAIL_QUALITY = 75
# No coarser, however coarse an original is: the mark's edges are new to it.
LEAST_QUALITY = 70


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of an original."""

    width: int
    height: int
    copy: bytes
    thumbnail: bytes
    traits: Traits
    camera: Camera


def finish_operation(params: Mapping[str, Any], blobs: Sequence[bytes]) -> Answer:
    """Answer the task `Finish`."""
    made = finish(blobs[0], params["watermark"])
    values = {
        "width": made.width,
        "height": made.height,
        "traits": asdict(made.traits),
        "camera": asdict(made.camera),
    }
    return Answer(values, (made.copy, made.thumbnail))


def finish(content: bytes, watermark: str) -> Finished:
    """Return copy and thumbnail of an original, decoded once.

    Raises:
        BrokenImageError: the bytes can't be decoded to the end.
    """
    planes, camera, quality = decoded_planes(content)
    width, height = planes.size
    grey = measured(planes.brightness)
    ground = Ground.of(grey)
    if watermark:
        planes = planes.with_brightness(mark(planes.brightness, watermark, ground))
    # A whole number: every pixel of the thumbnail is the average of a square, and that costs a quarter.
    small = planes.reduced(max(1, round(max(width, height) / THUMBNAIL_SIDE)))
    return Finished(
        width=width,
        height=height,
        copy=compressed(planes, copy_quality(quality)),
        thumbnail=compressed(small, THUMBNAIL_QUALITY),
        traits=traits_of(grey, ground),
        camera=camera,
    )


def copy_quality(original: int) -> int:
    """Return a copy's quality: rounded as its original was, what lies on the same grid comes out as it was.

    A higher one would lose a little of it and take more room; the best is for what was never a JPEG.
    """
    return min(QUALITY, max(LEAST_QUALITY, original))
