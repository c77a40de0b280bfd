"""What a file says about how it was made: a hint, easily forged; where it was made is never read."""

from PIL import Image

from services.uploads.traits import Camera

MAKE, MODEL, SOFTWARE, CHANGED_AT = 0x010F, 0x0110, 0x0131, 0x0132
DETAILS, TAKEN_AT = 0x8769, 0x9003
MOST_CHARACTERS = 64
# Broken EXIF raises what it likes.
BROKEN = Exception


def camera_of(opened: Image.Image) -> Camera:
    """Return what the file's EXIF says; a broken one says nothing."""
    try:
        exif = opened.getexif()
        taken_at = exif.get_ifd(DETAILS).get(TAKEN_AT) or exif.get(CHANGED_AT)
        words = [exif.get(tag) for tag in (MAKE, MODEL, SOFTWARE)]
    except BROKEN:
        return Camera()
    return Camera(*(_plain(word) for word in (*words, taken_at)))


def _plain(value: object) -> str | None:
    """Return a short printable text, or nothing."""
    if not isinstance(value, str):
        return None
    return "".join(filter(str.isprintable, value)).strip()[:MOST_CHARACTERS].strip() or None
