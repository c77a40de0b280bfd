"""Files that the intake must refuse, each for one clear reason."""

import io
import struct

from PIL import Image

_SEGMENT = 60_000
_OVERHEAD = 4


def padded_jpeg(content: bytes, size: int) -> bytes:
    """Return a valid JPEG of exactly the wanted size: comment segments fill it up."""
    missing = size - len(content)
    segments = bytearray()
    while missing > 0:
        room = missing if missing <= _SEGMENT else min(_SEGMENT, missing - _OVERHEAD)
        filling = max(0, room - _OVERHEAD)
        segments += b"\xff\xfe" + struct.pack(">H", filling + 2) + b" " * filling
        missing -= filling + _OVERHEAD
    return content[:2] + bytes(segments) + content[2:]


def gif() -> bytes:
    """Return a small GIF; whoever names it `.jpg` has still a GIF."""
    target = io.BytesIO()
    Image.new("P", (320, 240), 3).save(target, "GIF")
    return target.getvalue()


def truncated(content: bytes) -> bytes:
    """Return the file as a broken connection leaves it."""
    return content[: len(content) * 6 // 10]
