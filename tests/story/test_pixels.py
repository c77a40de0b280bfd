"""The story's eyes: they must see a watermark that is there, and none that is not."""

import io

import pytest
from PIL import Image, ImageDraw

from tests.story.pixels import compare, leftover_notes, opened
from tests.support.specimens import Kind, Person, specimen
from tests.support.specimens.sheet import font

PERSON = Person("张样例", "370199198906080113")


@pytest.mark.parametrize("kind", [Kind.ID_FRONT, Kind.ID_IN_HAND, Kind.DIPLOMA_GLARE, Kind.PRACTICE_PROOF])
def test_a_tiled_mark_is_seen_and_the_picture_recognised(kind: Kind) -> None:
    upright = specimen(kind, PERSON, 5).upright

    for copy in (
        _marked(upright),
        _marked(upright).resize((upright.width * 3 // 4, upright.height * 3 // 4)),
    ):
        found = compare(upright, opened(_saved(copy)))
        assert found.is_same_picture
        assert found.is_marked_all_over
        assert not found.is_unmarked


@pytest.mark.parametrize("kind", [Kind.ID_FRONT, Kind.ID_IN_HAND, Kind.LICENCE])
def test_a_copy_that_was_only_compressed_or_shrunk_counts_as_unmarked(kind: Kind) -> None:
    upright = specimen(kind, PERSON, 5).upright

    assert compare(upright, opened(_saved(upright))).is_unmarked
    assert compare(upright, opened(_saved(upright.resize((800, 600))))).is_unmarked


def test_another_picture_and_a_turned_one_are_not_taken_for_the_same() -> None:
    front, back = (specimen(kind, PERSON, 5).upright for kind in (Kind.ID_FRONT, Kind.ID_BACK))

    assert not compare(front, back).is_same_picture
    assert not compare(front, front.transpose(Image.Transpose.ROTATE_180)).is_same_picture


def test_camera_and_place_are_found_in_an_original_and_not_in_a_clean_copy() -> None:
    original = specimen(Kind.ID_FRONT, PERSON, 5)

    assert leftover_notes(original.content)
    assert leftover_notes(specimen(Kind.ID_BACK, PERSON, 5, "png").content)
    assert not leftover_notes(_saved(original.upright))


def _marked(picture: Image.Image) -> Image.Image:
    veil = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(veil)
    for y in range(0, picture.height, 160):
        for x in range(0, picture.width, 420):
            pen.text((x, y), "仅供医师资格考试报名审核", (29, 42, 56, 64), font(32))
    return Image.alpha_composite(picture.convert("RGBA"), veil).convert("RGB")


def _saved(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=80)
    return target.getvalue()
