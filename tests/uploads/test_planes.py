"""The short way by planes and the long way by RGB show the same, and what is odd goes the long way."""

import io

import pytest
from PIL import Image, ImageChops, ImageCms, ImageFilter, ImageStat

from services.uploads.imaging.decoding import BrokenImageError, decoded, decoded_planes
from services.uploads.imaging.planes import Planes
from services.uploads.imaging.turbo import compressed, planes_in
from tests.uploads.pictures import a_picture, encoded, jpeg, png

ORIENTATION = 0x0112
SAMPLINGS = ("4:4:4", "4:2:2", "4:2:0")


def shown(planes: Planes) -> Image.Image:
    return Image.open(io.BytesIO(compressed(planes, 95))).convert("RGB")


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def distance(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.mark.parametrize("size", [(160, 120), (161, 120), (160, 121), (161, 121), (17, 9), (1, 1), (2, 1)])
@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("progressive", [False, True])
def test_the_short_way_shows_what_pillow_shows(
    size: tuple[int, int], sampling: str, progressive: bool
) -> None:
    picture = a_picture(1, (160, 120)).filter(ImageFilter.GaussianBlur(12)).resize(size)
    content = encoded(picture, "JPEG", quality=92, subsampling=sampling, progressive=progressive)

    found = planes_in(content)

    assert found is not None
    assert found.size == size
    assert distance(shown(found), opened(encoded(opened(content), "JPEG", quality=95))) < 4


def test_a_grey_jpeg_goes_the_short_way_too() -> None:
    content = encoded(a_picture(1).convert("L"), "JPEG", quality=92)

    found = planes_in(content)

    assert found is not None
    assert distance(shown(found), opened(content)) < 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(160, 120), (161, 121)])
def test_c5_both_ways_turn_a_picture_alike(orientation: int, size: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    content = encoded(a_picture(2).resize(size), "JPEG", quality=92, exif=exif)

    planes = decoded_planes(content).planes

    assert distance(shown(planes), decoded(content).picture) < 4


@pytest.mark.parametrize(
    "content",
    [
        jpeg(1)[:-400] + b"\xff\xd9",
        jpeg(1)[:700] + bytes(40) + jpeg(1)[740:],
        encoded(a_picture(1).convert("CMYK"), "JPEG"),
        encoded(a_picture(1), "JPEG", keep_rgb=True),
        png(1),
        b"",
        b"\xff\xd8",
    ],
    ids=["cut", "spoiled", "CMYK", "RGB", "PNG", "nothing", "a start"],
)
def test_c3_what_is_odd_or_damaged_is_declined_and_never_judged_on_the_short_way(content: bytes) -> None:
    assert planes_in(content) is None


def test_a_picture_in_another_colour_space_is_brought_to_srgb_the_long_way() -> None:
    picture = Image.new("RGB", (64, 64), (180, 60, 60))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    plain, other = encoded(picture, "JPEG"), encoded(picture, "JPEG", icc_profile=lab)

    assert distance(shown(decoded_planes(other).planes), decoded(other).picture) < 4
    assert distance(shown(decoded_planes(plain).planes), picture) < 4


def test_a_profile_that_says_srgb_changes_nothing() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    assert compressed(
        decoded_planes(encoded(a_picture(1), "JPEG", icc_profile=srgb)).planes, 85
    ) == compressed(decoded_planes(encoded(a_picture(1), "JPEG")).planes, 85)


@pytest.mark.parametrize("factor", [1, 2, 3, 7])
def test_a_reduced_picture_still_is_one(factor: int) -> None:
    small = Planes.of(a_picture(3, (161, 121))).reduced(factor)

    assert small.size == (-(-161 // factor), -(-121 // factor))
    assert shown(small).size == small.size


def test_c3_a_damaged_jpeg_is_judged_by_pillow() -> None:
    with pytest.raises(BrokenImageError):
        decoded_planes(jpeg(1)[:300])
