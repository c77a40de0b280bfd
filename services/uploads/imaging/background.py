"""What stands behind a portrait: the colour along the upper edges, and how even it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageChops, ImageStat

from services.uploads.imaging.answer import Answer
from services.uploads.imaging.decoding import decoded

SIDE = 240
# Above the head and beside it; shoulders begin further down.
TOP, BESIDE, DOWN_TO = 0.06, 0.1, 0.5
ALIKE = 24


def ground_operation(params: Mapping[str, Any], blobs: Sequence[bytes]) -> Answer:
    """Answer the task `MeasureGround`."""
    del params
    colour, plain = measure_ground(decoded(blobs[0]).picture)
    return Answer({"colour": colour, "plain": plain})


def measure_ground(picture: Image.Image) -> tuple[tuple[int, int, int], float]:
    """Return the background's usual colour, and the share of it that has nearly this colour."""
    small = picture.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    mask = _edges(small.size)
    red, green, blue = ImageStat.Stat(small, mask).median
    usual = Image.new("RGB", small.size, (red, green, blue))
    channels = ImageChops.difference(small, usual).split()
    farthest = ImageChops.lighter(ImageChops.lighter(channels[0], channels[1]), channels[2])
    alike = farthest.point(lambda value: 255 if value <= ALIKE else 0)
    return (red, green, blue), round(ImageStat.Stat(alike, mask).mean[0] / 255, 3)


def _edges(size: tuple[int, int]) -> Image.Image:
    width, height = size
    mask = Image.new("L", size, 0)
    side, down = max(1, round(width * BESIDE)), max(1, round(height * DOWN_TO))
    for box in (
        (0, 0, width, max(1, round(height * TOP))),
        (0, 0, side, down),
        (width - side, 0, width, down),
    ):
        mask.paste(255, box)
    return mask
