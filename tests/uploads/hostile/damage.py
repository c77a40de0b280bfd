"""Files cut off or changed at every kind of place (row C3)."""

import zlib
from collections.abc import Iterator
from functools import partial

from tests.uploads.hostile import jpegs, pngs
from tests.uploads.hostile.specimen import DAMAGED, Specimen, refused, survived, unreadable

NAMES = {
    jpegs.APP0: "APP0",
    jpegs.QUANTIZATION: "DQT",
    jpegs.BASELINE: "SOF0",
    jpegs.HUFFMAN: "DHT",
    jpegs.SCAN: "SOS",
}


def cut(content: bytes, at: int) -> bytes:
    """Return a file that ends early."""
    return content[:at]


def flipped(content: bytes, at: int, change: int = 0xFF) -> bytes:
    """Return a file with one byte changed."""
    return content[:at] + bytes([content[at] ^ change]) + content[at + 1 :]


def cut_jpegs() -> Iterator[Specimen]:
    """Return JPEGs cut in every segment, in the scan and before the end."""
    content = jpegs.plain()
    for marker, (begin, end) in jpegs.segments(content).items():
        for place, at in (("in its marker", begin + 1), ("in its length", begin + 3), ("inside", end - 1)):
            yield refused(f"a JPEG cut at {NAMES[marker]}, {place}", partial(cut, content, at), DAMAGED)
    scan = jpegs.segments(content)[jpegs.SCAN][1]
    for place, at in (
        ("behind the scan's header", scan),
        ("in the middle of the scan", (scan + len(content)) // 2),
        ("before the end marker", -2),
        ("in the end marker", -1),
    ):
        yield refused(f"a JPEG cut {place}", partial(cut, content, at), DAMAGED)
    progressive = jpegs.plain(progressive=True)
    yield refused("a progressive JPEG cut in half", partial(cut, progressive, len(progressive) // 2), DAMAGED)


def flipped_jpegs() -> Iterator[Specimen]:
    """Return JPEGs changed in every segment; within the data, nobody can tell by the structure."""
    content = jpegs.plain()
    for marker, (begin, _) in jpegs.segments(content).items():
        name = NAMES[marker]
        yield refused(f"a JPEG whose {name} is no marker", partial(flipped, content, begin), DAMAGED)
        yield refused(f"a JPEG whose {name} is too long", partial(flipped, content, begin + 2), DAMAGED)
    for marker in (jpegs.QUANTIZATION, jpegs.HUFFMAN):
        at = jpegs.segments(content)[marker][0] + 4
        yield unreadable(f"a JPEG with a wrong table id in {NAMES[marker]}", partial(flipped, content, at))
    huffman = jpegs.segments(content)[jpegs.HUFFMAN][0]
    yield unreadable("a JPEG with impossible codes", partial(flipped, content, huffman + 5))
    yield unreadable("a JPEG without DQT", partial(jpegs.without, jpegs.QUANTIZATION, content))
    yield Specimen("a JPEG without a usual DHT", partial(jpegs.without, jpegs.HUFFMAN, content))
    yield refused("a JPEG without a frame", partial(jpegs.without, jpegs.BASELINE, content), DAMAGED)
    yield refused("a JPEG of no height", partial(jpegs.frame, size=(160, 0)), DAMAGED)
    yield refused("a JPEG of no width", partial(jpegs.frame, size=(0, 120)), DAMAGED)
    yield refused("a JPEG with two frames", two_frames, DAMAGED)
    scan = jpegs.segments(content)[jpegs.SCAN][1]
    for part in range(1, 6):
        at = scan + (len(content) - scan) * part // 6
        yield survived(f"a JPEG changed at {part}/6 of its scan", partial(flipped, content, at, 0x10))


def two_frames() -> bytes:
    """Return a JPEG that says twice how large it is."""
    begin, end = jpegs.segments(jpegs.plain())[jpegs.BASELINE]
    return jpegs.with_segments(jpegs.plain()[begin:end])


def damaged_pngs() -> Iterator[Specimen]:
    """Return PNGs cut and changed in every chunk."""
    content = pngs.plain()
    yield refused("a PNG cut in its signature", partial(cut, content, 5), DAMAGED)
    for kind, data, begin in pngs.chunks(content):
        name, end = kind.decode(), begin + 12 + len(data)
        yield refused(f"a PNG cut before {name}", partial(cut, content, begin), DAMAGED)
        yield refused(f"a PNG cut in {name}", partial(cut, content, begin + 8), DAMAGED)
        yield refused(f"a PNG cut in {name}'s checksum", partial(cut, content, end - 2), DAMAGED)
        for place, at in (("length", begin + 1), ("kind", begin + 5), ("checksum", end - 1)):
            build = partial(flipped, content, at)
            yield refused(f"a PNG with a changed {place} of {name}", build, DAMAGED)
        if data:
            build = partial(flipped, content, begin + 8 + len(data) // 2, 1)
            yield refused(f"a PNG with changed data in {name}", build, DAMAGED)


def _header(at: int, value: int) -> bytes:
    return pngs.changed(b"IHDR", lambda data: data[:at] + bytes([value]) + data[at + 1 :])


def _data(data: bytes) -> bytes:
    return pngs.of(pngs.header((160, 120)), (b"IDAT", data), (b"IEND", b""))


def _rows() -> bytes:
    data = b"".join(data for kind, data, _ in pngs.chunks(pngs.raw(pngs.COLOUR)) if kind == b"IDAT")
    return zlib.decompress(data)


BROKEN_INSIDE = (
    refused("a PNG of no width", lambda: pngs.of(pngs.header((0, 9)), (b"IEND", b"")), DAMAGED),
    refused("a PNG without data", lambda: pngs.of(pngs.header((9, 9)), (b"IEND", b"")), DAMAGED),
    refused("a PNG without a header", lambda: pngs.of((b"IDAT", b"x"), (b"IEND", b"")), DAMAGED),
    refused("a PNG of impossible depth", partial(_header, 8, 7), DAMAGED),
    refused("a PNG of impossible colour", partial(_header, 9, 5), DAMAGED),
    refused("a PNG packed in an unknown way", partial(_header, 10, 9), DAMAGED),
    refused("a PNG with an unknown filter method", partial(_header, 11, 9), DAMAGED),
    refused("a PNG interlaced in an unknown way", partial(_header, 12, 9), DAMAGED),
    refused("a PNG with two headers", lambda: pngs.with_chunks(pngs.header((5, 5)), before=b"IDAT"), DAMAGED),
    refused("a PNG whose palette is missing", partial(pngs.raw, pngs.PALETTE), DAMAGED),
    unreadable("PNG data that are no zlib", partial(_data, b"no zlib at all")),
    unreadable("PNG data that end early", lambda: _data(zlib.compress(_rows()[:9_000]))),
    unreadable("PNG data cut within zlib", lambda: _data(zlib.compress(_rows())[:300])),
    survived("PNG data with a wrong sum", lambda: _data(zlib.compress(_rows())[:-1] + b"\0")),
    unreadable("a PNG row with an unknown filter", lambda: _data(zlib.compress(b"\x09" + _rows()[1:]))),
    survived("a PNG with an unknown chunk that matters", lambda: pngs.with_chunks((b"UNKN", b"x"))),
)
DAMAGE = (*cut_jpegs(), *flipped_jpegs(), *damaged_pngs(), *BROKEN_INSIDE)
