"""What a picture is like, in numbers: to find it again, and to point staff at what is hard to see."""

import math

from PIL import Image, ImageFilter, ImageStat

from services.uploads.traits import Traits

HASH_SIDE = 32
FREQUENCIES = 8
GLARING = 250
LAPLACE = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
_WAVES = tuple(
    tuple(math.cos(math.pi * frequency * (2 * at + 1) / (2 * HASH_SIDE)) for at in range(HASH_SIDE))
    for frequency in range(FREQUENCIES)
)


def traits_of(picture: Image.Image) -> Traits:
    """Return what the picture is like."""
    grey = picture.convert("L")
    histogram = grey.histogram()
    return Traits(
        perceptual_hash=perceptual_hash(grey),
        sharpness=round(ImageStat.Stat(grey.filter(LAPLACE)).var[0], 1),
        brightness=round(ImageStat.Stat(grey).mean[0], 1),
        glare=round(sum(histogram[GLARING:]) / (grey.width * grey.height), 4),
    )


def perceptual_hash(picture: Image.Image) -> str:
    """Return 64 bits as hex: which low frequencies of the brightness lie above their median.

    They outlive recompression, scaling and a change of brightness; a crop or a turn changes them.
    """
    grey = picture.convert("L").resize((HASH_SIDE, HASH_SIDE), Image.Resampling.BOX)
    pixels = grey.tobytes()
    rows = [pixels[at : at + HASH_SIDE] for at in range(0, len(pixels), HASH_SIDE)]
    across = [[sum(map(float.__mul__, wave, map(float, row))) for wave in _WAVES] for row in rows]
    columns = list(zip(*across, strict=True))
    waves = [sum(map(float.__mul__, wave, column)) for wave in _WAVES for column in columns]
    # The mean brightness is no feature of the picture's structure: its bit is kept, its weight is not.
    median = sorted(waves[1:])[len(waves) // 2]
    bits = "".join("1" if wave > median else "0" for wave in waves)
    return f"{int(bits, 2):016x}"
