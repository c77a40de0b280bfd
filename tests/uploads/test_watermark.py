"""How the mark lies on papers: it shows everywhere, and what is printed can be read as well as before."""

import io
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from services.uploads.imaging.finishing import finish
from services.uploads.imaging.ground import Ground
from services.uploads.imaging.watermark import mark
from tests.story.pixels import compare
from tests.support.specimens import Kind, Person, specimen
from tests.uploads.pictures import encoded

TEXT = "仅供2020年医师资格考试报名审核使用 张*例 0001 2020-03-11"
PAPERS = (Kind.ID_FRONT, Kind.DIPLOMA, Kind.PRACTICE_PROOF, Kind.COMMITMENT, Kind.ID_IN_HAND)
Pixels = NDArray[np.float32]


@lru_cache(maxsize=8)
def paper(kind: Kind) -> bytes:
    return specimen(kind, Person("买买提·艾力", "370102198003121234"), seed=5).content


def grey(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("L")


def pixels(picture: Image.Image) -> Pixels:
    return np.asarray(picture, dtype=np.float32)


def print_on(picture: Image.Image) -> NDArray[np.bool_]:
    """Return what a reader, or a program that reads, takes for print: clearly darker than what is around."""
    around = pixels(picture.filter(ImageFilter.BoxBlur(16)))
    return np.asarray(around - pixels(picture) > np.maximum(18.0, 0.22 * around))


def read_as_well(before: Image.Image, after: Image.Image) -> float:
    """Return how far the print of two pictures agrees: 1 is all of it and nothing else."""
    one, other = print_on(before), print_on(after)
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


@pytest.mark.parametrize("kind", PAPERS)
def test_s3_24_print_under_the_mark_is_read_as_well_as_without_it(kind: Kind) -> None:
    plain, marked = finish(paper(kind), "").copy, finish(paper(kind), TEXT).copy

    assert read_as_well(grey(plain), grey(marked)) > 0.9


@pytest.mark.parametrize("kind", PAPERS)
def test_s3_24_the_mark_shows_all_over_the_paper(kind: Kind) -> None:
    found = compare(
        Image.open(io.BytesIO(paper(kind))), Image.open(io.BytesIO(finish(paper(kind), TEXT).copy))
    )

    assert found.is_marked_all_over
    assert found.is_same_picture


@pytest.mark.parametrize("shade", range(0, 256, 15))
def test_the_mark_shows_on_every_ground_and_hides_nothing(shade: int) -> None:
    ground = Image.new("L", (800, 600), shade)

    change = np.abs(pixels(mark(ground, TEXT, Ground.of(ground))) - shade)

    assert 14 <= change.max() <= 60
    assert (change > 8).mean() > 0.01


def test_light_and_dark_halves_are_marked_each_in_its_own_way() -> None:
    ground = Image.new("L", (1200, 800), 235)
    ground.paste(25, (600, 0, 1200, 800))

    marked = pixels(mark(ground, TEXT, Ground.of(ground.resize((800, 533)))))

    assert marked[:, :520].min() < 200
    assert marked[:, :520].max() == 235
    assert marked[:, 680:].max() > 50
    assert marked[:, 680:].min() == 25


def test_the_mark_is_weaker_on_print_and_wider_where_print_is_everywhere() -> None:
    empty, full = Image.new("L", (1200, 800), 235), Image.new("L", (1200, 800), 235)
    lines = np.full((800, 1200), 235, dtype=np.uint8)
    lines[::12, :], lines[1::12, :], lines[:, ::24] = 60, 60, 60
    full = Image.fromarray(lines)

    def change(ground: Image.Image) -> Pixels:
        marked = mark(ground, TEXT, Ground.of(ground.resize((800, 533), Image.Resampling.BOX)))
        return np.asarray(np.abs(pixels(marked) - pixels(ground)))

    on_empty, on_full = change(empty), change(full)
    assert on_full.max() < on_empty.max() * 0.8
    assert (on_full[lines == 235] > 8).mean() < (on_empty[lines == 235] > 8).mean() * 0.9


def test_two_texts_make_two_pictures() -> None:
    original = encoded(Image.new("RGB", (900, 700), (240, 240, 235)), "JPEG")

    assert finish(original, "张*例 0001").copy != finish(original, "张*例 0002").copy


def test_the_colour_is_left_as_it_is() -> None:
    picture = Image.new("RGB", (800, 600), (200, 60, 60))

    marked = Image.open(io.BytesIO(finish(encoded(picture, "PNG"), TEXT).copy))
    plain = Image.open(io.BytesIO(finish(encoded(picture, "PNG"), "").copy))

    for band in ("Cb", "Cr"):
        one, other = (pixels(each.convert("YCbCr").getchannel(band)) for each in (marked, plain))
        assert np.abs(one - other).mean() < 1.5
