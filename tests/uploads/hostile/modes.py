"""Every way of coding colours (row C7), and every other kind of file (row C8)."""

import base64
import io
from collections.abc import Callable
from functools import partial

from PIL import Image

from tests.uploads.hostile import jpegs, pngs
from tests.uploads.hostile.attacks import a_zip
from tests.uploads.hostile.scene import scene
from tests.uploads.hostile.specimen import TYPE, Specimen, refused
from tests.uploads.pictures import encoded


def grey() -> Image.Image:
    """Return the scene in grey."""
    return scene().convert("L")


def grey_left() -> Image.Image:
    """Return the scene in grey with a white left half."""
    return pngs.white_left().convert("L")


def saved(kind: str, shown: Callable[[], Image.Image], **options: object) -> bytes:
    """Return a picture's file."""
    return encoded(shown(), kind, **options)


def palette() -> Image.Image:
    """Return the scene in 256 colours."""
    return scene().quantize(256)


def clear_palette() -> bytes:
    """Return a palette picture whose left half is an entry called transparent."""
    shown = Image.new("P", (160, 120), 1)
    shown.putpalette([0, 0, 0, 240, 235, 220])
    shown.paste(0, (0, 0, 80, 120))
    return encoded(shown, "PNG", transparency=0)


def clear_palette_looks() -> Image.Image:
    """Return what it must look like."""
    shown = Image.new("RGB", (160, 120), (240, 235, 220))
    shown.paste((255, 255, 255), (0, 0, 80, 120))
    return shown


def half_clear_palette() -> bytes:
    """Return a palette picture with a degree of transparency per entry."""
    return encoded(pngs.transparent_left().quantize(64, Image.Quantize.FASTOCTREE), "PNG")


def clear_bits() -> bytes:
    """Return black and white, black being transparent."""
    shown = Image.new("1", (160, 120), 1)
    shown.paste(0, (0, 0, 80, 120))
    return encoded(shown, "PNG", transparency=0)


def animated() -> bytes:
    """Return a picture that moves."""
    target = io.BytesIO()
    scene().save(target, "PNG", save_all=True, append_images=[scene().transpose(Image.Transpose.ROTATE_180)])
    return target.getvalue()


def typed(brand: bytes) -> bytes:
    """Return the beginning of a file in ISO boxes."""
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1" + brand + bytes(200)


