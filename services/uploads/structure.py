"""Judging a picture by structure, without decoding: JPEG markers to the end, PNG chunks with checksums."""

import re
import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace

from services.uploads.errors import (
    ImageDamagedError,
    ImageEmptyError,
    ImageTooManyPixelsError,
    ImageTypeNotAcceptedError,
)
from services.uploads.orientation import EXIF_MARK, TURNED_BY_QUARTERS, UPRIGHT, orientation_of
from shared.policy.values import ImageFormat

MAX_SIDE = 10_000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8"
CHUNK_FRAME = 12
IHDR_BYTES = 13
SOF_BYTES = 6
EIGHT_BITS = 8
# Cameras and programs write ten or so; each costs a walk over the whole picture (1,900 fit in 200 kB: 33 s).
MOST_SCANS = 100

_START_OF_SCAN, _END, _NOTES = 0xDA, 0xD9, 0xE1
# Not stuffed bytes and restart markers: those belong to the coded data.
_MARKER_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7]")
_ALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_JPEG_LS = 0xF7
_FRAMES = frozenset({*range(0xC0, 0xD0), _JPEG_LS}) - {0xC4, 0xC8, 0xCC}
_READABLE_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_KINDS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (8, b"WEBP", "WebP"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftyphevc", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypmsf1", "HEIC"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftyp", "视频"),
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
_PALETTE = 3
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), _PALETTE: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_NAMES = {ImageFormat.JPEG: "JPG/JPEG", ImageFormat.PNG: "PNG"}


@dataclass(frozen=True, slots=True)
class Structure:
    """What the file's own structure says; width and height as stored."""

    format: ImageFormat
    width: int
    height: int
    orientation: int = UPRIGHT

    @property
    def is_turned(self) -> bool:
        """Tell whether the picture is to be seen otherwise than it is stored."""
        return self.orientation != UPRIGHT

    @property
    def upright_size(self) -> tuple[int, int]:
        """Return width and height as the picture is to be seen."""
        if self.orientation in TURNED_BY_QUARTERS:
            return self.height, self.width
        return self.width, self.height


def judge(content: bytes, formats: Collection[ImageFormat], max_pixels: int) -> Structure:
    """Return what the bytes are; the name and the declared type are never asked.

    Raises:
        ImageEmptyError: there are no bytes.
        ImageTypeNotAcceptedError: it is something else, named in the detail.
        ImageDamagedError: the structure is broken or ends too early.
        ImageTooManyPixelsError: the header promises too many pixels.
    """
    if not content:
        raise ImageEmptyError("没有收到图片内容（0 字节），请重新选择图片后上传", measured_bytes=0)
    found = _walk(content, formats)
    if found.format not in formats:
        raise _refused(_NAMES[found.format], formats)
    if max(found.width, found.height) > MAX_SIDE or found.width * found.height > max_pixels:
        raise _too_many_pixels(found, max_pixels)
    return found


def _too_many_pixels(found: Structure, max_pixels: int) -> ImageTooManyPixelsError:
    return ImageTooManyPixelsError(
        f"图片为 {found.width}×{found.height} 像素，最多允许 {max_pixels} 像素且每边不超过 {MAX_SIDE} 像素，"
        "请缩小后重新上传",
        width=found.width,
        height=found.height,
        allowed_pixels=max_pixels,
        allowed_side=MAX_SIDE,
    )


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
    return ImageTypeNotAcceptedError(
        f"{what}，只接受 {allowed} 格式的图片，请重新拍照或另存为该格式后上传", actual=kind, allowed=allowed
    )


def _damaged() -> ImageDamagedError:
    return ImageDamagedError("图片文件不完整或已损坏，请重新拍照或重新保存后上传")


def _walk_jpeg(content: bytes, formats: Collection[ImageFormat]) -> Structure:
    """Follow the markers up to the end of the first picture; phones put further ones behind it."""
    position, found, scans, exif = len(JPEG_START), None, 0, b""
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
        elif marker == _NOTES and segment.startswith(EXIF_MARK):
            exif = exif or segment
        elif marker == _START_OF_SCAN:
            scans += 1
            position = _end_of_scan(content, position)
    return replace(_complete(found, scans, formats), orientation=orientation_of(exif))


def _complete(found: Structure | None, scans: int, formats: Collection[ImageFormat]) -> Structure:
    if found is None or not scans:
        raise _damaged()
    if scans > MOST_SCANS:
        raise _refused("一种特殊编码的 JPEG（扫描次数过多）", formats)
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
    found = _MARKER_AFTER_SCAN.search(content, position)
    if found is None or found.start() == position:
        raise _damaged()
    return found.start()


def _walk_png(content: bytes, formats: Collection[ImageFormat]) -> Structure:
    kind, header, position = _chunk(content, len(PNG_SIGNATURE))
    found, seen, exif = _header(kind, header), set[bytes](), b""
    while kind != b"IEND":
        kind, data, position = _chunk(content, position)
        if kind == b"acTL":
            raise _refused("动态 PNG（APNG）", formats)
        if kind == b"IHDR":
            raise _damaged()
        seen.add(kind)
        exif = data if kind == b"eXIf" else exif
    needed = {b"IDAT", b"PLTE"} if header[9] == _PALETTE else {b"IDAT"}
    if not needed <= seen:
        raise _damaged()
    return replace(found, orientation=orientation_of(exif))


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
    depth, colour, packing, filtering, interlacing = data[8:]
    is_known = depth in _DEPTHS.get(colour, ()) and (packing, filtering) == (0, 0) and interlacing in {0, 1}
    if not width or not height or not is_known:
        raise _damaged()
    return Structure(ImageFormat.PNG, width, height)
