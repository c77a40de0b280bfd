"""JPEG files, segment by segment."""

import io
from functools import cache

from PIL import Image, ImageChops

from tests.uploads.hostile.scene import exif, scene
from tests.uploads.pictures import encoded

START, END = b"\xff\xd8", b"\xff\xd9"
APP0, APP1, APP2, APP14, COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
QUANTIZATION, HUFFMAN, RESTART, SCAN = 0xDB, 0xC4, 0xDD, 0xDA
BASELINE, PROGRESSIVE, LOSSLESS, ARITHMETIC = 0xC0, 0xC2, 0xC3, 0xC9
MOST_IN_SEGMENT = 65_533
ADOBE_TRANSFORM, YCCK = 11, 2
XMP = b"http://ns.adobe.com/xap/1.0/\0"
ICC = b"ICC_PROFILE\0"


@cache
def plain(**options: object) -> bytes:
    """Return the scene as a JPEG."""
    return encoded(scene(), "JPEG", **{"quality": 90, "subsampling": 0, **options})


def segment(marker: int, data: bytes) -> bytes:
    """Return one segment."""
    return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data


def with_segments(*segments: bytes, content: bytes | None = None) -> bytes:
    """Return the scene with segments right behind its start."""
    return START + b"".join(segments) + (content or plain())[2:]


def segments(content: bytes) -> dict[int, tuple[int, int]]:
    """Return where the first segment of each marker begins and ends, up to the first scan's header."""
    found: dict[int, tuple[int, int]] = {}
    position = 2
    while SCAN not in found:
        marker = content[position + 1]
        end = position + 2 + int.from_bytes(content[position + 2 : position + 4], "big")
        found.setdefault(marker, (position, end))
        position = end
    return found


def without(marker: int, content: bytes) -> bytes:
    """Return a file without the first segment of a marker."""
    begin, end = segments(content)[marker]
    return content[:begin] + content[end:]


def frame(
    *, marker: int | None = None, bits: int | None = None, size: tuple[int, int] | None = None
) -> bytes:
    """Return the scene with a frame header that lies."""
    content = bytearray(plain())
    at, _ = segments(plain())[BASELINE]
    if marker is not None:
        content[at + 1] = marker
    if bits is not None:
        content[at + 4] = bits
    if size is not None:
        content[at + 5 : at + 9] = size[1].to_bytes(2, "big") + size[0].to_bytes(2, "big")
    return bytes(content)


def with_exif(block: bytes) -> bytes:
    """Return the scene with an EXIF block."""
    return with_segments(segment(APP1, b"Exif\0\0" + block))


def with_xmp(text: bytes, content: bytes | None = None) -> bytes:
    """Return a picture with an XMP packet."""
    return with_segments(segment(APP1, XMP + text), content=content)


def with_icc(profile: bytes, *, total: int | None = None) -> bytes:
    """Return the scene with a profile, cut into as many segments as it needs."""
    room = MOST_IN_SEGMENT - len(ICC) - 2
    parts = [profile[at : at + room] for at in range(0, len(profile), room)]
    count = bytes([total or len(parts)])
    return with_segments(
        *(segment(APP2, ICC + bytes([number]) + count + part) for number, part in enumerate(parts, 1))
    )


def cmyk(*, adobe: bool = True) -> bytes:
    """Return the scene in four inks: as Adobe writes it, inverted, or as the standard says."""
    inks = scene().convert("CMYK")
    if adobe:
        return encoded(inks, "JPEG", quality=92)
    return without(APP14, encoded(ImageChops.invert(inks), "JPEG", quality=92))


def ycck() -> bytes:
    """Return the scene as Photoshop saves four inks: three of them as luminance and colour."""
    cyan, magenta, yellow, black = scene().convert("CMYK").split()
    turned = Image.merge("RGB", (cyan, magenta, yellow)).convert("YCbCr").split()
    stored = Image.merge("CMYK", (*(ImageChops.invert(band) for band in turned), black))
    content = bytearray(encoded(stored, "JPEG", quality=92))
    at, _ = segments(bytes(content))[APP14]
    content[at + 4 + ADOBE_TRANSFORM] = YCCK
    return bytes(content)


def multi_picture() -> bytes:
    """Return two pictures in one file, as phones with two lenses write them."""
    target = io.BytesIO()
    other = scene().transpose(Image.Transpose.ROTATE_180)
    scene().save(target, "MPO", save_all=True, append_images=[other], quality=90)
    return target.getvalue()


def ultra_hdr() -> bytes:
    """Return a picture with a gain map behind it, as phones write them since Android 14."""
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"'
        b' hdrgm:GainMapMax="2.5"/></rdf:RDF></x:xmpmeta>'
    )
    both = io.BytesIO()
    gain = scene().convert("L").resize((40, 30))
    scene().save(both, "MPO", save_all=True, append_images=[gain], quality=90, exif=exif())
    return with_xmp(packet, both.getvalue())


def many_scans(scans: int, size: tuple[int, int] = (8000, 5000)) -> bytes:
    """Return a progressive file whose scans say nothing, each of which costs a walk over the picture."""
    blocks = -(-size[0] // 8) * (-(-size[1] // 8))
    head = bytes([8]) + size[1].to_bytes(2, "big") + size[0].to_bytes(2, "big") + b"\x01\x01\x11\x00"
    first = segment(SCAN, b"\x01\x01\x00\x00\x00\x00") + bytes(-(-blocks // 8))
    # A run of 32,767 blocks without a coefficient is fifteen bits long: 0, then fourteen ones.
    runs = -(-blocks // 32_767)
    bits = ("0" + "1" * 14) * runs
    coded = int(bits.ljust(-(-len(bits) // 8) * 8, "1"), 2).to_bytes(-(-len(bits) // 8), "big")
    further = segment(SCAN, b"\x01\x01\x00\x01\x3f\x10") + coded.replace(b"\xff", b"\xff\0")
    return b"".join(
        (
            START,
            segment(QUANTIZATION, b"\0" + b"\x01" * 64),
            segment(PROGRESSIVE, head),
            segment(HUFFMAN, b"\x00\x01" + bytes(15) + b"\x00"),
            segment(HUFFMAN, b"\x10\x01" + bytes(15) + b"\xe0"),
            first,
            further * (scans - 1),
            END,
        )
    )
