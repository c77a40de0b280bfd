"""Bombs and polyglots (rows C1, C2)."""

import io
import zipfile
import zlib
from functools import partial

from PIL import Image

from tests.uploads.hostile import jpegs, pngs
from tests.uploads.hostile.scene import scene
from tests.uploads.hostile.specimen import PIXELS, TYPE, Specimen, refused, survived, unreadable
from tests.uploads.pictures import encoded

PHP = b"<?php system($_GET['PLANTED']); ?>"
HTML = b"<html><script>alert('PLANTED')</script></html>"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/PLANTED 1>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
MP3 = b"ID3\x04\0\0\0\0\0\x0aPLANTED---" + b"\xff\xfb\x90\x64" + bytes(413)
EXE = b"MZ\x90\0PLANTED This program cannot be run in DOS mode"
SHELL = b"\n#!/bin/sh\necho PLANTED\n"
PLANTED = (b"PLANTED",)


def a_zip() -> bytes:
    """Return an archive with one file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("PLANTED.txt", "PLANTED" * 5)
    return target.getvalue()


def script_in_length() -> bytes:
    """Return a JPEG that is JavaScript too: the first segment's length is the beginning of a comment."""
    body = b"=1;/*".ljust(0x2F2A - 2, b"\0")
    return jpegs.START + b"\xff\xe0\x2f\x2a" + body + jpegs.segment(jpegs.COMMENT, b"*/alert('PLANTED')//")


def compressed_text(size: int) -> bytes:
    """Return text that is a thousand times as long as its chunk."""
    return zlib.compress(b"A" * size, 9)


def data_bomb() -> bytes:
    """Return a small picture whose data go on and on."""
    rows = zlib.compress(bytes(60_000_000), 9)
    return pngs.of(pngs.header((160, 120)), (b"IDAT", rows), (b"IEND", b""))


def single_bytes() -> bytes:
    """Return a picture whose data come one byte per chunk."""
    small = encoded(scene().resize((16, 12)), "PNG")
    data = b"".join(data for kind, data, _ in pngs.chunks(small) if kind == b"IDAT")
    pieces = [(b"IDAT", data[at : at + 1]) for at in range(len(data))]
    return pngs.of(pngs.header((16, 12)), *pieces, (b"IEND", b""))


BOMBS = (
    refused("a JPEG header that promises 64250²", partial(jpegs.frame, size=(64_250, 64_250)), PIXELS),
    refused("a JPEG header that promises 65535 in width", partial(jpegs.frame, size=(65_535, 120)), PIXELS),
    refused(
        "a PNG header that promises 64250²",
        lambda: pngs.of(pngs.header((64_250, 64_250)), (b"IDAT", b"x"), (b"IEND", b"")),
        PIXELS,
    ),
    refused(
        "a PNG header that promises all that fits",
        lambda: pngs.of(pngs.header((2**31 - 1, 2**31 - 1)), (b"IDAT", b"x"), (b"IEND", b"")),
        PIXELS,
    ),
    refused("a real PNG of 16384²", partial(pngs.flat, (16_384, 16_384), pngs.GREY, 1), PIXELS),
    refused("a real PNG of 9400x9500", partial(pngs.flat, (9_400, 9_500), pngs.GREY), PIXELS),
    refused("a ribbon of 10001x2", partial(pngs.flat, (10_001, 2)), PIXELS),
    refused("a progressive JPEG of 1500 scans", partial(jpegs.many_scans, 1_500), TYPE),
    Specimen("a progressive JPEG of 30 scans", partial(jpegs.many_scans, 30, (800, 600)), looks=None),
    Specimen(
        "the greatest allowed PNG, in colour with alpha",
        partial(pngs.flat, (6_320, 6_320), pngs.COLOUR_ALPHA),
        looks=lambda: Image.new("RGB", (6_320, 6_320), (211, 211, 211)),
    ),
    unreadable(
        "a zTXt of 40 MB", lambda: pngs.with_chunks((b"zTXt", b"note\0\0" + compressed_text(40_000_000)))
    ),
    unreadable(
        "a hundred zTXt of 900 kB",
        lambda: pngs.with_chunks(*[(b"zTXt", b"note\0\0" + compressed_text(900_000))] * 100),
    ),
    unreadable(
        "a compressed iTXt of 40 MB",
        lambda: pngs.with_chunks((b"iTXt", b"note\0\1\0\0\0" + compressed_text(40_000_000))),
    ),
    unreadable(
        "an iCCP of 40 MB",
        lambda: pngs.with_chunks((b"iCCP", b"profile\0\0" + compressed_text(40_000_000))),
    ),
    survived("data that inflate to 60 MB in a small picture", data_bomb),
    Specimen("seventeen thousand empty chunks", lambda: pngs.with_chunks(*[(b"tEXt", b"a\0")] * 14_000)),
    Specimen("one data byte per chunk", single_bytes, looks=None),
    Specimen(
        "forty thousand comments", lambda: jpegs.with_segments(*[jpegs.segment(jpegs.COMMENT, b"")] * 40_000)
    ),
    Specimen("fill bytes between segments", lambda: jpegs.START + b"\xff" * 150_000 + jpegs.plain()[2:]),
)

