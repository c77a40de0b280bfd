"""Specimens fit the intake, are the same for the same seed, and are broken only where they should be."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.support.specimens import Form, Kind, Person, gif_named_jpg, oversized, specimen, truncated

PERSON = Person("赵䶮", "370199199202010041")
MAX_BYTES = 204_800
_FORMS: tuple[Form, ...] = ("jpeg", "png")


@pytest.mark.parametrize("form", _FORMS)
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_fits_the_limit_in_both_formats(kind: Kind, form: Form) -> None:
    rendered = specimen(kind, PERSON, 3, form)

    picture = Image.open(io.BytesIO(rendered.content))
    picture.load()

    assert len(rendered.content) <= MAX_BYTES
    assert picture.format == form.upper()
    assert picture.mode == "RGB"
    assert picture.size == rendered.upright.size
    assert max(picture.size) >= 900


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first = specimen(Kind.DIPLOMA, PERSON, 3)
    specimen.cache_clear()

    assert specimen(Kind.DIPLOMA, PERSON, 3).content == first.content
    assert specimen(Kind.DIPLOMA, PERSON, 4).content != first.content


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_turned_file_is_upright_when_its_note_is_followed(orientation: int) -> None:
    rendered = specimen(Kind.ID_IN_HAND, PERSON, 3, orientation=orientation)

    stored = Image.open(io.BytesIO(rendered.content))
    upright = ImageOps.exif_transpose(stored)

    assert stored.getexif()[0x0112] == orientation
    assert stored.getexif().get_ifd(0x8825)[1] == "N"
    assert upright.size == rendered.upright.size
    difference = np.asarray(upright, dtype=np.int16) - np.asarray(rendered.upright, dtype=np.int16)
    assert np.abs(difference).mean() < 6


def test_without_notes_the_file_has_none() -> None:
    picture = Image.open(io.BytesIO(specimen(Kind.ID_BACK, PERSON, 3, exif=False).content))

    assert not picture.getexif()


@pytest.mark.parametrize("size", [204_801, 205_000, 400_000])
def test_the_padded_picture_has_exactly_the_size_and_is_good(size: int) -> None:
    content = oversized(PERSON, size)

    Image.open(io.BytesIO(content)).load()

    assert len(content) == size


def test_the_odd_files_are_what_they_are() -> None:
    assert gif_named_jpg().startswith(b"GIF8")
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(truncated(PERSON))).load()
