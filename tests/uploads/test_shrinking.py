"""Making pictures smaller: what passes can be read, what could not be read does not pass."""

import io

import pytest
from PIL import Image

from services.uploads.imaging.operations import OPERATIONS
from services.uploads.imaging.shrinking import LEGIBLE_FROM, shrink
from services.uploads.tasks import MeasureGround, Shrink
from services.uploads.traits import Camera
from services.uploads.workshop import ChildWorkshop
from tests.support.specimens.people import Person
from tests.support.specimens.portrait import portrait
from tests.uploads.hostile.scene import scene
from tests.uploads.pages_of_digits import a_page
from tests.uploads.pictures import a_picture, encoded

LIMIT = 204_800
PERSON = Person("张样例", "370199198906080113")
ANY = (1, 1)


def opened(content: bytes) -> Image.Image:
    """Return a file's picture."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


@pytest.mark.parametrize(
    ("height", "lines", "noise"), [(60, 20, 7.0), (28, 60, 14.0), (20, 60, 7.0), (12, 10, 7.0)]
)
def test_every_digit_of_a_page_that_passes_can_be_read(height: int, lines: int, noise: float) -> None:
    page = a_page(height, lines, noise)

    made = shrink(page.picture, LIMIT, ANY)

    assert made is not None
    assert made.legibility >= LEGIBLE_FROM
    assert len(made.content) <= LIMIT
    assert page.share_read(opened(made.content)) == 1


@pytest.mark.parametrize(("height", "lines"), [(14, 80), (10, 90)])
def test_a_page_whose_digits_would_be_lost_does_not_pass(height: int, lines: int) -> None:
    page = a_page(height, lines)

    made = shrink(page.picture, LIMIT, ANY)

    assert made is not None
    assert made.legibility < LEGIBLE_FROM
    assert page.share_read(opened(made.content)) < 0.95


def test_a_picture_without_writing_has_none_to_lose() -> None:
    made = shrink(Image.effect_noise((2600, 1900), 30).convert("RGB"), LIMIT, ANY)

    assert made is not None
    assert made.legibility >= LEGIBLE_FROM


def test_a_picture_is_made_no_smaller_than_it_may_be() -> None:
    page = a_page(60, 30).picture

    kept, none = shrink(page, LIMIT, (1400, 1050)), shrink(page, 40_000, (1400, 1050))

    assert kept is not None
    assert opened(kept.content).width >= 1400
    assert none is None


def test_a_picture_that_is_small_but_of_many_bytes_keeps_its_size() -> None:
    made = shrink(a_page(40, 10, size=(1600, 1200)).picture, LIMIT, ANY)

    assert made is not None
    assert opened(made.content).size == (1600, 1200)


def test_what_comes_out_is_upright_a_jpeg_and_without_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Specimen"
    content = encoded(a_picture(size=(640, 480)), "JPEG", exif=exif, quality=100)
    task = Shrink(content, len(content) - 1)

    answer = OPERATIONS[task.op](task.params(), task.blobs())
    made = task.read(dict(answer.values), answer.blobs)

    picture = opened(made.content)
    assert (picture.size, picture.format) == ((480, 640), "JPEG")
    assert len(made.content) < len(content)
    assert not picture.getexif()
    assert made.camera == Camera(make="Specimen")


async def test_a_child_does_it() -> None:
    workshop = ChildWorkshop(1)
    content = encoded(scene(), "PNG")
    try:
        shrunk = await workshop.do(Shrink(content, len(content) - 1))
        ground = await workshop.do(MeasureGround(content))
    finally:
        await workshop.stop()

    assert 0 < len(shrunk.content) < len(content)  # type: ignore[union-attr]  # readable
    assert 0 <= ground.plain <= 1  # type: ignore[union-attr]  # readable


@pytest.mark.parametrize("colour", [(255, 255, 255), (67, 142, 219)])
def test_the_ground_behind_a_portrait_is_measured(colour: tuple[int, int, int]) -> None:
    face = portrait(PERSON, 358, 441, ground=colour)
    task = MeasureGround(encoded(face, "JPEG"))
    answer = OPERATIONS[task.op](task.params(), task.blobs())
    ground = task.read(dict(answer.values), answer.blobs)

    assert ground.plain > 0.85
    assert all(abs(a - b) <= 40 for a, b in zip(ground.colour, colour, strict=True))