POLYGLOTS = (
    Specimen("a zip behind a JPEG", lambda: jpegs.plain() + a_zip(), planted=(*PLANTED, b"PK\x03\x04")),
    Specimen("a zip behind a PNG", lambda: pngs.plain() + a_zip(), planted=(*PLANTED, b"PK\x03\x04")),
    Specimen(
        "a PDF in a JPEG's comment",
        lambda: jpegs.with_segments(jpegs.segment(jpegs.COMMENT, PDF)),
        planted=(*PLANTED, b"%PDF"),
    ),
    Specimen("a PDF behind a JPEG", lambda: jpegs.plain() + PDF, planted=(*PLANTED, b"%PDF")),
    Specimen(
        "a page in a JPEG's comment",
        lambda: jpegs.with_segments(jpegs.segment(jpegs.COMMENT, HTML)),
        planted=(*PLANTED, b"<script"),
    ),
    Specimen("a page behind a PNG", lambda: pngs.plain() + HTML, planted=(*PLANTED, b"<script")),
    Specimen("PHP behind a JPEG", lambda: jpegs.plain() + PHP, planted=(*PLANTED, b"<?php")),
    Specimen(
        "PHP in a JPEG's application segment",
        lambda: jpegs.with_segments(jpegs.segment(0xED, PHP)),
        planted=(*PLANTED, b"<?php"),
    ),
    Specimen(
        "PHP in a PNG's text",
        lambda: pngs.with_chunks((b"tEXt", b"Comment\0" + PHP)),
        planted=(*PLANTED, b"<?php"),
    ),
    Specimen(
        "PHP in a PNG's palette",
        lambda: pngs.raw(pngs.PALETTE, 8, (b"PLTE", (PHP * 23)[:768])),
        planted=(*PLANTED, b"<?php"),
        looks=None,
    ),
    Specimen(
        "PHP in a PNG's samples",
        partial(
            pngs.raw,
            pngs.COLOUR,
            picture=Image.frombytes("RGB", (160, 120), (PHP * 2_000)[: 160 * 120 * 3]),
            packing=0,
        ),
        planted=(*PLANTED, b"<?php"),
        looks=None,
    ),
    Specimen(
        "an archive in a PNG's private chunk",
        lambda: pngs.with_chunks((b"prVt", a_zip())),
        planted=(*PLANTED, b"PK\x03\x04"),
    ),
    Specimen("an MP3 behind a JPEG", lambda: jpegs.plain() + MP3, planted=(*PLANTED, b"ID3")),
    Specimen("a program behind a PNG", lambda: pngs.plain() + EXE, planted=PLANTED),
    Specimen("a shell script behind a JPEG", lambda: jpegs.plain() + SHELL, planted=(*PLANTED, b"#!/bin/sh")),
    Specimen(
        "JavaScript in the first segment's length",
        lambda: script_in_length() + jpegs.plain()[2:],
        planted=(*PLANTED, b"alert"),
    ),
    refused("a JPEG behind an MP3", lambda: MP3 + jpegs.plain(), TYPE),
    refused("a JPEG behind a zip", lambda: a_zip() + jpegs.plain(), TYPE),
    refused("a JPEG behind a PDF", lambda: PDF + jpegs.plain(), TYPE),
    refused("a JPEG behind a page", lambda: HTML + jpegs.plain(), TYPE),
    refused("a PNG behind PHP", lambda: PHP + pngs.plain(), TYPE),
    refused("a PNG behind GIF89a", lambda: b"GIF89a" + pngs.plain(), TYPE),
)
