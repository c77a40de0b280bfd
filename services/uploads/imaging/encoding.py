"""Writing JPEGs: never with metadata."""

import io

from PIL import Image

QUALITY = 85


def encoded(picture: Image.Image, quality: int = QUALITY) -> bytes:
    """Return a picture's file."""
    target = io.BytesIO()
    # What the original carried along must not come out again.
    picture.info = {}
    picture.save(target, "JPEG", quality=quality)
    return target.getvalue()
