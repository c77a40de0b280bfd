"""Picture rules of a place: what refuses, what only hints, and in which words."""

import pytest

from services.uploads.model import Ground, Hint
from services.uploads.picture_check import check_ground, check_structure
from services.uploads.picture_errors import (
    ImageBackgroundError,
    ImagePixelsError,
    ImageRatioError,
    ImageTooFewBytesError,
)
from services.uploads.structure import Structure
from shared.policy.pictures import PictureRules
from shared.policy.values import Background, ImageFormat, ImageRule, Severity

SIDEWAYS = 6


def some_rules(**wanted: object) -> PictureRules:
    """Return rules that ask for nothing but what is wanted."""
    usual: dict[str, object] = {
        "formats": (ImageFormat.JPEG,),
        "max_bytes": 204_800,
        "accept_max_bytes": 204_800,
        "max_pixels": 40_000_000,
    }
    return PictureRules(**{**usual, **wanted})  # type: ignore[arg-type]  # values for one test


def a_structure(width: int, height: int, orientation: int = 1) -> Structure:
    """Return the structure of a JPEG."""
    return Structure(ImageFormat.JPEG, width, height, orientation)


def test_a_picture_that_keeps_every_rule_gets_no_hint() -> None:
    rules = some_rules(
        min_bytes=10, min_width=295, max_width=300, min_height=413, min_ratio=0.7, max_ratio=0.75
    )

    assert check_structure(a_structure(295, 413), 10, rules) == ()


def test_too_few_bytes_are_refused_with_both_numbers() -> None:
    with pytest.raises(ImageTooFewBytesError) as refusal:
        check_structure(a_structure(400, 400), 12_595, some_rules(min_bytes=20_480))

    assert (
        refusal.value.detail
        == "图片只有 12.3k（12595 字节），至少需要 20.0k（20480 字节），请上传更清晰的原图"
    )
    assert refusal.value.extra == {"measured_bytes": 12_595, "required_bytes": 20_480}


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (
            {"min_width": 358, "max_width": 358, "min_height": 441, "max_height": 441},
            "要求宽 358，高 441 像素",
        ),
        ({"min_width": 420, "min_height": 600}, "要求宽 至少 420，高 至少 600 像素"),
        ({"max_height": 100}, "要求高 最多 100 像素"),
        ({"min_width": 290, "max_width": 299}, "要求宽 290-299 像素"),
    ],
)
def test_a_picture_outside_of_the_window_is_told_its_size_and_the_window(
    window: dict[str, object], words: str
) -> None:
    with pytest.raises(ImagePixelsError) as refusal:
        check_structure(a_structure(300, 400), 1, some_rules(**window))

    assert refusal.value.detail.startswith("图片为 300×400 像素")
    assert words in refusal.value.detail


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(ImageRatioError) as refusal:
        check_structure(a_structure(400, 300), 1, some_rules(min_ratio=0.7, max_ratio=0.75))

    assert refusal.value.detail.startswith("图片宽高比为 1.33，要求 0.7-0.75")


def test_a_picture_that_lies_on_its_side_is_judged_as_it_is_seen() -> None:
    rules = some_rules(min_width=300, max_width=300, min_height=400, max_height=400)

    assert check_structure(a_structure(400, 300, SIDEWAYS), 1, rules) == ()


def test_the_policy_may_tell_that_a_picture_was_turned() -> None:
    rules = some_rules(on_violation={ImageRule.UPRIGHT: Severity.HINT})

    turned = check_structure(a_structure(400, 300, SIDEWAYS), 1, rules)

    assert turned == (Hint("image_turned", "已按拍摄方向自动转正，请核对方向"),)
    assert check_structure(a_structure(400, 300), 1, rules) == ()


def test_a_hint_refuses_nothing_and_says_the_same() -> None:
    hinting = {ImageRule.PIXELS: Severity.HINT, ImageRule.BYTES: Severity.HINT}
    rules = some_rules(min_width=500, min_bytes=1024, on_violation=hinting)

    hints = check_structure(a_structure(300, 400), 100, rules)

    assert [hint.code for hint in hints] == ["image_too_few_bytes", "image_pixels_not_accepted"]
    assert hints[1].text == "图片为 300×400 像素，要求宽 至少 500 像素，请按要求调整后重新上传"


@pytest.mark.parametrize(
    ("colour", "plain", "wanted", "is_good"),
    [
        ((250, 251, 249), 0.97, Background.WHITE, True),
        ((214, 214, 214), 0.97, Background.WHITE, False),
        ((255, 255, 225), 0.97, Background.WHITE, False),
        ((250, 250, 250), 0.5, Background.WHITE, False),
        ((60, 120, 200), 0.95, Background.PLAIN, True),
        ((60, 120, 200), 0.6, Background.PLAIN, False),
    ],
)
def test_a_background_is_white_or_plain_as_far_as_it_is_even(
    colour: tuple[int, int, int], plain: float, wanted: Background, *, is_good: bool
) -> None:
    hints = check_ground(
        Ground(colour, plain),
        some_rules(background=wanted, on_violation={ImageRule.BACKGROUND: Severity.HINT}),
    )

    assert [hint.code for hint in hints] == ([] if is_good else ["image_background_not_accepted"])


def test_a_wrong_background_is_refused_with_what_was_measured() -> None:
    with pytest.raises(ImageBackgroundError) as refusal:
        check_ground(Ground((60, 120, 200), 0.95), some_rules(background=Background.WHITE))

    assert refusal.value.detail == (
        "照片背景要求白色，这张背景约为 #3c78c8，均匀程度 95%（至少 85%），请换白色背景重新拍照"
    )


def test_nobody_asks_for_a_background_without_a_rule() -> None:
    assert check_ground(Ground((0, 0, 0), 0), some_rules()) == ()
