"""What the pictures show: four corners that can be told apart, smooth between them."""

from functools import cache

from PIL import Image

ORIENTATION, DESCRIPTION, MAKER, GPS = 0x0112, 0x010E, 0x010F, 0x8825
_CORNERS = bytes((200, 40, 40, 40, 180, 60, 50, 60, 200, 240, 235, 220))
_HELD = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@cache
def scene() -> Image.Image:
    """Return the picture that every accepted file shows."""
    return Image.frombytes("RGB", (2, 2), _CORNERS).resize((160, 120), Image.Resampling.BILINEAR)


def held(orientation: int) -> Image.Image:
    """Return the scene as a camera held that way records it."""
    return scene().transpose(_HELD[orientation]) if orientation in _HELD else scene()


def exif(orientation: int | str | None = None, note: str = "") -> Image.Exif:
    """Return what a phone writes: maker, place, maybe a note and how it was held."""
    block = Image.Exif()
    block[MAKER] = "PLANTED-MAKER"
    block.get_ifd(GPS)[2] = (36.0, 40.0, 0.0)
    if note:
        block[DESCRIPTION] = note
    if orientation is not None:
        block[ORIENTATION] = orientation
    return block
