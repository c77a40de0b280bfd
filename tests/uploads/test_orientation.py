"""The orientation in EXIF, against Pillow's reading of the same files."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.uploads.orientation import orientation_of
from services.uploads.structure import judge
from shared.policy.values import ImageFormat
from tests.uploads.pictures import a_picture, encoded, jpeg

ORIENTATION = 0x0112
MAKE = 0x010F
BOTH = (ImageFormat.JPEG, ImageFormat.PNG)


def notes(orientation: int) -> Image.Exif:
    """Return EXIF as a camera writes it."""
    exif = Image.Exif()
    exif[MAKE] = "Specimen"
    exif[ORIENTATION] = orientation
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_file_says_how_it_is_to_be_seen(kind: str, orientation: int) -> None:
    found = judge(encoded(a_picture(), kind, exif=notes(orientation)), BOTH, 10**6)

    assert found.orientation == orientation
    assert found.upright_size == ((120, 160) if orientation > 4 else (160, 120))
    assert found.is_turned == (orientation != 1)


def test_without_exif_or_with_nonsense_a_picture_is_upright() -> None:
    assert judge(jpeg(), BOTH, 10**6).orientation == 1
    assert judge(jpeg(exif=notes(9)), BOTH, 10**6).orientation == 1
    assert judge(jpeg(exif=notes(0)), BOTH, 10**6).orientation == 1


def test_motorola_s_byte_order_is_read_too() -> None:
    block = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"

    assert orientation_of(block) == 6
    assert Image.open(io.BytesIO(jpeg(exif=block))).getexif()[ORIENTATION] == 6


@given(st.binary(max_size=300))
def test_broken_exif_says_upright_and_breaks_nothing(tail: bytes) -> None:
    for beginning in (b"", b"Exif\0\0II*\0", b"MM\0*"):
        assert orientation_of(beginning + tail) in range(1, 9)
