"""Judging pictures by their structure: rows C1-C10 of the reliability goals, as far as intake goes."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.uploads.errors import (
    ImageDamagedError,
    ImageEmptyError,
    ImageTooManyPixelsError,
    ImageTypeNotAcceptedError,
)
from services.uploads.structure import Structure, judge
from shared.policy.values import ImageFormat
from tests.uploads.pictures import a_picture, encoded, jpeg, png

BOTH = (ImageFormat.JPEG, ImageFormat.PNG)
PIXELS = 40_000_000
A_JPEG, A_PNG = jpeg(3), png(3)


def judged(content: bytes, formats: tuple[ImageFormat, ...] = BOTH, pixels: int = PIXELS) -> Structure:
    return judge(content, formats, pixels)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}, {"subsampling": 0}])
def test_a_jpeg_is_accepted_with_its_size(options: dict[str, object]) -> None:
    assert judged(encoded(a_picture(), "JPEG", **options)) == Structure(ImageFormat.JPEG, 160, 120)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_a_png_is_accepted_with_its_size(mode: str) -> None:
    picture = Image.new("I;16", (160, 120)) if mode == "I;16" else a_picture().convert(mode)

    assert judged(encoded(picture, "PNG")) == Structure(ImageFormat.PNG, 160, 120)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_cmyk_jpegs_are_accepted(mode: str) -> None:
    assert judged(encoded(a_picture().convert(mode), "JPEG")).format is ImageFormat.JPEG


def test_s0_15_the_content_decides_not_the_name_a_gif_is_refused_as_what_it_is() -> None:
    with pytest.raises(ImageTypeNotAcceptedError) as refusal:
        judged(encoded(a_picture(), "GIF"))

    assert refusal.value.detail.startswith("这个文件实际是 GIF，只接受 JPG/JPEG、PNG 格式的图片")


@pytest.mark.parametrize(
    ("kind", "name"), [("BMP", "BMP"), ("WEBP", "WebP"), ("TIFF", "TIFF"), ("ICO", "ICO")]
)
def test_other_picture_formats_are_refused_by_name(kind: str, name: str) -> None:
    with pytest.raises(ImageTypeNotAcceptedError) as refusal:
        judged(encoded(a_picture(), kind))

    assert refusal.value.extra["actual"] == name


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7 ...", b"PK\x03\x04....", b"<svg xmlns=''/>", b"hello", b"\x00" * 50]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(ImageTypeNotAcceptedError):
        judged(content)


def test_nothing_is_refused_as_empty() -> None:
    with pytest.raises(ImageEmptyError):
        judged(b"")


def test_a_format_the_policy_does_not_name_is_refused() -> None:
    with pytest.raises(ImageTypeNotAcceptedError):
        judged(A_PNG, (ImageFormat.JPEG,))


@given(st.integers(min_value=1, max_value=len(A_JPEG) - 1))
def test_a_truncated_jpeg_is_damaged(length: int) -> None:
    with pytest.raises(ImageDamagedError):
        judged(A_JPEG[:length])


@given(st.integers(min_value=1, max_value=len(A_PNG) - 1))
def test_a_truncated_png_is_damaged(length: int) -> None:
    with pytest.raises(ImageDamagedError):
        judged(A_PNG[:length])


@given(st.integers(min_value=8, max_value=len(A_PNG) - 1), st.integers(min_value=1, max_value=255))
def test_a_png_with_one_changed_byte_is_damaged(at: int, change: int) -> None:
    flipped = bytearray(A_PNG)
    flipped[at] ^= change

    with pytest.raises(ImageDamagedError):
        judged(bytes(flipped))


@given(st.integers(min_value=0, max_value=len(A_JPEG) - 1), st.integers(min_value=1, max_value=255))
def test_a_jpeg_with_one_changed_byte_is_judged_and_never_crashes_the_judge(at: int, change: int) -> None:
    flipped = bytearray(A_JPEG)
    flipped[at] ^= change

    try:
        judged(bytes(flipped))
    except (ImageDamagedError, ImageTypeNotAcceptedError, ImageTooManyPixelsError):
        return


@given(st.binary(max_size=400))
def test_random_bytes_behind_a_good_beginning_never_crash_the_judge(tail: bytes) -> None:
    for beginning in (b"\xff\xd8", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"):
        with pytest.raises((ImageDamagedError, ImageTypeNotAcceptedError)):
            judged(beginning + tail)


def test_c1_a_png_bomb_is_refused_from_its_header() -> None:
    header = struct.pack(">IIBBBBB", 64_250, 64_250, 1, 0, 0, 0, 0)

    with pytest.raises(ImageTooManyPixelsError) as refusal:
        judged(_png(b"IHDR", header) + _chunk(b"IDAT", b"x") + _chunk(b"IEND", b""))

    assert refusal.value.extra == {
        "width": 64_250,
        "height": 64_250,
        "allowed_pixels": PIXELS,
        "allowed_side": 10_000,
    }


def test_c1_the_policy_s_pixels_are_the_limit_below_the_greatest_side() -> None:
    with pytest.raises(ImageTooManyPixelsError):
        judged(A_JPEG, pixels=160 * 120 - 1)


def test_c6_an_animated_png_is_refused() -> None:
    target = io.BytesIO()
    a_picture(1).save(target, "PNG", save_all=True, append_images=[a_picture(2)])

    with pytest.raises(ImageTypeNotAcceptedError) as refusal:
        judged(target.getvalue())

    assert "APNG" in refusal.value.detail


def test_c6_a_phone_s_picture_with_a_second_one_behind_it_is_accepted() -> None:
    target = io.BytesIO()
    a_picture(1).save(target, "MPO", save_all=True, append_images=[a_picture(2)])

    assert judged(target.getvalue()).format is ImageFormat.JPEG


@pytest.mark.parametrize("marker", [0xC3, 0xC9, 0xCA, 0xCB])
def test_c7_arithmetic_and_lossless_jpegs_are_refused_with_a_clear_text(marker: int) -> None:
    with pytest.raises(ImageTypeNotAcceptedError) as refusal:
        judged(A_JPEG.replace(b"\xff\xc0", bytes([0xFF, marker]), 1))

    assert "特殊编码" in refusal.value.detail


def test_c7_a_twelve_bit_jpeg_is_refused_with_a_clear_text() -> None:
    at = A_JPEG.index(b"\xff\xc0") + 4

    with pytest.raises(ImageTypeNotAcceptedError):
        judged(A_JPEG[:at] + b"\x0c" + A_JPEG[at + 1 :])


def _png(kind: bytes, data: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + _chunk(kind, data)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
