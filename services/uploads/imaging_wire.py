"""How workshop and child talk: a JSON header and a number of blobs, each after its length."""

import json
from collections.abc import Iterable, Mapping

HEADER_BYTES = 4


def framed(header: Mapping[str, object], blobs: Iterable[bytes]) -> list[bytes]:
    """Return a message in the pieces to be written."""
    pieces: list[bytes] = []
    for part in (json.dumps(header).encode(), *blobs):
        pieces += (len(part).to_bytes(HEADER_BYTES, "big"), part)
    return pieces