CLEAR_GREY, CLEAR_COLOUR = (b"tRNS", b"\0\0"), (b"tRNS", bytes(6))
JPEG_MODES = (
    Specimen("a plain JPEG", jpegs.plain),
    Specimen("a progressive JPEG", partial(jpegs.plain, progressive=True)),
    Specimen("a JPEG with restart markers", partial(jpegs.plain, restart_marker_rows=1)),
    Specimen("a JPEG with halved colours", partial(jpegs.plain, subsampling=2)),
    Specimen("a JPEG of RGB samples", partial(jpegs.plain, keep_rgb=True)),
    Specimen("a grey JPEG", partial(saved, "JPEG", grey), looks=grey),
    Specimen("a grey progressive JPEG", partial(saved, "JPEG", grey, progressive=True), looks=grey),
    Specimen("four inks as Adobe writes them", jpegs.cmyk),
    Specimen("four inks as the standard says", partial(jpegs.cmyk, adobe=False)),
    Specimen("four inks as luminance and colour", jpegs.ycck),
    refused("an arithmetic JPEG", partial(jpegs.frame, marker=0xC9), TYPE),
    refused("an arithmetic progressive JPEG", partial(jpegs.frame, marker=0xCA), TYPE),
    refused("a lossless JPEG", partial(jpegs.frame, marker=0xC3), TYPE),
    refused("a hierarchical JPEG", partial(jpegs.frame, marker=0xC5), TYPE),
    refused("a JPEG-LS", partial(jpegs.frame, marker=0xF7), TYPE),
    refused("a JPEG of 12 bits", partial(jpegs.frame, bits=12), TYPE),
)
PNG_MODES = (
    Specimen("a plain PNG", pngs.plain),
    Specimen("a PNG of 16 bits", partial(pngs.raw, pngs.COLOUR, 16)),
    Specimen("a grey PNG of 16 bits", partial(pngs.raw, pngs.GREY, 16), looks=grey),
    Specimen(
        "a PNG of 16 bits with alpha",
        partial(pngs.raw, pngs.COLOUR_ALPHA, 16, picture=pngs.transparent_left()),
        looks=pngs.white_left,
    ),
    Specimen(
        "a grey PNG of 16 bits with alpha",
        partial(pngs.raw, pngs.GREY_ALPHA, 16, picture=pngs.transparent_left()),
        looks=grey_left,
    ),
    Specimen(
        "a PNG of 16 bits with a clear colour",
        partial(pngs.raw, pngs.COLOUR, 16, CLEAR_COLOUR, picture=pngs.black_left()),
        looks=pngs.white_left,
    ),
    Specimen(
        "a grey PNG of 16 bits with a clear value",
        partial(pngs.raw, pngs.GREY, 16, CLEAR_GREY, picture=pngs.black_left()),
        looks=grey_left,
    ),
    Specimen(
        "a PNG with a clear colour",
        partial(pngs.raw, pngs.COLOUR, 8, CLEAR_COLOUR, picture=pngs.black_left()),
        looks=pngs.white_left,
    ),
    Specimen(
        "a grey PNG with a clear value",
        partial(pngs.raw, pngs.GREY, 8, CLEAR_GREY, picture=pngs.black_left()),
        looks=grey_left,
    ),
    Specimen("a PNG with alpha", partial(saved, "PNG", pngs.transparent_left), looks=pngs.white_left),
    Specimen(
        "a grey PNG with alpha",
        lambda: encoded(pngs.transparent_left().convert("LA"), "PNG"),
        looks=grey_left,
    ),
    Specimen("a grey PNG", partial(saved, "PNG", grey), looks=grey),
    Specimen("a PNG of 256 colours", partial(saved, "PNG", palette)),
    Specimen("a PNG of 16 colours", lambda: encoded(scene().quantize(16), "PNG", bits=4), tolerance=12),
    Specimen("a PNG with a clear palette entry", clear_palette, looks=clear_palette_looks),
    Specimen("a PNG with alpha in its palette", half_clear_palette, looks=pngs.white_left, tolerance=14),
    Specimen(
        "black and white", lambda: encoded(scene().convert("1"), "PNG"), looks=lambda: scene().convert("1")
    ),
    Specimen(
        "black and white, black being clear",
        clear_bits,
        looks=lambda: Image.new("RGB", (160, 120), (255, 255, 255)),
    ),
    Specimen("an interlaced PNG", pngs.interlaced),
    Specimen("an interlaced grey PNG", partial(pngs.interlaced, pngs.GREY), looks=grey),
    refused("an animated PNG", animated, TYPE),
)
OTHER_KINDS = (
    *(
        refused(f"a {kind} file", partial(saved, kind, scene), TYPE)
        for kind in ("GIF", "BMP", "WEBP", "TIFF", "ICO", "PDF", "PPM", "TGA", "EPS", "DDS", "JPEG2000")
    ),
    refused("a big-endian TIFF", lambda: b"MM\0*" + bytes(200), TYPE),
    *(
        refused(f"an ISO file of brand {brand.decode()}", partial(typed, brand), TYPE)
        for brand in (b"heic", b"heix", b"hevc", b"mif1", b"avif", b"mp42")
    ),
    refused("an SVG", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', TYPE),
    refused(
        "an SVG that reads a file",
        lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        TYPE,
    ),
    refused("a PSD", lambda: b"8BPS\0\1" + bytes(200), TYPE),
    refused("a JPEG XL", lambda: b"\xff\x0a" + bytes(200), TYPE),
    refused("a Word file of today", a_zip, TYPE),
    refused("a Word file of old", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), TYPE),
    refused("a program", lambda: b"MZ" + bytes(500), TYPE),
    refused("a text", "我的毕业证书".encode, TYPE),
    refused("a JPEG in base 64", lambda: base64.b64encode(jpegs.plain()), TYPE),
    refused("a JPEG as a data address", lambda: b"data:image/jpeg;base64,/9j/4AAQ", TYPE),
    refused("a JPEG behind a space", lambda: b" " + jpegs.plain(), TYPE),
)
