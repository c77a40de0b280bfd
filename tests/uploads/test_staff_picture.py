"""What stamping and covering do to pixels, in a real child."""

import io

import numpy as np
import pytest
from PIL import Image

from services.uploads.imaging.staff_view import COVER, clean_original, staff_view
from services.uploads.tasks import CleanOriginal, StampView, Unreadable
from services.uploads.workshop import workshop
from tests.uploads.pictures import encoded, jpeg

STAMP = "jn-0412　2020-03-12 14时"
BOX = (0.25, 0.5, 0.75, 0.625)
SIZE = (800, 600)


def a_page(grey: int = 255) -> bytes:
    """Return a plain page."""
    return encoded(Image.new("RGB", SIZE, (grey, grey, grey)), "JPEG", quality=95)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def pixels(content: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.int16]]":
    return np.asarray(opened(content), np.int16)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_stamp_is_seen_on_every_ground_in_every_fifth_and_leaves_print_readable(grey: int) -> None:
    change = np.abs(pixels(staff_view(a_page(grey), STAMP, ())) - grey).max(axis=2)

    for fifth in np.array_split(change, 5, axis=0):
        assert (fifth > 12).sum() > 400
    # Light and thin: most of the page is as it was, and no pixel turns over.
    assert (change > 12).mean() < 0.12
    assert change.max() < 110


def test_no_pixel_of_what_is_covered_stays() -> None:
    page = Image.new("RGB", SIZE, "white")
    left, top, right, bottom = 200, 300, 600, 375
    page.paste((255, 0, 0), (left, top, right, bottom))

    made = pixels(staff_view(encoded(page, "JPEG", quality=95), STAMP, (BOX,)))

    inside = made[top + 8 : bottom - 8, left + 8 : right - 8].reshape(-1, 3)
    # Nothing red is left, and nothing but the cover and the stamp across it is there.
    assert (inside[:, 0] - inside[:, 1] < 40).all()
    assert np.median(np.abs(inside - COVER)) < 6
    assert (made[: top - 40].mean(axis=(1, 2)) > 200).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (333, 217)])
def test_a_cover_is_rounded_outwards_on_any_size(size: tuple[int, int]) -> None:
    content = encoded(Image.new("RGB", size, (255, 0, 0)), "PNG")

    made = pixels(staff_view(content, "", ((0.0, 0.0, 1.0, 1.0),)))

    assert made.shape[:2] == (size[1], size[0])
    assert np.abs(made - COVER).max() < 8


def test_the_original_keeps_every_pixel_and_names_its_reader_below() -> None:
    original = jpeg(7, SIZE, quality=95)

    made = opened(clean_original(original, STAMP))

    assert made.width == SIZE[0]
    assert made.height > SIZE[1]
    above = np.asarray(made.crop((0, 0, *SIZE)), np.int16)
    assert np.abs(above - pixels(original)).mean() < 4
    strip = np.asarray(made.crop((0, SIZE[1], SIZE[0], made.height)).convert("L"))
    assert (strip < 100).sum() > 100


def test_c2_an_original_never_leaves_with_what_came_beside_its_pixels() -> None:
    planted = b"GPS 36.65N 117.12E"
    original = jpeg(7, SIZE, comment=planted, exif=b"Exif\0\0" + planted) + planted

    made = clean_original(original, STAMP)

    assert planted not in made
    assert b"Exif" not in made


async def test_a_child_stamps_and_cleans_and_survives_what_it_cannot_read() -> None:
    async with workshop(1) as slots:
        stamped = await slots.do(StampView(jpeg(1, SIZE), STAMP, (BOX,)))
        cleaned = await slots.do(CleanOriginal(jpeg(1, SIZE), STAMP))
        broken = await slots.do(StampView(jpeg(1, SIZE)[:900], STAMP))

    assert isinstance(stamped, bytes)
    assert isinstance(cleaned, bytes)
    assert (opened(stamped).size, opened(cleaned).width) == (SIZE, SIZE[0])
    assert broken == Unreadable("image_damaged")
