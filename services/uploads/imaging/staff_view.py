"""What staff get to see: covered places filled, and who looks and when written across the picture."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw

from services.uploads.imaging.answer import Answer
from services.uploads.imaging.decoding import decoded
from services.uploads.imaging.encoding import encoded
from services.uploads.imaging.glyphs import font_of

COVER = (96, 96, 96)
INK, INK_ALPHA = (24, 40, 96), 56
EDGE, EDGE_ALPHA = (255, 255, 255), 48
BANDS = 5
SMALLEST_TEXT = 11
TEXT_PART = 42
PAPER, PRINT = (255, 255, 255), (24, 40, 96)
OPAQUE = 255
# An original is opened where the copy is not clear enough: it is written with less loss.
CLEAN_QUALITY = 92


def staff_view_operation(params: Mapping[str, Any], blobs: Sequence[bytes]) -> Answer:
    """Answer the task `StampView`."""
    return Answer({}, (staff_view(blobs[0], params["text"], params["boxes"]),))


def original_operation(params: Mapping[str, Any], blobs: Sequence[bytes]) -> Answer:
    """Answer the task `CleanOriginal`."""
    return Answer({}, (clean_original(blobs[0], params["text"]),))


def staff_view(copy: bytes, text: str, boxes: Iterable[Sequence[float]]) -> bytes:
    """Return a copy with its covered places filled and a light line of text in bands across it.

    Raises:
        BrokenImageError: the bytes can't be decoded to the end.
    """
    picture = decoded(copy).picture
    _cover(picture, boxes)
    _stamp(picture, text)
    return encoded(picture)


def clean_original(original: bytes, text: str) -> bytes:
    """Return an original as pixels alone, every one as it came; who opened it stands on a strip below.

    Raises:
        BrokenImageError: the bytes can't be decoded to the end.
    """
    picture = decoded(original).picture
    size = _text_size(picture)
    sheet = Image.new("RGB", (picture.width, picture.height + size * 2), PAPER)
    sheet.paste(picture, (0, 0))
    place = (size // 2, picture.height + size // 3)
    ImageDraw.Draw(sheet).text(place, text, fill=PRINT, font=font_of(size))
    return encoded(sheet, CLEAN_QUALITY)


def _cover(picture: Image.Image, boxes: Iterable[Sequence[float]]) -> None:
    """Fill the boxes, rounded outwards: not one pixel of what is covered stays."""
    for left, top, right, bottom in boxes:
        corner = math.floor(left * picture.width), math.floor(top * picture.height)
        picture.paste(COVER, (*corner, math.ceil(right * picture.width), math.ceil(bottom * picture.height)))


def _stamp(picture: Image.Image, text: str) -> None:
    """Write the text over and over in level bands, every second one shifted by half a text."""
    size = _text_size(picture)
    stroke = max(1, size // 12)
    font = font_of(size)
    left, top, right, bottom = font.getbbox(text, stroke_width=stroke)
    step, height = math.ceil(right - left) + size * 3, math.ceil(bottom - top)
    for mask, width, colour, alpha in (
        (Image.new("L", (picture.width + step, height)), stroke, EDGE, EDGE_ALPHA),
        (Image.new("L", (picture.width + step, height)), 0, INK, INK_ALPHA),
    ):
        draw = ImageDraw.Draw(mask)
        for start in range(0, mask.width, step):
            draw.text((start - left, -top), text, fill=alpha, font=font, stroke_width=width)
        for band in range(BANDS):
            shift = step // 2 * (band % 2)
            y = round((band + 0.5) * picture.height / BANDS - height / 2)
            picture.paste(
                colour,
                (0, y, picture.width, y + height),
                mask.crop((shift, 0, shift + picture.width, height)),
            )


def _text_size(picture: Image.Image) -> int:
    return max(SMALLEST_TEXT, round(math.sqrt(picture.width * picture.height) / TEXT_PART))
