"""How a camera held the picture: the orientation that EXIF names, read without decoding."""

UPRIGHT = 1
TURNED_BY_QUARTERS = frozenset({5, 6, 7, 8})
EXIF_MARK = b"Exif\x00\x00"

_ORDERS = {b"II*\x00": "little", b"MM\x00*": "big"}
_TAG, _SHORT = 0x0112, 3
_ENTRY_BYTES = 12
_MOST_ENTRIES = 200


def orientation_of(exif: bytes) -> int:
    """Return the orientation that a block of EXIF names; what is broken or unknown says upright."""
    tiff = exif.removeprefix(EXIF_MARK)
    order = _ORDERS.get(tiff[:4])
    if order is None:
        return UPRIGHT

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if order == "little" else "big")

    start = number(4, 4)
    for entry in range(min(number(start, 2), _MOST_ENTRIES)):
        at = start + 2 + entry * _ENTRY_BYTES
        if number(at, 2) == _TAG:
            value = number(at + 8, 2) if number(at + 2, 2) == _SHORT else UPRIGHT
            return value if value in range(1, 9) else UPRIGHT
    return UPRIGHT
