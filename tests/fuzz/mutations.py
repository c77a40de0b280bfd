"""Ways in which a file gets broken; each takes a file, another one and chance."""

from collections.abc import Callable
from random import Random

Mutation = Callable[[bytearray, bytes, Random], None]

# What lengths, counts and markers trip over.
ODD_NUMBERS = (
    b"\x00",
    b"\xff",
    b"\x7f\xff",
    b"\x80\x00",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"\x7f\xff\xff\xff",
)
MARKS = (
    *(bytes((0xFF, marker)) for marker in range(0xC0, 0x100)),
    *(b"IHDR", b"IDAT", b"IEND", b"PLTE", b"acTL", b"eXIf", b"Exif\0\0II*\0", b"Exif\0\0MM\0*"),
)


def _at(content: bytearray, chance: Random) -> int:
    return chance.randrange(len(content) + 1)


def flip(content: bytearray, _: bytes, chance: Random) -> None:
    """Change single bits."""
    for _index in range(chance.randint(1, 8)):
        if content:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def cut(content: bytearray, _: bytes, chance: Random) -> None:
    """Break off."""
    del content[_at(content, chance) :]


def drop(content: bytearray, _: bytes, chance: Random) -> None:
    """Leave a piece out."""
    start = _at(content, chance)
    del content[start : start + chance.randint(1, 64)]


def repeat(content: bytearray, _: bytes, chance: Random) -> None:
    """Write a piece many times."""
    start = _at(content, chance)
    piece = bytes(content[start : start + chance.randint(1, 32)])
    content[start:start] = piece * chance.choice((2, 10, 300))


def splice(content: bytearray, other: bytes, chance: Random) -> None:
    """Go on with another file."""
    content[_at(content, chance) :] = other[chance.randrange(len(other) + 1) :]


def number(content: bytearray, _: bytes, chance: Random) -> None:
    """Put an odd number where something may be counted by it."""
    start, value = _at(content, chance), chance.choice(ODD_NUMBERS)
    content[start : start + len(value)] = value


def mark(content: bytearray, _: bytes, chance: Random) -> None:
    """Put a marker or the name of a chunk somewhere."""
    start = _at(content, chance)
    content[start : start + chance.choice((0, 2, 4))] = chance.choice(MARKS)


MUTATIONS: tuple[Mutation, ...] = (flip, cut, drop, repeat, splice, number, mark)


def mutated(content: bytes, other: bytes, chance: Random, most_bytes: int) -> bytes:
    """Return a file after one to five mutations."""
    broken = bytearray(content)
    for _ in range(chance.randint(1, 5)):
        chance.choice(MUTATIONS)(broken, other, chance)
    return bytes(broken[:most_bytes])
