"""What phones and programs write around a picture (rows C5, C6, C9), and sizes (row C10)."""

import struct
import zlib
from collections.abc import Iterator
from functools import partial
from typing import Literal

from PIL import ImageCms

from tests.uploads.hostile import jpegs, pngs
from tests.uploads.hostile.scene import ORIENTATION, exif, held
from tests.uploads.hostile.specimen import (
    ACCEPTED,
    DAMAGED,
    EMPTY,
    LARGE,
    TYPE,
    Specimen,
    refused,
    unreadable,
)
from tests.uploads.pictures import encoded

PLANTED = (b"PLANTED",)
SCRIPT = b"<script>alert('PLANTED')</script>"
LIMIT = 204_800


def turned(kind: str, orientation: int) -> bytes:
    """Return the scene held some way, with EXIF that says so."""
    return encoded(held(orientation), kind, exif=exif(orientation))


def turned_by_xmp(orientation: int) -> bytes:
    """Return the scene held some way, with XMP alone that says so."""
    packet = f'<x:xmpmeta><rdf:Description tiff:Orientation="{orientation}"/></x:xmpmeta>'
    return jpegs.with_xmp(packet.encode(), encoded(held(orientation), "JPEG", quality=90))


def turned_by_text(orientation: int) -> bytes:
    """Return a PNG with EXIF as ImageMagick used to write it."""
    block = exif(orientation).tobytes()
    lines = f"\nexif\n{len(block):8d}\n{block.hex()}\n".encode()
    chunk = (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(lines))
    return pngs.with_chunks(chunk, content=encoded(held(orientation), "PNG"))


def turned_late(orientation: int) -> bytes:
    """Return a PNG with its EXIF behind its data."""
    chunk = (b"eXIf", exif(orientation).tobytes()[6:])
    return pngs.with_chunks(chunk, content=encoded(held(orientation), "PNG"), before=b"IEND")


def orientations() -> Iterator[Specimen]:
    """Return every way to hold a camera, said in every place."""
    for orientation in range(1, 9):
        for kind in ("JPEG", "PNG"):
            build = partial(turned, kind, orientation)
            yield Specimen(f"a {kind} held in way {orientation}", build, planted=PLANTED)
    yield Specimen("a JPEG turned by XMP", partial(turned_by_xmp, 6), planted=(b"xmpmeta",))
    yield Specimen("a PNG turned by a text", partial(turned_by_text, 6))
    yield Specimen("a PNG turned behind its data", partial(turned_late, 6), planted=PLANTED)
    twice = directory((ORIENTATION, 3, 2, 0x0006_0006))
    yield Specimen("a JPEG turned twice", partial(jpegs.with_exif, twice), looks=partial(held, 8))
    for odd in (0, 9, 65_535):
        yield Specimen(f"a JPEG held in way {odd}", partial(turned, "JPEG", odd), planted=PLANTED)


