"""A C library finds a plane's pixels where Pillow keeps them, wherever that is."""

import ctypes
import random

import pytest
from PIL import Image

from services.uploads.imaging.pixels import pixels_of


def grain(size: tuple[int, int]) -> bytes:
    return random.Random(1).randbytes(size[0] * size[1])


# The last is larger than the blocks in which Pillow keeps a picture.
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (161, 121), (1600, 1200), (4801, 3801)])
def test_the_pixels_lie_row_after_row_without_a_gap(size: tuple[int, int]) -> None:
    values = grain(size)

    found = pixels_of(Image.frombytes("L", size, values))

    assert ctypes.string_at(found.address, len(values)) == values


def test_they_are_found_in_memory_that_pillow_only_looks_at() -> None:
    values = bytearray(grain((64, 48)))

    found = pixels_of(Image.frombuffer("L", (64, 48), values, "raw", "L", 0, 1))

    assert ctypes.string_at(found.address, len(values)) == values


def test_they_are_found_in_a_part_of_a_picture() -> None:
    part = Image.frombytes("L", (64, 48), grain((64, 48))).crop((3, 5, 40, 30))

    found = pixels_of(part)

    assert ctypes.string_at(found.address, 37 * 25) == part.tobytes()


def test_they_stay_as_long_as_they_are_held() -> None:
    values = grain((1600, 1200))
    found = pixels_of(Image.frombytes("L", (1600, 1200), values))

    others = [Image.new("L", (1600, 1200), shade) for shade in range(8)]

    assert ctypes.string_at(found.address, len(values)) == values
    assert len(others) == 8
