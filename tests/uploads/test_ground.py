"""What a mark will lie on, counted: the same shares as if every cell were looked at."""

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.uploads.imaging.ground import Ground

LEVELS = st.integers(0, 255)


def ground_of(cells: bytes, columns: int) -> Ground:
    rows = len(cells) // columns
    return Ground(Image.new("L", (columns, rows)), columns, rows, cells, cells)


@given(cells=st.binary(min_size=1, max_size=200), threshold=LEVELS)
def test_the_share_of_print_is_that_of_the_cells_that_reach_the_threshold(
    cells: bytes, threshold: int
) -> None:
    reaching = [value for value in cells if value >= threshold]

    assert ground_of(cells, len(cells)).share_of_print(threshold) == len(reaching) / len(cells)


@given(level=LEVELS, inside=LEVELS, edge=LEVELS)
def test_spots_are_bright_cells_that_do_not_reach_the_edge(level: int, inside: int, edge: int) -> None:
    cells = bytearray([edge] * 36)
    cells[2 * 6 + 2] = inside

    found = ground_of(bytes(cells), 6).share_of_spots(level)

    assert found == (1 / 36 if inside >= level > edge else 0.0)