def directory(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    """Return an EXIF block of raw entries: tag, type, count, value or offset."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


BROKEN_EXIF = {
    "nothing": b"",
    "one byte": b"I",
    "a wrong byte order": b"XX*\0\x08\0\0\0",
    "a beginning only": b"II*\0",
    "an offset far outside": b"II*\0\xff\xff\xff\x7f",
    "more entries than bytes": b"II*\0\x08\0\0\0\xff\xff",
    "a value far outside": directory((ORIENTATION, 3, 40_000, 0x7FFF_FFFF)),
    "four billion values": directory((0x010F, 2, 0xFFFF_FFFF, 8)),
    "an unknown type": directory((ORIENTATION, 99, 1, 6)),
    "an orientation in letters": directory((ORIENTATION, 2, 4, 0x00363636)),
    "an orientation by a zero": directory((ORIENTATION, 5, 1, 0)),
    "a directory in a ring": directory((0x8769, 4, 1, 8), (0x8825, 4, 1, 8), following=8),
    "binary noise": b"MM\0*\0\0\0\x08" + bytes(range(256)) * 4,
}


def of_one_press() -> Iterator[Specimen]:
    """Return what cameras and phones make of one press."""
    two, hdr = jpegs.multi_picture(), jpegs.ultra_hdr()
    yield Specimen("two pictures of one press", lambda: two)
    yield Specimen("two pictures, the second cut off", lambda: two[:-500])
    yield Specimen("two pictures, the second gone", lambda: two[: two.rindex(b"\xff\xd8\xff")])
    yield Specimen("an index of pictures that is noise", partial(_index, b"MPF\0" + b"\xff" * 60))
    yield Specimen("an index of pictures that is empty", partial(_index, b"MPF\0"))
    yield Specimen("Ultra HDR", lambda: hdr, planted=(b"hdrgm", *PLANTED))
    yield Specimen("Ultra HDR with its gain map cut off", lambda: hdr[:-200], planted=(b"hdrgm",))
    trailer = b"\0\0\x01\x0aPLANTED_UTC_Data1584000000000SEFH\0\0\0\0SEFT"
    yield Specimen("a phone's own trailer", lambda: jpegs.plain() + trailer, planted=(*PLANTED, b"SEFT"))
    film = b"\0\0\0\x18ftypmp42\0\0\0\0PLANTED!" + bytes(20_000)
    yield Specimen("a picture that moves", lambda: jpegs.plain() + film, planted=(*PLANTED, b"ftyp"))
    thumbnail = jpegs.with_segments(jpegs.segment(jpegs.APP1, b"Exif\0\0II*\0" + jpegs.plain()))
    yield Specimen("a picture within the picture's EXIF", lambda: thumbnail)


def _index(data: bytes) -> bytes:
    return jpegs.with_segments(jpegs.segment(jpegs.APP2, data))


def _profile(kind: Literal["LAB", "sRGB"]) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(kind)).tobytes()


METADATA = (
    Specimen(
        "60 kB of EXIF",
        lambda: encoded(held(1), "JPEG", exif=exif(1, "PLANTED " * 7_500), quality=90),
        planted=PLANTED,
    ),
    Specimen(
        "a script in EXIF",
        lambda: encoded(held(1), "JPEG", exif=exif(1, SCRIPT.decode()), quality=90),
        planted=(*PLANTED, b"<script"),
    ),
    *(Specimen(f"EXIF with {name}", partial(jpegs.with_exif, block)) for name, block in BROKEN_EXIF.items()),
    *(
        Specimen(f"a PNG's EXIF with {name}", partial(pngs.with_chunks, (b"eXIf", block)))
        for name, block in BROKEN_EXIF.items()
    ),
    Specimen(
        "a page in XMP", lambda: jpegs.with_xmp(b"<x:xmpmeta>" + SCRIPT), planted=(*PLANTED, b"<script")
    ),
    Specimen(
        "an entity that reads a file, in XMP",
        lambda: jpegs.with_xmp(b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><x:xmpmeta>&x;'),
        planted=(b"passwd",),
    ),
    Specimen(
        "a page in a PNG's XMP",
        lambda: pngs.with_chunks((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SCRIPT)),
        planted=(*PLANTED, b"<script"),
    ),
    Specimen("a profile that is none", lambda: jpegs.with_icc(b"PLANTED no profile"), planted=PLANTED),
    Specimen("150 kB of profile", lambda: jpegs.with_icc(b"PLANTED!" * 19_000), planted=PLANTED),
    Specimen(
        "a profile with parts missing", lambda: jpegs.with_icc(b"PLANTED" * 9, total=9), planted=PLANTED
    ),
    Specimen("a profile for Lab", lambda: jpegs.with_icc(_profile("LAB")), planted=(b"acsp",)),
    Specimen("a profile cut off", lambda: jpegs.with_icc(_profile("sRGB")[:200]), planted=(b"acsp",)),
    Specimen("the usual profile", lambda: jpegs.with_icc(_profile("sRGB")), planted=(b"acsp",)),
    Specimen("a PNG's profile that is none", lambda: pngs.with_chunks((b"iCCP", b"a\0\0no zlib"))),
    unreadable("a PNG's profile without a name", lambda: pngs.with_chunks((b"iCCP", b""))),
    Specimen("a PNG with the usual profile", lambda: encoded(held(1), "PNG", icc_profile=_profile("sRGB"))),
    Specimen("a PNG with a gamma of nothing", lambda: pngs.with_chunks((b"gAMA", bytes(4)))),
    Specimen("a PNG with a clear colour too many", lambda: pngs.with_chunks((b"tRNS", bytes(6)))),
)
SIZES = (
    refused("no byte", bytes, EMPTY),
    refused("one byte, of a JPEG", lambda: b"\xff", DAMAGED),
    refused("one byte, of a PNG", lambda: b"\x89", DAMAGED),
    refused("one byte, of nothing", lambda: b"\0", TYPE),
    refused("a JPEG's start", lambda: jpegs.START, DAMAGED),
    refused("a JPEG's start and end", lambda: jpegs.START + jpegs.END, DAMAGED),
    refused("a PNG's signature", lambda: pngs.SIGNATURE, DAMAGED),
    Specimen("exactly the limit", lambda: jpegs.plain().ljust(LIMIT, b"\0"), ACCEPTED),
    refused("one byte more than the limit", lambda: jpegs.plain().ljust(LIMIT + 1, b"\0"), LARGE),
    refused("10 MB", lambda: jpegs.plain().ljust(10_000_000, b"\0"), LARGE),
    Specimen(
        "a picture of one pixel",
        lambda: pngs.raw(pngs.COLOUR, picture=held(1).crop((0, 0, 1, 1))),
        looks=None,
    ),
)
PHONES = (*orientations(), *of_one_press())
