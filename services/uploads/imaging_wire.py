"""How workshop and child talk: words over the pipe, pictures in memory that both share.

A pipe takes a picture in many small pieces, each of which wakes the other side; what lies in memory is copied
once. Each side copies what it was given before it looks at it, so that nothing changes under its hands.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence

HEADER_BYTES = 4
MOST_BYTES = 1 << 26
# What a larger picture took is given back; ordinary ones find their place warm.
KEPT_BYTES = 1 << 22


class Tray:
    """Memory that a child inherits: one side lays pictures down, the other takes them up."""

    def __init__(self, number: int) -> None:
        self.number = number

    @classmethod
    def new(cls) -> "Tray":
        """Return an empty one."""
        return cls(os.memfd_create("pictures"))

    def lay_down(self, pictures: Iterable[bytes]) -> list[int]:
        """Lay pictures down, one behind the other; return how long each is.

        Raises:
            OSError: there is no memory for them.
        """
        lengths, place = [], 0
        for picture in pictures:
            rest = memoryview(picture)
            while rest:
                written = os.pwrite(self.number, rest, place)
                rest, place = rest[written:], place + written
            lengths.append(len(picture))
        return lengths

    def take_up(self, lengths: Sequence[int]) -> list[bytes]:
        """Return a copy of the pictures that lie there.

        Raises:
            ValueError: they are longer than any pictures are.
            EOFError: less lies there.
        """
        if min(lengths, default=0) < 0 or sum(lengths) > MOST_BYTES:
            raise ValueError("pictures that nobody has")
        pictures, place = [], 0
        for length in lengths:
            picture = os.pread(self.number, length, place)
            if len(picture) < length:
                raise EOFError
            pictures.append(picture)
            place += length
        return pictures

    def tidy(self) -> None:
        """Give back the memory that only large pictures need, whoever laid them down."""
        if os.fstat(self.number).st_size > KEPT_BYTES:
            os.ftruncate(self.number, KEPT_BYTES)

    def close(self) -> None:
        """Let the memory go."""
        with contextlib.suppress(OSError):
            os.close(self.number)


def message(words: Mapping[str, object]) -> bytes:
    """Return words as they go over the pipe: JSON after its length."""
    text = json.dumps(words).encode()
    return len(text).to_bytes(HEADER_BYTES, "big") + text
