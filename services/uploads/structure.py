"""Judging a picture by structure, without decoding: JPEG markers to the end, PNG chunks with checksums."""

import zlib
from collections.abc import Collection
from dataclasses import dataclass

from services.uploads.errors import (
    ImageDamagedError,
    ImageEmptyError,
    ImageTooManyPixelsError,
    ImageTypeNotAcceptedError,
)
from shared.policy.values import ImageFormat

MAX_SIDE = 10_000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8"
CHUNK_FRAME = 12
IHDR_BYTES = 13
SOF_BYTES = 6
EIGHT_BITS = 8

_START_OF_SCAN, _END = 0xDA, 0xD9
_ALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_READABLE_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_KINDS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (8, b"WEBP", "WebP"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypmsf1", "HEIC"),
    (4, b"ftypavif", "AVIF"),
    (0, b"%PDF", "PDF"),
    (0, b"8BPS", "PSD"),
    (0, b"\x00\x00\x01\x00", "ICO"),
    (4, b"jP  ", "JPEG 2000"),
    (0, b"PK\x03\x04", "ZIP/Office 文档"),
    (0, b"\xd0\xcf\x11\xe0", "Office 文档"),
    (0, b"<svg", "SVG"),
    (0, b"<?xml", "XML/SVG"),
    (0, b"<!DOCTYPE", "网页"),
    (0, b"<html", "网页"),
)
_NAMES = {ImageFormat.JPEG: "JPG/JPEG", ImageFormat.PNG: "PNG"}


@dataclass(frozen=True, slots=True)
class Structure:
    """What the file's own structure says."""

    format: ImageFormat
    width: int
    height: int


def judge(content: bytes, formats: Collection[ImageFormat], max_pixels: int) -> Structure:
    """Return what the bytes are; the name and the declared type are never asked.

    Raises:
        ImageEmptyError: there are no bytes.
        ImageTypeNotAcceptedError: it is something else, named in the detail.
        ImageDamagedError: the structure is broken or ends too early.
        ImageTooManyPixelsError: the header promises too many pixels.
    """
    if not content:
        raise ImageEmptyError
    found = _walk(content, formats)
    if found.format not in formats:
        raise _refused(_NAMES[found.format], formats)
    if max(found.width, found.height) > MAX_SIDE or found.width * found.height > max_pixels:
        raise ImageTooManyPixelsError(
            f"图片为 {found.width}×{found.height} 像素，超过了允许的尺寸，请缩小后重新上传",
            width=found.width,
            height=found.height,
        )
    return found


def _walk(content: bytes, formats: Collection[ImageFormat]) -> Structure:
    if content.startswith(JPEG_START):
        return _walk_jpeg(content, formats)
    if content.startswith(PNG_SIGNATURE):
        return _walk_png(content, formats)
    if PNG_SIGNATURE.startswith(content) or JPEG_START.startswith(content):
        raise ImageDamagedError("图片文件不完整，请重新选择后上传")
    kind = next((name for at, magic, name in _KINDS if content[at : at + len(magic)] == magic), None)
    raise _refused(kind, formats)


def _refused(kind: str | None, formats: Collection[ImageFormat]) -> ImageTypeNotAcceptedError:
    allowed = "、".join(_NAMES[each] for each in sorted(formats))
    what = f"这个文件实际是 {kind}" if kind else "这个文件不是图片"
    return ImageTypeNotAcceptedError(f"{what}，只接受 {allowed} 格式的图片", actual=kind, allowed=allowed)


def _damaged() -> ImageDamagedError:
    return ImageDamagedError("图片文件不完整或已损坏，请重新拍照或重新保存后上传")


def _walk_jpeg(content: bytes, formats: Collection[ImageFormat]) -> Structure:
    """Follow the markers up to the end of the first picture; phones put further ones behind it."""
    position, found, scans = len(JPEG_START), None, 0
    while True:
        marker, position = _marker(content, position)
        if marker == _END:
            break
        if marker in _ALONE:
            continue
        segment, position = _segment(content, position)
        if marker in _FRAMES:
            if found is not None:
                raise _damaged()
            found = _frame(marker, segment, formats)
        elif marker == _START_OF_SCAN:
            scans += 1
            position = _end_of_scan(content, position)
    if found is None or not scans:
        raise _damaged()
    return found


def _marker(content: bytes, position: int) -> tuple[int, int]:
    if content[position : position + 1] != b"\xff":
        raise _damaged()
    while content[position : position + 1] == b"\xff":
        position += 1
    if position >= len(content) or content[position] == 0:
        raise _damaged()
    return content[position], position + 1


def _segment(content: bytes, position: int) -> tuple[bytes, int]:
    length = int.from_bytes(content[position : position + 2], "big")
    end = position + length
    if length < len(JPEG_START) or end > len(content):
        raise _damaged()
    return content[position + 2 : end], end


def _frame(marker: int, segment: bytes, formats: Collection[ImageFormat]) -> Structure:
    if len(segment) < SOF_BYTES:
        raise _damaged()
    if marker not in _READABLE_FRAMES or segment[0] != EIGHT_BITS:
        raise _refused("一种特殊编码的 JPEG（算术编码、无损或 12 位）", formats)
    height, width = int.from_bytes(segment[1:3], "big"), int.from_bytes(segment[3:5], "big")
    if not width or not height or len(segment) != SOF_BYTES + 3 * segment[5]:
        raise _damaged()
    return Structure(ImageFormat.JPEG, width, height)


def _end_of_scan(content: bytes, position: int) -> int:
    """Return where the next marker after the coded data stands."""
    start = position
    while True:
        position = content.find(b"\xff", position)
        if position < 0 or position + 1 >= len(content):
            raise _damaged()
        follower = content[position + 1]
        if follower and not 0xD0 <= follower <= 0xD7:  # noqa: PLR2004 - stuffed bytes and restart markers
            break
        position += 2
    if position == start:
        raise _damaged()
    return position


def _walk_png(content: bytes, formats: Collection[ImageFormat]) -> Structure:
    position, found, has_data = len(PNG_SIGNATURE), None, False
    while True:
        kind, data, position = _chunk(content, position)
        if found is None:
            found = _header(kind, data)
        elif kind == b"acTL":
            raise _refused("动态 PNG（APNG）", formats)
        elif kind == b"IDAT":
            has_data = True
        elif kind == b"IEND":
            break
    if not has_data:
        raise _damaged()
    return found


def _chunk(content: bytes, position: int) -> tuple[bytes, bytes, int]:
    length = int.from_bytes(content[position : position + 4], "big")
    end = position + CHUNK_FRAME + length
    if end > len(content):
        raise _damaged()
    body, checksum = content[position + 4 : end - 4], content[end - 4 : end]
    if zlib.crc32(body) != int.from_bytes(checksum, "big"):
        raise _damaged()
    return body[:4], body[4:], end


def _header(kind: bytes, data: bytes) -> Structure:
    if kind != b"IHDR" or len(data) != IHDR_BYTES:
        raise _damaged()
    width, height = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
    if not width or not height:
        raise _damaged()
    return Structure(ImageFormat.PNG, width, height)
