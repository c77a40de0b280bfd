"""A copy is rounded as its original was: what the mark does not touch comes out as it came in."""

import io
import math

import pytest
from PIL import Image, ImageChops, ImageStat
from PIL.JpegImagePlugin import JpegImageFile

from services.uploads.imaging.decoding import decoded_planes
from services.uploads.imaging.finishing import copy_quality, finish
from services.uploads.imaging.quality import BEST, quality_of
from services.uploads.imaging.turbo import compressed
from tests.uploads.hostile.jpegs import QUANTIZATION, plain, segments
from tests.uploads.pictures import a_picture, encoded, jpeg

ORIENTATION = 0x0112
SIZE = (320, 240)
ROUGH, SMOOTH = (255,) * 64, (1,) * 64


def tables(content: bytes) -> dict[int, list[int]]:
    opened = Image.open(io.BytesIO(content))
    assert isinstance(opened, JpegImageFile)
    return opened.quantization


def noise(original: bytes, copy: bytes) -> float:
    """Return how far two pictures' brightness differs, in levels."""
    one, other = (Image.open(io.BytesIO(content)).convert("L") for content in (original, copy))
    return math.sqrt(ImageStat.Stat(ImageChops.difference(one, other)).sum2[0] / (one.width * one.height))


@pytest.mark.parametrize("quality", range(20, 101))
def test_the_quality_that_a_file_was_written_with_is_read_from_its_tables(quality: int) -> None:
    assert quality_of(tables(jpeg(1, quality=quality))) == pytest.approx(quality, abs=1)


@pytest.mark.parametrize("quality", range(70, 86))
def test_the_copy_has_the_very_tables_of_its_original(quality: int) -> None:
    original = jpeg(1, SIZE, quality=quality)

    assert tables(finish(original, "").copy) == tables(original)


@pytest.mark.parametrize("quality", [70, 77, 82])
@pytest.mark.parametrize("size", [SIZE, (333, 251)])
def test_what_is_not_marked_comes_out_as_it_came_in_and_better_than_with_a_higher_quality(
    quality: int, size: tuple[int, int]
) -> None:
    original = encoded(a_picture(1, (320, 240)).resize(size), "JPEG", quality=quality)

    copy, finer = finish(original, "").copy, compressed(decoded_planes(original).planes, 85)

    assert noise(original, copy) < 0.25
    assert noise(original, copy) < noise(original, finer)
    assert len(copy) < len(finer)


@pytest.mark.parametrize(
    ("original", "copy"), [(1, 70), (69, 70), (70, 70), (77, 77), (85, 85), (86, 85), (BEST, 85)]
)
def test_a_copy_is_never_finer_than_85_nor_coarser_than_70(original: int, copy: int) -> None:
    assert copy_quality(original) == copy


def test_a_turned_picture_and_one_that_was_no_jpeg_keep_the_best_copy() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    best = tables(jpeg(1, quality=85))

    for original in (jpeg(1, quality=75, exif=exif), encoded(a_picture(1), "PNG")):
        assert tables(finish(original, "").copy) == best


@pytest.mark.parametrize(
    ("given", "quality"),
    [
        ({}, BEST),
        ({0: []}, BEST),
        ({0: [0] * 64}, BEST),
        ({0: SMOOTH}, 99),
        ({0: ROUGH, 1: SMOOTH}, 99),
        ({0: SMOOTH, 3: ROUGH}, 99),
        ({0: [65_535] * 64}, 1),
        ({2: [1 << 60] * 640}, 1),
    ],
)
def test_tables_that_nobody_writes_have_a_quality_too(given: dict[int, list[int]], quality: int) -> None:
    assert quality_of(given) == quality


@pytest.mark.parametrize("values", [ROUGH, SMOOTH, range(255, 191, -1)], ids=["rough", "smooth", "odd"])
def test_c3_a_file_with_tables_of_its_own_still_has_a_copy_within_the_bounds(values: tuple[int, ...]) -> None:
    content = bytearray(plain())
    begin, _ = segments(plain())[QUANTIZATION]
    content[begin + 5 : begin + 69] = bytes(values)

    made = finish(bytes(content), "考审")

    assert 69 <= quality_of(tables(made.copy)) <= 86
