"""What a picture is like, in numbers: to find it again, and to point staff at what is hard to see.

All of it is measured on one grey picture of one size, so that numbers of the same shot can be compared.
"""

import math
from operator import mul

from PIL import Image, ImageFilter, ImageOps

from services.uploads.imaging.ground import Ground
from services.uploads.traits import Traits

GREY_SIDE = 800
HASH_SIDE = 32
FREQUENCIES = 8
# A lamp burns its spot out to pure white on a paper that is well below it; lit white paper is not burnt.
BURNT, TYPICAL_SHARE, TYPICAL_AT_MOST = 253, 0.6, 222
SHARPEST = 6
PLAIN = 9.0
_LEVELS = range(256)
_SQUARES = [level * level for level in _LEVELS]
# So that sharp print doesn't run out of eight bits.
_LAPLACE_SCALE = 4
_LAPLACE = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=_LAPLACE_SCALE, offset=128)
_WAVES = tuple(
    tuple(math.cos(math.pi * frequency * (2 * at + 1) / (2 * HASH_SIDE)) for at in range(HASH_SIDE))
    for frequency in range(FREQUENCIES)
)


def measured(brightness: Image.Image) -> Image.Image:
    """Return the grey picture that is measured: its longer side always has the same length."""
    scale = GREY_SIDE / max(brightness.size)
    size = (max(1, round(brightness.width * scale)), max(1, round(brightness.height * scale)))
    return brightness.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.0)


def traits_of(grey: Image.Image, ground: Ground) -> Traits:
    """Return what a picture is like."""
    counts = ground.small.histogram()
    return Traits(
        perceptual_hash=perceptual_hash(ground.small),
        sharpness=round(sharpness(grey, ground), 1),
        brightness=round(sum(map(mul, _LEVELS, counts)) / sum(counts), 1),
        glare=round(_glare(ground), 4),
    )


def _glare(ground: Ground) -> float:
    spots = ground.share_of_spots(BURNT)
    # Most pictures have none, and then it doesn't matter what paper it is.
    is_white_paper = spots > 0 and ground.brightness_of(TYPICAL_SHARE) > TYPICAL_AT_MOST
    return 0.0 if is_white_paper else spots


def perceptual_hash(grey: Image.Image) -> str:
    """Return 64 bits as hex: which of the lowest 8x8 frequencies of the brightness lie above their median.

    They outlive recompression, scaling and a change of light; a crop or a turn changes them.
    """
    pixels = grey.resize((HASH_SIDE, HASH_SIDE), Image.Resampling.BOX).tobytes()
    rows = [pixels[at : at + HASH_SIDE] for at in range(0, len(pixels), HASH_SIDE)]
    across = [[sum(map(mul, wave, row)) for wave in _WAVES] for row in rows]
    columns = list(zip(*across, strict=True))
    waves = [sum(map(mul, wave, column)) for wave in _WAVES for column in columns]
    # The first is the mean brightness: so far from the others that it may not move their median.
    median = sorted(waves[1:])[len(waves) // 2 - 1]
    bits = "".join("1" if wave > median else "0" for wave in waves)
    return f"{int(bits, 2):016x}"


def sharpness(grey: Image.Image, ground: Ground) -> float:
    """Return how steep edges are where a picture has most of them, in percent of their contrast.

    Light and contrast of the paper don't count; an even picture has none.
    """
    patches = [grey.crop(box) for box in ground.busiest(SHARPEST)]
    contrast = sum(map(_variance, patches))
    if contrast < PLAIN * SHARPEST:
        return 0.0
    # The filter leaves the outermost pixels as they are.
    edges = sum(_variance(ImageOps.crop(patch.filter(_LAPLACE), 1)) for patch in patches)
    return 100 * _LAPLACE_SCALE * math.sqrt(edges / contrast)


def _variance(grey: Image.Image) -> float:
    counts, pixels = grey.histogram(), grey.width * grey.height
    mean: float = sum(map(mul, _LEVELS, counts)) / pixels
    square: float = sum(map(mul, _SQUARES, counts)) / pixels
    return square - mean * mean
