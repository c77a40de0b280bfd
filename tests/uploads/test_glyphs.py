"""Letters of names that few fonts have: a missing glyph fails here, not on a candidate's paper."""

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from services.uploads.imaging.glyphs import FONTS, GETA, OPAQUE, advance, font_number, glyph, legible
from services.uploads.imaging.ground import Ground
from services.uploads.imaging.watermark import mark

# Every block of Han letters up to extension F; what Unicode added later at an end is left to the sign.
BLOCKS = {
    "the common ones": (0x4E00, 0x9FA5),
    "extension A": (0x3400, 0x4DB5),
    "extension B": (0x20000, 0x2A6D6),
    "extension C": (0x2A700, 0x2B734),
    "extension D": (0x2B740, 0x2B81D),
    "extension E": (0x2B820, 0x2CEA1),
    "extension F": (0x2CEB0, 0x2EBE0),
}
NAMES = ("张例", "䶮", "𠮷", "㛃", "𬎆", "𫖯", "𬴊", "𪚥", "买买提·艾力", "阿不都热西提•买买提", "尼玛・次仁")
AROUND_NAMES = "*＊〓0123456789ABCXYZabc（）()：-年月日仅供审核使用"


@pytest.mark.parametrize("name", [*NAMES, AROUND_NAMES])
def test_every_letter_of_a_name_has_a_glyph(name: str) -> None:
    assert [letter for letter in name if font_number(letter) is None] == []
    assert legible(name) == name


@pytest.mark.parametrize("block", BLOCKS)
def test_every_han_letter_up_to_extension_f_has_a_glyph(block: str) -> None:
    first, last = BLOCKS[block]

    missing = [hex(code) for code in range(first, last + 1, 7) if font_number(chr(code)) is None]

    assert missing == []


def test_whether_a_font_has_a_letter_is_seen_as_its_own_table_says() -> None:
    letters = [
        chr(code) for start in (0x21, 0x600, 0x3400, 0x9FA0, 0x20000) for code in range(start, start + 12)
    ]

    for number, (path, index) in enumerate(FONTS):
        cmap = TTFont(path, fontNumber=index, lazy=True).getBestCmap()
        for letter in letters:
            if font_number(letter) == number:
                assert ord(letter) in cmap
            elif font_number(letter) is None:
                assert ord(letter) not in cmap


def test_a_letter_that_no_font_has_becomes_the_printer_s_sign_and_never_a_box() -> None:
    assert font_number("\U000e0fff") is None
    assert legible("王\ufdd0\U0003fff0例") == f"王{GETA}{GETA}例"
    assert font_number(GETA) is not None


def test_what_has_no_shape_of_its_own_is_left_out() -> None:
    assert legible("张\u200d\u202e例\x00\n0001\ufe0f") == "张例0001"


def test_letters_are_composed_before_they_are_drawn() -> None:
    assert legible("e\u0301") == "é"


@pytest.mark.parametrize("letter", ["张", "䶮", "𠮷", "𪚥", "·", "1"])
def test_a_glyph_is_ink_within_its_edge_and_moves_the_pen(letter: str) -> None:
    drawn = glyph(letter, 40)

    assert drawn.ink.size == drawn.edge.size
    assert max(level for level, count in enumerate(drawn.ink.histogram()) if count) > OPAQUE * 0.9
    assert sum(drawn.edge.tobytes()) > sum(drawn.ink.tobytes()) > 0
    assert advance(letter, 40) > 0


def test_a_mark_of_nothing_but_strange_letters_still_marks() -> None:
    paper = Image.new("L", (600, 400), 230)

    assert mark(paper, "\ufdd0", Ground.of(paper)).tobytes() != paper.tobytes()


def test_a_mark_without_a_letter_leaves_the_picture_alone() -> None:
    paper = Image.new("L", (600, 400), 230)

    for empty in ("", "  ", "\u200d"):
        assert mark(paper, empty, Ground.of(paper)).tobytes() == paper.tobytes()
