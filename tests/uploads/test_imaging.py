"""What becomes of an original: upright, sRGB, without metadata, marked."""

import io

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat
from PIL.PngImagePlugin import PngInfo

from services.uploads.imaging.decoding import BrokenImageError
from services.uploads.imaging.finishing import finish
from services.uploads.structure import judge
from shared.policy.values import ImageFormat
from tests.uploads.pictures import a_picture, encoded, jpeg, png

TEXT = "仅供2020年医师资格考试报名审核使用 山东省济南 0001"
ORIENTATION = 0x0112


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def distance(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures of one size."""
    difference = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    return sum(ImageStat.Stat(difference).mean) / 3


def strongest(grey: Image.Image) -> int:
    """Return the greatest value of a grey picture."""
    return max(value for value, count in enumerate(grey.histogram()) if count)


def quarters() -> Image.Image:
    """Return a picture whose corners can be told apart: red, green, blue, white."""
    picture = Image.new("RGB", (160, 120), (255, 255, 255))
    picture.paste((200, 0, 0), (0, 0, 80, 60))
    picture.paste((0, 200, 0), (80, 0, 160, 60))
    picture.paste((0, 0, 200), (0, 60, 80, 120))
    return picture


def test_copy_and_thumbnail_are_jpegs_of_the_same_picture() -> None:
    made = finish(jpeg(1, (1000, 600)), "")

    assert (made.width, made.height) == (1000, 600)
    assert (opened(made.copy).format, opened(made.copy).size) == ("JPEG", (1000, 600))
    assert opened(made.thumbnail).size == (500, 300)


def test_without_a_text_nothing_is_drawn() -> None:
    original = jpeg(1, (400, 300))

    assert distance(opened(original), opened(finish(original, "").copy)) < 3


def test_s3_24_the_watermark_is_on_copy_and_thumbnail_and_leaves_the_paper_readable() -> None:
    original = encoded(Image.new("RGB", (900, 700), (240, 240, 235)), "JPEG")

    made, plain = finish(original, TEXT), finish(original, "")

    for marked, bare in ((made.copy, plain.copy), (made.thumbnail, plain.thumbnail)):
        difference = ImageChops.difference(opened(marked), opened(bare)).convert("L")
        touched = sum(difference.point(lambda value: 255 if value > 12 else 0).histogram()[255:])
        assert 0.02 < touched / (difference.width * difference.height) < 0.3
        assert strongest(difference) < 90


def test_the_watermark_shows_on_black_too() -> None:
    original = encoded(Image.new("RGB", (900, 700), (5, 5, 5)), "PNG")

    made, plain = finish(original, TEXT), finish(original, "")

    assert distance(opened(made.copy), opened(plain.copy)) > 1


@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_the_watermark_reaches_every_corner(corner: tuple[int, int]) -> None:
    original = encoded(Image.new("RGB", (800, 600), (230, 230, 230)), "JPEG")
    box = (corner[0] * 400, corner[1] * 300, corner[0] * 400 + 400, corner[1] * 300 + 300)

    made, plain = finish(original, TEXT), finish(original, "")

    assert distance(opened(made.copy).crop(box), opened(plain.copy).crop(box)) > 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_c5_a_turned_picture_comes_out_upright(kind: str, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    held = quarters().transpose(undo[orientation]) if orientation in undo else quarters()
    exif = Image.Exif()
    exif[ORIENTATION] = orientation

    made = finish(encoded(held, kind, exif=exif), "")

    assert (made.width, made.height) == (160, 120)
    assert distance(opened(made.copy), quarters()) < 6


def test_c9_no_metadata_is_left() -> None:
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script>"
    exif.get_ifd(0x8825)[2] = (36.0, 40.0, 0.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>secret</x:xmpmeta>")
    originals = [
        encoded(a_picture(), "JPEG", exif=exif, icc_profile=profile, comment=b"secret"),
        encoded(a_picture(), "PNG", exif=exif, pnginfo=text),
    ]

    for original in originals:
        made = finish(original, TEXT)
        for content in (made.copy, made.thumbnail):
            left = opened(content)
            assert not left.getexif()
            assert set(left.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            assert b"secret" not in content
            assert b"script" not in content


def test_c2_what_was_planted_behind_the_picture_is_gone() -> None:
    planted = jpeg(1) + b"PK\x03\x04<?php system('x'); ?>"
    judge(planted, (ImageFormat.JPEG,), 40_000_000)

    made = finish(planted, "")

    assert b"php" not in made.copy
    assert b"php" not in made.thumbnail


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK"])
def test_c7_every_usual_mode_looks_as_it_should(mode: str) -> None:
    picture = (quarters() if mode == "P" else a_picture(4)).convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"

    made = finish(encoded(picture, kind), "")

    assert distance(opened(made.copy), picture.convert("RGB")) < 8


def test_c7_a_sixteen_bit_picture_is_not_blown_out() -> None:
    picture = Image.new("I;16", (80, 60), 0x8080)

    made = finish(encoded(picture, "PNG"), "")

    assert abs(strongest(opened(made.copy).convert("L")) - 0x80) <= 2


def test_c7_what_is_transparent_is_white_and_not_black() -> None:
    picture = Image.new("RGBA", (80, 60), (0, 0, 0, 0))

    made = finish(encoded(picture, "PNG"), "")

    assert opened(made.copy).getpixel((40, 30)) == (255, 255, 255)


def test_a_profile_that_is_broken_is_as_if_it_were_not_there() -> None:
    with_profile = encoded(a_picture(), "JPEG", icc_profile=b"no profile at all")

    assert finish(with_profile, "").copy == finish(encoded(a_picture(), "JPEG"), "").copy


@pytest.mark.parametrize("content", [jpeg(1)[:300], png(1)[:200], b"", b"GIF89a"])
def test_c3_what_cannot_be_decoded_is_broken(content: bytes) -> None:
    with pytest.raises(BrokenImageError):
        finish(content, TEXT)


def test_c1_a_png_of_the_greatest_allowed_size_is_decoded_in_bounded_memory() -> None:
    made = finish(encoded(Image.new("1", (6000, 4000), 1), "PNG"), TEXT)

    assert (made.width, made.height) == (6000, 4000)
