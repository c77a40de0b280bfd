"""How finely a JPEG's numbers were rounded, as the quality that libjpeg would have been asked for."""

from collections.abc import Mapping, Sequence
from typing import Final

BEST: Final = 100
# The standard's tables, which libjpeg scales: the first for brightness, all others for colour.
_BRIGHTNESS: Final = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)
_COLOUR: Final = (
    *(17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99),
    *(24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 32),
)
# Where libjpeg's two scales meet: above, the percentage falls evenly; below, it is the quality's reciprocal.
_WHOLE, _SLOPE, _RECIPROCAL = 100.0, 2, 5000


def quality_of(tables: Mapping[int, Sequence[int]]) -> int:
    """Return the quality that a JPEG's tables stand for, by the finest of them; without any, the best."""
    found = [_quality(table, _COLOUR if number else _BRIGHTNESS) for number, table in tables.items()]
    return max(found, default=BEST)


def _quality(table: Sequence[int], standard: Sequence[int]) -> int:
    percent = _WHOLE * sum(table) / sum(standard)
    if percent <= 0:
        return BEST
    exact = (_WHOLE * _SLOPE - percent) / _SLOPE if percent <= _WHOLE else _RECIPROCAL / percent
    return max(1, min(BEST, round(exact)))
