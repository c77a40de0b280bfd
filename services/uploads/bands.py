"""Finding hashes that are near without looking at all of them: equal or almost equal parts of equal place.

A hash of 64 bits has four bands of 16. Where two hashes differ in at most seven bits, one band differs in at
most one: so every hash within that distance is found under one of 4 x 17 exact keys, by an index.
"""

from typing import Final

BITS: Final = 64
BANDS: Final = 4
BAND_BITS: Final = BITS // BANDS
# The greatest distance at which nothing is missed.
REACH: Final = 2 * BANDS - 1
_BAND_MASK: Final = (1 << BAND_BITS) - 1


def distance(one: str, other: str) -> int:
    """Return in how many bits two hashes (hex) differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def keys_of(digest: str) -> list[str]:
    """Return the keys under which a hash is kept: each band with its place."""
    return [_key(place, band) for place, band in enumerate(_bands(digest))]


def keys_near(digest: str) -> list[str]:
    """Return the keys under which everything within `REACH` of a hash is kept."""
    return [
        _key(place, band ^ flip)
        for place, band in enumerate(_bands(digest))
        for flip in (0, *(1 << bit for bit in range(BAND_BITS)))
    ]


def _bands(digest: str) -> list[int]:
    whole = int(digest, 16)
    return [whole >> (BAND_BITS * place) & _BAND_MASK for place in range(BANDS)]


def _key(place: int, band: int) -> str:
    return f"{place}{band:04x}"
