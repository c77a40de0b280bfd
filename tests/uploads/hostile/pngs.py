"""PNG files, chunk by chunk."""

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache

from PIL import Image

from tests.uploads.hostile.scene import scene
from tests.uploads.pictures import encoded

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
_MODES = {GREY: "L", COLOUR: "RGB", PALETTE: "P", GREY_ALPHA: "LA", COLOUR_ALPHA: "RGBA"}
_BANDS = {GREY: 1, COLOUR: 3, PALETTE: 1, GREY_ALPHA: 2, COLOUR_ALPHA: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
Chunk = tuple[bytes, bytes]


@cache
def plain() -> bytes:
    """Return the scene as a PNG."""
    return encoded(scene(), "PNG")


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def of(*chunks: Chunk) -> bytes:
    """Return a file of chunks."""
    return SIGNATURE + b"".join(chunk(kind, data) for kind, data in chunks)


def chunks(content: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Return kind, data and position of each chunk."""
    position = len(SIGNATURE)
    while position < len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        yield content[position + 4 : position + 8], content[position + 8 : position + 8 + length], position
        position += 12 + length


def with_chunks(*added: Chunk, content: bytes | None = None, before: bytes = b"IDAT") -> bytes:
    """Return a picture with chunks before the first one of a kind."""
    made: list[Chunk] = []
    is_placed = False
    for kind, data, _ in chunks(content or plain()):
        if kind == before and not is_placed:
            made += added
            is_placed = True
        made.append((kind, data))
    return of(*made)


def changed(kind: bytes, change: Callable[[bytes], bytes], content: bytes | None = None) -> bytes:
    """Return a picture with other data in every chunk of a kind, all checksums right."""
    return of(
        *((name, change(data) if name == kind else data) for name, data, _ in chunks(content or plain()))
    )


def header(size: tuple[int, int], depth: int = 8, colour: int = COLOUR, *, interlaced: bool = False) -> Chunk:
    """Return the first chunk."""
    return b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlaced)


def flat(size: tuple[int, int], colour: int = COLOUR, depth: int = 8) -> bytes:
    """Return a picture of one value, however large, without ever holding it."""
    row = b"\0" + b"\xc8" * (-(-size[0] * _BANDS[colour] * depth // 8))
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(size[1])) + packer.flush()
    return of(header(size, depth, colour), (b"IDAT", data), (b"IEND", b""))


def raw(
    colour: int, depth: int = 8, *extra: Chunk, picture: Image.Image | None = None, packing: int = 6
) -> bytes:
    """Return a picture sample by sample, eight or sixteen bits each."""
    shown = (picture or scene()).convert(_MODES[colour])
    samples = shown.tobytes()
    if depth == 16:
        samples = bytes(byte for value in samples for byte in (value, value))
    line = shown.width * _BANDS[colour] * depth // 8
    rows = b"".join(b"\0" + samples[at : at + line] for at in range(0, len(samples), line))
    return of(
        header(shown.size, depth, colour), *extra, (b"IDAT", zlib.compress(rows, packing)), (b"IEND", b"")
    )


def interlaced(colour: int = COLOUR) -> bytes:
    """Return the scene in the seven passes of Adam7."""
    shown = scene().convert(_MODES[colour])
    bands, samples = _BANDS[colour], shown.tobytes()
    data = b""
    for left, top, right, down in _PASSES:
        for y in range(top, shown.height, down):
            starts = (bands * (y * shown.width + x) for x in range(left, shown.width, right))
            data += b"\0" + b"".join(samples[at : at + bands] for at in starts)
    ihdr = header(shown.size, 8, colour, interlaced=True)
    return of(ihdr, (b"IDAT", zlib.compress(data)), (b"IEND", b""))


def transparent_left() -> Image.Image:
    """Return the scene with a left half that is black and nowhere to be seen."""
    shown = scene().convert("RGBA")
    shown.paste((0, 0, 0, 0), (0, 0, 80, 120))
    return shown


def white_left() -> Image.Image:
    """Return what a transparent left half must look like."""
    shown = scene().copy()
    shown.paste((255, 255, 255), (0, 0, 80, 120))
    return shown


def black_left() -> Image.Image:
    """Return the scene with a left half of pure black, which a tRNS chunk may call transparent."""
    shown = scene().copy()
    shown.paste((0, 0, 0), (0, 0, 80, 120))
    return shown
